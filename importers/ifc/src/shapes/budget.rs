//! What one product may cost. The library says every now and then that it is still at work; when it has said so too
//! often for one product, its work is unwound.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

/// Signs of life that one attempt at a product may give. A count, not a time: the same file gives the same shapes
/// on every machine. Chosen: TODO.
const MAX_TICKS: u64 = 200_000;
/// Time after which an attempt is given up whatever it counted: guards against signs of life that take ever longer.
/// Chosen: ten times what [`MAX_TICKS`] take on a slow machine.
const MAX_TIME: Duration = Duration::from_secs(20);
/// Signs of life between two looks at the clock.
const TICKS_PER_LOOK: u64 = 64;

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
    started: Instant,
}

thread_local! {
    static METER: Cell<Option<Meter>> = const { Cell::new(None) };
}

/// Counts a sign of life of the attempt on this thread.
fn tick() {
    let Some(mut meter) = METER.get() else { return };
    meter.ticks += 1;
    METER.set(Some(meter));
    let late = meter.ticks % TICKS_PER_LOOK == 0 && meter.started.elapsed() > MAX_TIME;
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
    METER.set(Some(Meter { ticks: 0, started: Instant::now() }));
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
