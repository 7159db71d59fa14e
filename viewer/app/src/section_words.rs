//! What `--section` says: a plane square to an axis, any plane, or a box.

use crate::views::{PlaneRecord, SectionRecord};

/// One `--section`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cut {
    Plane(PlaneRecord),
    /// Lower and upper corner of what remains.
    Cube([[f64; 3]; 2]),
}

const FORM: &str =
    "x=V, y=V or z=V, with `,flipped` for the other side; plane=X,Y,Z,NX,NY,NZ; box=X0,Y0,Z0,X1,Y1,Z1";

/// Reads one; positions are in the project's coordinates, which only the project can turn into meters.
pub(crate) fn parse_section(text: &str) -> Result<Cut, String> {
    parse(text).ok_or_else(|| format!("expected {FORM}"))
}

fn parse(text: &str) -> Option<Cut> {
    let (what, values) = text.split_once('=')?;
    let (values, flipped) = match values.strip_suffix(",flipped") {
        Some(rest) => (rest, true),
        None => (values, false),
    };
    let parsed: Result<Vec<f64>, _> = values.split(',').map(|v| v.trim().parse::<f64>()).collect();
    let values = parsed.ok().filter(|v| v.iter().all(|x| x.is_finite()))?;
    let plane = |axis: &str, point, normal| {
        Some(Cut::Plane(PlaneRecord { axis: axis.to_owned(), point, normal, flipped }))
    };
    match (what.trim(), values.as_slice()) {
        ("x", &[v]) => plane("east", [v, 0.0, 0.0], [1.0, 0.0, 0.0]),
        ("y", &[v]) => plane("north", [0.0, v, 0.0], [0.0, 1.0, 0.0]),
        ("z", &[v]) => plane("up", [0.0, 0.0, v], [0.0, 0.0, 1.0]),
        ("plane", &[x, y, z, nx, ny, nz]) if nx.abs().max(ny.abs()).max(nz.abs()) > 0.0 => {
            plane("face", [x, y, z], [nx, ny, nz])
        }
        ("box", &[x0, y0, z0, x1, y1, z1]) if x0 < x1 && y0 < y1 && z0 < z1 && !flipped => {
            Some(Cut::Cube([[x0, y0, z0], [x1, y1, z1]]))
        }
        _ => None,
    }
}

/// A section with what the command line says instead of its plane, its box, or both.
pub(crate) fn with(cuts: &[Cut], record: Option<SectionRecord>) -> Option<SectionRecord> {
    let mut all = record.unwrap_or(SectionRecord { plane: None, cube: None });
    for cut in cuts {
        match cut {
            Cut::Plane(plane) => all.plane = Some(plane.clone()),
            Cut::Cube(corners) => all.cube = Some(*corners),
        }
    }
    (all.plane.is_some() || all.cube.is_some()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_read_as_people_write_it_and_nonsense_is_refused() {
        let plane = |text: &str| match parse_section(text) {
            Ok(Cut::Plane(p)) => p,
            other => panic!("{other:?}"),
        };
        let up = plane("z=45.5");
        assert_eq!((up.axis.as_str(), up.point[2], up.flipped), ("up", 45.5, false));
        assert!(plane("x=455600,flipped").flipped);
        let face = plane("plane=1,2,3,0,-1,0.5");
        assert_eq!((face.point, face.normal), ([1.0, 2.0, 3.0], [0.0, -1.0, 0.5]));
        assert_eq!(parse_section("box=0,0,0,1,2,3"), Ok(Cut::Cube([[0.0; 3], [1.0, 2.0, 3.0]])),);
        for bad in ["", "z", "z=", "z=a", "z=1,2", "w=1", "z=inf", "plane=1,2,3,0,0,0", "box=0,0,0,1,2,0"] {
            assert!(parse_section(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_command_line_replaces_a_views_plane_and_keeps_its_box() {
        let cube = Some([[0.0; 3], [9.0; 3]]);
        let view = SectionRecord { plane: None, cube };
        let cut = parse_section("y=3").unwrap();
        let both = with(std::slice::from_ref(&cut), Some(view)).unwrap();
        assert_eq!(both.cube, cube);
        assert_eq!(both.plane.unwrap().axis, "north");
        assert_eq!(with(&[], None), None);
    }
}
