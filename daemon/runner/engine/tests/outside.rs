//! The engine as a program: confined before it hears anything, and in words about what it cannot use.

use std::io::BufReader;
use std::process::{Command, Stdio};

use wetsign_runner_ipc::frame::{read_answer, write};
use wetsign_runner_ipc::{FromEngine, Input, ToEngine};

/// What it says first, and what it answers to these messages.
fn says(messages: &[ToEngine]) -> (FromEngine, FromEngine) {
    let mut engine = Command::new(env!("CARGO_BIN_EXE_wetsign-engine"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = engine.stdin.take().unwrap();
    let mut from = BufReader::new(engine.stdout.take().unwrap());
    let ready = read_answer(&mut from).unwrap();
    for message in messages {
        write(&mut to, message).unwrap();
    }
    drop(to);
    let answer = read_answer(&mut from).unwrap();
    assert!(engine.wait().unwrap().success());
    (ready, answer)
}

fn make() -> ToEngine {
    ToEngine::Make(Input::Text("Light turns water into sugar.".into()))
}

#[test]
fn it_is_confined_before_it_hears_a_package_and_refuses_what_is_none() {
    let (ready, answer) = says(&[ToEngine::Piece(b"no package".to_vec()), make()]);
    let FromEngine::Ready { layers, words } = ready else { panic!("it is ready: {ready:?}") };
    assert!(layers.iter().any(|layer| layer == "system-calls"), "{words}");
    let FromEngine::Refused { why } = answer else { panic!("it refuses: {answer:?}") };
    assert!(why.contains("no package"), "{why}");
}

#[test]
fn a_task_that_is_cut_off_is_refused() {
    let (_, answer) = says(&[ToEngine::Piece(b"wetsign package 1\n".to_vec())]);
    let FromEngine::Refused { why } = answer else { panic!("it refuses: {answer:?}") };
    assert!(why.contains("ended"), "{why}");
}
