#!/usr/bin/env bash
# Surprise: whole numbers get wrong plurals in Rust's Fluent. intl_pluralrules, by which fluent-bundle chooses, drops the
#   "modulo" of most rules: Arabic 103 is *other* (as is 199), Belarusian 15, Lithuanian 22, Latvian 111, Romanian 102.
# Expected: what Unicode's rules say and icu_plurals and JavaScript answer: few, many, few, zero, few.
# Who meets it: who tells people days, pieces or prices in these languages; a catalogue that is whole still says it
#   wrong. Choose the form by icu_plurals, and hand its name to the message as text.
# Documented: no. (Breton, Hebrew and Maltese differ too, where the rules themselves were changed since.)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
need cargo node
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "plurals"
version = "0.0.0"
edition = "2021"
[dependencies]
intl_pluralrules = "=7.0.2"
unic-langid = "=0.9.6"
icu_plurals = "=2.1.0"
icu_locale_core = "=2.1.1"
[workspace]
TOML
cat >src/main.rs <<'RUST'
use intl_pluralrules::{PluralRuleType, PluralRules};

fn main() {
    let mut locales = PluralRules::get_locales(PluralRuleType::CARDINAL);
    locales.sort_by_key(ToString::to_string);
    for locale in locales {
        let rules = PluralRules::create(locale.clone(), PluralRuleType::CARDINAL).unwrap();
        let icu: icu_locale_core::Locale = locale.to_string().parse().unwrap();
        let icu = icu_plurals::PluralRules::try_new(icu.into(), Default::default()).unwrap();
        for number in 0..=200u32 {
            let one = format!("{:?}", rules.select(number).unwrap()).to_lowercase();
            let other = format!("{:?}", icu.category_for(number)).to_lowercase();
            println!("{locale} {number} {one} {other}");
        }
    }
}
RUST
cat >check.mjs <<'JS'
import fs from 'node:fs';
const wrong = new Map();
for (const line of fs.readFileSync('rust', 'utf8').trim().split('\n')) {
  const [language, number, fluent, icu] = line.split(' ');
  if (Intl.PluralRules.supportedLocalesOf(language).length === 0) continue;
  const here = new Intl.PluralRules(language).select(Number(number));
  if (fluent === here || icu !== here) continue;
  if (!wrong.has(language)) wrong.set(language, []);
  wrong.get(language).push(`${number}: ${fluent}, not ${here}`);
}
for (const [language, list] of wrong) {
  console.log(`${language}: ${list.length} of 0 to 200, first ${list[0]}, last ${list.at(-1)}`);
}
JS
"${CARGO:-cargo}" build --quiet --target-dir target || missing "from crates.io: intl_pluralrules 7.0.2, icu_plurals 2.1.0, or a compiler"
target/debug/plurals >rust
echo "intl_pluralrules 7.0.2 against node $(node --version), CLDR $(node -p process.versions.cldr), where icu_plurals 2.1.0 agrees with node"
node check.mjs | tee seen
for line in "ar: 97 of 0 to 200, first 103: other, not few" "be: 150 of 0 to 200, first 15: other, not many" \
    "lt: 137 of 0 to 200, first 22: other, not few" "lv: 9 of 0 to 200, first 111: other, not zero" \
    "ro: 19 of 0 to 200, first 101: other, not few"; do
    grep -q "^$line" seen
done
as_stated "whole numbers with another plural than Unicode's rules give them"
