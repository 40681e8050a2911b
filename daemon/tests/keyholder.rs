//! Three keyholders make a key that nobody has, open what is approved, and say no to all else: over their real sockets,
//! with store and log on disk.

#[macro_use]
#[allow(dead_code, unused_macros, reason = "each story uses some of it")]
#[path = "../../attest/tests/support/mod.rs"]
mod support;

use std::{collections::BTreeSet, sync::Arc};

use support::{Edits, OTHER, OWNER, T, approval, key, policy, public, sign};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};
use wetsign_api::{
    Client, Endpoint,
    keyholder::{ReleaseRequest, SpeakRequest, StatusRequest, TellRequest},
};
use wetsign_attest::{
    Endorsed, Object as _, Signed,
    bundle::ApprovalBundle,
    id::{ChannelKey, Digest, Id, PublicKey},
    object::{
        ApprovalBody, AssetDescriptor, RulesRevision, RunnerKey, ShareRelease, UsageRequest, Withdrawal,
    },
};
use wetsign_container::{
    Committee, Contents, Facts, Gathering, Head, Member, Reader, SealKey,
    keygen::{Plan, Record, Spoken},
    seal,
};
use wetsignd::{
    keyholder::{Keyholder, Settings},
    serve::keyholder::serve,
};

const VOICE: &[u8] = b"a voice";
const RUNNER: u8 = 70;
const NOW: u64 = T + 200;

/// Objects as bytes.
type Objects = Vec<Vec<u8>>;

