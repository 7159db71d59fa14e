//! Pictures of coarser versions against full detail, at the distance where the error is one pixel.

use std::time::Instant;

use glam::{Vec2, Vec3};

use super::super::soup::{Face, faces};
use super::super::visible::{EMPTY, Raster};
use super::super::{Soup, Target, coarsen};
use super::city;

/// Of 255, above which a channel makes a pixel differ.
const DIFFERS: f32 = 8.0;
const BACKGROUND: Vec3 = Vec3::new(205.0, 220.0, 235.0);

/// Triangles and what they are colored.
#[derive(Clone)]
struct Scene {
    soup: Soup,
    colors: Vec<u32>,
}

impl Scene {
    fn coarser(&self, error_m: f32) -> (Scene, f32) {
        let target = Target { error_m, max_triangles: usize::MAX, wanted_triangles: usize::MAX };
        let (mut soup, error_m) = coarsen(&self.soup, &self.colors, &target);
        let mut colors = self.colors.clone();
        colors.extend(soup.mixed.drain(..).map(|m| m.rgba));
        (Scene { soup, colors }, error_m)
    }

    fn join(scenes: &[&Scene]) -> Scene {
        let mut out = Scene { soup: Soup::default(), colors: Vec::new() };
        for s in scenes {
            let (vertex, part) = (out.soup.positions.len() as u32, out.colors.len() as u32);
            out.soup.positions.extend(&s.soup.positions);
            out.soup.triangles.extend(s.soup.triangles.iter().map(|t| t.map(|i| i + vertex)));
            out.soup.part.extend(s.soup.part.iter().map(|p| p + part));
            out.soup.single_sided.extend(&s.soup.single_sided);
            out.colors.extend(&s.colors);
        }
        out
    }
}

/// Colors of the pixels, the mean of `samples` × `samples` each, without perspective over the bounds of `frame`.
fn picture(scene: &Scene, frame: &[Face], toward: Vec3, pixel_m: f32, samples: usize) -> (Vec<Vec3>, usize) {
    let light = Vec3::new(0.6, -0.8, 1.0).normalize_or_zero();
    let faces = faces(&scene.soup);
    let mut raster = Raster::over(frame, toward, pixel_m / samples as f32).unwrap();
    let mut colors = Vec::new();
    for (ix, face) in faces.iter().enumerate() {
        let n = face.cross().normalize_or_zero();
        let [r, g, b, _] = scene.colors[face.part as usize].to_le_bytes().map(f32::from);
        colors.push(Vec3::new(r, g, b) * (0.45 + 0.55 * n.dot(light).max(0.0)));
        if n.dot(toward) < 0.0 {
            let corners = face.p.map(|p| raster.project(p));
            raster.draw(&corners, ix as u32);
        }
    }
    let (w, h) = (raster.width / samples, raster.height / samples);
    let sample = |x: usize, y: usize| match raster.numbers[y * raster.width + x] {
        EMPTY => BACKGROUND,
        face => colors[face as usize],
    };
    let pixel = |x: usize, y: usize| {
        let all =
            (0..samples * samples).map(|i| sample(x * samples + i % samples, y * samples + i / samples));
        all.sum::<Vec3>() / (samples * samples) as f32
    };
    ((0..w * h).map(|i| pixel(i % w, i / w)).collect(), w)
}

/// Share of the pixels that show anything that differ.
fn difference(full: &Scene, coarse: &Scene, error_m: f32, elevation: f32, samples: usize) -> f32 {
    let frame = faces(&full.soup);
    let flat = Vec2::from_angle(0.6) * -elevation.to_radians().cos();
    let toward = flat.extend(-elevation.to_radians().sin());
    let (a, _) = picture(full, &frame, toward, error_m, samples);
    let (b, _) = picture(coarse, &frame, toward, error_m, samples);
    let shown = a.iter().zip(&b).filter(|(a, b)| **a != BACKGROUND || **b != BACKGROUND).count();
    let differ = a.iter().zip(&b).filter(|(a, b)| (**a - **b).abs().max_element() > DIFFERS).count();
    differ as f32 / shown as f32
}

/// Four scenes that lie two by two in a square of them become one.
fn by_four(scenes: &[Scene], side: usize) -> Vec<Scene> {
    let half = side / 2;
    let corner = |i: usize| 2 * (i / half) * side + 2 * (i % half);
    let four =
        |c: usize| Scene::join(&[&scenes[c], &scenes[c + 1], &scenes[c + side], &scenes[c + side + 1]]);
    (0..half * half).map(|i| four(corner(i))).collect()
}

/// What a level of the tree became.
struct Level {
    error_m: f32,
    /// Triangles for each one of full detail.
    share: f32,
    /// Of the pixels, the most over the views: one sample a pixel, then four.
    differ: [f32; 2],
}

/// The levels over 4 × 4 blocks, each made of the one below, tiles twice as large at twice the error.
fn levels(yaw: f32) -> Vec<Level> {
    let mut side = 4;
    let mut scenes: Vec<Scene> = (0..16)
        .map(|i| {
            let (soup, colors) = city::blocks([i % 4, i / 4], 1, yaw);
            Scene { soup, colors }
        })
        .collect();
    let mut full = scenes.clone();
    let n_triangles = |scenes: &[Scene]| scenes.iter().map(|s| s.soup.triangles.len()).sum::<usize>() as f32;
    let mut out = Vec::new();
    for error_m in [0.25, 0.5, 1.0, 2.0, 4.0, 8.0] {
        if side > 1 && error_m > 0.25 {
            scenes = by_four(&scenes, side);
            full = by_four(&full, side);
            side /= 2;
        }
        let before = n_triangles(&scenes);
        let start = Instant::now();
        scenes = scenes.iter().map(|s| s.coarser(error_m).0).collect();
        let us = start.elapsed().as_secs_f32() * 1e6 / before;
        let share = n_triangles(&scenes) / n_triangles(&full);
        let differ = [1, 2].map(|samples| {
            let at = |elevation| difference(&full[0], &scenes[0], error_m, elevation, samples);
            at(15.0).max(at(48.0))
        });
        println!(
            "{error_m} m: {:.1} % of the triangles, {us:.1} µs for each, pixels {differ:.4?}",
            100.0 * share
        );
        out.push(Level { error_m, share, differ });
    }
    out
}

#[test]
fn up_to_two_meters_pictures_look_as_full_detail_does_at_one_pixel() {
    for yaw in [0.0, 0.3] {
        for level in levels(yaw).iter().filter(|l| l.error_m <= 2.0) {
            assert!(
                level.differ[0] < 0.01 && level.differ[1] < 0.01,
                "{} m: {:?}",
                level.error_m,
                level.differ
            );
            assert!(level.share < 0.85, "{} m: {}", level.error_m, level.share);
        }
    }
}

#[test]
fn above_two_meters_each_level_has_less_than_half_of_the_triangles() {
    let all = levels(0.3);
    for pair in all.windows(2).filter(|pair| pair[1].error_m > 2.0) {
        assert!(pair[1].share < 0.5 * pair[0].share, "{} m: {}", pair[1].error_m, pair[1].share);
        assert!(pair[1].differ[0] < 0.3, "{} m: {:?}", pair[1].error_m, pair[1].differ);
    }
}
