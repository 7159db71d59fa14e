//! Draws a made-up quarter in several ways into a folder: `cargo run -p lantu-render --example look -- FOLDER`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "a made-up scene of small numbers; a mistake ends an example"
)]

mod quarter;

use std::path::Path;

use glam::DVec3;
use lantu_base::{ObjectRow, Pattern, Rgba, Style, StyleFlags, WorldPoint};
use lantu_render::{Camera, FrameInput, Gpu, Options, RenderConfig, Renderer, Sun, TileKey, render_image};
use lantu_tiles::{GroundTileId, MeshTileId};

use quarter::{CENTER, Quarter};

type Failure = Box<dyn std::error::Error>;

struct Stage {
    renderer: Renderer,
    meshes: Vec<TileKey>,
    ground: Vec<GroundTileId>,
    quarter: Quarter,
}

fn main() -> Result<(), Failure> {
    let folder = std::env::args().nth(1).ok_or("usage: look FOLDER")?;
    let gpu = Gpu::headless()?;
    let mut renderer = Renderer::new(&gpu, RenderConfig::headless(4))?;
    let quarter = Quarter::new();
    let mut meshes = Vec::new();
    for (i, tile) in (0_u8..).zip(&quarter.tiles) {
        let key = TileKey { source: 0, id: MeshTileId([i; 16]) };
        renderer.put_mesh(key, tile, 0)?;
        meshes.push(key);
    }
    for tile in &quarter.ground {
        renderer.put_ground(tile)?;
    }
    let ground = quarter.ground.iter().map(|g| g.id).collect();
    let mut stage = Stage { renderer, meshes, ground, quarter };
    let folder = Path::new(&folder);
    stage.paint(|_| Style::default());
    stage.shoot(folder, "overview", &Options::default())?;
    stage.shoot(folder, "street", &Options::default())?;
    stage.shoot(folder, "far", &Options::default())?;
    stage.shoot(folder, "top", &Options::default())?;
    stage.shoot(folder, "glass", &Options { soft_shadows: true, ..Options::default() })?;
    stage.shoot(folder, "pipes", &Options { xray_ground: true, ..Options::default() })?;
    stage.measure(&gpu)?;
    stage.paint(states);
    stage.shoot(folder, "states", &Options::default())?;
    stage.shoot(folder, "near", &Options { soft_shadows: true, ..Options::default() })?;
    Ok(())
}

/// Every state that overlays use, over and over.
fn states(row: u32) -> Style {
    let color = |rgb: u32, p: Pattern| Style {
        rgba: Rgba::hex(rgb).packed(),
        flags: StyleFlags::COLORED | StyleFlags::pattern(p),
    };
    if (quarter::FIRST_CELL..quarter::FIRST_CELL + 16).contains(&row) {
        return if row.is_multiple_of(3) {
            color(0x2C8C6B, Pattern::Solid)
        } else {
            color(0xF7D046, Pattern::Solid)
        };
    }
    if row >= quarter::FIRST_CELL {
        return Style::default();
    }
    let mut s = match row % 9 {
        0 => color(0x2C8C6B, Pattern::Solid),
        1 => color(0x56A5DD, Pattern::Half),
        2 => color(0xEE7F1B, Pattern::Hatch),
        3 => color(0x8E6BB0, Pattern::Dots),
        4 => color(0x9AA0A6, Pattern::Bar),
        5 => color(0xB3202A, Pattern::Wide),
        6 => Style { rgba: 0, flags: StyleFlags::GHOSTED },
        7 => Style { rgba: 0, flags: StyleFlags::MUTED },
        _ => color(0xF7D046, Pattern::Solid),
    };
    if row == 61 || row == 88 {
        s.flags |= StyleFlags::SELECTED;
    }
    s
}

impl Stage {
    fn paint(&mut self, style: impl Fn(u32) -> Style) {
        let styles: Vec<_> = (0..self.quarter.n_objects).map(style).collect();
        self.renderer.set_styles(ObjectRow(0), &styles);
    }

