//! Text that compresses and repeats about like real prompts and tool output.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const WHO: [&str; 16] = [
    "the customer",
    "our warehouse",
    "the payment provider",
    "a second account",
    "the night shift",
    "the search index",
    "the mobile client",
    "one of the suppliers",
    "the finance team",
    "the carrier",
    "the new importer",
    "a long-running job",
    "the reviewer",
    "the staging cluster",
    "the gateway in Frankfurt",
    "nobody on the team",
];
const DOES: [&str; 20] = [
    "reported",
    "confirmed",
    "rejected",
    "forgot to send",
    "is still waiting for",
    "recalculated",
    "exported",
    "has twice cancelled",
    "cannot find",
    "moved",
    "compared",
    "asked about",
    "retried",
    "signed off",
    "merged",
    "delayed",
    "replaced",
    "measured",
    "described",
    "no longer needs",
];
const WHAT: [&str; 24] = [
    "the invoice for September",
    "a partial refund",
    "the shipping label",
    "three of the twelve parcels",
    "the signed contract",
    "an outdated price list",
    "the failing integration test",
    "the customs declaration",
    "a duplicate booking",
    "the meter reading",
    "the migration plan",
    "the translated product page",
    "last week's forecast",
    "the open purchase order",
    "the access request",
    "a very slow query",
    "the insurance claim",
    "the wrong tax rate",
    "the second attachment",
    "the delivery window",
    "an unusual spike in traffic",
    "the returned blue jacket",
    "the backup from Sunday",
    "the room for twelve people",
];
const WHEN: [&str; 14] = [
    "on Monday morning",
    "before the deadline",
    "after the last release",
    "without giving a reason",
    "within two hours",
    "for the third time this month",
    "because the quota was used up",
    "during the maintenance window",
    "although it was approved",
    "as described in the handbook",
    "once the stock had been counted",
    "in the other time zone",
    "at the customer's own risk",
    "while the queue was full",
];
const LINKS: [&str; 10] = [
    "Therefore",
    "However",
    "As far as we know",
    "In addition",
    "According to the log",
    "Strictly speaking",
    "Meanwhile",
    "To be safe",
    "For comparison",
    "In the end",
];

/// A seeded writer of sentences.
pub(crate) struct Writer(ChaCha8Rng);

impl Writer {
    /// Returns a writer whose texts depend on the seed alone.
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Returns a number below `limit` (0 when `limit` is 0).
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let scaled = (u128::from(self.0.next_u64()) * u128::from(limit)) >> 64;
        u64::try_from(scaled).unwrap_or(0)
    }

    /// Returns one of the words.
    pub(crate) fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(words.len() as u64)).unwrap_or(0);
        words[index]
    }

    /// Returns prose of at least `bytes` bytes, ending with a full sentence.
    pub(crate) fn prose(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 120);
        while text.len() < bytes {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&self.sentence());
        }
        text
    }

    fn sentence(&mut self) -> String {
        let (who, does, what, when) = (
            self.pick(&WHO),
            self.pick(&DOES),
            self.pick(&WHAT),
            self.pick(&WHEN),
        );
        let link = self.pick(&LINKS);
        let number = self.below(90_000) + 1000;
        match self.below(4) {
            0 => format!("{link}, {who} {does} {what} {when}."),
            1 => format!("{link}, {who} {does} {what} (case {number})."),
            2 => format!("{link}: {number} items, {who} {does} {what} {when}."),
            _ => format!(
                "{link} {who} {does} {what}, which {} {when}.",
                self.pick(&DOES)
            ),
        }
    }

    /// Returns `digits` random hexadecimal digits (at most 16).
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let text = format!("{:016x}", self.0.next_u64());
        text[..digits.min(16)].to_owned()
    }
}
