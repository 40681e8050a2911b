//! Curves, histograms and bars, as SVG and PNG.
//!
//! Letters come from DejaVu Sans, which Debian's OpenCV brings along.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use statrs::distribution::{ContinuousCDF, Normal};
use wetsign_infer::Frame;

use super::pad::{PadReport, SpeciesRow};
use super::rates::Recognition;

const FONT: &str = "sans-serif";
const FONT_FILE: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
const SIZE: (u32, u32) = (1200, 800);
const INK: RGBColor = RGBColor(38, 43, 51);
const FAINT: RGBColor = RGBColor(226, 229, 234);
/// Colours that people who cannot tell red from green tell apart (Okabe and Ito 2008).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Draws one picture twice: `<name>.svg` and `<name>.png` in `folder`.
macro_rules! draw_both {
    ($folder:expr, $name:expr, |$area:ident| $body:expr) => {{
        ensure!(has_font(), "no letters to draw with: {FONT_FILE} is missing (Debian: fonts-dejavu-core)");
        let svg = $folder.join(format!("{}.svg", $name));
        {
            let $area = SVGBackend::new(&svg, SIZE).into_drawing_area();
            $body.with_context(|| format!("drawing {}", svg.display()))?;
        }
        let mut pixels = vec![255_u8; (SIZE.0 * SIZE.1 * 3) as usize];
        {
            let $area = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
            $body.with_context(|| format!("drawing {}", $name))?;
        }
        // The buffer is red first, a frame blue first.
        pixels.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
        let png = Frame::from_bgr(SIZE.0, SIZE.1, &pixels)?.to_png()?;
        let path = $folder.join(format!("{}.png", $name));
        std::fs::write(&path, png).with_context(|| format!("cannot write {}", path.display()))?;
    }};
}

fn has_font() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let Ok(bytes) = std::fs::read(FONT_FILE) else { return false };
        // Fonts live as long as the program.
        register_font(FONT, FontStyle::Normal, Box::leak(bytes.into_boxed_slice())).is_ok()
    })
}

type Drawn = Result<()>;

fn failed<E: std::error::Error + Send + Sync + 'static>(error: E) -> anyhow::Error {
    anyhow!("{error}")
}

/// Where each rate lies on the axis of a trade-off curve: the quantile of a normal distribution.
fn probit(rate: f64) -> f64 {
    Normal::standard().inverse_cdf(rate.clamp(0.0002, 0.98))
}

const TICKS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.9];

fn percent(rate: f64) -> String {
    let percent = 100.0 * rate;
    if percent < 1.0 { format!("{percent} %") } else { format!("{percent:.0} %") }
}

/// `det`: detection error trade-off of every row, on normal deviate axes (Martin et al. 1997).
pub fn trade_off(folder: &Path, rows: &[&Recognition]) -> Drawn {
    draw_both!(folder, "det", |area| det(&area, rows));
    Ok(())
}

fn det<B: DrawingBackend>(area: &DrawingArea<B, Shift>, rows: &[&Recognition]) -> Drawn
where
    B::ErrorType: 'static,
{
    area.fill(&WHITE).map_err(failed)?;
    let range = probit(0.0002)..probit(0.98);
    let mut chart = ChartBuilder::on(area)
        .caption("Detection error trade-off", (FONT, 30).into_font().color(&INK))
        .margin(24)
        .x_label_area_size(58)
        .y_label_area_size(86)
        .build_cartesian_2d(range.clone(), range.clone())
        .map_err(failed)?;
    for tick in TICKS.map(probit) {
        for line in [[(tick, range.start), (tick, range.end)], [(range.start, tick), (range.end, tick)]] {
            chart.draw_series(LineSeries::new(line, FAINT)).map_err(failed)?;
        }
    }
    chart
        .draw_series(LineSeries::new([(range.start, range.start), (range.end, range.end)], FAINT))
        .map_err(failed)?;
    ticks(area, &chart)?;
    for (row, colour) in rows.iter().zip(COLOURS.iter().cycle()) {
        let mut points: Vec<(f64, f64)> = row.curve.iter().map(|p| (probit(p.fmr), probit(p.fnmr))).collect();
        points.dedup();
        let equal = row.equal_error.map_or(String::new(), |(rate, _)| format!(", EER {:.1} %", 100.0 * rate));
        let label = format!("{}: {} people{equal}", row.name, row.subjects);
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(3)))
            .map_err(failed)?
            .label(label)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 26, y)], colour.stroke_width(4)));
    }
    legend(&mut chart, SeriesLabelPosition::UpperRight)?;
    area.present().map_err(failed)
}

