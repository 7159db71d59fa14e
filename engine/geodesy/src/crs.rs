//! A coordinate reference system as people and files name it.

use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use lantu_base::{ProjectFrame, TimeZoneName};

use crate::GeodesyError;
use crate::native;

/// What a CRS counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrsKind {
    /// Easting and northing.
    Projected,
    /// Longitude and latitude, degrees.
    Geographic,
    /// X, Y, Z from the center of the Earth, or a local grid.
    Other,
}

/// The family of a datum, as far as the policy needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Datum {
    Cgcs2000,
    Wgs84,
    Other,
}

/// A coordinate reference system: a horizontal part, and perhaps what its heights refer to.
///
/// Always easting or longitude first, northing or latitude second, whatever the authority says.
#[derive(Clone, Debug, PartialEq)]
pub struct Crs {
    text: String,
    definition: String,
    name: String,
    kind: CrsKind,
    meters_per_unit: f64,
    vertical: Option<String>,
    ellipsoidal_heights: bool,
    datum: Datum,
}

/// A match in PROJ's database is taken from this confidence on, in percent. Measured: standard `.prj` files
/// give 100, renamed ones a tie at 70, a city's own grid 25.
const MIN_CONFIDENCE: i32 = 90;

impl Crs {
    /// Reads `EPSG:n`, `EPSG:h+EPSG:v`, WKT, or the path of a `.prj` file.
    ///
    /// # Errors
    /// [`GeodesyError::Unknown`].
    pub fn parse(text: &str) -> Result<Self, GeodesyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(GeodesyError::unknown(text, "expected EPSG:n, WKT or a .prj file"));
        }
        let is_prj = Path::new(text).extension().is_some_and(|e| e.eq_ignore_ascii_case("prj"));
        if is_prj {
            let wkt = std::fs::read_to_string(text).map_err(|e| GeodesyError::unknown(text, e.to_string()))?;
            let srs = SpatialRef::from_esri(wkt.trim()).map_err(|e| unreadable(text, &e))?;
            return Self::from_srs(&wkt, srs, None);
        }
        let (horizontal, vertical) = match text.split_once('+') {
            Some((h, v)) if is_epsg(h) => {
                let v = v.trim();
                let v = if is_epsg(v) { v.to_ascii_uppercase() } else { format!("EPSG:{v}") };
                let srs = SpatialRef::from_definition(&v).map_err(|e| unreadable(&v, &e))?;
                if !srs.is_vertical() {
                    return Err(GeodesyError::unknown(text, format!("{v} is not a vertical coordinate system")));
                }
                (h.trim(), Some(v))
            }
            _ => (text, None),
        };
        quiet();
        // Network and file access stay out: only a code or WKT is looked up.
        if horizontal.starts_with("http") || horizontal.starts_with("/vsi") || Path::new(horizontal).is_file() {
            return Err(GeodesyError::unknown(text, "expected EPSG:n, WKT or a .prj file"));
        }
        let srs = SpatialRef::from_definition(horizontal).map_err(|e| unreadable(text, &e))?;
        Self::from_srs(text, srs, vertical)
    }

    fn from_srs(text: &str, mut srs: SpatialRef, vertical: Option<String>) -> Result<Self, GeodesyError> {
        let mut vertical = vertical;
        if srs.is_compound() {
            let name = srs.get_attr_value("VERT_CS", 0).ok().flatten();
            vertical = vertical.or(name).or_else(|| Some("unnamed".to_owned()));
            native::strip_vertical(&mut srs);
        }
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let kind = if srs.is_projected() {
            CrsKind::Projected
        } else if srs.is_geographic() {
            CrsKind::Geographic
        } else {
            CrsKind::Other
        };
        let authority = srs.authority().ok().filter(|a| a.contains(':'));
        let matched = || native::best_match(&srs).filter(|(_, c)| *c >= MIN_CONFIDENCE).map(|(code, _)| code);
        let definition = match authority.or_else(matched) {
            Some(code) => code,
            None => srs.to_wkt().map_err(|e| unreadable(text, &e))?,
        };
        let attr = |node: &str| srs.get_attr_value(node, 0).ok().flatten().unwrap_or_default().to_ascii_lowercase();
        let datum_name = attr("DATUM").replace([' ', '_'], "");
        let datum = if datum_name.contains("china2000") || datum_name.contains("cgcs2000") || datum_name.contains("chinageodeticcoordinatesystem2000") {
            Datum::Cgcs2000
        } else if datum_name.contains("wgs1984") || datum_name.contains("worldgeodeticsystem1984") || datum_name.contains("wgs84") {
            Datum::Wgs84
        } else {
            Datum::Other
        };
        let meters_per_unit = if kind == CrsKind::Projected { srs.linear_units() } else { 1.0 };
        Ok(Self {
            text: if is_epsg(text) { definition.clone() } else { text.to_owned() },
            name: srs.name().unwrap_or_else(|| definition.clone()),
            kind,
            meters_per_unit: if meters_per_unit > 0.0 { meters_per_unit } else { 1.0 },
            vertical,
            ellipsoidal_heights: kind == CrsKind::Geographic && srs.axes_count() == 3,
            datum,
            definition,
        })
    }

    pub(crate) fn srs(&self) -> Result<SpatialRef, GeodesyError> {
        let mut srs = SpatialRef::from_definition(&self.definition).map_err(|e| unreadable(&self.text, &e))?;
        if srs.is_compound() {
            native::strip_vertical(&mut srs);
        }
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        Ok(srs)
    }

    /// The horizontal part as it can be read again: `EPSG:n` where there is a code, else as given.
    pub fn text(&self) -> &str {
        if is_epsg(&self.definition) { &self.definition } else { &self.text }
    }

    /// What can be given to GDAL: `AUTHORITY:CODE`, or WKT. Horizontal part only.
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Its name in PROJ's database or in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it counts in.
    pub fn kind(&self) -> CrsKind {
        self.kind
    }

    /// Length of its unit in meters; 1 for degrees.
    pub fn meters_per_unit(&self) -> f64 {
        self.meters_per_unit
    }

    /// What its heights refer to, if it says.
    pub fn vertical(&self) -> Option<&str> {
        self.vertical.as_deref()
    }

    pub(crate) fn datum(&self) -> Datum {
        self.datum
    }

    pub(crate) fn ellipsoidal_heights(&self) -> bool {
        self.ellipsoidal_heights
    }

    /// WKT of the horizontal part.
    ///
    /// # Errors
    /// [`GeodesyError::Unknown`] if PROJ cannot write it.
    pub fn wkt(&self) -> Result<String, GeodesyError> {
        self.srs()?.to_wkt().map_err(|e| unreadable(&self.text, &e))
    }

    /// Whether both have the same horizontal part.
    pub fn same_horizontal(&self, other: &Self) -> bool {
        if self.definition == other.definition {
            return true;
        }
        match (self.srs(), other.srs()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
    }
}

