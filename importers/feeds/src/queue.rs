//! The bounded queue between a source and who stores its readings.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};
use lantu_base::{CancelToken, ChannelId};
use lantu_live::{Sample, is_companion};

use crate::Counters;

/// Batches that wait at most; a source waits when they are not taken. Chosen: with 4096 rows a batch, 20 MB.
const MAX_BATCHES: usize = 64;
/// A waiting source looks so often whether it shall stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Readings that came together.
pub struct Batch {
    /// The readings.
    pub rows: Vec<(ChannelId, Sample)>,
    /// To be called once they are on the medium: tells the gateway. Never before.
    pub acknowledge: Option<Box<dyn FnOnce() + Send>>,
}

/// Where readings come from. Runs on a thread of its own.
pub trait FeedSource: Send + 'static {
    /// Name of its thread, at most 15 bytes.
    fn name(&self) -> &'static str;

    /// Sends readings until it has no more or is cancelled.
    ///
    /// # Errors
    /// [`FeedError`] if it cannot go on; what can be tried again it tries again itself.
    fn run(&mut self, sink: &FeedSink) -> Result<(), FeedError>;
}

/// Where a source puts its readings.
#[derive(Clone)]
pub struct FeedSink {
    sender: Sender<Batch>,
    /// What it counts.
    pub counters: Arc<Counters>,
    /// When it shall stop.
    pub cancel: CancelToken,
}

/// A source ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// A file cannot be read.
    #[error("cannot read the file\nfile: {path:?}")]
    File {
        /// Why.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// A file is not what it should be.
    #[error("{what}\nfile: {path:?}")]
    Format {
        /// What is wrong, with the place.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// An address cannot be used.
    #[error("cannot listen there\naddress: {address:?}")]
    Listen {
        /// Why.
        source: io::Error,
        /// The address.
        address: String,
    },
    /// Who stores the readings has ended.
    #[error("nobody takes the readings any more")]
    Closed,
}

impl FeedSink {
    /// Puts a batch into the queue; waits while it is full.
    ///
    /// # Errors
    /// [`FeedError::Closed`] if nobody takes it any more, or the source shall stop.
    pub fn send(&self, batch: Batch) -> Result<(), FeedError> {
        self.counters.readings(batch.rows.iter().filter(|(channel, _)| !is_companion(channel)).count());
        let mut batch = batch;
        loop {
            match self.sender.send_timeout(batch, PATIENCE) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(back)) if !self.cancel.is_cancelled() => batch = back,
                Err(_) => return Err(FeedError::Closed),
            }
        }
    }
}

/// A queue and its far end.
pub fn queue(cancel: CancelToken) -> (FeedSink, Receiver<Batch>) {
    let (sender, receiver) = bounded(MAX_BATCHES);
    (FeedSink { sender, counters: Arc::default(), cancel }, receiver)
}

/// Runs a source on a thread of its own; the queue ends with it.
///
/// # Errors
/// A failure to start a thread.
pub fn start(
    mut source: impl FeedSource,
    sink: FeedSink,
) -> io::Result<std::thread::JoinHandle<Result<(), FeedError>>> {
    std::thread::Builder::new().name(source.name().to_owned()).spawn(move || source.run(&sink))
}
