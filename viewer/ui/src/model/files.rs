//! Files: recent projects, the chooser, and the reports that imports left.

use lantu_base::Severity;

/// A project that was open before.
#[derive(Clone, Debug)]
pub struct RecentProject {
    /// Its name.
    pub name: String,
    /// Path of its file.
    pub path: String,
    /// When it was open, formatted; empty if unknown.
    pub opened: String,
    /// Its file is gone.
    pub missing: bool,
}

/// What a file is chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChooserPurpose {
    /// A project to open.
    #[default]
    OpenProject,
    /// Where a new project goes, with its CRS.
    NewProject,
    /// Files to import: one or more.
    Import,
    /// Where a picture goes.
    Snapshot,
    /// Where a table of states goes.
    States,
}

/// A file or a folder.
#[derive(Clone, Debug)]
pub struct ChooserEntry {
    /// Its name without the folder.
    pub name: String,
    /// A folder.
    pub folder: bool,
    /// Its size.
    pub bytes: u64,
    /// When it was changed, formatted.
    pub changed: String,
    /// It fits the purpose; others are shown weakly and cannot be chosen.
    pub fits: bool,
}

/// The chooser of files: open while the model has one.
#[derive(Clone, Debug, Default)]
pub struct ChooserModel {
    /// What for.
    pub purpose: ChooserPurpose,
    /// The folder shown, absolute.
    pub folder: String,
    /// Its parts from the root: name, path.
    pub trail: Vec<(String, String)>,
    /// Folders worth going to: name, path.
    pub places: Vec<(String, String)>,
    /// What is in it, folders first. Read by the app; the panel draws visible rows only.
    pub entries: std::sync::Arc<[ChooserEntry]>,
    /// Paths that continue what was typed ([`crate::Action::ChooserType`]).
    pub completions: Vec<String>,
    /// Why the folder or the typed path cannot be used, in the reader's language; empty if it can.
    pub problem: String,
    /// The folder is being read.
    pub loading: bool,
    /// CRS to offer for a new project: `EPSG:4548`, name.
    pub crs_choices: Vec<(String, String)>,
    /// What a new file is called before a person types.
    pub suggestion: String,
}

/// What an import had to say, or another job.
#[derive(Clone, Debug, Default)]
pub struct ReportModel {
    /// The job's name: a file.
    pub title: String,
    /// Remarks by severity: errors, warnings, notes; all there are, not only those in `rows`.
    pub counts: [u64; 3],
    /// Remarks, worst first.
    pub rows: std::sync::Arc<[ReportRow]>,
}

/// A remark.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// How bad.
    pub severity: Severity,
    /// What happened and what was done instead, in the reader's language.
    pub text: String,
    /// Where in the file: `#853, feature 12, band 3`.
    pub place: String,
    /// The object, if it is in the scene.
    pub row: Option<u32>,
}
