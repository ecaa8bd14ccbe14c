//! Payloads: how inputs, outputs, metadata and errors are kept apart from the
//! rows. Each trace and batch has blocks of compressed items; an item is a
//! record (the fields of one trace or span) or the body of one chat message,
//! which records refer to, so that history that is sent again is stored once.

mod block;
mod known;
mod load;
mod prepare;
mod record;
mod varint;

pub(super) use block::{Block, Builder, Packed, block_id, block_trace};
pub(super) use known::{Known, NewBodies, OwnerKey, Reference, body_hash, find_message};
pub(super) use load::Loader;
pub(super) use prepare::{Packing, Prepared, PreparedSpan, amounts_of, prepare};
pub(super) use record::{ItemRef, Record, Value};
