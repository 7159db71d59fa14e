//! Reading and describing a coordinate reference system.

use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};

use crate::{GeodesyError, capture_gdal_errors, osr};

/// A registered CRS counts as the one that is meant from this confidence on, in percent. Measured: standard
/// names give 100, renamed national zones tie at 70, city-local grids reach 25.
const MIN_CONFIDENCE: i32 = 90;

/// Largest `.prj` file that is read. Chosen: the longest WKT seen has some 5 kB.
const MAX_PRJ_BYTES: u64 = 1 << 20;

/// What kind of coordinates a CRS has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrsKind {
    /// Easting and northing.
    Projected,
    /// Longitude and latitude, degrees.
    Geographic,
    /// Earth-centered x, y, z.
    Geocentric,
    /// Heights only.
    Vertical,
    /// An engineering grid without a place on Earth.
    Local,
}

impl CrsKind {
    /// The kind as a word: `projected`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Projected => "projected",
            Self::Geographic => "geographic",
            Self::Geocentric => "geocentric",
            Self::Vertical => "vertical",
            Self::Local => "local",
        }
    }
}

/// Where a CRS may be used: degrees of longitude and latitude.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaOfUse {
    /// West, south, east, north; west > east across the antimeridian.
    pub bounds_deg: [f64; 4],
    /// The registry's words.
    pub name: String,
}

/// What heights a CRS says its third coordinate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heights {
    /// It says nothing.
    Unstated,
    /// Above the ellipsoid.
    Ellipsoidal,
    /// Above a vertical datum, by name.
    Datum(String),
}

/// A coordinate reference system. Its first axis is always easting or longitude, whatever its registry says.
#[derive(Clone, Debug)]
pub struct Crs {
    srs: SpatialRef,
    text: String,
    name: String,
    kind: CrsKind,
    heights: Heights,
}

