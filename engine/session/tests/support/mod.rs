//! Shared by the tests of feeds.

use lantu_base::{CancelToken, UtcNanos};
use lantu_session::{SessionOptions, WorkerCommand};

/// Sessions that import nothing.
pub(crate) fn options() -> SessionOptions {
    SessionOptions {
        worker: WorkerCommand { program: "true".into(), args: Vec::new() },
        user: "tester".to_owned(),
        clock: || UtcNanos(1_785_000_000_000_000_000),
        threads: 1,
        memory_bytes: None,
        deadline_s: 60,
        cancel: CancelToken::default(),
    }
}
