//! How long readings are kept, by rules of the project; what is older goes, or leaves its days' extremes and means.
//!
//! Whole UTC days go, and only where what is judged of the days that stay is the same without them.

use std::collections::{BTreeMap, BTreeSet};

use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{
    Channel, NANOS_PER_DAY, Quality, Sample, TimeStore, class_fits, decode_chunk, encode_chunk,
    read_chunk_header, shown_state, transitions,
};
use lantu_project::{ChunkKey, ChunkRow};
use serde::{Deserialize, Serialize};

use crate::{Session, SessionError};

/// The setting of a project that holds its rules.
const KEY: &str = "retention";
/// Rules of one project at most. Chosen: more than anybody reads.
const MOST_RULES: usize = 256;

/// How long readings are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRules {
    /// Version of the rules; every thinning says which one it followed.
    pub version: String,
    /// The first that fits a channel counts; a channel that none fits keeps everything.
    #[serde(default)]
    pub keep: Vec<Keep>,
}

/// How long readings of some channels are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// Names of channels; `*` stands for any text at the start or the end.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Or: quantities of channels.
    #[serde(default)]
    pub quantities: Vec<String>,
    /// Only what feeds brought, not what stands in an imported file.
    #[serde(default)]
    pub feeds_only: bool,
    /// Days that stay as they are, counted back from the instant.
    pub raw_days: u32,
    /// What becomes of older days.
    pub then: Then,
}

/// What becomes of days that are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// Nothing of them stays.
    Drop,
    /// The smallest, the largest and the mean value stay as channels `NAME/day.min`, `NAME/day.max` and `NAME/day.mean`,
    /// at the begin of the day in UTC. The mean of levels in dB is that of their energy.
    Day,
}

/// What the rules do to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thinning {
    /// The channel.
    pub channel: String,
    /// Days that go.
    pub days: u64,
    /// Readings that go.
    pub readings: u64,
    /// Bytes that they take.
    pub bytes: u64,
    /// First and last instant of what goes.
    pub from: UtcNanos,
    /// See `from`.
    pub to: UtcNanos,
    /// What stays of it.
    pub then: Then,
    /// Why nothing goes after all.
    pub kept: Option<String>,
}

/// What the rules do to a project at an instant.
#[derive(Clone, Debug, Default)]
pub struct RetentionPlan {
    /// For each channel that has days older than its rule keeps, by name.
    pub channels: Vec<Thinning>,
    remove: Vec<ChunkKey>,
    add: Vec<ChunkRow>,
    version: String,
}

impl RetentionRules {
    /// Reads rules (TOML, UTF-8).
    ///
    /// # Errors
    /// [`SessionError::Rules`] with the place, or what they lack.
    pub fn parse(text: &str) -> Result<Self, SessionError> {
        let failed = |what: String| SessionError::Rules { what, file: "retention" };
        let rules: Self = toml::from_str(text).map_err(|e| failed(e.to_string()))?;
        let empty = rules.keep.iter().any(|k| k.channels.is_empty() && k.quantities.is_empty());
        if rules.version.is_empty() || empty || rules.keep.len() > MOST_RULES {
            return Err(failed(
                "a version, and channels or quantities in each of at most 256 rules".to_owned(),
            ));
        }
        Ok(rules)
    }

    fn of(&self, channel: &str, quantity: &str) -> Option<&Keep> {
        let fits = |k: &&Keep| class_fits(&k.channels, channel) || k.quantities.iter().any(|q| q == quantity);
        self.keep.iter().find(fits)
    }
}

impl Session {
    /// The rules of the project; `None` without any: everything is kept.
    ///
    /// # Errors
    /// A failure to read, or rules of another program.
    pub fn retention_rules(&self) -> Result<Option<RetentionRules>, SessionError> {
        let found = self.project.settings()?.into_iter().find(|(key, _)| key == KEY);
        Ok(found
            .map(|(_, text)| serde_json::from_str::<Option<RetentionRules>>(&text))
            .transpose()?
            .flatten())
    }

