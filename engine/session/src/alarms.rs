//! What people did about alarms, kept in the project beside its settings, so that each deed is in the operation log.

use lantu_base::UtcNanos;
use lantu_live::{Act, Alarm, Deed, Transition};
use lantu_project::Project;

use crate::{Session, SessionError};

/// Settings under this prefix are deeds, numbered from 1.
const PREFIX: &str = "alarm-act:";

pub(crate) fn acts(project: &Project) -> Result<Vec<Act>, SessionError> {
    let deeds = project.settings()?.into_iter().filter(|(key, _)| key.starts_with(PREFIX));
    deeds.map(|(_, json)| Ok(serde_json::from_str(&json)?)).collect()
}

/// Writes a deed into a project, for who has checked that there is such an alarm; everything that was done since.
///
/// # Errors
/// A failure to read or write.
pub fn note_alarm_act(project: &mut Project, act: &Act) -> Result<Vec<Act>, SessionError> {
    let mut all = acts(project)?;
    let key = format!("{PREFIX}{:08}", all.len() + 1);
    project.set_setting(&key, &serde_json::to_string(act)?)?;
    all.push(act.clone());
    Ok(all)
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
        note_alarm_act(&mut self.project, act)?;
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
