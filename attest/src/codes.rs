//! Codes that requests and rules share: each has one spelling, or a rule would miss what it means.

use icu_locale::{LanguageIdentifier, Locale, LocaleCanonicalizer};

use crate::id::PublicKey;

/// Everywhere, in place of a territory.
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
            && name.chars().all(in_media_type)
    };
    match text.split_once('/') {
        Some((kind, subtype)) if plain(kind) && plain(subtype) => Ok(()),
        _ => Err(format!(
            "{text:?} is no media type: write type/subtype in lower case, without parameters, such as \"audio/wav\""
        )),
    }
}

/// Whether a media type's name may have this character in it.
pub fn in_media_type(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || "!#$&-^_.+".contains(c)
}

/// Why a text is no asset's id as rules write it: 64 lower-case hexadecimal digits.
///
/// # Errors
/// What is wrong, and the right spelling where there is one.
pub fn id(text: &str) -> Result<(), String> {
    hexadecimal(text, |digits| digits.len() == 64, "an id has 64 lower-case hexadecimal digits")
}

/// Why a text is no requester as rules write one: the lower-case hexadecimal digits of a public key, 64 of Ed25519, 66
/// of a passkey's P-256. A key that is no point of its curve has nobody who signs with it.
///
/// # Errors
/// What is wrong, and the right spelling where there is one.
pub fn key(text: &str) -> Result<(), String> {
    let length = |digits: &str| matches!(digits.len(), 64 | 66);
    hexadecimal(text, length, "a key has 64 lower-case hexadecimal digits, a passkey's 66")?;
    match text.parse::<PublicKey>() {
        Ok(key) if key.is_usable() => Ok(()),
        Ok(key) => {
            Err(format!("{text:?} matches nobody: it is no {} key, look for a wrong digit", key.kind()))
        }
        Err(error) => Err(format!("{text:?} matches nobody: {error}")),
    }
}

fn hexadecimal(text: &str, fits: impl Fn(&str) -> bool, rule: &str) -> Result<(), String> {
    let digits = |text: &str| fits(text) && text.chars().all(|c| c.is_ascii_hexdigit());
    if digits(text) && text.to_ascii_lowercase() == text {
        return Ok(());
    }
    let trimmed = text.trim();
    let bare = trimmed.strip_prefix("0x").or_else(|| trimmed.strip_prefix("0X")).unwrap_or(trimmed);
    let right = bare.to_ascii_lowercase();
    Err(if digits(&right) {
        format!("{text:?} matches nobody: write \"{right}\"")
    } else {
        format!("{text:?} matches nobody: {rule}")
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

    #[test]
    fn a_requester_is_named_by_a_key_that_somebody_may_have() {
        // RFC 8032 § 7.1, test 1; the generator of P-256 (SEC 2 § 2.4.2), compressed.
        let keys = [
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        ];
        for right in keys {
            assert_eq!(key(right), Ok(()));
            for wrong in [right.to_uppercase(), format!("0x{right}"), format!("{right}\n")] {
                assert!(key(&wrong).unwrap_err().contains(&format!("write \"{right}\"")), "{wrong}");
            }
            assert!(key(&right[1..]).is_err() && id(&format!("{right}00")).is_err());
        }
        let uncompressed = format!("04{}", &keys[1][2..]);
        let no_points = [format!("02{}1", "0".repeat(63)), format!("{:0<64}", "02")];
        for (nobody, why) in [
            (&uncompressed, "compressed"),
            (&no_points[0], "no P-256 key"),
            (&no_points[1], "no Ed25519 key"),
        ] {
            assert!(key(nobody).unwrap_err().contains(why), "{nobody}: {:?}", key(nobody));
        }
    }
}
