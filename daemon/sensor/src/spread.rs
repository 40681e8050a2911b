//! A bounded number of values, spread evenly over all that were offered, however many they are.

/// Keeps at most twice as many values as will be needed, spread evenly over all that were offered.
pub struct Spread<T> {
    kept: Vec<T>,
    wanted: usize,
    stride: usize,
    offered: usize,
}

impl<T> Spread<T> {
    /// For this number of values.
    pub fn new(wanted: usize) -> Self {
        Self { kept: Vec::new(), wanted, stride: 1, offered: 0 }
    }

    /// Keeps the value of this place among all that were offered, if it falls on the stride.
    pub fn offer(&mut self, value: impl FnOnce(usize) -> T) {
        if self.offered.is_multiple_of(self.stride) {
            if self.kept.len() >= 2 * self.wanted {
                let mut index = 0;
                self.kept.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.stride *= 2;
            }
            if self.offered.is_multiple_of(self.stride) {
                self.kept.push(value(self.offered));
            }
        }
        self.offered += 1;
    }

    /// As many as are wanted, or all, in the order in which they came.
    pub fn take(&self) -> impl Iterator<Item = &T> {
        let count = self.kept.len().min(self.wanted);
        (0..count).map(move |i| &self.kept[i * self.kept.len() / count])
    }

    /// All that are kept, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter()
    }

    /// The same, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.kept.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_frames_are_spread_over_the_whole_capture() {
        for offered in [3, 14, 15, 60, 401] {
            let mut spread = Spread::new(7);
            for _ in 0..offered {
                spread.offer(|place| place);
            }
            let taken: Vec<_> = spread.take().copied().collect();
            assert_eq!(taken.len(), offered.min(7), "{offered}");
            assert!(spread.iter().count() <= 14);
            assert!(taken.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(*taken.last().unwrap() >= offered * 2 / 3, "{offered}: {taken:?}");
        }
    }
}
