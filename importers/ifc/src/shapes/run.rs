//! Makes the shapes of a plan on all threads; the result does not depend on how many there are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use glam::DAffine3;
use lantu_base::{Bounds, CancelToken};
use lantu_ingest::ImportError;

use super::ahead::{Ahead, Leaving, Stage};
use super::budget::{Allowance, Cost, Ended, attempt};
use super::form::{Form, Part};
use super::library::{IfcLite, Memory};
use super::local::Model;
use super::own::{Cutting, Known, Own, own};
use super::simple::hatched_box;
use super::task::{Attempt, Flaw, Made, Task};

/// Stack of a thread on which the library runs; its recursion may be deep. The library's own default is 256 MiB,
/// which the operating system charges in full against a memory limit. Measured: no file of a corpus of 126, hostile
/// nesting among them, needs more than this.
const STACK_BYTES: usize = 32 << 20;

/// Shapes that may wait for their consumer, for each thread. Chosen: a thread never waits for a consumer that is about
/// as fast, and one that is slow holds up the making instead of the memory.
const WAITING_SHAPES: usize = 16;

/// Bytes of shapes that are made ahead of one that takes long. Chosen: some hundred thousand triangles, which a thread
/// makes in seconds; what is ahead waits in memory, since shapes leave in the order of the file.
const AHEAD_BYTES: usize = 32 << 20;

/// What a shape may cost once the shapes of a file have cost as much as they may together. Chosen: walls, slabs and
/// furniture stay below, so that what is absurd does not take them along.
const LITTLE: Allowance = Allowance::of_triangles(20_000);
/// Why a shape is no more than a box then.
const FILE_OVER_BUDGET: &str = "the shapes of the file take more work than they may";

/// How much of a product is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything that the file says.
    Whole,
    /// Without the openings, or of booleans only the first operand; and why.
    Simplified(String),
    /// A hatched box, and why.
    Boxed(String),
    /// Nothing, and why.
    Nothing(String),
    /// Nothing, which is right: openings take it all away.
    Consumed,
}

impl Extent {
    /// What is drawn only stands for the shape that the file says.
    pub(crate) fn stands_in(&self) -> bool {
        matches!(self, Self::Simplified(_) | Self::Boxed(_))
    }
}

/// The shape of a task.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Its triangles.
    pub(crate) form: Form,
    /// From the axes of `form` to the file's frame where that is not the placement of the product.
    pub(crate) place: Option<DAffine3>,
    /// How much of it there is.
    pub(crate) extent: Extent,
    /// What is not as the file says.
    pub(crate) flaws: Vec<Flaw>,
    /// Its box at each of the places of its task, in their order.
    pub(crate) bounds: Vec<Bounds>,
    /// What it took to make it.
    cost: Cost,
}

impl Shape {
    /// The shape with its boxes at some places.
    fn standing(mut self, places: &[DAffine3]) -> Self {
        let place = self.place;
        self.bounds = self.form.bounds(places.iter().map(|at| place.as_ref().unwrap_or(at)));
        self
    }
}

/// What is to be made, and on how many threads.
pub(crate) struct Work<'a> {
    /// Different shapes.
    pub(crate) tasks: &'a [Task],
    /// Where the shape of each task stands.
    pub(crate) places: &'a [Vec<DAffine3>],
    /// At least one is used.
    pub(crate) threads: usize,
    /// Stops between two shapes.
    pub(crate) cancel: &'a CancelToken,
}

