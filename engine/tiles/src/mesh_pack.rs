//! Mesh tiles as bytes: pack format `LTM1`.
//!
//! Content: origin (3 f64), bounds (6 f64), layer (kind u32, `z_order` as u32), counts (5 u32: vertices, indices,
//! first transparent, edges, segments), then one column each for the words of vertices, indices, edges and segments.

use glam::DVec3;
use lantu_base::{Bounds, WorldPoint};

use crate::error::TileError;
use crate::mesh_tile::{MeshTile, TileLayer};
use crate::pack::{Cursor, put_column, seal, unseal};
use crate::vertex::{Segment, Vertex};

const MAGIC: [u8; 4] = *b"LTM1";
const VERTEX_WORDS: usize = size_of::<Vertex>() / 4;
const SEGMENT_WORDS: usize = size_of::<Segment>() / 4;

/// A mesh tile as the bytes of its pack. The same tile gives the same bytes.
///
/// # Errors
/// [`TileError::TooLarge`] above 256 MiB of content.
pub fn encode_mesh_tile(tile: &MeshTile) -> Result<Vec<u8>, TileError> {
    let bytes = usize::try_from(tile.bytes()).unwrap_or(usize::MAX);
    if bytes > crate::pack::MAX_RAW_BYTES {
        return Err(TileError::TooLarge(bytes));
    }
    let mut raw = Vec::with_capacity(bytes + 128);
    let doubles = tile.origin.0.to_array().into_iter().chain(tile.bounds.to_array());
    raw.extend(doubles.flat_map(f64::to_le_bytes));
    let (kind, z_order) = match tile.layer {
        TileLayer::Solid => (0, 0),
        TileLayer::Draped { z_order } => (1, z_order),
        TileLayer::Underground => (2, 0),
    };
    let counts = [
        kind,
        z_order.cast_unsigned(),
        count(tile.vertices.len())?,
        count(tile.indices.len())?,
        tile.first_transparent,
        count(tile.edges.len())?,
        count(tile.segments.len())?,
    ];
    raw.extend(counts.into_iter().flat_map(u32::to_le_bytes));
    put_words(&mut raw, bytemuck::cast_slice(&tile.vertices), VERTEX_WORDS);
    put_column(&mut raw, &tile.indices.iter().copied());
    put_column(&mut raw, &tile.edges.iter().copied());
    put_words(&mut raw, bytemuck::cast_slice(&tile.segments), SEGMENT_WORDS);
    seal(MAGIC, &raw)
}

/// A mesh tile from the bytes of its pack.
///
/// What comes back can be drawn: every index names a vertex, every position is finite.
///
/// # Errors
/// [`TileError::Damaged`] for anything that [`encode_mesh_tile`] did not write.
pub fn decode_mesh_tile(pack: &[u8]) -> Result<MeshTile, TileError> {
    let raw = unseal(MAGIC, pack)?;
    let mut cursor = Cursor::new(&raw);
    let mut doubles = [0.0; 9];
    for d in &mut doubles {
        *d = cursor.f64()?;
    }
    let [x, y, z, bounds @ ..] = doubles;
    let kind = cursor.u32()?;
    let z_order = cursor.u32()?.cast_signed();
    let layer = match kind {
        0 => TileLayer::Solid,
        1 => TileLayer::Draped { z_order },
        2 => TileLayer::Underground,
        _ => return Err(TileError::Damaged("unknown layer")),
    };
    let n_vertices = cursor.u32()?;
    let n_indices = cursor.u32()? as usize;
    let first_transparent = cursor.u32()?;
    let n_edges = cursor.u32()? as usize;
    let n_segments = cursor.u32()? as usize;
    let tile = MeshTile {
        origin: WorldPoint(DVec3::new(x, y, z)),
        bounds: Bounds::from_array(bounds),
        vertices: take_words(&mut cursor, n_vertices as usize, VERTEX_WORDS)?,
        indices: cursor.column(n_indices)?,
        first_transparent,
        edges: cursor.column(n_edges)?,
        segments: take_words(&mut cursor, n_segments, SEGMENT_WORDS)?,
        layer,
    };
    if !cursor.rest().is_empty() {
        return Err(TileError::Damaged("it is too long"));
    }
    check(&tile, n_vertices)?;
    Ok(tile)
}

