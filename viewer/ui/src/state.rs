//! What the window remembers between frames, and between runs: folded panels, typed text, the theme.

use serde::{Deserialize, Serialize};

use crate::theme::ThemeKind;
use crate::words::Language;

/// State of the panels. The app keeps it, and may store it between runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each panel is open or not, independently")]
pub struct UiState {
    /// The theme.
    pub theme: ThemeKind,
    /// `Tab` hid all panels.
    pub panels_hidden: bool,
    /// The left panel (scene, layers) is open.
    pub left_open: bool,
    /// The right panel (properties) is open.
    pub right_open: bool,
    /// The layers below the tree are unfolded.
    pub layers_open: bool,
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
    /// The list of jobs is open.
    #[serde(skip)]
    pub jobs_open: bool,
    /// The tree row that was scrolled to last.
    #[serde(skip)]
    pub(crate) scrolled_to: Option<usize>,
    /// The theme and the language that the context was set to, so that they are set once.
    #[serde(skip)]
    pub(crate) applied: Option<(ThemeKind, Language)>,
}

impl UiState {
    /// Chooses a theme. On a wall only title, legend and time remain, until `Tab` brings the panels back.
    pub fn set_theme(&mut self, theme: ThemeKind) {
        self.theme = theme;
        self.panels_hidden = theme == ThemeKind::Large;
    }
}

impl Default for UiState {
    fn default() -> Self {
        Self {
            theme: ThemeKind::Light,
            panels_hidden: false,
            left_open: true,
            right_open: true,
            layers_open: true,
            tree_search: String::new(),
            command: String::new(),
            command_open: false,
            command_choice: 0,
            command_focus: false,
            jobs_open: false,
            scrolled_to: None,
            applied: None,
        }
    }
}
