//! One budget for all that can be large: what is in memory, what may come, what has to go.
//!
//! Keeps the books only; who loads and who holds the bytes is somebody else's business. In a frame: selection says
//! what to keep ([`Residency::begin_frame`]), each missing tile asks for room ([`Residency::start`]), each loaded one
//! reports its true size ([`Residency::arrived`]). The sum of what is in memory and of what is being loaded stays
//! within the limit at every step, except for what is essential.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::ground_tile::GroundTileId;
use crate::select::TileRef;
use crate::shares::{Demand, N_CLASSES, shares};

/// Something large in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resident {
    /// A mesh tile.
    Mesh(TileRef),
    /// A ground tile.
    Ground(GroundTileId),
    /// All decoded raster tiles; their cache has its own order of leaving and obeys [`Residency::share`].
    Raster,
    /// All pages of object columns and names that are in memory; as for rasters.
    Columns,
    /// Render targets and tables whose size follows from the window and the number of objects.
    Targets,
}

/// What the budget is divided among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemoryClass {
    /// Mesh tiles.
    Mesh,
    /// Ground tiles.
    Ground,
    /// Decoded raster tiles.
    Raster,
    /// Object columns and names.
    Columns,
    /// Render targets and tables: what they need, whatever it is.
    Targets,
}

impl MemoryClass {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; N_CLASSES] = [Self::Mesh, Self::Ground, Self::Raster, Self::Columns, Self::Targets];
}

impl Resident {
    /// What it counts as.
    pub fn class(self) -> MemoryClass {
        match self {
            Self::Mesh(_) => MemoryClass::Mesh,
            Self::Ground(_) => MemoryClass::Ground,
            Self::Raster => MemoryClass::Raster,
            Self::Columns => MemoryClass::Columns,
            Self::Targets => MemoryClass::Targets,
        }
    }
}

/// Size of something, bytes. Both count against the same limit: many machines have one memory for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// In the memory of the process.
    pub cpu_bytes: u64,
    /// In buffers and textures of the graphics adapter.
    pub gpu_bytes: u64,
}

impl Cost {
    /// Both together.
    pub fn total(self) -> u64 {
        self.cpu_bytes.saturating_add(self.gpu_bytes)
    }

    fn plus(self, o: Self) -> Self {
        Self {
            cpu_bytes: self.cpu_bytes.saturating_add(o.cpu_bytes),
            gpu_bytes: self.gpu_bytes.saturating_add(o.gpu_bytes),
        }
    }
}

/// Whether a load may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Yes, after these are dropped; they count no longer.
    Now {
        /// What has to go first.
        evict: Vec<Resident>,
    },
    /// Not in this frame: all that could go is needed.
    Wait,
    /// It is here or on its way.
    Already,
}

/// Where the memory is, to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The limit, bytes.
    pub limit: u64,
    /// In memory and on its way, bytes.
    pub used: u64,
    /// The part of `used` that is on its way, bytes.
    pub in_flight: u64,
    /// By class, in the order of [`MemoryClass::ALL`].
    pub classes: [Cost; N_CLASSES],
    /// Whether something is shown coarser than asked for because of the limit.
    pub coarser: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    cost: Cost,
    loading: bool,
    /// Never made to wait, and not dropped while it is kept.
    essential: bool,
    /// The last frame in which selection wanted it.
    kept_at: u64,
}

/// The books of one budget.
///
/// ```
/// use lantu_tiles::{Cost, Residency, Resident, Start, TileRef};
///
/// let tile = |node| Resident::Mesh(TileRef { tree: 0, node });
/// let cost = Cost { cpu_bytes: 0, gpu_bytes: 600 };
/// let mut memory = Residency::new(1000);
/// memory.begin_frame([tile(1)]);
/// assert_eq!(memory.start(tile(1), cost, false), Start::Now { evict: vec![] });
/// // A loader thread reads it …
/// assert_eq!(memory.arrived(tile(1), cost), Some(vec![]));
/// // While it is wanted it stays; then it makes room.
/// assert_eq!(memory.start(tile(2), cost, false), Start::Wait);
/// memory.begin_frame([tile(2)]);
/// assert_eq!(memory.start(tile(2), cost, false), Start::Now { evict: vec![tile(1)] });
/// ```
#[derive(Debug)]
pub struct Residency {
    limit_bytes: u64,
    frame: u64,
    entries: BTreeMap<Resident, Entry>,
    // Invariant: the sum over `entries`.
    used: u64,
    demands: [Demand; N_CLASSES],
    /// What may go in the frame `leaving_in`, what goes first last. Made when first needed, so that many loads in a
    /// frame sort once.
    leaving: Vec<Resident>,
    leaving_in: u64,
}

