//! How a file says where it lies on the ground.

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::{Georeference, MapConversion};

use crate::step::{Record, StepFile, Value};
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
    let find = |keyword: &str| file.scan.of(keyword).next();
    out.declared_crs = find("IFCPROJECTEDCRS").and_then(|r| file.text(file.args(r).first()));
    let operation =
        ["IFCMAPCONVERSIONSCALED", "IFCMAPCONVERSION", "IFCRIGIDOPERATION"].into_iter().find_map(find);
    if let Some(r) = operation {
        coordinate_operation(file, units, r, &mut out);
    } else if let Some(raw) = property_set_conversion(file) {
        out.declared_crs = Some(raw.crs_name.clone()).filter(|n| !n.is_empty());
        convert(raw, units, &mut out);
    } else if let Some(site) = site(file, units) {
        out.georeference = site;
    }
    true_north_contradicts(file, &mut out);
    out
}

/// `IfcMapConversion`, `IfcMapConversionScaled` or `IfcRigidOperation`.
fn coordinate_operation(file: &StepFile<'_>, units: &Units, r: &Record, out: &mut Ground) {
    let args = file.args(r);
    let keyword = file.scan.keyword(r);
    let number = |at: usize| args.get(at).and_then(Value::as_f64);
    let place = file.place(Some(r.id), r.start());
    let target = args.get(1).and_then(Value::as_ref);
    let (crs_keyword, crs) = target.and_then(|id| file.get(id)).unwrap_or_default();
    if crs_keyword == "IFCGEOGRAPHICCRS" {
        geographic(&args, units, file.text(crs.first()), &place, out);
        return;
    }
    let rigid = keyword == "IFCRIGIDOPERATION";
    // Scaled conversions have factors of the axes; drafts of 4.3 had those of y and z in the plain one.
    let factors = match (keyword, number(8), number(9)) {
        ("IFCMAPCONVERSIONSCALED", x, y) => [x.unwrap_or(1.0), y.unwrap_or(1.0), number(10).unwrap_or(1.0)],
        ("IFCMAPCONVERSION", Some(y), z) => {
            let x = number(7).unwrap_or(1.0);
            let share = |v: f64| if x == 0.0 { 1.0 } else { v / x };
            [1.0, share(y), share(z.unwrap_or(x))]
        }
        _ => [1.0; 3],
    };
    let raw = Raw {
        eastings: number(2),
        northings: number(3),
        height: number(4),
        abscissa: number(5).filter(|_| !rigid),
        ordinate: number(6).filter(|_| !rigid),
        scale: number(7).filter(|_| !rigid),
        factors,
        map_unit_m: crs.get(6).and_then(Value::as_ref).and_then(|u| size(file, u, 0)),
        crs_name: target
            .and_then(|id| crs_name(file, id, &crs))
            .or_else(|| out.declared_crs.clone())
            .unwrap_or_default(),
        vertical_datum: file.text(crs.get(3)),
        place,
    };
    convert(raw, units, out);
}

/// A rigid operation into latitude and longitude: as good as a site's.
fn geographic(args: &[Value<'_>], units: &Units, crs: Option<String>, place: &str, out: &mut Ground) {
    let number = |at: usize| args.get(at).and_then(Value::as_f64);
    let degrees = |at: usize| number(at).map(|v| (v * units.angle_rad).to_degrees());
    out.declared_crs = crs;
    // The first coordinate of a geographic CRS is the latitude, as in EPSG's registry.
    let (Some(latitude_deg), Some(longitude_deg)) = (degrees(2), degrees(3)) else {
        out.diagnostics.push(note(
            place,
            "ifc.crs_operation",
            "The position has no coordinates; it was left out.",
        ));
        return;
    };
    if latitude_deg.abs() > 90.0 || longitude_deg.abs() > 180.0 {
        out.diagnostics.push(note(
            place,
            "ifc.crs_operation",
            "The position is not on earth; it was left out.",
        ));
        return;
    }
    let elevation_m = number(4).map(|e| e * units.length_m.unwrap_or(1.0));
    out.georeference =
        Georeference::SiteLatLong { latitude_deg, longitude_deg, elevation_m, true_north_deg: None };
}

/// Meters per `MapUnit` of the file's `IfcProjectedCRS`, or of the project where it names none.
pub(crate) fn map_unit_m(file: &StepFile<'_>, units: &Units) -> Option<f64> {
    let crs = file.scan.of("IFCPROJECTEDCRS").next()?;
    file.args(crs).get(6).and_then(Value::as_ref).and_then(|u| size(file, u, 0)).or(units.length_m)
}

/// What an `IfcProjectedCRS` is called, in the form that is most likely to be resolved: a code of a registry, its
/// well-known text, a code in the attributes for map projection and zone, its name in words, a code as its datum.
fn crs_name(file: &StepFile<'_>, id: u64, crs: &[Value<'_>]) -> Option<String> {
    let text = |at: usize| file.text(crs.get(at)).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let coded = |t: &String| {
        let upper = t.to_ascii_uppercase();
        upper.starts_with("EPSG")
            || upper.starts_with("ESRI")
            || upper.starts_with("URN:")
            || t.contains("/def/crs/")
    };
    let is_number = |t: &String| t.len() >= 4 && t.bytes().all(|b| b.is_ascii_digit());
    let name = text(0);
    if let Some(code) = name.clone().filter(|n| coded(n) || is_number(n) || n.contains('[')) {
        return Some(code);
    }
    if let Some(wkt) = well_known_text(file, id) {
        return Some(wkt);
    }
    let by_zone = text(4).filter(|p| p.eq_ignore_ascii_case("EPSG")).and_then(|_| text(5)).filter(is_number);
    if let Some(code) = by_zone {
        return Some(format!("EPSG:{code}"));
    }
    // Words such as "ETRS89 / UTM zone 32N" have a slash; others are hardly a registry's name.
    let words = |t: &String| t.contains(" / ");
    name.clone().filter(words).or_else(|| text(1).filter(words)).or_else(|| text(2).filter(coded)).or(name)
}

