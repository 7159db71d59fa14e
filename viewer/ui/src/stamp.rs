//! The legend as a picture of its own, for pictures that are drawn without a window: the same card as over the scene.

use egui::epaint::{Mesh, Primitive, Vertex};
use egui::{
    Align2, Area, ColorImage, Frame, Id, ImageData, Order, Pos2, RawInput, Rect, TextureId, TexturesDelta,
    Ui, pos2, vec2,
};

use crate::model::{HeatNow, LegendModel};
use crate::panels::{heat, legend};
use crate::state::UiState;
use crate::theme;
use crate::window::apply_looks;
use crate::words::Words;

/// Widest and highest legend, points. Chosen: more than the longest one in either language.
const ROOM: [f32; 2] = [640.0, 900.0];
/// Room for the card's shadow, points.
const AROUND: f32 = 12.0;
/// Width of the map's part, points: that of its card in the window.
const HEAT_WIDTH: f32 = 230.0;
/// Frames until sizes have settled. Chosen: a card is measured in the first and placed in the second.
const FRAMES: usize = 3;

/// A small picture that is laid over a larger one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Width and height, pixels.
    pub size_px: [u32; 2],
    /// Premultiplied sRGB with alpha, row by row.
    pub rgba: Vec<[u8; 4]>,
}

/// Draws the legends of the overlays that fill and outline objects, and that of a map over the ground; `None` where there is
/// none of them. `scale`: pixels per point.
pub fn legend_stamp(
    legends: [Option<&LegendModel>; 2],
    heat: Option<&HeatNow>,
    scale: f32,
    words: &Words,
) -> Option<Stamp> {
    if legends == [None; 2] && heat.is_none() {
        return None;
    }
    let ctx = egui::Context::default();
    let mut state = UiState::default();
    let mut atlas = Atlas::default();
    let mut card = Rect::NOTHING;
    let mut last = None;
    for _ in 0..FRAMES {
        let size = vec2(ROOM[0], ROOM[1]);
        let mut input =
            RawInput { screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)), ..RawInput::default() };
        if let Some(viewport) = input.viewports.get_mut(&input.viewport_id) {
            viewport.native_pixels_per_point = Some(scale);
        }
        let full = ctx.run_ui(input, |ui| {
            apply_looks(ui, &mut state, words);
            card = cards(ui, (legends, heat), words);
        });
        atlas.take(full.textures_delta);
        last = Some((full.shapes, full.pixels_per_point));
    }
    let (shapes, scale) = last?;
    let area = card.expand(AROUND).intersect(Rect::from_min_size(Pos2::ZERO, vec2(ROOM[0], ROOM[1])));
    let mut canvas = Canvas::new(area, scale);
    for clipped in ctx.tessellate(shapes, scale) {
        if let Primitive::Mesh(mesh) = &clipped.primitive {
            canvas.mesh(mesh, clipped.clip_rect, &atlas);
        }
    }
    Some(Stamp { size_px: canvas.size.map(|n| u32::try_from(n).unwrap_or(0)), rgba: canvas.rgba })
}

/// The card; returns where it is.
fn cards(ui: &Ui, (states, map): ([Option<&LegendModel>; 2], Option<&HeatNow>), words: &Words) -> Rect {
    let area =
        Area::new(Id::unique("lantu-stamp")).order(Order::Middle).pivot(Align2::LEFT_TOP).fade_in(false);
    let shown = area.fixed_pos(pos2(AROUND, AROUND)).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).fill(theme::of(ui).surface).inner_margin(10.0).show(ui, |ui| {
            if states != [None; 2] {
                legend::both(ui, states, words, &mut Vec::new());
            }
            if states != [None; 2] && map.is_some() {
                ui.add_space(8.0);
            }
            if let Some(map) = map {
                ui.set_width(HEAT_WIDTH.max(ui.min_rect().width()));
                heat::told(ui, map, words);
            }
        });
    });
    shown.response.rect
}

/// The texture of glyphs.
#[derive(Default)]
struct Atlas {
    image: ColorImage,
}

impl Atlas {
    fn take(&mut self, mut delta: TexturesDelta) {
        let set = std::mem::take(&mut delta.set);
        let own = set.into_iter().filter(|(id, _)| *id == TextureId::default());
        for new in own.flat_map(|(_, deltas)| deltas) {
            let ImageData::Color(image) = new.image;
            let Some([x, y]) = new.pos else {
                self.image = (*image).clone();
                continue;
            };
            let width = self.image.size[0];
            for (row, texels) in image.pixels.chunks(image.size[0].max(1)).enumerate() {
                let from = (y + row) * width + x;
                if let Some(to) = self.image.pixels.get_mut(from..from + texels.len()) {
                    to.copy_from_slice(texels);
                }
            }
        }
    }

