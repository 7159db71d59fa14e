//! Shapes: the trait behind which a geometry kernel lives, and ifc-lite behind it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ifc_lite_processing::{
    Batching, Features, FrameEvent, MeshData, MeshFrame, ProcessingRequest, ProcessingSink,
    ProductGeometryAudit, geometry_pool_builder, process,
};
use lantu_base::CancelToken;

/// Stack of a kernel thread. The library's own default is 256 MiB, which the operating system charges in full
/// against a memory limit. Measured: no file of a corpus of 126, hostile nesting among them, needs more than this.
const STACK_BYTES: usize = 32 << 20;

/// Elements that are meshed between two batches. Chosen: keeps both cores of a small machine busy, and a batch
/// of ordinary elements below 4 MB.
const ELEMENTS_PER_BATCH: usize = 256;

/// Triangles of one color of one product, in meters, in the file's frame: all local placements applied, no map
/// conversion.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Number of the product's record.
    pub record: u64,
    /// Origin of `positions`.
    pub origin: [f64; 3],
    /// 3 × vertices.
    pub positions: Vec<f32>,
    /// 3 × vertices.
    pub normals: Vec<f32>,
    /// 3 × triangles, counterclockwise from outside.
    pub indices: Vec<u32>,
    /// sRGB and alpha.
    pub color: [u8; 4],
}

/// Some shapes, in file order.
#[derive(Clone, Debug, Default)]
pub struct ShapeBatch {
    /// The shapes.
    pub shapes: Vec<Shape>,
    /// Products done.
    pub done: u64,
    /// Products in all.
    pub total: u64,
}

/// What is asked of a kernel.
#[derive(Clone, Debug)]
pub struct ShapeJob {
    /// Worker threads, at least 1.
    pub threads: usize,
    /// Stop when asked to.
    pub cancel: CancelToken,
    /// Numbers of the records whose completeness the report shall tell.
    pub products: Vec<u64>,
}

/// What a kernel has to say after its work.
#[derive(Clone, Debug, Default)]
pub struct KernelReport {
    /// Products whose shape is not complete, and why, in words of the kernel.
    pub incomplete: BTreeMap<u64, String>,
    /// Colors that replace those of a product's shapes.
    pub recolored: BTreeMap<u64, [u8; 4]>,
}

/// Why a kernel produced nothing, or stopped in the middle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// It broke down; shapes that were delivered before are sound.
    #[error("the geometry kernel broke down: {0}")]
    Panicked(String),
    /// Its threads could not be started.
    #[error("cannot start the threads of the geometry kernel: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Stopped by the user.
    #[error(transparent)]
    Cancelled(#[from] lantu_base::Cancelled),
}

/// Makes triangles of the products of an IFC file.
pub trait GeometryKernel: Sync {
    /// Meshes all products, in batches that depend on the content only, never on the number of threads.
    ///
    /// # Errors
    /// [`KernelError`]; what was delivered before stays valid.
    fn shapes(
        &self,
        content: &[u8],
        job: &ShapeJob,
        sink: &mut (dyn FnMut(ShapeBatch) + Send),
    ) -> Result<KernelReport, KernelError>;
}

/// The kernel of ifc-lite. Its recursion may be deep, so that its threads have large stacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct IfcLite;

impl GeometryKernel for IfcLite {
    fn shapes(
        &self,
        content: &[u8],
        job: &ShapeJob,
        sink: &mut (dyn FnMut(ShapeBatch) + Send),
    ) -> Result<KernelReport, KernelError> {
        // The kernel's own notes go to the log, never to the terminal; the first installation counts.
        ifc_lite_core::set_report_sink(|note| tracing::debug!(note, "ifc kernel"));
        let pool = geometry_pool_builder().stack_size(STACK_BYTES).num_threads(job.threads.max(1)).build()?;
        let stop = Arc::new(AtomicBool::new(false));
        let request = ProcessingRequest::default()
            .batching(Batching::new(ELEMENTS_PER_BATCH, ELEMENTS_PER_BATCH))
            .features(Features::default().properties(false).presentation_layers(false))
            .retain_meshes(false)
            .instancing(false)
            .cancel(stop.clone());
        let mut bridge = Bridge {
            frame: MeshFrame::RawIfc,
            audit: ProductGeometryAudit::default(),
            recolored: BTreeMap::new(),
            cancel: job.cancel.clone(),
            stop,
            sink,
        };
        let ran = catch_unwind(AssertUnwindSafe(|| {
            pool.install(|| {
                process(content, &request, &mut bridge);
            });
        }));
        job.cancel.check()?;
        if let Err(payload) = ran {
            return Err(KernelError::Panicked(panic_text(payload.as_ref())));
        }
        let incomplete = job
            .products
            .iter()
            .filter_map(|&id| {
                let reason = bridge.audit.require_complete(u32::try_from(id).ok()?).err()?;
                let reason =
                    reason.strip_prefix(&format!("incomplete product #{id}: ")).unwrap_or(&reason).to_owned();
                Some((id, reason))
            })
            .collect();
        Ok(KernelReport { incomplete, recolored: bridge.recolored })
    }
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_else(|| "no reason given".to_owned())
}

/// Turns the kernel's meshes into ours.
struct Bridge<'a> {
    frame: MeshFrame,
    audit: ProductGeometryAudit,
    recolored: BTreeMap<u64, [u8; 4]>,
    cancel: CancelToken,
    stop: Arc<AtomicBool>,
    sink: &'a mut (dyn FnMut(ShapeBatch) + Send),
}

impl ProcessingSink for Bridge<'_> {
    fn product_geometry_audit(&self) -> Option<ProductGeometryAudit> {
        Some(self.audit.clone())
    }

    fn on_frame(&mut self, event: &FrameEvent) {
        self.frame = event.frame;
    }

    fn on_batch(&mut self, meshes: &[MeshData], processed: usize, total: usize) {
        if self.cancel.is_cancelled() {
            self.stop.store(true, Ordering::Relaxed);
        }
        // Class 1 and 2 are shapes of types; what stands in the building comes from occurrences.
        let shapes = meshes
            .iter()
            .filter(|m| !matches!(m.geometry_class, 1 | 2) && m.indices.len() >= 3)
            .map(|m| shape(m, self.frame))
            .collect();
        (self.sink)(ShapeBatch { shapes, done: processed as u64, total: total as u64 });
    }

    fn on_color_update(&mut self, updates: &[(u32, [f32; 4])]) {
        self.recolored.extend(updates.iter().map(|(id, c)| (u64::from(*id), color(*c))));
    }
}

/// A mesh in the file's frame: what the kernel took out of the coordinates is put back, in f64.
fn shape(m: &MeshData, frame: MeshFrame) -> Shape {
    let turned = |from: &[f32]| -> Vec<f32> {
        let turn = frame.direction_mapper();
        from.as_chunks::<3>()
            .0
            .iter()
            .flat_map(|p| turn(p.map(f64::from)))
            .map(|v| {
                #[expect(clippy::cast_possible_truncation, reason = "a rotated f32 is as precise as an f32")]
                let v = v as f32;
                v
            })
            .collect()
    };
    Shape {
        record: u64::from(m.express_id),
        origin: frame.to_world(m.origin),
        positions: turned(&m.positions),
        normals: turned(&m.normals),
        indices: m.indices.clone(),
        color: color(m.color),
    }
}

/// 0 to 1 as bytes.
fn color(c: [f32; 4]) -> [u8; 4] {
    c.map(|v| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 … 255")]
        let byte = (v.clamp(0.0, 1.0) * 255.0).round() as u8;
        byte
    })
}
