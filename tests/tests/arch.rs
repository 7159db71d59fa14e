//! The crates keep their layers, files stay small, and only the named places touch the file system.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets the unexpected stops there"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use lantu_support::workspace_root;

/// Layers, lowest first. A crate's normal dependencies lie in layers below its own.
const LAYERS: &[&[&str]] = &[
    &["base", "shaders"],
    &["scene", "live", "records", "schedule", "geodesy"],
    &["tiles", "overlay", "ingest", "project"],
    &["session", "render", "ifc", "raster", "vector", "city", "tables", "feeds"],
    &["ui", "demo", "bench"],
    &["app"],
    &["support", "tests"],
];

const IMPORTERS: &[&str] = &["ifc", "raster", "vector", "city", "tables"];

/// Dependencies that break the layers: from, to, why. One that is not there any more fails too.
const LAYER_EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Where files may be opened, besides tests, examples and build scripts.
const FILE_HOMES: &[&str] = &[
    "importers/",
    "engine/tiles/src/io.rs",
    "engine/tiles/src/journal.rs",
    "engine/project/",
    "engine/session/",
    "viewer/app/",
    "viewer/demo/",
    "tests/",
];

/// Files outside those homes that open files, and why. One that no longer does fails too.
const FILE_EXCEPTIONS: &[(&str, &str)] = &[
    ("engine/geodesy/src/crs.rs", "a CRS on the command line may be the path of a .prj file"),
    (
        "engine/tiles/src/spill.rs",
        "triangles wait on disk beside the packs, so that building takes a bounded memory",
    ),
];

/// The hard limit of lines of code in one file, tests excluded.
const MAX_LINES: usize = 800;

fn metadata() -> Metadata {
    // Only this system's packages: those of others were never downloaded, and nothing is fetched here.
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(rustc).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).unwrap().to_owned();
    MetadataCommand::new()
        .manifest_path(workspace_root().join("Cargo.toml"))
        .other_options(["--offline".to_owned(), "--filter-platform".to_owned(), host])
        .exec()
        .unwrap()
}

/// Our crates without `lantu-`, each with its direct normal and build dependencies of ours.
fn ours(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let short = |name: &str| name.strip_prefix("lantu-").map(str::to_owned);
    let of = |p: &cargo_metadata::Package| {
        let deps = p.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        (short(p.name.as_str()).unwrap(), deps.filter_map(|d| short(&d.name)).collect())
    };
    metadata.workspace_packages().into_iter().map(of).collect()
}

fn layer(name: &str) -> usize {
    LAYERS
        .iter()
        .position(|l| l.contains(&name))
        .unwrap_or_else(|| panic!("lantu-{name} has no layer: add it to this test and to ARCHITECTURE.md"))
}

#[test]
fn every_crate_depends_only_on_layers_below_its_own() {
    let crates = ours(&metadata());
    let named: BTreeSet<&str> = LAYERS.iter().flat_map(|l| l.iter().copied()).collect();
    assert_eq!(
        crates.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        named,
        "the layers name every crate"
    );
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for (from, deps) in &crates {
        for to in deps {
            if layer(to) < layer(from) {
                continue;
            }
            match LAYER_EXCEPTIONS.iter().find(|e| e.0 == from && e.1 == to) {
                Some(e) => drop(used.insert((e.0, e.1))),
                None => wrong.push(format!("{from} → {to}")),
            }
        }
    }
    assert!(wrong.is_empty(), "against the layers: {wrong:?}");
    for (from, to, why) in LAYER_EXCEPTIONS {
        assert!(used.contains(&(*from, *to)), "stale exception {from} → {to} ({why})");
    }
}

