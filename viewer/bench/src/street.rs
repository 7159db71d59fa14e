//! Streets: carriageways, markings, bridges, and the pipes below.

use glam::{DVec2, DVec3};

use crate::block::{CityValue, Maker, What, within};
use crate::grid::{BlockPlan, BlockUse};
use crate::random::Random;
use crate::shape::{Place, Solid};
use crate::template::Shape;

const ASPHALT: [u8; 4] = [92, 94, 98, 255];
const PAINT: [u8; 4] = [226, 226, 220, 255];
const STONE: [u8; 4] = [186, 182, 172, 255];

/// The quadrilaterals of a block's streets, from the block's origin.
pub(crate) struct Roads {
    /// From the southern to the northern crossing, at the block's west: southwest, southeast, northeast, northwest.
    pub(crate) west: [DVec2; 4],
    /// At its south.
    pub(crate) south: [DVec2; 4],
    /// Where both meet.
    pub(crate) crossing: [DVec2; 4],
}

/// A slab over a quadrilateral, from one height to another.
pub(crate) fn slab(s: &mut Solid, quad: &[DVec2; 4], low: f64, high: f64) {
    s.add_hexahedron(&Place::at(DVec3::ZERO), quad.map(|p| p.extend(low)), quad.map(|p| p.extend(high)));
}

/// Carriageways and their markings.
pub(crate) fn carriageways(m: &mut Maker, site: u32, plan: &BlockPlan, roads: &Roads) {
    let over_water = plan.used_as == BlockUse::River;
    let part = |class| What { class, parent: Some(site) };
    let crossing = m.object(&part("IfcRoadPart"), || "路口 Crossing".to_owned());
    m.mesh(crossing, ASPHALT, |s| slab(s, &roads.crossing, -0.4, 0.0));
    m.say(crossing, "Pset_Pavement", "Material", CityValue::Text("沥青 Asphalt"));
    for (quad, bridge, zh, en) in
        [(&roads.west, over_water, "南北向", "north-south"), (&roads.south, false, "东西向", "east-west")]
    {
        if bridge && !plan.has_bridge() {
            continue;
        }
        let class = if bridge { "IfcBridge" } else { "IfcRoadPart" };
        let road = m.object(&part(class), || format!("{zh}道路 Street {en}"));
        m.mesh(road, ASPHALT, |s| slab(s, quad, if bridge { -1.1 } else { -0.4 }, 0.0));
        m.say(road, "Pset_Pavement", "Material", CityValue::Text("沥青 Asphalt"));
        if bridge {
            railings(m, road, quad);
        }
        markings(m, site, quad);
    }
}

fn railings(m: &mut Maker, bridge: u32, quad: &[DVec2; 4]) {
    for u in [0.02, 0.98] {
        let (a, b) = (within(quad, u, 0.0), within(quad, u, 1.0));
        let (at, length) = toward(a, b, 0.0);
        let rail =
            m.object(&What { class: "IfcRailing", parent: Some(bridge) }, || "栏杆 Railing".to_owned());
        m.mesh(rail, STONE, |s| {
            s.add_box(&at, DVec3::new(0.0, -0.15, 0.0), DVec3::new(length, 0.15, 1.1));
        });
    }
    for v in [0.3, 0.5, 0.7] {
        let pier = m.object(&What { class: "IfcColumn", parent: Some(bridge) }, || "桥墩 Pier".to_owned());
        let (at, length) = toward(within(quad, 0.1, v), within(quad, 0.9, v), -1.1);
        m.mesh(pier, STONE, |s| {
            s.add_box(&at, DVec3::new(0.0, -0.7, -5.0), DVec3::new(length, 0.7, 0.0));
        });
    }
}

/// A place at `a` whose x axis runs to `b`, and the distance.
pub(crate) fn toward(a: DVec2, b: DVec2, z: f64) -> (Place, f64) {
    let x = (b - a).try_normalize().unwrap_or(DVec2::X);
    (Place { at: a.extend(z), x }, a.distance(b))
}

/// The middle line of a street in its longer direction: from, to, width.
fn spine(quad: &[DVec2; 4]) -> (DVec2, DVec2, f64) {
    let (s, n) = (within(quad, 0.5, 0.0), within(quad, 0.5, 1.0));
    let (w, e) = (within(quad, 0.0, 0.5), within(quad, 1.0, 0.5));
    if s.distance(n) > w.distance(e) { (s, n, w.distance(e)) } else { (w, e, s.distance(n)) }
}

