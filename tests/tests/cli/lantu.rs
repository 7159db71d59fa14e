//! Builds and runs the binary, and makes projects in folders of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The binary: `LANTU_BIN`, or built here, once, beside the tests.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(given) = std::env::var_os("LANTU_BIN") {
            return given.into();
        }
        // target/<profile>/deps/cli-… → target/<profile>
        let own = std::env::current_exe().unwrap();
        let folder = own.ancestors().nth(2).unwrap().to_path_buf();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        // A test target beside it makes features unify as in `cargo test --workspace`, so that nothing is built twice.
        build.args(["build", "--locked", "--quiet", "--workspace", "--bin", "lantu", "--test", "faults"]);
        build.arg("--target-dir").arg(folder.parent().unwrap());
        if folder.ends_with("release") {
            build.arg("--release");
        }
        build.current_dir(lantu_support::workspace_root());
        assert!(build.status().unwrap().success(), "lantu does not build");
        folder.join(format!("lantu{}", std::env::consts::EXE_SUFFIX))
    })
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    /// Both streams.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(!self.text().contains("panicked"), "{self:#?}");
        self
    }
}

/// The binary with an environment that says nothing of this machine's user.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(args);
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "DISPLAY", "WAYLAND_DISPLAY", "LANTU_LOG"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn finish(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn run(args: &[&str]) -> Run {
    finish(command(args))
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A project in a folder of its own.
pub(crate) struct Desk {
    pub(crate) dir: TempDir,
    pub(crate) project: String,
}

impl Desk {
    /// A folder without a project.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let project = text(&dir.path().join("district.lantu")).to_owned();
        Self { dir, project }
    }

    pub(crate) fn new(crs: &str) -> Self {
        let desk = Self::empty();
        run(&["new", &desk.project, "--crs", crs]).expect(0);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file in the project's folder.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        text(&path).to_owned()
    }

    /// A copy in the project's folder, writable.
    pub(crate) fn copy(&self, from: &Path) -> String {
        let name = from.file_name().unwrap().to_str().unwrap();
        self.write(name, &std::fs::read(from).unwrap())
    }

    /// `lantu COMMAND PROJECT REST…`.
    pub(crate) fn run(&self, command: &str, rest: &[&str]) -> Run {
        let mut args = vec![command, self.project.as_str()];
        args.extend(rest);
        run(&args)
    }

    #[track_caller]
    pub(crate) fn import(&self, files: &[&str], code: i32) -> Run {
        self.run("import", files).expect(code)
    }

    pub(crate) fn info(&self) -> Value {
        self.run("info", &["--json"]).expect(0).json()
    }

    /// Rows of `objects` with these filters.
    pub(crate) fn objects(&self, filters: &[&str]) -> Vec<Value> {
        let mut rest = filters.to_vec();
        rest.extend(["--format", "json"]);
        let value = self.run("objects", &rest).expect(0).json();
        value["rows"].as_array().unwrap().clone()
    }

    pub(crate) fn overlay(&self, kind: &str, time: &str) -> Vec<Value> {
        let value =
            self.run("overlay", &["--kind", kind, "--time", time, "--format", "json"]).expect(0).json();
        value["rows"].as_array().unwrap().clone()
    }
}

/// A row's box; `None` where it has none.
pub(crate) fn bbox(row: &Value) -> Option<[f64; 6]> {
    let values: Vec<f64> = row["bbox"].as_array()?.iter().map(|v| v.as_f64().unwrap()).collect();
    Some(values.try_into().unwrap())
}

pub(crate) fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// What identifies rows: source and id.
pub(crate) fn keys(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|r| format!("{}:{}", r["source"].as_str().unwrap(), r["id"].as_str().unwrap())).collect()
}
