//! The painter's thread: evaluates overlays, colors by properties, and makes the style table, so that the loop never waits.
//!
//! Of several requests only the newest counts: the clock may move faster than an overlay is evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use lantu_base::{ObjectRow, Style, StyleFlags, UtcNanos};
use lantu_overlay::{Explained, Moment, OverlayKind, OverlayResult, outline, styles};
use lantu_scene::SceneSnapshot;
use lantu_ui::{Beside, ColorChoice, ColoringNow};

use crate::stage::{LEAST_OPACITY, Overlays, own_looks};
use crate::window::history::{Coloring, Shown};
use crate::window::rowset::RowSet;
use crate::window::sensors::{ChartAsk, Glyph, Watch, Watched, glyphs, watch};
use crate::window::values::{Colors, Values, choices};

/// Everything that the style table follows from, except the selection.
#[derive(Clone)]
pub(crate) struct Look {
    pub(crate) overlay: Option<OverlayKind>,
    /// Outlines objects, whatever fills them.
    outline: Option<OverlayKind>,
    pub(crate) coloring: Option<Coloring>,
    /// A second picture.
    beside: Option<Beside>,
    /// Only objects of this state of one of the overlays.
    filter: Option<(OverlayKind, usize)>,
    hidden_layers: Arc<BTreeSet<String>>,
    faded: Arc<BTreeMap<String, f32>>,
    hidden: Arc<RowSet>,
    isolated: Arc<RowSet>,
    ghosted: Arc<RowSet>,
}

impl Look {
    pub(crate) fn of(shown: &Shown) -> Self {
        let overlay = shown.overlay.filter(|_| shown.coloring.is_none());
        let outline = shown.outlined();
        let filter = shown.filter.and_then(|state| {
            let kind = OverlayKind::from_name(state.overlay().name())?;
            let is_shown = [overlay, outline].contains(&Some(kind));
            let at = kind.states().iter().position(|s| s.name == state.name()).filter(|_| is_shown);
            Some((kind, at?))
        });
        Self {
            overlay,
            outline,
            coloring: shown.coloring.clone(),
            beside: shown.beside,
            filter,
            hidden_layers: Arc::clone(&shown.hidden_layers),
            faded: Arc::clone(&shown.faded),
            hidden: Arc::clone(&shown.hidden),
            isolated: Arc::clone(&shown.isolated),
            ghosted: Arc::clone(&shown.ghosted),
        }
    }

    /// What fills objects, and what outlines them.
    fn overlays(&self) -> [Option<OverlayKind>; 2] {
        [self.overlay, self.outline]
    }

    fn is(&self, other: &Self) -> bool {
        self.overlays() == other.overlays()
            && (self.filter, &self.coloring, self.beside) == (other.filter, &other.coloring, other.beside)
            && Arc::ptr_eq(&self.hidden_layers, &other.hidden_layers)
            && Arc::ptr_eq(&self.faded, &other.faded)
            && Arc::ptr_eq(&self.hidden, &other.hidden)
            && Arc::ptr_eq(&self.isolated, &other.isolated)
            && Arc::ptr_eq(&self.ghosted, &other.ghosted)
    }
}

/// A request.
pub(crate) struct Ask {
    /// Names the request; answers carry it.
    pub(crate) number: u64,
    pub(crate) overlays: Arc<Overlays>,
    pub(crate) look: Look,
    /// The clock; overlays have no state without it.
    pub(crate) time: Option<UtcNanos>,
    /// The object whose color is explained.
    pub(crate) explain: Option<ObjectRow>,
    /// Whose channels are drawn.
    pub(crate) watch: Option<Watch>,
    /// How they are drawn.
    pub(crate) chart: ChartAsk,
}

/// One style a row, without the selection, and the rows that differ from the table before: everything after another
/// revision.
pub(crate) type Styled = (Arc<Vec<Style>>, Vec<Range<u32>>);

