use std::collections::BTreeSet;
use std::time::Duration;

use glam::{DQuat, DVec3};
use lantu_base::WorldPoint;

use super::select_tiles::{World, quadtree, view};
use super::{EAST, NORTH};
use crate::{CameraPath, Need, TileRef, View};

const FRAME_S: f64 = 1.0 / 30.0;

fn center() -> DVec3 {
    DVec3::new(EAST + 320.0, NORTH + 320.0, 0.0)
}

/// A path of frames up to the moment `until_s`.
fn path(camera: &dyn Fn(f64) -> View, until_s: f64) -> CameraPath {
    let mut path = CameraPath::default();
    for k in (0..20).rev() {
        let t = until_s - f64::from(k) * FRAME_S;
        path.push(Duration::from_secs_f64(100.0 + t), camera(t));
    }
    path
}

fn straight(t: f64) -> View {
    view(DVec3::new(EAST - 200.0 + 60.0 * t, NORTH + 320.0, 25.0), DVec3::new(1.0, 0.0, -0.1))
}

fn circling(t: f64) -> View {
    let around = DQuat::from_rotation_z(0.6 * t) * DVec3::new(150.0, 0.0, 60.0);
    view(center() + around, -around)
}

fn looking_around(t: f64) -> View {
    view(center() + DVec3::Z * 2.0, DQuat::from_rotation_z(1.5 * t) * DVec3::Y)
}

#[test]
fn a_straight_flight_a_circle_and_a_turn_are_foreseen() {
    type Camera = fn(f64) -> View;
    let cameras: [(&str, Camera, f64); 3] =
        [("straight", straight, 0.001), ("circling", circling, 0.5), ("turning", looking_around, 0.001)];
    for (name, camera, within_m) in cameras {
        let ahead = path(&camera, 2.0).ahead();
        assert_eq!(ahead.len(), 2, "{name}");
        for (s, seen) in [0.3, 0.8].into_iter().zip(ahead) {
            let real = camera(2.0 + s);
            assert!(seen.eye.0.distance(real.eye.0) < within_m, "{name} {s}: {:?} {:?}", seen.eye, real.eye);
            let apart = seen.forward.angle_between(real.forward);
            assert!(apart < 0.02, "{name} {s}: {apart} rad");
            assert_eq!(seen.viewport, real.viewport);
        }
    }
}

#[test]
fn a_camera_at_rest_after_a_jump_or_after_a_pause_foresees_nothing() {
    assert!(CameraPath::default().ahead().is_empty());
    assert!(path(&|_| straight(1.0), 2.0).ahead().is_empty());
    // It stood, and is elsewhere now: a saved view was chosen.
    let jump = |t: f64| if t < 1.99 { straight(0.0) } else { circling(0.0) };
    assert!(path(&jump, 2.0).ahead().is_empty());
    // It flew, and stands.
    assert!(path(&|t| straight(t.min(1.8)), 2.0).ahead().is_empty());
    // It flies, but the last frames are long ago.
    let mut paused = path(&straight, 2.0);
    paused.push(Duration::from_secs(103), straight(3.0));
    assert!(paused.ahead().is_empty());
    let mut broken = path(&straight, 2.0);
    broken.push(Duration::from_millis(102_010), View { eye: WorldPoint(DVec3::NAN), ..straight(2.0) });
    assert!(broken.ahead().is_empty());
}

/// Tiles that were wanted in sight but missing, summed over the frames of a flight; six tiles load in each.
fn missed(prefetch: bool) -> usize {
    let mut world = World::new(vec![quadtree(7)], vec![straight(0.0)]);
    world.resident.insert(TileRef { tree: 0, node: 0 });
    let mut path = CameraPath::default();
    let mut missed = 0;
    for k in 0..300 {
        let t = f64::from(k) * FRAME_S;
        path.push(Duration::from_secs_f64(t), straight(t));
        world.views = vec![straight(t)];
        world.ahead = if prefetch { path.ahead() } else { Vec::new() };
        let s = world.select();
        world.check(&s);
        world.drawn = s.draw.iter().copied().collect();
        // The first second loads what is seen from the start.
        if k > 30 {
            missed += s.load.iter().filter(|(_, p)| p.need == Need::Visible).count();
        }
        let beside = |p: &crate::Priority| p.need == Need::Beside;
        let arriving: Vec<TileRef> =
            s.load.iter().filter(|(_, p)| !beside(p)).take(6).map(|(at, _)| *at).collect();
        world.resident.extend(arriving);
    }
    missed
}

#[test]
fn a_straight_flight_loads_tiles_before_they_are_needed() {
    let (with, without) = (missed(true), missed(false));
    assert!(without > 50 && with * 4 < without, "{with} missed with, {without} without");
}

#[test]
fn looking_ahead_changes_nothing_in_sight_and_takes_only_what_is_left() {
    let mut world = World::new(vec![quadtree(7)], vec![straight(4.0)]);
    world.load_all(&mut |_| 0);
    let settled = world.select();
    world.ahead = vec![straight(5.0), circling(0.0)];
    let s = world.select();
    assert_eq!(s.draw, settled.draw);
    assert!(!s.load.is_empty() && s.load.iter().all(|(_, p)| p.need == Need::Ahead));
    let wanted = world.bytes(&settled.keep);
    for spare in [0, 2_500, 5_500] {
        world.budget = wanted + spare;
        let s = world.select();
        assert_eq!(s.draw, settled.draw);
        assert!(!s.is_coarser && world.bytes(&s.keep) <= wanted + spare);
        let kept: BTreeSet<TileRef> = settled.keep.iter().copied().collect();
        assert!(s.keep.is_superset(&kept));
        assert_eq!(s.load.len() as u64, spare / 1000 / 4 * 4, "a tile's children come together");
    }
}
