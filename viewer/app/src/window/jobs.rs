//! Long work beside the window: imports, the demo, opening projects, writing views. The loop only sends and listens.
//!
//! What writes into a project runs on one thread, one after the other, so that two changes never wait for each other's
//! lock; opening and drawing pictures only read and have threads of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossbeam_channel::{Receiver, Sender, bounded};
use lantu_base::{CancelToken, UtcNanos};
use lantu_live::Act;
use lantu_overlay::OverlayKind;
use lantu_project::{Author, OpenMode, Project};
use lantu_records::ProgressEntry;
use lantu_session::{
    Access, FileOutcome, ImportEvent, ImportOptions, LayerStyle, RasterLook, RiskEntry, Session,
    SessionError, SessionOptions, ShapesLook,
};

use crate::commands::demo::{Making, make};
use crate::district::TileFailure;
use crate::picture::Picture;
use crate::stage::Overlays;
use crate::window::opening::Opened;
use crate::window::survey::{self, Surveyed};

/// Jobs that may wait. Chosen: more than a person starts; a full queue refuses, and the window says so.
const QUEUE: usize = 64;
/// News between the threads and the loop; only progress is dropped when they are many.
const NEWS: usize = 256;

/// Something to do.
pub(crate) enum Work {
    /// Open a project.
    Open(PathBuf),
    /// Open a project beside its former revision.
    Compare(PathBuf),
    /// Make a project and open it.
    Create { path: PathBuf, crs: String, time_zone: String },
    /// Import files into a project and read it again.
    Import { project: PathBuf, files: Vec<PathBuf> },
    /// Decide where a source lies, and read the project again: accept this hypothesis, or take the last decision back.
    Place { project: PathBuf, source: String, accept: Option<u32> },
    /// Draw a GIS layer in another style, or by the rules again, keep that, and read the project again.
    Style { project: PathBuf, source: String, style: Option<LayerStyle> },
    /// Write the demo district into a folder, import it, and open it.
    Demo { folder: PathBuf, name: String },
    /// Draw a picture of a project and write it there.
    Picture { project: PathBuf, picture: Box<Picture>, out: PathBuf },
    /// Write down what somebody did about an alarm.
    Alarm { project: PathBuf, act: Box<Act> },
    /// Enter something into the register of risks.
    Risk { project: PathBuf, entry: Box<RiskEntry> },
    /// Read what a survey says: the one at this place among those with a date, the last one where there are fewer.
    Survey { project: PathBuf, of: Arc<Overlays>, wanted: usize },
    /// Write down how far objects are, and read the project again.
    Progress { project: PathBuf, entries: Vec<ProgressEntry> },
    /// Write states, values and reasons of all objects as a table.
    States { overlays: Arc<Overlays>, kind: OverlayKind, time: UtcNanos, out: PathBuf },
    /// Write views into a project: name, JSON, or `None` to remove it.
    Views { project: PathBuf, views: Vec<(String, Option<String>)> },
}

/// How a job ended.
pub(crate) enum Ending {
    /// A project is ready; what an import left is beside it.
    Ready(Box<Opened>, Vec<FileOutcome>),
    /// A decision on a source's place is carried out.
    Placed(Box<Opened>),
    /// A layer is drawn in another style; what reading it again left.
    Styled(Box<Opened>, Box<FileOutcome>),
    /// What was asked for is written.
    Written,
    /// Everything that was done about alarms, a new deed with it.
    Acted(Vec<Act>),
    /// Everything that stands in the register of risks, a new entry with it.
    Entered(Vec<RiskEntry>),
    /// What a survey says.
    Surveyed(Box<Surveyed>),
    /// So many entries of progress are written, or such were taken back.
    Decided(Box<Opened>, usize, bool),
    /// A table is written there.
    Exported(PathBuf),
    /// A picture is written there; why tiles are missing from it.
    Drawn(PathBuf, Vec<TileFailure>),
    /// A person stopped it.
    Stopped,
    /// It did not work.
    Failed(anyhow::Error),
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// Share done, 0 to 1; `None` while unknown.
    pub(crate) fraction: Option<f64>,
    /// The file, or the part of the demo, that is worked on.
    pub(crate) what: String,
}

