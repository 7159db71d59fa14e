//! The alignments of a file, each from its design parameters and from its curves.

use std::collections::BTreeMap;

use glam::{DAffine3, DVec3};
use lantu_base::{Code, Diagnostic, Severity};

use super::axes::Reader;
use super::cant::Cant;
use super::course::{Course, Place};
use super::curves::{arc_in_radians, course};
use super::placement::{Placements, curves_of};
use super::profile::Profile;
use super::semantic::Layout;
use super::stations::{Station, Stations};
use crate::shapes::Reason;
use crate::step::{StepFile, Value};
use crate::units::Units;

/// How far both definitions of an alignment may lie apart, meters. Specified: the accuracy that is promised.
const AGREE_M: f64 = 1e-3;
/// Places within each piece at which both definitions are compared. Chosen: sees a transition's middle.
const COMPARED_PER_PIECE: u32 = 4;
/// Largest gap between two pieces of a horizontal that is not worth a word, meters.
const GAP_M: f64 = 1e-3;

/// An alignment: where its track or road runs, by the distance along its horizontal.
#[derive(Clone, Debug)]
pub struct Alignment {
    /// `GlobalId`, or the record's number (`#12`) where it has none.
    pub id: String,
    /// `Name`; empty if it has none.
    pub name: String,
    /// Number of its record.
    pub record: u64,
    course: Course,
    frame: DAffine3,
    /// The heights of both rails, which only the design parameters say.
    rails: Option<Cant>,
    stations: Stations,
}

/// A place on an alignment, in the file's frame: all placements applied, no map conversion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlignmentPoint {
    /// Meters along the horizontal from its start.
    pub distance_m: f64,
    /// Station there, meters; `None` where the file has no stations.
    pub station_m: Option<f64>,
    /// On the profile, meters; without what cant adds.
    pub position: [f64; 3],
    /// Direction of the horizontal, counterclockwise from X, radians.
    pub direction_rad: f64,
    /// Curvature of the horizontal, positive to the left, 1/m.
    pub curvature_per_m: f64,
    /// Right rail above left rail, meters; `None` where the file says no distance of the rail heads.
    pub cant_m: Option<f64>,
}

impl Alignment {
    /// Length of its horizontal, meters; of a curve that is known by points in space, its own.
    pub fn length_m(&self) -> f64 {
        let (from, to) = self.course.range();
        to - from
    }

    /// The place at a distance from its start, meters; before the start and after the end it goes on straight.
    pub fn at(&self, distance_m: f64) -> Option<AlignmentPoint> {
        let along = distance_m + self.course.range().0;
        let place = self.course.at(along)?;
        let x = self.frame.transform_vector3(glam::DVec2::from_angle(place.heading).extend(0.0));
        // A placement that turns the alignment turns its direction; one that does not keeps whole turns.
        let turned = self.frame.matrix3.x_axis;
        let direction_rad = if turned == DVec3::X { place.heading } else { x.y.atan2(x.x) };
        Some(AlignmentPoint {
            distance_m,
            station_m: self.stations.at(along),
            position: self.frame.transform_point3(place.at).to_array(),
            direction_rad,
            curvature_per_m: place.curvature,
            cant_m: self.rails.as_ref().and_then(|c| Some(c.at(along).slope * c.rail_head_distance?)),
        })
    }

    /// Distance that the file gives to its start, meters: what distances of [`Alignment::stations`] count from.
    pub(crate) fn start_m(&self) -> f64 {
        self.course.range().0
    }

    /// Distances between which straight lines stay within `tolerance` meters and turn by `turn` radians at most.
    pub(crate) fn samples(&self, tolerance: f64, turn: f64) -> Vec<f64> {
        let (from, to) = self.course.range();
        self.course.samples((from, to), tolerance, turn).into_iter().map(|d| d - from).collect()
    }

    /// Its stations, in order along it.
    pub fn stations(&self) -> &[Station] {
        self.stations.list()
    }
}

/// Reads all alignments of a file in STEP form, and what is wrong with them.
pub fn alignments(content: &[u8]) -> (Vec<Alignment>, Vec<Diagnostic>) {
    let file = StepFile::read(content);
    let units = Units::read(&file);
    let placements = Placements::new(&file, &units);
    alignments_of(&Reader::new(&file, &units), &placements)
}

