//! Shapes of products from ifc-lite.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use glam::{DAffine3, DVec3};
use ifc_lite_core::{
    AttributeValue, ColumnLengthMismatch, ColumnarEntityIndex, DecodedEntity, DenseEntityIndex,
    EntityDecoder, ifc_type_from_keyword,
};
use ifc_lite_geometry::{GeometryRouter, RouterConfig};
use ifc_lite_processing::MeshData;
use ifc_lite_processing::element::{
    ElementJobKind, ElementMeshJob, MeshProductionOptions, OwnedMeshProductionContext,
    OwnedMeshProductionData, ProducedElementMeshes, ProductionModel, produce_element_meshes_owned,
};
use ifc_lite_processing::execution::{RouterCaches, SchedulerPolicy, build_router};
use ifc_lite_processing::prepass::{PrepassSpans, ResolveOptions, merge_indexed_colours, resolve_prepass};
use ifc_lite_processing::scan::ScanClass;
use ifc_lite_processing::style::GeometryStyleInfo;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cutters::{Uncut, leave_out};
use super::form::Part;
use super::layers::Layered;
use super::local::Model;
use super::looks::{Looks, bytes};
use super::task::{Attempt, Flaw, Made, Task};
use super::worn::Textures;
use crate::step::Record;

/// Distance from zero beyond which the library is given an offset. Specified: its own
/// `LARGE_COORD_THRESHOLD_METERS`; an f32 has 0.06 mm there.
const FAR_M: f64 = 1000.0;
/// Attribute of `IfcProduct` that holds its placement, in every schema.
const OBJECT_PLACEMENT: usize = 5;
/// Attribute of `IfcProduct` that holds its shape, in every schema.
const REPRESENTATION: usize = 6;
/// Attribute of `IfcProductDefinitionShape` that lists the representations.
const REPRESENTATIONS: usize = 2;
/// Attribute of `IfcShapeRepresentation` that lists the items.
const ITEMS: usize = 3;

/// Where the library finds the records of a file.
enum Index {
    Dense(Arc<DenseEntityIndex>),
    Columns(Arc<ColumnarEntityIndex>),
}

/// The library, prepared for one file. Shared by all threads.
pub(crate) struct IfcLite<'a> {
    model: Model<'a>,
    index: Index,
    /// Colors, and with them the openings of every host.
    pub(crate) looks: Looks,
    /// Without openings.
    uncut: Arc<OwnedMeshProductionContext>,
    /// All openings of each host.
    openings: FxHashMap<u32, Vec<u32>>,
    /// Hosts that keep some openings uncut if the library cuts them.
    uncuttable: BTreeMap<u64, Uncut>,
    /// By offset, in [`FAR_M`]: what the library keeps holds for one offset only.
    caches: Mutex<HashMap<[i64; 3], Caches>>,
}

/// What is asked for.
struct Want<'t> {
    task: &'t Task,
    how: Attempt,
    rest: &'t [(u64, Vec<u64>)],
}

/// What the library keeps from one product to the next.
#[derive(Clone)]
struct Caches {
    items: ifc_lite_geometry::ItemDedupCache,
    breps: ifc_lite_geometry::SharedBrepSignatureCache,
    mapped: ifc_lite_geometry::SharedMappedItemCache,
}

/// What a thread keeps from one product to the next.
#[derive(Default)]
pub(crate) struct Memory {
    points: FxHashMap<u32, (f64, f64, f64)>,
    placements: FxHashMap<u32, [f64; 16]>,
}

