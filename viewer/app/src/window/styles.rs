//! Styles of GIS layers in the window: what can be chosen, what is asked for, and what the project file must learn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lantu_base::ObjectRow;
use lantu_ingest::PropertyValue;
use lantu_session::{ColorBy, LayerStyle, Ramp, SceneTable, Session, SourceState, StyleClass};
use lantu_ui::{Edit, LayerAttribute, LayerStyleModel, StyleAsk, StyleRamp};

use crate::window::App;
use crate::window::desk::Desk;
use crate::window::jobs::Work;

/// Features of a layer that are looked at for its attributes. Chosen: what no feature of so many has is rare.
const MAX_LOOKED_AT: u32 = 500;

/// Attributes and colors of each GIS layer, by name of the source.
pub(crate) type Layers = BTreeMap<String, (Arc<[LayerAttribute]>, Arc<[lantu_ui::StyleClass]>)>;

/// Whether a layer's style can be chosen: its features are drawn.
fn has_style(s: &SourceState) -> bool {
    s.record.importer == "vector" && s.index.as_ref().is_some_and(|i| i.features.is_some())
}

/// What can be chosen of each GIS layer, and how its colors are called.
pub(crate) fn layers(session: &Session, table: &SceneTable) -> Layers {
    let scene = table.scene();
    let spans: BTreeMap<&str, (u32, usize)> =
        scene.sources().iter().map(|s| (s.source.as_str(), (s.first_row, s.objects.len()))).collect();
    let one = |s: &SourceState| {
        let (first, n) = spans.get(s.record.id.as_str()).copied().unwrap_or_default();
        let classes = lantu_session::style_classes(&s.record).into_iter();
        let legend = classes.map(|StyleClass { color, name }| lantu_ui::StyleClass { color, name });
        (s.record.id.clone(), (attributes(table, first, n), legend.collect()))
    };
    session.sources().iter().filter(|s| has_style(s)).map(one).collect()
}

/// Whether rows of one state of a project mean the same objects in the other: the same files in the same order.
pub(crate) fn same_rows(before: &Session, after: &Session) -> bool {
    let facts = |s: &Session| -> Vec<(String, String, u64)> {
        let one = |s: &SourceState| (s.record.id.clone(), s.record.sha256.clone(), s.record.n_objects);
        s.sources().iter().map(one).collect()
    };
    facts(before) == facts(after) && before.scene().n_rows() == after.scene().n_rows()
}

/// The attributes of a layer of `n` features whose first has the row `first`.
fn attributes(table: &SceneTable, first: u32, n: usize) -> Arc<[LayerAttribute]> {
    let n = u32::try_from(n).unwrap_or(u32::MAX).min(MAX_LOOKED_AT);
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    for row in (first..first.saturating_add(n)).map(ObjectRow) {
        let Some(details) = table.details(row) else { continue };
        for p in details.properties() {
            let number = match &p.value {
                PropertyValue::Null => continue,
                PropertyValue::Int(_) | PropertyValue::Real(_) => true,
                PropertyValue::Text(t) => t.trim().parse::<f64>().is_ok(),
                PropertyValue::Bool(_) | PropertyValue::List(_) => false,
            };
            *found.entry(p.name.clone()).or_insert(true) &= number;
        }
    }
    found.into_iter().map(|(name, numeric)| LayerAttribute { name, numeric }).collect()
}

/// The styles that the project keeps, by name of the source.
pub(crate) fn kept(session: &Session) -> BTreeMap<String, LayerStyle> {
    let one = |s: &SourceState| match session.layer_style(&s.record.id) {
        Ok(style) => Some((s.record.id.clone(), style?)),
        Err(error) => {
            tracing::warn!(%error, source = %s.record.id, "the style of a layer cannot be read");
            None
        }
    };
    session.sources().iter().filter(|s| has_style(s)).filter_map(one).collect()
}

