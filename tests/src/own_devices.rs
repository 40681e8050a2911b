//! Which camera and microphone a person wants to try it with.

use anyhow::{Context, ensure};
use wetsign_api::v1;

use crate::narrate::Narrator;

/// What was said on the command line; empty: ask.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// A camera's node, such as `/dev/video0`.
    pub camera: String,
    /// A microphone's name, as `wetsignd devices` lists it.
    pub microphone: String,
    /// Accept devices that are not shown to be hardware, labelled as simulated.
    pub allow_virtual: bool,
    /// What the person cannot do.
    pub cannot: Vec<v1::Ability>,
}

/// Lists what there is, takes a wish or asks, and says what is used.
///
/// # Errors
/// When a kind has no usable device, or a wish names none.
pub fn choose(
    devices: &[v1::Device],
    wishes: &Wishes,
    narrator: &mut Narrator,
    mut ask: impl FnMut(&str) -> anyhow::Result<String>,
) -> anyhow::Result<v1::Source> {
    let mut chosen = Vec::new();
    for (kind, wish) in [("camera", &wishes.camera), ("microphone", &wishes.microphone)] {
        narrator.line(&format!("Each {kind} of this machine:"));
        let of_kind: Vec<_> = devices.iter().filter(|device| device.kind == kind).collect();
        let (usable, others): (Vec<_>, Vec<_>) =
            of_kind.into_iter().partition(|device| device.unusable.is_empty());
        for (number, device) in usable.iter().enumerate() {
            let first = device.formats.first().map_or("", String::as_str);
            narrator.line(&format!("{}  {}: {}, {first}", number + 1, device.id, device.name));
        }
        for device in others {
            narrator.detail(&format!("-  {}: {}; {}", device.id, device.name, device.unusable));
        }
        ensure!(
            !usable.is_empty(),
            "no usable {kind} here: plug one in (`wetsignd devices` lists what is there and why it is not usable), or see \
             the recorded story with `cargo xtask demo`"
        );
        let id = if wish.is_empty() { pick(kind, &usable, &mut ask)? } else { wished(kind, wish, &usable)? };
        let used = if id.is_empty() { "the first one that is hardware" } else { &id };
        narrator.line(&format!("Used as {kind}: {used}."));
        chosen.push(id);
    }
    let microphone = chosen.pop().context("a microphone was chosen")?;
    let camera = chosen.pop().context("a camera was chosen")?;
    let cannot = wishes.cannot.iter().map(|ability| (*ability).into()).collect();
    Ok(v1::Source {
        kind: Some(v1::source::Kind::Live(v1::LiveSource { camera, microphone, cannot, no_light: true })),
    })
}

fn wished(kind: &str, wish: &str, usable: &[&v1::Device]) -> anyhow::Result<String> {
    let known = usable.iter().any(|device| device.id == wish);
    ensure!(known, "there is no usable {kind} {wish}: take one of those that are listed");
    Ok(wish.to_owned())
}

/// Asks until the answer is a number of the list, or nothing: then the kiosk chooses.
fn pick(
    kind: &str,
    usable: &[&v1::Device],
    ask: &mut impl FnMut(&str) -> anyhow::Result<String>,
) -> anyhow::Result<String> {
    if let [only] = usable {
        return Ok(only.id.clone());
    }
    loop {
        let answer = ask(&format!("Which {kind}, 1 to {} (Enter: let the kiosk choose)?", usable.len()))?;
        let answer = answer.trim();
        if answer.is_empty() {
            return Ok(String::new());
        }
        let number: Option<usize> = answer.parse().ok();
        if let Some(device) = number.and_then(|number| usable.get(number.checked_sub(1)?)) {
            return Ok(device.id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::narrate::Audience;

    fn device(kind: &str, id: &str, unusable: &str) -> v1::Device {
        let (kind, id, unusable) = (kind.into(), id.into(), unusable.into());
        v1::Device {
            kind,
            id,
            name: "a model".into(),
            formats: vec!["640x480 YUYV 30".into()],
            unusable,
            device: 0,
        }
    }

    fn devices() -> Vec<v1::Device> {
        vec![
            device("camera", "/dev/video0", ""),
            device("camera", "/dev/video1", "a metadata node"),
            device("camera", "/dev/video2", ""),
            device("microphone", "alsa:hw:CARD=PCH,DEV=0", ""),
        ]
    }

    fn chosen(devices: &[v1::Device], wishes: &Wishes, answers: &[&str]) -> anyhow::Result<(String, String)> {
        let mut answers = answers.iter();
        let mut narrator = Narrator::new(Audience::Machine);
        let ask = |_: &str| Ok((*answers.next().context("asked too often")?).to_owned());
        match choose(devices, wishes, &mut narrator, ask)?.kind {
            Some(v1::source::Kind::Live(live)) => Ok((live.camera, live.microphone)),
            other => anyhow::bail!("{other:?}"),
        }
    }

    #[test]
    fn only_usable_devices_are_numbered_and_a_single_one_is_not_asked_for() {
        let microphone = "alsa:hw:CARD=PCH,DEV=0".to_owned();
        let chosen = |answers: &[&str]| chosen(&devices(), &Wishes::default(), answers).unwrap();
        assert_eq!(chosen(&["2\n"]), ("/dev/video2".into(), microphone.clone()));
        assert_eq!(chosen(&["0", "3", "x", "1"]), ("/dev/video0".into(), microphone.clone()));
        assert_eq!(chosen(&[""]), (String::new(), microphone));
    }

    #[test]
    fn a_wish_is_taken_unless_there_is_no_such_device() {
        let wish = |camera: &str| Wishes { camera: camera.into(), ..Wishes::default() };
        assert_eq!(chosen(&devices(), &wish("/dev/video2"), &[]).unwrap().0, "/dev/video2");
        assert!(chosen(&devices(), &wish("/dev/video1"), &[]).is_err());
    }

    #[test]
    fn a_machine_without_a_camera_is_told_what_to_do() {
        let error = chosen(&devices()[1..2], &Wishes::default(), &[]).unwrap_err().to_string();
        assert!(error.contains("no usable camera") && error.contains("cargo xtask demo"), "{error}");
    }
}
