//! `lantu schedule`: when the tasks of a schedule can and must happen.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use lantu_base::{Diagnostic, Severity, TimeZoneName, UtcNanos};
use lantu_ingest::{Batch, ImportError, ImportJob, Importer, VecSink};
use lantu_schedule::{
    Civil, Computed, ConstraintKind, Lag, LinkKind, Plan, PlanTask, TaskDates, compute, compute_at,
};
use lantu_tables::TablesImporter;
use serde_json::{Value, json};

use crate::cli::ScheduleArgs;
use crate::commands::{DONE, PARTIAL, project, schedule_lint};
use crate::context::{Context, write_text};

pub(crate) fn schedule(context: &Context, args: &ScheduleArgs) -> anyhow::Result<u8> {
    let is_project = args.file.extension().is_some_and(|e| e.eq_ignore_ascii_case("lantu"));
    if args.lint {
        anyhow::ensure!(
            is_project,
            "--lint needs a project, whose objects the tasks are linked to\nfile: {}",
            args.file.display()
        );
        return schedule_lint::lint(context, &args.file, args.json);
    }
    let (plans, notes, zone) = if is_project {
        let session = project::open(context, &args.file)?;
        let (plans, zone) = (session.plans()?, session.zone().clone());
        session.close()?;
        anyhow::ensure!(!plans.is_empty(), "the project has no schedule\nproject: {}", args.file.display());
        (plans, Vec::new(), zone)
    } else {
        let (plan, notes) = read_file(&args.file)?;
        let name = lantu_session::source_name(&args.file);
        (vec![(name, plan)], notes, TimeZoneName::new("UTC")?)
    };
    for d in &notes {
        tracing::warn!(code = %d.code, place = %d.place, "{}", d.message);
    }
    let at = args.as_of.as_deref().map(|text| UtcNanos::parse(text, &zone)).transpose()?;
    let at = at.map(|t| Civil::from_utc(t, &zone));
    let mut schedules = Vec::new();
    for (source, plan) in &plans {
        let computed = at.map_or_else(|| compute(plan), |at| compute_at(plan, at)).with_context(|| {
            format!("no dates can be computed\nschedule: {source}\nfile: {}", args.file.display())
        })?;
        schedules.push((source.as_str(), plan, computed));
    }
    let text = if args.json { to_json(&schedules, &notes, &zone)? } else { to_table(&schedules) };
    write_text(&text)?;
    let lost = notes.iter().any(|d| d.severity >= Severity::Warning)
        || schedules.iter().any(|(_, _, c)| !c.unused_links.is_empty());
    Ok(if lost { PARTIAL } else { DONE })
}

/// Reads a schedule without a project; local times count as UTC.
fn read_file(path: &Path) -> anyhow::Result<(Plan, Vec<Diagnostic>)> {
    let job = ImportJob::inspect(path);
    let mut sink = VecSink::default();
    TablesImporter.import(&job, &mut sink).map_err(|e| match e {
        ImportError::Format { code, what, place } => {
            let at = if place.is_empty() { String::new() } else { format!("\nplace: {place}") };
            anyhow::anyhow!("{what} [{code}]{at}\nfile: {}", path.display())
        }
        other => anyhow::Error::new(other).context(format!("cannot read\nfile: {}", path.display())),
    })?;
    let (mut plan, mut notes) = (None, Vec::new());
    for batch in sink.0 {
        match batch {
            Batch::Plan(p) => plan = Some(*p),
            // That there is no project is known to whoever asks about a file.
            Batch::Diagnostic(d) if d.code.0 != "tables.no_time_zone" => notes.push(d),
            _ => {}
        }
    }
    let plan = plan.with_context(|| format!("the file holds no schedule\nfile: {}", path.display()))?;
    Ok((plan, notes))
}

type Scheduled<'a> = (&'a str, &'a Plan, Computed);

