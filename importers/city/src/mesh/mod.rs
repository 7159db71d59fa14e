//! Measured and modeled surfaces as context: glTF and GLB, batched tiles (b3dm), and tilesets of 3D Tiles 1.0 and 1.1.

mod arrays;
mod collect;
mod container;
mod data;
mod document;
mod folder;
mod ground;
mod implicit;
mod instances;
mod packed;
mod paint;
mod send;
mod surfaces;
mod tileset;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use glam::{DMat4, DVec3};
use lantu_ingest::{
    Batch, Begin, Confidence, End, Georeference, ImportError, ImportJob, ImportMode, ImportSink, Importer,
    PlaceHints,
};

use crate::importer::{counts, failed};
use container::{Content, Model};
use data::Data;
use document::{Document, GLB_MAGIC};
use folder::{Folder, bytes_of};
use ground::Ground;
use instances::Instance;
use paint::{Facet, Painter};
use send::{Sender, Wanted};
use surfaces::{MAX_TRIANGLES, Notes, Stand, Surface, Up, surfaces};
use tileset::{Chosen, Selection};

/// Surfaces in glTF 2.0 (`.gltf`, `.glb`), in batched tiles (`.b3dm`), and in tilesets (`tileset.json`).
#[derive(Clone, Copy, Debug, Default)]
pub struct MeshImporter;

/// Triangles that pictures are cut into, in all tiles together. Chosen: what a district of context may cost beside the
/// district itself.
const PAINTED: usize = 1_500_000;
/// The same for one tile at least.
const PAINTED_OF_TILE: usize = 5_000;

impl Importer for MeshImporter {
    fn name(&self) -> &'static str {
        "mesh"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        if head.starts_with(GLB_MAGIC) || container::is_tile(head) {
            return Confidence::MAGIC;
        }
        let text = String::from_utf8_lossy(head);
        let json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let has = |word: &str| text.contains(word);
        let ends = |e: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(e));
        let gltf = has("\"asset\"") && (has("\"meshes\"") || has("\"nodes\"") || has("\"scenes\""));
        let set = has("\"asset\"") && has("\"geometricError\"") && has("\"root\"");
        match json {
            true if ends("gltf") || set => Confidence::MAGIC,
            true if gltf => Confidence::CONTENT,
            _ if ends("glb") || ends("b3dm") => Confidence::NAME,
            _ => Confidence::NO,
        }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let started = Instant::now();
        let read = |source| ImportError::Read { source, path: job.path.clone() };
        let folder = Folder::of(&job.path).map_err(read)?;
        let Source { schema, selection, is_set } = open(&job.path, &folder)?;
        let ground = Ground::of(job, selection.on_earth)?;
        let extent = match (&ground, job.mode) {
            (Ground::Map(..), ImportMode::Import) => extent(job, &selection.tiles, &folder)?,
            _ => None,
        };
        begin(job, out, schema, (&ground, extent))?;
        let mut sender = Sender::new(job, out);
        sender.notes("", selection.notes)?;
        ground.tell(&mut sender)?;
        let open_s = started.elapsed().as_secs_f64();
        let n_tiles = selection.tiles.len();
        let budget = (PAINTED / n_tiles.max(1)).max(PAINTED_OF_TILE);
        for (done, tile) in selection.tiles.iter().enumerate() {
            job.cancel.check()?;
            sender.progress(done as u64, n_tiles as u64)?;
            match one(tile, &folder, (&ground, is_set, budget), &mut sender) {
                Ok(()) => {}
                Err(Failure::Import(e)) => return Err(e),
                Err(Failure::Content(why)) if is_set => {
                    sender.notes(
                        &tile.name,
                        vec![("mesh.unreadable", format!("the tile is left out: {why}"))],
                    )?;
                    sender.n_dropped += 1;
                }
                Err(Failure::Content(why)) => return Err(failed("mesh.unreadable", &why, "")),
            }
        }
        let (n_objects, n_dropped) = sender.finish()?;
        let geometry_s = started.elapsed().as_secs_f64() - open_s;
        out.send(Batch::End(End { counts: counts(n_objects + n_dropped, n_dropped), open_s, geometry_s }))
    }
}

