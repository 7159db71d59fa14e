//! As much of HTTP/1.1 as polling a service takes: GET over TCP, one answer a connection, everything bounded.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// Bytes of an answer at most. Chosen: a page of a thousand observations is half a megabyte.
const MAX_ANSWER: u64 = 64 << 20;
/// A server that is silent for longer is given up. Chosen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a service is: host, port, and the path under which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Host and port.
    pub(crate) authority: String,
    /// Begins with `/`, or is empty.
    pub(crate) path: String,
}

impl Place {
    /// Reads `http://host[:port][/path]`.
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            Some(("https", _)) => {
                return Err("https is not supported: put a proxy that speaks http on this machine");
            }
            _ => return Err("expected http://host[:port]/path"),
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.is_empty() || authority.contains('@') || path.contains(char::is_whitespace) {
            return Err("expected http://host[:port]/path");
        }
        let authority =
            if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
        Ok(Self { authority, path: path.to_owned() })
    }
}

/// The body of an answer with status 200.
pub(crate) fn get(authority: &str, target: &str) -> io::Result<Vec<u8>> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let address = authority.to_socket_addrs()?.next().ok_or_else(|| bad("the host has no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {authority}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER + 1).read_to_end(&mut answer)?;
    if answer.len() as u64 > MAX_ANSWER {
        return Err(bad("the answer is too long"));
    }
    let end = answer
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .ok_or_else(|| bad("the answer has no end of its head"))?;
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).into_owned();
    let body = answer.get(end + 4..).unwrap_or_default();
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    if status != "200" {
        return Err(bad(&format!("the server answers with status {status}")));
    }
    let field = |name: &str| {
        head.lines().skip(1).find_map(|l| {
            let (k, v) = l.split_once(':')?;
            k.trim().eq_ignore_ascii_case(name).then(|| v.trim().to_lowercase())
        })
    };
    if field("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
        return unchunked(body).ok_or_else(|| bad("the answer is cut off"));
    }
    match field("content-length").and_then(|n| n.parse::<usize>().ok()) {
        Some(n) => body.get(..n).map(<[u8]>::to_vec).ok_or_else(|| bad("the answer is cut off")),
        None => Ok(body.to_vec()),
    }
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(out);
        }
        out.extend(rest.get(..size)?);
        rest = rest.get(size.checked_add(2)?..)?;
    }
}

/// A value inside a query: everything but letters, digits and a few signs as `%xx`.
pub(crate) fn encoded(text: &str) -> String {
    let digit = |d: u8| char::from_digit(u32::from(d), 16).map_or('0', |d| d.to_ascii_uppercase());
    let mut out = String::with_capacity(text.len() + 16);
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.~$,=&()/?:".contains(&b) {
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

    #[test]
    fn addresses_are_host_port_and_path() {
        let place = |url| Place::parse(url).map(|p| format!("{} {}", p.authority, p.path));
        assert_eq!(place("http://h:8080/v1.1"), Ok("h:8080 /v1.1".to_owned()));
        assert_eq!(place("http://h"), Ok("h:80 ".to_owned()));
        assert!(place("https://h").is_err() && place("h:1").is_err() && place("http:///x").is_err());
    }

    #[test]
    fn an_answer_in_parts_is_put_together_and_one_that_ends_early_is_none() {
        assert_eq!(unchunked(b"4\r\nWiki\r\n5;x=1\r\npedia\r\n0\r\n\r\n"), Some(b"Wikipedia".to_vec()));
        assert_eq!(unchunked(b"4\r\nWi"), None);
        assert_eq!(unchunked(b"ffffffffffffffff\r\nWi\r\n"), None);
        assert_eq!(encoded("a gt 2026+x"), "a%20gt%202026%2Bx");
    }
}
