//! A girder bridge over three spans, 56 × 20 m, as IFC4X3.

use glam::{DVec2, DVec3};
use ifc_rs::prelude::SlabTypeEnum;

use super::model::{Georeference, Kind, Model, Spec, boolean, label, number};
use super::shapes::Style;
use super::step::quoted;
use crate::plan::{ABUTMENTS, DECK_M, STREET_RAD, to_world};

/// Supports along the bridge: abutment, two piers, abutment.
const SUPPORTS: [f64; 4] = [0.0, 17.0, 39.0, 56.0];
const HALF_WIDTH: f64 = 10.0;
/// Lateral axes of the girders.
const GIRDERS: [f64; 8] = [-8.4, -6.0, -3.6, -1.2, 1.2, 3.6, 6.0, 8.4];
/// Levels against the carriageway: underside of the wearing course, deck, girders, bearings.
const COURSE: f64 = -0.1;
const DECK: f64 = -0.32;
const GIRDER: f64 = -1.52;
const SEAT: f64 = -1.6;

/// Cross section of a pile of 1 m diameter.
const PILE_AREA: f64 = std::f64::consts::FRAC_PI_4;

struct Build {
    model: Model,
    concrete: Style,
    dark: Style,
    rubber: Style,
    steel: Style,
    asphalt: Style,
    placement: usize,
    /// Elements of the part that is being built.
    part: Vec<usize>,
    part_key: String,
    materials: Vec<(&'static str, Vec<usize>)>,
}

/// The bridge's text and its products.
pub(crate) fn bridge() -> (String, Model) {
    let place = Georeference {
        origin: to_world(DVec2::new(ABUTMENTS.0, 0.0)),
        height_m: DECK_M,
        angle_rad: STREET_RAD,
    };
    let mut model = Model::new("bridge", "蓝图大街跨河桥", place);
    let concrete = model.style("混凝土", [178, 176, 170], 0.0);
    let dark = model.style("水下混凝土", [140, 138, 132], 0.0);
    let rubber = model.style("氯丁橡胶", [44, 44, 46], 0.0);
    let steel = model.style("镀锌钢", [150, 158, 164], 0.0);
    let asphalt = model.style("沥青", [78, 78, 80], 0.0);
    let site_place = model.place(None, DVec3::ZERO, DVec3::X);
    let guid = model.guid("site");
    let site = model.add(format!(
        "IFCSITE('{guid}',$,{},$,$,#{site_place},$,$,.ELEMENT.,$,$,$,$,$)",
        quoted("跨河桥工地")
    ));
    let placement = model.place(Some(site_place), DVec3::ZERO, DVec3::X);
    let guid = model.guid("bridge");
    let bridge = model.add(format!(
        "IFCBRIDGE('{guid}',$,{},$,$,#{placement},$,{},.ELEMENT.,.GIRDER.)",
        quoted("蓝图大街跨河桥"),
        quoted("3跨简支梁桥")
    ));
    let project = model.project;
    model.aggregate(project, &[site]);
    model.aggregate(site, &[bridge]);
    let mut b = Build {
        model,
        concrete,
        dark,
        rubber,
        steel,
        asphalt,
        placement,
        part: Vec::new(),
        part_key: String::new(),
        materials: Vec::new(),
    };
    let mut parts = Vec::new();
    for (key, name, x, way) in [("A0", "西桥台", 0.0, -1.0), ("A3", "东桥台", 56.0, 1.0)] {
        b.begin(key);
        b.abutment(x, way);
        parts.push(b.end(name, ".ABUTMENT."));
    }
    for (key, name, x) in [("P1", "1号墩", 17.0), ("P2", "2号墩", 39.0)] {
        b.begin(key);
        b.pier(x);
        parts.push(b.end(name, ".PIER."));
    }
    let spans = SUPPORTS.into_iter().zip(SUPPORTS.into_iter().skip(1));
    for (n, (from, to)) in (1..).zip(spans) {
        b.begin(&format!("S{n}"));
        b.span(from, to);
        parts.push(b.end(&format!("第{n}跨上部结构"), ".SUPERSTRUCTURE."));
        b.begin(&format!("D{n}"));
        b.deck(from, to);
        parts.push(b.end(&format!("第{n}跨桥面系"), ".DECK."));
    }
    b.model.aggregate(bridge, &parts);
    for (name, objects) in std::mem::take(&mut b.materials) {
        let material = b.model.material(name);
        b.model.of_material(material, &objects);
    }
    (b.model.text("IFC4X3_ADD2"), b.model)
}

impl Build {
    fn begin(&mut self, key: &str) {
        key.clone_into(&mut self.part_key);
        self.part.clear();
    }

