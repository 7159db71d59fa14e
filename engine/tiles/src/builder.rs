//! From placed meshes to tiles: clean, mark edges, cut what is large, sort by space, pack.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::{Bounds, CancelToken, Cancelled, Code, Diagnostic, Severity, WorldPoint};
use rayon::prelude::*;

use crate::assemble::{Chunk, assemble, chunks_of_lines, chunks_of_part, group};
use crate::edges::mark_feature_edges;
use crate::mesh_tile::{MeshTile, TileLayer};
use crate::part::{Part, clean};

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

/// Line of constant width in pixels, of one object.
#[derive(Clone, Debug)]
pub struct InputLine {
    /// The object's number within its source.
    pub object: u32,
    /// Points in the project frame, at least two.
    pub points: Vec<DVec3>,
    /// sRGB and alpha.
    pub color: [u8; 4],
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

/// Collects the meshes and lines of one source and cuts them into tiles.
#[derive(Debug, Default)]
pub struct TileBuilder {
    parts: BTreeMap<TileLayer, Vec<Part>>,
    lines: BTreeMap<TileLayer, Vec<InputLine>>,
    dropped: Dropped,
}

impl TileBuilder {
    /// Adds a solid mesh with feature edges.
    pub fn push(&mut self, mesh: &InputMesh<'_>) {
        self.push_in(TileLayer::Solid, true, mesh);
    }

    /// Adds a mesh to a layer; `edged`: creases and boundaries are drawn as lines.
    pub fn push_in(&mut self, layer: TileLayer, edged: bool, mesh: &InputMesh<'_>) {
        let part = clean(mesh, edged, &mut self.dropped);
        if !part.triangles.is_empty() {
            self.parts.entry(layer).or_default().push(part);
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
            self.lines.entry(layer).or_default().push(line);
        }
    }

    /// Cuts what was added into tiles. Costs a sort and one pass over all triangles.
    ///
    /// # Errors
    /// [`Cancelled`]; looked at per object and per tile.
    pub fn finish(mut self, cancel: &CancelToken) -> Result<Built, Cancelled> {
        let mut built = Built { dropped: self.dropped, ..Built::default() };
        let mut layers: Vec<TileLayer> = self.parts.keys().chain(self.lines.keys()).copied().collect();
        layers.sort_unstable();
        layers.dedup();
        for layer in layers {
            let parts = self.parts.remove(&layer).unwrap_or_default();
            let mut lines = self.lines.remove(&layer).unwrap_or_default();
            lines.sort_by(|a, b| {
                let key = |l: &InputLine| (l.object, l.color, l.points.len());
                let bits = |l: &InputLine| -> Vec<[u64; 3]> {
                    l.points.iter().map(|p| p.to_array().map(f64::to_bits)).collect()
                };
                key(a).cmp(&key(b)).then_with(|| bits(a).cmp(&bits(b)))
            });
            let parts = with_edges(parts, cancel)?;
            count_objects(&mut built.objects, &parts, &lines);
            let mut chunks: Vec<Chunk> = parts
                .par_iter()
                .enumerate()
                .map(|(part_ix, part)| chunks_of_part(part_ix, part))
                .flatten_iter()
                .collect();
            chunks.extend(lines.iter().enumerate().flat_map(|(ix, line)| chunks_of_lines(ix, line)));
            cancel.check()?;
            let groups = group(chunks);
            let tiles: Result<Vec<MeshTile>, Cancelled> = groups
                .par_iter()
                .map(|group| {
                    cancel.check()?;
                    Ok(assemble(layer, group, &parts, &lines))
                })
                .collect();
            built.tiles.extend(tiles?);
        }
        Ok(built)
    }
}

/// Chosen: like a triangle's longest edge, a quarter of a tile's reach.
const MAX_SEGMENT_M: f64 = 1024.0;
/// A segment longer than this many pieces is not on one map.
const MAX_SEGMENT_PIECES: f64 = 4096.0;

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

fn with_edges(mut parts: Vec<Part>, cancel: &CancelToken) -> Result<Vec<Part>, Cancelled> {
    parts.par_sort_by(Part::order);
    let objects: Result<Vec<()>, Cancelled> = parts
        .par_chunk_by_mut(|a, b| a.object == b.object)
        .map(|object| {
            cancel.check()?;
            mark_feature_edges(object);
            Ok(())
        })
        .collect();
    objects.map(|_done| parts)
}

fn count_objects(objects: &mut BTreeMap<u32, ObjectExtent>, parts: &[Part], lines: &[InputLine]) {
    let empty = ObjectExtent { bounds: Bounds::EMPTY, n_triangles: 0 };
    for part in parts {
        let extent = objects.entry(part.object).or_insert(empty);
        extent.bounds = extent.bounds.union(part.bounds);
        let n = u32::try_from(part.triangles.len()).unwrap_or(u32::MAX);
        extent.n_triangles = extent.n_triangles.saturating_add(n);
    }
    for line in lines {
        let extent = objects.entry(line.object).or_insert(empty);
        line.points.iter().for_each(|&p| extent.bounds.add(p));
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
