//! `wetsign release`: packages that their maker signed, installed in their order and never backwards.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use wetsign_attest::Signed;
use wetsign_attest::id::{Digest, PublicKey};
use wetsign_attest::object::Release;
use wetsign_program::clock;

use crate::draft::read_bounded;
use crate::file::{self, For};
use crate::key;
use crate::output::{Answer, Outcome};

/// Bytes of the largest package.
const MOST: u64 = 1 << 30;

/// `wetsign release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ReleaseCommand,
}

/// Commands of `wetsign release`.
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Sign a Debian package as the release with this number. For makers; keep the key away from any network.
    Sign {
        /// The package.
        package: PathBuf,
        /// Its place in the order of releases. It grows: a kiosk takes no lower number than it has.
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
        number: u64,
        /// The maker's key (made by `wetsign key new`).
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Where to write the release; an existing file is never overwritten.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check a package against its maker's word, and install it with `--install`. Exit code 2: refused.
    #[command(after_help = "\
Example:
  wetsign release take wetsign_0.2.0_amd64.deb --release wetsign_0.2.0.release \\
      --maker 5c… --memory /etc/wetsign/release.json --install")]
    Take {
        /// The package.
        package: PathBuf,
        /// What the maker signed.
        #[arg(long, value_name = "FILE")]
        release: PathBuf,
        /// A maker's public key, hexadecimal (repeatable): whose packages you install.
        #[arg(long = "maker", value_name = "KEY", required = true)]
        makers: Vec<String>,
        /// What was taken last. It is made if it is not there, and written before anything is installed.
        #[arg(long, value_name = "FILE")]
        memory: PathBuf,
        /// Hand it to dpkg. Needs root.
        #[arg(long)]
        install: bool,
    },
}

/// What a machine took last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    package: String,
    number: u64,
    digest: Digest,
}

/// Runs a command of `wetsign release`.
pub fn run(command: &ReleaseCommand) -> anyhow::Result<Answer> {
    match command {
        ReleaseCommand::Sign { package, number, key, out } => sign(package, *number, key, out),
        ReleaseCommand::Take { package, release, makers, memory, install } => {
            take(package, release, makers, memory, *install)
        }
    }
}

fn sign(package: &Path, number: u64, key: &Path, out: &Path) -> anyhow::Result<Answer> {
    let key = key::read(key)?;
    let (digest, size) = digest_of(package, None)?;
    let [name, version, architecture] =
        ["Package", "Version", "Architecture"].map(|name| field(package, name));
    let release = Release {
        package: name?,
        number,
        version: version?,
        architecture: architecture?,
        digest,
        size,
        time: clock::now()?,
        maker: PublicKey::from(&key),
    };
    let Release { package, version, architecture, .. } = release.clone();
    let signed = Signed::sign(release, &key)?;
    file::write_new(out, signed.bytes(), For::All)?;
    let text = format!("release {number}: {package} {version} ({architecture}), {digest}\n");
    let json =
        json!({ "ok": true, "number": number, "version": version, "digest": digest, "id": signed.id() });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

fn take(
    package: &Path,
    release: &Path,
    makers: &[String],
    memory: &Path,
    install: bool,
) -> anyhow::Result<Answer> {
    let makers = makers
        .iter()
        .map(|key| key.parse::<PublicKey>().context("reading --maker"))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let signed = Signed::<Release>::decode(&read_bounded(release)?)
        .with_context(|| format!("{} is no release", release.display()))?;
    let release = signed.payload();
    // What is checked is what is installed, whatever happens to the file meanwhile.
    let folder = Private::make()?;
    let copy = folder.0.join("package.deb");
    let (digest, size) = digest_of(package, install.then_some(copy.as_path()))?;
    let known = remembered(memory)?;
    if let Err(why) = may_be_taken(release, &makers, digest, size, known.as_ref()) {
        return Ok(refused(&why, release));
    }
    let taken = Taken { package: release.package.clone(), number: release.number, digest };
    if known.as_ref() != Some(&taken) {
        file::replace(memory, &serde_json::to_vec(&taken)?, For::All)?;
    }
    if install {
        let status = Command::new("dpkg").arg("--install").arg(&copy).status().context("dpkg is needed")?;
        ensure!(
            status.success(),
            "dpkg could not install it ({status}): release {} may be tried again",
            release.number
        );
    }
    let done = if install { "installed" } else { "may be installed" };
    let Release { package, version, number, .. } = release;
    let text = format!("{package} {version} (release {number}) {done}\n");
    let json = json!({ "ok": true, "number": number, "version": version, "installed": install });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

/// The rule: a trusted maker's word, about this very file, and none older than what was taken before.
fn may_be_taken(
    release: &Release,
    makers: &[PublicKey],
    digest: Digest,
    size: u64,
    known: Option<&Taken>,
) -> Result<(), String> {
    if !makers.contains(&release.maker) {
        return Err(format!("it is signed by {}, which --maker does not name", release.maker));
    }
    if (release.digest, release.size) != (digest, size) {
        let Release { digest: signed, size: bytes, .. } = release;
        return Err(format!(
            "the package has {size} bytes and the digest {digest}, the release is about {bytes} bytes with {signed}"
        ));
    }
    let Some(known) = known else { return Ok(()) };
    if known.package != release.package {
        return Err(format!("it is {}, and the memory is of {}", release.package, known.package));
    }
    if release.number < known.number {
        return Err(format!(
            "it is release {}, and release {} was taken here: a kiosk does not go back",
            release.number, known.number
        ));
    }
    if release.number == known.number && digest != known.digest {
        return Err(format!("another package was taken as release {}: the maker signed two", known.number));
    }
    Ok(())
}

fn refused(why: &str, release: &Release) -> Answer {
    let json = json!({ "ok": false, "why": why, "number": release.number, "version": release.version });
    Answer { outcome: Outcome::No, text: format!("refused: {why}\n"), json }
}

fn remembered(memory: &Path) -> anyhow::Result<Option<Taken>> {
    match fs::symlink_metadata(memory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot look at {}", memory.display())),
        Ok(about) if !about.is_file() => bail!("{} is no plain file", memory.display()),
        Ok(_) => serde_json::from_slice(&read_bounded(memory)?)
            .with_context(|| format!("{} is no memory of releases: see to it by hand", memory.display())),
    }
}

/// SHA-256 and length of a file; with `copy` it is written there too, for its owner alone.
fn digest_of(path: &Path, copy: Option<&Path>) -> anyhow::Result<(Digest, u64)> {
    let cannot = || format!("cannot read the package {}", path.display());
    let mut from = File::open(path).with_context(cannot)?;
    ensure!(from.metadata().with_context(cannot)?.is_file(), "{} is no plain file", path.display());
    let make = |copy| File::options().write(true).create_new(true).mode(0o600).open(copy);
    let mut to = copy.map(make).transpose().context("cannot copy the package")?;
    let (mut hash, mut size, mut part) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = from.read(&mut part).with_context(cannot)?;
        if read == 0 {
            return Ok((Digest(hash.finalize().into()), size));
        }
        size += read as u64;
        ensure!(size <= MOST, "{} has more than {MOST} bytes", path.display());
        hash.update(&part[..read]);
        if let Some(to) = &mut to {
            to.write_all(&part[..read]).context("cannot copy the package")?;
        }
    }
}

/// A field of a package's control file.
fn field(package: &Path, name: &str) -> anyhow::Result<String> {
    let output = Command::new("dpkg-deb").arg("--field").arg(package).arg(name).output();
    let output = output.context("dpkg-deb is needed to read a package")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} is no Debian package: {}", package.display(), said.trim());
    let value = String::from_utf8(output.stdout).context("the package's control file is no text")?;
    let value = value.trim();
    ensure!(!value.is_empty(), "{} names no {name}", package.display());
    Ok(value.to_owned())
}

