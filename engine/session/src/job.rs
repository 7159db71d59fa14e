//! The parent's side of an import: one file, one child process, a deadline, a bounded stream back.

use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lantu_base::{CancelToken, Code, Diagnostic, Severity};
use lantu_ingest::{Batch, read_batch};

use crate::session::SessionOptions;
use crate::worker::WorkerJob;

/// What starts a worker: the program and the arguments before it reads its job.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The program, usually the running one.
    pub program: PathBuf,
    /// Its arguments, usually `import-worker`.
    pub args: Vec<String>,
}

/// Limits of one import.
#[derive(Clone, Debug)]
pub struct JobLimits {
    /// Wall time after which the child is ended.
    pub deadline: Duration,
    /// Stop when asked to.
    pub cancel: CancelToken,
}

impl JobLimits {
    /// Those of a session.
    pub fn of(options: &SessionOptions) -> Self {
        Self { deadline: Duration::from_secs(options.deadline_s), cancel: options.cancel.clone() }
    }
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEnd {
    /// The stream is complete.
    Done,
    /// Nothing of the file can be used, or the child died: one diagnostic that says why.
    Failed(Diagnostic),
}

/// Bytes kept of the child's standard error: enough for a message, bounded whatever it prints.
const STDERR_BYTES: usize = 8 * 1024;

/// Batches that may wait between the pipe and the consumer; with [`lantu_ingest::MAX_BATCH_BYTES`] and the
/// importers' 4 MB habit this bounds the parent.
const QUEUE_BATCHES: usize = 8;

/// Runs one file through a child process and hands every batch to `consume`, in order.
///
/// Whatever the child does (crash, hang, endless output, too much memory) comes back as [`JobEnd::Failed`].
/// `consume` returns `false` to stop early.
///
/// # Errors
/// Only if the child cannot be started at all.
pub fn run_job(
    command: &WorkerCommand,
    job: &WorkerJob,
    limits: &JobLimits,
    consume: &mut dyn FnMut(Batch) -> bool,
) -> Result<JobEnd, std::io::Error> {
    let started = Instant::now();
    let mut child = Command::new(&command.program)
        .args(&command.args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        let text = serde_json::to_vec(job).map_err(std::io::Error::from)?;
        // A child that dies before it reads its job is reported by its exit status below.
        if let Err(e) = stdin.write_all(&text) {
            tracing::debug!(error = %e, "the import worker did not read its job");
        }
    }
    let stderr = drain_stderr(&mut child)?;
    let (send, receive) = crossbeam_channel::bounded(QUEUE_BATCHES);
    let stdout = child.stdout.take();
    let reader = std::thread::Builder::new().name("import-reader".into()).spawn(move || {
        let Some(stdout) = stdout else { return };
        let mut input = BufReader::with_capacity(1 << 20, stdout);
        loop {
            let next = read_batch(&mut input);
            let last = !matches!(next, Ok(Some(_)));
            if send.send(next).is_err() || last {
                return;
            }
        }
    })?;
    let outcome = pump(&receive, limits, started, consume);
    drop(receive);
    if !matches!(outcome, Pumped::Complete) {
        // Ending by handle: the child is ours and not yet waited for, so its id cannot be somebody else's.
        if let Err(e) = child.kill() {
            tracing::debug!(error = %e, "the import worker had already ended");
        }
    }
    let status = child.wait()?;
    if reader.join().is_err() {
        tracing::error!("the import reader panicked");
    }
    let last_words = stderr.lock().map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    Ok(match outcome {
        Pumped::Complete => JobEnd::Done,
        Pumped::Refused { code, what, place } => {
            JobEnd::Failed(Diagnostic::new(Code(code.into()), Severity::Error, place, what))
        }
        Pumped::Deadline => JobEnd::Failed(
            Diagnostic::new(
                Code::new("import.deadline"),
                Severity::Error,
                "",
                format!("the import took longer than {} s and was ended", limits.deadline.as_secs()),
            )
            .with("seconds", limits.deadline.as_secs()),
        ),
        Pumped::Cancelled => JobEnd::Failed(Diagnostic::new(
            Code::new("import.cancelled"),
            Severity::Error,
            "",
            "the import was stopped",
        )),
        Pumped::Broken(detail) => JobEnd::Failed(death(job, status, &last_words, &detail)),
    })
}

enum Pumped {
    Complete,
    Refused { code: String, what: String, place: String },
    Deadline,
    Cancelled,
    Broken(String),
}

type Incoming = Result<Option<Batch>, lantu_ingest::WireError>;

fn pump(
    receive: &crossbeam_channel::Receiver<Incoming>,
    limits: &JobLimits,
    started: Instant,
    consume: &mut dyn FnMut(Batch) -> bool,
) -> Pumped {
    let mut ended = false;
    loop {
        if limits.cancel.is_cancelled() {
            return Pumped::Cancelled;
        }
        let left = limits.deadline.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Pumped::Deadline;
        }
        match receive.recv_timeout(left.min(Duration::from_millis(200))) {
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => {
                return Pumped::Broken("the stream stopped".to_owned());
            }
            Ok(Ok(Some(Batch::Failed { code, what, place }))) => {
                return Pumped::Refused { code, what, place };
            }
            Ok(Ok(Some(batch))) => {
                ended |= matches!(batch, Batch::End(_));
                if !consume(batch) {
                    return Pumped::Cancelled;
                }
            }
            Ok(Ok(None)) if ended => return Pumped::Complete,
            Ok(Ok(None)) => return Pumped::Broken("the stream stopped before its end".to_owned()),
            Ok(Err(e)) => return Pumped::Broken(e.to_string()),
        }
    }
}

