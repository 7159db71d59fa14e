//! ISO well-known binary, little-endian, as OGR writes it: points, lines and polygons, flattened out of collections.

/// Points, lines and polygons of one feature. z is NaN where the source has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Parts {
    pub(crate) points: Vec<[f64; 3]>,
    pub(crate) lines: Vec<Vec<[f64; 3]>>,
    pub(crate) polygons: Vec<Vec<Vec<[f64; 3]>>>,
}

/// Why a geometry cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WkbError {
    /// The bytes end too early or count more than there is.
    Damaged,
    /// More vertices than [`MAX_VERTICES`].
    TooLarge,
    /// A type that is not drawn.
    Unsupported(u32),
}

/// Chosen: twice the largest administrative boundary seen; one feature is copied some five times on its way, and must not
/// fill memory.
pub(crate) const MAX_VERTICES: usize = 2_000_000;
/// Bytes that a vertex takes at most: four numbers, and the head of a point.
pub(crate) const MAX_VERTEX_BYTES: usize = 40;
/// Chosen: deeper than any collection that a program writes.
const MAX_DEPTH: u32 = 16;

struct Reader<'a> {
    bytes: &'a [u8],
    n_vertices: usize,
}

/// Reads one geometry.
pub(crate) fn read(bytes: &[u8]) -> Result<Parts, WkbError> {
    let mut parts = Parts::default();
    let mut reader = Reader { bytes, n_vertices: 0 };
    reader.geometry(&mut parts, 0)?;
    Ok(parts)
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], WkbError> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or(WkbError::Damaged)?;
        self.bytes = rest;
        Ok(*head)
    }

    fn count(&mut self) -> Result<usize, WkbError> {
        Ok(u32::from_le_bytes(self.take()?) as usize)
    }

    fn number(&mut self) -> Result<f64, WkbError> {
        Ok(f64::from_le_bytes(self.take()?))
    }

    fn point(&mut self, has_z: bool, has_m: bool) -> Result<[f64; 3], WkbError> {
        self.n_vertices += 1;
        if self.n_vertices > MAX_VERTICES {
            return Err(WkbError::TooLarge);
        }
        let (x, y) = (self.number()?, self.number()?);
        let z = if has_z { self.number()? } else { f64::NAN };
        if has_m {
            self.number()?;
        }
        Ok([x, y, z])
    }

    fn points(&mut self, has_z: bool, has_m: bool) -> Result<Vec<[f64; 3]>, WkbError> {
        let n = self.count()?;
        let size = 16 + 8 * (usize::from(has_z) + usize::from(has_m));
        if n > self.bytes.len() / size {
            return Err(WkbError::Damaged);
        }
        (0..n).map(|_| self.point(has_z, has_m)).collect()
    }

    fn geometry(&mut self, out: &mut Parts, depth: u32) -> Result<(), WkbError> {
        let [order] = self.take()?;
        if order != 1 || depth > MAX_DEPTH {
            return Err(WkbError::Damaged);
        }
        let code = u32::from_le_bytes(self.take()?);
        let (kind, dimension) = (code % 1000, code / 1000);
        let (has_z, has_m) = (dimension & 1 != 0, dimension & 2 != 0);
        match kind {
            1 => {
                let p = self.point(has_z, has_m)?;
                out.points.push(p);
            }
            2 => out.lines.push(self.points(has_z, has_m)?),
            // A triangle (17) is written as a polygon with one ring.
            3 | 17 => {
                let n = self.count()?;
                if n > self.bytes.len() / 4 {
                    return Err(WkbError::Damaged);
                }
                let rings = (0..n).map(|_| self.points(has_z, has_m)).collect::<Result<_, _>>()?;
                out.polygons.push(rings);
            }
            // Multi-types, collections, polyhedral surfaces and TINs: members follow one another.
            4..=7 | 15 | 16 => {
                let n = self.count()?;
                if n > self.bytes.len() / 5 {
                    return Err(WkbError::Damaged);
                }
                for _ in 0..n {
                    self.geometry(out, depth + 1)?;
                }
            }
            other => return Err(WkbError::Unsupported(other)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point_z() -> Vec<u8> {
        let mut b = vec![1];
        b.extend(1001_u32.to_le_bytes());
        for v in [1.0_f64, 2.0, 3.0] {
            b.extend(v.to_le_bytes());
        }
        b
    }

    #[test]
    fn a_point_keeps_its_height_and_every_cut_is_damage() {
        let b = point_z();
        assert_eq!(read(&b).unwrap().points, [[1.0, 2.0, 3.0]]);
        for cut in 0..b.len() {
            assert_eq!(read(b.get(..cut).unwrap()), Err(WkbError::Damaged));
        }
    }

    #[test]
    fn a_claimed_billion_of_points_is_damage_not_memory() {
        let mut b = vec![1];
        b.extend(2_u32.to_le_bytes());
        b.extend(1_000_000_000_u32.to_le_bytes());
        assert_eq!(read(&b), Err(WkbError::Damaged));
    }
}
