//! The content of a source: of one file, or of a folder that is one source (a File Geodatabase).

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::digest::hex;

/// Files of a folder that is one source at most. Chosen: a hundred times what a large geodatabase has.
const MAX_FILES: usize = 100_000;

/// SHA-256 of a source's content in hexadecimal, and its bytes. One pass, bounded memory.
///
/// Of a folder: of its files by name, each with its name and length before its content; without folders in it and
/// without locks, which programs leave that only look.
///
/// # Errors
/// What reading says; [`std::io::ErrorKind::Interrupted`] once `stop` says so.
pub fn hash_content(path: &Path, stop: &dyn Fn() -> bool) -> std::io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut total = 0;
    if path.is_dir() {
        for file in files_of(path)? {
            let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
            hash.update(std::fs::metadata(&file)?.len().to_le_bytes());
            total += add(&file, &mut hash, stop)?;
        }
    } else {
        total += add(path, &mut hash, stop)?;
    }
    Ok((hex(&hash.finalize()), total))
}

fn add(path: &Path, hash: &mut Sha256, stop: &dyn Fn() -> bool) -> std::io::Result<u64> {
    let mut file = File::open(path)?;
    let mut block = vec![0; 1 << 20];
    let mut total = 0;
    loop {
        if stop() {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let n = file.read(&mut block)?;
        let Some(bytes) = block.get(..n).filter(|b| !b.is_empty()) else { return Ok(total) };
        hash.update(bytes);
        total += n as u64;
    }
}

fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_lock = entry.path().extension().is_some_and(|e| e.eq_ignore_ascii_case("lock"));
        if entry.file_type()?.is_file() && !is_lock {
            out.push(entry.path());
        }
        if out.len() > MAX_FILES {
            return Err(std::io::Error::other(format!("the folder has more than {MAX_FILES} files")));
        }
    }
    out.sort();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_another_content_when_a_file_is_changed_renamed_or_gone_and_not_when_a_program_looks_at_it()
     {
        let dir = tempfile::tempdir().unwrap();
        let hash = || hash_content(dir.path(), &|| false).unwrap();
        std::fs::write(dir.path().join("a"), b"one").unwrap();
        std::fs::write(dir.path().join("b"), b"two").unwrap();
        let before = hash();
        assert_eq!(before.1, 6);
        std::fs::write(dir.path().join("a.rd.lock"), b"").unwrap();
        assert_eq!(hash(), before);
        std::fs::rename(dir.path().join("b"), dir.path().join("c")).unwrap();
        let renamed = hash();
        assert_ne!(renamed, before);
        std::fs::write(dir.path().join("c"), b"TWO").unwrap();
        assert_ne!(hash(), renamed);
        std::fs::remove_file(dir.path().join("a")).unwrap();
        assert_eq!(hash().1, 3);
    }

    #[test]
    fn who_stops_waits_for_no_more_than_a_block() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"one").unwrap();
        assert_eq!(hash_content(&path, &|| true).unwrap_err().kind(), std::io::ErrorKind::Interrupted);
    }
}