    /// Gives the project rules; `None` takes them away. Nothing goes before [`Session::thin`].
    ///
    /// # Errors
    /// A failure to write.
    pub fn set_retention(&mut self, rules: Option<&RetentionRules>) -> Result<(), SessionError> {
        let text = serde_json::to_string(&rules)?;
        Ok(self.project.set_setting(KEY, &text)?)
    }

    /// What `rules` do at `now`, without doing it.
    ///
    /// # Errors
    /// A failure to read, or a damaged chunk.
    pub fn retention_plan(
        &self,
        rules: &RetentionRules,
        now: UtcNanos,
    ) -> Result<RetentionPlan, SessionError> {
        let mut out = RetentionPlan { version: rules.version.clone(), ..RetentionPlan::default() };
        let quantities: BTreeMap<&str, &str> =
            self.channels().iter().map(|c| (&*c.id.0, c.quantity.as_str())).collect();
        for span in self.project.channels()? {
            let quantity = quantities.get(span.channel.as_str()).copied().unwrap_or("");
            let Some(keep) = rules.of(&span.channel, quantity) else { continue };
            // What was made of days is not thinned again.
            if is_summary(&span.channel) {
                continue;
            }
            let today = now.0.div_euclid(NANOS_PER_DAY);
            let first_kept = today.saturating_sub(i64::from(keep.raw_days));
            let chunks = self.project.chunks(&span.channel)?;
            let old = chunks.into_iter().filter(|(source, c)| {
                i64::from(c.day) < first_kept && (!keep.feeds_only || source.is_empty())
            });
            let old: Vec<(String, ChunkRow)> = old.collect();
            let Some(mut thinning) = thinning(&span.channel, &old, keep.then) else { continue };
            thinning.kept = self.matters(&span.channel, &old, (first_kept, now));
            if thinning.kept.is_none() {
                if keep.then == Then::Day {
                    out.add.extend(self.summaries(&span.channel, &old)?);
                }
                out.remove.extend(old.into_iter().map(|(source, c)| ChunkKey {
                    channel: c.channel,
                    day: c.day,
                    source,
                }));
            }
            out.channels.push(thinning);
        }
        Ok(out)
    }

    /// Does what a plan says, in one change of the project with one entry in its log.
    ///
    /// # Errors
    /// A failure to write: nothing has gone.
    pub fn thin(&mut self, plan: &RetentionPlan) -> Result<(), SessionError> {
        if plan.remove.is_empty() {
            return Ok(());
        }
        self.project.thin_readings(&plan.remove, &plan.add, &plan.version)?;
        let store = crate::timeline::observations(&self.project, &|_source| true)?;
        let store = crate::feed::with_journal(self.project.path(), store)?;
        self.show_readings(std::sync::Arc::new(store));
        Ok(())
    }

    /// Why what is judged of the days that stay would be another without the old ones; `None` if it is the same.
    fn matters(
        &self,
        channel: &str,
        old: &[(String, ChunkRow)],
        (first_kept, now): (i64, UtcNanos),
    ) -> Option<String> {
        let whole = self.time_store();
        let id = ChannelId(channel.into());
        let about: Vec<&Channel> = self
            .channels()
            .iter()
            .filter(|c| c.id == id || c.wiring.as_ref().is_some_and(|w| reads(w.names(), channel)))
            .collect();
        if about.is_empty() {
            return None;
        }
        let gone: BTreeSet<i64> = old.iter().map(|(_, c)| i64::from(c.day)).collect();
        let less = whole.without_days(&id, &|day| gone.contains(&day));
        let rules = &self.rules().sensor;
        let begin = UtcNanos(first_kept.saturating_mul(NANOS_PER_DAY));
        for c in about {
            // From the first reading that stays: before it nobody expects an answer.
            let first = less.range(&id, begin, now).first().map(|s| s.time);
            let from = first.unwrap_or(now).max(begin);
            let log = |store: &TimeStore| {
                let all = transitions(
                    store,
                    std::slice::from_ref(c),
                    rules,
                    UtcNanos(from.0.saturating_add(1)),
                    now,
                );
                let told: Vec<_> = all.into_iter().map(|t| (t.time, t.to, t.level)).collect();
                (shown_state(store, c, rules, from), told)
            };
            if first.is_some() && log(whole) != log(&less) {
                return Some(format!("{} is judged by readings that would go", c.id));
            }
        }
        None
    }

