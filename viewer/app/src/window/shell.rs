//! The operating system's window, its surface, and egui on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use egui::ViewportId;
use egui_wgpu::ScreenDescriptor;
use glam::DVec2;
use lantu_render::{Gpu, RenderError};
use lantu_ui::{Language, UiModel, UiOutput, UiState, Words};
use winit::dpi::PhysicalSize;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoopProxy};
use winit::window::{Fullscreen, Window};

use crate::window::Wake;

/// How long the window may show what was painted once, while its loop goes on. Chosen: where the system took it away without
/// saying so it is back before somebody wonders, and painting once in this time costs little.
const STALE: Duration = Duration::from_secs(1);

/// A device for a window, its surface, and how the surface is set up.
fn device(window: &Arc<Window>) -> anyhow::Result<(Gpu, wgpu::Surface<'static>, wgpu::SurfaceConfiguration)> {
    let instance = Gpu::instance(wgpu::Backends::PRIMARY);
    let surface = instance
        .create_surface(Arc::clone(window))
        .map_err(|e| RenderError::NoAdapter { reason: e.to_string() })?;
    let gpu = Gpu::for_surface(instance, &surface)?;
    let inner = window.inner_size();
    let mut config = surface
        .get_default_config(&gpu.adapter, inner.width.max(1), inner.height.max(1))
        .ok_or_else(|| RenderError::NoAdapter { reason: "the surface fits no adapter".to_owned() })?;
    // egui blends in gamma space: a format without sRGB conversion.
    let formats = surface.get_capabilities(&gpu.adapter).formats;
    config.format = formats.iter().copied().find(|f| !f.is_srgb()).unwrap_or(config.format);
    surface.configure(&gpu.device, &config);
    Ok((gpu, surface, config))
}

/// A picture in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pane {
    /// The scene; the right half of its place while there is another picture.
    #[default]
    Scene,
    /// What is shown left of it, from the same place.
    Beside,
}

/// Window, surface, panels.
pub(crate) struct Shell {
    pub(crate) window: Arc<Window>,
    pub(crate) gpu: Gpu,
    /// `None` only while a lost device is replaced.
    surface: Option<wgpu::Surface<'static>>,
    config: wgpu::SurfaceConfiguration,
    egui: egui::Context,
    input: egui_winit::State,
    painter: egui_wgpu::Renderer,
    /// Of each [`Pane`].
    scene_textures: [Option<egui::TextureId>; 2],
    has_beside: bool,
    scene_rect: egui::Rect,
    pending: Option<egui::FullOutput>,
    /// A rectangle that is being dragged, in points.
    pub(crate) lasso: Option<egui::Rect>,
    repaint: bool,
    /// What the window shows of panels, and since when.
    presented: Option<(Vec<egui::epaint::ClippedShape>, Instant)>,
    /// Devices that were lost.
    n_devices: usize,
}

impl Shell {
    pub(crate) fn new(
        event_loop: &ActiveEventLoop,
        proxy: &EventLoopProxy<Wake>,
        size: [u32; 2],
        fullscreen: bool,
        language: Language,
    ) -> anyhow::Result<Self> {
        // Invisible until assistive technology knows it: some readers miss windows that appear first.
        let attributes = Window::default_attributes()
            .with_title("Lantu 蓝图")
            .with_inner_size(PhysicalSize::new(size[0], size[1]))
            .with_fullscreen(fullscreen.then_some(Fullscreen::Borderless(None)))
            .with_visible(false);
        let window = Arc::new(event_loop.create_window(attributes).context("no window can be made")?);
        let (gpu, surface, config) = device(&window)?;

        let egui = egui::Context::default();
        egui.set_fonts(lantu_ui::fonts(language));
        let max_side = usize::try_from(gpu.device.limits().max_texture_dimension_2d).ok();
        #[expect(clippy::cast_possible_truncation, reason = "a scale factor")]
        let scale = window.scale_factor() as f32;
        let mut input =
            egui_winit::State::new(egui.clone(), ViewportId::ROOT, &window, Some(scale), None, max_side);
        input.init_accesskit(event_loop, &window, proxy.clone());
        let painter =
            egui_wgpu::Renderer::new(&gpu.device, config.format, egui_wgpu::RendererOptions::default());
        window.set_visible(true);
        Ok(Self {
            window,
            gpu,
            surface: Some(surface),
            config,
            egui,
            input,
            painter,
            scene_textures: [None; 2],
            has_beside: false,
            scene_rect: egui::Rect::ZERO,
            pending: None,
            lasso: None,
            repaint: false,
            presented: None,
            n_devices: 0,
        })
    }

