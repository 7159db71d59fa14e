//! The first shapes of a source whose import goes on: tiles of what has been made, for whoever looks at the project
//! meanwhile. They are of no object yet, and go when the import ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use glam::DAffine3;
use lantu_base::{CancelToken, ProjectFrame};
use lantu_ingest::{Batch, InstanceRecord, MeshRecord, ObjectRecord, TemplateRecord};
use lantu_tiles::io::PackStore;
use lantu_tiles::{InputInstance, InputMesh, SpillRoom, TemplateId, TileBuilder, TileLayer, TileTree};

use crate::SessionError;
use crate::placement::{Placer, SourceTransform};

/// Triangles that are shown of one source before its import has ended. Chosen: a large building; what is shown of a
/// larger one is a part of it.
const MOST_TRIANGLES: usize = 1_000_000;
/// Triangles that wait for their place to be known, or for the next look, at most. Chosen: some ten megabytes.
const MOST_WAITING: usize = 300_000;
/// Least time between two looks. Chosen: whoever waits sees that it goes on.
const PAUSE: Duration = Duration::from_millis(500);
/// Looks take this part of the import's time at most; the first one takes what it takes, which is little.
const SHARE: u32 = 8;

/// Shapes of the current file that were made since the look before.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapesLook {
    /// Tiles in the project's store until the project is closed; all their triangles are of object 0.
    pub tree: Arc<TileTree>,
}

/// Gathers shapes of one stream until they are worth a look.
pub(crate) struct FirstShapes<'a> {
    store: &'a dyn PackStore,
    frame: &'a ProjectFrame,
    started: Instant,
    last: Option<Instant>,
    spent: Duration,
    /// Where the source lies; `None` while that is not known.
    place: Option<SourceTransform>,
    /// Triangles that waited when the place was asked for last.
    asked_at: usize,
    templates: BTreeMap<u32, TemplateRecord>,
    meshes: Vec<MeshRecord>,
    instances: Vec<InstanceRecord>,
    /// Triangles of `meshes` and `instances`.
    waiting: usize,
    /// Triangles of looks.
    shown: usize,
    /// Nothing more is shown.
    closed: bool,
}

impl<'a> FirstShapes<'a> {
    pub(crate) fn new(store: &'a dyn PackStore, frame: &'a ProjectFrame) -> Self {
        Self {
            store,
            frame,
            started: Instant::now(),
            last: None,
            spent: Duration::ZERO,
            place: None,
            asked_at: 0,
            templates: BTreeMap::new(),
            meshes: Vec::new(),
            instances: Vec::new(),
            waiting: 0,
            shown: 0,
            closed: false,
        }
    }

    /// Takes note of a batch. `objects`: those that came before it; what starts hidden is not shown.
    pub(crate) fn take(&mut self, batch: &Batch, objects: &[ObjectRecord]) {
        // What lies nowhere yet, or comes faster than it can be shown, must not fill the memory.
        if self.waiting > MOST_WAITING && self.place.is_none() && self.asked_at > 0
            || self.shown > MOST_TRIANGLES
        {
            self.close();
        }
        if self.closed {
            return;
        }
        let is_full = self.waiting > MOST_WAITING;
        let is_drawn = |object: u32| objects.get(object as usize).is_some_and(|o| !o.hidden);
        match batch {
            Batch::Meshes(meshes) if !is_full => {
                for m in meshes.iter().filter(|m| is_drawn(m.object)) {
                    self.waiting += m.indices.len() / 3;
                    self.meshes.push(m.clone());
                }
            }
            Batch::Templates(templates) => {
                self.templates.extend(templates.iter().map(|t| (t.template, t.clone())));
            }
            Batch::Instances(instances) if !is_full => {
                for i in instances.iter().filter(|i| is_drawn(i.object)) {
                    let Some(template) = self.templates.get(&i.template) else { continue };
                    self.waiting += template.meshes.iter().map(|m| m.indices.len() / 3).sum::<usize>();
                    self.instances.push(i.clone());
                }
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        self.closed = true;
        self.forget();
        self.templates.clear();
    }

    fn forget(&mut self) {
        (self.meshes, self.instances, self.waiting, self.asked_at) = (Vec::new(), Vec::new(), 0, 0);
    }

    /// Whether what waits may be shown now, its place apart.
    fn is_due(&self) -> bool {
        let rested = self.last.is_none_or(|t| t.elapsed() >= PAUSE);
        let affordable = self.last.is_none() || self.started.elapsed() >= self.spent * SHARE;
        self.waiting > 0 && rested && affordable
    }

    /// Tiles of what waits, if it is time for them and the source has its place. `place`: says where it lies by what is
    /// known so far; asked until it answers, each time when twice as much waits.
    ///
    /// # Errors
    /// [`SessionError`] where the place cannot be carried out, or tiles cannot be written.
    pub(crate) fn look(
        &mut self,
        cancel: &CancelToken,
        place: impl FnOnce() -> Option<SourceTransform>,
    ) -> Result<Option<ShapesLook>, SessionError> {
        if !self.is_due() {
            return Ok(None);
        }
        let begun = Instant::now();
        if self.place.is_none() && self.waiting >= self.asked_at * 2 {
            self.asked_at = self.waiting;
            self.place = place();
        }
        let Some(transform) = &self.place else {
            self.spent += begun.elapsed();
            return Ok(None);
        };
        let placer = Placer::new(transform, self.frame)?;
        let mut builder = TileBuilder::within(SpillRoom::IN_MEMORY);
        self.push_meshes(&placer, &mut builder)?;
        self.push_instances(&placer, &mut builder)?;
        let tree = Arc::new(builder.build(self.store, cancel)?.tree);
        self.shown += self.waiting;
        self.forget();
        self.spent += begun.elapsed();
        self.last = Some(Instant::now());
        Ok((!tree.nodes.is_empty()).then_some(ShapesLook { tree }))
    }

    fn push_meshes(&mut self, placer: &Placer, builder: &mut TileBuilder) -> Result<(), SessionError> {
        for mut mesh in std::mem::take(&mut self.meshes) {
            let origin = placer.place_mesh(mesh.origin, &mut mesh.positions, &mut mesh.normals)?;
            builder.push(&input(&mesh, origin.0));
        }
        Ok(())
    }

    fn push_instances(&mut self, placer: &Placer, builder: &mut TileBuilder) -> Result<(), SessionError> {
        let mut added: BTreeMap<u32, TemplateId> = BTreeMap::new();
        for i in std::mem::take(&mut self.instances) {
            let Some(record) = self.templates.get(&i.template) else { continue };
            let template = *added.entry(i.template).or_insert_with(|| {
                let meshes: Vec<InputMesh<'_>> =
                    record.meshes.iter().map(|m| input(m, m.origin.into())).collect();
                builder.add_template(&meshes)
            });
            let world_from_template = placer.place_instance(DAffine3::from_cols_array(&i.matrix))?;
            let instance = InputInstance { object: 0, template, world_from_template, colors: &i.colors };
            builder.push_instance(TileLayer::Solid, &instance);
        }
        Ok(())
    }
}

fn input(mesh: &MeshRecord, origin: glam::DVec3) -> InputMesh<'_> {
    InputMesh { object: 0, ..crate::build::input_mesh(mesh, origin) }
}

#[cfg(test)]
mod tests {
    use lantu_ingest::ObjectKind;
    use lantu_tiles::io::DirPackStore;

