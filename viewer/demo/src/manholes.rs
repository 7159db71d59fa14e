//! A Shapefile as old surveys left them: attributes in GBK, and nothing that says so.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{
    Feature, FieldValue, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
};
use glam::DVec2;

use crate::plan::{Plan, to_world};
use crate::{DemoError, EPSG};

/// Meters from manhole to manhole. Specified: at most 50 m for sewers of this size (GB 50014).
const STEP_M: f64 = 40.0;
/// Radius of a cover, meters; and its corners.
const RADIUS_M: f64 = 0.35;
const CORNERS: u8 = 12;
/// Offset of the byte in a DBF header that names the encoding; 0 names none.
const LANGUAGE_AT: usize = 29;

/// One cover.
struct Manhole {
    at: DVec2,
    kind: &'static str,
    owner: &'static str,
}

/// Writes the layer: `.shp`, `.shx`, `.dbf` and `.prj`, no `.cpg`.
pub(crate) fn write(path: &Path, plan: &Plan, surveyed: impl Fn(DVec2) -> bool) -> Result<(), DemoError> {
    let driver = DriverManager::get_driver_by_name("ESRI Shapefile")?;
    let mut dataset = driver.create_vector_only(path)?;
    let srs = SpatialRef::from_epsg(EPSG)?;
    let layer = dataset.create_layer(LayerOptions {
        name: "manholes",
        srs: Some(&srs),
        ty: OGRwkbGeometryType::wkbPolygon,
        options: Some(&["ENCODING=CP936", "DBF_DATE_LAST_UPDATE=2026-02-20"]),
    })?;
    layer.create_defn_fields(&[
        ("编号", OGRFieldType::OFTString),
        ("类型", OGRFieldType::OFTString),
        ("权属单位", OGRFieldType::OFTString),
    ])?;
    for (n, manhole) in (1..).zip(manholes(plan).into_iter().filter(|m| surveyed(m.at))) {
        let mut ring = Geometry::empty(OGRwkbGeometryType::wkbLinearRing)?;
        // Clockwise, as Shapefiles have outer rings; the last corner is the first.
        for k in (0..=CORNERS).rev() {
            let angle = f64::from(k % CORNERS) * TAU / f64::from(CORNERS);
            let p = to_world(manhole.at) + DVec2::from_angle(angle) * RADIUS_M;
            let mm = |v: f64| (v * 1000.0).round() / 1000.0;
            ring.add_point_2d((mm(p.x), mm(p.y)));
        }
        let mut cover = Geometry::empty(OGRwkbGeometryType::wkbPolygon)?;
        cover.add_geometry(ring)?;
        let mut feature = Feature::new(layer.defn())?;
        feature.set_geometry(cover)?;
        for (field, value) in
            [format!("JG-{n:03}"), manhole.kind.to_owned(), manhole.owner.to_owned()].into_iter().enumerate()
        {
            feature.set_field(field, &FieldValue::StringValue(value))?;
        }
        feature.create(&layer)?;
    }
    dataset.close()?;
    forget_encoding(path)
}

/// Along every sewer and rain pipe.
fn manholes(plan: &Plan) -> Vec<Manhole> {
    let mut out = Vec::new();
    for pipe in plan.pipes.iter().filter(|p| p.kind == "sewer") {
        let mut station = STEP_M * 0.5;
        while let Some((at, _)) = pipe.axis.at(station).filter(|_| station < pipe.axis.length()) {
            out.push(Manhole { at, kind: "污水检查井", owner: pipe.owner });
            station += STEP_M;
        }
    }
    out
}

/// Removes what tells the encoding: the file beside the table, and the byte in its header.
fn forget_encoding(path: &Path) -> Result<(), DemoError> {
    let failed = |path: PathBuf| move |source| DemoError::Write { source, path };
    let cpg = path.with_extension("cpg");
    if cpg.exists() {
        std::fs::remove_file(&cpg).map_err(failed(cpg))?;
    }
    let dbf = path.with_extension("dbf");
    let mut bytes = std::fs::read(&dbf).map_err(failed(dbf.clone()))?;
    if let Some(language) = bytes.get_mut(LANGUAGE_AT) {
        *language = 0;
    }
    std::fs::write(&dbf, bytes).map_err(failed(dbf))
}
