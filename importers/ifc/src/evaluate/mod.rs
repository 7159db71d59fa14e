//! Our own evaluators of representation items, which stand in front of the kernel where it is wrong or slow.
//!
//! Pure functions over the records of a file: an item's number in, its triangles in the item's own axes out.
//! Solids come out closed and outward: every edge is used twice, in opposite directions.

mod advanced;
mod along;
#[cfg(test)]
mod along_tests;
mod bend;
mod boolean;
mod bounded;
mod context;
mod curve;
mod cut;
mod extrude;
mod faces;
mod fill;
#[cfg(test)]
mod kinds_tests;
mod mesh;
mod outline;
mod primitive;
mod profile;
mod shell;
mod spine;
mod spline;
mod surface;
mod sweep;
#[cfg(test)]
mod tests;
mod tolerance;
mod touch;

pub(crate) use bounded::SURFACES;
pub(crate) use fill::{fill, plane_axes};

use crate::shapes::{LocalMesh, Model, Reason, charge};
use context::Context;
use mesh::Mesh;

pub(crate) use cut::{Cut, Placed, Tools};

/// Keywords of the items that are evaluated here, beside [`SURFACES`].
const KINDS: &[&str] = &[
    "IFCSECTIONEDSOLIDHORIZONTAL",
    "IFCSECTIONEDSURFACE",
    "IFCSECTIONEDSPINE",
    "IFCFIXEDREFERENCESWEPTAREASOLID",
    "IFCDIRECTRIXDERIVEDREFERENCESWEPTAREASOLID",
    "IFCINCLINEDREFERENCESWEPTAREASOLID",
    "IFCEXTRUDEDAREASOLID",
    "IFCEXTRUDEDAREASOLIDTAPERED",
    "IFCREVOLVEDAREASOLID",
    "IFCREVOLVEDAREASOLIDTAPERED",
    "IFCSWEPTDISKSOLID",
    "IFCSWEPTDISKSOLIDPOLYGONAL",
    "IFCSURFACECURVESWEPTAREASOLID",
    "IFCADVANCEDBREP",
    "IFCADVANCEDBREPWITHVOIDS",
    "IFCFACETEDBREP",
    "IFCFACETEDBREPWITHVOIDS",
    "IFCFACEBASEDSURFACEMODEL",
    "IFCSHELLBASEDSURFACEMODEL",
    "IFCCLOSEDSHELL",
    "IFCOPENSHELL",
    "IFCCONNECTEDFACESET",
    "IFCFACE",
    "IFCFACESURFACE",
    "IFCADVANCEDFACE",
    "IFCPOLYGONALFACESET",
    "IFCTRIANGULATEDFACESET",
    "IFCTRIANGULATEDIRREGULARNETWORK",
    "IFCBOOLEANRESULT",
    "IFCBOOLEANCLIPPINGRESULT",
    "IFCCSGSOLID",
    "IFCBLOCK",
    "IFCBOUNDINGBOX",
    "IFCRECTANGULARPYRAMID",
    "IFCRIGHTCIRCULARCONE",
    "IFCRIGHTCIRCULARCYLINDER",
    "IFCSPHERE",
    "IFCGEOMETRICSET",
];

/// Whether items of a keyword are evaluated here: those of other kinds are never asked for.
pub(crate) fn is_ours(keyword: &str) -> bool {
    KINDS.contains(&keyword) || SURFACES.contains(&keyword)
}

/// Steps that an item takes, whatever it is. Measured: its record is read.
const STEPS_PER_ITEM: usize = 32;

/// Why an evaluator has no mesh.
#[derive(Clone, Debug, PartialEq)]
enum Fail {
    /// Something in it is of a kind that is not evaluated here; the kernel may know it.
    Unknown,
    /// It has no area or no volume, so that what it is cut from stays whole.
    Empty(Reason),
    /// It cannot be evaluated by anyone.
    Bad(Reason),
}

/// Triangles of an item for which [`is_ours`] holds; `None` where the kernel knows better.
///
/// # Errors
/// The item is ours and cannot be evaluated, by the kernel neither.
pub(crate) fn evaluate(model: &Model<'_>, item: u64) -> Option<Result<LocalMesh, Reason>> {
    match mesh_of(Context::new(*model), item) {
        Ok(mesh) => Some(Ok(mesh.finish())),
        Err(Fail::Unknown) => None,
        Err(Fail::Bad(reason) | Fail::Empty(reason)) => Some(Err(reason)),
    }
}

