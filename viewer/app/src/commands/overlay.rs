//! `lantu overlay`: state, color, value and reason of every object at a moment.

use anyhow::Context as _;
use lantu_base::UtcNanos;
use lantu_overlay::OverlayKind;
use serde_json::{Value, json};

use crate::cli::OverlayArgs;
use crate::commands::{DONE, project};
use crate::context::{Context, write_out};
use crate::stage::Overlays;

pub(crate) fn overlay(context: &Context, args: &OverlayArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    let kind = OverlayKind::from_name(&args.kind)
        .with_context(|| format!("no overlay is called {:?}", args.kind))?;
    let t = UtcNanos::parse(&args.time, session.zone())?;
    let scene = session.scene();
    let explained = Overlays::new(&session).explain(kind, t, scene.objects().map(|o| o.row));
    session.close()?;
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["source", "id", "state", "color", "value", "reason"])?;
    let mut rows: Vec<Value> = Vec::new();
    for (o, e) in scene.objects().zip(&explained) {
        let state = kind.states().get(usize::from(e.state_ix)).context("a state without a name")?;
        let color = state.object_color().map(|c| c.to_string());
        let reason = e.reason.to_string();
        let source = o.span.source.as_str();
        if args.format == "csv" {
            let color = color.unwrap_or_default();
            w.write_record([source, o.id(), state.name, &color, e.value.as_deref().unwrap_or(""), &reason])?;
        } else {
            rows.push(json!({
                "source": source, "id": o.id(), "state": state.name, "color": color, "value": e.value, "reason": reason,
            }));
        }
    }
    let text = if args.format == "csv" {
        String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?
    } else {
        serde_json::to_string(&json!({"kind": kind.name(), "time": t.to_string(), "rows": rows}))? + "\n"
    };
    write_out(args.out.as_deref(), &text)?;
    Ok(DONE)
}
