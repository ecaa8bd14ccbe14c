//! A body as bytes, and the places in it that change with every request.

use bytes::{BufMut, BytesMut};
use jiff::Timestamp;

use super::body::{self, ID, MARK, SESSION, SpanMix, TIME};
use super::text::Writer;

/// Length of a time on the wire: `2026-11-20T22:52:56.613180+00:00`.
const TIME_BYTES: usize = 32;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What makes one request different from every other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Salt {
    /// Goes into every id and text of the trace.
    pub(crate) request: u32,
    /// Goes into the session id.
    pub(crate) session: u32,
    /// Start of the trace, microseconds since the epoch.
    pub(crate) start_micros: i64,
}

/// Prebuilt bodies.
#[derive(Debug)]
pub(crate) struct Templates {
    bodies: Vec<Template>,
}

/// One prebuilt body and what to write over.
#[derive(Debug)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    patches: Vec<Patch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patch {
    Request(usize),
    Session(usize),
    Time { at: usize, offset_micros: i64 },
}

impl Templates {
    /// Makes `count` bodies from the seed.
    pub(crate) fn new(seed: u64, count: usize, mix: SpanMix) -> Self {
        let mut writer = Writer::new(seed);
        let bodies = (0..count)
            .map(|_| Template::new(body::trace(&mut writer, mix).to_string().into_bytes()))
            .collect();
        Self { bodies }
    }

    /// Appends body number `index` (modulo their count) to `out`.
    pub(crate) fn write(&self, index: usize, salt: Salt, out: &mut BytesMut) {
        self.bodies[index % self.bodies.len()].write(salt, out);
    }

    /// Average length of a body in bytes.
    pub(crate) fn average_bytes(&self) -> usize {
        let total: usize = self.bodies.iter().map(|body| body.bytes.len()).sum();
        total / self.bodies.len().max(1)
    }
}

impl Template {
    fn new(bytes: Vec<u8>) -> Self {
        let mut patches = Vec::new();
        let mut at = 0;
        while at + TIME_BYTES <= bytes.len() {
            if let Some(patch) = Patch::at(&bytes, at) {
                patches.push(patch);
            }
            at += 1;
        }
        Self { bytes, patches }
    }

    fn write(&self, salt: Salt, out: &mut BytesMut) {
        let start = out.len();
        out.put_slice(&self.bytes);
        let body = &mut out[start..];
        let day = Day::of(salt.start_micros);
        for patch in &self.patches {
            patch.apply(body, salt, &day);
        }
    }
}

impl Patch {
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let rest = &bytes[at..];
        if rest.starts_with(ID.as_bytes()) || rest.starts_with(MARK.as_bytes()) {
            return Some(Self::Request(at));
        }
        if rest.starts_with(SESSION.as_bytes()) {
            return Some(Self::Session(at));
        }
        let digits = rest.strip_prefix(TIME.as_bytes())?.get(..26)?;
        let offset = std::str::from_utf8(digits).ok()?.parse().ok()?;
        Some(Self::Time {
            at,
            offset_micros: offset,
        })
    }

    fn apply(self, body: &mut [u8], salt: Salt, day: &Day) {
        match self {
            Self::Request(at) => write_hex(&mut body[at..at + 8], salt.request),
            Self::Session(at) => write_hex(&mut body[at..at + 8], salt.session),
            Self::Time { at, offset_micros } => {
                let micros = salt.start_micros + offset_micros;
                day.write_time(&mut body[at..at + TIME_BYTES], micros);
            }
        }
    }
}

/// The date text of one day, so that times of a body need digits only.
struct Day {
    number: i64,
    text: String,
}

impl Day {
    fn of(micros: i64) -> Self {
        let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            number: micros.div_euclid(MICROS_PER_DAY),
            text: time.strftime("%Y-%m-%dT").to_string(),
        }
    }

    fn write_time(&self, out: &mut [u8], micros: i64) {
        if micros.div_euclid(MICROS_PER_DAY) != self.number {
            return Self::of(micros).write_time(out, micros);
        }
        let of_day = micros.rem_euclid(MICROS_PER_DAY);
        let seconds = of_day / 1_000_000;
        out[..11].copy_from_slice(self.text.as_bytes());
        write_digits(&mut out[11..13], seconds / 3600);
        out[13] = b':';
        write_digits(&mut out[14..16], seconds / 60 % 60);
        out[16] = b':';
        write_digits(&mut out[17..19], seconds % 60);
        out[19] = b'.';
        write_digits(&mut out[20..26], of_day % 1_000_000);
        out[26..].copy_from_slice(b"+00:00");
    }
}

fn write_digits(out: &mut [u8], mut value: i64) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
    }
}

fn write_hex(out: &mut [u8], value: u32) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (index, digit) in out.iter_mut().enumerate() {
        *digit = DIGITS[(value >> (28 - 4 * index)) as usize & 0xf];
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    const MIX: SpanMix = SpanMix {
        spans: 8,
        text_percent: 100,
    };
    const SALT: Salt = Salt {
        request: 0x00ab_cdef,
        session: 7,
        start_micros: 1_795_219_199_500_000, // half a second before midnight
    };

    fn written(index: usize, salt: Salt) -> Value {
        let mut out = BytesMut::new();
        Templates::new(1, 20, MIX).write(index, salt, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn spans_weigh_two_to_three_kilobytes() {
        let bytes = Templates::new(1, 100, MIX).average_bytes() / MIX.spans;
        assert!((2000..3000).contains(&bytes), "{bytes} bytes a span");
    }

    #[test]
    fn bodies_depend_on_seed_and_salt_only() {
        assert_eq!(written(3, SALT), written(3, SALT));
        let other = Salt { request: 1, ..SALT };
        assert_ne!(written(3, SALT), written(3, other));
    }

    #[test]
    fn nothing_is_left_of_the_placeholders() {
        for index in 0..20 {
            assert!(!written(index, SALT).to_string().contains('~'));
        }
    }

    #[test]
    fn salted_ids_are_uuids_and_all_different() {
        let mut ids = BTreeSet::new();
        for index in 0..20 {
            for request in [1, 2] {
                let trace = written(index, Salt { request, ..SALT });
                let spans = trace["spans"].as_array().unwrap().iter();
                ids.insert(trace["trace_id"].as_str().unwrap().to_owned());
                ids.extend(spans.map(|span| span["span_id"].as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(ids.len(), 20 * 2 * 9);
        assert!(ids.iter().all(|id| id.len() == 36 && &id[14..15] == "4"));
    }

    #[test]
    fn children_name_their_parent() {
        let trace = written(0, SALT);
        let spans = trace["spans"].as_array().unwrap();
        assert_eq!(spans.len(), 8);
        assert!(
            spans[1..]
                .iter()
                .all(|span| span["parent_span_id"] == spans[0]["span_id"])
        );
    }

    #[test]
    fn times_follow_the_salt_across_midnight() {
        let trace = written(0, SALT);
        assert_eq!(trace["started_at"], "2026-11-20T23:59:59.500000+00:00");
        assert_eq!(trace["ended_at"], "2026-11-21T00:00:08.500000+00:00");
        assert_eq!(trace["session_id"], "load-00000007");
    }
}
