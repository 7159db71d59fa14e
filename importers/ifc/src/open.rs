//! Opens a file: mapped into memory, or taken out of its archive.
#![expect(unsafe_code, reason = "a memory map has no safe interface")]

use std::fs::File;
use std::io::Read;
use std::ops::Deref;
use std::path::{Component, Path, PathBuf};

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::ImportError;
use lantu_ingest::archive::{self, ArchiveError, Member, members};
use memmap2::Mmap;

use crate::sniff::refusal;

/// Largest content that is unpacked or read where it cannot be mapped. Chosen: ten times the largest file that
/// authoring tools are known to write.
const MAX_UNPACKED_BYTES: u64 = 4 << 30;
/// Content that an archive may hold whatever its own size.
const FREE_BYTES: u64 = 64 << 20;
/// Largest image that is read. Chosen: ten times a texture of 8192 × 8192 as JPEG.
const MAX_IMAGE_BYTES: u64 = 64 << 20;
/// Above that, bytes of content per byte of archive. Chosen: STEP text packs 4 to 30 times, a bomb a thousand times.
const MAX_RATIO: u64 = 200;

/// The bytes of a file.
pub(crate) enum Content {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(m) => m,
            Self::Owned(v) => v,
        }
    }
}

/// Opens a file in STEP form, also in an `.ifczip`. Refuses by name what is certainly something else.
pub(crate) fn open(path: &Path) -> Result<(Content, Vec<Diagnostic>), ImportError> {
    let content = content(path).map_err(|source| ImportError::Read { source, path: path.to_owned() })?;
    let (content, diagnostics) = if content.starts_with(b"PK\x03\x04") || content.starts_with(b"PK\x05\x06") {
        let (inner, diagnostics) = unpack(&content)?;
        (Content::Owned(inner), diagnostics)
    } else {
        (content, Vec::new())
    };
    match refusal(&content) {
        Some((code, what)) => Err(refused(code, what)),
        None => Ok((content, diagnostics)),
    }
}

fn refused(code: &'static str, what: impl Into<String>) -> ImportError {
    ImportError::Format { code, what: what.into(), place: String::new() }
}

fn content(path: &Path) -> std::io::Result<Content> {
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        // SAFETY: the map is only read, every access is checked against its length, and it lives as long as this
        // import, which has a process of its own. If someone cuts the file meanwhile, that process ends, and the
        // import is reported as lost, as for any crash.
        if let Ok(map) = unsafe { Mmap::map(&file) } {
            return Ok(Content::Mapped(map));
        }
    }
    let mut out = Vec::new();
    file.take(MAX_UNPACKED_BYTES).read_to_end(&mut out)?;
    Ok(Content::Owned(out))
}

/// An image that a model names: in the model's archive, or in its folder or one below. Nothing else can be reached.
pub(crate) fn beside(model: &Path, name: &str) -> Result<Vec<u8>, String> {
    let name = name.replace('\\', "/");
    let relative = Path::new(&name);
    let inside = relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    // An absolute path is one of the computer that wrote the model; its file may have come along.
    let own = relative.file_name().ok_or("it names no file")?;
    let relative: PathBuf = if inside {
        relative.components().filter(|c| matches!(c, Component::Normal(_))).collect()
    } else {
        own.into()
    };
    let holder = content(model).map_err(|e| e.to_string())?;
    if holder.starts_with(b"PK\x03\x04") {
        let all = members(&holder).map_err(|e| e.to_string())?;
        let same = |m: &&Member| Path::new(&m.name).ends_with(&relative);
        let member =
            all.iter().find(same).ok_or_else(|| format!("{} is not in the archive", shown(&name)))?;
        let unpacked = archive::unpack(&holder, member, MAX_IMAGE_BYTES).map_err(|e| e.to_string())?;
        return Ok(unpacked.content);
    }
    let path = model.parent().unwrap_or(Path::new("")).join(relative);
    let about = path.metadata().map_err(|e| format!("{}: {e}", shown(&name)))?;
    if !about.is_file() || about.len() > MAX_IMAGE_BYTES {
        return Err(format!("{} is no file, or larger than {MAX_IMAGE_BYTES} bytes", shown(&name)));
    }
    let mut out = Vec::new();
    let file = File::open(&path).map_err(|e| e.to_string())?;
    file.take(MAX_IMAGE_BYTES).read_to_end(&mut out).map_err(|e| e.to_string())?;
    Ok(out)
}

