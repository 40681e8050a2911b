//! Whether an offer's parts belong together, and to this person and moment.

use std::collections::BTreeMap;

use super::asked::{Asked, Question};
use super::paper::Offer;
use crate::binding;
use crate::cose::Signed;
use crate::eat::{Attestation, Claims};
use crate::error::Error;
use crate::id::{Blob, Id, PublicKey};
use crate::limits::{CLOCK_SKEW_S, SESSION_MS};
use crate::object::{
    AssetDescriptor, CertificateChain, CoSignature, ConsentReceipt, Custody, Decision, LivenessReport,
    Object, Registration, RulesRevision, UsageRequest, Verdict, type_of,
};
use crate::rules::{self, Inputs};
use crate::terms;

/// What the device knows of itself.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// Its key.
    pub key: PublicKey,
    /// Where that lives.
    pub custody: Custody,
    /// The highest counter that it has signed for, of each secure element, by the element's universal identifier.
    pub counters: &'a BTreeMap<Blob, u64>,
    /// UTC seconds.
    pub now: u64,
    /// The kiosk with which it is paired, whose word about requesters counts; none if it is paired with none.
    pub kiosk: Option<PublicKey>,
}

/// Why a device does not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// A part cannot be read.
    #[error("the {part} of the offer cannot be read: {error}")]
    Part {
        /// Which part.
        part: &'static str,
        /// Why.
        error: Error,
    },
    /// A payload that nobody signs with this device.
    #[error("the kiosk asks for a signature under {0:?}; this device signs co-signatures and consents")]
    Kind(String),
    /// The parts do not belong together, or not to this person.
    #[error(
        "the kiosk lies or is mistaken: {what} is {found}, and {expected} was expected; nothing was signed"
    )]
    Differs {
        /// What was compared.
        what: &'static str,
        /// What the offer has.
        found: String,
        /// What it has to have.
        expected: String,
    },
    /// An old or a future capture.
    #[error("{what} says {found}, it is {now} by this device's clock, and {bound} s apart are allowed")]
    Moment {
        /// Whose time.
        what: &'static str,
        /// UTC seconds.
        found: u64,
        /// UTC seconds.
        now: u64,
        /// Seconds.
        bound: u64,
    },
    /// The capture was signed for before.
    #[error(
        "the capture has number {found} of its secure element, and this device has signed for number {seen}"
    )]
    Again {
        /// Its counter.
        found: u64,
        /// The highest one known.
        seen: u64,
    },
}

/// How far times of one session may lie from this device's clock.
const MOMENT_S: u64 = CLOCK_SKEW_S + SESSION_MS / 1000;

impl Offer {
    /// What is asked, if everything holds.
    ///
    /// # Errors
    /// [`OfferError`]: the first thing that does not.
    pub fn asks(&self, own: &Own<'_>) -> Result<Asked, OfferError> {
        let part = |part| move |error| OfferError::Part { part, error };
        let kind = type_of(&self.payload.0).map_err(part("payload"))?;
        match kind {
            CoSignature::TYPE => self.question(own).map(|question| Asked::CoSignature(Box::new(question))),
            ConsentReceipt::TYPE => {
                let receipt = ConsentReceipt::from_payload(&self.payload.0).map_err(part("payload"))?;
                same("the person who consents", receipt.validator, own.key)?;
                moment("the consent", receipt.time, own.now)?;
                Ok(Asked::Consent(receipt))
            }
            other => Err(OfferError::Kind(other.chars().take(64).collect())),
        }
    }

    fn question(&self, own: &Own<'_>) -> Result<Question, OfferError> {
        let part = |part| move |error| OfferError::Part { part, error };
        let cosignature = CoSignature::from_payload(&self.payload.0).map_err(part("payload"))?;
        let request = Signed::<UsageRequest>::decode(&self.request.0).map_err(part("request"))?;
        let verdict = Signed::<Verdict>::decode(&self.verdict.0).map_err(part("verdict"))?;
        same("who signs", cosignature.validator, own.key)?;
        same("the custody", cosignature.custody.words(), own.custody.words())?;
        same("the request", cosignature.request.short(), request.id().short())?;
        same("the verdict", cosignature.verdict.short(), verdict.id().short())?;
        same("the verdict's request", verdict.payload().request.short(), request.id().short())?;
        moment("the co-signature", cosignature.time, own.now)?;
        if request.payload().expires < own.now {
            return differs("the request's end", request.payload().expires, format!("{} or later", own.now));
        }
        let descriptors = self.judged(&request, verdict.payload())?;
        let claims = captured(&cosignature, own)?;
        let registration = self.registered(request.payload(), own)?;
        Ok(Question { cosignature, request: request.into_payload(), descriptors, claims, registration })
    }

