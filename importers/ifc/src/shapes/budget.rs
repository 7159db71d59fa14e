//! What one product may cost. The library says every now and then that it is still at work; when it has said so too
//! often for one product, its work is unwound.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// Signs of life that one attempt at a product may give. A count, not a time: the same file gives the same shapes
/// on every machine. Measured: the hardest product of a corpus of 126 files, a wall with 34 openings, gives 140 000
/// in 5 CPU-s, all but three others below 6 000.
const MAX_TICKS: u64 = 400_000;
/// CPU time of the thread after which an attempt is given up whatever it counted: guards against signs of life that
/// take ever longer. Chosen: more than [`MAX_TICKS`] take where they are as cheap as usual.
const MAX_CPU: Duration = Duration::from_secs(20);
/// Signs of life between two looks at the clock. Chosen: a look costs less than a thousandth of them.
const TICKS_PER_LOOK: u64 = 16;

/// Why an attempt at a product ended without result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It cost more than a product may.
    OverBudget,
    /// The library broke down; its last words.
    Panicked(String),
}

/// What unwinds an attempt that costs too much.
struct OverBudget;

#[derive(Clone, Copy)]
struct Meter {
    ticks: u64,
    started: Duration,
}

thread_local! {
    static METER: Cell<Option<Meter>> = const { Cell::new(None) };
}

/// CPU time of this thread.
#[cfg(unix)]
fn cpu() -> Duration {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(t.tv_sec).unwrap_or(0), u32::try_from(t.tv_nsec).unwrap_or(0))
}

/// Time since this thread first asked: other systems have no clock for a thread at hand.
#[cfg(not(unix))]
fn cpu() -> Duration {
    thread_local! {
        static FIRST: std::time::Instant = std::time::Instant::now();
    }
    FIRST.with(std::time::Instant::elapsed)
}

/// Counts a sign of life of the attempt on this thread.
fn tick() {
    let Some(mut meter) = METER.get() else { return };
    meter.ticks += 1;
    METER.set(Some(meter));
    let late = meter.ticks % TICKS_PER_LOOK == 0 && cpu().saturating_sub(meter.started) > MAX_CPU;
    if meter.ticks > MAX_TICKS || late {
        METER.set(None);
        resume_unwind(Box::new(OverBudget));
    }
}

/// Runs one attempt at a product within its budget, and keeps what breaks down in it from spreading.
///
/// # Errors
/// [`Ended`]
pub(crate) fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, Ended> {
    // The first installation counts, and it is always this one.
    ifc_lite_geometry::progress::set_hook(tick);
    METER.set(Some(Meter { ticks: 0, started: cpu() }));
    let ran = catch_unwind(AssertUnwindSafe(work));
    METER.set(None);
    ran.map_err(|payload| {
        if payload.is::<OverBudget>() { Ended::OverBudget } else { Ended::Panicked(last_words(&*payload)) }
    })
}

fn last_words(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_else(|| "no reason given".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_never_ends_is_given_up_and_the_next_is_not_affected() {
        let endless = attempt(|| {
            loop {
                tick();
            }
        });
        assert_eq!(endless.map(|_: std::convert::Infallible| ()), Err(Ended::OverBudget));
        assert_eq!(attempt(|| 7), Ok(7));
    }

    #[test]
    fn what_breaks_down_says_why() {
        let broken: Result<(), Ended> = attempt(|| resume_unwind(Box::new("out of luck")));
        assert_eq!(broken, Err(Ended::Panicked("out of luck".to_owned())));
    }
}
