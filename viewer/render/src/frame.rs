//! A frame from its list to the screen: at once, or in parts between which the caller goes on.

use std::time::{Duration, Instant};

use lantu_base::Bounds;
use lantu_tiles::GroundTileId;

use crate::camera::Camera;
use crate::daylight::Daylight;
use crate::draw::Shot;
use crate::drawing::Walk;
use crate::error::RenderError;
use crate::gpu_cull::CullView;
use crate::input::{FrameInput, FrameStats, Options, Shading, Sun, TileKey};
use crate::list::FrameList;
use crate::parts::Window;
use crate::pipelines::{Shadows, Surface};
use crate::renderer::Renderer;
use crate::section::Section;
use crate::shadow::ShadowView;
use crate::targets::{Needs, TargetSpec, Targets};

/// How long a part of a frame waits for the one before at most. Chosen: short beside a frame of the screen, so that input waits
/// no longer for it, and long beside what asking again costs.
const PART_WAIT: Duration = Duration::from_millis(8);

/// What the shadow map shows; it is drawn again when this changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ShadowKey {
    pub(crate) view: ShadowView,
    tiles: Vec<TileKey>,
    styles: u64,
    section: Option<Section>,
}

/// What a frame shows. One that is continued has to show the same as before.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    window: Window,
    camera: Camera,
    sun: Sun,
    options: Options,
    meshes: Vec<TileKey>,
    casters: Vec<TileKey>,
    ground: Vec<GroundTileId>,
    target: wgpu::TextureView,
}

/// A frame whose list is made, and how much of it is drawn.
#[derive(Debug)]
pub(crate) struct Frame {
    shown: Shown,
    list: FrameList,
    view: Option<ShadowView>,
    /// The shadow map is drawn with it, and then shows this.
    shadow: Option<ShadowKey>,
    surface: Surface,
    n_glyphs: u32,
    stats: FrameStats,
    /// Where the next part begins, see [`Walk`].
    from: u64,
    /// The last part that was submitted.
    last: Option<wgpu::SubmissionIndex>,
}

impl Shown {
    fn of(target: &wgpu::TextureView, window: &Window, input: &FrameInput<'_>) -> Self {
        Self {
            window: *window,
            camera: input.camera,
            sun: input.sun,
            options: input.options,
            meshes: input.meshes.to_vec(),
            casters: input.casters.to_vec(),
            ground: input.ground.to_vec(),
            target: target.clone(),
        }
    }
}

impl Renderer {
    /// Draws one frame into `target`, whose size is `size` pixels and whose format is the configured one.
    ///
    /// # Errors
    /// [`RenderError::Size`], or what the device reports.
    pub fn render(
        &mut self,
        target: &wgpu::TextureView,
        size: [u32; 2],
        input: &FrameInput<'_>,
    ) -> Result<FrameStats, RenderError> {
        self.render_window(target, &Window::whole(size), input)
    }

    /// Draws a part of a picture into `target`, which is as large as the window.
    pub(crate) fn render_window(
        &mut self,
        target: &wgpu::TextureView,
        window: &Window,
        input: &FrameInput<'_>,
    ) -> Result<FrameStats, RenderError> {
        self.unfinished = None;
        let start = Instant::now();
        let input = &FrameInput { options: effective(&input.options), ..*input };
        let mut frame = self.begin_frame(Shown::of(target, window, input), input)?;
        self.walk.set(Walk::default());
        self.record(input, &mut frame)?;
        self.drawn_shadow = frame.shadow.or(self.drawn_shadow.take());
        frame.stats.cpu_encode_ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(frame.stats)
    }

