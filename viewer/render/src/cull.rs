//! Which triangles of a tile a view needs: clusters inside it, and of these not the faces that look away.

use glam::{DVec3, Vec3};
use lantu_base::Bounds;
use lantu_tiles::Frustum;

use crate::meshes::{ClusterResident, FaceGroup, Look, MeshResident};
use crate::occlude::Screen;

/// One call that draws triangles.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draw {
    /// Within the tile's indices.
    pub indices: std::ops::Range<u32>,
    pub base_vertex: i32,
    /// Within the tile's instances.
    pub instances: std::ops::Range<u32>,
    /// Its culling says which side is outside, also where both are drawn.
    pub look: Look,
}

/// Parts of the frame's lists that one tile has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Survivors {
    /// Draws of opaque triangles, look by look, near clusters first.
    pub draws: std::ops::Range<usize>,
    /// Numbers of clusters inside the view, nearest first.
    pub clusters: std::ops::Range<usize>,
    /// Those of them that are near enough for their edges to show.
    pub edged: std::ops::Range<usize>,
}

/// What survives of all tiles of a frame.
#[derive(Debug, Default)]
pub(crate) struct CullLists {
    pub draws: Vec<Draw>,
    pub clusters: Vec<u32>,
    /// Clusters of one tile with their nearness, reused.
    near: Vec<(u32, u32)>,
    /// The same by look.
    by_look: Vec<(Look, u32, u32)>,
}

/// Where a box lies along one axis, in steps of 1/8 m from its tile's origin: whole numbers, so that a graphics card finds
/// the same order of clusters as the processor.
pub(crate) type Span = [i16; 2];

/// Steps of a meter: with 16 bits they reach as far as a tile does, 4096 m.
const STEPS_PER_M: f64 = 8.0;
/// Farthest that an eye is counted from a tile, steps: sums of three still fit 32 bits.
const FAR_STEPS: f64 = 1e8;

/// A place relative to a tile's origin, meters, in steps.
#[expect(clippy::cast_possible_truncation, reason = "clamped one line above")]
pub(crate) fn steps_of(p: DVec3) -> [i32; 3] {
    p.to_array().map(|v| {
        let steps = (v * STEPS_PER_M).floor().clamp(-FAR_STEPS, FAR_STEPS);
        steps as i32
    })
}

/// The steps that a box covers.
#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
pub(crate) fn span_of(min: Vec3, max: Vec3) -> [Span; 3] {
    let (low, high) = (min.as_dvec3() * STEPS_PER_M, max.as_dvec3() * STEPS_PER_M);
    let (low, high) = (low.floor().to_array().map(|v| v as i16), high.ceil().to_array().map(|v| v as i16));
    let ([x, y, z], [u, v, w]) = (low, high);
    [[x, u], [y, v], [z, w]]
}

/// How far a box lies from the eye along each axis, together, steps: `nearness` in `shaders/cull.wgsl`.
pub(crate) fn nearness(span: &[Span; 3], eye: [i32; 3]) -> u32 {
    let gap = |([low, high], eye): (&Span, i32)| (i32::from(*low) - eye).max(eye - i32::from(*high)).max(0);
    span.iter().zip(eye).map(gap).sum::<i32>().unsigned_abs()
}

/// From where a tile is seen.
#[derive(Clone, Copy)]
pub(crate) struct Viewer<'a> {
    pub frustum: &'a Frustum,
    pub eye: DVec3,
    /// Faces that look away are left out.
    pub culls: bool,
    /// Edges farther away have faded, meters.
    pub edges_m: f64,
    /// Walls near the eye, if what stands behind them is to be left out.
    pub screen: Option<&'a Screen>,
}

impl Viewer<'_> {
    /// Whether a box relative to `origin` stands behind walls.
    fn is_hidden(&self, origin: DVec3, min: Vec3, max: Vec3) -> bool {
        let offset = (origin - self.eye).as_vec3();
        self.screen.is_some_and(|s| s.hides(min + offset, max + offset))
    }
}

