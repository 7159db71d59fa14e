//! Values of one property over all objects, and the colors that they get.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use lantu_base::{ObjectRow, Rgba};
use lantu_ingest::PropertyValue;
use lantu_session::{SceneTable, text_value};
use lantu_ui::palette::{self, category_color, cividis};
use lantu_ui::{CategoryRow, ColorBy, ColorChoice, ColorScale, ColoringNow, RangeModel};

use crate::window::history::Coloring;

/// Steps of the legend of numbers.
const RANGE_STEPS: usize = 24;
/// No category: the object has no value.
const NONE: u32 = u32::MAX;
/// Share of values that must be numbers so that colors are graduated at first.
const MOSTLY: f64 = 0.8;

/// Values of a property, one a row.
#[derive(Debug)]
pub(crate) struct Values {
    by: ColorBy,
    /// Texts that occur, most frequent first, with their number of objects.
    labels: Vec<(String, u64)>,
    /// Place in `labels`, or [`NONE`].
    category: Vec<u32>,
    /// Numbers; NaN where there is none. Empty where hardly any value is one.
    numbers: Vec<f32>,
    unit: String,
    decimals: usize,
}

/// What a row's value is, before it is counted.
struct Found {
    text: String,
    number: Option<f64>,
    unit: Option<String>,
}

fn plain(text: &str) -> Option<Found> {
    (!text.is_empty()).then(|| Found { text: text.to_owned(), number: None, unit: None })
}

fn found(table: &SceneTable, row: ObjectRow, by: &ColorBy) -> Option<Found> {
    let scene = table.scene();
    match by {
        ColorBy::Class => plain(scene.object(row)?.class()),
        ColorBy::Source => plain(scene.object(row)?.span.source.as_str()),
        ColorBy::Storey => {
            let mut at = scene.object(row);
            while let Some(o) = at {
                if o.class() == "IfcBuildingStorey" {
                    return plain(if o.name().is_empty() { o.id() } else { o.name() });
                }
                at = o.parent().and_then(|p| scene.object(p));
            }
            None
        }
        ColorBy::Type => plain(table.details(row)?.detail()?.type_name.as_deref()?),
        ColorBy::Material => plain(table.details(row)?.detail()?.materials.first()?),
        ColorBy::Property { set, name } => {
            let own = table.details(row)?;
            let p = own.properties().iter().find(|p| p.name == *name && (set.is_empty() || p.set == *set))?;
            let (text, number) = (text_value(&p.value), number_of(&p.value));
            (!text.is_empty()).then_some(Found { text, number, unit: p.unit.clone() })
        }
    }
}

/// A value as a number: one that is written as text too, none that is not finite.
fn number_of(value: &PropertyValue) -> Option<f64> {
    let number = match value {
        #[expect(clippy::cast_precision_loss, reason = "a color cannot tell integers beyond 2⁵³ apart")]
        PropertyValue::Int(i) => *i as f64,
        PropertyValue::Real(r) => *r,
        PropertyValue::Text(t) => t.trim().parse().ok()?,
        PropertyValue::Null | PropertyValue::Bool(_) | PropertyValue::List(_) => return None,
    };
    number.is_finite().then_some(number)
}

/// Decimals that a number was written with, at most four: no source measures finer.
fn decimals_of(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, d)| d.bytes().take_while(u8::is_ascii_digit).count().min(4))
}

