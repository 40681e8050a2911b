//! A page that stands alone: one file, no script, nothing loaded; its style is the only one that it may have.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use wetsign_attest::shown::{invisible, shown};
use wetsign_attest::verify::Status;

const STYLE: &str = include_str!("page.css");

/// Text for a page: invisible characters are shown as signs, and markup is escaped.
pub fn text(foreign: &str) -> String {
    escaped(&shown(foreign))
}

/// The same of several lines, which stay.
pub fn lines(foreign: &str) -> String {
    let visible = |c: char| if c != '\n' && invisible(c) { '\u{FFFD}' } else { c };
    escaped(&foreign.chars().map(visible).collect::<String>())
}

fn escaped(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// An id or key.
pub fn code(value: impl std::fmt::Display) -> String {
    format!("<code>{}</code>", text(&value.to_string()))
}

/// A list of names with their values, which are markup already.
pub fn facts(rows: &[(&str, String)]) -> String {
    let mut out = String::from("<dl>\n");
    for (name, value) in rows {
        let _ = writeln!(out, "<dt>{}</dt><dd>{value}</dd>", text(name));
    }
    out + "</dl>\n"
}

/// A table of cells that are markup already; a heading that ends in `#` is one of numbers, in `!` one of statuses.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let class = |name: &str| match name.chars().last() {
        Some('#') => " class=\"n\"",
        Some('!') => " class=\"s\"",
        _ => "",
    };
    let mut out = String::from("<table>\n<thead><tr>");
    for name in head {
        let _ =
            write!(out, "<th scope=\"col\"{}>{}</th>", class(name), text(name.trim_end_matches(['#', '!'])));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (name, cell) in head.iter().zip(row) {
            let _ = write!(out, "<td{}>{cell}</td>", class(name));
        }
        out.push_str("</tr>\n");
    }
    out + "</tbody>\n</table>\n"
}

/// What came of a check: by word, sign and colour.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Passed => "<span class=\"passed\">✔ passed</span>",
        Status::Failed => "<span class=\"failed\">✘ FAILED</span>",
        Status::NotChecked => "<span class=\"open\">○ not checked</span>",
    }
}

/// A moment, UTC; as it stands where no calendar has it.
pub fn time(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    moment.map_or_else(
        || seconds.to_string(),
        |moment| {
            let (machine, person) =
                (moment.format("%Y-%m-%dT%H:%M:%SZ"), moment.format("%Y-%m-%d %H:%M:%S UTC"));
            format!("<time datetime=\"{machine}\">{person}</time>")
        },
    )
}

/// The whole page.
pub fn page(title: &str, body: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n",
        text(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_words_are_words_and_no_markup() {
        assert_eq!(
            text("<b onclick='x'>\u{202E}&\"\n"),
            "&lt;b onclick=&#39;x&#39;&gt;\u{FFFD}&amp;&quot;\u{FFFD}"
        );
        assert_eq!(lines("a\n<\u{1b}"), "a\n&lt;\u{FFFD}");
        assert!(page("</title><script>", "").contains("<title>&lt;/title&gt;&lt;script&gt;</title>"));
    }
}
