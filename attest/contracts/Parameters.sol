// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ProofRegistry} from "./ProofRegistry.sol";

/// @title Which numbers does everybody keep to, and from when?
/// @notice The owner, a `Governance`, names the next values and the epoch from which they hold. Registrars read them into
/// that epoch; contracts use them once anybody calls `advance` in it.
/// @dev NOT checked here: whether the values are wise. Accepted keys and models stand in `ProofRegistry`.
contract Parameters is Ownable {
    /// @notice What is agreed on.
    /// @param fromEpoch from which epoch on.
    /// @param kiosks how many kiosks vouch together, 1 to 16.
    /// @param operators of how many operators they are, at most `kiosks`.
    /// @param least... least stakes, atto.
    /// @param leastFace least face threshold, cosine times 65536.
    /// @param leastVoice the same for the voice.
    struct Values {
        uint64 fromEpoch;
        uint8 kiosks;
        uint8 operators;
        uint24 leastFace;
        uint24 leastVoice;
        uint96 leastOperator;
        uint96 leastKiosk;
        uint96 leastValidator;
    }

    /// @notice Where epochs are counted.
    ProofRegistry public immutable registry;
    Values private _current;
    Values private _next;

    /// @notice These values hold from their epoch on.
    event Scheduled(Values values);
    /// @notice These values hold.
    event InForce(Values values);

    /// @notice No epoch that is still to come.
    error EpochPassed(uint64 fromEpoch, uint64 current);
    /// @notice The next values' epoch has not come, or there are none.
    error NothingDue(uint64 fromEpoch, uint64 current);
    /// @notice Values that nobody could keep to.
    error OutOfRange();

    constructor(address owner_, ProofRegistry registry_, Values memory first) Ownable(owner_) {
        registry = registry_;
        _check(first);
        _current = first;
        emit InForce(first);
    }

    /// @notice Names what holds from a coming epoch on, in place of what was named before.
    function schedule(Values calldata next) external onlyOwner {
        (, uint64 epoch) = registry.current();
        if (next.fromEpoch <= epoch) revert EpochPassed(next.fromEpoch, epoch);
        _check(next);
        _next = next;
        emit Scheduled(next);
    }

    /// @notice Puts the next values in force, in their epoch or later; anyone may.
    function advance() external {
        (, uint64 epoch) = registry.current();
        if (_next.fromEpoch == 0 || _next.fromEpoch > epoch) revert NothingDue(_next.fromEpoch, epoch);
        _current = _next;
        delete _next;
        emit InForce(_current);
    }

    /// @notice What holds now.
    function values() external view returns (Values memory) {
        return _current;
    }

    /// @notice What holds next; `fromEpoch` is 0 if nothing is named.
    function scheduled() external view returns (Values memory) {
        return _next;
    }

    /// @notice How many kiosks of how many operators vouch together.
    function quorum() external view returns (uint256 kiosks, uint256 operators) {
        return (_current.kiosks, _current.operators);
    }

    function _check(Values memory v) private pure {
        if (v.kiosks == 0 || v.kiosks > 16 || v.operators == 0 || v.operators > v.kiosks) revert OutOfRange();
        if (v.leastFace > 65_536 || v.leastVoice > 65_536) revert OutOfRange();
    }
}
