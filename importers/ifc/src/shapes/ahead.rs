//! How far threads may make shapes ahead of the one that is to be sent next.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How much the next shape may cost, by what all before it in the file have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// As much as a product may.
    #[default]
    Whole,
    /// A little: what walls and furniture need.
    Little,
    /// Boxes only.
    Boxes,
}

/// Lets threads make shapes ahead of the first that is still being made, while those that wait are not too large.
///
/// Invariant: the thread with the first number that was not delivered is always let in, so that something always moves.
pub(super) struct Ahead {
    limit_bytes: usize,
    state: Mutex<Waiting>,
    moved: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// First number that was not delivered.
    first: usize,
    /// Bytes of shapes that were made and not delivered.
    bytes: usize,
    /// Nobody takes shapes any more.
    closed: bool,
    /// What the next shape may cost, or more.
    stage: Stage,
}

impl Ahead {
    /// Up to so many bytes may wait.
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, state: Mutex::default(), moved: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the shape of this number may be made; `false` if it is no longer wanted.
    pub(super) fn admit(&self, ix: usize) -> bool {
        let full = |w: &mut Waiting| !w.closed && ix != w.first && w.bytes >= self.limit_bytes;
        let state = self.moved.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }

    /// A shape of so many bytes waits.
    pub(super) fn made(&self, bytes: usize) {
        self.state().bytes += bytes;
    }

    /// A shape of so many bytes was delivered, and `first` is the next.
    pub(super) fn left(&self, first: usize, bytes: usize) {
        let mut state = self.state();
        state.first = first;
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.moved.notify_all();
    }

    /// What the next shape may cost, or more.
    pub(super) fn stage(&self) -> Stage {
        self.state().stage
    }

    /// From now on shapes may cost so much.
    pub(super) fn enter(&self, stage: Stage) {
        self.state().stage = stage;
    }

    /// Nobody takes shapes any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.moved.notify_all();
    }
}

/// Lets the other threads go when one breaks down.
pub(super) struct Leaving<'a>(pub(super) &'a Ahead);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    use super::*;

    /// A full window lets in the first shape that is missing and nobody else, until that one has left.
    #[test]
    fn a_shape_that_takes_long_holds_up_others_only_when_what_waits_is_large() {
        let ahead = Ahead::new(100);
        assert!(ahead.admit(1), "nothing waits yet");
        ahead.made(60);
        assert!(ahead.admit(2), "little waits");
        ahead.made(60);
        assert!(ahead.admit(0), "the first is always let in");
        std::thread::scope(|scope| {
            let (send, receive) = sync_channel(1);
            let waits = &ahead;
            scope.spawn(move || send.send(waits.admit(3)));
            assert!(receive.recv_timeout(Duration::from_millis(50)).is_err(), "much waits");
            ahead.made(10);
            ahead.left(1, 10);
            ahead.left(2, 60);
            assert_eq!(receive.recv(), Ok(true));
        });
        ahead.made(60);
        ahead.close();
        assert!(!ahead.admit(9), "nobody takes shapes any more");
    }
}
