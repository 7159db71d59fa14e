//! Shapes: from the records of a file to triangles of its products.

mod local;

pub(crate) use local::{LocalMesh, Model, Reason};
