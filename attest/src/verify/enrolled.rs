//! An enrolment's file: are the bytes what they claim to be, and signed?

use super::code;
use super::objects::{Objects, add, all, one};
use super::passkeys;
use super::report::Checks;
use crate::bundle::EnrolmentBundle;
use crate::cose::{Endorsed, Signed};
use crate::error::Error;
use crate::limits::CLOCK_SKEW_S;
use crate::object::{ConsentReceipt, EnrolmentEndorsement, EnrolmentRecord, UniquenessResult};
use crate::policy::TrustPolicy;
use crate::terms::made_by;

/// An enrolment whose objects are all well-formed and signed.
pub(crate) struct Decoded {
    pub bundle: EnrolmentBundle,
    pub record: Signed<EnrolmentRecord>,
    pub consent: Signed<ConsentReceipt>,
    pub endorsements: Vec<Signed<EnrolmentEndorsement>>,
    pub uniqueness: Option<Endorsed<UniquenessResult>>,
}

impl Decoded {
    /// Every object that has to be in the log.
    pub fn logged(&self) -> Objects<'_> {
        let mut all = Objects::new();
        add(&mut all, std::slice::from_ref(&self.record));
        add(&mut all, &self.endorsements);
        all
    }
}

/// Decodes the file and everything in it.
pub(crate) fn decode(
    bytes: &[u8],
    policy: &TrustPolicy,
    now: Option<u64>,
    checks: &mut Checks,
) -> Option<Decoded> {
    let bundle = match EnrolmentBundle::unverified(bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            checks.note(code::BUNDLE, "", false, error.to_string());
            return None;
        }
    };
    checks.note(code::BUNDLE, "", true, format!("{} bytes, canonical, within the limits", bytes.len()));
    let decoded = match objects(bundle) {
        Ok(decoded) => decoded,
        Err((subject, error)) => {
            checks.note(code::OBJECTS, &subject, false, error.to_string());
            return None;
        }
    };
    let compared = format!(
        "record {}, consent receipt and {} endorsements, each signed by the key in it",
        decoded.record.id().short(),
        decoded.endorsements.len()
    );
    checks.note(code::OBJECTS, "", true, compared);
    passkeys::check([("consent receipt".to_owned(), decoded.consent.presence())], policy, checks);
    let endorsed = decoded.endorsements.iter().map(|endorsement| endorsement.payload().time);
    let latest = endorsed.chain([decoded.record.payload().time]).max().unwrap_or(0);
    match now {
        Some(now) => {
            let compared = format!("latest time {latest}, now {now}, skew {CLOCK_SKEW_S} s");
            checks.note(code::FUTURE, "", made_by(latest, now).holds, compared);
        }
        None => checks.skip(code::FUTURE, "", "no time was given"),
    }
    Some(decoded)
}

fn objects(bundle: EnrolmentBundle) -> Result<Decoded, (String, Error)> {
    let record: Signed<EnrolmentRecord> = one("enrolment record", &bundle.record)?;
    let uniqueness = record.payload().uniqueness.as_ref();
    let uniqueness = uniqueness.map(|bytes| Endorsed::decode(&bytes.0)).transpose();
    Ok(Decoded {
        uniqueness: uniqueness.map_err(|error| ("uniqueness result".to_owned(), error))?,
        consent: one("consent receipt", &record.payload().consent)?,
        endorsements: all("endorsement", &bundle.endorsements, None)?,
        record,
        bundle,
    })
}
