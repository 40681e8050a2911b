//! What a kiosk does: it splits a template, seals a part to each searcher, and puts their three words together.

use std::time::Duration;

use tokio::time::timeout;
use wetsign_attest::id::{Blob, Digest, Id, PublicKey, sha256};
use wetsign_attest::object::UniquenessResult;
use wetsign_attest::{Endorsed, Signed};
use wetsign_pair::{SealKey, SealPublic};
use zeroize::Zeroizing;

use crate::desk::PATIENCE_S;
use crate::line::{self, Greeting, LineError, Place};
use crate::ring::{PARTIES, Party};
use crate::share::{random, split_question, split_template};
use crate::template::{FleetRotation, Template};
use crate::wire::{
    self, Answer, KIOSK_WORD, KioskWord, RotationQuestion, TemplateRemoval, UniquenessQuestion,
};

/// A searcher, as a kiosk knows it.
#[derive(Clone)]
pub struct KnownSearcher {
    /// Where it is.
    pub place: Place,
    /// With what it signs.
    pub key: PublicKey,
    /// To what parts are sealed.
    pub seal: SealPublic,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// A searcher cannot be reached, or went away.
    #[error("{searcher} cannot be asked")]
    Line {
        /// Which.
        searcher: Party,
        /// Why.
        source: LineError,
    },
    /// It said no.
    #[error("{searcher} refused: {why}")]
    Refused {
        /// Which.
        searcher: Party,
        /// Why.
        why: String,
    },
    /// It said nothing in time.
    #[error("{searcher} said nothing for {} s", 4 * PATIENCE_S)]
    Silent {
        /// Which.
        searcher: Party,
    },
    /// What it said is no answer to what was asked.
    #[error("{searcher} answers something else: {why}")]
    Strange {
        /// Which.
        searcher: Party,
        /// What is wrong.
        why: String,
    },
    /// Nothing can be signed or sealed.
    #[error("the question cannot be made: {0}")]
    Question(String),
}

/// What the three said.
pub struct Searched {
    /// Signed by all three.
    pub result: Endorsed<UniquenessResult>,
    /// The name under which the template is kept now; none if somebody was found, or if it was asked only.
    pub kept: Option<Digest>,
}

/// Three questions in one: for each searcher its own.
pub struct Parts {
    /// Identifier of the question.
    pub id: Id,
    /// The name under which the template is kept.
    pub keep: Option<Digest>,
    /// For each searcher, in their order.
    pub words: [KioskWord; 3],
}

/// Splits a template and seals the parts. `sign` signs the question with the kiosk's key.
///
/// # Errors
/// [`AskError::Question`].
pub fn parts(
    template: &Template,
    seals: &[SealPublic; 3],
    about: (Id, PublicKey),
    keep: bool,
    now: u64,
    sign: impl Fn(UniquenessQuestion) -> Result<Signed<UniquenessQuestion>, wetsign_attest::Error>,
) -> Result<Parts, AskError> {
    let failed = |what: String| AskError::Question(what);
    let mut random = random().map_err(|error| failed(error.to_string()))?;
    let (asked, kept) = (split_question(template, &mut random), split_template(template, &mut random));
    let mut drawn = Zeroizing::new([0; 128]);
    rand_chacha::rand_core::RngCore::fill_bytes(&mut random, &mut *drawn);
    let plain = PARTIES.map(|party| {
        let at = party.index();
        let salt = &drawn[32 * at..][..32];
        Zeroizing::new([&asked[at].to_bytes()[..], &kept[at].to_bytes(), salt].concat())
    });
    let mut handle = [0; 32];
    handle.copy_from_slice(&drawn[96..]);
    let keep = keep.then_some(Digest(handle));
    let digests = plain.iter().map(|part| Digest(sha256(&[part]))).collect();
    let (consent, kiosk) = about;
    let question = UniquenessQuestion { consent, kiosk, parts: digests, keep, time: now };
    let question = sign(question).map_err(|error| failed(error.to_string()))?;
    let id = question.id();
    let mut words = Vec::with_capacity(3);
    for party in PARTIES {
        let at = party.index();
        let sealed = seals[at].seal(&wire::part_info(&id, party), &plain[at]);
        let sealed = sealed.map_err(|_| failed(format!("nothing can be sealed to {party}")))?;
        words.push(KioskWord::Ask { question: Blob(question.bytes().to_vec()), sealed: Blob(sealed) });
    }
    let words = words.try_into().map_err(|_| failed("there are three searchers".into()))?;
    Ok(Parts { id, keep, words })
}

