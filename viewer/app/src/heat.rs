//! What stations read, or how large the risk of management cells is, as a picture on the ground.

use std::sync::Arc;

use anyhow::Context as _;
use glam::DVec2;
use lantu_base::{ObjectRow, RasterGrid, RasterKind, TileCoord, UtcNanos};
use lantu_live::Quality;
use lantu_overlay::{HeatError, HeatMap, HeatMethod, ObjectTable, OverlayKind, Station, aggregate, heat_map};
use lantu_session::Ramp;
use lantu_tiles::io::{MemoryPackStore, PackStore};
use lantu_tiles::{PackHash, RasterPixels, RasterPyramid, RasterTile, TileError, encode_raster_tile};

use lantu_ui::{HeatAsk, HeatKind, HeatNow};
use serde_json::{Value, json};

use crate::stage::Overlays;

/// Periods after which a reading says nothing about now, as the shipped sensor rules have it.
const FRESH_PERIODS: f64 = 3.0;
/// Period of a channel that does not say its own, seconds.
const USUAL_PERIOD_S: f64 = 3600.0;
/// The map reaches beyond the stations by that share of their extent. Chosen.
const MARGIN: f64 = 0.1;
/// How opaque the map is: what lies under it must stay readable. Chosen.
pub(crate) const ALPHA: u8 = 176;
/// How opaque a station's own disc is.
const STATION_ALPHA: u8 = 255;
/// Radius of a station's disc, share of the map's longer side. Chosen: seen from where the whole map is.
const DISC: f64 = 0.02;
/// The quantity that means risk of management cells.
pub(crate) const RISK: &str = "risk";

/// Stations with what they read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readings {
    pub(crate) stations: Vec<Station>,
    /// Channel and instant of each station's reading.
    pub(crate) told: Vec<(String, UtcNanos)>,
    pub(crate) unit: String,
    /// Channels of the quantity that say nothing now, and why.
    pub(crate) silent: Vec<(String, &'static str)>,
}

impl Readings {
    /// Latest readings of all channels of a quantity that stand somewhere.
    pub(crate) fn of(overlays: &Overlays, quantity: &str, t: UtcNanos) -> Self {
        let table = &*overlays.table;
        let mut out = Self::default();
        for channel in overlays.channels.iter().filter(|c| c.quantity == quantity) {
            let row = channel.object.as_deref().and_then(|o| table.resolve(o).into_iter().next());
            let bounds = row.map(|r| table.bounds(r)).filter(|b| !b.is_empty());
            let period = if channel.period_s > 0.0 { channel.period_s } else { USUAL_PERIOD_S };
            let sample = overlays.store.value_at(&channel.id, t).filter(|s| {
                matches!(s.quality, Quality::Good | Quality::Uncertain)
                    && t.seconds_since(s.time) <= period * FRESH_PERIODS
            });
            let mut silent = |why: &'static str| out.silent.push((channel.id.0.to_string(), why));
            let Some(bounds) = bounds else {
                silent("its object has no place");
                continue;
            };
            let Some(sample) = sample else {
                silent("it has no fresh reading");
                continue;
            };
            let unit = if sample.unit.is_empty() { channel.unit.clone() } else { sample.unit.to_string() };
            if out.unit.is_empty() {
                out.unit.clone_from(&unit);
            }
            if unit != out.unit {
                silent("its unit is another one than the first channel's");
                continue;
            }
            out.told.push((channel.id.0.to_string(), sample.time));
            out.stations.push(Station { at: bounds.center().truncate(), value: sample.value });
        }
        out
    }

    /// South-western and north-eastern corner of a map of them, meters.
    pub(crate) fn area(&self) -> (DVec2, DVec2) {
        let places = || self.stations.iter().map(|s| s.at);
        let low = places().reduce(DVec2::min).unwrap_or_default();
        let high = places().reduce(DVec2::max).unwrap_or_default();
        let margin = DVec2::splat(low.distance(high) * MARGIN);
        (low - margin, high + margin)
    }
}

/// Quantities that have channels, in alphabetical order.
pub(crate) fn quantities(overlays: &Overlays) -> Vec<String> {
    let mut all: Vec<String> = overlays.channels.iter().map(|c| c.quantity.clone()).collect();
    all.sort();
    all.dedup();
    all.retain(|q| !q.is_empty());
    all
}

/// Colors of a legend's bar.
const STOPS: u32 = 9;

/// What is wanted of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeatWish {
    /// What stations measure, or [`RISK`] for management cells.
    pub(crate) quantity: String,
    pub(crate) method: HeatMethod,
    /// The variance of kriging instead of the values.
    pub(crate) variance: bool,
}

