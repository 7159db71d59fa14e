//! From an importer's stream to what a source leaves behind: columns, details, tiles, records.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use glam::{DAffine3, DVec3, Vec3};
use lantu_base::{
    Bounds, CancelToken, Code, Diagnostic, FeatureGeometry, ProjectFrame, Report, Severity, WorldPoint,
};
use lantu_ingest::{
    Batch, Begin, BindingRecord, End, EntryRecord, FeatureRecord, InstanceRecord, LabelRecord, MeshRecord,
    ObjectDetail, ObjectRecord, PointsRecord, RasterBegin, RelationRecord, SampleRecord, TaskRecord,
    TemplateRecord,
};
use lantu_scene::{ColumnWriter, Directory, NewObject, Relation, SourceColumns};
use lantu_schedule::Plan;
use lantu_tiles::io::PackStore;
use lantu_tiles::{
    CloudBuilder, FeatureArea, FeatureDrawer, HeightField, InputFeature, InputInstance, InputLine, InputMesh,
    InputPoint, LINE_PX, PackHash, RasterPyramid, TileBuilder, TileGroup, TileLayer, TileTree,
};

use crate::SessionError;
use crate::details::DetailsWriter;
use crate::features::{FeaturesWriter, read_features};
use crate::journal::RasterJournal;
use crate::numbers::{Arrival, keep_numbers};
use crate::packs::{Draped, PackPages, SourceIndex, Trees, write_directory, write_tree, write_value};
use crate::placement::{
    FactsBuilder, PlaceContext, Placement, PlacementState, Placer, SourceTransform, Weighed, weigh,
};
use crate::shapes::ShapesWriter;
use crate::style::{Dress, LayerStyle};
use crate::waiting::{Waiting, WaitingProperties, room};

/// The importer of surfaces as they were measured: their creases are no edges of anything, and are not drawn as lines.
const MEASURED: &str = "mesh";

/// Collects one stream. Raster tiles go to the store as they arrive; everything else waits for the end,
/// because a place may need the bounds of the whole: triangles beside the packs, the rest in memory.
pub(crate) struct SourceBuild<'a> {
    store: &'a dyn PackStore,
    pub(crate) begin: Begin,
    pub(crate) end: End,
    pub(crate) report: Report,
    pub(crate) objects: Vec<ObjectRecord>,
    details: Vec<ObjectDetail>,
    entries: Vec<EntryRecord>,
    properties: WaitingProperties<'a>,
    relations: Vec<RelationRecord>,
    /// [`MeshRecord`]s.
    meshes: Waiting<'a>,
    templates: Vec<TemplateRecord>,
    /// [`InstanceRecord`]s.
    instances: Waiting<'a>,
    /// [`PointsRecord`]s.
    points: Waiting<'a>,
    /// [`FeatureRecord`]s, as they came.
    features: Waiting<'a>,
    /// How a person wants them drawn.
    dress: Dress,
    labels: Vec<LabelRecord>,
    raster: Option<(RasterBegin, RasterPyramid)>,
    /// Notes which raster tiles are written, for when the import is ended.
    journal: Option<RasterJournal>,
    /// Exact triangles; `None` where nobody asks for them.
    shapes: Option<ShapesWriter<'a>>,
    /// What is measured to weigh its place.
    facts: FactsBuilder,
    /// From an object's place in the stream to its number; empty where they are the same.
    numbers: Vec<u32>,
    pub(crate) tasks: Vec<TaskRecord>,
    /// The schedule that the tasks belong to.
    pub(crate) plan: Option<Box<Plan>>,
    pub(crate) samples: Vec<SampleRecord>,
    pub(crate) bindings: Vec<BindingRecord>,
    /// The first failure of the store; the stream is then abandoned.
    pub(crate) failure: Option<SessionError>,
}

/// What a complete stream became.
pub(crate) struct BuiltSource {
    pub(crate) index: SourceIndex,
    pub(crate) trees: Trees,
    pub(crate) objects: Directory,
    pub(crate) placement: Placement,
    pub(crate) n_triangles: u64,
}

