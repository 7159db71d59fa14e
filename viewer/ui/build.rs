//! Turns the message catalogs into constants, so that a message id that does not exist fails to compile, and
//! stops the build when the languages differ in ids or arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// A message as the catalog writes it: its text, for documentation, and the names of its arguments.
#[derive(Default)]
struct Message {
    text: String,
    args: BTreeSet<String>,
}

type Catalog = BTreeMap<String, Message>;

fn main() -> io::Result<()> {
    let root =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../assets/locales");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut catalogs = Vec::new();
    let mut sources = String::from(
        "/// The catalogs: language tag, file name, text.\npub(crate) const SOURCES: &[(&str, &str, &str)] = &[\n",
    );
    for language in LANGUAGES {
        let mut catalog = Catalog::new();
        for path in ftl_files(&root.join(language))? {
            println!("cargo::rerun-if-changed={}", path.display());
            read_catalog(&path, &mut catalog)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let path = path.canonicalize()?;
            let _infallible = writeln!(
                sources,
                "    ({language:?}, {name:?}, include_str!({:?})),",
                path.to_string_lossy()
            );
        }
        catalogs.push(catalog);
    }
    sources.push_str("];\n");
    let [english, chinese] = &catalogs[..] else { return Err(io::Error::other("two languages")) };
    compare(english, chinese)?;
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?).join("messages.rs");
    fs::write(out, sources + &constants(english))
}

fn ftl_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "ftl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads `id = text` lines and the indented lines after them. Terms and attributes are not used here.
fn read_catalog(path: &Path, catalog: &mut Catalog) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let mut current: Option<String> = None;
    for (ix, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !line.starts_with([' ', '}']) {
            let Some((id, _rest)) = line.split_once(" =") else {
                return Err(io::Error::other(format!(
                    "{}:{}: neither a message nor a comment",
                    path.display(),
                    ix + 1
                )));
            };
            if catalog.insert(id.to_owned(), Message::default()).is_some() {
                return Err(io::Error::other(format!("{}:{}: {id} is there twice", path.display(), ix + 1)));
            }
            current = Some(id.to_owned());
        }
        let Some(message) = current.as_ref().and_then(|id| catalog.get_mut(id)) else { continue };
        let value =
            if line.starts_with([' ', '}']) { line } else { line.split_once('=').map_or("", |p| p.1) };
        let _infallible = writeln!(message.text, "{}", value.trim_end());
        for part in line.split('$').skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            message.args.insert(name);
        }
    }
    Ok(())
}

fn compare(english: &Catalog, chinese: &Catalog) -> io::Result<()> {
    let mut problems = Vec::new();
    for (id, message) in english {
        match chinese.get(id) {
            None => problems.push(format!("{id} is missing in zh-CN")),
            // `$n` chooses a plural form, which Chinese does not have.
            Some(other) if without_n(&message.args) != without_n(&other.args) => {
                problems
                    .push(format!("{id} has other arguments in zh-CN: {:?}, {:?}", message.args, other.args));
            }
            Some(_) => {}
        }
    }
    problems.extend(
        chinese.keys().filter(|id| !english.contains_key(*id)).map(|id| format!("{id} is missing in en")),
    );
    if problems.is_empty() { Ok(()) } else { Err(io::Error::other(problems.join("\n"))) }
}

fn without_n(args: &BTreeSet<String>) -> BTreeSet<&str> {
    args.iter().map(String::as_str).filter(|a| *a != "n").collect()
}

fn constants(catalog: &Catalog) -> String {
    let mut code = String::from("use super::Msg;\n\n");
    for (id, message) in catalog {
        let name = id.to_uppercase().replace('-', "_");
        let text: Vec<&str> = message.text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        let _infallible = writeln!(
            code,
            "#[doc = {:?}]\npub const {name}: Msg = Msg({id:?});",
            format!("`{}`", text.join(" ").replace('`', "'"))
        );
    }
    code.push_str("\n/// Every message, in the order of ids.\npub const ALL: &[Msg] = &[\n");
    for id in catalog.keys() {
        let _infallible = writeln!(code, "    {},", id.to_uppercase().replace('-', "_"));
    }
    code.push_str("];\n\n/// The names of the arguments of every message, in the order of [`ALL`].\npub const ARGUMENTS: &[&[&str]] = &[\n");
    for message in catalog.values() {
        let _infallible = writeln!(code, "    &{:?},", message.args.iter().collect::<Vec<_>>());
    }
    code.push_str("];\n");
    code
}