impl Crs {
    /// Reads `EPSG:n`, `EPSG:h+EPSG:v`, `ESRI:n`, an OGC URN or URL, WKT, or the path of a `.prj` file.
    ///
    /// # Errors
    /// [`GeodesyError::UnknownCrs`] with the reason; [`GeodesyError::Read`].
    pub fn parse(text: &str) -> Result<Self, GeodesyError> {
        let text = text.trim();
        if let Some(definition) = registry_definition(text) {
            let (srs, said) = capture_gdal_errors(|| SpatialRef::from_definition(&definition));
            return match srs {
                Ok(srs) => Self::from_srs(srs),
                Err(_reason_is_in_said) => Err(unknown(text, &said, "it is not in the registry")),
            };
        }
        if text.contains('[') {
            return Self::from_wkt(text);
        }
        let path = Path::new(text);
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("prj")) {
            return Self::from_prj(path);
        }
        Err(unknown(text, &[], "expected EPSG:n, EPSG:h+EPSG:v, WKT, or the path of a .prj file"))
    }

    /// Reads a `.prj` file (WKT, also in ESRI's dialect).
    ///
    /// # Errors
    /// As [`Crs::parse`].
    pub fn from_prj(path: &Path) -> Result<Self, GeodesyError> {
        use std::io::Read;
        let read = || -> std::io::Result<String> {
            let mut bytes = Vec::new();
            std::fs::File::open(path)?.take(MAX_PRJ_BYTES).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').trim().to_owned())
        };
        let text =
            read().map_err(|source| GeodesyError::Read { source, path: path.display().to_string() })?;
        Self::from_wkt(&text)
    }

    fn from_wkt(text: &str) -> Result<Self, GeodesyError> {
        let (srs, said) = capture_gdal_errors(|| {
            let upper = text.to_ascii_uppercase();
            // ESRI's names differ only in WKT 1, which has GEOGCS where WKT 2 has GEOGCRS.
            if upper.contains("GEOGCS[\"GCS_") {
                SpatialRef::from_esri(text)
            } else {
                SpatialRef::from_wkt(text)
            }
        });
        match srs {
            Ok(srs) => Self::from_srs(srs),
            Err(_reason_is_in_said) => Err(unknown(text, &said, "the WKT cannot be read")),
        }
    }

    /// Takes over a CRS that GDAL read from a file.
    ///
    /// # Errors
    /// [`GeodesyError::UnknownCrs`] where it is empty or of no known kind.
    pub fn from_spatial_ref(srs: &SpatialRef) -> Result<Self, GeodesyError> {
        Self::from_srs(srs.clone())
    }

    fn from_srs(mut srs: SpatialRef) -> Result<Self, GeodesyError> {
        let ((), _said) =
            capture_gdal_errors(|| srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder));
        let name = srs.name().unwrap_or_default();
        let (kind, said) = capture_gdal_errors(|| kind_of(&srs));
        let Some(kind) = kind else {
            return Err(unknown(&name, &said, "it has no known kind of coordinates"));
        };
        let ((text, heights), _said) = capture_gdal_errors(|| (identify(&srs), heights_of(&srs, kind)));
        let Some(text) = text else { return Err(unknown(&name, &[], "it cannot be written as WKT")) };
        Ok(Self { srs, text, name, kind, heights })
    }

    /// `EPSG:n`, `EPSG:h+EPSG:v`, or WKT where there is no code. [`Crs::parse`] reads it back.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The registry's name: `CGCS2000 / 3-degree Gauss-Kruger CM 117E`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Code without the name, or the name where there is no code: for messages.
    pub fn label(&self) -> &str {
        if self.text.contains('[') { &self.name } else { &self.text }
    }

    /// Authority and code: `("EPSG", "4548")`; `None` for compound and unregistered ones.
    pub fn authority(&self) -> Option<(&str, &str)> {
        self.text
            .split_once(':')
            .filter(|(a, c)| !a.contains('[') && c.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    /// What kind of coordinates it has.
    pub fn kind(&self) -> CrsKind {
        self.kind
    }

    /// Length of one unit in meters: 1 for a metric CRS. For a geographic CRS the length of a degree on the
    /// equator, for estimates only.
    pub fn meters_per_unit(&self) -> f64 {
        match self.kind {
            CrsKind::Geographic => self.srs.semi_major().unwrap_or(6_378_137.0) * self.srs.angular_units(),
            _ => self.srs.linear_units(),
        }
    }

    /// Unit of the first two coordinates: `m`, `ft`, `us-ft`, `degree`.
    pub fn unit(&self) -> String {
        if self.kind == CrsKind::Geographic {
            return "degree".to_owned();
        }
        let u = self.srs.linear_units();
        for (name, length) in [("m", 1.0), ("km", 1000.0), ("ft", 0.3048), ("us-ft", 1200.0 / 3937.0)] {
            if (u - length).abs() < 1e-9 {
                return name.to_owned();
            }
        }
        self.srs.linear_units_name().unwrap_or_else(|| format!("{u} m"))
    }

    /// Where the registry says that it may be used; `None` where it says nothing.
    pub fn area_of_use(&self) -> Option<AreaOfUse> {
        let (area, _said) = capture_gdal_errors(|| self.srs.area_of_use());
        area.map(|a| AreaOfUse {
            bounds_deg: [a.west_lon_degree, a.south_lat_degree, a.east_lon_degree, a.north_lat_degree],
            name: a.name,
        })
    }

    /// Whether both have the same horizontal coordinates, so that points need no transformation.
    pub fn same_horizontal(&self, other: &Self) -> bool {
        if self.text == other.text {
            return true;
        }
        let (same, _said) =
            capture_gdal_errors(|| match (osr::horizontal(&self.srs), osr::horizontal(&other.srs)) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            });
        same
    }

    /// Whether its body is Earth, judged by the size of the ellipsoid.
    pub fn on_earth(&self) -> bool {
        self.srs.semi_major().is_ok_and(|a| (6.3e6..6.4e6).contains(&a))
    }

    /// Registered CRS that resemble one that only well-known text says, with the confidence in percent, best first.
    /// Empty for one that has a code, which from 90 % on it is given.
    pub fn resembles(&self) -> Vec<(String, i32)> {
        if !self.text.contains('[') || is_derived(&self.srs) {
            return Vec::new();
        }
        let (mut matches, _said) = capture_gdal_errors(|| osr::find_matches(&self.srs));
        matches.sort_by_key(|m| std::cmp::Reverse(m.1));
        matches.into_iter().filter_map(|(m, share)| Some((m.authority().ok()?, share))).collect()
    }

    /// Whether it is a grid of a city, derived from a projected CRS.
    pub fn is_derived(&self) -> bool {
        is_derived(&self.srs)
    }

    pub(crate) fn srs(&self) -> &SpatialRef {
        &self.srs
    }

    pub(crate) fn heights(&self) -> &Heights {
        &self.heights
    }
}

