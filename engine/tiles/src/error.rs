//! Why a pack could not be read or written.

use std::path::PathBuf;

use crate::pack::PackHash;

/// A pack could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// The store has no pack of that name; the cache was deleted or the pack never written.
    #[error("a tile is missing from the cache\npack: {0}")]
    Missing(PackHash),
    /// The bytes are not what was written.
    #[error("a tile is damaged: {what}\npack: {hash}")]
    DamagedPack {
        /// Its name.
        hash: PackHash,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The bytes are not a pack, or not a whole one.
    #[error("not a tile: {0}")]
    Damaged(&'static str),
    /// Written by a later version of Lantu.
    #[error("a tile has format {found}, this version reads up to {supported}")]
    NewerVersion {
        /// The kind and number that it carries, such as `LTM3`.
        found: String,
        /// The newest that can be read.
        supported: String,
    },
    /// A tile is larger than the format allows.
    #[error("a tile of {0} bytes is too large to store")]
    TooLarge(usize),
    /// The operating system refused.
    #[error("the tile cache cannot be used: {source}\nfile: {path:?}")]
    Io {
        /// Its reason.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The user stopped it.
    #[error(transparent)]
    Cancelled(#[from] lantu_base::Cancelled),
    /// Compression failed.
    #[error("a tile could not be compressed: {0}")]
    Compress(std::io::Error),
}
