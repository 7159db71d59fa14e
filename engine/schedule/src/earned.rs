//! Earned value: what the plan says should be done, what is done, and what it cost, in whole hundredths.
//!
//! * A task's planned value grows evenly from its planned start to its planned finish.
//! * Its earned value is its percentage of its budget once it has begun; all of it once it is finished. Of a task that
//!   was finished later than the instant asked for, it is the even share between its actual dates: what the percentage
//!   was in between is not recorded.
//! * Its actual cost counts from its beginning on; of a task that was finished later, the even share too.
//!
//! Shares are rounded half up to hundredths, per task; sums are sums of what was rounded.

use crate::civil::{Civil, whole};
use crate::plan::{Plan, PlanTask, TaskKind};

/// Percentages are exact to a hundred-millionth of the whole.
const WHOLE: i128 = 100_000_000;

/// What work is worth at an instant, in hundredths of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// Budget at completion.
    pub bac: i64,
    /// Planned value.
    pub pv: i64,
    /// Earned value.
    pub ev: i64,
    /// Actual cost.
    pub ac: i64,
}

impl Worth {
    /// Earned less planned: negative is behind.
    pub fn sv(&self) -> i64 {
        self.ev.saturating_sub(self.pv)
    }

    /// Earned less spent: negative is over.
    pub fn cv(&self) -> i64 {
        self.ev.saturating_sub(self.ac)
    }

    /// Earned by planned, in ten-thousandths; `None` where nothing is planned yet.
    pub fn spi(&self) -> Option<i64> {
        ratio(i128::from(self.ev) * 10_000, i128::from(self.pv))
    }

    /// Earned by spent, in ten-thousandths; `None` where nothing is spent.
    pub fn cpi(&self) -> Option<i64> {
        ratio(i128::from(self.ev) * 10_000, i128::from(self.ac))
    }

    /// Estimate at completion, the budget by the unrounded CPI; `None` where nothing is earned or spent.
    pub fn eac(&self) -> Option<i64> {
        if self.ac == 0 {
            return None;
        }
        ratio(i128::from(self.bac) * i128::from(self.ac), i128::from(self.ev))
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            bac: self.bac.saturating_add(other.bac),
            pv: self.pv.saturating_add(other.pv),
            ev: self.ev.saturating_add(other.ev),
            ac: self.ac.saturating_add(other.ac),
        }
    }
}

/// `a / b` rounded half away from zero; `None` if `b` is 0 or the result too large.
fn ratio(a: i128, b: i128) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let (n, d) = (a.unsigned_abs(), b.unsigned_abs());
    let q = i64::try_from((n + d / 2) / d).ok()?;
    Some(if (a < 0) == (b < 0) { q } else { -q })
}

fn share(amount: i64, part: i128, whole: i128) -> i64 {
    ratio(i128::from(amount) * part, whole).unwrap_or(0)
}

/// The part of an interval that has passed at `t`: part and whole in seconds.
fn passed(from: Civil, to: Civil, t: Civil) -> (i128, i128) {
    if t >= to {
        return (1, 1);
    }
    if t <= from {
        return (0, 1);
    }
    (i128::from(t.0 - from.0), i128::from(to.0 - from.0))
}

