//! The scene tree: search, open branches, hide, select. Only visible rows cost anything.

use egui::{
    Align, Align2, FontFamily, FontId, Id, Rect, RichText, Sense, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::long_list;
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{SceneTreeModel, TreeRow};
use crate::state::UiState;
use crate::theme::{self, size};
use crate::words::{Words, msg};

const INDENT: f32 = 14.0;

/// Search field and rows.
pub(crate) fn show(
    ui: &mut Ui,
    model: &SceneTreeModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    header(ui, model, words);
    search(ui, state, words, out);
    ui.add_space(4.0);
    if model.loading && model.rows.n_rows() == 0 {
        draw::empty(ui, &words.t(msg::TREE_LOADING));
    } else if model.rows.n_rows() == 0 && !model.search.is_empty() {
        draw::empty(ui, &words.t_args(msg::TREE_NO_MATCH, &[("text", model.search.as_str().into())]));
    } else if model.rows.n_rows() == 0
        && let Some(name) = &model.importing
    {
        draw::empty(ui, &words.t_args(msg::TREE_IMPORTING, &[("name", name.into())]));
    } else if model.rows.n_rows() == 0 {
        draw::empty(ui, &words.t(msg::TREE_EMPTY));
        if ui.button(words.t(msg::MENU_IMPORT)).clicked() {
            out.push(Action::ImportFiles);
        }
    } else {
        rows(ui, model, state, words, out);
    }
}

fn header(ui: &mut Ui, model: &SceneTreeModel, words: &Words) {
    ui.horizontal(|ui| {
        ui.label(draw::strong(&words.t(msg::PANEL_SCENE), 13.5));
        ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
            let text = if model.search.is_empty() {
                words.counted(msg::TREE_OBJECTS, model.n_objects)
            } else {
                let n = words.counted(msg::TREE_MATCHES, model.n_matches);
                // What was found so far is listed while the search goes on.
                if model.loading && model.n_matches > 0 { format!("{n} …") } else { n }
            };
            ui.label(draw::weak(ui, &text));
        });
    });
}

fn search(ui: &mut Ui, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let hint = words.t(msg::TREE_SEARCH).into_owned();
    let (rect, _space) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let edit = TextEdit::singleline(&mut state.tree_search)
        .id(Id::unique("lantu-tree-search"))
        .hint_text(RichText::new(hint.as_str()).color(theme::of(ui).weak))
        .margin(egui::Margin { left: 26, right: 26, top: 5, bottom: 5 })
        .align(Align2::LEFT_CENTER)
        .desired_width(rect.width());
    let response = ui.put(rect, edit);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &hint));
    let mut changed = response.changed();
    let t = theme::of(ui);
    let icon_at = Rect::from_center_size(pos2(rect.left() + 14.0, rect.center().y), Vec2::splat(13.0));
    draw::icon(ui.painter(), icon_at, Icon::Search, t.weak);
    if !state.tree_search.is_empty() {
        let at = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), Vec2::splat(20.0));
        let label = words.t(msg::TREE_SEARCH_CLEAR);
        if draw::icon_at(ui, at, (Icon::Close, &label), "clear").clicked() {
            state.tree_search.clear();
            changed = true;
        }
    }
    if changed {
        out.push(Action::Search(state.tree_search.clone()));
    }
}

fn rows(ui: &mut Ui, model: &SceneTreeModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let jump = model.scroll_to.filter(|_| model.scroll_to != state.scrolled_to);
    state.scrolled_to = model.scroll_to;
    let list = long_list::List { n_rows: model.rows.n_rows(), row_height: size::ROW, jump };
    let label = words.t(msg::TREE_SCROLL);
    let mut stepped = None;
    let visible = long_list::show(ui, list, &mut state.tree_top, &label, |ui, ix, rect| {
        let Some(row) = model.rows.row(ix) else { return };
        let response = tree_row(ui, rect, &row, words, out);
        stepped = stepped.or_else(|| arrow_keys(ui, &response, &row, out).map(|step| (ix, step)));
    });
    // The neighbor of the focused row takes the focus, even if it is not visible yet.
    let Some((ix, step)) = stepped else { return };
    let to = ix.saturating_add_signed(step).min(model.rows.n_rows().saturating_sub(1));
    if let Some(row) = model.rows.row(to) {
        long_list::reveal(to, visible, &mut state.tree_top);
        ui.memory_mut(|m| m.request_focus(row_id(row.key)));
    }
}

fn row_id(key: u64) -> Id {
    Id::unique("lantu-tree-row").with(key)
}

