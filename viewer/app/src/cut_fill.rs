//! What was dug and filled between two elevation models, as a picture on the ground.

use glam::DVec2;
use lantu_session::{Session, SessionError};

use crate::heat::{ALPHA, Canvas, HeatLayer, HeatLegend, HeatWish};
use lantu_overlay::HeatMethod;
use lantu_ui::HeatKind;

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CutFill {
    /// Elevation sources, the earlier one first.
    pub(crate) before: String,
    pub(crate) after: String,
    /// Standard deviations of their heights, meters; 0 where they are not stated.
    pub(crate) sigma_m: [f64; 2],
}

/// The quantity of its legend.
pub(crate) const CUT_FILL: &str = "cut_fill";

/// Places on a side that are looked at to find where something changed. Chosen: a pit of a house is several of them in a
/// district of two kilometers.
const LOOKS: u32 = 512;

/// Colors from what was dug to what was filled. Chosen: told apart by every color vision, and no color of a state.
const STOPS: [[u8; 3]; 5] =
    [[0x1F, 0x4E, 0x9A], [0x7F, 0xB0, 0xDC], [0xF4, 0xF4, 0xF0], [0xF3, 0xAE, 0x63], [0xB8, 0x55, 0x0B]];

/// The color at `t`: 0 for the deepest cut, 0.5 for no change, 1 for the highest fill.
pub(crate) fn color(t: f64) -> [u8; 3] {
    let place = t.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 4")]
    let from = place.floor() as usize;
    let stop = |ix: usize| STOPS.get(ix).or(STOPS.last()).copied().unwrap_or_default();
    let (a, b) = (stop(from), stop(from + 1));
    std::array::from_fn(|k| {
        let [a, b] = [a, b].map(|c| f64::from(c.get(k).copied().unwrap_or_default()));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        let byte = (a + (b - a) * (place - from as f64)).round() as u8;
        byte
    })
}

/// The map of where the ground changed by more than noise, as fine as one tile allows around all of that.
///
/// # Errors
/// A source without heights; models that have no place in common, or between which nothing changed.
pub(crate) fn cut_fill_layer(session: &Session, wish: &CutFill) -> anyhow::Result<HeatLayer> {
    let extent = |name: &str| {
        let found = session.rasters().find(|(source, r)| *source == name && r.grid.kind.is_height());
        found
            .map(|(_, r)| r.grid.extent())
            .ok_or_else(|| SessionError::Unknown { what: "source with heights", name: name.to_owned() })
    };
    let (a, b) = (extent(&wish.before)?, extent(&wish.after)?);
    let low = DVec2::new(a[0].max(b[0]), a[1].max(b[1]));
    let high = DVec2::new(a[2].min(b[2]), a[3].min(b[3]));
    anyhow::ensure!(
        low.x < high.x && low.y < high.y,
        "the two elevation models have no place in common\nsources: {:?} {:?}",
        wish.before,
        wish.after
    );
    // Specified: as of `lantu volume`, 95 % of what noise gives.
    let least = 1.96 * wish.sigma_m[0].hypot(wish.sigma_m[1]);
    let changed = |rise: &Option<f64>| rise.is_some_and(|r| r.abs() > 0.0 && r.abs() >= least);

    let step = (high - low).max_element() / f64::from(LOOKS);
    let places: Vec<DVec2> = (0..LOOKS * LOOKS)
        .map(|i| low + (DVec2::new(f64::from(i % LOOKS), f64::from(i / LOOKS)) + 0.5) * step)
        .filter(|p| p.x < high.x && p.y < high.y)
        .collect();
    let rises = rises(session, wish, &places)?;
    let there = || places.iter().zip(&rises).filter(|(_, r)| changed(r)).map(|(p, _)| *p);
    let from = there().reduce(DVec2::min);
    let Some((from, to)) = from.zip(there().reduce(DVec2::max)) else {
        anyhow::bail!(
            "nothing changed between the two elevation models by more than noise\nsources: {:?} {:?}",
            wish.before,
            wish.after
        );
    };
    let mut canvas = Canvas::new(((from - 2.0 * step).max(low), (to + 2.0 * step).min(high)));
    let places = canvas.places();
    let rises = self::rises(session, wish, &places)?;
    let most = most_shown(rises.iter().filter(|r| changed(r)).flatten().map(|r| r.abs()).collect(), least);
    let n_nodata = rises.iter().filter(|r| r.is_none()).count();
    canvas.paint_each(|ix| {
        let rise = rises.get(ix).copied().flatten().filter(|r| changed(&Some(*r)))?;
        Some((color(0.5 + rise / most / 2.0), ALPHA))
    });
    let legend = HeatLegend {
        wish: HeatWish {
            quantity: CUT_FILL.to_owned(),
            method: HeatMethod::InverseDistance,
            variance: false,
        },
        kind: HeatKind::Difference,
        unit: "m".to_owned(),
        span: Some((-most, most)),
        n_stations: rises.iter().filter(|r| changed(r)).count(),
        n_silent: 0,
        masked: n_nodata as f64 / rises.len().max(1) as f64,
        least,
    };
    Ok(canvas.layer(legend)?)
}

/// The change that has the last color, meters: twice the median, so that a house that was built does not make a pit pale.
/// What changed by more has that color too.
fn most_shown(mut changes: Vec<f64>, least: f64) -> f64 {
    changes.sort_by(f64::total_cmp);
    let largest = changes.last().copied().unwrap_or(least);
    let median = changes.get(changes.len() / 2).copied().unwrap_or(least);
    (2.0 * median).min(largest).max(least).max(f64::MIN_POSITIVE)
}

/// How much higher the ground is afterwards, meters; `None` where one of the two was not measured.
fn rises(session: &Session, wish: &CutFill, at: &[DVec2]) -> Result<Vec<Option<f64>>, SessionError> {
    let points: Vec<[f64; 2]> = at.iter().map(DVec2::to_array).collect();
    let before = session.heights_at(&points, Some(&wish.before))?;
    let after = session.heights_at(&points, Some(&wish.after))?;
    Ok(before.iter().zip(&after).map(|(b, a)| Some(a.as_ref()?.height_m - b.as_ref()?.height_m)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_does_not_make_a_pit_pale() {
        let mut changes = vec![2.0; 600];
        changes.extend([19.0; 200]);
        assert!((most_shown(changes, 0.1) - 4.0).abs() < 1e-12);
        assert!((most_shown(vec![1.5, 1.5], 0.1) - 1.5).abs() < 1e-12, "no color that nothing has");
        assert!((most_shown(Vec::new(), 0.1) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn cut_and_fill_are_told_apart_and_more_is_darker() {
        let light = |t: f64| color(t).iter().map(|c| u32::from(*c)).sum::<u32>();
        assert!(light(0.5) > light(0.25) && light(0.25) > light(0.0));
        assert!(light(0.5) > light(0.75) && light(0.75) > light(1.0));
        let ([r, _, b], [r2, _, b2]) = (color(0.0), color(1.0));
        assert!(b > r && r2 > b2);
    }
}
