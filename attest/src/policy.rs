//! What a verifier trusts: a TOML file of its own, never part of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wetsign_liveness::Thresholds;
use wetsign_liveness::gates::Measure;

use crate::id::{Atto, Digest, PublicKey, sha256};
use crate::limits;
use crate::log::WitnessPolicy;
use crate::log::note::usable;
use crate::passkey::Presence;

/// Version of the file's form that this crate reads.
pub const VERSION: u32 = 2;

/// A verifier's trust. Whatever is left out is not trusted.
///
/// ```
/// let policy = wetsign_attest::TrustPolicy::from_toml(r#"
///     version = 2
///     registrars = ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"]
///     registrars_needed = 1
///     minimum_stake = "1000000000000000000"
///
///     [log]
///     origin = "log.example/hub"
///     key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
///
///     [gates]
///     brightness = 250
/// "#)?;
/// assert!(!policy.accept_simulated && policy.verifying_keys.is_empty());
/// # Ok::<(), wetsign_attest::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustPolicy {
    /// Version of this form: 2.
    pub version: u32,
    /// Keys that may issue registry epochs.
    pub registrars: Vec<PublicKey>,
    /// How many of them have to sign an epoch, at least one.
    pub registrars_needed: u32,
    /// Keys that may vouch for provisioners, who vouch for secure elements.
    #[serde(default)]
    pub roots: Vec<PublicKey>,
    /// SHA-256 of the Groth16 verifying keys that proofs may be made for.
    #[serde(default)]
    pub verifying_keys: Vec<Digest>,
    /// SHA-256 of the secure-element firmware that is trusted.
    #[serde(default)]
    pub firmware: Vec<Digest>,
    /// Keys of checkers whose word you take for a classifier's score that you cannot make again.
    #[serde(default)]
    pub checkers: Vec<PublicKey>,
    /// Least stake of a validator, atto.
    pub minimum_stake: Atto,
    /// Least face similarity that a proof may be made for, whatever an owner's rules ask, t·2^16; without it, the bound
    /// that ships with this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_tau_face: Option<u32>,
    /// The same for the voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_tau_voice: Option<u32>,
    /// Take approvals by validators who also ask, own or are paid, and requests by owners and payees.
    #[serde(default)]
    pub accept_shared_roles: bool,
    /// Take recordings for people and programs for secure elements.
    #[serde(default)]
    pub accept_simulated: bool,
    /// Take emulated boards for secure elements: the chip's image, without the chip. Recordings stay refused.
    #[serde(default)]
    pub accept_emulated: bool,
    /// Take keys whose secrets are published.
    #[serde(default)]
    pub accept_development_keys: bool,
    /// Take signatures by validator keys that live on a kiosk: its owner, with root, can sign alone.
    #[serde(default)]
    pub accept_kiosk_custody: bool,
    /// Take signatures by keys that are said to live in a program on the validator's phone or computer. Nothing attests
    /// it: whoever would lie with a kiosk's key can say so too. Passkeys need neither switch.
    #[serde(default)]
    pub accept_phone_custody: bool,
    /// Least entropy of the prompts, thousandths of a bit.
    #[serde(default = "default_entropy")]
    pub minimum_entropy_millibits: u32,
    /// Which witnesses have to have seen the log, in the words of C2SP tlog-policy. None: nothing is asked, and
    /// `witnesses` is *not checked*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnesses: Option<WitnessPolicy>,
    /// The log.
    pub log: TrustedLog,
    /// Whose pages may ask a passkey for a signature. None: no object that a passkey signed counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relying_parties: Vec<RelyingParty>,
    /// Who may mark files as made with an approval. None: no mark counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<TrustedMedia>,
    /// Who runs what, as far as you know: keys of kiosks, registrars, logs and witnesses, by the name of their
    /// operator. What they say of themselves would prove nothing. A key that is not here belongs to nobody: a registrar
    /// of nobody endorses nothing, and all witnesses of nobody count as one.
    #[serde(default)]
    pub operators: BTreeMap<String, Vec<PublicKey>>,
    /// Who searches for people who are enrolled elsewhere. None: nothing is asked, and `unique` is *not checked*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub searchers: Option<Searchers>,
    /// Loosest bound allowed for a gate, by name, thousandths: a report that was judged with a looser one is refused. A
    /// gate that is not named here has the bound of `models/manifest.toml`; a phrase never has less than
    /// `wetsign_liveness::phrase::required_score`.
    #[serde(default)]
    pub gates: BTreeMap<String, i32>,
}

