//! Where pictures lie on the faces of items, as the file says: by numbers of corners, face by face, or by a rule.

use std::collections::{HashMap, HashSet};

use glam::{DVec2, DVec3};

use super::local::Model;
use crate::align::Reader;
use crate::evaluate::plane_axes;
use crate::step::Value;

/// A place this near to a corner is that of the corner, meters. Chosen: what evaluators move corners by at most when they
/// join them.
const NEAR_M: f64 = 1e-5;

/// One face: its corners in the axes of the item, meters, each with its place on the picture, from the left and from the
/// bottom.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outline {
    corners: Vec<(DVec3, [f64; 2])>,
    /// So many of them are the outer ring, the first ones.
    outer: usize,
}

/// Faces by their number in the item's own list.
pub(crate) type Faces = HashMap<u32, Outline>;

/// A rule for the places of an item's corners (ISO/IEC 19775-1, 18.4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// X and Y of the corner in the units of the file.
    Position,
    /// X and Y of the normal.
    Normal,
    /// The same, from 0 to 1.
    Sphere,
}

/// What the file says about places on pictures.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// By number of the item's record: textures that are meant, or none for any, and where they lie.
    faces: HashMap<u64, Vec<(Vec<u64>, Faces)>>,
    /// Items with places by numbers of corners.
    indexed: HashSet<u64>,
    /// By number of the texture's record.
    rules: HashMap<u64, Mode>,
    /// By number of the item's record, of `IFC2x3`.
    item_rules: HashMap<u64, Mode>,
}

/// A rule by the name that the file gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) name: String,
    /// `None` where it is not known.
    pub(super) rule: Option<Rule>,
    /// It asks for what a camera sees: the item's Z axis stands for its direction.
    pub(super) of_camera: bool,
}

impl Mode {
    fn new(name: String) -> Self {
        let (rule, of_camera) = match name.trim().to_ascii_uppercase().as_str() {
            "COORD" => (Some(Rule::Position), false),
            "COORD-EYE" | "CAMERASPACEPOSITION" => (Some(Rule::Position), true),
            "SPHERE-LOCAL" => (Some(Rule::Sphere), false),
            "SPHERE" => (Some(Rule::Sphere), true),
            "CAMERASPACENORMAL" => (Some(Rule::Normal), true),
            _ => (None, false),
        };
        Self { name, rule, of_camera }
    }
}

impl Outline {
    /// Of an outer ring and what lies within it.
    fn new(outer: Vec<(DVec3, [f64; 2])>) -> Self {
        Self { outer: outer.len(), corners: outer }
    }

    /// How many corners it has.
    pub(super) fn len(&self) -> usize {
        self.corners.len()
    }

    /// The place on the picture of a point of the face: that of a corner, or between the corners of the outer ring by
    /// mean value coordinates, which run straight along its sides and are exact where the picture lies flat.
    pub(super) fn place(&self, at: DVec3) -> Option<[f64; 2]> {
        let (nearest, place) = self
            .corners
            .iter()
            .map(|(p, place)| (p.distance_squared(at), *place))
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        let ring = self.corners.get(..self.outer).unwrap_or_default();
        if nearest <= NEAR_M * NEAR_M || ring.len() < 3 {
            return Some(place);
        }
        Some(between(ring, at).unwrap_or(place))
    }
}

