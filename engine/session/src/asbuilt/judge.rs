//! What heights of a survey say about one element: cell by cell, then as a whole.

use std::collections::BTreeMap;

/// 95 % of normally distributed errors lie within so many standard deviations.
const Z_95: f64 = 1.96;

/// By which an element is judged. Every threshold in meters follows from the survey's standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// A height that differs from the model by less is the model's: 1.96 σ, meters.
    pub lod95_m: f64,
    /// A height that differs from the earlier level by less is the earlier level's: 1.96 √(σ² + σ₀²), meters.
    pub change_lod95_m: f64,
    /// What lies lower than its model by more than this is not finished, and what lies higher is covered: it is no
    /// deviation of a finished element, meters.
    pub deviation_most_m: f64,
    /// An element that is seen over fewer cells is not observable.
    pub least_cells: u64,
    /// Up to this share of cells may say otherwise without an effect: twice what noise alone gives.
    pub stray_share: f64,
}

impl Thresholds {
    /// From the standard deviations of the survey and of the one before, meters.
    pub fn of(sigma_m: f64, before_sigma_m: f64) -> Self {
        Self {
            lod95_m: Z_95 * sigma_m,
            change_lod95_m: Z_95 * sigma_m.hypot(before_sigma_m),
            // Chosen: less than a course of formwork, more than any tolerance of a finished surface.
            deviation_most_m: 0.3,
            // Chosen: a square meter at half a meter, nine points of a grid for one plane are better.
            least_cells: 4,
            stray_share: 0.1,
        }
    }
}

/// What stands over one cell besides the element: tops and bottoms in meters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) top_m: f64,
    pub(super) bottom_m: f64,
}

/// What one cell says about an element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum CellSays {
    /// The surface is the element's top.
    Met(f64),
    /// It lies off it, but no further than a finished element may; signed, meters.
    Off(f64),
    /// The surface is that of the time before, or of something below.
    Absent,
    /// It ends between the element's bottom and top.
    Rising,
    /// Something stands over the element.
    Covered,
    /// The element's top does not stand out of the ground.
    Buried,
    /// Nobody measured.
    NoData,
}

/// One cell: the element, the other elements over it, the survey's height, the level before; NaN where not known.
pub(super) fn cell_says(
    own: Span,
    others: &(impl Iterator<Item = Span> + Clone),
    (height_m, before_m, ground_m): (f64, f64, f64),
    limits: &Thresholds,
) -> CellSays {
    if own.top_m <= ground_m + limits.lod95_m {
        return CellSays::Buried;
    }
    if !height_m.is_finite() {
        return CellSays::NoData;
    }
    let off = height_m - own.top_m;
    if off.abs() <= limits.lod95_m {
        return CellSays::Met(off);
    }
    if off > 0.0 {
        let above =
            |s: &Span| s.top_m > own.top_m + limits.lod95_m && height_m >= s.bottom_m - limits.lod95_m;
        let covered = off > limits.deviation_most_m || others.clone().any(|s| above(&s));
        return if covered { CellSays::Covered } else { CellSays::Off(off) };
    }
    let is_other = |s: Span| s.top_m < own.top_m && (height_m - s.top_m).abs() <= limits.lod95_m;
    if others.clone().any(is_other) || (height_m - before_m).abs() <= limits.change_lod95_m {
        CellSays::Absent
    } else if off >= -limits.deviation_most_m {
        CellSays::Off(off)
    } else if height_m > own.bottom_m + limits.lod95_m {
        CellSays::Rising
    } else {
        CellSays::Absent
    }
}

/// How many cells say what of one element.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// Within the noise floor of the model's top.
    pub met: u64,
    /// Beyond it, but near.
    pub off: u64,
    /// Earlier level, or something below.
    pub absent: u64,
    /// Between bottom and top.
    pub rising: u64,
    /// Something stands over it.
    pub covered: u64,
    /// Under the ground.
    pub buried: u64,
    /// Without a height.
    pub nodata: u64,
    /// Sum of signed differences of cells that are met or off, meters.
    sum_m: f64,
    /// How many such cells differ by how many whole millimeters, without sign.
    millimeters: BTreeMap<u32, u64>,
}

impl Cells {
    pub(super) fn take(&mut self, says: CellSays) {
        match says {
            CellSays::Met(off) => {
                self.met += 1;
                self.differs(off);
            }
            CellSays::Off(off) => {
                self.off += 1;
                self.differs(off);
            }
            CellSays::Absent => self.absent += 1,
            CellSays::Rising => self.rising += 1,
            CellSays::Covered => self.covered += 1,
            CellSays::Buried => self.buried += 1,
            CellSays::NoData => self.nodata += 1,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most some hundred millimeters"
    )]
    fn differs(&mut self, off: f64) {
        self.sum_m += off;
        *self.millimeters.entry((off.abs() * 1000.0).round() as u32).or_default() += 1;
    }

    /// Cells of the element's surface from above.
    pub fn total(&self) -> u64 {
        self.seen() + self.covered + self.buried + self.nodata
    }

    /// Cells that say how far it is.
    pub fn seen(&self) -> u64 {
        self.there() + self.absent + self.rising
    }

    /// Cells where its top stands.
    pub fn there(&self) -> u64 {
        self.met + self.off
    }

    /// Mean of the differences where its top stands, positive where it is higher than its model, meters; `None`
    /// where it stands nowhere.
    pub fn mean_m(&self) -> Option<f64> {
        (self.there() > 0).then(|| self.sum_m / self.there() as f64)
    }

