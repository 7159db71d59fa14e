//! The register of risks: every object at risk at an instant, which factor adds how much, who looks after it.

use std::collections::BTreeMap;

use lantu_base::{ObjectRow, UtcNanos};
use lantu_overlay::{
    Contribution, Factor, Heap, ObjectTable, OverlayKind, RepeatedDigs, RiskOf, RiskRules, Verdict,
    aggregate, repeated_digs,
};
use lantu_session::{RiskEntry, entry_of};

use crate::stage::Overlays;

/// Likelihoods and severities are 1 to so many.
pub(crate) const SCALE: usize = 5;

/// The risks of a project at an instant.
pub(crate) struct Register {
    /// Every object that is not at `none`, or has an open entry; worst first.
    pub(crate) risks: Vec<RegisterRow>,
    /// Objects by state.
    pub(crate) states: BTreeMap<&'static str, u64>,
    /// Objects at risk by likelihood (row) and severity (column) of their worst factor.
    pub(crate) matrix: [[u64; SCALE]; SCALE],
    /// Sums over sites.
    pub(crate) sites: Vec<Heap>,
    /// Sums over management cells.
    pub(crate) cells: Vec<Heap>,
    /// Digs that could be one.
    pub(crate) repeated: Vec<RepeatedDigs>,
}

/// An object at risk.
pub(crate) struct RegisterRow {
    pub(crate) row: ObjectRow,
    pub(crate) risk: RiskOf,
    pub(crate) entry: Option<RiskEntry>,
}

impl RegisterRow {
    /// Likelihood and severity of the worst factor.
    pub(crate) fn worst(&self) -> Option<(u8, u8)> {
        let rated = self.risk.contributions.iter().filter_map(|c| c.rating);
        rated.max_by_key(|r| r.score()).map(|r| (r.likelihood, r.severity))
    }
}

impl Register {
    /// Looks at every object. `known`: until when entries count; everything where it is `None`.
    pub(crate) fn new(
        overlays: &Overlays,
        t: UtcNanos,
        (entries, known): (&[RiskEntry], Option<UtcNanos>),
    ) -> Self {
        let moment = overlays.at(t);
        let until = (t, known.unwrap_or(UtcNanos(i64::MAX)));
        let rows: Vec<(ObjectRow, RiskOf)> =
            overlays.table.scene().objects().map(|o| (o.row, moment.risk_of(o.row))).collect();
        let names = OverlayKind::Risk.states().iter().map(|s| (s.name, 0));
        let mut states: BTreeMap<&'static str, u64> = names.collect();
        let mut matrix = [[0; SCALE]; SCALE];
        let mut risks = Vec::new();
        for (row, risk) in &rows {
            *states.entry(risk.state()).or_default() += 1;
            let key = overlays.table.key(*row).map_or(String::new(), |k| k.to_string());
            let entry = entry_of(entries, &key, until).cloned();
            if risk.state() == "none" && entry.as_ref().is_none_or(|e| e.closed) {
                continue;
            }
            let found = RegisterRow { row: *row, risk: risk.clone(), entry };
            if let Some((likelihood, severity)) = found.worst()
                && let Some(line) = matrix.get_mut(usize::from(likelihood.saturating_sub(1)))
                && let Some(n) = line.get_mut(usize::from(severity.saturating_sub(1)))
            {
                *n += 1;
            }
            risks.push(found);
        }
        // What cannot be judged comes after what is known to be dangerous, and before what is low.
        let worth = |v: &Verdict| (v.grade, v.unknown, v.score);
        risks.sort_by_key(|r| (std::cmp::Reverse(worth(&r.risk.verdict)), r.row));
        let rules = &overlays.rules().risk;
        let (sites, cells) = aggregate(&*overlays.table, rules, &rows);
        Self { risks, states, matrix, sites, cells, repeated: repeated_digs(&moment.input()) }
    }
}

/// A factor's name with its share of an object's risk: `task_overdue 2×3=6`.
pub(crate) fn share(c: &Contribution) -> String {
    let rating =
        c.rating.map_or_else(|| "?".to_owned(), |r| format!("{}×{}={}", r.likelihood, r.severity, r.score()));
    format!("{} {rating}", c.factor.name())
}

/// State of a verdict, as in `lantu overlay`.
pub(crate) fn state_of(v: &Verdict) -> &'static str {
    if v.unknown { "unknown" } else { v.grade.name() }
}

/// Grade of a contribution by itself.
pub(crate) fn grade_of(rules: &RiskRules, c: &Contribution) -> &'static str {
    c.rating.map_or("unknown", |r| rules.grade(r).name())
}

/// Counts of a heap by factor, without those that nobody has.
pub(crate) fn factors_of(h: &Heap) -> BTreeMap<&'static str, u64> {
    Factor::ALL.iter().zip(h.factors).filter(|(_, n)| *n > 0).map(|(f, n)| (f.name(), n)).collect()
}
