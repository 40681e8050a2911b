//! What the manifest asks for, as one list of things to have in the cache.

use wetsign_models::manifest::{Conversion, Digest, Manifest, Package, Registry};

/// How much of the manifest is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// ONNX Runtime and the networks.
    Models,
    /// These, the recordings, and the Debian packages.
    Everything,
    /// These, and the networks that only attack.
    Synthesisers,
}

/// A file or folder that is taken out of a package.
#[derive(Clone, Debug)]
pub struct Member {
    /// The path inside the package.
    pub path: String,
    /// The digest of a single file; a folder's is that of its tree.
    pub sha256: Digest,
}

/// One file or folder that the cache should hold.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// The manifest's name.
    pub name: &'a str,
    /// The path below the cache.
    pub path: &'a str,
    /// Bytes.
    pub size: u64,
    /// The digest of the file, or of the folder's tree.
    pub sha256: Digest,
    /// Whether it is a folder.
    pub tree: bool,
    /// What it is made of.
    pub members: Vec<Member>,
    /// How it is made; `None`: its one member as it is.
    pub conversion: Option<Conversion>,
    /// The package it comes from.
    pub package: &'a Package,
}

/// Everything that `scope` needs, in the order of the manifest.
pub fn items(manifest: &Manifest, scope: Scope) -> anyhow::Result<Vec<Item<'_>>> {
    let mut items = vec![Item {
        name: "onnxruntime",
        path: &manifest.runtime.stored.path,
        size: manifest.runtime.stored.size,
        sha256: manifest.runtime.stored.sha256,
        tree: false,
        members: vec![Member {
            path: manifest.runtime.source.clone(),
            sha256: manifest.runtime.stored.sha256,
        }],
        conversion: None,
        package: manifest.package(&manifest.runtime.package)?,
    }];
    for entry in &manifest.models {
        items.push(Item {
            name: &entry.name,
            path: &entry.stored.path,
            size: entry.stored.size,
            sha256: entry.stored.sha256,
            tree: false,
            members: entry
                .sources
                .iter()
                .map(|source| Member { path: source.path.clone(), sha256: source.sha256 })
                .collect(),
            conversion: entry.conversion,
            package: manifest.package(&entry.package)?,
        });
    }
    if scope == Scope::Models {
        return Ok(items);
    }
    for data in manifest.data_sets.iter().filter(|data| !data.on_request || scope == Scope::Synthesisers) {
        let package = manifest.package(&data.package)?;
        let item = |path, source: &String, size, sha256, tree| Item {
            name: &data.name,
            path,
            size,
            sha256,
            tree,
            members: vec![Member { path: source.clone(), sha256 }],
            conversion: None,
            package,
        };
        items.extend(
            data.files.iter().map(|file| item(&file.path, &file.source, file.size, file.sha256, false)),
        );
        items.extend(
            data.tree.iter().map(|tree| item(&tree.path, &tree.source, tree.size, tree.sha256, true)),
        );
    }
    Ok(items)
}

/// The packages that `items` come from, each once, in the same order.
pub fn packages<'a>(items: &[Item<'a>]) -> Vec<&'a Package> {
    let mut packages: Vec<&Package> = Vec::new();
    for item in items {
        if !packages.iter().any(|package| package.name == item.package.name) {
            packages.push(item.package);
        }
    }
    packages
}

/// The command that fetches `package` on any machine with a network, as a person would type it.
pub fn command_by_hand(package: &Package) -> String {
    let Package { name, version, .. } = package;
    match (package.registry, &package.wheel) {
        (Registry::PypiWheel, None) => {
            format!("pip download --no-deps --only-binary :all: {name}=={version}")
        }
        (Registry::PypiWheel, Some(tags)) => format!(
            "pip download --no-deps --only-binary :all: --implementation cp --python-version {} --abi {} --platform {} {name}=={version}",
            tags.python, tags.abi, tags.platform
        ),
        (Registry::PypiSdist, _) => format!("pip download --no-deps --no-binary {name} {name}=={version}"),
        (Registry::Npm, _) => format!("npm pack {name}@{version}"),
        (Registry::Debian, _) => format!("apt-get download {name}={version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_alone_need_no_recordings() {
        let manifest = Manifest::embedded();
        let models = items(manifest, Scope::Models).unwrap();
        let everything = items(manifest, Scope::Everything).unwrap();
        assert_eq!(models.len(), 1 + manifest.models.len());
        assert!(everything.len() > models.len());
        assert!(models.iter().all(|item| item.package.registry != Registry::Debian));
        assert!(everything.iter().any(|item| item.tree));
    }

    #[test]
    fn each_package_is_fetched_once() {
        let manifest = Manifest::embedded();
        let everything = items(manifest, Scope::Synthesisers).unwrap();
        assert_eq!(packages(&everything).len(), manifest.packages.len());
        let usual = items(manifest, Scope::Everything).unwrap();
        assert!(usual.len() < everything.len() && !usual.iter().any(|item| item.name.starts_with("kokoro")));
    }
}
