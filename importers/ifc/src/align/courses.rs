//! Curves that many items are swept along, read once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::axes::Reader;
use super::course::Course;
use super::curves::course;
use crate::shapes::Reason;

/// Curves that are kept. Chosen: an item follows one, and neighbors in a file the same; a curve can be as large as the
/// file.
const MAX_KEPT: usize = 16;

/// The curves that were read last, for all threads.
#[derive(Debug, Default)]
pub(crate) struct Courses {
    kept: Mutex<HashMap<u64, Arc<Course>>>,
}

impl Courses {
    /// A curve, read unless it is kept. One that cannot be read is read again each time, as what stopped it may be the
    /// budget of an item.
    ///
    /// # Errors
    /// [`Reason`] naming the record at fault.
    pub(crate) fn get(&self, reader: &Reader<'_>, id: u64) -> Result<Arc<Course>, Reason> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(&id) {
            return Ok(Arc::clone(known));
        }
        // Nobody waits for a curve that somebody else reads.
        let read = Arc::new(course(reader, id)?);
        let mut kept = kept();
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(id, Arc::clone(&read));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::StepFile;
    use crate::units::Units;

    #[test]
    fn each_curve_stays_itself_however_many_there_are() {
        let lines = (1..=40_u32).map(|n| {
            format!("#{}=IFCCARTESIANPOINT(({n}.,0.,5.));#{n}=IFCPOLYLINE((#100,#{}));", 100 + n, 100 + n)
        });
        let text = format!(
            "ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#100=IFCCARTESIANPOINT((0.,0.,5.));\n{}\nENDSEC;\nEND-ISO-10303-21;\n",
            lines.collect::<Vec<_>>().join("\n")
        );
        let file = StepFile::read(text.as_bytes());
        let units = Units::read(&file);
        let (reader, courses) = (Reader::new(&file, &units), Courses::default());
        for n in (1..=40_u32).chain([3, 3, 40]) {
            let (from, to) = courses.get(&reader, u64::from(n)).unwrap().range();
            assert!((to - from - f64::from(n)).abs() < 1e-9, "{n}: {from} to {to}");
        }
        assert!(courses.get(&reader, 77).is_err());
    }
}
