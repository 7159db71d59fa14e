//! The frame's draw list: what of the input is resident, inside the view, and how it is drawn.

use std::collections::BTreeSet;

use glam::{DVec3, Vec3};
use lantu_base::{Bounds, WorldPoint};
use lantu_tiles::{Frustum, GroundTileId, TileLayer};

use crate::cull::{CullLists, Survivors, Viewer};
use crate::gpu_cull::{CULLS_FACES, CULLS_HIDDEN, Culling, Indirect, Job, Plan, job};
use crate::input::{FrameInput, TileKey};
use crate::layers::Layers;
use crate::meshes::{Look, MeshResident};
use crate::occlude::Screen;
use crate::parts::Window;
use crate::pipelines::Variant;
use crate::renderer::Renderer;
use crate::uniforms::{GroundUniform, TileUniform, narrow};

/// Fraction of the distance by which draped layers lie before the ground. Chosen: more than the ground's own error of
/// a pixel or two; buildings are drawn after them, so nothing shines through walls.
const DRAPE_PULL: f32 = 0.008;
/// Patterns repeat within this, meters; a power of two not below the largest period.
const PHASE_M: f64 = 64.0;

/// Where a meter is so many pixels or fewer, edges have faded. Mirrors `edges.wgsl`.
const FADED_PX_PER_M: f64 = 3.0;

/// Triangles in sight from which walls are looked at. Chosen: below, drawing all costs about what looking does.
const MANY_TRIANGLES: u64 = 60_000;
/// Walls farther away are not looked at, meters: there tiles may be coarser than what they stand for.
const WALLS_M: f64 = 300.0;
/// Tiles whose walls are looked at, the nearest ones.
const MAX_WALL_TILES: usize = 24;

/// A resident mesh tile of this frame; its index in the list is its slot in the uniform buffer.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says which passes look at the tile")]
pub(crate) struct MeshItem {
    pub key: TileKey,
    pub uniform: TileUniform,
    pub window_first: u32,
    pub layer: TileLayer,
    /// To be drawn, and inside the view.
    pub visible: bool,
    /// Throws a shadow.
    pub casts: bool,
    /// From the eye to its box, meters.
    pub distance: f64,
    /// Some of its lines may show.
    pub has_lines: bool,
    /// What of it is inside the view; nothing unless it is visible.
    pub survivors: Survivors,
    /// Where its draws lie, if the graphics card chooses them; then nothing survives here.
    pub indirect: Option<Indirect>,
    /// How its opaque triangles are drawn, except for what differs between clusters.
    pub variant: Variant,
    pub has_selected: bool,
    /// A second overlay says something of an object of it.
    pub has_marks: bool,
    pub has_ghosts: bool,
    /// Some object is more translucent than its material.
    pub has_faded: bool,
    /// Something in sight is seen through that is no ghost.
    pub is_seen_through: bool,
}

/// A resident ground tile of this frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroundItem {
    pub id: GroundTileId,
    pub uniform: GroundUniform,
}

/// What one frame draws.
#[derive(Debug, Default)]
pub(crate) struct FrameList {
    pub meshes: Vec<MeshItem>,
    pub ground: Vec<GroundItem>,
    pub has_selection: bool,
    /// A second overlay says something of what is drawn.
    pub has_marks: bool,
    /// The ground is shown otherwise than as its picture.
    pub relief: bool,
    /// What lies over the opaque scene.
    pub layers: Layers,
    pub culled: CullLists,
    /// What the graphics card culls.
    pub plan: Plan,
    /// Where clip space lies on the target, if not all over it.
    pub viewport: Option<[f64; 4]>,
}

impl FrameList {
    /// Whether the scene begins with the depth of what the last frame showed.
    pub(crate) fn is_primed(&self) -> bool {
        self.plan.hides && !self.plan.is_empty()
    }

    /// Slots and items of visible tiles that a filter keeps.
    pub(crate) fn visible(&self, keep: impl Fn(TileLayer) -> bool) -> impl Iterator<Item = (u32, &MeshItem)> {
        (0_u32..).zip(&self.meshes).filter(move |(_, m)| m.visible && keep(m.layer))
    }

    /// Draped tiles from the lowest to the highest.
    pub(crate) fn draped(&self) -> Vec<(u32, &MeshItem)> {
        let mut all: Vec<_> = self.visible(|l| matches!(l, TileLayer::Draped { .. })).collect();
        all.sort_by_key(|(slot, m)| (m.layer, *slot));
        all
    }

