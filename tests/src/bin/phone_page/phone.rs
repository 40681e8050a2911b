//! The phone that the story is told with.

use std::sync::Arc;

use tokio::sync::Mutex;
use wetsign_tests::browser::Browser;

/// Her browser: the story and what runs beside it look at the same screen.
pub type Phone = Arc<Mutex<Browser>>;
