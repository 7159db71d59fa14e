//! Surveys of the district: which elevation source was flown when, and how sure its heights are.

use lantu_base::UtcNanos;
use serde::{Deserialize, Serialize};

use crate::{Session, SessionError};

/// Settings under this prefix say when a source was flown.
const PREFIX: &str = "epoch:";

/// A survey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// The elevation source.
    pub source: String,
    /// When it was flown.
    pub time: UtcNanos,
    /// Standard deviation of one height, meters.
    pub sigma_m: f64,
}

impl Session {
    /// The surveys whose date was stated, oldest first.
    ///
    /// # Errors
    /// A failure to read.
    pub fn epochs(&self) -> Result<Vec<Epoch>, SessionError> {
        let settings = self.project.settings()?;
        let stated = settings.iter().filter(|(key, _)| key.starts_with(PREFIX));
        let mut out: Vec<Epoch> =
            stated.map(|(_, json)| Ok(serde_json::from_str(json)?)).collect::<Result<_, SessionError>>()?;
        out.retain(|e| self.sources.iter().any(|s| s.record.id == e.source));
        out.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.source.cmp(&b.source)));
        Ok(out)
    }

    /// States when an elevation source was flown and how sure its heights are.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a source that has no heights, or a failure to write.
    pub fn set_epoch(&mut self, epoch: &Epoch) -> Result<(), SessionError> {
        self.height_raster(&epoch.source)?;
        let key = format!("{PREFIX}{}", epoch.source);
        Ok(self.project.set_setting(&key, &serde_json::to_string(epoch)?)?)
    }
}
