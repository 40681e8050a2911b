//! A contact sheet: pictures side by side, each with its caption and its gates.

use opencv::core::{BORDER_CONSTANT, CV_8UC3, Mat, Rect, Size};
use opencv::prelude::*;
use opencv::{core, imgproc};

use crate::draw::{self, Colour, ink};
use crate::error::{InferError, Result};
use crate::frame::Frame;

/// Everything is drawn this much larger and then reduced, which smooths the letters.
const FINE: i32 = 2;
const PICTURE: (i32, i32) = (320, 200);
const MARGIN: i32 = 18;
const TITLE: i32 = 46;
const CAPTION: i32 = 26;
const LINE: i32 = 19;
const MOST_COLUMNS: usize = 4;

const GROUND: Colour = [30, 24, 20];
const CARD: Colour = [46, 38, 33];
const PICTURE_GROUND: Colour = [20, 16, 13];
const BRIGHT: Colour = [245, 242, 238];
const MUTED: Colour = [190, 182, 172];
const PASSED: Colour = [120, 200, 90];
const REFUSED: Colour = [90, 90, 235];

/// A sheet to compose.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Headline.
    pub title: String,
    /// Tiles, row by row.
    pub tiles: Vec<Tile>,
}

/// One picture with what is to be said about it.
#[derive(Clone, Debug, Default)]
pub struct Tile {
    /// The picture, JPEG or PNG bytes; may be empty when only outlines are drawn.
    pub picture: Vec<u8>,
    /// Line below the picture.
    pub caption: String,
    /// Gates and remarks below the caption.
    pub lines: Vec<Line>,
    /// Mesh points in pixels, for outlines; may be empty.
    pub points: Vec<[f32; 2]>,
    /// Width and height that `points` refer to; the picture's own if `None`.
    pub size: Option<[u32; 2]>,
    /// Begins a row, whatever room is left in the one before.
    pub begins_row: bool,
}

/// A gate or a remark.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// What is said.
    pub text: String,
    /// Passed (green) or refused (red); `None` for a remark without a mark.
    pub ok: Option<bool>,
}

/// Composes the sheet. With `outline_only` no pixel of any picture is shown: mesh outlines stand in.
pub fn compose(sheet: &Sheet, outline_only: bool) -> Result<Frame> {
    let rows = rows(&sheet.tiles);
    let columns = rows.iter().map(|row| row.len()).max().unwrap_or(1);
    let heights: Vec<i32> = rows.iter().map(|row| tile_height(row)).collect();
    let width = MARGIN + columns as i32 * (PICTURE.0 + MARGIN);
    let height = TITLE + heights.iter().map(|height| height + MARGIN).sum::<i32>() + MARGIN / 2;
    let mut canvas = Mat::new_rows_cols_with_default(height * FINE, width * FINE, CV_8UC3, ink(GROUND))?;
    text(&mut canvas, &sheet.title, (MARGIN, TITLE - 16), width - 2 * MARGIN, 0.66, BRIGHT)?;
    let mut y = TITLE;
    for (row, height) in rows.iter().zip(heights) {
        for (index, tile) in row.iter().enumerate() {
            let x = MARGIN + index as i32 * (PICTURE.0 + MARGIN);
            draw_tile(&mut canvas, tile, (x, y), height, outline_only)?;
        }
        y += height + MARGIN;
    }
    let mut out = Mat::default();
    imgproc::resize(&canvas, &mut out, Size::new(width, height), 0.0, 0.0, imgproc::INTER_AREA)?;
    Frame::from_mat(out).ok_or(InferError::NotAPicture { bytes: 0 })
}

/// Tiles by row: a row ends when it is full, or where the next tile begins one.
fn rows(tiles: &[Tile]) -> Vec<&[Tile]> {
    let full = if tiles.iter().any(|tile| tile.begins_row) { MOST_COLUMNS } else { columns(tiles.len()) };
    tiles.chunk_by(|_, next| !next.begins_row).flat_map(|group| group.chunks(full)).collect()
}

