//! The layout of the district, written down once: terrain, pictures, vectors and models derive from it.
//!
//! Plan coordinates are meters in the street frame: x along the main street, y to its left, the
//! origin at a point of the main street. [`to_world`] gives easting and northing in EPSG:4548.

mod buildings;
mod green;
mod pipes;
mod standing;
mod streets;

use glam::DVec2;

use crate::noise::{Rng, fbm, smoothstep};
use crate::shape::{Axis, Bins, Rect, in_ring};

pub(crate) use pipes::Pipe;
pub(crate) use standing::{Standing, standing};
pub(crate) use streets::{Road, RoadClass};

/// Origin of the street frame in EPSG:4548.
const ORIGIN: DVec2 = DVec2::new(455_600.0, 4_428_500.0);
/// Direction of the main street: 9° north of east.
pub(crate) const STREET_RAD: f64 = 0.157_079_632_679;
/// The block: west, south, east, north in EPSG:4548.
pub(crate) const BLOCK: [f64; 4] = [455_400.0, 4_428_400.0, 455_800.0, 4_428_700.0];
/// The block and its surroundings.
pub(crate) const DISTRICT: [f64; 4] = [455_000.0, 4_428_100.0, 456_200.0, 4_429_000.0];
/// Where the plan reaches: the district's corners in the street frame, rounded outwards.
pub(crate) const PLAN_FROM: DVec2 = DVec2::new(-690.0, -510.0);
pub(crate) const PLAN_TO: DVec2 = DVec2::new(700.0, 610.0);

/// Level of the river's surface, 1985 height.
pub(crate) const WATER_M: f64 = 38.6;
/// Level of the pond's surface.
pub(crate) const POND_M: f64 = 41.5;
/// Level of the new bridge's carriageway.
pub(crate) const DECK_M: f64 = 43.5;
/// Ground floor of the new building.
pub(crate) const FLOOR_M: f64 = 42.6;
/// Faces of the abutments along the main street.
pub(crate) const ABUTMENTS: (f64, f64) = (132.0, 188.0);
/// South-west corner of the new building; it is 36 m long and 18 m wide.
pub(crate) const BUILDING_AT: DVec2 = DVec2::new(-38.0, 53.0);
/// Length and width of the new building.
pub(crate) const BUILDING_SIZE: DVec2 = DVec2::new(36.0, 18.0);

/// Ground that was dug out or piled up between the two surveys, with upright sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Earthwork {
    /// West, south, east, north in EPSG:4548: edges of cells of the surface model.
    pub(crate) bounds: [f64; 4],
    /// How far the surface rose; negative: it was dug out.
    pub(crate) rise_m: f64,
    /// How much is to be dug and piled up when it is done, m³.
    pub(crate) planned_cut_m3: f64,
    pub(crate) planned_fill_m3: f64,
    /// What it is called.
    pub(crate) name: &'static str,
}

impl Earthwork {
    /// How far inside a place of EPSG:4548 lies, meters to the nearest edge; negative outside.
    pub(crate) fn inside(&self, p: DVec2) -> f64 {
        let [west, south, east, north] = self.bounds;
        (p.x - west).min(east - p.x).min(p.y - south).min(north - p.y)
    }
}

/// What happened between the two surveys: 40 m × 25 m dug out by 2.00 m, and 20 m × 20 m piled up by 1.50 m.
pub(crate) const EARTHWORKS: [Earthwork; 2] = [
    Earthwork {
        bounds: [455_480.0, 4_428_400.0, 455_520.0, 4_428_425.0],
        rise_m: -2.0,
        planned_cut_m3: 2500.0,
        planned_fill_m3: 0.0,
        name: "雨水调蓄池基坑",
    },
    Earthwork {
        bounds: [455_545.0, 4_428_585.0, 455_565.0, 4_428_605.0],
        rise_m: 1.5,
        planned_cut_m3: 0.0,
        planned_fill_m3: 600.0,
        name: "临时堆土",
    },
];

/// Street frame to EPSG:4548.
pub(crate) fn to_world(p: DVec2) -> DVec2 {
    ORIGIN + DVec2::from_angle(STREET_RAD).rotate(p)
}

