//! What one product may cost. The library says every now and then that it is still at work, our evaluators say what
//! they are about to do; when it was too much for one product, its work is unwound.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// Signs of life that one attempt at a product may give. A count, not a time: the same file gives the same shapes
/// on every machine. Measured: a wall with 34 openings, cut by the library, gives 140 000.
const MAX_TICKS: u64 = 400_000;
/// CPU time of the thread after which the library's attempts at a product are given up whatever they counted: guards
/// against signs of life that take ever longer. Measured: the longest attempt of a corpus of 109 files takes 0.13 s.
const LIBRARY_CPU: Duration = Duration::from_secs(2);
/// The same where a product may cost only a little, and what is left at least for each simpler attempt at a product.
const LITTLE_CPU: Duration = Duration::from_millis(250);
/// Time in which attempts of the library are counted: what is shorter costs nothing, and is the same on every machine.
const SPELL: Duration = Duration::from_millis(125);
/// What such a time counts as. Chosen: shapes of a small file may take two seconds of it together, and as long again
/// for what is little.
const TRIANGLES_PER_SPELL: u64 = 125_000;
/// CPU time after which an attempt of our evaluators is given up, whose steps are counted. Chosen: more than those of
/// any product take, also where they are not optimized.
const OWN_CPU: Duration = Duration::from_secs(20);
/// Signs of life between two looks at the clock. Chosen: a look costs less than a thousandth of them.
const TICKS_PER_LOOK: u64 = 16;

/// Steps between two looks at the clock. Chosen: some milliseconds.
const STEPS_PER_LOOK: u64 = 1 << 18;

/// Steps of our evaluators that making a triangle counts as. A step is a distance, a corner, a record looked at, some
/// ten nanoseconds. Measured: a triangle takes a microsecond from its curve to the stream.
const STEPS_PER_TRIANGLE: u64 = 64;
/// Triangles that a product of any file may have. Measured: the largest product of the corpus that is not a list of
/// triangles, a mat of reinforcement, has 87 000.
const FREE_TRIANGLES: u64 = 500_000;
/// Above that, triangles for each byte of the file: what is long is also long to say. Measured: the corpus has 6 for
/// each byte in a file of 24 kB, below 2 in all others.
const TRIANGLES_PER_BYTE: u64 = 2;
/// Triangles up to which a longer file gives more of them. Chosen: a rail of 20 km has them, and they take 300 MB while
/// they are being made.
const MOST_SWEPT: u64 = 2_000_000;
/// Triangles that all different shapes of a file may have together, and for each of its bytes. Chosen: a few seconds;
/// twice what any product may have, and twice the corpus's most.
const FILE_TRIANGLES: u64 = 2_000_000;
/// The same for each byte of the file.
const FILE_TRIANGLES_PER_BYTE: u64 = 4;
/// Bytes of a file that say a triangle in a list, at least: three numbers and a third of a corner.
const BYTES_PER_LISTED: u64 = 16;

/// What one product of a file may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    steps: u64,
    /// Of the library.
    cpu: Duration,
}

impl Allowance {
    /// For a product of a file of so many bytes.
    pub(crate) fn of_file(bytes: usize) -> Self {
        let bytes = bytes as u64;
        let swept = (FREE_TRIANGLES + bytes * TRIANGLES_PER_BYTE).min(MOST_SWEPT);
        Self { steps: (swept + bytes / BYTES_PER_LISTED) * STEPS_PER_TRIANGLE, cpu: LIBRARY_CPU }
    }

    /// For all different shapes of a file of so many bytes.
    pub(crate) fn of_all(bytes: usize) -> Self {
        let triangles = FILE_TRIANGLES + bytes as u64 * FILE_TRIANGLES_PER_BYTE;
        Self { steps: triangles * STEPS_PER_TRIANGLE, cpu: LIBRARY_CPU }
    }

    /// What is left of it, of the library's time a little at least.
    pub(crate) fn less(self, spent: &Spent) -> Self {
        Self {
            steps: self.steps.saturating_sub(spent.cost.0),
            cpu: self.cpu.saturating_sub(spent.library).max(LITTLE_CPU.min(self.cpu)),
        }
    }

    /// As many steps as another again, and of the library's time what is left.
    pub(crate) fn renewed(self, whole: Self) -> Self {
        Self { steps: whole.steps, ..self }
    }

    /// For a product of a few triangles.
    pub(crate) const fn of_triangles(triangles: u64) -> Self {
        Self { steps: triangles * STEPS_PER_TRIANGLE, cpu: LITTLE_CPU }
    }

    /// All of it, as a cost.
    pub(crate) fn whole(self) -> Cost {
        Cost(self.steps)
    }
}

/// Steps that were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u64);

impl Cost {
    /// Of so many triangles.
    pub(crate) const fn of_triangles(triangles: u64) -> Self {
        Self(triangles.saturating_mul(STEPS_PER_TRIANGLE))
    }

    /// What is above another.
    pub(crate) fn above(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// What an attempt at a product took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// What counts.
    pub(crate) cost: Cost,
    /// Time of the library.
    pub(crate) library: Duration,
}

/// Why an attempt at a product ended without result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It cost more than a product may.
    OverBudget,
    /// The library broke down; its last words.
    Panicked(String),
}

/// What unwinds an attempt that costs too much.
struct OverBudget {
    /// The library was at work.
    by_library: bool,
}

#[derive(Clone, Copy)]
struct Meter {
    ticks: u64,
    started: Duration,
    steps: u64,
    most: Allowance,
}

impl Meter {
    fn took(&self) -> Duration {
        cpu().saturating_sub(self.started)
    }

    /// Only the library gives signs of life.
    fn by_library(&self) -> bool {
        self.ticks > 0
    }

