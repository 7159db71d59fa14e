//! Grids of a city on a datum of their own: seven parameters (Bursa–Wolf) that lead from it to another, stated or fitted.

use glam::{DMat3, DVec3};

use crate::crs::is_derived;
use crate::local::children;
use crate::{Crs, CrsKind, GeodesyError, Transform, osr};

/// How the rotations of seven parameters are meant: with the other sign in the other convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// They turn the vector of the point (EPSG method 9606), as ISO 19111 and most of Europe write them.
    PositionVector,
    /// They turn the axes (EPSG method 9607).
    CoordinateFrame,
}

impl Convention {
    /// The word of the command line and of PROJ: `position_vector`.
    pub fn word(self) -> &'static str {
        match self {
            Self::PositionVector => "position_vector",
            Self::CoordinateFrame => "coordinate_frame",
        }
    }

    /// The method of well-known text: name, and code in the registry.
    fn method(self) -> (&'static str, u32) {
        match self {
            Self::PositionVector => ("Position Vector transformation (geog2D domain)", 9606),
            Self::CoordinateFrame => ("Coordinate Frame rotation (geog2D domain)", 9607),
        }
    }

    fn sign(self) -> f64 {
        match self {
            Self::PositionVector => 1.0,
            Self::CoordinateFrame => -1.0,
        }
    }
}

/// Seven parameters: `X' = T + (1 + ppm·10⁻⁶)·R·X` between coordinates from the middle of the Earth, with R for small
/// angles, as PROJ's `+proj=helmert` has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Helmert {
    /// Meters.
    pub translation_m: [f64; 3],
    /// Arc seconds, about x, y and z.
    pub rotation_arcsec: [f64; 3],
    /// Parts per million.
    pub scale_ppm: f64,
    /// How the rotations are meant.
    pub convention: Convention,
}

/// A point that is known on both datums.
#[derive(Clone, Debug, PartialEq)]
pub struct DatumPair {
    /// Its name, for the table of residuals.
    pub id: String,
    /// Easting and northing in the grid, and height above its ellipsoid, meters.
    pub grid: [f64; 3],
    /// Longitude and latitude on the other datum, degrees, and height above its ellipsoid, meters.
    pub degrees: [f64; 3],
}

/// A fit of seven parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct HelmertFit {
    /// The parameters.
    pub helmert: Helmert,
    /// What is left of each point, in its order: east, north and up, where it is minus where the fit puts it, meters.
    pub residuals_m: Vec<[f64; 3]>,
}

impl HelmertFit {
    /// Root mean square of the residuals per coordinate, counted by what is left to check with; `None` where all points
    /// were needed for the fit.
    pub fn sigma_m(&self) -> Option<f64> {
        /// Parameters of the fit.
        const SEVEN: usize = 7;
        let free = (3 * self.residuals_m.len()).checked_sub(SEVEN).filter(|f| *f > 0)?;
        let sum: f64 = self.residuals_m.iter().flatten().map(|v| v * v).sum();
        Some((sum / free as f64).sqrt())
    }
}

impl Helmert {
    fn turn(&self) -> DVec3 {
        DVec3::from_array(self.rotation_arcsec.map(|s| (s / 3600.0).to_radians())) * self.convention.sign()
    }

    fn apply(&self, p: DVec3) -> DVec3 {
        DVec3::from_array(self.translation_m) + (p + self.turn().cross(p)) * (1.0 + self.scale_ppm * 1e-6)
    }
}

