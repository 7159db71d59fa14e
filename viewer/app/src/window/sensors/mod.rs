//! Sensors in the window: readings that come in, alarms and what people do about them, charts, following the present.

mod facts;
mod follow;
mod glyphs;

use std::sync::Arc;

use lantu_base::{Bounds, ChannelId, ObjectRow, UtcNanos};
use lantu_live::{Act, Deed, InputCurve, NoForecast, Oddities, Oddity, Trait, UNUSUAL_SCORE, WARM_UP};
use lantu_session::{FeedWatch, Session};
use lantu_ui::{
    AlarmDeed, AlarmRow, ChannelModel, ChartModel, ForecastModel, LiveModel, NoOutlook, OddModel, OddTrait,
    Oddness, Outlook, ReadingModel, StateId, TimeMark, Words, msg,
};

use self::facts::{AlarmAnswer, AlarmAsk, AlarmFinder, WatchedChannel, place, state_id, subject};
pub(crate) use self::facts::{ChartAsk, Watch, Watched, watch};
use self::follow::Follower;
pub(crate) use self::glyphs::{Glyph, glyphs};
use crate::stage::Overlays;
use crate::window::App;
use crate::window::desk::Desk;
use crate::window::jobs::Work;
use crate::window::latest::Latest;
use crate::window::rowset::RowSet;
use crate::window::tape::Screen;

/// Columns of a chart: as many as it is wide in points on a usual screen. More would fall onto the same pixels.
const COLUMNS: u32 = 480;
/// Length of charts at first, seconds: a week.
const CHART_S: f64 = 7.0 * 86_400.0;
/// So much of a chart's length beyond the clock forecasts are drawn. Chosen: what is read keeps most of the room.
const HORIZON: f64 = 0.5;

/// What the window keeps of sensors.
pub(crate) struct Sensors {
    finder: Latest<AlarmAsk, AlarmAnswer>,
    /// `None` where nothing is measured.
    follower: Option<Follower>,
    acts: Arc<Vec<Act>>,
    alarms: Arc<[AlarmRow]>,
    pub(crate) marks: Arc<[TimeMark]>,
    /// Signs over the scene, the most urgent first.
    pub(crate) glyphs: Arc<[Glyph]>,
    pub(crate) chart: ChartAsk,
    /// The channel whose charts are shown while no object is selected.
    pub(crate) picked: Option<ChannelId>,
    /// The clock follows the present.
    pub(crate) following: bool,
    /// When readings last came from a feed.
    fed: Option<UtcNanos>,
}

impl Sensors {
    /// Starts the threads that look for alarms and readings. `wake` is called when they have found some.
    pub(crate) fn start(
        session: &Session,
        overlays: &Overlays,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> anyhow::Result<Self> {
        let watches = !overlays.channels.is_empty() || !overlays.things().is_empty();
        let watch = FeedWatch::new(session.path(), session.time_store());
        let follower = watches.then(|| Follower::start(watch, Arc::clone(&wake))).transpose()?;
        let mut finder = AlarmFinder::default();
        Ok(Self {
            finder: Latest::start("alarms", move || wake(), move |ask: AlarmAsk| finder.answer(&ask))?,
            follower,
            acts: Arc::new(session.alarm_acts()?),
            alarms: Arc::from([]),
            marks: Arc::from([]),
            glyphs: Arc::from([]),
            chart: ChartAsk { span_s: CHART_S, columns: COLUMNS, forecast: false, unusual: false },
            picked: None,
            following: false,
            fed: None,
        })
    }

    /// Whether anything is measured.
    pub(crate) fn watches(&self) -> bool {
        self.follower.is_some()
    }

    /// Goes on as before the project was read again.
    pub(crate) fn go_on(&mut self, before: &Self) {
        (self.chart, self.following, self.fed) =
            (before.chart, before.following && self.watches(), before.fed);
        self.picked.clone_from(&before.picked);
    }
}

impl Desk {
    /// First and last instant that the clock can show.
    pub(crate) fn time_span(&self) -> Option<(UtcNanos, UtcNanos)> {
        let known = self.session.time_span();
        let fed = self.overlays.store.span();
        let all = match (known, fed) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        let now = self.sensors.following.then(crate::context::now);
        all.map(|(a, b)| (a, now.map_or(b, |now| b.max(now))))
    }

    /// Lets the clock follow the present, or stay where it is.
    pub(crate) fn follow(&mut self, on: bool) {
        self.sensors.following = on && self.sensors.watches();
        self.playing = false;
        if self.sensors.following {
            self.set_time(crate::context::now());
        }
    }

