//! Drafts: assets, rules and requests as an app builder writes them, before anybody signs.
//!
//! A file is a draft if it is TOML or JSON, a Cedar file if it ends in `.cedar`, and a signed object if it opens with
//! the tag of COSE_Sign1. A Cedar file holds rules alone, and is taken for nothing else. Extensions are taken whatever
//! their case, and a byte order mark is skipped. Unknown fields are refused: a misspelt attribute would otherwise
//! silently be "not declared".

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wetsign_attest::id::{Atto, Blob, ChannelKey, Digest, Id, PublicKey, Scalar};
use wetsign_attest::object::{
    Agent, AssetDescriptor, AssetKind, Attributes, ClassifierThreshold, Content, Escrow, EvmReference,
    Modality, Policy, Quorum, RulesRevision, Transfer, UsageRequest,
};
use wetsign_attest::rules::{needed_version, placed_from_cedar};
use wetsign_attest::{Object, Signed};

use crate::origin::{Origin, said};

/// Most bytes that are read of any file: an approval bundle, and some.
const MAX_FILE: u64 = 2 * 1024 * 1024;
/// First byte of COSE_Sign1 (CBOR tag 18).
const COSE_SIGN1: u8 = 0xd2;
const DAY: u64 = 86_400;
/// Stands for the owner that a draft does not name. It must not be what stands for a requester that is not named:
/// otherwise rules for the owner alone would permit everybody's draft.
pub const NO_OWNER: PublicKey = PublicKey::Ed25519([0xff; 32]);
/// Stands for the requester that a draft does not name.
pub const NO_REQUESTER: PublicKey = PublicKey::Ed25519([0; 32]);

/// An asset as a file names it: a draft, or what somebody signed.
pub struct Asset {
    /// The descriptor.
    pub descriptor: AssetDescriptor,
    /// Rules of a draft; absent in a signed descriptor.
    pub rules: Option<RulesDraft>,
    /// Nobody signed it.
    pub draft: bool,
    /// Where it was read from.
    pub path: PathBuf,
}

impl Asset {
    /// Its id: that of the first revision of its descriptor.
    pub fn id(&self) -> anyhow::Result<Id> {
        match self.descriptor.asset {
            Some(id) => Ok(id),
            None => self
                .descriptor
                .id()
                .with_context(|| format!("{} describes no valid asset", self.path.display())),
        }
    }
}

