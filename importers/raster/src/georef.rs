//! Where a raster's pixels lie in its own CRS.

use gdal::Dataset;
use gdal::spatial_ref::SpatialRef;

use crate::gcps::GcpPlace;

/// From pixels (x right, y down, edges at whole numbers) to map coordinates and back.
pub(crate) enum Place {
    /// GDAL's six numbers, and the inverse.
    Affine([f64; 6], [f64; 6]),
    /// Ground control points.
    Gcps(GcpPlace),
}

impl Place {
    /// Reads the georeference; `None` if the file has none or a degenerate one.
    pub(crate) fn read(dataset: &Dataset) -> Option<Self> {
        if let Ok(forward) = dataset.geo_transform() {
            return invert(forward).map(|back| Self::Affine(forward, back));
        }
        GcpPlace::new(dataset).map(Self::Gcps)
    }

    /// The CRS that goes with it.
    pub(crate) fn crs(&self, dataset: &Dataset) -> Option<SpatialRef> {
        match self {
            Self::Affine(..) => dataset.spatial_ref().ok(),
            Self::Gcps(_) => GcpPlace::crs(dataset),
        }
    }

    pub(crate) fn map_from_pixel(&self, p: [f64; 2]) -> Option<[f64; 2]> {
        match self {
            Self::Affine(forward, _) => Some(affine(forward, p)),
            Self::Gcps(g) => g.map_from_pixel(p),
        }
    }

    pub(crate) fn pixel_from_map(&self, p: [f64; 2]) -> Option<[f64; 2]> {
        match self {
            Self::Affine(_, back) => Some(affine(back, p)),
            Self::Gcps(g) => g.pixel_from_map(p),
        }
    }

    /// West, north and pixel edges of a raster that is north up; `None` for a rotated or flipped one.
    pub(crate) fn north_up(&self) -> Option<([f64; 2], [f64; 2])> {
        match *self {
            Self::Affine([w, px, 0.0, n, 0.0, py], _) if px > 0.0 && py < 0.0 => Some(([w, n], [px, -py])),
            _ => None,
        }
    }
}

fn affine(g: &[f64; 6], [x, y]: [f64; 2]) -> [f64; 2] {
    let [a, b, c, d, e, f] = *g;
    [a + x * b + y * c, d + x * e + y * f]
}

fn invert(g: [f64; 6]) -> Option<[f64; 6]> {
    let [a, b, c, d, e, f] = g;
    let det = b * f - c * e;
    if !g.iter().all(|v| v.is_finite()) || det.abs() < f64::MIN_POSITIVE {
        return None;
    }
    Some([(c * d - a * f) / det, f / det, -c / det, (a * e - b * d) / det, -e / det, b / det])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_georeference_inverts() {
        let g = [500_000.0, 0.3, 0.1, 4_000_000.0, 0.1, -0.3];
        let place = Place::Affine(g, invert(g).unwrap());
        let p = place.pixel_from_map(place.map_from_pixel([12.5, 99.0]).unwrap()).unwrap();
        assert!((p[0] - 12.5).abs() < 1e-6 && (p[1] - 99.0).abs() < 1e-6 && place.north_up().is_none());
        assert!(invert([0.0; 6]).is_none() && invert([0.0, f64::NAN, 0.0, 0.0, 0.0, 1.0]).is_none());
    }
}
