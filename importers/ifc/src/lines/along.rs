//! Alignments: their line, and stations at intervals that can be read.

use glam::{DVec2, DVec3};
use lantu_ingest::LabelKind;

use super::{ALIGNMENT_COLOR, Lines};
use crate::align::Alignment;

/// How far lines may be from an alignment, meters, and how much they may turn, radians. Chosen: not seen on a screen,
/// and smooth beside what is built along it.
const FINE: (f64, f64) = (0.01, 0.05);
/// Steps of stations, the widest first, in units of a step's foot or meter. Chosen: round numbers that people read.
const STEPS: [f64; 6] = [10_000.0, 5_000.0, 1_000.0, 500.0, 100.0, 20.0];
/// Stations of one alignment at most. Chosen: what a person reads of one line when it fills the screen, many times over.
const MOST: f64 = 400.0;
/// Half of a station's tick, meters. Chosen: within a lane.
const TICK_M: f64 = 1.5;
/// Lengths of a foot: international and US survey. Specified.
const FEET: std::ops::RangeInclusive<f64> = 0.3047..=0.3049;
/// Stations that are one to a person, meters.
const SAME_M: f64 = 0.5;

/// Draws an alignment. `unit_m`: the file's length unit, which decides how stations are counted.
pub(super) fn draw(alignment: &Alignment, object: u32, unit_m: f64, out: &mut Lines) {
    let points: Vec<[f64; 3]> = alignment
        .samples(FINE.0, FINE.1)
        .into_iter()
        .filter_map(|d| alignment.at(d).map(|p| p.position))
        .collect();
    if let Some(middle) = alignment.at(alignment.length_m() * 0.5) {
        let size = alignment.length_m() * 0.5;
        out.word(object, middle.position.into(), &alignment.name, (LabelKind::Name, size));
    }
    out.line(object, points, ALIGNMENT_COLOR);
    let (scale, per_mark) = if FEET.contains(&unit_m) { (unit_m, 100.0) } else { (1.0, 1000.0) };
    let mut taken: Vec<f64> = Vec::new();
    for s in alignment.stations() {
        let distance = s.distance_m - alignment.start_m();
        let worth =
            s.station_m.map_or(STEPS.last().copied().unwrap_or(1.0), |m| step_of(m / scale).unwrap_or(20.0));
        let text = match (&s.name, s.station_m) {
            (name, _) if !name.trim().is_empty() => name.clone(),
            (_, Some(m)) => station_text(m / scale, per_mark),
            _ => continue,
        };
        station(alignment, object, (distance, &text, worth * scale), out);
        taken.push(distance);
    }
    let length = alignment.length_m();
    let step = STEPS.iter().rev().copied().find(|s| length / (s * scale) <= MOST).unwrap_or(10_000.0) * scale;
    for (distance, station_m) in round_stations(alignment, length, step) {
        if taken.iter().all(|t| (t - distance).abs() > SAME_M) {
            let worth = step_of(station_m / scale).unwrap_or(20.0) * scale;
            station(alignment, object, (distance, &station_text(station_m / scale, per_mark), worth), out);
        }
    }
}

/// Distances at which the station is a multiple of `step`, and the stations; ascending. Stations are followed from one
/// referent to the next, for they may be broken there.
fn round_stations(alignment: &Alignment, length: f64, step: f64) -> Vec<(f64, f64)> {
    let mut breaks: Vec<f64> =
        alignment.stations().iter().map(|s| s.distance_m - alignment.start_m()).collect();
    breaks.retain(|d| *d > 0.0 && *d < length);
    breaks.extend([0.0, length]);
    breaks.sort_by(f64::total_cmp);
    breaks.dedup();
    let mut out = Vec::new();
    for pair in breaks.windows(2) {
        let &[from, to] = pair else { continue };
        // Inside: at a break the next count begins.
        let inset = (to - from) * 1e-6;
        let at = |d: f64| alignment.at(d).map(|p| p.station_m.unwrap_or(d));
        let (Some(a), Some(b)) = (at(from + inset), at(to - inset)) else { continue };
        let per_m = (b - a) / (to - from - 2.0 * inset).max(f64::MIN_POSITIVE);
        if !(per_m.abs() - 1.0).abs().lt(&1e-3) {
            continue;
        }
        let first = (a.min(b) / step - 1e-6).ceil();
        let last = (a.max(b) / step + 1e-6).floor();
        let mut n = first;
        while n <= last && (out.len() as f64) < 2.0 * MOST {
            out.push((from + (n * step - a) / per_m, n * step));
            n += 1.0;
        }
    }
    out.sort_by(|a, b| a.0.total_cmp(&b.0));
    out
}

/// The widest of [`STEPS`] that a station is a multiple of.
fn step_of(station: f64) -> Option<f64> {
    STEPS.into_iter().find(|step| (station / step - (station / step).round()).abs() * step < 1e-3)
}

fn station(alignment: &Alignment, object: u32, (distance, text, worth): (f64, &str, f64), out: &mut Lines) {
    let Some(p) = alignment.at(distance) else { return };
    let across = DVec2::from_angle(p.direction_rad).perp().extend(0.0);
    let at = DVec3::from_array(p.position);
    let half = if worth >= 100.0 { 2.0 * TICK_M } else { TICK_M };
    out.line(object, vec![(at - across * half).to_array(), (at + across * half).to_array()], ALIGNMENT_COLOR);
    out.word(object, at, text, (LabelKind::Station, worth));
}

/// `1+250`, `1+234.5`: whole marks and what is left. `per_mark`: 1000 of meters, 100 of feet.
fn station_text(station: f64, per_mark: f64) -> String {
    let sign = if station < 0.0 { "-" } else { "" };
    let thousandths = (station.abs() * 1000.0).round();
    let mark = (thousandths / (per_mark * 1000.0)).floor();
    let rest = thousandths / 1000.0 - mark * per_mark;
    let width = if per_mark > 100.0 { 3 } else { 2 };
    let whole = rest.floor();
    let fraction = format!("{:.3}", rest - whole);
    let fraction = fraction.trim_start_matches('0').trim_end_matches('0').trim_end_matches('.');
    format!("{sign}{mark:.0}+{whole:0width$.0}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stations_read_as_on_drawings() {
        assert_eq!(station_text(1250.0, 1000.0), "1+250");
        assert_eq!(station_text(20.0, 1000.0), "0+020");
        assert_eq!(station_text(-5.25, 1000.0), "-0+005.25");
        assert_eq!(station_text(1234.9999, 1000.0), "1+235");
        assert_eq!(station_text(1250.0, 100.0), "12+50");
    }

    #[test]
    fn rounder_stations_are_worth_more() {
        assert_eq!(step_of(3000.0), Some(1000.0));
        assert_eq!(step_of(3020.0), Some(20.0));
        assert_eq!(step_of(3021.0), None);
    }
}
