//! `lantu bench corpus`: imports every IFC file of a folder, and writes what came of each as a table and as a page of
//! pictures. Where references or other tools are there, their figures stand beside ours.

mod page;
mod peers;
mod reference;
mod sums;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use lantu_base::Severity;
use lantu_session::{Inspection, JobLimits, Session, WorkerJob, inspect};

use crate::cli::BenchCorpusArgs;
use crate::commands::bench::corpus::peers::{Peer, PeerFigures};
use crate::commands::bench::corpus::reference::{Compared, Deviation};
use crate::commands::bench::cost::Meter;
use crate::commands::{DONE, PARTIAL, remove_project};
use crate::context::{Context, worker_command};
use crate::picture::{Picture, PictureView, draw};
use crate::window::section::Section;

/// Width and height of a file's picture, pixels.
const THUMBNAIL_PX: [u32; 2] = [320, 240];
/// A file's own coordinates are drawn as if they were of this CRS: nothing is reprojected, so any projected one does.
const PICTURE_CRS: &str = "EPSG:4548";
/// Wall seconds for each CPU second that an import may use, for files that wait instead of working. Chosen.
const WALL_FACTOR: u64 = 4;

/// Files from this size on are also imported with one thread and with two, to see what the second brings, bytes.
const SCALED_BYTES: u64 = 5_000_000;
/// Imports with each number of threads, of which the fastest counts: other work on the machine makes none faster.
const SCALED_RUNS: usize = 3;

/// What came of one file.
pub(super) struct Entry {
    /// Below the folder, with `/`.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) inspection: Inspection,
    pub(super) compared: Option<Compared>,
    /// Products that differ most, the worst of each class first; with the names of their pictures.
    pub(super) worst: Vec<(Deviation, Option<String>)>,
    /// Name of the picture beside the page, or why there is none.
    pub(super) picture: Result<String, String>,
    pub(super) peers: Vec<(Peer, PeerFigures)>,
    /// Wall seconds of an import with one thread and with two, of large files.
    pub(super) walls_s: Option<[f64; 2]>,
    /// CPU seconds from the file to its picture: import, tiles, drawing, with the graphics device made anew.
    pub(super) picture_cpu_s: Option<f64>,
}

pub(crate) fn corpus(context: &Context, args: &BenchCorpusArgs) -> anyhow::Result<u8> {
    let pictures = args.out.join("pictures");
    std::fs::create_dir_all(&pictures)
        .with_context(|| format!("cannot write\nfolder: {}", pictures.display()))?;
    let mut files = Vec::new();
    find(&args.folder, &mut files)
        .with_context(|| format!("cannot read\nfolder: {}", args.folder.display()))?;
    files.sort();
    let limit = args.max_bytes.unwrap_or(u64::MAX);
    let (files, larger): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, bytes)| *bytes <= limit);
    let peers = if args.peers { peers::installed(context)? } else { Vec::new() };
    let mut progress = context.progress();
    let mut entries = Vec::new();
    for (ix, (path, bytes)) in files.iter().enumerate() {
        context.cancel.check()?;
        progress(lantu_session::ImportEvent::File { ix, n: files.len(), path: path.clone() });
        entries.push(entry(context, args, (path, *bytes), &pictures, &peers)?);
        // After each file: a run of hours that is stopped leaves what it has.
        write(args, &entries, larger.len())?;
    }
    write(args, &entries, larger.len())?;
    for (path, bytes) in &larger {
        let said = [("path", path.display().to_string().into()), ("bytes", (*bytes).into())];
        context.line(&context.say("app-corpus-skipped", &said))?;
    }
    let failed = entries.iter().filter(|e| e.inspection.failed).count();
    let said = [
        ("n", (entries.len() as u64).into()),
        ("failed", (failed as u64).into()),
        ("skipped", (larger.len() as u64).into()),
        ("path", args.out.join("index.html").display().to_string().into()),
    ];
    context.line(&context.say("app-corpus-done", &said))?;
    Ok(if failed == 0 { DONE } else { PARTIAL })
}

/// Tables and page.
fn write(args: &BenchCorpusArgs, entries: &[Entry], n_larger: usize) -> anyhow::Result<()> {
    let to = |name: &str, text: String| {
        let path = args.out.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write\nfile: {}", path.display()))
    };
    let figures = sums::figures(entries);
    to("corpus.csv", page::csv(entries)?)?;
    to("sums.csv", page::sums_csv(&figures)?)?;
    to("index.html", page::html(entries, &figures, n_larger))
}

/// IFC files below a folder, with their sizes.
fn find(folder: &Path, out: &mut Vec<(PathBuf, u64)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let ends = |e: &str| path.extension().is_some_and(|x| x.eq_ignore_ascii_case(e));
        if kind.is_dir() {
            find(&path, out)?;
        } else if ends("ifc") || ends("ifczip") {
            out.push((path, entry.metadata()?.len()));
        }
    }
    Ok(())
}

