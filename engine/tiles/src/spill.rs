//! What waits while a source is built: bytes in many streams, in memory up to a limit, on disk above it.
//!
//! A file of it has no name while it is used, where the system allows that: whatever ends the process ends the file.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::TileError;

/// Bytes of a stream that are written at once where possible. Chosen: a disk seeks as long as it reads so much.
const BLOCK_BYTES: usize = 256 << 10;
/// How files are named that could not be made nameless.
const ENDING: &str = "spill";

/// Makes names of files differ within the process.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// Where a build may put things aside, and how much of them it may hold in memory.
#[derive(Clone, Debug)]
pub struct SpillRoom {
    /// Folder on a disk; `None` keeps everything in memory.
    pub folder: Option<PathBuf>,
    /// Bytes in memory before the folder is used, of each kind of things that wait.
    pub memory_bytes: usize,
}

impl SpillRoom {
    /// Everything in memory, for small scenes.
    pub const IN_MEMORY: Self = Self { folder: None, memory_bytes: usize::MAX };
}

/// Streams of bytes by key, each read once, from its start, when all are written.
#[derive(Debug)]
pub struct Spill<K> {
    room: SpillRoom,
    streams: BTreeMap<K, Stream>,
    /// Bytes of all streams that are in memory.
    held_bytes: usize,
    file: Option<SpillFile>,
}

/// Parts of one stream in their order: those on disk, then those in memory.
#[derive(Debug, Default)]
struct Stream {
    parts: Vec<(u64, u64)>,
    held: Vec<u8>,
}

impl<K: Ord + Copy> Spill<K> {
    /// Without streams.
    pub fn new(room: SpillRoom) -> Self {
        Self { room, streams: BTreeMap::new(), held_bytes: 0, file: None }
    }

    /// Adds to a stream.
    ///
    /// # Errors
    /// [`TileError::Io`] if the disk does not take it.
    pub fn push(&mut self, key: K, bytes: &[u8]) -> Result<(), TileError> {
        let stream = self.streams.entry(key).or_default();
        stream.held.extend_from_slice(bytes);
        self.held_bytes += bytes.len();
        if self.held_bytes <= self.room.memory_bytes || self.room.folder.is_none() {
            return Ok(());
        }
        // The longest streams go, until half of the room is free: short ones would be scattered over the disk.
        let mut sizes: Vec<usize> = self.streams.values().map(|s| s.held.len()).collect();
        sizes.sort_unstable_by_key(|n| std::cmp::Reverse(*n));
        let mut left = self.held_bytes;
        let least = sizes.iter().find(|&&n| {
            left -= n;
            left <= self.room.memory_bytes / 2
        });
        self.flush(least.copied().unwrap_or(0).min(BLOCK_BYTES))
    }

    /// Writes the parts in memory of at least so many bytes.
    fn flush(&mut self, least_bytes: usize) -> Result<(), TileError> {
        let Some(folder) = &self.room.folder else { return Ok(()) };
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(SpillFile::create(folder)?),
        };
        for stream in self.streams.values_mut().filter(|s| s.held.len() >= least_bytes.max(1)) {
            let held = std::mem::take(&mut stream.held);
            stream.parts.push((file.append(&held)?, held.len() as u64));
            self.held_bytes -= held.len();
        }
        Ok(())
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl Iterator<Item = K> + '_ {
        self.streams.keys().copied()
    }

    /// Bytes of a stream.
    pub(crate) fn len(&self, key: K) -> u64 {
        let of = |s: &Stream| s.parts.iter().map(|p| p.1).sum::<u64>() + s.held.len() as u64;
        self.streams.get(&key).map_or(0, of)
    }

    /// A whole stream; empty if there is none.
    ///
    /// # Errors
    /// [`TileError::Io`].
    pub fn read(&self, key: K) -> Result<Vec<u8>, TileError> {
        let Some(stream) = self.streams.get(&key) else { return Ok(Vec::new()) };
        let mut out = Vec::with_capacity(usize::try_from(self.len(key)).unwrap_or(0));
        if let Some(file) = &self.file {
            for &(at, n) in &stream.parts {
                file.read(at, n, &mut out)?;
            }
        }
        out.extend_from_slice(&stream.held);
        Ok(out)
    }
}

/// A file that goes with the process.
#[derive(Debug)]
struct SpillFile {
    path: PathBuf,
    file: Mutex<File>,
    bytes: u64,
}

