//! Placements, profiles, solids and styles of our own STEP writer.

use glam::{DVec2, DVec3};

use super::model::Model;
use super::step::{list, quoted, real};

/// A surface style of the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style(pub(crate) usize);

impl Model {
    pub(crate) fn point(&mut self, p: DVec3) -> usize {
        self.add(format!("IFCCARTESIANPOINT(({},{},{}))", real(p.x), real(p.y), real(p.z)))
    }

    fn direction(&mut self, d: DVec3) -> usize {
        self.add(format!("IFCDIRECTION(({:.9},{:.9},{:.9}))", d.x, d.y, d.z))
    }

    /// Upright axes with the given x direction.
    pub(crate) fn axes(&mut self, origin: DVec3, x: DVec3) -> usize {
        let point = self.point(origin);
        if x == DVec3::X {
            return self.add(format!("IFCAXIS2PLACEMENT3D(#{point},$,$)"));
        }
        let z = self.direction(DVec3::Z);
        let x = self.direction(x);
        self.add(format!("IFCAXIS2PLACEMENT3D(#{point},#{z},#{x})"))
    }

    /// Axes with free z and x.
    pub(crate) fn tilted(&mut self, origin: DVec3, z: DVec3, x: DVec3) -> usize {
        let point = self.point(origin);
        let z = self.direction(z);
        let x = self.direction(x);
        self.add(format!("IFCAXIS2PLACEMENT3D(#{point},#{z},#{x})"))
    }

    /// A placement within another one.
    pub(crate) fn place(&mut self, parent: Option<usize>, origin: DVec3, x: DVec3) -> usize {
        let axes = self.axes(origin, x);
        let parent = parent.map_or_else(|| "$".to_owned(), |id| format!("#{id}"));
        self.add(format!("IFCLOCALPLACEMENT({parent},#{axes})"))
    }

    /// A box from `lo` to `hi` in the own frame.
    pub(crate) fn cuboid(&mut self, lo: DVec3, hi: DVec3) -> usize {
        let size = hi - lo;
        let middle = (lo + hi) * 0.5;
        let center = self.add("IFCCARTESIANPOINT((0.,0.))".to_owned());
        let at = self.add(format!("IFCAXIS2PLACEMENT2D(#{center},$)"));
        let profile =
            self.add(format!("IFCRECTANGLEPROFILEDEF(.AREA.,$,#{at},{},{})", real(size.x), real(size.y)));
        let axes = self.axes(DVec3::new(middle.x, middle.y, lo.z), DVec3::X);
        self.extrude(profile, axes, size.z)
    }

    /// An upright cylinder.
    pub(crate) fn cylinder(&mut self, foot: DVec3, radius: f64, height: f64) -> usize {
        let center = self.add("IFCCARTESIANPOINT((0.,0.))".to_owned());
        let at = self.add(format!("IFCAXIS2PLACEMENT2D(#{center},$)"));
        let profile = self.add(format!("IFCCIRCLEPROFILEDEF(.AREA.,$,#{at},{})", real(radius)));
        let axes = self.axes(foot, DVec3::X);
        self.extrude(profile, axes, height)
    }

    /// A closed polygon as profile; the ring is open, counter-clockwise.
    pub(crate) fn outline(&mut self, ring: &[DVec2]) -> usize {
        let mut points: Vec<usize> = ring
            .iter()
            .map(|p| self.add(format!("IFCCARTESIANPOINT(({},{}))", real(p.x), real(p.y))))
            .collect();
        points.extend(points.first().copied());
        let line = self.add(format!("IFCPOLYLINE({})", list(&points)));
        self.add(format!("IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#{line})"))
    }

    /// A profile extruded along the z of its axes.
    pub(crate) fn extrude(&mut self, profile: usize, axes: usize, depth: f64) -> usize {
        let up = self.direction(DVec3::Z);
        self.add(format!("IFCEXTRUDEDAREASOLID(#{profile},#{axes},#{up},{})", real(depth)))
    }

    /// The body of a product from colored solids.
    pub(crate) fn shape(&mut self, solids: &[(usize, Style)]) -> usize {
        for (solid, style) in solids {
            self.add(format!("IFCSTYLEDITEM(#{solid},(#{}),$)", style.0));
        }
        let items: Vec<usize> = solids.iter().map(|(solid, _)| *solid).collect();
        self.bare_shape(&items)
    }

    /// A body without color: openings and spaces.
    pub(crate) fn bare_shape(&mut self, items: &[usize]) -> usize {
        let body = self.body;
        let shape = self.add(format!("IFCSHAPEREPRESENTATION(#{body},'Body','SweptSolid',{})", list(items)));
        self.add(format!("IFCPRODUCTDEFINITIONSHAPE($,$,(#{shape}))"))
    }

    /// A surface color, 0 to 255 each, with transparency 0 to 1.
    pub(crate) fn style(&mut self, name: &str, rgb: [u8; 3], transparency: f64) -> Style {
        let [r, g, b] = rgb.map(|v| real((f64::from(v) / 255.0 * 1000.0).round() / 1000.0));
        let color = self.add(format!("IFCCOLOURRGB($,{r},{g},{b})"));
        let rendering = self.add(format!(
            "IFCSURFACESTYLERENDERING(#{color},{},$,$,$,$,$,$,.NOTDEFINED.)",
            real(transparency)
        ));
        Style(self.add(format!("IFCSURFACESTYLE({},.BOTH.,(#{rendering}))", quoted(name))))
    }
}
