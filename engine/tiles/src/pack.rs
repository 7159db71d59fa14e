//! The envelope of every pack: magic, checksum, length, zstd; and the columns inside.
//!
//! The magic is three letters for the kind and a digit for the version.
//! `magic[4] · checksum[8] · raw length u32 LE · zstd frame`. The checksum is the start of the SHA-256 of what
//! follows it.

use std::cmp::Ordering;
use std::fmt;
use std::io::Read;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::TileError;
use crate::mesh_tile::MeshTileId;

/// Name of a pack: the SHA-256 of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PackHash(pub [u8; 32]);

impl PackHash {
    /// The name of these bytes.
    pub fn of(pack: &[u8]) -> Self {
        Self(Sha256::digest(pack).into())
    }

    /// The short name under which a mesh tile is drawn.
    pub fn mesh_tile_id(self) -> MeshTileId {
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(self.0) {
            *to = from;
        }
        MeshTileId(id)
    }
}

impl fmt::Display for PackHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for PackHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Largest pack content in bytes. Chosen: forty times a full mesh tile; a damaged length cannot ask for more.
pub(crate) const MAX_RAW_BYTES: usize = 1 << 28;

/// Chosen: on the columns of a mesh tile, higher levels save a few percent and cost several times the time.
const ZSTD_LEVEL: i32 = 3;

/// Puts content into an envelope.
pub(crate) fn seal(magic: [u8; 4], raw: &[u8]) -> Result<Vec<u8>, TileError> {
    seal_at(ZSTD_LEVEL, magic, raw)
}

/// Puts content into an envelope, compressed with a level of zstd.
pub(crate) fn seal_at(level: i32, magic: [u8; 4], raw: &[u8]) -> Result<Vec<u8>, TileError> {
    let len = u32::try_from(raw.len()).ok().filter(|_| raw.len() <= MAX_RAW_BYTES);
    let Some(len) = len else { return Err(TileError::TooLarge(raw.len())) };
    let packed = zstd::bulk::compress(raw, level).map_err(TileError::Compress)?;
    let mut body = Vec::with_capacity(4 + packed.len());
    body.extend_from_slice(&len.to_le_bytes());
    body.extend_from_slice(&packed);
    let mut out = Vec::with_capacity(12 + body.len());
    out.extend_from_slice(&magic);
    out.extend_from_slice(&checksum(&body));
    out.extend_from_slice(&body);
    Ok(out)
}

/// Takes content out of an envelope. Memory follows the bytes that really come, not the length that is claimed.
pub(crate) fn unseal(magic: [u8; 4], pack: &[u8]) -> Result<Vec<u8>, TileError> {
    let mut cursor = Cursor::new(pack);
    check_magic(magic, cursor.array()?)?;
    let sum = cursor.array::<8>()?;
    if sum != checksum(cursor.rest()) {
        return Err(TileError::Damaged("its checksum does not match"));
    }
    let len = cursor.u32()? as usize;
    if len > MAX_RAW_BYTES {
        return Err(TileError::Damaged("it claims to be too large"));
    }
    let bad = |_e: std::io::Error| TileError::Damaged("it does not decompress");
    let mut raw = Vec::new();
    zstd::stream::read::Decoder::with_buffer(cursor.rest())
        .map_err(bad)?
        .take(len as u64 + 1)
        .read_to_end(&mut raw)
        .map_err(bad)?;
    if raw.len() == len { Ok(raw) } else { Err(TileError::Damaged("its length does not match")) }
}

fn check_magic(magic: [u8; 4], found: [u8; 4]) -> Result<(), TileError> {
    let ([kind @ .., supported], [found_kind @ .., version]) = (magic, found);
    if found_kind != kind {
        return Err(TileError::Damaged("it is of another kind"));
    }
    match version.cmp(&supported) {
        Ordering::Equal => Ok(()),
        Ordering::Greater if version.is_ascii_alphanumeric() => {
            let text = |magic: [u8; 4]| magic.iter().copied().map(char::from).collect();
            Err(TileError::NewerVersion { found: text(found), supported: text(magic) })
        }
        _ => Err(TileError::Damaged("its version is not read")),
    }
}

fn checksum(body: &[u8]) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(body).into();
    let mut sum = [0; 8];
    for (to, from) in sum.iter_mut().zip(digest) {
        *to = from;
    }
    sum
}

/// Appends a column of numbers: differences to the one before, then byte plane by byte plane, which zstd likes.
pub(crate) fn put_column(out: &mut Vec<u8>, values: &(impl Iterator<Item = u32> + Clone)) {
    for plane in 0..4 {
        let mut last = 0_u32;
        out.extend(values.clone().map(|v| {
            let [a, b, c, d] = zigzag(v.wrapping_sub(last)).to_le_bytes();
            last = v;
            match plane {
                0 => a,
                1 => b,
                2 => c,
                _ => d,
            }
        }));
    }
}

fn zigzag(v: u32) -> u32 {
    v << 1 ^ 0_u32.wrapping_sub(v >> 31)
}

fn unzigzag(v: u32) -> u32 {
    v >> 1 ^ 0_u32.wrapping_sub(v & 1)
}

/// Reads content from the front, never beyond its end.
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8], TileError> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(TileError::Damaged("it is cut short"))?;
        self.0 = tail;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], TileError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(TileError::Damaged("it is cut short"))?;
        self.0 = tail;
        Ok(*head)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, TileError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn f64(&mut self) -> Result<f64, TileError> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// Reads a column that [`put_column`] wrote.
    pub(crate) fn column(&mut self, n: usize) -> Result<Vec<u32>, TileError> {
        let planes = [self.bytes(n)?, self.bytes(n)?, self.bytes(n)?, self.bytes(n)?];
        let mut last = 0_u32;
        let [a, b, c, d] = planes.map(|p| p.iter().copied());
        let merged = a.zip(b).zip(c.zip(d)).map(|((a, b), (c, d))| {
            last = last.wrapping_add(unzigzag(u32::from_le_bytes([a, b, c, d])));
            last
        });
        Ok(merged.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_reads_back() {
        let values = [0, 1, u32::MAX, 7, 0x8000_0000, 0x7FFF_FFFF, 7, 7];
        let mut out = Vec::new();
        put_column(&mut out, &values.iter().copied());
        assert_eq!(Cursor::new(&out).column(values.len()).unwrap(), values);
        assert!(Cursor::new(&out).column(values.len() + 1).is_err());
    }

    #[test]
    fn a_bomb_of_zeros_is_refused_at_the_length_it_claims() {
        let mut pack = seal(*b"TEST", &vec![0; 1 << 20]).unwrap();
        assert!(pack.len() < 1000);
        let mut body = pack.split_off(12);
        body.splice(0..4, 16_u32.to_le_bytes());
        let mut forged = b"TEST".to_vec();
        forged.extend_from_slice(&checksum(&body));
        forged.extend_from_slice(&body);
        assert!(unseal(*b"TEST", &forged).is_err());
    }
}
