//! How the coordinates of tiles become those of the project.

use glam::DVec3;
use lantu_base::Severity;
use lantu_geodesy::{Crs, CrsKind, Transform};
use lantu_ingest::{ImportError, ImportJob, ImportMode};

use super::send::Sender;
use crate::importer::failed;
use crate::way::{HeightUnit, Way};

/// Meters from the middle of the Earth, as tilesets have them.
const GEOCENTRIC: &str = "EPSG:4978";
/// The same datum in degrees and heights above its ellipsoid.
const DEGREES: &str = "EPSG:4979";

/// What coordinates are in.
pub(crate) enum Ground {
    /// Nobody knows: meters of the file itself, z up, which wait for their place as those of a model do.
    Own,
    /// A CRS that a person stated.
    Map(Crs, Box<Way>),
    /// Meters from the middle of the Earth.
    Earth(Box<Way>, Transform),
}

impl Ground {
    /// Of a file, by what is stated and what it shows. `on_earth`: its coordinates lie on the surface of the Earth.
    pub(crate) fn of(job: &ImportJob, on_earth: bool) -> Result<Self, ImportError> {
        let unreadable =
            |e: lantu_geodesy::GeodesyError| failed("mesh.crs_unreadable", &e.to_string(), "--crs");
        let stated = job.crs_override.as_deref().map(Crs::parse).transpose().map_err(unreadable)?;
        match stated {
            Some(crs) if crs.kind() != CrsKind::Geocentric => {
                let way = Way::new(job, Some(&crs), HeightUnit::Stated(1.0))?;
                Ok(Self::Map(crs, Box::new(way)))
            }
            None if !on_earth => Ok(Self::Own),
            _ => {
                let degrees = Crs::parse(DEGREES).map_err(unreadable)?;
                let from = Crs::parse(GEOCENTRIC).map_err(unreadable)?;
                let way = Way::new(job, Some(&degrees), HeightUnit::Stated(1.0))?;
                Ok(Self::Earth(Box::new(way), Transform::new(&from, &degrees).map_err(unreadable)?))
            }
        }
    }

    /// The CRS of the coordinates as they stand.
    pub(crate) fn crs_text(&self) -> Option<String> {
        match self {
            Self::Own => None,
            Self::Map(crs, _) => Some(crs.text().to_owned()),
            Self::Earth(..) => Some(GEOCENTRIC.to_owned()),
        }
    }

    pub(crate) fn unit(&self) -> String {
        match self {
            Self::Map(crs, _) => crs.unit(),
            Self::Own | Self::Earth(..) => "m".to_owned(),
        }
    }

    fn way(&self) -> Option<&Way> {
        match self {
            Self::Own => None,
            Self::Map(_, way) | Self::Earth(way, _) => Some(way),
        }
    }

    /// Nobody knows what heights are above, and the project says what its own are.
    pub(crate) fn asks_height(&self) -> bool {
        self.way().and_then(Way::to_frame).is_some_and(|t| t.unknown_heights().is_some())
    }

    /// Says which conventions are relied on.
    pub(crate) fn tell(&self, sender: &mut Sender<'_>) -> Result<(), ImportError> {
        for note in self.way().and_then(Way::to_frame).into_iter().flat_map(lantu_geodesy::ToFrame::notes) {
            sender.say(("mesh.crs_note", Severity::Info), "", note.text.clone())?;
        }
        if matches!(self, Self::Own) && sender.job.mode == ImportMode::Import {
            let what = "the file does not say where on Earth it is: it waits for a place, by --crs, by --fit or by one of \
                        the hypotheses";
            sender.say(("mesh.no_georeference", Severity::Info), "", what.to_owned())?;
        }
        Ok(())
    }

    /// Carries points into the project; those that have no place become NaN. In an inspection they stay.
    pub(crate) fn apply(&self, points: &mut [DVec3]) {
        let Some(way) = self.way().filter(|w| w.to_frame().is_some()) else { return };
        let mut raw: Vec<[f64; 3]> = points.iter().map(DVec3::to_array).collect();
        if let Self::Earth(_, to_degrees) = self {
            let nowhere = |p: &[f64; 3]| {
                !p.iter().all(|v| v.is_finite()) || DVec3::from_array(*p).length() < MIN_RADIUS_M
            };
            raw.iter_mut().filter(|p| nowhere(p)).for_each(|p| *p = [f64::NAN; 3]);
            let mut sound: Vec<[f64; 3]> = raw.iter().copied().filter(|p| p[0].is_finite()).collect();
            if to_degrees.apply(&mut sound).is_err() {
                sound.fill([f64::NAN; 3]);
            }
            let mut degrees = sound.into_iter();
            for p in raw.iter_mut().filter(|p| p[0].is_finite()) {
                *p = degrees.next().unwrap_or([f64::NAN; 3]);
            }
        }
        way.apply(&mut raw);
        for (p, r) in points.iter_mut().zip(raw) {
            *p = DVec3::from_array(r);
        }
    }
}

/// Nearer to the middle of the Earth a place is none. Chosen: far below every ground.
const MIN_RADIUS_M: f64 = 1e6;
