"""A second auditor: reads an approval with pycose, cbor2 and cryptography, which share no code with this project.

    auditor.py APPROVAL TRUST_POLICY

Checks what those libraries can: encodings, signatures, passkeys' assertions with their relying parties (WebAuthn),
identifiers, the secure element's tokens (RFC 9711 in RFC 9052) with their certificate chains, the log (RFC 6962), and
that one changed byte is noticed. It does not judge rules, proofs, gates or custody.
Prints one JSON object: `ok`, `rows` (each with name, ok, why). Exit status 0 if every row holds, else 2.
"""

import base64
import json
import sys
import tomllib

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from envelope import Refused, by_passkey, canonical, demand, field31, handle, open_passkey, open_sign1, payload, sha256

# Where each signed object names its signer.
SIGNER = {
    "wetsign/request/1": 2,
    "wetsign/asset/1": 9,
    "wetsign/rules/1": 4,
    "wetsign/verdict/1": 2,
    "wetsign/cosignature/1": 9,
    "wetsign/approval/1": 7,
    "wetsign/device/1": 8,
    "wetsign/provisioner/1": 6,
}
# What people sign, with a passkey if they have one. Machines sign the rest, with Ed25519.
BY_PEOPLE = ["wetsign/request/1", "wetsign/asset/1", "wetsign/rules/1", "wetsign/cosignature/1"]
# Where a validator's key can be; whether only a passkey can be there.
CUSTODY = {1: ("kiosk", False), 2: ("program", False), 3: ("passkey", True), 4: ("software passkey", True)}
# Place of `validator_key` among the public inputs of a proof.
VALIDATOR_KEY = 6
EAT_PROFILE = "tag:wetsign.example,2026:eat/capture/1"
# nonce, ueid, hwmodel, uptime, oemboot, dbgstat, eat_profile, bootcount, swname, swversion, measurements, then private ones:
# probe, report, manifest, counter, tamper, milliseconds since begin, home.
CLAIMS = [10, 256, 259, 261, 262, 263, 265, 267, 270, 271, 273, *range(-65537, -65544, -1)]
COSWID = 258
HOMES = ["chip", "emulator", "program"]


def signed(data, kind, parties=()):
    """The fields of one of our objects; it names its own signer."""
    fields = canonical(payload(data), kind)
    demand(fields[0] == kind, f"is a {fields[0]}, not a {kind}")
    key = fields[SIGNER[kind]]
    if by_passkey(data):
        demand(kind in BY_PEOPLE, f"a {kind} is signed by machines, never by a passkey")
        open_passkey(data, key, kind.encode(), kind, parties)
    else:
        open_sign1(data, key, kind.encode(), kind)
    return fields


def cosigned(data, policy):
    return signed(data, "wetsign/cosignature/1", policy.get("relying_parties", []))


def identifier(data):
    return sha256(payload(data))


def chain(data, roots):
    """The device certificate at the end of a chain from one of `roots`."""
    device, provisioner = canonical(data, "the certificate chain")
    device, provisioner = signed(device, "wetsign/device/1"), signed(provisioner, "wetsign/provisioner/1")
    demand(provisioner[6] in roots, f"root {provisioner[6].hex()} is not trusted")
    demand(device[8] == provisioner[1], "another provisioner signed the device certificate")
    demand(device[4] in provisioner[3], f"the provisioner may not vouch for a {device[4]}")
    return device


def token(cosignature, policy):
    """Reads one capture attestation as an ordinary EAT reader does, then holds it against the co-signature."""
    device = chain(cosignature[6], [bytes.fromhex(root) for root in policy["roots"]])
    claims = canonical(open_sign1(cosignature[5], device[1], b"", "the token"), "the claims set")
    report = canonical(cosignature[7], "the liveness report")
    demand(sorted(claims) == sorted(CLAIMS), "is not the closed set of claims of its profile")
    demand(claims[265] == EAT_PROFILE, f"has the profile {claims[265]}")
    nonce = sha256(cosignature[1], cosignature[2], handle(cosignature[9]), report[3])
    demand(claims[10] == nonce, "the nonce is not that of this request, verdict, validator and challenge")
    demand(claims[256] == device[3] and claims[259] == device[4].encode(), "another device than the certificate's")
    demand(claims[-65543] == device[5], "runs on something else than the certificate says")
    demand(claims[-65538] == sha256(cosignature[7]), "attests another report")
    demand(claims[-65541] == 0, f"the case was opened: lines {claims[-65541]:#04x}")
    demand(claims[-65542] <= 60_000, f"signed {claims[-65542]} ms after the session was begun")
    [[content_format, coswid]] = claims[273]
    demand(content_format == COSWID, f"measurement of content format {content_format}")
    algorithm, digest = cbor2.loads(coswid)[3][17][7]
    demand(algorithm == 1 and digest.hex() in policy["firmware"], f"firmware {digest.hex()} is not trusted")
    return HOMES[claims[-65543]], claims[-65540]


def leaf_to_root(record, index, size, proof):
    """RFC 9162 section 2.1.3.2."""
    node, last, current = index, size - 1, sha256(b"\x00", record)
    for sibling in proof:
        demand(last > 0, "an inclusion proof is too long")
        if node & 1 or node == last:
            current = sha256(b"\x01", sibling, current)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            current = sha256(b"\x01", current, sibling)
        node, last = node >> 1, last >> 1
    demand(last == 0, "an inclusion proof is too short")
    return current


