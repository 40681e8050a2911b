"""Converts a floating-point TensorFlow Lite network into ONNX (opset 13).

    python tflite_to_onnx.py INPUT.tflite OUTPUT.onnx

Only the operators that Wetsign's networks use are known; any other one stops the conversion, so that a network is never
half converted. TensorFlow Lite keeps pictures as NHWC and ONNX convolves NCHW: every convolution and pooling is wrapped in two
transpositions, which ONNX Runtime removes again where they meet. The names and shapes of inputs and outputs stay as they were.

The result is a pure function of the input bytes and of the versions in requirements.txt: names are numbered in the order of
the operators, and nothing about the machine, the path or the time is written.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR_VERSION = 8
TO_NCHW = [0, 3, 1, 2]
TO_NHWC = [0, 2, 3, 1]

NUMPY_TYPE = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
    tflite.TensorType.INT64: np.int64,
    tflite.TensorType.BOOL: np.bool_,
}
ONNX_TYPE = {
    tflite.TensorType.FLOAT32: TensorProto.FLOAT,
    tflite.TensorType.INT32: TensorProto.INT32,
    tflite.TensorType.INT64: TensorProto.INT64,
    tflite.TensorType.BOOL: TensorProto.BOOL,
}
OPERATOR_NAME = {code: name for name, code in vars(tflite.BuiltinOperator).items() if not name.startswith("_")}


class Unsupported(Exception):
    """The network uses something that this converter does not know."""


def options(operator, kind):
    """The operator's option table, read as `kind`."""
    table = operator.BuiltinOptions()
    result = kind()
    result.Init(table.Bytes, table.Pos)
    return result


