//! The importer: opens a file with the drivers that are allowed, and streams its layers.

use std::path::Path;
use std::time::Instant;

use gdal::vector::{Feature, Layer, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use lantu_base::{Code, Counts, Diagnostic, Severity};
use lantu_geodesy::{Crs, ToFrame, capture_gdal_errors};
use lantu_ingest::{
    Batch, Begin, Confidence, End, FeatureRecord, Georeference, ImportError, ImportJob, ImportMode,
    ImportSink, Importer, ObjectKind, ObjectRecord, PlaceHints, PropertyRecord, Reading,
};

use crate::shape::{self, NoShape};
use crate::style::Rules;
use crate::{dbf, fields};

/// GIS layers: GeoJSON, GeoPackage, Shapefile, `FlatGeobuf`, KML, DXF, GML, File Geodatabase, CSV with coordinates.
pub struct VectorImporter;

/// Drivers that may open a file. Others can run SQL, reach the network or follow references.
const DRIVERS: [&str; 11] = [
    "GeoJSON",
    "GeoJSONSeq",
    "GPKG",
    "ESRI Shapefile",
    "FlatGeobuf",
    "KML",
    "LIBKML",
    "DXF",
    "GML",
    "CSV",
    "OpenFileGDB",
];

/// Features in a batch at most.
const BATCH_FEATURES: usize = 4096;
/// Points in a batch at most: 24 bytes each.
const BATCH_POINTS: usize = 200_000;
/// Diagnostics of one kind that are listed one by one; the rest is counted.
const LISTED: u64 = 20;

impl Importer for VectorImporter {
    fn name(&self) -> &'static str {
        "vector"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let text = String::from_utf8_lossy(head.get(..head.len().min(4096)).unwrap_or_default());
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let json = text.starts_with('{')
            && ["\"FeatureCollection\"", "\"Feature\"", "\"coordinates\""].iter().any(|w| text.contains(w));
        if head.starts_with(&[0, 0, 0x27, 0x0A]) || head.starts_with(b"fgb\x03") || json {
            return Confidence::MAGIC;
        }
        if head.starts_with(b"SQLite format 3\0") {
            return if ending == "gpkg" { Confidence::MAGIC } else { Confidence::NO };
        }
        if is_geodatabase(path, head) {
            return Confidence::MAGIC;
        }
        if text.starts_with('<') && (text.contains("<kml") || text.contains("opengis.net/gml")) {
            return Confidence::CONTENT;
        }
        if ending == "csv" {
            let first = text.lines().next().unwrap_or("").to_lowercase();
            let columns: Vec<&str> =
                first.split([',', ';', '\t']).map(|c| c.trim().trim_matches('"')).collect();
            let has = |names: &[&str]| names.iter().any(|n| columns.contains(n));
            let xy = has(&["x", "lon", "longitude", "easting", "经度"])
                && has(&["y", "lat", "latitude", "northing", "纬度"]);
            return if xy || has(&["wkt"]) { Confidence::CONTENT } else { Confidence::NO };
        }
        match ending.as_str() {
            "geojson" | "json" | "shp" | "gpkg" | "fgb" | "kml" | "dxf" | "gml" | "geojsonl" => {
                Confidence::NAME
            }
            _ => Confidence::NO,
        }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let started = Instant::now();
        gdal::config::set_error_handler(|_, code, text| tracing::debug!(code, text, "GDAL"));
        let encoding = dbf::sniff(&job.path);
        let dataset = open(&job.path, encoding.as_ref().filter(|e| e.guessed).map(|e| e.name))?;
        let driver = dataset.driver().short_name();
        let rules = Rules::shipped()
            .map_err(|e| failed("vector.rules", &e.to_string(), "assets/rules/vector_layers.toml"))?;
        if dataset.layer_count() == 0 {
            return Err(failed("vector.no_layers", "the file has no vector layers", ""));
        }
        let mut stream = Stream {
            job,
            out,
            rules,
            several: dataset.layer_count() > 1,
            objects: Vec::new(),
            features: Vec::new(),
            properties: Vec::new(),
            n_points: 0,
            n_objects: 0,
            listed: std::collections::BTreeMap::new(),
        };
        stream.begin(&dataset, &driver)?;
        if let Some(e) = encoding.filter(|e| e.guessed) {
            let what = format!(
                "the table does not say its encoding; read as {} with {} % confidence: {:?}",
                e.name, e.confidence, e.sample
            );
            let told = Diagnostic::new(Code::new("vector.encoding_guessed"), Severity::Info, "", what);
            let told = told.with("encoding", e.name).with("percent", e.confidence).with("sample", &e.sample);
            stream.tell(told)?;
        }
        let open_s = started.elapsed().as_secs_f64();
        let total: u64 = dataset.layers().map(|l| l.feature_count()).fold(0, u64::saturating_add);
        for mut layer in dataset.layers() {
            stream.layer(&mut layer, total)?;
        }
        stream.flush()?;
        let n = u64::from(stream.n_objects);
        let geometry_s = started.elapsed().as_secs_f64() - open_s;
        out.send(Batch::End(End { counts: Counts { read: n, kept: n, dropped: 0 }, open_s, geometry_s }))
    }
}

