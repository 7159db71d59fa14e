//! The frame's draw list, its uniforms, and the passes that draw the scene.

use glam::DVec3;
use lantu_base::{Bounds, WorldPoint};
use lantu_tiles::{GroundTileId, TileLayer};

use crate::input::{FrameInput, FrameStats, TileKey};
use crate::layouts::{GROUP_FRAME, GROUP_TEXTURES, GROUP_TILE, OFFSET_ALIGN};
use crate::meshes::MeshResident;
use crate::pipelines::Lit;
use crate::renderer::Renderer;
use crate::shadow::ShadowView;
use crate::targets::Targets;
use crate::uniforms::{GroundUniform, TileUniform, narrow};

/// Fraction of the distance by which draped layers lie before the ground. Chosen: more than the ground's own error of
/// a pixel or two; buildings are drawn after them, so nothing shines through walls.
const DRAPE_PULL: f32 = 0.008;
/// Opacity of the ground in x-ray.
pub(crate) const XRAY_OPACITY: f32 = 0.35;
/// Opacity of what lies on the ground in x-ray: less, because it comes on top.
const XRAY_DRAPE_OPACITY: f32 = 0.2;
/// Patterns repeat within this, meters; a power of two not below the largest period.
const PHASE_M: f64 = 64.0;

/// A resident mesh tile of this frame; its index in the list is its slot in the uniform buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeshItem {
    pub key: TileKey,
    pub uniform: TileUniform,
    pub window_first: u32,
    pub layer: TileLayer,
    /// Inside the view, not only a caster of shadows.
    pub visible: bool,
    /// From the eye to its box, meters.
    pub distance: f64,
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
}

impl FrameList {
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

    /// Solid tiles from the farthest to the nearest.
    pub(crate) fn far_first(&self) -> Vec<(u32, &MeshItem)> {
        let mut all: Vec<_> = self.visible(|l| l == TileLayer::Solid).collect();
        all.sort_by(|a, b| b.1.distance.total_cmp(&a.1.distance).then(a.0.cmp(&b.0)));
        all
    }

    /// Solid tiles from the nearest to the farthest: what is hidden is then seldom shaded.
    pub(crate) fn near_first(&self) -> Vec<(u32, &MeshItem)> {
        let mut all = self.far_first();
        all.reverse();
        all
    }
}

fn relative(p: WorldPoint, eye: WorldPoint) -> [f32; 3] {
    // The one place where a tile's origin becomes f32: after the eye was subtracted in f64.
    (p.0 - eye.0).as_vec3().to_array()
}

