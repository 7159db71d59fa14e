//! Positions of a file, whose coordinates stand in rows of their own: joined by thing and instant, and carried into the
//! project as those of brokers and services are.

use std::collections::BTreeMap;

use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{Quality, Sample};

use crate::Counters;
use crate::place::{Found, Placer};
use crate::replay::Positions;

/// What a position lacks of which one coordinate came alone.
const HALF: &str = "half a position: x and y of one instant belong together";

/// Joins rows to positions.
pub(crate) struct Joiner<'a> {
    positions: &'a Positions,
    placer: Placer,
    open: BTreeMap<&'a str, Part>,
}

/// Coordinates of a thing at an instant, as many as came.
struct Part {
    time: UtcNanos,
    quality: Quality,
    sequence: Option<i64>,
    result_time: Option<UtcNanos>,
    at: [f64; 3],
}

impl<'a> Joiner<'a> {
    pub(crate) fn new(positions: &'a Positions) -> Self {
        let placer = Placer::new(&positions.crs, positions.heights.as_deref(), &positions.frame);
        Self { positions, placer, open: BTreeMap::new() }
    }

    /// Takes a row: a value goes on as it is, a coordinate waits for the others of its instant. A height may be missing, so
    /// what has none goes on with the next instant of its thing, or the end.
    pub(crate) fn take(
        &mut self,
        (channel, sample): (ChannelId, Sample),
        counters: &Counters,
        rows: &mut Vec<(ChannelId, Sample)>,
    ) {
        let Some((thing, axis)) = self.coordinate(&channel) else {
            rows.push((channel, sample));
            return;
        };
        if self
            .open
            .get(thing)
            .is_some_and(|part| (part.time, part.sequence) != (sample.time, sample.sequence))
        {
            self.put(thing, counters, rows);
        }
        let Sample { time, quality, sequence, result_time, .. } = sample;
        let new = || Part { time, quality, sequence, result_time, at: [f64::NAN; 3] };
        let part = self.open.entry(thing).or_insert_with(new);
        part.quality = part.quality.max(sample.quality);
        if let Some(slot) = part.at.get_mut(axis) {
            *slot = sample.value;
        }
        if part.at.iter().all(|v| v.is_finite()) {
            self.put(thing, counters, rows);
        }
    }

    /// What is left at the end.
    pub(crate) fn finish(&mut self, counters: &Counters, rows: &mut Vec<(ChannelId, Sample)>) {
        for thing in self.open.keys().copied().collect::<Vec<_>>() {
            self.put(thing, counters, rows);
        }
    }

    /// Which coordinate of which thing a channel is.
    fn coordinate(&self, channel: &ChannelId) -> Option<(&'a str, usize)> {
        let (name, axis) = channel.0.rsplit_once('.')?;
        let axis = ["x", "y", "z"].iter().position(|a| *a == axis)?;
        let thing = self.positions.things.iter().find(|thing| *thing == name)?;
        Some((thing, axis))
    }

    fn put(&mut self, thing: &str, counters: &Counters, rows: &mut Vec<(ChannelId, Sample)>) {
        let Some(Part { time, quality, sequence, result_time, at }) = self.open.remove(thing) else { return };
        if !(at[0].is_finite() && at[1].is_finite()) {
            counters.reject(HALF, thing);
            return;
        }
        let before = rows.len();
        if let Err(why) = self.placer.put(&Found { name: thing, time, quality, at }, counters, rows) {
            counters.reject(&why, thing);
        }
        for (_, s) in rows.iter_mut().skip(before) {
            (s.sequence, s.result_time) = (sequence, result_time);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lantu_base::{CancelToken, ProjectFrame, TimeZoneName};

    use super::*;
    use crate::{FeedSource as _, Replay, queue};

    fn replay(path: &Path, crs: &str, heights: Option<&str>) -> (Vec<(String, f64)>, crate::Tally) {
        let frame = ProjectFrame {
            crs: "EPSG:4548".into(),
            height_crs: None,
            meters_per_unit: 1.0,
            time_zone: "Asia/Shanghai".into(),
        };
        let positions = Positions {
            crs: crs.into(),
            heights: heights.map(str::to_owned),
            frame,
            things: vec!["w7".into(), "crane 2".into()],
        };
        let zone = TimeZoneName::new("UTC").unwrap();
        let path = path.to_path_buf();
        let mut source = Replay { path, speed: None, until: None, zone, positions: Some(positions) };
        let (sink, receiver) = queue(CancelToken::default());
        source.run(&sink).unwrap();
        let tally = sink.counters.tally();
        drop(sink);
        let rows = receiver.iter().flat_map(|b| b.rows);
        (rows.map(|(c, s)| (c.to_string(), s.value)).collect(), tally)
    }

    #[test]
    fn rows_of_degrees_become_positions_of_the_project_and_values_stay_what_they_are() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "time,channel,value\n\
            2026-07-01T00:00:00Z,w7.x,116.48\n2026-07-01T00:00:00Z,noise.x,63\n2026-07-01T00:00:00Z,w7.y,39.99\n\
            2026-07-01T00:01:00Z,w7.x,116.48\n2026-07-01T00:01:00Z,w7.y,39.99\n2026-07-01T00:01:00Z,w7.z,51\n\
            2026-07-01T00:02:00Z,w7.x,116.48\n2026-07-01T00:02:00Z,crane 2.y,116.48\n\
            2026-07-01T00:02:00Z,crane 2.x,39.99\n";
        std::fs::write(file.path(), text).unwrap();
        let (rows, tally) = replay(file.path(), "EPSG:4326", Some("-10"));
        let names: Vec<&str> = rows.iter().map(|r| r.0.as_str()).collect();
        assert_eq!(names, ["noise.x", "w7.x", "w7.y", "w7.x", "w7.y", "w7.z"]);
        // The point that the documentation of `lantu-geodesy` has, to a millimeter.
        for (ix, expected) in [(0, 63.0), (1, 455_588.610), (2, 4_428_548.202), (3, 455_588.610), (5, 41.0)] {
            assert!((rows[ix].1 - expected).abs() < 1e-3, "{rows:?}");
        }
        // Half a position, and one whose latitude came first.
        assert_eq!(tally.rejected, 2, "{tally:?}");
        assert_eq!(tally.reasons[HALF].first, "w7");
        let swapped = tally.reasons.iter().find(|(why, _)| why.contains("longitude comes first")).unwrap();
        assert_eq!(swapped.1.first, "crane 2");
    }

    #[test]
    fn a_system_that_leads_nowhere_is_told_and_brings_no_position() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "time,channel,value\n2026-07-01T00:00:00Z,w7.x,1\n2026-07-01T00:00:00Z,w7.y,2\n\
            2026-07-01T00:00:00Z,noise,63\n";
        std::fs::write(file.path(), text).unwrap();
        let (rows, tally) = replay(file.path(), "EPSG:1", None);
        assert_eq!(rows, [("noise".to_owned(), 63.0)]);
        assert!(
            tally.rejected == 1 && tally.reasons.keys().any(|w| w.contains("cannot be placed")),
            "{tally:?}"
        );
    }
}
