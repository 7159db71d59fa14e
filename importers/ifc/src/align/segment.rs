//! Pieces of alignment curves as IFC 4.3 writes them: a parent curve, cut and moved to a place.

use glam::{DVec2, DVec3};

use super::axes::Reader;
use super::placement::missing;
use super::plane::{Bend, Law, PlaneSegment, TERMS};
use crate::shapes::Reason;
use crate::step::Value;

/// A parent curve, without its place: a segment is moved to where it belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    shape: ParentShape,
    /// Meters along it for each unit of its parameter.
    per_parameter: f64,
}

#[derive(Clone, Copy, Debug)]
enum ParentShape {
    Law(Law),
    Graph([f64; TERMS]),
}

/// An `IfcCurveSegment` as read.
pub(crate) struct CurveSegment {
    /// Where it starts, meters.
    pub(crate) origin: DVec3,
    /// Z axis of its placement, where it has three axes.
    pub(crate) axis: DVec3,
    /// Its curve in the plane of its placement.
    pub(crate) curve: PlaneSegment,
    /// Parameters of its circle are radians although the file's unit is another one.
    pub(crate) is_in_radians: bool,
}

/// What a segment ends before the next one begins, or beyond: nearer it meets it. Specified: the product's tolerance.
const MEETS_M: f64 = 1e-3;

/// Reads an `IfcCurveSegment`, whose end lies where the `next` one begins if there is one.
///
/// Parameters of a circle are angles in the file's unit. Files say degrees and write radians; where the segment then
/// misses the next one, and meets it with radians, radians are meant.
///
/// # Errors
/// [`Reason`] naming the record at fault.
pub(crate) fn curve_segment(reader: &Reader<'_>, id: u64, next: Option<u64>) -> Result<CurveSegment, Reason> {
    let own = read(reader, id, reader.angle_rad);
    let next =
        next.filter(|_| reader.angle_rad.to_bits() != 1.0_f64.to_bits() && has_arc_parameter(reader, id));
    let next = next.and_then(|next| reader.get(next)).and_then(|(_, args)| args.get(1)?.as_ref());
    let Some(next) = next.and_then(|placement| reader.axes(placement)) else { return own };
    let misses = |s: &CurveSegment| s.curve.at(s.curve.length).at.distance(next.translation.truncate());
    if own.as_ref().is_ok_and(|own| misses(own) <= MEETS_M) {
        return own;
    }
    let in_radians = read(reader, id, 1.0).ok().filter(|s| misses(s) <= MEETS_M);
    in_radians.map_or(own, |s| Ok(CurveSegment { is_in_radians: true, ..s }))
}

/// Whether a segment is cut from a circle by parameters.
fn has_arc_parameter(reader: &Reader<'_>, id: u64) -> bool {
    let Some((_, args)) = reader.get(id) else { return false };
    let parent = args.get(4).and_then(Value::as_ref).and_then(|p| reader.get(p));
    let is_parameter =
        |v: &Value<'_>| matches!(v, Value::Typed(kind, _) if kind.eq_ignore_ascii_case("IFCPARAMETERVALUE"));
    parent.is_some_and(|(keyword, _)| keyword == "IFCCIRCLE") && args.iter().any(is_parameter)
}

/// * `arc_rad`: radians per unit of the parameters of a circle.
fn read(reader: &Reader<'_>, id: u64, arc_rad: f64) -> Result<CurveSegment, Reason> {
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    if keyword != "IFCCURVESEGMENT" {
        return Err(Reason::new(id, format!("{keyword} is no curve segment")));
    }
    let placement = args
        .get(1)
        .and_then(Value::as_ref)
        .and_then(|p| reader.axes(p))
        .ok_or_else(|| Reason::new(id, "the curve segment has no placement"))?;
    let x = placement.matrix3.x_axis;
    let (start, heading) = (placement.translation.truncate(), x.y.atan2(x.x));
    let length_of = |at: usize, parent: &Parent| measure(reader, args.get(at), parent.per_parameter);
    let parent_id = args.get(4).and_then(Value::as_ref);
    // Files end with a segment of no length, whose parent curve may be anything.
    if args.get(3).and_then(Value::as_f64) == Some(0.0) {
        let curve = PlaneSegment::line(start, heading, 0.0);
        let (origin, axis) = (placement.translation, placement.matrix3.z_axis);
        return Ok(CurveSegment { origin, axis, curve, is_in_radians: false });
    }
    let parent_id = parent_id.ok_or_else(|| Reason::new(id, "the curve segment has no parent curve"))?;
    // A wave is as long as the segment.
    let wave = args.get(3).and_then(Value::as_f64).map_or(0.0, |l| l.abs() * reader.length_m);
    let parent = parent(reader, parent_id, (wave, arc_rad))?;
    let (from, length) = (
        length_of(2, &parent).ok_or_else(|| Reason::new(id, "the curve segment has no start"))?,
        length_of(3, &parent).ok_or_else(|| Reason::new(id, "the curve segment has no length"))?,
    );
    let bend = match parent.shape {
        ParentShape::Law(law) => Bend::Law { law, from, reversed: length < 0.0 },
        ParentShape::Graph(_) if length < 0.0 => {
            return Err(Reason::new(id, "a polynomial cannot be followed backward"));
        }
        ParentShape::Graph(terms) => Bend::Graph { terms, from: PlaneSegment::graph_start(terms, from) },
    };
    let curve = PlaneSegment { start, heading, length: length.abs(), bend };
    if curve.is_wound() {
        return Err(Reason::new(id, "the curve segment winds around itself too often to be followed"));
    }
    let (origin, axis) = (placement.translation, placement.matrix3.z_axis);
    Ok(CurveSegment { origin, axis, curve, is_in_radians: false })
}

