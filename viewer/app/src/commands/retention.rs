//! `lantu retention`: how long readings are kept.

use anyhow::{Context as _, bail};
use lantu_base::UtcNanos;
use lantu_session::{Access, RetentionRules, Session};
use serde_json::{Value, json};

use crate::cli::RetentionArgs;
use crate::commands::live::csv_of;
use crate::commands::{DONE, PARTIAL};
use crate::context::{Context, now, write_text};

pub(crate) fn retention(context: &Context, args: &RetentionArgs) -> anyhow::Result<u8> {
    let set = match &args.set {
        None => None,
        Some(path) => {
            let place = || format!("file: {}", path.display());
            let text = std::fs::read_to_string(path).with_context(place)?;
            Some(RetentionRules::parse(&text).with_context(place)?)
        }
    };
    let access = if args.apply || args.clear || set.is_some() { Access::Write } else { Access::Read };
    let mut session = Session::open(&args.project, access, context.session_options(None)?)?;
    if set.is_some() || args.clear {
        session.set_retention(set.as_ref())?;
    }
    let Some(rules) = session.retention_rules()? else {
        session.close()?;
        if args.clear {
            return Ok(DONE);
        }
        bail!("the project keeps all readings: give it rules with --set FILE.toml");
    };
    let time = args.time.as_deref().map_or(Ok(now()), |t| UtcNanos::parse(t, session.zone()))?;
    let plan = session.retention_plan(&rules, time)?;
    if args.apply {
        session.thin(&plan)?;
    }
    session.close()?;
    let gone = plan.channels.iter().filter(|c| c.kept.is_none());
    let (days, readings, bytes) =
        gone.fold((0, 0, 0), |(d, r, b), c| (d + c.days, r + c.readings, b + c.bytes));
    let n_kept = plan.channels.iter().filter(|c| c.kept.is_some()).count();
    let rows: Vec<Value> = plan
        .channels
        .iter()
        .map(|c| {
            json!({
                "channel": c.channel, "days": c.days, "readings": c.readings, "bytes": c.bytes,
                "from": c.from.to_string(), "to": c.to.to_string(), "then": c.then, "kept": c.kept,
            })
        })
        .collect();
    if args.json {
        let all = json!({
            "version": rules.version, "time": time.to_string(), "applied": args.apply, "channels": rows,
            "days": days, "readings": readings, "bytes": bytes,
        });
        write_text(&(serde_json::to_string_pretty(&all)? + "\n"))?;
    } else {
        write_text(&csv_of(&["channel", "days", "readings", "from", "to", "then", "kept"], &rows)?)?;
        let args_of =
            [("days", days.into()), ("readings", readings.into()), ("kept", (n_kept as u64).into())];
        let id = if args.apply { "app-retention-done" } else { "app-retention-would" };
        context.line(&context.say(id, &args_of))?;
    }
    // What a rule wants to go and did not is told by the exit code too.
    Ok(if n_kept > 0 { PARTIAL } else { DONE })
}
