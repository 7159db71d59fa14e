//! The scene from above, small: outlines of what there is, and what the camera sees of it.

use std::sync::Arc;

use glam::{DVec2, DVec3};
use lantu_base::Bounds;
use lantu_render::Camera;
use lantu_scene::{ObjectKind, SceneSnapshot};
use lantu_tiles::{TileLayer, TileNode, TileTree};
use lantu_ui::{OverviewKind, OverviewModel, OverviewShape};

/// Outlines that are drawn. Chosen: more cannot be told apart on a map of 200 points.
const MAX_SHAPES: usize = 600;
/// Objects that are looked at to find the largest ones. Chosen: a tenth of a second of reading pages.
const MAX_LOOKED_AT: u32 = 50_000;
/// Lower things are not drawn, meters.
const LEAST_HEIGHT_M: f64 = 1.5;
/// What the camera sees is drawn at most this far, in sizes of the map.
const REACH: f64 = 1.5;

/// A map of a scene; made once per revision.
pub(crate) struct Overview {
    /// What the map shows, in the project frame.
    area: Bounds,
    shapes: Arc<[OverviewShape]>,
}

impl Overview {
    /// Looks at the largest objects, or in a large scene at its tiles; `None` where nothing has a place.
    pub(crate) fn new(scene: &SceneSnapshot, trees: &[(u32, Arc<TileTree>)]) -> Option<Self> {
        let all = scene.bounds();
        if all.is_empty() || !all.size().is_finite() {
            return None;
        }
        let margin = all.size().truncate().max_element().max(10.0) * 0.04;
        let area =
            Bounds::new(all.min - DVec3::new(margin, margin, 0.0), all.max + DVec3::new(margin, margin, 0.0));
        let mut boxes = if scene.n_rows() <= MAX_LOOKED_AT { of_objects(scene) } else { of_tiles(trees) };
        boxes.sort_by(|a, b| b.0.total_cmp(&a.0));
        boxes.truncate(MAX_SHAPES);
        let map = Self { area, shapes: Arc::new([]) };
        let shapes = boxes.iter().map(|(_, b, kind)| OverviewShape { kind: *kind, points: map.corners(b) });
        let shapes = shapes.collect();
        Some(Self { shapes, ..map })
    }

    fn corners(&self, b: &Bounds) -> Vec<[f32; 2]> {
        [(b.min.x, b.min.y), (b.max.x, b.min.y), (b.max.x, b.max.y), (b.min.x, b.max.y)]
            .map(|(x, y)| self.on_map(DVec2::new(x, y)))
            .to_vec()
    }

    /// 0 to 1, x east, y south; beyond them outside of the map.
    fn on_map(&self, p: DVec2) -> [f32; 2] {
        let size = self.area.size().truncate();
        #[expect(clippy::cast_possible_truncation, reason = "a place on a small map")]
        let share = |v: f64, size: f64| (v / size.max(1e-3)).clamp(-REACH, 1.0 + REACH) as f32;
        [share(p.x - self.area.min.x, size.x), share(self.area.max.y - p.y, size.y)]
    }

    /// The place of the project frame that a point of the map shows.
    pub(crate) fn place(&self, [x, y]: [f32; 2]) -> DVec2 {
        let size = self.area.size().truncate();
        DVec2::new(self.area.min.x + f64::from(x) * size.x, self.area.max.y - f64::from(y) * size.y)
    }

    pub(crate) fn model(&self, camera: &Camera, viewport: [u32; 2]) -> OverviewModel {
        let size = self.area.size();
        let seen: Vec<DVec2> = self.seen(camera, viewport);
        let seen = clipped(&seen, self.area.min.truncate(), self.area.max.truncate());
        #[expect(clippy::cast_possible_truncation, reason = "a shape on the screen")]
        let aspect = (size.x / size.y.max(1e-3)).clamp(0.2, 5.0) as f32;
        OverviewModel {
            picture: None,
            shapes: Arc::clone(&self.shapes),
            aspect,
            seen: seen.iter().map(|p| self.on_map(*p)).collect(),
            eye: self.on_map(camera.eye.0.truncate()),
        }
    }

    /// What the camera sees of a level ground under the scene, as a convex polygon.
    fn seen(&self, camera: &Camera, [w, h]: [u32; 2]) -> Vec<DVec2> {
        let size = self.area.size();
        let far = size.truncate().length() * (1.0 + REACH);
        let drop_m = camera.eye.0.z - self.area.min.z;
        let corners = [(0, 0), (w, 0), (w, h), (0, h)];
        let points = corners.map(|(x, y)| {
            let ray = camera.ray(DVec2::new(f64::from(x), f64::from(y)), [w, h]).direction;
            let flat = ray.truncate().length().max(1e-9);
            let comes_down = ray.z < -1e-6 && drop_m > 0.0;
            // A ray that does not come down within the map's reach sees as far as that; where even the lower edge of the
            // picture does not, the view is the wedge before the eye.
            let along = match (comes_down, y == 0) {
                (true, _) => (drop_m / -ray.z).min(far / flat),
                (false, true) => far / flat,
                (false, false) => 0.0,
            };
            camera.eye.0.truncate() + ray.truncate() * along
        });
        points.to_vec()
    }
}

