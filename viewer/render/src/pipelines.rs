//! Pipelines, each made when first needed: drivers spend tens of megabytes on those that nothing draws with.

use std::cell::RefCell;
use std::collections::BTreeMap;

use lantu_shaders::{Pass, Samples, compose};

use crate::error::RenderError;
use crate::input::RenderConfig;
use crate::labels::GLYPH;
use crate::layers::{HELD_FORMAT, Layers, SUMS_FORMAT};
use crate::layouts::{GROUND_VERTEX, INSTANCE, Layouts, POINT, SEGMENT, VERTEX};
use crate::meshes::{Cull, Faces, Look};
use crate::targets::{DEPTH_FORMAT, DISTANCE_FORMAT, MARKS_FORMAT, SCENE_FORMAT, SHARE_FORMAT};

/// Row + 1 and depth bits.
pub(crate) const PICK_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rg32Uint;

/// `PHASE` in `shaders/mesh.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Opaque = 0,
    Draped = 1,
    Translucent = 2,
    Ghost = 3,
}

/// What a pass over lines, points or edges is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// All of them, over what is there.
    All,
    /// Those that hide what is behind them.
    Solid,
    /// Depth of the nearest of those that are seen through.
    Depth,
    /// Their color.
    Nearest,
    /// Sums over all that are seen through.
    Sums,
}

impl Stage {
    /// `KEEP` in `shaders/common/stage.wgsl`.
    fn keep(self) -> f64 {
        match self {
            Self::All => 0.0,
            Self::Solid => 1.0,
            Self::Depth | Self::Nearest | Self::Sums => 2.0,
        }
    }
}

/// How shadows are looked up: `SHADOWS` in `shaders/common/light.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shadows {
    None = 0,
    Hard = 1,
    Soft = 2,
}

/// What passes that shade have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Surface {
    /// Drawn into the caller's target rather than into the scene's texture.
    pub direct: bool,
    /// `PLAIN` in `shaders/common/color.wgsl`.
    pub plain: bool,
    /// `SECTION` in `shaders/common/section.wgsl`: both sides are drawn.
    pub section: bool,
    pub shadows: Shadows,
}

/// What pipelines of triangles differ in. Constants, because software rasterizers run every branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    /// `SMOOTH` in `shaders/mesh.wgsl`, and culling.
    pub look: Look,
    /// `STYLES` in `shaders/common/style.wgsl`.
    pub styles: bool,
    /// `PATTERNS` in `shaders/mesh.wgsl`.
    pub patterns: bool,
}

/// What a pass draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    Triangles(Cull),
    Segments,
    Points,
}

/// Names a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Sky(Surface),
    /// With `RELIEF` in `shaders/ground.wgsl`.
    Ground(Surface, bool),
    Mesh {
        surface: Surface,
        phase: Phase,
        variant: Variant,
    },
    /// Depth of the nearest surface of a phase.
    NearestDepth {
        phase: Phase,
        section: bool,
        cull: Cull,
    },
    /// Sums over all translucent surfaces.
    MeshSums {
        surface: Surface,
        variant: Variant,
    },
    Edges(Surface, Stage),
    Segments(Surface, Stage),
    Points(Surface, Stage),
    Caster {
        styles: bool,
        section: bool,
    },
    Pick {
        shape: Shape,
        write: bool,
        section: bool,
    },
    PickGround {
        section: bool,
    },
    Mask {
        shape: Shape,
        section: bool,
    },
    /// What a second overlay says; `draped`: of what lies on the ground.
    Marks {
        shape: Shape,
        draped: bool,
        section: bool,
    },
    CapDepth,
    Blend(Layers),
    Distance,
    Occlusion,
    Composite {
        occlusion: bool,
        outline: bool,
        marks: bool,
    },
    Labels,
}

/// What differs between pipelines.
struct Spec<'a> {
    label: &'a str,
    pass: Pass,
    groups: &'a [Option<&'a wgpu::BindGroupLayout>],
    entries: (&'a str, Option<&'a str>),
    shape: Option<Shape>,
    lines: bool,
    buffers: &'a [wgpu::VertexBufferLayout<'static>],
    depth: Option<wgpu::DepthStencilState>,
    targets: &'a [Option<wgpu::ColorTargetState>],
    samples: u32,
    constants: &'a [(&'a str, f64)],
}

