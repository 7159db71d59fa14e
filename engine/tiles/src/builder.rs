//! From placed meshes to tiles: clean, mark edges, cut what is large, sort by space, pack.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DAffine3, DVec3};
use lantu_base::{Bounds, CancelToken, Code, Diagnostic, Severity, WorldPoint};
use rayon::prelude::*;

use crate::assemble::{Loaded, Member, group_cells};
use crate::cluster::{Content, assemble};
use crate::cutting::{Cut, Cutter, bucket_of};
use crate::edges::mark_edges_and_sides;
use crate::error::TileError;
use crate::hierarchy::{self, colors_of};
use crate::io::PackStore;
use crate::item::Item;
use crate::mesh_tile::{MeshTile, TileLayer};
use crate::piece::{Piece, WHOLE_M, clean};
use crate::repeat::{Repeat, ShapeCounts, Template};
use crate::simplify::Repeats;
use crate::spill::{Spill, SpillRoom};
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
///
/// Triangles and places of repeated shapes wait in its [`SpillRoom`], by object until all are there, then by cell until
/// their tile is built. In memory are besides: each shape that repeats once, lines, and some hundred bytes for each
/// object and each cell of 32 m.
#[derive(Debug)]
pub struct TileBuilder {
    room: SpillRoom,
    layers: BTreeMap<TileLayer, Layer>,
    templates: Vec<Vec<TemplatePiece>>,
    stored: Vec<Template>,
    counts: ShapeCounts,
    hidden: BTreeSet<u32>,
    dropped: Dropped,
    /// Why something could not be put aside: what comes later is not taken.
    failure: Option<TileError>,
}

#[derive(Debug)]
struct Layer {
    /// By [`bucket_of`] their objects.
    waiting: Spill<u32>,
    lines: Vec<InputLine>,
}

impl Default for TileBuilder {
    /// In memory, for small scenes.
    fn default() -> Self {
        Self::within(SpillRoom::IN_MEMORY)
    }
}

impl TileBuilder {
    /// With room for what waits.
    pub fn within(room: SpillRoom) -> Self {
        Self {
            room,
            layers: BTreeMap::new(),
            templates: Vec::new(),
            stored: Vec::new(),
            counts: ShapeCounts::default(),
            hidden: BTreeSet::new(),
            dropped: Dropped::default(),
            failure: None,
        }
    }

    /// Adds a solid mesh with feature edges.
    pub fn push(&mut self, mesh: &InputMesh<'_>) {
        self.push_in(TileLayer::Solid, true, mesh);
    }

    /// Adds a mesh to a layer; `edged`: creases and boundaries are drawn as lines.
    pub fn push_in(&mut self, layer: TileLayer, edged: bool, mesh: &InputMesh<'_>) {
        let piece = clean(mesh, edged, &mut self.dropped);
        self.put_aside(layer, piece);
    }

    fn layer(&mut self, layer: TileLayer) -> &mut Layer {
        let room = &self.room;
        let new = || Layer { waiting: Spill::new(room.clone()), lines: Vec::new() };
        self.layers.entry(layer).or_insert_with(new)
    }

    fn put_aside(&mut self, layer: TileLayer, piece: Piece) {
        if !piece.triangles.is_empty() {
            self.counts.add(&piece);
            self.wait(layer, piece.object, &Item::Piece(piece));
        }
    }

    fn wait(&mut self, layer: TileLayer, object: u32, item: &Item) {
        if self.failure.is_some() {
            return;
        }
        let mut bytes = Vec::new();
        item.write(&mut bytes);
        self.failure = self.layer(layer).waiting.push(bucket_of(object), &bytes).err();
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
        let (mut repeats, mut placed) = (Vec::new(), Vec::new());
        for (ix, TemplatePiece { piece, template_ix }) in pieces.iter().enumerate() {
            if !sound {
                self.dropped.not_finite += piece.triangles.len() as u64;
                continue;
            }
            let color = instance.colors.get(ix).copied().unwrap_or(piece.color);
            if let Some((ix, stored)) = template_ix.and_then(|ix| Some((ix, self.stored.get(ix)?))) {
                let repeat = Repeat::new((ix, stored), instance.object, color, *m);
                if repeat.bounds.size().max_element() <= WHOLE_M {
                    repeats.push(repeat);
                    continue;
                }
            }
            let copy = piece.placed(instance.object, m, &mut self.dropped);
            placed.extend(copy.map(|p| Piece { color, ..p }));
        }
        for repeat in repeats {
            self.wait(layer, repeat.object, &Item::Repeat(repeat));
        }
        for piece in placed {
            self.put_aside(layer, piece);
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
            self.layer(layer).lines.push(line);
        }
    }