/// What a file is, and which tiles of it are drawn.
struct Source {
    schema: String,
    selection: Selection,
    /// It is a tileset.
    is_set: bool,
}

fn open(path: &Path, folder: &Folder) -> Result<Source, ImportError> {
    let bytes = bytes_of(path).map_err(|why| failed("mesh.unreadable", &why, ""))?;
    let one = |schema: String, on_earth: bool| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let tile = Chosen { path: path.to_owned(), name, frame: DMat4::IDENTITY, up: Up::Y };
        let selection = Selection { tiles: vec![tile], on_earth, ..Selection::default() };
        Source { schema, selection, is_set: false }
    };
    if container::is_tile(&bytes) {
        let content = container::content(&bytes).map_err(|why| failed("mesh.unreadable", &why, ""))?;
        let kind = String::from_utf8_lossy(bytes.get(..4).unwrap_or_default()).into_owned();
        return Ok(one(
            kind,
            content.models.iter().any(|m| tileset::is_on_earth(DVec3::from_array(m.center))),
        ));
    }
    if bytes.starts_with(GLB_MAGIC) {
        return Ok(one("GLB 2.0".to_owned(), false));
    }
    let is_set =
        serde_json::from_slice::<tileset::Tileset>(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes));
    if is_set.as_ref().is_ok_and(tileset::Tileset::is_one) {
        let selection = tileset::select(path, folder).map_err(|why| failed("mesh.unreadable", &why, ""))?;
        let schema = format!("3D Tiles {}", selection.version);
        return Ok(Source { schema, selection, is_set: true });
    }
    Ok(one("glTF 2.0".to_owned(), false))
}

fn begin(
    job: &ImportJob,
    out: &mut dyn ImportSink,
    schema: String,
    (ground, extent): (&Ground, Option<[f64; 4]>),
) -> Result<(), ImportError> {
    let inspects = job.mode == ImportMode::Inspect;
    let declared_crs = ground.crs_text();
    let knows = declared_crs.is_some();
    let project = job.frame.as_ref().map(|f| f.crs.clone());
    out.send(Batch::Begin(Begin {
        importer: "mesh".to_owned(),
        schema,
        crs: if inspects { declared_crs.clone() } else { project.filter(|_| knows) },
        declared_crs,
        unit: ground.unit(),
        georeference: if knows { Georeference::Coordinates } else { Georeference::None },
        hints: Box::new(PlaceHints {
            extent,
            crs_is_stated: job.crs_override.is_some(),
            asks_height: ground.asks_height(),
            ..PlaceHints::default()
        }),
    }))
}

/// Why a tile is not drawn.
enum Failure {
    /// Nothing more can be sent.
    Import(ImportError),
    /// Its content cannot be read.
    Content(String),
}

impl From<ImportError> for Failure {
    fn from(e: ImportError) -> Self {
        Self::Import(e)
    }
}

/// Reads one tile and sends what is in it.
fn one(
    tile: &Chosen,
    folder: &Folder,
    (ground, is_set, budget): (&Ground, bool, usize),
    sender: &mut Sender<'_>,
) -> Result<(), Failure> {
    let bytes = bytes_of(&tile.path).map_err(Failure::Content)?;
    let from = tile.path.parent().unwrap_or(folder.root());
    let Content { models, notes } = container::content(&bytes).map_err(Failure::Content)?;
    sender.notes(&tile.name, notes)?;
    for (n, model) in models.iter().enumerate() {
        let Named { bytes, from } = named(model, (folder, from)).map_err(Failure::Content)?;
        let (document, own) = document::document(&bytes).map_err(Failure::Content)?;
        let data = Data::read(&document, own, (folder, &from));
        let mut notes = Notes::new();
        let once = surfaces(&document, &data, tile.up.to_z(), &mut notes);
        let frame = frame(tile, model, &document);
        let places = placed(&once, frame, model.instances.as_deref(), &mut notes);
        let name = if n == 0 { tile.name.clone() } else { format!("{}/{n}", tile.name) };
        let wanted = Wanted { name: &name, model, document: &document, by_node: !is_set };
        let mut shapes = wanted.shapes(&once);
        let mut painter = Painter::new(&document, &data, (folder, &from));
        let budget = budget / places.len().max(1);
        for (n, place) in places.iter().enumerate() {
            let mut all: Vec<Surface> = once.iter().map(|s| s.moved(place)).collect();
            for s in &mut all {
                sender.check()?;
                ground.apply(&mut s.points);
            }
            let facets = &mut |facet: Facet| shapes.add(&facet);
            if sender.draws() {
                // What is wrong with a picture is wrong wherever the shape stands.
                let mut said = Notes::new();
                painter.paint(&all, budget, &mut said, facets);
                notes.extend(if n == 0 { said } else { Notes::new() });
            } else {
                paint::plain(&all, facets);
            }
        }
        notes.extend(shapes.notes());
        sender.notes(&name, notes)?;
        sender.shapes(shapes)?;
    }
    Ok(())
}

