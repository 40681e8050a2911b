// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {CrosschainLinked} from "@openzeppelin/contracts/crosschain/CrosschainLinked.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title Who is the counterpart on another chain?
/// @notice Its deployer names gateway and counterpart, once for each chain: both sides exist before either can name the
/// other.
/// @dev NOT checked here: the other chain.
abstract contract Linked is Ownable, CrosschainLinked {
    constructor() Ownable(msg.sender) CrosschainLinked(new Link[](0)) {}

    /// @notice Names gateway and counterpart (ERC-7930).
    function link(address gateway, bytes calldata counterpart) external onlyOwner {
        _setLink(gateway, counterpart, false);
    }
}
