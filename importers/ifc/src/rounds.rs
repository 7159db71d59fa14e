//! Rows that are made on all threads and handed over in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, PoisonError};

use lantu_ingest::{ImportError, PackedRows, Row};
use rayon::ThreadPool;

/// Rows of a batch, as the stream defines.
pub(crate) const ROWS_PER_BATCH: usize = 4096;
/// Bytes of rows in a batch, where one row is not more. Chosen: bounds the reader's memory, large enough to cost nothing
/// per batch.
pub(crate) const BYTES_PER_BATCH: usize = 1 << 20;
/// Pieces that may be made ahead of the next one that is handed over, for each thread. Chosen: a piece that takes long
/// holds nobody up, and little waits.
const PIECES_AHEAD: usize = 8;

/// Makes the rows of pieces of `size` items on the threads of a pool, and hands them over in the order of the items.
/// With two threads or more a thread takes up the next piece as soon as it has made one, while the caller takes what was
/// made.
///
/// # Errors
/// Those of `take`; what is being made then is thrown away.
pub(crate) fn in_order<I: Sync, T: Send, E>(
    pool: &ThreadPool,
    (items, size): (&[I], usize),
    make: impl Fn(&[I]) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = pool.current_num_threads();
    let pieces: Vec<&[I]> = items.chunks(size.max(1)).collect();
    if threads < 2 || pieces.len() < 2 {
        return pieces.into_iter().try_for_each(|piece| take(pool.install(|| make(piece))));
    }
    let (next, window) = (AtomicUsize::new(0), Window::of(threads * PIECES_AHEAD));
    let (send, receive) = sync_channel(threads * PIECES_AHEAD);
    pool.in_place_scope(|scope| {
        for _ in 0..threads {
            let (pieces, next, window, make, send) = (&pieces, &next, &window, &make, send.clone());
            scope.spawn(move |_| {
                // Whoever breaks down lets the others go.
                let mut leaving = Leaving { window, in_peace: false };
                loop {
                    let ix = next.fetch_add(1, Ordering::Relaxed);
                    let Some(piece) = pieces.get(ix).filter(|_| window.admits(ix)) else { break };
                    if send.send((ix, make(piece))).is_err() {
                        break;
                    }
                }
                leaving.in_peace = true;
            });
        }
        drop(send);
        let (mut early, mut first) = (BTreeMap::new(), 0);
        let taken = receive.into_iter().try_for_each(|(ix, rows)| {
            early.insert(ix, rows);
            while let Some(rows) = early.remove(&first) {
                first += 1;
                window.move_to(first);
                take(rows)?;
            }
            Ok(())
        });
        window.close();
        taken
    })
}

/// Which pieces may be made: those up to so many behind the first that was not handed over.
struct Window {
    width: usize,
    /// First piece that was not handed over; `None` when nobody takes any more.
    first: Mutex<Option<usize>>,
    moved: Condvar,
}

impl Window {
    fn of(width: usize) -> Self {
        Self { width, first: Mutex::new(Some(0)), moved: Condvar::new() }
    }

    /// Waits until a piece may be made; `false` if it is no longer wanted.
    fn admits(&self, ix: usize) -> bool {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let too_early = |first: &mut Option<usize>| first.is_some_and(|first| ix >= first + self.width);
        let first = self.moved.wait_while(first, too_early).unwrap_or_else(PoisonError::into_inner);
        first.is_some()
    }

    fn set(&self, first: Option<usize>) {
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = first;
        self.moved.notify_all();
    }

    fn move_to(&self, first: usize) {
        self.set(Some(first));
    }

    fn close(&self) {
        self.set(None);
    }
}

struct Leaving<'a> {
    window: &'a Window,
    in_peace: bool,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if !self.in_peace {
            self.window.close();
        }
    }
}

/// Rows in pieces that fit into a batch, encoded by the thread that made them, which also frees them.
pub(crate) fn pack<T: Row>(rows: &[T]) -> Packed<T> {
    let mut out = Vec::new();
    pack_behind(&mut out, rows)?;
    Ok(out)
}

/// Puts rows behind others that were packed.
pub(crate) fn pack_behind<T: Row>(out: &mut Vec<PackedRows<T>>, rows: &[T]) -> Result<(), ImportError> {
    for row in rows {
        match out.last_mut() {
            Some(last) if last.len() < ROWS_PER_BATCH && last.n_bytes() < BYTES_PER_BATCH => {
                last.push(row)?;
            }
            _ => out.push(PackedRows::pack(std::slice::from_ref(row))?),
        }
    }
    Ok(())
}

/// What [`pack`] makes.
pub(crate) type Packed<T> = Result<Vec<PackedRows<T>>, ImportError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_the_order_of_their_items_whatever_the_threads() {
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let items: Vec<u32> = (0..1000).collect();
            for size in [1, 7, 1000, 5000] {
                let mut got = Vec::new();
                let twice = |piece: &[u32]| piece.iter().flat_map(|i| [*i, *i]).collect::<Vec<_>>();
                in_order(&pool, (&items, size), twice, |i| {
                    got.extend(i);
                    Ok::<(), ()>(())
                })
                .unwrap();
                assert!(got.iter().copied().eq(items.iter().flat_map(|i| [*i, *i])));
            }
            let mut n = 0;
            let ended = in_order(&pool, (&items, 10), <[u32]>::to_vec, |some| {
                n += 1;
                if some.contains(&25) { Err(25) } else { Ok(()) }
            });
            assert_eq!((ended, n), (Err(25), 3));
        }
    }

    #[test]
    fn a_thread_that_breaks_down_does_not_leave_the_others_waiting() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let items: Vec<u32> = (0..1000).collect();
        let make = |piece: &[u32]| if piece == [3] { panic!("a made-up failure") } else { piece.len() };
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            in_order(&pool, (&items, 1), make, |_| Ok::<(), ()>(()))
        }));
        assert!(ended.is_err());
    }
}