/// The alignments of a file whose placements are known, and what is wrong with them.
pub(crate) fn alignments_of(
    reader: &Reader<'_>,
    placements: &Placements<'_>,
) -> (Vec<Alignment>, Vec<Diagnostic>) {
    let file = reader.file;
    if file.scan.of("IFCALIGNMENT").next().is_none() {
        return (Vec::new(), Vec::new());
    }
    let (nests, parents) = nested(reader);
    let stations = super::stations::read(reader, &nests);
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    for r in file.scan.of("IFCALIGNMENT") {
        let args = file.args(r);
        let found = Definitions::read(reader, r.id, &args, (&nests, &parents));
        let Some((course, rails)) = found.settle(reader, r.id, &mut notes) else { continue };
        let frame = placements.world(r.id).unwrap_or_else(|reason| {
            notes.push(note(
                reader,
                r.id,
                "ifc.alignment_placement",
                format!("The placement counts as none: {}.", reason.what),
            ));
            DAffine3::IDENTITY
        });
        out.push(Alignment {
            id: file.text(args.first()).unwrap_or_else(|| format!("#{}", r.id)),
            name: file.text(args.get(2)).unwrap_or_default(),
            record: r.id,
            course,
            frame,
            rails,
            stations: stations.of(r.id, parents.get(&r.id).copied()),
        });
    }
    (out, notes)
}

fn note(reader: &Reader<'_>, id: u64, code: &'static str, message: String) -> Diagnostic {
    Diagnostic::new(Code::new(code), Severity::Warning, reader.file.place_of(id), message)
}

/// What is nested in or aggregated to what, in the order of the file; and the alignment above an alignment.
fn nested(reader: &Reader<'_>) -> (BTreeMap<u64, Vec<u64>>, BTreeMap<u64, u64>) {
    let file = reader.file;
    let mut nests: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut parents: BTreeMap<u64, u64> = BTreeMap::new();
    for r in file.scan.of_any(|k| matches!(k, "IFCRELNESTS" | "IFCRELAGGREGATES")) {
        let keyword = file.scan.keyword(r);
        let args = file.args(r);
        let Some(whole) = args.get(4).and_then(Value::as_ref) else { continue };
        let is_alignment = reader.keyword(whole).is_some_and(|k| k.starts_with("IFCALIGNMENT"));
        if !is_alignment {
            continue;
        }
        for part in args.get(5).into_iter().flat_map(Value::refs) {
            if keyword == "IFCRELNESTS" {
                nests.entry(whole).or_default().push(part);
            } else {
                parents.insert(part, whole);
            }
        }
    }
    (nests, parents)
}

/// Both definitions of one alignment, as far as it has them.
struct Definitions {
    designed: Option<Result<Course, Reason>>,
    drawn: Option<Result<Course, Reason>>,
    /// Record of the curve that is drawn.
    curve: Option<u64>,
}

