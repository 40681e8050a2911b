// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IMatchVerifier, ProofRegistry} from "./ProofRegistry.sol";
import {Stakes} from "./Stakes.sol";
import {Statement, Statements} from "./Statements.sol";

/// @title Whose stake is lost?
/// @notice Slashes at once what it can check itself: two heads of one log and size with different roots under one kiosk's key;
/// two match proofs with one nullifier and two signals under one validator's key. Everything else is an accusation with a
/// bond: 7 days to answer, then operators vote by stake for 7 days, then there is one appeal to a second, larger vote.
/// Silence is an admission. Who is found guilty is jailed from then on. Who loses an accusation or an appeal loses its bond.
/// @dev NOT checked here: why somebody signed twice. A kiosk that releases the *same* bytes again after a crash is not
/// slashable, as neither root nor signal differ. A proof under a development key could be forged by anyone: only keys that
/// `ProofRegistry` accepts count, and only epochs that it knows. Who has root on a kiosk and keeps a validator's secret can
/// make two proofs in that validator's name. Votes are the operators' judgement.
contract Court {
    using SafeERC20 for IERC20;
    using Statements for Statement;

    /// @notice A kiosk's statement, and where it was to count.
    struct Said {
        uint256 chain;
        address verifying;
        Statement statement;
        bytes signature;
    }

    /// @notice A match proof.
    struct Proved {
        IMatchVerifier verifier;
        uint256[8] proof;
        uint256[9] input;
    }

    /// @notice Where an accusation stands.
    enum Stage {
        None,
        Open,
        Voting,
        Decided,
        Appealed,
        Closed
    }

    /// @notice An accusation. `bond` is the accuser's, `appealBond` of who appealed; `jailed` if this case jailed.
    struct Case {
        bytes32 accused;
        address accuser;
        uint96 bond;
        address appellant;
        uint96 appealBond;
        uint64 until;
        Stage stage;
        bool guilty;
        bool jailed;
        uint128 yes;
        uint128 no;
    }

    /// @notice Time to answer, to vote, and to appeal.
    uint64 public constant WINDOW = 7 days;
    /// @notice Guilt by vote takes at least one part in so many of all active operators' stake.
    uint256 public constant TURNOUT = 4;
    /// @notice Basis points that an accusation costs its loser.
    uint16 public constant BY_VOTE = 5_000;
    /// @notice Who is jailed, held and slashed.
    Stakes public stakes;
    /// @notice Which keys and epochs count for match proofs.
    ProofRegistry public immutable registry;
    /// @notice What bonds are paid in.
    IERC20 public immutable token;
    /// @notice Atto of an accusation's bond; an appeal costs twice as much.
    uint96 public immutable bond;
    address private immutable _deployer;

    /// @notice Accusations, from 1.
    mapping(uint256 id => Case) public cases;
    /// @notice How many there are.
    uint256 public count;
    mapping(bytes32 ballot => bool) private _voted;

    /// @notice A kiosk signed two heads of one size.
    event Equivocated(address indexed kiosk, bytes32 indexed log, uint64 size);
    /// @notice A validator proved one request twice.
    event MatchedTwice(bytes32 indexed validator, uint256 indexed nullifier, uint256 one, uint256 other);
    /// @notice Somebody is accused; `evidence` is the SHA-256 of what the accuser publishes.
    event Accused(uint256 indexed id, bytes32 indexed accused, address indexed accuser, bytes32 evidence);
    /// @notice The accused answered; `record` is what they publish.
    event Answered(uint256 indexed id, bytes record);
    /// @notice An operator voted.
    event Voted(uint256 indexed id, address indexed operator, bool guilty, uint256 weight);
    /// @notice A vote, or silence, decided.
    event Decided(uint256 indexed id, bool guilty);
    /// @notice There is a second vote.
    event Appealed(uint256 indexed id, address indexed appellant);
    /// @notice It is over.
    event Closed(uint256 indexed id, bool guilty);

    /// @notice The stakes are set once, by who deployed.
    error StakesSet();
    /// @notice Heads that do not contradict each other.
    error NoContradiction();
    /// @notice The signatures are of different keys.
    error OtherSigner(address one, address other);
    /// @notice The registry does not accept the verifier.
    error KeyNotAccepted(address verifier);
    /// @notice No epoch had this root.
    error RootUnknown(uint256 root);
    /// @notice The proof does not hold.
    error ProofRefused();
    /// @notice The case is elsewhere.
    error WrongStage(Stage stage);
    /// @notice Too early, or too late.
    error WrongTime(uint64 until);
    /// @notice The caller does not own the accused stake.
    error NotAccused(address caller);
    /// @notice The caller is no operator with an active stake, or is the accused's own.
    error NoVote(address caller);
    /// @notice Voted already.
    error VotedAlready(address caller);
    /// @notice An answer has 1 to 4096 bytes.
    error AnswerLength(uint256 length);

    constructor(IERC20 token_, ProofRegistry registry_, uint96 bond_) {
        (token, registry, bond, _deployer) = (token_, registry_, bond_, msg.sender);
    }

    /// @notice Names the stakes, once: they name this court when they are made.
    function setStakes(Stakes stakes_) external {
        if (msg.sender != _deployer || address(stakes) != address(0)) revert StakesSet();
        stakes = stakes_;
    }

    /// @notice Two heads of one log and size with different roots: the kiosk's whole stake.
    function equivocated(Said calldata one, Said calldata other) external {
        Statement calldata a = one.statement;
        Statement calldata b = other.statement;
        if (a.log != b.log || a.size != b.size || a.root == b.root) revert NoContradiction();
        address kiosk = _signer(one);
        address second = _signer(other);
        if (kiosk != second) revert OtherSigner(kiosk, second);
        emit Equivocated(kiosk, a.log, a.size);
        stakes.slash(bytes32(uint256(uint160(kiosk))), 10_000, msg.sender);
    }

    /// @notice Two match proofs with one nullifier and two signals: the validator's whole stake.
    function matchedTwice(Proved calldata one, Proved calldata other) external {
        bool same = one.input[1] == other.input[1] && one.input[6] == other.input[6];
        if (!same || one.input[4] == other.input[4]) revert NoContradiction();
        _holds(one);
        _holds(other);
        bytes32 validator = bytes32(one.input[6]);
        emit MatchedTwice(validator, one.input[1], one.input[4], other.input[4]);
        stakes.slash(validator, 10_000, msg.sender);
    }

    /// @notice Accuses with a bond. The accused's stake cannot be withdrawn until it is over.
    function accuse(bytes32 accused, bytes32 evidence) external returns (uint256 id) {
        id = ++count;
        Case storage c = cases[id];
        (c.accused, c.accuser, c.bond, c.stage) = (accused, msg.sender, bond, Stage.Open);
        c.until = uint64(block.timestamp) + WINDOW;
        emit Accused(id, accused, msg.sender, evidence);
        stakes.hold(accused, true);
        token.safeTransferFrom(msg.sender, address(this), bond);
    }

    /// @notice The accused answers within the window; operators vote from now on.
    function answer(uint256 id, bytes calldata record) external {
        Case storage c = cases[id];
        if (c.stage != Stage.Open) revert WrongStage(c.stage);
        if (block.timestamp > c.until) revert WrongTime(c.until);
        if (record.length == 0 || record.length > 4096) revert AnswerLength(record.length);
        (address owner,,,,,,) = stakes.stakes(c.accused);
        if (msg.sender != owner) revert NotAccused(msg.sender);
        (c.stage, c.until) = (Stage.Voting, uint64(block.timestamp) + WINDOW);
        emit Answered(id, record);
    }

    /// @notice An operator votes, by stake, once in each vote. Nobody votes on a stake of their own.
    function vote(uint256 id, bool guilty) external {
        Case storage c = cases[id];
        if (c.stage != Stage.Voting && c.stage != Stage.Appealed) revert WrongStage(c.stage);
        if (block.timestamp > c.until) revert WrongTime(c.until);
        (, uint96 weight,, Stakes.Role role, Stakes.State state,,) =
            stakes.stakes(bytes32(uint256(uint160(msg.sender))));
        (,, address operator,,,,) = stakes.stakes(c.accused);
        bool may = role == Stakes.Role.Operator && state == Stakes.State.Active;
        if (!may || operator == msg.sender || c.accuser == msg.sender) revert NoVote(msg.sender);
        bytes32 ballot = keccak256(abi.encode(id, c.stage, msg.sender));
        if (_voted[ballot]) revert VotedAlready(msg.sender);
        _voted[ballot] = true;
        if (guilty) c.yes += weight;
        else c.no += weight;
        emit Voted(id, msg.sender, guilty, weight);
    }

    /// @notice Counts, once the time is over: the accused's silence is guilt; a tie, or too few votes for guilt, is none. A
    /// first decision can be appealed.
    function decide(uint256 id) external {
        Case storage c = cases[id];
        if (c.stage != Stage.Open && c.stage != Stage.Voting && c.stage != Stage.Appealed) revert WrongStage(c.stage);
        if (block.timestamp <= c.until) revert WrongTime(c.until);
        // Few voices convict nobody, so that one small operator cannot where the others are silent.
        bool enough = c.yes * TURNOUT >= stakes.operating();
        bool guilty = c.stage == Stage.Open || (c.yes > c.no && enough);
        // An appeal overturns only with votes of its own.
        if (c.stage == Stage.Appealed && c.yes == c.no) guilty = c.guilty;
        emit Decided(id, guilty);
        if (c.stage == Stage.Appealed) {
            bool overturned = guilty != c.guilty;
            c.guilty = guilty;
            _close(id, c, overturned);
        } else {
            (c.guilty, c.stage, c.until) = (guilty, Stage.Decided, uint64(block.timestamp) + WINDOW);
            if (guilty) c.jailed = stakes.jail(c.accused);
        }
    }

    /// @notice Whom the first decision hurts asks for a second vote, with twice the bond.
    function appeal(uint256 id) external {
        Case storage c = cases[id];
        if (c.stage != Stage.Decided) revert WrongStage(c.stage);
        if (block.timestamp > c.until) revert WrongTime(c.until);
        (address owner,,,,,,) = stakes.stakes(c.accused);
        if (msg.sender != (c.guilty ? owner : c.accuser)) revert NotAccused(msg.sender);
        (c.stage, c.until, c.yes, c.no) = (Stage.Appealed, uint64(block.timestamp) + WINDOW, 0, 0);
        (c.appellant, c.appealBond) = (msg.sender, 2 * bond);
        emit Appealed(id, msg.sender);
        token.safeTransferFrom(msg.sender, address(this), 2 * bond);
    }

    /// @notice Carries out a decision that nobody appealed against.
    function close(uint256 id) external {
        Case storage c = cases[id];
        if (c.stage != Stage.Decided) revert WrongStage(c.stage);
        if (block.timestamp <= c.until) revert WrongTime(c.until);
        _close(id, c, false);
    }

    function _close(uint256 id, Case storage c, bool overturned) private {
        c.stage = Stage.Closed;
        emit Closed(id, c.guilty);
        (address owner,,,, Stakes.State state,,) = stakes.stakes(c.accused);
        // What an equivocation took in the meantime is gone.
        stakes.hold(c.accused, false);
        if (c.guilty && state != Stakes.State.Left) stakes.slash(c.accused, BY_VOTE, c.accuser);
        if (!c.guilty && c.jailed) stakes.release(c.accused);
        address winner = c.guilty ? c.accuser : owner;
        token.safeTransfer(winner, c.bond);
        if (c.appealBond != 0) token.safeTransfer(overturned ? c.appellant : winner, c.appealBond);
    }

    function _signer(Said calldata said) private pure returns (address) {
        bytes32 digest = said.statement.digest(Statements.domain(said.chain, said.verifying));
        return ECDSA.recoverCalldata(digest, said.signature);
    }

    function _holds(Proved calldata p) private view {
        if (!registry.accepted(address(p.verifier))) revert KeyNotAccepted(address(p.verifier));
        if (registry.epochs(p.input[0]) == 0) revert RootUnknown(p.input[0]);
        if (!p.verifier.verify(p.proof, p.input)) revert ProofRefused();
    }
}
