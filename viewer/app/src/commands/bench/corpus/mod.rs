//! `lantu bench corpus`: imports every IFC file of a folder, and writes what came of each as a table and as a page of
//! pictures. Where references or other tools are there, their figures stand beside ours.

mod page;
mod peers;
mod reference;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use lantu_base::Severity;
use lantu_session::{Inspection, JobLimits, Session, WorkerJob, inspect};

use crate::cli::BenchCorpusArgs;
use crate::commands::bench::corpus::peers::{Peer, PeerFigures};
use crate::commands::bench::corpus::reference::Compared;
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

/// What came of one file.
pub(super) struct Entry {
    /// Below the folder, with `/`.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) inspection: Inspection,
    pub(super) compared: Option<Compared>,
    /// Name of the picture beside the page, or why there is none.
    pub(super) picture: Result<String, String>,
    pub(super) peers: Vec<(Peer, PeerFigures)>,
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
    }
    let write = |name: &str, text: String| {
        let path = args.out.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write\nfile: {}", path.display()))
    };
    write("corpus.csv", page::csv(&entries)?)?;
    write("index.html", page::html(&entries, larger.len()))?;
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
    let job = WorkerJob {
        path: path.to_owned(),
        inspect: true,
        frame: None,
        crs: None,
        height: None,
        importer: None,
        threads: args.threads.unwrap_or(options.threads).max(1),
        memory_bytes: None,
        cpu_s: Some(args.cpu_seconds),
    };
    let limits = JobLimits {
        deadline: Duration::from_secs(args.cpu_seconds.saturating_mul(WALL_FACTOR)),
        cancel: options.cancel,
    };
    let inspection = inspect(&worker_command()?, &job, &limits, false)?;
    let below = path.strip_prefix(&args.folder).unwrap_or(path);
    let name = below.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let compared = reference::of(path, &inspection);
    let picture = if inspection.failed {
        Err(inspection.report.diagnostics.last().map(|d| d.message.clone()).unwrap_or_default())
    } else {
        let file = format!("{}.png", name.replace('/', "~"));
        picture(context, args, path, &pictures.join(&file)).map(|()| file).map_err(|e| format!("{e:#}"))
    };
    let peers = peers.iter().map(|p| (p.clone(), p.measure(path, args.cpu_seconds))).collect();
    Ok(Entry { name, bytes, inspection, compared, picture, peers })
}

/// Draws a file as it is, through a project that is thrown away.
fn picture(context: &Context, args: &BenchCorpusArgs, path: &Path, out: &Path) -> anyhow::Result<()> {
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
    let drawn = draw(
        &session,
        &Picture {
            size: THUMBNAIL_PX,
            view: PictureView::Fit,
            time: None,
            light: None,
            overlay: None,
            hide: Vec::new(),
            faded: std::collections::BTreeMap::new(),
            ground_opacity: 1.0,
            labels: None,
            simple: false,
            section: Section::default(),
            former: false,
            memory_bytes: None,
            culling: None,
        },
        out,
    );
    session.close()?;
    if let Some(why) = drawn?.failures.first() {
        anyhow::bail!(why.to_string());
    }
    clear()
}

/// How many diagnostics of a file have a severity.
pub(super) fn count(i: &Inspection, severity: Severity) -> usize {
    i.report.diagnostics.iter().filter(|d| d.severity == severity).count()
}
