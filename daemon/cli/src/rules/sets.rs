//! Worked rules, each with requests that it permits and forbids.

/// One of them.
pub struct Set {
    /// Its name.
    pub name: &'static str,
    /// Its policies.
    pub cedar: &'static str,
    /// Bounds, quorum and requests: see [`super::expected`].
    pub requests: &'static str,
}

macro_rules! sets {
    ($($name:literal),* $(,)?) => {
        /// All of them, by name.
        pub const SETS: &[Set] = &[$(Set {
            name: $name,
            cedar: include_str!(concat!("../../examples/rules/", $name, ".cedar")),
            requests: include_str!(concat!("../../examples/rules/", $name, ".toml")),
        }),*];
    };
}

sets![
    "accessibility",
    "audio-only",
    "clean-language",
    "designated-agents",
    "education-only",
    "fee-by-duration",
    "languages",
    "least-fee",
    "minors",
    "moratorium",
    "named-partners",
    "no-politics",
    "non-commercial",
    "not-in-these-countries",
    "one-app",
    "own-use",
    "quiet-hours",
    "short-licences",
    "territories",
    "text-that-can-be-read",
    "until-a-date",
];
