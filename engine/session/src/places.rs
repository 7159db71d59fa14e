//! Places of sources: what they are weighed against, and the decisions of people.

use std::path::Path;

use glam::DVec3;
use lantu_geodesy::{PlaneFit, PointPair};
use lantu_ingest::{Begin, Georeference};
use lantu_project::{DecisionRecord, SourceFile, SourceRecord};

use crate::SessionError;
use crate::features::read_features;
use crate::import::hash_file;
use crate::placement::{
    ControlPoint, Hypothesis, PlaceContext, Placement, PlacementState, Placer, Reason, SourceTransform,
    reason,
};
use crate::session::Session;

/// Under which name the project keeps its control points.
const CONTROL_KEY: &str = "control";

impl Session {
    /// What lies around a source whose place is weighed; empty for one whose coordinates are in the project CRS.
    pub(crate) fn place_context(
        &self,
        id: &str,
        begin: &Begin,
    ) -> Result<PlaceContext<'static>, SessionError> {
        let mut context = PlaceContext::default();
        let layer = begin.hints.extent.is_some();
        if begin.georeference == Georeference::Coordinates && !layer {
            return Ok(context);
        }
        for p in self.control_points()? {
            context.control.push((p.id, self.frame.world_from_crs(p.position).0));
        }
        let placed = |s: &&crate::session::SourceState| {
            s.record.id != id && s.placement.state == PlacementState::Placed && s.record.importer != "tables"
        };
        for s in self.sources.iter().filter(placed) {
            let bounds = s.objects.directory().bounds();
            if !bounds.is_empty() {
                context.boxes.push(bounds);
            }
            // Of a layer only the box is known before its coordinates can be read.
            if layer {
                continue;
            }
            self.add_model(&s.placement, &mut context);
            let Some(features) = s.index.as_ref().and_then(|i| i.features) else { continue };
            // A cache that is damaged costs evidence, not the import.
            let mut add = || {
                for page in read_features(&*self.store, features)? {
                    page?.iter().for_each(|f| context.add_feature(&f.geometry));
                }
                Ok::<_, SessionError>(())
            };
            if let Err(e) = add() {
                tracing::warn!(error = %e, source = %s.record.id, "not all of its shapes count for places");
            }
        }
        Ok(context)
    }

    fn add_model(&self, placement: &Placement, context: &mut PlaceContext<'_>) {
        let (Some(facts), Some(transform)) = (&placement.facts, placement.transform()) else { return };
        let Ok(placer) = Placer::new(transform, &self.frame) else { return };
        let place = |[x, y]: [f64; 2]| placer.place(DVec3::new(x, y, 0.0)).map(|w| w.0);
        let outline: Vec<DVec3> = facts.outline.iter().filter_map(|p| place(*p).ok()).collect();
        let Some(zero) = outline.first().map(|p| p.z) else { return };
        let along =
            facts.facade_rad.and_then(|f| Some(place([f.cos(), f.sin()]).ok()? - place([0.0; 2]).ok()?));
        let flat: Vec<glam::DVec2> = outline.iter().map(|p| p.truncate()).collect();
        context.add_model(&flat, along.map(|a| a.y.atan2(a.x)), zero);
    }

    /// Surveyed points of the district.
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn control_points(&self) -> Result<Vec<ControlPoint>, SessionError> {
        let settings = self.project.settings()?;
        let text = settings.into_iter().find(|(k, _)| k == CONTROL_KEY).map(|(_, v)| v);
        Ok(text.map(|t| serde_json::from_str(&t)).transpose()?.unwrap_or_default())
    }

    /// Adds control points, or moves those that are there already.
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn add_control_points(&mut self, points: Vec<ControlPoint>) -> Result<(), SessionError> {
        let mut all = self.control_points()?;
        for p in points {
            match all.iter_mut().find(|known| known.id == p.id) {
                Some(known) => *known = p,
                None => all.push(p),
            }
        }
        Ok(self.project.set_setting(CONTROL_KEY, &serde_json::to_string(&all)?)?)
    }

    /// What is decided on a source now: the decision that stands, or, where all were taken back, that it waits, with the
    /// hypotheses that the one taken back last was made from.
    pub(crate) fn standing_placement(&self, source: &str) -> Result<Placement, SessionError> {
        let decisions = self.project.decisions(source)?;
        let stands = |d: &&DecisionRecord| d.undone.is_none();
        if let Some(d) = decisions.iter().rev().find(stands) {
            return Ok(serde_json::from_str(&d.placement.hypotheses_json)?);
        }
        // They are taken back from the newest to the oldest.
        let when = |d: &&DecisionRecord| (d.undone.as_ref().map(|(_, at)| *at), std::cmp::Reverse(d.n));
        let last = decisions.iter().max_by_key(when);
        let last = last.map(|d| serde_json::from_str::<Placement>(&d.placement.hypotheses_json));
        let last = last.transpose()?.unwrap_or_else(Placement::unknown);
        Ok(Placement { state: PlacementState::Waiting, chosen: None, ..last })
    }

    /// Moves a source that is placed by a little, in the project frame, meters: a decision of its own.
    ///
    /// # Errors
    /// [`SessionError::NotMovable`] for a source that waits, and for heights of a raster.
    pub fn nudge(&mut self, source: &str, by: [f64; 3]) -> Result<(), SessionError> {
        let placement = self.placement_of(source)?;
        let not = |why| SessionError::NotMovable { why, source_name: source.to_owned() };
        let is_raster = |s: &&crate::session::SourceState| {
            s.record.id == source && s.index.as_ref().is_some_and(|i| i.raster.is_some())
        };
        if by[2] != 0.0 && self.sources.iter().any(|s| is_raster(&s)) {
            return Err(not("heights of a raster are moved by importing it with --height OFFSET"));
        }
        let transform = placement.transform().ok_or_else(|| not("it waits for its place"))?.clone();
        let moved = moved_by(&transform, DVec3::from_array(by), &self.frame)?;
        let [x, y, z] = by;
        let [east, north, up] = [x, y, z].map(|v| format!("{v:.3}"));
        let why = reason!(
            "why-nudged",
            "moved by {east} m east, {north} m north, {up} m up",
            east = east,
            north = north,
            up = up
        );
        self.decide(source, "nudged", moved, vec![why])
    }

    /// Places a source by points that are known in its own frame (meters) and in the project CRS: x and y by a fit with
    /// a fixed scale, heights by their mean difference. Returns the fit with its residuals.
    ///
    /// # Errors
    /// [`SessionError::Geodesy`] where the points do not determine it; [`SessionError::NotMovable`].
    pub fn fit_placement(
        &mut self,
        source: &str,
        points: &[(String, [f64; 3], [f64; 3])],
    ) -> Result<PlaneFit, SessionError> {
        self.movable(source)?;
        let world = |p: &[f64; 3]| self.frame.world_from_crs(*p).0;
        let pair = |(id, from, to): &(String, [f64; 3], [f64; 3])| {
            let w = world(to);
            PointPair { id: id.clone(), from: [from[0], from[1]], to: [w.x, w.y] }
        };
        let pairs: Vec<PointPair> = points.iter().map(pair).collect();
        let fit = lantu_geodesy::fit_plane(&pairs, false)?;
        let lifts: Vec<f64> =
            points.iter().map(|(_, from, to)| to[2] - from[2]).filter(|d| d.is_finite()).collect();
        let up = if lifts.is_empty() { 0.0 } else { lifts.iter().sum::<f64>() / lifts.len() as f64 };
        let (s, c) = fit.rotation_rad.sin_cos();
        let [e, n] = fit.apply([0.0, 0.0]);
        let transform = SourceTransform { offset: [e, n, up], x_axis: [c, s], ..SourceTransform::IDENTITY };
        let mut reasons = vec![match fit.sigma_m(3) {
            Some(sigma) => reason!(
                "why-fitted",
                "fitted to {n} points, standard deviation {sigma} m",
                n = pairs.len(),
                sigma = format!("{sigma:.4}")
            ),
            None => {
                reason!("why-fitted-only", "fitted to {n} points, none left to check with", n = pairs.len())
            }
        }];
        for ((p, [e, n]), (_, from, to)) in pairs.iter().zip(&fit.residuals_m).zip(points) {
            let h = to[2] - from[2] - up;
            let [east, north, up] = [*e, *n, h].map(|v| format!("{v:.4}"));
            reasons.push(if h.is_finite() {
                reason!(
                    "why-residual",
                    "{id}: residual east {east} m, north {north} m, up {up} m",
                    id = p.id,
                    east = east,
                    north = north,
                    up = up
                )
            } else {
                reason!(
                    "why-residual-flat",
                    "{id}: residual east {east} m, north {north} m",
                    id = p.id,
                    east = east,
                    north = north
                )
            });
        }
        self.decide(source, "fitted", transform, reasons)?;
        Ok(fit)
    }

    fn movable(&self, source: &str) -> Result<(), SessionError> {
        self.placement_of(source)?;
        let state = self.sources.iter().find(|s| s.record.id == source);
        let begin = state.and_then(|s| s.index.as_ref()).map(|i| &i.begin);
        if begin.is_none_or(|b| b.georeference == Georeference::Coordinates) {
            return Err(SessionError::NotMovable {
                why: "its coordinates are in a CRS of its own: import it with --crs to state another one",
                source_name: source.to_owned(),
            });
        }
        Ok(())
    }

    /// Records a decision of a person that no hypothesis has, and carries it out.
    fn decide(
        &mut self,
        source: &str,
        name: &str,
        transform: SourceTransform,
        reasons: Vec<Reason>,
    ) -> Result<(), SessionError> {
        let mut placement = self.placement_of(source)?;
        let n = placement.hypotheses.iter().map(|h| h.n).max().unwrap_or(0) + 1;
        placement.hypotheses.push(Hypothesis {
            n,
            name: name.to_owned(),
            score: 1.0,
            moves: transform.offset,
            reading: placement.reading().cloned(),
            bbox: None,
            transform,
            reasons,
        });
        placement.accept(n);
        self.apply_placement(source, placement)
    }

    /// Points a source at the file that it moved to: the content must be the same, that of its companions too.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a source that is not there, [`SessionError::File`] where the file cannot be read,
    /// [`SessionError::OtherContent`] where it is another one.
    pub fn relink(&mut self, source: &str, file: &Path) -> Result<(), SessionError> {
        let known = self.sources.iter().find(|s| s.record.id == source);
        let record = known.map(|s| s.record.clone());
        let record =
            record.ok_or_else(|| SessionError::Unknown { what: "source", name: source.to_owned() })?;
        let read = |path: &Path| {
            hash_file(path).map_err(|source| SessionError::File { source, path: path.to_owned() })
        };
        let other = |path: &Path, expected: &str, found: String| SessionError::OtherContent {
            expected: expected.to_owned(),
            found,
            path: path.to_owned(),
        };
        let (sha256, _) = read(file)?;
        if sha256 != record.sha256 {
            return Err(other(file, &record.sha256, sha256));
        }
        let mut companions = Vec::new();
        for c in &record.companions {
            let old = Path::new(&c.path);
            // A companion has the file's name with another ending, or one ending more.
            let ending = old.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
            let candidates = [file.with_extension(&ending), format!("{}.{ending}", file.display()).into()];
            let there = candidates.iter().find(|p| p.exists()).unwrap_or(&candidates[0]);
            let (sha256, _) = read(there)?;
            if sha256 != c.sha256 {
                return Err(other(there, &c.sha256, sha256));
            }
            companions.push(SourceFile { path: self.project.path_to_record(there), ..c.clone() });
        }
        let record = SourceRecord { path: self.project.path_to_record(file), companions, ..record };
        self.project.replace_source(&record)?;
        if let Some(state) = self.sources.iter_mut().find(|s| s.record.id == source) {
            state.record = record;
        }
        self.rebuild_missing()?;
        self.refresh()
    }
}

/// A transform that places everything `by` further, in the project frame.
fn moved_by(
    t: &SourceTransform,
    by: DVec3,
    frame: &lantu_base::ProjectFrame,
) -> Result<SourceTransform, SessionError> {
    let with =
        |d: DVec3| SourceTransform { offset: (DVec3::from_array(t.offset) + d).to_array(), ..t.clone() };
    let at = |t: &SourceTransform| Ok::<DVec3, SessionError>(Placer::new(t, frame)?.place(DVec3::ZERO)?.0);
    if t.crs.is_none() {
        return Ok(with(by));
    }
    // Another CRS turns and scales: how is measured over a meter.
    let origin = at(t)?;
    let east = (at(&with(DVec3::X))? - origin).truncate();
    let north = (at(&with(DVec3::Y))? - origin).truncate();
    let inverse = glam::DMat2::from_cols(east, north).inverse();
    Ok(with((inverse * by.truncate()).extend(by.z)))
}
