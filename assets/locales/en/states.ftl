### States of the overlays, as chips, legends and reports show them.

state-progress-not_started = Not started
state-progress-in_progress = In progress
state-progress-late = Late
state-progress-done = Done
state-progress-ahead = Ahead
state-progress-unlinked = Unlinked
state-sensor-normal = Normal
state-sensor-advisory = Advisory
state-sensor-warning = Warning
state-sensor-alarm = Alarm
state-sensor-stale = Stale
state-sensor-suspect = Suspect
state-sensor-unknown = Unknown
state-sensor-shelved = Shelved
state-sensor-unbound = Unbound
state-risk-none = None
state-risk-low = Low
state-risk-medium = Medium
state-risk-high = High
state-risk-extreme = Extreme
state-risk-unknown = Unknown
