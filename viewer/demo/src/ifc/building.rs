//! A five-storey building with basement, 36 × 18 m, as IFC4.

use glam::{DVec2, DVec3};
use ifc_rs::prelude::SlabTypeEnum;

use super::model::{Georeference, Kind, Model, Spec, boolean, label, number, transmittance};
use super::rooms;
use super::shapes::Style;
use super::step::quoted;
use crate::plan::{BUILDING_AT, BUILDING_SIZE, FLOOR_M, STREET_RAD, to_world};

/// Grid lines along x: column axes.
pub(super) const GRID_X: [f64; 7] = [0.25, 6.166_67, 12.083_33, 18.0, 23.916_67, 29.833_33, 35.75];
/// Grid lines along y: facades and corridor.
pub(super) const GRID_Y: [f64; 4] = [0.25, 7.4, 10.6, 17.75];
/// Half width of a column.
const COLUMN: f64 = 0.25;
/// Slab thickness and beam depth below it.
const SLAB: f64 = 0.15;
const BEAM: f64 = 0.6;

/// One storey: name, elevation of its floor, height to the next floor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Storey {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) level: f64,
    pub(super) height: f64,
}

const STOREYS: [Storey; 6] = [
    Storey { name: "B1", title: "地下一层", level: -3.6, height: 3.6 },
    Storey { name: "1F", title: "一层", level: 0.0, height: 4.2 },
    Storey { name: "2F", title: "二层", level: 4.2, height: 3.6 },
    Storey { name: "3F", title: "三层", level: 7.8, height: 3.6 },
    Storey { name: "4F", title: "四层", level: 11.4, height: 3.6 },
    Storey { name: "5F", title: "五层", level: 15.0, height: 3.6 },
];
const ROOF: Storey = Storey { name: "RF", title: "屋面", level: 18.6, height: 1.0 };

/// Colors and materials of the building.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) concrete: Style,
    pub(super) brick: Style,
    pub(super) block: Style,
    pub(super) frame: Style,
    pub(super) glass: Style,
    pub(super) wood: Style,
    pub(super) steel: Style,
    pub(super) roofing: Style,
}

/// What a storey holds, by kind, to relate it at the end.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) elements: Vec<usize>,
    pub(super) walls_out: Vec<usize>,
    pub(super) walls_in: Vec<usize>,
    pub(super) slabs: Vec<usize>,
    pub(super) columns: Vec<usize>,
    pub(super) beams: Vec<usize>,
    pub(super) doors: Vec<usize>,
    pub(super) windows: Vec<usize>,
    pub(super) spaces: Vec<usize>,
    pub(super) stairs: Vec<usize>,
    pub(super) steel: Vec<usize>,
    pub(super) roofing: Vec<usize>,
}

/// The model with everything that a storey's builders need.
pub(super) struct Site<'a> {
    pub(super) model: &'a mut Model,
    pub(super) look: Look,
    pub(super) storey: Storey,
    pub(super) placement: usize,
    pub(super) content: Content,
}

/// The building's text and its products.
pub(crate) fn building() -> (String, Model) {
    let place = Georeference { origin: to_world(BUILDING_AT), height_m: FLOOR_M, angle_rad: STREET_RAD };
    let mut model = Model::new("building", "蓝图示范街区综合楼", place);
    let look = Look {
        concrete: model.style("混凝土", [172, 171, 166], 0.0),
        brick: model.style("红砖", [158, 92, 74], 0.0),
        block: model.style("加气砌块", [208, 203, 192], 0.0),
        frame: model.style("铝合金", [96, 104, 112], 0.0),
        glass: model.style("玻璃", [138, 178, 190], 0.6),
        wood: model.style("木材", [142, 102, 66], 0.0),
        steel: model.style("钢材", [128, 134, 140], 0.0),
        roofing: model.style("防水卷材", [92, 98, 96], 0.0),
    };
    let site_place = model.place(None, DVec3::ZERO, DVec3::X);
    let guid = model.guid("site");
    let site = model.add(format!(
        "IFCSITE('{guid}',$,{},$,$,#{site_place},$,$,.ELEMENT.,$,$,$,$,$)",
        quoted("综合楼工地")
    ));
    let building_place = model.place(Some(site_place), DVec3::ZERO, DVec3::X);
    let guid = model.guid("building");
    let house = model.add(format!(
        "IFCBUILDING('{guid}',$,{},$,$,#{building_place},$,{},.ELEMENT.,{FLOOR_M:.2},$,$)",
        quoted("综合楼"),
        quoted("蓝图示范街区综合楼")
    ));
    let project = model.project;
    model.aggregate(project, &[site]);
    model.aggregate(site, &[house]);
    let mut storeys = Vec::new();
    let mut all = Content::default();
    for storey in STOREYS.into_iter().chain([ROOF]) {
        let placement = model.place(Some(building_place), DVec3::new(0.0, 0.0, storey.level), DVec3::X);
        let guid = model.guid(&format!("storey/{}", storey.name));
        let id = model.add(format!(
            "IFCBUILDINGSTOREY('{guid}',$,{},$,$,#{placement},$,{},.ELEMENT.,{:.2})",
            quoted(storey.name),
            quoted(storey.title),
            storey.level
        ));
        storeys.push(id);
        let mut site = Site { model: &mut model, look, storey, placement, content: Content::default() };
        if storey.name == ROOF.name {
            site.roof();
        } else {
            site.frame();
            site.slab();
            rooms::walls(&mut site);
            rooms::stair(&mut site);
        }
        let content = site.content;
        properties(&mut model, storey, &content);
        model.contain(id, &content.elements);
        if !content.spaces.is_empty() {
            model.aggregate(id, &content.spaces);
        }
        gather(&mut all, content);
    }
    model.aggregate(house, &storeys);
    materials(&mut model, &all);
    (model.text("IFC4"), model)
}

