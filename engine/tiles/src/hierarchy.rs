//! From leaf tiles up: coarser tiles, level by level, each written as soon as it is made.

use std::collections::{BTreeMap, HashMap};

use glam::{DVec3, Vec3};
use lantu_base::{Bounds, CancelToken};
use rayon::prelude::*;

use crate::assemble::{LEAF_CELL_M, Loaded, Member, cell_of};
use crate::cluster::{Content, Face, Grid, Mesher, Strand, assemble};
use crate::error::TileError;
use crate::io::PackStore;
use crate::item::Item;
use crate::mesh_pack::encode_mesh_tile;
use crate::mesh_tile::{MeshTile, TileLayer};
use crate::outline::{Run, join, simplify};
use crate::simplify::{Mixed, Repeats, Soup, Target, Thread, coarsen, threads_of};
use crate::spill::Spill;
use crate::tree::TileNode;
use crate::vertex::{FLAT_FACE, FLAT_NORMAL, Part};

/// Error that one level adds, as a share of its cell's edge. Chosen: with the levels below it a tile errs by a pixel
/// where it covers about 512 pixels, so that a screen shows some ten or twenty tiles.
const STEP_SHARE: f64 = 1.0 / 1024.0;
/// By how much repeated shapes may be off before they are simplified with their neighbors, as a part of what one level
/// adds. Chosen: half, of the next lower level: what they show of a pixel is lost with the rest of it.
const SPARE_SHARE: f64 = 0.5;
/// Steps of a parent's vertices along its cell's edge: a thirtieth of its error, and twice the cell fits into 16 bits.
const STEPS_PER_EDGE: f64 = 32_768.0;
/// Cells along a parent's edge, by which its faces are sorted. Chosen: 32 m where the edge is 512 m, about a building.
const CELLS_PER_EDGE: f64 = 16.0;
/// Triangles of a parent at most. Chosen: a megabyte.
const MAX_TRIANGLES: usize = 24_576;
/// Below this a tile needs no coarser one: it is as cheap as a draw call.
const FEW_TRIANGLES: usize = 1_500;
/// Share of its children's triangles that a parent takes a larger error for. Chosen: so that levels follow each other
/// as their distances do.
const WANTED: f64 = 0.5;
/// A parent that keeps more of its children's triangles is left out, unless they are many.
const WORTH: f64 = 0.75;
/// Children that a parent may replace without being worth it.
const MAX_CHILDREN: usize = 24;
/// Largest cell, meters: 65 km, more than a district.
const MAX_EDGE_M: f64 = LEAF_CELL_M * 512.0;

/// What building a hierarchy looks at.
pub(crate) struct Builder<'a> {
    pub(crate) layer: TileLayer,
    pub(crate) content: Content<'a>,
    /// Where items wait.
    pub(crate) cells: &'a Spill<[i64; 3]>,
    pub(crate) store: &'a dyn PackStore,
    pub(crate) cancel: &'a CancelToken,
    /// Colors of objects of the layer.
    pub(crate) parts: &'a [Part],
    /// Straight colors, with those of objects that start hidden made translucent: they must not hide anything.
    pub(crate) colors: Vec<u32>,
    /// What soups are relative to, in the project frame.
    pub(crate) origin: DVec3,
    /// Repeated shapes as soups have them.
    pub(crate) repeats: Repeats,
}

/// The colors of parts as coarser tiles see them.
pub(crate) fn colors_of(parts: &[Part], hidden: &dyn Fn(u32) -> bool) -> Vec<u32> {
    let color = |part: &Part| {
        let [r, g, b, a] = part.rgba.to_le_bytes();
        u32::from_le_bytes([r, g, b, if hidden(part.object) { a.min(254) } else { a }])
    };
    parts.iter().map(color).collect()
}

/// Tiles below one cell.
#[derive(Default)]
struct Branch {
    /// Parents count in this list.
    nodes: Vec<TileNode>,
    /// Those without parent.
    tops: Vec<u32>,
    /// What the next coarser tile is made from.
    soup: Soup,
    runs: Vec<Run>,
    /// How far the soup is from what the tops show, meters.
    soup_error_m: f64,
}