fn is_epsg(text: &str) -> bool {
    let t = text.trim();
    let code = t.get(..5).filter(|p| p.eq_ignore_ascii_case("epsg:")).and_then(|_| t.get(5..));
    code.is_some_and(|c| !c.is_empty() && c.bytes().all(|b| b.is_ascii_digit()))
}

fn unreadable(text: &str, e: &gdal::errors::GdalError) -> GeodesyError {
    GeodesyError::unknown(text, e.to_string())
}

/// PROJ's complaints come back as errors; printed as well they would only confuse.
pub(crate) fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        gdal::config::set_error_handler(|_, code, text| tracing::debug!(code, text, "GDAL"));
    });
}

/// The frame of a project: a projected CRS, what heights refer to, and a time zone.
///
/// # Errors
/// [`GeodesyError::Unknown`], [`GeodesyError::NotProjected`], [`GeodesyError::TimeZone`].
pub fn make_frame(crs: &str, height: Option<&str>, time_zone: &str) -> Result<ProjectFrame, GeodesyError> {
    let parsed = Crs::parse(crs)?;
    if parsed.kind != CrsKind::Projected {
        return Err(GeodesyError::NotProjected { text: crs.to_owned() });
    }
    let zone = TimeZoneName::new(time_zone)?;
    let height_crs = match height {
        Some(h) if is_epsg(h) => {
            let srs = SpatialRef::from_definition(h).map_err(|e| unreadable(h, &e))?;
            if !srs.is_vertical() {
                return Err(GeodesyError::unknown(h, "a vertical coordinate system is needed"));
            }
            Some(h.trim().to_ascii_uppercase())
        }
        Some(h) => Some(h.to_owned()),
        None => parsed.vertical.clone(),
    };
    Ok(ProjectFrame {
        crs: parsed.text().to_owned(),
        height_crs,
        meters_per_unit: parsed.meters_per_unit,
        time_zone: zone.name().to_owned(),
    })
}

