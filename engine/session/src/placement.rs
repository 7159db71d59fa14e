//! Where a source lies in the project frame: hypotheses, the decision, and the arithmetic that carries it out.

use glam::{DAffine3, DMat3, DVec3};
use lantu_base::{Bounds, ProjectFrame, WorldPoint};
use lantu_geodesy::{Crs, Transform};
use lantu_ingest::{Begin, Georeference};
use serde::{Deserialize, Serialize};

use crate::SessionError;

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
    /// Its name in the command line's contract: `as_declared`, `no_georeference`.
    pub name: String,
    /// 0 (impossible) to 1 (nothing speaks against it).
    pub score: f64,
    /// What it would do.
    pub transform: SourceTransform,
    /// Bounds of the source under it, in the project frame, meters; `None` without geometry.
    pub bbox: Option<[f64; 6]>,
    /// Why it scores as it does, one English sentence each.
    pub reasons: Vec<String>,
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
}

impl Placement {
    /// The transform of the chosen hypothesis.
    pub fn transform(&self) -> Option<&SourceTransform> {
        let n = self.chosen?;
        self.hypotheses.iter().find(|h| h.n == n).map(|h| &h.transform)
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

/// A model counts as lying in the district when it comes this near to what is placed there. Chosen: a
/// district is a few kilometers wide; a wrong zone or a local grid is hundreds of kilometers off.
const NEAR_M: f64 = 20_000.0;

/// Weighs how a source may lie.
///
/// * `bounds`: of the source in its own frame; empty without geometry.
/// * `district`: bounds of what is placed already, in the project frame; empty at first.
///
/// # Errors
/// Never for a strange file: what cannot be resolved makes the source wait. [`SessionError::Geodesy`] only if
/// the project's own CRS cannot be read.
pub fn weigh(
    begin: &Begin,
    bounds: Bounds,
    frame: &ProjectFrame,
    district: Bounds,
) -> Result<Placement, SessionError> {
    match &begin.georeference {
        Georeference::Coordinates => {
            Ok(placed(SourceTransform::IDENTITY, bounds, frame, "coordinates are in the project CRS"))
        }
        Georeference::Map(map) => {
            let mut transform = SourceTransform {
                offset: [map.eastings_m, map.northings_m, map.height_m],
                x_axis: map.x_axis,
                scale: map.scale,
                factors: map.factors,
                crs: None,
            };
            match resolve_crs(&map.crs_name, frame) {
                Ok(crs) => {
                    transform.crs = crs;
                    match Placer::new(&transform, frame) {
                        Ok(_) => {
                            let reason = format!("IfcMapConversion with IfcProjectedCRS {:?}", map.crs_name);
                            Ok(placed(transform, bounds, frame, &reason))
                        }
                        Err(e) => Ok(unresolved(&transform, &e.to_string(), bounds, frame, district)),
                    }
                }
                Err(reason) => Ok(unresolved(&transform, &reason, bounds, frame, district)),
            }
        }
        Georeference::SiteLatLong { latitude_deg, longitude_deg, true_north_deg, .. } => {
            let north = true_north_deg
                .filter(|d| *d != 0.0)
                .map_or(String::new(), |d| format!(", and true north {d:.3}° clockwise from its y axis"));
            let hint = format!(
                "the site names latitude {latitude_deg:.6}°, longitude {longitude_deg:.6}°{north} only: a hint, not a place"
            );
            Ok(waiting(&hint, bounds, frame, district))
        }
        Georeference::None => Ok(waiting("the file says nothing about its place", bounds, frame, district)),
    }
}

fn placed(transform: SourceTransform, bounds: Bounds, frame: &ProjectFrame, reason: &str) -> Placement {
    let h = hypothesis(("as_declared", 1.0), transform, bounds, frame, vec![reason.to_owned()]);
    Placement { state: PlacementState::Placed, chosen: Some(1), hypotheses: numbered(vec![h]) }
}

/// The file has a map conversion, but its CRS is unknown or has no trustworthy way to the project's.
fn unresolved(
    t: &SourceTransform,
    why: &str,
    bounds: Bounds,
    frame: &ProjectFrame,
    district: Bounds,
) -> Placement {
    let in_district = near(&placed_bounds(t, bounds, frame), &district);
    let plain = SourceTransform { crs: None, ..*t };
    let score = if in_district { 0.6 } else { 0.3 };
    let reasons = vec![format!("the file's map conversion, read in the project CRS: {why}")];
    let declared = hypothesis(("as_declared", score), plain, bounds, frame, reasons);
    let local = local_hypothesis(0.1, bounds, frame, district, "the file's map conversion is ignored");
    Placement { state: PlacementState::Waiting, chosen: None, hypotheses: numbered(vec![declared, local]) }
}

fn waiting(why: &str, bounds: Bounds, frame: &ProjectFrame, district: Bounds) -> Placement {
    let as_is = near(&bounds, &district);
    let plausible = !bounds.is_empty() && bounds.center().truncate().abs().max_element() > 50_000.0;
    let (score, reason) = if as_is {
        (0.8, "the coordinates in the file lie in the district as they stand")
    } else if plausible {
        (0.5, "the coordinates in the file are as large as map coordinates")
    } else {
        (0.1, "the coordinates in the file are small: a local grid")
    };
    let reasons = vec![why.to_owned(), reason.to_owned()];
    let declared = hypothesis(("as_declared", score), SourceTransform::IDENTITY, bounds, frame, reasons);
    let local = local_hypothesis(0.3, bounds, frame, district, why);
    Placement { state: PlacementState::Waiting, chosen: None, hypotheses: numbered(vec![declared, local]) }
}

/// Puts the source's middle on the district's middle, by whole meters, so that it can be seen and moved.
fn local_hypothesis(
    score: f64,
    bounds: Bounds,
    frame: &ProjectFrame,
    district: Bounds,
    why: &str,
) -> Hypothesis {
    let mut transform = SourceTransform::IDENTITY;
    let mut reasons = vec![why.to_owned()];
    if district.is_empty() || bounds.is_empty() {
        reasons.push("nothing is placed yet: the local coordinates are kept".to_owned());
    } else {
        let shift = district.center() - bounds.center();
        transform.offset = [shift.x.round(), shift.y.round(), (district.min.z - bounds.min.z).round()];
        reasons.push(
            "moved by whole meters to the middle of what is placed; this is not its true place".to_owned(),
        );
    }
    hypothesis(("no_georeference", score), transform, bounds, frame, reasons)
}

fn near(bounds: &Bounds, district: &Bounds) -> bool {
    if bounds.is_empty() || district.is_empty() {
        return false;
    }
    let reach = DVec3::splat(NEAR_M);
    Bounds::new(district.min - reach, district.max + reach).intersects(bounds)
}

fn hypothesis(
    (name, score): (&str, f64),
    transform: SourceTransform,
    bounds: Bounds,
    frame: &ProjectFrame,
    reasons: Vec<String>,
) -> Hypothesis {
    let b = placed_bounds(&transform, bounds, frame);
    let bbox = (!b.is_empty()).then(|| b.to_array());
    Hypothesis { n: 0, name: name.to_owned(), score, transform, bbox, reasons }
}

fn numbered(mut hypotheses: Vec<Hypothesis>) -> Vec<Hypothesis> {
    hypotheses.sort_by(|a, b| b.score.total_cmp(&a.score));
    for (h, n) in hypotheses.iter_mut().zip(1..) {
        h.n = n;
    }
    hypotheses
}

fn placed_bounds(t: &SourceTransform, bounds: Bounds, frame: &ProjectFrame) -> Bounds {
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
mod tests {
    use lantu_ingest::MapConversion;

    use super::*;

    fn frame() -> ProjectFrame {
        ProjectFrame {
            crs: "EPSG:4548".into(),
            height_crs: None,
            meters_per_unit: 1.0,
            time_zone: "Asia/Shanghai".into(),
        }
    }

    fn map(crs_name: &str) -> Begin {
        let conversion = MapConversion {
            eastings_m: 455_600.0,
            northings_m: 4_428_550.0,
            height_m: 40.0,
            x_axis: [0.0, 1.0],
            factors: [1.0; 3],
            scale: 1.0,
            crs_name: crs_name.into(),
            vertical_datum: None,
        };
        Begin { georeference: Georeference::Map(conversion), ..Begin::default() }
    }

    #[test]
    fn a_map_conversion_in_the_project_crs_places_the_model_by_itself() {
        let bounds = Bounds::from_array([0.0, 0.0, 0.0, 10.0, 4.0, 3.0]);
        let p = weigh(&map("EPSG:4548"), bounds, &frame(), Bounds::EMPTY).unwrap();
        assert_eq!((p.state, p.hypothesis()), (PlacementState::Placed, "as_declared"));
        // Turned by 90°: the model's x axis runs north.
        assert_eq!(p.hypotheses[0].bbox, Some([455_596.0, 4_428_550.0, 40.0, 455_600.0, 4_428_560.0, 43.0]));
    }

    #[test]
    fn factors_of_the_axes_count_before_the_rotation() {
        let t = SourceTransform {
            offset: [500_000.0, 0.0, 10.0],
            x_axis: [0.0, 1.0],
            factors: [0.9996, 0.9996, 1.0],
            ..SourceTransform::IDENTITY
        };
        let at = Placer::new(&t, &frame()).unwrap().place(DVec3::new(1000.0, 0.0, 5.0)).unwrap().0;
        assert!(at.distance(DVec3::new(500_000.0, 999.6, 15.0)) < 1e-9, "{at}");
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the middle is moved by whole meters, which f64 holds exactly")]
    fn a_model_without_georeference_waits_and_can_be_accepted() {
        let bounds = Bounds::from_array([0.0, 0.0, 0.0, 10.0, 4.0, 3.0]);
        let district = Bounds::from_array([455_400.0, 4_428_400.0, 38.0, 455_800.0, 4_428_700.0, 46.0]);
        let mut p = weigh(&Begin::default(), bounds, &frame(), district).unwrap();
        assert_eq!((p.state, p.transform()), (PlacementState::Waiting, None));
        let n = p.hypotheses.iter().find(|h| h.name == "no_georeference").unwrap().n;
        assert!(!p.accept(99) && p.accept(n));
        assert_eq!(p.transform().unwrap().offset, [455_595.0, 4_428_548.0, 38.0]);
    }

    #[test]
    fn coordinates_that_lie_in_the_district_rank_as_declared_first_but_still_wait() {
        let district = Bounds::from_array([455_400.0, 4_428_400.0, 38.0, 455_800.0, 4_428_700.0, 46.0]);
        let p = weigh(&Begin::default(), district, &frame(), district).unwrap();
        assert_eq!((p.state, p.hypotheses[0].name.as_str()), (PlacementState::Waiting, "as_declared"));
    }

    #[test]
    fn an_unknown_crs_name_makes_the_model_wait() {
        let p = weigh(&map("Ortsgitter"), Bounds::EMPTY, &frame(), Bounds::EMPTY).unwrap();
        assert_eq!(p.state, PlacementState::Waiting);
    }
}
