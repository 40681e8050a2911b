//! What kinds of records there are, and in which format they are written.

/// Format written by this program.
pub(super) const VERSION: u8 = 1;

/// What kind of record a key names. The number is on disk: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// Version of the layout, and single values.
    Meta = 0,
    /// Signed objects by their id.
    Object = 1,
    /// Where a request stands, by request id.
    Request = 2,
    /// Co-signatures, by request id and validator key.
    CoSignature = 3,
    /// Declines, by request id and validator key.
    Decline = 4,
    /// Log records that are to be appended, by the id of their object.
    Intent = 5,
    /// Where an object stands in the log and what opens its record, by the object's id.
    Logged = 6,
    /// Enrolments, by validator key.
    Enrolment = 7,
    /// Assets: descriptor and rules in force, by asset id.
    Asset = 8,
    /// Registry epochs, by number.
    Epoch = 9,
    /// Approval bundles, by request id.
    Approval = 10,
    /// Endorsements of enrolments, by record id and registrar key.
    Endorsement = 11,
    /// Requests that wait for validators, by asset id and request id; the value is empty.
    Waiting = 12,
    /// Withdrawals, by asset id and approval id; zeros for the newest that names no approval. The value is its id.
    Withdrawal = 13,
    /// Devices that were paired, by the id of the pairing.
    Pairing = 14,
    /// Failed attempts in a row, by validator key; of the kiosk, under one byte.
    Attempts = 15,
    /// Who requesters are, by their keys.
    Requester = 16,
    /// What happened to people's keys, by person and number; whose key it is, by the key alone.
    KeyEvent = 17,
    /// Receipts of erasures, by validator key and leaf. The value is its id.
    Erasure = 18,
    /// Complaints about approvals, by approval id and their own; the value is empty.
    Complaint = 19,
    /// How much requesters asked, by their keys.
    Pace = 20,
}

impl Table {
    /// All of them, for `store check`.
    pub const ALL: [Self; 21] = [
        Self::Meta,
        Self::Object,
        Self::Request,
        Self::CoSignature,
        Self::Decline,
        Self::Intent,
        Self::Logged,
        Self::Enrolment,
        Self::Asset,
        Self::Epoch,
        Self::Approval,
        Self::Endorsement,
        Self::Waiting,
        Self::Withdrawal,
        Self::Pairing,
        Self::Attempts,
        Self::Requester,
        Self::KeyEvent,
        Self::Erasure,
        Self::Complaint,
        Self::Pace,
    ];

    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Object => "object",
            Self::Request => "request",
            Self::CoSignature => "co-signature",
            Self::Decline => "decline",
            Self::Intent => "intent",
            Self::Logged => "logged",
            Self::Enrolment => "enrolment",
            Self::Asset => "asset",
            Self::Epoch => "epoch",
            Self::Approval => "approval",
            Self::Endorsement => "endorsement",
            Self::Waiting => "waiting",
            Self::Withdrawal => "withdrawal",
            Self::Pairing => "pairing",
            Self::Attempts => "attempts",
            Self::Requester => "requester",
            Self::KeyEvent => "key event",
            Self::Erasure => "erasure",
            Self::Complaint => "complaint",
            Self::Pace => "pace",
        }
    }

    pub(super) fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| *table as u8 == tag)
    }
}