/// Colors of all objects.
pub(crate) struct Painted {
    pub(crate) number: u64,
    pub(crate) scene: Styled,
    /// Of the second picture, where there is one.
    pub(crate) beside: Option<Styled>,
    /// States, if an overlay colors the scene.
    pub(crate) result: Option<Arc<OverlayResult>>,
    /// The same of what outlines objects.
    pub(crate) outlines: Option<Arc<OverlayResult>>,
    /// The legend, if a property colors the scene.
    pub(crate) coloring: Option<Arc<ColoringNow>>,
}

/// Why an object has its color.
pub(crate) struct Why {
    pub(crate) row: ObjectRow,
    pub(crate) kind: OverlayKind,
    pub(crate) time: UtcNanos,
    pub(crate) explained: Explained,
}

/// Everything that a frame shows of one instant, told as one: parts that came one by one would be of different instants in
/// a frame that is drawn between two of them. What is absent is as it was told last.
#[derive(Default)]
pub(crate) struct Picture {
    /// Colors and legends.
    pub(crate) painted: Option<Painted>,
    /// Signs over the scene, the most urgent first.
    pub(crate) glyphs: Option<Arc<[Glyph]>>,
    /// Of the picked object, one for each overlay.
    pub(crate) why: Vec<Why>,
    /// What the channels of an object read.
    pub(crate) watched: Option<Box<Watched>>,
}

/// What the thread says.
pub(crate) enum Answer {
    Picture(Box<Picture>),
    /// What objects of this revision can be colored by.
    Choices(Arc<Overlays>, Arc<[ColorChoice]>),
}

/// The window's end of the thread.
pub(crate) struct Painter {
    asks: Sender<Ask>,
    /// The same queue's other end: what waits there is replaced by what is newer.
    waiting: Receiver<Ask>,
    answers: Receiver<Answer>,
}

impl Painter {
    /// Starts the thread. `wake` is called after each answer.
    pub(crate) fn start(wake: impl Fn() + Send + 'static) -> Result<Self, std::io::Error> {
        let (asks, waiting) = bounded::<Ask>(1);
        // The thread waits while the loop has not taken the last answers: no more than these few are ever kept.
        let (outbox, answers) = bounded(4);
        let inbox = waiting.clone();
        std::thread::Builder::new().name("overlay".into()).spawn(move || {
            let tell = |answer| {
                let told = outbox.send(answer).is_ok();
                wake();
                told
            };
            let mut state = Worker::default();
            let mut next = inbox.recv().ok();
            while let Some(ask) = next.take() {
                next = state.serve(ask, &inbox, &tell);
            }
        })?;
        Ok(Self { asks, waiting, answers })
    }

    /// Asks; an earlier request that still waits is forgotten.
    pub(crate) fn ask(&self, mut ask: Ask) {
        loop {
            match self.asks.try_send(ask) {
                Ok(()) => return,
                Err(TrySendError::Full(back)) => {
                    ask = back;
                    // Empty by now if the thread was faster.
                    drop(self.waiting.try_recv());
                }
                Err(TrySendError::Disconnected(_)) => {
                    tracing::error!("the overlay thread is gone");
                    return;
                }
            }
        }
    }

