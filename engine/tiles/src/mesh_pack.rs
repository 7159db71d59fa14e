//! Mesh tiles as bytes: pack format `LTM4`; `LTM2`, which has no faint lines, is read, too.
//! There is no `LTM3`: one flipped bit would make it `LTM2`.
//!
//! Content: origin (3 f64), bounds (6 f64), layer (kind u32, `z_order` as u32), counts (8 u32: parts, vertices, indices,
//! instances, clusters, face ranges, segments, points), then one column each for the words of each kind of record.

use glam::DVec3;
use lantu_base::{Bounds, WorldPoint};

use crate::error::TileError;
use crate::mesh_tile::{Cluster, FaceRange, MeshTile, TileLayer};
use crate::pack::{Cursor, put_column, seal, unseal};
use crate::vertex::{Instance, Part, Point, Segment, Vertex};

const MAGIC: [u8; 4] = *b"LTM4";
/// Of tiles without faint lines, the same otherwise.
const MAGIC_BEFORE: [u8; 4] = *b"LTM2";
/// Words of a cluster in the pack, its ranges aside.
const CLUSTER_WORDS: usize = 16;
/// Words of a face range in the pack.
const RANGE_WORDS: usize = 7;

/// A mesh tile as the bytes of its pack. The same tile gives the same bytes.
///
/// # Errors
/// [`TileError::TooLarge`] above 256 MiB of content.
pub fn encode_mesh_tile(tile: &MeshTile) -> Result<Vec<u8>, TileError> {
    let bytes = usize::try_from(tile.bytes()).unwrap_or(usize::MAX);
    if bytes > crate::pack::MAX_RAW_BYTES {
        return Err(TileError::TooLarge(bytes));
    }
    let mut raw = Vec::with_capacity(bytes * 2 + 256);
    let doubles = tile.origin.0.to_array().into_iter().chain(tile.bounds.to_array());
    raw.extend(doubles.flat_map(f64::to_le_bytes));
    let (kind, z_order) = match tile.layer {
        TileLayer::Solid => (0, 0),
        TileLayer::Draped { z_order } => (1, z_order),
        TileLayer::Underground => (2, 0),
    };
    let n_ranges = tile.clusters.iter().map(|c| c.ranges.len()).sum();
    let lengths = [
        tile.parts.len(),
        tile.vertices.len(),
        tile.indices.len(),
        tile.instances.len(),
        tile.clusters.len(),
        n_ranges,
        tile.segments.len(),
        tile.points.len(),
    ];
    let mut counts = vec![kind, z_order.cast_unsigned()];
    for n in lengths {
        counts.push(u32::try_from(n).map_err(|_too_many| TileError::TooLarge(n))?);
    }
    raw.extend(counts.into_iter().flat_map(u32::to_le_bytes));
    put_records(&mut raw, &tile.parts);
    for axis in 0..3 {
        put_column(
            &mut raw,
            &tile.vertices.iter().map(|v| u32::from(v.position.get(axis).copied().unwrap_or(0))),
        );
    }
    put_column(&mut raw, &tile.vertices.iter().map(|v| u32::from(v.normal)));
    put_column(&mut raw, &tile.vertices.iter().map(|v| v.part));
    put_column(&mut raw, &tile.indices.iter().map(|&i| u32::from(i)));
    put_records(&mut raw, &tile.instances);
    let clusters: Vec<u32> = tile.clusters.iter().flat_map(cluster_words).collect();
    put_words(&mut raw, &clusters, CLUSTER_WORDS);
    let ranges: Vec<u32> = tile.clusters.iter().flat_map(|c| c.ranges.iter().flat_map(range_words)).collect();
    put_words(&mut raw, &ranges, RANGE_WORDS);
    put_records(&mut raw, &tile.segments);
    put_records(&mut raw, &tile.points);
    seal(MAGIC, &raw)
}

/// A mesh tile from the bytes of its pack.
///
/// What comes back can be drawn: every index names what is there, every position is finite.
///
/// # Errors
/// [`TileError::Damaged`] for anything that [`encode_mesh_tile`] did not write.
pub fn decode_mesh_tile(pack: &[u8]) -> Result<MeshTile, TileError> {
    let magic = if pack.starts_with(&MAGIC_BEFORE) { MAGIC_BEFORE } else { MAGIC };
    let raw = unseal(magic, pack)?;
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
    let mut lengths = [0; 8];
    for n in &mut lengths {
        *n = cursor.u32()? as usize;
    }
    let [parts, vertices, indices, instances, clusters, ranges, segments, points] = lengths;
    let parts: Vec<Part> = take_records(&mut cursor, parts)?;
    let vertices = take_vertices(&mut cursor, vertices)?;
    let indices = cursor.column(indices)?.into_iter().map(narrow).collect::<Result<_, _>>()?;
    let instances: Vec<Instance> = take_records(&mut cursor, instances)?;
    let cluster_words = take_words(&mut cursor, clusters, CLUSTER_WORDS)?;
    let range_words = take_words(&mut cursor, ranges, RANGE_WORDS)?;
    let tile = MeshTile {
        origin: WorldPoint(DVec3::new(x, y, z)),
        bounds: Bounds::from_array(bounds),
        layer,
        parts,
        vertices,
        indices,
        instances,
        clusters: clusters_from(&cluster_words, &range_words)?,
        segments: take_records::<Segment>(&mut cursor, segments)?,
        points: take_records::<Point>(&mut cursor, points)?,
    };
    if !cursor.rest().is_empty() {
        return Err(TileError::Damaged("it is too long"));
    }
    tile.check().map_err(TileError::Damaged)?;
    Ok(tile)
}

