//! A second chain, and the bridge between both.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor as _;
use wetsign_chain::contracts::{Bridge, Gateway, HeadsAway, HeadsHome, Heart};
use wetsign_chain::statement::sign;

use crate::evm::{Done, Evm, code, hearts};
use crate::world::World;

/// Hearts that may cross in a day.
pub const LIMIT: u64 = 500;

/// Two chains.
pub struct Pair {
    /// The chain of origin.
    pub home: World,
    /// The other one.
    pub away: Box<dyn Evm>,
    /// Keys of three operators; two of them have to sign.
    pub operators: Vec<PrivateKeySigner>,
    /// Gateway, bridge and heads at home.
    pub here: Side,
    /// The same away.
    pub there: Side,
}

/// One side of the bridge.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Carries messages.
    pub gateway: Address,
    /// Carries Hearts.
    pub bridge: Address,
    /// Carries logs' heads.
    pub heads: Address,
    /// The token.
    pub heart: Address,
}

/// An account on a chain as bytes (ERC-7930); none for the chain itself.
pub fn interoperable(chain: u64, account: Option<Address>) -> Bytes {
    let number = chain.to_be_bytes();
    let chain = &number[(chain.leading_zeros() / 8) as usize..];
    let account = account.map_or(vec![], |account| account.to_vec());
    [&[0, 1, 0, 0, chain.len() as u8][..], chain, &[account.len() as u8], &account].concat().into()
}

impl Pair {
    /// Deploys both sides and links them.
    pub fn link(mut home: World, mut away: Box<dyn Evm>) -> anyhow::Result<Self> {
        let mut operators = (11..=13)
            .map(|n| PrivateKeySigner::from_bytes(&B256::repeat_byte(n)))
            .collect::<Result<Vec<_>, _>>()?;
        operators.sort_by_key(PrivateKeySigner::address);
        let named: Vec<_> = operators.iter().map(PrivateKeySigner::address).collect();
        let (owner, other) = (home.people.deployer, away.sender());
        let away_nonce = away.nonce(other)?;
        let (home_gateway, away_gateway) = (owner.create(home.evm.nonce(owner)?), other.create(away_nonce));
        let gateway = |owner, chain: u64, remote| {
            let (threshold, chain) = (U256::from(2), U256::from(chain));
            let operators = named.clone();
            Gateway::constructorCall {
                owner,
                threshold,
                operators,
                remoteChain: chain,
                remoteGateway: remote,
            }
            .abi_encode()
        };
        let contracts = home.contracts.clone();
        let (home_id, away_id) = (home.evm.chain_id(), away.chain_id());
        let make = |evm: &mut dyn Evm, name: &str, arguments: Vec<u8>| {
            Ok::<_, anyhow::Error>(evm.deploy(code(contracts.get(name)?, &arguments))?.0)
        };
        let limit = hearts(LIMIT);
        let h = home.evm.as_mut();
        let here = Side {
            gateway: make(h, "Gateway", gateway(owner, away_id, away_gateway))?,
            bridge: make(
                h,
                "BridgeHome",
                Bridge::constructorCall { token: home.at.heart, limit }.abi_encode(),
            )?,
            heads: make(h, "HeadsHome", HeadsHome::constructorCall { stakes: home.at.stakes }.abi_encode())?,
            heart: home.at.heart,
        };
        let a = away.as_mut();
        let gateway = make(a, "Gateway", gateway(other, home_id, home_gateway))?;
        let minter = other.create(away_nonce + 2);
        let none = Heart::constructorCall { minter, accounts: vec![], shares: vec![] };
        let heart = make(a, "Heart", none.abi_encode())?;
        let bridge = make(a, "BridgeAway", Bridge::constructorCall { token: heart, limit }.abi_encode())?;
        let heads = make(a, "HeadsAway", HeadsAway::constructorCall {}.abi_encode())?;
        let there = Side { gateway, bridge, heads, heart };
        for (mine, theirs) in [(here.bridge, there.bridge), (here.heads, there.heads)] {
            let counterpart = interoperable(away_id, Some(theirs));
            home.evm.send(owner, mine, &Bridge::linkCall { gateway: here.gateway, counterpart })?;
            let counterpart = interoperable(home_id, Some(mine));
            away.send(other, theirs, &Bridge::linkCall { gateway: there.gateway, counterpart })?;
        }
        Ok(Self { home, away, operators, here, there })
    }

    /// A message that was posted at home, under the signatures of some operators.
    pub fn signed(
        &mut self,
        posted: &Gateway::Posted,
        operators: &[usize],
    ) -> anyhow::Result<Gateway::deliverCall> {
        signed(
            self.away.as_mut(),
            self.there.gateway,
            posted,
            operators.iter().map(|at| &self.operators[*at]),
        )
    }

    /// Carries what a transaction at home posted.
    pub fn carry_away(&mut self, done: &Done) -> anyhow::Result<Done> {
        let call = self.signed(&done.told()?, &[0, 1])?;
        self.away.send(self.away.sender(), self.there.gateway, &call)
    }

    /// Carries what a transaction away posted.
    pub fn carry_home(&mut self, done: &Done) -> anyhow::Result<Done> {
        let operators = self.operators[1..].iter();
        let call = signed(self.home.evm.as_mut(), self.here.gateway, &done.told()?, operators)?;
        self.home.evm.send(self.home.people.stranger, self.here.gateway, &call)
    }

    /// Locks Hearts of an account at home, for somebody away.
    pub fn lock(&mut self, from: Address, to: Address, amount: U256) -> anyhow::Result<Done> {
        self.home.evm.send(
            from,
            self.here.heart,
            &Heart::approveCall { spender: self.here.bridge, value: amount },
        )?;
        let to = interoperable(self.away.chain_id(), Some(to));
        self.home.evm.send(from, self.here.bridge, &Bridge::crosschainTransferCall { to, amount })
    }

    /// Burns Hearts of an account away, for somebody at home.
    pub fn burn(&mut self, from: Address, to: Address, amount: U256) -> anyhow::Result<Done> {
        self.away.send(
            from,
            self.there.heart,
            &Heart::approveCall { spender: self.there.bridge, value: amount },
        )?;
        let to = interoperable(self.home.evm.chain_id(), Some(to));
        self.away.send(from, self.there.bridge, &Bridge::crosschainTransferCall { to, amount })
    }

    /// Hearts that exist away.
    pub fn minted(&mut self) -> anyhow::Result<U256> {
        self.away.view(self.there.heart, &Heart::totalSupplyCall {})
    }

    /// Hearts that wait at home.
    pub fn locked(&mut self) -> anyhow::Result<U256> {
        self.home.balance(self.here.bridge)
    }
}

fn signed<'a>(
    evm: &mut dyn Evm,
    gateway: Address,
    posted: &Gateway::Posted,
    operators: impl Iterator<Item = &'a PrivateKeySigner>,
) -> anyhow::Result<Gateway::deliverCall> {
    let Gateway::Posted { sequence, sender, recipient, payload } = posted.clone();
    let asked = Gateway::digestCall {
        sequence,
        sender: sender.clone(),
        recipient: recipient.clone(),
        payload: payload.clone(),
    };
    let signatures = sign(evm.view(gateway, &asked)?, &operators.collect::<Vec<_>>())?;
    Ok(Gateway::deliverCall { sequence, sender, recipient, payload, signatures })
}
