use glam::DVec3;
use lantu_base::{Bounds, WorldPoint};

use super::trees::small;
use crate::{
    MeshTile, RasterPixels, RasterTile, Segment, TileLayer, Vertex, decode_mesh_tile, decode_raster_tile,
    decode_tree,
};

/// A mesh tile as the first version of `LTM1` wrote it.
const MESH: &str = "4c544d31c3de03b19021b57bf000000028b52ffd20f075030012850f1bc025ad012ff6db7a4d6bfcbb1e80fb1e15e0be\
    d5aae223bf2072a737caad82d2ca9a99791d58f0207a52f7cd8bbb5b2f8683382739205148478e03e1031400770828b7\
    800d7ac0dc309efcc0b296d25ed570082bf3625d0e60040cec6c0206c16060909d03006b5b4b1d";
/// Raster tiles as the first version of `LTR1` wrote them.
const COLOR: &str = "4c545231eb32ae460b3984521800000028b52ffd2018c100000000000002000000f30000000d3468340d000000273468\
    34";
const HEIGHT: &str = "4c545231954161e99586cf4e1800000028b52ffd2018c100000100000002000000ff00fee0ff00ff24bf023d867b00fc\
    f4";
/// A tile tree as the first version of `LTT1` wrote it.
const TREE: &str = "4c545431e97310df12a0b1104c02000028b52ffd604c013d0400440402000000050100040002000300040302c03f\
    009050a3060001003782ff82c9a1004880106f8f909fa40301009c7cffff00201fe0df0080807f7fd007002850050600\
    000027209083a4b00da0433e3a4a1047827119c2d5b2db2898845b709f2dd6eb50ebee1ceb68b0b7f2dae033c64caceb\
    c9f04388f009c2013e1a2c62221671b27086b4";

fn mesh() -> MeshTile {
    let vertex = |x: f32, y: f32| Vertex { position: [x, y, 0.5], normal: 0, rgba: 0x80C8_B4A0, object: 3 };
    MeshTile {
        origin: WorldPoint::new(455_600.0, 4_428_550.0, 40.0),
        bounds: Bounds::new(
            DVec3::new(455_600.0, 4_428_550.0, 40.5),
            DVec3::new(455_604.0, 4_428_553.0, 40.5),
        ),
        vertices: vec![vertex(0.0, 0.0), vertex(4.0, 0.0), vertex(0.0, 3.0)],
        indices: vec![0, 1, 2],
        first_transparent: 0,
        edges: vec![0, 1, 1, 2, 2, 0],
        segments: vec![Segment { a: [0.0; 3], b: [4.0, 3.0, 0.5], rgba: 0xFF00_00FF, object: 4 }],
        layer: TileLayer::Draped { z_order: -2 },
    }
}

fn color() -> RasterTile {
    RasterTile { px: 2, pixels: RasterPixels::Color((0..16).map(|i| i * 13).collect()) }
}

fn height() -> RasterTile {
    RasterTile { px: 2, pixels: RasterPixels::Height(vec![40.0, 40.25, -1.5, 1e-3]) }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[i * 2..i * 2 + 2], 16).unwrap()).collect()
}

#[test]
fn packs_that_an_earlier_version_wrote_still_open() {
    assert_eq!(decode_mesh_tile(&bytes(MESH)).unwrap(), mesh());
    assert_eq!(decode_raster_tile(&bytes(COLOR)).unwrap(), color());
    assert_eq!(decode_raster_tile(&bytes(HEIGHT)).unwrap(), height());
    assert_eq!(decode_tree(&bytes(TREE)).unwrap(), small());
}
