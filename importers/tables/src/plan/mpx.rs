//! MPX 4.0, the exchange format of Microsoft Project until 1998: records of separated fields, in the words of the
//! country that the program was made for.

use std::collections::BTreeMap;

use lantu_base::Severity;
use lantu_ingest::ImportError;
use lantu_schedule::{
    Assignment, Baseline, Calendar, Civil, ConstraintKind, Exception, Lag, Link, LinkKind, PlanTask,
    Resource, Rules, Span, Stated, TaskKind, whole,
};

use super::found::Found;
use super::xml::refused;

/// Longest record, bytes. Chosen: a note of some pages.
const MAX_RECORD: usize = 1 << 20;
/// Fields of one record. The format has 160 fields of tasks.
const MAX_FIELDS: usize = 512;

/// Columns of tasks, by their numbers in the format.
mod column {
    pub(super) const NAME: u16 = 1;
    pub(super) const WBS: u16 = 2;
    pub(super) const LEVEL: u16 = 3;
    pub(super) const COST: u16 = 30;
    pub(super) const BASELINE_COST: u16 = 31;
    pub(super) const ACTUAL_COST: u16 = 32;
    pub(super) const DURATION: u16 = 40;
    pub(super) const BASELINE_DURATION: u16 = 41;
    pub(super) const REMAINING: u16 = 43;
    pub(super) const PERCENT: u16 = 44;
    pub(super) const START: u16 = 50;
    pub(super) const FINISH: u16 = 51;
    pub(super) const EARLY_START: u16 = 52;
    pub(super) const EARLY_FINISH: u16 = 53;
    pub(super) const LATE_START: u16 = 54;
    pub(super) const LATE_FINISH: u16 = 55;
    pub(super) const BASELINE_START: u16 = 56;
    pub(super) const BASELINE_FINISH: u16 = 57;
    pub(super) const ACTUAL_START: u16 = 58;
    pub(super) const ACTUAL_FINISH: u16 = 59;
    pub(super) const CONSTRAINT_DATE: u16 = 68;
    pub(super) const PREDECESSORS: u16 = 70;
    pub(super) const UNIQUE_PREDECESSORS: u16 = 74;
    pub(super) const FIXED: u16 = 80;
    pub(super) const MILESTONE: u16 = 81;
    pub(super) const ID: u16 = 90;
    pub(super) const CONSTRAINT: u16 = 91;
    pub(super) const DELAY: u16 = 92;
    pub(super) const UNIQUE_ID: u16 = 98;
    pub(super) const SUMMARY: u16 = 120;
}

/// Reads a schedule.
pub(crate) fn read(text: &str) -> Result<Found, ImportError> {
    let separator = text.get(3..).and_then(|t| t.chars().next()).unwrap_or(',');
    let mut reading = Reading::new();
    for record in split(text, separator)? {
        reading.record(&record);
    }
    Ok(reading.done())
}

/// One record: its fields, and the line that it begins on.
struct Record {
    fields: Vec<String>,
    line: u64,
}

impl Record {
    fn get(&self, ix: usize) -> &str {
        self.fields.get(ix).map_or("", |f| f.trim())
    }

    fn place(&self) -> String {
        format!("line {}", self.line)
    }
}

/// Records of a text: a field in quotes may hold separators and line ends, and two quotes are one.
fn split(text: &str, separator: char) -> Result<Vec<Record>, ImportError> {
    let mut out = Vec::new();
    let mut record = Record { fields: vec![String::new()], line: 1 };
    let (mut line, mut bytes, mut quoted) = (1_u64, 0_usize, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        bytes += c.len_utf8();
        line += u64::from(c == '\n');
        if bytes > MAX_RECORD || record.fields.len() > MAX_FIELDS {
            return Err(refused("schedule.size", "one record is longer than the format allows", record.line));
        }
        let Some(field) = record.fields.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.trim().is_empty() => quoted = true,
            '\r' | '\n' if !quoted => {
                let next = Record { fields: vec![String::new()], line };
                let ended = std::mem::replace(&mut record, next);
                if ended.fields.iter().any(|f| !f.trim().is_empty()) {
                    out.push(ended);
                }
                bytes = 0;
            }
            c if c == separator && !quoted => record.fields.push(String::new()),
            c => field.push(c),
        }
    }
    if record.fields.iter().any(|f| !f.trim().is_empty()) {
        out.push(record);
    }
    Ok(out)
}

