//! What the tests of this crate share.

use std::path::Path;

use lantu_base::{CancelToken, ProjectFrame};
use lantu_geodesy::Crs;
use lantu_ingest::{ImportJob, ImportMode};

/// Import of a file for a project with this CRS; inspection where there is none.
pub(crate) fn job(path: &Path, crs: Option<&str>) -> ImportJob {
    let frame = |text: &str| ProjectFrame {
        crs: text.to_owned(),
        height_crs: None,
        meters_per_unit: Crs::parse(text).unwrap().meters_per_unit(),
        time_zone: "UTC".to_owned(),
    };
    ImportJob {
        path: path.to_owned(),
        mode: if crs.is_some() { ImportMode::Import } else { ImportMode::Inspect },
        frame: crs.map(frame),
        crs_override: None,
        height_override: None,
        threads: 2,
        cancel: CancelToken::default(),
    }
}
