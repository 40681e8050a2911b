#!/usr/bin/env bash
# Surprise: rubato's `Fft` resampler, from 48 to 16 kHz, passes another band for another chunk size. A tone of 6.8 kHz
#   comes 7 dB weaker in chunks of 256 samples, untouched in chunks of 1024; 7.2 kHz loses 25 dB, 2 dB (480) or nothing.
# Expected: that a chunk size sets delay and speed, and that a ratio has one filter. Up to 8 kHz could be kept.
# Who meets it: who takes the sound card's period (256, 480) as chunk and feeds models of speakers or fake voices, which
#   were trained on sound that went up to nearly 8 kHz. Take at least 1024, and look at `cutoff()`.
# Documented: yes, beside another constructor (`new_custom`: smaller blocks lower the cutoff); no figure.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
need cargo
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "bandwidth"
version = "0.0.0"
edition = "2021"
[dependencies]
audioadapter-buffers = "=5.2.0"
rubato = "=5.1.0"
[workspace]
TOML
cat >src/main.rs <<'RUST'
use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

/// How much louder or weaker, in dB, a tone comes out; measured in its middle second.
fn level(hertz: f64, chunk: usize) -> f64 {
    let tone: Vec<f64> = (0..96_000).map(|n| (std::f64::consts::TAU * hertz * n as f64 / 48_000.).sin()).collect();
    let mut resampler = Fft::<f64>::new(48_000, 16_000, chunk, 1, FixedSync::Both).unwrap();
    let heard = resampler.process_all(&InterleavedSlice::new(&tone, 1, tone.len()).unwrap(), tone.len(), None).unwrap();
    let heard = &heard.take_data()[8_000..24_000];
    10. * (2. * heard.iter().map(|sample| sample * sample).sum::<f64>() / heard.len() as f64).log10()
}

fn main() {
    for chunk in [256, 480, 1024] {
        let levels = [4_000., 6_800., 7_200.].map(|hertz| format!("{:.1}", level(hertz, chunk) + 0.));
        println!("{chunk} {}", levels.join(" "));
    }
}
RUST
"${CARGO:-cargo}" build --quiet --target-dir target || missing "from crates.io: rubato 5.1.0, or a compiler for it"
target/debug/bandwidth | sed 's/-0\.0/0.0/g' >levels
echo "rubato 5.1.0, Fft, 48 kHz to 16 kHz: chunk, and the level in dB at 4000, 6800 and 7200 Hz"
cat levels
awk '
    $1 == 256 { few = $2 > -.1 && $3 < -6 && $4 < -20 }
    $1 == 480 { more = $3 > -.2 && $4 < -1 && $4 > -4 }
    $1 == 1024 { most = $2 > -.1 && $3 > -.1 && $4 > -.1 }
    END { exit !(few && more && most) }
' levels
as_stated "the chunk size decides what is kept above 6 kHz"
