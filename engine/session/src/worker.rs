//! The child's side of an import: read the job from standard input, write the stream to standard output.

use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use lantu_base::{CancelToken, ProjectFrame};
use lantu_ingest::{
    Batch, ImportError, ImportJob, ImportMode, ImportSink, Importer, PackedBatch, Reading, Resume, Tally,
    WireError, choose, write_batch, write_packed,
};
use serde::{Deserialize, Serialize};

use crate::session::SessionOptions;

/// The table of a File Geodatabase that every one has. Specified: by what programs write, the format is not published.
const GEODATABASE_TABLES: &str = "a00000001.gdbtable";
/// Bytes of a file's head that importers may look at when probing.
const PROBE_BYTES: u64 = 64 * 1024;

/// A job as it travels to the child, as JSON on standard input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkerJob {
    /// The file.
    pub path: PathBuf,
    /// Inspect only: no project frame.
    pub inspect: bool,
    /// The project's frame.
    pub frame: Option<ProjectFrame>,
    /// CRS that the user states.
    pub crs: Option<String>,
    /// Height CRS or offset that the user states.
    pub height: Option<String>,
    /// How a layer's coordinates are read, where that was decided.
    #[serde(default)]
    pub reading: Option<Reading>,
    /// Importer's name that the user states (`--as`), with `:VARIANT` behind it where one is stated.
    pub importer: Option<String>,
    /// What an ended import of the same file left.
    pub resume: Option<Resume>,
    /// Worker threads, at least 1.
    pub threads: usize,
    /// Most memory that the operating system may give the child, in bytes.
    pub memory_bytes: Option<u64>,
    /// CPU seconds of all its threads after which the operating system ends the child.
    pub cpu_s: Option<u64>,
    /// What of the stream is sent.
    #[serde(default)]
    pub wanted: Wanted,
}

/// What of a stream the parent takes. The child makes all of it and sends that: what crosses the pipe is encoded and
/// decoded, which with shapes and properties takes a fifth of an inspection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Everything.
    #[default]
    All,
    /// Objects and what is said of the file as a whole; properties and quantities are counted.
    Rows,
    /// The same with details and properties.
    Details,
}

impl Wanted {
    fn takes(self, batch: &Batch) -> bool {
        match batch {
            Batch::Details(_) | Batch::Properties(_) => self != Self::Rows,
            Batch::Begin(_)
            | Batch::Objects(_)
            | Batch::RasterBegin(_)
            | Batch::Diagnostic(_)
            | Batch::Progress { .. }
            | Batch::End(_)
            | Batch::Counted { .. }
            | Batch::Usage { .. }
            | Batch::Failed { .. } => true,
            _ => self == Self::All,
        }
    }
}

impl WorkerJob {
    /// Looks at a file in its own frame, with the threads and the memory that a session may take.
    pub fn inspect(path: &Path, options: &SessionOptions) -> Self {
        Self {
            path: path.to_owned(),
            inspect: true,
            frame: None,
            crs: None,
            height: None,
            reading: None,
            importer: None,
            resume: None,
            threads: options.threads,
            memory_bytes: options.memory_bytes,
            cpu_s: None,
            wanted: Wanted::All,
        }
    }

    /// Imports a file into a project's frame.
    pub fn import(path: &Path, frame: ProjectFrame, options: &SessionOptions) -> Self {
        Self { inspect: false, frame: Some(frame), ..Self::inspect(path, options) }
    }
}

struct PipeSink<W: Write> {
    out: W,
    wanted: Wanted,
    /// Of what was not sent.
    unsent: Tally,
}

impl<W: Write> PipeSink<W> {
    /// Says how many properties were not sent.
    fn tell_unsent(&mut self) -> Result<(), WireError> {
        let Tally { properties, quantities } = self.unsent;
        if self.unsent == Tally::default() {
            return Ok(());
        }
        write_batch(&mut self.out, &Batch::Counted { properties, quantities })
    }
}

impl<W: Write> ImportSink for PipeSink<W> {
    fn send(&mut self, batch: Batch) -> Result<(), ImportError> {
        if !self.wanted.takes(&batch) {
            if let Batch::Properties(p) = &batch {
                self.unsent.add(Tally::of(p));
            }
            return Ok(());
        }
        write_batch(&mut self.out, &batch)?;
        if matches!(batch, Batch::Begin(_) | Batch::Progress { .. }) {
            self.out.flush().map_err(WireError::from)?;
        }
        Ok(())
    }