/// How the file writes numbers and dates, from its records 10, 11 and 12.
struct Words {
    decimal: char,
    /// 0 month first, 1 day first, 2 year first.
    order: u8,
    /// Seconds since midnight of a start and of a finish without a time.
    start_s: i64,
    finish_s: i64,
    date_separator: String,
    time_separator: String,
    pm: String,
    hours_a_day: f64,
    hours_a_week: f64,
}

struct Reading {
    found: Found,
    words: Words,
    /// Numbers of the columns of tasks, in their order.
    columns: Vec<u16>,
    outline: Vec<(u32, String)>,
    /// Predecessors as written: the task, the text, whether by unique id, the place.
    waits: Vec<(String, String, bool, String)>,
    /// Unique id of each task by its number.
    by_number: BTreeMap<String, String>,
    /// Which record the exceptions and hours belong to.
    calendar: Option<usize>,
    task: String,
    not_kept: BTreeMap<&'static str, u64>,
}

impl Reading {
    fn new() -> Self {
        let mut found = Found::default();
        found.plan.rules = Rules::Project;
        found.plan.day_s = 8 * 3600;
        let words = Words {
            decimal: '.',
            order: 0,
            start_s: 8 * 3600,
            finish_s: 17 * 3600,
            date_separator: "/".to_owned(),
            time_separator: ":".to_owned(),
            pm: "pm".to_owned(),
            hours_a_day: 8.0,
            hours_a_week: 40.0,
        };
        Self {
            found,
            words,
            columns: Vec::new(),
            outline: Vec::new(),
            waits: Vec::new(),
            by_number: BTreeMap::new(),
            calendar: None,
            task: String::new(),
            not_kept: BTreeMap::new(),
        }
    }

    fn record(&mut self, r: &Record) {
        match r.get(0) {
            "10" => {
                let of = |ix: usize| r.get(ix).chars().next();
                self.words.decimal = of(5).filter(|c| ",.".contains(*c)).unwrap_or('.');
                r.get(1).clone_into(&mut self.found.plan.currency);
            }
            "11" => {
                let hours = |ix: usize, usual: f64| {
                    number(r.get(ix), self.words.decimal).filter(|h| *h > 0.0 && *h <= 168.0).unwrap_or(usual)
                };
                (self.words.hours_a_day, self.words.hours_a_week) = (hours(4, 8.0), hours(5, 40.0));
                self.found.plan.day_s = whole(self.words.hours_a_day * 3600.0);
            }
            "12" => {
                self.words.order = r.get(1).parse().ok().filter(|o| *o <= 2).unwrap_or(0);
                let minutes = r.get(3).parse::<i64>().ok().filter(|m| (0..1440).contains(m));
                self.words.start_s = minutes.unwrap_or(480) * 60;
                let or = |text: &str, usual: &str| {
                    if text.is_empty() { usual.to_owned() } else { text.to_owned() }
                };
                self.words.date_separator = or(r.get(4), "/");
                self.words.time_separator = or(r.get(5), ":");
                self.words.pm = or(r.get(7), "pm");
            }
            "20" | "55" => self.begin_calendar(r),
            "25" | "56" => self.hours(r),
            "26" | "57" => self.exception(r),
            "30" => self.project(r),
            "50" => self.found.plan.resources.push(Resource {
                id: r.get(2).to_owned(),
                name: r.get(3).to_owned(),
                calendar: None,
                works: true,
            }),
            "61" => self.columns = r.fields.iter().skip(1).map(|c| c.trim().parse().unwrap_or(0)).collect(),
            "70" => self.task(r),
            "75" => self.assignment(r),
            "51" | "71" => *self.not_kept.entry("notes").or_default() += 1,
            "72" => *self.not_kept.entry("rules of recurring tasks").or_default() += 1,
            "76" => *self.not_kept.entry("messages of workgroups").or_default() += 1,
            _ => {}
        }
    }

