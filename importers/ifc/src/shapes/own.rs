//! Products from our own evaluators; what they leave is the library's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use glam::{DAffine3, DMat3, DVec3};
use lantu_base::Bounds;

use super::budget::{Cost, charge, spend, spent};
use super::carry::carried;
use super::cover::Cover;
use super::form::Part;
use super::layers::Layers;
use super::local::{LocalMesh, Model, Reason};
use super::looks::{Looks, Rgba, bytes};
use super::mapping::mapping;
use super::task::{Attempt, Flaw, Task, first_operand, items_of, mapped_representation};
use crate::evaluate::{Cut, Placed, Tools, evaluate, is_ours, sheet};

/// Deepest nesting of mapped items that is followed. Chosen: real files have 2 levels.
const MAX_MAPPED: usize = 16;
/// Items of one product that are evaluated at most. Chosen: a hundred times the most that was found.
const MAX_ITEMS: usize = 200_000;
/// Distance from zero up to which a product's triangles keep their own zero. Chosen: an f32 has 4 µm there.
const NEAR_M: f64 = 64.0;

/// Steps that looking at an item takes, whatever comes of it. Measured: three records are read for a mapped item.
const STEPS_PER_ITEM: usize = 128;

/// What evaluators gave: `None` where the item is not theirs.
type Evaluated = Option<Result<Arc<LocalMesh>, Reason>>;

/// Items that were evaluated for one product and may come again in another.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<u64, (Evaluated, Cost)>>);

/// What of a product is made.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// Its triangles, in the product's own axes.
    pub(crate) parts: Vec<Part>,
    /// Representations and what of their items is left to the library; none if nothing is.
    pub(crate) rest: Vec<(u64, Vec<u64>)>,
    /// What could not be made by anyone.
    pub(crate) flaws: Vec<Flaw>,
    /// What became of its openings.
    pub(crate) cut: Cutting,
    /// A texture lies on it.
    pub(crate) textured: bool,
}

/// What became of a product's openings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Cutting {
    /// None were to be cut.
    #[default]
    None,
    /// Cut.
    Done,
    /// What was cut cannot be right: its volume, m³.
    Doubtful(f64),
    /// Not cut: something is not ours, not closed, or takes too long.
    Unable,
}

/// One item where it stands in its product.
struct Piece<'l> {
    mesh: Arc<LocalMesh>,
    place: DAffine3,
    item: u64,
    color: Rgba,
    /// Its color is that of the product's material.
    material: bool,
    /// The texture that lies on it.
    cover: Option<Cover<'l>>,
}

/// Evaluates the items of a product.
pub(crate) fn own(model: &Model<'_>, looks: &Looks, known: &Known, task: &Task, how: Attempt) -> Own {
    let mut out = Own::default();
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut painter = looks.painter(model, task);
    for &representation in &task.representations {
        let mut rest = Vec::new();
        for item in items_of(model, representation) {
            let item = if how == Attempt::Simple { first_operand(model, item) } else { item };
            let mut walk = Walk::new(model, known);
            if walk.item(item, DAffine3::IDENTITY) && pieces.len() + walk.found.len() <= MAX_ITEMS {
                for Found { mesh, place, item, mapped } in walk.found {
                    let material = !painter.is_own(item, &mapped);
                    let color = painter.item(item, &mapped);
                    let cover = looks.cover((task.record, item), &mapped);
                    pieces.push(Piece { mesh, place, item, color, material, cover });
                }
                out.flaws.extend(walk.flaws);
            } else {
                rest.push(item);
            }
        }
        if !rest.is_empty() {
            out.rest.push((representation, rest));
        }
    }
    // A representation of which nothing is left must not be made again with the rest.
    if !out.rest.is_empty() {
        for &r in &task.representations {
            if out.rest.iter().all(|rest| rest.0 != r) {
                out.rest.push((r, Vec::new()));
            }
        }
    }
    if how == Attempt::Whole && !task.cutters.is_empty() {
        out.cut =
            if out.rest.is_empty() { cut(model, looks, known, task, &mut pieces) } else { Cutting::Unable };
    }
    out.textured = pieces.iter().any(|p| p.cover.is_some());
    let (parts, plain) = parts(&pieces, looks, looks.layers.of(task.record));
    out.parts = parts;
    out.flaws.extend(plain.then_some(Flaw::Plain));
    out
}

