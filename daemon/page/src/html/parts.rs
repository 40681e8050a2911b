//! Small parts of which screens are made. Every foreign text goes through [`escape`].

use std::fmt::Write as _;

use crate::{Step, StepState, Words, picture, plain};

/// Text as the content of an element or of a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("&#10;"),
            letter => out.push(letter),
        }
    }
    out
}

/// A foreign text with a direction of its own.
pub fn foreign(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

pub fn title(text: &str) -> String {
    format!("<h1 tabindex=\"-1\">{}</h1>", escape(text))
}

pub fn button(class: &str, what: &str, value: &str, icon: Option<&str>, label: &str) -> String {
    let icon = icon.map(picture::icon).unwrap_or_default();
    let value = if value.is_empty() { String::new() } else { format!(" data-value=\"{}\"", escape(value)) };
    format!(
        "<button type=\"button\" class=\"{class}\" data-do=\"{what}\"{value}>{icon}<span>{}</span></button>",
        escape(label)
    )
}

/// Two buttons of one size, one weight and one colour.
pub fn two(yes: (&str, &str), no: (&str, &str)) -> String {
    format!(
        "<div class=\"two\">{}{}</div>",
        button("big", yes.0, "", Some("yes"), yes.1),
        button("big", no.0, "", Some("no"), no.1)
    )
}

/// Sentences, each with a small picture.
pub fn sentences(list: &[(&str, String)]) -> String {
    let mut out = String::from("<ul class=\"sentences\">");
    for (icon, text) in list {
        let _ = write!(out, "<li>{}<span>{}</span></li>", picture::icon(icon), escape(text));
    }
    out + "</ul>"
}

/// The five steps of the way, and which of them it is.
pub fn step_list(place: Option<usize>, words: &Words) -> String {
    let Some(place) = place else { return String::new() };
    let mut out = format!("<ol class=\"way\" aria-label=\"{}\">", escape(&words.say("steps-label")));
    for (number, id) in ["step-read", "step-agree", "step-show", "step-prove", "step-sign"].iter().enumerate()
    {
        let state = match number.cmp(&place) {
            std::cmp::Ordering::Less => " class=\"past\"",
            std::cmp::Ordering::Equal => " class=\"now\" aria-current=\"step\"",
            std::cmp::Ordering::Greater => "",
        };
        let _ = write!(out, "<li{state}><span>{}</span></li>", escape(&words.say(id)));
    }
    out + "</ol>"
}

/// The steps after the capture, with their times.
pub fn work(steps: &[Step], words: &Words) -> String {
    let mut out = String::from("<ol class=\"work\" data-part=\"work\">");
    for step in steps {
        let (id, state) = match step {
            Step::Alive(state) => ("work-alive", state),
            Step::Match(state) => ("work-match", state),
            Step::Attest(state) => ("work-attest", state),
            Step::Proof(state) => ("work-proof", state),
            Step::Device(state) => ("work-device", state),
            Step::Sign(state) => ("work-sign", state),
            Step::Log(state) => ("work-log", state),
        };
        let (class, mark, time) = match state {
            StepState::Later => ("later", String::new(), words.say("work-later")),
            StepState::Now => ("now", "<i class=\"turning\"></i>".to_owned(), words.say("work-now")),
            StepState::Done(ms) => (
                "done",
                picture::icon("yes"),
                words.with("seconds-short", &[("number", &plain::seconds(*ms))]),
            ),
        };
        let _ = write!(
            out,
            "<li class=\"{class}\"><i class=\"mark\">{mark}</i><span>{}</span> <small>{}</small></li>",
            escape(&words.say(id)),
            escape(&time),
        );
    }
    out + "</ol>"
}

/// The time that is left, filled in by the page as it passes.
pub fn time_left(words: &Words) -> String {
    let form = words.with("seconds-short", &[("number", "#")]);
    format!(
        "<p class=\"time\" data-part=\"time\"><span>{}</span> <b data-left data-form=\"{}\"></b></p>",
        escape(&words.say("time-left")),
        escape(&form)
    )
}

/// The beginning of a number that is too long to be read aloud, in groups of four.
pub fn short(id: &str) -> String {
    let head: Vec<char> = id.chars().take(16).collect();
    let groups: Vec<String> = head.chunks(4).map(|group| group.iter().collect()).collect();
    if id.chars().count() > 16 { format!("{} …", groups.join(" ")) } else { groups.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_leave_its_place() {
        assert_eq!(escape("<b a=\"x\" c='y'>&\n"), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;&#10;");
    }

    #[test]
    fn a_long_number_is_shown_by_its_beginning() {
        assert_eq!(short(&"0123456789abcdef".repeat(4)), "0123 4567 89ab cdef …");
        assert_eq!(short("01234"), "0123 4");
    }
}
