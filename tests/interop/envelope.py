"""A signed envelope, read with other people's libraries: who signed these bytes, and with what?

COSE_Sign1 (RFC 9052) with Ed25519, or with a passkey's assertion (WebAuthn Level 3) in its signature field.
"""

import base64
import hashlib
import json

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message

# Tag 18, an array of four, the protected header {1: -65537} and the empty unprotected header.
PASSKEY_HEAD = bytes.fromhex("d28447a1013a00010000a0")
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


class Refused(Exception):
    """A check that does not hold, in words."""


def demand(holds, why):
    if not holds:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(data, what):
    value = cbor2.loads(data)
    demand(cbor2.dumps(value, canonical=True) == data, f"{what} is not in deterministic CBOR")
    return value


def payload(data):
    """What an envelope carries, not yet to be believed."""
    return cbor2.loads(data).value[2]


def by_passkey(data):
    return data.startswith(PASSKEY_HEAD)


def open_sign1(data, key, aad, what):
    """The payload of a COSE_Sign1 that `key`, of 32 bytes, signed with Ed25519."""
    demand(len(key) == 32, f"{what} names no Ed25519 key")
    message = CoseMessage.decode(data)
    demand(isinstance(message, Sign1Message), f"{what} is no COSE_Sign1")
    message.key = OKPKey(crv=Ed25519, x=key)
    message.external_aad = aad
    demand(message.verify_signature(), f"the signature of {what} does not verify")
    return message.payload


def open_passkey(data, key, aad, what, parties):
    """The payload of an envelope that the passkey with `key`, of 33 bytes, signed at one of `parties`."""
    demand(len(key) == 33, f"{what} names no P-256 key")
    envelope = cbor2.loads(data)
    demand(cbor2.dumps(envelope, canonical=True) == data, f"the envelope of {what} has another encoding")
    protected, _unprotected, signed, assertion = envelope.value
    parts = canonical(assertion, f"the assertion of {what}")
    three = isinstance(parts, list) and [*map(type, parts)] == [bytes] * 3
    demand(three, f"the assertion of {what} is no list of three")
    authenticator, client, signature = parts
    structure = cbor2.dumps(["Signature1", protected, aad, signed], canonical=True)
    rp_id_hash = device_said(authenticator, what)
    origin = browser_said(client, sha256(structure), what)
    known = any(sha256(party["id"].encode()) == rp_id_hash and origin in party["origins"] for party in parties)
    demand(known, f"{what} was asked for at {origin}, which is no page of the policy's relying parties")
    demand(len(signature) == 64, f"the signature of {what} has {len(signature)} bytes")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    point.verify(encode_dss_signature(r, s), authenticator + sha256(client), ECDSA(SHA256()))
    return signed


def device_said(data, what):
    """The rpIdHash of authenticatorData (section 6.1), its flags being those of a use with a verified person."""
    demand(len(data) >= 37, f"authenticatorData of {what} has {len(data)} bytes")
    flags, rest = data[32], data[37:]
    demand(flags & UP and flags & UV, f"{what}: the person was not present and verified (flags {flags:#04x})")
    demand(not flags & AT, f"{what}: a passkey was made, not used")
    demand(not flags & BS or flags & BE, f"{what}: a passkey that may not be copied is copied")
    if flags & ED:
        demand(isinstance(canonical(rest, "the extensions"), dict), f"{what}: the extensions are no map")
    else:
        demand(not rest, f"authenticatorData of {what} has {len(rest)} bytes too many")
    return data[:32]


def browser_said(data, challenge, what):
    """The origin in clientDataJSON (section 5.8.1), made for this challenge and in no frame of another site."""
    pairs = json.loads(data.decode("utf-8"), object_pairs_hook=list)
    said = dict(pairs)
    demand(len(said) == len(pairs), f"clientDataJSON of {what} says something twice")
    demand(said["type"] == "webauthn.get", f"{what}: the type is {said['type']}")
    expected = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
    demand(said["challenge"] == expected, f"{what}: the challenge is not the digest of its Sig_structure")
    demand(said.get("crossOrigin") in (None, False), f"{what} was signed in a frame of another site")
    demand(said.get("topOrigin") is None, f"{what} was signed in a frame of another site")
    return said["origin"]


def handle(key):
    """What stands for a key where 32 bytes are asked for."""
    return key if len(key) == 32 else sha256(key)


def field31(value):
    """A digest as an element of the proof's field: 31 bytes of SHA-256 over deterministic CBOR, in 32."""
    return b"\0" + sha256(cbor2.dumps(value, canonical=True))[:31]
