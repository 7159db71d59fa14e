//! What tests of every crate share: finding other people's files, and recording by name what was skipped.
//!
//! Owns nothing at run time of the product; only `dev-dependencies` name it. Must not know any other crate of Lantu.
//!
//! ```
//! if let Some(path) = lantu_support::corpus("a_doc_example", "ifc/ifc.tsv") {
//!     assert!(path.exists());
//! }
//! ```

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

mod zip;

pub use zip::pack;

/// The workspace's root folder.
pub fn workspace_root() -> PathBuf {
    // tests/support → tests → root
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// The folder of other people's files: `LANTU_CORPUS`, or `../shared/data` beside the checkout.
pub fn corpus_root() -> PathBuf {
    std::env::var_os("LANTU_CORPUS").map_or_else(|| workspace_root().join("../shared/data"), PathBuf::from)
}

/// A file of the corpus, or `None` after recording that `test` was skipped.
///
/// # Panics
/// With `LANTU_REQUIRE_CORPUS` set, so that skipping cannot pass for testing.
pub fn corpus(test: &str, relative: &str) -> Option<PathBuf> {
    let path = corpus_root().join(relative);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("LANTU_REQUIRE_CORPUS").is_none(),
        "{test} needs {relative}, which the corpus lacks: {}",
        path.display()
    );
    skip(test, &format!("{relative} is absent"));
    None
}

/// Records that `test` did not run, and why. `make test` counts these records in its last line.
pub fn skip(test: &str, why: &str) {
    let line = format!("{test}: {why}\n");
    let log = std::env::var_os("LANTU_SKIP_LOG").map(PathBuf::from);
    let written =
        log.and_then(|log| OpenOptions::new().create(true).append(true).open(log).ok()).map(|mut f| {
            // One write a line: appends of parallel test binaries do not mix.
            f.write_all(line.as_bytes())
        });
    if !matches!(written, Some(Ok(()))) {
        // Outside `make test` there is no log; the test's own output is the only place left.
        let mut out = std::io::stderr().lock();
        drop(out.write_all(format!("skipped {line}").as_bytes()));
    }
}
