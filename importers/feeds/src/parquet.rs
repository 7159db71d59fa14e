//! The same replay from Parquet: the columns of the CSV, uncompressed or in Snappy, as data frames are written by default.
//!
//! Nothing of a file is believed before it is compared with its size; what the decoder does not survive ends the feed
//! with the place, not the program.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lantu_base::{ChannelId, TimeZoneName, UtcNanos};
use lantu_live::{Quality, Sample, is_measurable};
use parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use crate::counters::NOT_MEASURABLE;
use crate::names::{NO_NAME, is_name};
use crate::quality::quality_of_column;
use crate::replay::{
    COLUMNS, Known, N_COLUMNS, N_REQUIRED, NO_RESULT_TIME, NO_SEQUENCE, ROWS_PER_BATCH, Rows,
};
use crate::{FeedError, FeedSink, Replay};

/// The first and last bytes of a file.
pub(crate) const MAGIC: &[u8; 4] = b"PAR1";
/// A footer is not larger. Chosen: some hundred thousand row groups.
const MAX_FOOTER_BYTES: u64 = 64 << 20;
/// A column of a row group does not unpack to more. Chosen: 64 million readings.
const MAX_COLUMN_BYTES: i64 = 1 << 30;

/// Whole numbers to here are floats of their own.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Values of a column, as many as rows.
enum Cells {
    /// The file does not have the column.
    Absent,
    Times(Vec<Option<UtcNanos>>),
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<Arc<str>>>),
}

/// A column to be read.
struct Column<'z> {
    reader: ColumnReader,
    kind: Kind,
    optional: bool,
    zone: &'z TimeZoneName,
}

/// What a column's numbers mean.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Instants: so many nanoseconds a unit, and whether they are UTC or of the zone.
    Time(i64, bool),
    Number,
    Text,
}

/// Sends the rows of a file.
pub(crate) fn run(replay: &Replay, file: File, sink: &FeedSink) -> Result<(), FeedError> {
    let damaged = |what: &str, place: &str| {
        let what = if place.is_empty() { what.to_owned() } else { format!("{what}\nplace: {place}") };
        FeedError::Format { what, path: replay.path.clone() }
    };
    let len = file.metadata().map_err(|source| FeedError::File { source, path: replay.path.clone() })?.len();
    check_footer(&file, len).map_err(|what| damaged(&what, "footer"))?;
    let reader = guarded(|| SerializedFileReader::new(file)).map_err(|what| damaged(&what, "footer"))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let places: [Option<usize>; N_COLUMNS] = COLUMNS.map(|name| {
        schema
            .columns()
            .iter()
            .position(|c| c.path().parts().len() == 1 && c.name().eq_ignore_ascii_case(name))
    });
    if places.iter().take(N_REQUIRED).any(Option::is_none) {
        let names: Vec<&str> = schema.columns().iter().map(|c| c.name()).take(50).collect();
        let what = format!(
            "a replay needs the columns time,channel,value and may have unit,quality,sequence,result_time; the file has {}",
            names.join(",")
        );
        return Err(damaged(&what, ""));
    }
    let mut rows = Rows::new(replay, sink);
    let mut first = 0_u64;
    for ix in 0..reader.num_row_groups() {
        let place = format!("row group {ix}, from row {first} on");
        let group = guarded(|| reader.get_row_group(ix)).map_err(|what| damaged(&what, &place))?;
        check_group(group.metadata(), len, &places).map_err(|what| damaged(&what, &place))?;
        let mut columns = Vec::new();
        for at in places {
            let column = at.map(|at| guarded_column(&*group, at, &replay.zone)).transpose();
            columns.push(column.map_err(|what| damaged(&what, &place))?);
        }
        let mut left = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
        while left > 0 {
            let want = left.min(ROWS_PER_BATCH as u64);
            let place = format!("row group {ix}, from row {first} on");
            let mut cells = Vec::new();
            for column in &mut columns {
                let n = usize::try_from(want).unwrap_or(ROWS_PER_BATCH);
                let read = column.as_mut().map_or(Ok(Cells::Absent), |c| catch(|| c.read(n)));
                cells.push(read.map_err(|what| damaged(&what, &place))?);
            }
            take(&cells, (first, want), &mut rows)?;
            (first, left) = (first + want, left - want);
        }
    }
    rows.finish()
}

/// Calls the decoder; what it does not survive is an error like any other.
fn catch<T>(call: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_panic| Err("the file is damaged".to_owned()))
}

fn guarded<T>(call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    catch(|| call().map_err(|e| format!("the file is damaged: {e}")))
}

