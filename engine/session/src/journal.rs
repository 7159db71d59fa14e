//! The journal of an import that writes raster tiles: what an ended one left is not done again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lantu_base::{ProjectFrame, RasterGrid, TileCoord};
use lantu_ingest::{Reading, Resume};
use lantu_tiles::io::PackStore;
use lantu_tiles::{KeptTiles, PackHash, TileGroup, TileJournal};
use sha2::{Digest, Sha256};

use crate::SessionError;
use crate::import::ImportOptions;

/// Changes when tiles of the same file would be others: the journals of before are of no use then.
const TILES_VERSION: u32 = 1;

/// Tiles that are written and noted.
pub(crate) struct RasterJournal {
    path: PathBuf,
    store: Arc<dyn PackStore>,
    /// What an ended import left.
    kept: Option<KeptTiles>,
    /// Open once the raster has begun.
    open: Option<TileJournal>,
}

impl RasterJournal {
    /// The journal of a file under what is stated of it. The file counts as the same by path, size and time of its last
    /// change: hashing a large one takes longer than the first look at it may.
    pub(crate) fn of(
        (folder, store): (&Path, Arc<dyn PackStore>),
        file: &Path,
        (options, reading): (&ImportOptions, Option<&Reading>),
        frame: &ProjectFrame,
    ) -> Option<Self> {
        let about = std::fs::metadata(file).ok()?;
        let changed = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        // Which importer it was follows from the file; only what it is to take the raster for changes tiles.
        let variant = options.importer.as_deref().and_then(|i| i.split_once(':')).map(|(_, variant)| variant);
        let what = serde_json::json!({
            "version": TILES_VERSION, "file": std::path::absolute(file).ok()?.to_string_lossy(), "size": about.len(),
            "changed": changed.as_nanos().to_string(), "crs": options.crs, "height": options.height,
            "importer": variant, "reading": reading, "frame": frame,
        });
        let name = PackHash(Sha256::digest(what.to_string().as_bytes()).into()).to_string();
        let path = folder.join(format!("{name}.tiles"));
        let mut kept = KeptTiles::read(&path);
        if let Some(kept) = &mut kept {
            kept.retain_present(&*store);
        }
        Some(Self { path, store, kept, open: None })
    }

    /// What the importer needs to go on; `None` where it starts anew.
    pub(crate) fn resume(&self, packs: &Path) -> Option<Resume> {
        let journal = self.path.clone();
        self.kept.is_some().then(|| Resume { journal, packs: packs.to_owned() })
    }

    /// The raster begins: the tiles that are there already.
    pub(crate) fn begin(&mut self, grid: &RasterGrid) -> Result<BTreeMap<TileCoord, PackHash>, SessionError> {
        let kept = self.kept.take().filter(|k| k.grid == *grid);
        let mut kept = kept.unwrap_or_else(|| KeptTiles { grid: grid.clone(), groups: Vec::new() });
        kept.retain_present(&*self.store);
        self.open = Some(TileJournal::start(&self.path, &kept)?);
        Ok(kept.groups.into_iter().flatten().collect())
    }

    /// Tiles are written.
    pub(crate) fn push(&mut self, group: &TileGroup) -> Result<(), SessionError> {
        match &mut self.open {
            Some(journal) => Ok(journal.push(group)?),
            None => Ok(()),
        }
    }

    /// The import is complete.
    pub(crate) fn remove(self) {
        if let Some(Err(e)) = self.open.map(TileJournal::remove) {
            tracing::debug!(error = %e, "a journal of tiles stays in the cache");
        }
    }
}
