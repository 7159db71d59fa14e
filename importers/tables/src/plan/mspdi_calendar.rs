//! Calendars of Microsoft Project: weekdays, work weeks, exceptions that recur.

use lantu_schedule::{
    Calendar, Civil, Exception, Span, WorkWeek, date_of_day, days_from_date, days_in_month, parse_clock,
    weekday,
};

use super::found::Found;
use super::mspdi::uid;
use super::xml::Node;

/// Days that one recurring exception may name. Chosen: every day of a hundred years.
const MAX_DAYS: usize = 36_525;

pub(crate) fn calendar(node: &Node, found: &mut Found) -> Calendar {
    let mut out = Calendar {
        id: node.get("UID").to_owned(),
        name: node.get("Name").to_owned(),
        base: uid(node.get("BaseCalendarUID")).filter(|_| node.get("IsBaseCalendar") != "1"),
        ..Calendar::default()
    };
    for day in node.child("WeekDays").into_iter().flat_map(|w| w.all("WeekDay")) {
        let spans = spans(day, found);
        // Day type 0 is an exception, as versions before 2007 write them.
        match day.get("DayType").parse::<usize>() {
            Ok(0) => out.exceptions.extend(period(day).map(|(from_day, to_day)| Exception {
                name: String::new(),
                from_day,
                to_day,
                spans: spans.clone(),
            })),
            Ok(n) if (1..=7).contains(&n) => set(&mut out.week, n - 1, spans),
            _ => found.warn(
                "schedule.day_type",
                &day.place(),
                format!("the day type {:?} is unknown; it was left out", day.get("DayType")),
            ),
        }
    }
    for week in node.child("WorkWeeks").into_iter().flat_map(|w| w.all("WorkWeek")) {
        let Some((from_day, to_day)) = period(week) else { continue };
        let mut own = WorkWeek { from_day, to_day, ..WorkWeek::default() };
        for day in week.child("WeekDays").into_iter().flat_map(|w| w.all("WeekDay")) {
            if let Some(n) = day.get("DayType").parse::<usize>().ok().filter(|n| (1..=7).contains(n)) {
                let spans = spans(day, found);
                set(&mut own.week, n - 1, spans);
            }
        }
        out.weeks.push(own);
    }
    let listed: Vec<&Node> = node.child("Exceptions").into_iter().flat_map(|e| e.all("Exception")).collect();
    if !listed.is_empty() {
        // Later versions write every exception twice: as a day of type 0 for each date, and as it was entered.
        out.exceptions.clear();
    }
    for e in listed {
        let Some((from, to)) = period(e) else { continue };
        let (spans, name) = (spans(e, found), e.get("Name").to_owned());
        for (from_day, to_day) in occurrences(e, from, to) {
            out.exceptions.push(Exception { name: name.clone(), from_day, to_day, spans: spans.clone() });
        }
    }
    out
}

fn set(week: &mut [Option<Vec<Span>>; 7], ix: usize, spans: Vec<Span>) {
    if let Some(slot) = week.get_mut(ix) {
        *slot = Some(spans);
    }
}

/// First and last day of a period.
fn period(node: &Node) -> Option<(i64, i64)> {
    let p = node.child("TimePeriod")?;
    let (from, to) = (Civil::parse(p.get("FromDate"))?.day(), Civil::parse(p.get("ToDate"))?.day());
    (from <= to).then_some((from, to))
}

/// Worked hours of a day; 00:00 as an end is the end of the day.
fn spans(day: &Node, found: &mut Found) -> Vec<Span> {
    if day.get("DayWorking") == "0" {
        return Vec::new();
    }
    let mut out = Vec::new();
    for t in day.child("WorkingTimes").into_iter().flat_map(|w| w.all("WorkingTime")) {
        let (from, to) = (t.get("FromTime"), t.get("ToTime"));
        if from.is_empty() && to.is_empty() {
            continue;
        }
        match parse_clock(from).zip(parse_clock(to)) {
            Some((a, 0)) => out.push((a, 86_400)),
            Some((a, b)) if a < b => out.push((a, b)),
            _ => found.warn(
                "schedule.bad_hours",
                &t.place(),
                format!("the hours {from:?} to {to:?} cannot be read; they were left out"),
            ),
        }
    }
    out
}

/// The days of an exception as it recurs between its first and last day.
fn occurrences(e: &Node, from: i64, to: i64) -> Vec<(i64, i64)> {
    let number = |name: &str| e.get(name).parse::<i64>().ok();
    let every = number("Period").filter(|n| *n > 0).unwrap_or(1);
    let mask = number("DaysOfWeek").unwrap_or(0);
    let days: Vec<i64> = match number("Type") {
        // Every so many days.
        Some(7) => (from..=to).step_by(usize::try_from(every).unwrap_or(1)).collect(),
        // Every so many weeks on some days of the week, weeks counted from Sunday.
        Some(6) => {
            let sunday = from - weekday_of(from);
            (from..=to)
                .filter(|d| ((d - sunday) / 7) % every == 0 && mask & (1 << weekday(*d)) != 0)
                .collect()
        }
        // Every so many months, or every year, on a date or on the nth of some kind of day.
        Some(kind @ 2..=5) => {
            let month = number("Month").filter(|m| (0..12).contains(m)).unwrap_or(0) + 1;
            let (first, last) = (date_of_day(from), date_of_day(to));
            let months = (first.0 * 12 + first.1 - 1)..=(last.0 * 12 + last.1 - 1);
            let yearly = kind <= 3;
            let first_month = first.0 * 12 + first.1 - 1;
            let wanted =
                months.filter(|m| if yearly { m % 12 + 1 == month } else { (m - first_month) % every == 0 });
            let by_date = matches!(kind, 2 | 4);
            wanted
                .filter_map(|m| {
                    let (year, month) = (m.div_euclid(12), m.rem_euclid(12) + 1);
                    if by_date {
                        let day =
                            number("MonthDay").filter(|d| (1..=days_in_month(year, month)).contains(d))?;
                        Some(days_from_date(year, month, day))
                    } else {
                        nth(year, month, number("MonthItem")?, number("MonthPosition")?)
                    }
                })
                .filter(|d| (from..=to).contains(d))
                .collect()
        }
        // Daily, or not recurring: all days of the period.
        _ => return vec![(from, to)],
    };
    days.into_iter().take(MAX_DAYS).map(|d| (d, d)).collect()
}

/// Weekday of a day: 0 is Sunday.
fn weekday_of(day: i64) -> i64 {
    i64::try_from(weekday(day)).unwrap_or(0)
}

/// The first to fourth or last day of a month that is a day (item 0), a workday (1), a day of the weekend (2), or a
/// Sunday to Saturday (3 to 9).
fn nth(year: i64, month: i64, item: i64, position: i64) -> Option<i64> {
    let first = days_from_date(year, month, 1);
    let fits = |d: &i64| {
        let w = weekday_of(*d);
        match item {
            0 => true,
            1 => (1..=5).contains(&w),
            2 => w == 0 || w == 6,
            n => w == n - 3,
        }
    };
    let mut days = (first..first + days_in_month(year, month)).filter(fits);
    match position {
        0..=3 => days.nth(usize::try_from(position).ok()?),
        4 => days.next_back(),
        _ => None,
    }
}