    /// The extremes and means of days, as chunks of channels of their own.
    fn summaries(&self, channel: &str, old: &[(String, ChunkRow)]) -> Result<Vec<ChunkRow>, SessionError> {
        let damaged = |e: lantu_live::ChunkError| SessionError::Rules {
            what: format!("{channel}: {e}"),
            file: "observations",
        };
        let mut days: BTreeMap<i32, Vec<Sample>> = BTreeMap::new();
        for (_, c) in old {
            days.entry(c.day).or_default().extend(decode_chunk(&c.blob).map_err(damaged)?);
        }
        let bound = self.channels().iter().find(|c| &*c.id.0 == channel).map(|c| c.unit.clone());
        let mut out = Vec::new();
        for (day, samples) in days {
            let usable: Vec<&Sample> =
                samples.iter().filter(|s| matches!(s.quality, Quality::Good | Quality::Uncertain)).collect();
            // Of readings in several units there is no mean.
            let Some(first) = usable.first() else { continue };
            if usable.iter().any(|s| s.unit != first.unit) {
                continue;
            }
            let unit = if first.unit.is_empty() {
                bound.clone().unwrap_or_default()
            } else {
                first.unit.to_string()
            };
            let n = usable.len() as f64;
            let values = || usable.iter().map(|s| s.value);
            let mean = if unit.to_lowercase().starts_with("db") {
                10.0 * (values().map(|v| 10_f64.powf(v / 10.0)).sum::<f64>() / n).log10()
            } else {
                values().sum::<f64>() / n
            };
            let time = UtcNanos(i64::from(day).saturating_mul(NANOS_PER_DAY));
            let found = [
                ("min", values().fold(f64::INFINITY, f64::min)),
                ("max", values().fold(f64::NEG_INFINITY, f64::max)),
                ("mean", mean),
            ];
            for (what, value) in found.into_iter().filter(|(_, v)| v.is_finite()) {
                let sample = Sample::new(time, value, Quality::Good, unit.as_str().into());
                let blob = encode_chunk(&[sample]).map_err(damaged)?;
                let header = read_chunk_header(&blob).map_err(damaged)?;
                let channel = format!("{channel}{SUMMARY}{what}");
                out.push(ChunkRow { channel, day, n: 1, t0: header.t0, t1: header.t1, blob });
            }
        }
        Ok(out)
    }
}

/// What stands between the name of a channel and what was made of its days.
const SUMMARY: &str = "/day.";

fn is_summary(channel: &str) -> bool {
    channel.rsplit_once(SUMMARY).is_some_and(|(_, what)| matches!(what, "min" | "max" | "mean"))
}

/// Whether a rule over several channels reads a channel: by its name, or as a part of a thing's position.
fn reads<'a>(mut names: impl Iterator<Item = &'a str>, channel: &str) -> bool {
    let thing = channel.rsplit_once('.').filter(|(_, axis)| matches!(*axis, "x" | "y" | "z")).map(|p| p.0);
    names.any(|n| n == channel || Some(n) == thing)
}

fn thinning(channel: &str, old: &[(String, ChunkRow)], then: Then) -> Option<Thinning> {
    let from = old.iter().map(|(_, c)| c.t0).min()?;
    let to = old.iter().map(|(_, c)| c.t1).max()?;
    let mut days: Vec<i32> = old.iter().map(|(_, c)| c.day).collect();
    days.sort_unstable();
    days.dedup();
    Some(Thinning {
        channel: channel.to_owned(),
        days: days.len() as u64,
        readings: old.iter().map(|(_, c)| c.n).sum(),
        bytes: old.iter().map(|(_, c)| c.blob.len() as u64).sum(),
        from,
        to,
        then,
        kept: None,
    })
}
