//! What the inputs of a rule over several channels read through a stretch of time, as lines to be drawn.
//!
//! Times are gathered in cells of a grid that does not move with the stretch, so that a day that is over is gone through
//! once for each width of a cell.

use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use lantu_base::UtcNanos;

use super::{Combined, Fact, Latest, Pass};
use crate::cache::Kept;
use crate::chunk::NANOS_PER_DAY;
use crate::rules::Condition;
use crate::timeline::Subject;
use crate::{Channel, SensorRule, SensorRules, SensorState, TimeStore};

/// Widths of a cell, seconds. Chosen: steps that people count time in, so that charts of one length share them.
const CELLS_S: [i64; 12] = [1, 2, 5, 10, 30, 60, 120, 300, 900, 1_800, 7_200, 21_600];
/// Width of a cell of the longest charts, seconds.
const WIDEST_CELL_S: i64 = 86_400;

/// What an input read through a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct InputCurve {
    /// Name of the input in the rule.
    pub input: String,
    /// Unit of its values.
    pub unit: String,
    /// Lines; between two of them the input was not known, or nothing was there to be read.
    pub runs: Vec<Vec<Extent>>,
    /// Levels that compare the input, or a statistic of it with the same scale, which the name then says too: state, name,
    /// where it is raised.
    pub limits: Vec<(SensorState, String, f64)>,
}

/// Smallest and largest value of an input within a cell of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The first instant in the cell at which something was read.
    pub time: UtcNanos,
    /// Smallest value from then on.
    pub min: f64,
    /// Largest value.
    pub max: f64,
}

/// The lines of one day, by input.
#[derive(Debug)]
pub(crate) struct DayCurve(Vec<Line>);

impl Kept for DayCurve {
    fn n_bytes(&self) -> usize {
        self.0.iter().map(|line| line.cells.len() * size_of::<Cell>() + 32).sum()
    }
}

#[derive(Clone, Debug, Default)]
struct Line {
    cells: Vec<Cell>,
    /// The value at the last instant looked at was not known.
    broken: bool,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    at: Extent,
    /// It goes on from the cell before it.
    joined: bool,
}

/// What the inputs of a rule over several channels read from `span.0` to `span.1`, in the order of the rule's inputs, with
/// at most about `columns` points each. Empty for a channel with readings of its own.
pub fn input_curves(
    store: &TimeStore,
    channel: &Channel,
    rules: &SensorRules,
    span: (UtcNanos, UtcNanos),
    columns: u32,
) -> Vec<InputCurve> {
    let (Some(rule), Some(wiring)) = (rules.for_quantity(&channel.quantity), &channel.wiring) else {
        return Vec::new();
    };
    let combined = Subject { store, channel, rules, rule }.combined(wiring);
    let lines = combined.lines(span, cell_ns(span, columns));
    let named = |(ix, (name, input)): (usize, (&String, &crate::Input))| InputCurve {
        input: name.clone(),
        unit: input.unit.clone(),
        runs: lines.get(ix).map(|line| runs(line, span)).unwrap_or_default(),
        limits: limits(rule, name, 1 + rule.statistics.len() + ix),
    };
    rule.inputs.iter().enumerate().map(named).collect()
}

fn cell_ns((from, to): (UtcNanos, UtcNanos), columns: u32) -> i64 {
    let wanted_s = to.seconds_since(from) / f64::from(columns.max(1));
    let cell = CELLS_S.into_iter().find(|s| *s as f64 >= wanted_s).unwrap_or(WIDEST_CELL_S);
    cell * 1_000_000_000
}

/// Cells within a stretch, in pieces; what held when it began is carried to its beginning.
fn runs(line: &Line, (from, to): (UtcNanos, UtcNanos)) -> Vec<Vec<Extent>> {
    let mut out: Vec<Vec<Extent>> = Vec::new();
    let first = line.cells.partition_point(|c| c.at.time < from);
    let goes_on = line.cells.get(first).map_or(!line.broken, |c| c.joined && c.at.time > from);
    let before = first.checked_sub(1).and_then(|ix| line.cells.get(ix)).filter(|_| goes_on);
    if let Some(before) = before {
        out.push(vec![Extent { time: from, ..before.at }]);
    }
    for cell in line.cells.iter().skip(first).take_while(|c| c.at.time <= to) {
        match out.last_mut().filter(|_| cell.joined) {
            Some(run) => run.push(cell.at),
            None => out.push(vec![cell.at]),
        }
    }
    out
}