impl CullLists {
    /// Appends what a view needs of a tile.
    pub(crate) fn add(&mut self, mesh: &MeshResident, viewer: &Viewer<'_>) -> Survivors {
        // Outlines of what is selected show through walls.
        let screen = viewer.screen.filter(|_| !mesh.has_selected());
        let viewer = &Viewer { screen, ..*viewer };
        let origin = mesh.origin.0;
        let eye = steps_of(viewer.eye - origin);
        self.near.clear();
        for (ix, c) in (0_u32..).zip(&mesh.clusters) {
            let bounds = Bounds::new(origin + c.min.as_dvec3(), origin + c.max.as_dvec3());
            let seen = c.n_instances > 0 && viewer.frustum.sees(&bounds);
            if seen && !viewer.is_hidden(origin, c.min, c.max) {
                self.near.push((nearness(&c.span, eye), ix));
            }
        }
        self.near.sort_unstable();
        let (first_cluster, first_draw) = (self.clusters.len(), self.draws.len());
        self.by_look.clear();
        for &(near, ix) in &self.near {
            self.clusters.push(ix);
            let Some(c) = mesh.clusters.get(ix as usize) else { continue };
            self.by_look.push((c.look, near, ix));
        }
        // In the order of indirect draws, which have one call for each look: where surfaces lie on each other the later shows.
        self.by_look.sort_unstable();
        for &(_, _, ix) in &self.by_look {
            let Some(c) = mesh.clusters.get(ix as usize) else { continue };
            draws(c, origin, viewer, &mut self.draws);
        }
        let shows_edges = |&&(_, ix): &&(u32, u32)| {
            mesh.clusters.get(ix as usize).is_some_and(|c| {
                let bounds = Bounds::new(origin + c.min.as_dvec3(), origin + c.max.as_dvec3());
                bounds.distance(viewer.eye) < viewer.edges_m
            })
        };
        let n_edged = self.near.iter().take_while(shows_edges).count();
        Survivors {
            draws: first_draw..self.draws.len(),
            clusters: first_cluster..self.clusters.len(),
            edged: first_cluster..first_cluster + n_edged,
        }
    }
}

/// Appends draws of a cluster's opaque triangles.
fn draws(c: &ClusterResident, origin: DVec3, viewer: &Viewer<'_>, out: &mut Vec<Draw>) {
    let (eye, culls) = ((viewer.eye - origin).as_vec3(), viewer.culls);
    // A box within the view needs no look at its parts; one range is its cluster, which was looked at.
    let parted = c.groups.len() > 1 && c.n_instances == 1;
    let first = out.len();
    for g in &c.groups {
        if g.n == 0 || culls && looks_away(g, eye) {
            continue;
        }
        if parted {
            let bounds = Bounds::new(origin + g.min.as_dvec3(), origin + g.max.as_dvec3());
            if !viewer.frustum.sees(&bounds) || viewer.is_hidden(origin, g.min, g.max) {
                continue;
            }
        }
        let indices = c.first_index + g.first..c.first_index + g.first + g.n;
        match out.get_mut(first..).and_then(<[Draw]>::last_mut) {
            Some(last) if last.indices.end == indices.start => last.indices.end = indices.end,
            _ => out.push(Draw {
                indices,
                base_vertex: base_vertex(c),
                instances: c.first_instance..c.first_instance + c.n_instances,
                look: c.look,
            }),
        }
    }
}

pub(crate) fn base_vertex(c: &ClusterResident) -> i32 {
    i32::try_from(c.first_vertex).unwrap_or(i32::MAX)
}

