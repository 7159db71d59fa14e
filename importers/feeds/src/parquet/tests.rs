//! Files as data frames write them, and what becomes of those that are damaged.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use lantu_base::{CancelToken, TimeZoneName};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::{FeedSource as _, Tally, queue};

/// Minutes of two channels: every seventh value is missing.
fn write(path: &Path, time: &str, compression: Compression, groups: i64) {
    write_named(path, (time, compression), groups, ["a", "b"]);
}

fn write_named(path: &Path, (time, compression): (&str, Compression), groups: i64, channels: [&str; 2]) {
    let schema = format!(
        "message readings {{ required int64 time ({time}); required binary channel (STRING); optional double value;
         required binary unit (STRING); required int64 sequence; optional int64 result_time ({time}); }}"
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut file = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
    for group in 0..groups {
        let mut writer = file.next_row_group().unwrap();
        let ixs = || (group * 1000..(group + 1) * 1000).collect::<Vec<i64>>();
        // 2026-07-01T00:00:00 in milliseconds.
        let times: Vec<i64> = ixs().iter().map(|ix| 1_782_864_000_000 + ix * 60_000).collect();
        let mut column = writer.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&times, None, None).unwrap();
        column.close().unwrap();
        let names: Vec<ByteArray> =
            ixs().iter().map(|ix| channels[usize::from(ix % 2 != 0)].into()).collect();
        let mut column = writer.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
        column.close().unwrap();
        let levels: Vec<i16> = ixs().iter().map(|ix| i16::from(ix % 7 != 0)).collect();
        let values: Vec<f64> = ixs().into_iter().filter(|ix| ix % 7 != 0).map(|ix| ix as f64 / 4.0).collect();
        let mut column = writer.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&values, Some(&levels), None).unwrap();
        column.close().unwrap();
        let units: Vec<ByteArray> = ixs().iter().map(|_| "mm".into()).collect();
        let mut column = writer.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&units, None, None).unwrap();
        column.close().unwrap();
        let mut column = writer.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&ixs(), None, None).unwrap();
        column.close().unwrap();
        // Every third says when its result was there, an hour later.
        let levels: Vec<i16> = ixs().iter().map(|ix| i16::from(ix % 3 == 0)).collect();
        let results: Vec<i64> =
            ixs().iter().zip(&times).filter(|(ix, _)| *ix % 3 == 0).map(|(_, t)| t + 3_600_000).collect();
        let mut column = writer.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&results, Some(&levels), None).unwrap();
        column.close().unwrap();
        writer.close().unwrap();
    }
    file.close().unwrap();
}

type Read = (Result<(), FeedError>, Vec<(String, String, f64, String, Option<i64>, Option<UtcNanos>)>, Tally);

fn read(path: &Path) -> Read {
    let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
    let mut source = Replay { path: path.to_path_buf(), speed: None, until: None, zone, positions: None };
    let (sink, receiver) = queue(CancelToken::default());
    let ended = source.run(&sink);
    let tally = sink.counters.tally();
    drop(sink);
    let rows = receiver.iter().flat_map(|b| b.rows);
    let text = |(c, s): (ChannelId, Sample)| {
        (c.to_string(), s.time.to_string(), s.value, s.unit.to_string(), s.sequence, s.result_time)
    };
    let rows = rows.map(text).collect();
    (ended, rows, tally)
}

#[test]
fn a_file_in_parquet_is_replayed_like_its_twin_in_csv() {
    let folder = tempfile::tempdir().unwrap();
    for (time, zone, compression) in [
        ("TIMESTAMP(MILLIS,true)", "Z", Compression::SNAPPY),
        ("TIMESTAMP(MILLIS,false)", "", Compression::UNCOMPRESSED),
    ] {
        let path = folder.path().join("a.parquet");
        write(&path, time, compression, 9);
        let (ended, rows, tally) = read(&path);
        ended.unwrap();
        let mut csv = "time,channel,value,unit,sequence,result_time\n".to_owned();
        let time = |ix: i64| UtcNanos(1_782_864_000_000_000_000 + ix * 60_000_000_000).to_string();
        for ix in (0..9000).filter(|ix| ix % 7 != 0) {
            let text = |ix: i64| format!("{}{zone}", time(ix).trim_end_matches('Z'));
            let name = if ix % 2 == 0 { "a" } else { "b" };
            let result = if ix % 3 == 0 { text(ix + 60) } else { String::new() };
            writeln!(csv, "{},{name},{},mm,{ix},{result}", text(ix), ix as f64 / 4.0).unwrap();
        }
        let twin = folder.path().join("a.csv");
        std::fs::write(&twin, csv).unwrap();
        let (ended, expected, _) = read(&twin);
        ended.unwrap();
        assert_eq!((rows.len(), rows[0].4), (7714, Some(1)));
        assert_eq!(rows.iter().filter(|r| r.5.is_some()).count(), 2571);
        assert_eq!(rows, expected);
        assert_eq!(tally.rejected, 1286);
        assert_eq!(
            tally.reasons["a value that is no number"],
            crate::Named { n: 1286, first: "row 0".into() }
        );
    }
}

#[test]
fn a_row_whose_channel_has_no_name_of_one_line_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let long = "x".repeat(300);
    for name in ["a\nb", &long] {
        write_named(&path, ("TIMESTAMP(MILLIS,true)", Compression::SNAPPY), 1, [name, "b"]);
        let (ended, rows, tally) = read(&path);
        ended.unwrap();
        assert!(rows.len() > 400 && rows.iter().all(|r| r.0 == "b"), "{}", rows.len());
        assert_eq!(tally.reasons[NO_NAME], crate::Named { n: 500, first: "row 0".into() });
    }
}

#[test]
fn a_file_of_other_columns_or_packed_otherwise_is_refused_with_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let schema = Arc::new(parse_message_type("message m { required int64 id; }").unwrap());
    let file = SerializedFileWriter::new(File::create(&path).unwrap(), schema, Arc::default()).unwrap();
    file.close().unwrap();
    let said = read(&path).0.unwrap_err().to_string();
    assert!(said.contains("time,channel,value") && said.contains("the file has id"), "{said}");
    std::fs::write(&path, b"PAR1").unwrap();
    let said = read(&path).0.unwrap_err().to_string();
    assert!(said.contains("cut") && said.contains("footer"), "{said}");
    std::fs::write(&path, b"PAR1\xF0\xFF\xFF\x7FPAR1").unwrap();
    let said = read(&path).0.unwrap_err().to_string();
    assert!(said.contains("claims 2147483632 bytes"), "{said}");
}

#[test]
fn a_damaged_file_gives_rows_or_a_reason_and_never_more_rows_than_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, "TIMESTAMP(MILLIS,true)", Compression::SNAPPY, 1);
    let bytes = std::fs::read(&path).unwrap();
    let mut refused = 0;
    // Prime steps meet all parts of the file; bit 7 makes lengths long and numbers negative.
    for (ix, bit) in (0..bytes.len()).step_by(13).flat_map(|ix| [(ix, 1), (ix, 7)]) {
        let mut damaged = bytes.clone();
        damaged[ix] ^= 1 << bit;
        std::fs::write(&path, &damaged).unwrap();
        let (ended, rows, _) = read(&path);
        assert!(rows.len() <= 1000, "byte {ix}");
        refused += usize::from(ended.is_err());
    }
    for cut in (0..bytes.len()).step_by(101) {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        assert!(read(&path).0.is_err(), "cut at {cut}");
    }
    assert!(refused > 20, "{refused}");
}
