//! One run, in order: what was approved, whether it was used, what was given up, the container, the engine, the book,
//! and only then the output.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use sha2::{Digest as _, Sha256};
use wetsign_attest::Signed;
use wetsign_attest::id::Digest;
use wetsign_attest::object::RunReceipt;
use wetsign_program::{clock, file};
use wetsign_runner_ipc::frame::INPUT;
use wetsign_secret::keep_off_disks;

use crate::approved::{Lenient, approved, input};
use crate::book::{Book, Use, refuse_used};
use crate::confined::{confine, in_force};
use crate::engine::{Bounds, Engine};
use crate::files;
use crate::keys::Keys;
use crate::opened::{Container, committee};

/// `wetsign-runner run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The approval, as `wetsign approval get` fetches it.
    #[arg(long, value_name = "FILE")]
    approval: PathBuf,
    /// Your trust policy (TOML). Never take it from whoever gave you the approval.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The asset's container.
    #[arg(long, value_name = "FILE")]
    container: PathBuf,
    /// The committee of keyholders for which it is locked.
    #[arg(long, value_name = "FILE")]
    committee: PathBuf,
    /// Folder with the shares that keyholders sealed to this runner.
    #[arg(long, value_name = "FOLDER")]
    shares: PathBuf,
    /// What goes in: the approved file, or the approved text (it may be left out).
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Where to put what was made. What is there already is not overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where to put the receipt.
    #[arg(long, value_name = "FILE")]
    receipt: PathBuf,
    /// An owner's withdrawal that you were given (repeatable).
    #[arg(long = "withdrawal", value_name = "FILE")]
    withdrawals: Vec<PathBuf>,
    /// Accept recordings in place of people and software in place of a secure element. The receipt tells.
    #[arg(long)]
    allow_simulated: bool,
    /// Accept keys whose secrets are published, under which anyone can forge. The receipt tells.
    #[arg(long)]
    allow_development_keys: bool,
    /// Open the container also where this kernel confines neither runner nor engine. The receipt tells.
    #[arg(long)]
    allow_unconfined: bool,
    /// Threads of the network; between numbers of threads what is made may differ in its last bits
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Megabytes of memory that the network may take
    #[arg(long, default_value_t = 4096)]
    memory_mb: u64,
    /// Seconds after which nothing is made
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Folder with ONNX Runtime [default: $WETSIGN_CACHE, or wetsign below $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// The engine [default: wetsign-engine beside this program]
    #[arg(long, value_name = "FILE")]
    engine: Option<PathBuf>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Done {
    /// The receipt.
    pub receipt: Signed<RunReceipt>,
    /// It was made by an earlier run, which could not hand it over.
    pub earlier: bool,
}

impl RunArgs {
    fn lenient(&self) -> Lenient {
        Lenient { simulated: self.allow_simulated, development_keys: self.allow_development_keys }
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            program: self.engine.clone(),
            cache: self.cache.clone(),
            threads: self.threads,
            memory_mb: self.memory_mb,
            seconds: self.seconds,
        }
    }

    /// Confines this process to what the run needs.
    fn confine(&self, state: &std::path::Path) -> Vec<String> {
        let named = [&self.approval, &self.policy, &self.container, &self.committee, &self.shares];
        let read = named.into_iter().chain(&self.input).chain(&self.withdrawals).cloned().collect();
        let write = vec![state.to_owned(), files::folder_of(&self.out), files::folder_of(&self.receipt)];
        confine(read, write).in_force()
    }
}

/// Makes what was approved, once.
///
/// # Errors
/// In words; nothing was made then, but where it says so.
pub fn run(args: &RunArgs, state: &std::path::Path) -> anyhow::Result<Done> {
    // The content key goes through the container's and the cipher's own memory.
    let memory_kept = keep_off_disks()?;
    let mut book = Book::open(state)?;
    let keys = Keys::open(state)?;
    // Started first, since nothing is started any more once this process is confined. It waits with empty hands.
    let mut engine = Engine::start(&args.bounds())?;
    let layers = args.confine(state);
    Engine::give_up_after(args.seconds);

    let bundle = files::short(&args.approval)?;
    let policy = files::policy(&args.policy)?;
    let withdrawals = files::withdrawals(&args.withdrawals)?;
    let mut memory = book.memory()?;
    let now = clock::now()?;
    let outcome = approved(&bundle, &policy, args.lenient(), now, &withdrawals, &mut memory);
    // Also what was refused may teach: a withdrawal.
    book.remember(&memory)?;
    let approved = outcome?;
    match book.of(&approved.approval.id)? {
        Use::None => {}
        Use::Over(receipt) => refuse_used(receipt.payload())?,
        Use::Waiting(receipt, output) => {
            book.hand_over(&receipt, &output, &args.out, &args.receipt)?;
            return Ok(Done { receipt: *receipt, earlier: true });
        }
    }
    for place in [&args.out, &args.receipt] {
        file::free(place)?;
        let folder = files::folder_of(place);
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    }
    let given = args.input.as_deref().map(|path| files::read(path, INPUT)).transpose()?;
    let input = input(&approved.approval.request, given)?;
    let mut confinement = in_force(&layers, engine.layers(), args.allow_unconfined)?;
    confinement.push(memory_kept.to_owned());
    confinement.sort();

    let container = Container::read(&args.container, &approved)?;
    let digest = container.digest()?;
    let key = keys.sealed_to(&approved.opens_to)?;
    container
        .open(committee(&args.committee)?, &args.shares, &key, &approved, |piece| engine.piece(piece))
        .context("the container stays shut")?;
    drop(key);
    let (media_type, made) = engine.make(input).context("nothing was made, and the approval is not used")?;

    let (number, previous) = book.next();
    let receipt = RunReceipt {
        runner: keys.identity(),
        number,
        previous,
        approval: approved.approval.id,
        request: approved.approval.request_id,
        verdict: approved.approval.body.verdict,
        asset: approved.asset,
        container: digest,
        opens_to: approved.opens_to,
        input: approved.approval.request.input(),
        output: Digest(Sha256::digest(&made).into()),
        media_type,
        confinement,
        allowed: args.lenient().names(),
        time: clock::now()?,
    };
    let receipt = keys.with_identity(|key| Signed::sign(receipt, key))?;
    book.record(&receipt, &made)?;
    // The approval is used from here on, and its key has served.
    keys.erase(&approved.opens_to)?;
    book.hand_over(&receipt, &made, &args.out, &args.receipt).context(
        "it was made and counts, and could not be handed over: run again with another --out and --receipt",
    )?;
    Ok(Done { receipt, earlier: false })
}
