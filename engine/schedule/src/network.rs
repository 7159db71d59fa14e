//! The network of leaf tasks: links of summaries spread over what they hold, an order for the passes, cycles by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Link, LinkKind, Plan, PlanTask, TaskKind};

/// Links between leaf tasks that one link of summaries may become. Chosen: a summary of 3 000 tasks linked to
/// another is 9 million links; what is beyond is damage.
const MAX_SPREAD: usize = 4_000_000;

/// A link between two places in [`Plan::tasks`].
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// The task before.
    pub from: usize,
    /// The task after.
    pub to: usize,
    /// Place in [`Plan::links`].
    pub link: usize,
}

/// Tasks that wait for each other: names from one to the same again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Ids, each linked to the next and the last to the first.
    pub ids: Vec<String>,
    /// Their names.
    pub names: Vec<String>,
}

/// The leaf tasks of a plan in an order in which no task comes before what it waits for.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Places in [`Plan::tasks`].
    pub order: Vec<usize>,
    /// All links between leaves.
    pub edges: Vec<Edge>,
    /// For each task, edges that end there.
    pub before: Vec<Vec<usize>>,
    /// For each task, edges that begin there.
    pub after: Vec<Vec<usize>>,
    /// Links that could not be used: an end is missing, or both are the same, or there were too many.
    pub unused: Vec<usize>,
    /// Links from the start of a summary, which is the start of whichever of its tasks is first.
    pub from_first: BTreeSet<usize>,
    /// Leaves below each summary, by place.
    pub leaves: BTreeMap<usize, Vec<usize>>,
}

impl Network {
    /// Builds the network.
    ///
    /// # Errors
    /// [`Cycle`] with one circle of tasks, the shortest that is reached from the first task in it.
    pub fn new(plan: &Plan) -> Result<Self, Cycle> {
        let places: BTreeMap<&str, usize> =
            plan.tasks.iter().enumerate().map(|(ix, t)| (t.id.as_str(), ix)).collect();
        let mut out = Self { leaves: leaves(plan, &places), ..Self::default() };
        out.before = vec![Vec::new(); plan.tasks.len()];
        out.after = vec![Vec::new(); plan.tasks.len()];
        for (ix, link) in plan.links.iter().enumerate() {
            let ends = places.get(link.from.as_str()).zip(places.get(link.to.as_str()));
            match ends {
                Some((&from, &to)) if from != to => out.spread(plan, (ix, link), (from, to)),
                _ => out.unused.push(ix),
            }
        }
        for (ix, e) in out.edges.iter().enumerate() {
            if let Some(list) = out.after.get_mut(e.from) {
                list.push(ix);
            }
            if let Some(list) = out.before.get_mut(e.to) {
                list.push(ix);
            }
        }
        out.sort(plan)?;
        Ok(out)
    }

    fn ends(&self, plan: &Plan, place: usize, before: bool) -> Vec<usize> {
        match plan.tasks.get(place).map(|t| t.kind) {
            Some(TaskKind::Summary) => self.leaves.get(&place).cloned().unwrap_or_default(),
            Some(TaskKind::Inactive) | None => Vec::new(),
            // It spans what it is linked to, and holds nothing up.
            Some(TaskKind::LevelOfEffort) if before => Vec::new(),
            Some(_) => vec![place],
        }
    }

    fn spread(&mut self, plan: &Plan, (link, what): (usize, &Link), (from, to): (usize, usize)) {
        let (froms, tos) = (self.ends(plan, from, true), self.ends(plan, to, false));
        if froms.len() > 1 && matches!(what.kind, LinkKind::StartStart | LinkKind::StartFinish) {
            self.from_first.insert(link);
        }
        let n = froms.len().saturating_mul(tos.len());
        if n == 0 || self.edges.len().saturating_add(n) > MAX_SPREAD {
            self.unused.push(link);
            return;
        }
        for &from in &froms {
            self.edges.extend(tos.iter().filter(|&&to| to != from).map(|&to| Edge { from, to, link }));
        }
    }

    /// Kahn's order, smallest place first among those that are free, so that it does not depend on chance.
    fn sort(&mut self, plan: &Plan) -> Result<(), Cycle> {
        let mut waits: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let leaf = |ix: usize| plan.tasks.get(ix).is_some_and(PlanTask::is_leaf);
        let mut free: BTreeSet<usize> =
            (0..plan.tasks.len()).filter(|&ix| leaf(ix) && waits.get(ix) == Some(&0)).collect();
        while let Some(ix) = free.pop_first() {
            self.order.push(ix);
            for &edge in self.after.get(ix).into_iter().flatten() {
                let Some(to) = self.edges.get(edge).map(|e| e.to) else { continue };
                if let Some(n) = waits.get_mut(to) {
                    *n -= 1;
                    if *n == 0 {
                        free.insert(to);
                    }
                }
            }
        }
        let first = (0..plan.tasks.len()).find(|&ix| leaf(ix) && waits.get(ix).is_some_and(|n| *n > 0));
        first.map_or(Ok(()), |ix| Err(self.cycle(plan, &waits, ix)))
    }

    /// Walks back along links that still wait until a task comes a second time.
    fn cycle(&self, plan: &Plan, waits: &[usize], start: usize) -> Cycle {
        let stuck = |ix: usize| waits.get(ix).is_some_and(|n| *n > 0);
        let mut path = vec![start];
        let mut seen: BTreeMap<usize, usize> = BTreeMap::from([(start, 0)]);
        let mut at = start;
        loop {
            let edges = self.before.get(at).into_iter().flatten();
            let Some(from) = edges.filter_map(|&e| self.edges.get(e)).map(|e| e.from).find(|&ix| stuck(ix))
            else {
                break;
            };
            if let Some(&since) = seen.get(&from) {
                path.drain(..since);
                break;
            }
            seen.insert(from, path.len());
            path.push(from);
            at = from;
        }
        path.reverse();
        // The same circle is told the same way from wherever it was entered.
        let first = path.iter().enumerate().min_by_key(|(_, ix)| **ix).map_or(0, |(at, _)| at);
        path.rotate_left(first);
        let tasks = || path.iter().filter_map(|&ix| plan.tasks.get(ix));
        Cycle {
            ids: tasks().map(|t| t.id.clone()).collect(),
            names: tasks().map(|t| t.name.clone()).collect(),
        }
    }
}

/// Leaves below every summary. A parent that is not there, or one that is its own ancestor, holds nothing.
fn leaves(plan: &Plan, places: &BTreeMap<&str, usize>) -> BTreeMap<usize, Vec<usize>> {
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (ix, task) in plan.tasks.iter().enumerate().filter(|(_, t)| t.is_leaf()) {
        let mut parent = task.parent.as_deref();
        // Invariant: no file nests deeper than it has tasks, so a circle of parents ends too.
        for _ in 0..plan.tasks.len().min(1_000) {
            let Some(&place) = parent.and_then(|p| places.get(p)) else { break };
            let list = out.entry(place).or_default();
            if list.last() != Some(&ix) {
                list.push(ix);
            }
            parent = plan.tasks.get(place).and_then(|t| t.parent.as_deref());
        }
    }
    out
}
