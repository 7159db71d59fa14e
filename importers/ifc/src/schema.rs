//! Which schema a file follows, and what a keyword is: its spelling, and whether its records are objects.

use ifc_lite_core::{IfcType, SchemaVersion, entity_info_for_schema, ifc_type_from_keyword};
use lantu_base::{Code, Diagnostic, Severity};

use crate::step::{StepFile, Value};

/// A schema with its addenda, corrigenda and candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// From 2x to 2x3.
    Ifc2x3,
    Ifc4,
    Ifc4x1,
    Ifc4x2,
    Ifc4x3,
}

impl Family {
    const OLDEST_FIRST: [Self; 5] = [Self::Ifc2x3, Self::Ifc4, Self::Ifc4x1, Self::Ifc4x2, Self::Ifc4x3];

    /// Its name as `FILE_SCHEMA` writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ifc2x3 => "IFC2X3",
            Self::Ifc4 => "IFC4",
            Self::Ifc4x1 => "IFC4X1",
            Self::Ifc4x2 => "IFC4X2",
            Self::Ifc4x3 => "IFC4X3",
        }
    }

    /// Names of a class's attributes, `IfcRoot`'s first; `None` if the schema does not have the class. Takes as long as
    /// reading a record.
    pub(crate) fn attribute_names(self, keyword: &str) -> Option<&'static [&'static str]> {
        let version = match self {
            Self::Ifc2x3 => SchemaVersion::Ifc2x3,
            Self::Ifc4 => SchemaVersion::Ifc4,
            Self::Ifc4x1 => SchemaVersion::Ifc4x1,
            Self::Ifc4x2 => SchemaVersion::Ifc4x2,
            Self::Ifc4x3 => SchemaVersion::Ifc4x3,
        };
        version.attribute_names(keyword)
    }
}

/// The family of a file, and a note if it is not plain from `FILE_SCHEMA`. A file of another standard than IFC is
/// refused with a sentence.
pub(crate) fn family(name: &str, keywords: &[String]) -> Result<(Family, Option<Diagnostic>), String> {
    let upper = name.trim().to_ascii_uppercase().replace(['-', ' '], "_");
    // Of several names the first counts; `IFC4 { 1 0 10303 … }` is a name with its number.
    let first = upper.split([',', '_', '{']).find(|p| !p.is_empty()).unwrap_or_default();
    match first {
        "IFC2X3" | "IFC2X" | "IFC2X2" | "IFC20" | "IFC151" => return Ok((Family::Ifc2x3, None)),
        "IFC4" => return Ok((Family::Ifc4, None)),
        "IFC4X1" => return Ok((Family::Ifc4x1, None)),
        "IFC4X2" => return Ok((Family::Ifc4x2, None)),
        "IFC4X3" => return Ok((Family::Ifc4x3, None)),
        _ => {}
    }
    if !keywords.iter().any(|k| k.starts_with("IFC")) {
        let called = if name.is_empty() { "none".to_owned() } else { name.chars().take(64).collect() };
        return Err(format!(
            "This is a STEP file, but not IFC: it has no IFC record, and its schema is {called}."
        ));
    }
    let family = if first.starts_with("IFC2") {
        Family::Ifc2x3
    } else if first.starts_with("IFC4") || first.starts_with("IFC5") {
        Family::Ifc4x3
    } else {
        by_keywords(keywords)
    };
    let read_as = family.name();
    let what = if name.is_empty() {
        format!("The file names no schema; by its records it was read as {read_as}.")
    } else {
        format!("The schema {name} is not known here; the file was read as {read_as}.")
    };
    let note = Diagnostic::new(Code::new("ifc.schema_assumed"), Severity::Warning, "", what);
    Ok((family, Some(note.with("schema", name).with("read_as", read_as))))
}

/// The oldest schema of those that know the most keywords.
fn by_keywords(keywords: &[String]) -> Family {
    let mut best = (Family::Ifc4, 0);
    for family in Family::OLDEST_FIRST {
        let n = keywords.iter().filter(|k| entity_info_for_schema(family.name(), k).is_some()).count();
        if n > best.1 {
            best = (family, n);
        }
    }
    best.0
}

/// What the records of a class are to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `IfcProduct`.
    Product,
    /// `IfcGroup`.
    Group,
    /// Not in any schema that we know: the record itself has to tell.
    Unknown,
    /// Has a GlobalId, but is neither: a type, task, actor, property set, relation.
    Entry,
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
        _ if kind.is_subtype_of(IfcType::IfcRoot) => Role::Entry,
        _ => Role::Other,
    };
    (kind.name().to_owned(), role)
}

/// Whether the records of a keyword are types of products or of what else there is.
pub(crate) fn is_type(keyword: &str) -> bool {
    keyword.ends_with("TYPE") || keyword.ends_with("STYLE")
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

/// Classes of drafts that no schema kept, whose names are words put together.
const DRAFTS: [&str; 3] = ["IfcSolidStratum", "IfcVoidStratum", "IfcWaterStratum"];

/// `IFCKERB` as `IfcKerb`: all that can be known of an unknown keyword.
fn unknown_name(keyword: &str) -> String {
    if let Some(name) = DRAFTS.iter().find(|d| d.eq_ignore_ascii_case(keyword)) {
        return (*name).to_owned();
    }
    let rest = keyword.strip_prefix("IFC").unwrap_or(keyword);
    let mut out = String::from(if rest.len() == keyword.len() { "" } else { "Ifc" });
    for (i, c) in rest.chars().enumerate() {
        out.push(if i == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, keywords: &[&str]) -> (&'static str, bool) {
        let keywords: Vec<String> = keywords.iter().map(|k| (*k).to_owned()).collect();
        let (family, note) = family(name, &keywords).unwrap();
        (family.name(), note.is_some())
    }

    #[test]
    fn classes_of_drafts_are_spelled_as_there() {
        assert_eq!(class("IFCSOLIDSTRATUM"), ("IfcSolidStratum".to_owned(), Role::Unknown));
        assert_eq!(class("IFCKERB2"), ("IfcKerb2".to_owned(), Role::Unknown));
    }

    #[test]
    fn candidates_and_addenda_belong_to_their_family_and_unknown_names_are_noted() {
        for (name, expected) in [
            ("IFC2X3", "IFC2X3"),
            ("IFC2X_FINAL", "IFC2X3"),
            ("IFC2X2_FINAL", "IFC2X3"),
            ("IFC2X3_TC1", "IFC2X3"),
            ("ifc4", "IFC4"),
            ("IFC4_ADD2_TC1", "IFC4"),
            ("IFC4x1", "IFC4X1"),
            ("IFC4X3_RC4", "IFC4X3"),
            ("IFC4X3_ADD2", "IFC4X3"),
            ("IFC4,STRUCTURAL", "IFC4"),
        ] {
            assert_eq!(of(name, &["IFCWALL"]), (expected, false), "{name}");
        }
        assert_eq!(of("IFC4X4_DEV_1234", &["IFCWALL"]), ("IFC4X3", true));
        assert_eq!(of("IFC2X9", &["IFCWALL"]), ("IFC2X3", true));
        assert_eq!(of("", &["IFCWALL", "IFCDOORSTYLE"]), ("IFC2X3", true));
        assert_eq!(of("MY_SCHEMA", &["IFCWALL", "IFCROADPART"]), ("IFC4X3", true));
        assert!(family("AUTOMOTIVE_DESIGN", &["PRODUCT".to_owned()]).unwrap_err().contains("AUTOMOTIVE"));
    }
}
