//! A person on whom no bound was chosen, filmed by a webcam.

use std::collections::BTreeSet;

use wetsign_liveness::{HeadMove, Prompt};
use wetsign_sensor_ipc::Part;

use crate::common::{Sensor, subject};

/// He turns, comes closer, opens his mouth, and each is seen; his head has depth and no plane explains it. What refuses
/// him is that he stands too far away, which he is told: so narrow a face is no evidence of an attack, and none of
/// life.
#[test]
fn a_man_before_a_webcam_shows_what_is_asked_and_is_refused_for_his_distance() {
    let mut sensor = Sensor::start();
    for challenge in [3_u8, 4] {
        let outcome = sensor.run(subject("webcam", Part::Verify), &[challenge; 32]);
        let heads: BTreeSet<_> = outcome
            .plan
            .prompts
            .iter()
            .filter(|p| p.part() == wetsign_liveness::Part::Head)
            .map(Prompt::code)
            .collect();
        let all = [HeadMove::Left, HeadMove::Right, HeadMove::Closer].map(|head| Prompt::from(head).code());
        assert_eq!(heads, BTreeSet::from(all));
        assert_eq!(outcome.failed(), ["face_size"], "{:#?}", outcome.values());
        assert_eq!(
            outcome.unknown(),
            ["reaction", "pad_fas", "pad_fr", "pad_pair", "pad_fused"],
            "{:#?}",
            outcome.values()
        );
    }
}
