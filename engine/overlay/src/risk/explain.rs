//! Why an object is at risk, in words.

use super::facts::ActiveDig;
use super::{Links, Moment, ObjectRow, Rating, factors, worst_channel};
use crate::encounter::Near;
use crate::linker::{Danger, Dig};
use crate::moment::Explained;
use crate::reason::{Arg, Reason, days, number};
use crate::risk::concerns;
use crate::{Conflict, sensor};

/// Named parts of a reason; further ones are counted. Chosen: what fits a panel.
const MAX_NAMED: usize = 8;

pub(crate) fn explain(m: &Moment<'_>, row: ObjectRow) -> Explained {
    let links = m.input.linker.links_of(row);
    let factors = factors(m, &links);
    let verdict = factors.verdict(&m.input.rules.risk);
    let state_ix = verdict.state_ix();
    let version = ("version", Arg::Text(m.input.rules.risk.version.clone()));
    if factors.is_empty() {
        return Explained { state_ix, value: None, reason: Reason::new("risk.none", Vec::new()) };
    }
    let score = number(f64::from(verdict.score), "");
    let mut reason = if verdict.unknown {
        Reason::new("risk.unknown", vec![version])
    } else {
        Reason::new("risk.sum", vec![("grade", Arg::Word(verdict.grade.name())), ("score", score), version])
    };
    reason.parts.extend(explain_overdue(m, &links));
    reason.parts.extend(explain_channel(m, &links));
    reason.parts.extend(explain_digs(m, &links));
    reason.parts.extend(explain_crossing(m, &links));
    reason.parts.extend(explain_dangers(m, &links));
    reason.parts.extend(explain_encounters(m, &links));
    reason.parts.extend(explain_weather(m, &links));
    reason.parts.extend(explain_issues(m, &links));
    if verdict.raised_by > 0 {
        let count = number(verdict.raised_by as f64, "");
        reason.parts.push(Reason::new("risk.escalated", vec![("count", count)]));
    }
    let value = (!verdict.unknown).then(|| verdict.score.to_string());
    Explained { state_ix, value, reason }
}

fn rating_args(m: &Moment<'_>, r: Rating) -> [(&'static str, Arg); 4] {
    [
        ("likelihood", number(r.likelihood.into(), "")),
        ("severity", number(r.severity.into(), "")),
        ("score", number(f64::from(r.score()), "")),
        ("grade", Arg::Word(m.input.rules.risk.grade(r).name())),
    ]
}

/// The first so many of a list, and how many more there are.
fn capped(mut parts: Vec<Reason>) -> Vec<Reason> {
    let more = parts.len().saturating_sub(MAX_NAMED);
    if more > 0 {
        parts.truncate(MAX_NAMED);
        parts.push(Reason::new("risk.more", vec![("count", number(more as f64, ""))]));
    }
    parts
}

/// The longest overdue task, the first of equals.
fn explain_overdue(m: &Moment<'_>, links: &Links<'_>) -> Option<Reason> {
    let mut best: Option<(usize, f64, Rating)> = None;
    for ix in links.tasks.iter().map(|l| l.1 as usize) {
        if let Some(Some((seconds, rating))) = m.risk().overdue.get(ix)
            && best.is_none_or(|b| *seconds > b.1)
        {
            best = Some((ix, *seconds, *rating));
        }
    }
    let (ix, seconds, rating) = best?;
    let mut args = task_args(m, ix)?;
    args.push(("overdue", days(seconds)));
    args.extend(rating_args(m, rating));
    Some(Reason::new("risk.task_overdue", args))
}

fn task_args(m: &Moment<'_>, ix: usize) -> Option<Vec<(&'static str, Arg)>> {
    let task = m.input.schedule.tasks.get(ix)?;
    Some(vec![("task", Arg::Text(task.name.clone())), ("id", Arg::Text(task.id.clone()))])
}

fn explain_weather(m: &Moment<'_>, links: &Links<'_>) -> Option<Reason> {
    let found = links.tasks.iter().filter_map(|l| {
        let ix = l.1 as usize;
        m.risk().weather.get(ix).copied().flatten().map(|w| (ix, w))
    });
    let (ix, w) = found.max_by_key(|(ix, w)| (w.rating.score(), std::cmp::Reverse(*ix)))?;
    let rule = m.input.rules.risk.weather.get(w.limit)?;
    let mut args = task_args(m, ix)?;
    args.push(("rule", Arg::Text(rule.name.clone())));
    args.push(("value", number(w.value, &rule.unit)));
    args.push(("limit", number(rule.limit, &rule.unit)));
    args.extend(rating_args(m, w.rating));
    Some(Reason::new("risk.weather", args))
}

fn explain_crossing(m: &Moment<'_>, links: &Links<'_>) -> Option<Reason> {
    let found = links.channels.iter().filter_map(|l| {
        let ix = l.1 as usize;
        m.risk().crossings.get(ix).copied().flatten().map(|c| (ix, c))
    });
    let (ix, c) = found.min_by_key(|(_, c)| c.at)?;
    let channel = m.input.channels.get(ix)?;
    let mut args = vec![
        ("channel", Arg::Text(channel.id.to_string())),
        ("level", number(c.level, &channel.unit)),
        ("crossing", Arg::Time(c.at)),
        ("in", days(c.at.seconds_since(m.input.t))),
    ];
    args.extend(rating_args(m, c.rating));
    Some(Reason::new("risk.crossing", args))
}

