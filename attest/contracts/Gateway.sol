// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.26;

import {IERC7786GatewaySource, IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {Statements} from "./Statements.sol";

/// @title Which messages of the other chain are believed?
/// @notice An ERC-7786 gateway to one counterpart on one other chain. A message counts under the signatures of k of n
/// operators, k at least 2, each of whom asks a node of its own about finalised blocks; in order, without a gap, once. Any one operator
/// pauses it; the owner (a `Governance`) lets it go on. A message that its recipient does not take is held, and anybody may try
/// again: it holds up none behind it.
/// Operators are the same for ever: others are another gateway.
/// @dev NOT checked here: the other chain. k operators together can make messages up: see `Bridge` for what a day can cost.
contract Gateway is IERC7786GatewaySource, Ownable, Pausable {
    using InteroperableAddress for bytes;

    bytes32 private constant TYPE = keccak256(
        "Message(uint256 chain,address gateway,uint64 sequence,bytes32 sender,bytes32 recipient,bytes32 payload)"
    );

    /// @notice Signatures that a message needs.
    uint256 public immutable threshold;
    /// @notice Chain id of the other side.
    uint256 public immutable remoteChain;
    /// @notice The gateway there.
    address public immutable remoteGateway;
    /// @notice Messages sent.
    uint64 public sent;
    /// @notice Messages received.
    uint64 public received;
    /// @notice Messages that were not taken yet: what operators signed of each.
    mapping(uint64 sequence => bytes32 id) public held;
    /// @notice Who signs messages, and may pause.
    mapping(address account => bool) public isOperator;
    /// @notice How many they are.
    uint256 public operators;

    /// @notice What operators sign is made of this.
    event Posted(uint64 indexed sequence, bytes sender, bytes recipient, bytes payload);
    /// @notice A message arrived.
    event Delivered(uint64 indexed sequence, address indexed recipient, bytes32 id);
    /// @notice A message arrived, and its recipient did not take it: see `retry`.
    event Held(uint64 indexed sequence, address indexed recipient, bytes32 id);

    /// @notice One operator alone must not be believed.
    error ThresholdTooLow(uint256 threshold, uint256 operators);
    /// @notice Operators ascend, each once.
    error NotAscending(address operator);
    /// @notice No operator.
    error NotOperator(address account);
    /// @notice Too few signatures.
    error TooFewSignatures(uint256 found, uint256 least);
    /// @notice Not the next message.
    error OutOfOrder(uint64 sequence, uint64 expected);
    /// @notice Not to the other side.
    error OtherChain(uint256 chain);
    /// @notice This gateway carries no value.
    error ValueNotCarried(uint256 value);
    /// @notice The recipient did not take it.
    error NotTaken(address recipient);
    /// @notice No such message is held.
    error NotHeld(uint64 sequence);

    /// @param operators_ ascending.
    constructor(
        address owner_,
        uint256 threshold_,
        address[] memory operators_,
        uint256 remoteChain_,
        address remoteGateway_
    ) Ownable(owner_) {
        if (threshold_ < 2 || threshold_ > operators_.length) revert ThresholdTooLow(threshold_, operators_.length);
        (threshold, remoteChain, remoteGateway, operators) =
            (threshold_, remoteChain_, remoteGateway_, operators_.length);
        address last = address(0);
        for (uint256 i = 0; i < operators_.length; ++i) {
            if (operators_[i] <= last) revert NotAscending(operators_[i]);
            last = operators_[i];
            isOperator[last] = true;
        }
    }

    /// @notice ERC-7786: none.
    function supportsAttribute(bytes4) external pure returns (bool) {
        return false;
    }

    /// @notice ERC-7786: posts a message to a recipient on the other chain.
    function sendMessage(bytes calldata recipient, bytes calldata payload, bytes[] calldata attributes)
        external
        payable
        whenNotPaused
        returns (bytes32)
    {
        if (msg.value != 0) revert ValueNotCarried(msg.value);
        if (attributes.length != 0) revert UnsupportedAttribute(bytes4(attributes[0]));
        _onChain(recipient, remoteChain);
        bytes memory sender = InteroperableAddress.formatEvmV1(block.chainid, msg.sender);
        uint64 sequence = ++sent;
        emit Posted(sequence, sender, recipient, payload);
        emit MessageSent(bytes32(0), sender, recipient, payload, 0, attributes);
        return bytes32(0);
    }

    /// @notice Hands the next message to its recipient; anyone may bring it.
    /// @param sender on the other chain, as an interoperable address (ERC-7930).
    /// @param signatures of operators, ascending by address.
    function deliver(
        uint64 sequence,
        bytes calldata sender,
        bytes calldata recipient,
        bytes calldata payload,
        bytes[] calldata signatures
    ) external whenNotPaused {
        if (sequence != received + 1) revert OutOfOrder(sequence, received + 1);
        _onChain(sender, remoteChain);
        address to = _onChain(recipient, block.chainid);
        bytes32 id = digest(sequence, sender, recipient, payload);
        _requireSigned(id, signatures);
        received = sequence;
        if (_hand(to, id, sender, payload)) {
            emit Delivered(sequence, to, id);
        } else {
            held[sequence] = id;
            emit Held(sequence, to, id);
        }
    }

    /// @notice Hands a held message to its recipient once more; anyone may.
    function retry(uint64 sequence, bytes calldata sender, bytes calldata recipient, bytes calldata payload)
        external
        whenNotPaused
    {
        bytes32 id = digest(sequence, sender, recipient, payload);
        if (held[sequence] != id) revert NotHeld(sequence);
        delete held[sequence];
        address to = _onChain(recipient, block.chainid);
        if (!_hand(to, id, sender, payload)) revert NotTaken(to);
        emit Delivered(sequence, to, id);
    }

    /// @notice Any one operator stops everything.
    function pause() external {
        if (!isOperator[msg.sender]) revert NotOperator(msg.sender);
        _pause();
    }

    /// @notice The owner lets it go on.
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice What operators sign: EIP-712, in this gateway's domain.
    function digest(uint64 sequence, bytes calldata sender, bytes calldata recipient, bytes calldata payload)
        public
        view
        returns (bytes32)
    {
        bytes32 content = keccak256(
            abi.encode(
                TYPE, remoteChain, remoteGateway, sequence, keccak256(sender), keccak256(recipient), keccak256(payload)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", Statements.domain(block.chainid, address(this)), content));
    }

    /// @dev Takes no more than 64 bytes of the recipient's answer, whatever it is.
    function _hand(address to, bytes32 id, bytes calldata sender, bytes calldata payload) private returns (bool) {
        bytes memory data = abi.encodeCall(IERC7786Recipient.receiveMessage, (id, sender, payload));
        (bool ok, bytes32 answer,) = LowLevelCall.callReturn64Bytes(to, data);
        return ok && to.code.length != 0 && bytes4(answer) == IERC7786Recipient.receiveMessage.selector;
    }

    function _requireSigned(bytes32 id, bytes[] calldata signatures) private view {
        if (signatures.length < threshold) revert TooFewSignatures(signatures.length, threshold);
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.recoverCalldata(id, signatures[i]);
            if (signer <= last) revert NotAscending(signer);
            if (!isOperator[signer]) revert NotOperator(signer);
            last = signer;
        }
    }

    function _onChain(bytes calldata place, uint256 expected) private pure returns (address account) {
        uint256 chain;
        (chain, account) = place.parseEvmV1Calldata();
        if (chain != expected) revert OtherChain(chain);
    }
}
