//! What the child writes on its error stream goes into the daemon's log: line by line, at the level that it gives.

use tokio::io::{AsyncRead, AsyncReadExt};
use tracing::Level;
use wetsign_attest::shown::shown;

/// A line that is longer is cut here.
const LINE: usize = 4096;

/// Passes lines on until the child closes the stream.
pub(super) async fn relay(mut stream: impl AsyncRead + Unpin) {
    let (mut kept, mut chunk) = (Vec::new(), [0; 1024]);
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        for byte in &chunk[..count] {
            if *byte == b'\n' || kept.len() == LINE {
                log(&kept);
                kept.clear();
            }
            if *byte != b'\n' {
                kept.push(*byte);
            }
        }
    }
    log(&kept);
}

fn log(line: &[u8]) {
    let text = String::from_utf8_lossy(line);
    let (level, words) = read(&text);
    if words.is_empty() {
        return;
    }
    let words = shown(words);
    match level {
        Level::ERROR => tracing::error!(target: "wetsign_sensor", "sensor: {words}"),
        Level::WARN => tracing::warn!(target: "wetsign_sensor", "sensor: {words}"),
        Level::INFO => tracing::info!(target: "wetsign_sensor", "sensor: {words}"),
        _ => tracing::debug!(target: "wetsign_sensor", "sensor: {words}"),
    }
}

/// A line's level and its words. Sound libraries complain of every device that is not there: nobody has to read it.
fn read(line: &str) -> (Level, &str) {
    let line = line.trim();
    let level = [
        ("ERROR ", Level::ERROR),
        ("WARN ", Level::WARN),
        ("INFO ", Level::INFO),
        ("DEBUG ", Level::DEBUG),
        ("TRACE ", Level::TRACE),
    ];
    if let Some((word, level)) = level.into_iter().find(|(word, _)| line.starts_with(word)) {
        return (level, line[word.len()..].trim());
    }
    let noise = ["ALSA lib ", "Cannot connect to server ", "jack server is not running", "Expression '"];
    if noise.iter().any(|begin| line.starts_with(begin)) {
        return (Level::DEBUG, line);
    }
    (Level::WARN, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_level_and_noise_has_the_lowest() {
        assert_eq!(read(" WARN wetsign_sensor: no camera"), (Level::WARN, "wetsign_sensor: no camera"));
        assert_eq!(read("DEBUG opened"), (Level::DEBUG, "opened"));
        assert_eq!(read("ALSA lib confmisc.c:855: cannot find card '0'").0, Level::DEBUG);
        assert_eq!(read("thread 'main' panicked"), (Level::WARN, "thread 'main' panicked"));
    }

    #[tokio::test]
    async fn a_line_without_end_does_not_grow_without_end() {
        let endless = tokio::io::repeat(b'x').take(100_000);
        relay(endless).await;
    }
}
