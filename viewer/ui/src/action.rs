//! What a person asked for. Panels return these; whoever owns the data carries them out.

use lantu_base::UtcNanos;

use crate::states::{OverlayKind, StateId};
use crate::theme::ThemeKind;
use crate::words::Language;

/// One thing that a person asked for through a panel, a key or a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make this row the selection; `None` clears it.
    Select(Option<u32>),
    /// Add the row to the selection, or take it out.
    ToggleSelect(u32),
    /// Select the rows between the last selected tree row and this one (keys of [`crate::TreeRow`]).
    SelectRange(u64),
    /// Open or close the branch with this [`crate::TreeRow::key`].
    ExpandTree(u64, bool),
    /// Show only tree rows that match; empty shows all.
    Search(String),
    /// Show or hide a layer.
    ToggleLayer(u32, bool),
    /// Opacity of a layer, 0 to 1.
    SetLayerOpacity(u32, f32),
    /// Color the scene by this overlay.
    SetOverlay(OverlayKind),
    /// Show only objects in this state, or all again.
    FilterState(Option<StateId>),
    /// Move the clock.
    SetTime(UtcNanos),
    /// Let the clock run or stop it.
    Play(bool),
    /// Move the clock by steps; `large` for the step of the Shift key.
    Step {
        /// Steps, negative to go back.
        steps: i32,
        /// A larger step.
        large: bool,
    },
    /// Speak another language.
    SetLanguage(Language),
    /// Another theme.
    SetTheme(ThemeKind),
    /// Move the camera to the selection.
    FitSelection,
    /// Move the camera to this row (double click), and select it.
    FitRow(u32),
    /// Move the camera so that everything is visible.
    FitAll,
    /// Look straight down, grid north up.
    TopView,
    /// Turn the camera so that grid north is up, or ahead.
    NorthUp,
    /// Show or hide a tree row and everything below it ([`crate::TreeRow::key`]).
    SetVisible(u64, bool),
    /// Hide the selection.
    Hide,
    /// Show only the selection; the rest becomes translucent.
    Isolate,
    /// Show everything that was hidden or isolated away.
    ShowAll,
    /// See through the ground.
    XrayGround(bool),
    /// Open the generated demo district.
    OpenDemo,
    /// Start a new project (the app asks for file and CRS).
    NewProject,
    /// Open a project; `None` asks for the file.
    OpenProject(Option<String>),
    /// Import files into the project; the app asks which.
    ImportFiles,
    /// Save a picture of the scene; the app asks where.
    SaveSnapshot,
    /// Stop a job.
    CancelJob(u64),
    /// Open a job's report.
    OpenReport(u64),
    /// Put text on the clipboard (already done by the panel; the app may log it).
    CopyText(String),
    /// Remove a notice.
    DismissNotice(u64),
    /// Close the error dialog.
    CloseDialog,
    /// Close the context menu.
    CloseContextMenu,
    /// Full screen on or off.
    ToggleFullscreen,
    /// Close the window.
    Quit,
}
