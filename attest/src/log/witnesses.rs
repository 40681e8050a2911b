//! Which witnesses have to have seen a log: C2SP tlog-policy, kept in the words in which it was written.
//!
//! ```text
//! witness north north.example+a1b2c3d4+BA…
//! witness south south.example+01020304+BB…
//! group both all north south
//! quorum both
//! ```
//!
//! The standard counts keys. Here witnesses of one operator count once, by the reader's own list of who runs what;
//! those of nobody known count as one operator's; and those of the log's own operator do not count.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::vkey::{KeyKind, VerifierKey, VerifierKeyError};
use crate::id::PublicKey;
use crate::limits;

/// Which witnesses a reader knows, and how many of them he asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WitnessPolicy {
    text: String,
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Quorum,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Quorum {
    /// No witness is asked for.
    Nobody,
    /// The witness or group of this name.
    Of(String, Member),
}

/// A witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What the policy calls it.
    pub name: String,
    /// Its key, of kind [`KeyKind::Cosignature`].
    pub key: VerifierKey,
    /// Where checkpoints are brought to it (tlog-witness, the submission prefix).
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    threshold: usize,
    members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// Why a witness policy was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessPolicyError {
    /// A line that says nothing.
    #[error("line {line}: {why}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A key on a line.
    #[error("line {line}: {source}")]
    Key {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        source: VerifierKeyError,
    },
    /// Too much.
    #[error("the policy has {found} {what}, {most} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// Found.
        found: usize,
        /// Allowed.
        most: usize,
    },
    /// No quorum line.
    #[error("the policy has no quorum line: `quorum none` asks for no witness")]
    NoQuorum,
}

impl WitnessPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`WitnessPolicyError`], with the line.
    pub fn parse(text: &str) -> Result<Self, WitnessPolicyError> {
        let most = limits::WITNESS_POLICY;
        if text.len() > most {
            return Err(WitnessPolicyError::TooMany { what: "bytes", found: text.len(), most });
        }
        let mut reading = Reading::default();
        for (number, line) in (1..).zip(text.split('\n')) {
            reading.line(number, line)?;
        }
        let Reading { logs, witnesses, groups, quorum, .. } = reading;
        let counts = [("logs", logs.len()), ("witnesses", witnesses.len()), ("groups", groups.len())];
        for (what, found) in counts {
            if found > limits::WITNESSES {
                return Err(WitnessPolicyError::TooMany { what, found, most: limits::WITNESSES });
            }
        }
        let quorum = quorum.ok_or(WitnessPolicyError::NoQuorum)?;
        Ok(Self { text: text.to_owned(), logs, witnesses, groups, quorum })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Every witness that it names, in its order.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Whether its quorum is `none`.
    pub const fn asks_nothing(&self) -> bool {
        matches!(self.quorum, Quorum::Nobody)
    }

    /// What its quorum is called.
    pub fn quorum_name(&self) -> &str {
        match &self.quorum {
            Quorum::Nobody => "none",
            Quorum::Of(name, _) => name,
        }
    }

    /// Whether it is about this log: it names it, or no log at all.
    pub fn names_log(&self, origin: &str, key: &PublicKey) -> bool {
        self.logs.is_empty() || self.logs.iter().any(|log| log.name() == origin && log.key() == key)
    }

    /// Whether its quorum is met by the witnesses of these numbers, as they are counted here.
    pub fn met(
        &self,
        operators: &BTreeMap<String, Vec<PublicKey>>,
        log: &PublicKey,
        cosigned: impl Fn(usize) -> bool,
    ) -> bool {
        let Quorum::Of(_, quorum) = self.quorum else { return true };
        let operator_of = |key: &PublicKey| {
            operators.iter().find(|(_, keys)| keys.contains(key)).map(|(name, _)| name.as_str())
        };
        let own = operator_of(log);
        let mut by_operator: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for (number, witness) in self.witnesses.iter().enumerate().filter(|(number, _)| cosigned(*number)) {
            let operator = operator_of(witness.key.key());
            if operator.is_none() || operator != own {
                by_operator.entry(operator).or_default().push(number);
            }
        }
        let choices: Vec<_> = by_operator.into_values().collect();
        self.met_by_some_choice(quorum, &choices, &mut BTreeSet::new())
    }

    /// One witness an operator: at most 3^(32/3), some hundred thousand choices.
    fn met_by_some_choice(
        &self,
        quorum: Member,
        choices: &[Vec<usize>],
        chosen: &mut BTreeSet<usize>,
    ) -> bool {
        let Some((first, rest)) = choices.split_first() else { return self.holds(quorum, chosen) };
        first.iter().any(|witness| {
            chosen.insert(*witness);
            let met = self.met_by_some_choice(quorum, rest, chosen);
            chosen.remove(witness);
            met
        })
    }

    fn holds(&self, member: Member, chosen: &BTreeSet<usize>) -> bool {
        match member {
            Member::Witness(number) => chosen.contains(&number),
            Member::Group(number) => {
                let Group { threshold, members } = &self.groups[number];
                members.iter().filter(|member| self.holds(**member, chosen)).count() >= *threshold
            }
        }
    }
}