/// Cuts the openings of a product from its pieces.
fn cut(model: &Model<'_>, looks: &Looks, known: &Known, task: &Task, pieces: &mut Vec<Piece<'_>>) -> Cutting {
    let mut walk = Walk::new(model, known);
    for cutter in &task.cutters {
        let items = cutter.representations.iter().flat_map(|&r| items_of(model, r));
        for item in items {
            if !walk.item(item, cutter.place) {
                return Cutting::Unable;
            }
        }
    }
    if !walk.flaws.is_empty() || pieces.iter().any(|p| looks.of_faces(p.item).is_some()) {
        return Cutting::Unable;
    }
    let tools: Vec<Placed<'_>> = walk.found.iter().map(|f| (&*f.mesh, f.place)).collect();
    let Some(tools) = Tools::new(&tools) else { return Cutting::Unable };
    let mut left = Vec::with_capacity(pieces.len());
    for p in pieces.iter() {
        match tools.cut((&p.mesh, p.place)) {
            Cut::Sound(mesh) if mesh.triangles.is_empty() => {}
            Cut::Sound(mesh) => {
                let (mesh, place) = match p.cover {
                    Some(_) => (carried(&p.mesh, &p.place, mesh), p.place),
                    None => (mesh, DAffine3::IDENTITY),
                };
                left.push(Piece {
                    mesh: Arc::new(mesh),
                    place,
                    item: p.item,
                    color: p.color,
                    material: p.material,
                    cover: p.cover,
                });
            }
            Cut::Doubtful(volume) => return Cutting::Doubtful(volume),
            Cut::Unable => return Cutting::Unable,
        }
    }
    *pieces = left;
    Cutting::Done
}

struct Found {
    mesh: Arc<LocalMesh>,
    place: DAffine3,
    item: u64,
    mapped: Vec<u64>,
}

struct Walk<'a, 'm> {
    model: &'a Model<'m>,
    known: &'a Known,
    mapped: Vec<u64>,
    found: Vec<Found>,
    flaws: Vec<Flaw>,
}

impl<'a, 'm> Walk<'a, 'm> {
    fn new(model: &'a Model<'m>, known: &'a Known) -> Self {
        Self { model, known, mapped: Vec::new(), found: Vec::new(), flaws: Vec::new() }
    }

    /// `false` if anything in the item is not ours.
    fn item(&mut self, item: u64, place: DAffine3) -> bool {
        charge(STEPS_PER_ITEM);
        let Some(representation) = mapped_representation(self.model, item) else {
            return self.leaf(item, place);
        };
        let Some(inner) = mapping(self.model, item) else { return false };
        if self.mapped.len() >= MAX_MAPPED || self.mapped.contains(&item) || self.found.len() > MAX_ITEMS {
            return false;
        }
        self.mapped.push(item);
        let items = items_of(self.model, representation);
        let ours = !items.is_empty() && items.into_iter().all(|below| self.item(below, place * inner));
        self.mapped.pop();
        ours
    }

    fn leaf(&mut self, item: u64, place: DAffine3) -> bool {
        let keyword = self.model.file.scan.find(item).map(|r| self.model.file.scan.keyword(r));
        if !keyword.is_some_and(is_ours) {
            return false;
        }
        let evaluated = if self.mapped.is_empty() {
            evaluated(self.model, item).0
        } else {
            self.known.get(self.model, item)
        };
        match evaluated {
            None => false,
            Some(Ok(mesh)) => {
                self.found.push(Found { mesh, place, item, mapped: self.mapped.clone() });
                true
            }
            Some(Err(reason)) => {
                self.flaws.push(match sheet(self.model, item) {
                    Some(mesh) => {
                        let (mesh, mapped) = (Arc::new(mesh), self.mapped.clone());
                        self.found.push(Found { mesh, place, item, mapped });
                        Flaw::Flat(reason)
                    }
                    None => Flaw::Bad(reason),
                });
                true
            }
        }
    }
}

impl Known {
    fn get(&self, model: &Model<'_>, item: u64) -> Evaluated {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&item).cloned();
        if let Some((known, cost)) = known {
            // Whoever has it made pays the same as who finds it made: it may not matter who came first.
            spend(cost);
            return known;
        }
        // Outside the lock: two threads may do the same work, with the same result.
        let (made, cost) = evaluated(model, item);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(item, (made.clone(), cost));
        made
    }
}

/// An item and what it costs: what its evaluator said, or its triangles where those are more.
fn evaluated(model: &Model<'_>, item: u64) -> (Evaluated, Cost) {
    let before = spent();
    let made = evaluate(model, item).map(|r| r.map(Arc::new));
    let cost = spent().above(before);
    let n = made.as_ref().and_then(|m| m.as_ref().ok()).map_or(0, |m| m.triangles.len());
    let triangles = Cost::of_triangles(n as u64);
    spend(triangles.above(cost));
    (made, cost.max(triangles))
}

