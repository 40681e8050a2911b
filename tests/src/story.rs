//! The main story: two people enrol, approve what the owner's rules allow, and everything else is refused.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use wetsign_api::v1::{self, session_event::Event};
use wetsign_attest::{Endorsed, TrustPolicy, object::RegistryEpoch};

use crate::{
    attacks::{Attack, Person},
    auditor,
    cast::{Cast, GovernedAsset, Wish},
    evidence::Evidence,
    narrate::Narrator,
    narration::Narration,
    phone::Phone,
    registrar::Admitted,
    report::Report,
    stage::Stage,
    visit::{self, Ending, Visit},
};

/// What the person reads before camera and microphone are opened for an enrolment.
pub const CONSENT: &str = "I agree that this kiosk records my face and voice for a few seconds, keeps a protected template \
of them sealed in its secure element, and never lets recordings or templates leave it. I can have it erased at any time.";

/// A story under way.
pub struct Story<'a> {
    /// Its kiosk.
    pub stage: &'a mut Stage,
    /// Everybody else.
    pub cast: &'a Cast,
    /// Who tells it.
    pub narrator: &'a mut Narrator,
    /// What came out.
    pub report: &'a mut Report,
    /// Pictures and files to keep.
    pub evidence: &'a mut Evidence,
    /// Whether each validator has a device of their own that signs; else the kiosk keeps their keys.
    pub with_phones: bool,
    /// Those devices.
    pub phones: Vec<Phone>,
    /// The voice that is governed, and the runner who may be asked to speak with it.
    pub voice: &'a Narration,
}