/// A policy that is being read.
#[derive(Default)]
struct Reading {
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    names: BTreeMap<String, Member>,
    /// Names that are members of a group already.
    taken: BTreeSet<String>,
    quorum: Option<Quorum>,
}

impl Reading {
    fn line(&mut self, line: usize, text: &str) -> Result<(), WitnessPolicyError> {
        let refuse = |why: String| WitnessPolicyError::Line { line, why };
        if text.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
            return Err(refuse("it has control characters".into()));
        }
        let words: Vec<_> = text.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words[..] {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key, ..] if words.len() <= 3 => self.log(line, key),
            ["witness", name, key, ..] if words.len() <= 4 => {
                self.witness(line, name, key, words.get(3).map(|url| (*url).to_owned()))
            }
            ["group", name, threshold, ref members @ ..] if !members.is_empty() => {
                self.group(name, threshold, members).map_err(refuse)
            }
            ["quorum", name] => self.quorum(name).map_err(refuse),
            _ => Err(refuse(
                "expected one of: log KEY [URL], witness NAME KEY [URL], group NAME all|any|K NAME…, \
                             quorum NAME|none"
                    .into(),
            )),
        }
    }

    fn key(line: usize, text: &str, kind: KeyKind, what: &str) -> Result<VerifierKey, WitnessPolicyError> {
        let key: VerifierKey = text.parse().map_err(|source| WitnessPolicyError::Key { line, source })?;
        if key.kind() != kind {
            let why = format!("the key of {:?} is of another kind than {what}'s", key.name());
            return Err(WitnessPolicyError::Line { line, why });
        }
        Ok(key)
    }

    fn log(&mut self, line: usize, text: &str) -> Result<(), WitnessPolicyError> {
        let key = Self::key(line, text, KeyKind::Note, "a log")?;
        if self.logs.iter().any(|log| log.key() == key.key()) {
            let why = format!("the key of {:?} stands there twice", key.name());
            return Err(WitnessPolicyError::Line { line, why });
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(
        &mut self,
        line: usize,
        name: &str,
        text: &str,
        url: Option<String>,
    ) -> Result<(), WitnessPolicyError> {
        let key = Self::key(line, text, KeyKind::Cosignature, "a witness")?;
        let refuse = |why: String| WitnessPolicyError::Line { line, why };
        if self.witnesses.iter().any(|witness| witness.key.key() == key.key()) {
            return Err(refuse(format!("the key of {:?} stands there twice", key.name())));
        }
        let member = Member::Witness(self.witnesses.len());
        self.define(name, member).map_err(refuse)?;
        self.witnesses.push(Witness { name: name.to_owned(), key, url });
        Ok(())
    }

    fn define(&mut self, name: &str, member: Member) -> Result<(), String> {
        if name == "none" {
            return Err("nothing can be called none".into());
        }
        match self.names.insert(name.to_owned(), member) {
            Some(_) => Err(format!("{name:?} is defined twice")),
            None => Ok(()),
        }
    }

    fn known(&self, name: &str) -> Result<Member, String> {
        let member = self.names.get(name).copied();
        member.ok_or_else(|| format!("{name:?} is not defined on a line before"))
    }

    fn group(&mut self, name: &str, threshold: &str, names: &[&str]) -> Result<(), String> {
        let mut members = Vec::new();
        for member in names {
            members.push(self.known(member)?);
            if !self.taken.insert((*member).to_owned()) {
                return Err(format!("{member:?} is a member of a group already"));
            }
        }
        let most = members.len();
        let threshold = match threshold {
            "all" => most,
            "any" => 1,
            // One spelling: no sign, no leading zero.
            number => match number.parse::<usize>() {
                Ok(k) if (1..=most).contains(&k) && k.to_string() == number => k,
                _ => {
                    return Err(format!("{number:?} of {most} is asked for: all, any or 1 to {most} can be"));
                }
            },
        };
        self.define(name, Member::Group(self.groups.len()))?;
        self.groups.push(Group { threshold, members });
        Ok(())
    }

    fn quorum(&mut self, name: &str) -> Result<(), String> {
        let quorum =
            if name == "none" { Quorum::Nobody } else { Quorum::Of(name.to_owned(), self.known(name)?) };
        match self.quorum.replace(quorum) {
            Some(_) => Err("there is a quorum line before".into()),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for WitnessPolicy {
    type Error = WitnessPolicyError;

    fn try_from(text: String) -> Result<Self, WitnessPolicyError> {
        Self::parse(&text)
    }
}

impl From<WitnessPolicy> for String {
    fn from(policy: WitnessPolicy) -> Self {
        policy.text
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    fn public(seed: u8) -> PublicKey {
        PublicKey::from(&SigningKey::from_bytes(&[seed; 32]))
    }

    fn vkey(seed: u8, kind: KeyKind) -> VerifierKey {
        VerifierKey::new(&format!("w{seed}.example"), kind, public(seed)).unwrap()
    }

    fn witness(seed: u8) -> String {
        format!("witness W{seed} {} https://w{seed}.example/\n", vkey(seed, KeyKind::Cosignature))
    }

    /// The example of the standard: two of three X, any of three Y.
    fn example() -> String {
        let witnesses: String = (1..=6).map(witness).collect();
        format!(
            "# a comment\n\tlog  {}\n\n{witnesses}group X 2 W1 W2 W3\ngroup Y any W4 W5 W6\ngroup X-and-Y all X Y\n\
             quorum X-and-Y\n",
            vkey(9, KeyKind::Note)
        )
    }

    fn each_their_own(count: u8) -> BTreeMap<String, Vec<PublicKey>> {
        (1..=count).map(|seed| (format!("operator {seed}"), vec![public(seed)])).collect()
    }

    fn met(policy: &WitnessPolicy, operators: &BTreeMap<String, Vec<PublicKey>>, seeds: &[usize]) -> bool {
        policy.met(operators, &public(9), |number| seeds.contains(&(number + 1)))
    }

    #[test]
    fn the_standards_example_asks_for_two_of_one_group_and_one_of_another() {
        let policy = WitnessPolicy::parse(&example()).unwrap();
        let all = each_their_own(6);
        assert!(met(&policy, &all, &[1, 3, 6]) && met(&policy, &all, &[1, 2, 3, 4, 5, 6]));
        for too_few in [&[][..], &[1, 6], &[1, 2, 3], &[4, 5, 6]] {
            assert!(!met(&policy, &all, too_few), "{too_few:?}");
        }
        assert!(policy.names_log("w9.example", &public(9)) && !policy.names_log("w9.example", &public(8)));
        assert_eq!(policy.witnesses()[2].url.as_deref(), Some("https://w3.example/"));
        assert_eq!(String::from(policy), example(), "its words are kept");
    }

    #[test]
    fn witnesses_of_one_operator_count_once_and_the_logs_own_not_at_all() {
        let policy = WitnessPolicy::parse(&example()).unwrap();
        let mut operators = BTreeMap::new();
        operators.insert("a".to_owned(), vec![public(1), public(2)]);
        operators.insert("b".to_owned(), vec![public(4)]);
        // W3, W5 and W6 are nobody's: one operator at most.
        assert!(!met(&policy, &operators, &[1, 2, 4]), "a's two count once");
        assert!(met(&policy, &operators, &[1, 2, 3, 4]));
        assert!(!met(&policy, &operators, &[1, 3, 5]), "nobody's two count once");
        assert!(met(&policy, &operators, &[1, 3, 4, 5]), "W3 counts, W5 is not needed");
        operators.insert("the log's".to_owned(), vec![public(9), public(3)]);
        assert!(!met(&policy, &operators, &[1, 2, 3, 4]), "the log's owner cannot vouch for himself");
    }

    #[test]
    fn what_the_standard_forbids_is_refused_with_its_line() {
        let two = format!("{}{}", witness(1), witness(2));
        for (text, words) in [
            (two.clone(), "no quorum line"),
            (format!("{two}quorum W3\n"), "line 3: \"W3\" is not defined"),
            (format!("{two}quorum W1\nquorum W2\n"), "a quorum line before"),
            (format!("{two}group g 3 W1 W2\nquorum g\n"), "1 to 2 can be"),
            (format!("{two}group g 0 W1\nquorum g\n"), "1 to 1 can be"),
            (format!("{two}group g 01 W1\nquorum g\n"), "1 to 1 can be"),
            (format!("{two}group g any W1 W1\nquorum g\n"), "a member of a group already"),
            (format!("{two}group W1 any W2\nquorum W1\n"), "defined twice"),
            (format!("{two}group none any W2\nquorum none\n"), "called none"),
            (format!("{two}group g any none\nquorum g\n"), "\"none\" is not defined"),
            (format!("{two}{}quorum W1\n", witness(1).replace("W1", "W7")), "stands there twice"),
            (format!("{two}quorum W1 W2\n"), "expected one of: log KEY"),
            (format!("witness W {}\nquorum W\n", vkey(1, KeyKind::Note)), "of another kind"),
            (format!("log {}\nquorum none\n", vkey(1, KeyKind::Cosignature)), "of another kind"),
            (format!("{two}quorum W1\r\n"), "control characters"),
            (format!("{two}# {}\nquorum W1\n", "x".repeat(limits::WITNESS_POLICY)), "bytes"),
        ] {
            let refused = WitnessPolicy::parse(&text).unwrap_err().to_string();
            assert!(refused.contains(words), "{words}: {refused}");
        }
        let many: String = (1..=33).map(witness).collect();
        assert!(WitnessPolicy::parse(&format!("{many}quorum none\n")).is_err());
    }

    #[test]
    fn the_worst_policy_that_is_allowed_is_decided_in_no_time() {
        let all: String = (1..=32).map(witness).collect();
        let names: Vec<_> = (1..=32).map(|seed| format!("W{seed}")).collect();
        let policy = format!("{all}group g 12 {}\nquorum g\n", names.join(" "));
        let policy = WitnessPolicy::parse(&policy).unwrap();
        let operators = (0..11).map(|three| {
            let keys = (1..=32).filter(|seed| (seed - 1) / 3 == three).map(public).collect();
            (format!("operator {three}"), keys)
        });
        assert!(!policy.met(&operators.collect(), &public(99), |_| true), "eleven operators are not twelve");
    }
}
