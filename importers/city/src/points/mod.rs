//! Point clouds: LAS 1.0 to 1.4, LAZ and COPC, in one pass, with one object for each class.

mod classes;
mod cloud;
mod header;

use std::path::Path;
use std::time::Instant;

use lantu_base::{Code, Diagnostic, Severity};
use lantu_geodesy::Crs;
use lantu_ingest::{
    Batch, Begin, Confidence, End, Georeference, ImportError, ImportJob, ImportMode, ImportSink, Importer,
    PlaceHints,
};
use las::Reader;

use crate::importer::{counts, failed};
use crate::way::{HeightUnit, Way};
use cloud::Cloud;

/// Point clouds: LAS 1.0 to 1.4, LAZ, COPC.
#[derive(Clone, Copy, Debug, Default)]
pub struct PointsImporter;

/// The first bytes of every file.
const MAGIC: &[u8] = b"LASF";

impl Importer for PointsImporter {
    fn name(&self) -> &'static str {
        "points"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        let named =
            path.extension().is_some_and(|e| e.eq_ignore_ascii_case("las") || e.eq_ignore_ascii_case("laz"));
        match (head.starts_with(MAGIC), named) {
            (true, _) => Confidence::MAGIC,
            (false, true) => Confidence::NAME,
            _ => Confidence::NO,
        }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let started = Instant::now();
        let reader = open(&job.path)?;
        let ground = header::ground(reader.header());
        let crs = match &job.crs_override {
            Some(text) => {
                Ok(Crs::parse(text).map_err(|e| failed("points.crs_unreadable", &e.to_string(), "--crs"))?)
            }
            None => ground.crs,
        };
        let unit = match (&crs, ground.height_unit_m) {
            (_, Some(m)) => HeightUnit::Stated(m),
            (Ok(crs), None) => HeightUnit::Assumed(header::same_unit(crs)),
            (Err(_), None) => HeightUnit::Assumed(1.0),
        };
        let way = Way::new(job, crs.as_ref().ok(), unit)?;
        let extent = match job.mode {
            ImportMode::Inspect => None,
            ImportMode::Import => header::declared_extent(&reader),
        };
        begin(job, out, (&reader, crs.as_ref().ok()), (extent, &way))?;
        let mut say = |code, severity, place: &str, what: String| {
            out.send(Batch::Diagnostic(Diagnostic::new(Code::new(code), severity, place, what)))
        };
        if let Err(why) = &crs {
            say("points.crs_unreadable", Severity::Warning, "header", why.clone())?;
        }
        for note in way.to_frame().into_iter().flat_map(lantu_geodesy::ToFrame::notes) {
            say("points.crs_note", Severity::Info, "header", note.text.clone())?;
        }
        if let Some(m) = way.assumed_height_unit_m().filter(|m| (m - 1.0).abs() > f64::EPSILON) {
            let what = format!(
                "the file does not say the unit of its heights; they are taken in that of its coordinates, {m} m"
            );
            say("points.height_unit", Severity::Warning, "header", what)?;
        }
        let open_s = started.elapsed().as_secs_f64();
        let mut cloud = Cloud::new(job, &way, reader);
        cloud.read(out)?;
        let n = cloud.finish(out)?;
        let geometry_s = started.elapsed().as_secs_f64() - open_s;
        out.send(Batch::End(End { counts: counts(n, 0), open_s, geometry_s }))
    }
}

/// Opens a file, and refuses one whose header cannot be meant.
fn open(path: &Path) -> Result<Reader, ImportError> {
    let reader = Reader::from_path(path).map_err(|e| match e {
        las::Error::Io(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            ImportError::Read { source, path: path.to_owned() }
        }
        las::Error::Io(_) => failed(
            "points.cut",
            "the file ends within its header or the records that the header announces",
            "header",
        ),
        e => failed("points.header", &format!("the header cannot be read: {e}"), "header"),
    })?;
    let t = reader.header().transforms();
    let sound = [t.x, t.y, t.z].iter().all(|t| t.scale.is_finite() && t.scale != 0.0 && t.offset.is_finite());
    if !sound {
        return Err(failed(
            "points.scale",
            "the scale or offset of its coordinates is zero or no number",
            "header",
        ));
    }
    Ok(reader)
}

fn begin(
    job: &ImportJob,
    out: &mut dyn ImportSink,
    (reader, crs): (&Reader, Option<&Crs>),
    (extent, way): (Option<[f64; 4]>, &Way),
) -> Result<(), ImportError> {
    let inspects = job.mode == ImportMode::Inspect;
    let declared_crs = crs.map(|c| c.text().to_owned());
    let header = reader.header();
    let version = header.version();
    let format = header.point_format();
    let name = if format.is_compressed { "LAZ" } else { "LAS" };
    let is_copc = header.vlrs().first().is_some_and(|v| v.user_id == "copc");
    let knows = crs.is_some() || job.reading.is_some() || inspects;
    out.send(Batch::Begin(Begin {
        importer: "points".to_owned(),
        schema: format!(
            "{} {}.{}, point format {}",
            if is_copc { "COPC" } else { name },
            version.major,
            version.minor,
            format.to_u8().unwrap_or_default() & 0x3F
        ),
        crs: if inspects { declared_crs.clone() } else { job.frame.as_ref().map(|f| f.crs.clone()) },
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
