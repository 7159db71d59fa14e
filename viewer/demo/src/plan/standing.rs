//! What of the new building and the new bridge stood when the second survey was flown.

use glam::DVec2;

use super::{ABUTMENTS, BUILDING_AT, BUILDING_SIZE, DECK_M, FLOOR_M};

/// A level surface in the street frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Lowest corner.
    pub(crate) low: DVec2,
    /// Highest corner.
    pub(crate) high: DVec2,
    /// Height above the datum, meters.
    pub(crate) top_m: f64,
}

impl Standing {
    /// Whether a place of the street frame lies on it.
    pub(crate) fn contains(&self, p: DVec2) -> bool {
        p.cmpge(self.low).all() && p.cmple(self.high).all()
    }
}

/// Floors against the ground floor: the fourth is whole, of the fifth the western part is poured.
const FOURTH_FLOOR: f64 = 11.4;
const FIFTH_FLOOR: f64 = 15.0;
/// Up to here, from the building's west side.
const POURED_M: f64 = 12.6;
/// The bridge's levels against its carriageway, as in its model: girders, diaphragms, seats of bearings.
const GIRDER_TOP: f64 = -0.32;
const DIAPHRAGM_TOP: f64 = -0.5;
const SEAT: f64 = -1.6;
/// The cap beam of the second pier was cast so much too low.
const CAST_LOW_M: f64 = 0.11;
const GIRDERS: [f64; 8] = [-8.4, -6.0, -3.6, -1.2, 1.2, 3.6, 6.0, 8.4];
/// Girders of the second span that were placed already.
const PLACED_IN_SECOND: usize = 3;

/// Surfaces of the building and of the bridge on that day.
pub(crate) fn standing() -> Vec<Standing> {
    let floor = |to: f64, level: f64| Standing {
        low: BUILDING_AT,
        high: BUILDING_AT + DVec2::new(to, BUILDING_SIZE.y),
        top_m: FLOOR_M + level,
    };
    let mut out = vec![floor(BUILDING_SIZE.x, FOURTH_FLOOR), floor(POURED_M, FIFTH_FLOOR)];
    // Along the bridge from the face of the western abutment, across it from its axis, above its carriageway.
    let mut part = |x: (f64, f64), y: (f64, f64), level: f64| {
        let at = |x: f64, y: f64| DVec2::new(ABUTMENTS.0 + x, y);
        out.push(Standing { low: at(x.0, y.0), high: at(x.1, y.1), top_m: DECK_M + level });
    };
    let abutments = [((-1.2, 0.6), (-1.2, -0.8), (-6.0, -1.2)), ((55.4, 57.2), (56.8, 57.2), (57.2, 62.0))];
    for (stem, back, wings) in abutments {
        part(stem, (-10.0, 10.0), SEAT);
        part(back, (-10.0, 10.0), 0.0);
        part(wings, (-10.0, -9.5), 0.0);
        part(wings, (9.5, 10.0), 0.0);
    }
    part((16.1, 17.9), (-9.4, 9.4), SEAT);
    part((38.1, 39.9), (-9.4, 9.4), SEAT - CAST_LOW_M);
    for y in GIRDERS {
        part((0.05, 16.95), (y - 0.6, y + 0.6), GIRDER_TOP);
    }
    for x in [0.55, 8.5, 16.45] {
        part((x - 0.12, x + 0.12), (-8.4, 8.4), DIAPHRAGM_TOP);
    }
    for y in GIRDERS.into_iter().take(PLACED_IN_SECOND) {
        part((17.05, 38.95), (y - 0.6, y + 0.6), GIRDER_TOP);
    }
    out
}