    pub(crate) fn set_chart_span(&mut self, seconds: f64) {
        if seconds.is_finite() && seconds > 0.0 {
            self.sensors.chart.span_s = seconds;
            self.ask();
        }
    }

    pub(crate) fn show_forecast(&mut self, on: bool) {
        self.sensors.chart.forecast = on;
        self.ask();
    }

    pub(crate) fn show_unusual(&mut self, on: bool) {
        self.sensors.chart.unusual = on;
        self.ask();
    }

    /// Shows the charts of a channel that belongs to no object.
    pub(crate) fn pick_channel(&mut self, channel: &str) {
        self.select(RowSet::default());
        self.sensors.picked = Some(ChannelId(channel.into()));
        self.ask();
    }

    /// Where the thing or site of a channel is at the clock's time; empty where nobody knows.
    pub(crate) fn place_of_channel(&self, channel: &str) -> Bounds {
        let found = self.overlays.channels.iter().find(|c| *c.id.0 == *channel).zip(self.time);
        found.map_or(Bounds::EMPTY, |(c, t)| place(&self.overlays, c, t))
    }

    /// Whose channels are drawn: those of the selected object, else the one that was picked.
    pub(crate) fn watches_what(&self) -> Option<Watch> {
        let object = self.shown.selection.first().map(Watch::Object);
        object.or_else(|| self.sensors.picked.clone().map(Watch::Channel))
    }

    /// Asks for the alarms at the clock's time.
    pub(crate) fn ask_alarms(&self) {
        if let (Some(t), true) = (self.time, self.sensors.watches()) {
            let (overlays, acts) = (Arc::clone(&self.overlays), Arc::clone(&self.sensors.acts));
            self.sensors.finder.ask(AlarmAsk { overlays, acts, t, language: self.language });
        }
    }

    /// Shows what was done about alarms.
    pub(crate) fn take_acts(&mut self, acts: Vec<Act>) {
        self.overlays = Arc::new(self.overlays.with_acts(&acts));
        self.sensors.acts = Arc::new(acts);
        self.properties_dirty = true;
        self.ask();
        self.ask_alarms();
    }

    /// Takes readings that came in and alarms that were found. Returns whether anything came.
    pub(crate) fn take_readings(&mut self) -> bool {
        let mut any = false;
        if let Some(followed) = self.sensors.follower.as_ref().and_then(Follower::take) {
            self.overlays = Arc::new(self.overlays.with_readings(followed.store));
            if followed.n_rows > 0 {
                self.sensors.fed = Some(crate::context::now());
            }
            if let Some(acts) = followed.acts {
                self.take_acts(acts);
            } else {
                self.ask();
                self.ask_alarms();
            }
            any = true;
        }
        while let Some(answer) = self.sensors.finder.take() {
            (self.sensors.alarms, self.sensors.marks) = (answer.alarms, answer.marks);
            any = true;
        }
        any
    }
}

impl App<'_> {
    /// What feeds and the search for alarms have to say.
    pub(crate) fn take_readings(&mut self) {
        if self.desk.as_mut().is_some_and(Desk::take_readings) {
            self.redraw();
        }
    }

    /// Writes down what somebody does about an alarm, as of the clock's time.
    pub(crate) fn act_on_alarm(&mut self, channel: &str, deed: AlarmDeed, (by, why): (&str, &str)) {
        let Some((desk, time)) = self.desk.as_ref().and_then(|d| Some((d, d.time?))) else { return };
        let deed = match deed {
            AlarmDeed::Acknowledge => Deed::Acknowledge,
            AlarmDeed::Shelve { hours } => Deed::Shelve { until: time.plus_s(f64::from(hours) * 3600.0) },
            AlarmDeed::Unshelve => Deed::Unshelve,
        };
        let (channel, by, why) = (channel.to_owned(), by.to_owned(), why.to_owned());
        let project = desk.session.path().to_owned();
        self.written.push(project.clone());
        self.begin(Work::Alarm { project, act: Box::new(Act { time, channel, deed, by, why }) });
    }
}

