//! Positions in degrees, or in another system than the project's, carried into it when they come in.

use std::borrow::Cow;

use lantu_base::{ChannelId, ProjectFrame, UtcNanos};
use lantu_geodesy::{Crs, CrsKind, GeodesyError, ToFrame};
use lantu_live::{Quality, Sample};
use serde_json::Value;

use crate::Counters;

/// What satellite receivers and `GeoJSON` mean by degrees.
pub(crate) const DEGREES: &str = "EPSG:4326";

/// Carries positions of one source into the project. One per thread.
///
/// What may be converted is what layers may: nothing is guessed, and what is refused says why.
#[derive(Debug)]
pub(crate) struct Placer {
    way: Result<ToFrame, String>,
    in_degrees: bool,
}

/// A position of a thing, as it came.
pub(crate) struct Found<'a> {
    /// The thing.
    pub(crate) name: &'a str,
    pub(crate) time: UtcNanos,
    pub(crate) quality: Quality,
    /// Longitude or easting, latitude or northing, height or NaN.
    pub(crate) at: [f64; 3],
}

impl Placer {
    /// Prepares the way from `system`. `heights`: what its heights are above, as for layers.
    pub(crate) fn new(system: &str, heights: Option<&str>, frame: &ProjectFrame) -> Self {
        let way = || -> Result<(ToFrame, bool), GeodesyError> {
            let crs = Crs::parse(system)?;
            Ok((ToFrame::new(&crs, frame, heights)?, crs.kind() == CrsKind::Geographic))
        };
        match way() {
            Ok((way, in_degrees)) => Self { way: Ok(way), in_degrees },
            Err(e) => {
                let why = format!("positions cannot be placed: {}", e.to_string().replace('\n', "; "));
                tracing::warn!(why, "no position of this source is taken");
                Self { way: Err(why), in_degrees: false }
            }
        }
    }

    /// Adds easting, northing and, where it is known what it is above, height of a position, in meters of the project.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn put(
        &self,
        found: &Found<'_>,
        counters: &Counters,
        rows: &mut Vec<(ChannelId, Sample)>,
    ) -> Result<(), Cow<'static, str>> {
        let way = self.way.as_ref().map_err(|why| Cow::Owned(why.clone()))?;
        let [x, y, _] = found.at;
        if self.in_degrees && !(x.abs() <= 180.0 && y.abs() <= 90.0) {
            return Err("degrees beyond the globe: longitude comes first".into());
        }
        let mut at = [found.at];
        way.apply(&mut at).map_err(|e| match e {
            GeodesyError::Outside { .. } => Cow::Borrowed("a position beyond the project's system"),
            other => Cow::Owned(other.to_string()),
        })?;
        let [mut at] = at;
        if let Some(why) = way.unknown_heights().filter(|_| at[2].is_finite()) {
            counters.trouble(&format!("heights of positions are left out: {why}"), found.name);
            at[2] = f64::NAN;
        }
        let known = ["x", "y", "z"].into_iter().zip(at).filter(|(_, value)| value.is_finite());
        rows.extend(known.map(|(axis, value)| {
            let id = ChannelId(format!("{}.{axis}", found.name).into());
            (id, Sample::new(found.time, value, found.quality, "m".into()))
        }));
        Ok(())
    }
}

/// Longitude, latitude and height (NaN without one) of a `GeoJSON` point, or of a feature that is one; `None` of anything
/// else.
pub(crate) fn geojson_point(value: &Value) -> Option<[f64; 3]> {
    let of = |key: &str| value.get(key);
    match of("type")?.as_str()? {
        "Feature" => of("geometry").filter(|g| g.get("coordinates").is_some()).and_then(geojson_point),
        "Point" => {
            let at = of("coordinates")?.as_array()?;
            let number = |ix: usize| at.get(ix).and_then(Value::as_f64).filter(|v| v.is_finite());
            Some([number(0)?, number(1)?, number(2).unwrap_or(f64::NAN)])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn frame(crs: &str, height_crs: Option<&str>) -> ProjectFrame {
        ProjectFrame {
            crs: crs.into(),
            height_crs: height_crs.map(str::to_owned),
            meters_per_unit: 1.0,
            time_zone: "Asia/Shanghai".into(),
        }
    }

    fn put(placer: &Placer, at: [f64; 3]) -> (Result<Vec<(String, f64)>, String>, crate::Tally) {
        let (counters, mut rows) = (Counters::default(), Vec::new());
        let found = Found { name: "w7", time: UtcNanos(5), quality: Quality::Good, at };
        let put = placer.put(&found, &counters, &mut rows);
        let rows = rows.iter().map(|(c, s)| (c.to_string(), s.value)).collect();
        (put.map(|()| rows).map_err(Cow::into_owned), counters.tally())
    }

    #[test]
    fn degrees_become_meters_of_the_project_and_a_height_above_nobody_knows_what_is_left_out() {
        let placer = Placer::new(DEGREES, None, &frame("EPSG:4548", Some("EPSG:5737")));
        let (rows, tally) = put(&placer, [116.48, 39.99, 51.0]);
        let rows = rows.unwrap();
        let names: Vec<_> = rows.iter().map(|r| r.0.as_str()).collect();
        assert_eq!(names, ["w7.x", "w7.y"]);
        // The point that the documentation of `lantu-geodesy` has, to a millimeter.
        assert!(
            (rows[0].1 - 455_588.610).abs() < 1e-3 && (rows[1].1 - 4_428_548.202).abs() < 1e-3,
            "{rows:?}"
        );
        assert!(
            tally.reasons.keys().any(|why| why.contains("heights of positions are left out")),
            "{tally:?}"
        );
        assert_eq!(tally.rejected, 0);
        let stated = Placer::new(DEGREES, Some("-9.85"), &frame("EPSG:4548", Some("EPSG:5737")));
        assert!((put(&stated, [116.48, 39.99, 51.0]).0.unwrap()[2].1 - 41.15).abs() < 1e-9);
    }

    #[test]
    fn a_project_without_a_place_on_earth_and_degrees_beyond_the_globe_are_refused_with_the_reason() {
        let local = "LOCAL_CS[\"site grid\",UNIT[\"metre\",1],AXIS[\"x\",EAST],AXIS[\"y\",NORTH]]";
        let placer = Placer::new(DEGREES, None, &frame(local, None));
        let why = put(&placer, [116.48, 39.99, f64::NAN]).0.unwrap_err();
        assert!(why.starts_with("positions cannot be placed") && why.contains("no place on Earth"), "{why}");
        let placer = Placer::new(DEGREES, None, &frame("EPSG:4548", None));
        let why = put(&placer, [39.99, 116.48, f64::NAN]).0.unwrap_err();
        assert!(why.contains("longitude comes first"), "{why}");
    }

    #[test]
    fn only_points_of_geojson_are_positions() {
        let point = json!({ "type": "Point", "coordinates": [116.5, 40.0, 30.0] });
        assert_eq!(geojson_point(&point), Some([116.5, 40.0, 30.0]));
        assert_eq!(
            geojson_point(&json!({ "type": "Feature", "geometry": point })),
            Some([116.5, 40.0, 30.0])
        );
        for other in [
            json!({ "type": "Point", "coordinates": ["a", 1] }),
            json!({ "type": "LineString", "coordinates": [[1, 2], [3, 4]] }),
            json!({ "type": "Feature" }),
            json!(3),
        ] {
            assert_eq!(geojson_point(&other), None, "{other}");
        }
    }
}
