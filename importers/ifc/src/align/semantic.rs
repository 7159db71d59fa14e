//! Alignments from their design parameters: `IfcAlignmentHorizontal`, `…Vertical`, `…Cant` and their segments.

use super::axes::Reader;
use super::blend::Blend;
use super::cant::{Cant, CantPiece, Share};
use super::placement::missing;
use super::plane::{Law, PlanePath, PlaneSegment};
use super::profile::{Profile, ProfilePiece};
use crate::shapes::Reason;
use crate::step::Value;

/// The design parameters of one layout: the records that its `IfcAlignmentSegment`s refer to, in order.
pub(super) struct Layout<'p> {
    /// Number of the layout.
    pub(super) id: u64,
    /// What is nested in it.
    pub(super) parts: &'p [u64],
}

/// The transition of a name in the enumerations of horizontal and cant segments.
fn blend(name: &str) -> Option<Blend> {
    Some(match name {
        "LINE" | "CIRCULARARC" | "CONSTANTCANT" => Blend::Constant,
        "CLOTHOID" | "LINEARTRANSITION" => Blend::Linear,
        "BLOSSCURVE" => Blend::Bloss,
        "COSINECURVE" => Blend::Cosine,
        "SINECURVE" => Blend::Sine,
        "HELMERTCURVE" => Blend::Helmert,
        "VIENNESEBEND" => Blend::Viennese,
        _ => return None,
    })
}

/// Numbers of one segment's parameters, and its kind.
struct Parameters<'a> {
    id: u64,
    args: Vec<Value<'a>>,
    kind: &'a str,
}

impl Parameters<'_> {
    fn number(&self, at: usize) -> Result<f64, Reason> {
        let found = self.args.get(at).and_then(Value::as_f64).filter(|n| n.is_finite());
        found.ok_or_else(|| Reason::new(self.id, "a number of the segment is missing"))
    }

    fn unknown(&self) -> Reason {
        Reason::new(self.id, format!("a segment {} is not known", self.kind))
    }
}

impl Layout<'_> {
    fn segments<'a>(&self, reader: &Reader<'a>, keyword: &str) -> Result<Vec<Parameters<'a>>, Reason> {
        let mut out = Vec::new();
        for &part in self.parts {
            let (_, args) = reader.get(part).ok_or_else(|| missing(part))?;
            let design = args.iter().filter_map(Value::as_ref).find_map(|d| {
                let (k, args) = reader.get(d)?;
                (k == keyword).then_some((d, args))
            });
            let Some((id, args)) = design else { continue };
            let kind = match args.last() {
                Some(Value::Enum(kind)) => *kind,
                _ => return Err(Reason::new(id, "the segment has no kind")),
            };
            out.push(Parameters { id, args, kind });
        }
        if out.is_empty() { Err(Reason::new(self.id, "the layout has no segments")) } else { Ok(out) }
    }

    /// The horizontal. The Viennese bend needs the cant.
    pub(super) fn horizontal(&self, reader: &Reader<'_>, cant: &Cant) -> Result<PlanePath, Reason> {
        let mut pieces = Vec::new();
        let mut so_far = 0.0;
        for p in self.segments(reader, "IFCALIGNMENTHORIZONTALSEGMENT")? {
            let start =
                reader.point_at(&p.args, 2).ok_or_else(|| Reason::new(p.id, "the segment has no start"))?;
            let start = start.truncate();
            let heading = p.number(3)? * reader.angle_rad;
            // Radius 0 means straight.
            let bend = |at: usize| match reader.length(p.args.get(at)) {
                Some(r) if r != 0.0 => 1.0 / r,
                _ => 0.0,
            };
            let (from, to) = (bend(4), bend(5));
            let length = p.number(6)? * reader.length_m;
            if length < 0.0 {
                return Err(Reason::new(p.id, "the length of the segment is negative"));
            }
            if length == 0.0 {
                continue;
            }
            pieces.push(match (p.kind, blend(p.kind)) {
                ("CUBIC", _) => PlaneSegment::cubic(start, heading, length, (from, to)),
                ("LINE", _) => PlaneSegment::line(start, heading, length),
                ("VIENNESEBEND", _) => {
                    let height = reader.length(p.args.get(7)).unwrap_or(0.0);
                    let tilt = cant.at(so_far + length - JOINT_M).slope - cant.at(so_far + JOINT_M).slope;
                    let (blend, change, sway) = (Blend::Viennese, to - from, height * tilt);
                    PlaneSegment::along(
                        start,
                        heading,
                        length,
                        Law::Blend { blend, from, change, length, sway },
                    )
                }
                (_, Some(blend)) => PlaneSegment::transition(start, heading, length, (from, to), blend),
                _ => return Err(p.unknown()),
            });
            if pieces.last().is_some_and(PlaneSegment::is_wound) {
                return Err(Reason::new(p.id, "the segment winds around itself too often to be followed"));
            }
            so_far += length;
        }
        Ok(PlanePath::new(pieces))
    }

    /// The profile.
    pub(super) fn vertical(&self, reader: &Reader<'_>) -> Result<Profile, Reason> {
        let mut pieces = Vec::new();
        for p in self.segments(reader, "IFCALIGNMENTVERTICALSEGMENT")? {
            let meters = |at: usize| p.number(at).map(|n| n * reader.length_m);
            let from = meters(2)?;
            let length = meters(3)?;
            let span = (from, from + length);
            if length <= 0.0 {
                continue;
            }
            let (z, start, end) = (meters(4)?, p.number(5)?, p.number(6)?);
            pieces.push(match p.kind {
                "CONSTANTGRADIENT" => ProfilePiece::line(span, z, start),
                "PARABOLICARC" => ProfilePiece::parabola(span, z, start, (end - start) / length),
                "CIRCULARARC" => {
                    // Both slopes fix the circle; a radius counts where they do not.
                    let bend = (end.atan().sin() - start.atan().sin()) / length;
                    let given = reader.length(p.args.get(7)).filter(|r| *r != 0.0).map_or(0.0, |r| 1.0 / r);
                    ProfilePiece::arc(span, z, start, if bend == 0.0 { given } else { bend })
                }
                "CLOTHOID" => ProfilePiece::clothoid(span, z, (start, end)),
                _ => return Err(p.unknown()),
            });
        }
        Ok(Profile::new(pieces))
    }

    /// The cant.
    pub(super) fn cant(&self, reader: &Reader<'_>) -> Result<Cant, Reason> {
        let (_, args) = reader.get(self.id).ok_or_else(|| missing(self.id))?;
        let gauge = reader.length(args.get(7)).filter(|g| *g > 0.0);
        let gauge = gauge.ok_or_else(|| Reason::new(self.id, "the distance of the rail heads is missing"))?;
        let mut pieces = Vec::new();
        for p in self.segments(reader, "IFCALIGNMENTCANTSEGMENT")? {
            let meters = |at: usize| p.number(at).map(|n| n * reader.length_m);
            let span = (meters(2)?, meters(2)? + meters(3)?);
            let blend = blend(p.kind).ok_or_else(|| p.unknown())?;
            // The end value may be left out where it is the start value.
            let rail = |from: usize, to: usize| meters(from).map(|a| (a, meters(to).unwrap_or(a)));
            pieces.push(CantPiece::of_rails(span, rail(4, 5)?, rail(6, 7)?, gauge, Share::Blend(blend)));
        }
        Ok(Cant::new(Some(gauge), pieces))
    }
}

/// How far inside a piece its own value is looked at, meters: at a joint the next piece counts.
const JOINT_M: f64 = 1e-6;
