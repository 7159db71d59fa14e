//! Working time: `IfcWorkCalendar` with its working and exception times.

use std::collections::BTreeMap;

use lantu_base::Severity;
use lantu_schedule::{
    Calendar, Civil, Exception, Span, WorkWeek, date_of_day, days_from_date, days_in_month, parse_clock, tidy,
};

use super::read::Found;
use crate::step::{StepFile, Value};

/// A working day where times of a calendar say days but no hours: 8 to 12 and 13 to 17, as schedulers assume.
const USUAL: [Span; 2] = [(28_800, 43_200), (46_800, 61_200)];
/// Years for which a yearly exception without an end is written out. Chosen: no plan of a district is longer.
const YEARS: i64 = 30;
/// Days that a period without dates covers: from 1900 to 2199, what [`Civil`] covers.
const ALWAYS: (i64, i64) = (-25_567, 84_004);

/// A pattern that comes again, `IfcRecurrencePattern`.
struct Pattern {
    kind: String,
    days: Vec<i64>,
    /// 0 is Sunday.
    weekdays: Vec<usize>,
    months: Vec<i64>,
    spans: Vec<Span>,
    /// Every how many days, weeks, … it comes again; 1 if it does not say.
    interval: i64,
}

/// Reads a calendar; `None` if the record is none.
pub(super) fn read(file: &StepFile<'_>, record: u64, found: &mut Found) -> Option<Calendar> {
    let (keyword, args) = file.get(record)?;
    if keyword != "IFCWORKCALENDAR" {
        return None;
    }
    let mut out = Calendar {
        id: file.text(args.first()).unwrap_or_else(|| format!("#{record}")),
        name: file.text(args.get(2)).unwrap_or_default(),
        ..Calendar::default()
    };
    let place = file.place_of(record);
    let refs = |ix: usize| args.get(ix).map(|v| v.refs().collect::<Vec<u64>>()).unwrap_or_default();
    for time in refs(6) {
        if !working(file, time, &mut out) {
            unread(found, &place, "working time");
        }
    }
    for time in refs(7) {
        if !resting(file, time, &mut out) {
            unread(found, &place, "exception time");
        }
    }
    if out.week.iter().all(Option::is_none) && out.weeks.is_empty() {
        // Nothing that can be read says when it works: the usual week, and not "never".
        out.week = Calendar::standard().week;
    }
    Some(out)
}

fn unread(found: &mut Found, place: &str, what: &str) {
    let message = format!("a {what} of the calendar comes again in a way that is not read; it was left out");
    found.note("ifc.task_calendar", Severity::Warning, place, message);
}

/// Pattern and period of an `IfcWorkTime`, in days.
fn work_time(file: &StepFile<'_>, record: u64) -> Option<(Option<Pattern>, Option<i64>, Option<i64>)> {
    let (keyword, args) = file.get(record)?;
    if keyword != "IFCWORKTIME" {
        return None;
    }
    let day = |ix: usize| Civil::parse(&file.text(args.get(ix))?).map(Civil::day);
    let pattern = match args.get(3).and_then(Value::as_ref) {
        Some(id) => Some(pattern(file, id)?),
        None => None,
    };
    Some((pattern, day(4), day(5)))
}

fn pattern(file: &StepFile<'_>, record: u64) -> Option<Pattern> {
    let (keyword, args) = file.get(record)?;
    if keyword != "IFCRECURRENCEPATTERN" {
        return None;
    }
    let ints = |ix: usize| {
        let members = args.get(ix).map(Value::members).unwrap_or_default();
        members.iter().filter_map(|v| if let Value::Int(i) = v { Some(*i) } else { None }).collect::<Vec<_>>()
    };
    let kind = if let Some(Value::Enum(e)) = args.first() { (*e).to_owned() } else { return None };
    // 1 is Monday, 7 Sunday.
    let weekdays = ints(2).into_iter().filter(|d| (1..=7).contains(d));
    let mut spans = Vec::new();
    for period in args.get(7).map(|v| v.refs().collect::<Vec<_>>()).unwrap_or_default() {
        let (_, ends) = file.get(period)?;
        let clock = |ix: usize| parse_clock(&file.text(ends.get(ix))?);
        let (start, end) = (clock(0)?, clock(1)?);
        // A shift over midnight works on both sides of it.
        if end > start { spans.push((start, end)) } else { spans.extend([(start, 86_400), (0, end)]) }
    }
    Some(Pattern {
        kind,
        days: ints(1),
        weekdays: weekdays.filter_map(|d| usize::try_from(d % 7).ok()).collect(),
        months: ints(3),
        spans: tidy(spans),
        interval: ints(5).first().copied().unwrap_or(1),
    })
}

