//! Archives made in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot make its archive has failed")]

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A zip archive of deflated members, each a name and its content.
///
/// # Panics
/// For members of more than 4 GiB or 65 535 of them.
pub fn pack(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let mut e = DeflateEncoder::new(Vec::new(), Compression::default());
        e.write_all(content).unwrap();
        let packed = e.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let sizes = |to: &mut Vec<u8>| {
            to.extend([0; 4]);
            to.extend(crc.sum().to_le_bytes());
            to.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
            to.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
            to.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            to.extend([0; 2]);
        };
        let header = u32::try_from(out.len()).unwrap();
        out.extend(b"PK\x03\x04\x14\0\0\0\x08\0");
        sizes(&mut out);
        out.extend(name.as_bytes());
        out.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0");
        sizes(&mut directory);
        directory.extend([0; 10]);
        directory.extend(header.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = u32::try_from(out.len()).unwrap();
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap().to_le_bytes();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(length);
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}
