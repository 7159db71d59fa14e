//! How well each way to lie fits what is known: numbers between 0 and 1, each with its reason.

use glam::{DVec2, DVec3};
use lantu_base::{Bounds, ProjectFrame, WorldPoint};
use lantu_geodesy::place_of;
use lantu_ingest::PlaceHints;

use super::context::{Footprint, PlaceContext};
use super::facts::SourceFacts;
use super::plane::{apart, hull, overlap};
use super::{Placer, Reason, SourceTransform, placed_bounds, reason};

/// What is asked of every candidate.
pub(crate) struct Question<'a> {
    pub(crate) frame: &'a ProjectFrame,
    pub(crate) hints: PlaceHints,
    pub(crate) facts: &'a SourceFacts,
    pub(crate) bounds: Bounds,
    pub(crate) context: &'a PlaceContext<'a>,
    /// West, south, east, north of the CRS's area of use, degrees.
    pub(crate) area_deg: Option<[f64; 4]>,
}

/// How one candidate fits.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    /// Product of what holds for it alone, 0 to 1.
    pub(crate) alone: f64,
    /// What is compared between candidates, each 0 to 1: outline, direction, marks, site, elevation of the site,
    /// corners. `None`: says nothing.
    pub(crate) compared: [Option<f64>; 6],
    /// Something that is surveyed confirms the place: a footprint, a control point, what lies around.
    pub(crate) anchored: bool,
    /// Something confirms the rotation.
    pub(crate) turned: bool,
    pub(crate) bbox: Bounds,
    pub(crate) outline: Vec<DVec2>,
    pub(crate) reasons: Vec<Reason>,
}

/// Where the fit ends that is not worse than none: a source a few kilometers off is possible, one in another zone is not.
const NEAR_M: f64 = 2000.0;

/// Outlines that share this much are of the same structure. Chosen: a roof that reaches out a meter around a house of
/// 10 m gives 0.7.
pub(crate) const SAME_OUTLINE: f64 = 0.6;

/// How far a CRS is used beyond its registered area, degrees. Chosen: zones are, somewhat.
const MARGIN_DEG: f64 = 0.5;

/// Length of a degree of latitude, meters, to a percent.
const EARTH_M_PER_DEG: f64 = 111_320.0;

/// Reach in which edges show the direction of a quarter, meters.
const QUARTER_M: f64 = 150.0;

