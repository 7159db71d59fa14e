//! Ways in which a model may have been meant to lie, from what its file says.

use glam::{DMat3, DVec3};
use lantu_base::{ProjectFrame, WorldPoint};
use lantu_geodesy::{Crs, CrsKind, geoid_height_m, place_of, project_degrees};
use lantu_ingest::PlaceHints;

use super::{Placer, Reason, SourceTransform, reason};

/// From this on an offset is one to map coordinates, meters. Chosen: sites are smaller.
const MAP_OFFSET_M: f64 = 1000.0;

/// Factors between units that people and programs take for each other. Meters, millimeters, centimeters,
/// international and US survey feet, inches.
pub(crate) const UNIT_FACTORS: [(f64, &str, &str); 9] = [
    (0.001, "millimeters", "meters"),
    (1000.0, "meters", "millimeters"),
    (0.01, "centimeters", "meters"),
    (100.0, "meters", "centimeters"),
    (0.3048, "feet", "meters"),
    (1.0 / 0.3048, "meters", "feet"),
    (0.0254, "inches", "meters"),
    (1.0 / 0.0254, "meters", "inches"),
    (0.304_8 / 0.001, "feet", "millimeters"),
];

/// One way to lie: the point `carried` of the model comes to `target` on the map.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    pub(crate) target: DVec3,
    pub(crate) carried: DVec3,
    pub(crate) x_axis: [f64; 2],
    pub(crate) scale: f64,
    pub(crate) factors: [f64; 3],
    pub(crate) crs: Option<String>,
    pub(crate) why: Reason,
}

impl Candidate {
    pub(crate) fn transform(&self) -> SourceTransform {
        let [c, s] = self.x_axis;
        let turn = DMat3::from_cols(DVec3::new(c, s, 0.0), DVec3::new(-s, c, 0.0), DVec3::Z);
        let offset = self.target - turn * (self.carried * DVec3::from_array(self.factors)) * self.scale;
        SourceTransform {
            offset: offset.to_array(),
            x_axis: self.x_axis,
            scale: self.scale,
            factors: self.factors,
            crs: self.crs.clone(),
        }
    }

    fn but(&self, name: &'static str, why: Reason) -> Self {
        Self { name, why, ..self.clone() }
    }
}

/// What the candidates are made from.
pub(crate) struct Declaration<'a> {
    pub(crate) frame: &'a ProjectFrame,
    pub(crate) hints: PlaceHints,
    /// The model as its file says that it lies.
    pub(crate) declared: Candidate,
    /// The CRS that the map coordinates are in.
    pub(crate) crs: Option<Crs>,
    /// There is a map conversion; else the offset stands in the solids or in placements.
    pub(crate) has_map: bool,
    /// Middle of the model in its own frame.
    pub(crate) middle: DVec3,
    /// Height of the ground at a place of the project, where it is known.
    pub(crate) ground: &'a dyn Fn(DVec3) -> Option<f64>,
}

