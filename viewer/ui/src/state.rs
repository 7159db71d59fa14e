//! What the window remembers between frames, and between runs: folded panels, typed text, the theme.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::action::RiskEdit;
use crate::model::{AlarmDeed, AlarmLife, Observed};
use crate::states::StateId;
use crate::theme::ThemeKind;
use crate::words::Language;

/// UI scale: 1 to 3, in steps that keys make.
pub const UI_SCALES: [f32; 7] = [1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0];

/// State of the panels. The app keeps it, and may store it between runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each panel is open or not, independently")]
pub struct UiState {
    /// The theme.
    pub theme: ThemeKind,
    /// How much larger everything is than the system asks for: 1 to 3. The panels set the zoom of the context.
    pub ui_scale: f32,
    /// `Tab` hid all panels.
    pub panels_hidden: bool,
    /// The left panel (scene, layers) is open.
    pub left_open: bool,
    /// The right panel (properties) is open.
    pub right_open: bool,
    /// The layers below the tree are unfolded.
    pub layers_open: bool,
    /// The overview map is open.
    pub overview_open: bool,
    /// The dock below the scene is open.
    pub dock_open: bool,
    /// What it shows, or showed last.
    pub dock_tab: DockTab,
    /// The scene is drawn in plain colors, without sky, shadows, occlusion, edges or haze.
    pub simple_shading: bool,
    /// The list of jobs is open.
    #[serde(skip)]
    pub jobs_open: bool,
    /// The section panel is open.
    #[serde(skip)]
    pub section_open: bool,
    /// Hands and keys are shown.
    #[serde(skip)]
    pub help_open: bool,
    /// Text of the tree's search field.
    #[serde(skip)]
    pub tree_search: String,
    /// Text of the command box.
    #[serde(skip)]
    pub command: String,
    /// The command box lists its matches.
    #[serde(skip)]
    pub command_open: bool,
    /// Which match Enter runs.
    #[serde(skip)]
    pub(crate) command_choice: usize,
    /// The command box wants the keyboard in the next frame.
    #[serde(skip)]
    pub(crate) command_focus: bool,
    /// Number of the tree's first visible row; a fraction for a part of it. A pixel offset in `f32` would skip
    /// rows beyond a few hundred thousand.
    #[serde(skip)]
    pub(crate) tree_top: f64,
    /// The tree row that was scrolled to last.
    #[serde(skip)]
    pub(crate) scrolled_to: Option<usize>,
    /// The theme before the large screen's.
    #[serde(skip)]
    pub(crate) theme_before: Option<ThemeKind>,
    /// What the saved views' menu is doing.
    #[serde(skip)]
    pub(crate) views: ViewsState,
    /// The limit that the memory slider shows before it is set, bytes.
    #[serde(skip)]
    pub(crate) memory_limit: Option<u64>,
    /// The scale that the slider shows while it is dragged.
    #[serde(skip)]
    pub(crate) scale_drag: Option<f32>,
    /// First visible row of the Gantt chart.
    #[serde(skip)]
    pub(crate) gantt_top: f64,
    /// Only critical tasks are listed.
    #[serde(skip)]
    pub(crate) gantt_critical: bool,
    /// The critical path is that of the plan, not that of the work that remains at the clock's time.
    #[serde(skip)]
    pub(crate) gantt_planned: bool,
    /// Bars that were marked in the frame before.
    #[serde(skip)]
    pub(crate) gantt_marked: std::sync::Arc<BTreeSet<u32>>,
    /// First visible row of the register of risks.
    #[serde(skip)]
    pub(crate) risk_top: f64,
    /// Only risks of this likelihood and severity are listed.
    #[serde(skip)]
    pub(crate) risk_cell: Option<(u8, u8)>,
    /// What the register lists: objects, sites or management cells.
    #[serde(skip)]
    pub(crate) risk_list: RiskList,
    /// What is being entered into the register: the object's name, and the entry.
    #[serde(skip)]
    pub(crate) risk_form: Option<(String, RiskEdit)>,
    /// First visible row of the proposals of a survey.
    #[serde(skip)]
    pub(crate) survey_top: f64,
    /// Only proposals of this state are listed.
    #[serde(skip)]
    pub(crate) survey_only: Option<Observed>,
    /// What is being decided about proposals of a survey.
    #[serde(skip)]
    pub(crate) survey_form: Option<SurveyForm>,
    /// First visible row of the open report.
    #[serde(skip)]
    pub(crate) report_top: f64,
    /// Text that narrows the properties to color by.
    #[serde(skip)]
    pub(crate) color_search: String,
    /// The chooser of properties was open in the frame before.
    #[serde(skip)]
    pub(crate) color_open: bool,
    /// What is typed and chosen in the chooser of files.
    #[serde(skip)]
    pub(crate) chooser: ChooserState,
    /// First visible row of the chooser.
    #[serde(skip)]
    pub(crate) chooser_top: f64,
    /// The list of alarms.
    #[serde(skip)]
    pub(crate) alarms: AlarmsState,
    /// What the context was set to, so that it is set once.
    #[serde(skip)]
    pub(crate) applied: Option<Applied>,
}

