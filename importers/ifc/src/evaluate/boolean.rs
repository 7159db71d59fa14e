//! Differences, unions and intersections of solids, and the half-spaces that clip them.
//!
//! Solids go through Manifold's algorithm (crate `manifold-rust`), which keeps what is closed closed.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use glam::{DAffine3, DVec2, DVec3};
use manifold_rust::linalg::Vec3;
use manifold_rust::manifold::Manifold;
use manifold_rust::types::{BooleanEngine, Error, MeshGL64, OpType};

use super::Fail;
use super::context::{Context, Record};
use super::curve::path;
use super::extrude::loft;
use super::mesh::{Mesh, WELD_M};
use super::profile::Region;
use super::touch::{MAX_MOVE_M, moved_off};
use crate::shapes::charge;

/// Details of a result below this are taken out, meters. Chosen: several welding distances, so that welding does not
/// join what the result holds apart; far below anything that is built.
const DETAIL_M: f64 = 5.0 * WELD_M;

/// Largest part of area and volume by which taking out details may change a result. Chosen: far above what details
/// hold, far below a fold.
const MAX_SIMPLER: f64 = 1e-4;

/// Most triangles of two operands of which one is not manifold. Their arrangement is computed in exact fractions,
/// which costs a hundred times as much. Chosen: a fraction of a second.
const MAX_EXACT_TRIANGLES: usize = 500;

/// How much more such an arrangement takes. Measured: a hundred times as long, about.
const EXACT_COSTS: usize = 100;

/// Steps that a boolean takes for each triangle of its operands. Measured: a million take a second or two.
const STEPS_PER_OPERAND: usize = 32;

/// What is thinner than this has no volume, meters. Chosen: a tenth of the welding distance, below which its two sides
/// are one.
const MIN_THICKNESS_M: f64 = 0.1 * WELD_M;

/// Longest chain of booleans. Chosen: real ones stay below 200.
const MAX_CHAIN: usize = 10_000;

/// A solid as booleans take it.
pub(crate) struct Solid {
    body: Manifold,
    curved: bool,
}

impl Solid {
    /// `None` if the mesh is not closed.
    pub(crate) fn new(mesh: Mesh) -> Option<Self> {
        if mesh.triangles.is_empty() || mesh.points.iter().any(|p| !p.is_finite()) {
            return None;
        }
        // As its corners are shared already; else as they are once those at one place are.
        Self::import(&mesh, Manifold::from_mesh_gl64)
            .or_else(|| Self::import(&mesh.welded(), Manifold::from_mesh_gl64_robust))
    }

    fn import(mesh: &Mesh, take: fn(&MeshGL64) -> Manifold) -> Option<Self> {
        let gl = MeshGL64 {
            num_prop: 3,
            vert_properties: mesh.points.iter().flat_map(DVec3::to_array).collect(),
            tri_verts: mesh.triangles.iter().flatten().map(|i| u64::from(*i)).collect(),
            tolerance: DETAIL_M,
            ..MeshGL64::default()
        };
        let body = contained(|| take(&gl))?;
        (body.status() == Error::NoError && !body.is_empty()).then_some(Self { body, curved: mesh.curved })
    }

    /// The triangles; empty if nothing is left.
    pub(crate) fn mesh(&self) -> Mesh {
        // Simplifying may fold a surface onto itself: then it stays as it is.
        let same = |a: f64, b: f64| (a - b).abs() <= MAX_SIMPLER * b.abs();
        let body = contained(|| self.body.simplify(DETAIL_M)).filter(|b| {
            b.status() == Error::NoError
                && same(b.surface_area(), self.body.surface_area())
                && same(b.volume(), self.body.volume())
        });
        self.triangles(body.as_ref().unwrap_or(&self.body)).welded().without_flaps()
    }

    fn triangles(&self, body: &Manifold) -> Mesh {
        let gl = body.get_mesh_gl64(-1);
        let step = usize::try_from(gl.num_prop).unwrap_or(3).max(3);
        let points = gl
            .vert_properties
            .chunks_exact(step)
            .filter_map(|p| if let [x, y, z, ..] = *p { Some(DVec3::new(x, y, z)) } else { None })
            .collect();
        let index = |i: u64| u32::try_from(i).unwrap_or(u32::MAX);
        let triangles = gl.tri_verts.as_chunks::<3>().0.iter().map(|t| t.map(index)).collect();
        Mesh { points, triangles, faces: Vec::new(), curved: self.curved }
    }

    /// Nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Triangles as they are now.
    pub(crate) fn n_triangles(&self) -> usize {
        self.body.num_tri()
    }

    fn apart(&self, other: &Self) -> bool {
        let (a, b) = (self.body.bounding_box(), other.body.bounding_box());
        let before = |x: Vec3, y: Vec3| x.x < y.x || x.y < y.y || x.z < y.z;
        before(a.max, b.min) || before(b.max, a.min)
    }

