//! What a mark is worth: files that are accepted, and files that are told apart from them.

#[macro_use]
mod common;

use common::support::{ORIGIN, T, public};
use common::{World, media, program, signed};
use wetsign_attest::Signed;
use wetsign_attest::object::{AssetDescriptor, Withdrawal};

/// The asset of the approval.
fn asset(world: &World) -> wetsign_attest::id::Id {
    Signed::<AssetDescriptor>::decode(&world.bundle.descriptors[0].0).unwrap().id()
}

#[test]
fn a_sound_that_says_the_approved_words_is_accepted() {
    let world = World::of("audio");
    let [text, asset] = [world.text("text.txt"), asset(&world).to_string()];
    for (name, bytes) in [
        ("speech.wav", media::wav(16)),
        ("speech.mp3", media::mp3()),
        ("speech.flac", media::flac()),
        ("speech.m4a", media::mp4(b"M4A ", b"mp4a")),
    ] {
        world.put(name, &bytes);
        let marked = format!("marked-{name}");
        let (code, json) = world.mark(name, &marked, &["--input", &text]);
        assert_eq!(code, Some(0), "{name}: {json:#}");
        assert!(json["beside"].is_null(), "{name}: {json:#}");
        world.accepted(&marked, &["--input", &text, "--asset", &asset]);
        let (code, shown) = world.run(&["show", &world.text(&marked)]);
        assert_eq!(code, Some(0));
        assert_eq!(shown["manifest"]["sha256"], json["manifest"], "what the log keeps is what is found");
        assert_eq!(shown["manifest"]["statements"][0]["named"]["log"], ORIGIN);
        assert_eq!(shown["medium"]["sha256"], json["medium"]["sha256"], "{name}: the medium is untouched");
    }
}

#[test]
fn pictures_and_films_are_marked_as_well() {
    for (medium, name, bytes) in
        [("image", "face.jpg", media::jpeg(90)), ("video", "face.mp4", media::mp4(b"isom", b"avc1"))]
    {
        let world = World::of(medium);
        world.put(name, &bytes);
        world.marked(name, "marked");
        world.accepted("marked", &[]);
    }
}

#[test]
fn a_file_that_takes_no_manifest_has_it_beside_it() {
    let world = World::of("audio");
    world.put("speech.ogg", b"OggS and what follows");
    let (code, json) = world.mark("speech.ogg", "marked.ogg", &[]);
    assert_eq!((code, &json["beside"]), (Some(0), &world.text("marked.ogg.c2pa").into()), "{json:#}");
    world.accepted("marked.ogg", &[]);
    world.put("marked.ogg", b"OggS and what followz");
    world.refused("marked.ogg", &[], "intact", "altered: parts 11 of 11 differ");
    std::fs::remove_file(world.path("marked.ogg.c2pa")).unwrap();
    world.refused("marked.ogg", &[], "mark", "none beside it");

    world.put("speech.wav", &media::wav(16));
    assert_eq!(world.mark("speech.wav", "apart.wav", &["--beside"]).0, Some(0));
    assert_eq!(world.read("apart.wav"), world.read("speech.wav"));
    world.accepted("apart.wav", &[]);
}

#[test]
fn a_stripped_file_has_no_mark_and_a_kept_manifest_knows_it_again() {
    let world = World::of("audio");
    for (name, bytes) in
        [("speech.wav", media::wav(16)), ("speech.mp3", media::mp3()), ("speech.flac", media::flac())]
    {
        world.put(name, &bytes);
        let kept = world.text(&format!("{name}.kept"));
        let marked = format!("marked-{name}");
        assert_eq!(world.mark(name, &marked, &["--keep", &kept]).0, Some(0));
        // The file as it was before is the one without its mark.
        world.refused(name, &[], "mark", "never marked, or the mark was stripped");
        world.refused(name, &["--manifest", &kept], "intact", "stripped: the medium is what was marked");
        let mut other = bytes.clone();
        let middle = other.len() / 2;
        other[middle] ^= 1;
        world.put("other", &other);
        world.refused(
            "other",
            &["--manifest", &kept],
            "intact",
            "the mark is gone from it, and it is altered: parts ",
        );
    }
}

