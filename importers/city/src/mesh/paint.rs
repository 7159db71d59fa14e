//! From surfaces with pictures on them to triangles of one color each.
//!
//! The scene has one color for each triangle: where a picture lies on a surface, its triangles are cut until each is a
//! few pixels wide, within a budget, and each takes the mean color of what lies under it.

use std::path::Path;

use glam::DVec3;
use lantu_ingest::{Texture, Wrap, byte, encoded};

use super::data::Data;
use super::document::{Document, Material, TextureInfo};
use super::folder::Folder;
use super::surfaces::{Notes, Surface};

/// Pixels of a picture that a triangle is wide, at best. Chosen: what has the size of a window frame in a picture of a
/// drone then still shows.
const PIXELS: f64 = 4.0;
/// Triangles are not cut smaller than this for their colors, meters. Chosen: below what one sees of context.
const SMALLEST_M: f64 = 0.15;
/// Parts of an edge at most.
const MAX_PARTS: u32 = 64;

/// Steps of color between which triangles are not told apart: 32 for each channel, so that triangles of a color can be
/// kept together.
const COLOR_STEPS: f32 = 31.0;
/// The same for what is seen through.
const ALPHA_STEPS: f32 = 8.0;

/// Linear light of a surface without a material. Specified: 3.9.2 of glTF 2.0.
const PLAIN: [f32; 4] = [1.0; 4];

/// One picture on a surface.
struct Cover<'p> {
    picture: &'p Texture,
    set: u32,
    wrap: [Wrap; 2],
    /// From the coordinates of the surface to those of the picture: offset, scale, rotation.
    offset: [f64; 2],
    scale: [f64; 2],
    turn: [f64; 2],
}

impl Cover<'_> {
    fn place(&self, [u, v]: [f32; 2]) -> [f64; 2] {
        let (u, v) = (f64::from(u) * self.scale[0], f64::from(v) * self.scale[1]);
        // Specified: KHR_texture_transform turns clockwise in coordinates whose v points down.
        let [cos, sin] = self.turn;
        [self.offset[0] + u * cos + v * sin, self.offset[1] - u * sin + v * cos]
    }
}

/// How a surface is colored.
struct Look<'p> {
    /// Linear.
    factor: [f32; 4],
    cover: Option<Cover<'p>>,
    cutoff: Option<f32>,
    blends: bool,
}

/// Pictures of a document by their number, decoded when they are first asked for.
pub(crate) struct Painter<'d, 'a> {
    document: &'d Document,
    data: &'a Data<'d>,
    folder: (&'a Folder, &'a Path),
    pictures: Vec<Option<Result<Texture, String>>>,
}

/// One triangle of one color.
pub(crate) struct Facet {
    pub(crate) corners: [DVec3; 3],
    pub(crate) color: [u8; 4],
    /// Id of the feature that it belongs to.
    pub(crate) feature: Option<u32>,
    pub(crate) node: usize,
}

impl<'d, 'a> Painter<'d, 'a> {
    pub(crate) fn new(document: &'d Document, data: &'a Data<'d>, folder: (&'a Folder, &'a Path)) -> Self {
        let pictures = document.images.iter().map(|_| None).collect();
        Self { document, data, folder, pictures }
    }

    /// Paints all surfaces; at most about `budget` triangles, or as many as there are, if that is more.
    pub(crate) fn paint(
        &mut self,
        surfaces: &[Surface],
        budget: usize,
        notes: &mut Notes,
        out: &mut dyn FnMut(Facet),
    ) {
        for s in surfaces {
            self.decode(s, notes);
        }
        let looks: Vec<Look<'_>> = surfaces.iter().map(|s| self.look(s)).collect();
        if looks.iter().any(|l| l.cover.is_some()) {
            notes.push((
                "mesh.textures",
                "pictures on surfaces are drawn as one color for each triangle, cut as finely as the picture asks for"
                    .to_owned(),
            ));
        }
        // The finest cut that stays within the budget.
        let mut coarser = 1.0;
        while coarser < 4096.0 {
            let n: usize = surfaces.iter().zip(&looks).map(|(s, l)| count(s, l, coarser)).sum();
            if n <= budget {
                break;
            }
            coarser *= 1.25;
        }
        if coarser > 1.0 && looks.iter().any(|l| l.cover.is_some()) {
            let what = format!(
                "pictures would ask for finer triangles: {coarser:.1} times as many pixels share a color"
            );
            notes.push(("mesh.coarse_textures", what));
        }
        for (surface, look) in surfaces.iter().zip(&looks) {
            for &t in &surface.triangles {
                let Some(facet) = Corners::of(surface, look, t) else { continue };
                facet.cut(look, facet.parts(look, coarser), (surface, t), out);
            }
        }
    }

