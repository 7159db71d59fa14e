//! `lantu heat`: readings of stations over the ground between them.

use std::io::Write as _;

use glam::DVec2;
use lantu_base::UtcNanos;
use lantu_live::Quality;
use lantu_overlay::{HeatError, HeatMap, HeatMethod, MIN_STATIONS, ObjectTable, Station, heat_map};
use lantu_session::{SceneTable, Session};
use serde_json::{Value, json};

use crate::cli::{HeatArgs, HeatMethodArg};
use crate::commands::{DONE, PARTIAL, project};
use crate::context::{Context, now, write_out};

/// Periods after which a reading says nothing about now, as the shipped sensor rules have it.
const FRESH_PERIODS: f64 = 3.0;
/// Period of a channel that does not say its own, seconds.
const USUAL_PERIOD_S: f64 = 3600.0;
/// Cells along the longer edge where nobody says how large they are. Chosen: a picture of the size of a page.
const USUAL_CELLS: f64 = 100.0;
/// The map reaches beyond the stations by that share of their extent. Chosen.
const MARGIN: f64 = 0.1;

/// Stations with what they read.
struct Read {
    stations: Vec<Station>,
    rows: Vec<Value>,
    unit: String,
    /// Channels of the quantity that say nothing now: no place, no fresh reading, another unit.
    silent: Vec<Value>,
    /// Of the project's CRS.
    meters_per_unit: f64,
}

pub(crate) fn heat(context: &Context, args: &HeatArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    let t = args.time.as_ref().map_or(Ok(now()), |t| UtcNanos::parse(t, session.zone()))?;
    let read = read(&session, &args.quantity, t);
    session.close()?;
    let known = read.rows.len() + read.silent.len();
    anyhow::ensure!(known > 0, "no channel of the project measures this\nquantity: {:?}", args.quantity);
    let method = match args.method {
        HeatMethodArg::Idw => HeatMethod::InverseDistance,
        HeatMethodArg::Kriging => HeatMethod::Kriging,
    };
    let low = read.stations.iter().map(|s| s.at).reduce(DVec2::min).unwrap_or_default();
    let high = read.stations.iter().map(|s| s.at).reduce(DVec2::max).unwrap_or_default();
    let margin = DVec2::splat(low.distance(high) * MARGIN);
    let area = (low - margin, high + margin);
    let longer = (area.1 - area.0).max_element().max(1.0);
    let cell_m = args.cell.unwrap_or(longer / USUAL_CELLS);
    anyhow::ensure!(cell_m.is_finite() && cell_m > 0.0, "--cell must be more than 0 meters, found {cell_m}");
    let map = match heat_map(&read.stations, method, area, cell_m) {
        Ok(map) => Some(map),
        // The stations themselves are what can be said.
        Err(HeatError::TooFew { .. }) => None,
        Err(e) => return Err(e.into()),
    };
    let text = if args.json { json_of(args, t, &read, map.as_ref())? } else { csv_of(&read, map.as_ref()) };
    write_out(args.out.as_deref(), &text)?;
    if map.is_none() {
        let n = (read.stations.len() as u64).into();
        let said = context.say("app-heat-points", &[("n", n), ("least", (MIN_STATIONS as u64).into())]);
        writeln!(std::io::stderr().lock(), "{said}")?;
        return Ok(PARTIAL);
    }
    Ok(DONE)
}

/// Latest readings of all channels of a quantity that stand somewhere.
fn read(session: &Session, quantity: &str, t: UtcNanos) -> Read {
    let table = SceneTable::new(session);
    let store = session.time_store();
    let mut out = Read {
        stations: Vec::new(),
        rows: Vec::new(),
        unit: String::new(),
        silent: Vec::new(),
        meters_per_unit: session.frame().meters_per_unit,
    };
    for channel in session.channels().iter().filter(|c| c.quantity == quantity) {
        let row = channel.object.as_deref().and_then(|o| table.resolve(o).into_iter().next());
        let bounds = row.map(|r| table.bounds(r)).filter(|b| !b.is_empty());
        let period = if channel.period_s > 0.0 { channel.period_s } else { USUAL_PERIOD_S };
        let sample = store.value_at(&channel.id, t).filter(|s| {
            matches!(s.quality, Quality::Good | Quality::Uncertain)
                && t.seconds_since(s.time) <= period * FRESH_PERIODS
        });
        let mut silent = |why: &str| out.silent.push(json!({"channel": *channel.id.0, "why": why}));
        let Some(bounds) = bounds else {
            silent("its object has no place");
            continue;
        };
        let Some(sample) = sample else {
            silent("it has no fresh reading");
            continue;
        };
        let unit = if sample.unit.is_empty() { channel.unit.clone() } else { sample.unit.to_string() };
        if out.unit.is_empty() {
            out.unit.clone_from(&unit);
        }
        if unit != out.unit {
            silent("its unit is another one than the first channel's");
            continue;
        }
        let at = DVec2::new(bounds.center().x, bounds.center().y);
        let place = session.frame().crs_from_world(lantu_base::WorldPoint(bounds.center()));
        out.rows.push(json!({
            "channel": *channel.id.0, "x": place[0], "y": place[1], "value": sample.value,
            "time": sample.time.to_string(),
        }));
        out.stations.push(Station { at, value: sample.value });
    }
    out
}

fn json_of(args: &HeatArgs, t: UtcNanos, read: &Read, map: Option<&HeatMap>) -> anyhow::Result<String> {
    let grid = map.map(|m| {
        let rows = |v: Vec<Value>| v.chunks(m.width).map(<[Value]>::to_vec).collect::<Vec<_>>();
        json!({
            "origin": [m.origin.x / read.meters_per_unit, m.origin.y / read.meters_per_unit], "cell_m": m.cell_m, "width": m.width, "height": m.height,
            "values": rows(m.values.iter().map(|v| json!(v)).collect()),
            "variances": rows(m.variances.iter().map(|v| json!(v)).collect()),
            "variogram": m.variogram.map(|v| {
                json!({"model": "spherical", "nugget": v.nugget, "partial_sill": v.partial_sill, "range_m": v.range_m})
            }),
        })
    });
    let all = json!({
        "quantity": args.quantity, "unit": read.unit, "time": t.to_string(),
        "method": if map.is_some() { args.method.name() } else { "points" },
        "stations": read.rows, "silent": read.silent, "grid": grid,
    });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

/// Cells as rows; the stations themselves where there is no map.
fn csv_of(read: &Read, map: Option<&HeatMap>) -> String {
    let mut lines = vec!["x,y,value,variance".to_owned()];
    let place = |at: DVec2| format!("{},{}", at.x / read.meters_per_unit, at.y / read.meters_per_unit);
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
