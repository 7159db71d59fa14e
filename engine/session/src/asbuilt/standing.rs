//! Exact shapes of what stands, read as they are wanted.
//!
//! Of models (IFC, `CityJSON`, glTF, 3D Tiles) they are what their files gave, kept in packs that are named by their content.
//! Of GIS layers their features are kept the same way, and walls and roofs are made of these again, on the ground that they
//! are drawn on; tiles round both.

use std::collections::{BTreeMap, HashMap};

use glam::DVec3;
use lantu_base::{FeatureGeometry, ObjectRow};
use lantu_ingest::FeatureRecord;
use lantu_tiles::{ColumnRaster, HeightField, InputFeature, block_triangles};

use crate::features::read_features;
use crate::placement::Placer;
use crate::session::Session;
use crate::{Model, SessionError};

/// What a source has of shapes.
enum Kept {
    /// A model that nobody has asked for yet.
    Closed,
    Open(Box<(Model, Placer)>),
    /// Features of a layer that are blocks, by the number of their object.
    Blocks(HashMap<u32, Vec<FeatureRecord>>),
}

/// Shapes of all sources that have a place.
pub(super) struct Standing<'s> {
    session: &'s Session,
    /// What blocks of layers stand on.
    ground: &'s dyn HeightField,
    /// By the first row of a source.
    kept: BTreeMap<u32, Kept>,
}

impl<'s> Standing<'s> {
    pub(super) fn new(session: &'s Session, ground: &'s dyn HeightField) -> Result<Self, SessionError> {
        let mut kept = BTreeMap::new();
        for span in session.scene().sources() {
            let state = session.sources.iter().find(|s| s.record.id == span.source.as_str());
            let Some(state) = state.filter(|s| s.placement.transform().is_some()) else { continue };
            let Some(index) = &state.index else { continue };
            if index.shapes.is_some() {
                kept.insert(span.first_row, Kept::Closed);
            } else if let Some(features) = index.features {
                let is_block = |f: &FeatureRecord| {
                    f.style.extrude_m > 0.0 && matches!(f.geometry, FeatureGeometry::Polygons(_))
                };
                let mut blocks: HashMap<u32, Vec<FeatureRecord>> = HashMap::new();
                for page in read_features(&*session.store, features)? {
                    for f in page?.into_iter().filter(is_block) {
                        blocks.entry(f.object).or_default().push(f);
                    }
                }
                kept.insert(span.first_row, Kept::Blocks(blocks));
            }
        }
        Ok(Self { session, ground, kept })
    }

    /// Whether an object has a shape of its own that is built: spaces and openings are hidden, and what only stands for a
    /// shape says nothing.
    pub(super) fn is_element(&self, row: ObjectRow) -> bool {
        let scene = self.session.scene();
        let Some(o) = scene.object(row) else { return false };
        let stands = match self.kept.get(&o.span.first_row) {
            Some(Kept::Closed | Kept::Open(_)) => true,
            Some(Kept::Blocks(blocks)) => number(o.number).is_some_and(|n| blocks.contains_key(&n)),
            None => false,
        };
        stands
            && o.n_triangles() > 0
            && !o.span.objects.starts_hidden(o.number)
            && !o.span.objects.is_stand_in(o.number)
    }

    /// Draws an object's exact triangles onto a block of cells.
    pub(super) fn draw(&mut self, row: ObjectRow, raster: &mut ColumnRaster<'_>) -> Result<(), SessionError> {
        let session = self.session;
        let scene = session.scene();
        let Some(o) = scene.object(row) else { return Ok(()) };
        let (Some(slot), Some(number)) = (self.kept.get_mut(&o.span.first_row), number(o.number)) else {
            return Ok(());
        };
        if matches!(slot, Kept::Closed) {
            *slot = open(session, o.span.source.as_str())?;
        }
        match slot {
            Kept::Closed => {}
            Kept::Open(opened) => {
                let (model, placer) = &**opened;
                for part in model.shape(number)? {
                    let mut placed = Vec::with_capacity(part.positions.len());
                    for p in part.positions {
                        placed.push(placer.place(p)?.0);
                    }
                    raster.add(&placed, &part.indices);
                }
            }
            Kept::Blocks(blocks) => {
                for f in blocks.get(&number).into_iter().flatten() {
                    let feature = InputFeature { object: number, geometry: &f.geometry, style: &f.style };
                    let mut corners: Vec<DVec3> =
                        block_triangles(&feature, self.ground).into_iter().flatten().collect();
                    // Blocks are drawn without a foot; what stands has one.
                    let foot = corners.iter().map(|p| p.z).fold(f64::INFINITY, f64::min);
                    corners.extend(corners.clone().into_iter().map(|p| p.with_z(foot)));
                    let indices: Vec<u32> = (0_u32..).take(corners.len()).collect();
                    raster.add(&corners, &indices);
                }
            }
        }
        Ok(())
    }
}

fn number(n: usize) -> Option<u32> {
    u32::try_from(n).ok()
}

fn open(session: &Session, source: &str) -> Result<Kept, SessionError> {
    let state = session.sources.iter().find(|s| s.record.id == source);
    let Some(transform) = state.and_then(|s| s.placement.transform()) else { return Ok(Kept::Closed) };
    Ok(Kept::Open(Box::new((session.model(source)?, Placer::new(transform, &session.frame)?))))
}
