// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Parameters} from "./Parameters.sol";

/// @title Who loses what for a lie?
/// @notice One stake behind each key: an operator's account, a kiosk's secp256k1 key, a validator's key. A stake that is
/// unbonded stays within the court's reach for 14 days, longer than the time in which evidence is heard. A key that left
/// never comes back.
/// @dev NOT checked here: that a kiosk has a secure element, or that a validator is enrolled, alive and holds the key: no
/// chain reads Ed25519. The operator under whom they stake vouches for both and can be accused for it; registrars read
/// stakes into an epoch only for leaves that they know. So an operator could stake another's validator first, and be named
/// as who is paid: whoever is asked to validate stakes before being known.
contract Stakes {
    using SafeERC20 for IERC20;

    /// @notice What a key is for.
    enum Role {
        None,
        Operator,
        Kiosk,
        Validator
    }

    /// @notice Where a stake stands.
    enum State {
        None,
        Active,
        Jailed,
        Unbonding,
        Left
    }

    /// @notice A stake, in two slots.
    struct Stake {
        address owner;
        uint96 amount;
        address operator;
        Role role;
        State state;
        uint16 holds;
        uint64 until;
    }

    /// @notice Time between unbonding and withdrawal.
    uint64 public constant UNBONDING = 14 days;
    /// @notice What is staked.
    IERC20 public immutable token;
    /// @notice Who jails, holds and slashes.
    address public immutable court;
    /// @notice Least stakes.
    Parameters public immutable parameters;
    /// @notice Stakes by key: an address (operator, kiosk), or a match proof's `validator_key`.
    mapping(bytes32 key => Stake) public stakes;
    /// @notice Atto of active validators, so that a reader of events knows whether it has seen all.
    uint256 public validating;
    /// @notice Atto of active operators: of how much a vote is a part.
    uint256 public operating;
    /// @notice Atto of slashed stakes, for whom the parameters' owner decides.
    uint256 public forfeited;

    /// @notice A stake began.
    event Bonded(bytes32 indexed key, Role indexed role, address indexed operator, address owner, uint256 amount);
    /// @notice The public key behind a validator's stake: 32 bytes Ed25519, or 33 bytes P-256.
    event ValidatorKey(bytes32 indexed key, bytes publicKey);
    /// @notice A stake grew.
    event Added(bytes32 indexed key, uint256 amount);
    /// @notice A stake counts no longer, and can be withdrawn from `until` on.
    event Unbonding(bytes32 indexed key, uint64 until);
    /// @notice A stake was paid back.
    event Withdrawn(bytes32 indexed key, address indexed owner, uint256 amount);
    /// @notice A stake counts no longer, until it is released.
    event Jailed(bytes32 indexed key);
    /// @notice A stake counts again.
    event Released(bytes32 indexed key);
    /// @notice The court keeps a stake from being withdrawn (`holds` accusations are open).
    event Held(bytes32 indexed key, uint16 holds);
    /// @notice A stake was cut: `reward` went to who brought the evidence.
    event Slashed(bytes32 indexed key, uint256 amount, address indexed informer, uint256 reward);
    /// @notice What was forfeited went somewhere.
    event Spent(address indexed to, uint256 amount);

    /// @notice The key has a stake, or had one.
    error KeyTaken(bytes32 key);
    /// @notice Less than the least stake.
    error TooLittle(uint256 amount, uint256 least);
    /// @notice No active operator.
    error NotOperator(address account);
    /// @notice The key did not sign for this operator.
    error NotPossessed(address kiosk, address signer);
    /// @notice Neither an Ed25519 nor a compressed P-256 key.
    error KeyMalformed();
    /// @notice The caller does not own the stake.
    error NotOwner(address caller);
    /// @notice The stake is in another state.
    error WrongState(State state);
    /// @notice Not yet.
    error TooEarly(uint64 until);
    /// @notice An accusation is open.
    error Accused(uint16 holds);
    /// @notice Only the court.
    error NotCourt(address caller);
    /// @notice Only who owns the parameters.
    error NotGovernor(address caller);
    /// @notice This key stands behind no active kiosk.
    error NotKiosk(address kiosk);
    /// @notice The kiosks are of too few operators.
    error TooFewOperators(uint256 found, uint256 least);

    modifier onlyCourt() {
        if (msg.sender != court) revert NotCourt(msg.sender);
        _;
    }

    /// @param token_ what is staked; one that takes a fee on transfer cannot be.
    /// @param court_ who slashes.
    /// @param parameters_ the least stakes.
    constructor(IERC20 token_, address court_, Parameters parameters_) {
        (token, court, parameters) = (token_, court_, parameters_);
    }

    /// @notice The caller becomes an operator.
    function bondOperator(uint96 amount) external {
        _bond(_key(msg.sender), Role.Operator, msg.sender, msg.sender, amount, parameters.values().leastOperator);
    }

    /// @notice The calling operator stakes a kiosk.
    /// @param signature the kiosk's, over `possession(kiosk, operator)` as an EIP-191 message.
    function bondKiosk(address kiosk, uint96 amount, bytes calldata signature) external {
        _operator(msg.sender);
        bytes32 digest = MessageHashUtils.toEthSignedMessageHash(possession(kiosk, msg.sender));
        address signer = ECDSA.recover(digest, signature);
        if (signer != kiosk) revert NotPossessed(kiosk, signer);
        _bond(_key(kiosk), Role.Kiosk, msg.sender, msg.sender, amount, parameters.values().leastKiosk);
    }

    /// @notice The calling operator stakes a validator, who owns the stake.
    /// @param publicKey as it is in the validator's leaf: 32 bytes Ed25519, or 33 bytes P-256.
    /// @param owner who gets the stake back, and is paid for signing.
    function bondValidator(bytes calldata publicKey, address owner, uint96 amount) external {
        _operator(msg.sender);
        bytes32 key = validatorKey(publicKey);
        if (owner == address(0)) revert NotOwner(owner);
        _bond(key, Role.Validator, msg.sender, owner, amount, parameters.values().leastValidator);
        emit ValidatorKey(key, publicKey);
    }

    /// @notice Adds to an active stake; anyone may.
    function add(bytes32 key, uint96 amount) external {
        Stake storage s = stakes[key];
        if (s.state != State.Active) revert WrongState(s.state);
        s.amount += amount;
        _count(s.role, amount);
        emit Added(key, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Ends a stake: it counts no longer, and is paid back after 14 days.
    function unbond(bytes32 key) external {
        Stake storage s = stakes[key];
        if (s.owner != msg.sender) revert NotOwner(msg.sender);
        if (s.state != State.Active && s.state != State.Jailed) revert WrongState(s.state);
        _leaveActive(s);
        s.state = State.Unbonding;
        s.until = uint64(block.timestamp) + UNBONDING;
        emit Unbonding(key, s.until);
    }

    /// @notice Pays an unbonded stake back.
    function withdraw(bytes32 key) external {
        Stake storage s = stakes[key];
        if (s.owner != msg.sender) revert NotOwner(msg.sender);
        if (s.state != State.Unbonding) revert WrongState(s.state);
        if (block.timestamp < s.until) revert TooEarly(s.until);
        if (s.holds != 0) revert Accused(s.holds);
        uint256 amount = s.amount;
        s.amount = 0;
        s.state = State.Left;
        emit Withdrawn(key, msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @notice Jails a stake that fell below the least; anyone may ask. Adding does not free it: the owner unbonds.
    function review(bytes32 key) external {
        Stake storage s = stakes[key];
        if (s.state == State.Active && s.amount < _least(s.role)) _jail(key, s);
    }

    /// @notice The court keeps a stake, or lets go of it.
    function hold(bytes32 key, bool more) external onlyCourt {
        Stake storage s = stakes[key];
        if (s.state == State.None || s.state == State.Left) revert WrongState(s.state);
        s.holds = more ? s.holds + 1 : s.holds - 1;
        emit Held(key, s.holds);
    }

    /// @notice The court jails a stake; says whether it counted until now.
    function jail(bytes32 key) external onlyCourt returns (bool jailed) {
        Stake storage s = stakes[key];
        jailed = s.state == State.Active;
        if (jailed) _jail(key, s);
    }

    /// @notice The court lets a jailed stake count again, if it is still large enough.
    function release(bytes32 key) external onlyCourt {
        Stake storage s = stakes[key];
        if (s.state != State.Jailed || s.amount < _least(s.role)) return;
        s.state = State.Active;
        _count(s.role, s.amount);
        emit Released(key);
    }

    /// @notice The court takes basis points of a stake, a tenth of it for who brought the evidence, and jails the rest.
    function slash(bytes32 key, uint16 bps, address informer) external onlyCourt returns (uint256 amount) {
        Stake storage s = stakes[key];
        if (s.state == State.None || s.state == State.Left) revert WrongState(s.state);
        if (s.state == State.Active) _jail(key, s);
        amount = (uint256(s.amount) * bps) / 10_000;
        s.amount -= uint96(amount);
        uint256 reward = amount / 10;
        forfeited += amount - reward;
        emit Slashed(key, amount, informer, reward);
        token.safeTransfer(informer, reward);
    }

    /// @notice Who owns the parameters spends what was forfeited.
    function spend(address to, uint256 amount) external {
        if (msg.sender != parameters.owner()) revert NotGovernor(msg.sender);
        forfeited -= amount;
        emit Spent(to, amount);
        token.safeTransfer(to, amount);
    }

    /// @notice Reverts unless each address is an active kiosk's, of at least so many operators together.
    function requireKiosks(address[] calldata kiosks, uint256 leastOperators) external view {
        address[] memory operators = new address[](kiosks.length);
        uint256 found = 0;
        for (uint256 i = 0; i < kiosks.length; ++i) {
            Stake storage s = stakes[_key(kiosks[i])];
            if (s.state != State.Active || s.role != Role.Kiosk) revert NotKiosk(kiosks[i]);
            address operator = s.operator;
            uint256 seen = 0;
            while (seen < found && operators[seen] != operator) ++seen;
            if (seen == found) operators[found++] = operator;
        }
        if (found < leastOperators) revert TooFewOperators(found, leastOperators);
    }

    /// @notice Whether a key has an active stake of this role.
    function isActive(bytes32 key, Role role) external view returns (bool) {
        Stake storage s = stakes[key];
        return s.state == State.Active && s.role == role;
    }

    /// @notice What a kiosk signs to be staked by an operator, here and nowhere else.
    function possession(address kiosk, address operator) public view returns (bytes memory) {
        return abi.encode("wetsign/kiosk-possession/1", block.chainid, address(this), kiosk, operator);
    }

    /// @notice A match proof's `validator_key`: the first 31 bytes of SHA-256 over the key as a CBOR byte string.
    function validatorKey(bytes calldata publicKey) public pure returns (bytes32) {
        bool p256 = publicKey.length == 33 && (publicKey[0] == 0x02 || publicKey[0] == 0x03);
        if (publicKey.length != 32 && !p256) revert KeyMalformed();
        return sha256(abi.encodePacked(bytes1(0x58), uint8(publicKey.length), publicKey)) >> 8;
    }

    function _bond(bytes32 key, Role role, address operator, address owner, uint96 amount, uint256 least) private {
        if (stakes[key].state != State.None) revert KeyTaken(key);
        if (amount < least) revert TooLittle(amount, least);
        stakes[key] = Stake(owner, amount, operator, role, State.Active, 0, 0);
        _count(role, amount);
        emit Bonded(key, role, operator, owner, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _jail(bytes32 key, Stake storage s) private {
        if (s.state != State.Active) revert WrongState(s.state);
        _leaveActive(s);
        s.state = State.Jailed;
        emit Jailed(key);
    }

    function _leaveActive(Stake storage s) private {
        if (s.state != State.Active) return;
        if (s.role == Role.Validator) validating -= s.amount;
        if (s.role == Role.Operator) operating -= s.amount;
    }

    /// @dev More counts for a role.
    function _count(Role role, uint256 amount) private {
        if (role == Role.Validator) validating += amount;
        if (role == Role.Operator) operating += amount;
    }

    function _operator(address account) private view {
        Stake storage s = stakes[_key(account)];
        if (s.state != State.Active || s.role != Role.Operator) revert NotOperator(account);
    }

    function _least(Role role) private view returns (uint256) {
        Parameters.Values memory v = parameters.values();
        if (role == Role.Operator) return v.leastOperator;
        return role == Role.Kiosk ? v.leastKiosk : v.leastValidator;
    }

    function _key(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
