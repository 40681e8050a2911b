//! What the circuit weighs.

use crate::builder::{Part, Rows};
use crate::inputs::{PUBLIC_COUNT, PUBLIC_NAMES};
use crate::{Shape, ShapeError, circuit};
use serde::Serialize;

/// Largest sum of constraints, public inputs and one for the frozen size: the evaluation domain of the proof system.
pub const DOMAIN: usize = 1 << 14;

/// Size of a circuit, for people and for the `circuit info` command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CircuitInfo {
    /// The sizes it is made for.
    pub shape: Shape,
    /// Number of rank-one constraints.
    pub constraints: usize,
    /// Number of private wires.
    pub private_wires: usize,
    /// Names of the public inputs, in order.
    pub public_inputs: [&'static str; PUBLIC_COUNT],
    /// Constraints + public inputs + 1: what must fit the domain.
    pub domain_used: usize,
    /// The next power of two at or above `domain_used`.
    pub domain: usize,
    /// Leaves that the registry can hold.
    pub registry_leaves: u64,
    /// Constraints by part, in the order of the circuit.
    pub parts: Vec<Part>,
}

/// The frozen circuit's size.
pub fn circuit_info() -> CircuitInfo {
    CircuitInfo::from_rows(&Shape::DEFAULT, &circuit::rows(&Shape::DEFAULT))
}

impl CircuitInfo {
    /// The size of the circuit of another shape.
    ///
    /// # Errors
    /// [`ShapeError::OutOfBounds`].
    pub fn of(shape: &Shape) -> Result<Self, ShapeError> {
        shape.check()?;
        Ok(Self::from_rows(shape, &circuit::rows(shape)))
    }

    fn from_rows(shape: &Shape, rows: &Rows) -> Self {
        let domain_used = rows.constraints() + PUBLIC_COUNT + 1;
        Self {
            shape: *shape,
            constraints: rows.constraints(),
            private_wires: rows.wires() - PUBLIC_COUNT - 1,
            public_inputs: PUBLIC_NAMES,
            domain_used,
            domain: domain_used.next_power_of_two(),
            registry_leaves: 1 << (2 * shape.levels),
            parts: rows.parts(),
        }
    }
}
