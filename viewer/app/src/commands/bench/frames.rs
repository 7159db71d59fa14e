//! `lantu bench frames`: what each frame along a fixed path costs, with the loop, the passes and the flags of the window.
//!
//! Twice along the path: once moving, as somebody sees it who does not wait, with tiles arriving meanwhile; once
//! standing still at each pose until everything is there, and then until the picture is as fine as it becomes.

use std::path::Path;
use std::sync::Arc;

use lantu_base::{ObjectRow, WorldPoint};
use lantu_bench::{
    Avenue, CameraPath, Frame, Panel, Pose, Series, Way, differing_percent, frames_csv, percentile, plot_svg,
};
use lantu_render::{
    Camera, FrameInput, FrameStats, Gpu, Options, Picture, RenderConfig, Renderer, Sun, TileKey, Window,
    read_picture, render_image,
};
use lantu_session::Session;
use lantu_session::usage::cpu_seconds;

use crate::cli::{BenchFramesArgs, CullingChoice, PathChoice};
use crate::commands::bench::city::seed_of;
use crate::commands::bench::cost::Meter;
use crate::commands::{DONE, project};
use crate::context::{Context, write_out};
use crate::district::{DEFAULT_MEMORY_BYTES, District, Fineness, UPLOAD_MS, loader_threads};
use crate::look::{Look, Place};
use crate::pace::Pace;
use crate::refine::{Onto, Refining};
use crate::stage::{Stage, base_styles};

/// Frames that are drawn and not counted: pipelines and shadow maps are made in them.
const WARM_UP: usize = 4;
/// Poses at which the settled picture is compared with full detail.
const COMPARED: usize = 4;
/// A pixel differs when a channel differs by more than this.
const TOLERANCE: u8 = 8;

/// A project in front of a camera.
struct Bench {
    renderer: Renderer,
    district: District,
    texture: wgpu::Texture,
    target: wgpu::TextureView,
    size: [u32; 2],
    is_software: bool,
    fineness: Fineness,
    /// When the camera rests.
    at_rest: Fineness,
    /// What a picture at rest is made finer to.
    refined: Option<Fineness>,
    simple: bool,
    /// Everything, however small.
    full: bool,
}

pub(crate) fn frames(context: &Context, args: &BenchFramesArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    let opened_s = cpu_seconds();
    let limit = args.memory.unwrap_or(DEFAULT_MEMORY_BYTES);
    let poses = poses(&session, args);
    let mut bench = Bench::new(&session, args, limit)?;
    session.close()?;
    bench.first(context, &poses, opened_s)?;
    let mut strip = Vec::new();
    let moving = bench.moving(context, &poses, args, &mut strip)?;
    let (settled, refined) = bench.settled(context, &poses)?;
    write_out(Some(&args.csv), &frames_csv(&moving, &settled, &refined))?;
    if let Some(out) = &args.plot {
        let all = [("moving", &moving), ("settled", &settled), ("refined", &refined)];
        write_out(
            Some(out),
            &plot(args.path.into(), &all.map(|(name, rows)| (name, rows.as_slice())), limit),
        )?;
    }
    if let Some(out) = &args.strip {
        write_strip(out, bench.size, &strip)?;
    }
    for (message, rows) in [
        ("app-bench-frames-moving", &moving),
        ("app-bench-frames-settled", &settled),
        ("app-bench-frames-refined", &refined),
    ] {
        if !rows.is_empty() {
            context.line(&summary(context, (message, rows), limit))?;
        }
    }
    if args.compare || args.differences.is_some() {
        let worst = bench.compare(context, &poses, limit)?;
        if let (Some(out), Some((settled, full))) = (&args.differences, worst) {
            write_differences(out, bench.size, &settled, &full)?;
        }
    }
    Ok(DONE)
}

