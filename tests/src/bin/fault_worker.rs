//! An import worker whose importers fail on purpose, chosen by the file's ending: `.crash`, `.hang`, `.hog`,
//! `.refuse`, and `.ok`, which works. `.watched` ends when its shapes have been seen, `.apart` has shapes and no place.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lantu_base::Counts;
use lantu_ingest::{
    Batch, Begin, Confidence, End, Georeference, ImportError, ImportJob, ImportSink, Importer, MeshRecord,
    ObjectKind, ObjectRecord,
};

/// How a file fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Crash,
    Hang,
    Hog,
    Refuse,
    Watched,
    Apart,
    None,
}

/// Importer of one ending.
struct Faulty(Fault);

/// Nobody who forgets to end a hanging worker keeps it longer.
const HANG_AT_MOST: Duration = Duration::from_mins(1);
/// Time between two looks whether the shape has been seen.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const HOG_STEP_BYTES: usize = 64 << 20;
const HOG_STEPS: usize = 32;

impl Importer for Faulty {
    fn name(&self) -> &'static str {
        match self.0 {
            Fault::Crash => "crash",
            Fault::Hang => "hang",
            Fault::Hog => "hog",
            Fault::Refuse => "refuse",
            Fault::Watched => "watched",
            Fault::Apart => "apart",
            Fault::None => "ok",
        }
    }

    fn probe(&self, path: &Path, _head: &[u8]) -> Confidence {
        if path.extension().is_some_and(|e| e == self.name()) { Confidence::MAGIC } else { Confidence::NO }
    }

    fn import(&self, job: &ImportJob, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        out.send(Batch::Begin(Begin {
            importer: self.name().to_owned(),
            schema: "test".to_owned(),
            georeference: match self.0 {
                Fault::Watched => Georeference::Coordinates,
                _ => Georeference::None,
            },
            ..Begin::default()
        }))?;
        match self.0 {
            Fault::Crash => std::process::abort(),
            Fault::Hang => {
                let started = Instant::now();
                // Nobody wakes it; parking may end early all the same.
                while let Some(rest) = HANG_AT_MOST.checked_sub(started.elapsed()) {
                    std::thread::park_timeout(rest);
                }
                send_objects(out)
            }
            Fault::Hog => {
                let mut kept = Vec::new();
                for step in 0..HOG_STEPS {
                    // Written, not only reserved: a page that nobody touches costs no memory.
                    kept.push(vec![u8::try_from(step % 255).unwrap_or(0) + 1; HOG_STEP_BYTES]);
                }
                std::hint::black_box(&kept);
                send_objects(out)
            }
            Fault::Refuse => Err(ImportError::Format {
                code: "test.refused",
                what: "the file is refused on purpose".to_owned(),
                place: "line 7".to_owned(),
            }),
            Fault::Watched => {
                send_shape(out)?;
                let (seen, started) = (job.path.with_extension("seen"), Instant::now());
                while !seen.exists() {
                    if started.elapsed() > HANG_AT_MOST {
                        return Err(ImportError::Format {
                            code: "test.unseen",
                            what: "nobody has seen the shape".to_owned(),
                            place: String::new(),
                        });
                    }
                    std::thread::park_timeout(LOOK_EVERY);
                }
                end(1, out)
            }
            Fault::Apart => {
                send_shape(out)?;
                end(1, out)
            }
            Fault::None => send_objects(out),
        }
    }
}

fn send_objects(out: &mut dyn ImportSink) -> Result<(), ImportError> {
    let object = |n: u32| ObjectRecord::new(ObjectKind::Feature, "test", format!("object-{n}"));
    out.send(Batch::Objects((0..3).map(object).collect()))?;
    end(3, out)
}

/// One object, a triangle, in coordinates of the project; sent off at once.
fn send_shape(out: &mut dyn ImportSink) -> Result<(), ImportError> {
    let [x, y] = [500_000.0, 4_400_000.0];
    let object = ObjectRecord {
        bbox: Some([x, y, 0.0, x + 4.0, y + 3.0, 0.0]),
        n_triangles: 1,
        ..ObjectRecord::new(ObjectKind::Product, "IfcSlab", "slab")
    };
    out.send(Batch::Objects(vec![object]))?;
    out.send(Batch::Meshes(vec![MeshRecord {
        object: 0,
        origin: [x, y, 0.0],
        positions: vec![0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 3.0, 0.0],
        normals: Vec::new(),
        indices: vec![0, 1, 2],
        color: [200, 200, 200, 255],
    }]))?;
    out.send(Batch::Progress { done: 1, total: 2 })
}

fn end(n: u64, out: &mut dyn ImportSink) -> Result<(), ImportError> {
    let counts = Counts { read: n, kept: n, dropped: 0 };
    out.send(Batch::End(End { counts, ..End::default() }))
}

fn main() -> ExitCode {
    let importers =
        [Fault::Crash, Fault::Hang, Fault::Hog, Fault::Refuse, Fault::Watched, Fault::Apart, Fault::None]
            .map(Faulty);
    let importers: Vec<&dyn Importer> = importers.iter().map(|i| i as &dyn Importer).collect();
    match lantu_session::worker_main(&importers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_nobody_listens) => ExitCode::FAILURE,
    }
}
