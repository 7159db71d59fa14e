//! `lantu channels`, `samples`, `rules` and `alarms`: what sensors said and what follows from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{
    Act, Channel, Deed, Fixtures, Life, Oddities, SensorRules, UNUSUAL_SCORE, WARM_UP, gaps, oddities,
    state_at,
};
use lantu_session::{Access, Session};
use serde_json::{Value, json};

use crate::cli::{AlarmsArgs, ChannelsArgs, RulesCommand, SamplesArgs};
use crate::commands::{DONE, NOT_VERIFIED, PARTIAL, channels_lint, project, risk_rules, said};
use crate::context::{Context, now, write_out, write_text};

/// An alarm is shelved for a shift unless somebody says how long. Chosen.
const SHELF_S: f64 = 8.0 * 3600.0;
/// Suffix of the file of fixtures beside a rule file.
const FIXTURES: &str = ".fixtures.toml";

pub(crate) fn channels(context: &Context, args: &ChannelsArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    if args.lint {
        let rows = channels_lint::lint(context, &session);
        session.close()?;
        write_text(&if args.json {
            serde_json::to_string_pretty(&json!({ "findings": rows }))? + "\n"
        } else {
            csv_of(&["channel", "code", "what"], &rows)?
        })?;
        return Ok(if rows.is_empty() { DONE } else { PARTIAL });
    }
    let t = moment(&session, args.time.as_deref())?;
    let (store, rules) = (session.time_store(), &session.rules().sensor);
    let known = session.channels().iter().map(|c| &c.id);
    let unbound: Vec<Channel> =
        store.channels().filter(|id| !known.clone().any(|k| k == *id)).map(no_binding).collect();
    let mut rows: Vec<Value> = Vec::new();
    for channel in session.channels().iter().chain(&unbound) {
        let s = state_at(store, channel, rules, t);
        // Without a binding nothing tells what it measures, so nothing judges it.
        let state =
            if channel.object.is_none() && channel.wiring.is_none() { "unbound" } else { s.state.name() };
        let quality = store.value_at(&channel.id, t).map(|s| s.quality.name());
        rows.push(json!({
            "channel": *channel.id.0, "quantity": channel.quantity, "unit": s.unit, "bound_to": channel.object,
            "time": s.sample_time.map(|t| t.to_string()), "value": s.value, "quality": quality, "state": state,
            "level": s.level,
        }));
    }
    session.close()?;
    if args.json {
        write_text(
            &(serde_json::to_string_pretty(&json!({ "time": t.to_string(), "channels": rows }))? + "\n"),
        )?;
        return Ok(DONE);
    }
    let fields = ["channel", "state", "value", "unit", "time", "quality", "bound_to"];
    write_text(&csv_of(&fields, &rows)?)?;
    Ok(DONE)
}

fn no_binding(id: &ChannelId) -> Channel {
    let (quantity, unit) = (String::new(), String::new());
    Channel {
        id: id.clone(),
        object: None,
        quantity,
        unit,
        period_s: 0.0,
        shelves: Vec::new(),
        site: String::new(),
        wiring: None,
    }
}

