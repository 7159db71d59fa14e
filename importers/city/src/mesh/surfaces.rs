//! From the nodes of a document to triangles in one frame: meters, z up.

use std::collections::BTreeMap;

use glam::{DAffine3, DMat4, DQuat, DVec3};

use super::arrays::Arrays;
use super::data::Data;
use super::document::{Document, Node, Primitive};

/// Nodes below each other at most. Chosen: scene graphs of programs are some ten deep.
const MAX_DEPTH: usize = 256;
/// Triangles of one document at most. Chosen: some gigabytes of memory; finer scans come in tiles.
pub(crate) const MAX_TRIANGLES: usize = 20_000_000;

/// Extensions under which a document can be drawn although it requires them.
const KNOWN: [&str; 13] = [
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_materials_unlit",
    "KHR_materials_pbrSpecularGlossiness",
    "CESIUM_RTC",
    "EXT_mesh_features",
    "EXT_structural_metadata",
    "EXT_mesh_gpu_instancing",
    "KHR_draco_mesh_compression",
    "EXT_meshopt_compression",
    "KHR_meshopt_compression",
    "EXT_texture_webp",
    // What it holds says itself, where it stands, that it is not read.
    "KHR_texture_basisu",
];

/// Which axis of a document points up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Up {
    /// As glTF specifies.
    #[default]
    Y,
    /// As tilesets of before 1.0 said.
    X,
    Z,
}

impl Up {
    /// From the document's axes to such with z up.
    pub(crate) fn to_z(self) -> DMat4 {
        let (x, y, z) = (DVec3::X, DVec3::Y, DVec3::Z);
        let columns = match self {
            Self::Y => [x, z, -y],
            Self::X => [z, y, -x],
            Self::Z => [x, y, z],
        };
        DMat4::from_cols(
            columns[0].extend(0.0),
            columns[1].extend(0.0),
            columns[2].extend(0.0),
            DVec3::ZERO.extend(1.0),
        )
    }
}

/// Triangles of one material.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surface {
    /// The node that draws it.
    pub(crate) node: usize,
    pub(crate) points: Vec<DVec3>,
    /// Of each point, by number of the set of coordinates.
    pub(crate) places: BTreeMap<u32, Vec<[f32; 2]>>,
    /// Of each point, linear; empty where it has none.
    pub(crate) colors: Vec<[f32; 4]>,
    /// Id of the feature that each point belongs to; empty where there are none.
    pub(crate) features: Vec<u32>,
    pub(crate) triangles: Vec<[u32; 3]>,
    pub(crate) material: Option<usize>,
}

/// Where a document's surfaces stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stand {
    pub(crate) place: DMat4,
    /// The feature that all of it is; `None`: as its points say.
    pub(crate) feature: Option<u32>,
}

