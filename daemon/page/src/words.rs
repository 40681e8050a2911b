//! The catalogue: what the page says in each language.
//!
//! fluent-bundle is not asked for what it does otherwise than its siblings: fractions, and isolation marks. Amounts,
//! days and durations come in as text, and foreign names are isolated here. Nor is it asked for plurals, whose rules it
//! has from an older table of Unicode's (CLDR): a count comes in as its digits and the name of its form, by icu.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use icu_locale::Locale;
use icu_plurals::{PluralCategory, PluralRules, PluralRulesOptions};

use crate::Language;

/// The words of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// The words of `language`.
    pub fn of(language: Language) -> &'static Self {
        static ALL: OnceLock<[Words; 3]> = OnceLock::new();
        let all = ALL.get_or_init(|| Language::ALL.map(Self::read));
        &all[language as usize]
    }

    /// A message that does not parse is left out, and then missing: the tests would say so.
    fn read(language: Language) -> Self {
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(language.source().to_owned());
        let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// Their language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Whether there are words for this.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// What is said.
    pub fn say(&self, id: &str) -> String {
        self.format(id, &FluentArgs::new())
    }

    /// What is said of a count, in the count's plural form.
    pub fn count(&self, id: &str, count: u64) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("count", FluentValue::from(count.to_string()));
        arguments.set("form", FluentValue::from(self.form(count)));
        self.format(id, &arguments)
    }

    /// The name of a count's plural form, as CLDR and the catalogue call it.
    fn form(&self, count: u64) -> &'static str {
        let rules = self
            .language
            .tag()
            .parse::<Locale>()
            .ok()
            .and_then(|locale| PluralRules::try_new(locale.into(), PluralRulesOptions::default()).ok());
        match rules.map(|rules| rules.category_for(count)) {
            Some(PluralCategory::Zero) => "zero",
            Some(PluralCategory::One) => "one",
            Some(PluralCategory::Two) => "two",
            Some(PluralCategory::Few) => "few",
            Some(PluralCategory::Many) => "many",
            Some(PluralCategory::Other) | None => "other",
        }
    }

    /// What is said with texts in it. Each is isolated, so that its direction does not turn the sentence around it.
    pub fn with(&self, id: &str, texts: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, text) in texts {
            arguments.set((*name).to_owned(), FluentValue::from(format!("\u{2068}{text}\u{2069}")));
        }
        self.format(id, &arguments)
    }

    /// English stands in for a message that is missing, and its name for one that nobody has.
    fn format(&self, id: &str, arguments: &FluentArgs<'_>) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return match self.language {
                Language::English => id.to_owned(),
                _ => Self::of(Language::English).format(id, arguments),
            };
        };
        self.bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned()
    }
}
