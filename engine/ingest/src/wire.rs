//! Framing of batches on a pipe: little-endian u32 length, then postcard.

use std::io::{ErrorKind, Read, Write};

use crate::{Batch, PackedBatch};

/// Largest batch in bytes. Chosen: four times the largest mesh seen in 939 IFC files; a broken writer cannot
/// make the reader allocate more.
pub const MAX_BATCH_BYTES: u32 = 1 << 30;

/// The pipe between importer and session broke, or carries something else.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Reading or writing failed.
    #[error("the import stream broke: {0}")]
    Io(#[from] std::io::Error),
    /// The content is not a batch.
    #[error("the import stream is damaged: {0}")]
    Decode(#[from] postcard::Error),
    /// A batch claims to be larger than [`MAX_BATCH_BYTES`].
    #[error("the import stream claims a batch of {0} bytes")]
    TooLarge(u32),
    /// The stream stopped inside a batch.
    #[error("the import stream stopped inside a message")]
    Truncated,
}

/// Writes one batch.
///
/// # Errors
/// [`WireError::Io`] when the other end is gone; [`WireError::TooLarge`].
pub fn write_batch(out: &mut impl Write, batch: &Batch) -> Result<(), WireError> {
    write_frame(out, &postcard::to_stdvec(batch)?)
}

/// Writes one batch that is encoded.
///
/// # Errors
/// As [`write_batch`].
pub fn write_packed(out: &mut impl Write, batch: &PackedBatch) -> Result<(), WireError> {
    write_frame(out, batch.bytes())
}

fn write_frame(out: &mut impl Write, bytes: &[u8]) -> Result<(), WireError> {
    let len = u32::try_from(bytes.len()).ok().filter(|&n| n <= MAX_BATCH_BYTES);
    let Some(len) = len else { return Err(WireError::TooLarge(u32::MAX)) };
    out.write_all(&len.to_le_bytes())?;
    out.write_all(bytes)?;
    Ok(())
}

/// Reads one batch; `None` at the end of the stream between two batches.
///
/// # Errors
/// [`WireError`]; memory use follows the bytes that really arrive, not the length that is claimed.
pub fn read_batch(input: &mut impl Read) -> Result<Option<Batch>, WireError> {
    let mut head = [0_u8; 4];
    match input.read_exact(&mut head) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let len = u32::from_le_bytes(head);
    if len > MAX_BATCH_BYTES {
        return Err(WireError::TooLarge(len));
    }
    let mut bytes = Vec::new();
    input.take(u64::from(len)).read_to_end(&mut bytes)?;
    if bytes.len() < len as usize {
        return Err(WireError::Truncated);
    }
    Ok(Some(postcard::from_bytes(&bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_cut_anywhere_is_an_error_or_a_clean_end_never_a_panic() {
        let mut wire = Vec::new();
        for done in 0..3 {
            write_batch(&mut wire, &Batch::Progress { done, total: 3 }).unwrap();
        }
        for cut in 0..wire.len() {
            let mut input = wire.get(..cut).unwrap();
            let mut n = 0;
            while let Ok(Some(_)) = read_batch(&mut input) {
                n += 1;
            }
            assert!(n < 3, "cut at {cut}");
        }
    }

    #[test]
    fn a_diagnostic_arrives_as_it_was_sent() {
        use lantu_base::{Code, Diagnostic, Severity};
        let plain = Diagnostic::new(Code::new("test.plain"), Severity::Warning, "line 3", "something");
        for d in [plain.clone(), plain.with("n", 7)] {
            let mut wire = Vec::new();
            write_batch(&mut wire, &Batch::Diagnostic(d.clone())).unwrap();
            write_batch(&mut wire, &Batch::Progress { done: 1, total: 1 }).unwrap();
            let mut input = wire.as_slice();
            assert_eq!(read_batch(&mut input).unwrap(), Some(Batch::Diagnostic(d)));
            assert!(matches!(read_batch(&mut input), Ok(Some(Batch::Progress { .. }))));
        }
    }

    #[test]
    fn a_claimed_gigabyte_is_not_allocated() {
        let mut wire = (MAX_BATCH_BYTES + 1).to_le_bytes().to_vec();
        assert!(matches!(read_batch(&mut wire.as_slice()), Err(WireError::TooLarge(_))));
        wire = (MAX_BATCH_BYTES).to_le_bytes().to_vec();
        assert!(matches!(read_batch(&mut wire.as_slice()), Err(WireError::Truncated)));
    }
}
