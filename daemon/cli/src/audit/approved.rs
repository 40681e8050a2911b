//! What an accepted approval says, for people: only out of a file that was verified.

use std::fmt::Write as _;

use anyhow::Context;
use wetsign_attest::eat::Attestation;
use wetsign_attest::id::Blob;
use wetsign_attest::object::{
    AssetDescriptor, AssetVerdict, Attributes, CertificateChain, CoSignature, Content, Gate, LivenessReport,
    Object, RulesRevision, Sense, Source, Verdict,
};
use wetsign_attest::rules::{describe, explain};
use wetsign_attest::verify::Approval;
use wetsign_attest::{ApprovalBundle, Signed, TrustPolicy};

use super::html::{code, facts, lines, table, text, time};

/// The objects of an accepted approval.
pub struct Parts {
    pub verdict: Signed<Verdict>,
    pub descriptors: Vec<Signed<AssetDescriptor>>,
    pub rules: Vec<Signed<RulesRevision>>,
    pub cosignatures: Vec<Signed<CoSignature>>,
}

impl Parts {
    /// Out of the bytes of a file that was accepted.
    pub fn of(bytes: &[u8]) -> anyhow::Result<Self> {
        let bundle = ApprovalBundle::unverified(bytes)?;
        Ok(Self {
            verdict: Signed::decode(&bundle.verdict.0)?,
            descriptors: each(&bundle.descriptors)?,
            rules: each(&bundle.rules)?,
            cosignatures: each(&bundle.cosignatures)?,
        })
    }
}

fn each<T: Object>(list: &[Blob]) -> Result<Vec<Signed<T>>, wetsign_attest::Error> {
    list.iter().map(|one| Signed::decode(&one.0)).collect()
}

/// Who asked, for what.
pub fn asked(approval: &Approval) -> String {
    let request = &approval.request;
    let mut rows = vec![
        ("requester", code(request.requester)),
        ("through", text(&request.app)),
        ("request", code(approval.request_id)),
        ("made, by its word", time(request.created)),
        ("fee offered", format!("{} atto", text(&request.fee.to_string()))),
    ];
    if let Some(transfer) = &request.transfer {
        rows.push(("becomes the property of", code(transfer.to)));
    }
    if let Some(escrow) = &request.escrow {
        rows.push((
            "the fee waits on",
            format!("chain {}, contract {}", escrow.chain_id, code(escrow.contract)),
        ));
    }
    rows.extend(declared(&request.attributes));
    let content = match &request.content {
        Content::Text(words) => format!("<p>Text:</p><blockquote>{}</blockquote>\n", lines(words)),
        Content::Digest { digest, media_type } => format!(
            "<p>Content that is held elsewhere, as {}: SHA-256 {}</p>\n",
            text(media_type),
            code(digest)
        ),
    };
    facts(&rows) + &content
}

fn declared(attributes: &Attributes) -> Vec<(&'static str, String)> {
    let list = |list: &Vec<String>| text(&list.join(", "));
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let Attributes {
        purpose,
        medium,
        languages,
        territories,
        audience,
        commercial,
        duration_days,
        derived_work,
    } = attributes;
    let all = [
        ("purpose", Some(text(purpose))),
        ("medium", medium.as_ref().map(|medium| text(medium))),
        ("languages", languages.as_ref().map(list)),
        ("territories", territories.as_ref().map(list)),
        ("audience", audience.as_ref().map(|audience| text(audience))),
        ("commercial", commercial.map(yes)),
        ("duration, days", duration_days.map(|days| days.to_string())),
        ("derived work", derived_work.map(yes)),
    ];
    all.into_iter().map(|(name, value)| (name, value.unwrap_or_else(|| "not declared".into()))).collect()
}

/// Which rules, and what they say.
pub fn rules(approval: &Approval, parts: &Parts) -> String {
    let mut out = String::new();
    let body = &approval.body;
    for (index, verdict) in parts.verdict.payload().assets.iter().enumerate() {
        let descriptor = parts.descriptors.iter().find(|one| body.descriptors.get(index) == Some(&one.id()));
        let rules = parts.rules.iter().find(|one| body.rules.get(index) == Some(&one.id()));
        if let (Some(descriptor), Some(rules)) = (descriptor, rules) {
            out += &asset(descriptor.payload(), rules, verdict);
        }
    }
    out
}

fn asset(descriptor: &AssetDescriptor, rules: &Signed<RulesRevision>, verdict: &AssetVerdict) -> String {
    let revision = rules.payload();
    let modalities: Vec<_> =
        revision.quorum.modalities.iter().map(|one| format!("{one:?}").to_lowercase()).collect();
    let explanation = explain(revision, verdict);
    let mut out = format!("<h3>{}</h3>\n", text(&descriptor.title));
    out += &facts(&[
        ("asset", code(verdict.asset)),
        ("owner", code(descriptor.owner)),
        ("rules in force", format!("revision {}, {}", revision.number, code(rules.id()))),
        ("signed by", code(revision.signed_by)),
        (
            "asked of people",
            format!(
                "{} of them, showing {}, within {} s",
                revision.quorum.k,
                modalities.join(" and "),
                revision.quorum.max_age_s
            ),
        ),
        ("answer", text(&explanation.summary)),
    ]);
    let policies: Vec<_> = describe(revision)
        .iter()
        .map(|policy| {
            let decided = verdict.deciding.contains(&policy.id);
            let decided = if decided { "<strong>decided</strong>" } else { "" };
            vec![policy.effect.to_owned(), code(&policy.id), text(&policy.words), decided.to_owned()]
        })
        .collect();
    out += &table(&["effect", "rule", "in the owner's words", ""], &policies);
    if !verdict.scores.is_empty() {
        let scores: Vec<_> = verdict
            .scores
            .iter()
            .map(|score| {
                let bound = revision.thresholds.iter().find(|one| one.label == score.label);
                let bound = bound.map_or_else(|| "none".to_owned(), |one| format!("≤ {}", one.bound));
                vec![text(&score.label), score.score.to_string(), bound, code(score.classifier.short())]
            })
            .collect();
        out += &table(&["score of the text", "measured (of 1000)#", "bound#", "classifier"], &scores);
    }
    out
}