fn cluster_words(c: &Cluster) -> [u32; CLUSTER_WORDS] {
    let [a, b, d] = c.min.map(f32::to_bits);
    let [e, f, g] = c.max.map(f32::to_bits);
    let sides_and_ranges = u32::from(c.single_sided) | u32::try_from(c.ranges.len()).unwrap_or(0) << 1;
    [
        c.first_vertex,
        c.n_vertices,
        c.first_index,
        c.n_opaque,
        c.n_transparent,
        c.n_edges,
        sides_and_ranges,
        c.first_instance,
        c.n_instances,
        u32::from(c.flat),
        a,
        b,
        d,
        e,
        f,
        g,
    ]
}

fn range_words(r: &FaceRange) -> [u32; RANGE_WORDS] {
    let facing = r.facing.map_or(0, |[x, y, z]| {
        u32::from_le_bytes([x.cast_unsigned(), y.cast_unsigned(), z.cast_unsigned(), 1])
    });
    let both = |a: u16, b: u16| u32::from(a) | u32::from(b) << 16;
    let ([a, b, c], [d, e, f]) = (r.min, r.max);
    [r.first, r.n, facing, r.cos_spread.to_bits(), both(a, b), both(c, d), both(e, f)]
}

fn clusters_from(words: &[u32], ranges: &[u32]) -> Result<Vec<Cluster>, TileError> {
    let (words, _) = words.as_chunks::<CLUSTER_WORDS>();
    let (mut ranges, _) = ranges.as_chunks::<RANGE_WORDS>();
    let mut clusters = Vec::with_capacity(words.len());
    for &[v, nv, i, no, nt, ne, sides, at, n, flat, a, b, c, d, e, f] in words {
        let own = ranges.split_at_checked((sides >> 1) as usize);
        let (own, rest) = own.ok_or(TileError::Damaged("its face ranges do not fit its clusters"))?;
        ranges = rest;
        clusters.push(Cluster {
            first_vertex: v,
            n_vertices: nv,
            first_index: i,
            n_opaque: no,
            n_transparent: nt,
            n_edges: ne,
            single_sided: sides & 1 == 1,
            flat: flat & 1 == 1,
            ranges: own.iter().map(range_from).collect(),
            first_instance: at,
            n_instances: n,
            min: [a, b, c].map(f32::from_bits),
            max: [d, e, f].map(f32::from_bits),
        });
    }
    if ranges.is_empty() {
        Ok(clusters)
    } else {
        Err(TileError::Damaged("its face ranges do not fit its clusters"))
    }
}

fn range_from(&[first, n, facing, cos, ab, cd, ef]: &[u32; RANGE_WORDS]) -> FaceRange {
    let half = |v: u32, high: bool| {
        let [a, b, c, d] = v.to_le_bytes();
        u16::from_le_bytes(if high { [c, d] } else { [a, b] })
    };
    let [x, y, z, known] = facing.to_le_bytes();
    let facing = (known == 1).then(|| [x, y, z].map(u8::cast_signed));
    FaceRange {
        first,
        n,
        facing,
        cos_spread: f32::from_bits(cos),
        min: [half(ab, false), half(ab, true), half(cd, false)],
        max: [half(cd, true), half(ef, false), half(ef, true)],
    }
}

fn narrow(v: u32) -> Result<u16, TileError> {
    u16::try_from(v).map_err(|_too_large| TileError::Damaged("a number does not fit its column"))
}

fn take_vertices(cursor: &mut Cursor<'_>, n: usize) -> Result<Vec<Vertex>, TileError> {
    room(cursor, n, 5)?;
    let mut vertices = vec![Vertex::default(); n];
    for axis in 0..3 {
        for (v, word) in vertices.iter_mut().zip(cursor.column(n)?) {
            if let Some(p) = v.position.get_mut(axis) {
                *p = narrow(word)?;
            }
        }
    }
    for (v, word) in vertices.iter_mut().zip(cursor.column(n)?) {
        v.normal = narrow(word)?;
    }
    for (v, word) in vertices.iter_mut().zip(cursor.column(n)?) {
        v.part = word;
    }
    Ok(vertices)
}