/// Rules as a file names them.
pub enum Rules {
    /// Policies and bounds.
    Draft(RulesDraft),
    /// A signed revision.
    Signed(Box<RulesRevision>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetDraft {
    title: String,
    kind: AssetKind,
    modalities: Vec<Modality>,
    owner: Option<PublicKey>,
    #[serde(default)]
    agents: Vec<Agent>,
    /// Where the asset lives on a chain.
    evm: Option<EvmReference>,
    rules: Option<RulesDraft>,
}

/// Fields of [`AssetDraft`]: a file with one of them is no draft of rules alone.
const ASSET_FIELDS: [&str; 7] = ["title", "kind", "modalities", "owner", "agents", "evm", "rules"];

/// `[rules]` of an asset draft, or a file of its own.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesDraft {
    /// A Cedar file beside this one.
    cedar: Option<PathBuf>,
    /// Policies written here, in place of a file.
    #[serde(default)]
    policies: Vec<Policy>,
    /// Bounds on scores, thousandths.
    #[serde(default)]
    bounds: BTreeMap<String, i32>,
    /// How many humans have to approve.
    quorum: Option<u32>,
    /// Before how many different kiosks, 2 to `quorum`.
    min_kiosks: Option<u32>,
    /// Run by how many different operators, 2 to `quorum`.
    min_operators: Option<u32>,
    /// Whether each of them has to say "I approve" before the letters.
    #[serde(default)]
    spoken_consent: bool,
    /// Where the policies stand.
    #[serde(skip)]
    origin: Origin,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestDraft {
    assets: Option<Vec<Id>>,
    requester: Option<PublicKey>,
    app: String,
    purpose: String,
    medium: Option<String>,
    languages: Option<Vec<String>>,
    territories: Option<Vec<String>>,
    audience: Option<String>,
    commercial: Option<bool>,
    duration_days: Option<u64>,
    derived_work: Option<bool>,
    fee: Option<String>,
    text: Option<String>,
    digest: Option<Digest>,
    media_type: Option<String>,
    created: Option<u64>,
    expires: Option<u64>,
    opens_to: Option<ChannelKey>,
    /// The assets change hands: `[transfer]` with `to`, and `account` on a chain.
    transfer: Option<Transfer>,
    /// Where the fee waits: `[escrow]` with `chain_id`, `contract`, `account`, `terms`.
    escrow: Option<Escrow>,
}

/// A request as a file names it.
pub struct Request {
    /// The request.
    pub request: UsageRequest,
    /// The signed bytes; absent for a draft.
    pub signed: Option<Vec<u8>>,
}

/// Reads a file of at most 2 MiB.
pub fn read_bounded(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(bytes.len() as u64 <= MAX_FILE, "{} has more than {MAX_FILE} bytes", path.display());
    Ok(bytes)
}

/// Whether a file holds what somebody signed, and no draft.
pub fn is_signed(path: &Path) -> anyhow::Result<bool> {
    Ok(read_bounded(path)?.first() == Some(&COSE_SIGN1))
}

/// Whether a file's name ends so, whatever its case.
pub fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// The text of a file, without a byte order mark.
pub fn text<'b>(path: &Path, bytes: &'b [u8]) -> anyhow::Result<&'b str> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    ensure!(!utf16, "{} begins with the byte order mark of UTF-16: save it as UTF-8", path.display());
    let text = std::str::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> anyhow::Result<T> {
    ensure!(
        !has_extension(path, "cedar"),
        "{} is a Cedar file: it holds rules, and no asset and no request. Name it by --rules, or in `[rules]` of an \
         asset's draft: cedar = \"FILE\"",
        path.display()
    );
    let what = || format!("{} cannot be read as a draft", path.display());
    let text = text(path, bytes)?;
    if has_extension(path, "json") {
        return serde_json::from_str(text).with_context(what);
    }
    toml::from_str(text).with_context(|| {
        let json = if text.trim_start().starts_with('{') { " (JSON has to be called FILE.json)" } else { "" };
        format!("{}{json}", what())
    })
}

fn signed<T: Object>(path: &Path, bytes: &[u8]) -> anyhow::Result<Signed<T>> {
    Signed::<T>::decode(bytes).with_context(|| format!("{} is refused", path.display()))
}

/// Reads an asset.
pub fn asset(path: &Path) -> anyhow::Result<Asset> {
    let bytes = read_bounded(path)?;
    if bytes.first() == Some(&COSE_SIGN1) {
        let descriptor = signed::<AssetDescriptor>(path, &bytes)?.into_payload();
        return Ok(Asset { descriptor, rules: None, draft: false, path: path.to_owned() });
    }
    let draft: AssetDraft = parse(path, &bytes)?;
    let owner = draft.owner.unwrap_or(NO_OWNER);
    let mut modalities = draft.modalities;
    modalities.sort_unstable();
    let mut agents = draft.agents;
    agents.sort_by_key(|agent| agent.key);
    let descriptor = AssetDescriptor {
        revision: 1,
        asset: None,
        previous: None,
        kind: draft.kind,
        title: draft.title,
        content: Digest::ZERO,
        modalities,
        owner,
        signed_by: owner,
        agents,
        evm: draft.evm,
        payees: Vec::new(),
    };
    let rules = draft.rules.map(|rules| rules.with_files(path)).transpose()?;
    Ok(Asset { descriptor, rules, draft: true, path: path.to_owned() })
}

/// Reads rules: Cedar, a draft of rules or of an asset with rules, or a signed revision.
pub fn rules(path: &Path) -> anyhow::Result<Rules> {
    let bytes = read_bounded(path)?;
    if bytes.first() == Some(&COSE_SIGN1) {
        return Ok(Rules::Signed(Box::new(signed::<RulesRevision>(path, &bytes)?.into_payload())));
    }
    if has_extension(path, "cedar") {
        let (policies, origin) = cedar(path, &bytes)?;
        return Ok(Rules::Draft(RulesDraft { policies, origin, ..RulesDraft::default() }));
    }
    // The one form whose fields it has is the one that a misspelt field is missing from.
    let fields: BTreeMap<String, serde_json::Value> = parse(path, &bytes)?;
    if !ASSET_FIELDS.iter().any(|field| fields.contains_key(*field)) {
        return Ok(Rules::Draft(parse::<RulesDraft>(path, &bytes)?.with_files(path)?));
    }
    match asset(path)?.rules {
        Some(rules) => Ok(Rules::Draft(rules)),
        None => bail!("{} is an asset without [rules]", path.display()),
    }
}

/// The policies of a Cedar file, or one line for each problem.
fn cedar(path: &Path, bytes: &[u8]) -> anyhow::Result<(Vec<Policy>, Origin)> {
    let placed = placed_from_cedar(text(path, bytes)?).map_err(|refused| {
        let lines = refused.problems.iter().map(|problem| said(path, problem));
        anyhow!(lines.collect::<Vec<_>>().join("\n"))
    })?;
    let origin = Origin::of(path, &placed);
    Ok((placed.into_iter().map(|(policy, _)| policy).collect(), origin))
}

impl RulesDraft {
    fn with_files(mut self, beside: &Path) -> anyhow::Result<Self> {
        if let Some(file) = self.cedar.take() {
            ensure!(self.policies.is_empty(), "{}: give `cedar` or `policies`, not both", beside.display());
            let path = beside.parent().unwrap_or(Path::new(".")).join(file);
            (self.policies, self.origin) = cedar(&path, &read_bounded(&path)?)?;
        }
        ensure!(!self.policies.is_empty(), "{}: no policies", beside.display());
        self.policies.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(self)
    }

