//! How much work a policy's text makes, counted before Cedar reads it.
//!
//! Cedar parses without recursion, but converts, validates, evaluates, prints and drops what it has parsed recursively:
//! a level of its tree is a frame of the stack. And `x is T in y` becomes `x is T && x in y`, so that `x` is looked at
//! twice, and 2ⁿ times with n of them in one another. Both are bounded here on tokens, and never counted too low.

use std::ops::Range;

use super::lexer::{Kind, Token, Unclosed, tokens};
use super::{MAX_POLICY_BYTES, MAX_POLICY_DEPTH, MAX_POLICY_NESTING, MAX_POLICY_VISITS};

/// One policy of a source, up to its semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// From its first token to its semicolon.
    pub(super) bytes: Range<usize>,
    /// What its `@id` says, as it is written.
    pub(super) id: Option<String>,
    size: Size,
}

/// How large Cedar's tree of a policy can get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    /// Brackets and `if`s in one another.
    nesting: usize,
    /// Nodes from root to leaf.
    depth: usize,
    /// Nodes on a walk through the whole tree.
    visits: usize,
}

impl Piece {
    /// Why Cedar must not read this policy.
    pub(super) fn refusal(&self) -> Option<String> {
        let Size { nesting, depth, visits } = self.size;
        let bytes = self.bytes.len();
        if bytes > MAX_POLICY_BYTES {
            Some(format!("text has {bytes} bytes, at most {MAX_POLICY_BYTES} are read"))
        } else if nesting > MAX_POLICY_NESTING {
            Some(format!("nests {nesting} deep, at most {MAX_POLICY_NESTING} is read: split it"))
        } else if depth > MAX_POLICY_DEPTH {
            Some(format!("chains {depth} operators, at most {MAX_POLICY_DEPTH} are read: split it"))
        } else if visits > MAX_POLICY_VISITS {
            Some(format!(
                "has {visits} parts or more once each `x is T in y` is read as `x is T && x in y`, at most \
                 {MAX_POLICY_VISITS} are read: put no `is` into the left side of another"
            ))
        } else {
            None
        }
    }
}

/// The policies of a source, the last one even without its semicolon.
pub(super) fn pieces(source: &str) -> Result<Vec<Piece>, Unclosed> {
    let mut pieces = Vec::new();
    let mut tokens = tokens(source);
    while let Some(first) = tokens.next() {
        pieces.push(piece(source, first?, &mut tokens)?);
    }
    Ok(pieces)
}

fn piece(
    source: &str,
    first: Token,
    rest: &mut impl Iterator<Item = Result<Token, Unclosed>>,
) -> Result<Piece, Unclosed> {
    let mut bytes = first.bytes.clone();
    let mut annotation = Annotation::default();
    let mut whole = Group::default();
    // Groups that are open, each with the bracket that closes it.
    let mut open: Vec<(char, Group)> = Vec::new();
    for token in std::iter::once(Ok(first)).chain(rest) {
        let Token { kind, bytes: at } = token?;
        bytes.end = at.end;
        annotation.see(kind, &source[at]);
        match kind {
            Kind::Open(closing) => open.push((closing, Group::default())),
            // A bracket that closes nothing is an error to Cedar, which then skips it: so does this.
            Kind::Close(bracket) => {
                if let Some((_, group)) = open.pop_if(|(closing, _)| *closing == bracket) {
                    innermost(&mut open, &mut whole).hold(group);
                }
            }
            Kind::Semicolon if open.is_empty() => break,
            _ => innermost(&mut open, &mut whole).see(kind),
        }
    }
    while let Some((_, group)) = open.pop() {
        innermost(&mut open, &mut whole).hold(group);
    }
    Ok(Piece { bytes, id: annotation.id, size: whole.size() })
}

fn innermost<'g>(open: &'g mut [(char, Group)], whole: &'g mut Group) -> &'g mut Group {
    open.last_mut().map_or(whole, |(_, group)| group)
}

/// What stands between two brackets: elements between commas, of `||`, of `&&`, of everything that binds closer.
#[derive(Default)]
struct Group {
    /// Chains of operators by how they bind: `||`, `&&`, the rest. What is in a chain lies below all of its operators.
    chains: [Chain; 3],
    /// `if`s of this element: only the last part of one can hold another without brackets.
    ifs: usize,
    /// Deepest nesting inside this element.
    inside: usize,
    /// Walk over what stands since the last comma, `&&` or `||`: the most that an `is` can repeat.
    operand: usize,
    /// The size of the elements before.
    before: Size,
}

#[derive(Default)]
struct Chain {
    links: usize,
    deepest: usize,
}

impl Group {
    fn see(&mut self, kind: Kind) {
        match kind {
            Kind::Comma | Kind::Semicolon => self.end_element(),
            Kind::Or => self.join(0),
            Kind::And => self.join(1),
            Kind::If => {
                self.ifs += 1;
                self.link();
            }
            Kind::Is => {
                self.link();
                self.operand = self.operand.saturating_mul(2);
            }
            Kind::Link => self.link(),
            _ => self.operand = self.operand.saturating_add(1),
        }
    }

    fn link(&mut self) {
        self.chains[2].links += 1;
        self.operand = self.operand.saturating_add(1);
    }

    /// Takes in a group that has closed. It may be an argument or an index, so it counts as a link as well.
    fn hold(&mut self, group: Self) {
        let Size { nesting, depth, visits } = group.size();
        self.link();
        self.chains[2].deepest = self.chains[2].deepest.max(depth);
        self.inside = self.inside.max(nesting + 1);
        self.operand = self.operand.saturating_add(visits);
    }

    /// An operator of this chain: whatever binds closer than it is one operand, and over.
    fn join(&mut self, chain: usize) {
        for closer in (chain + 1..self.chains.len()).rev() {
            let Chain { links, deepest } = std::mem::take(&mut self.chains[closer]);
            let looser = &mut self.chains[closer - 1];
            looser.deepest = looser.deepest.max(links + deepest);
        }
        self.chains[chain].links += 1;
        self.before.visits = self.before.visits.saturating_add(std::mem::take(&mut self.operand) + 1);
    }

    fn end_element(&mut self) {
        self.join(0);
        let Chain { links, deepest } = std::mem::take(&mut self.chains[0]);
        self.before.depth = self.before.depth.max(links + deepest);
        self.before.nesting =
            self.before.nesting.max(std::mem::take(&mut self.ifs) + std::mem::take(&mut self.inside));
    }

    fn size(mut self) -> Size {
        self.end_element();
        self.before
    }
}

/// Finds `@id("…")` among a policy's tokens.
#[derive(Default)]
struct Annotation {
    met: usize,
    id: Option<String>,
}

impl Annotation {
    fn see(&mut self, kind: Kind, text: &str) {
        self.met = match (self.met, kind) {
            (_, Kind::At) => 1,
            (1, Kind::Word) if text == "id" => 2,
            (2, Kind::Open(')')) => 3,
            (3, Kind::String) => {
                self.id.get_or_insert_with(|| text[1..text.len() - 1].to_owned());
                0
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
