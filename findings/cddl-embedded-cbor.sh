#!/usr/bin/env bash
# Surprise: what is embedded by a named rule (`inner = bstr .cbor numbers`) is not looked at by zcbor, which checks it
#   where the same control stands inline; and pycddl takes `[* 1..5]`, a list of small numbers, for bad syntax.
# Expected: RFC 8610: a rule's name stands for its type (2.1), a control operator applies wherever its type stands
#   (3.8.4), and an occurrence is a token of its own, with a space or without (3.2, appendix B: `occur S memberkey`).
# Who meets it: who checks COSE, CWT or SUIT by CDDL, where payloads are embedded, and splits the file into rules.
# Documented: neither; zcbor's README says that `.cbor` is supported. cddl-verifier reads both as the RFC has it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi zcbor zcbor==0.9.1 cbor2==5.9.0
pypi others pycddl==0.6.4 cddl-verifier==1.5.3 cbor2==5.9.0

cat >embedded.py <<'PY'
import cbor2
from zcbor import DataTranslator

def taken(schema, value):
    rule = DataTranslator.from_cddl(schema, 10).my_types["outer"]
    try:
        rule.validate_str(cbor2.dumps(value))
        return True
    except Exception:
        return False

good, bad = [cbor2.dumps([1])], [cbor2.dumps(["text"])]
for name, schema in [
    ("inline", "outer = [bstr .cbor numbers]\nnumbers = [int]\n"),
    ("named", "outer = [inner]\ninner = bstr .cbor numbers\nnumbers = [int]\n"),
]:
    print("zcbor", name, taken(schema, good), taken(schema, bad))
PY
cat >others.py <<'PY'
import cbor2, pycddl
from cddl_verifier import Validator

named = "outer = [inner]\ninner = bstr .cbor numbers\nnumbers = [int]\n"
for value in ([1], ["text"]):
    print("cddl-verifier named", bool(Validator(named).validate(cbor2.dumps([cbor2.dumps(value)]), "outer")))
for schema in ("outer = [* 1..5]\n", "outer = [* small]\nsmall = 1..5\n"):
    print("cddl-verifier", schema.split("\n")[0], bool(Validator(schema).validate(cbor2.dumps([1, 5]), "outer")))
    try:
        pycddl.Schema(schema).validate_cbor(cbor2.dumps([1, 5]))
        print("pycddl", schema.split("\n")[0], True)
    except Exception as error:
        print("pycddl", schema.split("\n")[0], "no: bad syntax" if "syntax" in str(error) else error)
PY
{ zcbor/bin/python embedded.py; others/bin/python others.py; } | tee seen
cat >stated <<'SEEN'
zcbor inline True False
zcbor named True True
cddl-verifier named True
cddl-verifier named False
cddl-verifier outer = [* 1..5] True
pycddl outer = [* 1..5] no: bad syntax
cddl-verifier outer = [* small] True
pycddl outer = [* small] True
SEEN
diff stated seen
as_stated "zcbor passes over what a named rule embeds; pycddl reads no range behind a star"
