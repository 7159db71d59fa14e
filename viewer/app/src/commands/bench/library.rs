//! `lantu bench library`: the geometry library alone on one IFC file, for `bench corpus --peers`.

use anyhow::Context as _;
use lantu_session::usage::{cpu_seconds, peak_rss_bytes};
use serde_json::json;

use crate::cli::BenchLibraryArgs;
use crate::commands::DONE;
use crate::context::Context;

/// One line of JSON, as the scripts of other readers print it.
pub(crate) fn library(context: &Context, args: &BenchLibraryArgs) -> anyhow::Result<u8> {
    let content =
        std::fs::read(&args.file).with_context(|| format!("cannot read\nfile: {}", args.file.display()))?;
    let made = lantu_ifc::library_alone(&content);
    let line = json!({
        "n_products": made.n_products,
        "n_triangles": made.n_triangles,
        "cpu_s": cpu_seconds(),
        "peak_rss_bytes": peak_rss_bytes(),
    });
    context.line(&line.to_string())?;
    Ok(DONE)
}
