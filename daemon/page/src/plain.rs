//! Foreign text, made fit to be shown: bounded, on one line or in paragraphs, without marks that steer what is around.

/// Whether a character steers how its neighbours are shown: Unicode's bidirectional controls, other invisible ones, and
/// control characters.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of at most `most` characters; what steers is left out, and what was cut off shows as `…`.
pub fn line(text: &str, most: usize) -> String {
    cut(text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }), most)
}

/// The same with its line breaks.
pub fn paragraphs(text: &str, most: usize) -> String {
    cut(text.chars(), most)
}

fn cut(letters: impl Iterator<Item = char>, most: usize) -> String {
    let mut letters = letters.filter(|letter| *letter == '\n' || !steers(*letter));
    let mut shown: String = letters.by_ref().take(most).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The digits of a confirmation code, at most twelve; nothing else is shown as one.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(12).collect()
}

/// Amount in heart from its 10^-18 parts, without trailing zeros: `12.5`.
pub fn heart(atto: u128) -> String {
    const ONE: u128 = 1_000_000_000_000_000_000;
    let whole = grouped(atto / ONE);
    let rest = format!("{:018}", atto % ONE);
    match rest.trim_end_matches('0') {
        "" => whole,
        rest => format!("{whole}.{rest}"),
    }
}

/// A number in groups of three, between which stands a narrow space that does not break: the same in every language.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A day in UTC as `2026-11-29` (ISO 8601), from UTC seconds.
pub fn day(seconds: u64) -> String {
    // Days to a civil date, as in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

/// Seconds with one decimal from milliseconds: `0.3`.
pub fn seconds(ms: u64) -> String {
    format!("{}.{}", ms / 1000, ms % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_steers_is_left_out_and_what_is_too_long_is_cut_in_sight() {
        assert_eq!(line("a\u{202e}b\nc\u{7}d", 10), "ab cd");
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(paragraphs("a\nb\r\u{2066}", 10), "a\nb");
        assert_eq!(digits("12\u{202e}34<5>6"), "123456");
    }

    #[test]
    fn amounts_and_days_are_written_the_same_everywhere() {
        assert_eq!(heart(12_500_000_000_000_000_000), "12.5");
        assert_eq!(heart(0), "0");
        assert_eq!(heart(1), "0.000000000000000001");
        assert_eq!(heart(1_234_567 * 1_000_000_000_000_000_000), "1\u{202f}234\u{202f}567");
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(1_796_000_000), "2026-11-30");
        assert_eq!(seconds(1_250), "1.2");
    }

    proptest! {
        #[test]
        fn no_amount_loses_an_atom(atto: u128) {
            let text = heart(atto).replace('\u{202f}', "");
            let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
            let back = whole.parse::<u128>().unwrap() * 1_000_000_000_000_000_000
                + format!("{rest:0<18}").parse::<u128>().unwrap();
            prop_assert_eq!(back, atto);
        }

        #[test]
        fn a_shown_line_is_short_and_steers_nothing(text: String, most in 0_usize..50) {
            let shown = line(&text, most);
            prop_assert!(shown.chars().count() <= most + 1);
            prop_assert!(!shown.chars().any(steers));
        }
    }
}
