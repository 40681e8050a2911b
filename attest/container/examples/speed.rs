//! How fast is a container sealed and opened, beside `age` on the same file? `cargo xtask bench container` runs this.
//!
//! Each row is a process of its own on one thread: processor time of user and system, which neighbours disturb less
//! than the clock; the least of several runs. Files come from the page cache, what is made goes to /dev/null. Both read
//! 64 KiB chunks; ours checks the digest of the contents besides.

use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use wetsign_attest::id::{Id, sha256};
use wetsign_container::keygen::{Rehearsed, rehearse};
use wetsign_container::{ContentKey, Contents, Facts, Gathering, Head, Reader, Recipient, SealKey, seal};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["seal", file, out] => {
            let (head, key) = locked(Path::new(file).parent().ok_or("no folder")?)?;
            Ok(seal(&head, &key, File::open(file)?, File::create(out)?)?)
        }
        ["open", file] => {
            let (_, key) = locked(Path::new(file).parent().ok_or("no folder")?)?;
            let mut source = File::open(file)?;
            let head = Head::read(&mut source)?;
            let mut out = File::create("/dev/null")?;
            let mut reader = Reader::new(source, &head, &key)?;
            while let Some(chunk) = reader.next_chunk()? {
                out.write_all(chunk)?;
            }
            Ok(())
        }
        [folder, megabytes, runs] => {
            let rows = bench(Path::new(folder), megabytes.parse()?, runs.parse()?)?;
            println!("{}", serde_json::to_string_pretty(&rows)?);
            Ok(())
        }
        _ => Err("speed FOLDER MEGABYTES RUNS".into()),
    }
}

/// Numbers for a bench: they protect nothing.
fn dice() -> impl FnMut(&mut [u8]) {
    let mut count = 0_u64;
    move |bytes| {
        for part in bytes.chunks_mut(32) {
            count += 1;
            part.copy_from_slice(&sha256(&[&count.to_be_bytes()])[..part.len()]);
        }
    }
}

fn keyholders() -> Fallible<Rehearsed> {
    Ok(rehearse(3, 5, None, &mut dice())?)
}

/// The head and key of the folder's file; its card was written beside it.
fn locked(folder: &Path) -> Fallible<(Head, ContentKey)> {
    let contents: Contents = serde_json::from_slice(&std::fs::read(folder.join("card.json"))?)?;
    let facts = Facts { asset: Id([1; 32]), descriptor: Id([1; 32]), rules: Id([2; 32]), contents };
    Ok(Head::lock(facts, &keyholders()?.committee.payload().key, &mut dice())?)
}

fn bench(folder: &Path, megabytes: usize, runs: usize) -> Fallible<Vec<Value>> {
    let plain = folder.join("plain");
    let mut file = File::create(&plain)?;
    let mut random = dice();
    let mut block = vec![0; 1_000_000];
    random(&mut block);
    for number in 0..megabytes {
        block[..8].copy_from_slice(&number.to_be_bytes());
        file.write_all(&block)?;
    }
    drop(file);
    let card = Contents::of("application/octet-stream", File::open(&plain)?)?;
    std::fs::write(folder.join("card.json"), serde_json::to_vec(&card)?)?;

    let own = std::env::current_exe()?;
    let identity = folder.join("age.key");
    let _ = std::fs::remove_file(&identity);
    let made = Command::new("age-keygen").arg("-o").arg(&identity).stderr(Stdio::null()).status();
    if !made.is_ok_and(|status| status.success()) {
        return Err("age is not here: install Debian's package `age`".into());
    }
    let text = std::fs::read_to_string(&identity)?;
    let recipient =
        text.lines().find_map(|line| line.strip_prefix("# public key: ")).ok_or("no recipient")?;

    let [ours, theirs] = ["plain.container", "plain.age"].map(|name| folder.join(name));
    run(Command::new(&own).arg("seal").args([&plain, &ours]))?;
    run(age().args(["-r", recipient, "-o"]).args([&theirs, &plain]))?;

    let null = PathBuf::from("/dev/null");
    let seal_ours = least(runs, || run(Command::new(&own).arg("seal").args([&plain, &null])))?;
    let seal_age = least(runs, || run(age().args(["-r", recipient, "-o"]).args([&null, &plain])))?;
    let open_ours = least(runs, || run(Command::new(&own).arg("open").arg(&ours)))?;
    let open_age =
        least(runs, || run(age().arg("-d").arg("-i").args([&identity]).arg("-o").args([&null, &theirs])))?;
    let row = |name: &str, ms: f64, age: f64| {
        let times = age / ms;
        json!({ "name": name, "megabytes": megabytes, "cpu_ms": ms, "age_cpu_ms": age, "times_age": times })
    };
    Ok(vec![
        row("seal a file", seal_ours, seal_age),
        row("open a file", open_ours, open_age),
        json!({ "name": "the key from 3 sealed shares of 5", "ms": gathered()? }),
        json!({ "name": "one keyholder's share, sealed", "ms": shared()? }),
    ])
}

