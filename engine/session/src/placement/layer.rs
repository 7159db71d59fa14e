//! In which ways the coordinates of a GIS layer may have been meant, from the box that its file writes.

use lantu_base::{Bounds, ProjectFrame};
use lantu_geodesy::{Crs, CrsKind, Transform};
use lantu_ingest::{Begin, Reading};

use super::candidates::UNIT_FACTORS;
use super::context::PlaceContext;
use super::{Hypothesis, Placement, PlacementState, Reason, SourceTransform, reason};
use crate::stated::PlacedFile;

/// A layer farther than this from what is placed, meters, is doubted where it would lie nearer by another reading.
/// Chosen: layers of a city reach around a district; other zones, datums and units are hundreds of kilometers off.
const FAR_M: f64 = 20_000.0;

/// Fit of a layer that is far from what is placed, of one outside the area of its CRS, and of one that cannot be expressed.
const FAR: f64 = 0.3;
const OUTSIDE_AREA: f64 = 0.1;
const IMPOSSIBLE: f64 = 0.0;

/// What a reading that the file does not state keeps of its fit; and where what it states fits.
const UNASKED: f64 = 0.9;
const UNASKED_OF_SOUND: f64 = 0.3;

/// A reading that fits worse is not worth telling where the file states one, and where it states none.
const TOLD: (f64, f64) = (0.05, 0.0);

/// How far a CRS is used beyond its registered area, degrees. Chosen: zones are, somewhat.
const MARGIN_DEG: f64 = 1.0;

/// Another reading wins by itself where it alone is at least this, and the others are at most the share below.
const MIN_WINNER: f64 = 0.6;
const MAX_SECOND: f64 = 0.6;

/// Readings that are kept at most.
const MAX_ROWS: usize = 9;

struct Way {
    name: &'static str,
    /// `None`: as the file says.
    reading: Option<Reading>,
    crs: Crs,
    why: Reason,
}

struct Scored {
    way: Way,
    score: f64,
    bbox: Bounds,
    reasons: Vec<Reason>,
}

/// Weighs the readings of a layer whose file writes coordinates within `extent` (xmin, ymin, xmax, ymax).
pub(super) fn weigh(
    begin: &Begin,
    extent: [f64; 4],
    (frame, project): (&ProjectFrame, &Crs),
    context: &PlaceContext<'_>,
) -> Placement {
    let declared = begin.declared_crs.as_deref().and_then(|text| Crs::parse(text).ok());
    let has_crs = declared.is_some();
    let unsure = declared.as_ref().filter(|_| !begin.hints.crs_is_stated).and_then(unregistered);
    let ways = match declared {
        Some(crs) => declared_ways(&crs, project, extent),
        None => undeclared_ways(project, extent),
    };
    let mut rows: Vec<Scored> =
        ways.into_iter().map(|way| score(way, extent, (frame, project), context)).collect();
    let fits = rows.first().is_some_and(|r| r.way.reading.is_none() && r.score > FAR);
    for row in rows.iter_mut().filter(|r| r.way.reading.is_some()) {
        row.score *= if fits { UNASKED_OF_SOUND } else { UNASKED };
    }
    let told = if has_crs { TOLD.0 } else { TOLD.1 };
    // Of readings that come to the same place the first one, which is the simplest, is told.
    let mut kept: Vec<Scored> = Vec::new();
    for row in rows {
        let same = |k: &Scored| {
            !row.bbox.is_empty() && !k.bbox.is_empty() && (k.bbox.min - row.bbox.min).length() < 1.0
        };
        if row.way.reading.is_none() || (row.score > told && !kept.iter().any(same)) {
            kept.push(row);
        }
    }
    kept.sort_by(|a, b| b.score.total_cmp(&a.score));
    kept.truncate(MAX_ROWS);
    let mut chosen = wins(&kept, has_crs, context);
    if let (Some(why), Some(first)) = (unsure, kept.first_mut().filter(|f| f.way.reading.is_none())) {
        first.reasons.push(why);
        chosen = false;
    }
    if let (true, Some(first)) = (begin.hints.asks_height, kept.first_mut()) {
        first.reasons.push(super::heights::question(frame));
        chosen = false;
    }
    let hypotheses: Vec<Hypothesis> = (1..).zip(kept).map(|(n, row)| hypothesis(n, row)).collect();
    Placement {
        state: if chosen { PlacementState::Placed } else { PlacementState::Waiting },
        chosen: chosen.then_some(1),
        hypotheses,
        facts: None,
        file: PlacedFile::default(),
    }
}

/// Says so if only a definition names the CRS, and no registered one is that by 90 %.
fn unregistered(crs: &Crs) -> Option<Reason> {
    /// Chosen: as many as a person can compare.
    const NAMED: usize = 3;
    if !crs.text().contains('[') || crs.is_derived() {
        return None;
    }
    let alike: Vec<String> =
        crs.resembles().into_iter().take(NAMED).map(|(code, share)| format!("{code} ({share} %)")).collect();
    let alike = if alike.is_empty() { "none".to_owned() } else { alike.join(", ") };
    Some(reason!(
        "why-unregistered",
        "its definition has no code, and registered ones match it by less than 90 %: {alike}",
        alike = alike
    ))
}

