//! Stations call in over TCP.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lantu_base::UtcNanos;

use super::{Decoded, Decoder, Encoding, Framed, Framer, Packet, Profiles};
use crate::{Batch, FeedError, FeedSink, FeedSource};

/// Stations at once. Chosen: ten times what a district has; one more is turned away.
const MAX_STATIONS: usize = 1024;
/// A wait looks so often whether it shall stop.
const NAP: Duration = Duration::from_millis(50);
/// A station that is silent for longer is gone and may call again. Chosen: four of the longest usual intervals.
const SILENCE: Duration = Duration::from_hours(4);

/// Listens for stations.
pub struct Hj212 {
    listener: TcpListener,
    profiles: Arc<Profiles>,
    clock: fn() -> UtcNanos,
}

impl Hj212 {
    /// Listens at `address`; `clock` says what time it is when a packet comes.
    ///
    /// # Errors
    /// [`FeedError::Listen`].
    pub fn bind(address: &str, profiles: Profiles, clock: fn() -> UtcNanos) -> Result<Self, FeedError> {
        let failed = |source| FeedError::Listen { source, address: address.to_owned() };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self { listener, profiles: Arc::new(profiles), clock })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// A failure of the system.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }
}

impl FeedSource for Hj212 {
    fn name(&self) -> &'static str {
        "feed-hj212"
    }

    fn run(&mut self, sink: &FeedSink) -> Result<(), FeedError> {
        let n_stations = Arc::new(AtomicUsize::new(0));
        while !sink.cancel.is_cancelled() {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) => {
                    if error.kind() != ErrorKind::WouldBlock {
                        tracing::warn!(%error, "a station could not be accepted");
                    }
                    if sink.cancel.pause(NAP).is_err() {
                        break;
                    }
                    continue;
                }
            };
            if n_stations.fetch_add(1, Ordering::Relaxed) >= MAX_STATIONS {
                n_stations.fetch_sub(1, Ordering::Relaxed);
                sink.counters.reject("more stations than are allowed at once", "");
                continue;
            }
            let (sink, profiles, clock) = (sink.clone(), Arc::clone(&self.profiles), self.clock);
            let (count, left) = (Arc::clone(&n_stations), Arc::clone(&n_stations));
            let started = std::thread::Builder::new().name("feed-station".to_owned()).spawn(move || {
                if let Err(error) = station(stream, &sink, (&profiles, clock)) {
                    tracing::debug!(%error, "a station has gone");
                }
                count.fetch_sub(1, Ordering::Relaxed);
            });
            if let Err(error) = started {
                left.fetch_sub(1, Ordering::Relaxed);
                tracing::warn!(%error, "no thread for a station");
            }
        }
        Ok(())
    }
}

/// One connection, until it ends.
fn station(
    mut stream: TcpStream,
    sink: &FeedSink,
    (profiles, clock): (&Profiles, fn() -> UtcNanos),
) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(NAP))?;
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    let peer = stream.peer_addr().map(|a| a.to_string()).unwrap_or_default();
    let mut decoder = Decoder::new(profiles).map_err(|e| std::io::Error::other(e.to_string()))?;
    let mut framer = Framer::default();
    let mut buffer = vec![0_u8; 64 << 10];
    let mut silent = Duration::ZERO;
    while !sink.cancel.is_cancelled() && silent < SILENCE {
        let n = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                silent += NAP;
                continue;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        silent = Duration::ZERO;
        framer.push(buffer.get(..n).unwrap_or_default());
        while let Some(framed) = framer.next_packet() {
            let refused = match framed {
                Framed::Refused(why) => Err(why),
                Framed::Segment(segment, encoding) => match Packet::parse(&segment) {
                    Ok(packet) => answer((&packet, encoding), &mut decoder, (&stream, sink), clock())?,
                    Err(why) => Err(why),
                },
            };
            if let Err(why) = refused {
                sink.counters.reject(why, &peer);
            }
        }
    }
    Ok(())
}

/// Hands a packet's readings on; its answer is sent when they are stored.
fn answer(
    (packet, encoding): (&Packet, Encoding),
    decoder: &mut Decoder<'_>,
    (stream, sink): (&TcpStream, &FeedSink),
    now: UtcNanos,
) -> std::io::Result<Result<(), &'static str>> {
    let rows = match decoder.decode(packet, now, &sink.counters) {
        Decoded::Refused(why) => return Ok(Err(why)),
        Decoded::Readings(rows) => rows,
        Decoded::Other => Vec::new(),
    };
    sink.counters.message();
    let mut acknowledge: Option<Box<dyn FnOnce() + Send>> = None;
    if packet.wants_answer() {
        let (mut stream, text) = (stream.try_clone()?, packet.answer(encoding));
        acknowledge = Some(Box::new(move || {
            // A station that does not hear the answer sends again, and the reading counts once.
            drop(stream.write_all(&text));
        }));
    }
    if !rows.is_empty() || acknowledge.is_some() {
        sink.send(Batch { rows, acknowledge }).map_err(|e| std::io::Error::other(e.to_string()))?;
    }
    Ok(Ok(()))
}
