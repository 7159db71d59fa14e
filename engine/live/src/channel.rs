//! A sensor series and one value of it.

use std::sync::Arc;

use lantu_base::{ChannelId, UtcNanos};

use crate::Wiring;

/// What one series measures, on what, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Unique in the project.
    pub id: ChannelId,
    /// The object it is bound to, as written: `GlobalId` or `source:id`. Kept as text so that a binding may come
    /// before its object and survives a re-import; `None` while unbound.
    pub object: Option<String>,
    /// Observed property, which picks the rule: `strain`, `noise`, `dust`.
    pub quantity: String,
    /// Unit of the values where a sample does not state its own; empty if unknown.
    pub unit: String,
    /// Nominal seconds between two samples; 0 if unknown, then the rule's default counts.
    pub period_s: f64,
    /// When somebody silenced it: from, until.
    pub shelves: Vec<(UtcNanos, UtcNanos)>,
    /// Site it belongs to; empty where the project has one.
    pub site: String,
    /// What a rule over several channels looks at for it; `None` of a channel with readings of its own.
    pub wiring: Option<Arc<Wiring>>,
}

/// Largest magnitude of a value, in any unit. Chosen: no quantity of a district comes near it, and sums and squares of a
/// whole day of such values stay finite.
pub const MAX_MAGNITUDE: f64 = 1e30;

/// Whether something can have measured this value: a number, and none beyond [`MAX_MAGNITUDE`].
pub fn is_measurable(value: f64) -> bool {
    value.abs() <= MAX_MAGNITUDE
}

/// How far a value can be trusted, as in OPC UA. The order is from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Quality {
    /// As measured.
    #[default]
    Good,
    /// Usable with care.
    Uncertain,
    /// Not usable: shown, never judged.
    Bad,
    /// Not usable: the device's clock was far off when the value was received.
    BadClock,
    /// Not usable: the device's clock was far off when the value was received, which was told at that instant
    /// ([`crate::tell_clock`]). Nothing is judged by it at `time`.
    OffClock,
}

impl Quality {
    /// From the code that a device or a table writes: 0 good, 1 uncertain, 3 bad because of the clock, everything else bad.
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Good,
            1 => Self::Uncertain,
            3 => Self::BadClock,
            _ => Self::Bad,
        }
    }

    /// From the code that is stored, [`Quality::code`]: also 4, which only who receives a reading can say.
    pub fn from_stored(code: u8) -> Self {
        if code == Self::OffClock.code() { Self::OffClock } else { Self::from_code(code) }
    }

    /// Stable name: `good`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain => "uncertain",
            Self::Bad | Self::BadClock | Self::OffClock => "bad",
        }
    }

    /// The code in files.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// One value at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When the thing had this value (event time, not arrival).
    pub time: UtcNanos,
    /// In `unit`; always finite inside a store.
    pub value: f64,
    /// How far it can be trusted.
    pub quality: Quality,
    /// As written by the device or file; empty if it wrote none.
    pub unit: Arc<str>,
    /// The number that its source gave to the message; `None` where it numbers none. Of two readings of a channel at one
    /// instant both count if their numbers differ, the smaller one first; one without a number is then the same reading,
    /// told by somebody who did not know its number.
    pub sequence: Option<i64>,
    /// When the value was there, as its source says (`resultTime` of `SensorThings`): long after `time` where a laboratory or
    /// a computation comes between; `None` where it says nothing. It tells nobody apart: of two readings of one place that
    /// agree in all else the one with the earlier result is kept, and no state depends on it.
    pub result_time: Option<UtcNanos>,
}

impl Sample {
    /// A reading of which its source says no more.
    pub const fn new(time: UtcNanos, value: f64, quality: Quality, unit: Arc<str>) -> Self {
        Self { time, value, quality, unit, sequence: None, result_time: None }
    }

    /// Where it stands in its channel. Two of one place are the same reading.
    pub(crate) fn place(&self) -> (UtcNanos, Option<i64>) {
        (self.time, self.sequence)
    }
}
