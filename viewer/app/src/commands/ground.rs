//! `lantu height`, `lantu profile`, `lantu volume`: what the elevation models of a project say.

use lantu_session::{BaseRule, Session, VolumeQuery, VolumeSide};
use serde_json::json;

use crate::cli::{HeightArgs, ProfileArgs, VolumeArgs};
use crate::commands::tables::numbers;
use crate::commands::{DONE, PARTIAL, project};
use crate::context::{Context, write_out};
use crate::map_shapes;

/// Points of a profile at most. Chosen: a thousand kilometers every 10 cm.
const MAX_POINTS: f64 = 1e7;
/// Meters between points where neither the user nor an elevation model says it.
const STEP_M: f64 = 1.0;

pub(crate) fn height(context: &Context, args: &HeightArgs) -> anyhow::Result<u8> {
    let points: Vec<[f64; 2]> =
        args.points.iter().map(|t| numbers::<2>(t, "X,Y")).collect::<Result<_, _>>()?;
    let session = project::open(context, &args.project)?;
    let datum = datum(&session);
    let unit = session.frame().meters_per_unit;
    let in_meters: Vec<[f64; 2]> = points.iter().map(|p| p.map(|v| v * unit)).collect();
    let found = session.heights_at(&in_meters, args.source.as_deref())?;
    session.close()?;
    let code = if found.iter().all(Option::is_some) { DONE } else { PARTIAL };
    if args.json {
        let row = |(p, at): (&[f64; 2], &Option<lantu_session::HeightAt>)| {
            let (height, source) = (at.as_ref().map(|a| a.height_m), at.as_ref().map(|a| &a.source));
            json!({"x": p[0], "y": p[1], "height_m": height, "datum": datum, "source": source})
        };
        let rows: Vec<_> = points.iter().zip(&found).map(row).collect();
        context.line(&serde_json::to_string(&json!({"rows": rows}))?)?;
        return Ok(code);
    }
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["x", "y", "height_m", "datum", "source"])?;
    for (p, at) in points.iter().zip(&found) {
        let height = at.as_ref().map_or(String::new(), |a| format!("{:.3}", a.height_m));
        let source = at.as_ref().map_or("", |a| &a.source);
        let datum = if at.is_some() { datum.as_str() } else { "" };
        w.write_record([&p[0].to_string(), &p[1].to_string(), &height, datum, source])?;
    }
    write_out(None, &csv_text(w)?)?;
    Ok(code)
}

/// What heights of the project count from.
fn datum(session: &Session) -> String {
    session.frame().height_crs.clone().unwrap_or_else(|| "unknown".to_owned())
}

pub(crate) fn profile(context: &Context, args: &ProfileArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    let unit = session.frame().meters_per_unit;
    let lines = map_shapes::lines(context, &session, &args.line)?;
    anyhow::ensure!(lines.len() == 1, "a profile runs along one line, found {}", lines.len());
    let source = args.source.as_deref();
    let step = match args.step {
        Some(step) => step,
        None => session.height_spacing_m(source)?.unwrap_or(STEP_M),
    };
    let points = along(lines.first().map_or(&[], Vec::as_slice), step)?;
    let places: Vec<[f64; 2]> = points.iter().map(|(_, p)| *p).collect();
    let heights = session.heights_at(&places, source)?;
    session.close()?;
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record(["distance_m", "x", "y", "height_m"])?;
    for ((distance, [x, y]), at) in points.iter().zip(&heights) {
        let height = at.as_ref().map_or(String::new(), |a| format!("{:.3}", a.height_m));
        let place = [x / unit, y / unit].map(|v| format!("{v:.4}"));
        w.write_record([&format!("{distance:.4}"), &place[0], &place[1], &height])?;
    }
    write_out(args.out.as_deref(), &csv_text(w)?)?;
    Ok(if heights.iter().all(Option::is_some) { DONE } else { PARTIAL })
}

