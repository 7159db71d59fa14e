//! Walls with doors and windows, rooms, and the stair of one storey.

use glam::{DVec2, DVec3};
use ifc_rs::prelude::SlabTypeEnum;

use super::building::{GRID_X, GRID_Y, Site};
use super::model::Kind;

/// The hole for the stair in each floor, building frame.
pub(super) const STAIRWELL: (DVec2, DVec2) = (DVec2::new(0.9, 11.3), DVec2::new(4.6, 15.9));
/// Half width of a column: walls run between columns.
const COLUMN: f64 = 0.25;

/// A hole in a wall and what fills it.
#[derive(Clone, Copy, Debug)]
enum Hole {
    None,
    /// Width, height, sill.
    Window(f64, f64, f64),
    Door(f64, f64),
    /// A glazed door.
    Entrance(f64, f64),
}

/// A wall from one point to another, in storey coordinates.
#[derive(Clone, Debug)]
struct Run {
    from: DVec2,
    to: DVec2,
    external: bool,
    name: String,
    hole: Hole,
}

pub(super) fn walls(site: &mut Site<'_>) {
    for run in runs(site) {
        wall(site, &run);
    }
    spaces(site);
}

fn pairs<const N: usize>(grid: [f64; N]) -> impl Iterator<Item = (f64, f64)> {
    grid.into_iter().zip(grid.into_iter().skip(1)).map(|(a, b)| (a + COLUMN, b - COLUMN))
}

fn runs(site: &Site<'_>) -> Vec<Run> {
    let basement = site.storey.name == "B1";
    let ground = site.storey.name == "1F";
    let [south, corridor_south, corridor_north, north] = GRID_Y;
    let (west, east) = (0.25, 35.75);
    let mut out = Vec::new();
    let mut add = |from: (f64, f64), to: (f64, f64), external: bool, name: String, hole: Hole| {
        let hole = if basement && external { Hole::None } else { hole };
        out.push(Run { from: from.into(), to: to.into(), external, name, hole });
    };
    for (i, (a, b)) in (1..).zip(pairs(GRID_X)) {
        let facade = if ground { Hole::Window(4.2, 2.5, 0.3) } else { Hole::Window(3.6, 1.8, 0.8) };
        let front = if ground && i == 3 { Hole::Entrance(3.0, 2.7) } else { facade };
        add((a, south), (b, south), true, format!("南外墙 {i}"), front);
        let back = if i == 1 { Hole::Window(1.8, 1.4, 1.2) } else { Hole::Window(3.6, 1.8, 0.8) };
        add((b, north), (a, north), true, format!("北外墙 {i}"), back);
        if basement {
            continue;
        }
        let door = Hole::Door(if i % 2 == 0 { 1.5 } else { 1.0 }, 2.1);
        if !(ground && i == 3) {
            add((a, corridor_south), (b, corridor_south), false, format!("走廊南墙 {i}"), door);
        }
        add((a, corridor_north), (b, corridor_north), false, format!("走廊北墙 {i}"), door);
    }
    for (i, (a, b)) in (1..).zip(pairs(GRID_Y)) {
        let hole = if i == 2 { Hole::Window(1.2, 1.6, 0.9) } else { Hole::Window(2.4, 1.8, 0.8) };
        add((west, b), (west, a), true, format!("西外墙 {i}"), hole);
        add((east, a), (east, b), true, format!("东外墙 {i}"), hole);
    }
    if !basement {
        for (i, x) in (2..).zip(GRID_X.into_iter().skip(1).take(5)) {
            add((x, south + COLUMN), (x, corridor_south - COLUMN), false, format!("南隔墙 {i}"), Hole::None);
            add((x, corridor_north + COLUMN), (x, north - COLUMN), false, format!("北隔墙 {i}"), Hole::None);
        }
    }
    out
}