    /// Prints what parts of a frame cost.
    #[expect(clippy::print_stdout, reason = "an example for people")]
    fn measure(&mut self, gpu: &Gpu) -> Result<(), Failure> {
        let all = Options::default();
        let cases = [
            ("all", all),
            ("no edges", Options { edges: false, ..all }),
            ("no occlusion", Options { occlusion: false, ..all }),
            ("no shadows", Options { shadows: false, ..all }),
            ("soft shadows", Options { soft_shadows: true, ..all }),
            ("bare", Options { edges: false, occlusion: false, shadows: false, ..all }),
        ];
        let at = |x: f64, y: f64, z: f64| WorldPoint(CENTER + DVec3::new(x, y, z));
        let camera = Camera::looking(at(-190.0, -240.0, 130.0), at(0.0, -10.0, 5.0));
        for samples in [1, 4] {
            let mut renderer = Renderer::new(gpu, RenderConfig::headless(samples))?;
            for (key, tile) in self.meshes.iter().zip(&self.quarter.tiles) {
                renderer.put_mesh(*key, tile, 0)?;
            }
            for tile in &self.quarter.ground {
                renderer.put_ground(tile)?;
            }
            for (meshes, ground) in
                [(&self.meshes[..], &self.ground[..]), (&[], &self.ground[..]), (&self.meshes[..], &[])]
            {
                for (name, options) in cases {
                    let input = FrameInput { camera, meshes, ground, sun: Sun::default(), options };
                    render_image(&mut renderer, [1280, 720], &input)?;
                    let start = cpu_ms();
                    for _ in 0..4 {
                        render_image(&mut renderer, [1280, 720], &input)?;
                    }
                    let each = (cpu_ms() - start) / 4.0;
                    println!(
                        "{samples} samples, {} meshes, {} ground, {name}: cpu {each:.0} ms",
                        meshes.len(),
                        ground.len()
                    );
                }
            }
        }
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "an example for people")]
    fn shoot(&mut self, folder: &Path, name: &str, options: &Options) -> Result<(), Failure> {
        let at = |x: f64, y: f64, z: f64| WorldPoint(CENTER + DVec3::new(x, y, z));
        let mut camera = match name {
            "street" => Camera::looking(at(-6.0, -168.0, 6.0), at(-3.0, -60.0, 9.0)),
            "far" => Camera::looking(at(-700.0, -900.0, 260.0), at(0.0, 0.0, 0.0)),
            "top" => Camera::looking(at(0.0, 0.0, 380.0), at(0.0, 0.0, 0.0)),
            "glass" => Camera::looking(at(36.0, -40.0, 14.0), at(0.0, 12.0, 16.0)),
            "pipes" => Camera::looking(at(-70.0, -150.0, 75.0), at(0.0, -40.0, 0.0)),
            "near" => Camera::looking(at(-60.0, -120.0, 45.0), at(-20.0, -40.0, 5.0)),
            _ => Camera::looking(at(-190.0, -240.0, 130.0), at(0.0, -10.0, 5.0)),
        };
        if name == "top" {
            camera.up = DVec3::Y;
        }
        let input = FrameInput {
            camera,
            meshes: &self.meshes,
            ground: &self.ground,
            sun: Sun::default(),
            options: *options,
        };
        let size = [1280, 720];
        let first = render_image(&mut self.renderer, size, &input)?;
        let start = (std::time::Instant::now(), cpu_ms());
        let again = render_image(&mut self.renderer, size, &input)?;
        let (wall, cpu) = (start.0.elapsed(), cpu_ms() - start.1);
        assert_eq!(first.rgba, again.rgba, "two frames differ");
        println!("{name}: wall {} ms, cpu {cpu:.0} ms, {:?}", wall.as_millis(), again.stats);
        let path = folder.join(format!("{name}.png"));
        image::save_buffer(path, &again.rgba, again.width, again.height, image::ExtendedColorType::Rgba8)?;
        Ok(())
    }
}

/// Processor time of this process so far, where the system tells.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() * 10.0
}
