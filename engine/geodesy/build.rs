//! Writes an entry for each function of GDAL that loads the library when the first of them is called.
//!
//! GDAL brings some hundred libraries along, which take 40 ms of each start of a process: more than reading many a file
//! that needs nothing of it. Where the system's tools can list its functions, entries of the same names stand in front of
//! it, so that the linker leaves the library out; elsewhere it is linked as any other.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// What the names of GDAL's functions in C begin with.
const PREFIXES: [&str; 7] = ["GDAL", "OGR", "OSR", "OCT", "CPL", "CSL", "VSI"];
/// Where the user states another GDAL, as its bindings read it.
const STATED: [&str; 5] = ["GDAL_STATIC", "GDAL_DYNAMIC", "GDAL_INCLUDE_DIR", "GDAL_LIB_DIR", "GDAL_HOME"];

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(gdal_when_needed)");
    println!("cargo::rerun-if-changed=build.rs");
    for name in STATED {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    let known = target("ARCH") == "x86_64" && target("OS") == "linux" && target("ENV") == "gnu";
    let native = env::var_os("HOST") == env::var_os("TARGET");
    let stated = STATED.iter().any(|name| env::var_os(name).is_some());
    let Some((soname, functions)) = (known && native && !stated).then(functions).flatten() else {
        return Ok(());
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("gdal.s"), entries(&functions))?;
    fs::write(out.join("gdal.rs"), names(&soname, &functions))?;
    println!("cargo::rustc-cfg=gdal_when_needed");
    Ok(())
}

/// The name under which the loader finds GDAL, and its functions.
fn functions() -> Option<(String, Vec<String>)> {
    let said = |program: &str, args: &[&str]| {
        let out = Command::new(program).args(args).output().ok().filter(|out| out.status.success())?;
        String::from_utf8(out.stdout).ok()
    };
    let path = said("cc", &["-print-file-name=libgdal.so"])?;
    let path = path.trim();
    if !Path::new(path).is_absolute() {
        return None;
    }
    println!("cargo::rerun-if-changed={path}");
    let dynamic = said("readelf", &["--dynamic", "--wide", path])?;
    let soname = dynamic.lines().find(|l| l.contains("(SONAME)"))?.split_once('[')?.1.split_once(']')?.0;
    let listed = said("nm", &["--dynamic", "--defined-only", path])?;
    let mut functions: Vec<String> = listed
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let (kind, name) = (words.next()?, words.next()?);
            let name = name.split('@').next()?;
            let is_c = PREFIXES.iter().any(|p| name.starts_with(p))
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            (matches!(kind, "T" | "W") && is_c).then(|| name.to_owned())
        })
        .collect();
    functions.sort();
    functions.dedup();
    (!functions.is_empty()).then(|| (soname.to_owned(), functions))
}

/// The entries: each jumps to where its slot of a table says. At first that is behind it, where it asks for its function.
/// They are hidden, so that GDAL's own calls of itself do not come by.
fn entries(functions: &[String]) -> String {
    let mut text = String::from(".section .text.gdal_when_needed,\"ax\",@progbits\n");
    for (i, name) in functions.iter().enumerate() {
        let at = 8 * i;
        let _infallible = write!(
            text,
            ".p2align 4\n.globl {name}\n.hidden {name}\n.type {name},@function\n{name}:\n\
             jmp *gdal_slots+{at}(%rip)\n.Lgdal_{i}:\npush ${i}\njmp gdal_first_call\n.size {name}, .-{name}\n"
        );
    }
    // All registers that carry arguments are kept while the function is looked up. 8 bytes of the return address, 8 of
    // the number and 8 registers keep the stack aligned to 16 bytes.
    text.push_str(".p2align 4\n.type gdal_first_call,@function\ngdal_first_call:\n");
    let registers = ["rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10"];
    for r in registers {
        let _infallible = writeln!(text, "push %{r}");
    }
    text.push_str("sub $128, %rsp\n");
    for i in 0..8 {
        let _infallible = writeln!(text, "movups %xmm{i}, {}(%rsp)", 16 * i);
    }
    text.push_str(
        "mov 192(%rsp), %rdi\nlea gdal_slots(%rip), %rsi\ncall lantu_gdal_function\nmov %rax, %r11\n",
    );
    for i in 0..8 {
        let _infallible = writeln!(text, "movups {}(%rsp), %xmm{i}", 16 * i);
    }
    text.push_str("add $128, %rsp\n");
    for r in registers.iter().rev() {
        let _infallible = writeln!(text, "pop %{r}");
    }
    text.push_str("add $8, %rsp\njmp *%r11\n.size gdal_first_call, .-gdal_first_call\n");
    text.push_str(".section .data.rel.local.gdal_when_needed,\"aw\",@progbits\n.p2align 3\ngdal_slots:\n");
    for i in 0..functions.len() {
        let _infallible = writeln!(text, ".quad .Lgdal_{i}");
    }
    text.push_str(".text\n");
    text
}

/// What the entries ask for, by their numbers.
fn names(soname: &str, functions: &[String]) -> String {
    let mut text = format!("const LIBRARY: &CStr = c{soname:?};\n");
    let _infallible = writeln!(text, "static FUNCTIONS: [&CStr; {}] = [", functions.len());
    for name in functions {
        let _infallible = writeln!(text, "    c{name:?},");
    }
    text.push_str("];\n");
    text
}