    /// Whether the draft sets no bound itself (a Cedar file cannot).
    pub fn without_bounds(&self) -> bool {
        self.bounds.is_empty()
    }

    /// Where the policies stand.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Takes over another draft's bounds.
    pub fn take_bounds(&mut self, other: Option<&Self>) {
        self.bounds = other.map(|other| other.bounds.clone()).unwrap_or_default();
    }

    /// Sets a bound for each label: for files that can name none.
    pub fn set_bounds(&mut self, labels: &[String], bound: i32) {
        self.bounds = labels.iter().map(|label| (label.clone(), bound)).collect();
    }

    /// The revision that these rules would be, for the classifiers at hand.
    pub fn revision(
        &self,
        asset: Id,
        owner: PublicKey,
        classifier: impl Fn(&str) -> Option<Digest>,
    ) -> RulesRevision {
        let thresholds = self.bounds.iter().map(|(label, bound)| ClassifierThreshold {
            label: label.clone(),
            classifier: classifier(label).unwrap_or(Digest::ZERO),
            bound: *bound,
        });
        RulesRevision {
            asset,
            number: 1,
            previous: None,
            signed_by: owner,
            schema_version: needed_version(&self.policies),
            policies: self.policies.clone(),
            thresholds: thresholds.collect(),
            quorum: Quorum {
                k: self.quorum.unwrap_or(2),
                modalities: vec![Modality::Face, Modality::Voice],
                max_age_s: 3600,
                min_kiosks: self.min_kiosks,
                min_operators: self.min_operators,
                spoken_consent: self.spoken_consent,
            },
            tau_face: 0,
            tau_voice: 0,
            model_ids: vec![Scalar::ZERO],
        }
    }
}

/// Reads a request. `assets` are asked for where a draft names none.
pub fn request(path: &Path, assets: &[Id], now: u64, nonce: Blob) -> anyhow::Result<Request> {
    let bytes = read_bounded(path)?;
    if bytes.first() == Some(&COSE_SIGN1) {
        let request = signed::<UsageRequest>(path, &bytes)?.into_payload();
        return Ok(Request { request, signed: Some(bytes) });
    }
    let request = built(parse(path, &bytes)?, path, assets, now, nonce)?;
    Ok(Request { request, signed: None })
}

/// A request from a table that is part of a file.
pub fn request_of(
    table: toml::Table,
    path: &Path,
    assets: &[Id],
    now: u64,
    nonce: Blob,
) -> anyhow::Result<UsageRequest> {
    let draft = table.try_into().with_context(|| format!("{}: a request", path.display()))?;
    built(draft, path, assets, now, nonce)
}

fn built(
    draft: RequestDraft,
    path: &Path,
    assets: &[Id],
    now: u64,
    nonce: Blob,
) -> anyhow::Result<UsageRequest> {
    let content = match (draft.text, draft.digest) {
        (Some(text), None) => Content::Text(text),
        (None, Some(digest)) => {
            let media_type = draft
                .media_type
                .with_context(|| format!("{}: `digest` needs `media_type`", path.display()))?;
            Content::Digest { digest, media_type }
        }
        _ => bail!("{}: give either `text` or `digest` (with `media_type`)", path.display()),
    };
    let sorted = |list: Option<Vec<String>>| {
        list.map(|mut list| {
            list.sort();
            list.dedup();
            list
        })
    };
    let mut wanted = draft.assets.unwrap_or_else(|| assets.to_vec());
    wanted.sort();
    wanted.dedup();
    let created = draft.created.unwrap_or(now);
    let request = UsageRequest {
        assets: wanted,
        requester: draft.requester.unwrap_or(NO_REQUESTER),
        app: draft.app,
        attributes: Attributes {
            purpose: draft.purpose,
            medium: draft.medium,
            languages: sorted(draft.languages),
            territories: sorted(draft.territories),
            audience: draft.audience,
            commercial: draft.commercial,
            duration_days: draft.duration_days,
            derived_work: draft.derived_work,
        },
        content,
        fee: draft
            .fee
            .map_or(Ok(Atto(0)), |fee| atto(&fee))
            .with_context(|| format!("{}: fee", path.display()))?,
        nonce,
        created,
        expires: draft.expires.unwrap_or_else(|| created.saturating_add(DAY)),
        opens_to: draft.opens_to,
        transfer: draft.transfer,
        escrow: draft.escrow,
    };
    request.check().with_context(|| format!("{} describes no valid request", path.display()))?;
    Ok(request)
}

/// Units with up to eighteen decimals ("2.50") in atto, exactly.
fn atto(units: &str) -> anyhow::Result<Atto> {
    let (whole, fraction) = units.split_once('.').unwrap_or((units, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    ensure!(
        !whole.is_empty()
            && digits(whole)
            && digits(fraction)
            && fraction.len() <= 18
            && !units.ends_with('.'),
        "{units:?} is no amount: write units with up to 18 decimals, such as \"2.50\""
    );
    let padded = format!("{whole}{fraction:0<18}");
    padded.parse().map(Atto).with_context(|| format!("{units} units are more than can be paid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, expected) in [
            ("0", 0),
            ("2.50", 2_500_000_000_000_000_000),
            ("0.000000000000000001", 1),
            ("12", 12_000_000_000_000_000_000),
        ] {
            assert_eq!(atto(text).unwrap(), Atto(expected), "{text}");
        }
        for text in ["", ".5", "1.", "-1", "1e3", "1,5", "0.0000000000000000001", "999999999999999999999999"]
        {
            assert!(atto(text).is_err(), "{text}");
        }
    }
}
