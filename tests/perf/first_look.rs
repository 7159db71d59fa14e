//! Measures how soon a raster can be seen while it is imported, and how soon an import ends when it is asked to.
//!
//! `cargo run --release -p lantu-raster --example first_look -- FILE.tif [CRS]`: imports into a project in CRS (default
//! EPSG:4547, another zone than that of `--example ortho`) on two threads, and asks it to end at the first look, and
//! after 1, 3 and 6 seconds. CSV: when that was asked, when the first look came, which share of the blocks it was made
//! of (empty: of overviews), and how long the import then took to end. With overviews beside the file (`gdaladdo -ro`)
//! the look is made of them.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lantu_base::{CancelToken, ProjectFrame};
use lantu_ingest::{Batch, ImportError, ImportJob, ImportMode, ImportSink, Importer};
use lantu_raster::RasterImporter;

/// When an import is asked to end, seconds from its start; `None`: at the first look.
const ASKED_S: [Option<u64>; 4] = [None, Some(1), Some(3), Some(6)];

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = PathBuf::from(args.next().ok_or("usage: first_look FILE.tif [CRS]")?);
    let crs = args.next().unwrap_or_else(|| "EPSG:4547".to_owned());
    let mut out = std::io::stdout().lock();
    writeln!(out, "asked_s,first_look_s,sampled_share,ended_after_ms")?;
    for asked in ASKED_S {
        let cancel = CancelToken::default();
        let frame = ProjectFrame {
            crs: crs.clone(),
            height_crs: None,
            meters_per_unit: 1.0,
            time_zone: "Asia/Shanghai".to_owned(),
        };
        let job = ImportJob {
            mode: ImportMode::Import,
            frame: Some(frame),
            threads: 2,
            cancel: cancel.clone(),
            ..ImportJob::inspect(&path)
        };
        let mut watch = Watch {
            started: Instant::now(),
            look: None,
            cancel: cancel.clone(),
            ends_at_look: asked.is_none(),
            asked: None,
        };
        let started = watch.started;
        let alarm = asked.map(|seconds| {
            std::thread::Builder::new().name("alarm".to_owned()).spawn(move || {
                // A measurement asks at a time, not after an event.
                std::thread::sleep(Duration::from_secs(seconds).saturating_sub(started.elapsed()));
                cancel.cancel();
                Instant::now()
            })
        });
        let end = RasterImporter.import(&job, &mut watch);
        let ended = Instant::now();
        let asked_at = match alarm {
            Some(thread) => Some(thread?.join().map_err(|_panic| "the alarm died")?),
            None => watch.asked,
        };
        if !matches!(end, Err(ImportError::Cancelled(_))) {
            writeln!(out, "the import was over before it could be ended: {end:?}")?;
            continue;
        }
        let asked_s = asked_at.map_or(0.0, |t| t.duration_since(started).as_secs_f64());
        let after_ms = asked_at.map_or(0.0, |t| ended.duration_since(t).as_secs_f64() * 1e3);
        let look = watch.look.map_or_else(
            || "–,".to_owned(),
            |(s, share)| format!("{s:.2},{}", share.map_or_else(String::new, |v| format!("{v:.3}"))),
        );
        writeln!(out, "{asked_s:.2},{look},{after_ms:.0}")?;
    }
    Ok(())
}

/// Takes the stream and looks at the clock.
struct Watch {
    started: Instant,
    /// Seconds to the first look, and the share of blocks that it was made of.
    look: Option<(f64, Option<f64>)>,
    cancel: CancelToken,
    /// The import is to end at the first look.
    ends_at_look: bool,
    /// When it was asked to.
    asked: Option<Instant>,
}

impl ImportSink for Watch {
    fn send(&mut self, batch: Batch) -> Result<(), ImportError> {
        if let Batch::RasterPreview(look) = batch {
            self.look = Some((self.started.elapsed().as_secs_f64(), look.sampled_share));
            if self.ends_at_look {
                self.cancel.cancel();
                self.asked = Some(Instant::now());
            }
        }
        Ok(())
    }
}
