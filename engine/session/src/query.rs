//! What people ask of an open project: lists of objects, all of one object, the project as a whole.

use std::path::{Path, PathBuf};

use glam::DVec3;
use lantu_base::{Bounds, ObjectRow};
use lantu_scene::{Expr, ObjectView};
use serde_json::{Value, json};

use crate::SessionError;
use crate::placement::{Hypothesis, Placement, PlacementState};
use crate::revisions::Held;
use crate::rows::{Row, RowDetails, row_of, row_of_entry};
use crate::session::{Session, SourceState};
use crate::table::SceneTable;

/// Which objects.
#[derive(Clone, Debug, Default)]
pub struct ObjectQuery {
    /// Of this source only.
    pub source: Option<String>,
    /// That pass this filter.
    pub filter: Option<Expr>,
    /// That touch this rectangle: x0, y0, x1, y1 in the project CRS's unit.
    pub bbox: Option<[f64; 4]>,
    /// That come within so many meters of a point (x, y in the CRS's unit, height in meters).
    pub within: Option<(f64, [f64; 3])>,
}

impl Session {
    /// Objects that a query finds, in row order.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a source that is not there.
    pub fn objects(&self, query: &ObjectQuery) -> Result<Vec<Row>, SessionError> {
        if let Some(name) = &query.source
            && !self.sources.iter().any(|s| s.record.id == *name)
        {
            return Err(SessionError::Unknown { what: "source", name: name.clone() });
        }
        let scene = self.scene();
        let mut candidates: Option<Vec<ObjectRow>> = None;
        if let Some([x0, y0, x1, y1]) = query.bbox {
            let lo = self.frame.world_from_crs([x0.min(x1), y0.min(y1), 0.0]).0;
            let hi = self.frame.world_from_crs([x0.max(x1), y0.max(y1), 0.0]).0;
            let all_heights = Bounds::new(lo.with_z(f64::NEG_INFINITY), hi.with_z(f64::INFINITY));
            candidates = Some(scene.in_box(&all_heights));
        }
        if let Some((radius_m, of)) = query.within {
            let near = scene.in_radius(self.frame.world_from_crs(of).0, radius_m);
            candidates = Some(match candidates {
                None => near,
                Some(rows) => rows.into_iter().filter(|r| near.binary_search(r).is_ok()).collect(),
            });
        }
        let table = SceneTable::new(self);
        let wanted = |o: &ObjectView<'_>| {
            query.source.as_ref().is_none_or(|s| o.span.source.as_str() == s)
                && query.filter.as_ref().is_none_or(|f| table.passes(o, f))
        };
        Ok(match candidates {
            Some(rows) => rows
                .into_iter()
                .filter_map(|r| scene.object(r))
                .filter(wanted)
                .map(|o| row_of(&o, &self.frame))
                .collect(),
            None => scene.objects().filter(wanted).map(|o| row_of(&o, &self.frame)).collect(),
        })
    }

    /// All that is known of one object.
    pub fn properties(&self, row: ObjectRow) -> Option<Row> {
        let scene = self.scene();
        let o = scene.object(row)?;
        let details = self.details(o.span.source.as_str()).of(u32::try_from(o.number).ok()?);
        let mut out = row_of(&o, &self.frame);
        out.diagnostics.extend(details.unreadable.map(str::to_owned));
        out.details = Some(Box::new(RowDetails::collect(details.detail(), details.properties().iter())));
        Some(out)
    }

    /// What is called `GlobalId` or `source:GlobalId` but is no object: types, tasks, cost items, actors, property
    /// sets, relations. One row for each source that has it; a page that is gone has none.
    pub fn entries(&self, name: &str) -> Vec<Row> {
        let mut out = Vec::new();
        for s in &self.sources {
            let source = s.record.id.as_str();
            let id = name.strip_prefix(source).and_then(|rest| rest.strip_prefix(':')).unwrap_or(name);
            match s.details.entry_of(id) {
                Ok(found) => out.extend(found.map(|e| row_of_entry(source, &e))),
                Err(e) => tracing::warn!(source, code = e.code(), "entries cannot be read"),
            }
        }
        out
    }

    /// The project as a whole, in the words of `lantu info --json`.
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn info(&self) -> Result<Value, SessionError> {
        let scene = self.scene();
        let mut bytes = std::fs::metadata(self.path()).map_or(0, |m| m.len());
        let mut n_triangles = 0;
        let mut sources = Vec::new();
        let mut placements = Vec::new();
        let revisions = self.revisions()?;
        for s in &self.sources {
            let packs: u64 = self.project.packs(&s.record.id)?.iter().map(|p| p.bytes).sum();
            bytes += packs;
            let triangles = s.objects.directory().n_triangles();
            n_triangles += triangles;
            let path = self.project.source_path(&s.record.path);
            sources.push(json!({
                "source": s.record.id, "path": s.record.path, "sha256": s.record.sha256, "importer": s.record.importer,
                "schema": s.record.schema, "present": path.exists(), "placed": s.is_placed(), "n_objects": s.objects.len(),
                "n_triangles": triangles, "bytes": packs,
                "revisions": revisions.iter().filter(|r| r.revision.source == s.record.id).map(Held::to_json).collect::<Vec<_>>(),
                "report": serde_json::from_str::<Value>(&s.record.report_json)?,
            }));
            if let Some(p) = self.project.placement(&s.record.id)?.map(|d| d.placement) {
                placements.push(json!({
                    "source": s.record.id, "state": p.state.as_str(), "hypothesis": s.placement.hypothesis(),
                    "by": p.by, "at": p.at.to_string(),
                }));
            }
        }
        let span = self.time_span().map(|(a, b)| json!({"from": a.to_string(), "to": b.to_string()}));
        Ok(json!({
            "name": self.name(), "sources": sources, "n_objects": scene.n_rows(), "n_triangles": n_triangles,
            "bytes": bytes, "crs": self.frame.crs, "height_crs": self.frame.height_crs, "time_zone": self.frame.time_zone,
            "time_span": span, "n_tasks": self.schedule().tasks.len(), "n_channels": self.channels().len(),
            "n_samples": self.time_store().n_samples(), "placements": placements,
        }))
    }

    /// Placement of every source, or of one, in the words of `lantu placement --json`.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a source that is not there.
    pub fn placements(&self, source: Option<&str>) -> Result<Vec<Value>, SessionError> {
        let mut out = Vec::new();
        for s in self.sources.iter().filter(|s| source.is_none_or(|name| s.record.id == name)) {
            out.push(self.placement_json(s)?);
        }
        match source {
            Some(name) if out.is_empty() => {
                Err(SessionError::Unknown { what: "source", name: name.to_owned() })
            }
            _ => Ok(out),
        }
    }

    fn placement_json(&self, s: &SourceState) -> Result<Value, SessionError> {
        let decisions = self.project.decisions(&s.record.id)?;
        let decisions: Vec<Value> = decisions
            .iter()
            .map(|d| {
                let undone = d.undone.as_ref().map(|(by, at)| json!({"by": by, "at": at.to_string()}));
                let of: Placement = serde_json::from_str(&d.placement.hypotheses_json)?;
                Ok(json!({
                    "n": d.n, "state": d.placement.state.as_str(), "hypothesis": d.placement.hypothesis,
                    "by": d.placement.by, "at": d.placement.at.to_string(), "undone": undone,
                    "stated": of.file.stated, "replaced": of.file.replaced,
                }))
            })
            .collect::<Result<_, SessionError>>()?;
        let hypotheses: Vec<Value> = s.placement.hypotheses.iter().map(|h| self.hypothesis_json(h)).collect();
        Ok(json!({
            "source": s.record.id, "state": if s.is_placed() { "placed" } else { "waiting" }, "chosen": s.placement.chosen,
            "hypotheses": hypotheses, "decisions": decisions,
        }))
    }

    fn hypothesis_json(&self, h: &Hypothesis) -> Value {
        let corner = |p: [f64; 3]| self.frame.crs_from_world(lantu_base::WorldPoint(DVec3::from_array(p)));
        let bbox = h.bbox.map(|[x0, y0, z0, x1, y1, z1]| {
            let ([a, b, c], [d, e, f]) = (corner([x0, y0, z0]), corner([x1, y1, z1]));
            [a, b, c, d, e, f]
        });
        json!({
            "n": h.n, "name": h.name, "score": h.score, "offset": corner(h.moves),
            "rotation_deg": h.transform.rotation_deg(), "scale": h.transform.scale, "bbox": bbox,
            "crs": h.transform.crs.as_ref().or(h.reading.as_ref().map(|r| &r.crs)),
            "reading": h.reading,
            "reasons": h.reasons.iter().map(|r| &r.text).collect::<Vec<_>>(),
        })
    }

    /// Accepts hypothesis `n` of a source: the decision is recorded, and the source is built in its place.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] if there is no such source or hypothesis; [`SessionError::Project`].
    pub fn accept_placement(&mut self, source: &str, n: u32) -> Result<(), SessionError> {
        let mut placement = self.placement_of(source)?;
        if !placement.accept(n) {
            return Err(SessionError::Unknown { what: "hypothesis", name: n.to_string() });
        }
        self.apply_placement(source, placement)
    }

    /// Takes the last decision on a source back: it lies as before, is read as was stated before, from the file that it
    /// had before; or it waits again.
    ///
    /// # Errors
    /// [`SessionError::Unknown`]; [`SessionError::Project`] if nothing is left to take back; [`SessionError::File`] and
    /// [`SessionError::OtherContent`] where the file that it had before is gone: the decision stands then.
    pub fn undo_placement(&mut self, source: &str) -> Result<(), SessionError> {
        self.placement_of(source)?;
        let file = self.file_before(source)?;
        self.project.undo_placement(source)?;
        let placement = self.standing_placement(source)?;
        self.rebuild_in_place(source, placement, file)
    }

    pub(crate) fn apply_placement(&mut self, source: &str, placement: Placement) -> Result<(), SessionError> {
        let record = self.placement_record(&placement, true)?;
        self.project.set_placement(source, &record)?;
        self.rebuild_in_place(source, placement, None)
    }

    /// `file`: the one that it is made from, where not the one that it has.
    fn rebuild_in_place(
        &mut self,
        source: &str,
        placement: Placement,
        file: Option<PathBuf>,
    ) -> Result<(), SessionError> {
        // The decision is in the log already: the rebuild finds it standing, and does not record it a second time.
        if let Some(state) = self.sources.iter_mut().find(|s| s.record.id == source) {
            state.placement = placement.clone();
        }
        let outcome = self.rebuild_source(source, placement, file)?;
        if outcome.source.is_none() {
            let why = outcome.report.diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
            return Err(SessionError::File { source: std::io::Error::other(why), path: outcome.path });
        }
        Ok(())
    }

    pub(crate) fn placement_of(&self, source: &str) -> Result<Placement, SessionError> {
        let state = self.sources.iter().find(|s| s.record.id == source);
        state
            .map(|s| s.placement.clone())
            .ok_or_else(|| SessionError::Unknown { what: "source", name: source.to_owned() })
    }
}

