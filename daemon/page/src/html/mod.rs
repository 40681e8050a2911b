//! From a view to HTML. No script and no style stands in it: only elements, classes and `data-` attributes.
//!
//! Buttons carry what they do in `data-do` and `data-value`; [`crate::server`] says what it means. Parts that change
//! alone carry `data-part`, so that the rest of the screen stays as it is and keeps its focus.

mod parts;
mod screens;

pub use screens::{NEEDS, enrolment_consent};

use std::fmt::Write as _;

use crate::{Screen, View, Words, view};
use parts::{button, escape, step_list};

/// What is to be seen, in the words of one language: the content of the page's `<body>`.
pub fn page(view: &View, words: &Words) -> String {
    let language = words.language();
    let mut out = String::with_capacity(8 * 1024);
    let _ = write!(
        out,
        "<div id=\"view\" lang=\"{}\" dir=\"{}\" data-screen=\"{}\" data-tone=\"{}\" data-say=\"{}\"",
        language.tag(),
        language.direction(),
        name(&view.screen),
        tone(&view.screen),
        escape(&screens::spoken(view, words)),
    );
    if let Some((until, whole)) = view.time {
        let _ = write!(out, " data-until=\"{until}\" data-whole=\"{whole}\"");
    }
    if let Screen::Look(view::Shown { light: Some([red, green, blue]), .. }) = &view.screen {
        let _ = write!(out, " data-light=\"rgb({red} {green} {blue})\"");
    }
    out.push('>');
    out.push_str(&head(view, words));
    let _ = write!(out, "<main data-part=\"main\">{}</main>", screens::body(view, words));
    out.push_str(&foot(view, words));
    out.push_str("</div>");
    out
}

fn head(view: &View, words: &Words) -> String {
    let camera = if view.recording { "camera-on" } else { "camera-off" };
    format!(
        "<header data-part=\"head\"><p class=\"brand\" lang=\"en\">Wetsign</p>{}\
         <p class=\"camera {camera}\">{}<span>{}</span></p></header>",
        step_list(place(&view.screen), words),
        crate::picture::icon("camera"),
        escape(&words.say(camera)),
    )
}

fn foot(view: &View, words: &Words) -> String {
    let mut languages = String::new();
    for language in crate::Language::ALL {
        let current = if language == words.language() { " aria-current=\"true\"" } else { "" };
        let _ = write!(
            languages,
            "<li><button type=\"button\" class=\"small\" lang=\"{tag}\" data-do=\"language\" \
             data-value=\"{tag}\"{current}>{}</button></li>",
            escape(&Words::of(language).say("language-name")),
            tag = language.tag(),
        );
    }
    let leave = if matches!(view.screen, Screen::Idle(_)) {
        String::new()
    } else {
        button("small leave", "leave", "", None, &words.say("leave"))
    };
    format!(
        "<footer data-part=\"foot\"><nav aria-label=\"{}\"><ul>{languages}</ul></nav>{leave}</footer>",
        escape(&words.say("language-label")),
    )
}

/// A screen's name, for style sheets and tests.
pub const fn name(screen: &Screen) -> &'static str {
    match screen {
        Screen::Idle(_) => "idle",
        Screen::Who(_) => "who",
        Screen::Asked(_) => "asked",
        Screen::Consent { .. } => "consent",
        Screen::Needs(_) => "needs",
        Screen::Name => "name",
        Screen::EnrolConsent { .. } => "enrol",
        Screen::Phone => "phone",
        Screen::Invited { .. } => "invited",
        Screen::Compare { .. } => "compare",
        Screen::Paired => "paired",
        Screen::Ready => "ready",
        Screen::Look(view::Shown { light: Some(_), .. }) => "light",
        Screen::Look(_) => "look",
        Screen::Work(_) => "work",
        Screen::Declining => "declining",
        Screen::Code { .. } => "code",
        Screen::Done(_) => "done",
        Screen::Declined => "declined",
        Screen::Enrolled => "enrolled",
        Screen::Refused { .. } => "refused",
        Screen::Lost => "lost",
    }
}

const fn tone(screen: &Screen) -> &'static str {
    match screen {
        Screen::Done(_) | Screen::Declined | Screen::Enrolled | Screen::Paired => "good",
        Screen::Refused { .. } | Screen::Lost => "bad",
        Screen::Work(_) | Screen::Ready | Screen::Declining | Screen::Idle(_) => "info",
        _ => "ask",
    }
}

/// Which of the five steps it is; none outside of them.
const fn place(screen: &Screen) -> Option<usize> {
    match screen {
        Screen::Asked(_) | Screen::Name => Some(0),
        Screen::Consent { .. }
        | Screen::Needs(_)
        | Screen::EnrolConsent { .. }
        | Screen::Phone
        | Screen::Invited { .. }
        | Screen::Compare { .. } => Some(1),
        Screen::Ready | Screen::Look(_) => Some(2),
        Screen::Work(_) => Some(3),
        Screen::Code { .. } | Screen::Done(_) | Screen::Enrolled => Some(4),
        _ => None,
    }
}
