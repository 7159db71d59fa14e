//! Questions about the ground: how high it is at points, and what was dug and filled between two heights.

use std::sync::Arc;

use lantu_tiles::{
    BasePlane, ElevationStack, HeightField, HeightSide, RasterCache, RasterPyramid, Volume, VolumeJob,
    precedence, volume,
};

use crate::SessionError;
use crate::session::{RASTER_CACHE_BYTES, Session};

/// Points along the edge of a polygon that a base plane is laid through, at most. Chosen: more than any crew surveys.
const MAX_EDGE_POINTS: f64 = 100_000.0;

/// How high it is at a point, and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct HeightAt {
    /// Meters, in the project's height system.
    pub height_m: f64,
    /// The source that was measured.
    pub source: String,
}

/// A height that a volume is measured from or to.
#[derive(Clone, Debug, PartialEq)]
pub enum VolumeSide {
    /// An elevation source.
    Source(String),
    /// A level plane at this height, meters.
    Level(f64),
    /// A plane through the heights of the other side along the polygon's edge.
    Base(BaseRule),
}

/// How a base plane follows from the heights along a polygon's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseRule {
    /// Level, at the lowest of them.
    Lowest,
    /// Level, at their mean.
    Mean,
    /// The plane that lies nearest to them.
    Fitted,
}

/// What a volume is wanted of.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeQuery {
    /// The earlier height.
    pub before: VolumeSide,
    /// The later height.
    pub after: VolumeSide,
    /// Polygons, each an outer ring and its holes; x and y in meters of the project frame.
    pub polygons: Vec<Vec<Vec<[f64; 2]>>>,
    /// Standard deviation of a height before and after, meters; 0 where it is not stated.
    pub sigma_m: [f64; 2],
}

impl Session {
    /// Heights at points (x, y in meters of the project frame): of one source, or as the ground is drawn, where models of
    /// the ground win over surface models and finer ones over coarser. `None` where nobody measured.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a source that has no heights.
    pub fn heights_at(
        &self,
        points: &[[f64; 2]],
        source: Option<&str>,
    ) -> Result<Vec<Option<HeightAt>>, SessionError> {
        let cache = self.raster_cache();
        let mut rasters: Vec<(&str, &RasterPyramid)> = match source {
            Some(name) => vec![(name, self.height_raster(name)?)],
            None => self.rasters().filter(|(_, r)| r.grid.kind.is_height()).collect(),
        };
        // The later of two wins, see `ElevationStack`.
        rasters.reverse();
        rasters.sort_by(|(_, a), (_, b)| precedence(&a.grid, &b.grid));
        let mut stacks = Vec::with_capacity(rasters.len());
        for (name, raster) in rasters {
            stacks.push((name, ElevationStack::new(std::slice::from_ref(raster), &cache, 0.0)));
        }
        let at = |[x, y]: &[f64; 2]| {
            stacks.iter().find_map(|(name, stack)| {
                let height_m = stack.height(*x, *y)?;
                Some(HeightAt { height_m, source: (*name).to_owned() })
            })
        };
        Ok(points.iter().map(at).collect())
    }

    /// Distance between two heights of the finest elevation source, or of one, meters; `None` without any.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a source that has no heights.
    pub fn height_spacing_m(&self, source: Option<&str>) -> Result<Option<f64>, SessionError> {
        if let Some(name) = source {
            return Ok(Some(self.height_raster(name)?.grid.gsd_m));
        }
        let heights = self.rasters().filter(|(_, r)| r.grid.kind.is_height());
        Ok(heights.map(|(_, r)| r.grid.gsd_m).min_by(f64::total_cmp))
    }

    /// What was dug and filled between two heights inside polygons.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] for a source that has no heights, or where neither side is one.
    pub fn volume(&self, query: &VolumeQuery) -> Result<Volume, SessionError> {
        let cache = self.raster_cache();
        let side = |own: &VolumeSide, other: &VolumeSide| -> Result<HeightSide<'_>, SessionError> {
            Ok(match (own, other) {
                (VolumeSide::Source(name), _) => HeightSide::Raster(self.height_raster(name)?),
                (VolumeSide::Level(h), _) => HeightSide::Plane(BasePlane::level(*h)),
                (VolumeSide::Base(rule), VolumeSide::Source(other)) => {
                    HeightSide::Plane(base_plane(*rule, self.height_raster(other)?, &query.polygons, &cache)?)
                }
                (VolumeSide::Base(_), _) => return Err(no_heights("neither side")),
            })
        };
        let job = VolumeJob {
            before: side(&query.before, &query.after)?,
            after: side(&query.after, &query.before)?,
            polygons: &query.polygons,
            sigma_m: query.sigma_m,
        };
        let found = volume(&job, &cache).ok_or_else(|| no_heights("neither side"))?;
        match cache.problems().into_iter().next() {
            // A tile that is damaged would count as nodata in silence.
            Some(damaged) => {
                Err(SessionError::Unusable { why: Box::new(damaged), path: self.path().to_owned() })
            }
            None => Ok(found),
        }
    }

    pub(crate) fn raster_cache(&self) -> RasterCache {
        RasterCache::new(Arc::<lantu_tiles::io::DirPackStore>::clone(&self.store()), RASTER_CACHE_BYTES)
    }

    pub(crate) fn height_raster(&self, source: &str) -> Result<&RasterPyramid, SessionError> {
        let mut heights = self.rasters().filter(|(_, r)| r.grid.kind.is_height());
        heights.find(|(name, _)| *name == source).map(|(_, r)| r).ok_or_else(|| no_heights(source))
    }
}

fn no_heights(name: &str) -> SessionError {
    SessionError::Unknown { what: "source with heights", name: name.to_owned() }
}

fn base_plane(
    rule: BaseRule,
    raster: &RasterPyramid,
    polygons: &[Vec<Vec<[f64; 2]>>],
    cache: &RasterCache,
) -> Result<BasePlane, SessionError> {
    let stack = ElevationStack::new(std::slice::from_ref(raster), cache, 0.0);
    let outer: Vec<&Vec<[f64; 2]>> = polygons.iter().filter_map(|p| p.first()).collect();
    let length: f64 = outer.iter().flat_map(|r| r.windows(2)).map(leg_m).sum();
    let step = raster.grid.gsd_m.max(length / MAX_EDGE_POINTS);
    let mut points = Vec::new();
    for leg in outer.iter().flat_map(|r| r.windows(2)) {
        let &[[x0, y0], [x1, y1]] = leg else { continue };
        let n = (leg_m(leg) / step).ceil().max(1.0);
        let mut i = 0.0;
        while i < n {
            let (x, y) = (x0 + (x1 - x0) * i / n, y0 + (y1 - y0) * i / n);
            points.extend(stack.height(x, y).map(|h| [x, y, h]));
            i += 1.0;
        }
    }
    let heights = points.iter().map(|p| p[2]);
    let plane = match rule {
        BaseRule::Lowest => heights.min_by(f64::total_cmp).map(BasePlane::level),
        BaseRule::Mean => {
            (!points.is_empty()).then(|| BasePlane::level(heights.sum::<f64>() / points.len() as f64))
        }
        BaseRule::Fitted => BasePlane::fitted(&points),
    };
    plane.ok_or_else(|| no_heights("the polygon's edge"))
}

fn leg_m(leg: &[[f64; 2]]) -> f64 {
    let &[[x0, y0], [x1, y1]] = leg else { return 0.0 };
    (x1 - x0).hypot(y1 - y0)
}