/// What can be shown of an item that [`evaluate`] refuses because it has no volume: a sheet.
pub(crate) fn sheet(model: &Model<'_>, item: u64) -> Option<LocalMesh> {
    let cx = Context::new(*model);
    let record = cx.record(item).ok()?;
    let is_extruded = matches!(record.keyword, "IFCEXTRUDEDAREASOLID" | "IFCEXTRUDEDAREASOLIDTAPERED");
    is_extruded.then(|| extrude::sheet(cx, &record)).flatten().map(Mesh::finish)
}

/// A curve as points in its own axes, meters; a closed one ends where it starts.
///
/// # Errors
/// It is no curve that is evaluated here.
pub(crate) fn curve_points(model: &Model<'_>, item: u64) -> Result<Vec<glam::DVec3>, Reason> {
    match curve::path(Context::new(*model), item) {
        Ok(path) => Ok(path.round()),
        Err(Fail::Unknown) => Err(Reason::new(item, "it is no curve that is known")),
        Err(Fail::Bad(reason) | Fail::Empty(reason)) => Err(reason),
    }
}

fn mesh_of(cx: Context<'_>, item: u64) -> Result<Mesh, Fail> {
    charge(STEPS_PER_ITEM);
    let record = cx.record(item)?;
    match record.keyword {
        "IFCSECTIONEDSOLIDHORIZONTAL" => along::sectioned_solid(cx, &record),
        "IFCSECTIONEDSPINE" => spine::sectioned(cx, &record),
        "IFCSECTIONEDSURFACE" => along::sectioned_surface(cx, &record),
        "IFCINCLINEDREFERENCESWEPTAREASOLID" => along::inclined_reference(cx, &record),
        "IFCFIXEDREFERENCESWEPTAREASOLID" | "IFCDIRECTRIXDERIVEDREFERENCESWEPTAREASOLID"
            if along::has_alignment(cx, &record) =>
        {
            along::fixed_reference(cx, &record)
        }
        "IFCEXTRUDEDAREASOLID" | "IFCEXTRUDEDAREASOLIDTAPERED" => extrude::extruded(cx, &record),
        "IFCREVOLVEDAREASOLID" | "IFCREVOLVEDAREASOLIDTAPERED" => sweep::revolved(cx, &record),
        "IFCSWEPTDISKSOLID" | "IFCSWEPTDISKSOLIDPOLYGONAL" => sweep::disk(cx, &record),
        "IFCFIXEDREFERENCESWEPTAREASOLID" | "IFCSURFACECURVESWEPTAREASOLID" => sweep::referenced(cx, &record),
        "IFCADVANCEDBREP" | "IFCADVANCEDBREPWITHVOIDS" => advanced::brep(cx, &record),
        "IFCFACETEDBREP" | "IFCFACETEDBREPWITHVOIDS" => faces::brep(cx, &record),
        "IFCFACEBASEDSURFACEMODEL" | "IFCSHELLBASEDSURFACEMODEL" => {
            faces::surface_model(cx, &record, &record.references(0))
        }
        "IFCCLOSEDSHELL"
        | "IFCOPENSHELL"
        | "IFCCONNECTEDFACESET"
        | "IFCFACE"
        | "IFCFACESURFACE"
        | "IFCADVANCEDFACE" => faces::surface_model(cx, &record, &[item]),
        "IFCPOLYGONALFACESET" => faces::polygonal(cx, &record),
        "IFCTRIANGULATEDFACESET" | "IFCTRIANGULATEDIRREGULARNETWORK" => faces::triangulated(cx, &record),
        "IFCBOOLEANRESULT" | "IFCBOOLEANCLIPPINGRESULT" => boolean::boolean(cx, &record),
        "IFCCSGSOLID" => mesh_of(cx.deeper(item)?, record.reference(0)?),
        "IFCGEOMETRICSET" => bounded::set(cx, &record),
        keyword if SURFACES.contains(&keyword) => bounded::surface(cx, &record),
        _ => primitive::primitive(&record),
    }
}
