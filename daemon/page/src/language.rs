//! The languages of the page.

use unic_langid::LanguageIdentifier;

/// A language of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Language {
    #[default]
    English,
    Romanian,
    Arabic,
}

impl Language {
    /// All of them, in the order in which the page offers them.
    pub const ALL: [Self; 3] = [Self::English, Self::Romanian, Self::Arabic];

    /// BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Romanian => "ro",
            Self::Arabic => "ar",
        }
    }

    /// The language of that tag.
    pub fn of(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Where its lines begin, as HTML's `dir`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Arabic => "rtl",
            Self::English | Self::Romanian => "ltr",
        }
    }

    /// Its messages, in Fluent's syntax.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../words/en.ftl"),
            Self::Romanian => include_str!("../words/ro.ftl"),
            Self::Arabic => include_str!("../words/ar.ftl"),
        }
    }

    /// Its tag as Fluent's library takes it; the tests would say if one did not parse.
    pub(crate) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().unwrap_or_default()
    }
}
