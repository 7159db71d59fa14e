//! Writes the demo district into the folder given as argument and says how long each step took.

use std::path::PathBuf;
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_target(false).init();
    let dir = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("lantu-demo/sources"), PathBuf::from);
    let begin = Instant::now();
    let mut last = String::new();
    let files = lantu_demo::generate(&dir, &mut |step, done| {
        if step != last {
            tracing::info!(step, done, elapsed_ms = begin.elapsed().as_millis(), "begins");
            step.clone_into(&mut last);
        }
    })?;
    tracing::info!(n_files = files.imports.len(), elapsed_ms = begin.elapsed().as_millis(), "written");
    Ok(())
}
