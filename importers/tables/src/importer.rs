//! One table, streamed: probe, header, rows in batches.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Instant;

use csv::ByteRecord;
use lantu_base::{Code, Counts, Diagnostic, Severity, TimeZoneName};
use lantu_ingest::{Batch, Begin, Confidence, End, ImportError, ImportJob, ImportSink, Importer};

use crate::columns;
use crate::header::{Header, Table};
use crate::issues;
use crate::plan;
use crate::rows::{self, Bad, Fields};
use crate::source::{FieldDecoder, Meter, MeteredReader};
use crate::task_table::TaskTable;

/// Reads schedules in Microsoft Project XML and Primavera XER, issues in BCF, and task, sample and binding tables in CSV (comma, semicolon or tab; UTF-8 with or without a byte order mark,
/// or a legacy encoding such as GBK, which is detected).
#[derive(Clone, Copy, Debug, Default)]
pub struct TablesImporter;

const ROWS_PER_BATCH: usize = 4096;
const HEAD_BYTES: u64 = 64 << 10;
const BOM: &[u8] = b"\xEF\xBB\xBF";
/// Not a known header, but a name that promises a table: sure enough to explain what is wrong with it, less sure than
/// an importer that reads CSV of its own kind.
const TABLE_BY_NAME: Confidence = Confidence(20);
/// Bindings of things have columns of coordinates too: their header says more than these two.
const BINDINGS_BY_HEADER: Confidence = Confidence(85);

impl Importer for TablesImporter {
    fn name(&self) -> &'static str {
        "tables"
    }

    fn probe(&self, path: &Path, head: &[u8]) -> Confidence {
        if header_of(head, &[]).is_some_and(|h| h.table == Table::Bindings) {
            return BINDINGS_BY_HEADER;
        }
        if header_of(head, &[]).is_some()
            || issues::is_bcf(head, is_bcf_name(path))
            || plan::format_of(head).is_some()
            || columns::beside(path).is_some()
        {
            return Confidence::CONTENT;
        }
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let named = matches!(extension.as_deref(), Some("csv" | "tsv" | "xer"));
        if named && !head.contains(&0) { TABLE_BY_NAME } else { Confidence::NO }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let started = Instant::now();
        let read_error = |source| ImportError::Read { source, path: job.path.clone() };
        let mut file = File::open(&job.path).map_err(read_error)?;
        let total = file.metadata().map_err(read_error)?.len();
        let mut head = Vec::new();
        file.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(read_error)?;
        if let Some(format) = plan::format_of(&head) {
            return schedule(format, job, (head, file, total), started, out);
        }
        if issues::is_bcf(&head, is_bcf_name(&job.path)) {
            return topics(job, (head, file, total), started, out);
        }
        let mapping = columns::read(&job.path)?;
        let Some(header) = header_of(&head, &mapping) else { return Err(unknown_header(&head)) };

        out.send(Batch::Begin(Begin {
            importer: self.name().to_owned(),
            schema: header.table.schema().to_owned(),
            ..Begin::default()
        }))?;
        let zone = zone_of(job, out)?;
        say_columns(&header, out)?;
        let open_s = started.elapsed().as_secs_f64();

        let meter = Meter::default();
        let bytes = head.strip_prefix(BOM).unwrap_or(&head);
        let input = MeteredReader::new(BufReader::new(bytes.chain(file)), meter.clone());
        let reader = csv::ReaderBuilder::new()
            .delimiter(header.delimiter)
            .flexible(true)
            .has_headers(true)
            .buffer_capacity(64 << 10)
            .from_reader(input);
        let decoder = FieldDecoder::from_head(bytes);
        let mut run = Run {
            job,
            header: &header,
            zone: &zone,
            decoder,
            seen: HashSet::new(),
            counts: Counts::default(),
            fields: Vec::new(),
            plan: TaskTable::default(),
        };
        run.stream(reader, &meter, total, out)?;
        run.plan.deliver(out)?;
        out.send(Batch::End(End { counts: run.counts, open_s, geometry_s: 0.0 }))
    }
}

fn is_bcf_name(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("bcf" | "bcfzip"))
}

/// The first bytes of a file, the rest of it, and its length.
type Opened = (Vec<u8>, File, u64);

/// All of a file whose parts name each other. `code`: what a file that is too large is refused by.
fn whole(
    job: &ImportJob,
    (mut bytes, mut file, total): Opened,
    code: &'static str,
) -> Result<Vec<u8>, ImportError> {
    if total > plan::MAX_BYTES {
        let what = format!("the file has {total} bytes, more than {} are not read", plan::MAX_BYTES);
        return Err(ImportError::Format { code, what, place: String::new() });
    }
    file.read_to_end(&mut bytes).map_err(|source| ImportError::Read { source, path: job.path.clone() })?;
    job.cancel.check()?;
    Ok(bytes)
}