/// The bytes of a document, and the folder that it names files in.
struct Named<'b> {
    bytes: Cow<'b, [u8]>,
    from: PathBuf,
}

fn named<'b>(model: &Model<'b>, (folder, from): (&Folder, &Path)) -> Result<Named<'b>, String> {
    match &model.document {
        container::Source::Own(bytes) => Ok(Named { bytes: Cow::Borrowed(bytes), from: from.to_owned() }),
        container::Source::File(uri) => {
            let path = folder.resolve(from, uri)?;
            let from = path.parent().unwrap_or(from).to_owned();
            Ok(Named { bytes: Cow::Owned(bytes_of(&path)?), from })
        }
    }
}

/// Where the surfaces of a document stand: once, or as often as the tile says, as far as that is not too much.
fn placed(once: &[Surface], frame: DMat4, instances: Option<&[Instance]>, notes: &mut Notes) -> Vec<Stand> {
    let Some(instances) = instances else { return vec![Stand { place: frame, feature: None }] };
    let n_each: usize = once.iter().map(|s| s.triangles.len()).sum();
    let most = MAX_TRIANGLES / n_each.max(1);
    if instances.len() > most {
        let what = format!(
            "only {most} of {} instances are drawn: all have more than {MAX_TRIANGLES} triangles",
            instances.len()
        );
        notes.push(("mesh.too_many", what));
    }
    let stand = |i: &Instance| Stand { place: frame * i.place, feature: Some(i.feature) };
    instances.iter().take(most).map(stand).collect()
}

/// From a document's axes, z up, to the frame of the tileset.
fn frame(tile: &Chosen, model: &Model<'_>, document: &Document) -> DMat4 {
    let rtc = document.extensions.get("CESIUM_RTC").and_then(|e| tileset::numbers::<3>(e.get("center")?));
    let center = DVec3::from_array(model.center) + rtc.map_or(DVec3::ZERO, DVec3::from_array);
    tile.frame * DMat4::from_translation(center)
}

/// What all tiles cover: xmin, ymin, xmax, ymax; `None` where nothing can be read.
fn extent(job: &ImportJob, tiles: &[Chosen], folder: &Folder) -> Result<Option<[f64; 4]>, ImportError> {
    let mut out: Option<[f64; 4]> = None;
    for tile in tiles {
        job.cancel.check()?;
        // What cannot be read is told by the import itself.
        let Ok(bytes) = bytes_of(&tile.path) else { continue };
        let Ok(content) = container::content(&bytes) else { continue };
        for model in &content.models {
            let from = tile.path.parent().unwrap_or(folder.root());
            let Ok(Named { bytes, from }) = named(model, (folder, from)) else { continue };
            let Ok((document, own)) = document::document(&bytes) else { continue };
            let data = Data::read(&document, own, (folder, &from));
            let mut notes = Notes::new();
            let once = surfaces(&document, &data, tile.up.to_z(), &mut notes);
            let frame = frame(tile, model, &document);
            for stand in placed(&once, frame, model.instances.as_deref(), &mut notes) {
                for p in once.iter().flat_map(|s| &s.points).map(|p| stand.place.transform_point3(*p)) {
                    if p.is_finite() {
                        let e = out.unwrap_or([p.x, p.y, p.x, p.y]);
                        out = Some([e[0].min(p.x), e[1].min(p.y), e[2].max(p.x), e[3].max(p.y)]);
                    }
                }
            }
        }
    }
    Ok(out)
}
