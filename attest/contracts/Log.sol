// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

/// @notice A record of a log, and where it stands.
/// @param record canonical bytes.
/// @param index of its leaf, from 0.
/// @param inclusion hashes from the leaf's sibling up.
struct Entry {
    bytes record;
    uint64 index;
    bytes32[] inclusion;
}

/// @title What does a log's record say, and is it in the log?
/// @notice Reads canonical `wetsign/log-record/1` bytes and checks inclusion proofs (RFC 9162 § 2.1.3.2).
/// @dev NOT checked here: the object that a record names. Its signatures, and whether a verifier accepts it, stay off chain.
library Log {
    /// Map of five; 0: the type's text.
    bytes23 private constant RECORD = hex"a500747765747369676e2f6c6f672d7265636f72642f31";
    /// 1: text of 18 bytes; 2: byte string of 32.
    bytes23 private constant APPROVAL = hex"01727765747369676e2f617070726f76616c2f31025820";
    /// 1: text of 15 bytes; 2: byte string of 32.
    bytes20 private constant ASSET = hex"016f7765747369676e2f61737365742f31025820";
    /// 4: byte string of 32.
    bytes3 private constant COMMITMENT = 0x045820;
    /// Ids in `previous`, at most.
    uint256 private constant PREVIOUS = 20;

    /// @notice The bytes are no record of this kind.
    error RecordMalformed();
    /// @notice The approval is of another request.
    error RequestNotNamed(bytes32 request);

    /// @notice The approval that a record names, if that approval follows the request.
    /// @dev An approval's record names its request, its verdict and its co-signatures by their SHA-256: a request's id
    /// among them can be nothing else's.
    function approval(bytes calldata record, bytes32 request) internal pure returns (bytes32 id) {
        if (!_begins(record) || bytes23(record[23:46]) != APPROVAL) revert RecordMalformed();
        id = bytes32(record[46:78]);
        uint256 count = _previous(record, 78);
        for (uint256 i = 0; i < count; ++i) {
            uint256 spot = 80 + 34 * i;
            if (bytes32(record[spot + 2:spot + 34]) == request && bytes2(record[spot:spot + 2]) == 0x5820) return id;
        }
        revert RequestNotNamed(request);
    }

    /// @notice The asset whose descriptor's first revision a record names: one that follows nothing.
    function asset(bytes calldata record) internal pure returns (bytes32 id) {
        if (!_begins(record) || bytes20(record[23:43]) != ASSET) revert RecordMalformed();
        id = bytes32(record[43:75]);
        if (_previous(record, 75) != 0) revert RecordMalformed();
    }

    /// @notice SHA-256(0 ‖ record).
    function leaf(bytes calldata record) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0), record));
    }

    /// @notice Whether an entry stands in the tree of `size` leaves with this root.
    function includes(Entry calldata entry, uint64 size, bytes32 root) internal view returns (bool) {
        if (entry.index >= size) return false;
        bytes32[] calldata proof = entry.inclusion;
        bytes32 hash = leaf(entry.record);
        uint256 node = entry.index;
        uint256 last = size - 1;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (last == 0) return false;
            if (node & 1 == 1 || node == last) {
                hash = _node(proof[i], hash);
                while (node & 1 == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = _node(hash, proof[i]);
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }

    /// @dev No record of either kind is shorter than an asset's that follows nothing.
    function _begins(bytes calldata record) private pure returns (bool) {
        return record.length >= 112 && bytes23(record[:23]) == RECORD;
    }

    function _previous(bytes calldata record, uint256 spot) private pure returns (uint256 count) {
        uint256 head = uint8(record[spot + 1]);
        if (record[spot] != 0x03 || head < 0x80 || head > 0x80 + PREVIOUS) revert RecordMalformed();
        count = head - 0x80;
        uint256 end = spot + 2 + 34 * count;
        if (record.length != end + 35 || bytes3(record[end:end + 3]) != COMMITMENT) revert RecordMalformed();
    }

    /// @dev SHA-256(1 ‖ left ‖ right), in memory beyond what Solidity has in use.
    function _node(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        bool ok;
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore8(m, 1)
            mstore(add(m, 1), left)
            mstore(add(m, 33), right)
            ok := staticcall(gas(), 2, m, 65, 0, 32)
            hash := mload(0)
        }
        if (!ok) revert RecordMalformed();
    }
}