/// The grid of a city as a CRS that knows its way to another datum: `base` is the grid with the datum that it was made
/// on, `to` the CRS in degrees that the parameters lead to. [`Crs::text`] of the result is well-known text that
/// [`Crs::parse`] reads, so that it may be a project's CRS.
///
/// # Errors
/// [`GeodesyError::NotProjected`] for a base without eastings, [`GeodesyError::UnknownCrs`] where PROJ cannot express it.
pub fn helmert_grid(base: &Crs, to: &Crs, helmert: &Helmert) -> Result<Crs, GeodesyError> {
    if base.kind() != CrsKind::Projected || is_derived(base.srs()) {
        return Err(GeodesyError::NotProjected { kind: base.kind().word(), crs: base.label().to_owned() });
    }
    let odd = |crs: &Crs, reason: &str| GeodesyError::UnknownCrs {
        text: crs.label().to_owned(),
        reason: reason.to_owned(),
    };
    if to.kind() != CrsKind::Geographic {
        return Err(odd(to, "seven parameters lead to a CRS in degrees"));
    }
    let wkt = |crs: &Crs| {
        let flat = osr::horizontal(crs.srs());
        flat.and_then(|f| osr::wkt2(&f)).ok_or_else(|| odd(crs, "it cannot be written as WKT"))
    };
    // GDAL would take the code of the source for the whole, without its parameters.
    let source = wkt(base)?;
    let (keyword, inner) = source.split_once('[').ok_or_else(|| odd(base, "it cannot be written as WKT"))?;
    let parts: Vec<&str> = children(inner).into_iter().filter(|p| !p.starts_with("ID[")).collect();
    let (source, target) = (format!("{keyword}[{}]", parts.join(",")), wkt(to)?);
    let (method, code) = helmert.convention.method();
    let [tx, ty, tz] = helmert.translation_m;
    let [rx, ry, rz] = helmert.rotation_arcsec;
    let length = |name: &str, v: f64, code: u32| {
        format!("PARAMETER[\"{name}\",{v:?},LENGTHUNIT[\"metre\",1],ID[\"EPSG\",{code}]]")
    };
    let angle = |name: &str, v: f64, code: u32| {
        format!(
            "PARAMETER[\"{name}\",{v:?},ANGLEUNIT[\"arc-second\",4.84813681109536E-06],ID[\"EPSG\",{code}]]"
        )
    };
    let ppm = helmert.scale_ppm;
    let parameters = [
        length("X-axis translation", tx, 8605),
        length("Y-axis translation", ty, 8606),
        length("Z-axis translation", tz, 8607),
        angle("X-axis rotation", rx, 8608),
        angle("Y-axis rotation", ry, 8609),
        angle("Z-axis rotation", rz, 8610),
        // In an abridged transformation a difference of scale stands as the scale itself.
        format!(
            "PARAMETER[\"Scale difference\",{:?},SCALEUNIT[\"coefficient\",1],ID[\"EPSG\",8611]]",
            1.0 + ppm * 1e-6
        ),
    ];
    Crs::parse(&format!(
        "BOUNDCRS[SOURCECRS[{source}],TARGETCRS[{target}],\
         ABRIDGEDTRANSFORMATION[\"seven parameters\",METHOD[\"{method}\",ID[\"EPSG\",{code}]],{}]]",
        parameters.join(",")
    ))
}

/// The CRS in degrees that the parameters of a grid lead to; `None` for a CRS without parameters of its own.
pub(crate) fn hub(srs: &gdal::spatial_ref::SpatialRef) -> Option<gdal::spatial_ref::SpatialRef> {
    let wkt = osr::wkt2(srs)?;
    let parts = children(wkt.strip_prefix(BOUND)?);
    let target = parts.iter().find_map(|p| p.strip_prefix("TARGETCRS[")?.strip_suffix(']'))?;
    gdal::spatial_ref::SpatialRef::from_wkt(target).ok()
}

/// How well-known text of a CRS with parameters of its own begins.
pub(crate) const BOUND: &str = "BOUNDCRS[";

