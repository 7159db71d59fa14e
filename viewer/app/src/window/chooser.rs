//! Choosing files: folders are read on a thread of their own, since a network drive can take its time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lantu_base::{TimeZoneName, UtcNanos};
use lantu_ui::{Action, ChooserEntry, ChooserModel, ChooserPurpose};

use crate::window::latest::Latest;

/// Entries of a folder that are listed. Chosen: more than anybody scrolls through.
const MAX_ENTRIES: usize = 20_000;
/// Completions of a typed path.
const MAX_COMPLETIONS: usize = 12;

/// Projected CRS of mainland China's 3-degree zones by central meridian, and UTM's for elsewhere: what most people need.
const CRS_CHOICES: [(&str, &str); 12] = [
    ("EPSG:4544", "CGCS2000 / 3-degree Gauss-Kruger CM 105E"),
    ("EPSG:4545", "CGCS2000 / 3-degree Gauss-Kruger CM 108E"),
    ("EPSG:4546", "CGCS2000 / 3-degree Gauss-Kruger CM 111E"),
    ("EPSG:4547", "CGCS2000 / 3-degree Gauss-Kruger CM 114E"),
    ("EPSG:4548", "CGCS2000 / 3-degree Gauss-Kruger CM 117E"),
    ("EPSG:4549", "CGCS2000 / 3-degree Gauss-Kruger CM 120E"),
    ("EPSG:4550", "CGCS2000 / 3-degree Gauss-Kruger CM 123E"),
    ("EPSG:4551", "CGCS2000 / 3-degree Gauss-Kruger CM 126E"),
    ("EPSG:4552", "CGCS2000 / 3-degree Gauss-Kruger CM 129E"),
    ("EPSG:32632", "WGS 84 / UTM zone 32N"),
    ("EPSG:25832", "ETRS89 / UTM zone 32N"),
    ("EPSG:32650", "WGS 84 / UTM zone 50N"),
];

/// A folder to read, or a path that is being typed.
enum Question {
    List { folder: PathBuf, purpose: ChooserPurpose, zone: TimeZoneName },
    Complete { typed: PathBuf, purpose: ChooserPurpose },
}

enum Answer {
    Listed { folder: PathBuf, entries: Result<Vec<ChooserEntry>, std::io::Error> },
    Completed { typed: PathBuf, paths: Vec<String> },
}

/// An open chooser.
pub(crate) struct Chooser {
    model: ChooserModel,
    folder: PathBuf,
    typed: PathBuf,
    zone: TimeZoneName,
    reader: Latest<Question, Answer>,
}

impl Chooser {
    /// Opens a chooser at a folder.
    pub(crate) fn open(
        purpose: ChooserPurpose,
        folder: &Path,
        zone: TimeZoneName,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let reader = Latest::start("folder-reader", wake, answer)?;
        let suggestion = match purpose {
            ChooserPurpose::NewProject => "district.lantu",
            ChooserPurpose::Snapshot => "lantu.png",
            ChooserPurpose::States => "states.csv",
            ChooserPurpose::OpenProject | ChooserPurpose::Import => "",
        };
        let crs = CRS_CHOICES.map(|(code, name)| (code.to_owned(), name.to_owned()));
        let model = ChooserModel {
            purpose,
            places: places(),
            crs_choices: if purpose == ChooserPurpose::NewProject { crs.to_vec() } else { Vec::new() },
            suggestion: suggestion.to_owned(),
            ..ChooserModel::default()
        };
        let mut chooser = Self { model, folder: PathBuf::new(), typed: PathBuf::new(), zone, reader };
        chooser.enter(folder);
        Ok(chooser)
    }