pub(crate) fn samples(context: &Context, args: &SamplesArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    let (from, to) = span(&session, args.from.as_deref(), args.to.as_deref())?;
    let (store, id) = (session.time_store(), ChannelId(args.channel.as_str().into()));
    if !store.channels().any(|c| *c == id) {
        bail!("the project has no samples of this channel\nchannel: {:?}", args.channel);
    }
    let mut rows: Vec<Value> = Vec::new();
    if let Some(n) = args.columns {
        // The last instant is part of what was asked for.
        for c in store.min_max(&id, from, UtcNanos(to.0.saturating_add(1)), n).iter().filter(|c| c.n > 0) {
            rows.push(json!({
                "time": c.t0.to_string(), "n": c.n, "min": c.min, "max": c.max, "mean": c.sum / c.n as f64,
            }));
        }
        write_out(args.out.as_deref(), &csv_of(&["time", "n", "min", "max", "mean"], &rows)?)?;
    } else if args.unusual {
        let Oddities { found, n } = oddities(store, &id, (from, to));
        if n < WARM_UP {
            bail!(
                "{n} readings are too few to know what is usual: {WARM_UP} are not\nchannel: {:?}",
                args.channel
            );
        }
        for odd in found.iter().filter(|odd| odd.unusual.score >= UNUSUAL_SCORE) {
            let what = format!("{:?}", odd.unusual.what).to_lowercase();
            rows.push(json!({
                "time": odd.time.to_string(), "value": odd.value, "score": odd.unusual.score, "what": what,
                "by": odd.unusual.by,
            }));
        }
        write_out(args.out.as_deref(), &csv_of(&["time", "value", "score", "what", "by"], &rows)?)?;
    } else {
        // Where the source numbers its messages: how many never came before a reading.
        let lost: BTreeMap<_, u64> =
            gaps(store, &id, from, to).into_iter().map(|g| ((g.to, g.sequence), g.missing)).collect();
        let mut fields = vec!["time", "value", "unit", "quality"];
        let samples = store.range(&id, from, to);
        if samples.iter().any(|s| s.sequence.is_some()) {
            fields.push("sequence");
        }
        if samples.iter().any(|s| s.result_time.is_some()) {
            fields.push("result_time");
        }
        if !lost.is_empty() {
            fields.push("missing_before");
        }
        for s in samples {
            rows.push(json!({
                "time": s.time.to_string(), "value": s.value, "unit": *s.unit, "quality": s.quality.name(),
                "sequence": s.sequence, "result_time": s.result_time.map(|t| t.to_string()), "missing_before": lost.get(&(s.time, s.sequence)),
            }));
        }
        write_out(args.out.as_deref(), &csv_of(&fields, &rows)?)?;
    }
    session.close()?;
    Ok(DONE)
}

/// CSV with a header; null is empty.
pub(crate) fn csv_of(fields: &[&str], rows: &[Value]) -> anyhow::Result<String> {
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(fields)?;
    for row in rows {
        let text = |f: &&str| match row.get(f) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(s)) => s.clone(),
            Some(v) => v.to_string(),
        };
        w.write_record(fields.iter().map(text))?;
    }
    Ok(String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)
}

/// The time asked for, else the end of what the project has samples of.
fn moment(session: &Session, time: Option<&str>) -> anyhow::Result<UtcNanos> {
    match time {
        Some(text) => Ok(UtcNanos::parse(text, session.zone())?),
        None => Ok(session.time_store().span().map_or_else(now, |s| s.1)),
    }
}

pub(crate) fn span(
    session: &Session,
    from: Option<&str>,
    to: Option<&str>,
) -> anyhow::Result<(UtcNanos, UtcNanos)> {
    let all = session.time_store().span().unwrap_or((UtcNanos(0), UtcNanos(0)));
    let parse = |text: Option<&str>, other| text.map_or(Ok(other), |t| UtcNanos::parse(t, session.zone()));
    Ok((parse(from, all.0)?, parse(to, all.1)?))
}

pub(crate) fn alarms(context: &Context, args: &AlarmsArgs) -> anyhow::Result<u8> {
    let acted_on = args.ack.as_ref().or(args.shelve.as_ref()).or(args.unshelve.as_ref());
    let n_known = match acted_on {
        Some(channel) => act(context, args, channel)?,
        None => 0,
    };
    let session = project::open(context, &args.project)?;
    let (from, to) = span(&session, args.from.as_deref(), args.to.as_deref())?;
    let acts = session.alarm_acts()?;
    let mut rows: Vec<(UtcNanos, Value)> = Vec::new();
    let word = |level: &str| session.rules().sensor.word(context.words.language().tag(), level).to_owned();
    // Who did something is told that, not everything that ever happened.
    let changes = if acted_on.is_some() { Vec::new() } else { session.alarm_transitions(from, to) };
    for t in changes {
        let why = said::because(context, &t.why, word);
        rows.push((t.time, json!({
            "time": t.time.to_string(), "channel": *t.channel.0, "rule": t.rule, "version": t.version,
            "from": t.from.name(), "to": t.to.name(), "level": t.level, "value": t.value, "why": why, "by": null,
        })));
    }
    for a in acts.iter().skip(n_known).filter(|a| acted_on.is_some() || from <= a.time) {
        let (to, until) = match a.deed {
            Deed::Acknowledge => (Life::Acknowledged, None),
            Deed::Shelve { until } => (Life::Shelved, Some(until.to_string())),
            Deed::Unshelve => (Life::Unacknowledged, None),
        };
        rows.push((
            a.time,
            json!({
                "time": a.time.to_string(), "channel": a.channel, "rule": null, "version": null, "from": null,
                "to": to, "until": until, "why": a.why, "by": a.by,
            }),
        ));
    }
    rows.sort_by_key(|r| r.0);
    let rows: Vec<Value> = rows.into_iter().map(|r| r.1).collect();
    let acted = acts.iter().map(|a| a.time).fold(to, UtcNanos::max);
    let end = if args.to.is_some() { to } else { acted };
    let open: Vec<Value> = session
        .alarms_at(&acts, end)
        .into_iter()
        .map(|a| {
            json!({
                "channel": *a.channel.0, "state": a.life, "raised": a.raised.to_string(), "level": a.level,
                "worst": a.worst.name(), "by": a.by,
            })
        })
        .collect();
    session.close()?;
    let text = if args.json {
        serde_json::to_string_pretty(&json!({ "transitions": rows, "alarms": open }))? + "\n"
    } else {
        csv_of(&["time", "channel", "rule", "version", "from", "to", "level", "why", "by"], &rows)?
    };
    write_text(&text)?;
    Ok(DONE)
}