impl SpillFile {
    fn create(folder: &Path) -> Result<Self, TileError> {
        let failed = |source| TileError::Io { source, path: folder.to_owned() };
        std::fs::create_dir_all(folder).map_err(failed)?;
        sweep(folder);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{}-{serial}.{ENDING}", std::process::id()));
        let open = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = open.map_err(|source| TileError::Io { source, path: path.clone() })?;
        // Where an open file cannot lose its name, it does when it is closed, or when the next one is made.
        drop(std::fs::remove_file(&path));
        Ok(Self { path, file: Mutex::new(file), bytes: 0 })
    }

    fn lock(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the bytes went.
    fn append(&mut self, bytes: &[u8]) -> Result<u64, TileError> {
        let at = self.bytes;
        let mut file = self.lock();
        let written = file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(bytes));
        drop(file);
        written.map_err(|source| TileError::Io { source, path: self.path.clone() })?;
        self.bytes += bytes.len() as u64;
        Ok(at)
    }

    fn read(&self, at: u64, n: u64, out: &mut Vec<u8>) -> Result<(), TileError> {
        let mut file = self.lock();
        let read = file.seek(SeekFrom::Start(at)).and_then(|_| (&mut *file).take(n).read_to_end(out));
        match read {
            Ok(read) if read as u64 == n => Ok(()),
            Ok(_) => {
                let source = std::io::ErrorKind::UnexpectedEof.into();
                Err(TileError::Io { source, path: self.path.clone() })
            }
            Err(source) => Err(TileError::Io { source, path: self.path.clone() }),
        }
    }
}

impl Drop for SpillFile {
    fn drop(&mut self) {
        // Usually gone already.
        drop(std::fs::remove_file(&self.path));
    }
}

/// Removes what processes left that were ended. One that is in use has no name, or cannot be removed.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let is_ours = |p: &PathBuf| p.extension().is_some_and(|e| e == ENDING);
    for path in entries.flatten().map(|e| e.path()).filter(is_ours) {
        drop(std::fs::remove_file(path));
    }
}

/// One stream that is written to its end and then read, such as records in the order in which they came.
#[derive(Debug)]
pub struct SpillLog(Spill<u64>);

impl SpillLog {
    /// An empty one.
    pub fn new(room: SpillRoom) -> Self {
        Self(Spill::new(room))
    }

    /// Adds to its end. What is added at once is read at once.
    ///
    /// # Errors
    /// [`TileError::Io`] if the disk does not take it.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TileError> {
        let next = self.0.keys().last().map_or(0, |k| k + 1);
        self.0.push(next, bytes)
    }

    /// Everything that was added, in order.
    ///
    /// # Errors
    /// Each item: [`TileError::Io`].
    pub fn read(&self) -> impl Iterator<Item = Result<Vec<u8>, TileError>> + '_ {
        self.0.keys().map(|key| self.0.read(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n_files(folder: &Path) -> usize {
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }

    #[test]
    fn streams_come_back_whole_whatever_fits_into_memory() {
        let dir = tempfile::tempdir().unwrap();
        for memory_bytes in [0, 1, 100, 5_000, usize::MAX] {
            let mut spill = Spill::new(SpillRoom { folder: Some(dir.path().to_owned()), memory_bytes });
            let mut expected: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
            for i in 0..2_000_u32 {
                let (key, bytes) = (i * i % 17, vec![(i % 251) as u8; (i % 40) as usize]);
                spill.push(key, &bytes).unwrap();
                expected.entry(key).or_default().extend(bytes);
            }
            for (key, bytes) in expected {
                assert_eq!(spill.read(key).unwrap(), bytes);
                assert_eq!(spill.len(key), bytes.len() as u64);
            }
            assert!(memory_bytes > 100_000 || spill.held_bytes <= memory_bytes.max(40));
        }
        assert_eq!(n_files(dir.path()), 0, "files stay behind");
    }

    #[test]
    fn what_an_ended_process_left_is_removed_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("1-0.spill"), b"left").unwrap();
        std::fs::write(dir.path().join("other"), b"not ours").unwrap();
        let mut log = SpillLog::new(SpillRoom { folder: Some(dir.path().to_owned()), memory_bytes: 0 });
        log.push(b"some").unwrap();
        log.push(b"more").unwrap();
        let read: Result<Vec<Vec<u8>>, TileError> = log.read().collect();
        assert_eq!(read.unwrap(), [b"some", b"more"]);
        drop(log);
        assert_eq!(n_files(dir.path()), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let mut log = SpillLog::new(SpillRoom { folder: Some(file), memory_bytes: 0 });
        assert!(matches!(log.push(b"some"), Err(TileError::Io { .. })));
    }
}
