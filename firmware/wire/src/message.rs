//! The messages: fifteen requests, and an answer for each.
//!
//! Encoded by `minicbor` as arrays `[index, [fields…]]`; byte strings are borrowed from the frame.

use minicbor::{Decode, Encode};

use crate::{eat::Home, limits, refusal::RefusalCode};

/// What the host asks.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum Request<'b> {
    /// Who are you? Always answered, also outside the channel.
    #[n(0)]
    Identity,
    /// Opens a session, uses up a number of the counter for it and draws its challenge; ends an older session. Rate
    /// limited, also across restarts.
    #[n(1)]
    Begin {
        /// SHA-256 of the request's payload; for an enrolment, of the consent.
        #[cbor(n(0), with = "minicbor::bytes")]
        request_id: [u8; 32],
        /// SHA-256 of the verdict's payload.
        #[cbor(n(1), with = "minicbor::bytes")]
        verdict_id: [u8; 32],
        /// The validator's Ed25519 public key.
        #[cbor(n(2), with = "minicbor::bytes")]
        validator_key: [u8; 32],
    },
    /// Signs a capture; once in a session, within [`limits::SESSION_MS`] of its beginning.
    #[n(2)]
    Attest {
        /// Poseidon commitment to the probe, 32 bytes big-endian.
        #[cbor(n(0), with = "minicbor::bytes")]
        probe_commitment: [u8; 32],
        /// SHA-256 of the liveness report.
        #[cbor(n(1), with = "minicbor::bytes")]
        report_digest: [u8; 32],
        /// SHA-256 of the model manifest: a claim of the host.
        #[cbor(n(2), with = "minicbor::bytes")]
        manifest_digest: [u8; 32],
    },
    /// Encrypts to this element; at any time. Rate limited.
    #[n(3)]
    Seal {
        /// What the host says this is; the same label must be given to unseal it.
        #[cbor(n(0), with = "minicbor::bytes")]
        label: [u8; 32],
        /// At most [`limits::PLAIN`] bytes.
        #[cbor(n(1), with = "minicbor::bytes")]
        plain: &'b [u8],
    },
    /// Decrypts what this element sealed; only inside an open session, whose channel this is, and only what is the
    /// session's validator's.
    #[n(4)]
    Unseal {
        /// The label given to seal it: SHA-256 of [`crate::binding::label_parts`].
        #[cbor(n(0), with = "minicbor::bytes")]
        label: [u8; 32],
        /// What `Seal` answered.
        #[cbor(n(1), with = "minicbor::bytes")]
        sealed: &'b [u8],
    },
    /// How many sessions were begun?
    #[n(5)]
    Counter,
    /// Was the case opened?
    #[n(6)]
    Tamper,
    /// Random bytes from the element's own source.
    #[n(7)]
    Random {
        /// How many, 1 to [`limits::RANDOM`].
        #[n(0)]
        length: u8,
    },
    /// Known-answer tests of cipher, hash, signature and random source.
    #[n(8)]
    SelfTest,
    /// Closes the session, if one is open.
    #[n(9)]
    End,
    /// Stores the certificate chain of this element, and pins the provisioner who may clear tampering.
    #[n(10)]
    Provision {
        /// [`crate::certificate`]; at most [`limits::CERTIFICATE`] bytes.
        #[cbor(n(0), with = "minicbor::bytes")]
        chain: &'b [u8],
    },
    /// Measures the firmware image now.
    #[n(11)]
    Firmware,
    /// Draws the challenge for [`Request::TamperClear`].
    #[n(12)]
    TamperChallenge,
    /// Clears the latched tamper lines; once a challenge. The keys stay the fresh ones, and need provisioning.
    #[n(13)]
    TamperClear {
        /// Ed25519 by the pinned provisioner over [`crate::binding::tamper_clear`].
        #[cbor(n(0), with = "minicbor::bytes")]
        signature: [u8; 64],
    },
    /// Shows a pattern to the person at the kiosk.
    #[n(14)]
    Indicator {
        /// Which.
        #[n(0)]
        pattern: Pattern,
    },
}

/// What light or sound tells the person at the kiosk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Pattern {
    /// Nothing.
    #[n(0)]
    #[default]
    Off,
    /// A decision is waited for.
    #[n(1)]
    Attention,
    /// Look into the camera and do what is asked.
    #[n(2)]
    Look,
    /// Say what is asked.
    #[n(3)]
    Speak,
    /// Nothing to do for the person.
    #[n(4)]
    Working,
    /// It was signed.
    #[n(5)]
    Approved,
    /// It ended without a signature.
    #[n(6)]
    Refused,
    /// The element itself: its case was opened.
    #[n(7)]
    Fault,
}

impl Pattern {
    /// Stable lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Attention => "attention",
            Self::Look => "look",
            Self::Speak => "speak",
            Self::Working => "working",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Fault => "fault",
        }
    }
}

/// Every answer says first whether the element was tampered with.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Response<'b> {
    /// Latched tamper lines as a bit mask; 0 means never opened. Not cleared by a restart.
    #[n(0)]
    pub tamper: u8,
    /// The answer proper.
    #[b(1)]
    pub answer: Answer<'b>,
}

