//! What has to hold between the parts of the list.

use std::collections::BTreeSet;

use super::{Manifest, ManifestError, Trust};

impl Manifest {
    /// Refuses parts that contradict each other.
    pub(super) fn check(&self) -> Result<(), ManifestError> {
        let wrong = |what: String| Err(ManifestError::Contradiction(what));
        if self.version != 1 {
            return wrong(format!("version is {}, and this program reads version 1", self.version));
        }
        let names = self.models.iter().map(|entry| &entry.name);
        let names = names.chain(self.optional.iter().map(|entry| &entry.name));
        let names = names.chain(self.data_sets.iter().map(|data| &data.name));
        let mut seen = BTreeSet::new();
        for name in names.chain(self.packages.iter().map(|package| &package.archive)) {
            if !seen.insert(name) {
                return wrong(format!("`{name}` is listed twice"));
            }
        }
        self.package(&self.runtime.package)?;
        for data in &self.data_sets {
            self.package(&data.package)?;
            if data.files.is_empty() == data.tree.is_none() {
                return wrong(format!("data `{}` needs either files or a tree", data.name));
            }
        }
        for entry in &self.models {
            self.package(&entry.package)?;
            let stored_as_it_is = entry.sources.len() == 1 && entry.sources[0].sha256 == entry.stored.sha256;
            if entry.conversion.is_none() && !stored_as_it_is {
                return wrong(format!(
                    "model `{}` has no conversion, so its one source and its stored file must have one digest",
                    entry.name
                ));
            }
        }
        if let Some(entry) = self.optional.iter().find(|entry| entry.trust == Trust::Accept) {
            return wrong(format!("optional `{}` must not help to accept anybody", entry.name));
        }
        if let Some(what) = self.capture.contradiction() {
            return wrong(what.to_owned());
        }
        let face_size = self.gates.get("face_size").map(|bound| i64::from(bound.bound));
        if face_size.is_none_or(|bound| bound < i64::from(self.capture.passive.width.0)) {
            return wrong(
                "face_size lets faces pass that [capture.passive] takes for no evidence".to_owned(),
            );
        }
        let pad = &self.face_pad;
        let networks = (self.entry("pad-fas")?.stored.sha256, self.entry("pad-fr")?.stored.sha256);
        if pad.networks != networks {
            return wrong(
                "face_pad was fitted on other files of pad-fas and pad-fr: train it again".to_owned(),
            );
        }
        let bound = self.gates.get("pad_fused").map(|bound| bound.bound);
        if bound.is_none_or(|bound| bound > pad.bound)
            || pad.rule.terms.iter().any(|term| term.deviation <= 0)
        {
            return wrong(format!(
                "the gate pad_fused must be a floor, at most face_pad's bound, {}",
                pad.bound
            ));
        }
        let states = self.entry("moonshine-encoder")?;
        let width = states.outputs.first().and_then(|output| output.shape.last().copied()).unwrap_or(0);
        if self.lip_reading.network != states.stored.sha256 || self.lip_reading.weights.len() != width {
            return wrong(
                "lip_reading was fitted on another file of moonshine-encoder: fit it again".to_owned(),
            );
        }
        let voice = self.entry(&self.quantiser.voice)?;
        let width = voice.outputs.first().and_then(|output| output.shape.last().copied()).unwrap_or(0);
        let rooms = &self.voice_rooms;
        if rooms.network != voice.stored.sha256 || !rooms.fits(width) || rooms.enrolled.decay == 0 {
            return wrong(format!(
                "voice_rooms was fitted on another file of {}: fit it again",
                self.quantiser.voice
            ));
        }
        for path in self.paths() {
            if path.starts_with('/') || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
                return wrong(format!("`{path}` does not stay inside its folder"));
            }
        }
        self.model_id_parts().map(drop)
    }

    /// Every path that set-up reads from an archive or writes below the cache.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let models = self.models.iter().flat_map(|entry| {
            entry.sources.iter().map(|source| source.path.as_str()).chain([entry.stored.path.as_str()])
        });
        let files = self
            .data_sets
            .iter()
            .flat_map(|data| data.files.iter().flat_map(|file| [file.source.as_str(), file.path.as_str()]));
        let trees = self
            .data_sets
            .iter()
            .filter_map(|data| data.tree.as_ref())
            .flat_map(|tree| [tree.source.as_str(), tree.path.as_str()]);
        let optional =
            self.optional.iter().flat_map(|entry| [entry.file.as_str(), entry.stored.path.as_str()]);
        models
            .chain(optional)
            .chain(files)
            .chain(trees)
            .chain([self.runtime.source.as_str(), self.runtime.stored.path.as_str()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EMBEDDED, Manifest};

    #[test]
    fn a_path_that_leaves_its_folder_is_refused() {
        let text = EMBEDDED.replace("path = \"models/ge2e.onnx\"", "path = \"models/../../ge2e.onnx\"");
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("does not stay inside its folder"), "{message}");
    }

    #[test]
    fn an_optional_network_that_helps_to_accept_is_refused() {
        let text = EMBEDDED.replacen("trust = \"evaluation\"\ninputs = [{ name = \"input\", element = \"f32\", shape = [0, 3, 128, 128] }]", "trust = \"accept\"\ninputs = []", 1);
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("optional `pad-suri` must not"), "{message}");
    }

    #[test]
    fn a_lip_reading_for_another_encoder_is_refused() {
        let network = Manifest::embedded().lip_reading.network.to_string();
        let at = EMBEDDED.rfind(&network).unwrap();
        let text = format!("{}{}{}", &EMBEDDED[..at], "0".repeat(64), &EMBEDDED[at + 64..]);
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("another file of moonshine-encoder"), "{message}");
    }

    #[test]
    fn what_rooms_do_to_the_voices_of_another_network_is_refused() {
        let network = Manifest::embedded().voice_rooms.network.to_string();
        let at = EMBEDDED.rfind(&network).unwrap();
        let text = format!("{}{}{}", &EMBEDDED[..at], "0".repeat(64), &EMBEDDED[at + 64..]);
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("another file of ge2e"), "{message}");
    }

    #[test]
    fn a_stored_digest_that_is_not_the_sources_needs_a_conversion() {
        let text = EMBEDDED.replacen("conversion = \"ge2e_to_onnx\"\n", "", 1);
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("model `ge2e` has no conversion"), "{message}");
    }

    #[test]
    fn a_fused_rule_for_other_networks_or_with_another_bound_is_refused() {
        let bound = Manifest::embedded().face_pad.bound;
        let floor = Manifest::embedded().gates["pad_fused"].bound;
        let text =
            EMBEDDED.replace(&format!("\nbound = {bound}\ndata"), &format!("\nbound = {}\ndata", floor - 1));
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("pad_fused must be a floor"), "{message}");
        let network = Manifest::embedded().face_pad.networks.0.to_string();
        let at = EMBEDDED.rfind(&network).unwrap();
        let text = format!("{}{}{}", &EMBEDDED[..at], "0".repeat(64), &EMBEDDED[at + 64..]);
        let message = Manifest::parse(&text).unwrap_err().to_string();
        assert!(message.contains("train it again"), "{message}");
    }
}
