//! Recordings: those that are shipped are read and cover every screen; those that are none are refused by their line.

use std::collections::BTreeSet;

use wetsign_page::recorded::{MOST_BYTES, RecordingError, read};
use wetsign_page::{Event, Limits, Story, html};

#[test]
fn the_shipped_recordings_show_every_screen() {
    let mut seen = BTreeSet::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/recordings")).unwrap() {
        let mut story = Story::new(Limits::default());
        for line in read(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap() {
            story.note(line.at_ms, &line.event);
            seen.insert(html::name(&story.view().screen));
        }
    }
    let all = [
        "idle",
        "who",
        "asked",
        "consent",
        "needs",
        "name",
        "enrol",
        "ready",
        "look",
        "light",
        "work",
        "declining",
        "code",
        "done",
        "declined",
        "enrolled",
        "refused",
        "lost",
        "phone",
        "invited",
        "compare",
        "paired",
    ];
    assert_eq!(seen, BTreeSet::from(all));
}

#[test]
fn lines_of_the_command_line_are_read_as_they_are_printed() {
    let text = r#"{"request":"11","verdict":"22","validator":"33","at_ms":0}
{"state":"waiting","at_ms":1}
{"notice":"decide","text":"A request waits.","progress_thousandths":null,"at_ms":2}
{"prompt":"say","text":"Say: X G.","index":2,"total":3,"at_ms":3}
{"gates":[{"name":"motion","value":700,"bound":500,"at_least":true,"passed":true,"explains":false}],"at_ms":4}
{"light":[255,89,137],"index":0,"total":10,"at_ms":5}
{"light":null,"at_ms":6}
{"ok":false,"refused":"gate.motion","stage":"liveness","text":"no","at_ms":7}"#;
    let events: Vec<Event> = read(text).unwrap().into_iter().map(|line| line.event).collect();
    assert_eq!(events[0], Event::Subject);
    assert_eq!(events[3], Event::Prompt { index: 2, total: 3, code: "say".into(), spoken: "X G".into() });
    assert_eq!(events[4], Event::Gates { passed: 1, of: 1 });
    assert_eq!(events[5..7], [Event::Light(Some([255, 89, 137])), Event::Light(None)]);
    assert_eq!(events[7], Event::Refused { code: "gate.motion".into(), kept: false });
}

#[test]
fn what_is_no_recording_is_refused_by_its_line() {
    let line = |text: &str| match read(text) {
        Err(
            RecordingError::Line { line, .. }
            | RecordingError::Unknown { line, .. }
            | RecordingError::Time { line, .. },
        ) => line,
        other => panic!("{text}: {other:?}"),
    };
    let good = "{\"idle\":0,\"at_ms\":5}\n";
    for bad in [
        "nonsense",
        "[]",
        "{\"at_ms\":9}",
        "{\"at_ms\":4,\"idle\":0}",
        "{\"at_ms\":99999999,\"idle\":0}",
        "{\"state\":\"dancing\",\"at_ms\":6}",
        "{\"asked\":{\"unknown\":1},\"at_ms\":6}",
        "{\"light\":[1,2],\"at_ms\":6}",
        "{\"light\":[1,2,256],\"at_ms\":6}",
    ] {
        assert_eq!(line(&format!("{good}{bad}")), 2, "{bad}");
    }
    assert!(matches!(read(""), Err(RecordingError::Empty)));
    assert!(matches!(read(&" ".repeat(MOST_BYTES + 1)), Err(RecordingError::Long { what: "bytes", .. })));
    assert!(matches!(read(&good.repeat(20_001)), Err(RecordingError::Long { what: "lines", .. })));
}
