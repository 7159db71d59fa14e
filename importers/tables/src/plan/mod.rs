//! Schedules of other programs: which format a file is, and reading it whole.

mod deliver;
mod found;
mod mpx;
mod mspdi;
mod mspdi_calendar;
mod planner;
mod pmxml;
mod text;
mod xer;
mod xer_calendar;
mod xer_table;
pub(crate) mod xml;

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::ImportError;

pub(crate) use deliver::deliver;
pub(crate) use found::Found;

/// Largest schedule that is read, bytes. Chosen: the largest seen are 200 MB, and the text lies in memory once.
pub(crate) const MAX_BYTES: u64 = 1 << 30;

/// Formats of schedules that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Mspdi,
    Mpx,
    Planner,
    Pmxml,
    Xer,
    /// Known by name, not read.
    Foreign(&'static str),
}

/// The format of a schedule by its first bytes; `None` if it is none.
pub(crate) fn format_of(head: &[u8]) -> Option<Format> {
    let bare = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let ascii: String = bare.iter().take(4096).filter(|b| **b != 0).map(|b| char::from(*b)).collect();
    let ascii = ascii.trim_start_matches(|c: char| c == 'ÿ' || c == 'þ' || c.is_whitespace());
    if ascii.starts_with("ERMHDR") {
        return Some(Format::Xer);
    }
    if ascii.starts_with("MPX") && ascii.get(3..4).is_some_and(|c| ",;\t".contains(c)) {
        return Some(Format::Mpx);
    }
    if ascii.starts_with("\u{d0}\u{cf}\u{11}\u{e0}") && ascii.contains("Microsoft Project") {
        return Some(Format::Foreign("a Microsoft Project file (.mpp)"));
    }
    if !ascii.starts_with('<') {
        return None;
    }
    if ascii.contains("schemas.microsoft.com/project") {
        return Some(Format::Mspdi);
    }
    if ascii.contains("<APIBusinessObjects") {
        return Some(Format::Pmxml);
    }
    if ascii.contains("<project")
        && (ascii.contains("mrproject-version") || ascii.contains("gnome.org/projects/planner"))
    {
        return Some(Format::Planner);
    }
    // A document type may stand before the root and push it out of sight.
    (ascii.contains("<Project>") || ascii.contains("<Project ")).then_some(Format::Mspdi)
}

/// The format's name, as `Begin::schema`.
pub(crate) fn schema(format: Format) -> &'static str {
    match format {
        Format::Mspdi => "MSPDI",
        Format::Mpx => "MPX",
        Format::Planner => "Planner",
        Format::Pmxml => "PMXML",
        Format::Xer => "XER",
        Format::Foreign(_) => "schedule",
    }
}

/// Reads a whole file.
pub(crate) fn read(format: Format, bytes: &[u8]) -> Result<Found, ImportError> {
    let claimed = match format {
        Format::Foreign(what) => {
            let what = format!(
                "this is {what}, which is not read; save the schedule as Microsoft Project XML (MSPDI), \
                 Primavera XER or XML, MPX, or CSV"
            );
            return Err(ImportError::Format { code: "schedule.format", what, place: String::new() });
        }
        Format::Mspdi | Format::Pmxml | Format::Planner => claimed_by_xml(bytes),
        Format::Xer => claimed_by_xer(bytes),
        // What the format calls ANSI is the code page of Western Windows, if nothing looks otherwise.
        Format::Mpx => Some("windows-1252".to_owned()),
    };
    let decoded = text::decode(bytes, claimed.as_deref());
    let mut found = match format {
        Format::Xer => xer::read(&decoded.content)?,
        Format::Mpx => mpx::read(&decoded.content)?,
        Format::Planner => planner::read(&decoded.content)?,
        Format::Pmxml => pmxml::read(&decoded.content)?,
        Format::Mspdi | Format::Foreign(_) => mspdi::read(&decoded.content)?,
    };
    say_encoding(&decoded, &mut found);
    Ok(found)
}

fn say_encoding(decoded: &text::Text, found: &mut Found) {
    let percent = (decoded.confidence * 100.0).round();
    let with = |d: Diagnostic| d.with("encoding", decoded.encoding).with("confidence", decoded.confidence);
    if let Some(claim) = &decoded.lie {
        let message = format!(
            "the file says that it is {claim:?}, but its bytes are {}; they were read so ({percent} % sure)",
            decoded.encoding
        );
        found.notes.push(with(Diagnostic::new(
            Code::new("schedule.encoding_lie"),
            Severity::Warning,
            "line 1",
            message,
        )));
    } else if decoded.encoding != "UTF-8" {
        let message = format!("the text was read as {} ({percent} % sure)", decoded.encoding);
        found.notes.push(with(Diagnostic::new(
            Code::new("schedule.encoding"),
            Severity::Info,
            "line 1",
            message,
        )));
    }
    if decoded.damaged {
        let message = "some characters cannot be decoded; they were replaced";
        found.warn("schedule.damaged_text", "", message);
    }
}

/// `encoding="…"` of the XML declaration.
fn claimed_by_xml(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(256))?).into_owned();
    let declaration = head.split("?>").next().filter(|d| d.contains("<?xml"))?;
    let value = declaration.split("encoding").nth(1)?.split(['"', '\'']).nth(1)?;
    Some(value.to_owned())
}

/// A header line of XER may end with the name of a code page.
fn claimed_by_xer(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|b| matches!(b, b'\r' | b'\n')).next()?;
    let text = String::from_utf8_lossy(line).into_owned();
    let known = |w: &&str| {
        let w = w.to_ascii_lowercase();
        w.contains("utf")
            || w.starts_with("windows-")
            || w.starts_with("cp")
            || w.starts_with("gb")
            || w.starts_with("iso-8859")
    };
    text.split('\t').map(str::trim).find(known).map(|w| w.replace("cp", "windows-").replace("CP", "windows-"))
}