/// What is known of a source without tiles.
pub(crate) struct Records {
    /// [`Directory`] of columns, with bounds in the source's own frame.
    pub(crate) objects: PackHash,
    pub(crate) details: PackHash,
    pub(crate) shapes: Option<PackHash>,
}

/// What a source is placed against.
pub(crate) struct Surroundings<'a> {
    pub(crate) frame: &'a ProjectFrame,
    pub(crate) context: PlaceContext<'a>,
    /// A decision that was made before, for this source.
    pub(crate) decided: Option<Placement>,
    /// The source waits, whatever fits: somebody took a decision back.
    pub(crate) waits: bool,
    /// Numbers of its objects in its last revision, by id; empty for a new source.
    pub(crate) before: HashMap<String, u32>,
    pub(crate) cancel: &'a CancelToken,
}

impl<'a> SourceBuild<'a> {
    pub(crate) fn new(store: &'a dyn PackStore) -> Self {
        Self {
            store,
            begin: Begin::default(),
            end: End::default(),
            report: Report::default(),
            objects: Vec::new(),
            details: Vec::new(),
            entries: Vec::new(),
            properties: WaitingProperties::new(store),
            relations: Vec::new(),
            meshes: Waiting::new(store),
            templates: Vec::new(),
            instances: Waiting::new(store),
            points: Waiting::new(store),
            features: Waiting::new(store),
            dress: Dress::default(),
            labels: Vec::new(),
            raster: None,
            journal: None,
            shapes: Some(ShapesWriter::new(store)),
            facts: FactsBuilder::default(),
            numbers: Vec::new(),
            tasks: Vec::new(),
            plan: None,
            samples: Vec::new(),
            bindings: Vec::new(),
            failure: None,
        }
    }

    /// Without exact triangles: of what a program made, tiles are enough.
    pub(crate) fn without_shapes(store: &'a dyn PackStore) -> Self {
        Self { shapes: None, ..Self::new(store) }
    }

