//! Man pages and completions of a program, for those who pack it: `PROGRAM --write-pages FOLDER`.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate_to};

/// The one argument by which they are asked for; `--help` does not name it.
const ASKED: &str = "--write-pages";

/// The folder, where the command line asks for pages and for nothing else.
pub(crate) fn asked() -> Option<PathBuf> {
    folder(env::args_os().skip(1))
}

fn folder(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> Option<PathBuf> {
    let first = arguments.next()?;
    let folder = arguments.next()?;
    (first == ASKED && arguments.next().is_none()).then(|| folder.into())
}

/// Writes a man page for each command (`NAME-COMMAND.1`), and completions for bash, zsh and fish.
///
/// # Errors
/// The folder cannot be made or written.
pub(crate) fn write<P: CommandFactory>(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    all(P::command(), folder)
}

fn all(mut command: Command, folder: &Path) -> io::Result<()> {
    let name = command.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut command, &name, folder)?;
    }
    clap_mangen::generate_to(command, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_written_where_nothing_else_is_asked() {
        let words = |text: &str| folder(text.split(' ').map(Into::into));
        assert_eq!(words("--write-pages /tmp/x"), Some("/tmp/x".into()));
        assert_eq!(words("--write-pages /tmp/x more"), None);
        assert_eq!(words("run --write-pages /tmp/x"), None);
        assert_eq!(words("--write-pages"), None);
    }

    #[test]
    fn every_command_has_a_page_and_every_shell_its_completions() {
        let place = tempfile::tempdir().unwrap();
        all(Command::new("greet").subcommand(Command::new("often").about("Greets often")), place.path())
            .unwrap();
        for name in ["greet.1", "greet-often.1", "greet.bash", "_greet", "greet.fish"] {
            assert!(place.path().join(name).is_file(), "{name}");
        }
        assert!(fs::read_to_string(place.path().join("greet-often.1")).unwrap().contains("Greets often"));
    }
}
