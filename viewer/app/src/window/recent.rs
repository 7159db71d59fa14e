//! Projects that were open before: a small file in the user's configuration folder.

use std::path::{Path, PathBuf};

use lantu_base::{TimeZoneName, UtcNanos};
use lantu_ui::RecentProject;
use serde::{Deserialize, Serialize};

/// Projects that are remembered.
const MOST: usize = 12;
/// A longer file is not ours.
const MAX_BYTES: u64 = 256 << 10;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    path: PathBuf,
    name: String,
    opened: i64,
}

/// Projects that were open before, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    entries: Vec<Entry>,
    /// For the panels; made when the list changes, since looking for files can take its time.
    rows: Option<Vec<RecentProject>>,
    /// Where they are kept; `None` where there is no configuration folder.
    file: Option<PathBuf>,
}

/// The user's configuration folder of this program, from the environment.
fn config_file(var: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| var(name).filter(|p| p.is_absolute());
    let base = if cfg!(windows) {
        absolute("APPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|h| h.join("Library/Application Support"))
    } else {
        absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|h| h.join(".config")))
    };
    Some(base?.join("lantu").join("recent.json"))
}

impl Recent {
    /// Reads the list; a missing or damaged file is an empty one.
    pub(crate) fn read() -> Self {
        Self::read_from(config_file(|name| std::env::var_os(name).map(PathBuf::from)))
    }

    fn read_from(file: Option<PathBuf>) -> Self {
        let read = |path: &PathBuf| {
            let small = std::fs::metadata(path).is_ok_and(|m| m.len() <= MAX_BYTES);
            small.then(|| std::fs::read(path).ok()).flatten()
        };
        let text = file.as_ref().and_then(read);
        let entries = text.and_then(|t| serde_json::from_slice::<Vec<Entry>>(&t).ok()).unwrap_or_default();
        Self { entries: entries.into_iter().take(MOST).collect(), rows: None, file }
    }

    /// Puts a project first.
    pub(crate) fn note(&mut self, path: &Path, name: &str, now: UtcNanos) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.entries.retain(|e| e.path != path);
        self.entries.insert(0, Entry { path, name: name.to_owned(), opened: now.0 });
        self.entries.truncate(MOST);
        self.write();
    }

    /// Takes a project off the list.
    pub(crate) fn forget(&mut self, path: &Path) {
        self.entries.retain(|e| e.path != path);
        self.write();
    }

    /// Replaces the file as a whole; a list that cannot be kept is not worth a message.
    fn write(&mut self) {
        self.rows = None;
        let Some(file) = &self.file else { return };
        let written =
            serde_json::to_vec_pretty(&self.entries).map_err(std::io::Error::from).and_then(|text| {
                if let Some(folder) = file.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                let beside = file.with_extension(format!("{}.tmp", std::process::id()));
                std::fs::write(&beside, text)?;
                std::fs::rename(&beside, file)
            });
        if let Err(error) = written {
            tracing::warn!(%error, "recent projects are not remembered");
        }
    }

    /// For the panels.
    pub(crate) fn model(&mut self, zone: &TimeZoneName) -> Vec<RecentProject> {
        let row = |e: &Entry| RecentProject {
            name: e.name.clone(),
            path: e.path.display().to_string(),
            opened: UtcNanos(e.opened).local_minute(zone),
            missing: !e.path.exists(),
        };
        let entries = &self.entries;
        self.rows.get_or_insert_with(|| entries.iter().map(row).collect()).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_each_once_and_at_most_twelve() {
        let folder = std::env::temp_dir().join(format!("lantu-recent-{}", std::process::id()));
        let file = folder.join("lantu").join("recent.json");
        let mut recent = Recent::read_from(Some(file.clone()));
        for n in 0..20 {
            recent.note(Path::new(&format!("/data/{n}.lantu")), &format!("project {n}"), UtcNanos(n));
        }
        recent.note(Path::new("/data/15.lantu"), "project 15", UtcNanos(99));
        let again = Recent::read_from(Some(file.clone()));
        assert_eq!(again.entries, recent.entries);
        assert_eq!((again.entries.len(), again.entries[0].name.as_str()), (MOST, "project 15"));
        assert_eq!(again.entries.iter().filter(|e| e.name == "project 15").count(), 1);
        std::fs::write(&file, "not json").unwrap();
        assert!(Recent::read_from(Some(file)).entries.is_empty());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_configuration_folder_follows_the_environment() {
        let with = |xdg: Option<&str>, home: Option<&str>| {
            config_file(|name| match name {
                "XDG_CONFIG_HOME" => xdg.map(PathBuf::from),
                "HOME" => home.map(PathBuf::from),
                _ => None,
            })
        };
        assert_eq!(with(Some("/c"), Some("/h")), Some(PathBuf::from("/c/lantu/recent.json")));
        assert_eq!(with(None, Some("/h")), Some(PathBuf::from("/h/.config/lantu/recent.json")));
        assert_eq!(with(Some("relative"), None), None);
    }
}
