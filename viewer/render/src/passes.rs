//! The beginning of every pass: where it is timed, and where tests make it fail.

use std::cell::RefCell;

use wgpu::BufferUsages as Use;

use crate::error::RenderError;
use crate::gpu::Gpu;
use crate::renderer::Renderer;

/// Passes of one frame that can be timed. Chosen: those of any frame, also where some are drawn in a hundred parts.
const MAX_PASSES: u32 = 256;
/// Bytes of one timestamp: specified by WebGPU.
const STAMP_BYTES: u64 = 8;

/// When passes of a frame began and ended on the graphics card.
#[derive(Debug)]
pub(crate) struct Clock {
    stamps: wgpu::QuerySet,
    /// Where stamps are gathered, and from where they are read.
    gathered: wgpu::Buffer,
    read: wgpu::Buffer,
    /// Passes since the frame began, in their order.
    names: RefCell<Vec<&'static str>>,
}

/// What a pass took on the graphics card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PassTime {
    /// Its name.
    pub pass: &'static str,
    /// From its beginning to its end, milliseconds.
    pub ms: f64,
}

impl Clock {
    /// `None` where the device has no timestamps.
    fn new(gpu: &Gpu) -> Option<Self> {
        if !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let buffer = |label, usage| {
            let size = u64::from(MAX_PASSES) * 2 * STAMP_BYTES;
            let desc = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
            gpu.device.create_buffer(&desc)
        };
        Some(Self {
            stamps: gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("passes"),
                ty: wgpu::QueryType::Timestamp,
                count: MAX_PASSES * 2,
            }),
            gathered: buffer("timestamps", Use::QUERY_RESOLVE | Use::COPY_SRC),
            read: buffer("timestamps to read", Use::COPY_DST | Use::MAP_READ),
            names: RefCell::default(),
        })
    }

    /// Where the next pass writes; `None` once there is no room.
    fn writes(&self, name: &'static str) -> Option<u32> {
        let mut names = self.names.borrow_mut();
        let first = u32::try_from(names.len()).ok().filter(|n| *n < MAX_PASSES)? * 2;
        names.push(name);
        Some(first)
    }

    /// Gathers what the passes of a frame wrote.
    pub(crate) fn gather(&self, encoder: &mut wgpu::CommandEncoder) {
        let n = u32::try_from(self.names.borrow().len()).unwrap_or(0) * 2;
        if n > 0 {
            encoder.resolve_query_set(&self.stamps, 0..n, &self.gathered, 0);
            encoder.copy_buffer_to_buffer(&self.gathered, 0, &self.read, 0, u64::from(n) * STAMP_BYTES);
        }
    }

    pub(crate) fn start_frame(&self) {
        self.names.borrow_mut().clear();
    }
}

/// What was recorded since the last submission.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    done: Vec<wgpu::CommandBuffer>,
    /// The current encoder holds a pass.
    pub(crate) any: bool,
    /// Triangles of all of it.
    pub(crate) n_triangles: u64,
}

/// What a pass is made of. Its name is that of its GPU objects, of its time, and of what is reported when it fails.
pub(crate) struct PassSpec<'a> {
    pub name: &'static str,
    pub colors: &'a [Option<wgpu::RenderPassColorAttachment<'a>>],
    pub depth: Option<wgpu::RenderPassDepthStencilAttachment<'a>>,
}

impl Renderer {
    /// Passes a stop of the walk through the frame; whether what follows it is to be recorded.
    pub(crate) fn passes_stop(&self) -> bool {
        let mut walk = self.walk.get();
        let goes_on = walk.pass(self.is_full());
        self.walk.set(walk);
        goes_on
    }

    /// Whether as many triangles are recorded as may wait.
    pub(crate) fn is_full(&self) -> bool {
        self.recorded.borrow().n_triangles >= self.config.most_queued
    }

