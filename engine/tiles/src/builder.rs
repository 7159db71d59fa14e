//! From placed meshes to tiles: clean, mark edges, cut what is large, sort by space, pack.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DAffine3, DVec3};
use lantu_base::{Bounds, CancelToken, Cancelled, Code, Diagnostic, Severity, WorldPoint};
use rayon::prelude::*;

use crate::assemble::{Chunk, Member, chunk_of_repeat, chunks_of_lines, chunks_of_piece, group};
use crate::cluster::{Content, assemble};
use crate::edges::mark_edges_and_sides;
use crate::error::TileError;
use crate::hierarchy;
use crate::io::PackStore;
use crate::mesh_tile::{MeshTile, TileLayer};
use crate::piece::{Piece, WHOLE_M, clean};
use crate::repeat::{Repeat, Template, find_repeats};
use crate::tree::{TileNode, TileTree};

/// Triangles of one color of one object, placed: world axes, meters.
#[derive(Clone, Copy, Debug)]
pub struct InputMesh<'a> {
    /// The object's number within its source.
    pub object: u32,
    /// What positions are relative to, in the project frame.
    pub origin: WorldPoint,
    /// 3 × n, relative to `origin`, along the world's axes, meters.
    pub positions: &'a [f32],
    /// 3 × n; or empty: flat normals are computed.
    pub normals: &'a [f32],
    /// 3 × `n_triangles`, counterclockwise from outside.
    pub indices: &'a [u32],
    /// sRGB and alpha.
    pub color: [u8; 4],
}

/// Line of constant width, of one object.
#[derive(Clone, Debug)]
pub struct InputLine {
    /// The object's number within its source.
    pub object: u32,
    /// Points in the project frame, at least two.
    pub points: Vec<DVec3>,
    /// sRGB and alpha.
    pub color: [u8; 4],
    /// Pixels (at UI scale 1) if positive, meters if negative.
    pub width: f32,
}

/// A shape that is stored once, see [`TileBuilder::add_template`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateId(u32);

/// One place of a template.
#[derive(Clone, Copy, Debug)]
pub struct InputInstance<'a> {
    /// The object's number within its source.
    pub object: u32,
    /// What stands there.
    pub template: TemplateId,
    /// Moves, turns and scales from the template's axes to the project frame.
    pub world_from_template: DAffine3,
    /// Colors in the place of those of the template's meshes, in their order; missing ones stay.
    pub colors: &'a [[u8; 4]],
}

/// One color of a template: a piece in the template's own axes, and its stored form if it is small enough.
#[derive(Clone, Debug)]
struct TemplatePiece {
    piece: Piece,
    template_ix: Option<usize>,
}

/// Triangles that were left out, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Without area.
    pub degenerate: u64,
    /// Naming a vertex that is not there.
    pub bad_index: u64,
    /// With a position that is not finite.
    pub not_finite: u64,
    /// Pieces of triangles that are tens of kilometers long.
    pub too_large: u64,
}

/// What one object's drawn geometry amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectExtent {
    /// Box around it, in the project frame.
    pub bounds: Bounds,
    /// Triangles.
    pub n_triangles: u32,
}

/// Everything that became of one source's shapes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    /// Tiles, ordered by layer and space; the same for the same input in any order and on any number of threads.
    pub tiles: Vec<MeshTile>,
    /// Extent of each object that is drawn, by its number.
    pub objects: BTreeMap<u32, ObjectExtent>,
    /// What was left out.
    pub dropped: Dropped,
}

/// What a source's shapes became when their tiles were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuiltTree {
    /// Names of all tiles, and how they replace each other.
    pub tree: TileTree,
    /// Extent of each object that is drawn, by its number.
    pub objects: BTreeMap<u32, ObjectExtent>,
    /// What was left out.
    pub dropped: Dropped,
}

/// Collects the meshes, repeated shapes and lines of one source and cuts them into tiles.
#[derive(Debug, Default)]
pub struct TileBuilder {
    layers: BTreeMap<TileLayer, Layer>,
    templates: Vec<Vec<TemplatePiece>>,
    stored: Vec<Template>,
    hidden: BTreeSet<u32>,
    dropped: Dropped,
}

#[derive(Debug, Default)]
struct Layer {
    pieces: Vec<Piece>,
    lines: Vec<InputLine>,
    repeats: Vec<Repeat>,
}

impl TileBuilder {
    /// Adds a solid mesh with feature edges.
    pub fn push(&mut self, mesh: &InputMesh<'_>) {
        self.push_in(TileLayer::Solid, true, mesh);
    }

    /// Adds a mesh to a layer; `edged`: creases and boundaries are drawn as lines.
    pub fn push_in(&mut self, layer: TileLayer, edged: bool, mesh: &InputMesh<'_>) {
        let piece = clean(mesh, edged, &mut self.dropped);
        if !piece.triangles.is_empty() {
            self.layers.entry(layer).or_default().pieces.push(piece);
        }
    }

