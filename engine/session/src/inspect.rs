//! `lantu inspect`: one file, no project.

use std::path::Path;
use std::time::Instant;

use lantu_base::{Diagnostic, Report, Severity};
use lantu_ingest::{Batch, Begin, End, Georeference, ObjectRecord, RasterBegin, Tally};
use serde::Serialize;
use serde::ser::{Error as _, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value, json};

use crate::SessionError;
use crate::aside::Aside;
use crate::job::{JobEnd, JobLimits, WorkerCommand, run_job};
use crate::rows::{Row, row_of_record};
use crate::worker::{Wanted, WorkerJob};

/// What one file holds.
pub struct Inspection {
    /// What the file says as a whole; `None` if nothing of it can be used.
    pub begin: Option<Begin>,
    /// How the stream ended.
    pub end: End,
    /// Its objects, without what `--properties` adds: [`Inspection::document`] has that.
    pub rows: Vec<Row>,
    /// Diagnostics and counts. The last diagnostic says why, if nothing can be used.
    pub report: Report,
    /// Nothing of the file can be used.
    pub failed: bool,
    /// Rasters: size, bands, nodata.
    pub raster: Option<RasterBegin>,
    /// Properties and quantities.
    pub n_properties: u64,
    /// Quantities among them.
    pub n_quantities: u64,
    /// Wall seconds, the child's start included.
    pub total_s: f64,
    /// CPU seconds of the child.
    pub cpu_s: f64,
    /// Largest resident size of the child, bytes.
    pub peak_rss_bytes: u64,
    /// What `--properties` adds to the rows; `None` where nobody asked for it.
    aside: Option<Aside>,
}

#[derive(Default)]
struct Collector {
    begin: Option<Begin>,
    end: End,
    rows: Vec<Row>,
    /// Number of the parent of each row.
    parents: Vec<Option<u32>>,
    report: Report,
    raster: Option<RasterBegin>,
    tally: Tally,
    cpu_s: f64,
    peak_rss_bytes: u64,
    aside: Option<Aside>,
}

impl Collector {
    fn take(&mut self, source: &str, batch: Batch) -> Result<(), SessionError> {
        match batch {
            Batch::Begin(b) => self.begin = Some(b),
            Batch::Objects(o) => self.objects(source, &o),
            Batch::Details(d) => return self.aside.as_mut().map_or(Ok(()), |a| a.details(&d)),
            Batch::Properties(p) => {
                self.tally.add(Tally::of(&p));
                return self.aside.as_mut().map_or(Ok(()), |a| a.properties(&p));
            }
            Batch::Counted { properties, quantities } => self.tally.add(Tally { properties, quantities }),
            Batch::RasterBegin(r) => self.raster = Some(r),
            Batch::Diagnostic(d) => self.report.push(d),
            Batch::End(e) => self.end = e,
            Batch::Usage { cpu_s, peak_rss_bytes } => {
                (self.cpu_s, self.peak_rss_bytes) = (cpu_s, peak_rss_bytes);
            }
            _ => {}
        }
        Ok(())
    }

    fn objects(&mut self, source: &str, records: &[ObjectRecord]) {
        for o in records {
            self.parents.push(o.parent);
            self.rows.push(row_of_record(source, o));
        }
    }

    /// Parents may come after their parts.
    fn name_parents(&mut self) {
        let ids: Vec<Option<String>> = self
            .parents
            .iter()
            .map(|p| p.and_then(|p| self.rows.get(p as usize)).map(|p| p.id.clone()))
            .collect();
        for (row, id) in self.rows.iter_mut().zip(ids) {
            row.parent = id;
        }
    }
}

/// Reads one file in a child process and collects what it holds.
///
/// # Errors
/// [`SessionError`] if the child cannot be started, or what it says cannot be kept; a file that cannot be used is an
/// [`Inspection`] with `failed`.
pub fn inspect(
    command: &WorkerCommand,
    job: &WorkerJob,
    limits: &JobLimits,
    keep_properties: bool,
) -> Result<Inspection, SessionError> {
    let started = Instant::now();
    let mut c = Collector { aside: keep_properties.then(Aside::default), ..Collector::default() };
    let source = source_name(&job.path);
    let mut kept = Ok(());
    let wanted = if keep_properties { Wanted::Details } else { Wanted::Rows };
    let job = &WorkerJob { wanted, ..job.clone() };
    let end = run_job(command, job, limits, &mut |batch| {
        kept = c.take(&source, batch);
        kept.is_ok()
    })
    .map_err(SessionError::Io)?;
    kept?;
    let failed = if let JobEnd::Failed(d) = end {
        c.report.push(d);
        true
    } else {
        false
    };
    c.report.counts = c.end.counts;
    c.name_parents();
    c.aside.iter_mut().for_each(Aside::finish);
    Ok(Inspection {
        rows: c.rows,
        begin: c.begin,
        end: c.end,
        report: c.report,
        failed,
        raster: c.raster,
        n_properties: c.tally.properties,
        n_quantities: c.tally.quantities,
        total_s: started.elapsed().as_secs_f64(),
        cpu_s: c.cpu_s,
        peak_rss_bytes: c.peak_rss_bytes,
        aside: c.aside,
    })
}