impl Question<'_> {
    /// Weighs one candidate.
    pub(crate) fn fit(&self, t: &SourceTransform) -> Fit {
        let mut fit = Fit {
            alone: 1.0,
            compared: [None; 6],
            anchored: false,
            turned: false,
            bbox: placed_bounds(t, self.bounds, self.frame),
            outline: Vec::new(),
            reasons: Vec::new(),
        };
        let Ok(placer) = Placer::new(t, self.frame) else {
            fit.alone = 0.0;
            fit.reasons
                .push(reason!("why-no-way", "there is no trustworthy transformation to the project CRS"));
            return fit;
        };
        if fit.bbox.is_empty() {
            fit.alone = if self.bounds.is_empty() { 1.0 } else { 0.0 };
            if !self.bounds.is_empty() {
                fit.reasons
                    .push(reason!("why-outside-crs", "the coordinates are outside what the CRS can express"));
            }
            return fit;
        }
        let outline =
            self.facts.outline.iter().filter_map(|p| placer.place(DVec3::new(p[0], p[1], 0.0)).ok());
        fit.outline = hull(outline.map(|w| w.0.truncate()).collect());
        self.area(&mut fit);
        self.near(&mut fit);
        self.sizes(t, &mut fit);
        self.scale(t, &mut fit);
        self.height(&placer, &mut fit);
        self.outline(&mut fit);
        self.direction(&placer, &mut fit);
        self.marks(&placer, &mut fit);
        self.corners(&mut fit);
        self.site(&placer, &mut fit);
        self.elevation(&placer, &mut fit);
        self.true_north(t, &mut fit);
        fit
    }

    fn area(&self, fit: &mut Fit) {
        let (Some([w, s, e, n]), true) = (self.area_deg, self.context.is_empty()) else { return };
        let Ok(p) = place_of(self.frame, WorldPoint(fit.bbox.center())) else {
            fit.alone *= 0.05;
            fit.reasons.push(reason!("why-no-coordinates", "it lies where the CRS has no coordinates"));
            return;
        };
        let inside_x = w > e || (w - MARGIN_DEG..=e + MARGIN_DEG).contains(&p.longitude_deg);
        if !inside_x || !(s - MARGIN_DEG..=n + MARGIN_DEG).contains(&p.latitude_deg) {
            fit.alone *= 0.1;
            fit.reasons.push(reason!(
                "why-outside-area",
                "longitude {lon}°, latitude {lat}° is outside the area of use of the project CRS",
                lon = format!("{:.3}", p.longitude_deg),
                lat = format!("{:.3}", p.latitude_deg)
            ));
        }
    }

    fn near(&self, fit: &mut Fit) {
        let Some(d) = self.context.distance(&fit.bbox) else { return };
        if d <= 0.0 {
            fit.anchored = true;
            fit.reasons.push(reason!("why-within", "it lies within what is placed already"));
            return;
        }
        let f = (-d / NEAR_M).exp().max(1e-3);
        fit.alone *= f;
        fit.anchored = d < NEAR_M * 0.1;
        let far = if d > 1000.0 { format!("{:.1} km", d / 1000.0) } else { format!("{d:.0} m") };
        fit.reasons.push(reason!("why-far", "it lies {far} from what is placed already", far = far));
    }

    /// Whether doors, walls, storeys are as large as such things are.
    fn sizes(&self, t: &SourceTransform, fit: &mut Fit) {
        /// Class, usual height in meters, and its spread as a factor of e. Chosen after the developers' set of files.
        const USUAL: [(&str, f64, f64); 6] = [
            ("IfcDoor", 2.2, 0.22),
            ("IfcWindow", 1.5, 0.5),
            ("IfcWall", 3.0, 0.6),
            ("IfcWallStandardCase", 3.0, 0.6),
            ("IfcColumn", 3.5, 0.7),
            ("IfcStair", 3.0, 0.6),
        ];
        let (mut worst, mut reason) = (1.0_f64, None);
        let fits = |size: f64, usual: f64, spread: f64| {
            let away = ((size / usual).ln().abs() / spread - 2.0).max(0.0);
            (-0.5 * away * away).exp().max(0.01)
        };
        let scale = t.scale * t.factors[2];
        for (class, usual, spread) in USUAL {
            if let Some(size) = self.facts.sizes.get(class) {
                let f = fits(size * scale, usual, spread);
                if f < worst {
                    worst = f;
                    reason = Some(reason!(
                        "why-size-of-class",
                        "{class}: {size} m high, usual are {usual} m",
                        class = class,
                        size = format!("{:.3}", size * scale),
                        usual = usual
                    ));
                }
            }
        }
        let extent = fit.bbox.size().truncate().max_element();
        if extent > 0.0 {
            // Chosen: from a hut to a railway line; a single part of a model may be small, so that extents alone do not
            // contradict it.
            let f = fits(extent, 60.0, 1.9).max(0.55);
            if f < worst {
                worst = f;
                reason = Some(reason!(
                    "why-length",
                    "the model is {length} m long",
                    length = format!("{extent:.3}")
                ));
            }
        }
        fit.alone *= worst;
        fit.reasons.extend(reason);
    }

    fn scale(&self, t: &SourceTransform, fit: &mut Fit) {
        // A model that is smaller or larger than it says must have its sizes for a reason.
        let odd = (t.scale - 1.0).abs() > 0.01;
        let sized = ["IfcDoor", "IfcWindow", "IfcWall", "IfcWallStandardCase"]
            .iter()
            .any(|c| self.facts.sizes.contains_key(*c));
        if odd {
            fit.alone *= if sized { 0.75 } else { 0.6 };
            fit.reasons.push(reason!(
                "why-scale",
                "a meter of the model becomes {scale} m",
                scale = format!("{:.4}", t.scale)
            ));
        }
    }

    fn height(&self, placer: &Placer, fit: &mut Fit) {
        let Some((ground, uneven)) = self.context.ground_around(&fit.bbox) else { return };
        let [low, high] = self.facts.heights.unwrap_or([self.bounds.min.z, self.bounds.max.z]);
        let middle = self.bounds.center().truncate();
        let z = |z: f64| placer.place(middle.extend(z)).map_or(f64::NAN, |w| w.0.z);
        let (low_w, high_w) = (z(low), z(high));
        let slack = 1.0 + 0.5 * uneven;
        let gap = (low_w - ground - slack).max(ground - high_w - slack).max(0.0);
        let mut f = (-0.5 * (gap / 3.0).powi(2)).exp().max(0.02);
        // A building's zero is its ground floor.
        let zero = if low <= 0.5 && high >= 0.0 { z(0.0) } else { low_w };
        let off = zero - ground;
        let away = ((off.abs() - slack - 1.0) / 4.0).max(0.0);
        f *= (1.0 / (1.0 + away * away)).max(0.15);
        fit.alone *= f;
        let [zero, away, ground] = [zero, off.abs(), ground].map(|v| format!("{v:.2}"));
        fit.reasons.push(if off < 0.0 {
            reason!(
                "why-below-ground",
                "its zero lies at {zero} m, {away} m below the ground at {ground} m",
                zero = zero,
                away = away,
                ground = ground
            )
        } else {
            reason!(
                "why-above-ground",
                "its zero lies at {zero} m, {away} m above the ground at {ground} m",
                zero = zero,
                away = away,
                ground = ground
            )
        });
    }

    /// The footprint that the outline agrees with best, and by how much.
    fn best_footprint(&self, outline: &[DVec2]) -> Option<(&Footprint, f64)> {
        let mut b = Bounds::EMPTY;
        for p in outline {
            b.add(p.extend(0.0));
        }
        let reach = b.size().truncate().length();
        let middle = b.center().truncate();
        let near = self.context.footprints.iter().filter(|f| f.center.distance(middle) < reach);
        near.map(|f| (f, overlap(outline, &f.outline))).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn outline(&self, fit: &mut Fit) {
        if fit.outline.len() < 3 || self.context.footprints.is_empty() {
            return;
        }
        let best = self.best_footprint(&fit.outline);
        let share = best.map_or(0.0, |b| b.1);
        fit.compared[0] = Some(share);
        if share >= SAME_OUTLINE {
            fit.anchored = true;
            fit.reasons.push(reason!(
                "why-footprint",
                "{share} % of its outline is that of a footprint",
                share = format!("{:.0}", share * 100.0)
            ));
        }
    }

    fn direction(&self, placer: &Placer, fit: &mut Fit) {
        let Some(facade) = self.facts.facade_rad else { return };
        let o = self.bounds.center();
        let (Ok(a), Ok(b)) = (placer.place(o), placer.place(o + DVec3::new(facade.cos(), facade.sin(), 0.0)))
        else {
            return;
        };
        let along = (b.0 - a.0).truncate();
        let own = along.y.atan2(along.x);
        let matched = self.best_footprint(&fit.outline).filter(|m| m.1 >= SAME_OUTLINE);
        // A footprint of the structure itself says more than the streets around it.
        let (main, sigma_deg, floor, of_footprint) =
            match matched.and_then(|(f, share)| Some((f.direction?, share))) {
                Some((d, share)) => (d, if share >= 0.85 { 0.12 } else { 0.6 }, 0.2, true),
                None => match self.context.direction_around(a.0.truncate(), QUARTER_M) {
                    Some(d) if d.share > 0.5 => (d, 1.5, 0.35, false),
                    _ => return,
                },
            };
        let off = apart(own, main.angle_rad).to_degrees();
        fit.compared[1] = Some((-0.5 * (off / sigma_deg).powi(2)).exp().max(floor));
        fit.turned = true;
        let off = format!("{off:.2}");
        fit.reasons.push(if of_footprint {
            reason!("why-facades-footprint", "its facades run {off}° off the footprint", off = off)
        } else {
            reason!("why-facades-around", "its facades run {off}° off the edges around it", off = off)
        });
    }

    fn marks(&self, placer: &Placer, fit: &mut Fit) {
        let mut worst: Option<f64> = None;
        for (id, at) in &self.context.control {
            let Some(mark) = self.facts.marks.get(id) else { continue };
            let Ok(w) = placer.place(DVec3::from_array(*mark)) else { continue };
            let d = w.0.truncate().distance(at.truncate());
            worst = Some(worst.map_or(d, |w| w.max(d)));
        }
        let Some(d) = worst else { return };
        let f = (-0.5 * (d / 0.5).powi(2)).exp().max(0.02);
        fit.compared[2] = Some(f);
        if d < 1.0 {
            fit.anchored = true;
            fit.turned = true;
        }
        fit.reasons.push(reason!(
            "why-marks",
            "control points in the model are off by up to {off} m",
            off = format!("{d:.3}")
        ));
    }

    /// Surveyed points that are corners of the structure, though nothing in the model says so.
    fn corners(&self, fit: &mut Fit) {
        /// How near a corner is to the point that was surveyed on it, meters. Chosen: plaster, and two centimeters of the survey.
        const ON_CORNER_M: f64 = 0.12;
        /// How many corners are no chance.
        const ENOUGH: usize = 2;
        let met = |c: &&(String, DVec3)| {
            let at = c.1.truncate();
            fit.outline.iter().any(|p| p.distance(at) < ON_CORNER_M)
        };
        let n = self.context.control.iter().filter(met).count();
        if n >= ENOUGH {
            fit.compared[5] = Some(1.0);
            fit.anchored = true;
            fit.turned = true;
            fit.reasons.push(reason!("why-corners", "{n} control points lie on its corners", n = n));
        }
    }

    /// `RefElevation` of the site is above sea level, whatever the map conversion's height is above.
    fn elevation(&self, placer: &Placer, fit: &mut Fit) {
        // Most programs write an elevation of 0 where nobody stated one.
        let Some(stated) = self.hints.site_elevation_m.filter(|e| *e != 0.0) else { return };
        let site = self.hints.site_offset_m.map_or(DVec3::ZERO, DVec3::from_array);
        let Ok(w) = placer.place(site) else { return };
        let off = w.0.z - stated;
        // Chosen: a rounded elevation is 1 m off; what people type there is wrong too often to count for more.
        fit.compared[4] = Some((-0.5 * ((off.abs() - 1.0).max(0.0) / 3.0).powi(2)).exp().max(0.8));
        fit.reasons.push(reason!(
            "why-elevation",
            "the site's elevation of {stated} m is {off} m off",
            stated = format!("{stated:.2}"),
            off = format!("{:.2}", off.abs())
        ));
    }

    fn site(&self, placer: &Placer, fit: &mut Fit) {
        let Some([lat, lon]) = self.hints.site_deg else { return };
        let Ok(w) = placer.place(self.bounds.center()) else { return };
        let Ok(p) = place_of(self.frame, w) else { return };
        let east = (p.longitude_deg - lon) * lat.to_radians().cos();
        let d = east.hypot(p.latitude_deg - lat) * EARTH_M_PER_DEG;
        // Chosen: seconds of arc are 30 m, sites a kilometer; beyond ten the site's is often a program's default.
        fit.compared[3] = Some((-d / 10_000.0).exp().max(0.7));
        let far = if d > 1000.0 { format!("{:.1} km", d / 1000.0) } else { format!("{d:.0} m") };
        fit.reasons.push(reason!(
            "why-site",
            "the latitude and longitude of the site are {far} away",
            far = far
        ));
    }

    fn true_north(&self, t: &SourceTransform, fit: &mut Fit) {
        let Some(north) = self.hints.true_north_deg.filter(|n| n.abs() > 0.01) else { return };
        let convergence =
            place_of(self.frame, WorldPoint(fit.bbox.center())).map_or(0.0, |p| p.true_north_deg);
        let off = (north - t.rotation_deg() - convergence + 180.0).rem_euclid(360.0) - 180.0;
        // Chosen: who rounds true north or leaves the convergence out stays within 3°.
        if off.abs() > 3.0 {
            fit.alone *= 0.6;
            fit.reasons.push(reason!(
                "why-true-north",
                "true north in the file is {off}° off the rotation",
                off = format!("{:.2}", off.abs())
            ));
        } else if t.rotation_deg().abs() > 3.0 {
            fit.turned = true;
        }
    }
}
