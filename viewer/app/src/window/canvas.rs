//! The scene's picture inside the window: what is resident, what is drawn, and what lies under the pointer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lantu_base::{ObjectRow, Style};
use lantu_render::{
    Camera, FrameInput, FrameStats, Gpu, Options, Pick, RenderConfig, RenderError, Renderer, Sun, TileKey,
    Window,
};
use lantu_tiles::GroundTileId;

use crate::cli::CullingChoice;
use crate::district::{District, Fineness, State, TileFailure, Wake};
use crate::labels::{self, Wanted};
use crate::look::{Look, Place};
use crate::pace::Pace;
use crate::refine::{Onto, Refining};
use crate::window::desk::Desk;
use crate::window::unfinished::UNFINISHED_STYLE;

/// The scene's color format; its bytes are what egui blends, so a view without sRGB conversion exists too.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;
const FORMAT_FOR_EGUI: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// How long the camera keeps still until it counts as at rest. Chosen: a pause between two turns of the wheel is shorter.
const REST: Duration = Duration::from_millis(250);

/// Pictures that may be begun in parts in a row without one becoming whole; the next one is drawn at once. Chosen: while the
/// clock runs colors change faster than a large picture is drawn, and still have to be seen.
const MOST_BEGUN: u32 = 3;

/// Where the processor draws, tiles arrive for so long at least between two pictures of a camera at rest, and for as long as
/// the one before took. Chosen: loading gets half of the time.
const LOADING_PAUSE: Duration = Duration::from_secs(1);

/// Longest that a picture at rest waits until it is made finer, after colors changed in the midst of that again and again.
/// Chosen: readings that color the scene every few seconds do not keep a processor busy.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How long one turn of the loop draws at a picture at rest, or makes it finer. Chosen: input waits no longer than a person
/// notices, and the panels, which each turn draws too, are the smaller part of the work.
const TURN: Duration = Duration::from_millis(80);

/// The picture that panels lie over.
pub(crate) struct Canvas {
    renderer: Renderer,
    district: District,
    texture: Option<(Sheet, [u32; 2])>,
    /// Where a picture is drawn in parts while the other one is shown; of the same size.
    back: Option<Sheet>,
    /// Pictures in a row that were begun in parts and did not become whole.
    n_begun: u32,
    /// Since when tiles have come that the picture does not show.
    outdated: Option<Instant>,
    /// What the last picture was made of, for picking.
    meshes: Vec<TileKey>,
    casters: Vec<TileKey>,
    shown_ground: Vec<GroundTileId>,
    /// Where the camera was, and since when.
    held: Option<(Camera, Instant)>,
    /// The last choice of tiles was made for a camera at rest.
    settled: bool,
    /// How far a picture at rest that is whole is from being finer.
    finer: Finer,
    /// How long it waits for that.
    pause: Duration,
    /// What the labels were made from.
    labelled: Option<Wanted>,
    /// Which unfinished shapes it has.
    unfinished: u64,
    /// Since when a picture is being drawn, and how long the last one was.
    begun: Instant,
    took: Duration,
    /// The picture no longer shows what is true.
    pub(crate) dirty: bool,
    /// How often the picture became another one since somebody asked.
    n_changed: u32,
    pub(crate) stats: FrameStats,
    pace: Pace,
    is_software: bool,
}

/// What becomes of a picture at rest when it is whole.
enum Finer {
    /// It is not whole, or it is as fine as it becomes.
    No,
    /// It is made finer from then on.
    From(Instant),
    /// It is being made finer.
    Begun(Box<Refining>),
    /// It was; tiles that had to go come back, so that what is picked is as fine as before.
    Restored,
}

/// A texture as the scene's passes and as the panels see it.
struct Sheet {
    texture: wgpu::Texture,
    drawn: wgpu::TextureView,
    shown: wgpu::TextureView,
}