/// What the panels show of sensors; `None` where nothing is measured.
pub(crate) fn model(desk: &Desk, person: &str, screen: Option<&Screen>) -> Option<LiveModel> {
    if !desk.sensors.watches() {
        return None;
    }
    let row = desk.shown.selection.first();
    let object = row.and_then(|r| {
        let scene = desk.scene();
        let o = scene.object(r)?;
        Some(if o.name().is_empty() { o.id() } else { o.name() }.to_owned())
    });
    let watched = desk.watches_what().and_then(|of| watched(desk, &of));
    let picked = || watched.and_then(|w| w.channels.first()).map(|c| subject(&c.channel));
    let charts = watched.map(|w| w.channels.iter().flat_map(|c| charts(desk, w, c)).collect());
    Some(LiveModel {
        alarms: Arc::clone(&desk.sensors.alarms),
        charts: charts.unwrap_or_default(),
        object: object.or_else(picked).unwrap_or_default(),
        chart_s: desk.sensors.chart.span_s,
        forecast: desk.sensors.chart.forecast,
        unusual: desk.sensors.chart.unusual,
        person: person.to_owned(),
        following: desk.sensors.following,
        fed: desk.sensors.fed,
        glyphs: screen.map(|s| glyphs::seen(&desk.sensors.glyphs, s)).unwrap_or_default(),
    })
}

/// What the painter's thread found, if it is about this.
fn watched<'a>(desk: &'a Desk, of: &Watch) -> Option<&'a Watched> {
    desk.watched.as_deref().filter(|w| w.of == *of)
}

/// What it found of a channel of an object.
fn watched_channel<'a>(desk: &'a Desk, row: ObjectRow, channel: Option<&str>) -> Option<&'a WatchedChannel> {
    let found = watched(desk, &Watch::Object(row))?;
    found.channels.iter().find(|c| Some(&*c.channel.id.0) == channel)
}

/// Longest time without a reading that is no gap: as the rule says, or three columns.
fn gap_s(desk: &Desk, w: &Watched, c: &WatchedChannel) -> f64 {
    let column = w.span.1.seconds_since(w.span.0) / f64::from(desk.sensors.chart.columns);
    let rule = desk.session.rules().sensor.for_quantity(&c.channel.quantity);
    let stale = rule.map_or(0.0, |r| {
        let period = if c.channel.period_s > 0.0 { c.channel.period_s } else { r.default_period_s };
        r.stale_after_periods * period
    });
    stale.max(column * 3.0)
}

/// Smallest and largest values by time, in pieces between gaps.
fn runs(w: &Watched, c: &WatchedChannel, gap_s: f64) -> Vec<Vec<[f64; 2]>> {
    let mut out: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut last: Option<f64> = None;
    let width = w.span.1.seconds_since(w.span.0) / (c.columns.len().max(1)) as f64;
    for column in c.columns.iter().filter(|column| column.n > 0) {
        let at = column.t0.seconds_since(w.span.0);
        // What never came lies between two readings, however near they are.
        let lost = |before: f64| {
            c.gaps.iter().any(|g| {
                let to = g.to.seconds_since(w.span.0);
                before < to && to < at + width
            })
        };
        if last.replace(at).is_none_or(|before| at - before > gap_s || lost(before)) {
            out.push(Vec::new());
        }
        let Some(run) = out.last_mut() else { continue };
        run.push([at, column.min]);
        if column.max > column.min {
            run.push([at, column.max]);
        }
    }
    lengthen(&mut out, gap_s);
    out
}

/// A reading alone between two gaps is a short line.
fn lengthen(runs: &mut [Vec<[f64; 2]>], gap_s: f64) {
    for run in runs.iter_mut().filter(|run| run.len() == 1) {
        if let Some(&[at, value]) = run.first() {
            run.push([at + gap_s / 8.0, value]);
        }
    }
}

/// The same of what an input of a rule over several channels read.
fn runs_of_input(w: &Watched, curve: &InputCurve, gap_s: f64) -> Vec<Vec<[f64; 2]>> {
    let points = |run: &Vec<lantu_live::Extent>| -> Vec<[f64; 2]> {
        let mut out = Vec::with_capacity(run.len());
        for p in run {
            let at = p.time.seconds_since(w.span.0);
            out.push([at, p.min]);
            if p.max > p.min {
                out.push([at, p.max]);
            }
        }
        out
    };
    let mut out: Vec<Vec<[f64; 2]>> = curve.runs.iter().map(points).collect();
    lengthen(&mut out, gap_s);
    out
}

/// Limits of an input as the panels name their states.
fn levels_of_input(desk: &Desk, curve: &InputCurve) -> Vec<(StateId, String, f64)> {
    let named =
        |(state, name, value): &(_, String, f64)| Some((state_id(*state)?, level_name(desk, name), *value));
    curve.limits.iter().filter_map(named).collect()
}

/// What the rules' file calls a level, in the reader's language as far as it says it; of an input the level and its name.
fn level_name(desk: &Desk, name: &str) -> String {
    let word = |name| desk.session.rules().sensor.word(desk.language.tag(), name).to_owned();
    match name.split_once(" · ") {
        Some((level, input)) => format!("{} · {input}", word(level)),
        None => word(name),
    }
}

