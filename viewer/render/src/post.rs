//! Passes over the finished scene: distances, occlusion, silhouettes of the selection, what a second overlay says, the last one.

use crate::draw::{Shot, depth_attachment};
use crate::drawing::{Drawing, Part, Setup};
use crate::input::FrameStats;
use crate::layouts::{GROUP_FRAME, GROUP_MARKS, GROUP_TEXTURES};
use crate::list::{FrameList, MeshItem, stands};
use crate::passes::PassSpec;
use crate::pipelines::{Key, Shape};
use crate::renderer::Renderer;
use crate::targets::Targets;

/// A color attachment that starts black.
pub(crate) fn cleared(view: &wgpu::TextureView) -> wgpu::RenderPassColorAttachment<'_> {
    wgpu::RenderPassColorAttachment {
        view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations {
            load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
            store: wgpu::StoreOp::Store,
        },
    }
}

/// One pass over the whole screen.
pub(crate) struct Screen<'a> {
    pub label: &'static str,
    pub view: &'a wgpu::TextureView,
    pub pipeline: Key,
    pub textures: &'a wgpu::BindGroup,
    /// Bound at [`GROUP_MARKS`], if the pass draws outlines of a second overlay.
    pub marks: Option<&'a wgpu::BindGroup>,
}

impl Renderer {
    pub(crate) fn draw_post(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        shot: &Shot<'_>,
        stats: &mut FrameStats,
    ) {
        let Shot { targets, input, list, target, surface } = *shot;
        let occlusion = input.options.occlusion;
        if occlusion {
            self.screen(
                encoder,
                &Screen {
                    label: "distance",
                    view: &targets.distances,
                    pipeline: Key::Distance,
                    textures: &targets.depth_group,
                    marks: None,
                },
                stats,
            );
            self.screen(
                encoder,
                &Screen {
                    label: "occlusion",
                    view: &targets.occlusion,
                    pipeline: Key::Occlusion,
                    textures: &targets.distance_group,
                    marks: None,
                },
                stats,
            );
        }
        if list.has_selection {
            self.draw_mask(encoder, targets, (list, surface.section), stats);
        }
        if list.has_marks {
            self.draw_marks(encoder, targets, (list, surface.section), stats);
        }
        let pipeline = Key::Composite { occlusion, outline: list.has_selection, marks: list.has_marks };
        let (textures, marks) = (&targets.composite_group, Some(&targets.marks.group));
        let last = Screen { label: "composite", view: target, pipeline, textures, marks };
        self.screen(encoder, &last, stats);
    }

    pub(crate) fn screen(&self, encoder: &mut wgpu::CommandEncoder, s: &Screen<'_>, stats: &mut FrameStats) {
        if !self.passes_stop() {
            return;
        }
        let mut pass =
            self.begin(encoder, &PassSpec { name: s.label, colors: &[Some(cleared(s.view))], depth: None });
        pass.set_pipeline(&self.pipelines.get(&self.layouts, s.pipeline));
        pass.set_bind_group(GROUP_FRAME, &self.uniforms.frame_group, &[]);
        if let Some(marks) = s.marks {
            pass.set_bind_group(GROUP_MARKS, marks, &[]);
        }
        pass.set_bind_group(GROUP_TEXTURES, s.textures, &[]);
        pass.draw(0..3, 0..1);
        stats.n_draws += 1;
        stats.n_triangles += 1;
    }

    fn draw_mask(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        targets: &Targets,
        (list, section): (&FrameList, bool),
        stats: &mut FrameStats,
    ) {
        let spec = PassSpec { name: "mask", colors: &[Some(cleared(&targets.mask))], depth: None };
        let setup = Setup { textures: Some(&targets.depth_group), ..self.setup(spec, list) };
        let mut d = Drawing::begin(self, (encoder, stats), list, setup);
        for (slot, m) in list.visible(|_| true).filter(|(_, m)| m.has_selected) {
            d.triangles(slot, m, Part::All, |look| Key::Mask { shape: Shape::Triangles(look.cull), section });
            d.segments(slot, m, Key::Mask { shape: Shape::Segments, section });
            d.points(slot, m, Key::Mask { shape: Shape::Points, section });
        }
    }

    /// Marks what is seen with what a second overlay says of it: first what lies on the ground, then what stands on it.
    fn draw_marks(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        targets: &Targets,
        (list, section): (&FrameList, bool),
        stats: &mut FrameStats,
    ) {
        let depth = Some(depth_attachment(&targets.marks.depth, 0.0, true));
        let spec = PassSpec { name: "marks", colors: &[Some(cleared(&targets.marks.codes))], depth };
        let setup = Setup { textures: Some(&targets.depth_group), ..self.setup(spec, list) };
        let mut d = Drawing::begin(self, (encoder, stats), list, setup);
        let mut draw = |(slot, m): (u32, &MeshItem), draped| {
            if m.has_marks {
                let key = |shape| Key::Marks { shape, draped, section };
                d.triangles(slot, m, Part::All, |look| key(Shape::Triangles(look.cull)));
                d.segments(slot, m, key(Shape::Segments));
                d.points(slot, m, key(Shape::Points));
            }
        };
        for item in list.draped() {
            draw(item, true);
        }
        for item in list.visible(stands) {
            draw(item, false);
        }
    }
}
