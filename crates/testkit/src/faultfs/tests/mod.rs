//! The fault-injecting file layer, tested with plain SQLite on top: what SQLite promises for a setting must
//! hold on every snapshot, and what it does not promise must be seen to break.

mod durability;
mod faults;
mod harness;
mod model;
mod rules;