    pub(crate) fn purpose(&self) -> ChooserPurpose {
        self.model.purpose
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn model(&self) -> ChooserModel {
        self.model.clone()
    }

    /// Lists another folder.
    pub(crate) fn enter(&mut self, folder: &Path) {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        self.folder.clone_from(&folder);
        self.model.folder = folder.display().to_string();
        self.model.trail = trail(&folder);
        self.model.entries = Arc::new([]);
        self.model.completions.clear();
        self.model.problem.clear();
        self.model.loading = true;
        let purpose = self.model.purpose;
        self.reader.ask(Question::List { folder, purpose, zone: self.zone.clone() });
    }

    /// A path, or the beginning of one, is being typed.
    pub(crate) fn typed(&mut self, text: &str) {
        let typed = self.folder.join(expand(text));
        self.typed.clone_from(&typed);
        if text.is_empty() {
            self.model.completions.clear();
        } else {
            self.reader.ask(Question::Complete { typed, purpose: self.model.purpose });
        }
    }

    /// Takes what the thread has read. `say` puts an error into words.
    pub(crate) fn take_answers(&mut self, say: &dyn Fn(&Path, &std::io::Error) -> String) {
        while let Some(answer) = self.reader.take() {
            match answer {
                Answer::Listed { folder, entries } if folder == self.folder => {
                    self.model.loading = false;
                    match entries {
                        Ok(entries) => self.model.entries = entries.into(),
                        Err(e) => self.model.problem = say(&folder, &e),
                    }
                }
                Answer::Completed { typed, paths } if typed == self.typed => self.model.completions = paths,
                Answer::Listed { .. } | Answer::Completed { .. } => {}
            }
        }
    }

    /// What is done with picked paths.
    pub(crate) fn picked(&self, paths: &[String]) -> Vec<PathBuf> {
        paths.iter().map(|p| self.folder.join(expand(p))).collect()
    }
}

/// Whether an action is the chooser's.
pub(crate) fn is_for_chooser(action: &Action) -> bool {
    matches!(
        action,
        Action::ChooserEnter(_) | Action::ChooserType(_) | Action::ChooserPick(_) | Action::ChooserClose
    )
}

fn home() -> Option<PathBuf> {
    let var = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var_os(var).map(PathBuf::from).filter(|p| p.is_absolute())
}

/// `~` stands for the home folder, as in a shell.
fn expand(text: &str) -> PathBuf {
    match (text.strip_prefix('~'), home()) {
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches(['/', '\\'])),
        _ => PathBuf::from(text),
    }
}

/// Folders worth going to.
fn places() -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |path: PathBuf| {
        if path.is_dir() {
            let name = path
                .file_name()
                .map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
            out.push((name, path.display().to_string()));
        }
    };
    if let Some(home) = home() {
        for name in ["", "Documents", "Downloads", "Desktop"] {
            add(if name.is_empty() { home.clone() } else { home.join(name) });
        }
    }
    if let Ok(here) = std::env::current_dir() {
        add(here);
    }
    if cfg!(windows) {
        for letter in 'C'..='Z' {
            add(PathBuf::from(format!("{letter}:\\")));
        }
    } else {
        for p in ["/media", "/mnt", "/"] {
            add(PathBuf::from(p));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|(_, path)| seen.insert(path.clone()));
    out
}

/// A folder's parts from the root: name, path.
fn trail(folder: &Path) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = folder
        .ancestors()
        .map(|p| {
            let name =
                p.file_name().map_or_else(|| p.display().to_string(), |n| n.to_string_lossy().into_owned());
            (name, p.display().to_string())
        })
        .collect();
    parts.reverse();
    parts
}

fn answer(question: Question) -> Answer {
    match question {
        Question::List { folder, purpose, zone } => {
            let entries = list(&folder, purpose, &zone);
            Answer::Listed { folder, entries }
        }
        Question::Complete { typed, purpose } => {
            let paths = complete(&typed, purpose);
            Answer::Completed { typed, paths }
        }
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn list(
    folder: &Path,
    purpose: ChooserPurpose,
    zone: &TimeZoneName,
) -> Result<Vec<ChooserEntry>, std::io::Error> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        // An entry that vanished meanwhile is not there.
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(meta) = std::fs::metadata(entry.path()) else { continue };
        if is_hidden(&name) || entries.len() >= MAX_ENTRIES {
            continue;
        }
        let changed = meta.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let changed = changed.and_then(|d| i64::try_from(d.as_nanos()).ok());
        let folder = meta.is_dir() && !is_one_source(&name, purpose);
        entries.push(ChooserEntry {
            folder,
            bytes: if meta.is_dir() { 0 } else { meta.len() },
            changed: changed.map(|t| UtcNanos(t).local_minute(zone)).unwrap_or_default(),
            fits: fits(&name, folder, purpose),
            name,
        });
    }
    let key = |e: &ChooserEntry| (!e.folder, e.name.to_lowercase());
    entries.sort_by_cached_key(key);
    Ok(entries)
}

/// Endings that some importer reads. A file of another name can still be dropped onto the window: it is probed.
const IMPORTS: [&str; 41] = [
    "ifc", "ifczip", "tif", "tiff", "vrt", "png", "jpg", "jpeg", "asc", "dt0", "dt1", "dt2", "hgt",
    "mbtiles", "shp", "geojson", "geojsonl", "json", "jsonl", "gpkg", "gml", "kml", "dxf", "fgb", "gdb",
    "csv", "las", "laz", "glb", "gltf", "b3dm", "i3dm", "cmpt", "xml", "xer", "mpx", "pmxml", "planner",
    "bcf", "bcfzip", "tsv",
];