/// The log that a verifier trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedLog {
    /// Origin line of its checkpoints.
    pub origin: String,
    /// Ed25519 key that signs them.
    pub key: PublicKey,
}

/// Whose marks in files a verifier trusts (`attest/media`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedMedia {
    /// Certificates of the authorities that certify markers' keys: PEM (RFC 7468), one after the other.
    pub authorities: String,
}

impl TrustedMedia {
    /// Why nobody could ever mark by it, if so. Whether each is a certificate is for `wetsign-media` to say.
    fn unfit(&self) -> Option<String> {
        let begins = self.authorities.matches("-----BEGIN ").count();
        let certificates = self.authorities.matches("-----BEGIN CERTIFICATE-----").count();
        if self.authorities.len() > limits::AUTHORITIES {
            Some(format!("has {} bytes, the limit is {}", self.authorities.len(), limits::AUTHORITIES))
        } else if certificates == 0 || certificates != begins {
            Some(format!(
                "holds {certificates} certificates in {begins} PEM blocks: it holds certificates alone, one at least \
                 (`wetsign-media authority new` makes one)"
            ))
        } else {
            None
        }
    }
}

/// Searchers that a verifier trusts not to put their shares together. An enrolment has to have the word of three of
/// them, each of another operator as `[operators]` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Searchers {
    /// Their keys, at least three.
    pub keys: Vec<PublicKey>,
    /// Greatest similarity of faces from which on two may count as one person, thousandths, 1 to 4000.
    pub face_bound: u32,
    /// The same for the sum of both similarities.
    pub both_bound: u32,
}

/// A relying party of passkeys (WebAuthn), and where its pages come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelyingParty {
    /// Its id, a domain: `hub.example`.
    pub id: String,
    /// Origins of its pages, `https://hub.example`, each within the domain; or an Android app,
    /// `android:apk-key-hash:…`.
    pub origins: Vec<String>,
}

impl RelyingParty {
    /// Whether it asked for this, on one of its pages.
    pub fn asked(&self, presence: &Presence) -> bool {
        sha256(&[self.id.as_bytes()]) == presence.rp_id_hash.0 && self.origins.contains(&presence.origin)
    }

    /// Refuses one for which nothing could ever be signed.
    ///
    /// # Errors
    /// [`PolicyError::RelyingParty`].
    pub fn check(&self) -> Result<(), PolicyError> {
        self.unfit().map_or(Ok(()), |why| Err(PolicyError::RelyingParty(why)))
    }

    /// Why nothing could ever be signed for it, if so.
    fn unfit(&self) -> Option<String> {
        let domain = |text: &str| {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
            !text.is_empty() && text.len() <= 253 && text.chars().all(fits)
        };
        if !domain(&self.id) {
            return Some(format!("{:?} is no domain in lower case", self.id));
        }
        if self.origins.is_empty() {
            return Some(format!("{} has no origins", self.id));
        }
        let within = |host: &str| {
            host == self.id || host.strip_suffix(&self.id).is_some_and(|before| before.ends_with('.'))
        };
        let fits = |origin: &str| {
            if origin.starts_with("android:apk-key-hash:") {
                return true;
            }
            let (secure, rest) = match (origin.strip_prefix("https://"), origin.strip_prefix("http://")) {
                (Some(rest), _) => (true, rest),
                (_, Some(rest)) => (false, rest),
                _ => return false,
            };
            let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
            // Browsers take the machine itself for secure, whatever the scheme.
            (secure || host == "localhost")
                && domain(host)
                && within(host)
                && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port))
        };
        self.origins.iter().find(|origin| !fits(origin)).map(|origin| {
            format!(
                "{}: {origin:?} is no origin of its pages, as https://{} is, without a path",
                self.id, self.id
            )
        })
    }
}

/// Twenty bits, in thousandths: one chance in a million for a recording made beforehand.
pub const DEFAULT_ENTROPY: u32 = 20_000;

fn default_entropy() -> u32 {
    DEFAULT_ENTROPY
}