/// Also whether something has a texture that could not be laid on it.
fn parts(pieces: &[Piece<'_>], looks: &Looks, layers: Option<&Layers>) -> (Vec<Part>, bool) {
    let mut bounds = Bounds::EMPTY;
    for p in pieces {
        p.mesh.positions.iter().for_each(|&at| bounds.add(p.place.transform_point3(at.into())));
    }
    if bounds.is_empty() {
        return (Vec::new(), false);
    }
    let center = bounds.center();
    let origin = if center.abs().max_element() > NEAR_M { center.round() } else { DVec3::ZERO };
    let (mut out, mut plain) = (Vec::new(), false);
    for p in pieces {
        if let Some(painted) = p.cover.and_then(|cover| cover.paint(&p.mesh)) {
            out.extend(painted_parts(p, painted, origin));
            continue;
        }
        plain |= p.cover.is_some();
        let all: Vec<usize> = (0..p.mesh.triangles.len()).collect();
        match looks.of_faces(p.item).filter(|_| p.mesh.faces.len() == p.mesh.triangles.len()) {
            None => match layers.filter(|_| p.material) {
                None => out.push(part(p, &all, origin, bytes(p.color))),
                Some(layers) => out.extend(layered(p, layers, origin)),
            },
            Some((palette, faces)) => {
                for (color, of_color) in by_color(&palette, faces, p) {
                    out.push(part(p, &of_color, origin, color));
                }
            }
        }
    }
    (out, plain)
}

/// A piece by the layers of its product's material.
fn layered(p: &Piece<'_>, layers: &Layers, origin: DVec3) -> Vec<Part> {
    let turn: DMat3 = p.place.matrix3.inverse().transpose();
    let mut mesh = LocalMesh::clone(&p.mesh);
    mesh.positions.iter_mut().for_each(|at| *at = p.place.transform_point3((*at).into()).to_array());
    #[expect(clippy::cast_possible_truncation, reason = "a unit vector")]
    mesh.normals.iter_mut().for_each(|n| {
        let turned = turn * DVec3::from_array(n.map(f64::from));
        *n = turned.try_normalize().unwrap_or(DVec3::Z).to_array().map(|v| v as f32);
    });
    if p.place.matrix3.determinant() < 0.0 {
        mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    }
    let (mesh, of) = layers.divide(mesh);
    let whole = Piece { mesh: Arc::new(mesh), place: DAffine3::IDENTITY, ..*p };
    let mut out = Vec::new();
    for layer in 0..layers.n() {
        let own: Vec<usize> = (0..of.len()).filter(|&t| of.get(t) == Some(&layer)).collect();
        if !own.is_empty() {
            out.push(part(&whole, &own, origin, bytes(layers.color(layer).unwrap_or(p.color))));
        }
    }
    out
}

/// A piece by the colors of its triangles, in the order in which they first come.
fn painted_parts(p: &Piece<'_>, (mesh, colors): (LocalMesh, Vec<[u8; 4]>), origin: DVec3) -> Vec<Part> {
    let mut numbers: HashMap<[u8; 4], usize> = HashMap::new();
    let mut of: Vec<([u8; 4], Vec<usize>)> = Vec::new();
    for (triangle, &color) in colors.iter().enumerate() {
        let n = *numbers.entry(color).or_insert(of.len());
        if n == of.len() {
            of.push((color, Vec::new()));
        }
        of.get_mut(n).into_iter().for_each(|o| o.1.push(triangle));
    }
    let whole = Piece { mesh: Arc::new(mesh), ..*p };
    of.iter().map(|(color, triangles)| part(&whole, triangles, origin, *color)).collect()
}

/// Triangles by the color of their face, in the order in which the colors first come.
fn by_color(palette: &[Rgba], faces: &[usize], p: &Piece<'_>) -> Vec<([u8; 4], Vec<usize>)> {
    let mut out: Vec<([u8; 4], Vec<usize>)> = Vec::new();
    for (triangle, &face) in p.mesh.faces.iter().enumerate() {
        let color = faces.get(face as usize).and_then(|&c| palette.get(c)).copied().unwrap_or(p.color);
        let color = bytes(color);
        match out.iter_mut().find(|o| o.0 == color) {
            Some(o) => o.1.push(triangle),
            None => out.push((color, vec![triangle])),
        }
    }
    out
}

/// Some triangles of an item where it stands, narrowed around an origin.
#[expect(clippy::cast_possible_truncation, reason = "narrowed around the product's own origin")]
fn part(p: &Piece<'_>, triangles: &[usize], origin: DVec3, color: [u8; 4]) -> Part {
    const UNUSED: u32 = u32::MAX;
    let mut out = Part { origin: origin.to_array(), color, ..Part::default() };
    let smooth = p.mesh.normals.len() == p.mesh.positions.len();
    let mirrored = p.place.matrix3.determinant() < 0.0;
    let turn: DMat3 = p.place.matrix3.inverse().transpose();
    let mut number = vec![UNUSED; p.mesh.positions.len()];
    out.indices.reserve(triangles.len() * 3);
    for t in triangles.iter().filter_map(|&t| p.mesh.triangles.get(t)) {
        let [a, b, c] = *t;
        for corner in if mirrored { [a, c, b] } else { [a, b, c] } {
            let (Some(n), Some(at)) =
                (number.get_mut(corner as usize), p.mesh.positions.get(corner as usize))
            else {
                continue;
            };
            if *n == UNUSED {
                *n = (out.positions.len() / 3) as u32;
                let at = p.place.transform_point3((*at).into()) - origin;
                out.positions.extend(at.to_array().map(|v| v as f32));
                if smooth && let Some(normal) = p.mesh.normals.get(corner as usize) {
                    let normal = turn * DVec3::from_array(normal.map(f64::from));
                    let normal = normal.try_normalize().unwrap_or(DVec3::Z);
                    out.normals.extend(normal.to_array().map(|v| v as f32));
                }
            }
            out.indices.push(*n);
        }
    }
    out
}
