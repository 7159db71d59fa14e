//! The device, and what it reports outside of calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::RenderError;
use crate::gpu_cull::Culling;

/// A graphics device with its queue. Clones share the device.
#[derive(Clone, Debug)]
pub struct Gpu {
    /// Where surfaces are made.
    pub instance: wgpu::Instance,
    /// The physical device.
    pub adapter: wgpu::Adapter,
    /// The logical device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// Name, driver, backend.
    pub info: wgpu::AdapterInfo,
    faults: Faults,
    injected: Arc<Mutex<Option<Fault>>>,
}

/// Something that goes wrong on purpose, for tests of what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Allocations are refused as if the graphics memory were full.
    OutOfMemory {
        /// So many succeed before.
        after: u32,
        /// So many are refused.
        times: u32,
    },
    /// The graphics interface refuses a call in the next pass of this name.
    Validation {
        /// Name of the pass.
        pass: &'static str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FaultKind {
    OutOfMemory,
    Lost,
    Invalid,
}

/// What the device reported since somebody looked; the first report of a kind is the cause.
#[derive(Clone, Debug, Default)]
struct Faults(Arc<Mutex<Vec<(FaultKind, String)>>>);

/// What is used where the adapter has it: times of passes, draws that the graphics card chooses and counts.
const USEFUL: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY
    .union(wgpu::Features::INDIRECT_FIRST_INSTANCE)
    .union(wgpu::Features::MULTI_DRAW_INDIRECT_COUNT);

/// Chosen: the first fault is the cause, a few more help to understand it.
const MAX_FAULTS: usize = 16;

impl Faults {
    fn push(&self, kind: FaultKind, text: String) {
        tracing::error!(?kind, %text, "graphics fault");
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < MAX_FAULTS {
            list.push((kind, text));
        }
    }

    fn take(&self) -> Option<(FaultKind, String)> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let worst = list.iter().position(|f| f.0 == FaultKind::Lost).unwrap_or(0);
        let first = list.get(worst).cloned();
        // A lost device stays lost.
        list.retain(|f| f.0 == FaultKind::Lost);
        first
    }
}

impl Gpu {
    /// Vulkan, Metal or Direct3D 12 without a window; a software driver will do.
    ///
    /// # Errors
    /// [`RenderError::NoAdapter`] without any driver, [`RenderError::NoDevice`] if it refuses.
    pub fn headless() -> Result<Self, RenderError> {
        Self::with_backends(wgpu::Backends::PRIMARY)
    }

    /// Like [`Gpu::headless`] with a choice of interfaces.
    ///
    /// # Errors
    /// As [`Gpu::headless`].
    pub fn with_backends(backends: wgpu::Backends) -> Result<Self, RenderError> {
        let instance = Self::instance(backends);
        Self::request(instance, None)
    }

    /// An instance for windows. Make a surface from it, then call [`Gpu::for_surface`].
    pub fn instance(backends: wgpu::Backends) -> wgpu::Instance {
        let mut desc = wgpu::InstanceDescriptor::new_without_display_handle();
        desc.backends = backends;
        // Checks by wgpu itself stay on; the Vulkan validation layer is for its own sessions.
        desc.flags = wgpu::InstanceFlags::empty();
        wgpu::Instance::new(desc)
    }

    /// A device that can present to `surface`, which was made from `instance`.
    ///
    /// # Errors
    /// As [`Gpu::headless`].
    pub fn for_surface(instance: wgpu::Instance, surface: &wgpu::Surface<'_>) -> Result<Self, RenderError> {
        Self::request(instance, Some(surface))
    }