fn ending_of(name: &str) -> Option<String> {
    Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase())
}

/// A File Geodatabase is a folder of tables, which is imported and not looked into.
fn is_one_source(name: &str, purpose: ChooserPurpose) -> bool {
    purpose == ChooserPurpose::Import && ending_of(name).is_some_and(|e| e == "gdb")
}

fn fits(name: &str, folder: bool, purpose: ChooserPurpose) -> bool {
    let ending = ending_of(name);
    let is = |wanted: &[&str]| ending.as_deref().is_some_and(|e| wanted.contains(&e));
    folder
        || match purpose {
            ChooserPurpose::OpenProject | ChooserPurpose::NewProject => is(&["lantu"]),
            ChooserPurpose::Import => {
                let is_archived = is(&["zip"]) && name.to_lowercase().contains(".gdb.");
                is(&IMPORTS) || is_archived
            }
            ChooserPurpose::Snapshot => is(&["png"]),
            ChooserPurpose::States => is(&["csv"]),
        }
}

/// Paths that continue what was typed.
fn complete(typed: &Path, purpose: ChooserPurpose) -> Vec<String> {
    let ends_with_separator = typed.as_os_str().to_string_lossy().ends_with(std::path::MAIN_SEPARATOR);
    let (folder, begin) = if ends_with_separator {
        (typed, String::new())
    } else {
        let begin = typed.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
        (typed.parent().unwrap_or(typed), begin)
    };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .take(MAX_ENTRIES)
        .filter_map(Result::ok)
        .filter_map(|e| {
            let name = e.file_name().to_string_lossy().into_owned();
            let is_folder =
                std::fs::metadata(e.path()).is_ok_and(|m| m.is_dir()) && !is_one_source(&name, purpose);
            let wanted =
                name.to_lowercase().starts_with(&begin) && (!is_hidden(&name) || begin.starts_with('.'));
            (wanted && fits(&name, is_folder, purpose)).then(|| {
                let slash = if is_folder { std::path::MAIN_SEPARATOR_STR } else { "" };
                format!("{}{slash}", e.path().display())
            })
        })
        .collect();
    found.sort();
    found.truncate(MAX_COMPLETIONS);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("lantu-chooser-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("Models")).unwrap();
        for file in ["b.ifc", "A.lantu", "notes.txt", ".hidden"] {
            std::fs::write(folder.join(file), "x").unwrap();
        }
        folder
    }

    #[test]
    fn folders_come_first_and_what_does_not_fit_is_marked() {
        let at = folder("list");
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let names = |purpose| {
            let listed = list(&at, purpose, &zone).unwrap();
            listed.into_iter().map(|e| (e.name, e.fits)).collect::<Vec<_>>()
        };
        let row = |name: &str, fits| (name.to_owned(), fits);
        assert_eq!(
            names(ChooserPurpose::Import),
            [row("Models", true), row("A.lantu", false), row("b.ifc", true), row("notes.txt", false)]
        );
        assert!(names(ChooserPurpose::OpenProject).contains(&row("A.lantu", true)));
        assert!(list(&at.join("absent"), ChooserPurpose::Import, &zone).is_err());
        std::fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_typed_path_is_completed_whatever_its_case() {
        let at = folder("complete");
        let ask = |text: &str| complete(&at.join(text), ChooserPurpose::Import);
        assert_eq!(ask("mod"), [format!("{}/", at.join("Models").display())]);
        assert_eq!(ask("B"), [at.join("b.ifc").display().to_string()]);
        assert!(ask("zzz").is_empty());
        std::fs::remove_dir_all(at).unwrap();
    }

    #[test]
    fn a_trail_leads_from_the_root_to_the_folder() {
        let parts = trail(Path::new("/data/district/2026"));
        let names: Vec<_> = parts.iter().map(|p| p.0.as_str()).collect();
        assert_eq!(names, ["/", "data", "district", "2026"]);
        assert_eq!(parts[2].1, "/data/district");
    }

    #[test]
    fn offered_systems_can_be_used() {
        for (code, name) in CRS_CHOICES {
            let crs = lantu_geodesy::Crs::parse(code).unwrap();
            assert_eq!(crs.name(), name);
            assert!(lantu_geodesy::make_frame(code, None, "Asia/Shanghai").is_ok());
        }
    }
}
