//! What whoever has the kiosk in hand can try: put an older copy of a memory back, open the case.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tokio::sync::Notify;
use wetsign_api::v1::{self, session_event::Event};

use crate::{
    attacks::Person,
    auditor, bare_host, board_check,
    cast::GovernedAsset,
    stage::Options,
    story::{LESSON, Story, outcome_of},
    visit,
};

impl Story<'_> {
    /// Copies what element and daemon keep, to be put back later.
    pub async fn copy_memories(&mut self, options: &Options) -> anyhow::Result<PathBuf> {
        let copies = self.evidence.path("copies");
        self.stage.copy_memories(&copies, options).await?;
        Ok(copies)
    }

    /// (g) The element's memory is an older one, and then the daemon's too.
    pub async fn put_back(
        &mut self,
        (asset, people): (&GovernedAsset, &[Person]),
        copies: &Path,
        options: &Options,
    ) -> anyhow::Result<()> {
        self.narrator.part("h", "Somebody puts an older copy of the kiosk's memory back");
        self.stage.put_back_element(copies).await?;
        let request = self.submit(asset, &LESSON).await?;
        let source = visit::replayed_subject(&people[0].subject);
        let visit =
            self.come("the element's older memory", |_| false, &request.id, &people[0].key, &source).await?;
        let (got, why) = outcome_of(&visit.ending, &visit);
        self.tell("the element's older memory", "refused at element (element.rolled_back)", got, why);

        self.stage.put_back(copies, options).await?;
        std::fs::remove_dir_all(copies).with_context(|| format!("removing {}", copies.display()))?;
        let request = self.submit(asset, &LESSON).await?;
        for person in people {
            let source = visit::replayed_subject(&person.subject);
            let title = format!("{} on a kiosk that was put back", person.name);
            let visit = self.come(&title, visit::Visit::unlucky, &request.id, &person.key, &source).await?;
            ensure!(visit.is_cosigned(), "{} could not co-sign: {:?}", person.name, visit.failed_gates());
        }
        let asked = v1::RequestId { id: request.id };
        let approval = self.stage.client.approvals().get(asked).await?.into_inner().bundle;
        let file = self.evidence.write("approval-put-back.cbor", &approval)?;
        let (policy, memory) = (self.evidence.path("trust-policy.toml"), self.evidence.path("memory.json"));
        let programs = &self.stage.programs;
        let before = auditor::verify(programs, &self.evidence.path("approval.cbor"), &policy, Some(&memory))?;
        ensure!(before.ok, "an auditor who remembers nothing yet refuses the approval: {}", before.summary());
        let answer = auditor::verify(programs, &file, &policy, Some(&memory))?;
        let refused_by = answer.failures().join(", ");
        self.tell(
            "the kiosk's older memory",
            "refused by replay",
            format!("refused by {refused_by}"),
            answer.summary(),
        );
        Ok(())
    }

    /// (h) The case is opened while she speaks.
    pub async fn open_case(&mut self, asset: &GovernedAsset, person: &Person) -> anyhow::Result<()> {
        self.narrator.part("i", "The case of the secure element is opened in the middle of a session");
        let root = board_check::stored_root(&self.stage.element().memory()?)?;
        let request = self.submit(asset, &LESSON).await?;
        let source = Some(visit::replayed_subject(&person.subject));
        let asked = Notify::new();
        let came = visit::approve(&self.stage.client, &request.id, &person.key, source.clone(), |event| {
            if matches!(event, Event::Prompt(_)) {
                asked.notify_one();
            }
        });
        let opened = async {
            asked.notified().await;
            self.stage.element().open_case().await
        };
        let (visit, opened) = tokio::join!(came, opened);
        opened?;
        let visit = visit?;
        let (got, why) = outcome_of(&visit.ending, &visit);
        self.tell("the case is opened in mid-session", "refused at element (element.tampered)", got, why);

        let again =
            visit::approve(&self.stage.client, &request.id, &person.key, source, visit::unseen).await?;
        let (got, why) = outcome_of(&again.ending, &again);
        self.tell("the next session", "refused at element (element.tampered)", got, why);

        let memory = self.stage.element().memory()?;
        let kept = memory.windows(root.len()).any(|bytes| bytes == root);
        let (got, why) = if kept {
            ("in its memory", "the secret from which every key was made can still be read")
        } else {
            ("gone", "the secret from which every key was made is nowhere in its memory")
        };
        self.tell("the keys", "gone", got.to_owned(), why.to_owned());

        self.stage.daemon().kill()?;
        let host_key = wetsignd::keys::element_host(&self.stage.folder().join("state"))?;
        let claims = bare_host::token(&self.stage.element().socket(), &host_key)
            .await
            .context("the opened element gave no token")?;
        let got = if claims.tamper == 0 { "says nothing of it" } else { "says tampered" };
        let why = format!(
            "lines {:#04x}, counter {}; no provisioner vouches for its new key",
            claims.tamper, claims.counter
        );
        self.tell("a token that it signs later", "says tampered", got.to_owned(), why);
        Ok(())
    }
}
