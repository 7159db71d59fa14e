//! Grids of a city: a projected CRS, and the plane similarity that leads from it to the grid.

use crate::fit::PlaneFit;
use crate::{Crs, CrsKind, GeodesyError, osr};

/// Authority of derived grids: the `gdal` crate makes no transformation for a CRS that has neither a code nor a PROJ
/// string, and these have no PROJ string.
const OWN: &str = "LOCAL";

/// The grid of a city as a CRS: `fit` leads from `base` to it, both in meters, easting first. [`Crs::text`] of the
/// result is well-known text that [`Crs::parse`] reads, so that it may be a project's CRS.
///
/// # Errors
/// [`GeodesyError::NotProjected`] for a base without eastings, [`GeodesyError::Fit`] for one that is not in meters,
/// [`GeodesyError::UnknownCrs`] where PROJ cannot express it.
pub fn local_grid(base: &Crs, name: &str, fit: &PlaneFit) -> Result<Crs, GeodesyError> {
    if base.kind() != CrsKind::Projected {
        return Err(GeodesyError::NotProjected { kind: base.kind().word(), crs: base.label().to_owned() });
    }
    if (base.meters_per_unit() - 1.0).abs() > 1e-12 {
        return Err(GeodesyError::Fit("the CRS of the points must be in meters"));
    }
    let odd = || GeodesyError::UnknownCrs {
        text: base.label().to_owned(),
        reason: "a grid cannot be derived from it".to_owned(),
    };
    let flat = osr::horizontal(base.srs()).ok_or_else(odd)?;
    let wkt = osr::wkt2(&flat).ok_or_else(odd)?;
    let parts = children(wkt.strip_prefix("PROJCRS[").ok_or_else(odd)?);
    let part = |keyword: &str| parts.iter().find(|p| p.starts_with(keyword)).ok_or_else(odd);
    let (base_name, geographic, conversion) =
        (parts.first().ok_or_else(odd)?, part("BASEGEOGCRS[")?, part("CONVERSION[")?);
    let (s, c) = fit.rotation_rad.sin_cos();
    let (a1, a2) = (fit.scale * c, -fit.scale * s);
    let [x, y] = fit.origin_from;
    let [u, v] = fit.origin_to;
    let (a0, b0) = (u - a1 * x - a2 * y, v + a2 * x - a1 * y);
    let length = |name: &str, value: f64, code: u32| {
        format!("PARAMETER[\"{name}\",{value:?},LENGTHUNIT[\"metre\",1],ID[\"EPSG\",{code}]]")
    };
    let factor = |name: &str, value: f64, code: u32| {
        format!("PARAMETER[\"{name}\",{value:?},SCALEUNIT[\"coefficient\",1],ID[\"EPSG\",{code}]]")
    };
    let parameters = [
        length("A0", a0, 8623),
        factor("A1", a1, 8624),
        factor("A2", a2, 8625),
        length("B0", b0, 8639),
        factor("B1", -a2, 8640),
        factor("B2", a1, 8641),
    ];
    let name = name.replace('"', "'");
    Crs::parse(&format!(
        "DERIVEDPROJCRS[\"{name}\",BASEPROJCRS[{base_name},{geographic},{conversion}],\
         DERIVINGCONVERSION[\"{name}\",METHOD[\"Affine parametric transformation\",ID[\"EPSG\",9624]],{}],\
         CS[Cartesian,2],AXIS[\"(E)\",east,ORDER[1],LENGTHUNIT[\"metre\",1]],\
         AXIS[\"(N)\",north,ORDER[2],LENGTHUNIT[\"metre\",1]],ID[\"{OWN}\",1]]",
        parameters.join(",")
    ))
}

/// Members of a node of well-known text; `inner` begins after its opening bracket.
pub(crate) fn children(inner: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0_u32, false, 0);
    let mut out = Vec::new();
    for (at, c) in inner.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted && depth > 0 => depth -= 1,
            ',' | ']' if !quoted && depth == 0 => {
                out.extend(inner.get(start..at));
                start = at + 1;
                if c == ']' {
                    break;
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Transform, make_frame, place_of};

    fn city() -> Crs {
        let fit = PlaneFit {
            rotation_rad: -0.0123,
            scale: 1.000_031,
            origin_from: [455_000.0, 4_428_000.0],
            origin_to: [55_000.0, 328_000.0],
            residuals_m: Vec::new(),
        };
        local_grid(&Crs::parse("EPSG:4548").unwrap(), "Grid \"of\" the city", &fit).unwrap()
    }

    #[test]
    fn a_city_grid_is_a_crs_that_comes_back_from_its_text_and_transforms_to_a_tenth_of_a_millimeter() {
        let grid = city();
        assert_eq!((grid.kind(), grid.unit().as_str()), (CrsKind::Projected, "m"));
        let again = Crs::parse(grid.text()).unwrap();
        assert!(again.same_horizontal(&grid) && !again.same_horizontal(&Crs::parse("EPSG:4548").unwrap()));
        let at = [455_588.610, 4_428_548.202];
        let (s, c) = (-0.0123_f64).sin_cos();
        let (dx, dy) = (at[0] - 455_000.0, at[1] - 4_428_000.0);
        let expected = [55_000.0 + 1.000_031 * (c * dx - s * dy), 328_000.0 + 1.000_031 * (s * dx + c * dy)];
        let there = Transform::new(&Crs::parse("EPSG:4548").unwrap(), &again).unwrap();
        let mut p = [[at[0], at[1], 41.5]];
        there.apply(&mut p).unwrap();
        assert!((p[0][0] - expected[0]).abs() < 1e-4 && (p[0][1] - expected[1]).abs() < 1e-4, "{p:?}");
        assert!((p[0][2] - 41.5).abs() < 1e-12);
        // And on to longitude and latitude, also those of WGS 84.
        for degrees in ["EPSG:4490", "EPSG:4326"] {
            let mut q = p;
            let way = Transform::new(&again, &Crs::parse(degrees).unwrap()).unwrap();
            way.apply(&mut q).unwrap();
            assert!((q[0][0] - 116.48).abs() < 1e-8 && (q[0][1] - 39.99).abs() < 1e-8, "{degrees}: {q:?}");
        }
    }

    #[test]
    fn a_project_may_lie_in_a_city_grid() {
        let frame = make_frame(city().text(), Some("EPSG:5737"), "Asia/Shanghai").unwrap();
        let place = place_of(&frame, lantu_base::WorldPoint::new(55_581.0, 328_555.0, 40.0)).unwrap();
        assert!((place.latitude_deg - 39.99).abs() < 1e-3, "{place:?}");
        let degrees = Crs::parse("EPSG:4490").unwrap();
        let none = PlaneFit {
            rotation_rad: 0.0,
            scale: 1.0,
            origin_from: [0.0; 2],
            origin_to: [0.0; 2],
            residuals_m: Vec::new(),
        };
        assert!(local_grid(&degrees, "x", &none).is_err(), "degrees have no eastings");
    }
}