/// Compares what the last bytes claim with the size of the file.
fn check_footer(mut file: &File, len: u64) -> Result<(), String> {
    use std::io::{Read as _, Seek as _, SeekFrom};

    let mut end = [0_u8; 8];
    let read = file.seek(SeekFrom::End(-8)).and_then(|_| file.read_exact(&mut end));
    let [a, b, c, d, magic @ ..] = end;
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    if read.is_err() || magic != *MAGIC {
        return Err("the file is cut: it does not end as Parquet does".to_owned());
    }
    if footer > len.saturating_sub(12) || footer > MAX_FOOTER_BYTES {
        return Err(format!("the footer claims {footer} bytes"));
    }
    Ok(())
}

/// Compares what a row group claims of the columns that are read with the size of the file.
fn check_group(
    group: &RowGroupMetaData,
    len: u64,
    places: &[Option<usize>; N_COLUMNS],
) -> Result<(), String> {
    if group.num_rows() < 0 {
        return Err(format!("{} rows", group.num_rows()));
    }
    for at in places.iter().flatten() {
        let Some(column) = group.columns().get(*at) else { return Err("a column is missing".to_owned()) };
        let name = column.column_descr().name();
        if !matches!(column.compression(), Compression::UNCOMPRESSED | Compression::SNAPPY) {
            let codec = column.compression();
            return Err(format!("{name} is packed with {codec}: write the file uncompressed or with Snappy"));
        }
        let packed = u64::try_from(column.compressed_size()).unwrap_or(u64::MAX);
        if packed > len || !(0..=MAX_COLUMN_BYTES).contains(&column.uncompressed_size()) {
            let unpacked = column.uncompressed_size();
            return Err(format!("{name} claims {packed} bytes, unpacked {unpacked}"));
        }
        if column.num_values() != group.num_rows() {
            return Err(format!("{name} has {} values for {} rows", column.num_values(), group.num_rows()));
        }
    }
    Ok(())
}

fn guarded_column<'z>(
    group: &dyn RowGroupReader,
    at: usize,
    zone: &'z TimeZoneName,
) -> Result<Column<'z>, String> {
    let descr = group.metadata().columns().get(at).map(ColumnChunkMetaData::column_descr_ptr);
    let descr = descr.ok_or("a column is missing")?;
    if descr.max_rep_level() > 0 || descr.max_def_level() > 1 {
        return Err(format!("{} is a list or a part of a structure", descr.name()));
    }
    let kind = kind_of(&descr);
    let reader = guarded(|| group.get_column_reader(at))?;
    Ok(Column { reader, kind, optional: descr.max_def_level() == 1, zone })
}

fn kind_of(column: &ColumnDescriptor) -> Kind {
    const MS: i64 = 1_000_000;
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(t)), _) => {
            let unit = match t.unit {
                TimeUnit::MILLIS => MS,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            };
            Kind::Time(unit, t.is_adjusted_to_u_t_c)
        }
        (_, ConvertedType::TIMESTAMP_MILLIS) => Kind::Time(MS, true),
        (_, ConvertedType::TIMESTAMP_MICROS) => Kind::Time(1_000, true),
        (Some(LogicalType::String), _) | (_, ConvertedType::UTF8) => Kind::Text,
        _ => Kind::Number,
    }
}

impl Column<'_> {
    /// The next `n` values.
    fn read(&mut self, n: usize) -> Result<Cells, String> {
        let (kind, optional, zone) = (self.kind, self.optional, self.zone);
        let instant = |v: i64, unit: i64, utc: bool| {
            let t = UtcNanos(v.checked_mul(unit)?);
            // Without a zone of its own it is civil time in that of the feed.
            let text = t.to_string();
            if utc { Some(t) } else { UtcNanos::parse(text.trim_end_matches('Z'), zone).ok() }
        };
        let whole = |values: Vec<Option<i64>>| match kind {
            Kind::Time(unit, utc) => {
                Cells::Times(values.into_iter().map(|v| v.and_then(|v| instant(v, unit, utc))).collect())
            }
            _ => Cells::Numbers(values.into_iter().map(|v| v.map(|v| v as f64)).collect()),
        };
        Ok(match &mut self.reader {
            ColumnReader::Int64ColumnReader(r) => whole(values(r, n, optional)?),
            ColumnReader::Int32ColumnReader(r) => {
                let read = values(r, n, optional)?;
                whole(read.into_iter().map(|v| v.map(i64::from)).collect())
            }
            // The old form of instants, always UTC.
            ColumnReader::Int96ColumnReader(r) => {
                let read = values(r, n, optional)?;
                Cells::Times(read.into_iter().map(|v| v.map(|v| UtcNanos(v.to_nanos()))).collect())
            }
            ColumnReader::DoubleColumnReader(r) => Cells::Numbers(values(r, n, optional)?),
            ColumnReader::FloatColumnReader(r) => {
                let read = values(r, n, optional)?;
                Cells::Numbers(read.into_iter().map(|v| v.map(f64::from)).collect())
            }
            ColumnReader::ByteArrayColumnReader(r) => {
                let read = values(r, n, optional)?;
                let mut known = Known::default();
                let mut text = |v: parquet::data_type::ByteArray| {
                    std::str::from_utf8(v.data()).ok().map(|t| known.shared(t.trim()))
                };
                Cells::Texts(read.into_iter().map(|v| v.and_then(&mut text)).collect())
            }
            _ => return Err("a column of a type that is no time, text or number".to_owned()),
        })
    }
}

