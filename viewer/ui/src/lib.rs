//! Panels, words and looks of Lantu's window: view models in, actions out.
//!
//! Owns layout, focus, keys, fonts, themes and the messages of every language. Must not know wgpu, windows, files,
//! threads or stores: the app makes a [`UiModel`] from what it knows, calls [`show`], and carries out the
//! [`Action`]s that come back.
//!
//! Main types: [`UiModel`], [`Action`], [`Words`].
//!
//! * Once: `ctx.set_fonts(lantu_ui::fonts(language))`, before the first frame. Fonts and theme then follow the language of
//!   the words and [`UiState::theme`] by themselves; [`UiState::set_theme`] also folds the panels away for a wall.
//! * Per frame: `show(ui, &model, &mut state, &words) -> UiOutput { actions, scene_rect, free_rect, signs,
//!   wants_pointer, wants_keyboard }` inside `egui::Context::run_ui`. The scene is drawn behind the panels, in `scene_rect`.
//! * Per language: `Words::new(Language::Chinese)`; `words.t(msg::PANEL_SCENE)`, `words.t_args(msg::X, &[("path",
//!   path.into())])`, `words.counted(msg::X, n)`, `words.by_id("diag-…", &args)` for codes made at run time.
//! * Numbers: [`mod@format`] groups thousands, adds units, writes dates in the project's zone.
//! * States: [`StateId::parse`] from the names of the command line; [`theme::state_color`] and [`StateId::pattern`]
//!   are what the scene shows.
//! * Reasons: [`reasons::sentences`] turns what the overlay engine says about an object into text.
//! * Tools are hidden while their part of the model is `None`: views, measure, section, coloring, history, motion,
//!   overview. The chooser of files and a job's report are open while the model has them.
//! * Trees of any size: [`TreeRows`] is asked for visible rows only, and [`OpenTree`] numbers the open ones.
//! * Colors of values: [`palette`], for the scene and its legend alike.
//! * Keys that are commands are handled in `show`; the app handles the pointer in the scene and flying.
//! * Panels copy text to the clipboard through egui; `Action::CopyText` is for a notice.
//!
//! ```
//! use lantu_ui::{Language, Words, msg};
//!
//! let words = Words::new(Language::Chinese);
//! assert_eq!(words.t(msg::PANEL_SCENE), "场景");
//! assert_eq!(words.counted(msg::TREE_OBJECTS, 12864), "12\u{2009}864 个对象");
//! ```

mod action;
mod draw;
mod fonts;
pub mod format;
pub mod labels;
mod model;
mod open_tree;
pub mod palette;
mod panels;
pub mod reasons;
mod stamp;
mod state;
mod states;
pub mod theme;
mod tool_icons;
mod window;
mod words;

pub use action::{Action, RiskEdit};
pub use fonts::fonts;
pub use model::*;
pub use open_tree::{OpenRow, OpenTree, TreeShape};
pub use stamp::{Stamp, legend_stamp};
pub use state::{DockTab, UI_SCALES, UiState, WorksTab};
pub use states::{Fill, Mark, OverlayKind, StateId};
pub use theme::ThemeKind;
pub use window::{UiOutput, show};
pub use words::{Arg, Language, Msg, Words, msg};