/// Makes the shapes of all tasks and hands them over in the order of the tasks, each as soon as it and those before it
/// are made. One that takes long does not hold up the making of those behind it, until [`AHEAD_BYTES`] of them wait.
///
/// # Errors
/// The threads cannot be started, the work was cancelled, or `deliver` failed.
pub(crate) fn run(
    model: &Model<'_>,
    library: &IfcLite<'_>,
    work: &Work<'_>,
    deliver: &mut dyn FnMut(Shape) -> Result<(), ImportError>,
) -> Result<(), RunError> {
    let &Work { tasks, places, threads, cancel } = work;
    let threads = threads.clamp(1, tasks.len().max(1));
    // The library spreads some products over the threads of its pool, and a thread that waits takes up another
    // product in the middle of the first. With a pool for each thread a product stays on one thread, so that its
    // budget and its result are its own.
    let pools = (0..threads)
        .map(|_| rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_BYTES).build())
        .collect::<Result<Vec<_>, _>>()?;
    let known = Known::default();
    let maker = Maker { model, library, known: &known, each: Allowance::of_file(model.file.content.len()) };
    let next = AtomicUsize::new(0);
    let ahead = Ahead::new(AHEAD_BYTES);
    let mut till = Till::new(model.file.content.len());
    let (send, receive) = sync_channel(threads * WAITING_SHAPES);
    std::thread::scope(|scope| {
        for pool in &pools {
            let (next, maker, send, ahead) = (&next, &maker, send.clone(), &ahead);
            scope.spawn(move || {
                let _leaving = Leaving(ahead);
                pool.install(|| {
                    let mut memory = Memory::default();
                    loop {
                        let ix = next.fetch_add(1, Ordering::Relaxed);
                        let Some(task) = tasks.get(ix) else { break };
                        // A number that was taken and is not made: nobody may wait for it.
                        if cancel.is_cancelled() || !ahead.admit(ix) {
                            ahead.close();
                            break;
                        }
                        let shape = make(maker, task, ahead.stage(), &mut memory);
                        let shape = shape.standing(places.get(ix).map_or(&[][..], Vec::as_slice));
                        ahead.made(shape.form.bytes());
                        if send.send((ix, shape)).is_err() {
                            break;
                        }
                    }
                });
            });
        }
        drop(send);
        let delivered = in_order(receive, &ahead, &mut |ix, shape| {
            let shape = match tasks.get(ix) {
                Some(task) => {
                    till.settled(&maker, task, shape, places.get(ix).map_or(&[][..], Vec::as_slice))
                }
                None => shape,
            };
            ahead.enter(till.stage());
            deliver(shape)
        });
        ahead.close();
        delivered
    })?;
    Ok(cancel.check().map_err(ImportError::from)?)
}

/// Hands shapes over in the order of their numbers. Takes the receiving end, so that those who send stop when this does.
fn in_order(
    receive: Receiver<(usize, Shape)>,
    ahead: &Ahead,
    deliver: &mut dyn FnMut(usize, Shape) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut early: BTreeMap<usize, Shape> = BTreeMap::new();
    let mut next = 0;
    for (ix, shape) in receive {
        early.insert(ix, shape);
        while let Some(shape) = early.remove(&next) {
            next += 1;
            ahead.left(next, shape.form.bytes());
            deliver(next - 1, shape)?;
        }
    }
    Ok(())
}

/// Adds up what shapes cost, in the order of the file: what is made of one does not depend on how many threads there
/// are, or which of them was first.
struct Till {
    all: Cost,
    spent: Cost,
}

impl Till {
    fn new(bytes: usize) -> Self {
        Self { all: Allowance::of_all(bytes).whole(), spent: Cost::default() }
    }

    fn stage(&self) -> Stage {
        if self.spent <= self.all {
            Stage::Whole
        } else if self.spent <= self.all.and(self.all) {
            Stage::Little
        } else {
            Stage::Boxes
        }
    }

    /// The next shape in the order of the file; a box if it was made before it was known that it may not cost so much.
    fn settled(&mut self, maker: &Maker<'_>, task: &Task, shape: Shape, places: &[DAffine3]) -> Shape {
        let over = match self.stage() {
            Stage::Whole => false,
            Stage::Little => shape.cost >= LITTLE.whole(),
            Stage::Boxes => true,
        };
        let shape = if over {
            boxed(maker.model, task, FILE_OVER_BUDGET.to_owned(), LITTLE.whole()).standing(places)
        } else {
            shape
        };
        self.spent = self.spent.and(shape.cost);
        shape
    }
}

/// Why no shapes, or no more of them, were made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// Its threads could not be started.
    #[error("cannot start the threads of the geometry kernel: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Stopped by the user, or nobody takes the shapes any more.
    #[error(transparent)]
    Ended(#[from] ImportError),
}

