//! Areas swept along alignments: sectioned solids and surfaces, and sweeps whose directrix is an alignment curve.

use glam::{DAffine3, DMat3, DQuat, DVec2, DVec3};

use super::Fail;
use super::context::{Context, Record};
use super::curve::path;
use super::fill::fill;
use super::mesh::Mesh;
use super::profile::{Region, profile};
use super::tolerance::{MAX_DEVIATION_M, MAX_TURN_RAD};
use crate::align::{Course, LinearAxes, beside, distance, inclined, linear_axes};
use crate::shapes::charge_triangles;
use crate::step::Value;

/// Kinks below this are rounding, radians.
const KINK_RAD: f64 = 1e-4;
/// How far from a joint its two sides are looked at, meters.
const BESIDE_M: f64 = 1e-6;
/// Sharpest kink that is mitered, as the cosine of its half: 150°. Beyond, corners would run away.
const MIN_MITER: f64 = 0.26;

/// Whether the directrix of a sweep belongs to an alignment: others are ordinary curves.
pub(crate) fn has_alignment(cx: Context<'_>, r: &Record<'_>) -> bool {
    let Some(keyword) = r.optional(2).and_then(|id| cx.read.keyword(id)) else { return false };
    keyword.contains("GRADIENTCURVE")
        || keyword.contains("SEGMENTEDREFERENCECURVE")
        || keyword.contains("ALIGNMENTCURVE")
        || keyword == "IFCOFFSETCURVEBYDISTANCES"
        || keyword == "IFCALIGNMENT2DHORIZONTAL"
}

/// Axes of a cross section at a distance: X its normal, Y to the left, Z up; across a kink half of it, widened.
fn section_axes(course: &Course, distance: f64, upright: bool) -> Option<DAffine3> {
    let (from, to) = course.range();
    let side = |d: f64| course.at(d.clamp(from, to));
    let here = course.at(distance)?;
    let (a, b) = (side(distance - BESIDE_M)?, side(distance + BESIDE_M)?);
    let level = |p: crate::align::Place| crate::align::Place { gradient: 0.0, ..p };
    let frame = |p: crate::align::Place| if upright { level(p).frame() } else { p.frame() };
    let (before, after) = (frame(a), frame(b));
    let kink = before.matrix3.x_axis.angle_between(after.matrix3.x_axis);
    if kink < KINK_RAD {
        return Some(frame(here));
    }
    let x = (before.matrix3.x_axis + after.matrix3.x_axis).try_normalize()?;
    let z = (before.matrix3.z_axis + after.matrix3.z_axis).try_normalize()?;
    let y = z.cross(x).try_normalize()?;
    // Lines beside the directrix meet where the bisecting plane cuts them; only those across the kink are widened.
    let widen = 1.0 / (0.5 * kink).cos().max(MIN_MITER);
    let across = (after.matrix3.x_axis - before.matrix3.x_axis).try_normalize()?;
    let (wide_y, wide_z) =
        (1.0 + (widen - 1.0) * across.dot(y).abs(), 1.0 + (widen - 1.0) * across.dot(z).abs());
    let translation = frame(here).translation;
    Some(DAffine3 { matrix3: DMat3::from_cols(x, y * wide_y, z * wide_z), translation })
}

/// A cross section's place as the file gives it.
struct Station {
    distance: f64,
    offset: DVec3,
    /// From the curve's own axes to those that the file gives.
    turn: DQuat,
}

fn station(course: &Course, axes: &LinearAxes, upright: bool) -> Option<Station> {
    // Axes that are given count against those of the curve; upright sections have none.
    let turn = if upright || (axes.axis.is_none() && axes.towards.is_none()) {
        DQuat::IDENTITY
    } else {
        let (given, plain) = (axes.on(course)?, course.at(axes.at.along)?.frame());
        DQuat::from_mat3(&(plain.matrix3.transpose() * given.matrix3))
    };
    Some(Station { distance: axes.at.along, offset: axes.at.offset, turn })
}