/// The seven parameters that leave the least squares between a grid's own datum and that of `to`. At least three points
/// that do not lie on one line.
///
/// # Errors
/// [`GeodesyError::Fit`] where the points do not determine it; those of [`Transform`].
pub fn fit_helmert(
    base: &Crs,
    to: &Crs,
    points: &[DatumPair],
    convention: Convention,
) -> Result<HelmertFit, GeodesyError> {
    if points.len() < 3 {
        return Err(GeodesyError::Fit("at least three points are needed"));
    }
    if points.iter().flat_map(|p| p.grid.iter().chain(&p.degrees)).any(|v| !v.is_finite()) {
        return Err(GeodesyError::Fit("a coordinate is not a number"));
    }
    let own = Transform::new(base, &base.degrees()?)?;
    let mut degrees: Vec<[f64; 3]> = points.iter().map(|p| p.grid).collect();
    own.apply(&mut degrees)?;
    let (from, onto) = (Ellipsoid::of(base)?, Ellipsoid::of(to)?);
    let from: Vec<DVec3> = degrees.into_iter().map(|p| from.center(p)).collect();
    let onto: Vec<DVec3> = points.iter().map(|p| onto.center(p.degrees)).collect();
    let n = points.len() as f64;
    let (a, b) = (from.iter().sum::<DVec3>() / n, onto.iter().sum::<DVec3>() / n);
    let (mut dot, mut square, mut turned, mut inertia) = (0.0, 0.0, DVec3::ZERO, DMat3::ZERO);
    for (p, q) in from.iter().zip(&onto) {
        let (p, q) = (*p - a, *q - b);
        dot += p.dot(q);
        square += p.length_squared();
        turned += p.cross(q);
        inertia += DMat3::IDENTITY * p.length_squared() - DMat3::from_cols(p * p.x, p * p.y, p * p.z);
    }
    // Around their middle, the scale and the rotations are independent of each other and of the translation.
    // Chosen: points within a meter of one line do not show the turn about it.
    if square < 1.0 || inertia.determinant().abs() < square * square {
        return Err(GeodesyError::Fit("the points lie on one line"));
    }
    let (scale, turn) = (dot / square, inertia.inverse() * turned);
    let translation = b - a * scale - turn.cross(a);
    let arcsec = (turn / scale * convention.sign()).to_array().map(|r| r.to_degrees() * 3600.0);
    let helmert = Helmert {
        translation_m: translation.to_array(),
        rotation_arcsec: arcsec,
        scale_ppm: (scale - 1.0) * 1e6,
        convention,
    };
    let residuals = points.iter().zip(from.iter().zip(&onto)).map(|(point, (p, q))| {
        let left = *q - helmert.apply(*p);
        let [lon, lat] = [point.degrees[0], point.degrees[1]].map(f64::to_radians);
        let east = DVec3::new(-lon.sin(), lon.cos(), 0.0);
        let up = DVec3::new(lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin());
        [left.dot(east), left.dot(up.cross(east)), left.dot(up)]
    });
    Ok(HelmertFit { helmert, residuals_m: residuals.collect() })
}

/// Size and flattening of the ellipsoid of a CRS.
struct Ellipsoid {
    a: f64,
    e2: f64,
}

impl Ellipsoid {
    fn of(crs: &Crs) -> Result<Self, GeodesyError> {
        let a = crs.srs().semi_major()?;
        let inverse =
            crs.srs().get_attr_value("SPHEROID", 2)?.and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
        let f = if inverse == 0.0 { 0.0 } else { 1.0 / inverse };
        Ok(Self { a, e2: f * (2.0 - f) })
    }

