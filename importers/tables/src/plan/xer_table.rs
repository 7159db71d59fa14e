//! The rows of an XER file by table.

use std::collections::BTreeMap;

use lantu_ingest::ImportError;

/// Rows in all. Chosen: the largest schedules seen have two million.
const MAX_ROWS: usize = 20_000_000;

/// The tables of a file, as slices of its text.
#[derive(Default)]
pub(crate) struct Tables<'a> {
    tables: BTreeMap<&'a str, Table<'a>>,
    /// Lines that belong to no table or have too many fields, and why they were dropped.
    pub(crate) broken: Vec<(u64, String)>,
}

#[derive(Default)]
struct Table<'a> {
    fields: BTreeMap<&'a str, usize>,
    rows: Vec<(u64, Vec<&'a str>)>,
}

/// One row.
pub(crate) struct Row<'a> {
    fields: &'a BTreeMap<&'a str, usize>,
    values: &'a [&'a str],
    line: u64,
}

impl<'a> Row<'a> {
    /// A value by its field's name, without blanks around it; empty where there is none.
    pub(crate) fn get(&self, field: &str) -> &'a str {
        self.fields.get(field).and_then(|ix| self.values.get(*ix)).map_or("", |v| v.trim())
    }

    pub(crate) fn place(&self) -> String {
        format!("line {}", self.line)
    }
}

impl<'a> Tables<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, ImportError> {
        let refused = |what: &str, line: u64| ImportError::Format {
            code: "schedule.xer",
            what: what.to_owned(),
            place: format!("line {line}"),
        };
        let mut out = Self::default();
        let mut table: Option<&'a str> = None;
        let mut n_rows = 0;
        for (ix, line) in text.lines().enumerate() {
            let n = ix as u64 + 1;
            let (mark, rest) = line.split_once('\t').unwrap_or((line, ""));
            match mark.trim_end() {
                "%T" => {
                    let name = rest.trim();
                    out.tables.entry(name).or_default();
                    table = Some(name);
                }
                "%F" => {
                    if let Some(t) = table.and_then(|name| out.tables.get_mut(name)) {
                        t.fields = rest.split('\t').enumerate().map(|(ix, f)| (f.trim(), ix)).collect();
                    }
                }
                "%R" => {
                    n_rows += 1;
                    if n_rows > MAX_ROWS {
                        return Err(refused("the file has more than 20 million rows", n));
                    }
                    match table.and_then(|name| out.tables.get_mut(name)).filter(|t| !t.fields.is_empty()) {
                        Some(t) => t.rows.push((n, rest.split('\t').collect())),
                        None => {
                            out.broken.push((n, "a row stands outside any table; it was dropped".to_owned()));
                        }
                    }
                }
                "%E" => break,
                // The header, or the rest of a text with line breaks in it: notes, which are not kept.
                _ => {}
            }
        }
        if out.tables.is_empty() {
            return Err(refused("the file has no table (%T)", 1));
        }
        if !out.tables.contains_key("TASK") && !out.tables.contains_key("PROJECT") {
            return Err(refused("the file has neither a table PROJECT nor a table TASK", 1));
        }
        Ok(out)
    }

    pub(crate) fn rows(&'a self, table: &str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.tables
            .get(table)
            .into_iter()
            .flat_map(|t| t.rows.iter().map(|(line, values)| Row { fields: &t.fields, values, line: *line }))
    }
}