/// What is being decided about proposals of a survey.
#[derive(Clone, Debug)]
pub(crate) struct SurveyForm {
    /// The objects' rows.
    pub(crate) rows: Vec<u32>,
    /// What the form calls them: the name of one object.
    pub(crate) name: String,
    /// Take back instead of accept.
    pub(crate) withdraw: bool,
    /// Who decides, as typed.
    pub(crate) by: String,
}

/// What the register of risks lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RiskList {
    /// Objects at risk.
    #[default]
    Objects,
    /// Sites.
    Sites,
    /// Management cells.
    Cells,
}

/// Parts of the dock that tell of schedules and risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorksTab {
    /// Bars of tasks.
    Gantt,
    /// Planned and earned value, cost.
    Curve,
    /// The register of risks.
    Register,
    /// What surveys propose about progress.
    Survey,
}

/// What the dock below the scene shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DockTab {
    /// Schedules and risks.
    Works(WorksTab),
    /// The list of alarms.
    Alarms,
    /// Charts of the picked object's channels.
    Charts,
}

impl DockTab {
    /// In the order of the dock.
    pub const ALL: [Self; 6] = [
        Self::Works(WorksTab::Gantt),
        Self::Works(WorksTab::Curve),
        Self::Works(WorksTab::Register),
        Self::Works(WorksTab::Survey),
        Self::Alarms,
        Self::Charts,
    ];
}

impl Default for DockTab {
    fn default() -> Self {
        Self::Works(WorksTab::Gantt)
    }
}

/// What the saved views' menu is doing.
#[derive(Clone, Debug, Default)]
pub(crate) struct ViewsState {
    /// Name of the view to save.
    pub(crate) name: String,
    /// The view that gets another name, and that name.
    pub(crate) renaming: Option<(usize, String)>,
}

/// What is typed and chosen in the chooser of files.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChooserState {
    /// The folder that the rest belongs to; another folder clears it.
    pub(crate) folder: String,
    /// The path field.
    pub(crate) path: String,
    /// The field of a new file's name.
    pub(crate) name: Option<String>,
    /// The field of a new project's CRS.
    pub(crate) crs: String,
    /// Names that are chosen.
    pub(crate) chosen: BTreeSet<String>,
    /// The path field has the keyboard and shows what could follow.
    pub(crate) completing: bool,
}

/// Columns that alarms can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AlarmSort {
    /// Worst first, of these the newest.
    #[default]
    Priority,
    Channel,
    Object,
    Area,
    Raised,
    Life,
}

/// How the list of alarms is shown, and what is being done in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AlarmsState {
    pub(crate) sort: AlarmSort,
    /// The other way round.
    pub(crate) reversed: bool,
    pub(crate) life: Option<AlarmLife>,
    pub(crate) priority: Option<StateId>,
    pub(crate) area: Option<String>,
    /// First visible row of the list.
    pub(crate) top: f64,
    /// The alarm that something is being done about.
    pub(crate) form: Option<AlarmForm>,
    /// Who acted last.
    pub(crate) by: String,
}

/// What is being done about an alarm.
#[derive(Clone, Debug)]
pub(crate) struct AlarmForm {
    pub(crate) channel: String,
    pub(crate) deed: AlarmDeed,
    pub(crate) by: String,
    pub(crate) why: String,
}

/// Looks that were set on the context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Applied {
    pub(crate) theme: ThemeKind,
    pub(crate) language: Language,
    pub(crate) zoom: f32,
}

