//! Tests over the whole of Lantu: architecture, end to end, golden summaries, hostile input.
//!
//! Holds no code of its own; see the files under `tests/tests`.
