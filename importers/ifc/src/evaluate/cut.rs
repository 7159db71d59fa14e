//! Bodies without what lies in their openings.

use glam::{DAffine3, DVec3};
use manifold_rust::types::OpType;

use super::boolean::Solid;
use super::mesh::Mesh;
use crate::shapes::LocalMesh;

/// Triangles that all cuts of one product take in, in the sum. A count, not a time: the same file gives the same
/// shapes on every machine. Measured: a million take a second or two.
const MAX_WORK: usize = 6_000_000;
/// Part of the volumes by which a result may miss what it was made from. Chosen: above rounding and what is moved
/// where faces touch, below a fault that is seen.
const MAX_VOLUME_ERROR: f64 = 1e-3;

/// Triangles and where they stand.
pub(crate) type Placed<'m> = (&'m LocalMesh, DAffine3);

/// What is cut from bodies.
pub(crate) struct Tools(Vec<Tool>);

struct Tool {
    solid: Solid,
    low: DVec3,
    high: DVec3,
    volume: f64,
    n_triangles: usize,
}

/// What cutting gave.
#[derive(Debug)]
pub(crate) enum Cut {
    /// A closed body; empty if the openings take it all.
    Sound(LocalMesh),
    /// A body that cannot be right: its volume, m³.
    Doubtful(f64),
    /// Nothing: an operand is not closed, or it takes too long.
    Unable,
}

impl Tools {
    /// `None` if one of them is not closed.
    pub(crate) fn new(meshes: &[Placed<'_>]) -> Option<Self> {
        meshes
            .iter()
            .map(|placed| {
                let mesh = placed_mesh(*placed);
                let (low, high) = mesh.bounds();
                let (volume, n_triangles) = (mesh.volume(), mesh.triangles.len());
                Some(Tool { solid: Solid::new(mesh)?, low, high, volume, n_triangles })
            })
            .collect::<Option<_>>()
            .map(Self)
    }

    /// Cuts all of them from a body.
    pub(crate) fn cut(&self, body: Placed<'_>) -> Cut {
        let mesh = placed_mesh(body);
        let (low, high) = mesh.bounds();
        let near = |t: &&Tool| t.low.cmple(high).all() && t.high.cmpge(low).all();
        let tools: Vec<&Tool> = self.0.iter().filter(near).collect();
        let whole = mesh.volume();
        let mut n = mesh.triangles.len();
        let Some(mut solid) = Solid::new(mesh) else { return Cut::Unable };
        let mut work = 0_usize;
        for tool in &tools {
            work += n + tool.n_triangles;
            if work > MAX_WORK {
                return Cut::Unable;
            }
            let bounds = solid.bounds();
            let Some(next) = solid.combined(&tool.solid, OpType::Subtract) else { return Cut::Unable };
            if !next.is_within(bounds) {
                return Cut::Doubtful(next.mesh().volume());
            }
            if next.is_empty() {
                return Cut::Sound(LocalMesh::default());
            }
            n = next.n_triangles();
            solid = next;
        }
        let left = solid.mesh();
        let volume = left.volume();
        let least = whole - tools.iter().map(|t| t.volume).sum::<f64>();
        let slack = MAX_VOLUME_ERROR * whole.abs();
        if volume > whole + slack || volume < least.max(0.0) - slack || !left.is_closed() {
            return Cut::Doubtful(volume);
        }
        Cut::Sound(left.finish())
    }
}

/// Turned outward: openings are written inside out as often as not.
fn placed_mesh((mesh, place): Placed<'_>) -> Mesh {
    let points = mesh.positions.iter().map(|p| DVec3::from_array(*p)).collect();
    let triangles = mesh.triangles.clone();
    let curved = !mesh.normals.is_empty();
    let mesh = Mesh { points, triangles, faces: Vec::new(), curved };
    // Where there are normals corners are split; elsewhere those that are apart belong to bodies that touch.
    let mesh = if curved { mesh.welded() } else { mesh };
    mesh.transformed(place).outward()
}
