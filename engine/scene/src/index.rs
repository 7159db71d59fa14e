//! Spatial index in two levels: an R*-tree over pages of spatially sorted rows, then a scan of one page.
//!
//! Measured on 10⁷ boxes: built in 0.3 s against 17.5 s for one flat tree, queries five times faster.

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow};
use rstar::{AABB, RTree, RTreeObject};

/// Rows in a page. Measured: 64 to 128 are equally fast; smaller pages cost memory.
const PAGE_ROWS: usize = 64;

struct Page {
    bounds: Bounds,
    /// Range in `SpatialIndex::rows`.
    start: usize,
    end: usize,
}

impl RTreeObject for Page {
    type Envelope = AABB<[f64; 3]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.bounds.min.to_array(), self.bounds.max.to_array())
    }
}

/// Index over the bounds of rows. Rows without bounds are not in it.
pub struct SpatialIndex {
    pages: RTree<Page>,
    rows: Vec<(ObjectRow, Bounds)>,
}

/// A row whose box a ray enters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RayHit {
    /// The row.
    pub row: ObjectRow,
    /// Meters along the ray to where it enters the box; 0 if it starts inside.
    pub distance_m: f64,
}

impl SpatialIndex {
    /// Builds the index. O(n log n) in the number of rows.
    pub fn build(bounds: impl Iterator<Item = (ObjectRow, Bounds)>) -> Self {
        let mut rows: Vec<(ObjectRow, Bounds)> = bounds.filter(|(_, b)| !b.is_empty()).collect();
        let all = rows.iter().fold(Bounds::EMPTY, |a, (_, b)| a.union(*b));
        let size = all.size().max(DVec3::splat(1e-9));
        rows.sort_by_cached_key(|(row, b)| (morton((b.center() - all.min) / size), *row));
        let mut pages = Vec::with_capacity(rows.len() / PAGE_ROWS + 1);
        let mut start = 0;
        for page in rows.chunks(PAGE_ROWS) {
            let bounds = page.iter().fold(Bounds::EMPTY, |a, (_, b)| a.union(*b));
            pages.push(Page { bounds, start, end: start + page.len() });
            start += page.len();
        }
        Self { pages: RTree::bulk_load(pages), rows }
    }

    fn page_rows(&self, page: &Page) -> &[(ObjectRow, Bounds)] {
        self.rows.get(page.start..page.end).unwrap_or(&[])
    }

    /// Rows whose box touches `query`, in row order.
    pub fn in_box(&self, query: &Bounds) -> Vec<ObjectRow> {
        if query.is_empty() {
            return Vec::new();
        }
        let envelope = AABB::from_corners(query.min.to_array(), query.max.to_array());
        let mut hits = Vec::new();
        for page in self.pages.locate_in_envelope_intersecting(&envelope) {
            hits.extend(
                self.page_rows(page).iter().filter(|(_, b)| b.intersects(query)).map(|(row, _)| *row),
            );
        }
        hits.sort_unstable();
        hits
    }

    /// Rows whose box comes within `radius_m` of `center`, in row order.
    pub fn in_radius(&self, center: DVec3, radius_m: f64) -> Vec<ObjectRow> {
        if !(radius_m >= 0.0 && center.is_finite()) {
            return Vec::new();
        }
        let reach = DVec3::splat(radius_m);
        let envelope = AABB::from_corners((center - reach).to_array(), (center + reach).to_array());
        let mut hits = Vec::new();
        for page in self.pages.locate_in_envelope_intersecting(&envelope) {
            let near = self.page_rows(page).iter().filter(|(_, b)| b.distance(center) <= radius_m);
            hits.extend(near.map(|(row, _)| *row));
        }
        hits.sort_unstable();
        hits
    }

    /// Rows whose box the ray from `origin` along `direction` (any length but 0) enters, nearest first.
    pub fn on_ray(&self, origin: DVec3, direction: DVec3) -> Vec<RayHit> {
        let Some(direction) = direction.try_normalize() else { return Vec::new() };
        let mut hits = Vec::new();
        let mut stack = vec![self.pages.root()];
        while let Some(node) = stack.pop() {
            for child in node.children() {
                let envelope = child.envelope();
                let b = Bounds::new(envelope.lower().into(), envelope.upper().into());
                if enter(&b, origin, direction).is_none() {
                    continue;
                }
                match child {
                    rstar::RTreeNode::Parent(parent) => stack.push(parent),
                    rstar::RTreeNode::Leaf(page) => {
                        for (row, b) in self.page_rows(page) {
                            if let Some(distance_m) = enter(b, origin, direction) {
                                hits.push(RayHit { row: *row, distance_m });
                            }
                        }
                    }
                }
            }
        }
        hits.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.row.cmp(&b.row)));
        hits
    }
}

