//! Ranks the ways in which a source may lie, and says whether one of them clearly wins.

use glam::{DVec2, DVec3};
use lantu_base::{Bounds, ProjectFrame};
use lantu_geodesy::Crs;
use lantu_ingest::{Begin, Georeference};

use super::candidates::{Candidate, Declaration};
use super::context::PlaceContext;
use super::facts::SourceFacts;
use super::score::{Fit, Question, SAME_OUTLINE};
use super::{Hypothesis, Placement, PlacementState, Placer, SourceTransform, placed, reason, resolve_crs};
use crate::SessionError;
use crate::stated::PlacedFile;

/// A source whose place is asked for.
pub struct Weighed<'a> {
    /// What its file says.
    pub begin: &'a Begin,
    /// Its bounds in its own frame; empty without geometry.
    pub bounds: Bounds,
    /// What was measured of it.
    pub facts: &'a SourceFacts,
}

/// Hypotheses that are kept at most.
const MAX_HYPOTHESES: usize = 12;

/// Share of its fit that something other than the declaration keeps where the declaration fits as well: two things
/// must be wrong in a file for it, one for the declaration.
const UNASKED: f64 = 0.5;

/// The same where the declaration is contradicted.
const ASKED: f64 = 0.9;

/// The best hypothesis wins where its score is at least this, and every other one's at most the share below.
const MIN_WINNER: f64 = 0.5;
const MAX_SECOND: f64 = 0.7;

/// Two hypotheses are one where no corner lies farther apart, meters.
const SAME_PLACE_M: f64 = 0.02;

/// Model and footprint are searched for each other within this range, meters. Chosen: shifts between the datums that
/// are in use in China and CGCS2000 are 5 to 150 m.
const DATUM_SHIFT_M: [f64; 2] = [4.0, 160.0];

/// A rotation that nothing around confirms is doubted from this angle on, degrees.
const DOUBTED_TURN_DEG: f64 = 0.5;

/// Weighs how a source may lie.
///
/// # Errors
/// Never for a strange file: what cannot be resolved makes the source wait. [`SessionError::Geodesy`] only if
/// the project's own CRS cannot be read.
pub fn weigh(
    source: &Weighed<'_>,
    frame: &ProjectFrame,
    context: &PlaceContext<'_>,
) -> Result<Placement, SessionError> {
    let project = Crs::parse(&frame.crs)?;
    if let Some(extent) = source.begin.hints.extent {
        return Ok(super::layer::weigh(source.begin, extent, (frame, &project), context));
    }
    let mut unresolved = None;
    let (declared, crs, has_map) = match &source.begin.georeference {
        Georeference::Coordinates => {
            let transform = SourceTransform::IDENTITY;
            let mut out = placed(transform, source.bounds, frame);
            ask_height(&mut out, source.begin, frame);
            return Ok(out);
        }
        Georeference::Map(map) => {
            let (crs, other) = match resolve_crs(&map.crs_name, frame) {
                Ok(None) => (project.clone(), None),
                Ok(Some(text)) => (Crs::parse(&text)?, Some(text)),
                Err(why) => {
                    unresolved = Some(why);
                    (project.clone(), None)
                }
            };
            let declared = Candidate {
                name: "as_declared",
                target: DVec3::new(map.eastings_m, map.northings_m, map.height_m),
                carried: DVec3::ZERO,
                x_axis: map.x_axis,
                scale: map.scale,
                factors: map.factors,
                crs: other,
                why: reason!(
                    "why-map-conversion",
                    "IfcMapConversion with IfcProjectedCRS {crs:?}",
                    crs = map.crs_name
                ),
            };
            (declared, crs, true)
        }
        Georeference::SiteLatLong { .. } | Georeference::None => (in_solids(source), project.clone(), false),
    };
    // A trustworthy way to the project's CRS may be missing.
    let mut declared = declared;
    if let Err(e) = Placer::new(&declared.transform(), frame) {
        unresolved = Some(e.to_string());
        declared.crs = None;
    }
    if let Some(why) = &unresolved {
        declared.why = reason!(
            "why-map-unresolved",
            "the file's map conversion, read in the project CRS: {error}",
            error = why
        );
    }
    let question = Question {
        frame,
        hints: *source.begin.hints,
        facts: source.facts,
        bounds: source.bounds,
        context,
        area_deg: crs.area_of_use().map(|a| a.bounds_deg),
    };
    let ground = |at: DVec3| context.ground_around(&Bounds::new(at, at)).map(|g| g.0);
    let declaration = Declaration {
        frame,
        hints: *source.begin.hints,
        declared,
        crs: Some(crs),
        has_map,
        middle: middle(source),
        ground: &ground,
    };
    let mut candidates = declaration.candidates();
    candidates.extend(shifted(&declaration.declared, &question));
    let ellipsoidal = says_ellipsoidal(source.begin) && frame.height_crs.is_some();
    let weighed = candidates.into_iter().map(|c| {
        let mut fit = question.fit(&c.transform());
        if ellipsoidal && c.name != "ellipsoidal_height" {
            fit.alone *= 0.45;
            fit.reasons.push(reason!(
                "why-says-ellipsoidal",
                "the file says that its heights are above the ellipsoid"
            ));
        }
        (c, fit)
    });
    let state = State { unresolved: unresolved.is_some(), has_map };
    let mut out = decide(weighed.collect(), &question, state);
    out.facts = Some(source.facts.clone());
    ask_height(&mut out, source.begin, frame);
    Ok(out)
}

