//! Answers of a service over HTTP or HTTPS, each bounded in bytes and time.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossbeam_channel::{RecvTimeoutError, bounded};
use lantu_base::CancelToken;
use serde::Deserialize;
use ureq::RequestBuilder;
use ureq::http::Uri;
use ureq::http::header::{ACCEPT, AUTHORIZATION};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::WithoutBody;

use crate::FeedError;

/// Bytes of an answer at most, unpacked. Chosen: a page of a thousand observations is half a megabyte.
const MAX_ANSWER: u64 = 64 << 20;
/// A server that is silent for longer is given up. Chosen.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer that takes longer is given up. Chosen: a page of half a megabyte over the slowest line.
const LONGEST: Duration = Duration::from_mins(2);
/// How often who waits for an answer looks whether it is wanted still. Chosen: nobody notices.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Bytes of an answer that are read at once.
const PIECE_BYTES: usize = 1 << 16;

/// Why a question has no answer that can be read.
pub(super) enum Refused {
    /// The service does not answer, or not to the end.
    Silent(io::Error),
    /// It answers with something else.
    Answer(String),
}

/// Who asks a service, and whom it must be. A TOML file of the user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorThingsAccess {
    /// User (HTTP Basic); without one nobody is named. Only `https` hides the password on its way.
    #[serde(default)]
    pub user: Option<String>,
    /// File whose first line is the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Certificates (PEM) that the service's must descend from; those that this machine trusts if absent.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Seconds before the newest observation of a datastream from which on it is asked again, for what is filed late.
    #[serde(default = "look_back_s")]
    pub look_back_s: u32,
}

/// Chosen: stations that buffer while their line is down file what they have within minutes.
fn look_back_s() -> u32 {
    600
}

impl Default for SensorThingsAccess {
    fn default() -> Self {
        Self { user: None, password_file: None, ca_file: None, look_back_s: look_back_s() }
    }
}

impl SensorThingsAccess {
    /// Reads a file of access (TOML).
    ///
    /// # Errors
    /// What the parser says, with the place.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }
}

/// A service, and how it is asked.
pub(super) struct Service {
    agent: ureq::Agent,
    /// Scheme, host and port: where every question goes.
    pub(super) origin: String,
    /// Path under which the service stands; begins with `/`, or is empty.
    pub(super) path: String,
    authorization: Option<String>,
}

impl Service {
    /// A service at `http://host[:port][/path]` or `https://…`; files of `access` lie in `folder`.
    pub(super) fn new(url: &str, access: &SensorThingsAccess, folder: &Path) -> Result<Self, FeedError> {
        let failed = |what: &str| FeedError::Format { what: what.to_owned(), path: url.into() };
        let shape = "expected http://host[:port]/path or https://host[:port]/path";
        let uri: Uri = url.parse().map_err(|e| failed(&format!("{shape}: {e}")))?;
        let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(failed(shape));
        };
        if authority.host().is_empty() || authority.as_str().contains('@') || uri.query().is_some() {
            return Err(failed(shape));
        }
        let read = |file: &PathBuf| {
            let path = folder.join(file);
            std::fs::read(&path).map_err(|source| FeedError::File { source, path })
        };
        let roots = match access.ca_file.as_ref() {
            Some(file) => {
                let certificates = certificates(&read(file)?)
                    .map_err(|what| FeedError::Format { what, path: folder.join(file) })?;
                RootCerts::new_with_certs(&certificates)
            }
            None if scheme == "https" => {
                let known = rustls_native_certs::load_native_certs().certs;
                let known: Vec<_> = known.iter().map(|c| Certificate::from_der(c).to_owned()).collect();
                if known.is_empty() {
                    return Err(failed(
                        "this machine trusts no certificates: name those of the service as ca_file",
                    ));
                }
                RootCerts::new_with_certs(&known)
            }
            None => RootCerts::new_with_certs(&[]),
        };
        let authorization = match &access.user {
            Some(user) => {
                let password = access.password_file.as_ref().map(read).transpose()?.unwrap_or_default();
                let password = String::from_utf8_lossy(&password);
                let password = password.lines().next().unwrap_or_default();
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            None => None,
        };
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(roots)
            .build();
        // Nothing else is called than what was configured: neither a proxy of the environment nor where a server points.
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_resolve(Some(PATIENCE))
            .timeout_connect(Some(PATIENCE))
            .timeout_per_write(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .build()
            .new_agent();
        let path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { agent, origin: format!("{scheme}://{authority}"), path, authorization })
    }