/// What a map's legend says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeatLegend {
    pub(crate) wish: HeatWish,
    /// How it was made.
    pub(crate) kind: HeatKind,
    pub(crate) unit: String,
    /// Values at the ends of the ramp; `None` for cells, which have states.
    pub(crate) span: Option<(f64, f64)>,
    pub(crate) n_stations: usize,
    pub(crate) n_silent: usize,
    /// Share of the map where no station says anything, 0 to 1.
    pub(crate) masked: f64,
    /// Of a difference: what is smaller is not shown, meters.
    pub(crate) least: f64,
}

impl HeatLegend {
    /// The same for the panels: what was asked for, and what came.
    pub(crate) fn told(&self) -> HeatNow {
        let ramp = (0..STOPS).map(|n| self.color(f64::from(n) / f64::from(STOPS - 1)));
        let legend = lantu_ui::HeatLegend {
            kind: self.kind,
            unit: self.unit.clone(),
            span: self.span,
            n: self.n_stations as u64,
            n_silent: self.n_silent as u64,
            masked: self.masked,
            least: self.least,
            ramp: ramp.collect(),
        };
        let kriging = self.wish.method == HeatMethod::Kriging;
        let ask = HeatAsk { quantity: self.wish.quantity.clone(), kriging, variance: self.wish.variance };
        HeatNow { ask, legend: Some(legend), problem: String::new() }
    }

    /// The color at a share of the span.
    fn color(&self, t: f64) -> [u8; 3] {
        if self.kind == HeatKind::Difference { crate::cut_fill::color(t) } else { Ramp::Cividis.at(t) }
    }

    /// The words of a sidecar; `ramp` from the lowest to the highest value.
    pub(crate) fn json(&self) -> Value {
        let ends = [0.0, 0.25, 0.5, 0.75, 1.0].map(|t| {
            let [r, g, b] = self.color(t);
            format!("#{r:02x}{g:02x}{b:02x}")
        });
        let method = match self.kind {
            HeatKind::Kriging => "kriging",
            HeatKind::InverseDistance => "idw",
            HeatKind::Points => "points",
            HeatKind::Cells => "cells",
            HeatKind::Difference => "difference",
        };
        json!({
            "quantity": self.wish.quantity, "method": method, "shows": if self.wish.variance { "variance" } else { "value" },
            "unit": self.unit, "lowest": self.span.map(|s| s.0), "highest": self.span.map(|s| s.1),
            "ramp": self.span.map(|_| ends), "n_stations": self.n_stations, "n_silent": self.n_silent,
            "masked_share": (self.masked * 1e3).round() / 1e3, "least": self.least,
        })
    }
}

/// A map on the ground: a raster of one tile in a store of its own.
#[derive(Clone)]
pub(crate) struct HeatLayer {
    pub(crate) raster: RasterPyramid,
    pub(crate) packs: Arc<MemoryPackStore>,
    pub(crate) legend: HeatLegend,
}

/// A picture of one tile of pixels.
pub(crate) struct Canvas {
    grid: RasterGrid,
    rgba: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new((from, to): (DVec2, DVec2)) -> Self {
        let px = RasterGrid::TILE_PX;
        let edge = (to - from).max_element().max(1.0);
        let grid = RasterGrid {
            kind: RasterKind::Orthophoto,
            west_north: [from.x, from.y + edge],
            gsd_m: edge / f64::from(px),
            size_px: [px; 2],
            n_levels: 1,
        };
        let n = px as usize * px as usize * 4;
        Self { grid, rgba: vec![0; n] }
    }

    /// Middles of its pixels, meters.
    pub(crate) fn places(&self) -> Vec<DVec2> {
        let px = RasterGrid::TILE_PX as usize;
        let [west, north] = self.grid.west_north;
        let gsd = self.grid.gsd_m;
        let place = |ix: usize| {
            let (i, j) = ((ix % px) as f64, (ix / px) as f64);
            DVec2::new(west + (i + 0.5) * gsd, north - (j + 0.5) * gsd)
        };
        (0..self.rgba.len() / 4).map(place).collect()
    }

    /// Colors every pixel by its number; those without a color stay as they are.
    pub(crate) fn paint_each(&mut self, color: impl Fn(usize) -> Option<([u8; 3], u8)>) {
        for (ix, pixel) in self.rgba.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            if let Some(([r, g, b], a)) = color(ix) {
                *pixel = [r, g, b, a];
            }
        }
    }

    /// Colors every pixel by its middle; those without a color stay as they are.
    fn paint(&mut self, color: impl Fn(DVec2) -> Option<([u8; 3], u8)>) {
        let places = self.places();
        self.paint_each(|ix| color(*places.get(ix)?));
    }

    pub(crate) fn layer(self, legend: HeatLegend) -> Result<HeatLayer, TileError> {
        let packs = Arc::new(MemoryPackStore::default());
        let tile = RasterTile { px: RasterGrid::TILE_PX, pixels: RasterPixels::Color(self.rgba) };
        let hash = packs.write(&encode_raster_tile(&tile)?)?;
        let tiles = [(TileCoord { level: 0, col: 0, row: 0 }, hash)].into();
        Ok(HeatLayer { raster: RasterPyramid { grid: self.grid, tiles }, packs, legend })
    }
}

