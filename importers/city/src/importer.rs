//! The importer: opens a file or a sequence and hands its objects over, one JSON text at a time.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Instant;

use lantu_base::{Counts, Severity};
use lantu_geodesy::Crs;
use lantu_ingest::{
    Batch, Begin, Confidence, End, Georeference, ImportError, ImportJob, ImportMode, ImportSink, Importer,
    PlaceHints,
};

use crate::file::CityFile;
use crate::send::Sender;
use crate::way::{HeightUnit, Way};

/// City models: `CityJSON` 1.0 to 2.0, as one file or as a sequence of features.
#[derive(Clone, Copy, Debug, Default)]
pub struct CityImporter;

/// Bytes that are read ahead. Chosen: several kilobytes a call cost nothing.
const BUFFER_BYTES: usize = 1 << 18;

/// The versions that are read.
const VERSIONS: [&str; 3] = ["1.0", "1.1", "2.0"];

impl Importer for CityImporter {
    fn name(&self) -> &'static str {
        "city"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        let text = String::from_utf8_lossy(head);
        let json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let says =
            ["\"CityJSON\"", "\"CityJSONFeature\"", "\"CityObjects\""].iter().any(|w| text.contains(w));
        let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        let named = [".city.json", ".city.jsonl", ".cityjson"].iter().any(|e| name.ends_with(e));
        match (json, says, named) {
            (true, true, _) => Confidence::MAGIC,
            (true, false, true) => Confidence::CONTENT,
            _ => Confidence::NO,
        }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let started = Instant::now();
        let mut texts = texts(&job.path)?;
        let mut first =
            texts.next().transpose()?.ok_or_else(|| failed("city.empty", "the file is empty", ""))?;
        if !matches!(first.kind.as_str(), "CityJSON" | "CityJSONFeature") {
            let what = format!("expected a JSON object of type \"CityJSON\", found {:?}", first.kind);
            return Err(failed("city.other_type", &what, ""));
        }
        let crs = crs_of(job, first.crs.as_deref())?;
        let transform = first.transform;
        first.unpack(None);
        // The second text tells whether it is a sequence.
        let second = texts.next();
        let extent = match (job.mode, &second) {
            (ImportMode::Inspect, _) => None,
            (ImportMode::Import, None) => extent([first.vertices.as_slice()].into_iter()),
            (ImportMode::Import, Some(_)) => extent_of_sequence(&job.path, transform)?,
        };
        // Specified: heights of city models are in meters.
        let way = Way::new(job, crs.as_ref().ok(), HeightUnit::Stated(1.0))?;
        begin(job, out, (&first, crs.as_ref().ok()), (extent, &way))?;
        let mut sender = Sender::new(job, out, &way);
        if let Err(why) = &crs {
            sender.say(("city.crs_unreadable", Severity::Warning), "metadata", why.clone())?;
        }
        for note in way.to_frame().into_iter().flat_map(lantu_geodesy::ToFrame::notes) {
            sender.say(("city.crs_note", Severity::Info), "metadata", note.text.clone())?;
        }
        about(&first, &mut sender)?;
        let open_s = started.elapsed().as_secs_f64();
        sender.templates(&first)?;
        sender.file(&mut first)?;
        for text in second.into_iter().chain(texts) {
            job.cancel.check()?;
            let mut text = text?;
            text.unpack(transform);
            sender.file(&mut text)?;
        }
        let counts = sender.finish()?;
        let geometry_s = started.elapsed().as_secs_f64() - open_s;
        out.send(Batch::End(End { counts, open_s, geometry_s }))
    }
}

/// What is wrong with or left out of the file as a whole.
fn about(file: &CityFile, sender: &mut Sender<'_>) -> Result<(), ImportError> {
    if file.bad_transform {
        let what = "the transform of its vertices cannot be read; they are taken as they stand";
        sender.say(("city.transform", Severity::Error), "transform", what.to_owned())?;
    }
    if !VERSIONS.iter().any(|v| file.version.starts_with(v)) {
        let what = format!("version {:?} is not one of 1.0, 1.1 and 2.0; it is read as 2.0", file.version);
        sender.say(("city.version", Severity::Warning), "version", what)?;
    }
    if !file.extensions.is_empty() {
        let what = format!(
            "objects of extensions ({}) are drawn in a color of their own",
            file.extensions.join(", ")
        );
        sender.say(("city.extensions", Severity::Info), "extensions", what)?;
    }
    Ok(())
}

