//! What a keyword is: its spelling, and whether its records are objects.

use ifc_lite_core::{IfcType, attribute_names_for_schema, ifc_type_from_keyword};

use crate::step::{StepFile, Value};

/// What the records of a class are to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `IfcProduct`.
    Product,
    /// `IfcGroup`.
    Group,
    /// Not in any schema that we know: the record itself has to tell.
    Unknown,
    /// Anything else.
    Other,
}

/// Exact spelling of a keyword (`IfcWallStandardCase`), and its role.
pub(crate) fn class(keyword: &str) -> (String, Role) {
    let kind = ifc_type_from_keyword(keyword);
    let role = match kind {
        IfcType::Unknown(_) => return (unknown_name(keyword), Role::Unknown),
        _ if kind.is_subtype_of(IfcType::IfcProduct) => Role::Product,
        _ if kind.is_subtype_of(IfcType::IfcGroup) => Role::Group,
        _ => Role::Other,
    };
    (kind.name().to_owned(), role)
}

/// Objects that start hidden: volumes that nobody builds.
pub(crate) fn starts_hidden(class: &str) -> bool {
    let kind = ifc_type_from_keyword(&class.to_ascii_uppercase());
    [
        IfcType::IfcSpace,
        IfcType::IfcSpatialZone,
        IfcType::IfcFeatureElementSubtraction,
        IfcType::IfcVirtualElement,
        IfcType::IfcZone,
    ]
    .into_iter()
    .any(|t| kind.is_subtype_of(t))
}

/// Whether a record of an unknown class is an object with a placement or shape, by its arguments: those of
/// `IfcProduct` are GlobalId, …, `ObjectPlacement`, `Representation`.
pub(crate) fn looks_like_product(file: &StepFile<'_>, args: &[Value<'_>]) -> bool {
    let id = matches!(args.first(), Some(Value::Text(t)) if t.len() == 22);
    let keyword = |at: usize| {
        let id = args.get(at)?.as_ref()?;
        let record = file.scan.find(id)?;
        Some(file.scan.keyword(record))
    };
    id && (keyword(5).is_some_and(|k| k.ends_with("PLACEMENT"))
        || keyword(6).is_some_and(|k| k == "IFCPRODUCTDEFINITIONSHAPE"))
}

/// Names of a class's attributes in this file's schema, `IfcRoot`'s first.
pub(crate) fn attribute_names(schema: &str, keyword: &str) -> Option<&'static [&'static str]> {
    attribute_names_for_schema(schema, keyword)
}

/// `IFCKERB` as `IfcKerb`: all that can be known of an unknown keyword.
fn unknown_name(keyword: &str) -> String {
    let rest = keyword.strip_prefix("IFC").unwrap_or(keyword);
    let mut out = String::from(if rest.len() == keyword.len() { "" } else { "Ifc" });
    for (i, c) in rest.chars().enumerate() {
        out.push(if i == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
    }
    out
}
