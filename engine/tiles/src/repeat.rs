//! Shapes that are stored once and drawn in many places.

use std::collections::HashMap;

use glam::{DAffine3, DVec3};
use lantu_base::Bounds;

use crate::piece::Piece;

/// Triangles from which a shape is worth an instance of 52 bytes in each place. Chosen: a box of 12 triangles takes
/// 168 bytes of its own and is drawn in one range with its neighbors, which is cheaper.
const MIN_TRIANGLES: usize = 40;
/// Places from which repeats found by content share a shape.
const MIN_PLACES: usize = 3;
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
        Self { template_ix, object, color, world_from_template, bounds }
    }

    /// Total order that depends on content only.
    pub(crate) fn order(&self, o: &Self) -> std::cmp::Ordering {
        let key = |r: &Self| (r.object, r.color, r.world_from_template.to_cols_array().map(f64::to_bits));
        key(self).cmp(&key(o))
    }
}

/// Content of a piece relative to its own corner, in millimeters: equal for equal shapes in different places.
type Content = (Vec<([i64; 3], u16)>, Vec<[u32; 3]>, Vec<u8>, bool);

#[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
fn content(piece: &Piece) -> Content {
    let at = |v: u32| ((piece.world(v) - piece.bounds.min) * 1e3).round().to_array().map(|m| m as i64);
    let vertices = (0_u32..).zip(&piece.vertices).map(|(v, &(_, n))| (at(v), n)).collect();
    (vertices, piece.triangles.clone(), piece.edge_bits.clone(), piece.single_sided)
}

/// Takes pieces that repeat by content out of `pieces` and makes templates and places of them.
///
/// Only translated copies are found: what is turned differs in content.
pub(crate) fn find_repeats(
    pieces: &mut Vec<Piece>,
    templates: &mut Vec<Template>,
    repeats: &mut Vec<Repeat>,
) {
    let candidate = |p: &Piece| {
        p.triangles.len() >= MIN_TRIANGLES && p.bounds.size().max_element() <= crate::piece::WHOLE_M
    };
    // Counts first: content is compared only where there are as many triangles and vertices.
    let mut sizes: HashMap<(usize, usize), usize> = HashMap::new();
    for p in pieces.iter().filter(|p| candidate(p)) {
        *sizes.entry((p.triangles.len(), p.vertices.len())).or_default() += 1;
    }
    let mut groups: HashMap<Content, Vec<usize>> = HashMap::new();
    for (ix, p) in pieces.iter().enumerate().filter(|(_, p)| candidate(p)) {
        if sizes.get(&(p.triangles.len(), p.vertices.len())).is_some_and(|&n| n >= MIN_PLACES) {
            groups.entry(content(p)).or_default().push(ix);
        }
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|g| g.len() >= MIN_PLACES).collect();
    groups.sort_unstable();
    let mut taken = vec![false; pieces.len()];
    for group in groups {
        let Some(first) = group.first().and_then(|&ix| pieces.get(ix)) else { continue };
        let mut own = first.clone();
        own.origin -= first.bounds.min;
        own.bounds = Bounds::new(DVec3::ZERO, first.bounds.size());
        let Some(template) = Template::new(&own) else { continue };
        for ix in group {
            if let (Some(p), Some(t)) = (pieces.get(ix), taken.get_mut(ix)) {
                let place = DAffine3::from_translation(p.bounds.min);
                repeats.push(Repeat::new((templates.len(), &template), p.object, p.color, place));
                *t = true;
            }
        }
        templates.push(template);
    }
    let mut ix = 0;
    pieces.retain(|_| {
        ix += 1;
        !taken.get(ix - 1).copied().unwrap_or(false)
    });
}
