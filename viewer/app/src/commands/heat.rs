//! `lantu heat`: readings of stations over the ground between them.

use std::io::Write as _;

use glam::DVec2;
use lantu_base::UtcNanos;
use lantu_overlay::{HeatError, HeatMap, MIN_STATIONS, heat_map};
use serde_json::{Value, json};

use crate::cli::HeatArgs;
use crate::commands::{DONE, PARTIAL, project};
use crate::context::{Context, now, write_out};
use crate::heat::Readings;
use crate::stage::Overlays;

/// Cells along the longer edge where nobody says how large they are. Chosen: a picture of the size of a page.
const USUAL_CELLS: f64 = 100.0;
pub(crate) fn heat(context: &Context, args: &HeatArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    let t = args.time.as_ref().map_or(Ok(now()), |t| UtcNanos::parse(t, session.zone()))?;
    let read = Readings::of(&Overlays::new(&session), &args.quantity, t);
    let unit_m = session.frame().meters_per_unit;
    session.close()?;
    let known = read.stations.len() + read.silent.len();
    anyhow::ensure!(known > 0, "no channel of the project measures this\nquantity: {:?}", args.quantity);
    let area = read.area();
    let longer = (area.1 - area.0).max_element().max(1.0);
    let cell_m = args.cell.unwrap_or(longer / USUAL_CELLS);
    anyhow::ensure!(cell_m.is_finite() && cell_m > 0.0, "--cell must be more than 0 meters, found {cell_m}");
    let map = match heat_map(&read.stations, args.method.method(), area, cell_m) {
        Ok(map) => Some(map),
        // The stations themselves are what can be said.
        Err(HeatError::TooFew { .. }) => None,
        Err(e) => return Err(e.into()),
    };
    let text = if args.json {
        json_of(args, t, &read, (map.as_ref(), unit_m))?
    } else {
        csv_of(&read, map.as_ref(), unit_m)
    };
    write_out(args.out.as_deref(), &text)?;
    if map.is_none() {
        let n = (read.stations.len() as u64).into();
        let said = context.say("app-heat-points", &[("n", n), ("least", (MIN_STATIONS as u64).into())]);
        writeln!(std::io::stderr().lock(), "{said}")?;
        return Ok(PARTIAL);
    }
    Ok(DONE)
}

fn json_of(
    args: &HeatArgs,
    t: UtcNanos,
    read: &Readings,
    (map, unit_m): (Option<&HeatMap>, f64),
) -> anyhow::Result<String> {
    let grid = map.map(|m| {
        let rows = |v: Vec<Value>| v.chunks(m.width).map(<[Value]>::to_vec).collect::<Vec<_>>();
        json!({
            "origin": [m.origin.x / unit_m, m.origin.y / unit_m], "cell_m": m.cell_m, "width": m.width, "height": m.height,
            "values": rows(m.values.iter().map(|v| json!(v)).collect()),
            "variances": rows(m.variances.iter().map(|v| json!(v)).collect()),
            "variogram": m.variogram.map(|v| {
                json!({"model": "spherical", "nugget": v.nugget, "partial_sill": v.partial_sill, "range_m": v.range_m})
            }),
        })
    });
    let stations = read.stations.iter().zip(&read.told).map(|(s, (channel, time))| {
        let place = [s.at.x / unit_m, s.at.y / unit_m];
        json!({"channel": channel, "x": place[0], "y": place[1], "value": s.value, "time": time.to_string()})
    });
    let silent = read.silent.iter().map(|(channel, why)| json!({"channel": channel, "why": why}));
    let all = json!({
        "quantity": args.quantity, "unit": read.unit, "time": t.to_string(),
        "method": if map.is_some() { args.method.name() } else { "points" },
        "stations": stations.collect::<Vec<_>>(), "silent": silent.collect::<Vec<_>>(), "grid": grid,
    });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

/// Cells as rows; the stations themselves where there is no map.
fn csv_of(read: &Readings, map: Option<&HeatMap>, unit_m: f64) -> String {
    let mut lines = vec!["x,y,value,variance".to_owned()];
    let place = |at: DVec2| format!("{},{}", at.x / unit_m, at.y / unit_m);
    let Some(m) = map else {
        lines.extend(read.stations.iter().map(|s| format!("{},{},", place(s.at), s.value)));
        return lines.join("\n") + "\n";
    };
    for (ix, value) in m.values.iter().enumerate() {
        let at = m.origin + DVec2::new((ix % m.width) as f64, (ix / m.width) as f64) * m.cell_m;
        let value = value.map(|v| v.to_string()).unwrap_or_default();
        let variance = m.variances.get(ix).map(ToString::to_string).unwrap_or_default();
        lines.push(format!("{},{value},{variance}", place(at)));
    }
    lines.join("\n") + "\n"
}
