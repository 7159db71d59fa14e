//! Culling by the graphics card: what is drawn is decided by a compute pass, which writes the arguments of draws.
//!
//! Two steps a frame. First what the last frame showed is drawn as depth alone, and a pyramid of farthest depths is made from
//! it; then every cluster is tested against the view and the pyramid, and what may be seen is drawn, with all its colors, in
//! the same order as the processor's. What is left out lies behind that depth in every sample that it touches, so the picture
//! is the same to the byte.

mod pyramid;
mod rows;
#[cfg(test)]
mod twin;

use std::collections::BTreeMap;

use lantu_shaders::{Pass, Samples, compose};
use wgpu::BufferUsages as Use;

use crate::error::RenderError;
use crate::gpu::Gpu;
use crate::layouts::{Layouts, OFFSET_ALIGN, bind_group};
use crate::meshes::{MeshPages, MeshResident};

pub(crate) use pyramid::{PYRAMID_FORMAT, Pyramid};
pub(crate) use rows::{
    CULLS_FACES, CULLS_HIDDEN, ClusterRow, CullView, DrawRow, Job, Kind, List, Rows, Unit, job, rows_of,
    without_culling,
};

/// Sums at the beginning of the counts: tested, drawn, triangles, nothing yet.
const N_SUMS: u32 = 4;
/// Most draws of one frame: as many as fit the smallest limit of a storage binding met (128 MiB). What is beyond is culled by
/// the processor.
const MOST_DRAWS: u32 = (128 << 20) / 20;
const _: () = assert!(size_of::<DrawRow>() == 20, "as MOST_DRAWS counts");
/// Most tiles that one dispatch takes: the default limit of the graphics interface.
const MOST_JOBS: usize = 65_535;
/// Edge of the workgroups that make the pyramid: `shaders/pyramid.wgsl`.
const PYRAMID_GROUP: u32 = 8;

/// Who decides which clusters are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culling {
    /// The processor, range by range; walls near the eye hide what is behind them.
    Cpu,
    /// Compute passes of the graphics card, by the depth of all that it draws.
    Gpu,
}

/// What culling by the graphics card did in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CullCounts {
    /// Ranges of triangles and edges in tiles inside the view.
    pub n_tested: u32,
    /// Those that were drawn.
    pub n_drawn: u32,
    /// Opaque triangles in them.
    pub n_triangles: u32,
}

/// Where a tile's draws lie in the frame's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Indirect {
    pub first_draw: u32,
    pub first_count: u32,
}

/// Tiles that the graphics card culls in a frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// By the pages that hold their units and clusters.
    batches: BTreeMap<(u32, u32), Vec<Job>>,
    n_draws: u32,
    n_counts: u32,
    n_notes: u32,
    /// Depth hides what is behind it.
    pub hides: bool,
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Takes a tile, unless there are too many draws already or it has no rows to be culled by. `job`: from where it is seen.
    pub(crate) fn add(&mut self, mesh: &MeshResident, job: Job) -> Option<Indirect> {
        let (units, rows) = (mesh.slots.units, mesh.slots.rows);
        if units.n == 0 || self.n_draws.saturating_add(units.n) > MOST_DRAWS {
            return None;
        }
        let place = Indirect { first_draw: self.n_draws, first_count: N_SUMS + self.n_counts };
        let job = Job {
            first_unit: units.first,
            n_units: units.n,
            first_cluster: rows.first,
            n_clusters: rows.n,
            first_draw: place.first_draw,
            first_count: place.first_count,
            first_note: self.n_notes,
            ..job
        };
        self.batches.entry((units.page, rows.page)).or_default().push(job);
        self.n_draws += units.n;
        self.n_counts += u32::try_from(mesh.lists.len()).unwrap_or(u32::MAX);
        self.n_notes += units.n + rows.n;
        Some(place)
    }

    /// Jobs as they lie in their buffer, and for each batch where they begin, bytes, and how many they are.
    fn spread(&self) -> (Vec<Job>, Vec<Batch>) {
        let aligned = usize::try_from(OFFSET_ALIGN).unwrap_or(256) / size_of::<Job>();
        let (mut jobs, mut batches) = (Vec::new(), Vec::new());
        for (&pages, all) in &self.batches {
            for some in all.chunks(MOST_JOBS) {
                jobs.resize(jobs.len().next_multiple_of(aligned), Job::default());
                let n = u32::try_from(some.len()).unwrap_or(u32::MAX);
                batches.push(Batch { pages, first_byte: size_of_val(jobs.as_slice()) as u64, n });
                jobs.extend_from_slice(some);
            }
        }
        (jobs, batches)
    }
}