    fn send_packed(&mut self, batch: PackedBatch) -> Result<(), ImportError> {
        // Details, properties and entries come packed.
        if self.wanted == Wanted::Rows {
            self.unsent.add(batch.tally());
            return Ok(());
        }
        Ok(write_packed(&mut self.out, &batch)?)
    }
}

/// Runs one job: what the hidden command `import-worker` does.
///
/// Sets the memory limit on its own process first, so that the operating system enforces it whatever a C or
/// C++ library does. Every failure becomes a [`Batch::Failed`] where the pipe still stands.
///
/// # Errors
/// [`WireError`] if standard input holds no job, or nobody reads standard output.
pub fn worker_main(importers: &[&dyn Importer]) -> Result<(), WireError> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let job: WorkerJob = serde_json::from_str(&text).map_err(std::io::Error::from)?;
    if let Some(bytes) = job.memory_bytes {
        limit_memory(bytes)?;
    }
    if let Some(seconds) = job.cpu_s {
        limit_cpu(seconds)?;
    }
    let out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut sink = PipeSink { out, wanted: job.wanted, unsent: Tally::default() };
    let result = run(&job, importers, &mut sink);
    if !matches!(result, Err(ImportError::Wire(_))) {
        sink.tell_unsent()?;
    }
    if let Err(e) = result {
        match e {
            ImportError::Wire(e) => return Err(e),
            e => {
                write_batch(&mut sink.out, &failed(&e))?;
                sink.out.flush()?;
                return Ok(());
            }
        }
    }
    let usage =
        Batch::Usage { cpu_s: crate::usage::cpu_seconds(), peak_rss_bytes: crate::usage::peak_rss_bytes() };
    write_batch(&mut sink.out, &usage)?;
    sink.out.flush()?;
    Ok(())
}

/// The resource limit counts private writable memory, which is what a runaway import allocates; the mapped
/// input file and shared libraries are not charged.
fn limit_memory(bytes: u64) -> Result<(), WireError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
        setrlimit(Resource::Data, limit).map_err(|e| WireError::Io(e.into()))?;
    }
    #[cfg(not(target_os = "linux"))]
    {
        // Other systems: the parent's deadline still holds. README's status table says so.
        let _ = bytes;
    }
    Ok(())
}

/// The kernel sends `SIGXCPU` when the limit is reached, which ends a process that does not catch it.
fn limit_cpu(seconds: u64) -> Result<(), WireError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let limit = Rlimit { current: Some(seconds), maximum: Some(seconds.saturating_add(1)) };
        setrlimit(Resource::Cpu, limit).map_err(|e| WireError::Io(e.into()))?;
    }
    #[cfg(not(target_os = "linux"))]
    {
        // Other systems: the parent's deadline still holds.
        let _ = seconds;
    }
    Ok(())
}

fn run(job: &WorkerJob, importers: &[&dyn Importer], sink: &mut dyn ImportSink) -> Result<(), ImportError> {
    let head = read_head(&job.path).map_err(|source| ImportError::Read { source, path: job.path.clone() })?;
    if head.is_empty() {
        return Err(format_error("import.empty", "the file is empty", ""));
    }
    let importer = match &job.importer {
        Some(name) => {
            let name = name.split_once(':').map_or(name.as_str(), |(name, _)| name);
            importers.iter().find(|i| i.name() == name).copied()
        }
        None => choose(importers, &job.path, &head),
    };
    let Some(importer) = importer else {
        return Err(unknown_format(&job.path, &head));
    };
    let import_job = ImportJob {
        path: job.path.clone(),
        mode: if job.inspect { ImportMode::Inspect } else { ImportMode::Import },
        frame: job.frame.clone(),
        crs_override: job.crs.clone(),
        height_override: job.height.clone(),
        reading: job.reading.clone(),
        variant: job.importer.as_deref().and_then(|n| n.split_once(':')).map(|(_, v)| v.to_owned()),
        resume: job.resume.clone(),
        threads: job.threads.max(1),
        cancel: CancelToken::default(),
    };
    importer.import(&import_job, sink)
}