/// Whether the first one is taken without asking. What a file says is, unless it cannot be, or lies far from everything
/// where another reading would not; a file that does not say what its coordinates are in is asked about.
fn wins(rows: &[Scored], has_crs: bool, context: &PlaceContext<'_>) -> bool {
    let [first, others @ ..] = rows else { return has_crs };
    if !has_crs {
        return false;
    }
    if first.way.reading.is_none() {
        return first.score > OUTSIDE_AREA;
    }
    !context.is_empty()
        && first.score >= MIN_WINNER
        && others.iter().all(|o| o.score <= MAX_SECOND * first.score)
}

fn hypothesis(n: u32, row: Scored) -> Hypothesis {
    let mut reasons = vec![row.way.why];
    reasons.extend(row.reasons);
    Hypothesis {
        n,
        name: row.way.name.to_owned(),
        score: row.score,
        transform: SourceTransform::IDENTITY,
        reading: row.way.reading,
        moves: [0.0; 3],
        bbox: (!row.bbox.is_empty()).then(|| row.bbox.to_array()),
        reasons,
    }
}

/// How well one reading fits.
fn score(
    way: Way,
    [x0, y0, x1, y1]: [f64; 4],
    (frame, project): (&ProjectFrame, &Crs),
    context: &PlaceContext<'_>,
) -> Scored {
    let mut out = Scored { way, score: 1.0, bbox: Bounds::EMPTY, reasons: Vec::new() };
    let mut impossible = |why: Reason| {
        out.score = IMPOSSIBLE;
        out.reasons.push(why);
    };
    let mut points = [[x0, y0, 0.0], [x1, y0, 0.0], [x1, y1, 0.0], [x0, y1, 0.0]];
    if let Some(reading) = &out.way.reading {
        for p in &mut points {
            reading.apply(p);
        }
    }
    if out.way.crs.kind() == CrsKind::Geographic
        && points.iter().any(|p| p[0].abs() > 360.0 || p[1].abs() > 90.0)
    {
        impossible(reason!("why-no-degrees", "the coordinates are no degrees"));
        return out;
    }
    if let Some(why) = outside_area(&out.way.crs, &points) {
        out.score *= OUTSIDE_AREA;
        out.reasons.push(why);
    }
    let moved = Transform::new(&out.way.crs, project).and_then(|t| t.apply(&mut points));
    if let Err(e) = moved {
        out.score = IMPOSSIBLE;
        out.reasons.push(reason!("why-refused", "{error}", error = e.to_string().replace('\n', ": ")));
        return out;
    }
    for p in points {
        out.bbox.add(frame.world_from_crs(p).0);
    }
    if let Some(d) = context.distance(&out.bbox) {
        if d > FAR_M {
            out.score *= FAR;
        }
        out.reasons.push(if d > 0.0 {
            let far = format!("{:.1} km", d / 1000.0);
            reason!("why-far", "it lies {far} from what is placed already", far = far)
        } else {
            reason!("why-within", "it lies within what is placed already")
        });
    }
    out
}

/// Says so if the middle of the points lies outside of where a CRS may be used.
fn outside_area(crs: &Crs, points: &[[f64; 3]; 4]) -> Option<Reason> {
    let [w, s, e, n] = crs.area_of_use()?.bounds_deg;
    let count = points.len() as f64;
    let sum = points.iter().fold([0.0, 0.0], |s, p| [s[0] + p[0], s[1] + p[1]]);
    let mut at = [[sum[0] / count, sum[1] / count, 0.0]];
    if crs.kind() != CrsKind::Geographic {
        let degrees = crs.degrees().ok()?;
        if Transform::new(crs, &degrees).and_then(|t| t.apply(&mut at)).is_err() {
            return Some(reason!("why-off-earth", "its middle is not on earth"));
        }
    }
    let [[lon, lat, _]] = at;
    let inside_x = w > e || (w - MARGIN_DEG..=e + MARGIN_DEG).contains(&lon);
    let inside = inside_x && (s - MARGIN_DEG..=n + MARGIN_DEG).contains(&lat);
    (!inside).then(|| {
        reason!(
            "why-outside-area-of",
            "longitude {lon}°, latitude {lat}° is outside the area of use of {crs}",
            lon = format!("{lon:.3}"),
            lat = format!("{lat:.3}"),
            crs = crs.label()
        )
    })
}

