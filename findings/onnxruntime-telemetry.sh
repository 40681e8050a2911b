#!/usr/bin/env bash
# ONNX Runtime's Linux library calls its maker, also when its interface was told not to.
#
# Surprise: `disable_telemetry_events()` (C: `DisableTelemetryEvents`) does not stop it. Only ORT_DISABLE_TELEMETRY=1 in the
# environment in which the library is loaded does.
# Who meets it: whoever moves from 1.28.0 or older to 1.29.0 or newer on Linux, and promises that nothing leaves the machine.
# Seen with PyPI's onnxruntime 1.28.0 and 1.31.1 on Debian 12 (x86-64, Python 3.11), a valid model of one node, and:
#   1.28.0                                no file, no look-up
#   1.31.1, telemetry switched off        ~/.cache/Microsoft/DeveloperTools/.onnxruntime/{deviceid,onnxruntime.db}; within 45 s a
#                                         look-up of mobile.events.data.microsoft.com
#   1.31.1, ORT_DISABLE_TELEMETRY=1       no file, no look-up
#
# Trying it lets 1.31.1 look the host up and send, as it does for everybody.
# Exit code: 0 as described, 1 it behaves otherwise now, 3 it could not be tried. Look-ups are counted where strace may trace.
set -euo pipefail

SECONDS_TO_WAIT=45
HOST='\6mobile\6events\4data\tmicrosoft'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

could_not() { echo "could not be tried: $*" >&2; exit 3; }

cat >"$work/run.py" <<'PY'
import sys, time
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper
shape = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "one", [shape("x")], [shape("y")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
onnxruntime.disable_telemetry_events()
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
assert session.run(None, {"x": numpy.ones(1, numpy.float32)})[0][0] == 1
print(onnxruntime.__version__)
time.sleep(float(sys.argv[1]))
PY

traces() { strace -o /dev/null true 2>/dev/null; }
traces || echo "skipped: strace is missing or may not trace here; files alone are counted"

# Runs one version in a home of its own; says how many files it left and how often it asked for the host.
try() {
    local version=$1 variable=$2 home=$work/home-$1-$2 venv=$work/venv-$1 said
    if [[ ! -d $venv ]]; then
        python3 -m venv "$venv" || could_not "no virtual environment"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
            "onnxruntime==$version" onnx==1.23.2 numpy==2.4.6 || could_not "onnxruntime $version cannot be installed"
    fi
    mkdir "$home"
    local run=(env -i "PATH=$PATH" "HOME=$home")
    [[ $variable == unset ]] || run+=("ORT_DISABLE_TELEMETRY=$variable")
    if traces; then
        run+=(strace -f -qq -s 256 -e trace=sendto,sendmmsg,recvfrom -o "$home.trace")
    fi
    said=$(cd "$home" && "${run[@]}" "$venv/bin/python" "$work/run.py" "$SECONDS_TO_WAIT") || could_not "$version does not run"
    [[ $said == "$version" ]] || could_not "wanted $version, got $said"
    files=$(find "$home" -type f | wc -l)
    lookups=0
    if traces; then lookups=$(grep -cF "$HOST" "$home.trace" || true); fi
    printf '%-8s ORT_DISABLE_TELEMETRY %-6s files %d  calls with the host in them %s\n' "$version" "$variable" "$files" \
        "$(traces && echo "$lookups" || echo "not counted")"
    find "$home" -type f -printf '         ~/%P\n'
}

as_described=0
expect() { if ! "$@"; then echo "otherwise than described: $*"; as_described=1; fi; }

try 1.28.0 unset
expect test "$files" -eq 0 -a "$lookups" -eq 0
try 1.31.1 unset
expect test "$files" -eq 2
if traces; then expect test "$lookups" -gt 0; fi
try 1.31.1 1
expect test "$files" -eq 0 -a "$lookups" -eq 0
exit $as_described