fn poses(session: &Session, args: &BenchFramesArgs) -> Vec<Pose> {
    let bounds = session.district();
    let way = match seed_of(session) {
        Some(seed) => Way::Avenue(Avenue::new(seed)),
        None => Way::Edge(bounds),
    };
    let [w, h] = args.size.map(f64::from);
    let fov_y_deg = Camera::looking(WorldPoint(bounds.min), WorldPoint(bounds.max)).fov_y_deg;
    CameraPath::from(args.path).poses(args.frames, &bounds, &way, (fov_y_deg, w / h))
}

impl From<PathChoice> for CameraPath {
    fn from(path: PathChoice) -> Self {
        match path {
            PathChoice::Street => Self::Street,
            PathChoice::Overview => Self::Overview,
            PathChoice::Flight => Self::Flight,
        }
    }
}

impl Bench {
    fn new(session: &Session, args: &BenchFramesArgs, limit: u64) -> anyhow::Result<Self> {
        let gpu = Gpu::headless()?;
        let is_software = gpu.is_software();
        let culling = CullingChoice::on(args.culling, &gpu);
        let config = RenderConfig { culling, ..RenderConfig::headless(if is_software { 1 } else { 4 }) };
        let mut renderer = Renderer::new(&gpu, config)?;
        renderer.time_passes(true);
        renderer.set_styles(
            ObjectRow(0),
            &base_styles(session, None, &|_| false, &std::collections::BTreeMap::new()),
        );
        let stage = Stage::new(session, &|_| lantu_tiles::PhotoLook::OPAQUE);
        let threads = loader_threads();
        let district = District::new(stage.content(), limit, threads, Arc::new(|| {}))?;
        let [width, height] = args.size;
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("bench"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: config.color_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let target = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let fineness = Fineness::moving(is_software);
        Ok(Self {
            renderer,
            district,
            texture,
            target,
            size: args.size,
            is_software,
            fineness,
            at_rest: Fineness {
                mesh_px: args.error_px.unwrap_or(Fineness::AT_REST.mesh_px),
                ..Fineness::AT_REST
            },
            refined: (args.error_px.is_none() && !args.full_detail).then_some(Fineness::REFINED),
            simple: args.simple_shading,
            full: args.full_detail,
        })
    }

    fn look(&self) -> (Look, bool) {
        let moving = self.fineness != self.at_rest;
        let place = Place::Window { is_software: self.is_software, moving };
        (Look { simple: self.simple, ..Look::at(place) }, self.full)
    }

    fn fineness(&self) -> Fineness {
        if self.full { Fineness { mesh_px: 0.0, ..self.fineness } } else { self.fineness }
    }

    /// One frame of the window: takes what has arrived, chooses, draws, and here also waits for the picture.
    fn frame(&mut self, pose: &Pose) -> anyhow::Result<Frame> {
        let meter = Meter::start();
        let view = Camera::looking(pose.eye, pose.target).view(self.size);
        let fineness = self.fineness();
        self.district.step(&mut self.renderer, &[view], fineness, UPLOAD_MS)?;
        let stepped_ms = meter.read().wall_ms;
        let (camera, casters) = self.shaded(pose);
        let input = input((&self.district, &casters), self.look(), camera);
        let at_rest = self.fineness == self.at_rest;
        let mut stall_ms = stepped_ms;
        let stats = loop {
            let before_ms = meter.read().wall_ms;
            let stats = if at_rest {
                self.renderer.render_in_parts(&self.target, &Window::whole(self.size), &input)?
            } else {
                Some(self.renderer.render(&self.target, self.size, &input)?)
            };
            stall_ms = stall_ms.max(meter.read().wall_ms - before_ms);
            if let Some(stats) = stats {
                break stats;
            }
        };
        self.renderer.gpu().device.poll(wgpu::PollType::wait_indefinitely())?;
        let cost = meter.read();
        let state = self.district.state();
        let culled = self.renderer.cull_counts()?;
        Ok(Frame {
            cpu_ms: cost.cpu_ms,
            encode_ms: stepped_ms + stats.cpu_encode_ms,
            stall_ms,
            n_triangles: stats.n_triangles + culled.map_or(0, |c| u64::from(c.n_triangles)),
            culled: culled.map(|c| (u64::from(c.n_tested), u64::from(c.n_drawn))),
            n_tiles: state.n_tiles as u64,
            resident_bytes: state.used_bytes,
            rss_bytes: cost.rss_bytes,
            gpu_ms: self.gpu_ms()?,
        })
    }

    /// Makes the picture that was drawn last finer, as the window does when nothing moves, and says what that cost.
    fn refine(&mut self, pose: &Pose, fineness: Fineness) -> anyhow::Result<Frame> {
        let meter = Meter::start();
        let camera = Camera::looking(pose.eye, pose.target);
        let shown = (camera, Sun::default(), self.look().0.options(&camera));
        let (renderer, district) = (&mut self.renderer, &mut self.district);
        let mut refining = Refining::begin(renderer, district, shown, (self.size, fineness));
        let onto = Onto { texture: &self.texture, view: &self.target };
        let begun = meter.read();
        let (mut stall_ms, mut rss_bytes) = (begun.wall_ms, begun.rss_bytes);
        let mut resident_bytes = district.state().used_bytes;
        let stats = loop {
            let before_ms = meter.read().wall_ms;
            let Some(refining) = &mut refining else { break FrameStats::default() };
            let stats = refining.go_on(renderer, district, &onto)?;
            let cost = meter.read();
            stall_ms = stall_ms.max(cost.wall_ms - before_ms);
            resident_bytes = district.state().used_bytes.max(resident_bytes);
            rss_bytes = cost.rss_bytes.max(rss_bytes);
            if let Some(stats) = stats {
                break stats;
            }
            // The window goes on with its next frame.
            std::thread::sleep(std::time::Duration::from_millis(1));
        };
        renderer.gpu().device.poll(wgpu::PollType::wait_indefinitely())?;
        renderer.release_shadows();
        Ok(Frame {
            cpu_ms: meter.read().cpu_ms,
            encode_ms: stats.cpu_encode_ms,
            stall_ms,
            n_triangles: stats.n_triangles,
            n_tiles: district.state().n_tiles as u64,
            resident_bytes,
            rss_bytes,
            ..Frame::default()
        })
    }

    fn shaded(&self, pose: &Pose) -> (Camera, Vec<TileKey>) {
        let camera = Camera::looking(pose.eye, pose.target);
        (camera, self.district.casters(&camera, self.full))
    }

    /// What the passes of the last frame took on the graphics card, milliseconds; `None` without timestamps.
    fn gpu_ms(&self) -> anyhow::Result<Option<f64>> {
        let times = self.renderer.pass_times()?;
        Ok((!times.is_empty()).then(|| times.iter().map(|t| t.ms).sum()))
    }

    /// What was drawn last, to look at.
    fn picture(&mut self, pose: &Pose) -> anyhow::Result<Picture> {
        let (camera, casters) = self.shaded(pose);
        let input = input((&self.district, &casters), self.look(), camera);
        Ok(render_image(&mut self.renderer, self.size, &input)?)
    }

    fn settle(&mut self, pose: &Pose) -> anyhow::Result<()> {
        let view = Camera::looking(pose.eye, pose.target).view(self.size);
        let fineness = self.fineness();
        self.district.settle(&mut self.renderer, &[view], fineness)?;
        match self.district.take_failures().into_iter().next() {
            Some(why) => Err(why.into()),
            None => Ok(()),
        }
    }

    /// Says what the process spent until the first picture was there, as sharp as while the camera moves. `opened_s`: CPU
    /// time until the project was open, seconds.
    fn first(&mut self, context: &Context, poses: &[Pose], opened_s: f64) -> anyhow::Result<()> {
        let Some(pose) = poses.first() else { return Ok(()) };
        let ready_s = cpu_seconds();
        self.settle(pose)?;
        self.frame(pose)?;
        let seconds = |s: f64| format!("{s:.2}");
        context.line(&context.say(
            "app-bench-frames-first",
            &[
                ("all", seconds(cpu_seconds()).into()),
                ("open", seconds(opened_s).into()),
                ("device", seconds(ready_s - opened_s).into()),
            ],
        ))?;
        Ok(())
    }

    /// The camera moves on after every frame, whatever has arrived; `strip` takes pictures on the way.
    fn moving(
        &mut self,
        context: &Context,
        poses: &[Pose],
        args: &BenchFramesArgs,
        strip: &mut Vec<Picture>,
    ) -> anyhow::Result<Vec<Frame>> {
        if let Some(first) = poses.first() {
            self.settle(first)?;
        }
        let mut pace = Pace::new(self.is_software);
        for pose in poses.iter().take(WARM_UP) {
            pace.drew(self.frame(pose)?.n_triangles);
        }
        let n_strip = if args.strip.is_some() { args.strip_frames.min(poses.len()) } else { 0 };
        let mut rows = Vec::with_capacity(poses.len());
        for (ix, pose) in poses.iter().enumerate() {
            context.cancel.check()?;
            self.fineness = pace.fineness();
            let frame = self.frame(pose)?;
            pace.drew(frame.n_triangles);
            rows.push(frame);
            let due = strip.len() * (poses.len() - 1) <= ix * n_strip.saturating_sub(1).max(1);
            if strip.len() < n_strip && due {
                strip.push(self.picture(pose)?);
            }
        }
        Ok(rows)
    }

    /// At each pose everything is there before the frame is counted.
    fn settled(&mut self, context: &Context, poses: &[Pose]) -> anyhow::Result<(Vec<Frame>, Vec<Frame>)> {
        self.fineness = self.at_rest;
        let (mut rows, mut finer) = (Vec::with_capacity(poses.len()), Vec::new());
        for pose in poses {
            context.cancel.check()?;
            self.settle(pose)?;
            rows.push(self.frame(pose)?);
            if let Some(fineness) = self.refined {
                finer.push(self.refine(pose, fineness)?);
            }
        }
        Ok((rows, finer))
    }

    /// What is seen at a pose when nothing moves any more.
    fn last_picture(&mut self, pose: &Pose) -> anyhow::Result<Picture> {
        self.settle(pose)?;
        let Some(fineness) = self.refined else { return self.picture(pose) };
        self.frame(pose)?;
        self.refine(pose, fineness)?;
        let [width, height] = self.size;
        let rgba = read_picture(self.renderer.gpu(), &self.texture)?;
        Ok(Picture { width, height, rgba, stats: FrameStats::default() })
    }

    /// Says how many pixels the levels of detail and the memory limit change. Full detail has no limit. Returns the two
    /// pictures that differ most.
    fn compare(
        &mut self,
        context: &Context,
        poses: &[Pose],
        limit: u64,
    ) -> anyhow::Result<Option<(Picture, Picture)>> {
        let mut worst = None;
        let usual = self.full;
        self.fineness = self.at_rest;
        for i in 0..COMPARED.min(poses.len()) {
            let ix = i * (poses.len() - 1) / (COMPARED - 1).max(1);
            let Some(pose) = poses.get(ix) else { continue };
            let settled = self.last_picture(pose)?;
            self.district.set_limit(&mut self.renderer, u64::MAX);
            self.full = true;
            self.settle(pose)?;
            let full = self.picture(pose)?;
            self.full = usual;
            self.district.set_limit(&mut self.renderer, limit);
            let percent = differing_percent(&settled.rgba, &full.rgba, TOLERANCE);
            context.line(&context.say(
                "app-bench-compared",
                &[("frame", (ix as u64).into()), ("percent", format!("{percent:.3}").into())],
            ))?;
            if worst.as_ref().is_none_or(|&(most, _)| percent > most) {
                worst = Some((percent, (settled, full)));
            }
        }
        Ok(worst.map(|(_, pictures)| pictures))
    }
}

/// What the window draws with; at full detail also what stands behind walls.
fn input<'a>(
    (district, casters): (&'a District, &'a [TileKey]),
    (look, full): (Look, bool),
    camera: Camera,
) -> FrameInput<'a> {
    let options = Options { skip_hidden: !full, ..look.options(&camera) };
    let (meshes, ground) = (district.keys(), district.shown_ground());
    FrameInput { camera, meshes, casters, ground, sun: Sun::default(), options }
}

