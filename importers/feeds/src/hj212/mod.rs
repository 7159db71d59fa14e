//! HJ 212 over TCP: what dust and noise stations speak. Stations call in; data is answered when it is stored.

mod decode;
mod packet;
mod profile;
mod server;

pub use decode::{Decoded, Decoder};
pub use packet::{Encoding, Framed, Framer, Packet, crc, frame};
pub use profile::{Device, Key, Profiles};
pub use server::Hj212;

#[cfg(test)]
mod tests;
