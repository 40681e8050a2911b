//! The C2PA library, held offline: no manifest is fetched, nobody is asked whether a certificate still holds.
//!
//! A C2PA reader calls a file *Valid* if it is intact, whoever signed it, and *Trusted* if one of the reader's
//! authorities certified the signer. A mark asks for the second.

use std::fs::File;
use std::io::Seek as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Context as _;
use c2pa::assertions::DataHash;
use c2pa::{Builder, CallbackSigner, Context, Reader, Settings, SigningAlg, ValidationState};
use serde_json::{Value, json};
use wetsign_attest::id::Digest;

use crate::authority::PURPOSE;
use crate::format::Format;
use crate::key::Key;
use crate::statement::{LABEL, Statement};

/// How C2PA calls what a trained algorithm made (IPTC NewsCodes).
pub const TRAINED: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
/// Media type of a manifest alone.
const ALONE: &str = "application/c2pa";
/// The state's code for a signer whom an authority of the policy certified.
const TRUSTED: &str = "signingCredential.trusted";
/// And its opposite, which C2PA does not count against the file.
const UNTRUSTED: &str = "signingCredential.untrusted";

/// What was found in a file, or beside it.
#[derive(Debug)]
pub enum Found {
    /// No manifest.
    Nothing,
    /// A manifest that cannot be read, and why.
    Broken(String),
    /// A manifest.
    Manifest(Box<Manifest>),
}

/// A manifest, and what the C2PA library says of it.
#[derive(Debug)]
pub struct Manifest {
    /// It lies in the file, not beside it.
    pub embedded: bool,
    /// Bytes of the manifest store.
    pub bytes: usize,
    /// Their SHA-256: what a log can keep, so that a stripped file's mark is found again.
    pub digest: Digest,
    /// Invalid, valid or trusted.
    pub state: ValidationState,
    /// What does not hold, as C2PA calls it; that nobody trusted signed is not among it.
    pub failures: Vec<String>,
    /// An authority of the policy certified the signer.
    pub trusted: bool,
    /// Name of the signer, from the certificate.
    pub signer: Option<String>,
    /// It says that a trained algorithm created the file, by its signer's own word.
    pub made: bool,
    /// Values of the assertions `org.wetsign.approval`, and whether each is the signer's own word.
    pub statements: Vec<(Value, bool)>,
}

/// Settings under which nothing leaves the machine.
fn context(authorities: Option<&str>) -> c2pa::Result<Context> {
    let purpose = PURPOSE.map(|number| number.to_string()).join(".");
    let mut settings = json!({
        "verify": {
            "verify_after_reading": true,
            "verify_trust": true,
            "remote_manifest_fetch": false,
            "ocsp_fetch": false,
        },
        "core": { "allowed_network_hosts": [], "decode_identity_assertions": false },
        "trust": { "trust_config": purpose },
    });
    if let Some(authorities) = authorities {
        settings["trust"]["trust_anchors"] = json!(authorities);
    }
    Context::new().with_settings(Settings::new().with_json(&settings.to_string())?)
}

/// Looks for a manifest in the file, and else takes `beside`.
///
/// # Errors
/// The policy's authorities are no certificates, or the file cannot be read.
pub fn find(
    file: &File,
    format: Format,
    beside: Option<&[u8]>,
    authorities: Option<&str>,
) -> anyhow::Result<Found> {
    let context = context(authorities).context("the policy's [media] authorities cannot be read")?;
    let mut file = file.try_clone()?;
    file.rewind()?;
    // A parser that gives up in a panic has read nothing that counts.
    let read = catch_unwind(AssertUnwindSafe(|| read(file, format, beside, context)));
    Ok(read.unwrap_or_else(|_| Found::Broken("the C2PA library gave up on it".into())))
}

fn read(mut file: File, format: Format, beside: Option<&[u8]>, context: Context) -> Found {
    let embedded = match format.embeds() {
        true => match c2pa::jumbf_io::load_jumbf_from_stream(format.media_type(), &mut file) {
            Ok(bytes) => Some(bytes),
            Err(c2pa::Error::JumbfNotFound) => None,
            // Where a manifest lies beside a file, the file need not be formed well.
            Err(_) if beside.is_some() => None,
            Err(error) => return Found::Broken(error.to_string()),
        },
        false => None,
    };
    let reader = Reader::from_context(context);
    let (bytes, read) = match (&embedded, beside) {
        (Some(bytes), _) => (&bytes[..], reader.with_stream(format.media_type(), file)),
        (None, Some(bytes)) => {
            (bytes, reader.with_manifest_data_and_stream(bytes, format.media_type(), file))
        }
        (None, None) => return Found::Nothing,
    };
    match read {
        Ok(reader) => manifest(&reader, embedded.is_some(), bytes).map_or_else(
            || Found::Broken("it has no active manifest".into()),
            |found| Found::Manifest(Box::new(found)),
        ),
        Err(error) => Found::Broken(error.to_string()),
    }
}