    /// Closes a part of the bridge and returns it.
    fn end(&mut self, name: &str, kind: &str) -> usize {
        let key = self.part_key.clone();
        let guid = self.model.guid(&format!("part/{key}"));
        let placement = self.model.place(Some(self.placement), DVec3::ZERO, DVec3::X);
        let id = self.model.add(format!(
            "IFCBRIDGEPART('{guid}',$,{},$,$,#{placement},$,$,.ELEMENT.,.NOTDEFINED.,{kind})",
            quoted(name)
        ));
        let elements = std::mem::take(&mut self.part);
        self.model.contain(id, &elements);
        self.model.properties(
            "Lantu_施工信息",
            &key,
            &[("部位", label(name)), ("设计使用年限", number(100.0)), ("混凝土强度等级", label("C50"))],
            &elements,
        );
        id
    }

    fn put(&mut self, kind: Kind, trade: &str, key: &str, part: (&str, usize)) -> usize {
        let (name, shape) = part;
        let spec = Spec {
            kind,
            key: format!("{}/{key}", self.part_key),
            name: format!("{} {name}", self.part_key),
            group: format!("{}/{trade}", self.part_key),
            placement: self.placement,
            shape,
        };
        let id = self.model.product(&spec);
        self.part.push(id);
        let material = match trade {
            "bearing" => "氯丁橡胶板式支座",
            "railing" => "Q355钢护栏",
            "pavement" => "SMA-13沥青混合料",
            "pile" | "cap" => "C35水下混凝土",
            _ => "C50混凝土",
        };
        match self.materials.iter_mut().find(|(name, _)| *name == material) {
            Some((_, objects)) => objects.push(id),
            None => self.materials.push((material, vec![id])),
        }
        id
    }

    fn block(&mut self, lo: DVec3, hi: DVec3, style: Style) -> usize {
        let solid = self.model.cuboid(lo, hi);
        self.model.shape(&[(solid, style)])
    }

    fn piles(&mut self, xs: &[f64], ys: &[f64], top: f64, length: f64) {
        let mut n = 0;
        for x in xs {
            for y in ys {
                n += 1;
                let solid = self.model.cylinder(DVec3::new(*x, *y, top - length), 0.5, length);
                let shape = self.model.shape(&[(solid, self.dark)]);
                let id = self.put(
                    Kind::Own("IFCPILE", ",.BORED.,.CAST_IN_PLACE."),
                    "pile",
                    &format!("pile/{n}"),
                    (&format!("钻孔灌注桩 {n}"), shape),
                );
                self.model.quantities(
                    "Qto_PileBaseQuantities",
                    &[
                        ("Length", length),
                        ("A:CrossSectionArea", PILE_AREA),
                        ("V:NetVolume", PILE_AREA * length),
                    ],
                    id,
                );
            }
        }
    }

    /// An abutment whose back is towards `way`.
    fn abutment(&mut self, x: f64, way: f64) {
        let span = |a: f64, b: f64| if way < 0.0 { (x - b, x - a) } else { (x + a, x + b) };
        self.piles(&[x - 0.9 + way * 0.2, x + 0.9 + way * 0.2], &[-8.0, -2.7, 2.7, 8.0], -5.8, 12.0);
        let (a, b) = span(-1.4, 1.8);
        let shape = self.block(DVec3::new(a, -HALF_WIDTH, -5.8), DVec3::new(b, HALF_WIDTH, -4.6), self.dark);
        self.put(Kind::Own("IFCFOOTING", ",.PILE_CAP."), "cap", "cap", ("承台", shape));
        let (a, b) = span(-0.6, 1.2);
        let shape =
            self.block(DVec3::new(a, -HALF_WIDTH, -4.6), DVec3::new(b, HALF_WIDTH, SEAT), self.concrete);
        let stem = self.put(Kind::Wall, "stem", "stem", ("台身", shape));
        let (a, b) = span(0.8, 1.2);
        let shape =
            self.block(DVec3::new(a, -HALF_WIDTH, SEAT), DVec3::new(b, HALF_WIDTH, 0.0), self.concrete);
        let back = self.put(Kind::Wall, "stem", "backwall", ("背墙", shape));
        let mut walls = vec![stem, back];
        for (word, y) in [("南", -HALF_WIDTH), ("北", HALF_WIDTH - 0.5)] {
            let (a, b) = span(1.2, 6.0);
            let shape = self.block(DVec3::new(a, y, -4.0), DVec3::new(b, y + 0.5, 0.0), self.concrete);
            walls.push(self.put(
                Kind::Wall,
                "stem",
                &format!("wing/{word}"),
                (&format!("翼墙 {word}"), shape),
            ));
        }
        let key = self.part_key.clone();
        self.model.properties(
            "Pset_WallCommon",
            &key,
            &[("Reference", label("TS-1800")), ("IsExternal", boolean(true)), ("LoadBearing", boolean(true))],
            &walls,
        );
    }