/// Lets a source wait of whose heights nobody knows what they are above.
fn ask_height(out: &mut Placement, begin: &Begin, frame: &ProjectFrame) {
    if !begin.hints.asks_height {
        return;
    }
    for h in &mut out.hypotheses {
        h.reasons.push(super::heights::question(frame));
    }
    (out.state, out.chosen) = (PlacementState::Waiting, None);
}

/// The file's vertical datum is an ellipsoid, by its name.
fn says_ellipsoidal(begin: &Begin) -> bool {
    let Georeference::Map(map) = &begin.georeference else { return false };
    let Some(name) = &map.vertical_datum else { return false };
    let name: String = name.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    // Datums of positions, which people name where they have heights of a satellite receiver; 大地高 are such heights.
    name.contains("ellips")
        || name.contains("大地高")
        || ["wgs84", "cgcs2000", "epsg:4979", "epsg:4480", "etrs89", "epsg:4937"].contains(&name.as_str())
}

/// What bears on the decision besides the fits.
#[derive(Clone, Copy)]
struct State {
    /// The CRS that the file names has no trustworthy way to the project's.
    unresolved: bool,
    /// There is a map conversion.
    has_map: bool,
}

/// Coordinates as they stand in the solids or in placements.
fn in_solids(source: &Weighed<'_>) -> Candidate {
    let far = |p: &DVec3| p.truncate().length() > 1000.0;
    let site = source.begin.hints.site_offset_m.map(DVec3::from_array).filter(far);
    let anchor = site.unwrap_or_else(|| middle(source).floor());
    Candidate {
        name: "as_declared",
        target: anchor,
        carried: anchor,
        x_axis: [1.0, 0.0],
        scale: 1.0,
        factors: [1.0; 3],
        crs: None,
        why: reason!("why-as-they-stand", "the coordinates in the file as they stand"),
    }
}

fn middle(source: &Weighed<'_>) -> DVec3 {
    if source.bounds.is_empty() { DVec3::ZERO } else { source.bounds.center() }
}

/// The model moved onto a footprint that has its shape and direction, within what datums differ by; or by what control
/// points in it are off.
fn shifted(declared: &Candidate, q: &Question<'_>) -> Vec<Candidate> {
    let fit = q.fit(&declared.transform());
    let shifts = match mark_shift(&declared.transform(), q) {
        Some(shift) => vec![shift],
        None if fit.outline.len() >= 3 && fit.compared[0].is_none_or(|s| s < SAME_OUTLINE) => {
            footprint_shifts(&fit, q)
        }
        None => Vec::new(),
    };
    let far = |s: &DVec2| (DATUM_SHIFT_M[0]..=DATUM_SHIFT_M[1]).contains(&s.length());
    let candidate = |s: DVec2| {
        let why = reason!(
            "why-datum-shift",
            "moved by {east} m east and {north} m north, as between two datums",
            east = format!("{:.2}", s.x),
            north = format!("{:.2}", s.y)
        );
        Candidate { name: "wrong_datum", target: declared.target + s.extend(0.0), why, ..declared.clone() }
    };
    shifts.into_iter().filter(far).map(candidate).collect()
}

