//! The statement in constraints. Read it beside [`crate::statement`], which says the same in plain numbers.

use crate::builder::{Builder, ConstraintBuilder, Rows};
use crate::commitment::tag;
use crate::gadget::{path, poseidon, similarity, vector};
use crate::inputs::PUBLIC_COUNT;
use crate::{Features, Path, PrivateInputs, Shape, statement};
use ark_bn254::Fr;
use ark_ff::Zero;

/// Writes the whole circuit into `builder`, with the values given. Values never change which constraints are written.
pub(crate) fn synthesise<B: Builder>(
    builder: &mut B,
    shape: &Shape,
    public: &[Fr; PUBLIC_COUNT],
    private: &PrivateInputs,
) {
    debug_assert!(statement::check_sizes(shape, private).is_ok(), "sizes are checked by the caller");
    let [root, nullifier, probe, request_id, signal, model_id, validator_key, tau_face, tau_voice] =
        public.map(|value| builder.public(value));

    builder.part("template ranges");
    let secret = builder.private(private.secret);
    let template_blinding = builder.private(private.template_blinding);
    let probe_blinding = builder.private(private.probe_blinding);
    let template_face = vector::unpack(builder, &private.template.face);
    let template_voice = vector::unpack(builder, &private.template.voice);

    builder.part("probe ranges");
    let probe_face = vector::unpack(builder, &private.probe.face);
    let probe_voice = vector::unpack(builder, &private.probe.voice);

    builder.part("template commitment");
    let list = commitment_list(&model_id, &template_face, &template_voice, &template_blinding);
    let committed_template = vector::hash(builder, tag::TMPL, &list);

    builder.part("probe commitment");
    let list = commitment_list(&model_id, &probe_face, &probe_voice, &probe_blinding);
    let committed_probe = vector::hash(builder, tag::PROBE, &list);
    builder.require_equal(&committed_probe, &probe);

    builder.part("leaf");
    let identity = poseidon::hash(builder, &[B::constant(Fr::from(tag::ID)), secret.clone()]);
    let leaf = [B::constant(Fr::from(tag::LEAF)), identity, committed_template, validator_key];
    let leaf = poseidon::hash(builder, &leaf);

    builder.part("registry path");
    let reached = path::root(builder, leaf, &private.path);
    builder.require_equal(&reached, &root);

    builder.part("nullifier");
    let own = poseidon::hash(builder, &[B::constant(Fr::from(tag::NULL)), secret, request_id]);
    builder.require_equal(&own, &nullifier);

    // Nothing else uses the signal. An input without a constraint could be exchanged after the fact in some tool
    // chains; a product with itself ties it to the proof in all of them.
    builder.part("signal");
    builder.multiply(&signal, &signal);

    builder.part("face similarity");
    similarity::require(builder, &template_face.coordinates, &probe_face.coordinates, &tau_face);
    builder.part("voice similarity");
    similarity::require(builder, &template_voice.coordinates, &probe_voice.coordinates, &tau_voice);
}

/// The constraint rows for a shape, which has to be within its bounds ([`Shape::check`]). They are the same for every
/// assignment.
pub fn rows(shape: &Shape) -> Rows {
    let mut builder = ConstraintBuilder::new();
    let private = PrivateInputs {
        secret: Fr::zero(),
        template_blinding: Fr::zero(),
        probe_blinding: Fr::zero(),
        template: Features::blank(shape),
        probe: Features::blank(shape),
        path: Path { index: 0, siblings: vec![[Fr::zero(); 3]; shape.levels] },
    };
    synthesise(&mut builder, shape, &[Fr::zero(); PUBLIC_COUNT], &private);
    builder.finish().0
}

fn commitment_list<E: Clone>(
    model_id: &E,
    face: &vector::Vector<E>,
    voice: &vector::Vector<E>,
    blinding: &E,
) -> Vec<E> {
    let mut list = vec![model_id.clone()];
    list.extend_from_slice(&face.elements);
    list.extend_from_slice(&voice.elements);
    list.push(blinding.clone());
    list
}
