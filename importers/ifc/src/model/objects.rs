//! The objects of a file: every product and every group.

use std::collections::{BTreeMap, HashMap};

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::{Fact, ObjectKind};

use crate::schema::{Role, class, is_type, looks_like_product, starts_hidden};
use crate::shapes::choose;
use crate::step::{Record, StepFile, Value};

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// Number of its record.
    pub(crate) record: u64,
    /// `GlobalId`, made unique.
    pub(crate) id: String,
    /// Product or group.
    pub(crate) kind: ObjectKind,
    /// Exact spelling.
    pub(crate) class: String,
    /// Decoded; empty if none.
    pub(crate) name: String,
    /// Starts hidden.
    pub(crate) hidden: bool,
    /// The file describes it by surfaces or solids, not only by lines or text.
    pub(crate) has_shape: bool,
    /// Codes of diagnostics that concern it.
    pub(crate) codes: Vec<String>,
    /// How its drawing differs from what the file says.
    pub(crate) verdicts: Vec<Fact>,
}

/// All objects in file order, and what is wrong with their ids. In a library, whose products have no representations or
/// which has none, types with representations are objects too.
pub(crate) fn collect(file: &StepFile<'_>) -> (Vec<Object>, Vec<Diagnostic>) {
    let classes: Vec<(String, Role)> = file.scan.keywords.iter().map(|k| class(k)).collect();
    let library = is_library(file, &classes);
    let mut n_types: u64 = 0;
    let mut taken: HashMap<String, u64> = HashMap::new();
    let mut out = Vec::new();
    let mut diagnostics = Vec::new();
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for r in &file.scan.records {
        let Some((class, role)) = classes.get(r.keyword() as usize) else { continue };
        let is_type = library && *role == Role::Entry && is_type(file.scan.keyword(r));
        if matches!(role, Role::Other | Role::Entry) && !is_type {
            continue;
        }
        let args = file.args(r);
        if is_type {
            if choose(file, &args).is_none() {
                continue;
            }
            n_types += 1;
        }
        if *role == Role::Unknown {
            if !looks_like_product(file, &args) {
                continue;
            }
            *unknown.entry(class).or_default() += 1;
        }
        let mut object = Object {
            record: r.id,
            id: String::new(),
            kind: if *role == Role::Group { ObjectKind::Group } else { ObjectKind::Product },
            class: class.clone(),
            name: file.text(args.get(2)).unwrap_or_default(),
            hidden: starts_hidden(class),
            has_shape: *role != Role::Group && expects_triangles(file, &args),
            codes: Vec::new(),
            verdicts: Vec::new(),
        };
        let place = || file.place(Some(r.id), r.start());
        match file.text(args.first()) {
            None => {
                object.id = format!("#{}", r.id);
                diagnostics.push(concern(
                    &mut object,
                    "ifc.no_global_id",
                    place(),
                    "The object has no GlobalId; its record number stands in.",
                ));
            }
            Some(id) => {
                if let Some(first) = taken.get(&id) {
                    let first = *first;
                    object.id = format!("{id}#{}", r.id);
                    let text =
                        format!("#{first} has the same GlobalId; this object is called {}.", object.id);
                    diagnostics
                        .push(concern(&mut object, "ifc.duplicate_global_id", place(), &text).with("id", id));
                } else {
                    taken.insert(id.clone(), r.id);
                    object.id = id;
                }
            }
        }
        out.push(object);
    }
    if n_types > 0 {
        let what = format!(
            "No product of the file has a representation; its types are drawn, each at its own zero: {n_types}."
        );
        let told = Diagnostic::new(Code::new("ifc.types_drawn"), Severity::Info, "", what);
        diagnostics.push(told.with("n", n_types));
    }
    for (class, n) in unknown {
        diagnostics.push(
            Diagnostic::new(
                Code::new("ifc.unknown_class"),
                Severity::Info,
                "",
                format!(
                    "{class} is in no schema that is known here; {n} of its records were taken as products."
                ),
            )
            .with("class", class)
            .with("n", n),
        );
    }
    (out, diagnostics)
}

/// Whether no product of a file has a representation.
fn is_library(file: &StepFile<'_>, classes: &[(String, Role)]) -> bool {
    let role = |r: &Record| classes.get(r.keyword() as usize).map_or(Role::Other, |c| c.1);
    let drawn = |r: &&Record| {
        matches!(role(r), Role::Product | Role::Unknown)
            && file.args(r).get(6).is_some_and(|shape| shape.as_ref().is_some())
    };
    !file.scan.records.iter().any(|r| drawn(&r))
}

/// Whether a product's representations hold surfaces or solids. A representation that is missing counts as one.
fn expects_triangles(file: &StepFile<'_>, args: &[Value<'_>]) -> bool {
    let hollow = args.get(6).and_then(Value::as_ref).is_some_and(|shape| is_hollow(file, shape));
    hollow || choose(file, args).is_some_and(|choice| !choice.drawn.is_empty())
}

/// Whether what a product names as its shape is missing, is none, or has no representation with anything in it.
fn is_hollow(file: &StepFile<'_>, shape: u64) -> bool {
    let Some((_, args)) = file.get(shape) else { return true };
    let items =
        |r: u64| file.get(r).is_some_and(|(_, r)| r.get(3).is_some_and(|i| i.refs().next().is_some()));
    !args.get(2).is_some_and(|all| all.refs().any(items))
}

fn concern(object: &mut Object, code: &'static str, place: String, message: &str) -> Diagnostic {
    object.codes.push(code.to_owned());
    Diagnostic::new(Code::new(code), Severity::Warning, place, message)
}