/// Ways to the footprints that have the model's shape and direction: the one, or two of which none is more likely.
fn footprint_shifts(fit: &Fit, q: &Question<'_>) -> Vec<DVec2> {
    /// From this share on two outlines have one shape, and by this much one must be more alike to be the one.
    const ALIKE: f64 = 0.88;
    const MORE_ALIKE: f64 = 0.04;
    let area = super::plane::area(&fit.outline);
    let center = super::plane::centroid(&fit.outline);
    let mut found: Vec<(f64, DVec2)> = q
        .context
        .footprints
        .iter()
        .filter_map(|f| {
            let shift = f.center - center;
            let far = (DATUM_SHIFT_M[0]..=DATUM_SHIFT_M[1]).contains(&shift.length());
            if !far || (f.area_m2 / area - 1.0).abs() > 0.15 {
                return None;
            }
            let moved: Vec<DVec2> = fit.outline.iter().map(|p| *p + shift).collect();
            Some((super::plane::overlap(&moved, &f.outline), shift)).filter(|m| m.0 > ALIKE)
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = found.first().map_or(0.0, |f| f.0);
    found.into_iter().filter(|f| f.0 > best - MORE_ALIKE).take(2).map(|f| f.1).collect()
}

/// What control points in the model are off by, where they agree on it.
fn mark_shift(t: &SourceTransform, q: &Question<'_>) -> Option<DVec2> {
    let placer = Placer::new(t, q.frame).ok()?;
    let mut off = Vec::new();
    for (id, at) in &q.context.control {
        if let Some(mark) = q.facts.marks.get(id) {
            off.push(at.truncate() - placer.place(DVec3::from_array(*mark)).ok()?.0.truncate());
        }
    }
    let mean = off.iter().sum::<DVec2>() / off.len().max(1) as f64;
    (!off.is_empty() && off.iter().all(|o| o.distance(mean) < 0.5)).then_some(mean)
}

/// Scores, ranks, and decides.
fn decide(mut weighed: Vec<(Candidate, Fit)>, q: &Question<'_>, state: State) -> Placement {
    let declared = weighed.first().map(|w| w.0.transform());
    compare(&mut weighed);
    doubt(&mut weighed, q, state);
    let own = weighed.first().map_or(0.0, |w| w.1.alone);
    let best_other = weighed.iter().skip(1).map(|w| w.1.alone).fold(0.0, f64::max);
    let contradicted = own < 0.5 * best_other;
    let mut rows: Vec<(Hypothesis, Fit)> = Vec::new();
    for (ix, (candidate, fit)) in weighed.into_iter().enumerate() {
        let keeps = if ix == 0 {
            1.0
        } else if contradicted {
            ASKED
        } else {
            UNASKED
        };
        let mut score = fit.alone * keeps;
        if candidate.name == "site_latlong" {
            // A hint never places by itself; where it lies in the district it is better than nothing.
            let here = fit.anchored || q.context.is_empty();
            score = score.clamp(if here { 0.35 } else { 0.0 }, 0.45);
        }
        let row = hypothesis(&candidate, score, &fit, declared.as_ref(), q.frame);
        merge(&mut rows, row, fit, ix == 0);
    }
    rows.push((local(q, state), Fit { anchored: false, ..empty_fit() }));
    rows.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
    rows.truncate(MAX_HYPOTHESES);
    for (row, n) in rows.iter_mut().zip(1..) {
        row.0.n = n;
    }
    let wins = winner(&rows, q, state);
    Placement {
        state: if wins { PlacementState::Placed } else { PlacementState::Waiting },
        chosen: wins.then_some(1),
        hypotheses: rows.into_iter().map(|r| r.0).collect(),
        facts: None,
        file: PlacedFile::default(),
    }
}

fn empty_fit() -> Fit {
    Fit {
        alone: 0.0,
        compared: [None; 6],
        anchored: false,
        turned: false,
        bbox: Bounds::EMPTY,
        outline: Vec::new(),
        reasons: Vec::new(),
    }
}

/// What speaks for one candidate speaks against those that it speaks less for.
fn compare(weighed: &mut [(Candidate, Fit)]) {
    /// By how much the outline must agree better before it counts, and what the lack of it costs at most.
    const OUTLINE_LOSS: f64 = 0.7;
    /// What is left where another candidate has its corners on control points.
    const NO_CORNERS: f64 = 0.35;
    let plausible = |f: &Fit| f.alone > 0.05;
    let best = |k: usize, weighed: &[(Candidate, Fit)]| {
        let values =
            weighed.iter().filter(|w| plausible(&w.1)).filter_map(|w| w.1.compared.get(k).copied().flatten());
        values.fold(0.0, f64::max)
    };
    let tops = [0, 1, 2, 3, 4, 5].map(|k| best(k, weighed));
    for (_, fit) in weighed {
        let [outline, direction, marks, site, elevation, corners] = fit.compared;
        if tops[0] >= 0.75 {
            let short = (tops[0] - outline.unwrap_or(0.0)).clamp(0.0, 0.6) / 0.6;
            fit.alone *= 1.0 - OUTLINE_LOSS * short;
        }
        for (value, top) in [(direction, tops[1]), (marks, tops[2]), (site, tops[3]), (elevation, tops[4])] {
            if top > 0.0 {
                fit.alone *= (value.unwrap_or(top * 0.8) / top).min(1.0);
            }
        }
        if tops[5] > 0.0 && corners.is_none() {
            fit.alone *= NO_CORNERS;
        }
        // Control points that nothing meets contradict everything.
        if tops[2] > 0.0 && tops[2] < 0.5 {
            fit.alone *= 0.3;
        }
    }
}

/// A rotation that could be the other way round is no clear case where there is something to check it by, but nothing
/// of it shows a direction.
fn doubt(weighed: &mut [(Candidate, Fit)], q: &Question<'_>, state: State) {
    let Some((declared, fit)) = weighed.first_mut() else { return };
    let turn = declared.x_axis[1].atan2(declared.x_axis[0]).to_degrees();
    let confirmed = fit.turned || fit.compared[0].is_some_and(|s| s >= SAME_OUTLINE);
    if state.has_map && !q.context.is_empty() && turn.abs() > DOUBTED_TURN_DEG && !confirmed {
        fit.alone *= 0.65;
        fit.reasons.push(reason!(
            "why-unconfirmed-turn",
            "nothing around confirms the rotation of {angle}°",
            angle = format!("{turn:.2}")
        ));
    }
}

fn hypothesis(
    c: &Candidate,
    score: f64,
    fit: &Fit,
    declared: Option<&SourceTransform>,
    frame: &ProjectFrame,
) -> Hypothesis {
    let transform = c.transform();
    let origin = |t: &SourceTransform| Placer::new(t, frame).and_then(|p| p.place(DVec3::ZERO)).map(|w| w.0);
    let moves = match declared.map(|d| (origin(d), origin(&transform))) {
        Some((Ok(a), Ok(b))) => b - a,
        _ => declared
            .map_or(DVec3::ZERO, |d| DVec3::from_array(transform.offset) - DVec3::from_array(d.offset)),
    };
    let mut reasons = vec![c.why.clone()];
    reasons.extend(fit.reasons.iter().cloned());
    Hypothesis {
        n: 0,
        name: c.name.to_owned(),
        score,
        transform,
        moves: moves.to_array(),
        reading: None,
        bbox: (!fit.bbox.is_empty()).then(|| fit.bbox.to_array()),
        reasons,
    }
}

/// Adds a hypothesis, unless one is there that places the source the same way; of one name the best two are kept.
fn merge(rows: &mut Vec<(Hypothesis, Fit)>, row: Hypothesis, fit: Fit, is_declared: bool) {
    let same = |a: &Fit, b: &Fit| {
        let gap = |a: DVec3, b: DVec3| (a - b).abs().max_element();
        !a.bbox.is_empty()
            && !b.bbox.is_empty()
            && gap(a.bbox.min, b.bbox.min) < SAME_PLACE_M
            && gap(a.bbox.max, b.bbox.max) < SAME_PLACE_M
    };
    let turned = |a: &Hypothesis, b: &Hypothesis| {
        (a.transform.rotation_deg() - b.transform.rotation_deg()).abs() > 1e-3
    };
    if let Some(known) = rows.iter_mut().find(|k| same(&k.1, &fit) && !turned(&k.0, &row)) {
        if row.score > known.0.score && known.0.name != "as_declared" {
            *known = (row, fit);
        }
        return;
    }
    if row.score < 0.005 && !is_declared {
        return;
    }
    let mut alike: Vec<usize> =
        rows.iter().enumerate().filter(|k| k.1.0.name == row.name).map(|k| k.0).collect();
    if alike.len() >= 2 {
        alike.sort_by(|a, b| {
            let score = |i: &usize| rows.get(*i).map_or(0.0, |r| r.0.score);
            score(a).total_cmp(&score(b))
        });
        let Some(worst) = alike.first().copied() else { return };
        if let Some(slot) = rows.get_mut(worst).filter(|s| s.0.score < row.score) {
            *slot = (row, fit);
        }
        return;
    }
    rows.push((row, fit));
}

/// Puts the source's middle on the district's middle, by whole meters, so that it can be seen and moved.
fn local(q: &Question<'_>, state: State) -> Hypothesis {
    let mut transform = SourceTransform::IDENTITY;
    let mut reasons = vec![if state.has_map {
        reason!("why-ignored-map", "the file's map conversion is ignored")
    } else {
        reason!("why-says-nothing", "the file says nothing of its place that can be used")
    }];
    let district = q.context.boxes.iter().copied().fold(Bounds::EMPTY, Bounds::union);
    if district.is_empty() || q.bounds.is_empty() {
        reasons.push(reason!("why-kept-local", "nothing is placed yet: the local coordinates are kept"));
    } else {
        let shift = district.center() - q.bounds.center();
        let up = match q.context.ground_around(&Bounds::new(district.center(), district.center())) {
            Some((ground, _)) => ground - q.bounds.min.z,
            None => district.min.z - q.bounds.min.z,
        };
        transform.offset = [shift.x.round(), shift.y.round(), up.round()];
        reasons.push(reason!(
            "why-moved-to-middle",
            "moved by whole meters to the middle of what is placed; this is not its true place"
        ));
    }
    let b = super::placed_bounds(&transform, q.bounds, q.frame);
    Hypothesis {
        n: 0,
        name: "no_georeference".to_owned(),
        score: if state.has_map { 0.1 } else { 0.3 },
        moves: transform.offset,
        transform,
        reading: None,
        bbox: (!b.is_empty()).then(|| b.to_array()),
        reasons,
    }
}

/// Whether the best one clearly wins.
fn winner(rows: &[(Hypothesis, Fit)], q: &Question<'_>, state: State) -> bool {
    let [(first, fit), others @ ..] = rows else { return false };
    if first.name == "no_georeference" || first.score < MIN_WINNER {
        return false;
    }
    let declared = first.name == "as_declared";
    if declared && state.unresolved {
        return false;
    }
    // Coordinates in the solids count where something of the district is there, or where nothing is placed yet and
    // they are as large as map coordinates.
    if declared && !state.has_map && (!fit.anchored || q.context.is_empty()) {
        return false;
    }
    if !declared && !fit.anchored {
        return false;
    }
    // A footprint of the same shape may be that of a neighbor: only surveyed points move a model by themselves.
    if first.name == "wrong_datum" && fit.compared[2].is_none() && fit.compared[5].is_none() {
        return false;
    }
    others.iter().all(|(h, _)| h.score <= MAX_SECOND * first.score)
}
