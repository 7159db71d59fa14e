//! Points as text: what `lantu transform` reads and writes.

use crate::crs::{Crs, CrsKind};
use crate::transform::Transform;
use crate::GeodesyError;

/// Transforms points written as `X,Y` or `X,Y,Z`: one line each, `X Y[ Z]`, with 4 decimals of a meter or 9 of a
/// degree; and the notes on what was assumed.
///
/// # Errors
/// [`GeodesyError`] of the two CRS, of the way between them, or of the first bad point.
pub fn transform_text(from: &str, to: &str, points: &[String]) -> Result<(Vec<String>, Vec<String>), GeodesyError> {
    let (from, to) = (Crs::parse(from)?, Crs::parse(to)?);
    let transform = Transform::new(&from, &to)?;
    let decimals = if to.kind() == CrsKind::Geographic { 9 } else { 4 };
    let mut lines = Vec::with_capacity(points.len());
    for text in points {
        let bad = || GeodesyError::Point { text: text.clone() };
        let parts: Result<Vec<f64>, _> = text.split(',').map(|p| p.trim().parse::<f64>()).collect();
        let parts = parts.map_err(|_| bad())?;
        let (x, y, z) = match *parts.as_slice() {
            [x, y] => (x, y, None),
            [x, y, z] => (x, y, Some(z)),
            _ => return Err(bad()),
        };
        let mut p = [[x, y, z.unwrap_or(0.0)]];
        transform.apply(&mut p)?;
        let [[x, y, h]] = p;
        lines.push(match z {
            Some(_) => format!("{x:.decimals$} {y:.decimals$} {h:.4}"),
            None => format!("{x:.decimals$} {y:.decimals$}"),
        });
    }
    Ok((lines, transform.notes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(from: &str, to: &str, point: &str) -> Result<Vec<String>, GeodesyError> {
        transform_text(from, to, &[point.to_owned()]).map(|r| r.0)
    }

    #[test]
    fn lines_have_the_digits_of_the_contract_and_a_height_only_if_given() {
        assert_eq!(lines("EPSG:4490", "EPSG:4548", "116.48,39.99").unwrap(), ["455588.6101 4428548.2025"]);
        assert_eq!(lines("EPSG:4490", "EPSG:4548", "116.48,39.99,41.5").unwrap(), ["455588.6101 4428548.2025 41.5000"]);
        assert_eq!(lines("EPSG:4548", "EPSG:4490", "455588.6100824814,4428548.202462526").unwrap(), ["116.480000000 39.990000000"]);
        for bad in ["1", "1,2,3,4", "a,b", ""] {
            assert!(matches!(lines("EPSG:4490", "EPSG:4548", bad), Err(GeodesyError::Point { .. })), "{bad}");
        }
    }
}