fn wall(site: &mut Site<'_>, run: &Run) {
    let length = run.from.distance(run.to);
    let u = (run.to - run.from).normalize_or_zero();
    let half = if run.external { 0.12 } else { 0.1 };
    let height = site.clear();
    let look = if run.external { site.look.brick } else { site.look.block };
    let basement = site.storey.name == "B1";
    let look = if basement { site.look.concrete } else { look };
    let placement = site.model.place(Some(site.placement), run.from.extend(0.0), u.extend(0.0));
    let solid = site.model.cuboid(DVec3::new(0.0, -half, 0.0), DVec3::new(length, half, height));
    let shape = site.model.shape(&[(solid, look)]);
    let trade = if run.external { "wall-out" } else { "wall-in" };
    let id = site.element_at(Kind::Wall, trade, &format!("wall/{}", run.name), (&run.name, shape, placement));
    let hole = match run.hole {
        Hole::None => 0.0,
        Hole::Window(w, h, _) | Hole::Door(w, h) | Hole::Entrance(w, h) => w * h,
    };
    let side = length * height;
    site.model.quantities(
        "Qto_WallBaseQuantities",
        &[
            ("Length", length),
            ("Width", half * 2.0),
            ("Height", height),
            ("A:GrossSideArea", side),
            ("A:NetSideArea", side - hole),
            ("V:NetVolume", (side - hole) * half * 2.0),
        ],
        id,
    );
    if run.external {
        site.content.walls_out.push(id);
    } else {
        site.content.walls_in.push(id);
    }
    let (w, h, sill) = match run.hole {
        Hole::None => return,
        Hole::Window(w, h, sill) => (w, h.min(height - sill - 0.1), sill),
        Hole::Door(w, h) | Hole::Entrance(w, h) => (w, h, 0.0),
    };
    let corner = site.model.place(Some(placement), DVec3::new((length - w) * 0.5, 0.0, sill), DVec3::X);
    let solid = site.model.cuboid(DVec3::new(0.0, -half - 0.1, 0.0), DVec3::new(w, half + 0.1, h));
    let shape = site.model.bare_shape(&[solid]);
    let opening = site.element_at(
        Kind::Opening,
        "",
        &format!("opening/{}", run.name),
        (&format!("洞口 {}", run.name), shape, corner),
    );
    let inside = site.model.place(Some(corner), DVec3::ZERO, DVec3::X);
    let filling = fill(site, run, (w, h), inside);
    site.model.void(id, opening, Some(filling));
}

/// The window or door in a hole of the given width and height.
fn fill(site: &mut Site<'_>, run: &Run, size: (f64, f64), placement: usize) -> usize {
    let (w, h) = size;
    let quantities = [("Width", w), ("Height", h), ("A:Area", w * h)];
    if let Hole::Window(..) = run.hole {
        let shape = glazing(site, w, h, true);
        let key = format!("window/{}", run.name);
        let name = format!("窗 {}", run.name);
        let id = site.element_at(Kind::Window(w, h), "window", &key, (&name, shape, placement));
        site.model.quantities("Qto_WindowBaseQuantities", &quantities, id);
        site.content.windows.push(id);
        return id;
    }
    let shape = if let Hole::Entrance(..) = run.hole { glazing(site, w, h, false) } else { leaf(site, w, h) };
    let key = format!("door/{}", run.name);
    let name = format!("门 {}", run.name);
    let id = site.element_at(Kind::Door(w, h), "door", &key, (&name, shape, placement));
    site.model.quantities("Qto_DoorBaseQuantities", &quantities, id);
    site.content.doors.push(id);
    id
}