impl Renderer {
    /// What of the input is resident and, for ground, inside the view.
    pub(crate) fn list(&mut self, input: &FrameInput<'_>, size: [u32; 2]) -> FrameList {
        let frustum = input.camera.view(size).frustum();
        let eye = input.camera.eye;
        let xray = input.options.xray_ground;
        let mut list = FrameList::default();
        for &key in input.meshes {
            let Some(mesh) = self.meshes.get_mut(&key) else { continue };
            if mesh.layer == TileLayer::Underground && !xray {
                continue;
            }
            mesh.refresh_flags(&self.styles);
            let visible = frustum.sees(&mesh.bounds);
            list.has_selection |= visible && mesh.has_selected();
            list.meshes.push(item(key, mesh, eye, (visible, xray)));
        }
        for &id in input.ground {
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

fn item(key: TileKey, mesh: &MeshResident, eye: WorldPoint, (visible, xray): (bool, bool)) -> MeshItem {
    let draped = matches!(mesh.layer, TileLayer::Draped { .. });
    let phase = mesh.origin.0.rem_euclid(DVec3::splat(PHASE_M)).as_vec3();
    let uniform = TileUniform {
        offset: relative(mesh.origin, eye),
        first_style: mesh.base_row.wrapping_sub(mesh.window_first),
        phase: phase.to_array(),
        first_row: mesh.base_row,
        pull: if draped { DRAPE_PULL } else { 0.0 },
        opacity: if draped && xray { XRAY_DRAPE_OPACITY } else { 1.0 },
        unused_a: 0.0,
        unused_b: 0.0,
    };
    let distance = mesh.bounds.distance(eye.0);
    MeshItem { key, uniform, window_first: mesh.window_first, layer: mesh.layer, visible, distance }
}

/// A pass with the renderer that fills it.
pub(crate) struct Drawing<'a, 'b> {
    pub renderer: &'a Renderer,
    pub pass: &'a mut wgpu::RenderPass<'b>,
    pub stats: &'a mut FrameStats,
}

/// Part of a tile's indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Opaque,
    Translucent,
    All,
}

impl Drawing<'_, '_> {
    fn bind_tile(&mut self, slot: u32, m: &MeshItem) {
        let align = u32::try_from(OFFSET_ALIGN).unwrap_or(256);
        let offsets = [slot * align, m.window_first * 8];
        self.pass.set_bind_group(GROUP_TILE, &self.renderer.uniforms.tile_group, &offsets);
    }

    pub(crate) fn triangles(&mut self, slot: u32, m: &MeshItem, part: Part) {
        let Some(mesh) = self.renderer.meshes.get(&m.key) else { return };
        let (Some(vertices), Some(indices)) = (&mesh.vertices, &mesh.indices) else { return };
        let range = match part {
            Part::Opaque => 0..mesh.first_transparent,
            Part::Translucent => mesh.first_transparent..mesh.n_indices,
            Part::All => 0..mesh.n_indices,
        };
        if range.is_empty() {
            return;
        }
        self.bind_tile(slot, m);
        self.pass.set_vertex_buffer(0, vertices.slice(..));
        self.pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        self.stats.n_triangles += range.len() as u64 / 3;
        self.stats.n_draws += 1;
        self.pass.draw_indexed(range, 0, 0..1);
    }

    pub(crate) fn edges(&mut self, slot: u32, m: &MeshItem) {
        let Some(mesh) = self.renderer.meshes.get(&m.key) else { return };
        let (Some(vertices), Some(indices)) = (&mesh.vertices, &mesh.indices) else { return };
        if mesh.n_edge_indices == 0 {
            return;
        }
        self.bind_tile(slot, m);
        self.pass.set_vertex_buffer(0, vertices.slice(..));
        self.pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        self.stats.n_triangles += u64::from(mesh.n_edge_indices);
        self.stats.n_draws += 1;
        self.pass.draw_indexed(mesh.n_indices..mesh.n_indices + mesh.n_edge_indices, 0, 0..1);
    }

    pub(crate) fn segments(&mut self, slot: u32, m: &MeshItem) {
        let Some(mesh) = self.renderer.meshes.get(&m.key) else { return };
        let Some(segments) = &mesh.segments else { return };
        self.bind_tile(slot, m);
        self.pass.set_vertex_buffer(0, segments.slice(..));
        self.stats.n_triangles += u64::from(mesh.n_segments) * 2;
        self.stats.n_draws += 1;
        self.pass.draw(0..4, 0..mesh.n_segments);
    }

    /// Ground; `photo`: with its texture.
    pub(crate) fn ground(&mut self, list: &FrameList, photo: bool) {
        let align = u32::try_from(OFFSET_ALIGN).unwrap_or(256);
        for (slot, g) in (0_u32..).zip(&list.ground) {
            let Some(tile) = self.renderer.ground.get(&g.id) else { continue };
            let Some((indices, n_indices)) = self.renderer.grids.get(&tile.n) else { continue };
            self.pass.set_bind_group(GROUP_TILE, &self.renderer.uniforms.ground_group, &[slot * align]);
            if photo {
                self.pass.set_bind_group(GROUP_TEXTURES, &tile.photo, &[]);
            }
            self.pass.set_vertex_buffer(0, tile.vertices.slice(..));
            self.pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
            self.stats.n_triangles += u64::from(*n_indices) / 3;
            self.stats.n_draws += 1;
            self.pass.draw_indexed(0..*n_indices, 0, 0..1);
        }
    }
}

/// What all passes of one frame look at.
#[derive(Clone, Copy)]
pub(crate) struct Shot<'a> {
    pub targets: &'a Targets,
    pub input: &'a FrameInput<'a>,
    pub list: &'a FrameList,
    pub lit: &'a Lit,
}

/// A depth attachment that starts infinitely far (reversed) or, for shadows, at the far side.
pub(crate) fn depth_attachment(
    view: &wgpu::TextureView,
    clear: f32,
) -> wgpu::RenderPassDepthStencilAttachment<'_> {
    wgpu::RenderPassDepthStencilAttachment {
        view,
        depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store }),
        stencil_ops: None,
    }
}

