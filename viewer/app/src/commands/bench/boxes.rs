//! `lantu bench boxes`: the boxes and camera paths of the comparison with other viewers.
//!
//! Boxes become tiles with the builder of every import, in a process of its own as imports are. Tiles are loaded, chosen
//! and drawn by the loop of the window, with the lighting that all viewers of the comparison share. All tiles that the
//! path shows are on the GPU before the first frame, as everything is in the other viewers.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use lantu_base::{Rgba, WorldPoint};
use lantu_bench::{BoxFrame, BoxPaths, BoxRow, Pose, boxes_csv, differing_percent, read_boxes, read_paths};
use lantu_render::{
    Background, Camera, FrameInput, FrameStats, Gpu, Options, Picture, RenderConfig, Renderer, Shading, Sun,
    render_image,
};
use lantu_scene::PageCache;
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{
    GroundSource, GroundSourceIndex, InputMesh, RasterCache, TileBuilder, TileTree, decode_tree, encode_tree,
};

use crate::cli::BenchBoxesArgs;
use crate::commands::DONE;
use crate::commands::bench::cost::Meter;
use crate::context::{Context, write_out};
use crate::district::{
    Content, DEFAULT_MEMORY_BYTES, District, Fineness, Shelves, UPLOAD_MS, loader_threads,
};

/// Frames that are drawn and not counted, as the other viewers do.
const WARM_UP: u32 = 4;
/// Frames at which the settled picture is compared with full detail.
const COMPARED: u32 = 4;
/// A pixel differs when a channel differs by more than this.
const TOLERANCE: u8 = 8;

/// Boxes on the GPU, and one path around them.
struct Bench {
    renderer: Renderer,
    district: District,
    /// Where the tiles are; removed at the end.
    _folder: tempfile::TempDir,
    target: wgpu::TextureView,
    paths: BoxPaths,
    poses: Vec<Pose>,
}

pub(crate) fn boxes(context: &Context, args: &BenchBoxesArgs) -> anyhow::Result<u8> {
    if let Some(folder) = &args.tiles_into {
        return write_tiles(context, &args.boxes, folder);
    }
    let paths = read_paths(&read(&args.paths)?)?;
    let poses = paths.poses(&args.path)?;
    let mut bench = Bench::new(args, paths, poses)?;
    let moving = Fineness::moving(bench.renderer.gpu().is_software());
    let sse_px = if args.full_detail { 0.0 } else { args.error_px.unwrap_or(moving.mesh_px) };
    let settled_px = args.error_px.unwrap_or(Fineness::AT_REST.mesh_px);
    let n = args.frames.unwrap_or_else(|| u32::try_from(bench.poses.len()).unwrap_or(u32::MAX));
    bench.load(sse_px)?;
    if let Some(out) = &args.png {
        let picture = bench.picture(0, sse_px)?;
        crate::picture::write_png(out, [picture.width, picture.height], &picture.rgba)?;
    }
    for frame in 0..WARM_UP {
        bench.frame(frame, sse_px)?;
    }
    let mut rows = Vec::with_capacity(n as usize);
    for frame in 0..n {
        context.cancel.check()?;
        let meter = Meter::start();
        let stats = bench.frame(frame, sse_px)?;
        let cost = meter.read();
        rows.push(BoxFrame {
            cpu_ms: cost.cpu_ms,
            wall_ms: cost.wall_ms,
            n_triangles: stats.n_triangles,
            resident_bytes: stats.gpu_bytes,
            rss_bytes: cost.rss_bytes,
        });
    }
    write_out(Some(&args.csv), &boxes_csv(&rows))?;
    if args.compare {
        bench.compare(context, n, settled_px)?;
    }
    Ok(DONE)
}

/// Name of the tree's own pack in the folder of tiles.
const TREE: &str = "tree.pack";

/// The work of the other process: tiles of all boxes, and their tree.
fn write_tiles(context: &Context, boxes: &Path, folder: &Path) -> anyhow::Result<u8> {
    let rows = read_boxes(&read(boxes)?)?;
    let tree = build(context, &rows, &DirPackStore::new(folder))?;
    let path = folder.join(TREE);
    std::fs::write(&path, encode_tree(&tree)?)
        .with_context(|| format!("cannot write\nfile: {}", path.display()))?;
    Ok(DONE)
}

/// Has another process write the tiles.
fn tiles_of(args: &BenchBoxesArgs, folder: &Path) -> anyhow::Result<TileTree> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.args(["bench", "boxes"]).arg(&args.boxes).arg("--paths").arg(&args.paths);
    command.args(["--path", &args.path, "--csv"]).arg(&args.csv).arg("--tiles-into").arg(folder);
    let status = command.status()?;
    anyhow::ensure!(status.success(), "the tiles could not be written\nfile: {}", args.boxes.display());
    let path = folder.join(TREE);
    let pack = std::fs::read(&path).with_context(|| format!("cannot read\nfile: {}", path.display()))?;
    Ok(decode_tree(&pack)?)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read\nfile: {}", path.display()))
}

/// Tiles of all boxes, leaves and what stands for them from afar.
fn build(context: &Context, rows: &[BoxRow], store: &dyn PackStore) -> anyhow::Result<TileTree> {
    let mut builder = TileBuilder::default();
    for (object, row) in (0..).zip(rows) {
        let [r, g, b] = row.rgb;
        builder.push(&InputMesh {
            object,
            origin: WorldPoint(row.at),
            positions: &row.positions(),
            normals: &[],
            indices: &BoxRow::INDICES,
            color: [r, g, b, 255],
        });
    }
    Ok(builder.build(store, &context.cancel)?.tree)
}

