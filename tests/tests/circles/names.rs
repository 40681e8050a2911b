//! The files of one crate, and which file speaks of what another one defines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::reading::Module;

/// How often a name may be passed on before it is taken for one that leads nowhere.
const MOST_PASSED_ON: usize = 16;

/// A module with its place in the crate.
struct Place {
    file: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    said: Module,
}

/// Each file, with the files of the same crate that it imports from, and one name of what it takes there.
pub type Imports = BTreeMap<PathBuf, BTreeMap<PathBuf, String>>;

/// All modules of a crate; its root is the first.
#[derive(Default)]
pub struct Crate {
    places: Vec<Place>,
}

impl Crate {
    /// From the file of its root. `read` gives a file's text, or none where no such file is.
    pub fn load(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut loaded = Self::default();
        let source = read(root).unwrap_or_else(|| panic!("{} cannot be read", root.display()));
        let folder = root.parent().expect("a file stands in a folder");
        loaded.add(Module::read(&source), root, folder, None, read);
        loaded
    }

    /// `folder` is where the files of its children are.
    fn add(
        &mut self,
        mut said: Module,
        file: &Path,
        folder: &Path,
        parent: Option<usize>,
        read: &dyn Fn(&Path) -> Option<String>,
    ) -> usize {
        let own = self.places.len();
        let (inner, files) = (std::mem::take(&mut said.inner), std::mem::take(&mut said.files));
        self.places.push(Place { file: file.to_owned(), parent, children: BTreeMap::new(), said });
        for (name, module) in inner {
            let child = self.add(module, file, &folder.join(&name), Some(own), read);
            self.places[own].children.insert(name, child);
        }
        for (name, path) in files {
            let beside = file.parent().expect("a file stands in a folder");
            let candidates = match &path {
                Some(path) => vec![beside.join(path)],
                None => vec![folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")],
            };
            let found = candidates.iter().find_map(|path| read(path).map(|source| (path, source)));
            let (path, source) =
                found.unwrap_or_else(|| panic!("{}: no file for mod {name}", file.display()));
            let own_folder =
                if path.ends_with("mod.rs") { path.parent().unwrap().to_owned() } else { folder.join(&name) };
            let child = self.add(Module::read(&source), path, &own_folder, Some(own), read);
            self.places[own].children.insert(name, child);
        }
        own
    }

    pub fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (own, place) in self.places.iter().enumerate() {
            let taken = imports.entry(place.file.clone()).or_default();
            for path in &place.said.spoken {
                if let Some(file) =
                    self.defining(own, path, MOST_PASSED_ON).filter(|file| *file != place.file)
                {
                    taken.entry(file.to_owned()).or_insert_with(|| path.join("::"));
                }
            }
            let everything =
                place.said.all_of.iter().filter_map(|path| Some((path, self.module(own, path)?)));
            for (path, module) in everything {
                let file = &self.places[module].file;
                if *file != place.file && !self.places[own].children.values().any(|child| *child == module) {
                    taken.entry(file.clone()).or_insert_with(|| format!("{}::*", path.join("::")));
                }
            }
        }
        imports
    }

    /// The file of the item that a path leads to. None for what is not of this crate, and for a module alone.
    fn defining(&self, from: usize, path: &[String], left: usize) -> Option<&Path> {
        match self.follow(from, path, left)? {
            End::Item(place) => Some(&self.places[place].file),
            End::Module(_) => None,
        }
    }

    fn module(&self, from: usize, path: &[String]) -> Option<usize> {
        match self.follow(from, path, MOST_PASSED_ON)? {
            End::Module(place) => Some(place),
            End::Item(_) => None,
        }
    }

    fn follow(&self, from: usize, path: &[String], left: usize) -> Option<End> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.descend(0, rest, left),
            "self" => self.descend(from, rest, left),
            "super" => self.climb(from, rest, left),
            name if self.knows(from, name) => self.descend(from, path, left),
            _ => None,
        }
    }

    fn climb(&self, from: usize, rest: &[String], left: usize) -> Option<End> {
        let parent = self.places[from].parent?;
        match rest.split_first() {
            Some((next, rest)) if next == "super" => self.climb(parent, rest, left),
            _ => self.descend(parent, rest, left),
        }
    }

    fn knows(&self, place: usize, name: &str) -> bool {
        let Place { children, said, .. } = &self.places[place];
        children.contains_key(name) || said.defined.contains(name) || said.imported.contains_key(name)
    }

    fn descend(&self, place: usize, path: &[String], left: usize) -> Option<End> {
        let Some((name, rest)) = path.split_first() else {
            return Some(End::Module(place));
        };
        let left = left.checked_sub(1)?;
        let Place { children, said, .. } = &self.places[place];
        if said.defined.contains(name) && (rest.is_empty() || !children.contains_key(name)) {
            return Some(End::Item(place));
        }
        if let Some(child) = children.get(name) {
            return self.descend(*child, rest, left);
        }
        if let Some(target) = said.imported.get(name) {
            let whole: Vec<_> = target.iter().chain(rest).cloned().collect();
            // A name for itself, such as a macro that is passed on.
            return if target.as_slice() == [name.as_str()] {
                None
            } else {
                self.follow(place, &whole, left)
            };
        }
        let passed_on =
            said.all_of.iter().filter_map(|path| self.module(place, path)).filter(|other| *other != place);
        let mut offering = passed_on.filter(|other| self.knows(*other, name));
        match offering.next() {
            Some(other) => self.descend(other, path, left),
            None => Some(End::Item(place)),
        }
    }
}

enum End {
    Module(usize),
    Item(usize),
}
