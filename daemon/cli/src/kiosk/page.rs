//! The terminal as the kiosk's page: it shines the colours of the screen's light.

use serde_json::{Value, json};
use wetsign_api::v1::{ScreenLight, Srgb};

use crate::output::{Terminal, print};

/// What one change of the page is: words for a file or a terminal without colours, paint for one that has them; and
/// JSON.
pub fn shown(light: &ScreenLight, terminal: &Terminal) -> (String, Value) {
    let Some(Srgb { red, green, blue }) = light.colour else {
        let text = if terminal.colour { DARK.to_owned() } else { "the screen's light is over".to_owned() };
        return (text, json!({ "light": null }));
    };
    let (index, total) = (light.index, light.total);
    let text = if terminal.colour {
        // Black on all colours has a contrast of 7 to 1. Later text is drawn as before.
        format!(
            "\u{1b}[48;2;{red};{green};{blue}m\u{1b}[30m\u{1b}[2J\u{1b}[HKeep looking into the camera.\u{1b}[0m"
        )
    } else {
        format!("light {} of {total}: #{red:02x}{green:02x}{blue:02x}", index + 1)
    };
    (text, json!({ "light": [red, green, blue], "index": index, "total": total }))
}

/// The terminal as it was, without what stood on it.
const DARK: &str = "\u{1b}[0m\u{1b}[2J\u{1b}[H";

/// A page that is dark again however its session ends.
pub struct Page<'a> {
    terminal: &'a Terminal,
    shines: bool,
}

impl<'a> Page<'a> {
    /// A dark one.
    pub const fn of(terminal: &'a Terminal) -> Self {
        Self { terminal, shines: false }
    }

    /// Notes a change.
    pub const fn note(&mut self, light: &ScreenLight) {
        self.shines = light.colour.is_some();
    }

    /// What darkens it, if it still shines.
    fn end(&mut self) -> &'static str {
        if std::mem::take(&mut self.shines) && self.terminal.colour { DARK } else { "" }
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // Nobody reads it any more: then nothing has to be put back.
        let _ = print(self.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Terminal = Terminal { colour: true, json: false };
    const FILE: Terminal = Terminal { colour: false, json: false };

    fn rose() -> ScreenLight {
        ScreenLight { colour: Some(Srgb { red: 255, green: 89, blue: 137 }), index: 0, total: 10 }
    }

    #[test]
    fn a_terminal_takes_the_colour_whole_and_a_file_its_name() {
        let (paint, json) = shown(&rose(), &SEEN);
        assert!(paint.starts_with("\u{1b}[48;2;255;89;137m") && paint.contains("\u{1b}[2J"), "{paint:?}");
        assert!(paint.ends_with("\u{1b}[0m"), "{paint:?}");
        assert_eq!(json["light"], json!([255, 89, 137]));
        assert_eq!(shown(&rose(), &FILE).0, "light 1 of 10: #ff5989");
        assert_eq!(shown(&ScreenLight::default(), &SEEN).0, DARK);
    }

    #[test]
    fn a_page_that_still_shines_is_darkened_once() {
        let mut page = Page::of(&SEEN);
        assert_eq!(page.end(), "");
        page.note(&rose());
        assert_eq!((page.end(), page.end()), (DARK, ""));
        page.note(&rose());
        page.note(&ScreenLight::default());
        assert_eq!(page.end(), "");
        let mut file = Page::of(&FILE);
        file.note(&rose());
        assert_eq!(file.end(), "");
    }
}
