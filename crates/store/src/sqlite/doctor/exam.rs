//! What all parts of an examination share: the connection, the tallies, the
//! faults and their repair.

use std::collections::{BTreeMap, HashMap};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, params_from_iter};

use super::marks::Numbers;
use super::rollup::Rollup;
use super::{Area, Cure, Fault, Note, Result, Tally};
use crate::sqlite::dims::{self, Kind};
use pandaprobe_model::ProjectId;

/// How many changes one transaction takes.
const CHANGES: usize = 1000;

/// How many texts, and how many corrected traces, are remembered.
const REMEMBERED: usize = 200_000;

/// Writes repairs in bounded transactions.
#[derive(Debug)]
pub(super) struct Repairer {
    connection: Connection,
    waiting: usize,
}

impl Repairer {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            waiting: 0,
        }
    }

    fn run(&mut self, sql: &str, values: impl Params) -> Result<()> {
        if self.waiting == 0 {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        self.waiting += 1;
        self.connection.prepare_cached(sql)?.execute(values)?;
        if self.waiting >= CHANGES {
            self.save()?;
        }
        Ok(())
    }

    fn save(&mut self) -> Result<()> {
        if self.waiting > 0 {
            self.connection.execute_batch("COMMIT")?;
            self.waiting = 0;
        }
        Ok(())
    }
}

/// What was counted of one project.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) traces: i64,
    pub(super) sessions: i64,
    pub(super) spans: i64,
}

/// An examination under way.
pub(super) struct Exam<'a> {
    pub(super) reader: &'a Connection,
    repairer: Option<Repairer>,
    tell: &'a mut dyn FnMut(Note<'_>),
    tallies: BTreeMap<Area, Tally>,
    /// By id: project and kind.
    texts: HashMap<i64, (i64, i64)>,
    /// By project and text.
    tags: HashMap<(i64, String), Option<i64>>,
    /// The counted numbers of traces whose kept ones are wrong. Beyond a bound
    /// they are forgotten, and sessions and users are compared with what is kept.
    corrected: HashMap<i64, Numbers>,
    pub(super) projects: HashMap<i64, Counted>,
    /// How many tags of traces are in their index.
    pub(super) tags_found: i64,
}

impl std::fmt::Debug for Exam<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exam")
            .field("tallies", &self.tallies)
            .finish_non_exhaustive()
    }
}