/// EPSG:4548 to street frame.
pub(crate) fn from_world(p: DVec2) -> DVec2 {
    DVec2::from_angle(-STREET_RAD).rotate(p - ORIGIN)
}

/// What covers a piece of ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cover {
    Lawn,
    Garden,
    Paving,
    Asphalt,
    Concrete,
    Gravel,
    Earth,
    Rubber,
    Pitch,
    Scrub,
    /// A field with rows along the given direction; the number picks the crop.
    Field(u8, f64),
}

/// A piece of ground. Later ones lie over earlier ones.
#[derive(Clone, Debug)]
pub(crate) struct Area {
    pub(crate) ring: Vec<DVec2>,
    pub(crate) cover: Cover,
}

/// How a roof is shaped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Roof {
    Flat,
    /// Ridge along the long side, this far above the eaves.
    Gable(f64),
    /// As a gable, with sloped ends.
    Hip(f64),
    /// A large hall of metal sheets with a shallow ridge.
    Hall(f64),
}

impl Roof {
    /// OpenStreetMap's word for the shape, and how far the ridge is above the eaves, meters.
    pub(crate) fn word(self) -> (&'static str, f64) {
        match self {
            Self::Flat => ("flat", 0.0),
            Self::Gable(rise) | Self::Hall(rise) => ("gabled", rise),
            Self::Hip(rise) => ("hipped", rise),
        }
    }
}

/// An existing house.
#[derive(Clone, Debug)]
pub(crate) struct House {
    pub(crate) rect: Rect,
    pub(crate) floors: u8,
    /// Eaves above the ground.
    pub(crate) eave_m: f64,
    pub(crate) roof: Roof,
    /// Roof color, sRGB.
    pub(crate) color: [f64; 3],
    /// Chinese name and use.
    pub(crate) name: String,
    pub(crate) purpose: &'static str,
}

impl House {
    /// Height of the roof above the eaves at `p`, 0 outside.
    pub(crate) fn roof_m(&self, p: DVec2) -> f64 {
        let q = self.rect.local(p).abs();
        let h = self.rect.half;
        let (along, across, half_along, half_across) =
            if h.x >= h.y { (q.x, q.y, h.x, h.y) } else { (q.y, q.x, h.y, h.x) };
        let slope = (1.0 - across / half_across).max(0.0);
        match self.roof {
            Roof::Flat => 0.0,
            Roof::Gable(rise) | Roof::Hall(rise) => rise * slope,
            Roof::Hip(rise) => rise * slope.min(((half_along - along) / half_across).max(0.0)),
        }
    }

    /// Typical height for shadows.
    pub(crate) fn shadow_m(&self) -> f64 {
        self.eave_m
            + match self.roof {
                Roof::Flat => 0.4,
                Roof::Gable(rise) | Roof::Hip(rise) | Roof::Hall(rise) => rise * 0.6,
            }
    }
}

/// A tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree {
    pub(crate) at: DVec2,
    pub(crate) crown_m: f64,
    pub(crate) height_m: f64,
    pub(crate) species: &'static str,
    /// Crown color, sRGB.
    pub(crate) color: [f64; 3],
}

/// What a small thing is: decides how it is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ThingKind {
    Car,
    Truck,
    Container,
    Rebar,
    Formwork,
    Sand,
    Machine,
    Canopy,
    Boat,
}

/// A small thing on the ground that throws a shadow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thing {
    pub(crate) rect: Rect,
    pub(crate) height_m: f64,
    pub(crate) kind: ThingKind,
    pub(crate) color: [f64; 3],
}

/// What a narrow way is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum WayKind {
    Lane,
    Footpath,
    Haul,
    Fence,
    Trestle,
}

/// A narrow way without sidewalks, or a line such as a fence.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) axis: Axis,
    pub(crate) width_m: f64,
    pub(crate) kind: WayKind,
}

/// A pit of the construction site; its number is its feature id.
#[derive(Clone, Debug)]
pub(crate) struct Pit {
    pub(crate) rect: Rect,
    pub(crate) name: &'static str,
    /// Planned depth below the ground.
    pub(crate) depth_m: f64,
    /// How much of it the terrain shows.
    pub(crate) dug_m: f64,
}

