//! Where readings come from while a project is open: files replayed, services polled, stations that call in.
//!
//! Owns the formats and protocols of feeds, and the queue between a source and who stores its readings. Must not know
//! the project, the session, how readings are stored, or the screen.
//!
//! Main types: [`FeedSource`], [`FeedSink`], [`Batch`].
//!
//! ```
//! use lantu_feeds::hj212::crc;
//!
//! // The check value of HJ 212 is not that of Modbus, though both are called CRC-16.
//! assert_eq!(crc(b"QN=1;ST=22;CN=9014;PW=1;MN=1;Flag=4;CP=&&&&").len(), 4);
//! ```
#![deny(clippy::indexing_slicing)]

mod counters;
pub mod hj212;
mod joiner;
pub mod mqtt;
mod names;
mod parquet;
mod place;
mod quality;
mod queue;
mod replay;
mod sensorthings;

pub use counters::{Counters, Named, Tally};
pub use queue::{Batch, FeedError, FeedSink, FeedSource, queue, start};
pub use replay::{Positions, Replay};
pub use sensorthings::{SensorThings, SensorThingsAccess};
