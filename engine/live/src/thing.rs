//! Things that have a place: people, vehicles, cranes. Their positions are readings like any other.

use lantu_base::{ChannelId, UtcNanos};

use crate::clock::latest_sound;
use crate::{Quality, TimeStore};

/// The quantity of a binding that makes its channel a thing.
pub const POSITION: &str = "position";

/// What stands before the name of a thing where an object could stand.
const PREFIX: &str = "thing:";

/// Something that moves, or stands, and is no object of a model.
///
/// Where it is are readings of three channels, `NAME.x`, `NAME.y` and `NAME.z`: easting, northing and height in the
/// project's system, meters. An easting and a northing of one instant are a position; the height may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// Unique among the channels of the project.
    pub name: String,
    /// What it is: `person`, `vehicle`, `crane`.
    pub kind: String,
    /// How far it reaches, seen from above, meters; 0 if it does not.
    pub radius_m: f64,
    /// Where it is if it does not move: easting, northing and height.
    pub fixed: Option<[f64; 3]>,
    /// The object that it is in a model or layer, if it is in one.
    pub object: Option<String>,
    /// Site it belongs to; empty where the project has one.
    pub site: String,
    /// Nominal seconds between two positions; 0 if unknown.
    pub period_s: f64,
}

/// Where a thing was said to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Easting, northing and height in the project's system, meters; the height is NaN where nobody said it.
    pub at: [f64; 3],
    /// When that was measured; `None` of a thing that does not move.
    pub time: Option<UtcNanos>,
}

impl Thing {
    /// What channels that are bound to it have as their object: `thing:NAME`.
    pub fn as_object(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// The name of the thing in a text that stands where an object could.
    pub fn named_in(object: &str) -> Option<&str> {
        object.strip_prefix(PREFIX)
    }

    /// Channels of easting, northing and height.
    pub fn tracks(&self) -> [ChannelId; 3] {
        ["x", "y", "z"].map(|axis| ChannelId(format!("{}.{axis}", self.name).into()))
    }

    /// Where it is at `t`: the latest position until then that can be used; `None` before the first one.
    pub fn position_at(&self, store: &TimeStore, t: UtcNanos) -> Option<Position> {
        if let Some(at) = self.fixed {
            return Some(Position { at, time: None });
        }
        let [x, y, z] = self.tracks();
        let usable = |q: Quality| matches!(q, Quality::Good | Quality::Uncertain);
        let mut until = t;
        // Bounded: a device that sends only eastings has no position however far one looks.
        for _ in 0..64 {
            let (a, b) = (latest_sound(store, &x, until)?, latest_sound(store, &y, until)?);
            if a.time == b.time && usable(a.quality) && usable(b.quality) {
                let height = store.value_at(&z, a.time).filter(|s| s.time == a.time && usable(s.quality));
                let at = [a.value, b.value, height.map_or(f64::NAN, |s| s.value)];
                return Some(Position { at, time: Some(a.time) });
            }
            let earlier =
                if a.time == b.time { UtcNanos(a.time.0.saturating_sub(1)) } else { a.time.min(b.time) };
            until = earlier;
        }
        None
    }

    /// Positions with `t0 ≤ time ≤ t1`, ascending.
    pub fn track(&self, store: &TimeStore, t0: UtcNanos, t1: UtcNanos) -> Vec<Position> {
        let [x, y, z] = self.tracks().map(|id| store.range(&id, t0, t1));
        let (mut y, mut z) = (y.into_iter().peekable(), z.into_iter().peekable());
        let usable = |q: Quality| matches!(q, Quality::Good | Quality::Uncertain);
        let mut out = Vec::new();
        for a in x.into_iter().filter(|s| usable(s.quality)) {
            while y.next_if(|b| b.time < a.time).is_some() {}
            while z.next_if(|c| c.time < a.time).is_some() {}
            let Some(b) = y.next_if(|b| b.time == a.time).filter(|b| usable(b.quality)) else { continue };
            let height = z.next_if(|c| c.time == a.time).filter(|c| usable(c.quality));
            let at = [a.value, b.value, height.map_or(f64::NAN, |c| c.value)];
            out.push(Position { at, time: Some(a.time) });
        }
        out
    }
}

/// An area seen from above: closed rings; a place inside an odd number of them is inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Area {
    /// What it is, which rules name: `excavations`.
    pub class: String,
    /// Easting and northing of the corners of each ring, meters.
    pub rings: Vec<Vec<[f64; 2]>>,
}

