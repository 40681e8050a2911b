//! Any order of events gives a view, and nothing secret is ever in one.

use proptest::prelude::*;
use wetsign_api::v1::{self, SessionEvent, session_event::Event as Api};
use wetsign_page::{Advice, Asked, Ending, Event, Language, Limits, Phase, Screen, Story, Words, html};

/// What would harm if it were seen; each is found as it is, in hexadecimal and in decimal.
const SECRET: [u8; 8] = [0xd1, 0xc3, 0xa7, 0x9b, 0xe5, 0xf2, 0x8d, 0x96];
const VALUE: i32 = 918_273_645;
const BOUND: i32 = 817_263_549;
const WORDS: &str = "Zsecretwords";

fn codes() -> impl Strategy<Value = String> {
    let known = [
        "decide",
        "ask_consent",
        "will_shine",
        "shining",
        "opening",
        "drawing_challenge",
        "capturing",
        "camera_closed",
        "judging",
        "matching",
        "attesting",
        "proving",
        "sign_on_device",
        "signing",
        "logging",
        "log_pending",
        "done",
        "declined",
        "again",
        "enrolled",
        "of_a_later_version",
    ];
    let advice = Advice::ALL.map(|advice| advice.code().to_owned());
    let endings = Ending::ALL.map(|ending| format!("refused_{}", ending.code()));
    prop_oneof![
        prop::sample::select(known.map(str::to_owned).to_vec()),
        prop::sample::select(advice.to_vec()),
        prop::sample::select(endings.to_vec()),
        "[a-z_]{0,12}",
    ]
}

fn refusals() -> impl Strategy<Value = String> {
    let known =
        ["no_consent", "gate.pad_fused", "missing.phrase", "timeout.begun", "match", "sensor.x", "what"];
    prop::sample::select(known.to_vec()).prop_map(str::to_owned)
}

/// Every event of the interface, with secrets wherever one may stand.
fn told() -> impl Strategy<Value = Api> {
    let secret = || SECRET.to_vec();
    let gate = |passed| v1::Gate {
        name: WORDS.into(),
        value: Some(VALUE),
        bound: BOUND,
        at_least: true,
        passed,
        explains: false,
    };
    prop_oneof![
        prop::sample::select(Phase::ALL.to_vec())
            .prop_map(|phase| Api::State(v1::StateChange { state: phase.name().into(), phase: 0 })),
        (codes(), any::<Option<u32>>()).prop_map(|(code, progress_thousandths)| Api::Notice(v1::Notice {
            code,
            text: WORDS.into(),
            progress_thousandths
        })),
        (any::<u32>(), any::<u32>(), prop_oneof![Just("say"), Just("head_left"), Just("later")]).prop_map(
            |(index, total, code)| Api::Prompt(v1::PromptShown {
                index,
                total,
                code: code.into(),
                text: "Say: X G <b>.".into()
            })
        ),
        Just(Api::Preview(v1::Preview { jpeg: secret() })),
        any::<bool>()
            .prop_map(move |passed| Api::Gates(v1::GateResults { gates: vec![gate(true), gate(passed)] })),
        (refusals(), any::<bool>()).prop_map(move |(code, kept)| Api::Refused(v1::Refused {
            stage: WORDS.into(),
            code,
            text: WORDS.into(),
            refusal: if kept { secret() } else { Vec::new() },
            at: 0
        })),
        Just(Api::Cosigned(v1::CoSigned { id: vec![0xab; 32], cosignature: secret() })),
        Just(Api::Declined(v1::Declined { id: vec![0xab; 32], decline: secret() })),
        Just(Api::Enrolled(v1::Enrolled { record: secret(), validator_key: secret(), leaf: secret() })),
        any::<u64>().prop_map(|ms| Api::Times(v1::StepTimes {
            steps: vec![v1::StepTime { step: "prove".into(), ms }]
        })),
        any::<[u32; 3]>().prop_map(|[red, green, blue]| Api::Light(v1::ScreenLight {
            colour: Some(v1::Srgb { red: red % 300, green: green % 300, blue: blue % 300 }),
            index: 0,
            total: 1
        })),
        Just(Api::Light(v1::ScreenLight::default())),
        Just(Api::Subject(v1::SessionSubject {
            request_id: secret(),
            verdict_id: secret(),
            validator_key: secret()
        })),
        "[a-z<:/.#]{0,20}".prop_map(|text| Api::Invitation(v1::PairingInvitation { text, until: 0 })),
        Just(Api::Paired(v1::Paired { pairing: secret(), record: secret() })),
        "[0-9<]{0,8}".prop_map(|digits| Api::Code(v1::ConfirmationCode { digits })),
    ]
}