    /// The texel at a place from 0 to 1, premultiplied, each channel from 0 to 1.
    fn at(&self, [u, v]: [f32; 2]) -> [f32; 4] {
        let [width, height] = self.image.size;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the texture")]
        let texel = |t: f32, n: usize| ((t * n as f32).max(0.0) as usize).min(n.saturating_sub(1));
        let ix = texel(v, height) * width + texel(u, width);
        self.image.pixels.get(ix).map_or([0.0; 4], |c| c.to_array().map(|b| f32::from(b) / 255.0))
    }
}

/// Pixels that triangles are painted into.
struct Canvas {
    size: [usize; 2],
    /// Place of the upper left corner, pixels of the frame.
    from: [i64; 2],
    scale: f32,
    rgba: Vec<[u8; 4]>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels of a card: some hundreds"
)]
impl Canvas {
    fn new(area: Rect, scale: f32) -> Self {
        let px = |p: f32| (p * scale).round().max(0.0);
        let size = [px(area.width()) as usize, px(area.height()) as usize];
        let from = [px(area.min.x) as i64, px(area.min.y) as i64];
        Self { size, from, scale, rgba: vec![[0; 4]; size[0] * size[1]] }
    }

    fn mesh(&mut self, mesh: &Mesh, clip: Rect, atlas: &Atlas) {
        let vertex = |ix: u32| mesh.vertices.get(ix as usize);
        for triangle in mesh.indices.as_chunks::<3>().0 {
            let [Some(a), Some(b), Some(c)] = triangle.map(vertex) else { continue };
            self.triangle([a, b, c], clip, atlas);
        }
    }

