//! One card a network: what it is, where it comes from, what a flaw in it can do. Written from the manifest, so that
//! neither can say what the other does not.

use std::fmt::Write as _;

use crate::manifest::{Entry, Manifest, ManifestError, Tensor, Trust};

/// The card of the network `name`, as Markdown. It lies in `models/cards/<name>.md`.
///
/// # Errors
/// A network or its package that the manifest does not list.
pub fn card(manifest: &Manifest, name: &str) -> Result<String, ManifestError> {
    let entry = manifest.entry(name)?;
    let package = manifest.package(&entry.package)?;
    let mut out = format!("# {}\n\n{}.\n\n| | |\n|---|---|\n", entry.name, sentence(&entry.role));
    let mut row = |what: &str, text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {what} | {} |", text.replace('|', "\\|"));
    };
    row("trust", trust(entry.trust));
    row("measured", &entry.figure);
    row("lineage, training data", &entry.lineage);
    row("licence", &entry.licence);
    row("package", &format!("`{}` {}, sha256 `{}`", package.name, package.version, package.sha256));
    for source in &entry.sources {
        row("file", &format!("`{}`, {} bytes, sha256 `{}`", source.path, source.size, source.sha256));
    }
    let made = entry
        .conversion
        .map_or("as published".to_owned(), |c| format!("made by `models/convert/{}`", c.script()));
    row("used file", &format!("{} bytes, sha256 `{}`, {made}", entry.stored.size, entry.stored.sha256));
    row("inputs", &tensors(&entry.inputs));
    row("outputs", &tensors(&entry.outputs));
    row("before and after", &entry.preprocessing);
    row("intended for", intended(entry));
    row("not for", NOT_FOR);
    Ok(out)
}

/// The name of [`face_pad_card`]'s file, without its ending.
pub const FACE_PAD: &str = "pad-fused";

/// The card of the rule of `pad_fused`, as Markdown.
pub fn face_pad_card(manifest: &Manifest) -> String {
    let pad = &manifest.face_pad;
    let mut out = format!(
        "# {FACE_PAD}\n\nFused evidence for a living face against prints and screens: logistic regression over both passive networks and the \
         cues of `models/infer/src/face/cues/`, averaged over the frames of a capture.\n\n| | |\n|---|---|\n"
    );
    let mut row = |what: &str, text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {what} | {text} |");
    };
    row("trust", trust(Trust::RefuseOnly));
    row(
        "fitted on",
        &format!(
            "{} frames of {} people from photos and group photos, half of them as prints or screens by the fitting half of the recapture \
         simulator; camera blur, motion, noise and compression drawn alike for both kinds, and a quarter of either kind by a camera that changes nothing; nobody of them is in the attack suite. **No recorded \
         attack is among them**",
            pad.frames, pad.people
        ),
    );
    row("data", &format!("sha256 `{}`", pad.data));
    row("networks", &format!("`pad-fas` `{}`, `pad-fr` `{}`", pad.networks.0, pad.networks.1));
    row(
        "bound",
        &format!(
            "{} thousandths of a nat: refuses at most {} % of the single frames of living people who were left out of the fit",
            pad.bound,
            f64::from(pad.target_bpcer) / 10.0
        ),
    );
    row(
        "made again by",
        &format!(
            "`wetsign-lab train --task face-pad --seed {}` (exit status 2 if it comes out otherwise)",
            pad.seed
        ),
    );
    row(
        "intended for",
        "one part of a decision in which every gate must pass (`models/liveness/src/decision.rs`)",
    );
    row("not for", NOT_FOR);
    let _ = writeln!(out, "\n| feature | mean | deviation | nats for each deviation |\n|---|---|---|---|");
    let number = |millionths: i64| millionths as f64 / 1e6;
    for term in &pad.rule.terms {
        let (mean, deviation, weight) = (number(term.mean), number(term.deviation), number(term.weight));
        let _ = writeln!(out, "| `{}` | {mean:.3} | {deviation:.3} | {weight:+.2} |", term.name);
    }
    out
}

/// The name of [`lip_reading_card`]'s file, without its ending.
pub const LIP_READING: &str = "lip-reading";

