//! Curves, points, texts and filled areas of representations.

use glam::{DAffine3, DMat3, DVec3};
use lantu_ingest::{LabelKind, MeshRecord};

use super::styles::Styles;
use super::{LINE_COLOR, Pen, areas};
use crate::align::{Course, Reader, course};
use crate::evaluate::curve_points;
use crate::shapes::{Model, charge, charge_triangles};
use crate::step::Value;

/// Deepest nesting of sets and mapped items. Chosen: real files have 3 levels.
const MAX_LEVELS: usize = 16;
/// Steps that an item takes, whatever it is. Measured: its record is read.
const STEPS_PER_ITEM: usize = 32;
/// Representations that are no drawing of the product (`IfcShapeRepresentation`, table of identifiers).
const ASIDE: [&str; 5] = ["box", "cog", "lighting", "clearance", "profile"];
/// How far lines may be from a curve along an alignment, meters, and how much they may turn, radians.
const FINE: (f64, f64) = (0.01, 0.05);
/// Width of a text whose extent the file does not say, meters. Chosen: read from across a room.
const TEXT_M: f64 = 3.0;
/// Opacity of areas that are filled with hatches or a pattern. Chosen: what is below them shows.
const FILL_ALPHA: u8 = 96;

/// Draws the representations of a product by its attributes.
pub(super) fn draw(model: &Model<'_>, styles: &Styles, args: &[Value<'_>], pen: &mut Pen<'_>) {
    let reader = Reader::new(model.file, model.units);
    let shape = args.get(6).and_then(Value::as_ref).and_then(|s| reader.get(s));
    let Some((_, shape)) = shape else { return };
    for representation in shape.get(2).into_iter().flat_map(Value::refs) {
        let Some((_, r)) = reader.get(representation) else { continue };
        let name = model.file.text(r.get(1)).unwrap_or_default().to_ascii_lowercase();
        if ASIDE.contains(&name.as_str()) {
            continue;
        }
        let drawing = Drawing { model, reader, styles, at: DAffine3::IDENTITY, color: LINE_COLOR, level: 0 };
        for item in r.get(3).into_iter().flat_map(Value::refs) {
            drawing.item(item, pen);
        }
    }
}

/// Where and in which color items are drawn.
#[derive(Clone, Copy)]
struct Drawing<'a> {
    model: &'a Model<'a>,
    reader: Reader<'a>,
    styles: &'a Styles,
    at: DAffine3,
    color: [u8; 4],
    level: usize,
}