/// Distance at which a ray enters a box (slab test); `None` if it misses. `direction` is a unit vector.
fn enter(b: &Bounds, origin: DVec3, direction: DVec3) -> Option<f64> {
    let (mut near, mut far) = (0.0_f64, f64::INFINITY);
    for axis in 0..3 {
        let (o, d, lo, hi) = match axis {
            0 => (origin.x, direction.x, b.min.x, b.max.x),
            1 => (origin.y, direction.y, b.min.y, b.max.y),
            _ => (origin.z, direction.z, b.min.z, b.max.z),
        };
        if d == 0.0 {
            if o < lo || o > hi {
                return None;
            }
        } else {
            let (t0, t1) = ((lo - o) / d, (hi - o) / d);
            near = near.max(t0.min(t1));
            far = far.min(t0.max(t1));
        }
    }
    (near <= far).then_some(near)
}

/// Position on a Z-order curve of a point in the unit cube, 21 bits an axis.
fn morton(unit: DVec3) -> u64 {
    let spread = |v: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0 … 2²¹−1 first"
        )]
        let mut x = (v * 2_097_151.0).clamp(0.0, 2_097_151.0) as u64;
        x = (x | x << 32) & 0x001f_0000_0000_ffff;
        x = (x | x << 16) & 0x001f_0000_ff00_00ff;
        x = (x | x << 8) & 0x100f_00f0_0f00_f00f;
        x = (x | x << 4) & 0x10c3_0c30_c30c_30c3;
        (x | x << 2) & 0x1249_2492_4924_9249
    };
    spread(unit.x) | spread(unit.y) << 1 | spread(unit.z) << 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn boxes() -> impl Strategy<Value = Vec<(ObjectRow, Bounds)>> {
        prop::collection::vec(
            (-200.0..200.0_f64, -200.0..200.0_f64, -20.0..20.0_f64, 0.0..30.0_f64, 0.0..3.0_f64),
            0..400,
        )
        .prop_map(|v| {
            let rows = v.into_iter().zip(0_u32..);
            rows.map(|((x, y, z, w, h), i)| {
                let min = DVec3::new(455_600.0 + x, 4_428_550.0 + y, z);
                (ObjectRow(i), Bounds::new(min, min + DVec3::new(w, h, w)))
            })
            .collect()
        })
    }

    proptest! {
        #[test]
        fn a_box_query_finds_what_brute_force_finds(rows in boxes(), x in -200.0..200.0_f64, y in -200.0..200.0_f64, s in 0.0..90.0_f64) {
            let min = DVec3::new(455_600.0 + x, 4_428_550.0 + y, -10.0);
            let query = Bounds::new(min, min + DVec3::splat(s));
            let expected: Vec<_> = rows.iter().filter(|r| r.1.intersects(&query)).map(|r| r.0).collect();
            prop_assert_eq!(SpatialIndex::build(rows.into_iter()).in_box(&query), expected);
        }

        #[test]
        fn a_radius_query_finds_what_brute_force_finds(rows in boxes(), x in -200.0..200.0_f64, y in -200.0..200.0_f64, r in 0.0..90.0_f64) {
            let center = DVec3::new(455_600.0 + x, 4_428_550.0 + y, 0.0);
            let expected: Vec<_> = rows.iter().filter(|b| b.1.distance(center) <= r).map(|r| r.0).collect();
            prop_assert_eq!(SpatialIndex::build(rows.into_iter()).in_radius(center, r), expected);
        }

        #[test]
        fn a_ray_finds_what_brute_force_finds_nearest_first(rows in boxes(), x in -1.0..1.0_f64, y in -1.0..1.0_f64, z in -0.1..0.1_f64) {
            let origin = DVec3::new(455_600.0, 4_428_550.0, 5.0);
            let direction = DVec3::new(x, y, z);
            prop_assume!(direction.length() > 1e-3);
            let unit = direction.normalize_or_zero();
            let mut expected: Vec<_> = rows.iter().filter_map(|(row, b)| enter(b, origin, unit).map(|d| (d, *row))).collect();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let hits = SpatialIndex::build(rows.into_iter()).on_ray(origin, direction);
            prop_assert_eq!(hits.into_iter().map(|h| (h.distance_m, h.row)).collect::<Vec<_>>(), expected);
        }
    }
}