/// Adds a working time; `false` where it cannot be read.
fn working(file: &StepFile<'_>, record: u64, out: &mut Calendar) -> bool {
    let Some((Some(p), from, to)) = work_time(file, record) else { return false };
    if p.interval > 1 || !matches!(p.kind.as_str(), "WEEKLY" | "DAILY") {
        return false;
    }
    let spans = if p.spans.is_empty() { USUAL.to_vec() } else { p.spans };
    let days: Vec<usize> = if p.weekdays.is_empty() { (0..7).collect() } else { p.weekdays };
    let add = |week: &mut [Option<Vec<Span>>; 7]| {
        for (ix, slot) in week.iter_mut().enumerate() {
            let own = slot.get_or_insert_with(Vec::new);
            if days.contains(&ix) {
                own.extend(spans.iter().copied());
                *own = tidy(std::mem::take(own));
            }
        }
    };
    if from.is_none() && to.is_none() {
        add(&mut out.week);
    } else {
        let mut week = WorkWeek {
            from_day: from.unwrap_or(ALWAYS.0),
            to_day: to.unwrap_or(ALWAYS.1),
            ..WorkWeek::default()
        };
        add(&mut week.week);
        out.weeks.push(week);
    }
    true
}

/// Adds a time that is not worked; `false` where it cannot be read.
fn resting(file: &StepFile<'_>, record: u64, out: &mut Calendar) -> bool {
    let Some((pattern, from, to)) = work_time(file, record) else { return false };
    let name = file.get(record).and_then(|(_, args)| file.text(args.first())).unwrap_or_default();
    let rest =
        |from_day: i64, to_day: i64| Exception { name: name.clone(), from_day, to_day, spans: Vec::new() };
    let Some(p) = pattern else {
        // From one day to another.
        let Some(from) = from.or(to) else { return false };
        out.exceptions.push(rest(from, to.unwrap_or(from)));
        return true;
    };
    if p.interval > 1 || !p.spans.is_empty() {
        return false;
    }
    match p.kind.as_str() {
        "DAILY" => {
            let Some((from, to)) = from.zip(to) else { return false };
            out.exceptions.push(rest(from, to));
        }
        "WEEKLY" => {
            let mut week: BTreeMap<usize, Option<Vec<Span>>> = BTreeMap::new();
            week.extend(p.weekdays.iter().map(|d| (*d, Some(Vec::new()))));
            let own = std::array::from_fn(|ix| week.get(&ix).cloned().flatten());
            let (from_day, to_day) = (from.unwrap_or(ALWAYS.0), to.unwrap_or(ALWAYS.1));
            out.weeks.push(WorkWeek { from_day, to_day, week: own });
        }
        "YEARLY_BY_DAY_OF_MONTH" => {
            let Some(first) = from else { return false };
            let year = date_of_day(first).0;
            let last = to.unwrap_or_else(|| days_from_date(year + YEARS, 12, 31));
            for y in year..=date_of_day(last).0.min(year + YEARS) {
                for (m, d) in p.months.iter().flat_map(|m| p.days.iter().map(move |d| (*m, *d))) {
                    let valid = (1..=12).contains(&m) && (1..=days_in_month(y, m)).contains(&d);
                    let day = if valid { days_from_date(y, m, d) } else { continue };
                    if (first..=last).contains(&day) {
                        out.exceptions.push(rest(day, day));
                    }
                }
            }
        }
        _ => return false,
    }
    true
}
