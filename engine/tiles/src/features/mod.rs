//! From GIS features to tiles: polygons and lines on the terrain, pipes below it, blocks and pits, symbols.

mod drape;
mod extrude;
mod polygon;
mod ribbon;
mod roof;
mod shapes;
mod surface;
mod symbol;
mod tube;

use glam::DVec3;
use lantu_base::{Clamp, FeatureGeometry, FeatureStyle};

use crate::builder::TileBuilder;
use crate::height::HeightField;
use crate::mesh_tile::TileLayer;
use crate::spill::SpillRoom;
use drape::Draper;
pub use surface::LINE_PX;
use surface::Surface;

/// One feature to draw.
#[derive(Clone, Copy, Debug)]
pub struct InputFeature<'a> {
    /// The object's number within its source.
    pub object: u32,
    /// Its shape in the project frame, meters.
    pub geometry: &'a FeatureGeometry,
    /// How it is drawn.
    pub style: &'a FeatureStyle,
}

/// How far draped features lie above the terrain, meters.
const LIFT_M: f64 = 0.05;
/// How much higher each further layer lies, meters.
const LIFT_PER_LAYER_M: f64 = 0.02;

/// Everything that turning one feature into triangles and lines needs.
struct Job<'a> {
    object: u32,
    style: &'a FeatureStyle,
    ground: &'a dyn HeightField,
    draper: Draper,
    /// How far it lies above what it is draped on, meters.
    lift_m: f64,
}

impl Job<'_> {
    /// Height at which a point of the feature is drawn; `z` as the feature has it.
    fn height(&self, x: f64, y: f64, z: f64) -> f64 {
        let style = self.style;
        match style.clamp {
            Clamp::Absolute if z.is_finite() => z + style.offset_m,
            Clamp::Drape => self.ground.ground(x, y) + self.lift_m + style.offset_m,
            Clamp::Absolute | Clamp::RelativeToGround => {
                let z = if z.is_finite() { z } else { 0.0 };
                self.ground.ground(x, y) + z + style.offset_m
            }
        }
    }

    /// A point with its drawn height.
    fn place(&self, p: [f64; 3]) -> DVec3 {
        DVec3::new(p[0], p[1], self.height(p[0], p[1], p[2]))
    }

    /// Whether the drawn height follows the terrain between the feature's own points.
    fn follows_ground(&self) -> bool {
        self.style.clamp != Clamp::Absolute
    }
}

/// The ground that all features of a source cover together, which says how finely each can be cut. Known before the first
/// is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct FeatureArea(f64);

impl FeatureArea {
    /// Counts one feature.
    pub fn add(&mut self, feature: &InputFeature<'_>) {
        self.0 += drape::area_of(feature);
    }
}

/// Draws the features of a source, one after the other: what comes back is ready to be cut into tiles, and does not depend
/// on their order.
///
/// Heights come from the ground ([`HeightField::ground`]); a z that is NaN means the ground. Points that are not finite are
/// left out.
pub struct FeatureDrawer<'g> {
    ground: &'g dyn HeightField,
    draper: Draper,
    builder: TileBuilder,
}

impl<'g> FeatureDrawer<'g> {
    /// With room for what waits. `area`: of everything that will be drawn.
    pub fn new(area: FeatureArea, ground: &'g dyn HeightField, room: SpillRoom) -> Self {
        Self { ground, draper: Draper::for_area(area.0, ground), builder: TileBuilder::within(room) }
    }

    /// Draws one.
    pub fn draw(&mut self, feature: &InputFeature<'_>) {
        let ground = self.ground;
        let layer = layer_of(feature, ground);
        let InputFeature { object, style, .. } = *feature;
        let draper = self.draper.for_feature(feature);
        let job = Job { object, style, ground, draper, lift_m: lift(layer) };
        let mut surface = Surface::new(object, style.color);
        match feature.geometry {
            FeatureGeometry::Points(points) => {
                for p in points.iter().filter(|p| on_map(p)) {
                    symbol::build(&job, *p, &mut surface);
                }
            }
            FeatureGeometry::Lines(lines) => {
                for line in lines {
                    let line = clean_line(line);
                    if style.tube_m > 0.0 {
                        tube::build(&job, &line, &mut surface);
                        // From far away a pipe is thinner than a pixel: its axis keeps it visible.
                        shapes::thin_line(&job, &line, style.color, &mut surface);
                    } else if style.width_m > 0.0 {
                        ribbon::build(&job, &line, &mut surface);
                    } else {
                        shapes::thin_line(&job, &line, style.color, &mut surface);
                    }
                }
            }
            FeatureGeometry::Polygons(polygons) => {
                for rings in polygons {
                    let rings = clean_rings(rings);
                    if style.extrude_m == 0.0 {
                        polygon::build(&job, &rings, &mut surface);
                    } else {
                        extrude::build(&job, &rings, &mut surface);
                    }
                }
            }
        }
        surface.into_builder(layer, &mut self.builder);
    }

