//! How a person wants a layer drawn: colors by an attribute, heights, names.

use std::collections::BTreeMap;

use lantu_base::{Clamp, Code, Diagnostic, Report, Severity};
use lantu_ingest::{FeatureRecord, ObjectRecord, PropertyValue};
use lantu_project::SourceRecord;
use serde::{Deserialize, Serialize};

use crate::SessionError;
use crate::import::FileOutcome;
use crate::placement::PlacementState;
use crate::session::Session;
use crate::waiting::WaitingProperties;

/// How a layer is drawn, over the rules that choose by its name. Kept in the project, and held by every new revision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerStyle {
    /// Colors by an attribute.
    pub colors: Option<ColorBy>,
    /// How its heights are meant.
    pub clamp: Option<Clamp>,
    /// The attribute that names its features, also where names are drawn.
    pub label: Option<String>,
}

/// Colors by an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColorBy {
    /// Its name; letters may be large or small.
    pub attribute: String,
    /// Numbers are categories too, as codes are.
    pub categories: bool,
    /// Classes of numbers, each with as many features; 2 to 9.
    pub n_classes: usize,
    /// Colors of numbers.
    pub ramp: Ramp,
}

/// Colors from low to high, which differ in lightness and can be told apart with any color vision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ramp {
    /// Dark violet, green, yellow.
    Viridis,
    /// Dark blue, gray, yellow.
    Cividis,
    /// Blue, white, red: from below to above a middle.
    BlueRed,
}

/// Fewest and most classes of numbers. Chosen: more cannot be told apart in a legend.
pub const CLASSES: std::ops::RangeInclusive<usize> = 2..=9;

/// Colors of categories, the most frequent first: Okabe and Ito (2008), Color Universal Design, without black.
const CATEGORIES: [[u8; 3]; 7] = [
    [0xE6, 0x9F, 0x00],
    [0x56, 0xB4, 0xE9],
    [0x00, 0x9E, 0x73],
    [0xF0, 0xE4, 0x42],
    [0x00, 0x72, 0xB2],
    [0xD5, 0x5E, 0x00],
    [0xCC, 0x79, 0xA7],
];

/// Features of rarer categories, and those without a value.
const OTHER: [u8; 3] = [0x8C, 0x8C, 0x8C];
const NO_VALUE: [u8; 3] = [0xC8, 0xC8, 0xC8];

/// The diagnostic that tells the classes.
const CLASSES_CODE: &str = "style.classes";

/// Share of values that must be numbers for an attribute to be one of numbers.
const NUMBERS: f64 = 0.9;

/// A class of the colors that a layer is drawn in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyleClass {
    /// sRGB.
    pub color: [u8; 3],
    /// What it holds, and how many features: `steel (12)`, `0.8 – 1.2 (40)`.
    pub name: String,
}

/// The classes that a source's colors had when it was last read, in their order; empty without colors by an attribute.
pub fn style_classes(record: &SourceRecord) -> Vec<StyleClass> {
    let Ok(report) = serde_json::from_str::<Report>(&record.report_json) else { return Vec::new() };
    let Some(d) = report.diagnostics.into_iter().find(|d| d.code.0 == CLASSES_CODE) else {
        return Vec::new();
    };
    let class = |k: usize| {
        let (color, name) = d.args.get(&format!("class-{k}"))?.split_once(' ')?;
        let [_, r, g, b] = u32::from_str_radix(color.strip_prefix('#')?, 16).ok()?.to_be_bytes();
        Some(StyleClass { color: [r, g, b], name: name.to_owned() })
    };
    (0..).map_while(class).collect()
}

/// What a class of a legend holds.
#[derive(Clone, Debug, PartialEq)]
struct Class {
    /// `steel`, `0.8 – 1.2`.
    name: String,
    color: [u8; 3],
    n: usize,
}

