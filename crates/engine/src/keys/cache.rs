//! What was found out about keys a moment ago.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use pandaprobe_model::Timestamp;
use pandaprobe_model::project::ApiKey;
use parking_lot::Mutex;
use uuid::Uuid;

/// How long a key is not looked up again. Changes made by this process are
/// noticed at once, so this bounds only what others do to the store.
const TRUSTED: Duration = Duration::from_secs(5);

/// More keys than this are not remembered: callers choose what they send.
const REMEMBERED: usize = 1_000;

/// How often the use of a key is written down, in nanoseconds.
const NOTED_EVERY: i64 = 60 * 1_000_000_000;

/// Keys by their hash, as the store knew them.
#[derive(Debug, Default)]
pub(crate) struct KeyCache(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Counts changes of keys. What was read before a change must not be kept
    /// after it.
    generation: u64,
    keys: HashMap<[u8; 32], Entry>,
    /// When the use of a key was last written down.
    noted: HashMap<Uuid, Timestamp>,
}

#[derive(Debug)]
struct Entry {
    since: Instant,
    key: Option<ApiKey>,
}

/// The state of the keys at which a look-up began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Generation(u64);

impl KeyCache {
    /// What the store said about the key a moment ago, or the generation to
    /// [`KeyCache::keep`] its next answer under.
    pub(super) fn get(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>, Generation> {
        let known = self.0.lock();
        match known.keys.get(hash) {
            Some(entry) if entry.since.elapsed() < TRUSTED => Ok(entry.key.clone()),
            _ => Err(Generation(known.generation)),
        }
    }

    /// Remembers what the store said, unless keys have changed since it was asked.
    pub(super) fn keep(&self, hash: [u8; 32], key: Option<&ApiKey>, asked: Generation) {
        let mut known = self.0.lock();
        if known.generation != asked.0 {
            return;
        }
        if known.keys.len() >= REMEMBERED {
            known.keys.clear();
        }
        let entry = Entry {
            since: Instant::now(),
            key: key.cloned(),
        };
        known.keys.insert(hash, entry);
    }

    /// Forgets everything: some key has changed.
    pub(crate) fn forget(&self) {
        let mut known = self.0.lock();
        known.generation += 1;
        known.keys.clear();
    }

    /// Whether the use of `key` is to be written down now; says so to one caller
    /// a minute.
    pub(super) fn claim_note(&self, key: &ApiKey, now: Timestamp) -> bool {
        let mut known = self.0.lock();
        let last = known.noted.get(&key.id).copied().max(key.last_used_at);
        if last.is_some_and(|last| now.0.saturating_sub(last.0) < NOTED_EVERY) {
            return false;
        }
        if known.noted.len() >= REMEMBERED {
            known.noted.clear();
        }
        known.noted.insert(key.id, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let cache = KeyCache::default();
        let hash = [1; 32];
        let asked = cache.get(&hash).unwrap_err();
        cache.forget();
        cache.keep(hash, None, asked);
        let asked = cache.get(&hash).unwrap_err();
        cache.keep(hash, None, asked);
        assert_eq!(cache.get(&hash).unwrap(), None);
    }
}
