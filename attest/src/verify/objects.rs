//! The objects of an approval, each well-formed and signed, and which of them are in the log.

use std::collections::BTreeMap;

use super::given::GivenWithdrawal;
use crate::bundle::ApprovalBundle;
use crate::cose::{Checked, Endorsed, Signed};
use crate::error::Error;
use crate::id::{Blob, Digest, Id};
use crate::object::{
    ApprovalBody, AssetDescriptor, CoSignature, KeyEvent, Object, RegistryEpoch, RulesRevision,
    StakeSnapshot, UsageRequest, Verdict,
};

/// Id, type and signed bytes of what has to be in the log.
pub(crate) type Objects<'a> = BTreeMap<Id, (&'static str, &'a [u8])>;

/// What the hub says, or is about to say.
pub(crate) struct Body {
    pub id: Id,
    pub payload: ApprovalBody,
    /// As it was signed; `None` while the hub still asks whether it may sign.
    pub signed: Option<Vec<u8>>,
}

impl From<Signed<ApprovalBody>> for Body {
    fn from(signed: Signed<ApprovalBody>) -> Self {
        Self { id: signed.id(), signed: Some(signed.bytes().to_vec()), payload: signed.into_payload() }
    }
}

/// A bundle whose objects are all well-formed and signed.
pub(crate) struct Decoded {
    pub bundle: ApprovalBundle,
    pub body: Body,
    pub request: Signed<UsageRequest>,
    pub descriptors: Vec<Signed<AssetDescriptor>>,
    pub rules: Vec<Signed<RulesRevision>>,
    pub verdict: Signed<Verdict>,
    pub cosignatures: Vec<Signed<CoSignature>>,
    pub epochs: Vec<Endorsed<RegistryEpoch>>,
    pub stakes: BTreeMap<Id, StakeSnapshot>,
    /// Verifying keys as bytes, by digest.
    pub keys: BTreeMap<Digest, Blob>,
    /// What happened to the keys of those who co-signed, as far as the file shows it.
    pub key_events: Vec<Signed<KeyEvent>>,
    /// What the file itself says of its end.
    pub withdrawals: Vec<GivenWithdrawal>,
}

impl Decoded {
    /// Every logged object: its id, type and signed bytes.
    pub fn logged(&self) -> Objects<'_> {
        let mut all = BTreeMap::new();
        let body = self.body.signed.as_deref().map(|bytes| (self.body.id, (ApprovalBody::TYPE, bytes)));
        all.extend(body);
        add(&mut all, std::slice::from_ref(&self.request));
        add(&mut all, &self.descriptors);
        add(&mut all, &self.rules);
        add(&mut all, std::slice::from_ref(&self.verdict));
        add(&mut all, &self.cosignatures);
        add(&mut all, &self.key_events);
        all.extend(self.epochs.iter().map(|epoch| (epoch.id(), (RegistryEpoch::TYPE, epoch.bytes()))));
        all
    }
}

pub(super) fn add<'a, T: Object>(all: &mut Objects<'a>, objects: &'a [Signed<T>]) {
    all.extend(objects.iter().map(|object| (object.id(), (T::TYPE, object.bytes()))));
}

pub(super) fn one<T: Object>(subject: &str, bytes: &Blob) -> Result<Signed<T>, (String, Error)> {
    Signed::decode(&bytes.0).map_err(|error| (subject.to_owned(), error))
}

pub(super) fn all<T: Object>(
    subject: &str,
    list: &[Blob],
    checked: Option<&Checked>,
) -> Result<Vec<Signed<T>>, (String, Error)> {
    let named = (1..).zip(list).map(|(number, bytes)| {
        Signed::decode_once(&bytes.0, checked).map_err(|error| (format!("{subject} {number}"), error))
    });
    named.collect()
}