/// Issues: read whole, because the directory of an archive stands at its end.
fn topics(
    job: &ImportJob,
    opened: Opened,
    started: Instant,
    out: &mut dyn ImportSink,
) -> Result<(), ImportError> {
    let bytes = whole(job, opened, "bcf.size")?;
    let found = issues::read(&bytes)?;
    let schema = format!("BCF {}", found.version).trim_end().to_owned();
    out.send(Batch::Begin(Begin { importer: TablesImporter.name().to_owned(), schema, ..Begin::default() }))?;
    let open_s = started.elapsed().as_secs_f64();
    for note in found.notes {
        out.send(Batch::Diagnostic(note))?;
    }
    for part in found.entries.chunks(ROWS_PER_BATCH) {
        out.send(Batch::Entries(part.to_vec()))?;
    }
    out.send(Batch::End(End { counts: found.counts, open_s, geometry_s: 0.0 }))
}

/// A schedule of another program: read whole, because its parts name each other.
fn schedule(
    format: plan::Format,
    job: &ImportJob,
    opened: Opened,
    started: Instant,
    out: &mut dyn ImportSink,
) -> Result<(), ImportError> {
    let bytes = whole(job, opened, "schedule.size")?;
    let found = plan::read(format, &bytes)?;
    out.send(Batch::Begin(Begin {
        importer: TablesImporter.name().to_owned(),
        schema: plan::schema(format).to_owned(),
        ..Begin::default()
    }))?;
    let zone = zone_of(job, out)?;
    let open_s = started.elapsed().as_secs_f64();
    let counts = plan::deliver(found, &zone, out)?;
    out.send(Batch::End(End { counts, open_s, geometry_s: 0.0 }))
}

/// The header in the first line of a file's first bytes.
fn header_of(head: &[u8], mapping: &[(String, String)]) -> Option<Header> {
    let head = head.strip_prefix(BOM).unwrap_or(head);
    // Blank lines before the header are skipped, as the CSV reader does.
    let start = head.iter().position(|b| !matches!(b, b'\r' | b'\n'))?;
    let line = head.get(start..)?.split(|b| matches!(b, b'\r' | b'\n')).next()?;
    let (line, _lost) = FieldDecoder::from_head(head).decode(line);
    Header::parse(&line, mapping)
}

fn unknown_header(head: &[u8]) -> ImportError {
    const EXPECTED: &str =
        "a header with the columns id,name,start,finish or time,channel,value or channel,object,quantity";
    let head = head.strip_prefix(BOM).unwrap_or(head);
    let what = if head.iter().all(u8::is_ascii_whitespace) {
        format!("the table is empty: expected {EXPECTED}")
    } else if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        format!("the table is UTF-16: save it as CSV UTF-8, with {EXPECTED}")
    } else {
        let text = String::from_utf8_lossy(head);
        let first: String = text.lines().next().unwrap_or("").chars().take(80).collect();
        format!("not a known table: expected {EXPECTED}, found {first:?}")
    };
    ImportError::Format { code: "tables.unknown_header", what, place: "line 1".to_owned() }
}

/// The project's zone; UTC with a remark without a project.
fn zone_of(job: &ImportJob, out: &mut dyn ImportSink) -> Result<TimeZoneName, ImportError> {
    let name = job.frame.as_ref().map_or("UTC", |f| f.time_zone.as_str());
    if job.frame.is_none() {
        let message = "no project says a time zone; local times were read as UTC";
        let code = Code::new("tables.no_time_zone");
        out.send(Batch::Diagnostic(Diagnostic::new(code, Severity::Info, "", message)))?;
    }
    TimeZoneName::new(name).map_err(|e| ImportError::Format {
        code: "tables.time_zone",
        what: e.to_string(),
        place: String::new(),
    })
}

fn say_columns(header: &Header, out: &mut dyn ImportSink) -> Result<(), ImportError> {
    for (names, code, severity, text) in [
        (&header.unknown, "tables.unknown_column", Severity::Info, "is not known and was ignored"),
        (
            &header.repeated,
            "tables.repeated_column",
            Severity::Warning,
            "occurs twice; the first one was read",
        ),
    ] {
        for name in names.iter().take(100) {
            let d = Diagnostic::new(Code::new(code), severity, "line 1", format!("column {name:?} {text}"));
            out.send(Batch::Diagnostic(d.with("column", name)))?;
        }
    }
    Ok(())
}

/// Rows that wait for their batch to be full.
enum Pending {
    Tasks(Vec<lantu_ingest::TaskRecord>),
    Samples(Vec<lantu_ingest::SampleRecord>),
    Bindings(Vec<lantu_ingest::BindingRecord>),
}

impl Pending {
    fn new(table: Table) -> Self {
        match table {
            Table::Tasks => Self::Tasks(Vec::new()),
            Table::Samples => Self::Samples(Vec::new()),
            Table::Bindings => Self::Bindings(Vec::new()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Tasks(v) => v.len(),
            Self::Samples(v) => v.len(),
            Self::Bindings(v) => v.len(),
        }
    }

    fn take(&mut self) -> Option<Batch> {
        if self.len() == 0 {
            return None;
        }
        Some(match self {
            Self::Tasks(v) => Batch::Tasks(std::mem::take(v)),
            Self::Samples(v) => Batch::Samples(std::mem::take(v)),
            Self::Bindings(v) => Batch::Bindings(std::mem::take(v)),
        })
    }
}

struct Run<'a> {
    job: &'a ImportJob,
    header: &'a Header,
    zone: &'a TimeZoneName,
    decoder: FieldDecoder,
    /// Ids of tasks, names of channels that are bound: samples are not collected here.
    seen: HashSet<String>,
    counts: Counts,
    fields: Vec<String>,
    plan: TaskTable,
}

