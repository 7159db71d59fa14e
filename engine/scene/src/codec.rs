//! The envelope of a page, and how columns lie in it.
//!
//! `magic[4] · raw length u32 LE · zstd frame with its content checksum`. The magic names kind and version.
//! Columns are split into byte planes, which zstd likes.

use std::io::Read;

use crate::store::PageError;

/// Largest page content in bytes. Chosen: a hundred times a usual page; a damaged length cannot ask for more.
const MAX_RAW_BYTES: usize = 1 << 28;

/// Measured on pages of a generated district: level 3 saves 4 % and takes twice the time.
const ZSTD_LEVEL: i32 = 1;

/// Compression never exceeds this on columns that mean something; memory is reserved for no more at once.
const LIKELY_RATIO: usize = 16;

/// Puts content into an envelope.
pub(crate) fn seal(magic: [u8; 4], raw: &[u8]) -> Result<Vec<u8>, PageError> {
    let len = u32::try_from(raw.len()).ok().filter(|_| raw.len() <= MAX_RAW_BYTES);
    let len = len.ok_or(PageError::TooLarge(raw.len()))?;
    let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL).map_err(PageError::Io)?;
    compressor.include_checksum(true).map_err(PageError::Io)?;
    let packed = compressor.compress(raw).map_err(PageError::Io)?;
    let mut out = Vec::with_capacity(8 + packed.len());
    out.extend_from_slice(&magic);
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&packed);
    Ok(out)
}

/// Takes content out of an envelope. Memory follows the bytes that really come, not the length that is claimed.
pub(crate) fn unseal(magic: [u8; 4], page: &[u8]) -> Result<Vec<u8>, PageError> {
    let mut cursor = Cursor(page);
    if cursor.array::<4>()? != magic {
        return Err(PageError::Version);
    }
    let len = u32::from_le_bytes(cursor.array()?) as usize;
    if len > MAX_RAW_BYTES {
        return Err(PageError::Damaged("it claims to be too large"));
    }
    let bad = |_e: std::io::Error| PageError::Damaged("it does not decompress");
    let mut raw = Vec::with_capacity(len.min(cursor.0.len().saturating_mul(LIKELY_RATIO)));
    zstd::stream::read::Decoder::with_buffer(cursor.0)
        .map_err(bad)?
        .take(len as u64 + 1)
        .read_to_end(&mut raw)
        .map_err(bad)?;
    if raw.len() == len { Ok(raw) } else { Err(PageError::Damaged("its length does not match")) }
}

/// Appends numbers as byte planes.
pub(crate) fn put_u32(out: &mut Vec<u8>, values: &[u32]) {
    for shift in [0, 8, 16, 24] {
        out.extend(values.iter().map(|v| low_byte(u64::from(v >> shift))));
    }
}

/// Appends numbers as byte planes of differences to the one before.
pub(crate) fn put_delta(out: &mut Vec<u8>, values: &[u32]) {
    let mut last = 0_u32;
    let deltas: Vec<u32> = values
        .iter()
        .map(|&v| {
            let d = v.wrapping_sub(last);
            last = v;
            d << 1 ^ 0_u32.wrapping_sub(d >> 31)
        })
        .collect();
    put_u32(out, &deltas);
}

/// Appends numbers as byte planes.
pub(crate) fn put_f64(out: &mut Vec<u8>, values: &(impl Iterator<Item = f64> + Clone)) {
    for shift in [0, 8, 16, 24, 32, 40, 48, 56] {
        out.extend(values.clone().map(|v| low_byte(v.to_bits() >> shift)));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest byte is what is asked for")]
fn low_byte(v: u64) -> u8 {
    v as u8
}

/// Reads content from the front, never beyond its end.
pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8], PageError> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(PageError::Damaged("it is cut short"))?;
        self.0 = tail;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], PageError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(PageError::Damaged("it is cut short"))?;
        self.0 = tail;
        Ok(*head)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, PageError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Reads what [`put_u32`] wrote.
    pub(crate) fn u32s(&mut self, n: usize) -> Result<Vec<u32>, PageError> {
        let planes = self.bytes(n.saturating_mul(4))?;
        let mut out = vec![0_u32; n];
        for (plane, shift) in planes.chunks_exact(n.max(1)).zip([0, 8, 16, 24]) {
            for (v, b) in out.iter_mut().zip(plane) {
                *v |= u32::from(*b) << shift;
            }
        }
        Ok(out)
    }

    /// Reads what [`put_delta`] wrote.
    pub(crate) fn deltas(&mut self, n: usize) -> Result<Vec<u32>, PageError> {
        let mut out = self.u32s(n)?;
        let mut last = 0_u32;
        for v in &mut out {
            last = last.wrapping_add(*v >> 1 ^ 0_u32.wrapping_sub(*v & 1));
            *v = last;
        }
        Ok(out)
    }

    /// Reads what [`put_f64`] wrote.
    pub(crate) fn f64s(&mut self, n: usize) -> Result<Vec<f64>, PageError> {
        let planes = self.bytes(n.saturating_mul(8))?;
        let mut bits = vec![0_u64; n];
        for (plane, shift) in planes.chunks_exact(n.max(1)).zip([0, 8, 16, 24, 32, 40, 48, 56]) {
            for (v, b) in bits.iter_mut().zip(plane) {
                *v |= u64::from(*b) << shift;
            }
        }
        Ok(bits.into_iter().map(f64::from_bits).collect())
    }

    /// Fails when something is left.
    pub(crate) fn end(&self) -> Result<(), PageError> {
        if self.0.is_empty() { Ok(()) } else { Err(PageError::Damaged("something stands behind its end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_read_back_bit_for_bit() {
        let numbers = [0, 1, u32::MAX, 7, 0x8000_0000, 0x7FFF_FFFF, 7, 7];
        let reals = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, 455_588.610_123, -1e-300];
        let mut out = Vec::new();
        put_u32(&mut out, &numbers);
        put_delta(&mut out, &numbers);
        put_f64(&mut out, &reals.iter().copied());
        let mut c = Cursor(&out);
        assert_eq!(c.u32s(8).unwrap(), numbers);
        assert_eq!(c.deltas(8).unwrap(), numbers);
        let bits = |v: &[f64]| v.iter().map(|r| r.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&c.f64s(6).unwrap()), bits(&reals));
        assert!(c.end().is_ok());
        assert!(c.u32s(1).is_err());
    }

    #[test]
    fn a_page_that_is_changed_or_cut_anywhere_is_refused() {
        let raw: Vec<u8> = (0..2000_u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
        let page = seal(*b"TST1", &raw).unwrap();
        assert_eq!(unseal(*b"TST1", &page).unwrap(), raw);
        for at in 0..page.len() {
            let mut other = page.clone();
            other[at] ^= 4;
            let same = unseal(*b"TST1", &other).is_ok_and(|r| r == raw);
            assert!(unseal(*b"TST1", &other).is_err() || same, "byte {at}");
            assert!(unseal(*b"TST1", &page[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_bomb_of_zeros_is_refused_at_the_length_it_claims() {
        let mut page = seal(*b"TST1", &vec![0; 1 << 20]).unwrap();
        page.splice(4..8, 16_u32.to_le_bytes());
        assert!(unseal(*b"TST1", &page).is_err());
    }
}