/// What one task is worth at `t`. `baseline`: planned dates and budget are those of the baseline of that name, where
/// the task has it.
///
/// Without a baseline, planned are the first one that the file calls `0`, else the task's own dates and cost. A task
/// without planned dates is planned for its finish, or never.
pub fn worth(task: &PlanTask, baseline: Option<&str>, t: Civil) -> Worth {
    let named = baseline.unwrap_or("0");
    let base = task.baselines.iter().find(|b| b.name == named && (baseline.is_some() || b.start.is_some()));
    let (start, finish, budget) = match base {
        Some(b) => (b.start, b.finish, b.cost_cents.or(task.cost_cents)),
        // A task that a baseline does not know was not in that plan.
        None if baseline.is_some() => (None, None, Some(0)),
        None => (task.start, task.finish, task.cost_cents),
    };
    let own = task.cost_cents.unwrap_or(0);
    let budget = budget.unwrap_or(0);
    let pv = match (start, finish.or(start)) {
        (Some(from), Some(to)) => {
            let (part, whole) = passed(from, to, t);
            share(budget, part, whole)
        }
        (None, Some(to)) if t >= to => budget,
        _ => 0,
    };
    let earns = if base.is_some() || baseline.is_none() { budget } else { own };
    let (part, whole) = done(task, start, finish, t);
    let (cost_part, cost_whole) = match (task.actual_start, task.actual_finish) {
        (Some(from), Some(to)) => passed(from, to, t),
        _ if part > 0 || task.actual_start.is_some_and(|s| s <= t) => (1, 1),
        _ => (0, 1),
    };
    Worth {
        bac: budget,
        pv,
        ev: share(earns, part, whole),
        ac: share(task.actual_cost_cents.unwrap_or(0), cost_part, cost_whole),
    }
}

/// How much of a task is done at `t`, as part and whole.
pub(crate) fn done(task: &PlanTask, start: Option<Civil>, finish: Option<Civil>, t: Civil) -> (i128, i128) {
    let percent = i128::from(whole(task.percent.unwrap_or(0.0).clamp(0.0, 100.0) * (WHOLE as f64) / 100.0));
    let begun = task.actual_start.or_else(|| start.filter(|_| percent > 0));
    match (begun, task.actual_finish) {
        (Some(from), Some(to)) => passed(from, to, t),
        (None, Some(to)) => (i128::from(t >= to), 1),
        (Some(from), None) if from <= t => {
            // Complete without any actual date is done when it was planned to be.
            let undated = task.actual_start.is_none() && percent >= WHOLE;
            if undated && finish.is_some_and(|f| f > t) {
                passed(from, finish.unwrap_or(from), t)
            } else {
                (percent, WHOLE)
            }
        }
        _ => (0, 1),
    }
}

/// A work package and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Id of the summary that holds the tasks; of the task itself where none does.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Tasks in it.
    pub n_tasks: usize,
    /// What they are worth together.
    pub worth: Worth,
}

/// Worth of every work package, in the plan's order, and of all together. A work package is the summary right above a
/// task, or the task itself where it has none.
pub fn packages(plan: &Plan, baseline: Option<&str>, t: Civil) -> (Vec<Package>, Worth) {
    let places: std::collections::BTreeMap<&str, usize> =
        plan.tasks.iter().enumerate().map(|(ix, t)| (t.id.as_str(), ix)).collect();
    let mut found: std::collections::BTreeMap<usize, (usize, Worth)> = std::collections::BTreeMap::new();
    let mut total = Worth::default();
    for (ix, task) in plan.tasks.iter().enumerate() {
        if matches!(task.kind, TaskKind::Summary | TaskKind::Inactive) {
            continue;
        }
        let w = worth(task, baseline, t);
        total = total.plus(&w);
        let place = task.parent.as_deref().and_then(|p| places.get(p)).copied().unwrap_or(ix);
        let entry = found.entry(place).or_default();
        *entry = (entry.0 + 1, entry.1.plus(&w));
    }
    let package = |(ix, (n_tasks, worth)): (usize, (usize, Worth))| {
        plan.tasks.get(ix).map(|t| Package { id: t.id.clone(), name: t.name.clone(), n_tasks, worth })
    };
    (found.into_iter().filter_map(package).collect(), total)
}

/// Hundredths as an exact decimal: `-12.05`.
pub fn decimal_2(hundredths: i64) -> String {
    decimal(hundredths, 100, 2)
}

/// Ten-thousandths as an exact decimal: `0.8418`.
pub fn decimal_4(ten_thousandths: i64) -> String {
    decimal(ten_thousandths, 10_000, 4)
}

