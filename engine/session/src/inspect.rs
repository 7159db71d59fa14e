//! `lantu inspect`: one file, no project.

use std::path::Path;
use std::time::Instant;

use lantu_base::{Diagnostic, Report, Severity};
use lantu_ingest::{
    Batch, Begin, End, Georeference, ObjectDetail, ObjectRecord, PropertyKind, PropertyRecord, RasterBegin,
};
use serde_json::{Value, json};

use crate::job::{JobEnd, JobLimits, WorkerCommand, run_job};
use crate::rows::{Row, RowDetails, row_of_record};
use crate::worker::WorkerJob;

/// What one file holds.
pub struct Inspection {
    /// What the file says as a whole; `None` if nothing of it can be used.
    pub begin: Option<Begin>,
    /// How the stream ended.
    pub end: End,
    /// Its objects.
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
}

#[derive(Default)]
struct Collector {
    begin: Option<Begin>,
    end: End,
    objects: Vec<ObjectRecord>,
    details: Vec<ObjectDetail>,
    properties: Vec<PropertyRecord>,
    report: Report,
    raster: Option<RasterBegin>,
    n_properties: u64,
    n_quantities: u64,
    cpu_s: f64,
    peak_rss_bytes: u64,
    keep_properties: bool,
}

impl Collector {
    fn take(&mut self, batch: Batch) {
        match batch {
            Batch::Begin(b) => self.begin = Some(b),
            Batch::Objects(o) => self.objects.extend(o),
            Batch::Details(d) if self.keep_properties => self.details.extend(d),
            Batch::Properties(p) => {
                let of = |kind| p.iter().filter(|p| p.kind == kind).count() as u64;
                self.n_quantities += of(PropertyKind::Quantity);
                self.n_properties += of(PropertyKind::Property);
                if self.keep_properties {
                    self.properties.extend(p);
                }
            }
            Batch::RasterBegin(r) => self.raster = Some(r),
            Batch::Diagnostic(d) => self.report.push(d),
            Batch::End(e) => self.end = e,
            Batch::Usage { cpu_s, peak_rss_bytes } => {
                (self.cpu_s, self.peak_rss_bytes) = (cpu_s, peak_rss_bytes);
            }
            _ => {}
        }
    }

    fn rows(&mut self, source: &str) -> Vec<Row> {
        let parent_of =
            |o: &ObjectRecord| o.parent.and_then(|p| self.objects.get(p as usize)).map(|p| p.id.as_str());
        let mut rows: Vec<Row> =
            self.objects.iter().map(|o| row_of_record(source, o, parent_of(o))).collect();
        if self.keep_properties {
            self.properties.sort_by_key(|p| p.object);
            self.details.sort_by_key(|d| d.object);
            for (row, n) in rows.iter_mut().zip(0_u32..) {
                let first = self.properties.partition_point(|p| p.object < n);
                let own = self.properties.iter().skip(first).take_while(|p| p.object == n);
                let detail = self
                    .details
                    .binary_search_by_key(&n, |d| d.object)
                    .ok()
                    .and_then(|i| self.details.get(i));
                row.details = Some(RowDetails::collect(detail, own));
            }
        }
        rows
    }
}

/// Reads one file in a child process and collects what it holds.
///
/// # Errors
/// Only if the child cannot be started; a file that cannot be used is an [`Inspection`] with `failed`.
pub fn inspect(
    command: &WorkerCommand,
    job: &WorkerJob,
    limits: &JobLimits,
    keep_properties: bool,
) -> Result<Inspection, std::io::Error> {
    let started = Instant::now();
    let mut c = Collector { keep_properties, ..Collector::default() };
    let end = run_job(command, job, limits, &mut |batch| {
        c.take(batch);
        true
    })?;
    let failed = if let JobEnd::Failed(d) = end {
        c.report.push(d);
        true
    } else {
        false
    };
    c.report.counts = c.end.counts;
    let rows = c.rows(&source_name(&job.path));
    Ok(Inspection {
        rows,
        begin: c.begin,
        end: c.end,
        report: c.report,
        failed,
        raster: c.raster,
        n_properties: c.n_properties,
        n_quantities: c.n_quantities,
        total_s: started.elapsed().as_secs_f64(),
        cpu_s: c.cpu_s,
        peak_rss_bytes: c.peak_rss_bytes,
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

    /// The JSON of the contract.
    pub fn to_json(&self, file: &Path) -> Value {
        let begin = self.begin.clone().unwrap_or_default();
        let extent = self
            .rows
            .iter()
            .filter_map(|r| r.bbox)
            .fold(lantu_base::Bounds::EMPTY, |b, a| b.union(lantu_base::Bounds::from_array(a)));
        let mut out = json!({
            "file": file.display().to_string(),
            "schema": begin.schema,
            "crs": begin.declared_crs,
            "unit": begin.unit,
            "georeference": georeference_json(&begin.georeference),
            "extent": (!extent.is_empty()).then(|| extent.to_array()),
            "seconds": {"open": self.end.open_s, "geometry": self.end.geometry_s, "total": self.total_s},
            "cpu_seconds": self.cpu_s,
            "peak_rss_bytes": self.peak_rss_bytes,
            "n_objects": self.rows.len(),
            "n_with_geometry": self.rows.iter().filter(|r| r.bbox.is_some()).count(),
            "n_triangles": self.rows.iter().map(|r| u64::from(r.n_triangles)).sum::<u64>(),
            "n_properties": self.n_properties,
            "n_quantities": self.n_quantities,
            "counts": self.report.counts,
            "diagnostics": self.report.diagnostics,
            "rows": self.rows,
        });
        if let (Some(r), Value::Object(map)) = (&self.raster, &mut out) {
            let [width, height] = r.source_px;
            map.insert("width".into(), json!(width));
            map.insert("height".into(), json!(height));
            map.insert("bands".into(), json!(r.bands));
            map.insert(
                "nodata".into(),
                r.nodata.map_or(Value::Null, |v| if v.is_finite() { json!(v) } else { json!(v.to_string()) }),
            );
        }
        out
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
