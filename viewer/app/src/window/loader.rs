//! The loader thread: reads and decodes tiles, so that the frame never waits for a file.

use std::collections::BTreeSet;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use lantu_render::TileKey;
use lantu_session::StoredTile;
use lantu_tiles::io::{DirPackStore, PackStore};
use lantu_tiles::{
    GroundSource, GroundTile, GroundTileId, MeshTile, RasterCache, compose_ground, decode_mesh_tile,
};

use crate::stage::RASTER_CACHE_BYTES;

/// Something to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    Mesh(TileKey),
    Ground(GroundTileId),
}

/// Something that was loaded.
pub(crate) enum Loaded {
    Mesh {
        key: TileKey,
        base_row: u32,
        tile: Box<MeshTile>,
    },
    Ground(Box<GroundTile>),
    /// It cannot be read: the message says why.
    Failed {
        wanted: Wanted,
        why: String,
    },
}

enum Request {
    Mesh { key: TileKey, base_row: u32, stored: StoredTile },
    Ground(GroundTileId),
}

/// Requests that may wait. Chosen: a second of work; what is no longer seen is then not loaded in vain for long.
const QUEUE: usize = 24;

/// The thread's end that the window holds.
pub(crate) struct Loader {
    requests: Sender<Request>,
    results: Receiver<Loaded>,
    pending: BTreeSet<Wanted>,
}

impl Loader {
    /// Starts the thread. `wake` is called after each result.
    pub(crate) fn start(
        store: Arc<DirPackStore>,
        ground: Arc<GroundSource>,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let (requests, inbox) = bounded::<Request>(QUEUE);
        // Results are taken once a frame; a full queue makes the thread wait, which bounds memory.
        let (outbox, results) = bounded(QUEUE * 2);
        std::thread::Builder::new().name("tile-loader".into()).spawn(move || {
            let cache = RasterCache::new(Arc::<DirPackStore>::clone(&store), RASTER_CACHE_BYTES);
            for request in inbox {
                let loaded = match request {
                    Request::Ground(id) => Loaded::Ground(Box::new(compose_ground(id, &ground, &cache))),
                    Request::Mesh { key, base_row, stored } => {
                        match store.read(stored.hash).and_then(|pack| decode_mesh_tile(&pack)) {
                            Ok(tile) => Loaded::Mesh { key, base_row, tile: Box::new(tile) },
                            Err(e) => Loaded::Failed { wanted: Wanted::Mesh(key), why: e.to_string() },
                        }
                    }
                };
                if outbox.send(loaded).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { requests, results, pending: BTreeSet::new() })
    }

    /// Asks for a mesh tile; `false` when the queue is full.
    pub(crate) fn want_mesh(&mut self, key: TileKey, base_row: u32, stored: StoredTile) -> bool {
        self.want(Wanted::Mesh(key), Request::Mesh { key, base_row, stored })
    }

    /// Asks for a ground tile; `false` when the queue is full.
    pub(crate) fn want_ground(&mut self, id: GroundTileId) -> bool {
        self.want(Wanted::Ground(id), Request::Ground(id))
    }

    fn want(&mut self, wanted: Wanted, request: Request) -> bool {
        if self.pending.contains(&wanted) {
            return true;
        }
        let sent = self.requests.try_send(request).is_ok();
        if sent {
            self.pending.insert(wanted);
        }
        sent
    }

    /// The next result, if one is there.
    pub(crate) fn take(&mut self) -> Option<Loaded> {
        let loaded = match self.results.try_recv() {
            Ok(l) => l,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
        };
        self.pending.remove(&match &loaded {
            Loaded::Mesh { key, .. } => Wanted::Mesh(*key),
            Loaded::Ground(g) => Wanted::Ground(g.id),
            Loaded::Failed { wanted, .. } => *wanted,
        });
        Some(loaded)
    }

    /// Whether something is on its way.
    pub(crate) fn is_busy(&self) -> bool {
        !self.pending.is_empty()
    }
}
