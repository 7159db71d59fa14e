//! Sensors around the scene: the list of alarms, charts of the picked object's channels, following the present.

use std::sync::Arc;

use lantu_base::UtcNanos;

use crate::states::StateId;
use crate::words::{Msg, msg};

/// What sensors say, beside the colors.
#[derive(Clone, Debug)]
pub struct LiveModel {
    /// Alarms at the clock's time.
    pub alarms: Arc<[AlarmRow]>,
    /// Charts of the picked object's channels.
    pub charts: Arc<[ChartModel]>,
    /// Name of the picked object; empty without one.
    pub object: String,
    /// Length of the charts, seconds.
    pub chart_s: f64,
    /// The charts show where their channels are going.
    pub forecast: bool,
    /// The charts show how unusual readings are.
    pub unusual: bool,
    /// Who acts if nobody types another name.
    pub person: String,
    /// The clock follows the present.
    pub following: bool,
    /// When readings last came in from a feed; `None` before the first.
    pub fed: Option<UtcNanos>,
    /// Signs over the scene, the most urgent first.
    pub glyphs: Vec<GlyphModel>,
}

/// What a sign over the scene stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlyphKind {
    /// An object with channels.
    Sensor,
    /// A person.
    Person,
    /// A vehicle.
    Vehicle,
    /// A crane.
    Crane,
    /// Another thing that has a place.
    Other,
}

/// A sign over the scene. Positions are those in the window, points.
#[derive(Clone, Debug, PartialEq)]
pub struct GlyphModel {
    /// Where the place is that it stands for.
    pub at: [f32; 2],
    /// What it stands for.
    pub kind: GlyphKind,
    /// What it is called.
    pub name: String,
    /// Whether there is room for the name.
    pub named: bool,
    /// Its color.
    pub state: StateId,
    /// Whether that is known and not doubted.
    pub certain: bool,
    /// The circle that it reaches, as it is seen; empty if it reaches nothing.
    pub ring: Vec<[f32; 2]>,
}

/// Where an alarm stands, after ISA-18.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmLife {
    /// A level holds, and nobody has acknowledged it.
    Unacknowledged,
    /// The level has cleared, and its rule keeps it until somebody acknowledges it.
    Latched,
    /// The level has cleared before anybody acknowledged it.
    Returned,
    /// A level holds, and somebody has acknowledged it.
    Acknowledged,
    /// Silenced.
    Shelved,
}

impl AlarmLife {
    /// In the order of urgency.
    pub const ALL: [Self; 5] =
        [Self::Unacknowledged, Self::Latched, Self::Returned, Self::Acknowledged, Self::Shelved];

    /// The name on the screen.
    pub const fn msg(self) -> Msg {
        match self {
            Self::Unacknowledged => msg::ALARM_UNACKNOWLEDGED,
            Self::Latched => msg::ALARM_LATCHED,
            Self::Returned => msg::ALARM_RETURNED,
            Self::Acknowledged => msg::ALARM_ACKNOWLEDGED,
            Self::Shelved => msg::ALARM_SHELVED,
        }
    }

    /// Whether somebody should look at it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::Latched | Self::Returned)
    }
}

/// The alarm of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmRow {
    /// The channel's name.
    pub channel: String,
    /// What it is bound to, as people call it; empty while unbound.
    pub object: String,
    /// That object's row; without one it may be about a thing, or a site.
    pub row: Option<u32>,
    /// Whether somebody can fly there at the clock's time.
    pub flies: bool,
    /// The model or layer that the object belongs to, or the site.
    pub area: String,
    /// Where it stands.
    pub life: AlarmLife,
    /// The worst state since it was raised: its priority.
    pub worst: StateId,
    /// Name of the level that holds, or held last.
    pub level: String,
    /// When that level was raised.
    pub raised: UtcNanos,
    /// Latest reading: value, unit.
    pub reading: Option<(f64, String)>,
    /// Who did the last thing about it; empty if nobody did.
    pub by: String,
}

/// What a person does about an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmDeed {
    /// Seen.
    Acknowledge,
    /// Silenced for so many hours of the clock.
    Shelve {
        /// How long.
        hours: u32,
    },
    /// No longer silenced.
    Unshelve,
}

/// A channel over a stretch of time. Instants are seconds since `from`.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartModel {
    /// The channel's name.
    pub name: String,
    /// Unit of its values.
    pub unit: String,
    /// State at the clock's time.
    pub state: Option<StateId>,
    /// Last value at the clock's time, and its instant.
    pub last: Option<(f64, UtcNanos)>,
    /// First and last instant.
    pub span: (UtcNanos, UtcNanos),
    /// The clock.
    pub cursor_s: f64,
    /// Smallest and largest value of each column of pixels, as one line; between two of these lines nothing was read.
    pub runs: Vec<Vec<[f64; 2]>>,
    /// Levels of its rule: state, name, where it is raised; ascending.
    pub levels: Vec<(StateId, String, f64)>,
    /// Stretches in a state other than normal: from, to, state.
    pub intervals: Vec<(f64, f64, StateId)>,
    /// Stretches in which messages of the source never came, by its own numbers: from, to, how many.
    pub gaps: Vec<(f64, f64, u64)>,
    /// Nobody has compared the limits with the standard's text.
    pub unverified: bool,
    /// Where it is going, if that was asked for.
    pub outlook: Option<Outlook>,
    /// How unusual its readings are, if that was asked for.
    pub oddness: Option<Oddness>,
}