/// Mean value coordinates of Floater: of a point within a polygon.
fn between(ring: &[(DVec3, [f64; 2])], at: DVec3) -> Option<[f64; 2]> {
    let next = || ring.iter().cycle().skip(1).zip(ring).map(|(b, a)| (a, b));
    let normal: DVec3 = next().map(|(a, b)| (a.0 - at).cross(b.0 - at)).sum();
    let (x, y) = plane_axes(normal)?;
    if let [a, b, c] = ring {
        // Also beyond its sides.
        let share = |p: DVec3, q: DVec3| (p - at).cross(q - at).dot(normal) / normal.length_squared();
        let shares = [share(b.0, c.0), share(c.0, a.0), share(a.0, b.0)];
        let sum = |k: usize| {
            shares.iter().zip([a, b, c]).map(|(s, p)| s * p.1.get(k).copied().unwrap_or(0.0)).sum()
        };
        return Some([0, 1].map(sum));
    }
    let flat = |p: DVec3| DVec2::new((p - at).dot(x), (p - at).dot(y));
    // Tangents of half the angles that the sides are seen under.
    let mut halves = Vec::with_capacity(ring.len());
    for (a, b) in next() {
        let (p, q) = (flat(a.0), flat(b.0));
        let (sine, cosine) = (p.perp_dot(q), p.length() * q.length() + p.dot(q));
        if cosine <= NEAR_M * NEAR_M && p.dot(q) < 0.0 {
            let share = p.length() / (p.length() + q.length());
            return Some([0, 1].map(|k| mix(a.1, b.1, share, k)));
        }
        halves.push(sine / cosine);
    }
    let (mut sum, mut weight) = (DVec2::ZERO, 0.0);
    let before = halves.iter().cycle().skip(halves.len().checked_sub(1)?);
    for ((corner, half), before) in ring.iter().zip(&halves).zip(before) {
        let w = (half + before) / flat(corner.0).length();
        sum += w * DVec2::from_array(corner.1);
        weight += w;
    }
    let place = sum / weight;
    place.is_finite().then(|| place.to_array())
}

fn mix(a: [f64; 2], b: [f64; 2], share: f64, k: usize) -> f64 {
    let of = |p: [f64; 2]| p.get(k).copied().unwrap_or(0.0);
    of(a) + (of(b) - of(a)) * share
}

