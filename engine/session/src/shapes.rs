//! Exact triangles of a source's objects, as its file gave them: what tiles round to their steps.
//!
//! Kept in the source's own frame, before it was placed, in pages that are named by their content: a page that a new
//! revision of the source brings again is the same pack.

use std::sync::{Arc, Mutex, PoisonError};

use glam::{DAffine3, DVec3};
use lantu_ingest::{Batch, InstanceRecord, MeshRecord, TemplateRecord};
use lantu_tiles::PackHash;
use lantu_tiles::io::PackStore;
use serde::{Deserialize, Serialize};

use crate::SessionError;
use crate::packs::{read_value, write_value};

/// A page may end after so many bytes of numbers. Chosen: what is read to see one shape.
const PAGE_BYTES: usize = 256 << 10;
/// A page ends at the latest after so many bytes. Chosen: bounds the writer.
const MAX_PAGE_BYTES: usize = 2 << 20;
/// Of so many shapes beyond [`PAGE_BYTES`] one ends its page. Which one follows from its own numbers, so that pages
/// after a shape that was added are cut where they were cut before. Chosen.
const ENDS_ONE_IN: u64 = 8;
/// Pages that a reader keeps. Chosen: one of shapes and a few of repeated ones.
const PAGES_KEPT: usize = 4;

/// Where a mesh lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    page: u32,
    at: u32,
}

/// Where the shapes of a source lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShapesDirectory {
    pages: Vec<PackHash>,
    /// Object and place of each mesh, ascending.
    meshes: Vec<(u32, Place)>,
    /// Template and place of each of its meshes, ascending.
    templates: Vec<(u32, Place)>,
    /// Ascending by object.
    instances: Vec<InstanceRecord>,
}

impl ShapesDirectory {
    /// Names of its pages.
    pub(crate) fn pages(&self) -> impl Iterator<Item = PackHash> + '_ {
        self.pages.iter().copied()
    }
}

/// Writes shapes as they come. Holds one page and 12 bytes a mesh.
pub(crate) struct ShapesWriter<'s> {
    store: &'s dyn PackStore,
    directory: ShapesDirectory,
    page: Vec<MeshRecord>,
    page_bytes: usize,
}

impl<'s> ShapesWriter<'s> {
    pub(crate) fn new(store: &'s dyn PackStore) -> Self {
        Self { store, directory: ShapesDirectory::default(), page: Vec::new(), page_bytes: 0 }
    }

    /// Whether nothing came.
    pub(crate) fn is_empty(&self) -> bool {
        self.directory.meshes.is_empty() && self.directory.instances.is_empty()
    }

