//! One capture: what was asked, who works on it, and what comes of it. Its steps are in `session.rs`.

use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wetsign_infer::Networks;
use wetsign_liveness::Prompt;
use wetsign_liveness::light::{Colour, STEPS};
use wetsign_models::manifest::Manifest;
use wetsign_sensor_ipc::{Capture, Captured};

pub use crate::audience::{Audience, Nobody};
use crate::convert::{colour_from_wire, prompt_from_wire, reflection_to_wire};
pub use crate::failure::CaptureError;
use crate::passive::Passive;
use crate::session::{Asked, Session};
use crate::source::Source;

/// Where the daemon does not say how long a capture may take.
const DEFAULT_BUDGET: Duration = Duration::from_mins(1);

/// Runs a capture on an open source.
pub fn run(
    link: &dyn Audience,
    networks: &mut Networks,
    source: &mut dyn Source,
    request: &Capture,
) -> Result<Captured, CaptureError> {
    let prompts: Vec<Prompt> = request
        .prompts
        .iter()
        .enumerate()
        .map(|(index, prompt)| prompt_from_wire(prompt).ok_or(CaptureError::UnknownPrompt(index)))
        .collect::<Result<_, _>>()?;
    let light: Vec<Colour> = request.light.iter().filter_map(|number| colour_from_wire(*number)).collect();
    if light.len() != request.light.len() || ![0, STEPS].contains(&light.len()) {
        return Err(CaptureError::UnknownLight(request.light.len()));
    }
    let budget = match request.budget_ms {
        0 => DEFAULT_BUDGET,
        milliseconds => Duration::from_millis(u64::from(milliseconds)),
    };
    let asked = Asked { id: request.id, budget, light, enrols: request.enrols };
    capture(link, networks, source, &prompts, asked)
}

/// Shows prompts and measures what is seen, for whoever needs no messages: evaluations. `enrols`: a template is made of
/// it.
pub fn show(
    link: &dyn Audience,
    networks: &mut Networks,
    source: &mut dyn Source,
    prompts: &[Prompt],
    (budget, enrols): (Duration, bool),
) -> Result<Captured, CaptureError> {
    capture(link, networks, source, prompts, Asked { id: 0, budget, light: Vec::new(), enrols })
}

/// The networks that judge faces passively work beside those that look at each frame, on a thread of their own.
fn capture(
    link: &dyn Audience,
    networks: &mut Networks,
    source: &mut dyn Source,
    prompts: &[Prompt],
    asked: Asked,
) -> Result<Captured, CaptureError> {
    let (id, started_ms) = (asked.id, now_ms()?);
    let bounds = Manifest::embedded().capture;
    let Networks { sight, passive: doubting, voice, words } = networks;
    let passive = Passive::new(bounds.passive);
    let mut captured = thread::scope(|scope| {
        let doubts = scope.spawn(|| passive.score(doubting));
        let running = passive.running();
        let mut session = Session::new(link, (sight, voice, words), &passive, bounds, &asked, prompts.len());
        let reflection = session.take(source, prompts, &asked.light)?;
        running.end();
        let (mut captured, mut measured) = session.evaluate()?;
        doubts.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        passive.measure(&mut measured);
        captured.measurements = measured.to_names();
        captured.reflection = reflection.as_ref().map(reflection_to_wire);
        session.check()?;
        Ok::<_, CaptureError>(captured)
    })?;
    (captured.id, captured.started_ms, captured.ended_ms) = (id, started_ms, now_ms()?);
    Ok(captured)
}

/// UTC in milliseconds.
fn now_ms() -> Result<u64, CaptureError> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| CaptureError::Clock)?;
    Ok(since.as_millis() as u64)
}
