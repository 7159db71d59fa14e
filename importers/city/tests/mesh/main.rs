//! Surfaces in glTF and 3D Tiles: where they stand, how they are colored, which levels are drawn, and files that lie.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests are tests")]

mod corpus;
mod gltf;
mod hostile;
mod packed;
mod tiles;
mod write;

use std::path::Path;

use lantu_city::MeshImporter;
use lantu_ingest::{
    Batch, Begin, ImportError, ImportJob, ImportMode, Importer, MeshRecord, ObjectRecord, PropertyRecord,
    VecSink,
};

/// What a stream has.
#[derive(Default)]
pub(crate) struct Stream {
    pub(crate) begin: Begin,
    pub(crate) objects: Vec<ObjectRecord>,
    pub(crate) meshes: Vec<MeshRecord>,
    pub(crate) properties: Vec<PropertyRecord>,
    /// Code, and the message.
    pub(crate) said: Vec<(String, String)>,
}

impl Stream {
    pub(crate) fn says(&self, code: &str) -> bool {
        self.said.iter().any(|s| s.0 == code)
    }

    pub(crate) fn n_triangles(&self) -> usize {
        self.meshes.iter().map(|m| m.indices.len() / 3).sum()
    }

    /// Corners of the meshes of a color.
    pub(crate) fn corners(&self, color: [u8; 4]) -> Vec<[f64; 3]> {
        let of = |m: &MeshRecord| {
            let origin = m.origin;
            let at = move |p: &[f32; 3]| [0, 1, 2].map(|k| origin[k] + f64::from(p[k]));
            m.positions.as_chunks::<3>().0.iter().map(at).collect::<Vec<_>>()
        };
        self.meshes.iter().filter(|m| m.color == color).flat_map(of).collect()
    }

    pub(crate) fn colors(&self) -> Vec<[u8; 4]> {
        let mut out: Vec<[u8; 4]> = self.meshes.iter().map(|m| m.color).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// A job that imports into a project without a height datum, in EPSG:4548.
pub(crate) fn job(path: &Path) -> ImportJob {
    let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
    ImportJob { mode: ImportMode::Import, frame: Some(frame), ..ImportJob::inspect(path) }
}

pub(crate) fn import(path: &Path) -> Result<Stream, ImportError> {
    run(&job(path))
}

pub(crate) fn run(job: &ImportJob) -> Result<Stream, ImportError> {
    let mut sink = VecSink::default();
    MeshImporter.import(job, &mut sink)?;
    let mut out = Stream::default();
    for batch in sink.0 {
        match batch {
            Batch::Begin(b) => out.begin = b,
            Batch::Objects(o) => out.objects.extend(o),
            Batch::Meshes(m) => out.meshes.extend(m),
            Batch::Properties(p) => out.properties.extend(p),
            Batch::Diagnostic(d) => out.said.push((d.code.to_string(), d.message)),
            _ => {}
        }
    }
    Ok(out)
}

/// A box is where it should be, to a tenth of a millimeter.
pub(crate) fn assert_box(bbox: Option<[f64; 6]>, expected: [f64; 6]) {
    let b = bbox.unwrap();
    assert!(b.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-4), "{b:?} is not {expected:?}");
}