class Converter:
    """Walks one TensorFlow Lite graph in its own order and collects ONNX nodes."""

    def __init__(self, model):
        self.model = model
        self.graph = model.Subgraphs(0)
        self.tensors = [self.graph.Tensors(i) for i in range(self.graph.TensorsLength())]
        self.shapes = [t.ShapeAsNumpy().tolist() if t.ShapeLength() else [] for t in self.tensors]
        self.inputs = self.graph.InputsAsNumpy().tolist()
        self.outputs = self.graph.OutputsAsNumpy().tolist()
        self.constants = self._read_constants()
        self.nodes = []
        self.weights = {}
        self.counter = 0

    def _read_constants(self):
        constants = {}
        for index, tensor in enumerate(self.tensors):
            buffer = self.model.Buffers(tensor.Buffer())
            if buffer.DataLength() == 0:
                continue
            if tensor.Sparsity() is not None:
                raise Unsupported(f"sparse tensor {tensor.Name()!r}")
            kind = NUMPY_TYPE.get(tensor.Type())
            if kind is None:
                raise Unsupported(f"element type {tensor.Type()} of tensor {tensor.Name()!r}")
            constants[index] = np.frombuffer(buffer.DataAsNumpy().tobytes(), kind).reshape(self.shapes[index])
        return constants

    # --- names and small building blocks ---

    def name_of(self, index):
        if index in self.inputs:
            return self.tensors[index].Name().decode()
        return f"t{index}"

    def fresh(self, prefix):
        self.counter += 1
        return f"{prefix}{self.counter}"

    def constant(self, array):
        name = self.fresh("c")
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def value(self, index):
        """The ONNX name of tensor `index`, which may be a constant (half precision is widened)."""
        if index not in self.constants:
            return self.name_of(index)
        name = f"w{index}"
        if name not in self.weights:
            array = self.constants[index]
            if array.dtype == np.float16:
                array = array.astype(np.float32)
            self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def weight(self, index):
        return self.constants[index].astype(np.float32)

    def emit(self, kind, inputs, output=None, **attributes):
        output = output or self.fresh("n")
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def transpose(self, name, order, output=None):
        return self.emit("Transpose", [name], output, perm=order)

    def activate(self, name, activation, output):
        """Applies the activation that TensorFlow Lite fuses into an operator and gives the result its final name."""
        kinds = tflite.ActivationFunctionType
        if activation == kinds.NONE:
            self.emit("Identity", [name], output)
        elif activation == kinds.RELU:
            self.emit("Relu", [name], output)
        elif activation == kinds.RELU6:
            self.emit("Clip", [name, self.constant(np.float32(0)), self.constant(np.float32(6))], output)
        else:
            raise Unsupported(f"fused activation {activation}")

    # --- operators: one method each, named after TensorFlow Lite's operator ---

    def convolution(self, operator, kind, kernel, group, output):
        setting = options(operator, kind)
        inputs = operator.InputsAsNumpy().tolist()
        operands = [self.transpose(self.value(inputs[0]), TO_NCHW), self.constant(kernel)]
        if len(inputs) > 2 and inputs[2] >= 0:
            operands.append(self.constant(self.weight(inputs[2])))
        result = self.emit(
            "Conv",
            operands,
            group=group,
            strides=[setting.StrideH(), setting.StrideW()],
            dilations=[setting.DilationHFactor(), setting.DilationWFactor()],
            kernel_shape=list(kernel.shape[2:]),
            auto_pad=padding(setting),
        )
        self.activate(self.transpose(result, TO_NHWC), setting.FusedActivationFunction(), output)

    def conv_2d(self, operator, output):
        kernel = self.weight(operator.Inputs(1)).transpose(0, 3, 1, 2)
        self.convolution(operator, tflite.Conv2DOptions, kernel, 1, output)

    def depthwise_conv_2d(self, operator, output):
        kernel = self.weight(operator.Inputs(1)).transpose(3, 0, 1, 2)
        channels = self.shapes[operator.Inputs(0)][3]
        self.convolution(operator, tflite.DepthwiseConv2DOptions, kernel, channels, output)

    def pool(self, operator, kind, output):
        setting = options(operator, tflite.Pool2DOptions)
        result = self.emit(
            kind,
            [self.transpose(self.value(operator.Inputs(0)), TO_NCHW)],
            kernel_shape=[setting.FilterHeight(), setting.FilterWidth()],
            strides=[setting.StrideH(), setting.StrideW()],
            auto_pad=padding(setting),
        )
        self.activate(self.transpose(result, TO_NHWC), setting.FusedActivationFunction(), output)

    def max_pool_2d(self, operator, output):
        self.pool(operator, "MaxPool", output)

    def average_pool_2d(self, operator, output):
        self.pool(operator, "AveragePool", output)

    def arithmetic(self, operator, kind, setting, output):
        result = self.emit(kind, [self.value(i) for i in operator.InputsAsNumpy().tolist()])
        self.activate(result, options(operator, setting).FusedActivationFunction(), output)

    def add(self, operator, output):
        self.arithmetic(operator, "Add", tflite.AddOptions, output)

    def sub(self, operator, output):
        self.arithmetic(operator, "Sub", tflite.SubOptions, output)

    def mul(self, operator, output):
        self.arithmetic(operator, "Mul", tflite.MulOptions, output)

    def simple(self, operator, kind, output, **attributes):
        inputs = [self.value(i) for i in operator.InputsAsNumpy().tolist()]
        self.emit(kind, inputs, output, **attributes)

    def relu(self, operator, output):
        self.simple(operator, "Relu", output)

    def abs(self, operator, output):
        self.simple(operator, "Abs", output)

    def prelu(self, operator, output):
        self.simple(operator, "PRelu", output)

    def leaky_relu(self, operator, output):
        self.simple(operator, "LeakyRelu", output, alpha=options(operator, tflite.LeakyReluOptions).Alpha())

    def greater_equal(self, operator, output):
        self.simple(operator, "GreaterOrEqual", output)

    def less(self, operator, output):
        self.simple(operator, "Less", output)

    def cast(self, operator, output):
        self.simple(operator, "Cast", output, to=ONNX_TYPE[self.tensors[operator.Outputs(0)].Type()])

    def concatenation(self, operator, output):
        self.simple(operator, "Concat", output, axis=options(operator, tflite.ConcatenationOptions).Axis())

    def pad(self, operator, output):
        amounts = self.constants[operator.Inputs(1)].astype(np.int64)
        before_then_after = np.concatenate([amounts[:, 0], amounts[:, 1]])
        self.emit("Pad", [self.value(operator.Inputs(0)), self.constant(before_then_after)], output)

    def reshape(self, operator, output):
        shape = np.array(self.shapes[operator.Outputs(0)], np.int64)
        self.emit("Reshape", [self.value(operator.Inputs(0)), self.constant(shape)], output)

    def fully_connected(self, operator, output):
        setting = options(operator, tflite.FullyConnectedOptions)
        inputs = operator.InputsAsNumpy().tolist()
        kernel = self.weight(inputs[1])
        rows = self.emit("Reshape", [self.value(inputs[0]), self.constant(np.array([-1, kernel.shape[1]], np.int64))])
        result = self.emit("MatMul", [rows, self.constant(kernel.T)])
        if len(inputs) > 2 and inputs[2] >= 0:
            result = self.emit("Add", [result, self.constant(self.weight(inputs[2]))])
        self.activate(result, setting.FusedActivationFunction(), output)

    def strided_slice(self, operator, output):
        setting = options(operator, tflite.StridedSliceOptions)
        if setting.EllipsisMask() or setting.NewAxisMask():
            raise Unsupported("STRIDED_SLICE with an ellipsis or a new axis")
        source = operator.Inputs(0)
        begin, end, stride = (self.constants[operator.Inputs(k)].astype(np.int64).copy() for k in (1, 2, 3))
        dropped = [axis for axis in range(len(begin)) if setting.ShrinkAxisMask() >> axis & 1]
        for axis in range(len(begin)):
            if setting.BeginMask() >> axis & 1:
                begin[axis] = 0
            if setting.EndMask() >> axis & 1:
                end[axis] = self.shapes[source][axis]
            if axis in dropped:
                end[axis] = begin[axis] + 1 if begin[axis] != -1 else np.iinfo(np.int64).max
        axes = np.arange(len(begin), dtype=np.int64)
        operands = [self.value(source)] + [self.constant(part) for part in (begin, end, axes, stride)]
        if dropped:
            part = self.emit("Slice", operands)
            self.emit("Squeeze", [part, self.constant(np.array(dropped, np.int64))], output)
        else:
            self.emit("Slice", operands, output)

    # --- the whole graph ---

    def convert(self):
        for position in range(self.graph.OperatorsLength()):
            operator = self.graph.Operators(position)
            code = self.model.OperatorCodes(operator.OpcodeIndex())
            kind = OPERATOR_NAME[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            if kind == "DEQUANTIZE" and operator.Inputs(0) in self.constants:
                self.constants[operator.Outputs(0)] = self.weight(operator.Inputs(0))
                continue
            method = getattr(self, kind.lower(), None)
            if method is None:
                raise Unsupported(f"operator {kind} at position {position}")
            method(operator, self.name_of(operator.Outputs(0)))
        for index in self.outputs:
            self.emit("Identity", [self.name_of(index)], self.tensors[index].Name().decode())
        graph = helper.make_graph(
            self.nodes,
            "tflite",
            [self.declare(index) for index in self.inputs],
            [self.declare(index) for index in self.outputs],
            list(self.weights.values()),
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="wetsign tflite_to_onnx",
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def declare(self, index):
        tensor = self.tensors[index]
        return helper.make_tensor_value_info(tensor.Name().decode(), ONNX_TYPE[tensor.Type()], self.shapes[index])


def padding(setting):
    return "SAME_UPPER" if setting.Padding() == tflite.Padding.SAME else "VALID"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(Path, sys.argv[1:])
    model = tflite.Model.GetRootAsModel(source.read_bytes(), 0)
    try:
        converted = Converter(model).convert()
    except Unsupported as reason:
        sys.exit(f"{source.name} cannot be converted: {reason} is not supported by tflite_to_onnx.py")
    target.write_bytes(converted.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
