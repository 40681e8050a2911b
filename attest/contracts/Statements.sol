// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

/// @notice What a kiosk signs with its secp256k1 key: a log's head, and what the chain cannot read out of that log.
/// @param log SHA-256 of the log's origin.
/// @param size leaves.
/// @param root RFC 9162 root over them.
/// @param facts hash of what the contract that is spoken to asks for.
struct Statement {
    bytes32 log;
    uint64 size;
    bytes32 root;
    bytes32 facts;
}

/// @title Which 32 bytes does a kiosk sign?
/// @notice EIP-712: a signature names chain and contract, so that it counts once; head and facts are under one signature, so
/// that a kiosk cannot vouch for a payment without vouching for a head.
/// @dev NOT checked here: who signed, and whether anything of it is true.
library Statements {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant TYPE = keccak256("Statement(bytes32 log,uint64 size,bytes32 root,bytes32 facts)");
    bytes32 private constant NAME = keccak256("Wetsign");
    bytes32 private constant VERSION = keccak256("1");

    /// @notice The domain of a contract on a chain.
    function domain(uint256 chain, address verifying) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, NAME, VERSION, chain, verifying));
    }

    /// @notice What is signed.
    function digest(Statement memory s, bytes32 domain_) internal pure returns (bytes32) {
        bytes32 content = keccak256(abi.encode(TYPE, s.log, s.size, s.root, s.facts));
        return keccak256(abi.encodePacked(hex"1901", domain_, content));
    }
}
