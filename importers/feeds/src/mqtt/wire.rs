//! What both versions of the protocol have in common.

use std::time::Duration;

/// Seconds without a word after which the broker is asked whether it is still there. Chosen.
pub(super) const KEEP_ALIVE_S: u16 = 20;
/// Messages that the broker may send before the first of them is acknowledged (MQTT 5; of MQTT 3.1.1 the broker decides).
/// Chosen: what comes in a fifth of a second from a district.
pub(super) const IN_FLIGHT: u16 = 4096;
/// Largest message that is read, bytes. Chosen: ten thousand readings. With MQTT 5 the broker is told, and sends no longer
/// one.
pub(super) const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Who connects where.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) client_id: String,
    /// User, password.
    pub(super) credentials: Option<(String, String)>,
    pub(super) tls: Option<Tls>,
}

/// Certificates, PEM.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) ca: Vec<u8>,
    /// Certificate chain and key.
    pub(super) client: Option<(Vec<u8>, Vec<u8>)>,
}

/// What came from the broker.
pub(super) enum Came {
    /// A connection; whether the broker kept the session.
    Connected {
        kept: bool,
    },
    Message(Message),
    /// A subscription is refused.
    Refused(String),
    /// Nothing that matters here.
    Other,
    /// Nothing in this time.
    Nothing,
    /// The connection is gone, or was not made.
    Failed(String),
}

/// A message.
pub(super) struct Message {
    pub(super) topic: Vec<u8>,
    /// `None` of one that is longer than [`MAX_MESSAGE_BYTES`].
    pub(super) payload: Option<Vec<u8>>,
    /// Tells the broker that it is stored; `None` if it does not wait for that.
    pub(super) acknowledge: Option<Box<dyn FnOnce() + Send>>,
}

/// A connection that makes itself again when it is asked after a failure.
pub(super) trait Wire {
    /// Asks for messages of these filters, at least once each.
    fn subscribe(&self, filters: &[String]) -> Result<(), String>;
    /// What is there already.
    fn ready(&mut self) -> Came;
    /// The next thing, if it comes in this time.
    fn next(&mut self, at_most: Duration) -> Came;
    /// Ends the connection; the broker keeps the session.
    fn leave(&mut self);
}