/// Who makes shapes.
struct Maker<'a> {
    model: &'a Model<'a>,
    library: &'a IfcLite<'a>,
    known: &'a Known,
    /// What each product may cost.
    each: Allowance,
}

/// What is left for a product.
struct Purse {
    left: Allowance,
    spent: Cost,
}

impl Purse {
    /// One attempt out of what is left.
    fn attempt<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Ended> {
        let (made, spent) = attempt(self.left, work);
        self.left = self.left.less(&spent);
        self.spent = self.spent.and(spent.cost);
        made
    }
}

impl Maker<'_> {
    /// A product from our own evaluators, and from the library what they leave.
    fn made(&self, task: &Task, how: Attempt, purse: &mut Purse, memory: &mut Memory) -> Result<Made, Ended> {
        let Some(Own { mut parts, rest, mut flaws, cut, textured }) = self.ours(task, how, purse)? else {
            return self.by_library(task, how, purse, memory);
        };
        let plain = textured.then_some(Flaw::Plain);
        match cut {
            Cutting::None if !(task.openings && how == Attempt::Whole) => {}
            Cutting::Done => {
                let consumed = parts.is_empty();
                return Ok(Made { parts, flaws, consumed, ..Made::default() });
            }
            Cutting::Doubtful(ours) => {
                let mut made = self.by_library(task, how, purse, memory)?;
                made.flaws.push(Flaw::Disagree(ours, Form::new(made.parts.clone()).measure.volume_m3));
                made.flaws.extend(plain);
                return Ok(made);
            }
            Cutting::None | Cutting::Unable => {
                let mut made = self.by_library(task, how, purse, memory)?;
                made.flaws.extend(plain);
                return Ok(made);
            }
        }
        if rest.is_empty() {
            return Ok(Made { parts, flaws, ..Made::default() });
        }
        let mut made = purse.attempt(|| self.library.shape(task, how, &rest, memory))?;
        parts.append(&mut made.parts);
        flaws.append(&mut made.flaws);
        Ok(Made { parts, flaws, ..made })
    }

    /// A product from the library alone.
    fn by_library(
        &self,
        task: &Task,
        how: Attempt,
        purse: &mut Purse,
        memory: &mut Memory,
    ) -> Result<Made, Ended> {
        let mut made = purse.attempt(|| self.library.shape(task, how, &[], memory))?;
        if how == Attempt::Whole {
            made.flaws.extend(self.library.uncut(task.record).map(|u| Flaw::Uncut(u.n, u.of)));
        }
        Ok(made)
    }

    /// What our evaluators make; `None` if that is nothing, or they break down.
    ///
    /// # Errors
    /// It costs more than a product may: the library need not try.
    fn ours(&self, task: &Task, how: Attempt, purse: &mut Purse) -> Result<Option<Own>, Ended> {
        match purse.attempt(|| own(self.model, &self.library.looks, self.known, task, how)) {
            Ok(own) => Ok(Some(own)
                .filter(|own| !own.parts.is_empty() || !own.flaws.is_empty() || own.cut == Cutting::Done)),
            Err(Ended::OverBudget) => Err(Ended::OverBudget),
            Err(ended) => {
                tracing::error!(product = task.record, ?ended, "an evaluator broke down");
                Ok(None)
            }
        }
    }
}

