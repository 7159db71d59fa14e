use super::trees::small;
use crate::{RasterPixels, RasterTile, TileError, decode_mesh_tile, decode_raster_tile, decode_tree};

/// A mesh tile as the first version wrote it, `LTM1`: caches of that age are built anew.
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
fn rasters_and_trees_of_an_earlier_version_still_open_and_meshes_are_refused_not_misread() {
    assert!(matches!(decode_mesh_tile(&bytes(MESH)), Err(TileError::Damaged(_))));
    assert_eq!(decode_raster_tile(&bytes(COLOR)).unwrap(), color());
    assert_eq!(decode_raster_tile(&bytes(HEIGHT)).unwrap(), height());
    assert_eq!(decode_tree(&bytes(TREE)).unwrap(), small());
}
