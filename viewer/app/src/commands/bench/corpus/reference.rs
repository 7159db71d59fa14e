//! Our products against a reference: a JSON of bounds and volumes by `GlobalId`, in `reference/` beside the file's
//! folder. The rules are those of the comparison that the references were made for.

use std::collections::HashMap;
use std::path::Path;

use glam::DVec3;
use lantu_base::Bounds;
use lantu_session::{Inspection, Row};
use serde_json::Value;

/// Boxes that differ by less are the same, meters; and the same as a share of the box's diagonal.
const BOUNDS_M: f64 = 0.01;
const BOUNDS_SHARE: f64 = 0.01;
/// A volume that differs by more is off, and one by still more far off.
const VOLUME_SHARE: f64 = 0.01;
const VOLUME_SHARE_FAR: f64 = 0.05;
/// Volumes below this are nothing, m³.
const NO_VOLUME_M3: f64 = 1e-6;

/// How many products agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::commands::bench) struct Compared {
    pub(in crate::commands::bench) products: u64,
    pub(in crate::commands::bench) missing: u64,
    pub(in crate::commands::bench) bounds_off: u64,
    /// Products that are closed there, and of these: open, off by 1 % and by 5 %.
    pub(in crate::commands::bench) closed: u64,
    pub(in crate::commands::bench) open: u64,
    pub(in crate::commands::bench) volume_off: u64,
    pub(in crate::commands::bench) volume_far_off: u64,
}

/// One product that differs.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::commands::bench) struct Deviation {
    pub(in crate::commands::bench) id: String,
    pub(in crate::commands::bench) class: String,
    /// `bounds` or `volume`.
    pub(in crate::commands::bench) what: &'static str,
    /// Difference in parts of the reference: of the diagonal of its box, or of its volume.
    pub(in crate::commands::bench) share: f64,
    /// Meters off, or our volume and that of the reference in m³.
    pub(in crate::commands::bench) words: String,
}

/// Compares with the reference of a file; `None` where there is none. With those that differ, in any order.
pub(in crate::commands::bench) fn of(
    file: &Path,
    inspection: &Inspection,
) -> Option<(Compared, Vec<Deviation>)> {
    let stem = file.file_stem()?.to_string_lossy().into_owned();
    let path = file.parent()?.parent()?.join("reference").join(stem + ".json");
    let reference: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    compare(reference.get("products")?, &inspection.rows)
}

fn compare(products: &Value, rows: &[Row]) -> Option<(Compared, Vec<Deviation>)> {
    let ours: HashMap<&str, &Row> = rows.iter().map(|r| (r.id.as_str(), r)).collect();
    let (mut out, mut deviations) = (Compared::default(), Vec::new());
    for (id, p) in products.as_object()? {
        let class = p.get("class").and_then(Value::as_str).unwrap_or_default();
        if class.starts_with("IfcOpening") {
            continue;
        }
        out.products += 1;
        let shaped = ours.get(id.as_str()).filter(|r| r.n_triangles > 0);
        let (Some(row), Some(bounds)) = (shaped, shaped.and_then(|r| r.bbox)) else {
            out.missing += 1;
            continue;
        };
        let known: Vec<f64> = p.get("bbox")?.as_array()?.iter().filter_map(Value::as_f64).collect();
        let known: [f64; 6] = known.try_into().ok()?;
        let size: DVec3 = Bounds::from_array(known).max - Bounds::from_array(known).min;
        let off = known.iter().zip(bounds).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let deviation =
            |what, share, words| Deviation { id: id.clone(), class: class.to_owned(), what, share, words };
        if off > BOUNDS_M.max(BOUNDS_SHARE * size.length()) {
            out.bounds_off += 1;
            deviations.push(deviation(
                "bounds",
                off / size.length().max(BOUNDS_M),
                format!("{off:.3} m off"),
            ));
        }
        let volume = p.get("volume_m3").and_then(Value::as_f64).unwrap_or(0.0).abs();
        if p.get("closed") == Some(&Value::Bool(true)) && volume > NO_VOLUME_M3 {
            out.closed += 1;
            let share = row.volume_m3.map(|v| (v.abs() - volume).abs() / volume);
            out.open += u64::from(share.is_none());
            if let (Some(s), Some(ours)) = (share.filter(|s| *s > VOLUME_SHARE), row.volume_m3) {
                out.volume_off += 1;
                deviations.push(deviation("volume", s, format!("{ours:.5} m³, there {volume:.5} m³")));
            }
            out.volume_far_off += u64::from(share.is_some_and(|s| s > VOLUME_SHARE_FAR));
        }
    }
    Some((out, deviations))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(id: &str, bbox: Option<[f64; 6]>, volume_m3: Option<f64>) -> Row {
        Row {
            source: String::new(),
            id: id.to_owned(),
            class: "IfcWall".to_owned(),
            name: String::new(),
            parent: None,
            bbox,
            area_m2: None,
            volume_m3,
            n_triangles: u32::from(bbox.is_some()),
            closed: true,
            color: None,
            diagnostics: Vec::new(),
            details: None,
        }
    }

    #[test]
    fn each_kind_of_deviation_is_counted_and_openings_are_not() {
        let cube = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let product = |class: &str| json!({"class": class, "bbox": cube, "volume_m3": 1.0, "closed": true});
        let mut products = serde_json::Map::new();
        for id in ["same", "moved", "thin", "open", "none", "gone"] {
            products.insert(id.to_owned(), product("IfcWall"));
        }
        products.insert("hole".to_owned(), product("IfcOpeningElement"));
        let moved = [0.03, 0.0, 0.0, 1.03, 1.0, 1.0];
        let rows = [
            row("same", Some(cube), Some(-1.005)),
            row("moved", Some(moved), Some(1.0)),
            row("thin", Some(cube), Some(0.9)),
            row("open", Some(cube), None),
            row("none", None, None),
        ];
        let expected = Compared {
            products: 6,
            missing: 2,
            bounds_off: 1,
            closed: 4,
            open: 1,
            volume_off: 1,
            volume_far_off: 1,
        };
        let (counts, deviations) = compare(&Value::Object(products), &rows).unwrap();
        assert_eq!(counts, expected);
        let mut of: Vec<_> = deviations.iter().map(|d| (d.id.as_str(), d.what)).collect();
        of.sort_unstable();
        assert_eq!(of, [("moved", "bounds"), ("thin", "volume")]);
    }
}
