//! What is asked, in words, and how a device answers.

use crate::cose::Signed;
use crate::eat::Claims;
use crate::error::Error;
use crate::id::{Digest, Id, sha256};
use crate::object::{
    AssetDescriptor, CoSignature, ConsentReceipt, Content, Object, Registration, UsageRequest,
};
use crate::passkey::Assertion;
use crate::shown::shown;
use crate::terms::lapse;

/// A checked offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To approve a use.
    CoSignature(Box<Question>),
    /// To agree to an enrolment.
    Consent(ConsentReceipt),
}

/// A use to be approved, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What would be signed.
    pub cosignature: CoSignature,
    /// What is asked for.
    pub request: UsageRequest,
    /// The assets, in the request's order.
    pub descriptors: Vec<AssetDescriptor>,
    /// What the secure element says of the capture.
    pub claims: Claims,
    /// Who asks, by the word of the device's own kiosk; none where it says nothing.
    pub registration: Option<Registration>,
}

/// Six digits that kiosk and device both show for one payload, so that a person sees that they speak of the same.
pub fn code(id: &Id) -> String {
    let [a, b, c, d, ..] = sha256(&[b"wetsign/code/1", &id.0]);
    format!("{:06}", u32::from_be_bytes([a, b, c, d]) % 1_000_000)
}

impl Asked {
    /// Id of what would be signed.
    pub fn id(&self) -> Result<Id, Error> {
        match self {
            Self::CoSignature(question) => question.cosignature.id(),
            Self::Consent(receipt) => receipt.id(),
        }
    }

    /// What a passkey has to answer.
    pub fn challenge(&self) -> Result<Digest, Error> {
        match self {
            Self::CoSignature(question) => Signed::challenge(&question.cosignature),
            Self::Consent(receipt) => Signed::challenge(receipt),
        }
    }

    /// The signed object with a passkey's answer.
    pub fn signed(&self, answer: &Assertion) -> Result<Vec<u8>, Error> {
        Ok(match self {
            Self::CoSignature(question) => {
                Signed::by_passkey(&question.cosignature, answer)?.bytes().to_vec()
            }
            Self::Consent(receipt) => Signed::by_passkey(receipt, answer)?.bytes().to_vec(),
        })
    }

    /// In words, a line each: who asks for what, for how long, for which fee, what was said of it.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Consent(receipt) => vec![
                "You are asked to be enrolled here.".to_owned(),
                format!("You agree to this: {}", shown(&receipt.text)),
            ],
            Self::CoSignature(question) => question.words(),
        }
    }
}

impl Question {
    fn words(&self) -> Vec<String> {
        let Self { request, descriptors, cosignature, claims, registration } = self;
        let names: Vec<String> = descriptors.iter().map(|asset| shown(&asset.title)).collect();
        let content = match &request.content {
            Content::Text(text) => format!("It says: {}", shown(text)),
            Content::Digest { digest, media_type } => {
                format!("It is {media_type} with digest {digest}; nobody here has read it.")
            }
        };
        let until = lapse(request, cosignature.time);
        let day = 86_400;
        let what = match &request.transfer {
            None => format!("to use {}", names.join(", ")),
            Some(transfer) => format!("that {} become the property of {}", names.join(", "), transfer.to),
        };
        let (asks, who) = match registration {
            Some(known) => (
                format!("{} asks {what}.", shown(&known.name)),
                format!("The kiosk knows them. To reach them: {}.", shown(&known.contact)),
            ),
            None => (
                format!("Somebody who says \"{}\" asks {what}.", shown(&request.app)),
                "The kiosk does not know them: the name is their own word.".to_owned(),
            ),
        };
        let holds = match request.transfer {
            None => {
                format!("It may be used for {} days.", until.saturating_sub(cosignature.time).div_ceil(day))
            }
            Some(_) => "It is for ever: only the new owner could give it back.".to_owned(),
        };
        let fee = match &request.escrow {
            None => format!("Fee: {} atto.", request.fee),
            Some(escrow) => format!("Fee: {} atto, put down on chain {}.", request.fee, escrow.chain_id),
        };
        vec![
            asks,
            who,
            format!("The requester's key is {}.", request.requester),
            format!("Purpose: {}.", shown(&request.attributes.purpose)),
            content,
            holds,
            fee,
            "The owner's rules permit it; this device made the verdict again.".to_owned(),
            format!(
                "Captured just now as number {} by secure element {}.",
                claims.counter,
                hex::encode(&claims.ueid.0)
            ),
        ]
    }
}