    fn pier(&mut self, x: f64) {
        self.piles(&[x - 1.2, x + 1.2], &[-7.5, -2.5, 2.5, 7.5], -6.9, 14.0);
        let shape = self.block(DVec3::new(x - 2.0, -9.0, -6.9), DVec3::new(x + 2.0, 9.0, -5.4), self.dark);
        self.put(Kind::Own("IFCFOOTING", ",.PILE_CAP."), "cap", "cap", ("承台", shape));
        for (n, y) in (1..).zip([-7.2, -2.4, 2.4, 7.2]) {
            let solid = self.model.cylinder(DVec3::new(x, y, -5.4), 0.6, 2.5);
            let shape = self.model.shape(&[(solid, self.concrete)]);
            let id = self.put(
                Kind::Own("IFCCOLUMN", ",.PIERSTEM."),
                "column",
                &format!("column/{n}"),
                (&format!("墩柱 {n}"), shape),
            );
            self.model.quantities(
                "Qto_ColumnBaseQuantities",
                &[("Length", 2.5), ("A:CrossSectionArea", 1.131), ("V:NetVolume", 2.827)],
                id,
            );
        }
        let shape =
            self.block(DVec3::new(x - 0.9, -9.4, -2.9), DVec3::new(x + 0.9, 9.4, SEAT), self.concrete);
        self.put(Kind::Own("IFCBEAM", ",.PIERCAP."), "capbeam", "capbeam", ("盖梁", shape));
    }

    /// Bearings, girders and diaphragms of one span.
    fn span(&mut self, from: f64, to: f64) {
        let (from, to) = (from + 0.05, to - 0.05);
        for (n, y) in (1..).zip(GIRDERS) {
            for (end, x) in [("W", from + 0.35), ("E", to - 0.35)] {
                let shape = self.block(
                    DVec3::new(x - 0.2, y - 0.25, SEAT),
                    DVec3::new(x + 0.2, y + 0.25, GIRDER),
                    self.rubber,
                );
                self.put(
                    Kind::Own("IFCBEARING", ",.ELASTOMERIC."),
                    "bearing",
                    &format!("bearing/{n}{end}"),
                    (&format!("板式支座 {n}{end}"), shape),
                );
            }
        }
        for (n, y) in (1..).zip(GIRDERS) {
            let profile = self.model.outline(&i_profile());
            // The profile's x runs across, its y up; the extrusion runs along the bridge.
            let axes = self.model.tilted(DVec3::new(from, y, GIRDER), DVec3::X, DVec3::Y);
            let solid = self.model.extrude(profile, axes, to - from);
            let shape = self.model.shape(&[(solid, self.concrete)]);
            let id = self.put(
                Kind::Own("IFCBEAM", ",.GIRDER_SEGMENT."),
                "girder",
                &format!("girder/{n}"),
                (&format!("预应力T形梁 {n}"), shape),
            );
            self.model.quantities(
                "Qto_BeamBaseQuantities",
                &[("Length", to - from), ("A:CrossSectionArea", 0.644), ("V:NetVolume", 0.644 * (to - from))],
                id,
            );
        }
        for (n, x) in (1..).zip([from + 0.5, (from + to) * 0.5, to - 0.5]) {
            let mut solids = Vec::new();
            for (a, b) in GIRDERS.into_iter().zip(GIRDERS.into_iter().skip(1)) {
                let lo = DVec3::new(x - 0.12, a + 0.1, GIRDER + 0.25);
                solids
                    .push((self.model.cuboid(lo, DVec3::new(x + 0.12, b - 0.1, DECK - 0.18)), self.concrete));
            }
            let shape = self.model.shape(&solids);
            self.put(
                Kind::Own("IFCBEAM", ",.DIAPHRAGM."),
                "girder",
                &format!("diaphragm/{n}"),
                (&format!("横隔梁 {n}"), shape),
            );
        }
    }

