//! What the heights of a model are above: as its file says, or a person; else it is asked for.

use lantu_base::{Code, Diagnostic, ProjectFrame, Severity};
use lantu_geodesy::same_heights;
use lantu_ingest::{Begin, Georeference};

use super::{Reason, reason};

/// Takes over what is stated of a model's heights, and notes where nobody knows what they are above. Layers, rasters and
/// clouds, whose coordinates come in those of the project, have settled that by themselves.
///
/// # Errors
/// A diagnostic where what is stated cannot be carried out.
pub(crate) fn settle(
    begin: &mut Begin,
    stated: Option<&str>,
    frame: &ProjectFrame,
) -> Result<(), Box<Diagnostic>> {
    let Some(own) = &frame.height_crs else { return Ok(()) };
    if begin.georeference == Georeference::Coordinates
        || begin.hints.extent.is_some()
        || !MODELS.contains(&begin.importer.as_str())
    {
        return Ok(());
    }
    let refused = |what: String| {
        Err(Box::new(Diagnostic::new(Code::new("placement.height"), Severity::Error, "", what)))
    };
    let meters = stated.and_then(|t| t.trim().parse::<f64>().ok()).filter(|m| m.is_finite());
    match (stated, meters, &mut begin.georeference) {
        (_, Some(m), Georeference::Map(map)) => map.height_m += m,
        (_, Some(_), _) => {
            return refused(
                "meters can only be added to heights of a map conversion, which the file does not have"
                    .to_owned(),
            );
        }
        (Some(text), ..) if !same_heights(text, own) => {
            return refused(format!(
                "heights above {text} cannot be led to those of the project: state what is to be added to them, in meters"
            ));
        }
        (Some(_), ..) => {}
        (None, _, Georeference::Map(map)) => {
            let says = map.vertical_datum.as_ref().is_some_and(|d| !d.trim().is_empty());
            begin.hints.asks_height = !says;
        }
        (None, ..) => begin.hints.asks_height = true,
    }
    Ok(())
}

/// Importers whose shapes come in frames of their own.
const MODELS: [&str; 2] = ["ifc", "mesh"];

/// What is asked where nobody knows what heights are above.
pub(crate) fn question(frame: &ProjectFrame) -> Reason {
    let own = frame.height_crs.as_deref().unwrap_or_default();
    reason!(
        "why-asks-height",
        "the file does not say what its heights are above: accepting it takes them as those of the project ({own}); \
         importing it again with --height says otherwise",
        own = own
    )
}

#[cfg(test)]
mod tests {
    use lantu_ingest::MapConversion;

    use super::*;

    fn begin(vertical_datum: Option<&str>) -> Begin {
        let map = MapConversion {
            eastings_m: 455_600.0,
            northings_m: 4_428_550.0,
            height_m: 40.0,
            x_axis: [1.0, 0.0],
            scale: 1.0,
            factors: [1.0; 3],
            crs_name: "EPSG:4548".to_owned(),
            vertical_datum: vertical_datum.map(str::to_owned),
        };
        Begin { importer: "ifc".to_owned(), georeference: Georeference::Map(map), ..Begin::default() }
    }

    fn asks(
        vertical_datum: Option<&str>,
        stated: Option<&str>,
        project: Option<&str>,
    ) -> Option<(bool, f64)> {
        let frame = lantu_geodesy::make_frame("EPSG:4548", project, "Asia/Shanghai").unwrap();
        let mut begin = begin(vertical_datum);
        settle(&mut begin, stated, &frame).ok()?;
        let Georeference::Map(map) = &begin.georeference else { return None };
        Some((begin.hints.asks_height, map.height_m))
    }

    #[test]
    fn a_model_is_asked_for_its_heights_where_neither_its_file_nor_a_person_says_them() {
        let project = Some("EPSG:5737");
        assert_eq!(asks(None, None, project), Some((true, 40.0)));
        assert_eq!(asks(Some("EPSG:5737"), None, project), Some((false, 40.0)));
        assert_eq!(asks(None, None, None), Some((false, 40.0)), "a project without a datum asks nothing");
        assert_eq!(asks(None, Some("EPSG:5737"), project), Some((false, 40.0)));
        assert_eq!(asks(None, Some("-9.85"), project), Some((false, 30.15)));
        assert_eq!(asks(None, Some("EPSG:5773"), project), None);
    }
}