/// Tiles of one source on an empty ground.
fn district(tree: TileTree, store: Arc<dyn PackStore>) -> anyhow::Result<District> {
    let ground = Arc::new(GroundSource::default());
    let rasters = Arc::new(RasterCache::new(Arc::clone(&store), 0));
    let content = Content {
        n_unfinished: 0,
        trees: vec![(0, Arc::new(tree))],
        ground_index: Arc::new(GroundSourceIndex::new(&ground, &rasters)),
        shelves: Shelves { store, ground, rasters },
        columns: Arc::new(PageCache::new(0)),
    };
    Ok(District::new(content, DEFAULT_MEMORY_BYTES, loader_threads(), Arc::new(|| {}))?)
}

impl Bench {
    fn new(args: &BenchBoxesArgs, paths: BoxPaths, poses: Vec<Pose>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let district = district(tiles_of(args, folder.path())?, Arc::new(DirPackStore::new(folder.path())))?;
        let gpu = Gpu::headless()?;
        let config = RenderConfig::headless(1);
        let renderer = Renderer::new(&gpu, config)?;
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("bench"),
            size: wgpu::Extent3d { width: paths.width, height: paths.height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: config.color_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let target = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Ok(Self { renderer, district, _folder: folder, target, paths, poses })
    }

    /// Makes everything resident that the path shows, before anything is measured.
    fn load(&mut self, sse_px: f64) -> anyhow::Result<()> {
        for frame in 0..u32::try_from(self.poses.len()).unwrap_or(u32::MAX) {
            self.settle(frame, sse_px)?;
        }
        Ok(())
    }

    /// Waits until everything is there that a frame shows.
    fn settle(&mut self, frame: u32, sse_px: f64) -> anyhow::Result<()> {
        let view = self.camera(frame).view(self.size());
        self.district.settle(&mut self.renderer, &[view], fineness(sse_px))?;
        match self.district.take_failures().into_iter().next() {
            Some(why) => Err(why.into()),
            None => Ok(()),
        }
    }

    fn size(&self) -> [u32; 2] {
        [self.paths.width, self.paths.height]
    }

    fn camera(&self, frame: u32) -> Camera {
        let pose = self.poses.get(frame as usize % self.poses.len().max(1));
        let (eye, target) = pose.map_or_else(Default::default, |p| (p.eye, p.target));
        let (up, fov_y_deg) = (self.paths.up.into(), self.paths.fov_vertical_deg);
        Camera { up, fov_y_deg, ..Camera::looking(eye, target) }
    }

    /// One frame of the window: takes what has arrived, chooses, draws, and here also waits until it is finished.
    fn frame(&mut self, frame: u32, sse_px: f64) -> anyhow::Result<FrameStats> {
        let (camera, size) = (self.camera(frame), self.size());
        self.district.step(&mut self.renderer, &[camera.view(size)], fineness(sse_px), UPLOAD_MS)?;
        let full = sse_px <= 0.0;
        let input = input(&self.district, &self.paths, camera, full);
        let stats = self.renderer.render(&self.target, size, &input)?;
        self.renderer.gpu().device.poll(wgpu::PollType::wait_indefinitely())?;
        Ok(stats)
    }

    fn picture(&mut self, frame: u32, sse_px: f64) -> anyhow::Result<Picture> {
        self.settle(frame, sse_px)?;
        let full = sse_px <= 0.0;
        let input = input(&self.district, &self.paths, self.camera(frame), full);
        let size = [self.paths.width, self.paths.height];
        Ok(render_image(&mut self.renderer, size, &input)?)
    }

    /// Says how many pixels the levels of detail change.
    fn compare(&mut self, context: &Context, n: u32, settled_px: f64) -> anyhow::Result<()> {
        for i in 0..COMPARED {
            let frame = i * n.saturating_sub(1) / (COMPARED - 1);
            let settled = self.picture(frame, settled_px)?;
            let full = self.picture(frame, 0.0)?;
            let percent = differing_percent(&settled.rgba, &full.rgba, TOLERANCE);
            context.line(&context.say(
                "app-bench-compared",
                &[("frame", u64::from(frame).into()), ("percent", format!("{percent:.3}").into())],
            ))?;
        }
        Ok(())
    }
}

/// A box has no ground under it.
fn fineness(mesh_px: f64) -> Fineness {
    Fineness { mesh_px, ground_px: f64::INFINITY }
}

/// The lighting of the comparison; at full detail also what stands behind walls.
fn input<'a>(district: &'a District, paths: &BoxPaths, camera: Camera, full: bool) -> FrameInput<'a> {
    let light = &paths.shading;
    let [r, g, b] = light.background;
    let options = Options {
        shading: Shading::Plain { ambient: light.ambient, diffuse: light.diffuse },
        edges: false,
        shadows: false,
        occlusion: false,
        skip_hidden: !full,
        background: Background::Plain(Rgba([r, g, b, 255])),
        ..Options::default()
    };
    let meshes = district.keys();
    FrameInput {
        camera,
        meshes,
        casters: &[],
        ground: &[],
        sun: Sun::towards(light.to_light.into()),
        options,
    }
}
