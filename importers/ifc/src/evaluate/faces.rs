//! Solids and surfaces that are given face by face: B-reps, surface models, tessellations.

use std::collections::HashMap;

use super::Fail;
use super::advanced;
use super::context::{Context, Record};
use super::curve::{coordinates, index};
use super::mesh::Mesh;
use super::shell::{Face, Shell};
use crate::step::Value;

/// `IfcFacetedBrep`, with or without voids, where all faces are flat.
pub(crate) fn brep(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let mut builder = Builder::default();
    match builder.connected(cx, r.reference(0)?) {
        Err(Fail::Unknown) => return advanced::brep(cx, r),
        other => other?,
    }
    let mut mesh = builder.shell.mesh();
    let mut n_faces = builder.n_faces;
    for void in r.references(1) {
        let mut builder = Builder { n_faces, ..Builder::default() };
        builder.connected(cx, void)?;
        n_faces = builder.n_faces;
        let mut hole = builder.shell.mesh();
        hole.turn_over();
        mesh.append(hole);
    }
    nonempty(r, mesh)
}

/// The faces of a shell or another set of faces; a face by itself is a set of one.
pub(super) fn faces_of(set: &Record<'_>) -> Result<Vec<u64>, Fail> {
    match set.keyword {
        "IFCCLOSEDSHELL" | "IFCOPENSHELL" | "IFCCONNECTEDFACESET" => Ok(set.references(0)),
        "IFCFACE" | "IFCFACESURFACE" | "IFCADVANCEDFACE" => Ok(vec![set.id]),
        _ => Err(Fail::Unknown),
    }
}

/// The sets of faces of an `IfcFaceBasedSurfaceModel` or `IfcShellBasedSurfaceModel`, or one that stands where an item
/// should. Sets that are closed by themselves stay apart: bodies that touch along an edge would not know which of the
/// faces there are neighbors.
pub(crate) fn surface_model(cx: Context<'_>, r: &Record<'_>, sets: &[u64]) -> Result<Mesh, Fail> {
    let mut out = Mesh::default();
    let mut curved = Mesh::default();
    let mut open = Builder::default();
    let mut n_faces = 0_u32;
    for &id in sets {
        let mut alone = Builder { n_faces, ..Builder::default() };
        match alone.connected(cx, id) {
            // Faces with curved sides or on curved surfaces.
            Err(Fail::Unknown) => {
                let mut mesh = advanced::shell(cx, id)?;
                // They do not say which of their triangles are of which face.
                mesh.faces = vec![u32::MAX; mesh.triangles.len()];
                curved.append(mesh);
                let count = faces_of(&cx.record(id)?)?.len();
                n_faces = n_faces.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
                continue;
            }
            other => other?,
        }
        let next = alone.n_faces;
        let mesh = alone.shell.mesh();
        if mesh.is_closed() {
            out.append(mesh);
        } else {
            open.n_faces = n_faces;
            open.connected(cx, id)?;
        }
        n_faces = next;
    }
    out.append(open.shell.mesh());
    if !curved.triangles.is_empty() {
        out.curved = true;
        out.append(curved);
    }
    nonempty(r, out)
}

fn nonempty(r: &Record<'_>, mesh: Mesh) -> Result<Mesh, Fail> {
    if mesh.triangles.is_empty() { Err(r.empty("none of its faces has an area")) } else { Ok(mesh) }
}

/// Collects the faces of shells; points that several faces refer to are one corner.
#[derive(Default)]
struct Builder {
    shell: Shell,
    known: HashMap<u64, u32>,
    /// Faces that were listed so far, also those that the file does not have: the number of the next.
    n_faces: u32,
}

impl Builder {
    fn connected(&mut self, cx: Context<'_>, id: u64) -> Result<(), Fail> {
        for face in faces_of(&cx.record(id)?)? {
            let source = self.n_faces;
            self.n_faces = source.saturating_add(1);
            // A face that the file does not have leaves a hole, not nothing.
            let Ok(face) = cx.record(face) else { continue };
            self.face(cx, &face, source)?;
        }
        Ok(())
    }

