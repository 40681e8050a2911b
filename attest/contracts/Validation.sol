// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {Attested} from "./Attested.sol";
import {Entry, Log} from "./Log.sol";
import {Stakes} from "./Stakes.sol";
import {Statement} from "./Statements.sol";

/// @title The part of ERC-8004's Validation Registry that is answered.
interface IValidationRegistry {
    /// @notice A validator answers a request that named it: 0 (failed) to 100 (passed).
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    ) external;
}

/// @title What do others' agents learn of an approval?
/// @notice Answers an ERC-8004 validation request that named this contract with 100 under the tag `wetsign/1`, where the log
/// holds an approval of the request whose id is the hash that was asked about.
/// @dev NOT checked here: the approval itself, as in `Settle`. It never answers less than 100: no approval, no answer.
contract Validation is Attested {
    /// @notice Who is answered.
    IValidationRegistry public immutable registry;

    /// @notice An approval was told.
    event Told(bytes32 indexed requestHash, bytes32 indexed approval);

    constructor(Stakes stakes_, IValidationRegistry registry_) Attested(stakes_) {
        registry = registry_;
    }

    /// @notice What kiosks vouch for.
    function facts(bytes32 request, bytes32 approval, string calldata uri) public pure returns (bytes32) {
        return keccak256(abi.encode("wetsign/validation/1", request, approval, keccak256(bytes(uri))));
    }

    /// @notice Tells the registry of an approval; anyone may ask.
    /// @param uri where the approval's bundle lies.
    function tell(
        bytes32 request,
        string calldata uri,
        Entry calldata entry,
        Statement calldata statement,
        bytes[] calldata signatures
    ) external {
        bytes32 approval = Log.approval(entry.record, request);
        _requireIncluded(statement, entry);
        _requireAttested(statement, facts(request, approval, uri), signatures);
        emit Told(request, approval);
        registry.validationResponse(request, 100, uri, approval, "wetsign/1");
    }
}
