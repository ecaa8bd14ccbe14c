//! The index by metadata, so that traces can be filtered by it.

use pandaprobe_model::{ProjectId, RawJson, json};

use super::Group;
use crate::Result;
use crate::sqlite::dims::Kind;

/// Filters see so many characters of a value and, of one fragment, so many
/// members; the payload itself is never cut.
const SEEN_CHARS: usize = 255;
const SEEN_MEMBERS: usize = 100;

/// Takes the members of an object that is merged into a trace's metadata into
/// the index. A member that is no scalar goes out of it.
pub(super) fn write(
    group: &mut Group<'_>,
    project: ProjectId,
    trace: i64,
    object: &RawJson,
) -> Result<()> {
    let connection = group.connection;
    let members = json::members(object.as_bytes()).unwrap_or_default();
    for (key, value) in members.iter().take(SEEN_MEMBERS) {
        let Ok(key) = std::str::from_utf8(&key.0) else {
            continue;
        };
        let dims = &mut group.memory.dims;
        let key = dims.intern(connection, project, Kind::MetadataKey, key)?;
        match json::scalar_text(value.get()) {
            Some(text) => {
                let seen: String = text.chars().take(SEEN_CHARS).collect();
                connection
                    .prepare_cached(
                        "INSERT INTO trace_meta(trace, key, value) VALUES (?1, ?2, ?3)
                         ON CONFLICT DO UPDATE SET value = ?3",
                    )?
                    .execute((trace, key, seen))?;
            }
            None => {
                connection
                    .prepare_cached("DELETE FROM trace_meta WHERE trace = ?1 AND key = ?2")?
                    .execute((trace, key))?;
            }
        }
    }
    Ok(())
}
