//! Which colour does the page shine when? The element's challenge says which, the sensor says from when on.
//!
//! Each colour is told when it is due and not before: who follows a session cannot make a film of what is still to
//! come.

use std::{future::pending, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};
use wetsign_liveness::light::{Colour, STEP_S, derive};
use wetsign_sensor_ipc::{LightColour, SourceOpened};

use crate::serve::feed::{Happening, Shone};

/// The colours of a capture: none where it is not wanted, and none for a recording, on which no light falls.
pub fn colours(wanted: bool, opened: &SourceOpened, challenge: &[u8; 32]) -> Vec<Colour> {
    if wanted && !opened.simulated { derive(challenge) } else { Vec::new() }
}

/// A colour as the sensor is told it.
pub const fn to_wire(colour: Colour) -> LightColour {
    match colour {
        Colour::Rose => LightColour::Rose,
        Colour::Green => LightColour::Green,
        Colour::Azure => LightColour::Azure,
        Colour::Amber => LightColour::Amber,
    }
}

/// The page while a capture runs.
pub struct Page {
    colours: Vec<Colour>,
    step: Duration,
    shown: usize,
    ticks: Option<Interval>,
}

impl Page {
    /// A dark page.
    pub fn new(colours: Vec<Colour>) -> Self {
        Self { colours, step: Duration::from_secs_f64(STEP_S), shown: 0, ticks: None }
    }

    /// Whether it will shine, or has shone.
    pub const fn shines(&self) -> bool {
        !self.colours.is_empty()
    }

    /// Begins to shine; a second time it does nothing.
    pub fn begin(&mut self) {
        if self.shines() && self.shown == 0 && self.ticks.is_none() {
            let mut ticks = interval(self.step);
            // A late colour does not shorten the next: no two follow each other sooner.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            self.ticks = Some(ticks);
        }
    }

    /// Waits for the next change of the page; for ever if there is none. Nothing is lost if it is dropped.
    pub async fn next(&mut self) -> Happening {
        let Some(ticks) = &mut self.ticks else { return pending().await };
        ticks.tick().await;
        let Some(colour) = self.colours.get(self.shown).copied() else {
            self.ticks = None;
            return Happening::Light(None);
        };
        let shone = Shone { index: self.shown as u32, total: self.colours.len() as u32, colour };
        self.shown += 1;
        Happening::Light(Some(shone))
    }

    /// Darkens the page if it shines.
    pub fn stop(&mut self) -> Option<Happening> {
        self.ticks.take().map(|_| Happening::Light(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_page_shines_what_the_challenge_says_and_is_dark_again() {
        let wanted = derive(&[7; 32]);
        let mut page = Page { step: Duration::from_millis(1), ..Page::new(wanted.clone()) };
        page.begin();
        for (index, colour) in wanted.iter().enumerate() {
            let Happening::Light(Some(shone)) = page.next().await else { panic!("dark at {index}") };
            assert_eq!(
                (shone.index as usize, shone.total as usize, shone.colour),
                (index, wanted.len(), *colour)
            );
            // The sensor may say so again when a face has come back.
            page.begin();
        }
        assert!(matches!(page.next().await, Happening::Light(None)));
        page.begin();
        assert!(page.stop().is_none(), "it shines once");
    }

    #[tokio::test]
    async fn a_capture_that_ends_early_leaves_no_colour_behind() {
        let mut page = Page::new(derive(&[7; 32]));
        assert!(page.stop().is_none());
        page.begin();
        assert!(matches!(page.next().await, Happening::Light(Some(_))));
        assert!(matches!(page.stop(), Some(Happening::Light(None))));
    }

    #[test]
    fn nothing_shines_on_a_recording_nor_where_it_is_not_wanted() {
        let source = |simulated| SourceOpened { simulated, ..SourceOpened::default() };
        assert_eq!(colours(true, &source(false), &[7; 32]), derive(&[7; 32]));
        assert!(colours(true, &source(true), &[7; 32]).is_empty());
        assert!(colours(false, &source(false), &[7; 32]).is_empty());
        assert!(!Page::new(Vec::new()).shines());
    }
}
