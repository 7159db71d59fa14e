//! Filling tiles: clusters of quantized triangles, ranges of faces that look alike, instances.

use std::collections::{BTreeMap, HashMap};

use glam::{DAffine3, DMat4, DVec3, Vec3};
use lantu_base::{Bounds, TileFrame, WorldPoint};

use crate::assemble::cell_of;
use crate::builder::InputLine;
use crate::facing::{Alike, by_facing};
use crate::flat::settle_flat_faces;
use crate::item::Item;
use crate::mesh_tile::{Cluster, FaceRange, MeshTile, TileLayer};
use crate::piece::{Piece, WHOLE_M};
use crate::repeat::{Repeat, Template};
use crate::vertex::{FLAT_NORMAL, Instance, Part, Point, Segment, Vertex, pack_normal, unpack_normal};

/// Length of a step at finest detail, meters.
pub(crate) const STEP_M: f64 = 1e-3;
/// Steps that fit into a cluster on each axis.
const MAX_STEPS: f64 = 65_535.0;
/// Up to this size shapes are small, meters: they meet in cells of 48 m, larger ones in cells of 8 m, so that a cluster
/// stays below 65 m either way.
const SMALL_M: f64 = 16.0;
const SMALL_CELL_M: f64 = 48.0;
const LARGE_CELL_M: f64 = 8.0;
/// Steps along the cells by which a cluster's faces are sorted: 16 m at finest detail, about a building.
const LEAF_CELL_STEPS: f64 = 16_384.0;
/// Triangles and vertices of a cluster at most.
const MAX_TRIANGLES: usize = 16_384;
const MAX_VERTICES: usize = 65_000;
/// What drawing an instance on its own costs in bytes of geometry. Chosen: below it copies go into the cluster around.
const DRAW_BYTES: usize = 4_096;

/// What a layer's items refer to.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) lines: &'a [InputLine],
    pub(crate) templates: &'a [Template],
}

/// A triangle on its way into a cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Face {
    /// In the project frame.
    pub(crate) corners: [DVec3; 3],
    /// Packed.
    pub(crate) normals: [u16; 3],
    /// Into the tile's parts.
    pub(crate) part: u32,
    pub(crate) transparent: bool,
    /// Bits of its edges 0→1, 1→2, 2→0 that are drawn.
    pub(crate) edge_bits: u8,
}

/// How finely a cluster is divided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// Length of a step of positions, meters.
    pub(crate) step_m: f64,
    /// Steps along the cells by which faces are sorted.
    pub(crate) cell_steps: f64,
}

/// A tile that is being filled.
pub(crate) struct Mesher {
    pub(crate) tile: MeshTile,
    parts: HashMap<Part, u32>,
}

/// A line along the middle of a long thin shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strand {
    /// In the project frame.
    pub(crate) ends: [DVec3; 2],
    pub(crate) part: Part,
    /// How thick the shape is, meters.
    pub(crate) width_m: f32,
}