impl Area {
    /// How deep a place is inside, meters; negative outside, −∞ of an area without a ring.
    pub fn depth(&self, at: [f64; 2]) -> f64 {
        let (mut inside, mut nearest) = (false, f64::INFINITY);
        for ring in &self.rings {
            let next = ring.iter().cycle().skip(1);
            for (a, b) in ring.iter().zip(next) {
                nearest = nearest.min(to_segment(at, *a, *b));
                let crosses = (a[1] > at[1]) != (b[1] > at[1]);
                if crosses && at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0] {
                    inside = !inside;
                }
            }
        }
        if inside { nearest } else { -nearest }
    }
}

/// Whether `class` fits one of the patterns, ignoring case; `*` stands for any text at the start or the end.
pub fn class_fits(patterns: &[String], class: &str) -> bool {
    let class = class.to_lowercase();
    patterns.iter().any(|p| {
        let p = p.to_lowercase();
        match (p.strip_prefix('*'), p.strip_suffix('*')) {
            (Some(rest), Some(_)) => class.contains(rest.trim_end_matches('*')),
            (Some(end), None) => class.ends_with(end),
            (None, Some(start)) => class.starts_with(start),
            (None, None) => class == p,
        }
    })
}

/// Distance from a place to a stretch, meters.
fn to_segment(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 { ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length2 } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    distance(p, [a[0] + along * dx, a[1] + along * dy])
}

/// Distance of two places seen from above, meters.
pub(crate) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    // Square roots are exact to the last bit on every machine; `hypot` is not.
    ((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;

    #[test]
    fn a_place_in_the_hole_of_an_area_is_outside_as_far_as_the_rim() {
        let square = |half: f64| vec![[-half, -half], [half, -half], [half, half], [-half, half]];
        let area = Area { class: "pit".into(), rings: vec![square(10.0), square(4.0)] };
        let check = |at: [f64; 2], depth: f64| assert!((area.depth(at) - depth).abs() < 1e-12, "{at:?}");
        check([7.0, 0.0], 3.0);
        check([1.0, 0.0], -3.0);
        check([13.0, 14.0], -5.0);
        assert!(Area::default().depth([0.0, 0.0]) < -1e300);
    }

    #[test]
    fn a_position_is_an_easting_and_a_northing_of_one_instant_that_can_be_used() {
        let thing = Thing {
            name: "p".into(),
            kind: "person".into(),
            radius_m: 0.0,
            fixed: None,
            object: None,
            site: String::new(),
            period_s: 1.0,
        };
        let [x, y, _] = thing.tracks();
        let sample = |s: i64, value, quality| Sample::new(UtcNanos(s), value, quality, "m".into());
        let store = TimeStore::default()
            .extended(vec![
                (x.clone(), sample(1, 10.0, Quality::Good)),
                (y.clone(), sample(1, 20.0, Quality::Good)),
                (x.clone(), sample(2, 11.0, Quality::Good)),
                (x.clone(), sample(3, 12.0, Quality::Good)),
                (y.clone(), sample(3, 22.0, Quality::Bad)),
                (y.clone(), sample(4, 23.0, Quality::Good)),
            ])
            .0;
        let at = |t| thing.position_at(&store, UtcNanos(t)).map(|p| (p.at[0], p.at[1], p.time));
        assert_eq!(at(0), None);
        assert_eq!(at(9), Some((10.0, 20.0, Some(UtcNanos(1)))));
        assert_eq!(thing.track(&store, UtcNanos(0), UtcNanos(9)).len(), 1);
    }
}
