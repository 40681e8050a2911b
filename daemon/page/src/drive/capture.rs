//! Where the camera's pictures come from, and what the person before it cannot do.

use std::path::PathBuf;

use wetsign_api::v1::{self, Ability, source::Kind};

/// What a kiosk is asked to look through.
#[derive(Clone, Debug, Default)]
pub enum Through {
    /// Its own camera and microphone.
    #[default]
    Own,
    /// A replayed subject, by its absolute path; what it makes says *simulated*.
    Subject(PathBuf),
}

impl Through {
    /// As the kiosk is told, without what is hard for the person. Recordings are asked for what they show.
    pub fn message(&self, needs: &[String]) -> v1::Source {
        let kind = match self {
            Self::Subject(path) => {
                Kind::ReplayedSubject(v1::ReplayedSubject { directory: path.to_string_lossy().into_owned() })
            }
            Self::Own => Kind::Live(v1::LiveSource {
                cannot: needs.iter().filter_map(|need| ability(need)).map(i32::from).collect(),
                no_light: needs.iter().any(|need| need == "light"),
                ..v1::LiveSource::default()
            }),
        };
        v1::Source { kind: Some(kind) }
    }
}

fn ability(need: &str) -> Option<Ability> {
    Some(match need {
        "turn" => Ability::Turn,
        "nod" => Ability::Nod,
        "come_closer" => Ability::ComeCloser,
        "mouth" => Ability::Mouth,
        "blink" => Ability::Blink,
        _ => return None,
    })
}

/// Adds a need, or takes it away. One of turning and nodding always stays.
pub fn toggle(needs: &mut Vec<String>, need: &str) {
    let bars = |other: &String| matches!((other.as_str(), need), ("turn", "nod") | ("nod", "turn"));
    match needs.iter().position(|known| known == need) {
        Some(place) => drop(needs.remove(place)),
        None if needs.iter().any(bars) => {}
        None => needs.push(need.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_moves_in_one_way_at_least() {
        let mut needs = Vec::new();
        for need in ["turn", "nod", "light", "turn", "nod"] {
            toggle(&mut needs, need);
        }
        assert_eq!(needs, ["light", "nod"]);
    }

    #[test]
    fn every_need_that_the_page_offers_reaches_the_kiosk() {
        for need in crate::html::NEEDS {
            let Some(Kind::Live(live)) = Through::Own.message(&[need.to_owned()]).kind else { panic!() };
            assert_eq!(
                (live.cannot.len(), live.no_light),
                if need == "light" { (0, true) } else { (1, false) }
            );
        }
    }
}
