//! Reads mutated files until the time is up. Stops at the first that panics, takes too long or breaks the stream's
//! promises, and leaves it behind; also where the whole process ends, for want of stack or of memory.
//!
//! `cargo run -p lantu-ifc --example fuzz_reader -- data|shapes SECONDS SEED FOUND.ifc FILE.ifc…`
//!
//! `data` reads what files say, `shapes` also makes the shapes of their objects. The same seed and files give the same
//! mutations, on any toolchain.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use lantu_ifc::{IfcImporter, import_without_shapes};
use lantu_ingest::{Batch, ImportError, ImportJob, Importer, MeshRecord, VecSink};

/// Largest file that is mutated. Chosen: small files give more mutations in the same time.
const MAX_BYTES: usize = 400_000;
/// Longest time of the processor that one file may take. Chosen: a hundred times what a whole one takes.
const MAX_TIME: Duration = Duration::from_secs(20);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, seconds, seed, found, files @ ..] = args.as_slice() else {
        return Err("usage: fuzz_reader data|shapes SECONDS SEED FOUND.ifc FILE.ifc…".into());
    };
    let shapes = match what.as_str() {
        "data" => false,
        "shapes" => true,
        other => return Err(format!("{other} is neither data nor shapes").into()),
    };
    let until = Instant::now() + Duration::from_secs(seconds.parse()?);
    let mut dice = Dice(seed.parse::<u64>()?.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut corpus = Vec::new();
    for file in files {
        let content = std::fs::read(file)?;
        if content.len() <= MAX_BYTES {
            corpus.push(content);
        }
    }
    let path = Path::new(found);
    let (mut n, mut streams, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    while Instant::now() < until && !corpus.is_empty() {
        // It lies there while it is read, so that it is left behind whatever ends this process.
        std::fs::write(path, mutated(&corpus, &mut dice))?;
        let started = cpu();
        let outcome = catch_unwind(AssertUnwindSafe(|| check(path, shapes)));
        n += 1;
        let took = cpu().saturating_sub(started);
        slowest = slowest.max(took);
        let wrong = match outcome {
            Ok(Ok(stream)) if took < MAX_TIME => {
                streams += u64::from(stream);
                continue;
            }
            Ok(Ok(_)) => format!("took {took:?} of the processor"),
            Ok(Err(what)) => what,
            Err(_) => "panicked".to_owned(),
        };
        return Err(format!("file {n} of seed {seed} {wrong}; it is {found}").into());
    }
    std::fs::remove_file(path)?;
    writeln!(
        std::io::stdout(),
        "{n} files of seed {seed}, {streams} of them gave a stream, the slowest in {} ms; nothing was found",
        slowest.as_millis()
    )?;
    Ok(())
}

/// Time of the processor that this process has taken: other work on the machine does not count.
#[cfg(unix)]
fn cpu() -> Duration {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(t.tv_sec).unwrap_or(0), u32::try_from(t.tv_nsec).unwrap_or(0))
}

/// Time since this process first asked: other systems have no clock for it at hand.
#[cfg(not(unix))]
fn cpu() -> Duration {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed()
}

/// Whether a file gave a stream, or what was wrong with the stream or reason.
fn check(path: &Path, shapes: bool) -> Result<bool, String> {
    let job = ImportJob { threads: 2, ..ImportJob::inspect(path) };
    let mut sink = VecSink::default();
    let read =
        if shapes { IfcImporter.import(&job, &mut sink) } else { import_without_shapes(&job, &mut sink) };
    match read {
        Err(ImportError::Format { code, what, .. }) if code.starts_with("ifc.") && !what.is_empty() => {
            Ok(false)
        }
        Err(e) => Err(format!("gave the error {e}")),
        Ok(()) => {
            let (mut objects, mut highest) = (0, 0);
            for batch in &sink.0 {
                match batch {
                    Batch::Objects(o) => objects += o.len(),
                    Batch::Properties(p) => {
                        highest = p.iter().map(|p| p.object as usize + 1).fold(highest, usize::max);
                    }
                    Batch::Meshes(m) => {
                        highest = m.iter().map(|m| m.object as usize + 1).fold(highest, usize::max);
                        if let Some(wrong) = m.iter().find_map(unsound) {
                            return Err(wrong.to_owned());
                        }
                    }
                    Batch::Diagnostic(d) if d.message.contains("broke down") => {
                        return Err(format!("has {}: {}", d.place, d.message));
                    }
                    Batch::Relations(r) => {
                        highest = r.iter().map(|r| r.from.max(r.to) as usize + 1).fold(highest, usize::max);
                    }
                    _ => {}
                }
            }
            let framed =
                matches!((sink.0.first(), sink.0.last()), (Some(Batch::Begin(_)), Some(Batch::End(_))));
            if !framed {
                return Err("has no begin or no end".to_owned());
            }
            if highest > objects {
                return Err("names an object that was not sent".to_owned());
            }
            Ok(true)
        }
    }
}

