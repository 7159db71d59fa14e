//! How a file says where it lies on the ground.

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::{Georeference, MapConversion};

use crate::step::{StepFile, Value};
use crate::units::{Units, size};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Ground {
    pub(crate) declared_crs: Option<String>,
    pub(crate) georeference: Georeference,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads the map conversion, or the site's latitude and longitude.
pub(crate) fn read(file: &StepFile<'_>, units: &Units) -> Ground {
    let mut out = Ground::default();
    let crs = file.scan.records.iter().find(|r| file.scan.keyword(r) == "IFCPROJECTEDCRS");
    out.declared_crs = crs.and_then(|r| file.text(file.args(r).first()));
    let conversion = file
        .scan
        .records
        .iter()
        .find(|r| matches!(file.scan.keyword(r), "IFCMAPCONVERSION" | "IFCMAPCONVERSIONSCALED"));
    if let Some(r) = conversion {
        let args = file.args(r);
        let number = |at: usize| args.get(at).and_then(Value::as_f64);
        let crs = args
            .get(1)
            .and_then(Value::as_ref)
            .and_then(|id| file.get(id))
            .map(|(_, a)| a)
            .unwrap_or_default();
        let raw = Raw {
            eastings: number(2),
            northings: number(3),
            height: number(4),
            abscissa: number(5),
            ordinate: number(6),
            scale: number(7),
            map_unit_m: crs.get(6).and_then(Value::as_ref).and_then(|u| size(file, u, 0)),
            crs_name: file.text(crs.first()).or_else(|| out.declared_crs.clone()).unwrap_or_default(),
            vertical_datum: file.text(crs.get(3)),
            place: file.place(Some(r.id), r.start),
        };
        convert(raw, units, &mut out);
    } else if let Some(raw) = property_set_conversion(file) {
        out.declared_crs = Some(raw.crs_name.clone()).filter(|n| !n.is_empty());
        convert(raw, units, &mut out);
    } else if let Some(site) = site(file, units) {
        out.georeference = site;
    }
    out
}

/// A conversion as the file writes it.
struct Raw {
    eastings: Option<f64>,
    northings: Option<f64>,
    height: Option<f64>,
    abscissa: Option<f64>,
    ordinate: Option<f64>,
    scale: Option<f64>,
    map_unit_m: Option<f64>,
    crs_name: String,
    vertical_datum: Option<String>,
    place: String,
}

fn convert(raw: Raw, units: &Units, out: &mut Ground) {
    let project_m = units.length_m.unwrap_or(1.0);
    let declared = raw.scale.filter(|s| s.is_finite() && *s > 0.0);
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 0.01;
    let map_m = raw.map_unit_m.unwrap_or_else(|| {
        // Without MapUnit the project's unit counts, unless Scale says that the map is in meters.
        if declared.is_some_and(|s| near(s, project_m)) && !near(project_m, 1.0) {
            out.diagnostics.push(note(
                &raw.place,
                "ifc.map_unit_assumed",
                "The map has no unit; Scale fits meters, which were assumed.",
            ));
            1.0
        } else {
            project_m
        }
    });
    let scale = match declared {
        Some(s) => s * map_m / project_m,
        None => 1.0,
    };
    if (scale - 1.0).abs() > 0.01 {
        out.diagnostics.push(
            Diagnostic::new(
                Code::new("ifc.map_scale"),
                Severity::Warning,
                raw.place.clone(),
                "Scale contradicts the units of project and map: a meter of the model would not be a meter of the map.",
            )
            .with("scale", scale),
        );
    }
    let (x, y) = (raw.abscissa.unwrap_or(1.0), raw.ordinate.unwrap_or(0.0));
    let length = x.hypot(y);
    let x_axis = if length.is_finite() && length > 1e-12 { [x / length, y / length] } else { [1.0, 0.0] };
    let meters = |v: Option<f64>| v.filter(|v| v.is_finite()).unwrap_or(0.0) * map_m;
    out.georeference = Georeference::Map(MapConversion {
        eastings_m: meters(raw.eastings),
        northings_m: meters(raw.northings),
        height_m: meters(raw.height),
        x_axis,
        scale,
        crs_name: raw.crs_name,
        vertical_datum: raw.vertical_datum,
    });
}

fn note(place: &str, code: &'static str, message: &str) -> Diagnostic {
    Diagnostic::new(Code::new(code), Severity::Warning, place, message)
}

/// `ePSet_MapConversion` and `ePSet_ProjectedCRS`, how IFC2X3 says it. Values are in the map's unit.
fn property_set_conversion(file: &StepFile<'_>) -> Option<Raw> {
    let set = |name: &str| {
        file.scan.records.iter().filter(|r| file.scan.keyword(r) == "IFCPROPERTYSET").find_map(|r| {
            let args = file.args(r);
            let found = file.text(args.get(2)).is_some_and(|n| n.eq_ignore_ascii_case(name));
            found.then(|| (r, args.get(4).map(|v| v.refs().collect::<Vec<u64>>()).unwrap_or_default()))
        })
    };
    let property = |members: &[u64], name: &str| {
        members.iter().find_map(|&id| {
            let (_, args) = file.get(id)?;
            file.text(args.first())
                .filter(|n| n.eq_ignore_ascii_case(name))
                .and_then(|_| args.get(2).cloned())
        })
    };
    let (record, members) = set("ePSet_MapConversion")?;
    let number = |name: &str| property(&members, name).and_then(|v| v.as_f64());
    let crs = set("ePSet_ProjectedCRS").map(|s| s.1).unwrap_or_default();
    let map_unit_m = property(&crs, "MapUnit").and_then(|v| file.text(Some(&v))).and_then(|name| match name
        .to_ascii_uppercase()
        .as_str()
    {
        "METRE" | "METER" | "M" => Some(1.0),
        "MILLIMETRE" | "MM" => Some(0.001),
        "FOOT" | "FT" => Some(0.3048),
        _ => None,
    });
    Some(Raw {
        eastings: number("Eastings"),
        northings: number("Northings"),
        height: number("OrthogonalHeight"),
        abscissa: number("XAxisAbscissa"),
        ordinate: number("XAxisOrdinate"),
        scale: number("Scale"),
        map_unit_m,
        crs_name: property(&crs, "Name").and_then(|v| file.text(Some(&v))).unwrap_or_default(),
        vertical_datum: property(&crs, "VerticalDatum").and_then(|v| file.text(Some(&v))),
        place: file.place(Some(record.id), record.start),
    })
}

/// `IfcSite.RefLatitude` and `RefLongitude`.
fn site(file: &StepFile<'_>, units: &Units) -> Option<Georeference> {
    file.scan.records.iter().filter(|r| file.scan.keyword(r) == "IFCSITE").find_map(|r| {
        let args = file.args(r);
        let latitude_deg = degrees(args.get(9)?)?;
        let longitude_deg = degrees(args.get(10)?)?;
        let elevation_m = args.get(11).and_then(Value::as_f64).map(|e| e * units.length_m.unwrap_or(1.0));
        let sane = latitude_deg.abs() <= 90.0 && longitude_deg.abs() <= 180.0;
        sane.then_some(Georeference::SiteLatLong { latitude_deg, longitude_deg, elevation_m })
    })
}

/// Degrees, minutes, seconds and millionths of a second; all have the same sign.
fn degrees(v: &Value<'_>) -> Option<f64> {
    let parts: Vec<f64> = v.members().iter().filter_map(Value::as_f64).collect();
    let [d, rest @ ..] = parts.as_slice() else { return None };
    let (mut out, mut unit) = (*d, 60.0);
    for (i, part) in rest.iter().enumerate() {
        // The fourth number counts millionths of a second.
        let divisor = if i == 2 { 3600.0 * 1e6 } else { unit };
        out += part / divisor;
        unit *= 60.0;
    }
    Some(out)
}