/// Puts three answers together.
///
/// # Errors
/// [`AskError`] names the searcher whose answer cannot be used.
pub fn together(
    parts: &Parts,
    answers: [Answer; 3],
    keys: &[PublicKey; 3],
    about: (Id, PublicKey),
) -> Result<Searched, AskError> {
    let mut signed = Vec::new();
    let mut kept = true;
    for (searcher, answer) in PARTIES.into_iter().zip(answers) {
        let strange = |why: &str| AskError::Strange { searcher, why: why.to_owned() };
        let (bytes, keeps) = match answer {
            Answer::Result { signed, kept } => (signed, kept),
            Answer::Refused(why) => return Err(AskError::Refused { searcher, why }),
            Answer::Removed | Answer::Contribution(_) => return Err(strange("no result")),
        };
        let result =
            Endorsed::<UniquenessResult>::decode(&bytes.0).map_err(|error| strange(&error.to_string()))?;
        let payload = result.payload();
        let ours = payload.question == Digest(parts.id.0) && (payload.consent, payload.kiosk) == about;
        let named: Vec<_> = payload.searchers.iter().map(|one| one.searcher).collect();
        if !ours || named != keys || result.signers() != [keys[searcher.index()]] {
            return Err(strange("its result is of another question, or not signed by it"));
        }
        kept &= keeps;
        signed.push(result);
    }
    let strange =
        |error: wetsign_attest::Error| AskError::Strange { searcher: PARTIES[0], why: error.to_string() };
    let result = Endorsed::join(&signed).map_err(strange)?;
    let kept = parts.keep.filter(|_| kept && !result.payload().found);
    Ok(Searched { result, kept })
}

/// Asks the three about a person who consented. `keep`: the template is kept if nobody like it is found.
///
/// # Errors
/// [`AskError`].
pub async fn ask(
    searchers: &[KnownSearcher; 3],
    template: &Template,
    about: (Id, PublicKey),
    keep: bool,
    now: u64,
    sign: impl Fn(UniquenessQuestion) -> Result<Signed<UniquenessQuestion>, wetsign_attest::Error>,
) -> Result<Searched, AskError> {
    let parts = parts(template, &seals(searchers), about, keep, now, sign)?;
    put(searchers, &parts, about).await
}

/// To what the parts of a question are sealed.
pub fn seals(searchers: &[KnownSearcher; 3]) -> [SealPublic; 3] {
    searchers.each_ref().map(|one| one.seal)
}

/// Puts a question that was split.
///
/// # Errors
/// [`AskError`]; the template may be kept then, under the name that the question gives it.
pub async fn put(
    searchers: &[KnownSearcher; 3],
    parts: &Parts,
    about: (Id, PublicKey),
) -> Result<Searched, AskError> {
    let keys = searchers.each_ref().map(|one| one.key);
    let [a, b, c] = &parts.words;
    let (a, b, c) = tokio::try_join!(
        said(searchers, PARTIES[0], a),
        said(searchers, PARTIES[1], b),
        said(searchers, PARTIES[2], c)
    )?;
    together(parts, [a, b, c], &keys, about)
}

/// Takes a template back.
///
/// # Errors
/// [`AskError`].
pub async fn remove(
    searchers: &[KnownSearcher; 3],
    removal: &Signed<TemplateRemoval>,
) -> Result<(), AskError> {
    let word = KioskWord::Remove(Blob(removal.bytes().to_vec()));
    match said(searchers, PARTIES[0], &word).await? {
        Answer::Removed => Ok(()),
        Answer::Refused(why) => Err(AskError::Refused { searcher: PARTIES[0], why }),
        _ => Err(AskError::Strange { searcher: PARTIES[0], why: "no removal".into() }),
    }
}

/// The fleet's rotation, from what each searcher contributes.
///
/// # Errors
/// [`AskError`].
pub async fn rotation(
    searchers: &[KnownSearcher; 3],
    kiosk: PublicKey,
    now: u64,
    sign: impl Fn(RotationQuestion) -> Result<Signed<RotationQuestion>, wetsign_attest::Error>,
) -> Result<FleetRotation, AskError> {
    let seal = SealKey::fresh();
    let question = RotationQuestion { kiosk, seal: Digest(seal.public().0), time: now };
    let question = sign(question).map_err(|error| AskError::Question(error.to_string()))?;
    let word = KioskWord::Rotation(Blob(question.bytes().to_vec()));
    let mut contributions = PARTIES.map(|_| Zeroizing::new([0; 32]));
    for searcher in PARTIES {
        let strange = |why: &str| AskError::Strange { searcher, why: why.to_owned() };
        let sealed = match said(searchers, searcher, &word).await? {
            Answer::Contribution(sealed) => sealed,
            Answer::Refused(why) => return Err(AskError::Refused { searcher, why }),
            _ => return Err(strange("no contribution")),
        };
        let plain = seal.open(&wire::contribution_info(&kiosk), &sealed.0);
        let plain = plain.map_err(|error| strange(&error.to_string()))?;
        let bytes = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| strange("no 32 bytes"))?;
        contributions[searcher.index()] = Zeroizing::new(bytes);
    }
    Ok(FleetRotation::of(&contributions))
}

/// One word to a searcher, and its answer.
async fn said(searchers: &[KnownSearcher; 3], searcher: Party, word: &KioskWord) -> Result<Answer, AskError> {
    let exchanged = async {
        let mut line = line::call(&searchers[searcher.index()].place).await?;
        line::write(&mut line, &Greeting::Kiosk).await?;
        line::write(&mut line, word).await?;
        line::read::<Answer>(&mut line, KIOSK_WORD).await
    };
    timeout(Duration::from_secs(4 * PATIENCE_S), exchanged)
        .await
        .map_err(|_| AskError::Silent { searcher })?
        .map_err(|source| AskError::Line { searcher, source })
}
