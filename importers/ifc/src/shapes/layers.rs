//! Layers of a material: what shows on the faces, ends and openings of walls and slabs whose color is that of their
//! material. The body stays one: its triangles are divided where two layers meet, and nothing else changes.

use std::collections::HashMap;

use glam::DVec3;

use super::content::Mixer;
use super::local::{LocalMesh, Model};
use super::looks::Rgba;
use super::worn::styles_of_materials;
use crate::step::Value;

/// Layers of one material that are told apart. Chosen: roofs have ten.
const MAX_LAYERS: usize = 64;
/// A corner this near to where two layers meet lies there, meters. Chosen: a thousandth of a millimeter.
const NEAR_M: f64 = 1e-6;

/// The layers of one product, across one of its axes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layers {
    /// 0 to 2.
    axis: usize,
    /// Where two layers meet, meters along the axis, ascending.
    planes: Vec<f64>,
    /// Colors of the layers, one more than planes; `None` where a material has none.
    colors: Vec<Option<Rgba>>,
}

/// The layers of products, by number of their records.
#[derive(Debug, Default)]
pub(crate) struct Layered(HashMap<u64, Layers>);

impl Layered {
    /// Reads those of a file. `textured`: colors of the materials that have textures.
    pub(crate) fn read(model: &Model<'_>, textured: &HashMap<u64, Rgba>) -> Self {
        let scan = &model.file.scan;
        let has = |keyword: &str| scan.keywords.iter().any(|k| k == keyword);
        if !has("IFCMATERIALLAYERSETUSAGE") || !has("IFCMATERIALDEFINITIONREPRESENTATION") {
            return Self::default();
        }
        let mut colors: HashMap<u64, Rgba> =
            styles_of_materials(model).into_iter().filter_map(|(m, found)| Some((m, found.color?))).collect();
        colors.extend(textured);
        let mut out = HashMap::new();
        let mut known: HashMap<u64, Option<Layers>> = HashMap::new();
        for r in scan.of("IFCRELASSOCIATESMATERIAL") {
            let args = model.file.args(r);
            let Some(material) = args.get(5).and_then(Value::as_ref) else { continue };
            let layers = known.entry(material).or_insert_with(|| layers(model, material, &colors));
            if let Some(layers) = layers {
                for product in args.get(4).into_iter().flat_map(Value::refs) {
                    out.entry(product).or_insert_with(|| layers.clone());
                }
            }
        }
        Self(out)
    }

    /// Those of a product, if it has several of different colors.
    pub(crate) fn of(&self, product: u64) -> Option<&Layers> {
        self.0.get(&product)
    }

    /// Takes in what they make of a product.
    pub(crate) fn mix(&self, product: u64, mixer: &mut Mixer) {
        let Some(l) = self.of(product) else { return };
        mixer.word(l.axis as u64);
        l.planes.iter().for_each(|p| mixer.word(p.to_bits()));
        l.colors.iter().for_each(|c| mixer.color(c.unwrap_or([-1.0; 4])));
    }
}

/// Of an `IfcMaterialLayerSetUsage`; `None` if there is nothing to tell apart.
fn layers(model: &Model<'_>, usage: u64, colors: &HashMap<u64, Rgba>) -> Option<Layers> {
    let ("IFCMATERIALLAYERSETUSAGE", args) = model.file.get(usage)? else { return None };
    let axis = match args.get(1)? {
        Value::Enum("AXIS1") => 0,
        Value::Enum("AXIS2") => 1,
        Value::Enum("AXIS3") => 2,
        _ => return None,
    };
    let negative = matches!(args.get(2), Some(Value::Enum("NEGATIVE")));
    let set = model.file.get(args.first()?.as_ref()?)?.1;
    let mut at = args.get(3).and_then(Value::as_f64).unwrap_or(0.0) * model.meters();
    let mut planes = Vec::new();
    let mut of: Vec<Option<Rgba>> = Vec::new();
    for layer in set.first()?.refs().take(MAX_LAYERS) {
        let (_, layer) = model.file.get(layer)?;
        let thickness = layer.get(1).and_then(Value::as_f64).unwrap_or(0.0) * model.meters();
        // Foils have none.
        if thickness.is_nan() || thickness <= NEAR_M {
            continue;
        }
        if !of.is_empty() {
            planes.push(at);
        }
        of.push(layer.first().and_then(Value::as_ref).and_then(|m| colors.get(&m).copied()));
        at += if negative { -thickness } else { thickness };
    }
    if negative {
        planes.reverse();
        of.reverse();
    }
    let differ = of.windows(2).any(|w| matches!(w, [a, b] if a != b));
    (differ && planes.iter().all(|p| p.is_finite())).then_some(Layers { axis, planes, colors: of })
}

impl Layers {
    /// Color of a layer.
    pub(crate) fn color(&self, layer: usize) -> Option<Rgba> {
        self.colors.get(layer).copied().flatten()
    }

