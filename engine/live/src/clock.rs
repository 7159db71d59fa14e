//! What gateways saw of the clocks of devices.
//!
//! A reading whose device has a wrong clock says that it lies where nobody measured it: three hours ahead it would be
//! judged when its time comes, and until then the channel would look silent. So who receives it says at once how many
//! seconds the clock is ahead, as a sample of a companion of the channel, at the instant at which the reading came. That is
//! an observation like others, by its own event time: what is shown at an instant follows from what had come until then,
//! whoever looks, and whenever. The reading itself is kept where it says that it lies ([`Quality::OffClock`]), and nothing
//! is judged by it there.

use lantu_base::{ChannelId, UtcNanos};

use crate::fold::{Doubt, Shown, Step, Why};
use crate::store::TimeStore;
use crate::{Quality, Sample, SensorState};

/// What the name of the companion ends with.
pub(crate) const SUFFIX: &str = "#clock";

/// Marks a reading of a channel that came at `now` from a device whose clock is off; what is to be stored with it.
pub fn tell_clock(channel: &ChannelId, reading: &mut Sample, now: UtcNanos) -> (ChannelId, Sample) {
    reading.quality = Quality::OffClock;
    let ahead_s = reading.time.seconds_since(now);
    (companion(channel), Sample::new(now, ahead_s, Quality::Good, "s".into()))
}

/// Whether it is such a companion.
pub(crate) fn is_of_clock(channel: &ChannelId) -> bool {
    channel.0.ends_with(SUFFIX)
}

fn companion(channel: &ChannelId) -> ChannelId {
    ChannelId(format!("{channel}{SUFFIX}").into())
}

/// What was last said of the clock of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Told {
    /// When.
    pub(crate) at: UtcNanos,
    /// By so much the device's clock was ahead of it, seconds; negative of one that is behind.
    pub(crate) ahead_s: f64,
    /// Whether that is the newest of the channel, and not too old.
    pub(crate) holds: bool,
}

impl Told {
    fn new(told: &Sample, holds: bool) -> Self {
        Self { at: told.time, ahead_s: told.value, holds }
    }

    pub(crate) fn shown(self) -> Shown {
        if self.holds {
            Shown::plain(SensorState::Suspect, Why::Doubt(Doubt::Skew(self.ahead_s)))
        } else {
            Shown::plain(SensorState::Stale, Why::Silent)
        }
    }

    /// The reading that came then.
    pub(crate) fn reading(self, store: &TimeStore, channel: &ChannelId) -> Option<Sample> {
        // The instant went through seconds as a double.
        let claimed = self.at.plus_s(self.ahead_s + 1e-7);
        store.value_at(channel, claimed).filter(|s| s.quality == Quality::OffClock)
    }
}

/// What was last said of the clock of a channel until `t`, where something was. A reading that came later from a clock that
/// is right takes its place, and so does silence.
pub(crate) fn told_at(store: &TimeStore, channel: &ChannelId, t: UtcNanos, stale_ns: i64) -> Option<Told> {
    if !store.has_clocks() {
        return None;
    }
    let told = store.value_at(&companion(channel), t)?;
    let fresh = t.0 <= told.time.0.saturating_add(stale_ns);
    let holds = fresh && first_sound(store, channel, told.time, t).is_none();
    Some(Told::new(&told, holds))
}

/// By how many seconds the clock of what sends to a channel is ahead at `t` as far as its latest message says; `None` where
/// it is right, or nothing came for `stale_s`.
pub fn clock_ahead_s(store: &TimeStore, channel: &ChannelId, t: UtcNanos, stale_s: f64) -> Option<f64> {
    told_at(store, channel, t, crate::window::nanos(stale_s))
        .filter(|told| told.holds)
        .map(|told| told.ahead_s)
}

/// The first reading with `from ≤ time ≤ to` that lies where it says.
fn first_sound(store: &TimeStore, channel: &ChannelId, from: UtcNanos, to: UtcNanos) -> Option<UtcNanos> {
    let of_span = store.range(channel, from, to);
    of_span.iter().find(|s| s.quality != Quality::OffClock).map(|s| s.time)
}

/// The latest reading at or before `t` that lies where it says.
pub(crate) fn latest_sound(store: &TimeStore, channel: &ChannelId, t: UtcNanos) -> Option<Sample> {
    let latest = store.value_at(channel, t)?;
    if latest.quality != Quality::OffClock {
        return Some(latest);
    }
    store.chunks_until(channel, t).iter().rev().find_map(|chunk| {
        let columns = store.columns(chunk)?;
        let n = columns.count_until(t);
        let ix = columns.quality.get(..n)?.iter().rposition(|q| *q != Quality::OffClock.code())?;
        columns.sample(ix)
    })
}

/// Steps of a channel with what was said of its clock until `t` among them.
pub(crate) fn with_told(
    (store, channel): (&TimeStore, &ChannelId),
    steps: Vec<Step>,
    (t, stale_ns): (UtcNanos, i64),
) -> Vec<Step> {
    if !store.has_clocks() {
        return steps;
    }
    let mut out = Vec::with_capacity(steps.len());
    let (mut steps, mut below) = (steps.into_iter().peekable(), None);
    for (from, to, shown) in stretches((store, channel), (t, stale_ns)) {
        while let Some(step) = steps.next_if(|step| step.t < from) {
            below = Some(step.shown);
            out.push(step);
        }
        out.push(Step { t: from, shown });
        while let Some(step) = steps.next_if(|step| step.t < to) {
            below = Some(step.shown);
        }
        if to <= t.0 && steps.peek().is_none_or(|step| step.t > to) {
            // Without a reading that lies where it says, nothing was heard since.
            let silent = Shown::plain(SensorState::Stale, Why::Silent);
            out.push(Step { t: to, shown: below.map_or(silent, |s: Shown| Shown { cleared: None, ..s }) });
        }
    }
    out.extend(steps);
    out
}

/// From when until when, exclusive, the clock of a channel was what counted, and what was shown then.
fn stretches(
    (store, channel): (&TimeStore, &ChannelId),
    (t, stale_ns): (UtcNanos, i64),
) -> Vec<(i64, i64, Shown)> {
    let mut out: Vec<(i64, i64, Shown)> = Vec::new();
    for told in store.range(&companion(channel), UtcNanos(i64::MIN), t) {
        let from = told.time.0;
        let silent = from.saturating_add(stale_ns).saturating_add(1);
        let sound = first_sound(store, channel, told.time, UtcNanos(t.0.min(silent)));
        let to = sound.map_or(silent, |sound| sound.0.min(silent));
        match out.last_mut().filter(|last| from <= last.1) {
            // A right reading of the same instant is not followed by doubt.
            Some(last) if to > from => last.1 = last.1.max(to),
            None if to > from => out.push((from, to, Told::new(&told, true).shown())),
            _ => {}
        }
    }
    out
}
