//! What makes the file a GeoPackage: reference systems, the list of layers, and the outlines of all objects.

use lantu_base::{Bounds, ProjectFrame, UtcNanos};
use rusqlite::{Connection, Transaction, params};
use serde_json::json;

use crate::error::{Fault, ProjectError};
use crate::project::{Project, ProjectMeta, Stamp, Touch};
use crate::rows::FootprintRow;
use crate::schema::FOOTPRINTS;

/// WGS 84 as GeoPackage 1.3 prints it (requirement 11).
const WGS84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]"#;
/// For a CRS without a code: outside the range that EPSG uses. Chosen.
const CUSTOM_SRS: i32 = 900_001;

/// The id of the project's CRS in `gpkg_spatial_ref_sys`: its EPSG code, or one of our own.
fn srs_id(frame: &ProjectFrame) -> i32 {
    frame
        .crs
        .strip_prefix("EPSG:")
        .map(|rest| rest.split('+').next().unwrap_or(rest))
        .and_then(|code| code.parse().ok())
        .filter(|code| *code > 0)
        .unwrap_or(CUSTOM_SRS)
}

pub(crate) fn write_new(tx: &Transaction<'_>, meta: &ProjectMeta, stamp: &Stamp) -> rusqlite::Result<()> {
    let id = srs_id(&meta.frame);
    let organization = if id == CUSTOM_SRS { "LANTU" } else { "EPSG" };
    let wkt = meta.crs_wkt.clone().unwrap_or_else(|| match id {
        CUSTOM_SRS => meta.frame.crs.clone(),
        _ => "undefined".to_owned(),
    });
    let mut systems = vec![
        ("Undefined Cartesian", -1, "NONE", "undefined".to_owned()),
        ("Undefined Geographic", 0, "NONE", "undefined".to_owned()),
        ("WGS 84", 4326, "EPSG", WGS84.to_owned()),
    ];
    if id != 4326 {
        systems.push((&meta.frame.crs, id, organization, wkt));
    }
    for (name, id, organization, definition) in systems {
        tx.execute(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?2, ?4, NULL)",
            params![name, id, organization, definition],
        )?;
    }
    tx.execute(
        "INSERT INTO gpkg_contents VALUES (?1, 'features', 'Objects', 'Outlines of all objects', ?2, NULL, NULL, NULL, NULL, ?3)",
        params![FOOTPRINTS, gpkg_time(stamp.at), id],
    )?;
    // One listed table of attributes keeps GDAL from offering every internal table as a layer.
    tx.execute(
        "INSERT INTO gpkg_contents VALUES ('lantu_sources', 'attributes', 'Sources', 'Imported files', ?1, NULL, NULL, NULL, NULL, 0)",
        params![gpkg_time(stamp.at)],
    )?;
    tx.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', 'POLYGON', ?2, 0, 0)",
        params![FOOTPRINTS, id],
    )?;
    Ok(())
}

/// UTC with milliseconds, as requirement 15 asks.
fn gpkg_time(at: UtcNanos) -> String {
    let text = at.to_string();
    format!("{}.000Z", text.get(..19).unwrap_or(&text))
}

/// A bounding box as GeoPackage binary: little-endian header with an xy envelope, then a WKB polygon.
/// `None` for an empty or infinite box. Source: OGC 12-128r19, clause 2.1.3.
fn polygon(bounds: &Bounds, frame: &ProjectFrame) -> Option<Vec<u8>> {
    if bounds.is_empty() || !bounds.min.is_finite() || !bounds.max.is_finite() {
        return None;
    }
    let unit = frame.meters_per_unit;
    let [x0, y0, x1, y1] = [bounds.min.x, bounds.min.y, bounds.max.x, bounds.max.y].map(|v| v / unit);
    let mut out = Vec::with_capacity(133);
    out.extend_from_slice(b"GP\x00\x03");
    out.extend_from_slice(&srs_id(frame).to_le_bytes());
    let mut put = |values: &[f64]| {
        for v in values {
            out.extend_from_slice(&v.to_le_bytes());
        }
    };
    put(&[x0, x1, y0, y1]);
    // Byte order, type 3 (polygon), one ring, five points.
    out.push(1);
    for n in [3u32, 1, 5] {
        out.extend_from_slice(&n.to_le_bytes());
    }
    let mut put = |values: &[f64]| {
        for v in values {
            out.extend_from_slice(&v.to_le_bytes());
        }
    };
    put(&[x0, y0, x1, y0, x1, y1, x0, y1, x0, y0]);
    Some(out)
}

impl Project {
    /// Replaces the outlines of a source's objects, which other GIS programs show as a layer.
    ///
    /// # Errors
    /// [`ProjectError::UnknownSource`], or a failure to write.
    pub fn set_footprints(&mut self, source: &str, rows: &[FootprintRow]) -> Result<(), ProjectError> {
        let payload = json!({ "source": source, "n": rows.len() });
        let frame = self.meta().frame.clone();
        self.change("footprints.set", &payload, touches(source), |tx, stamp| {
            crate::sources::require(tx, source)?;
            write(tx, source, rows, &frame)?;
            update_extent(tx, stamp)?;
            Ok(())
        })
    }
}

/// What writing footprints touches.
pub(crate) fn touches(source: &str) -> Vec<Touch> {
    vec![Touch::replace(FOOTPRINTS, source), Touch::amend("gpkg_contents", "")]
}

pub(crate) fn write(
    tx: &Transaction<'_>,
    source: &str,
    rows: &[FootprintRow],
    frame: &ProjectFrame,
) -> Result<(), Fault> {
    tx.execute("DELETE FROM objects_footprints WHERE source = ?1", [source])?;
    let mut stmt = tx.prepare_cached(
        "INSERT INTO objects_footprints (source, object, class, name, z_min, z_max, geom) VALUES (?1,?2,?3,?4,?5,?6,?7)",
    )?;
    for r in rows {
        let geom = polygon(&r.bounds, frame);
        let z = |v: f64| geom.as_ref().map(|_| v);
        let (low, high) = (z(r.bounds.min.z), z(r.bounds.max.z));
        stmt.execute(params![source, r.object, r.class, r.name, low, high, geom])?;
    }
    Ok(())
}

/// Brings the layer's extent and time of change up to date. The extent comes from the envelopes in the rows.
pub(crate) fn update_extent(conn: &Connection, stamp: &Stamp) -> Result<(), Fault> {
    let mut stmt =
        conn.prepare_cached("SELECT substr(geom, 9, 32) FROM objects_footprints WHERE geom IS NOT NULL")?;
    let mut rows = stmt.query([])?;
    let mut extent: Option<[f64; 4]> = None;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let mut values = [0.0; 4];
        for (v, b) in values.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *v = f64::from_le_bytes(*b);
        }
        let [x0, x1, y0, y1] = values;
        let e = extent.get_or_insert([x0, y0, x1, y1]);
        *e = [e[0].min(x0), e[1].min(y0), e[2].max(x1), e[3].max(y1)];
    }
    let [x0, y0, x1, y1] = extent.map_or([None; 4], |e| e.map(Some));
    conn.execute(
        "UPDATE gpkg_contents SET last_change = ?1, min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5 WHERE table_name = ?6",
        params![gpkg_time(stamp.at), x0, y0, x1, y1, FOOTPRINTS],
    )?;
    Ok(())
}
