//! Shapes that are stored once and drawn in many places.

use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};

use glam::{DAffine3, DVec3};
use lantu_base::Bounds;

use crate::pack::PackHash;
use crate::piece::Piece;

/// Triangles from which a shape is worth an instance of 52 bytes in each place. Chosen: a box of 12 triangles takes
/// 168 bytes of its own and is drawn in one range with its neighbors, which is cheaper.
const MIN_TRIANGLES: usize = 40;
/// Places from which repeats found by content share a shape.
const MIN_PLACES: u32 = 3;
/// Steps of a shape along its longest side.
const STEPS: f64 = 65_535.0;

/// A shape in its own axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    /// Length of a step, meters.
    pub(crate) step_m: f64,
    /// Where step 0 lies, in the shape's own axes, meters.
    pub(crate) min: DVec3,
    /// Box in its own axes, meters.
    pub(crate) bounds: Bounds,
    /// Steps and packed normals.
    pub(crate) vertices: Vec<([u16; 3], u16)>,
    pub(crate) triangles: Vec<[u16; 3]>,
    pub(crate) edges: Vec<[u16; 2]>,
    pub(crate) single_sided: bool,
}

/// One place of a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Repeat {
    pub(crate) template_ix: usize,
    pub(crate) object: u32,
    pub(crate) color: [u8; 4],
    /// Its number among the colors of objects of its layer, once it has one.
    pub(crate) part: u32,
    pub(crate) world_from_template: DAffine3,
    pub(crate) bounds: Bounds,
}

impl Template {
    /// From a piece around the origin; `None` if it has too many vertices for 16 bits or no size.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "scaled into 0..=65535 before the cast"
    )]
    pub(crate) fn new(piece: &Piece) -> Option<Self> {
        let size = piece.bounds.size().max_element();
        if piece.vertices.len() > 65_535 || !size.is_finite() || size <= 0.0 {
            return None;
        }
        let (step_m, min) = (size / STEPS, piece.bounds.min);
        let steps = |v: u32| ((piece.world(v) - min) / step_m).round().to_array().map(|s| s as u16);
        let vertices = (0_u32..).zip(&piece.vertices).map(|(v, &(_, normal))| (steps(v), normal)).collect();
        let mut triangles = Vec::with_capacity(piece.triangles.len());
        let mut edges = Vec::new();
        for (&t, &bits) in piece.triangles.iter().zip(&piece.edge_bits) {
            let [a, b, c] = t.map(|v| v as u16);
            triangles.push([a, b, c]);
            for (corner, ends) in [(0, [a, b]), (1, [b, c]), (2, [c, a])] {
                if bits >> corner & 1 == 1 {
                    edges.push(ends);
                }
            }
        }
        let single_sided = piece.single_sided;
        Some(Self { step_m, min, bounds: piece.bounds, vertices, triangles, edges, single_sided })
    }

    /// Bytes that one copy takes in a tile.
    pub(crate) fn bytes(&self) -> usize {
        self.vertices.len() * 12 + self.triangles.len() * 6 + self.edges.len() * 4
    }

    /// A vertex in its own axes, meters.
    pub(crate) fn point(&self, v: u16) -> DVec3 {
        let steps = self.vertices.get(usize::from(v)).map_or([0; 3], |v| v.0);
        self.min + DVec3::from_array(steps.map(f64::from)) * self.step_m
    }
}

impl Repeat {
    pub(crate) fn new(
        (template_ix, template): (usize, &Template),
        object: u32,
        color: [u8; 4],
        world_from_template: DAffine3,
    ) -> Self {
        let (lo, hi) = (template.bounds.min, template.bounds.max);
        let mut bounds = Bounds::EMPTY;
        for i in 0..8 {
            let pick = |bit: u32, lo: f64, hi: f64| if i >> bit & 1 == 0 { lo } else { hi };
            let corner = DVec3::new(pick(0, lo.x, hi.x), pick(1, lo.y, hi.y), pick(2, lo.z, hi.z));
            bounds.add(world_from_template.transform_point3(corner));
        }
        Self { template_ix, object, color, part: 0, world_from_template, bounds }
    }

    /// Total order that depends on content only.
    pub(crate) fn order(&self, o: &Self) -> std::cmp::Ordering {
        let key = |r: &Self| (r.object, r.color, r.world_from_template.to_cols_array().map(f64::to_bits));
        key(self).cmp(&key(o))
    }
}

/// Whether a shape is worth sharing.
fn is_candidate(p: &Piece) -> bool {
    p.triangles.len() >= MIN_TRIANGLES && p.bounds.size().max_element() <= crate::piece::WHOLE_M
}

/// Vertices relative to the piece's own corner, in millimeters: equal for equal shapes in different places.
#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn corner_mm(piece: &Piece, v: u32) -> [i64; 3] {
    ((piece.world(v) - piece.bounds.min) * 1e3).round().to_array().map(|m| m as i64)
}

/// How often shapes come, by something that is equal for equal ones.
#[derive(Debug, Default)]
pub(crate) struct ShapeCounts(HashMap<u64, u32>);

impl ShapeCounts {
    fn key(piece: &Piece) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        piece.triangles.hash(&mut hasher);
        (0_u32..).zip(&piece.vertices).for_each(|(v, _)| corner_mm(piece, v).hash(&mut hasher));
        hasher.finish()
    }

    /// Counts a piece, before its edges are marked.
    pub(crate) fn add(&mut self, piece: &Piece) {
        if is_candidate(piece) {
            let n = self.0.entry(Self::key(piece)).or_default();
            *n = n.saturating_add(1);
        }
    }

    fn is_repeated(&self, piece: &Piece) -> bool {
        is_candidate(piece) && self.0.get(&Self::key(piece)).is_some_and(|&n| n >= MIN_PLACES)
    }
}

/// A piece's whole content in one name, if it comes often; equal for equal shapes in different places.
///
/// Only translated copies are found: what is turned differs in content.
pub(crate) fn shared_name(piece: &Piece, counts: &ShapeCounts) -> Option<PackHash> {
    if !counts.is_repeated(piece) {
        return None;
    }
    let mut bytes = vec![u8::from(piece.single_sided)];
    for (v, &(_, normal)) in (0_u32..).zip(&piece.vertices) {
        bytes.extend(corner_mm(piece, v).into_iter().flat_map(i64::to_le_bytes));
        bytes.extend(normal.to_le_bytes());
    }
    bytes.extend_from_slice(bytemuck::cast_slice(&piece.triangles));
    bytes.extend_from_slice(&piece.edge_bits);
    Some(PackHash::of(&bytes))
}

/// A piece's shape around its own corner; `None` if it cannot be shared.
pub(crate) fn template_of(piece: &Piece) -> Option<Template> {
    let mut own = piece.clone();
    own.origin -= piece.bounds.min;
    own.bounds = Bounds::new(DVec3::ZERO, piece.bounds.size());
    Template::new(&own)
}
