//! A shelf for readings of days that are being written: a file without a name in the project's cache folder.
//!
//! It goes with the process, however that ends.

use std::path::Path;
use std::sync::Arc;

use lantu_live::{Shelf, TimeStore};

/// The store with a shelf in the cache folder of a project. Where there can be none, readings stay in memory, which is said.
pub(crate) fn with_shelf(store: TimeStore, project: &Path) -> TimeStore {
    match open(&lantu_project::cache_dir_of(project)) {
        Ok(shelf) => store.with_shelf(shelf),
        Err(error) => {
            tracing::warn!(%error, "no place for readings in the cache folder: they stay in memory");
            store
        }
    }
}

#[cfg(not(unix))]
fn open(_folder: &Path) -> std::io::Result<Arc<dyn Shelf>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn open(folder: &Path) -> std::io::Result<Arc<dyn Shelf>> {
    Ok(Arc::new(unix::FileShelf::open(folder)?))
}

#[cfg(unix)]
mod unix {
    use std::collections::BTreeMap;
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::os::unix::fs::FileExt as _;
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Mutex, PoisonError};

    use lantu_live::Shelf;

    /// Shortest place; longer ones are twice as long, and so on, so that one that is free fits for another while pieces
    /// grow by being joined. Chosen: short pieces have some hundred bytes.
    const SHORTEST_BYTES: u64 = 64;

    /// Bytes in a file; places that are free again are used first.
    #[derive(Debug)]
    pub(super) struct FileShelf {
        file: File,
        places: Mutex<Places>,
    }

    #[derive(Debug, Default)]
    struct Places {
        /// Free places by their length.
        free: BTreeMap<u64, Vec<u64>>,
        end: u64,
    }

    impl FileShelf {
        pub(super) fn open(folder: &Path) -> io::Result<Self> {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            std::fs::create_dir_all(folder)?;
            let name = format!("readings-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = folder.join(name);
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
            std::fs::remove_file(&path)?;
            Ok(Self { file, places: Mutex::default() })
        }
    }

    fn stepped(len: usize) -> u64 {
        (len as u64).max(SHORTEST_BYTES).next_power_of_two()
    }

    impl Shelf for FileShelf {
        fn put(&self, bytes: &[u8]) -> io::Result<u64> {
            let len = stepped(bytes.len());
            let place = {
                let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
                let free = places.free.get_mut(&len).and_then(Vec::pop);
                free.unwrap_or_else(|| {
                    let place = places.end;
                    places.end += len;
                    place
                })
            };
            let written = self.file.write_all_at(bytes, place);
            if written.is_err() {
                self.free(place, bytes.len());
            }
            written.map(|()| place)
        }

        fn get(&self, place: u64, len: usize) -> io::Result<Vec<u8>> {
            let mut out = vec![0; len];
            self.file.read_exact_at(&mut out, place)?;
            Ok(out)
        }

        fn free(&self, place: u64, len: usize) {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            places.free.entry(stepped(len)).or_default().push(place);
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_place_that_is_free_is_used_again_and_what_is_kept_stays() {
            let folder = tempfile::tempdir().unwrap();
            let shelf = FileShelf::open(folder.path()).unwrap();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
            let first = shelf.put(&[1; 100]).unwrap();
            let second = shelf.put(&[2; 100]).unwrap();
            shelf.free(first, 100);
            assert_eq!(shelf.put(&[3; 90]).unwrap(), first);
            assert!(shelf.put(&[4; 200]).unwrap() > second);
            assert_eq!(
                (shelf.get(first, 90).unwrap(), shelf.get(second, 100).unwrap()),
                (vec![3; 90], vec![2; 100])
            );
        }
    }
}