/// Levels of a channel's rule in the unit of the channel: state, name, limit.
fn levels(desk: &Desk, c: &WatchedChannel) -> Vec<(StateId, String, f64)> {
    let Some(rule) = desk.session.rules().sensor.for_quantity(&c.channel.quantity) else { return Vec::new() };
    let Some(factor) = rule.factor(&c.state.unit) else { return Vec::new() };
    let plain = rule.levels.iter().filter(|l| l.of.is_none());
    plain.filter_map(|l| Some((state_id(l.state)?, level_name(desk, &l.name), l.value / factor))).collect()
}

/// The charts of a channel: one, and of a rule over several channels one for each of its inputs.
fn charts(desk: &Desk, w: &Watched, c: &WatchedChannel) -> Vec<ChartModel> {
    let whole = chart(desk, w, c);
    if c.inputs.is_empty() {
        return vec![whole];
    }
    let gap_s = gap_s(desk, w, c);
    let one = |(curve, read): (&InputCurve, &lantu_live::InputReading)| ChartModel {
        name: format!("{} · {}", whole.name, curve.input),
        unit: curve.unit.clone(),
        last: read.value.zip(read.time),
        runs: runs_of_input(w, curve, gap_s),
        levels: levels_of_input(desk, curve),
        ..whole.clone()
    };
    c.inputs.iter().zip(&c.state.inputs).map(one).collect()
}

fn chart(desk: &Desk, w: &Watched, c: &WatchedChannel) -> ChartModel {
    let seconds = |t: UtcNanos| t.seconds_since(w.span.0);
    let shaded =
        |(a, b, state): &(UtcNanos, UtcNanos, _)| Some((seconds(*a), seconds(*b), state_id(*state)?));
    ChartModel {
        name: c.channel.id.to_string(),
        unit: c.state.unit.clone(),
        state: state_id(c.state.state),
        last: c.state.value.zip(c.state.sample_time),
        span: w.span,
        cursor_s: seconds(w.time),
        runs: runs(w, c, gap_s(desk, w, c)),
        levels: levels(desk, c),
        intervals: c.intervals.iter().filter_map(shaded).collect(),
        gaps: c.gaps.iter().map(|g| (seconds(g.from).max(0.0), seconds(g.to), g.missing)).collect(),
        unverified: c.state.rule.as_ref().is_some_and(|r| !r.verified),
        outlook: desk.sensors.chart.forecast.then(|| outlook(desk, w, c)).flatten(),
        oddness: desk.sensors.chart.unusual.then(|| oddness(c)).flatten(),
    }
}

/// How unusual the readings of a channel are, as its chart shows it; `None` until it was worked out.
fn oddness(c: &WatchedChannel) -> Option<Oddness> {
    if c.channel.wiring.is_some() {
        return Some(Oddness::Combined);
    }
    let Oddities { found, n } = c.oddities.as_ref()?;
    if *n < WARM_UP {
        return Some(Oddness::TooFew(WARM_UP));
    }
    let one = |odd: &Oddity| OddModel {
        at: odd.time,
        value: odd.value,
        score: odd.unusual.score,
        what: match odd.unusual.what {
            Trait::Level => OddTrait::Level,
            Trait::Jump => OddTrait::Jump,
            Trait::Mean => OddTrait::Mean,
            Trait::Spread => OddTrait::Spread,
        },
        by: odd.unusual.by,
    };
    Some(Oddness::Known { found: found.iter().map(one).collect(), threshold: UNUSUAL_SCORE })
}

