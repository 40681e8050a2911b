//! A program of ours before each kind of standard output and standard error: this one, started again.

use std::{
    env,
    ffi::OsStr,
    fs::File,
    io::Read as _,
    process::{Command, ExitCode, Stdio},
};

use clap::Parser;
use wetsign_program::{arguments, ended, line};

/// Says a word.
#[derive(Parser)]
#[command(version)]
struct Saying {
    #[arg(long)]
    word: String,
}

const AGAIN: &str = "WETSIGN_PROGRAM_SAYS";

fn main() -> ExitCode {
    if env::var_os(AGAIN).is_some() { say() } else { check() }
}

fn say() -> ExitCode {
    let saying: Saying = match arguments(7) {
        Ok(saying) => saying,
        Err(code) => return code,
    };
    let said = if saying.word == "fail" {
        Err(anyhow::anyhow!("a \u{1b}[2Jword").context("no word"))
    } else {
        line(format_args!("{}", saying.word)).map(|()| ExitCode::from(3)).map_err(Into::into)
    };
    ended("say", said)
}

/// Exit code and standard error.
fn run(arguments: &[&str], out: impl Into<Stdio>, err: impl Into<Stdio>) -> (Option<i32>, String) {
    ends(Command::new(env::current_exe().unwrap()).args(arguments), out, err)
}

/// The same with a standard output that is closed.
fn run_closed(arguments: &[&str]) -> (Option<i32>, String) {
    let itself = env::current_exe().unwrap();
    let script = ["-c", r#"exec "$0" "$@" >&-"#].map(OsStr::new);
    let arguments = arguments.iter().map(OsStr::new);
    let words: Vec<_> = script.into_iter().chain([itself.as_os_str()]).chain(arguments).collect();
    ends(Command::new("sh").args(words), Stdio::inherit(), Stdio::piped())
}

fn ends(command: &mut Command, out: impl Into<Stdio>, err: impl Into<Stdio>) -> (Option<i32>, String) {
    let mut child = command.env(AGAIN, "1").stdout(out).stderr(err).spawn().unwrap();
    let mut words = String::new();
    if let Some(mut err) = child.stderr.take() {
        err.read_to_string(&mut words).unwrap();
    }
    (child.wait().unwrap().code(), words)
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

fn check() -> ExitCode {
    for (args, code) in [(&["--word", "a"][..], 3), (&["--help"], 0), (&["--version"], 0)] {
        assert_eq!(run(args, Stdio::null(), Stdio::piped()), (Some(code), String::new()), "{args:?}");
        // As Python and Node hand it over.
        let both = File::options().read(true).write(true).open("/dev/null").unwrap();
        assert_eq!(run(args, both, Stdio::piped()), (Some(code), String::new()), "{args:?}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(run(args, writer, Stdio::piped()), (Some(0), String::new()), "{args:?}");

        let (code, words) = run(args, full(), Stdio::piped());
        assert_eq!(code, Some(1), "{args:?}: {words}");
        assert!(words.contains("cannot write: No space left on device"), "{args:?}: {words}");

        let (code, words) = run_closed(args);
        assert_eq!(code, Some(1), "{args:?}: {words}");
        assert!(words.contains("cannot write: standard output is closed"), "{args:?}: {words}");
    }
    for (args, code) in [(&["--word", "fail"][..], 1), (&["--nonsense"], 7), (&[], 7)] {
        assert_eq!(run(args, Stdio::null(), full()).0, Some(code), "{args:?}");
        // Nothing was to be printed, so that nothing was lost.
        assert_eq!(run_closed(args).0, Some(code), "{args:?}");
    }
    let (_, words) = run(&["--word", "fail"], Stdio::null(), Stdio::piped());
    assert_eq!(words, "say: no word: a \u{FFFD}[2Jword\n");
    println!("a program ends rightly before each kind of output");
    // As a test harness says it, for whoever counts.
    println!("test result: ok. 1 passed; 0 failed; 0 ignored");
    ExitCode::SUCCESS
}