/// The JSON texts of a file, one after the other; none after the first that cannot be read.
fn texts(path: &Path) -> Result<impl Iterator<Item = Result<CityFile, ImportError>> + use<>, ImportError> {
    let read = |source| ImportError::Read { source, path: path.to_owned() };
    let reader = BufReader::with_capacity(BUFFER_BYTES, File::open(path).map_err(read)?);
    let path = path.to_owned();
    let mut failed_once = false;
    let stream = serde_json::Deserializer::from_reader(reader).into_iter::<CityFile>();
    Ok(stream.map_while(move |text| {
        if failed_once {
            return None;
        }
        failed_once = text.is_err();
        Some(text.map_err(|e| {
            if e.is_io() {
                return ImportError::Read { source: e.into(), path: path.clone() };
            }
            let place = format!("line {}, column {}", e.line(), e.column());
            failed("city.json", &format!("not JSON of a city model: {e}"), &place)
        }))
    }))
}

/// The CRS that is stated, or the file's; an error is why the file's cannot be read.
fn crs_of(job: &ImportJob, said: Option<&str>) -> Result<Result<Crs, String>, ImportError> {
    if let Some(text) = &job.crs_override {
        let crs = Crs::parse(text).map_err(|e| failed("city.crs_unreadable", &e.to_string(), "--crs"))?;
        return Ok(Ok(crs));
    }
    Ok(match said {
        Some(text) => Crs::parse(text).map_err(|e| e.to_string()),
        None => Err("the file does not say its coordinate system (metadata.referenceSystem)".to_owned()),
    })
}

fn begin(
    job: &ImportJob,
    out: &mut dyn ImportSink,
    (file, crs): (&CityFile, Option<&Crs>),
    (extent, way): (Option<[f64; 4]>, &Way),
) -> Result<(), ImportError> {
    let inspects = job.mode == ImportMode::Inspect;
    let declared_crs = crs.map(|c| c.text().to_owned());
    let project = job.frame.as_ref().map(|f| f.crs.clone());
    let knows = crs.is_some() || job.reading.is_some() || inspects;
    out.send(Batch::Begin(Begin {
        importer: "city".to_owned(),
        schema: format!("CityJSON {}", file.version).trim_end().to_owned(),
        crs: if inspects { declared_crs.clone() } else { project },
        declared_crs,
        unit: crs.map(Crs::unit).unwrap_or_default(),
        georeference: if knows { Georeference::Coordinates } else { Georeference::None },
        hints: Box::new(PlaceHints {
            extent,
            crs_is_stated: job.crs_override.is_some(),
            asks_height: way.to_frame().is_some_and(|t| t.unknown_heights().is_some()),
            ..PlaceHints::default()
        }),
    }))
}

/// What vertices cover; `None` where none has a place.
fn extent<'v>(all: impl Iterator<Item = &'v [[f64; 3]]>) -> Option<[f64; 4]> {
    let mut out: Option<[f64; 4]> = None;
    for p in all.flatten().filter(|p| p.iter().all(|v| v.is_finite())) {
        let e = out.unwrap_or([p[0], p[1], p[0], p[1]]);
        out = Some([e[0].min(p[0]), e[1].min(p[1]), e[2].max(p[0]), e[3].max(p[1])]);
    }
    out
}

/// What the features of a sequence cover: its vertices come with them, so it is read once for this.
fn extent_of_sequence(
    path: &Path,
    transform: Option<[[f64; 3]; 2]>,
) -> Result<Option<[f64; 4]>, ImportError> {
    let mut all: Option<[f64; 4]> = None;
    for text in texts(path)? {
        // What cannot be read is told by the import itself, after what comes before it.
        let Ok(mut text) = text else { break };
        text.unpack(transform);
        if let Some(e) = extent([text.vertices.as_slice()].into_iter()) {
            all = Some(all.map_or(e, |a| [a[0].min(e[0]), a[1].min(e[1]), a[2].max(e[2]), a[3].max(e[3])]));
        }
    }
    Ok(all)
}

pub(crate) fn failed(code: &'static str, what: &str, place: &str) -> ImportError {
    ImportError::Format { code, what: what.to_owned(), place: place.to_owned() }
}

/// Counts of what was read.
pub(crate) fn counts(read: u64, dropped: u64) -> Counts {
    Counts { read, kept: read - dropped.min(read), dropped }
}