impl Values {
    /// Reads a property of all objects. Costs a look at each object.
    pub(crate) fn read(table: &SceneTable, by: &ColorBy) -> Self {
        let n = table.scene().n_rows();
        let (mut index, mut labels): (HashMap<String, u32>, Vec<(String, u64)>) = Default::default();
        let (mut category, mut numbers) = (Vec::with_capacity(n as usize), Vec::new());
        let (mut n_values, mut n_numbers, mut unit, mut decimals) = (0_u64, 0_u64, None, 0);
        for row in (0..n).map(ObjectRow) {
            let Some(f) = found(table, row, by) else {
                category.push(NONE);
                continue;
            };
            n_values += 1;
            if let Some(number) = f.number {
                n_numbers += 1;
                decimals = decimals.max(decimals_of(&f.text));
                unit = unit.or(f.unit);
                numbers.resize(row.ix(), f32::NAN);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a color needs no more than seven digits"
                )]
                numbers.push(number as f32);
            }
            let next = u32::try_from(labels.len()).unwrap_or(NONE - 1);
            let ix = *index.entry(f.text).or_insert_with_key(|text| {
                labels.push((text.clone(), 0));
                next
            });
            if let Some(label) = labels.get_mut(ix as usize) {
                label.1 += 1;
            }
            category.push(ix);
        }
        if n_numbers as f64 >= n_values as f64 * MOSTLY && n_numbers > 0 {
            numbers.resize(n as usize, f32::NAN);
        } else {
            numbers = Vec::new();
        }
        let mut values =
            Self { by: by.clone(), labels, category, numbers, unit: unit.unwrap_or_default(), decimals };
        values.sort();
        values
    }

    /// Most frequent first; equally frequent ones by name, so that colors are the same every time.
    fn sort(&mut self) {
        let mut order: Vec<u32> = (0..u32::try_from(self.labels.len()).unwrap_or(NONE)).collect();
        let label = |ix: &u32| self.labels.get(*ix as usize);
        order.sort_by(|a, b| {
            let (a, b) = (label(a), label(b));
            b.map(|l| l.1).cmp(&a.map(|l| l.1)).then_with(|| a.map(|l| &l.0).cmp(&b.map(|l| &l.0)))
        });
        let mut place = vec![NONE; order.len()];
        for (new, old) in (0..).zip(&order) {
            if let Some(slot) = place.get_mut(*old as usize) {
                *slot = new;
            }
        }
        for c in &mut self.category {
            *c = place.get(*c as usize).copied().unwrap_or(NONE);
        }
        let sorted = order.iter().filter_map(|ix| self.labels.get(*ix as usize).cloned());
        self.labels = sorted.collect();
    }

    pub(crate) fn is_of(&self, by: &ColorBy) -> bool {
        self.by == *by
    }

    /// Smallest and largest number.
    fn range(&self) -> Option<(f64, f64)> {
        let finite = self.numbers.iter().copied().filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        (lo <= hi).then_some((f64::from(lo), f64::from(hi)))
    }

    /// The colors that a person asked for.
    pub(crate) fn colors(self: &Arc<Self>, asked: &Coloring) -> Colors {
        let range = self.range().filter(|_| asked.graduated.unwrap_or(true));
        let shown = range.map(|all| asked.range.filter(|(a, b)| a < b && b.is_finite()).unwrap_or(all));
        Colors { values: Arc::clone(self), all: range, shown, only: asked.only }
    }
}

/// Colors of all objects by one property.
pub(crate) struct Colors {
    values: Arc<Values>,
    /// Graduated from the smallest to the largest number; `None` for categories.
    all: Option<(f64, f64)>,
    shown: Option<(f64, f64)>,
    only: Option<usize>,
}

/// A row's color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint {
    /// `None`: the object has no value, and keeps its material.
    pub(crate) color: Option<Rgba>,
    /// The legend's filter leaves it out.
    pub(crate) out: bool,
}

