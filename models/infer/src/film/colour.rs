//! What a film's colours mean. OpenCV reads all of them as BT.601.

use opencv::core::{self, Mat};

use crate::error::Result;

/// The weights of red and blue in luma that OpenCV assumes (BT.601).
const ASSUMED: [f64; 2] = [0.299, 0.114];

/// What a container or a stream says, by the code points of ITU-T H.273. 2 is *unspecified*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// How light becomes numbers.
    pub transfer: u32,
    /// How red, green and blue become luma and two differences.
    pub matrix: u32,
    /// All numbers are used, not only those of video (16 to 235).
    pub full: bool,
}

impl Default for Colour {
    fn default() -> Self {
        Self { transfer: 2, matrix: 2, full: false }
    }
}

impl Colour {
    /// What takes the decoder's blue, green and red to those that were recorded; `None`: nothing is to be done.
    ///
    /// # Errors
    /// In words: what cannot be followed.
    pub fn correction(self) -> Result<Option<[[f64; 3]; 3]>, String> {
        if [16, 18].contains(&self.transfer) {
            return Err("it is a film of high dynamic range (PQ or HLG): record it in standard range".into());
        }
        let meant = match self.matrix {
            // Unspecified is what players take it for at this size; BT.470 BG and SMPTE 170M are BT.601.
            2 | 5 | 6 => return Ok(None),
            1 => [0.2126, 0.0722],
            4 => [0.30, 0.11],
            7 => [0.212, 0.087],
            9 => [0.2627, 0.0593],
            other => {
                return Err(format!(
                    "its colours are coded by matrix {other} of H.273, which is not known here"
                ));
            }
        };
        Ok(Some(product(to_bgr(meant), from_bgr(ASSUMED))))
    }
}

/// Applies a correction.
pub fn corrected(picture: &Mat, by: &[[f64; 3]; 3]) -> Result<Mat> {
    let by = Mat::from_slice_2d(by)?;
    let mut out = Mat::default();
    core::transform(picture, &mut out, &by)?;
    Ok(out)
}

/// Luma, blue difference, red difference from blue, green, red.
fn from_bgr([red, blue]: [f64; 2]) -> [[f64; 3]; 3] {
    let luma = [blue, 1.0 - red - blue, red];
    let difference = |channel: usize, weight: f64| {
        std::array::from_fn(|i| (f64::from(u8::from(i == channel)) - luma[i]) / (2.0 * (1.0 - weight)))
    };
    [luma, difference(0, blue), difference(2, red)]
}

/// Blue, green, red from luma, blue difference, red difference.
fn to_bgr([red, blue]: [f64; 2]) -> [[f64; 3]; 3] {
    let green = 1.0 - red - blue;
    let (by_blue, by_red) = (2.0 * (1.0 - blue), 2.0 * (1.0 - red));
    [[1.0, by_blue, 0.0], [1.0, -by_blue * blue / green, -by_red * red / green], [1.0, 0.0, by_red]]
}

fn product(a: [[f64; 3]; 3], b: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    a.map(|row| std::array::from_fn(|column| (0..3).map(|i| row[i] * b[i][column]).sum()))
}

#[cfg(test)]
mod tests {
    use opencv::core::Vec3b;
    use opencv::prelude::*;

    use super::*;

    fn corrected_once(matrix: u32, bgr: [u8; 3]) -> [u8; 3] {
        let picture = Mat::new_rows_cols_with_bytes::<Vec3b>(1, 1, &bgr).unwrap().try_clone().unwrap();
        let by = Colour { matrix, ..Colour::default() }.correction().unwrap().unwrap();
        corrected(&picture, &by).unwrap().at_2d::<Vec3b>(0, 0).unwrap().0
    }

    #[test]
    fn skin_grass_and_grey_are_those_that_were_recorded() {
        for (matrix, weights) in [(1, [0.2126, 0.0722]), (9, [0.2627, 0.0593])] {
            let misread = product(to_bgr(ASSUMED), from_bgr(weights));
            for recorded in [[120, 150, 210], [60, 140, 90], [97; 3], [0; 3], [255; 3]] {
                let read = misread.map(|row| {
                    let sum: f64 =
                        row.iter().zip(recorded).map(|(weight, value)| weight * f64::from(value)).sum();
                    sum.round() as u8
                });
                let found = corrected_once(matrix, read);
                assert!(
                    found.iter().zip(recorded).all(|(a, b)| a.abs_diff(b) <= 2),
                    "{recorded:?}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn there_and_back_is_where_it_was() {
        let same = product(to_bgr(ASSUMED), from_bgr(ASSUMED));
        for (row, values) in same.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                assert!((value - f64::from(u8::from(row == column))).abs() < 1e-12);
            }
        }
        assert_eq!(Colour::default().correction(), Ok(None));
    }

    #[test]
    fn what_cannot_be_followed_is_refused_in_words() {
        let refused = |colour: Colour| colour.correction().unwrap_err();
        assert!(refused(Colour { transfer: 18, ..Colour::default() }).contains("high dynamic range"));
        assert!(refused(Colour { matrix: 8, ..Colour::default() }).contains("matrix 8"));
    }
}
