// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Attested} from "./Attested.sol";
import {Heart} from "./Heart.sol";
import {Stakes} from "./Stakes.sol";
import {Statement} from "./Statements.sol";

/// @title How many Hearts are new, and whose are they?
/// @notice The Thirdening: 12.8 % of the genesis in the first year, a third less in each year after, for a hundred years. A
/// year has 52 weeks, each an epoch of emission. What is emitted up to the end of week w of year y is, in whole numbers,
/// FIRST · (156·(3^y − 2^y) + w·2^y) / (52·3^y), rounded down once: no week's rounding adds to another's.
/// Each week's sum goes to those who staked and signed, by a list under one Merkle root for which kiosks vouch.
/// @dev NOT checked here: who signed how much. Kiosks count that from the log, and anyone can count again. What a list does not
/// give out, or nobody takes, is never minted.
contract Emission is Attested {
    using BitMaps for BitMaps.BitMap;

    /// @notice Atto of the first year.
    uint256 public constant FIRST = (7_800_000_000 ether / 1000) * 128;
    /// @notice Weeks of a year.
    uint256 public constant WEEKS = 52;
    /// @notice Weeks after which nothing is emitted.
    uint256 public constant LAST = 100 * WEEKS;
    /// @notice What is minted.
    Heart public immutable heart;
    /// @notice Begin of the first week, UTC seconds.
    uint64 public immutable start;

    /// @notice What a week's list says, and what was taken of it.
    struct Week {
        bytes32 root;
        uint256 taken;
    }

    /// @notice Lists by week, from 0.
    mapping(uint256 week => Week) public lists;
    mapping(uint256 week => BitMaps.BitMap) private _taken;

    /// @notice A week has its list.
    event Listed(uint256 indexed week, bytes32 root);
    /// @notice A reward was taken.
    event Taken(uint256 indexed week, uint256 indexed index, bytes32 indexed key, address owner, uint256 amount);

    /// @notice The week has not ended, or nothing is emitted in it.
    error NotEnded(uint256 week);
    /// @notice The week has its list.
    error ListedAlready(uint256 week);
    /// @notice The list does not say so.
    error NotListed(uint256 index);
    /// @notice Taken already.
    error TakenAlready(uint256 index);
    /// @notice The list gives out more than the week emits.
    error TooMuch(uint256 amount, uint256 left);
    /// @notice No active stake stands behind the key.
    error NotStaked(bytes32 key);

    /// @param heart_ whose minter this contract is.
    /// @param start_ begin of the first week, UTC seconds.
    constructor(Heart heart_, Stakes stakes_, uint64 start_) Attested(stakes_) {
        (heart, start) = (heart_, start_);
    }

    /// @notice Atto emitted in the first `weeks_` weeks.
    function total(uint256 weeks_) public pure returns (uint256) {
        if (weeks_ > LAST) weeks_ = LAST;
        (uint256 year, uint256 week) = (weeks_ / WEEKS, weeks_ % WEEKS);
        (uint256 two, uint256 three) = (2 ** year, 3 ** year);
        // At most 9.984e26 · 156 · 3^100, which is below 2^256.
        return (FIRST * (3 * WEEKS * (three - two) + week * two)) / (WEEKS * three);
    }

    /// @notice Atto emitted in a week, from 0.
    function ofWeek(uint256 week) public pure returns (uint256) {
        return total(week + 1) - total(week);
    }

    /// @notice What kiosks vouch for when they vouch for a list.
    function facts(uint256 week, bytes32 root) public pure returns (bytes32) {
        return keccak256(abi.encode("wetsign/rewards/1", week, root));
    }

    /// @notice Gives an ended week its list.
    function list(uint256 week, bytes32 root, Statement calldata statement, bytes[] calldata signatures) external {
        if (week >= LAST || block.timestamp < start + (week + 1) * 7 days) revert NotEnded(week);
        if (lists[week].root != 0) revert ListedAlready(week);
        _requireAttested(statement, facts(week, root), signatures);
        lists[week].root = root;
        emit Listed(week, root);
    }

    /// @notice Mints one entry of a list to the owner of its stake; anyone may ask.
    /// @param key operator, kiosk or validator, whose stake is active.
    function take(uint256 week, uint256 index, bytes32 key, uint256 amount, bytes32[] calldata proof) external {
        Week storage w = lists[week];
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(index, key, amount))));
        if (w.root == 0 || !MerkleProof.verifyCalldata(proof, w.root, leaf)) revert NotListed(index);
        if (_taken[week].get(index)) revert TakenAlready(index);
        uint256 left = ofWeek(week) - w.taken;
        if (amount > left) revert TooMuch(amount, left);
        (address owner,,,, Stakes.State state,,) = stakes.stakes(key);
        if (state != Stakes.State.Active) revert NotStaked(key);
        _taken[week].set(index);
        w.taken += amount;
        emit Taken(week, index, key, owner, amount);
        heart.crosschainMint(owner, amount);
    }
}
