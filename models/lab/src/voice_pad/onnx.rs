//! The classifier as an ONNX file (ONNX IR version 8, operator set 13): for each detector
//! `Sigmoid(Σ Clip((features − means) / deviations) · weights + offset)`, which is [`LinearRule::ratio`].
//!
//! Only the messages and fields that such a file has, with the numbers of `onnx.proto3`.

use prost::Message;
use wetsign_models::linear::{FARTHEST, LinearRule, Term};

/// `TensorProto.DataType.FLOAT` and `.INT64`.
const FLOAT: i32 = 1;
const INT64: i32 = 7;

/// One row of `width` features in, one score 0..1 a detector out, in their order. A detector weighs the first features,
/// as many as it has terms.
pub fn file(detectors: &[&LinearRule], width: usize) -> Vec<u8> {
    let count = detectors.len() as i64;
    let each = |name: &str, none: f64, of: fn(&Term) -> i64| {
        let values = detectors.iter().flat_map(|rule| {
            (0..width).map(move |place| rule.terms.get(place).map_or(none, |term| of(term) as f64 / 1e6))
        });
        floats(name, vec![count, width as i64], values)
    };
    let node = |inputs: &[&str], output: &str, operator: &str| Node {
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        op_type: operator.to_owned(),
    };
    let graph = Graph {
        node: vec![
            node(&["features", "means"], "away", "Sub"),
            node(&["away", "deviations"], "standard", "Div"),
            node(&["standard", "least", "most"], "bounded", "Clip"),
            node(&["bounded", "weights"], "terms", "Mul"),
            node(&["terms", "along"], "sums", "ReduceSum"),
            node(&["sums", "row"], "ratios", "Reshape"),
            node(&["ratios", "offsets"], "evidence", "Add"),
            node(&["evidence"], "scores", "Sigmoid"),
        ],
        name: "voice-pad".to_owned(),
        initializer: vec![
            each("means", 0.0, |term| term.mean),
            each("deviations", 1.0, |term| term.deviation),
            each("weights", 0.0, |term| term.weight),
            floats("least", Vec::new(), [-FARTHEST]),
            floats("most", Vec::new(), [FARTHEST]),
            integers("along", &[1]),
            integers("row", &[1, count]),
            floats("offsets", vec![1, count], detectors.iter().map(|rule| rule.offset as f64 / 1e6)),
        ],
        input: vec![value("features", &[1, width as i64])],
        output: vec![value("scores", &[1, count])],
    };
    let opset_import = vec![OperatorSet { domain: String::new(), version: 13 }];
    Model { ir_version: 8, producer_name: "wetsign-lab".to_owned(), graph: Some(graph), opset_import }
        .encode_to_vec()
}

fn floats(name: &str, dims: Vec<i64>, values: impl IntoIterator<Item = f64>) -> Tensor {
    let raw_data = values.into_iter().flat_map(|value| (value as f32).to_le_bytes()).collect();
    Tensor { dims, data_type: FLOAT, name: name.to_owned(), raw_data }
}

fn integers(name: &str, values: &[i64]) -> Tensor {
    let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Tensor { dims: vec![values.len() as i64], data_type: INT64, name: name.to_owned(), raw_data }
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