impl UiState {
    /// What the dock shows, while it does.
    pub fn dock_shown(&self) -> Option<DockTab> {
        (self.dock_open && !self.panels_hidden).then_some(self.dock_tab)
    }

    /// Opens the dock below the scene with this tab.
    pub(crate) fn open_dock(&mut self, tab: DockTab) {
        (self.dock_open, self.dock_tab, self.panels_hidden) = (true, tab, false);
    }

    /// Opens the dock with this tab, or closes it when it shows this one.
    pub(crate) fn toggle_dock(&mut self, tab: DockTab) {
        if self.dock_shown() == Some(tab) {
            self.dock_open = false;
        } else {
            self.open_dock(tab);
        }
    }

    /// The first state, with everything this much larger than the system asks for.
    pub fn scaled(ui_scale: f32) -> Self {
        Self { ui_scale, ..Self::default() }
    }

    /// Chooses a theme. On a wall only title, legend and time remain, until `Tab` brings the panels back.
    pub fn set_theme(&mut self, theme: ThemeKind) {
        self.theme = theme;
        self.panels_hidden = theme == ThemeKind::Large;
        if theme != ThemeKind::Large {
            self.theme_before = None;
        }
    }

    /// Whether the window is made for a wall.
    pub fn is_large(&self) -> bool {
        self.theme == ThemeKind::Large
    }

    /// Takes the large screen's theme, or the one before it.
    pub fn set_large(&mut self, on: bool) {
        if on == self.is_large() {
            return;
        }
        let before = self.theme;
        if on {
            self.set_theme(ThemeKind::Large);
            self.theme_before = Some(before);
        } else {
            let theme = self.theme_before.take().unwrap_or_default();
            self.set_theme(theme);
        }
    }

    /// Makes everything larger or smaller by `steps` of [`UI_SCALES`].
    pub fn step_scale(&mut self, steps: isize) {
        let at = UI_SCALES.iter().position(|s| *s >= self.ui_scale - 0.01).unwrap_or(UI_SCALES.len() - 1);
        let to = at.saturating_add_signed(steps).min(UI_SCALES.len() - 1);
        self.ui_scale = UI_SCALES.get(to).copied().unwrap_or(1.0);
    }
}

impl Default for UiState {
    fn default() -> Self {
        Self {
            theme: ThemeKind::Light,
            ui_scale: 1.0,
            panels_hidden: false,
            left_open: true,
            right_open: true,
            layers_open: true,
            overview_open: true,
            dock_open: false,
            dock_tab: DockTab::default(),
            simple_shading: false,
            jobs_open: false,
            section_open: false,
            help_open: false,
            tree_search: String::new(),
            command: String::new(),
            command_open: false,
            command_choice: 0,
            command_focus: false,
            tree_top: 0.0,
            scrolled_to: None,
            theme_before: None,
            views: ViewsState::default(),
            memory_limit: None,
            scale_drag: None,
            gantt_top: 0.0,
            gantt_critical: false,
            gantt_marked: std::sync::Arc::default(),
            risk_top: 0.0,
            risk_list: RiskList::default(),
            survey_top: 0.0,
            survey_only: None,
            survey_form: None,
            gantt_planned: false,
            risk_form: None,
            risk_cell: None,
            report_top: 0.0,
            color_search: String::new(),
            color_open: false,
            chooser: ChooserState::default(),
            chooser_top: 0.0,
            alarms: AlarmsState::default(),
            applied: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_the_wall_brings_the_theme_and_the_panels_back() {
        let mut state = UiState::default();
        state.set_theme(ThemeKind::Dark);
        state.set_large(true);
        assert!(state.is_large() && state.panels_hidden);
        state.set_large(true);
        state.set_large(false);
        assert_eq!((state.theme, state.panels_hidden), (ThemeKind::Dark, false));
    }

    #[test]
    fn the_scale_stays_between_one_and_three() {
        let mut state = UiState::default();
        state.step_scale(-1);
        assert!((state.ui_scale - 1.0).abs() < 1e-6);
        for _ in 0..20 {
            state.step_scale(1);
        }
        assert!((state.ui_scale - 3.0).abs() < 1e-6);
        state.ui_scale = 1.6;
        state.step_scale(-1);
        assert!((state.ui_scale - 1.5).abs() < 1e-6);
    }
}