type Chart<'a, B> = ChartContext<
    'a,
    B,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// Percent beside the lines of a trade-off curve, whose axes are in deviates.
fn ticks<B: DrawingBackend>(area: &DrawingArea<B, Shift>, chart: &Chart<'_, B>) -> Drawn
where
    B::ErrorType: 'static,
{
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    let style = |h, v| (FONT, 17).into_font().color(&INK).pos(Pos::new(h, v));
    let low = probit(0.0002);
    for tick in TICKS {
        let (x, y) = chart.backend_coord(&(probit(tick), low));
        area.draw_text(&percent(tick), &style(HPos::Center, VPos::Top), (x, y + 8)).map_err(failed)?;
        let (x, y) = chart.backend_coord(&(low, probit(tick)));
        area.draw_text(&percent(tick), &style(HPos::Right, VPos::Center), (x - 8, y)).map_err(failed)?;
    }
    let (width, height) = (SIZE.0 as i32, SIZE.1 as i32);
    let title = (FONT, 20).into_font().color(&INK);
    let below = title.pos(Pos::new(HPos::Center, VPos::Bottom));
    area.draw_text("false match rate", &below, (width / 2 + 40, height - 14)).map_err(failed)?;
    let beside = (FONT, 20).into_font().transform(FontTransform::Rotate270).color(&INK);
    let beside = beside.pos(Pos::new(HPos::Center, VPos::Top));
    area.draw_text("false non-match rate", &beside, (14, height / 2)).map_err(failed)?;
    Ok(())
}

/// `scores-<name>`: how scores of one person and of two are distributed, and the bound.
pub fn histogram(
    folder: &Path,
    name: &str,
    title: &str,
    mated: &[f64],
    nonmated: &[f64],
    bound: f64,
) -> Drawn {
    draw_both!(folder, format!("scores-{name}"), |area| scores(&area, title, mated, nonmated, bound));
    Ok(())
}

fn scores<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    title: &str,
    mated: &[f64],
    nonmated: &[f64],
    bound: f64,
) -> Drawn
where
    B::ErrorType: 'static,
{
    const BINS: usize = 60;
    area.fill(&WHITE).map_err(failed)?;
    let all = || mated.iter().chain(nonmated).chain([&bound]).copied();
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let margin = (high - low).max(1e-6) * 0.04;
    let (low, high) = (low - margin, high + margin);
    let width = (high - low) / BINS as f64;
    let shares = |scores: &[f64]| {
        let mut bins = vec![0.0; BINS];
        for score in scores {
            bins[(((score - low) / width) as usize).min(BINS - 1)] += 100.0 / scores.len() as f64;
        }
        bins
    };
    let kinds = [("two people", nonmated, COLOURS[1]), ("one person", mated, COLOURS[0])];
    let top = kinds.iter().flat_map(|(_, scores, _)| shares(scores)).fold(1.0, f64::max) * 1.15;
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 28).into_font().color(&INK))
        .margin(24)
        .x_label_area_size(58)
        .y_label_area_size(80)
        .build_cartesian_2d(low..high, 0.0..top)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK.mix(0.6))
        .x_desc("score")
        .y_desc("percent of comparisons")
        .x_label_formatter(&|x| format!("{x:.1}"))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .label_style((FONT, 17).into_font().color(&INK))
        .axis_desc_style((FONT, 20).into_font().color(&INK))
        .draw()
        .map_err(failed)?;
    for (label, scores, colour) in kinds {
        let bars =
            shares(scores).into_iter().enumerate().filter(|(_, share)| *share > 0.0).map(|(bin, share)| {
                let left = low + bin as f64 * width;
                Rectangle::new([(left, 0.0), (left + width * 0.94, share)], colour.mix(0.62).filled())
            });
        chart
            .draw_series(bars)
            .map_err(failed)?
            .label(format!("{label}: {} comparisons", scores.len()))
            .legend(move |(x, y)| Rectangle::new([(x, y - 7), (x + 26, y + 7)], colour.mix(0.62).filled()));
    }
    chart
        .draw_series(DashedLineSeries::new([(bound, 0.0), (bound, top)], 8, 6, INK.stroke_width(2)))
        .map_err(failed)?
        .label(format!("bound {bound:.2}"))
        .legend(|(x, y)| PathElement::new([(x, y), (x + 26, y)], INK.stroke_width(2)));
    legend(&mut chart, SeriesLabelPosition::UpperLeft)?;
    area.present().map_err(failed)
}