/// Points of a line at every multiple of `step` from its start and at its end, with their distance along it, meters.
fn along(line: &[[f64; 2]], step: f64) -> anyhow::Result<Vec<(f64, [f64; 2])>> {
    anyhow::ensure!(step.is_finite() && step > 0.0, "--step must be above 0");
    let legs = || line.windows(2).filter_map(|l| l.first().zip(l.last()));
    let length_of = |(a, b): (&[f64; 2], &[f64; 2])| (b[0] - a[0]).hypot(b[1] - a[1]);
    let total: f64 = legs().map(length_of).sum();
    anyhow::ensure!(total / step < MAX_POINTS, "more than {MAX_POINTS} points: choose a larger --step");
    let mut points = Vec::new();
    let (mut start, mut n) = (0.0, 0.0_f64);
    for (a, b) in legs() {
        let length = length_of((a, b));
        while n * step < start + length && n * step < total {
            let t = (n * step - start) / length;
            points.push((n * step, [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]));
            n += 1.0;
        }
        start += length;
    }
    points.extend(line.last().map(|p| (total, *p)));
    Ok(points)
}

pub(crate) fn volume(context: &Context, args: &VolumeArgs) -> anyhow::Result<u8> {
    let session = project::open(context, &args.project)?;
    let polygons = map_shapes::polygons(context, &session, &args.polygon)?;
    let sigma_m = match &args.sigma {
        Some(text) => numbers::<2>(text, "--sigma M,M")?,
        None => [0.0; 2],
    };
    anyhow::ensure!(sigma_m.iter().all(|s| *s >= 0.0), "--sigma is a standard deviation and not below 0");
    let query = VolumeQuery {
        before: side(&session, &args.before),
        after: side(&session, &args.after),
        polygons,
        sigma_m,
    };
    let v = session.volume(&query)?;
    session.close()?;
    if args.json {
        let value = json!({
            "cut_m3": v.cut_m3, "fill_m3": v.fill_m3, "net_m3": v.net_m3(), "lod95_m": v.lod95_m,
            "n_cells": v.n_cells, "n_below_lod": v.n_below_lod, "n_nodata": v.n_nodata, "area_m2": v.area_m2,
            "nodata_m2": v.nodata_m2, "outside_m2": v.outside_m2, "cell_m": v.cell_m, "sigma_m": sigma_m,
            "before": args.before, "after": args.after,
        });
        context.line(&serde_json::to_string_pretty(&value)?)?;
    } else {
        let number = |v: f64, n: usize| format!("{v:.n$}");
        context.line(&context.say(
            "app-volume",
            &[
                ("cut", number(v.cut_m3, 1).into()),
                ("fill", number(v.fill_m3, 1).into()),
                ("net", number(v.net_m3(), 1).into()),
                ("area", number(v.area_m2, 1).into()),
                ("lod", number(v.lod95_m, 4).into()),
                ("cells", v.n_cells.into()),
                ("below", v.n_below_lod.into()),
                ("nodata", v.n_nodata.into()),
            ],
        ))?;
    }
    Ok(if v.n_nodata > 0 || v.outside_m2 > 0.0 || v.n_cells == 0 { PARTIAL } else { DONE })
}

/// A source of the project, a height in meters, or a rule for a base plane.
fn side(session: &Session, text: &str) -> VolumeSide {
    let is_source = session.sources().iter().any(|s| s.record.id == text);
    match (is_source, text.trim().parse::<f64>(), text) {
        (false, Ok(height), _) if height.is_finite() => VolumeSide::Level(height),
        (false, _, "lowest") => VolumeSide::Base(BaseRule::Lowest),
        (false, _, "mean") => VolumeSide::Base(BaseRule::Mean),
        (false, _, "fitted") => VolumeSide::Base(BaseRule::Fitted),
        _ => VolumeSide::Source(text.to_owned()),
    }
}

fn csv_text(w: csv::Writer<Vec<u8>>) -> anyhow::Result<String> {
    Ok(String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)
}

#[cfg(test)]
mod tests {
    use super::along;

    #[test]
    fn a_profile_has_its_start_every_step_and_its_end_once_each() {
        let points = along(&[[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]], 2.0).unwrap();
        let expected =
            [(0.0, [0.0, 0.0]), (2.0, [2.0, 0.0]), (4.0, [3.0, 1.0]), (6.0, [3.0, 3.0]), (7.0, [3.0, 4.0])];
        assert_eq!(points, expected);
        let whole = along(&[[0.0, 0.0], [4.0, 0.0]], 2.0).unwrap();
        assert_eq!(whole.iter().map(|p| p.0).collect::<Vec<_>>(), [0.0, 2.0, 4.0]);
        assert!(along(&[[0.0, 0.0], [1e9, 0.0]], 0.1).is_err());
    }
}