/// How unusual the readings of a chart are, by all that its channel read before.
#[derive(Clone, Debug, PartialEq)]
pub enum Oddness {
    /// Readings that are unusual in some way, ascending in time, and the score from which one is marked.
    Known {
        /// The readings.
        found: Vec<OddModel>,
        /// From this score on, 0 to 1.
        threshold: f64,
    },
    /// Fewer readings than it takes to know what is usual, which is so many.
    TooFew(usize),
    /// It has no readings of its own: a rule over several channels.
    Combined,
}

/// An unusual reading.
#[derive(Clone, Debug, PartialEq)]
pub struct OddModel {
    /// When.
    pub at: UtcNanos,
    /// The reading.
    pub value: f64,
    /// 0 to 1.
    pub score: f64,
    /// What of the series lies beyond everything before.
    pub what: OddTrait,
    /// By how much, as a share of the range before.
    pub by: f64,
}

/// What of a series is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddTrait {
    /// The reading.
    Level,
    /// The difference from the reading before.
    Jump,
    /// The mean of the last readings.
    Mean,
    /// The spread of the last readings.
    Spread,
}

impl OddTrait {
    /// Its sentence.
    pub fn msg(self) -> Msg {
        match self {
            Self::Level => msg::UNUSUAL_LEVEL,
            Self::Jump => msg::UNUSUAL_JUMP,
            Self::Mean => msg::UNUSUAL_MEAN,
            Self::Spread => msg::UNUSUAL_SPREAD,
        }
    }
}

/// Where a channel is going.
#[derive(Clone, Debug, PartialEq)]
pub enum Outlook {
    /// It will cross a limit.
    Crossing(ForecastModel),
    /// That cannot be told.
    Refused(NoOutlook),
}

/// Why it cannot be told where a channel is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoOutlook {
    /// Its rule has no limit for the reading itself.
    NoLimit,
    /// It has no readings of its own: a rule over several channels.
    Combined,
    /// Fewer readings than it takes.
    TooFew,
    /// The interval of the slope holds zero.
    NoTrend,
    /// It moves away from its limits.
    Away,
    /// Its limits are reached already.
    Reached,
    /// It moved in one step, not steadily.
    Step,
    /// The crossing is more than a thousand years away.
    TooFar,
}

impl NoOutlook {
    /// Its sentence.
    pub fn msg(self) -> Msg {
        match self {
            Self::NoLimit => msg::FORECAST_NO_LIMIT,
            Self::Combined => msg::FORECAST_COMBINED,
            Self::TooFew => msg::FORECAST_TOO_FEW,
            Self::NoTrend => msg::FORECAST_NO_TREND,
            Self::Away => msg::FORECAST_AWAY,
            Self::Reached => msg::FORECAST_REACHED,
            Self::Step => msg::FORECAST_STEP,
            Self::TooFar => msg::FORECAST_TOO_FAR,
        }
    }
}

/// The line through the readings until the clock, and when it crosses the first limit. Instants are seconds since the begin
/// of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastModel {
    /// Until where it is drawn.
    pub horizon_s: f64,
    /// The line from the first reading to the horizon.
    pub line: [[f64; 2]; 2],
    /// Its interval of 95 %: where it is certain, largest and smallest value at the horizon.
    pub interval: [[f64; 2]; 3],
    /// How many readings it stands on, the first and the last.
    pub readings: (usize, UtcNanos, UtcNanos),
    /// Change a day, and its interval of 95 %.
    pub slope: (f64, [f64; 2]),
    /// Name of the limit's level, and the limit.
    pub limit: (String, f64),
    /// When it is crossed, the earliest instant, and the latest; `None` beyond a thousand years.
    pub crossing: (UtcNanos, UtcNanos, Option<UtcNanos>),
}

/// A reading that decided about a state.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingModel {
    /// When.
    pub at: UtcNanos,
    /// In `unit`.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// It came after the state began: the latest one.
    pub later: bool,
    /// When the value was there, where its source says another instant than `at`.
    pub result: Option<UtcNanos>,
}

/// Lengths of charts that the panel offers, seconds.
pub const CHART_SPANS_S: [f64; 5] = [3_600.0, 86_400.0, 7.0 * 86_400.0, 30.0 * 86_400.0, 365.0 * 86_400.0];