impl Sheet {
    fn new(gpu: &Gpu, size: [u32; 2]) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("scene"),
            size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_DST,
            view_formats: &[FORMAT_FOR_EGUI],
        });
        let view = |format| {
            texture.create_view(&wgpu::TextureViewDescriptor { format: Some(format), ..Default::default() })
        };
        let (drawn, shown) = (view(FORMAT), view(FORMAT_FOR_EGUI));
        Self { texture, drawn, shown }
    }
}

impl Canvas {
    /// `culling`: who chooses what is drawn, if somebody said.
    pub(crate) fn new(
        gpu: &Gpu,
        desk: &Desk,
        (limit_bytes, culling): (u64, Option<CullingChoice>),
        wake: Wake,
    ) -> anyhow::Result<Self> {
        // Four samples cost more than twice the time on a software driver.
        let samples = if gpu.is_software() { 1 } else { 4 };
        let culling = CullingChoice::on(culling, gpu);
        let config = RenderConfig { color_format: FORMAT, culling, ..RenderConfig::headless(samples) };
        let renderer = Renderer::new(gpu, config)?;
        let district =
            District::new(desk.stage.content(), limit_bytes, crate::district::loader_threads(), wake)?;
        Ok(Self {
            renderer,
            district,
            texture: None,
            back: None,
            n_begun: 0,
            begun: Instant::now(),
            took: Duration::ZERO,
            outdated: None,
            meshes: Vec::new(),
            casters: Vec::new(),
            shown_ground: Vec::new(),
            held: None,
            settled: false,
            finer: Finer::No,
            pause: REST,
            labelled: None,
            unfinished: 0,
            dirty: true,
            n_changed: 1,
            stats: FrameStats::default(),
            pace: Pace::new(gpu.is_software()),
            is_software: gpu.is_software(),
        })
    }

    /// Layers of the ground changed: everything composed so far is replaced.
    pub(crate) fn restart_ground(&mut self, desk: &Desk) -> anyhow::Result<()> {
        let content = desk.stage.content();
        self.district.replace_ground(&mut self.renderer, content.shelves, content.ground_index)?;
        self.dirty = true;
        Ok(())
    }

    /// Takes shapes of models whose import goes on, or lets them go.
    pub(crate) fn take_unfinished(&mut self, desk: &Desk) -> Result<(), std::io::Error> {
        if std::mem::replace(&mut self.unfinished, desk.unfinished.revision()) == desk.unfinished.revision() {
            return Ok(());
        }
        let row = desk.scene().n_rows();
        self.district.show_unfinished(&mut self.renderer, row, desk.unfinished.trees())?;
        self.renderer.set_styles(ObjectRow(row), &[UNFINISHED_STYLE]);
        self.dirty = true;
        Ok(())
    }

    /// Whether there is nothing to see yet.
    pub(crate) fn is_blank(&self) -> bool {
        self.meshes.is_empty() && self.shown_ground.is_empty()
    }

    /// Whether the picture is about to change by itself: tiles are on their way, the camera has come to rest, or a picture
    /// is drawn in parts.
    pub(crate) fn is_loading(&self) -> bool {
        let finer = match &self.finer {
            Finer::No => false,
            Finer::From(due) => *due <= Instant::now(),
            Finer::Begun(_) | Finer::Restored => true,
        };
        let goes_on = self.renderer.is_unfinished() || self.outdated.is_some() || finer;
        self.district.state().is_loading || self.settled != self.at_rest() || goes_on
    }

    /// When a picture at rest is to be made finer, if nothing happens until then.
    pub(crate) fn finer_from(&self) -> Option<Instant> {
        match self.finer {
            Finer::From(due) => Some(due),
            _ => None,
        }
    }