    /// As [`Renderer::render`], one part of the frame with each call where the processor draws: `None` while there is more to
    /// come. Until then `target` shows nothing whole. The picture is the same. Waits some milliseconds at most for the part
    /// before.
    ///
    /// `window`: what of the picture is drawn; `target` is as large as that, and `input.camera` is that of the whole picture.
    ///
    /// A call for another frame begins that one; so does the next call after tiles, styles or labels changed.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn render_in_parts(
        &mut self,
        target: &wgpu::TextureView,
        window: &Window,
        input: &FrameInput<'_>,
    ) -> Result<Option<FrameStats>, RenderError> {
        let start = Instant::now();
        let input = &FrameInput { options: effective(&input.options), ..*input };
        let shown = Shown::of(target, window, input);
        let mut frame = match self.unfinished.take().filter(|f| f.shown == shown) {
            Some(frame) => *frame,
            None => self.begin_frame(shown, input)?,
        };
        if let Some(last) = &frame.last
            && !self.gpu.is_done(last, PART_WAIT)?
        {
            self.unfinished = Some(Box::new(frame));
            return Ok(None);
        }
        self.walk.set(Walk { from: frame.from, in_parts: true, ..Walk::default() });
        let recorded = self.record(input, &mut frame);
        let end = self.walk.take().end;
        recorded?;
        frame.stats.cpu_encode_ms += start.elapsed().as_secs_f64() * 1e3;
        if let Some(end) = end {
            frame.from = end;
            frame.stats.n_waits += 1;
            self.unfinished = Some(Box::new(frame));
            return Ok(None);
        }
        self.drawn_shadow = frame.shadow.or(self.drawn_shadow.take());
        Ok(Some(frame.stats))
    }

    /// Whether a frame that [`Renderer::render_in_parts`] began has more to come.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished.is_some()
    }

    /// Makes a frame's list, its targets, and all that its passes read.
    fn begin_frame(&mut self, shown: Shown, input: &FrameInput<'_>) -> Result<Frame, RenderError> {
        let window = &shown.window;
        let size = window.extent;
        self.gpu.check()?;
        self.gpu.check_size(size)?;
        let list = self.list(input, window, self.config.culling);
        let view = self.held_shadow.or_else(|| self.shadow_view(input, &list));
        let n_glyphs = match &mut self.labels {
            Some(l) if input.options.labels => l.prepare(&self.gpu, (window, &self.covered), input),
            _ => 0,
        };
        let surface = self.surface(input, &list, (view.is_some(), n_glyphs > 0));
        let needs = Needs {
            scene: !surface.direct,
            layers: list.layers,
            occlusion: input.options.occlusion,
            mask: list.has_selection,
            marks: list.has_marks,
            pyramid: list.is_primed(),
        };
        let (samples, format) = (self.config.samples, self.config.color_format);
        let spec = TargetSpec { size, samples, format, needs };
        if !self.targets.as_ref().is_some_and(|t| t.fits(&spec)) {
            if self.targets.take().is_some() {
                // Only then is the old ones' memory free.
                self.gpu.wait()?;
            }
            self.targets = Some(self.gpu.allocate(|device| Targets::new(device, &self.layouts, &spec))?);
            self.gpu.check()?;
        }
        if view.is_some() && self.uniforms.want_shadows(&self.gpu.device, &self.layouts) {
            self.drawn_shadow = None;
        }
        let style_bytes = self.prepare(&list);
        self.prepare_choice(&list, (input, window));
        self.uniforms.write_frame(&self.gpu.queue, input, window, view.as_ref());
        let stats = FrameStats {
            style_bytes,
            tile_bytes: std::mem::take(&mut self.new_tile_bytes),
            ..FrameStats::default()
        };
        if let Some(clock) = &self.clock {
            clock.start_frame();
        }
        let shadow =
            view.filter(|_| self.held_shadow.is_none()).and_then(|v| self.new_shadow(&v, input, &list));
        Ok(Frame { shown, list, view, shadow, surface, n_glyphs, stats, from: 0, last: None })
    }

    /// Walks through a frame's passes and submits what it recorded of them.
    fn record(&mut self, input: &FrameInput<'_>, frame: &mut Frame) -> Result<(), RenderError> {
        let Frame { shown, list, view, shadow, surface, n_glyphs, stats, last, .. } = frame;
        let desc = wgpu::CommandEncoderDescriptor { label: Some("frame") };
        let mut encoder = self.gpu.device.create_command_encoder(&desc);
        if let Some((view, _)) = view.as_ref().zip(shadow.as_ref()) {
            self.draw_casters(&mut encoder, (view, false), (list, input.options.section.is_some()), stats);
        }
        if let Some(targets) = &self.targets {
            let shot = Shot { targets, input, list, surface: *surface, target: &shown.target };
            self.draw_choice(&mut encoder, &shot, stats);
            self.draw_scene(&mut encoder, &shot, stats);
            if let Some(layers) = &targets.layers {
                self.draw_layers(&mut encoder, &shot, layers, stats);
            }
            if !surface.direct {
                self.draw_post(&mut encoder, &shot, stats);
            }
            if let Some(labels) = self.labels.as_ref().filter(|_| *n_glyphs > 0) {
                self.draw_labels(&mut encoder, (&shot, *n_glyphs), labels, stats);
            }
            stats.gpu_bytes = self.pages.allocated_bytes()
                + self.ground_bytes()
                + targets.bytes
                + self.uniforms.shadow_bytes;
        }
        if let Some(clock) = self.clock.as_ref().filter(|_| self.walk.get().end.is_none()) {
            clock.gather(&mut encoder);
        }
        *last = Some(self.submit(encoder));
        self.staged_bytes = 0;
        if let Err(e) = self.gpu.check() {
            // It may never have been drawn.
            self.drawn_shadow = None;
            return Err(e);
        }
        Ok(())
    }

    /// How surfaces are drawn in a frame: straight into the caller's target if no later pass needs the scene.
    fn surface(&self, input: &FrameInput<'_>, list: &FrameList, (shadows, labels): (bool, bool)) -> Surface {
        let plain = input.options.shading != Shading::Full;
        let section = input.options.section.is_some();
        // Caps need the scene's alpha to get their depth.
        // Labels look at the scene's depth.
        let bare = !list.has_selection && !list.has_marks && !list.layers.any() && !labels;
        let alone = bare && !input.options.occlusion && (plain || !section);
        Surface {
            // Light is mixed linearly, which a target without conversion cannot.
            direct: alone && (plain || self.config.color_format.is_srgb()),
            plain,
            section,
            shadows: match shadows {
                false => Shadows::None,
                true if input.options.soft_shadows => Shadows::Soft,
                true => Shadows::Hard,
            },
        }
    }

    /// Writes what the graphics card chooses draws by.
    fn prepare_choice(&mut self, list: &FrameList, (input, window): (&FrameInput<'_>, &Window)) {
        let Some(culler) = self.culler.as_mut().filter(|_| !list.plan.is_empty()) else { return };
        let pyramid = self.targets.as_ref().and_then(|t| t.pyramid.as_ref()).filter(|_| list.is_primed());
        let view = CullView::new(&input.camera, window, pyramid.map_or(0, |p| p.n_levels));
        culler.prepare((&self.gpu, &self.layouts), &self.pages, &list.plan, (&view, pyramid));
    }

    pub(crate) fn shadow_view(&self, input: &FrameInput<'_>, list: &FrameList) -> Option<ShadowView> {
        let dark = Daylight::at(input.sun.elevation_deg).sun.max_element() <= 0.0;
        if !input.options.shadows || dark {
            return None;
        }
        let casters = list.meshes.iter().filter(|m| m.casts).filter_map(|m| self.meshes.get(&m.key));
        let casters = casters.fold(Bounds::EMPTY, |all, m| all.union(m.bounds));
        ShadowView::fit(&input.camera, input.sun.direction, &casters)
    }

    /// What the shadow map is to show, if it does not yet; then it shows nothing until it is drawn.
    fn new_shadow(
        &mut self,
        view: &ShadowView,
        input: &FrameInput<'_>,
        list: &FrameList,
    ) -> Option<ShadowKey> {
        let tiles = list.meshes.iter().filter(|m| m.casts).map(|m| m.key).collect();
        let section = input.options.section;
        let key = ShadowKey { view: *view, tiles, styles: self.styles.revision(), section };
        if self.drawn_shadow.as_ref() == Some(&key) {
            return None;
        }
        self.drawn_shadow = None;
        self.uniforms.write_caster(&self.gpu.queue, view, (input.camera.eye, section));
        Some(key)
    }
}

/// Options without those that plain shading does not have.
pub(crate) fn effective(o: &Options) -> Options {
    if o.shading == Shading::Full {
        return *o;
    }
    Options { edges: false, shadows: false, occlusion: false, ..*o }
}