    fn begin_calendar(&mut self, r: &Record) {
        let base = r.get(0) == "20";
        let name = r.get(1);
        let id = if base {
            name.to_owned()
        } else {
            let resource = self.found.plan.resources.last_mut();
            let id = format!("resource:{}", resource.as_ref().map_or("", |r| r.id.as_str()));
            if let Some(resource) = resource {
                resource.calendar = Some(id.clone());
            }
            id
        };
        let mut calendar = Calendar { id, name: name.to_owned(), ..Calendar::default() };
        calendar.base = (!base && !name.is_empty()).then(|| name.to_owned());
        // Sunday to Saturday: 0 is off, 1 worked, 2 as the base says.
        for (ix, slot) in calendar.week.iter_mut().enumerate() {
            *slot = match r.get(ix + 2) {
                "0" => Some(Vec::new()),
                "2" if !base => None,
                _ => Some(vec![(8 * 3600, 12 * 3600), (13 * 3600, 17 * 3600)]),
            };
        }
        self.calendar = Some(self.found.plan.calendars.len());
        self.found.plan.calendars.push(calendar);
    }

    fn hours(&mut self, r: &Record) {
        let day = r.get(1).parse::<usize>().ok().filter(|d| (1..=7).contains(d));
        let spans = self.spans(r, 2);
        let calendar = self.calendar.and_then(|ix| self.found.plan.calendars.get_mut(ix));
        if let (Some(day), Some(calendar)) = (day, calendar)
            && let Some(slot) = calendar.week.get_mut(day - 1)
            && !(slot.as_ref().is_some_and(Vec::is_empty) && spans.is_empty())
        {
            *slot = Some(spans);
        }
    }

    fn spans(&mut self, r: &Record, first: usize) -> Vec<Span> {
        let mut out = Vec::new();
        for ix in [first, first + 2, first + 4] {
            let (from, to) = (r.get(ix), r.get(ix + 1));
            if from.is_empty() {
                continue;
            }
            match self.words.clock(from).zip(self.words.clock(to)) {
                Some((a, 0)) => out.push((a, 86_400)),
                Some((a, b)) if a < b => out.push((a, b)),
                _ => {
                    let message = format!("the hours {from:?} to {to:?} cannot be read; they were left out");
                    self.found.warn("schedule.bad_hours", &r.place(), message);
                }
            }
        }
        out.sort_unstable();
        out
    }

    fn exception(&mut self, r: &Record) {
        let (from, to) = (self.date(r.get(1), r, 0), self.date(r.get(2), r, 0));
        let spans = if r.get(3) == "1" { self.spans(r, 4) } else { Vec::new() };
        let Some(from) = from else { return };
        let to_day = to.map_or(from.day(), Civil::day).max(from.day());
        if let Some(c) = self.calendar.and_then(|ix| self.found.plan.calendars.get_mut(ix)) {
            c.exceptions.push(Exception { name: String::new(), from_day: from.day(), to_day, spans });
        }
    }

    fn project(&mut self, r: &Record) {
        r.get(1).clone_into(&mut self.found.plan.name);
        self.found.plan.calendar = Some(r.get(4).to_owned()).filter(|c| !c.is_empty());
        self.found.plan.start = self.date(r.get(5), r, self.words.start_s);
        if r.get(7) == "1" {
            let message = "the file is scheduled from its finish; dates were computed from its start";
            self.found.note("schedule.from_finish", Severity::Warning, &r.place(), message);
        }
    }

    fn date(&mut self, text: &str, r: &Record, usual_s: i64) -> Option<Civil> {
        // "NA" of any language has no digit.
        if !text.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let date = self.words.date(text, usual_s);
        if date.is_none() {
            let message = format!("this is no date between 1900 and 2199: {text:?}; it was left out");
            self.found.warn("schedule.bad_date", &r.place(), message);
        }
        date
    }

    fn task(&mut self, r: &Record) {
        let columns = std::mem::take(&mut self.columns);
        let text = |column: u16| {
            let at = columns.iter().position(|c| *c == column);
            at.map_or("", |ix| r.get(ix + 1))
        };
        self.one_task(r, &text);
        self.columns = columns;
    }

