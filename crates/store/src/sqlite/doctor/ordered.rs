//! Tables read side by side, each in the order of the same key.

use super::Result;

/// Rows with a look at the next one.
#[derive(Debug)]
pub(super) struct Ordered<I, T> {
    rows: I,
    next: Option<T>,
}

impl<T, I: Iterator<Item = rusqlite::Result<T>>> Ordered<I, T> {
    pub(super) fn new(mut rows: I) -> Result<Self> {
        let next = rows.next().transpose()?;
        Ok(Self { rows, next })
    }

    /// The next row, which stays.
    pub(super) fn peek(&self) -> Option<&T> {
        self.next.as_ref()
    }

    /// Takes the next row if it is wanted.
    pub(super) fn next_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Result<Option<T>> {
        if !self.next.as_ref().is_some_and(wanted) {
            return Ok(None);
        }
        let following = self.rows.next().transpose()?;
        Ok(std::mem::replace(&mut self.next, following))
    }

    /// Takes all rows from here on that are wanted.
    pub(super) fn take_while(&mut self, wanted: impl Fn(&T) -> bool) -> Result<Vec<T>> {
        let mut taken = Vec::new();
        while let Some(row) = self.next_if(&wanted)? {
            taken.push(row);
        }
        Ok(taken)
    }
}

/// The least key that is next anywhere.
pub(super) fn least<const N: usize>(keys: [Option<i64>; N]) -> Option<i64> {
    keys.into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_group_by_group() {
        let mut rows = Ordered::new([1, 1, 2, 5].map(Ok).into_iter()).unwrap();
        assert_eq!(rows.take_while(|row| *row == 1).unwrap(), [1, 1]);
        assert_eq!(rows.next_if(|row| *row == 3).unwrap(), None);
        assert_eq!(least([rows.peek().copied(), None, Some(4)]), Some(2));
        assert_eq!(rows.take_while(|_| true).unwrap(), [2, 5]);
        assert_eq!(rows.peek(), None);
    }
}
