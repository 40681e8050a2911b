"""Marks in files, read and made by the C2PA library for Python: PROGRAM APPROVAL FOLDER.

FOLDER holds what `cargo xtask interop` put there: keys, certificates, `trust.toml`. Prints `ok` and rows as JSON.
"""

import base64
import io
import json
import math
import pathlib
import struct
import subprocess
import sys

import c2pa

LABEL = "org.wetsign.approval"
SIGNING = "1.3.6.1.4.1.62558.2.1"  # id-c2pa-kp-claimSigning
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

program, approval = sys.argv[1:3]
folder = pathlib.Path(sys.argv[3])
rows = []


def row(name, ok, why):
    rows.append({"name": name, "ok": bool(ok), "why": str(why)})


def wetsign_media(*words):
    """Exit status and answer."""
    done = subprocess.run([program, *map(str, words), "--json"], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout) if done.stdout else {"summary": done.stderr}


TRUST = ["--policy", folder / "trust.toml", "--allow-simulated", "--allow-development-keys"]


def mark(source, out, *more):
    marker = ["--key", folder / "marker.key", "--certificates", folder / "marker.pem"]
    return wetsign_media("mark", source, "--approval", approval, *TRUST, *marker, "--out", out, *more)


def check(file, *more):
    return wetsign_media("check", file, *TRUST, *more)


def tone():
    samples = struct.pack("<16000h", *(int(9000 * math.sin(i / 9) * (i / 16000)) for i in range(16000)))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16,
                       b"data", len(samples))
    return head + samples


def frames():
    noise = bytes((i * i * 7 + i // 3) % 127 for i in range(40 * 413))
    return b"".join(b"\xff\xfb\x90\x64" + noise[at:at + 413] for at in range(0, len(noise), 413))


def context(authority):
    return c2pa.Context.from_dict({
        "trust": {"trust_anchors": (folder / authority).read_text(), "trust_config": SIGNING},
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "core": {"allowed_network_hosts": []},
    })


def read(media_type, data, authority="authority.pem"):
    """State, and the active manifest."""
    reader = c2pa.Reader(media_type, io.BytesIO(data), context=context(authority))
    store = json.loads(reader.json())
    return reader.get_validation_state(), store["manifests"][store["active_manifest"]]


def assertion(manifest, label):
    return [it["data"] for it in manifest["assertions"] if it["label"].startswith(label)]


def theirs(marker, statement, data):
    """A mark that this library makes, signed by the marker's key."""
    seed = bytes.fromhex((folder / f"{marker}.key").read_text().strip())
    pkcs8 = base64.encodebytes(bytes.fromhex("302e020100300506032b657004220420") + seed).decode()
    key = f"-----BEGIN PRIVATE KEY-----\n{pkcs8}-----END PRIVATE KEY-----\n"
    info = c2pa.C2paSignerInfo("ed25519", (folder / f"{marker}.pem").read_bytes(), key.encode(), None)
    made = {"actions": [{"action": "c2pa.created", "digitalSourceType": TRAINED}]}
    definition = {
        "title": "theirs", "format": "audio/wav", "claim_generator_info": [{"name": "c2pa-python", "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "created": True, "data": made},
                       {"label": LABEL, "created": True, "data": statement}],
    }
    out = io.BytesIO()
    builder = c2pa.Builder(definition, context=context("authority.pem"))
    builder.sign(c2pa.Signer.from_info(info), "audio/wav", io.BytesIO(data), out)
    return out.getvalue()


statement = None
for kind, media_type, data in [("wav", "audio/wav", tone()), ("mp3", "audio/mpeg", frames())]:
    source, marked = folder / f"plain.{kind}", folder / f"marked.{kind}"
    source.write_bytes(data)
    status, answer = mark(source, marked)
    if status != 0:
        row(f"wetsign-media marks {kind}", False, answer)
        continue
    state, manifest = read(media_type, marked.read_bytes())
    [actions], [said] = assertion(manifest, "c2pa.actions"), assertion(manifest, LABEL)
    statement = statement or said
    row(f"c2pa-python reads our {kind}", state == "Trusted" and said["named"]["approval"] == answer["approval"]
        and actions["actions"][0]["digitalSourceType"] == TRAINED, f"{state}; approval {said['named']['approval'][:16]}…")
    state, _ = read(media_type, marked.read_bytes(), "other.pem")
    row(f"c2pa-python trusts our {kind} under no other authority", state == "Valid", state)
    changed = bytearray(marked.read_bytes())
    place = 2000 if kind == "wav" else len(changed) - 2000
    changed[place] ^= 1
    state, _ = read(media_type, bytes(changed))
    row(f"c2pa-python refuses our {kind} with a byte changed", state == "Invalid", state)

if statement:
    for marker, expected, name in [
        ("marker", (0, None), "we accept a mark that c2pa-python makes by our marker's key"),
        ("stranger", (2, "signer"), "we refuse one by a key that no authority of the policy certified"),
    ]:
        file = folder / f"theirs-{marker}.wav"
        file.write_bytes(theirs(marker, statement, tone()))
        status, answer = check(file)
        row(name, (status, answer.get("first_failure")) == expected, answer.get("summary", answer))
    file = folder / "theirs-empty.wav"
    file.write_bytes(theirs("marker", {"version": 1}, tone()))
    status, answer = check(file)
    row("we refuse one that names no approval", (status, answer.get("first_failure")) == (2, "statement"),
        answer.get("summary", answer))

print(json.dumps({"ok": all(it["ok"] for it in rows), "rows": rows}, indent=1))
