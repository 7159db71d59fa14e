//! Why nothing was drawn.

/// Drawing failed. The view shows the message; the program goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// No graphics driver answers.
    #[error(
        "no usable graphics driver: install a Vulkan driver (Debian: mesa-vulkan-drivers)\nreason: {reason}"
    )]
    NoAdapter {
        /// What was tried and what it said.
        reason: String,
    },
    /// The driver refuses what every frame needs.
    #[error("the graphics driver refuses a device\nadapter: {adapter}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// The driver's reason.
        source: wgpu::RequestDeviceError,
    },
    /// The GPU's memory is used up.
    #[error("the graphics memory is full\ndetail: {0}")]
    OutOfMemory(String),
    /// The driver was reset or unplugged: make a new [`crate::Gpu`] and load everything again.
    #[error("the graphics device was lost\ndetail: {0}")]
    DeviceLost(String),
    /// The GPU interface refused a call: a defect of this program.
    #[error("the graphics interface refused a call\ndetail: {0}")]
    Invalid(String),
    /// A picture or target is empty or larger than the adapter's textures.
    #[error("a picture must have 1 to {limit} pixels a side, not {width} × {height}")]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Largest edge.
        limit: u32,
    },
    /// One tile's objects lie further apart in the style table than one binding reaches.
    #[error("a tile's objects span {rows} rows, more than the adapter binds at once ({limit})")]
    TooManyRows {
        /// Rows.
        rows: u64,
        /// Rows.
        limit: u64,
    },
    /// The graphics card was to choose what is drawn, and cannot.
    #[error(
        "the graphics card cannot choose what is drawn: draws from buffers begin at no instance\nadapter: {adapter}"
    )]
    NoCulling {
        /// Name of the adapter.
        adapter: String,
    },
    /// A tile contradicts itself and was not taken.
    #[error("a tile contradicts itself: {0}")]
    BadTile(&'static str),
    /// A shader's text could not be put together: a defect of this program.
    #[error(transparent)]
    Shader(#[from] lantu_shaders::ComposeError),
}