/// The CRS that a file names in words of its own: `EPSG:n`, `EPSG n`, `urn:ogc:def:crs:EPSG::n`, a bare code, or WKT.
///
/// # Errors
/// [`GeodesyError::Unknown`] where it is none of these; [`GeodesyError::NotProjected`] for degrees.
pub fn resolve_projected_crs(name: &str) -> Result<Crs, GeodesyError> {
    let t = name.trim();
    let digits: String = t.chars().rev().take_while(char::is_ascii_digit).collect::<String>().chars().rev().collect();
    let upper = t.to_ascii_uppercase();
    let bare = (upper.starts_with("EPSG") || upper.starts_with("URN:OGC:DEF:CRS:EPSG"))
        && (4..=6).contains(&digits.len())
        && !upper.contains('+');
    let crs = if bare {
        Crs::parse(&format!("EPSG:{digits}"))?
    } else if !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()) {
        Crs::parse(&format!("EPSG:{t}"))?
    } else {
        Crs::parse(t)?
    };
    if crs.kind == CrsKind::Projected { Ok(crs) } else { Err(GeodesyError::NotProjected { text: t.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crs_is_read_by_code_urn_and_wkt() {
        let by_code = Crs::parse("EPSG:4548").unwrap();
        assert_eq!((by_code.kind(), by_code.text(), by_code.meters_per_unit()), (CrsKind::Projected, "EPSG:4548", 1.0));
        for name in ["epsg:4548", "EPSG 4548", "urn:ogc:def:crs:EPSG::4548", "4548"] {
            assert!(resolve_projected_crs(name).unwrap().same_horizontal(&by_code), "{name}");
        }
        let wkt = by_code.wkt().unwrap();
        assert!(Crs::parse(&wkt).unwrap().same_horizontal(&by_code));
    }

    #[test]
    fn a_compound_crs_keeps_what_its_heights_refer_to() {
        let c = Crs::parse("EPSG:4548+EPSG:5737").unwrap();
        assert_eq!((c.text(), c.vertical()), ("EPSG:4548", Some("EPSG:5737")));
        let f = make_frame("EPSG:4548+EPSG:5737", None, "Asia/Shanghai").unwrap();
        assert_eq!((f.crs.as_str(), f.height_crs.as_deref()), ("EPSG:4548", Some("EPSG:5737")));
    }

    #[test]
    fn us_survey_feet_are_known() {
        let f = make_frame("EPSG:2263", None, "America/New_York").unwrap();
        assert!((f.meters_per_unit - 0.304_800_609_601_219).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_carry_a_project_is_refused() {
        assert!(matches!(make_frame("EPSG:4490", None, "Asia/Shanghai"), Err(GeodesyError::NotProjected { .. })));
        for text in ["", "EPSG:999999", "Ortsgitter", "EPSG:", "/etc/passwd", "http://example.org/crs"] {
            assert!(matches!(make_frame(text, None, "Asia/Shanghai"), Err(GeodesyError::Unknown { .. })), "{text}");
        }
        assert!(make_frame("EPSG:4548", Some("EPSG:4490"), "Asia/Shanghai").is_err());
        assert!(matches!(make_frame("EPSG:4548", None, "Mars/Olympus"), Err(GeodesyError::TimeZone(_))));
    }
}