impl Placed {
    /// Reads what a file says.
    pub(super) fn read(model: &Model<'_>) -> Self {
        let mut out = Self::default();
        let scan = &model.file.scan;
        let maps = |args: &[Value<'_>]| args.first().into_iter().flat_map(Value::refs).collect::<Vec<u64>>();
        let is_indexed =
            |k: &str| matches!(k, "IFCINDEXEDTRIANGLETEXTUREMAP" | "IFCINDEXEDPOLYGONALTEXTUREMAP");
        for r in scan.of_any(is_indexed) {
            let args = model.file.args(r);
            let Some(item) = args.get(1).and_then(Value::as_ref) else { continue };
            let of_triangles = || of_triangles(model, item, &args);
            if let Some(faces) = of_triangles().or_else(|| of_polygons(model, item, &args)) {
                out.add(item, maps(&args), faces);
                out.indexed.insert(item);
            }
        }
        let mut by_face: HashMap<u64, Vec<(Vec<u64>, Outline)>> = HashMap::new();
        for r in scan.of("IFCTEXTUREMAP") {
            let args = model.file.args(r);
            // IFC2x3 has one list; its faces are found through what is annotated.
            let Some(face) = args.get(2).and_then(Value::as_ref) else { continue };
            if let Some(outline) = of_face(model, face, &args) {
                by_face.entry(face).or_default().push((maps(&args), outline));
            }
        }
        if !by_face.is_empty() {
            out.faces_of_items(model, &by_face);
        }
        for r in scan.of("IFCTEXTURECOORDINATEGENERATOR") {
            let args = model.file.args(r);
            let Some(mode) = model.file.text(args.get(1)) else { continue };
            for texture in maps(&args) {
                out.rules.entry(texture).or_insert_with(|| Mode::new(mode.clone()));
            }
        }
        for r in scan.of("IFCANNOTATIONSURFACE") {
            let args = model.file.args(r);
            let [Some(item), Some(places)] = [0, 1].map(|at| args.get(at).and_then(Value::as_ref)) else {
                continue;
            };
            out.annotated(model, item, places);
        }
        out
    }

    fn add(&mut self, item: u64, of: Vec<u64>, faces: Faces) {
        let known = self.faces.entry(item).or_default();
        match known.iter_mut().find(|k| k.0 == of) {
            Some(k) => faces.into_iter().for_each(|(n, outline)| {
                k.1.entry(n).or_insert(outline);
            }),
            None => known.push((of, faces)),
        }
    }

    /// Gives places of faces to the items that have the faces.
    fn faces_of_items(&mut self, model: &Model<'_>, by_face: &HashMap<u64, Vec<(Vec<u64>, Outline)>>) {
        let wanted = |k: &str| {
            matches!(
                k,
                "IFCFACETEDBREP"
                    | "IFCFACETEDBREPWITHVOIDS"
                    | "IFCFACEBASEDSURFACEMODEL"
                    | "IFCSHELLBASEDSURFACEMODEL"
            )
        };
        for r in model.file.scan.of_any(wanted) {
            for (n, face) in (0_u32..).zip(faces_of(model, r.id)) {
                for (of, outline) in by_face.get(&face).into_iter().flatten() {
                    self.add(r.id, of.clone(), Faces::from([(n, outline.clone())]));
                }
            }
        }
    }

    /// `IfcAnnotationSurface` of `IFC2x3`: any texture of the item lies there.
    fn annotated(&mut self, model: &Model<'_>, item: u64, places: u64) {
        match model.file.get(places) {
            Some(("IFCTEXTURECOORDINATEGENERATOR", args)) => {
                if let Some(mode) = model.file.text(args.first()) {
                    self.item_rules.entry(item).or_insert(Mode::new(mode));
                }
            }
            Some(("IFCTEXTUREMAP", args)) => {
                let faces = of_points(model, item, &args);
                if !faces.is_empty() {
                    self.add(item, Vec::new(), faces);
                }
            }
            _ => {}
        }
    }

    /// Where a texture lies on an item's faces.
    pub(super) fn faces(&self, item: u64, texture: u64) -> Option<&Faces> {
        let known = self.faces.get(&item)?;
        known.iter().find(|(of, _)| of.is_empty() || of.contains(&texture)).map(|k| &k.1)
    }

    /// The rule by which a texture lies on an item.
    pub(super) fn mode(&self, item: u64, texture: u64) -> Option<&Mode> {
        self.item_rules.get(&item).or_else(|| self.rules.get(&texture))
    }

    /// Whether the places on an item are meant as they are: writers of tessellations state the scale of a texture besides
    /// (48 for letters that lie once on the end of a column).
    pub(super) fn is_final(&self, item: u64) -> bool {
        self.indexed.contains(&item)
    }

    /// Whether an item has places of its own.
    pub(super) fn has(&self, item: u64) -> bool {
        self.faces.contains_key(&item) || self.item_rules.contains_key(&item)
    }
}

/// Faces of a B-rep or of a surface model, in the order in which evaluators number them.
fn faces_of(model: &Model<'_>, item: u64) -> Vec<u64> {
    let args = model.file.get(item).map(|(_, args)| args).unwrap_or_default();
    let shells = args.iter().take(2).flat_map(Value::refs);
    let mut out = Vec::new();
    for shell in shells {
        let args = model.file.get(shell).map(|(_, args)| args).unwrap_or_default();
        out.extend(args.first().into_iter().flat_map(Value::refs));
    }
    out
}

/// Points of the loop that bounds a face outside, by the numbers of their records.
fn outer_loop(model: &Model<'_>, face: u64) -> Option<Vec<u64>> {
    let (_, args) = model.file.get(face)?;
    let bounds: Vec<(&str, Vec<Value<'_>>)> =
        args.first()?.refs().filter_map(|b| model.file.get(b)).collect();
    let bound = bounds.iter().find(|b| b.0 == "IFCFACEOUTERBOUND").or(bounds.first())?;
    match model.file.get(bound.1.first()?.as_ref()?)? {
        ("IFCPOLYLOOP", points) => Some(points.first()?.refs().collect()),
        _ => None,
    }
}

/// S and T of an `IfcTextureVertex`.
fn vertex(model: &Model<'_>, id: u64) -> Option<[f64; 2]> {
    let (_, args) = model.file.get(id).filter(|(k, _)| *k == "IFCTEXTUREVERTEX")?;
    let at = |k: usize| args.first()?.members().get(k)?.as_f64();
    Some([at(0)?, at(1)?])
}

/// `IfcTextureMap`: a place for each corner of the outer bound of a face, in its order. `None` if they are not as many.
fn of_face(model: &Model<'_>, face: u64, map: &[Value<'_>]) -> Option<Outline> {
    let read = Reader::new(model.file, model.units);
    let mut places: Vec<u64> = map.get(1)?.refs().collect();
    let points = outer_loop(model, face)?;
    // Some repeat the first at the end.
    if places.len() == points.len() + 1 && places.first() == places.last() {
        places.pop();
    }
    if places.len() != points.len() {
        return None;
    }
    let corner = |(point, place): (&u64, &u64)| Some((read.point(*point)?, vertex(model, *place)?));
    points.iter().zip(&places).map(corner).collect::<Option<Vec<_>>>().map(Outline::new)
}

/// `IfcTextureMap` of `IFC2x3`: lists of places and of points; they belong to the face whose outer bound has these points.
fn of_points(model: &Model<'_>, item: u64, map: &[Value<'_>]) -> Faces {
    let read = Reader::new(model.file, model.units);
    let key = |p: DVec3| p.to_array().map(f64::to_bits);
    let mut by_points: HashMap<Vec<[u64; 3]>, Outline> = HashMap::new();
    for list in map.first().into_iter().flat_map(Value::refs) {
        let Some(("IFCVERTEXBASEDTEXTUREMAP", args)) = model.file.get(list) else { continue };
        let [places, points] =
            [0, 1].map(|at| args.get(at).into_iter().flat_map(Value::refs).collect::<Vec<u64>>());
        let corner = |(place, point): (&u64, &u64)| Some((read.point(*point)?, vertex(model, *place)?));
        let corners = places.iter().zip(&points).map(corner).collect::<Option<Vec<_>>>();
        let Some(corners) = corners.filter(|_| places.len() == points.len()) else { continue };
        let mut of: Vec<[u64; 3]> = corners.iter().map(|c| key(c.0)).collect();
        of.sort_unstable();
        of.dedup();
        by_points.entry(of).or_insert(Outline::new(corners));
    }
    let mut out = Faces::new();
    for (n, face) in (0_u32..).zip(faces_of(model, item)) {
        let points = outer_loop(model, face).unwrap_or_default();
        let mut of: Vec<[u64; 3]> = points.iter().filter_map(|p| read.point(*p)).map(key).collect();
        of.sort_unstable();
        of.dedup();
        if let Some(outline) = by_points.get(&of) {
            out.insert(n, outline.clone());
        }
    }
    out
}