fn manifest(reader: &Reader, embedded: bool, bytes: &[u8]) -> Option<Manifest> {
    let active = reader.active_manifest()?;
    let results = reader.validation_results()?;
    let codes = results.active_manifest()?;
    let deltas = results.ingredient_deltas().into_iter().flatten();
    let failures = codes.failure().iter().chain(deltas.flat_map(|delta| delta.validation_deltas().failure()));
    let statements = active.assertions().iter().filter(|assertion| assertion.label() == LABEL);
    Some(Manifest {
        embedded,
        bytes: bytes.len(),
        digest: Digest::of(bytes),
        state: reader.validation_state(),
        failures: failures.map(|it| it.code().to_owned()).filter(|code| code != UNTRUSTED).collect(),
        trusted: codes.success().iter().any(|status| status.code() == TRUSTED),
        signer: active.common_name(),
        made: active
            .assertions()
            .iter()
            .any(|it| it.label().starts_with("c2pa.actions") && made(it.value().ok())),
        statements: statements.map(|it| (it.value().cloned().unwrap_or_default(), it.created())).collect(),
    })
}

/// Whether a list of actions begins with the creation by a trained algorithm.
fn made(actions: Option<&Value>) -> bool {
    let first = actions.and_then(|actions| actions["actions"].get(0));
    first.is_some_and(|first| first["action"] == "c2pa.created" && first["digitalSourceType"] == TRAINED)
}

/// Whose word a mark is: a key, and the certificates that say whose it is, PEM.
pub struct Marker {
    /// The key.
    pub key: Key,
    /// Its certificate first.
    pub chain: String,
}

/// A mark on its way into a file.
pub struct Mark {
    builder: Builder,
}

impl Mark {
    /// # Errors
    /// The C2PA library refuses the certificates or the statement.
    pub fn new(marker: Marker, statement: &Statement, title: &str, format: Format) -> anyhow::Result<Self> {
        let Marker { key, chain } = marker;
        let signer = CallbackSigner::new(
            move |_, bytes: &[u8]| Ok(key.sign(bytes)),
            SigningAlg::Ed25519,
            chain.into_bytes(),
        );
        let definition = json!({
            "title": title,
            "format": format.media_type(),
            "claim_generator_info": [{ "name": "wetsign-media", "version": env!("CARGO_PKG_VERSION") }],
            "assertions": [
                {
                    "label": "c2pa.actions",
                    "created": true,
                    "data": { "actions": [{ "action": "c2pa.created", "digitalSourceType": TRAINED }] },
                },
                { "label": LABEL, "created": true, "data": statement },
            ],
        });
        let context = context(None)?.with_signer(signer);
        let builder = Builder::from_context(context).with_definition(definition.to_string());
        Ok(Self { builder: builder.context("the C2PA library refuses the mark")? })
    }

    /// Writes the file with its manifest in it; the manifest's bytes.
    ///
    /// # Errors
    /// The file is not formed as its format says, or cannot be written.
    pub fn embed(&mut self, file: &File, format: Format, out: &File) -> anyhow::Result<Vec<u8>> {
        let (mut file, mut out) = (file.try_clone()?, out.try_clone()?);
        file.rewind()?;
        let saved = self.builder.save_to_stream(format.media_type(), &mut file, &mut out);
        saved.with_context(|| format!("no manifest can be put into this {}", format.media_type()))
    }

    /// A manifest that lies beside the file, of any kind.
    ///
    /// # Errors
    /// The file cannot be read, or the C2PA library refuses.
    pub fn beside(&mut self, file: &File) -> anyhow::Result<Vec<u8>> {
        let mut file = file.try_clone()?;
        file.rewind()?;
        let context = self.builder.context().clone();
        let signer = context.signer()?;
        self.builder.data_hashed_placeholder(signer.reserve_size(), ALONE)?;
        let mut whole = DataHash::new("the whole file", "sha256");
        whole.gen_hash_from_stream(&mut file)?;
        let signed = self.builder.sign_data_hashed_embeddable(signer, &whole, ALONE);
        signed.context("no manifest can be made for this file")
    }
}