/// A folder of tables, or all of it in one archive, as it is sent around.
fn is_geodatabase(path: &Path, head: &[u8]) -> bool {
    let ends = |p: &Path, ending: &str| p.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    // The versions of tables with short and long numbers of rows.
    let is_table = head.starts_with(&[3, 0, 0, 0]) || head.starts_with(&[4, 0, 0, 0]);
    let is_archived = ends(path, "zip") && path.file_stem().is_some_and(|s| ends(Path::new(s), "gdb"));
    (ends(path, "gdb") && is_table) || (is_archived && head.starts_with(b"PK\x03\x04"))
}

fn failed(code: &'static str, what: &str, place: &str) -> ImportError {
    ImportError::Format { code, what: what.to_owned(), place: place.to_owned() }
}

fn open(path: &Path, encoding: Option<&str>) -> Result<Dataset, ImportError> {
    let text = path.to_string_lossy();
    if text.starts_with("/vsi") || text.contains("://") {
        return Err(failed("vector.not_a_file", "only files of this computer are read", &text));
    }
    let encoding = encoding.map(|e| format!("ENCODING={e}"));
    let csv = [
        "AUTODETECT_TYPE=YES",
        "X_POSSIBLE_NAMES=x,lon,longitude,easting,经度",
        "Y_POSSIBLE_NAMES=y,lat,latitude,northing,纬度",
    ];
    let is_csv = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    let mut open_options: Vec<&str> = encoding.as_deref().into_iter().collect();
    if is_csv {
        open_options.extend(csv);
    }
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&DRIVERS),
        open_options: Some(&open_options),
        sibling_files: None,
    };
    Dataset::open_ex(path, options)
        .map_err(|e| failed("vector.unreadable", &format!("no vector format reads the file: {e}"), ""))
}

struct Stream<'a> {
    job: &'a ImportJob,
    out: &'a mut dyn ImportSink,
    rules: Rules,
    several: bool,
    objects: Vec<ObjectRecord>,
    features: Vec<FeatureRecord>,
    properties: Vec<PropertyRecord>,
    n_points: usize,
    n_objects: u32,
    /// Diagnostics so far, by code.
    listed: std::collections::BTreeMap<String, u64>,
}

/// How coordinates of one layer become project meters.
struct Way {
    to_frame: Option<ToFrame>,
    /// How the file's numbers become those of the CRS, where that was decided.
    reading: Option<Reading>,
    /// Nobody knows what the coordinates are in: features come without geometry, and the layer waits for its place.
    unplaced: bool,
}

