//! What records of a class may and must refer to, where a shape, a place or the structure hangs on it.
//!
//! Not the schema: only what would be lost without a word. So it holds for every version, drafts included, and what
//! stands for a class that is not known here is let through.

use ifc_lite_core::{IfcType, ifc_type_from_keyword};

/// Sets of kinds of records: bits, since a class may be several (an `IfcCircle` is a curve and an item).
type Kinds = u32;

const POINT: Kinds = 1;
const DIRECTION: Kinds = 1 << 1;
const AXES: Kinds = 1 << 2;
const PLACEMENT: Kinds = 1 << 3;
const SHAPE: Kinds = 1 << 4;
const REPRESENTATION: Kinds = 1 << 5;
const CONTEXT: Kinds = 1 << 6;
const ITEM: Kinds = 1 << 7;
const CURVE: Kinds = 1 << 8;
const SURFACE: Kinds = 1 << 9;
const PROFILE: Kinds = 1 << 10;
const LOOP: Kinds = 1 << 11;
const BOUND: Kinds = 1 << 12;
const FACE: Kinds = 1 << 13;
const FACES: Kinds = 1 << 14;
const EDGE: Kinds = 1 << 15;
const VERTEX: Kinds = 1 << 16;
const SEGMENT: Kinds = 1 << 17;
const MAP: Kinds = 1 << 18;
const OPERATOR: Kinds = 1 << 19;
const POINTS: Kinds = 1 << 20;
const POLYGON: Kinds = 1 << 21;
const VECTOR: Kinds = 1 << 22;
const ROOT: Kinds = 1 << 23;
const OWNER: Kinds = 1 << 24;
/// Known, and nothing of the above.
const OTHER: Kinds = 1 << 31;
/// Not known: it may be anything.
const ANY: Kinds = u32::MAX;

/// Kinds by what they are called in the standard.
const NAMES: [(Kinds, &str); 25] = [
    (POINT, "IfcPoint"),
    (DIRECTION, "IfcDirection"),
    (AXES, "IfcPlacement"),
    (PLACEMENT, "IfcObjectPlacement"),
    (SHAPE, "IfcProductDefinitionShape"),
    (REPRESENTATION, "IfcRepresentation"),
    (CONTEXT, "IfcRepresentationContext"),
    (CURVE, "IfcCurve"),
    (SURFACE, "IfcSurface"),
    (PROFILE, "IfcProfileDef"),
    (LOOP, "IfcLoop"),
    (BOUND, "IfcFaceBound"),
    (FACE, "IfcFace"),
    (FACES, "IfcConnectedFaceSet"),
    (EDGE, "IfcEdge"),
    (VERTEX, "IfcVertex"),
    (SEGMENT, "IfcSegment"),
    (MAP, "IfcRepresentationMap"),
    (OPERATOR, "IfcCartesianTransformationOperator"),
    (POINTS, "IfcCartesianPointList"),
    (POLYGON, "IfcIndexedPolygonalFace"),
    (VECTOR, "IfcVector"),
    (OWNER, "IfcOwnerHistory"),
    (ROOT, "IfcRoot"),
    (ITEM, "IfcRepresentationItem"),
];

/// What the records of a class refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs {
    may: Kinds,
    /// Kinds, and how many of each there are at least.
    must: [(Kinds, u8); 2],
    /// Lists around references.
    depth: usize,
    /// Has a placement and a shape at the places that they have in every product.
    pub(super) is_product: bool,
}

const fn needs(may: Kinds, must: [(Kinds, u8); 2], depth: usize) -> Needs {
    Needs { may, must, depth, is_product: false }
}

const NONE: (Kinds, u8) = (0, 0);
const fn one(kind: Kinds) -> [(Kinds, u8); 2] {
    [(kind, 1), NONE]
}
const fn both(a: Kinds, b: Kinds) -> [(Kinds, u8); 2] {
    [(a, 1), (b, 1)]
}

