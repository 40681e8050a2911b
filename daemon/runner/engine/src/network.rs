//! Any network works on tensors of the shapes that its card declares.

use std::borrow::Cow;

use anyhow::{Context, bail, ensure};
use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::{
    DynValue, Outlet as Found, PrimitiveTensorElementType, Tensor, TensorElementType, ValueType,
};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use wetsign_runner_ipc::frame::OUTPUT;
use wetsign_runner_ipc::{Element, Outlet};

/// Of inputs and outputs: safetensors.
pub const MEDIA_TYPE: &str = "application/vnd.safetensors";

/// Runs a network once on the tensors of a file, and gives a file of what came out.
///
/// # Errors
/// A network with other inputs or outputs than are declared; a file that is no safetensors, or lacks a declared tensor,
/// or has another one, or one of another kind or shape; what ONNX Runtime says; more than is taken.
pub fn run(
    environment: &Environment,
    onnx: &[u8],
    inputs: &[Outlet],
    outputs: &[Outlet],
    file: &[u8],
    threads: usize,
) -> anyhow::Result<Vec<u8>> {
    let file = SafeTensors::deserialize(file).context("the approved input is no safetensors file")?;
    let given = tensors(&file, inputs)?;
    let mut session = session(environment, onnx, threads)?;
    declared("inputs", session.inputs(), inputs)?;
    declared("outputs", session.outputs(), outputs)?;
    let made = session.run(given)?;
    let mut out = Vec::new();
    for outlet in outputs {
        let value =
            made.get(outlet.name.as_str()).with_context(|| format!("it gave no {:?}", outlet.name))?;
        let (element, shape, bytes) = bytes_of(value)?;
        if let Err(why) = outlet.fits(element, &shape) {
            bail!("what came out does not fit: {why}");
        }
        out.push((outlet.name.as_str(), dtype(element), shape, bytes));
    }
    let size: usize = out.iter().map(|(.., bytes)| bytes.len()).sum();
    ensure!(size < OUTPUT, "the network gave {size} bytes, at most {OUTPUT} are taken");
    let views = out
        .iter()
        .map(|(name, dtype, shape, bytes)| Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?)));
    let views = views.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(serialize(views, &None)?)
}

fn session(environment: &Environment, onnx: &[u8], threads: usize) -> ort::Result<Session> {
    let builder = wetsign_onnx::builder(environment, threads, true)?;
    builder.with_deterministic_compute(true)?.commit_from_memory(onnx)
}

/// The file's tensors as the network takes them: those that are declared, and no other.
fn tensors<'a>(
    file: &SafeTensors<'_>,
    inputs: &'a [Outlet],
) -> anyhow::Result<Vec<(Cow<'a, str>, SessionInputValue<'static>)>> {
    if let Some(other) = file.names().into_iter().find(|name| inputs.iter().all(|one| one.name != **name)) {
        bail!("the approved input has a tensor {other:?}, which the asset does not declare");
    }
    let mut given = Vec::new();
    for outlet in inputs {
        let tensor = file.tensor(&outlet.name);
        let tensor = tensor.with_context(|| format!("the approved input lacks {:?}", outlet.name))?;
        let element = element(tensor.dtype())?;
        if let Err(why) = outlet.fits(element, tensor.shape()) {
            bail!("the approved input does not fit: {why}");
        }
        let (shape, bytes) = (tensor.shape().to_vec(), tensor.data());
        let value: DynValue = match element {
            Element::F32 => value(shape, bytes, f32::from_le_bytes)?,
            Element::F64 => value(shape, bytes, f64::from_le_bytes)?,
            Element::I32 => value(shape, bytes, i32::from_le_bytes)?,
            Element::I64 => value(shape, bytes, i64::from_le_bytes)?,
            Element::U8 => value(shape, bytes, u8::from_le_bytes)?,
            Element::Bool => {
                ensure!(
                    bytes.iter().all(|byte| *byte < 2),
                    "{:?} holds what is neither yes nor no",
                    outlet.name
                );
                value(shape, bytes, |[byte]: [u8; 1]| byte == 1)?
            }
        };
        given.push((Cow::Borrowed(outlet.name.as_str()), value.into()));
    }
    Ok(given)
}