fn legend<'a, B: DrawingBackend + 'a>(chart: &mut Chart<'a, B>, position: SeriesLabelPosition) -> Drawn
where
    B::ErrorType: 'static,
{
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE.mix(0.9))
        .border_style(FAINT)
        .margin(12)
        .legend_area_size(36)
        .label_font((FONT, 18).into_font().color(&INK))
        .draw()
        .map_err(failed)
}

/// `attacks`: for each species and for living people the share taken for the other, by detector, with the interval over
/// units.
pub fn attacks(folder: &Path, report: &PadReport) -> Drawn {
    let rows: Vec<&SpeciesRow> = std::iter::once(&report.bona_fide).chain(&report.species).collect();
    draw_both!(folder, "attacks", |area| bars(&area, &rows));
    Ok(())
}

fn bars<B: DrawingBackend>(area: &DrawingArea<B, Shift>, rows: &[&SpeciesRow]) -> Drawn
where
    B::ErrorType: 'static,
{
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    area.fill(&WHITE).map_err(failed)?;
    let mut chart = ChartBuilder::on(area)
        .caption(
            "Passive detection alone: living people refused, attacks accepted",
            (FONT, 28).into_font().color(&INK),
        )
        .margin(24)
        .x_label_area_size(76)
        .y_label_area_size(80)
        .build_cartesian_2d(0.0..rows.len() as f64, 0.0..105.0)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .axis_style(INK.mix(0.6))
        .y_desc("percent of presentations (lines: people or instruments with an error, 95 %)")
        .y_label_formatter(&|y| format!("{y:.0}"))
        .label_style((FONT, 17).into_font().color(&INK))
        .axis_desc_style((FONT, 20).into_font().color(&INK))
        .draw()
        .map_err(failed)?;
    for (place, detector) in
        ["pad_fas", "pad_fr", "both", "pad_fused (others)", "all (others)"].into_iter().enumerate()
    {
        let colour = COLOURS[place];
        let of = |row: &&SpeciesRow| row.by_detector[place].error.clone();
        let left = |index: usize| index as f64 + 0.06 + 0.18 * place as f64;
        let bars = rows.iter().enumerate().map(|(index, row)| {
            Rectangle::new(
                [(left(index), 0.0), (left(index) + 0.165, 100.0 * of(row).rate)],
                colour.mix(0.75).filled(),
            )
        });
        chart
            .draw_series(bars)
            .map_err(failed)?
            .label(detector)
            .legend(move |(x, y)| Rectangle::new([(x, y - 7), (x + 26, y + 7)], colour.mix(0.75).filled()));
        for (index, row) in rows.iter().enumerate() {
            let (error, x) = (of(row), left(index) + 0.082);
            let whisker = [(x, 100.0 * error.low), (x, 100.0 * error.high)];
            chart.draw_series(LineSeries::new(whisker, INK.stroke_width(2))).map_err(failed)?;
            let above = (FONT, 15).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Bottom));
            let (px, py) = chart.backend_coord(&(x, 100.0 * error.rate));
            area.draw_text(&format!("{:.0}", 100.0 * error.rate), &above, (px + 5, py - 2))
                .map_err(failed)?;
        }
    }
    for (index, row) in rows.iter().enumerate() {
        let (x, y) = chart.backend_coord(&(index as f64 + 0.5, 0.0));
        let units = row.non_response.units;
        let what = if index == 0 { format!("{units} people") } else { format!("{units} instruments") };
        let kind = if index == 0 {
            "BPCER"
        } else if row.simulated {
            "APCER, simulated"
        } else {
            "APCER, recorded"
        };
        for (line, (text, size)) in
            [(row.name.clone(), 20), (format!("{kind}, {what}"), 16)].into_iter().enumerate()
        {
            let style = (FONT, size).into_font().color(&INK).pos(Pos::new(HPos::Center, VPos::Top));
            area.draw_text(&text, &style, (x, y + 10 + 26 * line as i32)).map_err(failed)?;
        }
    }
    legend(&mut chart, SeriesLabelPosition::UpperLeft)?;
    area.present().map_err(failed)
}