/// A keyholder's folder, and the keyholder while it runs.
struct Place {
    folder: TempDir,
    plans: BTreeSet<Id>,
    keyholder: Option<Arc<Keyholder>>,
    running: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Place {
    async fn starts() -> Self {
        let mut place = Self {
            folder: tempfile::tempdir().unwrap(),
            plans: BTreeSet::new(),
            keyholder: None,
            running: None,
        };
        place.start().await;
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Starts it, or starts it again.
    async fn start(&mut self) {
        self.stop().await;
        std::fs::write(self.path("trust.toml"), policy().to_toml().unwrap()).unwrap();
        let settings = Settings {
            state: self.path("state"),
            trust_policy: self.path("trust.toml"),
            origin: "keyholder.example/log".into(),
            runners: BTreeSet::from([public(RUNNER)]),
            plans: self.plans.clone(),
            demonstration: true,
            socket: self.path("s"),
            tls: None,
        };
        let api = settings.api();
        let keyholder = Arc::new(Keyholder::open(settings).unwrap());
        self.keyholder = Some(Arc::clone(&keyholder));
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(async move { serve(keyholder, &api, stopped).await.unwrap() });
        self.running = Some((stop, serving));
        while !self.path("s").exists() {
            tokio::task::yield_now().await;
        }
    }

    async fn stop(&mut self) {
        self.keyholder = None;
        if let Some((stop, serving)) = self.running.take() {
            stop.send_replace(true);
            serving.await.unwrap();
            let _ = std::fs::remove_file(self.path("s"));
        }
    }

    async fn client(
        &self,
    ) -> wetsign_api::keyholder::keyholder_client::KeyholderClient<wetsign_api::Channel> {
        let endpoint: Endpoint = format!("unix:{}", self.path("s").display()).parse().unwrap();
        Client::connect(&endpoint).await.unwrap().keyholder()
    }

    async fn member(&self) -> Member {
        let status = self.client().await.status(StatusRequest {}).await.unwrap().into_inner();
        Member {
            keyholder: PublicKey::try_from(status.keyholder.as_slice()).unwrap(),
            seal: ChannelKey::try_from(status.seal.as_slice()).unwrap(),
        }
    }

    /// Sealed shares and signed releases, or the words of the refusal. The approval is of a fixed day, and so is now.
    fn release(&self, asked: &ReleaseRequest) -> Result<(Objects, Objects), String> {
        let keyholder = self.keyholder.as_ref().expect("it runs");
        let ReleaseRequest { approval, heads, runner_key } = asked;
        let released = keyholder.release(approval, heads, runner_key, NOW).map_err(|why| why.to_string())?;
        let releases = released.releases.iter().map(|release| release.bytes().to_vec()).collect();
        Ok((released.shares, releases))
    }

    async fn log_size(&self) -> u64 {
        self.client().await.status(StatusRequest {}).await.unwrap().into_inner().log_size
    }

    fn secrets(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.path("state/keys")).unwrap();
        let mut names: Vec<_> = names.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A plan among these places, which their operators name.
async fn planned(places: &mut [Place], previous: Option<&Endorsed<Committee>>) -> Signed<Plan> {
    let mut members = Vec::new();
    for place in &*places {
        members.push(place.member().await);
    }
    members.sort_by_key(|member| member.keyholder);
    let plan = Plan {
        number: previous.map_or(1, |previous| previous.payload().number + 1),
        threshold: 2,
        members,
        previous: previous.map(Endorsed::id),
        patience: 10,
        nonce: Digest([u8::from(previous.is_some()); 32]),
        proposed_by: public(OTHER),
    };
    let plan = sign(plan);
    for place in places {
        place.plans.insert(plan.id());
        place.start().await;
    }
    plan
}

/// Conducts the key generation to its end.
async fn generated(
    places: &[Place],
    plan: &Signed<Plan>,
    previous: Option<&Endorsed<Committee>>,
) -> Endorsed<Committee> {
    let mut record = Record::new(plan, 0, previous.map(|one| one.payload().clone())).unwrap();
    let mut entries: Vec<Vec<u8>> = Vec::new();
    let mut signed = Vec::new();
    for _round in 0..4 {
        signed.clear();
        for place in places {
            let request = SpeakRequest {
                plan: plan.bytes().to_vec(),
                previous: previous.map_or_else(Vec::new, |one| one.bytes().to_vec()),
                entries: entries.clone(),
            };
            let answer = place.client().await.speak(request).await.unwrap().into_inner();
            if !answer.said.is_empty() {
                record.hear(entries.len() as u64 + 1, &Spoken::decode(&answer.said).unwrap()).unwrap();
                entries.push(answer.said);
            }
            if !answer.committee.is_empty() {
                signed.push(Endorsed::<Committee>::decode(&answer.committee).unwrap());
            }
        }
    }
    assert_eq!(signed.len(), places.len(), "all of them signed");
    assert!(record.faults().is_empty());
    Endorsed::join(&signed).unwrap()
}

fn ephemeral() -> SealKey {
    SealKey::of(zeroize::Zeroizing::new([71; 32]))
}

/// An approval, and the container of its asset.
struct Locked {
    bundle: ApprovalBundle,
    container: Vec<u8>,
    head: Head,
}

fn locked(committee: &Committee) -> Locked {
    let card = || Contents::of("application/octet-stream", VOICE).unwrap();
    let bundle = approval(&Edits {
        prove: true,
        descriptor: Some(Box::new(move |d: &mut AssetDescriptor| d.content.0 = card().id().unwrap().0)),
        request: Some(Box::new(|r: &mut UsageRequest| r.opens_to = Some(ChannelKey(ephemeral().public().0)))),
        ..Edits::default()
    });
    let descriptor = Signed::<AssetDescriptor>::decode(&bundle.descriptors[0].0).unwrap().id();
    let rules = Signed::<RulesRevision>::decode(&bundle.rules[0].0).unwrap().id();
    let facts = Facts { asset: descriptor, descriptor, rules, contents: card() };
    let mut random = |bytes: &mut [u8]| getrandom::fill(bytes).unwrap();
    let (head, key) = Head::lock(facts, &committee.key, &mut random).unwrap();
    let mut container = Vec::new();
    seal(&head, &key, VOICE, &mut container).unwrap();
    Locked { bundle, container, head }
}

impl Locked {
    fn asks(&self, opens_to: [u8; 32], now: u64) -> ReleaseRequest {
        let runner_key = RunnerKey {
            runner: public(RUNNER),
            opens_to: ChannelKey(opens_to),
            created: now,
            until: now + 1000,
        };
        ReleaseRequest {
            approval: self.bundle.to_bytes().unwrap(),
            heads: vec![self.head.to_bytes().unwrap()],
            runner_key: Signed::sign(runner_key, &key(RUNNER)).unwrap().bytes().to_vec(),
        }
    }

    fn body(&self) -> Id {
        Signed::<ApprovalBody>::decode(&self.bundle.body.0).unwrap().id()
    }

    fn opens(
        &self,
        committee: &Committee,
        shares: &[Vec<u8>],
    ) -> Result<Vec<u8>, wetsign_container::Refused> {
        let mut gathering = Gathering::new(&self.head, committee.clone())?;
        for share in shares {
            gathering.add(&ephemeral(), self.body(), share)?;
        }
        let mut source = self.container.as_slice();
        let head = Head::read(&mut source)?;
        let mut plain = Vec::new();
        let mut reader = Reader::new(source, &head, &gathering.key()?)?;
        std::io::Read::read_to_end(&mut reader, &mut plain).unwrap();
        Ok(plain)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_keyholders_open_what_is_approved_and_nothing_else() {
    let mut places = [Place::starts().await, Place::starts().await, Place::starts().await];

    // Who was not told of a plan by its operator takes no part; who is in no committee gives nothing.
    let stranger = sign(Plan {
        number: 1,
        threshold: 1,
        members: vec![places[0].member().await],
        previous: None,
        patience: 10,
        nonce: Digest([9; 32]),
        proposed_by: public(OTHER),
    });
    let request = SpeakRequest { plan: stranger.bytes().to_vec(), previous: vec![], entries: vec![] };
    let refused = places[0].client().await.speak(request).await.unwrap_err();
    assert!(refused.message().contains("did not name the plan"), "{refused}");

    let plan = planned(&mut places, None).await;
    let committee = generated(&places, &plan, None).await;
    let locked = locked(committee.payload());
    let asked = locked.asks(ephemeral().public().0, NOW);

    // k − 1 do not open; k do. Each release stands in the keyholder's log.
    let before = places[0].log_size().await;
    let (one, releases) = places[0].release(&asked).unwrap();
    assert_eq!(places[0].log_size().await, before + 1);
    let release = Signed::<ShareRelease>::decode(&releases[0]).unwrap();
    assert_eq!(release.payload().approval, locked.body());
    assert!(locked.opens(committee.payload(), &one).is_err());
    let (two, _) = places[2].release(&asked).unwrap();
    assert_eq!(locked.opens(committee.payload(), &[one[0].clone(), two[0].clone()]).unwrap(), VOICE);

    // Replayed to another runner's key: no.
    let replayed = locked.asks(SealKey::fresh().public().0, NOW);
    let refused = places[1].release(&replayed).unwrap_err();
    assert!(refused.contains("an approval is for one runner"), "{refused}");

    // A restart forgets nothing.
    places[1].start().await;
    places[1].release(&asked).unwrap();

    // The owner takes it back: the same keyholders refuse, also after another restart.
    let withdrawal = sign(Withdrawal {
        asset: locked.head.facts.asset,
        approval: None,
        reason: None,
        signed_by: public(OWNER),
        time: T + 100,
    });
    let told = TellRequest { withdrawal: withdrawal.bytes().to_vec() };
    places[0].client().await.tell(told).await.unwrap();
    for again in [false, true] {
        if again {
            places[0].start().await;
        }
        let refused = places[0].release(&asked).unwrap_err();
        assert!(refused.contains("withdrawn"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committee_hands_on_and_forgets() {
    let mut places = [Place::starts().await, Place::starts().await, Place::starts().await];
    let plan = planned(&mut places, None).await;
    let old = generated(&places, &plan, None).await;
    assert!(places[0].secrets().iter().any(|name| name.starts_with("keyholder-share-")));
    let locked = locked(old.payload());
    let asked = locked.asks(ephemeral().public().0, NOW);
    let (early, _) = places[0].release(&asked).unwrap();

    let plan = planned(&mut places, Some(&old)).await;
    let new = generated(&places, &plan, Some(&old)).await;
    assert_eq!(new.payload().key, old.payload().key);
    for place in &places {
        let shares = place.secrets().into_iter().filter(|name| name.starts_with("keyholder-share-"));
        assert_eq!(shares.count(), 1, "the old share is erased");
    }
    // A share from before the change does not count beside new ones.
    let (one, _) = places[1].release(&asked).unwrap();
    let (two, _) = places[2].release(&asked).unwrap();
    assert!(locked.opens(new.payload(), &[early[0].clone(), one[0].clone()]).is_err());
    assert_eq!(locked.opens(new.payload(), &[one[0].clone(), two[0].clone()]).unwrap(), VOICE);
}