/// What is checked of a class; `None` if nothing.
#[expect(
    clippy::match_same_arms,
    reason = "a table, in the order of the standard: what is alike is so by chance"
)]
fn of(keyword: &str) -> Option<Needs> {
    Some(match keyword {
        "IFCLOCALPLACEMENT" => needs(PLACEMENT | AXES, one(AXES), 0),
        "IFCAXIS2PLACEMENT3D" | "IFCAXIS2PLACEMENT2D" | "IFCAXIS1PLACEMENT" => {
            needs(POINT | DIRECTION, one(POINT), 0)
        }
        "IFCPRODUCTDEFINITIONSHAPE" => needs(REPRESENTATION, one(REPRESENTATION), 1),
        "IFCSHAPEREPRESENTATION" | "IFCTOPOLOGYREPRESENTATION" => needs(CONTEXT | ITEM, one(ITEM), 1),
        "IFCREPRESENTATIONMAP" => needs(AXES | REPRESENTATION, both(AXES, REPRESENTATION), 0),
        "IFCMAPPEDITEM" => needs(MAP | OPERATOR, both(MAP, OPERATOR), 0),
        "IFCPOLYLOOP" => needs(POINT, [(POINT, 3), NONE], 1),
        "IFCPOLYLINE" => needs(POINT, [(POINT, 2), NONE], 1),
        "IFCBSPLINECURVE"
        | "IFCBSPLINECURVEWITHKNOTS"
        | "IFCRATIONALBSPLINECURVEWITHKNOTS"
        | "IFCBEZIERCURVE"
        | "IFCRATIONALBEZIERCURVE" => needs(POINT, [(POINT, 2), NONE], 1),
        "IFCBSPLINESURFACEWITHKNOTS" | "IFCRATIONALBSPLINESURFACEWITHKNOTS" => {
            needs(POINT, [(POINT, 4), NONE], 2)
        }
        "IFCFACE" => needs(BOUND, one(BOUND), 1),
        "IFCFACESURFACE" | "IFCADVANCEDFACE" => needs(BOUND | SURFACE, both(BOUND, SURFACE), 1),
        "IFCFACEBOUND" | "IFCFACEOUTERBOUND" => needs(LOOP, one(LOOP), 0),
        "IFCCLOSEDSHELL" | "IFCOPENSHELL" | "IFCCONNECTEDFACESET" => needs(FACE, one(FACE), 1),
        "IFCFACETEDBREP" | "IFCADVANCEDBREP" => needs(FACES, one(FACES), 0),
        "IFCFACETEDBREPWITHVOIDS" | "IFCADVANCEDBREPWITHVOIDS" => needs(FACES, one(FACES), 1),
        "IFCSHELLBASEDSURFACEMODEL" | "IFCFACEBASEDSURFACEMODEL" => needs(FACES, one(FACES), 1),
        "IFCEDGELOOP" => needs(EDGE, one(EDGE), 1),
        "IFCORIENTEDEDGE" => needs(EDGE | VERTEX, one(EDGE), 0),
        "IFCEDGECURVE" => needs(VERTEX | CURVE, [(VERTEX, 2), (CURVE, 1)], 0),
        "IFCEDGE" => needs(VERTEX, [(VERTEX, 2), NONE], 0),
        "IFCVERTEXPOINT" => needs(POINT, one(POINT), 0),
        "IFCEXTRUDEDAREASOLID" | "IFCEXTRUDEDAREASOLIDTAPERED" => {
            needs(PROFILE | AXES | DIRECTION, both(PROFILE, DIRECTION), 0)
        }
        "IFCREVOLVEDAREASOLID" | "IFCREVOLVEDAREASOLIDTAPERED" => {
            needs(PROFILE | AXES, both(PROFILE, AXES), 0)
        }
        "IFCSWEPTDISKSOLID" | "IFCSWEPTDISKSOLIDPOLYGONAL" => needs(CURVE, one(CURVE), 0),
        "IFCBOOLEANRESULT" | "IFCBOOLEANCLIPPINGRESULT" => needs(ITEM, [(ITEM, 2), NONE], 0),
        "IFCHALFSPACESOLID" => needs(SURFACE, one(SURFACE), 0),
        "IFCPOLYGONALBOUNDEDHALFSPACE" => needs(SURFACE | AXES | CURVE, both(SURFACE, CURVE), 0),
        "IFCARBITRARYCLOSEDPROFILEDEF" | "IFCARBITRARYOPENPROFILEDEF" => needs(CURVE, one(CURVE), 0),
        "IFCARBITRARYPROFILEDEFWITHVOIDS" => needs(CURVE, [(CURVE, 2), NONE], 1),
        "IFCPLANE" | "IFCCYLINDRICALSURFACE" | "IFCCIRCLE" | "IFCELLIPSE" => needs(AXES, one(AXES), 0),
        "IFCLINE" => needs(POINT | VECTOR, both(POINT, VECTOR), 0),
        "IFCVECTOR" => needs(DIRECTION, one(DIRECTION), 0),
        "IFCTRIMMEDCURVE" => needs(CURVE | POINT, one(CURVE), 1),
        "IFCCOMPOSITECURVE" => needs(SEGMENT, one(SEGMENT), 1),
        "IFCCOMPOSITECURVESEGMENT" => needs(CURVE, one(CURVE), 0),
        "IFCGEOMETRICCURVESET" | "IFCGEOMETRICSET" => needs(ITEM, one(ITEM), 1),
        "IFCINDEXEDPOLYCURVE" | "IFCTRIANGULATEDFACESET" => needs(POINTS, one(POINTS), 0),
        "IFCPOLYGONALFACESET" => needs(POINTS | POLYGON, both(POINTS, POLYGON), 1),
        "IFCGRIDAXIS" => needs(CURVE, one(CURVE), 0),
        "IFCRELAGGREGATES"
        | "IFCRELNESTS"
        | "IFCRELCONTAINEDINSPATIALSTRUCTURE"
        | "IFCRELVOIDSELEMENT"
        | "IFCRELFILLSELEMENT"
        | "IFCRELDEFINESBYTYPE" => needs(ROOT | OWNER, [(ROOT, 2), NONE], 1),
        _ if is_profile_with_place(keyword) => needs(AXES, [NONE, NONE], 0),
        _ => return None,
    })
}