/// The next `n` values of a column; `None` where there is none.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    n: usize,
    optional: bool,
) -> Result<Vec<Option<T::T>>, String> {
    let (mut levels, mut found) = (Vec::new(), Vec::new());
    let (mut records, mut before) = (0, usize::MAX);
    while records < n && before != records {
        before = records;
        let part = reader.read_records(n - records, optional.then_some(&mut levels), None, &mut found);
        records += part.map_err(|e| format!("the file is damaged: {e}"))?.0;
    }
    if records != n {
        return Err(format!("a column ends after {records} of {n} rows"));
    }
    if !optional {
        return Ok(found.into_iter().map(Some).collect());
    }
    let mut found = found.into_iter();
    Ok(levels.into_iter().map(|level| if level == 1 { found.next() } else { None }).collect())
}

/// Sends rows; those that cannot be used are counted with their number.
fn take(cells: &[Cells], (first, n): (u64, u64), rows: &mut Rows<'_>) -> Result<(), FeedError> {
    for ix in 0..usize::try_from(n).unwrap_or(0) {
        let place = || format!("row {}", first + ix as u64);
        match row(cells, ix, rows.zone()) {
            Ok((channel, sample)) => rows.push(channel, sample)?,
            Err(what) => rows.reject(what, &place()),
        }
    }
    Ok(())
}

fn row(cells: &[Cells], ix: usize, zone: &TimeZoneName) -> Result<(ChannelId, Sample), &'static str> {
    let text = |at: usize| match cells.get(at) {
        Some(Cells::Texts(v)) => v.get(ix).cloned().flatten(),
        _ => None,
    };
    let number = |at: usize| match cells.get(at) {
        Some(Cells::Numbers(v)) => v.get(ix).copied().flatten(),
        _ => None,
    };
    let instant = |at: usize| match cells.get(at) {
        Some(Cells::Times(v)) => v.get(ix).copied().flatten(),
        Some(Cells::Texts(_)) => text(at).and_then(|t| UtcNanos::parse(&t, zone).ok()),
        // A bare number says nothing about its unit.
        _ => None,
    };
    let time = instant(0).ok_or("a time that cannot be read")?;
    let channel = text(1).filter(|c| !c.is_empty()).ok_or("no channel")?;
    if !is_name(&channel) {
        return Err(NO_NAME);
    }
    let value = number(2).ok_or("a value that is no number")?;
    if !is_measurable(value) {
        return Err(NOT_MEASURABLE);
    }
    let quality = match cells.get(4) {
        None | Some(Cells::Absent) => Quality::Good,
        Some(Cells::Texts(_)) => quality_of_column(text(4).as_deref().unwrap_or_default())?,
        Some(_) => match number(4) {
            None => Quality::Good,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: 0 to 255")]
            Some(code) if (0.0..=255.0).contains(&code) => Quality::from_code(code as u8),
            Some(_) => return Err("a quality that is no code"),
        },
    };
    let sequence = match cells.get(5) {
        None | Some(Cells::Absent) => None,
        Some(Cells::Texts(_)) => match text(5).as_deref() {
            None | Some("") => None,
            Some(number) => Some(number.parse().ok().ok_or(NO_SEQUENCE)?),
        },
        Some(_) => match number(5) {
            None => None,
            #[expect(clippy::cast_possible_truncation, reason = "checked: a whole number that a float holds")]
            Some(number) if number.fract() == 0.0 && number.abs() <= MAX_WHOLE => Some(number as i64),
            Some(_) => return Err(NO_SEQUENCE),
        },
    };
    let says_result = match cells.get(6) {
        None | Some(Cells::Absent) => false,
        Some(Cells::Texts(_)) => text(6).is_some_and(|t| !t.is_empty()),
        Some(Cells::Times(v)) => v.get(ix).is_some_and(Option::is_some),
        Some(Cells::Numbers(_)) => number(6).is_some(),
    };
    let result_time = if says_result { Some(instant(6).ok_or(NO_RESULT_TIME)?) } else { None };
    let unit = text(3).unwrap_or_else(|| "".into());
    Ok((ChannelId(channel), Sample { time, value, quality, unit, sequence, result_time }))
}

#[cfg(test)]
mod tests;
