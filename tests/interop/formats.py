"""Holds our objects against attest/cddl/wetsign.cddl, by a CDDL validator that others wrote (cddl-verifier).

    formats.py CDDL VECTORS [APPROVAL …]

VECTORS is attest/vectors/objects.json: for each rule bytes that are one, and bytes that are none. Prints one JSON
object: `ok`, `rows` (each with name, ok, why). Exit status 0 if every row holds, else 2.
"""

import json
import pathlib
import sys

from cddl_verifier import Validator, schema_diagnostics


def answer(validator, data, rule):
    found = validator.validate(data, rule, require_deterministic=True)
    return bool(found), "; ".join(found.errors[:2])


def other(data, bad):
    return data[: bad["at"]] + bytes.fromhex(bad["insert"]) + data[bad["at"] + bad["drop"] :]


def vectors(validator, path):
    """Every good vector matches its rule. Of the bad ones those are refused that CDDL can tell."""
    for one in json.loads(path.read_text())["objects"]:
        rule, data = one["rule"], bytes.fromhex(one["bytes"])
        ok, why = answer(validator, data, rule)
        yield f"{rule} is what the CDDL says", ok, why or f"{len(data)} bytes"
        wrong = [bad for bad in one["bad"] if bad["by_cddl"]]
        taken = [bad["why"] for bad in wrong if answer(validator, other(data, bad), rule)[0]]
        yield f"{len(wrong)} others are no {rule}", wrong and not taken, "; ".join(taken) or "each is refused"


def approvals(validator, paths):
    for path in paths:
        data = path.read_bytes()
        ok, why = answer(validator, data, "approval-bundle")
        yield f"{path.name}, with all that is in it", ok, why or f"{len(data)} bytes"
        taken, step = [], max(1, len(data) // 200)
        for place in range(0, len(data), step):
            if answer(validator, data[:place], "approval-bundle")[0]:
                taken.append(place)
        yield "cut anywhere it is none", not taken, f"{taken or 'each is refused'}"


def main(schema, listed, *given):
    text = pathlib.Path(schema).read_text()
    said = [str(one) for one in schema_diagnostics(text)]
    rows = [{"name": "the CDDL is without faults", "ok": not said, "why": "; ".join(said) or f"{len(text)} bytes"}]
    validator = Validator(text, strict_modules=True)
    checks = [*vectors(validator, pathlib.Path(listed)), *approvals(validator, map(pathlib.Path, given))]
    rows += [{"name": name, "ok": bool(ok), "why": why} for name, ok, why in checks]
    ok = all(row["ok"] for row in rows)
    print(json.dumps({"ok": ok, "rows": rows}, indent=1))
    return 0 if ok else 2


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