/// Profiles that stand at a position of their own, which is all that they refer to.
fn is_profile_with_place(keyword: &str) -> bool {
    ifc_type_from_keyword(keyword).is_subtype_of(IfcType::IfcParameterizedProfileDef)
}

/// What a class is.
fn kinds(keyword: &str) -> Kinds {
    let class = ifc_type_from_keyword(keyword);
    if matches!(class, IfcType::Unknown(_)) {
        return ANY;
    }
    let below = [
        (POINT, IfcType::IfcPoint),
        (DIRECTION, IfcType::IfcDirection),
        (AXES, IfcType::IfcPlacement),
        (PLACEMENT, IfcType::IfcObjectPlacement),
        (SHAPE, IfcType::IfcProductRepresentation),
        (REPRESENTATION, IfcType::IfcRepresentation),
        (CONTEXT, IfcType::IfcRepresentationContext),
        (ITEM, IfcType::IfcRepresentationItem),
        (CURVE, IfcType::IfcCurve),
        (SURFACE, IfcType::IfcSurface),
        (PROFILE, IfcType::IfcProfileDef),
        (LOOP, IfcType::IfcLoop),
        (BOUND, IfcType::IfcFaceBound),
        (FACE, IfcType::IfcFace),
        (FACES, IfcType::IfcConnectedFaceSet),
        (EDGE, IfcType::IfcEdge),
        (VERTEX, IfcType::IfcVertex),
        (SEGMENT, IfcType::IfcSegment),
        (MAP, IfcType::IfcRepresentationMap),
        (OPERATOR, IfcType::IfcCartesianTransformationOperator),
        (POINTS, IfcType::IfcCartesianPointList),
        (POLYGON, IfcType::IfcIndexedPolygonalFace),
        (VECTOR, IfcType::IfcVector),
        (ROOT, IfcType::IfcRoot),
        (OWNER, IfcType::IfcOwnerHistory),
    ];
    let found = below.into_iter().filter(|(_, of)| class.is_subtype_of(of.clone()));
    let mut kinds = found.fold(0, |all, (kind, _)| all | kind);
    // Which class these stand below differs from version to version.
    if keyword.ends_with("CURVESEGMENT") {
        kinds |= SEGMENT;
    }
    if kinds == 0 { OTHER } else { kinds }
}

