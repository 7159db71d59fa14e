//! Calendar days and instants of the demo, without a clock.

use std::fmt::Write;

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i32);

impl Day {
    /// A day of the proleptic Gregorian calendar (days-from-civil, Howard Hinnant's algorithm).
    pub(crate) const fn of(year: i32, month: i32, day: i32) -> Self {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let of_era = y - era * 400;
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    /// Year, month, day.
    pub(crate) fn civil(self) -> (i32, i32, i32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z - era * 146_097;
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year + era * 400 + i32::from(month <= 2), month, day)
    }

    /// `2026-03-01`.
    pub(crate) fn text(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// 0 for Monday to 6 for Sunday.
    pub(crate) fn weekday(self) -> i32 {
        (self.0 + 3).rem_euclid(7)
    }
}

/// First day of the schedule and of all series.
pub(crate) const FIRST: Day = Day::of(2026, 3, 1);
/// Last day.
pub(crate) const LAST: Day = Day::of(2027, 4, 30);

/// Hours of the whole span.
pub(crate) fn hours() -> i32 {
    (LAST.0 - FIRST.0 + 1) * 24
}

/// Appends an hour since the begin of [`FIRST`] as RFC 3339 in Beijing time.
pub(crate) fn write_hour(out: &mut String, hour: i32) {
    let day = Day(FIRST.0 + hour.div_euclid(24)).text();
    // Writing into a String cannot fail.
    if write!(out, "{day}T{:02}:00:00+08:00", hour.rem_euclid(24)).is_err() {
        out.push('?');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_survive_the_way_to_a_date_and_back() {
        for n in FIRST.0..=LAST.0 {
            let (y, m, d) = Day(n).civil();
            assert_eq!(Day::of(y, m, d), Day(n));
        }
        assert_eq!(FIRST.text(), "2026-03-01");
        assert_eq!(Day::of(2026, 3, 2).weekday(), 0, "2 March 2026 is a Monday");
        assert_eq!(Day(FIRST.0 + 365).text(), "2027-03-01");
    }
}