/// All pipelines of one renderer.
#[derive(Debug)]
pub(crate) struct Pipelines {
    device: wgpu::Device,
    samples: u32,
    format: wgpu::TextureFormat,
    /// `PARTS` in `shaders/common/frame.wgsl`.
    parts: bool,
    texts: BTreeMap<Pass, String>,
    made: RefCell<Made>,
}

#[derive(Debug, Default)]
struct Made {
    modules: BTreeMap<Pass, wgpu::ShaderModule>,
    pipelines: BTreeMap<Key, wgpu::RenderPipeline>,
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

/// What is largest stays, in each channel: the same in any order, also where surfaces lie exactly on each other.
const LARGEST: wgpu::BlendComponent = wgpu::BlendComponent {
    src_factor: wgpu::BlendFactor::One,
    dst_factor: wgpu::BlendFactor::One,
    operation: wgpu::BlendOperation::Max,
};
const ADDED: wgpu::BlendComponent = wgpu::BlendComponent { operation: wgpu::BlendOperation::Add, ..LARGEST };

fn mixed(format: wgpu::TextureFormat, by: wgpu::BlendComponent) -> wgpu::ColorTargetState {
    let blend = Some(wgpu::BlendState { color: by, alpha: by });
    wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL }
}

fn sums() -> [Option<wgpu::ColorTargetState>; 2] {
    [Some(mixed(SUMS_FORMAT, ADDED)), Some(mixed(HELD_FORMAT, ADDED))]
}

fn flag(on: bool) -> f64 {
    f64::from(u8::from(on))
}

/// `INSIDE` in `shaders/common/section.wgsl`.
fn inside(shape: Shape) -> f64 {
    match shape {
        Shape::Triangles(Cull::Back) => 1.0,
        Shape::Triangles(Cull::Front) => 2.0,
        _ => 0.0,
    }
}

