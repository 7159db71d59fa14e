//! `lantu schedule PROJECT --lint`: which tasks have no objects, which objects no task or several.

use std::path::Path;

use lantu_overlay::{Linker, Records, Unresolved};
use lantu_session::SceneTable;
use serde_json::{Value, json};

use crate::commands::{DONE, PARTIAL, project};
use crate::context::{Context, write_text};

/// Objects of one sort that are listed; the counts are of all. Chosen: what a person goes through.
const MAX_LISTED: usize = 1_000;

pub(crate) fn lint(context: &Context, file: &Path, as_json: bool) -> anyhow::Result<u8> {
    let session = project::open(context, file)?;
    let (table, schedule) = (SceneTable::new(&session), std::sync::Arc::clone(session.schedule()));
    let records = Records {
        schedule: &schedule,
        channels: session.channels(),
        issues: session.issues(),
        things: session.things(),
    };
    let linker = Linker::prepare(&table, records, session.rules());
    session.close()?;
    let mut n_of_task = vec![0_u64; schedule.tasks.len()];
    let (mut without, mut several) = (Listed::default(), Listed::default());
    let mut n_linked = 0_u64;
    for o in table.scene().objects() {
        let tasks: Vec<usize> = linker.tasks_of(o.row).collect();
        for &ix in &tasks {
            if let Some(n) = n_of_task.get_mut(ix) {
                *n += 1;
            }
        }
        let named =
            || json!({"source": o.span.source.as_str(), "id": o.id(), "class": o.class(), "name": o.name()});
        match tasks.len() {
            // Structures, groups and spaces without triangles of their own are built by building what they hold.
            0 if o.n_triangles() > 0 => without.push(named),
            0 => {}
            1 => n_linked += 1,
            _ => {
                n_linked += 1;
                let ids: Vec<&str> =
                    tasks.iter().filter_map(|ix| schedule.tasks.get(*ix)).map(|t| t.id.as_str()).collect();
                several.push(|| {
                    let mut row = named();
                    if let Some(map) = row.as_object_mut() {
                        map.insert("tasks".to_owned(), json!(ids));
                    }
                    row
                });
            }
        }
    }
    let idle: Vec<Value> = schedule
        .tasks
        .iter()
        .zip(&n_of_task)
        .filter(|(_, n)| **n == 0)
        .map(|(t, _)| json!({"id": t.id, "name": t.name}))
        .collect();
    let unresolved: Vec<Value> = linker
        .unresolved()
        .iter()
        .filter_map(|u| match u {
            Unresolved::Task { task, object } => Some(json!({"task": task, "object": object})),
            Unresolved::Channel { .. } | Unresolved::Issue { .. } | Unresolved::Entry { .. } => None,
        })
        .collect();
    let clean = idle.is_empty() && unresolved.is_empty() && without.n == 0 && several.n == 0;
    let text = if as_json {
        let all = json!({
            "n_tasks": schedule.tasks.len(),
            "n_linked_objects": n_linked,
            "tasks_without_objects": idle,
            "n_objects_without_tasks": without.n,
            "objects_without_tasks": without.rows,
            "n_objects_on_several_tasks": several.n,
            "objects_on_several_tasks": several.rows,
            "unresolved": unresolved,
        });
        serde_json::to_string_pretty(&all)? + "\n"
    } else {
        format!(
            "{} tasks, {n_linked} objects linked\n{} tasks without objects\n{} objects without a task\n\
             {} objects on several tasks\n{} names of objects that are not there\n",
            schedule.tasks.len(),
            idle.len(),
            without.n,
            several.n,
            unresolved.len()
        )
    };
    write_text(&text)?;
    Ok(if clean { DONE } else { PARTIAL })
}

/// The first rows of a sort, and how many there are.
#[derive(Default)]
struct Listed {
    n: u64,
    rows: Vec<Value>,
}

impl Listed {
    fn push(&mut self, row: impl FnOnce() -> Value) {
        self.n += 1;
        if self.rows.len() < MAX_LISTED {
            self.rows.push(row());
        }
    }
}