/// What is wrong with a mesh.
fn unsound(m: &MeshRecord) -> Option<&'static str> {
    let vertices = m.positions.len() / 3;
    if !m.origin.iter().all(|v| v.is_finite()) || !m.positions.iter().all(|v| v.is_finite()) {
        return Some("has a vertex nowhere");
    }
    m.indices.iter().any(|&i| i as usize >= vertices).then_some("has a triangle without a vertex")
}

/// Numbers from a seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        usize::try_from(high).unwrap_or(0) % n.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> Option<&'a T> {
        of.get(self.roll(of.len())).copied()
    }
}

/// Words that files break with.
const WORDS: [&[u8]; 24] = [
    b"'",
    b"''",
    b"(",
    b")",
    b";",
    b"\n",
    b"/*",
    b"*/",
    b"\\X2\\",
    b"\\X0\\",
    b"\\S\\",
    b"#1=",
    b"#0",
    b"$",
    b"*",
    b",",
    b"#18446744073709551615",
    b"1.E400",
    b"-",
    b"\xFF\xFE",
    b"\xE5\xA4",
    b"IFCRELAGGREGATES(",
    b"ENDSEC;",
    b"\0",
];

/// Numbers that shapes break with.
const VALUES: [&[u8]; 16] = [
    b"0.",
    b"-1.",
    b"1.",
    b"0",
    b"-1",
    b"2",
    b"1.E-9",
    b"1.E9",
    b"-1.E9",
    b"1.E300",
    b"1.E-300",
    b"2147483648",
    b"1000000",
    b"3.1415926535897932",
    b"360.",
    b"()",
];

fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut file = corpus.get(dice.roll(corpus.len())).cloned().unwrap_or_default();
    for _ in 0..=dice.roll(24) {
        let at = dice.roll(file.len());
        let end = (at + dice.roll(200)).min(file.len());
        match dice.roll(10) {
            0 | 1 => {
                if let Some(b) = file.get_mut(at) {
                    *b ^= 1 << dice.roll(8);
                }
            }
            2 => drop(file.drain(at..end)),
            3 => {
                let copy = file.get(at..end).unwrap_or_default().to_vec();
                let to = dice.roll(file.len());
                file.splice(to..to, copy);
            }
            4 => {
                let other = corpus.get(dice.roll(corpus.len())).map_or(&[][..], Vec::as_slice);
                let from = dice.roll(other.len());
                let piece =
                    other.get(from..(from + dice.roll(2_000)).min(other.len())).unwrap_or_default().to_vec();
                file.splice(at..at, piece);
            }
            5 => number(&mut file, at, dice),
            7 | 8 => value(&mut file, at, dice),
            6 if dice.roll(6) == 0 => file.truncate(at),
            _ => {
                let word = dice.pick(&WORDS).unwrap_or_default();
                file.splice(at..at, word.iter().copied());
            }
        }
    }
    file
}

/// Replaces the next reference by another, which may be the record's own.
fn number(file: &mut Vec<u8>, at: usize, dice: &mut Dice) {
    let rest = file.get(at..).unwrap_or_default();
    let Some(start) = rest.iter().position(|b| *b == b'#').map(|n| at + n + 1) else { return };
    let digits = file.get(start..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let other = dice.roll(3_000).to_string();
    file.splice(start..start + digits, other.into_bytes());
}

/// Replaces the next number or flag by another.
fn value(file: &mut Vec<u8>, at: usize, dice: &mut Dice) {
    let rest = file.get(at..).unwrap_or_default();
    let opens = |w: &[u8]| matches!(*w, [b'(' | b',', b'0'..=b'9' | b'-']);
    let Some(start) = rest.windows(2).position(opens).map(|n| at + n + 1) else { return };
    let tail = file.get(start..).unwrap_or_default();
    let length = tail.iter().take_while(|b| !matches!(b, b',' | b')' | b';')).count();
    let other = dice.pick(&VALUES).unwrap_or_default();
    file.splice(start..start + length, other.iter().copied());
}