    /// Begins a pass, in an encoder of its own: what the graphics interface refuses it reports with the encoder's name.
    pub(crate) fn begin<'e>(
        &self,
        encoder: &'e mut wgpu::CommandEncoder,
        spec: &PassSpec<'_>,
    ) -> wgpu::RenderPass<'e> {
        self.separate(encoder, spec.name);
        self.fill(encoder, spec)
    }

    /// Begins a pass in an encoder that has none yet.
    pub(crate) fn fill<'e>(
        &self,
        encoder: &'e mut wgpu::CommandEncoder,
        spec: &PassSpec<'_>,
    ) -> wgpu::RenderPass<'e> {
        self.recorded.borrow_mut().any = true;
        let stamped = self.clock.as_ref().and_then(|c| c.writes(spec.name).map(|first| (&c.stamps, first)));
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some(spec.name),
            color_attachments: spec.colors,
            depth_stencil_attachment: spec.depth.clone(),
            timestamp_writes: stamped.map(|(query_set, first)| wgpu::RenderPassTimestampWrites {
                query_set,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            }),
            ..Default::default()
        });
        if self.gpu.fails_at(spec.name) {
            // Nothing is as wide: refused by every implementation.
            pass.set_scissor_rect(0, 0, u32::MAX, 1);
        }
        pass
    }

    /// Begins a pass that computes, as [`Renderer::begin`]. `zeroed`: buffers that are filled with zeros before.
    pub(crate) fn begin_compute<'e>(
        &self,
        encoder: &'e mut wgpu::CommandEncoder,
        name: &'static str,
        zeroed: &[&wgpu::Buffer],
    ) -> wgpu::ComputePass<'e> {
        self.separate(encoder, name);
        for buffer in zeroed {
            encoder.clear_buffer(buffer, 0, None);
        }
        let stamped = self.clock.as_ref().and_then(|c| c.writes(name).map(|first| (&c.stamps, first)));
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some(name),
            timestamp_writes: stamped.map(|(query_set, first)| wgpu::ComputePassTimestampWrites {
                query_set,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            }),
        });
        if self.gpu.fails_at(name) {
            // More than any implementation starts at once.
            pass.dispatch_workgroups(u32::MAX, 1, 1);
        }
        pass
    }

    /// Puts what comes next into an encoder of its own.
    fn separate(&self, encoder: &mut wgpu::CommandEncoder, name: &'static str) {
        let desc = wgpu::CommandEncoderDescriptor { label: Some(name) };
        let before = std::mem::replace(encoder, self.gpu.device.create_command_encoder(&desc));
        let mut recorded = self.recorded.borrow_mut();
        if recorded.any {
            recorded.done.push(before.finish());
        }
        recorded.any = true;
    }

    /// Submits what was recorded, `last` after all others.
    pub(crate) fn submit(&self, last: wgpu::CommandEncoder) -> wgpu::SubmissionIndex {
        let Recorded { mut done, .. } = self.recorded.take();
        done.push(last.finish());
        self.gpu.queue.submit(done)
    }

    /// Times passes from the next frame on. Whether the device can.
    pub fn time_passes(&mut self, on: bool) -> bool {
        self.clock = if on { Clock::new(&self.gpu) } else { None };
        self.clock.is_some()
    }

    /// What each pass of the last frame took on the graphics card, in their order; waits for it. Nothing without
    /// [`Renderer::time_passes`].
    ///
    /// # Errors
    /// What the device reports.
    pub fn pass_times(&self) -> Result<Vec<PassTime>, RenderError> {
        let Some(clock) = &self.clock else { return Ok(Vec::new()) };
        let bytes = self.gpu.read(&clock.read)?;
        let tick_ms = f64::from(self.gpu.queue.get_timestamp_period()) * 1e-6;
        let stamps = bytes.as_chunks::<8>().0.as_chunks::<2>().0;
        let time = |(&pass, [begin, end]): (&&'static str, &[[u8; 8]; 2])| {
            let ticks = u64::from_le_bytes(*end).saturating_sub(u64::from_le_bytes(*begin));
            PassTime { pass, ms: ticks as f64 * tick_ms }
        };
        Ok(clock.names.borrow().iter().zip(stamps).map(time).collect())
    }
}