/// What the page adds of its own.
fn own() -> impl Strategy<Value = Event> {
    let hostile = "<script>alert('x')</script>\"\u{202e}".to_owned();
    let asked = Asked {
        app: hostile.clone(),
        owner: Some(hostile.clone()),
        text: Some(hostile.clone()),
        reasons: vec![hostile.clone()],
        days: Some(3),
        quorum: 2,
        ..Asked::default()
    };
    prop_oneof![
        (0_u32..4).prop_map(|waiting| Event::Idle { waiting }),
        Just(Event::who(vec![hostile.clone()].into_iter())),
        Just(Event::Asked(Box::new(asked))),
        any::<bool>().prop_map(|shines| Event::AskConsent { shines }),
        Just(Event::Needs(vec!["turn".into()])),
        Just(Event::AskName),
        Just(Event::AskPhone),
        any::<bool>().prop_map(Event::Phones),
        Just(Event::AskEnrolment { name: hostile }),
        Just(Event::Approved { id: "cd".repeat(32) }),
        Just(Event::Lost),
    ]
}

fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    let from_kiosk = told().prop_filter_map("known to a page", |event| {
        Event::from_api(&SessionEvent { at_ms: 0, event: Some(event) })
    });
    prop::collection::vec((0..100_000_u64, prop_oneof![3 => from_kiosk, 1 => own()]), 0..40)
}

/// Elements are closed in the order in which they were opened, and none carries a script or a style.
fn is_well_formed(page: &str) -> Result<(), String> {
    const VOID: [&str; 4] = ["input", "img", "path", "circle"];
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let (inside, _) = tag.split_once('>').ok_or("a tag without end")?;
        let name = inside.split([' ', '/']).find(|part| !part.is_empty()).unwrap_or("");
        if let Some(closing) = inside.strip_prefix('/') {
            if open.pop() != Some(closing) {
                return Err(format!("</{closing}> closes nothing"));
            }
        } else if !inside.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
        let names: String = inside.split('"').step_by(2).collect();
        let lower = names.to_lowercase();
        if name == "script" || name == "style" || lower.contains(" style=") || lower.contains(" on") {
            return Err(format!("<{inside}>"));
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} stay open")) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn every_order_of_events_gives_a_screen_that_is_whole_in_every_language(events in events()) {
        let mut story = Story::new(Limits::default());
        for (at_ms, event) in &events {
            story.note(*at_ms, event);
            let view = story.view();
            for language in Language::ALL {
                let page = html::page(&view, Words::of(language));
                prop_assert!(is_well_formed(&page).is_ok(), "{:?} in {page}", is_well_formed(&page));
                prop_assert!(page.contains("<h1 "), "{page}");
            }
        }
    }

    #[test]
    fn nothing_secret_is_in_a_view_or_on_a_page(events in events()) {
        let mut story = Story::new(Limits::default());
        let secrets = [
            hex::encode(SECRET), hex::encode_upper(SECRET), format!("{SECRET:?}").replace(['[', ']'], ""), VALUE.to_string(),
            BOUND.to_string(), WORDS.to_owned(),
        ];
        for (at_ms, event) in &events {
            story.note(*at_ms, event);
            let (view, page) = (format!("{:?}", story.view()), html::page(&story.view(), Words::of(Language::English)));
            for secret in &secrets {
                prop_assert!(!view.contains(secret) && !page.contains(secret), "{secret} in {view}");
            }
        }
    }

    #[test]
    fn after_an_end_only_a_new_beginning_leads_away(events in events(), more in told()) {
        let mut story = Story::new(Limits::default());
        for (at_ms, event) in &events {
            story.note(*at_ms, event);
        }
        let name = html::name(&story.view().screen);
        prop_assume!(["done", "declined", "enrolled", "paired", "refused", "lost"].contains(&name));
        if let Some(event) = Event::from_api(&SessionEvent { at_ms: 0, event: Some(more) }) {
            story.note(200_000, &event);
        }
        prop_assert_eq!(html::name(&story.view().screen), name);
        prop_assert!(!story.view().recording);
    }
}

fn after(events: &[Event]) -> Story {
    let mut story = Story::new(Limits::default());
    for (at, event) in events.iter().enumerate() {
        story.note(at as u64 * 1000, event);
    }
    story
}

