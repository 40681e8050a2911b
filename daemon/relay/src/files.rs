//! What a phone's browser loads: files, the same for everybody, part of this program.

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const MODULE: &str = "text/javascript; charset=utf-8";
const WORDS: &str = "text/plain; charset=utf-8";

macro_rules! file {
    ($path:literal, $kind:expr, $from:literal) => {
        File { path: $path, kind: $kind, text: include_str!(concat!("../", $from)) }
    };
}

/// The page itself.
pub(crate) const PAGE: File = file!("/", HTML, "assets/index.html");

/// What it loads.
const FILES: [File; 19] = [
    file!("/phone.css", CSS, "assets/phone.css"),
    file!("/phone.mjs", MODULE, "assets/phone.mjs"),
    file!("/bytes.mjs", MODULE, "assets/bytes.mjs"),
    file!("/cbor.mjs", MODULE, "assets/cbor.mjs"),
    file!("/cose.mjs", MODULE, "assets/cose.mjs"),
    file!("/deeds.mjs", MODULE, "assets/deeds.mjs"),
    file!("/hpke.mjs", MODULE, "assets/hpke.mjs"),
    file!("/keep.mjs", MODULE, "assets/keep.mjs"),
    file!("/keys.mjs", MODULE, "assets/keys.mjs"),
    file!("/line.mjs", MODULE, "assets/line.mjs"),
    file!("/offer.mjs", MODULE, "assets/offer.mjs"),
    file!("/own.mjs", MODULE, "assets/own.mjs"),
    file!("/pair.mjs", MODULE, "assets/pair.mjs"),
    file!("/passkey.mjs", MODULE, "assets/passkey.mjs"),
    file!("/screens.mjs", MODULE, "assets/screens.mjs"),
    file!("/words.mjs", MODULE, "assets/words.mjs"),
    file!("/words/en.ftl", WORDS, "words/en.ftl"),
    file!("/words/ro.ftl", WORDS, "words/ro.ftl"),
    file!("/words/ar.ftl", WORDS, "words/ar.ftl"),
];

/// The file at this path.
pub(crate) fn find(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}
