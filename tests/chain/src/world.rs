//! All contracts of the chain of origin, with people before them.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor as _;
use wetsign_attest::log::Checkpoint;
use wetsign_chain::contracts::{
    AiNft, Claim, Court, Emission, Heart, Parameters, ProofRegistry, Settle, Share, Stakes, Statement, Terms,
    Values,
};
use wetsign_chain::statement::{self, sign};

use crate::artifacts::Contracts;
use crate::book::{Approved, Book};
use crate::evm::{Evm, code, hearts};

/// What an accusation's bond is, in Hearts.
pub const BOND: u64 = 100;
/// What each stakes, in Hearts.
pub const STAKE: u64 = 1_000;

/// Where an Evm's accounts are who.
#[derive(Clone, Copy, Debug)]
pub struct People {
    /// Deploys, counts epochs, holds Hearts.
    pub deployer: Address,
    /// Three operators.
    pub operators: [Address; 3],
    /// Asks, and pays.
    pub requester: Address,
    /// Is paid.
    pub payee: Address,
    /// Is paid too.
    pub app: Address,
    /// Who own two validators' stakes.
    pub validators: [Address; 2],
    /// Nobody.
    pub stranger: Address,
}

/// Contracts on one chain.
pub struct World {
    /// Where they are.
    pub evm: Box<dyn Evm>,
    /// What more can be deployed.
    pub contracts: Contracts,
    /// Who is there.
    pub people: People,
    /// Keys of three kiosks, each of another operator.
    pub kiosks: Vec<PrivateKeySigner>,
    /// The contracts' addresses.
    pub at: Addresses,
    /// Gas of each deployment.
    pub gas: BTreeMap<String, u64>,
}

/// Where each contract is.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is named after its contract")]
pub struct Addresses {
    pub registry: Address,
    pub parameters: Address,
    pub heart: Address,
    pub court: Address,
    pub stakes: Address,
    pub emission: Address,
    pub settle: Address,
    pub nft: Address,
}

/// Public key of a validator, Ed25519.
pub fn validator_public_key(number: u8) -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(&[number + 100; 32]).verifying_key().to_bytes()
}

/// An account as a stake's key.
pub fn account_key(account: Address) -> B256 {
    account.into_word()
}

/// Parameters at the beginning: two kiosks of two operators.
pub fn values() -> Values {
    let stake = alloy::primitives::aliases::U96::from(hearts(STAKE));
    Values {
        fromEpoch: 0,
        kiosks: 2,
        operators: 2,
        leastFace: alloy::primitives::aliases::U24::from(30_000),
        leastVoice: alloy::primitives::aliases::U24::from(30_000),
        leastOperator: stake,
        leastKiosk: stake,
        leastValidator: stake,
    }
}

impl World {
    /// Deploys the contracts; nobody has staked.
    pub fn deploy(mut evm: Box<dyn Evm>, contracts: &Contracts) -> anyhow::Result<Self> {
        let all = evm.accounts();
        let people = People {
            deployer: all[0],
            operators: [all[1], all[2], all[3]],
            requester: all[4],
            payee: all[5],
            app: all[6],
            validators: [all[7], all[8]],
            stranger: all[9],
        };
        let mut gas = BTreeMap::new();
        let deployer = people.deployer;
        let nonce = evm.nonce(deployer)?;
        // Registry, parameters, heart, court, stakes, the court's word of the stakes, emission.
        let emission_to_be = deployer.create(nonce + 6);
        let mut make = |evm: &mut dyn Evm, name: &str, arguments: Vec<u8>| {
            let (address, took) = evm.deploy(code(contracts.get(name)?, &arguments))?;
            gas.insert(name.to_owned(), took);
            Ok::<_, anyhow::Error>(address)
        };
        let e = evm.as_mut();
        let (face, voice) = (U256::from(30_000), U256::from(30_000));
        let registry = make(
            e,
            "ProofRegistry",
            ProofRegistry::constructorCall { governor: deployer, face, voice }.abi_encode(),
        )?;
        let first = Parameters::constructorCall { owner: deployer, registry, first: values() };
        let parameters = make(e, "Parameters", first.abi_encode())?;
        let genesis = Heart::constructorCall {
            minter: emission_to_be,
            accounts: vec![deployer, people.payee],
            shares: vec![hearts(7_000_000_000), hearts(800_000_000)],
        };
        let heart = make(e, "Heart", genesis.abi_encode())?;
        let bond = alloy::primitives::aliases::U96::from(hearts(BOND));
        let court = make(e, "Court", Court::constructorCall { token: heart, registry, bond }.abi_encode())?;
        let stakes =
            make(e, "Stakes", Stakes::constructorCall { token: heart, court, parameters }.abi_encode())?;
        e.send(deployer, court, &Court::setStakesCall { stakes })?;
        let start = e.now()?;
        let emission = make(e, "Emission", Emission::constructorCall { heart, stakes, start }.abi_encode())?;
        anyhow::ensure!(emission == emission_to_be, "the emission is not where the Heart expects its minter");
        let settle =
            make(e, "Settle", Settle::constructorCall { token: heart, stakes, registry }.abi_encode())?;
        let nft = make(e, "AiNft", AiNft::constructorCall { stakes }.abi_encode())?;
        let at = Addresses { registry, parameters, heart, court, stakes, emission, settle, nft };
        let kiosks =
            (1..=3).map(|n| PrivateKeySigner::from_bytes(&B256::repeat_byte(n))).collect::<Result<_, _>>()?;
        Ok(Self { evm, contracts: contracts.clone(), people, kiosks, at, gas })
    }

