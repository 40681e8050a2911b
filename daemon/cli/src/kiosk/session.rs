//! `wetsign session`: one validator, one request, one kiosk, a few seconds.

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use wetsign_api::v1::{self, SessionEvent, session_event::Event};

use super::address::{Address, refused};
use super::page::{self, Page};
use super::source::SourceArgs;
use super::words::{id_bytes, key_bytes, not_found};
use crate::output::{Answer, Outcome, Terminal, plain};

/// `wetsign session`.
#[derive(Debug, Args)]
pub struct SessionArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SessionCommand,
}

/// Commands of `wetsign session`.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// Open a session of one validator for one request; prints its id.
    Start {
        /// Request id, hexadecimal.
        #[arg(long, value_name = "ID")]
        request: String,
        /// Public key of the enrolled validator, hexadecimal.
        #[arg(long, value_name = "KEY")]
        validator: String,
        #[command(flatten)]
        source: SourceArgs,
    },
    /// Follow a session to its end. A terminal with colours is the kiosk's page: where the kiosk shines its screen's
    /// light, it fills the terminal for five seconds (make it full-screen). Exit: 0 co-signed or declined as wished, 2
    /// refused, 1 error.
    Watch {
        /// Session id.
        id: String,
    },
    /// Say yes or no. Yes opens the camera; no needs no face.
    Decide {
        /// Session id.
        id: String,
        /// The choice.
        #[arg(value_enum)]
        choice: Choice,
        /// Kept with a decline.
        #[arg(long, default_value = "")]
        reason: String,
        /// You agree that camera and microphone are opened; approving needs it.
        #[arg(long)]
        consent: bool,
    },
    /// End a session without an answer.
    Cancel {
        /// Session id.
        id: String,
    },
}

/// A human's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Yes.
    Approve,
    /// No.
    Decline,
}

/// Runs a command of `wetsign session`.
pub async fn run(command: &SessionCommand, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    match command {
        SessionCommand::Start { request, validator, source } => {
            let ask = v1::StartSession {
                request_id: id_bytes(request)?,
                validator_key: key_bytes(validator)?,
                source: source.message()?,
            };
            let id = kiosk.connect().await?.sessions().start(ask).await.map_err(refused)?.into_inner().id;
            Ok(done(format!("{}\n", plain(&id)), json!({ "ok": true, "session": id })))
        }
        SessionCommand::Watch { id } => watch(id, kiosk, terminal).await,
        SessionCommand::Decide { id, choice, reason, consent } => {
            if matches!(choice, Choice::Approve) && !consent {
                bail!("approving opens camera and microphone: say that you agree with --consent");
            }
            let choice = match choice {
                Choice::Approve => v1::Choice::Approve,
                Choice::Decline => v1::Choice::Decline,
            };
            let decision = v1::Decision {
                session: id.clone(),
                choice: choice.into(),
                reason: reason.clone(),
                consent: *consent,
            };
            kiosk.connect().await?.sessions().decide(decision).await.map_err(refused)?;
            Ok(done("noted\n".into(), json!({ "ok": true })))
        }
        SessionCommand::Cancel { id } => {
            kiosk
                .connect()
                .await?
                .sessions()
                .cancel(v1::SessionId { id: id.clone() })
                .await
                .map_err(refused)?;
            Ok(done("cancelled\n".into(), json!({ "ok": true })))
        }
    }
}

fn done(text: String, json: Value) -> Answer {
    Answer { outcome: Outcome::Yes, text, json }
}

async fn watch(id: &str, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    let mut events = match kiosk.connect().await?.sessions().watch(v1::SessionId { id: id.to_owned() }).await
    {
        Ok(stream) => stream.into_inner(),
        Err(status) => return not_found(status),
    };
    let (mut end, mut page) = (None, Page::of(terminal));
    while let Some(event) = events.message().await.map_err(refused)? {
        let Some((text, json)) = shown(&event, terminal) else { continue };
        if let Some(Event::Light(light)) = &event.event {
            page.note(light);
            terminal.shine(&text, &json)?;
            continue;
        }
        let ended = match &event.event {
            Some(Event::Cosigned(_) | Event::Declined(_)) => Some(Outcome::Yes),
            Some(Event::Refused(_)) => Some(Outcome::No),
            _ => None,
        };
        match ended {
            Some(outcome) if end.is_none() => end = Some(Answer { outcome, text: format!("{text}\n"), json }),
            _ => terminal.event(&text, &json)?,
        }
    }
    end.context("the session ended without co-signature, decline or refusal")
}

