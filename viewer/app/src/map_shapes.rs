//! Polygons and lines on the map, from WKT or from any file that the vector importer reads.

use std::time::Duration;

use lantu_base::FeatureGeometry;
use lantu_ingest::Batch;
use lantu_session::{JobEnd, JobLimits, Session, WorkerJob, run_job};

use crate::context::{Context, worker_command};
use crate::explain;

/// A ring or a line: x and y in meters of the project frame.
pub(crate) type Path = Vec<[f64; 2]>;

/// Seconds for reading a file of polygons. Chosen: it has a handful.
const DEADLINE_S: u64 = 60;

/// Polygons, each an outer ring and its holes.
pub(crate) fn polygons(context: &Context, session: &Session, text: &str) -> anyhow::Result<Vec<Vec<Path>>> {
    let found = match wkt(text, session.frame().meters_per_unit) {
        Some(shape) => shape?.polygons,
        None => read_file(context, session, text)?.polygons,
    };
    anyhow::ensure!(
        !found.is_empty(),
        context.say("app-map-no-polygon", &[("text", text.to_owned().into())])
    );
    Ok(found)
}

/// Lines.
pub(crate) fn lines(context: &Context, session: &Session, text: &str) -> anyhow::Result<Vec<Path>> {
    let found = match wkt(text, session.frame().meters_per_unit) {
        Some(shape) => shape?.lines,
        None => read_file(context, session, text)?.lines,
    };
    anyhow::ensure!(!found.is_empty(), context.say("app-map-no-line", &[("text", text.to_owned().into())]));
    Ok(found)
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Shapes {
    polygons: Vec<Vec<Path>>,
    lines: Vec<Path>,
}

/// Reads a file in a process of its own, as an import does.
fn read_file(context: &Context, session: &Session, path: &str) -> anyhow::Result<Shapes> {
    let options = context.session_options(None)?;
    let job = WorkerJob {
        importer: Some("vector".to_owned()),
        threads: 1,
        memory_bytes: None,
        ..WorkerJob::import(path.as_ref(), session.frame().clone(), &options)
    };
    let limits = JobLimits { deadline: Duration::from_secs(DEADLINE_S), cancel: context.cancel.clone() };
    let mut shapes = Shapes::default();
    let flat = |ring: Vec<[f64; 3]>| ring.into_iter().map(|[x, y, _]| [x, y]).collect::<Path>();
    let end = run_job(&worker_command()?, &job, &limits, &mut |batch| {
        if let Batch::Features(features) = batch {
            for feature in features {
                match feature.geometry {
                    FeatureGeometry::Polygons(p) => {
                        shapes
                            .polygons
                            .extend(p.into_iter().map(|rings| rings.into_iter().map(flat).collect()));
                    }
                    FeatureGeometry::Lines(l) => shapes.lines.extend(l.into_iter().map(flat)),
                    FeatureGeometry::Points(_) => {}
                }
            }
        }
        true
    })?;
    match end {
        JobEnd::Done => Ok(shapes),
        JobEnd::Failed(d) => anyhow::bail!(explain::file_problem(context, path.as_ref(), &d)),
    }
}

/// Coordinates of WKT in meters; `None` where the text is no WKT and so a file.
fn wkt(text: &str, meters_per_unit: f64) -> Option<anyhow::Result<Shapes>> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let kinds = ["MULTIPOLYGON", "POLYGON", "MULTILINESTRING", "LINESTRING"];
    let kind = kinds.into_iter().find(|k| upper.starts_with(k))?;
    let body = text.get(kind.len()..)?.trim_start();
    let dimensions = body.get(..body.find('(')?)?.trim().to_ascii_uppercase();
    if !["", "Z", "M", "ZM"].contains(&dimensions.as_str()) {
        return None;
    }
    Some(parse(kind, body, meters_per_unit))
}

fn parse(kind: &str, body: &str, meters_per_unit: f64) -> anyhow::Result<Shapes> {
    let unreadable =
        || anyhow::anyhow!("the WKT cannot be read: {}", body.chars().take(80).collect::<String>());
    let depth = match kind {
        "LINESTRING" => 1,
        "POLYGON" | "MULTILINESTRING" => 2,
        _ => 3,
    };
    // The innermost parentheses hold coordinates; how deep they lie says to which polygon they belong.
    let (mut open, mut start) = (0_usize, 0);
    let (mut polygons, mut rings): (Vec<Vec<Path>>, Vec<Path>) = (Vec::new(), Vec::new());
    for (at, c) in body.char_indices() {
        match c {
            '(' => {
                open += 1;
                anyhow::ensure!(open <= depth, unreadable());
                start = at + 1;
            }
            ')' => {
                anyhow::ensure!(open > 0, unreadable());
                if open == depth {
                    rings.push(path(body.get(start..at).unwrap_or_default(), meters_per_unit)?);
                }
                if open + 1 == depth && !rings.is_empty() && kind != "MULTILINESTRING" {
                    polygons.push(std::mem::take(&mut rings));
                }
                open -= 1;
            }
            _ => {}
        }
    }
    anyhow::ensure!(open == 0, unreadable());
    if kind.ends_with("LINESTRING") {
        return Ok(Shapes { lines: rings, polygons });
    }
    anyhow::ensure!(
        polygons.iter().flatten().all(|r| r.len() >= 4),
        "a ring of a polygon has at least three corners"
    );
    Ok(Shapes { polygons, lines: Vec::new() })
}

fn path(text: &str, meters_per_unit: f64) -> anyhow::Result<Path> {
    let point = |pair: &str| -> anyhow::Result<[f64; 2]> {
        let mut numbers = pair.split_whitespace().map(str::parse::<f64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(x)), Some(Ok(y))) if x.is_finite() && y.is_finite() => {
                Ok([x, y].map(|v| v * meters_per_unit))
            }
            _ => anyhow::bail!("expected two coordinates, found {pair:?}"),
        }
    };
    text.split(',').map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Shapes {
        wkt(text, 1.0).unwrap().unwrap()
    }

    #[test]
    fn wkt_of_every_kind_is_read_with_holes_and_heights() {
        let square: Path = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
        let hole: Path = vec![[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 1.0]];
        let polygon = "polygon ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 1))";
        assert_eq!(read(polygon).polygons, [vec![square.clone(), hole.clone()]]);
        let many = "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((1 1,2 1,2 2,1 1)))";
        assert_eq!(read(many).polygons, [vec![square], vec![hole]]);
        assert_eq!(read("LINESTRING Z (1 2 3, 4 5 6)").lines, [vec![[1.0, 2.0], [4.0, 5.0]]]);
        assert_eq!(read("MULTILINESTRING((1 2,3 4),(5 6,7 8))").lines.len(), 2);
    }

    #[test]
    fn what_is_no_wkt_is_a_file_and_what_is_broken_says_so() {
        assert!(wkt("polygon.geojson", 1.0).is_none());
        assert!(wkt("site.shp", 1.0).is_none());
        for text in [
            "POLYGON((0 0,1 0",
            "POLYGON((0 0,1 x,2 2,0 0))",
            "POLYGON((0 0,1 1,0 0))",
            "LINESTRING((0 0,1 1))",
        ] {
            assert!(wkt(text, 1.0).unwrap().is_err(), "{text}");
        }
    }
}