impl Run<'_> {
    fn stream<R: Read>(
        &mut self,
        mut reader: csv::Reader<R>,
        meter: &Meter,
        total: u64,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let mut record = ByteRecord::new();
        let mut pending = Pending::new(self.header.table);
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    self.broken(&error, reader.position().line(), out)?;
                    break;
                }
            }
            meter.row_done();
            let line = record.position().map_or(0, csv::Position::line);
            let until = reader.position().line().saturating_sub(1).max(line);
            self.row(&record, (line, until), &mut pending, out)?;
            if pending.len() >= ROWS_PER_BATCH {
                self.job.cancel.check()?;
                if let Some(batch) = pending.take() {
                    out.send(batch)?;
                }
                out.send(Batch::Progress { done: meter.total.get().min(total), total })?;
            }
        }
        self.job.cancel.check()?;
        match pending.take() {
            Some(batch) => out.send(batch),
            None => Ok(()),
        }
    }

    /// One row, which spans `lines`.
    fn row(
        &mut self,
        record: &ByteRecord,
        lines: (u64, u64),
        pending: &mut Pending,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        if record.iter().all(|f| f.iter().all(u8::is_ascii_whitespace)) {
            // Spreadsheets export rows that were emptied as a line of commas: there is nothing in it to lose.
            return Ok(());
        }
        self.counts.read += 1;
        let place = format!("line {}", lines.0);
        self.decode(record, &place, out)?;
        let made = self.record(record, lines, pending);
        match made {
            Ok(()) => self.counts.kept += 1,
            Err(bad) => {
                self.counts.dropped += 1;
                let mut d = Diagnostic::new(bad.code, Severity::Error, place, bad.message);
                if !bad.column.is_empty() {
                    d = d.with("column", bad.column).with("found", &bad.found);
                }
                out.send(Batch::Diagnostic(d))?;
            }
        }
        Ok(())
    }

    fn decode(
        &mut self,
        record: &ByteRecord,
        place: &str,
        out: &mut dyn ImportSink,
    ) -> Result<(), ImportError> {
        let knew = self.decoder.news.is_some();
        self.fields.clear();
        let mut damaged = false;
        for field in record {
            let (text, lost) = self.decoder.decode(field);
            damaged |= lost;
            self.fields.push(text);
        }
        if let (false, Some(encoding)) = (knew, self.decoder.news) {
            let message = format!("the text is not UTF-8; it was read as {}", encoding.name());
            let d = Diagnostic::new(Code::new("tables.encoding"), Severity::Info, place, message);
            out.send(Batch::Diagnostic(d.with("encoding", encoding.name())))?;
        }
        if damaged {
            let message = "some characters cannot be decoded; they were replaced";
            let d = Diagnostic::new(Code::new("tables.damaged_text"), Severity::Warning, place, message);
            out.send(Batch::Diagnostic(d))?;
        }
        Ok(())
    }

    fn record(&mut self, record: &ByteRecord, lines: (u64, u64), pending: &mut Pending) -> Result<(), Bad> {
        if record.len() > self.header.n_columns {
            let swallowed = if lines.1 > lines.0 { " (a quote may not be closed)" } else { "" };
            let message = format!(
                "the row has {} fields under {} columns{swallowed}; lines {} to {} were dropped",
                record.len(),
                self.header.n_columns,
                lines.0,
                lines.1
            );
            let code = Code::new("tables.field_count");
            return Err(Bad { code, message, column: "", found: String::new() });
        }
        let fields = Fields { header: self.header, texts: &self.fields, zone: self.zone };
        let mut once = |key: &str, column: &'static str| {
            if self.seen.insert(key.to_owned()) {
                return Ok(());
            }
            let message = format!("the {column} occurs a second time; the row was dropped");
            let found = key.chars().take(64).collect();
            Err(Bad { code: Code::new("tables.duplicate"), message, column, found })
        };
        match pending {
            Pending::Tasks(list) => {
                let task = rows::task(&fields)?;
                once(&task.id, "id")?;
                self.plan.add(&task, &fields, lines.0);
                list.push(task);
            }
            Pending::Samples(list) => list.push(rows::sample(&fields)?),
            Pending::Bindings(list) => {
                let binding = rows::binding(&fields)?;
                once(&binding.channel, "channel")?;
                list.push(binding);
            }
        }
        Ok(())
    }

    /// The rest of the file cannot be read as rows: one diagnostic, and what came before stays.
    fn broken(&mut self, error: &csv::Error, line: u64, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        self.counts.read += 1;
        self.counts.dropped += 1;
        let message = format!("{error}; the rest of the table was dropped");
        let code = Code::new("tables.unreadable_rest");
        out.send(Batch::Diagnostic(Diagnostic::new(code, Severity::Error, format!("line {line}"), message)))
    }
}
