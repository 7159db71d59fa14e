//! Earthworks in the words of the command line: what surveys measured, against what is planned.

use lantu_base::UtcNanos;
use lantu_records::Task;
use lantu_session::{Earthwork, Moved};
use serde_json::{Value, json};

use crate::stage::Overlays;

/// Earthworks with the surveys that were flown by `until`, each with what the tasks planned for its day.
pub(crate) fn told(overlays: &Overlays, all: &[Earthwork], until: UtcNanos) -> Vec<Value> {
    all.iter().map(|e| one(overlays, e, until)).collect()
}

fn one(overlays: &Overlays, e: &Earthwork, until: UtcNanos) -> Value {
    let object = overlays.table.scene().object(e.row);
    let tasks: Vec<&Task> =
        overlays.tasks_of(e.row).filter_map(|ix| overlays.schedule().tasks.get(ix)).collect();
    let surveys = e.surveys.iter().filter(|m| m.epoch.time <= until);
    let names: Vec<Value> = tasks.iter().map(|t| json!({"id": t.id, "name": t.name})).collect();
    json!({
        "source": object.as_ref().map(|o| o.span.source.as_str()),
        "id": object.as_ref().map(lantu_scene::ObjectView::id),
        "name": object.as_ref().map(lantu_scene::ObjectView::name),
        "tasks": names,
        "planned_cut_m3": e.planned_cut_m3,
        "planned_fill_m3": e.planned_fill_m3,
        "surveys": surveys.map(|m| survey(e, m, &tasks)).collect::<Vec<_>>(),
    })
}

fn survey(e: &Earthwork, m: &Moved, tasks: &[&Task]) -> Value {
    let v = &m.volume;
    let tenth = |m3: f64| (m3 * 10.0).round() / 10.0;
    json!({
        "proposal": format!("{}/{}", m.epoch.source, e.key),
        "epoch": m.epoch.source,
        "time": m.epoch.time.to_string(),
        "cut_m3": tenth(v.cut_m3),
        "fill_m3": tenth(v.fill_m3),
        "net_m3": tenth(v.net_m3()),
        "lod95_m": (v.lod95_m * 1e4).round() / 1e4,
        "random95_m3": tenth(m.random95_m3),
        "alike95_m3": tenth(m.alike95_m3),
        "n_cells": v.n_cells,
        "n_below_lod": v.n_below_lod,
        "n_nodata": v.n_nodata,
        "outside_m2": v.outside_m2,
        "share": e.share(m).map(thousandth),
        "planned_share": planned_share(tasks, m.epoch.time).map(thousandth),
        "proposes": e.proven(m).map(lantu_records::Proven::name),
    })
}

fn thousandth(share: f64) -> f64 {
    (share * 1e3).round() / 1e3
}

/// Share that tasks planned for an instant: even over each task's planned time, the mean of all; `None` without tasks.
fn planned_share(tasks: &[&Task], t: UtcNanos) -> Option<f64> {
    let of = |task: &&Task| {
        let whole = task.finish.seconds_since(task.start);
        if whole > 0.0 {
            (t.seconds_since(task.start) / whole).clamp(0.0, 1.0)
        } else {
            f64::from(u8::from(task.start <= t))
        }
    };
    (!tasks.is_empty()).then(|| tasks.iter().map(of).sum::<f64>() / tasks.len() as f64)
}