fn age() -> Command {
    let mut age = Command::new("age");
    age.env("GOMAXPROCS", "1");
    age
}

/// Processor time of a child that does its work, milliseconds.
fn run(command: &mut Command) -> Fallible<f64> {
    let before = of_children()?;
    let status = command.status()?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    Ok(of_children()? - before)
}

/// Processor time of all children so far, milliseconds: fields 16 and 17 of proc_pid_stat(5), in ticks of 10 ms.
fn of_children() -> Fallible<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(") ").next().ok_or("no fields")?.split(' ').collect();
    Ok((fields[13].parse::<f64>()? + fields[14].parse::<f64>()?) * 10.0)
}

fn least(runs: usize, mut work: impl FnMut() -> Fallible<f64>) -> Fallible<f64> {
    (0..runs.max(1)).try_fold(f64::INFINITY, |least, _| Ok(least.min(work()?)))
}

/// Milliseconds of opening three sealed shares, checking each proof, and combining them to the key: the least of 50.
fn gathered() -> Fallible<f64> {
    let (made, runner) = (keyholders()?, SealKey::fresh());
    let contents = Contents::of("text/plain", &b"x"[..])?;
    let facts = Facts { asset: Id([1; 32]), descriptor: Id([1; 32]), rules: Id([2; 32]), contents };
    let (head, _) = Head::lock(facts, &made.committee.payload().key, &mut dice())?;
    let recipient = Recipient { opens_to: runner.public(), approval: Id([4; 32]) };
    let sealed: Vec<Vec<u8>> = made.keyholders[..3]
        .iter()
        .map(|(_, share)| Ok(recipient.seal(&share.share(&head, &mut dice())?)?))
        .collect::<Fallible<_>>()?;
    let mut gathering = Gathering::new(&head, made.committee.payload().clone())?;
    let mut least = f64::INFINITY;
    for _ in 0..50 {
        let begun = Instant::now();
        for share in &sealed {
            gathering.add(&runner, Id([4; 32]), share)?;
        }
        black_box(gathering.key()?);
        least = least.min(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(least)
}

/// Milliseconds of making and sealing one share, the head's proof checked: the least of 50.
fn shared() -> Fallible<f64> {
    let (made, runner) = (keyholders()?, SealKey::fresh());
    let contents = Contents::of("text/plain", &b"x"[..])?;
    let facts = Facts { asset: Id([1; 32]), descriptor: Id([1; 32]), rules: Id([2; 32]), contents };
    let (head, _) = Head::lock(facts, &made.committee.payload().key, &mut dice())?;
    let recipient = Recipient { opens_to: runner.public(), approval: Id([4; 32]) };
    let mut least = f64::INFINITY;
    for _ in 0..50 {
        let begun = Instant::now();
        black_box(recipient.seal(&made.keyholders[0].1.share(&head, &mut dice())?)?);
        least = least.min(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(least)
}