/// Acknowledges, shelves or unshelves; how much had been done before.
fn act(context: &Context, args: &AlarmsArgs, channel: &str) -> anyhow::Result<usize> {
    let (Some(by), Some(why)) = (&args.by, &args.why) else {
        bail!("who does it and why is kept in the log: give --by and --why");
    };
    if by.trim().is_empty() || why.trim().is_empty() {
        bail!("who does it and why is kept in the log: --by and --why must not be empty");
    }
    let mut session = Session::open(&args.project, Access::Write, context.session_options(None)?)?;
    let time = args.time.as_deref().map_or(Ok(now()), |t| UtcNanos::parse(t, session.zone()))?;
    let deed = if args.ack.is_some() {
        Deed::Acknowledge
    } else if args.shelve.is_some() {
        let until = args.until.as_deref().map(|t| UtcNanos::parse(t, session.zone())).transpose()?;
        Deed::Shelve { until: until.unwrap_or_else(|| time.plus_s(SHELF_S)) }
    } else {
        Deed::Unshelve
    };
    let n_known = session.alarm_acts()?.len();
    session.act_on_alarm(&Act {
        time,
        channel: channel.to_owned(),
        deed,
        by: by.clone(),
        why: why.clone(),
    })?;
    session.close()?;
    Ok(n_known)
}

pub(crate) fn rules(context: &Context, command: &RulesCommand) -> anyhow::Result<u8> {
    match command {
        RulesCommand::Test { dir } => test_rules(context, dir.as_deref()),
        RulesCommand::Use { project, file, .. } => use_rules(context, project, file.as_deref()),
        RulesCommand::Show { project } => show_rules(context, project.as_deref()),
    }
}

/// Gives a project rules of its own; without a file those that come with Lantu.
fn use_rules(context: &Context, project: &Path, file: Option<&Path>) -> anyhow::Result<u8> {
    let text = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read\nfile: {}", path.display()))?;
            let fixtures = PathBuf::from(fixtures_beside(&path.display().to_string()));
            let beside = if fixtures.exists() { Some(std::fs::read_to_string(&fixtures)?) } else { None };
            let mut tally = Tally::default();
            tally.test(context, &path.display().to_string(), text.as_bytes(), beside.as_deref())?;
            if tally.failed > 0 {
                return Ok(NOT_VERIFIED);
            }
            Some(text)
        }
        None => None,
    };
    let author = context.session_options(None)?;
    lantu_session::use_sensor_rules(project, &author, text.as_deref())?;
    let session = project::open(context, project)?;
    let rules = &session.rules().sensor;
    let n = rules.rules().len();
    let args = [("n", (n as u64).into()), ("version", rules.version.as_str().into())];
    context.line(&context.say("app-rules-used", &args))?;
    session.close()?;
    Ok(DONE)
}

fn show_rules(context: &Context, project: Option<&Path>) -> anyhow::Result<u8> {
    let own = match project {
        Some(path) => {
            let session = project::open(context, path)?;
            let own = session.own_sensor_rules()?;
            session.close()?;
            own
        }
        None => None,
    };
    write_text(own.as_deref().unwrap_or(lantu_session::SHIPPED_SENSOR_RULES))?;
    Ok(DONE)
}