    /// 95 % of these differences are at most so large, to a whole millimeter.
    pub fn p95_m(&self) -> Option<f64> {
        let wanted = (self.there() * 95).div_ceil(100);
        let mut n = 0;
        self.millimeters.iter().find_map(|(mm, count)| {
            n += count;
            (n >= wanted).then(|| f64::from(*mm) / 1000.0)
        })
    }
}

/// How far an element is by a survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AsBuilt {
    /// Nothing of it stands.
    NotStarted,
    /// A part of it stands.
    InProgress,
    /// It stands where its model says.
    Built,
    /// It stands, but not where its model says.
    Deviates,
    /// The survey cannot tell.
    NotObservable,
}

impl AsBuilt {
    /// All of them, in the order of counts.
    pub const ALL: [Self; 5] =
        [Self::NotStarted, Self::InProgress, Self::Built, Self::Deviates, Self::NotObservable];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::InProgress => "in_progress",
            Self::Built => "built",
            Self::Deviates => "deviates",
            Self::NotObservable => "not_observable",
        }
    }
}

/// The judgment, and the word for why.
pub(super) fn judge(cells: &Cells, limits: &Thresholds) -> (AsBuilt, &'static str) {
    let (seen, there) = (cells.seen() as f64, cells.there() as f64);
    if cells.seen() < limits.least_cells {
        let why = if cells.total() < limits.least_cells {
            "too_small"
        } else if cells.buried >= cells.covered.max(cells.nodata) {
            "under_ground"
        } else if cells.covered >= cells.nodata {
            "covered"
        } else {
            "nodata"
        };
        return (AsBuilt::NotObservable, why);
    }
    if there + cells.rising as f64 <= seen * limits.stray_share {
        (AsBuilt::NotStarted, "earlier_level")
    } else if there < seen * (1.0 - limits.stray_share) {
        (AsBuilt::InProgress, "part_of_cells")
    } else if cells.off as f64 > there * limits.stray_share {
        (AsBuilt::Deviates, "beyond_lod95")
    } else {
        (AsBuilt::Built, "within_lod95")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// σ of 3 cm in both surveys: 5.9 cm and 8.3 cm.
    fn limits() -> Thresholds {
        Thresholds::of(0.03, 0.03)
    }

    /// A slab of 20 cm with its top at 10 m, over ground at 2 m and another slab at 6 m; a roof above it if `roof`.
    fn check(height_m: f64, roof: bool) -> CellSays {
        let own = Span { top_m: 10.0, bottom_m: 9.8 };
        let below = Span { top_m: 6.0, bottom_m: 5.8 };
        let above = Span { top_m: 13.6, bottom_m: 13.4 };
        let others = [below, above].into_iter().take(if roof { 2 } else { 1 });
        cell_says(own, &others, (height_m, 2.0, 2.0), &limits())
    }

    #[test]
    fn a_height_is_the_slab_the_one_below_the_ground_or_the_roof() {
        assert!(matches!(check(10.05, true), CellSays::Met(off) if (off - 0.05).abs() < 1e-9));
        assert!(matches!(check(10.08, true), CellSays::Off(off) if (off - 0.08).abs() < 1e-9));
        assert!(matches!(check(9.9, false), CellSays::Off(off) if off < 0.0));
        assert_eq!(check(6.0, true), CellSays::Absent);
        assert_eq!(check(2.05, true), CellSays::Absent);
        assert_eq!(check(13.6, true), CellSays::Covered);
        assert_eq!(check(13.5, true), CellSays::Covered);
        assert_eq!(check(10.5, false), CellSays::Covered, "material lies on it, or formwork");
        assert_eq!(check(f64::NAN, true), CellSays::NoData);
    }

    #[test]
    fn a_wall_that_is_half_as_high_rises_and_what_is_under_the_ground_is_not_seen() {
        let wall = Span { top_m: 6.0, bottom_m: 2.0 };
        let says = |top: f64, height: f64, ground: f64| {
            cell_says(Span { top_m: top, ..wall }, &std::iter::empty(), (height, 2.0, ground), &limits())
        };
        assert_eq!(says(6.0, 4.0, 2.0), CellSays::Rising);
        assert_eq!(says(6.0, 2.0, 2.0), CellSays::Absent);
        assert_eq!(says(6.0, 1.0, 2.0), CellSays::Absent, "dug out below it");
        assert_eq!(says(2.03, 2.0, 2.0), CellSays::Buried);
    }

    #[test]
    fn the_whole_is_judged_by_shares_beyond_what_noise_gives() {
        let of = |met: u64, off: u64, absent: u64, rest: u64| {
            let mut cells = Cells { absent, covered: rest, ..Cells::default() };
            (0..met).for_each(|_| cells.take(CellSays::Met(0.01)));
            (0..off).for_each(|_| cells.take(CellSays::Off(-0.12)));
            (judge(&cells, &limits()).0, cells)
        };
        assert_eq!(of(95, 5, 0, 0).0, AsBuilt::Built);
        assert_eq!(of(3, 0, 97, 0).0, AsBuilt::NotStarted);
        assert_eq!(of(60, 0, 40, 0).0, AsBuilt::InProgress);
        let (state, cells) = of(10, 90, 0, 500);
        assert_eq!((state, cells.p95_m()), (AsBuilt::Deviates, Some(0.12)));
        assert!((cells.mean_m().unwrap() + 0.107).abs() < 1e-9);
        let (state, cells) = of(3, 0, 0, 500);
        assert_eq!((state, judge(&cells, &limits()).1), (AsBuilt::NotObservable, "covered"));
        assert_eq!(judge(&of(3, 0, 0, 0).1, &limits()).1, "too_small");
    }
}