    /// The result of an operation. `None` if it broke down or would take too long.
    pub(crate) fn combined(self, other: &Self, op: OpType) -> Option<Self> {
        match op {
            OpType::Subtract if self.apart(other) => return Some(self),
            _ => {}
        }
        let paired = |s: &Self| s.body.as_impl().is_manifold();
        let exact = paired(&self) && paired(other);
        let clear = exact
            .then(|| moved_off(&self.triangles(&self.body), &other.triangles(&other.body), op))
            .flatten()
            .and_then(|mesh| Self::import(&mesh, Manifold::from_mesh_gl64))
            .filter(|s| paired(s));
        let other = clear.as_ref().unwrap_or(other);
        if !exact && self.body.num_tri() + other.body.num_tri() > MAX_EXACT_TRIANGLES {
            return None;
        }
        let engine = if exact { BooleanEngine::Exact } else { BooleanEngine::Robust };
        let body = contained(|| self.body.boolean_with_engine(&other.body, op, engine))?;
        (body.status() == Error::NoError).then_some(Self { body, curved: self.curved || other.curved })
    }

    /// Whether a result is no larger than it can be: it lies within some bounds.
    pub(crate) fn is_within(&self, (low, high): (DVec3, DVec3)) -> bool {
        let (a, b) = self.bounds();
        let slack = DVec3::splat(2.0 * DETAIL_M + MAX_MOVE_M);
        self.body.is_empty() || (a + slack).cmpge(low).all() && (b - slack).cmple(high).all()
    }

    /// Least and greatest corner.
    pub(crate) fn bounds(&self) -> (DVec3, DVec3) {
        let b = self.body.bounding_box();
        (DVec3::new(b.min.x, b.min.y, b.min.z), DVec3::new(b.max.x, b.max.y, b.max.z))
    }
}

/// Says what a boolean of two operands takes.
fn charge_combining(a: &Solid, b: &Solid) {
    let n = a.n_triangles() + b.n_triangles();
    let exact = a.body.as_impl().is_manifold() && b.body.as_impl().is_manifold();
    charge(n * if exact { 1 } else { EXACT_COSTS } * STEPS_PER_OPERAND);
}

/// Runs the library; a panic of it costs the one result.
fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// `IfcBooleanResult`, `IfcBooleanClippingResult`.
pub(crate) fn boolean(cx: Context<'_>, top: &Record<'_>) -> Result<Mesh, Fail> {
    let mesh = evaluated(cx, top)?.mesh();
    if mesh.triangles.is_empty() { Err(top.bad("nothing is left of it")) } else { Ok(mesh) }
}

/// The result as a solid: a chain of first operands is walked, not nested.
fn evaluated(cx: Context<'_>, top: &Record<'_>) -> Result<Solid, Fail> {
    let cx = cx.deeper(top.id)?;
    let mut steps: Vec<(OpType, u64)> = Vec::new();
    let mut seen = HashSet::from([top.id]);
    let mut id = top.id;
    loop {
        let r = cx.record(id)?;
        if !is_boolean(&r) {
            break;
        }
        let op = match r.word(0) {
            "DIFFERENCE" => OpType::Subtract,
            "UNION" => OpType::Add,
            "INTERSECTION" => OpType::Intersect,
            _ => return Err(r.bad("the operation is none of union, intersection and difference")),
        };
        steps.push((op, r.reference(2)?));
        id = r.reference(1)?;
        if !seen.insert(id) || steps.len() > MAX_CHAIN {
            return Err(r.bad("a boolean is its own operand"));
        }
    }
    let first = super::mesh_of(cx, id)?;
    let mut solid = Solid::new(first).ok_or(Fail::Unknown)?;
    for (op, tool) in steps.into_iter().rev() {
        let r = cx.record(tool)?;
        let tool = match operand(cx, &r, &solid) {
            // Two faces back to back, a profile of no area: it takes nothing away and adds nothing.
            Err(Fail::Empty(_)) if op != OpType::Intersect => continue,
            tool => tool?,
        };
        charge_combining(&solid, &tool);
        let bounds = match op {
            OpType::Add => hull(solid.bounds(), tool.bounds()),
            OpType::Subtract | OpType::Intersect => solid.bounds(),
        };
        solid = solid.combined(&tool, op).filter(|s| s.is_within(bounds)).ok_or(Fail::Unknown)?;
        if solid.body.is_empty() {
            return Err(top.bad("nothing is left of it"));
        }
    }
    Ok(solid)
}

fn hull(a: (DVec3, DVec3), b: (DVec3, DVec3)) -> (DVec3, DVec3) {
    (a.0.min(b.0), a.1.max(b.1))
}

fn is_boolean(r: &Record<'_>) -> bool {
    matches!(r.keyword, "IFCBOOLEANRESULT" | "IFCBOOLEANCLIPPINGRESULT")
}

