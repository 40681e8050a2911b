//! What stands on each screen: one thing at a time.

use std::fmt::Write as _;

use super::parts::{button, escape, foreign, sentences, short, time_left, title, two, work};
use crate::{Advice, Asked, Done, Ending, Screen, Shown, View, Words, picture, qr};

/// What can be left out, in the order in which it is offered; `light` is the page's own.
pub const NEEDS: [&str; 6] = ["turn", "nod", "come_closer", "mouth", "blink", "light"];

/// Longest time before the camera, seconds, as the consent says it (`session.challenge_s` is at most this).
const MOST_BEFORE_CAMERA: &str = "60";

/// The content of `<main>`.
pub fn body(view: &View, words: &Words) -> String {
    let say = |id: &str| words.say(id);
    let button_of =
        |class: &str, what: &str, icon: &str, id: &str| button(class, what, "", Some(icon), &words.say(id));
    let phone = if view.phones { button_of("plain", "pair", "phone", "idle-pair") } else { String::new() };
    match &view.screen {
        Screen::Idle(0) => {
            title(&say("idle-title"))
                + &note(&say("idle-nothing"))
                + &button_of("plain", "enrol", "people", "idle-enrol")
                + &phone
        }
        Screen::Idle(waiting) => {
            title(&words.count("idle-waiting", u64::from(*waiting)))
                + &button_of("big", "begin", "", "idle-read")
                + &button_of("plain", "enrol", "people", "idle-enrol")
                + &phone
        }
        Screen::Who(names) => who(names, words),
        Screen::Asked(asked) => {
            title(&say("asked-title")) + &facts(asked, words) + &two(("yes", &say("yes")), ("no", &say("no")))
        }
        Screen::Consent { shines } => {
            let seconds = words.with("consent-seconds", &[("number", MOST_BEFORE_CAMERA)]);
            let mut list =
                vec![("camera", seconds), ("bin", say("consent-gone")), ("pen", say("consent-kept"))];
            if *shines {
                list.push(("light", say("consent-shines")));
            }
            title(&say("consent-title"))
                + &sentences(&list)
                + &two(("agree", &say("consent-agree")), ("no", &say("no")))
                + &button_of("plain", "needs", "hand", "consent-needs")
        }
        Screen::Needs(needs) => needs_of(needs, words),
        Screen::Name => {
            let label = escape(&say("name-label"));
            format!(
                "{}<form data-do=\"name\"><label for=\"name\">{label}</label>\
                 <input id=\"name\" name=\"value\" maxlength=\"64\" autocomplete=\"off\" dir=\"auto\" required>{}\
                 <button type=\"submit\" class=\"big\"><span>{}</span></button></form>",
                title(&say("name-title")),
                note(&say("name-note")),
                escape(&say("name-go"))
            )
        }
        Screen::EnrolConsent { name } => {
            let list = enrolment(name, words);
            title(&say("enrol-title"))
                + &sentences(&list)
                + &two(("agree", &say("consent-agree")), ("no", &say("no")))
                + &button_of("plain", "needs", "hand", "consent-needs")
        }
        Screen::Phone => {
            title(&say("phone-title"))
                + &sentences(&[("phone", say("phone-keeps")), ("people", say("phone-else"))])
                + &two(("phone", &say("phone-yes")), ("alone", &say("phone-no")))
        }
        Screen::Invited { text } => {
            let label = escape(&say("invited-title"));
            format!(
                "{}<figure data-part=\"qr\">{}</figure>{}{}",
                title(&say("invited-title")),
                qr::picture(text, &label).unwrap_or_default(),
                note(&say("invited-note")),
                time_left(words)
            )
        }
        Screen::Compare { digits } => {
            format!(
                "{}{}{}{}",
                title(&say("compare-title")),
                code(digits),
                note(&say("compare-note")),
                two(("same", &say("compare-same")), ("other", &say("compare-other")))
            )
        }
        Screen::Ready => {
            format!(
                "<div class=\"look\">{}<div class=\"ask\">{}{}</div></div>",
                mirror(false, view, words),
                title(&say("ready-title")),
                note(&say("ready-body"))
            )
        }
        Screen::Look(shown) => look(shown, view, words),
        Screen::Work(steps) => title(&say("work-title")) + &work(steps, words),
        Screen::Declining => title(&say("declining-title")),
        Screen::Code { digits, .. } => {
            format!(
                "{}{}{}{}",
                title(&say("code-title")),
                code(digits),
                sentences(&[("yes", say("code-yes")), ("no", say("code-no"))]),
                time_left(words)
            )
        }
        Screen::Done(done) => signed(done, words),
        Screen::Declined => ended("declined-title", "declined-body", words),
        Screen::Enrolled => ended("enrolled-title", "enrolled-body", words),
        Screen::Paired => ended("paired-title", "paired-body", words),
        Screen::Refused { ending, advice, kept } => refused(*ending, *advice, *kept, view, words),
        Screen::Lost => ended("lost-title", "lost-body", words),
    }
}