/// Builds and writes all tiles of one layer; their nodes, parents counting in the list.
pub(crate) fn build(builder: &Builder<'_>, members: Vec<Member>) -> Result<Vec<TileNode>, TileError> {
    let mut edge_m = LEAF_CELL_M;
    let one_cell = |edge_m: f64| {
        let mut cells = members.iter().map(|m| cell_of(m.center(), edge_m));
        let first = cells.next();
        cells.all(|c| Some(c) == first)
    };
    while edge_m < MAX_EDGE_M && !one_cell(edge_m) {
        edge_m *= 2.0;
    }
    let mut branch = builder.branch(members, edge_m)?;
    edge_m = edge_m.min(branch.fitting_edge_m());
    // Coarser and coarser, until a tile costs no more than a draw call.
    while edge_m < MAX_EDGE_M && branch.soup.n_drawn() > FEW_TRIANGLES {
        edge_m *= 2.0;
        branch = builder.coarser(branch, edge_m)?;
    }
    Ok(branch.nodes)
}

impl Builder<'_> {
    /// Tiles of all members, which lie in one cell of `edge_m` (or beyond the largest one).
    fn branch(&self, members: Vec<Member>, edge_m: f64) -> Result<Branch, TileError> {
        self.cancel.check()?;
        let parts: Vec<Branch> = if members.len() == 1 || members.iter().all(|m| m.edge_m >= edge_m) {
            members.into_par_iter().map(|m| self.leaf(m)).collect::<Result<_, _>>()?
        } else {
            let mut cells: BTreeMap<[i64; 3], Vec<Member>> = BTreeMap::new();
            for member in members {
                cells.entry(cell_of(member.center(), edge_m * 0.5)).or_default().push(member);
            }
            let cells: Vec<Vec<Member>> = cells.into_values().collect();
            cells.into_par_iter().map(|m| self.branch(m, edge_m * 0.5)).collect::<Result<_, _>>()?
        };
        let is_one = parts.len() == 1;
        let n_parts = self.parts.len();
        let branch = parts.into_iter().fold(Branch::default(), |all, part| all.with(part, n_parts));
        if is_one {
            return Ok(branch);
        }
        let edge_m = edge_m.min(branch.fitting_edge_m());
        self.coarser(branch, edge_m)
    }

    /// Tiles of one member, and the coarser ones above them if they are several.
    fn leaf(&self, member: Member) -> Result<Branch, TileError> {
        self.cancel.check()?;
        let edge_m = member.edge_m;
        let items = match member.load(self.cells)? {
            Loaded::One(items) => items,
            Loaded::Several(members) => return self.branch(members, edge_m),
        };
        let mut branch = Branch { tops: vec![0], ..Branch::default() };
        for item in &items {
            self.take(item, &mut branch, edge_m * STEP_SHARE * SPARE_SHARE);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a length in meters, no coordinate")]
        let faint = threads_of(&branch.soup, (edge_m * STEP_SHARE) as f32);
        let faint: Vec<Strand> = faint.iter().filter_map(|t| self.strand(t, &[])).collect();
        let tile = assemble(self.layer, &items, (self.content, &faint));
        branch.nodes.push(self.write(&tile, 0.0)?);
        Ok(branch)
    }

    /// A line of a soup in the project frame.
    fn strand(&self, thread: &Thread, mixed: &[Mixed]) -> Option<Strand> {
        let part = self.part(thread.part, mixed)?;
        let ends = thread.ends.map(|p| self.origin + p.as_dvec3());
        Some(Strand { ends, part, width_m: thread.width_m })
    }

    /// The part of a number, also of one that merging added.
    fn part(&self, number: u32, mixed: &[Mixed]) -> Option<Part> {
        let number = number as usize;
        match number.checked_sub(self.parts.len()) {
            None => self.parts.get(number).copied(),
            Some(n) => {
                let &Mixed { part, rgba, .. } = mixed.get(n)?;
                Some(Part { rgba, ..*self.parts.get(part as usize)? })
            }
        }
    }

    fn write(&self, tile: &MeshTile, geometric_error_m: f64) -> Result<TileNode, TileError> {
        let hash = self.store.write(&encode_mesh_tile(tile)?)?;
        Ok(TileNode {
            hash,
            bounds: tile.bounds,
            geometric_error_m,
            parent: None,
            first_child: 0,
            n_children: 0,
            bytes: tile.bytes(),
            n_triangles: u32::try_from(tile.n_triangles()).unwrap_or(u32::MAX),
            n_vertices: u32::try_from(tile.vertices.len()).unwrap_or(u32::MAX),
            layer: self.layer,
        })
    }

    /// A tile that replaces all tops of a branch, if it is worth it.
    fn coarser(&self, branch: Branch, edge_m: f64) -> Result<Branch, TileError> {
        self.cancel.check()?;
        let n_before = branch.soup.n_drawn();
        if n_before <= FEW_TRIANGLES && branch.tops.len() == 1 {
            return Ok(branch);
        }
        let Branch { mut nodes, tops, soup, runs, soup_error_m } = branch;
        let step_m = edge_m * STEP_SHARE;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a length in meters, no coordinate; a number of triangles"
        )]
        let target = Target {
            error_m: step_m as f32,
            max_triangles: MAX_TRIANGLES,
            wanted_triangles: (n_before as f64 * WANTED) as usize,
        };
        let (coarse, step_m) = coarsen(&soup, &self.colors, &target);
        let mut joined = runs.clone();
        join(&mut joined);
        simplify(&mut joined, self.content.lines, target.error_m.into());
        let kept = coarse.n_drawn() as f64;
        let worth = kept <= WORTH * n_before as f64 || n_before <= FEW_TRIANGLES;
        let lost = coarse.n_drawn() == 0 && joined.is_empty();
        if lost || (!worth && tops.len() <= MAX_CHILDREN) {
            return Ok(Branch { nodes, tops, soup, runs, soup_error_m });
        }
        let (mut bounds, mut error_m) = (Bounds::EMPTY, soup_error_m);
        for top in tops.iter().filter_map(|&t| nodes.get(t as usize)) {
            bounds = bounds.union(top.bounds);
            error_m = error_m.max(top.geometric_error_m);
        }
        let mut tile = self.tile_of(&coarse, &joined, bounds, edge_m);
        tile.bounds = bounds;
        let node = self.write(&tile, error_m + f64::from(step_m))?;
        let own = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        for &top in &tops {
            if let Some(top) = nodes.get_mut(top as usize) {
                top.parent = Some(own);
            }
        }
        nodes.push(node);
        Ok(Branch { nodes, tops: vec![own], soup: coarse, runs: joined, soup_error_m: 0.0 })
    }

    fn tile_of(&self, soup: &Soup, runs: &[Run], bounds: Bounds, edge_m: f64) -> MeshTile {
        let mut mesher = Mesher::new(self.layer, bounds);
        let mut bins: BTreeMap<(bool, [i64; 3]), Vec<Face>> = BTreeMap::new();
        for (ix, t) in soup.triangles.iter().enumerate() {
            let Some(part) = soup.part.get(ix).and_then(|&p| self.part(p, &soup.mixed)) else {
                continue;
            };
            let at = |v: u32| {
                let p = soup.positions.get(v as usize).copied().unwrap_or_default();
                self.origin + Vec3::from_array(p).as_dvec3()
            };
            let corners = t.map(at);
            let single_sided = soup.single_sided.get(ix).copied().unwrap_or(false);
            let face = Face {
                corners,
                normals: soup.normals.as_ref().and_then(|n| n.get(ix).copied()).unwrap_or(FLAT_FACE),
                part: mesher.part(part.object, part.rgba),
                transparent: part.rgba >> 24 < 255,
                edge_bits: 0,
            };
            let cell = cell_of((corners[0] + corners[1] + corners[2]) / 3.0, edge_m * 0.5);
            bins.entry((single_sided, cell)).or_default().push(face);
        }
        for ((single_sided, _), faces) in bins {
            let grid = Grid { step_m: edge_m / STEPS_PER_EDGE, cell_steps: STEPS_PER_EDGE / CELLS_PER_EDGE };
            mesher.add_faces(&faces, grid, single_sided);
        }
        for run in runs {
            if let Some(line) = self.content.lines.get(run.line_ix) {
                mesher.add_run(line, &run.points);
            }
        }
        for (threads, is_faint) in [(&soup.threads, false), (&soup.faint, true)] {
            for strand in threads.iter().filter_map(|t| self.strand(t, &soup.mixed)) {
                mesher.add_strand(&strand, is_faint);
            }
        }
        mesher.finish()
    }

    /// Adds an item's triangles or line to what the next coarser tile is made from; repeated shapes within `spare_m`.
    fn take(&self, item: &Item, branch: &mut Branch, spare_m: f64) {
        match item {
            Item::Run(run) => {
                let points = (run.from..=run.to).collect();
                branch.runs.push(Run { line_ix: run.line_ix, points });
            }
            Item::Piece(piece) => {
                let mut filling = Filling::new(&mut branch.soup, piece.part, piece.single_sided);
                for &t in &piece.triangles {
                    let corner = |v: u32| {
                        let normal = piece.vertices.get(v as usize).map_or(FLAT_NORMAL, |v| v.1);
                        (v, (piece.world(v) - self.origin).as_vec3(), normal)
                    };
                    filling.add(t.map(corner));
                }
            }
            Item::Repeat(repeat) => {
                let Some(template) = self.content.templates.get(repeat.template_ix) else { return };
                let m = repeat.world_from_template;
                let mirrored = m.matrix3.determinant() < 0.0;
                let axes = [m.matrix3.x_axis, m.matrix3.y_axis, m.matrix3.z_axis];
                let scale = axes.into_iter().map(DVec3::length).fold(f64::MIN_POSITIVE, f64::max);
                let shape = self.repeats.within(repeat.template_ix, template, spare_m / scale);
                branch.soup_error_m = branch.soup_error_m.max(shape.error_m * scale);
                let mut filling = Filling::new(&mut branch.soup, repeat.part, template.single_sided);
                for &[a, b, c] in &shape.triangles {
                    let t = if mirrored { [a, c, b] } else { [a, b, c] };
                    // From afar a repeated shape is small, and flat faces are what it is simplified to.
                    filling.add(t.map(|v| {
                        let p = shape.points.get(v as usize).copied().unwrap_or_default();
                        (v, (m.transform_point3(p) - self.origin).as_vec3(), FLAT_NORMAL)
                    }));
                }
            }
        }
    }
}

