// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC7802} from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";
import {BridgeERC20} from "@openzeppelin/contracts/crosschain/bridges/BridgeERC20.sol";
import {BridgeERC7802} from "@openzeppelin/contracts/crosschain/bridges/BridgeERC7802.sol";
import {Linked} from "./Linked.sol";

/// @title How much may cross in a day?
/// @notice A limit on what arrives within a day: what a gateway's operators could forge. A message over the limit is held by the
/// gateway, and can be tried again the next day. Both sides have the same limit: what could never arrive does not leave.
/// @dev NOT checked here: that what arrives was sent.
abstract contract Limited {
    /// @notice Atto that may arrive in a day.
    uint256 public immutable limit;
    /// @notice The day that is counted, since 1970.
    uint64 public day;
    /// @notice Atto that arrived in it.
    uint192 public arrived;

    /// @notice More than may arrive today.
    error OverLimit(uint256 amount, uint256 left);

    constructor(uint256 limit_) {
        limit = limit_;
    }

    function _fits(uint256 amount) internal view {
        if (amount > limit) revert OverLimit(amount, limit);
    }

    function _count(uint256 amount) internal {
        uint64 today = uint64(block.timestamp / 1 days);
        uint256 before = today == day ? arrived : 0;
        if (amount > limit - before) revert OverLimit(amount, limit - before);
        (day, arrived) = (today, uint192(before + amount));
    }
}

/// @title Where do Hearts wait while they are on another chain?
/// @notice On the chain of origin: locks what leaves, and gives back what returns.
/// @dev NOT checked here: the other chain. Its links are set once by the owner.
contract BridgeHome is BridgeERC20, Limited, Linked {
    constructor(IERC20 token, uint256 limit_) BridgeERC20(token) Limited(limit_) {}

    function _onSend(address from, uint256 amount) internal override {
        _fits(amount);
        super._onSend(from, amount);
    }

    function _onReceive(address to, uint256 amount) internal override {
        _count(amount);
        super._onReceive(to, amount);
    }
}

/// @title Whose Hearts are these, on a chain that is not their origin?
/// @notice Mints what was locked at home, and burns what goes back.
/// @dev NOT checked here: the other chain. Its links are set once by the owner.
contract BridgeAway is BridgeERC7802, Limited, Linked {
    constructor(IERC7802 token, uint256 limit_) BridgeERC7802(token) Limited(limit_) {}

    function _onSend(address from, uint256 amount) internal override {
        _fits(amount);
        super._onSend(from, amount);
    }

    function _onReceive(address to, uint256 amount) internal override {
        _count(amount);
        super._onReceive(to, amount);
    }
}