impl Colors {
    /// The row or the step of the legend that an object belongs to; `None` without a value.
    fn place(&self, row: usize) -> Option<(usize, Rgba)> {
        if let Some((lo, hi)) = self.shown {
            let v = self.values.numbers.get(row).copied().filter(|v| v.is_finite())?;
            let share = ((f64::from(v) - lo) / (hi - lo)).clamp(0.0, 1.0);
            // All numbers are one: the middle of the scale.
            let share = if share.is_finite() { share } else { 0.5 };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "from 0 to the number of steps"
            )]
            let step = ((share * RANGE_STEPS as f64) as usize).min(RANGE_STEPS - 1);
            return Some((step, cividis(share)));
        }
        let ix = *self.values.category.get(row)?;
        if ix == NONE {
            return None;
        }
        let ix = (ix as usize).min(palette::N_CATEGORIES);
        Some((ix, category_color(ix)))
    }

    /// The legend's row for objects without a value.
    fn without(&self) -> usize {
        self.values.labels.len().min(palette::N_CATEGORIES) + usize::from(self.has_other())
    }

    fn has_other(&self) -> bool {
        self.values.labels.len() > palette::N_CATEGORIES
    }

    /// The paint of a row.
    pub(crate) fn paint(&self, row: usize) -> Paint {
        let place = self.place(row);
        let out = self.only.is_some_and(|only| match place {
            Some((ix, _)) => ix != only,
            None => self.shown.is_some() || only != self.without(),
        });
        Paint { color: place.map(|p| p.1), out }
    }

    /// The legend.
    pub(crate) fn model(&self) -> ColoringNow {
        let numeric = !self.values.numbers.is_empty();
        let scale = match (self.all, self.shown) {
            (Some(all), Some(shown)) => ColorScale::Range(self.range_model(all, shown)),
            _ => ColorScale::Categories(self.categories()),
        };
        ColoringNow { by: self.values.by.clone(), numeric, scale, only: self.only }
    }

    fn range_model(&self, all: (f64, f64), shown: (f64, f64)) -> RangeModel {
        let mut steps = vec![0_u64; RANGE_STEPS];
        let mut n_without = 0;
        for row in 0..self.values.category.len() {
            match self.place(row).and_then(|(step, _)| steps.get_mut(step)) {
                Some(n) => *n += 1,
                None => n_without += 1,
            }
        }
        let (unit, decimals) = (self.values.unit.clone(), self.values.decimals);
        RangeModel { shown, all, unit, decimals, steps, n_without }
    }

    fn categories(&self) -> Vec<CategoryRow> {
        let labels = &self.values.labels;
        let mut rows: Vec<CategoryRow> = labels
            .iter()
            .take(palette::N_CATEGORIES)
            .enumerate()
            .map(|(ix, (label, n))| CategoryRow {
                label: Some(label.clone()),
                other: false,
                color: category_color(ix),
                n: *n,
            })
            .collect();
        if self.has_other() {
            let n = labels.iter().skip(palette::N_CATEGORIES).map(|l| l.1).sum();
            rows.push(CategoryRow { label: None, other: true, color: palette::OTHER, n });
        }
        let n = self.values.category.iter().filter(|c| **c == NONE).count() as u64;
        rows.push(CategoryRow { label: None, other: false, color: palette::NO_VALUE, n });
        rows
    }
}

/// Objects whose properties are counted at most; of a larger scene every n-th run of [`RUN_ROWS`] is looked at.
const MAX_COUNTED: u32 = 200_000;
/// Objects that lie on one page of the scene's columns: a page is read as a whole.
const RUN_ROWS: u32 = 4096;