/// The second operand of a boolean.
fn operand(cx: Context<'_>, r: &Record<'_>, body: &Solid) -> Result<Solid, Fail> {
    match r.keyword {
        "IFCHALFSPACESOLID" | "IFCBOXEDHALFSPACE" | "IFCPOLYGONALBOUNDEDHALFSPACE" => half_space(cx, r, body),
        _ if is_boolean(r) => evaluated(cx.deeper(r.id)?, r),
        _ => {
            let mesh = super::mesh_of(cx, r.id)?;
            let (low, high) = mesh.bounds();
            if mesh.is_closed() && mesh.volume().abs() <= MIN_THICKNESS_M * high.distance_squared(low) {
                return Err(r.empty("it has no volume"));
            }
            Solid::new(mesh).ok_or(Fail::Unknown)
        }
    }
}

/// A half-space as far as it can meet a body.
fn half_space(cx: Context<'_>, r: &Record<'_>, body: &Solid) -> Result<Solid, Fail> {
    let surface = cx.record(r.reference(0)?)?;
    if surface.keyword != "IFCPLANE" {
        return Err(Fail::Unknown);
    }
    let plane = surface.axes(0);
    // The material lies behind the plane if flag and normal agree.
    let material = if r.flag(1).unwrap_or(true) { -plane.matrix3.z_axis } else { plane.matrix3.z_axis };
    let material = material.try_normalize().ok_or_else(|| surface.bad("the plane has no normal"))?;
    let (low, high) = body.bounds();
    let middle = 0.5 * (low + high);
    let reach = high.distance(low) + 1.0;
    if r.keyword == "IFCPOLYGONALBOUNDEDHALFSPACE" {
        let axes = r.axes(2);
        let outline = path(cx, r.reference(3)?)?;
        let ring: Vec<DVec2> = outline.points.iter().map(|p| p.truncate()).collect();
        let area = Region::new(r.id, vec![ring])?;
        // The prism over the outline, as high as the body in the outline's axes, cut at the plane.
        let at = axes.inverse().transform_point3(middle).z;
        let side = |z: f64| move |p: DVec2| axes.transform_point3(p.extend(z));
        let prism = loft(&area, &area, side(at - reach), side(at + reach))?.outward();
        let prism = Solid::new(prism).ok_or(Fail::Unknown)?;
        let (a, b) = prism.bounds();
        let wide = a.distance(b) + reach;
        let cut = slab(plane.translation, material, 0.5 * (a + b), wide);
        let cut = Solid::new(cut).ok_or(Fail::Unknown)?;
        return prism.combined(&cut, OpType::Intersect).ok_or(Fail::Unknown);
    }
    Solid::new(slab(plane.translation, material, middle, reach)).ok_or(Fail::Unknown)
}

/// A block with one side in a plane, the rest on the side of the material, wide enough to hold everything within
/// `reach` of a point.
fn slab(on_plane: DVec3, material: DVec3, around: DVec3, reach: f64) -> Mesh {
    let foot = around - material * (around - on_plane).dot(material);
    let depth = (around - foot).length() + reach;
    let axes = crate::align::frame(foot, Some(material), None);
    block(axes, DVec3::new(-reach, -reach, 0.0), DVec3::new(reach, reach, depth))
}

/// A block between two corners of some axes.
pub(crate) fn block(axes: DAffine3, low: DVec3, high: DVec3) -> Mesh {
    let pick = |i: u8, bit: u8, a: f64, b: f64| if i & bit == 0 { a } else { b };
    let points = (0..8)
        .map(|i| DVec3::new(pick(i, 1, low.x, high.x), pick(i, 2, low.y, high.y), pick(i, 4, low.z, high.z)))
        .collect();
    let triangles = vec![
        [0, 2, 3],
        [0, 3, 1],
        [4, 5, 7],
        [4, 7, 6],
        [0, 1, 5],
        [0, 5, 4],
        [1, 3, 7],
        [1, 7, 5],
        [3, 2, 6],
        [3, 6, 7],
        [2, 0, 4],
        [2, 4, 6],
    ];
    Mesh { points, triangles, ..Mesh::default() }.transformed(axes)
}

/// The union of several closed meshes; those apart from each other are only put side by side.
pub(crate) fn union(meshes: Vec<Mesh>) -> Result<Mesh, Fail> {
    let mut parts = meshes.into_iter();
    let Some(first) = parts.next() else { return Ok(Mesh::default()) };
    let mut solid = Solid::new(first).ok_or(Fail::Unknown)?;
    for part in parts {
        let part = Solid::new(part).ok_or(Fail::Unknown)?;
        charge_combining(&solid, &part);
        solid = solid.combined(&part, OpType::Add).ok_or(Fail::Unknown)?;
    }
    Ok(solid.mesh())
}
