//! Why the demo could not be written.

use std::path::PathBuf;

/// Why the demo could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// A folder or text file.
    #[error("cannot write\nfile: {path:?}")]
    Write {
        /// What the operating system says.
        source: std::io::Error,
        /// The folder or file.
        path: PathBuf,
    },
    /// A raster or vector file.
    #[error("GDAL refused a file of the demo")]
    Gdal {
        /// What GDAL says.
        #[from]
        source: gdal::errors::GdalError,
    },
    /// A raster does not fit into the machine's address space.
    #[error("a raster of the demo is too large for this machine")]
    TooLarge {
        /// The conversion that failed.
        source: std::num::TryFromIntError,
    },
    /// The model's text is not what the writer of the model promises: a bug.
    #[error("the written model lost its shape at {place}")]
    Model {
        /// The line or entity.
        place: String,
    },
}
