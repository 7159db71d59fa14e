//! Parcels, houses, yards, parking and the construction site.

use glam::DVec2;

use super::{
    Area, BUILDING_AT, BUILDING_SIZE, Cover, House, Parcel, Parking, Pit, Plan, Roof, Thing, ThingKind,
};
use crate::noise::Rng;
use crate::shape::Rect;

const CAR_COLORS: [[f64; 3]; 8] = [
    [214.0, 214.0, 212.0],
    [206.0, 207.0, 208.0],
    [52.0, 54.0, 58.0],
    [128.0, 131.0, 134.0],
    [172.0, 174.0, 174.0],
    [66.0, 78.0, 102.0],
    [122.0, 48.0, 44.0],
    [88.0, 84.0, 76.0],
];
const TILE_COLORS: [[f64; 3]; 6] = [
    [139.0, 88.0, 72.0],
    [122.0, 80.0, 68.0],
    [104.0, 103.0, 106.0],
    [92.0, 99.0, 108.0],
    [148.0, 104.0, 82.0],
    [116.0, 92.0, 80.0],
];
const FLAT_COLORS: [[f64; 3]; 4] =
    [[158.0, 156.0, 150.0], [140.0, 139.0, 136.0], [170.0, 164.0, 153.0], [126.0, 131.0, 132.0]];

pub(super) fn lay(plan: &mut Plan, rng: &mut Rng) {
    parcels(plan);
    shops(plan, rng);
    apartments(plan, rng, (-250.0, 18.0), (-84.0, 112.0), "槐荫里");
    apartments(plan, rng, (-250.0, 133.0), (-84.0, 250.0), "学府苑");
    apartments(plan, rng, (-440.0, 18.0), (-276.0, 112.0), "西苑小区");
    villas(plan, rng, [(-58.0, 131.0), (90.0, 252.0)], "北园里", 24.5);
    villas(plan, rng, [(-58.0, -120.0), (90.0, -62.0)], "春晓巷", 22.0);
    villas(plan, rng, [(232.0, 20.0), (398.0, 112.0)], "东河村", 30.0);
    villas(plan, rng, [(232.0, -112.0), (398.0, -24.0)], "东河村", 34.0);
    villas(plan, rng, [(-250.0, -262.0), (-88.0, -150.0)], "南苑里", 40.0);
    school(plan);
    halls(plan, rng);
    parking(plan, rng, Rect::span((36.0, -60.0), (92.0, -43.5)), 0.72);
    parking(plan, rng, Rect::span((-56.0, -60.0), (-6.0, -43.5)), 0.6);
    parking(plan, rng, Rect::span((-124.0, -34.0), (-88.0, -18.0)), 0.8);
    site(plan, rng);
    traffic(plan, rng);
}

fn area(plan: &mut Plan, from: (f64, f64), to: (f64, f64), cover: Cover) {
    plan.areas.push(Area { ring: Rect::span(from, to).corners().to_vec(), cover });
}

