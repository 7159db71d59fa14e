//! Wall-clock times without a zone: what schedules write and calendars count in.

use std::fmt;

use lantu_base::{TimeError, TimeZoneName, UtcNanos};
use serde::{Deserialize, Serialize};

/// Seconds in a day of the calendar.
pub const DAY_S: i64 = 86_400;

/// A wall-clock time of the schedule: seconds since 1970-01-01T00:00, every day 86 400 long, without a zone.
///
/// Working time is counted in it, because calendars say "8 to 12" and mean the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Civil(pub i64);

impl Civil {
    /// First and last instants that are read: the years 1900 and 2199. Schedulers write 1984 or 2049 for "none";
    /// what lies outside is damage.
    const RANGE: (i64, i64) = (-2_208_988_800, 7_258_118_399);

    /// Midnight at the start of a date; `None` if there is no such date or it lies outside 1900 to 2199.
    pub fn from_date(year: i64, month: i64, day: i64) -> Option<Self> {
        if !(1900..=2199).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        if day < 1 || day > days_in_month(year, month) {
            return None;
        }
        Some(Self(days_from_date(year, month, day) * DAY_S))
    }

    /// Reads `2026-07-31`, `2026-07-31 14:05`, `2026-07-31T14:05:30` or the last with fractions of a second, which
    /// are cut. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
        let mut parts = date.split(['-', '/']);
        let mut number = || parts.next()?.parse::<i64>().ok();
        let midnight = Self::from_date(number()?, number()?, number()?)?;
        if parts.next().is_some() {
            return None;
        }
        let seconds = if time.is_empty() { 0 } else { parse_clock(time)? };
        let t = Self(midnight.0 + seconds);
        (Self::RANGE.0..=Self::RANGE.1).contains(&t.0).then_some(t)
    }

    /// Days since 1970-01-01.
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY_S)
    }

    /// Seconds since midnight.
    pub fn second_of_day(self) -> i64 {
        self.0.rem_euclid(DAY_S)
    }

    /// Later by `seconds`, or earlier where they are negative.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// What a clock in `zone` shows at an instant, fractions of a second cut.
    pub fn from_utc(t: UtcNanos, zone: &TimeZoneName) -> Self {
        Self(t.0.div_euclid(1_000_000_000) + t.offset_s(zone))
    }

    /// The instant at which a clock in `zone` shows this time. Where clocks are set forward it is the hour after.
    ///
    /// # Errors
    /// [`TimeError::Unreadable`] outside the years that instants cover.
    pub fn to_utc(self, zone: &TimeZoneName) -> Result<UtcNanos, TimeError> {
        UtcNanos::parse(&self.to_string(), zone)
    }
}

impl fmt::Display for Civil {
    /// `2026-07-31T14:05:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of_day(self.day());
        let s = self.second_of_day();
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

/// Seconds since midnight of `08:30` or `08:30:15`; `24:00` is the end of the day.
pub fn parse_clock(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches('Z');
    let text = text.split('.').next()?;
    let mut parts = text.split(':');
    let mut number = || parts.next().map(|p| p.trim().parse::<i64>().ok());
    let (hours, minutes, seconds) = (number()??, number()??, number().unwrap_or(Some(0))?);
    let valid = (0..=24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    let s = hours * 3600 + minutes * 60 + seconds;
    (valid && s <= DAY_S && parts.next().is_none()).then_some(s)
}

/// Seconds of an ISO 8601 duration. A day is 24 hours here even where it counts working time: `P0Y0M1DT16H` is 40
/// hours of work. Years have 365 days and months 30. `None` for what is no duration or a hundred years long.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let rest = text.strip_prefix('P')?;
    let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut seconds = 0.0_f64;
    for (part, units) in [
        (date, [('Y', 31_536_000.0), ('M', 2_592_000.0), ('W', 604_800.0), ('D', 86_400.0)].as_slice()),
        (time, [('H', 3600.0), ('M', 60.0), ('S', 1.0)].as_slice()),
    ] {
        let mut number = String::new();
        for c in part.chars() {
            if c.is_ascii_digit() || c == '.' {
                number.push(c);
                continue;
            }
            let (_, unit) = units.iter().find(|(u, _)| *u == c)?;
            seconds += std::mem::take(&mut number).parse::<f64>().ok()? * unit;
        }
        if !number.is_empty() {
            return None;
        }
    }
    let signed = if negative { -seconds } else { seconds };
    // A hundred years of seconds: what is longer is damage.
    (signed.abs() < 3.2e9).then(|| whole(signed))
}

/// The nearest whole number, half away from zero; at the ends of the range for what lies beyond, 0 for no number.
#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate, which is what is promised")]
pub fn whole(x: f64) -> i64 {
    x.round() as i64
}

/// Days of a month, 28 to 31.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar: whole years of 365 days from 1 March of year 0 on, the
/// leap days before it, and the days of the months before it, which from March on follow (153 m + 2) / 5.
pub fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let m = (month + 9) % 12;
    // 1970-01-01 is the day 719 468 after 0000-03-01.
    y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a day since 1970-01-01.
pub fn date_of_day(day: i64) -> (i64, i64, i64) {
    // 400 years have 146 097 days: the estimate is off by at most one year.
    let mut year = 1970 + (day * 400).div_euclid(146_097);
    while days_from_date(year, 1, 1) > day {
        year -= 1;
    }
    while days_from_date(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from_date(year, month + 1, 1) <= day {
        month += 1;
    }
    (year, month, day - days_from_date(year, month, 1) + 1)
}

/// Weekday of a day since 1970-01-01: 0 is Sunday, 6 Saturday.
pub fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday.
    usize::try_from((day + 4).rem_euclid(7)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_and_written_as_schedules_write_them() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(Civil::parse(text).map(|t| t.to_string()).as_deref(), expected, "{text}");
        };
        check("2006-09-21T08:00:00", Some("2006-09-21T08:00:00"));
        check("2019-10-02 17:30", Some("2019-10-02T17:30:00"));
        check("2024-02-29", Some("2024-02-29T00:00:00"));
        check("2010-01-04T09:08:24.5", Some("2010-01-04T09:08:24"));
        for bad in ["", "2023-02-29", "2023-13-01", "2023-01-01T25:00", "today", "2023-1", "9999-01-01"] {
            check(bad, None);
        }
        assert_eq!(weekday(Civil::parse("2026-07-31").unwrap().day()), 5, "a Friday");
    }

    proptest! {
        #[test]
        fn every_day_has_one_date(day in -25_000_i64..80_000) {
            let (y, m, d) = date_of_day(day);
            prop_assert!((1..=12).contains(&m) && (1..=days_in_month(y, m)).contains(&d));
            prop_assert_eq!(days_from_date(y, m, d), day);
        }
    }
}
