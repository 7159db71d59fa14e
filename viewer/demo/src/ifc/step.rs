//! STEP text: strings, numbers, ids, and one dense numbering over two writers.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The alphabet of `IfcGloballyUniqueId`.
const ALPHABET: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$";

/// A `GlobalId` that depends on nothing but a stable name.
pub(crate) fn global_id(name: &str) -> String {
    let digest = Sha256::digest(format!("lantu-demo/{name}").as_bytes());
    let number = digest.iter().take(16).fold(0_u128, |n, byte| (n << 8) | u128::from(*byte));
    // 22 digits of 6 bits hold 132: the first digit is 0 to 3.
    (0..22)
        .rev()
        .map(|i| (number >> (6 * i)) & 63)
        .filter_map(|digit| usize::try_from(digit).ok())
        .filter_map(|digit| ALPHABET.get(digit))
        .map(|byte| char::from(*byte))
        .collect()
}

/// Text as STEP wants it between quotes: everything beyond ASCII as `\X2\`.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open = false;
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            if open {
                out.push_str("\\X0\\");
                open = false;
            }
            match c {
                '\'' => out.push_str("''"),
                '\\' => out.push_str("\\\\"),
                _ => out.push(c),
            }
        } else {
            if !open {
                out.push_str("\\X2\\");
                open = true;
            }
            let mut units = [0_u16; 2];
            for unit in c.encode_utf16(&mut units) {
                hex(&mut out, *unit);
            }
        }
    }
    if open {
        out.push_str("\\X0\\");
    }
    out
}

fn hex(out: &mut String, unit: u16) {
    // Writing into a String cannot fail.
    if write!(out, "{unit:04X}").is_err() {
        out.push('?');
    }
}

/// A quoted, encoded string.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", encode(text))
}

/// A real as STEP wants it: always with a point, to a hundredth of a millimeter.
pub(crate) fn real(x: f64) -> String {
    let x = (x * 1e5).round() / 1e5;
    let mut text = format!("{}", if x == 0.0 { 0.0 } else { x });
    if !text.contains('.') {
        text.push('.');
    }
    text
}

/// A list of references.
pub(crate) fn list(ids: &[usize]) -> String {
    let parts: Vec<String> = ids.iter().map(|id| format!("#{id}")).collect();
    format!("({})", parts.join(","))
}

/// Gives every instance a number from 1 on, in order, and follows all references.
pub(crate) fn renumber(lines: &[(usize, String)]) -> String {
    let map: BTreeMap<usize, usize> = lines.iter().enumerate().map(|(i, (id, _))| (*id, i + 1)).collect();
    let mut out = String::new();
    for (i, (_, line)) in lines.iter().enumerate() {
        out.push('#');
        out.push_str(&(i + 1).to_string());
        out.push('=');
        follow(&mut out, line, &map);
        out.push('\n');
    }
    out
}

/// Copies a line, mapping `#n` outside of strings.
fn follow(out: &mut String, line: &str, map: &BTreeMap<usize, usize>) {
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\'' {
            quoted = !quoted;
        }
        if c != '#' || quoted {
            continue;
        }
        let mut id = 0;
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            id = id * 10 + digit as usize;
            chars.next();
        }
        out.push_str(&map.get(&id).copied().unwrap_or(id).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_text_is_written_as_x2_and_ascii_stays_readable() {
        assert_eq!(encode("3F 外墙"), "3F \\X2\\59165899\\X0\\");
        assert_eq!(encode("it's"), "it''s");
    }

    #[test]
    fn a_global_id_has_22_digits_and_starts_with_0_to_3() {
        let id = global_id("building/wall/1");
        assert_eq!(id.len(), 22);
        assert!(id.starts_with(['0', '1', '2', '3']));
        assert_eq!(id, global_id("building/wall/1"));
        assert_ne!(id, global_id("building/wall/2"));
    }

    #[test]
    fn renumbering_leaves_a_hash_within_a_string_alone() {
        let lines = [(7, "IFCA('#9',#9);".to_owned()), (9, "IFCB();".to_owned())];
        assert_eq!(renumber(&lines), "#1=IFCA('#9',#2);\n#2=IFCB();\n");
    }

    #[test]
    fn reals_always_have_a_point() {
        assert_eq!(real(3.0), "3.");
        assert_eq!(real(-0.000_000_1), "0.");
        assert_eq!(real(0.25), "0.25");
    }
}
