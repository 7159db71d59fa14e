//! How coarse a moving picture is: where the processor draws, as coarse as keeps each frame's triangles within a bound, so
//! that a large district moves about as fast as a small one.
//!
//! Everything is still drawn; what is far away is drawn of coarser tiles. What a frame costs is known when it is drawn, since
//! what stands behind walls is left out only then; so the next frame follows from it.

use crate::district::Fineness;

/// Triangles of a moving frame above which the next one is coarser. Chosen: a frame of 1280 × 720 then takes about 0.15 s of
/// two processor cores.
const MOST_TRIANGLES: u64 = 300_000;
/// Frames become finer again when they have so many for [`CALM`] frames. Chosen: far enough below that the finer ones,
/// with at most twice as many, are not too many again.
const FEW_TRIANGLES: u64 = 130_000;
/// Frames in a row. Chosen: a second or two; tiles do not come and go from frame to frame.
const CALM: u32 = 16;
/// Factor of one step on the error, and the largest of all steps together. Chosen: a step is not seen while something moves,
/// and at four times the error buildings still have their shape.
const STEP: f64 = 1.25;
const MOST_FACTOR: f64 = 4.0;

/// What moving frames have cost so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    is_software: bool,
    /// On the error on the screen, at least 1.
    factor: f64,
    /// Frames with few triangles in a row.
    n_calm: u32,
}

impl Pace {
    pub(crate) const fn new(is_software: bool) -> Self {
        Self { is_software, factor: 1.0, n_calm: 0 }
    }

    /// How finely the next frame is drawn while the camera moves.
    pub(crate) fn fineness(&self) -> Fineness {
        let moving = Fineness::moving(self.is_software);
        Fineness { mesh_px: moving.mesh_px * self.factor, ..moving }
    }

    /// A frame of a moving camera was drawn of so many triangles. A graphics card has its own pace.
    pub(crate) fn drew(&mut self, n_triangles: u64) {
        if !self.is_software {
            return;
        }
        self.n_calm = if n_triangles < FEW_TRIANGLES { self.n_calm + 1 } else { 0 };
        if n_triangles > MOST_TRIANGLES {
            self.factor = (self.factor * STEP).min(MOST_FACTOR);
        } else if self.n_calm >= CALM {
            (self.factor, self.n_calm) = ((self.factor / STEP).max(1.0), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors of frames of a scene that has so many triangles at the usual error, and fewer the coarser it is.
    fn errors(pace: &mut Pace, n_usual: u64, n_frames: usize) -> Vec<f64> {
        let usual = Fineness::moving(true).mesh_px;
        let frame = |_| {
            let px = pace.fineness().mesh_px;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a made-up count")]
            pace.drew((n_usual as f64 * usual / px) as u64);
            px
        };
        (0..n_frames).map(frame).collect()
    }

    fn same(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_scene_of_too_many_triangles_becomes_coarser_once_and_stays_so() {
        let (mut pace, usual) = (Pace::new(true), Fineness::moving(true).mesh_px);
        let all = errors(&mut pace, 700_000, 400);
        let last = all[399];
        assert!(700_000.0 * usual / last <= MOST_TRIANGLES as f64, "{last}");
        let from = all.iter().position(|px| same(*px, last)).unwrap();
        assert!(from < 10 && all[from..].iter().all(|px| same(*px, last)), "it goes to and fro: {all:?}");
    }

    #[test]
    fn it_never_becomes_coarser_than_four_times_and_is_as_fine_as_usual_where_little_is_in_sight() {
        let (mut pace, usual) = (Pace::new(true), Fineness::moving(true).mesh_px);
        let all = errors(&mut pace, u64::from(u32::MAX), 60);
        assert!(all.iter().all(|px| *px <= usual * MOST_FACTOR + 1e-9));
        let calm = errors(&mut pace, 50_000, 200);
        assert!(calm.windows(2).all(|w| w[1] <= w[0]) && same(calm[199], usual), "{calm:?}");
        assert!(errors(&mut pace, 200_000, 100).iter().all(|px| same(*px, usual)), "what is usual stays");
    }

    #[test]
    fn a_graphics_card_has_its_own_pace() {
        let mut pace = Pace::new(false);
        pace.drew(50_000_000);
        assert_eq!(pace, Pace::new(false));
    }
}