    pub(crate) fn pixels_per_point(&self) -> f32 {
        self.egui.pixels_per_point()
    }

    pub(crate) fn set_language(&mut self, language: Language) {
        self.egui.set_fonts(lantu_ui::fonts(language));
    }

    /// Whether the window is an icon or has no size. Where the system does not say, it is not.
    pub(crate) fn is_minimized(&self) -> bool {
        let size = self.window.inner_size();
        size.width == 0 || size.height == 0 || self.window.is_minimized() == Some(true)
    }

    pub(crate) fn set_fullscreen(&self, on: bool) {
        self.window.set_fullscreen(on.then_some(Fullscreen::Borderless(None)));
    }

    /// A new device after the old one was lost. Panels keep their state and paint themselves anew; the scene's texture is
    /// gone.
    pub(crate) fn rebuild(&mut self) -> anyhow::Result<()> {
        // Only one surface can be there for a window: the old one goes first.
        drop(self.surface.take());
        let (gpu, surface, config) = device(&self.window)?;
        self.presented = None;
        self.painter =
            egui_wgpu::Renderer::new(&gpu.device, config.format, egui_wgpu::RendererOptions::default());
        (self.gpu, self.surface, self.config) = (gpu, Some(surface), config);
        self.scene_textures = [None; 2];
        // What was to be painted names textures of the old device; egui insists that nobody forgets them by mistake.
        if let Some(mut full) = self.pending.take() {
            full.textures_delta.set.clear();
            full.textures_delta.free.clear();
        }
        // egui sends its glyphs again when the size that textures may have changes.
        let limit = usize::try_from(self.gpu.device.limits().max_texture_dimension_2d).unwrap_or(2048);
        self.n_devices += 1;
        self.input.set_max_texture_side(limit - self.n_devices % 2);
        self.repaint = true;
        Ok(())
    }

    /// Loses the device on purpose, for fault tests.
    pub(crate) fn lose_device(&self) {
        self.gpu.lose();
    }

    /// Hands an event to egui; whether the window must be drawn again.
    pub(crate) fn on_event(&mut self, event: &WindowEvent) -> bool {
        // What the system says of a window may mean that it lost what it showed.
        self.presented = None;
        self.input.on_window_event(&self.window, event).repaint
    }

    pub(crate) fn access(&mut self, event: egui_winit::accesskit_winit::Event) {
        use egui_winit::accesskit_winit::WindowEvent as Access;
        match event.window_event {
            Access::InitialTreeRequested => self.egui.enable_accesskit(),
            Access::ActionRequested(request) => self.input.on_accesskit_action_request(request),
            Access::AccessibilityDeactivated => self.egui.disable_accesskit(),
        }
    }

    pub(crate) fn resize(&mut self, size: [u32; 2]) {
        let limit = self.gpu.device.limits().max_texture_dimension_2d;
        (self.config.width, self.config.height) = (size[0].clamp(1, limit), size[1].clamp(1, limit));
        if let Some(surface) = &self.surface {
            surface.configure(&self.gpu.device, &self.config);
        }
    }

    /// Runs the panels; what they painted is kept for [`Shell::present`].
    pub(crate) fn panels(&mut self, model: &UiModel, state: &mut UiState, words: &Words) -> UiOutput {
        let raw = self.input.take_egui_input(&self.window);
        let mut output = None;
        let places = [Pane::Scene, Pane::Beside].map(|pane| self.rect(pane));
        let (textures, lasso) = (self.scene_textures, self.lasso);
        let has_beside = self.has_beside;
        let full = self.egui.clone().run_ui(raw, |ui| {
            let n_panes = if has_beside { 2 } else { 1 };
            for (texture, place) in textures.into_iter().zip(places).take(n_panes) {
                let uv = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
                if let Some(texture) = texture {
                    ui.painter().image(texture, place, uv, egui::Color32::WHITE);
                }
            }
            output = Some(lantu_ui::show(ui, model, state, words));
            if let Some(lasso) = lasso {
                let color = ui.visuals().selection.stroke.color;
                let painter = ui.ctx().layer_painter(egui::LayerId::new(
                    egui::Order::Foreground,
                    egui::Id::unique("lantu-lasso"),
                ));
                let stroke = egui::Stroke::new(1.5, color);
                painter.rect(lasso, 0.0, color.gamma_multiply(0.12), stroke, egui::StrokeKind::Inside);
            }
        });
        self.repaint = full.viewport_output.values().any(|v| v.repaint_delay.is_zero());
        self.keep(full);
        let out = output.unwrap_or_else(|| UiOutput {
            actions: Vec::new(),
            scene_rect: self.scene_rect,
            free_rect: self.scene_rect,
            signs: Vec::new(),
            wants_pointer: false,
            holds_pointer: false,
            wants_keyboard: false,
        });
        // The picture moves with its rectangle in the next frame.
        self.repaint |= out.scene_rect != self.scene_rect;
        self.scene_rect = out.scene_rect;
        out
    }