fn parcels(plan: &mut Plan) {
    type Row = ((f64, f64), (f64, f64), &'static str, Cover);
    let rows: [Row; 22] = [
        ((-64.0, 12.5), (22.5, 115.0), "商业服务业用地（在建）", Cover::Earth),
        ((23.0, 12.5), (96.0, 115.0), "公园绿地", Cover::Lawn),
        ((-254.0, 12.5), (-80.0, 115.0), "二类居住用地", Cover::Garden),
        ((-64.0, -41.0), (96.0, -12.5), "商业服务业用地", Cover::Paving),
        ((-64.0, -121.0), (96.0, -41.0), "一类居住用地", Cover::Garden),
        ((-254.0, -121.0), (-80.0, -12.5), "教育用地", Cover::Lawn),
        ((-64.0, 129.0), (96.0, 255.0), "一类居住用地", Cover::Garden),
        ((-254.0, 129.0), (-80.0, 255.0), "二类居住用地", Cover::Garden),
        ((-442.0, 12.5), (-270.0, 115.0), "二类居住用地", Cover::Garden),
        ((-442.0, -122.0), (-270.0, -22.0), "一类工业用地", Cover::Concrete),
        ((-442.0, 129.0), (-270.0, 255.0), "耕地", Cover::Field(1, 0.05)),
        ((-442.0, -284.0), (-270.0, -134.0), "物流仓储用地", Cover::Concrete),
        ((-254.0, -284.0), (-80.0, -134.0), "一类居住用地", Cover::Garden),
        ((-64.0, -284.0), (88.0, -134.0), "防护绿地", Cover::Scrub),
        ((226.0, 14.0), (404.0, 118.0), "农村宅基地", Cover::Garden),
        ((226.0, -120.0), (404.0, -14.0), "农村宅基地", Cover::Garden),
        ((-254.0, 268.0), (-80.0, 420.0), "耕地", Cover::Field(0, 0.0)),
        ((-64.0, 268.0), (94.0, 420.0), "园地", Cover::Field(3, 1.52)),
        ((-690.0, -122.0), (-458.0, 112.0), "耕地", Cover::Field(2, 1.57)),
        ((420.0, 20.0), (700.0, 180.0), "耕地", Cover::Field(0, 0.1)),
        ((420.0, -220.0), (700.0, 10.0), "耕地", Cover::Field(1, 1.5)),
        ((226.0, 132.0), (402.0, 270.0), "耕地", Cover::Field(2, 0.02)),
    ];
    for (from, to, purpose, cover) in rows {
        area(plan, from, to, cover);
        plan.parcels.push(Parcel { ring: Rect::span(from, to).corners().to_vec(), purpose });
    }
    fields(plan);
}

/// Fields at the edges, cut into strips like real ones.
fn fields(plan: &mut Plan) {
    type Block = ((f64, f64), (f64, f64), f64);
    let blocks: [Block; 9] = [
        ((428.0, 190.0), (700.0, 320.0), 0.08),
        ((428.0, 340.0), (700.0, 610.0), 0.04),
        ((428.0, -370.0), (700.0, -235.0), 1.55),
        ((428.0, -510.0), (700.0, -385.0), 0.05),
        ((232.0, 275.0), (400.0, 610.0), 1.5),
        ((236.0, -510.0), (400.0, -136.0), 0.03),
        ((-690.0, 215.0), (-462.0, 610.0), 0.0),
        ((-440.0, 275.0), (-280.0, 610.0), 1.57),
        ((-690.0, -510.0), (-462.0, -140.0), 0.02),
    ];
    let mut crop = 0_u8;
    for (from, to, angle) in blocks {
        let rows = ((to.1 - from.1) / 42.0).floor().max(1.0);
        let step = (to.1 - from.1) / rows;
        for i in (0..).map(f64::from).take_while(|i| *i < rows) {
            let y = from.1 + i * step;
            let middle = from.0 + (to.0 - from.0) * (0.38 + 0.24 * ((i * 2.7).sin() * 0.5 + 0.5));
            for (a, b) in [(from.0, middle - 1.0), (middle + 1.0, to.0)] {
                crop = (crop + 3) % 5;
                area(plan, (a, y + 1.0), (b, y + step - 1.0), Cover::Field(crop, angle));
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Style {
    floors: u8,
    floor_m: f64,
    roof: Roof,
    color: [f64; 3],
}

fn house(plan: &mut Plan, rect: Rect, style: Style, name: String, purpose: &'static str) {
    plan.houses.push(House {
        rect,
        floors: style.floors,
        eave_m: f64::from(style.floors) * style.floor_m + 0.6,
        roof: style.roof,
        color: style.color,
        name,
        purpose,
    });
}

/// Shops along the main street, wall to wall with gaps for the lanes.
fn shops(plan: &mut Plan, rng: &mut Rng) {
    let spans = [(-60.0, -38.0), (-36.0, -16.0), (-13.0, 3.0), (14.0, 36.0), (38.0, 62.0), (65.0, 88.0)];
    for (i, (from, to)) in spans.into_iter().enumerate() {
        let depth = rng.range(11.5, 14.5);
        let rect = Rect::span((from, -21.5 - depth), (to, -21.5));
        let style = Style {
            floors: if i % 3 == 1 { 3 } else { 2 },
            floor_m: 3.9,
            roof: Roof::Flat,
            color: rng.pick(&FLAT_COLORS, [150.0; 3]),
        };
        house(plan, rect, style, format!("蓝图大街{}号", 102 + 2 * i), "商业");
    }
    for (i, x) in [-238.0, -206.0, -176.0].into_iter().enumerate() {
        let style =
            Style { floors: 2, floor_m: 3.8, roof: Roof::Flat, color: rng.pick(&FLAT_COLORS, [150.0; 3]) };
        house(
            plan,
            Rect::span((x, 16.0), (x + 24.0, 27.0)),
            style,
            format!("蓝图大街{}号", 61 + 2 * i),
            "商业",
        );
    }
}

/// Long houses in rows, facing south, with yards between.
fn apartments(plan: &mut Plan, rng: &mut Rng, from: (f64, f64), to: (f64, f64), name: &str) {
    let mut number = 0;
    let mut y = from.1 + 24.0;
    let roofs = [Roof::Flat, Roof::Hip(2.6), Roof::Gable(2.4)];
    while y + 12.0 < to.1 + 2.0 {
        let mut x = from.0 + 2.0;
        while x + 34.0 < to.0 + 3.0 {
            let length = rng.range(34.0, 37.5);
            number += 1;
            let roof = rng.pick(&roofs, Roof::Flat);
            let color = if roof == Roof::Flat {
                rng.pick(&FLAT_COLORS, [150.0; 3])
            } else {
                rng.pick(&TILE_COLORS, [120.0; 3])
            };
            let style = Style { floors: if rng.chance(0.4) { 6 } else { 5 }, floor_m: 2.9, roof, color };
            let shift = rng.range(-1.2, 1.2);
            house(
                plan,
                Rect::span((x, y + shift), (x + length, y + 12.4 + shift)),
                style,
                format!("{name}{number}号楼"),
                "住宅",
            );
            // A paved strip with parked cars in front of each house.
            area(plan, (x, y - 6.2 + shift), (x + length, y + shift), Cover::Paving);
            parked_row(plan, rng, DVec2::new(x + 1.5, y - 8.8), length - 3.0, 0.5);
            x += length + if number % 2 == 0 { 9.0 } else { 6.5 };
        }
        y += 31.5;
    }
}

/// Cars side by side along x, in front of houses.
fn parked_row(plan: &mut Plan, rng: &mut Rng, from: DVec2, length: f64, share: f64) {
    area(plan, (from.x - 0.4, from.y - 2.6), (from.x + length, from.y + 2.6), Cover::Concrete);
    let mut x = from.x + 1.3;
    while x < from.x + length - 1.0 {
        if rng.chance(share) {
            car(plan, rng, DVec2::new(x, from.y), std::f64::consts::FRAC_PI_2);
        }
        x += 2.6;
    }
}

fn villas(plan: &mut Plan, rng: &mut Rng, span: [(f64, f64); 2], name: &str, plot: f64) {
    let [from, to] = span;
    let mut number = 0;
    let mut y = from.1;
    while y + 16.0 < to.1 + 3.0 {
        let mut x = from.0;
        while x + plot < to.0 + 2.0 {
            let size = DVec2::new(rng.range(9.0, 13.5), rng.range(8.0, 10.0));
            let at = DVec2::new(x + plot * 0.5 + rng.range(-1.5, 1.5), y + 9.0 + rng.range(-1.5, 1.5));
            x += plot;
            let rect = Rect::new(at, size * 0.5, rng.range(-0.05, 0.05));
            let near_way = plan.ways.iter().any(|w| w.axis.foot(at).is_some_and(|f| f.offset.abs() < 7.5));
            if near_way || rng.chance(0.06) {
                continue;
            }
            number += 1;
            let roof = if rng.chance(0.6) { Roof::Gable(2.6) } else { Roof::Hip(2.8) };
            let style = Style {
                floors: if rng.chance(0.75) { 2 } else { 3 },
                floor_m: 3.1,
                roof,
                color: rng.pick(&TILE_COLORS, [120.0; 3]),
            };
            house(plan, rect, style, format!("{name}{number}号"), "住宅");
            // A yard of slabs or a drive, sometimes with a car or a shed.
            let yard = rect.at(0.0, -rect.half.y - 2.6);
            let ring = Rect::new(yard, DVec2::new(size.x * 0.5, 2.7), 0.0).corners().to_vec();
            plan.areas
                .push(Area { ring, cover: if rng.chance(0.5) { Cover::Paving } else { Cover::Concrete } });
            if rng.chance(0.4) {
                let (shift, turn) = (rng.range(-2.0, 2.0), rng.range(-0.1, 0.1));
                car(plan, rng, yard + DVec2::new(shift, 0.0), turn);
            }
            if rng.chance(0.35) {
                let shed = Rect::new(rect.at(rect.half.x + 2.6, 2.0), DVec2::new(1.6, 2.2), 0.0);
                plan.things.push(Thing {
                    rect: shed,
                    height_m: 2.5,
                    kind: ThingKind::Canopy,
                    color: rng.pick(&TILE_COLORS, [120.0; 3]),
                });
            }
        }
        y += 20.0;
    }
}

fn school(plan: &mut Plan) {
    area(plan, (-250.0, -118.0), (-84.0, -60.0), Cover::Paving);
    let ground = Rect::span((-246.0, -118.0), (-146.0, -62.0));
    plan.sports = Some(ground);
    let flat = |floors, color| Style { floors, floor_m: 3.7, roof: Roof::Flat, color };
    house(
        plan,
        Rect::span((-244.0, -34.0), (-186.0, -21.0)),
        flat(4, [176.0, 168.0, 158.0]),
        "学府小学教学楼".into(),
        "教育",
    );
    house(
        plan,
        Rect::span((-244.0, -56.0), (-231.0, -36.0)),
        flat(4, [168.0, 162.0, 152.0]),
        "学府小学实验楼".into(),
        "教育",
    );
    house(
        plan,
        Rect::span((-172.0, -46.0), (-146.0, -22.0)),
        Style { floors: 3, floor_m: 3.6, roof: Roof::Hall(1.6), color: [116.0, 134.0, 148.0] },
        "学府小学体育馆".into(),
        "教育",
    );
    house(
        plan,
        Rect::span((-128.0, -112.0), (-92.0, -98.0)),
        flat(3, [162.0, 160.0, 154.0]),
        "学府小学食堂".into(),
        "教育",
    );
    area(plan, (-132.0, -92.0), (-88.0, -66.0), Cover::Rubber);
    area(plan, (-128.0, -90.0), (-112.0, -68.0), Cover::Pitch);
}

/// Industry and stores in the west.
fn halls(plan: &mut Plan, rng: &mut Rng) {
    let metal = [[132.0, 146.0, 158.0], [156.0, 158.0, 156.0], [146.0, 118.0, 106.0]];
    let halls = [
        ((-434.0, -60.0), (-366.0, -30.0)),
        ((-352.0, -58.0), (-284.0, -30.0)),
        ((-434.0, -112.0), (-376.0, -78.0)),
        ((-360.0, -112.0), (-290.0, -80.0)),
        ((-434.0, -180.0), (-350.0, -146.0)),
        ((-434.0, -262.0), (-374.0, -206.0)),
        ((-350.0, -262.0), (-284.0, -228.0)),
        ((-334.0, -196.0), (-282.0, -150.0)),
    ];
    for (i, (from, to)) in halls.into_iter().enumerate() {
        let style = Style {
            floors: 1,
            floor_m: rng.range(7.5, 9.5),
            roof: Roof::Hall(1.8),
            color: rng.pick(&metal, [150.0; 3]),
        };
        house(
            plan,
            Rect::span(from, to),
            style,
            format!("西环工业园{}号厂房", i + 1),
            if i < 4 { "工业" } else { "仓储" },
        );
    }
    for i in 0..16 {
        let at = DVec2::new(
            -366.0 + rng.range(-4.0, 16.0),
            -268.0 + f64::from(i) * 3.4 * if i > 7 { 0.9 } else { 1.0 },
        );
        let rect = Rect::new(at, DVec2::new(6.1, 1.22), rng.range(-0.03, 0.03));
        plan.things.push(Thing {
            rect,
            height_m: 2.6,
            kind: ThingKind::Container,
            color: rng.pick(&[[120.0, 72.0, 58.0], [70.0, 92.0, 112.0], [142.0, 140.0, 132.0]], [120.0; 3]),
        });
    }
}

fn parking(plan: &mut Plan, rng: &mut Rng, rect: Rect, share: f64) {
    plan.areas.push(Area { ring: rect.corners().to_vec(), cover: Cover::Asphalt });
    plan.parkings.push(Parking { rect });
    for side in [-1.0, 1.0] {
        let mut x = -rect.half.x + 1.3;
        while x < rect.half.x - 1.0 {
            if rng.chance(share) {
                let at =
                    rect.at(x + rng.range(-0.12, 0.12), side * (rect.half.y - 2.7 + rng.range(-0.2, 0.2)));
                car(plan, rng, at, std::f64::consts::FRAC_PI_2 * side);
            }
            x += 2.6;
        }
    }
}

fn car(plan: &mut Plan, rng: &mut Rng, at: DVec2, angle: f64) {
    let half = DVec2::new(rng.range(2.1, 2.4), rng.range(0.86, 0.94));
    let rect = Rect::new(at, half, angle + rng.range(-0.02, 0.02));
    plan.things.push(Thing {
        rect,
        height_m: 1.45,
        kind: ThingKind::Car,
        color: rng.pick(&CAR_COLORS, [200.0; 3]),
    });
}

/// Cars and trucks on the streets.
fn traffic(plan: &mut Plan, rng: &mut Rng) {
    let roads: Vec<_> = plan.roads.iter().map(|r| (r.axis.clone(), r.width_m, r.name)).collect();
    for (axis, width, name) in roads {
        let lanes: &[f64] = if width > 12.0 { &[-5.4, -1.9, 1.9, 5.4] } else { &[-1.9, 1.9] };
        for lane in lanes {
            let mut station = rng.range(5.0, 60.0);
            while station < axis.length() - 40.0 {
                if let Some((p, u)) = axis.at(station) {
                    let at = p + u.perp() * *lane;
                    let angle = if *lane < 0.0 { u.to_angle() } else { u.to_angle() + std::f64::consts::PI };
                    // Nobody drives up to the unfinished bridge.
                    let closed = name == "蓝图大街" && (104.0..220.0).contains(&at.x);
                    if !closed && rng.chance(0.12) {
                        let rect = Rect::new(at, DVec2::new(5.2, 1.25), angle);
                        plan.things.push(Thing {
                            rect,
                            height_m: 3.0,
                            kind: ThingKind::Truck,
                            color: rng.pick(
                                &[[188.0, 186.0, 178.0], [90.0, 104.0, 118.0], [168.0, 140.0, 78.0]],
                                [180.0; 3],
                            ),
                        });
                    } else if !closed {
                        car(plan, rng, at, angle);
                    }
                }
                station += rng.range(18.0, 95.0) * if width > 12.0 { 1.0 } else { 1.8 };
            }
        }
    }
}

fn site(plan: &mut Plan, rng: &mut Rng) {
    plan.site = Some(Rect::span((-62.5, 14.0), (22.0, 113.5)));
    let b = Rect::span(BUILDING_AT.into(), (BUILDING_AT + BUILDING_SIZE).into());
    let pit = |rect, name, depth_m, dug_m| Pit { rect, name, depth_m, dug_m };
    plan.pits = vec![
        pit(b.grown(3.5), "主楼基坑", 3.8, 3.7),
        pit(Rect::span((9.0, -13.0), (11.4, 12.0)), "雨水管沟槽", 2.4, 0.0),
        pit(Rect::span((-60.0, 88.0), (-49.0, 110.0)), "地下车库坡道基坑", 3.2, 1.4),
        pit(Rect::span((122.0, -12.5), (134.5, 12.5)), "西桥台基坑", 3.0, 1.2),
    ];
    area(plan, (-18.0, 16.0), (21.0, 32.0), Cover::Concrete);
    area(plan, (-16.0, 92.0), (20.0, 112.0), Cover::Gravel);
    area(plan, (104.5, -16.0), (122.0, 16.0), Cover::Earth);
    area(plan, (122.0, -30.0), (140.0, 16.0), Cover::Earth);
    area(plan, (182.0, -30.0), (213.0, 16.0), Cover::Earth);
    let mut put =
        |at: (f64, f64), size: (f64, f64), angle: f64, height_m: f64, kind: ThingKind, color: [f64; 3]| {
            let rect = Rect::new(at.into(), DVec2::from(size) * 0.5, angle);
            plan.things.push(Thing { rect, height_m, kind, color });
        };
    // Site offices in two rows, white and blue.
    for i in 0..5 {
        let x = -12.0 + f64::from(i) * 6.3;
        put((x, 20.0), (6.0, 3.0), 0.0, 5.6, ThingKind::Container, [196.0, 200.0, 202.0]);
        put((x, 27.5), (6.0, 3.0), 0.0, 2.8, ThingKind::Container, [92.0, 124.0, 158.0]);
    }
    for i in 0..7 {
        let y = 94.0 + f64::from(i) * 2.4;
        put((-10.0, y), (11.0, 1.1), 0.02, 0.8, ThingKind::Rebar, [112.0, 82.0, 66.0]);
        put((4.0, y), (6.0, 1.6), 0.0, 1.2, ThingKind::Formwork, [168.0, 138.0, 96.0]);
    }
    for (i, at) in [(15.0, 96.0), (15.0, 104.0), (-44.0, 98.0), (-42.0, 106.0)].into_iter().enumerate() {
        let color = if i % 2 == 0 { [186.0, 166.0, 130.0] } else { [140.0, 136.0, 130.0] };
        put(at, (7.0, 6.0), 0.3, 2.0, ThingKind::Sand, color);
    }
    // Excavators, mixers and the crane's base.
    put((-52.0, 64.0), (9.0, 2.5), 1.5, 3.4, ThingKind::Truck, [176.0, 146.0, 62.0]);
    put((10.0, 66.0), (9.0, 2.5), 1.65, 3.6, ThingKind::Truck, [186.0, 186.0, 180.0]);
    put((-34.0, 40.0), (6.5, 3.0), 0.8, 3.2, ThingKind::Machine, [190.0, 152.0, 48.0]);
    put((114.0, 4.0), (6.5, 3.0), 2.4, 3.2, ThingKind::Machine, [190.0, 152.0, 48.0]);
    put((200.0, 6.0), (7.5, 3.2), 0.4, 3.4, ThingKind::Machine, [176.0, 96.0, 50.0]);
    put((5.5, 47.0), (5.0, 5.0), 0.0, 2.0, ThingKind::Formwork, [150.0, 148.0, 142.0]);
    for i in 0..3 {
        put(
            (203.0, -6.0 - 3.2 * f64::from(i)),
            (18.0, 1.6),
            0.0,
            1.5,
            ThingKind::Formwork,
            [150.0, 150.0, 146.0],
        );
        put((112.0, -6.0 - 2.0 * f64::from(i)), (8.0, 1.2), 0.1, 0.9, ThingKind::Rebar, [112.0, 82.0, 66.0]);
    }
    for y in [52.0, 96.0, -70.0] {
        let x = super::river_x(y) + rng.range(-5.0, 5.0);
        put((x, y), (8.5, 2.6), 1.4 + rng.range(0.0, 0.3), 0.9, ThingKind::Boat, [150.0, 142.0, 128.0]);
    }
}
