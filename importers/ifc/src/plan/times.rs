//! Times of tasks: `IfcTaskTime` of IFC4, `IfcScheduleTimeControl` and dates in parts of IFC2X3.

use lantu_schedule::{Civil, parse_duration, whole};

use crate::step::{StepFile, Value};

/// Where the attributes of a task's times stand.
struct Places {
    duration: usize,
    start: usize,
    finish: usize,
    early: [usize; 2],
    late: [usize; 2],
    total_float: usize,
    critical: usize,
    actual: [usize; 2],
    remaining: usize,
    completion: usize,
}

/// `IfcTaskTime`, IFC4 ADD2 8.10.2.
const TASK_TIME: Places = Places {
    duration: 4,
    start: 5,
    finish: 6,
    early: [7, 8],
    late: [9, 10],
    total_float: 12,
    critical: 13,
    actual: [16, 17],
    remaining: 18,
    completion: 19,
};
/// `IfcScheduleTimeControl`, IFC2X3 TC1.
const TIME_CONTROL: Places = Places {
    duration: 13,
    start: 8,
    finish: 12,
    early: [6, 10],
    late: [7, 11],
    total_float: 17,
    critical: 18,
    actual: [5, 9],
    remaining: 15,
    completion: 22,
};

/// What a file says of a task's times.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) duration_s: Option<i64>,
    pub(super) elapsed: bool,
    pub(super) start: Option<Civil>,
    pub(super) finish: Option<Civil>,
    pub(super) early: [Option<Civil>; 2],
    pub(super) late: [Option<Civil>; 2],
    pub(super) total_float_s: Option<i64>,
    pub(super) critical: Option<bool>,
    pub(super) actual: [Option<Civil>; 2],
    pub(super) remaining_s: Option<i64>,
    /// 0 to 100 as stated, or what is wrong with it.
    pub(super) percent: Option<f64>,
}

impl Times {
    /// The times that a record states; `None` if it is no record of times.
    pub(super) fn read(file: &StepFile<'_>, record: u64) -> Option<Self> {
        let (keyword, args) = file.get(record)?;
        let (places, task_time) = match keyword {
            "IFCTASKTIME" | "IFCTASKTIMERECURRING" => (TASK_TIME, true),
            "IFCSCHEDULETIMECONTROL" => (TIME_CONTROL, false),
            _ => return None,
        };
        let at = |ix: usize| args.get(ix);
        let time = |ix: usize| civil(file, at(ix)?);
        let length = |ix: usize| seconds(file, at(ix)?);
        let flag = |v: &Value<'_>| if let Value::Enum(e) = v { Some(*e == "T") } else { None };
        let elapsed = task_time && at(3).is_some_and(|v| matches!(v, Value::Enum("ELAPSEDTIME")));
        Some(Self {
            duration_s: length(places.duration),
            elapsed,
            start: time(places.start),
            finish: time(places.finish),
            early: places.early.map(time),
            late: places.late.map(time),
            total_float_s: length(places.total_float),
            critical: at(places.critical).and_then(flag),
            actual: places.actual.map(time),
            remaining_s: length(places.remaining),
            // A positive ratio: 0.4 is 40 %. Some programs write percents.
            percent: at(places.completion)
                .and_then(Value::as_f64)
                .map(|c| if c > 1.0 { c } else { c * 100.0 }),
        })
    }
}

/// A time: text of ISO 8601, or the parts of IFC2X3.
pub(super) fn civil(file: &StepFile<'_>, v: &Value<'_>) -> Option<Civil> {
    if let Some(text) = file.text(Some(v)) {
        // An offset says where it was written; the wall clock is what the plan means.
        let bare = text.get(..19).filter(|t| t.contains('T')).unwrap_or(&text);
        return Civil::parse(bare);
    }
    let (keyword, args) = file.get(v.as_ref()?)?;
    let int = |ix: usize| if let Some(Value::Int(i)) = args.get(ix) { Some(*i) } else { None };
    match keyword {
        "IFCCALENDARDATE" => Civil::from_date(int(2)?, int(1)?, int(0)?),
        "IFCDATEANDTIME" => {
            let date = civil(file, args.first()?)?;
            let (_, clock) = file.get(args.get(1)?.as_ref()?)?;
            let part = |ix: usize| clock.get(ix).and_then(Value::as_f64).map_or(0, whole);
            let seconds = part(0).clamp(0, 24) * 3600 + part(1).clamp(0, 59) * 60 + part(2).clamp(0, 59);
            Some(date.plus(seconds))
        }
        _ => None,
    }
}

/// Seconds of a duration: text of ISO 8601, or a measure of time, which is in seconds in IFC2X3's default unit.
pub(super) fn seconds(file: &StepFile<'_>, v: &Value<'_>) -> Option<i64> {
    match file.text(Some(v)) {
        Some(text) => parse_duration(&text),
        None => v.as_f64().filter(|s| s.is_finite() && s.abs() < 3.2e9).map(whole),
    }
}
