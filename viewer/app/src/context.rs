//! What every command has: the language, where it writes, who and when it is, and how it is stopped.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use lantu_base::{CancelToken, UtcNanos};
use lantu_session::{ImportEvent, SessionOptions, WorkerCommand};
use lantu_ui::{Arg, Language, Words};

use crate::cli::LimitArgs;

/// What every command has.
pub(crate) struct Context {
    pub(crate) words: Words,
    pub(crate) cancel: CancelToken,
}

impl Context {
    /// The language is the one asked for, else the system's, else English.
    pub(crate) fn new(lang: Option<&str>) -> Self {
        let from_env = || {
            ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .find_map(|v| std::env::var(v).ok().filter(|s| !s.is_empty()))
        };
        let language =
            lang.and_then(Language::from_tag).or_else(|| from_env().and_then(|l| Language::from_tag(&l)));
        Self { words: Words::new(language.unwrap_or(Language::English)), cancel: CancelToken::default() }
    }

    /// Ctrl-C asks the work to stop; what was reported as done stays.
    pub(crate) fn cancel_on_interrupt(&self) -> Result<(), ctrlc::Error> {
        let cancel = self.cancel.clone();
        ctrlc::set_handler(move || cancel.cancel())
    }

    /// A message of the catalog.
    pub(crate) fn say(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.words.by_id(id, args).unwrap_or_else(|| {
            tracing::error!(id, "a message is missing from the catalog");
            id.to_owned()
        })
    }

    /// Writes a line to standard output.
    ///
    /// A closed pipe (`lantu … | head`) ends the program quietly, as other tools do.
    #[expect(clippy::unused_self, reason = "commands leave it to the context where their lines go")]
    pub(crate) fn line(&self, text: &str) -> anyhow::Result<()> {
        write_text(&format!("{text}\n"))
    }

    /// Options of a session under the limits of a command.
    pub(crate) fn session_options(&self, limits: Option<&LimitArgs>) -> anyhow::Result<SessionOptions> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(SessionOptions {
            worker: worker_command()?,
            user: user_name(),
            clock: now,
            threads: limits.and_then(|l| l.threads).unwrap_or(cores).max(1),
            memory_bytes: limits.and_then(|l| l.memory),
            deadline_s: limits.map_or(600, |l| l.deadline),
            cancel: self.cancel.clone(),
        })
    }

    /// Shows how far an import is: a bar on a terminal, one line a file otherwise.
    #[expect(clippy::unused_self, reason = "commands leave it to the context where their progress goes")]
    pub(crate) fn progress(&self) -> impl FnMut(ImportEvent) {
        let terminal = std::io::stderr().is_terminal();
        move |event| {
            let mut err = std::io::stderr().lock();
            let written = match event {
                ImportEvent::File { ix, n, path } => writeln!(err, "[{}/{n}] {}", ix + 1, path.display()),
                ImportEvent::Progress { done, total } if terminal && total > 0 => {
                    let tenths = usize::try_from(done.min(total) * 30 / total).unwrap_or(30);
                    write!(
                        err,
                        "\r  {}{} {:3} %\r",
                        "█".repeat(tenths),
                        "░".repeat(30 - tenths),
                        done.min(total) * 100 / total
                    )
                }
                ImportEvent::Progress { .. } | ImportEvent::Preview(_) | ImportEvent::Shapes(_) => Ok(()),
            };
            // Progress that nobody reads is not worth stopping for.
            drop(written);
        }
    }
}

/// Writes text to standard output; a closed pipe ends the program quietly.
pub(crate) fn write_text(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

/// Writes to a file, or to standard output for `None` and `-`.
pub(crate) fn write_out(out: Option<&Path>, text: &str) -> anyhow::Result<()> {
    match out {
        Some(path) if path != Path::new("-") => {
            std::fs::write(path, text).with_context(|| format!("cannot write\nfile: {}", path.display()))
        }
        _ => write_text(text),
    }
}

/// Writes JSON and a line break to a file, or to standard output for `-`, without holding it as a whole.
pub(crate) fn write_json(out: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    if out == Path::new("-") {
        return match json_into(std::io::stdout().lock(), value) {
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
            other => Ok(other?),
        };
    }
    std::fs::File::create(out)
        .and_then(|file| json_into(file, value))
        .with_context(|| format!("cannot write\nfile: {}", out.display()))
}

fn json_into(out: impl Write, value: &impl serde::Serialize) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(out);
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

pub(crate) fn now() -> UtcNanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UtcNanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

fn user_name() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|s| !s.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

pub(crate) fn worker_command() -> anyhow::Result<WorkerCommand> {
    let program: PathBuf = std::env::current_exe().context("cannot find the running program")?;
    Ok(WorkerCommand { program, args: vec!["import-worker".to_owned()] })
}
