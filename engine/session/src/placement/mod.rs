//! Where a source lies in the project frame: hypotheses, the decision, and the arithmetic that carries it out.

mod candidates;
mod context;
mod facts;
mod heights;
mod layer;
mod plane;
mod reason;
mod score;
mod weigh;

pub use context::{ControlPoint, PlaceContext};
pub use facts::SourceFacts;
pub use reason::Reason;
pub use weigh::{Weighed, weigh};

pub(crate) use facts::FactsBuilder;
pub(crate) use heights::settle as settle_heights;
pub(crate) use reason::reason;

use glam::{DAffine3, DMat3, DVec3};
use lantu_base::{Bounds, ProjectFrame, WorldPoint};
use lantu_geodesy::{Crs, Transform};
use lantu_ingest::Reading;
use serde::{Deserialize, Serialize};

use crate::SessionError;
use crate::stated::PlacedFile;

/// From a source's meters to the project frame: rotate about z, scale, move, and reproject where the map's
/// CRS is not the project's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceTransform {
    /// Meters added after rotation and scale.
    pub offset: [f64; 3],
    /// Cosine and sine of the rotation from the source's x axis to grid east.
    pub x_axis: [f64; 2],
    /// Map meters per source meter.
    pub scale: f64,
    /// Factors of the source's axes, before the scale.
    #[serde(default = "lantu_ingest::no_factors")]
    pub factors: [f64; 3],
    /// CRS of the result where it is not the project's.
    pub crs: Option<String>,
}

impl SourceTransform {
    /// Coordinates are taken as they stand.
    pub const IDENTITY: Self =
        Self { offset: [0.0; 3], x_axis: [1.0, 0.0], scale: 1.0, factors: [1.0; 3], crs: None };

    /// Rotation from the source's x axis to grid east, degrees, counterclockwise.
    pub fn rotation_deg(&self) -> f64 {
        self.x_axis[1].atan2(self.x_axis[0]).to_degrees()
    }
}

/// One way in which a source may lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Number that `--accept` takes, from 1, best first.
    pub n: u32,
    /// Its name in the command line's contract: `as_declared`, `offset_twice`.
    pub name: String,
    /// 0 (impossible) to 1 (nothing speaks against it).
    pub score: f64,
    /// What it would do.
    pub transform: SourceTransform,
    /// How a layer's coordinates would be read before that, where not as its file says.
    #[serde(default)]
    pub reading: Option<Reading>,
    /// What the source's origin moves by against its declaration, meters.
    #[serde(default)]
    pub moves: [f64; 3],
    /// Bounds of the source under it, in the project frame, meters; `None` without geometry.
    pub bbox: Option<[f64; 6]>,
    /// Why it scores as it does.
    pub reasons: Vec<Reason>,
}

/// Whether a source has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlacementState {
    /// It lies in the project.
    Placed,
    /// It waits for somebody to accept a hypothesis.
    Waiting,
}

/// What is known and decided about a source's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// Placed or waiting.
    pub state: PlacementState,
    /// Number of the chosen hypothesis.
    pub chosen: Option<u32>,
    /// Best first.
    pub hypotheses: Vec<Hypothesis>,
    /// What was measured of the source to weigh it; `None` for what is not weighed.
    #[serde(default)]
    pub facts: Option<SourceFacts>,
    /// The file that it is of.
    #[serde(default)]
    pub file: PlacedFile,
}

impl Placement {
    /// Of a source that nothing is known of.
    pub(crate) fn unknown() -> Self {
        Self {
            state: PlacementState::Waiting,
            chosen: None,
            hypotheses: Vec::new(),
            facts: None,
            file: PlacedFile::default(),
        }
    }

    /// The transform of the chosen hypothesis.
    pub fn transform(&self) -> Option<&SourceTransform> {
        let n = self.chosen?;
        self.hypotheses.iter().find(|h| h.n == n).map(|h| &h.transform)
    }

    /// How the coordinates of a layer are read by the chosen hypothesis, where not as its file says.
    pub fn reading(&self) -> Option<&Reading> {
        let n = self.chosen?;
        self.hypotheses.iter().find(|h| h.n == n).and_then(|h| h.reading.as_ref())
    }

    /// Whether both put the source in the same place, or nowhere.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        (self.transform(), self.reading()) == (other.transform(), other.reading())
    }

    /// Name of the chosen hypothesis; of the best one while it waits.
    pub fn hypothesis(&self) -> &str {
        let n = self.chosen.unwrap_or(1);
        self.hypotheses.iter().find(|h| h.n == n).map_or("", |h| &h.name)
    }

    /// Chooses hypothesis `n`; `false` if there is none.
    pub fn accept(&mut self, n: u32) -> bool {
        let known = self.hypotheses.iter().any(|h| h.n == n);
        if known {
            self.chosen = Some(n);
            self.state = PlacementState::Placed;
        }
        known
    }
}

fn placed(transform: SourceTransform, bounds: Bounds, frame: &ProjectFrame) -> Placement {
    let b = placed_bounds(&transform, bounds, frame);
    let h = Hypothesis {
        n: 1,
        name: "as_declared".to_owned(),
        score: 1.0,
        transform,
        reading: None,
        moves: [0.0; 3],
        bbox: (!b.is_empty()).then(|| b.to_array()),
        reasons: vec![reason!("why-in-project", "coordinates are in the project CRS")],
    };
    Placement {
        state: PlacementState::Placed,
        chosen: Some(1),
        hypotheses: vec![h],
        facts: None,
        file: PlacedFile::default(),
    }
}