def checkpoint(text, trusted):
    """Size and root of a C2SP tlog-checkpoint signed by the trusted log."""
    body, signatures = text.split("\n\n")
    body += "\n"
    origin, size, root = body.splitlines()
    demand(origin == trusted["origin"], f"the log is {origin}, not {trusted['origin']}")
    key = bytes.fromhex(trusted["key"])
    key_hash = sha256(origin.encode(), b"\n\x01", key)[:4]
    for line in signatures.splitlines():
        _dash, name, blob = line.split(" ")
        blob = base64.b64decode(blob)
        if name == origin and blob[:4] == key_hash:
            Ed25519PublicKey.from_public_bytes(key).verify(blob[4:], body.encode())
            return int(size), base64.b64decode(root)
    raise Refused("the log's own signature is missing")


def included(bundle, trusted):
    size, root = checkpoint(bundle[11], trusted)
    found = {}
    for entry in bundle[10]:
        index, record, salt, proof = entry[1], entry[2], entry[3], entry[4]
        demand(leaf_to_root(record, index, size, proof) == root, f"record {index} is not under the checkpoint")
        found[canonical(record, "a log record")[2]] = (record, salt)
    for name, data in [("request", bundle[2]), ("verdict", bundle[5]), ("approval", bundle[1])] + [
        ("co-signature", data) for data in bundle[6]
    ]:
        demand(identifier(data) in found, f"the {name} is not in the log")
        record, salt = found[identifier(data)]
        commitment = sha256(b"wetsign/log-commitment/1", salt, data)
        demand(cbor2.loads(record)[4] == commitment, f"the log commits to another {name}")
    return f"{len(found)} records under a checkpoint of {size}"


def named(bundle):
    body = signed(bundle[1], "wetsign/approval/1")
    demand(body[1] == identifier(bundle[2]), "the body names another request")
    demand(body[4] == identifier(bundle[5]), "the body names another verdict")
    demand(sorted(body[5]) == sorted(map(identifier, bundle[6])), "the body names other co-signatures")
    return f"{len(body[5])} co-signatures"


def changed_bytes(bundle, policy):
    """Each byte of each token, and of each passkey's assertion, changed in turn: none is accepted."""
    tried = 0
    for data in bundle[6]:
        cosignature = cosigned(data, policy)
        tried += refused(cosignature[5], 0, "a token", lambda changed: token({**cosignature, 5: changed}, policy))
        if by_passkey(data):
            behind = data.index(payload(data)) + len(payload(data))
            tried += refused(data, behind, "an assertion", lambda changed: cosigned(changed, policy))
    return f"{tried} changed tokens and assertions refused"


def refused(data, first, what, read):
    """How many bytes from `first` on can be changed without one being accepted: all of them."""
    for place in range(first, len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        try:
            read(bytes(changed))
        except Exception:  # whatever a library says of broken input is a refusal
            continue
        raise Refused(f"byte {place} of {what} changed, and it was accepted")
    return len(data) - first


def objects(bundle, parties):
    kinds = [("wetsign/request/1", [bundle[2]]), ("wetsign/asset/1", bundle[3]), ("wetsign/rules/1", bundle[4])]
    kinds += [("wetsign/verdict/1", [bundle[5]]), ("wetsign/cosignature/1", bundle[6])]
    every = [(kind, data) for kind, list_ in kinds for data in list_]
    count = sum(signed(data, kind, parties)[0] == kind for kind, data in every)
    for endorsed in bundle[7]:
        for key, envelope in canonical(endorsed, "an epoch"):
            open_sign1(envelope, key, b"wetsign/epoch/1", "an epoch")
            count += 1
    return f"{count} signatures, {sum(by_passkey(data) for _, data in every)} of them by passkeys"


def keys(bundle, policy):
    """Each co-signature says of its key what the key shows, and its proof is for that key."""
    seen = []
    for data in bundle[6]:
        cosignature = cosigned(data, policy)
        key, (where, passkey) = cosignature[9], CUSTODY[cosignature[10]]
        demand(passkey == (len(key) == 33), f"a key of {len(key)} bytes is said to be a {where}'s")
        demand(cosignature[4][2][VALIDATOR_KEY] == field31(key), "the proof is for another validator's key")
        seen.append(where)
    return ", ".join(seen)


def tokens(bundle, policy):
    seen = [token(cosigned(data, policy), policy) for data in bundle[6]]
    return ", ".join(f"counter {counter} ({home})" for home, counter in seen)


def main(approval, policy_file):
    with open(approval, "rb") as file:
        bundle = canonical(file.read(), "the bundle")
    with open(policy_file, "rb") as file:
        policy = tomllib.load(file)
    parties = policy.get("relying_parties", [])
    checks = [
        ("every object is deterministic CBOR and signed by the key it names", lambda: objects(bundle, parties)),
        ("each validator's key is of its custody's kind, and its proof's own", lambda: keys(bundle, policy)),
        ("the approval names the objects beside it", lambda: named(bundle)),
        ("each token is an EAT of a certified secure element for this session", lambda: tokens(bundle, policy)),
        ("no token or assertion with a changed byte is accepted", lambda: changed_bytes(bundle, policy)),
        ("request, verdict, co-signatures and approval are in the log", lambda: included(bundle, policy["log"])),
    ]
    rows = []
    for name, check in checks:
        try:
            rows.append({"name": name, "ok": True, "why": check()})
        except InvalidSignature:
            rows.append({"name": name, "ok": False, "why": "a signature does not verify"})
        except Exception as error:
            rows.append({"name": name, "ok": False, "why": f"{type(error).__name__}: {error}"})
    ok = all(row["ok"] for row in rows)
    print(json.dumps({"ok": ok, "rows": rows}, indent=2))
    return 0 if ok else 2


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