    /// Decodes the picture on a surface, once.
    fn decode(&mut self, surface: &Surface, notes: &mut Notes) {
        let Some(material) = self.material(surface) else { return };
        let Some(info) = base_texture(material) else { return };
        let Some(image) = self.image_of(&info) else {
            notes.push(("mesh.texture", format!("texture {} has no picture that is read", info.index)));
            return;
        };
        let Some(slot) = self.pictures.get(image).map(Option::is_none) else { return };
        if slot {
            let read = self.bytes(image).and_then(|b| Texture::decode(&b).map_err(|e| e.to_string()));
            if let Err(why) = &read {
                let what = format!(
                    "picture {image} is not drawn: {why}; its surfaces have the color of their material"
                );
                notes.push(("mesh.texture", what));
            }
            if let Some(slot) = self.pictures.get_mut(image) {
                *slot = Some(read);
            }
        }
    }

    fn bytes(&self, image: usize) -> Result<Vec<u8>, String> {
        let image = self.document.images.get(image).ok_or("it is not there")?;
        match (&image.uri, image.buffer_view) {
            (Some(uri), _) => self.folder.0.read(self.folder.1, uri),
            (None, Some(view)) => Ok(self.data.view(view)?.0.to_vec()),
            (None, None) => Err("it has no content".to_owned()),
        }
    }

    fn material(&self, surface: &Surface) -> Option<&'d Material> {
        surface.material.and_then(|m| self.document.materials.get(m))
    }

    fn image_of(&self, info: &TextureInfo) -> Option<usize> {
        let texture = self.document.textures.get(info.index)?;
        let of = |name: &str| texture.extensions.get(name)?.get("source")?.as_u64();
        let other = || ["KHR_texture_basisu", "EXT_texture_webp"].into_iter().find_map(of);
        let image = texture.source.or_else(|| usize::try_from(other()?).ok())?;
        (image < self.document.images.len()).then_some(image)
    }

    fn look(&self, surface: &Surface) -> Look<'_> {
        let Some(material) = self.material(surface) else {
            return Look { factor: PLAIN, cover: None, cutoff: None, blends: false };
        };
        let info = base_texture(material);
        let cover = info.as_ref().and_then(|info| self.cover(info, surface));
        Look {
            factor: factor(material),
            cover,
            cutoff: (material.alpha_mode == "MASK").then(|| material.alpha_cutoff.unwrap_or(0.5)),
            blends: material.alpha_mode == "BLEND",
        }
    }

    fn cover(&self, info: &TextureInfo, surface: &Surface) -> Option<Cover<'_>> {
        let image = self.image_of(info)?;
        let Some(Ok(picture)) = self.pictures.get(image)?.as_ref() else { return None };
        let sampler = self.document.textures.get(info.index)?.sampler;
        let sampler = sampler.and_then(|s| self.document.samplers.get(s));
        let wraps = [sampler.and_then(|s| s.wrap_s), sampler.and_then(|s| s.wrap_t)].map(wrap);
        let moved = info.extensions.get("KHR_texture_transform");
        let pair = |name: &str, plain: f64| {
            let two = moved.and_then(|m| m.get(name)?.as_array().cloned()).unwrap_or_default();
            [0, 1].map(|k| two.get(k).and_then(serde_json::Value::as_f64).unwrap_or(plain))
        };
        let number = |name: &str| moved.and_then(|m| m.get(name)?.as_f64());
        let set = number("texCoord").filter(|n| (0.0..4.0).contains(n)).map_or(info.tex_coord, |n| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 3")]
            let set = n as u32;
            set
        });
        let turn = number("rotation").unwrap_or(0.0);
        surface.places.contains_key(&set).then(|| Cover {
            picture,
            set,
            wrap: wraps,
            offset: pair("offset", 0.0),
            scale: pair("scale", 1.0),
            turn: [turn.cos(), turn.sin()],
        })
    }
}