fn markings(m: &mut Maker, site: u32, quad: &[DVec2; 4]) {
    // Above the asphalt by as much as paint and a depth buffer of 32 bits need.
    const HIGH_M: f64 = 0.012;
    let (a, b, width) = spine(quad);
    let (at, length) = toward(a, b, 0.0);
    let line =
        m.object(&What { class: "IfcAnnotation", parent: Some(site) }, || "标线 Center line".to_owned());
    m.mesh(line, PAINT, |s| {
        let mut x = 6.5;
        while x + 4.0 < length - 6.0 {
            s.add_box(&at, DVec3::new(x, -0.08, 0.0), DVec3::new(x + 4.0, 0.08, HIGH_M));
            x += 9.0;
        }
    });
    for x in [1.0, length - 4.0] {
        let zebra = m
            .object(&What { class: "IfcAnnotation", parent: Some(site) }, || "人行横道 Crosswalk".to_owned());
        m.mesh(zebra, PAINT, |s| {
            let mut y = -width / 2.0 + 0.8;
            while y + 0.5 < width / 2.0 - 0.5 {
                s.add_box(&at, DVec3::new(x, y, 0.0), DVec3::new(x + 3.0, y + 0.5, HIGH_M));
                y += 1.1;
            }
        });
    }
}

/// One kind of pipe: name, diameter in meters, depth of its middle, place across the street (−1 to 1), color, material.
type Main = (&'static str, f64, f64, f64, [u8; 4], &'static str);

const MAINS: [Main; 4] = [
    ("给水管 Water main", 0.4, 1.6, -0.45, [58, 120, 190, 255], "球墨铸铁 Ductile iron"),
    ("污水管 Sewer", 0.8, 3.2, 0.2, [122, 98, 74, 255], "钢筋混凝土 Concrete"),
    ("燃气管 Gas main", 0.2, 1.2, 0.6, [214, 174, 52, 255], "聚乙烯 PE100"),
    ("电缆管 Cable duct", 0.3, 0.9, -0.75, [186, 74, 66, 255], "聚氯乙烯 PVC"),
];

/// Pipes below both streets, with manholes; each main is cut in the middle of its street.
pub(crate) fn pipes(m: &mut Maker, site: u32, plan: &BlockPlan, roads: &Roads) {
    for (ix, quad) in [&roads.west, &roads.south].into_iter().enumerate() {
        if ix == 0 && plan.used_as == BlockUse::River {
            continue;
        }
        let (a, b, width) = spine(quad);
        let (at, length) = toward(a, b, 0.0);
        for (name, diameter, depth, across, color, material) in MAINS {
            let y = across * (width / 2.0 - 1.5);
            for piece in [[-8.0, 0.5 * length], [0.5 * length, length + 4.0]] {
                let pipe = m.object(&What { class: "Pipe", parent: Some(site) }, || name.to_owned());
                m.sink(pipe);
                m.mesh(pipe, color, |s| {
                    s.add_bar(&at, piece.map(|x| DVec3::new(x, y, -depth)), [diameter / 2.0; 2], 8);
                });
                m.say_in(pipe, ["管线 Pipe", "Diameter"], CityValue::Real(diameter * 1000.0), Some("mm"));
                m.say_in(pipe, ["管线 Pipe", "Depth"], CityValue::Real(depth), Some("m"));
                m.say(pipe, "管线 Pipe", "Material", CityValue::Text(material));
            }
        }
        for x in [0.25, 0.75] {
            let y = 0.2 * (width / 2.0 - 1.5);
            let spot = at.inside(DVec3::new(x * length, y, 0.0), DVec2::X);
            m.thing(
                &What { class: "Manhole", parent: Some(site) },
                "检查井 Manhole",
                &Shape::Manhole.at(&spot),
            );
        }
    }
}

const CARS: [[u8; 4]; 8] = [
    [178, 44, 40, 255],
    [44, 70, 120, 255],
    [232, 232, 230, 255],
    [60, 62, 68, 255],
    [140, 144, 148, 255],
    [206, 164, 62, 255],
    [232, 232, 230, 255],
    [96, 130, 120, 255],
];