impl<'a> IfcLite<'a> {
    /// Reads what concerns all products, on the current thread pool: styles, materials, openings. `textures`: those of the
    /// file.
    ///
    /// # Errors
    /// The library does not take the index of the records.
    pub(crate) fn new(model: Model<'a>, textures: &Textures) -> Result<Self, ColumnLengthMismatch> {
        let content = model.file.content;
        // The library's own notes go to the log, never to the terminal; the first installation counts.
        ifc_lite_core::set_report_sink(|note| tracing::debug!(note, "ifc kernel"));
        let (index, spans) = index(&model)?;
        let mut decoder = decoder(&index, content, &model);
        let options = ResolveOptions { collect_indexed_colour_full: true, defer_attached_styles: false };
        let mut found = resolve_prepass(&spans, &mut decoder, options);
        merge_indexed_colours(&mut found.geometry_style_index, &found.indexed_colour_index);
        for &(item, color) in &textures.colors {
            if let Ok(item) = u32::try_from(item) {
                found.geometry_style_index.insert(item, GeometryStyleInfo::from_color(color));
            }
        }
        for (product, colors) in &textures.products {
            if let Ok(product) = u32::try_from(*product) {
                found.element_material_colors.insert(product, colors.clone());
            }
        }
        let openings = found.void_index.clone();
        let uncuttable = leave_out(&model, found.void_index.iter_mut().map(|(&host, o)| (host, o)));
        let colors = found.geometry_style_index.iter().map(|(&id, style)| (id, style.color)).collect();
        let data = OwnedMeshProductionData {
            void_index: Arc::new(found.void_index),
            geometry_style_index: Arc::new(found.geometry_style_index),
            indexed_colour_full: Arc::new(found.indexed_colour_full),
            element_material_colors: Arc::new(found.element_material_colors),
            // Textures are ours.
            texture_index: Arc::default(),
            site_local_rotation: None,
        };
        let run = ProductionModel::new();
        let cut = run.snapshot(data.clone());
        let uncut = run.snapshot(OwnedMeshProductionData { void_index: Arc::default(), ..data });
        Ok(Self {
            model,
            index,
            looks: Looks {
                colors,
                layers: Layered::read(&model, &textures.materials),
                covers: textures.covers.clone(),
                context: cut,
            },
            uncut,
            openings,
            uncuttable,
            caches: Mutex::default(),
        })
    }

    /// Whether openings are cut from a product.
    pub(crate) fn has_openings(&self, product: u64) -> bool {
        !self.openings(product).is_empty()
    }

