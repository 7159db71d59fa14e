//! What changed between two revisions of a model, object by object, with both values.

mod facts;
mod motion;
mod pairs;
mod table;

use std::collections::HashMap;

use lantu_base::CancelToken;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::SessionError;
use crate::diff::facts::{Identity, Named, facts_changed};
use crate::diff::motion::{Corners, Fate, fate};
use crate::diff::pairs::{Pair, pair_up};
use crate::model::Model;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// The same shape stands elsewhere.
    Moved,
    /// It has another shape.
    Reshaped,
    /// Something that is known of it is different.
    Changed,
}

impl ChangeKind {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Reshaped => "reshaped",
            Self::Changed => "changed",
        }
    }
}

/// One difference. Values are null where there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Id of the object: in the new revision, of a removed one in the old.
    pub id: String,
    /// Its class, likewise.
    pub class: String,
    /// What happened.
    pub change: ChangeKind,
    /// What is different: `object`, `placement`, `shape`, `name`, `Pset_WallCommon.FireRating`, `GlobalId`.
    pub what: String,
    /// Value before. A placement is the middle of the shape's box in the source's frame, meters.
    pub old: Value,
    /// Value after.
    pub new: Value,
    /// Of a moved object: how far its middle went, meters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
    /// Of a moved object: how far it turned, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_deg: Option<f64>,
    /// Of an object with another id: how sure it is that it is the same, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Source of the object.
    pub source: String,
    /// Number in the old revision.
    #[serde(skip)]
    pub old_number: Option<u32>,
    /// Number in the new revision.
    #[serde(skip)]
    pub new_number: Option<u32>,
}

/// Two revisions compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// By source, id, kind and what: the same whatever the order of the files' records.
    pub changes: Vec<Change>,
    /// Objects that are in both revisions without any change.
    pub n_same: u64,
}

/// Compares two revisions of one source.
///
/// # Errors
/// [`SessionError::Tiles`] if a shape cannot be read; [`SessionError::Cancelled`].
pub fn diff_models(old: &Model, new: &Model, cancel: &CancelToken) -> Result<Difference, SessionError> {
    let pairs = pair_up(old, new)?;
    let mut out = Difference::default();
    let source = &new.name;
    for (before, after, what) in facts::of_source(&old.begin, &new.begin)? {
        let change = ChangeKind::Changed;
        out.changes.push(Change {
            old: before,
            new: after,
            ..bare(source, source, "source", (change, &what))
        });
    }
    let ids: HashMap<String, String> = pairs.same.iter().filter_map(|p| renamed(old, new, *p)).collect();
    for p in &pairs.same {
        cancel.check()?;
        let first = out.changes.len();
        compare(old, new, *p, &ids, &mut out.changes)?;
        out.n_same += u64::from(out.changes.len() == first);
    }
    let one_sided = |model: &Model, number: u32, kind: ChangeKind| {
        let o = model.object(number)?;
        let name = Value::String(o.name().to_owned());
        let is_new = kind == ChangeKind::Added;
        let (before, after) = if is_new { (Value::Null, name) } else { (name, Value::Null) };
        Some(Change {
            old: before,
            new: after,
            old_number: (!is_new).then_some(number),
            new_number: is_new.then_some(number),
            ..bare(source, o.id(), o.class(), (kind, "object"))
        })
    };
    out.changes.extend(pairs.removed.iter().filter_map(|&n| one_sided(old, n, ChangeKind::Removed)));
    out.changes.extend(pairs.added.iter().filter_map(|&n| one_sided(new, n, ChangeKind::Added)));
    out.sort();
    Ok(out)
}

/// Compares what two projects, or two revisions of one, hold: sources of the same name with each other; where both
/// hold only one, these, whatever their names.
///
/// # Errors
/// As [`diff_models`].
pub fn diff_all(old: &[Model], new: &[Model], cancel: &CancelToken) -> Result<Difference, SessionError> {
    if let ([a], [b]) = (old, new) {
        return diff_models(a, b, cancel);
    }
    let mut out = Difference::default();
    let mut add = |found: Difference| {
        out.changes.extend(found.changes);
        out.n_same += found.n_same;
    };
    for b in new {
        let partner = old.iter().find(|a| a.name == b.name);
        add(diff_models(partner.unwrap_or(&Model::nothing(&b.name)), b, cancel)?);
    }
    for a in old.iter().filter(|a| !new.iter().any(|b| b.name == a.name)) {
        add(diff_models(a, &Model::nothing(&a.name), cancel)?);
    }
    out.sort();
    Ok(out)
}

impl Difference {
    fn sort(&mut self) {
        let key = |c: &Change| (c.source.clone(), c.id.clone(), c.change, c.what.clone());
        self.changes.sort_by_cached_key(key);
    }

