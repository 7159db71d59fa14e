//! Programs that these tests start, and certificates made with one of them.

use std::path::Path;
use std::process::Command;

/// Whether the programs are there; records the skip of a test by name.
pub(crate) fn ready(test: &str, programs: &[&str]) -> bool {
    for program in programs {
        let found =
            ["/usr/sbin", "/usr/bin", "/usr/local/bin"].iter().any(|d| Path::new(d).join(program).exists());
        if !found {
            lantu_support::skip(test, &format!("{program} is not installed"));
            return false;
        }
    }
    true
}

/// Runs a program in a folder to its end.
pub(crate) fn run(folder: &Path, program: &str, args: &[&str]) {
    let path = format!("/usr/sbin:/usr/bin:{}", std::env::var("PATH").unwrap_or_default());
    let out = Command::new(program).args(args).current_dir(folder).env("PATH", path).output();
    let out = out.unwrap_or_else(|e| unreachable!("{program}: {e}"));
    assert!(out.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// `ca.crt`, `other.crt` of somebody else, and `server.crt` with `server.key` for 127.0.0.1, which descends from `ca`.
pub(crate) fn certificates(at: &Path) {
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    for ca in ["ca", "other"] {
        let (key, crt, name) = (format!("{ca}.key"), format!("{ca}.crt"), format!("/CN=lantu test {ca}"));
        let head = ["req", "-x509", "-days", "2", "-keyout", &key, "-out", &crt, "-subj", &name];
        run(at, "openssl", &[&head[..], &curve].concat());
    }
    std::fs::write(at.join("san.ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        .unwrap_or_else(|e| unreachable!("{e}"));
    let head = ["req", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server"];
    run(at, "openssl", &[&head[..], &curve].concat());
    let sign = ["x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
    let with = ["-days", "2", "-out", "server.crt", "-extfile", "san.ext"];
    run(at, "openssl", &[&sign[..], &with].concat());
}