    /// Takes what a batch has of shapes.
    pub(crate) fn take(&mut self, batch: &Batch) -> Result<(), SessionError> {
        match batch {
            Batch::Meshes(m) => self.meshes(m),
            Batch::Templates(t) => self.templates(t),
            Batch::Instances(i) => {
                self.directory.instances.extend_from_slice(i);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn meshes(&mut self, meshes: &[MeshRecord]) -> Result<(), SessionError> {
        meshes.iter().try_for_each(|m| {
            let place = self.place(m)?;
            self.directory.meshes.push((m.object, place));
            Ok(())
        })
    }

    fn templates(&mut self, templates: &[TemplateRecord]) -> Result<(), SessionError> {
        for t in templates {
            for m in &t.meshes {
                let place = self.place(m)?;
                self.directory.templates.push((t.template, place));
            }
        }
        Ok(())
    }

    /// Adds a mesh to the page, without its object: the same shape of another object is the same bytes.
    fn place(&mut self, mesh: &MeshRecord) -> Result<Place, SessionError> {
        let narrow = |n: usize| u32::try_from(n).ok().ok_or(SessionError::Stream("too many shapes"));
        let place = Place { page: narrow(self.directory.pages.len())?, at: narrow(self.page.len())? };
        self.page_bytes += 4 * (mesh.positions.len() + mesh.normals.len() + mesh.indices.len());
        let ends = self.page_bytes >= MAX_PAGE_BYTES
            || (self.page_bytes >= PAGE_BYTES && mark(mesh).is_multiple_of(ENDS_ONE_IN));
        self.page.push(MeshRecord { object: 0, ..mesh.clone() });
        if ends {
            self.end_page()?;
        }
        Ok(place)
    }

    fn end_page(&mut self) -> Result<(), SessionError> {
        if !self.page.is_empty() {
            self.directory.pages.push(write_value(self.store, &self.page)?);
            self.page.clear();
            self.page_bytes = 0;
        }
        Ok(())
    }

    /// Writes what is left and the directory. `number`: from an object's number in the stream to the one it keeps.
    pub(crate) fn finish(mut self, number: impl Fn(u32) -> u32) -> Result<PackHash, SessionError> {
        self.end_page()?;
        let d = &mut self.directory;
        d.meshes.iter_mut().for_each(|(object, _)| *object = number(*object));
        d.instances.iter_mut().for_each(|i| i.object = number(i.object));
        d.meshes.sort_unstable();
        d.templates.sort_unstable();
        d.instances.sort_by_key(|i| i.object);
        write_value(self.store, &self.directory)
    }
}

/// A number that follows from a mesh's own numbers: FNV-1a over its first vertices and its counts.
fn mark(mesh: &MeshRecord) -> u64 {
    let counts = [mesh.positions.len() as u64, mesh.indices.len() as u64];
    let bits = mesh.positions.iter().take(48).map(|p| u64::from(p.to_bits())).chain(counts);
    let hash = bits.fold(0xcbf2_9ce4_8422_2325_u64, |h, v| (h ^ v).wrapping_mul(0x0100_0000_01b3));
    // The low bits of a product follow the low bits of its factors only; the high ones mix.
    hash >> 40
}

/// Triangles of one color of one object, in the frame of its source, meters.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapePart {
    /// Vertices. What was f32 relative to an origin is exact here.
    pub positions: Vec<DVec3>,
    /// Three a triangle, counterclockwise from outside.
    pub indices: Vec<u32>,
    /// sRGB and alpha.
    pub color: [u8; 4],
}

type KeptPage = (u32, Arc<Vec<MeshRecord>>);

/// Reads the shapes of a source, page by page.
pub(crate) struct SourceShapes {
    store: Arc<dyn PackStore>,
    directory: ShapesDirectory,
    kept: Mutex<Vec<KeptPage>>,
}

impl SourceShapes {
    /// Reads the directory.
    pub(crate) fn open(store: Arc<dyn PackStore>, directory: PackHash) -> Result<Self, SessionError> {
        let directory = read_value(&*store, directory)?;
        Ok(Self { store, directory, kept: Mutex::default() })
    }

    /// The triangles of an object, part by part in the order in which they came; none for an object without.
    pub(crate) fn of(&self, object: u32) -> Result<Vec<ShapePart>, SessionError> {
        let mut out = Vec::new();
        for (_, place) in within(&self.directory.meshes, object) {
            self.with(*place, |m| out.push(part(m, &DAffine3::IDENTITY, m.color)))?;
        }
        let instances = &self.directory.instances;
        let first = instances.partition_point(|i| i.object < object);
        for i in instances.iter().skip(first).take_while(|i| i.object == object) {
            let matrix = DAffine3::from_cols_array(&i.matrix);
            for (n, (_, place)) in within(&self.directory.templates, i.template).iter().enumerate() {
                self.with(*place, |m| {
                    out.push(part(m, &matrix, i.colors.get(n).copied().unwrap_or(m.color)));
                })?;
            }
        }
        Ok(out)
    }

    fn with(&self, place: Place, f: impl FnOnce(&MeshRecord)) -> Result<(), SessionError> {
        let page = self.page(place.page)?;
        let mesh = page.get(place.at as usize);
        f(mesh.ok_or(SessionError::Stream("a shape that its page does not have"))?);
        Ok(())
    }

    fn page(&self, ix: u32) -> Result<Arc<Vec<MeshRecord>>, SessionError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(n, _)| *n == ix) {
            let found = kept.remove(at);
            let page = Arc::clone(&found.1);
            kept.push(found);
            return Ok(page);
        }
        let hash = self.directory.pages.get(ix as usize);
        let hash = *hash.ok_or(SessionError::Stream("a page of shapes that the directory does not have"))?;
        let page: Arc<Vec<MeshRecord>> = Arc::new(read_value(&*self.store, hash)?);
        if kept.len() >= PAGES_KEPT {
            kept.remove(0);
        }
        kept.push((ix, Arc::clone(&page)));
        Ok(page)
    }
}

/// The entries of one object or template.
fn within(sorted: &[(u32, Place)], key: u32) -> &[(u32, Place)] {
    let first = sorted.partition_point(|(k, _)| *k < key);
    let end = sorted.partition_point(|(k, _)| *k <= key);
    sorted.get(first..end).unwrap_or(&[])
}