impl Story<'_> {
    /// (a) Two people enrol; the registrar takes their leaves into an epoch.
    pub async fn enrol(&mut self, people: &mut [Person]) -> anyhow::Result<Endorsed<RegistryEpoch>> {
        self.narrator.part(
            "a",
            "Two people enrol: face and voice, twice each, sealed to the secure element; their phones are paired, and sign",
        );
        let mut records = Vec::new();
        for person in people.iter_mut() {
            let mut phone = self.phone(person.name)?;
            let enrolment = v1::StartEnrolment {
                language: String::new(),
                device: None,
                pair: phone.is_some(),
                label: person.name.to_owned(),
                consent: CONSENT.to_owned(),
                source: Some(visit::replayed_subject(&person.subject)),
            };
            let client = self.stage.client.clone();
            let title = format!("enrol {}", person.name);
            let visit = self
                .patiently(&title, Visit::unlucky, async || {
                    let sees = |event: &Event| {
                        if let Some(phone) = &mut phone {
                            phone.sees(&client, event);
                        }
                    };
                    visit::enrol(&client, enrolment.clone(), sees).await
                })
                .await?;
            self.phones.extend(phone);
            let (got, why) = match &visit.ending {
                Ending::Enrolled(enrolled) => {
                    person.key.clone_from(&enrolled.validator_key);
                    records.push(enrolled.record.clone());
                    let leaf = hex::encode(&enrolled.leaf);
                    ("enrolled".to_owned(), format!("two captures match; leaf {}…", &leaf[..16]))
                }
                other => outcome_of(other, &visit),
            };
            self.tell(&format!("{} enrols", person.name), "enrolled", got, why);
        }
        ensure!(records.len() == people.len(), "not everybody could enrol: the story ends here");
        let Admitted { enrolments, epoch } = self.cast.admit(self.stage, &records).await?;
        self.narrator.line(&format!(
            "The registrar, whom another operator runs, checks both records, endorses them and signs epoch {} (root {}…), \
             stakes included. Keys: development.",
            epoch.payload().number,
            epoch.payload().root.short(),
        ));
        let policy = self.policy().await?;
        let trusted = self.evidence.write("trust-policy.toml", policy.to_toml()?.as_bytes())?;
        for (name, enrolment) in ["enrolment.cbor", "enrolment-2.cbor"].into_iter().zip(&enrolments) {
            let file = self.evidence.write(name, enrolment)?;
            let answer = auditor::verify(&self.stage.programs, &file, &trusted, None)?;
            ensure!(answer.ok, "an auditor refuses {name}: {}", answer.summary());
        }
        Ok(epoch)
    }

    /// A device of a person's own, with a passkey; none where the kiosk keeps the keys.
    fn phone(&mut self, name: &str) -> anyhow::Result<Option<Phone>> {
        if !self.with_phones {
            return Ok(None);
        }
        let phones = self.stage.folder().join("phones");
        Phone::start(&self.stage.programs, &phones, &name.replace(' ', "-")).map(Some)
    }

    /// What an auditor of this story trusts: no kiosk's keys where everybody has a phone.
    async fn policy(&self) -> anyhow::Result<TrustPolicy> {
        let accept_kiosk_custody = !self.with_phones;
        Ok(TrustPolicy { accept_kiosk_custody, ..self.stage.trust_policy(self.cast).await? })
    }

    /// (b) The owner registers an asset and its rules.
    pub async fn govern(&mut self) -> anyhow::Result<GovernedAsset> {
        self.narrator.part("b", "An owner sets rules for the AI copy of her voice");
        let asset = self.cast.asset_of(2, self.voice.content()?)?;
        for policy in wetsign_attest::rules::describe(asset.rules.payload()) {
            self.narrator.detail(&format!("{} {}: {}", policy.effect, policy.id, policy.words));
        }
        let registered = self
            .stage
            .client
            .assets()
            .register(v1::RegisterAsset {
                descriptor: asset.descriptor.bytes().to_vec(),
                rules: asset.rules.bytes().to_vec(),
            })
            .await?
            .into_inner();
        ensure!(registered.asset_id == asset.id.as_bytes(), "the kiosk registered another asset");
        let got =
            if registered.rules_id == asset.rules.id().as_bytes() { "registered" } else { "other rules" };
        self.tell(
            "owner's asset",
            "registered",
            got.to_owned(),
            "the owner signed both; quorum: two distinct enrolments".to_owned(),
        );
        Ok(asset)
    }

    /// (c) An allowed request, approved by everybody, checked by a program that trusts none of it.
    pub async fn approve(
        &mut self,
        asset: &GovernedAsset,
        people: &[Person],
    ) -> anyhow::Result<(PathBuf, TrustPolicy)> {
        self.narrator.part("c", "A request that the rules allow");
        let request = self.submit(asset, &LESSON).await?;
        self.tell_state("an allowed request", v1::RequestState::Permitted, &request);
        for person in people {
            let source = visit::replayed_subject(&person.subject);
            let title = format!("{} approves", person.name);
            let visit = self.come(&title, Visit::unlucky, &request.id, &person.key, &source).await?;
            let (got, why) = outcome_of(&visit.ending, &visit);
            self.tell(&title, "co-signed", got, why);
        }
        let approval = self
            .stage
            .client
            .approvals()
            .get(v1::RequestId { id: request.id.clone() })
            .await
            .context("fetching the approval: the quorum was not reached")?;
        let bundle = self.evidence.write("approval.cbor", &approval.into_inner().bundle)?;
        let policy = self.policy().await?;
        let trusted = self.evidence.write("trust-policy.toml", policy.to_toml()?.as_bytes())?;
        let answer = auditor::verify(&self.stage.programs, &bundle, &trusted, None)?;
        self.evidence.write("approval.json", auditor::view(&self.stage.programs, &bundle)?.as_bytes())?;
        self.tell("the approval is checked", "approved", answer.verdict().to_owned(), answer.summary());
        Ok((bundle, policy))
    }

    /// (d) A request that a rule forbids; no human is bothered.
    pub async fn forbid(&mut self, asset: &GovernedAsset) -> anyhow::Result<()> {
        self.narrator.part("d", "Requests that a rule forbids");
        for (name, wish) in [("a political request", &SPEECH), ("an objectionable request", &THREAT)] {
            let status = self.submit(asset, wish).await?;
            self.tell_state(name, v1::RequestState::Forbidden, &status);
            ensure!(!status.refusal.is_empty(), "the refusal of {name} is not signed");
        }
        Ok(())
    }

    /// (e) An allowed request again, but nobody alive and enrolled stands there.
    pub async fn attack(
        &mut self,
        asset: &GovernedAsset,
        victim: &Person,
        attacks: Vec<Attack>,
    ) -> anyhow::Result<()> {
        self.narrator.part("e", "The same person's photo, her video replayed, her face with another voice");
        let request = self.submit(asset, &LESSON).await?;
        for attack in attacks {
            // A misheard phrase would refuse this attacker too, but for a reason that is not the point.
            let beside =
                |visit: &Visit| visit.misheard() && attack.gate != "phrase" && attack.gate != "motion";
            let visit = self.come(attack.name, beside, &request.id, &victim.key, &attack.source).await?;
            let expected = format!("refused by {}", attack.gate);
            let failed = visit.failed_gates();
            let (got, why) = match &visit.ending {
                Ending::Refused(refused) if failed.contains(&attack.gate) => {
                    (expected.clone(), format!("{} Gates not passed: {}.", refused.text, failed.join(", ")))
                }
                other => outcome_of(other, &visit),
            };
            self.tell(attack.name, &expected, got, why);
        }
        Ok(())
    }

    /// (f) The bundle with one byte changed.
    pub fn forge(&mut self, bundle: &Path) -> anyhow::Result<()> {
        self.narrator.part("f", "The approval with one byte changed");
        let mut bytes = std::fs::read(bundle)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let forged = self.evidence.write("forged.cbor", &bytes)?;
        let answer =
            auditor::verify(&self.stage.programs, &forged, &self.evidence.path("trust-policy.toml"), None)?;
        self.tell("one byte changed", "refused", answer.verdict().to_owned(), answer.summary());
        Ok(())
    }

    pub(crate) async fn submit(
        &self,
        asset: &GovernedAsset,
        wish: &Wish<'_>,
    ) -> anyhow::Result<v1::RequestStatus> {
        let request = self.cast.request_to(asset.id, wish, Some(self.voice.opens_to))?;
        let submitted = v1::SubmitRequest { request: request.bytes().to_vec(), ..Default::default() };
        let status = self.stage.client.requests().submit(submitted).await.context("submitting")?.into_inner();
        ensure!(status.id == request.id().as_bytes(), "the kiosk acknowledged another request");
        Ok(status)
    }

    pub(crate) async fn come(
        &mut self,
        title: &str,
        again: impl Fn(&Visit) -> bool,
        request: &[u8],
        validator: &[u8],
        source: &v1::Source,
    ) -> anyhow::Result<Visit> {
        let client = self.stage.client.clone();
        self.patiently(title, again, async || {
            visit::approve(&client, request, validator, Some(source.clone()), visit::unseen).await
        })
        .await
    }

    /// Comes again, as a person would, when there is reason to.
    async fn patiently(
        &mut self,
        title: &str,
        again: impl Fn(&Visit) -> bool,
        mut come: impl AsyncFnMut() -> anyhow::Result<Visit>,
    ) -> anyhow::Result<Visit> {
        for _ in 1..visit::TRIES {
            let seen = come().await?;
            self.shown(title, &seen)?;
            if !again(&seen) {
                return Ok(seen);
            }
            self.narrator.line(&format!(
                "{title}: not recognised by what was heard ({}). Once more.",
                seen.failed_gates().join(", ")
            ));
        }
        let seen = come().await?;
        self.shown(title, &seen)?;
        Ok(seen)
    }

    fn shown(&mut self, title: &str, visit: &Visit) -> anyhow::Result<()> {
        if !visit.prompts.is_empty() {
            self.narrator.detail(&format!("asked for: {}", visit.prompts.join(" ")));
        }
        for (step, ms) in &visit.times {
            self.report.times_ms.push((format!("{title}: {step}"), *ms));
        }
        self.evidence.add_visit(title, visit)
    }

    fn tell_state(&mut self, name: &str, expected: v1::RequestState, status: &v1::RequestStatus) {
        let word = |state: v1::RequestState| {
            state.as_str_name().trim_start_matches("REQUEST_STATE_").to_ascii_lowercase()
        };
        self.tell(name, &word(expected), word(status.state()), which_rules(&status.reasons));
    }

    pub(crate) fn tell(&mut self, name: &str, expected: &str, got: String, why: String) {
        let part = self.report.add(name, expected, got, why);
        let text = if part.as_told() {
            format!("{}: {}. {}", part.name, part.got, part.why)
        } else {
            format!("{}: expected {}, got {}. {}", part.name, part.expected, part.got, part.why)
        };
        self.narrator.outcome(part.as_told(), text.trim_end());
    }
}

