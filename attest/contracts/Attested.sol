// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Entry, Log} from "./Log.sol";
import {Parameters} from "./Parameters.sol";
import {Stakes} from "./Stakes.sol";
import {Statement, Statements} from "./Statements.sol";

/// @title Did enough staked kiosks vouch for this?
/// @notice Takes a statement under k signatures of active kiosks, of enough operators.
/// @dev NOT checked here: that the statement is true, and that a kiosk stood before a person. Who signs two heads of one size
/// loses his stake in `Court`; for other lies he can be accused there.
abstract contract Attested {
    using Statements for Statement;

    /// @notice Who has a stake.
    Stakes public immutable stakes;
    Parameters private immutable _parameters;

    /// @notice Too few signatures.
    error TooFewSignatures(uint256 found, uint256 least);
    /// @notice Signatures ascend by address, each once.
    error NotAscending(address signer);
    /// @notice The statement is about something else.
    error OtherFacts(bytes32 found, bytes32 expected);
    /// @notice The log's head does not hold the record.
    error NotIncluded(uint64 index, uint64 size);

    constructor(Stakes stakes_) {
        stakes = stakes_;
        _parameters = stakes_.parameters();
    }

    /// @notice The EIP-712 domain of this contract on this chain.
    function domain() public view returns (bytes32) {
        return Statements.domain(block.chainid, address(this));
    }

    /// @dev Reverts unless the statement is about `expected`, and enough staked kiosks signed it.
    function _requireAttested(Statement calldata statement, bytes32 expected, bytes[] calldata signatures)
        internal
        view
    {
        if (statement.facts != expected) revert OtherFacts(statement.facts, expected);
        (uint256 kiosks, uint256 operators) = _parameters.quorum();
        if (signatures.length < kiosks) revert TooFewSignatures(signatures.length, kiosks);
        bytes32 digest = statement.digest(domain());
        address[] memory signers = new address[](signatures.length);
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            if (signer <= last) revert NotAscending(signer);
            signers[i] = last = signer;
        }
        stakes.requireKiosks(signers, operators);
    }

    /// @dev Reverts unless the statement's head holds the entry.
    function _requireIncluded(Statement calldata statement, Entry calldata entry) internal view {
        if (!Log.includes(entry, statement.size, statement.root)) revert NotIncluded(entry.index, statement.size);
    }
}