impl Stream<'_> {
    fn layer_crs(&self, layer: &Layer<'_>) -> Result<Option<Crs>, ImportError> {
        if let Some(text) = &self.job.crs_override {
            let parse = |text: &str| {
                Crs::parse(text).map_err(|e| failed("vector.crs_unreadable", &e.to_string(), &layer.name()))
            };
            return parse(text).map(Some);
        }
        let Some(srs) = layer.spatial_ref() else { return Ok(None) };
        let text = srs.authority().ok().filter(|a| a.contains(':')).or_else(|| srs.to_wkt().ok());
        // A CRS that cannot be read is as good as none: the message then says how to state one.
        Ok(text.and_then(|t| Crs::parse(&t).ok()))
    }

    fn begin(&mut self, dataset: &Dataset, driver: &str) -> Result<(), ImportError> {
        let first = dataset.layers().next();
        let crs = match &first {
            Some(layer) => self.layer_crs(layer)?,
            None => None,
        };
        let degrees = crs.as_ref().is_some_and(|c| c.kind() == lantu_geodesy::CrsKind::Geographic);
        // In an inspection coordinates are those of the file, whatever they mean.
        let inspects = self.job.mode == ImportMode::Inspect;
        let declares = crs.is_some() || self.job.reading.is_some() || inspects;
        let unit = match &crs {
            None => String::new(),
            Some(_) if degrees => "degree".to_owned(),
            Some(c) => c.unit(),
        };
        let declared_crs = crs.as_ref().map(|c| c.text().to_owned());
        let asks_height = self.asks_height(dataset, crs.as_ref())?;
        let extent = if self.job.mode == ImportMode::Import { self.extent(dataset)? } else { None };
        let project = self.job.frame.as_ref().map(|f| f.crs.clone());
        let crs = if self.job.mode == ImportMode::Inspect { declared_crs.clone() } else { project };
        let begin = Begin {
            importer: "vector".to_owned(),
            schema: driver.to_owned(),
            crs,
            declared_crs,
            unit,
            georeference: if declares { Georeference::Coordinates } else { Georeference::None },
            hints: Box::new(PlaceHints {
                extent,
                crs_is_stated: self.job.crs_override.is_some(),
                asks_height,
                ..PlaceHints::default()
            }),
        };
        self.out.send(Batch::Begin(begin))
    }

    /// Whether there are heights of which nobody knows what they are above, and the project says what its own are.
    fn asks_height(&self, dataset: &Dataset, crs: Option<&Crs>) -> Result<bool, ImportError> {
        /// Features that are looked at. Chosen: where there are heights, they are not only in the last of many.
        const LOOKED_AT: usize = 1000;
        let stated = self.job.height_override.is_some() || self.job.mode == ImportMode::Inspect;
        let (Some(crs), Some(frame), false) = (crs, &self.job.frame, stated) else { return Ok(false) };
        if lantu_geodesy::states_heights_of(crs, frame).is_some() {
            return Ok(false);
        }
        for mut layer in dataset.layers() {
            self.job.cancel.check()?;
            let (found, _said) = capture_gdal_errors(|| {
                let mut features = layer.features().take(LOOKED_AT);
                features.any(|f| f.geometry().is_some_and(has_heights))
            });
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the layers cover, as the file writes it; `None` where they have different CRS, or nothing lies anywhere.
    fn extent(&self, dataset: &Dataset) -> Result<Option<[f64; 4]>, ImportError> {
        let mut all: Option<[f64; 4]> = None;
        let mut first: Option<Option<String>> = None;
        for layer in dataset.layers() {
            let crs = self.layer_crs(&layer)?.map(|c| c.text().to_owned());
            if first.get_or_insert_with(|| crs.clone()) != &crs {
                return Ok(None);
            }
            let (found, _said) = capture_gdal_errors(|| layer.get_extent().ok());
            let Some(e) = found.map(|e| [e.MinX, e.MinY, e.MaxX, e.MaxY]) else { continue };
            if e.iter().all(|v| v.is_finite()) {
                all =
                    Some(all.map_or(e, |a| [a[0].min(e[0]), a[1].min(e[1]), a[2].max(e[2]), a[3].max(e[3])]));
            }
        }
        Ok(all)
    }

    fn way(&mut self, layer: &Layer<'_>) -> Result<Way, ImportError> {
        let none = Way { to_frame: None, reading: None, unplaced: false };
        let Some(frame) = self.job.frame.as_ref().filter(|_| self.job.mode == ImportMode::Import) else {
            return Ok(none);
        };
        let reading = self.job.reading.clone();
        let decided = match &reading {
            Some(r) => Some(
                Crs::parse(&r.crs)
                    .map_err(|e| failed("vector.crs_unreadable", &e.to_string(), &layer.name()))?,
            ),
            None => self.layer_crs(layer)?,
        };
        let Some(from) = decided else {
            let what = format!("layer {:?} does not say its coordinate system", layer.name());
            let code = Code::new("vector.no_crs");
            self.out.send(Batch::Diagnostic(Diagnostic::new(code, Severity::Warning, layer.name(), what)))?;
            return Ok(Way { unplaced: true, ..none });
        };
        let refused =
            |e: lantu_geodesy::GeodesyError| failed("vector.crs_refused", &e.to_string(), &layer.name());
        // Most layers lie on the terrain, whatever their heights are above; those of which it is stated are moved.
        let to_frame = match self.job.height_override.as_deref() {
            Some(height) => ToFrame::new(&from, frame, Some(height)),
            None => ToFrame::keeping_heights(&from, frame),
        };
        Ok(Way { to_frame: Some(to_frame.map_err(refused)?), reading, unplaced: false })
    }

    fn layer(&mut self, layer: &mut Layer<'_>, total: u64) -> Result<(), ImportError> {
        let name = layer.name();
        let way = self.way(layer)?;
        for note in way.to_frame.iter().flat_map(ToFrame::notes) {
            self.say("vector.crs_note", Severity::Info, name.clone(), note.text.clone())?;
        }
        let names: Vec<String> = layer.defn().fields().map(|f| f.name()).collect();
        let mut fallback_id = 0_u64;
        for feature in layer.features() {
            self.job.cancel.check()?;
            let fid = feature.fid().unwrap_or(fallback_id);
            fallback_id = fid + 1;
            self.feature(&feature, fid, (&name, &names), &way)?;
            if self.objects.len() >= BATCH_FEATURES || self.n_points >= BATCH_POINTS {
                self.flush()?;
                self.out.send(Batch::Progress { done: u64::from(self.n_objects), total })?;
            }
        }
        Ok(())
    }

    fn feature(
        &mut self,
        feature: &Feature<'_>,
        fid: u64,
        (layer, names): (&str, &[String]),
        way: &Way,
    ) -> Result<(), ImportError> {
        let id = if self.several { format!("{layer}/{fid}") } else { fid.to_string() };
        let place =
            if self.several { format!("layer {layer}, feature {fid}") } else { format!("feature {fid}") };
        let object = self.n_objects;
        let values = fields::read(feature, names);
        let mut record = ObjectRecord {
            name: fields::name_of(&values),
            ..ObjectRecord::new(ObjectKind::Feature, layer, id)
        };
        match read_shape(feature, way) {
            Ok(mut parts) => {
                let b = parts.bounds();
                record.bbox = (!b.is_empty() && !way.unplaced).then(|| b.to_array());
                if parts.is_mixed() {
                    record.diagnostics.push("vector.mixed_collection".to_owned());
                    let what =
                        "a collection mixes points, lines and polygons; only its highest kind is drawn";
                    self.say("vector.mixed_collection", Severity::Warning, place.clone(), what.to_owned())?;
                }
                let is_point = parts.polygons.is_empty() && parts.lines.is_empty();
                let styled = self.rules.style(layer, &record.id, &values, is_point);
                if styled.assumed_depth {
                    record.diagnostics.push("vector.depth_assumed".to_owned());
                    let depth = -styled.style.offset_m;
                    let what = format!("the depth is not known; its axis is drawn {depth:.2} m below ground");
                    let told =
                        Diagnostic::new(Code::new("vector.depth_assumed"), Severity::Info, place, what);
                    self.tell(told.with("depth_m", format!("{depth:.2}")))?;
                }
                record.color = Some(styled.style.color);
                if self.job.mode == ImportMode::Import && !way.unplaced {
                    self.n_points += parts.n_points();
                    self.features.push(FeatureRecord {
                        object,
                        geometry: parts.into_geometry(),
                        style: styled.style,
                    });
                }
            }
            Err(no) => {
                let (code, severity, what) = match no {
                    NoShape::Empty => ("vector.no_geometry", Severity::Info, "it has no geometry".to_owned()),
                    NoShape::NotFinite => (
                        "vector.not_finite",
                        Severity::Error,
                        "a coordinate is not a number; its geometry is left out".to_owned(),
                    ),
                    NoShape::Unusable(why) => (
                        "vector.unusable_geometry",
                        Severity::Error,
                        format!("its geometry is left out: {why}"),
                    ),
                    NoShape::Outside(why) => {
                        ("vector.outside", Severity::Error, format!("its geometry is left out: {why}"))
                    }
                };
                record.diagnostics.push(code.to_owned());
                self.say(code, severity, place, what)?;
            }
        }
        self.objects.push(record);
        self.properties.extend(fields::records(object, layer, values));
        self.n_objects += 1;
        Ok(())
    }

    /// Reports; of one kind only the first ones, the rest is counted at the end.
    fn say(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: String,
        what: String,
    ) -> Result<(), ImportError> {
        self.tell(Diagnostic::new(Code::new(code), severity, place, what))
    }

    fn tell(&mut self, d: Diagnostic) -> Result<(), ImportError> {
        let n = self.listed.entry(d.code.0.to_string()).or_default();
        *n += 1;
        if *n > LISTED {
            return Ok(());
        }
        self.out.send(Batch::Diagnostic(d))
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        self.n_points = 0;
        let objects = std::mem::take(&mut self.objects);
        let features = std::mem::take(&mut self.features);
        let properties = std::mem::take(&mut self.properties);
        if !objects.is_empty() {
            self.out.send(Batch::Objects(objects))?;
        }
        if !features.is_empty() {
            self.out.send(Batch::Features(features))?;
        }
        if !properties.is_empty() {
            self.out.send(Batch::Properties(properties))?;
        }
        Ok(())
    }
}

/// A feature's geometry, moved along `way` where that has a transform.
fn read_shape(feature: &Feature<'_>, way: &Way) -> Result<crate::wkb::Parts, NoShape> {
    let geometry = feature.geometry().ok_or(NoShape::Empty)?;
    let mut parts = shape::read(geometry)?;
    if let Some(to_frame) = &way.to_frame {
        let mut all = Vec::with_capacity(parts.n_points());
        parts.each_mut(&mut |p| {
            let mut p = *p;
            if let Some(reading) = &way.reading {
                reading.apply(&mut p);
            }
            all.push(p);
        });
        to_frame.apply(&mut all).map_err(|e| NoShape::Outside(e.to_string()))?;
        let mut moved = all.into_iter();
        parts.each_mut(&mut |p| {
            if let Some(at) = moved.next() {
                *p = at;
            }
        });
    }
    Ok(parts)
}

/// Whether a geometry has heights; programs write zeros where there are none.
fn has_heights(geometry: &gdal::vector::Geometry) -> bool {
    let e = geometry.envelope_3d();
    (e.MinZ.is_finite() && e.MinZ != 0.0) || (e.MaxZ.is_finite() && e.MaxZ != 0.0)
}
