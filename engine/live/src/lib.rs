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
//! let sample = |s, value| Sample::new(at(s), value, Quality::Good, "dB(A)".into());
//! let (store, counts) = TimeStore::default()
//!     .extended(vec![(noise.clone(), sample(60, 71.5)), (noise.clone(), sample(0, 63.0))]);
//! assert_eq!(counts.added, 2);
//! assert_eq!(store.value_at(&noise, at(59)).map(|s| s.value), Some(63.0));
//! ```

mod alarms;
mod anomaly;
#[cfg(test)]
mod arrivals;
mod cache;
mod channel;
mod chunk;
mod clock;
mod combined;
#[cfg(test)]
mod combined_tests;
mod course;
mod deciding;
mod fixture;
mod fold;
mod forecast;
mod hot;
#[cfg(test)]
mod hot_tests;
mod journal;
mod missing;
mod nab;
mod onsets;
mod pieces;
#[cfg(test)]
mod pieces_tests;
#[cfg(test)]
mod rule_tests;
mod rules;
mod state;
mod store;
mod thing;
mod timeline;
mod window;
mod wiring;

pub use alarms::{Act, Alarm, Because, Deed, Life, Transition, alarms_at, shelves, transitions};
pub use anomaly::{Oddities, Oddity, Trait, UNUSUAL_SCORE, Unusual, WARM_UP, Watcher, oddities};
pub use channel::{Channel, MAX_MAGNITUDE, Quality, Sample, is_measurable};
pub use chunk::{
    ChunkError, ChunkHeader, MAX_CHUNK_SAMPLES, MAX_UNIT_BYTES, NANOS_PER_DAY, decode_chunk, encode_chunk,
    read_chunk_header,
};
pub use clock::{clock_ahead_s, tell_clock};
pub use combined::{Extent, InputCurve, InputReading, input_curves};
pub use deciding::{Deciding, deciding_samples};
pub use fixture::{Expected, Fixture, FixtureArea, FixtureChannel, FixtureThing, Fixtures, Part};
pub use fold::Doubt;
pub use forecast::{Forecast, NoForecast, first_crossing, first_forecast, forecast};
pub use hot::{DayChunk, HotStore};
pub use journal::{JournalTail, LogFile, Recovered, Taken};
pub use missing::{Gap, gaps, is_companion, last_numbers, missing_before};
pub use nab::{NabScore, ScoredFile, nab_score};
pub use onsets::{Onset, OnsetFinder};
pub use pieces::{MOST_OF_INSTANT, Shelf};
pub use rules::{
    Condition, Delay, Hours, Input, Level, Measured, Night, Per, RuleError, SensorRule, SensorRules,
    Statistic, StatisticKind, Suspect, Take,
};
pub use state::{Cause, ChannelState, RuleRef, SensorState, shown_state, state_at};
pub use store::{Column, ExtendCounts, TimeStore, TimeStoreBuilder};
pub use thing::{Area, POSITION, Position, Thing, class_fits};
pub use wiring::{Surroundings, Wiring, combined_channels};