/// An event in words and as JSON; previews are pictures and are left out.
pub(super) fn shown(event: &SessionEvent, terminal: &Terminal) -> Option<(String, Value)> {
    let at = event.at_ms;
    let (text, mut json) = match event.event.as_ref()? {
        Event::Preview(_) => return None,
        Event::Subject(subject) => {
            let v1::SessionSubject { request_id, verdict_id, validator_key } = subject;
            let (request, verdict) = (hex::encode(request_id), hex::encode(verdict_id));
            let json =
                json!({ "request": request, "verdict": verdict, "validator": hex::encode(validator_key) });
            (terminal.bold(&format!("request {request}, verdict {verdict}")), json)
        }
        Event::State(state) => (terminal.faint(&plain(&state.state)), json!({ "state": state.state })),
        Event::Code(code) => {
            let digits = plain(&code.digits);
            (
                terminal.bold(&format!("Your phone has to show this code: {digits}")),
                json!({ "code": code.digits }),
            )
        }
        Event::Notice(notice) => {
            let progress = notice.progress_thousandths.map(|p| format!(" {} %", p / 10)).unwrap_or_default();
            let json = json!({ "notice": notice.code, "text": notice.text, "progress_thousandths": notice.progress_thousandths });
            (format!("{}{progress}", plain(&notice.text)), json)
        }
        Event::Prompt(prompt) => (
            terminal.bold(&format!("{} of {}: {}", prompt.index + 1, prompt.total, plain(&prompt.text))),
            json!({ "prompt": prompt.code, "text": prompt.text, "index": prompt.index, "total": prompt.total }),
        ),
        Event::Gates(results) => gates(&results.gates, terminal),
        Event::Light(light) => {
            let (text, mut json) = page::shown(light, terminal);
            json["at_ms"] = json!(at);
            return Some((text, json));
        }
        Event::Refused(refused) => (
            terminal.bad(&format!(
                "refused at {}: {} ({})",
                plain(&refused.stage),
                plain(&refused.text),
                plain(&refused.code)
            )),
            json!({ "ok": false, "refused": refused.code, "stage": refused.stage, "text": refused.text }),
        ),
        Event::Cosigned(signed) => {
            let id = hex::encode(&signed.id);
            (terminal.good(&format!("co-signed: {id}")), json!({ "ok": true, "cosignature": id }))
        }
        Event::Declined(declined) => {
            let id = hex::encode(&declined.id);
            (format!("declined: {id}"), json!({ "ok": true, "decline": id }))
        }
        Event::Invitation(invitation) => (
            terminal.bold(&format!("let the device read this: {}", plain(&invitation.text))),
            json!({ "invitation": invitation.text, "until": invitation.until }),
        ),
        Event::Paired(paired) => {
            let id = hex::encode(&paired.pairing);
            (terminal.good(&format!("paired: {id}")), json!({ "pairing": id }))
        }
        Event::Enrolled(enrolled) => {
            let key = hex::encode(&enrolled.validator_key);
            (terminal.good(&format!("enrolled: {key}")), json!({ "ok": true, "validator_key": key }))
        }
        Event::Times(times) => {
            let list: Vec<String> =
                times.steps.iter().map(|step| format!("{} {} ms", plain(&step.step), step.ms)).collect();
            let steps: Vec<_> = times.steps.iter().map(|s| json!({ "step": s.step, "ms": s.ms })).collect();
            (terminal.faint(&list.join(", ")), json!({ "times": steps }))
        }
    };
    json["at_ms"] = json!(at);
    Some((format!("{:>6}.{} s  {text}", at / 1000, at % 1000 / 100), json))
}

fn gates(gates: &[v1::Gate], terminal: &Terminal) -> (String, Value) {
    let line = |gate: &v1::Gate| {
        let value = gate.value.map_or("(not told)".to_owned(), |value| value.to_string());
        let sense = if gate.at_least { "at least" } else { "at most" };
        let mark = match (gate.passed, gate.explains) {
            (true, _) => terminal.good("passed"),
            (false, false) => terminal.bad("failed"),
            (false, true) => terminal.faint("advice"),
        };
        format!("\n            {mark}  {:<16} {value:>10}, {sense} {}", plain(&gate.name), gate.bound)
    };
    let deciding = || gates.iter().filter(|gate| !gate.explains);
    let passed = deciding().filter(|gate| gate.passed).count();
    let text = format!(
        "{passed} of {} gates passed{}",
        deciding().count(),
        gates.iter().map(line).collect::<String>()
    );
    let list: Vec<_> = gates
        .iter()
        .map(|g| json!({ "name": g.name, "value": g.value, "bound": g.bound, "at_least": g.at_least, "passed": g.passed,
            "explains": g.explains }))
        .collect();
    (text, json!({ "gates": list }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(event: Event) -> SessionEvent {
        SessionEvent { at_ms: 1250, event: Some(event) }
    }

    const FILE: Terminal = Terminal { colour: false, json: false };

    #[test]
    fn a_refusal_says_stage_words_and_code() {
        let refused = v1::Refused {
            stage: "liveness".into(),
            code: "pad_fas".into(),
            text: "a print".into(),
            refusal: vec![],
            at: v1::RefusalStage::Liveness.into(),
        };
        let (text, json) = shown(&event(Event::Refused(refused)), &FILE).unwrap();
        assert_eq!(text, "     1.2 s  refused at liveness: a print (pad_fas)");
        assert_eq!((json["ok"].clone(), json["at_ms"].clone()), (json!(false), json!(1250)));
    }

    #[test]
    fn previews_are_not_for_terminals() {
        assert!(shown(&event(Event::Preview(v1::Preview { jpeg: vec![1] })), &FILE).is_none());
    }

    #[test]
    fn a_secret_gate_shows_no_value() {
        let gate = v1::Gate {
            name: "face_match".into(),
            value: None,
            bound: 400,
            at_least: true,
            passed: true,
            explains: false,
        };
        let (text, _) = gates(&[gate], &FILE);
        assert!(text.contains("(not told), at least 400"), "{text}");
    }
}
