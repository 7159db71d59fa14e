//! Lines of coarser tiles: runs of points that are thinned out within an error.

use glam::DVec3;

use crate::builder::InputLine;

/// Points of one line that are drawn one after the other, by their numbers in it, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) line_ix: usize,
    pub(crate) points: Vec<usize>,
}

/// Joins runs of one line that follow each other.
pub(crate) fn join(runs: &mut Vec<Run>) {
    runs.sort_by(|a, b| (a.line_ix, &a.points).cmp(&(b.line_ix, &b.points)));
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs.drain(..) {
        match joined.last_mut() {
            Some(last) if last.line_ix == run.line_ix && last.points.last() == run.points.first() => {
                last.points.extend(run.points.into_iter().skip(1));
            }
            _ => joined.push(run),
        }
    }
    *runs = joined;
}

/// Leaves points out that lie within `error_m` of the line without them (Douglas and Peucker 1973). Ends stay.
pub(crate) fn simplify(runs: &mut [Run], lines: &[InputLine], error_m: f64) {
    for run in runs {
        let Some(line) = lines.get(run.line_ix) else { continue };
        let at: Vec<DVec3> =
            run.points.iter().map(|&i| line.points.get(i).copied().unwrap_or_default()).collect();
        let keep = far_points(&at, error_m);
        let mut ix = 0;
        run.points.retain(|_| {
            ix += 1;
            keep.get(ix - 1).copied().unwrap_or(true)
        });
    }
}

/// For each point of a line whether it stays: the ends, and what lies farther than `error_m` from the line without it.
pub(crate) fn far_points(at: &[DVec3], error_m: f64) -> Vec<bool> {
    let mut keep = vec![false; at.len()];
    let mut open = vec![(0, at.len().saturating_sub(1))];
    while let Some((first, last)) = open.pop() {
        for end in [first, last] {
            if let Some(k) = keep.get_mut(end) {
                *k = true;
            }
        }
        let (Some(&a), Some(&b)) = (at.get(first), at.get(last)) else { continue };
        let inner = at.get(first + 1..last).unwrap_or_default();
        let far = inner.iter().map(|&p| distance(p, a, b)).enumerate();
        if let Some((k, d)) = far.max_by(|x, y| x.1.total_cmp(&y.1))
            && d > error_m
        {
            let middle = first + 1 + k;
            open.push((first, middle));
            open.push((middle, last));
        }
    }
    keep
}

/// From a point to a segment, meters.
fn distance(p: DVec3, a: DVec3, b: DVec3) -> f64 {
    let along = b - a;
    let t = (p - a).dot(along) / along.length_squared().max(f64::MIN_POSITIVE);
    p.distance(a + along * t.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_line_keeps_its_bends_and_loses_its_wiggles() {
        let at = |i: usize| {
            let x = i as f64;
            let wiggle = if i.is_multiple_of(2) { 0.05 } else { -0.05 };
            if i <= 50 { DVec3::new(x, wiggle, 0.0) } else { DVec3::new(50.0 + wiggle, x - 50.0, 0.0) }
        };
        let points: Vec<DVec3> = (0..=100).map(at).collect();
        let lines = [InputLine { object: 0, points, color: [0; 4], width: 1.0 }];
        let mut runs: Vec<Run> =
            (0..10).rev().map(|k| Run { line_ix: 0, points: (k * 10..=k * 10 + 10).collect() }).collect();
        join(&mut runs);
        assert_eq!(runs.len(), 1);
        simplify(&mut runs, &lines, 0.5);
        assert_eq!(runs[0].points.len(), 3, "{:?}", runs[0].points);
        assert_eq!((runs[0].points[0], runs[0].points[2]), (0, 100));
    }
}