fn drain_stderr(child: &mut Child) -> Result<Arc<Mutex<Vec<u8>>>, std::io::Error> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let Some(mut pipe) = child.stderr.take() else { return Ok(kept) };
    let shared = Arc::clone(&kept);
    std::thread::Builder::new().name("import-stderr".into()).spawn(move || {
        let mut buffer = [0_u8; 1024];
        while let Ok(n) = pipe.read(&mut buffer) {
            if n == 0 {
                return;
            }
            if let (Ok(mut kept), Some(new)) = (shared.lock(), buffer.get(..n)) {
                kept.extend_from_slice(new);
                let too_many = kept.len().saturating_sub(STDERR_BYTES);
                kept.drain(..too_many);
            }
        }
    })?;
    Ok(kept)
}

/// Why a child died, from its exit status and last words.
fn death(job: &WorkerJob, status: std::process::ExitStatus, last_words: &str, detail: &str) -> Diagnostic {
    // Rust, libstdc++ and GDAL each have their own words for an allocation that the limit refused.
    let starved = [
        "memory allocation of",
        "std::bad_alloc",
        "Out of memory",
        "out of memory",
        "Cannot allocate memory",
    ];
    if starved.iter().any(|w| last_words.contains(w)) {
        let limit = job.memory_bytes.unwrap_or(0);
        return Diagnostic::new(
            Code::new("import.memory"),
            Severity::Error,
            "",
            format!("the import needed more memory than its limit of {limit} bytes and was ended"),
        )
        .with("limit_bytes", limit);
    }
    if let Some(seconds) = job.cpu_s.filter(|_| ran_out_of_cpu(status)) {
        return Diagnostic::new(
            Code::new("import.deadline"),
            Severity::Error,
            "",
            format!("the import took longer than {seconds} s of CPU time and was ended"),
        )
        .with("seconds", seconds);
    }
    let how = how_it_ended(status);
    let word = last_words.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("").trim().chars().take(300);
    let word: String = word.collect();
    Diagnostic::new(
        Code::new("import.crash"),
        Severity::Error,
        "",
        format!(
            "the import process ended unexpectedly ({how}; {detail}){}{word}",
            if word.is_empty() { "" } else { ": " }
        ),
    )
    .with("how", how)
}

fn ran_out_of_cpu(status: std::process::ExitStatus) -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::ExitStatusExt;
        status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = status;
        false
    }
}

fn how_it_ended(status: std::process::ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return format!("signal {signal}");
        }
    }
    status.code().map_or_else(|| "without exit code".to_owned(), |c| format!("exit code {c}"))
}