fn explain_dangers(m: &Moment<'_>, links: &Links<'_>) -> Vec<Reason> {
    let all = links.dangers.iter().filter_map(|l| {
        let ix = l.1 as usize;
        let rating = m.risk().dangers.get(ix).copied().flatten()?;
        let danger: &Danger = m.input.linker.dangers().get(ix)?;
        let rule = m.input.rules.risk.hazards.get(danger.rule)?;
        let key = |row| Arg::Text(m.input.objects.key(row).map_or(String::new(), |k| k.to_string()));
        let mut args = vec![
            ("rule", Arg::Text(rule.name.clone())),
            ("hazard", key(danger.hazard)),
            ("exposed", key(danger.exposed)),
            ("distance", number(danger.distance_m, "m")),
            ("radius", number(rule.radius_m, "m")),
        ];
        args.extend(rating_args(m, rating));
        Some(Reason::new("risk.hazard", args))
    });
    capped(all.collect())
}

fn explain_encounters(m: &Moment<'_>, links: &Links<'_>) -> Vec<Reason> {
    let name = |ix: usize| Arg::Text(m.input.things.get(ix).map_or(String::new(), |t| t.name.clone()));
    let all = m.risk().encounters.iter().filter(|e| concerns(links, e)).filter_map(|e| {
        let rule = m.input.rules.risk.hazards.get(e.rule)?;
        let hazard = match e.hazard {
            Near::Thing(ix) => name(ix),
            Near::Shape(ix) => {
                let row = m.input.linker.hazards().get(ix)?.row;
                Arg::Text(m.input.objects.key(row).map_or(String::new(), |k| k.to_string()))
            }
        };
        let mut args = vec![
            ("rule", Arg::Text(rule.name.clone())),
            ("hazard", hazard),
            ("exposed", name(e.exposed)),
            ("distance", number(e.distance_m, "m")),
            ("radius", number(rule.radius_m, "m")),
        ];
        args.extend(rating_args(m, e.rating));
        Some(Reason::new("risk.hazard", args))
    });
    capped(all.collect())
}

fn explain_issues(m: &Moment<'_>, links: &Links<'_>) -> Vec<Reason> {
    let all = links.issues.iter().filter_map(|l| {
        let ix = l.1 as usize;
        let open = m.risk().issues.get(ix).copied().flatten()?;
        let issue = m.input.issues.get(ix)?;
        let mut args = vec![
            ("title", Arg::Text(issue.title.clone())),
            ("id", Arg::Text(issue.id.clone())),
            ("status", Arg::Text(issue.status.clone())),
        ];
        let Some(rating) = open.rating else { return Some(Reason::new("risk.issue_unknown", args)) };
        args.extend(issue.due.map(|d| ("due", Arg::Time(d))));
        args.extend(rating_args(m, rating));
        let code = if open.overdue { "risk.issue_overdue" } else { "risk.issue" };
        Some(Reason::new(code, args))
    });
    capped(all.collect())
}

fn explain_digs(m: &Moment<'_>, links: &Links<'_>) -> Vec<Reason> {
    let mut digs: Vec<(&Dig, ActiveDig)> = links
        .digs
        .iter()
        .filter_map(|l| {
            let ix = l.1 as usize;
            Some((m.input.linker.digs().get(ix)?, m.risk().digs.get(ix).copied().flatten()?))
        })
        .collect();
    digs.sort_by_key(|(_, active)| std::cmp::Reverse(active.rating.map_or(0, Rating::score)));
    capped(digs.iter().map(|&(dig, active)| explain_dig(m, dig, active)).collect())
}

fn explain_channel(m: &Moment<'_>, links: &Links<'_>) -> Option<Reason> {
    let (ix, _, rating) = worst_channel(m, links.channels)?;
    let (channel, state) = (m.input.channels.get(ix)?, m.channels().get(ix)?);
    let mut args =
        vec![("channel", Arg::Text(channel.id.to_string())), ("state", Arg::Word(sensor::name(state.state)))];
    let code = if let Some(r) = rating {
        args.extend(rating_args(m, r));
        "risk.sensor"
    } else {
        "risk.sensor_unknown"
    };
    Some(Reason::new(code, args).with_part(sensor::why(m, ix, state)))
}

fn explain_dig(m: &Moment<'_>, dig: &Dig, active: ActiveDig) -> Reason {
    let c = &dig.clearance;
    let key = |row| Arg::Text(m.input.objects.key(row).map_or(String::new(), |k| k.to_string()));
    let mut args = vec![("excavation", key(dig.excavation))];
    let Some(pipe) = dig.pipe else { return Reason::new("risk.no_shape", args) };
    args.push(("pipe", key(pipe)));
    if let Some(kind) = m.input.rules.clearance.kinds.get(dig.kind) {
        args.push(("kind", Arg::Text(kind.name.clone())));
        args.push(("required", number(kind.horizontal_m, "m")));
        args.push(("required_vertical", number(kind.vertical_m, "m")));
    }
    args.push(("horizontal", number(c.horizontal_m.max(0.0), "m")));
    args.extend(c.vertical_m.map(|v| ("vertical", number(v, "m"))));
    args.extend(active.rating.into_iter().flat_map(|r| rating_args(m, r)));
    let code = match c.conflict {
        _ if !active.has_task => "risk.no_task",
        Conflict::Hard => "risk.hard",
        Conflict::TooClose => "risk.clearance",
        Conflict::Undecidable | Conflict::Free => "risk.undecidable",
    };
    let reason = Reason::new(code, args);
    match dig.assumed_diameter_m {
        Some(d) => reason.with_part(Reason::new("risk.assumed_diameter", vec![("diameter", number(d, "m"))])),
        None => reason,
    }
}
