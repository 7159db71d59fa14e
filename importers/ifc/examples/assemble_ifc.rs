//! Writes a large IFC file out of smaller ones: their records under new numbers, one model beside the other, under the
//! project of the first.
//!
//! `cargo run --release -p lantu-ifc --example assemble_ifc -- OUT.ifc MEGABYTES FILE.ifc…`
//!
//! Files whose schema or units of length and angle are not those of the first are left out, and named. The others are
//! taken again and again, under other `GlobalId`s, until the file is large enough.

use std::collections::HashMap;
use std::io::{BufWriter, Write};

/// Distance between two models, in their own unit times this: meters where they are written in meters.
const STEP_M: f64 = 60.0;
/// Models in a row.
const ROW: usize = 6;
/// Digits of a `GlobalId`, by ISO 10303-21 as IFC uses it.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$";

/// One record: its number, and what stands behind the equals sign up to the semicolon.
struct Record<'t> {
    id: u64,
    body: &'t [u8],
}

struct Model {
    name: String,
    text: Vec<u8>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [out, megabytes, files @ ..] = args.as_slice() else {
        return Err("usage: assemble_ifc OUT.ifc MEGABYTES FILE.ifc…".into());
    };
    let wanted = megabytes.parse::<u64>()? * 1_000_000;
    let mut models = Vec::new();
    for name in files {
        models.push(Model { name: name.clone(), text: std::fs::read(name)? });
    }
    let first = models.first().ok_or("no files")?;
    let (schema, units) = kind(&first.text);
    let mut says = std::io::stderr();
    let mut fitting = Vec::new();
    for m in &models {
        if kind(&m.text) == (schema.clone(), units.clone()) {
            fitting.push(m);
        } else {
            writeln!(says, "{}: left out, its schema or units are others", m.name)?;
        }
    }
    let meters: f64 = if units.contains(".MILLI.") { 1000.0 } else { 1.0 };
    let mut out = BufWriter::new(std::fs::File::create(out)?);
    write!(
        out,
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n\
         FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n"
    )?;
    let (mut written, mut offset, mut project) = (0_u64, 0_u64, None);
    for (n, model) in fitting.iter().cycle().enumerate() {
        if written >= wanted {
            break;
        }
        let records = records(&model.text);
        let at =
            Place { offset, x: meters * STEP_M * (n % ROW) as f64, y: meters * STEP_M * (n / ROW) as f64 };
        let (bytes, highest) = copy(&mut out, &records, n, &at, &mut project)?;
        written += bytes;
        offset = highest + 1;
    }
    out.write_all(b"ENDSEC;\nEND-ISO-10303-21;\n")?;
    Ok(())
}

/// Schema, and the records of units of length and angle.
fn kind(text: &[u8]) -> (String, String) {
    let header = String::from_utf8_lossy(text.get(..4000.min(text.len())).unwrap_or_default()).into_owned();
    let schema = header.split("FILE_SCHEMA").nth(1).and_then(|s| s.split('\'').nth(1)).unwrap_or_default();
    let mut units: Vec<String> = records(text)
        .iter()
        .map(|r| String::from_utf8_lossy(r.body).replace(char::is_whitespace, ""))
        .filter(|b| b.contains("UNIT(") && (b.contains(".LENGTHUNIT.") || b.contains(".PLANEANGLEUNIT.")))
        .map(|b| b.split('#').next().unwrap_or_default().to_owned())
        .collect();
    units.sort();
    units.dedup();
    (schema.to_owned(), units.join(";"))
}

/// The records of the data section.
fn records(text: &[u8]) -> Vec<Record<'_>> {
    let start = text.windows(5).position(|w| w == b"DATA;").map_or(0, |at| at + 5);
    let mut out = Vec::new();
    let mut at = start;
    while let Some(hash) = text.get(at..).and_then(|rest| rest.iter().position(|&b| b == b'#')) {
        at += hash + 1;
        let digits = text.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        let id = std::str::from_utf8(text.get(at..at + digits).unwrap_or_default()).ok();
        let from = at + digits;
        let (mut end, mut in_text) = (from, false);
        while let Some(&b) = text.get(end).filter(|&&b| in_text || b != b';') {
            in_text ^= b == b'\'';
            end += 1;
        }
        let body = text.get(from..end).unwrap_or_default().trim_ascii_start();
        if let (Some(id), Some(body)) = (id.and_then(|d| d.parse().ok()), body.strip_prefix(b"=")) {
            out.push(Record { id, body: body.trim_ascii() });
        }
        at = end + 1;
    }
    out
}