/// Of an `IfcTriangulatedFaceSet`: a place for each corner of each triangle, or, without numbers of their own, those of
/// its points.
fn of_triangles(model: &Model<'_>, item: u64, map: &[Value<'_>]) -> Option<Faces> {
    let ("IFCTRIANGULATEDFACESET" | "IFCTRIANGULATEDIRREGULARNETWORK", set) = model.file.get(item)? else {
        return None;
    };
    let points = list(model, set.first()?.as_ref()?, model.meters())?;
    let places = list(model, map.get(2)?.as_ref()?, 1.0)?;
    let rows = set.get(3)?.members();
    let own = map.get(3).map(Value::members).unwrap_or_default();
    let through = set.get(4).map(Value::members).unwrap_or_default();
    let through = if matches!(through.first(), Some(Value::List(_))) { &[] } else { through };
    let mut out = Faces::new();
    for (n, row) in (0_u32..).zip(rows) {
        let placed = own.get(n as usize).unwrap_or(row);
        let corners = row.members().iter().zip(placed.members());
        let corner = |(point, place): (&Value<'_>, &Value<'_>)| {
            let at = number(point)?;
            let at = if through.is_empty() { at } else { number(through.get(at)?)? };
            let place = places.get(number(place)?)?;
            Some((*points.get(at)?, [place.x, place.y]))
        };
        out.insert(n, Outline::new(corners.filter_map(corner).collect()));
    }
    Some(out)
}

