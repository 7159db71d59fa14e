//! Every pipeline, made once.

use lantu_shaders::{DepthSamples, Pass, compose};

use crate::error::RenderError;
use crate::layouts::{GROUND_VERTEX, Layouts, SEGMENT, VERTEX};
use crate::targets::{DEPTH_FORMAT, DISTANCE_FORMAT, SCENE_FORMAT, SHARE_FORMAT};

/// Row + 1 and depth bits.
pub(crate) const PICK_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rg32Uint;

/// `PHASE` in `shaders/mesh.wgsl`.
#[derive(Clone, Copy)]
enum Phase {
    Opaque = 0,
    Draped = 1,
    Translucent = 2,
    Ghost = 3,
}

/// How shadows are looked up: `SHADOWS` in `shaders/common/light.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shadows {
    None = 0,
    Hard = 1,
    Soft = 2,
}

/// Pipelines that shade surfaces, for one way of looking shadows up; made when first needed.
#[derive(Debug)]
pub(crate) struct Lit {
    pub ground: wgpu::RenderPipeline,
    pub ground_xray: wgpu::RenderPipeline,
    /// Objects with or without patterns.
    pub opaque: wgpu::RenderPipeline,
    /// Only objects without.
    pub opaque_plain: wgpu::RenderPipeline,
    pub draped: wgpu::RenderPipeline,
    pub translucent: wgpu::RenderPipeline,
    pub ghost: wgpu::RenderPipeline,
}

impl Lit {
    pub(crate) fn new(
        device: &wgpu::Device,
        layouts: &Layouts,
        samples: u32,
        shadows: Shadows,
    ) -> Result<Self, RenderError> {
        // No pass in here reads the scene's depth.
        let maker = Maker { device, samples: DepthSamples::One };
        let scene = Scene { maker: &maker, layouts, samples };
        let soft = f64::from(shadows as u32);
        let mesh = |label: &str, phase: Phase, patterns: bool, depth| {
            let constants = [
                ("PHASE", f64::from(phase as u32)),
                ("SHADOWS", soft),
                ("PATTERNS", f64::from(u8::from(patterns))),
            ];
            scene.mesh(label, &constants, !matches!(phase, Phase::Opaque), depth)
        };
        Ok(Self {
            ground: scene.ground("ground", soft, true)?,
            ground_xray: scene.ground("ground x-ray", soft, false)?,
            opaque: mesh("opaque", Phase::Opaque, true, depth(true, GreaterEqual))?,
            opaque_plain: mesh("opaque plain", Phase::Opaque, false, depth(true, GreaterEqual))?,
            draped: mesh("draped", Phase::Draped, true, depth(false, GreaterEqual))?,
            translucent: mesh("translucent", Phase::Translucent, true, depth(false, GreaterEqual))?,
            ghost: mesh("ghost", Phase::Ghost, false, depth(false, Equal))?,
        })
    }
}

/// All other pipelines of one renderer.
#[derive(Debug)]
pub(crate) struct Pipelines {
    pub sky: wgpu::RenderPipeline,
    pub ghost_depth: wgpu::RenderPipeline,
    pub edges: wgpu::RenderPipeline,
    pub segments: wgpu::RenderPipeline,
    pub shadow: wgpu::RenderPipeline,
    pub pick_mesh: wgpu::RenderPipeline,
    pub pick_draped: wgpu::RenderPipeline,
    pub pick_segments: wgpu::RenderPipeline,
    pub pick_ground: wgpu::RenderPipeline,
    pub mask_mesh: wgpu::RenderPipeline,
    pub mask_segments: wgpu::RenderPipeline,
    pub distance: wgpu::RenderPipeline,
    pub occlusion: wgpu::RenderPipeline,
    /// By whether occlusion and outline are on: index `occlusion + 2 × outline`.
    pub composite: [wgpu::RenderPipeline; 4],
}