/// What objects can be colored by, the most frequent first; counts of large scenes are estimates. `None` when `stop` said
/// so, which is asked for each run of objects.
pub(crate) fn choices(table: &SceneTable, stop: &dyn Fn() -> bool) -> Option<Vec<ColorChoice>> {
    let mut properties: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let (mut n_types, mut n_materials, mut storeys) = (0, 0, false);
    let n = table.scene().n_rows();
    let every = n.div_ceil(MAX_COUNTED).max(1);
    for first in (0..n).step_by((RUN_ROWS * every) as usize) {
        if stop() {
            return None;
        }
        for row in (first..n.min(first.saturating_add(RUN_ROWS))).map(ObjectRow) {
            storeys |= table.scene().object(row).is_some_and(|o| o.class() == "IfcBuildingStorey");
            let Some(details) = table.details(row) else { continue };
            let detail = details.detail();
            n_types += u64::from(detail.is_some_and(|d| d.type_name.is_some()));
            n_materials += u64::from(detail.is_some_and(|d| !d.materials.is_empty()));
            for p in details.properties() {
                if p.value == PropertyValue::Null {
                    continue;
                }
                let number = number_of(&p.value).is_some();
                let key = (p.set.clone(), p.name.clone());
                let counts = properties.entry(key).or_default();
                *counts = (counts.0 + 1, counts.1 + u64::from(number));
            }
        }
    }
    let all = u64::from(every);
    (n_types, n_materials) = (n_types * all, n_materials * all);
    let fixed = |by, n| ColorChoice { by, n, numeric: false };
    let mut out = vec![fixed(ColorBy::Class, u64::from(n)), fixed(ColorBy::Source, u64::from(n))];
    if storeys {
        out.push(fixed(ColorBy::Storey, u64::from(n)));
    }
    out.extend((n_types > 0).then(|| fixed(ColorBy::Type, n_types)));
    out.extend((n_materials > 0).then(|| fixed(ColorBy::Material, n_materials)));
    let mut named: Vec<ColorChoice> = properties
        .into_iter()
        .map(|((set, name), (n, numbers))| ColorChoice {
            by: ColorBy::Property { set, name },
            n: n * all,
            numeric: numbers as f64 >= n as f64 * MOSTLY,
        })
        .collect();
    // Stable: equally frequent ones stay in the order of their names.
    named.sort_by_key(|c| std::cmp::Reverse(c.n));
    out.extend(named);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(labels: &[(&str, u64)], category: Vec<u32>, numbers: Vec<f32>) -> Arc<Values> {
        let mut v = Values {
            by: ColorBy::Class,
            labels: labels.iter().map(|(l, n)| ((*l).to_owned(), *n)).collect(),
            category,
            numbers,
            unit: "m".to_owned(),
            decimals: 1,
        };
        v.sort();
        Arc::new(v)
    }

    fn asked(graduated: Option<bool>, only: Option<usize>) -> Coloring {
        Coloring { by: ColorBy::Class, graduated, range: None, only }
    }

    #[test]
    fn categories_are_ordered_by_frequency_and_the_rest_shares_a_row() {
        let labels: Vec<(String, u64)> =
            (0..15_u32).map(|i| (format!("class {i:02}"), u64::from(i) + 1)).collect();
        let labels: Vec<(&str, u64)> = labels.iter().map(|(l, n)| (l.as_str(), *n)).collect();
        let category: Vec<u32> = (0..15).chain([NONE]).collect();
        let colors = values(&labels, category, Vec::new()).colors(&asked(None, None));
        let ColorScale::Categories(rows) = colors.model().scale else { panic!("not categories") };
        assert_eq!(rows.len(), 14);
        assert_eq!((rows[0].label.as_deref(), rows[0].n), (Some("class 14"), 15));
        assert_eq!((rows[12].other, rows[12].n), (true, 1 + 2 + 3));
        assert_eq!((rows[13].label.as_deref(), rows[13].n), (None, 1));
        assert_eq!(colors.paint(14).color, Some(rows[0].color));
        assert_eq!(colors.paint(0).color, Some(palette::OTHER));
        assert_eq!(colors.paint(15), Paint { color: None, out: false });
    }

    #[test]
    fn a_row_of_the_legend_alone_leaves_the_others_out() {
        let v = values(&[("a", 2), ("b", 1)], vec![0, 0, 1, NONE], Vec::new());
        let out =
            |only| (0..4).map(|row| v.colors(&asked(None, Some(only))).paint(row).out).collect::<Vec<_>>();
        assert_eq!(out(0), [false, false, true, true]);
        assert_eq!(out(1), [true, true, false, true]);
        assert_eq!(out(2), [true, true, true, false]);
    }

    #[test]
    fn numbers_are_graduated_and_counted_in_steps() {
        let v = values(&[("x", 3)], vec![0, 0, 0, NONE], vec![1.0, 5.0, 3.0, f32::NAN]);
        let colors = v.colors(&asked(None, None));
        let ColorScale::Range(range) = colors.model().scale else { panic!("not a range") };
        assert_eq!((range.all, range.shown, range.n_without), ((1.0, 5.0), (1.0, 5.0), 1));
        assert_eq!((range.steps[0], range.steps[RANGE_STEPS - 1], range.steps.iter().sum()), (1, 1, 3_u64));
        assert_eq!(colors.paint(0).color, Some(cividis(0.0)));
        assert_eq!(colors.paint(2).color, Some(cividis(0.5)));
        assert!(matches!(v.colors(&asked(Some(false), None)).model().scale, ColorScale::Categories(_)));
        let narrow = v.colors(&Coloring { range: Some((2.0, 3.0)), ..asked(None, None) });
        assert_eq!(narrow.paint(0).color, Some(cividis(0.0)), "the ends hold beyond them");
    }

    #[test]
    fn a_number_is_a_number_also_as_text_and_none_that_is_not_finite_is_one() {
        let text = |t: &str| number_of(&PropertyValue::Text(t.to_owned()));
        assert_eq!((text(" 2.50 "), text("C30/37"), text("NaN"), text("inf")), (Some(2.5), None, None, None));
        assert_eq!(number_of(&PropertyValue::Int(-3)), Some(-3.0));
        assert_eq!(number_of(&PropertyValue::Real(f64::INFINITY)), None);
        assert_eq!(number_of(&PropertyValue::Bool(true)), None);
    }

    #[test]
    fn one_number_for_all_is_the_middle_of_the_scale() {
        let v = values(&[("7", 2)], vec![0, 0], vec![7.0, 7.0]);
        assert_eq!(v.colors(&asked(None, None)).paint(0).color, Some(cividis(0.5)));
    }

    #[test]
    fn decimals_are_those_of_the_source() {
        assert_eq!([decimals_of("12"), decimals_of("1.50"), decimals_of("3.14159265")], [0, 2, 4]);
    }
}
