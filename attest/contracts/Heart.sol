// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC20Bridgeable} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC20Bridgeable.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title What is staked, paid and voted with?
/// @notice ERC-20 with 18 decimals (atto), permits, votes and ERC-7802. On the chain of origin 7.8 billion exist from the
/// beginning, and one minter, the `Emission`, adds to them. On another chain none exist, and the minter is the bridge.
/// @dev NOT checked here: how much the minter mints (the emission's closed form, or what the bridge locked elsewhere). Nobody
/// can replace the minter, pause the token or take it from anybody.
contract Heart is ERC20, ERC20Permit, ERC20Votes, ERC20Bridgeable {
    /// @notice Atto at the beginning, on the chain of origin.
    uint256 public constant GENESIS = 7_800_000_000 ether;
    /// @notice Who may mint, and burn what it is allowed to take.
    address public immutable minter;

    /// @notice The shares do not sum to what exists at the beginning.
    error SharesNotGenesis(uint256 sum);
    /// @notice Accounts and shares differ in number.
    error SharesUneven(uint256 accounts, uint256 shares);
    /// @notice The caller may not mint.
    error NotMinter(address caller);
    /// @notice A minter is needed.
    error ZeroMinter();

    /// @param minter_ who may mint.
    /// @param accounts who holds what exists at the beginning; none on a chain that is not the origin.
    /// @param shares atto of each, in sum `GENESIS`.
    constructor(address minter_, address[] memory accounts, uint256[] memory shares)
        ERC20("Heart", "HEART")
        ERC20Permit("Heart")
    {
        if (minter_ == address(0)) revert ZeroMinter();
        if (accounts.length != shares.length) revert SharesUneven(accounts.length, shares.length);
        minter = minter_;
        for (uint256 i = 0; i < accounts.length; ++i) _mint(accounts[i], shares[i]);
        if (accounts.length != 0 && totalSupply() != GENESIS) revert SharesNotGenesis(totalSupply());
    }

    /// @inheritdoc ERC20Bridgeable
    function crosschainBurn(address from, uint256 value) public override onlyTokenBridge {
        if (from != msg.sender) _spendAllowance(from, msg.sender, value);
        _burn(from, value);
        emit CrosschainBurn(from, value, msg.sender);
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @notice Votes count by time stamps, not blocks.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice ERC-6372.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function _checkTokenBridge(address caller) internal view override {
        if (caller != minter) revert NotMinter(caller);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
