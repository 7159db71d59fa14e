//! What stands on a block's land: houses by its use, a park, a river.

use glam::{DVec2, DVec3};

use crate::block::{Maker, What, within};
use crate::building::{Looks, Plan, RoofForm, building};
use crate::grid::{BlockPlan, BlockUse, inset};
use crate::random::{Random, cos_sin};
use crate::shape::Place;
use crate::street::{plant, slab, toward};
use crate::template::Shape;

const LAWN: [u8; 4] = [124, 152, 88, 255];
const PAVING: [u8; 4] = [190, 184, 172, 255];
const GRAVEL: [u8; 4] = [206, 194, 168, 255];
const WATER: [u8; 4] = [104, 140, 156, 255];
const TREES: [Shape; 7] =
    [Shape::Pagoda, Shape::Pagoda, Shape::Ginkgo, Shape::Poplar, Shape::Cedar, Shape::Cherry, Shape::Willow];

/// The land itself: the object that holds all others of the block.
pub(crate) fn site(m: &mut Maker, plan: &BlockPlan, land: &[DVec2; 4]) -> u32 {
    let (zh, en) = match plan.used_as {
        BlockUse::Flats | BlockUse::Court => ("小区", "Residential block"),
        BlockUse::Towers => ("塔楼", "Tower block"),
        BlockUse::Offices => ("商务区", "Office block"),
        BlockUse::Park => ("公园", "Park"),
        BlockUse::River => ("河道", "River"),
    };
    let (col, row) = (plan.id.col, plan.id.row);
    let site = m.object(&What { class: "IfcSite", parent: None }, || format!("{zh} {col}/{row} {en}"));
    match plan.used_as {
        BlockUse::River => {
            for quad in banks(land) {
                m.mesh(site, PAVING, |s| slab(s, &quad, -6.0, 0.15));
            }
        }
        BlockUse::Park => {
            m.mesh(site, PAVING, |s| slab(s, land, -0.4, 0.15));
            m.mesh(site, LAWN, |s| slab(s, &inset(*land, [3.0; 4]), 0.15, 0.2));
        }
        _ => m.mesh(site, PAVING, |s| slab(s, land, -0.4, 0.15)),
    }
    site
}

/// The promenades south and north of a river.
fn banks(land: &[DVec2; 4]) -> [[DVec2; 4]; 2] {
    [[0.0, 0.22], [0.78, 1.0]].map(|v| band(land, v))
}

/// The strip of a quadrilateral between two shares of its way north.
fn band(q: &[DVec2; 4], [low, high]: [f64; 2]) -> [DVec2; 4] {
    [within(q, 0.0, low), within(q, 1.0, low), within(q, 1.0, high), within(q, 0.0, high)]
}

/// Fills the land.
pub(crate) fn fill(m: &mut Maker, r: &mut Random, site: u32, plan: &BlockPlan, land: &[DVec2; 4]) {
    match plan.used_as {
        BlockUse::Flats => flats(m, r, site, land),
        BlockUse::Court => court(m, r, site, land),
        BlockUse::Towers => towers(m, r, site, land),
        BlockUse::Offices => offices(m, r, site, land),
        BlockUse::Park => park(m, r, site, land),
        BlockUse::River => promenade(m, r, site, land),
    }
}

fn lawn(m: &mut Maker, site: u32, quad: &[DVec2; 4]) -> u32 {
    let lawn = m.object(&What { class: "Lawn", parent: Some(site) }, || "草坪 Lawn".to_owned());
    m.mesh(lawn, LAWN, |s| slab(s, quad, 0.1, 0.2));
    lawn
}

/// Trees and shrubs strewn over a quadrilateral.
fn strew(m: &mut Maker, r: &mut Random, site: u32, quad: &[DVec2; 4], n: u32) {
    for _ in 0..n {
        let p = within(quad, r.between(0.05, 0.95), r.between(0.1, 0.9));
        let at = Place { at: p.extend(0.18), x: cos_sin(r.unit()) };
        let shape = if r.chance(0.35) { Shape::Shrub } else { r.pick(&TREES) };
        plant(m, r, site, shape, &at);
    }
}