    /// The next answer.
    pub(crate) fn take(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// The next answer, if it comes within a time.
    pub(crate) fn wait(&self, at_most: Duration) -> Option<Answer> {
        self.answers.recv_timeout(at_most).ok()
    }
}

/// What signs were found for.
type Signed = (Arc<Overlays>, Option<OverlayKind>, UtcNanos);

/// A table, and what it was made from.
type Last = (Arc<Overlays>, Look, Option<UtcNanos>, Arc<Vec<Style>>);

/// What the thread keeps between requests.
#[derive(Default)]
struct Worker {
    /// The last table, with what it was made from.
    last: Option<Last>,
    /// The last table of the second picture.
    beside: Option<Arc<Vec<Style>>>,
    result: Option<Arc<OverlayResult>>,
    outlines: Option<Arc<OverlayResult>>,
    values: Option<(Arc<Overlays>, Arc<Values>)>,
    counted: Option<Arc<Overlays>>,
    signed: Option<Signed>,
}

impl Worker {
    /// Answers requests about one revision and instant as long as they are about these; returns the first other one.
    /// `None` when the window is gone.
    fn serve(&mut self, ask: Ask, inbox: &Receiver<Ask>, tell: &dyn Fn(Answer) -> bool) -> Option<Ask> {
        let overlays = Arc::clone(&ask.overlays);
        let time = ask.time;
        // Tasks, channels and risks are worked out once for the instant, whatever is asked about it.
        let moment = time.map(|t| overlays.at(t));
        let mut ask = ask;
        loop {
            let mut picture = Picture { painted: self.paint(&ask, moment.as_ref()), ..Picture::default() };
            picture.glyphs = self.signs(&ask);
            for kind in ask.look.overlays().into_iter().flatten() {
                if let Some((row, (moment, time))) = ask.explain.zip(moment.as_ref().zip(time)) {
                    picture.why.push(Why { row, kind, time, explained: moment.explain(kind, row) });
                }
            }
            if let (Some(of), Some(t)) = (&ask.watch, time) {
                picture.watched = Some(Box::new(watch(&overlays, (of, t), ask.chart)));
            }
            if !tell(Answer::Picture(Box::new(picture))) {
                return None;
            }
            let idle = inbox.is_empty();
            let counted = self.counted.as_ref().is_some_and(|o| o.same_scene(&overlays));
            if idle && !counted {
                // A request that comes meanwhile goes first; counting begins again when nothing else is to be done.
                if let Some(counted) = choices(&overlays.table, &|| !inbox.is_empty()) {
                    self.counted = Some(Arc::clone(&overlays));
                    if !tell(Answer::Choices(Arc::clone(&overlays), counted.into())) {
                        return None;
                    }
                }
            }
            let next = inbox.recv().ok()?;
            if !Arc::ptr_eq(&next.overlays, &overlays) || next.time != time {
                return Some(next);
            }
            ask = next;
        }
    }

    /// Finds the signs over the scene, where they may be others.
    fn signs(&mut self, ask: &Ask) -> Option<Arc<[Glyph]>> {
        let t = ask.time?;
        let same =
            |(o, kind, at): &Signed| Arc::ptr_eq(o, &ask.overlays) && *kind == ask.look.overlay && *at == t;
        if self.signed.as_ref().is_some_and(same) {
            return None;
        }
        self.signed = Some((Arc::clone(&ask.overlays), ask.look.overlay, t));
        Some(glyphs(&ask.overlays, t, self.result.as_deref()).into())
    }

    /// Makes the table, if it is not the last one.
    fn paint(&mut self, ask: &Ask, moment: Option<&Moment<'_>>) -> Option<Painted> {
        let same_scene = self.last.as_ref().is_some_and(|(o, ..)| o.same_scene(&ask.overlays));
        let matters = ask.look.overlays() != [None; 2];
        let same_readings = self.last.as_ref().is_some_and(|(o, ..)| Arc::ptr_eq(o, &ask.overlays));
        let same_states = (same_readings || same_scene && !matters)
            && self.last.as_ref().is_some_and(|(_, look, t, _)| {
                look.overlays() == ask.look.overlays() && (*t == ask.time || !matters)
            });
        if same_states && self.last.as_ref().is_some_and(|(_, look, ..)| look.is(&ask.look)) {
            return None;
        }
        if !same_states {
            [self.result, self.outlines] =
                ask.look.overlays().map(|of| of.zip(moment).map(|(kind, m)| Arc::new(m.evaluate(kind))));
        }
        let colors = ask.look.coloring.as_ref().map(|c| self.colors(&ask.overlays, c));
        let scene = ask.overlays.table.scene();
        let results = [self.result.as_deref(), self.outlines.as_deref()];
        let mut table = table(scene, &ask.look, results, colors.as_ref());
        if ask.look.overlay != Some(OverlayKind::Change) {
            ask.overlays.hide_former(&mut table);
        }
        let table = Arc::new(table);
        let changed = match &self.last {
            Some((.., before)) if same_scene => differences(before, &table),
            _ => all_rows(&table),
        };
        let beside = ask.look.beside.map(|what| Arc::new(beside(ask, what, moment)));
        let beside_changed = beside.as_ref().map(|table| match &self.beside {
            Some(before) if same_scene => differences(before, table),
            _ => all_rows(table),
        });
        self.beside.clone_from(&beside);
        self.last = Some((Arc::clone(&ask.overlays), ask.look.clone(), ask.time, Arc::clone(&table)));
        Some(Painted {
            number: ask.number,
            scene: (table, changed),
            beside: beside.zip(beside_changed),
            result: self.result.clone(),
            outlines: self.outlines.clone(),
            coloring: colors.map(|c| Arc::new(c.model())),
        })
    }