/// Adds triangles of one part to a soup.
struct Filling<'a> {
    soup: &'a mut Soup,
    part: u32,
    single_sided: bool,
    seen: HashMap<u32, u32>,
}

impl<'a> Filling<'a> {
    fn new(soup: &'a mut Soup, part: u32, single_sided: bool) -> Self {
        Self { soup, part, single_sided, seen: HashMap::new() }
    }

    fn add(&mut self, corners: [(u32, Vec3, u16); 3]) {
        let soup = &mut *self.soup;
        let triangle = corners.map(|(v, p, _)| {
            let next = u32::try_from(soup.positions.len()).unwrap_or(u32::MAX);
            *self.seen.entry(v).or_insert_with(|| {
                soup.positions.push(p.to_array());
                next
            })
        });
        let normals = corners.map(|c| c.2);
        if soup.normals.is_none() && normals != FLAT_FACE {
            soup.normals = Some(vec![FLAT_FACE; soup.triangles.len()]);
        }
        if let Some(all) = &mut soup.normals {
            all.push(normals);
        }
        soup.triangles.push(triangle);
        soup.part.push(self.part);
        soup.single_sided.push(self.single_sided);
    }
}

impl Branch {
    /// Edge of the smallest cell that could hold everything: what lies across the corner of large cells is small.
    fn fitting_edge_m(&self) -> f64 {
        let tops = self.tops.iter().filter_map(|&t| self.nodes.get(t as usize));
        let size_m = tops.fold(Bounds::EMPTY, |all, top| all.union(top.bounds)).size().max_element();
        let mut edge_m = LEAF_CELL_M;
        while edge_m < size_m && edge_m < MAX_EDGE_M {
            edge_m *= 2.0;
        }
        edge_m
    }