/// Whether every face of a group, wherever in its box, is seen from behind.
fn looks_away(g: &FaceGroup, eye: Vec3) -> bool {
    let Some((axis, sin_spread)) = g.facing else { return false };
    // From the eye to the corner that lies least along the axis.
    let (lo, hi) = (g.min - eye, g.max - eye);
    let least = Vec3::select(axis.cmpge(Vec3::ZERO), lo, hi).dot(axis);
    if sin_spread <= 0.0 {
        return least > 0.0;
    }
    // A face turned by the spread is still seen from behind where the angle leaves that much room.
    least > lo.abs().max(hi.abs()).length() * sin_spread
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meshes::{Cull, Faces};

    fn cluster(groups: Vec<FaceGroup>) -> ClusterResident {
        ClusterResident {
            first_vertex: 5,
            first_index: 100,
            n_opaque: 36,
            n_transparent: 0,
            n_edges: 0,
            first_instance: 2,
            n_instances: 1,
            look: Look { cull: Cull::Back, faces: Faces::Slopes },
            groups,
            min: Vec3::ZERO,
            max: Vec3::ONE,
            span: span_of(Vec3::ZERO, Vec3::ONE),
        }
    }

    fn sides() -> ClusterResident {
        let axes = [Vec3::X, Vec3::Y, Vec3::Z, -Vec3::X, -Vec3::Y, -Vec3::Z];
        let groups = (0..6_u32).zip(axes);
        cluster(groups.map(|(i, a)| group(i * 6, 6, a, 0.0)).collect())
    }

    fn group(first: u32, n: u32, axis: Vec3, sin: f32) -> FaceGroup {
        FaceGroup { first, n, facing: Some((axis, sin)), min: Vec3::ZERO, max: Vec3::ONE }
    }

    #[test]
    fn of_a_box_at_most_three_sides_are_drawn_and_neighbors_join() {
        let drawn = |eye: Vec3| {
            let mut out = Vec::new();
            let everywhere = lantu_tiles::View {
                eye: lantu_base::WorldPoint(eye.as_dvec3()),
                forward: DVec3::splat(0.5) - eye.as_dvec3() + DVec3::X * 1e-3,
                up: DVec3::Z,
                fov_y_rad: 3.0,
                viewport: [100, 100],
                stretch: lantu_tiles::Stretch::TRUE,
            };
            let frustum = everywhere.frustum();
            let (eye, edges_m) = (eye.as_dvec3(), f64::INFINITY);
            let viewer = Viewer { frustum: &frustum, eye, culls: true, edges_m, screen: None };
            draws(&sides(), DVec3::ZERO, &viewer, &mut out);
            out.iter().map(|d| (d.indices.start, d.indices.end)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(Vec3::new(5.0, 5.0, 5.0)), [(100, 118)]);
        assert_eq!(drawn(Vec3::new(-5.0, -5.0, 5.0)), [(112, 130)]);
        assert_eq!(drawn(Vec3::new(-5.0, 5.0, 5.0)), [(106, 124)]);
        assert_eq!(drawn(Vec3::new(5.0, -5.0, 5.0)), [(100, 106), (112, 118), (124, 130)]);
        assert_eq!(drawn(Vec3::splat(0.5)), [(100, 136)], "inside, every side may be seen");
    }

    #[test]
    fn no_face_that_some_eye_can_see_is_left_out() {
        let mut seed = 1_u32;
        let mut unit = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 16_777_216.0
        };
        let mut n_left_out = 0;
        for _ in 0..20_000 {
            let mut dir = || Vec3::new(unit() - 0.5, unit() - 0.5, unit() - 0.5).normalize_or(Vec3::X);
            let (axis, face) = (dir(), dir());
            let eye = dir() * 8.0;
            let cos = axis.dot(face);
            if cos < 0.2 {
                continue;
            }
            let sin = (1.0 - cos * cos).sqrt() + 1e-5;
            if looks_away(&group(0, 3, axis, sin), eye) {
                n_left_out += 1;
                for corner in 0..8_u32 {
                    let p = Vec3::new((corner & 1) as f32, (corner >> 1 & 1) as f32, (corner >> 2) as f32);
                    assert!((p - eye).dot(face) > 0.0, "{face} at {p} is seen from {eye}");
                }
            }
        }
        assert!(n_left_out > 500, "{n_left_out}");
    }
}