    /// Notes raster tiles in a journal, and begins with those that stand there.
    pub(crate) fn with_journal(mut self, journal: RasterJournal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// The source is complete: its journal goes.
    pub(crate) fn forget_journal(&mut self) {
        if let Some(journal) = self.journal.take() {
            journal.remove();
        }
    }

    /// The tiles of its raster, for when it waits: whoever accepts its place finds them made.
    pub(crate) fn raster_packs(&self) -> Vec<PackHash> {
        self.raster.as_ref().map(|(_, pyramid)| pyramid.tiles.values().copied().collect()).unwrap_or_default()
    }

    /// Takes one batch; `false` when the stream should stop because the cache cannot be written.
    pub(crate) fn take(&mut self, batch: Batch) -> bool {
        if let Some(shapes) = &mut self.shapes
            && let Err(e) = shapes.take(&batch)
        {
            self.failure = Some(e);
            return false;
        }
        match batch {
            Batch::Begin(b) => self.begin = b,
            Batch::Objects(o) => self.objects.extend(o),
            Batch::Details(d) => self.details.extend(d),
            Batch::Entries(e) => self.entries.extend(e),
            Batch::Relations(r) => self.relations.extend(r),
            Batch::Meshes(m) => {
                self.facts.meshes(&m, &self.objects);
                return self.kept(|b| b.meshes.push(&m));
            }
            Batch::Templates(t) => {
                self.facts.templates(&t);
                self.templates.extend(t);
            }
            Batch::Instances(i) => {
                self.facts.instances(&i, &self.objects);
                return self.kept(|b| b.instances.push(&i));
            }
            Batch::Points(p) => return self.kept(|b| b.points.push(&p)),
            Batch::Features(f) => return self.kept(|b| b.features.push(&f)),
            Batch::Labels(l) => self.labels.extend(l),
            Batch::Properties(p) => return self.kept(|b| b.properties.push(&p)),
            Batch::RasterBegin(r) => {
                let begun = self.journal.as_mut().map_or(Ok(BTreeMap::new()), |j| j.begin(&r.grid));
                let tiles = match begun {
                    Ok(tiles) => tiles,
                    Err(e) => {
                        self.failure = Some(e);
                        return false;
                    }
                };
                let pyramid = RasterPyramid { grid: r.grid.clone(), tiles };
                self.raster = Some((r, pyramid));
            }
            Batch::RasterTiles(tiles) => {
                if let Err(e) = self.store_raster_tiles(&tiles) {
                    self.failure = Some(e);
                    return false;
                }
            }
            Batch::Tasks(t) => self.tasks.extend(t),
            Batch::Plan(p) => self.plan = Some(p),
            Batch::Samples(s) => self.samples.extend(s),
            Batch::Bindings(b) => self.bindings.extend(b),
            Batch::Diagnostic(d) => self.report.push(d),
            Batch::End(e) => {
                self.report.counts = e.counts;
                self.end = e;
            }
            Batch::RasterPreview(_)
            | Batch::Progress { .. }
            | Batch::Counted { .. }
            | Batch::Usage { .. }
            | Batch::Failed { .. } => {}
        }
        true
    }

    /// Does what may fail with the disk; `false` as for [`SourceBuild::take`].
    fn kept(&mut self, work: impl FnOnce(&mut Self) -> Result<(), SessionError>) -> bool {
        self.failure = work(self).err();
        self.failure.is_none()
    }

    /// Takes one batch for [`SourceBuild::finish_records`], which builds no tiles: what only they need is dropped.
    pub(crate) fn take_records(&mut self, batch: Batch) -> bool {
        let only_drawn = matches!(
            batch,
            Batch::Meshes(_)
                | Batch::Templates(_)
                | Batch::Instances(_)
                | Batch::Points(_)
                | Batch::RasterTiles(_)
        );
        if !only_drawn {
            return self.take(batch);
        }
        self.kept(|b| b.shapes.as_mut().map_or(Ok(()), |s| s.take(&batch)))
    }

    /// Columns, details and shapes where they are in the source's own frame.
    pub(crate) fn finish_records(mut self) -> Result<Records, SessionError> {
        let objects = self.write_columns(|_, o| o.bbox.map_or(Bounds::EMPTY, Bounds::from_array))?;
        Ok(Records {
            objects: write_directory(self.store, &objects)?,
            details: self.write_details()?,
            shapes: self.write_shapes()?,
        })
    }

    fn store_raster_tiles(&mut self, tiles: &[lantu_ingest::RasterTile]) -> Result<(), SessionError> {
        let Some((_, pyramid)) = &mut self.raster else { return Ok(()) };
        let mut group = TileGroup::with_capacity(tiles.len());
        for tile in tiles {
            let hash = self.store.write(&tile.pack)?;
            pyramid.tiles.insert(tile.coord, hash);
            group.push((tile.coord, hash));
        }
        match &mut self.journal {
            Some(journal) => journal.push(&group),
            None => Ok(()),
        }
    }

    /// Draws a layer as a person wants it.
    pub(crate) fn restyle(&mut self, style: &LayerStyle) -> Result<(), SessionError> {
        let (dress, said) = Dress::of(style, &mut self.objects, &self.properties)?;
        self.dress = dress;
        for d in said {
            self.report.push(d);
        }
        Ok(())
    }

    /// Weighs how it may lie, by what has come so far. `begin`: what its file says.
    pub(crate) fn weigh(
        &self,
        begin: &Begin,
        frame: &ProjectFrame,
        context: &PlaceContext<'_>,
    ) -> Result<Placement, SessionError> {
        let bounds = self
            .objects
            .iter()
            .filter_map(|o| o.bbox)
            .map(Bounds::from_array)
            .fold(Bounds::EMPTY, Bounds::union);
        let control: Vec<String> = context.control.iter().map(|c| c.0.clone()).collect();
        let facts = self.facts.finish(&self.objects, &control);
        weigh(&Weighed { begin, bounds, facts: &facts }, frame, context)
    }

    /// Places and builds everything.
    pub(crate) fn finish(&mut self, around: &Surroundings<'_>) -> Result<BuiltSource, SessionError> {
        self.renumber(&around.before)?;
        let mut placement = self.weigh(&self.begin, around.frame, &around.context)?;
        if around.waits {
            (placement.state, placement.chosen) = (PlacementState::Waiting, None);
        }
        if let Some(decided) = &around.decided
            && decided.state == PlacementState::Placed
            && decided.transform().is_some()
        {
            // The person's decision stands, also when the file's bounds or the district have changed since.
            if !placement.is_same_place(decided) {
                placement = decided.clone();
            }
        }
        let gis = self.is_gis();
        let mut shift = [0.0; 3];
        if gis && let Some(transform) = placement.transform() {
            shift = transform.offset;
            self.shift(shift);
        }
        let mut builder = TileBuilder::within(room(self.store));
        let mut bounds: BTreeMap<u32, Bounds> = BTreeMap::new();
        if let Some(transform) = placement.transform() {
            let placer = Placer::new(transform, around.frame)?;
            self.place_meshes(&placer, &mut builder, &mut bounds)?;
            self.place_instances(&placer, &mut builder)?;
            self.place_lines(&placer, &mut builder)?;
        }
        builder.hide((0_u32..).zip(&self.objects).filter(|(_, o)| o.hidden).map(|(n, _)| n));
        let cloud = self.place_points(placement.transform(), around.frame)?;
        let built = match cloud {
            Some(cloud) => cloud.build(self.store, around.cancel)?,
            None => builder.build(self.store, around.cancel)?,
        };
        for d in built.dropped.diagnostics() {
            self.report.push(d);
        }
        let is_placed = placement.state == PlacementState::Placed;
        if !is_placed {
            // Layers were read as their file says, lines of models are in their own frame: nothing of it is shown until
            // its place is decided.
            self.features.take();
            self.labels.clear();
            self.raster = None;
        }
        let features = self.write_features(shift)?;
        let objects = self.write_columns(|n, record| match (is_placed, gis) {
            (false, _) => Bounds::EMPTY,
            (true, true) => record.bbox.map_or(Bounds::EMPTY, Bounds::from_array),
            (true, false) => {
                let drawn = built.objects.get(&n).map_or(Bounds::EMPTY, |o| o.bounds);
                bounds.get(&n).copied().unwrap_or(Bounds::EMPTY).union(drawn)
            }
        })?;
        let n_triangles = self.objects.iter().map(|o| u64::from(o.n_triangles)).sum();
        let index = SourceIndex {
            begin: self.begin.clone(),
            objects: write_directory(self.store, &objects)?,
            details: self.write_details()?,
            tree: write_tree(self.store, &built.tree)?,
            shapes: self.write_shapes()?,
            features,
            labels: if self.labels.is_empty() { None } else { Some(write_value(self.store, &self.labels)?) },
            plan: self.plan.as_ref().map(|p| write_value(self.store, p)).transpose()?,
            draped: None,
            raster: self.raster.take().map(|(_, pyramid)| pyramid),
        };
        let trees = Trees { own: Arc::new(built.tree), draped: Arc::default() };
        Ok(BuiltSource { index, trees, objects, placement, n_triangles })
    }

    /// Its geometry comes in coordinates of the project; without a CRS it comes without geometry.
    fn is_gis(&self) -> bool {
        self.begin.georeference == lantu_ingest::Georeference::Coordinates
            || self.begin.hints.extent.is_some()
    }

    /// Moves what came in coordinates of the project, meters.
    fn shift(&mut self, by: [f64; 3]) {
        if by.iter().all(|v| *v == 0.0) {
            return;
        }
        let moved = |p: &mut [f64; 3]| p.iter_mut().zip(by).for_each(|(v, d)| *v += d);
        for b in self.objects.iter_mut().filter_map(|o| o.bbox.as_mut()) {
            b.iter_mut().zip(by.iter().cycle()).for_each(|(v, d)| *v += d);
        }
        self.labels.iter_mut().for_each(|l| moved(&mut l.at));
        if let Some((begin, pyramid)) = &mut self.raster {
            for grid in [&mut begin.grid, &mut pyramid.grid] {
                grid.west_north[0] += by[0];
                grid.west_north[1] += by[1];
            }
        }
    }

    /// Gives objects that were there before the numbers that they had.
    fn renumber(&mut self, before: &HashMap<String, u32>) -> Result<(), SessionError> {
        let arrivals: Vec<Arrival<'_>> =
            self.objects.iter().map(|o| Arrival { id: &o.id, parent: o.parent }).collect();
        let numbers = keep_numbers(&arrivals, before);
        if numbers.iter().zip(0..).all(|(n, ix)| *n == ix) {
            return Ok(());
        }
        let number = |n: u32| numbers.get(n as usize).copied().unwrap_or(n);
        let mut objects: Vec<(u32, ObjectRecord)> =
            numbers.iter().copied().zip(std::mem::take(&mut self.objects)).collect();
        objects.sort_by_key(|(n, _)| *n);
        let moved = |(_, o): (u32, ObjectRecord)| ObjectRecord { parent: o.parent.map(number), ..o };
        self.objects = objects.into_iter().map(moved).collect();
        self.details.iter_mut().for_each(|d| d.object = number(d.object));
        self.properties.renumber(number)?;
        self.labels.iter_mut().for_each(|l| l.object = number(l.object));
        for r in &mut self.relations {
            (r.from, r.to) = (number(r.from), number(r.to));
        }
        self.numbers = numbers;
        Ok(())
    }

    /// The number of an object of the stream, once [`SourceBuild::renumber`] has given it.
    fn number(&self, n: u32) -> u32 {
        self.numbers.get(n as usize).copied().unwrap_or(n)
    }

    fn place_meshes(
        &mut self,
        placer: &Placer,
        builder: &mut TileBuilder,
        bounds: &mut BTreeMap<u32, Bounds>,
    ) -> Result<(), SessionError> {
        let waiting = self.meshes.take();
        let edged = self.begin.importer != MEASURED;
        for mesh in waiting.records::<MeshRecord>() {
            let mut mesh = mesh?;
            mesh.object = self.number(mesh.object);
            let origin = placer.place_mesh(mesh.origin, &mut mesh.positions, &mut mesh.normals)?;
            let own = bounds.entry(mesh.object).or_insert(Bounds::EMPTY);
            for p in mesh.positions.chunks_exact(3) {
                if let [x, y, z] = *p {
                    own.add(origin.0 + DVec3::new(x.into(), y.into(), z.into()));
                }
            }
            builder.push_in(TileLayer::Solid, edged, &input_mesh(&mesh, origin.0));
        }
        Ok(())
    }

    fn place_instances(&mut self, placer: &Placer, builder: &mut TileBuilder) -> Result<(), SessionError> {
        let mut templates = BTreeMap::new();
        for t in std::mem::take(&mut self.templates) {
            let meshes: Vec<InputMesh<'_>> =
                t.meshes.iter().map(|m| input_mesh(m, m.origin.into())).collect();
            templates.insert(t.template, builder.add_template(&meshes));
        }
        let waiting = self.instances.take();
        for i in waiting.records::<InstanceRecord>() {
            let i = i?;
            let Some(&template) = templates.get(&i.template) else {
                return Err(SessionError::Stream("a place of a shape that was not sent"));
            };
            let world_from_template = placer.place_instance(DAffine3::from_cols_array(&i.matrix))?;
            let instance = InputInstance {
                object: self.number(i.object),
                template,
                world_from_template,
                colors: &i.colors,
            };
            builder.push_instance(TileLayer::Solid, &instance);
        }
        Ok(())
    }

    /// The cloud of a source's points, which has no other shapes; `None` where it has no points or no place.
    fn place_points(
        &mut self,
        transform: Option<&SourceTransform>,
        frame: &ProjectFrame,
    ) -> Result<Option<CloudBuilder>, SessionError> {
        let waiting = self.points.take();
        let Some(transform) = transform else { return Ok(None) };
        let placer = Placer::new(transform, frame)?;
        let mut cloud: Option<CloudBuilder> = None;
        for record in waiting.records::<PointsRecord>() {
            let record = record?;
            let (object, origin) = (self.number(record.object), DVec3::from_array(record.origin));
            let place = |(at, color): ([f32; 3], [u8; 4])| {
                let at = placer.place(origin + Vec3::from_array(at).as_dvec3())?.0;
                Ok(InputPoint { object, at, color })
            };
            let points = record.iter().map(place).collect::<Result<Vec<_>, SessionError>>()?;
            cloud.get_or_insert_with(|| CloudBuilder::within(room(self.store))).push(&points)?;
        }
        Ok(cloud)
    }

    /// Lines of a model and its words: in its own frame until here, and no matter of the terrain.
    fn place_lines(&mut self, placer: &Placer, builder: &mut TileBuilder) -> Result<(), SessionError> {
        if self.is_gis() {
            return Ok(());
        }
        for f in self.features.take().records::<FeatureRecord>() {
            let f = f?;
            let FeatureGeometry::Lines(lines) = f.geometry else {
                return Err(SessionError::Stream("a model has features other than lines"));
            };
            for line in lines {
                let place = |p: [f64; 3]| placer.place(p.into()).map(|p| p.0);
                let points = line.into_iter().map(place).collect::<Result<Vec<DVec3>, _>>()?;
                let (object, color) = (self.number(f.object), f.style.color);
                builder.push_line(TileLayer::Solid, InputLine { object, points, color, width: LINE_PX });
            }
        }
        for label in &mut self.labels {
            label.at = placer.place(label.at.into())?.0.to_array();
        }
        Ok(())
    }

    /// Features as they are drawn: with the numbers, colors and places that their objects have now. `shift`: meters.
    fn write_features(&mut self, shift: [f64; 3]) -> Result<Option<PackHash>, SessionError> {
        let moved = |p: &mut [f64; 3]| p.iter_mut().zip(shift).for_each(|(v, d)| *v += d);
        let mut writer = FeaturesWriter::new(self.store);
        for page in self.features.take().batches::<FeatureRecord>() {
            let mut page = page?;
            for f in &mut page {
                let is_colored = self.dress.put_on(f);
                f.object = self.number(f.object);
                if is_colored && let Some(o) = self.objects.get_mut(f.object as usize) {
                    o.color = Some(f.style.color);
                }
                match &mut f.geometry {
                    FeatureGeometry::Points(points) => points.iter_mut().for_each(moved),
                    FeatureGeometry::Lines(lines) => lines.iter_mut().flatten().for_each(moved),
                    FeatureGeometry::Polygons(rings) => rings.iter_mut().flatten().flatten().for_each(moved),
                }
            }
            writer.push(&page)?;
        }
        writer.finish()
    }

    fn write_columns(
        &self,
        bounds: impl Fn(u32, &ObjectRecord) -> Bounds,
    ) -> Result<Directory, SessionError> {
        let pages = PackPages(self.store);
        let mut columns = ColumnWriter::new(&pages);
        for (record, n) in self.objects.iter().zip(0..) {
            columns.push(NewObject {
                id: &record.id,
                class: &record.class,
                name: &record.name,
                kind: scene_kind(record.kind),
                parent: record.parent,
                bounds: bounds(n, record),
                area_m2: record.area_m2,
                volume_m3: record.volume_m3,
                n_triangles: record.n_triangles,
                closed: record.closed,
                color: record.color,
                hidden: record.hidden,
                stand_in: record.stand_in,
                diagnostics: &record.diagnostics.join(" "),
            })?;
        }
        for r in &self.relations {
            columns.relate(Relation { kind: scene_relation(r.kind), from: r.from, to: r.to });
        }
        Ok(columns.finish()?)
    }

    fn write_shapes(&mut self) -> Result<Option<PackHash>, SessionError> {
        let shapes = self.shapes.take().filter(|s| !s.is_empty());
        let number = |n: u32| self.number(n);
        shapes.map(|s| s.finish(number)).transpose()
    }

    fn write_details(&mut self) -> Result<PackHash, SessionError> {
        let mut details = std::mem::take(&mut self.details);
        details.sort_by_key(|d| d.object);
        let mut writer = DetailsWriter::new(self.store);
        let mut details = details.into_iter().peekable();
        for part in self.properties.parts() {
            let mut properties = part?.into_iter().peekable();
            while let Some(object) = properties.peek().map(|p| p.object) {
                while let Some(detail) = details.next_if(|d| d.object < object) {
                    writer.push(detail.object, Some(detail), [])?;
                }
                let detail = details.next_if(|d| d.object == object);
                let own = std::iter::from_fn(|| properties.next_if(|p| p.object == object));
                writer.push(object, detail, own)?;
            }
        }
        for detail in details {
            writer.push(detail.object, Some(detail), [])?;
        }
        writer.push_entries(std::mem::take(&mut self.entries))?;
        writer.finish()
    }
}

fn input_feature(f: &FeatureRecord) -> InputFeature<'_> {
    InputFeature { object: f.object, geometry: &f.geometry, style: &f.style }
}

