//! How a layer is drawn: rules by layer name and attributes, from `assets/rules/vector_layers.toml`.

use lantu_base::{Clamp, FeatureStyle, RoofShape, RoofStyle};
use lantu_ingest::PropertyValue;
use serde::Deserialize;

use crate::fields;

/// One kind of layer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LayerRule {
    #[cfg_attr(not(test), expect(dead_code, reason = "names the rule for whoever edits the file"))]
    name: String,
    /// Parts of layer names, lower case.
    layers: Vec<String>,
    /// `#rrggbb` or `#rrggbbaa`.
    color: String,
    #[serde(default)]
    outline_only: bool,
    #[serde(default)]
    z_order: i32,
    #[serde(default)]
    width_m: f64,
    #[serde(default)]
    symbol: String,
    /// Attributes with the line's width on the ground, meters.
    #[serde(default)]
    width_fields: Vec<String>,
    /// Attributes with the height of an extrusion or symbol, meters.
    #[serde(default)]
    height_fields: Vec<String>,
    /// Attributes with a number of storeys.
    #[serde(default)]
    storey_fields: Vec<String>,
    #[serde(default)]
    default_height_m: f64,
    /// Attributes with the shape of a roof, its height above the eaves in meters, and its color.
    #[serde(default)]
    roof_shape_fields: Vec<String>,
    #[serde(default)]
    roof_height_fields: Vec<String>,
    #[serde(default)]
    roof_color_fields: Vec<String>,
    /// Height of a pitched roof that states none, meters.
    #[serde(default)]
    default_roof_height_m: f64,
    /// Color of a pitched roof that states none.
    #[serde(default)]
    roof_color: Option<String>,
    /// Shapes by their words.
    #[serde(default)]
    roof_shapes: Vec<RoofWords>,
    /// −1 digs.
    #[serde(default)]
    direction: f64,
    #[serde(default)]
    tube: bool,
    #[serde(default)]
    depth_fields: Vec<String>,
    #[serde(default)]
    default_depth_m: f64,
    #[serde(default)]
    diameter_fields: Vec<String>,
    #[serde(default)]
    default_diameter_m: f64,
    /// Attributes that say which kind, and colors by part of their text.
    #[serde(default)]
    kind_fields: Vec<String>,
    #[serde(default)]
    kinds: Vec<KindColor>,
    /// Colors vary a little from object to object.
    #[serde(default)]
    vary: bool,
}