    use super::*;

    fn frame() -> ProjectFrame {
        lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap()
    }

    fn object(id: &str, hidden: bool) -> ObjectRecord {
        ObjectRecord { hidden, ..ObjectRecord::new(ObjectKind::Product, "IfcWall", id) }
    }

    /// A triangle of an object at x meters.
    fn mesh(object: u32, x: f64) -> MeshRecord {
        MeshRecord {
            object,
            origin: [x, 0.0, 0.0],
            positions: vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            normals: Vec::new(),
            indices: vec![0, 1, 2],
            color: [200, 200, 200, 255],
        }
    }

    fn here() -> SourceTransform {
        SourceTransform { offset: [500_000.0, 4_400_000.0, 0.0], ..SourceTransform::IDENTITY }
    }

    #[test]
    fn shapes_are_shown_as_soon_as_there_are_some_where_their_place_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let store = DirPackStore::new(dir.path().to_owned());
        let (frame, cancel) = (frame(), CancelToken::default());
        let mut first = FirstShapes::new(&store, &frame);
        let objects = [object("wall", false), object("space", true)];
        assert_eq!(first.look(&cancel, || Some(here())).unwrap(), None, "nothing has come");
        first.take(&Batch::Meshes(vec![mesh(0, 2.0), mesh(1, 900.0)]), &objects);
        let look = first.look(&cancel, || Some(here())).unwrap().unwrap();
        let all = look.tree.bounds();
        assert!((all.min.x - 500_002.0).abs() < 0.01, "{all:?}");
        assert!(all.max.x < 500_010.0, "the space starts hidden: {all:?}");
        let packs = look.tree.nodes.iter().map(|n| store.read(n.hash).unwrap());
        let tiles: Vec<_> = packs.map(|p| lantu_tiles::decode_mesh_tile(&p).unwrap()).collect();
        assert!(!tiles.is_empty());
    }

    #[test]
    fn what_has_no_place_is_not_shown_and_does_not_fill_the_memory() {
        let dir = tempfile::tempdir().unwrap();
        let store = DirPackStore::new(dir.path().to_owned());
        let (frame, cancel) = (frame(), CancelToken::default());
        let mut first = FirstShapes::new(&store, &frame);
        let objects = [object("wall", false)];
        let mut asked = 0;
        let many: Vec<MeshRecord> = (0..1000).map(|n| mesh(0, f64::from(n))).collect();
        for _ in 0..=MOST_WAITING / 1000 + 1 {
            first.take(&Batch::Meshes(many.clone()), &objects);
            let look = first.look(&cancel, || {
                asked += 1;
                None
            });
            assert_eq!(look.unwrap(), None);
        }
        assert!(first.meshes.is_empty() && first.closed, "it waits for ever");
        assert!((2..20).contains(&asked), "asked {asked} times");
        assert_eq!(first.look(&cancel, || Some(here())).unwrap(), None);
    }
}