pub(crate) fn input_mesh(mesh: &MeshRecord, origin: DVec3) -> InputMesh<'_> {
    InputMesh {
        object: mesh.object,
        origin: WorldPoint(origin),
        positions: &mesh.positions,
        normals: &mesh.normals,
        indices: &mesh.indices,
        color: mesh.color,
    }
}

fn scene_kind(kind: lantu_ingest::ObjectKind) -> lantu_scene::ObjectKind {
    use lantu_ingest::ObjectKind as From;
    use lantu_scene::ObjectKind as To;
    match kind {
        From::Product => To::Product,
        From::Group => To::Group,
        From::Feature => To::Feature,
        From::Raster => To::Raster,
    }
}

fn scene_relation(kind: lantu_ingest::RelationKind) -> lantu_scene::RelationKind {
    use lantu_ingest::RelationKind as From;
    use lantu_scene::RelationKind as To;
    match kind {
        From::Contains => To::Contains,
        From::Voids => To::Voids,
        From::Fills => To::Fills,
        From::Groups => To::Groups,
        From::Connects => To::Connects,
    }
}

/// What features are laid on.
#[derive(Clone, Copy)]
pub(crate) struct Terrain<'a> {
    /// Its name: see [`crate::packs::terrain_key`].
    pub(crate) key: PackHash,
    pub(crate) field: &'a dyn HeightField,
}

