//! Commands about where sources lie and are: placement, control, relink.

use std::path::Path;

use anyhow::Context as _;
use lantu_geodesy::{
    Convention, Crs, DatumPair, Helmert, PlaneFit, PointPair, fit_helmert, fit_plane, helmert_grid,
    local_grid,
};
use lantu_session::{ControlPoint, SessionError, SourceState};
use serde_json::json;

use crate::cli::{ControlArgs, NewArgs, PlacementArgs, RelinkArgs};
use crate::commands::DONE;
use crate::commands::project::{open, open_to_change};
use crate::commands::tables::numbers;
use crate::context::Context;
use crate::place_words;

pub(crate) fn placement(context: &Context, args: &PlacementArgs) -> anyhow::Result<u8> {
    let changes = args.accept.is_some() || args.undo || args.nudge.is_some() || args.fit.is_some();
    let mut session =
        if changes { open_to_change(context, &args.project)? } else { open(context, &args.project)? };
    let source = args.source.as_deref();
    if let Some(source) = source {
        if let Some(n) = args.accept {
            session.accept_placement(source, n)?;
        }
        if args.undo {
            session.undo_placement(source)?;
        }
        if let Some(by) = &args.nudge {
            let form = "--nudge E,N[,H]";
            let by = match numbers::<3>(by, form) {
                Ok(by) => by,
                Err(_no_height) => numbers::<2>(by, form).map(|[east, north]| [east, north, 0.0])?,
            };
            session.nudge(source, by)?;
        }
        if let Some(file) = &args.fit {
            let rows = table(context, file, 6)?;
            let points: Vec<(String, [f64; 3], [f64; 3])> = rows
                .into_iter()
                .filter_map(|(id, v)| match *v.as_slice() {
                    [x, y, z, e, n, h] => Some((id, [x, y, z], [e, n, h])),
                    _ => None,
                })
                .collect();
            session.fit_placement(source, &points)?;
        }
    }
    let placements = session.placements(source)?;
    let asked = |s: &&SourceState| source.is_none_or(|name| s.record.id == name);
    let reports: Vec<String> =
        session.sources().iter().filter(asked).map(|s| place_words::report(context, s)).collect();
    session.close()?;
    if args.json {
        let value = match (source, placements.as_slice()) {
            (Some(_), [one]) => one.clone(),
            _ => json!({"placements": placements}),
        };
        return context.line(&serde_json::to_string_pretty(&value)?).map(|()| DONE);
    }
    for report in &reports {
        context.line(report)?;
    }
    Ok(DONE)
}

pub(crate) fn control(context: &Context, args: &ControlArgs) -> anyhow::Result<u8> {
    let mut session = if args.add.is_some() {
        open_to_change(context, &args.project)?
    } else {
        open(context, &args.project)?
    };
    if let Some(file) = &args.add {
        let rows = table(context, file, 3)?;
        let n = rows.len();
        let points = rows.into_iter().filter_map(|(id, v)| match *v.as_slice() {
            [x, y, h] => Some(ControlPoint { id, position: [x, y, h] }),
            _ => None,
        });
        session.add_control_points(points.collect())?;
        if !args.list {
            context.line(&context.say("app-control-added", &[("n", (n as u64).into())]))?;
        }
    }
    let points = session.control_points()?;
    session.close()?;
    if args.list {
        context.line("id,x,y,height")?;
        for ControlPoint { id, position: [x, y, h] } in points {
            context.line(&format!("{id},{x:.4},{y:.4},{h:.4}"))?;
        }
    }
    Ok(DONE)
}

pub(crate) fn relink(context: &Context, args: &RelinkArgs) -> anyhow::Result<u8> {
    let mut session = open_to_change(context, &args.project)?;
    let done = session.relink(&args.source, &args.file);
    session.close()?;
    match done {
        Err(SessionError::OtherContent { path, .. }) => {
            let words = [
                ("path", path.display().to_string().into()),
                ("source", args.source.clone().into()),
                ("project", args.project.display().to_string().into()),
            ];
            anyhow::bail!(context.say("app-relink-other", &words));
        }
        done => done?,
    }
    let words = [("source", args.source.clone().into()), ("path", args.file.display().to_string().into())];
    context.line(&context.say("app-relink-done", &words))?;
    Ok(DONE)
}

/// Parameters of a similarity with scale.
const FOUR: usize = 4;

