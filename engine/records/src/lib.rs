//! The office's records and what follows from them at an instant: tasks of schedules, issues,
//! and what people entered with proof.
//!
//! Owns tasks, issues, and the rules that say how far one is. Must not know the scene, the GPU, panels or geometry formats:
//! a task names its objects as text, as its file wrote them.
//!
//! Main types: [`Task`], [`Schedule`], [`Progress`].
//!
//! ```
//! use lantu_base::UtcNanos;
//! use lantu_records::{ProgressState, Task, progress_at};
//!
//! let task = Task { id: "A10".into(), start: UtcNanos(100), finish: UtcNanos(200), ..Task::default() };
//! assert_eq!(progress_at(&task, UtcNanos(50)).state, ProgressState::NotStarted);
//! assert_eq!(progress_at(&task, UtcNanos(150)).state, ProgressState::Late);
//! ```

mod entry;
mod issue;
mod progress;
mod task;

pub use entry::{ProgressEntry, Proven, contradicts, entry_in_force, proven_at};
pub use issue::Issue;
pub use progress::{Progress, ProgressCause, ProgressState, combine, planned_at, progress_at};
pub use task::{Schedule, Task};