    fn one_task<'r>(&mut self, r: &'r Record, text: &dyn Fn(u16) -> &'r str) {
        let place = r.place();
        let number_of = text(column::ID);
        let id = Some(text(column::UNIQUE_ID)).filter(|u| !u.is_empty()).unwrap_or(number_of).to_owned();
        let level: u32 = text(column::LEVEL).parse().unwrap_or(1);
        self.outline.retain(|(l, _)| *l < level);
        let parent = self.outline.last().map(|(_, id)| id.clone());
        self.outline.push((level, id.clone()));
        self.by_number.insert(number_of.to_owned(), id.clone());
        let (start_s, finish_s) = (self.words.start_s, self.words.finish_s);
        let mut starts = |c: u16| self.date(text(c), r, start_s);
        let [start, early_start, late_start, base_start, actual_start, constraint_date] = [
            column::START,
            column::EARLY_START,
            column::LATE_START,
            column::BASELINE_START,
            column::ACTUAL_START,
            column::CONSTRAINT_DATE,
        ]
        .map(&mut starts);
        let mut finishes = |c: u16| self.date(text(c), r, finish_s);
        let [finish, early_finish, late_finish, base_finish, actual_finish] = [
            column::FINISH,
            column::EARLY_FINISH,
            column::LATE_FINISH,
            column::BASELINE_FINISH,
            column::ACTUAL_FINISH,
        ]
        .map(&mut finishes);
        let duration = self.words.duration(text(column::DURATION));
        let (duration_s, elapsed) = duration.unwrap_or((0, false));
        let cents = |c: u16| amount(text(c), self.words.decimal);
        let seconds = |c: u16| self.words.duration(text(c)).map(|d| d.0);
        let mut task = PlanTask {
            start,
            finish,
            actual_start,
            actual_finish,
            stated: Stated { early_start, early_finish, late_start, late_finish, ..Stated::default() },
            code: number_of.to_owned(),
            wbs: text(column::WBS).to_owned(),
            name: text(column::NAME).to_owned(),
            parent,
            kind: match (yes(text(column::SUMMARY)), yes(text(column::MILESTONE))) {
                (true, _) => TaskKind::Summary,
                (_, true) => TaskKind::Milestone,
                _ => TaskKind::Task,
            },
            fixed_duration: yes(text(column::FIXED)),
            duration_s,
            elapsed,
            remaining_s: seconds(column::REMAINING),
            leveling_delay_s: seconds(column::DELAY).unwrap_or(0).max(0),
            cost_cents: cents(column::COST),
            actual_cost_cents: cents(column::ACTUAL_COST),
            id: id.clone(),
            ..PlanTask::default()
        };
        if base_start.is_some() || base_finish.is_some() {
            task.baselines.push(Baseline {
                name: "0".to_owned(),
                start: base_start,
                finish: base_finish,
                duration_s: seconds(column::BASELINE_DURATION),
                cost_cents: cents(column::BASELINE_COST),
            });
        }
        let percent: String = text(column::PERCENT).trim_end_matches('%').replace(',', ".");
        task.percent = self.found.percent(percent.trim(), "% complete", &place);
        self.constrain(&mut task, (text(column::CONSTRAINT), constraint_date), &place);
        for (c, unique) in [(column::PREDECESSORS, false), (column::UNIQUE_PREDECESSORS, true)] {
            // A file may give both: the first says it all.
            if !text(c).is_empty() && !self.waits.iter().any(|w| w.0 == id) {
                self.waits.push((id.clone(), text(c).to_owned(), unique, place.clone()));
            }
        }
        self.task = id;
        self.found.task(task, place);
    }

    fn constrain(&mut self, task: &mut PlanTask, (word, date): (&str, Option<Civil>), place: &str) {
        // As soon as possible is no constraint.
        if matches!(word.to_lowercase().as_str(), "" | "as soon as possible" | "so früh wie möglich") {
            return;
        }
        match (constraint(word), date) {
            (Some(kind), date) => self.found.constrain(task, kind, date, place),
            // Without a date it is "as soon as possible" in words of another language.
            (None, None) => {}
            (None, Some(_)) => {
                let message =
                    format!("the constraint {word:?} is in words that are not known; it was left out");
                self.found.warn("schedule.constraint_in_other_words", place, message);
            }
        }
    }

    fn assignment(&mut self, r: &Record) {
        let decimal = self.words.decimal;
        let seconds = |ix: usize| self.words.duration(r.get(ix)).map_or(0, |d| d.0);
        // Resource by number, units, work, baseline work, actual work, overtime, cost …; last its unique id.
        let number_of = r.get(1);
        let unique = self.found.plan.resources.iter().find(|x| x.id == r.get(13) && !x.id.is_empty());
        let resource = unique.map_or_else(|| number_of.to_owned(), |x| x.id.clone());
        let work_s = seconds(3);
        self.found.plan.assignments.push(Assignment {
            task: self.task.clone(),
            resource,
            units: number(r.get(2), decimal).unwrap_or(1.0),
            work_s,
            remaining_s: (work_s - seconds(5)).max(0),
            cost_cents: amount(r.get(7), decimal),
        });
    }

    fn done(mut self) -> Found {
        let mut places = Vec::new();
        let separators: &[char] = &[',', ';'];
        for (to, text, unique, place) in std::mem::take(&mut self.waits) {
            // A comma may be a decimal one in a lag; then the file separates by semicolons.
            let only: &[char] = if self.words.decimal == ',' { &[';'] } else { separators };
            for one in text.split(only).map(str::trim).filter(|o| !o.is_empty()) {
                let Some((number_of, kind, lag)) = self.words.link(one) else {
                    let message =
                        format!("the task {to:?} waits for {one:?}, which cannot be read; it was dropped");
                    self.found.drop_record("schedule.link_type", &place, message);
                    continue;
                };
                let known = if unique { None } else { self.by_number.get(&number_of) };
                let from = known.cloned().unwrap_or(number_of);
                places.push(place.clone());
                self.found.plan.links.push(Link { from, to: to.clone(), kind, lag });
            }
        }
        for (what, n) in &self.not_kept {
            self.found.note("schedule.not_kept", Severity::Info, "", format!("{n} {what} are not kept"));
        }
        self.found.resolve(&places);
        self.found
    }
}

