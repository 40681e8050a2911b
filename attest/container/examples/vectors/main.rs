//! Prints the vector of `attest/vectors/container.json`.

#[path = "made.rs"]
mod made;

fn main() {
    println!("{}", serde_json::to_string_pretty(&made::vector()).expect("it is JSON"));
}