/// A frame with mullions around panes of glass.
fn glazing(site: &mut Site<'_>, w: f64, h: f64, rail: bool) -> usize {
    let (t, d) = (0.06, 0.04);
    let mut solids = Vec::new();
    let (frame, glass) = (site.look.frame, site.look.glass);
    let mut bar = |model: &mut super::model::Model, x0: f64, z0: f64, x1: f64, z1: f64| {
        solids.push((model.cuboid(DVec3::new(x0, -d, z0), DVec3::new(x1, d, z1)), frame));
    };
    bar(site.model, 0.0, 0.0, w, t);
    bar(site.model, 0.0, h - t, w, h);
    let n = (w / 1.3).ceil().max(1.0);
    let step = (w - t) / n;
    let mut panes = Vec::new();
    for i in (0..).map(f64::from).take_while(|i| *i <= n) {
        bar(site.model, i * step, t, i * step + t, h - t);
        if i < n {
            panes.push((i * step + t, (i + 1.0) * step));
        }
    }
    let split = h * 0.3;
    for (x0, x1) in panes {
        let levels = if rail { vec![(t, split), (split + t, h - t)] } else { vec![(t, h - t)] };
        if rail {
            let beam = site.model.cuboid(DVec3::new(x0, -d, split), DVec3::new(x1, d, split + t));
            solids.push((beam, frame));
        }
        for (z0, z1) in levels {
            let pane = site.model.cuboid(DVec3::new(x0, -0.012, z0), DVec3::new(x1, 0.012, z1));
            solids.push((pane, glass));
        }
    }
    site.model.shape(&solids)
}

/// A wooden leaf in a frame.
fn leaf(site: &mut Site<'_>, w: f64, h: f64) -> usize {
    let wood = site.look.wood;
    let frame = site.look.frame;
    let jamb_a = site.model.cuboid(DVec3::new(0.0, -0.1, 0.0), DVec3::new(0.05, 0.1, h));
    let jamb_b = site.model.cuboid(DVec3::new(w - 0.05, -0.1, 0.0), DVec3::new(w, 0.1, h));
    let head = site.model.cuboid(DVec3::new(0.05, -0.1, h - 0.05), DVec3::new(w - 0.05, 0.1, h));
    let panel = site.model.cuboid(DVec3::new(0.05, -0.025, 0.01), DVec3::new(w - 0.05, 0.025, h - 0.05));
    site.model.shape(&[(jamb_a, frame), (jamb_b, frame), (head, frame), (panel, wood)])
}

fn spaces(site: &mut Site<'_>) {
    let height = site.clear();
    let [south, corridor_south, corridor_north, north] = GRID_Y;
    let add = |site: &mut Site<'_>, lo: DVec2, hi: DVec2, key: &str, name: &str| {
        let solid = site.model.cuboid(lo.extend(0.0), hi.extend(height));
        let shape = site.model.bare_shape(&[solid]);
        let id = site.element(Kind::Space, "", &format!("space/{key}"), (name, shape));
        let size = hi - lo;
        site.model.quantities(
            "Qto_SpaceBaseQuantities",
            &[
                ("Height", height),
                ("A:NetFloorArea", size.x * size.y),
                ("V:NetVolume", size.x * size.y * height),
            ],
            id,
        );
        site.content.spaces.push(id);
    };
    if site.storey.name == "B1" {
        add(site, DVec2::new(0.6, 0.6), DVec2::new(35.4, 17.4), "garage", "地下车库");
        return;
    }
    add(
        site,
        DVec2::new(0.6, corridor_south + 0.12),
        DVec2::new(35.4, corridor_north - 0.12),
        "corridor",
        "走廊",
    );
    for (i, (a, b)) in (1..).zip(pairs(GRID_X)) {
        let (a, b) = (a - COLUMN + 0.14, b + COLUMN - 0.14);
        let name = if i == 3 && site.storey.name == "1F" { "门厅" } else { "办公室" };
        add(
            site,
            DVec2::new(a, south + 0.14),
            DVec2::new(b, corridor_south - 0.14),
            &format!("S{i}"),
            &format!("{name} 南{i}"),
        );
        let name = if i == 1 {
            "楼梯间"
        } else if i == 6 {
            "卫生间"
        } else {
            "办公室"
        };
        add(
            site,
            DVec2::new(a, corridor_north + 0.14),
            DVec2::new(b, north - 0.14),
            &format!("N{i}"),
            &format!("{name} 北{i}"),
        );
    }
}