fn check(tile: &MeshTile, n_vertices: u32) -> Result<(), TileError> {
    let first = tile.first_transparent as usize;
    if !tile.indices.len().is_multiple_of(3)
        || !tile.edges.len().is_multiple_of(2)
        || !first.is_multiple_of(3)
        || first > tile.indices.len()
    {
        return Err(TileError::Damaged("its counts do not fit together"));
    }
    if tile.indices.iter().chain(&tile.edges).any(|&i| i >= n_vertices) {
        return Err(TileError::Damaged("an index is out of range"));
    }
    let finite = |p: &[f32; 3]| p.iter().all(|v| v.is_finite());
    let positions_finite = tile.vertices.iter().all(|v| finite(&v.position))
        && tile.segments.iter().all(|s| finite(&s.a) && finite(&s.b));
    if !positions_finite || !tile.origin.0.is_finite() {
        return Err(TileError::Damaged("a position is not finite"));
    }
    Ok(())
}

fn count(n: usize) -> Result<u32, TileError> {
    u32::try_from(n).map_err(|_too_many| TileError::TooLarge(n))
}

/// Writes records of `stride` words as `stride` columns.
fn put_words(out: &mut Vec<u8>, words: &[u32], stride: usize) {
    for k in 0..stride {
        put_column(out, &words.iter().skip(k).step_by(stride).copied());
    }
}

fn take_words<T: bytemuck::Pod>(
    cursor: &mut Cursor<'_>,
    n: usize,
    stride: usize,
) -> Result<Vec<T>, TileError> {
    // Checked before the allocation: each word takes four bytes of what is really there.
    if n.checked_mul(stride * 4).is_none_or(|bytes| bytes > cursor.rest().len()) {
        return Err(TileError::Damaged("it is cut short"));
    }
    let mut records: Vec<T> = vec![T::zeroed(); n];
    for k in 0..stride {
        let column = cursor.column(n)?;
        let words: &mut [u32] = bytemuck::cast_slice_mut(&mut records);
        for (to, from) in words.iter_mut().skip(k).step_by(stride).zip(column) {
            *to = from;
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tile(n: u32, layer: TileLayer) -> MeshTile {
        let vertices = (0..n)
            .map(|i| {
                let x = i as f32;
                Vertex {
                    position: [x * 0.37, x.sin() * 20.0, -x],
                    normal: i.wrapping_mul(2_654_435_761),
                    rgba: 0xFF20_30F0 ^ (i / 7),
                    object: i / 5,
                }
            })
            .collect();
        let segments =
            (0..n / 2).map(|i| Segment { a: [i as f32; 3], b: [1.5; 3], rgba: i, object: 9 }).collect();
        MeshTile {
            origin: WorldPoint::new(455_600.0, 4_428_550.0, 40.0),
            bounds: Bounds::from_array([455_600.0, 4_428_530.0, 0.0, 455_700.0, 4_428_570.0, 40.0]),
            vertices,
            indices: (0..n / 3 * 3).rev().collect(),
            first_transparent: n / 6 * 3,
            edges: (0..n / 2 * 2).collect(),
            segments,
            layer,
        }
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_noticed() {
        let pack = encode_mesh_tile(&tile(60, TileLayer::Solid)).unwrap();
        assert!(decode_mesh_tile(&pack).is_ok());
        for cut in 0..pack.len() {
            assert!(decode_mesh_tile(&pack[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..pack.len() {
            for bit in [1, 0x80] {
                let mut bad = pack.clone();
                bad[at] ^= bit;
                assert!(decode_mesh_tile(&bad).is_err(), "flipped {bit} at {at}");
            }
        }
    }

    #[test]
    fn an_index_beyond_the_vertices_is_refused_even_under_a_good_checksum() {
        let mut bad = tile(9, TileLayer::Solid);
        bad.indices[4] = 9;
        assert!(decode_mesh_tile(&encode_mesh_tile(&bad).unwrap()).is_err());
        let mut bad = tile(9, TileLayer::Solid);
        bad.vertices[4].position[1] = f32::NAN;
        assert!(decode_mesh_tile(&encode_mesh_tile(&bad).unwrap()).is_err());
        let mut bad = tile(9, TileLayer::Solid);
        bad.first_transparent = 2;
        assert!(decode_mesh_tile(&encode_mesh_tile(&bad).unwrap()).is_err());
    }

    proptest! {
        #[test]
        fn a_mesh_tile_reads_back_bit_for_bit(n in 0_u32..400, z_order in any::<i32>(), kind in 0..3) {
            let layer = match kind {
                0 => TileLayer::Solid,
                1 => TileLayer::Draped { z_order },
                _ => TileLayer::Underground,
            };
            let tile = tile(n, layer);
            let pack = encode_mesh_tile(&tile).unwrap();
            prop_assert_eq!(decode_mesh_tile(&pack).unwrap(), tile);
        }

        #[test]
        fn noise_is_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(decode_mesh_tile(&bytes).is_err());
            let mut with_magic = b"LTM1".to_vec();
            with_magic.extend(bytes);
            prop_assert!(decode_mesh_tile(&with_magic).is_err());
        }
    }
}
