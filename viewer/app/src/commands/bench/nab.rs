//! `lantu bench nab`: the anomaly watcher on the Numenta Anomaly Benchmark, by its own scoring.

use std::path::Path;

use anyhow::Context as _;
use lantu_live::{ScoredFile, Unusual, Watcher, nab_score};
use serde_json::{Map, Value, json};

use crate::cli::BenchNabArgs;
use crate::commands::DONE;
use crate::context::Context;

pub(crate) fn nab(context: &Context, args: &BenchNabArgs) -> anyhow::Result<u8> {
    let labels = args.dir.join("labels/combined_windows.json");
    let text = std::fs::read_to_string(&labels)
        .with_context(|| format!("not a copy of the benchmark\nfile: {}", labels.display()))?;
    let labels: Map<String, Value> = serde_json::from_str(&text)?;
    let mut names: Vec<&String> = labels.keys().collect();
    names.sort();
    let mut files = Vec::new();
    let mut strongest = Vec::new();
    for name in &names {
        let (file, unusual) = watch(&args.dir.join("data").join(name), &labels)?;
        files.push(file);
        strongest.push(unusual);
    }
    let all = nab_score(&files);
    // The watcher's lengths and weights were chosen on every other file, from the first; these are the rest.
    let others: Vec<ScoredFile> = files.iter().skip(1).step_by(2).cloned().collect();
    let unseen = nab_score(&others);
    if args.json {
        let rows: Vec<Value> = names
            .iter()
            .zip(&strongest)
            .map(|(name, unusual)| {
                let reason = unusual.map(|(row, u)| {
                    json!({ "row": row, "score": u.score, "what": format!("{:?}", u.what).to_lowercase(), "by": u.by })
                });
                json!({ "file": name, "most_unusual": reason })
            })
            .collect();
        let text = serde_json::to_string_pretty(&json!({
            "score": all.score, "threshold": all.threshold, "hits": all.hits, "windows": all.windows,
            "false_alarms": all.false_alarms, "score_unseen": unseen.score, "n_files": files.len(),
            "n_files_unseen": others.len(), "files": rows,
        }))?;
        context.line(&text)?;
        return Ok(DONE);
    }
    for (name, unusual) in names.iter().zip(&strongest) {
        let said = unusual.map_or_else(
            || "nothing unusual".to_owned(),
            |(row, u)| format!("row {row}: {:?} {:.2} of the range beyond it", u.what, u.by),
        );
        context.line(&format!("{name}: {said}"))?;
    }
    context.line(&format!(
        "standard profile: {:.1} on {} files, {} of {} windows, {} false alarms; {:.1} on the {} files that nothing was chosen on",
        all.score,
        files.len(),
        all.hits,
        all.windows,
        all.false_alarms,
        unseen.score,
        others.len()
    ))?;
    Ok(DONE)
}

/// Scores of a file, and its most unusual row.
fn watch(path: &Path, labels: &Map<String, Value>) -> anyhow::Result<(ScoredFile, Option<(usize, Unusual)>)> {
    let place = || format!("file: {}", path.display());
    let mut reader = csv::Reader::from_path(path).with_context(place)?;
    let (mut times, mut scores) = (Vec::new(), Vec::new());
    let mut watcher = Watcher::default();
    let mut strongest: Option<(usize, Unusual)> = None;
    for row in reader.records() {
        let row = row.with_context(place)?;
        let value: f64 = row.get(1).unwrap_or_default().parse().with_context(place)?;
        times.push(row.get(0).unwrap_or_default().to_owned());
        let unusual = watcher.push(value);
        scores.push(unusual.map_or(0.0, |u| u.score));
        if let Some(u) = unusual.filter(|u| strongest.is_none_or(|(_, s)| u.score > s.score)) {
            strongest = Some((scores.len() - 1, u));
        }
    }
    let found = labels.iter().find(|(name, _)| path.ends_with(name.as_str()));
    let mut windows = Vec::new();
    for window in found.and_then(|(_, w)| w.as_array()).context("no windows").with_context(place)? {
        let row = |ix: usize| -> anyhow::Result<usize> {
            let text = window.get(ix).and_then(Value::as_str).unwrap_or_default();
            // Labels have a fraction of a second that the data does not have.
            let text = text.split('.').next().unwrap_or_default();
            times
                .iter()
                .position(|t| t == text)
                .with_context(|| format!("no row at {text}"))
                .with_context(place)
        };
        windows.push((row(0)?, row(1)?));
    }
    Ok((ScoredFile { scores, windows }, strongest))
}
