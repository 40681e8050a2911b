//! Networks that no registry carries: taken from a folder into which somebody fetched them, after their digests were
//! checked.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use wetsign_models::manifest::{Manifest, Optional};
use wetsign_models::store::{cache_dir, digest_file};

/// Copies every optional network that lies in `folder` into the cache.
pub fn take(folder: &Path) -> anyhow::Result<()> {
    let taken = take_into(&cache_dir()?, folder, &Manifest::embedded().optional)?;
    eprintln!("Set-up: took {} from {}.", taken.join(", "), folder.display());
    Ok(())
}

fn take_into<'a>(cache: &Path, folder: &Path, wanted: &'a [Optional]) -> anyhow::Result<Vec<&'a str>> {
    let mut taken = Vec::new();
    for entry in wanted {
        let found = folder.join(&entry.file);
        if !found.exists() {
            continue;
        }
        let digest = digest_file(&found).with_context(|| format!("cannot read {}", found.display()))?;
        if digest != entry.stored.sha256 {
            bail!(
                "{} has sha256 {digest}, models/manifest.toml pins {}: fetch it again from {}",
                found.display(),
                entry.stored.sha256,
                entry.upstream
            );
        }
        let target = cache.join(&entry.stored.path);
        if let Some(above) = target.parent() {
            fs::create_dir_all(above).with_context(|| format!("cannot make {}", above.display()))?;
        }
        fs::copy(&found, &target).with_context(|| format!("cannot write {}", target.display()))?;
        taken.push(entry.name.as_str());
    }
    if taken.is_empty() {
        let known: Vec<_> =
            wanted.iter().map(|entry| format!("{} ({})", entry.file, entry.upstream)).collect();
        bail!("{} holds none of: {}", folder.display(), known.join(", "));
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use wetsign_models::manifest::Digest;

    use super::*;

    fn wanted(bytes: &[u8]) -> Vec<Optional> {
        let mut wanted = Manifest::embedded().optional.clone();
        wanted.truncate(1);
        wanted[0].stored.sha256 = Digest::of(bytes);
        wanted
    }

    #[test]
    fn a_network_with_the_pinned_digest_is_taken_and_another_is_not() {
        let (cache, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let wanted = wanted(b"weights");
        let refused = take_into(cache.path(), folder.path(), &wanted).unwrap_err().to_string();
        assert!(refused.contains(&wanted[0].upstream), "{refused}");
        fs::write(folder.path().join(&wanted[0].file), b"other weights").unwrap();
        let refused = take_into(cache.path(), folder.path(), &wanted).unwrap_err().to_string();
        assert!(refused.contains(&Digest::of(b"other weights").to_string()), "{refused}");
        assert!(!cache.path().join(&wanted[0].stored.path).exists());
        fs::write(folder.path().join(&wanted[0].file), b"weights").unwrap();
        assert_eq!(take_into(cache.path(), folder.path(), &wanted).unwrap(), [wanted[0].name.as_str()]);
        assert_eq!(fs::read(cache.path().join(&wanted[0].stored.path)).unwrap(), b"weights");
    }
}
