//! Repeated shapes as coarser tiles see them: each is simplified once, not in each of its places.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use glam::{DVec3, Vec3};

use super::decimate::decimate;
use super::soup::Face;
use super::threads::slender;
use crate::repeat::Template;
use crate::vertex::FLAT_FACE;

/// Shapes of fewer triangles are taken as they are. Chosen: a few boxes, from which there is little to take.
const FEWEST: usize = 48;
/// Errors are powers of two, so that a shape is simplified a few times at most.
const POWERS: [i32; 2] = [-10, 6];

/// The triangles of a repeated shape.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// In the shape's own axes, meters.
    pub(crate) points: Vec<DVec3>,
    /// Corners as indices into `points`.
    pub(crate) triangles: Vec<[u32; 3]>,
    /// How far they are from those of the shape at most, meters.
    pub(crate) error_m: f64,
}

/// By number of the shape and power of the error.
type Known = HashMap<(usize, i32), Arc<Shape>>;

/// Repeated shapes, simplified when they are first asked for.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    known: Mutex<Known>,
}

impl Repeats {
    /// Shape number `ix` within an error, meters in its own axes. Does not depend on who asks first.
    pub(crate) fn within(&self, ix: usize, template: &Template, error_m: f64) -> Arc<Shape> {
        let [least, most] = POWERS;
        #[expect(clippy::cast_possible_truncation, reason = "clamped; a NaN becomes 0")]
        let power = error_m.log2().floor().clamp(f64::from(least - 1), f64::from(most)) as i32;
        let power = if power < least || template.triangles.len() < FEWEST { least - 1 } else { power };
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&(ix, power)) {
            return Arc::clone(known);
        }
        // Not under the lock: others go on meanwhile, and this thread may take up their work while it waits for its own.
        let shape = if power < least { whole(template) } else { simpler(template, f64::from(power).exp2()) };
        Arc::clone(lock().entry((ix, power)).or_insert_with(|| Arc::new(shape)))
    }
}

fn whole(template: &Template) -> Shape {
    let points = (0..template.vertices.len()).filter_map(|v| u16::try_from(v).ok());
    Shape {
        points: points.map(|v| template.point(v)).collect(),
        triangles: template.triangles.iter().map(|t| t.map(u32::from)).collect(),
        error_m: 0.0,
    }
}

fn simpler(template: &Template, error_m: f64) -> Shape {
    let face = |t: &[u16; 3]| Face {
        p: t.map(|v| (template.point(v) - template.min).as_vec3()),
        part: 0,
        single_sided: template.single_sided,
        normals: FLAT_FACE,
    };
    #[expect(clippy::cast_possible_truncation, reason = "an error, no coordinate")]
    let error = error_m as f32;
    // What is long and thin would fold away: it becomes a line above.
    let (mut faces, others) = slender(&template.triangles.iter().map(face).collect::<Vec<Face>>());
    faces.extend(decimate(others, error));
    let mut out = Shape { error_m, ..Shape::default() };
    let mut seen: HashMap<[u32; 3], u32> = HashMap::new();
    for face in faces {
        let triangle = face.p.map(|p: Vec3| {
            *seen.entry(p.to_array().map(f32::to_bits)).or_insert_with(|| {
                let next = u32::try_from(out.points.len()).unwrap_or(u32::MAX);
                out.points.push(template.min + p.as_dvec3());
                next
            })
        });
        out.triangles.push(triangle);
    }
    out
}
