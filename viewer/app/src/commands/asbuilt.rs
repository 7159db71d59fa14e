//! `lantu asbuilt`: what a survey from the air says about how far elements are, and accepting it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use lantu_base::{ObjectRow, UtcNanos};
use lantu_records::{ProgressEntry, progress_at};
use lantu_session::{Access, AsBuilt, Earthwork, Epoch, Proposal, Session, Survey};
use serde_json::{Map, Value, json};

use crate::cli::AsBuiltArgs;
use crate::commands::{DONE, earthworks, project};
use crate::context::{Context, now, write_out};
use crate::stage::Overlays;
use crate::survey;

pub(crate) fn asbuilt(context: &Context, args: &AsBuiltArgs) -> anyhow::Result<u8> {
    if args.set_epoch.is_some() {
        return set_epoch(context, args);
    }
    if !args.accept.is_empty() || !args.withdraw.is_empty() {
        return enter(context, args);
    }
    let session = project::open(context, &args.project)?;
    let source = epoch_of(&session, args.epoch.as_deref())?;
    let survey = session.survey(&source)?;
    let earthworks = session.earthworks()?;
    let told = Told { overlays: Overlays::new(&session), survey: &survey, earthworks: &earthworks };
    session.close()?;
    let text = if args.json {
        serde_json::to_string_pretty(&told.json())? + "\n"
    } else if args.csv {
        told.csv()?
    } else {
        told.table()
    };
    write_out(args.out.as_deref(), &text)?;
    Ok(DONE)
}

/// The survey that is asked for, or the last one.
fn epoch_of(session: &Session, wanted: Option<&str>) -> anyhow::Result<String> {
    let epochs = session.epochs()?;
    let found = match wanted {
        Some(name) => epochs.iter().find(|e| e.source == name),
        None => epochs.last(),
    };
    let known: Vec<&str> = epochs.iter().map(|e| e.source.as_str()).collect();
    let found = found.with_context(|| {
        format!(
            "no such survey with a date: state one with lantu asbuilt PROJECT --set-epoch SOURCE --time TIME --sigma M\n\
             surveys: {}",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        )
    })?;
    Ok(found.source.clone())
}

fn set_epoch(context: &Context, args: &AsBuiltArgs) -> anyhow::Result<u8> {
    let (Some(source), Some(time), Some(sigma_m)) = (&args.set_epoch, &args.time, args.sigma) else {
        anyhow::bail!("give --time and --sigma with --set-epoch");
    };
    anyhow::ensure!(sigma_m.is_finite() && sigma_m > 0.0, "--sigma is a standard deviation above 0 meters");
    let mut session = Session::open(&args.project, Access::Write, context.session_options(None)?)?;
    let time = UtcNanos::parse(time, session.zone())?;
    session.set_epoch(&Epoch { source: source.clone(), time, sigma_m })?;
    session.close()?;
    Ok(DONE)
}

/// Enters proposals as progress, or takes entries back, by their ids `EPOCH/source:id`; nothing is entered if one cannot be.
fn enter(context: &Context, args: &AsBuiltArgs) -> anyhow::Result<u8> {
    let by = args.by.as_deref().context("who decides it is kept in the log: give --by")?;
    let mut session = Session::open(&args.project, Access::Write, context.session_options(None)?)?;
    let mut entries = accepted(&session, &args.accept, by)?;
    entries.extend(withdrawn(&session, &args.withdraw, by)?);
    session.enter_progress(&entries)?;
    session.close()?;
    for e in &entries {
        let said = [
            ("object", e.object.clone().into()),
            ("state", e.state.name().into()),
            ("proof", e.proof.clone().into()),
        ];
        let id = if e.withdrawn { "app-asbuilt-withdrawn" } else { "app-asbuilt-accepted" };
        context.line(&context.say(id, &said))?;
    }
    Ok(DONE)
}

fn epoch_and_object(id: &str) -> anyhow::Result<(&str, &str)> {
    id.split_once('/').with_context(|| format!("a proposal is EPOCH/source:id\nfound: {id:?}"))
}