#[test]
fn importers_and_the_demo_are_linked_by_the_app_only_and_importers_know_neither_session_nor_each_other() {
    let crates = ours(&metadata());
    for (from, deps) in &crates {
        for to in deps.iter().filter(|d| IMPORTERS.contains(&d.as_str()) || d.as_str() == "demo") {
            assert_eq!(from, "app", "{from} links {to}");
        }
    }
    let allowed = ["base", "ingest", "geodesy", "tiles", "schedule"];
    for importer in IMPORTERS {
        let deps = &crates[*importer];
        assert!(deps.iter().all(|d| allowed.contains(&d.as_str())), "{importer}: {deps:?}");
    }
    assert!(crates["demo"].is_empty(), "the demo writes files as anybody could: {:?}", crates["demo"]);
    assert!(crates["shaders"].is_empty() && crates["base"].is_empty());
    let ui: Vec<&str> = crates["ui"].iter().map(String::as_str).collect();
    assert_eq!(ui, ["base", "overlay"], "panels read view models");
}

/// Names of everything that a crate of ours links, without what only its tests link.
fn tree(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|n| (&n.id, n)).collect();
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|p| (&p.id, p.name.as_str())).collect();
    let start = metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == name).unwrap();
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::from([&start.id]);
    let mut open = vec![&start.id];
    while let Some(id) = open.pop() {
        for dep in &nodes[id].deps {
            let linked = dep.dep_kinds.iter().any(|k| k.kind != DependencyKind::Development);
            if linked && seen.insert(&dep.pkg) {
                found.insert(names[&dep.pkg].to_owned());
                open.push(&dep.pkg);
            }
        }
    }
    found
}

#[test]
fn what_draws_needs_no_gdal_and_what_lays_out_panels_needs_no_gpu_and_no_window() {
    let metadata = metadata();
    for name in ["lantu-base", "lantu-scene", "lantu-tiles", "lantu-overlay", "lantu-render", "lantu-ui"] {
        let all = tree(&metadata, name);
        assert!(!all.iter().any(|d| d.starts_with("gdal")), "{name} links GDAL");
    }
    for name in ["lantu-ui", "lantu-session"] {
        let all = tree(&metadata, name);
        assert!(!all.contains("wgpu") && !all.contains("winit"), "{name} links wgpu or winit");
    }
    let session = tree(&metadata, "lantu-session");
    assert!(!session.iter().any(|d| d.starts_with("ifc-lite") || d.starts_with("egui")));
    let ifc = tree(&metadata, "lantu-ifc");
    assert!(ifc.contains("ifc-lite-core"), "this test sees dependencies of dependencies");
    assert!(tree(&metadata, "lantu-geodesy").contains("gdal-sys"));
}

