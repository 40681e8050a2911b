//! What the machine's apt index says of packages, and which of them a program needs that are not installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use wetsign_models::manifest::Digest;

use crate::fetch;
use crate::process;

/// One package as the index offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The package's name.
    pub name: String,
    /// The version that apt would install.
    pub version: String,
    /// Bytes of the archive.
    pub size: u64,
    /// The archive's digest.
    pub sha256: Digest,
    /// Each group is met by any one of its packages.
    depends: Vec<Vec<String>>,
}

/// apt on this machine, with its own lists of packages or with lists that were fetched into a folder.
#[derive(Debug)]
pub struct Index {
    options: Vec<String>,
    installed: BTreeSet<String>,
}

impl Index {
    /// The machine's lists.
    pub fn of_the_machine() -> anyhow::Result<Self> {
        for program in ["apt-get", "apt-cache", "dpkg", "dpkg-query"] {
            if !process::on_path(program) {
                bail!("{program} is not on this machine, so no Debian package can be unpacked");
            }
        }
        let mut query = Command::new("dpkg-query");
        query.args(["--show", "--showformat", "${Package} ${db:Status-Status} ${Provides}\n"]);
        let list = process::answer(&mut query).context("dpkg-query does not say what is installed")?;
        Ok(Self { options: Vec::new(), installed: installed(&list) })
    }

    /// Fetches lists into `folder` and uses those, for a machine that never asked for any.
    pub fn refresh(&mut self, folder: &Path) -> anyhow::Result<()> {
        let log = folder.join("apt-update.log");
        process::quietly(&mut fetch::apt_update(folder)?, &log, || {})
            .context("Debian's lists of packages could not be fetched")?;
        self.options = fetch::apt_options(folder).to_vec();
        Ok(())
    }

    /// What the index offers of `names`; a name that it does not know is missing in the answer.
    pub fn offers(&self, names: &[String]) -> BTreeMap<String, Offer> {
        let mut command = Command::new("apt-cache");
        command.args(&self.options).args(["show", "--no-all-versions"]).args(names);
        // One unknown name among the others makes apt-cache fail, and still print the rest.
        let output = command.output().map(|output| output.stdout).unwrap_or_default();
        let text = String::from_utf8_lossy(&output).into_owned();
        text.split("\n\n").filter_map(Offer::read).map(|offer| (offer.name.clone(), offer)).collect()
    }

    /// `whole` with all that they need and that is not installed, and `alone` without what they need.
    pub fn closure(&self, whole: &[String], alone: &[String]) -> anyhow::Result<Vec<Offer>> {
        let mut found = BTreeMap::new();
        let mut asked: BTreeSet<String> = whole.iter().chain(alone).cloned().collect();
        let mut next: Vec<String> = asked.iter().cloned().collect();
        while !next.is_empty() {
            let offers = self.offers(&next);
            let unknown: Vec<_> = next.iter().filter(|name| !offers.contains_key(*name)).cloned().collect();
            if !unknown.is_empty() {
                bail!("apt's index does not offer: {}", unknown.join(", "));
            }
            next.clear();
            for (name, offer) in offers {
                if !alone.contains(&name) {
                    for group in &offer.depends {
                        let met = |name: &String| self.installed.contains(name) || asked.contains(name);
                        if !group.iter().any(met) {
                            let first = group[0].clone();
                            asked.insert(first.clone());
                            next.push(first);
                        }
                    }
                }
                found.insert(name, offer);
            }
        }
        Ok(found.into_values().collect())
    }

    /// `apt-get download`, which checks every archive against the signed index.
    pub fn download(&self, offers: &[&Offer], folder: &Path) -> Command {
        let mut command = Command::new("apt-get");
        command.args(["download", "--quiet", "-o", "APT::Sandbox::User=root"]).args(&self.options);
        command.args(offers.iter().map(|offer| format!("{}={}", offer.name, offer.version)));
        command.current_dir(folder);
        command
    }
}

impl Offer {
    /// Reads one stanza of the index (deb-control(5)).
    fn read(stanza: &str) -> Option<Self> {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let depends = ["Pre-Depends", "Depends"].into_iter().filter_map(field);
        Some(Self {
            name: field("Package")?.to_owned(),
            version: field("Version")?.to_owned(),
            size: field("Size")?.parse().ok()?,
            sha256: serde_json::from_value(field("SHA256")?.into()).ok()?,
            depends: depends.flat_map(|list| list.split(',')).map(alternatives).collect(),
        })
    }

    /// What follows `start` in the first package it needs whose name begins so.
    pub fn needs(&self, start: &str) -> Option<&str> {
        self.depends.iter().flatten().find_map(|name| name.strip_prefix(start))
    }

    /// The name that `apt-get download` gives the archive, as far as the version; the architecture follows.
    fn archive_start(&self) -> String {
        format!("{}_{}_", self.name, self.version.replace(':', "%3a"))
    }

    /// The archive among the files of `folder`.
    pub fn archive_in(&self, folder: &Path) -> Option<PathBuf> {
        let start = self.archive_start();
        let mut entries = folder.read_dir().ok()?.filter_map(Result::ok).map(|entry| entry.path());
        entries.find(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&start))
        })
    }
}

/// The names in one dependency: `a (>= 1) | b:any` is `a`, `b`.
fn alternatives(group: &str) -> Vec<String> {
    let name = |part: &str| part.split(['(', ':', '[']).next().unwrap_or_default().trim().to_owned();
    group.split('|').map(name).collect()
}

/// The names that are installed, by themselves or because an installed package provides them.
fn installed(list: &str) -> BTreeSet<String> {
    let lines = list.lines().filter_map(|line| line.split_once(" installed"));
    let provided = |provides: &str| provides.split(',').flat_map(alternatives).collect::<Vec<_>>();
    lines.flat_map(|(name, provides)| provided(provides).into_iter().chain([name.to_owned()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANZA: &str = "Package: lld-22\nVersion: 1:22.1.8-1\nPre-Depends: dpkg (>= 1.15)\nDepends: libc6 (>= 2.34), \
                          gcc | clang:any | c-compiler\nSize: 1487860\nSHA256: \
                          13103b3fb3195bfeade9835d3906a4cc91002010f9013d98aa1fc55b841d07b4\n";

    #[test]
    fn a_stanza_gives_version_digest_and_alternatives() {
        let offer = Offer::read(STANZA).unwrap();
        assert_eq!((offer.name.as_str(), offer.size), ("lld-22", 1_487_860));
        assert_eq!(offer.depends, [vec!["dpkg"], vec!["libc6"], vec!["gcc", "clang", "c-compiler"]]);
        assert_eq!(offer.archive_start(), "lld-22_1%3a22.1.8-1_");
    }

    #[test]
    fn a_stanza_without_a_digest_is_no_offer() {
        let (without, _) = STANZA.split_once("SHA256").unwrap();
        assert_eq!(Offer::read(without), None);
    }

    #[test]
    fn what_is_provided_counts_as_installed_and_what_was_removed_does_not() {
        let names = installed("gcc installed c-compiler, libx (= 1)\nnpm config-files \ndash installed \n");
        for name in ["gcc", "c-compiler", "libx", "dash"] {
            assert!(names.contains(name), "{name}");
        }
        assert!(!names.contains("npm"));
    }
}
