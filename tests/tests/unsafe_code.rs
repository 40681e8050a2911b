//! Unsafe code stands where the architecture says, so often, with its reason and what checks it, and nowhere else.

#[path = "circles/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::tokens::tokens;

/// Occurrences of `unsafe` in code, by file: blocks, functions, implementations, foreign items.
fn found(root: &Path, folder: &Path, found_here: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found(root, &path, found_here);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let count = tokens(&source).into_iter().filter(|token| *token == "unsafe").count();
            if count > 0 {
                found_here.insert(path.strip_prefix(root).unwrap().display().to_string(), count);
            }
        }
    }
}

/// The rows of the architecture's table: file and number. A row that lacks its reason or its check is none.
fn told(architecture: &str) -> BTreeMap<String, usize> {
    let section =
        architecture.split("\n## ").find(|section| section.starts_with("Unsafe code")).unwrap_or("");
    let rows = section.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        let [file, number, reason, check, ..] = cells.as_slice() else { return None };
        let whole = !reason.is_empty() && !check.is_empty();
        Some((file.trim_matches('`').to_owned(), number.parse().ok().filter(|_| whole)?))
    });
    rows.collect()
}

#[test]
fn unsafe_code_is_where_the_architecture_says() {
    let root = fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    let mut here = BTreeMap::new();
    found(&root, &root, &mut here);
    let architecture = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    assert_eq!(here, told(&architecture), "left: found in code; right: the table of ARCHITECTURE.md");
}

#[test]
fn a_row_without_a_check_is_none() {
    let text = "# A\n\n## Unsafe code\n\n| file | places | reason | check |\n|---|---|---|---|\n| `a.rs` | 2 | speed | a test |\n\
                | `b.rs` | 1 | speed | |\n\n## Next\n| `c.rs` | 1 | x | y |\n";
    assert_eq!(told(text), BTreeMap::from([("a.rs".to_owned(), 2)]));
}