    /// Keeps a shape that stands in many places: one mesh for each of its colors, around the shape's own origin.
    /// Objects of the meshes are of no meaning.
    pub fn add_template(&mut self, meshes: &[InputMesh<'_>]) -> TemplateId {
        let clean = |m: &InputMesh<'_>| clean(m, true, &mut self.dropped);
        let mut pieces: Vec<Piece> = meshes.iter().map(clean).collect();
        mark_edges_and_sides(&mut pieces);
        let mut kept = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let small = piece.bounds.size().max_element() <= WHOLE_M;
            let template = if small { Template::new(&piece) } else { None };
            let template_ix = template.map(|t| {
                self.stored.push(t);
                self.stored.len() - 1
            });
            kept.push(TemplatePiece { piece, template_ix });
        }
        self.templates.push(kept);
        TemplateId(u32::try_from(self.templates.len() - 1).unwrap_or(u32::MAX))
    }

    /// Draws an object as a template. A place that is not finite is dropped and counted.
    pub fn push_instance(&mut self, layer: TileLayer, instance: &InputInstance<'_>) {
        let Some(pieces) = self.templates.get(instance.template.0 as usize) else { return };
        let m = &instance.world_from_template;
        let sound = m.is_finite() && m.matrix3.determinant() != 0.0;
        let layer = self.layers.entry(layer).or_default();
        for (ix, TemplatePiece { piece, template_ix }) in pieces.iter().enumerate() {
            if !sound {
                self.dropped.not_finite += piece.triangles.len() as u64;
                continue;
            }
            let color = instance.colors.get(ix).copied().unwrap_or(piece.color);
            if let Some((ix, stored)) = template_ix.and_then(|ix| Some((ix, self.stored.get(ix)?))) {
                let repeat = Repeat::new((ix, stored), instance.object, color, *m);
                if repeat.bounds.size().max_element() <= WHOLE_M {
                    layer.repeats.push(repeat);
                    continue;
                }
            }
            let placed = piece.placed(instance.object, m, &mut self.dropped);
            layer.pieces.extend(placed.map(|p| Piece { color, ..p }));
        }
    }

    /// Adds a line to a layer. Points that are not finite are left out.
    pub fn push_line(&mut self, layer: TileLayer, mut line: InputLine) {
        let n = line.points.len();
        line.points.retain(|p| p.is_finite());
        self.dropped.not_finite += (n - line.points.len()) as u64;
        line.points.dedup();
        if line.points.len() > 1 {
            line.points = cut_long_segments(&line.points);
            self.layers.entry(layer).or_default().lines.push(line);
        }
    }

    /// Says which objects are not drawn unless somebody asks: they hide nothing in coarser tiles.
    pub fn hide(&mut self, objects: impl IntoIterator<Item = u32>) {
        self.hidden.extend(objects);
    }

    /// Cuts what was added into leaf tiles, all in memory: for small scenes.
    ///
    /// # Errors
    /// [`Cancelled`]; looked at per object and per tile.
    pub fn finish(mut self, cancel: &CancelToken) -> Result<Built, Cancelled> {
        let mut built = Built { dropped: self.dropped, ..Built::default() };
        for (layer, content) in std::mem::take(&mut self.layers) {
            let content = self.prepare(content, cancel)?;
            count_objects(&mut built.objects, &content);
            let tiles: Result<Vec<MeshTile>, Cancelled> = members(&content)
                .par_iter()
                .map(|member| {
                    cancel.check()?;
                    Ok(assemble(layer, &member.chunks, &content))
                })
                .collect();
            built.tiles.extend(tiles?);
        }
        Ok(built)
    }

    /// Cuts what was added into tiles, adds coarser ones above them, and writes each to the store as it is made.
    ///
    /// The same for the same input in any order and on any number of threads. Cells lie fixed in the project frame:
    /// what did not change keeps its packs.
    ///
    /// # Errors
    /// [`TileError::Cancelled`], looked at per object and per tile, or what the store reports.
    pub fn build(mut self, store: &dyn PackStore, cancel: &CancelToken) -> Result<BuiltTree, TileError> {
        let mut objects = BTreeMap::new();
        let mut nodes: Vec<TileNode> = Vec::new();
        for (layer, content) in std::mem::take(&mut self.layers) {
            let content = self.prepare(content, cancel)?;
            count_objects(&mut objects, &content);
            let members = members(&content);
            cancel.check()?;
            let Some(first) = members.first() else { continue };
            let hierarchy = hierarchy::Builder {
                layer,
                origin: first.center().floor(),
                parts: hierarchy::PartTable::new(&content, &|object| self.hidden.contains(&object)),
                content: &content,
                store,
                cancel,
            };
            let offset = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            let built = hierarchy::build(&hierarchy, members)?;
            nodes.extend(built.into_iter().map(|n| TileNode { parent: n.parent.map(|p| p + offset), ..n }));
        }
        Ok(BuiltTree { tree: TileTree::from_parents(&nodes)?, objects, dropped: self.dropped })
    }