    /// Solid tiles from the nearest to the farthest: what is hidden is then seldom shaded.
    pub(crate) fn near_first(&self) -> Vec<(u32, &MeshItem)> {
        let mut all: Vec<_> = self.visible(|l| l == TileLayer::Solid).collect();
        all.sort_by(|a, b| a.1.distance.total_cmp(&b.1.distance).then(b.0.cmp(&a.0)));
        all
    }

    /// Whether translucent surfaces of a tile are in sight.
    fn shows_through(&self, mesh: &MeshResident, m: &MeshItem) -> bool {
        let clusters = self.culled.clusters.get(m.survivors.clusters.clone()).unwrap_or_default();
        let glass = |ix: &u32| mesh.clusters.get(*ix as usize).is_some_and(|c| c.n_transparent > 0);
        may_show_through(mesh) || mesh.is_seen_through() && clusters.iter().any(glass)
    }
}

/// Whether something of a tile may be seen through wherever its clusters lie.
fn may_show_through(mesh: &MeshResident) -> bool {
    let thin = mesh.slots.segments.n + mesh.slots.points.n > 0;
    mesh.is_seen_through() && (thin || mesh.has_faded())
}

/// Whether translucent clusters of a tile are inside the view.
fn has_glass_in(mesh: &MeshResident, frustum: &Frustum) -> bool {
    let origin = mesh.origin.0;
    let mut glass = mesh.clusters.iter().filter(|c| c.n_transparent > 0 && c.n_instances > 0);
    mesh.is_seen_through()
        && glass.any(|c| frustum.sees(&Bounds::new(origin + c.min.as_dvec3(), origin + c.max.as_dvec3())))
}

/// Whether a layer stands in space: has edges, lines and translucent parts of its own.
pub(crate) fn stands(l: TileLayer) -> bool {
    !matches!(l, TileLayer::Draped { .. })
}

fn relative(p: WorldPoint, eye: WorldPoint) -> [f32; 3] {
    // The one place where a tile's origin becomes f32: after the eye was subtracted in f64.
    (p.0 - eye.0).as_vec3().to_array()
}

