//! What a file says of its place besides its georeference.

use lantu_ingest::{Georeference, PlaceHints};

use crate::georef;
use crate::step::{StepFile, Value};
use crate::units::Units;

/// Placements that stand on each other at most. Chosen: real files have five levels down to the building.
const MAX_LEVELS: usize = 32;

/// Beyond this a placement is an offset to map coordinates and no local one, meters. Chosen: sites are smaller.
const MAP_OFFSET_M: f64 = 1000.0;

/// Reads them.
pub(crate) fn read(file: &StepFile<'_>, units: &Units) -> PlaceHints {
    let mut out = PlaceHints {
        true_north_deg: georef::true_north_deg(file),
        project_unit_m: units.length_m,
        map_unit_m: georef::map_unit_m(file, units),
        ..PlaceHints::default()
    };
    if let Some(Georeference::SiteLatLong { latitude_deg, longitude_deg, elevation_m, .. }) =
        georef::site(file, units)
    {
        out.site_deg = Some([latitude_deg, longitude_deg]);
        out.site_elevation_m = elevation_m;
    }
    let scale = units.length_m.unwrap_or(1.0);
    let mut first = None;
    for keyword in ["IFCSITE", "IFCBUILDING"] {
        let records = file.scan.of(keyword);
        for r in records {
            let Some(placement) = file.args(r).get(5).and_then(Value::as_ref) else { continue };
            let Some(at) = location(file, placement) else { continue };
            let at = at.map(|v| v * scale);
            if at.iter().all(|v| v.is_finite()) {
                if at[0].hypot(at[1]) > MAP_OFFSET_M {
                    out.site_offset_m = Some(at);
                    return out;
                }
                first = first.or(Some(at));
            }
        }
    }
    out.site_offset_m = first;
    out
}

/// Where a local placement stands in the file's frame, in its own unit; turns on the way count about z only.
fn location(file: &StepFile<'_>, placement: u64) -> Option<[f64; 3]> {
    let mut at = [0.0; 3];
    let mut next = Some(placement);
    for _ in 0..MAX_LEVELS {
        let Some(id) = next else { return Some(at) };
        let (keyword, args) = file.get(id)?;
        if keyword != "IFCLOCALPLACEMENT" {
            return None;
        }
        let (_, axes) = file.get(args.get(1)?.as_ref()?)?;
        let numbers = |at: usize| -> Option<Vec<f64>> {
            let (_, point) = file.get(axes.get(at)?.as_ref()?)?;
            Some(point.first()?.members().iter().filter_map(Value::as_f64).collect())
        };
        let origin = numbers(0)?;
        let along = numbers(2).unwrap_or_default();
        let (c, s) = (along.first().copied().unwrap_or(1.0), along.get(1).copied().unwrap_or(0.0));
        let length = c.hypot(s);
        let (c, s) = if length > 1e-9 { (c / length, s / length) } else { (1.0, 0.0) };
        let part = |i: usize| origin.get(i).copied().unwrap_or(0.0);
        let [x, y, z] = at;
        at = [c * x - s * y + part(0), s * x + c * y + part(1), z + part(2)];
        next = args.first().and_then(Value::as_ref);
    }
    None
}