#[test]
fn a_cut_file_is_told_with_what_is_left_of_it() {
    let world = World::of("audio");
    world.put("speech.mp3", &media::mp3());
    world.marked("speech.mp3", "marked.mp3");
    let marked = world.read("marked.mp3");
    world.put("cut.mp3", &marked[..marked.len() - 4000]);
    world.refused(
        "cut.mp3",
        &[],
        "intact",
        "cut: 12680 of 16680 bytes of the medium are left, parts 1 to 12 of 16",
    );

    // The same of samples: a shorter chunk in a file that is whole by its own word.
    world.put("speech.wav", &media::wav(16));
    assert_eq!(world.mark("speech.wav", "marked.wav", &["--keep", &world.text("kept")]).0, Some(0));
    let mut cut = media::wav(16);
    cut.drain(44..44 + 8000);
    let (size, data) = ((cut.len() - 8) as u32, (cut.len() - 44) as u32);
    cut[4..8].copy_from_slice(&size.to_le_bytes());
    cut[40..44].copy_from_slice(&data.to_le_bytes());
    world.put("cut.wav", &cut);
    world.refused("cut.wav", &[], "mark", "none beside it");
    let kept = world.text("kept");
    world.refused(
        "cut.wav",
        &["--manifest", &kept],
        "intact",
        "cut: 24000 of 32000 bytes of the medium are left, parts 5 to 16",
    );
}

#[test]
fn a_file_coded_anew_is_told_by_its_coding() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    let kept = world.text("kept");
    assert_eq!(world.mark("speech.wav", "marked.wav", &["--keep", &kept]).0, Some(0));
    for (name, bytes, now) in [
        ("anew.wav", media::wav(24), "pcm 24 bit"),
        ("anew.mp3", media::mp3(), "mp3, 44100 Hz"),
        ("anew.flac", media::flac(), "flac 16 bit"),
    ] {
        world.put(name, &bytes);
        world.refused(name, &[], "mark", "never marked, or the mark was stripped");
        world.refused(
            name,
            &["--manifest", &kept],
            "intact",
            "coded anew: marked was pcm 16 bit, 16000 Hz, mono",
        );
        world.refused(name, &["--manifest", &kept], "intact", now);
    }

    // A tool that codes anew and carries what it found along: the picture is another, the segments are there.
    let pictures = World::of("image");
    pictures.put("face.jpg", &media::jpeg(90));
    pictures.marked("face.jpg", "marked.jpg");
    let segments = applications(&pictures.read("marked.jpg"));
    let anew = media::jpeg(60);
    pictures.put("anew.jpg", &[&anew[..2], &segments, &anew[2..]].concat());
    pictures.refused("anew.jpg", &[], "intact", "swapped, or coded anew in the same way");
}

/// The segments of a JPEG that hold its manifest (APP11).
fn applications(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    while jpeg[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] == 0xeb {
            found.extend_from_slice(&jpeg[at..end]);
        }
        at = end;
    }
    found
}

#[test]
fn a_mark_on_another_file_is_told() {
    let world = World::of("audio");
    world.put("speech.mp3", &media::mp3());
    world.marked("speech.mp3", "marked.mp3");
    let marked = world.read("marked.mp3");
    let tag = &marked[..marked.len() - media::mp3().len()];
    let other: Vec<u8> = media::mp3()
        .chunks(417)
        .flat_map(|frame| {
            [&frame[..4], &frame[4..].iter().map(|byte| byte ^ 0x55).collect::<Vec<_>>()].concat()
        })
        .collect();
    world.put("swapped.mp3", &[tag, &other].concat());
    world.refused(
        "swapped.mp3",
        &[],
        "intact",
        "swapped, or coded anew in the same way: nothing of the medium is what was marked",
    );

    let mut altered = marked.clone();
    let place = tag.len() + 5000;
    altered[place] ^= 1;
    world.put("altered.mp3", &altered);
    world.refused("altered.mp3", &[], "intact", "altered: parts 5 of 16 differ");

    let mut around = marked.clone();
    around.extend_from_slice(&[b"TAG", &[b'x'; 125][..]].concat());
    world.put("tagged.mp3", &around);
    world.refused("tagged.mp3", &[], "intact", "the medium is whole, what lies around it was changed");
}