const MB: f64 = 1e6;

/// `all`: frames of the path with what they are called.
fn plot(path: CameraPath, all: &[(&str, &[Frame])], limit: u64) -> String {
    let series = |what: &str, of: fn(&Frame) -> f64| -> Vec<Series> {
        let there = all.iter().filter(|(_, rows)| !rows.is_empty());
        let one = |(name, rows): &(&str, &[Frame])| Series {
            name: format!("{what}{name}"),
            values: rows.iter().map(of).collect(),
        };
        there.map(one).collect()
    };
    let time = Panel { axis: "CPU (ms a frame)".to_owned(), series: series("", |f| f.cpu_ms), limit: None };
    let mut bytes = series("resident, ", |f| f.resident_bytes as f64 / MB);
    bytes.extend(series("process, ", |f| f.rss_bytes as f64 / MB));
    let limit = Some(("limit".to_owned(), limit as f64 / MB));
    let memory = Panel { axis: "memory (MB)".to_owned(), series: bytes, limit };
    let n_frames = all.first().map_or(0, |(_, rows)| rows.len());
    plot_svg(&format!("{} ({n_frames} frames)", path.name()), &[time, memory])
}

fn summary(context: &Context, (message, rows): (&str, &[Frame]), limit: u64) -> String {
    let cpu = |share| format!("{:.1}", percentile(rows.iter().map(|f| f.cpu_ms), share));
    let most = |of: fn(&Frame) -> u64| format!("{:.0}", rows.iter().map(of).max().unwrap_or(0) as f64 / MB);
    context.say(
        message,
        &[
            ("median", cpu(0.5).into()),
            ("high", cpu(0.95).into()),
            ("resident", most(|f| f.resident_bytes).into()),
            ("process", most(|f| f.rss_bytes).into()),
            ("stall", format!("{:.0}", rows.iter().map(|f| f.stall_ms).fold(0.0, f64::max)).into()),
            ("limit", format!("{:.0}", limit as f64 / MB).into()),
        ],
    )
}

