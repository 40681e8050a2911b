//! What is made with the approval: the runner speaks the approved sentence, and nothing else; then the owner revokes.

use std::path::Path;
use std::time::Instant;

use anyhow::ensure;
use wetsign_api::v1;
use wetsign_attest::id::Id;
use wetsign_attest::object::{ApprovalBody, RunReceipt, Withdrawal};
use wetsign_attest::{ApprovalBundle, Signed};

use crate::{
    cast::{GovernedAsset, now},
    locked::Locked,
    runner::{Ran, Run},
    story::{LESSON, Story},
};

impl Story<'_> {
    /// (g) The container is opened for the approved sentence, once, and shut by its owner.
    pub async fn speak(&mut self, asset: &GovernedAsset, bundle: &Path) -> anyhow::Result<()> {
        let voice = self.voice;
        self.narrator
            .part("g", "The locked voice speaks the approved sentence, once; then its owner revokes");
        self.narrator.line(
            "Its key is divided among three keyholders, of whom two open it. Here one process plays all three; runner and \
             container are the product's own.",
        );
        let begun = Instant::now();
        let folder = self.evidence.path("runner");
        let locked =
            Locked::lock(&folder, &voice.package, asset.id, asset.descriptor.id(), asset.rules.id())?;
        self.took("lock the voice in its container", begun);
        let size = std::fs::metadata(&locked.container)?.len();
        self.report.sizes.push(("container of the voice".into(), size));
        let approval = id_of(&std::fs::read(bundle)?)?;
        let shares = locked.release("shares", 2, approval, voice.opens_to)?;
        let policy = self.evidence.path("trust-policy.toml");
        let run = |name: &'static str, input: Option<&Path>, shares: &Path, approval: &Path| {
            let out = folder.join(name);
            let run =
                Run { approval, policy: &policy, locked: &locked, shares, input, out: &out, flags: &[] };
            voice.runner.run(&run).map(|ran| (ran, out.clone(), run.receipt()))
        };

        let changed = folder.join("changed.txt");
        std::fs::write(&changed, LESSON.text.replace("sugar", "gold"))?;
        let (ran, out, _) = run("changed.wav", Some(&changed), &shares, bundle)?;
        self.tell_run("one word changed", "refused", &ran);
        ensure!(!out.exists(), "something was made of a text that nobody approved");

        let alone = locked.release("alone", 1, approval, voice.opens_to)?;
        let (ran, out, _) = run("alone.wav", None, &alone, bundle)?;
        self.tell_run("one keyholder alone", "refused", &ran);
        ensure!(!out.exists(), "one share opened the container");

        let begun = Instant::now();
        let (ran, out, receipt) = run("lesson.wav", None, &shares, bundle)?;
        self.took("the runner speaks", begun);
        self.tell_run("the approved sentence", "made", &ran);
        if ran.made {
            self.report.sizes.push(("spoken sentence".into(), std::fs::metadata(&out)?.len()));
            let receipt = std::fs::read(receipt)?;
            self.report.sizes.push(("receipt".into(), receipt.len() as u64));
            let receipt = Signed::<RunReceipt>::decode(&receipt)?;
            ensure!(receipt.payload().approval == approval, "the receipt is of another approval");
            self.evidence.keep("lesson.wav", &out);
        }

        let (ran, _, _) = run("again.wav", None, &shares, bundle)?;
        self.tell_run("the approval a second time", "refused", &ran);

        self.revoke(asset).await?;
        let after = self.stage.client.approvals();
        let request = v1::RequestId { id: request_of(bundle)?.as_bytes().to_vec() };
        let shown = after.clone().get_withdrawn(request).await?.into_inner();
        let withdrawn = self.evidence.write("withdrawn.cbor", &shown.bundle)?;
        let (ran, out, _) = run("withdrawn.wav", None, &shares, &withdrawn)?;
        self.tell_run("the approval that its owner took back", "refused", &ran);
        ensure!(!out.exists(), "the container was opened for a withdrawn approval");
        Ok(())
    }

    /// The owner takes back every approval of the asset so far.
    async fn revoke(&mut self, asset: &GovernedAsset) -> anyhow::Result<()> {
        let withdrawal = Withdrawal {
            asset: asset.id,
            approval: None,
            reason: Some("my voice is not for lessons any more".into()),
            signed_by: (&self.cast.owner).into(),
            time: now(),
        };
        let withdrawal = Signed::sign(withdrawal, &self.cast.owner)?;
        let request = v1::WithdrawRequest { withdrawal: withdrawal.bytes().to_vec() };
        self.stage.client.assets().withdraw(request).await?;
        self.narrator.line("The owner withdraws every approval of her voice so far; the log has it.");
        Ok(())
    }

    fn tell_run(&mut self, name: &str, expected: &str, ran: &Ran) {
        let got = if ran.made { "made" } else { "refused" };
        let words = ran.words.trim_start_matches("wetsign-runner: ").replace('\n', "; ");
        self.tell(name, expected, got.to_owned(), words);
    }

    fn took(&mut self, what: &str, begun: Instant) {
        self.report.times_ms.push((what.to_owned(), begun.elapsed().as_millis() as u64));
    }
}

fn id_of(bundle: &[u8]) -> anyhow::Result<Id> {
    Ok(Signed::<ApprovalBody>::decode(&ApprovalBundle::unverified(bundle)?.body.0)?.id())
}

fn request_of(bundle: &Path) -> anyhow::Result<Id> {
    let bundle = ApprovalBundle::unverified(&std::fs::read(bundle)?)?;
    Ok(Signed::<ApprovalBody>::decode(&bundle.body.0)?.payload().request)
}
