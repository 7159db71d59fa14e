//! What a command brings along when it starts.
#![cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]

use std::process::Command;

use crate::lantu::binary;

/// A start took 50 ms of looking up symbols in GDAL and the hundred libraries that it needs; an import is two starts.
#[test]
fn a_command_that_needs_no_gdal_does_not_load_it() {
    // Where the user states another GDAL it is linked as any library.
    if ["GDAL_HOME", "GDAL_LIB_DIR", "GDAL_STATIC"].iter().any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    let out = Command::new(binary()).arg("--version").env("LD_DEBUG", "files").output().unwrap();
    let loaded = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && loaded.contains("libc.so"), "{loaded}");
    assert!(!loaded.contains("libgdal"), "{loaded}");
}
