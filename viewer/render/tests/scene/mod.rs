//! Small scenes of boxes at a district's coordinates.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "tests stop at the first thing that is wrong"
)]

use std::collections::BTreeMap;

use glam::{DVec3, Vec3};
use lantu_base::{Bounds, ObjectRow, WorldPoint};
use lantu_render::{
    Background, Camera, FrameInput, Gpu, Options, Pick, Picture, RenderConfig, RenderError, Renderer, Sun,
    TileKey, render_image,
};
use lantu_tiles::{GroundTile, GroundTileId, InputMesh, MeshTile, MeshTileId, TileBuilder, TileLayer};

/// Where scenes stand: a whole number of ground tiles.
pub(crate) const ORIGIN: DVec3 = DVec3::new(455_577.6, 4_428_518.4, 40.0);
pub(crate) const SIZE: [u32; 2] = [256, 160];

/// A renderer with tiles and a camera.
pub(crate) struct Scene {
    pub(crate) renderer: Renderer,
    pub(crate) camera: Camera,
    pub(crate) keys: Vec<TileKey>,
    pub(crate) ground: Vec<GroundTileId>,
    pub(crate) input: Options,
    pub(crate) sun: Sun,
    tiles: BTreeMap<TileKey, (MeshTile, u32)>,
}

/// Nothing that blurs a count: no edges, no shadows, no occlusion, a plain background.
pub(crate) fn plain<'a>(camera: Camera, meshes: &'a [TileKey], ground: &'a [GroundTileId]) -> FrameInput<'a> {
    let options = Options {
        edges: false,
        shadows: false,
        occlusion: false,
        background: Background::Plain(lantu_base::Rgba::hex(0xD8E0E8)),
        ..Options::default()
    };
    FrameInput { camera, meshes, casters: meshes, ground, sun: Sun::default(), options }
}

impl Scene {
    pub(crate) fn new(camera: Camera) -> Self {
        Self::with(camera, 1)
    }

    fn with(camera: Camera, samples: u32) -> Self {
        Self::with_config(camera, RenderConfig::headless(samples))
    }

    pub(crate) fn with_config(camera: Camera, config: RenderConfig) -> Self {
        let gpu = Gpu::headless().unwrap();
        let renderer = Renderer::new(&gpu, config).unwrap();
        let input = plain(camera, &[], &[]).options;
        let sun = Sun::default();
        Self { renderer, camera, keys: Vec::new(), ground: Vec::new(), input, sun, tiles: BTreeMap::new() }
    }

    /// The same scene with another number of samples.
    pub(crate) fn with_samples(self, samples: u32) -> Self {
        let mut other = Self::with(self.camera, samples);
        for (key, (tile, base)) in self.tiles {
            other.put_as(key.source, &tile, base);
        }
        other
    }

    pub(crate) fn put(&mut self, boxes: Boxes, base_row: u32) {
        for tile in boxes.tiles() {
            self.put_tile(&tile, base_row);
        }
    }

    pub(crate) fn put_tile(&mut self, tile: &MeshTile, base_row: u32) {
        let source = u32::try_from(self.keys.len()).unwrap();
        self.put_as(source, tile, base_row);
    }

    pub(crate) fn put_as(&mut self, source: u32, tile: &MeshTile, base_row: u32) {
        let key = TileKey { source, id: MeshTileId([7; 16]) };
        self.renderer.put_mesh(key, tile, base_row).unwrap();
        self.keys.push(key);
        self.tiles.insert(key, (tile.clone(), base_row));
    }

    pub(crate) fn put_ground(&mut self, tile: &GroundTile) {
        self.renderer.put_ground(tile).unwrap();
        self.ground.push(tile.id);
    }

    pub(crate) fn shoot(&mut self) -> Picture {
        self.try_shoot().unwrap()
    }

    pub(crate) fn try_shoot(&mut self) -> Result<Picture, RenderError> {
        let (keys, ground) = (self.keys.clone(), self.ground.clone());
        let input = self.frame(&keys, &ground);
        render_image(&mut self.renderer, SIZE, &input)
    }

    pub(crate) fn frame<'a>(&self, meshes: &'a [TileKey], ground: &'a [GroundTileId]) -> FrameInput<'a> {
        FrameInput {
            camera: self.camera,
            meshes,
            casters: meshes,
            ground,
            sun: self.sun,
            options: self.input,
        }
    }

