//! A building: storeys of slabs, walls, windows, balconies, stairs, columns, and what stands on the roof.

use glam::{DVec2, DVec3};

use crate::block::{CityValue, Maker, What};
use crate::random::Random;
use crate::shape::Place;
use crate::template::{FRAME, GLASS, Shape};

/// How a roof is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoofForm {
    /// A parapet around machines.
    Flat,
    /// A ridge along the longer side.
    Gable,
}

/// What a building looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looks {
    pub(crate) facade: [u8; 4],
    /// Of the ground floor.
    pub(crate) base: [u8; 4],
    /// Of the roof.
    pub(crate) roof: [u8; 4],
    /// Repeats along the facades.
    pub(crate) window: Shape,
    /// Distance between windows, meters.
    pub(crate) bay_m: f64,
    /// Height of a window's sill above the slab, meters.
    pub(crate) sill_m: f64,
    pub(crate) balconies: bool,
    pub(crate) conditioners: bool,
    /// Shop fronts at the ground floor.
    pub(crate) shops: bool,
    pub(crate) form: RoofForm,
}

/// A building before it has storeys.
pub(crate) struct Plan {
    /// The middle of its footprint at the ground; its x axis runs along the longer side.
    pub(crate) place: Place,
    /// Half its length and depth, meters.
    pub(crate) half: DVec2,
    pub(crate) storeys: u32,
    /// From slab to slab, meters.
    pub(crate) storey_m: f64,
    pub(crate) looks: Looks,
    pub(crate) number: u32,
}

const CONCRETE: [u8; 4] = [172, 170, 164, 255];
const PLASTER: [u8; 4] = [224, 220, 210, 255];
/// Thickness of outer walls and slabs, meters.
const WALL_M: f64 = 0.3;
const SLAB_M: f64 = 0.22;

const FACADES: [[u8; 4]; 10] = [
    [214, 200, 176, 255],
    [190, 132, 104, 255],
    [200, 204, 206, 255],
    [222, 212, 192, 255],
    [172, 176, 180, 255],
    [230, 222, 210, 255],
    [184, 162, 134, 255],
    [166, 120, 100, 255],
    [206, 190, 150, 255],
    [238, 234, 224, 255],
];
const ROOFS: [[u8; 4]; 4] =
    [[132, 132, 130, 255], [150, 146, 140, 255], [118, 122, 126, 255], [164, 158, 148, 255]];
const TILES: [[u8; 4]; 3] = [[164, 84, 62, 255], [142, 76, 60, 255], [98, 104, 112, 255]];

impl Looks {
    /// Flats: windows, balconies, air conditioners.
    pub(crate) fn flats(r: &mut Random) -> Self {
        let gable = r.chance(0.35);
        Self {
            facade: r.pick(&FACADES),
            base: r.pick(&FACADES),
            roof: if gable { r.pick(&TILES) } else { r.pick(&ROOFS) },
            window: if r.chance(0.5) { Shape::DoubleWindow } else { Shape::Window },
            bay_m: r.between(3.3, 4.2),
            sill_m: 0.95,
            balconies: r.chance(0.8),
            conditioners: r.chance(0.7),
            shops: false,
            form: if gable { RoofForm::Gable } else { RoofForm::Flat },
        }
    }

    /// A house at the street: shops below.
    pub(crate) fn street(r: &mut Random) -> Self {
        Self { shops: true, form: RoofForm::Flat, roof: r.pick(&ROOFS), ..Self::flats(r) }
    }

    /// Offices behind glass.
    pub(crate) fn glass(r: &mut Random) -> Self {
        Self {
            facade: r.pick(&[[196, 202, 206, 255], [150, 158, 164, 255], [214, 210, 202, 255]]),
            base: [120, 124, 128, 255],
            roof: r.pick(&ROOFS),
            window: Shape::GlassPanel,
            bay_m: r.between(3.1, 3.6),
            sill_m: 0.1,
            balconies: false,
            conditioners: false,
            shops: false,
            form: RoofForm::Flat,
        }
    }
}