    /// How many there are.
    pub(crate) fn n(&self) -> usize {
        self.colors.len()
    }

    /// Divides triangles in the product's axes where layers meet, and says to which layer each belongs.
    pub(crate) fn divide(&self, mut mesh: LocalMesh) -> (LocalMesh, Vec<usize>) {
        for &plane in &self.planes {
            divide(&mut mesh, self.axis, plane);
        }
        let of = mesh.triangles.iter().map(|t| self.layer_of(&mesh, *t)).collect();
        (mesh, of)
    }

    /// The layer of a triangle that lies in one; of two whose faces touch in it, that on its inner side.
    fn layer_of(&self, mesh: &LocalMesh, triangle: [u32; 3]) -> usize {
        let [a, b, c] = triangle.map(|i| point(mesh, i));
        let outward = (b - a).cross(c - a).try_normalize().unwrap_or(DVec3::ZERO);
        let inside = ((a + b + c) / 3.0 - 2.0 * NEAR_M * outward).to_array();
        let at = inside.get(self.axis).copied().unwrap_or(0.0);
        self.planes.partition_point(|p| *p < at)
    }
}

fn point(mesh: &LocalMesh, corner: u32) -> DVec3 {
    mesh.positions.get(corner as usize).copied().unwrap_or_default().into()
}

/// Divides the triangles that a plane across an axis cuts. A side that two triangles share is divided in the same
/// point, so that what was closed stays closed.
fn divide(mesh: &mut LocalMesh, axis: usize, at: f64) {
    let side = |mesh: &LocalMesh, corner: u32| {
        let d = point(mesh, corner).to_array().get(axis).copied().unwrap_or(0.0) - at;
        if d.abs() <= NEAR_M {
            0_i8
        } else if d > 0.0 {
            1
        } else {
            -1
        }
    };
    let mut between: HashMap<(u32, u32), u32> = HashMap::new();
    let old = std::mem::take(&mut mesh.triangles);
    for t in old {
        let sides = t.map(|c| side(mesh, c));
        if sides.iter().all(|s| *s >= 0) || sides.iter().all(|s| *s <= 0) {
            mesh.triangles.push(t);
            continue;
        }
        // Turned so that the first corner lies in the plane, or else is alone on its side.
        let ([i, j, k], [p, q, r]) = (t, sides);
        let in_plane = sides.contains(&0);
        let [a, b, c] = match (in_plane, p, q, r) {
            (true, 0, _, _) => [i, j, k],
            (true, _, 0, _) => [j, k, i],
            (false, ..) if q == r => [i, j, k],
            (false, ..) if p == r => [j, k, i],
            _ => [k, i, j],
        };
        if in_plane {
            let m = middle(mesh, &mut between, (b, c), (axis, at));
            mesh.triangles.extend([[a, b, m], [a, m, c]]);
        } else {
            let m = middle(mesh, &mut between, (a, b), (axis, at));
            let n = middle(mesh, &mut between, (a, c), (axis, at));
            mesh.triangles.extend([[a, m, n], [m, b, c], [m, c, n]]);
        }
    }
    mesh.faces.clear();
}

/// The corner where a side meets the plane.
fn middle(
    mesh: &mut LocalMesh,
    between: &mut HashMap<(u32, u32), u32>,
    (a, b): (u32, u32),
    (axis, at): (usize, f64),
) -> u32 {
    let key = (a.min(b), a.max(b));
    if let Some(&known) = between.get(&key) {
        return known;
    }
    // In the order of their places, not of their numbers: where corners are split for their normals, both sides of
    // the fold meet in the same point, to the last bit.
    let (mut from, mut to) = ((a, point(mesh, a)), (b, point(mesh, b)));
    if from.1.to_array().partial_cmp(&to.1.to_array()) == Some(std::cmp::Ordering::Greater) {
        std::mem::swap(&mut from, &mut to);
    }
    let along = |p: DVec3| p.to_array().get(axis).copied().unwrap_or(0.0);
    let share = (at - along(from.1)) / (along(to.1) - along(from.1));
    let mut place = from.1.lerp(to.1, share).to_array();
    if let Some(v) = place.get_mut(axis) {
        *v = at;
    }
    #[expect(clippy::cast_possible_truncation, reason = "as many corners as fit into memory twice")]
    let new = mesh.positions.len() as u32;
    mesh.positions.push(place);
    if let (Some(n), Some(m)) = (mesh.normals.get(from.0 as usize), mesh.normals.get(to.0 as usize)) {
        let [n, m] = [n, m].map(|v| DVec3::from_array(v.map(f64::from)));
        let normal = n.lerp(m, share).try_normalize().unwrap_or(n);
        #[expect(clippy::cast_possible_truncation, reason = "a unit vector")]
        mesh.normals.push(normal.to_array().map(|v| v as f32));
    }
    between.insert(key, new);
    new
}
