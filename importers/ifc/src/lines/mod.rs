//! What is drawn as lines and words: alignments with stations, grids with the names of their axes, annotations, and
//! products whose representations are curves, points and texts only.
//!
//! Everything comes out in the file's frame, meters: placements applied, no map conversion.

mod along;
mod areas;
mod grids;
mod items;
mod styles;

use lantu_base::{Bounds, CancelToken, Clamp, Code, Diagnostic, FeatureGeometry, FeatureStyle, Severity};
use lantu_ingest::{Batch, FeatureRecord, ImportError, ImportSink, LabelKind, LabelRecord, MeshRecord};

use crate::align::{Alignment, Placements, Reader};
use crate::records::InTree;
use crate::rounds::ROWS_PER_BATCH;
use crate::shapes::{Allowance, Ended, Model, attempt};
use crate::step::Value;
use glam::{DAffine3, DVec3};
use styles::Styles;

/// Color of alignments and their stations. Chosen: no material and no state of an overlay has it.
const ALIGNMENT_COLOR: [u8; 4] = [112, 58, 168, 255];
/// Color of grids. Chosen: quiet beside what stands on them.
const GRID_COLOR: [u8; 4] = [92, 104, 122, 255];
/// Half of the lines of a cross that stands for a point, meters. Chosen: as large as a survey mark.
const CROSS_M: f64 = 0.1;
/// Color of lines for which the file says none.
const LINE_COLOR: [u8; 4] = [44, 52, 64, 255];

/// The lines, points, filled areas and words of some objects.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Lines.
    pub(crate) features: Vec<FeatureRecord>,
    /// Filled areas.
    pub(crate) areas: Vec<MeshRecord>,
    /// Words.
    pub(crate) labels: Vec<LabelRecord>,
    /// What a person has to know about them.
    notes: Vec<Diagnostic>,
}

impl Lines {
    /// Reads those of all objects that have no surface or solid; objects by their place in the list.
    pub(crate) fn read(
        model: Model<'_>,
        placements: &Placements<'_>,
        alignments: &[Alignment],
        objects: &[InTree],
    ) -> Self {
        let mut out = Self::default();
        let thin = |o: &crate::model::Object| !o.has_shape && o.class != "IfcAlignmentSegment";
        let mut found: Vec<(u32, u64, Vec<Value<'_>>)> = Vec::new();
        for (number, (object, _)) in (0_u32..).zip(objects).filter(|(_, (o, _))| thin(o)) {
            let Some((keyword, args)) = model.file.get(object.record) else { continue };
            let drawn = args.get(6).and_then(Value::as_ref).is_some();
            if drawn || matches!(keyword, "IFCGRID" | "IFCALIGNMENT") {
                found.push((number, object.record, args));
            }
        }
        if found.is_empty() {
            return out;
        }
        let reader = Reader::new(model.file, model.units);
        let is_alignment = |(n, ..): &(u32, u64, Vec<Value<'_>>)| {
            objects.get(*n as usize).is_some_and(|(o, _)| o.class == "IfcAlignment")
        };
        let (aligned, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_alignment);
        for a in alignments {
            if let Some((number, ..)) = aligned.iter().find(|(_, record, _)| *record == a.record) {
                along::draw(a, *number, reader.length_m, &mut out);
            }
        }
        let styles = Styles::read(model.file, others.iter().any(|(_, r, _)| !is_grid(&reader, *r)));
        let each = Allowance::of_file(model.file.content.len());
        for (number, record, args) in others {
            // A product whose place is unknown is told of already; it is drawn where the file starts.
            let place = placements.world(record).unwrap_or_default();
            let mut pen = Pen { out: &mut out, object: number, place };
            if !is_grid(&reader, record) || !grids::draw(&reader, &args, &mut pen) {
                // What was drawn until then stays.
                let (drawn, _) = attempt(each, || items::draw(&model, &styles, &args, &mut pen));
                if let Err(ended) = drawn {
                    out.notes.push(unfinished(model.file.place_of(record), &ended));
                }
            }
        }
        out
    }

    /// Sends everything; objects were sent before.
    ///
    /// # Errors
    /// The reader is gone, or the import was cancelled.
    pub(crate) fn send(self, cancel: &CancelToken, out: &mut dyn ImportSink) -> Result<(), ImportError> {
        for chunk in self.features.chunks(ROWS_PER_BATCH) {
            cancel.check()?;
            out.send(Batch::Features(chunk.to_vec()))?;
        }
        for chunk in self.areas.chunks(ROWS_PER_BATCH) {
            out.send(Batch::Meshes(chunk.to_vec()))?;
        }
        for note in self.notes {
            out.send(Batch::Diagnostic(note))?;
        }
        for chunk in self.labels.chunks(ROWS_PER_BATCH) {
            out.send(Batch::Labels(chunk.to_vec()))?;
        }
        Ok(())
    }

    /// Box of all that an object has, in the file's frame.
    pub(crate) fn bounds(&self) -> std::collections::HashMap<u32, Bounds> {
        let mut out: std::collections::HashMap<u32, Bounds> = std::collections::HashMap::new();
        for f in &self.features {
            let own = out.entry(f.object).or_insert(Bounds::EMPTY);
            if let FeatureGeometry::Lines(l) = &f.geometry {
                l.iter().flatten().for_each(|p| own.add(DVec3::from_array(*p)));
            }
        }
        for m in &self.areas {
            let own = out.entry(m.object).or_insert(Bounds::EMPTY);
            for p in m.positions.as_chunks::<3>().0 {
                own.add(DVec3::from_array(m.origin) + DVec3::from_array(p.map(f64::from)));
            }
        }
        out
    }
}

/// Lines that cost more than a product may.
fn unfinished(place: String, ended: &Ended) -> Diagnostic {
    let reason = match ended {
        Ended::OverBudget => "they take more work than one product may".to_owned(),
        Ended::Panicked(words) => format!("an evaluator broke down: {words}"),
    };
    let message = format!("Only a part of the object's lines is drawn ({reason}).");
    Diagnostic::new(Code::new("ifc.shape_partial"), Severity::Error, place, message).with("reason", reason)
}

fn is_grid(reader: &Reader<'_>, record: u64) -> bool {
    reader.keyword(record) == Some("IFCGRID")
}

/// Draws for one object.
struct Pen<'o> {
    out: &'o mut Lines,
    object: u32,
    /// From its own axes to the file's frame.
    place: DAffine3,
}

