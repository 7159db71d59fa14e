//! The boxes and paths of the comparison with other viewers, as text.

use std::collections::BTreeMap;

use glam::DVec3;
use lantu_base::WorldPoint;
use serde::Deserialize;

use crate::paths::Pose;

/// Why boxes or paths cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum BoxesError {
    /// Not the columns that were agreed on.
    #[error("expected the columns {HEADER}, found {found:?}")]
    Header {
        /// The first line, at most 80 characters.
        found: String,
    },
    /// A line that is not a box.
    #[error("line {line} is not a box: nine numbers with sizes above zero were expected")]
    Line {
        /// From 1.
        line: usize,
    },
    /// JSON that is not a file of paths.
    #[error("the paths cannot be read: {0}")]
    Paths(String),
    /// No path of that name.
    #[error("there is no path {name:?}; known are {known}")]
    NoPath {
        /// The name asked for.
        name: String,
        /// Names in the file.
        known: String,
    },
}

const HEADER: &str = "x,y,z,sx,sy,sz,r,g,b";

/// One box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxRow {
    /// Middle in x and y, bottom in z, meters.
    pub at: DVec3,
    /// Full sizes, meters.
    pub size: DVec3,
    /// sRGB.
    pub rgb: [u8; 3],
}

/// Reads `boxes.csv`: a header, then one box a line, meters and colors from 0 to 255.
///
/// # Errors
/// [`BoxesError::Header`], [`BoxesError::Line`].
pub fn read_boxes(text: &str) -> Result<Vec<BoxRow>, BoxesError> {
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default().trim_start_matches('\u{feff}');
    if head != HEADER {
        return Err(BoxesError::Header { found: head.chars().take(80).collect() });
    }
    let numbered = lines.zip(2..).filter(|(l, _)| !l.is_empty());
    numbered.map(|(l, line)| read_box(l).ok_or(BoxesError::Line { line })).collect()
}

fn read_box(line: &str) -> Option<BoxRow> {
    let mut cells = line.split(',');
    let mut number = || cells.next()?.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    let mut vector = || Some(DVec3::new(number()?, number()?, number()?));
    let (at, size) = (vector()?, vector()?);
    let mut channel = || cells.next()?.trim().parse::<u8>().ok();
    let rgb = [channel()?, channel()?, channel()?];
    (cells.next().is_none() && size.min_element() > 0.0).then_some(BoxRow { at, size, rgb })
}

impl BoxRow {
    /// Corners relative to `at`: eight positions, meters.
    #[expect(clippy::cast_possible_truncation, reason = "sizes of boxes, relative to themselves")]
    pub fn positions(&self) -> [f32; 24] {
        let mut out = [0.0; 24];
        for (corner, p) in (0..8_u8).zip(out.as_chunks_mut::<3>().0) {
            let end = |axis: u8| f64::from(corner >> axis & 1);
            let d = DVec3::new(end(0) - 0.5, end(1) - 0.5, end(2)) * self.size;
            *p = [d.x as f32, d.y as f32, d.z as f32];
        }
        out
    }

    /// Twelve triangles over [`BoxRow::positions`], counterclockwise from outside.
    pub const INDICES: [u32; 36] = [
        0, 2, 3, 0, 3, 1, 4, 5, 7, 4, 7, 6, 0, 1, 5, 0, 5, 4, 2, 6, 7, 2, 7, 3, 0, 4, 6, 0, 6, 2, 1, 3, 7, 1,
        7, 5,
    ];
}

/// How the pictures of all viewers are lit.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct BoxShading {
    /// Light from everywhere.
    pub ambient: f32,
    /// Light of the sun.
    pub diffuse: f32,
    /// Unit vector.
    pub to_light: [f64; 3],
    /// sRGB.
    pub background: [u8; 3],
}

