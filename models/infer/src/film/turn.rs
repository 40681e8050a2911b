//! Which way up a picture is shown.

use opencv::core::{self, Mat};

use crate::error::Result;

/// A quarter turn or none, and perhaps a mirror: one of the eight ways in which a picture can lie in its frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Rows become columns: mirrored about the diagonal from the upper left. Done first.
    transposed: bool,
    /// Mirrored from left to right.
    across: bool,
    /// Mirrored from top to bottom.
    down: bool,
}

impl Turn {
    /// Of a container's matrix, whose rows say where the picture's right and its lower edge point: `[[a, b], [c, d]]`
    /// takes (x, y) to (ax + cy, bx + dy) with y downwards. `None`: it slants or flattens the picture.
    pub fn of_matrix([[a, b], [c, d]]: [[f64; 2]; 2]) -> Option<Self> {
        let way = |along: f64, beside: f64| (along != 0.0 && beside == 0.0).then_some(along < 0.0);
        if let (Some(across), Some(down)) = (way(a, b), way(d, c)) {
            return Some(Self { transposed: false, across, down });
        }
        let (across, down) = (way(c, d)?, way(b, a)?);
        Some(Self { transposed: true, across, down })
    }

    /// Turned clockwise, in degrees; `None`: by no quarter turns.
    pub fn clockwise(degrees: f64) -> Option<Self> {
        let [none, quarter, half] =
            [[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [-1.0, 0.0]], [[-1.0, 0.0], [0.0, -1.0]]];
        match degrees.rem_euclid(360.0) {
            0.0 => Self::of_matrix(none),
            90.0 => Self::of_matrix(quarter),
            180.0 => Self::of_matrix(half),
            270.0 => Self::of_matrix([[0.0, -1.0], [1.0, 0.0]]),
            _ => None,
        }
    }

    /// The picture as it is shown.
    pub fn apply(self, picture: Mat) -> Result<Mat> {
        let mut shown = picture;
        if self.transposed {
            let mut turned = Mat::default();
            core::transpose(&shown, &mut turned)?;
            shown = turned;
        }
        let axis = match (self.across, self.down) {
            (false, false) => return Ok(shown),
            (true, false) => 1,
            (false, true) => 0,
            (true, true) => -1,
        };
        let mut mirrored = Mat::default();
        core::flip(&shown, &mut mirrored, axis)?;
        Ok(mirrored)
    }
}

#[cfg(test)]
mod tests {
    use opencv::core::Vec3b;
    use opencv::prelude::*;

    use super::*;

    /// Corners of a picture of 3 by 2 pixels, each in its own grey: upper left, upper right, lower left, lower right.
    fn corners(turn: Turn) -> [u8; 4] {
        let bytes: Vec<u8> = [1, 0, 2, 3, 0, 4].into_iter().flat_map(|grey: u8| [grey; 3]).collect();
        let picture = Mat::new_rows_cols_with_bytes::<Vec3b>(2, 3, &bytes).unwrap().try_clone().unwrap();
        let shown = turn.apply(picture).unwrap();
        let (right, low) = (shown.cols() - 1, shown.rows() - 1);
        [(0, 0), (0, right), (low, 0), (low, right)].map(|(y, x)| shown.at_2d::<Vec3b>(y, x).unwrap()[0])
    }

    #[test]
    fn all_eight_ways_of_a_picture_are_followed() {
        for (matrix, shown) in [
            ([[1.0, 0.0], [0.0, 1.0]], [1, 2, 3, 4]),
            // A quarter turn clockwise, half a turn, a quarter turn back.
            ([[0.0, 1.0], [-1.0, 0.0]], [3, 1, 4, 2]),
            ([[-1.0, 0.0], [0.0, -1.0]], [4, 3, 2, 1]),
            ([[0.0, -1.0], [1.0, 0.0]], [2, 4, 1, 3]),
            // The same mirrored.
            ([[-1.0, 0.0], [0.0, 1.0]], [2, 1, 4, 3]),
            ([[1.0, 0.0], [0.0, -1.0]], [3, 4, 1, 2]),
            ([[0.0, 1.0], [1.0, 0.0]], [1, 3, 2, 4]),
            ([[0.0, -1.0], [-1.0, 0.0]], [4, 2, 3, 1]),
        ] {
            assert_eq!(corners(Turn::of_matrix(matrix).unwrap()), shown, "{matrix:?}");
        }
    }

    #[test]
    fn quarter_turns_by_degrees_and_no_others() {
        assert_eq!(Turn::clockwise(-90.0), Turn::of_matrix([[0.0, -1.0], [1.0, 0.0]]));
        assert_eq!(Turn::clockwise(450.0), Turn::of_matrix([[0.0, 1.0], [-1.0, 0.0]]));
        assert_eq!(Turn::clockwise(45.0), None);
        assert_eq!(Turn::of_matrix([[0.7, 0.7], [-0.7, 0.7]]), None);
        assert_eq!(Turn::of_matrix([[0.0, 0.0], [0.0, 0.0]]), None);
    }
}