fn entry(
    context: &Context,
    args: &BenchCorpusArgs,
    (path, bytes): (&Path, u64),
    pictures: &Path,
    peers: &[Peer],
) -> anyhow::Result<Entry> {
    let options = context.session_options(None)?;
    let job = |threads: usize| WorkerJob {
        threads,
        memory_bytes: None,
        cpu_s: Some(args.cpu_seconds),
        ..WorkerJob::inspect(path, &options)
    };
    let limits = JobLimits {
        deadline: Duration::from_secs(args.cpu_seconds.saturating_mul(WALL_FACTOR)),
        cancel: options.cancel.clone(),
    };
    let worker = worker_command()?;
    let inspection = inspect(&worker, &job(args.threads.unwrap_or(options.threads).max(1)), &limits, false)?;
    let mut walls_s = None;
    if args.peers && bytes >= SCALED_BYTES {
        let mut least = [f64::INFINITY; 2];
        for (threads, wall) in (1..).zip(&mut least) {
            for _ in 0..SCALED_RUNS {
                *wall = wall.min(inspect(&worker, &job(threads), &limits, false)?.total_s);
            }
        }
        walls_s = Some(least);
    }
    let below = path.strip_prefix(&args.folder).unwrap_or(path);
    let name = below.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let (compared, deviations) = reference::of(path, &inspection).unzip();
    let worst = worst_of(deviations.unwrap_or_default());
    let Drawn { picture, worst, own_cpu_s } = if inspection.failed {
        let why = inspection.report.diagnostics.last().map(|d| d.message.clone()).unwrap_or_default();
        Drawn { picture: Err(why), worst: Vec::new(), own_cpu_s: None }
    } else {
        drawn(context, args, (path, &name), pictures, worst)
    };
    let picture_cpu_s = own_cpu_s.map(|s| s + inspection.cpu_s);
    let peers = peers.iter().map(|p| (p.clone(), p.measure(path, args.cpu_seconds, WALL_FACTOR))).collect();
    Ok(Entry { name, bytes, inspection, compared, worst, picture, peers, walls_s, picture_cpu_s })
}

/// Pictures of one file.
struct Drawn {
    picture: Result<String, String>,
    worst: Vec<(Deviation, Option<String>)>,
    /// CPU seconds of this process up to the first picture.
    own_cpu_s: Option<f64>,
}

fn drawn(
    context: &Context,
    args: &BenchCorpusArgs,
    (path, name): (&Path, &str),
    pictures: &Path,
    worst: Vec<Deviation>,
) -> Drawn {
    let meter = Meter::start();
    let stem = name.replace('/', "~");
    let file = format!("{stem}.png");
    let done = with_project(context, args, path, |session| {
        picture(session, PictureView::Fit, &pictures.join(&file))?;
        let own_cpu_s = meter.read().cpu_ms * 1e-3;
        let mut of = Vec::new();
        for (n, d) in worst.iter().enumerate() {
            let file = format!("worst-{stem}-{n}.png");
            let view = PictureView::Alone(d.id.clone());
            of.push(picture(session, view, &pictures.join(&file)).is_ok().then_some(file));
        }
        Ok((own_cpu_s, of))
    });
    match done {
        Ok((own_cpu_s, of)) => Drawn {
            picture: Ok(file),
            worst: worst.into_iter().zip(of).collect(),
            own_cpu_s: Some(own_cpu_s),
        },
        Err(e) => Drawn { picture: Err(format!("{e:#}")), worst: Vec::new(), own_cpu_s: None },
    }
}

/// Products of one file whose deviations have pictures. Chosen: one of each class, of those that a person looks at.
const WORST_OF_A_FILE: usize = 3;

/// The worst of each class.
fn worst_of(mut deviations: Vec<Deviation>) -> Vec<Deviation> {
    deviations.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.id.cmp(&b.id)));
    let mut classes = std::collections::BTreeSet::new();
    deviations.retain(|d| classes.insert(d.class.clone()));
    deviations.truncate(WORST_OF_A_FILE);
    deviations
}

/// Imports a file as it is into a project that is thrown away, and draws it.
fn with_project<T>(
    context: &Context,
    args: &BenchCorpusArgs,
    path: &Path,
    drawing: impl FnOnce(&Session) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let project = args.out.join("picture.lantu");
    let cache = args.out.join("picture.lantu.d");
    let clear = || -> anyhow::Result<()> {
        remove_project(&project)?;
        if cache.exists() {
            std::fs::remove_dir_all(&cache)?;
        }
        Ok(())
    };
    clear()?;
    let frame = lantu_geodesy::make_frame(PICTURE_CRS, None, "UTC")?;
    let mut session = Session::create(&project, "picture", frame, context.session_options(None)?)?;
    session.import_unplaced("file", path, args.cpu_seconds)?;
    let drawn = drawing(&session);
    session.close()?;
    clear()?;
    drawn
}

/// Draws what there is of a project.
fn picture(session: &Session, view: PictureView, out: &Path) -> anyhow::Result<()> {
    let drawn = draw(
        session,
        &Picture {
            size: THUMBNAIL_PX,
            view,
            time: None,
            light: None,
            overlay: None,
            outline: None,
            map: None,
            hide: Vec::new(),
            faded: std::collections::BTreeMap::new(),
            ground_opacity: 1.0,
            relief: lantu_render::Relief::default(),
            stretch: lantu_tiles::Stretch::TRUE,
            right_of: None,
            labels: None,
            legend: None,
            simple: false,
            section: Section::default(),
            former: false,
            memory_bytes: None,
            culling: None,
        },
        out,
    );
    match drawn?.failures.first() {
        Some(why) => anyhow::bail!(why.to_string()),
        None => Ok(()),
    }
}

/// How many diagnostics of a file have a severity.
pub(super) fn count(i: &Inspection, severity: Severity) -> usize {
    i.report.diagnostics.iter().filter(|d| d.severity == severity).count()
}
