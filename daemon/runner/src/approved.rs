//! What was approved, and whether the input is just that.

use anyhow::{bail, ensure};
use sha2::{Digest as _, Sha256};
use wetsign_attest::id::{ChannelKey, Digest, Id};
use wetsign_attest::object::{AssetDescriptor, Content, UsageRequest};
use wetsign_attest::verify::{Approval, GivenWithdrawal, Options, VerifierState, verify_remembering};
use wetsign_attest::{ApprovalBundle, Signed, TrustPolicy};
use wetsign_runner_ipc::Input;

/// What a runner accepts although it proves less.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lenient {
    /// Recordings in place of people, programs in place of secure elements.
    pub simulated: bool,
    /// Keys whose secrets are published.
    pub development_keys: bool,
}

impl Lenient {
    /// In words, as a receipt has them.
    pub fn names(self) -> Vec<String> {
        let all = [(self.development_keys, "development keys"), (self.simulated, "simulated parts")];
        all.into_iter().filter(|(given, _)| *given).map(|(_, name)| name.to_owned()).collect()
    }
}

/// An approval that holds, and what of it a runner needs.
#[derive(Debug)]
pub struct Approved {
    /// As the verifier gives it.
    pub approval: Approval,
    /// The one asset.
    pub asset: Id,
    /// Digest of the asset's content, by its descriptor in force.
    pub content: Digest,
    /// The key of the runner that may open it.
    pub opens_to: ChannelKey,
}

/// Checks an approval, with all that is remembered and all that was given.
///
/// # Errors
/// It is refused, lapsed or withdrawn; it names several assets, or no runner's key.
pub fn approved(
    bundle: &[u8],
    policy: &TrustPolicy,
    lenient: Lenient,
    now: u64,
    withdrawals: &[GivenWithdrawal],
    memory: &mut VerifierState,
) -> anyhow::Result<Approved> {
    let options = Options {
        allow_simulated: lenient.simulated,
        allow_development_keys: lenient.development_keys,
        now: Some(now),
        withdrawals,
        ..Options::default()
    };
    let approval = match verify_remembering(bundle, policy, options, memory) {
        Ok(verified) => verified.into_content(),
        Err(refused) => bail!("the approval does not hold, and the container stays shut: {refused}"),
    };
    if let Some(transfer) = &approval.request.transfer {
        bail!(
            "the approval gives the asset to {}, and is for no use of it: nothing is made with it",
            transfer.to
        )
    }
    let [asset] = approval.request.assets[..] else {
        bail!(
            "the approval is for {} assets, and a runner opens one at a time: ask for each alone",
            approval.request.assets.len()
        )
    };
    let Some(opens_to) = approval.request.opens_to else {
        bail!("the request names no runner's key: make one by `wetsign-runner key new`, and ask anew with it")
    };
    let content = content_of(&ApprovalBundle::unverified(bundle)?, &approval)?;
    Ok(Approved { approval, asset, content, opens_to })
}

/// The content that the descriptor in force names. The bundle was verified: its objects are those that the body names.
fn content_of(bundle: &ApprovalBundle, approval: &Approval) -> anyhow::Result<Digest> {
    for blob in &bundle.descriptors {
        let descriptor = Signed::<AssetDescriptor>::decode(&blob.0)?;
        if approval.body.descriptors.contains(&descriptor.id()) {
            return Ok(descriptor.payload().content);
        }
    }
    bail!("the approval's bundle lacks the descriptor in force")
}

/// What is put into the asset: the file that was given, if it is what was approved; the approved text itself where none
/// was given.
///
/// # Errors
/// Another text, by its first difference; another file; no file where a digest was approved.
pub fn input(request: &UsageRequest, given: Option<Vec<u8>>) -> anyhow::Result<Input> {
    match (&request.content, given) {
        (Content::Text(text), None) => Ok(Input::Text(text.clone())),
        (Content::Text(text), Some(given)) => {
            if given == text.as_bytes() {
                return Ok(Input::Text(text.clone()));
            }
            bail!("the input is not the text that was approved: {}", difference(text, &given))
        }
        (Content::Digest { digest, .. }, Some(given)) => {
            let found = Digest(Sha256::digest(&given).into());
            ensure!(
                found == *digest,
                "the input is not the file that was approved: its SHA-256 is {found}, approved was {digest}"
            );
            Ok(Input::File(given))
        }
        (Content::Digest { digest, .. }, None) => {
            bail!("the file with SHA-256 {digest} was approved: give it by --input")
        }
    }
}

/// Where two texts part, in words.
fn difference(approved: &str, given: &[u8]) -> String {
    let Ok(given) = std::str::from_utf8(given) else { return "it is no text in UTF-8".into() };
    if given.trim_end() == approved.trim_end() {
        return "it differs in what stands behind its last word (a line feed?)".into();
    }
    let (mut ours, mut theirs) = (approved.split_whitespace(), given.split_whitespace());
    let mut word = 0;
    loop {
        word += 1;
        match (ours.next(), theirs.next()) {
            (Some(one), Some(other)) if one == other => {}
            (None, None) => return "it differs in the spaces between its words".into(),
            (one, other) => {
                let quoted = |word: Option<&str>| match word {
                    Some(word) => format!("{:?}", word.chars().take(40).collect::<String>()),
                    None => "no word".to_owned(),
                };
                return format!("word {word} is {}, approved was {}", quoted(other), quoted(one));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wetsign_attest::rules::example;

    fn request(content: Content) -> UsageRequest {
        let (_, _, request) = example::narration("Light turns water into sugar.");
        UsageRequest { content, ..request }
    }

    #[test]
    fn one_changed_word_is_not_what_was_approved_and_is_named() {
        let request = request(Content::Text("Light turns water into sugar.".into()));
        let approved = Input::Text("Light turns water into sugar.".into());
        assert_eq!(input(&request, None).unwrap(), approved);
        assert_eq!(input(&request, Some(b"Light turns water into sugar.".to_vec())).unwrap(), approved);
        for (given, why) in [
            ("Light turns water into salt.", "word 5 is \"salt.\", approved was \"sugar.\""),
            ("Light turns water into sugar. Buy!", "word 6 is \"Buy!\", approved was no word"),
            ("Light turns water", "word 4 is no word, approved was \"into\""),
            ("Light turns water into sugar.\n", "a line feed?"),
            ("Light  turns water into sugar.", "spaces"),
            ("light turns water into sugar.", "word 1"),
        ] {
            let refused = input(&request, Some(given.into())).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
        assert!(input(&request, Some(vec![0xff])).is_err());
    }

    #[test]
    fn a_file_is_taken_by_its_digest_alone() {
        let digest = Digest(Sha256::digest(b"tensors").into());
        let request = request(Content::Digest { digest, media_type: "application/vnd.safetensors".into() });
        assert_eq!(input(&request, Some(b"tensors".to_vec())).unwrap(), Input::File(b"tensors".to_vec()));
        assert!(input(&request, Some(b"tensor5".to_vec())).unwrap_err().to_string().contains("approved was"));
        assert!(input(&request, None).unwrap_err().to_string().contains("--input"));
    }
}
