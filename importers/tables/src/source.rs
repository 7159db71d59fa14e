//! Bytes of a table: counted, bounded per row, and decoded field by field.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// Longest row in bytes. Chosen: an opening quote without a closing one must not pull the rest of a file into memory.
pub(crate) const MAX_ROW_BYTES: u64 = 8 << 20;

/// How much was read, shared between the reader and whoever watches it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    /// Bytes in all.
    pub(crate) total: Rc<Cell<u64>>,
    since_row: Rc<Cell<u64>>,
}

impl Meter {
    /// A row is complete: the next one may again be [`MAX_ROW_BYTES`] long.
    pub(crate) fn row_done(&self) {
        self.since_row.set(0);
    }
}

/// Counts bytes and fails when a row grows too long.
pub(crate) struct MeteredReader<R> {
    inner: R,
    meter: Meter,
}

impl<R> MeteredReader<R> {
    pub(crate) fn new(inner: R, meter: Meter) -> Self {
        Self { inner, meter }
    }
}

impl<R: Read> Read for MeteredReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.meter.since_row.get() > MAX_ROW_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a row is longer than 8 MiB: is a quote not closed?",
            ));
        }
        let n = self.inner.read(buf)?;
        self.meter.total.set(self.meter.total.get() + n as u64);
        self.meter.since_row.set(self.meter.since_row.get() + n as u64);
        Ok(n)
    }
}

/// Decodes fields: UTF-8 where they are, else the encoding that the first such field (or the head) looks like.
///
/// Commas, quotes and line ends are the same bytes in UTF-8, GBK and GB 18030 and never a part of a longer character,
/// so rows are cut before they are decoded.
#[derive(Debug, Default)]
pub(crate) struct FieldDecoder {
    legacy: Option<&'static Encoding>,
    /// Set once, when the first field is not UTF-8.
    pub(crate) news: Option<&'static Encoding>,
}

impl FieldDecoder {
    /// Looks at the head of the file, so that the guess rests on more than one field.
    pub(crate) fn from_head(head: &[u8]) -> Self {
        let legacy = match std::str::from_utf8(head) {
            // A cut at the end of the head is no sign of another encoding.
            Err(e) if e.error_len().is_some() => Some(guess(head)),
            _ => None,
        };
        Self { legacy, news: None }
    }

    /// The text of a field, and whether bytes were lost.
    pub(crate) fn decode(&mut self, field: &[u8]) -> (String, bool) {
        if let Ok(text) = std::str::from_utf8(field) {
            return (text.trim().to_owned(), false);
        }
        if self.legacy.is_none() || self.news.is_none() {
            let encoding = *self.legacy.get_or_insert_with(|| guess(field));
            self.news = Some(encoding);
        }
        let encoding = self.legacy.unwrap_or(UTF_8);
        let (text, lost) = encoding.decode_without_bom_handling(field);
        (text.trim().to_owned(), lost)
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(Some(b"cn"), Utf8Detection::Deny)
}