/// Levels with a comparison of an input, which conditions call `ix`, ascending by the level.
fn limits(rule: &SensorRule, input: &str, ix: usize) -> Vec<(SensorState, String, f64)> {
    let mut out = Vec::new();
    let mut compare = |level: &crate::Level, of: usize, value: f64| {
        if of == ix {
            out.push((level.state, level.name.clone(), value));
        } else if let Some((name, s)) = rule.statistic(of)
            && s.of.as_deref() == Some(input)
            && s.has_scale_of_readings()
        {
            out.push((level.state, format!("{} · {name}", level.name), value));
        }
    };
    for level in &rule.levels {
        compare(level, level.statistic_ix, level.value);
        let mut open: Vec<&Condition> = level.and.iter().chain(&level.or).collect();
        while let Some(condition) = open.pop() {
            if let Some(value) = condition.value {
                compare(level, condition.statistic_ix, value);
            }
            open.extend(condition.and.iter().chain(&condition.or));
        }
    }
    out
}

impl Combined<'_> {
    fn lines(&self, (from, to): (UtcNanos, UtcNanos), cell: i64) -> Vec<Line> {
        let days = self.days_until(to);
        // A value may have been read on the day before the first one and hold until then.
        let since = from.0.div_euclid(NANOS_PER_DAY);
        let first = days.partition_point(|day| *day < since).saturating_sub(1);
        let mut out = vec![Line { cells: Vec::new(), broken: true }; self.wiring.inputs.len()];
        let mut end = None;
        for ix in first..days.len() {
            let curve = self.curve_of_day(&days, ix, cell);
            for (line, day) in out.iter_mut().zip(&curve.0) {
                line.cells.extend_from_slice(&day.cells);
                line.broken = day.broken;
            }
            end = Some(self.day(&days, ix));
        }
        // What the clock alone does after the last reading.
        if let Some(day) = end {
            let mut pass = day.end.clone();
            self.grow_old(&mut pass, to.0, (cell, &mut out));
        }
        out
    }

    fn curve_of_day(&self, days: &[i64], ix: usize, cell: i64) -> Arc<DayCurve> {
        let Some(&day) = days.get(ix) else { return Arc::new(DayCurve(Vec::new())) };
        let [what, read] = self.key(day);
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        (what, cell).hash(&mut hasher);
        let key = [hasher.finish(), read];
        if let Some(found) = self.store.curves().get(key) {
            return found;
        }
        let mut pass = match ix.checked_sub(1) {
            Some(before) => self.day(days, before).end.clone(),
            None => self.begin(),
        };
        let mut out = vec![Line::default(); self.wiring.inputs.len()];
        for (line, wired) in out.iter_mut().zip(&self.wiring.inputs) {
            line.broken = known(self.input(&pass, wired).0).is_none();
        }
        let events = self.events(day);
        for together in events.chunk_by(|a, b| a.t == b.t) {
            let Some(t) = together.first().map(|e| e.t) else { continue };
            self.grow_old(&mut pass, t, (cell, &mut out));
            pass.now = t;
            for e in together {
                if let Some(slot) = pass.latest.get_mut(e.series) {
                    *slot = Some(Latest { t, value: e.value });
                }
            }
            self.draw(&pass, (cell, &mut out));
        }
        let curve = Arc::new(DayCurve(out));
        self.store.curves().put(key, Arc::clone(&curve));
        curve
    }

    /// Draws what happens until `until`, exclusive, while nothing is read.
    fn grow_old(&self, pass: &mut Pass, until: i64, (cell, lines): (i64, &mut [Line])) {
        while let Some(due) = self.due(pass).filter(|due| *due < until) {
            pass.now = due;
            self.draw(pass, (cell, lines));
        }
    }

    /// Draws what each input reads now.
    fn draw(&self, pass: &Pass, (cell, lines): (i64, &mut [Line])) {
        for (line, wired) in lines.iter_mut().zip(&self.wiring.inputs) {
            let Some(value) = known(self.input(pass, wired).0) else {
                line.broken = true;
                continue;
            };
            let joined = !std::mem::replace(&mut line.broken, false);
            let of = |t: i64| t.div_euclid(cell);
            match line.cells.last_mut().filter(|last| joined && of(last.at.time.0) == of(pass.now)) {
                Some(last) => {
                    last.at.min = last.at.min.min(value);
                    last.at.max = last.at.max.max(value);
                }
                None => line
                    .cells
                    .push(Cell { at: Extent { time: UtcNanos(pass.now), min: value, max: value }, joined }),
            }
        }
    }
}

/// A value that can be drawn. Where nobody is, the nearest is infinitely far.
fn known(fact: Fact) -> Option<f64> {
    match fact {
        Fact::Known(v) if v.is_finite() => Some(v),
        _ => None,
    }
}