    fn request(instance: wgpu::Instance, surface: Option<&wgpu::Surface<'_>>) -> Result<Self, RenderError> {
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            force_fallback_adapter: false,
            compatible_surface: surface,
            apply_limit_buckets: false,
        };
        let adapter = pollster::block_on(instance.request_adapter(&options))
            .map_err(|e| RenderError::NoAdapter { reason: e.to_string() })?;
        let info = adapter.get_info();
        let has = adapter.limits();
        let required_limits = wgpu::Limits {
            max_texture_dimension_2d: has.max_texture_dimension_2d,
            max_buffer_size: has.max_buffer_size,
            max_storage_buffer_binding_size: has.max_storage_buffer_binding_size,
            ..wgpu::Limits::default()
        };
        // Pages are large already: blocks of hundreds of megabytes around them would only keep what was freed.
        let memory_hints = wgpu::MemoryHints::MemoryUsage;
        let desc = wgpu::DeviceDescriptor {
            label: Some("lantu"),
            required_features: adapter.features() & USEFUL,
            required_limits,
            memory_hints,
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&desc))
            .map_err(|source| RenderError::NoDevice { adapter: info.name.clone(), source })?;
        Ok(Self::from_parts(instance, adapter, device, queue))
    }

    /// Takes over a device that somebody else made; its errors are caught from now on.
    pub fn from_parts(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
    ) -> Self {
        let faults = Faults::default();
        let sink = faults.clone();
        device.on_uncaptured_error(Arc::new(move |e: wgpu::Error| match e {
            wgpu::Error::OutOfMemory { source } => sink.push(FaultKind::OutOfMemory, source.to_string()),
            wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
                sink.push(FaultKind::Invalid, description);
            }
        }));
        let sink = faults.clone();
        device.set_device_lost_callback(move |reason, text| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                sink.push(FaultKind::Lost, text);
            }
        });
        let info = adapter.get_info();
        tracing::info!(adapter = %info.name, driver = %info.driver_info, backend = ?info.backend, "graphics device");
        Self { instance, adapter, device, queue, info, faults, injected: Arc::default() }
    }

    /// Whether the processor draws: effects should be spared.
    pub fn is_software(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }

    /// Whether the graphics card can choose what is drawn.
    pub fn can_cull(&self) -> bool {
        let down = self.adapter.get_downlevel_capabilities().flags;
        down.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS | wgpu::DownlevelFlags::INDIRECT_EXECUTION)
            && self.device.features().contains(wgpu::Features::INDIRECT_FIRST_INSTANCE)
    }

    /// Who should choose what is drawn, where nobody says: the graphics card if it is one and can.
    pub fn usual_culling(&self) -> Culling {
        if self.can_cull() && !self.is_software() { Culling::Gpu } else { Culling::Cpu }
    }

    /// Fails if the device reported a fault since the last look.
    ///
    /// # Errors
    /// [`RenderError::DeviceLost`], [`RenderError::OutOfMemory`] or [`RenderError::Invalid`].
    pub fn check(&self) -> Result<(), RenderError> {
        match self.faults.take() {
            None => Ok(()),
            Some((FaultKind::OutOfMemory, text)) => Err(RenderError::OutOfMemory(text)),
            Some((FaultKind::Lost, text)) => Err(RenderError::DeviceLost(text)),
            Some((FaultKind::Invalid, text)) => Err(RenderError::Invalid(text)),
        }
    }

    /// Loses the device, as a driver's reset would: for tests of what follows.
    pub fn lose(&self) {
        self.faults.push(FaultKind::Lost, "lost on purpose".to_owned());
        self.device.destroy();
    }

    /// Makes something go wrong, once: for tests of what follows.
    pub fn inject(&self, fault: Fault) {
        *self.injected.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Whether a pass is to fail now.
    pub(crate) fn fails_at(&self, name: &str) -> bool {
        let mut injected = self.injected.lock().unwrap_or_else(PoisonError::into_inner);
        let hit = matches!(*injected, Some(Fault::Validation { pass }) if pass == name);
        if hit {
            *injected = None;
        }
        hit
    }

    /// Whether an allocation is to be refused now.
    fn is_full(&self) -> bool {
        let mut injected = self.injected.lock().unwrap_or_else(PoisonError::into_inner);
        match *injected {
            Some(Fault::OutOfMemory { after: 0, times: 0 }) => *injected = None,
            Some(Fault::OutOfMemory { after: 0, times }) => {
                *injected = Some(Fault::OutOfMemory { after: 0, times: times - 1 });
                return true;
            }
            Some(Fault::OutOfMemory { after, times }) => {
                *injected = Some(Fault::OutOfMemory { after: after - 1, times });
            }
            _ => {}
        }
        false
    }

    /// Makes buffers or textures; what the driver refuses for want of memory is told to the caller and to nobody else.
    ///
    /// # Errors
    /// [`RenderError::OutOfMemory`]: what was made is of no use and was dropped.
    pub(crate) fn allocate<T>(&self, make: impl FnOnce(&wgpu::Device) -> T) -> Result<T, RenderError> {
        if self.is_full() {
            return Err(RenderError::OutOfMemory("refused on purpose".to_owned()));
        }
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let made = make(&self.device);
        match pollster::block_on(scope.pop()) {
            None => Ok(made),
            Some(e) => Err(RenderError::OutOfMemory(e.to_string())),
        }
    }

    /// Waits until the queue is empty.
    ///
    /// # Errors
    /// [`RenderError::DeviceLost`] if it never will be.
    pub(crate) fn wait(&self) -> Result<(), RenderError> {
        match self.device.poll(wgpu::PollType::wait_indefinitely()) {
            Ok(_) => Ok(()),
            Err(e) => Err(RenderError::DeviceLost(e.to_string())),
        }
    }

    /// Whether a submission is done, or is within a time.
    ///
    /// # Errors
    /// [`RenderError::DeviceLost`] if it never will be.
    pub(crate) fn is_done(&self, of: &wgpu::SubmissionIndex, at_most: Duration) -> Result<bool, RenderError> {
        let wait = wgpu::PollType::Wait { submission_index: Some(of.clone()), timeout: Some(at_most) };
        match self.device.poll(wait) {
            Ok(_) => Ok(true),
            Err(wgpu::PollError::Timeout) => Ok(false),
            Err(e) => Err(RenderError::DeviceLost(e.to_string())),
        }
    }

    /// The bytes of a buffer with `MAP_READ`, once the queue is empty.
    pub(crate) fn read(&self, buffer: &wgpu::Buffer) -> Result<Vec<u8>, RenderError> {
        let failed = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&failed);
        buffer.slice(..).map_async(wgpu::MapMode::Read, move |r| {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = r.err().map(|e| e.to_string());
        });
        self.wait()?;
        self.check()?;
        if let Some(text) = failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(RenderError::Invalid(text));
        }
        let bytes = match buffer.slice(..).get_mapped_range() {
            Ok(view) => view.to_vec(),
            Err(e) => return Err(RenderError::Invalid(e.to_string())),
        };
        buffer.unmap();
        Ok(bytes)
    }

    pub(crate) fn check_size(&self, size: [u32; 2]) -> Result<(), RenderError> {
        let limit = self.device.limits().max_texture_dimension_2d;
        let [width, height] = size;
        if size.iter().all(|s| (1..=limit).contains(s)) {
            Ok(())
        } else {
            Err(RenderError::Size { width, height, limit })
        }
    }
}