/// Specified: 5.26.3 of glTF 2.0.
fn wrap(code: Option<u32>) -> Wrap {
    match code {
        Some(33_071) => Wrap::Clamp,
        Some(33_648) => Wrap::Mirror,
        _ => Wrap::Repeat,
    }
}

/// The picture that colors a material.
fn base_texture(material: &Material) -> Option<TextureInfo> {
    let of = |v: &serde_json::Value| serde_json::from_value::<TextureInfo>(v.clone()).ok();
    let glossy =
        || of(material.extensions.get("KHR_materials_pbrSpecularGlossiness")?.get("diffuseTexture")?);
    let technique = || {
        let values = material.extensions.get("KHR_techniques_webgl")?.get("values")?.as_object()?;
        values.iter().filter(|(name, _)| name.contains("diffuse")).find_map(|(_, v)| of(v))
    };
    let pbr = &material.pbr_metallic_roughness;
    pbr.base_color_texture
        .clone()
        .or_else(glossy)
        .or_else(technique)
        .or_else(|| material.emissive_texture.clone())
}

fn factor(material: &Material) -> [f32; 4] {
    let glossy = || {
        let four = material.extensions.get("KHR_materials_pbrSpecularGlossiness")?.get("diffuseFactor")?;
        serde_json::from_value::<[f32; 4]>(four.clone()).ok()
    };
    let own = material.pbr_metallic_roughness.base_color_factor.or_else(glossy).unwrap_or(PLAIN);
    // What shines only by itself, as scans are written that are not to be lit.
    match material.emissive_factor {
        Some([r, g, b]) if own[..3] == [0.0; 3] && r + g + b > 0.0 => [r, g, b, own[3]],
        _ => own,
    }
}

/// A triangle with what colors it.
struct Corners {
    points: [DVec3; 3],
    /// On the picture, from 0 to 1 and beyond.
    places: Option<[[f64; 2]; 3]>,
    colors: Option<[[f32; 4]; 3]>,
    /// Longest edge, meters and pixels.
    edge_m: f64,
    edge_px: f64,
}

impl Corners {
    fn of(surface: &Surface, look: &Look<'_>, t: [u32; 3]) -> Option<Self> {
        let [a, b, c] = t.map(|v| surface.points.get(v as usize).copied());
        let points = [a?, b?, c?];
        let longest = |of: &dyn Fn(usize, usize) -> f64| of(0, 1).max(of(1, 2)).max(of(2, 0));
        let at = |k: usize| points.get(k).copied().unwrap_or_default();
        let edge_m = longest(&|i, j| at(i).distance(at(j)));
        let places = look.cover.as_ref().and_then(|cover| {
            let all = surface.places.get(&cover.set)?;
            let [a, b, c] = t.map(|v| all.get(v as usize).map(|p| cover.place(*p)));
            Some([a?, b?, c?]).filter(|p| p.iter().flatten().all(|v| v.is_finite()))
        });
        let edge_px = match (&places, &look.cover) {
            (Some(p), Some(cover)) => {
                let [w, h] = cover.picture.size();
                let at = |k: usize| p.get(k).copied().unwrap_or_default();
                longest(&|i, j| ((at(i)[0] - at(j)[0]) * w).hypot((at(i)[1] - at(j)[1]) * h))
            }
            _ => 0.0,
        };
        let colors = if surface.colors.is_empty() {
            None
        } else {
            let [a, b, c] = t.map(|v| surface.colors.get(v as usize).copied());
            Some([a?, b?, c?])
        };
        (edge_m > 0.0 && edge_m.is_finite()).then_some(Self { points, places, colors, edge_m, edge_px })
    }

    /// Into how many parts an edge is cut.
    fn parts(&self, look: &Look<'_>, coarser: f64) -> u32 {
        if look.cover.is_none() || self.places.is_none() {
            return 1;
        }
        let wanted = (self.edge_px / (PIXELS * coarser)).min(self.edge_m / SMALLEST_M).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let wanted = wanted.clamp(1.0, f64::from(MAX_PARTS)) as u32;
        wanted
    }