    /// How many objects each kind of change has, each object counted once by its first kind in the order of
    /// [`ChangeKind`].
    pub fn counts(&self) -> Vec<(ChangeKind, u64)> {
        let mut out: Vec<(ChangeKind, u64)> = Vec::new();
        let mut last: Option<(&str, &str)> = None;
        for c in &self.changes {
            if last == Some((&c.source, &c.id)) {
                continue;
            }
            last = Some((&c.source, &c.id));
            match out.iter_mut().find(|(kind, _)| *kind == c.change) {
                Some((_, n)) => *n += 1,
                None => out.push((c.change, 1)),
            }
        }
        out.sort_unstable();
        out
    }
}

fn bare(source: &str, id: &str, class: &str, (change, what): (ChangeKind, &str)) -> Change {
    Change {
        id: id.to_owned(),
        class: class.to_owned(),
        change,
        what: what.to_owned(),
        old: Value::Null,
        new: Value::Null,
        distance_m: None,
        turn_deg: None,
        confidence: None,
        source: source.to_owned(),
        old_number: None,
        new_number: None,
    }
}

fn renamed(old: &Model, new: &Model, p: Pair) -> Option<(String, String)> {
    let (a, b) = (old.object(p.old)?, new.object(p.new)?);
    (a.id() != b.id()).then(|| (a.id().to_owned(), b.id().to_owned()))
}

/// Objects of two revisions by id.
struct Known<'a> {
    old: &'a Model,
    new: &'a Model,
    /// From old ids to new ones, where they were replaced.
    ids: &'a HashMap<String, String>,
}

impl Identity for Known<'_> {
    fn is_one(&self, old: &str, new: &str) -> bool {
        // What is no object here, as the project itself, has no partner to be told by.
        let no_objects = || self.old.find(old).is_empty() && self.new.find(new).is_empty();
        self.ids.get(old).is_some_and(|id| id == new) || no_objects()
    }

    fn is_one_object(&self, old: &str, new: &str) -> bool {
        let is_one = self.ids.get(old).map_or(old == new, |id| id == new);
        is_one && !self.old.find(old).is_empty() && !self.new.find(new).is_empty()
    }
}

/// Everything that is different of one object. `ids`: from old ids to new ones, where they were replaced.
fn compare(
    old: &Model,
    new: &Model,
    p: Pair,
    ids: &HashMap<String, String>,
    out: &mut Vec<Change>,
) -> Result<(), SessionError> {
    let (Some(a), Some(b)) = (old.object(p.old), new.object(p.new)) else { return Ok(()) };
    let of = |kind: ChangeKind, what: &str| Change {
        old_number: Some(p.old),
        new_number: Some(p.new),
        ..bare(&new.name, b.id(), b.class(), (kind, what))
    };
    if p.confidence.is_some() {
        out.push(Change {
            old: json!(a.id()),
            new: json!(b.id()),
            confidence: p.confidence,
            ..of(ChangeKind::Changed, "GlobalId")
        });
    }
    let known = Known { old, new, ids };
    for (what, before, after) in facts_changed(Named::of(old, p.old)?, Named::of(new, p.new)?, &known) {
        out.push(Change { old: before, new: after, ..of(ChangeKind::Changed, &what) });
    }
    if !(old.has_shapes() || new.has_shapes()) {
        return Ok(());
    }
    let (before, after) = (Corners::of(&old.shape(p.old)?), Corners::of(&new.shape(p.new)?));
    match (before.is_empty(), after.is_empty()) {
        (true, true) => {}
        (false, false) => match fate(&before, &after) {
            Fate::Same => {}
            Fate::Moved { distance_m, turn_deg } => out.push(Change {
                old: middle(&before),
                new: middle(&after),
                distance_m: Some(distance_m),
                turn_deg: Some(turn_deg),
                ..of(ChangeKind::Moved, "placement")
            }),
            Fate::Reshaped => {
                out.push(Change {
                    old: shape(&before),
                    new: shape(&after),
                    ..of(ChangeKind::Reshaped, "shape")
                });
            }
        },
        _ => {
            out.push(Change { old: shape(&before), new: shape(&after), ..of(ChangeKind::Reshaped, "shape") });
        }
    }
    Ok(())
}

/// The middle of a shape's box, to a tenth of a millimeter.
fn middle(c: &Corners) -> Value {
    json!(c.bounds.center().to_array().map(|v| (v * 1e4).round() / 1e4))
}

/// What a person tells shapes apart by, and a hash for programs.
fn shape(c: &Corners) -> Value {
    if c.is_empty() {
        return Value::Null;
    }
    let mut hash = Sha256::new();
    for step in c.local_steps() {
        for v in step {
            hash.update(v.to_le_bytes());
        }
    }
    let hash = hash.finalize().iter().take(8).fold(String::new(), |text, b| text + &format!("{b:02x}"));
    let size = (c.bounds.max - c.bounds.min).to_array().map(|v| (v * 1e4).round() / 1e4);
    json!({"n_triangles": c.n_triangles(), "area_m2": (c.area_m2 * 1e6).round() / 1e6, "size_m": size,
        "middle": middle(c), "hash": hash})
}