/// `IfcSectionedSolidHorizontal(Directrix, CrossSections, CrossSectionPositions[, FixedAxisVertical])`.
pub(crate) fn sectioned_solid(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let course = cx.course(r.reference(0)?)?;
    let upright = r.flag(3).unwrap_or(false);
    let stations = stations(cx, r, (1, 2), &course, upright)?;
    let ids = r.references(1);
    let mut profiles = Vec::with_capacity(ids.len());
    for id in &ids {
        profiles.push(profile(cx, *id)?);
    }
    let n = profiles.first().map_or(0, |p| p.regions.len());
    if profiles.iter().any(|p| p.regions.len() != n) {
        return Err(Fail::Unknown);
    }
    let mut out = Mesh { curved: profiles.iter().any(|p| p.curved), ..Mesh::default() };
    for region in 0..n {
        let list: Vec<&Region> = profiles.iter().filter_map(|p| p.regions.get(region)).collect();
        let mut stack = Stack::default();
        for (i, pair) in stations.windows(2).enumerate() {
            let ([from, to], Some(a), Some(b)) = (pair, list.get(i), list.get(i + 1)) else { continue };
            let (a, b) = matched(a, b).ok_or(Fail::Unknown)?;
            let n = twist_steps((from, &a), (to, &b));
            for (k, (d, t)) in steps(&course, from, to, n).into_iter().enumerate() {
                // The first of a stretch is the last of the one before, unless the section changes its corners.
                if k == 0 && !stack.is_new(&a) {
                    continue;
                }
                let own = section_axes(&course, d, upright);
                let own = own.ok_or_else(|| r.bad("the directrix has no pieces"))?;
                let pairs = a.rings.iter().flatten().zip(b.rings.iter().flatten());
                stack.push(
                    &mix(&a, &b, t),
                    pairs.map(|(p, q)| own.transform_point3(corner(from, to, (*p, *q), t))),
                );
            }
        }
        out.append(stack.solid()?.outward());
    }
    Ok(out)
}

/// Distances of the sections from one station to the next, both included, each with its share of the way. Two
/// stations at one distance are a step: the section changes on the spot.
///
/// `n`: steps at least, for sections that turn or change their shape on the way.
fn steps(course: &Course, from: &Station, to: &Station, n: u32) -> Vec<(f64, f64)> {
    let (a, b) = (from.distance, to.distance);
    if (a - b).abs() < f64::EPSILON {
        return vec![(a, 0.0), (b, 1.0)];
    }
    let mut shares: Vec<f64> = between(course, a, b).into_iter().map(|d| (d - a) / (b - a)).collect();
    if n > 1 {
        shares.extend((1..n).map(|i| f64::from(i) / f64::from(n)));
        shares.sort_by(f64::total_cmp);
        shares.dedup_by(|x, y| (*x - *y).abs() * (b - a).abs() < BESIDE_M);
    }
    shares.into_iter().map(|t| (a + (b - a) * t, t)).collect()
}

/// Most steps between two stations that a twist takes. Chosen: a turn of 90° of a section 1 m wide at 1 mm.
const MAX_TWIST_STEPS: f64 = 512.0;

/// Steps from one station to the next after which the four corners of each side lie in a plane, as near as curves are
/// followed: two triangles leave a twisted side by a quarter of what its corners miss a plane by.
fn twist_steps((from, a): (&Station, &Region), (to, b): (&Station, &Region)) -> u32 {
    let place = |s: &Station, p: DVec2| s.turn * DVec3::new(0.0, p.x, p.y);
    let mut worst: f64 = 0.0;
    for (p, q) in a.rings.iter().zip(&b.rings) {
        for i in 0..p.len() {
            let corner = |ring: &[DVec2], i: usize| ring.get(i).or(ring.first()).copied().unwrap_or_default();
            let side =
                |s: &Station, ring: &[DVec2]| place(s, corner(ring, i + 1)) - place(s, corner(ring, i));
            worst = worst.max(side(from, p).distance(side(to, q)));
        }
    }
    // A side that only grows or shrinks stays flat; what turns counts.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let n = if worst.is_finite() {
        (0.25 * worst / MAX_DEVIATION_M).ceil().clamp(1.0, MAX_TWIST_STEPS) as u32
    } else {
        1
    };
    let turned = from.turn.angle_between(to.turn) > 1e-6;
    if turned || !parallel_sides(a, b) { n } else { 1 }
}