/// Jobs that one dispatch does.
#[derive(Clone, Copy, Debug)]
struct Batch {
    pages: (u32, u32),
    first_byte: u64,
    n: u32,
}

/// Buffers and pipelines of culling.
#[derive(Debug)]
pub(crate) struct Culler {
    first: wgpu::ComputePipeline,
    second: wgpu::ComputePipeline,
    base: wgpu::ComputePipeline,
    coarser: wgpu::ComputePipeline,
    view: wgpu::Buffer,
    jobs: wgpu::Buffer,
    notes: wgpu::Buffer,
    pub draws: wgpu::Buffer,
    pub counts: wgpu::Buffer,
    /// One texel, where there is no pyramid.
    nothing: wgpu::TextureView,
    /// The device takes the number of draws from a buffer.
    pub counted: bool,
    /// What the frame dispatches.
    groups: Vec<(wgpu::BindGroup, u32)>,
}

fn buffer(device: &wgpu::Device, label: &str, size: u64, usage: Use) -> wgpu::Buffer {
    let desc = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
    device.create_buffer(&desc)
}

/// Chosen: a small project's first frames fit without growing.
const LEAST_BYTES: u64 = 1 << 14;

/// Replaces a buffer by a larger one where it is too small.
fn grow(device: &wgpu::Device, old: &mut wgpu::Buffer, label: &str, bytes: u64) {
    if old.size() < bytes {
        // A power of two, as the limit of a binding is, below which the number of draws keeps it.
        *old = buffer(device, label, bytes.next_power_of_two(), old.usage());
    }
}

