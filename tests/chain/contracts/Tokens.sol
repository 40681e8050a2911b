// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Settle} from "./Settle.sol";

/// @notice Keeps a hundredth of every transfer.
contract TaxedToken is ERC20 {
    constructor(address holder) ERC20("Taxed", "TAX") {
        _mint(holder, 1e27);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, value);
        super._update(from, address(this), value / 100);
        super._update(from, to, value - value / 100);
    }
}

/// @notice Calls who is paid, as ERC-777 does; a payee that is a contract fetches again, in the midst of being paid.
contract CallingToken is ERC20 {
    constructor(address holder) ERC20("Calling", "CALL") {
        _mint(holder, 1e27);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (to.code.length != 0 && from.code.length != 0) GreedyPayee(to).received(from);
    }
}

/// @notice Asks for more whenever it is paid.
contract GreedyPayee {
    /// @notice What its second attempt was answered.
    bytes public answer;

    function received(address payer) external {
        (bool ok, bytes memory data) = payer.call(abi.encodeCall(Settle.fetch, (address(this))));
        answer = ok ? bytes("paid twice") : data;
    }
}

/// @notice A payee that takes nothing, and refuses every call.
contract RefusingPayee {
    fallback() external {
        revert("no");
    }
}