/// The map that is wanted at an instant.
///
/// # Errors
/// A quantity that nothing measures, or a map that cannot be made.
pub(crate) fn heat_layer(overlays: &Overlays, wish: &HeatWish, t: UtcNanos) -> anyhow::Result<HeatLayer> {
    if wish.quantity == RISK {
        return cells_layer(overlays, wish, t);
    }
    let read = Readings::of(overlays, &wish.quantity, t);
    let known = read.stations.len() + read.silent.len();
    anyhow::ensure!(known > 0, "no channel of the project measures this\nquantity: {:?}", wish.quantity);
    let area = read.area();
    let mut canvas = Canvas::new(area);
    let cell_m = canvas.grid.gsd_m;
    let map = match heat_map(&read.stations, wish.method, area, cell_m) {
        Ok(map) => Some(map),
        // The stations themselves are what can be said.
        Err(HeatError::TooFew { .. }) => None,
        Err(e) => return Err(e.into()),
    };
    let variance = wish.variance && map.as_ref().is_some_and(|m| !m.variances.is_empty());
    let shown = |m: &HeatMap, ix: usize| {
        let value = m.values.get(ix).copied().flatten()?;
        if variance { m.variances.get(ix).copied() } else { Some(value) }
    };
    let cells = || map.iter().flat_map(|m| (0..m.values.len()).filter_map(|ix| shown(m, ix)));
    let stations = read.stations.iter().map(|s| s.value).filter(|_| !variance);
    let span = cells()
        .chain(stations)
        .fold(None, |span: Option<(f64, f64)>, v| Some(span.map_or((v, v), |(a, b)| (a.min(v), b.max(v)))));
    let color = |v: f64| {
        let (low, high) = span.unwrap_or((v, v));
        Ramp::Cividis.at(if high > low { (v - low) / (high - low) } else { 0.5 })
    };
    let mut masked = 0.0;
    if let Some(m) = &map {
        masked = m.values.iter().filter(|v| v.is_none()).count() as f64 / m.values.len().max(1) as f64;
        canvas.paint(|at| Some((color(shown(m, cell_at(m, at)?)?), ALPHA)));
    }
    let radius = (area.1 - area.0).max_element().max(1.0) * DISC;
    canvas.paint(|at| {
        let near = read.stations.iter().filter(|s| s.at.distance(at) <= radius);
        let s = near.min_by(|a, b| a.at.distance(at).total_cmp(&b.at.distance(at)))?;
        // A dark rim, so that a station is seen on its own color.
        let rim = s.at.distance(at) > radius * 0.72;
        Some((if rim || variance { [0x20; 3] } else { color(s.value) }, STATION_ALPHA))
    });
    let kind = match (&map, wish.method) {
        (None, _) => HeatKind::Points,
        (_, HeatMethod::InverseDistance) => HeatKind::InverseDistance,
        (_, HeatMethod::Kriging) => HeatKind::Kriging,
    };
    let unit = if variance { format!("{}²", read.unit) } else { read.unit };
    let legend = HeatLegend {
        wish: HeatWish { variance, ..wish.clone() },
        kind,
        unit,
        span,
        n_stations: read.stations.len(),
        n_silent: read.silent.len(),
        masked,
        least: 0.0,
    };
    Ok(canvas.layer(legend)?)
}

/// Number of the cell that a place lies in.
fn cell_at(m: &HeatMap, at: DVec2) -> Option<usize> {
    let place = ((at - m.origin) / m.cell_m).round();
    let inside = place.x >= 0.0 && place.y >= 0.0 && place.x < m.width as f64 && place.y < m.height as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the map")]
    inside.then(|| place.y as usize * m.width + place.x as usize)
}