/// Resolves the name of an `IfcProjectedCRS` (`EPSG:n`, `EPSG n`, an OGC URN, WKT, or the registry's own words such as
/// `ETRS89 / UTM zone 32N`) to a projected CRS.
///
/// # Errors
/// [`GeodesyError::UnknownCrs`], [`GeodesyError::NotProjected`], or [`GeodesyError::Ambiguous`] for WKT that no
/// registered CRS matches with at least 90 %.
pub fn resolve_projected_crs(name: &str) -> Result<Crs, GeodesyError> {
    let trimmed = name.trim();
    // Some authoring tools write a bare code or a blank instead of the colon.
    let crs = match trimmed.parse::<u32>() {
        Ok(code) => Crs::parse(&format!("EPSG:{code}"))?,
        Err(_not_a_bare_code) => match Crs::parse(trimmed) {
            Ok(crs) => crs,
            Err(unknown) => crate::words::in_words(trimmed).ok_or(unknown)?,
        },
    };
    if crs.kind != CrsKind::Projected {
        return Err(GeodesyError::NotProjected { kind: crs.kind.word(), crs: crs.label().to_owned() });
    }
    if crs.text.contains('[') {
        let (mut matches, _said) = capture_gdal_errors(|| osr::find_matches(&crs.srs));
        matches.sort_by_key(|m| std::cmp::Reverse(m.1));
        let candidates = matches
            .iter()
            .take(3)
            .map(|(m, c)| {
                format!("{} ({c} %)", m.authority().unwrap_or_else(|_| m.name().unwrap_or_default()))
            })
            .collect::<Vec<_>>()
            .join(", ");
        let candidates =
            if candidates.is_empty() { "no registered CRS resembles it".to_owned() } else { candidates };
        return Err(GeodesyError::Ambiguous { text: shorten(name), candidates });
    }
    Ok(crs)
}

/// The text in the form that PROJ's registry takes; `None` if it names no registry entry. Nothing else reaches
/// the definition parser, which would also open files and URLs.
fn registry_definition(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    if upper == "OGC:CRS84" || upper == "CRS84" || upper == "URN:OGC:DEF:CRS:OGC:1.3:CRS84" {
        return Some("OGC:CRS84".to_owned());
    }
    let mut parts = upper.split('+').map(registry_code);
    let (authority, code) = parts.next()??;
    match (parts.next(), parts.next()) {
        (None, _) => Some(format!("{authority}:{code}")),
        (Some(second), None) => {
            let vertical = second.or_else(|| {
                let bare = upper.split_once('+')?.1.trim();
                is_code(bare).then(|| ("EPSG".to_owned(), bare.to_owned()))
            })?;
            (authority == "EPSG" && vertical.0 == "EPSG").then(|| format!("EPSG:{code}+{}", vertical.1))
        }
        _ => None,
    }
}

fn is_code(code: &str) -> bool {
    (1..=7).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit())
}

