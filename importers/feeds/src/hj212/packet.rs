//! Packets of HJ 212 (2005 and 2017): framing, checksum, fields.

use std::borrow::Cow;

/// Why a data segment is refused that is neither UTF-8 nor GB 18030.
const NO_TEXT: &str = "text that is neither UTF-8 nor GB 18030";
/// Bytes of the data segment at most: what four digits of length can say.
const MAX_SEGMENT: usize = 9999;
/// `##`, four digits.
const HEAD: usize = 6;
/// Four hexadecimal digits.
const CRC: usize = 4;

/// Checksum of a data segment, as four hexadecimal digits in upper case.
///
/// HJ 212-2017, appendix A: the high byte of the register is combined with each byte, which Modbus does not do.
pub fn crc(segment: &[u8]) -> String {
    let mut r = 0xFFFF_u16;
    for &b in segment {
        r = (r >> 8) ^ u16::from(b);
        for _ in 0..8 {
            let carry = r & 1;
            r >>= 1;
            if carry == 1 {
                r ^= 0xA001;
            }
        }
    }
    format!("{r:04X}")
}

/// A packet with checksum and length around a data segment.
pub fn frame(segment: &[u8]) -> Vec<u8> {
    [format!("##{:04}", segment.len()).as_bytes(), segment, crc(segment).as_bytes(), b"\r\n"].concat()
}

/// How a station writes what is not ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// GB 18030, and so GBK and GB 2312.
    Gb18030,
}

impl Encoding {
    /// The text of a data segment, and how it is written; `None` of bytes that are no text.
    fn read(segment: &[u8]) -> Option<(String, Self)> {
        if let Ok(text) = std::str::from_utf8(segment) {
            return Some((text.to_owned(), Self::Utf8));
        }
        let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(segment)?;
        Some((text.into_owned(), Self::Gb18030))
    }

    fn write(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 => text.as_bytes().into(),
            Self::Gb18030 => encoding_rs::GB18030.encode(text).0,
        }
    }
}

/// Takes packets out of a stream of bytes that comes in any parts.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
}

/// What a stream holds next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A data segment whose checksum fits, and how it was written.
    Segment(String, Encoding),
    /// Bytes that are no packet, and why.
    Refused(&'static str),
}

impl Framer {
    /// Takes bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next packet or refusal; `None` until more bytes come.
    ///
    /// After a refusal it goes on at the next `##`, so that one wrong packet costs itself only.
    pub fn next_packet(&mut self) -> Option<Framed> {
        let start = self.buffer.windows(2).position(|w| w == b"##");
        let Some(start) = start else {
            // The last byte may be the first half of a start; line ends between packets are no fault.
            let keep = usize::from(self.buffer.last() == Some(&b'#'));
            let end = self.buffer.len() - keep;
            let noise = self.buffer.drain(..end).any(|b| !b.is_ascii_whitespace());
            return noise.then_some(Framed::Refused("bytes between packets"));
        };
        if self.buffer.drain(..start).any(|b| !b.is_ascii_whitespace()) {
            return Some(Framed::Refused("bytes between packets"));
        }
        let digits = self.buffer.get(2..HEAD)?;
        let length = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        let Some(length) =
            length.and_then(|d| d.parse::<usize>().ok()).filter(|n| (1..=MAX_SEGMENT).contains(n))
        else {
            return Some(self.skip("a length that is no number"));
        };
        let end = HEAD + length;
        let Some(tail) = self.buffer.get(end..end + CRC) else {
            // A length that is too large would swallow the packets behind it: another start tells.
            let restart = self
                .buffer
                .get(HEAD..)?
                .windows(HEAD)
                .any(|w| w.starts_with(b"##") && w.iter().skip(2).all(u8::is_ascii_digit));
            return restart.then(|| self.skip("a packet shorter than its length"));
        };
        let segment = self.buffer.get(HEAD..end)?;
        if !tail.eq_ignore_ascii_case(crc(segment).as_bytes()) {
            return Some(self.skip("a wrong checksum"));
        }
        // What is replaced where it cannot be read would give two stations one name.
        let text = Encoding::read(segment);
        self.buffer.drain(..end + CRC);
        Some(text.map_or(Framed::Refused(NO_TEXT), |(text, encoding)| Framed::Segment(text, encoding)))
    }

    /// Goes on behind this start.
    fn skip(&mut self, why: &'static str) -> Framed {
        self.buffer.drain(..2);
        let next = self
            .buffer
            .windows(2)
            .position(|w| w == b"##")
            .unwrap_or_else(|| self.buffer.len() - usize::from(self.buffer.last() == Some(&b'#')));
        self.buffer.drain(..next);
        Framed::Refused(why)
    }
}

/// The fields of a data segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// Fields before `CP`: `QN`, `ST`, `CN`, `PW`, `MN`, `Flag`, `PNUM`, `PNO`.
    head: Vec<(String, String)>,
    /// Groups of `CP`: fields joined by commas stand together, in 2005 and 2017 separated by semicolons.
    pub groups: Vec<Vec<(String, String)>>,
}

impl Packet {
    /// Reads a data segment.
    ///
    /// # Errors
    /// What is missing.
    pub fn parse(segment: &str) -> Result<Self, &'static str> {
        let (head, rest) = segment.split_once("CP=&&").ok_or("no CP=&&")?;
        let body = rest.rsplit_once("&&").ok_or("no && at the end")?.0;
        let field = |text: &str| -> Option<(String, String)> {
            let (k, v) = text.split_once('=')?;
            Some((k.trim().to_owned(), v.trim().to_owned()))
        };
        let head: Vec<_> = head.split(';').filter_map(field).collect();
        let groups = body.split(';').map(|g| g.split(',').filter_map(field).collect::<Vec<_>>());
        let out = Self { head, groups: groups.filter(|g| !g.is_empty()).collect() };
        if out.get("MN").is_none_or(str::is_empty) || out.get("CN").is_none() {
            return Err("no MN or CN");
        }
        Ok(out)
    }

    /// A field before `CP`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.head.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// A field of `CP` that stands for the whole packet: `DataTime`.
    pub fn common(&self, key: &str) -> Option<&str> {
        self.groups.iter().flatten().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// Whether an answer is asked for: bit 0 of `Flag`.
    pub fn wants_answer(&self) -> bool {
        self.get("Flag").and_then(|f| f.parse::<u32>().ok()).is_some_and(|f| f & 1 == 1)
    }

    /// The answer to data, written as the station writes: command 9014.
    pub fn answer(&self, encoding: Encoding) -> Vec<u8> {
        let field = |k: &str| self.get(k).unwrap_or_default().to_owned();
        let segment =
            format!("QN={};ST=91;CN=9014;PW={};MN={};Flag=4;CP=&&&&", field("QN"), field("PW"), field("MN"));
        frame(&encoding.write(&segment))
    }
}
