//! Charts of the picked object's channels: readings, limits, stretches in alarm, gaps, the clock.

use egui::{Align2, Button, Color32, Rect, RichText, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use egui_plot::{
    HLine, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotUi, Points, Polygon, Span, Text, VLine,
};
use lantu_base::{TimeZoneName, UtcNanos};

use crate::action::Action;
use crate::draw;
use crate::format;
use crate::model::{CHART_SPANS_S, ChartModel, ForecastModel, LiveModel, Outlook};
use crate::panels::oddness;
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Narrowest chart that can be read, points.
const NARROWEST: f32 = 260.0;
/// How strongly stretches in alarm are shaded.
const SHADE: f32 = 0.16;
/// How strongly stretches of which messages are missing are shaded, and their edges.
const GAP_SHADE: f32 = 0.10;
const GAP_EDGE: f32 = 0.5;
/// Between the name of a limit and the chart's edge, points.
const LABEL_MARGIN: f64 = 6.0;
/// How strongly the interval of a forecast is shaded.
const FORECAST_SHADE: f32 = 0.14;
/// Share of the height that is left free above, for the name of the highest level, and below.
const MARGINS: [f64; 2] = [0.2, 0.08];
/// Numbers of days beside which a chart's axis shows no times of day.
const DAYS_ONLY_S: f64 = 3.0 * 86_400.0;

const SPAN_NAMES: [Msg; 5] = [
    msg::CHART_SPAN_HOUR,
    msg::CHART_SPAN_DAY,
    msg::CHART_SPAN_WEEK,
    msg::CHART_SPAN_MONTH,
    msg::CHART_SPAN_YEAR,
];

/// How long a time the charts show.
pub(crate) fn spans(ui: &mut Ui, live: &LiveModel, words: &Words, out: &mut Vec<Action>) {
    for (span, name) in CHART_SPANS_S.into_iter().zip(SPAN_NAMES) {
        let on = (live.chart_s - span).abs() < 1.0;
        let name = words.t(name);
        let response = ui.add(Button::selectable(on, RichText::new(name.as_ref()).size(12.5)));
        let label = words.t_args(msg::CHART_SPAN, &[("span", name.as_ref().into())]);
        response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
        if response.clicked() {
            out.push(Action::SetChartSpan(span));
        }
    }
    ui.add_space(6.0);
    for (on, name, label, key, action) in [
        (live.forecast, msg::CHART_FORECAST, msg::CMD_FORECAST, 9, Action::ShowForecast(!live.forecast)),
        (live.unusual, msg::CHART_UNUSUAL, msg::CMD_UNUSUAL, 0, Action::ShowUnusual(!live.unusual)),
    ] {
        let response = ui.add(Button::selectable(on, RichText::new(words.t(name).as_ref()).size(12.5)));
        let label = words.t(label);
        response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, label.as_ref()));
        if response.on_hover_text(format!("{label} ({key})")).clicked() {
            out.push(action);
        }
    }
    ui.add_space(10.0);
    ui.add(egui::Label::new(RichText::new(&live.object).size(12.5)).truncate());
}

/// The charts beside each other; where there is no room, below each other.
pub(crate) fn show(ui: &mut Ui, live: &LiveModel, zone: &TimeZoneName, words: &Words, out: &mut Vec<Action>) {
    if live.charts.is_empty() {
        draw::empty(ui, &words.t(msg::CHARTS_NONE));
        return;
    }
    let n = live.charts.len();
    let size = ui.available_size();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few charts")]
    let n_across = ((size.x / NARROWEST) as usize).clamp(1, n);
    let n_down = n.div_ceil(n_across);
    let width = size.x / n_across as f32;
    let height = (size.y / n_down as f32).max(96.0);
    egui::ScrollArea::vertical().id_salt("charts").auto_shrink([false, false]).show(ui, |ui| {
        let (area, _space) = ui.allocate_exact_size(vec2(size.x, height * n_down as f32), Sense::hover());
        for (ix, chart) in live.charts.iter().enumerate() {
            let at = vec2((ix % n_across) as f32 * width, (ix / n_across) as f32 * height);
            let rect = Rect::from_min_size(area.min + at, vec2(width - 10.0, height - 4.0));
            let mut ui = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("chart", ix)));
            one(&mut ui, chart, zone, words, out);
        }
    });
}

