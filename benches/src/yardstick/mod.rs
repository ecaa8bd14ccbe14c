//! What the machine does without a PandaProbe server: figures are told as a
//! ratio to these, measured in the same minute.

pub(crate) mod discard;
pub(crate) mod disk;
