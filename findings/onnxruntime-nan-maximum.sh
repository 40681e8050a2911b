#!/usr/bin/env bash
# Surprise: whether NaN survives a maximum in ONNX Runtime depends on where it stands. ReduceMax and ReduceMin keep it
#   only as the first element, MaxPool and GlobalMaxPool only near the end, while Relu, means and sums always do.
# Expected: one rule. numpy and ONNX's own reference evaluator give NaN wherever it stands.
# Who meets it: who lets NaN tell of a broken input (a sample, a pixel, a division by a silent window). A network with
#   pooling answers with an ordinary score. Look for NaN in what goes in, not in what comes out.
# Documented: no; ONNX does not say what a maximum of NaN is. Reported for ReduceMax (onnxruntime issue 10514), open.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv onnxruntime==1.28.0 onnx==1.23.2 numpy==2.4.6

cat >check.py <<'PY'
import sys
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

LENGTH = 12


def network(operator, shape, attributes):
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"], **attributes)], "one", [value], [result])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()


def survives(run, shape):
    """A digit for each place of NaN: is it in the answer?"""
    digits = ""
    for place in range(LENGTH):
        x = numpy.arange(LENGTH, dtype=numpy.float32)
        x[place] = numpy.nan
        digits += str(int(numpy.isnan(run(x.reshape(shape))).any()))
    return digits


print("onnxruntime", onnxruntime.__version__, "onnx", onnx.__version__, "numpy", numpy.__version__)
kept = {"numpy.max": survives(numpy.max, (1, LENGTH))}
for operator, shape, attributes in (
    ("ReduceMax", (1, LENGTH), {"axes": [-1]}),
    ("ReduceMin", (1, LENGTH), {"axes": [-1]}),
    ("ReduceMean", (1, LENGTH), {"axes": [-1]}),
    ("Relu", (1, LENGTH), {}),
    ("MaxPool", (1, 1, LENGTH), {"kernel_shape": [LENGTH]}),
    ("GlobalMaxPool", (1, 1, LENGTH), {}),
):
    model = network(operator, shape, attributes)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    kept[operator] = survives(lambda x: session.run(None, {"x": x})[0], shape)
    if operator in ("ReduceMax", "ReduceMin", "GlobalMaxPool"):
        reference = ReferenceEvaluator(onnx.load_from_string(model))
        kept[operator + ", reference"] = survives(lambda x: reference.run(None, {"x": x})[0], shape)
for name, digits in kept.items():
    print(f"{name:25} {digits}")
always = "1" * LENGTH
sound = [name for name in kept if name in ("numpy.max", "ReduceMean", "Relu") or name.endswith("reference")]
rule = all(kept[name] == always for name in sound)
first = kept["ReduceMax"] == kept["ReduceMin"] == "1" + "0" * (LENGTH - 1)
half = LENGTH // 2
pools = all(kept[name][:half] == "0" * half and "1" in kept[name] for name in ("MaxPool", "GlobalMaxPool"))
sys.exit(not (rule and first and pools))
PY
ORT_DISABLE_TELEMETRY=1 venv/bin/python -W ignore check.py
as_stated "a maximum forgets NaN, depending on its place"