/// The declaration, and what may be wrong with it.
fn declared_ways(crs: &Crs, project: &Crs, extent: [f64; 4]) -> Vec<Way> {
    let text = crs.text().to_owned();
    let plain = || Reading::plain(text.clone());
    let way =
        |name, reading: Reading, why: Reason| Way { name, reading: Some(reading), crs: crs.clone(), why };
    let mut out = vec![Way {
        name: "as_declared",
        reading: None,
        why: reason!("why-file-says", "the file says {crs}", crs = crs.label()),
        crs: crs.clone(),
    }];
    let swapped = if crs.kind() == CrsKind::Geographic {
        reason!("why-latitude-first", "the file writes the latitude first")
    } else {
        reason!("why-northing-first", "the file writes the northing first")
    };
    out.push(way("axes_swapped", Reading { swapped: true, ..plain() }, swapped));
    if crs.kind() == CrsKind::Geographic {
        // Numbers that are no degrees: of the project, most likely.
        if extent.iter().any(|v| v.abs() > 360.0) {
            out.extend(
                in_project(project, extent).into_iter().map(|w| Way { name: "map_unit_mismatch", ..w }),
            );
        }
        return out;
    }
    prefixes(crs, extent, &mut |offset, why| {
        out.push(way("zone_prefix", Reading { offset, ..plain() }, why));
    });
    for other in crs.neighboring_zones() {
        out.push(Way {
            name: "wrong_zone",
            why: reason!(
                "why-of-zone",
                "the coordinates are of {name} ({code})",
                name = other.name(),
                code = other.text()
            ),
            reading: Some(Reading::plain(other.text())),
            crs: other,
        });
    }
    if extent.iter().all(|v| v.abs() <= 360.0)
        && let Ok(degrees) = crs.degrees()
    {
        out.extend(in_degrees(&degrees).into_iter().map(|w| Way { name: "map_unit_mismatch", ..w }));
    }
    for (scale, from, to) in UNIT_FACTORS {
        out.push(way(
            "map_unit_mismatch",
            Reading { scale, ..plain() },
            reason!("why-layer-unit", "its coordinates are {from} read as {to}", from = from, to = to),
        ));
    }
    out
}

/// What coordinates may be in of which the file says nothing.
fn undeclared_ways(project: &Crs, extent: [f64; 4]) -> Vec<Way> {
    let mut out = in_project(project, extent);
    if extent.iter().all(|v| v.abs() <= 360.0)
        && let Ok(degrees) = project.degrees()
    {
        out.extend(in_degrees(&degrees));
    }
    for other in project.neighboring_zones() {
        out.push(Way {
            name: "no_georeference",
            why: reason!(
                "why-read-as-zone",
                "read as coordinates of {name} ({code})",
                name = other.name(),
                code = other.text()
            ),
            reading: Some(Reading::plain(other.text())),
            crs: other,
        });
    }
    out
}

/// Readings as coordinates of the project.
fn in_project(project: &Crs, extent: [f64; 4]) -> Vec<Way> {
    let way = |reading: Reading, why: Reason| Way {
        name: "no_georeference",
        reading: Some(reading),
        crs: project.clone(),
        why,
    };
    let plain = || Reading::plain(project.text());
    let mut out = vec![
        way(
            plain(),
            reason!(
                "why-read-as-project",
                "read as coordinates of the project, {crs}",
                crs = project.label()
            ),
        ),
        way(
            Reading { swapped: true, ..plain() },
            reason!(
                "why-read-as-project-swapped",
                "read as coordinates of the project, {crs}, the northing first",
                crs = project.label()
            ),
        ),
    ];
    prefixes(project, extent, &mut |offset, why| out.push(way(Reading { offset, ..plain() }, why)));
    out
}

fn in_degrees(degrees: &Crs) -> Vec<Way> {
    let way = |swapped: bool, why: Reason| Way {
        name: "no_georeference",
        reading: Some(Reading { swapped, ..Reading::plain(degrees.text()) }),
        crs: degrees.clone(),
        why,
    };
    let crs = degrees.label();
    vec![
        way(
            false,
            reason!("why-read-as-longitude", "read as degrees of {crs}, the longitude first", crs = crs),
        ),
        way(true, reason!("why-read-as-latitude", "read as degrees of {crs}, the latitude first", crs = crs)),
    ]
}

/// A zone's number before the easting that the CRS does not have, or lacks.
fn prefixes(crs: &Crs, [x0, _, x1, _]: [f64; 4], found: &mut dyn FnMut([f64; 2], Reason)) {
    /// What a zone's number before the easting stands for, in meters.
    const ZONE_STEP: f64 = 1e6;
    let zone = (f64::midpoint(x0, x1) / ZONE_STEP).floor();
    match crs.zone_prefix() {
        Some(0) if (1.0..=120.0).contains(&zone) => found(
            [-zone * ZONE_STEP, 0.0],
            reason!(
                "why-zones-number",
                "the eastings begin with the zone's number {zone}, which the CRS does not have",
                zone = format!("{zone:.0}")
            ),
        ),
        Some(prefix @ 1..) if (zone - f64::from(prefix)).abs() > 0.5 => found(
            [(f64::from(prefix) - zone) * ZONE_STEP, 0.0],
            reason!(
                "why-zones-missing",
                "the eastings lack the zone's number {zone}, which the CRS has",
                zone = prefix
            ),
        ),
        _ => {}
    }
}