/// The model in an archive: the largest of its `.ifc` files.
fn unpack(archive: &[u8]) -> Result<(Vec<u8>, Vec<Diagnostic>), ImportError> {
    let damaged = |e: &ArchiveError| {
        refused("ifc.zip_damaged", format!("The archive cannot be read: {e}; pack the .ifc file again."))
    };
    let all = members(archive).map_err(|e| damaged(&e))?;
    let is_file = |m: &&Member| !m.name.ends_with('/') && !m.name.starts_with("__MACOSX/");
    let is_model = |m: &&Member| m.name.to_ascii_lowercase().ends_with(".ifc");
    let (mut models, others): (Vec<&Member>, Vec<&Member>) = all.iter().filter(is_file).partition(is_model);
    // Stable: of equal ones the first.
    models.sort_by_key(|m| std::cmp::Reverse(m.size));
    let [model, left @ ..] = models.as_slice() else {
        let hint = others.first().map_or_else(String::new, |m| format!(" (it has {})", shown(&m.name)));
        let what = format!("The archive holds no .ifc file{hint}; pack the model in STEP form.");
        return Err(refused("ifc.zip_without_model", what));
    };
    let name = shown(&model.name);
    let limit = (archive.len() as u64).saturating_mul(MAX_RATIO).clamp(FREE_BYTES, MAX_UNPACKED_BYTES);
    let unpacked = archive::unpack(archive, model, limit).map_err(|e| damaged(&e))?;
    if unpacked.content.len() as u64 > limit {
        let what = format!(
            "{name} in the archive unpacks to more than {limit} bytes, {MAX_RATIO} times the archive; give the .ifc file itself."
        );
        return Err(refused("ifc.zip_bomb", what));
    }
    let mut diagnostics = Vec::new();
    if unpacked.damaged {
        let what = format!("{name} in the archive is damaged; what could be unpacked was read.");
        diagnostics.push(Diagnostic::new(Code::new("ifc.zip_damaged"), Severity::Error, "", what));
    }
    if !left.is_empty() {
        let names: Vec<String> = left.iter().take(8).map(|m| shown(&m.name)).collect();
        let what = format!(
            "The archive holds {} models; {name} was read, the largest. Unpack it for the others: {}.",
            models.len(),
            names.join(", ")
        );
        diagnostics.push(Diagnostic::new(Code::new("ifc.zip_models"), Severity::Error, "", what));
    }
    Ok((unpacked.content, diagnostics))
}

/// A member's name as a person may see it: its last part, without control characters, at most 64 characters.
fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lantu_support::pack;

    const MODEL: &[u8] = b"ISO-10303-21;\nDATA;\n#1=IFCWALL();\nENDSEC;\nEND-ISO-10303-21;\n";

    fn code(archive: &[u8]) -> &'static str {
        match unpack(archive) {
            Err(ImportError::Format { code, .. }) => code,
            other => panic!("{:?}", other.map(|o| o.1)),
        }
    }

    #[test]
    fn the_model_of_an_archive_is_read_wherever_it_lies() {
        let (content, notes) =
            unpack(&pack(&[("textures/a.png", b"png"), ("../../etc/Model.IFC", MODEL)])).unwrap();
        assert_eq!((content.as_slice(), notes.len()), (MODEL, 0));
    }

    #[test]
    fn of_several_models_the_largest_is_read_and_the_others_are_named() {
        let (content, notes) = unpack(&pack(&[("a.ifc", b"x"), ("b.ifc", MODEL)])).unwrap();
        assert_eq!(content, MODEL);
        assert!(notes[0].message.contains("a.ifc"), "{notes:?}");
    }

    #[test]
    fn an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused() {
        let zeros = vec![b' '; 80 << 20];
        assert_eq!(code(&pack(&[("bomb.ifc", &zeros)])), "ifc.zip_bomb");
    }

    #[test]
    fn an_archive_without_a_model_and_a_broken_one_say_so() {
        assert_eq!(code(&pack(&[("a.ifcxml", b"<ifc/>")])), "ifc.zip_without_model");
        assert_eq!(code(b"PK\x03\x04 but not for long"), "ifc.zip_damaged");
    }

    #[test]
    fn a_cut_archive_never_panics() {
        let whole = pack(&[("a.ifc", MODEL), ("b.txt", b"text")]);
        for n in 0..whole.len() {
            drop(unpack(&whole[..n]));
        }
    }
}