    /// The word of the device's own kiosk about who asks. A word that does not hold is a lie, and no word is none.
    fn registered(&self, request: &UsageRequest, own: &Own<'_>) -> Result<Option<Registration>, OfferError> {
        let (Some(bytes), Some(kiosk)) = (&self.registration, own.kiosk) else { return Ok(None) };
        let error = |error| OfferError::Part { part: "registration", error };
        let signed = Signed::<Registration>::decode(&bytes.0).map_err(error)?;
        same("who registered the requester", signed.payload().kiosk, kiosk)?;
        if let Err(why) = terms::registered(signed.payload(), request, own.now).require() {
            return differs("the registration of who asks", why, "one that covers the request");
        }
        Ok(Some(signed.into_payload()))
    }

    /// The verdict made again from the rules that it names. Answers the descriptors.
    fn judged(
        &self,
        request: &Signed<UsageRequest>,
        verdict: &Verdict,
    ) -> Result<Vec<AssetDescriptor>, OfferError> {
        let part = |part| move |error| OfferError::Part { part, error };
        let judged: Vec<Id> = verdict.assets.iter().map(|asset| asset.asset).collect();
        if judged != request.payload().assets {
            return differs("the verdict's list of assets", judged.len(), "the request's own");
        }
        let count = judged.len();
        same("the number of descriptors", self.descriptors.len(), count)?;
        same("the number of rules", self.rules.len(), count)?;
        let mut shown = Vec::with_capacity(count);
        for ((given, descriptor), rules) in verdict.assets.iter().zip(&self.descriptors).zip(&self.rules) {
            let descriptor = Signed::<AssetDescriptor>::decode(&descriptor.0).map_err(part("descriptor"))?;
            let rules = Signed::<RulesRevision>::decode(&rules.0).map_err(part("rules"))?;
            same("a descriptor", descriptor.id().short(), given.descriptor.short())?;
            same("a rules revision", rules.id().short(), given.rules.short())?;
            let inputs = Inputs { now: verdict.time, scores: given.scores.clone() };
            let again = rules::evaluate(rules.payload(), descriptor.payload(), request.payload(), &inputs);
            if again != *given || again.decision != Decision::Permit {
                return differs(
                    "the verdict on an asset",
                    "another one",
                    "a permit that the rules give again",
                );
            }
            shown.push(descriptor.into_payload());
        }
        Ok(shown)
    }
}

/// The capture is of this person's session for this request, of now, and was not signed for before.
fn captured(cosignature: &CoSignature, own: &Own<'_>) -> Result<Claims, OfferError> {
    let part = |part| move |error| OfferError::Part { part, error };
    let chain = CertificateChain::decode(&cosignature.chain.0).map_err(part("certificate chain"))?;
    let token = Attestation::decode(&cosignature.attestation.0, &chain.device().device_key)
        .map_err(part("capture attestation"))?;
    let report = LivenessReport::from_payload(&cosignature.report.0).map_err(part("liveness report"))?;
    let claims = token.claims().clone();
    let nonce = binding::nonce(&cosignature.request, &cosignature.verdict, &own.key, &report.challenge);
    same("what the capture was made for", claims.nonce.short(), nonce.short())?;
    same("the capture's report", claims.report.short(), Id::of(&cosignature.report.0).short())?;
    moment("the capture", report.time, own.now)?;
    match own.counters.get(&claims.ueid) {
        Some(seen) if claims.counter <= *seen => {
            Err(OfferError::Again { found: claims.counter, seen: *seen })
        }
        _ => Ok(claims),
    }
}

fn same<T: PartialEq + ToString>(what: &'static str, found: T, expected: T) -> Result<(), OfferError> {
    if found == expected { Ok(()) } else { differs(what, found.to_string(), expected.to_string()) }
}

fn differs<T>(what: &'static str, found: impl ToString, expected: impl ToString) -> Result<T, OfferError> {
    Err(OfferError::Differs { what, found: found.to_string(), expected: expected.to_string() })
}

fn moment(what: &'static str, found: u64, now: u64) -> Result<(), OfferError> {
    if found.abs_diff(now) <= MOMENT_S {
        Ok(())
    } else {
        Err(OfferError::Moment { what, found, now, bound: MOMENT_S })
    }
}