fn test_rules(context: &Context, dir: Option<&Path>) -> anyhow::Result<u8> {
    let mut tally = Tally::default();
    if let Some(dir) = dir {
        for path in rule_files(dir)? {
            let name = path.display().to_string();
            let fixtures = PathBuf::from(fixtures_beside(&name));
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read\nfile: {name}"))?;
            let text = if fixtures.exists() { Some(std::fs::read_to_string(&fixtures)?) } else { None };
            if is_risk(&bytes) {
                tally.add(risk_rules::test(context, &name, &bytes, text.as_deref())?);
            } else {
                tally.test(context, &name, &bytes, text.as_deref())?;
            }
        }
    } else {
        tally.test(
            context,
            "sensor_levels.toml",
            include_bytes!("../../../../assets/rules/sensor_levels.toml"),
            Some(include_str!("../../../../assets/rules/sensor_levels.fixtures.toml")),
        )?;
        let (rules, fixtures) = risk_rules::SHIPPED;
        tally.add(risk_rules::test(context, "risk.toml", rules, Some(fixtures))?);
    }
    let n = |n: usize| (n as u64).into();
    let args = [("rules", n(tally.rules)), ("fixtures", n(tally.fixtures)), ("failed", n(tally.failed))];
    context.line(&context.say("rules-test-done", &args))?;
    Ok(if tally.failed == 0 { DONE } else { NOT_VERIFIED })
}

/// The file of fixtures beside a rule file.
pub(super) fn fixtures_beside(rules: &str) -> String {
    format!("{}{FIXTURES}", rules.strip_suffix(".toml").unwrap_or(rules))
}

/// Says what failed, of which rule, in which file.
pub(super) fn failed(context: &Context, what: &str, rule: Option<&str>, file: &str) -> anyhow::Result<()> {
    context.line(&context.say("rules-test-failed", &[("what", what.into())]))?;
    if let Some(rule) = rule {
        context.line(&context.say("rules-test-rule", &[("rule", rule.into())]))?;
    }
    context.line(&context.say("rules-test-file", &[("file", file.into())]))
}

/// Says that the fixtures beside a rule file cannot be read.
pub(super) fn unreadable(context: &Context, why: &str, rules: &str) -> anyhow::Result<()> {
    let what = context.say("rules-test-fixtures", &[("what", why.into())]);
    failed(context, &what, None, &fixtures_beside(rules))
}

/// Whether a rule file is about risk: it has the matrix of likelihood and severity.
fn is_risk(bytes: &[u8]) -> bool {
    let table = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<toml::Table>().ok());
    table.is_some_and(|t| t.contains_key("matrix"))
}

/// Rule files in a folder, by name: those of readings, of risk, and those that cannot be read as TOML.
fn rule_files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir)
        .with_context(|| format!("cannot read the folder\nfolder: {}", dir.display()))?
    {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_none_or(|e| e != "toml") || name.ends_with(FIXTURES) {
            continue;
        }
        let other = std::fs::read_to_string(&path).is_ok_and(|text| {
            text.parse::<toml::Table>().is_ok_and(|t| !t.contains_key("rule") && !t.contains_key("matrix"))
        });
        if !other {
            out.push(path);
        }
    }
    out.sort();
    if out.is_empty() {
        bail!("no file of sensor or risk rules is there\nfolder: {}", dir.display());
    }
    Ok(out)
}

#[derive(Default)]
struct Tally {
    rules: usize,
    fixtures: usize,
    failed: usize,
}

impl Tally {
    fn add(&mut self, (rules, fixtures, failed): (usize, usize, usize)) {
        self.rules += rules;
        self.fixtures += fixtures;
        self.failed += failed;
    }

    fn test(
        &mut self,
        context: &Context,
        file: &str,
        bytes: &[u8],
        fixtures: Option<&str>,
    ) -> anyhow::Result<()> {
        let rules = match SensorRules::parse(bytes) {
            Ok(rules) => rules,
            Err(e) => {
                self.failed += 1;
                return failed(context, &e.to_string(), None, file);
            }
        };
        self.rules += rules.rules().len();
        let fixtures = match fixtures.map(Fixtures::parse) {
            None => Vec::new(),
            Some(Ok(f)) => f.fixtures,
            Some(Err(e)) => {
                self.failed += 1;
                return unreadable(context, &e, file);
            }
        };
        self.fixtures += fixtures.len();
        for fixture in &fixtures {
            if let Err(e) = fixture.run(&rules) {
                self.failed += 1;
                let place = &fixtures_beside(file);
                failed(context, &format!("{}: {e}", fixture.name), Some(&fixture.rule), place)?;
            }
        }
        for rule in rules.rules().iter().filter(|r| !fixtures.iter().any(|f| f.rule == r.id)) {
            context.line(&context.say("rules-test-none", &[("rule", rule.id.as_str().into())]))?;
        }
        Ok(())
    }
}
