//! A whole approval, verified, settles: from the request's escrow over the watcher's note and the kiosks' words to the
//! payees.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256, aliases::U96};
use alloy::signers::local::PrivateKeySigner;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::evm::EvmAddress;
use wetsign_attest::id::{Atto, Digest, PublicKey};
use wetsign_attest::object::{CertificateChain, CoSignature, DeviceCertificate, Escrow, UsageRequest};
use wetsign_attest::verify::{Approval, verify};
use wetsign_attest::{Signed, terms as rules};
use wetsign_chain::chain::Chain;
use wetsign_chain::contracts::{Settle, Share, Stakes, Terms};
use wetsign_chain::escrow::{self, Waiting};
use wetsign_chain::{terms, vouch};
use wetsign_chain_tests::evm::hearts;
use wetsign_chain_tests::world::{STAKE, World};

use crate::support::{Edits, PROVISIONER, REGISTRARS, ROOT, T, approval, holder, key, options, policy, public};
use crate::{staked, u96};

const FEE: u128 = 1_000_003;

/// Contracts, and an approval whose fee shall wait there.
struct Story {
    world: World,
    chain: Chain,
    terms: Terms,
    bundle: ApprovalBundle,
    approval: Approval,
}

impl Story {
    fn begins() -> Self {
        let mut world = staked();
        let (p, at) = (world.people, world.at);
        let terms = Terms {
            expires: T + 86_400,
            app: p.app,
            appBps: 1_000,
            validatorsBps: 3_333,
            payees: vec![Share { to: p.payee, bps: 10_000 }],
        };
        let place = Escrow {
            chain_id: 1,
            contract: EvmAddress(at.settle.0.0),
            account: EvmAddress(p.requester.0.0),
            terms: Digest(terms::digest(&terms).0),
        };
        let bundle = approval(&Edits {
            prove: true,
            request: Some(Box::new(move |request: &mut UsageRequest| {
                (request.escrow, request.fee) = (Some(place), Atto(FEE));
            })),
            ..Edits::default()
        });
        let verified = verify(&bundle.to_bytes().unwrap(), &policy(), options()).unwrap();
        for (at_person, owner) in p.validators.into_iter().enumerate() {
            world.fund(p.operators[0], at.stakes, hearts(STAKE)).unwrap();
            let call = Stakes::bondValidatorCall {
                publicKey: holder(at_person).as_bytes().to_vec().into(),
                owner,
                amount: u96(STAKE),
            };
            world.evm.send(p.operators[0], at.stakes, &call).unwrap();
        }
        let (settle, stakes) = (Some(at.settle), at.stakes);
        let chain = Chain { chain_id: 1, stakes, settle, from_block: 0, blocks_at_once: 1, nodes: vec![] };
        Self { world, chain, terms, bundle, approval: verified.into_content() }
    }

    fn request(&self) -> Signed<UsageRequest> {
        Signed::decode(&self.bundle.request.0).unwrap()
    }

    /// The requester puts the fee down, as `Sender::deposit` does it on a node.
    fn deposited(&mut self) {
        let (requester, settle) = (self.world.people.requester, self.world.at.settle);
        self.world.fund(requester, settle, U256::from(FEE)).unwrap();
        let request = self.approval.request_id.0.into();
        let call = Settle::escrowCall { request, fee: U96::from(FEE), terms: self.terms.clone() };
        self.world.evm.send(requester, settle, &call).unwrap();
    }

    /// What a node says of the fee.
    fn told(&mut self) -> Waiting {
        let place = self.approval.request.escrow.unwrap();
        let key = escrow::key(place.account, &self.approval.request_id);
        let found = self.world.evm.view(self.world.at.settle, &Settle::escrowsCall { key }).unwrap();
        Waiting {
            chain_id: 1,
            block: 9,
            hash: Digest([9; 32]).0.into(),
            account: found.requester,
            fee: found.fee.to(),
            terms: found.terms,
        }
    }

    /// Who owns the validators' stakes.
    fn owners(&mut self) -> BTreeMap<alloy::primitives::B256, Address> {
        let keys: Vec<_> = self.approval.validators.iter().map(vouch::stake_key).collect();
        keys.into_iter()
            .map(|key| {
                let stake = self.world.evm.view(self.world.at.stakes, &Stakes::stakesCall { key }).unwrap();
                (key, stake.owner)
            })
            .collect()
    }

    /// A certificate that binds this account to a secure element.
    fn certificate(&self, account: Option<Address>) -> CertificateChain {
        let cosignature = Signed::<CoSignature>::decode(&self.bundle.cosignatures[0].0).unwrap();
        let chain = CertificateChain::decode(&cosignature.payload().chain.0).unwrap();
        let settlement = account.map(|account| EvmAddress(account.0.0));
        let device = DeviceCertificate { settlement, ..chain.device().clone() };
        let device = Signed::sign(device, &key(PROVISIONER)).unwrap();
        CertificateChain::new(&device, &Signed::sign(chain.provisioner().clone(), &key(ROOT)).unwrap()).unwrap()
    }

    fn words(&mut self, kiosk: usize) -> vouch::Word {
        let owners = self.owners();
        let said = vouch::claim(&self.approval, &self.bundle, &self.chain, &self.terms, &owners).unwrap();
        let kiosk = self.world.kiosks[kiosk].clone();
        vouch::sign(&said, &self.chain, &self.certificate(Some(kiosk.address())), &kiosk).unwrap()
    }
}

