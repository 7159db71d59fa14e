//! Vector layers: `GeoJSON` as text of our own, `GeoPackage` through GDAL.

use std::path::Path;

use gdal::spatial_ref::SpatialRef;
use gdal::vector::{FieldValue, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use glam::DVec2;
use serde_json::{Map, Value, json};

use crate::plan::{BLOCK, DISTRICT, EARTHWORKS, Earthwork, Plan, Road, from_world, to_world};
use crate::raster::to_byte;
use crate::shape::ring_area;
use crate::{DemoError, EPSG, write_text};

/// What the layers say of themselves, also as time of their last change.
const SURVEY_TIME: &str = "2026-02-20T00:00:00.000Z";

/// Writes all vector layers under `dir` and returns their names in import order.
pub(crate) fn write(dir: &Path, plan: &Plan) -> Result<Vec<&'static str>, DemoError> {
    geojson(&dir.join("roads.geojson"), "roads", roads(plan))?;
    geojson(&dir.join("buildings.geojson"), "buildings", buildings(plan))?;
    geojson(&dir.join("excavations.geojson"), "excavations", excavations(plan))?;
    geojson(&dir.join("earthworks.geojson"), "earthworks", earthworks())?;
    crate::manholes::write(&dir.join("manholes.shp"), plan, |p| surveyed(&[p]).len() == 1)?;
    // A GeoPackage states when its tables changed: the same instant in every run.
    gdal::config::set_thread_local_config_option("OGR_CURRENT_DATE", SURVEY_TIME)?;
    let written = packages(dir, plan);
    gdal::config::clear_thread_local_config_option("OGR_CURRENT_DATE")?;
    written?;
    Ok(vec![
        "parcels.gpkg",
        "cells.gpkg",
        "roads.geojson",
        "buildings.geojson",
        "trees.gpkg",
        "pipes.gpkg",
        "excavations.geojson",
        "earthworks.geojson",
        "manholes.shp",
    ])
}

fn packages(dir: &Path, plan: &Plan) -> Result<(), DemoError> {
    parcels(&dir.join("parcels.gpkg"), plan)?;
    cells(&dir.join("cells.gpkg"))?;
    pipes(&dir.join("pipes.gpkg"), plan)?;
    trees(&dir.join("trees.gpkg"), plan)
}

