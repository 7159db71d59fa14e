//! What is shown and how, and taking changes of that back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lantu_overlay::OverlayKind;
use lantu_render::Relief;
use lantu_session::LayerStyle;
use lantu_ui::{Beside, ColorBy, Edit, StateId};

use crate::look::XRAY_OPACITY;
use crate::stage::photo_look;
use crate::views::SavedView;
use crate::window::rowset::RowSet;
use crate::window::section::Section;
use crate::window::tape::Measurement;
use lantu_tiles::{PhotoLook, Stretch};

/// Everything that undo takes back. Cheap to copy: what is large is shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shown {
    pub(crate) selection: Arc<RowSet>,
    pub(crate) hidden: Arc<RowSet>,
    pub(crate) isolated: Arc<RowSet>,
    pub(crate) ghosted: Arc<RowSet>,
    /// Names of sources.
    pub(crate) hidden_layers: Arc<BTreeSet<String>>,
    /// Opacity of layers of objects that are not opaque, 0 to 1, by name of the source.
    pub(crate) faded: Arc<BTreeMap<String, f32>>,
    pub(crate) overlay: Option<OverlayKind>,
    /// Outlines objects, whatever fills them.
    pub(crate) outline: Option<OverlayKind>,
    pub(crate) filter: Option<StateId>,
    /// Colors by a property, instead of the overlay's.
    pub(crate) coloring: Option<Coloring>,
    pub(crate) xray: bool,
    /// Opacity of the ground in x-ray, 0 to 1, if somebody chose one.
    pub(crate) xray_opacity: Option<f32>,
    /// How the ground's picture is shown.
    pub(crate) relief: Relief,
    /// How tall heights are drawn. The camera follows it.
    pub(crate) stretch: Stretch,
    /// Source whose orthophoto lies only right of a line.
    pub(crate) swipe: Option<Arc<str>>,
    /// A second picture left of the scene.
    pub(crate) beside: Option<Beside>,
    /// Names of things in the scene.
    pub(crate) labels: bool,
    /// Styles of GIS layers that a person gave them, by name of the source.
    pub(crate) styles: Arc<BTreeMap<String, LayerStyle>>,
    pub(crate) section: Section,
    pub(crate) measurements: Arc<Vec<Measurement>>,
    pub(crate) views: Arc<Vec<SavedView>>,
}

impl Shown {
    /// How the orthophoto of a source lies on the ground.
    pub(crate) fn photo_look(&self, source: &str) -> PhotoLook {
        let look = photo_look(source, self.hidden_layers.contains(source), &self.faded);
        PhotoLook { right_only: self.swipe.as_deref() == Some(source), ..look }
    }

    /// What outlines objects: nothing where it fills them already.
    pub(crate) fn outlined(&self) -> Option<OverlayKind> {
        self.outline.filter(|kind| self.coloring.is_some() || self.overlay != Some(*kind))
    }

    /// How opaque the ground is, 0 to 1.
    pub(crate) fn ground_opacity(&self) -> f32 {
        if self.xray { self.xray_opacity.unwrap_or(XRAY_OPACITY) } else { 1.0 }
    }
}

/// Coloring by a property, as a person asked for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Coloring {
    pub(crate) by: ColorBy,
    /// Numbers as a range or as categories; `None`: a range where most values are numbers.
    pub(crate) graduated: Option<bool>,
    /// Numbers of the first and the last color; `None`: all that occur.
    pub(crate) range: Option<(f64, f64)>,
    /// Only this row or step of the legend is shown.
    pub(crate) only: Option<usize>,
}

/// Changes that can be taken back. Chosen: more than anybody remembers.
const MAX_STEPS: usize = 100;

/// States before and after the present one.
#[derive(Debug, Default)]
pub(crate) struct History {
    undo: Vec<(Edit, Shown)>,
    redo: Vec<(Edit, Shown)>,
    /// The last step is a slider that still moves: the next move of it is no step of its own.
    sliding: Option<Edit>,
}

impl History {
    /// Notes a change from `before`. `slides`: part of a movement, which is taken back as a whole.
    pub(crate) fn note(&mut self, edit: Edit, before: Shown, slides: bool) {
        self.redo.clear();
        let goes_on = slides && self.sliding == Some(edit);
        self.sliding = slides.then_some(edit);
        if goes_on {
            return;
        }
        if self.undo.len() >= MAX_STEPS {
            self.undo.remove(0);
        }
        self.undo.push((edit, before));
    }

    /// The state before the last change; `now` can be had again.
    pub(crate) fn undo(&mut self, now: Shown) -> Option<(Edit, Shown)> {
        let (edit, before) = self.undo.pop()?;
        self.sliding = None;
        self.redo.push((edit, now));
        Some((edit, before))
    }

    /// The state after the last change that was taken back.
    pub(crate) fn redo(&mut self, now: Shown) -> Option<(Edit, Shown)> {
        let (edit, after) = self.redo.pop()?;
        self.sliding = None;
        self.undo.push((edit, now));
        Some((edit, after))
    }

    /// What undo and redo would do.
    pub(crate) fn next(&self) -> (Option<Edit>, Option<Edit>) {
        (self.undo.last().map(|s| s.0), self.redo.last().map(|s| s.0))
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::ObjectRow;

    use super::*;

    fn hidden(n: u32) -> Shown {
        Shown { hidden: Arc::new(RowSet::of_range(0..n)), ..Shown::default() }
    }

    #[test]
    fn undo_and_redo_walk_the_same_way_back_and_forth() {
        let (mut history, mut now) = (History::default(), hidden(0));
        for n in 1..=3 {
            history.note(Edit::Hide, std::mem::replace(&mut now, hidden(n)), false);
        }
        for n in (0..3).rev() {
            let (edit, before) = history.undo(now.clone()).unwrap();
            assert_eq!((edit, &before), (Edit::Hide, &hidden(n)));
            now = before;
        }
        assert!(history.undo(now.clone()).is_none());
        for n in 1..=3 {
            now = history.redo(now.clone()).unwrap().1;
            assert_eq!(now, hidden(n));
        }
        assert_eq!(history.next(), (Some(Edit::Hide), None));
    }

    #[test]
    fn a_new_change_forgets_what_was_taken_back() {
        let mut history = History::default();
        history.note(Edit::Hide, hidden(0), false);
        assert!(history.undo(hidden(1)).is_some());
        history.note(Edit::Select, hidden(0), false);
        assert_eq!(history.next(), (Some(Edit::Select), None));
    }

    #[test]
    fn a_slider_that_moves_is_one_step_and_another_hold_is_another() {
        let mut history = History::default();
        for _ in 0..50 {
            history.note(Edit::Section, hidden(0), true);
        }
        assert!(history.undo(hidden(1)).is_some() && history.undo(hidden(0)).is_none());
        history.note(Edit::Section, hidden(0), true);
        history.note(Edit::Hide, hidden(1), false);
        history.note(Edit::Section, hidden(2), true);
        let steps = std::iter::from_fn(|| history.undo(hidden(9)).map(|s| s.0)).collect::<Vec<_>>();
        assert_eq!(steps, [Edit::Section, Edit::Hide, Edit::Section]);
    }

    #[test]
    fn the_history_has_an_end() {
        let mut history = History::default();
        for n in 0..500 {
            history.note(Edit::Hide, hidden(n), false);
        }
        let mut oldest = None;
        while let Some((_, s)) = history.undo(hidden(0)) {
            oldest = Some(s);
        }
        let oldest = oldest.unwrap();
        assert!(oldest.hidden.contains(ObjectRow(399)) && !oldest.hidden.contains(ObjectRow(400)));
    }
}