#[test]
fn a_verified_approval_pays_everybody_by_the_words_of_two_kiosks() {
    let mut story = Story::begins();
    // Over a file, as kiosks hand them on.
    let words = [1, 0].map(|kiosk| serde_json::to_vec(&story.words(kiosk)).unwrap());
    let words = words.map(|word| serde_json::from_slice(&word).unwrap());
    let (_, call) = vouch::gathered(words.to_vec()).unwrap();
    let (settle, anyone, p) = (story.world.at.settle, story.world.people.stranger, story.world.people);
    story.world.evm.refused::<Settle::NothingEscrowed>(anyone, settle, &call).unwrap();
    story.deposited();
    story.world.evm.send(anyone, settle, &call).unwrap();
    let owed = [p.app, p.validators[0], p.validators[1], p.payee].map(|a| story.world.owed(a).unwrap());
    assert_eq!(owed.iter().sum::<U256>(), U256::from(FEE));
    assert!(owed.iter().all(|share| *share > U256::ZERO), "{owed:?}");
    story.world.evm.refused::<Settle::NothingEscrowed>(anyone, settle, &call).unwrap();
}

#[test]
fn a_kiosk_signs_with_the_account_that_its_certificate_binds_and_for_this_escrow_alone() {
    let mut story = Story::begins();
    let owners = story.owners();
    let said = vouch::claim(&story.approval, &story.bundle, &story.chain, &story.terms, &owners).unwrap();
    let kiosk = &story.world.kiosks[0];
    let refused = |certificate: &CertificateChain, why: &str| {
        let error = vouch::sign(&said, &story.chain, certificate, kiosk).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    refused(&story.certificate(None), "names no account");
    refused(&story.certificate(Some(story.world.kiosks[1].address())), "the key is of");

    let claim = |chain: &Chain, terms: &Terms, owners: &BTreeMap<_, _>| {
        vouch::claim(&story.approval, &story.bundle, chain, terms, owners).unwrap_err().to_string()
    };
    let elsewhere = Chain { chain_id: 2, ..story.chain.clone() };
    assert!(claim(&elsewhere, &story.terms, &owners).contains("waits on chain 1"));
    let other = Terms { appBps: 999, ..story.terms.clone() };
    assert!(claim(&story.chain, &other, &owners).contains("divided under the terms"));
    assert!(claim(&story.chain, &story.terms, &BTreeMap::new()).contains("nobody has a stake"));
}

#[test]
fn a_kiosk_vouches_for_the_same_head_again_and_never_for_another_of_its_size() {
    let mut story = Story::begins();
    let owners = story.owners();
    let (said, _) = vouch::claim(&story.approval, &story.bundle, &story.chain, &story.terms, &owners).unwrap();
    let mut heads = vouch::Heads::default();
    heads.remember(&said).unwrap();
    // As after a crash: over a file, and the same bytes once more.
    let mut heads: vouch::Heads = serde_json::from_str(&serde_json::to_string(&heads).unwrap()).unwrap();
    heads.remember(&said).unwrap();
    let mut forked = said.clone();
    forked.root.0[0] ^= 1;
    assert!(heads.remember(&forked).unwrap_err().to_string().contains("forked"));
    forked.size += 1;
    heads.remember(&forked).unwrap();
}

#[test]
fn words_of_one_kiosk_twice_or_about_different_things_settle_nothing() {
    let mut story = Story::begins();
    let (one, other) = (story.words(0), story.words(1));
    let gathered = |words: Vec<vouch::Word>| vouch::gathered(words).unwrap_err().to_string();
    assert!(gathered(vec![]).contains("no kiosk's word"));
    assert!(gathered(vec![one.clone(), one.clone()]).contains("given twice"));
    let mut elsewhere = other;
    elsewhere.chain_id = 2;
    assert!(gathered(vec![one, elsewhere]).contains("different things"));
}

#[test]
fn a_watcher_notes_a_fee_that_waits_and_a_kiosk_believes_the_watchers_that_it_names() {
    let mut story = Story::begins();
    let (watcher, request) = (key(REGISTRARS[0]), story.request());
    let place = escrow::place(request.payload(), &story.chain, &story.terms).unwrap();
    let told = story.told();
    let note = |waiting: &Waiting, story: &Story| {
        escrow::note(&request, place, &story.terms, waiting, &watcher, T).map_err(|error| error.to_string())
    };
    assert!(note(&told, &story).unwrap_err().contains("put it down"), "nothing waits yet");
    story.deposited();
    let told = story.told();
    let noted = note(&told, &story).unwrap();
    let holds = |watchers: &[PublicKey]| {
        rules::fee_waits(request.payload(), request.id(), Some(noted.payload()), watchers).holds
    };
    assert!(holds(&[public(REGISTRARS[0])]) && !holds(&[public(REGISTRARS[1])]));

    let little = Waiting { fee: FEE - 1, ..told.clone() };
    assert!(note(&little, &story).unwrap_err().contains("atto wait"));
    let terms = Waiting { terms: Digest([1; 32]).0.into(), ..told.clone() };
    assert!(note(&terms, &story).unwrap_err().contains("under the terms"));
    let somebody = Waiting { account: story.world.people.stranger, ..told.clone() };
    assert!(note(&somebody, &story).is_err());
    // Nodes that differ, and one alone.
    let by = |other: Waiting| escrow::agreed(vec![("one".into(), told.clone()), ("other".into(), other)]);
    assert!(by(told.clone()).is_ok() && by(little).is_err());
    assert!(escrow::agreed(vec![("one".into(), told)]).is_err());
}

#[test]
fn a_key_file_is_read_and_never_repeated() {
    let key = PrivateKeySigner::from_slice(&[7; 32]).unwrap();
    assert_eq!(vouch::read_key(&format!("{}\n", "07".repeat(32))).unwrap().address(), key.address());
    for text in ["", "07", &"zz".repeat(32), &"00".repeat(32), &"ff".repeat(32)] {
        let error = vouch::read_key(text).unwrap_err().to_string();
        assert!(text.is_empty() || !error.contains(text), "{error}");
    }
}
