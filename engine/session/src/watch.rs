//! Seeing what another process feeds into a project: its journal is followed, its compactions are noticed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use lantu_live::{Act, JournalTail, TimeStore};
use lantu_project::{OpenMode, Project};

use crate::feed::journal_path;
use crate::shelf::with_shelf;
use crate::{SessionError, alarms, timeline};

/// Bytes that tell one journal from the next: length, checksum and the first names of its first commit. Chosen: two
/// different first commits agree in them once in 2³² times.
const HEAD_BYTES: usize = 36;
/// Most that is read at once. Chosen: a million rows, decoded in a third of a second.
const MOST_BYTES: u64 = 16 << 20;

/// Follows the journal of a project that another process writes.
#[derive(Debug)]
pub struct FeedWatch {
    project: PathBuf,
    journal: PathBuf,
    tail: JournalTail,
    head: Vec<u8>,
    taken: u64,
    /// There was a journal at the last look.
    is_there: bool,
    /// When the project's file was last seen to change.
    stamp: Stamp,
    /// What was done about alarms, once somebody changed the project.
    acts: Option<Vec<Act>>,
}

/// Length and time of the last change of the project's file and of its write-ahead log.
type Stamp = [Option<(u64, SystemTime)>; 2];

fn stamp(project: &Path) -> Stamp {
    let mut log = project.as_os_str().to_owned();
    log.push("-wal");
    [project, Path::new(&log)].map(|path| {
        let about = std::fs::metadata(path).ok()?;
        Some((about.len(), about.modified().ok()?))
    })
}

/// What a look at the journal brought.
#[derive(Clone, Debug)]
pub struct Followed {
    /// Everything that the project has, and what its journal acknowledged.
    pub store: Arc<TimeStore>,
    /// Rows that are new.
    pub n_rows: u64,
    /// What was done about alarms, where somebody changed the project; `None` where nobody did.
    pub acts: Option<Vec<Act>>,
}

impl FeedWatch {
    /// Begins with what a session showed when it was opened. Reads nothing.
    pub fn new(project: &Path, shown: &TimeStore) -> Self {
        Self {
            project: project.to_owned(),
            journal: journal_path(project),
            tail: JournalTail::new(with_shelf(shown.clone(), project)),
            head: Vec::new(),
            taken: 0,
            is_there: false,
            stamp: stamp(project),
            acts: None,
        }
    }

    /// Looks once: what was committed since the last time, and what was done about alarms. `None` where nothing was.
    ///
    /// Costs a look at two files' lengths and times and at the journal's head where nothing happened.
    ///
    /// # Errors
    /// A failure to read; the next look tries again.
    pub fn look(&mut self) -> Result<Option<Followed>, SessionError> {
        let mut found = self.journal_grew()?;
        // Somebody may acknowledge an alarm while the journal is not compacted for hours.
        let now = stamp(&self.project);
        if now != self.stamp {
            let read = || -> Result<Vec<Act>, SessionError> {
                alarms::acts(&Project::open(&self.project, OpenMode::ReadOnly)?)
            };
            let acts = match read() {
                Ok(acts) => acts,
                // What the journal brought is shown; the next look asks again.
                Err(_) if found.is_some() => return Ok(found),
                Err(e) => return Err(e),
            };
            self.stamp = now;
            if self.acts.as_ref() != Some(&acts) {
                self.acts = Some(acts.clone());
                let same = || Followed { store: Arc::new(self.tail.snapshot()), n_rows: 0, acts: None };
                found.get_or_insert_with(same).acts = Some(acts);
            }
        }
        Ok(found)
    }

    fn journal_grew(&mut self) -> Result<Option<Followed>, SessionError> {
        let failed = |source| SessionError::File { source, path: self.journal.clone() };
        let mut file = match File::open(&self.journal) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                // The next one begins with its first frame.
                let found = if self.is_there { self.begin_anew(Some(0))? } else { None };
                self.is_there = false;
                return Ok(found);
            }
            Err(e) => return Err(failed(e)),
        };
        self.is_there = true;
        let len = file.metadata().map_err(failed)?.len();
        let mut head = Vec::new();
        (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(failed)?;
        let same = head.get(..self.head.len()) == Some(self.head.as_slice());
        if self.taken > 0 && (len < self.taken || !same) {
            // Emptied, perhaps filled again: what was in it is in the project's chunks, and here where it was seen.
            self.tail.rewind();
            (self.head, self.taken) = (Vec::new(), 0);
        }
        if len <= self.taken {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.taken)).map_err(failed)?;
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        let taken = self.tail.take(&bytes).map_err(failed)?;
        if taken.bytes == 0 {
            return Ok(None);
        }
        if taken.hole {
            return self.begin_anew(taken.first);
        }
        self.taken += taken.bytes as u64;
        if self.head.len() < HEAD_BYTES {
            // Only what a commit has filled stays as it is.
            head.truncate(usize::try_from(self.taken).unwrap_or(HEAD_BYTES).min(HEAD_BYTES));
            self.head = head;
        }
        // That it was emptied is nothing to be shown.
        let shown = || Followed { store: Arc::new(self.tail.snapshot()), n_rows: taken.rows, acts: None };
        Ok((taken.rows > 0).then(shown))
    }

    /// The journal is gone, or commits were missed: reads the project's chunks, and follows from there on. `first`: the
    /// number of the first frame of the journal; those before it are in the project.
    fn begin_anew(&mut self, first: Option<u64>) -> Result<Option<Followed>, SessionError> {
        let project = Project::open(&self.project, OpenMode::ReadOnly)?;
        let store = timeline::observations(&project, &|_source| true)?;
        let acts = alarms::acts(&project)?;
        (self.head, self.taken) = (Vec::new(), 0);
        self.tail = JournalTail::expecting(with_shelf(store, &self.project), first);
        Ok(Some(Followed { store: Arc::new(self.tail.snapshot()), n_rows: 0, acts: Some(acts) }))
    }
}
