//! `lantu clearance`: a planned excavation against the buried pipes of a project.

use std::path::Path;

use anyhow::Context as _;
use lantu_overlay::{Conflict, ObjectTable, PipeConflict, Pit, n_pipes_around, pipe_conflicts};
use lantu_session::SceneTable;
use serde_json::{Value, json};

use crate::cli::ClearanceArgs;
use crate::commands::{DONE, project};
use crate::context::{Context, write_text};

/// Largest file of a polygon, bytes. Chosen: a million corners.
const MAX_BYTES: u64 = 64 << 20;

type Rings = Vec<Vec<[f64; 3]>>;

pub(crate) fn clearance(context: &Context, args: &ClearanceArgs) -> anyhow::Result<u8> {
    anyhow::ensure!(
        args.depth.is_finite() && args.depth > 0.0,
        "--depth must be more than 0 meters, found {}",
        args.depth
    );
    let rings = polygon(&args.excavation)?;
    let session = project::open(context, &args.project)?;
    let (table, rules) = (SceneTable::new(&session), std::sync::Arc::clone(session.rules()));
    session.close()?;
    let pit = Pit { lines: &rings, depth_m: Some(args.depth), own: None };
    let n_pipes = n_pipes_around(&table, &rules, &pit);
    let mut found = pipe_conflicts(&table, &rules, &pit);
    found.sort_by_key(|c| (std::cmp::Reverse(c.clearance.conflict), c.pipe));
    let kinds = &rules.clearance.kinds;
    let rows: Vec<Value> = found
        .iter()
        .filter_map(|c| {
            let key = table.key(c.pipe)?;
            let kind = kinds.get(c.kind)?;
            let told = Told::new(c, kind.horizontal_m, kind.vertical_m, args.depth);
            Some(json!({
                "source": key.source.as_str(),
                "id": &*key.id,
                "kind": told.kind,
                "distance_m": told.distance_m,
                "required_m": told.required_m,
                "reason": told.reason,
                "carries": kind.name,
                "standard": kind.standard,
                "clause": kind.clause,
                "verified": kind.verified,
                "assumed_diameter_m": c.assumed_diameter_m,
            }))
        })
        .collect();
    let text = if args.json {
        let all = json!({
            "depth_m": args.depth, "n_pipes": n_pipes, "rules": rules.clearance.version, "conflicts": rows,
        });
        serde_json::to_string_pretty(&all)? + "\n"
    } else {
        let word = |v: &Value, key: &str| v.get(key).map(ToString::to_string).unwrap_or_default();
        let line = |r: &Value| {
            ["kind", "source", "id", "distance_m", "required_m", "reason"].map(|k| word(r, k)).join("  ")
                + "\n"
        };
        let lines: String = rows.iter().map(line).collect();
        format!("{lines}{} conflicts with {n_pipes} pipes in reach\n", rows.len())
    };
    write_text(&text)?;
    Ok(DONE)
}

/// A conflict in the words of the command line.
struct Told {
    kind: &'static str,
    distance_m: f64,
    required_m: f64,
    reason: String,
}

impl Told {
    /// The distance is the one that decides: beside the excavation the horizontal one, under it the vertical one.
    fn new(c: &PipeConflict, horizontal_m: f64, vertical_m: f64, depth_m: f64) -> Self {
        let (h, v) = (c.clearance.horizontal_m, c.clearance.vertical_m);
        let under = h <= 0.0 && v.is_some();
        let (distance_m, required_m) = if under { (v.unwrap_or(h), vertical_m) } else { (h, horizontal_m) };
        let crown = v.map(|v| depth_m + v);
        let tolerance = if c.depth_tolerance_m > 0.0 {
            format!(" ± {:.2} m", c.depth_tolerance_m)
        } else {
            String::new()
        };
        let crown = crown.map_or_else(|| "unknown".to_owned(), |d| format!("{d:.2} m{tolerance}"));
        let place = format!("bottom at {depth_m:.2} m, pipe's crown at {crown}, {h:.2} m beside the outline");
        let (kind, reason) = match c.clearance.conflict {
            Conflict::Hard => ("hard", format!("the excavation digs into the pipe: {place}")),
            Conflict::TooClose => ("clearance", format!("nearer than {required_m:.2} m: {place}")),
            Conflict::Undecidable if v.is_none() => (
                "undecidable",
                format!("a depth is not known, and the pipe is nearer than {horizontal_m:.2} m: {place}"),
            ),
            Conflict::Undecidable => {
                ("undecidable", format!("the depth is too uncertain to call {vertical_m:.2} m kept: {place}"))
            }
            Conflict::Free => ("free", place),
        };
        Self { kind, distance_m, required_m, reason }
    }
}