impl Pen<'_> {
    /// A line through points in the object's axes.
    fn line(&mut self, points: &[DVec3], color: [u8; 4]) {
        let points: Vec<[f64; 3]> =
            points.iter().map(|p| self.place.transform_point3(*p).to_array()).collect();
        self.out.line(self.object, points, color);
    }

    /// A point in the object's axes, as a cross.
    fn point(&mut self, at: DVec3, color: [u8; 4]) {
        for axis in DVec3::AXES {
            self.line(&[at - axis * CROSS_M, at + axis * CROSS_M], color);
        }
    }

    /// Words at a place in the object's axes.
    fn word(&mut self, at: DVec3, text: &str, kind: LabelKind, extent_m: f64) {
        self.out.word(self.object, self.place.transform_point3(at), text, (kind, extent_m));
    }
}

impl Lines {
    /// A line in the file's frame; lines of one object and color are one feature.
    fn line(&mut self, object: u32, points: Vec<[f64; 3]>, color: [u8; 4]) {
        if points.len() < 2 || points.iter().flatten().any(|v| !v.is_finite()) {
            return;
        }
        if let Some(FeatureRecord { geometry: FeatureGeometry::Lines(lines), .. }) =
            self.features.last_mut().filter(|f| f.object == object && f.style.color == color)
        {
            lines.push(points);
            return;
        }
        let geometry = FeatureGeometry::Lines(vec![points]);
        self.features.push(FeatureRecord { object, geometry, style: style(color) });
    }

    fn word(&mut self, object: u32, at: DVec3, text: &str, (kind, extent_m): (LabelKind, f64)) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if at.is_finite() && !text.is_empty() {
            self.labels.push(LabelRecord { object, at: at.to_array(), text, kind, extent_m });
        }
    }
}

/// A line of constant width in pixels, at its own height.
fn style(color: [u8; 4]) -> FeatureStyle {
    FeatureStyle {
        color,
        clamp: Clamp::Absolute,
        offset_m: 0.0,
        width_m: 0.0,
        tube_m: 0.0,
        extrude_m: 0.0,
        symbol: String::new(),
        outline_only: false,
        z_order: 0,
        roof: None,
    }
}
