//! # wetsign-sandbox: what does a program give up before it reads what strangers made?
//!
//! Three independent layers, so that one which a kernel lacks leaves two: a network namespace of its own with nothing
//! in it (`network`), Landlock for files and signals (`files`), a list of system calls (`calls`). A program says what
//! it [`Needs`], enters, and hears what is in force, so that it can tell.
//!
//! ```no_run
//! use wetsign_sandbox::{Needs, enter};
//!
//! let confinement = enter(&Needs { read: vec!["/srv/networks".into()], ..Needs::default() });
//! println!("{}", confinement.words());
//! ```

mod calls;
mod files;
mod layer;
mod network;

use layer::Layer;
pub use layer::{Calls, Needs};

/// What is in force.
#[derive(Clone, Debug)]
pub struct Confinement(Vec<Layer>);

impl Confinement {
    /// Names of the layers in force, for reports: `network`, `files`, `recordings-read` (files, but reading is free),
    /// `ioctl`, `signals`, `system-calls`.
    pub fn in_force(&self) -> Vec<String> {
        self.0.iter().filter(|layer| layer.held.is_ok()).map(|layer| layer.name.to_owned()).collect()
    }

    /// For people: what is in force, and what is not and why.
    pub fn words(&self) -> String {
        let missing = self.0.iter().filter_map(|layer| Some((layer.name, layer.held.as_ref().err()?)));
        let missing: Vec<_> = missing.map(|(name, why)| format!("{name} ({why})")).collect();
        match (self.in_force().join(", "), missing.join(", ")) {
            (held, missing) if held.is_empty() => format!("not confined: {missing}"),
            (held, missing) if missing.is_empty() => format!("confined: {held}"),
            (held, missing) => format!("confined in part: {held}; not: {missing}"),
        }
    }
}

/// Confines the calling thread and all that it starts from here on. To be called before any other thread exists.
pub fn enter(needs: &Needs) -> Confinement {
    let mut layers = vec![Layer { name: "network", held: network::leave() }];
    layers.extend(files::restrict(needs));
    // Last, for it forbids what the others call.
    layers.push(Layer { name: "system-calls", held: calls::restrict(needs.calls) });
    Confinement(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_holds_and_why_the_rest_does_not() {
        let layer = |name, why: Option<&str>| Layer { name, held: why.map_or(Ok(()), |why| Err(why.into())) };
        let of = |layers| Confinement(layers).words();
        assert_eq!(of(vec![layer("network", None), layer("files", None)]), "confined: network, files");
        let part = of(vec![layer("network", Some("EPERM")), layer("files", None)]);
        assert_eq!(part, "confined in part: files; not: network (EPERM)");
        assert_eq!(of(vec![layer("network", Some("EPERM"))]), "not confined: network (EPERM)");
    }
}