#[test]
fn a_marked_picture_does_not_mark_the_song_whose_cover_it_is() {
    let pictures = World::of("image");
    pictures.put("cover.jpg", &media::jpeg(90));
    pictures.marked("cover.jpg", "marked.jpg");
    let cover = pictures.read("marked.jpg");
    // ID3v2.4 with one picture (APIC), in front of a song without a mark.
    let synchsafe = |size: usize| {
        [(size >> 21) as u8 & 127, (size >> 14) as u8 & 127, (size >> 7) as u8 & 127, size as u8 & 127]
    };
    let body = [b"\0image/jpeg\0\x03\0", &cover[..]].concat();
    let frame = [b"APIC", &synchsafe(body.len())[..], &[0, 0], &body].concat();
    let song = [b"ID3\x04\0\0", &synchsafe(frame.len())[..], &frame, &media::mp3()].concat();
    pictures.put("song.mp3", &song);
    pictures.refused("song.mp3", &[], "mark", "no manifest in this audio/mpeg");
    // Nor does a name turn the picture into a song.
    let sounds = World::of("audio");
    sounds.put("song.mp3", &media::jpeg(90));
    let (code, json) = sounds.mark("song.mp3", "marked.mp3", &[]);
    assert_eq!((code, json["first_failure"].as_str()), (Some(2), Some("medium")), "{json:#}");
}

#[test]
fn who_signed_decides_and_not_that_somebody_did() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    world.marked("speech.wav", "marked.wav");
    // Another authority, as good as any, whom this policy does not name.
    let other = World::of("audio");
    std::fs::remove_file(other.path("authority.pem")).unwrap();
    std::fs::remove_file(other.path("marker.pem")).unwrap();
    std::fs::copy(other.path("stranger.key"), other.path("authority.key")).unwrap();
    other.certify("authority", "marker");
    let trust = std::fs::read_to_string(other.path("trust.toml")).unwrap();
    let (before, _) = trust.split_once("[media]").unwrap();
    let pem = std::fs::read_to_string(other.path("authority.pem")).unwrap();
    other.put("trust.toml", format!("{before}[media]\nauthorities = \"\"\"\n{pem}\"\"\"\n").as_bytes());
    other.put("marked.wav", &world.read("marked.wav"));
    other.refused("marked.wav", &[], "signer", "whom no authority of the policy certified");
    other.put("trust.toml", before.as_bytes());
    other.refused("marked.wav", &[], "signer", "the policy names no authorities in [media]");
}

#[test]
fn what_was_asked_for_is_compared() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    world.marked("speech.wav", "marked.wav");
    let changed =
        world.put("changed.txt", b"Rain falls and rivers carry it to the see.").display().to_string();
    world.refused("marked.wav", &["--input", &changed], "input", "was approved");
    world.refused("marked.wav", &["--asset", &"ab".repeat(32)], "asset", "asked was abab");
    let (code, json) = world.mark("speech.wav", "again.wav", &["--input", &changed]);
    assert_eq!((code, json["first_failure"].as_str()), (Some(2), Some("input")), "{json:#}");
    assert!(!world.path("again.wav").exists(), "one changed word is not marked");
    let (code, json) = world.mark("marked.wav", "again.wav", &[]);
    assert_eq!((code, json["first_failure"].as_str()), (Some(2), Some("mark")), "{json:#}");
}

