//! When a rule's night, or a condition, counts: hours, days of the week, dates, in civil time.

use lantu_base::{LocalTime, TimeZoneName, UtcNanos};
use serde::Deserialize;

use crate::NANOS_PER_DAY;

const MINUTE: i64 = 60_000_000_000;

/// Local hours in which `night_value` counts. Standards mean local civil time; a rule of one country's standard may
/// fix its offset, so that it does not depend on the project's settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Night {
    /// First minute of the local day, 0 to 1439.
    pub from_minute: u16,
    /// First minute that is day again; smaller than `from_minute` when the night crosses midnight.
    pub to_minute: u16,
    /// Local time minus UTC, minutes; the project's time zone if absent.
    #[serde(default)]
    pub utc_offset_minutes: Option<i16>,
}

/// A stretch of the calendar, in the project's time zone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// First minute of the local day, 0 to 1439.
    #[serde(default)]
    pub from_minute: u16,
    /// First minute outside; smaller than `from_minute` across midnight, equal for the whole day.
    #[serde(default)]
    pub to_minute: u16,
    /// Days of the week, 1 is Monday; all if empty. The small hours after midnight belong to their own day.
    #[serde(default)]
    pub weekdays: Vec<u8>,
    /// First and last local date, `[[2026, 7, 1], [2026, 8, 31]]`; always if empty.
    #[serde(default)]
    pub dates: Vec<[(i16, u8, u8); 2]>,
    /// Everything but these hours.
    #[serde(default)]
    pub outside: bool,
}

impl Night {
    /// Whether it is night at `t`.
    pub fn holds(&self, t: UtcNanos, zone: Option<&TimeZoneName>) -> bool {
        let minute = match (self.utc_offset_minutes, zone) {
            (None, Some(zone)) => i64::from(t.local(zone).minute),
            (offset, _) => {
                (t.0.rem_euclid(NANOS_PER_DAY) / MINUTE + i64::from(offset.unwrap_or(0))).rem_euclid(1440)
            }
        };
        between(minute, self.from_minute, self.to_minute)
    }

    pub(super) fn contradiction(&self) -> Option<&'static str> {
        (self.from_minute >= 1440 || self.to_minute >= 1440).then_some("minutes of a day are 0 to 1439")
    }
}

impl Hours {
    /// Whether they hold at `t`; without a zone civil time is UTC.
    pub fn hold(&self, t: UtcNanos, zone: Option<&TimeZoneName>) -> bool {
        let local = local(t, zone);
        let whole_day = self.from_minute == self.to_minute;
        let inside = (whole_day || between(i64::from(local.minute), self.from_minute, self.to_minute))
            && (self.weekdays.is_empty() || self.weekdays.contains(&local.weekday))
            && (self.dates.is_empty()
                || self.dates.iter().any(|[a, b]| {
                    let date = (local.year, local.month, local.day);
                    *a <= date && date <= *b
                }));
        inside != self.outside
    }

    pub(super) fn contradiction(&self) -> Option<&'static str> {
        if self.from_minute >= 1440 || self.to_minute >= 1440 {
            return Some("minutes of a day are 0 to 1439");
        }
        if self.weekdays.iter().any(|d| !(1..=7).contains(d)) {
            return Some("days of the week are 1 (Monday) to 7");
        }
        let is_date = |d: (i16, u8, u8)| (1..=12).contains(&d.1) && (1..=31).contains(&d.2);
        if self.dates.iter().any(|[a, b]| a > b || !is_date(*a) || !is_date(*b)) {
            return Some("dates are [year, month, day], the first before the last");
        }
        None
    }
}

fn local(t: UtcNanos, zone: Option<&TimeZoneName>) -> LocalTime {
    if let Some(zone) = zone {
        return t.local(zone);
    }
    TimeZoneName::new("UTC")
        .map_or(LocalTime { year: 1970, month: 1, day: 1, minute: 0, weekday: 4 }, |utc| t.local(&utc))
}

fn between(minute: i64, from: u16, to: u16) -> bool {
    let (from, to) = (i64::from(from), i64::from(to));
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}
