//! Writing readings into a project while they arrive: a journal beside the file, compacted into its day chunks.
//!
//! The journal `name.lantu-feed` holds what was acknowledged and is not yet in the project. It is part of the project
//! until it is compacted: who opens the project sees its rows too.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{DayChunk, ExtendCounts, HotStore, LogFile, Sample, TimeStore, is_companion};
use lantu_project::{Author, ChunkRow, OpenMode, Project};

use crate::session::author;
use crate::shelf::with_shelf;
use crate::{Session, SessionError};

/// The journal is compacted when it is larger than this and than half of what was written the last time: days are written
/// as a whole, so that a long one is written less often. Chosen: a million rows, compacted in a second.
const COMPACT_BYTES: u64 = 16 << 20;

/// Bytes of chunks that are written in one change. Chosen: a transaction of less than a tenth of a second, and memory that
/// is not missed.
const PART_BYTES: u64 = 1 << 20;

/// How long a compaction waits for the medium before it lets more be committed. Chosen: what nobody sees.
const TURN: Duration = Duration::from_millis(20);

/// What may be committed while the journal is compacted.
type Meanwhile<'a> = dyn FnMut(&mut FeedWriter) -> Result<(), SessionError> + 'a;

/// The project that a journal is compacted into.
enum Target<'a> {
    /// Open for writing, and stays so.
    Open(&'a mut Project),
    /// Opened for as long as it takes, by this author.
    Closed(&'a Path, Author),
}

impl Target<'_> {
    /// Writes what it is given until no more comes. Says `done` when the project is open and after each part.
    fn put(self, parts: &Receiver<Vec<ChunkRow>>, done: &SyncSender<()>) -> Result<(), SessionError> {
        let put_all = |project: &mut Project| -> Result<(), SessionError> {
            // Who no longer waits for the answer has failed, and ends the parts.
            let _gone = done.send(());
            for part in parts {
                project.put_readings(&part)?;
                let _gone = done.send(());
            }
            Ok(())
        };
        match self {
            Self::Open(project) => put_all(project),
            Self::Closed(path, author) => {
                let mut project = Project::open(path, OpenMode::ReadWrite(author))?;
                put_all(&mut project)?;
                Ok(project.close()?)
            }
        }
    }
}

/// A journal as a file: what was synced survives a power cut.
#[derive(Debug)]
pub struct DiskLog {
    file: File,
    path: PathBuf,
}

/// What became of the rows of a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedCounts {
    /// Acknowledged, and stored or there already.
    pub rows: u64,
    /// Now in the store.
    pub added: u64,
    /// Another row of the same channel, instant and number was there.
    pub duplicates: u64,
    /// Older than the newest of their channel when they came.
    pub out_of_order: u64,
    /// Not a number.
    pub not_finite: u64,
    /// Left out: more readings of one instant or day than are kept.
    pub over_full: u64,
}

/// Takes rows for an open project. One at a time; dropping it leaves the journal for the next.
#[derive(Debug)]
pub struct FeedWriter {
    hot: HotStore<DiskLog>,
    path: PathBuf,
    newest: HashMap<ChannelId, UtcNanos>,
    out_of_order: u64,
    rows: u64,
    /// Bytes of the day chunks that the last compaction wrote.
    compacted_bytes: u64,
}

/// The journal of a project.
pub fn journal_path(project: &Path) -> PathBuf {
    let mut name = project.as_os_str().to_owned();
    name.push("-feed");
    PathBuf::from(name)
}

impl DiskLog {
    /// Opens or makes the file, for this process alone. A new name is on the medium when it returns.
    ///
    /// # Errors
    /// A failure to open, or another process that writes it.
    pub fn open(path: &Path) -> io::Result<Self> {
        loop {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
            file.try_lock().map_err(|e| io::Error::new(io::ErrorKind::ResourceBusy, e.to_string()))?;
            // Whoever wrote it may have put another one in its place before it was locked here.
            if is_at(&file, path)? {
                sync_folder(path)?;
                return Ok(Self { file, path: path.to_owned() });
            }
        }
    }
}

/// The process that has locked a file, as Linux lists it; `None` elsewhere.
#[cfg(target_os = "linux")]
fn holder(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = std::fs::metadata(path).ok()?.ino().to_string();
    // `1: FLOCK  ADVISORY  WRITE 4242 08:01:131074 0 EOF`
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, process, file, ..] = parts.as_slice() else { return None };
        (file.rsplit(':').next() == Some(inode.as_str())).then(|| process.parse().ok())?
    })
}

#[cfg(not(target_os = "linux"))]
fn holder(_path: &Path) -> Option<u32> {
    None
}

/// Makes a new name in a path's folder durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Whether an open file is the one of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let open = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// Elsewhere a file that is open and locked keeps its name.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}

