//! Colors of curves, texts and filled areas.

use std::collections::HashMap;

use crate::step::{StepFile, Value};

/// Deepest chain from a styled item to its color. Specified: assignment, curve style, color; a level to spare.
const MAX_LEVELS: usize = 5;

/// The styles that representation items have of their own.
pub(super) struct Styles(HashMap<u64, [u8; 4]>);

impl Styles {
    /// Reads those of a file; `wanted`: whether anybody will ask.
    pub(super) fn read(file: &StepFile<'_>, wanted: bool) -> Self {
        let mut out = HashMap::new();
        let styled = file.scan.records.iter().filter(|r| wanted && file.scan.keyword(r) == "IFCSTYLEDITEM");
        for r in styled {
            let args = file.args(r);
            let Some(item) = args.first().and_then(Value::as_ref) else { continue };
            let mut styles = args.get(1).into_iter().flat_map(Value::refs);
            if let Some(color) = styles.find_map(|s| color_below(file, s, 0)) {
                out.insert(item, color);
            }
        }
        Self(out)
    }

    /// The color of an item, if it has one of its own.
    pub(super) fn of(&self, item: u64) -> Option<[u8; 4]> {
        self.0.get(&item).copied()
    }
}

/// The first color that a style leads to.
fn color_below(file: &StepFile<'_>, id: u64, level: usize) -> Option<[u8; 4]> {
    let (keyword, args) = file.get(id)?;
    match keyword {
        "IFCCOLOURRGB" => {
            let channel = |at: usize| args.get(at).and_then(Value::as_f64).map_or(0.0, |v| v.clamp(0.0, 1.0));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=255")]
            let byte = |at: usize| (channel(at) * 255.0).round() as u8;
            Some([byte(1), byte(2), byte(3), 255])
        }
        "IFCDRAUGHTINGPREDEFINEDCOLOUR" => predefined(&file.text(args.first())?),
        _ if level >= MAX_LEVELS => None,
        _ => args.iter().flat_map(Value::refs).find_map(|below| color_below(file, below, level + 1)),
    }
}

/// `IfcDraughtingPreDefinedColour`, table of names.
fn predefined(name: &str) -> Option<[u8; 4]> {
    let rgb = match name {
        "black" => [0, 0, 0],
        "red" => [255, 0, 0],
        "green" => [0, 255, 0],
        "blue" => [0, 0, 255],
        "yellow" => [255, 255, 0],
        "magenta" => [255, 0, 255],
        "cyan" => [0, 255, 255],
        "white" => [255, 255, 255],
        _ => return None,
    };
    let [r, g, b] = rgb;
    Some([r, g, b, 255])
}