/// What a layer's row shows; `None` for a source without a style.
pub(crate) fn model(desk: &Desk, s: &SourceState) -> Option<LayerStyleModel> {
    let (attributes, legend) = desk.layer_styles.get(&s.record.id)?;
    Some(LayerStyleModel {
        now: desk.shown.styles.get(&s.record.id).map(asked).unwrap_or_default(),
        attributes: Arc::clone(attributes),
        legend: Arc::clone(legend),
    })
}

/// A style as the panel shows it.
fn asked(style: &LayerStyle) -> StyleAsk {
    let plain = StyleAsk { clamp: style.clamp, label: style.label.clone(), ..StyleAsk::default() };
    let Some(by) = &style.colors else { return plain };
    StyleAsk {
        by: Some(by.attribute.clone()),
        categories: by.categories,
        n_classes: u8::try_from(by.n_classes).unwrap_or(plain.n_classes),
        ramp: match by.ramp {
            Ramp::Viridis => StyleRamp::Viridis,
            Ramp::Cividis => StyleRamp::Cividis,
            Ramp::BlueRed => StyleRamp::BlueRed,
        },
        ..plain
    }
}

/// The style that the panel asks for; `None` for the rules.
fn style_of(ask: &StyleAsk) -> Option<LayerStyle> {
    let colors = ask.by.as_ref().map(|attribute| ColorBy {
        attribute: attribute.clone(),
        categories: ask.categories,
        n_classes: ask.n_classes.into(),
        ramp: match ask.ramp {
            StyleRamp::Viridis => Ramp::Viridis,
            StyleRamp::Cividis => Ramp::Cividis,
            StyleRamp::BlueRed => Ramp::BlueRed,
        },
    });
    let style = LayerStyle { colors, clamp: ask.clamp, label: ask.label.clone() };
    (style != LayerStyle::default()).then_some(style)
}

impl Desk {
    /// Draws a layer otherwise, which can be taken back.
    pub(crate) fn ask_style(&mut self, layer: u32, ask: &StyleAsk) {
        let sources = self.session.sources();
        let Some(name) = sources.get(layer as usize).map(|s| s.record.id.clone()) else { return };
        let style = style_of(ask);
        self.edit(Edit::Style, false, |s| {
            let styles = Arc::make_mut(&mut s.styles);
            match style {
                Some(style) => styles.insert(name, style),
                None => styles.remove(&name),
            };
        });
    }

    /// Notes what the project file must learn about styles.
    pub(crate) fn note_styles(&mut self, before: &BTreeMap<String, LayerStyle>) {
        let after = &self.shown.styles;
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed = names.into_iter().filter(|n| before.get(*n) != after.get(*n));
        self.style_writes.extend(changed.map(|n| (n.clone(), after.get(n).cloned())));
    }

    /// What the project keeps counts again: a change of it did not work.
    pub(crate) fn reread_styles(&mut self) {
        self.shown.styles = Arc::new(kept(&self.session));
    }
}

impl App<'_> {
    /// Sends styles that were chosen to the project: their layers are read again.
    pub(crate) fn save_styles(&mut self) {
        let Some(desk) = &mut self.desk else { return };
        let project = desk.session.path().to_owned();
        for (source, style) in std::mem::take(&mut desk.style_writes) {
            self.begin(Work::Style { project: project.clone(), source, style });
        }
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::Clamp;

    use super::*;

    #[test]
    fn what_is_asked_for_is_what_is_shown_afterwards() {
        let colors = StyleAsk {
            by: Some("depth".to_owned()),
            n_classes: 7,
            ramp: StyleRamp::BlueRed,
            ..StyleAsk::default()
        };
        let heights = StyleAsk { clamp: Some(Clamp::RelativeToGround), ..StyleAsk::default() };
        let names = StyleAsk { label: Some("owner".to_owned()), ..StyleAsk::default() };
        for ask in [colors, heights, names] {
            assert_eq!(asked(&style_of(&ask).unwrap()), ask);
        }
        assert_eq!(style_of(&StyleAsk::default()), None, "nothing chosen: by the rules");
    }
}
