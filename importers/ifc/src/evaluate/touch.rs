//! Faces of two operands of a boolean that lie in one plane, or nearly so.
//!
//! Files write the same plane twice with different roundings. An exact boolean then leaves sheets of no thickness
//! where nothing should be left, which reach as far as the operands do. So such faces of the tool are moved out of
//! the plane, to the side on which the result is the one that is meant.

use glam::{DMat3, DVec3};
use manifold_rust::types::OpType;

use super::mesh::Mesh;
use crate::shapes::charge;

/// Distance up to which two faces are meant to be in one plane, meters. Chosen: what files round away (an f32 has
/// 8 µm at 100 m), less than anything that is built.
const TOUCH_M: f64 = 1e-5;
/// How far such a face is moved, meters. Chosen: twice what it may be off by.
const MOVE_M: f64 = 2.0 * TOUCH_M;
/// Farthest that a corner is moved where faces meet at a sharp angle, meters.
pub(crate) const MAX_MOVE_M: f64 = 10.0 * MOVE_M;
/// Sine of the angle up to which two faces are parallel. Chosen: [`TOUCH_M`] over a tenth of a meter.
const PARALLEL_SIN: f64 = 1e-4;
/// Triangles of a tool up to which this is tried; its time grows with their square. Chosen: tens of milliseconds.
const MAX_TRIANGLES: usize = 2000;
/// Pairs of facets that are looked at in one of the steps that work is counted in. Measured: a nanosecond each, most
/// boxes being apart.
const PAIRS_PER_STEP: usize = 16;
/// Weight that keeps a corner where it is as far as its faces leave it free.
const STAY: f64 = 1e-6;

/// A triangle with its plane and its box.
struct Facet {
    normal: DVec3,
    at: f64,
    low: DVec3,
    high: DVec3,
}

impl Facet {
    fn all(mesh: &Mesh) -> Vec<Option<Self>> {
        mesh.triangles.iter().map(|t| Self::new(mesh.corners(*t)?)).collect()
    }

    fn new([a, b, c]: [DVec3; 3]) -> Option<Self> {
        let normal = (b - a).cross(c - a).try_normalize()?;
        Some(Self { normal, at: normal.dot(a), low: a.min(b).min(c), high: a.max(b).max(c) })
    }

    /// 1 if another facet lies on this one and looks the same way, -1 if it looks the other way.
    fn touches(&self, other: &Self) -> Option<f64> {
        let slack = DVec3::splat(TOUCH_M);
        let near = (self.low - slack).cmple(other.high).all() && (other.low - slack).cmple(self.high).all();
        if !near || self.normal.cross(other.normal).length() > PARALLEL_SIN {
            return None;
        }
        let side = self.normal.dot(other.normal).signum();
        let middle = 0.5 * (self.low.max(other.low) + self.high.min(other.high));
        let gap = (self.normal.dot(middle) - self.at) - side * (other.normal.dot(middle) - other.at);
        (gap.abs() <= TOUCH_M).then_some(side)
    }

    fn is_coplanar(&self, other: &Self) -> bool {
        self.normal.dot(other.normal) > 0.0
            && self.normal.cross(other.normal).length() <= PARALLEL_SIN
            && (self.at - other.at).abs() <= TOUCH_M
    }
}

/// A tool whose faces lie in no plane of the body any more; `None` if none does anyway.
pub(crate) fn moved_off(body: &Mesh, tool: &Mesh, op: OpType) -> Option<Mesh> {
    if tool.triangles.len() > MAX_TRIANGLES {
        return None;
    }
    let (low, high) = tool.bounds();
    let slack = DVec3::splat(TOUCH_M);
    let near: Vec<Facet> = Facet::all(body)
        .into_iter()
        .flatten()
        .filter(|f| (f.low - slack).cmple(high).all() && (low - slack).cmple(f.high).all())
        .collect();
    let facets = Facet::all(tool);
    charge(facets.len() * near.len() / PAIRS_PER_STEP);
    let (plane_of, planes) = planes(&facets);
    let mut moves = vec![0.0_f64; planes.len()];
    for (facet, plane) in facets.iter().zip(&plane_of) {
        let (Some(facet), Some(by)) = (facet, plane.and_then(|p| moves.get_mut(p))) else { continue };
        for side in near.iter().filter_map(|f| facet.touches(f)) {
            let wanted = match op {
                // Through where it ends with the body, clear of the body that it only touches.
                OpType::Subtract | OpType::Intersect => side * MOVE_M,
                // Into what it only touches.
                OpType::Add if side < 0.0 => MOVE_M,
                OpType::Add => 0.0,
            };
            // Of two wishes the one that takes more wins: what is left over is seen, what is missing is not.
            *by = if *by == 0.0 { wanted } else { by.max(wanted) };
        }
    }
    if moves.iter().all(|m| *m == 0.0) {
        return None;
    }
    Some(shifted(tool, &plane_of, &planes, &moves))
}

/// The planes of some facets, and for each facet which is its own.
fn planes(facets: &[Option<Facet>]) -> (Vec<Option<usize>>, Vec<&Facet>) {
    let mut planes: Vec<&Facet> = Vec::new();
    let plane_of = facets
        .iter()
        .map(|f| {
            let f = f.as_ref()?;
            Some(planes.iter().position(|p| p.is_coplanar(f)).unwrap_or_else(|| {
                planes.push(f);
                planes.len() - 1
            }))
        })
        .collect();
    (plane_of, planes)
}

/// A mesh with each corner where its planes meet after they were moved.
fn shifted(mesh: &Mesh, plane_of: &[Option<usize>], planes: &[&Facet], moves: &[f64]) -> Mesh {
    let mut around: Vec<Vec<usize>> = vec![Vec::new(); mesh.points.len()];
    for (t, plane) in mesh.triangles.iter().zip(plane_of) {
        let Some(plane) = *plane else { continue };
        for i in t {
            if let Some(list) = around.get_mut(*i as usize).filter(|l| !l.contains(&plane)) {
                list.push(plane);
            }
        }
    }
    let mut out = mesh.clone();
    for (p, list) in out.points.iter_mut().zip(&around) {
        let (mut left, mut right) = (DMat3::from_diagonal(DVec3::splat(STAY)), DVec3::ZERO);
        for &plane in list {
            let (Some(n), Some(by)) = (planes.get(plane).map(|f| f.normal), moves.get(plane)) else {
                continue;
            };
            left += DMat3::from_cols(n * n.x, n * n.y, n * n.z);
            right += n * *by;
        }
        let by = left.inverse() * right;
        if by.is_finite() {
            *p += by.clamp_length_max(MAX_MOVE_M);
        }
    }
    out
}
