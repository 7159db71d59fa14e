//! A broker that speaks MQTT 3.1.1 or 5: messages are acknowledged when their readings are on the medium, and what was
//! not acknowledged the broker sends again.

mod decode;
mod link;
mod mapping;
mod numbers;
#[cfg(test)]
mod tests;
mod v4;
mod v5;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use lantu_base::{ProjectFrame, TimeZoneName, UtcNanos};

use self::decode::Decoder;
pub(crate) use self::decode::{CLOCK_REFUSED_S, CLOCK_SUSPECT_S};
use self::wire::{Access, Came, Message, Tls, Wire};
use crate::{Batch, FeedError, FeedSink, FeedSource};

pub use self::mapping::{MqttFormat, MqttMapping, MqttVersion, Position, TimeUnit, Topic};

/// First and longest wait after a failure; it doubles in between. Chosen: a broker that is restarted is found again at
/// once, one that is gone is not overrun.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// A wait for messages looks so often whether it shall stop.
const NAP: Duration = Duration::from_secs(1);
/// Why a message is refused that is longer than [`wire::MAX_MESSAGE_BYTES`].
const TOO_LONG: &str = "a message of more than 1 MiB";
/// Readings of one batch at most.
const BATCH_ROWS: usize = 512;

/// Listens to a broker.
pub struct Mqtt {
    access: Access,
    mapping: MqttMapping,
    clock: fn() -> UtcNanos,
    frame: ProjectFrame,
    numbers: BTreeMap<String, i64>,
}

impl Mqtt {
    /// Tells of messages that are missing since an earlier run, whose last number of each source this was.
    #[must_use]
    pub fn after(mut self, numbers: BTreeMap<String, i64>) -> Self {
        self.numbers = numbers;
        self
    }

    /// Prepares a feed from `url`: `mqtt://host[:1883]` or `mqtts://host[:8883]`. Files of the mapping lie beside `folder`.
    /// `clock` says what time it is when a message comes; positions come into `frame`.
    ///
    /// # Errors
    /// [`FeedError::Format`] if that is no such address, [`FeedError::File`] if a file of the mapping cannot be read.
    pub fn new(
        url: &str,
        mapping: MqttMapping,
        folder: &Path,
        clock: fn() -> UtcNanos,
        frame: &ProjectFrame,
    ) -> Result<Self, FeedError> {
        let failed = |what: &str| FeedError::Format { what: what.to_owned(), path: url.into() };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| failed("expected mqtt:// or mqtts://"))?;
        let secure = match scheme {
            "mqtt" => false,
            "mqtts" => true,
            _ => return Err(failed("expected mqtt:// or mqtts://")),
        };
        let rest = rest.trim_end_matches('/');
        if rest.contains('@') {
            return Err(failed(
                "user and password belong into the mapping, where no list of processes shows them",
            ));
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().ok().ok_or_else(|| failed("a port that is no number"))?)
            }
            _ => (rest, if secure { 8883 } else { 1883 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(failed("no host"));
        }
        let read = |file: &Path| {
            let path = folder.join(file);
            std::fs::read(&path).map_err(|source| FeedError::File { source, path })
        };
        let optional = |file: &Option<std::path::PathBuf>| file.as_deref().map(read).transpose();
        let tls = if secure {
            let Some(ca) = optional(&mapping.ca_file)? else {
                return Err(failed("mqtts needs ca_file: which certificates the broker's descends from"));
            };
            let pair = (optional(&mapping.certificate_file)?, optional(&mapping.key_file)?);
            let client = match pair {
                (Some(certificate), Some(key)) => Some((certificate, key)),
                (None, None) => None,
                _ => return Err(failed("certificate_file and key_file belong together")),
            };
            Some(Tls { ca, client })
        } else {
            None
        };
        let password = optional(&mapping.password_file)?.unwrap_or_default();
        let password = String::from_utf8_lossy(&password).lines().next().unwrap_or_default().to_owned();
        let credentials = mapping.user.clone().map(|user| (user, password));
        let access =
            Access { host: host.to_owned(), port, client_id: mapping.client_id.clone(), credentials, tls };
        Ok(Self { access, mapping, clock, frame: frame.clone(), numbers: BTreeMap::new() })
    }

    fn link(&self) -> std::io::Result<Box<dyn Wire>> {
        Ok(match self.mapping.protocol {
            MqttVersion::V3 => Box::new(v4::Link::new(&self.access)?),
            MqttVersion::V5 => Box::new(v5::Link::new(&self.access)?),
        })
    }
}