/// Files of the workspace below `folder`, without build outputs.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_symlink() || name == "target" || name == ".git" {
            continue;
        }
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// Paths relative to the root, with `/`, of all our Rust files.
fn rust_files() -> Vec<(String, String)> {
    let root = workspace_root();
    let mut found = Vec::new();
    for folder in ["engine", "importers", "viewer", "shaders", "tests"] {
        files(&root.join(folder), &mut found);
    }
    found.sort();
    let mut out = Vec::new();
    for path in found.iter().filter(|p| p.extension().is_some_and(|e| e == "rs")) {
        let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        out.push((relative, std::fs::read_to_string(path).unwrap()));
    }
    assert!(out.len() > 100, "only {} Rust files found", out.len());
    out
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// A file without the tests at its end.
fn code(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {").map_or(text, |at| &text[..at])
}

#[test]
fn no_file_of_code_is_longer_than_its_hard_limit() {
    let long: Vec<String> = rust_files()
        .iter()
        .filter(|(path, _)| !is_test(path))
        .map(|(path, text)| (path, code(text).lines().count()))
        .filter(|(_, n)| *n > MAX_LINES)
        .map(|(path, n)| format!("{path}: {n}"))
        .collect();
    assert!(long.is_empty(), "longer than {MAX_LINES} lines: {long:?}");
}

#[test]
fn every_crate_says_at_its_door_what_it_must_not_know() {
    for package in metadata().workspace_packages() {
        let door = package
            .targets
            .iter()
            .find(|t| t.is_lib())
            .or_else(|| package.targets.iter().find(|t| t.is_bin()))
            .unwrap();
        let text = std::fs::read_to_string(&door.src_path).unwrap();
        let doc: Vec<&str> = text.lines().map_while(|l| l.strip_prefix("//!")).map(str::trim).collect();
        let doc = doc.join(" ");
        assert!(doc.contains("ust not know"), "{} does not say what it must not know", door.src_path);
    }
}

#[test]
fn only_the_named_places_open_files() {
    let opens = |text: &str| {
        code(text).lines().any(|l| {
            let l = l.trim_start();
            !l.starts_with("//") && (l.contains("std::fs") || l.contains("fs::") || l.contains("File::open"))
        })
    };
    let mut used = BTreeSet::new();
    for (path, text) in rust_files() {
        let excluded = is_test(&path) || path.contains("/examples/") || path.ends_with("/build.rs");
        if excluded || FILE_HOMES.iter().any(|h| path.starts_with(h)) || !opens(&text) {
            continue;
        }
        let exception = FILE_EXCEPTIONS.iter().find(|e| e.0 == path);
        assert!(exception.is_some(), "{path} opens files outside the places that may");
        used.insert(path);
    }
    for (path, why) in FILE_EXCEPTIONS {
        assert!(used.contains(*path), "stale exception {path} ({why})");
    }
}

#[test]
fn the_crate_table_of_the_architecture_page_is_the_workspace() {
    let text = std::fs::read_to_string(workspace_root().join("ARCHITECTURE.md")).unwrap();
    let listed: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix("| `lantu-"))
        .map(|l| l.split('`').next().unwrap())
        .collect();
    let unique: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(unique.len(), listed.len(), "a crate is listed twice");
    let crates = ours(&metadata());
    assert_eq!(unique, crates.keys().map(String::as_str).collect::<BTreeSet<_>>());
}

#[test]
fn nothing_names_a_folder_of_one_persons_machine() {
    let root = workspace_root();
    let mut found = Vec::new();
    files(&root, &mut found);
    // Composed, so that this file does not name them either.
    let folders: Vec<String> = ["work", "root"].iter().map(|f| format!("/{f}/")).collect();
    for path in found {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for folder in &folders {
            for (at, _) in text.match_indices(folder.as_str()) {
                let before = text[..at].chars().next_back();
                let starts_a_path = before.is_none_or(|c| c.is_whitespace() || "\"'`=(:,<>[".contains(c));
                assert!(!starts_a_path, "{} names a path under {folder}", path.display());
            }
        }
    }
}

#[test]
fn every_remark_of_an_import_has_words_in_both_languages() {
    const KINDS: [&str; 13] = [
        "raster.",
        "vector.",
        "city.",
        "mesh.",
        "points.",
        "style.",
        "tables.",
        "schedule.",
        "bcf.",
        "ifc.",
        "import.",
        "session.",
        "placement.",
    ];
    /// What only measurements say.
    const NOT_FOR_PEOPLE: [&str; 1] = ["raster.compare"];
    let catalogs = ["en", "zh-CN"].map(|language| {
        let path = workspace_root().join("assets/locales").join(language).join("diag.ftl");
        std::fs::read_to_string(path).unwrap()
    });
    let is_code = |t: &&str| {
        let tail = KINDS.iter().find_map(|k| t.strip_prefix(k));
        tail.is_some_and(|t| t.len() > 2 && t.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let mut codes = BTreeSet::new();
    for (path, text) in rust_files() {
        if !is_test(&path) && (path.starts_with("importers") || path.starts_with("engine/session")) {
            codes.extend(code(&text).split('"').filter(is_code).map(str::to_owned));
        }
    }
    codes.retain(|c| !NOT_FOR_PEOPLE.contains(&c.as_str()));
    assert!(codes.len() > 160, "{codes:?}");
    for c in codes {
        let id = format!("\ndiag-{} = ", c.replace(['.', '_'], "-"));
        assert!(catalogs.iter().all(|text| text.contains(&id)), "no words for {c}");
    }
}