/// Part of its height that a house is walls at least, whatever its roof is said to measure. Chosen.
const MIN_WALL: f64 = 0.3;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoofWords {
    words: Vec<String>,
    shape: RoofShape,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindColor {
    words: Vec<String>,
    color: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[expect(dead_code, reason = "read to be checked: a rule file states its version")]
    version: String,
    #[expect(dead_code, reason = "read to be checked: a rule file states its source")]
    source: String,
    storey_height_m: f64,
    rule: Vec<LayerRule>,
}

/// All rules.
pub(crate) struct Rules(RuleFile);

/// A style, and whether its depth was assumed.
pub(crate) struct Styled {
    pub(crate) style: FeatureStyle,
    pub(crate) assumed_depth: bool,
}

impl Rules {
    /// The rules that ship.
    pub(crate) fn shipped() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../../../assets/rules/vector_layers.toml")).map(Self)
    }

    /// The rule for a layer, by its name; `None`: a calm color by hash.
    pub(crate) fn of(&self, layer: &str) -> Option<&LayerRule> {
        let layer = layer.to_lowercase();
        self.0.rule.iter().find(|r| r.layers.iter().any(|l| layer.contains(l.as_str())))
    }

    /// The style of one feature.
    pub(crate) fn style(
        &self,
        layer: &str,
        id: &str,
        values: &[(String, PropertyValue)],
        is_point: bool,
    ) -> Styled {
        let Some(rule) = self.of(layer) else {
            let symbol = if is_point { "pin" } else { "" };
            let style = FeatureStyle {
                color: palette(layer),
                clamp: Clamp::Drape,
                offset_m: 0.0,
                width_m: 0.0,
                tube_m: 0.0,
                extrude_m: 0.0,
                roof: None,
                symbol: symbol.to_owned(),
                outline_only: false,
                z_order: 3,
            };
            return Styled { style, assumed_depth: false };
        };
        let mut style = FeatureStyle {
            color: rule.color(values, id),
            clamp: Clamp::Drape,
            offset_m: 0.0,
            width_m: fields::number(values, &rule.width_fields).unwrap_or(rule.width_m).clamp(0.0, 200.0),
            tube_m: 0.0,
            extrude_m: 0.0,
            roof: None,
            symbol: if is_point && rule.symbol.is_empty() { "pin".to_owned() } else { rule.symbol.clone() },
            outline_only: rule.outline_only,
            z_order: rule.z_order,
        };
        let mut assumed_depth = false;
        if rule.tube {
            let mm = fields::number(values, &rule.diameter_fields).filter(|d| *d > 0.0);
            style.tube_m = mm.map_or(rule.default_diameter_m, |d| d / 1000.0).clamp(0.02, 10.0);
            let depth = fields::number(values, &rule.depth_fields);
            assumed_depth = depth.is_none();
            style.offset_m = -(depth.unwrap_or(rule.default_depth_m) + style.tube_m / 2.0);
            style.clamp = Clamp::RelativeToGround;
        } else {
            let sign = if rule.direction < 0.0 { -1.0 } else { 1.0 };
            style.roof = rule.roof(values);
            let rise = style.roof.map_or(0.0, |r| r.rise_m);
            // A height is that of the ridge; storeys end at the eaves.
            let stated = fields::number(values, &rule.height_fields).map(|h| (h - rise).max(h * MIN_WALL));
            let storeys = || fields::number(values, &rule.storey_fields).map(|n| n * self.0.storey_height_m);
            let height = stated.or_else(storeys).unwrap_or(rule.default_height_m);
            style.extrude_m = (height * sign).clamp(-200.0, 1000.0);
        }
        Styled { style, assumed_depth }
    }
}

impl LayerRule {
    /// The roof that the attributes describe; `None` where they are silent or name no shape that is known.
    fn roof(&self, values: &[(String, PropertyValue)]) -> Option<RoofStyle> {
        let said = fields::text(values, &self.roof_shape_fields)?.to_lowercase();
        let shape =
            self.roof_shapes.iter().find(|s| s.words.iter().any(|w| said.contains(w.as_str())))?.shape;
        let stated = fields::number(values, &self.roof_height_fields).filter(|h| *h > 0.0);
        let rise_m = match shape {
            RoofShape::Flat => 0.0,
            _ => stated.unwrap_or(self.default_roof_height_m).clamp(0.0, 100.0),
        };
        let color = fields::text(values, &self.roof_color_fields).filter(|t| is_color(t));
        let color = color.map(|c| parse_color(&c)).or_else(|| self.roof_color.as_deref().map(parse_color))?;
        Some(RoofStyle { shape, rise_m, color })
    }

    fn color(&self, values: &[(String, PropertyValue)], id: &str) -> [u8; 4] {
        let kind = fields::text(values, &self.kind_fields);
        let of_kind =
            kind.and_then(|k| self.kinds.iter().find(|c| c.words.iter().any(|w| k.contains(w.as_str()))));
        let mut color = parse_color(of_kind.map_or(&self.color, |c| &c.color));
        if self.vary {
            let h = hash(id);
            for (channel, shift) in color.iter_mut().zip([0, 3, 6]) {
                let [low, ..] = (h >> shift).to_le_bytes();
                let d = i16::from(low & 15) - 8;
                *channel = u8::try_from((i16::from(*channel) + d).clamp(0, 255)).unwrap_or(*channel);
            }
        }
        color
    }
}