#[test]
fn a_use_ends_by_time_and_by_its_owner() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    world.marked("speech.wav", "marked.wav");
    let late = (T + 91 * 86_400).to_string();
    world.refused("marked.wav", &["--at", &late], "lapsed", "lapsed");
    assert_eq!(world.mark("speech.wav", "late.wav", &["--at", &late]).0, Some(2));
    let withdrawal = Withdrawal {
        asset: asset(&world),
        approval: None,
        reason: Some("the voice is sold".into()),
        signed_by: public(common::support::OWNER),
        time: T + 50,
    };
    let given = world.put("withdrawal", &signed(withdrawal, common::support::OWNER)).display().to_string();
    world.refused("marked.wav", &["--withdrawal", &given], "lapsed", "withdrawn");
    assert_eq!(world.mark("speech.wav", "late.wav", &["--withdrawal", &given]).0, Some(2));
    assert!(!world.path("late.wav").exists());
}

#[test]
fn a_mark_of_an_approval_that_does_not_hold_is_refused() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    world.marked("speech.wav", "marked.wav");
    // This reader trusts another log.
    let trust = std::fs::read_to_string(world.path("trust.toml")).unwrap();
    let other =
        world.put("other.toml", trust.replace(ORIGIN, "log.example/other").as_bytes()).display().to_string();
    world.refused("marked.wav", &["--policy", &other], "approval", "checkpoint");
    assert_eq!(world.mark("speech.wav", "no.wav", &["--policy", &other]).0, Some(2));
    assert!(!world.path("no.wav").exists());
}

#[test]
fn an_approval_may_travel_apart_and_has_to_be_the_one_that_is_named() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    assert_eq!(world.mark("speech.wav", "apart.wav", &["--apart"]).0, Some(0));
    world.marked("speech.wav", "whole.wav");
    assert!(world.read("apart.wav").len() + 10_000 < world.read("whole.wav").len());
    world.refused("apart.wav", &[], "approval", "give it by --approval");
    let own = world.text("approval.cbor");
    world.accepted("apart.wav", &["--approval", &own]);
    let other = World::with(common::support::Edits {
        prove: true,
        ..edit!(request: |request: &mut wetsign_attest::object::UsageRequest| request.nonce.0[0] ^= 1)
    });
    world.refused("apart.wav", &["--approval", &other.text("approval.cbor")], "named", "in the mark and");
}

#[test]
fn what_cannot_be_decided_is_an_error_and_says_what() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    let (code, json) = world.check("nowhere.wav", &[]);
    assert_eq!(code, Some(1));
    assert!(json["error"].as_str().unwrap().contains("cannot read"), "{json:#}");
    let wrong = world.put("wrong.toml", b"version = 1").display().to_string();
    assert_eq!(world.check("speech.wav", &["--policy", &wrong]).0, Some(1));
    // A key that others can read, and one that the certificate is not of.
    std::fs::copy(world.path("stranger.key"), world.path("marker.key")).unwrap();
    let (code, json) = world.mark("speech.wav", "no.wav", &[]);
    assert_eq!(code, Some(1));
    assert!(json["error"].as_str().unwrap().contains("does not begin with the certificate"), "{json:#}");
    assert!(!world.path("no.wav").exists());
    let wrong_flag = program().arg("--wrong").output().unwrap();
    assert_eq!(wrong_flag.status.code(), Some(1));
}

#[test]
fn a_broken_manifest_is_refused_and_no_byte_of_it_can_be_changed_unseen() {
    let world = World::of("audio");
    world.put("speech.wav", &media::wav(16));
    assert_eq!(world.mark("speech.wav", "marked.wav", &["--apart"]).0, Some(0));
    let (marked, approval) = (world.read("marked.wav"), world.text("approval.cbor"));
    let begin = media::wav(16).len();
    // What pads a manifest to its size is in no hash: a change there changes nothing that is said.
    for place in (begin..marked.len()).step_by(997) {
        let mut changed = marked.clone();
        changed[place] ^= 1;
        world.put("changed.wav", &changed);
        let (code, json) = world.check("changed.wav", &["--approval", &approval]);
        if changed[place] != 1 {
            assert_eq!(code, Some(2), "byte {place}: {json:#}");
        }
    }
}
