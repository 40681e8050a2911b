//! The contact sheet: a JSON description in, a PNG out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use wetsign_infer::sheet::{Line, Sheet, Tile, compose};
use wetsign_infer::{Face, Frame, Networks};
use wetsign_models::store::ModelStore;

/// A sheet is never shrunk below this share of its size.
const SMALLEST: f64 = 0.4;

#[derive(clap::Args)]
pub struct Arguments {
    /// Description: {"title", "tiles": [{"jpeg", "caption", "lines": [{"text", "ok"}], "points": [[x, y], …], "size":
    /// [w, h], "begins_row"}]}. `jpeg` is a path relative to the description; `points` are mesh points in pixels of a
    /// frame of `size` (default: the JPEG's own); `ok` is true, false or absent.
    #[arg(long)]
    spec: PathBuf,
    /// PNG to write.
    #[arg(long)]
    out: PathBuf,
    /// Draw mesh outlines on a plain ground instead of the pictures: no face is shown. A tile without points gets those
    /// of the largest face in its picture.
    #[arg(long)]
    outline_only: bool,
    /// Shrink the sheet until the PNG is no larger than this.
    #[arg(long, value_name = "KIB")]
    max_kib: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    #[serde(default)]
    title: String,
    tiles: Vec<TileSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TileSpec {
    jpeg: Option<PathBuf>,
    #[serde(default)]
    caption: String,
    #[serde(default)]
    lines: Vec<LineSpec>,
    #[serde(default)]
    points: Vec<[f32; 2]>,
    size: Option<[u32; 2]>,
    #[serde(default)]
    begins_row: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineSpec {
    text: String,
    ok: Option<bool>,
}

/// Composes and writes.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let text =
        std::fs::read_to_string(&arguments.spec).with_context(|| format!("{}", arguments.spec.display()))?;
    let spec: Spec = serde_json::from_str(&text).with_context(|| format!("{}", arguments.spec.display()))?;
    let folder = arguments.spec.parent().unwrap_or(Path::new("."));
    let tiles = spec.tiles.into_iter().map(|tile| read(tile, folder, arguments.outline_only));
    let mut sheet = Sheet { title: spec.title, tiles: tiles.collect::<Result<_>>()? };
    if arguments.outline_only {
        find_outlines(&mut sheet)?;
    }
    let png = fitted(&compose(&sheet, arguments.outline_only)?, arguments.max_kib)?;
    std::fs::write(&arguments.out, &png).with_context(|| format!("{}", arguments.out.display()))?;
    say!("{}: {} tiles, {} KiB", arguments.out.display(), sheet.tiles.len(), png.len().div_ceil(1024));
    Ok(true)
}

fn read(tile: TileSpec, folder: &Path, outline_only: bool) -> Result<Tile> {
    let needs_picture = !outline_only || tile.size.is_none() || tile.points.is_empty();
    let picture = match &tile.jpeg {
        Some(path) if needs_picture => {
            let path = folder.join(path);
            std::fs::read(&path).with_context(|| format!("{}", path.display()))?
        }
        None if outline_only && !tile.points.is_empty() && needs_picture => {
            bail!("tile {:?} has points, but neither a jpeg nor a size to place them in", tile.caption)
        }
        _ => Vec::new(),
    };
    let lines = tile.lines.into_iter().map(|line| Line { text: line.text, ok: line.ok }).collect();
    Ok(Tile {
        picture,
        caption: tile.caption,
        lines,
        points: tile.points,
        size: tile.size,
        begins_row: tile.begins_row,
    })
}

/// Finds the outline of the largest face where a tile has a picture and no points.
fn find_outlines(sheet: &mut Sheet) -> Result<()> {
    if sheet.tiles.iter().all(|tile| !tile.points.is_empty() || tile.picture.is_empty()) {
        return Ok(());
    }
    let mut networks = Networks::load(&ModelStore::open_default()?, 2)?;
    for tile in sheet.tiles.iter_mut().filter(|tile| tile.points.is_empty() && !tile.picture.is_empty()) {
        let frame = Frame::decode_image(&tile.picture)?;
        let area = |face: &Face| (face.bbox[2] - face.bbox[0]) * (face.bbox[3] - face.bbox[1]);
        let faces = networks.sight.faces(&frame)?;
        let Some(face) = faces.iter().max_by(|a, b| area(a).total_cmp(&area(b))) else { continue };
        tile.points =
            networks.sight.mesh(&frame, face)?.points.iter().map(|point| [point[0], point[1]]).collect();
    }
    Ok(())
}

fn fitted(sheet: &Frame, max_kib: Option<usize>) -> Result<Vec<u8>> {
    let mut factor = 1.0;
    loop {
        let png = if factor < 1.0 { sheet.scaled(factor)?.to_png()? } else { sheet.to_png()? };
        let Some(limit) = max_kib.filter(|limit| png.len() > limit * 1024) else { return Ok(png) };
        factor -= 0.05;
        if factor < SMALLEST {
            bail!(
                "the sheet has {} KiB even at {SMALLEST} of its size; allowed are {limit}",
                png.len() / 1024
            );
        }
    }
}