impl SourceState {
    /// Whether it lies in the project, or is a table of records, which has no place and needs none.
    pub fn is_placed(&self) -> bool {
        self.placement.state == PlacementState::Placed || self.record.importer == "tables"
    }
}

/// What `lantu verify` found, as text lines by kind.
///
/// # Errors
/// [`SessionError::Project`] if the file is not a project at all.
pub fn verify(path: &Path) -> Result<lantu_project::VerifyReport, SessionError> {
    let store = lantu_tiles::io::DirPackStore::new(crate::session::pack_root(path));
    let locate = |hash: &str| crate::session::parse_hash(hash).map(|h| store.path(h)).unwrap_or_default();
    match lantu_project::Project::open(path, lantu_project::OpenMode::ReadOnly) {
        Ok(project) => Ok(project.verify_with(true, &locate)),
        // The project's own check reports a file that no longer opens.
        Err(lantu_project::ProjectError::Damaged { .. }) => Ok(lantu_project::verify(path)?),
        Err(e) => Err(e.into()),
    }
}

impl Session {
    /// Saves a view: eye and target as people write them (x, y in CRS units, height in meters).
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn save_view(&mut self, name: &str, eye: [f64; 3], target: [f64; 3]) -> Result<(), SessionError> {
        let text = json!({"eye": eye, "target": target}).to_string();
        Ok(self.project.set_view(name, &text)?)
    }
}
