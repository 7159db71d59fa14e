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
    let overlays = Overlays::new(&session);
    session.close()?;
    let text = if args.format == "csv" { table(&overlays, kind, t)? } else { json_of(&overlays, kind, t)? };
    write_out(args.out.as_deref(), &text)?;
    Ok(DONE)
}

fn json_of(overlays: &Overlays, kind: OverlayKind, t: UtcNanos) -> anyhow::Result<String> {
    let moment = overlays.at(t);
    let mut rows: Vec<Value> = Vec::new();
    for o in overlays.table.scene().objects() {
        let e = moment.explain(kind, o.row);
        let state = kind.states().get(usize::from(e.state_ix)).context("a state without a name")?;
        let color = state.object_color().map(|c| c.to_string());
        let (source, reason) = (o.span.source.as_str(), e.reason.to_string());
        rows.push(json!({
            "source": source, "id": o.id(), "state": state.name, "color": color, "value": e.value, "reason": reason,
        }));
    }
    Ok(serde_json::to_string(&json!({"kind": kind.name(), "time": t.to_string(), "rows": rows}))? + "\n")
}

/// The table of an overlay as CSV: one row an object.
pub(crate) fn table(overlays: &Overlays, kind: OverlayKind, t: UtcNanos) -> anyhow::Result<String> {
    let scene = overlays.table.scene();
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["source", "id", "state", "color", "value", "reason"])?;
    let moment = overlays.at(t);
    for o in scene.objects() {
        let e = moment.explain(kind, o.row);
        let state = kind.states().get(usize::from(e.state_ix)).context("a state without a name")?;
        let color = state.object_color().map(|c| c.to_string()).unwrap_or_default();
        let (source, value) = (o.span.source.as_str(), e.value.as_deref().unwrap_or(""));
        w.write_record([source, o.id(), state.name, &color, value, &e.reason.to_string()])?;
    }
    Ok(String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)
}
