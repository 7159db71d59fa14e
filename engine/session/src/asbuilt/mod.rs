//! What a survey from the air says about how far elements are: proposals with their evidence, and what somebody accepted.

mod earthworks;
mod epochs;
mod judge;
mod standing;
mod survey;
mod zones;

use lantu_base::UtcNanos;
use lantu_project::Project;
use lantu_records::{ProgressEntry, Proven};

pub use earthworks::{Earthwork, Moved};
pub use epochs::Epoch;
pub use judge::{AsBuilt, Cells, Thresholds};
pub use survey::{Proposal, Survey};
pub use zones::Zone;

use crate::{Session, SessionError};

/// Settings under this prefix are entries, numbered from 1.
const PREFIX: &str = "progress-entry:";
/// The kind of proof that a survey is.
pub const DRONE_EPOCH: &str = "drone epoch";

/// Everything that was entered about progress, oldest first.
pub(crate) fn entries(project: &Project) -> Result<Vec<ProgressEntry>, SessionError> {
    let entries = project.settings()?.into_iter().filter(|(key, _)| key.starts_with(PREFIX));
    entries.map(|(_, json)| Ok(serde_json::from_str(&json)?)).collect()
}

impl Session {
    /// Enters how far objects are.
    ///
    /// # Errors
    /// A failure to write.
    pub fn enter_progress(&mut self, new: &[ProgressEntry]) -> Result<(), SessionError> {
        let first = entries(&self.project)?.len() + 1;
        for (n, entry) in (first..).zip(new) {
            self.project.set_setting(&format!("{PREFIX}{n:08}"), &serde_json::to_string(entry)?)?;
        }
        self.refresh()
    }
}

impl Proposal {
    /// What accepting it would enter; `None` where the survey cannot tell.
    pub fn proven(&self) -> Option<Proven> {
        match self.state {
            AsBuilt::NotStarted => Some(Proven::NotStarted),
            AsBuilt::InProgress => Some(Proven::InProgress),
            AsBuilt::Built | AsBuilt::Deviates => Some(Proven::Done),
            AsBuilt::NotObservable => None,
        }
    }

    /// The entry that accepting it makes; `None` where the survey cannot tell.
    pub fn entry(&self, epoch: &Epoch, by: &str, known: UtcNanos) -> Option<ProgressEntry> {
        let c = &self.cells;
        let off = match (self.state, c.mean_m(), c.p95_m()) {
            (AsBuilt::Deviates, Some(mean), Some(p95)) => {
                format!(", off by {mean:+.3} m on average, 95 % within {p95:.3} m")
            }
            _ => String::new(),
        };
        let proof = format!("{}: {} of {} cells{off}", epoch.source, c.there(), c.seen());
        Some(ProgressEntry {
            object: self.key.clone(),
            state: self.proven()?,
            evidence: DRONE_EPOCH.to_owned(),
            proof,
            by: by.to_owned(),
            valid: epoch.time,
            known,
            withdrawn: false,
        })
    }
}
