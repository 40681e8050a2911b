// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from
    "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

/// @title Who changes the protocol's parameters?
/// @notice Holders of Hearts who delegated their votes, a day after a proposal, for a week, with 4 % of the supply. It owns
/// `Parameters` and governs `ProofRegistry`. There is no time lock: parameters take effect at an epoch that they name.
/// @dev NOT checked here: what a proposal does. Staked Hearts do not vote here; operators vote in `Court`. Rules of assets are
/// their owners' affair.
contract Governance is
    Governor,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotes,
    GovernorVotesQuorumFraction
{
    /// @param token what votes.
    /// @param threshold votes that a proposer needs, atto.
    constructor(IVotes token, uint256 threshold)
        Governor("Wetsign Governance")
        GovernorSettings(1 days, 7 days, threshold)
        GovernorVotes(token)
        GovernorVotesQuorumFraction(4)
    {}

    /// @inheritdoc GovernorSettings
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }
}