fn registry_code(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    for prefix in ["URN:OGC:DEF:CRS:", "HTTP://WWW.OPENGIS.NET/DEF/CRS/", "HTTPS://WWW.OPENGIS.NET/DEF/CRS/"]
    {
        if let Some(rest) = text.strip_prefix(prefix) {
            let mut parts = rest.split([':', '/']);
            let authority = parts.next()?;
            let code = parts.next_back()?;
            return (matches!(authority, "EPSG" | "ESRI") && is_code(code))
                .then(|| (authority.to_owned(), code.to_owned()));
        }
    }
    let (authority, code) = text.split_once([':', ' '])?;
    let code = code.trim_start_matches([':', ' ']);
    (matches!(authority, "EPSG" | "ESRI") && is_code(code)).then(|| (authority.to_owned(), code.to_owned()))
}

fn kind_of(srs: &SpatialRef) -> Option<CrsKind> {
    if srs.is_projected() || is_derived(srs) {
        Some(CrsKind::Projected)
    } else if srs.is_geographic() {
        Some(CrsKind::Geographic)
    } else if srs.is_geocentric() {
        Some(CrsKind::Geocentric)
    } else if srs.is_local() {
        Some(CrsKind::Local)
    } else if srs.is_vertical() {
        Some(CrsKind::Vertical)
    } else {
        None
    }
}

/// A grid of a city, derived from a projected CRS; GDAL has no kind of its own for it.
pub(crate) fn is_derived(srs: &SpatialRef) -> bool {
    osr::wkt2(srs).is_some_and(|wkt| wkt.starts_with("DERIVEDPROJCRS["))
}

fn heights_of(srs: &SpatialRef, kind: CrsKind) -> Heights {
    if kind != CrsKind::Vertical && srs.is_compound() {
        let name = srs.get_attr_value("VERT_CS", 0).ok().flatten();
        return Heights::Datum(name.unwrap_or_else(|| "unnamed vertical datum".to_owned()));
    }
    if srs.axes_count() == 3 { Heights::Ellipsoidal } else { Heights::Unstated }
}

/// The shortest text that means the same: a code where the definition really is the registered one.
fn identify(srs: &SpatialRef) -> Option<String> {
    let same = |code: &str| {
        SpatialRef::from_definition(code).is_ok_and(|mut r| {
            r.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            r == *srs
        })
    };
    if srs.is_compound() {
        let part = |node: &str| {
            let authority = srs.get_attr_value(&format!("{node}|AUTHORITY"), 0).ok().flatten()?;
            (authority == "EPSG")
                .then(|| srs.get_attr_value(&format!("{node}|AUTHORITY"), 1).ok().flatten())?
        };
        let horizontal = part("PROJCS").or_else(|| part("GEOGCS"));
        if let (Some(h), Some(v)) = (horizontal, part("VERT_CS"))
            && same(&format!("EPSG:{h}+{v}"))
        {
            return Some(format!("EPSG:{h}+EPSG:{v}"));
        }
        return osr::wkt2(srs);
    }
    // No registry has the parameters that somebody stated for a grid.
    if let Some(wkt) = osr::wkt2(srs).filter(|w| w.starts_with(crate::helmert::BOUND)) {
        return Some(wkt);
    }
    if let Ok(code) = srs.authority()
        && (code.starts_with("OGC:") || same(&code))
    {
        return Some(code);
    }
    // No registry has the grid of a city.
    if is_derived(srs) {
        return osr::wkt2(srs);
    }
    let mut matches = osr::find_matches(srs);
    matches.sort_by_key(|m| std::cmp::Reverse(m.1));
    let mut best = matches.iter().filter(|m| m.1 >= MIN_CONFIDENCE);
    if let Some((first, confidence)) = best.next()
        && best.next().is_none_or(|second| second.1 < *confidence)
        && let Ok(code) = first.authority()
    {
        return Some(code);
    }
    osr::wkt2(srs)
}

fn unknown(text: &str, said: &[String], otherwise: &str) -> GeodesyError {
    let reason = said.first().cloned().unwrap_or_else(|| otherwise.to_owned());
    GeodesyError::UnknownCrs { text: shorten(text), reason }
}