    /// Sorts a layer by content, marks edges and finds repeats.
    fn prepare(&mut self, layer: Layer, cancel: &CancelToken) -> Result<Content, Cancelled> {
        let Layer { pieces, mut lines, mut repeats } = layer;
        lines.sort_by(|a, b| {
            let key = |l: &InputLine| (l.object, l.color, l.width.to_bits(), l.points.len());
            let bits = |l: &InputLine| -> Vec<[u64; 3]> {
                l.points.iter().map(|p| p.to_array().map(f64::to_bits)).collect()
            };
            key(a).cmp(&key(b)).then_with(|| bits(a).cmp(&bits(b)))
        });
        let mut pieces = with_edges(pieces, cancel)?;
        let mut templates = self.stored.clone();
        find_repeats(&mut pieces, &mut templates, &mut repeats);
        repeats.sort_by(Repeat::order);
        Ok(Content { pieces, lines, templates, repeats })
    }
}

fn members(content: &Content) -> Vec<Member> {
    let mut chunks: Vec<Chunk> = content
        .pieces
        .par_iter()
        .enumerate()
        .map(|(piece_ix, piece)| chunks_of_piece(piece_ix, piece))
        .flatten_iter()
        .collect();
    chunks.extend(content.repeats.iter().enumerate().map(|(ix, r)| chunk_of_repeat(ix, r)));
    chunks.extend(content.lines.iter().enumerate().flat_map(|(ix, line)| chunks_of_lines(ix, line)));
    group(chunks)
}

/// Longest segment of a line, meters. Chosen: a piece of a line then lies within one tile's reach.
const MAX_SEGMENT_M: f64 = 256.0;
/// A segment longer than this many pieces is not on one map.
const MAX_SEGMENT_PIECES: f64 = 16_384.0;

fn cut_long_segments(points: &[DVec3]) -> Vec<DVec3> {
    let mut cut: Vec<DVec3> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let &[a, b] = pair else { continue };
        let n = (a.distance(b) / MAX_SEGMENT_M).ceil().clamp(1.0, MAX_SEGMENT_PIECES);
        let mut k = 1.0;
        while k < n {
            cut.push(a.lerp(b, k / n));
            k += 1.0;
        }
        cut.push(b);
    }
    cut
}

fn with_edges(mut pieces: Vec<Piece>, cancel: &CancelToken) -> Result<Vec<Piece>, Cancelled> {
    pieces.par_sort_by(Piece::order);
    let objects: Result<Vec<()>, Cancelled> = pieces
        .par_chunk_by_mut(|a, b| a.object == b.object)
        .map(|object| {
            cancel.check()?;
            mark_edges_and_sides(object);
            Ok(())
        })
        .collect();
    objects.map(|_done| pieces)
}

fn count_objects(objects: &mut BTreeMap<u32, ObjectExtent>, content: &Content) {
    let empty = ObjectExtent { bounds: Bounds::EMPTY, n_triangles: 0 };
    let mut add = |object: u32, bounds: Bounds, n_triangles: usize| {
        let extent = objects.entry(object).or_insert(empty);
        extent.bounds = extent.bounds.union(bounds);
        let n = u32::try_from(n_triangles).unwrap_or(u32::MAX);
        extent.n_triangles = extent.n_triangles.saturating_add(n);
    };
    for piece in &content.pieces {
        add(piece.object, piece.bounds, piece.triangles.len());
    }
    for repeat in &content.repeats {
        let n = content.templates.get(repeat.template_ix).map_or(0, |t| t.triangles.len());
        add(repeat.object, repeat.bounds, n);
    }
    for line in &content.lines {
        let mut bounds = Bounds::EMPTY;
        line.points.iter().for_each(|&p| bounds.add(p));
        add(line.object, bounds, 0);
    }
}

impl Dropped {
    /// What to say in the import report; empty when nothing was dropped.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let say = |n: u64, code, severity, what: &str| {
            (n > 0).then(|| {
                Diagnostic::new(Code::new(code), severity, "", format!("{n} triangles {what} were left out."))
                    .with("n", n)
            })
        };
        [
            say(self.degenerate, "mesh.degenerate", Severity::Info, "without area"),
            say(self.bad_index, "mesh.bad_index", Severity::Warning, "that name a missing vertex"),
            say(
                self.not_finite,
                "mesh.not_finite",
                Severity::Warning,
                "with a position that is not a number",
            ),
            say(self.too_large, "mesh.too_large", Severity::Warning, "that span tens of kilometers"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
