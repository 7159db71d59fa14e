//! What was dug and piled up by each survey, against what is planned.

use lantu_base::{ObjectRow, UtcNanos};
use lantu_overlay::ObjectTable;
use lantu_records::{ProgressEntry, Proven};
use lantu_tiles::Volume;

use crate::asbuilt::{DRONE_EPOCH, Epoch};
use crate::table::SceneTable;
use crate::{Session, SessionError, VolumeQuery, VolumeSide};

/// Properties of a polygon that make it an earthwork: what is to be dug and piled up in all, m³.
const PLANNED: [&str; 2] = ["cut_m3", "fill_m3"];
/// 95 % of normally distributed errors lie within so many standard deviations.
const Z_95: f64 = 1.96;

/// Ground that is to be dug or piled up: a polygon of a layer with properties `cut_m3` or `fill_m3`.
#[derive(Clone, Debug, PartialEq)]
pub struct Earthwork {
    /// Its row in the scene.
    pub row: ObjectRow,
    /// `source:id`.
    pub key: String,
    /// What is to be dug in all, m³.
    pub planned_cut_m3: f64,
    /// What is to be piled up in all, m³.
    pub planned_fill_m3: f64,
    /// Each survey but the first, which all are compared with; oldest first.
    pub surveys: Vec<Moved>,
}

/// What was moved between the first survey and another.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The survey.
    pub epoch: Epoch,
    /// Cut and fill inside the polygon.
    pub volume: Volume,
    /// 95 % uncertainty of a volume where the errors of cells do not depend on each other, m³.
    pub random95_m3: f64,
    /// The same where all cells err alike, as after a wrong datum: what it can be at most, m³.
    pub alike95_m3: f64,
}

impl Moved {
    fn new(epoch: Epoch, volume: Volume, sigma_m: f64) -> Self {
        let n = (volume.n_cells - volume.n_nodata - volume.n_below_lod) as f64;
        let cell_m2 = volume.cell_m * volume.cell_m;
        let random95_m3 = Z_95 * sigma_m * cell_m2 * n.sqrt();
        let alike95_m3 = Z_95 * sigma_m * cell_m2 * n;
        Self { epoch, volume, random95_m3, alike95_m3 }
    }
}

impl Earthwork {
    /// Share of what is planned that was moved, cut and fill together: at most 1 of each; `None` where nothing is
    /// planned.
    pub fn share(&self, moved: &Moved) -> Option<f64> {
        let planned = self.planned_cut_m3 + self.planned_fill_m3;
        let done =
            moved.volume.cut_m3.min(self.planned_cut_m3) + moved.volume.fill_m3.min(self.planned_fill_m3);
        (planned > 0.0).then(|| done / planned)
    }

    /// How far it is: done where the plan is reached within the uncertainty, not begun where nothing was moved beyond it.
    /// `None` where a tenth or more of it has no height.
    pub fn proven(&self, moved: &Moved) -> Option<Proven> {
        let v = &moved.volume;
        // Chosen: a survey that misses more of the place says nothing about its volume.
        if v.nodata_m2 + v.outside_m2 > 0.1 * (v.area_m2 + v.outside_m2) {
            return None;
        }
        let near = moved.alike95_m3;
        let both = [(v.cut_m3, self.planned_cut_m3), (v.fill_m3, self.planned_fill_m3)];
        let planned = || both.into_iter().filter(|(_, planned)| *planned > 0.0);
        Some(if planned().all(|(done, planned)| done + near >= planned) {
            Proven::Done
        } else if planned().all(|(done, _)| done <= moved.random95_m3) {
            Proven::NotStarted
        } else {
            Proven::InProgress
        })
    }