    fn colors(&mut self, overlays: &Arc<Overlays>, asked: &Coloring) -> Colors {
        let known = self.values.as_ref().filter(|(o, v)| o.same_scene(overlays) && v.is_of(&asked.by));
        let values = match known {
            Some((_, v)) => Arc::clone(v),
            None => Arc::new(Values::read(&overlays.table, &asked.by)),
        };
        self.values = Some((Arc::clone(overlays), Arc::clone(&values)));
        values.colors(asked)
    }
}

/// The style table of the second picture, which nothing outlines: layers, hiding, isolation and ghosts are those of the
/// scene.
fn beside(ask: &Ask, what: Beside, moment: Option<&Moment<'_>>) -> Vec<Style> {
    let look = Look { coloring: None, filter: None, outline: None, ..ask.look.clone() };
    let scene = ask.overlays.table.scene();
    match what {
        Beside::Plan => {
            let planned = moment.map(Moment::planned);
            let mut table = table(scene, &look, [planned.as_ref(), None], None);
            ask.overlays.hide_former(&mut table);
            table
        }
        Beside::Former => {
            let then = Overlays::clone(&ask.overlays).turned();
            let is_change = ask.look.overlay == Some(OverlayKind::Change);
            let changes =
                is_change.then(|| then.evaluate(OverlayKind::Change, ask.time.unwrap_or(UtcNanos(0))));
            let mut table = table(scene, &look, [changes.as_ref(), None], None);
            then.hide_former(&mut table);
            table
        }
    }
}

/// The style table: overlay or property, outlines, then filter, layers, hiding, isolation, ghosts. `results`: of what fills
/// objects and of what outlines them.
fn table(
    scene: &SceneSnapshot,
    look: &Look,
    results: [Option<&OverlayResult>; 2],
    colors: Option<&Colors>,
) -> Vec<Style> {
    let [fill, outlines] = results;
    let mut table = match fill {
        Some(r) => styles(r),
        None => vec![Style::default(); scene.n_rows() as usize],
    };
    let left_out = |style: &mut Style| {
        style.flags |= StyleFlags::GHOSTED | StyleFlags::MUTED;
        style.flags &= !(StyleFlags::COLORED | StyleFlags::OUTLINE);
    };
    if let Some(outlines) = outlines {
        outline(&mut table, outlines);
    }
    if let Some(colors) = colors {
        for (row, style) in table.iter_mut().enumerate() {
            let paint = colors.paint(row);
            match paint.color {
                Some(color) => {
                    let outline = style.flags & StyleFlags::OUTLINE;
                    *style = Style { rgba: color.packed(), flags: StyleFlags::COLORED | outline };
                }
                None => style.flags |= StyleFlags::MUTED,
            }
            if paint.out {
                left_out(style);
            }
        }
    }
    if let Some((kind, wanted)) = look.filter
        && let Some(result) = results.into_iter().flatten().find(|r| r.kind == kind)
    {
        for (style, state) in table.iter_mut().zip(&result.states) {
            if usize::from(*state) != wanted {
                left_out(style);
            }
        }
    }
    for span in scene.sources() {
        let opacity = look.faded.get(span.source.as_str()).copied().unwrap_or(1.0);
        let hide_all = look.hidden_layers.contains(span.source.as_str()) || opacity < LEAST_OPACITY;
        let rows = span.rows();
        let Some(own) = table.get_mut(rows.start as usize..rows.end as usize) else { continue };
        if hide_all {
            for style in &mut *own {
                style.flags |= StyleFlags::HIDDEN;
            }
        }
        if opacity < 1.0 {
            for style in &mut *own {
                *style = style.faded(opacity);
            }
        }
        own_looks(span, own);
    }
    if !look.isolated.is_empty() {
        let others = RowSet::of_range(0..scene.n_rows()).without(&look.isolated);
        for style in rows_of(&mut table, &others) {
            style.flags |= StyleFlags::GHOSTED;
        }
    }
    for style in rows_of(&mut table, &look.ghosted) {
        style.flags |= StyleFlags::GHOSTED;
    }
    for style in rows_of(&mut table, &look.hidden) {
        style.flags |= StyleFlags::HIDDEN;
    }
    table
}

fn rows_of<'a>(table: &'a mut [Style], rows: &RowSet) -> impl Iterator<Item = &'a mut Style> {
    let mut ranges = rows.ranges().to_vec().into_iter();
    let mut range = ranges.next();
    table.iter_mut().zip(0_u32..).filter_map(move |(style, row)| {
        while range.as_ref().is_some_and(|r| r.end <= row) {
            range = ranges.next();
        }
        range.as_ref().is_some_and(|r| r.start <= row).then_some(style)
    })
}

