//! What is called on the contracts of `attest/contracts/`, and what they answer, revert with and tell. A test of
//! `tests/chain/` holds each line against what solc says of the contracts.
#![allow(missing_docs, reason = "the contracts' own comments (NatSpec) say what each is")]

use alloy::sol;

sol! {
    #![sol(abi)]

    #[derive(Debug, Default, PartialEq, Eq)]
    struct Statement { bytes32 log; uint64 size; bytes32 root; bytes32 facts; }

    #[derive(Debug, Default)]
    struct Entry { bytes record; uint64 index; bytes32[] inclusion; }

    #[derive(Debug)]
    struct Share { address to; uint16 bps; }

    #[derive(Debug)]
    struct Terms { uint64 expires; address app; uint16 appBps; uint16 validatorsBps; Share[] payees; }

    #[derive(Debug)]
    struct Claim {
        address requester;
        bytes32 request;
        Entry entry;
        address[] validators;
        Terms terms;
    }

    #[derive(Debug)]
    struct Said { uint256 chain; address verifying; Statement statement; bytes signature; }

    #[derive(Debug)]
    struct Proved { address verifier; uint256[8] proof; uint256[9] input; }

    #[derive(Debug, PartialEq, Eq, serde::Serialize)]
    struct Values {
        uint64 fromEpoch;
        uint8 kiosks;
        uint8 operators;
        uint24 leastFace;
        uint24 leastVoice;
        uint96 leastOperator;
        uint96 leastKiosk;
        uint96 leastValidator;
    }

    #[derive(Debug)]
    contract Heart {
        constructor(address minter, address[] accounts, uint256[] shares);
        function minter() external view returns (address);
        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function transfer(address to, uint256 value) external returns (bool);
        function approve(address spender, uint256 value) external returns (bool);
        function delegate(address delegatee) external;
        function crosschainMint(address to, uint256 value) external;
        function crosschainBurn(address from, uint256 value) external;
        function supportsInterface(bytes4 id) external view returns (bool);
        error SharesNotGenesis(uint256 sum);
        error SharesUneven(uint256 accounts, uint256 shares);
        error NotMinter(address caller);
    }

    #[derive(Debug)]
    contract Emission {
        constructor(address heart, address stakes, uint64 start);
        function total(uint256 weeks_) external pure returns (uint256);
        function ofWeek(uint256 week) external pure returns (uint256);
        function facts(uint256 week, bytes32 root) external pure returns (bytes32);
        function domain() external view returns (bytes32);
        function list(uint256 week, bytes32 root, Statement statement, bytes[] signatures) external;
        function take(uint256 week, uint256 index, bytes32 key, uint256 amount, bytes32[] proof) external;
        error NotEnded(uint256 week);
        error ListedAlready(uint256 week);
        error NotListed(uint256 index);
        error TakenAlready(uint256 index);
        error TooMuch(uint256 amount, uint256 left);
        error NotStaked(bytes32 key);
    }

    #[derive(Debug)]
    contract Parameters {
        constructor(address owner, address registry, Values first);
        function schedule(Values next) external;
        function advance() external;
        function values() external view returns (Values);
        function scheduled() external view returns (Values);
        function registry() external view returns (address);
        function owner() external view returns (address);
        function transferOwnership(address owner) external;
        error OwnableUnauthorizedAccount(address account);
        error EpochPassed(uint64 fromEpoch, uint64 current);
        error NothingDue(uint64 fromEpoch, uint64 current);
        error OutOfRange();
    }

    #[derive(Debug)]
    contract Stakes {
        constructor(address token, address court, address parameters);
        function stakes(bytes32 key) external view returns (
            address owner, uint96 amount, address operator, uint8 role, uint8 state, uint16 holds, uint64 until
        );
        function validating() external view returns (uint256);
        function operating() external view returns (uint256);
        function forfeited() external view returns (uint256);
        function parameters() external view returns (address);
        function bondOperator(uint96 amount) external;
        function bondKiosk(address kiosk, uint96 amount, bytes signature) external;
        function bondValidator(bytes publicKey, address owner, uint96 amount) external;
        function add(bytes32 key, uint96 amount) external;
        function unbond(bytes32 key) external;
        function withdraw(bytes32 key) external;
        function review(bytes32 key) external;
        function hold(bytes32 key, bool more) external;
        function jail(bytes32 key) external returns (bool jailed);
        function release(bytes32 key) external;
        function slash(bytes32 key, uint16 bps, address informer) external returns (uint256);
        function spend(address to, uint256 amount) external;
        function isActive(bytes32 key, uint8 role) external view returns (bool);
        function possession(address kiosk, address operator) external view returns (bytes);
        function validatorKey(bytes publicKey) external pure returns (bytes32);
        event ValidatorKey(bytes32 indexed key, bytes publicKey);
        error KeyTaken(bytes32 key);
        error TooLittle(uint256 amount, uint256 least);
        error NotOperator(address account);
        error NotPossessed(address kiosk, address signer);
        error KeyMalformed();
        error NotOwner(address caller);
        error WrongState(uint8 state);
        error TooEarly(uint64 until);
        error Accused(uint16 holds);
        error NotCourt(address caller);
        error NotGovernor(address caller);
        error NotKiosk(address kiosk);
        error TooFewOperators(uint256 found, uint256 least);
    }

    #[derive(Debug)]
    contract Court {
        constructor(address token, address registry, uint96 bond);
        function setStakes(address stakes) external;
        function equivocated(Said one, Said other) external;
        function matchedTwice(Proved one, Proved other) external;
        function accuse(bytes32 accused, bytes32 evidence) external returns (uint256 id);
        function answer(uint256 id, bytes record) external;
        function vote(uint256 id, bool guilty) external;
        function decide(uint256 id) external;
        function appeal(uint256 id) external;
        function close(uint256 id) external;
        error StakesSet();
        error NoContradiction();
        error OtherSigner(address one, address other);
        error KeyNotAccepted(address verifier);
        error RootUnknown(uint256 root);
        error ProofRefused();
        error WrongStage(uint8 stage);
        error WrongTime(uint64 until);
        error NotAccused(address caller);
        error NoVote(address caller);
        error VotedAlready(address caller);
        error AnswerLength(uint256 length);
    }

    #[derive(Debug)]
    contract Attested {
        function domain() external view returns (bytes32);
        error TooFewSignatures(uint256 found, uint256 least);
        error NotAscending(address signer);
        error OtherFacts(bytes32 found, bytes32 expected);
        error NotIncluded(uint64 index, uint64 size);
        error RecordMalformed();
        error RequestNotNamed(bytes32 request);
        error ECDSAInvalidSignature();
    }

    #[derive(Debug)]
    contract Settle {
        constructor(address token, address stakes, address registry);
        function escrow(bytes32 request, uint96 fee, Terms terms) external;
        function settle(Statement statement, Claim[] claims, bytes[] signatures) external;
        function settleProved(
            Statement statement, Claim claim, bytes[] signatures,
            address verifier, uint256[8] proof, uint256[9] input
        ) external;
        function refuse(address requester, bytes32 request, Statement statement, bytes[] signatures) external;
        function expire(address requester, bytes32 request, Terms terms) external;
        function fetch(address account) external returns (uint256 amount);
        function owed(address account) external view returns (uint256);
        function token() external view returns (address);
        function stakes() external view returns (address);
        function escrows(bytes32 key) external view returns (address requester, uint96 fee, bytes32 terms);
        function escrowKey(address requester, bytes32 request) external pure returns (bytes32);
        function claimFacts(
            address requester, bytes32 request, bytes32 approval, bytes32 terms, address[] validators
        ) external pure returns (bytes32);
        function settlementFacts(bytes32[] items) external pure returns (bytes32);
        function refusalFacts(address requester, bytes32 request) external pure returns (bytes32);
        event Settled(bytes32 indexed request, bytes32 indexed approval, address indexed requester, uint256 fee);
        error EscrowedAlready(bytes32 request);
        error NothingEscrowed(bytes32 request);
        error TermsMalformed();
        error OtherTerms(bytes32 request);
        error FeeOnTransfer(uint256 sent, uint256 arrived);
        error OtherRequest(uint256 found, uint256 expected);
        error TooEarly(uint64 until);
        error Validators(uint256 count);
        error ReentrancyGuardReentrantCall();
    }

    #[derive(Debug)]
    contract AiNft {
        constructor(address stakes);
        function mint(
            address to, bytes32 container, bytes32 rules, uint96 royaltyBps,
            Entry entry, Statement statement, bytes[] signatures
        ) external returns (uint256 id);
        function anchor(uint256 id, bytes32 container, bytes32 rules) external;
        function moveTo(
            uint256 id, address to, bytes32 request, Entry entry, Statement statement, bytes[] signatures
        ) external;
        function burn(uint256 id) external;
        function ownerOf(uint256 id) external view returns (address);
        function assets(uint256 id) external view returns (
            bytes32 container, bytes32 rules, uint64 moves, bool burned
        );
        function royaltyInfo(uint256 id, uint256 price) external view returns (address to, uint256 amount);
        function transferFrom(address from, address to, uint256 id) external;
        function safeTransferFrom(address from, address to, uint256 id) external;
        function approve(address to, uint256 id) external;
        function setApprovalForAll(address operator, bool approved) external;
        function mintFacts(
            bytes32 asset, address to, bytes32 container, bytes32 rules, uint96 royaltyBps
        ) external pure returns (bytes32);
        function moveFacts(uint256 id, uint64 moves, address to, bytes32 approval) external pure returns (bytes32);
        function supportsInterface(bytes4 id) external view returns (bool);
        error NeedsApproval(uint256 id);
        error Gone(uint256 id);
        error NotOwner(address caller);
        error RoyaltyTooHigh(uint96 bps);
        error ERC721InvalidSender(address sender);
        error ERC721NonexistentToken(uint256 id);
    }

    #[derive(Debug)]
    contract Governance {
        constructor(address token, uint256 threshold);
        function propose(
            address[] targets, uint256[] values, bytes[] calldatas, string description
        ) external returns (uint256 id);
        function castVote(uint256 id, uint8 support) external returns (uint256 weight);
        function execute(
            address[] targets, uint256[] values, bytes[] calldatas, bytes32 description
        ) external payable returns (uint256 id);
        error GovernorUnexpectedProposalState(uint256 id, uint8 current, bytes32 expected);
        error GovernorInsufficientProposerVotes(address proposer, uint256 votes, uint256 threshold);
    }

    #[derive(Debug)]
    contract Gateway {
        constructor(
            address owner, uint256 threshold, address[] operators, uint256 remoteChain, address remoteGateway
        );
        function sent() external view returns (uint64);
        function received() external view returns (uint64);
        function deliver(
            uint64 sequence, bytes sender, bytes recipient, bytes payload, bytes[] signatures
        ) external;
        function retry(uint64 sequence, bytes sender, bytes recipient, bytes payload) external;
        function held(uint64 sequence) external view returns (bytes32 id);
        function pause() external;
        function unpause() external;
        function digest(uint64 sequence, bytes sender, bytes recipient, bytes payload)
            external view returns (bytes32);
        event Posted(uint64 indexed sequence, bytes sender, bytes recipient, bytes payload);
        error ThresholdTooLow(uint256 threshold, uint256 operators);
        error NotAscending(address operator);
        error NotOperator(address account);
        error TooFewSignatures(uint256 found, uint256 least);
        error OutOfOrder(uint64 sequence, uint64 expected);
        error OtherChain(uint256 chain);
        error NotTaken(address recipient);
        error NotHeld(uint64 sequence);
        error EnforcedPause();
        error OwnableUnauthorizedAccount(address account);
    }

    #[derive(Debug)]
    contract Bridge {
        constructor(address token, uint256 limit);
        function link(address gateway, bytes counterpart) external;
        function crosschainTransfer(bytes to, uint256 amount) external returns (bytes32);
        function receiveMessage(bytes32 id, bytes sender, bytes payload) external payable returns (bytes4);
        error OverLimit(uint256 amount, uint256 left);
        error ERC7786RecipientUnauthorizedGateway(address gateway, bytes sender);
        error LinkAlreadyRegistered(bytes chain);
    }

    #[derive(Debug)]
    contract HeadsHome {
        constructor(address stakes);
        function link(address gateway, bytes counterpart) external;
        function facts() external pure returns (bytes32);
        function send(bytes chain, Statement statement, bytes[] signatures) external;
    }

    #[derive(Debug)]
    contract HeadsAway {
        constructor();
        function link(address gateway, bytes counterpart) external;
        function heads(bytes32 log) external view returns (uint64 size, bytes32 root);
        function approvalOf(bytes32 log, bytes32 request, Entry entry) external view returns (bytes32 approval);
        error NotIncluded(bytes32 request);
    }

    #[derive(Debug)]
    contract Badge {
        constructor(address stakes);
        function give(bytes32 key) external;
        function take(bytes32 key) external;
        function ownerOf(uint256 id) external view returns (address);
        function locked(uint256 id) external view returns (bool);
        function transferFrom(address from, address to, uint256 id) external;
        function supportsInterface(bytes4 id) external view returns (bool);
        error NotValidator(bytes32 key);
        error StillValidator(bytes32 key);
        error Soulbound(uint256 id);
    }

    #[derive(Debug)]
    contract Validation {
        constructor(address stakes, address registry);
        function facts(bytes32 request, bytes32 approval, string uri) external pure returns (bytes32);
        function tell(
            bytes32 request, string uri, Entry entry, Statement statement, bytes[] signatures
        ) external;
    }

    #[derive(Debug)]
    contract MatchVerifier {
        function verify(uint256[8] proof, uint256[9] input) external view returns (bool);
    }

    #[derive(Debug)]
    contract ProofRegistry {
        constructor(address governor, uint256 face, uint256 voice);
        function current() external view returns (uint256 root, uint64 number);
        function setGovernor(address governor) external;
        function setRegistrar(address registrar) external;
        function setEpoch(uint64 number, uint256 root) external;
        function endGrace() external;
        function setThresholds(uint256 face, uint256 voice) external;
        function setKey(address verifier, bool accept) external;
        function setModel(uint256 model, bool accept) external;
        function submit(address verifier, uint256[8] proof, uint256[9] input) external;
        function signals(uint256 nullifier) external view returns (uint256);
        event KeySet(address indexed verifier, bytes32 key, bool accepted);
        event ModelSet(uint256 indexed model, bool accepted);
        error NotGovernor();
        error NotRegistrar();
        error ZeroGovernor();
        error EpochNotNext(uint64 found, uint64 expected);
        error ThresholdOutOfRange(uint256 threshold);
        error KeyNotAccepted(address verifier);
        error RootNotInForce(uint256 root);
        error NullifierUsed(uint256 nullifier);
        error ModelNotAccepted(uint256 model);
        error ThresholdTooLow(uint256 face, uint256 voice);
        error SignalZero();
        error ProofRefused();
    }
}