    /// The entry that accepting it makes; `None` where the survey cannot tell.
    pub fn entry(&self, moved: &Moved, by: &str, known: UtcNanos) -> Option<ProgressEntry> {
        let part = |word: &str, done: f64, planned: f64| {
            (planned > 0.0)
                .then(|| format!("{word} {done:.0} m³ ± {:.0} m³ of {planned:.0} m³", moved.alike95_m3))
        };
        let v = &moved.volume;
        let parts =
            [part("cut", v.cut_m3, self.planned_cut_m3), part("fill", v.fill_m3, self.planned_fill_m3)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        Some(ProgressEntry {
            object: self.key.clone(),
            state: self.proven(moved)?,
            evidence: DRONE_EPOCH.to_owned(),
            proof: format!("{}: {}", moved.epoch.source, parts.join(", ")),
            by: by.to_owned(),
            valid: moved.epoch.time,
            known,
            withdrawn: false,
        })
    }
}

impl Session {
    /// What was dug and piled up until each survey, inside the polygons that state what is planned. Nothing without two
    /// surveys with a date.
    ///
    /// # Errors
    /// Failures to read.
    pub fn earthworks(&self) -> Result<Vec<Earthwork>, SessionError> {
        let epochs = self.epochs()?;
        let Some((first, later)) = epochs.split_first().filter(|(_, later)| !later.is_empty()) else {
            return Ok(Vec::new());
        };
        let table = SceneTable::new(self);
        let scene = self.scene();
        let mut out = Vec::new();
        for o in scene.objects() {
            let may = PLANNED.iter().any(|name| table.may_have(o.row, name));
            let planned =
                || PLANNED.map(|name| table.number(o.row, name).filter(|v| *v > 0.0).unwrap_or(0.0));
            let [planned_cut_m3, planned_fill_m3] = if may { planned() } else { continue };
            let Some(polygons) = table.polygons(o.row).filter(|_| planned_cut_m3 + planned_fill_m3 > 0.0)
            else {
                continue;
            };
            let mut surveys = Vec::new();
            for epoch in later {
                self.options.cancel.check()?;
                let volume = self.volume(&VolumeQuery {
                    before: VolumeSide::Source(first.source.clone()),
                    after: VolumeSide::Source(epoch.source.clone()),
                    polygons: polygons.clone(),
                    sigma_m: [first.sigma_m, epoch.sigma_m],
                })?;
                surveys.push(Moved::new(epoch.clone(), volume, first.sigma_m.hypot(epoch.sigma_m)));
            }
            let key = o.key().to_string();
            out.push(Earthwork { row: o.row, key, planned_cut_m3, planned_fill_m3, surveys });
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(cut_m3: f64, nodata_m2: f64) -> Moved {
        let epoch = Epoch { source: "dsm".into(), time: UtcNanos(0), sigma_m: 0.03 };
        let volume =
            Volume { cut_m3, n_cells: 4000, cell_m: 0.5, area_m2: 1000.0, nodata_m2, ..Volume::default() };
        Moved::new(epoch, volume, 0.03_f64.hypot(0.03))
    }

    #[test]
    fn a_pit_is_done_when_its_plan_is_reached_within_what_the_surveys_can_err() {
        let pit = |planned_cut_m3: f64| Earthwork {
            row: ObjectRow(0),
            key: "e:1".into(),
            planned_cut_m3,
            planned_fill_m3: 0.0,
            surveys: Vec::new(),
        };
        // 1000 m² by 8.3 cm if all cells err alike; 0.25 m² by 8.3 cm by the root of 4000 if none depends on another.
        let m = moved(2000.0, 0.0);
        assert!((m.alike95_m3 - 83.2).abs() < 0.1 && (m.random95_m3 - 1.315).abs() < 0.01, "{m:?}");
        assert_eq!(pit(2500.0).proven(&m), Some(Proven::InProgress));
        assert_eq!(pit(2080.0).proven(&m), Some(Proven::Done));
        assert_eq!(pit(2500.0).proven(&moved(1.0, 0.0)), Some(Proven::NotStarted));
        assert_eq!(pit(2500.0).proven(&moved(2000.0, 150.0)), None);
        assert_eq!(pit(2500.0).share(&m), Some(0.8));
        let entry = pit(2500.0).entry(&m, "x", UtcNanos(5)).unwrap();
        assert_eq!(entry.proof, "dsm: cut 2000 m³ ± 83 m³ of 2500 m³");
    }
}
