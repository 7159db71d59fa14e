//! The tables of these panels: a head, and as many rows as there are, each with a state, texts, and room for a button.

use egui::{Color32, FontFamily, FontId, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::action::Action;
use crate::draw;
use crate::panels::long_list::{self, List};
use crate::states::StateId;
use crate::theme;
use crate::words::{Msg, Words};

const ROW: f32 = 22.0;
const HEAD: f32 = 18.0;
/// Width of the button at the end of a row.
const BUTTON: f32 = 26.0;

/// What a table is made of.
pub(super) struct Table<'t, const N: usize> {
    /// Tells its rows from those of others.
    pub(super) id: &'static str,
    /// Its name for screen readers.
    pub(super) label: &'t str,
    /// Names of the columns, and their shares of the width.
    pub(super) columns: [(Msg, f32); N],
    pub(super) n_rows: usize,
    /// Scene row that is selected.
    pub(super) selected: Option<u32>,
    pub(super) words: &'t Words,
}

/// What a row shows.
pub(super) struct Line<const N: usize> {
    /// Of the scene.
    pub(super) row: u32,
    pub(super) name: String,
    /// Its swatch stands before the first text.
    pub(super) state: Option<StateId>,
    pub(super) texts: [String; N],
    /// A text that stands out, and in which color.
    pub(super) ink: Option<(usize, Color32)>,
    /// Told when the pointer rests on it; may be empty.
    pub(super) hint: String,
}

/// Draws a table. `line`: what a row shows; `end`: draws the button of a row into its place, and says whether it was clicked.
/// A click on a row selects its object, a double click flies to it.
pub(super) fn show<const N: usize>(
    ui: &mut Ui,
    table: &Table<'_, N>,
    top: &mut f64,
    line: &dyn Fn(usize) -> Option<Line<N>>,
    end: &mut dyn FnMut(&Ui, usize, Rect) -> bool,
) -> Option<Action> {
    let t = theme::of(ui);
    let (head, _space) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    for (cell, (name, _)) in cells(head, &table.columns).zip(&table.columns) {
        let font = FontId::new(11.0, FontFamily::Proportional);
        let at = pos2(cell.left(), cell.center().y);
        draw::cut_text(ui.painter(), at, &table.words.t(*name), font, (t.weak, cell.width()));
    }
    let mut asked = None;
    let list = List { n_rows: table.n_rows, row_height: ROW, jump: None };
    long_list::show(ui, list, top, table.label, |ui, ix, rect| {
        let Some(line) = line(ix) else { return };
        let selected = table.selected == Some(line.row);
        let response = ui.interact(rect, ui.scope_id().with((table.id, line.row)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(egui::Role::ListItem, true, selected, &line.name));
        if selected {
            ui.painter().rect_filled(rect, 2.0, t.accent_soft);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 2.0, t.hover);
        }
        texts(ui, rect, (&line, &table.columns));
        let at = pos2(rect.right() - BUTTON / 2.0, rect.center().y);
        if end(ui, ix, Rect::from_center_size(at, vec2(BUTTON, ROW))) {
            return;
        }
        if response.double_clicked() {
            asked = Some(Action::FitRow(line.row));
        } else if response.clicked() {
            asked = Some(Action::Select(Some(line.row)));
        }
        if !line.hint.is_empty() {
            response.on_hover_text(&line.hint);
        }
    });
    asked
}

fn cells<const N: usize>(rect: Rect, columns: &[(Msg, f32); N]) -> impl Iterator<Item = Rect> + use<N> {
    let mut left = rect.left() + 4.0;
    let shares = columns.each_ref().map(|c| c.1);
    shares.into_iter().map(move |share| {
        let right = left + (rect.width() - 8.0 - BUTTON) * share;
        let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(right - 8.0, rect.bottom()));
        left = right;
        cell
    })
}

fn texts<const N: usize>(ui: &Ui, rect: Rect, (line, columns): (&Line<N>, &[(Msg, f32); N])) {
    let t = theme::of(ui);
    for (ix, (cell, text)) in cells(rect, columns).zip(&line.texts).enumerate() {
        let mut left = cell.left();
        if ix == 0
            && let Some(state) = line.state
        {
            let swatch = Rect::from_center_size(pos2(left + 8.0, cell.center().y), vec2(15.0, 15.0));
            draw::swatch(ui.painter(), swatch, state, t.border);
            left += 22.0;
        }
        let color = line.ink.filter(|(at, _)| *at == ix).map_or(t.text, |(_, color)| color);
        let font = FontId::new(12.0, FontFamily::Proportional);
        draw::cut_text(ui.painter(), pos2(left, cell.center().y), text, font, (color, cell.right() - left));
    }
}