/// Left and right close and open the focused row; up and down ask for its neighbor.
fn arrow_keys(ui: &Ui, response: &egui::Response, row: &TreeRow, out: &mut Vec<Action>) -> Option<isize> {
    if !response.has_focus() {
        return None;
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key));
    if pressed(egui::Key::ArrowRight) && row.has_children && !row.expanded {
        out.push(Action::ExpandTree(row.key, true));
    }
    if pressed(egui::Key::ArrowLeft) && row.expanded {
        out.push(Action::ExpandTree(row.key, false));
    }
    if pressed(egui::Key::ArrowDown) {
        return Some(1);
    }
    pressed(egui::Key::ArrowUp).then_some(-1)
}

fn tree_row(ui: &Ui, rect: Rect, row: &TreeRow, words: &Words, out: &mut Vec<Action>) -> egui::Response {
    let t = theme::of(ui);
    let name = if row.label.is_empty() { words.t(msg::TREE_UNNAMED) } else { row.label.as_str().into() };
    let response = ui.interact(rect, row_id(row.key), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::TreeItem, true, row.selected, &name));
    let hovered = ui.rect_contains_pointer(rect);
    if row.selected {
        ui.painter().rect_filled(rect, 3.0, t.accent_soft);
    } else if hovered || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let mut x = rect.left() + 2.0 + f32::from(row.depth) * INDENT;
    let y = rect.center().y;
    if row.has_children {
        let (icon, text) = if row.expanded {
            (Icon::ChevronDown, msg::TREE_COLLAPSE)
        } else {
            (Icon::ChevronRight, msg::TREE_EXPAND)
        };
        let label = words.t_args(text, &[("name", name.as_ref().into())]);
        let at = Rect::from_center_size(pos2(x + 9.0, y), Vec2::splat(18.0));
        if draw::icon_at(ui, at, (icon, &label), ("open", row.key)).clicked() {
            out.push(Action::ExpandTree(row.key, !row.expanded));
        }
    }
    x += 20.0;
    if let Some(state) = row.state {
        let at = Rect::from_min_size(pos2(x, y - 5.0), vec2(12.0, 10.0));
        draw::swatch(ui.painter(), at, state, t.border);
        x += 18.0;
    }
    let mut right = rect.right() - 6.0;
    if hovered || !row.visible {
        let (icon, text) =
            if row.visible { (Icon::Eye, msg::TREE_HIDE) } else { (Icon::EyeOff, msg::TREE_SHOW) };
        let label = words.t_args(text, &[("name", name.as_ref().into())]);
        let at = Rect::from_center_size(pos2(right - 8.0, y), Vec2::splat(20.0));
        if draw::icon_at(ui, at, (icon, &label), ("eye", row.key)).on_hover_text(&label).clicked() {
            out.push(Action::SetVisible(row.key, !row.visible));
        }
    }
    right -= 24.0;
    row_text(ui, (x, right, y), &name, row);
    click(ui, &response, row, out);
    response
}

/// The name, and behind it the class or the number of objects below, if there is room.
fn row_text(ui: &Ui, (x, right, y): (f32, f32, f32), name: &str, row: &TreeRow) {
    let t = theme::of(ui);
    let color = if row.visible { t.text } else { t.weak.gamma_multiply(0.75) };
    let font = FontId::new(13.0, FontFamily::Proportional);
    let used = draw::cut_text(ui.painter(), pos2(x, y), name, font, (color, right - x));
    let detail = if row.n_below > 0 { format::count(row.n_below) } else { row.class.clone() };
    let room = right - x - used - 12.0;
    if detail.is_empty() || room < 28.0 {
        return;
    }
    let font = FontId::new(11.0, FontFamily::Proportional);
    let galley = ui.painter().layout_no_wrap(detail, font, t.weak);
    if galley.size().x <= room {
        ui.painter().galley(pos2(right - galley.size().x, y - galley.size().y / 2.0), galley, t.weak);
    }
}

fn click(ui: &Ui, response: &egui::Response, row: &TreeRow, out: &mut Vec<Action>) {
    if response.double_clicked() {
        out.push(row.row.map_or(Action::ExpandTree(row.key, !row.expanded), Action::FitRow));
    } else if response.clicked() {
        let modifiers = ui.input(|i| i.modifiers);
        match row.row {
            Some(_) if modifiers.shift => out.push(Action::SelectRange(row.key)),
            Some(object) if modifiers.command => out.push(Action::ToggleSelect(object)),
            Some(object) => out.push(Action::Select(Some(object))),
            None if row.has_children => out.push(Action::ExpandTree(row.key, !row.expanded)),
            None => {}
        }
    }
}
