//! Which readings made a channel what it is: for who asks why.

use lantu_base::UtcNanos;

use crate::clock::latest_sound;
use crate::fold::{Doubt, Why};
use crate::rules::{Delay, Limit};
use crate::timeline::Subject;
use crate::window::nanos;
use crate::{Channel, Sample, SensorRules, TimeStore};

/// Readings, and when the state began that they led to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deciding {
    /// Since when the channel has its state and level; `None` without a reading or a rule.
    pub since: Option<UtcNanos>,
    /// The readings that a delay or a window looked at when the state began, then the latest one; ascending.
    pub samples: Vec<Sample>,
    /// So many more lay in the window, and are left out.
    pub n_more: usize,
}

/// The readings that made `channel` what it is at `t`, at most `most` of them and the latest.
///
/// Costs what [`crate::transitions`] costs for one channel.
pub fn deciding_samples(
    store: &TimeStore,
    channel: &Channel,
    rules: &SensorRules,
    t: UtcNanos,
    most: usize,
) -> Deciding {
    let latest = latest_sound(store, &channel.id, t);
    let Some(rule) = rules.for_quantity(&channel.quantity) else {
        return Deciding { samples: latest.into_iter().collect(), ..Deciding::default() };
    };
    let subject = Subject { store, channel, rules, rule };
    let steps = subject.steps_until(t);
    let Some(step) = steps.last() else {
        return Deciding { samples: latest.into_iter().collect(), ..Deciding::default() };
    };
    let since = UtcNanos(step.t);
    if let (Why::Doubt(Doubt::Skew(_)), Some(told)) = (step.shown.why, subject.told_at(t)) {
        let samples = told.reading(store, &channel.id).into_iter().collect();
        return Deciding { since: Some(since), samples, n_more: 0 };
    }
    let by: Option<Limit> = match (step.shown.why, step.shown.cleared) {
        (_, Some((_, by))) | (Why::Raised(by), None) => by.map(|b| b.0),
        _ => None,
    };
    let level = step.shown.level.or(step.shown.cleared.map(|c| c.0));
    let level = level.and_then(|ix| rule.levels.get(usize::from(ix)));
    let (raise, clear) = level.map_or((Delay::NONE, Delay::NONE), |l| rule.delays(l));
    let delay = if step.shown.cleared.is_some() { clear } else { raise };
    let window_s = by.and_then(|l| rule.statistic(l.statistic_ix)).and_then(|(_, s)| s.window_s);
    let delay_s = match delay {
        Delay::Seconds { seconds } => seconds,
        Delay::Samples { .. } => 0.0,
    };
    let reach_ns = nanos(window_s.unwrap_or(0.0) + delay_s);
    let mut samples = if reach_ns > 0 {
        store.range(&channel.id, UtcNanos(since.0.saturating_sub(reach_ns)), since)
    } else {
        let n = match delay {
            Delay::Samples { of, .. } => of as usize,
            Delay::Seconds { .. } => 1,
        };
        last_samples(store, channel, since, n)
    };
    let n_more = samples.len().saturating_sub(most);
    samples.drain(..n_more);
    if let Some(latest) = latest.filter(|l| samples.last().is_none_or(|s| s.time < l.time)) {
        samples.push(latest);
    }
    Deciding { since: Some(since), samples, n_more }
}

/// The last `n` readings at or before `t`, ascending.
fn last_samples(store: &TimeStore, channel: &Channel, t: UtcNanos, n: usize) -> Vec<Sample> {
    let mut out = Vec::with_capacity(n);
    let mut at = t;
    while let Some(last) = (out.len() < n).then(|| latest_sound(store, &channel.id, at)).flatten() {
        at = UtcNanos(last.time.0.saturating_sub(1));
        match last.sequence {
            None => out.push(last),
            // There may be several of the instant.
            Some(_) => out.extend(store.range(&channel.id, last.time, last.time).into_iter().rev()),
        }
    }
    out.truncate(n);
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use lantu_base::ChannelId;

    use super::*;
    use crate::Quality;

    const RULES: &str = r#"
        version = "t1"
        source = "test"
        verification = "none"
        [[rule]]
        id = "strain"
        quantity = "strain"
        unit = "µε"
        stale_after_periods = 3
        default_period_s = 60
        standard = "none"
        clause = ""
        edition = ""
        verified = false
        raise_after = { samples = 3, of = 5 }
        level = [ { name = "L1", state = "warning", value = 100.0, clear = 95.0 } ]
    "#;

    fn channel() -> Channel {
        Channel {
            id: ChannelId("c".into()),
            object: None,
            quantity: "strain".into(),
            unit: "µε".into(),
            period_s: 60.0,
            shelves: Vec::new(),
            site: String::new(),
            wiring: None,
        }
    }

    fn deciding(values: &[f64], minute: i64, most: usize) -> Deciding {
        let rules = SensorRules::parse(RULES.as_bytes()).unwrap();
        let id = channel().id;
        let at = |m: i64| UtcNanos(m * 60_000_000_000);
        let rows = values
            .iter()
            .zip(0..)
            .map(|(&value, m)| (id.clone(), Sample::new(at(m), value, Quality::Good, "µε".into())));
        let store = TimeStore::default().extended(rows.collect()).0;
        let channel = channel();
        deciding_samples(&store, &channel, &rules, at(minute), most)
    }

    #[test]
    fn three_of_five_shows_the_five_that_raised_the_level_and_the_latest() {
        let values = [90.0, 101.0, 99.0, 102.0, 103.0, 104.0, 105.0];
        let found = deciding(&values, 6, 10);
        assert_eq!(found.since, Some(UtcNanos(4 * 60_000_000_000)));
        let shown: Vec<f64> = found.samples.iter().map(|s| s.value).collect();
        assert_eq!(shown, [90.0, 101.0, 99.0, 102.0, 103.0, 105.0]);
        let few = deciding(&values, 6, 2);
        assert_eq!((few.n_more, few.samples.len()), (3, 3));
    }

    #[test]
    fn of_one_instant_every_numbered_reading_counts_and_is_shown() {
        let rules = SensorRules::parse(RULES.as_bytes()).unwrap();
        let mut channel = channel();
        channel.period_s = 3600.0;
        let row = |minute: i64, value, n| {
            let time = UtcNanos(minute * 60_000_000_000);
            let (quality, unit) = (Quality::Good, "µε".into());
            (channel.id.clone(), Sample { sequence: Some(n), ..Sample::new(time, value, quality, unit) })
        };
        let rows =
            vec![row(0, 90.0, 0), row(1, 101.0, 1), row(2, 102.0, 2), row(2, 99.0, 3), row(2, 103.0, 4)];
        let store = TimeStore::default().extended(rows).0;
        let found = deciding_samples(&store, &channel, &rules, UtcNanos(180_000_000_000), 10);
        assert_eq!(found.since, Some(UtcNanos(120_000_000_000)));
        let shown: Vec<f64> = found.samples.iter().map(|s| s.value).collect();
        assert_eq!(shown, [90.0, 101.0, 102.0, 99.0, 103.0]);
    }

    #[test]
    fn a_normal_channel_shows_its_latest_reading() {
        let found = deciding(&[90.0, 91.0, 92.0], 2, 10);
        assert_eq!(found.samples.last().map(|s| s.value), Some(92.0));
    }
}
