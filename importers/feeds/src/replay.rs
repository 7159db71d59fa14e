//! Samples from a CSV or Parquet file, as fast as they can be read or at a multiple of the speed at which they were measured.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lantu_base::{Cancelled, ChannelId, ProjectFrame, TimeZoneName, UtcNanos};
use lantu_live::{Sample, is_measurable};

use crate::counters::NOT_MEASURABLE;
use crate::joiner::Joiner;
use crate::names::{NO_NAME, is_name};
use crate::parquet::MAGIC;
use crate::quality::quality_of_column;
use crate::{Batch, FeedError, FeedSink, FeedSource};

/// Rows that are sent together at most. Chosen: 0.4 MB.
pub(crate) const ROWS_PER_BATCH: usize = 4096;
/// Columns: required ones first.
pub(crate) const COLUMNS: [&str; N_COLUMNS] =
    ["time", "channel", "value", "unit", "quality", "sequence", "result_time"];
pub(crate) const N_COLUMNS: usize = 7;
pub(crate) const N_REQUIRED: usize = 3;
/// What a row lacks whose number of the message is none.
pub(crate) const NO_SEQUENCE: &str = "a sequence that is no whole number";
/// What it lacks whose time of the result is none.
pub(crate) const NO_RESULT_TIME: &str = "a result_time that cannot be read";

/// Replays a file with the columns `time`, `channel`, `value` and perhaps `unit`, `quality`, `sequence` and `result_time`, in
/// any order: CSV, or Parquet by its first bytes.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The file.
    pub path: PathBuf,
    /// Seconds of the file that pass in a second; `None` as fast as possible.
    pub speed: Option<f64>,
    /// Later rows are left out.
    pub until: Option<UtcNanos>,
    /// Zone of times without offset.
    pub zone: TimeZoneName,
    /// Where things are in another system than the project's; `None`: meters of the project.
    pub positions: Option<Positions>,
}

/// How the positions of a file become those of the project.
#[derive(Clone, Debug)]
pub struct Positions {
    /// System of the coordinates: longitude and latitude or easting and northing in channels `thing.x` and `thing.y`.
    pub crs: String,
    /// What heights in `thing.z` are above: a vertical CRS, `ellipsoid`, the file of a geoid grid, or meters that are added.
    pub heights: Option<String>,
    /// The project's system.
    pub frame: ProjectFrame,
    /// Names of the things: channels of others are values.
    pub things: Vec<String>,
}

impl FeedSource for Replay {
    fn name(&self) -> &'static str {
        "feed-replay"
    }

    fn run(&mut self, sink: &FeedSink) -> Result<(), FeedError> {
        let failed = |source| FeedError::File { source, path: self.path.clone() };
        let mut file = File::open(&self.path).map_err(failed)?;
        let mut head = Vec::new();
        file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut head).map_err(failed)?;
        file.rewind().map_err(failed)?;
        if head == MAGIC {
            return crate::parquet::run(self, file, sink);
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(file));
        let places = self.places(&mut reader)?;
        let mut rows = Rows::new(self, sink);
        let mut record = csv::ByteRecord::new();
        let mut known = Known::default();
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(e) => return Err(self.format(e.to_string())),
            }
            let line = record.position().map_or(0, csv::Position::line);
            match row(&record, &places, &self.zone, &mut known) {
                Ok((channel, sample)) => rows.push(channel, sample)?,
                Err(what) => rows.reject(what, &format!("line {line}")),
            }
        }
        rows.finish()
    }
}

/// Rows of a file on their way, each at its time.
pub(crate) struct Rows<'a> {
    replay: &'a Replay,
    sink: &'a FeedSink,
    clock: Clock,
    waiting: Vec<(ChannelId, Sample)>,
    joiner: Option<Joiner<'a>>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(replay: &'a Replay, sink: &'a FeedSink) -> Self {
        let clock = Clock { speed: replay.speed, began: Instant::now(), first: None };
        let joiner = replay.positions.as_ref().map(Joiner::new);
        Self { replay, sink, clock, waiting: Vec::new(), joiner }
    }

    /// Zone of times without offset.
    pub(crate) fn zone(&self) -> &'a TimeZoneName {
        &self.replay.zone
    }

    pub(crate) fn reject(&self, what: &'static str, place: &str) {
        self.sink.counters.reject(what, place);
    }

    pub(crate) fn push(&mut self, channel: ChannelId, sample: Sample) -> Result<(), FeedError> {
        if self.replay.until.is_some_and(|until| sample.time > until) {
            return Ok(());
        }
        self.sink.counters.message();
        if self.clock.is_early(sample.time) {
            self.send()?;
            self.clock.wait_for(sample.time, self.sink)?;
        }
        match &mut self.joiner {
            Some(joiner) => joiner.take((channel, sample), &self.sink.counters, &mut self.waiting),
            None => self.waiting.push((channel, sample)),
        }
        if self.waiting.len() >= ROWS_PER_BATCH { self.send() } else { Ok(()) }
    }

    pub(crate) fn finish(mut self) -> Result<(), FeedError> {
        if let Some(joiner) = &mut self.joiner {
            joiner.finish(&self.sink.counters, &mut self.waiting);
        }
        self.send()
    }

    fn send(&mut self) -> Result<(), FeedError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.sink.send(Batch { rows: std::mem::take(&mut self.waiting), acknowledge: None })
    }
}