/// Parallel houses that face south, lawns with trees between them.
fn flats(m: &mut Maker, r: &mut Random, site: u32, land: &[DVec2; 4]) {
    let inner = inset(*land, [7.0, 6.5, 7.0, 6.5]);
    let (depth, storey_m) = (12.5, r.between(2.8, 3.1));
    let room = within(&inner, 0.5, 0.0).distance(within(&inner, 0.5, 1.0));
    let storeys = r.whole(5, 9);
    let looks = Looks::flats(r);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a block has a few rows")]
    let rows = ((room + 16.0) / (depth + 18.0)).floor().max(1.0) as u32;
    let mut number = 0;
    for row in 0..rows {
        let first = depth / 2.0 / room;
        let step = if rows > 1 { (1.0 - 2.0 * first) / f64::from(rows - 1) } else { 0.0 };
        let v = if rows > 1 { first + step * f64::from(row) } else { 0.5 };
        let (a, b) = (within(&inner, 0.0, v), within(&inner, 1.0, v));
        let (at, length) = toward(a, b, 0.0);
        let houses = if length > 62.0 { 2 } else { 1 };
        let gap = 7.0;
        let own = (length - gap * f64::from(houses - 1)) / f64::from(houses) - 2.0;
        for h in 0..houses {
            number += 1;
            let x = 1.0 + own / 2.0 + f64::from(h) * (own + gap);
            let plan = Plan {
                place: at.inside(DVec3::new(x, 0.0, 0.0), DVec2::X),
                half: DVec2::new(own, depth) / 2.0,
                storeys: storeys.saturating_sub(r.whole(0, 1)),
                storey_m,
                looks,
                number,
            };
            building(m, r, site, &plan);
        }
        if row + 1 < rows {
            let half = depth / 2.0 / room;
            let strip = band(&inner, [v + half + 3.5 / room, v + step - half - 2.5 / room]);
            lawn(m, site, &strip);
            strew(m, r, site, &strip, 7);
        }
    }
}

/// Houses along all four streets with shops below, a court with a lawn inside.
fn court(m: &mut Maker, r: &mut Random, site: u32, land: &[DVec2; 4]) {
    let depth = 13.0;
    let inner = inset(*land, [4.5; 4]);
    let [sw, se, ne, nw] = inner;
    for (number, (a, b)) in (1..).zip([(sw, se), (se, ne), (ne, nw), (nw, sw)]) {
        let (at, length) = toward(a, b, 0.0);
        // South and north houses reach to the corners; the others stand between them with a gap.
        let margin = if number % 2 == 1 { 0.5 } else { depth + 4.0 };
        let half = DVec2::new(length / 2.0 - margin, depth / 2.0);
        if half.x < 7.0 {
            continue;
        }
        let middle = at.inside(DVec3::new(length / 2.0, depth / 2.0, 0.0), DVec2::X);
        let looks = Looks::street(r);
        let (storeys, storey_m) = (r.whole(4, 8), r.between(3.0, 3.5));
        building(m, r, site, &Plan { place: middle, half, storeys, storey_m, looks, number });
    }
    let yard = inset(inner, [depth + 5.0; 4]);
    lawn(m, site, &yard);
    strew(m, r, site, &yard, 12);
    for _ in 0..3 {
        let p = within(&yard, r.unit(), r.unit());
        let at = Place { at: p.extend(0.2), x: cos_sin(r.unit()) };
        m.thing(&What { class: "Bench", parent: Some(site) }, "长椅 Bench", &Shape::Bench.at(&at));
    }
}

fn towers(m: &mut Maker, r: &mut Random, site: u32, land: &[DVec2; 4]) {
    let inner = inset(*land, [6.0; 4]);
    lawn(m, site, &inner);
    let looks = Looks { form: RoofForm::Flat, balconies: true, ..Looks::street(r) };
    let spots = [(0.25, 0.26), (0.75, 0.3), (0.3, 0.76)];
    for (number, (u, v)) in (1..).zip(spots) {
        let (at, _) = toward(within(&inner, u, v), within(&inner, u + 0.1, v), 0.0);
        let half = DVec2::new(r.between(10.0, 12.5), r.between(8.5, 10.0));
        let storeys = r.whole(13, 24);
        building(m, r, site, &Plan { place: at, half, storeys, storey_m: 2.95, looks, number });
    }
    strew(m, r, site, &inset(within_quarter(&inner), [3.0; 4]), 9);
}

/// The corner of a block of towers where none stands.
fn within_quarter(q: &[DVec2; 4]) -> [DVec2; 4] {
    [within(q, 0.56, 0.58), within(q, 0.97, 0.58), within(q, 0.97, 0.97), within(q, 0.56, 0.97)]
}

fn offices(m: &mut Maker, r: &mut Random, site: u32, land: &[DVec2; 4]) {
    let inner = inset(*land, [7.0; 4]);
    for (number, u) in (1..).zip([0.25, 0.75]) {
        let (a, b) = (within(&inner, u - 0.2, 0.5), within(&inner, u + 0.2, 0.5));
        let (at, width) = toward(a, b, 0.0);
        let middle = at.inside(DVec3::new(width / 2.0, 0.0, 0.0), DVec2::X);
        let depth = within(&inner, u, 0.0).distance(within(&inner, u, 1.0));
        let half = DVec2::new(width / 2.0 + 1.0, r.between(0.27, 0.4) * depth);
        let storeys = r.whole(6, 13);
        let looks = Looks::glass(r);
        building(m, r, site, &Plan { place: middle, half, storeys, storey_m: 3.7, looks, number });
    }
    for v in [[0.0, 0.06], [0.94, 1.0]] {
        let strip = band(&inner, v);
        lawn(m, site, &strip);
        strew(m, r, site, &strip, 8);
    }
}