impl Renderer {
    /// Walls near the eye, where so much is in sight that looking for what they hide pays.
    fn screen_of_walls(&self, input: &FrameInput<'_>, size: [u32; 2], frustum: &Frustum) -> Option<Screen> {
        let resident = input.meshes.iter().filter_map(|key| self.meshes.get(key));
        let mut near: Vec<(f64, &MeshResident)> = Vec::new();
        let mut n_triangles = 0;
        for mesh in resident.filter(|m| frustum.sees(&m.bounds)) {
            n_triangles += mesh.n_triangles;
            let distance = mesh.bounds.distance(input.camera.eye.0);
            if distance < WALLS_M && !mesh.occluders.is_empty() {
                near.push((distance, mesh));
            }
        }
        if n_triangles < MANY_TRIANGLES || near.is_empty() {
            return None;
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        near.truncate(MAX_WALL_TILES);
        let mut screen = Screen::new(input.camera.clip_from_eye(size));
        for (_, mesh) in near {
            let offset = Vec3::from_array(relative(mesh.origin, input.camera.eye));
            mesh.occluders
                .corners(|row| self.styles.is_solid(row))
                .for_each(|corners| screen.draw(corners, offset));
        }
        screen.finish();
        Some(screen)
    }

    /// The share of a picture of `input` where at least one of some boxes may be seen, 0 to 1, rather too much: what lies
    /// behind walls near the eye is not.
    pub fn share_in_sight(&self, input: &FrameInput<'_>, size: [u32; 2], boxes: &[Bounds]) -> f64 {
        let (frustum, eye) = (Window::whole(size).frustum(&input.camera), input.camera.eye.0);
        // What a section cuts away hides nothing.
        let walls = input.options.section.is_none().then(|| self.screen_of_walls(input, size, &frustum));
        let screen = walls.flatten().unwrap_or_else(|| Screen::new(input.camera.clip_from_eye(size)));
        let seen = boxes.iter().filter(|b| frustum.sees(b));
        screen.share_of(seen.map(|b| ((b.min - eye).as_vec3(), (b.max - eye).as_vec3())))
    }

    /// What of the input is resident and inside the view, or may cast shadows into it. `culling`: who chooses clusters.
    pub(crate) fn list(&mut self, input: &FrameInput<'_>, window: &Window, culling: Culling) -> FrameList {
        let frustum = window.frustum(&input.camera);
        let eye = input.camera.eye;
        let xray = input.options.xray();
        // What a section cuts away hides nothing, and shapes show their inside.
        let whole = input.options.section.is_none();
        let hides = whole && input.options.skip_hidden;
        let on_card = culling == Culling::Gpu;
        let screen =
            if hides && !on_card { self.screen_of_walls(input, window.picture, &frustum) } else { None };
        let px_per_radian = input.camera.view(window.picture).px_per_radian();
        let edges_m = px_per_radian / FADED_PX_PER_M;
        let viewer = Viewer { frustum: &frustum, eye: eye.0, culls: whole, edges_m, screen: screen.as_ref() };
        let viewport = (*window != Window::whole(window.picture)).then(|| window.viewport());
        let mut list = FrameList { viewport, ..FrameList::default() };
        list.layers.floor = xray;
        list.relief = input.options.relief.changes();
        list.plan.hides = hides;
        let flags = (if whole { CULLS_FACES } else { 0 }, if hides { CULLS_HIDDEN } else { 0 });
        let casters: BTreeSet<TileKey> = input.casters.iter().copied().collect();
        let drawn: BTreeSet<TileKey> = input.meshes.iter().copied().collect();
        let mut ground = input.ground.to_vec();
        ground.sort_unstable();
        // In one order, whatever the caller's: where surfaces lie exactly on each other, the later one shows.
        for &key in drawn.union(&casters) {
            let Some(mesh) = self.meshes.get_mut(&key) else { continue };
            if mesh.layer == TileLayer::Underground && !xray {
                continue;
            }
            mesh.refresh_flags(&self.styles);
            let visible = drawn.contains(&key) && frustum.sees(&mesh.bounds);
            let casts = mesh.layer == TileLayer::Solid && casters.contains(&key);
            if !visible && !casts {
                continue;
            }
            list.has_selection |= visible && mesh.has_selected();
            list.has_marks |= visible && mesh.has_marks();
            let mut item = item(key, mesh, eye, visible);
            item.casts = casts;
            // Where a faint line is as wide as a pixel, the shape around it shows. Mirrors `is_shown` in segment.wgsl.
            item.has_lines = mesh.faint_m.is_none_or(|m| m * px_per_radian < farthest(&mesh.bounds, eye));
            if visible {
                // Outlines of what is selected show through walls.
                let flags = flags.0 | if mesh.has_selected() { 0 } else { flags.1 };
                let job = Job { flags, ..job(mesh.origin.0 - eye.0) };
                item.indirect = if on_card { list.plan.add(mesh, job) } else { None };
                if item.indirect.is_none() {
                    item.survivors = list.culled.add(mesh, &viewer);
                    item.is_seen_through = stands(item.layer) && list.shows_through(mesh, &item);
                } else {
                    item.is_seen_through = may_show_through(mesh) || has_glass_in(mesh, &frustum);
                }
                list.layers.glass |= item.is_seen_through;
                list.layers.ghosts |= stands(item.layer) && item.has_ghosts;
            }
            list.meshes.push(item);
        }
        for id in ground {
            let Some(tile) = self.ground.get(&id) else { continue };
            if frustum.sees(&tile.bounds) {
                let uniform = GroundUniform {
                    offset: relative(tile.origin, eye),
                    spacing: narrow(tile.spacing_m),
                    n: tile.n,
                    unused_a: 0,
                    unused_b: 0,
                    unused_c: 0,
                };
                list.ground.push(GroundItem { id, uniform });
            }
        }
        list
    }
}

/// From an eye to the farthest point of a box, meters.
fn farthest(bounds: &Bounds, eye: WorldPoint) -> f64 {
    (eye.0 - bounds.min).abs().max((bounds.max - eye.0).abs()).length()
}

fn item(key: TileKey, mesh: &MeshResident, eye: WorldPoint, visible: bool) -> MeshItem {
    let draped = matches!(mesh.layer, TileLayer::Draped { .. });
    let phase = mesh.origin.0.rem_euclid(DVec3::splat(PHASE_M)).as_vec3();
    let uniform = TileUniform {
        offset: relative(mesh.origin, eye),
        first_style: mesh.base_row.wrapping_sub(mesh.window_first),
        phase: phase.to_array(),
        first_row: mesh.base_row,
        pull: if draped { DRAPE_PULL } else { 0.0 },
        first_part: mesh.slots.parts.first,
        unused_a: 0,
        unused_b: 0,
    };
    MeshItem {
        key,
        uniform,
        window_first: mesh.window_first,
        layer: mesh.layer,
        visible,
        casts: false,
        distance: mesh.bounds.distance(eye.0),
        has_lines: true,
        survivors: Survivors::default(),
        indirect: None,
        variant: Variant { look: Look::default(), styles: mesh.has_styles(), patterns: mesh.has_patterns() },
        has_selected: mesh.has_selected(),
        has_marks: mesh.has_marks(),
        has_ghosts: mesh.has_ghosts(),
        has_faded: mesh.has_faded(),
        is_seen_through: false,
    }
}
