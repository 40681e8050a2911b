"""Do the two verifiers agree? On every published vector, on good approvals, and on altered ones.

    agree.py WETSIGN TRUST_POLICY SECONDS VECTORS APPROVAL APPROVAL …

Each altered approval is a good one that somebody changed who holds no key; what the two say of it is compared. WETSIGN
is the program of the product, whose `audit --record` answers. Prints one JSON object: `ok`, `rows` (each with name, ok,
why). Exit status 0 if they agree, else 2.
"""

import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import tomllib

import cbor2
from shapes import SHAPES, SIGNERS
from signed import Refused, canonical, payload_of, signed
from verify import CLAIMS, answer, endorsed

COUNT = 1000
# What the second verifier does not judge: then it may accept what the first one refuses, and no otherwise.
UNJUDGED = {"proof", "verdict-reproduced", "verdict-permits", "scores", "prompts", "entropy", "gates", "gate-bounds"}


def vectors(path):
    """For each vector: does this verifier read it as it should?"""
    wrong, tried = [], 0
    for one in json.loads(path.read_text())["objects"]:
        read, data = reader(one["rule"], bytes.fromhex(one["bytes"])), bytes.fromhex(one["bytes"])
        if read is None:
            continue
        for bad in [None, *one["bad"]]:
            given = data
            if bad:
                given = data[: bad["at"]] + bytes.fromhex(bad["insert"]) + data[bad["at"] + bad["drop"] :]
            tried += 1
            try:
                read(given)
                taken = True
            except (Refused, KeyError, ValueError, TypeError, IndexError):
                taken = False
            if taken == bool(bad):
                wrong.append(f"{one['rule']}: {bad['why'] if bad else 'the good one'}")
    return {"name": "all vectors are read alike", "ok": tried > 300 and not wrong, "why": "; ".join(wrong) or f"{tried} vectors"}


def reader(rule, good):
    """How this verifier reads what the rule says; None for what an approval does not hold."""
    value = cbor2.loads(good)
    if isinstance(value, cbor2.CBORTag) and rule != "token":
        kind = cbor2.loads(value.value[2])[0]
        return (lambda data: signed(data, kind)) if kind in SIGNERS else None
    if isinstance(value, dict) and value.get(0) in SHAPES:
        return lambda data: payload_of(data, value[0])
    if rule == "claims":
        def claims(data):
            if set(canonical(data, rule)) != CLAIMS or not isinstance(canonical(data, rule)[256], bytes):
                raise Refused("another set of claims")
        return claims
    if rule == "signed-epoch":
        return endorsed
    return None


def altered(rng, files):
    """One approval, changed, and how."""
    data = rng.choice(files)
    kind = rng.randrange(12)
    if kind < 4:
        place = rng.randrange(len(data))
        changed = bytearray(data)
        changed[place] ^= 1 << rng.randrange(8)
        return f"bit of byte {place}", bytes(changed)
    if kind == 4:
        place = rng.randrange(len(data))
        return f"byte {place} twice", data[:place] + data[place : place + 1] + data[place:]
    if kind == 5:
        return "cut", data[: rng.randrange(len(data))]
    bundle, other = cbor2.loads(data), cbor2.loads(rng.choice(files))
    how = CHANGES[rng.randrange(len(CHANGES))]
    name = how(rng, bundle, other)
    return name, cbor2.dumps(bundle, canonical=True)


def exchange(rng, bundle, other):
    field = rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    bundle[field] = other[field]
    return f"field {field} of another"


def entry(rng, bundle, _):
    one = rng.choice(bundle[10])
    how = rng.randrange(5)
    if how == 0:
        one[1] += rng.choice([-1, 1, 1000])
    elif how == 1:
        one[3] = rng.randbytes(32)
    elif how == 2:
        one[4] = one[4][:-1] if one[4] else [rng.randbytes(32)]
    elif how == 3 and one[4]:
        one[4][rng.randrange(len(one[4]))] = rng.randbytes(32)
    else:
        bundle[10].remove(one)
    return f"log entry, way {how}"