impl<'a> Exam<'a> {
    pub(super) fn new(
        reader: &'a Connection,
        repairer: Option<Repairer>,
        tell: &'a mut dyn FnMut(Note<'_>),
    ) -> Result<Self> {
        Ok(Self {
            reader,
            repairer,
            tell,
            tallies: BTreeMap::new(),
            texts: HashMap::new(),
            tags: HashMap::new(),
            corrected: HashMap::new(),
            projects: HashMap::new(),
            tags_found: 0,
        })
    }

    /// Writes what repairs are left.
    pub(super) fn save(&mut self) -> Result<()> {
        self.repairer.as_mut().map_or(Ok(()), Repairer::save)
    }

    pub(super) fn tallies(&self, areas: &[Area]) -> Vec<(Area, Tally)> {
        let tally = |area: &Area| self.tallies.get(area).copied().unwrap_or_default();
        areas.iter().map(|area| (*area, tally(area))).collect()
    }

    pub(super) fn looking(&mut self, area: Area, done: i64, of: i64) {
        (self.tell)(Note::Looking {
            area,
            done: done.unsigned_abs(),
            of: of.unsigned_abs(),
        });
    }

    /// Counts what was looked at.
    pub(super) fn count(&mut self, area: Area, rows: u64) {
        self.tallies.entry(area).or_default().rows += rows;
    }

    /// Tells of a fault that cannot be repaired.
    pub(super) fn fault(
        &mut self,
        area: Area,
        table: &'static str,
        row: impl Into<String>,
        what: impl Into<String>,
    ) {
        self.tell_of(Fault {
            area,
            table,
            row: row.into(),
            what: what.into(),
            cure: Cure::None,
        });
    }

    /// Tells of a fault that `sql` heals, and heals it if that is asked for.
    pub(super) fn heal(
        &mut self,
        area: Area,
        (table, row): (&'static str, String),
        what: impl Into<String>,
        sql: &str,
        values: impl Params,
    ) -> Result<()> {
        let cure = match &mut self.repairer {
            Some(repairer) => {
                repairer.run(sql, values)?;
                Cure::Repaired
            }
            None => Cure::Repairable,
        };
        self.tell_of(Fault {
            area,
            table,
            row,
            what: what.into(),
            cure,
        });
        Ok(())
    }

    /// Compares a kept row, if there is one, with what was counted.
    pub(super) fn compare(
        &mut self,
        area: Area,
        rollup: Rollup,
        id: i64,
        kept: Option<&[Value]>,
        counted: &[Value],
    ) -> Result<bool> {
        let row = (rollup.table, id.to_string());
        let Some(kept) = kept else {
            let values = [Value::Integer(id)].into_iter().chain(counted.to_vec());
            let sql = rollup.insert();
            self.heal(
                area,
                row,
                "the row is missing",
                &sql,
                params_from_iter(values),
            )?;
            return Ok(false);
        };
        let at = rollup.differing(kept, counted);
        if at.is_empty() {
            return Ok(true);
        }
        let what = rollup.describe(&at, kept, counted);
        let values = at.iter().map(|index| counted[*index].clone());
        let values = [Value::Integer(id)].into_iter().chain(values);
        self.heal(
            area,
            row,
            what,
            &rollup.update(&at),
            params_from_iter(values),
        )?;
        Ok(false)
    }

    fn tell_of(&mut self, fault: Fault) {
        let tally = self.tallies.entry(fault.area).or_default();
        tally.faults += 1;
        tally.repaired += u64::from(fault.cure == Cure::Repaired);
        (self.tell)(Note::Fault(&fault));
    }

    /// Remembers what a trace's numbers should be.
    pub(super) fn correct(&mut self, trace: i64, numbers: Numbers) {
        if self.corrected.len() < REMEMBERED {
            self.corrected.insert(trace, numbers);
        }
    }

    /// A trace's numbers, given those that are kept.
    pub(super) fn numbers(&self, trace: i64, kept: Numbers) -> Numbers {
        self.corrected.get(&trace).copied().unwrap_or(kept)
    }

    /// Says what is wrong with the id of a text, if anything.
    pub(super) fn text_fault(
        &mut self,
        id: i64,
        project: i64,
        kinds: &[Kind],
    ) -> Result<Option<String>> {
        let found = match self.texts.get(&id) {
            Some(found) => Some(*found),
            None => {
                let found = self
                    .reader
                    .prepare_cached("SELECT project, kind FROM dim WHERE id = ?1")?
                    .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                if self.texts.len() >= REMEMBERED {
                    self.texts.clear();
                }
                if let Some(found) = found {
                    self.texts.insert(id, found);
                }
                found
            }
        };
        Ok(match found {
            None => Some(format!("text {id} is not there")),
            Some((owner, _)) if owner != project => {
                Some(format!("text {id} is of project {owner}"))
            }
            Some((_, kind)) if !kinds.iter().any(|wanted| *wanted as i64 == kind) => {
                Some(format!("text {id} is of kind {kind}"))
            }
            Some(_) => None,
        })
    }

    /// The id of a tag's text, if there is one.
    pub(super) fn tag(&mut self, project: i64, text: &str) -> Result<Option<i64>> {
        let key = (project, text.to_owned());
        if let Some(found) = self.tags.get(&key) {
            return Ok(*found);
        }
        let found = dims::find(self.reader, ProjectId(project), Kind::Tag, text)?;
        if self.tags.len() >= REMEMBERED {
            self.tags.clear();
        }
        self.tags.insert(key, found);
        Ok(found)
    }
}

/// Reads `count` columns from `at` on.
pub(super) fn values(
    row: &rusqlite::Row<'_>,
    at: usize,
    count: usize,
) -> rusqlite::Result<Vec<Value>> {
    (at..at + count).map(|index| row.get(index)).collect()
}