/// What is checked of a file, by the numbers of its keywords.
#[derive(Debug)]
pub(super) struct Checks {
    kinds: Vec<Kinds>,
    needs: Vec<Option<Needs>>,
}

impl Checks {
    /// Of a file with these keywords.
    pub(super) fn new(keywords: &[String]) -> Self {
        let needs = |k: &String| {
            let class = ifc_type_from_keyword(k);
            let is_product = class.is_subtype_of(IfcType::IfcProduct);
            let product = || {
                is_product.then_some(Needs { may: ANY, must: [NONE, NONE], depth: usize::MAX, is_product })
            };
            of(k).or_else(product)
        };
        Self {
            kinds: keywords.iter().map(|k| kinds(k)).collect(),
            needs: keywords.iter().map(needs).collect(),
        }
    }

    /// What is checked of records with a keyword.
    pub(super) fn needs(&self, keyword: u32) -> Option<&Needs> {
        self.needs.get(keyword as usize)?.as_ref()
    }

    fn kinds(&self, keyword: Option<u32>) -> Kinds {
        keyword.and_then(|k| self.kinds.get(k as usize)).copied().unwrap_or(ANY)
    }

    /// Whether a record with a keyword can be the placement of a product; one that is missing can, which is told
    /// elsewhere.
    pub(super) fn is_placement(&self, keyword: Option<u32>) -> bool {
        self.kinds(keyword) & PLACEMENT != 0
    }

    /// Whether it can be the shape of a product.
    pub(super) fn is_shape(&self, keyword: Option<u32>) -> bool {
        self.kinds(keyword) & SHAPE != 0
    }
}

/// What a record refers to, while it is walked over.
#[derive(Debug, Default)]
pub(super) struct Tally {
    met: [u8; 2],
    /// The first that cannot stand where it does.
    pub(super) stray: Option<u64>,
    /// A list holds a list, or nothing, in place of a reference.
    pub(super) ragged: bool,
}

impl Tally {
    /// A reference in so many lists, to a record with a keyword, or to none.
    pub(super) fn reference(
        &mut self,
        checks: &Checks,
        needs: &Needs,
        (id, keyword): (u64, Option<u32>),
        depth: usize,
    ) {
        let kinds = checks.kinds(keyword);
        if kinds & needs.may == 0 {
            self.stray.get_or_insert(id);
            return;
        }
        if depth > needs.depth {
            self.ragged = true;
            return;
        }
        for (met, (kind, _)) in self.met.iter_mut().zip(needs.must) {
            *met = met.saturating_add(u8::from(kinds & kind != 0));
        }
    }

    /// `$` within a list.
    pub(super) fn nothing(&mut self, needs: &Needs, depth: usize) {
        self.ragged |= depth > 0 && !needs.is_product;
    }

    /// What is not there although it must be, as the standard calls it.
    pub(super) fn lacks(&self, needs: &Needs) -> Option<&'static str> {
        let (_, (kind, _)) = self.met.iter().zip(needs.must).find(|(met, (_, least))| *met < least)?;
        NAMES.iter().find(|n| n.0 == kind).map(|n| n.1)
    }
}