/// The outline of an excavation: WKT, or a file with WKT or GeoJSON, in the project's CRS.
fn polygon(text: &str) -> anyhow::Result<Rings> {
    let path = Path::new(text);
    let is_wkt = text.to_ascii_uppercase().contains("POLYGON");
    let content = if !is_wkt || path.is_file() {
        let size = std::fs::metadata(path).with_context(|| {
            format!("expected WKT (POLYGON, MULTIPOLYGON) or a file with WKT or GeoJSON\nexcavation: {text}")
        })?;
        anyhow::ensure!(size.len() <= MAX_BYTES, "the file is larger than 64 MiB\nfile: {text}");
        std::fs::read_to_string(path).with_context(|| format!("cannot read\nfile: {text}"))?
    } else {
        text.to_owned()
    };
    let rings = if content.trim_start().starts_with('{') {
        let json: Value =
            serde_json::from_str(&content).with_context(|| format!("not GeoJSON\nfile: {text}"))?;
        let mut rings = Vec::new();
        geojson(&json, &mut rings)?;
        rings
    } else {
        wkt(&content)?
    };
    anyhow::ensure!(!rings.is_empty(), "there is no polygon\nexcavation: {text}");
    Ok(rings)
}

/// Rings of WKT: the innermost parentheses.
fn wkt(text: &str) -> anyhow::Result<Rings> {
    let body = text.trim();
    let body = body.rsplit_once(';').map_or(body, |(_, rest)| rest.trim());
    let upper = body.to_ascii_uppercase();
    anyhow::ensure!(
        upper.starts_with("POLYGON") || upper.starts_with("MULTIPOLYGON"),
        "expected POLYGON or MULTIPOLYGON, found {:?}",
        body.chars().take(32).collect::<String>()
    );
    let (mut rings, mut start, mut depth) = (Vec::new(), None, 0_i32);
    for (at, c) in body.char_indices() {
        match c {
            '(' => (depth, start) = (depth + 1, Some(at + 1)),
            ')' => {
                depth -= 1;
                if let Some(inner) = start.take().and_then(|from| body.get(from..at)) {
                    rings.push(ring(inner.split(',').map(|p| {
                        p.split_whitespace().map(|n| n.parse::<f64>().ok()).collect::<Option<Vec<f64>>>()
                    }))?);
                }
            }
            _ => {}
        }
    }
    anyhow::ensure!(depth == 0, "the parentheses of the polygon do not match");
    Ok(rings)
}

/// Rings of every polygon in a GeoJSON value.
fn geojson(value: &Value, out: &mut Rings) -> anyhow::Result<()> {
    let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
    match value.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => list("features").try_for_each(|f| geojson(f, out)),
        Some("GeometryCollection") => list("geometries").try_for_each(|g| geojson(g, out)),
        Some("Feature") => value.get("geometry").map_or(Ok(()), |g| geojson(g, out)),
        Some("Polygon") => list("coordinates").try_for_each(|r| push_ring(r, out)),
        Some("MultiPolygon") => list("coordinates")
            .flat_map(|p| p.as_array().into_iter().flatten())
            .try_for_each(|r| push_ring(r, out)),
        other => anyhow::bail!("expected a polygon in the GeoJSON, found {other:?}"),
    }
}

fn push_ring(value: &Value, out: &mut Rings) -> anyhow::Result<()> {
    let points = value.as_array().into_iter().flatten();
    let numbers = |p: &Value| p.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
    out.push(ring(points.map(numbers))?);
    Ok(())
}

fn ring(points: impl Iterator<Item = Option<Vec<f64>>>) -> anyhow::Result<Vec<[f64; 3]>> {
    let mut out = Vec::new();
    for p in points {
        let p = p.context("a corner of the polygon is no pair of numbers")?;
        let (Some(&x), Some(&y)) = (p.first(), p.get(1)) else { anyhow::bail!("a corner needs two numbers") };
        anyhow::ensure!(x.is_finite() && y.is_finite(), "a corner is not finite");
        out.push([x, y, p.get(2).copied().unwrap_or(0.0)]);
    }
    anyhow::ensure!(out.len() >= 4, "a ring needs four corners, the last one equal to the first");
    let same = |a: &[f64; 3], b: &[f64; 3]| a.iter().zip(b).take(2).all(|(a, b)| a.to_bits() == b.to_bits());
    anyhow::ensure!(out.first().zip(out.last()).is_some_and(|(a, b)| same(a, b)), "a ring is not closed");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_are_read_from_wkt_and_geojson_and_damage_is_refused() {
        let square = "POLYGON((0 0, 4 0, 4 4, 0 4, 0 0),(1 1,2 1,2 2,1 1))";
        assert_eq!(polygon(square).unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [5, 4]);
        let high = polygon("SRID=4548;MULTIPOLYGON Z (((0 0 1,1 0 1,1 1 1,0 0 1)))").unwrap();
        assert_eq!(high[0][1].map(f64::to_bits), [1.0, 0.0, 1.0].map(f64::to_bits));
        let json = json!({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}});
        let mut rings = Vec::new();
        geojson(&json, &mut rings).unwrap();
        assert_eq!(rings.len(), 1);
        for bad in [
            "POLYGON((0 0,1 0,1 1,2 2))",
            "POLYGON((0 0,1 0,0 0))",
            "POLYGON((0 x,1 0,1 1,0 0))",
            "POLYGON((0 0,1 0",
            "nothing.wkt",
        ] {
            assert!(polygon(bad).is_err(), "{bad}");
        }
    }
}
