#!/usr/bin/env bash
# Surprise: one message file, other sentences in Rust and in JavaScript. fluent-bundle takes NUMBER's
#   minimumIntegerDigits and maximumFractionDigits and ignores them, and chooses by wrong plurals for fractions (Arabic
#   3.5: few, Lithuanian: few); @fluent/bundle ignores `type: "ordinal"`, which Fluent's guide teaches, and says "2th".
# Expected: "05", "0.33", other and many (Unicode's rules), "2nd"; or an error for an option that is not there.
# Who meets it: who renders one set of translations in a program and on a page, and compares, signs or hashes what
#   people were shown. Format numbers before they go in, as text; whole numbers have a finding of their own.
# Documented: Rust's options in a report (fluent-rs issue 269), open; JavaScript's by a list that lacks it; plurals no.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
need cargo
npmjs @fluent/bundle@0.19.1
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "numbers"
version = "0.0.0"
edition = "2021"
[dependencies]
fluent-bundle = "=0.16.0"
unic-langid = "=0.9.6"
[workspace]
TOML
cat >messages.ftl <<'FTL'
minutes = { NUMBER($n, minimumIntegerDigits: 2) }
share = { NUMBER($n, maximumFractionDigits: 2) }
plural = { $n ->
    [zero] zero
    [one] one
    [two] two
    [few] few
    [many] many
   *[other] other
}
place = { NUMBER($n, type: "ordinal") ->
    [one] { $n }st
    [two] { $n }nd
    [few] { $n }rd
   *[other] { $n }th
}
FTL
cat >cases <<'CASES'
en minutes 5
en share 0.333333
en place 2
ar plural 3
ar plural 3.5
ar plural 11.5
lt plural 3
lt plural 3.5
en plural 1
CASES
cat >src/main.rs <<'RUST'
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};

fn main() {
    for case in std::fs::read_to_string("cases").unwrap().lines() {
        let [language, message, number] = case.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let mut bundle = FluentBundle::new(vec![language.parse::<unic_langid::LanguageIdentifier>().unwrap()]);
        bundle.set_use_isolating(false);
        bundle.add_builtins().unwrap();
        let text = std::fs::read_to_string("messages.ftl").unwrap();
        bundle.add_resource(FluentResource::try_new(text).unwrap()).unwrap();
        let mut arguments = FluentArgs::new();
        arguments.set("n", number.parse::<f64>().unwrap());
        let mut errors = vec![];
        let pattern = bundle.get_message(message).unwrap().value().unwrap();
        println!("{}", bundle.format_pattern(pattern, Some(&arguments), &mut errors));
        assert!(errors.is_empty(), "{errors:?}");
    }
}
RUST
cat >check.mjs <<'JS'
import fs from 'node:fs';
import { FluentBundle, FluentResource } from '@fluent/bundle';

for (const line of fs.readFileSync('cases', 'utf8').trim().split('\n')) {
  const [language, message, number] = line.split(' ');
  const bundle = new FluentBundle(language, { useIsolating: false });
  bundle.addResource(new FluentResource(fs.readFileSync('messages.ftl', 'utf8')));
  const errors = [];
  console.log(bundle.formatPattern(bundle.getMessage(message).value, { n: Number(number) }, errors));
  if (errors.length) throw errors[0];
}
JS
"${CARGO:-cargo}" build --quiet --target-dir target || missing "from crates.io: fluent-bundle 0.16.0, or a compiler"
target/debug/numbers >rust
node check.mjs >javascript
echo "node $(node --version), CLDR $(node -p process.versions.cldr): case | fluent-bundle 0.16.0 | @fluent/bundle"
paste -d'|' cases rust javascript
[ "$(xargs <rust)" = "5 0.333333 2nd few few many few few one" ]
[ "$(xargs <javascript)" = "05 0.33 2th few other other few many one" ]
as_stated "one message file, two sentences"