impl Culler {
    /// # Errors
    /// [`RenderError::NoCulling`] where the device cannot, or a shader that does not compose.
    pub(crate) fn new(gpu: &Gpu, layouts: &Layouts, samples: u32) -> Result<Self, RenderError> {
        if !gpu.can_cull() {
            return Err(RenderError::NoCulling { adapter: gpu.info.name.clone() });
        }
        let device = &gpu.device;
        let samples = if samples > 1 { Samples::Many } else { Samples::One };
        let make = |pass: Pass, layout: &wgpu::BindGroupLayout, constants: &[(&str, f64)]| {
            let text = compose(pass, samples)?;
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(pass.name()),
                source: wgpu::ShaderSource::Wgsl(text.into()),
            });
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(pass.name()),
                bind_group_layouts: &[Some(layout)],
                immediate_size: 0,
            });
            Ok::<_, RenderError>(device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(pass.name()),
                layout: Some(&layout),
                module: &module,
                entry_point: Some("cs_main"),
                compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
                cache: None,
            }))
        };
        let nothing = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("no pyramid"),
            size: wgpu::Extent3d { width: 1, height: 1, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: PYRAMID_FORMAT,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let written = Use::STORAGE | Use::COPY_DST;
        let made = |label, usage| buffer(device, label, LEAST_BYTES, usage);
        Ok(Self {
            first: make(Pass::Cull, &layouts.cull, &[("FIRST", 1.0)])?,
            second: make(Pass::Cull, &layouts.cull, &[("FIRST", 0.0)])?,
            base: make(Pass::PyramidBase, &layouts.pyramid_base, &[])?,
            coarser: make(Pass::Pyramid, &layouts.pyramid, &[])?,
            view: buffer(device, "cull view", size_of::<CullView>() as u64, Use::UNIFORM | Use::COPY_DST),
            jobs: made("cull jobs", written),
            notes: made("cull notes", written),
            draws: made("draws", written | Use::INDIRECT | Use::COPY_SRC),
            counts: made("counts of draws", written | Use::INDIRECT | Use::COPY_SRC),
            nothing: nothing.create_view(&wgpu::TextureViewDescriptor::default()),
            counted: device.features().contains(wgpu::Features::MULTI_DRAW_INDIRECT_COUNT),
            groups: Vec::new(),
        })
    }

    /// Size of its buffers, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        [&self.jobs, &self.notes, &self.draws, &self.counts].iter().map(|b| b.size()).sum()
    }

    /// Writes what the frame's passes read.
    pub(crate) fn prepare(
        &mut self,
        (gpu, layouts): (&Gpu, &Layouts),
        pages: &MeshPages,
        plan: &Plan,
        (view, pyramid): (&CullView, Option<&Pyramid>),
    ) {
        let (jobs, batches) = plan.spread();
        let device = &gpu.device;
        grow(device, &mut self.jobs, "cull jobs", size_of_val(jobs.as_slice()) as u64);
        grow(device, &mut self.notes, "cull notes", u64::from(plan.n_notes) * 4);
        grow(device, &mut self.draws, "draws", u64::from(plan.n_draws) * size_of::<DrawRow>() as u64);
        grow(device, &mut self.counts, "counts of draws", u64::from(N_SUMS + plan.n_counts) * 4);
        gpu.queue.write_buffer(&self.view, 0, bytemuck::bytes_of(view));
        gpu.queue.write_buffer(&self.jobs, 0, bytemuck::cast_slice(&jobs));
        let pyramid = pyramid.map_or(&self.nothing, |p| &p.view);
        self.groups.clear();
        for batch in batches {
            let (Some(units), Some(rows)) = (pages.units.page(batch.pages.0), pages.rows.page(batch.pages.1))
            else {
                continue;
            };
            let size = std::num::NonZeroU64::new(u64::from(batch.n) * size_of::<Job>() as u64);
            let jobs = wgpu::BufferBinding { buffer: &self.jobs, offset: batch.first_byte, size };
            let resources = [
                self.view.as_entire_binding(),
                wgpu::BindingResource::Buffer(jobs),
                units.as_entire_binding(),
                rows.as_entire_binding(),
                self.notes.as_entire_binding(),
                self.draws.as_entire_binding(),
                self.counts.as_entire_binding(),
                wgpu::BindingResource::TextureView(pyramid),
            ];
            self.groups.push((bind_group(device, "cull", &layouts.cull, &resources), batch.n));
        }
    }

    /// What a culling pass starts with zeros: without counts also draws, of which those left over draw nothing.
    pub(crate) fn zeroed(&self) -> Vec<&wgpu::Buffer> {
        if self.counted { vec![&self.counts] } else { vec![&self.counts, &self.draws] }
    }

    /// Decides what is drawn; `first`: only of what the last frame showed.
    pub(crate) fn decide(&self, pass: &mut wgpu::ComputePass<'_>, first: bool) {
        pass.set_pipeline(if first { &self.first } else { &self.second });
        for (group, n) in &self.groups {
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(*n, 1, 1);
        }
    }

    /// Makes a pyramid from the depth that it was made for.
    pub(crate) fn build(&self, pass: &mut wgpu::ComputePass<'_>, pyramid: &Pyramid) {
        for (k, (group, [width, height])) in pyramid.steps.iter().enumerate() {
            pass.set_pipeline(if k == 0 { &self.base } else { &self.coarser });
            pass.set_bind_group(0, group, &[]);
            pass.dispatch_workgroups(width.div_ceil(PYRAMID_GROUP), height.div_ceil(PYRAMID_GROUP), 1);
        }
    }

    /// Sums over the last frame; waits for it.
    ///
    /// # Errors
    /// What the device reports.
    pub(crate) fn counts(&self, gpu: &Gpu) -> Result<CullCounts, RenderError> {
        let bytes = read_back(gpu, &self.counts, u64::from(N_SUMS) * 4)?;
        let word = |i: usize| bytes.as_chunks::<4>().0.get(i).map_or(0, |b| u32::from_le_bytes(*b));
        Ok(CullCounts { n_tested: word(0), n_drawn: word(1), n_triangles: word(2) })
    }
}

/// The first bytes of a buffer.
fn read_back(gpu: &Gpu, from: &wgpu::Buffer, bytes: u64) -> Result<Vec<u8>, RenderError> {
    let to = buffer(&gpu.device, "read back", bytes, Use::COPY_DST | Use::MAP_READ);
    let desc = wgpu::CommandEncoderDescriptor { label: Some("read back") };
    let mut encoder = gpu.device.create_command_encoder(&desc);
    encoder.copy_buffer_to_buffer(from, 0, &to, 0, bytes);
    gpu.queue.submit([encoder.finish()]);
    gpu.read(&to)
}