impl Ramp {
    /// Colors at equal steps; between them it is straight in sRGB. Viridis and Cividis as matplotlib has them, blue and
    /// red as `ColorBrewer`'s `RdBu`.
    fn stops(self) -> [[u8; 3]; 5] {
        match self {
            Self::Viridis => [
                [0x44, 0x01, 0x54],
                [0x3B, 0x52, 0x8B],
                [0x21, 0x91, 0x8C],
                [0x5E, 0xC9, 0x62],
                [0xFD, 0xE7, 0x25],
            ],
            Self::Cividis => [
                [0x00, 0x22, 0x4E],
                [0x41, 0x4D, 0x6B],
                [0x7C, 0x7B, 0x78],
                [0xBC, 0xAF, 0x6F],
                [0xFE, 0xE8, 0x38],
            ],
            Self::BlueRed => [
                [0x21, 0x66, 0xAC],
                [0x92, 0xC5, 0xDE],
                [0xF7, 0xF7, 0xF7],
                [0xF4, 0xA5, 0x82],
                [0xB2, 0x18, 0x2B],
            ],
        }
    }

    /// The color at `t`, 0 to 1.
    pub fn at(self, t: f64) -> [u8; 3] {
        let stops = self.stops();
        let place = t.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let from = place.floor();
        let stop = |k: f64| stops.iter().zip(0_u8..).find(|s| f64::from(s.1) >= k).map_or([0; 3], |s| *s.0);
        let (a, b) = (stop(from), stop((from + 1.0).min((stops.len() - 1) as f64)));
        let mut out = a;
        for (v, b) in out.iter_mut().zip(b) {
            let mixed = f64::from(*v) + (f64::from(b) - f64::from(*v)) * (place - from);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
            let byte = mixed.round() as u8;
            *v = byte;
        }
        out
    }
}

/// What a style does to each feature of a layer.
#[derive(Debug, Default)]
pub(crate) struct Dress {
    clamp: Option<Clamp>,
    /// By number of the object in the stream; `None` where nobody colors by an attribute.
    colors: Option<BTreeMap<u32, [u8; 3]>>,
}

impl Dress {
    /// Names the objects of a layer as its style says; with the legend, or why an attribute does not serve.
    pub(crate) fn of(
        style: &LayerStyle,
        objects: &mut [ObjectRecord],
        properties: &WaitingProperties<'_>,
    ) -> Result<(Self, Vec<Diagnostic>), SessionError> {
        let (mut dress, mut said) = (Self { clamp: style.clamp, colors: None }, Vec::new());
        if let Some(label) = &style.label {
            let names = values(properties, label)?;
            if names.is_empty() {
                said.push(missing(label));
            }
            for (object, value) in names {
                if let (Some(o), Some(text)) = (objects.get_mut(object as usize), words(&value)) {
                    o.name = text;
                }
            }
        }
        let Some(by) = &style.colors else { return Ok((dress, said)) };
        let found = values(properties, &by.attribute)?;
        if found.is_empty() {
            said.push(missing(&by.attribute));
            return Ok((dress, said));
        }
        let numbers: BTreeMap<u32, f64> = found.iter().filter_map(|(o, v)| Some((*o, number(v)?))).collect();
        let graduated = !by.categories && numbers.len() as f64 >= NUMBERS * found.len() as f64;
        let (colors, classes) = if graduated { graduate(&numbers, by) } else { categorize(&found) };
        dress.colors = Some(colors);
        let each = classes.iter().map(|c| {
            let [r, g, b] = c.color;
            format!("#{r:02x}{g:02x}{b:02x} {} ({})", c.name, c.n)
        });
        let each: Vec<String> = each.collect();
        let classes = each.join(", ");
        let what = format!("colors by {}: {classes}", by.attribute);
        let told = Diagnostic::new(Code::new(CLASSES_CODE), Severity::Info, "", what);
        let told = told.with("attribute", &by.attribute).with("classes", classes);
        let one = |d: Diagnostic, (k, class): (usize, &String)| d.with(&format!("class-{k}"), class);
        said.push(each.iter().enumerate().fold(told, one));
        Ok((dress, said))
    }

    /// Draws a feature so, whose object has its number of the stream; whether it has a color of it.
    pub(crate) fn put_on(&self, f: &mut FeatureRecord) -> bool {
        if let Some(clamp) = self.clamp {
            f.style.clamp = clamp;
        }
        let Some(colors) = &self.colors else { return false };
        let [r, g, b] = colors.get(&f.object).copied().unwrap_or(NO_VALUE);
        f.style.color = [r, g, b, f.style.color[3]];
        f.style.roof = f.style.roof.map(|roof| lantu_base::RoofStyle { color: f.style.color, ..roof });
        true
    }
}