/// The entries that accepting these proposals makes.
fn accepted(session: &Session, ids: &[String], by: &str) -> anyhow::Result<Vec<ProgressEntry>> {
    let mut surveys: BTreeMap<String, Survey> = BTreeMap::new();
    let earthworks = if ids.is_empty() { Vec::new() } else { session.earthworks()? };
    let mut entries = Vec::new();
    for id in ids {
        let (epoch, object) = epoch_and_object(id)?;
        let row = session.resolve_one(object)?;
        let cannot = |why: &str| format!("the survey cannot tell how far it is: {why}\nobject: {object:?}");
        if let Some(e) = earthworks.iter().find(|e| e.row == row) {
            let moved = e.surveys.iter().find(|m| m.epoch.source == epoch);
            let moved = moved.with_context(|| cannot("it is not a later survey"))?;
            entries.push(e.entry(moved, by, now()).with_context(|| cannot("heights are missing"))?);
            continue;
        }
        if !surveys.contains_key(epoch) {
            surveys.insert(epoch.to_owned(), session.survey(epoch)?);
        }
        let survey = surveys.get(epoch).context("the survey is gone")?;
        let proposal = survey.proposals.iter().find(|p| p.row == row);
        let proposal = proposal.with_context(|| cannot("it is no element with a shape"))?;
        entries.push(proposal.entry(&survey.epoch, by, now()).with_context(|| cannot(proposal.why))?);
    }
    Ok(entries)
}

/// The entries that take back what was accepted of these proposals.
fn withdrawn(session: &Session, ids: &[String], by: &str) -> anyhow::Result<Vec<ProgressEntry>> {
    let (overlays, epochs) = (Overlays::new(session), session.epochs()?);
    let mut entries = Vec::new();
    for id in ids {
        let (epoch, object) = epoch_and_object(id)?;
        let row = session.resolve_one(object)?;
        let key = session.scene().object(row).map(|o| o.key().to_string()).unwrap_or_default();
        let epoch = epochs.iter().find(|e| e.source == epoch);
        let epoch = epoch.with_context(|| format!("no such survey with a date\nproposal: {id:?}"))?;
        let entry = survey::accepted(&overlays, &key, epoch.time);
        let entry = entry.with_context(|| format!("nobody accepted it\nproposal: {id:?}"))?;
        entries.push(entry.taken_back(by, now()));
    }
    Ok(entries)
}

/// A survey in words.
struct Told<'a> {
    overlays: Overlays,
    survey: &'a Survey,
    earthworks: &'a [Earthwork],
}

