// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Attested} from "./Attested.sol";
import {Entry, Log} from "./Log.sol";
import {IMatchVerifier, ProofRegistry} from "./ProofRegistry.sol";
import {Stakes} from "./Stakes.sol";
import {Statement} from "./Statements.sol";

/// @title Who is paid for an approval?
/// @notice Holds a request's fee until k kiosks vouch for a log's head that holds the request's approval; then it belongs, to
/// the atto, to payees, app and validators, who fetch it. It goes back on refusal, decline or expiry.
/// @dev NOT checked here: the approval itself (signatures, rules, attestations: `wetsign verify` does), whether the terms are
/// those of the asset's descriptor, and which validators co-signed: k kiosks vouch for these. Where a match proof is brought,
/// it is checked on chain.
contract Settle is Attested, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice A share of a whole.
    struct Share {
        address to;
        uint16 bps;
    }

    /// @notice How a fee is divided: first app and validators, then the payees, whose shares sum to 10,000. Roundings go to the
    /// first payee, and among validators to the first.
    struct Terms {
        uint64 expires;
        address app;
        uint16 appBps;
        uint16 validatorsBps;
        Share[] payees;
    }

    /// @notice A fee that waits. One that was paid or refunded keeps its requester, and holds nothing.
    struct Escrow {
        address requester;
        uint96 fee;
        bytes32 terms;
    }

    /// @notice An approval, as its record in the log and k kiosks tell it.
    struct Claim {
        address requester;
        bytes32 request;
        Entry entry;
        address[] validators;
        Terms terms;
    }

    /// @dev What an account earned and took, in one slot that never becomes empty again.
    struct Account {
        uint128 earned;
        uint128 taken;
    }

    /// @notice How long after its expiry a request can still be settled, and not yet be refunded without the kiosks' word.
    uint64 public constant GRACE = 7 days;
    /// @notice Payees and validators of one approval, at most each.
    uint256 public constant MOST = 16;
    /// @notice What fees are paid in.
    IERC20 public immutable token;
    /// @notice Where match proofs are taken.
    ProofRegistry public immutable registry;
    /// @notice Fees by `escrowKey`.
    mapping(bytes32 key => Escrow) public escrows;
    mapping(address account => Account) private _accounts;

    /// @notice A fee waits.
    event Escrowed(bytes32 indexed request, address indexed requester, uint256 fee, Terms terms);
    /// @notice An approval was settled.
    event Settled(bytes32 indexed request, bytes32 indexed approval, address indexed requester, uint256 fee);
    /// @notice Somebody has more to fetch.
    event Earned(bytes32 indexed request, address indexed account, uint256 amount);
    /// @notice A fee went back.
    event Refunded(bytes32 indexed request, address indexed requester, uint256 fee);
    /// @notice Somebody fetched what was theirs.
    event Fetched(address indexed account, uint256 amount);

    /// @notice The requester has put down a fee for this request before.
    error EscrowedAlready(bytes32 request);
    /// @notice No fee waits.
    error NothingEscrowed(bytes32 request);
    /// @notice Terms that do not divide a whole, or never end.
    error TermsMalformed();
    /// @notice Other terms than those that the fee was put down under.
    error OtherTerms(bytes32 request);
    /// @notice A token that does not arrive whole cannot be divided.
    error FeeOnTransfer(uint256 sent, uint256 arrived);
    /// @notice The proof is of another request.
    error OtherRequest(uint256 found, uint256 expected);
    /// @notice Not yet.
    error TooEarly(uint64 until);
    /// @notice No validator, or too many.
    error Validators(uint256 count);

    constructor(IERC20 token_, Stakes stakes_, ProofRegistry registry_) Attested(stakes_) {
        (token, registry) = (token_, registry_);
    }

    /// @notice Puts down the caller's fee for a request.
    function escrow(bytes32 request, uint96 fee, Terms calldata terms) external nonReentrant {
        Escrow storage e = escrows[escrowKey(msg.sender, request)];
        if (e.requester != address(0)) revert EscrowedAlready(request);
        _check(terms);
        if (fee == 0) revert NothingEscrowed(request);
        (e.requester, e.fee, e.terms) = (msg.sender, fee, keccak256(abi.encode(terms)));
        emit Escrowed(request, msg.sender, fee, terms);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), fee);
        uint256 arrived = token.balanceOf(address(this)) - before;
        if (arrived != fee) revert FeeOnTransfer(fee, arrived);
    }

    /// @notice Settles approvals of one head of a log, whose statement's facts are `settlementFacts` of their `claimFacts`.
    function settle(Statement calldata statement, Claim[] calldata claims, bytes[] calldata signatures) external {
        bytes32[] memory items = new bytes32[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) items[i] = _settle(statement, claims[i]);
        _requireAttested(statement, settlementFacts(items), signatures);
    }

    /// @notice Settles one approval, and takes a match proof for it on chain.
    function settleProved(
        Statement calldata statement,
        Claim calldata claim,
        bytes[] calldata signatures,
        IMatchVerifier verifier,
        uint256[8] calldata proof,
        uint256[9] calldata input
    ) external {
        // A proof's request_id is the first 31 bytes of the request's id.
        if (input[3] != uint256(claim.request) >> 8) revert OtherRequest(input[3], uint256(claim.request) >> 8);
        bytes32[] memory items = new bytes32[](1);
        items[0] = _settle(statement, claim);
        _requireAttested(statement, settlementFacts(items), signatures);
        registry.submit(verifier, proof, input);
    }

    /// @notice Gives a fee back on the kiosks' word that the request was refused or declined.
    function refuse(address requester, bytes32 request, Statement calldata statement, bytes[] calldata signatures)
        external
    {
        _requireAttested(statement, refusalFacts(requester, request), signatures);
        _refund(requester, request);
    }

    /// @notice Gives a fee back some days after its request expired; anyone may ask.
    function expire(address requester, bytes32 request, Terms calldata terms) external {
        if (escrows[escrowKey(requester, request)].terms != keccak256(abi.encode(terms))) revert OtherTerms(request);
        uint64 until = terms.expires + GRACE;
        if (block.timestamp <= until) revert TooEarly(until);
        _refund(requester, request);
    }

    /// @notice Sends an account what it earned; anyone may ask.
    function fetch(address account) external nonReentrant returns (uint256 amount) {
        Account storage a = _accounts[account];
        amount = a.earned - a.taken;
        a.taken = a.earned;
        emit Fetched(account, amount);
        token.safeTransfer(account, amount);
    }

    /// @notice What an account can fetch, atto.
    function owed(address account) external view returns (uint256) {
        Account storage a = _accounts[account];
        return a.earned - a.taken;
    }

    /// @notice Under what a fee waits: nobody can occupy another's request.
    function escrowKey(address requester, bytes32 request) public pure returns (bytes32) {
        return keccak256(abi.encode(requester, request));
    }

    /// @notice What kiosks vouch for in one approval.
    function claimFacts(
        address requester,
        bytes32 request,
        bytes32 approval,
        bytes32 terms,
        address[] calldata validators
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(requester, request, approval, terms, validators));
    }

    /// @notice What kiosks vouch for in several.
    function settlementFacts(bytes32[] memory items) public pure returns (bytes32) {
        return keccak256(abi.encode("wetsign/settlement/1", items));
    }

    /// @notice What kiosks vouch for when a request came to nothing.
    function refusalFacts(address requester, bytes32 request) public pure returns (bytes32) {
        return keccak256(abi.encode("wetsign/refund/1", requester, request));
    }

    function _settle(Statement calldata statement, Claim calldata claim) private returns (bytes32 facts) {
        bytes32 approval = Log.approval(claim.entry.record, claim.request);
        _requireIncluded(statement, claim.entry);
        bytes32 terms = keccak256(abi.encode(claim.terms));
        (uint256 fee, bytes32 kept) = _close(claim.requester, claim.request);
        if (kept != terms) revert OtherTerms(claim.request);
        emit Settled(claim.request, approval, claim.requester, fee);
        _divide(claim, fee);
        return claimFacts(claim.requester, claim.request, approval, terms, claim.validators);
    }

    function _divide(Claim calldata claim, uint256 fee) private {
        Terms calldata terms = claim.terms;
        uint256 count = claim.validators.length;
        if (count == 0 || count > MOST) revert Validators(count);
        uint256 app = (fee * terms.appBps) / 10_000;
        uint256 validators = (fee * terms.validatorsBps) / 10_000;
        uint256 rest = fee - app - validators;
        _earn(claim.request, terms.app, app);
        uint256 each = validators / count;
        for (uint256 i = 1; i < count; ++i) _earn(claim.request, claim.validators[i], each);
        _earn(claim.request, claim.validators[0], validators - each * (count - 1));
        uint256 left = rest;
        for (uint256 i = 1; i < terms.payees.length; ++i) {
            uint256 part = (rest * terms.payees[i].bps) / 10_000;
            left -= part;
            _earn(claim.request, terms.payees[i].to, part);
        }
        _earn(claim.request, terms.payees[0].to, left);
    }

    function _refund(address requester, bytes32 request) private {
        (uint256 fee,) = _close(requester, request);
        emit Refunded(request, requester, fee);
        _earn(request, requester, fee);
    }

    function _close(address requester, bytes32 request) private returns (uint256 fee, bytes32 terms) {
        Escrow storage e = escrows[escrowKey(requester, request)];
        (fee, terms) = (e.fee, e.terms);
        if (fee == 0) revert NothingEscrowed(request);
        (e.fee, e.terms) = (0, 0);
    }

    function _earn(bytes32 request, address account, uint256 amount) private {
        if (amount == 0) return;
        _accounts[account].earned += uint128(amount);
        emit Earned(request, account, amount);
    }

    function _check(Terms calldata terms) private pure {
        uint256 count = terms.payees.length;
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            if (terms.payees[i].to == address(0)) revert TermsMalformed();
            sum += terms.payees[i].bps;
        }
        bool app = terms.app != address(0) || terms.appBps == 0;
        bool whole = uint256(terms.appBps) + terms.validatorsBps <= 10_000;
        // Else the fee could never go back.
        bool ends = terms.expires <= type(uint64).max - GRACE;
        if (count == 0 || count > MOST || sum != 10_000 || !app || !whole || !ends) revert TermsMalformed();
    }
}