/// Writes records as one column for each of their words.
fn put_records<T: bytemuck::Pod>(out: &mut Vec<u8>, records: &[T]) {
    put_words(out, bytemuck::cast_slice(records), size_of::<T>() / 4);
}

fn put_words(out: &mut Vec<u8>, words: &[u32], stride: usize) {
    for k in 0..stride {
        put_column(out, &words.iter().skip(k).step_by(stride).copied());
    }
}

/// Checked before anything is allocated: each word takes four bytes of what is really there.
fn room(cursor: &Cursor<'_>, n: usize, words: usize) -> Result<(), TileError> {
    if n.checked_mul(words * 4).is_none_or(|bytes| bytes > cursor.rest().len()) {
        return Err(TileError::Damaged("it is cut short"));
    }
    Ok(())
}

fn take_words(cursor: &mut Cursor<'_>, n: usize, stride: usize) -> Result<Vec<u32>, TileError> {
    room(cursor, n, stride)?;
    let mut words = vec![0; n * stride];
    for k in 0..stride {
        let column = cursor.column(n)?;
        for (to, from) in words.iter_mut().skip(k).step_by(stride).zip(column) {
            *to = from;
        }
    }
    Ok(words)
}

fn take_records<T: bytemuck::Pod>(cursor: &mut Cursor<'_>, n: usize) -> Result<Vec<T>, TileError> {
    let words = take_words(cursor, n, size_of::<T>() / 4)?;
    Ok(bytemuck::cast_slice(&words).to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tile(n: u16, layer: TileLayer) -> MeshTile {
        let vertex = |i: u16| Vertex {
            position: [i.wrapping_mul(37), i.wrapping_mul(101), i],
            normal: i.wrapping_mul(40_503),
            part: u32::from(i / 5),
        };
        let vertices = (0..n).map(vertex).collect();
        let indices: Vec<u16> = (0..n / 3 * 3).rev().chain(0..n / 2 * 2).collect();
        let (first, n_indices) = (u32::from(n / 6 * 3), u32::from(n / 3 * 3));
        let cluster = Cluster {
            first_vertex: 0,
            n_vertices: u32::from(n),
            first_index: 0,
            n_opaque: first,
            n_transparent: n_indices - first,
            n_edges: u32::from(n / 2 * 2),
            single_sided: n.is_multiple_of(2),
            flat: n.is_multiple_of(4),
            ranges: vec![FaceRange {
                first: 0,
                n: first,
                facing: Some([127, -3, 0]),
                cos_spread: 0.97,
                min: [1, 2, 3],
                max: [4, 5, 65_535],
            }],
            first_instance: 0,
            n_instances: 2,
            min: [-1.0, 0.0, 2.5],
            max: [65.0, 66.0, 67.0],
        };
        MeshTile {
            origin: WorldPoint::new(455_600.0, 4_428_550.0, 40.0),
            bounds: Bounds::from_array([455_600.0, 4_428_530.0, 0.0, 455_700.0, 4_428_570.0, 40.0]),
            layer,
            parts: (0..=u32::from(n)).map(|i| Part { object: i / 2, rgba: 0xFF20_30F0 ^ (i / 7) }).collect(),
            vertices,
            indices,
            instances: vec![Instance::at(0.001, glam::Vec3::ONE), Instance::at(0.002, glam::Vec3::ZERO)],
            clusters: if n < 6 { Vec::new() } else { vec![cluster] },
            segments: (0..n / 2)
                .map(|i| Segment { a: [f32::from(i); 3], b: [1.5; 3], part: 0, width: 1.6 })
                .collect(),
            points: (0..n / 4).map(|i| Point { at: [f32::from(i); 3], part: 0, size: -0.2 }).collect(),
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
    fn what_cannot_be_drawn_is_refused_even_under_a_good_checksum() {
        let spoilt: [fn(&mut MeshTile); 9] = [
            |t| t.indices[4] = 60,
            |t| t.vertices[4].part = 1000,
            |t| t.clusters[0].n_opaque = 31,
            |t| t.clusters[0].first_instance = 1,
            |t| t.clusters[0].n_edges = 1_000_000,
            |t| t.clusters[0].ranges[0].first = 3,
            |t| t.instances[1].rows[0][3] = f32::NAN,
            |t| t.segments[0].part = 77,
            |t| t.origin.0.x = f64::INFINITY,
        ];
        for (ix, spoil) in spoilt.into_iter().enumerate() {
            let mut bad = tile(60, TileLayer::Solid);
            spoil(&mut bad);
            assert!(decode_mesh_tile(&encode_mesh_tile(&bad).unwrap()).is_err(), "{ix}");
        }
    }

    proptest! {
        #[test]
        fn a_mesh_tile_reads_back_bit_for_bit(n in 0_u16..400, z_order in any::<i32>(), kind in 0..3) {
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
            let mut with_magic = MAGIC.to_vec();
            with_magic.extend(bytes);
            prop_assert!(decode_mesh_tile(&with_magic).is_err());
        }
    }
}