/// Why a trust policy was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not a policy.
    #[error("trust policy cannot be read")]
    Toml(#[from] toml::de::Error),
    /// The policy cannot be written.
    #[error("trust policy cannot be written")]
    Write(#[from] toml::ser::Error),
    /// Another version.
    #[error("trust policy has version {0}, this program reads {VERSION}")]
    Version(u32),
    /// Written for version 1, whose provisioners answered to nobody.
    #[error(
        "trust policy names `provisioners`: since version {VERSION} it names `roots`, the keys that sign provisioners' \
         certificates; ask whom you trusted for their root's key, put it into `roots`, and set version = {VERSION}"
    )]
    Provisioners,
    /// A threshold that nobody or anybody could meet.
    #[error("registrars_needed is {needed}, with {keys} registrars: it must be 1 to {keys}")]
    Registrars {
        /// Signatures asked for.
        needed: u32,
        /// Distinct keys listed.
        keys: usize,
    },
    /// No log can have this origin.
    #[error(
        "[log] origin is {0:?}: no log has that name; it is the first line of its checkpoints, without spaces, plus signs and \
         control characters"
    )]
    Origin(String),
    /// Two operators at once would be two different ones to whoever counts them.
    #[error("[operators] names {0} twice: a key belongs to one operator")]
    Operator(PublicKey),
    /// A relying party for which nothing can be signed.
    #[error("[[relying_parties]] {0}")]
    RelyingParty(String),
    /// Authorities for marks that certify nobody.
    #[error("[media] authorities {0}")]
    Media(String),
    /// Searchers who could never be three, or a bound that asks for nothing.
    #[error("[searchers] {0}")]
    Searchers(String),
    /// Witnesses that could never be enough, or of another log.
    #[error("`witnesses` {0}")]
    Witnesses(String),
    /// A machine signs with Ed25519; a passkey can be none.
    #[error("{field} names {key}, a P-256 key: machines sign with Ed25519")]
    Machine {
        /// Where it stands.
        field: &'static str,
        /// The key.
        key: PublicKey,
    },
    /// A bound for a gate that does not exist would be no bound at all.
    #[error("[gates] names {0:?}, which is no gate: see models/manifest.toml")]
    Gate(String),
}

impl TrustPolicy {
    /// Reads the file.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let table: toml::Table = toml::from_str(text)?;
        if table.contains_key("provisioners") {
            return Err(PolicyError::Provisioners);
        }
        let policy: Self = table.try_into()?;
        policy.check()?;
        Ok(policy)
    }

    /// Writes the file.
    pub fn to_toml(&self) -> Result<String, PolicyError> {
        self.check()?;
        Ok(toml::to_string_pretty(self)?)
    }

    /// Who runs the kiosk or the registrar with this key.
    pub fn operator_of(&self, key: &PublicKey) -> Option<&str> {
        self.operators.iter().find(|(_, keys)| keys.contains(key)).map(|(name, _)| name.as_str())
    }

    /// The loosest bound on how alike two faces are before they count as one person's, thousandths.
    pub(crate) fn face_match_bound(&self) -> i32 {
        let shipped = Thresholds::from_manifest().of(Measure::FaceMatch).unwrap_or(i32::MIN);
        self.gates.get(Measure::FaceMatch.name()).copied().unwrap_or(shipped)
    }

    /// Least similarity of face and voice that a proof may be made for, t·2^16.
    pub fn least_similarity(&self) -> (u32, u32) {
        let shipped = Thresholds::from_manifest();
        (
            self.minimum_tau_face.unwrap_or_else(|| shipped.tau_face()),
            self.minimum_tau_voice.unwrap_or_else(|| shipped.tau_voice()),
        )
    }

    /// Refuses another version and thresholds that mean nothing.
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.version != VERSION {
            return Err(PolicyError::Version(self.version));
        }
        let keys = self.registrars.iter().collect::<BTreeSet<_>>().len();
        if self.registrars_needed == 0 || self.registrars_needed as usize > keys {
            return Err(PolicyError::Registrars { needed: self.registrars_needed, keys });
        }
        if !usable(&self.log.origin) {
            return Err(PolicyError::Origin(self.log.origin.clone()));
        }
        self.relying_parties.iter().try_for_each(RelyingParty::check)?;
        self.check_witnesses()?;
        self.check_searchers()?;
        if let Some(why) = self.media.as_ref().and_then(TrustedMedia::unfit) {
            return Err(PolicyError::Media(why));
        }
        let machines: [(&str, &[PublicKey]); 5] = [
            ("registrars", &self.registrars),
            ("roots", &self.roots),
            ("checkers", &self.checkers),
            (
                "[searchers] keys",
                self.searchers.as_ref().map_or(&[][..], |searchers| searchers.keys.as_slice()),
            ),
            ("[log] key", std::slice::from_ref(&self.log.key)),
        ];
        for (field, keys) in machines {
            if let Some(key) = keys.iter().find(|key| key.is_passkey()) {
                return Err(PolicyError::Machine { field, key: *key });
            }
        }
        let mut seen = BTreeSet::new();
        if let Some(key) = self.operators.values().flatten().find(|key| !seen.insert(**key)) {
            return Err(PolicyError::Operator(*key));
        }
        if let Some(unknown) =
            self.gates.keys().find(|name| !Measure::from_name(name).is_some_and(Measure::reported))
        {
            return Err(PolicyError::Gate(unknown.clone()));
        }
        Ok(())
    }
}

