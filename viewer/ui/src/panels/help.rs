//! Hands and keys, over everything.

use egui::{Frame, Grid, Id, RichText, ScrollArea, Ui, vec2};

use super::card;
use super::commands::{self, COMMANDS};
use crate::draw;
use crate::model::UiModel;
use crate::state::UiState;
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Width of the column of keys.
const KEYS_WIDTH: f32 = 110.0;

const HANDS: [(Msg, Msg); 8] = [
    (msg::HELP_CLICK, msg::HELP_CLICK_WHAT),
    (msg::HELP_DRAG, msg::HELP_DRAG_WHAT),
    (msg::HELP_PAN, msg::HELP_PAN_WHAT),
    (msg::HELP_WHEEL, msg::HELP_WHEEL_WHAT),
    (msg::HELP_DOUBLE, msg::HELP_DOUBLE_WHAT),
    (msg::HELP_MENU, msg::HELP_MENU_WHAT),
    (msg::HELP_BOX, msg::HELP_BOX_WHAT),
    (msg::HELP_FLY, msg::HELP_FLY_WHAT),
];

/// The sheet; Esc or a click beside it closes it.
pub(crate) fn show(ui: &Ui, model: &UiModel, state: &mut UiState, words: &Words) {
    let window = ui.ctx().content_rect();
    let size = vec2((window.width() - 80.0).min(980.0), window.height() - 140.0);
    let modal = egui::Modal::new(Id::unique("lantu-help")).frame(Frame::popup(ui.style()).inner_margin(20.0));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(size.x);
        let closed = card::title(ui, &words.t(msg::HELP_TITLE), Some(&words.t(msg::HELP_CLOSE)));
        ScrollArea::vertical()
            .id_salt("help")
            .auto_shrink([false, true])
            .min_scrolled_height(size.y)
            .max_height(size.y)
            .show(ui, |ui| {
                ui.label(draw::strong(&words.t(msg::HELP_HANDS), 12.5));
                table(
                    ui,
                    "hands",
                    HANDS.map(|(hand, what)| (words.t(hand).into_owned(), what)).into_iter(),
                    words,
                );
                ui.add_space(10.0);
                ui.label(draw::strong(&words.t(msg::HELP_KEYS), 12.5));
                let keys = COMMANDS
                    .iter()
                    .filter(|c| !c.key.is_empty() && commands::available(c.run, model))
                    .map(|c| (c.key.to_owned(), c.name));
                let keys = [("Ctrl+K".to_owned(), msg::SEARCH_OR_COMMAND)].into_iter().chain(keys);
                table(ui, "keys", keys, words);
            });
        closed
    });
    if response.inner || response.should_close() {
        state.help_open = false;
    }
}

/// Two columns of pairs where the window is wide enough.
fn table(ui: &mut Ui, name: &str, rows: impl Iterator<Item = (String, Msg)>, words: &Words) {
    let columns = if ui.available_width() > 640.0 { 2 } else { 1 };
    let rows: Vec<_> = rows.collect();
    let text_width = ui.available_width() / columns as f32 - KEYS_WIDTH - 30.0;
    let per_column = rows.len().div_ceil(columns);
    Grid::new(name).num_columns(columns * 2).spacing([14.0, 4.0]).show(ui, |ui| {
        for line in 0..per_column {
            for column in 0..columns {
                let Some((key, what)) = rows.get(column * per_column + line) else { continue };
                ui.scope(|ui| {
                    ui.set_min_width(KEYS_WIDTH);
                    key_cap(ui, key);
                });
                ui.scope(|ui| {
                    ui.set_min_width(text_width);
                    ui.label(RichText::new(words.t(*what).as_ref()).size(12.5));
                });
            }
            ui.end_row();
        }
    });
}

fn key_cap(ui: &mut Ui, text: &str) {
    let t = theme::of(ui);
    Frame::new()
        .fill(t.hover)
        .stroke(egui::Stroke::new(1.0, t.border))
        .corner_radius(4.0)
        .inner_margin(egui::Margin::symmetric(6, 2))
        .show(ui, |ui| ui.label(RichText::new(text).size(12.0)));
}