/// What differs between pipelines.
struct Spec<'a> {
    label: &'a str,
    pass: Pass,
    groups: &'a [Option<&'a wgpu::BindGroupLayout>],
    entries: (&'a str, Option<&'a str>),
    buffer: Option<wgpu::VertexBufferLayout<'static>>,
    topology: wgpu::PrimitiveTopology,
    depth: Option<wgpu::DepthStencilState>,
    target: Option<wgpu::ColorTargetState>,
    samples: u32,
    constants: &'a [(&'a str, f64)],
}

fn depth(write: bool, compare: wgpu::CompareFunction) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: DEPTH_FORMAT,
        depth_write_enabled: Some(write),
        depth_compare: Some(compare),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

fn color(format: wgpu::TextureFormat, blend: bool) -> wgpu::ColorTargetState {
    wgpu::ColorTargetState {
        format,
        blend: blend.then_some(wgpu::BlendState::ALPHA_BLENDING),
        write_mask: wgpu::ColorWrites::ALL,
    }
}

struct Maker<'a> {
    device: &'a wgpu::Device,
    samples: DepthSamples,
}

impl Maker<'_> {
    fn make(&self, spec: Spec<'_>) -> Result<wgpu::RenderPipeline, RenderError> {
        let text = compose(spec.pass, self.samples)?;
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(spec.pass.name()),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(spec.label),
            bind_group_layouts: spec.groups,
            immediate_size: 0,
        });
        let compilation_options =
            wgpu::PipelineCompilationOptions { constants: spec.constants, ..Default::default() };
        let targets = [spec.target];
        let fragment = spec.entries.1.map(|entry| wgpu::FragmentState {
            module: &module,
            entry_point: Some(entry),
            compilation_options: compilation_options.clone(),
            targets: &targets,
        });
        Ok(self.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(spec.label),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some(spec.entries.0),
                compilation_options,
                buffers: spec.buffer.map(Some).as_slice(),
            },
            primitive: wgpu::PrimitiveState { topology: spec.topology, ..Default::default() },
            depth_stencil: spec.depth,
            multisample: wgpu::MultisampleState { count: spec.samples, ..Default::default() },
            fragment,
            multiview_mask: None,
            cache: None,
        }))
    }
}

use wgpu::CompareFunction::{Equal, GreaterEqual, LessEqual};
use wgpu::PrimitiveTopology::{LineList, TriangleList, TriangleStrip};

impl Pipelines {
    /// `samples` a pixel for the scene; `format` of the last pass's target.
    pub(crate) fn new(
        device: &wgpu::Device,
        layouts: &Layouts,
        samples: u32,
        format: wgpu::TextureFormat,
    ) -> Result<Self, RenderError> {
        let depth_samples = if samples > 1 { DepthSamples::Many } else { DepthSamples::One };
        let maker = Maker { device, samples: depth_samples };
        let scene = Scene { maker: &maker, layouts, samples };
        let post = Post { maker: &maker, layouts, encode: !format.is_srgb(), format };
        Ok(Self {
            sky: scene.sky()?,
            ghost_depth: scene.ghost_depth()?,
            edges: scene.lines("edges", Pass::Edges)?,
            segments: scene.lines("segments", Pass::Segments)?,
            shadow: scene.shadow()?,
            pick_mesh: post.pick("pick mesh", "vs_mesh", true)?,
            pick_draped: post.pick("pick draped", "vs_mesh", false)?,
            pick_segments: post.pick("pick segments", "vs_segment", false)?,
            pick_ground: post.pick_ground()?,
            mask_mesh: post.mask("mask mesh", "vs_mesh")?,
            mask_segments: post.mask("mask segments", "vs_segment")?,
            distance: post.screen("distance", Pass::Distance, &layouts.depth, DISTANCE_FORMAT)?,
            occlusion: post.screen("occlusion", Pass::Occlusion, &layouts.distances, SHARE_FORMAT)?,
            composite: [
                post.composite(false, false)?,
                post.composite(true, false)?,
                post.composite(false, true)?,
                post.composite(true, true)?,
            ],
        })
    }
}