/// A parcel of land.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) ring: Vec<DVec2>,
    pub(crate) purpose: &'static str,
}

/// Parking with a row of stalls along each long side of an upright rectangle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parking {
    pub(crate) rect: Rect,
}

/// The whole district.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) roads: Vec<Road>,
    pub(crate) ways: Vec<Way>,
    pub(crate) areas: Vec<Area>,
    pub(crate) parkings: Vec<Parking>,
    pub(crate) houses: Vec<House>,
    pub(crate) trees: Vec<Tree>,
    pub(crate) things: Vec<Thing>,
    pub(crate) pits: Vec<Pit>,
    pub(crate) parcels: Vec<Parcel>,
    pub(crate) pipes: Vec<Pipe>,
    pub(crate) sports: Option<Rect>,
    pub(crate) site: Option<Rect>,
    /// What was dug and piled up; nothing in the first survey.
    pub(crate) earthworks: &'static [Earthwork],
    /// What of the new building and bridge stands; nothing in the first survey.
    pub(crate) standing: Vec<Standing>,
}

impl Plan {
    /// The demo district; the same every time.
    pub(crate) fn demo() -> Self {
        let mut plan = Self::default();
        let mut rng = Rng::new(20_260_301);
        streets::lay(&mut plan);
        buildings::lay(&mut plan, &mut rng);
        green::lay(&mut plan, &mut rng);
        pipes::lay(&mut plan);
        plan
    }

    /// Whether a disk at `p` keeps clear of houses, roads, pits, water and the building.
    pub(crate) fn is_free(&self, p: DVec2, radius: f64) -> bool {
        self.houses.iter().all(|h| !h.rect.grown(radius).contains(p))
            && self.pits.iter().all(|pit| !pit.rect.grown(radius + 1.0).contains(p))
            && self.parkings.iter().all(|parking| !parking.rect.grown(radius).contains(p))
            && self.sports.is_none_or(|r| !r.grown(radius).contains(p))
            && river_distance(p) > river_half(p.y) + 2.0
            && pond_distance(p) > 2.0
            && self.roads.iter().all(|road| {
                road.axis.foot(p).is_none_or(|f| f.offset.abs() > road.width_m * 0.5 + radius.min(1.0) + 0.4)
            })
            && self
                .ways
                .iter()
                .all(|way| way.axis.foot(p).is_none_or(|f| f.offset.abs() > way.width_m * 0.5 + 0.5))
    }

    pub(crate) fn house_bins(&self, reach: f64) -> Bins {
        bins(self.houses.iter().map(|h| (h.rect.center, h.rect.reach() + reach * h.shadow_m())))
    }

    pub(crate) fn tree_bins(&self, reach: f64) -> Bins {
        bins(self.trees.iter().map(|t| (t.at, t.crown_m * 0.6 + reach * t.height_m)))
    }

    pub(crate) fn thing_bins(&self, reach: f64) -> Bins {
        bins(self.things.iter().map(|t| (t.rect.center, t.rect.reach() + reach * t.height_m)))
    }

    pub(crate) fn area_bins(&self) -> Bins {
        Bins::new(PLAN_FROM, PLAN_TO, self.areas.iter().map(|a| ring_bounds(&a.ring, 0.5)))
    }

    pub(crate) fn road_bins(&self) -> Bins {
        axis_bins(self.roads.iter().map(|r| (&r.axis, r.width_m * 0.5 + r.sidewalk_m + 1.0)))
    }

    pub(crate) fn way_bins(&self) -> Bins {
        axis_bins(self.ways.iter().map(|w| (&w.axis, w.width_m * 0.5 + 1.0)))
    }
}

fn bins(circles: impl Iterator<Item = (DVec2, f64)>) -> Bins {
    Bins::new(PLAN_FROM, PLAN_TO, circles.map(|(c, r)| (c - DVec2::splat(r), c + DVec2::splat(r))))
}

/// Bounds of a long axis would fill every bin, so this asks for straight, frame-aligned pieces.
fn axis_bins<'a>(axes: impl Iterator<Item = (&'a Axis, f64)>) -> Bins {
    Bins::new(PLAN_FROM, PLAN_TO, axes.map(|(axis, reach)| ring_bounds(&axis.points, reach)))
}