    /// Openings of a product.
    pub(crate) fn openings(&self, product: u64) -> &[u32] {
        let id = u32::try_from(product).ok();
        id.and_then(|id| self.openings.get(&id)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Openings of a product that are too complicated to be cut, if it has such.
    pub(crate) fn uncut(&self, product: u64) -> Option<Uncut> {
        self.uncuttable.get(&product).copied()
    }

    fn router(&self, offset: DVec3) -> GeometryRouter {
        #[expect(clippy::cast_possible_truncation, reason = "a float-to-int cast saturates")]
        let key = (offset / FAR_M).to_array().map(|c| c.round() as i64);
        let caches = {
            let mut all = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
            let caches = all.entry(key).or_insert_with(|| Caches {
                items: GeometryRouter::new_dedup_cache(),
                breps: GeometryRouter::new_brep_signature_cache(),
                mapped: GeometryRouter::new_mapped_item_cache(),
            });
            caches.clone()
        };
        let config = RouterConfig {
            unit_scale: self.model.meters(),
            rtc_offset: offset.into(),
            ..RouterConfig::default()
        };
        let caches =
            RouterCaches { items: caches.items, brep_signatures: caches.breps, mapped_items: caches.mapped };
        build_router(config, SchedulerPolicy::PerJob, caches, None, None, None)
    }

    /// Makes a product's shape: in its own axes, or where openings are cut in the file's frame.
    ///
    /// `rest`: representations and those of their items that are wanted; all if there are none.
    pub(crate) fn shape(
        &self,
        task: &Task,
        how: Attempt,
        rest: &[(u64, Vec<u64>)],
        memory: &mut Memory,
    ) -> Made {
        let mut decoder = decoder(&self.index, self.model.file.content, &self.model);
        decoder.set_point_cache(std::mem::take(&mut memory.points));
        decoder.set_placement_transform_cache(std::mem::take(&mut memory.placements));
        let made = self.made(&Want { task, how, rest }, &mut decoder);
        memory.points = decoder.take_point_cache();
        memory.placements = decoder.take_placement_transform_cache();
        made.unwrap_or_else(|what| Made { flaws: vec![Flaw::Refusal(what)], ..Made::default() })
    }

    fn made(&self, want: &Want<'_>, decoder: &mut EntityDecoder<'_>) -> Result<Made, String> {
        let Want { task, how, .. } = *want;
        let id =
            u32::try_from(task.record).map_err(|_beyond| "the record's number is too large".to_owned())?;
        let entity = decoder.decode_by_id(id).map_err(|e| e.to_string())?;
        let color = self.looks.of_product(&self.model, task);
        let openings = task.openings && how == Attempt::Whole;
        let far = if openings { task.place.translation } else { task.near };
        let offset = if far.is_finite() { (far / FAR_M).round() * FAR_M } else { DVec3::ZERO };
        let router = self.router(offset);
        // Where the library would put it: what it makes in the file's frame is taken back from there.
        let mut library = DAffine3::IDENTITY;
        let entity = if openings {
            let place = router.resolve_scaled_placement(&entity, decoder).ok().and_then(affine);
            library = place.ok_or_else(|| "its placement cannot be evaluated".to_owned())?;
            entity
        } else {
            without(entity, OBJECT_PLACEMENT)
        };
        self.choose(want, &entity, decoder);
        let job = ElementMeshJob {
            id,
            ifc_type: ifc_type_from_keyword(&task.keyword),
            entity: &entity,
            kind: ElementJobKind::Product,
            element_color: Some(color),
            metadata: None,
        };
        let context = if openings { &self.looks.context } else { &self.uncut };
        let options = MeshProductionOptions::default();
        let produced = produce_element_meshes_owned(&job, context, &options, decoder, &router)
            .map_err(|e| e.to_string())?;
        let consumed = openings && router.host_consumed_by_void(id);
        let flaws = flaws(&produced, decoder, &router);
        let parts = produced.meshes.into_iter().filter(|m| m.indices.len() >= 3);
        let parts = parts.map(|m| part(m, offset)).collect();
        Ok(Made { parts, library, in_file: openings, flaws, consumed })
    }

    /// Lets the library see only the representations that were chosen, and of booleans only what is cut where a
    /// simple shape is wanted.
    fn choose(&self, want: &Want<'_>, entity: &DecodedEntity, decoder: &mut EntityDecoder<'_>) {
        let mut instead: FxHashMap<u32, Arc<DecodedEntity>> = FxHashMap::default();
        let reference = |id: &u64| u32::try_from(*id).ok().map(AttributeValue::EntityRef);
        if let Some(only) = &want.task.only
            && let Some(shape) = entity.get_ref(REPRESENTATION).and_then(|s| decoder.decode_by_id(s).ok())
        {
            let list = AttributeValue::List(only.iter().filter_map(reference).collect());
            instead.insert(shape.id, Arc::new(with(shape, REPRESENTATIONS, list)));
        }
        let simple = want.how == Attempt::Simple && want.rest.is_empty();
        let simple = if simple { want.task.simple_items(&self.model) } else { Vec::new() };
        for (representation, items) in want.rest.iter().chain(&simple) {
            let id = u32::try_from(*representation).ok();
            let Some(r) = id.and_then(|r| decoder.decode_by_id(r).ok()) else { continue };
            let list = AttributeValue::List(items.iter().filter_map(reference).collect());
            instead.insert(r.id, Arc::new(with(r, ITEMS, list)));
        }
        if !instead.is_empty() {
            decoder.inject_shared_cache(&instead);
        }
    }
}

/// On the threads of the pool that it is called in.
fn index(model: &Model<'_>) -> Result<(Index, PrepassSpans), ColumnLengthMismatch> {
    let scan = &model.file.scan;
    let row = |r: &Record| {
        let length = end_of(model, r) - r.start();
        Some((u32::try_from(r.id).ok()?, u32::try_from(r.start()).ok()?, u32::try_from(length).ok()?))
    };
    let mut spans = PrepassSpans::default();
    let is_stashed = |k: &str| ScanClass::classify(k) != ScanClass::Other;
    for r in scan.of_any(is_stashed) {
        if let Some((id, _, length)) = row(r) {
            spans.stash(scan.keyword(r), id, r.start(), r.start() + length as usize);
        }
    }
    let mut rows: Vec<(u32, u32, u32)> = scan.records.par_iter().filter_map(row).collect();
    rows.par_sort_unstable_by_key(|r| r.0);
    let ids: Vec<u32> = rows.iter().map(|r| r.0).collect();
    let starts: Vec<u32> = rows.iter().map(|r| r.1).collect();
    let lengths: Vec<u32> = rows.iter().map(|r| r.2).collect();
    drop(rows);
    if let Some(dense) = DenseEntityIndex::try_from_columns(&ids, &starts, &lengths) {
        return Ok((Index::Dense(Arc::new(dense)), spans));
    }
    let columns = ColumnarEntityIndex::from_owned_columns(ids, starts, lengths)?;
    Ok((Index::Columns(Arc::new(columns)), spans))
}

/// Byte behind the semicolon of a record.
fn end_of(model: &Model<'_>, r: &Record) -> usize {
    let behind = r.args().end;
    let rest = model.file.content.get(behind..).unwrap_or_default();
    rest.iter().position(|&b| b == b';').map_or(behind, |at| behind + at + 1)
}

fn decoder<'c>(index: &Index, content: &'c [u8], model: &Model<'_>) -> EntityDecoder<'c> {
    let mut decoder = EntityDecoder::new(content);
    match index {
        Index::Dense(dense) => decoder.set_dense_index(dense.clone()),
        Index::Columns(columns) => decoder.set_columnar_index(columns.clone()),
    }
    let mut decoder = decoder.with_strict_reals();
    decoder.seed_unit_scales(model.meters(), model.units.angle_rad);
    decoder
}

fn with(mut entity: DecodedEntity, at: usize, value: AttributeValue) -> DecodedEntity {
    let mut attributes = entity.attributes.to_vec();
    if let Some(a) = attributes.get_mut(at) {
        *a = value;
    }
    entity.attributes = attributes.into();
    entity
}

fn without(entity: DecodedEntity, at: usize) -> DecodedEntity {
    with(entity, at, AttributeValue::Null)
}

fn affine(columns: [f64; 16]) -> Option<DAffine3> {
    let m = glam::DMat4::from_cols_array(&columns);
    m.is_finite().then(|| DAffine3::from_mat4(m))
}

/// What the library left out or did by other means, in its order of gravity.
fn flaws(made: &ProducedElementMeshes, decoder: &EntityDecoder<'_>, router: &GeometryRouter) -> Vec<Flaw> {
    let mut out = Vec::new();
    let dropped = router.take_unsupported_items();
    if !dropped.is_empty() {
        out.push(Flaw::Dropped(ifc_lite_geometry::format_unsupported_breakdown(&dropped)));
    }
    let refused = decoder.refused_record_ids();
    if let Some(first) = refused.iter().min() {
        out.push(Flaw::Refused(u64::from(*first)));
    }
    let mut cuts: Vec<&str> =
        made.csg_failures.values().flatten().map(|failure| failure.reason.label()).collect();
    cuts.sort_unstable();
    cuts.dedup();
    if !cuts.is_empty() {
        out.push(Flaw::Cut(cuts.join(", ")));
    }
    out
}

fn part(m: MeshData, offset: DVec3) -> Part {
    Part {
        origin: (DVec3::from_array(m.origin) + offset).to_array(),
        color: bytes(m.color),
        positions: m.positions,
        normals: m.normals,
        indices: m.indices,
    }
}
