//! How a mapped item places what it repeats (`IfcMappedItem`, `IfcCartesianTransformationOperator`).

use glam::{DAffine3, DMat3, DVec3};

use super::local::Model;
use crate::align::Reader;
use crate::step::Value;

/// Shortest direction that counts as one. Chosen: far above rounding, far below any that is meant.
const MIN_DIRECTION: f64 = 1e-9;

/// From the axes of the mapped representation to those of the representation in which the mapped item stands.
/// `None` where the item is not one, or its numbers cannot be.
pub(crate) fn mapping(model: &Model<'_>, item: u64) -> Option<DAffine3> {
    let (keyword, args) = model.file.get(item)?;
    if keyword != "IFCMAPPEDITEM" {
        return None;
    }
    let reader = Reader { file: model.file, length_m: model.meters(), angle_rad: model.units.angle_rad };
    let (_, source) = model.file.get(args.first()?.as_ref()?)?;
    let origin = source.first().and_then(Value::as_ref).and_then(|id| reader.axes(id));
    let target = match args.get(1).and_then(Value::as_ref) {
        Some(id) => operator(&reader, id)?,
        None => DAffine3::IDENTITY,
    };
    let m = target * origin.unwrap_or(DAffine3::IDENTITY);
    (m.is_finite() && m.matrix3.determinant().abs() > 0.0).then_some(m)
}

fn operator(reader: &Reader<'_>, id: u64) -> Option<DAffine3> {
    let (keyword, args) = reader.get(id)?;
    let flat = keyword.contains("OPERATOR2D");
    let (first, second) = (reader.direction_at(&args, 0), reader.direction_at(&args, 1));
    let origin = reader.point_at(&args, 2).unwrap_or_default();
    let scale = args.get(3).and_then(Value::as_f64).unwrap_or(1.0);
    let number = |at: usize| args.get(at).and_then(Value::as_f64).unwrap_or(scale);
    let third = if flat { None } else { reader.direction_at(&args, 4) };
    let scales = match (keyword.ends_with("NONUNIFORM"), flat) {
        (false, _) => DVec3::splat(scale),
        (true, true) => DVec3::new(scale, number(4), scale),
        (true, false) => DVec3::new(scale, number(5), number(6)),
    };
    let axes = base_axes(first, second, third.unwrap_or(DVec3::Z));
    Some(DAffine3 { matrix3: axes * DMat3::from_diagonal(scales), translation: origin })
}

/// `IfcBaseAxis`: three orthogonal axes of length 1 from up to three directions. Not always right-handed: a second
/// direction that points the other way mirrors.
fn base_axes(first: Option<DVec3>, second: Option<DVec3>, z: DVec3) -> DMat3 {
    let flat = |v: DVec3, off: &[DVec3]| {
        let rest = off.iter().fold(v, |v, n| v - *n * v.dot(*n));
        (rest.length() > MIN_DIRECTION).then(|| rest.try_normalize()).flatten()
    };
    let x = first
        .and_then(|v| flat(v, &[z]))
        .or_else(|| flat(DVec3::X, &[z]).filter(|_| z.x.abs() < 1.0 - MIN_DIRECTION))
        .or_else(|| flat(DVec3::Y, &[z]))
        .unwrap_or(DVec3::X);
    let y = second.and_then(|v| flat(v, &[z, x])).unwrap_or_else(|| z.cross(x));
    DMat3::from_cols(x, y, z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_axis_that_points_the_other_way_mirrors() {
        let plain = base_axes(Some(DVec3::X), Some(DVec3::Y), DVec3::Z);
        let mirrored = base_axes(Some(DVec3::X), Some(-DVec3::Y), DVec3::Z);
        assert!((plain.determinant() - 1.0).abs() < 1e-12 && (mirrored.determinant() + 1.0).abs() < 1e-12);
    }

    #[test]
    fn directions_that_are_missing_or_lie_askew_give_orthogonal_axes() {
        let askew = base_axes(Some(DVec3::new(1.0, 0.2, 0.3)), None, DVec3::Z);
        assert!((askew * askew.transpose()).abs_diff_eq(DMat3::IDENTITY, 1e-12));
        assert_eq!(base_axes(None, None, DVec3::Z), DMat3::IDENTITY);
    }
}