    /// Deck slabs, sidewalks, wearing course and railings of one span.
    fn deck(&mut self, from: f64, to: f64) {
        let mut slabs = Vec::new();
        for (n, i) in (1..).zip([0.0, 1.0, 2.0, 3.0]) {
            let y = -HALF_WIDTH + i * HALF_WIDTH * 0.5;
            let shape = self.block(
                DVec3::new(from, y, DECK),
                DVec3::new(to, y + HALF_WIDTH * 0.5, COURSE),
                self.concrete,
            );
            let id = self.put(
                Kind::Slab(SlabTypeEnum::Floor),
                "deck",
                &format!("deck/{n}"),
                (&format!("桥面板 {n}"), shape),
            );
            let area = (to - from) * HALF_WIDTH * 0.5;
            self.model.quantities(
                "Qto_SlabBaseQuantities",
                &[("Width", COURSE - DECK), ("A:GrossArea", area), ("V:GrossVolume", area * (COURSE - DECK))],
                id,
            );
            slabs.push(id);
        }
        for (word, y) in [("南", -HALF_WIDTH), ("北", 7.5)] {
            let shape = self.block(DVec3::new(from, y, COURSE), DVec3::new(to, y + 2.5, 0.18), self.concrete);
            slabs.push(self.put(
                Kind::Slab(SlabTypeEnum::Floor),
                "deck",
                &format!("walk/{word}"),
                (&format!("人行道板 {word}"), shape),
            ));
        }
        let key = self.part_key.clone();
        self.model.properties(
            "Pset_SlabCommon",
            &key,
            &[("Reference", label("QM-220")), ("IsExternal", boolean(true)), ("LoadBearing", boolean(true))],
            &slabs,
        );
        let shape = self.block(DVec3::new(from, -7.5, COURSE), DVec3::new(to, 7.5, 0.0), self.asphalt);
        self.put(Kind::Own("IFCPAVEMENT", ",.FLEXIBLE."), "pavement", "pavement", ("沥青铺装", shape));
        let n = ((to - from) / 4.2).round().max(1.0);
        let step = (to - from) / n;
        for (word, y) in [("南", -HALF_WIDTH + 0.1), ("北", HALF_WIDTH - 0.2)] {
            for (k, i) in (1..).zip((0..).map(f64::from).take_while(|i| *i < n)) {
                let x = from + i * step;
                let mut solids = Vec::new();
                for j in [0.0, 0.5] {
                    let post = DVec3::new(x + j * step, y, 0.18);
                    solids.push((self.model.cuboid(post, post + DVec3::new(0.1, 0.1, 1.1)), self.steel));
                }
                for z in [0.5, 0.85, 1.28] {
                    let lo = DVec3::new(x, y + 0.02, z);
                    solids
                        .push((self.model.cuboid(lo, DVec3::new(x + step, y + 0.08, z + 0.06)), self.steel));
                }
                let shape = self.model.shape(&solids);
                self.put(
                    Kind::Own("IFCRAILING", ",.GUARDRAIL."),
                    "railing",
                    &format!("railing/{word}{k}"),
                    (&format!("护栏 {word}{k}"), shape),
                );
            }
        }
    }
}

/// Outline of a bulb-T girder from its underside up, counter-clockwise.
fn i_profile() -> Vec<DVec2> {
    let h = DECK - GIRDER;
    [
        (-0.3, 0.0),
        (0.3, 0.0),
        (0.3, 0.2),
        (0.1, 0.35),
        (0.1, h - 0.25),
        (0.6, h - 0.15),
        (0.6, h),
        (-0.6, h),
        (-0.6, h - 0.15),
        (-0.1, h - 0.25),
        (-0.1, 0.35),
        (-0.3, 0.2),
    ]
    .into_iter()
    .map(DVec2::from)
    .collect()
}