/// Builds the tiles of a source's features for a terrain, and its columns with the bounds that follow. `flat`: its
/// columns as they were imported.
pub(crate) fn drape(
    store: &dyn PackStore,
    index: &SourceIndex,
    terrain: Terrain<'_>,
    flat: &SourceColumns,
    cancel: &CancelToken,
) -> Result<Option<(Draped, TileTree, SourceColumns)>, SessionError> {
    let Some(features) = index.features else { return Ok(None) };
    let mut area = FeatureArea::default();
    for page in read_features(store, features)? {
        cancel.check()?;
        page?.iter().for_each(|f| area.add(&input_feature(f)));
    }
    let mut drawer = FeatureDrawer::new(area, terrain.field, room(store));
    let mut colors: BTreeMap<u32, [u8; 4]> = BTreeMap::new();
    for page in read_features(store, features)? {
        for f in page? {
            cancel.check()?;
            drawer.draw(&input_feature(&f));
            colors.insert(f.object, f.style.color);
        }
    }
    let built = drawer.finish().build(store, cancel)?;
    let columns = flat.with_places(&mut |first, page| {
        let numbers = first..first.saturating_add(u32::try_from(page.len()).unwrap_or(u32::MAX));
        let at = |number: &u32| (number - first) as usize;
        for (number, extent) in built.objects.range(numbers.clone()) {
            if let Some(b) = page.bounds.get_mut(at(number)) {
                *b = extent.bounds;
            }
            if let Some(n) = page.n_triangles.get_mut(at(number)) {
                *n = extent.n_triangles;
            }
        }
        for (number, color) in colors.range(numbers) {
            page.set_color(at(number), *color);
        }
    })?;
    let tree = write_tree(store, &built.tree)?;
    let objects = write_directory(store, columns.directory())?;
    Ok(Some((Draped { terrain: terrain.key, tree, objects }, built.tree, columns)))
}

/// The diagnostic for a source that waits for its place.
pub(crate) fn waiting_diagnostic(placement: &Placement) -> Diagnostic {
    let n = placement.hypotheses.len();
    let best = placement.hypotheses.first().map_or("", |h| &h.name);
    Diagnostic::new(
        Code::new("placement.waiting"),
        Severity::Warning,
        "",
        format!("the source waits for its place: {n} hypotheses, best {best}; accept one with `lantu placement … --accept N`"),
    )
    .with("n", n)
    .with("best", best)
}