const TRIANGLES: &[wgpu::VertexBufferLayout<'static>] = &[VERTEX, INSTANCE];
const SEGMENTS: &[wgpu::VertexBufferLayout<'static>] = &[SEGMENT];
const POINTS: &[wgpu::VertexBufferLayout<'static>] = &[POINT];

impl Shape {
    fn buffers(self) -> &'static [wgpu::VertexBufferLayout<'static>] {
        match self {
            Self::Triangles(_) => TRIANGLES,
            Self::Segments => SEGMENTS,
            Self::Points => POINTS,
        }
    }

    /// Entry point of passes that draw all shapes.
    fn entry(self) -> &'static str {
        match self {
            Self::Triangles(_) => "vs_mesh",
            Self::Segments => "vs_segment",
            Self::Points => "vs_point",
        }
    }
}

use wgpu::CompareFunction::{Always, Equal, GreaterEqual, LessEqual};

impl Pipelines {
    pub(crate) fn new(device: &wgpu::Device, config: &RenderConfig) -> Result<Self, RenderError> {
        let RenderConfig { samples, color_format: format, parts, .. } = *config;
        let depth_samples = if samples > 1 { Samples::Many } else { Samples::One };
        let text = |pass: Pass| Ok::<_, RenderError>((pass, compose(pass, depth_samples)?));
        let texts = Pass::ALL.into_iter().map(text).collect::<Result<_, _>>()?;
        Ok(Self { device: device.clone(), samples, format, parts, texts, made: RefCell::default() })
    }

    /// A pipeline, made if it is not there yet.
    pub(crate) fn get(&self, layouts: &Layouts, key: Key) -> wgpu::RenderPipeline {
        if let Some(p) = self.made.borrow().pipelines.get(&key) {
            return p.clone();
        }
        let pipeline = self.make(layouts, key);
        self.made.borrow_mut().pipelines.insert(key, pipeline.clone());
        pipeline
    }

    fn make(&self, l: &Layouts, key: Key) -> wgpu::RenderPipeline {
        match key {
            Key::Sky(surface) => self.sky(l, surface),
            Key::Ground(surface, relief) => self.ground(l, surface, relief),
            Key::Mesh { surface, phase, variant } => self.mesh(l, surface, phase, variant),
            Key::NearestDepth { phase, section, cull } => self.nearest_depth(l, phase, (section, cull)),
            Key::MeshSums { surface, variant } => self.mesh_sums(l, surface, variant),
            Key::Edges(surface, stage) => {
                self.marks(l, (Pass::Edges, Shape::Triangles(Cull::None)), (surface, stage))
            }
            Key::Segments(surface, stage) => {
                self.marks(l, (Pass::Segments, Shape::Segments), (surface, stage))
            }
            Key::Points(surface, stage) => self.marks(l, (Pass::Points, Shape::Points), (surface, stage)),
            Key::Caster { styles, section } => self.caster(l, styles, section),
            Key::Pick { shape, write, section } => self.pick(l, shape, (write, section)),
            Key::PickGround { section } => self.pick_ground(l, section),
            Key::Mask { shape, section } => self.mask(l, shape, section),
            Key::Marks { shape, draped, section } => self.marks_of(l, shape, (draped, section)),
            Key::Labels => self.labels(l),
            Key::CapDepth => self.cap_depth(l),
            Key::Blend(Layers { floor, glass, ghosts }) => {
                let constants = [("FLOOR", flag(floor)), ("GLASS", flag(glass)), ("GHOSTS", flag(ghosts))];
                self.screen((Pass::Blend, SCENE_FORMAT), [&l.frame, &l.blend], None, &constants)
            }
            Key::Distance => self.screen((Pass::Distance, DISTANCE_FORMAT), [&l.frame, &l.depth], None, &[]),
            Key::Occlusion => {
                self.screen((Pass::Occlusion, SHARE_FORMAT), [&l.frame, &l.distances], None, &[])
            }
            Key::Composite { occlusion, outline, marks } => {
                let constants = [
                    ("ENCODE", flag(!self.format.is_srgb())),
                    ("OCCLUSION", flag(occlusion)),
                    ("OUTLINE", flag(outline)),
                    ("MARKS", flag(marks)),
                ];
                let groups = [&l.frame, &l.composite];
                self.screen((Pass::Composite, self.format), groups, Some(&l.marks), &constants)
            }
        }
    }

    fn labels(&self, l: &Layouts) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "labels",
            pass: Pass::Labels,
            groups: &[Some(&l.frame), None, Some(&l.labels)],
            entries: ("vs_main", Some("fs_main")),
            // Four corners of a strip for each glyph, as of points.
            shape: Some(Shape::Points),
            lines: false,
            buffers: &[GLYPH],
            depth: None,
            targets: &[Some(color(self.format, true))],
            samples: 1,
            constants: &[("ENCODE", flag(!self.format.is_srgb()))],
        })
    }

    fn module(&self, pass: Pass) -> wgpu::ShaderModule {
        let mut made = self.made.borrow_mut();
        let made = made.modules.entry(pass).or_insert_with(|| {
            // Every pass has a text since `new`.
            let text = self.texts.get(&pass).map_or("", String::as_str);
            self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(pass.name()),
                source: wgpu::ShaderSource::Wgsl(text.into()),
            })
        });
        made.clone()
    }

    fn build(&self, spec: &Spec<'_>) -> wgpu::RenderPipeline {
        let module = self.module(spec.pass);
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(spec.label),
            bind_group_layouts: spec.groups,
            immediate_size: 0,
        });
        let mut constants = spec.constants.to_vec();
        // The sun sees no part of a picture.
        if spec.pass != Pass::Shadow {
            constants.push(("PARTS", flag(self.parts)));
        }
        let compilation_options =
            wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() };
        let fragment = spec.entries.1.map(|entry| wgpu::FragmentState {
            module: &module,
            entry_point: Some(entry),
            compilation_options: compilation_options.clone(),
            targets: spec.targets,
        });
        let topology = match spec.shape {
            _ if spec.lines => wgpu::PrimitiveTopology::LineList,
            Some(Shape::Segments | Shape::Points) => wgpu::PrimitiveTopology::TriangleStrip,
            Some(Shape::Triangles(_)) | None => wgpu::PrimitiveTopology::TriangleList,
        };
        let cut = spec.constants.contains(&("SECTION", 1.0));
        let cull_mode = match spec.shape {
            _ if cut => None,
            Some(Shape::Triangles(Cull::Back)) => Some(wgpu::Face::Back),
            Some(Shape::Triangles(Cull::Front)) => Some(wgpu::Face::Front),
            _ => None,
        };
        let buffers: Vec<_> = spec.buffers.iter().cloned().map(Some).collect();
        self.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(spec.label),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some(spec.entries.0),
                compilation_options,
                buffers: &buffers,
            },
            primitive: wgpu::PrimitiveState { topology, cull_mode, ..Default::default() },
            depth_stencil: spec.depth.clone(),
            multisample: wgpu::MultisampleState { count: spec.samples, ..Default::default() },
            fragment,
            multiview_mask: None,
            cache: None,
        })
    }

    /// Format of what a pass over surfaces draws into.
    fn target_of(&self, surface: Surface) -> wgpu::TextureFormat {
        if surface.direct { self.format } else { SCENE_FORMAT }
    }

    fn surface_constants(&self, s: Surface) -> [(&'static str, f64); 3] {
        let srgb = self.target_of(s).is_srgb();
        [("PLAIN", flag(s.plain)), ("SRGB_TARGET", flag(srgb)), ("SECTION", flag(s.section))]
    }

    fn mesh(&self, l: &Layouts, surface: Surface, phase: Phase, v: Variant) -> wgpu::RenderPipeline {
        let format = self.target_of(surface);
        let (label, depth, target) = match phase {
            Phase::Opaque => ("opaque", depth(true, GreaterEqual), color(format, false)),
            Phase::Draped => ("draped", depth(false, GreaterEqual), color(format, true)),
            Phase::Translucent => ("nearest seen through", depth(false, Equal), mixed(format, LARGEST)),
            Phase::Ghost => ("ghost", depth(false, Equal), mixed(format, LARGEST)),
        };
        let constants = self.mesh_constants(surface, phase, v);
        // Lit where their first vertex is, flat faces leave nothing to do for a pixel.
        let lit_by_vertex = surface.plain
            && phase == Phase::Opaque
            && v.look.faces == Faces::Flat
            && !v.patterns
            && !surface.section;
        if lit_by_vertex {
            return self.plain(l, surface, v);
        }
        self.build(&Spec {
            label,
            pass: Pass::Mesh,
            groups: &[Some(&l.frame), Some(&l.tile)],
            entries: ("vs_main", Some("fs_main")),
            shape: Some(Shape::Triangles(v.look.cull)),
            lines: false,
            buffers: TRIANGLES,
            depth: Some(depth),
            targets: &[Some(target)],
            samples: self.samples,
            constants: &constants,
        })
    }

    fn mesh_constants(&self, surface: Surface, phase: Phase, v: Variant) -> [(&'static str, f64); 9] {
        let [plain, srgb, section] = self.surface_constants(surface);
        [
            plain,
            srgb,
            section,
            ("INSIDE", inside(Shape::Triangles(v.look.cull))),
            ("PHASE", f64::from(phase as u32)),
            ("SHADOWS", f64::from(surface.shadows as u32)),
            ("STYLES", flag(v.styles)),
            ("PATTERNS", flag(v.patterns)),
            ("SMOOTH", flag(v.look.faces == Faces::Smooth)),
        ]
    }

    fn mesh_sums(&self, l: &Layouts, surface: Surface, v: Variant) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "sums of what is seen through",
            pass: Pass::Mesh,
            groups: &[Some(&l.frame), Some(&l.tile), Some(&l.depth)],
            entries: ("vs_main", Some("fs_sums")),
            shape: Some(Shape::Triangles(v.look.cull)),
            lines: false,
            buffers: TRIANGLES,
            depth: Some(depth(false, GreaterEqual)),
            targets: &sums(),
            samples: self.samples,
            constants: &self.mesh_constants(surface, Phase::Translucent, v),
        })
    }

    fn plain(&self, l: &Layouts, surface: Surface, v: Variant) -> wgpu::RenderPipeline {
        let [plain, srgb, _] = self.surface_constants(surface);
        self.build(&Spec {
            label: "plain",
            pass: Pass::Plain,
            groups: &[Some(&l.frame), Some(&l.tile)],
            entries: ("vs_main", Some("fs_main")),
            shape: Some(Shape::Triangles(v.look.cull)),
            lines: false,
            buffers: TRIANGLES,
            depth: Some(depth(true, GreaterEqual)),
            targets: &[Some(color(self.target_of(surface), false))],
            samples: self.samples,
            constants: &[plain, srgb, ("STYLES", flag(v.styles))],
        })
    }

    fn nearest_depth(
        &self,
        l: &Layouts,
        phase: Phase,
        (section, cull): (bool, Cull),
    ) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "nearest depth",
            pass: Pass::Mesh,
            groups: &[Some(&l.frame), Some(&l.tile)],
            entries: ("vs_main", Some("fs_depth")),
            shape: Some(Shape::Triangles(cull)),
            lines: false,
            buffers: TRIANGLES,
            depth: Some(depth(true, GreaterEqual)),
            targets: &[],
            samples: self.samples,
            constants: &[("PHASE", f64::from(phase as u32)), ("SECTION", flag(section))],
        })
    }

    /// Edges, lines and points.
    fn marks(
        &self,
        l: &Layouts,
        (pass, shape): (Pass, Shape),
        (surface, stage): (Surface, Stage),
    ) -> wgpu::RenderPipeline {
        let format = self.target_of(surface);
        // A cloud of points hides itself; lines lie on surfaces.
        let over = depth(shape == Shape::Points, GreaterEqual);
        let (entry, depth, targets) = match stage {
            Stage::All | Stage::Solid => ("fs_main", over, vec![Some(color(format, true))]),
            Stage::Depth => ("fs_depth", depth(true, GreaterEqual), Vec::new()),
            Stage::Nearest => ("fs_main", depth(false, Equal), vec![Some(mixed(format, LARGEST))]),
            Stage::Sums => ("fs_sums", depth(false, GreaterEqual), sums().to_vec()),
        };
        let textures = (stage == Stage::Sums).then_some(&l.depth);
        let [plain, srgb, section] = self.surface_constants(surface);
        self.build(&Spec {
            label: pass.name(),
            pass,
            groups: &[Some(&l.frame), Some(&l.tile), textures],
            entries: ("vs_main", Some(entry)),
            shape: Some(shape),
            lines: pass == Pass::Edges,
            buffers: shape.buffers(),
            depth: Some(depth),
            targets: &targets,
            samples: self.samples,
            constants: &[plain, srgb, section, ("KEEP", stage.keep())],
        })
    }

    fn ground(&self, l: &Layouts, surface: Surface, relief: bool) -> wgpu::RenderPipeline {
        let [plain, srgb, section] = self.surface_constants(surface);
        self.build(&Spec {
            label: "ground",
            pass: Pass::Ground,
            groups: &[Some(&l.frame), Some(&l.ground), Some(&l.photo)],
            entries: ("vs_main", Some("fs_main")),
            shape: None,
            lines: false,
            buffers: &[GROUND_VERTEX],
            depth: Some(depth(true, GreaterEqual)),
            targets: &[Some(color(self.target_of(surface), false))],
            samples: self.samples,
            constants: &[
                plain,
                srgb,
                section,
                ("SHADOWS", f64::from(surface.shadows as u32)),
                ("RELIEF", flag(relief)),
            ],
        })
    }

    fn sky(&self, l: &Layouts, surface: Surface) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "sky",
            pass: Pass::Sky,
            groups: &[Some(&l.frame)],
            entries: ("vs_main", Some("fs_main")),
            shape: None,
            lines: false,
            buffers: &[],
            depth: Some(depth(false, Equal)),
            targets: &[Some(color(self.target_of(surface), false))],
            samples: self.samples,
            constants: &[("SRGB_TARGET", flag(self.target_of(surface).is_srgb()))],
        })
    }

    fn caster(&self, l: &Layouts, styles: bool, section: bool) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "shadow",
            pass: Pass::Shadow,
            groups: &[Some(&l.caster), Some(&l.tile)],
            entries: ("vs_main", section.then_some("fs_section")),
            shape: Some(Shape::Triangles(Cull::None)),
            lines: false,
            buffers: TRIANGLES,
            depth: Some(depth(true, LessEqual)),
            targets: &[],
            samples: 1,
            constants: &[("STYLES", flag(styles))],
        })
    }

    fn pick(&self, l: &Layouts, shape: Shape, (write, section): (bool, bool)) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "pick",
            pass: Pass::Pick,
            groups: &[Some(&l.frame), Some(&l.tile)],
            entries: (shape.entry(), Some("fs_main")),
            shape: Some(shape),
            lines: false,
            buffers: shape.buffers(),
            depth: Some(depth(write, GreaterEqual)),
            targets: &[Some(color(PICK_FORMAT, false))],
            samples: 1,
            constants: &[("SECTION", flag(section)), ("INSIDE", inside(shape))],
        })
    }

    fn pick_ground(&self, l: &Layouts, section: bool) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "pick ground",
            pass: Pass::PickGround,
            groups: &[Some(&l.frame), Some(&l.ground)],
            entries: ("vs_main", Some("fs_main")),
            shape: None,
            lines: false,
            buffers: &[GROUND_VERTEX],
            depth: Some(depth(true, GreaterEqual)),
            targets: &[Some(color(PICK_FORMAT, false))],
            samples: 1,
            constants: &[("SECTION", flag(section))],
        })
    }

    fn mask(&self, l: &Layouts, shape: Shape, section: bool) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "mask",
            pass: Pass::Mask,
            groups: &[Some(&l.frame), Some(&l.tile), Some(&l.depth)],
            entries: (shape.entry(), Some("fs_main")),
            shape: Some(shape),
            lines: false,
            buffers: shape.buffers(),
            depth: None,
            // The larger value wins: seen before hidden.
            targets: &[Some(mixed(SHARE_FORMAT, LARGEST))],
            samples: 1,
            constants: &[("SECTION", flag(section))],
        })
    }

    fn marks_of(&self, l: &Layouts, shape: Shape, (draped, section): (bool, bool)) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "marks",
            pass: Pass::Marks,
            groups: &[Some(&l.frame), Some(&l.tile), Some(&l.depth)],
            entries: (shape.entry(), Some("fs_main")),
            shape: Some(shape),
            lines: false,
            buffers: shape.buffers(),
            // What lies on the ground is drawn from the lowest to the highest, and all that stands there comes over it.
            depth: Some(if draped { depth(false, Always) } else { depth(true, GreaterEqual) }),
            targets: &[Some(color(MARKS_FORMAT, false))],
            samples: 1,
            constants: &[("SECTION", flag(section)), ("INSIDE", inside(shape)), ("DRAPED", flag(draped))],
        })
    }

    fn cap_depth(&self, l: &Layouts) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: "cap depth",
            pass: Pass::CapDepth,
            groups: &[Some(&l.frame), None, Some(&l.composite)],
            entries: ("vs_main", Some("fs_main")),
            shape: None,
            lines: false,
            buffers: &[],
            depth: Some(depth(true, Always)),
            targets: &[],
            samples: self.samples,
            constants: &[],
        })
    }

    /// A pass over the whole screen.
    fn screen(
        &self,
        (pass, format): (Pass, wgpu::TextureFormat),
        [frame, textures]: [&wgpu::BindGroupLayout; 2],
        marks: Option<&wgpu::BindGroupLayout>,
        constants: &[(&str, f64)],
    ) -> wgpu::RenderPipeline {
        self.build(&Spec {
            label: pass.name(),
            pass,
            groups: &[Some(frame), marks, Some(textures)],
            entries: ("vs_main", Some("fs_main")),
            shape: None,
            lines: false,
            buffers: &[],
            depth: None,
            targets: &[Some(color(format, false))],
            samples: 1,
            constants,
        })
    }
}
