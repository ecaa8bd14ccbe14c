//! The seeded source of every choice the demo makes.
//!
//! Ranges are derived here rather than with a distribution crate, so that a
//! dependency update never changes what a seed means.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A deterministic random source; equal seed and stream give equal choices.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// Returns the source for one numbered part of the demo. Parts are
    /// independent, so asking for more sessions never changes earlier ones.
    pub(crate) fn new(seed: u64, anchor_micros: i64, stream: u64) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&anchor_micros.to_le_bytes());
        key[16..24].copy_from_slice(&stream.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Returns a number in `low..high`; `low` when the range is empty.
    pub(crate) fn range(&mut self, low: u64, high: u64) -> u64 {
        let width = high.saturating_sub(low);
        let scaled = (u128::from(self.0.next_u64()) * u128::from(width)) >> 64;
        low + u64::try_from(scaled).unwrap_or(0)
    }

    /// Returns an index below `len`; 0 when `len` is 0.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.range(0, len as u64)).unwrap_or(0)
    }

    /// Returns true with the given probability (0 to 1).
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Returns a number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns one of `items`, each as likely as the next.
    ///
    /// # Panics
    /// When `items` is empty: every table of the demo has entries.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &'a [&'a T]) -> &'a T {
        items[self.index(items.len())]
    }

    /// Returns one element of `items` by reference. Panics when it is empty.
    pub(crate) fn one<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// Returns an index into `weights`, each as likely as its weight says.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let mut left = self.range(0, total);
        for (index, weight) in weights.iter().enumerate() {
            if left < u64::from(*weight) {
                return index;
            }
            left -= u64::from(*weight);
        }
        0
    }

    /// Returns an index below `len`, low ones far more often: a few users
    /// make most of the traffic, as everywhere.
    pub(crate) fn skewed(&mut self, len: usize) -> usize {
        let position = self.unit().powf(2.4) * len as f64;
        (position as usize).min(len.saturating_sub(1))
    }

    /// Returns a duration around `median_ms` with a long tail to the right,
    /// in milliseconds.
    pub(crate) fn around_ms(&mut self, median_ms: u64) -> u64 {
        // The sum of four uniforms is close enough to a normal for a log-normal tail.
        let normal = (0..4).map(|_| self.unit()).sum::<f64>() - 2.0;
        (median_ms as f64 * (normal * 0.75).exp()).round() as u64
    }

    /// Returns a random (version 4) UUID in its usual text form.
    pub(crate) fn uuid(&mut self) -> String {
        let mut high = self.0.next_u64();
        let mut low = self.0.next_u64();
        high = (high & !0xf000) | 0x4000;
        low = (low & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// Returns `len` (at most 16) random hexadecimal digits.
    pub(crate) fn hex(&mut self, len: usize) -> String {
        let digits = format!("{:016x}", self.0.next_u64());
        digits[..len.min(16)].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_choices() {
        let roll = |seed, stream| {
            let mut dice = Dice::new(seed, 5, stream);
            (dice.uuid(), dice.range(0, 1000), dice.hex(6))
        };
        assert_eq!(roll(1, 2), roll(1, 2));
        assert_ne!(roll(1, 2), roll(1, 3));
        assert_ne!(roll(1, 2), roll(2, 2));
    }

    #[test]
    fn ranges_are_half_open_and_cover_their_ends() {
        let mut dice = Dice::new(9, 0, 0);
        let rolls: Vec<u64> = (0..500).map(|_| dice.range(3, 6)).collect();
        for expected in 3..6 {
            assert!(rolls.contains(&expected));
        }
        assert!(rolls.iter().all(|roll| (3..6).contains(roll)));
        assert_eq!(dice.range(4, 4), 4);
    }

    #[test]
    fn uuids_are_version_4() {
        let mut dice = Dice::new(9, 0, 0);
        for _ in 0..50 {
            let id = dice.uuid();
            assert_eq!(id.len(), 36);
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]));
        }
    }

    #[test]
    fn skew_prefers_low_indexes() {
        let mut dice = Dice::new(9, 0, 0);
        let low = (0..1000).filter(|_| dice.skewed(20) < 5).count();
        assert!(low > 450, "{low} of 1000 in the first quarter");
    }
}
