//! Comments and prose fit in 120 columns. Tables, code blocks and what holds a link may be longer, and so may the cards
//! of models, which the trainers write.

use std::fs;
use std::path::{Path, PathBuf};

/// Characters of a line.
const COLUMNS: usize = 120;
/// Folders with nothing that a person writes here.
const LEFT_OUT: [&str; 3] = ["target", "node_modules", "cards"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name.as_ref()) && !name.starts_with('.') {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "md") {
            found.push(path);
        }
    }
}

/// Numbers of the lines that are too long, from 1.
fn too_long(text: &str, markdown: bool) -> Vec<usize> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let start = line.trim_start();
        let comment = start.starts_with("//");
        let prose = if markdown { start } else { start.trim_start_matches(['/', '!']).trim_start() };
        if prose.starts_with("```") && (markdown || comment) {
            fenced = !fenced;
        }
        // Code that is indented by four, as Markdown has it.
        let code = fenced || (markdown && line.starts_with("    "));
        let may = code || prose.starts_with('|') || prose.contains("://");
        if line.chars().count() > COLUMNS && (markdown || comment) && !may {
            found.push(number);
        }
    }
    found
}

#[test]
fn comments_and_prose_fit_in_120_columns() {
    let root = fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut all = Vec::new();
    for file in files {
        let markdown = file.extension().is_some_and(|extension| extension == "md");
        let lines = too_long(&fs::read_to_string(&file).unwrap(), markdown);
        let short = file.strip_prefix(&root).unwrap().display();
        all.extend(lines.iter().map(|line| format!("{short}:{line}")));
    }
    assert!(
        all.is_empty(),
        "{} lines of comment or prose are longer than {COLUMNS}:\n{}",
        all.len(),
        all.join("\n")
    );
}

#[test]
fn only_prose_is_asked_and_a_link_may_be_long() {
    let long = "word ".repeat(30);
    let rust = format!(
        "/// {long}\nlet a = \"{long}\";\n//! | {long}\n// https://a.example {long}\n    // {long}\n"
    );
    assert_eq!(too_long(&rust, false), [1, 5]);
    let markdown = format!("{long}\n\n```sh\n{long}\n```\n\n    {long}\n\n| {long} |\n- {long}\n");
    assert_eq!(too_long(&markdown, true), [1, 10]);
}