/// Where a model comes to lie.
struct Place {
    offset: u64,
    x: f64,
    y: f64,
}

/// Copies a model; returns its bytes and the highest number.
fn copy(
    out: &mut impl Write,
    records: &[Record<'_>],
    n: usize,
    place: &Place,
    project: &mut Option<u64>,
) -> std::io::Result<(u64, u64)> {
    let Place { offset, x, y } = place;
    let own = records.iter().find(|r| r.body.starts_with(b"IFCPROJECT(")).map(|r| r.id);
    let is_first = project.is_none();
    let kept = *project.get_or_insert(own.unwrap_or(0) + offset);
    // The numbers behind the last one are free: the place where the model stands.
    let free = records.iter().map(|r| r.id).max().unwrap_or(0) + offset + 1;
    let mut text = format!(
        "#{free}=IFCCARTESIANPOINT(({x:?},{y:?},0.));\n#{}=IFCAXIS2PLACEMENT3D(#{free},$,$);\n\
         #{}=IFCLOCALPLACEMENT($,#{});\n",
        free + 1,
        free + 2,
        free + 1
    )
    .into_bytes();
    let numbers: HashMap<u64, u64> = own.map(|id| (id, kept)).into_iter().collect();
    for r in records.iter().filter(|r| is_first || Some(r.id) != own) {
        write!(text, "#{}=", numbers.get(&r.id).copied().unwrap_or(r.id + offset))?;
        let top = r.body.strip_prefix(b"IFCLOCALPLACEMENT($").filter(|rest| rest.starts_with(b","));
        if let Some(rest) = top {
            write!(text, "IFCLOCALPLACEMENT(#{}", free + 2)?;
            renumbered(&mut text, rest, *offset, &numbers)?;
        } else {
            let body = other_id(r.body, n);
            renumbered(&mut text, &body, *offset, &numbers)?;
        }
        text.extend_from_slice(b";\n");
    }
    out.write_all(&text)?;
    Ok((text.len() as u64, free + 2))
}

/// A record's body with its references moved; texts stay as they are.
fn renumbered(
    out: &mut Vec<u8>,
    body: &[u8],
    offset: u64,
    numbers: &HashMap<u64, u64>,
) -> std::io::Result<()> {
    let (mut at, mut in_text) = (0, false);
    while let Some(&b) = body.get(at) {
        out.push(b);
        at += 1;
        in_text ^= b == b'\'';
        if b != b'#' || in_text {
            continue;
        }
        let digits = body.get(at..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        let id = std::str::from_utf8(body.get(at..at + digits).unwrap_or_default()).ok();
        if let Some(id) = id.and_then(|d| d.parse::<u64>().ok()) {
            write!(out, "{}", numbers.get(&id).copied().unwrap_or(id + offset))?;
        }
        at += digits;
    }
    Ok(())
}

/// A record's body with a `GlobalId` of its own for each copy: its second digit and those behind it say which, since
/// ids of one tool often differ in their last ones only.
fn other_id(body: &[u8], n: usize) -> Vec<u8> {
    let mut out = body.to_vec();
    let Some(open) = out.iter().position(|&b| b == b'(') else { return out };
    let Some(id) = out.get_mut(open + 1..open + 25) else { return out };
    let [b'\'', inner @ .., b'\''] = id else { return out };
    if inner.iter().all(|b| DIGITS.contains(b)) {
        for (slot, shift) in inner.iter_mut().skip(1).zip([0, 6, 12]) {
            let old = DIGITS.iter().position(|d| d == slot).unwrap_or(0);
            let digit = (old + (n >> shift)) % DIGITS.len();
            *slot = DIGITS.get(digit).copied().unwrap_or(b'0');
        }
    }
    out
}
