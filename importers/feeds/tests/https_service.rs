//! A `SensorThings` service behind HTTPS and a password, on loopback.

mod programs;

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use lantu_base::{CancelToken, UtcNanos};
use lantu_feeds::{FeedSource as _, SensorThings, SensorThingsAccess, queue};
use programs::{certificates, ready};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// One datastream with one observation, for who says that he is `lantu` with the password `secret`.
#[cfg(test)]
fn serve(folder: &Path) -> SocketAddr {
    let chain =
        CertificateDer::pem_file_iter(folder.join("server.crt")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::Builder::new()
        .name("https".into())
        .spawn(move || {
            for stream in listener.incoming() {
                let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut reader = BufReader::new(StreamOwned::new(tls, stream.unwrap()));
                let mut head = String::new();
                // Who does not trust the certificate hangs up.
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|n| n > 0) {}
                let known = head.to_lowercase().contains("authorization: basic")
                    && head.contains("bGFudHU6c2VjcmV0");
                let body = if head.contains("/Observations") {
                    r#"{"value": [{"phenomenonTime": "2026-07-01T00:00:00Z", "result": "7"}]}"#
                } else {
                    r#"{"value": [{"@iot.id": "a:b", "name": "dust", "unitOfMeasurement": null, "Thing": null}]}"#
                };
                let status = if known { "200 OK" } else { "401 Unauthorized" };
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let stream = reader.get_mut();
                if stream.write_all(answer.as_bytes()).is_ok() {
                    stream.conn.send_close_notify();
                    stream.flush().unwrap_or_default();
                }
            }
        })
        .unwrap();
    address
}

#[test]
fn a_service_is_asked_by_https_with_a_password_and_one_that_is_not_trusted_is_not_asked() {
    let test = "a_service_is_asked_by_https_with_a_password_and_one_that_is_not_trusted_is_not_asked";
    if !ready(test, &["openssl"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    std::fs::write(folder.path().join("password"), "secret\n").unwrap();
    std::fs::write(folder.path().join("wrong"), "guess\n").unwrap();
    let address = serve(folder.path());
    let ask = |ca: &str, password: &str| {
        let text = format!("user = \"lantu\"\npassword_file = \"{password}\"\nca_file = \"{ca}\"\n");
        let access = SensorThingsAccess::parse(&text).unwrap();
        let url = format!("https://{address}/v1.1");
        let mut source = SensorThings::new(
            &url,
            (&access, folder.path()),
            HashMap::new(),
            (None, || UtcNanos(1_785_500_000_000_000_000)),
        )
        .unwrap();
        let (sink, receiver) = queue(CancelToken::default());
        let ended = source.run(&sink).map_err(|e| e.to_string());
        drop(sink);
        let rows: Vec<_> =
            receiver.iter().flat_map(|b| b.rows).map(|(c, s)| (c.to_string(), s.value)).collect();
        (ended, rows)
    };
    assert_eq!(ask("ca.crt", "password"), (Ok(()), vec![("dust".to_owned(), 7.0)]));
    let (ended, rows) = ask("ca.crt", "wrong");
    assert!(ended.unwrap_err().contains("401") && rows.is_empty());
    let (ended, rows) = ask("other.crt", "password");
    assert!(ended.unwrap_err().contains("certificate") && rows.is_empty());
}

#[test]
fn files_of_an_access_that_are_missing_or_hold_no_certificate_are_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.crt"), "no certificate").unwrap();
    for (text, expected) in [
        ("ca_file = \"nowhere.crt\"", "nowhere.crt"),
        ("ca_file = \"empty.crt\"", "empty.crt"),
        ("user = \"me\"\npassword_file = \"nowhere\"", "nowhere"),
    ] {
        let access = SensorThingsAccess::parse(text).unwrap();
        let made = SensorThings::new(
            "https://127.0.0.1:1/v1.1",
            (&access, folder.path()),
            HashMap::new(),
            (None, || UtcNanos(1_785_500_000_000_000_000)),
        );
        let error = made.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(SensorThingsAccess::parse("pasword_file = \"x\"").unwrap_err().contains("pasword_file"));
}