    /// Both together; `n_parts`: how many have a color of their own.
    fn with(mut self, other: Self, n_parts: usize) -> Self {
        let offset = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let moved = other.nodes.into_iter().map(|n| TileNode { parent: n.parent.map(|p| p + offset), ..n });
        self.nodes.extend(moved);
        self.tops.extend(other.tops.into_iter().map(|t| t + offset));
        append(&mut self.soup, other.soup, n_parts);
        self.runs.extend(other.runs);
        self.soup_error_m = self.soup_error_m.max(other.soup_error_m);
        self
    }
}

fn append(soup: &mut Soup, other: Soup, n_parts: usize) {
    let offset = u32::try_from(soup.positions.len()).unwrap_or(u32::MAX);
    let (n, m) = (soup.triangles.len(), other.triangles.len());
    match (&mut soup.normals, other.normals) {
        (None, None) => {}
        (Some(own), Some(more)) => own.extend(more),
        (Some(own), None) => own.resize(n + m, FLAT_FACE),
        (own @ None, Some(more)) => {
            let mut all = vec![FLAT_FACE; n];
            all.extend(more);
            *own = Some(all);
        }
    }
    soup.positions.extend(other.positions);
    soup.triangles.extend(other.triangles.into_iter().map(|t| t.map(|v| v.saturating_add(offset))));
    let n_mixed = u32::try_from(soup.mixed.len()).unwrap_or(u32::MAX);
    let moved = |part: u32| if (part as usize) < n_parts { part } else { part.saturating_add(n_mixed) };
    soup.part.extend(other.part.into_iter().map(moved));
    soup.threads.extend(other.threads.into_iter().map(|t| Thread { part: moved(t.part), ..t }));
    soup.mixed.extend(other.mixed);
    soup.single_sided.extend(other.single_sided);
}
