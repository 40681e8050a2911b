//! Assets, badges, and what others' agents learn.

use alloy::primitives::{Address, B256, FixedBytes, U256};
use alloy::sol_types::SolConstructor as _;
use wetsign_chain::contracts::{AiNft, Attested, Badge, Heart, Stakes, Validation};
use wetsign_chain_tests::book::Book;
use wetsign_chain_tests::evm::code;
use wetsign_chain_tests::world::World;

use crate::staked;

/// Mints an asset of the requester's; its number.
fn minted(world: &mut World, book: &mut Book, owner: Address) -> (U256, AiNft::mintCall) {
    let (asset, index) = book.describe("Her voice").unwrap();
    let nft = world.at.nft;
    let (container, rules) = (B256::repeat_byte(1), B256::repeat_byte(2));
    let royalty = alloy::primitives::aliases::U96::from(500);
    let facts = AiNft::mintFactsCall { asset, to: owner, container, rules, royaltyBps: royalty };
    let facts = world.evm.view(nft, &facts).unwrap();
    let (statement, signatures) = world.attested(&book.head(), facts, nft).unwrap();
    let entry = book.entry(index);
    let call =
        AiNft::mintCall { to: owner, container, rules, royaltyBps: royalty, entry, statement, signatures };
    world.evm.send(world.people.stranger, nft, &call).unwrap();
    (asset.into(), call)
}

#[test]
fn an_asset_is_minted_once_from_its_logged_descriptor_with_what_kiosks_vouch_for() {
    let (mut world, mut book) = (staked(), Book::with(9).unwrap());
    let (owner, nft, anyone) = (world.people.requester, world.at.nft, world.people.stranger);
    let (id, call) = minted(&mut world, &mut book, owner);
    assert_eq!(world.evm.view(nft, &AiNft::ownerOfCall { id }).unwrap(), owner);
    let asset = world.evm.view(nft, &AiNft::assetsCall { id }).unwrap();
    assert_eq!((asset.container, asset.rules), (call.container, call.rules));
    let royalty = world.evm.view(nft, &AiNft::royaltyInfoCall { id, price: U256::from(1000) }).unwrap();
    assert_eq!((royalty.to, royalty.amount), (owner, U256::from(50)));
    world.evm.refused::<AiNft::ERC721InvalidSender>(anyone, nft, &call).unwrap();
    let stolen = AiNft::mintCall { to: anyone, ..call.clone() };
    world.evm.refused::<Attested::OtherFacts>(anyone, nft, &stolen).unwrap();
    let mut approval = call;
    let approved = book.approve(1, "A story.", 1).unwrap();
    approval.entry = book.entry(approved.index);
    world.evm.refused::<Attested::RecordMalformed>(anyone, nft, &approval).unwrap();
}

#[test]
fn nothing_but_an_approval_moves_an_asset_and_each_moves_it_once() {
    let (mut world, mut book) = (staked(), Book::with(9).unwrap());
    let (owner, nft, buyer) = (world.people.requester, world.at.nft, world.people.stranger);
    let (id, _) = minted(&mut world, &mut book, owner);
    let e = &mut world.evm;
    let (from, to) = (owner, buyer);
    e.refused::<AiNft::NeedsApproval>(owner, nft, &AiNft::transferFromCall { from, to, id }).unwrap();
    e.refused::<AiNft::NeedsApproval>(owner, nft, &AiNft::safeTransferFromCall { from, to, id }).unwrap();
    e.refused::<AiNft::NeedsApproval>(owner, nft, &AiNft::approveCall { to, id }).unwrap();
    let all = AiNft::setApprovalForAllCall { operator: buyer, approved: true };
    e.refused::<AiNft::NeedsApproval>(owner, nft, &all).unwrap();

    let moved = |world: &mut World, book: &mut Book, number, moves, to| {
        let approved = book.approve(number, "Transfer.", 2).unwrap();
        let facts = AiNft::moveFactsCall { id, moves, to, approval: approved.approval };
        let facts = world.evm.view(nft, &facts).unwrap();
        let (statement, signatures) = world.attested(&book.head(), facts, nft).unwrap();
        let (request, entry) = (approved.request, book.entry(approved.index));
        AiNft::moveToCall { id, to, request, entry, statement, signatures }
    };
    let there = moved(&mut world, &mut book, 1, 0, buyer);
    world.evm.send(buyer, nft, &there).unwrap();
    assert_eq!(world.evm.view(nft, &AiNft::ownerOfCall { id }).unwrap(), buyer);
    let back = moved(&mut world, &mut book, 2, 1, owner);
    world.evm.send(buyer, nft, &back).unwrap();
    // The first approval does not take it away again.
    world.evm.refused::<Attested::OtherFacts>(buyer, nft, &there).unwrap();
    assert_eq!(world.evm.view(nft, &AiNft::ownerOfCall { id }).unwrap(), owner);
}