/// Fills one leaf tile. `faint`: along shapes of its items.
pub(crate) fn assemble(
    layer: TileLayer,
    items: &[Item],
    (content, faint): (Content<'_>, &[Strand]),
) -> MeshTile {
    let bounds = items.iter().fold(Bounds::EMPTY, |b, i| b.union(i.bounds()));
    let mut mesher = Mesher::new(layer, bounds);
    let mut places: BTreeMap<usize, Vec<&Repeat>> = BTreeMap::new();
    let mut bins: BTreeMap<Bin, Vec<&Piece>> = BTreeMap::new();
    for item in items {
        match item {
            Item::Run(run) => {
                if let Some(line) = content.lines.get(run.line_ix) {
                    mesher.add_segments(line, run.from, run.to);
                }
            }
            Item::Repeat(repeat) => places.entry(repeat.template_ix).or_default().push(repeat),
            Item::Piece(p) => bins.entry(bin(&p.bounds, p.single_sided, p.coarse)).or_default().push(p),
        }
    }
    let mut faces: BTreeMap<Bin, Vec<Face>> = BTreeMap::new();
    for (template_ix, places) in places {
        let Some(template) = content.templates.get(template_ix) else { continue };
        if places.len() * template.bytes() <= template.bytes() + DRAW_BYTES {
            for repeat in places {
                let own = faces.entry(bin(&repeat.bounds, template.single_sided, 0)).or_default();
                mesher.bake(template, repeat, own);
            }
        } else {
            mesher.add_instances(template, &places);
        }
    }
    for (key, pieces) in bins {
        let own = faces.entry(key).or_default();
        for piece in pieces {
            mesher.faces_of(piece, own);
        }
    }
    for ((single_sided, coarse, ..), faces) in faces {
        let step_m = STEP_M * f64::from(1_u32 << coarse.min(31));
        mesher.add_faces(&faces, Grid { step_m, cell_steps: LEAF_CELL_STEPS }, single_sided);
    }
    for strand in faint {
        mesher.add_strand(strand, true);
    }
    mesher.finish()
}

/// What lands in one cluster: sides, doublings of the step, whether small, cell.
type Bin = (bool, u8, bool, [i64; 3]);

fn bin(bounds: &Bounds, single_sided: bool, coarse: u8) -> Bin {
    let factor = f64::from(1_u32 << coarse.min(31));
    let small = bounds.size().max_element() <= SMALL_M * factor;
    let edge_m = if small { SMALL_CELL_M } else { LARGE_CELL_M };
    (single_sided, coarse, small, cell_of(bounds.center(), edge_m * factor))
}

impl Mesher {
    /// An empty tile. `bounds`: of all that will be in it.
    pub(crate) fn new(layer: TileLayer, bounds: Bounds) -> Self {
        // Whole meters, so that the origin is exact and survives being written as text.
        let origin = WorldPoint(if bounds.is_empty() { DVec3::ZERO } else { bounds.center().floor() });
        let tile = MeshTile {
            origin,
            bounds,
            layer,
            parts: Vec::new(),
            vertices: Vec::new(),
            indices: Vec::new(),
            instances: Vec::new(),
            clusters: Vec::new(),
            segments: Vec::new(),
            points: Vec::new(),
        };
        Self { tile, parts: HashMap::new() }
    }

    /// The tile, with the normals of flat faces where shaders look for them.
    pub(crate) fn finish(mut self) -> MeshTile {
        settle_flat_faces(&mut self.tile);
        self.tile
    }

    /// The tile's number of one color of one object.
    pub(crate) fn part(&mut self, object: u32, rgba: u32) -> u32 {
        let part = Part { object, rgba };
        let next = u32::try_from(self.tile.parts.len()).unwrap_or(u32::MAX);
        *self.parts.entry(part).or_insert_with(|| {
            self.tile.parts.push(part);
            next
        })
    }

    fn faces_of(&mut self, piece: &Piece, faces: &mut Vec<Face>) {
        let part = self.part(piece.object, u32::from_le_bytes(piece.color));
        let transparent = piece.color[3] < 255;
        for (&t, &edge_bits) in piece.triangles.iter().zip(&piece.edge_bits) {
            let normals = t.map(|v| piece.vertices.get(v as usize).map_or(FLAT_NORMAL, |v| v.1));
            faces.push(Face { corners: piece.corners(t), normals, part, transparent, edge_bits });
        }
    }

    /// Copies a repeated shape to where it stands.
    fn bake(&mut self, template: &Template, repeat: &Repeat, faces: &mut Vec<Face>) {
        let part = self.part(repeat.object, u32::from_le_bytes(repeat.color));
        let transparent = repeat.color[3] < 255;
        let m = repeat.world_from_template;
        let mirrored = m.matrix3.determinant() < 0.0;
        let turn_normals = m.matrix3.inverse().transpose();
        let drawn: std::collections::HashSet<[u16; 2]> = template.edges.iter().copied().collect();
        for &[a, b, c] in &template.triangles {
            let t = if mirrored { [a, c, b] } else { [a, b, c] };
            let normal = |v: u16| match template.vertices.get(usize::from(v)).map(|v| v.1) {
                None | Some(FLAT_NORMAL) => FLAT_NORMAL,
                Some(n) => pack_normal((turn_normals * unpack_normal(n).as_dvec3()).as_vec3()),
            };
            let bit = |k: u8, ends: [u16; 2]| {
                let [a, b] = ends;
                u8::from(drawn.contains(&ends) || (mirrored && drawn.contains(&[b, a]))) << k
            };
            let edge_bits = bit(0, [t[0], t[1]]) | bit(1, [t[1], t[2]]) | bit(2, [t[2], t[0]]);
            let corners = t.map(|v| m.transform_point3(template.point(v)));
            faces.push(Face { corners, normals: t.map(normal), part, transparent, edge_bits });
        }
    }

    fn add_instances(&mut self, template: &Template, places: &[&Repeat]) {
        let first_vertex = count(self.tile.vertices.len());
        let first_index = count(self.tile.indices.len());
        self.tile.vertices.extend(template.vertices.iter().map(|&(position, normal)| Vertex {
            position,
            normal,
            part: 0,
        }));
        let corners: Vec<[DVec3; 3]> =
            template.triangles.iter().map(|t| t.map(|v| template.point(v))).collect();
        let opaque = (0..corners.len()).collect();
        let (order, ranges) = by_facing(&corners, opaque, template.single_sided, f64::MAX);
        let range = |f: &Alike| {
            f.range((f.faces.start * 3, f.faces.len() * 3), template.min / template.step_m, template.step_m)
        };
        let ranges: Vec<FaceRange> = ranges.iter().map(range).collect();
        for ix in order {
            self.tile.indices.extend(template.triangles.get(ix).into_iter().flatten());
        }
        self.tile.indices.extend(template.edges.iter().flatten());
        let own =
            DAffine3::from_translation(template.min) * DAffine3::from_scale(DVec3::splat(template.step_m));
        let mut groups: BTreeMap<(bool, bool, [i64; 3]), Vec<&Repeat>> = BTreeMap::new();
        for repeat in places {
            let mirrored = repeat.world_from_template.matrix3.determinant() < 0.0;
            let cell = cell_of(repeat.bounds.center(), WHOLE_M);
            groups.entry((repeat.color[3] < 255, mirrored, cell)).or_default().push(repeat);
        }
        let (n_triangles, n_edges) = (count(template.triangles.len() * 3), count(template.edges.len() * 2));
        for ((transparent, ..), group) in groups {
            let first_instance = count(self.tile.instances.len());
            let mut bounds = Bounds::EMPTY;
            for repeat in &group {
                bounds = bounds.union(repeat.bounds);
                let mut matrix = repeat.world_from_template * own;
                matrix.translation -= self.tile.origin.0;
                let first_part = self.part(repeat.object, u32::from_le_bytes(repeat.color));
                self.tile.instances.push(Instance::from_matrix(DMat4::from(matrix).as_mat4(), first_part));
            }
            let (min, max) = self.relative(&bounds);
            self.tile.clusters.push(Cluster {
                first_vertex,
                n_vertices: count(template.vertices.len()),
                first_index,
                n_opaque: if transparent { 0 } else { n_triangles },
                n_transparent: if transparent { n_triangles } else { 0 },
                n_edges,
                single_sided: template.single_sided,
                flat: false,
                ranges: if transparent { Vec::new() } else { ranges.clone() },
                first_instance,
                n_instances: count(group.len()),
                min,
                max,
            });
        }
    }

    /// Adds triangles in clusters of at most 65 535 steps; those of a box that is wider have larger steps.
    pub(crate) fn add_faces(&mut self, faces: &[Face], grid: Grid, single_sided: bool) {
        for some in faces.chunks(MAX_TRIANGLES) {
            self.add_cluster(some, grid, single_sided);
        }
    }

    fn add_cluster(&mut self, faces: &[Face], grid: Grid, single_sided: bool) {
        let mut bounds = Bounds::EMPTY;
        faces.iter().flat_map(|f| f.corners).for_each(|p| bounds.add(p));
        if bounds.is_empty() {
            return;
        }
        // A triangle may be far wider than the cell that its middle lies in: of kilometers, where a file has lost the
        // unit of its millimeters.
        let mut step_m = grid.step_m;
        while bounds.size().max_element() > MAX_STEPS * step_m {
            step_m *= 2.0;
        }
        let low = (bounds.min / step_m).round();
        let mut filling = Filling::new(low, step_m);
        let (transparent, opaque): (Vec<usize>, Vec<usize>) =
            (0..faces.len()).partition(|&ix| faces.get(ix).is_some_and(|f| f.transparent));
        let corners: Vec<[DVec3; 3]> = faces.iter().map(|f| f.corners).collect();
        let (order, ranges) = by_facing(&corners, opaque, single_sided, grid.cell_steps * step_m);
        let ranges = filling.take_ranges(faces, &order, &ranges);
        let n_opaque = filling.indices.len();
        for ix in transparent {
            filling.take(faces, ix);
        }
        let Filling { indices, edges, vertices, .. } = filling;
        if indices.is_empty() {
            return;
        }
        if vertices.len() > MAX_VERTICES {
            // Cannot index them in 16 bits: halve.
            let (a, b) = faces.split_at(faces.len() / 2);
            self.add_cluster(a, grid, single_sided);
            self.add_cluster(b, grid, single_sided);
            return;
        }
        let at = (low * step_m - self.tile.origin.0).as_vec3();
        let (min, max) = self.relative(&bounds);
        let tile = &mut self.tile;
        tile.clusters.push(Cluster {
            first_vertex: count(tile.vertices.len()),
            n_vertices: count(vertices.len()),
            first_index: count(tile.indices.len()),
            n_opaque: count(n_opaque),
            n_transparent: count(indices.len() - n_opaque),
            n_edges: count(edges.len()),
            single_sided,
            flat: false,
            ranges,
            first_instance: count(tile.instances.len()),
            n_instances: 1,
            min,
            max,
        });
        let narrow = |i: u32| u16::try_from(i).unwrap_or(0);
        tile.indices.extend(indices.into_iter().map(narrow));
        tile.indices.extend(edges.into_iter().map(narrow));
        tile.vertices.extend(vertices);
        #[expect(clippy::cast_possible_truncation, reason = "a step is a number of millimeters")]
        tile.instances.push(Instance::at(step_m as f32, at));
    }

    fn relative(&self, bounds: &Bounds) -> ([f32; 3], [f32; 3]) {
        let at = |p: DVec3| (p - self.tile.origin.0).as_vec3();
        // Quantized positions may lie half a step outside.
        let half = Vec3::splat(0.001);
        ((at(bounds.min) - half).to_array(), (at(bounds.max) + half).to_array())
    }

    /// Adds a point. `size`: as [`Point::size`].
    pub(crate) fn add_point(&mut self, at: DVec3, part: u32, size: f32) {
        let at = (at - self.tile.origin.0).as_vec3().to_array();
        self.tile.points.push(Point { at, part, size });
    }

    /// Adds the line of a long thin shape; `is_faint`: besides its triangles.
    pub(crate) fn add_strand(&mut self, strand: &Strand, is_faint: bool) {
        let number = self.part(strand.part.object, strand.part.rgba);
        let part = number | Segment::SHAPE | if is_faint { Segment::FAINT } else { 0 };
        let [a, b] = strand.ends.map(|p| (p - self.tile.origin.0).as_vec3().to_array());
        self.tile.segments.push(Segment { a, b, part, width: -strand.width_m });
    }

    /// Adds segments between some of a line's points.
    pub(crate) fn add_run(&mut self, line: &InputLine, points: &[usize]) {
        for pair in points.windows(2) {
            let &[from, to] = pair else { continue };
            if let (Some(&a), Some(&b)) = (line.points.get(from), line.points.get(to)) {
                let part = self.part(line.object, u32::from_le_bytes(line.color));
                let at = |p: DVec3| (p - self.tile.origin.0).as_vec3().to_array();
                self.tile.segments.push(Segment { a: at(a), b: at(b), part, width: line.width });
            }
        }
    }

    fn add_segments(&mut self, line: &InputLine, from: usize, to: usize) {
        let part = self.part(line.object, u32::from_le_bytes(line.color));
        let frame = TileFrame::around(self.tile.origin);
        let points = line.points.get(from..=to).unwrap_or(&[]);
        for pair in points.windows(2) {
            let &[a, b] = pair else { continue };
            let narrow = |p| frame.narrow(WorldPoint(p)).map(|p| p.get().to_array());
            if let (Ok(a), Ok(b)) = (narrow(a), narrow(b)) {
                self.tile.segments.push(Segment { a, b, part, width: line.width });
            } else {
                debug_assert!(false, "a segment lies outside its tile's reach");
            }
        }
    }
}

/// A cluster's buffers while they are filled.
struct Filling {
    low: DVec3,
    step_m: f64,
    seen: HashMap<Vertex, u32>,
    vertices: Vec<Vertex>,
    indices: Vec<u32>,
    edges: Vec<u32>,
}

impl Filling {
    fn new(low: DVec3, step_m: f64) -> Self {
        Self {
            low,
            step_m,
            seen: HashMap::new(),
            vertices: Vec::new(),
            indices: Vec::new(),
            edges: Vec::new(),
        }
    }

    /// Takes faces in an order; the ranges of that order as ranges of indices, since what has no area after
    /// quantization is left out.
    fn take_ranges(&mut self, faces: &[Face], order: &[usize], ranges: &[Alike]) -> Vec<FaceRange> {
        let mut out = Vec::with_capacity(ranges.len());
        for range in ranges {
            let first = self.indices.len();
            for &ix in order.get(range.faces.clone()).unwrap_or_default() {
                self.take(faces, ix);
            }
            if self.indices.len() > first {
                out.push(range.range((first, self.indices.len() - first), self.low, self.step_m));
            }
        }
        out
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-int cast saturates, and positions lie above the corner"
    )]
    fn take(&mut self, faces: &[Face], ix: usize) {
        let Some(face) = faces.get(ix) else { return };
        let steps = face.corners.map(|p| ((p / self.step_m).round() - self.low).to_array().map(|s| s as u16));
        let [a, b, c] = steps;
        if a == b || b == c || c == a {
            return;
        }
        let mut corner = |position, normal| {
            let vertex = Vertex { position, normal, part: face.part };
            let next = count(self.vertices.len());
            *self.seen.entry(vertex).or_insert_with(|| {
                self.vertices.push(vertex);
                next
            })
        };
        let [na, nb, nc] = face.normals;
        let (a, b, c) = (corner(a, na), corner(b, nb), corner(c, nc));
        self.indices.extend([a, b, c]);
        for (k, ends) in [(0, [a, b]), (1, [b, c]), (2, [c, a])] {
            if face.edge_bits >> k & 1 == 1 {
                self.edges.extend(ends);
            }
        }
    }
}

/// A number of things in a tile, which never come near 2³².
pub(crate) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