impl TrustPolicy {
    /// Three searchers of three operators have to be among them: else no enrolment could ever hold.
    fn check_searchers(&self) -> Result<(), PolicyError> {
        let Some(Searchers { keys, face_bound, both_bound }) = &self.searchers else { return Ok(()) };
        if let Some(bound) = [face_bound, both_bound].into_iter().find(|bound| !(1..=4000).contains(*bound)) {
            return Err(PolicyError::Searchers(format!("has a bound of {bound}, not 1 to 4000 thousandths")));
        }
        let operators: BTreeSet<_> = keys.iter().filter_map(|key| self.operator_of(key)).collect();
        if operators.len() < 3 {
            return Err(PolicyError::Searchers(format!(
                "names {} keys of {} operators that [operators] knows: three of three are needed",
                keys.len(),
                operators.len()
            )));
        }
        Ok(())
    }

    /// A quorum that nobody can meet would refuse everything, and one of another log would be about nothing.
    fn check_witnesses(&self) -> Result<(), PolicyError> {
        let Some(witnesses) = &self.witnesses else { return Ok(()) };
        let TrustedLog { origin, key } = &self.log;
        if !witnesses.names_log(origin, key) {
            return Err(PolicyError::Witnesses(format!(
                "names logs, and not {origin} with the key of [log]: leave out its `log` lines, or add this log's"
            )));
        }
        if !witnesses.asks_nothing() && !witnesses.met(&self.operators, key, |_| true) {
            return Err(PolicyError::Witnesses(format!(
                "asks for the quorum {}, which could never be met: witnesses of one operator count once, those that \
                 [operators] does not name count as one operator's, and the log's own operator's not at all; say in \
                 [operators] who runs them",
                witnesses.quorum_name()
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    #[test]
    fn authorities_for_marks_are_certificates_and_nothing_else() {
        let policy = |authorities: &str| {
            TrustPolicy::from_toml(&format!(
                "version = 2\nregistrars = [\"{KEY}\"]\nregistrars_needed = 1\nminimum_stake = \"1\"\n\
                 [log]\norigin = \"log.example/hub\"\nkey = \"{KEY}\"\n[media]\nauthorities = {authorities:?}\n"
            ))
        };
        let one = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
        assert!(policy(one).is_ok() && policy(&one.repeat(2)).is_ok());
        let secret = format!("{one}-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n");
        for wrong in ["", "MA==", &secret, &one.repeat(2000)] {
            assert!(matches!(policy(wrong), Err(PolicyError::Media(_))), "{} bytes", wrong.len());
        }
    }

    #[test]
    fn a_log_that_cannot_be_is_not_trusted() {
        let key = KEY;
        let policy = |origin: &str| {
            let text = format!(
                "version = 2\nregistrars = [\"{key}\"]\nregistrars_needed = 1\nminimum_stake = \"1\"\n\
                 [log]\norigin = {origin:?}\nkey = \"{key}\"\n"
            );
            TrustPolicy::from_toml(&text)
        };
        assert!(policy("log.example/hub").is_ok());
        for origin in ["", "log example", "a+b", &"a".repeat(257)] {
            assert!(matches!(policy(origin), Err(PolicyError::Origin(_))), "{origin}");
        }
    }
}