/// `paths.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BoxPaths {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Vertical opening angle, degrees.
    pub fov_vertical_deg: f64,
    /// Up in the picture.
    pub up: [f64; 3],
    /// How it is lit.
    pub shading: BoxShading,
    paths: BTreeMap<String, BoxPath>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct BoxPath {
    frames: Vec<BoxFrame>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct BoxFrame {
    eye: [f64; 3],
    target: [f64; 3],
}

/// Reads `paths.json`.
///
/// # Errors
/// [`BoxesError::Paths`] with what is wrong and where.
pub fn read_paths(text: &str) -> Result<BoxPaths, BoxesError> {
    let paths: BoxPaths = serde_json::from_str(text).map_err(|e| BoxesError::Paths(e.to_string()))?;
    if paths.width == 0 || paths.height == 0 || paths.paths.values().any(|p| p.frames.is_empty()) {
        return Err(BoxesError::Paths("a picture has no pixels or a path no frames".to_owned()));
    }
    Ok(paths)
}

impl BoxPaths {
    /// The poses of a path.
    ///
    /// # Errors
    /// [`BoxesError::NoPath`].
    pub fn poses(&self, name: &str) -> Result<Vec<Pose>, BoxesError> {
        let Some(path) = self.paths.get(name) else {
            let known = self.paths.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(BoxesError::NoPath { name: name.to_owned(), known });
        };
        let point = |p: [f64; 3]| WorldPoint(DVec3::from(p));
        Ok(path.frames.iter().map(|f| Pose { eye: point(f.eye), target: point(f.target) }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_read_and_what_is_not_a_box_is_named() {
        let rows = read_boxes("x,y,z,sx,sy,sz,r,g,b\n1,2,3,4,5,6,7,8,9\n").unwrap();
        let p = rows[0].positions();
        assert_eq!((rows.len(), rows[0].rgb), (1, [7, 8, 9]));
        assert_eq!((&p[..3], &p[21..]), (&[-2.0, -2.5, 0.0][..], &[2.0, 2.5, 6.0][..]));
        assert!(matches!(read_boxes("a,b\n"), Err(BoxesError::Header { .. })));
        for bad in ["1,2,3,4,5,6,7,8", "1,2,3,4,5,6,7,8,300", "1,2,3,0,5,6,7,8,9", "1,2,nan,4,5,6,7,8,9"] {
            let text = format!("{HEADER}\n1,2,3,4,5,6,7,8,9\n{bad}\n");
            assert_eq!(read_boxes(&text), Err(BoxesError::Line { line: 3 }), "{bad}");
        }
    }

    #[test]
    fn a_box_is_closed_and_wound_outwards() {
        let row = BoxRow { at: DVec3::ZERO, size: DVec3::new(1.0, 2.0, 3.0), rgb: [0; 3] };
        let p = row.positions();
        let v = |i: u32| {
            DVec3::new(p[i as usize * 3].into(), p[i as usize * 3 + 1].into(), p[i as usize * 3 + 2].into())
        };
        let volume: f64 = BoxRow::INDICES.chunks_exact(3).map(|t| v(t[0]).dot(v(t[1]).cross(v(t[2])))).sum();
        assert!((volume / 6.0 - 6.0).abs() < 1e-6);
    }

    #[test]
    fn paths_are_found_by_name() {
        let text = r#"{"width": 4, "height": 3, "fov_vertical_deg": 50.0, "up": [0, 0, 1], "n": 1,
            "shading": {"rule": "", "ambient": 0.4, "diffuse": 0.6, "to_light": [0, 0, 1], "background": [1, 2, 3]},
            "paths": {"street": {"near": 1.0, "far": 9.0, "frames": [{"eye": [1, 2, 3], "target": [4, 5, 6]}]}}}"#;
        let paths = read_paths(text).unwrap();
        assert_eq!(paths.poses("street").unwrap()[0].eye, WorldPoint::new(1.0, 2.0, 3.0));
        assert!(matches!(paths.poses("moon"), Err(BoxesError::NoPath { .. })));
        assert!(read_paths("{}").is_err());
    }
}
