//! What a file may open: files within its own folder, and what it holds as text in itself.

use std::path::{Path, PathBuf};

/// A folder that nothing outside of which is opened.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

/// Bytes of one file at most. Chosen: lengths in containers have 32 bits, and memory is bounded besides.
const MAX_FILE_BYTES: u64 = 1 << 30;

impl Folder {
    /// The folder of a file.
    ///
    /// # Errors
    /// Those of the operating system.
    pub(crate) fn of(file: &Path) -> std::io::Result<Self> {
        let parent = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { root: parent.canonicalize()? })
    }

    /// The root, with all links resolved.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The file that a reference in a file of the folder `from` names. Why not is a sentence.
    pub(crate) fn resolve(&self, from: &Path, uri: &str) -> Result<PathBuf, String> {
        let plain = uri.split(['?', '#']).next().unwrap_or_default();
        let scheme = plain.split_once(':').is_some_and(|(s, _)| !s.contains(['/', '\\']));
        if scheme || plain.starts_with("//") {
            return Err(format!("{uri:?} is no file of the same folder, and nothing is fetched"));
        }
        let path = from.join(decode(plain).replace('\\', "/"));
        // A file that is there is known by its real place; of one that is not nothing is opened.
        let real = path.canonicalize().map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => format!("{uri:?} is not there"),
            _ => format!("{uri:?} cannot be read: {e}"),
        })?;
        if real.starts_with(&self.root) {
            Ok(real)
        } else {
            Err(format!("{uri:?} lies outside of the folder of the file, and is not opened"))
        }
    }

    /// The bytes that a reference names: a file, or what stands in the reference itself.
    pub(crate) fn read(&self, from: &Path, uri: &str) -> Result<Vec<u8>, String> {
        match uri.strip_prefix("data:") {
            Some(data) => in_itself(data),
            None => bytes_of(&self.resolve(from, uri)?),
        }
    }
}

/// The bytes of a file that is not too large.
pub(crate) fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let size = std::fs::metadata(path).map_err(|e| format!("{:?} cannot be read: {e}", name()))?.len();
    if size > MAX_FILE_BYTES {
        return Err(format!("{:?} has {size} bytes, more than the {MAX_FILE_BYTES} that are read", name()));
    }
    std::fs::read(path).map_err(|e| format!("{:?} cannot be read: {e}", name()))
}

/// `%20` and the like.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).filter(|_| first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        if let Some(byte) = code.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            out.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What follows `data:`: base64 or plain text.
fn in_itself(data: &str) -> Result<Vec<u8>, String> {
    let (kind, text) = data.split_once(',').ok_or("data without a comma before its content")?;
    if !kind.ends_with(";base64") {
        return Ok(decode(text).into_bytes());
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut n) = (0_u32, 0);
    for c in text.bytes().filter(|c| !c.is_ascii_whitespace() && *c != b'=') {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return Err("data that is no base64".to_owned()),
        };
        bits = bits << 6 | u32::from(value);
        n += 6;
        if n >= 8 {
            n -= 8;
            out.push(u8::try_from(bits >> n & 0xFF).unwrap_or(0));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_reference_is_read_as_it_was_written() {
        assert_eq!(in_itself("application/octet-stream;base64,AAECA/8=").unwrap(), [0, 1, 2, 3, 255]);
        assert_eq!(in_itself("text/plain,a%20b").unwrap(), b"a b");
        assert!(in_itself("x;base64,§").is_err() && in_itself("x;base64").is_err());
    }

    #[test]
    fn nothing_outside_of_the_folder_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("inner")).unwrap();
        std::fs::write(dir.path().join("secret.bin"), b"x").unwrap();
        std::fs::write(dir.path().join("inner/own file.bin"), b"y").unwrap();
        let folder = Folder::of(&dir.path().join("inner/model.gltf")).unwrap();
        let root = folder.root().to_owned();
        assert_eq!(folder.read(&root, "own%20file.bin?v=1").unwrap(), b"y");
        for out in ["../secret.bin", "/etc/hostname", "https://example.org/a.bin", "//host/a.bin", "gone.bin"]
        {
            assert!(folder.read(&root, out).is_err(), "{out}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path().join("secret.bin"), root.join("link.bin")).unwrap();
            assert!(folder.read(&root, "link.bin").is_err());
        }
    }
}
