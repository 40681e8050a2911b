//! What one file says of names: which modules stand in it, what each defines, what it imports, what it speaks of.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::tokens;

/// A module as its file tells of it. What stands in `#[cfg(test)]` is left out: tests may look anywhere.
#[derive(Debug, Default)]
pub struct Module {
    /// Modules in braces, in the same file.
    pub inner: BTreeMap<String, Module>,
    /// Modules in files of their own, with the path that an attribute gives.
    pub files: BTreeMap<String, Option<String>>,
    pub defined: BTreeSet<String>,
    /// A name with the path that a `use` gives it.
    pub imported: BTreeMap<String, Vec<String>>,
    /// Paths that end in `*`.
    pub all_of: Vec<Vec<String>>,
    /// Every path that the module speaks of. What it only passes on with `pub use` is not among them.
    pub spoken: Vec<Vec<String>>,
}

impl Module {
    pub fn read(source: &str) -> Self {
        let mut reader = Reader { tokens: tokens(source), at: 0 };
        reader.module()
    }
}

struct Reader<'a> {
    tokens: Vec<&'a str>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn before(&self, back: usize) -> &'a str {
        self.at.checked_sub(back).map_or("", |at| self.tokens[at])
    }

    /// To the end of the file, or past the brace that closes the module.
    fn module(&mut self) -> Module {
        let mut module = Module::default();
        let (mut depth, mut path) = (0_usize, None);
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "#" if matches!(self.peek(1), "[" | "!") => match self.attribute() {
                    Attribute::OnlyTests => self.skip_item(),
                    Attribute::Path(found) => path = Some(found),
                    Attribute::Other => {}
                },
                "mod" if is_name(self.peek(1)) => {
                    let name = self.peek(1).to_owned();
                    self.at += 3;
                    if self.before(1) == "{" {
                        module.inner.insert(name, self.module());
                    } else {
                        module.files.insert(name, path.take());
                    }
                }
                "use" if self.peek(1) != "<" => {
                    let passes_on = matches!(self.before(1), "pub" | ")");
                    self.at += 1;
                    self.import(&mut module, &mut Vec::new(), passes_on);
                }
                "}" if depth == 0 => {
                    self.at += 1;
                    break;
                }
                token => {
                    match token {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ if depth == 0 => self.definition(&mut module),
                        _ => {}
                    }
                    self.path(&mut module);
                }
            }
        }
        module
    }

    fn definition(&self, module: &mut Module) {
        let name = match self.peek(0) {
            "macro_rules" => self.peek(2),
            "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" => self.peek(1),
            _ => return,
        };
        if is_name(name) {
            module.defined.insert(name.to_owned());
        }
    }

    /// One tree of a `use`, with `before` in front, past the sign that ends it.
    fn import(&mut self, module: &mut Module, before: &mut Vec<String>, passes_on: bool) {
        let length = before.len();
        loop {
            match self.peek(0) {
                "{" => {
                    self.at += 1;
                    while self.peek(0) != "}" && self.at < self.tokens.len() {
                        self.import(module, before, passes_on);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    break;
                }
                "*" => {
                    self.at += 1;
                    module.all_of.push(before.clone());
                    break;
                }
                "::" => self.at += 1,
                word => {
                    self.at += 1;
                    if word != "self" || before.is_empty() {
                        before.push(word.to_owned());
                    }
                    if self.peek(0) != "::" {
                        let mut name = before.last().cloned().unwrap_or_default();
                        if self.peek(0) == "as" {
                            self.peek(1).clone_into(&mut name);
                            self.at += 2;
                        }
                        if !passes_on {
                            module.spoken.push(before.clone());
                        }
                        module.imported.insert(name, before.clone());
                        break;
                    }
                }
            }
        }
        before.truncate(length);
    }

    /// A path, if one begins here; else one token.
    fn path(&mut self, module: &mut Module) {
        let follows =
            matches!(self.before(1), "." | "::") || (self.before(1) == "in" && self.before(3) == "pub");
        let mut path = Vec::new();
        while is_name(self.peek(0)) {
            path.push(self.peek(0).to_owned());
            self.at += 1;
            if self.peek(0) != "::" || !is_name(self.peek(1)) {
                break;
            }
            self.at += 1;
        }
        if path.is_empty() {
            self.at += 1;
            return;
        }
        // A small letter alone is a variable or a field, unless it is called.
        let small = path[0].starts_with(char::is_lowercase);
        let named = path.len() > 1 || !small || matches!(self.peek(0), "(" | "!" | "::");
        if named && !follows {
            module.spoken.push(path);
        }
    }

    fn attribute(&mut self) -> Attribute {
        let begin = self.at;
        self.at += if self.peek(1) == "!" { 2 } else { 1 };
        self.skip_group();
        match &self.tokens[begin..self.at] {
            ["#", "[", "cfg", "(", "test", ..] | ["#", "[", "cfg", "(", "all", "(", "test", ..] => {
                Attribute::OnlyTests
            }
            ["#", "[", "path", "=", path, ..] => Attribute::Path(path[1..].to_owned()),
            _ => Attribute::Other,
        }
    }

    /// Past the bracket that closes the one that stands here.
    fn skip_group(&mut self) {
        let mut depth = 0;
        while self.at < self.tokens.len() {
            match self.peek(0) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// Past an item with its other attributes: to its semicolon, or past its braces.
    fn skip_item(&mut self) {
        let import = self.item_begins_with_use();
        while self.at < self.tokens.len() {
            match self.peek(0) {
                ";" => {
                    self.at += 1;
                    return;
                }
                "{" if !import => return self.skip_group(),
                "(" | "[" | "{" => self.skip_group(),
                "}" => return,
                _ => self.at += 1,
            }
        }
    }

    fn item_begins_with_use(&self) -> bool {
        matches!((self.peek(0), self.peek(1)), ("use", _) | ("pub", "use"))
    }
}

enum Attribute {
    OnlyTests,
    Path(String),
    Other,
}

fn is_name(token: &str) -> bool {
    token.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
}
