//! Reads mutated files until the time is up, without shapes. Stops at the first that panics, takes too long or breaks
//! the stream's promises, and leaves it behind.
//!
//! `cargo run -p lantu-ifc --example fuzz_reader -- SECONDS SEED FOUND.ifc FILE.ifc…`
//!
//! The same seed and files give the same mutations; on any toolchain.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use lantu_base::CancelToken;
use lantu_ifc::import_without_shapes;
use lantu_ingest::{Batch, ImportError, ImportJob, ImportMode, VecSink};

/// Largest file that is mutated. Chosen: small files give more mutations in the same time.
const MAX_BYTES: usize = 400_000;
/// Longest time that one file may take. Chosen: a hundred times what a whole one takes.
const MAX_TIME: Duration = Duration::from_secs(20);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [seconds, seed, found, files @ ..] = args.as_slice() else {
        return Err("usage: fuzz_reader SECONDS SEED FOUND.ifc FILE.ifc…".into());
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
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("fuzz.ifc");
    let (mut n, mut streams) = (0_u64, 0_u64);
    while Instant::now() < until && !corpus.is_empty() {
        let file = mutated(&corpus, &mut dice);
        std::fs::write(&path, &file)?;
        let started = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&path)));
        n += 1;
        let wrong = match outcome {
            Ok(Ok(stream)) if started.elapsed() < MAX_TIME => {
                streams += u64::from(stream);
                continue;
            }
            Ok(Ok(_)) => format!("took {:?}", started.elapsed()),
            Ok(Err(what)) => what,
            Err(_) => "panicked".to_owned(),
        };
        std::fs::write(found, &file)?;
        return Err(format!("file {n} of seed {seed} {wrong}; it is {found}").into());
    }
    writeln!(
        std::io::stdout(),
        "{n} files of seed {seed}, {streams} of them gave a stream; nothing was found"
    )?;
    Ok(())
}

/// Whether a file gave a stream, or what was wrong with the stream or reason.
fn check(path: &Path) -> Result<bool, String> {
    let job = ImportJob {
        path: path.to_owned(),
        mode: ImportMode::Inspect,
        frame: None,
        crs_override: None,
        height_override: None,
        threads: 2,
        cancel: CancelToken::default(),
    };
    let mut sink = VecSink::default();
    match import_without_shapes(&job, &mut sink) {
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

fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut file = corpus.get(dice.roll(corpus.len())).cloned().unwrap_or_default();
    for _ in 0..=dice.roll(24) {
        let at = dice.roll(file.len());
        let end = (at + dice.roll(200)).min(file.len());
        match dice.roll(8) {
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