impl Drawing<'_> {
    fn item(self, id: u64, pen: &mut Pen<'_>) {
        if self.level > MAX_LEVELS {
            return;
        }
        charge(STEPS_PER_ITEM);
        let Some((keyword, args)) = self.reader.get(id) else { return };
        let below = Self { color: self.styles.of(id).unwrap_or(self.color), level: self.level + 1, ..self };
        match keyword {
            "IFCGEOMETRICCURVESET" | "IFCGEOMETRICSET" => {
                args.first().into_iter().flat_map(Value::refs).for_each(|e| below.item(e, pen));
            }
            "IFCMAPPEDITEM" => below.mapped(&args, pen),
            "IFCTEXTLITERAL" | "IFCTEXTLITERALWITHEXTENT" => below.text(&args, pen),
            "IFCANNOTATIONFILLAREA" => below.area(&args, pen),
            "IFCCARTESIANPOINT" => {
                if let Some(p) = self.reader.point(id) {
                    pen.point(self.at.transform_point3(p), below.color);
                }
            }
            "IFCEDGE" | "IFCEDGECURVE" | "IFCORIENTEDEDGE" | "IFCSUBEDGE" => below.edge(&args, pen),
            _ => {
                if let Some(points) = self.curve(id) {
                    below.line(&points, pen);
                }
            }
        }
    }

    fn line(&self, points: &[DVec3], pen: &mut Pen<'_>) {
        charge_triangles(points.len());
        let points: Vec<DVec3> = points.iter().map(|p| self.at.transform_point3(*p)).collect();
        pen.line(&points, self.color);
    }

    /// A curve as points, if it is one: of its own, or along an alignment.
    fn curve(&self, id: u64) -> Option<Vec<DVec3>> {
        if let Ok(points) = curve_points(self.model, id) {
            return Some(points);
        }
        let course: Course = course(&self.reader, id).ok()?;
        let at = |d| course.at(d).map(|p| p.at);
        Some(course.samples(course.range(), FINE.0, FINE.1).into_iter().filter_map(at).collect())
    }

    /// `IfcMappedItem(MappingSource, MappingTarget)`.
    fn mapped(self, args: &[Value<'_>], pen: &mut Pen<'_>) {
        let at = |i: usize| args.get(i).and_then(Value::as_ref);
        let Some((_, map)) = at(0).and_then(|m| self.reader.get(m)) else { return };
        let origin =
            map.first().and_then(Value::as_ref).and_then(|o| self.reader.axes(o)).unwrap_or_default();
        let Some(target) = at(1).and_then(|t| operator(&self.reader, t)) else { return };
        let items = map.get(1).and_then(Value::as_ref).and_then(|r| self.reader.get(r)).map(|r| r.1);
        let below = Self { at: self.at * target * origin, ..self };
        for item in items.iter().filter_map(|r| r.get(3)).flat_map(Value::refs) {
            below.item(item, pen);
        }
    }

    /// `IfcTextLiteral(Literal, Placement, Path)`, with an `Extent` behind.
    fn text(self, args: &[Value<'_>], pen: &mut Pen<'_>) {
        let Some(text) = self.model.file.text(args.first()) else { return };
        let place = args.get(1).and_then(Value::as_ref).and_then(|p| self.reader.axes(p)).unwrap_or_default();
        let extent = args.get(3).and_then(Value::as_ref).and_then(|e| self.reader.get(e)).map(|e| e.1);
        let width = extent.and_then(|e| self.reader.length(e.first())).filter(|w| *w > 0.0).unwrap_or(TEXT_M);
        pen.word((self.at * place).translation, &text, LabelKind::Text, width);
    }

    /// `IfcAnnotationFillArea(OuterBoundary, InnerBoundaries)`: filled, with its outline.
    fn area(self, args: &[Value<'_>], pen: &mut Pen<'_>) {
        let rings: Vec<Vec<DVec3>> =
            args.iter().take(2).flat_map(Value::refs).filter_map(|c| self.curve(c)).collect();
        for ring in &rings {
            self.line(ring, pen);
        }
        let Some(filled) = areas::filled(&rings) else { return };
        let (origin, positions, indices) = areas::placed(&filled, &(pen.place * self.at));
        let [r, g, b, _] = self.color;
        let color = [r, g, b, FILL_ALPHA];
        pen.out.areas.push(MeshRecord {
            object: pen.object,
            origin,
            positions,
            normals: Vec::new(),
            indices,
            color,
        });
    }

    /// `IfcEdge(EdgeStart, EdgeEnd)`, and the curve of an edge that has one.
    fn edge(self, args: &[Value<'_>], pen: &mut Pen<'_>) {
        if let Some(curve) = args.get(2).and_then(Value::as_ref).filter(|_| args.len() == 4)
            && self.reader.keyword(curve).is_some_and(|k| k.starts_with("IFCEDGE"))
        {
            self.item(curve, pen);
            return;
        }
        let vertex = |at: usize| {
            let (_, vertex) = self.reader.get(args.get(at)?.as_ref()?)?;
            self.reader.point_at(&vertex, 0)
        };
        if let (Some(a), Some(b)) = (vertex(0), vertex(1)) {
            self.line(&[a, b], pen);
        }
    }
}

/// `IfcCartesianTransformationOperator(Axis1, Axis2, LocalOrigin, Scale …)`, in a plane or in space.
fn operator(reader: &Reader<'_>, id: u64) -> Option<DAffine3> {
    let (keyword, args) = reader.get(id)?;
    let flat = keyword.contains("OPERATOR2D");
    let number = |at: usize| args.get(at).and_then(Value::as_f64).filter(|s| s.is_finite() && *s != 0.0);
    let scale = number(3).unwrap_or(1.0);
    let z = if flat { DVec3::Z } else { reader.direction_at(&args, 4).unwrap_or(DVec3::Z) };
    let x = reader.direction_at(&args, 0);
    let axes = crate::align::frame(DVec3::ZERO, Some(z), x).matrix3;
    // A second axis on the other side mirrors.
    let mirrored = reader.direction_at(&args, 1).is_some_and(|y| y.dot(axes.y_axis) < 0.0);
    let y_axis = if mirrored { -axes.y_axis } else { axes.y_axis };
    let scales = match (keyword.ends_with("NONUNIFORM"), flat) {
        (false, _) => DVec3::splat(scale),
        (true, true) => DVec3::new(scale, number(4).unwrap_or(scale), scale),
        (true, false) => DVec3::new(scale, number(5).unwrap_or(scale), number(6).unwrap_or(scale)),
    };
    let matrix3 = DMat3::from_cols(axes.x_axis * scales.x, y_axis * scales.y, axes.z_axis * scales.z);
    Some(DAffine3 { matrix3, translation: reader.point_at(&args, 2).unwrap_or_default() })
}