/// Who approved, and what was measured against which bound.
pub fn approved(parts: &Parts, policy: &TrustPolicy) -> anyhow::Result<String> {
    let mut out = String::new();
    for (number, cosignature) in (1..).zip(&parts.cosignatures) {
        let _ = writeln!(out, "<h3>Person {number}</h3>");
        out += &person(cosignature, policy).with_context(|| format!("co-signature {number}"))?;
    }
    Ok(out)
}

fn person(cosignature: &Signed<CoSignature>, policy: &TrustPolicy) -> anyhow::Result<String> {
    let payload = cosignature.payload();
    let chain = CertificateChain::decode(&payload.chain.0)?;
    let device = chain.device();
    let token = Attestation::decode(&payload.attestation.0, &device.device_key)?;
    let claims = token.claims();
    let report = LivenessReport::from_payload(&payload.report.0)?;
    let source = match &report.source {
        Some(Source::Live { camera, microphone }) => {
            format!("camera {}, microphone {}", text(camera), text(microphone))
        }
        Some(Source::Simulated { label }) => {
            format!("<strong class=\"open\">a recording</strong>: {}", text(label))
        }
        None => "<strong class=\"open\">not said: counts as a recording</strong>".into(),
    };
    let (face, voice) = policy.least_similarity();
    let mut out = facts(&[
        ("validator", code(payload.validator)),
        ("signed with", text(payload.custody.words())),
        ("signed", time(payload.time)),
        ("captured from", source),
        (
            "secure element",
            format!(
                "{} ({}), capture {} since its key was made",
                text(&device.hwmodel),
                text(claims.home.as_str()),
                claims.counter
            ),
        ),
        (
            "its firmware",
            format!(
                "{} {}, {}",
                text(&claims.swname),
                text(&claims.swversion),
                code(claims.firmware.short())
            ),
        ),
        ("vouched for by", text(&chain.provisioner().name)),
        (
            "asked to show",
            format!(
                "{} prompts drawn by the element, {} bits; at least {} bits",
                report.prompts.len(),
                bits(report.entropy_millibits),
                bits(policy.minimum_entropy_millibits)
            ),
        ),
        (
            "likeness",
            format!("proved in zero knowledge; your policy asks for face {face}, voice {voice} (of 65536)"),
        ),
        ("co-signature", code(cosignature.id())),
    ]);
    let rows: Vec<_> = report.gates.iter().map(gate).collect();
    out += &table(&["gate", "measured#", "bound#", "outcome!"], &rows);
    if !report.not_shown.is_empty() {
        let _ =
            writeln!(out, "<p>Not asked for by these prompts: {}.</p>", text(&report.not_shown.join(", ")));
    }
    Ok(out)
}

fn bits(millibits: u32) -> String {
    format!("{}.{}", millibits / 1000, millibits % 1000 / 100)
}

fn gate(gate: &Gate) -> Vec<String> {
    let sense = match gate.sense {
        Sense::AtLeast => "≥",
        Sense::AtMost => "≤",
    };
    let value = gate.value.map_or_else(|| "kept secret".to_owned(), |value| value.to_string());
    let outcome = if gate.passed {
        "<span class=\"passed\">✔ passed</span>"
    } else {
        "<span class=\"open\">○ not passed (advice)</span>"
    };
    vec![code(&gate.name), value, format!("{sense} {}", gate.bound), outcome.into()]
}

/// What happened when, each by the word of whoever is named.
pub fn timeline(approval: &Approval, parts: &Parts) -> anyhow::Result<String> {
    let mut moments = vec![
        (approval.request.created, "The requester made the request".to_owned()),
        (parts.verdict.payload().time, "The checker held the owner's rules against it: permitted".to_owned()),
        (approval.body.time, format!("The hub {} called it approved", approval.body.hub.short())),
        (approval.request.expires, "The request would have expired unapproved".to_owned()),
        (approval.until, "The approval allows nothing any more".to_owned()),
    ];
    for (number, cosignature) in (1..).zip(&parts.cosignatures) {
        let payload = cosignature.payload();
        let report = LivenessReport::from_payload(&payload.report.0)?;
        let capture = format!(
            "Person {number} was captured, in {}.{} s",
            report.duration_ms / 1000,
            report.duration_ms % 1000 / 100
        );
        moments.push((report.time, capture));
        moments.push((payload.time, format!("Person {number} signed")));
    }
    moments.sort_by_key(|(time, _)| *time);
    let mut out = String::from("<ol class=\"time\">\n");
    for (moment, words) in moments {
        let _ = writeln!(out, "<li>{}{}</li>", time(moment), text(&words));
    }
    out += "</ol>\n<p>Times are by the clocks of those who are named. Their order is proved by the log, not by clocks.</p>\n";
    Ok(out)
}
