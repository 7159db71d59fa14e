//! What a file says of its objects beyond columns and properties, and of what is no object but has an id.

use serde::{Deserialize, Serialize};

use crate::{PropertyRecord, PropertyValue};

/// One value with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// As the schema or the file names it.
    pub name: String,
    /// Value as the file writes it; a reference is the id or the name of what it refers to.
    pub value: PropertyValue,
    /// Unit, if the file or schema says one.
    pub unit: Option<String>,
}

/// Something else that an object or entry has to do with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// In what way.
    pub kind: FactKind,
    /// Id of the other side, if it has one of its own.
    pub id: Option<String>,
    /// Class of the other side: `IfcTask`, `IfcMaterialLayer`.
    pub class: String,
    /// Its name; empty if it has none.
    pub name: String,
    /// What else is known of it.
    pub fields: Vec<Field>,
    /// Comes from the type, not from the occurrence.
    pub inherited: bool,
}

/// What an object has to do with another, seen from the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FactKind {
    /// Its type.
    Type,
    /// An occurrence of this type.
    Occurrence,
    /// A material, layer, profile or constituent that it is made of.
    Material,
    /// A classification reference.
    Classification,
    /// A document.
    Document,
    /// An approval, constraint, library, profile or data set that is associated with it.
    Associated,
    /// A presentation layer.
    Layer,
    /// Who made and changed it.
    Owner,
    /// The structure that it stands in.
    Container,
    /// A structure that it is referenced in.
    ReferencedIn,
    /// Something that this structure references.
    References,
    /// The whole that it is a part of.
    Whole,
    /// A part of it.
    Part,
    /// What it voids, projects from or adheres to.
    Host,
    /// An opening, projection or coating of it.
    Feature,
    /// The opening that it fills.
    Fills,
    /// What fills this opening.
    FilledBy,
    /// What it covers.
    Covers,
    /// What covers it.
    Covering,
    /// What it is connected to.
    Connected,
    /// A port of it.
    Port,
    /// What this port belongs to.
    PortOf,
    /// What it interferes with.
    Interferes,
    /// A space that it bounds.
    Bounds,
    /// What bounds this space.
    Boundary,
    /// A group, system or zone that it belongs to.
    Group,
    /// A member of this group.
    Member,
    /// What this system serves.
    Serves,
    /// A system that serves it.
    ServedBy,
    /// A task or other process that it is assigned to.
    Process,
    /// A cost item, work schedule, permit or other control of it.
    Control,
    /// An actor that it is assigned to.
    Actor,
    /// A resource that it is assigned to.
    Resource,
    /// A product that it is assigned to.
    Product,
    /// What is assigned to this process, control, actor, resource or product.
    Assigned,
    /// A process that comes before it.
    Predecessor,
    /// A process that comes after it.
    Successor,
    /// What its place is relative to.
    PositionedBy,
    /// What is placed relative to it.
    Positions,
    /// The project or library that declares it.
    DeclaredIn,
    /// What this project or library declares.
    Declares,
    /// How its drawing differs from the file: the class is the diagnostic's code, the name its message.
    Drawn,
}

impl FactKind {
    /// The word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Occurrence => "occurrence",
            Self::Material => "material",
            Self::Classification => "classification",
            Self::Document => "document",
            Self::Associated => "associated",
            Self::Layer => "layer",
            Self::Owner => "owner",
            Self::Container => "container",
            Self::ReferencedIn => "referenced_in",
            Self::References => "references",
            Self::Whole => "whole",
            Self::Part => "part",
            Self::Host => "host",
            Self::Feature => "feature",
            Self::Fills => "fills",
            Self::FilledBy => "filled_by",
            Self::Covers => "covers",
            Self::Covering => "covering",
            Self::Connected => "connected",
            Self::Port => "port",
            Self::PortOf => "port_of",
            Self::Interferes => "interferes",
            Self::Bounds => "bounds",
            Self::Boundary => "boundary",
            Self::Group => "group",
            Self::Member => "member",
            Self::Serves => "serves",
            Self::ServedBy => "served_by",
            Self::Process => "process",
            Self::Control => "control",
            Self::Actor => "actor",
            Self::Resource => "resource",
            Self::Product => "product",
            Self::Assigned => "assigned",
            Self::Predecessor => "predecessor",
            Self::Successor => "successor",
            Self::PositionedBy => "positioned_by",
            Self::Positions => "positions",
            Self::DeclaredIn => "declared_in",
            Self::Declares => "declares",
            Self::Drawn => "drawn",
        }
    }
}

/// What has an id in the file but is no object: a type, task, cost item, schedule, actor, property set, relation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryRecord {
    /// Id, unique among the entries of the source: `GlobalId`.
    pub id: String,
    /// `IfcWallType`, `IfcTask`.
    pub class: String,
    /// As the file names it; empty if it does not.
    pub name: String,
    /// What it has to do with others.
    pub facts: Vec<Fact>,
    /// Its attributes, properties and quantities; their `object` is of no meaning.
    pub properties: Vec<PropertyRecord>,
}
