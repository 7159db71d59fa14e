//! What this process spends.

use std::time::Instant;

use lantu_session::usage::{cpu_seconds, rss_bytes};

/// Runs from one reading to the next.
pub(crate) struct Meter {
    cpu_s: f64,
    wall: Instant,
}

/// What lies between two readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// User and system time of the whole process, milliseconds.
    pub(crate) cpu_ms: f64,
    /// Milliseconds.
    pub(crate) wall_ms: f64,
    /// Memory of the process at the end, bytes.
    pub(crate) rss_bytes: u64,
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self { cpu_s: cpu_seconds(), wall: Instant::now() }
    }

    pub(crate) fn read(&self) -> Cost {
        let (wall_ms, cpu_ms) = (self.wall.elapsed().as_secs_f64() * 1e3, (cpu_seconds() - self.cpu_s) * 1e3);
        Cost { cpu_ms, wall_ms, rss_bytes: rss_bytes() }
    }
}