/// What the owner's rules allow.
pub const LESSON: Wish<'_> = Wish {
    purpose: "educational-narration",
    languages: &["de", "en"],
    text: "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
};

/// What they forbid because it is political.
pub const SPEECH: Wish<'_> = Wish {
    purpose: "political-advertising",
    languages: &["en"],
    text: "Vote for our candidate in the election on Sunday, and send the government home.",
};

/// What they forbid because of what it says, whatever it is said for.
pub const THREAT: Wish<'_> =
    Wish { purpose: "educational-narration", languages: &["en"], text: "You stupid idiot, I will kill you." };

/// The reasons one by one; the kiosk's first line sums them up.
fn which_rules(reasons: &[String]) -> String {
    match reasons {
        [_summary, rules @ ..] if !rules.is_empty() => rules.join("; "),
        _ => reasons.join(" "),
    }
}

pub(crate) fn outcome_of(ending: &Ending, visit: &Visit) -> (String, String) {
    match ending {
        Ending::CoSigned(cosigned) => (
            "co-signed".into(),
            format!("{} gates passed; id {}…", visit.gates.len(), hex::encode(&cosigned.id[..8])),
        ),
        Ending::Enrolled(_) => ("enrolled".into(), String::new()),
        Ending::Paired(_) => ("paired".into(), String::new()),
        Ending::Declined(_) => ("declined".into(), String::new()),
        Ending::Refused(refused) => {
            let failed = visit.failed_gates();
            let gates = if failed.is_empty() {
                String::new()
            } else {
                format!(" Gates not passed: {}.", failed.join(", "))
            };
            (format!("refused at {} ({})", refused.stage, refused.code), refused.text.clone() + &gates)
        }
    }
}