/// Short name of a source: the file's stem.
pub fn source_name(path: &Path) -> String {
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    lantu_base::SourceId::new(&stem).as_str().to_owned()
}

impl Inspection {
    /// Exit code of the contract: 0 whole, 1 nothing, 3 in part.
    pub fn exit_code(&self) -> u8 {
        if self.failed {
            u8::from(self.rows.is_empty()) + 3 * u8::from(!self.rows.is_empty())
        } else if self.report.is_partial() {
            3
        } else {
            0
        }
    }

    /// The diagnostics that mean something is missing.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.report.diagnostics.iter().filter(|d| d.severity == Severity::Error)
    }

    /// The JSON of the contract, row by row as it is written.
    pub fn document(&self, file: &Path) -> impl Serialize + '_ {
        Document { head: self.summary(file), inspection: self }
    }

    /// The JSON of the contract without its rows.
    pub fn summary(&self, file: &Path) -> Map<String, Value> {
        let begin = self.begin.clone().unwrap_or_default();
        let extent = self
            .rows
            .iter()
            .filter_map(|r| r.bbox)
            .fold(lantu_base::Bounds::EMPTY, |b, a| b.union(lantu_base::Bounds::from_array(a)));
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| drop(out.insert(key.to_owned(), value));
        put("file", json!(file.display().to_string()));
        put("schema", json!(begin.schema));
        put("crs", json!(begin.declared_crs));
        put("unit", json!(begin.unit));
        put("georeference", georeference_json(&begin.georeference));
        put("extent", json!((!extent.is_empty()).then(|| extent.to_array())));
        put(
            "seconds",
            json!({"open": self.end.open_s, "geometry": self.end.geometry_s, "total": self.total_s}),
        );
        put("cpu_seconds", json!(self.cpu_s));
        put("peak_rss_bytes", json!(self.peak_rss_bytes));
        put("n_objects", json!(self.rows.len()));
        put("n_with_geometry", json!(self.rows.iter().filter(|r| r.bbox.is_some()).count()));
        put("n_triangles", json!(self.rows.iter().map(|r| u64::from(r.n_triangles)).sum::<u64>()));
        put("n_properties", json!(self.n_properties));
        put("n_quantities", json!(self.n_quantities));
        put("counts", json!(self.report.counts));
        put("diagnostics", json!(self.report.diagnostics));
        if let Some(r) = &self.raster {
            let [width, height] = r.source_px;
            put("width", json!(width));
            put("height", json!(height));
            put("bands", json!(r.bands));
            let nodata = |v: f64| if v.is_finite() { json!(v) } else { json!(v.to_string()) };
            put("nodata", r.nodata.map_or(Value::Null, nodata));
        }
        out
    }
}

/// [`Inspection::document`].
struct Document<'a> {
    head: Map<String, Value>,
    inspection: &'a Inspection,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.head {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("rows", &Rows(self.inspection))?;
        map.end()
    }
}

/// The rows of a document, each with what `--properties` adds only while it is written.
struct Rows<'a>(&'a Inspection);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Inspection { rows, aside, .. } = self.0;
        let mut list = serializer.serialize_seq(Some(rows.len()))?;
        for (row, n) in rows.iter().zip(0_u32..) {
            match aside {
                None => list.serialize_element(row)?,
                Some(aside) => {
                    let details = aside.of(n).map_err(S::Error::custom)?;
                    list.serialize_element(&Row { details: Some(Box::new(details)), ..row.clone() })?;
                }
            }
        }
        list.end()
    }
}

/// A georeference as JSON.
pub fn georeference_json(g: &Georeference) -> Value {
    match g {
        Georeference::None => Value::Null,
        Georeference::Coordinates => json!({"kind": "coordinates"}),
        Georeference::Map(m) => json!({
            "kind": "map_conversion", "eastings_m": m.eastings_m, "northings_m": m.northings_m, "height_m": m.height_m,
            "rotation_deg": m.x_axis[1].atan2(m.x_axis[0]).to_degrees(), "scale": m.scale, "factors": m.factors,
            "crs": m.crs_name, "vertical_datum": m.vertical_datum,
        }),
        Georeference::SiteLatLong { latitude_deg, longitude_deg, elevation_m, true_north_deg } => json!({
            "kind": "site_latlong", "latitude_deg": latitude_deg, "longitude_deg": longitude_deg,
            "elevation_m": elevation_m, "true_north_deg": true_north_deg,
        }),
    }
}
