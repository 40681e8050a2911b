//! How the CMU Pronouncing Dictionary writes phonemes (ARPABET), and how eSpeak does for American English.

/// One phoneme with its stress (`AH0`, `B`) as eSpeak writes it; `None` if it is none.
fn phoneme(arpabet: &str) -> Option<(bool, &'static str)> {
    let (name, stress) = match arpabet.strip_suffix(['0', '1', '2']) {
        Some(name) => (name, arpabet.as_bytes().last().copied()),
        None => (arpabet, None),
    };
    let stressed = stress.is_some_and(|stress| stress != b'0');
    let ipa = match (name, stressed) {
        ("AA", _) => "ɑː",
        ("AE", _) => "æ",
        ("AH", true) => "ʌ",
        ("AH", false) => "ə",
        ("AO", _) => "ɔː",
        ("AW", _) => "aʊ",
        ("AY", _) => "aɪ",
        ("EH", _) => "ɛ",
        ("ER", true) => "ɜː",
        ("ER", false) => "ɚ",
        ("EY", _) => "eɪ",
        ("IH", _) => "ɪ",
        ("IY", true) => "iː",
        ("IY", false) => "i",
        ("OW", _) => "oʊ",
        ("OY", _) => "ɔɪ",
        ("UH", _) => "ʊ",
        ("UW", _) => "uː",
        ("B", _) => "b",
        ("CH", _) => "tʃ",
        ("D", _) => "d",
        ("DH", _) => "ð",
        ("F", _) => "f",
        ("G", _) => "ɡ",
        ("HH", _) => "h",
        ("JH", _) => "dʒ",
        ("K", _) => "k",
        ("L", _) => "l",
        ("M", _) => "m",
        ("N", _) => "n",
        ("NG", _) => "ŋ",
        ("P", _) => "p",
        ("R", _) => "ɹ",
        ("S", _) => "s",
        ("SH", _) => "ʃ",
        ("T", _) => "t",
        ("TH", _) => "θ",
        ("V", _) => "v",
        ("W", _) => "w",
        ("Y", _) => "j",
        ("Z", _) => "z",
        ("ZH", _) => "ʒ",
        _ => return None,
    };
    // Vowels alone carry a stress.
    let vowel = matches!(name.as_bytes()[0], b'A' | b'E' | b'I' | b'O' | b'U');
    (vowel == stress.is_some()).then_some((stressed, ipa))
}

/// A pronunciation such as `HH AH0 L OW1` as eSpeak would write it: the mark of a stress stands right before its vowel.
/// `None` if a part of it is no phoneme.
pub fn ipa(pronunciation: &str) -> Option<String> {
    let mut text = String::new();
    let parts: Vec<_> = pronunciation.split(' ').collect();
    for (at, part) in parts.iter().enumerate() {
        let (stressed, mut ipa) = phoneme(part)?;
        // Between a vowel and an unstressed one Americans tap it: "water".
        let before = at.checked_sub(1).is_some_and(|before| parts[before].ends_with(['0', '1', '2']));
        if *part == "T" && before && parts.get(at + 1).is_some_and(|after| after.ends_with('0')) {
            ipa = "ɾ";
        }
        if stressed {
            text.push(if part.ends_with('1') { 'ˈ' } else { 'ˌ' });
        }
        text.push_str(ipa);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pronunciation_is_written_as_espeak_writes_it() {
        assert_eq!(ipa("HH AH0 L OW1").as_deref(), Some("həlˈoʊ"));
        assert_eq!(ipa("F OW2 T OW0 S IH1 N TH AH0 S IH0 S").as_deref(), Some("fˌoʊɾoʊsˈɪnθəsɪs"));
        assert_eq!(ipa("W AO1 T ER0").as_deref(), Some("wˈɔːɾɚ"));
        assert_eq!(ipa("HH OW0 T EH1 L").as_deref(), Some("hoʊtˈɛl"));
        for wrong in ["", "HH  AH0", "B1", "AH", "XX", "ah0"] {
            assert_eq!(ipa(wrong), None, "{wrong:?}");
        }
    }
}