fn gather(all: &mut Content, part: Content) {
    all.walls_out.extend(part.walls_out);
    all.walls_in.extend(part.walls_in);
    all.slabs.extend(part.slabs);
    all.columns.extend(part.columns);
    all.beams.extend(part.beams);
    all.doors.extend(part.doors);
    all.windows.extend(part.windows);
    all.stairs.extend(part.stairs);
    all.steel.extend(part.steel);
    all.roofing.extend(part.roofing);
}

fn materials(model: &mut Model, all: &Content) {
    let structure: Vec<usize> =
        [&all.slabs, &all.columns, &all.beams, &all.stairs].into_iter().flatten().copied().collect();
    for (name, objects) in [
        ("C35钢筋混凝土", &structure),
        ("MU10烧结多孔砖", &all.walls_out),
        ("加气混凝土砌块", &all.walls_in),
        ("断桥铝合金与中空玻璃", &all.windows),
        ("实木复合门", &all.doors),
        ("Q235B钢材", &all.steel),
        ("SBS改性沥青防水卷材", &all.roofing),
    ] {
        let material = model.material(name);
        if !objects.is_empty() {
            model.of_material(material, objects);
        }
    }
}

/// The common property sets, one a storey and kind.
fn properties(model: &mut Model, storey: Storey, content: &Content) {
    let key = storey.name;
    let mut set =
        |name: &str, suffix: &str, values: &[(&str, ifc_rs::prelude::IfcValue)], objects: &[usize]| {
            if !objects.is_empty() {
                model.properties(name, &format!("{key}/{suffix}"), values, objects);
            }
        };
    set(
        "Pset_WallCommon",
        "out",
        &[
            ("Reference", label("WQ-240")),
            ("IsExternal", boolean(true)),
            ("LoadBearing", boolean(false)),
            ("FireRating", label("2.0h")),
            ("ThermalTransmittance", transmittance(0.45)),
        ],
        &content.walls_out,
    );
    set(
        "Pset_WallCommon",
        "in",
        &[
            ("Reference", label("NQ-200")),
            ("IsExternal", boolean(false)),
            ("LoadBearing", boolean(false)),
            ("FireRating", label("1.0h")),
        ],
        &content.walls_in,
    );
    set(
        "Pset_SlabCommon",
        "slab",
        &[
            ("Reference", label("LB-150")),
            ("IsExternal", boolean(false)),
            ("LoadBearing", boolean(true)),
            ("FireRating", label("1.5h")),
        ],
        &content.slabs,
    );
    set(
        "Pset_ColumnCommon",
        "column",
        &[("Reference", label("KZ-500x500")), ("IsExternal", boolean(false)), ("LoadBearing", boolean(true))],
        &content.columns,
    );
    set(
        "Pset_BeamCommon",
        "beam",
        &[("Reference", label("KL-300x600")), ("IsExternal", boolean(false)), ("LoadBearing", boolean(true))],
        &content.beams,
    );
    set(
        "Pset_DoorCommon",
        "door",
        &[("Reference", label("M-1")), ("IsExternal", boolean(false)), ("FireRating", label("乙级"))],
        &content.doors,
    );
    set(
        "Pset_WindowCommon",
        "window",
        &[
            ("Reference", label("C-1")),
            ("IsExternal", boolean(true)),
            ("ThermalTransmittance", transmittance(2.2)),
        ],
        &content.windows,
    );
    set(
        "Pset_SpaceCommon",
        "space",
        &[("Reference", label("办公")), ("IsExternal", boolean(false)), ("NetPlannedArea", number(40.0))],
        &content.spaces,
    );
    set(
        "Lantu_施工信息",
        "site",
        &[
            ("施工段", label(&format!("{}施工段", storey.title))),
            ("混凝土强度等级", label("C35")),
            ("质量负责", label("土建工长")),
        ],
        &content.elements,
    );
}