#[test]
fn a_phone_is_paired_on_the_way_to_an_enrolment_or_by_itself() {
    let pairing = |before: Event| {
        let digits = || Event::Code("482915".into());
        let invited = after(&[before.clone(), Event::invitation("https://kiosk.example#x")]);
        assert!(matches!(invited.view().screen, Screen::Invited { .. }));
        let compared = after(&[before.clone(), Event::invitation("https://kiosk.example#x"), digits()]);
        assert_eq!(compared.view().screen, Screen::Compare { digits: "482915".into() });
        after(&[before, Event::invitation("https://kiosk.example#x"), digits(), Event::Paired]).view().screen
    };
    // The kiosk goes on to the camera, or it is all that was wanted.
    assert_eq!(pairing(Event::AskEnrolment { name: "Ana".into() }), Screen::Ready);
    assert_eq!(pairing(Event::Phase(Phase::Decided)), Screen::Paired);
}

#[test]
fn digits_that_come_without_a_picture_are_those_of_a_signature() {
    let story = after(&[Event::Phase(Phase::Proved), Event::Code("482915".into())]);
    assert!(matches!(story.view().screen, Screen::Code { .. }));
}

#[test]
fn a_refusal_says_what_was_not_met_whatever_comes_first() {
    let (code, notice) = (Event::refused("gate.brightness", true), Event::told("refused_quality", None));
    let advice = Event::told("light", None);
    for order in [[&advice, &code, &notice], [&advice, &notice, &code], [&notice, &code, &advice]] {
        let story = after(&order.map(Clone::clone));
        let expected = Screen::Refused { ending: Ending::Quality, advice: Some(Advice::Light), kept: true };
        assert_eq!(story.view().screen, expected);
    }
}

#[test]
fn who_comes_next_sees_nothing_of_who_was_there() {
    let asked = Asked { app: "first".into(), ..Asked::default() };
    let before = after(&[
        Event::Asked(Box::new(asked)),
        Event::Code("123456".into()),
        Event::CoSigned { id: "ab".repeat(32) },
        Event::Idle { waiting: 1 },
    ]);
    assert_eq!(before, after(&[Event::Idle { waiting: 1 }]));
}

#[test]
fn steps_appear_as_they_happen_with_their_times() {
    let story = after(&[
        Event::Phase(Phase::Captured),
        Event::Phase(Phase::Live),
        Event::Phase(Phase::Matched),
        Event::told("proving", None),
    ]);
    let page = html::page(&story.view(), Words::of(Language::English));
    assert_eq!(
        page.matches("1.0\u{2069} s").count(),
        3,
        "alive, match and the chip took a second each: {page}"
    );
    assert!(page.contains("goes on") && page.contains("later"));
}

#[test]
fn the_time_left_is_told_while_the_camera_is_on_and_no_longer() {
    let mut story = after(&[Event::Phase(Phase::Begun), Event::Phase(Phase::Challenging)]);
    assert_eq!((story.view().recording, story.view().time), (true, Some((60_000, 60_000))));
    story.note(20_000, &Event::Phase(Phase::Captured));
    assert_eq!((story.view().recording, story.view().time), (false, None));
}

#[test]
fn the_request_is_shown_whole_and_nothing_of_it_leaves_its_place() {
    let text = "x".repeat(60_000);
    let asked = Asked { app: "<i>me</i>".into(), text: Some(text.clone()), ..Asked::default() };
    let page = html::page(&after(&[Event::Asked(Box::new(asked))]).view(), Words::of(Language::Arabic));
    assert!(page.contains(&text) && page.contains("<bdi>&lt;i&gt;me&lt;/i&gt;</bdi>"));
}

#[test]
fn who_is_asked_to_let_an_asset_go_is_told_that_it_goes_for_ever_and_to_whom() {
    let shown = |owner: Option<String>, language| {
        let asked = Asked { owner, ..Asked::default() };
        html::page(&after(&[Event::Asked(Box::new(asked))]).view(), Words::of(language))
    };
    let key = "07".repeat(32);
    for language in [Language::English, Language::Arabic, Language::Romanian] {
        let words = Words::of(language).say("asked-owner");
        let page = shown(Some(key.clone()), language);
        assert!(page.contains(&key) && page.contains(&words), "{words}");
        assert!(!shown(None, language).contains(&words), "a use: {words}");
    }
}

#[test]
fn the_check_of_pages_finds_what_is_wrong() {
    for page in ["<p><b></p></b>", "<p>", "<p style=\"x\"></p>", "<p onclick=\"x\"></p>", "<script></script>"]
    {
        assert!(is_well_formed(page).is_err(), "{page}");
    }
}