#[test]
fn a_burned_asset_is_gone_for_ever() {
    let (mut world, mut book) = (staked(), Book::with(9).unwrap());
    let (owner, nft, anyone) = (world.people.requester, world.at.nft, world.people.stranger);
    let (id, call) = minted(&mut world, &mut book, owner);
    world.evm.refused::<AiNft::NotOwner>(anyone, nft, &AiNft::burnCall { id }).unwrap();
    let anchor = AiNft::anchorCall { id, container: B256::ZERO, rules: B256::ZERO };
    world.evm.refused::<AiNft::NotOwner>(anyone, nft, &anchor).unwrap();
    world.evm.send(owner, nft, &anchor).unwrap();
    world.evm.send(owner, nft, &AiNft::burnCall { id }).unwrap();
    world.evm.refused::<AiNft::ERC721NonexistentToken>(anyone, nft, &AiNft::ownerOfCall { id }).unwrap();
    world.evm.refused::<AiNft::Gone>(anyone, nft, &call).unwrap();
}

fn made(world: &mut World, name: &str, arguments: &[u8]) -> Address {
    let made = code(world.contracts.get(name).unwrap(), arguments);
    world.evm.deploy(made).unwrap().0
}

#[test]
fn a_badge_is_a_validators_and_stays_theirs_while_the_stake_counts() {
    let mut world = staked();
    let (stakes, anyone, owner) = (world.at.stakes, world.people.stranger, world.people.validators[0]);
    let badge = made(&mut world, "Badge", &Badge::constructorCall { stakes }.abi_encode());
    let key = world.validator_key(0).unwrap();
    let kiosk = wetsign_chain_tests::world::account_key(world.kiosks[0].address());
    let e = &mut world.evm;
    e.refused::<Badge::NotValidator>(anyone, badge, &Badge::giveCall { key: kiosk }).unwrap();
    e.send(anyone, badge, &Badge::giveCall { key }).unwrap();
    let id = U256::from_be_bytes(key.0);
    assert!(e.view(badge, &Badge::lockedCall { id }).unwrap());
    let transfer = Badge::transferFromCall { from: owner, to: anyone, id };
    e.refused::<Badge::Soulbound>(owner, badge, &transfer).unwrap();
    e.refused::<Badge::StillValidator>(anyone, badge, &Badge::takeCall { key }).unwrap();
    e.send(owner, stakes, &Stakes::unbondCall { key }).unwrap();
    e.send(anyone, badge, &Badge::takeCall { key }).unwrap();
}

#[test]
fn interfaces_are_answered_right() {
    let mut world = staked();
    let stakes = world.at.stakes;
    let badge = made(&mut world, "Badge", &Badge::constructorCall { stakes }.abi_encode());
    // ERC-165, 721, 721 metadata, 2981, 5192, 7802, and what nobody has.
    let ids = ["01ffc9a7", "80ac58cd", "5b5e139f", "2a55205a", "b45a3c0e", "33331994", "ffffffff"];
    let told = |world: &mut World, to| {
        ids.map(|id| {
            let id: FixedBytes<4> = id.parse().unwrap();
            world.evm.view(to, &Heart::supportsInterfaceCall { id }).unwrap()
        })
    };
    let (nft, heart) = (world.at.nft, world.at.heart);
    assert_eq!(told(&mut world, nft), [true, true, true, true, false, false, false]);
    assert_eq!(told(&mut world, badge), [true, true, true, false, true, false, false]);
    assert_eq!(told(&mut world, heart), [true, false, false, false, false, true, false]);
}

alloy::sol! {
    contract Agents {
        function validationRequest(address validator, uint256 agent, string uri, bytes32 requestHash) external;
        function asked(bytes32 requestHash) external view returns (
            address validator, uint8 response, bytes32 responseHash, string tag
        );
        error NotAsked(bytes32 requestHash, address validator);
    }
}

#[test]
fn an_agents_question_is_answered_with_the_approval() {
    let (mut world, mut book) = (staked(), Book::with(9).unwrap());
    let approved = book.approve(1, "A story.", 2).unwrap();
    let registry = made(&mut world, "Agents", &[]);
    let (stakes, anyone) = (world.at.stakes, world.people.stranger);
    let validation =
        made(&mut world, "Validation", &Validation::constructorCall { stakes, registry }.abi_encode());
    let (request, uri) = (approved.request, "ipfs://bundle".to_owned());
    let facts = Validation::factsCall { request, approval: approved.approval, uri: uri.clone() };
    let facts = world.evm.view(validation, &facts).unwrap();
    let (statement, signatures) = world.attested(&book.head(), facts, validation).unwrap();
    let entry = book.entry(approved.index);
    let tell = Validation::tellCall { request, uri: uri.clone(), entry, statement, signatures };
    world.evm.refused::<Agents::NotAsked>(anyone, validation, &tell).unwrap();
    let ask = Agents::validationRequestCall {
        validator: validation,
        agent: U256::from(1),
        uri,
        requestHash: request,
    };
    world.evm.send(anyone, registry, &ask).unwrap();
    world.evm.send(anyone, validation, &tell).unwrap();
    let told = world.evm.view(registry, &Agents::askedCall { requestHash: request }).unwrap();
    assert_eq!((told.response, told.responseHash, told.tag.as_str()), (100, approved.approval, "wetsign/1"));
}