/// Of an `IfcPolygonalFaceSet`: a place for each corner of some of its faces.
fn of_polygons(model: &Model<'_>, item: u64, map: &[Value<'_>]) -> Option<Faces> {
    let ("IFCPOLYGONALFACESET", set) = model.file.get(item)? else { return None };
    let points = list(model, set.first()?.as_ref()?, model.meters())?;
    let places = list(model, map.get(2)?.as_ref()?, 1.0)?;
    let through = set.get(3).map(Value::members).unwrap_or_default();
    let faces: HashMap<u64, u32> = set.get(2)?.refs().zip(0..).collect();
    let mut out = Faces::new();
    for id in map.get(3).into_iter().flat_map(Value::refs) {
        let Some((_, indices)) = model.file.get(id) else { continue };
        let Some(face) = indices.get(1).and_then(Value::as_ref) else { continue };
        let (Some(&n), Some((_, face))) = (faces.get(&face), model.file.get(face)) else { continue };
        let corner = |(point, place): (&Value<'_>, &Value<'_>)| {
            let at = number(point)?;
            let at = if through.is_empty() { at } else { number(through.get(at)?)? };
            let place = places.get(number(place)?)?;
            Some((*points.get(at)?, [place.x, place.y]))
        };
        let outer = face.first().map_or(0, |ring| ring.members().len());
        let (points, places) = (rings(&face, (0, 1)), rings(&indices, (0, 2)));
        let corners: Vec<_> = points.into_iter().zip(places).filter_map(corner).collect();
        out.insert(n, Outline { outer: outer.min(corners.len()), corners });
    }
    Some(out)
}

/// The numbers of an outer ring and, where there are such, of rings of holes.
fn rings<'v, 'c>(args: &'v [Value<'c>], (outer, inner): (usize, usize)) -> Vec<&'v Value<'c>> {
    let holes = args.get(inner).into_iter().flat_map(Value::members);
    args.get(outer).into_iter().chain(holes).flat_map(Value::members).collect()
}

/// A number that is counted from 1, from 0.
fn number(v: &Value<'_>) -> Option<usize> {
    match v {
        Value::Int(n) => usize::try_from(*n).ok()?.checked_sub(1),
        _ => None,
    }
}

/// Points or places of a list.
fn list(model: &Model<'_>, record: u64, scale: f64) -> Option<Vec<DVec3>> {
    let (_, args) = model.file.get(record)?;
    let row = |v: &Value<'_>| {
        let at = |k: usize| v.members().get(k).and_then(Value::as_f64).unwrap_or(0.0);
        DVec3::new(at(0), at(1), at(2)) * scale
    };
    Some(args.first()?.members().iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_between_corners_has_the_place_between_theirs_also_in_a_face_that_is_not_convex() {
        let place = |x: f64, y: f64| [0.3 * x - 0.2 * y + 0.1, 0.5 * y + 0.25 * x];
        let l = [(0., 0.), (4., 0.), (4., 1.), (1., 1.), (1., 3.), (0., 3.)];
        let corners = l.map(|(x, y)| (DVec3::new(x, 2.0, y), place(x, y))).to_vec();
        let outline = Outline::new(corners);
        for (x, y) in [(0.5, 0.5), (3.5, 0.2), (0.2, 2.9), (2.0, 0.0), (1.0, 2.0), (0.0, 0.0), (4.0, 1e-7)] {
            let [s, t] = outline.place(DVec3::new(x, 2.0, y)).unwrap();
            let [u, v] = place(x, y);
            assert!((s - u).abs() < 1e-6 && (t - v).abs() < 1e-6, "at {x}, {y}: {s}, {t} for {u}, {v}");
        }
        assert_eq!(Outline::default().place(DVec3::ZERO), None);
    }
}