/// What the element answers.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum Answer<'b> {
    /// To [`Request::Identity`].
    #[n(0)]
    Identity(#[b(0)] Identity<'b>),
    /// To [`Request::Begin`].
    #[n(1)]
    Begun {
        /// Drawn by the element for this session.
        #[cbor(n(0), with = "minicbor::bytes")]
        challenge: [u8; 32],
    },
    /// To [`Request::Attest`].
    #[n(2)]
    Token {
        /// COSE_Sign1 (tag 18) over the claims of [`crate::eat`], at most [`limits::TOKEN`] bytes.
        #[cbor(n(0), with = "minicbor::bytes")]
        token: &'b [u8],
        /// The counter inside the token: the number that its session used up.
        #[n(1)]
        counter: u64,
    },
    /// To [`Request::Seal`].
    #[n(3)]
    Sealed {
        /// Opaque; [`limits::SEAL_OVERHEAD`] bytes longer than the plaintext.
        #[cbor(n(0), with = "minicbor::bytes")]
        sealed: &'b [u8],
    },
    /// To [`Request::Unseal`]. Secret: wipe after use.
    #[n(4)]
    Unsealed {
        /// What was sealed.
        #[cbor(n(0), with = "minicbor::bytes")]
        plain: &'b [u8],
    },
    /// To [`Request::Counter`].
    #[n(5)]
    Counter {
        /// Sessions begun so far; it never goes back.
        #[n(0)]
        value: u64,
    },
    /// To [`Request::Tamper`].
    #[n(6)]
    Tamper {
        /// Lines that were ever active, as a bit mask (latched).
        #[n(0)]
        latched: u8,
        /// Lines that are active now.
        #[n(1)]
        active: u8,
    },
    /// To [`Request::Random`].
    #[n(7)]
    Random {
        /// As many as asked.
        #[cbor(n(0), with = "minicbor::bytes")]
        bytes: &'b [u8],
    },
    /// To [`Request::SelfTest`].
    #[n(8)]
    SelfTest {
        /// Bit mask of failed tests, 0 = all passed: 1 hash, 2 cipher, 4 signature, 8 random source.
        #[n(0)]
        failed: u8,
    },
    /// To requests that are done and have nothing to tell.
    #[n(9)]
    Done,
    /// To any request that the element does not grant.
    #[n(10)]
    Refused {
        /// Why.
        #[n(0)]
        code: RefusalCode,
        /// For [`RefusalCode::RateLimited`]: milliseconds after which to try again; else 0.
        #[n(1)]
        retry_after_ms: u32,
    },
    /// To [`Request::Firmware`].
    #[n(11)]
    Firmware {
        /// SHA-256 of the image.
        #[cbor(n(0), with = "minicbor::bytes")]
        digest: [u8; 32],
        /// Its length in bytes.
        #[n(1)]
        length: u64,
    },
    /// To [`Request::TamperChallenge`].
    #[n(12)]
    TamperChallenge {
        /// Drawn by the element; forgotten with the channel.
        #[cbor(n(0), with = "minicbor::bytes")]
        challenge: [u8; 32],
    },
}

/// Who the element is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Identity<'b> {
    /// Ed25519 public key under which its tokens verify.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub public_key: [u8; 32],
    /// RFC 9711 § 4.2.1, type RAND.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub ueid: [u8; limits::UEID],
    /// Hardware model, at most [`limits::NAME`] bytes.
    #[b(2)]
    pub hwmodel: &'b str,
    /// Firmware name.
    #[b(3)]
    pub swname: &'b str,
    /// Firmware version, semantic versioning.
    #[b(4)]
    pub swversion: &'b str,
    /// SHA-256 of the firmware image, measured by itself when it started.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub firmware_digest: [u8; 32],
    /// Starts since it was made.
    #[n(6)]
    pub bootcount: u32,
    /// Sessions begun so far.
    #[n(7)]
    pub counter: u64,
    /// What it runs on.
    #[n(8)]
    pub home: Home,
    /// Certificate chain ([`crate::certificate`]); empty until provisioned.
    #[cbor(n(9), with = "minicbor::bytes")]
    pub certificate: &'b [u8],
    /// X25519 public key (RFC 7748 § 6.1) of its end of the host channel.
    #[cbor(n(10), with = "minicbor::bytes")]
    pub channel_key: [u8; 32],
}

/// Names a message without showing what it carries: requests and answers may hold secrets.
macro_rules! debug_by_name {
    ($type:ident { $($variant:ident),* $(,)? }) => {
        impl core::fmt::Debug for $type<'_> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(match self { $(Self::$variant { .. } => stringify!($variant),)* })
            }
        }
    };
}

debug_by_name!(Request {
    Identity,
    Begin,
    Attest,
    Seal,
    Unseal,
    Counter,
    Tamper,
    Random,
    SelfTest,
    End,
    Provision,
    Firmware,
    TamperChallenge,
    TamperClear,
    Indicator,
});

impl core::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Refused { code, retry_after_ms } => write!(f, "Refused({code:?}, {retry_after_ms} ms)"),
            other => f.write_str(other.name()),
        }
    }
}

impl core::fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Response {{ tamper: {:#04x}, answer: {:?} }}", self.tamper, self.answer)
    }
}

impl Answer<'_> {
    /// The answer's name, without what it carries.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Identity(_) => "Identity",
            Self::Begun { .. } => "Begun",
            Self::Token { .. } => "Token",
            Self::Sealed { .. } => "Sealed",
            Self::Unsealed { .. } => "Unsealed",
            Self::Counter { .. } => "Counter",
            Self::Tamper { .. } => "Tamper",
            Self::Random { .. } => "Random",
            Self::SelfTest { .. } => "SelfTest",
            Self::Done => "Done",
            Self::Refused { .. } => "Refused",
            Self::Firmware { .. } => "Firmware",
            Self::TamperChallenge { .. } => "TamperChallenge",
        }
    }

    /// A refusal without a waiting time.
    pub fn refused(code: RefusalCode) -> Self {
        Self::Refused { code, retry_after_ms: 0 }
    }
}
