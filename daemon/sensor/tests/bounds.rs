//! What the sensor decides by stands in the attested manifest, not in its code.

/// The files that read frames and sound, without their tests.
const READERS: [(&str, &str); 8] = [
    ("moves.rs", include_str!("../src/moves.rs")),
    ("vision.rs", include_str!("../src/vision.rs")),
    ("identity.rs", include_str!("../src/identity.rs")),
    ("speech.rs", include_str!("../src/speech.rs")),
    ("solid.rs", include_str!("../src/solid.rs")),
    ("reaction.rs", include_str!("../src/reaction.rs")),
    ("session.rs", include_str!("../src/session.rs")),
    ("passive.rs", include_str!("../src/passive.rs")),
];

/// Numbers that decide nothing: nothing, one, thousandths, and what keeps a division from zero.
const HARMLESS: [&str; 4] = ["0.0", "1.0", "1000.0", "1e-9"];

/// Numbers with a point or an exponent in the code of a line; what follows `//` is no code.
fn fractions(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let apart = |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'));
    code.split(apart)
        .map(|word| word.trim_matches(|letter| matches!(letter, '-' | '.')))
        .filter(|word| word.starts_with(|letter: char| letter.is_ascii_digit()))
        .filter(|word| {
            let number = word.trim_end_matches("f32").trim_end_matches("f64");
            !number.chars().any(|letter| letter.is_ascii_alphabetic() && letter != 'e')
        })
        .filter(|word| word.contains('.') && !word.contains("..") || word.contains("e-"))
        .collect()
}

#[test]
fn the_code_that_reads_a_capture_has_no_bound_of_its_own() {
    for (name, text) in READERS {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let found: Vec<&str> =
                fractions(line).into_iter().filter(|word| !HARMLESS.contains(word)).collect();
            assert!(
                found.is_empty(),
                "{name}:{}: {found:?} belongs into [capture] of the manifest",
                number + 1
            );
            let bound = ["f32", "f64", "usize", "u32", "i32"]
                .iter()
                .any(|kind| line.contains(&format!(": {kind} =")));
            assert!(!(line.contains("const ") && bound), "{name}:{}: {line}", number + 1);
        }
    }
}

#[test]
fn the_search_finds_a_bound_where_there_is_one() {
    assert_eq!(fractions("    if shown.mouth >= 0.15 && x < 1e-3 { // .5"), ["0.15", "1e-3"]);
    assert_eq!(fractions("for i in 0..2 { pair.0 }"), [""; 0]);
}
