//! What an object is on its way into the columns, and how objects of one source are related.

use lantu_base::Bounds;
use serde::{Deserialize, Serialize};

/// "No parent" in a page's parent column.
pub const NO_PARENT: u32 = u32::MAX;

/// What an object is. The numbers are written to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ObjectKind {
    /// An `IfcProduct`.
    Product = 0,
    /// An `IfcGroup`.
    Group = 1,
    /// A GIS feature.
    Feature = 2,
    /// A raster, one per file.
    Raster = 3,
}

impl ObjectKind {
    /// The kind of a number on disk.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::Product, Self::Group, Self::Feature, Self::Raster].into_iter().find(|k| *k as u8 == code)
    }
}

/// Which relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RelationKind {
    /// Spatial containment or aggregation: the tree.
    Contains,
    /// `IfcRelVoidsElement`.
    Voids,
    /// `IfcRelFillsElement`.
    Fills,
    /// `IfcRelAssignsToGroup`.
    Groups,
    /// `IfcRelConnects…`.
    Connects,
}

/// A relation between two objects of one source, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Which relation.
    pub kind: RelationKind,
    /// The whole, host, container, group.
    pub from: u32,
    /// The part, opening, member.
    pub to: u32,
}

/// One object on its way into the columns.
#[derive(Clone, Copy, Debug)]
pub struct NewObject<'a> {
    /// Id within the source.
    pub id: &'a str,
    /// Class: `IfcWall`, the layer's name, `orthophoto`.
    pub class: &'a str,
    /// Name; empty if none.
    pub name: &'a str,
    /// What it is.
    pub kind: ObjectKind,
    /// Number of the object that holds it; must be smaller than its own.
    pub parent: Option<u32>,
    /// Bounds in the project frame; empty without geometry or while the source waits for its place.
    pub bounds: Bounds,
    /// Surface area, m².
    pub area_m2: Option<f64>,
    /// Signed volume, m³.
    pub volume_m3: Option<f64>,
    /// Triangles of its own geometry.
    pub n_triangles: u32,
    /// Closed surface.
    pub closed: bool,
    /// Color of its largest part.
    pub color: Option<[u8; 4]>,
    /// Starts hidden.
    pub hidden: bool,
    /// Its shape stands for one that could not be made.
    pub stand_in: bool,
    /// Codes of its diagnostics, joined by a space.
    pub diagnostics: &'a str,
}

impl Default for NewObject<'_> {
    fn default() -> Self {
        Self {
            id: "",
            class: "",
            name: "",
            kind: ObjectKind::Product,
            parent: None,
            bounds: Bounds::EMPTY,
            area_m2: None,
            volume_m3: None,
            n_triangles: 0,
            closed: false,
            color: None,
            hidden: false,
            stand_in: false,
            diagnostics: "",
        }
    }
}
