//! What three searchers say: is a person enrolled anywhere?

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, moment};
use crate::error::Error;
use crate::id::{Digest, Id, PublicKey};
use crate::limits;

/// Says whether a person is among all who are enrolled, at whatever kiosk. Signed by three searchers
/// ([`crate::Endorsed`]), each of another operator, who hold a share each of every template and opened this one bit.
///
/// A kiosk asks after the first capture of an enrolment. That the shares are those of the person who was captured is
/// the kiosk's word.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct UniquenessResult {
    /// Commitment to what was asked: all three sealed parts of the question.
    #[n(1)]
    pub question: Digest,
    /// The [`super::ConsentReceipt`] of the person who was asked about.
    #[n(2)]
    pub consent: Id,
    /// The kiosk that asked.
    #[n(3)]
    pub kiosk: PublicKey,
    /// The three searchers with their tables, in the order of their parts.
    #[n(4)]
    pub searchers: Vec<SearchedTable>,
    /// Templates compared with.
    #[n(5)]
    pub compared: u64,
    /// Face similarity from which on two are one person, thousandths, as 4-bit templates measure it.
    #[n(6)]
    pub face_bound: u32,
    /// The same for face and voice together: the sum of both similarities.
    #[n(7)]
    pub both_bound: u32,
    /// Whether somebody like that is enrolled.
    #[n(8)]
    pub found: bool,
    /// UTC seconds.
    #[n(9)]
    pub time: u64,
}

/// A searcher, and the table in which it searched.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct SearchedTable {
    /// Who signs.
    #[n(1)]
    pub searcher: PublicKey,
    /// Root of its table (`wetsign_unique::Table::root`).
    #[n(2)]
    pub root: Digest,
}

impl Object for UniquenessResult {
    const TYPE: &'static str = "wetsign/uniqueness/1";
    const LIMIT: usize = limits::UNIQUENESS;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        let keys: std::collections::BTreeSet<_> = self.searchers.iter().map(|one| one.searcher).collect();
        if (self.searchers.len(), keys.len()) != (3, 3) {
            let why =
                format!("are {} tables of {} keys, not three of three", self.searchers.len(), keys.len());
            return Err(Error::value(Self::TYPE, "searchers", why));
        }
        for (field, bound) in [("face_bound", self.face_bound), ("both_bound", self.both_bound)] {
            if !(1..=4000).contains(&bound) {
                return Err(Error::value(
                    Self::TYPE,
                    field,
                    format!("is {bound}, not 1 to 4000 thousandths"),
                ));
            }
        }
        moment(Self::TYPE, "time", self.time)
    }
}
