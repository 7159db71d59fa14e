//! Making the project frame.

use lantu_base::{ProjectFrame, TimeZoneName};

use crate::crs::Heights;
use crate::{Crs, CrsKind, GeodesyError};

/// Makes a project frame from what a person typed: a projected CRS (`EPSG:4548`, `EPSG:4548+EPSG:5737`, WKT, a
/// `.prj` file), a vertical CRS or the name of a height datum, and an IANA time zone.
///
/// A vertical part in `crs` is the height CRS where `height` is `None`.
///
/// # Errors
/// [`GeodesyError`] with the reason: unreadable, not projected, not on Earth, unknown time zone.
pub fn make_frame(crs: &str, height: Option<&str>, time_zone: &str) -> Result<ProjectFrame, GeodesyError> {
    let parsed = Crs::parse(crs)?;
    if parsed.kind() != CrsKind::Projected {
        return Err(GeodesyError::NotProjected {
            kind: parsed.kind().word(),
            crs: parsed.label().to_owned(),
        });
    }
    if !parsed.on_earth() {
        return Err(GeodesyError::UnknownCrs {
            text: parsed.label().to_owned(),
            reason: "its ellipsoid is not the Earth's".to_owned(),
        });
    }
    let (horizontal, vertical) = split(&parsed);
    let height_crs = match height.map(str::trim).filter(|h| !h.is_empty()) {
        Some(h) if h.contains(':') || h.contains('[') => Some(vertical_crs(h)?),
        Some(name) => Some(name.to_owned()),
        None => vertical,
    };
    TimeZoneName::new(time_zone)?;
    Ok(ProjectFrame {
        crs: horizontal,
        height_crs,
        meters_per_unit: parsed.meters_per_unit(),
        time_zone: time_zone.to_owned(),
    })
}

fn split(crs: &Crs) -> (String, Option<String>) {
    match (crs.text().split_once('+'), crs.heights()) {
        (Some((h, v)), _) if !crs.text().contains('[') => (h.to_owned(), Some(v.to_owned())),
        (_, Heights::Datum(name)) => (crs.text().to_owned(), Some(name.clone())),
        _ => (crs.text().to_owned(), None),
    }
}

fn vertical_crs(text: &str) -> Result<String, GeodesyError> {
    let crs = Crs::parse(text)?;
    if crs.kind() == CrsKind::Vertical {
        Ok(crs.text().to_owned())
    } else {
        Err(GeodesyError::UnknownCrs {
            text: text.chars().take(120).collect(),
            reason: format!("a vertical CRS is needed for heights, this one is {}", crs.kind().word()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_frame_needs_a_projected_crs_on_earth() {
        let f = make_frame("EPSG:4548+EPSG:5737", None, "Asia/Shanghai").unwrap();
        assert_eq!((f.crs.as_str(), f.height_crs.as_deref()), ("EPSG:4548", Some("EPSG:5737")));
        let f = make_frame("EPSG:2263", Some("NAVD88"), "America/New_York").unwrap();
        assert_eq!(f.height_crs.as_deref(), Some("NAVD88"));
        assert!((f.meters_per_unit - 0.304_800_609_6).abs() < 1e-9);
        assert!(matches!(
            make_frame("EPSG:4490", None, "Asia/Shanghai"),
            Err(GeodesyError::NotProjected { .. })
        ));
        assert!(matches!(
            make_frame("nonsense", None, "Asia/Shanghai"),
            Err(GeodesyError::UnknownCrs { .. })
        ));
        assert!(matches!(
            make_frame("EPSG:4548", Some("EPSG:4490"), "Asia/Shanghai"),
            Err(GeodesyError::UnknownCrs { .. })
        ));
        assert!(matches!(make_frame("EPSG:4548", None, "Mars/Olympus"), Err(GeodesyError::TimeZone(_))));
    }
}