/// One side of a building: its middle on the wall's face and the axis along which outwards is to the left.
#[derive(Clone, Copy)]
struct Side {
    name: [&'static str; 2],
    middle: DVec2,
    along: DVec2,
    half: f64,
}

fn sides(half: DVec2) -> [Side; 4] {
    let side = |name, middle, along, half| Side { name, middle, along, half };
    [
        side(["南", "S"], DVec2::new(0.0, -half.y), DVec2::NEG_X, half.x),
        side(["东", "E"], DVec2::new(half.x, 0.0), DVec2::NEG_Y, half.y),
        side(["北", "N"], DVec2::new(0.0, half.y), DVec2::X, half.x),
        side(["西", "W"], DVec2::new(-half.x, 0.0), DVec2::Y, half.y),
    ]
}

/// Adds a building to a site.
pub(crate) fn building(m: &mut Maker, r: &mut Random, site: u32, plan: &Plan) {
    let n = plan.number;
    let what = What { class: "IfcBuilding", parent: Some(site) };
    let whole = m.object(&what, || format!("{n}号楼 Building {n}"));
    m.say(whole, "Pset_BuildingCommon", "NumberOfStoreys", CityValue::Integer(plan.storeys.into()));
    m.say(whole, "Pset_BuildingCommon", "YearOfConstruction", CityValue::Integer(r.whole(1984, 2025).into()));
    for level in 0..plan.storeys {
        storey(m, r, whole, plan, level);
    }
    roof(m, r, whole, plan);
}

fn storey(m: &mut Maker, r: &mut Random, whole: u32, plan: &Plan, level: u32) {
    let z = 0.15 + f64::from(level) * plan.storey_m;
    let up = plan.place.inside(DVec3::new(0.0, 0.0, z), DVec2::X);
    let f = level + 1;
    let floor =
        m.object(&What { class: "IfcBuildingStorey", parent: Some(whole) }, || format!("{f}层 Storey {f}"));
    m.say_in(floor, ["Pset_BuildingStoreyCommon", "Elevation"], CityValue::Real(40.0 + z), Some("m"));
    let within = Some(floor);
    let edge = (plan.half + 0.06).extend(0.0);
    let slab = m.object(&What { class: "IfcSlab", parent: within }, || format!("{f}层楼板 Slab {f}"));
    m.mesh(slab, CONCRETE, |s| s.add_box(&up, -edge, edge + DVec3::Z * SLAB_M));
    m.say(slab, "Pset_SlabCommon", "Material", CityValue::Text("C30混凝土 Concrete C30"));

    let looks = &plan.looks;
    let facade = if level == 0 { looks.base } else { looks.facade };
    for side in sides(plan.half) {
        let [zh, en] = side.name;
        let wall =
            m.object(&What { class: "IfcWall", parent: within }, || format!("{f}层{zh}外墙 Outer wall {en}"));
        m.say(wall, "Pset_WallCommon", "Material", CityValue::Text("加气混凝土 Aerated concrete"));
        let at = up.inside(side.middle.extend(0.0), side.along);
        // Long walls reach to the corners, short ones lie between them.
        let half = if side.along.x == 0.0 { side.half - WALL_M } else { side.half };
        m.mesh(wall, facade, |s| {
            s.add_box(&at, DVec3::new(-half, -WALL_M, SLAB_M), DVec3::new(half, 0.0, plan.storey_m));
        });
        openings(m, r, floor, plan, (level, side, at));
    }
    interior(m, r, floor, plan, &up);
}

/// Windows, balconies and air conditioners of one side.
fn openings(m: &mut Maker, r: &mut Random, floor: u32, plan: &Plan, (level, side, at): (u32, Side, Place)) {
    let looks = &plan.looks;
    let long = side.along.x != 0.0;
    let room = 2.0 * side.half - 1.6;
    let shop = looks.shops && level == 0 && long;
    let bay = if shop { 3.6 } else { looks.bay_m };
    // Short sides of houses have a window in every other bay.
    let spread = if long || looks.window == Shape::GlassPanel { bay } else { bay * 1.8 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a facade has tens of bays")]
    let n = (room / spread).floor().max(1.0) as u32;
    let south = side.name[1] == "S";
    let glass = [(1, r.tint(GLASS, 10))];
    for i in 0..n {
        let x = (f64::from(i) + 0.5 - f64::from(n) / 2.0) * room / f64::from(n);
        let spot = |dx: f64, z: f64| at.inside(DVec3::new(x + dx, 0.0, SLAB_M + z), DVec2::X);
        let door = looks.balconies && south && level > 0 && i % 2 == 0;
        let part_of = |class| What { class, parent: Some(floor) };
        if door {
            m.thing(
                &part_of("IfcWindow"),
                "阳台门 Balcony door",
                &Shape::BalconyDoor.at(&spot(0.0, 0.05)).painted(&glass),
            );
            let paint = [(1, r.pick(&[FRAME, looks.facade]))];
            m.thing(
                &part_of("IfcRailing"),
                "阳台 Balcony",
                &Shape::Balcony.at(&spot(0.0, 0.0)).painted(&paint),
            );
        } else if shop {
            let paint = [glass[0], (2, r.pick(&SIGNS))];
            m.thing(
                &part_of("IfcWindow"),
                "店面 Shop front",
                &Shape::ShopFront.at(&spot(0.0, 0.05)).painted(&paint),
            );
        } else {
            m.thing(
                &part_of("IfcWindow"),
                "窗 Window",
                &looks.window.at(&spot(0.0, looks.sill_m - SLAB_M + 0.1)).painted(&glass),
            );
            if looks.conditioners && level > 0 && i % 3 == 1 {
                let paint = [(0, [228, 228, 222, 255])];
                m.thing(
                    &part_of("IfcUnitaryEquipment"),
                    "空调外机 Air conditioner",
                    &Shape::Conditioner.at(&spot(bay * 0.5 - 0.1, 0.15)).painted(&paint),
                );
            }
        }
    }
}

const SIGNS: [[u8; 4]; 6] = [
    [186, 60, 48, 255],
    [44, 96, 150, 255],
    [232, 190, 70, 255],
    [70, 128, 84, 255],
    [236, 236, 232, 255],
    [120, 70, 120, 255],
];

/// What nobody sees from the street: columns, partitions, the stair and its core.
fn interior(m: &mut Maker, r: &mut Random, floor: u32, plan: &Plan, up: &Place) {
    let part_of = |class| What { class, parent: Some(floor) };
    let free = plan.storey_m - SLAB_M;
    let (hx, hy) = (plan.half.x - WALL_M, plan.half.y - WALL_M);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a floor has tens of columns"
    )]
    let n = (hx / 4.2).floor().max(1.0) as u32;
    for i in 0..=n {
        for y in [-1.0, 1.0] {
            let x = (f64::from(i) / f64::from(n) * 2.0 - 1.0) * (hx - 0.6);
            let at = up.inside(DVec3::new(x, y * (hy - 0.6), SLAB_M), DVec2::X);
            let column = m.object(&part_of("IfcColumn"), || "柱 Column".to_owned());
            m.instance(column, &Shape::Column.at(&at).scaled(DVec3::new(1.0, 1.0, free)));
        }
    }
    for y in [-1.1, 1.1] {
        let wall = m.object(&part_of("IfcWall"), || "走廊隔墙 Corridor wall".to_owned());
        m.mesh(wall, PLASTER, |s| {
            let (a, b) =
                (DVec3::new(-hx + 0.1, y - 0.06, SLAB_M), DVec3::new(hx - 3.2, y + 0.06, plan.storey_m));
            s.add_box(up, a, b);
        });
    }
    for i in 1..=n {
        let x = (f64::from(i) / f64::from(n + 1) * 2.0 - 1.0) * (hx - 2.0) + r.between(-0.5, 0.5);
        let (low, high) = if r.chance(0.5) { (1.16, hy - 0.1) } else { (-hy + 0.1, -1.16) };
        let wall = m.object(&part_of("IfcWall"), || "内隔墙 Partition".to_owned());
        m.mesh(wall, PLASTER, |s| {
            s.add_box(up, DVec3::new(x - 0.06, low, SLAB_M), DVec3::new(x + 0.06, high, plan.storey_m));
        });
    }
    let core = m.object(&part_of("IfcWall"), || "电梯井 Lift shaft".to_owned());
    let shaft = up.inside(DVec3::new(hx - 1.5, hy - 1.8, 0.0), DVec2::X);
    m.mesh(core, CONCRETE, |s| {
        s.add_ring(&shaft, DVec2::new(1.2, 1.3), DVec2::new(1.0, 1.1), [SLAB_M, plan.storey_m]);
    });
    let stair = up.inside(DVec3::new(hx - 1.5, -hy + 0.5, SLAB_M), DVec2::X);
    let flight = m.object(&part_of("IfcStair"), || "楼梯 Stair".to_owned());
    m.instance(flight, &Shape::Stair.at(&stair).scaled(DVec3::new(1.0, 1.0, free / 3.0)));
}