fn one(ui: &mut Ui, chart: &ChartModel, zone: &TimeZoneName, words: &Words, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        if let Some(state) = chart.state {
            let (rect, _swatch) = ui.allocate_exact_size(vec2(18.0, 14.0), Sense::hover());
            draw::swatch(ui.painter(), rect, state, theme::of(ui).border);
        }
        ui.label(draw::strong(&chart.name, 12.5));
        if let Some((value, at)) = chart.last {
            let value = format::with_unit(&format::short(value, 4), &chart.unit);
            let at = words.t_args(msg::CHANNEL_AT, &[("time", format::date_time(at, zone).into())]);
            ui.label(draw::weak(ui, &format!("{value} {at}")));
        }
        if chart.unverified && !chart.levels.is_empty() {
            ui.label(RichText::new(words.t(msg::CHART_UNVERIFIED)).size(11.5).color(theme::of(ui).caution));
        }
    });
    if let Some(outlook) = &chart.outlook {
        let text = RichText::new(sentence(outlook, &chart.unit, zone, words)).size(11.5);
        ui.add(egui::Label::new(text).wrap());
    }
    if let Some(said) = oddness::sentence(chart, zone, words) {
        ui.add(egui::Label::new(RichText::new(said).size(11.5)).wrap());
    }
    if chart.runs.is_empty() {
        draw::empty(ui, &words.t(msg::CHART_EMPTY));
        return;
    }
    let label = words.t_args(msg::CHANNEL_CHART, &[("name", chart.name.as_str().into())]);
    let known = chart.span.1.seconds_since(chart.span.0);
    let length = forecast_of(chart).map_or(known, |f| f.horizon_s.max(known));
    let ([low, high], band) = oddness::with_band(chart, values(chart));
    let midnight = -60.0 * f64::from(chart.span.0.local(zone).minute)
        - chart.span.0.0.rem_euclid(60_000_000_000) as f64 / 1e9;
    let instant = |s: f64| chart.span.0.plus_s(s);
    let shown = format::date_time;
    let hover = |at: &HoverPosition<'_>| {
        let (HoverPosition::NearDataPoint { position: p, .. } | HoverPosition::Elsewhere { position: p }) =
            at;
        let value = format::with_unit(&format::short(p.y, 4), &chart.unit);
        let odd = oddness::near(chart, p.x, length, words).map_or(String::new(), |why| format!("\n{why}"));
        Some(format!("{value}\n{}{odd}", shown(instant(p.x), zone)))
    };
    let plot = Plot::new(("channel", &chart.name))
        .show_background(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .set_margin_fraction(vec2(0.0, 0.0))
        .grid_color(theme::of(ui).line)
        .x_axis_formatter(|mark, _| axis_text(instant(mark.value), length, zone))
        .y_axis_formatter(|mark, _| format::short(mark.value, 4))
        .x_grid_spacer(move |input| ticks(input.bounds, length, midnight))
        .grid_spacing(egui::Rangef::new(8.0, 100.0))
        .label_formatter(hover)
        .sense(Sense::click());
    let t = theme::of(ui);
    let response = plot.show(ui, |ui| {
        ui.set_plot_bounds_x(0.0..=length);
        ui.set_plot_bounds_y(low..=high);
        marks(ui, chart, words, (t.accent, t.text));
        if let Some(band) = band {
            oddness::draw(ui, (chart, band), (t.text, t.caution), words);
        }
        ui.response().clicked().then(|| ui.pointer_coordinate()).flatten()
    });
    response.response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &label));
    if let Some(PlotPoint { x, .. }) = response.inner {
        out.push(Action::SetTime(instant(x)));
    }
}

fn forecast_of(chart: &ChartModel) -> Option<&ForecastModel> {
    match &chart.outlook {
        Some(Outlook::Crossing(forecast)) => Some(forecast),
        _ => None,
    }
}

/// When a limit will be crossed, or why that cannot be told.
fn sentence(outlook: &Outlook, unit: &str, zone: &TimeZoneName, words: &Words) -> String {
    let f = match outlook {
        Outlook::Crossing(f) => f,
        Outlook::Refused(why) => {
            return words
                .t_args(msg::CHART_FORECAST_REFUSED, &[("reason", words.t(why.msg()).as_ref().into())]);
        }
    };
    let (crossing, earliest, latest) = f.crossing;
    let (slope, [low, high]) = f.slope;
    let time = |t| format::date_time(t, zone);
    let args = [
        ("level", f.limit.0.as_str().into()),
        ("limit", format::with_unit(&format::short(f.limit.1, 4), unit).into()),
        ("crossing", time(crossing).into()),
        ("earliest", time(earliest).into()),
        ("latest", latest.map_or_else(|| "∞".to_owned(), time).into()),
        ("n", (f.readings.0 as u64).into()),
        ("from", time(f.readings.1).into()),
        ("to", time(f.readings.2).into()),
        ("slope", format::with_unit(&format::short(slope, 4), unit).into()),
        ("low", format::short(low, 4).into()),
        ("high", format::short(high, 4).into()),
    ];
    words.t_args(msg::CHART_FORECAST_CROSSING, &args)
}

