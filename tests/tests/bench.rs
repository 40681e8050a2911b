//! The secure element at the bench, with the commands that a provisioner types: paired, provisioned, looked over,
//! opened, cleared, and provisioned again.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use wetsign_tests::{
    process,
    secure_element::{Kind, SecureElement},
};

/// A bench in a folder of its own.
struct Bench<'a>(&'a Path);

impl Bench<'_> {
    fn command(program: &str) -> Command {
        Command::new(process::programs().expect("the programs are built").join(program))
    }

    fn run(&self, program: &str, line: &str) -> Output {
        Self::command(program).current_dir(self.0).args(line.split(' ')).output().expect("it starts")
    }

    /// What it prints, once it has ended well.
    fn done(&self, program: &str, line: &str) -> String {
        let output = self.run(program, line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// Rows of `wetsignd element check` that are not as they should be.
    fn findings(&self) -> Vec<String> {
        let output = self.run("wetsignd", "element check --config wetsignd.toml --json");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        assert_eq!(answer["ok"].as_bool(), Some(output.status.success()));
        let rows = answer["rows"].as_array().expect("rows").iter();
        rows.filter(|row| row["ok"] == false).map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    fn certify(&self, certificate: &str) {
        let identity = self.done("wetsignd", "element identity --config wetsignd.toml");
        fs::write(self.0.join("element.json"), identity).expect("written");
        let files = "--key provisioner.key --certificate provisioner.cert --identity element.json --out";
        self.done("wetsign", &format!("provision device {files} {certificate}"));
        self.done("wetsignd", &format!("element provision --config wetsignd.toml {certificate}"));
    }
}

#[tokio::test]
async fn an_element_is_provisioned_opened_cleared_and_provisioned_again() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let bench = Bench(folder.path());
    let element =
        SecureElement::start(Kind::Program, &process::programs()?, &folder.path().join("element")).await?;
    let state = folder.path().join("state");
    let configuration = format!("state = {state:?}\n[element]\naddress = {:?}\n", element.socket());
    fs::write(folder.path().join("wetsignd.toml"), configuration)?;
    bench.done("wetsign", "key new root.key");
    bench.done("wetsign", "key new provisioner.key");
    let provisioner = bench.done("wetsign", "key public provisioner.key");
    bench.done(
        "wetsign",
        &format!(
            "provision appoint --root-key root.key --provisioner {provisioner} --name maker --hwmodel \
             wetsign-software-element --out provisioner.cert"
        ),
    );

    // Nothing is looked at, and nothing made, before the two have paired.
    let early = bench.run("wetsignd", "element check --config wetsignd.toml");
    assert!(!early.status.success() && words(&early).contains("element identity"), "{}", words(&early));
    assert!(!state.exists());
    bench.done("wetsignd", "element identity --config wetsignd.toml");
    assert_eq!(bench.findings(), ["certificates"]);
    bench.certify("first.cert");
    assert!(bench.findings().is_empty());

    element.open_case().await?;
    assert_eq!(bench.findings(), ["case", "certificates"]);
    let open = clear(&bench, "provisioner.key");
    assert!(!open.status.success() && words(&open).contains("CaseOpen"), "{}", words(&open));
    fs::remove_file(folder.path().join("element/case-open"))?;
    let foreign = clear(&bench, "root.key");
    assert!(!foreign.status.success() && words(&foreign).contains("NotAuthorised"), "{}", words(&foreign));
    let cleared = clear(&bench, "provisioner.key");
    assert!(cleared.status.success(), "{}", words(&cleared));

    assert_eq!(bench.findings(), ["certificates"]);
    // The old certificates are for keys that are gone.
    let old = bench.run("wetsignd", "element provision --config wetsignd.toml first.cert");
    assert!(!old.status.success() && words(&old).contains("NotForThisElement"), "{}", words(&old));
    bench.certify("second.cert");
    assert!(bench.findings().is_empty());
    Ok(())
}

/// `wetsignd element clear`, with what `wetsign provision clear` answers to it under `key`.
fn clear(bench: &Bench<'_>, key: &str) -> Output {
    let mut clear = Bench::command("wetsignd")
        .current_dir(bench.0)
        .args("element clear --config wetsignd.toml".split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(clear.stdout.take().expect("piped")).read_line(&mut line).expect("readable");
    if let Ok(asked) = serde_json::from_str::<Value>(&line) {
        let (ueid, challenge) = (asked["ueid"].as_str().unwrap(), asked["challenge"].as_str().unwrap());
        let asked = format!("provision clear --key {key} --ueid {ueid} --challenge {challenge}");
        let signature = bench.done("wetsign", &asked);
        writeln!(clear.stdin.take().expect("piped"), "{signature}").expect("it reads");
    }
    clear.wait_with_output().expect("it ends")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