/// Whether every side of one region runs as the corresponding one of the other.
fn parallel_sides(a: &Region, b: &Region) -> bool {
    let way = |ring: &[DVec2], i: usize| {
        let (p, q) = (ring.get(i), ring.get(i + 1).or(ring.first()));
        p.zip(q).map_or(DVec2::ZERO, |(p, q)| *q - *p)
    };
    a.rings.iter().zip(&b.rings).all(|(p, q)| {
        (0..p.len()).all(|i| {
            let (u, v) = (way(p, i), way(q, i));
            u.perp_dot(v).abs() <= 1e-9 * u.length() * v.length()
        })
    })
}

/// A corner on its way from one section to the next, in the axes of the curve: along a straight line.
fn corner(from: &Station, to: &Station, (p, q): (DVec2, DVec2), t: f64) -> DVec3 {
    let at = |s: &Station, p: DVec2| s.offset + s.turn * DVec3::new(0.0, p.x, p.y);
    at(from, p).lerp(at(to, q), t)
}

fn stations(
    cx: Context<'_>,
    r: &Record<'_>,
    (sections, positions): (usize, usize),
    course: &Course,
    upright: bool,
) -> Result<Vec<Station>, Fail> {
    let places = r.args.get(positions).map(Value::members).unwrap_or_default();
    if places.len() != r.references(sections).len() || places.len() < 2 {
        return Err(r.bad("cross sections and their positions are not paired"));
    }
    // Parameters are lengths, as those of sweeps are; none above 1 is a share of the directrix.
    let is_share =
        |v: &Value<'_>| matches!(v, Value::Typed("IFCPARAMETERVALUE", _)) && v.as_f64() <= Some(1.0);
    let (shares, (first, last)) = (places.iter().all(is_share), course.range());
    let mut out: Vec<Station> = Vec::with_capacity(places.len());
    for place in places {
        let axes = match place {
            Value::Ref(id) => linear_axes(&cx.read, *id).map_err(Fail::Bad)?,
            // Drafts give lengths along the directrix, with nothing beside them.
            Value::Typed(measure, _) if measure.ends_with("MEASURE") || *measure == "IFCPARAMETERVALUE" => {
                let along = place.as_f64().filter(|v| v.is_finite());
                let along = along.ok_or_else(|| r.bad("a position is no number"))?;
                LinearAxes::at(if shares { first + (last - first) * along } else { along * cx.read.length_m })
            }
            _ => return Err(r.bad("a position is neither a place nor a length along the directrix")),
        };
        out.push(station(course, &axes, upright).ok_or_else(|| r.bad("the directrix has no pieces"))?);
    }
    let steps =
        || out.windows(2).filter_map(|w| if let [a, b] = w { Some(b.distance - a.distance) } else { None });
    if steps().any(|s| s > 0.0) && steps().any(|s| s < 0.0) {
        return Err(r.bad("cross sections do not follow each other along the directrix"));
    }
    Ok(out)
}

