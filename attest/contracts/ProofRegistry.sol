// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

/// @notice What MatchVerifier.sol, generated from a verifying key, answers to.
interface IMatchVerifier {
    /// @notice Digest of the verifying key.
    function KEY() external view returns (bytes32);
    /// @notice Whether a proof holds of nine inputs.
    function verify(uint256[8] calldata proof, uint256[9] calldata input) external view returns (bool);
}

/// @title What does the chain know of a match?
/// @notice Takes a match proof once: under an accepted key, for an epoch in force, at or above the thresholds, with a nullifier
/// that was not used before.
/// @dev NOT checked here: the capture attestation. The chain cannot know that the probe came from a living person before an honest
/// device; whoever relies on an entry checks the approval bundle off chain (signatures, attestation, log) and compares its
/// nullifier and signal with the entry. The chain does not check either that `signal` and `request_id` mean what a caller
/// says, nor any stake.
contract ProofRegistry {
    /// @notice Root of the registry's tree in an epoch.
    struct Epoch {
        uint256 root;
        uint64 number;
    }

    /// @notice Who sets thresholds, models and keys, and names the registrar.
    address public governor;
    /// @notice Who counts epochs; the governor, unless it named somebody else.
    address public registrar;
    /// @notice The epoch in force and the one before it, which holds for one epoch longer (grace).
    Epoch public current;
    /// @notice In grace.
    Epoch public previous;
    /// @notice Least thresholds, cosine times 65536.
    uint128 public leastFace;
    /// @notice The same for the voice.
    uint128 public leastVoice;
    /// @notice Accepted verifier contracts, one for each verifying key.
    mapping(address => bool) public accepted;
    /// @notice Accepted values of `model_id`.
    mapping(uint256 => bool) public models;
    /// @notice Numbers of all epochs so far, by root; 0 for a root that was none's.
    mapping(uint256 => uint64) public epochs;
    /// @notice Used nullifiers, each with the signal that was proved with it.
    mapping(uint256 => uint256) public signals;

    /// @notice An epoch is in force.
    event EpochSet(uint64 indexed number, uint256 root);
    /// @notice Thresholds are in force.
    event ThresholdsSet(uint256 face, uint256 voice);
    /// @notice A verifying key is accepted, or no more.
    event KeySet(address indexed verifier, bytes32 key, bool accepted);
    /// @notice A value of `model_id` is accepted, or no more.
    event ModelSet(uint256 indexed model, bool accepted);
    /// @notice Somebody else governs.
    event GovernorSet(address indexed governor);
    /// @notice Somebody else counts epochs.
    event RegistrarSet(address indexed registrar);
    /// @notice A proof was taken.
    event Matched(uint256 indexed nullifier, uint256 indexed requestId, uint256 signal, uint256 validatorKey);

    /// @notice Only the governor.
    error NotGovernor();
    /// @notice Only the registrar.
    error NotRegistrar();
    /// @notice Nobody would govern.
    error ZeroGovernor();
    /// @notice Epochs follow each other.
    error EpochNotNext(uint64 found, uint64 expected);
    /// @notice Over 65536, a cosine of one.
    error ThresholdOutOfRange(uint256 threshold);
    /// @notice No accepted verifier.
    error KeyNotAccepted(address verifier);
    /// @notice No root in force or in grace.
    error RootNotInForce(uint256 root);
    /// @notice The nullifier was used.
    error NullifierUsed(uint256 nullifier);
    /// @notice No accepted model.
    error ModelNotAccepted(uint256 model);
    /// @notice Proved for lower thresholds.
    error ThresholdTooLow(uint256 face, uint256 voice);
    /// @notice A signal of zero would mark nothing.
    error SignalZero();
    /// @notice The proof does not hold.
    error ProofRefused();

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor();
        _;
    }

    modifier onlyRegistrar() {
        if (msg.sender != registrar) revert NotRegistrar();
        _;
    }

    constructor(address governor_, uint256 face, uint256 voice) {
        if (governor_ == address(0)) revert ZeroGovernor();
        governor = governor_;
        registrar = governor_;
        _setThresholds(face, voice);
    }

    /// @notice Hands the governor's part on.
    function setGovernor(address governor_) external onlyGovernor {
        if (governor_ == address(0)) revert ZeroGovernor();
        governor = governor_;
        emit GovernorSet(governor_);
    }

    /// @notice Names who counts epochs: a multi-signature contract of the registrars.
    function setRegistrar(address registrar_) external onlyGovernor {
        registrar = registrar_;
        emit RegistrarSet(registrar_);
    }

    /// @notice The next epoch; the one in force becomes the one in grace.
    function setEpoch(uint64 number, uint256 root) external onlyRegistrar {
        if (number != current.number + 1) revert EpochNotNext(number, current.number + 1);
        previous = current;
        current = Epoch(root, number);
        epochs[root] = number;
        emit EpochSet(number, root);
    }

    /// @notice Ends the grace at once, for revocations that cannot wait.
    function endGrace() external onlyRegistrar {
        previous = current;
    }

    /// @notice Sets least thresholds, cosine times 65536.
    function setThresholds(uint256 face, uint256 voice) external onlyGovernor {
        _setThresholds(face, voice);
    }

    /// @notice Accepts a verifier, or no more.
    function setKey(address verifier, bool accept) external onlyGovernor {
        accepted[verifier] = accept;
        emit KeySet(verifier, IMatchVerifier(verifier).KEY(), accept);
    }

    /// @notice Accepts a value of `model_id`, or no more.
    function setModel(uint256 model, bool accept) external onlyGovernor {
        models[model] = accept;
        emit ModelSet(model, accept);
    }

    /// @notice Takes a proof. Anyone may bring it: what it says does not depend on the caller.
    /// @param input root, nullifier, probe, request_id, signal, model_id, validator_key, tau_face, tau_voice.
    function submit(IMatchVerifier verifier, uint256[8] calldata proof, uint256[9] calldata input) external {
        if (!accepted[address(verifier)]) revert KeyNotAccepted(address(verifier));
        uint256 root = input[0];
        // Before the first epoch, and before the second, a root is zero: nothing counts under that.
        if (root == 0 || (root != current.root && root != previous.root)) revert RootNotInForce(root);
        // Zero marks an unused nullifier below.
        if (input[4] == 0) revert SignalZero();
        // The verifier refuses n + r for n, so a nullifier has one spelling.
        if (signals[input[1]] != 0) revert NullifierUsed(input[1]);
        if (!models[input[5]]) revert ModelNotAccepted(input[5]);
        if (input[7] < leastFace || input[8] < leastVoice) revert ThresholdTooLow(input[7], input[8]);
        if (!verifier.verify(proof, input)) revert ProofRefused();
        signals[input[1]] = input[4];
        emit Matched(input[1], input[3], input[4], input[6]);
    }

    function _setThresholds(uint256 face, uint256 voice) private {
        if (face > 65536) revert ThresholdOutOfRange(face);
        if (voice > 65536) revert ThresholdOutOfRange(voice);
        (leastFace, leastVoice) = (uint128(face), uint128(voice));
        emit ThresholdsSet(face, voice);
    }
}
