//! The placement panel's data: the report of one source, and its ghosts as they are seen.

use glam::DVec3;
use lantu_base::{Bounds, WorldPoint};
use lantu_session::{Hypothesis, PlacementState, SourceState};
use lantu_ui::{GhostShape, HypothesisRow, PlacingModel, Words};

use crate::place_words::{supposes, why};
use crate::window::desk::Desk;
use crate::window::tape::Screen;

/// What the panel shows of the source that a person chose; `None` where none is chosen, or it is gone.
pub(crate) fn model(
    desk: &Desk,
    source: &str,
    (busy, screen, words): (bool, Option<&Screen>, &Words),
) -> Option<PlacingModel> {
    let state = desk.session.sources().iter().find(|s| s.record.id == source)?;
    let placed = state.placement.state == PlacementState::Placed;
    let decided = state.placement.chosen.filter(|_| placed);
    let rows = state.placement.hypotheses.iter().map(|h| HypothesisRow {
        n: h.n,
        name: supposes(h, words),
        score: h.score,
        chosen: decided == Some(h.n),
        moves_m: [h.moves[0].hypot(h.moves[1]), h.moves[2]],
        reasons: h.reasons.iter().map(|r| why(r, words)).collect(),
        has_place: h.bbox.is_some(),
    });
    let ghosts = screen.map(|s| ghosts(state, decided, s)).unwrap_or_default();
    Some(PlacingModel {
        source: source.to_owned(),
        placed,
        can_undo: placed,
        busy,
        rows: rows.collect(),
        ghosts,
    })
}

/// Bounds of a hypothesis in the project frame.
pub(crate) fn bounds_of(desk: &Desk, source: &str, n: u32) -> Option<Bounds> {
    let state = desk.session.sources().iter().find(|s| s.record.id == source)?;
    let h = state.placement.hypotheses.iter().find(|h| h.n == n)?;
    h.bbox.map(Bounds::from_array)
}

fn ghosts(state: &SourceState, decided: Option<u32>, screen: &Screen) -> Vec<GhostShape> {
    let first = decided.or_else(|| state.placement.hypotheses.first().map(|h| h.n));
    let shape = |h: &Hypothesis| {
        let b = Bounds::from_array(h.bbox?);
        let top = DVec3::new(b.center().x, b.center().y, b.max.z);
        Some(GhostShape {
            n: h.n,
            first: first == Some(h.n),
            edges: edges(&b).into_iter().map(|e| screen.path(&e)).filter(|p| p.len() > 1).collect(),
            label_at: screen.point(WorldPoint(top)),
        })
    };
    state.placement.hypotheses.iter().filter_map(shape).collect()
}

/// The twelve edges of a box, as two rings and four uprights.
fn edges(b: &Bounds) -> Vec<Vec<WorldPoint>> {
    let at = |x: f64, y: f64, z: f64| WorldPoint(DVec3::new(x, y, z));
    let ring = |z: f64| {
        vec![
            at(b.min.x, b.min.y, z),
            at(b.max.x, b.min.y, z),
            at(b.max.x, b.max.y, z),
            at(b.min.x, b.max.y, z),
            at(b.min.x, b.min.y, z),
        ]
    };
    let mut out = vec![ring(b.min.z), ring(b.max.z)];
    for (x, y) in [(b.min.x, b.min.y), (b.max.x, b.min.y), (b.max.x, b.max.y), (b.min.x, b.max.y)] {
        out.push(vec![at(x, y, b.min.z), at(x, y, b.max.z)]);
    }
    out
}
