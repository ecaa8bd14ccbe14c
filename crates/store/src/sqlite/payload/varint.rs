//! LEB128 numbers and length-prefixed bytes.

use bytes::Bytes;

/// Appends a number.
pub(super) fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7F) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a number that may be negative, small ones in few bytes.
pub(super) fn write_signed(out: &mut Vec<u8>, number: i64) {
    write(out, ((number << 1) ^ (number >> 63)) as u64);
}

/// Reads from the front; every method gives `None` at the end or on damage.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    whole: &'a Bytes,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(whole: &'a Bytes) -> Self {
        Self { whole, at: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at >= self.whole.len()
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.whole.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Bytes behind their length, sharing the allocation.
    pub(super) fn bytes(&mut self) -> Option<Bytes> {
        let len = usize::try_from(self.number()?).ok()?;
        let end = self
            .at
            .checked_add(len)
            .filter(|end| *end <= self.whole.len())?;
        let bytes = self.whole.slice(self.at..end);
        self.at = end;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_read_back(number: u64, signed: i64) {
            let mut out = Vec::new();
            write(&mut out, number);
            write_signed(&mut out, signed);
            let out = Bytes::from(out);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert!(reader.is_empty());
        }
    }
}
