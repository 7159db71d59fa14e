//! `lantu alignment`: points along the alignments of a file or of a project's files.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use lantu_ifc::{Alignment, alignments};

use crate::cli::AlignmentArgs;
use crate::commands::{self, DONE, PARTIAL};
use crate::context::{Context, write_out};

/// Meters between points where none are asked for. Chosen: what setting-out lists use.
const STEP_M: f64 = 10.0;
/// Points of one alignment at most. Chosen: 1000 km every 10 cm.
const MAX_POINTS: f64 = 1e7;

pub(crate) fn alignment(context: &Context, args: &AlignmentArgs) -> anyhow::Result<u8> {
    let places = Places::of(args)?;
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record([
        "alignment",
        "distance_m",
        "station",
        "x",
        "y",
        "z",
        "direction_rad",
        "curvature_per_m",
        "cant_m",
    ])?;
    let (mut n, mut flawed) = (0_usize, false);
    for file in files(context, &args.file)? {
        let content =
            std::fs::read(&file).with_context(|| format!("cannot read\nfile: {}", file.display()))?;
        let (found, notes) = alignments(&content);
        for d in &notes {
            flawed = true;
            tracing::warn!(code = %d.code, place = %d.place, "{}", d.message);
        }
        for a in found.iter().filter(|a| args.id.as_ref().is_none_or(|id| *id == a.id || *id == a.name)) {
            n += 1;
            write(&mut w, a, &places)?;
        }
    }
    anyhow::ensure!(n > 0, "no such alignment\nfile: {}", args.file.display());
    write_out(args.out.as_deref(), &String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)?;
    Ok(if flawed { PARTIAL } else { DONE })
}

/// The file, or the IFC files of a project.
fn files(context: &Context, path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.extension().is_none_or(|e| !e.eq_ignore_ascii_case("lantu")) {
        return Ok(vec![path.to_owned()]);
    }
    let session = commands::project::open(context, path)?;
    let ifc = session.sources().iter().filter(|s| s.record.importer == "ifc");
    let files = ifc.map(|s| session.project().source_path(&s.record.path)).collect();
    session.close()?;
    Ok(files)
}

/// Where points are asked for.
enum Places {
    Every(f64),
    At(Vec<f64>),
}

impl Places {
    fn of(args: &AlignmentArgs) -> anyhow::Result<Self> {
        let Some(list) = &args.at else {
            let step = args.step.unwrap_or(STEP_M);
            anyhow::ensure!(step.is_finite() && step > 0.0, "--step must be more than 0, found {step}");
            return Ok(Self::Every(step));
        };
        let parsed: Option<Vec<f64>> =
            list.split(',').map(|p| p.trim().parse().ok().filter(|d: &f64| d.is_finite())).collect();
        Ok(Self::At(parsed.with_context(|| format!("expected --at DISTANCE,…, found {list:?}"))?))
    }

    fn along(&self, length_m: f64) -> anyhow::Result<Vec<f64>> {
        let step = match self {
            Self::At(list) => return Ok(list.clone()),
            Self::Every(step) => *step,
        };
        anyhow::ensure!(length_m / step <= MAX_POINTS, "--step {step} gives too many points");
        let mut out = Vec::new();
        let mut i = 0_u32;
        while f64::from(i) * step < length_m {
            out.push(f64::from(i) * step);
            i += 1;
        }
        out.push(length_m);
        Ok(out)
    }
}

fn write(w: &mut csv::Writer<Vec<u8>>, a: &Alignment, places: &Places) -> anyhow::Result<()> {
    for d in places.along(a.length_m())? {
        let Some(p) = a.at(d) else { continue };
        let [x, y, z] = p.position;
        let optional = |v: Option<f64>| v.map_or(String::new(), |v| v.to_string());
        w.write_record([
            a.id.clone(),
            d.to_string(),
            optional(p.station_m),
            x.to_string(),
            y.to_string(),
            z.to_string(),
            p.direction_rad.to_string(),
            p.curvature_per_m.to_string(),
            optional(p.cant_m),
        ])?;
    }
    Ok(())
}