impl LogFile for DiskLog {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut out)?;
        Ok(out)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".next");
        let next = PathBuf::from(name);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&next)?;
        file.try_lock().map_err(|e| io::Error::new(io::ErrorKind::ResourceBusy, e.to_string()))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&next, &self.path)?;
        self.file = file;
        sync_folder(&self.path)
    }
}

/// A journal that is only looked at.
struct Peek(Vec<u8>);

impl LogFile for Peek {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        Ok(std::mem::take(&mut self.0))
    }

    fn append(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn truncate(&mut self, _len: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn replace(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// The store with what the project's journal holds, if it has one.
pub(crate) fn with_journal(project: &Path, base: TimeStore) -> Result<TimeStore, SessionError> {
    let path = journal_path(project);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) if !bytes.is_empty() => bytes,
        Ok(_) => return Ok(base),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(base),
        Err(source) => return Err(SessionError::File { source, path }),
    };
    let opened = HotStore::open(Peek(bytes), base);
    opened.map(|(hot, _)| hot.snapshot()).map_err(|source| SessionError::File { source, path })
}

impl FeedWriter {
    /// Takes a row; it counts once [`FeedWriter::commit`] has returned.
    pub fn push(&mut self, channel: ChannelId, sample: Sample) {
        if is_companion(&channel) {
            self.hot.push(channel, sample);
            return;
        }
        let newest = self.newest.entry(channel.clone()).or_insert(UtcNanos(i64::MIN));
        if sample.time < *newest {
            self.out_of_order += 1;
        } else {
            *newest = sample.time;
        }
        self.hot.push(channel, sample);
    }

    /// Makes everything pushed durable.
    ///
    /// # Errors
    /// [`SessionError::File`]: nothing of it is acknowledged, and the writer is of no more use.
    pub fn commit(&mut self) -> Result<(), SessionError> {
        let failed = |source| SessionError::File { source, path: self.path.clone() };
        self.rows += self.hot.commit().map_err(failed)? as u64;
        Ok(())
    }

    /// Rows that wait for a commit.
    pub fn n_pending(&self) -> usize {
        self.hot.n_pending()
    }

    /// Whether the journal is large enough to be compacted.
    pub fn wants_compaction(&self) -> bool {
        self.hot.journal_bytes() > COMPACT_BYTES.max(self.compacted_bytes / 2)
    }

    /// What became of the rows.
    pub fn counts(&self) -> FeedCounts {
        let ExtendCounts { added, duplicates, not_finite, over_full } = self.hot.counts();
        let (rows, out_of_order) = (self.rows, self.out_of_order);
        FeedCounts { rows, added, duplicates, out_of_order, not_finite, over_full }
    }

    /// Writes the days that the journal has rows of, a megabyte in each change, and takes these rows out of it. A thread
    /// waits for the medium: until the project is closed again `meanwhile` is called and may commit more.
    fn compact(&mut self, target: Target<'_>, meanwhile: &mut Meanwhile<'_>) -> Result<(), SessionError> {
        let days = self.hot.begin_compaction();
        let mut n_put = 0;
        // A part is handed over when the one before it is done: neither is ever full.
        let (parts, to_put) = sync_channel(1);
        let (said, done) = sync_channel(1);
        let result = std::thread::scope(|scope| {
            let thread = scope.spawn(move || target.put(&to_put, &said));
            let fed = self.feed_days((&days, &mut n_put), (parts, &done), meanwhile);
            let put = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            fed.and(put)
        });
        if result.is_err() {
            self.hot.give_up_compaction(days.into_iter().skip(n_put));
        }
        result
    }

    /// Hands these days to the thread that writes them, the next part while the last one is written, and empties the
    /// journal of them. `n_put`: how many of the days are on the medium. Ends early where the thread does.
    fn feed_days(
        &mut self,
        (days, n_put): (&[(ChannelId, i64)], &mut usize),
        (parts, done): (SyncSender<Vec<ChunkRow>>, &Receiver<()>),
        meanwhile: &mut Meanwhile<'_>,
    ) -> Result<(), SessionError> {
        if !self.wait(done, meanwhile)? {
            return Ok(());
        }
        let (mut part, mut n_bytes, mut n_all, mut n_sent) = (Vec::new(), 0, 0, 0);
        for (ix, (channel, day)) in days.iter().enumerate() {
            if let Some(chunk) = self.hot.day_chunk(channel, *day) {
                n_bytes += chunk.bytes.len() as u64;
                n_all += chunk.bytes.len() as u64;
                part.push(chunk_row(chunk));
            }
            if n_bytes > PART_BYTES || ix + 1 == days.len() {
                meanwhile(self)?;
                if n_sent > 0 && !self.wait(done, meanwhile)? {
                    return Ok(());
                }
                *n_put = n_sent;
                // Who does not take it has failed, and says so when it is joined.
                let _ended = parts.send(std::mem::take(&mut part));
                (n_bytes, n_sent) = (0, ix + 1);
            }
        }
        if n_sent > 0 && !self.wait(done, meanwhile)? {
            return Ok(());
        }
        *n_put = n_sent;
        drop(parts);
        self.compacted_bytes = n_all;
        self.hot.end_compaction().map_err(|source| SessionError::File { source, path: self.path.clone() })?;
        while self.wait(done, meanwhile)? {}
        Ok(())
    }

    /// Waits until the thread says that it has done something; `false` if it has ended.
    fn wait(&mut self, done: &Receiver<()>, meanwhile: &mut Meanwhile<'_>) -> Result<bool, SessionError> {
        loop {
            match done.recv_timeout(TURN) {
                Ok(()) => return Ok(true),
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
                Err(RecvTimeoutError::Timeout) => meanwhile(self)?,
            }
        }
    }

    /// Everything committed.
    pub fn snapshot(&self) -> TimeStore {
        self.hot.snapshot()
    }
}

impl Session {
    /// Begins to write readings; what an earlier feed left in its journal is kept.
    ///
    /// # Errors
    /// [`SessionError::AlreadyFed`] if another process writes it; [`SessionError::File`] if the journal cannot be opened, or a
    /// newer build wrote it: then it stays as it is. [`SessionError::Project`] if an earlier build wrote it and another process writes the project.
    pub fn begin_feed(&mut self) -> Result<FeedWriter, SessionError> {
        let path = journal_path(self.project.path());
        let failed = |source| SessionError::File { source, path: path.clone() };
        // The base holds the journal's rows already, which changes nothing: each counts once.
        let log = DiskLog::open(&path).map_err(|source| {
            if source.kind() != io::ErrorKind::ResourceBusy {
                return failed(source);
            }
            SessionError::AlreadyFed { project: self.project.path().to_owned(), by: holder(&path) }
        })?;
        let base = with_shelf(TimeStore::clone(self.time_store()), self.project.path());
        let (hot, found) = HotStore::open(log, base).map_err(failed)?;
        if found.torn_bytes > 0 || found.rows > 0 {
            tracing::info!(
                rows = found.rows,
                torn_bytes = found.torn_bytes,
                "the journal was taken up again"
            );
        }
        let mut newest = HashMap::new();
        let store = hot.snapshot();
        for id in store.channels() {
            newest.extend(store.value_at(id, UtcNanos(i64::MAX)).map(|s| (id.clone(), s.time)));
        }
        let mut writer = FeedWriter { hot, path, newest, out_of_order: 0, rows: 0, compacted_bytes: 0 };
        if found.former {
            // Its rows go into the project, and the journal begins anew in the present form.
            self.compact_feed(&mut writer, &mut |_| Ok(()))?;
        }
        Ok(writer)
    }

    /// Moves what the journal holds into the project's day chunks. A session that only reads opens the project for writing
    /// while it does.
    ///
    /// `meanwhile` is called every now and then, also while the project is opened and closed, and may take rows and commit
    /// them, so that who feeds and who looks on waits for a tenth of a second, not for all of it. These rows stay in the
    /// journal.
    ///
    /// # Errors
    /// A failure to write, another program that writes the project, or one of `meanwhile`: the journal keeps what it has.
    pub fn compact_feed(
        &mut self,
        writer: &mut FeedWriter,
        meanwhile: &mut Meanwhile<'_>,
    ) -> Result<(), SessionError> {
        if self.project.is_writable() || !writer.hot.is_touched() {
            return writer.compact(Target::Open(&mut self.project), meanwhile);
        }
        // For a moment only: whoever acknowledges an alarm or imports a file need not wait for the feed to end.
        writer.compact(Target::Closed(self.project.path(), author(&self.options)), meanwhile)
    }

    /// Ends a feed: compacts, removes the journal, and shows its readings to this session.
    ///
    /// # Errors
    /// A failure to write: the journal stays and is read with the project.
    pub fn end_feed(&mut self, mut writer: FeedWriter) -> Result<FeedCounts, SessionError> {
        writer.commit()?;
        self.compact_feed(&mut writer, &mut |_| Ok(()))?;
        let counts = writer.counts();
        self.show_readings(Arc::new(writer.snapshot()));
        let path = writer.path.clone();
        drop(writer);
        // An empty journal is as good as none.
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::debug!(%error, "the empty journal is not removed");
        }
        Ok(counts)
    }
}

fn chunk_row(c: DayChunk) -> ChunkRow {
    ChunkRow {
        channel: c.channel.0.as_ref().to_owned(),
        day: i32::try_from(c.header.t0.0.div_euclid(lantu_live::NANOS_PER_DAY)).unwrap_or(0),
        n: u64::from(c.header.n),
        t0: c.header.t0,
        t1: c.header.t1,
        blob: c.bytes,
    }
}