    /// Deploys, and stakes three operators with a kiosk each, and two validators.
    pub fn staked(evm: Box<dyn Evm>, contracts: &Contracts) -> anyhow::Result<Self> {
        let mut world = Self::deploy(evm, contracts)?;
        for number in 0..3 {
            world.bond_operator(number)?;
            world.bond_kiosk(number)?;
        }
        for number in 0..2 {
            world.bond_validator(number)?;
        }
        Ok(world)
    }

    /// Sends Hearts from the deployer, and lets `spender` take them.
    pub fn fund(&mut self, account: Address, spender: Address, amount: U256) -> anyhow::Result<()> {
        let (deployer, heart) = (self.people.deployer, self.at.heart);
        if account != deployer {
            self.evm.send(deployer, heart, &Heart::transferCall { to: account, value: amount })?;
        }
        self.evm.send(account, heart, &Heart::approveCall { spender, value: amount })?;
        Ok(())
    }

    /// An operator stakes.
    pub fn bond_operator(&mut self, number: usize) -> anyhow::Result<u64> {
        let (operator, stakes) = (self.people.operators[number], self.at.stakes);
        self.fund(operator, stakes, hearts(STAKE))?;
        let amount = alloy::primitives::aliases::U96::from(hearts(STAKE));
        Ok(self.evm.send(operator, stakes, &Stakes::bondOperatorCall { amount })?.gas)
    }

    /// The operator of that number stakes the kiosk of that number.
    pub fn bond_kiosk(&mut self, number: usize) -> anyhow::Result<u64> {
        let (operator, stakes) = (self.people.operators[number], self.at.stakes);
        self.fund(operator, stakes, hearts(STAKE))?;
        let kiosk = self.kiosks[number].address();
        let words = self.evm.view(stakes, &Stakes::possessionCall { kiosk, operator })?;
        let signature = self.kiosks[number].sign_message_sync(&words)?.as_bytes().into();
        let amount = alloy::primitives::aliases::U96::from(hearts(STAKE));
        Ok(self.evm.send(operator, stakes, &Stakes::bondKioskCall { kiosk, amount, signature })?.gas)
    }

    /// The operator of that number stakes the validator of that number.
    pub fn bond_validator(&mut self, number: usize) -> anyhow::Result<u64> {
        let (operator, stakes) = (self.people.operators[number], self.at.stakes);
        self.fund(operator, stakes, hearts(STAKE))?;
        let call = Stakes::bondValidatorCall {
            publicKey: validator_public_key(number as u8).into(),
            owner: self.people.validators[number],
            amount: alloy::primitives::aliases::U96::from(hearts(STAKE)),
        };
        Ok(self.evm.send(operator, stakes, &call)?.gas)
    }

    /// A validator's key as its stake has it.
    pub fn validator_key(&mut self, number: u8) -> anyhow::Result<B256> {
        let call = Stakes::validatorKeyCall { publicKey: validator_public_key(number).into() };
        self.evm.view(self.at.stakes, &call)
    }

    /// How fees are divided: a tenth for the app, a third for validators, the rest for one payee.
    pub fn terms(&mut self) -> anyhow::Result<Terms> {
        Ok(Terms {
            expires: self.evm.now()? + 86_400,
            app: self.people.app,
            appBps: 1_000,
            validatorsBps: 3_333,
            payees: vec![Share { to: self.people.payee, bps: 10_000 }],
        })
    }

    /// The requester puts a fee down.
    pub fn escrow(&mut self, request: B256, fee: U256, terms: &Terms) -> anyhow::Result<u64> {
        let (requester, settle) = (self.people.requester, self.at.settle);
        self.fund(requester, settle, fee)?;
        let fee = alloy::primitives::aliases::U96::from(fee);
        let call = Settle::escrowCall { request, fee, terms: terms.clone() };
        Ok(self.evm.send(requester, settle, &call)?.gas)
    }

    /// A claim for both validators.
    pub fn claim(&self, book: &Book, approved: &Approved, terms: &Terms) -> Claim {
        Claim {
            requester: self.people.requester,
            request: approved.request,
            entry: book.entry(approved.index),
            validators: self.people.validators.to_vec(),
            terms: terms.clone(),
        }
    }

    /// What two kiosks say of a head, to a contract.
    pub fn attested(
        &self,
        head: &Checkpoint,
        facts: B256,
        contract: Address,
    ) -> anyhow::Result<(Statement, Vec<Bytes>)> {
        self.attested_by(head, facts, contract, &[0, 1])
    }

    /// What some kiosks say.
    pub fn attested_by(
        &self,
        head: &Checkpoint,
        facts: B256,
        contract: Address,
        kiosks: &[usize],
    ) -> anyhow::Result<(Statement, Vec<Bytes>)> {
        let statement = statement::statement(head, facts);
        let digest = statement::digest(&statement, self.evm.chain_id(), contract);
        let keys: Vec<_> = kiosks.iter().map(|number| &self.kiosks[*number]).collect();
        Ok((statement, sign(digest, &keys)?))
    }

    /// What somebody can fetch.
    pub fn owed(&mut self, account: Address) -> anyhow::Result<U256> {
        self.evm.view(self.at.settle, &Settle::owedCall { account })
    }

    /// What somebody has.
    pub fn balance(&mut self, account: Address) -> anyhow::Result<U256> {
        self.evm.view(self.at.heart, &Heart::balanceOfCall { account })
    }
}
