//! The classifier as an ONNX file (ONNX IR version 8, operator set 13): `Sigmoid(features · weights + offsets)`.
//!
//! Only the messages and fields that such a file has, with the numbers of `onnx.proto3`.

use prost::Message;

use super::logistic::Logistic;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: i32 = 1;

/// One row of features in, one score 0..1 a detector out, in their order. Detectors have one number of weights.
pub fn file(detectors: &[&Logistic]) -> Vec<u8> {
    let width = detectors.first().map_or(0, |detector| detector.weights.len());
    let weights = (0..width).flat_map(|row| detectors.iter().map(move |d| d.weights[row]));
    let tensor = |name: &str, dims: Vec<i64>, values: Vec<f64>| Tensor {
        dims,
        data_type: FLOAT,
        name: name.to_owned(),
        raw_data: values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect(),
    };
    let node = |inputs: &[&str], output: &str, operator: &str| Node {
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        op_type: operator.to_owned(),
    };
    let count = detectors.len() as i64;
    let graph = Graph {
        node: vec![
            node(&["features", "weights", "offsets"], "evidence", "Gemm"),
            node(&["evidence"], "scores", "Sigmoid"),
        ],
        name: "voice-pad".to_owned(),
        initializer: vec![
            tensor("weights", vec![width as i64, count], weights.collect()),
            tensor("offsets", vec![count], detectors.iter().map(|d| d.offset).collect()),
        ],
        input: vec![value("features", &[1, width as i64])],
        output: vec![value("scores", &[1, count])],
    };
    let opset_import = vec![OperatorSet { domain: String::new(), version: 13 }];
    Model { ir_version: 8, producer_name: "wetsign-lab".to_owned(), graph: Some(graph), opset_import }
        .encode_to_vec()
}

fn value(name: &str, shape: &[i64]) -> Value {
    let dim = shape.iter().map(|size| Dimension { dim_value: *size }).collect();
    let tensor_type = Some(TensorType { elem_type: FLOAT, shape: Some(Shape { dim }) });
    Value { name: name.to_owned(), r#type: Some(Type { tensor_type }) }
}

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "4")]
    op_type: String,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<Type>,
}

#[derive(Clone, PartialEq, Message)]
struct Type {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, tag = "1")]
    dim_value: i64,
}