impl Declaration<'_> {
    /// All candidates, as declared first.
    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        let mut out = vec![self.declared.clone()];
        self.offset_twice(&mut out);
        self.map_units(&mut out);
        self.project_units(&mut out);
        self.axes_and_zones(&mut out);
        self.rotations(&mut out);
        self.heights(&mut out);
        self.site(&mut out);
        out
    }

    fn offset_twice(&self, out: &mut Vec<Candidate>) {
        let d = &self.declared;
        let site = self.hints.site_offset_m.map(DVec3::from_array);
        let far = |v: DVec3| v.truncate().length() > MAP_OFFSET_M;
        if !self.has_map || !far(d.target) || !far(self.middle) {
            return;
        }
        let same = |v: DVec3| (v - d.target).truncate().length() < 0.02 * d.target.truncate().length();
        let mut push = |carried: DVec3, in_site: bool| {
            let [x, y] = [carried.x, carried.y].map(|v| format!("{v:.1}"));
            let why = if in_site {
                reason!(
                    "why-twice-site",
                    "the model already stands at {x} {y} before the map conversion moves it (in the placement of the site)",
                    x = x,
                    y = y
                )
            } else {
                reason!(
                    "why-twice-geometry",
                    "the model already stands at {x} {y} before the map conversion moves it (in its geometry)",
                    x = x,
                    y = y
                )
            };
            for z in [carried.z, 0.0] {
                let carried = DVec3::new(carried.x, carried.y, z);
                out.push(Candidate { carried, ..d.but("offset_twice", why.clone()) });
                if z.abs() < 1e-9 {
                    break;
                }
            }
        };
        match site.filter(|s| far(*s)) {
            Some(site) => push(site, true),
            None if same(self.middle) => push(
                DVec3::new(
                    d.target.x,
                    d.target.y,
                    if self.middle.z > 0.9 * d.target.z { d.target.z } else { 0.0 },
                ),
                false,
            ),
            None => {}
        }
        // The conversion has nothing to do where the geometry stands in place and turned already.
        if d.x_axis[1].abs() > 1e-9 && same(self.middle) {
            let why =
                reason!("why-twice-turned", "the geometry stands on the map already, turned as it should be");
            let plain = Candidate {
                target: DVec3::ZERO,
                carried: DVec3::ZERO,
                x_axis: [1.0, 0.0],
                ..d.but("offset_twice", why)
            };
            let lifted = Candidate { target: DVec3::new(0.0, 0.0, d.target.z), ..plain.clone() };
            out.extend([plain, lifted]);
        }
    }

    fn map_units(&self, out: &mut Vec<Candidate>) {
        let d = &self.declared;
        let odd_scale = (d.scale - 1.0).abs() > 0.01;
        let sound = if odd_scale { 1.0 } else { d.scale };
        if odd_scale {
            let why = reason!(
                "why-odd-scale",
                "a meter of the model would be {scale} m of the map; taken as one meter",
                scale = format!("{:.6}", d.scale)
            );
            out.push(Candidate { scale: sound, ..d.but("map_unit_mismatch", why) });
        }
        if !self.has_map {
            return;
        }
        for (f, from, to) in UNIT_FACTORS {
            let why = reason!(
                "why-map-unit",
                "the offsets of the map conversion are {from} read as {to}",
                from = from,
                to = to
            );
            let target = d.target * f;
            out.push(Candidate { target, scale: sound, ..d.but("map_unit_mismatch", why.clone()) });
            let flat = DVec3::new(target.x, target.y, d.target.z);
            out.push(Candidate { target: flat, scale: sound, ..d.but("map_unit_mismatch", why) });
        }
        let unit = self.hints.map_unit_m.filter(|u| *u > 0.0).unwrap_or(1.0);
        let (a, b) = (d.target.x / unit, d.target.y / unit);
        let Some(crs) = &self.crs else { return };
        for (lon, lat) in [(a, b), (b, a)] {
            if lon.abs() > 180.0 || lat.abs() > 90.0 || (lon == 0.0 && lat == 0.0) {
                continue;
            }
            if let Ok([x, y]) = project_degrees(crs, lon, lat) {
                let m = crs.meters_per_unit();
                let why = reason!(
                    "why-map-degrees",
                    "the offsets are degrees: longitude {lon}°, latitude {lat}°",
                    lon = format!("{lon:.6}"),
                    lat = format!("{lat:.6}")
                );
                for z in [d.target.z, d.target.z / unit] {
                    let target = DVec3::new(x * m, y * m, z);
                    out.push(Candidate { target, scale: sound, ..d.but("map_unit_mismatch", why.clone()) });
                }
            }
        }
    }

    fn project_units(&self, out: &mut Vec<Candidate>) {
        let d = &self.declared;
        for (f, from, to) in UNIT_FACTORS {
            let why =
                reason!("why-model-unit", "the model's sizes are {from} read as {to}", from = from, to = to);
            let scaled = Candidate { scale: d.scale * f, ..d.but("project_unit_mismatch", why.clone()) };
            if self.has_map {
                out.push(scaled.clone());
                // Where the map has no unit of its own, its offsets are as wrong as the sizes.
                out.push(Candidate { target: d.target * f, ..scaled });
            } else {
                out.push(Candidate { target: d.target * f, ..scaled });
            }
        }
    }

    fn axes_and_zones(&self, out: &mut Vec<Candidate>) {
        let d = &self.declared;
        let t = d.target;
        if t.truncate().length() < MAP_OFFSET_M {
            return;
        }
        let why = reason!(
            "why-swapped",
            "easting and northing exchanged: {x} is the northing, {y} the easting",
            x = format!("{:.1}", t.x),
            y = format!("{:.1}", t.y)
        );
        out.push(Candidate { target: DVec3::new(t.y, t.x, t.z), ..d.but("axes_swapped", why) });
        let Some(crs) = &self.crs else { return };
        let zone = (t.x / 1e6).floor();
        let rest = t.x - zone * 1e6;
        if crs.zone_prefix() == Some(0) && (1.0..=120.0).contains(&zone) {
            let why = reason!(
                "why-zone-number",
                "the easting begins with the zone's number {zone}, which the CRS does not have",
                zone = format!("{zone:.0}")
            );
            out.push(Candidate { target: DVec3::new(rest, t.y, t.z), ..d.but("zone_prefix", why) });
        }
        if let Some(prefix @ 1..) = crs.zone_prefix() {
            if zone == 0.0 {
                let why = reason!(
                    "why-zone-missing",
                    "the easting lacks the zone's number {zone}, which the CRS has",
                    zone = prefix
                );
                let target = DVec3::new(t.x + f64::from(prefix) * 1e6, t.y, t.z);
                out.push(Candidate { target, ..d.but("zone_prefix", why) });
            } else if (zone - f64::from(prefix)).abs() > 0.5 {
                let why = reason!(
                    "why-zone-other",
                    "the easting begins with zone {zone}, the CRS with {own}",
                    zone = format!("{zone:.0}"),
                    own = prefix
                );
                let target = DVec3::new(rest + f64::from(prefix) * 1e6, t.y, t.z);
                out.push(Candidate { target, ..d.but("zone_prefix", why) });
            }
        }
        let project = Crs::parse(&self.frame.crs).ok();
        for other in crs.neighboring_zones() {
            let why = reason!(
                "why-of-other-zone",
                "the coordinates are of {name} ({code}), not of {crs}",
                name = other.name(),
                code = other.text(),
                crs = crs.text()
            );
            let same = project.as_ref().is_some_and(|p| p.same_horizontal(&other));
            let crs = (!same).then(|| other.text().to_owned());
            out.push(Candidate { crs, ..d.but("wrong_zone", why) });
        }
    }

    fn rotations(&self, out: &mut Vec<Candidate>) {
        let d = &self.declared;
        if !self.has_map {
            return;
        }
        let [c, s] = d.x_axis;
        if s.abs() > 1e-4 && c.abs() > 1e-9 {
            let angle = s.atan2(c).to_degrees();
            let why = reason!(
                "why-turned",
                "turned by {turned}° instead of {said}°",
                turned = format!("{:.4}", -angle),
                said = format!("{angle:.4}")
            );
            out.push(Candidate { x_axis: [c, -s], ..d.but("rotation_sign", why) });
        }
        let Ok(placer) = Placer::new(&d.transform(), self.frame) else { return };
        let Ok(at) = placer.place(d.carried) else { return };
        let Ok(place) = place_of(self.frame, at) else { return };
        let convergence = place.true_north_deg;
        if convergence.abs() > 0.02 {
            for sign in [-1.0, 1.0] {
                let turn = glam::DVec2::from_angle((sign * convergence).to_radians());
                let x_axis = turn.rotate(glam::DVec2::from_array(d.x_axis)).to_array();
                let why = reason!(
                    "why-convergence",
                    "turned by the convergence of {angle}°: true north was taken for grid north",
                    angle = format!("{:.4}", sign * convergence)
                );
                out.push(Candidate { x_axis, ..d.but("true_north_for_grid", why) });
            }
        }
    }

    fn heights(&self, out: &mut Vec<Candidate>) {
        let d = &self.declared;
        let Ok(placer) = Placer::new(&d.transform(), self.frame) else { return };
        let Ok(at) = placer.place(self.middle) else { return };
        let Ok(place) = place_of(self.frame, at) else { return };
        let Some(geoid) = geoid_height_m(place.longitude_deg, place.latitude_deg) else { return };
        if geoid.abs() < 1.0 {
            return;
        }
        let why = reason!(
            "why-ellipsoidal",
            "the height is one above the ellipsoid, and the geoid (EGM96) lies {geoid} m above it here",
            geoid = format!("{geoid:.1}")
        );
        let target = d.target - DVec3::new(0.0, 0.0, geoid);
        out.push(Candidate { target, ..d.but("ellipsoidal_height", why) });
    }

    fn site(&self, out: &mut Vec<Candidate>) {
        let (Some([lat, lon]), false) = (self.hints.site_deg, self.has_map) else { return };
        let Ok(crs) = Crs::parse(&self.frame.crs) else { return };
        if crs.kind() != CrsKind::Projected {
            return;
        }
        let Ok([x, y]) = project_degrees(&crs, lon, lat) else { return };
        let m = self.frame.meters_per_unit;
        let flat = DVec3::new(x * m, y * m, 0.0);
        // Most programs write an elevation of 0 where nobody stated one.
        let stated = self.hints.site_elevation_m.filter(|e| *e != 0.0);
        let z = stated.or_else(|| (self.ground)(flat)).unwrap_or(0.0);
        let at = DVec3::new(flat.x, flat.y, z);
        let convergence = place_of(self.frame, WorldPoint(at)).map_or(0.0, |p| p.true_north_deg);
        let turn = (self.hints.true_north_deg.unwrap_or(0.0) - convergence).to_radians();
        let carried = self.hints.site_offset_m.map_or(DVec3::ZERO, DVec3::from_array);
        out.push(Candidate {
            name: "site_latlong",
            target: at,
            carried: DVec3::new(carried.x, carried.y, 0.0),
            x_axis: [turn.cos(), turn.sin()],
            crs: None,
            why: reason!(
                "why-site-names",
                "the site names latitude {lat}° and longitude {lon}°, which is a hint of some meters at best",
                lat = format!("{lat:.6}"),
                lon = format!("{lon:.6}")
            ),
            ..self.declared.clone()
        });
    }
}