impl Words {
    /// `Fri 17/10/14 8:00`, `Di 07.01.03`: seconds since midnight are `usual_s` where the text has no time.
    fn date(&self, text: &str, usual_s: i64) -> Option<Civil> {
        if let Some((day, rest)) = in_words(text) {
            let second = if rest.is_empty() { usual_s } else { self.clock(&rest)? };
            return Some(day.plus(second));
        }
        let mut words = text.split_whitespace().filter(|w| w.bytes().any(|b| b.is_ascii_digit()));
        let date = words.next()?;
        let rest: String = text.split_once(date)?.1.trim().to_owned();
        let parts: Vec<i64> =
            date.split(self.date_separator.as_str()).map(|p| p.trim().parse().ok()).collect::<Option<_>>()?;
        let &[a, b, c] = parts.as_slice() else { return None };
        let (y, m, d) = match self.order {
            1 => (c, b, a),
            2 => (a, b, c),
            _ => (c, a, b),
        };
        // Two digits: the format is from the time between 1984 and 1998; what lies before 30 is of the next century.
        let year = match y {
            0..30 => y + 2000,
            30..100 => y + 1900,
            y => y,
        };
        let second = if rest.is_empty() { usual_s } else { self.clock(&rest)? };
        let day = Civil::from_date(year, m, d)?;
        (1900..2200).contains(&year).then(|| day.plus(second))
    }

