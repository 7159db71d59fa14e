//! Working time: which hours of which days count, and adding and subtracting durations in it.

use serde::{Deserialize, Serialize};

use crate::civil::{Civil, DAY_S, weekday};

/// Part of a day that is worked: seconds since midnight, from before to, at most 86 400.
pub type Span = (i64, i64);

/// Farthest that working time is looked for, in days: 100 years. Chosen: a calendar whose next working hour is
/// farther away has none for people.
const MAX_DAYS: i64 = 36_525;

/// A calendar as its file states it. Weekdays that it says nothing about are those of its base.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Unique in the schedule.
    pub id: String,
    /// Name.
    pub name: String,
    /// Calendar that it derives from.
    pub base: Option<String>,
    /// Worked hours from Sunday to Saturday; `None` is "as the base says", empty is a day off.
    pub week: [Option<Vec<Span>>; 7],
    /// Weeks of their own for a period, the last that covers a day counts.
    pub weeks: Vec<WorkWeek>,
    /// Days that differ; the last that covers a day counts, before any week.
    pub exceptions: Vec<Exception>,
}

/// A week that holds from one day to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkWeek {
    /// First day, since 1970-01-01.
    pub from_day: i64,
    /// Last day.
    pub to_day: i64,
    /// As [`Calendar::week`].
    pub week: [Option<Vec<Span>>; 7],
}

/// Days that differ from the week.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Name, empty if the file gives none.
    pub name: String,
    /// First day, since 1970-01-01.
    pub from_day: i64,
    /// Last day.
    pub to_day: i64,
    /// Worked hours; empty is a day off.
    pub spans: Vec<Span>,
}

/// Why working time cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// Calendars derive from one another in a circle.
    #[error("the calendar derives from itself\ncalendar: {0:?}")]
    Circle(String),
    /// There is no working hour for a hundred years.
    #[error("the calendar has no working time\ncalendar: {0:?}")]
    NoWork(String),
}

/// A calendar with its bases resolved, ready to count.
#[derive(Clone, Debug)]
pub struct WorkTime {
    name: String,
    week: [Vec<Span>; 7],
    /// Exceptions and weeks, own before those of bases, later ones first: the first that says something counts.
    layers: Vec<Layer>,
    /// Every second counts.
    always: bool,
}

#[derive(Clone, Debug)]
struct Layer {
    from_day: i64,
    to_day: i64,
    /// By weekday; an exception has seven equal ones.
    week: [Option<Vec<Span>>; 7],
}

/// Sorted, without overlaps and empty spans, within the day.
pub fn tidy(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|s| 0 <= s.0 && s.0 < s.1 && s.1 <= DAY_S);
    spans.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for s in spans {
        match out.last_mut() {
            Some(last) if s.0 <= last.1 => last.1 = last.1.max(s.1),
            _ => out.push(s),
        }
    }
    out
}

impl Calendar {
    /// Monday to Friday, 8 to 12 and 13 to 17: what schedulers assume where a file says nothing.
    pub fn standard() -> Self {
        let mut week: [Option<Vec<Span>>; 7] =
            std::array::from_fn(|_| Some(vec![(28_800, 43_200), (46_800, 61_200)]));
        week[0] = Some(Vec::new());
        week[6] = Some(Vec::new());
        Self { id: String::new(), name: "standard".to_owned(), week, ..Self::default() }
    }
}

impl WorkTime {
    /// Resolves `calendar` with its bases among `all`. A weekday that none of them says is a day off; a base that is
    /// not there is the standard week.
    ///
    /// # Errors
    /// [`CalendarError::Circle`], and [`CalendarError::NoWork`] if no day is ever worked.
    pub fn new(calendar: &Calendar, all: &[Calendar]) -> Result<Self, CalendarError> {
        let standard = Calendar::standard();
        let mut chain = vec![calendar];
        while let Some(base) = chain.last().and_then(|c| c.base.as_deref()) {
            if chain.len() > all.len() {
                return Err(CalendarError::Circle(calendar.name.clone()));
            }
            chain.push(all.iter().find(|c| c.id == base).unwrap_or(&standard));
        }
        let first = |ix: usize| chain.iter().find_map(|c| c.week.get(ix).and_then(Option::as_ref));
        let week: [Vec<Span>; 7] = std::array::from_fn(|ix| tidy(first(ix).cloned().unwrap_or_default()));
        let mut layers = Vec::new();
        for c in &chain {
            for e in c.exceptions.iter().rev() {
                let spans = tidy(e.spans.clone());
                let week = std::array::from_fn(|_| Some(spans.clone()));
                layers.push(Layer { from_day: e.from_day, to_day: e.to_day, week });
            }
            for w in c.weeks.iter().rev() {
                let week = std::array::from_fn(|ix| w.week.get(ix).cloned().flatten().map(tidy));
                layers.push(Layer { from_day: w.from_day, to_day: w.to_day, week });
            }
        }
        let worked = |l: &Layer| l.week.iter().flatten().any(|s| !s.is_empty());
        if week.iter().all(Vec::is_empty) && !layers.iter().any(worked) {
            return Err(CalendarError::NoWork(calendar.name.clone()));
        }
        Ok(Self { name: calendar.name.clone(), week, layers, always: false })
    }

