//! Codes that requests and rules share: each has one spelling, or a rule would miss what it means.

use icu_locale::{LanguageIdentifier, Locale, LocaleCanonicalizer};

/// The territory that is none: everywhere.
pub const WORLDWIDE: &str = "worldwide";

/// Officially assigned alpha-2 codes of ISO 3166-1:2020, as its maintenance agency lists them (ISO Online Browsing
/// Platform).
const TERRITORIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Why a text is no canonical language tag.
///
/// A tag is a Unicode language identifier (BCP 47 with UTS #35 § 3.2.1's canonical form): language, script, region and
/// variants, `de` and not `DE`, `deu` or `de_DE`. Extensions are refused: they tell of sorting and calendars. So is
/// `und`: what is not known is left out.
///
/// # Errors
/// What is wrong, and the canonical spelling where there is one.
pub fn language(tag: &str) -> Result<(), String> {
    let refused = || format!("{tag:?} is no language tag: write BCP 47 such as \"de\" or \"en-GB\"");
    let meant = tag.trim().replace('_', "-");
    let parsed: LanguageIdentifier = meant.parse().map_err(|_| refused())?;
    if parsed.language.is_unknown() {
        return Err(refused());
    }
    let mut canonical = Locale::from(parsed);
    LocaleCanonicalizer::new_extended().canonicalize(&mut canonical);
    let canonical = canonical.to_string();
    if canonical == tag { Ok(()) } else { Err(format!("{tag:?} is not canonical: write {canonical:?}")) }
}

/// Why a text is no territory: an alpha-2 code of ISO 3166-1 in capitals, or [`WORLDWIDE`].
///
/// # Errors
/// What is wrong, and the right spelling where there is one.
pub fn territory(code: &str) -> Result<(), String> {
    let assigned = |code: &str| code.len() == 2 && TERRITORIES.split(' ').any(|known| known == code);
    if code == WORLDWIDE || assigned(code) {
        return Ok(());
    }
    let capitals = code.trim().to_ascii_uppercase();
    Err(if assigned(&capitals) {
        format!("{code:?} is not canonical: write {capitals:?}")
    } else {
        format!(
            "{code:?} is no territory: write an ISO 3166-1 alpha-2 code such as \"DE\", or \"{WORLDWIDE}\""
        )
    })
}

/// Why a text is no media type in its one spelling: `type/subtype` in lower case (RFC 6838 § 4.2), without parameters.
///
/// # Errors
/// What is wrong.
pub fn media_type(text: &str) -> Result<(), String> {
    let plain = |name: &str| {
        (1..=127).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$&-^_.+".contains(c))
    };
    match text.split_once('/') {
        Some((kind, subtype)) if plain(kind) && plain(subtype) => Ok(()),
        _ => Err(format!(
            "{text:?} is no media type: write type/subtype in lower case, without parameters, such as \"audio/wav\""
        )),
    }
}

/// Why a text is no id as rules write it: 64 lower-case hexadecimal digits.
///
/// # Errors
/// What is wrong, and the right spelling where there is one.
pub fn id(text: &str) -> Result<(), String> {
    let hexadecimal = |text: &str| text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
    if hexadecimal(text) && text.to_ascii_lowercase() == text {
        return Ok(());
    }
    let trimmed = text.trim();
    let bare = trimmed.strip_prefix("0x").or_else(|| trimmed.strip_prefix("0X")).unwrap_or(trimmed);
    let right = bare.to_ascii_lowercase();
    Err(if hexadecimal(&right) {
        format!("{text:?} matches nobody: write \"{right}\"")
    } else {
        format!("{text:?} matches nobody: an id has 64 lower-case hexadecimal digits")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_one_spelling() {
        for tag in ["de", "en", "en-GB", "zh-Hant-TW", "sr-Latn", "es-419", "gsw", "de-1996", "yue", "zxx"] {
            assert_eq!(language(tag), Ok(()), "{tag}");
        }
        for (tag, canonical) in [
            ("DE", "de"),
            ("en-gb", "en-GB"),
            ("eng", "en"),
            ("deu", "de"),
            ("iw", "he"),
            ("en_GB", "en-GB"),
            ("en-UK", "en-GB"),
        ] {
            let why = language(tag).unwrap_err();
            assert!(why.contains(&format!("write {canonical:?}")), "{tag}: {why}");
        }
        for tag in ["", "und", "english", " de", "de ", "d", "de-", "de-u-co-phonebk", "x-mine", "de\u{200b}"]
        {
            assert!(language(tag).is_err(), "{tag:?}");
        }
    }

    #[test]
    fn a_territory_has_one_spelling() {
        assert_eq!(TERRITORIES.split(' ').filter(|code| code.len() == 2).count(), 249);
        assert!(TERRITORIES.split(' ').is_sorted());
        for code in ["DE", "US", "GB", WORLDWIDE] {
            assert_eq!(territory(code), Ok(()), "{code}");
        }
        for code in ["us", " US", "US "] {
            assert!(territory(code).unwrap_err().contains("write \"US\""), "{code:?}");
        }
        for code in ["", "USA", "UK", "EU", "XK", "ZZ", "840", "Worldwide", "DE AT", "DE,AT"] {
            assert!(territory(code).is_err(), "{code:?}");
        }
    }

    #[test]
    fn a_media_type_has_one_spelling() {
        for text in ["audio/wav", "text/plain", "image/svg+xml", "application/vnd.oasis.opendocument.text"] {
            assert_eq!(media_type(text), Ok(()), "{text}");
        }
        for text in
            ["", "audio", "Audio/WAV", "audio/", "/wav", "a/b/c", "text/plain; charset=utf-8", "audio/wav "]
        {
            assert!(media_type(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        let right = "ab".repeat(32);
        assert_eq!(id(&right), Ok(()));
        for wrong in [
            right.to_uppercase(),
            format!("0x{right}"),
            format!(" {right}"),
            format!("0X{}", right.to_uppercase()),
        ] {
            assert!(id(&wrong).unwrap_err().contains(&format!("write \"{right}\"")), "{wrong}");
        }
        for wrong in ["", "ab", &right[1..], &"xy".repeat(32)] {
            assert!(id(wrong).is_err(), "{wrong}");
        }
    }
}
