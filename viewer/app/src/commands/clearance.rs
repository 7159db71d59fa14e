//! `lantu clearance`: a planned excavation against the buried pipes of a project.

use lantu_overlay::{Conflict, ObjectTable, PipeConflict, Pit, n_pipes_around, pipe_conflicts};
use lantu_session::SceneTable;
use serde_json::{Value, json};

use crate::cli::ClearanceArgs;
use crate::commands::{DONE, project};
use crate::context::{Context, write_text};
use crate::map_shapes;

pub(crate) fn clearance(context: &Context, args: &ClearanceArgs) -> anyhow::Result<u8> {
    anyhow::ensure!(
        args.depth.is_finite() && args.depth > 0.0,
        "--depth must be more than 0 meters, found {}",
        args.depth
    );
    let session = project::open(context, &args.project)?;
    let outline = map_shapes::polygons(context, &session, &args.excavation)?;
    // Depths are below the ground, so the outline needs no heights.
    let rings: Vec<Vec<[f64; 3]>> =
        outline.iter().flatten().map(|ring| ring.iter().map(|[x, y]| [*x, *y, 0.0]).collect()).collect();
    let (table, rules) = (SceneTable::new(&session), std::sync::Arc::clone(session.rules()));
    session.close()?;
    let pit = Pit { lines: &rings, depth_m: Some(args.depth), own: None };
    let n_pipes = n_pipes_around(&table, &rules, &pit);
    let mut found = pipe_conflicts(&table, &rules, &pit);
    found.sort_by_key(|c| (std::cmp::Reverse(c.clearance.conflict), c.pipe));
    let kinds = &rules.clearance.kinds;
    let rows: Vec<Value> = found
        .iter()
        .filter_map(|c| {
            let key = table.key(c.pipe)?;
            let kind = kinds.get(c.kind)?;
            let told = Told::new(c, kind.horizontal_m, kind.vertical_m, args.depth);
            Some(json!({
                "source": key.source.as_str(),
                "id": &*key.id,
                "kind": told.kind,
                "distance_m": told.distance_m,
                "required_m": told.required_m,
                "reason": told.reason,
                "carries": kind.name,
                "standard": kind.standard,
                "clause": kind.clause,
                "verified": kind.verified,
                "assumed_diameter_m": c.assumed_diameter_m,
            }))
        })
        .collect();
    let text = if args.json {
        let all = json!({
            "depth_m": args.depth, "n_pipes": n_pipes, "rules": rules.clearance.version, "conflicts": rows,
        });
        serde_json::to_string_pretty(&all)? + "\n"
    } else {
        let word = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let meters = |v: &Value, key: &str| v.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let line = |r: &Value| {
            let (kind, id) = (word(r, "kind"), format!("{}:{}", word(r, "source"), word(r, "id")));
            let (is, must) = (meters(r, "distance_m"), meters(r, "required_m"));
            format!("{kind:11}  {id:16}  {is:6.2} m of {must:.2} m  {}\n", word(r, "reason"))
        };
        let lines: String = rows.iter().map(line).collect();
        format!("{lines}{} conflicts with {n_pipes} pipes in reach\n", rows.len())
    };
    write_text(&text)?;
    Ok(DONE)
}

/// A conflict in the words of the command line.
struct Told {
    kind: &'static str,
    distance_m: f64,
    required_m: f64,
    reason: String,
}

impl Told {
    /// The distance is the one that decides: beside the excavation the horizontal one, under it the vertical one.
    fn new(c: &PipeConflict, horizontal_m: f64, vertical_m: f64, depth_m: f64) -> Self {
        let (h, v) = (c.clearance.horizontal_m, c.clearance.vertical_m);
        let under = h <= 0.0 && v.is_some();
        let (distance_m, required_m) = if under { (v.unwrap_or(h), vertical_m) } else { (h, horizontal_m) };
        let crown = v.map(|v| depth_m + v);
        let tolerance = if c.depth_tolerance_m > 0.0 {
            format!(" ± {:.2} m", c.depth_tolerance_m)
        } else {
            String::new()
        };
        let crown = crown.map_or_else(|| "unknown".to_owned(), |d| format!("{d:.2} m{tolerance}"));
        let place = format!("bottom at {depth_m:.2} m, pipe's crown at {crown}, {h:.2} m beside the outline");
        let (kind, reason) = match c.clearance.conflict {
            Conflict::Hard => ("hard", format!("the excavation digs into the pipe: {place}")),
            Conflict::TooClose => ("clearance", format!("nearer than {required_m:.2} m: {place}")),
            Conflict::Undecidable if v.is_none() => (
                "undecidable",
                format!("a depth is not known, and the pipe is nearer than {horizontal_m:.2} m: {place}"),
            ),
            Conflict::Undecidable => {
                ("undecidable", format!("the depth is too uncertain to call {vertical_m:.2} m kept: {place}"))
            }
            Conflict::Free => ("free", place),
        };
        Self { kind, distance_m, required_m, reason }
    }
}