fn read_head(path: &Path) -> Result<Vec<u8>, std::io::Error> {
    let mut head = Vec::new();
    // A folder is no file to read, unless it is a File Geodatabase: the list of its tables then stands for it.
    let table = path.join(GEODATABASE_TABLES);
    let path = match path.is_dir() {
        true if table.is_file() => &table,
        true => return Err(std::io::ErrorKind::IsADirectory.into()),
        false => path,
    };
    std::fs::File::open(path)?.take(PROBE_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn format_error(code: &'static str, what: &str, place: &str) -> ImportError {
    ImportError::Format { code, what: what.to_owned(), place: place.to_owned() }
}

fn unknown_format(path: &Path, head: &[u8]) -> ImportError {
    let is = |magic: &[u8]| head.starts_with(magic);
    let found = if is(b"PK\x03\x04") {
        "a zip archive"
    } else if is(b"%PDF") {
        "a PDF document"
    } else if is(b"SQLite format 3\0") {
        "a SQLite database without layers that Lantu reads"
    } else if is(b"AC10") {
        "a DWG drawing"
    } else if head.iter().take(512).all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        "text that no importer recognizes"
    } else {
        "content that no importer recognizes"
    };
    let ending = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    format_error("import.unknown_format", &format!("the file (ending {ending:?}) holds {found}"), "byte 0")
}

fn failed(e: &ImportError) -> Batch {
    let (code, what, place) = match e {
        ImportError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            ("import.missing".to_owned(), "the file does not exist".to_owned(), String::new())
        }
        ImportError::Read { source, .. } => ("import.read".to_owned(), source.to_string(), String::new()),
        ImportError::Format { code, what, place } => ((*code).to_owned(), what.clone(), place.clone()),
        ImportError::Cancelled(_) => {
            ("import.cancelled".to_owned(), "the import was stopped".to_owned(), String::new())
        }
        other => ("import.failed".to_owned(), other.to_string(), String::new()),
    };
    Batch::Failed { code, what, place }
}

#[cfg(test)]
mod tests {
    use lantu_ingest::{
        MeshRecord, ObjectKind, ObjectRecord, PackedRows, PropertyKind, PropertyRecord, PropertyValue,
        read_batch,
    };

    use super::*;

    fn properties(kind: PropertyKind, n: u32) -> Vec<PropertyRecord> {
        let property = |object| PropertyRecord {
            object,
            set: "Pset_WallCommon".to_owned(),
            name: "LoadBearing".to_owned(),
            value: PropertyValue::Bool(true),
            unit: None,
            kind,
            inherited: false,
        };
        (0..n).map(property).collect()
    }

    /// What arrives of one object with a triangle, three properties and two quantities.
    fn arrived(wanted: Wanted) -> Vec<Batch> {
        let mut sink = PipeSink { out: Vec::new(), wanted, unsent: Tally::default() };
        let object = ObjectRecord::new(ObjectKind::Product, "IfcWall", "wall");
        let mesh = MeshRecord {
            object: 0,
            origin: [0.0; 3],
            positions: vec![0.0; 9],
            normals: Vec::new(),
            indices: vec![0, 1, 2],
            color: [0; 4],
        };
        sink.send(Batch::Objects(vec![object])).unwrap();
        sink.send(Batch::Meshes(vec![mesh])).unwrap();
        sink.send(Batch::Properties(properties(PropertyKind::Property, 3))).unwrap();
        let packed = PackedRows::pack(&properties(PropertyKind::Quantity, 2)).unwrap();
        sink.send_packed(packed.into_batch().unwrap()).unwrap();
        sink.tell_unsent().unwrap();
        let mut wire = sink.out.as_slice();
        std::iter::from_fn(|| read_batch(&mut wire).unwrap()).collect()
    }

    #[test]
    fn what_nobody_asked_for_is_counted_and_does_not_cross_the_pipe() {
        let rows = arrived(Wanted::Rows);
        assert!(
            matches!(rows.as_slice(), [Batch::Objects(_), Batch::Counted { properties: 3, quantities: 2 }]),
            "{rows:?}"
        );
        let details = arrived(Wanted::Details);
        assert!(
            matches!(details.as_slice(), [Batch::Objects(_), Batch::Properties(p), Batch::Properties(q)]
                if p.len() == 3 && q.len() == 2),
            "{details:?}"
        );
        assert_eq!(arrived(Wanted::All).len(), 4);
    }
}
