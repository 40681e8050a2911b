//! Spelled letters with a face, collected from people who agree, for the operator's own evaluation.
//!
//! No free data set has them, so a kiosk's operator may ask people. Each phrase is sealed to the operator's key before
//! it reaches a disk; who records cannot open it. It is opened in memory, measured, and forgotten. A person gets a code
//! of eight digits, and with it everything of theirs is erased.

mod folder;
mod measure;
mod record;
mod sealed;

use std::path::PathBuf;

use anyhow::Result;

use folder::{collected, erase, keep};
use sealed::Key;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Draw the operator's key: the secret goes to a file that its owner alone reads, the public half is printed.
    Key {
        /// File to write; it must not be there.
        #[arg(long)]
        out: PathBuf,
    },
    /// Record a person who agrees: the text is shown, and nothing is opened before they typed that they do.
    Record(record::Arguments),
    /// How many phrases there are of each person. Nothing is opened.
    List {
        /// Folder with the sealed phrases.
        folder: PathBuf,
    },
    /// Erase what was recorded of a person, or of everybody.
    Erase {
        /// Folder with the sealed phrases.
        folder: PathBuf,
        /// The code that the person was told.
        #[arg(long, required_unless_present = "everybody", conflicts_with = "everybody")]
        person: Option<String>,
        /// Erase all of them.
        #[arg(long)]
        everybody: bool,
    },
    /// Open them in memory: are the letters read, do lips fit their own sound, and others'?
    Measure(measure::Arguments),
}

/// Does what was asked for.
pub fn run(arguments: &Arguments) -> Result<bool> {
    match &arguments.what {
        What::Key { out } => {
            let key = Key::fresh();
            keep(out, key.text().as_bytes())?;
            say!("{}", key.public());
        }
        What::Record(arguments) => return record::run(arguments),
        What::List { folder } => {
            for (person, files) in collected(folder)? {
                say!("{person}: {} phrases", files.len());
            }
        }
        What::Erase { folder, person, .. } => {
            let count = erase(folder, person.as_deref(), wetsign_program::clock::now()?)?;
            say!("{count} phrases erased");
            return Ok(count > 0);
        }
        What::Measure(arguments) => return measure::run(arguments),
    }
    Ok(true)
}