/// Two pictures below each other, and below them where they differ: red where by more than [`TOLERANCE`].
fn write_differences(out: &Path, [w, h]: [u32; 2], settled: &Picture, full: &Picture) -> anyhow::Result<()> {
    let pairs = settled.rgba.chunks_exact(4).zip(full.rgba.chunks_exact(4));
    let differences = pairs.flat_map(|(a, b)| {
        let channels = a.iter().zip(b).take(3).map(|(a, b)| a.abs_diff(*b));
        let most = channels.max().unwrap_or(0);
        let lit = most.saturating_mul(4);
        if most > TOLERANCE { [255, 255 - lit, 255 - lit, 255] } else { [lit, lit, lit, 255] }
    });
    let rgba: Vec<u8> = settled.rgba.iter().chain(&full.rgba).copied().chain(differences).collect();
    crate::picture::write_png(out, [w, 3 * h], &rgba)
}

/// Pictures beside and below each other, each a quarter as wide and high.
fn write_strip(out: &Path, [w, h]: [u32; 2], pictures: &[Picture]) -> anyhow::Result<()> {
    const COLUMNS: usize = 4;
    let [small_w, small_h] = [(w / 4).max(1), (h / 4).max(1)];
    let n = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let columns = pictures.len().clamp(1, COLUMNS);
    let mut strip =
        image::RgbaImage::new(n(columns) * small_w, n(pictures.len().div_ceil(columns)) * small_h);
    for (ix, p) in pictures.iter().enumerate() {
        let Some(whole) = image::RgbaImage::from_raw(p.width, p.height, p.rgba.clone()) else { continue };
        let small = image::imageops::resize(&whole, small_w, small_h, image::imageops::FilterType::Triangle);
        let (x, y) = (i64::from(n(ix % columns) * small_w), i64::from(n(ix / columns) * small_h));
        image::imageops::replace(&mut strip, &small, x, y);
    }
    crate::picture::write_png(out, [strip.width(), strip.height()], strip.as_raw())
}