/// The line through the readings, its interval, and where it crosses the limit.
fn forecast(ui: &mut PlotUi<'_>, (chart, f): (&ChartModel, &ForecastModel), ink: Color32) {
    let seconds = |t: UtcNanos| t.seconds_since(chart.span.0);
    let (crossing, earliest, latest) = f.crossing;
    let until = latest.map_or(f.horizon_s, seconds).min(f.horizon_s);
    let shade = ink.gamma_multiply(FORECAST_SHADE);
    ui.polygon(Polygon::new("", f.interval.to_vec()).fill_color(shade).stroke(egui::Stroke::NONE));
    let line = Line::new("", f.line.to_vec()).color(ink).width(1.4).allow_hover(false);
    ui.line(line.style(LineStyle::dashed_loose()));
    let limit = f.limit.1;
    if seconds(earliest) < until {
        let between = vec![[seconds(earliest), limit], [until, limit]];
        ui.line(Line::new("", between).color(ink).width(3.0).allow_hover(false));
    }
    if seconds(crossing) <= f.horizon_s {
        ui.points(Points::new("", [seconds(crossing), limit]).color(ink).radius(4.5));
    }
}

/// Everything in the chart, from behind to before.
fn marks(ui: &mut PlotUi<'_>, chart: &ChartModel, words: &Words, (ink, text): (Color32, Color32)) {
    for &(from, to, state) in &chart.intervals {
        let color = theme::state_color(state);
        let band = Span::new("", from..=to).fill(color.gamma_multiply(SHADE)).border_width(0.0);
        ui.span(band);
    }
    let top = ui.plot_bounds().max()[1];
    for &(from, to, missing) in &chart.gaps {
        let edge = text.gamma_multiply(GAP_EDGE);
        let band = Span::new("", from..=to).fill(text.gamma_multiply(GAP_SHADE)).border_color(edge);
        ui.span(band.border_width(1.0));
        let n = words.counted(msg::CHART_MISSING, missing);
        let label = RichText::new(n).size(10.0).color(text);
        ui.text(
            Text::new("", PlotPoint::new(f64::midpoint(from, to), top), label).anchor(Align2::CENTER_TOP),
        );
    }
    for run in &chart.runs {
        ui.line(Line::new("", run.clone()).color(ink).width(1.3));
    }
    if let Some(f) = forecast_of(chart) {
        forecast(ui, (chart, f), text);
    }
    let right = ui.plot_bounds().max()[0] - LABEL_MARGIN * ui.transform().dvalue_dpos()[0].abs();
    for (state, name, value) in &chart.levels {
        let color = theme::state_color(*state);
        let line = HLine::new("", *value).color(color).width(1.2).allow_hover(false);
        ui.hline(line.style(LineStyle::dashed_dense()));
        let label = format!("{} {} {}", words.t(state.msg()), name, format::short(*value, 4));
        let at = PlotPoint::new(right, *value);
        let label = RichText::new(label).size(10.0).color(text);
        ui.text(Text::new("", at, label).anchor(Align2::RIGHT_BOTTOM).allow_hover(false));
    }
    ui.vline(VLine::new("", chart.cursor_s).color(text).width(1.2).allow_hover(false));
}

/// Values in view: all readings, and the lowest level where nothing comes near it.
fn values(chart: &ChartModel) -> [f64; 2] {
    let wide = |r: [f64; 2], v: f64| if v.is_finite() { [r[0].min(v), r[1].max(v)] } else { r };
    let none = [f64::INFINITY, f64::NEG_INFINITY];
    let read = chart.runs.iter().flatten().fold(none, |r, p| wide(r, p[1]));
    let near = chart.levels.iter().fold(read, |r, (.., level)| wide(r, *level));
    let height = (near[1] - near[0]).max(near[1].abs() * 1e-6).max(1e-9);
    let [above, below] = MARGINS;
    [near[0] - height * below, near[1] + height * above]
}

/// Vertical lines at whole hours or days of the project's time zone; `midnight` is one of its midnights.
fn ticks((from, to): (f64, f64), length: f64, midnight: f64) -> Vec<egui_plot::GridMark> {
    /// Distances that people count in, seconds.
    const STEPS: [f64; 10] =
        [60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0, 172_800.0, 604_800.0, 2_592_000.0, 7_776_000.0];
    let step = STEPS.into_iter().find(|s| length / s <= 7.0).unwrap_or(31_536_000.0);
    let mut out = Vec::new();
    let mut at = ((from - midnight) / step).ceil() * step + midnight;
    while at <= to && out.len() < 16 {
        out.push(egui_plot::GridMark { value: at, step_size: step });
        at += step;
    }
    out
}

/// A date, or a time of day in short charts.
fn axis_text(at: UtcNanos, length: f64, zone: &TimeZoneName) -> String {
    let text = format::date_time(at, zone);
    let (date, time) = text.split_once(' ').unwrap_or((text.as_str(), ""));
    let day = date.get(5..).unwrap_or(date);
    if length >= DAYS_ONLY_S { day.to_owned() } else { format!("{day} {time}") }
}