    /// Unwinds the attempt on this thread.
    fn give_up(&self) -> ! {
        METER.set(None);
        resume_unwind(Box::new(OverBudget { by_library: self.by_library() }))
    }
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
    let late = || meter.ticks.is_multiple_of(TICKS_PER_LOOK) && meter.took() > meter.most.cpu;
    if meter.ticks > MAX_TICKS || late() {
        meter.give_up();
    }
}

/// Says that an evaluator is about to take some steps; unwinds the attempt on this thread if they are too many.
pub(crate) fn charge(steps: usize) {
    spend(Cost(steps as u64));
}

/// Says that an evaluator is about to make some triangles; unwinds the attempt on this thread if they are too many.
pub(crate) fn charge_triangles(n: usize) {
    spend(Cost::of_triangles(n as u64));
}

/// Counts a cost; unwinds the attempt on this thread if it is too much. Outside of an attempt nothing is counted.
pub(crate) fn spend(cost: Cost) {
    let Some(mut meter) = METER.get() else { return };
    let before = meter.steps;
    meter.steps = before.saturating_add(cost.0);
    METER.set(Some(meter));
    let look = before / STEPS_PER_LOOK != meter.steps / STEPS_PER_LOOK;
    if meter.steps > meter.most.steps || look && meter.took() > OWN_CPU {
        meter.give_up();
    }
}

/// What the attempt on this thread has cost so far, without the time that it took.
pub(crate) fn spent() -> Cost {
    Cost(METER.get().map_or(0, |m| m.steps))
}

/// Runs one attempt at a product within its budget, and keeps what breaks down in it from spreading. Also says what
/// was spent, all of it where it was too much. What took the library long counts by its time.
///
/// # Errors
/// [`Ended`]
pub(crate) fn attempt<T>(allowance: Allowance, work: impl FnOnce() -> T) -> (Result<T, Ended>, Spent) {
    // The first installation counts, and it is always this one.
    ifc_lite_geometry::progress::set_hook(tick);
    let started = cpu();
    METER.set(Some(Meter { ticks: 0, started, steps: 0, most: allowance }));
    let ran = catch_unwind(AssertUnwindSafe(work));
    let (steps, meter) = (spent(), METER.take());
    let given_up = ran.as_ref().err().and_then(|payload| payload.downcast_ref::<OverBudget>());
    let by_library = given_up.map_or_else(|| meter.is_some_and(|m| m.by_library()), |o| o.by_library);
    let library = if by_library { cpu().saturating_sub(started) } else { Duration::ZERO };
    let spells = u64::try_from(library.as_micros() / SPELL.as_micros()).unwrap_or(u64::MAX);
    let late = Cost::of_triangles(spells.saturating_mul(TRIANGLES_PER_SPELL));
    let cost = if ran.is_ok() { steps.and(late) } else { allowance.whole().max(late) };
    let is_over = given_up.is_some();
    let ran = ran.map_err(
        |payload| {
            if is_over { Ended::OverBudget } else { Ended::Panicked(last_words(&*payload)) }
        },
    );
    (ran, Spent { cost, library })
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

    const SMALL: Allowance = Allowance::of_triangles(1000);

    #[test]
    fn work_that_never_ends_is_given_up_and_the_next_is_not_affected() {
        let (endless, _) = attempt(SMALL, || {
            loop {
                tick();
            }
        });
        assert_eq!(endless.map(|_: std::convert::Infallible| ()), Err(Ended::OverBudget));
        assert_eq!(attempt(SMALL, || 7), (Ok(7), Spent::default()));
    }

    #[test]
    fn what_breaks_down_says_why() {
        let (broken, _) = attempt(SMALL, || resume_unwind(Box::new("out of luck")));
        assert_eq!(
            broken.map(|_: std::convert::Infallible| ()),
            Err(Ended::Panicked("out of luck".to_owned()))
        );
    }

    #[test]
    fn triangles_beyond_the_allowance_end_an_attempt_and_those_within_are_counted() {
        let (whole, spent) = attempt(SMALL, || charge_triangles(1000));
        assert_eq!((whole, spent.cost), (Ok(()), SMALL.whole()));
        let (over, _) = attempt(SMALL, || (0..1001).for_each(|_| charge_triangles(1)));
        assert_eq!(over, Err(Ended::OverBudget));
        charge_triangles(usize::MAX);
    }

    /// Seen in mutated files: each product was tried three times for three seconds.
    #[test]
    fn what_took_the_library_long_counts_and_leaves_less_for_a_simpler_attempt() {
        let whole = Allowance::of_file(1000);
        let late = Spent { cost: Cost::default(), library: LIBRARY_CPU };
        let left = whole.less(&late);
        assert_eq!((left.cpu, left.less(&late).cpu), (LITTLE_CPU, LITTLE_CPU));
        assert_eq!(Allowance::of_triangles(9).less(&late).cpu, LITTLE_CPU);
        let (made, spent) = attempt(whole, || {
            tick();
            let started = cpu();
            while cpu().saturating_sub(started) < 2 * SPELL {
                std::hint::spin_loop();
            }
        });
        assert_eq!(made, Ok(()));
        assert!(spent.library >= 2 * SPELL && spent.cost >= Cost::of_triangles(2 * TRIANGLES_PER_SPELL));
    }

    #[test]
    fn a_long_file_may_say_more_and_a_short_one_enough() {
        assert_eq!(Allowance::of_file(1000).whole(), Cost::of_triangles(FREE_TRIANGLES + 2_000 + 62));
        assert!(Allowance::of_file(60_000_000).whole() > Cost::of_triangles(MOST_SWEPT));
    }
}