/// `IfcSectionedSurface(Directrix, CrossSectionPositions, CrossSections)`, of open profiles.
pub(crate) fn sectioned_surface(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let course = cx.course(r.reference(0)?)?;
    // Drafts have the two lists the other way round.
    let is_profile =
        |id: Option<&u64>| id.and_then(|id| cx.read.keyword(*id)).is_some_and(|k| k.contains("PROFILE"));
    let (sections, positions) = if is_profile(r.references(1).first()) { (1, 2) } else { (2, 1) };
    let stations = stations(cx, r, (sections, positions), &course, false)?;
    let mut lines = Vec::new();
    for id in r.references(sections) {
        lines.push(open_profile(cx, id)?);
    }
    let mut out = Mesh { curved: true, ..Mesh::default() };
    let mut last: Option<u32> = None;
    for (i, pair) in stations.windows(2).enumerate() {
        let ([from, to], Some(a), Some(b)) = (pair, lines.get(i), lines.get(i + 1)) else { continue };
        if a.len() != b.len() {
            return Err(Fail::Unknown);
        }
        for (k, (d, t)) in steps(&course, from, to, 1).into_iter().enumerate() {
            if k == 0 && last.is_some() {
                continue;
            }
            let own = section_axes(&course, d, false);
            let own = own.ok_or_else(|| r.bad("the directrix has no pieces"))?;
            charge_triangles(2 * a.len());
            let first = out.next();
            let pairs = a.iter().zip(b);
            out.points.extend(pairs.map(|(p, q)| own.transform_point3(corner(from, to, (*p, *q), t))));
            let Ok(n) = u32::try_from(a.len()) else { return Err(Fail::Unknown) };
            if let Some(below) = last {
                for j in 1..n {
                    // Seen from above: X of the section runs to the left, the sweep ahead.
                    let (p, q) = (below + j - 1, below + j);
                    let (s, u) = (first + j - 1, first + j);
                    out.triangles.extend([[p, s, u], [p, u, q]]);
                }
            }
            last = Some(first);
        }
    }
    Ok(out)
}

/// Points of an open profile: `IfcOpenCrossProfileDef` or `IfcArbitraryOpenProfileDef`.
fn open_profile(cx: Context<'_>, id: u64) -> Result<Vec<DVec2>, Fail> {
    let r = cx.record(id)?;
    match r.keyword {
        "IFCARBITRARYOPENPROFILEDEF" => {
            Ok(path(cx.deeper(id)?, r.reference(2)?)?.points.iter().map(|p| p.truncate()).collect())
        }
        "IFCOPENCROSSPROFILEDEF" => {
            let level = r.flag(2).unwrap_or(true);
            let start = r.optional(6).and_then(|p| cx.read.point(p)).unwrap_or_default().truncate();
            let mut out = vec![start];
            let mut at = start;
            for (width, slope) in r.numbers(3).iter().zip(r.numbers(4)) {
                let (width, slope) = (width * cx.read.length_m, slope * cx.read.angle_rad);
                at += if level {
                    DVec2::new(width, width.abs() * slope.tan())
                } else {
                    DVec2::from_angle(slope) * width
                };
                out.push(at);
            }
            Ok(out)
        }
        _ => Err(Fail::Unknown),
    }
}

/// `IfcFixedReferenceSweptAreaSolid` and `IfcDirectrixDerivedReferenceSweptAreaSolid`: profile normal along the
/// directrix, its X towards the reference; the second turns with the cant of the directrix.
pub(crate) fn fixed_reference(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let area = profile(cx, r.reference(0)?)?;
    let course = cx.course(r.reference(2)?)?;
    let reference = r.direction(5).ok_or_else(|| r.bad("the sweep has no reference direction"))?;
    let follows = r.keyword == "IFCDIRECTRIXDERIVEDREFERENCESWEPTAREASOLID";
    let (first, last) = course.range();
    let from = end(r, 3, cx)?.map_or(first, |d| d.max(first));
    let to = end(r, 4, cx)?.map_or(last, |d| d.min(last));
    if to <= from {
        return Err(r.bad("the sweep has no length"));
    }
    let mut out = Mesh { curved: area.curved, ..Mesh::default() };
    for region in &area.regions {
        let mut stack = Stack::default();
        for d in between(&course, from, to) {
            let axes = section_axes(&course, d, false).ok_or_else(|| r.bad("the directrix has no pieces"))?;
            let normal = axes.matrix3.x_axis;
            let roll = if follows {
                let tilt = course.at(d).map_or(0.0, |p| p.tilt.slope.atan());
                let start = course.at(first).map_or(0.0, |p| p.tilt.slope.atan());
                DQuat::from_axis_angle(normal, start - tilt)
            } else {
                DQuat::IDENTITY
            };
            let towards = roll * reference;
            let x = (towards - normal * towards.dot(normal)).try_normalize();
            let x = x.ok_or_else(|| r.bad("the reference direction runs along the directrix"))?;
            let y = normal.cross(x);
            // What a kink widens is widened here too.
            let widen = |v: DVec3| {
                let (left, up) = (axes.matrix3.y_axis, axes.matrix3.z_axis);
                left * (v.dot(left) / left.length_squared().sqrt())
                    + up * (v.dot(up) / up.length_squared().sqrt())
            };
            let at = axes.translation;
            stack.push(region, region.rings.iter().flatten().map(|p| at + widen(x * p.x + y * p.y)));
        }
        out.append(stack.solid()?.outward());
    }
    Ok(out.transformed(r.axes(1)))
}

