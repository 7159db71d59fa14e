//! Differences as tables: the columns of the command line's contract.

use serde_json::{Value, json};

use crate::diff::{Change, Difference};

/// Headers of the table.
pub(crate) const COLUMNS: [&str; 6] = ["id", "class", "change", "what", "old", "new"];

impl Difference {
    /// As CSV: `id,class,change,what,old,new`, quoted where RFC 4180 asks for it.
    pub fn to_csv(&self) -> String {
        let mut out = COLUMNS.join(",") + "\n";
        for c in &self.changes {
            out.push_str(&c.cells().map(|v| quoted(&v)).join(","));
            out.push('\n');
        }
        out
    }

    /// As JSON: `rows[]` with the columns of the CSV and what goes beyond text, and `counts`.
    pub fn to_json(&self) -> Value {
        let counts: serde_json::Map<String, Value> =
            self.counts().into_iter().map(|(kind, n)| (kind.name().to_owned(), json!(n))).collect();
        json!({"rows": self.changes, "counts": counts, "n_same": self.n_same})
    }
}

impl Change {
    /// A row of the table.
    pub(crate) fn cells(&self) -> [String; 6] {
        [
            self.id.clone(),
            self.class.clone(),
            self.change.name().to_owned(),
            self.what.clone(),
            text(&self.old),
            text(&self.new) + &remark(self),
        ]
    }
}

/// How far and how sure, after the new value.
fn remark(c: &Change) -> String {
    match (c.distance_m, c.turn_deg, c.confidence) {
        (Some(m), Some(deg), _) if deg > 0.0 => format!(" ({m:.4} m, {deg:.3}°)"),
        (Some(m), _, _) => format!(" ({m:.4} m)"),
        (_, _, Some(sure)) => format!(" (confidence {sure:.2})"),
        _ => String::new(),
    }
}

fn text(v: &Value) -> String {
    match v {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        Value::Array(a) => a.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Object(o) => o.iter().map(|(k, v)| format!("{k}={}", text(v))).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