/// The values of one attribute by object, without those that are none.
fn values(
    properties: &WaitingProperties<'_>,
    attribute: &str,
) -> Result<BTreeMap<u32, PropertyValue>, SessionError> {
    let wanted = attribute.to_lowercase();
    let is_value = |v: &PropertyValue| match v {
        PropertyValue::Null => false,
        PropertyValue::Text(t) => !t.trim().is_empty(),
        _ => true,
    };
    let mut out = BTreeMap::new();
    for part in properties.parts() {
        let named = part?.into_iter().filter(|p| p.name == attribute || p.name.to_lowercase() == wanted);
        out.extend(named.filter(|p| is_value(&p.value)).map(|p| (p.object, p.value)));
    }
    Ok(out)
}

fn missing(attribute: &str) -> Diagnostic {
    let what = format!("no feature has a value of the attribute {attribute:?}; it changes nothing");
    Diagnostic::new(Code::new("style.no_attribute"), Severity::Warning, "", what).with("attribute", attribute)
}

fn number(value: &PropertyValue) -> Option<f64> {
    let n = match value {
        #[expect(clippy::cast_precision_loss, reason = "a color does not show the last digit")]
        PropertyValue::Int(i) => *i as f64,
        PropertyValue::Real(v) => *v,
        PropertyValue::Text(t) => t.trim().parse().ok()?,
        _ => return None,
    };
    n.is_finite().then_some(n)
}

fn words(value: &PropertyValue) -> Option<String> {
    match value {
        PropertyValue::Text(t) => Some(t.trim().to_owned()),
        PropertyValue::Int(i) => Some(i.to_string()),
        PropertyValue::Real(v) => Some(v.to_string()),
        PropertyValue::Bool(b) => Some(b.to_string()),
        PropertyValue::Null | PropertyValue::List(_) => None,
    }
}

/// Classes of numbers, each with as many features as the others where their values differ.
fn graduate(numbers: &BTreeMap<u32, f64>, by: &ColorBy) -> (BTreeMap<u32, [u8; 3]>, Vec<Class>) {
    let mut sorted: Vec<f64> = numbers.values().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let n = by.n_classes.clamp(*CLASSES.start(), *CLASSES.end());
    let mut lows: Vec<f64> = (0..n).filter_map(|k| sorted.get(k * sorted.len() / n).copied()).collect();
    lows.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let top = sorted.last().copied().unwrap_or(0.0);
    let last = lows.len().saturating_sub(1).max(1) as f64;
    let mut classes: Vec<Class> = Vec::with_capacity(lows.len());
    for (k, low) in lows.iter().enumerate() {
        let name = match lows.get(k + 1) {
            Some(next) => format!("{low} – < {next}"),
            None => format!("{low} – {top}"),
        };
        classes.push(Class { name, color: by.ramp.at(k as f64 / last), n: 0 });
    }
    let mut colors = BTreeMap::new();
    for (object, value) in numbers {
        let k = lows.partition_point(|low| low <= value).saturating_sub(1);
        if let Some(class) = classes.get_mut(k) {
            class.n += 1;
            colors.insert(*object, class.color);
        }
    }
    (colors, classes)
}

/// Categories by how many features they have; of those with as many the first by name.
fn categorize(found: &BTreeMap<u32, PropertyValue>) -> (BTreeMap<u32, [u8; 3]>, Vec<Class>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let named: BTreeMap<u32, String> = found.iter().filter_map(|(o, v)| Some((*o, words(v)?))).collect();
    for name in named.values() {
        *counts.entry(name.clone()).or_default() += 1;
    }
    let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|c| std::cmp::Reverse(c.1));
    let rest: usize = ranked.iter().skip(CATEGORIES.len()).map(|c| c.1).sum();
    let mut classes: Vec<Class> =
        ranked.into_iter().zip(CATEGORIES).map(|((name, n), color)| Class { name, color, n }).collect();
    let of: BTreeMap<&str, [u8; 3]> = classes.iter().map(|c| (c.name.as_str(), c.color)).collect();
    let colors =
        named.iter().map(|(o, name)| (*o, of.get(name.as_str()).copied().unwrap_or(OTHER))).collect();
    if rest > 0 {
        classes.push(Class { name: "…".to_owned(), color: OTHER, n: rest });
    }
    (colors, classes)
}