/// `IfcInclinedReferenceSweptAreaSolid` of drafts, with `StartDistance`, `EndDistance`, `FixedAxisVertical`
/// and `Inclinating`: profile normal along the directrix, its X to the left and its Y up, both inclined
/// as the cant that the item names. Places and heights are those of what stands on an alignment of that cant, so that
/// rails lie on their sleepers.
pub(crate) fn inclined_reference(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let area = profile(cx, r.reference(0)?)?;
    let directrix = cx.course(r.reference(2)?)?;
    let course = inclined(&cx.read, &directrix, r.reference(6)?).map_err(Fail::Bad)?;
    let place = |at: usize| match r.optional(at) {
        Some(id) => distance(&cx.read, id).map(|d| Some(d.along)).map_err(Fail::Bad),
        None => Ok(r.optional_number(at).map(|v| v * cx.read.length_m)),
    };
    let (first, last) = course.range();
    let from = place(3)?.map_or(first, |d| d.max(first));
    let to = place(4)?.map_or(last, |d| d.min(last));
    if to <= from {
        return Err(r.bad("the sweep has no length"));
    }
    let upright = r.flag(5).unwrap_or(false);
    let mut out = Mesh { curved: area.curved, ..Mesh::default() };
    for region in &area.regions {
        let mut stack = Stack::default();
        for d in between(&course, from, to) {
            let axes = section_axes(&course, d, upright);
            let axes = axes.ok_or_else(|| r.bad("the directrix has no pieces"))?;
            let corners = region.rings.iter().flatten();
            stack.push(region, corners.map(|p| axes.transform_point3(DVec3::new(0.0, p.x, p.y))));
        }
        out.append(stack.solid()?.outward());
    }
    Ok(out.transformed(r.axes(1)))
}

/// A start or end along the directrix, meters. On an alignment the parameter is the distance, on a curve beside one the
/// distance along the alignment.
fn end(r: &Record<'_>, at: usize, cx: Context<'_>) -> Result<Option<f64>, Fail> {
    let Some(along) = r.optional_number(at).map(|v| v * cx.read.length_m) else { return Ok(None) };
    beside(&cx.read, r.reference(2)?, along).map(Some).map_err(Fail::Bad)
}

/// Distances of sections from one place to another, both included.
fn between(course: &Course, from: f64, to: f64) -> Vec<f64> {
    let mut out = course.samples((from.min(to), from.max(to)), MAX_DEVIATION_M, MAX_TURN_RAD);
    if to < from {
        out.reverse();
    }
    out
}

/// Two regions with the same number of corners each, the corners of one shared out on the other by length where they
/// differ; `None` if their holes do not correspond.
pub(super) fn matched(a: &Region, b: &Region) -> Option<(Region, Region)> {
    if a.rings.len() != b.rings.len() {
        return None;
    }
    let (mut left, mut right) = (Region::default(), Region::default());
    for (p, q) in a.rings.iter().zip(&b.rings) {
        if p.len() == q.len() {
            left.rings.push(p.clone());
            right.rings.push(q.clone());
            continue;
        }
        let mut shares: Vec<f64> = shares(p).into_iter().chain(shares(q)).collect();
        shares.sort_by(f64::total_cmp);
        shares.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
        left.rings.push(shares.iter().map(|s| at_share(p, *s)).collect());
        right.rings.push(shares.iter().map(|s| at_share(q, *s)).collect());
    }
    Some((left, right))
}

