//! # wetsign-speak: how does a text become sound, every word of it and no other?
//!
//! A [`Lexicon`] says how words are pronounced, [`Lexicon::sentences`] turns a text into phonemes and refuses what it
//! does not know, and a [`Voice`] (VITS, Kim et al. 2021, as Piper exports it) turns phonemes into samples. Nothing is
//! drawn at random: the same phonemes and scales give the same sound on the same machine.
//!
//! ```
//! use wetsign_speak::Lexicon;
//!
//! let lexicon = Lexicon::from_lines("hello həlˈoʊ\nworld wˈɜːld")?;
//! assert_eq!(lexicon.sentences("Hello, world!")?, ["həlˈoʊ, wˈɜːld!"]);
//! assert!(lexicon.sentences("Hello, moon!").unwrap_err().to_string().contains("\"moon\""));
//! # Ok::<(), wetsign_speak::SpeakError>(())
//! ```

mod arpabet;
mod error;
mod lexicon;
mod spell;
mod symbols;
mod text;
mod voice;

pub use error::SpeakError;
pub use lexicon::Lexicon;
pub use spell::spelled;
pub use symbols::numbers;
pub use text::MOST;
pub use voice::Voice;
