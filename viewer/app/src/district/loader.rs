//! Loader threads: read, check and decode tiles, so that the frame never waits for a file.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use lantu_tiles::io::PackStore;
use lantu_tiles::{
    GroundSource, GroundTile, GroundTileId, MeshTile, PackHash, RasterCache, TileError, TileRef,
    compose_ground, decode_mesh_tile,
};

use crate::district::Wake;

/// Something to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    Mesh(TileRef),
    Ground(GroundTileId),
}

/// Something that was loaded.
pub(crate) enum Loaded {
    Mesh {
        at: TileRef,
        tile: Box<MeshTile>,
    },
    Ground(Box<GroundTile>),
    /// It cannot be read.
    Failed {
        wanted: Wanted,
        why: TileError,
    },
}

enum Request {
    Mesh(TileRef, PackHash),
    Ground(GroundTileId),
}

/// What loader threads read from.
#[derive(Clone)]
pub(crate) struct Shelves {
    pub(crate) store: Arc<dyn PackStore>,
    pub(crate) ground: Arc<GroundSource>,
    pub(crate) rasters: Arc<RasterCache>,
}

/// Requests on their way for each thread. Chosen: the next is there when one is done, and what has become less urgent
/// since does not stand in the way.
const PER_THREAD: usize = 2;

/// The threads' end that the frame holds.
pub(crate) struct Loader {
    requests: Sender<Request>,
    results: Receiver<Loaded>,
    pending: BTreeSet<Wanted>,
    capacity: usize,
}

impl Loader {
    /// Starts `n_threads` threads. `wake` is called after each result.
    pub(crate) fn start(shelves: &Shelves, n_threads: usize, wake: &Wake) -> Result<Self, std::io::Error> {
        let n_threads = n_threads.max(1);
        let capacity = n_threads * PER_THREAD;
        let (requests, inbox) = bounded::<Request>(capacity);
        // As many results as requests can be on their way: a thread never waits for the frame to take one.
        let (outbox, results) = bounded(capacity);
        for _ in 0..n_threads {
            let (inbox, outbox) = (inbox.clone(), outbox.clone());
            let (shelves, wake) = (shelves.clone(), Wake::clone(wake));
            std::thread::Builder::new().name("tile-loader".into()).spawn(move || {
                for request in inbox {
                    if outbox.send(load(&request, &shelves)).is_err() {
                        return;
                    }
                    wake();
                }
            })?;
        }
        Ok(Self { requests, results, pending: BTreeSet::new(), capacity })
    }

    /// Whether another request is of use now.
    pub(crate) fn has_room(&self) -> bool {
        self.pending.len() < self.capacity
    }

    /// Asks for a tile, a mesh tile by its pack.
    pub(crate) fn want(&mut self, wanted: Wanted, hash: Option<PackHash>) {
        let request = match (wanted, hash) {
            (Wanted::Ground(id), _) => Request::Ground(id),
            (Wanted::Mesh(at), Some(hash)) => Request::Mesh(at, hash),
            (Wanted::Mesh(_), None) => return,
        };
        if self.requests.try_send(request).is_ok() {
            self.pending.insert(wanted);
        }
    }

    /// What is on its way.
    pub(crate) fn pending(&self) -> impl Iterator<Item = Wanted> {
        self.pending.iter().copied()
    }

    /// The next result, if one is there.
    pub(crate) fn take(&mut self) -> Option<Loaded> {
        let loaded = self.results.try_recv().ok()?;
        Some(self.done(loaded))
    }

    /// The next result; waits for it, no longer than `at_most`, if one is on its way.
    pub(crate) fn wait(&mut self, at_most: Duration) -> Option<Loaded> {
        if self.pending.is_empty() {
            return None;
        }
        let loaded = self.results.recv_timeout(at_most).ok()?;
        Some(self.done(loaded))
    }

    fn done(&mut self, loaded: Loaded) -> Loaded {
        self.pending.remove(&match &loaded {
            Loaded::Mesh { at, .. } => Wanted::Mesh(*at),
            Loaded::Ground(g) => Wanted::Ground(g.id),
            Loaded::Failed { wanted, .. } => *wanted,
        });
        loaded
    }

    /// Whether something is on its way.
    pub(crate) fn is_busy(&self) -> bool {
        !self.pending.is_empty()
    }
}

fn load(request: &Request, shelves: &Shelves) -> Loaded {
    match *request {
        Request::Ground(id) => {
            Loaded::Ground(Box::new(compose_ground(id, &shelves.ground, &shelves.rasters)))
        }
        Request::Mesh(at, hash) => match shelves.store.read(hash).and_then(|pack| decode_mesh_tile(&pack)) {
            Ok(tile) => Loaded::Mesh { at, tile: Box::new(tile) },
            Err(e) => Loaded::Failed { wanted: Wanted::Mesh(at), why: e },
        },
    }
}
