"""Programs of others read our log, witness it, and are witnessed by ours (C2SP tlog-tiles, tlog-witness, RFC 9942).

    log.py FOLDER_OF_PROGRAMS

Prints one JSON object: `ok`, and `rows` with name, ok and why. Exit status 0 means that all agreed.
"""

import hashlib
import http.client
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from aics_tlog import (
    Checkpoint, HttpTileReader, MerkleTree, audit_tiles, inclusion_proof_from_tiles, parse_note,
    parse_vkey, sign_checkpoint, verify_checkpoint, verify_leaf_inclusion, vkey_from_ed25519,
)
from aics_tlog.checkpoint import checkpoint_from_note
from aics_tlog.note import b64_encode, format_vkey
from aics_tlog.verified import VerifiedTileReader
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from scitt_cose import verify_receipt

PROGRAMS = pathlib.Path(sys.argv[1]).resolve()
ROWS = []


def row(name, ok, why=""):
    ROWS.append({"name": name, "ok": bool(ok), "why": str(why)})


def run(program, *arguments):
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def publish(folder, count, policy=None):
    code, out, err = run(PROGRAMS / "examples/publish", folder, count, *([policy] if policy else []))
    if code != 0:
        raise SystemExit(f"publish: {err}")
    return json.loads(out)


def policy(folder, said, witnesses="", operators=""):
    text = (
        f'version = 2\nregistrars = ["{said["key"]}"]\nregistrars_needed = 1\nminimum_stake = "1"\n'
        f"{witnesses}[log]\norigin = \"example.com/wetsign\"\nkey = \"{said['key']}\"\n{operators}"
    )
    path = folder / "trust.toml"
    path.write_text(text)
    return path