    /// Whether the picture became another one since the last call.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.n_changed) > 0
    }

    fn at_rest(&self) -> bool {
        self.held.is_some_and(|(_, since)| since.elapsed() > REST)
    }

    /// Memory, and whether it limits what is shown.
    pub(crate) fn state(&self) -> State {
        self.district.state()
    }

    /// The memory limit that full graphics memory forced since the last call, bytes.
    pub(crate) fn take_lowered(&mut self) -> Option<u64> {
        self.district.take_lowered()
    }

    /// What could not be loaded since the last call.
    pub(crate) fn take_failures(&mut self) -> Vec<TileFailure> {
        self.district.take_failures()
    }

    /// Takes styles that changed: first row, styles.
    pub(crate) fn style(&mut self, changed: Vec<(ObjectRow, Vec<Style>)>) {
        for (first, styles) in changed {
            self.renderer.set_styles(first, &styles);
            self.dirty = true;
        }
    }

    /// Draws the scene if something changed. Returns the view for egui when the texture is a new one.
    pub(crate) fn draw(
        &mut self,
        gpu: &Gpu,
        desk: &Desk,
        size: [u32; 2],
        scale: f32,
    ) -> Result<Option<wgpu::TextureView>, RenderError> {
        let size = size.map(|s| s.clamp(1, gpu.device.limits().max_texture_dimension_2d));
        let mut fresh = None;
        if self.texture.as_ref().is_none_or(|(_, s)| *s != size) {
            let sheet = Sheet::new(gpu, size);
            fresh = Some(sheet.shown.clone());
            self.n_changed += 1;
            (self.texture, self.back) = (Some((sheet, size)), None);
            // As if it had moved: something coarse at once.
            self.held = None;
            self.dirty = true;
        }
        if self.held.is_none_or(|(camera, _)| camera != desk.camera) {
            self.held = Some((desk.camera, Instant::now()));
            self.pause = REST;
        }
        if !self.dirty && !self.is_loading() {
            return Ok(fresh);
        }
        let rests = !self.dirty && self.settled && self.at_rest();
        if rests && !matches!(self.finer, Finer::No) {
            return Ok(self.refine(gpu, desk, size, scale)?.or(fresh));
        }
        self.leave_finer();
        if self.renderer.is_unfinished() && rests {
            // Tiles that have arrived wait until the picture that was begun is whole.
            return Ok(self.paint(gpu, desk, scale)?.or(fresh));
        }
        let view = desk.camera.view(size);
        let rested = self.at_rest() != self.settled;
        self.settled = self.at_rest();
        let fineness = if self.settled { Fineness::AT_REST } else { self.pace.fineness() };
        // What is kept of readings counts as what tables and targets need: tiles have the rest.
        self.district.reserve(desk.overlays.store.kept_bytes());
        // A turn for each tile that comes would draw the panels most of the time, where the processor draws them.
        let turn = if self.settled && !self.dirty && self.is_software { TURN } else { Duration::ZERO };
        self.district.step_for(&mut self.renderer, (&[view], fineness), turn)?;
        let state = self.district.state();
        if !self.dirty && !rested {
            if !state.changed && self.outdated.is_none() {
                return Ok(fresh);
            }
            let since = *self.outdated.get_or_insert_with(Instant::now);
            let is_slow = self.settled && self.is_software;
            if is_slow && state.is_loading && since.elapsed() < LOADING_PAUSE.max(self.took) {
                return Ok(fresh);
            }
        }
        self.outdated = None;
        self.meshes = self.district.keys().to_vec();
        self.casters = self.district.casters(&desk.camera, false);
        self.shown_ground = self.district.shown_ground().to_vec();
        self.label(desk, scale)?;
        Ok(self.paint(gpu, desk, scale)?.or(fresh))
    }

    /// Makes a picture at rest finer, for a while with each call. Returns the view for egui when another texture is to be shown.
    fn refine(
        &mut self,
        gpu: &Gpu,
        desk: &Desk,
        size: [u32; 2],
        scale: f32,
    ) -> Result<Option<wgpu::TextureView>, RenderError> {
        match &self.finer {
            Finer::No => return Ok(None),
            Finer::From(due) if *due > Instant::now() => return Ok(None),
            Finer::From(_) => {
                let (shown, size) = (self.input(desk, scale), (size, Fineness::REFINED));
                let refining = Refining::begin(&mut self.renderer, &mut self.district, shown, size);
                let Some(refining) = refining else {
                    self.finer = Finer::No;
                    return Ok(None);
                };
                self.finer = Finer::Begun(Box::new(refining));
            }
            Finer::Begun(_) => {}
            Finer::Restored => {
                let view = desk.camera.view(size);
                self.district.step_for(&mut self.renderer, (&[view], Fineness::AT_REST), TURN)?;
                self.meshes = self.district.keys().to_vec();
                if !self.district.state().is_loading {
                    self.finer = Finer::No;
                }
                return Ok(None);
            }
        }
        let (Finer::Begun(refining), Some((front, _))) = (&mut self.finer, &mut self.texture) else {
            return Ok(None);
        };
        let back = self.back.get_or_insert_with(|| Sheet::new(gpu, size));
        let onto = Onto { texture: &back.texture, view: &back.drawn };
        let started = Instant::now();
        let drawn = loop {
            let drawn = refining.go_on(&mut self.renderer, &mut self.district, &onto);
            let left = TURN.saturating_sub(started.elapsed());
            if !matches!(drawn, Ok(None)) || left.is_zero() {
                break drawn;
            }
            if refining.is_loading() && !self.district.wait(&mut self.renderer, left)? {
                break drawn;
            }
        };
        // What is picked meanwhile is what stays in memory.
        self.meshes = self.district.keys().to_vec();
        match drawn {
            Ok(None) => Ok(None),
            Ok(Some(stats)) => {
                self.stats = stats;
                self.n_changed += 1;
                std::mem::swap(front, back);
                self.renderer.release_shadows();
                self.finer = Finer::Restored;
                self.pause = REST;
                Ok(Some(front.shown.clone()))
            }
            Err(RenderError::OutOfMemory(why)) => {
                // The picture stays as it is, unless what is in memory now is coarser.
                self.dirty = self.district.out_of_memory(&mut self.renderer, &why);
                self.renderer.release_shadows();
                self.finer = Finer::No;
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    /// Something happened: the picture will be another one.
    fn leave_finer(&mut self) {
        if matches!(self.finer, Finer::Begun(_)) {
            self.renderer.release_shadows();
            if self.at_rest() {
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
        }
        self.finer = Finer::No;
    }

    /// The pointer asks what it is over, which goes first: a picture that is being made finer begins again later.
    fn put_finer_off(&mut self) {
        if matches!(self.finer, Finer::Begun(_)) {
            self.renderer.release_shadows();
            self.finer = Finer::From(Instant::now() + self.pause);
        } else {
            self.dirty |= self.renderer.is_unfinished();
        }
    }

    /// Draws the scene, or a part of its picture: where the processor draws, what is fine takes long, and input does not
    /// wait for it. Returns the view for egui when another texture is to be shown.
    fn paint(
        &mut self,
        gpu: &Gpu,
        desk: &Desk,
        scale: f32,
    ) -> Result<Option<wgpu::TextureView>, RenderError> {
        let input = self.input(desk, scale);
        let Some((front, size)) = &mut self.texture else { return Ok(None) };
        let size = *size;
        let meshes = (self.meshes.as_slice(), self.casters.as_slice());
        let frame = frame(&input, meshes, &self.shown_ground);
        // What is refused is tried again with the next change, or at once where there is room now.
        self.dirty = false;
        if !self.renderer.is_unfinished() {
            self.n_begun += 1;
            self.begun = Instant::now();
        }
        let mut swapped = None;
        let drawn = if self.settled && self.is_software && self.n_begun <= MOST_BEGUN {
            let back = self.back.get_or_insert_with(|| Sheet::new(gpu, size));
            let started = Instant::now();
            let drawn = loop {
                let drawn = self.renderer.render_in_parts(&back.drawn, &Window::whole(size), &frame);
                if !matches!(drawn, Ok(None)) || started.elapsed() >= TURN {
                    break drawn;
                }
            };
            if let Ok(Some(_)) = drawn {
                std::mem::swap(front, back);
                swapped = Some(front.shown.clone());
            }
            drawn
        } else {
            self.renderer.render(&front.drawn, size, &frame).map(Some)
        };
        match drawn {
            Ok(None) => {}
            Ok(Some(stats)) => {
                (self.stats, self.n_begun, self.took) = (stats, 0, self.begun.elapsed());
                self.n_changed += 1;
                if !self.settled {
                    self.pace.drew(stats.n_triangles);
                }
                // Where there is nothing to see nothing becomes finer.
                if self.settled && !self.district.state().is_loading && !self.is_blank() {
                    self.finer = Finer::From(Instant::now() + self.pause);
                }
            }
            Err(RenderError::OutOfMemory(why)) if self.district.out_of_memory(&mut self.renderer, &why) => {
                self.dirty = true;
            }
            Err(e) => return Err(e),
        }
        Ok(swapped)
    }

    /// Whether a picture is being drawn in parts: what is asked of the scene meanwhile begins it again.
    pub(crate) fn is_painting(&self) -> bool {
        self.renderer.is_unfinished() && !matches!(self.finer, Finer::Begun(_))
    }

    fn input(&self, desk: &Desk, scale: f32) -> (Camera, Sun, Options) {
        let look = Look {
            place: Place::Window { is_software: self.is_software, moving: !self.settled },
            ground_opacity: desk.ground_opacity,
            relief: desk.shown.relief,
            swipe: desk.shown.swipe.is_some().then_some(desk.swipe_at),
            simple: desk.simple,
            labels: desk.shown.labels,
            section: desk.shown.section.drawn(),
            scale,
        };
        (desk.camera, desk.sun(), look.options(&desk.camera))
    }

    /// Boxes of the picture that panels and signs cover: labels, where they are shown, stand elsewhere.
    pub(crate) fn cover(&mut self, covered: Vec<[f32; 4]>, labels: bool) {
        self.dirty |= self.renderer.cover(covered) && labels;
    }

    /// Makes the labels again where what they follow from changed.
    fn label(&mut self, desk: &Desk, scale: f32) -> Result<(), RenderError> {
        if !desk.shown.labels {
            return Ok(());
        }
        let (overlays, shown) = (Arc::clone(&desk.overlays), desk.shown.clone());
        let wanted = Wanted { overlays, shown, scale, language: desk.language };
        if self.labelled.as_ref().is_none_or(|l| !l.is(&wanted)) {
            self.renderer.set_labels(Arc::new(labels::sheet(&wanted)))?;
            self.labelled = Some(wanted);
        }
        Ok(())
    }

    /// What lies at a pixel of the last picture.
    pub(crate) fn pick(&mut self, desk: &Desk, pixel: [u32; 2]) -> Result<Option<Pick>, RenderError> {
        let Some((_, size)) = &self.texture else { return Ok(None) };
        let size = *size;
        let input = self.input(desk, 1.0);
        let (meshes, ground) = (self.meshes.clone(), self.shown_ground.clone());
        self.put_finer_off();
        self.renderer.pick(&frame(&input, (&meshes, &[]), &ground), size, pixel)
    }
}

impl Canvas {
    /// Objects that show in a rectangle of pixels of the last picture.
    pub(crate) fn pick_rect(
        &mut self,
        desk: &Desk,
        corner: [u32; 2],
        extent: [u32; 2],
    ) -> Result<Vec<ObjectRow>, RenderError> {
        let Some((_, size)) = &self.texture else { return Ok(Vec::new()) };
        let size = *size;
        let input = self.input(desk, 1.0);
        let (meshes, ground) = (self.meshes.clone(), self.shown_ground.clone());
        self.put_finer_off();
        self.renderer.pick_rect(&frame(&input, (&meshes, &[]), &ground), size, corner, extent)
    }

    /// Changes the memory limit, bytes; what is too much goes at once.
    pub(crate) fn set_limit(&mut self, bytes: u64) {
        self.district.set_limit(&mut self.renderer, bytes);
        self.dirty = true;
    }
}

fn frame<'a>(
    (camera, sun, options): &(Camera, Sun, Options),
    (meshes, casters): (&'a [TileKey], &'a [TileKey]),
    ground: &'a [GroundTileId],
) -> FrameInput<'a> {
    FrameInput { camera: *camera, meshes, casters, ground, sun: *sun, options: *options }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use lantu_bench::City;
    use lantu_session::{Access, Session, SessionOptions};

    use super::*;
    use crate::commands::bench::city;
    use crate::window::opening::Opened;

    const SIZE: [u32; 2] = [320, 200];

    fn options() -> SessionOptions {
        SessionOptions {
            worker: lantu_session::WorkerCommand { program: "true".into(), args: Vec::new() },
            user: "tester".to_owned(),
            clock: || lantu_base::UtcNanos(1_785_000_000_000_000_000),
            threads: 1,
            memory_bytes: None,
            deadline_s: 60,
            cancel: lantu_base::CancelToken::default(),
        }
    }

    /// A project of so many generated objects in a folder of its own.
    fn project(folder: &std::path::Path, n_objects: u64) -> PathBuf {
        let path = folder.join("site.lantu");
        let frame =
            lantu_geodesy::make_frame(lantu_bench::CRS, Some(lantu_bench::HEIGHT_CRS), "Asia/Shanghai");
        let mut session = Session::create(&path, "site", frame.unwrap(), options()).unwrap();
        if n_objects > 0 {
            let recipe = folder.join("city.json");
            std::fs::write(&recipe, "{}").unwrap();
            city::write(&mut session, &City::new(n_objects, 1), &recipe, &mut |_| ()).unwrap();
        }
        session.close().unwrap();
        path
    }

    /// Draws as the window's loop does until it waits for somebody. Returns the canvas and how often it drew.
    fn rested(gpu: &Gpu, desk: &Desk) -> (Canvas, u32) {
        let mut canvas = Canvas::new(gpu, desk, (256 << 20, None), Arc::new(|| ())).unwrap();
        let mut n = 0;
        // A minute and a half at least; it takes less than a second.
        for _ in 0..30_000 {
            let goes_on = canvas.dirty || canvas.is_loading();
            if !goes_on && canvas.finer_from().is_none() && canvas.settled {
                return (canvas, n);
            }
            if goes_on {
                canvas.draw(gpu, desk, SIZE, 1.0).unwrap();
                n += 1;
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        panic!("it asks for one frame after the other");
    }

    fn comes_to_rest(n_objects: u64) -> Canvas {
        let folder = tempfile::tempdir().unwrap();
        let path = project(folder.path(), n_objects);
        let opened = Opened::new(Session::open(&path, Access::Read, options()).unwrap());
        let desk = Desk::new(opened, None, SIZE, || ()).unwrap();
        let gpu = Gpu::headless().unwrap();
        let (mut canvas, n) = rested(&gpu, &desk);
        assert!(n > 0);
        canvas.draw(&gpu, &desk, SIZE, 1.0).unwrap();
        assert!(!canvas.dirty && !canvas.is_loading() && canvas.finer_from().is_none(), "it begins again");
        canvas
    }

    #[test]
    fn an_empty_project_comes_to_rest_and_asks_for_no_frames() {
        assert!(comes_to_rest(0).is_blank());
    }

    #[test]
    fn a_small_district_comes_to_rest_and_is_not_drawn_finer_than_all_of_it() {
        let canvas = comes_to_rest(200);
        assert!(!canvas.is_blank() && canvas.stats.n_triangles > 0);
        assert!(matches!(canvas.finer, Finer::No));
    }
}