/// As many columns as make whole rows, four at most.
fn columns(tiles: usize) -> usize {
    match tiles {
        0 | 1 => 1,
        2..=4 => tiles,
        n => (3..=MOST_COLUMNS).rev().find(|c| n.is_multiple_of(*c)).unwrap_or(MOST_COLUMNS),
    }
}

fn tile_height(row: &[Tile]) -> i32 {
    let most_lines = row.iter().map(|tile| tile.lines.len()).max().unwrap_or(0) as i32;
    PICTURE.1 + CAPTION + most_lines * LINE + 12
}

fn draw_tile(
    canvas: &mut Mat,
    tile: &Tile,
    (x, y): (i32, i32),
    height: i32,
    outline_only: bool,
) -> Result<()> {
    draw::fill(canvas, fine(x, y, PICTURE.0, height), CARD)?;
    let view = fine(x, y, PICTURE.0, PICTURE.1);
    draw::fill(canvas, view, PICTURE_GROUND)?;
    let picture = if outline_only { outline(tile)? } else { picture(tile)? };
    if let Some(picture) = picture {
        place(canvas, view, &picture)?;
    }
    let mut baseline = y + PICTURE.1 + CAPTION - 8;
    text(canvas, &tile.caption, (x + 10, baseline), PICTURE.0 - 20, 0.46, BRIGHT)?;
    for line in &tile.lines {
        baseline += LINE;
        let indent = if let Some(ok) = line.ok {
            let colour = if ok { PASSED } else { REFUSED };
            draw::dot(canvas, (x + 15) * FINE, (baseline - 4) * FINE, 4 * FINE, colour)?;
            26
        } else {
            10
        };
        let colour = if line.ok == Some(false) { BRIGHT } else { MUTED };
        text(canvas, &line.text, (x + indent, baseline), PICTURE.0 - indent - 8, 0.38, colour)?;
    }
    Ok(())
}

fn picture(tile: &Tile) -> Result<Option<Mat>> {
    if tile.picture.is_empty() {
        return Ok(None);
    }
    Ok(Some(Frame::decode_image(&tile.picture)?.mat().clone()))
}

/// The mesh alone, in place of the picture.
fn outline(tile: &Tile) -> Result<Option<Mat>> {
    if tile.points.is_empty() {
        return Ok(None);
    }
    let [width, height] = if let Some(size) = tile.size {
        size
    } else {
        let frame = Frame::decode_image(&tile.picture)?;
        [frame.width(), frame.height()]
    };
    // Drawn at the size it will have, so that the lines stay thin and even.
    let factor = fit(width as f32, height as f32);
    let (columns, rows) = ((width as f32 * factor) as i32, (height as f32 * factor) as i32);
    let mut mat = Mat::new_rows_cols_with_default(rows.max(1), columns.max(1), CV_8UC3, ink(PICTURE_GROUND))?;
    let points: Vec<[f32; 2]> = tile.points.iter().map(|p| p.map(|v| v * factor)).collect();
    draw::draw_mesh(&mut mat, &points, f64::from(FINE))?;
    Ok(Some(mat))
}

fn fit(width: f32, height: f32) -> f32 {
    let (across, down) = ((PICTURE.0 * FINE) as f32, (PICTURE.1 * FINE) as f32);
    (across / width.max(1.0)).min(down / height.max(1.0))
}

/// Puts the picture into the middle of the view, as large as fits.
fn place(canvas: &mut Mat, view: Rect, picture: &Mat) -> Result<()> {
    let factor = f64::from(fit(picture.cols() as f32, picture.rows() as f32));
    let scaled = |side: i32, limit: i32| ((f64::from(side) * factor).round() as i32).clamp(1, limit);
    let size = Size::new(scaled(picture.cols(), view.width), scaled(picture.rows(), view.height));
    let method = if factor < 1.0 { imgproc::INTER_AREA } else { imgproc::INTER_CUBIC };
    let (mut small, mut framed) = (Mat::default(), Mat::default());
    imgproc::resize(picture, &mut small, size, 0.0, 0.0, method)?;
    let (across, down) = (view.width - size.width, view.height - size.height);
    core::copy_make_border(
        &small,
        &mut framed,
        down / 2,
        down - down / 2,
        across / 2,
        across - across / 2,
        BORDER_CONSTANT,
        ink(PICTURE_GROUND),
    )?;
    framed.copy_to(&mut Mat::roi_mut(canvas, view)?)?;
    Ok(())
}