/// Pipelines that draw into the scene's samples.
struct Scene<'a> {
    maker: &'a Maker<'a>,
    layouts: &'a Layouts,
    samples: u32,
}

impl Scene<'_> {
    fn mesh(
        &self,
        label: &str,
        constants: &[(&str, f64)],
        blend: bool,
        depth: wgpu::DepthStencilState,
    ) -> Result<wgpu::RenderPipeline, RenderError> {
        self.maker.make(Spec {
            label,
            pass: Pass::Mesh,
            groups: &[Some(&self.layouts.frame), Some(&self.layouts.tile)],
            entries: ("vs_main", Some("fs_main")),
            buffer: Some(VERTEX),
            topology: TriangleList,
            depth: Some(depth),
            target: Some(color(SCENE_FORMAT, blend)),
            samples: self.samples,
            constants,
        })
    }

    fn ghost_depth(&self) -> Result<wgpu::RenderPipeline, RenderError> {
        self.maker.make(Spec {
            label: "ghost depth",
            pass: Pass::Mesh,
            groups: &[Some(&self.layouts.frame), Some(&self.layouts.tile)],
            entries: ("vs_main", Some("fs_depth")),
            buffer: Some(VERTEX),
            topology: TriangleList,
            depth: Some(depth(true, GreaterEqual)),
            target: Some(wgpu::ColorTargetState {
                format: SCENE_FORMAT,
                blend: None,
                write_mask: wgpu::ColorWrites::empty(),
            }),
            samples: self.samples,
            constants: &[("PHASE", f64::from(Phase::Ghost as u32))],
        })
    }

    fn lines(&self, label: &str, pass: Pass) -> Result<wgpu::RenderPipeline, RenderError> {
        let edges = pass == Pass::Edges;
        self.maker.make(Spec {
            label,
            pass,
            groups: &[Some(&self.layouts.frame), Some(&self.layouts.tile)],
            entries: ("vs_main", Some("fs_main")),
            buffer: Some(if edges { VERTEX } else { SEGMENT }),
            topology: if edges { LineList } else { TriangleStrip },
            depth: Some(depth(false, GreaterEqual)),
            target: Some(color(SCENE_FORMAT, true)),
            samples: self.samples,
            constants: &[],
        })
    }

    fn ground(&self, label: &str, shadows: f64, opaque: bool) -> Result<wgpu::RenderPipeline, RenderError> {
        self.maker.make(Spec {
            label,
            pass: Pass::Ground,
            groups: &[Some(&self.layouts.frame), Some(&self.layouts.ground), Some(&self.layouts.photo)],
            entries: ("vs_main", Some("fs_main")),
            buffer: Some(GROUND_VERTEX),
            topology: TriangleList,
            depth: Some(depth(opaque, GreaterEqual)),
            target: Some(color(SCENE_FORMAT, !opaque)),
            samples: self.samples,
            constants: &[("SHADOWS", shadows)],
        })
    }

    fn sky(&self) -> Result<wgpu::RenderPipeline, RenderError> {
        self.maker.make(Spec {
            label: "sky",
            pass: Pass::Sky,
            groups: &[Some(&self.layouts.frame)],
            entries: ("vs_main", Some("fs_main")),
            buffer: None,
            topology: TriangleList,
            depth: Some(depth(false, Equal)),
            target: Some(color(SCENE_FORMAT, false)),
            samples: self.samples,
            constants: &[],
        })
    }

    fn shadow(&self) -> Result<wgpu::RenderPipeline, RenderError> {
        self.maker.make(Spec {
            label: "shadow",
            pass: Pass::Shadow,
            groups: &[Some(&self.layouts.caster), Some(&self.layouts.tile)],
            entries: ("vs_main", None),
            buffer: Some(VERTEX),
            topology: TriangleList,
            depth: Some(depth(true, LessEqual)),
            target: None,
            samples: 1,
            constants: &[],
        })
    }
}