    /// Keeps an output to be painted; textures of one that was never painted must not be lost.
    fn keep(&mut self, mut full: egui::FullOutput) {
        if let Some(mut old) = self.pending.take() {
            let mut delta = std::mem::take(&mut old.textures_delta);
            delta.append(std::mem::take(&mut full.textures_delta));
            full.textures_delta = delta;
        }
        self.pending = Some(full);
    }

    pub(crate) fn wants_repaint(&self) -> bool {
        self.repaint
    }

    /// Whether two pictures share the scene's place.
    pub(crate) fn set_beside(&mut self, on: bool) {
        self.repaint |= self.has_beside != on;
        self.has_beside = on;
    }

    /// Where a picture lies, in points.
    fn rect(&self, pane: Pane) -> egui::Rect {
        if !self.has_beside {
            return self.scene_rect;
        }
        // Both are as many pixels wide.
        let scale = self.pixels_per_point();
        let half = (self.scene_rect.width() * scale / 2.0).floor() / scale;
        match pane {
            Pane::Scene => self.scene_rect.with_min_x(self.scene_rect.right() - half),
            Pane::Beside => self.scene_rect.with_max_x(self.scene_rect.left() + half),
        }
    }

    /// The picture at a window position.
    pub(crate) fn pane_at(&self, at: DVec2) -> Pane {
        let x = at.as_vec2().x / self.pixels_per_point();
        if self.has_beside && x < self.scene_rect.center().x { Pane::Beside } else { Pane::Scene }
    }

    /// Boxes of a picture (left, top, right, bottom in its pixels) that panels over it cover, and signs, which lie over the
    /// scene only, in points.
    pub(crate) fn covered(&self, pane: Pane, signs: &[egui::Rect]) -> Vec<[f32; 4]> {
        let scale = self.pixels_per_point();
        let place = self.rect(pane);
        let over = |rect: egui::Rect| {
            let seen = rect.intersect(place);
            // What covers all of it is the scene's own layer, or a dialog that hides its labels anyway.
            let is_over = seen.is_positive() && seen != place;
            let r = seen.translate(-place.min.to_vec2());
            is_over.then(|| [r.min.x, r.min.y, r.max.x, r.max.y].map(|v| (v * scale).round()))
        };
        let mut covered: Vec<_> = self.egui.memory(|m| {
            let rect = |layer: egui::LayerId| {
                m.area_rect(layer.id).filter(|_| m.areas().is_visible(&layer)).and_then(over)
            };
            let lasting = |layer: &egui::LayerId| layer.order <= egui::Order::Middle;
            m.layer_ids().filter(lasting).filter_map(rect).collect()
        });
        if pane == Pane::Scene {
            covered.extend(signs.iter().copied().filter_map(over));
        }
        covered
    }