def lists(rng, bundle, other):
    field = rng.choice([3, 4, 6, 7, 8, 9, 10])
    how = rng.randrange(4)
    if how == 0:
        bundle[field].pop(rng.randrange(len(bundle[field])))
    elif how == 1:
        bundle[field].append(copy.deepcopy(rng.choice(bundle[field])))
    elif how == 2:
        bundle[field].reverse()
    else:
        bundle[field].append(rng.choice(other[field]))
    return f"list {field}, way {how}"


def stakes(rng, bundle, _):
    snapshot = cbor2.loads(bundle[8][0])
    rng.choice(snapshot[2])[2] = rng.randbytes(9).lstrip(b"\0")
    bundle[8][0] = cbor2.dumps(snapshot, canonical=True)
    return "a stake"


def note(rng, bundle, other):
    text, how = bundle[11], rng.randrange(5)
    if how == 0:
        text += "— stranger.example/w AAAAAAAA\n"
    elif how == 1:
        text += text.rsplit("\n", 2)[1] + "\n"
    elif how == 2:
        text = text.replace("\n", " \n", 1)
    elif how == 3:
        head = text.split("\n")
        head[1] = str(int(head[1]) + rng.randrange(1, 9))
        text = "\n".join(head)
    else:
        text = text.rstrip("\n")
    bundle[11] = text
    return f"checkpoint, way {how}"


def unknown(rng, bundle, _):
    bundle[rng.choice([12, 13, 99])] = rng.choice([0, [], b""])
    return "a field more"


CHANGES = [exchange, exchange, entry, entry, lists, lists, stakes, note, unknown]


def ours(program, policy, now, folder):
    """What the product says of each file: accepted, and the codes of what failed."""
    record = folder.parent / "record.jsonl"
    command = [program, "audit", folder, "--policy", policy, "--at", now, "--allow-development-keys", "--record", record]
    done = subprocess.run([*map(str, command), "--json"], capture_output=True, text=True)
    if done.returncode == 1:
        raise SystemExit(f"wetsign audit: {done.stderr.strip()}")
    rows = [json.loads(line) for line in record.read_text().splitlines()[1:]]
    return {pathlib.Path(row["file"]).name: (row["ok"], {one["code"] for one in row["failures"]}) for row in rows}


def main(program, policy, now, listed, *given):
    trusted = tomllib.loads(pathlib.Path(policy).read_text())
    files = [pathlib.Path(name).read_bytes() for name in given]
    rng = random.Random(20)
    rows = [vectors(pathlib.Path(listed))]
    with tempfile.TemporaryDirectory() as base:
        folder = pathlib.Path(base) / "in"
        folder.mkdir()
        said = {}
        for number, data in enumerate(files):
            said[f"good-{number:04}.cbor"] = "unchanged", data
        while len(said) < len(files) + COUNT:
            how, data = altered(rng, files)
            if not any(data == other for _, other in said.values()):
                said[f"other-{len(said):04}.cbor"] = how, data
        for name, (_, data) in said.items():
            (folder / name).write_bytes(data)
        found = ours(program, policy, now, folder)
        differ, accepted, causes = [], 0, {}
        for name, (how, data) in said.items():
            ok, why = answer(data, trusted, int(now))
            taken, codes = found[name]
            accepted += ok
            for code in codes:
                causes[code] = causes.get(code, 0) + 1
            if ok != taken and not (ok and codes <= UNJUDGED | {"quorum"}):
                differ.append(f"{name} ({how}): wetsign {taken} {sorted(codes)}, here {ok} {why}")
        good = all(found[f"good-{number:04}.cbor"][0] for number in range(len(files)))
    why = f"{accepted} accepted by both, {len(said) - accepted} refused; wetsign's reasons: {causes}"
    rows.append({"name": f"{len(files)} good approvals are accepted", "ok": good, "why": "by both"})
    rows.append({"name": f"{COUNT} altered approvals are judged alike", "ok": not differ, "why": "; ".join(differ[:5]) or why})
    ok = all(row["ok"] for row in rows)
    print(json.dumps({"ok": ok, "rows": rows}, indent=1))
    return 0 if ok else 2


if __name__ == "__main__":
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