/// Writes text, shortened to fit.
fn text(
    canvas: &mut Mat,
    words: &str,
    (x, baseline): (i32, i32),
    room: i32,
    scale: f64,
    colour: Colour,
) -> Result<()> {
    let scale = scale * f64::from(FINE);
    let mut words = words.to_owned();
    while draw::text_size(&words, scale, FINE)?.width > room * FINE && words.chars().count() > 4 {
        let keep = words.trim_end_matches('…').chars().count() - 1;
        words = words.chars().take(keep).chain(['…']).collect();
    }
    draw::write(canvas, &words, x * FINE, baseline * FINE, scale, colour, FINE)
}

fn fine(x: i32, y: i32, width: i32, height: i32) -> Rect {
    Rect::new(x * FINE, y * FINE, width * FINE, height * FINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(grey: u8) -> Tile {
        let frame = Frame::from_bgr(64, 48, &vec![grey; 64 * 48 * 3]).unwrap();
        let line = |text: &str, ok| Line { text: text.into(), ok };
        let spiral = |i: usize| {
            let angle = i as f32 * 0.7;
            [32.0 + 0.04 * i as f32 * angle.cos(), 24.0 + 0.04 * i as f32 * angle.sin()]
        };
        Tile {
            picture: frame.to_jpeg(64, 90).unwrap(),
            caption: "turn your head to the left".into(),
            lines: vec![
                line("pad_fas 0.99 ≥ 0.50", Some(true)),
                line("phrase 3 of 5", Some(false)),
                line("note", None),
            ],
            points: (0..468).map(spiral).collect(),
            size: None,
            begins_row: false,
        }
    }

    #[test]
    fn a_sheet_has_whole_rows() {
        assert_eq!([1, 2, 4, 5, 6, 8, 9, 12].map(columns), [1, 2, 4, 4, 3, 4, 3, 4]);
    }

    #[test]
    fn a_tile_can_begin_a_row() {
        let mut tiles = vec![tile(0); 7];
        tiles[2].begins_row = true;
        assert_eq!(rows(&tiles).iter().map(|row| row.len()).collect::<Vec<_>>(), [2, 4, 1]);
        assert!(rows(&[]).is_empty());
    }

    #[test]
    fn pictures_are_shown_in_their_tiles() {
        let sheet = Sheet { title: "Approval".into(), tiles: vec![tile(200); 2] };
        let out = compose(&sheet, false).unwrap();
        let middle = |out: &Frame| {
            let (x, y) = (MARGIN + PICTURE.0 / 2, TITLE + PICTURE.1 / 2);
            out.bytes().unwrap()[(y as usize * out.width() as usize + x as usize) * 3]
        };
        assert!(middle(&out).abs_diff(200) < 4);
    }

    #[test]
    fn outlines_show_no_pixel_of_the_picture() {
        let bright = compose(&Sheet { title: String::new(), tiles: vec![tile(255)] }, true).unwrap();
        let dark = compose(&Sheet { title: String::new(), tiles: vec![tile(0)] }, true).unwrap();
        assert_eq!(bright.digest().unwrap(), dark.digest().unwrap());
        let mut without_picture = tile(0);
        (without_picture.picture, without_picture.size) = (Vec::new(), Some([64, 48]));
        let sheet = Sheet { title: String::new(), tiles: vec![without_picture] };
        assert_eq!(compose(&sheet, true).unwrap().digest().unwrap(), dark.digest().unwrap());
    }

    #[test]
    fn an_empty_sheet_is_still_a_picture() {
        assert!(compose(&Sheet::default(), false).unwrap().width() > 0);
    }
}