fn park(m: &mut Maker, r: &mut Random, site: u32, land: &[DVec2; 4]) {
    let inner = inset(*land, [3.0; 4]);
    let path = |m: &mut Maker, points: &[(f64, f64)]| {
        let way = m.object(&What { class: "Path", parent: Some(site) }, || "园路 Path".to_owned());
        let ways: Vec<DVec2> = points.iter().map(|(u, v)| within(&inner, *u, *v)).collect();
        m.mesh(way, GRAVEL, |s| {
            for pair in ways.windows(2) {
                let &[a, b] = pair else { continue };
                let (at, length) = toward(a, b, 0.0);
                s.add_box(&at, DVec3::new(-0.9, -1.3, 0.1), DVec3::new(length + 0.9, 1.3, 0.23));
            }
        });
    };
    path(m, &[(0.0, 0.1), (0.25, 0.3), (0.5, 0.35), (0.75, 0.6), (1.0, 0.9)]);
    path(m, &[(1.0, 0.15), (0.75, 0.25), (0.5, 0.35), (0.35, 0.65), (0.1, 1.0)]);
    let pond = m.object(&What { class: "Water", parent: Some(site) }, || "水面 Pond".to_owned());
    let middle = within(&inner, 0.68, 0.8);
    let size = within(&inner, 0.0, 0.5).distance(within(&inner, 1.0, 0.5)) * 0.13;
    m.mesh(pond, WATER, |s| {
        let shore: Vec<DVec2> =
            (0..14).map(|i| middle + cos_sin(f64::from(i) / 14.0) * size * DVec2::new(1.3, 0.8)).collect();
        s.add_prism(&Place::at(DVec3::ZERO), &shore, 0.1, 0.24);
    });
    pavilion(m, site, within(&inner, 0.3, 0.8));
    for area in [[0.04, 0.04], [0.55, 0.04], [0.05, 0.4], [0.75, 0.35], [0.42, 0.45]] {
        let [u, v] = area;
        let quad =
            [(u, v), (u + 0.2, v), (u + 0.2, v + 0.18), (u, v + 0.18)].map(|(u, v)| within(&inner, u, v));
        strew(m, r, site, &quad, 12);
    }
    for (u, v) in [(0.25, 0.26), (0.47, 0.4), (0.78, 0.2), (0.9, 0.72)] {
        let at = Place { at: within(&inner, u, v).extend(0.2), x: cos_sin(r.unit()) };
        m.thing(&What { class: "Bench", parent: Some(site) }, "长椅 Bench", &Shape::Bench.at(&at));
    }
}

/// Six columns under a pointed roof.
fn pavilion(m: &mut Maker, site: u32, at: DVec2) {
    let place = Place::at(at.extend(0.2));
    let house = m.object(&What { class: "IfcBuilding", parent: Some(site) }, || "凉亭 Pavilion".to_owned());
    let roof = m.object(&What { class: "IfcRoof", parent: Some(house) }, || "亭顶 Roof".to_owned());
    m.mesh(roof, [96, 104, 112, 255], |s| {
        s.add_bar(&place, [DVec3::new(0.0, 0.0, 3.0), DVec3::new(0.0, 0.0, 5.2)], [3.4, 0.1], 6);
    });
    for i in 0..6 {
        let p = cos_sin(f64::from(i) / 6.0) * 2.5;
        let column = m.object(&What { class: "IfcColumn", parent: Some(house) }, || "柱 Column".to_owned());
        m.mesh(column, [150, 62, 48, 255], |s| {
            s.add_bar(&place, [p.extend(0.0), p.extend(3.1)], [0.16, 0.16], 6);
        });
    }
}

fn promenade(m: &mut Maker, r: &mut Random, site: u32, land: &[DVec2; 4]) {
    for quad in banks(land) {
        let green = band(&quad, [0.35, 0.75]);
        lawn(m, site, &green);
        strew(m, r, site, &green, 14);
    }
    for v in [0.205, 0.795] {
        let (at, length) = toward(within(land, 0.0, v), within(land, 1.0, v), 0.15);
        let rail = m.object(&What { class: "IfcRailing", parent: Some(site) }, || "栏杆 Railing".to_owned());
        m.mesh(rail, [196, 192, 184, 255], |s| {
            s.add_box(&at, DVec3::new(0.0, -0.1, 0.0), DVec3::new(length, 0.1, 1.0));
        });
    }
}

/// The river itself, over the whole pitch: the land and the street at its west.
pub(crate) fn river(m: &mut Maker, site: u32, land: &[DVec2; 4], west: &[DVec2; 4]) {
    let [sw, _, _, nw] = *west;
    let [_, se, ne, _] = *land;
    let whole = [sw, se, ne, nw];
    let water = m.object(&What { class: "Water", parent: Some(site) }, || "河 River".to_owned());
    m.mesh(water, WATER, |s| slab(s, &band(&whole, [0.2, 0.8]), -6.0, -2.6));
    for quad in banks(west) {
        let bank = m.object(&What { class: "IfcSlab", parent: Some(site) }, || "堤 Embankment".to_owned());
        m.mesh(bank, PAVING, |s| slab(s, &quad, -6.0, -1.15));
    }
}
