//! The scene as overlays see it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use lantu_base::{Bounds, FeatureGeometry, ObjectKey, ObjectRow};
use lantu_ingest::{FeatureRecord, ObjectDetail, PropertyRecord, PropertyValue};
use lantu_overlay::ObjectTable;
use lantu_scene::SceneSnapshot;
use lantu_tiles::PackHash;
use lantu_tiles::io::DirPackStore;

use crate::packs::{SourceDetails, read_value};
use crate::rows::text_value;
use crate::session::Session;

/// One scene revision with what overlays ask of it. Shared with the overlay's thread.
pub struct SceneTable {
    scene: Arc<SceneSnapshot>,
    /// By place of the source in the scene.
    details: Vec<Arc<SourceDetails>>,
    features: Vec<Option<PackHash>>,
    store: Arc<DirPackStore>,
    outlines: Vec<OnceLock<HashMap<u32, FeatureGeometry>>>,
}

impl SceneTable {
    /// The table of a session's scene now.
    pub fn new(session: &Session) -> Self {
        let scene = session.scene();
        let spans = scene.sources();
        let details = spans.iter().map(|s| session.details(s.source.as_str())).collect();
        let features = spans
            .iter()
            .map(|s| {
                let state = session.sources().iter().find(|k| k.record.id == s.source.as_str())?;
                state.index.as_ref()?.features
            })
            .collect();
        let outlines = spans.iter().map(|_| OnceLock::new()).collect();
        Self { details, features, store: session.store(), outlines, scene }
    }

    /// The scene that it speaks of.
    pub fn scene(&self) -> &Arc<SceneSnapshot> {
        &self.scene
    }

    fn place(&self, row: ObjectRow) -> Option<(usize, u32)> {
        let o = self.scene.object(row)?;
        let ix = self
            .scene
            .sources()
            .iter()
            .position(|s| s.first_row == o.span.first_row && s.source == o.span.source)?;
        Some((ix, u32::try_from(o.number).ok()?))
    }

    /// Type, container and materials of an object.
    pub fn detail(&self, row: ObjectRow) -> Option<&ObjectDetail> {
        let (ix, number) = self.place(row)?;
        self.details.get(ix)?.detail(number)
    }

    /// All properties of an object, those of its occurrence before those of its type.
    pub fn properties(&self, row: ObjectRow) -> &[PropertyRecord] {
        let own = self.place(row).and_then(|(ix, number)| Some(self.details.get(ix)?.properties(number)));
        own.unwrap_or(&[])
    }

    /// A property by its name alone, or as `Set.Name`.
    pub fn property(&self, row: ObjectRow, name: &str) -> Option<&PropertyRecord> {
        let (ix, number) = self.place(row)?;
        let own = self.details.get(ix)?.properties(number);
        let plain = own.iter().find(|p| p.name == name);
        plain.or_else(|| {
            own.iter().find(|p| {
                name.strip_prefix(p.set.as_str()).and_then(|r| r.strip_prefix('.')) == Some(&p.name)
            })
        })
    }
}

impl ObjectTable for SceneTable {
    fn n_rows(&self) -> usize {
        self.scene.n_rows() as usize
    }

    fn key(&self, row: ObjectRow) -> Option<ObjectKey> {
        self.scene.object(row).map(|o| o.key())
    }

    fn class(&self, row: ObjectRow) -> &str {
        self.scene.object(row).map_or("", |o| o.class())
    }

    fn bounds(&self, row: ObjectRow) -> Bounds {
        self.scene.object(row).map_or(Bounds::EMPTY, |o| o.bounds())
    }

    fn resolve(&self, text: &str) -> Vec<ObjectRow> {
        self.scene.resolve(text)
    }

    fn number(&self, row: ObjectRow, property: &str) -> Option<f64> {
        match &self.property(row, property)?.value {
            PropertyValue::Int(i) => Some(*i as f64),
            PropertyValue::Real(r) => Some(*r),
            PropertyValue::Text(t) => t.trim().parse().ok(),
            _ => None,
        }
    }

    fn text(&self, row: ObjectRow, property: &str) -> Option<String> {
        let p = self.property(row, property)?;
        (p.value != PropertyValue::Null).then(|| text_value(&p.value))
    }

    fn outline(&self, row: ObjectRow) -> Option<Vec<Vec<[f64; 3]>>> {
        let (ix, number) = self.place(row)?;
        let hash = (*self.features.get(ix)?)?;
        let map = self.outlines.get(ix)?.get_or_init(|| {
            // A pack that cannot be read leaves the source without outlines: distances are then "unknown".
            let features: Vec<FeatureRecord> = read_value(&*self.store, hash).unwrap_or_default();
            features.into_iter().map(|f| (f.object, f.geometry)).collect()
        });
        Some(match map.get(&number)? {
            FeatureGeometry::Points(p) => p.iter().map(|p| vec![*p]).collect(),
            FeatureGeometry::Lines(l) => l.clone(),
            FeatureGeometry::Polygons(p) => p.iter().flatten().cloned().collect(),
        })
    }

    fn within(&self, bounds: Bounds) -> Vec<ObjectRow> {
        self.scene.in_box(&bounds)
    }
}
