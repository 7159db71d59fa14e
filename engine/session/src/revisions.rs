//! Revisions of a project's sources: what the log says of them, and what the cache keeps.
//!
//! An older revision stays as the packs that its index names, most of which the newer one shares. The log always
//! knows that it was there; the cache may be deleted, and then only a file that is still the same brings it back.

use lantu_project::{PackRecord, Revision, SourceRecord};
use lantu_tiles::io::PackStore as _;
use serde_json::{Value, json};

use crate::SessionError;
use crate::model::Model;
use crate::packs::{SourceIndex, read_value};
use crate::session::{Session, parse_hash};

/// Kind of the pack that is the index of an older revision; its key is the revision's number.
const INDEX: &str = "revision";
/// Kind of the other packs of older revisions; the key says number, kind and key.
const PACK: &str = "kept";
/// Older revisions of a source that the cache keeps. Chosen: two months of a weekly exchange.
const KEPT: usize = 8;

/// A revision, and whether it can be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// What the log says of it.
    pub revision: Revision,
    /// The source is so now.
    pub is_current: bool,
    /// The cache has it.
    pub is_kept: bool,
}

impl Held {
    pub(crate) fn to_json(&self) -> Value {
        let r = &self.revision;
        json!({"n": r.n, "path": r.path, "sha256": r.sha256, "n_objects": r.n_objects, "at": r.at.to_string(),
            "by": r.by, "current": self.is_current, "kept": self.is_kept})
    }
}

impl Session {
    /// Every revision of every source, oldest first.
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn revisions(&self) -> Result<Vec<Held>, SessionError> {
        let all = self.project.revisions()?;
        let mut out = Vec::with_capacity(all.len());
        for r in &all {
            let newest = all.iter().rev().find(|o| o.source == r.source).map(|o| o.n);
            let state = self.sources.iter().find(|s| s.record.id == r.source);
            let is_current = newest == Some(r.n) && state.is_some_and(|s| s.record.sha256 == r.sha256);
            let is_kept = if is_current {
                state.is_some_and(|s| s.index.is_some())
            } else {
                self.kept_index(&r.source, r.n)?.is_some()
            };
            out.push(Held { revision: r.clone(), is_current, is_kept });
        }
        Ok(out)
    }

    /// The sources as they were after revision `n`; `None`: as they are. Without those that are tables, rasters or
    /// map layers, which have no shapes of their own.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a revision that never was, or that the cache no longer has.
    pub fn models_at(&self, n: Option<u64>) -> Result<Vec<Model>, SessionError> {
        let all = self.revisions()?;
        let unknown = |n: u64| SessionError::Unknown { what: "revision", name: n.to_string() };
        if let Some(n) = n.filter(|n| !all.iter().any(|r| r.revision.n == *n)) {
            return Err(unknown(n));
        }
        let mut out = Vec::new();
        for s in &self.sources {
            let is_model = s.index.as_ref().is_some_and(|i| i.begin.importer == "ifc");
            let upto = |r: &&Held| r.revision.source == s.record.id && n.is_none_or(|n| r.revision.n <= n);
            let Some(held) = all.iter().rev().find(upto).filter(|_| is_model) else { continue };
            let index = if held.is_current {
                s.index.clone()
            } else {
                self.kept_index(&s.record.id, held.revision.n)?
            };
            let index = index.ok_or_else(|| unknown(held.revision.n))?;
            out.push(Model::open(&self.store, self.column_cache(), &s.record.id, &index)?);
        }
        Ok(out)
    }

    /// The index of an older revision, if the cache has it.
    pub(crate) fn kept_index(&self, source: &str, n: u64) -> Result<Option<SourceIndex>, SessionError> {
        let key = n.to_string();
        let found = self.project.packs(source)?.into_iter().find(|p| p.kind == INDEX && p.key == key);
        Ok(found.and_then(|p| read_value(&*self.store, parse_hash(&p.hash)?).ok()))
    }

    /// Packs of older revisions that a source lists.
    pub(crate) fn kept(&self, source: &str) -> Result<Vec<PackRecord>, SessionError> {
        let all = self.project.packs(source)?;
        Ok(all.into_iter().filter(|p| p.kind == INDEX || p.kind == PACK).collect())
    }

    /// Packs of older revisions that a source lists once `next` has taken its place: what it has now becomes one of
    /// them where the file is another one, and the oldest go.
    pub(crate) fn kept_after(&self, next: &SourceRecord) -> Result<Vec<PackRecord>, SessionError> {
        let mut kept = self.kept(&next.id)?;
        let now = self.sources.iter().find(|s| s.record.id == next.id);
        // Models are compared, records are asked what was known at an earlier date.
        let is_asked = |i: &SourceIndex| matches!(i.begin.importer.as_str(), "ifc" | "tables");
        if now.is_some_and(|s| s.record.sha256 != next.sha256 && s.index.as_ref().is_some_and(is_asked)) {
            let n = self.project.revisions()?.iter().rev().find(|r| r.source == next.id).map(|r| r.n);
            for p in self.project.packs(&next.id)?.into_iter().filter(|p| p.kind != INDEX && p.kind != PACK) {
                let Some(n) = n else { continue };
                let (kind, key) = if p.kind == "index" {
                    (INDEX, n.to_string())
                } else {
                    (PACK, format!("{n}/{}/{}", p.kind, p.key))
                };
                kept.push(PackRecord { kind: kind.to_owned(), key, ..p });
            }
        }
        // What the cache has lost cannot be made again, and would only fail to verify.
        let here = |p: &PackRecord| parse_hash(&p.hash).is_some_and(|h| self.store.contains(h));
        let mut numbers: Vec<u64> =
            kept.iter().filter(|p| p.kind == INDEX && here(p)).filter_map(number).collect();
        numbers.sort_unstable();
        let first = numbers.len().saturating_sub(KEPT);
        let stay = numbers.get(first..).unwrap_or(&[]);
        kept.retain(|p| number(p).is_some_and(|n| stay.contains(&n)) && here(p));
        Ok(kept)
    }
}

/// Which revision a kept pack belongs to.
fn number(p: &PackRecord) -> Option<u64> {
    p.key.split('/').next()?.parse().ok()
}
