//! Many approvals of one log, one after the other, as a hub makes them: each of a request of its own, with captures of
//! its own. Their proofs are forged, which the development key allows: to make them takes no time.

use super::*;

/// So many approvals of the people 0 and 1, in the order of the log, and that log's leaves.
pub fn series(count: u32) -> Series {
    series_with(count, None)
}

/// The same, where the approval of one number has the proof of another statement in its first co-signature.
pub fn series_with(count: u32, false_one: Option<u32>) -> Series {
    let still = Edits::default();
    let (descriptor, rules) = asset(&still);
    let (epochs, stakes) = epochs(&still);
    let mut log = Leaves::default();
    log.push(&logged(&descriptor));
    log.push(&logged(&rules));
    for epoch in &epochs {
        let (id, bytes) = (epoch.id(), epoch.bytes().to_vec());
        log.push(&Logged { kind: RegistryEpoch::TYPE, id, bytes, previous: vec![] });
    }
    let common: Vec<usize> = (0..log.records.len()).collect();
    let mut drafts = Vec::new();
    for number in 0..count {
        let mut edits = edits(number);
        if Some(number) == false_one {
            edits.inputs = Some(Box::new(|person, inputs: &mut PublicInputs| {
                if person == 0 {
                    inputs.nullifier += Fr::from(1_u64);
                }
            }));
            edits.cosignature = Some(Box::new(|person, own: &mut CoSignature| {
                if person == 0 {
                    own.proof.inputs[1] = Scalar([3; 32]);
                }
            }));
        }
        let request = request(&edits, descriptor.id());
        let verdict = verdict(&edits, &descriptor, &rules, &request);
        let evm = descriptor.payload().evm;
        let cosignatures: Vec<_> =
            [0, 1].map(|person| cosignature(&edits, person, &request, &verdict, &epochs[0], evm)).into();
        let body = body(&edits, &descriptor, &rules, &request, &verdict, &cosignatures, &epochs[0]);
        let mut places = common.clone();
        places.push(log.push(&logged(&request)));
        places.push(log.push(&logged(&verdict)));
        places.extend(cosignatures.iter().map(|one| log.push(&logged(one))));
        places.push(log.push(&logged(&body)));
        drafts.push((request, verdict, cosignatures, body, places));
    }
    let checkpoint = log.head().sign(&key(LOG)).unwrap();
    let bundles = drafts.into_iter().map(|(request, verdict, cosignatures, body, places)| ApprovalBundle {
        body: blob(&body),
        request: blob(&request),
        descriptors: vec![blob(&descriptor)],
        rules: vec![blob(&rules)],
        verdict: blob(&verdict),
        cosignatures: cosignatures.iter().map(blob).collect(),
        epochs: epochs.iter().map(|epoch| Blob(epoch.bytes().to_vec())).collect(),
        stakes: stakes.iter().map(|stakes| Blob(stakes.to_payload().unwrap())).collect(),
        verifying_keys: vec![Blob(verifying_key().to_bytes())],
        log: places.into_iter().map(|place| log.entry(place)).collect(),
        checkpoint: checkpoint.clone(),
        withdrawals: None,
        key_events: None,
    });
    Series { bundles: bundles.collect(), log }
}

/// Approvals of one log.
pub struct Series {
    pub bundles: Vec<ApprovalBundle>,
    pub log: Leaves,
}

/// What is another in each of them.
fn edits(number: u32) -> Edits {
    Edits {
        forge: true,
        ..edit!(
            request: move |request: &mut UsageRequest| {
                request.nonce = Blob([&number.to_be_bytes()[..], &[7; 12]].concat());
            },
            report: move |person, report: &mut LivenessReport| {
                let challenge = Digest::of(format!("challenge {number} of {person}").as_bytes());
                *report = live(challenge, T + 29);
            },
            claims: move |_, claims: &mut Claims| claims.counter = 100 + 10 * u64::from(number),
        )
    }
}

/// A log with its records.
#[derive(Default)]
pub struct Leaves {
    pub tree: MerkleTree,
    pub records: Vec<(Vec<u8>, Digest)>,
}

impl Leaves {
    fn push(&mut self, object: &Logged) -> usize {
        let place = self.records.len();
        let salt = Digest::of(format!("salt {place}").as_bytes());
        let record = LogRecord::of(object.kind, object.id, &object.previous, &salt, &object.bytes);
        let record = record.to_payload().unwrap();
        self.tree.push(leaf_hash(&record));
        self.records.push((record, salt));
        place
    }

    fn entry(&self, place: usize) -> LogEntry {
        let (record, salt) = &self.records[place];
        let proof = self.tree.inclusion(place as u64, self.tree.size()).unwrap();
        LogEntry { index: place as u64, record: Blob(record.clone()), salt: *salt, proof }
    }

    /// Its head.
    pub fn head(&self) -> Checkpoint {
        Checkpoint { origin: ORIGIN.into(), size: self.tree.size(), root: self.tree.root() }
    }
}