/// Trees, lamps, benches, bins and parked cars along the four sides of the land, and cars that drive at its west.
pub(crate) fn furniture(m: &mut Maker, r: &mut Random, site: u32, plan: &BlockPlan, land: &[DVec2; 4]) {
    let [sw, se, ne, nw] = *land;
    let tree = r.pick(&[Shape::Pagoda, Shape::Pagoda, Shape::Ginkgo, Shape::Poplar, Shape::Willow]);
    let what = |class| What { class, parent: Some(site) };
    for (n, (a, b)) in [(sw, se), (se, ne), (ne, nw), (nw, sw)].into_iter().enumerate() {
        let river = plan.used_as == BlockUse::River && n % 2 == 1;
        if river {
            continue;
        }
        // y is inwards, towards the land.
        let (at, length) = toward(a, b, 0.15);
        let spot = |x: f64, y: f64, turn: DVec2| at.inside(DVec3::new(x, y, 0.0), turn);
        let mut x = 5.0;
        while x < length - 4.0 {
            let place = spot(x + r.between(-0.4, 0.4), 1.5, crate::random::cos_sin(r.unit()));
            plant(m, r, site, tree, &place);
            x += 7.5;
        }
        let mut x = 9.0;
        while x < length - 6.0 {
            m.thing(&what("Lamp"), "路灯 Lamp", &Shape::Lamp.at(&spot(x, 0.5, DVec2::NEG_Y)));
            x += 24.0;
        }
        m.thing(
            &what("TrafficLight"),
            "信号灯 Traffic light",
            &Shape::TrafficLight.at(&spot(0.8, 0.6, DVec2::NEG_Y)),
        );
        for (class, name, shape, y) in [
            ("Bench", "长椅 Bench", Shape::Bench, 2.6),
            ("Bin", "垃圾桶 Bin", Shape::Bin, 0.6),
            ("Hydrant", "消火栓 Hydrant", Shape::Hydrant, 0.5),
        ] {
            let x = r.between(8.0, length - 8.0);
            m.thing(&what(class), name, &shape.at(&spot(x, y, DVec2::X)));
        }
        if r.chance(0.12) {
            let place = spot(length * 0.5, 1.6, DVec2::NEG_X);
            m.thing(&what("BusStop"), "公交站 Bus stop", &Shape::Shelter.at(&place));
        } else {
            parked(m, r, site, &at, length);
        }
    }
}

fn parked(m: &mut Maker, r: &mut Random, site: u32, curb: &Place, length: f64) {
    let mut x = 14.0;
    while x < length - 14.0 {
        if r.chance(0.5) {
            let (shape, name) =
                if r.chance(0.8) { (Shape::Sedan, "轿车 Car") } else { (Shape::Van, "面包车 Van") };
            let at = curb.inside(DVec3::new(x, -1.25 - r.between(0.0, 0.15), -0.15), DVec2::X);
            m.thing(
                &What { class: "Car", parent: Some(site) },
                name,
                &shape.at(&at).painted(&[(0, r.pick(&CARS))]),
            );
        }
        x += 6.2;
    }
}

/// Cars that drive on both streets.
pub(crate) fn traffic(m: &mut Maker, r: &mut Random, site: u32, plan: &BlockPlan, roads: &Roads) {
    for (ix, quad) in [&roads.west, &roads.south].into_iter().enumerate() {
        if ix == 0 && plan.used_as == BlockUse::River && !plan.has_bridge() {
            continue;
        }
        let (a, b, width) = spine(quad);
        let (at, length) = toward(a, b, 0.0);
        // Drives at the right; the lane lies inside the row of parked cars.
        let lane = (width / 4.0 - 0.6).clamp(1.7, 4.0);
        for way in [1.0, -1.0] {
            let x = r.between(12.0, length - 12.0);
            let bus = r.chance(0.15);
            let shape = if bus { Shape::Bus } else { r.pick(&[Shape::Sedan, Shape::Sedan, Shape::Van]) };
            let name = if bus { "公交车 Bus" } else { "轿车 Car" };
            let place = at.inside(DVec3::new(x, -lane * way, 0.0), DVec2::X * way);
            let paint = if bus { Vec::new() } else { vec![(0, r.pick(&CARS))] };
            m.thing(&What { class: "Car", parent: Some(site) }, name, &shape.at(&place).painted(&paint));
        }
    }
}

/// A tree or shrub, each of its own size and shade.
pub(crate) fn plant(m: &mut Maker, r: &mut Random, parent: u32, shape: Shape, at: &Place) {
    let (name, color) = match shape {
        Shape::Ginkgo => ("银杏 Ginkgo", [150, 156, 62, 255]),
        Shape::Poplar => ("毛白杨 Poplar", [102, 140, 78, 255]),
        Shape::Cedar => ("雪松 Cedar", [52, 92, 70, 255]),
        Shape::Cherry => ("樱花 Cherry", [226, 168, 182, 255]),
        Shape::Willow => ("垂柳 Willow", [118, 150, 72, 255]),
        Shape::Shrub => ("灌木 Shrub", [78, 116, 60, 255]),
        _ => ("国槐 Pagoda tree", [84, 128, 62, 255]),
    };
    let class = if shape == Shape::Shrub { "Shrub" } else { "Tree" };
    let tree = m.object(&What { class, parent: Some(parent) }, || name.to_owned());
    let (wide, high) = (r.between(0.8, 1.2), r.between(0.8, 1.25));
    let leaves = usize::from(shape != Shape::Shrub);
    m.instance(
        tree,
        &shape.at(at).scaled(DVec3::new(wide, wide, high)).painted(&[(leaves, r.tint(color, 12))]),
    );
    m.say_in(tree, ["树木 Tree", "Planted"], CityValue::Integer(r.whole(1975, 2024).into()), None);
}