def reads(folder):
    """aics-tlog reads the files that the hub wrote, at sizes with full and partial tiles."""
    for count in (1, 255, 256, 257, 600):
        said = publish(folder, count)
        key = parse_vkey(said["vkey"])
        note = parse_note((folder / "tiles/checkpoint").read_text())
        checked = verify_checkpoint(note, key, expected_origin="example.com/wetsign")
        head, _ = checkpoint_from_note(note)
        reader = HttpTileReader([(folder / "tiles").as_uri()])
        report = audit_tiles(reader, head.size, head.root)
        verified = VerifiedTileReader(reader, head.size, head.root)
        proofs = all(
            verify_leaf_inclusion(
                verified.entry(index), index, head.size,
                inclusion_proof_from_tiles(verified, index, head.size), head.root,
            )
            for index in {0, count // 2, count - 1}
        )
        row(f"aics-tlog audits our log of {count}", checked.ok and proofs and report.size == count, report)
    trust = policy(folder, said)
    code, out, err = run(PROGRAMS / "wetsign", "log", "audit", folder / "tiles", "--policy", trust)
    row("wetsign audits it too", code == 0, out + err)
    receipts(folder, trust, key)
    broken = folder / "broken"
    shutil.copytree(folder / "tiles", broken)
    entries = broken / "tile/entries/001"
    changed = bytearray(entries.read_bytes())
    changed[5000] ^= 1
    entries.write_bytes(changed)
    try:
        audit_tiles(HttpTileReader([broken.as_uri()]), head.size, head.root)
        theirs = "it read on"
    except Exception as error:  # any refusal will do
        theirs, why = None, error
    code, out, _ = run(PROGRAMS / "wetsign", "log", "audit", broken, "--policy", trust)
    row("one changed byte of a record is found by both", theirs is None and code == 2, f"{theirs or why}; {out}")


def receipts(folder, trust, key):
    """scitt-cose checks COSE receipts that are made of the same files."""
    pem = key.ed25519.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for index in (0, 255, 599):
        out, record = folder / f"{index}.receipt", folder / f"{index}.record"
        code, said, err = run(
            PROGRAMS / "wetsign", "log", "receipt", folder / "tiles", "--index", index, "--policy", trust,
            "--out", out, "--record", record,
        )
        if code != 0:
            raise SystemExit(f"receipt: {said}{err}")
        entry = record.read_bytes()
        found = verify_receipt(out.read_bytes(), leaf_entry_hex=entry.hex(), log_public_key_pem=pem)
        row(f"scitt-cose takes our receipt for record {index}", found.ok, found.errors)
        other = bytes([entry[0] ^ 1]) + entry[1:]
        found = verify_receipt(out.read_bytes(), leaf_entry_hex=other.hex(), log_public_key_pem=pem)
        row("and for no other record", not found.ok, found.errors)


def witnessed_by_theirs(folder):
    """Our hub's client brings its heads to aics-witness."""
    binaries = pathlib.Path(sys.executable).parent
    config = folder / "witness.json"
    log, theirs = folder / "log", folder / "theirs"
    theirs.mkdir()
    said = publish(log, 3)
    witness, at = str(binaries / "aics-witness"), ["--config", str(config)]
    code, out, err = run(witness, "init", *at, "--name", "witness.example/theirs")
    vkey = next(word for word in (out + err).split() if word.startswith("witness.example/theirs+"))
    code, out, err = run(witness, "add-log", *at, "--origin", "example.com/wetsign", "--vkey", said["vkey"])
    if code != 0:
        raise SystemExit(f"add-log: {out}{err}")
    port = 17381
    serve = [witness, "serve", *at, "--listen", f"127.0.0.1:{port}"]
    serving = subprocess.Popen(serve, stderr=subprocess.PIPE, text=True)
    try:
        for line in serving.stderr:
            if "127.0.0.1" in line or "listening" in line:
                break
        lines = f"witnesses = '''\nwitness theirs {vkey} http://127.0.0.1:{port}/\nquorum theirs\n'''\n"
        trust = policy(folder, said, lines)
        first = publish(log, 3, trust)
        row("aics-witness cosigns our first head", first["witnessed"], first["refused"])
        grown = publish(log, 300, trust)
        row("it takes our consistency proof, after 409 said from where", grown["witnessed"], grown["refused"])
        key = parse_vkey(said["vkey"])
        checked = verify_checkpoint(parse_note(grown["checkpoint"]), key, [parse_vkey(vkey)], quorum=1)
        row("aics-tlog counts the cosignature that we keep", checked.ok, checked.error)
        code, out, err = run(PROGRAMS / "wetsign", "log", "audit", log / "tiles", "--policy", trust)
        row("wetsign log audit counts it", code == 0 and "passed       witnesses" in out, out + err)
        forked = publish(theirs, 400, trust)
        row("a forked log gets no line of it", not forked["witnessed"] and forked["refused"], forked["refused"])
    finally:
        serving.terminate()
        serving.wait()


def witnessed_by_ours(folder):
    """A log of aics-tlog is cosigned by `wetsign witness`."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
    origin = "log.example/theirs"
    log_key = vkey_from_ed25519(origin, key.public_key())
    home = folder / "ours"
    code, out, err = run(PROGRAMS / "wetsign", "witness", "new", home, "--name", "witness.example/ours")
    vkey = parse_vkey(out.strip())
    serving = subprocess.Popen(
        [str(PROGRAMS / "wetsign"), "witness", "run", str(home), "--log", format_vkey(log_key), "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        address = urllib.parse.urlparse(serving.stdout.readline().strip())
        leaves = [f"entry {number}\n".encode() for number in range(300)]

        def ask(old, size, leaves=leaves):
            tree = MerkleTree(leaves[:size])
            note = sign_checkpoint(Checkpoint(origin, size, tree.root()), key, origin)
            proof = tree.consistency_proof(old, size) if 0 < old < size else []
            lines = "".join(b64_encode(one) + "\n" for one in proof)
            connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
            connection.request("POST", "/add-checkpoint", f"old {old}\n{lines}\n{note.serialise()}".encode())
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), note

        status, line, note = ask(0, 10)
        both = parse_note(note.serialise() + line)
        checked = verify_checkpoint(both, log_key, [vkey], quorum=1)
        row("our witness cosigns a log of aics-tlog, and aics-tlog counts it", status == 200 and checked.ok, checked.error)
        status, line, note = ask(10, 257)
        checked = verify_checkpoint(parse_note(note.serialise() + line), log_key, [vkey], quorum=1)
        row("it takes their consistency proof", status == 200 and checked.ok, line)
        status, size, _ = ask(10, 300)
        row("another old size: 409 and the size", (status, size) == (409, "257\n"), (status, size))
        fork = leaves[:100] + [b"another history\n"] + leaves[101:]
        status, why, _ = ask(257, 300, fork)
        row("a fork: 422", status == 422, why)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        connection.request("GET", f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint")
        shown = parse_note(connection.getresponse().read().decode())
        row("what it shows to monitors verifies", verify_checkpoint(shown, log_key, [vkey], quorum=1).ok)
    finally:
        serving.terminate()
        serving.wait()


def main():
    for check in (reads, witnessed_by_theirs, witnessed_by_ours):
        with tempfile.TemporaryDirectory() as folder:
            check(pathlib.Path(folder))
    ok = all(one["ok"] for one in ROWS)
    print(json.dumps({"ok": ok, "rows": ROWS}, indent=1))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
