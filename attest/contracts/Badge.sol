// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Stakes} from "./Stakes.sol";

/// @title ERC-5192, as its specification has it.
interface IERC5192 {
    /// @notice The token cannot be transferred.
    event Locked(uint256 tokenId);
    /// @notice The token can be transferred.
    event Unlocked(uint256 tokenId);

    /// @notice Whether the token cannot be transferred.
    function locked(uint256 tokenId) external view returns (bool);
}

/// @title Who is a validator?
/// @notice A badge for an active validator's stake, number = its key. It belongs to the stake's owner and cannot be
/// transferred; once the stake counts no longer, anybody can take it away.
/// @dev NOT checked here: that the validator is a living, enrolled person. A verifier's own policy decides that.
contract Badge is ERC721, IERC5192 {
    /// @notice Who has a stake.
    Stakes public immutable stakes;

    /// @notice No active validator's key.
    error NotValidator(bytes32 key);
    /// @notice The stake still counts.
    error StillValidator(bytes32 key);
    /// @notice Badges do not change hands.
    error Soulbound(uint256 id);

    constructor(Stakes stakes_) ERC721("Wetsign Validator", "WETVAL") {
        stakes = stakes_;
    }

    /// @notice Gives an active validator's badge to the stake's owner; anyone may ask.
    function give(bytes32 key) external {
        if (!stakes.isActive(key, Stakes.Role.Validator)) revert NotValidator(key);
        (address owner,,,,,,) = stakes.stakes(key);
        _mint(owner, uint256(key));
        emit Locked(uint256(key));
    }

    /// @notice Takes the badge of who is no active validator any more; anyone may ask.
    function take(bytes32 key) external {
        if (stakes.isActive(key, Stakes.Role.Validator)) revert StillValidator(key);
        _burn(uint256(key));
    }

    /// @inheritdoc IERC5192
    function locked(uint256 id) external view returns (bool) {
        _requireOwned(id);
        return true;
    }

    /// @notice ERC-165.
    function supportsInterface(bytes4 id) public view override returns (bool) {
        return id == type(IERC5192).interfaceId || super.supportsInterface(id);
    }

    function _update(address to, uint256 id, address auth) internal override returns (address from) {
        from = super._update(to, id, auth);
        if (from != address(0) && to != address(0)) revert Soulbound(id);
    }
}