impl Site<'_> {
    /// Adds an element of this storey; `trade` names the task that builds it.
    pub(super) fn element(&mut self, kind: Kind, trade: &str, key: &str, part: (&str, usize)) -> usize {
        let (name, shape) = part;
        let placement = self.placement;
        self.element_at(kind, trade, key, (name, shape, placement))
    }

    pub(super) fn element_at(
        &mut self,
        kind: Kind,
        trade: &str,
        key: &str,
        part: (&str, usize, usize),
    ) -> usize {
        let (name, shape, placement) = part;
        let storey = self.storey.name;
        let group = if trade.is_empty() { String::new() } else { format!("{storey}/{trade}") };
        let spec = Spec {
            kind,
            key: format!("{storey}/{key}"),
            name: format!("{storey} {name}"),
            group,
            placement,
            shape,
        };
        let id = self.model.product(&spec);
        if !matches!(kind, Kind::Opening | Kind::Space) {
            self.content.elements.push(id);
        }
        id
    }

    /// Height from the floor to the underside of the beams.
    pub(super) fn clear(&self) -> f64 {
        self.storey.height - SLAB - BEAM
    }

    /// Columns and the beams between them.
    fn frame(&mut self) {
        let top = self.storey.height - SLAB;
        for (i, x) in (1..).zip(GRID_X) {
            for (letter, y) in ["A", "B", "C", "D"].into_iter().zip(GRID_Y) {
                let c = DVec3::new(x, y, 0.0);
                let r = DVec3::new(COLUMN, COLUMN, 0.0);
                let solid = self.model.cuboid(c - r, c + r + DVec3::Z * top);
                let shape = self.model.shape(&[(solid, self.look.concrete)]);
                let id = self.element(
                    Kind::Own("IFCCOLUMN", ",.COLUMN."),
                    "column",
                    &format!("column/{letter}{i}"),
                    (&format!("框架柱 {letter}{i}"), shape),
                );
                self.model.quantities(
                    "Qto_ColumnBaseQuantities",
                    &[("Length", top), ("A:CrossSectionArea", 0.25), ("V:NetVolume", 0.25 * top)],
                    id,
                );
                self.content.columns.push(id);
            }
        }
        for (letter, y) in ["A", "B", "C", "D"].into_iter().zip(GRID_Y) {
            for (i, (a, b)) in (1..).zip(GRID_X.into_iter().zip(GRID_X.into_iter().skip(1))) {
                let lo = DVec3::new(a + COLUMN, y - 0.15, top - BEAM);
                self.beam(lo, DVec3::new(b - COLUMN, y + 0.15, top), &format!("{letter}/{i}-{}", i + 1));
            }
        }
        for (i, x) in (1..).zip(GRID_X) {
            for (letter, (a, b)) in
                ["AB", "BC", "CD"].into_iter().zip(GRID_Y.into_iter().zip(GRID_Y.into_iter().skip(1)))
            {
                let lo = DVec3::new(x - 0.15, a + COLUMN, top - BEAM);
                self.beam(lo, DVec3::new(x + 0.15, b - COLUMN, top), &format!("{i}/{letter}"));
            }
        }
    }

    fn beam(&mut self, lo: DVec3, hi: DVec3, axis: &str) {
        let size = hi - lo;
        let solid = self.model.cuboid(lo, hi);
        let shape = self.model.shape(&[(solid, self.look.concrete)]);
        let id = self.element(
            Kind::Own("IFCBEAM", ",.BEAM."),
            "beam",
            &format!("beam/{axis}"),
            (&format!("框架梁 {axis}"), shape),
        );
        let length = size.x.max(size.y);
        self.model.quantities(
            "Qto_BeamBaseQuantities",
            &[("Length", length), ("A:CrossSectionArea", 0.3 * BEAM), ("V:NetVolume", 0.3 * BEAM * length)],
            id,
        );
        self.content.beams.push(id);
    }

    /// The floor, in a west and an east part; the base slab is thicker.
    fn slab(&mut self) {
        let base = self.storey.name == "B1";
        let (kind, thickness, title) = if base {
            (SlabTypeEnum::BaseSlab, 0.5, "筏板基础")
        } else {
            (SlabTypeEnum::Floor, SLAB, "楼板")
        };
        self.slab_parts(kind, thickness, title, !base);
    }

    fn slab_parts(&mut self, kind: SlabTypeEnum, thickness: f64, title: &str, stairwell: bool) {
        let middle = 18.0;
        for (part, word, from, to) in
            [("west", "西区", 0.0, middle), ("east", "东区", middle, BUILDING_SIZE.x)]
        {
            let lo = DVec3::new(from, 0.0, -thickness);
            let solid = self.model.cuboid(lo, DVec3::new(to, BUILDING_SIZE.y, 0.0));
            let shape = self.model.shape(&[(solid, self.look.concrete)]);
            let id = self.element(
                Kind::Slab(kind),
                "slab",
                &format!("slab/{part}"),
                (&format!("{title} {word}"), shape),
            );
            let area = (to - from) * BUILDING_SIZE.y;
            self.model.quantities(
                "Qto_SlabBaseQuantities",
                &[("Width", thickness), ("A:GrossArea", area), ("V:GrossVolume", area * thickness)],
                id,
            );
            if stairwell && part == "west" {
                let (lo, hi) = rooms::STAIRWELL;
                let solid = self.model.cuboid(lo.extend(-thickness - 0.1), hi.extend(0.1));
                let shape = self.model.bare_shape(&[solid]);
                let hole = self.element(Kind::Opening, "", "slab/stairwell", ("楼梯间洞口", shape));
                self.model.void(id, hole, None);
            }
            self.content.slabs.push(id);
        }
    }

    /// Roof slab, waterproofing, parapet and railing.
    fn roof(&mut self) {
        self.slab_parts(SlabTypeEnum::Roof, SLAB, "屋面板", false);
        let size = BUILDING_SIZE;
        let solid =
            self.model.cuboid(DVec3::new(0.25, 0.25, 0.0), DVec3::new(size.x - 0.25, size.y - 0.25, 0.12));
        let shape = self.model.shape(&[(solid, self.look.roofing)]);
        let id =
            self.element(Kind::Own("IFCROOF", ",.FLAT_ROOF."), "roofing", "roof", ("屋面防水保温层", shape));
        self.content.roofing.push(id);
        let corners = [DVec2::ZERO, DVec2::new(size.x, 0.0), size, DVec2::new(0.0, size.y)];
        let next = corners.into_iter().cycle().skip(1);
        for (word, (a, b)) in ["南", "东", "北", "西"].into_iter().zip(corners.into_iter().zip(next)) {
            let u = (b - a).normalize_or_zero();
            // Along the side, inside of the edge; each starts behind the one before.
            let start = a + u * 0.24;
            let placement = self.model.place(Some(self.placement), start.extend(0.0), u.extend(0.0));
            let length = a.distance(b) - 0.24;
            let solid = self.model.cuboid(DVec3::ZERO, DVec3::new(length, 0.24, 0.9));
            let shape = self.model.shape(&[(solid, self.look.brick)]);
            let id = self.element_at(
                Kind::Wall,
                "parapet",
                &format!("parapet/{word}"),
                (&format!("女儿墙 {word}"), shape, placement),
            );
            self.content.walls_out.push(id);
            let mut solids = Vec::new();
            for z in [1.1, 1.3] {
                let bar =
                    self.model.cuboid(DVec3::new(0.1, 0.09, z), DVec3::new(length - 0.1, 0.14, z + 0.05));
                solids.push((bar, self.look.steel));
            }
            for i in (0..).map(f64::from).take_while(|i| i * 2.0 < length - 0.2) {
                let post = self
                    .model
                    .cuboid(DVec3::new(0.1 + i * 2.0, 0.09, 0.9), DVec3::new(0.15 + i * 2.0, 0.14, 1.1));
                solids.push((post, self.look.steel));
            }
            let shape = self.model.shape(&solids);
            let id = self.element_at(
                Kind::Own("IFCRAILING", ",.GUARDRAIL."),
                "parapet",
                &format!("railing/{word}"),
                (&format!("屋面栏杆 {word}"), shape, placement),
            );
            self.content.steel.push(id);
        }
    }
}
