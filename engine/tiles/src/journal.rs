//! Which raster tiles an import has written so far, so that one that was ended goes on where it stopped.
//!
//! A file beside the packs: first the grid, then one record for each group of tiles that was written, each with its
//! length before it. A record that was cut off counts as not there.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use lantu_base::{RasterGrid, TileCoord};

use crate::error::TileError;
use crate::io::PackStore;
use crate::pack::PackHash;

/// Longest record, bytes. Chosen: a group is some dozens of tiles of 50 bytes.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// Tiles that were written together: all of a part of the raster.
pub type TileGroup = Vec<(TileCoord, PackHash)>;

/// What an ended import left.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptTiles {
    /// The grid that its tiles belong to.
    pub grid: RasterGrid,
    /// Its groups of tiles, in the order in which they were written.
    pub groups: Vec<TileGroup>,
}

impl KeptTiles {
    /// Reads a journal as far as it is whole; `None` where there is none or its beginning is damaged.
    pub fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let mut rest = bytes.as_slice();
        let grid = postcard::from_bytes(next_record(&mut rest)?).ok()?;
        let groups = std::iter::from_fn(|| postcard::from_bytes(next_record(&mut rest)?).ok()).collect();
        Some(Self { grid, groups })
    }

    /// Leaves out groups of which a pack is gone.
    pub fn retain_present(&mut self, store: &dyn PackStore) {
        self.groups.retain(|g| g.iter().all(|(_, hash)| store.contains(*hash)));
    }
}

fn next_record<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|n| *n <= MAX_RECORD_BYTES)?;
    let (record, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(record)
}

/// Writes a journal.
#[derive(Debug)]
pub struct TileJournal {
    out: BufWriter<File>,
    path: PathBuf,
}

impl TileJournal {
    /// Starts one anew with what is known already. What stood there is replaced.
    ///
    /// # Errors
    /// [`TileError::Io`].
    pub fn start(path: &Path, known: &KeptTiles) -> Result<Self, TileError> {
        let failed = |source| TileError::Io { source, path: path.to_owned() };
        // Beside, then renamed: whoever reads it meanwhile sees all of the old one or all of the new one.
        let new = path.with_extension("new");
        let file = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| File::create(&new));
        let mut journal = Self { out: BufWriter::new(file.map_err(failed)?), path: path.to_owned() };
        journal.put(&known.grid)?;
        for group in &known.groups {
            journal.put(group)?;
        }
        journal.flush()?;
        std::fs::rename(&new, path).map_err(failed)?;
        Ok(journal)
    }

    /// Notes tiles whose packs are written.
    ///
    /// # Errors
    /// [`TileError::Io`].
    pub fn push(&mut self, group: &TileGroup) -> Result<(), TileError> {
        self.put(group)?;
        self.flush()
    }

    /// Removes it: the import is complete.
    ///
    /// # Errors
    /// [`TileError::Io`].
    pub fn remove(self) -> Result<(), TileError> {
        drop(self.out);
        std::fs::remove_file(&self.path).map_err(|source| TileError::Io { source, path: self.path })
    }

    fn put<T: serde::Serialize>(&mut self, record: &T) -> Result<(), TileError> {
        let Ok(bytes) = postcard::to_stdvec(record) else {
            return Err(TileError::Damaged("a journal's record"));
        };
        let Ok(length) = u32::try_from(bytes.len()) else {
            return Err(TileError::TooLarge(bytes.len()));
        };
        let written = self.out.write_all(&length.to_le_bytes()).and_then(|()| self.out.write_all(&bytes));
        written.map_err(|source| TileError::Io { source, path: self.path.clone() })
    }

    fn flush(&mut self) -> Result<(), TileError> {
        self.out.flush().map_err(|source| TileError::Io { source, path: self.path.clone() })
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::RasterKind;

    use super::*;

    #[test]
    fn a_journal_that_is_cut_anywhere_has_what_stands_whole_before_the_cut() {
        let grid = RasterGrid {
            kind: RasterKind::Orthophoto,
            west_north: [5.0, 7.0],
            gsd_m: 0.05,
            size_px: [3000, 2000],
            n_levels: 5,
        };
        let group = |n: u8| -> TileGroup {
            (0..n).map(|i| (TileCoord { level: 0, col: u32::from(i), row: 0 }, PackHash([n; 32]))).collect()
        };
        let groups = vec![group(3), group(1), group(4)];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("imports/a.tiles");
        let mut journal =
            TileJournal::start(&path, &KeptTiles { grid: grid.clone(), groups: vec![group(3)] }).unwrap();
        journal.push(&group(1)).unwrap();
        journal.push(&group(4)).unwrap();
        assert_eq!(KeptTiles::read(&path), Some(KeptTiles { grid: grid.clone(), groups: groups.clone() }));
        let whole = std::fs::read(&path).unwrap();
        let mut last = 0;
        for n in 0..whole.len() {
            std::fs::write(&path, &whole[..n]).unwrap();
            if let Some(kept) = KeptTiles::read(&path) {
                assert_eq!((&kept.grid, kept.groups.as_slice()), (&grid, &groups[..kept.groups.len()]));
                assert!(kept.groups.len() >= last && kept.groups.len() < 3);
                last = kept.groups.len();
            }
        }
        assert_eq!(last, 2);
        journal.remove().unwrap();
        assert_eq!(KeptTiles::read(&path), None);
    }
}