    /// Says which objects are not drawn unless somebody asks: they hide nothing in coarser tiles.
    pub fn hide(&mut self, objects: impl IntoIterator<Item = u32>) {
        self.hidden.extend(objects);
    }

    /// Cuts what was added into leaf tiles, all in memory: for small scenes.
    ///
    /// # Errors
    /// [`TileError::Cancelled`], looked at per object and per tile; [`TileError::Io`] if its room has no space left.
    pub fn finish(mut self, cancel: &CancelToken) -> Result<Built, TileError> {
        let mut built = Built::default();
        for (layer, own) in std::mem::take(&mut self.layers) {
            let cut = self.cut(own, &mut built.objects, cancel)?;
            let content = Content { lines: &cut.lines, templates: &cut.templates };
            let tiles: Result<Vec<Vec<MeshTile>>, TileError> = group_cells(&cut.n_vertices)
                .into_par_iter()
                .map(|member| {
                    cancel.check()?;
                    let tiles = tiles_of(member, &cut.cells)?;
                    Ok(tiles.iter().map(|items| assemble(layer, items, (content, &[]))).collect())
                })
                .collect();
            built.tiles.extend(tiles?.into_iter().flatten());
        }
        built.dropped = self.dropped;
        Ok(built)
    }

    /// Cuts what was added into tiles, adds coarser ones above them, and writes each to the store as it is made.
    ///
    /// The same for the same input in any order, on any number of threads, and with any room. Cells lie fixed in the
    /// project frame: what did not change keeps its packs. A build that was interrupted writes those again that are
    /// not there yet.
    ///
    /// # Errors
    /// [`TileError::Cancelled`], looked at per object and per tile; what the store reports; [`TileError::Io`] if its
    /// room has no space left, also while shapes were added.
    pub fn build(mut self, store: &dyn PackStore, cancel: &CancelToken) -> Result<BuiltTree, TileError> {
        let mut objects = BTreeMap::new();
        let mut nodes: Vec<TileNode> = Vec::new();
        for (layer, own) in std::mem::take(&mut self.layers) {
            let cut = self.cut(own, &mut objects, cancel)?;
            let members = group_cells(&cut.n_vertices);
            let Some(first) = members.first() else { continue };
            let hierarchy = hierarchy::Builder {
                layer,
                origin: first.center().floor(),
                content: Content { lines: &cut.lines, templates: &cut.templates },
                cells: &cut.cells,
                colors: colors_of(&cut.parts, &|object| self.hidden.contains(&object)),
                parts: &cut.parts,
                store,
                cancel,
                repeats: Repeats::default(),
            };
            let offset = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            let built = hierarchy::build(&hierarchy, members)?;
            nodes.extend(built.into_iter().map(|n| TileNode { parent: n.parent.map(|p| p + offset), ..n }));
        }
        Ok(BuiltTree { tree: TileTree::from_parents(&nodes)?, objects, dropped: self.dropped })
    }

    /// Finishes a layer's objects and puts them aside by cell.
    fn cut(
        &mut self,
        layer: Layer,
        objects: &mut BTreeMap<u32, ObjectExtent>,
        cancel: &CancelToken,
    ) -> Result<Cut, TileError> {
        if let Some(e) = self.failure.take() {
            return Err(e);
        }
        let room = self.room.clone();
        let mut cutter = Cutter { counts: &self.counts, objects, cancel, room };
        cutter.cut(layer.waiting, layer.lines, self.stored.clone())
    }
}

/// The items of each leaf tile of a member.
fn tiles_of(member: Member, cells: &Spill<[i64; 3]>) -> Result<Vec<Vec<Item>>, TileError> {
    match member.load(cells)? {
        Loaded::One(items) => Ok(vec![items]),
        Loaded::Several(members) => {
            let all: Result<Vec<_>, TileError> = members.into_iter().map(|m| tiles_of(m, cells)).collect();
            Ok(all?.into_iter().flatten().collect())
        }
    }
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