/// What a person agrees to before being enrolled.
fn enrolment(name: &str, words: &Words) -> [(&'static str, String); 5] {
    [
        ("people", words.with("enrol-who", &[("name", name)])),
        ("camera", words.with("enrol-look", &[("number", MOST_BEFORE_CAMERA)])),
        ("pen", words.say("enrol-kept")),
        ("again", words.say("enrol-until")),
        ("bin", words.say("enrol-gone")),
    ]
}

/// The same as one text, question and answer, for the signed record.
pub fn enrolment_consent(name: &str, words: &Words) -> String {
    let sentences = enrolment(name, words).map(|(_, sentence)| sentence);
    format!("{}\n{}\n{}", words.say("enrol-title"), sentences.join("\n"), words.say("consent-agree"))
}

/// What is read aloud when the screen comes or changes.
pub fn spoken(view: &View, words: &Words) -> String {
    match &view.screen {
        Screen::Look(Shown { light: Some(_), .. }) => words.say("look-light"),
        Screen::Look(Shown { advice: Some(advice), .. }) => words.say(&advice_id(*advice)),
        Screen::Look(shown) if !shown.spoken.is_empty() => {
            format!("{}: {}", prompt_words(shown, words), shown.spoken)
        }
        Screen::Look(shown) => prompt_words(shown, words),
        Screen::Code { digits, .. } => digit_by_digit("code-title", digits, words),
        Screen::Compare { digits } => digit_by_digit("compare-title", digits, words),
        _ => String::new(),
    }
}

fn digit_by_digit(question: &str, digits: &str, words: &Words) -> String {
    let spaced: Vec<String> = digits.chars().map(String::from).collect();
    format!("{} {}", words.say(question), spaced.join(" "))
}

/// Digits that are compared with another display's.
fn code(digits: &str) -> String {
    let mut out = String::from("<p class=\"code\" dir=\"ltr\">");
    for digit in digits.chars() {
        let _ = write!(out, "<b>{digit}</b>");
    }
    out + "</p>"
}

fn note(text: &str) -> String {
    format!("<p class=\"note\">{}</p>", escape(text))
}

fn ended(heading: &str, text: &str, words: &Words) -> String {
    title(&words.say(heading)) + &note(&words.say(text)) + &button("big", "end", "", None, &words.say("end"))
}

fn who(names: &[String], words: &Words) -> String {
    let mut list = String::from("<ul class=\"names\">");
    for (place, name) in names.iter().enumerate() {
        let _ = write!(
            list,
            "<li><button type=\"button\" class=\"big\" data-do=\"who\" data-value=\"{place}\">{}</button></li>",
            foreign(name)
        );
    }
    title(&words.say("who-title"))
        + &list
        + "</ul>"
        + &button("plain", "leave", "", None, &words.say("who-none"))
}

/// What is asked, as a list of questions and answers; the text itself stands first, as it is what will be said.
fn facts(asked: &Asked, words: &Words) -> String {
    let say = |id: &str| words.say(id);
    let yes_no = |value: Option<bool>| {
        escape(&say(match value {
            Some(true) => "asked-yes",
            Some(false) => "asked-no",
            None => "asked-unsaid",
        }))
    };
    let mut out = String::from("<dl class=\"facts\">");
    let mut row = |id: &str, answer: String| {
        let _ = write!(out, "<div><dt>{}</dt><dd>{answer}</dd></div>", escape(&words.say(id)));
    };
    row(
        "asked-who",
        format!("<b>{}</b> <small>({})</small>", foreign(&asked.app), escape(&say("asked-called"))),
    );
    if let Some(owner) = &asked.owner {
        row("asked-owner", format!("<b>{}</b>", foreign(owner)));
    }
    row("asked-purpose", format!("<b>{}</b>", foreign(&asked.purpose)));
    match &asked.text {
        Some(text) => row(
            "asked-text",
            format!(
                "<blockquote tabindex=\"0\" role=\"region\" aria-label=\"{}\" dir=\"auto\">{}</blockquote>",
                escape(&say("asked-text")),
                escape(text.trim())
            ),
        ),
        None => row("asked-text", escape(&say("asked-elsewhere"))),
    }
    row(
        "asked-days",
        asked.days.map_or_else(|| say("asked-unsaid"), |days| words.count("asked-days-value", days)),
    );
    row("asked-fee", escape(&words.with("asked-fee-value", &[("amount", &asked.fee)])));
    for (id, text) in [("asked-medium", &asked.medium), ("asked-audience", &asked.audience)] {
        if let Some(text) = text {
            row(id, foreign(text));
        }
    }
    for (id, list) in [("asked-languages", &asked.languages), ("asked-territories", &asked.territories)] {
        if !list.is_empty() {
            row(id, foreign(&list.join(", ")));
        }
    }
    row("asked-money", yes_no(asked.commercial));
    row("asked-derived", yes_no(asked.derived));
    if asked.assets > 1 {
        row("asked-assets", asked.assets.to_string());
    }
    let mut reasons = String::new();
    for reason in &asked.reasons {
        let _ = write!(reasons, "<li lang=\"en\" dir=\"ltr\">{}</li>", escape(reason));
    }
    row("asked-rules", format!("{}<ul>{reasons}</ul>", escape(&say("asked-rules-allow"))));
    if asked.quorum > 1 {
        let (yes, quorum) = (asked.yes.to_string(), asked.quorum.to_string());
        row("asked-others", escape(&words.with("asked-others-value", &[("yes", &yes), ("quorum", &quorum)])));
    }
    row("asked-until", foreign(&asked.until));
    out + "</dl>"
}

fn needs_of(needs: &[String], words: &Words) -> String {
    let has = |code: &str| needs.iter().any(|need| need == code);
    let mut out = title(&words.say("needs-title")) + &note(&words.say("needs-body")) + "<ul class=\"needs\">";
    for code in NEEDS {
        // Without either of them nothing would show that a head turns.
        let barred = (code == "turn" && has("nod")) || (code == "nod" && has("turn"));
        let _ = write!(
            out,
            "<li><button type=\"button\" class=\"plain\" role=\"checkbox\" aria-checked=\"{}\" data-do=\"need\" \
             data-value=\"{code}\"{}>{}<span>{}</span></button></li>",
            has(code),
            if barred { " disabled" } else { "" },
            picture::icon("yes"),
            escape(&words.say(&format!("needs-{code}"))),
        );
    }
    out + "</ul>"
        + &note(&words.say("needs-one"))
        + &note(&words.say("needs-other"))
        + &button("big", "needs_done", "", None, &words.say("needs-done"))
}

/// The person's own picture in an oval, with the time that is left around it.
fn mirror(preview: bool, view: &View, words: &Words) -> String {
    let picture = if preview {
        format!("<img data-preview alt=\"{}\">", escape(&words.say("preview-label")))
    } else {
        picture::prompt("")
    };
    let ring = if view.time.is_some() {
        "<ellipse class=\"track\" cx=\"50\" cy=\"62\" rx=\"46\" ry=\"58\"/><ellipse class=\"left\" data-ring cx=\"50\" cy=\"62\" \
         rx=\"46\" ry=\"58\" pathLength=\"100\" stroke-dasharray=\"100 100\"/>"
    } else {
        "<ellipse class=\"track\" cx=\"50\" cy=\"62\" rx=\"46\" ry=\"58\"/>"
    };
    format!(
        "<div class=\"mirror\" data-part=\"mirror\"><div class=\"oval\">{picture}</div>\
         <svg class=\"ring\" viewBox=\"0 0 100 124\" aria-hidden=\"true\" focusable=\"false\">{ring}</svg></div>"
    )
}

fn look(shown: &Shown, view: &View, words: &Words) -> String {
    if shown.light.is_some() {
        return format!("<div class=\"lit\">{}</div>", title(&words.say("look-light")));
    }
    let picture = picture::prompt(shown.prompt.as_deref().unwrap_or(""));
    let heading = title(&prompt_words(shown, words));
    let letters = if shown.spoken.is_empty() {
        String::new()
    } else {
        let each: Vec<String> =
            shown.spoken.split(' ').map(|word| format!("<b>{}</b>", escape(word))).collect();
        format!("<p class=\"letters\" lang=\"en\" dir=\"ltr\">{}</p>", each.join(" "))
    };
    let advice = shown.advice.map_or_else(String::new, |advice| {
        format!(
            "<p class=\"advice\">{}{}</p>",
            picture::icon("light"),
            escape(&words.say(&advice_id(advice)))
        )
    });
    let place = if shown.place.1 > 0 {
        let (index, total) = (shown.place.0.to_string(), shown.place.1.to_string());
        format!("<p>{}</p>", escape(&words.with("prompt-place", &[("index", &index), ("total", &total)])))
    } else {
        String::new()
    };
    let again = if shown.again { note(&words.say("ready-again")) } else { String::new() };
    let time = if view.time.is_some() { time_left(words) } else { String::new() };
    format!(
        "<div class=\"look\">{}<div class=\"ask\" data-part=\"ask\">{again}{picture}{heading}{letters}{advice}</div></div>\
         <div class=\"under\">{place}{time}</div>",
        mirror(shown.preview, view, words)
    )
}

fn prompt_words(shown: &Shown, words: &Words) -> String {
    let id = shown.prompt.as_ref().map(|code| format!("prompt-{code}"));
    words.say(id.as_deref().filter(|id| words.has(id)).unwrap_or("look-face"))
}

fn advice_id(advice: Advice) -> String {
    format!("advice-{}", advice.code())
}

fn signed(done: &Done, words: &Words) -> String {
    let say = |id: &str| words.say(id);
    let (id, kind, label) = match &done.approval {
        Some(id) => (id, "APPROVAL", "done-approval"),
        None => (&done.cosignature, "COSIGNATURE", "done-signature"),
    };
    let shown = short(id);
    let label_of_code = escape(&words.with("done-qr", &[("id", &shown)]));
    let code =
        qr::picture(&format!("WETSIGN:{kind}:{}", id.to_uppercase()), &label_of_code).unwrap_or_default();
    let mut list = Vec::new();
    if done.checks > 0 {
        list.push(("yes", words.count("done-checks", u64::from(done.checks))));
    }
    if done.approval.is_none() {
        list.push(("people", say("done-waiting")));
    }
    if done.log_pending {
        list.push(("", say("done-log-pending")));
    }
    format!(
        "{}<div class=\"result\"><figure data-part=\"qr\">{code}<figcaption>{} <bdi class=\"number\">{}</bdi></figcaption></figure><div>{}{}</div></div>{}",
        title(&say("done-title")),
        escape(&say(label)),
        escape(&shown),
        sentences(&list),
        work(&done.steps, words),
        button("big", "end", "", None, &say("end"))
    )
}

fn refused(ending: Ending, advice: Option<Advice>, kept: bool, view: &View, words: &Words) -> String {
    let say = |id: &str| words.say(id);
    let try_this = match (ending, advice) {
        (Ending::Quality, Some(advice)) => {
            format!("{} {}", say(&advice_id(advice)), say("try-quality"))
        }
        _ => say(&format!("try-{}", ending.code())),
    };
    let ask = view.contact.as_deref().map_or_else(|| escape(&say("ask-operator")), foreign);
    let row = |id: &str, text: String| format!("<div><dt>{}</dt><dd>{text}</dd></div>", escape(&say(id)));
    let facts = row("try-label", escape(&try_this))
        + &row("kept-label", escape(&say(if kept { "kept-yes" } else { "kept-no" })))
        + &row("ask-label", ask);
    let again = if ending.may_try_again() {
        button("big", "again", "", Some("again"), &say("again"))
    } else {
        String::new()
    };
    format!(
        "{}{}<dl class=\"facts\">{facts}</dl><div class=\"two\">{again}{}</div>",
        title(&say(&format!("refused-{}", ending.code()))),
        note(&say("nothing-signed")),
        button("big", "end", "", None, &say("end"))
    )
}
