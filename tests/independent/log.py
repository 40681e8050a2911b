"""The log: a checkpoint (C2SP tlog-checkpoint), and records under it (RFC 6962)."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from signed import Refused, demand, payload_of, sha256


def checkpoint(text, trusted):
    """Size and root of a head that the trusted log signed."""
    origin, key = trusted["origin"], bytes.fromhex(trusted["key"])
    body, blank, lines = text.partition("\n\n")
    demand(blank and lines.endswith("\n"), "the checkpoint is no signed note")
    head = body.split("\n")
    demand(len(head) == 3 and head[0] == origin, "the checkpoint is of another log, or has more lines")
    demand(head[1].isascii() and head[1].isdigit() and str(int(head[1])) == head[1], "the size is no number")
    mark = sha256(origin.encode(), b"\n\x01", key)[:4]
    found = 0
    for line in lines[:-1].split("\n"):
        demand(line.startswith("— ") and line.count(" ") == 2, "a line of the note is no signature")
        _, name, blob = line.split(" ")
        raw = decoded(blob)
        if name == origin and raw[:4] == mark:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], (body + "\n").encode())
            except InvalidSignature as error:
                raise Refused("the log's signature does not verify") from error
            found += 1
    demand(found == 1, "the log's own signature is not there, or twice")
    root = decoded(head[2])
    demand(len(root) == 32, "the root has another length")
    return int(head[1]), root


def decoded(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("the note holds no base64") from error
    demand(base64.b64encode(raw).decode() == text, "base64 in another spelling")
    return raw


def root_of(leaf, index, size, path):
    """RFC 9162 § 2.1.3.2."""
    demand(0 <= index < size, "a record lies behind the log's end")
    node, last = index, size - 1
    for sibling in path:
        demand(last > 0, "a path is too long")
        if node & 1 or node == last:
            leaf = sha256(b"\x01", sibling, leaf)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            leaf = sha256(b"\x01", leaf, sibling)
        node, last = node >> 1, last >> 1
    demand(last == 0, "a path is too short")
    return leaf


def places(entries, objects, head):
    """Where each object stands: `objects` are type and bytes by id; all of them are there, and nothing else."""
    size, root = head
    found, before = {}, -1
    for entry in entries:
        demand(set(entry) == {1, 2, 3, 4} and entry[1] > before, "log entries are no ascending list")
        before = entry[1]
        record = payload_of(entry[2], "wetsign/log-record/1")
        demand(record[2] in objects and record[2] not in found, "a record names what is not here, or twice")
        kind, data = objects[record[2]]
        demand(record[1] == kind, f"a record calls a {kind} something else")
        demand(record[4] == sha256(b"wetsign/log-commitment/1", entry[3], data), f"the log commits to another {kind}")
        demand(root_of(sha256(b"\x00", entry[2]), entry[1], size, entry[4]) == root, f"{kind} is not under the head")
        found[record[2]] = entry[1], record[3]
    demand(len(found) == len(objects), "an object is not in the log")
    for place, previous in found.values():
        demand(all(found[one][0] < place for one in previous if one in found), "a record follows a later one")
    return {one: place for one, (place, _) in found.items()}