fn part(mesh: &MeshRecord, source_from_shape: &DAffine3, color: [u8; 4]) -> ShapePart {
    let origin = DVec3::from_array(mesh.origin);
    let at = |p: &[f32]| match *p {
        [x, y, z] => source_from_shape.transform_point3(origin + DVec3::new(x.into(), y.into(), z.into())),
        _ => DVec3::ZERO,
    };
    let positions: Vec<DVec3> = mesh.positions.chunks_exact(3).map(at).collect();
    let mut indices = Vec::with_capacity(mesh.indices.len());
    let mirrored = source_from_shape.matrix3.determinant() < 0.0;
    for t in mesh.indices.chunks_exact(3) {
        if let [a, b, c] = *t
            && [a, b, c].iter().all(|&i| (i as usize) < positions.len())
        {
            indices.extend(if mirrored { [a, c, b] } else { [a, b, c] });
        }
    }
    ShapePart { positions, indices, color }
}

#[cfg(test)]
mod tests {
    use lantu_tiles::io::MemoryPackStore;

    use super::*;

    fn mesh(object: u32, x: f32) -> MeshRecord {
        // Many vertices, so that pages end.
        let positions: Vec<f32> = (0_u16..3000).map(|i| x + f32::from(i) * 0.5).collect();
        MeshRecord {
            object,
            origin: [1e6, 2e6, 3.0],
            positions,
            normals: Vec::new(),
            indices: vec![0, 1, 2, 2, 1, 3, 0, 1, 4_000_000],
            color: [1, 2, 3, 255],
        }
    }

    fn number(n: u16) -> f32 {
        f32::from(n) * 1.37
    }

    #[test]
    fn shapes_come_back_exactly_without_triangles_that_name_no_vertex() {
        let store = Arc::new(MemoryPackStore::default());
        let mut w = ShapesWriter::new(&*store);
        w.take(&Batch::Meshes(vec![mesh(4, 0.1), mesh(2, 7.5)])).unwrap();
        let shapes = SourceShapes::open(store.clone(), w.finish(|n| n + 1).unwrap()).unwrap();
        assert!(shapes.of(4).unwrap().is_empty());
        let parts = shapes.of(5).unwrap();
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].indices, [0, 1, 2, 2, 1, 3]);
        assert_eq!(
            parts[0].positions[0],
            DVec3::new(1e6 + f64::from(0.1_f32), 2e6 + f64::from(0.6_f32), 3.0 + f64::from(1.1_f32))
        );
    }

    #[test]
    fn a_place_of_a_repeated_shape_is_turned_colored_and_wound_outward_when_mirrored() {
        let store = Arc::new(MemoryPackStore::default());
        let mut w = ShapesWriter::new(&*store);
        let mut shape = mesh(0, 1.0);
        shape.origin = [0.0; 3];
        w.take(&Batch::Templates(vec![TemplateRecord { template: 9, meshes: vec![shape] }])).unwrap();
        let matrix = [-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 10.0, 20.0, 30.0];
        let colors = vec![[9, 9, 9, 9]];
        w.take(&Batch::Instances(vec![InstanceRecord { object: 3, template: 9, matrix, colors }])).unwrap();
        let shapes = SourceShapes::open(store.clone(), w.finish(|n| n).unwrap()).unwrap();
        let parts = shapes.of(3).unwrap();
        assert_eq!(parts[0].positions[0], DVec3::new(9.0, 21.5, 32.0));
        assert_eq!((&parts[0].indices[..3], parts[0].color), (&[0, 2, 1][..], [9, 9, 9, 9]));
    }

    #[test]
    fn a_shape_more_at_the_beginning_leaves_most_pages_as_they_were() {
        let store = Arc::new(MemoryPackStore::default());
        let pages = |skip: u16| {
            let mut w = ShapesWriter::new(&*store);
            for n in skip..900 {
                w.take(&Batch::Meshes(vec![mesh(u32::from(n), number(n))])).unwrap();
            }
            let hash = w.finish(|n| n).unwrap();
            let d: ShapesDirectory = read_value(&*store, hash).unwrap();
            d.pages().collect::<std::collections::BTreeSet<_>>()
        };
        let (old, new) = (pages(1), pages(0));
        assert!(new.len() > 10, "{}", new.len());
        assert!(
            new.difference(&old).count() <= 3,
            "{} of {} pages are new",
            new.difference(&old).count(),
            new.len()
        );
    }
}
