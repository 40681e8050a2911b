//! Shows a recording, as if it happened: for demonstrations, for training, for screenshots.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use crate::recorded::Line;
use crate::server::{Desk, Picture, Press};
use crate::{Event, Screen, html};

/// How a showing goes on.
enum Next {
    /// From this line on, at the recording's own speed.
    Play(usize),
    /// Up to before this line, standing still.
    Stand(usize),
}

/// Plays `lines` on `desk` again and again, until the server ends. Where the page asks, it waits for the person's
/// press; a no or a leaving begins anew. [`Press::At`] shows one line, standing still.
pub async fn simulate(desk: &Desk, lines: &[Line], mut presses: Receiver<Press>) {
    let mut next = Next::Play(0);
    loop {
        let outcome = match next {
            Next::Play(from) => play(desk, lines, from, &mut presses).await,
            Next::Stand(end) => {
                stand(desk, lines, end);
                presses.recv().await.map(|press| after(press, end, lines.len()))
            }
        };
        match outcome {
            Some(then) => next = then,
            None => return,
        }
    }
}

async fn play(desk: &Desk, lines: &[Line], from: usize, presses: &mut Receiver<Press>) -> Option<Next> {
    let mut last = if from == 0 { 0 } else { lines[from - 1].at_ms };
    // A screen asks once, though more may happen while it is there.
    let mut answered = None;
    for (place, line) in lines.iter().enumerate().skip(from) {
        let screen = desk.view().screen;
        let asks = Some(html::name(&screen));
        if place > 0 && waits(&screen) && answered != asks {
            let then = after(presses.recv().await?, place, lines.len());
            if !matches!(then, Next::Play(next) if next == place) {
                return Some(then);
            }
            (last, answered) = (line.at_ms, asks);
        } else if answered != asks {
            answered = None;
        }
        let pause = tokio::time::sleep(Duration::from_millis(line.at_ms.saturating_sub(last)));
        tokio::select! {
            () = pause => {}
            press = presses.recv() => match press? {
                Press::Leave => return Some(Next::Play(0)),
                Press::At(end) => return Some(Next::Stand(end.min(lines.len()))),
                _ => {}
            },
        }
        show(desk, line, true);
        last = line.at_ms;
    }
    Some(after(presses.recv().await?, 0, lines.len()))
}

fn stand(desk: &Desk, lines: &[Line], end: usize) {
    desk.note_at(0, false, &Event::Idle { waiting: 0 });
    for line in &lines[..end] {
        show(desk, line, false);
    }
    desk.stands_at(end);
}

fn show(desk: &Desk, line: &Line, runs: bool) {
    desk.note_at(line.at_ms, runs, &line.event);
    if line.event == Event::Preview {
        desk.picture(Picture::Drawing);
    }
}

/// What a press makes of it, before line `place`.
fn after(press: Press, place: usize, count: usize) -> Next {
    match press {
        Press::At(end) => Next::Stand(end.min(count)),
        Press::No | Press::Leave | Press::End | Press::Again => Next::Play(0),
        _ if place < count => Next::Play(place),
        _ => Next::Play(0),
    }
}

/// Whether the page waits for a person.
const fn waits(screen: &Screen) -> bool {
    matches!(
        screen,
        Screen::Idle(1..)
            | Screen::Who(_)
            | Screen::Asked(_)
            | Screen::Consent { .. }
            | Screen::Needs(_)
            | Screen::Name
            | Screen::EnrolConsent { .. }
            | Screen::Phone
            | Screen::Compare { .. }
            | Screen::Paired
            | Screen::Declined
            | Screen::Enrolled
            | Screen::Refused { .. }
            | Screen::Lost
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Language, Limits, recorded};

    #[tokio::test]
    async fn one_press_answers_a_screen_whatever_else_happens_on_it() {
        let text = "{\"idle\":0}\n{\"ask_consent\":false}\n{\"state\":\"waiting\"}\n{\"notice\":\"will_shine\"}\n\
                    {\"state\":\"decided\"}";
        let lines = recorded::read(text).unwrap();
        let (desk, presses) = Desk::new(Limits::default(), Language::English);
        let desk = Arc::new(desk);
        let shown = Arc::clone(&desk);
        tokio::spawn(async move { simulate(&shown, &lines, presses).await });
        let mut watch = desk.watch();
        let patience = Duration::from_secs(10);
        let mut sees = async |is: fn(&Screen) -> bool| {
            let found = async {
                while !is(&desk.view().screen) {
                    watch.changed().await.unwrap();
                }
            };
            tokio::time::timeout(patience, found).await.expect("another screen");
        };
        sees(|screen| matches!(screen, Screen::Consent { .. })).await;
        desk.press(Press::Agree);
        sees(|screen| matches!(screen, Screen::Ready)).await;
    }
}