    /// Paints what the middles of pixels lie in; a side that two triangles share belongs to one of them.
    fn triangle(&mut self, corners: [&Vertex; 3], clip: Rect, atlas: &Atlas) {
        let mut p = corners.map(|v| [f64::from(v.pos.x * self.scale), f64::from(v.pos.y * self.scale)]);
        let mut of = corners;
        let cross = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| {
            (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        };
        if cross(p[0], p[1], p[2]) < 0.0 {
            p.swap(1, 2);
            of.swap(1, 2);
        }
        let area = cross(p[0], p[1], p[2]);
        if area <= 0.0 {
            return;
        }
        let span = |values: [f64; 3], (clip_low, clip_high): (f32, f32), (from, size): (i64, usize)| {
            let edge = |clip: f32| f64::from((clip * self.scale).round());
            let low = values.into_iter().fold(f64::INFINITY, f64::min).max(edge(clip_low));
            let high = values.into_iter().fold(f64::NEG_INFINITY, f64::max).min(edge(clip_high));
            let until = from + i64::try_from(size).unwrap_or(0);
            ((low - 0.5).ceil() as i64).max(from)..((high - 0.5).ceil() as i64).min(until)
        };
        let columns = span(p.map(|q| q[0]), (clip.min.x, clip.max.x), (self.from[0], self.size[0]));
        let rows = span(p.map(|q| q[1]), (clip.min.y, clip.max.y), (self.from[1], self.size[1]));
        // A side on which a pixel's middle lies counts if it is at the top or the left.
        let owns = |a: [f64; 2], b: [f64; 2]| a[1] > b[1] || (a[1] >= b[1] && a[0] < b[0]);
        let sides = [(p[1], p[2]), (p[2], p[0]), (p[0], p[1])];
        for y in rows {
            for x in columns.clone() {
                let at = [x as f64 + 0.5, y as f64 + 0.5];
                let w = sides.map(|(a, b)| (cross(a, b, at), owns(a, b)));
                if w.iter().any(|(w, owned)| if *owned { *w < 0.0 } else { *w <= 0.0 }) {
                    continue;
                }
                let w = w.map(|(w, _)| (w / area) as f32);
                let mix = |f: &dyn Fn(&Vertex) -> f32| of.iter().zip(w).map(|(v, w)| f(v) * w).sum::<f32>();
                let texel = atlas.at([mix(&|v| v.uv.x), mix(&|v| v.uv.y)]);
                let ink: [f32; 4] = std::array::from_fn(|n| {
                    mix(&|v| f32::from(v.color.to_array().get(n).copied().unwrap_or(0)) / 255.0)
                        * texel.get(n).copied().unwrap_or(0.0)
                });
                let place = (y - self.from[1]) as usize * self.size[0] + (x - self.from[0]) as usize;
                if let Some(pixel) = self.rgba.get_mut(place) {
                    *pixel = over(ink, *pixel);
                }
            }
        }
    }
}

/// Premultiplied ink over a pixel.
fn over(ink: [f32; 4], under: [u8; 4]) -> [u8; 4] {
    let rest = 1.0 - ink[3];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
    std::array::from_fn(|n| {
        let ink = ink.get(n).copied().unwrap_or(0.0) * 255.0;
        let under = f32::from(under.get(n).copied().unwrap_or(0));
        (ink + under * rest).round().clamp(0.0, 255.0) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{HeatAsk, HeatKind, HeatLegend, LegendRow};
    use crate::states::{OverlayKind, StateId};
    use crate::words::Language;

    fn states(n: u64) -> LegendModel {
        let rows = StateId::of(OverlayKind::Risk).map(|state| LegendRow { state, n }).collect();
        LegendModel {
            overlay: OverlayKind::Risk,
            outlines: false,
            rows,
            filter: None,
            as_of: "2026-09-15 10:00".to_owned(),
        }
    }

    fn map() -> HeatNow {
        let legend = HeatLegend {
            kind: HeatKind::Kriging,
            unit: "dB".to_owned(),
            span: Some((48.0, 71.0)),
            n: 7,
            n_silent: 1,
            masked: 0.25,
            least: 0.0,
            ramp: vec![[0, 32, 77], [124, 123, 120], [255, 234, 70]],
        };
        let ask = HeatAsk { quantity: "noise".to_owned(), kriging: true, variance: false };
        HeatNow { ask, legend: Some(legend), problem: String::new() }
    }

    fn has(stamp: &Stamp, rgb: [u8; 3]) -> usize {
        let near = |p: &&[u8; 4]| p[3] == 255 && p.iter().zip(rgb).all(|(a, b)| a.abs_diff(b) < 4);
        stamp.rgba.iter().filter(near).count()
    }

    #[test]
    fn the_legend_is_a_card_with_the_colors_of_all_states_and_the_same_bytes_every_time() {
        let words = Words::new(Language::English);
        let stamp = legend_stamp([Some(&states(12)), None], None, 1.0, &words).unwrap();
        assert_eq!(stamp.rgba.len(), (stamp.size_px[0] * stamp.size_px[1]) as usize);
        for state in [StateId::Low, StateId::High, StateId::Extreme] {
            let c = state.color().0;
            assert!(has(&stamp, [c[0], c[1], c[2]]) > 30, "{state:?}");
        }
        assert_eq!(stamp.rgba[0], [0; 4], "nothing outside of the card");
        assert_eq!(legend_stamp([Some(&states(12)), None], None, 1.0, &words), Some(stamp.clone()));
        assert_ne!(
            legend_stamp([Some(&states(13)), None], None, 1.0, &words),
            Some(stamp.clone()),
            "counts show"
        );
        let large = legend_stamp([Some(&states(12)), None], None, 2.0, &words).unwrap();
        assert!((f64::from(large.size_px[0]) / f64::from(stamp.size_px[0]) - 2.0).abs() < 0.05);
        assert_eq!(legend_stamp([None; 2], None, 1.0, &words), None);
    }

    #[test]
    fn what_is_outlined_has_its_states_as_bands_beside_those_that_fill() {
        let words = Words::new(Language::English);
        let fill = LegendModel {
            overlay: OverlayKind::Progress,
            rows: StateId::of(OverlayKind::Progress).map(|state| LegendRow { state, n: 7 }).collect(),
            ..states(7)
        };
        let outline = LegendModel { outlines: true, ..states(7) };
        let alone = legend_stamp([Some(&fill), None], None, 1.0, &words).unwrap();
        let both = legend_stamp([Some(&fill), Some(&outline)], None, 1.0, &words).unwrap();
        assert!(both.size_px[0] > alone.size_px[0] + 120 && both.size_px[1] <= alone.size_px[1] + 4);
        let c = StateId::Low.color().0;
        let filled = legend_stamp([Some(&states(7)), None], None, 1.0, &words).unwrap();
        let (band, fill) = (has(&both, [c[0], c[1], c[2]]), has(&filled, [c[0], c[1], c[2]]));
        assert!(band > 20 && band * 6 < fill * 5, "{band} of {fill}: a band, not an area");
    }

    #[test]
    fn a_map_over_the_ground_has_its_ramp_with_both_ends_below_the_states() {
        let words = Words::new(Language::Chinese);
        let alone = legend_stamp([None; 2], Some(&map()), 1.0, &words).unwrap();
        assert!(has(&alone, [0, 32, 77]) > 3 && has(&alone, [255, 234, 70]) > 3);
        let both = legend_stamp([Some(&states(1)), None], Some(&map()), 1.0, &words).unwrap();
        assert!(both.size_px[1] > alone.size_px[1] + 100);
    }
}
