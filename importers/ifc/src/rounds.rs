//! Rows that are made on all threads and handed over in their order.

use lantu_ingest::{ImportError, PackedRows, Row};
use rayon::ThreadPool;

/// Rows of a batch, as the stream defines.
pub(crate) const ROWS_PER_BATCH: usize = 4096;

/// Makes the rows of pieces of `size` items on the threads of a pool, and hands them over in the order of the items.
/// With two threads or more the rows of the next piece are made while the caller takes those of the one before.
///
/// # Errors
/// Those of `take`; what is being made then is thrown away.
pub(crate) fn in_rounds<I: Sync, T: Send, E>(
    pool: &ThreadPool,
    (items, size): (&[I], usize),
    make: impl Fn(&[I]) -> Vec<T> + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let mut pieces = items.chunks(size.max(1));
    let mut made = pieces.next().map(|piece| pool.install(|| make(piece)));
    while let Some(rows) = made {
        let (next, make) = (pieces.next(), &make);
        let mut after = None;
        if pool.current_num_threads() < 2 {
            rows.into_iter().try_for_each(&mut take)?;
            after = next.map(|piece| pool.install(|| make(piece)));
        } else {
            pool.in_place_scope(|scope| {
                if let Some(piece) = next {
                    let after = &mut after;
                    scope.spawn(move |_| *after = Some(make(piece)));
                }
                rows.into_iter().try_for_each(&mut take)
            })?;
        }
        made = after;
    }
    Ok(())
}

/// Rows in pieces that fit into a batch, encoded by the thread that made them, which also frees them.
pub(crate) fn pack<T: Row>(rows: &[T]) -> Packed<T> {
    rows.chunks(ROWS_PER_BATCH).map(|some| Ok(PackedRows::pack(some)?)).collect()
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
                in_rounds(&pool, (&items, size), twice, |i| {
                    got.push(i);
                    Ok::<(), ()>(())
                })
                .unwrap();
                assert!(got.iter().copied().eq(items.iter().flat_map(|i| [*i, *i])));
            }
            let mut n = 0;
            let ended = in_rounds(&pool, (&items, 10), <[u32]>::to_vec, |i| {
                n += 1;
                if i == 25 { Err(i) } else { Ok(()) }
            });
            assert_eq!((ended, n), (Err(25), 26));
        }
    }
}