    /// `08:00`, `1:30 pm`.
    fn clock(&self, text: &str) -> Option<i64> {
        let lower = text.to_lowercase();
        let digits: String =
            lower.chars().take_while(|c| c.is_ascii_digit() || self.time_separator.contains(*c)).collect();
        let mut parts = digits.split(self.time_separator.as_str()).map(str::parse::<i64>);
        let (h, m) = (parts.next()?.ok()?, parts.next().map_or(Some(0), Result::ok)?);
        let pm = lower.contains(&self.pm.to_lowercase()) && !self.pm.is_empty();
        let h = match h {
            12 if pm => 12,
            h if pm => h + 12,
            h => h,
        };
        ((0..=24).contains(&h) && (0..60).contains(&m)).then_some((h * 3600 + m * 60) % 86_400)
    }

    /// `12d`, `1ed`, `50t`, `1.5w`: seconds, and whether they run through nights.
    fn duration(&self, text: &str) -> Option<(i64, bool)> {
        let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || "+-.,".contains(*c)).collect();
        let value = number(&digits, self.decimal)?;
        let unit = text.get(digits.len()..)?.trim().trim_end_matches('?').to_lowercase();
        let elapsed = unit.len() > 1 && unit.starts_with(['e', 'f']);
        let unit = if elapsed { unit.get(1..)? } else { unit.as_str() };
        let hours = match unit.chars().next() {
            // Letters of the English, German, French, Spanish and Italian versions.
            Some('m') => 1.0 / 60.0,
            Some('h' | 'o') => 1.0,
            Some('d' | 't' | 'j' | 'g') if elapsed => 24.0,
            Some('d' | 't' | 'j' | 'g') => self.hours_a_day,
            Some('w' | 's') if elapsed => 168.0,
            Some('w' | 's') => self.hours_a_week,
            _ => return None,
        };
        (value.abs() < 1e6).then(|| (whole(value * hours * 3600.0), elapsed))
    }

    /// `3`, `3FS+1d`, `3EA-50%`: number of the task before, kind and lag.
    fn link(&self, text: &str) -> Option<(String, LinkKind, Lag)> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        let rest = text.get(digits.len()..)?.trim();
        let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
        let lag = rest.get(word.len()..)?.trim();
        let kind = match word.to_uppercase().as_str() {
            // Finish is E(nde), F(in); start is A(nfang), D(ébut), C(omienzo), I(nizio).
            "" | "FS" | "EA" | "FD" | "FC" | "FI" => LinkKind::FinishStart,
            "SS" | "AA" | "DD" | "CC" | "II" => LinkKind::StartStart,
            "FF" | "EE" => LinkKind::FinishFinish,
            "SF" | "AE" | "DF" | "CF" | "IF" => LinkKind::StartFinish,
            _ => return None,
        };
        let lag = match lag.strip_suffix('%') {
            Some(percent) => Lag::Percent(number(percent.trim_end_matches('e'), self.decimal)?),
            None if lag.is_empty() => Lag::Work(0),
            None => match self.duration(lag)? {
                (s, true) => Lag::Elapsed(s),
                (s, false) => Lag::Work(s),
            },
        };
        (!digits.is_empty()).then_some((digits, kind, lag))
    }
}

/// `14 November 2005 08:00`, `Mo 14. Nov 2005`: midnight of the day, and what follows it; `None` without a month in
/// English or German words.
fn in_words(text: &str) -> Option<(Civil, String)> {
    const MONTHS: [[&str; 2]; 12] = [
        ["jan", "jan"],
        ["feb", "feb"],
        ["mar", "mär"],
        ["apr", "apr"],
        ["may", "mai"],
        ["jun", "jun"],
        ["jul", "jul"],
        ["aug", "aug"],
        ["sep", "sep"],
        ["oct", "okt"],
        ["nov", "nov"],
        ["dec", "dez"],
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let month_of = |word: &str| {
        let begin: String = word.to_lowercase().chars().take(3).collect();
        MONTHS.iter().position(|names| names.contains(&begin.as_str()))
    };
    let at = words.iter().position(|w| month_of(w).is_some())?;
    let month = i64::try_from(month_of(words.get(at)?)?).ok()? + 1;
    let whole = |word: &&str| word.trim_end_matches(['.', ',']).parse::<i64>().ok();
    // The day stands before the month, or behind it as Americans write it.
    let before = at.checked_sub(1).and_then(|ix| words.get(ix)).and_then(whole);
    let (day, rest) = match before {
        Some(day) => (day, words.get(at + 1..)?),
        None => (words.get(at + 1).and_then(whole)?, words.get(at + 2..)?),
    };
    let year = rest.first().and_then(whole).filter(|y| (1900..2200).contains(y))?;
    Some((Civil::from_date(year, month, day)?, rest.get(1..)?.join(" ")))
}

fn number(text: &str, decimal: char) -> Option<f64> {
    let plain: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '-' || *c == decimal)
        .map(|c| if c == decimal { '.' } else { c })
        .collect();
    plain.parse().ok()
}