impl Residency {
    /// Nothing in memory, and a limit in bytes.
    pub fn new(limit_bytes: u64) -> Self {
        // Frames count from 1, so that what has never been kept is older than all.
        Self {
            limit_bytes,
            frame: 1,
            entries: BTreeMap::new(),
            used: 0,
            demands: Default::default(),
            leaving: Vec::new(),
            leaving_in: 0,
        }
    }

    /// The limit, bytes.
    pub fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    /// Changes the limit, bytes. What is returned has to be dropped, or ignored when it arrives.
    pub fn set_limit(&mut self, limit_bytes: u64) -> Vec<Resident> {
        self.limit_bytes = limit_bytes;
        self.settle()
    }

    /// Starts a frame in which these are wanted, resident or not.
    pub fn begin_frame(&mut self, keep: impl IntoIterator<Item = Resident>) {
        self.frame += 1;
        for what in keep {
            if let Some(entry) = self.entries.get_mut(&what) {
                entry.kept_at = self.frame;
            }
        }
    }

    /// Removes all that this frame does not keep and that is not on its way. What is returned has to be dropped.
    pub fn keep_only(&mut self) -> Vec<Resident> {
        self.make_room(u64::MAX, true).unwrap_or_default()
    }

    /// Asks for room for something that this frame's selection wants.
    ///
    /// * `cost`: what it will take, at most: [`Residency::arrived`] corrects it downward without harm.
    /// * `essential`: without it there would be a hole (a root in sight): it may come whatever the limit.
    ///
    /// Makes room only from what this frame does not keep, what was wanted longest ago first.
    pub fn start(&mut self, what: Resident, cost: Cost, essential: bool) -> Start {
        if let Some(entry) = self.entries.get_mut(&what) {
            entry.essential |= essential;
            return Start::Already;
        }
        let over = self.used.saturating_add(cost.total()).saturating_sub(self.limit_bytes);
        let Some(evict) = self.make_room(over, essential) else { return Start::Wait };
        self.insert(what, Entry { cost, loading: true, essential, kept_at: self.frame });
        Start::Now { evict }
    }

    /// Reports that something was loaded, and its true size.
    ///
    /// Returns what has to be dropped because it came out larger than announced, which may be itself; `None` if
    /// nobody waits for it any more: it has to be dropped.
    pub fn arrived(&mut self, what: Resident, cost: Cost) -> Option<Vec<Resident>> {
        let entry = *self.entries.get(&what).filter(|e| e.loading)?;
        self.insert(what, Entry { cost, loading: false, ..entry });
        Some(self.settle())
    }

    /// Reports that something is gone: dropped, given up, or not readable. Its bytes.
    pub fn remove(&mut self, what: Resident) -> u64 {
        let bytes = self.entries.remove(&what).map_or(0, |e| e.cost.total());
        self.used -= bytes.min(self.used);
        bytes
    }

    /// Reports the size of something that others look after: rasters, columns, render targets. What is returned has
    /// to be dropped to make room for it.
    pub fn hold(&mut self, what: Resident, cost: Cost) -> Vec<Resident> {
        self.insert(what, Entry { cost, loading: false, essential: true, kept_at: u64::MAX });
        self.settle()
    }

