//! 128-bit ids in the form of a random UUID (version 4).

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use rand::rngs::{SmallRng, SysRng};
use rand::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

/// Id of a trace or a span: 128 bits, printed as a lower-case hyphenated UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(Uuid);

impl Id {
    /// Makes a new random id (UUID version 4) without a system call.
    ///
    /// The generator has 256 bits of state per thread, so that ids of many processes
    /// do not meet; it is not meant to be unguessable.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        fill_random(&mut bytes);
        Self(Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Reads any textual form of a UUID; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// Appends the hyphenated form to `out`.
    pub fn push_to(self, out: &mut String) {
        let mut buffer = Uuid::encode_buffer();
        out.push_str(self.0.hyphenated().encode_lower(&mut buffer));
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Counts forks: a thread-local generator of an older generation is not used again.
static GENERATION: AtomicU32 = AtomicU32::new(0);

struct LocalRng {
    generation: u32,
    rng: SmallRng,
}

thread_local! {
    static RNG: RefCell<Option<LocalRng>> = const { RefCell::new(None) };
}

/// Makes every generator of this process seed itself anew.
///
/// To be called in the child after a fork, which would otherwise repeat its parent's ids.
pub(crate) fn reseed() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// A random number in `0.0..1.0`, for jitter.
pub(crate) fn random_unit() -> f64 {
    let mut bytes = [0; 8];
    fill_random(&mut bytes);
    // 53 bits are what an f64 holds exactly.
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

fn fill_random(bytes: &mut [u8]) {
    let generation = GENERATION.load(Ordering::Relaxed);
    RNG.with_borrow_mut(|slot| {
        let current = slot.take().filter(|local| local.generation == generation);
        let mut local = current.unwrap_or_else(|| LocalRng {
            generation,
            rng: seeded(),
        });
        local.rng.fill_bytes(bytes);
        *slot = Some(local);
    });
}

fn seeded() -> SmallRng {
    SmallRng::try_from_rng(&mut SysRng).unwrap_or_else(|_| SmallRng::seed_from_u64(weak_seed()))
}

/// For a system without a source of randomness: time, process and a stack address differ.
fn weak_seed() -> u64 {
    let nanos = crate::clock::wall_nanos() as u64;
    let pid = u64::from(std::process::id());
    let stack = std::ptr::from_ref(&nanos).addr() as u64;
    nanos ^ pid.rotate_left(32) ^ stack.rotate_left(17)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_distinct_version_4_uuids() {
        let ids: HashSet<String> = (0..10_000).map(|_| Id::random().to_string()).collect();
        assert_eq!(ids.len(), 10_000);
        for id in &ids {
            assert_eq!(id.len(), 36);
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]));
        }
    }

    #[test]
    fn text_form_round_trips() {
        let id = Id::random();
        let mut text = String::new();
        id.push_to(&mut text);
        assert_eq!(Id::parse(&text), Some(id));
        assert_eq!(Id::parse("not-a-uuid"), None);
    }

    #[test]
    fn reseeding_does_not_repeat_ids() {
        let before = Id::random();
        reseed();
        assert_ne!(before, Id::random());
    }

    #[test]
    fn jitter_stays_in_the_unit_interval() {
        assert!(
            (0..1000)
                .map(|_| random_unit())
                .all(|u| (0.0..1.0).contains(&u))
        );
    }
}