fn to_json(schedules: &[Scheduled<'_>], notes: &[Diagnostic], zone: &TimeZoneName) -> anyhow::Result<String> {
    let (mut tasks, mut heads, mut links) = (Vec::new(), Vec::new(), Vec::new());
    for (source, plan, computed) in schedules {
        let utc = |t: Civil| t.to_utc(zone).map(|t| t.to_string()).ok();
        let dates: BTreeMap<usize, &TaskDates> = computed.tasks.iter().map(|d| (d.place, d)).collect();
        for (place, task) in plan.tasks.iter().enumerate() {
            tasks.push(task_json(source, task, dates.get(&place).copied(), zone));
        }
        links.extend(plan.links.iter().map(|l| {
            json!({"source": source, "from": l.from, "to": l.to, "type": link_word(l.kind), "lag": lag_word(l.lag)})
        }));
        heads.push(json!({
            "source": source,
            "name": plan.name,
            "rules": plan.rules,
            "start": plan.start.and_then(utc),
            "data_date": plan.data_date.and_then(utc),
            "finish": computed.finish.and_then(utc),
            "currency": plan.currency,
            "n_tasks": plan.tasks.iter().filter(|t| t.is_leaf()).count(),
            "n_critical": computed.tasks.iter().filter(|d| d.critical && plan.tasks.get(d.place).is_some_and(PlanTask::is_leaf)).count(),
            "n_links": plan.links.len(),
            "n_calendars": plan.calendars.len(),
            "n_resources": plan.resources.len(),
            "n_assignments": plan.assignments.len(),
        }));
    }
    let notes: Vec<Value> = notes
        .iter()
        .map(|d| json!({"code": d.code.to_string(), "severity": d.severity, "where": d.place, "message": d.message}))
        .collect();
    let all = json!({"schedules": heads, "tasks": tasks, "links": links, "diagnostics": notes});
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

fn task_json(source: &str, task: &PlanTask, dates: Option<&TaskDates>, zone: &TimeZoneName) -> Value {
    let utc = |t: Option<Civil>| t.and_then(|t| t.to_utc(zone).ok()).map(|t| t.to_string());
    let money = |c: Option<i64>| c.map(lantu_schedule::decimal_2);
    let constraints: Vec<Value> = task
        .constraints
        .iter()
        .map(|c| json!({"type": c.kind, "date": utc(Some(c.date).filter(|_| c.kind != ConstraintKind::AsLateAsPossible))}))
        .collect();
    let baselines: Vec<Value> = task
        .baselines
        .iter()
        .map(|b| json!({"name": b.name, "start": utc(b.start), "finish": utc(b.finish), "budget": money(b.cost_cents)}))
        .collect();
    json!({
        "source": source,
        "id": task.id,
        "code": task.code,
        "guid": task.guid,
        "wbs": task.wbs,
        "name": task.name,
        "parent": task.parent,
        "kind": task.kind,
        "work": task.work,
        "summary": task.kind == lantu_schedule::TaskKind::Summary,
        "calendar": task.calendar,
        "duration_s": task.duration_s,
        "elapsed": task.elapsed,
        "early_start": utc(dates.map(|d| d.early_start)),
        "early_finish": utc(dates.map(|d| d.early_finish)),
        "late_start": utc(dates.map(|d| d.late_start)),
        "late_finish": utc(dates.map(|d| d.late_finish)),
        "total_float_s": dates.map(|d| d.total_float_s),
        "free_float_s": dates.map(|d| d.free_float_s),
        "critical": dates.map(|d| d.critical),
        "start": utc(task.start),
        "finish": utc(task.finish),
        "actual_start": utc(task.actual_start),
        "actual_finish": utc(task.actual_finish),
        "percent": task.percent,
        "budget": money(task.cost_cents),
        "actual_cost": money(task.actual_cost_cents),
        "deadline": utc(task.deadline),
        "constraints": constraints,
        "baselines": baselines,
        "objects": task.objects,
        "stated": {
            "early_start": utc(task.stated.early_start),
            "early_finish": utc(task.stated.early_finish),
            "late_start": utc(task.stated.late_start),
            "late_finish": utc(task.stated.late_finish),
            "total_float_s": task.stated.total_float_s,
            "critical": task.stated.critical,
        },
    })
}

fn link_word(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::FinishStart => "FS",
        LinkKind::StartStart => "SS",
        LinkKind::FinishFinish => "FF",
        LinkKind::StartFinish => "SF",
    }
}

fn lag_word(lag: Lag) -> Value {
    match lag {
        Lag::Work(s) => json!({"work_s": s}),
        Lag::Elapsed(s) => json!({"elapsed_s": s}),
        Lag::Percent(p) => json!({"percent": p}),
    }
}

/// For people: local dates, float in days of the schedule.
fn to_table(schedules: &[Scheduled<'_>]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (source, plan, computed) in schedules {
        let day_s = if plan.day_s > 0 { plan.day_s } else { lantu_schedule::DAY_S };
        lines.push(format!("{source}: {}", plan.name));
        lines.push(
            "  early start       early finish      late start        late finish       float d  ".to_owned(),
        );
        for d in &computed.tasks {
            let Some(task) = plan.tasks.get(d.place) else { continue };
            let minute = |t: Civil| t.to_string().get(..16).unwrap_or_default().replace('T', " ");
            lines.push(format!(
                "{} {}  {}  {}  {}  {:>7.2}  {} {}",
                if d.critical { "*" } else { " " },
                minute(d.early_start),
                minute(d.early_finish),
                minute(d.late_start),
                minute(d.late_finish),
                d.total_float_s as f64 / day_s as f64,
                if task.code.is_empty() { &task.id } else { &task.code },
                task.name
            ));
        }
    }
    lines.join("\n") + "\n"
}
