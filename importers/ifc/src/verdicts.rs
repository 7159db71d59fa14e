//! What a person has to know about the shapes of objects.

use lantu_base::{Code, Diagnostic, Severity};
use lantu_ingest::{Fact, FactKind, Field, PropertyValue};

use crate::model::Object;
use crate::shapes::{Extent, Flaw, Planned, Shape};

/// What is not as the file says of an object's shape. `place`: of its record.
pub(crate) fn verdicts(
    object: &Object,
    drawn: Option<(&Planned, &Shape)>,
    place: &dyn Fn() -> String,
) -> Vec<Diagnostic> {
    let Some((planned, shape)) = drawn else {
        let missing =
            object.has_shape.then(|| failed(object, place(), "what it names as its shape has nothing in it"));
        return missing.into_iter().collect();
    };
    let mut out = Vec::new();
    if let Some(reason) = &planned.misplaced {
        out.push(diagnostic(
            "ifc.placement_failed",
            Severity::Error,
            place(),
            "The object may stand elsewhere: its placement could not be evaluated",
            reason,
        ));
    }
    match &shape.extent {
        Extent::Nothing(reason) => out.push(failed(object, place(), reason)),
        Extent::Simplified(reason) => out.push(diagnostic(
            "ifc.shape_simplified",
            Severity::Error,
            place(),
            "The shape is drawn simpler than it is, without what is cut from it",
            reason,
        )),
        Extent::Boxed(reason) => out.push(diagnostic(
            "ifc.shape_boxed",
            Severity::Error,
            place(),
            "A hatched box stands for the shape, which could not be made",
            reason,
        )),
        Extent::Whole | Extent::Consumed => {}
    }
    // A box says all there is to say.
    if !matches!(shape.extent, Extent::Nothing(_) | Extent::Boxed(_)) {
        out.extend(shape.flaws.iter().map(|flaw| flawed(flaw, place())));
    }
    out
}

/// An object that lies so far away that nothing of it can be shown.
pub(crate) fn lost(object: &Object, place: String) -> Diagnostic {
    failed(object, place, "it would lie a million kilometers away")
}

/// A verdict as a fact of the object that it is about.
pub(crate) fn fact_of(d: &Diagnostic) -> Fact {
    let field = |(name, value): (&String, &String)| Field {
        name: name.clone(),
        value: PropertyValue::Text(value.clone()),
        unit: None,
    };
    Fact {
        kind: FactKind::Drawn,
        id: None,
        class: d.code.0.to_string(),
        name: d.message.clone(),
        fields: d.args.iter().map(field).collect(),
        inherited: false,
    }
}

fn failed(object: &Object, place: String, reason: &str) -> Diagnostic {
    let message = format!(
        "The shape of this {} could not be made ({reason}); the object was kept without it.",
        object.class
    );
    Diagnostic::new(Code::new("ifc.shape_failed"), Severity::Error, place, message)
        .with("class", &object.class)
        .with("reason", reason)
}

fn flawed(flaw: &Flaw, place: String) -> Diagnostic {
    let (code, severity, what, reason) = match flaw {
        Flaw::Dropped(kinds) => {
            ("ifc.shape_partial", Severity::Error, "A part of the shape is missing", kinds.clone())
        }
        Flaw::Refused(record) => (
            "ifc.shape_partial",
            Severity::Error,
            "A part of the shape could not be read",
            format!("#{record} holds a number that cannot be"),
        ),
        Flaw::Cut(kinds) => (
            "ifc.shape_approximated",
            Severity::Info,
            "A cut or union was made by other means than asked for",
            kinds.clone(),
        ),
        Flaw::Uncut(n, of) => (
            "ifc.shape_simplified",
            Severity::Error,
            "The shape is drawn simpler than it is, without some of its openings",
            format!("{n} of {of} have more faces than can be cut"),
        ),
        Flaw::Disagree(ours, library) => {
            let library = library.map_or("no closed body".to_owned(), |v| format!("{v:.6} m³"));
            (
                "ifc.kernels_disagree",
                Severity::Info,
                "Two kernels cut the openings differently, and the second is drawn",
                format!("{ours:.6} m³ and {library}"),
            )
        }
        Flaw::Bad(reason) => {
            ("ifc.shape_partial", Severity::Error, "A part of the shape is missing", reason.to_string())
        }
        Flaw::Flat(reason) => (
            "ifc.shape_flat",
            Severity::Warning,
            "A part of the shape has no thickness and is drawn as the sheet that it is",
            reason.to_string(),
        ),
        Flaw::Plain => {
            let what = "The texture of the shape is drawn as its mean color: which face each of its triangles is left of is not known.";
            return Diagnostic::new(Code::new("ifc.texture_plain"), Severity::Info, place, what);
        }
        Flaw::Refusal(what) => {
            ("ifc.shape_partial", Severity::Error, "A part of the shape is missing", what.clone())
        }
    };
    diagnostic(code, severity, place, what, &reason)
}

fn diagnostic(code: &'static str, severity: Severity, place: String, what: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::new(code), severity, place, format!("{what} ({reason}).")).with("reason", reason)
}