fn all_rows(table: &[Style]) -> Vec<Range<u32>> {
    let n = u32::try_from(table.len()).unwrap_or(u32::MAX);
    if n == 0 { Vec::new() } else { std::iter::once(0..n).collect() }
}

/// Equal rows between two changes that are sent along rather than starting a range of their own. Chosen: a write to the
/// GPU costs more than 64 × 8 bytes.
const GAP_ROWS: u32 = 64;

/// Rows in which two tables of one scene differ, joined over short gaps.
pub(crate) fn differences(before: &[Style], after: &[Style]) -> Vec<Range<u32>> {
    if before.len() != after.len() {
        return all_rows(after);
    }
    let mut out: Vec<Range<u32>> = Vec::new();
    for ((a, b), row) in before.iter().zip(after).zip(0_u32..) {
        if a == b {
            continue;
        }
        match out.last_mut() {
            Some(last) if row <= last.end + GAP_ROWS => last.end = row + 1,
            _ => out.push(row..row + 1),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(flags: u32) -> Style {
        Style { rgba: 0, flags }
    }

    #[test]
    fn only_rows_that_changed_are_sent_and_near_ones_together() {
        let before = vec![style(0); 1000];
        let mut after = before.clone();
        assert!(differences(&before, &after).is_empty());
        for row in [3, 10, 500, 999] {
            after[row] = style(1);
        }
        assert_eq!(differences(&before, &after), [3..11, 500..501, 999..1000]);
        assert_eq!(differences(&before, &after[..10]).len(), 1);
    }

    #[test]
    fn rows_of_a_set_are_met_once_each() {
        let mut table = vec![style(0); 20];
        let rows: RowSet = [2, 3, 4, 9, 19, 40].into_iter().map(ObjectRow).collect();
        for s in rows_of(&mut table, &rows) {
            s.flags += 1;
        }
        let met: Vec<usize> = (0..20).filter(|i| table[*i].flags == 1).collect();
        assert_eq!(met, [2, 3, 4, 9, 19]);
    }
}
