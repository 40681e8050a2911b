// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Royalty} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Royalty.sol";
import {Attested} from "./Attested.sol";
import {Entry, Log} from "./Log.sol";
import {Stakes} from "./Stakes.sol";
import {Statement} from "./Statements.sol";

/// @title Who owns an asset, and under which rules?
/// @notice ERC-721 with ERC-2981 royalties. A token's number is the asset's id: the SHA-256 of its descriptor's first revision.
/// It is minted where that descriptor stands in the log, and moves by an approval that its rules gave: a plain `transferFrom`
/// reverts, as ownership without the container's key would be ownership of nothing. Burning revokes the asset from the next
/// epoch on: registrars read `Burned`.
/// @dev NOT checked here: the owner's signature under the descriptor (Ed25519, or a passkey's), that account and owner are one
/// person, and that keyholders wrapped the container anew for a new owner: k kiosks vouch for the first two, and the new
/// owner looks at the third before paying.
contract AiNft is ERC721Royalty, Attested {
    /// @notice What is anchored of an asset, in three slots (ERC-7857's metadata, as digests).
    /// @param container SHA-256 of the container.
    /// @param rules id of the rules' newest revision.
    /// @param moves how often it moved: an approval moves it once.
    /// @param burned whether it is gone for ever.
    struct Asset {
        bytes32 container;
        bytes32 rules;
        uint64 moves;
        bool burned;
    }

    /// @notice Largest royalty, basis points.
    uint96 public constant MOST_ROYALTY = 2_500;
    /// @notice Assets by number.
    mapping(uint256 id => Asset) public assets;

    /// @notice What is anchored of an asset from now on.
    event Anchored(uint256 indexed id, bytes32 container, bytes32 rules);
    /// @notice An approval moved an asset; its container has to be wrapped anew.
    event Moved(uint256 indexed id, bytes32 indexed approval, address from, address to);
    /// @notice An asset is revoked from the next epoch on.
    event Burned(uint256 indexed id);

    /// @notice An asset moves by an approval of its rules: see `moveTo`.
    error NeedsApproval(uint256 id);
    /// @notice It was burned.
    error Gone(uint256 id);
    /// @notice The caller does not own it.
    error NotOwner(address caller);
    /// @notice More royalty than may be asked.
    error RoyaltyTooHigh(uint96 bps);

    constructor(Stakes stakes_) ERC721("Wetsign AI-NFT", "AINFT") Attested(stakes_) {}

    /// @notice Mints the asset whose descriptor an entry names.
    /// @param entry of the descriptor's first revision.
    function mint(
        address to,
        bytes32 container,
        bytes32 rules,
        uint96 royaltyBps,
        Entry calldata entry,
        Statement calldata statement,
        bytes[] calldata signatures
    ) external returns (uint256 id) {
        bytes32 asset = Log.asset(entry.record);
        id = uint256(asset);
        if (assets[id].burned) revert Gone(id);
        if (royaltyBps > MOST_ROYALTY) revert RoyaltyTooHigh(royaltyBps);
        _requireIncluded(statement, entry);
        _requireAttested(statement, mintFacts(asset, to, container, rules, royaltyBps), signatures);
        assets[id] = Asset(container, rules, 0, false);
        emit Anchored(id, container, rules);
        _setTokenRoyalty(id, to, royaltyBps);
        _mint(to, id);
    }

    /// @notice The owner anchors a new container or newer rules.
    function anchor(uint256 id, bytes32 container, bytes32 rules) external {
        if (ownerOf(id) != msg.sender) revert NotOwner(msg.sender);
        (assets[id].container, assets[id].rules) = (container, rules);
        emit Anchored(id, container, rules);
    }

    /// @notice Moves an asset by an approval of type *transfer*.
    /// @param request what was approved; `entry` is of its approval.
    function moveTo(
        uint256 id,
        address to,
        bytes32 request,
        Entry calldata entry,
        Statement calldata statement,
        bytes[] calldata signatures
    ) external {
        address from = ownerOf(id);
        bytes32 approval = Log.approval(entry.record, request);
        _requireIncluded(statement, entry);
        _requireAttested(statement, moveFacts(id, assets[id].moves, to, approval), signatures);
        ++assets[id].moves;
        emit Moved(id, approval, from, to);
        _transfer(from, to, id);
    }

    /// @notice The owner burns an asset.
    function burn(uint256 id) external {
        if (ownerOf(id) != msg.sender) revert NotOwner(msg.sender);
        assets[id].burned = true;
        emit Burned(id);
        _burn(id);
        _resetTokenRoyalty(id);
    }

    /// @notice Reverts: see `moveTo`.
    function transferFrom(address, address, uint256 id) public pure override {
        revert NeedsApproval(id);
    }

    /// @notice Reverts: nobody but `moveTo` moves.
    function approve(address, uint256 id) public pure override {
        revert NeedsApproval(id);
    }

    /// @notice Reverts: nobody but `moveTo` moves.
    function setApprovalForAll(address, bool) public pure override {
        revert NeedsApproval(0);
    }

    /// @notice What kiosks vouch for when an asset is minted.
    function mintFacts(bytes32 asset, address to, bytes32 container, bytes32 rules, uint96 royaltyBps)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode("wetsign/mint/1", asset, to, container, rules, royaltyBps));
    }

    /// @notice What kiosks vouch for when an asset moves for the `moves`-th time, from 0.
    function moveFacts(uint256 id, uint64 moves, address to, bytes32 approval) public pure returns (bytes32) {
        return keccak256(abi.encode("wetsign/move/1", id, moves, to, approval));
    }
}
