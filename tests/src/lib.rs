//! Tests over the whole of Lantu: architecture, end to end, faults of importers, hostile input.
//!
//! Holds no code of its own; the tests lie under `tests/tests`, and `src/bin` has a worker that fails on purpose.
//! Must not know how any crate works inside: it uses what people and crates use.
