//! Work for many threads: the prover's feature brings them, without it there is one.

/// `work` on each item, in their order.
#[cfg(feature = "prover")]
pub(crate) fn map<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Send + Sync) -> Vec<U> {
    use rayon::prelude::*;
    items.par_iter().map(work).collect()
}

/// `work` on each item, in their order.
#[cfg(not(feature = "prover"))]
pub(crate) fn map<T, U>(items: &[T], work: impl Fn(&T) -> U) -> Vec<U> {
    items.iter().map(work).collect()
}
