//! `lantu progress`: earned value of a project's schedules.

use lantu_base::UtcNanos;
use lantu_schedule::{Civil, Package, Plan, Worth, decimal_2, decimal_4, packages};
use lantu_session::Earthwork;
use serde_json::{Value, json};

use crate::cli::ProgressArgs;
use crate::commands::{DONE, earthworks, project};
use crate::context::{Context, write_text};
use crate::stage::Overlays;

pub(crate) fn progress(context: &Context, args: &ProgressArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    // What a day brought is known when it ends.
    let t = UtcNanos::parse_finish(&args.time, session.zone())?;
    let (plans, zone) = (session.plans()?, session.zone().clone());
    let moved = session.earthworks()?;
    let overlays = (!moved.is_empty()).then(|| Overlays::new(&session));
    session.close()?;
    anyhow::ensure!(!plans.is_empty(), "the project has no schedule\nproject: {}", args.project.display());
    if let Some(name) = &args.baseline {
        ensure_baseline(&plans, name)?;
    }
    let at = Civil::from_utc(t, &zone);
    let mut total = Worth::default();
    let mut rows: Vec<(String, Package)> = Vec::new();
    for (source, plan) in &plans {
        let (found, sum) = packages(plan, args.baseline.as_deref(), at);
        total = total.plus(&sum);
        rows.extend(found.into_iter().map(|p| (source.clone(), p)));
    }
    let text = if args.json {
        let currency = plans.iter().map(|(_, p)| p.currency.as_str()).find(|c| !c.is_empty());
        let listed: Vec<Value> = rows.iter().map(|(source, p)| package_json(source, p)).collect();
        let all = json!({
            "time": t.to_string(),
            "baseline": args.baseline,
            "currency": currency,
            "total": figures(&total),
            "packages": listed,
            "earthworks": overlays.map(|o| earthworks::told(&o, &moved, t)).unwrap_or_default(),
        });
        serde_json::to_string_pretty(&all)? + "\n"
    } else {
        table(&rows, &total) + &measured(&moved, t)
    };
    write_text(&text)?;
    Ok(DONE)
}

/// A baseline that no schedule has is a mistake, not a plan of nothing.
fn ensure_baseline(plans: &[(String, Plan)], name: &str) -> anyhow::Result<()> {
    let all = || plans.iter().flat_map(|(_, p)| &p.tasks).flat_map(|t| &t.baselines).map(|b| b.name.as_str());
    if all().any(|b| b == name) {
        return Ok(());
    }
    let mut known: Vec<&str> = all().collect();
    known.sort_unstable();
    known.dedup();
    let known = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
    anyhow::bail!("no schedule has the baseline {name:?}\nbaselines: {known}")
}

fn package_json(source: &str, p: &Package) -> Value {
    let mut out = json!({"source": source, "id": p.id, "name": p.name, "n_tasks": p.n_tasks});
    if let (Some(map), Some(more)) = (out.as_object_mut(), figures(&p.worth).as_object()) {
        map.extend(more.clone());
    }
    out
}

fn figures(w: &Worth) -> Value {
    json!({
        "bac": decimal_2(w.bac),
        "pv": decimal_2(w.pv),
        "ev": decimal_2(w.ev),
        "ac": decimal_2(w.ac),
        "sv": decimal_2(w.sv()),
        "cv": decimal_2(w.cv()),
        "spi": w.spi().map(decimal_4),
        "cpi": w.cpi().map(decimal_4),
        "eac": w.eac().map(decimal_2),
    })
}

/// What the last survey before an instant measured of each earthwork.
fn measured(all: &[Earthwork], t: UtcNanos) -> String {
    let line = |e: &Earthwork| {
        let m = e.surveys.iter().rev().find(|m| m.epoch.time <= t)?;
        let share = e.share(m).map_or_else(|| "n/a".to_owned(), |s| format!("{:.1} %", s * 100.0));
        let (cut, fill, near) = (m.volume.cut_m3, m.volume.fill_m3, m.alike95_m3);
        let (source, key) = (&m.epoch.source, &e.key);
        Some(format!(
            "{source}: {key} cut {cut:.1} m³, fill {fill:.1} m³, ± {near:.1} m³, {share} of what is planned\n"
        ))
    };
    all.iter().filter_map(line).collect()
}

fn table(rows: &[(String, Package)], total: &Worth) -> String {
    let line = |name: &str, w: &Worth| {
        let or_none = |v: Option<String>| v.unwrap_or_else(|| "n/a".to_owned());
        format!(
            "{:>18} {:>18} {:>18} {:>18} {:>18} {:>8} {:>8} {:>18}  {name}\n",
            decimal_2(w.pv),
            decimal_2(w.ev),
            decimal_2(w.ac),
            decimal_2(w.sv()),
            decimal_2(w.cv()),
            or_none(w.spi().map(decimal_4)),
            or_none(w.cpi().map(decimal_4)),
            or_none(w.eac().map(decimal_2)),
        )
    };
    let head = ["pv", "ev", "ac", "sv", "cv"].map(|c| format!("{c:>18}")).join(" ");
    let mut out = format!("{head} {:>8} {:>8} {:>18}\n", "spi", "cpi", "eac");
    for (_, p) in rows {
        out += &line(&format!("{} {}", p.id, p.name), &p.worth);
    }
    out + &line("total", total)
}