/// One shape: whole if it can be had, else less and less of it, down to a box.
fn make(maker: &Maker<'_>, task: &Task, stage: Stage, memory: &mut Memory) -> Shape {
    let model = maker.model;
    let mut purse = Purse { left: maker.each, spent: Cost::default() };
    match stage {
        Stage::Whole => {}
        Stage::Little => purse.left = LITTLE,
        Stage::Boxes => return boxed(model, task, FILE_OVER_BUDGET.to_owned(), LITTLE.whole()),
    }
    let mut why: Option<String> = None;
    let attempts: &[Attempt] = if task.openings {
        &[Attempt::Whole, Attempt::Uncut, Attempt::Simple]
    } else {
        &[Attempt::Whole, Attempt::Simple]
    };
    for &how in attempts {
        if how == Attempt::Simple && task.simple_items(model).is_empty() {
            continue;
        }
        if stage == Stage::Whole {
            purse.left = purse.left.renewed(maker.each);
        }
        let made = match maker.made(task, how, &mut purse, memory) {
            Ok(made) => made,
            Err(ended) => {
                // What the thread kept went down with the attempt.
                *memory = Memory::default();
                why.get_or_insert(words(ended));
                continue;
            }
        };
        if stage == Stage::Little && purse.spent >= LITTLE.whole() {
            break;
        }
        if made.parts.is_empty() && !made.consumed {
            why.get_or_insert(nothing(&made));
            continue;
        }
        if !made.parts.iter().all(Part::is_finite) {
            why.get_or_insert("a corner of it lies nowhere".to_owned());
            continue;
        }
        let extent = match &why {
            _ if made.consumed && made.parts.is_empty() => Extent::Consumed,
            None => Extent::Whole,
            Some(why) => Extent::Simplified(why.clone()),
        };
        return Shape { cost: purse.spent, ..shape(task, made, extent) };
    }
    if stage == Stage::Little && purse.spent >= LITTLE.whole() {
        return boxed(model, task, FILE_OVER_BUDGET.to_owned(), LITTLE.whole());
    }
    boxed(model, task, why.unwrap_or_else(|| "no mesh output".to_owned()), purse.spent)
}

/// A hatched box, or nothing where not even its size is known.
fn boxed(model: &Model<'_>, task: &Task, why: String, cost: Cost) -> Shape {
    let shape = match hatched_box(model, task).filter(|parts| parts.iter().all(Part::is_finite)) {
        Some(parts) => shape(task, Made { parts, ..Made::default() }, Extent::Boxed(why)),
        None => shape(task, Made::default(), Extent::Nothing(why)),
    };
    Shape { cost, ..shape }
}

fn shape(task: &Task, made: Made, extent: Extent) -> Shape {
    // In the file's frame the library's own placement is in the coordinates: the difference to ours remains.
    let place = made.in_file.then(|| correction(&task.place, &made.library));
    Shape {
        form: Form::new(made.parts),
        place,
        extent,
        flaws: made.flaws,
        bounds: Vec::new(),
        cost: Cost::default(),
    }
}

/// From where the library puts a product to where it stands.
fn correction(ours: &DAffine3, library: &DAffine3) -> DAffine3 {
    let moved = (ours.translation - library.translation).abs().max_element();
    let turned = (0..3).map(|i| (ours.matrix3.col(i) - library.matrix3.col(i)).abs().max_element());
    let turned = turned.fold(0.0, f64::max);
    if moved < SAME_M && turned < SAME { DAffine3::IDENTITY } else { *ours * library.inverse() }
}

/// Difference of two placements that are meant to be the same, meters. Chosen: a thousandth of a millimeter.
const SAME_M: f64 = 1e-6;
/// Difference of two axes that are meant to be the same. Chosen: a micrometer over a kilometer.
const SAME: f64 = 1e-9;

fn words(ended: Ended) -> String {
    match ended {
        Ended::OverBudget => "it takes more work than one product may".to_owned(),
        Ended::Panicked(words) => format!("the geometry kernel broke down: {words}"),
    }
}

fn nothing(made: &Made) -> String {
    let flaw = made.flaws.first().map(|flaw| match flaw {
        Flaw::Plain => "no mesh output".to_owned(),
        Flaw::Dropped(what) => format!("not evaluated: {what}"),
        Flaw::Refused(record) => format!("#{record} cannot be read"),
        Flaw::Cut(what) => format!("cut by other means: {what}"),
        Flaw::Uncut(n, of) => format!("{n} of {of} openings are too complicated"),
        Flaw::Disagree(ours, _) => format!("cut to {ours:.6} m³, which cannot be"),
        Flaw::Bad(reason) | Flaw::Flat(reason) => reason.to_string(),
        Flaw::Refusal(what) => what.clone(),
    });
    flaw.unwrap_or_else(|| "no mesh output".to_owned())
}
