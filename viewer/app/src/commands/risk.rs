//! `lantu risk`: the register of risks at a moment, by what is known or was known then.

use anyhow::Context as _;
use lantu_base::{ObjectRow, UtcNanos};
use lantu_overlay::{Contribution, Heap, ObjectTable, OverlayKind, RepeatedDigs, RiskRules};
use lantu_session::{Access, RiskEntry, Session};
use serde_json::{Map, Value, json};

use crate::cli::RiskArgs;
use crate::commands::{DONE, PARTIAL, project};
use crate::context::{Context, now, write_text};
use crate::register::{Register, RegisterRow, factors_of, grade_of, share, state_of};
use crate::stage::Overlays;

/// Grades in the order of a heap's counts.
const COUNTED: [&str; 6] = ["none", "low", "medium", "high", "extreme", "unknown"];

pub(crate) fn risk(context: &Context, args: &RiskArgs) -> anyhow::Result<u8> {
    if args.assign.is_some() {
        enter(context, args)?;
    }
    let session = project::open(context, &args.project)?;
    let parse = |text: &String| UtcNanos::parse(text, session.zone());
    let t = args.time.as_ref().map(parse).transpose()?.unwrap_or_else(now);
    let known = args.known.as_ref().map(parse).transpose()?;
    let entries = session.risk_entries()?;
    let (mut not_yet, mut lost) = (Vec::new(), Vec::new());
    let overlays = match known {
        None => Overlays::new(&session),
        Some(at) => {
            let mut then = session.known_at(at)?;
            (not_yet, lost) = (std::mem::take(&mut then.not_yet), std::mem::take(&mut then.lost));
            Overlays::known(&session, then)
        }
    };
    let only = args.object.as_ref().map(|o| session.resolve_one(o)).transpose()?;
    session.close()?;
    let mut register = Register::new(&overlays, t, (&entries, known));
    if let Some(row) = only {
        register.risks.retain(|r| r.row == row);
    }
    let told = Told { overlays: &overlays, t, rules: &overlays.rules().risk };
    let text = if args.json {
        let mut out = told.json(&register);
        if let Some(map) = out.as_object_mut() {
            map.insert("known".to_owned(), json!(known.map(|k| k.to_string())));
            map.insert("not_yet".to_owned(), json!(not_yet));
            map.insert("lost".to_owned(), json!(lost));
        }
        serde_json::to_string_pretty(&out)? + "\n"
    } else {
        told.table(&register)
    };
    write_text(&text)?;
    // What was known then and is gone makes the answer a part of it.
    Ok(if lost.is_empty() { DONE } else { PARTIAL })
}

/// Enters who looks after the risk of an object.
fn enter(context: &Context, args: &RiskArgs) -> anyhow::Result<()> {
    let (Some(object), Some(by), Some(why)) = (&args.assign, &args.by, &args.why) else {
        anyhow::bail!("who enters it and why is kept in the log: give --by and --why");
    };
    let mut session = Session::open(&args.project, Access::Write, context.session_options(None)?)?;
    let row = session.resolve_one(object)?;
    let scene = session.scene();
    let key = scene.object(row).context("the object is gone")?.key().to_string();
    let known = now();
    let valid = args.time.as_ref().map_or(Ok(known), |t| UtcNanos::parse(t, session.zone()))?;
    let due = args.due.as_ref().map(|d| UtcNanos::parse_finish(d, session.zone())).transpose()?;
    let owner = args.owner.clone().unwrap_or_default();
    anyhow::ensure!(!owner.is_empty() || args.closed, "say who looks after it (--owner), or --closed");
    let (by, why) = (by.clone(), why.clone());
    session.enter_risk(&RiskEntry { object: key, owner, due, closed: args.closed, why, by, valid, known })?;
    session.close()?;
    Ok(())
}

/// The register in words.
struct Told<'a> {
    overlays: &'a Overlays,
    t: UtcNanos,
    rules: &'a RiskRules,
}

