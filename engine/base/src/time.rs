//! Instants: UTC nanoseconds inside, RFC 3339 outside, the project's time zone at the door.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted. Years 1678 to 2261.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UtcNanos(pub i64);

/// IANA name of a time zone, checked when made: `Asia/Shanghai`.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeZoneName(TimeZone, String);

/// Civil time of an instant somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    /// Year of the Gregorian calendar.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Minutes since local midnight by the clock on the wall, 0 to 1439.
    pub minute: u16,
    /// 1 is Monday, 7 is Sunday (ISO 8601).
    pub weekday: u8,
}

/// A time could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Neither RFC 3339 nor a local date or date and time.
    #[error(
        "not a time: expected RFC 3339 (2026-07-31T14:05:00+08:00), a date or a local date and time\ntext: {0:?}"
    )]
    Unreadable(String),
    /// The name is not in the IANA database.
    #[error("not an IANA time zone\nname: {0:?}")]
    UnknownZone(String),
}

impl TimeZoneName {
    /// Looks a zone up in the built-in IANA database.
    ///
    /// # Errors
    /// [`TimeError::UnknownZone`].
    pub fn new(name: &str) -> Result<Self, TimeError> {
        match TimeZone::get(name) {
            Ok(tz) => Ok(Self(tz, name.to_owned())),
            Err(_unknown) => Err(TimeError::UnknownZone(name.to_owned())),
        }
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.1
    }

    /// The zone, for calendar arithmetic.
    pub fn zone(&self) -> &TimeZone {
        &self.0
    }
}

impl UtcNanos {
    /// Reads a time as users write it: RFC 3339 with an offset or `Z`, or a bare local date or date and time
    /// in `zone`. A bare date is the start of that day.
    ///
    /// # Errors
    /// [`TimeError::Unreadable`].
    pub fn parse(text: &str, zone: &TimeZoneName) -> Result<Self, TimeError> {
        let bad = || TimeError::Unreadable(text.chars().take(64).collect());
        let text = text.trim();
        if let Ok(t) = text.parse::<Timestamp>() {
            return Self::from_timestamp(t).ok_or_else(bad);
        }
        let local: DateTime = if let Ok(dt) = text.parse::<DateTime>() {
            dt
        } else if let Ok(d) = text.replace('/', "-").parse::<Date>() {
            d.to_datetime(jiff::civil::Time::midnight())
        } else {
            return Err(bad());
        };
        let Ok(zoned) = local.to_zoned(zone.0.clone()) else { return Err(bad()) };
        Self::from_timestamp(zoned.timestamp()).ok_or_else(bad)
    }

    /// Like [`UtcNanos::parse`], but a bare date means the end of that local day (a finish date).
    ///
    /// # Errors
    /// [`TimeError::Unreadable`].
    pub fn parse_finish(text: &str, zone: &TimeZoneName) -> Result<Self, TimeError> {
        let t = text.trim();
        if let Ok(d) = t.replace('/', "-").parse::<Date>()
            && t.len() <= 10
            && let Ok(next) = d.checked_add(1.day())
        {
            return Self::parse(&next.to_string(), zone);
        }
        Self::parse(text, zone)
    }

    fn from_timestamp(t: Timestamp) -> Option<Self> {
        i64::try_from(t.as_nanosecond()).ok().map(Self)
    }

    fn timestamp(self) -> Timestamp {
        // Every i64 of nanoseconds lies inside jiff's range (years -9999 to 9999).
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Civil time in `zone`.
    pub fn local(self, zone: &TimeZoneName) -> LocalTime {
        let civil = zone.0.to_datetime(self.timestamp());
        let part = |v: i8| u8::try_from(v).unwrap_or(0);
        LocalTime {
            year: civil.year(),
            month: part(civil.month()),
            day: part(civil.day()),
            minute: u16::from(part(civil.hour())) * 60 + u16::from(part(civil.minute())),
            weekday: part(civil.weekday().to_monday_one_offset()),
        }
    }

    /// Local date and time in `zone`, to the minute: `2026-07-31 14:05`.
    pub fn local_minute(self, zone: &TimeZoneName) -> String {
        self.timestamp().to_zoned(zone.0.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Local calendar date in `zone`: `2026-07-31`.
    pub fn local_date(self, zone: &TimeZoneName) -> String {
        self.timestamp().to_zoned(zone.0.clone()).strftime("%Y-%m-%d").to_string()
    }

    /// Offset of `zone` at this instant, as people write it: `UTC+8`, `UTC+5:30`.
    pub fn offset_label(self, zone: &TimeZoneName) -> String {
        let s = zone.0.to_offset(self.timestamp()).seconds();
        let (sign, a) = if s < 0 { ('-', -s) } else { ('+', s) };
        if a % 3600 == 0 {
            format!("UTC{sign}{}", a / 3600)
        } else {
            format!("UTC{sign}{}:{:02}", a / 3600, a % 3600 / 60)
        }
    }

    /// Seconds by which a clock in `zone` is ahead of UTC at this instant; negative west of Greenwich.
    pub fn offset_s(self, zone: &TimeZoneName) -> i64 {
        i64::from(zone.0.to_offset(self.timestamp()).seconds())
    }

    /// This instant and so many seconds, to the nanosecond; the first or last instant where that is out of range.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates, as it should")]
    pub fn plus_s(self, seconds: f64) -> Self {
        Self(self.0.saturating_add((seconds * 1e9).round() as i64))
    }

    /// Seconds from `earlier` to this instant.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (i128::from(self.0) - i128::from(earlier.0)) as f64 / 1e9
    }
}

impl fmt::Display for UtcNanos {
    /// RFC 3339 in UTC with `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        assert_eq!(UtcNanos::parse(text, &zone).unwrap().to_string(), expected, "{text}");
    }

    #[test]
    fn civil_time_follows_the_zone_over_midnight() {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let t = UtcNanos::parse("2026-07-31T16:30:00Z", &zone).unwrap().local(&zone);
        assert_eq!((t.year, t.month, t.day, t.minute, t.weekday), (2026, 8, 1, 30, 6));
    }

    #[test]
    fn times_are_read_with_offset_or_in_the_project_zone() {
        check("2026-07-31T14:05:00Z", "2026-07-31T14:05:00Z");
        check("2026-07-31T14:05:00.25+08:00", "2026-07-31T06:05:00.25Z");
        check("2026-07-31", "2026-07-30T16:00:00Z");
        check("2026-07-31 14:05", "2026-07-31T06:05:00Z");
        check("2026-07-31T14:05:30", "2026-07-31T06:05:30Z");
    }

    #[test]
    fn a_finish_date_is_the_end_of_that_local_day() {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        assert_eq!(UtcNanos::parse_finish("2026-07-31", &zone).unwrap().to_string(), "2026-07-31T16:00:00Z");
    }

    #[test]
    fn nonsense_is_refused() {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        for text in ["", "tomorrow", "2026-13-01", "2026-02-30", "12", "9999-01-01"] {
            assert!(UtcNanos::parse(text, &zone).is_err(), "{text}");
        }
        assert!(TimeZoneName::new("Mars/Olympus").is_err());
    }
}
