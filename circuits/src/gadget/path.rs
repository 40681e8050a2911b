//! The way from a leaf to the root of the 4-ary registry.
//!
//! On each level two bit wires give the node's place p among four children. The node starts in the first place and is
//! moved up by three conditional swaps with the siblings, the i-th one taken when p ≥ i:
//!
//! | p | p ≥ 1 = b₀ or b₁ | p ≥ 2 = b₁ | p ≥ 3 = b₀ and b₁ | children |
//! |---|---|---|---|---|
//! | 0 | 0 | 0 | 0 | node s₀ s₁ s₂ |
//! | 1 | 1 | 0 | 0 | s₀ node s₁ s₂ |
//! | 2 | 1 | 1 | 0 | s₀ s₁ node s₂ |
//! | 3 | 1 | 1 | 1 | s₀ s₁ s₂ node |
//!
//! **Soundness.** The bits are bits, so one of the four rows applies and the children hold the node itself, the
//! siblings being free. The parent is their Poseidon hash. Finding siblings that lead from a value which is not in the
//! tree to its root means finding a collision. The number of levels is fixed, so an inner node cannot pose as a leaf.
//! No wire beyond the two bits, their product, three siblings and three swaps is there to be chosen: six constraints a
//! level beside the hash.

use super::{bits, poseidon};
use crate::builder::Builder;
use ark_bn254::Fr;
use ark_ff::{One, Zero};

/// The root that follows from `leaf`.
pub(crate) fn root<B: Builder>(builder: &mut B, leaf: B::Expression, path: &crate::Path) -> B::Expression {
    let mut node = leaf;
    let mut index = path.index;
    for siblings in &path.siblings {
        let children = place(builder, node, (index & 1 == 1, index & 2 == 2), siblings);
        index >>= 2;
        node = poseidon::hash(builder, &children);
    }
    node
}

/// The four children in order.
fn place<B: Builder>(
    builder: &mut B,
    node: B::Expression,
    digit: (bool, bool),
    siblings: &[Fr; 3],
) -> [B::Expression; 4] {
    let low = bits::bit(builder, digit.0);
    let high = bits::bit(builder, digit.1);
    let both = builder.multiply(&low, &high);
    let either = B::sum(&[(Fr::one(), &low), (Fr::one(), &high), (-Fr::one(), &both)], Fr::zero());
    let [first, second, third] = siblings.map(|sibling| builder.private(sibling));
    let (child0, moving) = swap_when(builder, &either, &node, &first);
    let (child1, moving) = swap_when(builder, &high, &moving, &second);
    let (child2, child3) = swap_when(builder, &both, &moving, &third);
    [child0, child1, child2, child3]
}

/// `(moving, sibling)`, or `(sibling, moving)` when `condition` is 1. One constraint.
fn swap_when<B: Builder>(
    builder: &mut B,
    condition: &B::Expression,
    moving: &B::Expression,
    sibling: &B::Expression,
) -> (B::Expression, B::Expression) {
    let change = builder.multiply(condition, &B::subtract(sibling, moving));
    (B::add(moving, &change), B::subtract(sibling, &change))
}
