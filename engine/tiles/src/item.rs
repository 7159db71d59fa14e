//! What goes into one tile and one cluster as a whole, and its bytes while it waits.

use bytemuck::{AnyBitPattern, NoUninit};
use glam::{DAffine3, DVec3};
use lantu_base::Bounds;

use crate::error::TileError;
use crate::piece::{Piece, PieceVertex};
use crate::repeat::Repeat;

/// What an instance counts among vertices: its 52 bytes.
const INSTANCE_VERTICES: usize = 5;

/// Something with a place, not cut any more.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// Triangles.
    Piece(Piece),
    /// A repeated shape in one place.
    Repeat(Repeat),
    /// A part of a line.
    Run(LineRun),
}

/// Segments `from..to` of a line: segment k runs from point k to k + 1.
#[derive(Clone, Debug)]
pub(crate) struct LineRun {
    pub(crate) line_ix: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) bounds: Bounds,
}

impl Item {
    pub(crate) fn bounds(&self) -> Bounds {
        match self {
            Self::Piece(p) => p.bounds,
            Self::Repeat(r) => r.bounds,
            Self::Run(r) => r.bounds,
        }
    }

    /// What it counts when tiles are cut.
    pub(crate) fn n_vertices(&self) -> usize {
        match self {
            Self::Piece(p) => p.vertices.len(),
            Self::Repeat(_) => INSTANCE_VERTICES,
            Self::Run(r) => 2 * (r.to - r.from),
        }
    }

    /// Appends its bytes, exact to the last bit.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Piece(p) => {
                let flags = u32::from(p.edged) | u32::from(p.single_sided) << 1 | u32::from(p.coarse) << 8;
                put(out, &[0, p.object, u32::from_le_bytes(p.color), p.part, flags]);
                put(out, &p.origin.to_array());
                put(out, &p.bounds.to_array());
                put(out, &p.vertices.iter().map(|v| v.0).collect::<Vec<[u32; 3]>>());
                put(out, &p.vertices.iter().map(|v| v.1).collect::<Vec<u16>>());
                put(out, &p.triangles);
                put(out, &p.edge_bits);
            }
            Self::Repeat(r) => {
                let template = u32::try_from(r.template_ix).unwrap_or(u32::MAX);
                put(out, &[1, r.object, u32::from_le_bytes(r.color), r.part, template]);
                put(out, &r.world_from_template.to_cols_array());
                put(out, &r.bounds.to_array());
            }
            Self::Run(r) => {
                put(out, &[2_u32]);
                put(out, &[r.line_ix as u64, r.from as u64, r.to as u64]);
                put(out, &r.bounds.to_array());
            }
        }
    }

    /// All that was written one after the other.
    ///
    /// # Errors
    /// [`TileError::Damaged`] if the bytes are not those.
    pub(crate) fn read_all(mut bytes: &[u8]) -> Result<Vec<Self>, TileError> {
        let mut out = Vec::new();
        while !bytes.is_empty() {
            out.push(Self::read(&mut bytes).ok_or(TileError::Damaged("what waited on disk has changed"))?);
        }
        Ok(out)
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let head: Vec<u32> = get(bytes)?;
        match *head.as_slice() {
            [0, object, color, part, flags] => {
                let [edged, single_sided] = [0, 1].map(|bit| flags >> bit & 1 == 1);
                let coarse = u8::try_from(flags >> 8).ok()?;
                let origin = DVec3::from_array(array(bytes)?);
                let bounds = Bounds::from_array(array(bytes)?);
                let (positions, normals): (Vec<[u32; 3]>, Vec<u16>) = (get(bytes)?, get(bytes)?);
                let vertices: Vec<PieceVertex> = positions.into_iter().zip(normals).collect();
                let (triangles, edge_bits) = (get(bytes)?, get(bytes)?);
                let color = color.to_le_bytes();
                Some(Self::Piece(Piece {
                    object,
                    color,
                    part,
                    edged,
                    coarse,
                    single_sided,
                    origin,
                    vertices,
                    triangles,
                    edge_bits,
                    bounds,
                }))
            }
            [1, object, color, part, template] => Some(Self::Repeat(Repeat {
                template_ix: template as usize,
                object,
                color: color.to_le_bytes(),
                part,
                world_from_template: DAffine3::from_cols_array(&array(bytes)?),
                bounds: Bounds::from_array(array(bytes)?),
            })),
            [2] => {
                let [line_ix, from, to]: [u64; 3] = array(bytes)?;
                let bounds = Bounds::from_array(array(bytes)?);
                let [line_ix, from, to] = [line_ix, from, to].map(usize::try_from);
                Some(Self::Run(LineRun { line_ix: line_ix.ok()?, from: from.ok()?, to: to.ok()?, bounds }))
            }
            _ => None,
        }
    }
}

/// Number of bytes, then the bytes.
fn put<T: NoUninit>(out: &mut Vec<u8>, values: &[T]) {
    let bytes: &[u8] = bytemuck::cast_slice(values);
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn get<T: NoUninit + AnyBitPattern>(bytes: &mut &[u8]) -> Option<Vec<T>> {
    let (len, rest) = bytes.split_first_chunk::<8>()?;
    let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
    let (own, rest) = rest.split_at_checked(len)?;
    *bytes = rest;
    let (values, rest) = (own.chunks_exact(size_of::<T>()), len % size_of::<T>());
    (rest == 0).then(|| values.map(bytemuck::pod_read_unaligned).collect())
}

fn array<T: NoUninit + AnyBitPattern, const N: usize>(bytes: &mut &[u8]) -> Option<[T; N]> {
    get(bytes)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_aside_comes_back_to_the_bit() {
        let piece = Piece {
            object: 7,
            color: [1, 2, 3, 254],
            part: 9,
            edged: true,
            coarse: 3,
            single_sided: true,
            origin: DVec3::new(455_600.1, -0.0, f64::MIN_POSITIVE),
            vertices: vec![([1, 2, 3], 4), ([5, 6, u32::MAX], u16::MAX)],
            triangles: vec![[0, 1, 0]],
            edge_bits: vec![5],
            bounds: Bounds::new(DVec3::ZERO, DVec3::ONE),
        };
        let repeat = Repeat {
            template_ix: 3,
            object: 8,
            color: [9; 4],
            part: 1,
            world_from_template: DAffine3::from_translation(DVec3::new(0.1, 0.2, 0.3)),
            bounds: Bounds::new(DVec3::NEG_ONE, DVec3::ONE),
        };
        let run = LineRun { line_ix: 4, from: 2, to: 9, bounds: Bounds::new(DVec3::ZERO, DVec3::ONE) };
        let mut bytes = Vec::new();
        let items = [Item::Piece(piece), Item::Run(run), Item::Repeat(repeat)];
        for item in &items {
            item.write(&mut bytes);
        }
        let read = Item::read_all(&bytes).unwrap();
        assert_eq!(format!("{read:?}"), format!("{items:?}"));
        for cut in 1..bytes.len() {
            // Between two of them it is shorter, elsewhere an error; never a panic.
            let _either = Item::read_all(&bytes[..cut]);
        }
    }
}
