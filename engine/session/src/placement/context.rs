//! What lies around a source whose place is weighed.

use glam::{DVec2, DVec3};
use lantu_base::{Bounds, FeatureGeometry};
use lantu_tiles::HeightField;
use serde::{Deserialize, Serialize};

use super::plane::{Directions, MainDirection, area, centroid, hull};

/// Smallest and largest area of a polygon that may be the footprint of a structure, m².
const FOOTPRINT_M2: [f64; 2] = [12.0, 60_000.0];

/// Edges of features that are shorter than this say nothing of directions, meters.
const EDGE_M: f64 = 3.0;

/// A surveyed point of the district.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlPoint {
    /// Its name, unique in the project.
    pub id: String,
    /// Easting and northing in the project CRS's unit, height in meters.
    pub position: [f64; 3],
}

/// A polygon that may be the footprint of a structure.
#[derive(Clone, Debug)]
pub(crate) struct Footprint {
    /// Convex, counterclockwise, in the project frame.
    pub(crate) outline: Vec<DVec2>,
    pub(crate) center: DVec2,
    pub(crate) area_m2: f64,
    pub(crate) direction: Option<MainDirection>,
}

/// An edge of a polygon or a piece of a line.
#[derive(Clone, Copy, Debug)]
struct Edge {
    middle: DVec2,
    along: DVec2,
}

/// What a source is weighed against, in the project frame, meters.
#[derive(Default)]
pub struct PlaceContext<'a> {
    /// Bounds of each source that is placed.
    pub boxes: Vec<Bounds>,
    /// Measured ground.
    pub ground: Option<&'a dyn HeightField>,
    /// Control points as world positions.
    pub control: Vec<(String, DVec3)>,
    pub(crate) footprints: Vec<Footprint>,
    edges: Vec<Edge>,
    /// Middle of each model that is placed, and where its zero lies.
    levels: Vec<DVec3>,
}

impl PlaceContext<'_> {
    /// Takes the shapes of a layer that is placed.
    pub fn add_feature(&mut self, geometry: &FeatureGeometry) {
        let flat =
            |ring: &[[f64; 3]]| -> Vec<DVec2> { ring.iter().map(|p| DVec2::new(p[0], p[1])).collect() };
        match geometry {
            FeatureGeometry::Points(_) => {}
            FeatureGeometry::Lines(lines) => lines.iter().for_each(|l| self.add_edges(&flat(l))),
            FeatureGeometry::Polygons(polygons) => {
                for ring in polygons.iter().filter_map(|p| p.first()) {
                    let ring = flat(ring);
                    self.add_edges(&ring);
                    let mut directions = Directions::default();
                    directions.add_edges(&ring);
                    let outline = hull(ring);
                    let area_m2 = area(&outline);
                    if (FOOTPRINT_M2[0]..=FOOTPRINT_M2[1]).contains(&area_m2) {
                        let (center, direction) = (centroid(&outline), directions.main());
                        self.footprints.push(Footprint { outline, center, area_m2, direction });
                    }
                }
            }
        }
    }

    /// Takes a model that is placed: its outline, the direction of its facades in radians, and the height of its zero.
    /// It is no footprint: beside it another model of the same shape may stand.
    pub(crate) fn add_model(&mut self, outline: &[DVec2], facade_rad: Option<f64>, zero_m: f64) {
        let outline = hull(outline.to_vec());
        if outline.len() < 3 {
            return;
        }
        let middle = centroid(&outline);
        self.levels.push(middle.extend(zero_m));
        if let Some(facade) = facade_rad {
            let next = outline.iter().skip(1).chain(outline.first());
            let around: f64 = outline.iter().zip(next).map(|(a, b)| a.distance(*b)).sum();
            self.edges.push(Edge { middle, along: DVec2::from_angle(facade) * around });
        }
    }

    fn add_edges(&mut self, points: &[DVec2]) {
        for w in points.windows(2) {
            let [a, b] = w else { continue };
            if a.distance(*b) >= EDGE_M {
                self.edges.push(Edge { middle: (*a + *b) * 0.5, along: *b - *a });
            }
        }
    }

    /// Whether nothing is known of the district.
    pub(crate) fn is_empty(&self) -> bool {
        self.boxes.is_empty() && self.control.is_empty()
    }

    /// Horizontal distance from a place to the nearest thing known, meters; `None` where nothing is.
    pub(crate) fn distance(&self, at: &Bounds) -> Option<f64> {
        let mut control = Bounds::EMPTY;
        self.control.iter().for_each(|c| control.add(c.1));
        let gap = |b: &Bounds| {
            let dx = (b.min.x - at.max.x).max(at.min.x - b.max.x).max(0.0);
            let dy = (b.min.y - at.max.y).max(at.min.y - b.max.y).max(0.0);
            dx.hypot(dy)
        };
        self.boxes
            .iter()
            .chain(std::iter::once(&control))
            .filter(|b| !b.is_empty())
            .map(gap)
            .min_by(f64::total_cmp)
    }

    /// The direction that most edges around a place have.
    pub(crate) fn direction_around(&self, at: DVec2, reach_m: f64) -> Option<MainDirection> {
        let mut directions = Directions::default();
        for e in self.edges.iter().filter(|e| e.middle.distance(at) < reach_m) {
            directions.add(e.along, e.along.length());
        }
        directions.main()
    }

    /// Height of the ground around an outline's bounds and how uneven it is there, meters.
    pub(crate) fn ground_around(&self, at: &Bounds) -> Option<(f64, f64)> {
        /// How far beyond the bounds the ground is asked for: beside the structure, which a surface model shows.
        const BESIDE_M: f64 = 8.0;
        let (c, r) = (at.center().truncate(), at.size().truncate() * 0.5 + DVec2::splat(BESIDE_M));
        let around = [(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0)];
        let mut found: Vec<f64> = around
            .iter()
            .filter_map(|(i, j)| {
                let p = c + r * DVec2::new(f64::from(*i), f64::from(*j));
                self.ground?.height(p.x, p.y)
            })
            .collect();
        if found.is_empty() {
            // Surveyed points nearby are ground too.
            const NEARBY_M: f64 = 500.0;
            found = self
                .control
                .iter()
                .filter(|p| p.1.z.is_finite() && p.1.truncate().distance(c) < NEARBY_M)
                .map(|p| p.1.z)
                .collect();
        }
        if found.is_empty() {
            /// How far off models stand on the same ground, and how much it may differ there.
            const SAME_GROUND_M: (f64, f64) = (250.0, 3.0);
            found = self
                .levels
                .iter()
                .filter(|p| p.truncate().distance(c) < SAME_GROUND_M.0)
                .flat_map(|p| [p.z - SAME_GROUND_M.1 * 0.5, p.z, p.z + SAME_GROUND_M.1 * 0.5])
                .collect();
        }
        found.sort_by(f64::total_cmp);
        let (low, high) = (found.first()?, found.last()?);
        // Trees and neighbors stand out of a surface model: the lower half counts.
        let median = found.get(found.len() / 3)?;
        Some((*median, high - low))
    }
}