/// Where along a ring its corners lie, as shares of its length.
fn shares(ring: &[DVec2]) -> Vec<f64> {
    let mut out = Vec::with_capacity(ring.len());
    let mut so_far = 0.0;
    for (i, p) in ring.iter().enumerate() {
        out.push(so_far);
        so_far += p.distance(*ring.get(i + 1).or(ring.first()).unwrap_or(p));
    }
    out.iter().map(|s| s / so_far.max(f64::MIN_POSITIVE)).collect()
}

fn at_share(ring: &[DVec2], share: f64) -> DVec2 {
    let shares = shares(ring);
    let i = shares.partition_point(|s| *s <= share + 1e-12).saturating_sub(1);
    let (s0, s1) = (shares.get(i).copied().unwrap_or(0.0), shares.get(i + 1).copied().unwrap_or(1.0));
    let p = ring.get(i).copied().unwrap_or_default();
    let q = ring.get(i + 1).or(ring.first()).copied().unwrap_or(p);
    p.lerp(q, ((share - s0) / (s1 - s0).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0))
}

fn mix(a: &Region, b: &Region, t: f64) -> Region {
    let rings = a.rings.iter().zip(&b.rings);
    Region { rings: rings.map(|(p, q)| p.iter().zip(q).map(|(p, q)| p.lerp(*q, t)).collect()).collect() }
}

/// Sections one behind the other, joined corner by corner.
#[derive(Default)]
pub(super) struct Stack {
    mesh: Mesh,
    lengths: Vec<usize>,
    last: Option<(u32, Region)>,
}

impl Stack {
    /// Whether a region with these corners starts anew: nothing is there yet, or its corners are others.
    fn is_new(&self, region: &Region) -> bool {
        self.lengths != lengths(region)
    }

    /// The next section: its corners, in the order of its region's.
    pub(super) fn push(&mut self, region: &Region, corners: impl Iterator<Item = DVec3>) {
        charge_triangles(2 * region.rings.iter().map(Vec::len).sum::<usize>());
        let start = self.mesh.next();
        self.mesh.points.extend(corners);
        if self.is_new(region) {
            // Other corners: what came before is closed there, and a new body begins.
            self.close();
            self.lengths = lengths(region);
            self.mesh.triangles.extend(caps(region, start, true));
        } else if let Some((below, _)) = &self.last {
            let (mut a, mut b) = (*below, start);
            for n in self.lengths.iter().filter_map(|n| u32::try_from(*n).ok()) {
                for i in 0..n {
                    let j = (i + 1) % n;
                    self.mesh.triangles.extend([[a + i, a + j, b + j], [a + i, b + j, b + i]]);
                }
                (a, b) = (a + n, b + n);
            }
        }
        self.last = Some((start, region.clone()));
    }

    fn close(&mut self) {
        if let Some((start, region)) = self.last.take() {
            self.mesh.triangles.extend(caps(&region, start, false));
        }
    }

    /// The triangles.
    pub(super) fn solid(mut self) -> Result<Mesh, Fail> {
        self.close();
        if self.mesh.triangles.is_empty() { Err(Fail::Unknown) } else { Ok(self.mesh) }
    }
}

fn lengths(region: &Region) -> Vec<usize> {
    region.rings.iter().map(Vec::len).collect()
}

/// The end faces of a section, seen from below or from above. An outline that crosses itself has none that lie side
/// by side; fans close it all the same, and their signed areas add up to its own.
fn caps(region: &Region, start: u32, below: bool) -> Vec<[u32; 3]> {
    let fans = || {
        let mut first = 0;
        let mut out = Vec::new();
        for n in region.rings.iter().filter_map(|r| u32::try_from(r.len()).ok()) {
            out.extend((2..n).map(|i| [first, first + i - 1, first + i]));
            first += n;
        }
        out
    };
    let triangles = fill(&region.rings).unwrap_or_else(fans);
    let turned = |[a, b, c]: [u32; 3]| if below { [a, c, b] } else { [a, b, c] };
    triangles.into_iter().map(|t| turned(t.map(|i| i + start))).collect()
}