/// Two flights with a landing between; none leaves the top storey.
pub(super) fn stair(site: &mut Site<'_>) {
    if site.storey.name == "5F" {
        return;
    }
    let rise = site.storey.height / 24.0;
    let going = 0.27;
    let run = going * 12.0;
    let (y0, mid) = (11.4, rise * 12.0);
    let concrete = site.look.concrete;
    let placement = site.placement;
    let stair_place = site.model.place(Some(placement), DVec3::ZERO, DVec3::X);
    let guid = site.model.guid(&format!("{}/stair", site.storey.name));
    let stair = site.model.add(format!(
        "IFCSTAIR('{guid}',$,{},$,$,#{stair_place},$,'stair',.HALF_TURN_STAIR.)",
        super::step::quoted(&format!("{} 楼梯", site.storey.name))
    ));
    let mut parts = Vec::new();
    for (n, x, back) in [(1, 1.0, false), (2, 2.9, true)] {
        let ring = flight(rise, going, 12);
        let profile = site.model.outline(&ring);
        // The profile's x runs along the flight, its y up; it is extruded across.
        let (origin, forward) = if back {
            (DVec3::new(x + 1.6, y0 + run, mid), -DVec3::Y)
        } else {
            (DVec3::new(x, y0, 0.0), DVec3::Y)
        };
        let across = forward.cross(DVec3::Z);
        let axes = site.model.tilted(origin, across, forward);
        let solid = site.model.extrude(profile, axes, 1.6);
        let solid_shape = site.model.shape(&[(solid, concrete)]);
        let tail: &'static str = ",12,11,$,$,.STRAIGHT.";
        let id = site.element_at(
            Kind::Own("IFCSTAIRFLIGHT", tail),
            "stair",
            &format!("flight/{n}"),
            (&format!("梯段 {n}"), solid_shape, stair_place),
        );
        site.content.stairs.push(id);
        parts.push(id);
    }
    let solid =
        site.model.cuboid(DVec3::new(1.0, y0 + run, mid - 0.15), DVec3::new(4.5, y0 + run + 1.2, mid));
    let shape = site.model.shape(&[(solid, concrete)]);
    let landing = site.element_at(
        Kind::Slab(SlabTypeEnum::Landing),
        "stair",
        "landing",
        ("休息平台", shape, stair_place),
    );
    site.content.slabs.push(landing);
    parts.push(landing);
    let mut solids = Vec::new();
    let steel = site.look.steel;
    for i in (0..12).map(f64::from) {
        let foot = DVec3::new(2.56, y0 + going * (i + 0.5), rise * (i + 1.0));
        solids.push((site.model.cuboid(foot, foot + DVec3::new(0.04, 0.04, 1.0)), steel));
    }
    let shape = site.model.shape(&solids);
    let railing = site.element_at(
        Kind::Own("IFCRAILING", ",.BALUSTRADE."),
        "stair",
        "stair-railing",
        ("楼梯栏杆", shape, stair_place),
    );
    site.content.steel.push(railing);
    parts.push(railing);
    // Parts belong to the stair; the stair belongs to the storey.
    site.content.elements.retain(|id| !parts.contains(id));
    site.content.elements.push(stair);
    site.model.aggregate(stair, &parts);
}

/// Outline of a flight: steps above, a slanted soffit below.
fn flight(rise: f64, going: f64, n: u8) -> Vec<DVec2> {
    let thickness = 0.14;
    let mut top = Vec::new();
    for i in (0..n).map(f64::from) {
        top.push(DVec2::new(i * going, i * rise));
        top.push(DVec2::new(i * going, (i + 1.0) * rise));
    }
    let end = DVec2::new(f64::from(n) * going, f64::from(n) * rise);
    top.push(end);
    top.push(end - DVec2::new(0.0, thickness + rise));
    top.push(DVec2::new(going, 0.0));
    // Counter-clockwise.
    top.reverse();
    top
}
