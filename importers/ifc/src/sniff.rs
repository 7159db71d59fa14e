//! What a file is that is not IFC in STEP form.

/// Whether the start of a file is that of a STEP file.
pub(crate) fn looks_like_step(head: &[u8]) -> bool {
    let start = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let start = start.get(..start.len().min(4096)).unwrap_or(start).to_ascii_uppercase();
    start.starts_with(b"ISO-10303-21")
}

/// Code and sentence for files that are certainly something else.
pub(crate) fn refusal(content: &[u8]) -> Option<(&'static str, String)> {
    if content.trim_ascii().is_empty() {
        return Some(("ifc.empty", "The file is empty.".to_owned()));
    }
    let start = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content).trim_ascii_start();
    let what = if content.starts_with(b"PK\x03\x04") {
        "a zip archive (.ifczip); unpack it and give the .ifc file in it"
    } else if content.starts_with(b"\xFF\xFE") || content.starts_with(b"\xFE\xFF") {
        "text in UTF-16; save it as UTF-8 or ASCII"
    } else if content.iter().take(64).filter(|&&b| b == 0).count() >= 16 {
        "binary data or text in UTF-16"
    } else if start.starts_with(b"<?xml") || start.starts_with(b"<ifc") || start.starts_with(b"<IFC") {
        "XML (ifcXML); save it as .ifc in STEP form"
    } else if start.starts_with(b"{") {
        "JSON (ifcJSON); save it as .ifc in STEP form"
    } else {
        return None;
    };
    Some(("ifc.not_step", format!("An IFC file in STEP form was expected, but this is {what}.")))
}
