//! Which sessions the demo has and when they take place.

use super::calendar::{DAY, working_moment};
use super::dice::Dice;
use super::scenarios::nightly::{self, Job};
use super::scenarios::{analyst, booking, coding, research, single, support, tutor};
use super::trace::Session;

/// Stream of the plan itself; pieces use their own numbers.
const PLAN_STREAM: u64 = u64::MAX;
/// Streams of traces without a session lie apart from those of sessions.
const FIRST_SINGLE_STREAM: u64 = 1 << 32;
/// One trace without a session for this many sessions.
const SESSIONS_PER_SINGLE: usize = 4;
/// Places in the plan at which a session goes on while the demo is looked at.
const LIVE: [usize; 4] = [2, 3, 4, 5];

/// One thing to generate.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    scenario: Scenario,
    /// Counts the sessions of one scenario: takes the next entry of its
    /// tables, so that neighbours differ.
    ordinal: usize,
    stream: u64,
    start: i64,
    live: bool,
}

#[derive(Clone, Copy)]
enum Scenario {
    Support,
    Coding,
    Analyst,
    Research,
    Booking,
    Tutor,
    /// A conversation of more than eighty turns.
    Marathon,
    /// A trace of more than four hundred spans.
    Migration,
    Nightly(Job, u64),
    /// A trace outside any session.
    Single,
}

/// How often each scenario comes; nightly jobs are counted apart.
const MIX: [(Scenario, u32); 6] = [
    (Scenario::Support, 46),
    (Scenario::Coding, 14),
    (Scenario::Analyst, 14),
    (Scenario::Research, 7),
    (Scenario::Booking, 12),
    (Scenario::Tutor, 7),
];

/// Returns the pieces of a demo with this many sessions, in the order in
/// which they begin.
pub(crate) fn pieces(seed: u64, now: i64, sessions: usize) -> Vec<Piece> {
    let mut planner = Planner::new(seed, now);
    let mut pieces: Vec<Piece> = (0..sessions).map(|at| planner.session(at)).collect();
    let singles = sessions.div_ceil(SESSIONS_PER_SINGLE);
    pieces.extend((0..singles).map(|at| Piece {
        scenario: Scenario::Single,
        ordinal: at,
        stream: FIRST_SINGLE_STREAM + at as u64,
        start: now - DAY,
        live: false,
    }));
    pieces.sort_by_key(|piece| piece.start);
    pieces
}

struct Planner {
    dice: Dice,
    now: i64,
    /// The next ordinal of each entry of the mix.
    ordinals: [usize; MIX.len()],
}

impl Planner {
    fn new(seed: u64, now: i64) -> Self {
        let mut dice = Dice::new(seed, now, PLAN_STREAM);
        // Every seed begins somewhere else in the scenarios' tables.
        let ordinals = [(); MIX.len()].map(|()| dice.index(100));
        Self {
            dice,
            now,
            ordinals,
        }
    }

    fn session(&mut self, at: usize) -> Piece {
        let (scenario, ordinal) = self.scenario(at);
        let latest = match scenario {
            // Both take longer than most; they shall be over by now.
            Scenario::Marathon => self.now - DAY,
            Scenario::Migration => self.now - DAY / 2,
            _ => self.now,
        };
        Piece {
            scenario,
            ordinal,
            stream: at as u64,
            start: working_moment(&mut self.dice, latest),
            live: LIVE.contains(&at),
        }
    }

    /// The first places hold what every demo needs, then comes the mix, with
    /// a nightly run in every ninth place until the fortnight is full.
    fn scenario(&mut self, at: usize) -> (Scenario, usize) {
        match at {
            0 => (Scenario::Marathon, 0),
            1 => (Scenario::Migration, 0),
            2 | 3 => self.mixed(0),
            4 => self.mixed(1),
            5 => self.mixed(3),
            _ => match nightly_run(at) {
                Some(run) => (run, 0),
                None => {
                    let entry = self.dice.weighted(&MIX.map(|(_, weight)| weight));
                    self.mixed(entry)
                }
            },
        }
    }

    fn mixed(&mut self, entry: usize) -> (Scenario, usize) {
        self.ordinals[entry] += 1;
        (MIX[entry].0, self.ordinals[entry])
    }
}

fn nightly_run(at: usize) -> Option<Scenario> {
    let run = at / 9;
    let nights_ago = (run / 2) as u64 + 1;
    let job = if run.is_multiple_of(2) {
        Job::Tickets
    } else {
        Job::Reviews
    };
    let due = at % 9 == 8 && nights_ago <= nightly::NIGHTS;
    due.then_some(Scenario::Nightly(job, nights_ago))
}

impl Piece {
    /// Generates the piece as it stands at `now`.
    pub(crate) fn generate(self, seed: u64, now: i64) -> Session {
        let mut dice = Dice::new(seed, now, self.stream);
        let mut session = self.session(&mut dice, now);
        if self.live {
            session.make_live(now);
        }
        session.settle(now);
        session
    }

    fn session(self, dice: &mut Dice, now: i64) -> Session {
        let (ordinal, start) = (self.ordinal, self.start);
        match self.scenario {
            Scenario::Support => support::session(dice, start),
            Scenario::Coding => coding::session(dice, ordinal, start),
            Scenario::Analyst => analyst::session(dice, ordinal, start),
            Scenario::Research => research::session(dice, ordinal, start),
            Scenario::Booking => booking::session(dice, start),
            Scenario::Tutor => tutor::session(dice, start),
            Scenario::Marathon => tutor::marathon(dice, start),
            Scenario::Migration => coding::migration(dice, start),
            Scenario::Nightly(job, nights_ago) => nightly::session(dice, job, nights_ago, now),
            Scenario::Single => single::piece(dice, now),
        }
    }
}