impl Told<'_> {
    fn json(&self) -> Value {
        let s = self.survey;
        let epoch = |e: &Epoch| json!({"source": e.source, "time": e.time.to_string(), "sigma_m": e.sigma_m});
        let t = &s.thresholds;
        json!({
            "epoch": epoch(&s.epoch),
            "before": s.before.as_ref().map(epoch),
            "thresholds": {
                "cell_m": s.cell_m, "lod95_m": round_mm(t.lod95_m), "change_lod95_m": round_mm(t.change_lod95_m),
                "deviation_most_m": t.deviation_most_m, "least_cells": t.least_cells, "stray_share": t.stray_share,
            },
            "states": counts(|state| s.proposals.iter().filter(|p| p.state == state).count() as u64),
            "zones": self.zones(),
            "earthworks": earthworks::told(&self.overlays, self.earthworks, s.epoch.time),
            "proposals": s.proposals.iter().map(|p| self.proposal(p)).collect::<Vec<_>>(),
        })
    }

    fn zones(&self) -> Vec<Value> {
        let scene = self.overlays.table.scene();
        let zone = |z: lantu_session::Zone| {
            let object = z.row.and_then(|row| scene.object(row));
            json!({
                "source": z.source.as_str(),
                "id": object.as_ref().map(lantu_scene::ObjectView::id),
                "class": object.as_ref().map(lantu_scene::ObjectView::class),
                "name": object.as_ref().map(lantu_scene::ObjectView::name),
                "state": z.state().name(),
                "counts": counts(|s| AsBuilt::ALL.iter().zip(z.counts).find(|(a, _)| **a == s).map_or(0, |c| c.1)),
            })
        };
        self.survey.zones(scene).into_iter().map(zone).collect()
    }

    fn id(&self, p: &Proposal) -> String {
        format!("{}/{}", self.survey.epoch.source, p.key)
    }

    fn proposal(&self, p: &Proposal) -> Value {
        let scene = self.overlays.table.scene();
        let object = scene.object(p.row);
        let c = &p.cells;
        let tasks: Vec<Value> = self
            .tasks(p.row)
            .map(|(id, name, state)| json!({"id": id, "name": name, "state": state}))
            .collect();
        json!({
            "proposal": self.id(p),
            "source": object.as_ref().map(|o| o.span.source.as_str()),
            "id": object.as_ref().map(lantu_scene::ObjectView::id),
            "class": object.as_ref().map(lantu_scene::ObjectView::class),
            "name": object.as_ref().map(lantu_scene::ObjectView::name),
            "state": p.state.name(),
            "why": p.why,
            "proposes": p.proven().map(lantu_records::Proven::name),
            "cells": {
                "total": c.total(), "seen": c.seen(), "met": c.met, "off": c.off, "absent": c.absent, "rising": c.rising,
                "covered": c.covered, "under_ground": c.buried, "nodata": c.nodata,
                "without_edges": p.inner_only,
            },
            "mean_m": c.mean_m().map(round_mm),
            "p95_m": c.p95_m(),
            "tasks": tasks,
            "disagrees": self.disagrees(p),
            "accepted": self.accepted(p).map(|e| json!({"by": e.by, "known": e.known.to_string(), "state": e.state.name()})),
        })
    }

    /// Tasks of an object with their states when the survey was flown.
    fn tasks(&self, row: ObjectRow) -> impl Iterator<Item = (&str, &str, Value)> {
        let at = self.survey.epoch.time;
        let tasks = self.overlays.tasks_of(row).filter_map(|ix| self.overlays.schedule().tasks.get(ix));
        tasks.map(move |t| (t.id.as_str(), t.name.as_str(), json!(progress_at(t, at).state)))
    }

    /// Whether the tasks say otherwise for that day; nothing to compare: `None`.
    fn disagrees(&self, p: &Proposal) -> Option<bool> {
        survey::disagrees(&self.overlays, (p.row, p.proven()?), self.survey.epoch.time)
    }

    /// The entry that was made of it.
    fn accepted(&self, p: &Proposal) -> Option<&ProgressEntry> {
        survey::accepted(&self.overlays, &p.key, self.survey.epoch.time)
    }

    fn csv(&self) -> anyhow::Result<String> {
        let mut w = csv::Writer::from_writer(Vec::new());
        w.write_record([
            "proposal",
            "class",
            "name",
            "state",
            "why",
            "proposes",
            "seen",
            "met",
            "off",
            "absent",
            "rising",
            "covered",
            "under_ground",
            "nodata",
            "mean_m",
            "p95_m",
            "disagrees",
            "accepted_by",
        ])?;
        let scene = self.overlays.table.scene();
        for p in &self.survey.proposals {
            let object = scene.object(p.row);
            let c = &p.cells;
            let meters = |m: Option<f64>| m.map(|m| format!("{m:.3}")).unwrap_or_default();
            let counts = [c.seen(), c.met, c.off, c.absent, c.rising, c.covered, c.buried, c.nodata];
            let mut row = vec![
                self.id(p),
                object.as_ref().map(|o| o.class().to_owned()).unwrap_or_default(),
                object.as_ref().map(|o| o.name().to_owned()).unwrap_or_default(),
                p.state.name().to_owned(),
                p.why.to_owned(),
                p.proven().map(|s| s.name().to_owned()).unwrap_or_default(),
            ];
            row.extend(counts.map(|n| n.to_string()));
            row.extend([meters(c.mean_m()), meters(c.p95_m())]);
            row.push(self.disagrees(p).map(|d| d.to_string()).unwrap_or_default());
            row.push(self.accepted(p).map(|e| e.by.clone()).unwrap_or_default());
            w.write_record(&row)?;
        }
        Ok(String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)
    }

    /// What the survey can tell, worst first, and the counts of everything.
    fn table(&self) -> String {
        let s = self.survey;
        let line = |p: &Proposal| {
            let c = &p.cells;
            let off = match (c.mean_m(), c.p95_m()) {
                (Some(mean), Some(p95)) => format!("{mean:+.3} m, 95 % within {p95:.3} m"),
                _ => String::new(),
            };
            let remark = if self.disagrees(p) == Some(true) { "  tasks say otherwise" } else { "" };
            let (state, why, there, seen) = (p.state.name(), p.why, c.there(), c.seen());
            format!("{state:12} {why:14} {there:5} of {seen:5} cells  {}  {off}{remark}\n", self.id(p))
        };
        let told = s.proposals.iter().filter(|p| p.state != AsBuilt::NotObservable);
        let mut told: Vec<&Proposal> = told.collect();
        told.sort_by_key(|p| (std::cmp::Reverse(p.state), p.row));
        let lines: String = told.into_iter().map(line).collect();
        let counts: Vec<String> = AsBuilt::ALL
            .iter()
            .map(|a| format!("{} {}", a.name(), s.proposals.iter().filter(|p| p.state == *a).count()))
            .collect();
        format!(
            "{lines}{}; survey {} of {}, cells of {:.2} m, noise floor {:.3} m\n",
            counts.join(", "),
            s.epoch.source,
            s.epoch.time,
            s.cell_m,
            s.thresholds.lod95_m
        )
    }
}

fn counts(of: impl Fn(AsBuilt) -> u64) -> Map<String, Value> {
    AsBuilt::ALL.iter().map(|s| (s.name().to_owned(), json!(of(*s)))).collect()
}

fn round_mm(m: f64) -> f64 {
    (m * 1000.0).round() / 1000.0
}
