//! Commands that answer in tables: inspect, objects, properties, transform.

use anyhow::Context as _;
use lantu_scene::Expr;
use lantu_session::{JobLimits, ObjectQuery, Row, SessionError, WorkerJob};
use serde_json::{Map, Value, json};

use crate::cli::{InspectArgs, ObjectsArgs, PropertiesArgs, TableFormat, TransformArgs};
use crate::commands::{DONE, FAILED};
use crate::context::{Context, worker_command, write_json, write_out};
use crate::{commands, explain};

pub(crate) fn inspect(context: &Context, args: &InspectArgs) -> anyhow::Result<u8> {
    let options = context.session_options(Some(&args.limits))?;
    let job = WorkerJob { crs: args.crs.clone(), ..WorkerJob::inspect(&args.file, &options) };
    let limits = JobLimits::of(&options);
    let inspection = lantu_session::inspect(&worker_command()?, &job, &limits, args.properties)?;
    let code = inspection.exit_code();
    if code == FAILED {
        let d = inspection.report.diagnostics.last().context("the import ended without a reason")?;
        anyhow::bail!(explain::file_problem(context, &args.file, d));
    }
    match &args.json {
        Some(out) => write_json(out, &inspection.document(&args.file))?,
        None => context.line(&explain::inspection(context, &inspection, &args.file))?,
    }
    Ok(code)
}

pub(crate) fn objects(context: &Context, args: &ObjectsArgs) -> anyhow::Result<u8> {
    let query = ObjectQuery {
        source: args.source.clone(),
        filter: args.filter.as_deref().map(Expr::parse).transpose()?,
        bbox: args.bbox.as_deref().map(|t| numbers::<4>(t, "--bbox X0,Y0,X1,Y1")).transpose()?,
        within: match (&args.within, &args.of) {
            (Some(m), Some(of)) => Some((*m, numbers::<3>(of, "--of X,Y,Z")?)),
            _ => None,
        },
    };
    let session = commands::project::open(context, &args.project)?;
    let rows = session.objects(&query)?;
    let crs = session.frame().crs.clone();
    session.close()?;
    let text = match args.format {
        TableFormat::Json => serde_json::to_string(&json!({"rows": rows}))? + "\n",
        TableFormat::Csv => csv_text(&rows)?,
        TableFormat::Geojson => serde_json::to_string(&geojson(&rows, &crs)?)? + "\n",
    };
    write_out(args.out.as_deref(), &text)?;
    Ok(DONE)
}

fn csv_text(rows: &[Row]) -> anyhow::Result<String> {
    let mut w = csv::Writer::from_writer(Vec::new());
    w.write_record([
        "source",
        "id",
        "class",
        "name",
        "parent",
        "xmin",
        "ymin",
        "zmin",
        "xmax",
        "ymax",
        "zmax",
        "area_m2",
        "volume_m3",
        "n_triangles",
        "closed",
        "color",
        "diagnostics",
    ])?;
    let number = |v: Option<f64>| v.map_or(String::new(), |v| v.to_string());
    for r in rows {
        let mut record = vec![
            r.source.clone(),
            r.id.clone(),
            r.class.clone(),
            r.name.clone(),
            r.parent.clone().unwrap_or_default(),
        ];
        record.extend((0..6).map(|i| number(r.bbox.and_then(|b| b.get(i).copied()))));
        record.extend([
            number(r.area_m2),
            number(r.volume_m3),
            r.n_triangles.to_string(),
            r.closed.to_string(),
            r.color.clone().unwrap_or_default(),
            r.diagnostics.join(" "),
        ]);
        w.write_record(&record)?;
    }
    Ok(String::from_utf8(w.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)?)
}

/// Boxes as polygons. GeoJSON has no CRS member since RFC 7946; GDAL and QGIS still read the older one.
fn geojson(rows: &[Row], crs: &str) -> anyhow::Result<Value> {
    let mut features = Vec::with_capacity(rows.len());
    for r in rows {
        let geometry = r.bbox.map(|[x0, y0, _, x1, y1, _]| {
            json!({"type": "Polygon", "coordinates": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]})
        });
        features.push(json!({"type": "Feature", "id": r.id, "geometry": geometry, "properties": serde_json::to_value(r)?}));
    }
    let mut out = json!({"type": "FeatureCollection"});
    if let (Some(code), Value::Object(map)) = (crs.strip_prefix("EPSG:"), &mut out) {
        let code = code.split('+').next().unwrap_or(code);
        map.insert(
            "crs".into(),
            json!({"type": "name", "properties": {"name": format!("urn:ogc:def:crs:EPSG::{code}")}}),
        );
    }
    if let Value::Object(map) = &mut out {
        map.insert("features".into(), Value::Array(features));
    }
    Ok(out)
}

pub(crate) fn properties(context: &Context, args: &PropertiesArgs) -> anyhow::Result<u8> {
    let session = commands::project::open(context, &args.project)?;
    let found = match session.resolve_one(&args.object) {
        Ok(row) => session.properties(row).context("the object has no row")?,
        Err(unknown) => match session.entries(&args.object).as_slice() {
            [] => return Err(unknown.into()),
            [one] => one.clone(),
            many => {
                let name = args.object.clone();
                return Err(SessionError::Ambiguous { n: many.len(), name }.into());
            }
        },
    };
    session.close()?;
    if args.json {
        context.line(&serde_json::to_string_pretty(&found)?)?;
    } else {
        context.line(&explain::properties(context, &found))?;
    }
    Ok(DONE)
}

pub(crate) fn transform(context: &Context, args: &TransformArgs) -> anyhow::Result<u8> {
    let text = lantu_geodesy::transform_text(&args.from, &args.to, &args.points)?;
    for line in &text.lines {
        context.line(line)?;
    }
    for note in &text.notes {
        // Notes go to standard error, whatever the log level: scripts read standard output.
        drop(std::io::Write::write_all(&mut std::io::stderr(), format!("{}\n", note.text).as_bytes()));
    }
    Ok(DONE)
}

/// Exactly N numbers, separated by commas.
pub(crate) fn numbers<const N: usize>(text: &str, form: &str) -> anyhow::Result<[f64; N]> {
    let parts: Result<Vec<f64>, _> = text.split(',').map(|p| p.trim().parse::<f64>()).collect();
    let parsed =
        parts.ok().and_then(|v| <[f64; N]>::try_from(v).ok()).filter(|v| v.iter().all(|x| x.is_finite()));
    parsed.with_context(|| format!("expected {form}, found {text:?}"))
}

/// Properties by set, for people.
pub(crate) fn sets(map: &Map<String, Value>) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
    map.iter().filter_map(|(k, v)| Some((k, v.as_object()?)))
}