/// An amount with any sign of currency, as hundredths.
fn amount(text: &str, decimal: char) -> Option<i64> {
    number(text, decimal).filter(|a| a.abs() < 9e13).map(|a| whole(a * 100.0))
}

fn yes(text: &str) -> bool {
    ["y", "j", "o", "s", "1", "v"].iter().any(|w| text.to_lowercase().starts_with(w))
}

/// A kind of constraint in English or German words.
fn constraint(text: &str) -> Option<ConstraintKind> {
    Some(match text.to_lowercase().as_str() {
        "as late as possible" | "so spät wie möglich" => ConstraintKind::AsLateAsPossible,
        "must start on" | "muss anfangen am" | "muß anfangen am" => ConstraintKind::MustStartOn,
        "must finish on" | "muss enden am" | "muß enden am" => ConstraintKind::MustFinishOn,
        "start no earlier than" | "anfang nicht früher als" => ConstraintKind::StartNoEarlierThan,
        "start no later than" | "anfang nicht später als" => ConstraintKind::StartNoLaterThan,
        "finish no earlier than" | "ende nicht früher als" => ConstraintKind::FinishNoEarlierThan,
        "finish no later than" | "ende nicht später als" => ConstraintKind::FinishNoLaterThan,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(order: u8, separator: &str, decimal: char) -> Words {
        Words { decimal, order, date_separator: separator.to_owned(), ..Reading::new().words }
    }

    #[test]
    fn dates_durations_and_links_are_read_in_the_words_of_their_country() {
        let (us, de) = (words(0, "/", '.'), words(1, ".", ','));
        let check = |w: &Words, text: &str, expected: &str| {
            assert_eq!(w.date(text, 8 * 3600).map(|d| d.to_string()).as_deref(), Some(expected), "{text}");
        };
        check(&us, "Fri 10/17/14", "2014-10-17T08:00:00");
        check(&us, "10/17/98 1:30 PM", "1998-10-17T13:30:00");
        check(&de, "Di 07.01.03", "2003-01-07T08:00:00");
        check(&us, "14 November 2005 08:00", "2005-11-14T08:00:00");
        check(&us, "March 3, 1998", "1998-03-03T08:00:00");
        assert!(us.date("Fri 13/13/14", 0).is_none() && us.date("soon", 0).is_none());
        assert_eq!(us.duration("1.5d"), Some((12 * 3600, false)));
        assert_eq!(us.duration("2ed"), Some((48 * 3600, true)));
        assert_eq!(de.duration("50t"), Some((400 * 3600, false)));
        assert_eq!(de.duration("0ft"), Some((0, true)));
        assert_eq!(us.duration("30m?"), Some((1800, false)));
        let link = |w: &Words, text: &str| w.link(text).map(|(id, k, l)| format!("{id} {k:?} {l:?}"));
        assert_eq!(link(&us, "3FS+1d").as_deref(), Some("3 FinishStart Work(28800)"));
        assert_eq!(link(&de, "12AA-2ft").as_deref(), Some("12 StartStart Elapsed(-172800)"));
        assert_eq!(link(&us, "7FF+50%").as_deref(), Some("7 FinishFinish Percent(50.0)"));
        assert_eq!(link(&us, "x"), None);
    }

    #[test]
    fn a_field_in_quotes_holds_separators_quotes_and_lines() {
        let records = split("MPX,a\r\n70,\"one, \"\"two\"\"\nthree\",4\r\n", ',').unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!(records[1].fields, ["70", "one, \"two\"\nthree", "4"]);
        assert_eq!(records[1].line, 2);
    }
}