/// `IfcWellKnownText(WellKnownText, CoordinateReferenceSystem)` of a CRS.
fn well_known_text(file: &StepFile<'_>, crs: u64) -> Option<String> {
    file.scan.of("IFCWELLKNOWNTEXT").find_map(|r| {
        let args = file.args(r);
        let own = args.get(1).and_then(Value::as_ref) == Some(crs);
        own.then(|| file.text(args.first())).flatten()
    })
}

/// `IfcGeometricRepresentationContext.TrueNorth` of the context of the model, clockwise from y, degrees.
pub(crate) fn true_north_deg(file: &StepFile<'_>) -> Option<f64> {
    let contexts = file.scan.of("IFCGEOMETRICREPRESENTATIONCONTEXT");
    contexts.map(|r| file.args(r)).find_map(|args| {
        let (keyword, direction) = file.get(args.get(5)?.as_ref()?)?;
        let ratios: Vec<f64> = direction.first()?.members().iter().filter_map(Value::as_f64).collect();
        let [x, y, ..] = ratios.as_slice() else { return None };
        (keyword == "IFCDIRECTION" && x.hypot(*y) > 1e-9).then(|| x.atan2(*y).to_degrees())
    })
}

/// Says so if true north, where it is not left at its default, is another than the map's by more than a convergence of
/// meridians can be.
fn true_north_contradicts(file: &StepFile<'_>, out: &mut Ground) {
    let (Georeference::Map(map), Some(north)) = (&out.georeference, true_north_deg(file)) else { return };
    let [c, s] = map.x_axis;
    // Grid north in the model's axes.
    let grid = s.atan2(c).to_degrees();
    let apart = (north - grid + 180.0).rem_euclid(360.0) - 180.0;
    if north.abs() > 1e-6 && apart.abs() > MAX_CONVERGENCE_DEG {
        out.diagnostics.push(
            note(
                "",
                "ifc.true_north",
                "True north and the rotation of the map conversion contradict each other; the map conversion counts.",
            )
            .with("true_north_deg", north)
            .with("grid_north_deg", grid),
        );
    }
}

/// Largest angle between true north and grid north that is no contradiction, degrees. Chosen: that of a transverse
/// Mercator zone of 6° at the pole side of Norway is 2.9°.
const MAX_CONVERGENCE_DEG: f64 = 5.0;

/// A conversion as the file writes it.
struct Raw {
    eastings: Option<f64>,
    northings: Option<f64>,
    height: Option<f64>,
    abscissa: Option<f64>,
    ordinate: Option<f64>,
    scale: Option<f64>,
    factors: [f64; 3],
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
        factors: raw.factors.map(|f| if f.is_finite() && f > 0.0 { f } else { 1.0 }),
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
        file.scan.of("IFCPROPERTYSET").find_map(|r| {
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
        "CENTIMETRE" | "CENTIMETER" | "CM" => Some(0.01),
        "KILOMETRE" | "KILOMETER" | "KM" => Some(1000.0),
        "FOOT" | "FEET" | "FT" => Some(0.3048),
        "US SURVEY FOOT" | "FTUS" => Some(1200.0 / 3937.0),
        _ => None,
    });
    Some(Raw {
        eastings: number("Eastings"),
        northings: number("Northings"),
        height: number("OrthogonalHeight"),
        abscissa: number("XAxisAbscissa"),
        ordinate: number("XAxisOrdinate"),
        scale: number("Scale"),
        factors: [1.0; 3],
        map_unit_m,
        crs_name: property(&crs, "Name").and_then(|v| file.text(Some(&v))).unwrap_or_default(),
        vertical_datum: property(&crs, "VerticalDatum").and_then(|v| file.text(Some(&v))),
        place: file.place(Some(record.id), record.start()),
    })
}

/// `IfcSite.RefLatitude` and `RefLongitude`.
pub(crate) fn site(file: &StepFile<'_>, units: &Units) -> Option<Georeference> {
    file.scan.of("IFCSITE").find_map(|r| {
        let args = file.args(r);
        let latitude_deg = degrees(args.get(9)?)?;
        let longitude_deg = degrees(args.get(10)?)?;
        let elevation_m = args.get(11).and_then(Value::as_f64).map(|e| e * units.length_m.unwrap_or(1.0));
        let sane = latitude_deg.abs() <= 90.0 && longitude_deg.abs() <= 180.0;
        let true_north_deg = true_north_deg(file);
        sane.then_some(Georeference::SiteLatLong { latitude_deg, longitude_deg, elevation_m, true_north_deg })
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