    /// Pixels of each picture, where the scene has this rectangle.
    pub(crate) fn pane_size(&self, rect: egui::Rect) -> [u32; 2] {
        let mut size = rect.size() * self.pixels_per_point();
        if self.has_beside {
            size.x = (size.x / 2.0).floor();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a texture's size"
        )]
        [size.x.round().clamp(1.0, 16_384.0) as u32, size.y.round().clamp(1.0, 16_384.0) as u32]
    }

    /// Whether a panel, a card or a dialog lies at a window position. Asked when a button goes down: what the last frame
    /// said is of where the pointer was then, and frames may be slow.
    pub(crate) fn is_panel_at(&self, at: DVec2) -> bool {
        let p = at.as_vec2() / self.pixels_per_point();
        let p = egui::pos2(p.x, p.y);
        let above = self.egui.layer_id_at(p).is_some_and(|layer| layer.order != egui::Order::Background);
        above || !self.scene_rect.contains(p)
    }

    /// Corner of a picture in window pixels.
    pub(crate) fn origin(&self, pane: Pane) -> DVec2 {
        let p = self.rect(pane).min * self.pixels_per_point();
        DVec2::new(p.x.into(), p.y.into())
    }

    /// Pixel of a picture under a window position.
    pub(crate) fn pixel(&self, pane: Pane, at: DVec2, size: [u32; 2]) -> Option<[u32; 2]> {
        let p = at - self.origin(pane);
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < f64::from(size[0]) && p.y < f64::from(size[1]);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the scene")]
        inside.then_some([p.x as u32, p.y as u32])
    }

    /// Shows a new scene texture from now on.
    pub(crate) fn show_scene(&mut self, pane: Pane, view: &wgpu::TextureView) {
        let device = &self.gpu.device;
        let [scene, beside] = &mut self.scene_textures;
        let texture = if pane == Pane::Scene { scene } else { beside };
        match *texture {
            Some(id) => self.painter.update_egui_texture_from_wgpu_texture(
                device,
                view,
                wgpu::FilterMode::Nearest,
                id,
            ),
            None => {
                *texture =
                    Some(self.painter.register_native_texture(device, view, wgpu::FilterMode::Nearest));
            }
        }
        self.repaint = true;
    }

    /// Paints the panels over the scene and shows the result; not where neither of them changed since.
    pub(crate) fn present(&mut self, scene_changed: bool) -> anyhow::Result<()> {
        use wgpu::CurrentSurfaceTexture as Current;
        let Some(mut full) = self.pending.take() else { return Ok(()) };
        self.input.handle_platform_output(&self.window, std::mem::take(&mut full.platform_output));
        let is_shown = self.presented.as_ref().is_some_and(|(shapes, at)| {
            at.elapsed() < STALE && full.textures_delta.is_empty() && *shapes == full.shapes
        });
        if is_shown && !scene_changed {
            return Ok(());
        }
        let shapes = full.shapes.clone();
        self.presented = None;
        let pixels_per_point = full.pixels_per_point;
        let jobs = self.egui.tessellate(std::mem::take(&mut full.shapes), pixels_per_point);
        let screen =
            ScreenDescriptor { size_in_pixels: [self.config.width, self.config.height], pixels_per_point };
        let mut textures = std::mem::take(&mut full.textures_delta);
        #[expect(
            clippy::iter_over_hash_type,
            reason = "textures are updated one by one: the order is not seen"
        )]
        for (id, deltas) in textures.set.drain() {
            for delta in deltas {
                // A part of a texture that went with a lost device: the whole follows in the next frame.
                if delta.pos.is_some() && self.painter.texture(&id).is_none() {
                    self.repaint = true;
                    continue;
                }
                self.painter.update_texture(&self.gpu.device, &self.gpu.queue, id, &delta);
            }
        }
        let freed: Vec<egui::TextureId> = textures.free.drain().collect();
        let Some(surface) = &self.surface else { return Ok(()) };
        let target = match surface.get_current_texture() {
            Current::Success(t) | Current::Suboptimal(t) => Some(t),
            Current::Outdated | Current::Lost => {
                surface.configure(&self.gpu.device, &self.config);
                self.repaint = true;
                None
            }
            Current::Timeout | Current::Occluded => None,
            Current::Validation => {
                self.gpu.check()?;
                None
            }
        };
        if let Some(target) = target {
            let view = target.texture.create_view(&wgpu::TextureViewDescriptor::default());
            let mut encoder = self
                .gpu
                .device
                .create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("panels") });
            let extra =
                self.painter.update_buffers(&self.gpu.device, &self.gpu.queue, &mut encoder, &jobs, &screen);
            {
                let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                    label: Some("panels"),
                    color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                        view: &view,
                        depth_slice: None,
                        resolve_target: None,
                        ops: wgpu::Operations {
                            load: wgpu::LoadOp::Clear(wgpu::Color::WHITE),
                            store: wgpu::StoreOp::Store,
                        },
                    })],
                    ..Default::default()
                });
                self.painter.render(&mut pass.forget_lifetime(), &jobs, &screen);
            }
            self.gpu.queue.submit(extra.into_iter().chain([encoder.finish()]));
            self.window.pre_present_notify();
            self.gpu.queue.present(target);
            self.presented = Some((shapes, Instant::now()));
        }
        for id in freed {
            self.painter.free_texture(&id);
        }
        Ok(())
    }
}