    fn face(&mut self, cx: Context<'_>, face: &Record<'_>, source: u32) -> Result<(), Fail> {
        match face.keyword {
            "IFCFACE" => {}
            "IFCFACESURFACE" | "IFCADVANCEDFACE" if is_plane(cx, face) => {}
            _ => return Err(Fail::Unknown),
        }
        let mut rings: Vec<Vec<u32>> = Vec::new();
        let mut has_outer = false;
        for bound in face.references(0) {
            let Ok(bound) = cx.record(bound) else { continue };
            let Some(looped) = bound.optional(0).and_then(|id| cx.record(id).ok()) else { continue };
            if looped.keyword != "IFCPOLYLOOP" {
                return Err(Fail::Unknown);
            }
            let mut ring: Vec<u32> =
                looped.references(0).into_iter().filter_map(|p| self.corner(cx, p)).collect();
            if bound.flag(1) == Some(false) {
                ring.reverse();
            }
            match bound.keyword {
                // A second outer bound, which may not be, can only be meant as a face of its own.
                "IFCFACEOUTERBOUND" if has_outer => self.shell.faces.push(Face { rings: vec![ring], source }),
                "IFCFACEOUTERBOUND" => {
                    has_outer = true;
                    rings.insert(0, ring);
                }
                _ => rings.push(ring),
            }
        }
        self.shell.faces.push(Face { rings, source });
        Ok(())
    }

    fn corner(&mut self, cx: Context<'_>, id: u64) -> Option<u32> {
        if let Some(n) = self.known.get(&id) {
            return Some(*n);
        }
        let n = u32::try_from(self.shell.points.len()).ok()?;
        self.shell.points.push(cx.read.point(id)?);
        self.known.insert(id, n);
        Some(n)
    }
}

fn is_plane(cx: Context<'_>, face: &Record<'_>) -> bool {
    face.optional(1).and_then(|id| cx.record(id).ok()).is_some_and(|s| s.keyword == "IFCPLANE")
}

/// `IfcPolygonalFaceSet`.
pub(crate) fn polygonal(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let list = cx.record(r.reference(0)?)?;
    let points = coordinates(&list, cx.read.length_m);
    let through = r.args.get(3).map(Value::members).unwrap_or_default();
    let n_points = points.len();
    let ring = |v: &Value<'_>| ring(v, through, n_points);
    let mut faces = Vec::new();
    for (source, id) in (0_u32..).zip(r.references(2)) {
        let Ok(face) = cx.record(id) else { continue };
        let Some(outer) = face.args.first() else { continue };
        let mut rings = vec![ring(outer)];
        if face.keyword == "IFCINDEXEDPOLYGONALFACEWITHVOIDS" {
            rings.extend(face.args.get(1).map(Value::members).unwrap_or_default().iter().map(ring));
        }
        faces.push(Face { rings, source });
    }
    nonempty(r, Shell { points, faces }.mesh())
}

/// `IfcTriangulatedFaceSet` and `IfcTriangulatedIrregularNetwork`.
pub(crate) fn triangulated(cx: Context<'_>, r: &Record<'_>) -> Result<Mesh, Fail> {
    let list = cx.record(r.reference(0)?)?;
    let points = coordinates(&list, cx.read.length_m);
    // The first IFC4 had the indices of normals there, three by three.
    let through = r.args.get(4).map(Value::members).unwrap_or_default();
    let through = if matches!(through.first(), Some(Value::List(_))) { &[] } else { through };
    let rows = r.args.get(3).map(Value::members).unwrap_or_default();
    let faces = (0_u32..)
        .zip(rows)
        .map(|(source, v)| Face { rings: vec![ring(v, through, points.len())], source })
        .collect();
    let mut mesh = nonempty(r, Shell { points, faces }.mesh())?;
    // Normals in the file say that the surface stands for a curved one.
    mesh.curved = r.args.get(1).is_some_and(|v| !v.members().is_empty());
    Ok(mesh)
}

/// Corners by number, counted from 1, through `PnIndex` where there is one. A number out of range ends the face:
/// what would be left of it is not what was meant.
fn ring(v: &Value<'_>, through: &[Value<'_>], n_points: usize) -> Vec<u32> {
    let corner = |v: &Value<'_>| {
        let i = index(v)?;
        let i = if through.is_empty() { i } else { index(through.get(i)?)? };
        (i < n_points).then(|| u32::try_from(i).ok()).flatten()
    };
    v.members().iter().map(corner).collect::<Option<Vec<u32>>>().unwrap_or_default()
}
