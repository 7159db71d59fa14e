//! Points as people write them: `X,Y[,Z]`.

use crate::{Crs, CrsKind, GeodesyError, Transform, TransformNote};

/// Transformed points as text, and the conventions that were relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformedText {
    /// `X Y[ Z]`, one line a point: 4 decimals of a meter or 9 of a degree, Z only where it was given.
    pub lines: Vec<String>,
    /// Conventions, for stderr.
    pub notes: Vec<TransformNote>,
}

/// Transforms points that are written `X,Y` or `X,Y,Z`.
///
/// # Errors
/// [`GeodesyError`] for an unreadable CRS or point, a refused operation, or a point that cannot be expressed.
pub fn transform_text<S: AsRef<str>>(
    from: &str,
    to: &str,
    points: &[S],
) -> Result<TransformedText, GeodesyError> {
    let (from, to) = (Crs::parse(from)?, Crs::parse(to)?);
    let transform = Transform::new(&from, &to)?;
    let mut lines = Vec::with_capacity(points.len());
    for text in points {
        let text = text.as_ref();
        let (point, has_z) =
            parse_point(text).ok_or_else(|| GeodesyError::NotAPoint(text.chars().take(64).collect()))?;
        let mut one = [point];
        transform.apply(&mut one)?;
        let [[x, y, z]] = one;
        let decimals = if to.kind() == CrsKind::Geographic { 9 } else { 4 };
        let z = if has_z { format!(" {z:.4}") } else { String::new() };
        lines.push(format!("{x:.decimals$} {y:.decimals$}{z}"));
    }
    Ok(TransformedText { lines, notes: transform.notes().to_vec() })
}

fn parse_point(text: &str) -> Option<([f64; 3], bool)> {
    let numbers: Vec<f64> = text
        .split(',')
        .map(|t| t.trim().parse::<f64>().ok().filter(|v| v.is_finite()))
        .collect::<Option<_>>()?;
    match *numbers.as_slice() {
        [x, y] => Some(([x, y, 0.0], false)),
        [x, y, z] => Some(([x, y, z], true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_with_four_decimals_of_a_meter_or_nine_of_a_degree() {
        let out = transform_text("EPSG:4490", "EPSG:4548", &["116.48,39.99", "116.48, 39.99, 40.5"]).unwrap();
        assert!(out.lines[0].starts_with("455588.61") && out.lines[0].split(' ').count() == 2, "{out:?}");
        assert!(out.lines[1].ends_with(" 40.5000"), "{out:?}");
        let back = transform_text("EPSG:4548", "EPSG:4490", &["455588.610,4428548.202"]).unwrap();
        assert_eq!(back.lines[0].split(' ').map(|v| v.split('.').nth(1).map_or(0, str::len)).max(), Some(9));
        assert!(matches!(
            transform_text("EPSG:4490", "EPSG:4548", &["x,y"]),
            Err(GeodesyError::NotAPoint(_))
        ));
    }
}