impl Renderer {
    pub(crate) fn draw_casters(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        view: &ShadowView,
        list: &FrameList,
        stats: &mut FrameStats,
    ) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("shadow"),
            depth_stencil_attachment: Some(depth_attachment(&self.shadow_map, 1.0)),
            ..Default::default()
        });
        pass.set_pipeline(&self.pipelines.shadow);
        pass.set_bind_group(GROUP_FRAME, &self.uniforms.caster_group, &[]);
        let mut d = Drawing { renderer: self, pass: &mut pass, stats };
        for (slot, m) in (0_u32..).zip(&list.meshes) {
            let bounds = self.meshes.get(&m.key).map_or(Bounds::EMPTY, |m| m.bounds);
            if m.layer == TileLayer::Solid && view.sees(&bounds) {
                d.triangles(slot, m, Part::Opaque);
            }
        }
    }

    pub(crate) fn draw_scene(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        shot: &Shot<'_>,
        stats: &mut FrameStats,
    ) {
        let Shot { targets, input, list, lit } = *shot;
        let (view, resolve_target) = match &targets.multi {
            Some(multi) => (multi, Some(&targets.scene)),
            None => (&targets.scene, None),
        };
        let store = if resolve_target.is_some() { wgpu::StoreOp::Discard } else { wgpu::StoreOp::Store };
        let color = wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store },
        };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("scene"),
            color_attachments: &[Some(color)],
            depth_stencil_attachment: Some(depth_attachment(&targets.depth, 0.0)),
            ..Default::default()
        });
        pass.set_bind_group(GROUP_FRAME, &self.frame_group, &[]);
        let mut d = Drawing { renderer: self, pass: &mut pass, stats };
        d.floor(list, lit, input.options.xray_ground);
        d.standing(list, lit, input.options.edges);
        d.see_through(list, lit);
    }
}

/// Whether a layer stands in space: has edges, lines and translucent parts of its own.
fn stands(l: TileLayer) -> bool {
    !matches!(l, TileLayer::Draped { .. })
}

impl Drawing<'_, '_> {
    /// Ground, sky, what lies under and on the ground.
    fn floor(&mut self, list: &FrameList, lit: &Lit, xray: bool) {
        let p = &self.renderer.pipelines;
        if xray {
            self.pass.set_pipeline(&lit.opaque);
            for (slot, m) in list.visible(|l| l == TileLayer::Underground) {
                self.triangles(slot, m, Part::All);
            }
            self.sky();
            self.pass.set_pipeline(&p.segments);
            for (slot, m) in list.visible(|l| l == TileLayer::Underground) {
                self.segments(slot, m);
            }
            self.pass.set_pipeline(&lit.ground_xray);
            self.ground(list, true);
        } else {
            self.pass.set_pipeline(&lit.ground);
            self.ground(list, true);
            self.sky();
        }
        for (slot, m) in list.draped() {
            self.pass.set_pipeline(&lit.draped);
            self.triangles(slot, m, Part::All);
            self.pass.set_pipeline(&p.segments);
            self.segments(slot, m);
        }
    }

    fn sky(&mut self) {
        self.pass.set_pipeline(&self.renderer.pipelines.sky);
        self.pass.draw(0..3, 0..1);
        self.stats.n_draws += 1;
        self.stats.n_triangles += 1;
    }

    /// Opaque solids with their edges and lines.
    fn standing(&mut self, list: &FrameList, lit: &Lit, edges: bool) {
        let p = &self.renderer.pipelines;
        for (slot, m) in list.near_first() {
            let patterned = self.renderer.meshes.get(&m.key).is_some_and(MeshResident::has_patterns);
            self.pass.set_pipeline(if patterned { &lit.opaque } else { &lit.opaque_plain });
            self.triangles(slot, m, Part::Opaque);
        }
        if edges {
            self.pass.set_pipeline(&p.edges);
            for (slot, m) in list.visible(stands) {
                self.edges(slot, m);
            }
        }
        self.pass.set_pipeline(&p.segments);
        for (slot, m) in list.visible(|l| l == TileLayer::Solid) {
            self.segments(slot, m);
        }
    }

    /// Glass, tinted volumes, ghosts.
    fn see_through(&mut self, list: &FrameList, lit: &Lit) {
        let p = &self.renderer.pipelines;
        let far_first = list.far_first();
        self.pass.set_pipeline(&lit.translucent);
        for (slot, m) in &far_first {
            self.triangles(*slot, m, Part::Translucent);
        }
        let renderer = self.renderer;
        let ghosts = far_first
            .iter()
            .filter(|(_, m)| renderer.meshes.get(&m.key).is_some_and(MeshResident::has_ghosts));
        for pipeline in [&p.ghost_depth, &lit.ghost] {
            self.pass.set_pipeline(pipeline);
            for (slot, m) in ghosts.clone() {
                self.triangles(*slot, m, Part::All);
            }
        }
    }
}
