// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

/// @notice As much of an ERC-8004 Validation Registry as a validator meets: it answers what it was asked, once.
contract Agents {
    struct Asked {
        address validator;
        uint8 response;
        bytes32 responseHash;
        string tag;
    }

    mapping(bytes32 requestHash => Asked) public asked;

    event ValidationRequest(address indexed validator, uint256 indexed agent, string uri, bytes32 indexed requestHash);
    event ValidationResponse(
        address indexed validator,
        uint256 indexed agent,
        bytes32 indexed requestHash,
        uint8 response,
        string uri,
        bytes32 responseHash,
        string tag
    );

    error NotAsked(bytes32 requestHash, address validator);

    function validationRequest(address validator, uint256 agent, string calldata uri, bytes32 requestHash) external {
        asked[requestHash].validator = validator;
        emit ValidationRequest(validator, agent, uri, requestHash);
    }

    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata uri,
        bytes32 responseHash,
        string calldata tag
    ) external {
        Asked storage a = asked[requestHash];
        if (a.validator != msg.sender || response > 100) revert NotAsked(requestHash, msg.sender);
        (a.response, a.responseHash, a.tag) = (response, responseHash, tag);
        emit ValidationResponse(msg.sender, 0, requestHash, response, uri, responseHash, tag);
    }
}