/// Millimeters: finer digits would be noise.
fn mm(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

fn cm(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// A closed, counter-clockwise ring in EPSG:4548.
fn closed(ring: &[DVec2]) -> Vec<DVec2> {
    let mut points: Vec<DVec2> =
        ring.iter().map(|p| to_world(*p)).map(|p| DVec2::new(mm(p.x), mm(p.y))).collect();
    if ring_area(&points) < 0.0 {
        points.reverse();
    }
    points.extend(points.first().copied());
    points
}

/// The part of an outline that was surveyed; empty outside.
fn surveyed(ring: &[DVec2]) -> Vec<DVec2> {
    let [west, south, east, north] = DISTRICT;
    let edges = [(DVec2::X, -west), (DVec2::NEG_X, east), (DVec2::Y, -south), (DVec2::NEG_Y, north)];
    edges.into_iter().fold(ring.to_vec(), |ring, (inwards, at_zero)| {
        let inside = |p: DVec2| inwards.dot(to_world(p)) + at_zero;
        let mut out = Vec::new();
        for (&a, &b) in ring.iter().zip(ring.iter().skip(1).chain(ring.first())) {
            if inside(a) >= 0.0 {
                out.push(a);
            }
            if inside(a) * inside(b) < 0.0 {
                out.push(a.lerp(b, inside(a) / (inside(a) - inside(b))));
            }
        }
        out
    })
}

fn polygon(ring: &[DVec2]) -> Value {
    let points: Vec<Value> = closed(ring).iter().map(|p| json!([p.x, p.y])).collect();
    json!({"type": "Polygon", "coordinates": [points]})
}

fn feature(id: usize, geometry: &Value, properties: &Value) -> Value {
    json!({"type": "Feature", "id": id, "properties": properties, "geometry": geometry})
}

fn geojson(path: &Path, name: &str, features: Vec<Value>) -> Result<(), DemoError> {
    let mut root = Map::new();
    root.insert("type".into(), "FeatureCollection".into());
    root.insert("name".into(), name.into());
    root.insert(
        "crs".into(),
        json!({"type": "name", "properties": {"name": format!("urn:ogc:def:crs:EPSG::{EPSG}")}}),
    );
    root.insert("features".into(), Value::Array(features));
    let mut text = Value::Object(root).to_string();
    text = text.replace("{\"type\":\"Feature\"", "\n{\"type\":\"Feature\"");
    text.push('\n');
    write_text(path, &text)
}

fn roads(plan: &Plan) -> Vec<Value> {
    let mut out = Vec::new();
    let mut add = |road: &Road, right: f64, left: f64, part: (&str, &str)| {
        let (kind, surface) = part;
        let properties = json!({
            "name": road.name, "class": if kind == "车行道" { road.class.word() } else { kind },
            "width_m": cm(left - right), "surface": surface,
        });
        let ring = surveyed(&road.axis.band(right, left));
        if ring.len() > 2 {
            out.push(feature(out.len() + 1, &polygon(&ring), &properties));
        }
    };
    for road in &plan.roads {
        let half = road.width_m * 0.5;
        add(road, -half, half, ("车行道", "沥青混凝土"));
        add(road, half + 0.2, half + road.sidewalk_m, ("人行道", "透水砖"));
        add(road, -half - road.sidewalk_m, -half - 0.2, ("人行道", "透水砖"));
    }
    out
}

/// How far roofs lie over those of the surface model, so that these do not show through them, meters.
const OVER_SURFACE_M: f64 = 0.4;

/// Houses up to the ridge: `height_m` is above `base_m`, the terrain at the house's middle. Roofs as OpenStreetMap
/// describes them; flat ones show what the surface model and the orthophoto know of them.
fn buildings(plan: &Plan) -> Vec<Value> {
    plan.houses
        .iter()
        .enumerate()
        .map(|(i, house)| {
            let (shape, rise_m) = house.roof.word();
            let over = if rise_m > 0.0 { OVER_SURFACE_M } else { 0.0 };
            let [r, g, b] = house.color.map(to_byte);
            let properties = json!({
                "name": house.name, "floors": house.floors, "height_m": cm(house.eave_m + rise_m + over),
                "use": house.purpose, "base_m": cm(plan.ground_m(house.rect.center)),
                "roof:shape": shape, "roof:height": rise_m, "roof:colour": format!("#{r:02x}{g:02x}{b:02x}"),
            });
            feature(i + 1, &polygon(&house.rect.corners()), &properties)
        })
        .collect()
}

fn excavations(plan: &Plan) -> Vec<Value> {
    plan.pits
        .iter()
        .enumerate()
        .map(|(i, pit)| {
            let properties = json!({"name": pit.name, "depth_m": pit.depth_m});
            feature(i + 1, &polygon(&pit.rect.corners()), &properties)
        })
        .collect()
}

/// Where something was dug and piled up between the two surveys.
fn earthworks() -> Vec<Value> {
    let one = |(i, work): (usize, &Earthwork)| {
        let [west, south, east, north] = work.bounds;
        let corners = [(west, south), (east, south), (east, north), (west, north)];
        let ring: Vec<DVec2> = corners.iter().map(|c| from_world(DVec2::from(*c))).collect();
        feature(
            i + 1,
            &polygon(&ring),
            &json!({"name": work.name, "rise_m": work.rise_m, "cut_m3": work.planned_cut_m3, "fill_m3": work.planned_fill_m3}),
        )
    };
    EARTHWORKS.iter().enumerate().map(one).collect()
}

/// One layer of a new `GeoPackage`, ready for features.
struct Table {
    dataset: Dataset,
    names: Vec<&'static str>,
}

type Fields = [(&'static str, OGRFieldType::Type)];

impl Table {
    fn new(path: &Path, kind: OGRwkbGeometryType::Type, fields: &Fields) -> Result<Self, DemoError> {
        if path.exists() {
            std::fs::remove_file(path)
                .map_err(|source| DemoError::Write { source, path: path.to_path_buf() })?;
        }
        let mut dataset = DriverManager::get_driver_by_name("GPKG")?.create_vector_only(path)?;
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let srs = SpatialRef::from_epsg(EPSG)?;
        let layer = dataset.create_layer(LayerOptions {
            name: &name,
            srs: Some(&srs),
            ty: kind,
            options: Some(&["FID=fid", "GEOMETRY_NAME=geom"]),
        })?;
        layer.create_defn_fields(fields)?;
        Ok(Self { dataset, names: fields.iter().map(|(name, _)| *name).collect() })
    }

    /// Adds features in order: their ids count from 1. A `None` is NULL.
    fn fill(mut self, rows: impl Iterator<Item = Row>) -> Result<(), DemoError> {
        let transaction = self.dataset.start_transaction()?;
        let layer = transaction.layer(0)?;
        for row in rows {
            let mut feature = gdal::vector::Feature::new(layer.defn())?;
            feature.set_geometry(row.geometry)?;
            for (name, value) in self.names.iter().zip(&row.values) {
                if let Some(value) = value {
                    feature.set_field(feature.field_index(name)?, value)?;
                }
            }
            feature.create(&layer)?;
        }
        transaction.commit()?;
        self.dataset.close()?;
        Ok(())
    }
}

struct Row {
    geometry: Geometry,
    values: Vec<Option<FieldValue>>,
}

fn text(value: &str) -> FieldValue {
    FieldValue::StringValue(value.to_owned())
}

fn real(value: f64) -> FieldValue {
    FieldValue::RealValue(value)
}

fn line(kind: OGRwkbGeometryType::Type, points: &[DVec2]) -> Result<Geometry, DemoError> {
    let mut geometry = Geometry::empty(kind)?;
    for p in points {
        geometry.add_point_2d((mm(p.x), mm(p.y)));
    }
    Ok(geometry)
}

fn face(ring: &[DVec2]) -> Result<Geometry, DemoError> {
    let mut geometry = Geometry::empty(OGRwkbGeometryType::wkbPolygon)?;
    geometry.add_geometry(line(OGRwkbGeometryType::wkbLinearRing, ring)?)?;
    Ok(geometry)
}

fn parcels(path: &Path, plan: &Plan) -> Result<(), DemoError> {
    use OGRFieldType::{OFTReal, OFTString};
    let fields = [("parcel_no", OFTString), ("use", OFTString), ("area_m2", OFTReal)];
    let table = Table::new(path, OGRwkbGeometryType::wkbPolygon, &fields)?;
    let rows: Result<Vec<Row>, DemoError> = plan
        .parcels
        .iter()
        .enumerate()
        .map(|(i, parcel)| {
            let values = vec![
                Some(text(&format!("LT-01-{:03}", i + 1))),
                Some(text(parcel.purpose)),
                Some(real(cm(ring_area(&surveyed(&parcel.ring)).abs()))),
            ];
            Ok(Row { geometry: face(&closed(&surveyed(&parcel.ring)))?, values })
        })
        .collect();
    table.fill(rows?.into_iter())
}

/// Four by four management cells over the block, numbered from the north-west.
fn cells(path: &Path) -> Result<(), DemoError> {
    use OGRFieldType::OFTString;
    let table =
        Table::new(path, OGRwkbGeometryType::wkbPolygon, &[("cell_no", OFTString), ("name", OFTString)])?;
    let [west, south, east, north] = BLOCK;
    let (dx, dy) = ((east - west) / 4.0, (north - south) / 4.0);
    let mut rows = Vec::new();
    for (row, letter) in (0_u8..4).zip(["A", "B", "C", "D"]) {
        for column in 0_u8..4 {
            let lo = DVec2::new(west + dx * f64::from(column), north - dy * f64::from(row + 1));
            let ring = [lo, lo + DVec2::new(dx, 0.0), lo + DVec2::new(dx, dy), lo + DVec2::new(0.0, dy), lo];
            let number = column + 1;
            let values = vec![
                Some(text(&format!("{letter}{number}"))),
                Some(text(&format!("蓝图网格{letter}{number}"))),
            ];
            rows.push(Row { geometry: face(&ring)?, values });
        }
    }
    table.fill(rows.into_iter())
}

fn pipes(path: &Path, plan: &Plan) -> Result<(), DemoError> {
    use OGRFieldType::{OFTInteger, OFTReal, OFTString};
    let fields = [
        ("kind", OFTString),
        ("material", OFTString),
        ("diameter_mm", OFTInteger),
        ("depth_m", OFTReal),
        ("year", OFTInteger),
        ("owner", OFTString),
    ];
    let table = Table::new(path, OGRwkbGeometryType::wkbLineString, &fields)?;
    let rows: Result<Vec<Row>, DemoError> = plan
        .pipes
        .iter()
        .map(|pipe| {
            let points: Vec<DVec2> = pipe.axis.points.iter().map(|p| to_world(*p)).collect();
            let values = vec![
                Some(text(pipe.kind)),
                Some(text(pipe.material)),
                Some(FieldValue::IntegerValue(pipe.diameter_mm)),
                pipe.depth_m.map(FieldValue::RealValue),
                Some(FieldValue::IntegerValue(pipe.year)),
                Some(text(pipe.owner)),
            ];
            Ok(Row { geometry: line(OGRwkbGeometryType::wkbLineString, &points)?, values })
        })
        .collect();
    table.fill(rows?.into_iter())
}

fn trees(path: &Path, plan: &Plan) -> Result<(), DemoError> {
    use OGRFieldType::{OFTReal, OFTString};
    let fields = [("species", OFTString), ("height_m", OFTReal), ("crown_m", OFTReal)];
    let table = Table::new(path, OGRwkbGeometryType::wkbPoint, &fields)?;
    let rows: Result<Vec<Row>, DemoError> = plan
        .trees
        .iter()
        .filter(|tree| surveyed(&[tree.at]).len() == 1)
        .map(|tree| {
            let values =
                vec![Some(text(tree.species)), Some(real(cm(tree.height_m))), Some(real(cm(tree.crown_m)))];
            Ok(Row { geometry: line(OGRwkbGeometryType::wkbPoint, &[to_world(tree.at)])?, values })
        })
        .collect();
    table.fill(rows?.into_iter())
}