pub(crate) fn placed_bounds(t: &SourceTransform, bounds: Bounds, frame: &ProjectFrame) -> Bounds {
    let mut out = Bounds::EMPTY;
    if bounds.is_empty() {
        return out;
    }
    let Ok(placer) = Placer::new(t, frame) else { return out };
    let (lo, hi) = (bounds.min, bounds.max);
    for corner in 0..8_u8 {
        let pick = |bit: u8, a: f64, b: f64| if corner & bit == 0 { a } else { b };
        let p = DVec3::new(pick(1, lo.x, hi.x), pick(2, lo.y, hi.y), pick(4, lo.z, hi.z));
        if let Ok(w) = placer.place(p) {
            out.add(w.0);
        }
    }
    out
}

/// `Ok(None)`: the project's own CRS; `Ok(Some)`: another one that can be read.
fn resolve_crs(name: &str, frame: &ProjectFrame) -> Result<Option<String>, String> {
    if name.trim().is_empty() {
        return Err("IfcProjectedCRS has no name".to_owned());
    }
    let crs = lantu_geodesy::resolve_projected_crs(name).map_err(|e| e.to_string())?;
    let project = Crs::parse(&frame.crs).map_err(|e| e.to_string())?;
    Ok((!crs.same_horizontal(&project)).then(|| crs.text().to_owned()))
}

/// Carries a placement out, point by point, in f64.
pub struct Placer {
    linear: DMat3,
    offset: DVec3,
    reproject: Option<Transform>,
    /// CRS units to meters, before and after reprojection.
    from_meters: f64,
    to_meters: f64,
}

impl Placer {
    /// Prepares a transform.
    ///
    /// # Errors
    /// [`SessionError::Geodesy`] where there is no trustworthy way between the two CRS.
    pub fn new(t: &SourceTransform, frame: &ProjectFrame) -> Result<Self, SessionError> {
        let [c, s] = t.x_axis;
        let linear = DMat3::from_cols(DVec3::new(c, s, 0.0), DVec3::new(-s, c, 0.0), DVec3::Z)
            * DMat3::from_diagonal(DVec3::from_array(t.factors))
            * t.scale;
        let (mut reproject, mut from_meters) = (None, 1.0);
        if let Some(name) = &t.crs {
            let crs = Crs::parse(name)?;
            from_meters = 1.0 / crs.meters_per_unit();
            reproject = Some(Transform::new(&crs, &Crs::parse(&frame.crs)?)?);
        }
        Ok(Self { linear, offset: t.offset.into(), reproject, from_meters, to_meters: frame.meters_per_unit })
    }

    /// The world position of a point in the source's frame.
    ///
    /// # Errors
    /// [`SessionError::Geodesy`] where the point lies outside what the CRS can express.
    pub fn place(&self, p: DVec3) -> Result<WorldPoint, SessionError> {
        let map = self.linear * p + self.offset;
        let Some(reproject) = &self.reproject else { return Ok(WorldPoint(map)) };
        let mut point = [[map.x * self.from_meters, map.y * self.from_meters, map.z]];
        reproject.apply(&mut point)?;
        let [[x, y, z]] = point;
        Ok(WorldPoint::new(x * self.to_meters, y * self.to_meters, z))
    }

    /// World coordinates from the axes of a shape that stands at `source_from_shape`. With reprojection the shape is
    /// taken as so small that the CRS only turns and scales it, which is measured over one meter at its origin.
    ///
    /// # Errors
    /// As [`Placer::place`].
    pub fn place_instance(&self, source_from_shape: DAffine3) -> Result<DAffine3, SessionError> {
        let origin = source_from_shape.translation;
        let world = self.place(origin)?.0;
        let linear = if self.reproject.is_some() {
            let along = |axis: DVec3| Ok::<DVec3, SessionError>(self.place(origin + axis)?.0 - world);
            DMat3::from_cols(along(DVec3::X)?, along(DVec3::Y)?, along(DVec3::Z)?)
        } else {
            self.linear
        };
        Ok(DAffine3 { matrix3: linear * source_from_shape.matrix3, translation: world })
    }

    /// Places a mesh: a new origin, and positions and normals relative to it.
    ///
    /// With reprojection every vertex goes through it in f64; without, the part relative to the origin only
    /// turns and scales.
    ///
    /// # Errors
    /// As [`Placer::place`].
    pub fn place_mesh(
        &self,
        origin: [f64; 3],
        positions: &mut [f32],
        normals: &mut [f32],
    ) -> Result<WorldPoint, SessionError> {
        let source_origin = DVec3::from_array(origin);
        let world = self.place(source_origin)?;
        let turn = |v: DVec3| self.linear * v;
        for p in positions.chunks_exact_mut(3) {
            let [x, y, z] = p else { continue };
            let local = DVec3::new((*x).into(), (*y).into(), (*z).into());
            let moved = if self.reproject.is_some() {
                self.place(source_origin + local)?.0 - world.0
            } else {
                turn(local)
            };
            let moved = moved.as_vec3();
            (*x, *y, *z) = (moved.x, moved.y, moved.z);
        }
        for n in normals.chunks_exact_mut(3) {
            let [x, y, z] = n else { continue };
            let turned =
                turn(DVec3::new((*x).into(), (*y).into(), (*z).into())).normalize_or_zero().as_vec3();
            (*x, *y, *z) = (turned.x, turned.y, turned.z);
        }
        Ok(world)
    }
}

#[cfg(test)]
mod tests;