/// `IfcCurveMeasureSelect` in meters along the parent curve.
fn measure(reader: &Reader<'_>, v: Option<&Value<'_>>, per_parameter: f64) -> Option<f64> {
    let meters = match v? {
        Value::Typed(kind, _) if kind.eq_ignore_ascii_case("IFCPARAMETERVALUE") => per_parameter,
        _ => reader.length_m,
    };
    v.and_then(Value::as_f64).map(|n| n * meters).filter(|n| n.is_finite())
}

fn parent(reader: &Reader<'_>, id: u64, (wave, arc_rad): (f64, f64)) -> Result<Parent, Reason> {
    let (keyword, args) = reader.get(id).ok_or_else(|| missing(id))?;
    let number = |at: usize| args.get(at).and_then(Value::as_f64).filter(|n| n.is_finite());
    let law = |law: Law| Parent { shape: ParentShape::Law(law), per_parameter: reader.length_m };
    let term = |at: usize, power: i32| match number(at) {
        // A constant of a spiral is a length: to the power of the term and one more it divides.
        Some(a) if a != 0.0 => a.signum() / (a.abs() * reader.length_m).powi(power + 1),
        _ => 0.0,
    };
    let spiral = |highest: u8| {
        let mut terms = [0.0; TERMS];
        for (power, t) in (0..=highest).zip(&mut terms) {
            *t = term(usize::from(1 + highest - power), i32::from(power));
        }
        law(Law::Polynomial(terms))
    };
    Ok(match keyword {
        "IFCLINE" => {
            let vector = args.get(1).and_then(Value::as_ref).and_then(|v| reader.get(v)).map(|v| v.1);
            let magnitude = vector.and_then(|v| v.get(1).and_then(Value::as_f64)).unwrap_or(1.0);
            Parent {
                shape: ParentShape::Law(Law::constant(0.0)),
                per_parameter: magnitude.abs() * reader.length_m,
            }
        }
        "IFCCIRCLE" => {
            let radius = reader
                .length(args.get(1))
                .filter(|r| *r > 0.0)
                .ok_or_else(|| Reason::new(id, "the radius of the circle is not positive"))?;
            let shape = ParentShape::Law(Law::constant(1.0 / radius));
            Parent { shape, per_parameter: radius * arc_rad }
        }
        "IFCCLOTHOID" => {
            let constant = term(1, 1);
            if constant == 0.0 {
                return Err(Reason::new(id, "the constant of the clothoid is 0"));
            }
            law(Law::Polynomial([0.0, constant, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
        }
        "IFCSECONDORDERPOLYNOMIALSPIRAL" => spiral(2),
        "IFCTHIRDORDERPOLYNOMIALSPIRAL" => spiral(3),
        "IFCSEVENTHORDERPOLYNOMIALSPIRAL" => spiral(7),
        "IFCCOSINESPIRAL" => law(Law::Cosine { constant: term(2, 0), cosine: term(1, 0), length: wave }),
        "IFCSINESPIRAL" => {
            law(Law::Sine { constant: term(3, 0), linear: term(2, 1), sine: term(1, 0), length: wave })
        }
        "IFCPOLYNOMIALCURVE" => {
            Parent { shape: ParentShape::Graph(graph(reader, id, &args)?), per_parameter: reader.length_m }
        }
        other => return Err(Reason::new(id, format!("{other} as a parent curve is not known"))),
    })
}

/// `y(x)` of an `IfcPolynomialCurve` whose first coordinate is its parameter times a number.
fn graph(reader: &Reader<'_>, id: u64, args: &[Value<'_>]) -> Result<[f64; TERMS], Reason> {
    let list = |at: usize| -> Vec<f64> {
        args.get(at).map(Value::members).unwrap_or_default().iter().filter_map(Value::as_f64).collect()
    };
    let (x, y) = (list(1), list(2));
    let scale = match x.as_slice() {
        [_, scale, rest @ ..] if *scale != 0.0 && rest.iter().all(|c| *c == 0.0) => *scale,
        _ => return Err(Reason::new(id, "only polynomials over their first coordinate are known")),
    };
    if y.len() > TERMS {
        return Err(Reason::new(id, "the polynomial has more terms than are followed"));
    }
    let mut terms = [0.0; TERMS];
    for ((power, c), t) in (0_i32..).zip(y).zip(&mut terms) {
        *t = c * reader.length_m / (scale * reader.length_m).powi(power);
    }
    Ok(terms)
}

/// A direction in the plane as an angle, radians; 0 for none.
pub(crate) fn heading(v: DVec2) -> f64 {
    if v == DVec2::ZERO { 0.0 } else { v.y.atan2(v.x) }
}