/// What is shown of a source while its import goes on.
pub(crate) enum EarlyLook {
    /// A raster, coarse.
    Raster(Box<RasterLook>),
    /// Shapes that have been made.
    Shapes(ShapesLook),
}

/// What part of a source is shown while its import goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PartShown {
    /// A raster, made from this share of its blocks.
    Sampled(f64),
    /// Shapes that have been made.
    Shapes,
}

enum News {
    Progress(u64, Progress),
    Look(u64, EarlyLook),
    Ended(u64, Ending),
}

/// A job as the window lists it.
pub(crate) struct Job {
    pub(crate) id: u64,
    /// What people call it: a file name.
    pub(crate) name: String,
    pub(crate) progress: Progress,
    pub(crate) can_cancel: bool,
    /// What is shown of its source meanwhile is not all of it.
    pub(crate) part: Option<PartShown>,
    /// The project that it imports into.
    pub(crate) imports_into: Option<PathBuf>,
    /// It writes views only: nobody needs to see it.
    pub(crate) quiet: bool,
    /// It decides where a source lies.
    pub(crate) places: bool,
    cancel: CancelToken,
    started: Instant,
}

impl Job {
    /// Seconds until it will be done, at its pace so far; `None` while that is a guess.
    pub(crate) fn remaining_s(&self) -> Option<f64> {
        remaining_s(self.started.elapsed(), self.progress.fraction?)
    }
}

/// The pace of the first seconds, or of the first percents, says little.
fn remaining_s(elapsed: Duration, fraction: f64) -> Option<f64> {
    let known = fraction > 0.03 && elapsed > Duration::from_secs(2);
    known.then(|| elapsed.as_secs_f64() * (1.0 - fraction.min(1.0)) / fraction)
}

struct Order {
    id: u64,
    work: Work,
    options: SessionOptions,
}

/// The window's end of the threads.
pub(crate) struct Jobs {
    options: SessionOptions,
    orders: Sender<Order>,
    news: Receiver<News>,
    looks: Vec<(u64, EarlyLook)>,
    tell: Teller,
    running: BTreeMap<u64, Job>,
    next_id: u64,
    writer: Option<std::thread::JoinHandle<()>>,
}

/// How threads tell the loop.
#[derive(Clone)]
struct Teller {
    news: Sender<News>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Teller {
    fn progress(&self, id: u64, progress: Progress) {
        // A full queue has newer progress to come.
        if self.news.try_send(News::Progress(id, progress)).is_ok() {
            (self.wake)();
        }
    }

    fn look(&self, id: u64, look: EarlyLook) {
        // A window that is busy shows the source when it is done.
        if self.news.try_send(News::Look(id, look)).is_ok() {
            (self.wake)();
        }
    }

    fn ended(&self, id: u64, ending: Ending) {
        // The window is gone: nobody waits for the end.
        if self.news.send(News::Ended(id, ending)).is_ok() {
            (self.wake)();
        }
    }
}

impl Jobs {
    /// Starts the writer's thread. `wake` is called after each piece of news.
    pub(crate) fn start(
        options: SessionOptions,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, std::io::Error> {
        let (orders, inbox) = bounded::<Order>(QUEUE);
        let (sender, news) = bounded(NEWS);
        let tell = Teller { news: sender, wake: Arc::new(wake) };
        let teller = tell.clone();
        let writer = std::thread::Builder::new().name("project-writer".into()).spawn(move || {
            for order in inbox {
                carry_out(order, &teller);
            }
        })?;
        Ok(Self {
            options,
            orders,
            news,
            looks: Vec::new(),
            tell,
            running: BTreeMap::new(),
            next_id: 1,
            writer: Some(writer),
        })
    }

    /// Starts work; `None` when too much waits already.
    pub(crate) fn begin(&mut self, work: Work) -> Option<u64> {
        let id = self.next_id;
        self.next_id += 1;
        let cancel = CancelToken::default();
        let options = SessionOptions { cancel: cancel.clone(), ..self.options.clone() };
        let (name, can_cancel, quiet) = match &work {
            Work::Open(path) | Work::Compare(path) | Work::Create { path, .. } => {
                (file_name(path), false, false)
            }
            Work::Import { files, .. } => {
                (files.first().map(|f| file_name(f)).unwrap_or_default(), true, false)
            }
            Work::Demo { name, .. } => (name.clone(), true, false),
            Work::Place { source, .. } | Work::Style { source, .. } => (source.clone(), false, false),
            Work::Picture { out, .. } | Work::States { out, .. } => (file_name(out), false, false),
            Work::Views { project, .. }
            | Work::Alarm { project, .. }
            | Work::Risk { project, .. }
            | Work::Survey { project, .. }
            | Work::Progress { project, .. } => (file_name(project), false, true),
        };
        let reads = matches!(
            work,
            Work::Open(_)
                | Work::Compare(_)
                | Work::Picture { .. }
                | Work::States { .. }
                | Work::Survey { .. }
        );
        let imports_into = match &work {
            Work::Import { project, .. } => Some(project.clone()),
            _ => None,
        };
        let places = matches!(work, Work::Place { .. });
        let order = Order { id, work, options };
        if reads {
            let teller = self.tell.clone();
            let spawned = std::thread::Builder::new().name("project-reader".into());
            if let Err(error) = spawned.spawn(move || carry_out(order, &teller)) {
                tracing::error!(%error, "no thread to read a project");
                return None;
            }
        } else if self.orders.try_send(order).is_err() {
            return None;
        }
        let job = Job {
            id,
            name,
            progress: Progress::default(),
            can_cancel,
            part: None,
            imports_into,
            quiet,
            places,
            cancel,
            started: Instant::now(),
        };
        self.running.insert(id, job);
        Some(id)
    }

    /// How sessions are opened here.
    pub(crate) fn options(&self) -> &SessionOptions {
        &self.options
    }

    /// Asks a job to stop.
    pub(crate) fn cancel(&self, id: u64) {
        if let Some(job) = self.running.get(&id) {
            job.cancel.cancel();
        }
    }

    /// Jobs that run or wait, oldest first.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Job> {
        self.running.values()
    }

