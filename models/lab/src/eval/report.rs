//! Everything that was measured, as one object and as a table.

use std::fmt::Write as _;

use serde::Serialize;

use super::fuse::FusionReport;
use super::gather::Gathered;
use super::pad::{PadReport, SpeciesRow};
use super::rate::AtThreshold;
use super::rates::Recognition;
use super::templates::TemplateReport;

/// The whole outcome. The same data, seed and networks give the same bytes, but for `latency`.
#[derive(Serialize)]
pub struct Report {
    /// Everything asked for was measured.
    pub ok: bool,
    /// What every draw comes from.
    pub seed: u64,
    /// What was looked at, and what gave nothing.
    pub data: Vec<Gathered>,
    /// Faces, voices.
    pub recognition: Vec<Recognition>,
    /// Both together.
    pub fusion: Option<FusionReport>,
    /// Attacks.
    pub attacks: Option<PadReport>,
    /// Protected templates.
    pub templates: Vec<TemplateReport>,
    /// Milliseconds of each network; only where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub latency: Vec<Latency>,
}

/// How long one call takes.
#[derive(Clone, Debug, Serialize)]
pub struct Latency {
    /// The manifest's name, or that of a path through several.
    pub name: String,
    /// Threads.
    pub threads: usize,
    /// Least of all calls, milliseconds.
    pub min_ms: f64,
    /// Median.
    pub median_ms: f64,
}

/// Writing to a string cannot fail, so the results of `write!` here are dropped.
impl Report {
    /// A table for people.
    pub fn table(&self) -> String {
        let mut out = String::new();
        for set in &self.data {
            let _ = writeln!(
                out,
                "{}: {} captures, {} of {} attempts gave none",
                set.name,
                set.captures.len(),
                set.failures,
                set.attempts
            );
            if set.too_small > 0 {
                let _ = writeln!(
                    out,
                    "  {} faces are narrower than the gate face_size asks for: they count in no FNMR",
                    set.too_small
                );
            }
            for why in &set.unreadable {
                let _ = writeln!(out, "  not read: {why}");
            }
        }
        let _ = writeln!(
            out,
            "\nFMR and FNMR; in brackets people with an error of all people, and the 95 % interval of that share."
        );
        for row in &self.recognition {
            recognition(&mut out, row);
        }
        if let Some(fusion) = &self.fusion {
            let kind = if fusion.chimeric {
                "faces and voices of different people, drawn together"
            } else {
                "real people"
            };
            let _ = writeln!(
                out,
                "\nfusion ({kind}), fitted on {} faces' and {} voices' owners, bound {:.2} nats, Cllr {:.3} bits, on other people:",
                fusion.fitted_on.0, fusion.fitted_on.1, fusion.bound, fusion.cllr
            );
            for row in &fusion.test {
                recognition(&mut out, row);
            }
            let _ = writeln!(out, "\nboth modalities of those people, as the product decides:");
            for row in &fusion.decision {
                at(&mut out, row);
            }
            let stated =
                if fusion.in_manifest { "this rule" } else { "another rule: other data or another seed" };
            let _ = writeln!(out, "models/manifest.toml states {stated}");
        }
        if let Some(attacks) = &self.attacks {
            let _ = writeln!(
                out,
                "\nattacks and living people: share taken for the other; in brackets instruments or people"
            );
            species(&mut out, &attacks.bona_fide);
            for row in attacks.nuisances.iter().chain(&attacks.species) {
                species(&mut out, row);
            }
        }
        for template in &self.templates {
            templates(&mut out, template);
        }
        if !self.latency.is_empty() {
            let _ =
                writeln!(out, "\n{:<24} {:>7} {:>9} {:>9}", "network", "threads", "least ms", "median ms");
            for row in &self.latency {
                let _ = writeln!(
                    out,
                    "{:<24} {:>7} {:>9.2} {:>9.2}",
                    row.name, row.threads, row.min_ms, row.median_ms
                );
            }
        }
        out
    }
}

fn recognition(out: &mut String, row: &Recognition) {
    let equal = row
        .equal_error
        .map_or("no rate".to_owned(), |(rate, at)| format!("{:.2} % at {at:.3}", 100.0 * rate));
    let _ = writeln!(
        out,
        "\n{}: {} people, {} captures; EER {equal}; mated {} ({} across recordings) min {:.3} mean {:.3}; non-mated {} mean {:.3} max {:.3}",
        row.name,
        row.subjects,
        row.captures,
        row.mated.count,
        row.mated_across_recordings,
        row.mated.min,
        row.mated.mean,
        row.nonmated.count,
        row.nonmated.mean,
        row.nonmated.max
    );
    for row in &row.at {
        at(out, row);
    }
    for (group, found) in &row.fmr_by_group {
        let _ = writeln!(out, "  FMR within {group}: {found}");
    }
    let hardest: Vec<String> =
        row.hardest.iter().map(|(who, errors, of)| format!("{who} {errors}/{of}")).collect();
    if !hardest.is_empty() {
        let _ = writeln!(out, "  hardest: {}", hardest.join(", "));
    }
}

fn at(out: &mut String, row: &AtThreshold) {
    let _ = writeln!(
        out,
        "  {:<35} {:>7.3}  FMR {:>42} claim ≥ {:.1} %  FNMR {:>42}",
        row.why,
        row.threshold,
        row.fmr,
        100.0 * row.fmr_claimable,
        row.fnmr
    );
}

fn species(out: &mut String, row: &SpeciesRow) {
    let kind = if row.simulated { "simulated" } else { "recorded" };
    let _ = writeln!(
        out,
        "{} ({kind}), {} presentations; no response {}",
        row.name, row.presentations, row.non_response
    );
    for detector in &row.by_detector {
        let _ = writeln!(out, "  {:<8} {:>42}", detector.detector, detector.error);
    }
}

fn templates(out: &mut String, report: &TemplateReport) {
    let _ = writeln!(out, "\n{} templates", report.name);
    for row in &report.accuracy {
        let _ = writeln!(
            out,
            "  {:<28} {:>5} bits  EER {:>5.2} %  FMR {:>5.2} %  FNMR {:>5.2} %",
            row.form,
            row.bits,
            100.0 * row.equal_error,
            100.0 * row.fmr,
            100.0 * row.fnmr
        );
    }
    let linkage = &report.linkage;
    let _ = writeln!(
        out,
        "  linkage of two renewals: area {:.3}, chance is 0.5 ± {:.3} (under one key: {:.3}); mean cosine {:+.4} of one person, {:+.4} of two",
        linkage.area, linkage.chance, linkage.area_under_one_key, linkage.mated.mean, linkage.nonmated.mean
    );
    let _ = writeln!(
        out,
        "  got back from a template: cosine {:.4} at least with its key, {:+.3} on average without",
        report.inverted_with_key.min, report.inverted_without_key.mean
    );
}