impl Session {
    /// The style that a person gave a layer; `None` where the rules choose.
    ///
    /// # Errors
    /// [`SessionError::Project`].
    pub fn layer_style(&self, source: &str) -> Result<Option<LayerStyle>, SessionError> {
        let text = self.project.settings()?.into_iter().find(|(k, _)| *k == key_of(source)).map(|(_, v)| v);
        Ok(text.map(|t| serde_json::from_str::<Option<LayerStyle>>(&t)).transpose()?.flatten())
    }

    /// Draws a layer in another style, or by the rules again, and keeps that. Its file is read again, at the place that
    /// is decided.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] and [`SessionError::NotALayer`]; else as an import.
    pub fn set_layer_style(
        &mut self,
        source: &str,
        style: Option<&LayerStyle>,
    ) -> Result<FileOutcome, SessionError> {
        let Some(state) = self.sources.iter().find(|s| s.record.id == source) else {
            return Err(SessionError::Unknown { what: "source", name: source.to_owned() });
        };
        let drawn = state.index.as_ref().is_some_and(|i| i.features.is_some());
        if !drawn || state.record.importer != "vector" {
            let why = match state.placement.state {
                PlacementState::Waiting => "it waits for its place",
                PlacementState::Placed => "only GIS layers have styles",
            };
            return Err(SessionError::NotALayer { why, source_name: source.to_owned() });
        }
        let placement = state.placement.clone();
        self.project.set_setting(&key_of(source), &serde_json::to_string(&style)?)?;
        self.rebuild_source(source, placement, None)
    }
}

fn key_of(source: &str) -> String {
    format!("style:{source}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_becomes_lighter_from_one_class_to_the_next() {
        let light =
            |c: [u8; 3]| 0.2126 * f64::from(c[0]) + 0.7152 * f64::from(c[1]) + 0.0722 * f64::from(c[2]);
        for ramp in [Ramp::Viridis, Ramp::Cividis] {
            let steps: Vec<f64> = (0_u8..9).map(|k| light(ramp.at(f64::from(k) / 8.0))).collect();
            assert!(steps.windows(2).all(|w| w[1] > w[0] + 8.0), "{ramp:?} {steps:?}");
        }
        assert_eq!(Ramp::Viridis.at(0.0), [0x44, 0x01, 0x54]);
        assert_eq!(Ramp::BlueRed.at(1.0), [0xB2, 0x18, 0x2B]);
    }

    #[test]
    fn classes_of_numbers_hold_as_many_each_and_equal_values_stay_together() {
        let by = ColorBy { attribute: "d".into(), categories: false, n_classes: 4, ramp: Ramp::Viridis };
        let even: BTreeMap<u32, f64> = (0..100).map(|i| (i, f64::from(i))).collect();
        let (colors, classes) = graduate(&even, &by);
        assert_eq!(classes.iter().map(|c| c.n).collect::<Vec<_>>(), [25; 4]);
        assert_eq!((colors[&0], colors[&99]), (Ramp::Viridis.at(0.0), Ramp::Viridis.at(1.0)));
        let same: BTreeMap<u32, f64> = (0..50).map(|i| (i, if i < 45 { 1.0 } else { 2.0 })).collect();
        let (colors, classes) = graduate(&same, &by);
        assert!(classes.len() <= 2 && (0..45).all(|i| colors[&i] == colors[&0]));
    }

    #[test]
    fn rare_categories_share_a_color_and_the_frequent_ones_have_their_own() {
        let text = |i: u32| PropertyValue::Text(format!("k{}", i % 10));
        let found: BTreeMap<u32, PropertyValue> = (0..30).map(|i| (i, text(i))).collect();
        let (colors, classes) = categorize(&found);
        assert_eq!((classes.len(), classes.last().unwrap().n), (8, 9));
        assert!(colors[&0] == CATEGORIES[0] && colors[&10] == colors[&0] && colors[&9] == OTHER);
    }
}