impl Replay {
    fn format(&self, what: String) -> FeedError {
        FeedError::Format { what, path: self.path.clone() }
    }

    /// Where each column stands.
    fn places(
        &self,
        reader: &mut csv::Reader<BufReader<File>>,
    ) -> Result<[Option<usize>; N_COLUMNS], FeedError> {
        let header = reader.byte_headers().map_err(|e| self.format(e.to_string()))?;
        let names: Vec<String> = header
            .iter()
            .map(|n| String::from_utf8_lossy(n).trim_start_matches('\u{feff}').trim().to_lowercase())
            .collect();
        let places = COLUMNS.map(|c| names.iter().position(|n| n == c));
        if places.iter().take(N_REQUIRED).any(Option::is_none) {
            return Err(self.format(format!(
                "a replay needs the columns time,channel,value and may have unit,quality,sequence,result_time; line 1 has {}",
                names.join(",")
            )));
        }
        Ok(places)
    }
}

/// Names met so far: a file has few, and every row names some.
#[derive(Default)]
pub(crate) struct Known(Vec<Arc<str>>);

impl Known {
    /// Looking through a longer list costs more than a new name.
    const MAX: usize = 64;

    pub(crate) fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.iter().find(|k| ***k == *name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        if self.0.len() < Self::MAX {
            self.0.push(Arc::clone(&new));
        }
        new
    }
}

fn row(
    record: &csv::ByteRecord,
    places: &[Option<usize>; N_COLUMNS],
    zone: &TimeZoneName,
    known: &mut Known,
) -> Result<(ChannelId, Sample), &'static str> {
    let field = |ix: usize| -> Result<&str, &'static str> {
        let bytes = places.get(ix).copied().flatten().and_then(|at| record.get(at)).unwrap_or_default();
        std::str::from_utf8(bytes).map(str::trim).ok().ok_or("text that is not UTF-8")
    };
    let time = UtcNanos::parse(field(0)?, zone).ok().ok_or("a time that cannot be read")?;
    let name = field(1)?;
    if name.is_empty() {
        return Err("no channel");
    }
    if !is_name(name) {
        return Err(NO_NAME);
    }
    let value: f64 = field(2)?.parse().ok().ok_or("a value that is no number")?;
    if !is_measurable(value) {
        return Err(NOT_MEASURABLE);
    }
    let quality = quality_of_column(field(4)?)?;
    let sequence = match field(5)? {
        "" => None,
        number => Some(number.parse().ok().ok_or(NO_SEQUENCE)?),
    };
    let result_time = match field(6)? {
        "" => None,
        text => Some(UtcNanos::parse(text, zone).ok().ok_or(NO_RESULT_TIME)?),
    };
    let channel = ChannelId(known.shared(name));
    let unit = known.shared(field(3)?);
    Ok((channel, Sample { time, value, quality, unit, sequence, result_time }))
}

/// The file's time against the clock on the wall.
struct Clock {
    speed: Option<f64>,
    began: Instant,
    first: Option<UtcNanos>,
}

impl Clock {
    /// How long it is until `t` comes; `None` if it has.
    fn left(&mut self, t: UtcNanos) -> Option<Duration> {
        let speed = self.speed?;
        let first = *self.first.get_or_insert(t);
        let due = Duration::try_from_secs_f64(t.seconds_since(first).max(0.0) / speed).ok()?;
        due.checked_sub(self.began.elapsed()).filter(|d| !d.is_zero())
    }

    fn is_early(&mut self, t: UtcNanos) -> bool {
        self.left(t).is_some()
    }