/// Pipelines that draw one sample a pixel.
struct Post<'a> {
    maker: &'a Maker<'a>,
    layouts: &'a Layouts,
    encode: bool,
    format: wgpu::TextureFormat,
}

impl Post<'_> {
    fn pick(&self, label: &str, vertex: &str, write: bool) -> Result<wgpu::RenderPipeline, RenderError> {
        let segments = vertex == "vs_segment";
        self.maker.make(Spec {
            label,
            pass: Pass::Pick,
            groups: &[Some(&self.layouts.frame), Some(&self.layouts.tile)],
            entries: (vertex, Some("fs_main")),
            buffer: Some(if segments { SEGMENT } else { VERTEX }),
            topology: if segments { TriangleStrip } else { TriangleList },
            depth: Some(depth(write, GreaterEqual)),
            target: Some(color(PICK_FORMAT, false)),
            samples: 1,
            constants: &[],
        })
    }

    fn pick_ground(&self) -> Result<wgpu::RenderPipeline, RenderError> {
        self.maker.make(Spec {
            label: "pick ground",
            pass: Pass::PickGround,
            groups: &[Some(&self.layouts.frame), Some(&self.layouts.ground)],
            entries: ("vs_main", Some("fs_main")),
            buffer: Some(GROUND_VERTEX),
            topology: TriangleList,
            depth: Some(depth(true, GreaterEqual)),
            target: Some(color(PICK_FORMAT, false)),
            samples: 1,
            constants: &[],
        })
    }

    fn mask(&self, label: &str, vertex: &str) -> Result<wgpu::RenderPipeline, RenderError> {
        let segments = vertex == "vs_segment";
        // The larger value wins: seen before hidden.
        let component = wgpu::BlendComponent {
            src_factor: wgpu::BlendFactor::One,
            dst_factor: wgpu::BlendFactor::One,
            operation: wgpu::BlendOperation::Max,
        };
        self.maker.make(Spec {
            label,
            pass: Pass::Mask,
            groups: &[Some(&self.layouts.frame), Some(&self.layouts.tile), Some(&self.layouts.depth)],
            entries: (vertex, Some("fs_main")),
            buffer: Some(if segments { SEGMENT } else { VERTEX }),
            topology: if segments { TriangleStrip } else { TriangleList },
            depth: None,
            target: Some(wgpu::ColorTargetState {
                format: SHARE_FORMAT,
                blend: Some(wgpu::BlendState { color: component, alpha: component }),
                write_mask: wgpu::ColorWrites::ALL,
            }),
            samples: 1,
            constants: &[],
        })
    }

    fn screen(
        &self,
        label: &str,
        pass: Pass,
        textures: &wgpu::BindGroupLayout,
        format: wgpu::TextureFormat,
    ) -> Result<wgpu::RenderPipeline, RenderError> {
        self.full(label, pass, textures, (format, &[]))
    }

    fn composite(&self, occlusion: bool, outline: bool) -> Result<wgpu::RenderPipeline, RenderError> {
        let constants = [
            ("ENCODE", f64::from(u8::from(self.encode))),
            ("OCCLUSION", f64::from(u8::from(occlusion))),
            ("OUTLINE", f64::from(u8::from(outline))),
        ];
        self.full("composite", Pass::Composite, &self.layouts.composite, (self.format, &constants))
    }

    fn full(
        &self,
        label: &str,
        pass: Pass,
        textures: &wgpu::BindGroupLayout,
        (format, constants): (wgpu::TextureFormat, &[(&str, f64)]),
    ) -> Result<wgpu::RenderPipeline, RenderError> {
        self.maker.make(Spec {
            label,
            pass,
            groups: &[Some(&self.layouts.frame), None, Some(textures)],
            entries: ("vs_main", Some("fs_main")),
            buffer: None,
            topology: TriangleList,
            depth: None,
            target: Some(color(format, false)),
            samples: 1,
            constants,
        })
    }
}