    /// Cuts into parts × parts triangles, and colors each.
    fn cut(
        &self,
        look: &Look<'_>,
        parts: u32,
        (surface, t): (&Surface, [u32; 3]),
        out: &mut dyn FnMut(Facet),
    ) {
        let n = f64::from(parts);
        let feature = surface.features.get(t[0] as usize).copied();
        let mut emit = |w: [[f64; 2]; 3]| {
            let corners = w.map(|[i, j]| self.at(i / n, j / n));
            let middle = [0, 1].map(|k| w.iter().filter_map(|c| c.get(k)).sum::<f64>() / 3.0 / n);
            if let Some(color) = self.color(look, middle, self.edge_px / n) {
                out(Facet { corners, color, feature, node: surface.node });
            }
        };
        for j in 0..parts {
            for i in 0..parts - j {
                let (i, j) = (f64::from(i), f64::from(j));
                emit([[i, j], [i + 1.0, j], [i, j + 1.0]]);
                if i + j + 2.0 <= n {
                    emit([[i + 1.0, j], [i + 1.0, j + 1.0], [i, j + 1.0]]);
                }
            }
        }
    }

    fn at(&self, b: f64, c: f64) -> DVec3 {
        let [p, q, r] = self.points;
        p * (1.0 - b - c) + q * b + r * c
    }

    /// The color in the middle of a part; `None` where there is nothing to see.
    fn color(&self, look: &Look<'_>, [b, c]: [f64; 2], pixels: f64) -> Option<[u8; 4]> {
        let mut out = look.factor;
        let mut times = |color: [f32; 4]| out.iter_mut().zip(color).for_each(|(v, by)| *v *= by);
        if let (Some([p, q, r]), Some(cover)) = (&self.places, &look.cover) {
            let at = [0, 1].map(|k| {
                let v = |s: &[f64; 2]| s.get(k).copied().unwrap_or_default();
                v(p) * (1.0 - b - c) + v(q) * b + v(r) * c
            });
            times(cover.picture.color(at, cover.wrap, pixels * 0.5));
        }
        if let Some(colors) = &self.colors {
            #[expect(clippy::cast_possible_truncation, reason = "shares of a triangle")]
            let shares = [1.0 - b - c, b, c].map(|v| v as f32);
            let mut mean = [0.0; 4];
            for (color, share) in colors.iter().zip(shares) {
                mean.iter_mut().zip(color).for_each(|(m, v)| *m += v * share);
            }
            times(mean);
        }
        let [r, g, b, alpha] = out;
        if look.cutoff.is_some_and(|cutoff| alpha < cutoff) || (look.blends && alpha < 0.5 / ALPHA_STEPS) {
            return None;
        }
        let alpha = if look.blends { byte((alpha * ALPHA_STEPS).round() / ALPHA_STEPS) } else { 255 };
        let [r, g, b] = [r, g, b].map(|light| {
            let share = (f32::from(encoded(light)) / 255.0 * COLOR_STEPS).round() / COLOR_STEPS;
            byte(share)
        });
        Some([r, g, b, alpha])
    }
}

/// All triangles as they are, without color, as an inspection counts them.
pub(crate) fn plain(surfaces: &[Surface], out: &mut dyn FnMut(Facet)) {
    for s in surfaces {
        for t in &s.triangles {
            let [a, b, c] = t.map(|v| s.points.get(v as usize).copied());
            let (Some(a), Some(b), Some(c)) = (a, b, c) else { continue };
            let feature = s.features.get(t[0] as usize).copied();
            out(Facet { corners: [a, b, c], color: [0xFF; 4], feature, node: s.node });
        }
    }
}

/// Triangles that a surface becomes.
fn count(surface: &Surface, look: &Look<'_>, coarser: f64) -> usize {
    if look.cover.is_none() {
        return surface.triangles.len();
    }
    let parts = |t: &[u32; 3]| Corners::of(surface, look, *t).map_or(0, |c| c.parts(look, coarser) as usize);
    surface.triangles.iter().map(|t| parts(t).pow(2)).sum()
}