/// A folder for its owner alone, gone when dropped.
struct Private(PathBuf);

impl Private {
    fn make() -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut name = [0_u8; 16];
        getrandom::fill(&mut name).context("the operating system gives no random bytes")?;
        let path = std::env::temp_dir().join(format!("wetsign-release-{}", hex::encode(name)));
        fs::DirBuilder::new().mode(0o700).create(&path).context("cannot make a folder of its own")?;
        Ok(Self(path))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // It lies where the system clears away.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn maker(seed: u8) -> PublicKey {
        PublicKey::from(&ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    fn release(number: u64, content: u8) -> Release {
        Release {
            package: "wetsign".into(),
            number,
            version: "0.1.0".into(),
            architecture: "amd64".into(),
            digest: Digest([content; 32]),
            size: 9,
            time: 1_790_000_000,
            maker: maker(1),
        }
    }

    #[test]
    fn a_strangers_package_and_another_file_are_refused() {
        let release = release(1, 7);
        assert!(may_be_taken(&release, &[maker(1)], release.digest, 9, None).is_ok());
        let refused = may_be_taken(&release, &[maker(2)], release.digest, 9, None).unwrap_err();
        assert!(refused.contains("which --maker does not name"), "{refused}");
        for (digest, size) in [(Digest([8; 32]), 9), (release.digest, 8)] {
            let refused = may_be_taken(&release, &[maker(1)], digest, size, None).unwrap_err();
            assert!(refused.contains("the release is about"), "{refused}");
        }
        let other = Taken { package: "wetsign-page".into(), number: 1, digest: release.digest };
        assert!(may_be_taken(&release, &[maker(1)], release.digest, 9, Some(&other)).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_offered_the_number_never_falls(
            offers in proptest::collection::vec((1u64..6, 0u8..3), 1..30),
        ) {
            let mut known: Option<Taken> = None;
            for (number, content) in offers {
                let offer = release(number, content);
                let may = may_be_taken(&offer, &[maker(1)], offer.digest, offer.size, known.as_ref()).is_ok();
                let (before, content) = (known.as_ref().map_or(0, |known| known.number), offer.digest);
                let same = known.as_ref().is_some_and(|known| known.digest == content);
                prop_assert_eq!(may, number > before || (number == before && same));
                if may {
                    known = Some(Taken { package: offer.package, number, digest: content });
                }
            }
        }
    }
}