pub(crate) fn ring_bounds(ring: &[DVec2], reach: f64) -> (DVec2, DVec2) {
    let lo = ring.iter().copied().fold(DVec2::INFINITY, DVec2::min);
    let hi = ring.iter().copied().fold(DVec2::NEG_INFINITY, DVec2::max);
    (lo - DVec2::splat(reach), hi + DVec2::splat(reach))
}

/// Easting-like plan coordinate of the river's middle.
pub(crate) fn river_x(y: f64) -> f64 {
    160.0 + 22.0 * (1.0 - (y / 170.0).cos()) - 5.0 * (1.0 - (y / 66.0).cos())
}

/// Half width of the water.
pub(crate) fn river_half(y: f64) -> f64 {
    14.0 + 1.6 * (y / 83.0).sin() + 0.5 * (y / 13.0).sin()
}

/// Distance from the river's middle, measured along the street frame's x.
pub(crate) fn river_distance(p: DVec2) -> f64 {
    (p.x - river_x(p.y)).abs()
}

/// Distance from the pond's shore, negative in the water.
pub(crate) fn pond_distance(p: DVec2) -> f64 {
    let q = p - DVec2::new(62.0, 68.0);
    let wobble = 1.0 + 0.13 * (q.to_angle() * 3.0 + 0.6).sin() + 0.06 * (q.to_angle() * 5.0).cos();
    let r = DVec2::new(q.x / 19.0, q.y / 25.0).length();
    (r - wobble) * 20.0
}

/// Level of the main street where it climbs to the bridge: weight of the deck's level.
fn approach(x: f64) -> f64 {
    let west = smoothstep(ABUTMENTS.0 - 85.0, ABUTMENTS.0 - 4.0, x);
    let east = 1.0 - smoothstep(ABUTMENTS.1 + 4.0, ABUTMENTS.1 + 75.0, x);
    if x < 160.0 { west } else { east }
}

impl Plan {
    /// Ground level at `p`, 1985 height in meters, without houses.
    pub(crate) fn ground_m(&self, p: DVec2) -> f64 {
        let mut z = 42.2
            + 0.8 * fbm(p.x / 210.0, p.y / 210.0, 3, 7)
            + 3.2
                * smoothstep(260.0, 640.0, (p - DVec2::new(60.0, -80.0)).length())
                * smoothstep(80.0, -420.0, p.x)
            + 0.05 * fbm(p.x / 3.0, p.y / 3.0, 2, 8);
        let gap = river_distance(p);
        let half = river_half(p.y);
        z -= 0.5 * (1.0 - smoothstep(30.0, 70.0, gap));
        if let Some(site) = self.site {
            let w = smoothstep(-14.0, 2.0, site.inside(p));
            z += (42.25 + 0.12 * fbm(p.x / 6.0, p.y / 6.0, 3, 9) - z) * w;
        }
        // The bank, then the embankment of the main street, which ends at the abutments.
        let bank = smoothstep(half - 0.5, half + 10.0, gap);
        z = WATER_M + (z - WATER_M) * bank;
        let street = approach(p.x) * smoothstep(26.0, 11.0, p.y.abs());
        if p.x < ABUTMENTS.0 || p.x > ABUTMENTS.1 {
            z += (DECK_M - z).max(0.0) * street;
        }
        let shore = pond_distance(p);
        if shore < 6.0 {
            z = z.min(POND_M + (z - POND_M).max(0.0) * smoothstep(0.0, 6.0, shore));
        }
        for pit in &self.pits {
            let inside = pit.rect.inside(p);
            if inside > 0.0 && pit.dug_m > 0.0 {
                z -= pit.dug_m.min(inside * 2.6);
            }
        }
        z
    }

    /// Surface of the area that covers `p`, if any is laid there.
    pub(crate) fn cover_at<'a>(&'a self, bins: &'a Bins, p: DVec2) -> Option<&'a Area> {
        bins.of(&self.areas, p).rev().find(|area| in_ring(&area.ring, p))
    }
}