    /// The body of an answer with status 200 to the question for `target`, a path with its query. Ends early where it is
    /// cancelled, also while the server says nothing.
    pub(super) fn get(&self, target: &str, cancel: &CancelToken) -> Result<Vec<u8>, Refused> {
        let mut request =
            self.agent.get(format!("{}{target}", self.origin)).header(ACCEPT, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        // A read cannot be interrupted, so another thread waits in it; one that is left alone ends with its patience.
        let (answer, answered) = bounded(1);
        let left = cancel.clone();
        let ask = move || drop(answer.send(Self::answer(request, &left)));
        std::thread::Builder::new().name("feed-sta-ask".into()).spawn(ask).map_err(Refused::Silent)?;
        loop {
            match answered.recv_timeout(LOOK_EVERY) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => {}
                Err(_) => return Err(Refused::Silent(io::ErrorKind::TimedOut.into())),
            }
        }
    }

    fn answer(request: RequestBuilder<WithoutBody>, cancel: &CancelToken) -> Result<Vec<u8>, Refused> {
        let silent = |e: ureq::Error| Refused::Silent(e.into_io());
        let mut answer = request.call().map_err(silent)?;
        let status = answer.status();
        if status != 200 {
            return Err(Refused::Answer(format!("the server answers with status {status}")));
        }
        // Piece by piece: a server that sends a byte a second must not hold up who wants to end.
        let mut body = answer.body_mut().with_config().limit(MAX_ANSWER).reader();
        let (mut out, mut piece) = (Vec::new(), vec![0; PIECE_BYTES]);
        let began = Instant::now();
        loop {
            let n = body.read(&mut piece).map_err(Refused::Silent)?;
            if n == 0 {
                return Ok(out);
            }
            out.extend(piece.iter().take(n));
            if cancel.is_cancelled() || began.elapsed() > LONGEST {
                return Err(Refused::Silent(io::ErrorKind::TimedOut.into()));
            }
        }
    }

    /// Path and query of the next page as a server names it: a whole address, a path, or what follows the service's path.
    ///
    /// A server behind a proxy names itself as it knows itself; its host does not count.
    pub(super) fn next(&self, link: &str) -> String {
        let whole = ["http://", "https://"].iter().find_map(|scheme| link.strip_prefix(scheme));
        let target = match whole {
            Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned(),
            None if link.starts_with('/') => link.to_owned(),
            None => format!("{}/{link}", self.path),
        };
        percent(&target, b"-_.~!*'();:@&=+$,/?[]%")
    }
}

/// The certificates of a PEM file.
fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let mut out = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| e.to_string())? {
            out.push(certificate);
        }
    }
    if out.is_empty() { Err("no certificate (PEM)".to_owned()) } else { Ok(out) }
}

/// A path and query of our own.
pub(super) fn encoded(text: &str) -> String {
    percent(text, b"-_.~$,=&()/?:")
}

/// Everything but letters, digits and what is `kept` as `%xx`.
fn percent(text: &str, kept: &[u8]) -> String {
    let digit = |d: u8| char::from_digit(u32::from(d), 16).map_or('0', |d| d.to_ascii_uppercase());
    let mut out = String::with_capacity(text.len() + 16);
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || kept.contains(&b) {
            out.push(char::from(b));
        } else {
            out.extend(['%', digit(b >> 4), digit(b & 15)]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(url: &str) -> Result<Service, FeedError> {
        let access = SensorThingsAccess { ca_file: None, ..SensorThingsAccess::default() };
        Service::new(url, &access, Path::new("."))
    }

    #[test]
    fn addresses_are_scheme_host_port_and_path() {
        let place = |url| service(url).map(|p| format!("{} {}", p.origin, p.path));
        assert_eq!(place("http://h:8080/v1.1/").unwrap(), "http://h:8080 /v1.1");
        assert_eq!(place("http://h").unwrap(), "http://h ");
        for wrong in ["h:1", "http:///x", "ftp://h/x", "http://me:secret@h/x", "http://h/x?y", "http://h/a b"]
        {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_page_is_asked_of_the_same_server_however_it_is_named() {
        let service = service("http://h:8080/FROST/v1.1").unwrap();
        for (link, target) in [
            ("http://inside/FROST/v1.1/Things?$skip=2", "/FROST/v1.1/Things?$skip=2"),
            ("/FROST/v1.1/Things?$skip=2", "/FROST/v1.1/Things?$skip=2"),
            ("Things?$skip=2&$filter=time gt 5", "/FROST/v1.1/Things?$skip=2&$filter=time%20gt%205"),
            ("/x?$skip=2&of=http://y/z", "/x?$skip=2&of=http://y/z"),
            ("/x?a=b%20c\r\nHost: other", "/x?a=b%20c%0D%0AHost:%20other"),
        ] {
            assert_eq!(service.next(link), target);
        }
        assert_eq!(encoded("a gt 2026+x"), "a%20gt%202026%2Bx");
    }
}