    /// What was drawn.
    pub fn finish(self) -> TileBuilder {
        self.builder
    }
}

/// Triangles of a block, counterclockwise from outside: walls and roof of polygons with a height, as [`FeatureDrawer`] draws
/// them before they are rounded to steps. None of a feature that is something else.
pub fn block_triangles(feature: &InputFeature<'_>, ground: &dyn HeightField) -> Vec<[DVec3; 3]> {
    let (FeatureGeometry::Polygons(polygons), true) = (feature.geometry, feature.style.extrude_m > 0.0)
    else {
        return Vec::new();
    };
    let InputFeature { object, style, .. } = *feature;
    let draper = Draper::for_area(drape::area_of(feature), ground).for_feature(feature);
    let job = Job { object, style, ground, draper, lift_m: 0.0 };
    let mut surface = Surface::new(object, style.color);
    for rings in polygons {
        extrude::build(&job, &clean_rings(rings), &mut surface);
    }
    surface.triangles()
}

fn lift(layer: TileLayer) -> f64 {
    match layer {
        TileLayer::Draped { z_order } => LIFT_M + f64::from(z_order) * LIFT_PER_LAYER_M,
        TileLayer::Solid | TileLayer::Underground => 0.0,
    }
}

fn layer_of(feature: &InputFeature<'_>, ground: &dyn HeightField) -> TileLayer {
    let style = feature.style;
    let flat_on_ground = style.clamp == Clamp::Drape && style.tube_m == 0.0 && style.extrude_m == 0.0;
    if matches!(feature.geometry, FeatureGeometry::Points(_)) {
        return TileLayer::Solid;
    }
    if flat_on_ground && style.offset_m >= 0.0 {
        return TileLayer::Draped { z_order: style.z_order };
    }
    if style.extrude_m < 0.0 {
        return TileLayer::Underground;
    }
    if style.extrude_m > 0.0 {
        return TileLayer::Solid;
    }
    let first = match feature.geometry {
        FeatureGeometry::Points(_) => None,
        FeatureGeometry::Lines(lines) => lines.iter().flatten().find(|p| on_map(p)),
        FeatureGeometry::Polygons(polygons) => polygons.iter().flatten().flatten().find(|p| on_map(p)),
    };
    let below = match (style.clamp, first) {
        (Clamp::Absolute, Some(&[x, y, z])) if z.is_finite() => {
            z + style.offset_m < ground.ground(x, y) - 0.1
        }
        (Clamp::RelativeToGround, Some(&[_, _, z])) if z.is_finite() => z + style.offset_m < 0.0,
        _ => style.offset_m < 0.0,
    };
    if below { TileLayer::Underground } else { TileLayer::Solid }
}

fn on_map(p: &[f64; 3]) -> bool {
    p[0].is_finite() && p[1].is_finite()
}

/// A line without points that are not finite or repeat the one before.
fn clean_line(line: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let mut clean: Vec<[f64; 3]> = line.iter().copied().filter(on_map).collect();
    clean.dedup_by(|a, b| same_point(a, b));
    clean
}

/// A ring as [`clean_line`], without the closing point.
fn clean_ring(ring: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let mut clean = clean_line(ring);
    while clean.len() > 1 && clean.first().zip(clean.last()).is_some_and(|(a, b)| same_point(a, b)) {
        clean.pop();
    }
    clean
}

/// Rings that enclose something; none when the outer one does not.
fn clean_rings(rings: &[Vec<[f64; 3]>]) -> Vec<Vec<[f64; 3]>> {
    let mut clean: Vec<_> = rings.iter().map(|r| clean_ring(r)).collect();
    if clean.first().is_none_or(|outer| outer.len() < 3) {
        return Vec::new();
    }
    clean.retain(|r| r.len() > 2);
    clean
}

/// Within a millimeter of each other on all axes; a z that is NaN equals another.
fn same_point(a: &[f64; 3], b: &[f64; 3]) -> bool {
    let near = |u: f64, v: f64| (u - v).abs() < 1e-3 || (u.is_nan() && v.is_nan());
    near(a[0], b[0]) && near(a[1], b[1]) && near(a[2], b[2])
}
