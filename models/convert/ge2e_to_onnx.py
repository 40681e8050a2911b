"""Converts the GE2E speaker encoder of the package Resemblyzer (a PyTorch checkpoint) into ONNX, without PyTorch.

    python ge2e_to_onnx.py pretrained.pt OUTPUT.onnx

The network (Wan et al., "Generalized End-to-End Loss for Speaker Verification", 2018): three LSTM layers of 256 units over 160
frames of 40 mel bands, the last hidden state through a linear layer and ReLU, then the L2 norm.
Input `mels` [N, 160, 40]: linear mel power, not its logarithm. Output `embeds` [N, 256], each row of length one.

A checkpoint is a pickle, and a pickle can run code. The reader below knows the five names that a plain state dictionary needs
and refuses every other one.
"""

import collections
import io
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS = 3
UNITS = 256
FRAMES = 160
BANDS = 40
STORAGE_TYPE = {"FloatStorage": np.float32, "LongStorage": np.int64, "IntStorage": np.int32, "DoubleStorage": np.float64}


class Refused(Exception):
    """The checkpoint is not the plain state dictionary that is expected."""


class Tensor:
    """A view into a storage whose bytes come later in the file."""

    def __init__(self, storage, offset, size, stride, *_):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def array(self, storages):
        flat = storages[self.storage]
        strides = [step * flat.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(flat[self.offset:], self.size, strides).copy()


class StorageKind:
    def __init__(self, name):
        self.dtype = np.dtype(STORAGE_TYPE[name])


class CheckpointReader(pickle.Unpickler):
    """Reads the pickles of PyTorch's first file format (a sequence of pickles, then the raw storages)."""

    def __init__(self, stream):
        super().__init__(stream)
        self.storage_type = {}

    def find_class(self, module, name):
        if module == "torch" and name in STORAGE_TYPE:
            return StorageKind(name)
        known = {
            ("torch._utils", "_rebuild_tensor_v2"): Tensor,
            ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
            ("torch", "device"): lambda *name: name,
            ("collections", "OrderedDict"): collections.OrderedDict,
        }
        if (module, name) not in known:
            raise Refused(f"the pickle asks for {module}.{name}")
        return known[module, name]

    def persistent_load(self, identifier):
        _, kind, key = identifier[:3]
        self.storage_type[key] = kind.dtype
        return key


def read_state(path):
    """The checkpoint's `model_state`: name -> array."""
    stream = io.BytesIO(path.read_bytes())
    for _ in ("magic number", "protocol version", "machine"):
        CheckpointReader(stream).load()
    reader = CheckpointReader(stream)
    checkpoint = reader.load()
    storages = {}
    for key in CheckpointReader(stream).load():
        dtype = reader.storage_type[key]
        (count,) = struct.unpack("<q", stream.read(8))
        storages[key] = np.frombuffer(stream.read(count * dtype.itemsize), dtype)
    return {name: tensor.array(storages) for name, tensor in checkpoint["model_state"].items()}


def reorder_gates(weight):
    """PyTorch keeps an LSTM's gates as input, forget, cell, output; ONNX as input, output, forget, cell."""
    input_gate, forget_gate, cell, output_gate = np.split(weight, 4)
    return np.concatenate([input_gate, output_gate, forget_gate, cell])


def build(state):
    weights, nodes = [], []

    def constant(name, array):
        weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    nodes.append(helper.make_node("Transpose", ["mels"], ["frames"], perm=[1, 0, 2]))
    current = "frames"
    direction_axis = constant("direction_axis", np.array([1], np.int64))
    layer_axis = constant("layer_axis", np.array([0], np.int64))
    for layer in range(LAYERS):
        part = {kind: reorder_gates(state[f"lstm.{kind}_l{layer}"]) for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        operands = [
            current,
            constant(f"w{layer}", part["weight_ih"][None]),
            constant(f"r{layer}", part["weight_hh"][None]),
            constant(f"b{layer}", np.concatenate([part["bias_ih"], part["bias_hh"]])[None]),
        ]
        nodes.append(helper.make_node("LSTM", operands, [f"all{layer}", f"last{layer}"], hidden_size=UNITS))
        current = f"frames{layer + 1}"
        if layer + 1 < LAYERS:
            nodes.append(helper.make_node("Squeeze", [f"all{layer}", direction_axis], [current]))
    nodes += [
        helper.make_node("Squeeze", [f"last{LAYERS - 1}", layer_axis], ["hidden"]),
        helper.make_node(
            "Gemm",
            ["hidden", constant("linear_w", state["linear.weight"]), constant("linear_b", state["linear.bias"])],
            ["linear"],
            transB=1,
        ),
        helper.make_node("Relu", ["linear"], ["positive"]),
        helper.make_node("LpNormalization", ["positive"], ["embeds"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "ge2e",
        [helper.make_tensor_value_info("mels", TensorProto.FLOAT, ["N", FRAMES, BANDS])],
        [helper.make_tensor_value_info("embeds", TensorProto.FLOAT, ["N", UNITS])],
        weights,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="wetsign ge2e_to_onnx"
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(Path, sys.argv[1:])
    try:
        model = build(read_state(source))
    except Refused as reason:
        sys.exit(f"{source.name} is refused: {reason}, and a state dictionary needs no such thing")
    target.write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