    /// The clock on the wall: every second counts. For elapsed durations.
    pub fn always() -> Self {
        let week = std::array::from_fn(|_| vec![(0, DAY_S)]);
        Self { name: String::new(), week, layers: Vec::new(), always: true }
    }

    /// Worked hours of a day since 1970-01-01, in order.
    pub fn spans(&self, day: i64) -> &[Span] {
        let ix = weekday(day);
        for layer in self.layers.iter().filter(|l| (l.from_day..=l.to_day).contains(&day)) {
            if let Some(Some(spans)) = layer.week.get(ix) {
                return spans;
            }
        }
        self.week.get(ix).map_or(&[], Vec::as_slice)
    }

    fn no_work(&self) -> CalendarError {
        CalendarError::NoWork(self.name.clone())
    }

    /// The time after `seconds` of work from `t` on; before, where they are negative; `t` itself for 0.
    ///
    /// Forward it ends where the work ends (17:00, not 8:00 of the next day), backward where the work begins.
    ///
    /// # Errors
    /// [`CalendarError::NoWork`] if there is not that much work in a hundred years.
    pub fn add(&self, t: Civil, seconds: i64) -> Result<Civil, CalendarError> {
        if self.always {
            return Ok(t.plus(seconds));
        }
        match seconds {
            0 => Ok(t),
            s if s > 0 => self.forward(t, s),
            s => self.backward(t, s.saturating_neg()),
        }
    }

    fn forward(&self, t: Civil, mut left: i64) -> Result<Civil, CalendarError> {
        let mut from = t.second_of_day();
        for day in t.day()..=t.day() + MAX_DAYS {
            for &(a, b) in self.spans(day) {
                let a = a.max(from);
                if a < b {
                    if left <= b - a {
                        return Ok(Civil(day * DAY_S + a + left));
                    }
                    left -= b - a;
                }
            }
            from = 0;
        }
        Err(self.no_work())
    }

    fn backward(&self, t: Civil, mut left: i64) -> Result<Civil, CalendarError> {
        let mut until = t.second_of_day();
        for day in (t.day() - MAX_DAYS..=t.day()).rev() {
            for &(a, b) in self.spans(day).iter().rev() {
                let b = b.min(until);
                if a < b {
                    if left <= b - a {
                        return Ok(Civil(day * DAY_S + b - left));
                    }
                    left -= b - a;
                }
            }
            until = DAY_S;
        }
        Err(self.no_work())
    }

    /// The first time from `t` on at which work can begin: `t` itself inside working hours, the next start otherwise.
    ///
    /// # Errors
    /// [`CalendarError::NoWork`] if there is none in a hundred years.
    pub fn next_start(&self, t: Civil) -> Result<Civil, CalendarError> {
        if self.always { Ok(t) } else { self.forward(t, 1).map(|end| end.plus(-1)) }
    }

    /// The last time up to `t` at which work can end: `t` itself inside working hours, else the end before.
    ///
    /// # Errors
    /// [`CalendarError::NoWork`] if there is none in the hundred years before.
    pub fn previous_finish(&self, t: Civil) -> Result<Civil, CalendarError> {
        if self.always { Ok(t) } else { self.backward(t, 1).map(|start| start.plus(1)) }
    }

    /// Working seconds from `a` to `b`; negative where `b` lies before `a`.
    pub fn between(&self, a: Civil, b: Civil) -> i64 {
        if self.always {
            return b.0 - a.0;
        }
        if b < a {
            return -self.between(b, a);
        }
        let mut sum = 0;
        for day in a.day()..=b.day() {
            let start = (a.0 - day * DAY_S).clamp(0, DAY_S);
            let end = (b.0 - day * DAY_S).clamp(0, DAY_S);
            sum += self.spans(day).iter().map(|s| (s.1.min(end) - s.0.max(start)).max(0)).sum::<i64>();
        }
        sum
    }
}
