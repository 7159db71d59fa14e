//! How unusual the readings of a chart are: a band under them, marks, and the reason in words.

use egui::{Align2, Color32, RichText};
use egui_plot::{HLine, Line, LineStyle, MarkerShape, PlotPoint, PlotUi, Points, Polygon, Text};
use lantu_base::TimeZoneName;

use crate::format;
use crate::model::{ChartModel, OddModel, Oddness};
use crate::words::{Words, msg};

/// Height of the band, and of the room between it and the readings, as shares of the readings' height.
const BAND: f64 = 0.16;
const ROOM: f64 = 0.06;
/// How strongly the band is shaded.
const SHADE: f32 = 0.06;
/// A mark is meant by a pointer that is so near, as a share of the chart's length.
const NEAR: f64 = 0.02;

/// Where the band lies in a chart: its lower edge, and its height, in the unit of the readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    base: f64,
    height: f64,
}

/// The values that a chart shows of `low` to `high`, and the band under them, where there is one.
pub(crate) fn with_band(chart: &ChartModel, [low, high]: [f64; 2]) -> ([f64; 2], Option<Band>) {
    if !matches!(chart.oddness, Some(Oddness::Known { .. })) {
        return ([low, high], None);
    }
    let height = (high - low) * BAND;
    let base = low - height - (high - low) * ROOM;
    ([base, high], Some(Band { base, height }))
}

/// The readings of a chart that are marked.
fn marked(chart: &ChartModel) -> impl DoubleEndedIterator<Item = &OddModel> {
    let (found, threshold) = match &chart.oddness {
        Some(Oddness::Known { found, threshold }) => (found.as_slice(), *threshold),
        _ => (&[][..], 0.0),
    };
    found.iter().filter(move |odd| odd.score >= threshold)
}

/// What is said above the chart: the last marked reading until the clock and why it is, or why none is.
pub(crate) fn sentence(chart: &ChartModel, zone: &TimeZoneName, words: &Words) -> Option<String> {
    Some(match chart.oddness.as_ref()? {
        Oddness::Combined => {
            let why = words.t(msg::FORECAST_COMBINED);
            words.t_args(msg::CHART_UNUSUAL_REFUSED, &[("reason", why.as_ref().into())])
        }
        Oddness::TooFew(n) => words.t_args(msg::CHART_UNUSUAL_FEW, &[("n", format::count(*n as u64).into())]),
        Oddness::Known { .. } => {
            let clock = chart.span.0.plus_s(chart.cursor_s);
            let Some(odd) = marked(chart).rfind(|odd| odd.at <= clock) else {
                return Some(words.t(msg::CHART_UNUSUAL_NONE).into_owned());
            };
            let args = [
                ("time", format::date_time(odd.at, zone).into()),
                ("value", format::with_unit(&format::short(odd.value, 4), &chart.unit).into()),
                ("reason", reason(odd, words).into()),
                ("score", format::short(odd.score, 2).into()),
            ];
            words.t_args(msg::CHART_UNUSUAL_LAST, &args)
        }
    })
}

/// Why the marked reading is unusual that lies near `at_s` in a chart of this length, seconds.
pub(crate) fn near(chart: &ChartModel, at_s: f64, length: f64, words: &Words) -> Option<String> {
    let away = |odd: &OddModel| (odd.at.seconds_since(chart.span.0) - at_s).abs();
    let nearest = marked(chart).min_by(|a, b| away(a).total_cmp(&away(b)))?;
    (away(nearest) < length * NEAR).then(|| reason(nearest, words))
}

fn reason(odd: &OddModel, words: &Words) -> String {
    words.t_args(odd.what.msg(), &[("share", format::percent(odd.by).into())])
}

/// The band with a bar for each score and the line from which readings are marked, and the marks.
pub(crate) fn draw(
    ui: &mut PlotUi<'_>,
    (chart, band): (&ChartModel, Band),
    (ink, caution): (Color32, Color32),
    words: &Words,
) {
    let Some(Oddness::Known { found, threshold }) = &chart.oddness else { return };
    let [left, right] = [ui.plot_bounds().min()[0], ui.plot_bounds().max()[0]];
    let Band { base, height } = band;
    let area = vec![[left, base], [right, base], [right, base + height], [left, base + height]];
    let shade = ink.gamma_multiply(SHADE);
    ui.polygon(Polygon::new("", area).fill_color(shade).stroke(egui::Stroke::NONE).allow_hover(false));
    let limit = HLine::new("", base + threshold * height).color(ink.gamma_multiply(0.5)).width(1.0);
    ui.hline(limit.style(LineStyle::dotted_dense()).allow_hover(false));
    for odd in found {
        let at = odd.at.seconds_since(chart.span.0);
        let is_marked = odd.score >= *threshold;
        let (color, width) = if is_marked { (caution, 3.0) } else { (ink.gamma_multiply(0.6), 1.5) };
        let bar = vec![[at, base], [at, base + odd.score.clamp(0.0, 1.0) * height]];
        ui.line(Line::new("", bar).color(color).width(width).allow_hover(false));
        if is_marked {
            let mark = Points::new("", [at, odd.value]).color(caution).radius(5.0).allow_hover(false);
            ui.points(mark.shape(MarkerShape::Diamond).filled(false));
        }
    }
    let name = RichText::new(words.t(msg::CHART_UNUSUAL)).size(10.0).color(ink);
    let at = PlotPoint::new(left, base + height);
    ui.text(Text::new("", at, name).anchor(Align2::LEFT_TOP).allow_hover(false));
}
