//! Lengths that the HTTP contract sets, and what is kept of a text that breaks them.

use std::borrow::Cow;

/// Longest name of a trace or span, in characters.
pub const NAME_MAX: usize = 512;
/// Longest session id, user id, session name, model, environment and release, in characters.
pub const LABEL_MAX: usize = 255;
/// Stands where a text was cut.
const CUT_MARK: char = '…';
/// Name of a trace or span that was given none.
const NAMELESS: &str = "unnamed";

/// Replaces NUL, which ids, names and tags must not hold.
pub fn clean_id(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Cuts `text` to `max` characters (its end then reads `…`) and replaces NUL.
pub fn bounded_text(text: &str, max: usize) -> Cow<'_, str> {
    let text = clean_id(text);
    // Bytes are at least as many as characters, so short texts need no counting.
    if text.len() <= max || text.chars().count() <= max {
        return text;
    }
    let kept = text.chars().take(max.saturating_sub(1)).chain([CUT_MARK]);
    Cow::Owned(kept.collect())
}

/// A trace's or span's name as the server takes it: 1 to [`NAME_MAX`] characters.
pub(crate) fn bounded_name(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed(NAMELESS);
    }
    bounded_text(text, NAME_MAX)
}

/// Shortens an id of a session or user to [`LABEL_MAX`] characters.
///
/// The end is replaced by a hash of the whole, so that different long ids stay
/// different and the traces of one session stay together.
pub fn bounded_session_id(text: &str) -> Cow<'_, str> {
    let text = clean_id(text);
    if text.len() <= LABEL_MAX || text.chars().count() <= LABEL_MAX {
        return text;
    }
    let hash = format!("~{:016x}", fnv1a(text.as_bytes()));
    let kept = text.chars().take(LABEL_MAX - hash.len());
    Cow::Owned(kept.chain(hash.chars()).collect())
}

/// FNV-1a: stable over processes and versions, which the standard hasher is not.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_texts_are_untouched() {
        assert_eq!(bounded_name("chat"), "chat");
        assert_eq!(bounded_name(""), "unnamed");
        assert_eq!(bounded_session_id("user:42/é"), "user:42/é");
        assert_eq!(clean_id("a\0b"), "a\u{fffd}b");
    }

    #[test]
    fn long_ids_that_share_a_beginning_stay_apart() {
        let a = format!("{}a", "x".repeat(300));
        let b = format!("{}b", "x".repeat(300));
        assert_ne!(bounded_session_id(&a), bounded_session_id(&b));
        assert_eq!(bounded_session_id(&a), bounded_session_id(&a));
    }

    proptest! {
        #[test]
        fn nothing_exceeds_its_limit(text in "\\PC{0,600}") {
            prop_assert!(bounded_name(&text).chars().count() <= NAME_MAX);
            prop_assert!(!bounded_name(&text).is_empty());
            prop_assert!(bounded_text(&text, LABEL_MAX).chars().count() <= LABEL_MAX);
            prop_assert!(bounded_session_id(&text).chars().count() <= LABEL_MAX);
        }
    }
}
