//! Signs over the scene: objects that are measured, and people, vehicles and cranes where they are at the clock's time.

use std::collections::BTreeMap;

use lantu_base::{ObjectRow, UtcNanos, WorldPoint};
use lantu_live::{SensorState, Thing, clock_ahead_s, shown_state};
use lantu_overlay::{ObjectTable as _, OverlayKind, OverlayResult};
use lantu_ui::{GlyphKind, GlyphModel};

use super::facts::state_id;
use crate::stage::Overlays;
use crate::window::tape::Screen;

/// Objects with signs at most, the most urgent. Chosen: more than any screen has room for.
const MOST: usize = 2_000;
/// Signs that would come nearer than this to a more urgent one are left out, points. Chosen: their width.
const APART: f32 = 20.0;
/// Names stand beside signs of things that look at least this large from where one is: points for a meter.
const NAMED_POINTS_PER_M: f64 = 1.2;
/// Corners of a circle.
const CORNERS: u32 = 72;
/// Positions are shown, as stale, for so long after the last one. Chosen: a shift.
const SHOWN_S: f64 = 8.0 * 3600.0;
/// Positions of things whose table states no period are stale after so many seconds. Chosen: as the rules have it.
const STALE_S: f64 = 300.0;
/// Positions are stale after so many periods. Chosen: as the rules have it.
const STALE_PERIODS: f64 = 5.0;

/// A sign in the scene, whoever looks.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    at: WorldPoint,
    kind: GlyphKind,
    name: String,
    state: SensorState,
    radius_m: f64,
}

/// All signs at an instant, the most urgent first: things always, objects with channels where sensors color the scene.
///
/// * `result`: the states that color the scene, if an overlay does.
pub(crate) fn glyphs(o: &Overlays, t: UtcNanos, result: Option<&OverlayResult>) -> Vec<Glyph> {
    let mut out: Vec<Glyph> = o.things().iter().filter_map(|thing| of_thing(o, thing, t)).collect();
    if let Some(result) = result.filter(|r| r.kind == OverlayKind::Sensor) {
        for row in o.observed().take(MOST) {
            out.extend(of_object(o, row, result.states.get(row.ix()).copied()));
        }
    }
    out.sort_by_key(|g| std::cmp::Reverse(urgency(g.state)));
    out
}

fn of_object(o: &Overlays, row: ObjectRow, state: Option<u8>) -> Option<Glyph> {
    let bounds = o.table.bounds(row);
    if bounds.is_empty() {
        return None;
    }
    let name = OverlayKind::Sensor.states().get(usize::from(state?))?.name;
    let state = STATES.into_iter().find(|s| s.name() == name)?;
    let at = WorldPoint(bounds.center().with_z(bounds.max.z));
    Some(Glyph { at, kind: GlyphKind::Sensor, name: String::new(), state, radius_m: 0.0 })
}

const STATES: [SensorState; 9] = [
    SensorState::Alarm,
    SensorState::Warning,
    SensorState::Advisory,
    SensorState::Suspect,
    SensorState::Stale,
    SensorState::Unknown,
    SensorState::Normal,
    SensorState::Shelved,
    SensorState::Unbound,
];

fn urgency(state: SensorState) -> usize {
    STATES.len() - STATES.iter().position(|s| *s == state).unwrap_or(STATES.len())
}

fn of_thing(o: &Overlays, thing: &Thing, t: UtcNanos) -> Option<Glyph> {
    let position = thing.position_at(&o.store, t)?;
    let age_s = position.time.map_or(0.0, |at| t.seconds_since(at));
    if age_s > SHOWN_S {
        return None;
    }
    let allowed = if thing.period_s > 0.0 { STALE_PERIODS * thing.period_s } else { STALE_S };
    // The worst of what is judged about it.
    let bound = thing.as_object();
    let about = o.channels.iter().filter(|c| {
        c.object.as_ref() == Some(&bound) || c.wiring.as_ref().is_some_and(|w| w.subject == thing.name)
    });
    let judged = about.map(|c| shown_state(&o.store, c, &o.rules.sensor, t)).max_by_key(|s| urgency(*s));
    // Where it is says a device whose clock may be off.
    let [easting, ..] = thing.tracks();
    let state = match clock_ahead_s(&o.store, &easting, t, allowed) {
        Some(_) => SensorState::Suspect,
        None if age_s > allowed => SensorState::Stale,
        None => judged.unwrap_or(SensorState::Normal),
    };
    let [x, y, z] = position.at;
    let kind = match thing.kind.as_str() {
        "person" | "worker" | "climber" => GlyphKind::Person,
        "vehicle" | "truck" | "excavator" => GlyphKind::Vehicle,
        "crane" => GlyphKind::Crane,
        _ => GlyphKind::Other,
    };
    let z = if z.is_finite() { z } else { o.base_height_m };
    let at = WorldPoint(glam::DVec3::new(x, y, z));
    Some(Glyph { at, kind, name: thing.name.clone(), state, radius_m: thing.radius_m })
}

/// How signs are seen: those that lie upon more urgent ones are left out.
pub(crate) fn seen(glyphs: &[Glyph], screen: &Screen) -> Vec<GlyphModel> {
    let mut taken: BTreeMap<(i64, i64), Vec<[f32; 2]>> = BTreeMap::new();
    let mut out = Vec::new();
    for g in glyphs {
        let Some(state) = state_id(g.state) else { continue };
        let ring = ring(g, screen);
        let Some(at) = screen.point(g.at) else { continue };
        #[expect(clippy::cast_possible_truncation, reason = "window coordinates")]
        let cell = |v: f32| (v / APART).floor() as i64;
        let (cx, cy) = (cell(at[0]), cell(at[1]));
        let around = (cx - 1..=cx + 1).flat_map(|x| (cy - 1..=cy + 1).map(move |y| (x, y)));
        let near = |p: &[f32; 2]| (p[0] - at[0]).hypot(p[1] - at[1]) < APART;
        if around.into_iter().any(|c| taken.get(&c).is_some_and(|all| all.iter().any(near))) {
            continue;
        }
        taken.entry((cx, cy)).or_default().push(at);
        let view = screen.camera.view(screen.size);
        let meter = view.px_per_radian() / (view.ahead_m(g.at).max(1.0) * screen.pixels_per_point);
        out.push(GlyphModel {
            at,
            kind: g.kind,
            name: g.name.clone(),
            named: meter > NAMED_POINTS_PER_M,
            state,
            certain: !matches!(g.state, SensorState::Stale | SensorState::Suspect | SensorState::Unknown),
            ring,
        });
    }
    out
}

/// The circle that a thing reaches, level with it.
fn ring(g: &Glyph, screen: &Screen) -> Vec<[f32; 2]> {
    if g.radius_m <= 0.0 {
        return Vec::new();
    }
    let corner = |n: u32| {
        let (sin, cos) = (f64::from(n) / f64::from(CORNERS) * std::f64::consts::TAU).sin_cos();
        WorldPoint(g.at.0 + glam::DVec3::new(cos, sin, 0.0) * g.radius_m)
    };
    screen.path(&(0..=CORNERS).map(corner).collect::<Vec<_>>())
}