/// Boxes of what stands, and of rasters, with their size on the map.
fn of_objects(scene: &SceneSnapshot) -> Vec<(f64, Bounds, OverviewKind)> {
    let widest = scene.bounds().size().truncate().max_element();
    let shape = |o: lantu_scene::ObjectView<'_>| {
        let b = Some(o.bounds()).filter(|b| !b.is_empty() && !o.starts_hidden())?;
        let [w, h] = b.size().truncate().to_array();
        let is_ground = o.kind() == ObjectKind::Raster;
        // The boxes of streets, pipes and parcels say nothing of their shape: only what stands is drawn.
        let stands = b.size().z > LEAST_HEIGHT_M && w.max(h) < widest * 0.15;
        (is_ground || stands).then_some(())?;
        let kind = if is_ground { OverviewKind::Ground } else { OverviewKind::Object };
        Some((w * h, b, kind))
    };
    scene.objects().filter_map(shape).collect()
}

/// Boxes of tiles of what stands: the largest are replaced by their children as long as the map has room.
fn of_tiles(trees: &[(u32, Arc<TileTree>)]) -> Vec<(f64, Bounds, OverviewKind)> {
    let area = |n: &TileNode| n.bounds.size().truncate().element_product();
    let mut front: Vec<(&TileTree, &TileNode)> = trees
        .iter()
        .flat_map(|(_, t)| t.nodes.iter().take_while(|n| n.parent.is_none()).map(|n| (&**t, n)))
        .filter(|(_, n)| n.layer == TileLayer::Solid)
        .collect();
    loop {
        let open = front.iter().enumerate().filter(|(_, (_, n))| n.n_children > 0);
        let largest = open.max_by(|(_, (_, a)), (_, (_, b))| area(a).total_cmp(&area(b))).map(|(ix, _)| ix);
        let Some(ix) = largest.filter(|_| front.len() < MAX_SHAPES) else { break };
        let (tree, node) = front.swap_remove(ix);
        let first = node.first_child as usize;
        let children = tree.nodes.get(first..first + node.n_children as usize).unwrap_or(&[]);
        front.extend(children.iter().map(|n| (tree, n)));
    }
    front.iter().map(|(_, n)| (area(n), n.bounds, OverviewKind::Object)).collect()
}

/// A convex polygon cut at a rectangle (Sutherland and Hodgman).
fn clipped(polygon: &[DVec2], min: DVec2, max: DVec2) -> Vec<DVec2> {
    let sides: [(DVec2, f64); 4] =
        [(DVec2::X, min.x), (-DVec2::X, -max.x), (DVec2::Y, min.y), (-DVec2::Y, -max.y)];
    let mut out = polygon.to_vec();
    for (normal, limit) in sides {
        let inside = |p: DVec2| normal.dot(p) - limit;
        let before = std::mem::take(&mut out);
        for (a, b) in before.iter().zip(before.iter().cycle().skip(1)) {
            let (da, db) = (inside(*a), inside(*b));
            if da >= 0.0 {
                out.push(*a);
            }
            if (da >= 0.0) != (db >= 0.0) {
                out.push(a.lerp(*b, da / (da - db)));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use lantu_base::{SourceId, WorldPoint};
    use lantu_scene::{NewObject, Scene, SourceColumns};

    use super::*;

    fn map() -> Overview {
        let bounds =
            Bounds::new(DVec3::new(455_000.0, 4_428_000.0, 30.0), DVec3::new(455_200.0, 4_428_100.0, 60.0));
        let columns =
            SourceColumns::in_memory([NewObject { id: "site", bounds, ..NewObject::default() }]).unwrap();
        let mut scene = Scene::default();
        scene.put_source(SourceId::new("a"), columns);
        Overview::new(&scene.snapshot(), &[]).unwrap()
    }

    #[test]
    fn a_place_on_the_map_comes_back_to_it() {
        let map = map();
        let p = map.place([0.25, 0.75]);
        let back = map.on_map(p);
        assert!((back[0] - 0.25).abs() < 1e-5 && (back[1] - 0.75).abs() < 1e-5);
        assert!(map.place([0.5, 0.0]).y > map.place([0.5, 1.0]).y, "north is up");
    }

    #[test]
    fn a_camera_that_looks_down_sees_a_rectangle_below_it() {
        let map = map();
        let at = DVec3::new(455_100.0, 4_428_050.0, 30.0);
        let camera = Camera::looking(WorldPoint(at + DVec3::Z * 30.0), WorldPoint(at)).from_above();
        let model = map.model(&camera, [1600, 900]);
        assert_eq!(model.seen.len(), 4);
        let width = model.seen.iter().map(|p| p[0]).fold(0.0, f32::max)
            - model.seen.iter().map(|p| p[0]).fold(1.0, f32::min);
        // 42° over 30 m, 16 : 9, on a map 216 m wide.
        assert!(
            (f64::from(width) - 2.0 * 30.0 * 21_f64.to_radians().tan() * 16.0 / 9.0 / 216.0).abs() < 0.01
        );
        assert!((model.eye[0] - 0.5).abs() < 0.01 && (model.aspect - 216.0 / 116.0).abs() < 1e-3);
    }

    #[test]
    fn a_camera_that_looks_at_the_sky_still_has_a_view_within_the_map() {
        let map = map();
        let eye = DVec3::new(455_100.0, 4_428_050.0, 40.0);
        let up = Camera::looking(WorldPoint(eye), WorldPoint(eye + DVec3::new(10.0, 0.0, 5.0)));
        let model = map.model(&up, [1600, 900]);
        assert!(model.seen.len() >= 3);
        assert!(model.seen.iter().flatten().all(|v| (-1e-4..=1.0001).contains(v)), "{:?}", model.seen);
    }

    #[test]
    fn an_empty_scene_has_no_map() {
        assert!(Overview::new(&Scene::default().snapshot(), &[]).is_none());
    }
}