fn decimal(n: i64, unit: u64, width: usize) -> String {
    let sign = if n < 0 { "-" } else { "" };
    let a = n.unsigned_abs();
    format!("{sign}{}.{:0width$}", a / unit, a % unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Baseline;

    fn milestone(id: &str, dates: (&str, &str), cents: i64, percent: f64, ac: i64) -> PlanTask {
        let (start, finish) = (Civil::parse(dates.0), Civil::parse(dates.1).map(|d| d.plus(86_400)));
        PlanTask {
            id: id.into(),
            start,
            finish,
            cost_cents: Some(cents),
            percent: Some(percent),
            actual_start: start.filter(|_| percent > 0.0),
            actual_finish: finish.filter(|_| percent >= 100.0),
            actual_cost_cents: Some(ac),
            ..PlanTask::default()
        }
    }

    /// A contract of 12 million in five milestones: figures worked by hand.
    fn contract() -> Plan {
        Plan {
            tasks: vec![
                milestone("1", ("2026-01-01", "2026-03-31"), 120_000_000, 100.0, 130_000_000),
                milestone("2", ("2026-04-01", "2026-05-31"), 240_000_000, 100.0, 250_000_000),
                milestone("3", ("2026-06-01", "2026-08-31"), 360_000_000, 40.0, 160_000_000),
                milestone("4", ("2026-09-01", "2026-11-30"), 300_000_000, 0.0, 0),
                milestone("5", ("2026-12-01", "2027-01-31"), 180_000_000, 0.0, 0),
            ],
            ..Plan::default()
        }
    }

    #[test]
    fn the_contract_of_five_milestones_is_worth_what_was_worked_out_to_the_cent() {
        let end_of_july = Civil::parse("2026-08-01").unwrap();
        let (packages, w) = packages(&contract(), None, end_of_july);
        assert_eq!(packages.len(), 5);
        let cents = [w.bac, w.pv, w.ev, w.ac, w.sv(), w.cv()].map(decimal_2);
        assert_eq!(
            cents,
            ["12000000.00", "5986956.52", "5040000.00", "5400000.00", "-946956.52", "-360000.00"]
                .map(str::to_owned)
        );
        assert_eq!(w.spi().map(decimal_4).as_deref(), Some("0.8418"));
        assert_eq!(w.cpi().map(decimal_4).as_deref(), Some("0.9333"));
        assert_eq!(w.eac().map(decimal_2).as_deref(), Some("12857142.86"));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        let before = Civil::parse("2025-12-31").unwrap();
        let (_, w) = packages(&contract(), None, before);
        assert_eq!((w.pv, w.ev, w.ac), (0, 0, 0));
        assert_eq!((w.spi(), w.cpi(), w.eac()), (None, None, None));
        let unearned = Worth { bac: 100, pv: 50, ev: 0, ac: 10 };
        assert_eq!((unearned.spi(), unearned.cpi(), unearned.eac()), (Some(0), Some(0), None));
    }

    #[test]
    fn a_baseline_is_planned_with_its_own_dates_and_budget() {
        let mut plan = contract();
        let later = Baseline {
            name: "contract".into(),
            start: Civil::parse("2027-01-01"),
            finish: Civil::parse("2027-02-01"),
            duration_s: None,
            cost_cents: Some(500_000),
        };
        plan.tasks[0].baselines.push(later);
        let (_, w) = packages(&plan, Some("contract"), Civil::parse("2026-08-01").unwrap());
        assert_eq!((w.bac, w.pv), (500_000, 0), "tasks that a baseline does not know are not planned in it");
    }

    #[test]
    fn a_moment_in_the_past_earns_the_even_share_of_what_was_finished_later() {
        let plan = contract();
        let mid_may = Civil::parse("2026-05-01T12:00").unwrap();
        assert_eq!(worth(&plan.tasks[1], None, mid_may).ev, 120_000_000);
        assert_eq!(worth(&plan.tasks[2], None, mid_may).ev, 0);
    }

    #[test]
    fn decimals_keep_their_zeros_and_signs() {
        assert_eq!(decimal_2(-5), "-0.05");
        assert_eq!(decimal_2(i64::MAX), "92233720368547758.07");
        assert_eq!(decimal_4(12_000), "1.2000");
    }
}
