//! Assets and their rules: revisions that only grow.

use wetsign_attest::{
    Signed,
    id::Id,
    object::{AssetDescriptor, RulesRevision},
    rules, terms,
};

use super::Ledger;
use crate::{
    error::LedgerError,
    store::records::{self, AssetRecord},
    store::{Batch, Table},
};

impl Ledger {
    /// Registers an asset: its first descriptor and the first revision of its rules. The same again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn register_asset(&self, descriptor: &[u8], rules: &[u8], now: u64) -> Result<(Id, Id), LedgerError> {
        let descriptor = Signed::<AssetDescriptor>::decode(descriptor)?;
        let rules = Signed::<RulesRevision>::decode(rules)?;
        let asset = descriptor.id();
        let _order = self.in_order();
        if let Some(known) = self.asset(&asset)? {
            if known.rules.first() != Some(&rules.id()) {
                return Err(LedgerError::State(format!(
                    "asset {asset} is registered with other rules: revise them"
                )));
            }
            self.logged([asset, rules.id()])?;
            return Ok((asset, rules.id()));
        }
        if descriptor.payload().revision != 1 {
            return Err(LedgerError::Invalid(
                "an asset is registered by the first revision of its descriptor".into(),
            ));
        }
        if rules.payload().number != 1 {
            return Err(LedgerError::Invalid(
                "an asset is registered with the first revision of its rules".into(),
            ));
        }
        may_revise(descriptor.payload(), rules.payload(), &asset, now)?;
        rules::validate(rules.payload())?;
        self.record(&descriptor, &[], Batch::new())?;
        let known = AssetRecord { descriptors: vec![asset], rules: vec![rules.id()] };
        let mut batch = Batch::new();
        batch.put(Table::Asset, &asset.0, &records::encode(&known));
        self.record(&rules, &[asset], batch)?;
        Ok((asset, rules.id()))
    }

    /// Takes the next revision of an asset's rules into force. The newest one again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn revise_rules(&self, rules: &[u8], now: u64) -> Result<(Id, Id), LedgerError> {
        let rules = Signed::<RulesRevision>::decode(rules)?;
        let asset = rules.payload().asset;
        let _order = self.in_order();
        let mut known = self.asset(&asset)?.ok_or_else(|| LedgerError::no("asset", &asset))?;
        let last = *known.rules.last().ok_or_else(|| LedgerError::stored("asset", asset))?;
        if last == rules.id() {
            self.logged([last])?;
            self.judge_waiting(&asset, now)?;
            return Ok((asset, last));
        }
        let next = known.rules.len() as u64 + 1;
        if rules.payload().number != next || rules.payload().previous != Some(last) {
            return Err(LedgerError::State(format!(
                "revision {} follows {}: the next one of this asset is {next} and follows {last}",
                rules.payload().number,
                rules.payload().previous.map_or_else(|| "nothing".to_owned(), |id| id.to_string()),
            )));
        }
        terms::chain_length(known.rules.len() + 1).require().map_err(LedgerError::State)?;
        let (descriptor, _) = self.in_force(&asset)?;
        may_revise(descriptor.payload(), rules.payload(), &asset, now)?;
        rules::validate(rules.payload())?;
        known.rules.push(rules.id());
        let mut batch = Batch::new();
        batch.put(Table::Asset, &asset.0, &records::encode(&known));
        self.record(&rules, &[last], batch)?;
        self.judge_waiting(&asset, now)?;
        Ok((asset, rules.id()))
    }

    /// Descriptor and rules in force.
    pub(super) fn in_force(
        &self,
        asset: &Id,
    ) -> Result<(Signed<AssetDescriptor>, Signed<RulesRevision>), LedgerError> {
        let known = self.asset(asset)?.ok_or_else(|| LedgerError::no("asset", asset))?;
        let last = |list: &[Id]| list.last().copied().ok_or_else(|| LedgerError::stored("asset", asset));
        Ok((
            self.object("descriptor", &last(&known.descriptors)?)?,
            self.object("rules", &last(&known.rules)?)?,
        ))
    }

    pub(super) fn asset(&self, asset: &Id) -> Result<Option<AssetRecord>, LedgerError> {
        match self.store().get(Table::Asset, &asset.0)? {
            Some(bytes) => {
                records::decode(&bytes).map(Some).ok_or_else(|| LedgerError::stored("asset", asset))
            }
            None => Ok(None),
        }
    }
}

fn may_revise(
    descriptor: &AssetDescriptor,
    rules: &RulesRevision,
    asset: &Id,
    now: u64,
) -> Result<(), LedgerError> {
    if rules.asset != *asset {
        return Err(LedgerError::Invalid(format!(
            "the rules are for asset {}, not for {asset}",
            rules.asset
        )));
    }
    terms::may_revise(descriptor, &rules.signed_by, Some(now))
        .require()
        .map_err(|why| LedgerError::Invalid(format!("the rules of asset {asset} are {why}")))
}
