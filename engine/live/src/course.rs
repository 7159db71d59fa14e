//! Where the alarm of a channel stands: its steps and what people did, gone through once in the order of time.

use lantu_base::UtcNanos;

use crate::fold::Step;
use crate::{Act, Deed, Life, SensorState};

/// Where the pass stands. What people did is known by its index in the acts of the channel, sorted by time.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    alarm: Option<Standing>,
    shelved_until: Option<UtcNanos>,
    /// The state that the levels that hold lead to.
    held: SensorState,
    /// Acts that were gone through.
    n_acts: usize,
}

/// An alarm that is not over, or that nobody saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) life: Life,
    pub(crate) raised: UtcNanos,
    /// Index of the level.
    pub(crate) level: Option<u8>,
    pub(crate) worst: SensorState,
    /// Index of the last act about it.
    pub(crate) by: Option<usize>,
}

impl Default for Course {
    fn default() -> Self {
        Self { alarm: None, shelved_until: None, held: SensorState::Normal, n_acts: 0 }
    }
}

impl Course {
    /// The next step of the channel, after what people did before it.
    pub(crate) fn step(&mut self, step: &Step, acts: &[&Act], latched: bool) {
        let (time, to, level) = (UtcNanos(step.t), step.shown.state, step.shown.level);
        while let Some(act) = acts.get(self.n_acts).filter(|a| a.time < time) {
            self.act(act);
        }
        match (severity(to), &mut self.alarm) {
            (Some(0), Some(a)) if a.life == Life::Acknowledged => self.alarm = None,
            (Some(0), Some(a)) => a.life = if latched { Life::Latched } else { Life::Returned },
            (Some(0) | None, _) => {}
            (Some(_), Some(a)) => {
                // Worse than what was acknowledged, or back again: to be seen anew.
                if to > a.worst || matches!(a.life, Life::Returned | Life::Latched) {
                    a.life = Life::Unacknowledged;
                }
                // It is told by the worst level, and by the last time that was raised.
                if to > a.worst || (to == a.worst && to > self.held) {
                    (a.raised, a.level) = (time, level);
                }
                a.worst = a.worst.max(to);
            }
            (Some(_), None) => {
                let life = Life::Unacknowledged;
                self.alarm = Some(Standing { life, raised: time, level, worst: to, by: None });
            }
        }
        if severity(to).is_some() {
            self.held = to;
        }
    }

    fn act(&mut self, act: &Act) {
        let ix = self.n_acts;
        self.n_acts += 1;
        let Some(a) = self.alarm.as_mut() else { return };
        a.by = Some(ix);
        match act.deed {
            Deed::Acknowledge if a.life == Life::Unacknowledged => a.life = Life::Acknowledged,
            Deed::Acknowledge if matches!(a.life, Life::Returned | Life::Latched) => self.alarm = None,
            Deed::Acknowledge => {}
            Deed::Shelve { until } => self.shelved_until = Some(until),
            Deed::Unshelve => self.shelved_until = None,
        }
    }

    /// The alarm at `t`, which is not before the last step.
    pub(crate) fn alarm_at(mut self, t: UtcNanos, acts: &[&Act]) -> Option<Standing> {
        while let Some(act) = acts.get(self.n_acts).filter(|a| a.time <= t) {
            self.act(act);
        }
        let shelved = self.shelved_until.is_some_and(|until| t < until);
        let alarm = self.alarm?;
        Some(if shelved { Standing { life: Life::Shelved, ..alarm } } else { alarm })
    }
}

fn severity(state: SensorState) -> Option<u8> {
    match state {
        SensorState::Normal => Some(0),
        SensorState::Advisory => Some(1),
        SensorState::Warning => Some(2),
        SensorState::Alarm => Some(3),
        // Silence and doubt neither raise nor end an alarm.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{Shown, Why};

    fn at(minute: i64) -> UtcNanos {
        UtcNanos(minute * 60_000_000_000)
    }

    fn change(minute: i64, state: SensorState, level: Option<u8>) -> Step {
        Step { t: at(minute).0, shown: Shown { state, level, why: Why::Below, cleared: None } }
    }

    fn act(minute: i64, deed: Deed) -> Act {
        Act { time: at(minute), channel: "c".into(), deed, by: "Li".into(), why: "seen on site".into() }
    }

    fn alarm(steps: &[Step], minute: i64, acts: &[Act], latched: bool) -> Option<Standing> {
        let acts: Vec<&Act> = acts.iter().collect();
        let mut course = Course::default();
        for s in steps.iter().filter(|s| s.t <= at(minute).0) {
            course.step(s, &acts, latched);
        }
        course.alarm_at(at(minute), &acts)
    }

    fn history() -> [Step; 5] {
        use SensorState::{Alarm, Normal, Stale, Warning};
        [(0, Normal), (10, Warning), (20, Alarm), (30, Stale), (40, Normal)]
            .map(|(m, to)| change(m, to, None))
    }

    fn life_at(minute: i64, acts: &[Act], latched: bool) -> Life {
        alarm(&history(), minute, acts, latched).map_or(Life::Normal, |a| a.life)
    }

    #[test]
    fn an_alarm_is_raised_acknowledged_worse_and_over() {
        use Life::{Acknowledged, Normal, Unacknowledged};

        let acts = [act(15, Deed::Acknowledge), act(25, Deed::Acknowledge)];
        let lives: Vec<Life> = [5, 12, 16, 21, 26, 35, 41].map(|m| life_at(m, &acts, false)).to_vec();
        let expected =
            [Normal, Unacknowledged, Acknowledged, Unacknowledged, Acknowledged, Acknowledged, Normal];
        assert_eq!(lives, expected);
    }

    #[test]
    fn an_alarm_that_nobody_saw_stays_returned_or_latched_until_somebody_does() {
        assert_eq!(life_at(50, &[], false), Life::Returned);
        assert_eq!(life_at(50, &[], true), Life::Latched);
        assert_eq!(life_at(50, &[act(45, Deed::Acknowledge)], true), Life::Normal);
    }

    #[test]
    fn an_alarm_that_comes_back_step_by_step_is_told_by_its_highest_level() {
        use SensorState::{Advisory, Alarm, Normal};
        let (near, inside) = (Some(0), Some(1));
        let changes = [
            change(10, Alarm, inside),
            change(20, Normal, None),
            change(30, Advisory, near),
            change(40, Alarm, inside),
            change(50, Advisory, near),
        ];
        let at_end = |n: usize| alarm(&changes[..n], 60, &[], true).unwrap();
        // Nobody has seen that somebody was inside: that somebody is near now does not make it less.
        assert_eq!((at_end(3).level, at_end(3).raised), (inside, at(10)));
        assert_eq!((at_end(4).level, at_end(4).raised), (inside, at(40)));
        assert_eq!((at_end(5).level, at_end(5).raised), (inside, at(40)));
    }

    #[test]
    fn a_shelved_alarm_comes_back_when_its_time_is_over() {
        let acts = [act(12, Deed::Shelve { until: at(25) })];
        assert_eq!(
            (life_at(24, &acts, false), life_at(25, &acts, false)),
            (Life::Shelved, Life::Unacknowledged)
        );
        let earlier = [acts[0].clone(), act(14, Deed::Unshelve)];
        assert_eq!(life_at(15, &earlier, false), Life::Unacknowledged);
    }
}