impl Definitions {
    fn read(
        reader: &Reader<'_>,
        id: u64,
        args: &[Value<'_>],
        (nests, parents): (&BTreeMap<u64, Vec<u64>>, &BTreeMap<u64, u64>),
    ) -> Self {
        let layout_of = |of: u64, keyword: &str| {
            let parts = nests.get(&of)?;
            let id = *parts.iter().find(|&&p| reader.keyword(p) == Some(keyword))?;
            Some(Layout { id, parts: nests.get(&id).map_or(&[], Vec::as_slice) })
        };
        let cant = layout_of(id, "IFCALIGNMENTCANT").map_or(Ok(Cant::default()), |l| l.cant(reader));
        let vertical =
            layout_of(id, "IFCALIGNMENTVERTICAL").map_or(Ok(Profile::default()), |l| l.vertical(reader));
        // Several profiles over one horizontal are alignments below the one with the horizontal.
        let above = parents.get(&id).copied();
        let horizontal = layout_of(id, "IFCALIGNMENTHORIZONTAL")
            .or_else(|| above.and_then(|a| layout_of(a, "IFCALIGNMENTHORIZONTAL")));
        let designed = horizontal.map(|l| {
            let cant = cant?;
            Ok(Course::Alignment {
                horizontal: l.horizontal(reader, &cant)?,
                profile: vertical?,
                cant,
                start: 0.0,
            })
        });
        let rank = |curve: u64| match reader.get(curve).map(|c| c.0) {
            Some("IFCSEGMENTEDREFERENCECURVE") => 3,
            Some("IFCGRADIENTCURVE" | "IFCALIGNMENTCURVE" | "IFCALIGNMENTCURVEWITHINCLINATION") => 2,
            Some("IFCCURVESEGMENT") | None => 0,
            Some(_) => 1,
        };
        let curves = curves_of(reader, args);
        let best = curves.iter().rev().copied().max_by_key(|c| rank(*c)).filter(|c| rank(*c) > 0);
        Self { designed, drawn: best.map(|c| course(reader, c)), curve: best }
    }

    /// The definition that counts, and the rails. What is drawn counts, for everything that is placed along it was
    /// placed along that; the heights of the rails and their distance are known from the design only.
    fn settle(
        self,
        reader: &Reader<'_>,
        id: u64,
        notes: &mut Vec<Diagnostic>,
    ) -> Option<(Course, Option<Cant>)> {
        let mut take = |what: &str, v: Option<Result<Course, Reason>>| match v? {
            Ok(c) => Some(c),
            Err(reason) => {
                let at = format!("#{}: {}", reason.record, reason.what);
                notes.push(note(
                    reader,
                    id,
                    "ifc.alignment_incomplete",
                    format!("{what} cannot be followed ({at})."),
                ));
                None
            }
        };
        let designed = take("The design parameters of the alignment", self.designed);
        let mut drawn = take("The curve of the alignment", self.drawn);
        if let (
            Some(Course::Alignment { profile, cant, start, .. }),
            Some(Course::Alignment { profile: heights, cant: tilts, .. }),
        ) = (&mut drawn, &designed)
        {
            // A curve that stops at the horizontal or at the profile says nothing of the rest.
            if profile.is_empty() && *start == 0.0 {
                profile.clone_from(heights);
            }
            if cant.pieces().is_empty() && *start == 0.0 {
                cant.clone_from(tilts);
            }
        }
        let rails = |c: &Course| match c {
            Course::Alignment { cant, .. } if cant.rail_head_distance.is_some() => Some(cant.clone()),
            _ => None,
        };
        let known = designed.as_ref().and_then(rails).or_else(|| drawn.as_ref().and_then(rails));
        if let (Some(a), Some(b)) = (&designed, &drawn) {
            notes.extend(disagreement(reader, id, a, b));
        }
        if let Some(arc) = self.curve.and_then(|c| arc_in_radians(reader, c)) {
            let text = "The parameters of an arc are radians, since only so it ends where the next piece begins; the \
                file has another unit of angles."
                .to_owned();
            notes.push(note(reader, arc, "ifc.arc_in_radians", text));
        }
        let course = drawn.or(designed)?;
        if let Course::Alignment { horizontal, .. } = &course {
            let (gap, at) = horizontal.largest_gap();
            if gap > GAP_M {
                let text = format!("The pieces of the horizontal leave a gap of {gap:.3} m at {at:.3} m.");
                notes.push(note(reader, id, "ifc.alignment_gap", text).with("gap_m", gap).with("at_m", at));
            }
        }
        Some((course, known))
    }
}

/// What both definitions of an alignment contradict each other in.
fn disagreement(reader: &Reader<'_>, id: u64, designed: &Course, drawn: &Course) -> Option<Diagnostic> {
    let Course::Alignment { horizontal, .. } = designed else { return None };
    let (mut worst, mut tilted) = ((0.0, 0.0), (0.0, 0.0));
    let start = drawn.range().0;
    for (from, piece) in horizontal.pieces() {
        for i in 0..=COMPARED_PER_PIECE {
            // Just inside: at a joint the next piece counts already.
            let share = f64::from(i) / f64::from(COMPARED_PER_PIECE);
            let d = from + (piece.length * share).clamp(1e-6, (piece.length - 1e-6).max(1e-6));
            let (Some(a), Some(b)): (Option<Place>, Option<Place>) = (designed.at(d), drawn.at(d + start))
            else {
                continue;
            };
            let (off, tilt) = (a.at.distance(b.at), (a.tilt.slope - b.tilt.slope).abs());
            if off > worst.0 {
                worst = (off, d);
            }
            if tilt > tilted.0 {
                tilted = (tilt, d);
            }
        }
    }
    // On the ordinary gauge of 1.5 m between rail heads.
    let cant = tilted.0 * 1.5;
    if worst.0 <= AGREE_M && cant <= AGREE_M {
        return None;
    }
    let text = if worst.0 > AGREE_M {
        format!(
            "Design parameters and curve of the alignment lie {:.3} m apart at {:.3} m; the curve counts.",
            worst.0, worst.1
        )
    } else {
        format!(
            "Design parameters and curve of the alignment differ by {cant:.3} m of cant at {:.3} m; the design says the \
            rails, the curve the axes of what stands on it.",
            tilted.1
        )
    };
    Some(note(reader, id, "ifc.alignment_contradicted", text).with("apart_m", worst.0).with("cant_m", cant))
}
