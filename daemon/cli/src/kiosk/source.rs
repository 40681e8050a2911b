//! Where a session's frames and sound come from, and what the person before them cannot do.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use wetsign_api::v1::{self, source::Kind};

/// Flags for it; without any of them, the kiosk's own camera and microphone.
#[derive(Debug, Default, Args)]
pub struct SourceArgs {
    /// A replayed subject's directory in place of camera and microphone: whatever it makes says *simulated*.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["picture", "sound", "camera", "microphone"])]
    pub subject: Option<PathBuf>,
    /// A plain video or picture in place of the camera (an attack: it has to be refused).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["camera", "microphone"])]
    pub picture: Option<PathBuf>,
    /// Sound beside --picture.
    #[arg(long, value_name = "FILE", requires = "picture")]
    pub sound: Option<PathBuf>,
    /// Camera, as `wetsign devices` names it [default: the first usable].
    #[arg(long, value_name = "DEVICE")]
    pub camera: Option<String>,
    /// Microphone, as `wetsign devices` names it [default: the first usable].
    #[arg(long, value_name = "DEVICE")]
    pub microphone: Option<String>,
    /// What you cannot do: turn, nod, come-closer, mouth, blink (repeatable). It is not asked, and the phrase to be
    /// spoken is longer instead. Turning and nodding cannot both be left out.
    #[arg(long, value_name = "ABILITY", value_delimiter = ',', conflicts_with_all = ["subject", "picture"])]
    pub cannot: Vec<v1::Ability>,
    /// The kiosk's page must not change its colours before you, as it may for five seconds (twice a second, all equally
    /// bright): if you are sensitive to light, or for no reason. Nothing else depends on it.
    #[arg(long, conflicts_with_all = ["subject", "picture"])]
    pub no_light: bool,
}

impl SourceArgs {
    /// As the kiosk is told; `None` without any flag.
    pub fn message(&self) -> anyhow::Result<Option<v1::Source>> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let kind = if let Some(directory) = &self.subject {
            Kind::ReplayedSubject(v1::ReplayedSubject { directory: absolute(directory)? })
        } else if let Some(picture) = &self.picture {
            let sound = self.sound.as_deref().map(absolute).transpose()?.unwrap_or_default();
            Kind::File(v1::FileSource { picture: absolute(picture)?, sound })
        } else if self.camera.is_some()
            || self.microphone.is_some()
            || !self.cannot.is_empty()
            || self.no_light
        {
            let cannot = self.cannot.iter().map(|ability| (*ability).into()).collect();
            Kind::Live(v1::LiveSource {
                camera: text(&self.camera),
                microphone: text(&self.microphone),
                cannot,
                no_light: self.no_light,
            })
        } else {
            return Ok(None);
        };
        Ok(Some(v1::Source { kind: Some(kind) }))
    }
}

/// The daemon has another working directory.
fn absolute(path: &Path) -> anyhow::Result<String> {
    let full = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
    full.into_os_string().into_string().ok().with_context(|| format!("{} is not UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_and_have_to_exist() {
        let missing = SourceArgs { subject: Some("/no/such/subject".into()), ..SourceArgs::default() };
        assert!(missing.message().is_err());
        let here = SourceArgs { subject: Some(".".into()), ..SourceArgs::default() };
        let Some(Kind::ReplayedSubject(subject)) = here.message().unwrap().unwrap().kind else {
            panic!("a subject")
        };
        assert!(Path::new(&subject.directory).is_absolute());
        assert_eq!(SourceArgs::default().message().unwrap(), None);
    }

    #[test]
    fn what_somebody_cannot_do_is_said_of_the_kiosks_own_camera() {
        let source =
            SourceArgs { cannot: vec![v1::Ability::Blink, v1::Ability::ComeCloser], ..SourceArgs::default() };
        let Some(Kind::Live(live)) = source.message().unwrap().unwrap().kind else { panic!("a live source") };
        assert_eq!((live.camera.as_str(), live.microphone.as_str()), ("", ""));
        assert_eq!(live.cannot().collect::<Vec<_>>(), [v1::Ability::Blink, v1::Ability::ComeCloser]);
        assert!(!live.no_light);
    }

    #[test]
    fn light_can_be_left_out_without_naming_a_camera() {
        let source = SourceArgs { no_light: true, ..SourceArgs::default() };
        let Some(Kind::Live(live)) = source.message().unwrap().unwrap().kind else { panic!("a live source") };
        assert!(live.no_light && live.cannot.is_empty());
    }
}
