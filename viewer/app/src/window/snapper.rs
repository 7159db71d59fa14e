//! The snapper's thread: reads the tiles around what the pointer hits and finds the corner, edge or face that is meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use lantu_base::ObjectRow;
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{Aim, MeshTile, PackHash, Snap, SnapGeometry, decode_mesh_tile, snap};

use crate::window::latest::Latest;
use crate::window::rowset::RowSet;
use crate::window::section::Section;

/// Decoded tiles that the thread keeps, bytes. Chosen: what lies around the pointer on one screen.
const KEPT_BYTES: u64 = 48 << 20;

/// What is asked of the thread.
pub(crate) struct Question {
    pub(crate) aim: Aim,
    /// Tiles around the hit, with the row of their source's object 0.
    pub(crate) tiles: Vec<(PackHash, u32)>,
    pub(crate) store: Arc<DirPackStore>,
    /// What is not shown cannot be caught.
    pub(crate) hidden: Arc<RowSet>,
    pub(crate) section: Section,
}

/// A caught point, and the hit that it belongs to.
pub(crate) struct Caught {
    pub(crate) aim: Aim,
    pub(crate) snap: Snap,
}

pub(crate) type Snapper = Latest<Question, Caught>;

/// Starts the thread.
pub(crate) fn start(wake: impl Fn() + Send + 'static) -> Result<Snapper, std::io::Error> {
    let mut kept = Kept::default();
    Latest::start("snapper", wake, move |question| answer(&question, &mut kept))
}

/// Tiles that were read, with the question that used them last.
#[derive(Default)]
struct Kept {
    tiles: BTreeMap<PackHash, (Arc<MeshTile>, u64)>,
    bytes: u64,
    now: u64,
}

impl Kept {
    fn tile(&mut self, hash: PackHash, store: &DirPackStore) -> Option<Arc<MeshTile>> {
        if let Some((tile, used)) = self.tiles.get_mut(&hash) {
            *used = self.now;
            return Some(Arc::clone(tile));
        }
        let read = store.read(hash).and_then(|pack| decode_mesh_tile(&pack));
        let tile = match read {
            Ok(tile) => Arc::new(tile),
            Err(error) => {
                // The loader tells people about damaged tiles; here only snapping is coarser.
                tracing::debug!(%error, "a tile cannot be read for snapping");
                return None;
            }
        };
        self.bytes += tile.bytes();
        self.tiles.insert(hash, (Arc::clone(&tile), self.now));
        while self.bytes > KEPT_BYTES && self.tiles.len() > 1 {
            let oldest = self.tiles.iter().min_by_key(|(_, (_, used))| *used).map(|(h, _)| *h);
            let Some((gone, _)) = oldest.and_then(|h| self.tiles.remove(&h)) else { break };
            self.bytes -= gone.bytes();
        }
        Some(tile)
    }
}

fn answer(question: &Question, kept: &mut Kept) -> Caught {
    kept.now += 1;
    let mut near = SnapGeometry::default();
    for (hash, base_row) in &question.tiles {
        if let Some(tile) = kept.tile(*hash, &question.store) {
            let visible = |object: u32| {
                let row = base_row.checked_add(object).map(ObjectRow);
                row.is_some_and(|r| !question.hidden.contains(r))
            };
            near.add(&tile, &question.aim, &visible);
        }
    }
    if !question.section.is_none() {
        // Ends that were cut away are not seen; what remains of a cut edge has no corner there.
        near.edges.retain(|e| !e.ends.iter().any(|p| question.section.cuts(lantu_base::WorldPoint(*p))));
    }
    Caught { aim: question.aim, snap: snap(&question.aim, &near) }
}