fn value<T, const N: usize>(
    shape: Vec<usize>,
    bytes: &[u8],
    read: impl Fn([u8; N]) -> T,
) -> anyhow::Result<DynValue>
where
    T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
{
    let (values, _) = bytes.as_chunks::<N>();
    let values: Vec<T> = values.iter().map(|bytes| read(*bytes)).collect();
    Ok(Tensor::from_array((shape, values.into_boxed_slice()))?.into_dyn())
}

/// Element, shape and bytes (least significant first) of what a network gave.
fn bytes_of(value: &DynValue) -> anyhow::Result<(Element, Vec<usize>, Vec<u8>)> {
    let ValueType::Tensor { ty, .. } = value.dtype() else { bail!("the network's output is no tensor") };
    let element = element_of(*ty)?;
    let shaped = |shape: &[i64]| shape.iter().map(|length| *length as usize).collect::<Vec<_>>();
    macro_rules! extract {
        ($kind:ty, $bytes:expr) => {{
            let (shape, values) = value.try_extract_tensor::<$kind>()?;
            (shaped(shape), values.iter().flat_map($bytes).collect())
        }};
    }
    let (shape, bytes): (Vec<usize>, Vec<u8>) = match element {
        Element::F32 => extract!(f32, |value| value.to_le_bytes()),
        Element::F64 => extract!(f64, |value| value.to_le_bytes()),
        Element::I32 => extract!(i32, |value| value.to_le_bytes()),
        Element::I64 => extract!(i64, |value| value.to_le_bytes()),
        Element::U8 => extract!(u8, |value| [*value]),
        Element::Bool => extract!(bool, |value| [u8::from(*value)]),
    };
    Ok((element, shape, bytes))
}

/// Refuses a network whose own outlets are others than the card declares. A length that the network leaves free the
/// card may fix.
fn declared(what: &str, found: &[Found], declared: &[Outlet]) -> anyhow::Result<()> {
    ensure!(
        found.len() == declared.len(),
        "it has {} {what}, the asset declares {}",
        found.len(),
        declared.len()
    );
    for outlet in declared {
        let own = found.iter().find(|own| own.name() == outlet.name);
        let own = own.with_context(|| format!("it has no {:?} among its {what}", outlet.name))?;
        let ValueType::Tensor { ty, shape, .. } = own.dtype() else {
            bail!("{:?} of its {what} is no tensor", outlet.name)
        };
        let same = |(own, declared): (&i64, &u32)| *own < 0 || *own == i64::from(*declared);
        ensure!(
            element_of(*ty)? == outlet.element
                && shape.len() == outlet.shape.len()
                && shape.iter().zip(&outlet.shape).all(same),
            "{:?} is {ty:?} {:?} in the network; the asset declares {:?} {:?}, where 0 is any length",
            outlet.name,
            &shape[..],
            outlet.element,
            outlet.shape
        );
    }
    Ok(())
}

fn element(dtype: Dtype) -> anyhow::Result<Element> {
    Ok(match dtype {
        Dtype::F32 => Element::F32,
        Dtype::F64 => Element::F64,
        Dtype::I32 => Element::I32,
        Dtype::I64 => Element::I64,
        Dtype::U8 => Element::U8,
        Dtype::BOOL => Element::Bool,
        other => bail!("tensors of {other:?} are not taken"),
    })
}

fn dtype(element: Element) -> Dtype {
    match element {
        Element::F32 => Dtype::F32,
        Element::F64 => Dtype::F64,
        Element::I32 => Dtype::I32,
        Element::I64 => Dtype::I64,
        Element::U8 => Dtype::U8,
        Element::Bool => Dtype::BOOL,
    }
}

fn element_of(kind: TensorElementType) -> anyhow::Result<Element> {
    Ok(match kind {
        TensorElementType::Float32 => Element::F32,
        TensorElementType::Float64 => Element::F64,
        TensorElementType::Int32 => Element::I32,
        TensorElementType::Int64 => Element::I64,
        TensorElementType::Uint8 => Element::U8,
        TensorElementType::Bool => Element::Bool,
        other => bail!("tensors of {other:?} are not run"),
    })
}
