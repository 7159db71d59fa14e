//! Where packs are kept: a trait, a folder on disk, and memory for tests. The only place with file access.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::TileError;
use crate::pack::PackHash;

/// Keeps packs under the hash of their content.
pub trait PackStore: Send + Sync {
    /// The bytes of a pack, checked against its name.
    ///
    /// # Errors
    /// [`TileError::Missing`], [`TileError::DamagedPack`], [`TileError::Io`].
    fn read(&self, hash: PackHash) -> Result<Vec<u8>, TileError>;

    /// Keeps a pack and says its name. Writing the same bytes twice is one pack.
    ///
    /// # Errors
    /// [`TileError::Io`].
    fn write(&self, pack: &[u8]) -> Result<PackHash, TileError>;

    /// Whether there is a pack of that name; its bytes are not looked at.
    fn contains(&self, hash: PackHash) -> bool;

    /// A folder beside the packs for what waits while they are built; `None` where packs are in memory.
    fn spill_folder(&self) -> Option<PathBuf> {
        None
    }
}

/// Packs as files: `ab/cd/abcd….pack` below one folder.
///
/// A pack appears under its name only when it is whole: it is written beside and renamed.
#[derive(Debug)]
pub struct DirPackStore {
    root: PathBuf,
}

/// Makes names of temporary files differ within the process.
static SERIAL: AtomicU64 = AtomicU64::new(0);

impl DirPackStore {
    /// A store below `root`, which is made when the first pack is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The file of a pack, whether it is there or not.
    pub fn path(&self, hash: PackHash) -> PathBuf {
        let name = hash.to_string();
        let [a, b, ..] = hash.0;
        self.root.join(format!("{a:02x}")).join(format!("{b:02x}")).join(name + ".pack")
    }
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> TileError {
    let path = path.to_owned();
    move |source| TileError::Io { source, path }
}

impl PackStore for DirPackStore {
    fn read(&self, hash: PackHash) -> Result<Vec<u8>, TileError> {
        let path = self.path(hash);
        match std::fs::read(&path) {
            Ok(bytes) => check(hash, bytes),
            Err(e) if e.kind() == ErrorKind::NotFound => Err(TileError::Missing(hash)),
            Err(e) => Err(io_error(&path)(e)),
        }
    }

    fn write(&self, pack: &[u8]) -> Result<PackHash, TileError> {
        let hash = PackHash::of(pack);
        let path = self.path(hash);
        // A file of the right name and length that was damaged since is replaced, so that rebuilding heals.
        if std::fs::read(&path).is_ok_and(|old| old == pack) {
            return Ok(hash);
        }
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder).map_err(io_error(folder))?;
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("{}-{serial}.tmp", std::process::id()));
        let written = std::fs::File::create(&temporary)
            .and_then(|mut file| file.write_all(pack))
            .and_then(|()| std::fs::rename(&temporary, &path));
        if let Err(source) = written {
            // The first error is the one to report; what is left of the file is of no use to anybody.
            drop(std::fs::remove_file(&temporary));
            return Err(TileError::Io { source, path });
        }
        Ok(hash)
    }

    fn contains(&self, hash: PackHash) -> bool {
        self.path(hash).is_file()
    }

    fn spill_folder(&self) -> Option<PathBuf> {
        Some(self.root.join("spill"))
    }
}

/// Packs in memory, for tests and small scenes.
#[derive(Debug, Default)]
pub struct MemoryPackStore(Mutex<BTreeMap<PackHash, Vec<u8>>>);

impl PackStore for MemoryPackStore {
    fn read(&self, hash: PackHash) -> Result<Vec<u8>, TileError> {
        let packs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        packs.get(&hash).cloned().ok_or(TileError::Missing(hash))
    }

    fn write(&self, pack: &[u8]) -> Result<PackHash, TileError> {
        let hash = PackHash::of(pack);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, pack.to_vec());
        Ok(hash)
    }

    fn contains(&self, hash: PackHash) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&hash)
    }
}

fn check(hash: PackHash, bytes: Vec<u8>) -> Result<Vec<u8>, TileError> {
    if PackHash::of(&bytes) == hash {
        Ok(bytes)
    } else {
        Err(TileError::DamagedPack { hash, what: "its content does not match its name" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_survives_on_disk_and_damage_is_noticed_and_healed() {
        let dir = tempfile::tempdir().unwrap();
        let store = DirPackStore::new(dir.path().join("packs"));
        let hash = store.write(b"some pack").unwrap();
        assert_eq!(store.write(b"some pack").unwrap(), hash);
        assert_eq!(store.read(hash).unwrap(), b"some pack");
        std::fs::write(store.path(hash), b"some pacc").unwrap();
        assert!(matches!(store.read(hash), Err(TileError::DamagedPack { .. })));
        assert_eq!(store.write(b"some pack").unwrap(), hash);
        assert_eq!(store.read(hash).unwrap(), b"some pack");
        std::fs::remove_file(store.path(hash)).unwrap();
        assert!(matches!(store.read(hash), Err(TileError::Missing(h)) if h == hash));
    }

    #[test]
    fn no_temporary_file_stays_behind() {
        let dir = tempfile::tempdir().unwrap();
        let store = DirPackStore::new(dir.path());
        let hash = store.write(b"x").unwrap();
        let folder = store.path(hash).parent().unwrap().to_owned();
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    }

    #[test]
    fn a_store_that_cannot_be_written_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"").unwrap();
        assert!(matches!(DirPackStore::new(&file).write(b"x"), Err(TileError::Io { .. })));
    }
}
