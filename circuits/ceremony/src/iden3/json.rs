//! snarkjs' JSON: numbers in decimal, points with a third coordinate 1, elements of Fq2 as pairs (c0, c1).

use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ff::PrimeField;
use serde_json::{Value, json};
use wetsign_circuits::inputs::{PUBLIC_BYTES, PUBLIC_COUNT};
use wetsign_circuits::{
    Fr, KeyError, Proof, ProofError, PublicInputs, PublicInputsError, VerifyingKey, field,
};

/// JSON that is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// A member is missing or of another kind.
    #[error("{what}: expected {expected}")]
    Shape {
        /// Which member.
        what: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// A number that is not below the order of its field, or a point that is not in its group.
    #[error("{what} is {problem}")]
    Value {
        /// Which member.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The public inputs.
    #[error(transparent)]
    Public(#[from] PublicInputsError),
}

/// `proof.json`.
pub fn proof(proof: &Proof) -> Value {
    let points = proof.groth16();
    json!({
        "pi_a": g1(&points.a), "pi_b": g2(&points.b), "pi_c": g1(&points.c),
        "protocol": "groth16", "curve": "bn128",
    })
}

/// `public.json`: the nine numbers in circuit order.
pub fn public(public: &PublicInputs) -> Value {
    public.to_fields().iter().map(|element| Value::from(element.to_string())).collect()
}

/// `verification_key.json`.
pub fn verifying_key(key: &VerifyingKey) -> Value {
    let points = key.groth16();
    let inputs: Vec<_> = points.gamma_abc_g1.iter().map(g1).collect();
    let pairing = Bn254::pairing(points.alpha_g1, points.beta_g2).0;
    let fq2 = |element: &Fq2| json!([element.c0.to_string(), element.c1.to_string()]);
    let halves: Vec<_> = [&pairing.c0, &pairing.c1]
        .iter()
        .map(|half| json!([fq2(&half.c0), fq2(&half.c1), fq2(&half.c2)]))
        .collect();
    json!({
        "protocol": "groth16", "curve": "bn128", "nPublic": PUBLIC_COUNT,
        "vk_alpha_1": g1(&points.alpha_g1), "vk_beta_2": g2(&points.beta_g2),
        "vk_gamma_2": g2(&points.gamma_g2), "vk_delta_2": g2(&points.delta_g2),
        "vk_alphabeta_12": halves, "IC": inputs,
    })
}

/// Reads `proof.json`. Points outside their group are refused.
///
/// # Errors
/// [`JsonError`].
pub fn read_proof(value: &Value) -> Result<Proof, JsonError> {
    protocol(value)?;
    let inner = ark_groth16::Proof {
        a: read_g1(&value["pi_a"], "pi_a")?,
        b: read_g2(&value["pi_b"], "pi_b")?,
        c: read_g1(&value["pi_c"], "pi_c")?,
    };
    Ok(Proof::from_groth16(inner)?)
}

/// Reads `public.json`. A number at or above the order of the field is refused, never reduced.
///
/// # Errors
/// [`JsonError`].
pub fn read_public(value: &Value) -> Result<PublicInputs, JsonError> {
    let numbers = list(value, PUBLIC_COUNT, "public", "nine decimal numbers")?;
    let mut bytes = Vec::with_capacity(PUBLIC_BYTES);
    for number in numbers {
        bytes.extend(field::to_bytes(&read_number::<Fr>(number, "public")?));
    }
    Ok(PublicInputs::from_bytes(&bytes)?)
}

/// Reads `verification_key.json`. `vk_alphabeta_12` is not looked at: it follows from the rest.
///
/// # Errors
/// [`JsonError`].
pub fn read_verifying_key(value: &Value) -> Result<VerifyingKey, JsonError> {
    protocol(value)?;
    let inputs = list(&value["IC"], PUBLIC_COUNT + 1, "IC", "ten points")?;
    Ok(VerifyingKey::from_groth16(ark_groth16::VerifyingKey {
        alpha_g1: read_g1(&value["vk_alpha_1"], "vk_alpha_1")?,
        beta_g2: read_g2(&value["vk_beta_2"], "vk_beta_2")?,
        gamma_g2: read_g2(&value["vk_gamma_2"], "vk_gamma_2")?,
        delta_g2: read_g2(&value["vk_delta_2"], "vk_delta_2")?,
        gamma_abc_g1: inputs.iter().map(|point| read_g1(point, "IC")).collect::<Result<_, _>>()?,
    })?)
}

fn g1(point: &G1Affine) -> Value {
    match point.xy() {
        Some((x, y)) => json!([x.to_string(), y.to_string(), "1"]),
        None => json!(["0", "1", "0"]),
    }
}

fn g2(point: &G2Affine) -> Value {
    match point.xy() {
        Some((x, y)) => {
            json!([[x.c0.to_string(), x.c1.to_string()], [y.c0.to_string(), y.c1.to_string()], ["1", "0"]])
        }
        None => json!([["0", "0"], ["1", "0"], ["0", "0"]]),
    }
}

fn protocol(value: &Value) -> Result<(), JsonError> {
    for (what, expected) in [("protocol", "groth16"), ("curve", "bn128")] {
        if value[what] != expected {
            return Err(JsonError::Shape { what, expected });
        }
    }
    Ok(())
}

fn list<'a>(
    value: &'a Value,
    length: usize,
    what: &'static str,
    expected: &'static str,
) -> Result<&'a Vec<Value>, JsonError> {
    value.as_array().filter(|list| list.len() == length).ok_or(JsonError::Shape { what, expected })
}

fn read_number<F: PrimeField>(value: &Value, what: &'static str) -> Result<F, JsonError> {
    let text = value.as_str().ok_or(JsonError::Shape { what, expected: "a decimal number in quotes" })?;
    let number = F::from_str(text).map_err(|_| JsonError::Value {
        what,
        problem: "no canonical number below the order of its field",
    })?;
    // Only the one spelling: no sign, no leading zero, nothing that was reduced.
    if number.to_string() == text {
        Ok(number)
    } else {
        Err(JsonError::Value { what, problem: "no canonical number below the order of its field" })
    }
}

fn read_g1(value: &Value, what: &'static str) -> Result<G1Affine, JsonError> {
    let expected = "a point: three numbers, the last 1";
    let numbers = list(value, 3, what, expected)?;
    if numbers[2] != "1" {
        return Err(JsonError::Shape { what, expected });
    }
    let point =
        G1Affine::new_unchecked(read_number::<Fq>(&numbers[0], what)?, read_number::<Fq>(&numbers[1], what)?);
    if point.is_on_curve() { Ok(point) } else { Err(JsonError::Value { what, problem: "not on the curve" }) }
}

fn read_g2(value: &Value, what: &'static str) -> Result<G2Affine, JsonError> {
    let expected = "a point: three pairs of numbers, the last 1, 0";
    let pairs = list(value, 3, what, expected)?;
    if pairs[2] != json!(["1", "0"]) {
        return Err(JsonError::Shape { what, expected });
    }
    let read = |pair: &Value| {
        let pair = list(pair, 2, what, expected)?;
        Ok::<_, JsonError>(Fq2::new(read_number(&pair[0], what)?, read_number(&pair[1], what)?))
    };
    let point = G2Affine::new_unchecked(read(&pairs[0])?, read(&pairs[1])?);
    if point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve() {
        Ok(point)
    } else {
        Err(JsonError::Value { what, problem: "not in the group of its curve" })
    }
}
