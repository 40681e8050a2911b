//! Source text into words and signs, without comments. Just enough of the language to find names and paths in it.

/// Names and numbers as they stand, `::` as one, every other sign alone, a text with its opening quote before it.
pub fn tokens(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (length, kept) = next(rest, first);
        let (token, after) = rest.split_at(length);
        if let Some(cut) = kept {
            found.push(&token[..cut]);
        }
        rest = after;
    }
    found
}

/// How many bytes of `rest` belong together, and how many of them are a token, if any.
fn next(rest: &str, first: char) -> (usize, Option<usize>) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (comment(rest), None);
    }
    if first.is_whitespace() {
        return (first.len_utf8(), None);
    }
    if let Some((length, text)) = literal(rest) {
        return (length, text.then(|| length - 1));
    }
    if first.is_alphanumeric() || first == '_' {
        let length = word(rest);
        return (length, Some(length));
    }
    let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
    (length, Some(length))
}

fn word(rest: &str) -> usize {
    rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len())
}

/// Comments stand in comments.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let Some(found) = rest[at..].find(['/', '*']) {
        at += found;
        let step = if rest[at..].starts_with("/*") {
            depth += 1;
            2
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a literal in quotes, and whether it is a plain text, which may be the path of a file.
fn literal(rest: &str) -> Option<(usize, bool)> {
    let quote = rest.trim_start_matches(['b', 'c', 'r']);
    let prefix = rest.len() - quote.len();
    if prefix > 2 {
        return None;
    }
    let hashes = quote.len() - quote.trim_start_matches('#').len();
    if rest[..prefix].contains('r') && quote[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let begin = prefix + hashes + 1;
        return Some((rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len()), false));
    }
    if quote.starts_with('"') {
        return Some((prefix + quoted(quote, '"')?, prefix == 0));
    }
    // A lifetime has no second quote behind its first sign; a character has.
    let mut inside = quote.strip_prefix('\'')?.chars();
    let character = inside.next()? == '\\' || inside.next()? == '\'';
    character.then(|| quoted(quote, '\'').map(|length| (prefix + length, false)))?
}

/// The length of a literal that begins and ends with `quote`, past every `\`.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut signs = rest.char_indices().skip(1);
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' {
            signs.next();
        } else if sign == quote {
            return Some(at + 1);
        }
    }
    None
}