    pub(crate) fn pick(&mut self, pixel: [u32; 2]) -> Option<Pick> {
        let (keys, ground) = (self.keys.clone(), self.ground.clone());
        let input = self.frame(&keys, &ground);
        self.renderer.pick(&input, SIZE, pixel).unwrap()
    }

    pub(crate) fn pick_rect(&mut self, corner: [u32; 2], extent: [u32; 2]) -> Vec<ObjectRow> {
        let (keys, ground) = (self.keys.clone(), self.ground.clone());
        let input = self.frame(&keys, &ground);
        self.renderer.pick_rect(&input, SIZE, corner, extent).unwrap()
    }

    /// The pixel that shows a place.
    pub(crate) fn pixel(&self, p: WorldPoint) -> [u32; 2] {
        let px = self.camera.project(p, SIZE).unwrap();
        [px.x as u32, px.y as u32]
    }
}

pub(crate) fn count(picture: &Picture, is: impl Fn([u8; 4]) -> bool) -> usize {
    picture.rgba.as_chunks::<4>().0.iter().filter(|p| is(**p)).count()
}

pub(crate) fn near(a: [u8; 4], b: [u8; 4], tolerance: u8) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= tolerance)
}

/// Builds tiles.
pub(crate) struct Boxes {
    builder: TileBuilder,
    layer: TileLayer,
}

impl Boxes {
    pub(crate) fn new(layer: TileLayer) -> Self {
        Self { builder: TileBuilder::default(), layer }
    }

    /// Quadrilaterals of one shape; `rgba` as people write it: `0xRRGGBBAA`.
    pub(crate) fn quads(&mut self, quads: &[[Vec3; 4]], rgba: u32, object: u32) {
        let positions: Vec<f32> = quads.iter().flatten().flat_map(Vec3::to_array).collect();
        let corners = |k: u32| [0, 1, 2, 0, 2, 3].map(|i| k * 4 + i);
        let indices: Vec<u32> = (0..quads.len() as u32).flat_map(corners).collect();
        self.builder.push_in(
            self.layer,
            true,
            &InputMesh {
                object,
                origin: WorldPoint(ORIGIN),
                positions: &positions,
                normals: &[],
                indices: &indices,
                color: rgba.to_be_bytes(),
            },
        );
    }

    pub(crate) fn cuboid(&mut self, lo: [f64; 3], hi: [f64; 3], rgba: u32, object: u32) {
        let (lo, hi) = (lo.map(|v| v as f32), hi.map(|v| v as f32));
        let p =
            |i: usize| Vec3::from_array(std::array::from_fn(|k| if i >> k & 1 == 0 { lo[k] } else { hi[k] }));
        let faces = [[0, 1, 5, 4], [1, 3, 7, 5], [3, 2, 6, 7], [2, 0, 4, 6], [4, 5, 7, 6], [2, 3, 1, 0]];
        self.quads(&faces.map(|f| f.map(p)), rgba, object);
    }

    pub(crate) fn flat(&mut self, lo: [f32; 2], hi: [f32; 2], rgba: u32, object: u32) {
        let p = |x: f32, y: f32| Vec3::new(x, y, 0.0);
        self.quads(&[[p(lo[0], lo[1]), p(hi[0], lo[1]), p(hi[0], hi[1]), p(lo[0], hi[1])]], rgba, object);
    }

    pub(crate) fn tiles(self) -> Vec<MeshTile> {
        self.builder.finish(&lantu_base::CancelToken::default()).unwrap().tiles
    }

    /// The only tile; shapes must lie near each other.
    pub(crate) fn finish(self) -> MeshTile {
        let mut tiles = self.tiles();
        assert_eq!(tiles.len(), 1, "the scene spreads over several tiles");
        tiles.pop().unwrap()
    }
}

/// A level tile of ground around the origin, painted green-gray.
pub(crate) fn flat_ground() -> GroundTile {
    let id = GroundTileId::at(6, ORIGIN.x, ORIGIN.y);
    let [w, s, e, n] = id.extent();
    let side = 9_u32;
    GroundTile {
        id,
        origin: WorldPoint::new(w, s, ORIGIN.z),
        bounds: Bounds::new(DVec3::new(w, s, ORIGIN.z), DVec3::new(e, n, ORIGIN.z)),
        n: side,
        spacing_m: (e - w) / f64::from(side - 1),
        heights: vec![0.0; (side * side) as usize],
        measured: vec![true; (side * side) as usize],
        texture_px: 4,
        texture: [140, 150, 130, 255].repeat(16),
        texture_right: None,
        skirt_m: 1.0,
        geometric_error_m: 0.0,
    }
}
