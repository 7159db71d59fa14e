//! Reads the members of a zip archive (PKWARE APPNOTE 6.3): stored and deflated ones, also in zip64.

use std::io::Read;
use std::ops::Range;

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// Members that are looked at. Chosen: real archives of models have one, and textures.
const MAX_MEMBERS: usize = 10_000;
/// Bytes of the directory's end, with the longest comment.
const MAX_END_BYTES: usize = 22 + 65_535;

/// One member, as the directory describes it.
#[derive(Clone, Debug)]
pub struct Member {
    /// With its folders. Shown to people, never used as a path.
    pub name: String,
    /// Bytes when unpacked, as claimed.
    pub size: u64,
    encrypted: bool,
    method: u16,
    crc: u32,
    packed: u64,
    header: u64,
}

/// Why a member could not be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// No directory of members.
    #[error("its directory is missing or cut")]
    NoDirectory,
    /// It is encrypted.
    #[error("it has a password")]
    Encrypted,
    /// Another method than stored and deflated.
    #[error("it is packed by method {0}, which is not deflate")]
    Method(u16),
    /// Its place is not in the archive.
    #[error("it starts outside the archive")]
    Outside,
}

/// What came out of a member.
pub struct Unpacked {
    /// The bytes.
    pub content: Vec<u8>,
    /// The data end early, break, or have another checksum than claimed.
    pub damaged: bool,
}

/// Members of an archive, in the order of its directory; of more than 10 000 the first.
///
/// # Errors
/// [`ArchiveError::NoDirectory`] where there is none or it is cut.
pub fn members(archive: &[u8]) -> Result<Vec<Member>, ArchiveError> {
    let (mut at, count) = directory(archive).ok_or(ArchiveError::NoDirectory)?;
    let mut out = Vec::new();
    for _ in 0..count.min(MAX_MEMBERS as u64) {
        let Some((member, next)) = member(archive, at) else { break };
        out.push(member);
        at = next;
    }
    if out.is_empty() && count > 0 { Err(ArchiveError::NoDirectory) } else { Ok(out) }
}

/// Unpacks a member, at most `limit` bytes and one more, so that a caller can tell when it is longer.
///
/// # Errors
/// [`ArchiveError`] if it is encrypted, packed otherwise or outside the archive.
pub fn unpack(archive: &[u8], m: &Member, limit: u64) -> Result<Unpacked, ArchiveError> {
    if m.encrypted {
        return Err(ArchiveError::Encrypted);
    }
    let data = data(archive, m).ok_or(ArchiveError::Outside)?;
    let packed = archive.get(data).ok_or(ArchiveError::Outside)?;
    let mut content = Vec::new();
    let read = match m.method {
        0 => packed.take(limit.saturating_add(1)).read_to_end(&mut content),
        8 => DeflateDecoder::new(packed).take(limit.saturating_add(1)).read_to_end(&mut content),
        other => return Err(ArchiveError::Method(other)),
    };
    let mut crc = Crc::new();
    crc.update(&content);
    let damaged = read.is_err() || crc.sum() != m.crc;
    Ok(Unpacked { content, damaged })
}

fn u16_at(b: &[u8], at: usize) -> Option<u16> {
    b.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(b: &[u8], at: usize) -> Option<u32> {
    b.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(b: &[u8], at: usize) -> Option<u64> {
    b.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// Where the directory starts, and how many members it has.
fn directory(archive: &[u8]) -> Option<(usize, u64)> {
    let from = archive.len().saturating_sub(MAX_END_BYTES);
    let tail = archive.get(from..)?;
    let end = from + tail.windows(4).rposition(|w| w == b"PK\x05\x06")?;
    let (count, start) = (u16_at(archive, end + 10)?, u32_at(archive, end + 16)?);
    if count != u16::MAX && start != u32::MAX {
        return Some((usize::try_from(start).ok()?, u64::from(count)));
    }
    let locator = end.checked_sub(20).filter(|&l| archive.get(l..l + 4) == Some(b"PK\x06\x07"));
    let Some(locator) = locator else { return Some((usize::try_from(start).ok()?, u64::from(count))) };
    let end = usize::try_from(u64_at(archive, locator + 8)?).ok()?;
    archive.get(end..end.checked_add(4)?).filter(|s| s == b"PK\x06\x06")?;
    Some((
        usize::try_from(u64_at(archive, end.checked_add(48)?)?).ok()?,
        u64_at(archive, end.checked_add(32)?)?,
    ))
}

/// The member whose entry in the directory starts at `at`, and where the next entry starts.
fn member(archive: &[u8], at: usize) -> Option<(Member, usize)> {
    let b = archive.get(at..)?;
    if !b.starts_with(b"PK\x01\x02") {
        return None;
    }
    let length = |at: usize| u16_at(b, at).map(usize::from);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let mut out = Member {
        name: String::from_utf8_lossy(b.get(46..46 + name)?).into_owned(),
        size: u64::from(u32_at(b, 24)?),
        encrypted: u16_at(b, 8)? & 1 != 0,
        method: u16_at(b, 10)?,
        crc: u32_at(b, 16)?,
        packed: u64::from(u32_at(b, 20)?),
        header: u64::from(u32_at(b, 42)?),
    };
    zip64(b.get(46 + name..46 + name + extra)?, &mut out);
    Some((out, at + 46 + name + extra + comment))
}

/// Sizes that do not fit into 32 bits stand in an extra field, in this order.
fn zip64(extra: &[u8], m: &mut Member) {
    let mut at = 0;
    while let (Some(id), Some(length)) = (u16_at(extra, at), u16_at(extra, at + 2)) {
        at += 4;
        if id == 1 {
            let mut field = at;
            for value in [&mut m.size, &mut m.packed, &mut m.header] {
                if *value == u64::from(u32::MAX)
                    && let Some(large) = u64_at(extra, field)
                {
                    *value = large;
                    field += 8;
                }
            }
            return;
        }
        at += usize::from(length);
    }
}

/// Where the packed bytes of a member lie; cut at the archive's end.
fn data(archive: &[u8], m: &Member) -> Option<Range<usize>> {
    let header = usize::try_from(m.header).ok()?;
    let b = archive.get(header..)?;
    if !b.starts_with(b"PK\x03\x04") {
        return None;
    }
    let start = header + 30 + usize::from(u16_at(b, 26)?) + usize::from(u16_at(b, 28)?);
    let packed = usize::try_from(m.packed).ok()?;
    let end = start.checked_add(packed)?.min(archive.len());
    (start <= end).then_some(start..end)
}
