#!/usr/bin/env bash
# Surprise: sled's flush() calls no fsync on Linux. It calls sync_file_range, of which Linux' manual says that it leaves
#   disks' write caches alone and so gives no integrity where these are volatile.
# Expected: what its documentation says: that it calls fsync, and that what was written outlives a crash of the system.
# Who meets it: who acknowledges anything (a signature, a payment) after flush(). Call sync_data() on the file `db` too.
# Documented: reported (sled issue 1452), open; the documentation still says fsync.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
need cargo strace
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "flush"
version = "0.0.0"
edition = "2021"
[dependencies]
sled = "=0.34.7"
[workspace]
TOML
cat >src/main.rs <<'RUST'
fn main() {
    let store = sled::Config::new().path("store").flush_every_ms(None).open().unwrap();
    store.insert("co-signature", "released").unwrap();
    eprintln!("flush begins");
    store.flush().unwrap();
    eprintln!("flush ended");
    std::fs::File::open("store/db").unwrap().sync_data().unwrap();
    std::process::exit(0);
}
RUST
"${CARGO:-cargo}" build --quiet --target-dir target || missing "from crates.io: sled 0.34.7, or a compiler for it"
calls=fsync,fdatasync,sync_file_range,write,pwrite64
strace -f -qq -e trace=$calls -e signal=none -o calls target/debug/flush 2>said || missing "strace of an own program"
echo "sled 0.34.7, between the beginning and the end of flush(), and after it:"
sed -n '/"flush begins/,$p' calls | sed -E 's/^[0-9]+ +//; s/"[^"]{24}[^"]*"\.*/"..."/' | tee flush
during=$(sed '/"flush ended/,$d' flush)
[[ $during == *sync_file_range* && $during != *fsync* && $during != *fdatasync* ]]
[[ $(tail -1 flush) == *fdatasync* ]]
as_stated "flush() ends without fsync; sync_data() makes up for it"
