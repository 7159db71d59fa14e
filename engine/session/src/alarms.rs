//! What people did about alarms, kept in the project beside its settings, so that each deed is in the operation log.

use lantu_base::UtcNanos;
use lantu_live::{Act, Alarm, Deed, Transition};

use crate::{Session, SessionError};

/// Settings under this prefix are deeds, numbered from 1.
const PREFIX: &str = "alarm-act:";

pub(crate) fn acts(project: &lantu_project::Project) -> Result<Vec<Act>, SessionError> {
    let deeds = project.settings()?.into_iter().filter(|(key, _)| key.starts_with(PREFIX));
    deeds.map(|(_, json)| Ok(serde_json::from_str(&json)?)).collect()
}

impl Session {
    /// Everything that was done about alarms, in the order it was entered.
    ///
    /// # Errors
    /// A failure to read.
    pub fn alarm_acts(&self) -> Result<Vec<Act>, SessionError> {
        acts(&self.project)
    }

    /// Acknowledges, shelves or unshelves the alarm of a channel.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] if there is no such alarm at that time, or a failure to write.
    pub fn act_on_alarm(&mut self, act: &Act) -> Result<(), SessionError> {
        let before = self.alarm_acts()?;
        let at = self.alarms_at(&before, act.time);
        if act.deed != Deed::Unshelve && !at.iter().any(|a| *a.channel.0 == *act.channel) {
            return Err(SessionError::Unknown { what: "alarm", name: act.channel.clone() });
        }
        let key = format!("{PREFIX}{:08}", before.len() + 1);
        self.project.set_setting(&key, &serde_json::to_string(act)?)?;
        self.refresh()
    }

    /// Every change of a channel's state in a stretch of time.
    pub fn alarm_transitions(&self, from: UtcNanos, to: UtcNanos) -> Vec<Transition> {
        lantu_live::transitions(self.time_store(), self.channels(), &self.rules().sensor, from, to)
    }

    /// The alarms at an instant, given what was done about them.
    pub fn alarms_at(&self, acts: &[Act], t: UtcNanos) -> Vec<Alarm> {
        lantu_live::alarms_at((self.time_store(), self.channels()), &self.rules().sensor, acts, t)
    }
}
