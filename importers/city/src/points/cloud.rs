//! One pass over the points: colors, classes, places.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::{Bounds, Code, Diagnostic, Severity};
use lantu_ingest::{
    Batch, ImportError, ImportJob, ImportMode, ImportSink, ObjectKind, ObjectRecord, PointsRecord,
    PropertyKind, PropertyRecord, PropertyValue,
};
use las::{PointData, Reader};

use super::classes;
use crate::way::Way;

/// Points that are read at a time. Chosen: some megabytes, and a progress report a few times a second.
const CHUNK: u64 = 1 << 16;

/// Offset of the byte with the flags of a point within its record.
const FLAGS_AT: usize = 15;
/// The flag of a point that the producer took back, in point formats up to 5 and from 6 on.
const WITHHELD: u8 = 0x80;
const WITHHELD_EXTENDED: u8 = 0x04;

/// The set that counts are listed under.
const SET: &str = "Points";

/// Reads points and counts them.
pub(crate) struct Cloud<'a> {
    job: &'a ImportJob,
    way: &'a Way,
    reader: Reader,
    /// Objects in their order, by class.
    classes: BTreeMap<u8, Class>,
    /// 8 bits of a color stand in the low byte, against the rules; `None` before the first color.
    narrow_colors: Option<bool>,
    n_withheld: u64,
    n_nowhere: u64,
    /// Why reading ended before the last point that the header announces.
    cut: Option<(u64, String)>,
}

/// What is known of one class.
struct Class {
    number: u32,
    n: u64,
    bounds: Bounds,
}

/// One point in the project's coordinates.
struct Placed {
    at: [f64; 3],
    class: u8,
    color: [u8; 4],
}

impl<'a> Cloud<'a> {
    pub(crate) fn new(job: &'a ImportJob, way: &'a Way, reader: Reader) -> Self {
        Self {
            job,
            way,
            reader,
            classes: BTreeMap::new(),
            narrow_colors: None,
            n_withheld: 0,
            n_nowhere: 0,
            cut: None,
        }
    }

    /// Reads all points and sends them; what cannot be read ends it with what came before.
    pub(crate) fn read(&mut self, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let total = self.reader.header().number_of_points();
        let mut done = 0;
        let mut step = CHUNK;
        while done < total {
            self.job.cancel.check()?;
            let read = self.chunk(done, step.min(total - done));
            let data = match read {
                Ok(data) if !data.is_empty() => data,
                // A file that is cut: smaller and smaller pieces come as near to the cut as there are points.
                Err(_) if step > 1 && !self.is_compressed() => {
                    step /= 2;
                    continue;
                }
                Ok(_) => {
                    self.cut = Some((done, "there are none".to_owned()));
                    break;
                }
                Err(why) => {
                    self.cut = Some((done, why));
                    break;
                }
            };
            done += data.len() as u64;
            let mut points = self.points(&data);
            self.place(&mut points);
            if self.job.mode == ImportMode::Import && !self.way.unplaced {
                let records = self.records(&points);
                if !records.is_empty() {
                    out.send(Batch::Points(records))?;
                }
            }
            out.send(Batch::Progress { done, total })?;
        }
        Ok(())
    }

    /// Reads `n` points from point `first` on. The decoder of compressed points panics on some damage: that is a reason
    /// like any other, after which nothing more is read.
    fn chunk(&mut self, first: u64, n: u64) -> Result<PointData, String> {
        let compressed = self.is_compressed();
        let reader = &mut self.reader;
        let read = std::panic::AssertUnwindSafe(|| {
            // A failed read of a file that is not compressed leaves it anywhere; seeking in a compressed one is slow.
            if !compressed {
                reader.seek(first)?;
            }
            reader.read_points(n)
        });
        match std::panic::catch_unwind(read) {
            Ok(read) => read.map_err(|e| e.to_string()),
            Err(_panic) => Err("the decoder met damage that it does not know".to_owned()),
        }
    }

    fn is_compressed(&self) -> bool {
        self.reader.header().point_format().is_compressed
    }

    /// The points of a chunk as the file has them, without those that were taken back.
    fn points(&mut self, data: &PointData) -> Vec<Placed> {
        let withheld_bit = if data.format().is_extended { WITHHELD_EXTENDED } else { WITHHELD };
        let record = data.record_len().max(1);
        let withheld: Vec<bool> = data
            .raw_bytes()
            .chunks_exact(record)
            .map(|r| r.get(FLAGS_AT).is_some_and(|flags| flags & withheld_bit != 0))
            .collect();
        let colors: Option<Vec<(u16, u16, u16)>> = data.rgb().map(Iterator::collect);
        let brightest = colors.iter().flatten().map(|c| c.0.max(c.1).max(c.2)).max().unwrap_or(0);
        if self.narrow_colors.is_none() && brightest > 0 {
            self.narrow_colors = Some(brightest < 256);
        }
        let shift = if self.narrow_colors == Some(true) { 0 } else { 8 };
        let narrow = |v: u16| u8::try_from(v >> shift).unwrap_or(u8::MAX);
        let mut out = Vec::with_capacity(data.len());
        let xyz = data.x().zip(data.y()).zip(data.z());
        for (ix, (((x, y), z), class)) in xyz.zip(data.classification()).enumerate() {
            if withheld.get(ix).copied().unwrap_or(false) {
                self.n_withheld += 1;
                continue;
            }
            let own = colors.as_ref().filter(|_| self.narrow_colors.is_some()).and_then(|c| c.get(ix));
            let color =
                own.map_or_else(|| classes::color(class), |c| [narrow(c.0), narrow(c.1), narrow(c.2), 255]);
            out.push(Placed { at: [x, y, z], class, color });
        }
        out
    }

