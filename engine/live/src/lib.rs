//! What the sensors said, and what state a channel is in at an instant.
//!
//! Owns channels, the time store (immutable snapshots of encoded day chunks) and the rules that turn readings
//! into states. Must not know the scene, the GPU, panels, files or geometry formats: chunks and rules come and
//! go as bytes.
//!
//! Main types: [`TimeStore`], [`Channel`], [`SensorRules`].
//!
//! ```
//! use lantu_base::{ChannelId, UtcNanos};
//! use lantu_live::{Quality, Sample, TimeStore};
//!
//! let noise = ChannelId("noise-1".into());
//! let at = |s: i64| UtcNanos(s * 1_000_000_000);
//! let sample = |s, value| Sample { time: at(s), value, quality: Quality::Good, unit: "dB(A)".into() };
//! let (store, counts) = TimeStore::default()
//!     .extended(vec![(noise.clone(), sample(60, 71.5)), (noise.clone(), sample(0, 63.0))]);
//! assert_eq!(counts.added, 2);
//! assert_eq!(store.value_at(&noise, at(59)).map(|s| s.value), Some(63.0));
//! ```

mod cache;
mod channel;
mod chunk;
mod rules;
mod state;
mod store;

pub use channel::{Channel, Quality, Sample};
pub use chunk::{
    ChunkError, ChunkHeader, MAX_CHUNK_SAMPLES, MAX_UNIT_BYTES, NANOS_PER_DAY, decode_chunk, encode_chunk,
    read_chunk_header,
};
pub use rules::{Level, Night, RuleError, SensorRule, SensorRules};
pub use state::{Cause, ChannelState, RuleRef, SensorState, state_at};
pub use store::{Column, ExtendCounts, TimeStore, TimeStoreBuilder};