/// The grid of a city that a project is to lie in, as a CRS; says what its points leave over. `None` where none is asked
/// for.
pub(crate) fn city_grid(context: &Context, args: &NewArgs) -> anyhow::Result<Option<String>> {
    if let Some(helmert) = seven(context, args)? {
        let grid = helmert_grid(&Crs::parse(&args.crs)?, &Crs::parse(&args.datum)?, &helmert)?;
        return Ok(Some(grid.text().to_owned()));
    }
    let (fit, name) = if let Some(file) = &args.local_points {
        let pair = |(id, v): (String, Vec<f64>)| match *v.as_slice() {
            [x, y, e, n] => Some(PointPair { id, from: [e, n], to: [x, y] }),
            _ => None,
        };
        let pairs: Vec<PointPair> = table(context, file, 4)?.into_iter().filter_map(pair).collect();
        let fit = fit_plane(&pairs, true)?;
        context.line("id,residual_east_m,residual_north_m")?;
        for (p, [e, n]) in pairs.iter().zip(&fit.residuals_m) {
            context.line(&format!("{},{e:.4},{n:.4}", p.id))?;
        }
        let sigma = fit.sigma_m(FOUR).map_or_else(|| "–".to_owned(), |s| format!("{s:.4}"));
        let words = [
            ("n", (pairs.len() as u64).into()),
            ("sigma", sigma.into()),
            ("rotation", format!("{:.3}", fit.rotation_rad.to_degrees() * 3600.0).into()),
            ("scale", format!("{:.3}", (fit.scale - 1.0) * 1e6).into()),
        ];
        context.line(&context.say("app-new-local", &words))?;
        (fit, file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default())
    } else if let Some(text) = &args.local_parameters {
        let [east, north, seconds, ppm] = numbers::<4>(text, "--local-parameters E,N,SECONDS,PPM")?;
        let fit = PlaneFit {
            rotation_rad: (seconds / 3600.0).to_radians(),
            scale: 1.0 + ppm * 1e-6,
            origin_from: [0.0; 2],
            origin_to: [east, north],
            residuals_m: Vec::new(),
        };
        (fit, "city grid".to_owned())
    } else {
        return Ok(None);
    };
    Ok(Some(local_grid(&Crs::parse(&args.crs)?, &name, &fit)?.text().to_owned()))
}

/// Seven parameters that are stated, or fitted to points; says what these leave over. `None` where none are asked for.
fn seven(context: &Context, args: &NewArgs) -> anyhow::Result<Option<Helmert>> {
    let Some(convention) = args.convention.map(Convention::from) else { return Ok(None) };
    if let Some(text) = &args.seven_parameters {
        let form = "--seven-parameters TX,TY,TZ,RX,RY,RZ,PPM";
        let [tx, ty, tz, rx, ry, rz, scale_ppm] = numbers::<7>(text, form)?;
        let (translation_m, rotation_arcsec) = ([tx, ty, tz], [rx, ry, rz]);
        return Ok(Some(Helmert { translation_m, rotation_arcsec, scale_ppm, convention }));
    }
    let Some(file) = &args.seven_points else { return Ok(None) };
    let pair = |(id, v): (String, Vec<f64>)| match *v.as_slice() {
        [x, y, h, lon, lat, up] => Some(DatumPair { id, grid: [x, y, h], degrees: [lon, lat, up] }),
        _ => None,
    };
    let pairs: Vec<DatumPair> = table(context, file, 6)?.into_iter().filter_map(pair).collect();
    let fit = fit_helmert(&Crs::parse(&args.crs)?, &Crs::parse(&args.datum)?, &pairs, convention)?;
    context.line("id,residual_east_m,residual_north_m,residual_up_m")?;
    for (p, [e, n, u]) in pairs.iter().zip(&fit.residuals_m) {
        context.line(&format!("{},{e:.4},{n:.4},{u:.4}", p.id))?;
    }
    let Helmert { translation_m: t, rotation_arcsec: r, scale_ppm, .. } = fit.helmert;
    let three = |v: [f64; 3], digits: usize| v.map(|v| format!("{v:.digits$}")).join(" ");
    let words = [
        ("n", (pairs.len() as u64).into()),
        ("sigma", fit.sigma_m().map_or_else(|| "–".to_owned(), |s| format!("{s:.4}")).into()),
        ("translation", three(t, 4).into()),
        ("rotation", three(r, 6).into()),
        ("scale", format!("{scale_ppm:.4}").into()),
        ("convention", convention.word().into()),
    ];
    context.line(&context.say("app-new-seven", &words))?;
    Ok(Some(fit.helmert))
}

/// Rows of a CSV file: an id and `n` numbers. A first line without numbers is its header.
fn table(context: &Context, file: &Path, n: usize) -> anyhow::Result<Vec<(String, Vec<f64>)>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read\nfile: {}", file.display()))?;
    let mut out = Vec::new();
    for (line, row) in (1_u64..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let mut cells = row.split([',', ';', '\t']).map(|c| c.trim().trim_matches('"'));
        let id = cells.next().unwrap_or_default();
        if id.is_empty() {
            continue;
        }
        let values: Result<Vec<f64>, _> = cells.filter(|c| !c.is_empty()).map(str::parse::<f64>).collect();
        match values {
            Ok(v) if v.len() == n && v.iter().all(|v| v.is_finite()) => out.push((id.to_owned(), v)),
            Err(_header) if line == 1 => {}
            _ => {
                let words = [
                    ("path", file.display().to_string().into()),
                    ("line", line.into()),
                    ("n", (n as u64).into()),
                ];
                anyhow::bail!(context.say("app-points-line", &words));
            }
        }
    }
    Ok(out)
}
