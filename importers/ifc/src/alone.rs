//! The geometry library with nothing of ours around it, for comparison.

use std::collections::BTreeSet;

use ifc_lite_processing::{ProcessingRequest, process};

/// What the library's own pipeline makes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alone {
    /// Products with triangles.
    pub n_products: usize,
    /// Triangles of all of them, repeated shapes as often as they stand.
    pub n_triangles: usize,
}

/// Meshes a file in STEP form with the whole pipeline of `ifc-lite-processing`: shapes only, without data.
///
/// It may panic, and has no budget: run it in a process of its own.
pub fn library_alone(content: &[u8]) -> Alone {
    let done = process(content, &ProcessingRequest::full_pass(), &mut ());
    let products: BTreeSet<u32> = done.meshes.iter().map(|m| m.express_id).collect();
    let n_triangles = done.meshes.iter().map(|m| m.indices.len() / 3).sum();
    Alone { n_products: products.len(), n_triangles }
}