fn shorten(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crs_is_read_in_every_form_that_people_write() {
        for text in [
            "EPSG:4548",
            "epsg:4548",
            "EPSG 4548",
            "urn:ogc:def:crs:EPSG::4548",
            "http://www.opengis.net/def/crs/EPSG/0/4548",
        ] {
            let crs = Crs::parse(text).unwrap();
            assert_eq!(crs.text(), "EPSG:4548", "{text}");
            assert_eq!((crs.kind(), crs.unit().as_str()), (CrsKind::Projected, "m"));
        }
        assert_eq!(Crs::parse("EPSG:4548+5737").unwrap().text(), "EPSG:4548+EPSG:5737");
        let heights = Heights::Datum("Yellow Sea 1985 height".into());
        assert_eq!(Crs::parse("EPSG:4548+EPSG:5737").unwrap().heights(), &heights);
        assert_eq!(Crs::parse("EPSG:2263").unwrap().unit(), "us-ft");
    }

    #[test]
    fn the_text_of_a_crs_reads_back_as_the_same_crs() {
        for text in ["EPSG:4548", "EPSG:4326", "EPSG:4979", "EPSG:2263", "EPSG:4548+EPSG:5737", "ESRI:102025"]
        {
            let crs = Crs::parse(text).unwrap();
            assert!(Crs::parse(crs.text()).unwrap().same_horizontal(&crs), "{text} → {}", crs.text());
        }
    }

    #[test]
    fn text_that_names_no_crs_is_refused_and_opens_nothing() {
        for text in [
            "",
            "EPSG:",
            "EPSG:999999",
            "EPSG:-1",
            "Beijing",
            "/etc/passwd",
            "https://example.org/x",
            "PROJCS[",
            "EPSG:4548+x",
        ] {
            assert!(matches!(Crs::parse(text), Err(GeodesyError::UnknownCrs { .. })), "{text}");
        }
        assert!(matches!(Crs::parse("/nowhere/a.prj"), Err(GeodesyError::Read { .. })));
    }

    #[test]
    fn wkt_in_the_dialect_of_shapefiles_is_identified() {
        let esri = r#"PROJCS["CGCS2000_3_Degree_GK_CM_117E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",117.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
        assert_eq!(resolve_projected_crs(esri).unwrap().text(), "EPSG:4548");
    }

    #[test]
    fn a_crs_in_the_words_of_the_registry_is_found_and_other_words_are_not() {
        for (name, code) in [
            ("ETRS89 / UTM zone 32N", "EPSG:25832"),
            ("IGM95 / UTM zone 33N", "EPSG:3065"),
            ("CGCS2000 / 3-degree Gauss-Kruger CM 117E", "EPSG:4548"),
            ("CGCS2000 / 3-degree Gauss-Kruger zone 39", "EPSG:4527"),
            ("WGS 84 / UTM zone 60S", "EPSG:32760"),
            ("DHDN / 3-degree Gauss-Kruger zone 3", "EPSG:31467"),
            ("GDA2020 / MGA zone 56", "EPSG:7856"),
            ("ETRS89 / GK25FIN", "EPSG:3879"),
            ("RGF93 / CC44", "EPSG:3944"),
            ("Amersfoort / RD New", "EPSG:28992"),
        ] {
            assert_eq!(resolve_projected_crs(name).unwrap().text(), code);
        }
        for name in
            ["Unbekanntes Bezugssystem", "a / b", "/etc/passwd", "http://host / x", "WGS 84 / nothing"]
        {
            assert!(resolve_projected_crs(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_local_grid_of_a_city_is_not_taken_for_a_registered_one() {
        let local = r#"PROJCS["City grid",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",300000.0],PARAMETER["False_Northing",-4000000.0],PARAMETER["Central_Meridian",116.35],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
        assert!(matches!(resolve_projected_crs(local), Err(GeodesyError::Ambiguous { .. })));
        assert!(Crs::parse(local).unwrap().text().starts_with("PROJCRS["));
    }

    #[test]
    fn the_area_of_use_is_longitude_and_latitude() {
        let area = Crs::parse("EPSG:4548").unwrap().area_of_use().unwrap();
        assert!((area.bounds_deg[0] - 115.5).abs() < 0.1 && (area.bounds_deg[2] - 118.5).abs() < 0.1);
    }
}