/// The card of what the sound says of the lips, as Markdown.
pub fn lip_reading_card(manifest: &Manifest) -> String {
    let reading = &manifest.lip_reading;
    let mut out = format!(
        "# {LIP_READING}\n\nThe gap between a speaker's lips, from the speech recogniser's states: ridge regression, one weight for each \
         number of a state, for the gate `lips`.\n\n| | |\n|---|---|\n"
    );
    let mut row = |what: &str, text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {what} | {text} |");
    };
    row("trust", trust(Trust::RefuseOnly));
    row(
        "fitted on",
        &format!(
            "{} moments of 20 ms of {} people who read sentences of the GRID corpus (Cooke, Barker, Cunningham and Shao 2006; CC BY 4.0 by \
             its authors' page, not verified), faces of 116 to 142 pixels. **So few people choose between methods; they are no population**",
            reading.moments, reading.speakers
        ),
    );
    row("data", &format!("sha256 `{}`", reading.data));
    row("network", &format!("`moonshine-encoder` `{}`", reading.network));
    row("held back by", &format!("{} thousandths of the states' mean power", reading.ridge));
    if let Some(shown) = manifest.gates.get("lips").and_then(|gate| gate.shown.as_ref()) {
        let taken = shown.attacks_taken.map_or("none tried".to_owned(), |count| count.to_string());
        row(
            "measured",
            &format!(
                "{}: own sound refused {}, another's taken {taken}",
                shown.measured_on, shown.living_refused
            ),
        );
    }
    row("made again by", "`wetsign-lab lipread FILM … --sounds DIR --out FILE`");
    row("intended for", "advice in a signed report, beside the gates that decide");
    row("not for", NOT_FOR);
    out
}

const NOT_FOR: &str = "a decision by itself, identification among many people, anybody who did not agree, emotion, age, sex or origin. \
Error rates by group of people are unknown: the data at hand names no groups";

fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Accept => {
            "accept: what it says can help to accept a person, so a flaw in it can let a stranger in"
        }
        Trust::RefuseOnly => "refuse-only: it can only add a refusal",
        Trust::Evaluation => "evaluation: for comparisons and attacks, never asked in a decision",
    }
}

fn intended(entry: &Entry) -> &'static str {
    match entry.trust {
        Trust::Evaluation => "evaluations: comparison with a network that is used, or attacks upon one",
        _ => "one part of a decision in which every gate must pass (`models/liveness/src/decision.rs`)",
    }
}

fn tensors(list: &[Tensor]) -> String {
    let one = |tensor: &Tensor| {
        let axes: Vec<String> = tensor
            .shape
            .iter()
            .map(|axis| if *axis == 0 { "any".to_owned() } else { axis.to_string() })
            .collect();
        format!("`{}` {} [{}]", tensor.name, tensor.element, axes.join(", "))
    };
    if list.is_empty() { "none".to_owned() } else { list.iter().map(one).collect::<Vec<_>>().join("; ") }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_network_has_the_card_that_the_manifest_writes() {
        let manifest = Manifest::embedded();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cards");
        for entry in &manifest.models {
            let path = folder.join(format!("{}.md", entry.name));
            let found = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let wanted = card(manifest, &entry.name).unwrap();
            assert!(found == wanted, "{} is old: run `wetsign-lab cards --out models/cards`", path.display());
        }
        let is_card = |entry: &std::fs::DirEntry| entry.path().extension().is_some_and(|e| e == "md");
        let cards = std::fs::read_dir(&folder).unwrap().map(Result::unwrap).filter(is_card).count();
        assert_eq!(cards, manifest.models.len() + 2, "a card without a network");
        let reading = std::fs::read_to_string(folder.join(format!("{LIP_READING}.md"))).unwrap();
        assert!(
            reading == lip_reading_card(manifest),
            "{LIP_READING}.md is old: run `wetsign-lab cards --out models/cards`"
        );
        let fused = std::fs::read_to_string(folder.join(format!("{FACE_PAD}.md"))).unwrap();
        assert!(
            fused == face_pad_card(manifest),
            "{FACE_PAD}.md is old: run `wetsign-lab cards --out models/cards`"
        );
    }

    #[test]
    fn a_network_that_is_not_listed_has_no_card() {
        assert!(card(Manifest::embedded(), "yunet").is_err());
    }
}
