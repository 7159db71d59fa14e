//! From errors and results to words: what happened, where, what to do, in the user's language.

use std::path::Path;

use lantu_base::{Diagnostic, Severity};
use lantu_ingest::ATTRIBUTES;
use lantu_project::ProjectError;
use lantu_session::{FileOutcome, Inspection, Row, SessionError};
use lantu_ui::{Arg, Words};
use serde_json::Value;

use crate::commands::tables::sets;
use crate::context::Context;
use crate::district::TileFailure;

/// Remarks that are printed for one file; a report file has them all.
const REMARKS_SHOWN: usize = 8;

fn say(words: &Words, id: &str, args: &[(&str, Arg<'_>)]) -> String {
    words.by_id(id, args).unwrap_or_else(|| id.to_owned())
}

/// Why a command failed.
pub(crate) fn error(words: &Words, e: &anyhow::Error) -> String {
    for cause in e.chain() {
        if let Some(e) = cause.downcast_ref::<SessionError>() {
            return session_error(words, e);
        }
        if let Some(e) = cause.downcast_ref::<ProjectError>() {
            return project_error(words, e);
        }
        if let Some(e) = cause.downcast_ref::<TileFailure>() {
            return tile_failure(words, e);
        }
        if let Some(e) = cause.downcast_ref::<lantu_geodesy::GeodesyError>() {
            return say(words, "app-error-crs", &[("detail", e.to_string().into())]);
        }
        if let Some(e) = cause.downcast_ref::<lantu_base::TimeError>() {
            return say(words, "app-error-time", &[("detail", e.to_string().into())]);
        }
        if let Some(e) = cause.downcast_ref::<lantu_render::RenderError>() {
            return say(words, "app-error-gpu", &[("detail", e.to_string().into())]);
        }
    }
    format!("{e:#}")
}

fn session_error(words: &Words, e: &SessionError) -> String {
    match e {
        SessionError::Project(e) => project_error(words, e),
        SessionError::Geodesy(e) => say(words, "app-error-crs", &[("detail", e.to_string().into())]),
        SessionError::Time(e) => say(words, "app-error-time", &[("detail", e.to_string().into())]),
        SessionError::Cancelled(_) => say(words, "app-error-cancelled", &[]),
        SessionError::Unknown { what: "alarm", name } => {
            say(words, "app-error-no-alarm", &[("name", name.into())])
        }
        SessionError::Unknown { what, name } => {
            let id = format!("what-{}", what.replace(' ', "-"));
            let kind = words.by_id(&id, &[]).unwrap_or_else(|| (*what).to_owned());
            say(words, "app-error-unknown", &[("what", kind.into()), ("name", name.into())])
        }
        SessionError::Ambiguous { n, name } => {
            say(words, "app-error-ambiguous", &[("n", (*n as u64).into()), ("name", name.into())])
        }
        SessionError::File { source, path } => {
            say(words, "app-error-file", &[("path", shown(path)), ("detail", source.to_string().into())])
        }
        SessionError::AlreadyFed { project, by } => match by {
            Some(by) => {
                say(words, "app-error-fed", &[("path", shown(project)), ("by", by.to_string().into())])
            }
            None => say(words, "app-error-fed-by-another", &[("path", shown(project))]),
        },
        SessionError::NoShape { name } => say(words, "app-error-no-shape", &[("name", name.into())]),
        SessionError::Unusable { why, path } => unusable(words, path, why),
        other => other.to_string(),
    }
}

/// Why a tile is not drawn.
pub(crate) fn tile_failure(words: &Words, why: &TileFailure) -> String {
    use lantu_tiles::TileError as E;
    let pack = |hash: &lantu_tiles::PackHash| Arg::from(hash.to_string());
    match why {
        TileFailure::Read(E::Missing(hash)) => say(words, "app-tile-missing", &[("pack", pack(hash))]),
        TileFailure::Read(E::DamagedPack { hash, .. }) => {
            say(words, "app-tile-damaged", &[("pack", pack(hash))])
        }
        TileFailure::Read(E::NewerVersion { found, supported }) => {
            say(words, "app-tile-newer", &[("found", found.into()), ("supported", supported.into())])
        }
        TileFailure::Read(E::Io { source, path }) => {
            say(words, "app-error-file", &[("path", shown(path)), ("detail", source.to_string().into())])
        }
        other => say(words, "app-tile-unreadable", &[("detail", other.to_string().into())]),
    }
}

fn shown(path: &Path) -> Arg<'static> {
    path.display().to_string().into()
}

fn project_error(words: &Words, e: &ProjectError) -> String {
    use ProjectError as E;
    let (id, path, detail) = match e {
        E::NotFound { path } => ("app-error-not-found", path, String::new()),
        E::Exists { path } => ("app-error-exists", path, String::new()),
        E::NotAProject { found, path } => ("app-error-not-a-project", path, found.to_string()),
        E::OtherProgram { program, path } => ("app-error-other-program", path, program.clone()),
        E::Damaged { detail, path } => ("app-error-damaged", path, detail.clone()),
        E::NewerVersion { found, path, .. } => ("app-error-newer", path, found.to_string()),
        E::OlderVersion { found, path, .. } => ("app-error-older", path, found.to_string()),
        E::ReadOnlyFolder { path } | E::NotRecovered { path } | E::OpenForReading { path } => {
            ("app-error-read-only", path, String::new())
        }
        E::Busy { path } => ("app-error-busy", path, String::new()),
        E::UnknownSource { id, path } => ("app-error-unknown-source", path, id.clone()),
        E::NothingToUndo { id, path } => ("app-error-nothing-to-undo", path, id.clone()),
        E::Io { source, path } => ("app-error-file", path, source.to_string()),
        E::Sqlite { source, path } => ("app-error-file", path, source.to_string()),
        other => return other.to_string(),
    };
    say(words, id, &[("path", shown(path)), ("detail", detail.into())])
}

/// Why a whole file could not be used.
pub(crate) fn file_problem(context: &Context, path: &Path, d: &Diagnostic) -> String {
    unusable(&context.words, path, d)
}

fn unusable(words: &Words, path: &Path, d: &Diagnostic) -> String {
    let code = d.code.0.as_ref();
    let last_word = code.rsplit_once('.').map_or("", |(_, last)| last);
    let id = match code {
        "import.missing" => "app-problem-missing",
        "import.read" => "app-problem-read",
        "import.unknown_format" => "app-problem-unknown-format",
        "import.memory" => "app-problem-memory",
        "import.deadline" => "app-problem-deadline",
        "import.crash" => "app-problem-crash",
        "import.cancelled" => "app-problem-cancelled",
        _ if last_word == "empty" => "app-problem-empty",
        _ if last_word == "no_georeference" => "app-problem-no-georeference",
        _ if last_word == "no_crs" => "app-problem-no-crs",
        _ => "app-problem-other",
    };
    let place = if d.place.is_empty() {
        String::new()
    } else {
        format!(" {}", say(words, "app-at", &[("place", d.place.as_str().into())]))
    };
    let seconds = d.args.get("seconds").cloned().unwrap_or_default();
    let detail = diagnostic_words(words, d);
    let args = [
        ("path", shown(path)),
        ("detail", detail.trim_end_matches(['.', '。']).into()),
        ("place", place.into()),
        ("seconds", seconds.into()),
    ];
    say(words, id, &args)
}

/// What became of one file of an import.
pub(crate) fn outcome(context: &Context, o: &FileOutcome, project: &Path) -> String {
    let path = || shown(&o.path);
    let Some(source) = &o.source else {
        let problem =
            o.report.diagnostics.first().map(|d| file_problem(context, &o.path, d)).unwrap_or_default();
        return context.say("app-import-failed", &[("path", path()), ("problem", problem.into())]);
    };
    let remarks: Vec<&Diagnostic> = o
        .report
        .diagnostics
        .iter()
        .filter(|d| d.severity > Severity::Info && d.code.0 != "placement.waiting")
        .collect();
    let kept: Arg<'_> = o.report.counts.kept.into();
    let id = match (o.waiting, remarks.is_empty()) {
        (true, _) => "app-import-waiting",
        (false, true) => "app-import-done",
        (false, false) => "app-import-partial",
    };
    let args = [
        ("path", path()),
        ("source", source.into()),
        ("objects", kept),
        ("n", (remarks.len() as u64).into()),
        ("project", shown(project)),
    ];
    let mut text = context.say(id, &args);
    for d in remarks.iter().take(REMARKS_SHOWN) {
        text.push('\n');
        text.push_str(&remark(context, d));
    }
    if remarks.len() > REMARKS_SHOWN {
        let n = (remarks.len() - REMARKS_SHOWN) as u64;
        text.push('\n');
        text.push_str(&context.say("app-remark-more", &[("n", n.into())]));
    }
    text
}

fn remark(context: &Context, d: &Diagnostic) -> String {
    let severity = context.say(
        match d.severity {
            Severity::Info => "app-severity-info",
            Severity::Warning => "app-severity-warning",
            Severity::Error => "app-severity-error",
        },
        &[],
    );
    let place = if d.place.is_empty() { d.code.to_string() } else { d.place.clone() };
    let message = diagnostic_words(&context.words, d);
    let args = [("severity", severity.into()), ("where", place.into()), ("message", message.into())];
    context.say("app-remark", &args)
}

/// A diagnostic in the reader's language where the catalog has its code, else its own message.
pub(crate) fn diagnostic_words(words: &Words, d: &Diagnostic) -> String {
    let args = d.args.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    remark_words(words, &d.code.0, args, &d.message)
}

/// The catalog's text for a diagnostic's code, or the message that came with it.
pub(crate) fn remark_words<'a>(
    words: &Words,
    code: &str,
    args: impl Iterator<Item = (&'a str, &'a str)>,
    message: &str,
) -> String {
    let id = format!("diag-{}", code.replace(['.', '_'], "-"));
    let said = args.map(|(name, value)| (name, Arg::from(value)));
    let args: Vec<(&str, Arg<'_>)> = said.chain([("message", message.into())]).collect();
    words.by_id(&id, &args).unwrap_or_else(|| message.to_owned())
}

/// A kind of fact as people call it.
pub(crate) fn kind_words(words: &Words, kind: &str) -> String {
    words.by_id(&format!("fact-{}", kind.replace('_', "-")), &[]).unwrap_or_else(|| kind.to_owned())
}

fn text(v: &Value, key: &str) -> String {
    match v.get(key) {
        Some(Value::String(s)) => s.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn number(v: &Value, key: &str) -> u64 {
    v.get(key).and_then(Value::as_u64).unwrap_or(0)
}

fn array<'a>(v: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    v.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A project as a whole.
pub(crate) fn info(context: &Context, v: &Value) -> String {
    let mut lines = vec![context.say(
        "app-info-head",
        &[
            ("name", text(v, "name").into()),
            ("objects", number(v, "n_objects").into()),
            ("triangles", number(v, "n_triangles").into()),
            ("crs", text(v, "crs").into()),
            ("zone", text(v, "time_zone").into()),
        ],
    )];
    for s in array(v, "sources") {
        let flag = |k: &str| s.get(k).and_then(Value::as_bool).unwrap_or(false);
        let state = match (flag("present"), flag("placed")) {
            (false, _) => "app-info-absent",
            (true, true) => "app-info-placed",
            (true, false) => "app-info-waiting",
        };
        lines.push(context.say(
            "app-info-source",
            &[
                ("source", text(s, "source").into()),
                ("importer", text(s, "importer").into()),
                ("objects", number(s, "n_objects").into()),
                ("state", context.say(state, &[]).into()),
            ],
        ));
    }
    if let Some(span) = v.get("time_span").filter(|s| !s.is_null()) {
        lines.push(
            context.say(
                "app-info-span",
                &[("from", text(span, "from").into()), ("to", text(span, "to").into())],
            ),
        );
    }
    lines.join("\n")
}

/// One file without a project.
pub(crate) fn inspection(context: &Context, inspection: &Inspection, file: &Path) -> String {
    let v = &Value::Object(inspection.summary(file));
    let or_none = |key: &str| {
        let t = text(v, key);
        if t.is_empty() { context.say("app-none", &[]) } else { t }
    };
    let mut lines = vec![
        context.say(
            "app-inspect-head",
            &[
                ("path", text(v, "file").into()),
                ("schema", or_none("schema").into()),
                ("crs", or_none("crs").into()),
                ("unit", or_none("unit").into()),
            ],
        ),
        context.say(
            "app-inspect-counts",
            &[
                ("objects", number(v, "n_objects").into()),
                ("shapes", number(v, "n_with_geometry").into()),
                ("triangles", number(v, "n_triangles").into()),
                ("properties", number(v, "n_properties").into()),
                ("quantities", number(v, "n_quantities").into()),
                ("diagnostics", (array(v, "diagnostics").count() as u64).into()),
            ],
        ),
    ];
    let mut classes: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for row in &inspection.rows {
        *classes.entry(&row.class).or_default() += 1;
    }
    for (class, n) in classes {
        lines.push(context.say("app-inspect-class", &[("n", n.into()), ("class", class.to_owned().into())]));
    }
    let remarks = &inspection.report.diagnostics;
    lines.extend(remarks.iter().take(REMARKS_SHOWN).map(|d| remark(context, d)));
    if let Some(n) = remarks.len().checked_sub(REMARKS_SHOWN).filter(|n| *n > 0) {
        lines.push(context.say("app-inspect-more", &[("n", (n as u64).into())]));
    }
    lines.join("\n")
}

/// All that is known of one object.
pub(crate) fn properties(context: &Context, row: &Row) -> String {
    let mut lines = vec![format!("{} {} {}:{}", row.class, row.name, row.source, row.id)];
    if let Some(b) = row.bbox {
        let [x0, y0, z0, x1, y1, z1] = b;
        lines.push(format!("  {x0:.3} {y0:.3} {z0:.3} … {x1:.3} {y1:.3} {z1:.3}"));
    }
    if let Some(d) = &row.details {
        let single =
            [d.type_name.clone().unwrap_or_default(), d.materials.join(", "), d.classifications.join(", ")];
        lines.extend(single.into_iter().filter(|t| !t.is_empty()).map(|t| format!("  {t}")));
        for (name, value) in &d.attributes {
            let unit =
                d.units.get(ATTRIBUTES).and_then(|u| u.get(name)).and_then(Value::as_str).unwrap_or("");
            lines.push(format!("  {name} = {} {unit}", plain(value)).trim_end().to_owned());
        }
        for (kind, facts) in &d.facts {
            for fact in facts.as_array().into_iter().flatten() {
                lines.push(format!("  {}: {}", kind_words(&context.words, kind), fact_words(fact)));
            }
        }
        for (set, values) in sets(&d.properties).chain(sets(&d.quantities)) {
            lines.push(format!("  {set}"));
            for (name, value) in values {
                let unit = d.units.get(set).and_then(|u| u.get(name)).and_then(Value::as_str).unwrap_or("");
                let value = plain(value);
                lines.push(format!("    {name} = {value} {unit}").trim_end().to_owned());
            }
        }
    }
    if row.details.is_none() {
        lines.push(context.say("app-none", &[]));
    }
    lines.join("\n")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A thing that an object has to do with: class, name, id, and what else is known.
fn fact_words(fact: &Value) -> String {
    let text = |key: &str| fact.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut words: Vec<String> = [text("class"), text("name"), text("id")]
        .into_iter()
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    let units = fact.get("units");
    for (name, value) in fact.as_object().into_iter().flatten() {
        if !matches!(name.as_str(), "class" | "name" | "id" | "units" | "inherited" | "Name") {
            let unit = units.and_then(|u| u.get(name)).and_then(Value::as_str).unwrap_or("");
            words.push(format!("{name} = {} {unit}", plain(value)).trim_end().to_owned());
        }
    }
    words.join(", ")
}

/// What verification found.
pub(crate) fn verification(context: &Context, r: &lantu_project::VerifyReport, path: &Path) -> String {
    let mut lines = Vec::new();
    if r.passed() {
        let c = &r.checked;
        let checked = format!(
            "{} tables, {} rows, {} chunks, {} log entries, {} sources, {} packs",
            c.tables, c.rows, c.chunks, c.log_entries, c.sources, c.packs
        );
        lines.push(context.say("app-verify-passed", &[("path", shown(path)), ("checked", checked.into())]));
    } else {
        let n = r.failures.len() as u64;
        lines.push(context.say("app-verify-failed", &[("path", shown(path)), ("n", n.into())]));
    }
    let line = |what: String, place: &str, detail: &str| {
        context.say(
            "app-verify-line",
            &[("what", what.into()), ("place", place.into()), ("detail", detail.into())],
        )
    };
    for f in &r.failures {
        lines.push(line(format!("{:?}", f.what), &f.place, &f.detail));
    }
    for n in &r.notes {
        lines.push(line(format!("{:?}", n.what), &n.place, ""));
    }
    lines.join("\n")
}
