//! What a file is that is not IFC in STEP form.

/// Bytes that are looked at. Chosen: holds the head of any XML or JSON file with its schema's name.
const HEAD_BYTES: usize = 4096;

/// Whether the start of a file is that of a STEP file.
pub(crate) fn looks_like_step(head: &[u8]) -> bool {
    let start = start(head).to_ascii_uppercase();
    start.starts_with(b"ISO-10303-21")
}

fn start(content: &[u8]) -> &[u8] {
    let start = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content).trim_ascii_start();
    start.get(..start.len().min(HEAD_BYTES)).unwrap_or(start)
}

/// What to do with a file in a form that other programs can turn into STEP.
const SAVE_AS_STEP: &str = "open it in the program it comes from and save it as .ifc (STEP)";

/// Code and sentence for files that are certainly something else.
pub(crate) fn refusal(content: &[u8]) -> Option<(&'static str, String)> {
    if content.trim_ascii().is_empty() {
        return Some(("ifc.empty", "The file is empty.".to_owned()));
    }
    let start = start(content);
    let (code, what, remedy) = binary(content).or_else(|| text(start))?;
    Some((code, format!("An IFC file in STEP form was expected, but this is {what}; {remedy}.")))
}

type Kind = (&'static str, &'static str, &'static str);

fn binary(content: &[u8]) -> Option<Kind> {
    let magic: [(&[u8], &str, &str); 10] = [
        (b"\xFF\xFE", "text in UTF-16", "save it as UTF-8 or ASCII"),
        (b"\xFE\xFF", "text in UTF-16", "save it as UTF-8 or ASCII"),
        (b"PK", "a zip archive inside another", "unpack it and give the .ifc file"),
        (b"\x1F\x8B", "a gzip archive", "unpack it and give the .ifc file"),
        (b"7z\xBC\xAF", "a 7z archive", "unpack it and give the .ifc file"),
        (b"Rar!", "a RAR archive", "unpack it and give the .ifc file"),
        (b"\x89HDF", "IFC in HDF5", SAVE_AS_STEP),
        (b"\xD0\xCF\x11\xE0", "an OLE document (Revit keeps .rvt and .rfa so)", SAVE_AS_STEP),
        (b"%PDF", "a PDF document", SAVE_AS_STEP),
        (b"glTF", "a glTF model", SAVE_AS_STEP),
    ];
    let found = magic.into_iter().find(|m| content.starts_with(m.0));
    let found = found.map(|(_, what, remedy)| ("ifc.not_step", what, remedy));
    found.or_else(|| {
        let zeros = content.iter().take(64).filter(|&&b| b == 0).count();
        (zeros >= 16).then_some((
            "ifc.not_step",
            "binary data or text in UTF-16",
            "give the .ifc file, in UTF-8 or ASCII",
        ))
    })
}

fn text(start: &[u8]) -> Option<Kind> {
    let lower = start.to_ascii_lowercase();
    let has = |word: &[u8]| lower.windows(word.len()).any(|w| w == word);
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        return Some((
            "ifc.not_step",
            "a web page, as a failed download leaves it",
            "download the file again, after signing in if need be",
        ));
    }
    if lower.starts_with(b"<?xml") || lower.starts_with(b"<") {
        return Some(if has(b"ifc") {
            ("ifc.xml", "ifcXML", SAVE_AS_STEP)
        } else {
            ("ifc.not_step", "XML", SAVE_AS_STEP)
        });
    }
    if lower.starts_with(b"{") || lower.starts_with(b"[") {
        return Some(if has(b"ifcx") || has(b"\"bsi::") || has(b"ifc5") {
            ("ifc.ifcx", "IFC 5 (ifcx)", "save it as IFC 4.3 or older, in STEP form (.ifc)")
        } else if has(b"ifc") {
            ("ifc.json", "ifcJSON", SAVE_AS_STEP)
        } else {
            ("ifc.not_step", "JSON", SAVE_AS_STEP)
        });
    }
    None
}