/// Where a channel is going, as its chart shows it; `None` until it was worked out.
fn outlook(desk: &Desk, w: &Watched, c: &WatchedChannel) -> Option<Outlook> {
    if c.channel.wiring.is_some() {
        return Some(Outlook::Refused(NoOutlook::Combined));
    }
    let (f, limit) = match c.forecast? {
        Ok(found) => found,
        Err(why) => {
            return Some(Outlook::Refused(match why {
                Some(NoForecast::TooFew { .. }) => NoOutlook::TooFew,
                Some(NoForecast::NoTrend { .. }) => NoOutlook::NoTrend,
                Some(NoForecast::Away { .. }) => NoOutlook::Away,
                Some(NoForecast::Reached { .. }) => NoOutlook::Reached,
                Some(NoForecast::Step { .. }) => NoOutlook::Step,
                Some(NoForecast::TooFar { .. }) => NoOutlook::TooFar,
                None => NoOutlook::NoLimit,
            }));
        }
    };
    let seconds = |t: UtcNanos| t.seconds_since(w.span.0);
    let horizon = w.time.plus_s(w.span.1.seconds_since(w.span.0) * HORIZON);
    let (at_end, [low, high]) = f.value_at(horizon);
    let (begin, end) = f.series;
    let level = levels(desk, c).into_iter().find(|(.., value)| value.total_cmp(&limit.abs()).is_eq());
    let level =
        level.or_else(|| levels(desk, c).into_iter().find(|(.., value)| value.total_cmp(&limit).is_eq()));
    Some(Outlook::Crossing(ForecastModel {
        horizon_s: seconds(horizon),
        line: [[seconds(begin), f.value_at(begin).0], [seconds(horizon), at_end]],
        interval: [[seconds(end), f.level], [seconds(horizon), high], [seconds(horizon), low]],
        readings: (f.n, begin, end),
        slope: (f.slope_per_day, [f.slope_interval.0, f.slope_interval.1]),
        limit: (level.map(|l| l.1).unwrap_or_default(), limit),
        crossing: (f.crossing, f.crossing_interval.0, f.crossing_interval.1),
    }))
}

/// The channels of the picked object, for its panel: curves until the clock's time.
pub(crate) fn channels(desk: &Desk, row: ObjectRow) -> Vec<ChannelModel> {
    let Some(w) = watched(desk, &Watch::Object(row)) else { return Vec::new() };
    let until = w.time.seconds_since(w.span.0);
    let one = |c: &WatchedChannel| {
        let mut curve: Vec<[f64; 2]> = Vec::new();
        let rule = desk.session.rules().sensor.for_quantity(&c.channel.quantity);
        let main =
            rule.and_then(|r| r.main_input()).and_then(|name| c.inputs.iter().find(|i| i.input == name));
        let gap_s = gap_s(desk, w, c);
        let drawn = main.map_or_else(|| runs(w, c, gap_s), |curve| runs_of_input(w, curve, gap_s));
        let levels = main.map_or_else(|| levels(desk, c), |curve| levels_of_input(desk, curve));
        for run in drawn {
            if let Some(last) = curve.last() {
                curve.push([last[0], f64::NAN]);
            }
            curve.extend(run.into_iter().filter(|p| p[0] <= until));
        }
        ChannelModel {
            name: c.channel.id.to_string(),
            unit: c.state.unit.clone(),
            last: c.state.value.zip(c.state.sample_time),
            decimals: 1,
            state: state_id(c.state.state),
            curve,
            levels: levels.into_iter().map(|(state, _, value)| (state, value)).collect(),
        }
    };
    w.channels.iter().map(one).collect()
}

/// The files or feeds that the latest readings came from, of a rule over several channels those of all of them.
pub(crate) fn sources(desk: &Desk, row: ObjectRow, channel: Option<&str>, words: &Words) -> String {
    let Some((c, t)) = watched_channel(desk, row, channel).zip(desk.time) else { return String::new() };
    let mut out: Vec<String> = Vec::new();
    let mut add = |channel: &str, at: UtcNanos| {
        let name = match desk.session.source_of_reading(channel, at) {
            Some(path) => path.to_owned(),
            None => words.t(msg::WHY_SOURCE_FEED).into_owned(),
        };
        if !out.contains(&name) {
            out.push(name);
        }
    };
    if let Some(at) = c.state.sample_time.filter(|at| c.state.inputs.is_empty() && *at <= t) {
        add(&c.channel.id.0, at);
    }
    for input in &c.state.inputs {
        let Some(at) = input.time else { continue };
        // Where a thing is are three channels.
        let thing = desk.session.things().iter().any(|t| t.name == input.from);
        add(&if thing { format!("{}.x", input.from) } else { input.from.clone() }, at);
    }
    out.join(", ")
}

/// The readings that made a channel what it is, and how many more there were.
pub(crate) fn deciding(desk: &Desk, row: ObjectRow, channel: Option<&str>) -> (Vec<ReadingModel>, usize) {
    let Some(c) = watched_channel(desk, row, channel) else { return (Vec::new(), 0) };
    let since = c.deciding.since;
    let one = |s: &lantu_live::Sample| ReadingModel {
        at: s.time,
        value: s.value,
        unit: if s.unit.is_empty() { c.channel.unit.clone() } else { s.unit.to_string() },
        later: since.is_some_and(|since| s.time > since),
        result: s.result_time.filter(|at| *at != s.time),
    };
    (c.deciding.samples.iter().map(one).collect(), c.deciding.n_more)
}
