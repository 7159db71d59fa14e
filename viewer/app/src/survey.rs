//! What a survey proposes beside what tasks say and what people accepted.

use lantu_base::{ObjectRow, UtcNanos};
use lantu_records::{ProgressEntry, Proven, contradicts, progress_at};
use lantu_session::DRONE_EPOCH;

use crate::stage::Overlays;

/// Whether an object's tasks say otherwise at `at` than what was seen of it; `None` where no task names it.
pub(crate) fn disagrees(overlays: &Overlays, (row, seen): (ObjectRow, Proven), at: UtcNanos) -> Option<bool> {
    let mut tasks = overlays.tasks_of(row).filter_map(|ix| overlays.schedule().tasks.get(ix)).peekable();
    tasks.peek()?;
    Some(tasks.any(|t| contradicts(progress_at(t, at), seen)))
}

/// The entry that was made of what a survey says about an object, unless it was taken back.
pub(crate) fn accepted<'o>(overlays: &'o Overlays, key: &str, epoch: UtcNanos) -> Option<&'o ProgressEntry> {
    let fits = |e: &&ProgressEntry| e.object == key && e.evidence == DRONE_EPOCH && e.valid == epoch;
    overlays.schedule().entries.iter().rev().find(fits).filter(|e| !e.withdrawn)
}
