//! Cedar's tokens, as far as nesting needs them.
//!
//! The forms are those of Cedar's grammar (`parser/grammar.lalrpop` of cedar-policy-core): a comment runs from `//` to
//! the end of its line, a string from `"` to the next `"` that no backslash escapes, over lines too; the longest word
//! wins.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// What a token is to somebody who counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `(`, `[` or `{`; it holds the bracket that closes it.
    Open(char),
    /// `)`, `]` or `}`.
    Close(char),
    Comma,
    Semicolon,
    And,
    Or,
    If,
    Is,
    /// Any other operator, the dot of a member among them.
    Link,
    At,
    String,
    /// A name, a number, or whatever else stands there.
    Word,
}

/// A token and its bytes in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) bytes: Range<usize>,
}

/// A string without an end, at this byte: nothing after it can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclosed(pub(super) usize);

/// The tokens of a source, in order, without whitespace and comments. Stops at a string without an end.
pub(super) fn tokens(source: &str) -> impl Iterator<Item = Result<Token, Unclosed>> {
    Lexer { source, rest: source.char_indices().peekable(), failed: false }
}

struct Lexer<'s> {
    source: &'s str,
    rest: Peekable<CharIndices<'s>>,
    failed: bool,
}

impl Lexer<'_> {
    fn next_is(&mut self, wanted: char) -> bool {
        self.rest.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.rest.next_if(|(_, c)| keep(*c)).is_some() {}
    }

    fn here(&mut self) -> usize {
        self.rest.peek().map_or(self.source.len(), |(at, _)| *at)
    }

    /// Whether the string has an end. Cedar takes no line break after a backslash.
    fn string(&mut self) -> bool {
        loop {
            match self.rest.next() {
                Some((_, '"')) => return true,
                Some((_, '\\')) if self.rest.next().is_none_or(|(_, c)| c == '\n') => return false,
                Some(_) => {}
                None => return false,
            }
        }
    }

    fn kind(&mut self, start: usize, first: char) -> Result<Kind, Unclosed> {
        Ok(match first {
            '(' => Kind::Open(')'),
            '[' => Kind::Open(']'),
            '{' => Kind::Open('}'),
            ')' | ']' | '}' => Kind::Close(first),
            ',' => Kind::Comma,
            ';' => Kind::Semicolon,
            '@' => Kind::At,
            '&' if self.next_is('&') => Kind::And,
            '|' if self.next_is('|') => Kind::Or,
            '"' if self.string() => Kind::String,
            '"' => return Err(Unclosed(start)),
            '.' | '+' | '-' | '*' | '/' | '%' => Kind::Link,
            '!' | '<' | '>' | '=' => {
                self.next_is('=');
                Kind::Link
            }
            '_' | 'a'..='z' | 'A'..='Z' => {
                self.skip_while(|c| c == '_' || c.is_ascii_alphanumeric());
                match &self.source[start..self.here()] {
                    "if" => Kind::If,
                    "is" => Kind::Is,
                    "in" | "has" | "like" => Kind::Link,
                    _ => Kind::Word,
                }
            }
            _ => Kind::Word,
        })
    }
}

impl Iterator for Lexer<'_> {
    type Item = Result<Token, Unclosed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        loop {
            let (start, first) = self.rest.next()?;
            match first {
                c if c.is_whitespace() => {}
                '/' if self.next_is('/') => self.skip_while(|c| !matches!(c, '\n' | '\r')),
                _ => {
                    let kind = self.kind(start, first);
                    self.failed = kind.is_err();
                    let bytes = start..self.here();
                    return Some(kind.map(|kind| Token { kind, bytes }));
                }
            }
        }
    }
}