    /// Forgets all tiles, as when the graphics device is lost or another project is opened.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.used = 0;
    }

    /// Whether something is in memory.
    pub fn is_resident(&self, what: Resident) -> bool {
        self.entries.get(&what).is_some_and(|e| !e.loading)
    }

    /// Tells what a class would need, after selection: such as [`crate::Selection::wanted_bytes`], times what a tile
    /// costs beside it, and whether the share it was given was too small.
    pub fn set_demand(&mut self, class: MemoryClass, wanted_bytes: u64, is_coarser: bool) {
        if let Some(demand) = self.demands.get_mut(class as usize) {
            *demand = Demand { wanted_bytes, is_coarser };
        }
    }

    /// The part of the limit that selection, or a cache, of a class may use in the next frame, bytes.
    ///
    /// Follows the demands: what one class does not need, another gets. Together at most the limit.
    pub fn share(&self, class: MemoryClass) -> u64 {
        let targets = self.entries.get(&Resident::Targets).map_or(0, |e| e.cost.total());
        let room = self.limit_bytes.saturating_sub(targets);
        if class == MemoryClass::Targets {
            return targets.min(self.limit_bytes);
        }
        shares(room, &self.demands).get(class as usize).copied().unwrap_or_default()
    }

    /// Where the memory is.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage {
            limit: self.limit_bytes,
            used: self.used,
            in_flight: 0,
            classes: [Cost::default(); N_CLASSES],
            coarser: self.demands.iter().any(|d| d.is_coarser),
        };
        for (what, entry) in &self.entries {
            if entry.loading {
                usage.in_flight = usage.in_flight.saturating_add(entry.cost.total());
            }
            if let Some(class) = usage.classes.get_mut(what.class() as usize) {
                *class = class.plus(entry.cost);
            }
        }
        usage
    }

    fn insert(&mut self, what: Resident, entry: Entry) {
        self.remove(what);
        self.used = self.used.saturating_add(entry.cost.total());
        self.entries.insert(what, entry);
    }

    /// Removes what this frame does not keep for `bytes`, what was wanted longest ago first. `None`, and nothing
    /// removed, if that is not enough; with `at_any_rate` as much as there is.
    fn make_room(&mut self, bytes: u64, at_any_rate: bool) -> Option<Vec<Resident>> {
        if bytes > 0 && self.leaving_in != self.frame {
            self.leaving_in = self.frame;
            self.leaving = self.in_order_of_leaving(|e| e.kept_at < self.frame && !e.loading);
        }
        let (mut evict, mut freed) = (Vec::new(), 0_u64);
        while freed < bytes {
            let Some(what) = self.leaving.pop() else { break };
            // It may have gone, or come anew, since the list was made.
            let entry = self.entries.get(&what).filter(|e| e.kept_at < self.frame && !e.loading);
            let Some(entry) = entry else { continue };
            freed = freed.saturating_add(entry.cost.total());
            evict.push(what);
        }
        if freed < bytes && !at_any_rate {
            self.leaving.extend(evict.into_iter().rev());
            return None;
        }
        for &what in &evict {
            self.remove(what);
        }
        Some(evict)
    }

    /// Removes entries until the rest fits: what is not kept, then what is being loaded, then what is kept, but is not
    /// essential.
    fn settle(&mut self) -> Vec<Resident> {
        if self.used <= self.limit_bytes {
            return Vec::new();
        }
        let mut leaving = self.in_order_of_leaving(|e| e.kept_at < self.frame || !e.essential);
        let mut evict = Vec::new();
        while self.used > self.limit_bytes {
            let Some(what) = leaving.pop() else { break };
            self.remove(what);
            evict.push(what);
        }
        evict
    }

    /// Entries that may go, what goes first last. Of equals the finest goes first, which has the last name.
    fn in_order_of_leaving(&self, may_go: impl Fn(&Entry) -> bool) -> Vec<Resident> {
        let mut leaving: Vec<(Resident, &Entry)> =
            self.entries.iter().filter(|(_, e)| may_go(e)).map(|(&what, e)| (what, e)).collect();
        leaving.sort_unstable_by_key(|&(what, e)| {
            let kept = e.kept_at >= self.frame;
            Reverse((kept, kept && !e.loading, e.loading, e.kept_at, Reverse(what)))
        });
        leaving.into_iter().map(|(what, _)| what).collect()
    }
}
