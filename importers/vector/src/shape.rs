//! From OGR's geometry to points, lines and polygons in the project frame.

use gdal::vector::Geometry;
use lantu_base::{Bounds, FeatureGeometry};

use crate::native::{linear_wkb, wkb_bytes};
use crate::wkb::{self, Parts, WkbError};

/// Why a feature has no geometry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NoShape {
    /// It has none in the file.
    Empty,
    /// A coordinate is not finite.
    NotFinite,
    /// It cannot be read or has a type that is not drawn.
    Unusable(String),
    /// It lies where the project's CRS has no answer.
    Outside(String),
}

/// Reads a geometry: points, lines and polygons, whatever it is made of.
pub(crate) fn read(geometry: &Geometry) -> Result<Parts, NoShape> {
    if geometry.is_empty() {
        return Err(NoShape::Empty);
    }
    // Before they are copied.
    if wkb_bytes(geometry) / wkb::MAX_VERTEX_BYTES > wkb::MAX_VERTICES {
        return Err(NoShape::Unusable(too_many()));
    }
    let bytes = geometry.iso_wkb().map_err(|e| NoShape::Unusable(e.to_string()))?;
    let parts = match wkb::read(&bytes) {
        Err(WkbError::Unsupported(_)) => {
            let linear = linear_wkb(geometry)
                .ok_or_else(|| NoShape::Unusable("its arcs cannot be replaced by lines".to_owned()))?;
            wkb::read(&linear)
        }
        other => other,
    };
    let mut parts = parts.map_err(|e| {
        NoShape::Unusable(match e {
            WkbError::Damaged => "it is damaged".to_owned(),
            WkbError::TooLarge => too_many(),
            WkbError::Unsupported(kind) => format!("its type {kind} is not drawn"),
        })
    })?;
    let mut finite = true;
    parts.each_mut(&mut |p| finite &= p[0].is_finite() && p[1].is_finite());
    if !finite {
        return Err(NoShape::NotFinite);
    }
    parts.lines.retain(|l| l.len() > 1);
    for polygon in &mut parts.polygons {
        polygon.retain(|r| r.len() > 3);
    }
    parts.polygons.retain(|p| !p.is_empty());
    if parts.points.is_empty() && parts.lines.is_empty() && parts.polygons.is_empty() {
        return Err(NoShape::Empty);
    }
    Ok(parts)
}

fn too_many() -> String {
    format!("it has more than {} vertices", wkb::MAX_VERTICES)
}

impl Parts {
    /// Every coordinate, to change it.
    pub(crate) fn each_mut(&mut self, f: &mut dyn FnMut(&mut [f64; 3])) {
        self.points.iter_mut().for_each(&mut *f);
        self.lines.iter_mut().flatten().for_each(&mut *f);
        self.polygons.iter_mut().flatten().flatten().for_each(f);
    }

    /// Box around everything; heights 0 where there are none.
    pub(crate) fn bounds(&mut self) -> Bounds {
        let mut b = Bounds::EMPTY;
        self.each_mut(&mut |p| {
            b.add(glam::DVec3::new(p[0], p[1], if p[2].is_finite() { p[2] } else { 0.0 }));
        });
        b
    }

    /// The geometry that is drawn: polygons before lines before points, for the rare collection of several.
    pub(crate) fn into_geometry(self) -> FeatureGeometry {
        if !self.polygons.is_empty() {
            FeatureGeometry::Polygons(self.polygons)
        } else if !self.lines.is_empty() {
            FeatureGeometry::Lines(self.lines)
        } else {
            FeatureGeometry::Points(self.points)
        }
    }

    /// Bytes that the geometry takes on the wire.
    pub(crate) fn n_points(&self) -> usize {
        self.points.len()
            + self.lines.iter().map(Vec::len).sum::<usize>()
            + self.polygons.iter().flatten().map(Vec::len).sum::<usize>()
    }

    /// Whether it mixes kinds, of which only one is drawn.
    pub(crate) fn is_mixed(&self) -> bool {
        let kinds = [!self.points.is_empty(), !self.lines.is_empty(), !self.polygons.is_empty()];
        kinds.iter().filter(|k| **k).count() > 1
    }
}