    fn wait_for(&mut self, t: UtcNanos, sink: &FeedSink) -> Result<(), FeedError> {
        while let Some(left) = self.left(t) {
            sink.cancel.pause(left).map_err(|Cancelled| FeedError::Closed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use lantu_base::CancelToken;

    use super::*;
    use crate::queue;

    fn replay(text: &str, until: Option<&str>) -> (Vec<(String, String, f64)>, crate::Tally) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let until = until.map(|t| UtcNanos::parse(t, &zone).unwrap());
        let mut source =
            Replay { path: file.path().to_path_buf(), speed: None, until, zone, positions: None };
        let (sink, receiver) = queue(CancelToken::default());
        source.run(&sink).unwrap();
        let tally = sink.counters.tally();
        drop(sink);
        let rows = receiver.iter().flat_map(|b| b.rows);
        (rows.map(|(c, s)| (c.to_string(), s.time.to_string(), s.value)).collect(), tally)
    }

    #[test]
    fn rows_come_in_their_order_and_wrong_ones_are_counted_with_their_line() {
        let (rows, tally) = replay(
            "\u{feff}Time,value,channel,quality\n2026-07-01 08:00,1.5,a,0\nsoon,1,a,0\n2026-07-01T00:01:00Z,NaN,a,\n\
             2026-07-01T00:02:00Z,1e308,b,\n2026-07-01T00:03:00Z,-2,b,\n2026-07-02T00:00:00Z,9,b,2\n",
            Some("2026-07-01T12:00:00Z"),
        );
        let expected = [
            ("a".to_owned(), "2026-07-01T00:00:00Z".to_owned(), 1.5),
            ("b".to_owned(), "2026-07-01T00:03:00Z".to_owned(), -2.0),
        ];
        assert_eq!(rows, expected);
        assert_eq!((tally.messages, tally.readings, tally.rejected), (2, 2, 3));
        assert_eq!(
            tally.reasons["a time that cannot be read"],
            crate::Named { n: 1, first: "line 3".into() }
        );
        assert_eq!(tally.reasons[NOT_MEASURABLE], crate::Named { n: 2, first: "line 4".into() });
    }

    #[test]
    fn a_row_whose_channel_has_no_name_of_one_line_is_refused() {
        let long = "x".repeat(5 << 20);
        let (rows, tally) = replay(
            &format!(
                "time,channel,value\n2026-07-01T00:00:00Z,\"a\nb\",1\n2026-07-01T00:00:00Z,{long},2\n\
                 2026-07-01T00:00:00Z,\"c\u{2029}d\",3\n2026-07-01T00:00:00Z,桥 1,4\n"
            ),
            None,
        );
        assert_eq!(rows, [("桥 1".to_owned(), "2026-07-01T00:00:00Z".to_owned(), 4.0)]);
        assert_eq!(tally.reasons[NO_NAME], crate::Named { n: 3, first: "line 2".into() });
    }

    #[test]
    fn the_number_of_a_message_and_the_time_of_its_result_come_with_it_and_what_is_none_is_refused() {
        let text = "time,channel,value,sequence,Result_Time\n2026-07-01T00:00:00Z,a,1,7,\n\
                    2026-07-01T00:00:00Z,a,2,8,2026-07-03 16:00\n2026-07-01T00:00:00Z,a,3,,\n\
                    2026-07-01T00:00:00Z,a,4,x,\n2026-07-01T00:00:00Z,a,5,9,soon\n";
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let path = file.path().to_path_buf();
        let (sink, receiver) = queue(CancelToken::default());
        Replay { path, speed: None, until: None, zone, positions: None }.run(&sink).unwrap();
        let tally = sink.counters.tally();
        drop(sink);
        let told = |s: Sample| (s.sequence, s.result_time.map(|t| t.to_string()));
        let read: Vec<_> = receiver.iter().flat_map(|b| b.rows).map(|(_, s)| told(s)).collect();
        let result = Some("2026-07-03T08:00:00Z".to_owned());
        assert_eq!(read, [(Some(7), None), (Some(8), result), (None, None)]);
        assert_eq!(tally.reasons[NO_SEQUENCE], crate::Named { n: 1, first: "line 5".into() });
        assert_eq!(tally.reasons[NO_RESULT_TIME], crate::Named { n: 1, first: "line 6".into() });
    }

    #[test]
    fn a_file_of_other_columns_is_refused_with_what_it_has() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "id,name\n1,x\n").unwrap();
        let zone = TimeZoneName::new("UTC").unwrap();
        let mut source =
            Replay { path: file.path().to_path_buf(), speed: None, until: None, zone, positions: None };
        let (sink, _receiver) = queue(CancelToken::default());
        let error = source.run(&sink).unwrap_err().to_string();
        assert!(error.contains("line 1 has id,name"), "{error}");
    }

    #[test]
    fn a_replay_that_nobody_takes_stops_when_it_is_asked_to() {
        let text: String = std::iter::once("time,channel,value\n".to_owned())
            .chain((0..600_000).map(|n| format!("1970-01-01T00:00:00.{n:06}Z,c,{n}\n")))
            .collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let zone = TimeZoneName::new("UTC").unwrap();
        let source =
            Replay { path: file.path().to_path_buf(), speed: None, until: None, zone, positions: None };
        let cancel = CancelToken::default();
        let (sink, receiver) = queue(cancel.clone());
        let thread = crate::start(source, sink).unwrap();
        let first = receiver.recv().unwrap();
        cancel.cancel();
        assert!(matches!(thread.join().unwrap(), Err(FeedError::Closed)));
        assert_eq!(first.rows.len(), ROWS_PER_BATCH);
    }
}