    /// What the file is called that a job is at.
    pub(crate) fn name_of(&self, id: u64) -> Option<String> {
        let job = self.running.get(&id)?;
        Some(if job.progress.what.is_empty() { &job.name } else { &job.progress.what }.clone())
    }

    /// The file that is being imported: imports go one after the other.
    pub(crate) fn importing(&self) -> Option<String> {
        self.name_of(self.running.values().find(|j| j.imports_into.is_some())?.id)
    }

    /// Takes a first look at a source, with the number of its job.
    pub(crate) fn take_look(&mut self) -> Option<(u64, EarlyLook)> {
        self.looks.pop()
    }

    /// Takes the next job that ended, after noting how far the others are.
    pub(crate) fn take_ended(&mut self) -> Option<(Job, Ending)> {
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Progress(id, progress) => {
                    if let Some(job) = self.running.get_mut(&id) {
                        job.progress = progress;
                    }
                }
                News::Look(id, look) => {
                    if let Some(job) = self.running.get_mut(&id) {
                        job.part = match &look {
                            EarlyLook::Raster(raster) => raster.sampled_share.map(PartShown::Sampled),
                            EarlyLook::Shapes(_) => Some(PartShown::Shapes),
                        };
                        self.looks.push((id, look));
                    }
                }
                News::Ended(id, ending) => {
                    if let Some(job) = self.running.remove(&id) {
                        return Some((job, ending));
                    }
                }
            }
        }
        None
    }

    /// Stops what can be stopped and waits for what is being written.
    pub(crate) fn finish(mut self) {
        for job in self.running.values().filter(|j| j.can_cancel) {
            job.cancel.cancel();
        }
        let Self { orders, news, .. } = &mut self;
        *orders = bounded(1).0;
        // The writer must not wait for a loop that no longer listens.
        *news = bounded(1).1;
        if self.writer.take().is_some_and(|w| w.join().is_err()) {
            tracing::error!("the project writer panicked");
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

fn carry_out(order: Order, tell: &Teller) {
    let Order { id, work, options } = order;
    let ending = if options.cancel.is_cancelled() {
        Ok(Ending::Stopped)
    } else {
        match work {
            Work::Open(path) => Opened::open(&path, &options).map(|o| Ending::Ready(Box::new(o), Vec::new())),
            Work::Compare(path) => {
                Opened::compared(&path, &options).map(|o| Ending::Ready(Box::new(o), Vec::new()))
            }
            Work::Create { path, crs, time_zone } => create(&path, (&crs, &time_zone), &options),
            Work::Import { project, files } => import(id, &project, &files, &options, tell),
            Work::Place { project, source, accept } => place(&project, (&source, accept), &options),
            Work::Style { project, source, style } => restyle(&project, (&source, style.as_ref()), &options),
            Work::Demo { folder, name } => demo(id, (&folder, &name), &options, tell),
            Work::Picture { project, picture, out } => draw_picture(&project, &picture, out, &options),
            Work::Alarm { project, act } => act_on_alarm(&project, &act, &options),
            Work::Risk { project, entry } => enter_risk(&project, &entry, &options),
            Work::Survey { project, of, wanted } => {
                Ok(Ending::Surveyed(Box::new(survey::look(&project, of, wanted, &options))))
            }
            Work::Progress { project, entries } => survey::decide(&project, &entries, &options),
            Work::States { overlays, kind, time, out } => {
                crate::commands::overlay::table(&overlays, kind, time)
                    .and_then(|text| {
                        std::fs::write(&out, text)
                            .with_context(|| format!("cannot write\nfile: {}", out.display()))
                    })
                    .map(|()| Ending::Exported(out))
            }
            Work::Views { project, views } => write_views(&project, &views, &options),
        }
    };
    let ending = match ending {
        Err(e) if was_stopped(&e) => Ending::Stopped,
        Err(e) => Ending::Failed(e),
        Ok(ending) => ending,
    };
    tell.ended(id, ending);
}

/// With a device and a session of its own: the window goes on.
fn draw_picture(
    project: &Path,
    picture: &Picture,
    out: PathBuf,
    options: &SessionOptions,
) -> anyhow::Result<Ending> {
    let session = match picture.overlay {
        Some(OverlayKind::Change) => Opened::compared(project, options)?.session,
        _ => Session::open(project, Access::Read, options.clone())?,
    };
    let drawn = crate::picture::draw(&session, picture, &out)?;
    session.close()?;
    Ok(Ending::Drawn(out, drawn.failures))
}

fn was_stopped(e: &anyhow::Error) -> bool {
    e.chain().any(<dyn std::error::Error>::is::<lantu_base::Cancelled>)
        || matches!(e.downcast_ref::<SessionError>(), Some(SessionError::Cancelled(_)))
}

fn create(path: &Path, (crs, zone): (&str, &str), options: &SessionOptions) -> anyhow::Result<Ending> {
    let frame = lantu_geodesy::make_frame(crs, None, zone)?;
    Session::create(path, &lantu_session::source_name(path), frame, options.clone())?.close()?;
    Ok(Ending::Ready(Box::new(Opened::open(path, options)?), Vec::new()))
}

/// Imports through a connection of its own; readers keep what they have until the new revision replaces it.
fn import(
    id: u64,
    project: &Path,
    files: &[PathBuf],
    options: &SessionOptions,
    tell: &Teller,
) -> anyhow::Result<Ending> {
    let mut session = Session::open(project, Access::Write, options.clone())?;
    let mut at = (0, files.len().max(1), String::new());
    let asked = ImportOptions { first_shapes: true, ..ImportOptions::default() };
    let imported = session.import(files, &asked, &mut |event| match event {
        ImportEvent::Preview(look) => tell.look(id, EarlyLook::Raster(look)),
        ImportEvent::Shapes(look) => tell.look(id, EarlyLook::Shapes(look)),
        event => tell.progress(id, import_progress(&event, &mut at, 0.0)),
    });
    session.close()?;
    let outcomes = imported?;
    if options.cancel.is_cancelled() {
        return Ok(Ending::Stopped);
    }
    Ok(Ending::Ready(Box::new(Opened::open(project, options)?), outcomes))
}

fn place(
    project: &Path,
    (source, accept): (&str, Option<u32>),
    options: &SessionOptions,
) -> anyhow::Result<Ending> {
    let mut session = Session::open(project, Access::Write, options.clone())?;
    let decided = match accept {
        Some(n) => session.accept_placement(source, n),
        None => session.undo_placement(source),
    };
    session.close()?;
    decided?;
    Ok(Ending::Placed(Box::new(Opened::open(project, options)?)))
}

fn restyle(
    project: &Path,
    (source, style): (&str, Option<&LayerStyle>),
    options: &SessionOptions,
) -> anyhow::Result<Ending> {
    let mut session = Session::open(project, Access::Write, options.clone())?;
    let outcome = session.set_layer_style(source, style);
    session.close()?;
    Ok(Ending::Styled(Box::new(Opened::open(project, options)?), Box::new(outcome?)))
}

/// Share of the demo's time that writing its files takes. Measured: about a third.
const DEMO_WRITING: f64 = 0.35;

fn demo(
    id: u64,
    (folder, name): (&Path, &str),
    options: &SessionOptions,
    tell: &Teller,
) -> anyhow::Result<Ending> {
    let mut at = (0, 1, String::new());
    let made = make(folder, name, options, &mut |making| {
        let progress = match &making {
            Making::Writing { step, fraction } => {
                Progress { fraction: Some(fraction * DEMO_WRITING), what: step.clone() }
            }
            Making::Importing(event) => import_progress(event, &mut at, DEMO_WRITING),
        };
        tell.progress(id, progress);
    })?;
    Ok(Ending::Ready(Box::new(Opened::open(&made.project, options)?), made.outcomes))
}

/// `at`: place of the file in the list, number of files, name. `from`: share that was done before the import.
fn import_progress(event: &ImportEvent, at: &mut (usize, usize, String), from: f64) -> Progress {
    let mut within = 0.0;
    match event {
        ImportEvent::File { ix, n, path } => *at = (*ix, (*n).max(1), file_name(path)),
        ImportEvent::Progress { done, total } if *total > 0 => {
            within = (*done as f64 / *total as f64).clamp(0.0, 1.0);
        }
        ImportEvent::Progress { .. } | ImportEvent::Preview(_) | ImportEvent::Shapes(_) => {}
    }
    let share = (at.0 as f64 + within) / at.1 as f64;
    let unknown = at.1 == 1 && within == 0.0;
    Progress { fraction: (!unknown).then_some(from + share * (1.0 - from)), what: at.2.clone() }
}

fn write_views(
    project: &Path,
    views: &[(String, Option<String>)],
    options: &SessionOptions,
) -> anyhow::Result<Ending> {
    let author = Author::new(&options.user, options.clock);
    let mut file = Project::open(project, OpenMode::ReadWrite(author))?;
    for (name, json) in views {
        match json {
            Some(json) => file.set_view(name, json)?,
            None => {
                if !file.remove_view(name)? {
                    tracing::debug!(name, "the view was already gone");
                }
            }
        }
    }
    file.close()?;
    Ok(Ending::Written)
}

fn act_on_alarm(project: &Path, act: &Act, options: &SessionOptions) -> anyhow::Result<Ending> {
    let author = Author::new(&options.user, options.clock);
    let mut file = Project::open(project, OpenMode::ReadWrite(author))?;
    let all = lantu_session::note_alarm_act(&mut file, act)?;
    file.close()?;
    Ok(Ending::Acted(all))
}

fn enter_risk(project: &Path, entry: &RiskEntry, options: &SessionOptions) -> anyhow::Result<Ending> {
    let author = Author::new(&options.user, options.clock);
    let mut file = Project::open(project, OpenMode::ReadWrite(author))?;
    let all = lantu_session::note_risk_entry(&mut file, entry)?;
    file.close()?;
    Ok(Ending::Entered(all))
}

/// Seals a project that was written beside a reader: with nobody reading any more, the one file is whole again.
pub(crate) fn seal(project: &Path, options: &SessionOptions) {
    let author = Author::new(&options.user, options.clock);
    let sealed = Project::open(project, OpenMode::ReadWrite(author)).and_then(Project::close);
    if let Err(error) = sealed {
        tracing::warn!(%error, "the project stays unsealed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_over_several_files_never_goes_back() {
        let mut at = (0, 1, String::new());
        let mut last = 0.0;
        for ix in 0..3 {
            let file = ImportEvent::File { ix, n: 3, path: PathBuf::from(format!("/data/{ix}.ifc")) };
            let mut events = vec![file];
            events.extend((0..=4).map(|done| ImportEvent::Progress { done, total: 4 }));
            for e in events {
                let p = import_progress(&e, &mut at, 0.2);
                let share = p.fraction.unwrap();
                assert!(share >= last - 1e-9 && share <= 1.0, "{share} after {last}");
                assert_eq!(p.what, format!("{ix}.ifc"));
                last = share;
            }
        }
        assert!((last - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_single_file_of_unknown_length_has_no_share() {
        let mut at = (0, 1, "a.tif".to_owned());
        assert_eq!(
            import_progress(&ImportEvent::Progress { done: 7, total: 0 }, &mut at, 0.0).fraction,
            None
        );
    }

    fn options(program: &str) -> SessionOptions {
        SessionOptions {
            worker: lantu_session::WorkerCommand { program: program.into(), args: vec!["60".to_owned()] },
            user: "tester".to_owned(),
            clock: || UtcNanos(1_785_000_000_000_000_000),
            threads: 1,
            memory_bytes: None,
            deadline_s: 60,
            cancel: CancelToken::default(),
        }
    }

    /// An empty project in a folder of its own.
    fn project(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("lantu-jobs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("site.lantu");
        let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
        Session::create(&path, "site", frame, options("true")).unwrap().close().unwrap();
        path
    }

    fn started(options: SessionOptions) -> (Jobs, Receiver<()>) {
        let (wake, woken) = bounded(NEWS);
        let jobs = Jobs::start(options, move || {
            // A full queue has been noticed already.
            let _full = wake.try_send(());
        })
        .unwrap();
        (jobs, woken)
    }

    fn wait(jobs: &mut Jobs, woken: &Receiver<()>) -> (Job, Ending) {
        loop {
            if let Some(end) = jobs.take_ended() {
                return end;
            }
            woken.recv().unwrap();
        }
    }

    #[test]
    fn views_are_written_beside_a_reader_and_the_file_is_whole_once_nobody_reads() {
        let path = project("views");
        let (mut jobs, woken) = started(options("true"));
        let reader = Session::open(&path, Access::Read, options("true")).unwrap();
        let json = r#"{"eye":[0,0,10],"target":[0,5,0]}"#.to_owned();
        let views = vec![("gate".to_owned(), Some(json)), ("gone".to_owned(), None)];
        jobs.begin(Work::Views { project: path.clone(), views }).unwrap();
        assert!(matches!(wait(&mut jobs, &woken).1, Ending::Written));
        let names: Vec<String> = reader.project().views().unwrap().into_iter().map(|v| v.0).collect();
        assert_eq!(names, ["gate"]);
        reader.close().unwrap();
        let options = jobs.options().clone();
        jobs.finish();
        seal(&path, &options);
        let report = lantu_session::verify(&path).unwrap();
        assert!(report.passed(), "{report:?}");
        assert!(!path.with_extension("lantu-wal").exists());
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn an_import_that_hangs_is_stopped_and_the_project_opens() {
        let path = project("stop");
        let file = path.with_file_name("model.ifc");
        std::fs::write(&file, "ISO-10303-21;").unwrap();
        // A worker that never answers.
        let (mut jobs, woken) = started(options("sleep"));
        let id = jobs.begin(Work::Import { project: path.clone(), files: vec![file] }).unwrap();
        jobs.cancel(id);
        let (job, ending) = wait(&mut jobs, &woken);
        assert!(matches!(ending, Ending::Stopped));
        assert_eq!(job.imports_into.as_deref(), Some(path.as_path()));
        jobs.begin(Work::Open(path.clone())).unwrap();
        assert!(
            matches!(wait(&mut jobs, &woken).1, Ending::Ready(opened, _) if opened.session.sources().is_empty())
        );
        jobs.finish();
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn the_estimate_waits_until_the_pace_is_known() {
        assert_eq!(remaining_s(Duration::from_secs(1), 0.5), None);
        assert_eq!(remaining_s(Duration::from_secs(10), 0.01), None);
        assert!((remaining_s(Duration::from_secs(10), 0.25).unwrap() - 30.0).abs() < 1e-9);
    }
}
