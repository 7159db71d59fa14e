//! Stopping long work: one flag that everybody who works on a job looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A shared flag that asks long work to stop. Checked per batch, never per row.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the work to stop. Can be called from any thread, also from a signal handler's thread.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns early from long work with `token.check()?`.
    ///
    /// # Errors
    /// [`Cancelled`] if somebody asked to stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Waits for so long, and no longer than 50 ms after somebody asked to stop. For what is due later and for what has
    /// to be asked again; never for the end of other work.
    ///
    /// # Errors
    /// [`Cancelled`] if somebody asked to stop before the time was over.
    pub fn pause(&self, time: Duration) -> Result<(), Cancelled> {
        let began = Instant::now();
        loop {
            self.check()?;
            match time.checked_sub(began.elapsed()) {
                Some(left) if !left.is_zero() => std::thread::sleep(left.min(NAP)),
                _ => return Ok(()),
            }
        }
    }
}

/// How long a pause goes on without looking whether somebody asked to stop. Chosen: a tenth of what people notice.
const NAP: Duration = Duration::from_millis(50);

/// The work was stopped by the user; nothing that was reported as done is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_over_at_once_when_somebody_asked_to_stop() {
        let token = CancelToken::default();
        assert_eq!(token.pause(Duration::ZERO), Ok(()));
        assert_eq!(token.pause(Duration::from_millis(1)), Ok(()));
        token.cancel();
        assert_eq!(token.pause(Duration::MAX), Err(Cancelled));
    }
}