/// Whether a text is `#rrggbb` or `#rrggbbaa`.
fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or("");
    matches!(digits.len(), 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit())
}

fn parse_color(text: &str) -> [u8; 4] {
    let digits = text.trim_start_matches('#');
    let v = u32::from_str_radix(digits, 16).unwrap_or(0x8080_80FF);
    if digits.len() == 6 { (v << 8 | 0xFF).to_be_bytes() } else { v.to_be_bytes() }
}

fn hash(text: &str) -> u32 {
    // FNV-1a: stable over versions and machines, unlike the standard library's hasher.
    text.bytes().fold(0x811c_9dc5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

fn palette(layer: &str) -> [u8; 4] {
    const COLORS: [[u8; 4]; 6] = [
        [0x5B, 0x7F, 0xA6, 200],
        [0xA6, 0x7F, 0x5B, 200],
        [0x6B, 0x9A, 0x74, 200],
        [0x8C, 0x74, 0xA6, 200],
        [0xB0, 0x8C, 0x4A, 200],
        [0x4F, 0x94, 0x94, 200],
    ];
    COLORS.get(hash(layer) as usize % COLORS.len()).copied().unwrap_or([128, 128, 128, 200])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_lies_at_its_depth_with_its_diameter_in_the_color_of_its_kind() {
        let rules = Rules::shipped().unwrap();
        let v = |d| {
            vec![
                ("kind".to_owned(), PropertyValue::Text("gas".into())),
                ("depth_m".to_owned(), d),
                ("diameter_mm".to_owned(), PropertyValue::Int(400)),
            ]
        };
        let s = rules.style("地下管线", "1", &v(PropertyValue::Real(1.5)), false);
        assert!(
            (s.style.offset_m + 1.7).abs() < 1e-12
                && (s.style.tube_m - 0.4).abs() < 1e-12
                && !s.assumed_depth
        );
        assert_eq!(s.style.color, [0xE8, 0xC2, 0x1A, 0xFF]);
        assert!(rules.style("pipes", "1", &v(PropertyValue::Null), false).assumed_depth);
    }

    #[test]
    fn a_house_has_the_roof_that_its_attributes_describe_below_its_stated_height() {
        let rules = Rules::shipped().unwrap();
        let text = |t: &str| PropertyValue::Text(t.to_owned());
        let mut house = vec![
            ("height".to_owned(), PropertyValue::Real(12.0)),
            ("roof:shape".to_owned(), text("half-hipped")),
            ("roof:height".to_owned(), text("3 m")),
            ("roof:colour".to_owned(), text("#8a4b38")),
        ];
        let s = rules.style("buildings", "1", &house, false).style;
        let roof = RoofStyle { shape: RoofShape::Hipped, rise_m: 3.0, color: [0x8A, 0x4B, 0x38, 0xFF] };
        assert_eq!((s.extrude_m, s.roof), (9.0, Some(roof)));
        // Storeys end at the eaves; what is not a color or a height is not taken for one.
        house = vec![
            ("层数".to_owned(), PropertyValue::Int(4)),
            ("屋顶形式".to_owned(), text("双坡")),
            ("roof:colour".to_owned(), text("red")),
        ];
        let s = rules.style("房屋", "1", &house, false).style;
        assert_eq!(s.extrude_m.to_bits(), 12.0_f64.to_bits());
        assert!(s.roof.is_some_and(|r| r.shape == RoofShape::Gabled && r.rise_m > 0.0));
        assert_eq!(rules.style("房屋", "1", &[], false).style.roof, None);
    }

    #[test]
    fn every_rule_has_a_color_that_reads() {
        let rules = Rules::shipped().unwrap();
        for r in &rules.0.rule {
            let ok = |c: &str| {
                matches!(c.len(), 7 | 9) && u32::from_str_radix(c.trim_start_matches('#'), 16).is_ok()
            };
            assert!(ok(&r.color) && r.kinds.iter().all(|k| ok(&k.color)), "{}", r.name);
        }
    }
}
