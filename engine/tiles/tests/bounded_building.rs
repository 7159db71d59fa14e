//! The memory that a source takes until its first tile is made, counted by the allocator.
//!
//! What comes after works on a cell at a time, whatever the size of the source.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use lantu_base::{CancelToken, WorldPoint};
use lantu_tiles::io::PackStore;
use lantu_tiles::{InputMesh, PackHash, SpillRoom, TileBuilder, TileError};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: hands everything on to the system's allocator and counts beside it.
#[expect(unsafe_code, reason = "an allocator that counts is the only one that knows the peak")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that wait in memory at each station.
const ROOM_BYTES: usize = 512 << 10;

/// A store that takes no tile.
struct Full;

impl PackStore for Full {
    fn read(&self, hash: PackHash) -> Result<Vec<u8>, TileError> {
        Err(TileError::Missing(hash))
    }

    fn write(&self, _pack: &[u8]) -> Result<PackHash, TileError> {
        Err(TileError::Io { source: std::io::ErrorKind::StorageFull.into(), path: "full".into() })
    }

    fn contains(&self, _hash: PackHash) -> bool {
        false
    }
}

/// Bytes that so many round columns took at most until their first tile, beyond what was there.
fn peak_of(n_columns: u16) -> Result<usize, Box<dyn std::error::Error>> {
    const SIDES: u16 = 200;
    let dir = tempfile::tempdir()?;
    let folder = Some(dir.path().join("spill"));
    let (mut positions, mut indices) = (Vec::new(), Vec::new());
    for i in 0..SIDES {
        let (sin, cos) = (f32::from(i) * std::f32::consts::TAU / f32::from(SIDES)).sin_cos();
        positions.extend([cos, sin, 0.0, cos, sin, 4.0]);
        let (a, b) = (u32::from(2 * i), u32::from(2 * ((i + 1) % SIDES)));
        indices.extend([a, b, b + 1, a, b + 1, a + 1]);
    }
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let mut builder = TileBuilder::within(SpillRoom { folder, memory_bytes: ROOM_BYTES });
    for n in 0..n_columns {
        // No two are alike, so that none is a place of another.
        positions.iter_mut().skip(5).step_by(6).for_each(|top| *top += 0.003);
        let origin = WorldPoint::new(f64::from(n % 100) * 20.0, f64::from(n / 100) * 20.0, 0.0);
        let color = [200, 190, 180, 255];
        let (object, positions, indices) = (u32::from(n), positions.as_slice(), indices.as_slice());
        builder.push(&InputMesh { object, origin, positions, normals: &[], indices, color });
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let built = pool.install(|| builder.build(&Full, &CancelToken::default()));
    assert!(matches!(built, Err(TileError::Io { .. })));
    Ok(PEAK.load(Ordering::Relaxed) - before)
}

/// A source that is collected whole takes ten times as much.
#[test]
fn a_source_ten_times_as_large_takes_less_than_twice_the_memory() {
    let (small, large) = (peak_of(150).unwrap(), peak_of(1_500).unwrap());
    assert!(large < 2 * small, "{small} and {large} bytes");
}