/// Readings that wait for more to go with them.
#[derive(Default)]
struct Gathered {
    rows: Vec<(lantu_base::ChannelId, lantu_live::Sample)>,
    acknowledge: Vec<Box<dyn FnOnce() + Send>>,
}

impl Gathered {
    fn take(&mut self, message: Message, decoder: &mut Decoder, sink: &FeedSink) {
        let topic = String::from_utf8_lossy(&message.topic);
        match &message.payload {
            Some(payload) => self.rows.extend(decoder.decode(&topic, payload, &sink.counters)),
            None => sink.counters.reject(TOO_LONG, &topic),
        }
        // A message that cannot be read is acknowledged too: it would come again and again, and be no better.
        self.acknowledge.extend(message.acknowledge);
    }

    fn send(&mut self, sink: &FeedSink) -> Result<(), FeedError> {
        if self.rows.is_empty() && self.acknowledge.is_empty() {
            return Ok(());
        }
        let Self { rows, acknowledge } = std::mem::take(self);
        let acknowledge: Option<Box<dyn FnOnce() + Send>> = if acknowledge.is_empty() {
            None
        } else {
            Some(Box::new(move || acknowledge.into_iter().for_each(|a| a())))
        };
        sink.send(Batch { rows, acknowledge })
    }
}

impl FeedSource for Mqtt {
    fn name(&self) -> &'static str {
        "feed-mqtt"
    }

    fn run(&mut self, sink: &FeedSink) -> Result<(), FeedError> {
        let zone = TimeZoneName::new(&self.mapping.zone)
            .map_err(|e| FeedError::Format { what: e.to_string(), path: "mapping".into() })?;
        let decoder = Decoder::new(self.mapping.clone(), zone, self.clock, &self.frame);
        let mut decoder = decoder.after(std::mem::take(&mut self.numbers));
        let filters: Vec<String> = self.mapping.topics.iter().map(|t| t.filter.clone()).collect();
        let failed = |source| FeedError::Listen { source, address: self.access.host.clone() };
        let mut link = self.link().map_err(failed)?;
        let mut session = Session { subscribed: false, backoff: BACKOFF.0 };
        let mut gathered = Gathered::default();
        while !sink.cancel.is_cancelled() {
            let came = match link.ready() {
                Came::Nothing => {
                    gathered.send(sink)?;
                    link.next(NAP)
                }
                other => other,
            };
            match came {
                Came::Message(message) => {
                    // It works again: the next wait is short.
                    session.backoff = BACKOFF.0;
                    gathered.take(message, &mut decoder, sink);
                }
                Came::Failed(why) => {
                    gathered.send(sink)?;
                    if session.failed(&why, &self.access.host, sink).is_err() {
                        break;
                    }
                }
                other => session.note(other, (&*link, &filters), (&self.access.host, sink)),
            }
            if gathered.rows.len() >= BATCH_ROWS {
                gathered.send(sink)?;
            }
        }
        gathered.send(sink)?;
        link.leave();
        Ok(())
    }
}

/// How the connection stands.
struct Session {
    /// In this run of the program.
    subscribed: bool,
    backoff: Duration,
}

impl Session {
    fn note(&mut self, came: Came, (link, filters): (&dyn Wire, &[String]), (host, sink): (&str, &FeedSink)) {
        match came {
            Came::Connected { kept } => {
                tracing::info!(host, kept, "connected to the broker");
                // Filters may have changed since the broker kept them, so each run says them once.
                if !kept || !self.subscribed {
                    match link.subscribe(filters) {
                        Ok(()) => self.subscribed = true,
                        Err(why) => sink.counters.reject(&why, host),
                    }
                }
            }
            Came::Refused(why) => {
                sink.counters.reject(&format!("the broker refuses a subscription: {why}"), host);
                tracing::warn!(why, "the broker refuses a subscription");
            }
            _ => {}
        }
    }

    /// Waits before the next attempt.
    fn failed(&mut self, why: &str, host: &str, sink: &FeedSink) -> Result<(), lantu_base::Cancelled> {
        sink.counters.reconnect();
        sink.counters.trouble(why, host);
        tracing::warn!(error = why, "the broker is not reached; it is tried again");
        let wait = self.backoff;
        self.backoff = (wait * 2).min(BACKOFF.1);
        sink.cancel.pause(wait)
    }
}
