//! How the coordinates of a file become those of the project.

use lantu_geodesy::{Crs, GeodesyError, ToFrame};
use lantu_ingest::{ImportError, ImportJob, ImportMode, Reading};

use crate::importer::failed;

/// Coordinates beyond this, in the units of the CRS, are damage: no CRS of the Earth reaches as far.
const MAX_COORDINATE: f64 = 1e9;

/// The unit of heights where the CRS says nothing of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HeightUnit {
    /// The file says it, meters.
    Stated(f64),
    /// Nothing says it, meters.
    Assumed(f64),
}

/// How coordinates of the file become project meters; in an inspection they stay.
pub(crate) struct Way {
    to_frame: Option<ToFrame>,
    reading: Option<Reading>,
    assumed_height_unit_m: Option<f64>,
    /// Nobody knows what the coordinates are in: nothing is drawn, and the source waits for its place.
    pub(crate) unplaced: bool,
}

impl Way {
    /// The way of a file with this CRS.
    ///
    /// # Errors
    /// [`ImportError::Format`] where no trustworthy way leads to the project.
    pub(crate) fn new(job: &ImportJob, crs: Option<&Crs>, unit: HeightUnit) -> Result<Self, ImportError> {
        let stays = Self { to_frame: None, reading: None, assumed_height_unit_m: None, unplaced: false };
        let Some(frame) = job.frame.as_ref().filter(|_| job.mode == ImportMode::Import) else {
            return Ok(stays);
        };
        let refused = |e: GeodesyError| failed("city.crs_refused", &e.to_string(), "metadata");
        let read = job.reading.as_ref().map(|r| Crs::parse(&r.crs)).transpose().map_err(refused)?;
        let Some(from) = read.as_ref().or(crs) else { return Ok(Self { unplaced: true, ..stays }) };
        let height = job.height_override.as_deref();
        let mut to_frame = ToFrame::new(from, frame, height).map_err(refused)?;
        let assumed_height_unit_m = match unit {
            HeightUnit::Stated(m) => {
                to_frame.take_heights_in(m, from);
                None
            }
            HeightUnit::Assumed(m) => to_frame.take_heights_in(m, from).then_some(m),
        };
        Ok(Self {
            to_frame: Some(to_frame),
            reading: job.reading.clone(),
            assumed_height_unit_m,
            unplaced: false,
        })
    }

    /// Carries points in place; those that have no place become NaN.
    pub(crate) fn apply(&self, points: &mut [[f64; 3]]) {
        let far = |p: &[f64; 3]| !p.iter().all(|v| v.abs() < MAX_COORDINATE);
        for p in &mut *points {
            if let Some(reading) = &self.reading {
                reading.apply(p);
            }
            if far(p) {
                *p = [f64::NAN; 3];
            }
        }
        let Some(to_frame) = &self.to_frame else { return };
        let mut sound: Vec<[f64; 3]> = points.iter().copied().filter(|p| p[0].is_finite()).collect();
        if to_frame.apply(&mut sound).is_err() {
            // One that cannot be expressed leaves all as they were: one by one tells which.
            for p in &mut sound {
                let mut one = [*p];
                *p = if to_frame.apply(&mut one).is_ok() { one[0] } else { [f64::NAN; 3] };
            }
        }
        for (p, s) in points.iter_mut().filter(|p| p[0].is_finite()).zip(sound) {
            *p = if far(&s) { [f64::NAN; 3] } else { s };
        }
    }

    /// Meters per unit of heights, where nothing says it.
    pub(crate) fn assumed_height_unit_m(&self) -> Option<f64> {
        self.assumed_height_unit_m
    }

    /// The way into the project.
    pub(crate) fn to_frame(&self) -> Option<&ToFrame> {
        self.to_frame.as_ref()
    }
}