/// Management cells in the color of their worst object.
fn cells_layer(overlays: &Overlays, wish: &HeatWish, t: UtcNanos) -> anyhow::Result<HeatLayer> {
    let moment = overlays.at(t);
    let table = &*overlays.table;
    let n = u32::try_from(table.n_rows()).unwrap_or(u32::MAX);
    let risks: Vec<_> = (0..n).map(|row| (ObjectRow(row), moment.risk_of(ObjectRow(row)))).collect();
    let (_, cells) = aggregate(table, &overlays.rules().risk, &risks);
    let mut shapes = Vec::new();
    for cell in &cells {
        let Some(polygons) = cell.whole.and_then(|row| table.polygons(row)) else { continue };
        let name = if cell.unknown { "unknown" } else { cell.grade.name() };
        let state = OverlayKind::Risk.states().iter().find(|s| s.name == name);
        let color = state.and_then(lantu_overlay::StateDef::object_color).map(|c| [c.0[0], c.0[1], c.0[2]]);
        shapes.push((polygons, color));
    }
    let corners = || shapes.iter().flat_map(|(p, _)| p.iter().flatten().flatten()).map(|p| DVec2::from(*p));
    let low = corners().reduce(DVec2::min).context("no layer of the project has management cells")?;
    let high = corners().reduce(DVec2::max).unwrap_or(low);
    let mut canvas = Canvas::new((low, high));
    canvas.paint(|at| {
        let (_, color) =
            shapes.iter().find(|(polygons, _)| polygons.iter().any(|rings| inside(rings, at)))?;
        color.map(|c| (c, ALPHA))
    });
    let legend = HeatLegend {
        wish: HeatWish { variance: false, ..wish.clone() },
        kind: HeatKind::Cells,
        unit: String::new(),
        span: None,
        n_stations: shapes.len(),
        n_silent: shapes.iter().filter(|(_, color)| color.is_none()).count(),
        masked: 0.0,
        least: 0.0,
    };
    Ok(canvas.layer(legend)?)
}

/// Whether a place lies in a polygon: an odd number of sides of its rings lie west of it.
fn inside(rings: &[Vec<[f64; 2]>], at: DVec2) -> bool {
    let crosses = |ring: &Vec<[f64; 2]>| {
        let next = ring.iter().cycle().skip(1);
        ring.iter()
            .zip(next)
            .filter(|([ax, ay], [bx, by])| {
                (*ay > at.y) != (*by > at.y) && at.x < (bx - ax) * (at.y - ay) / (by - ay) + ax
            })
            .count()
    };
    rings.iter().map(crosses).sum::<usize>() % 2 == 1
}

/// Packs of a map before those of the project.
pub(crate) struct Layered {
    pub(crate) over: Arc<MemoryPackStore>,
    pub(crate) under: Arc<dyn PackStore>,
}

impl PackStore for Layered {
    fn read(&self, hash: PackHash) -> Result<Vec<u8>, TileError> {
        if self.over.contains(hash) { self.over.read(hash) } else { self.under.read(hash) }
    }

    fn write(&self, pack: &[u8]) -> Result<PackHash, TileError> {
        self.over.write(pack)
    }

    fn contains(&self, hash: PackHash) -> bool {
        self.over.contains(hash) || self.under.contains(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_in_a_polygon_and_not_in_its_hole() {
        let square = |a: f64, b: f64| vec![[a, a], [b, a], [b, b], [a, b], [a, a]];
        let rings = [square(0.0, 10.0), square(4.0, 6.0)];
        let check = |x: f64, y: f64, expected| assert_eq!(inside(&rings, DVec2::new(x, y)), expected);
        check(1.0, 1.0, true);
        check(5.0, 5.0, false);
        check(11.0, 5.0, false);
        check(9.0, 5.0, true);
    }

    #[test]
    fn a_map_is_one_tile_that_its_own_store_has_and_others_come_from_the_project() {
        let mut canvas = Canvas::new((DVec2::ZERO, DVec2::new(512.0, 100.0)));
        canvas.paint(|at| (at.y < 2.0).then_some(([1, 2, 3], 4)));
        assert_eq!((canvas.grid.gsd_m, canvas.grid.west_north), (2.0, [0.0, 512.0]));
        assert_eq!(
            (&canvas.rgba[..4], &canvas.rgba[256 * 255 * 4..256 * 255 * 4 + 4]),
            (&[0; 4][..], &[1, 2, 3, 4][..])
        );
        let wish = HeatWish { quantity: "noise".into(), method: HeatMethod::Kriging, variance: false };
        let legend = HeatLegend {
            wish,
            kind: HeatKind::Points,
            unit: String::new(),
            span: None,
            n_stations: 0,
            n_silent: 0,
            masked: 0.0,
            least: 0.0,
        };
        let layer = canvas.layer(legend).unwrap();
        let under = Arc::new(MemoryPackStore::default());
        let other = under.write(b"other").unwrap();
        let own = layer.raster.tiles.values().copied().next().unwrap();
        let both = Layered { over: Arc::clone(&layer.packs), under };
        assert!(both.contains(own) && both.contains(other) && both.read(other).is_ok());
        assert!(both.read(own).is_ok());
    }
}
