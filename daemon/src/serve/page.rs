//! Lists come in pages: as many rows as one message holds, and never more than were asked for.

use prost::Message;
use wetsign_api::MAX_MESSAGE;

/// Bytes that a message keeps for its envelope.
const ENVELOPE: usize = 4096;
/// Tag and length of a row.
const ROW: usize = 8;

/// The rows of one message.
pub(super) struct Page<T> {
    rows: Vec<T>,
    most: usize,
    room: usize,
    full: bool,
}

impl<T: Message> Page<T> {
    /// An empty one, for `most` rows.
    pub(super) const fn new(most: usize) -> Self {
        Self { rows: Vec::new(), most, room: MAX_MESSAGE - ENVELOPE, full: false }
    }

    /// Takes the next row, if there is room for it; then all rows before it were taken.
    pub(super) fn takes(&mut self, row: T) -> bool {
        let left = self.room.checked_sub(row.encoded_len() + ROW).filter(|_| self.rows.len() < self.most);
        self.full |= left.is_none();
        if let Some(left) = left
            && !self.full
        {
            self.room = left;
            self.rows.push(row);
        }
        !self.full
    }

    /// Whether a row found no room.
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn into_rows(self) -> Vec<T> {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use wetsign_api::v1::{Enrolment, EnrolmentList};

    use super::*;

    fn row(number: usize) -> Enrolment {
        Enrolment { label: number.to_string(), record: vec![0; number % 3000], ..Enrolment::default() }
    }

    #[test]
    fn every_row_is_on_one_page_and_every_page_fits_into_its_message() {
        let (mut seen, mut pages) = (0, 0);
        while seen < 5000 {
            let mut page = Page::new(usize::MAX);
            let taken = (seen..5000).take_while(|number| page.takes(row(*number))).count();
            assert_eq!(page.is_full(), seen + taken < 5000);
            let list = EnrolmentList { enrolments: page.into_rows(), next_page: vec![0; 64] };
            assert_eq!(list.enrolments.first().map(|first| first.label.clone()), Some(seen.to_string()));
            assert!(list.encoded_len() <= MAX_MESSAGE && taken == list.enrolments.len());
            (seen, pages) = (seen + taken, pages + 1);
        }
        assert!((3..10).contains(&pages), "{pages}");
    }

    #[test]
    fn a_row_that_finds_no_room_ends_the_page() {
        let mut page = Page::new(2);
        assert_eq!([0, 1, 2, 3].map(|number| page.takes(row(number))), [true, true, false, false]);
        assert_eq!(page.into_rows().len(), 2);
        let mut page = Page::new(9);
        let large = Enrolment { record: vec![0; MAX_MESSAGE], ..Enrolment::default() };
        assert!(!page.takes(large) && !page.takes(row(1)), "nothing is left out in the middle");
    }
}