impl Told<'_> {
    fn json(&self, register: &Register) -> Value {
        let heaps = |all: &[Heap]| all.iter().map(|h| self.heap(h)).collect::<Vec<_>>();
        let digs = register.repeated.iter().map(|d| {
            json!({
                "first": self.key(d.first), "second": self.key(d.second), "street": self.key(d.street),
                "distance_m": d.distance_m, "days_between": d.days_between,
            })
        });
        json!({
            "time": self.t.to_string(),
            "rules": self.rules.version,
            "states": register.states,
            "matrix": register.matrix,
            "risks": register.risks.iter().map(|r| self.row(r)).collect::<Vec<_>>(),
            "sites": heaps(&register.sites),
            "cells": heaps(&register.cells),
            "repeated_digs": digs.collect::<Vec<_>>(),
        })
    }

    fn key(&self, row: ObjectRow) -> Option<String> {
        self.overlays.table.key(row).map(|k| k.to_string())
    }

    fn named(&self, row: ObjectRow) -> Map<String, Value> {
        let scene = self.overlays.table.scene();
        let mut out = Map::new();
        if let Some(o) = scene.object(row) {
            let texts = [
                ("source", o.span.source.as_str()),
                ("id", o.id()),
                ("class", o.class()),
                ("name", o.name()),
            ];
            out.extend(texts.map(|(k, v)| (k.to_owned(), json!(v))));
        }
        out
    }

    fn row(&self, r: &RegisterRow) -> Value {
        let explained = self.overlays.at(self.t).explain(OverlayKind::Risk, r.row);
        let (likelihood, severity) = r.worst().unzip();
        let mut out = self.named(r.row);
        let factors: Vec<Value> = r.risk.contributions.iter().map(|c| self.contribution(c)).collect();
        let helps = r.risk.what_would_help().map(|c| c.factor.name());
        let entry = r.entry.as_ref();
        let more = json!({
            "state": r.risk.state(),
            "score": r.risk.verdict.score,
            "likelihood": likelihood,
            "severity": severity,
            "raised": r.risk.verdict.raised_by > 0,
            "factors": factors,
            "would_help_most": helps,
            "reason": explained.reason.to_string(),
            "owner": entry.map(|e| e.owner.as_str()).filter(|o| !o.is_empty()),
            "due": entry.and_then(|e| e.due).map(|d| d.to_string()),
            "overdue": entry.filter(|e| !e.closed).and_then(|e| e.due).is_some_and(|d| d < self.t),
            "closed": entry.is_some_and(|e| e.closed),
            "entered_by": entry.map(|e| e.by.as_str()),
            "why": entry.map(|e| e.why.as_str()),
        });
        if let Value::Object(more) = more {
            out.extend(more);
        }
        Value::Object(out)
    }

    fn contribution(&self, c: &Contribution) -> Value {
        json!({
            "factor": c.factor.name(),
            "likelihood": c.rating.map(|r| r.likelihood),
            "severity": c.rating.map(|r| r.severity),
            "score": c.rating.map(lantu_overlay::Rating::score),
            "grade": grade_of(self.rules, c),
            "state_without": state_of(&c.without),
            "score_without": c.without.score,
        })
    }

    fn heap(&self, h: &Heap) -> Value {
        let mut out = h.whole.map(|row| self.named(row)).unwrap_or_default();
        let state = if h.unknown { "unknown" } else { h.grade.name() };
        let counts: Map<String, Value> =
            COUNTED.iter().zip(h.counts).map(|(name, n)| ((*name).to_owned(), json!(n))).collect();
        out.insert("state".to_owned(), json!(state));
        out.insert("counts".to_owned(), Value::Object(counts));
        out.insert("factors".to_owned(), json!(factors_of(h)));
        out.insert("worst".to_owned(), json!(h.worst.and_then(|row| self.key(row))));
        Value::Object(out)
    }

    fn table(&self, register: &Register) -> String {
        let key = |row| self.key(row).unwrap_or_default();
        let risk = |r: &RegisterRow| {
            let factors: Vec<String> = r.risk.contributions.iter().map(share).collect();
            let owner = r.entry.as_ref().map_or("-", |e| e.owner.as_str());
            let due = r.entry.as_ref().and_then(|e| e.due).map_or_else(|| "-".to_owned(), |d| d.to_string());
            let (state, score, id) = (r.risk.state(), r.risk.verdict.score, key(r.row));
            format!("{state:8} {score:2}  {id:40}  {owner:16} {due:20}  {}\n", factors.join(", "))
        };
        let dig = |d: &RepeatedDigs| {
            let (first, second, street) = (key(d.first), key(d.second), key(d.street));
            let (days, meters) = (d.days_between, d.distance_m);
            format!("dug twice: {first} and {second} on {street}, {days:.0} days and {meters:.0} m apart\n")
        };
        let out: String = register.risks.iter().map(risk).chain(register.repeated.iter().map(dig)).collect();
        let counts: Vec<String> =
            COUNTED.iter().map(|s| format!("{s} {}", register.states.get(s).copied().unwrap_or(0))).collect();
        out + &format!("{}; risk rules {}\n", counts.join(", "), self.rules.version)
    }
}