    /// Carries points into the project, and counts them.
    fn place(&mut self, points: &mut Vec<Placed>) {
        let mut places: Vec<[f64; 3]> = points.iter().map(|p| p.at).collect();
        if self.way.unplaced {
            places.iter_mut().filter(|p| !p.iter().all(|v| v.is_finite())).for_each(|p| *p = [f64::NAN; 3]);
        } else {
            self.way.apply(&mut places);
        }
        for (p, at) in points.iter_mut().zip(places) {
            p.at = at;
        }
        let before = points.len();
        points.retain(|p| p.at.iter().all(|v| v.is_finite()));
        self.n_nowhere += (before - points.len()) as u64;
        for p in points {
            let number = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
            let class = self.classes.entry(p.class).or_insert(Class { number, n: 0, bounds: Bounds::EMPTY });
            class.n += 1;
            class.bounds.add(DVec3::from_array(p.at));
        }
    }

    fn records(&self, points: &[Placed]) -> Vec<PointsRecord> {
        let Some(origin) = points.first().map(|p| DVec3::from_array(p.at).floor()) else { return Vec::new() };
        let mut by_class: BTreeMap<u8, PointsRecord> = BTreeMap::new();
        for p in points {
            let record = by_class.entry(p.class).or_insert_with(|| PointsRecord {
                object: self.classes.get(&p.class).map_or(0, |c| c.number),
                origin: origin.to_array(),
                points: Vec::new(),
            });
            record.push((DVec3::from_array(p.at) - origin).as_vec3().to_array(), p.color);
        }
        by_class.into_values().collect()
    }

    /// Sends the objects, one for each class, and what is to be said of them. How many there are.
    pub(crate) fn finish(self, out: &mut dyn ImportSink) -> Result<u64, ImportError> {
        self.tell(out)?;
        let mut classes: Vec<(u8, Class)> = self.classes.into_iter().collect();
        classes.sort_by_key(|c| c.1.number);
        let n = classes.len() as u64;
        let mut properties = Vec::new();
        let mut objects = Vec::new();
        for (code, class) in classes {
            let name = classes::name(code);
            let mut property = |name: &str, value, kind| {
                properties.push(PropertyRecord {
                    object: class.number,
                    set: SET.to_owned(),
                    name: name.to_owned(),
                    value,
                    unit: None,
                    kind,
                    inherited: false,
                });
            };
            let count = i64::try_from(class.n).unwrap_or(i64::MAX);
            property("class", PropertyValue::Int(code.into()), PropertyKind::Property);
            property("count", PropertyValue::Int(count), PropertyKind::Quantity);
            objects.push(ObjectRecord {
                name: name.to_owned(),
                bbox: (!self.way.unplaced).then(|| class.bounds.to_array()),
                color: Some(classes::color(code)),
                hidden: classes::is_noise(code),
                ..ObjectRecord::new(ObjectKind::Feature, "points", format!("class/{code}"))
            });
        }
        out.send(Batch::Objects(objects))?;
        out.send(Batch::Properties(properties))?;
        Ok(n)
    }

    fn tell(&self, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        let mut say = |code, severity, what: String| {
            out.send(Batch::Diagnostic(Diagnostic::new(Code::new(code), severity, "", what)))
        };
        let all: u64 = self.classes.values().map(|c| c.n).sum();
        let each: Vec<String> = self
            .classes
            .iter()
            .map(|(code, c)| format!("{} {} ({code})", c.n, classes::name(*code)))
            .collect();
        let counts = if each.is_empty() {
            "no points".to_owned()
        } else {
            format!("{all} points: {}", each.join(", "))
        };
        say("points.counts", Severity::Info, counts)?;
        if let Some((n, why)) = &self.cut {
            let announced = self.reader.header().number_of_points();
            let what = format!(
                "points after {n} of the {announced} that the header announces cannot be read: {why}"
            );
            say("points.cut", Severity::Error, what)?;
        }
        if self.n_nowhere > 0 {
            let what = format!("{} points lie nowhere in the project's CRS and are left out", self.n_nowhere);
            say("points.nowhere", Severity::Error, what)?;
        }
        if self.n_withheld > 0 {
            let what = format!("{} points are marked as withheld and are left out", self.n_withheld);
            say("points.withheld", Severity::Info, what)?;
        }
        if self.narrow_colors == Some(true) {
            let what = "colors stand in 8 bits instead of 16, and are read so".to_owned();
            say("points.narrow_colors", Severity::Info, what)?;
        }
        Ok(())
    }
}