    /// Meters from the middle of the Earth, of degrees and a height.
    fn center(&self, [lon, lat, height]: [f64; 3]) -> DVec3 {
        let (lon, lat) = (lon.to_radians(), lat.to_radians());
        let n = self.a / (1.0 - self.e2 * lat.sin().powi(2)).sqrt();
        let flat = (n + height) * lat.cos();
        DVec3::new(flat * lon.cos(), flat * lon.sin(), (n * (1.0 - self.e2) + height) * lat.sin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::make_frame;

    /// Xian 1980 / 3-degree Gauss-Kruger CM 117E, and parameters of the size that cities have.
    const GRID: &str = "EPSG:2384";
    const SEVEN: Helmert = Helmert {
        translation_m: [-12.646, -24.113, -38.912],
        rotation_arcsec: [0.912, -1.337, 2.018],
        scale_ppm: -3.456,
        convention: Convention::PositionVector,
    };

    /// A point of the grid, and what a pipeline of PROJ 9.1 makes of it with the ellipsoids of both datums and
    /// `+proj=helmert +x=-12.646 +y=-24.113 +z=-38.912 +rx=0.912 +ry=-1.337 +rz=2.018 +s=-3.456
    /// +convention=position_vector` between them.
    const PIPELINE_GRID: [f64; 3] = [455_600.0, 4_428_550.0, 0.0];
    const PIPELINE_DEGREES: [f64; 2] = [116.481_323_692_309, 39.989_883_618_283];

    fn grid(helmert: &Helmert) -> Crs {
        helmert_grid(&Crs::parse(GRID).unwrap(), &Crs::parse("EPSG:4490").unwrap(), helmert).unwrap()
    }

    fn to(crs: &Crs, to: &str, p: [f64; 3]) -> [f64; 3] {
        let mut points = [p];
        Transform::new(crs, &Crs::parse(to).unwrap()).unwrap().apply(&mut points).unwrap();
        points[0]
    }

    #[test]
    fn seven_parameters_lead_where_a_pipeline_of_proj_leads() {
        let crs = Crs::parse(grid(&SEVEN).text()).unwrap();
        let p = to(&crs, "EPSG:4490", PIPELINE_GRID);
        assert!(
            (p[0] - PIPELINE_DEGREES[0]).abs() < 1e-9 && (p[1] - PIPELINE_DEGREES[1]).abs() < 1e-9,
            "{p:?}"
        );
        // The way back, and on to a grid on the other datum and to WGS 84.
        let back = Transform::new(&Crs::parse("EPSG:4490").unwrap(), &crs).unwrap();
        let mut q = [[PIPELINE_DEGREES[0], PIPELINE_DEGREES[1], 7.0]];
        back.apply(&mut q).unwrap();
        // The ellipsoids lie 56 m apart here, which a way without heights does not know: 0.2 mm.
        assert!(
            (q[0][0] - PIPELINE_GRID[0]).abs() < 5e-4 && (q[0][1] - PIPELINE_GRID[1]).abs() < 5e-4,
            "{q:?}"
        );
        assert!((q[0][2] - 7.0).abs() < 1e-12, "heights are a matter of their own");
        for other in ["EPSG:4326", "EPSG:4979"] {
            let r = to(&crs, other, PIPELINE_GRID);
            assert!((r[0] - p[0]).abs() < 1e-12 && (r[1] - p[1]).abs() < 1e-12);
        }
        let map = to(&crs, "EPSG:4548", PIPELINE_GRID);
        let direct = to(&Crs::parse("EPSG:4490").unwrap(), "EPSG:4548", p);
        assert!((map[0] - direct[0]).abs() < 1e-4 && (map[1] - direct[1]).abs() < 1e-4);
        // Without parameters there is no way.
        let plain = Transform::new(&Crs::parse(GRID).unwrap(), &Crs::parse("EPSG:4490").unwrap());
        assert!(matches!(plain, Err(GeodesyError::Refused { .. })));
    }

    #[test]
    fn the_other_convention_turns_the_other_way() {
        let turned = |convention| {
            let [x, y, z] = SEVEN.rotation_arcsec;
            Helmert { rotation_arcsec: [-x, -y, -z], convention, ..SEVEN }
        };
        let a = to(&grid(&SEVEN), "EPSG:4490", PIPELINE_GRID);
        let b = to(&grid(&turned(Convention::CoordinateFrame)), "EPSG:4490", PIPELINE_GRID);
        let c = to(&grid(&turned(Convention::PositionVector)), "EPSG:4490", PIPELINE_GRID);
        assert!((a[0] - b[0]).abs() < 1e-11 && (a[1] - b[1]).abs() < 1e-11, "{a:?} {b:?}");
        assert!((a[0] - c[0]).abs() > 1e-6, "2″ are meters: {a:?} {c:?}");
    }

    #[test]
    fn a_project_may_lie_in_such_a_grid() {
        let frame = make_frame(grid(&SEVEN).text(), Some("EPSG:5737"), "Asia/Shanghai").unwrap();
        let place =
            crate::place_of(&frame, lantu_base::WorldPoint::new(PIPELINE_GRID[0], PIPELINE_GRID[1], 40.0))
                .unwrap();
        assert!((place.latitude_deg - PIPELINE_DEGREES[1]).abs() < 2e-3, "{place:?}");
    }

    #[test]
    fn points_on_both_datums_give_the_parameters_back_and_one_that_is_off_shows() {
        let base = Crs::parse(GRID).unwrap();
        let degrees = Crs::parse("EPSG:4490").unwrap();
        let onto = Ellipsoid::of(&base).unwrap();
        let own = Transform::new(&base, &base.degrees().unwrap()).unwrap();
        let mut points: Vec<DatumPair> = Vec::new();
        for (i, [x, y, h]) in
            [[0.0, 0.0, 10.0], [9e3, 1e3, 60.0], [2e3, 8e3, 5.0], [-7e3, 4e3, 90.0], [3e3, -6e3, 30.0]]
                .into_iter()
                .enumerate()
        {
            let grid = [PIPELINE_GRID[0] + x, PIPELINE_GRID[1] + y, h];
            let mut p = [grid];
            own.apply(&mut p).unwrap();
            let there = SEVEN.apply(onto.center(p[0]));
            points.push(DatumPair { id: i.to_string(), grid, degrees: from_center(there) });
        }
        for convention in [Convention::PositionVector, Convention::CoordinateFrame] {
            let fit = fit_helmert(&base, &degrees, &points, convention).unwrap();
            assert!(fit.sigma_m().unwrap() < 1e-4, "{fit:?}");
            assert!((fit.helmert.scale_ppm - SEVEN.scale_ppm).abs() < 0.01, "{fit:?}");
            let z = fit.helmert.rotation_arcsec[2] * convention.sign();
            assert!((z - SEVEN.rotation_arcsec[2]).abs() < 0.01, "{fit:?}");
        }
        points[2].degrees[2] += 0.5;
        let fit = fit_helmert(&base, &degrees, &points, Convention::PositionVector).unwrap();
        let worst = fit.residuals_m.iter().map(|r| r[2].abs()).fold(0.0, f64::max);
        assert!(fit.residuals_m[2][2] > 0.1 && (fit.residuals_m[2][2].abs() - worst).abs() < 1e-9, "{fit:?}");
        let line: Vec<DatumPair> =
            points.iter().map(|p| DatumPair { grid: points[0].grid, ..p.clone() }).collect();
        assert!(fit_helmert(&base, &degrees, &line, Convention::PositionVector).is_err());
        assert!(fit_helmert(&base, &degrees, &points[..2], Convention::PositionVector).is_err());
    }

    /// Degrees and height on the ellipsoid of CGCS2000.
    fn from_center(p: DVec3) -> [f64; 3] {
        let e = Ellipsoid::of(&Crs::parse("EPSG:4490").unwrap()).unwrap();
        let flat = p.x.hypot(p.y);
        let mut lat = p.z.atan2(flat);
        let mut height = 0.0;
        // Each round makes the error smaller by a factor of some hundred.
        for _ in 0..12 {
            let n = e.a / (1.0 - e.e2 * lat.sin().powi(2)).sqrt();
            height = flat / lat.cos() - n;
            lat = p.z.atan2(flat * (1.0 - e.e2 * n / (n + height)));
        }
        [p.y.atan2(p.x).to_degrees(), lat.to_degrees(), height]
    }
}
