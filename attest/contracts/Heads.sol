// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {Attested} from "./Attested.sol";
import {Linked} from "./Linked.sol";
import {Entry, Log} from "./Log.sol";
import {Stakes} from "./Stakes.sol";
import {Statement} from "./Statements.sol";

/// @title Which approvals does the other chain know of?
/// @notice At home: sends a log's head for which k kiosks vouch. Away: keeps the largest head of each log, so that an
/// inclusion proof shows an approval there.
/// @dev NOT checked here: that a larger head continues a smaller one; witnesses and `Court` see to that.
contract HeadsHome is Linked, Attested {
    /// @notice A head left.
    event HeadSent(bytes32 indexed log, uint64 size, bytes32 root);

    /// @notice Heads travel one way.
    error OneWay();

    constructor(Stakes stakes_) Attested(stakes_) {}

    /// @notice What kiosks vouch for.
    function facts() public pure returns (bytes32) {
        return keccak256("wetsign/head/1");
    }

    /// @notice Sends a head to a chain (ERC-7930 without address); anyone may.
    function send(bytes calldata chain, Statement calldata statement, bytes[] calldata signatures) external {
        _requireAttested(statement, facts(), signatures);
        emit HeadSent(statement.log, statement.size, statement.root);
        bytes memory payload = abi.encode(statement.log, statement.size, statement.root);
        _sendMessageToCounterpart(chain, payload, new bytes[](0));
    }

    function _processMessage(address, bytes32, bytes calldata, bytes calldata) internal pure override {
        revert OneWay();
    }
}

/// @title What does a log hold, seen from another chain?
/// @notice The largest head of each log that arrived.
/// @dev NOT checked here: the head; k kiosks vouched for it at home, and k operators that it left there.
contract HeadsAway is Linked {
    /// @notice Size and root of a log.
    struct Head {
        uint64 size;
        bytes32 root;
    }

    /// @notice Heads by SHA-256 of the log's origin.
    mapping(bytes32 log => Head) public heads;

    /// @notice A larger head arrived.
    event HeadKept(bytes32 indexed log, uint64 size, bytes32 root);

    /// @notice The head does not hold the record.
    error NotIncluded(bytes32 request);

    /// @notice The approval of a request that an entry under the log's head names.
    function approvalOf(bytes32 log, bytes32 request, Entry calldata entry)
        external
        view
        returns (bytes32 approval)
    {
        Head storage head = heads[log];
        approval = Log.approval(entry.record, request);
        if (!Log.includes(entry, head.size, head.root)) revert NotIncluded(request);
    }

    function _processMessage(address, bytes32, bytes calldata, bytes calldata payload) internal override {
        (bytes32 log, uint64 size, bytes32 root) = abi.decode(payload, (bytes32, uint64, bytes32));
        // A smaller one that comes late is no error: nothing may hold up what stands behind it.
        if (size <= heads[log].size) return;
        heads[log] = Head(size, root);
        emit HeadKept(log, size, root);
    }
}
