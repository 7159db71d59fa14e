//! Other readers of IFC on the same file in the same run, where they are installed: IfcOpenShell through Python,
//! web-ifc through Node. Each file in a process of its own; the script prints one line of JSON.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;

use crate::context::Context;

/// The scripts, part of the program.
const IFCOPENSHELL: &str = include_str!("ifcopenshell.py");
const WEB_IFC: &str = include_str!("web_ifc.mjs");
/// How often a child is asked whether it is done.
const POLL: Duration = Duration::from_millis(20);

/// Another reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::bench) struct Peer {
    pub(in crate::commands::bench) name: &'static str,
    program: PathBuf,
    /// `None`: the program is the reader itself.
    script: Option<&'static str>,
    /// How the program takes a script as an argument.
    flags: &'static [&'static str],
}

/// What it made of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::commands::bench) struct PeerFigures {
    /// Why it did not finish; empty if it did.
    pub(in crate::commands::bench) error: String,
    pub(in crate::commands::bench) cpu_s: Option<f64>,
    pub(in crate::commands::bench) peak_rss_bytes: Option<u64>,
    pub(in crate::commands::bench) n_products: Option<u64>,
    pub(in crate::commands::bench) n_triangles: Option<u64>,
}

/// Those that answer; says which do not. `LANTU_PYTHON` names another Python.
pub(in crate::commands::bench) fn installed(context: &Context) -> anyhow::Result<Vec<Peer>> {
    let python = std::env::var_os("LANTU_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let all = [
        Peer {
            name: "ifc-lite alone",
            program: std::env::current_exe().context("cannot find the program itself")?,
            script: None,
            flags: &["bench", "library"],
        },
        Peer { name: "IfcOpenShell", program: python, script: Some(IFCOPENSHELL), flags: &["-c"] },
        Peer {
            name: "web-ifc",
            program: "node".into(),
            script: Some(WEB_IFC),
            flags: &["--input-type=module", "-e"],
        },
    ];
    let mut out = Vec::new();
    for peer in all {
        let answers = peer
            .command(&[if peer.script.is_some() { "--version" } else { "--help" }])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if answers.is_ok_and(|s| s.success()) {
            out.push(peer);
        } else {
            context.line(&context.say("app-corpus-no-peer", &[("name", peer.name.into())]))?;
        }
    }
    Ok(out)
}

impl Peer {
    fn command(&self, rest: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.flags).args(self.script).args(rest).stdin(Stdio::null());
        command
    }

    /// Reads and meshes one file. What takes more CPU seconds than the limit did not finish; a process that takes
    /// `factor` times as long by the clock is ended.
    pub(in crate::commands::bench) fn measure(&self, file: &Path, limit_s: u64, factor: u64) -> PeerFigures {
        match self.run(file, limit_s.saturating_mul(factor)) {
            Ok(figures) if figures.cpu_s.is_some_and(|s| s > limit_s as f64) => {
                PeerFigures { error: format!("more than {limit_s} CPU s"), ..figures }
            }
            Ok(figures) => figures,
            Err(e) => PeerFigures { error: e.to_string(), ..PeerFigures::default() },
        }
    }

    fn run(&self, file: &Path, limit_s: u64) -> anyhow::Result<PeerFigures> {
        let path = file.to_string_lossy();
        // One line comes back, far less than a pipe holds: the child never waits for us.
        let mut child = self.command(&[&path]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let started = Instant::now();
        while child.try_wait()?.is_none() {
            if started.elapsed() > Duration::from_secs(limit_s) {
                child.kill()?;
                child.wait()?;
                anyhow::bail!("longer than {limit_s} s");
            }
            std::thread::sleep(POLL);
        }
        let output = child.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().rev().find(|l| l.starts_with('{')).unwrap_or_default();
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            anyhow::bail!("ended with {}", output.status);
        };
        let count = |key: &str| value.get(key).and_then(Value::as_u64);
        Ok(PeerFigures {
            error: value.get("error").and_then(Value::as_str).unwrap_or_default().to_owned(),
            cpu_s: value.get("cpu_s").and_then(Value::as_f64),
            peak_rss_bytes: count("peak_rss_bytes"),
            n_products: count("n_products"),
            n_triangles: count("n_triangles"),
        })
    }
}
