"""Bytes and signatures: deterministic CBOR (RFC 8949 § 4.2.1), COSE_Sign1 (RFC 9052), passkeys (WebAuthn Level 3).

Written from attest/README.md, attest/cddl/ and the standards that they name, without a look at the product's code.
"""

import base64
import hashlib
import json

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from shapes import SIGNERS, wrong

ED25519, PASSKEY = bytes.fromhex("a10127"), bytes.fromhex("a1013a00010000")


class Refused(Exception):
    """What does not hold, in words."""


def demand(holds, why):
    if not holds:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def encoded(value):
    # cbor2 sorts keys by length first (RFC 7049): for the keys here, small or all negative ones last, it is the same.
    return cbor2.dumps(value, canonical=True)


def canonical(data, what):
    """The value of bytes that are its one encoding."""
    try:
        value = cbor2.loads(data)
        same = encoded(value) == data
    except Exception as error:  # whatever the library says of broken input is a refusal
        raise Refused(f"{what} is no CBOR: {error}") from error
    demand(same, f"{what} is not in its deterministic encoding")
    return value


def payload_of(data, kind):
    """The fields of a payload of this type."""
    fields = canonical(data, kind)
    demand(isinstance(fields, dict) and fields.get(0) == kind, f"is no {kind}")
    why = wrong(kind, fields)
    demand(why is None, why)
    return fields


def envelope(data, what):
    tag = canonical(data, what)
    demand(isinstance(tag, cbor2.CBORTag) and tag.tag == 18, f"{what} is no COSE_Sign1")
    parts = tag.value
    demand(isinstance(parts, list) and len(parts) == 4 and parts[1] == {}, f"{what} has another envelope")
    demand(all(isinstance(parts[place], bytes) for place in (0, 2, 3)), f"{what} has another envelope")
    demand(parts[0] in (ED25519, PASSKEY), f"{what} names another algorithm")
    return parts


def check(parts, key, aad, what, people=False, parties=()):
    """That `key` signed: with Ed25519 if it has 32 bytes, as a passkey if it has 33."""
    protected, _, payload, signature = parts
    structure = encoded(["Signature1", protected, aad, payload])
    try:
        if protected == ED25519:
            demand(len(key) == 32 and len(signature) == 64, f"{what}: no key or signature of Ed25519")
            Ed25519PublicKey.from_public_bytes(key).verify(signature, structure)
        else:
            demand(people and len(key) == 33, f"{what} is signed by a machine, or by another kind of key")
            passkey(signature, key, sha256(structure), what, parties)
    except (InvalidSignature, ValueError) as error:
        raise Refused(f"{what}: the signature does not verify") from error


def passkey(assertion, key, challenge, what, parties):
    said = canonical(assertion, f"the assertion of {what}")
    demand(isinstance(said, list) and [*map(type, said)] == [bytes] * 3, f"{what}: an assertion is a list of three")
    authenticator, client, signature = said
    demand(37 <= len(authenticator) <= 1536 and len(client) <= 1024 and len(signature) == 64, f"{what}: a wrong length")
    flags, extensions = authenticator[32], authenticator[37:]
    demand(flags & 0x05 == 0x05, f"{what}: the person was not present and verified")
    demand(not flags & 0x40 and (flags & 0x08 or not flags & 0x10), f"{what}: flags {flags:#04x}")
    demand(bool(flags & 0x80) == bool(extensions), f"{what}: bytes behind the counter")
    if extensions:
        demand(isinstance(canonical(extensions, "extensions"), dict), f"{what}: extensions are no map")
    try:
        members = json.loads(client.decode("utf-8"), object_pairs_hook=list)
        browser = dict(members)
    except ValueError as error:
        raise Refused(f"{what}: clientDataJSON is none") from error
    expected = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
    demand(len(browser) == len(members), f"{what}: clientDataJSON says something twice")
    demand(browser.get("type") == "webauthn.get" and browser.get("challenge") == expected, f"{what}: another challenge")
    demand(not browser.get("crossOrigin") and browser.get("topOrigin") is None, f"{what}: in another site's frame")
    known = [party for party in parties if sha256(party["id"].encode()) == authenticator[:32]]
    demand(any(browser.get("origin") in party["origins"] for party in known), f"{what}: at no page of the policy's")
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    point.verify(encode_dss_signature(r, s), authenticator + sha256(client), ECDSA(SHA256()))


def signed(data, kind, parties=()):
    """Fields and id of an object that names its signer."""
    signer, people = SIGNERS[kind]
    parts = envelope(data, kind)
    fields = payload_of(parts[2], kind)
    check(parts, fields[signer], kind.encode(), kind, people, parties)
    return fields, sha256(parts[2])


def field31(value):
    """A value as an element of the proof's field: 31 bytes of SHA-256 over its encoding, in 32."""
    return b"\0" + sha256(encoded(value))[:31]