impl Surface {
    /// The same where it stands.
    pub(crate) fn moved(&self, stand: &Stand) -> Self {
        let place = DAffine3::from_mat4(stand.place);
        let mut out = self.clone();
        for p in &mut out.points {
            *p = place.transform_point3(*p);
        }
        if place.matrix3.determinant() < 0.0 {
            out.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
        if let Some(feature) = stand.feature {
            out.features = vec![feature; out.points.len()];
        }
        out
    }
}

/// What is wrong with or left out of a document: code, and a sentence.
pub(crate) type Notes = Vec<(&'static str, String)>;

/// All surfaces of the scene that a document shows; `frame`: from its own axes, y up, to those wanted.
pub(crate) fn surfaces(
    document: &Document,
    data: &Data<'_>,
    frame: DMat4,
    notes: &mut Notes,
) -> Vec<Surface> {
    for name in document.extensions_required.iter().filter(|n| !KNOWN.contains(&n.as_str())) {
        notes.push((
            "mesh.extension",
            format!("it requires {name}, which is not known here: it may be drawn wrong"),
        ));
    }
    if !document.animations.is_empty() || document.nodes.iter().any(|n| n.skin.is_some()) {
        notes.push(("mesh.rest", "what moves is drawn at rest".to_owned()));
    }
    let mut walk =
        Walk { document, data, notes, seen: vec![false; document.nodes.len()], out: Vec::new(), n: 0 };
    for node in roots(document) {
        walk.node(node, frame, 0);
    }
    walk.out
}

/// The nodes that a scene begins with.
fn roots(document: &Document) -> Vec<usize> {
    let scene = document.scene.unwrap_or(0);
    if let Some(scene) = document.scenes.get(scene) {
        return scene.nodes.clone();
    }
    let children: std::collections::BTreeSet<usize> =
        document.nodes.iter().flat_map(|n| n.children.iter().copied()).collect();
    (0..document.nodes.len()).filter(|n| !children.contains(n)).collect()
}

struct Walk<'a, 'd> {
    document: &'d Document,
    data: &'a Data<'d>,
    notes: &'a mut Notes,
    /// Nodes that were met: each has one parent, and none is its own.
    seen: Vec<bool>,
    out: Vec<Surface>,
    n: usize,
}

impl Walk<'_, '_> {
    fn node(&mut self, ix: usize, parent: DMat4, depth: usize) {
        let fresh = self.seen.get_mut(ix).map(|s| !std::mem::replace(s, true));
        let Some(node) = self.document.nodes.get(ix).filter(|_| fresh == Some(true) && depth < MAX_DEPTH)
        else {
            let what = match fresh {
                None => format!("node {ix} is named, but there are {}", self.document.nodes.len()),
                Some(false) => format!("node {ix} is named twice or is its own child"),
                Some(true) => format!("node {ix} lies more than {MAX_DEPTH} deep"),
            };
            self.notes.push(("mesh.node", what));
            return;
        };
        let place = parent * local(node);
        let instances = node.extensions.get("EXT_mesh_gpu_instancing");
        let repeated = instances.map(|e| repeated(self.data, e)).transpose();
        let places = repeated.unwrap_or_else(|why| {
            let what = format!("the instances of node {ix} cannot be read, and it is drawn once: {why}");
            self.notes.push(("mesh.instances", what));
            None
        });
        if let Some(mesh) = node.mesh {
            match self.document.meshes.get(mesh) {
                None => self
                    .notes
                    .push(("mesh.index", format!("node {ix} names mesh {mesh}, which is not there"))),
                Some(mesh) => {
                    let places = places.unwrap_or_else(|| vec![DMat4::IDENTITY]);
                    for (n, primitive) in mesh.primitives.iter().enumerate() {
                        for own in &places {
                            self.primitive(primitive, (ix, n), place * *own);
                        }
                    }
                }
            }
        }
        for &child in &node.children {
            self.node(child, place, depth + 1);
        }
    }

    fn primitive(&mut self, primitive: &Primitive, (node, n): (usize, usize), place: DMat4) {
        let note = match primitive.mode.unwrap_or(4) {
            0 => Some(("mesh.points", "points of glTF are not drawn".to_owned())),
            1..=3 => Some(("mesh.lines", "lines of glTF are not drawn".to_owned())),
            _ => None,
        };
        if let Some(note) = note {
            self.notes.push(note);
            return;
        }
        let placed = DAffine3::from_mat4(place);
        let sound = placed.is_finite() && placed.matrix3.determinant() != 0.0;
        match self.read(primitive, placed, node) {
            Err((code, why)) => {
                self.notes.push((code, format!("node {node}, primitive {n} is left out: {why}")));
            }
            Ok(_) if !sound => self.notes.push((
                "mesh.place",
                format!("node {node} is left out: its matrix is not finite or flattens it"),
            )),
            Ok(surface) => self.out.push(surface),
        }
    }

    fn read(
        &mut self,
        primitive: &Primitive,
        place: DAffine3,
        node: usize,
    ) -> Result<Surface, (&'static str, String)> {
        let bad = |why: String| ("mesh.data", why);
        if !primitive.targets.is_empty() {
            self.notes.push(("mesh.rest", "what moves is drawn at rest".to_owned()));
        }
        let arrays = Arrays::of(self.data, primitive)
            .map_err(|why| ("mesh.compressed", format!("it is packed, and cannot be unpacked {why}")))?;
        let points = arrays.numbers::<3>("POSITION").ok_or_else(|| bad("it has no positions".to_owned()))?;
        let points = points.map_err(bad)?;
        let n_points = points.len();
        let mut out = Surface { node, material: primitive.material, ..Surface::default() };
        let all = |what: &str, n: usize| {
            if n == n_points { Ok(()) } else { Err(bad(format!("{n} {what} for {n_points} positions"))) }
        };
        for set in 0..4_u32 {
            let Some(places) = arrays.numbers::<2>(&format!("TEXCOORD_{set}")) else { break };
            let places = places.map_err(bad)?;
            all("texture coordinates", places.len())?;
            out.places.insert(set, places);
        }
        if let Some(colors) = arrays.numbers::<4>("COLOR_0") {
            out.colors = colors.map_err(bad)?;
            all("colors", out.colors.len())?;
        }
        let ids = ["_BATCHID", "BATCHID", "_FEATURE_ID_0"];
        if let Some(features) = ids.into_iter().find_map(|name| arrays.whole(name)) {
            out.features = features.map_err(bad)?;
            all("ids of features", out.features.len())?;
        }
        let (corners, mode) = arrays.corners(n_points).map_err(bad)?;
        let mirrored = place.matrix3.determinant() < 0.0;
        let (kept, n_bad) = triangles(&corners, mode, n_points);
        out.triangles =
            kept.into_iter().map(|[a, b, c]| if mirrored { [a, c, b] } else { [a, b, c] }).collect();
        if n_bad > 0 {
            self.notes.push((
                "mesh.index",
                format!("{n_bad} triangles of node {node} name a vertex that is not there, and are left out"),
            ));
        }
        self.n += out.triangles.len();
        if self.n > MAX_TRIANGLES {
            return Err(("mesh.too_many", format!("the document has more than {MAX_TRIANGLES} triangles")));
        }
        let point = |p: [f32; 3]| place.transform_point3(DVec3::from_array(p.map(f64::from)));
        out.points = points.into_iter().map(point).collect();
        Ok(out)
    }
}

/// Where a node's shape stands by `EXT_mesh_gpu_instancing`. Why that cannot be read is a sentence.
fn repeated(data: &Data<'_>, said: &serde_json::Value) -> Result<Vec<DMat4>, String> {
    let column = |name: &str| {
        let ix = said.get("attributes")?.get(name)?.as_u64()?;
        Some(usize::try_from(ix).unwrap_or(usize::MAX))
    };
    let vectors = |name: &str| column(name).map(|ix| data.numbers::<3>(ix)).transpose();
    let (at, size) = (vectors("TRANSLATION")?, vectors("SCALE")?);
    let turn = column("ROTATION").map(|ix| data.numbers::<4>(ix)).transpose()?;
    let lengths = [at.as_ref().map(Vec::len), size.as_ref().map(Vec::len), turn.as_ref().map(Vec::len)];
    let n = lengths.into_iter().flatten().max().ok_or("it names neither places, sizes nor turns")?;
    if lengths.into_iter().flatten().any(|l| l != n) {
        return Err("its columns have different lengths".to_owned());
    }
    let row = |ix: usize| {
        let vector = |of: &Option<Vec<[f32; 3]>>| of.as_ref().and_then(|v| v.get(ix)).copied();
        let node = Node {
            translation: vector(&at).map(|v| v.map(f64::from)),
            scale: vector(&size).map(|v| v.map(f64::from)),
            rotation: turn.as_ref().and_then(|v| v.get(ix)).map(|v| v.map(f64::from)),
            ..Node::default()
        };
        local(&node)
    };
    Ok((0..n).map(row).collect())
}

fn local(node: &Node) -> DMat4 {
    if let Some(m) = node.matrix {
        return DMat4::from_cols_array(&m);
    }
    let turn = node.rotation.map_or(DQuat::IDENTITY, DQuat::from_array);
    let turn = if turn.length_squared() > 0.0 { turn.normalize() } else { DQuat::IDENTITY };
    DMat4::from_scale_rotation_translation(
        node.scale.map_or(DVec3::ONE, DVec3::from_array),
        turn,
        node.translation.map_or(DVec3::ZERO, DVec3::from_array),
    )
}

/// Triangles of a list, a strip or a fan; and how many name a vertex that is not there.
fn triangles(corners: &[u32], mode: u32, n_points: usize) -> (Vec<[u32; 3]>, usize) {
    let all: Vec<[u32; 3]> = match mode {
        5 => corners
            .windows(3)
            .enumerate()
            .filter_map(|(i, t)| match *t {
                [a, b, c] if i % 2 == 0 => Some([a, b, c]),
                [a, b, c] => Some([b, a, c]),
                _ => None,
            })
            .collect(),
        6 => {
            let (first, rest) = corners.split_first().map_or((0, corners), |(f, r)| (*f, r));
            rest.windows(2).filter_map(|t| Some([first, *t.first()?, *t.get(1)?])).collect()
        }
        _ => corners.as_chunks::<3>().0.to_vec(),
    };
    let n = all.len();
    let kept: Vec<[u32; 3]> =
        all.into_iter().filter(|t| t.iter().all(|v| (*v as usize) < n_points)).collect();
    let n_bad = n - kept.len();
    (kept, n_bad)
}