fn roof(m: &mut Maker, r: &mut Random, whole: u32, plan: &Plan) {
    let z = 0.15 + f64::from(plan.storeys) * plan.storey_m;
    let up = plan.place.inside(DVec3::new(0.0, 0.0, z), DVec2::X);
    let part_of = |class| What { class, parent: Some(whole) };
    let looks = &plan.looks;
    let roof = m.object(&part_of("IfcRoof"), || "屋面 Roof".to_owned());
    if looks.form == RoofForm::Gable {
        let rise = plan.half.y * 0.55;
        m.mesh(roof, looks.roof, |s| s.add_gable(&up, plan.half + 0.5, 0.0, rise));
        return;
    }
    let edge = plan.half.extend(0.0);
    m.mesh(roof, looks.roof, |s| s.add_box(&up, -edge, edge + DVec3::Z * 0.3));
    let parapet = m.object(&part_of("IfcWall"), || "女儿墙 Parapet".to_owned());
    m.mesh(parapet, looks.facade, |s| s.add_ring(&up, plan.half, plan.half - 0.25, [0.3, 1.3]));
    let spot = |x: f64, y: f64| up.inside(DVec3::new(plan.half.x * x, plan.half.y * y, 0.3), DVec2::X);
    let house = m.object(&part_of("IfcBuildingElementProxy"), || "电梯机房 Lift house".to_owned());
    let at = spot(0.72, 0.2);
    m.mesh(house, looks.facade, |s| s.add_box(&at, DVec3::new(-2.2, -1.8, 0.0), DVec3::new(2.2, 1.8, 2.8)));
    for _ in 0..r.whole(1, 4) {
        let at = spot(r.between(-0.8, 0.4), r.between(-0.6, 0.6));
        m.thing(&part_of("IfcUnitaryEquipment"), "屋顶机组 Roof unit", &Shape::Machine.at(&at));
    }
    if r.chance(0.4) {
        m.thing(&part_of("IfcTank"), "水箱 Water tank", &Shape::Tank.at(&spot(-0.85, 0.5)));
    }
    if r.chance(0.35) {
        for i in 0..r.whole(4, 9) {
            let at = spot(-0.9 + 0.14 * f64::from(i), -0.6);
            m.thing(&part_of("IfcSolarDevice"), "光伏板 Solar panel", &Shape::SolarPanel.at(&at));
        }
    }
}
