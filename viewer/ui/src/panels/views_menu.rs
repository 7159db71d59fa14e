//! Saved views: a menu of names that are shown, renamed, overwritten, moved and deleted.

use egui::{
    Align, Align2, FontFamily, FontId, Id, Key, Layout, Popup, Rect, RichText, ScrollArea, Sense, TextEdit,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::card;
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::ViewsModel;
use crate::state::UiState;
use crate::theme::{self, size};
use crate::words::{Arg, Msg, Words, msg};

/// Width of the menu: a name and five small buttons.
const WIDTH: f32 = 340.0;
/// Height of the list before it scrolls.
const LIST_HEIGHT: f32 = 320.0;

/// The popup of the menu, for keys and commands that open it.
pub(crate) fn popup_id() -> Id {
    Id::unique("lantu-views-menu")
}

/// The button in the top bar, and the menu below it.
pub(crate) fn button(
    ui: &mut Ui,
    model: &ViewsModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let label = words.t(msg::VIEWS_MENU);
    let response = draw::menu_button(ui, &label, &label, Popup::is_id_open(ui.ctx(), popup_id()));
    let response = response.on_hover_text(words.t(msg::VIEWS_MENU_HINT));
    card::popup(&response, WIDTH).id(popup_id()).show(|ui| {
        ui.set_width(WIDTH);
        list(ui, model, state, words, out);
        ui.separator();
        save(ui, model, state, words, out);
    });
}

fn list(ui: &mut Ui, model: &ViewsModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    if model.names.is_empty() {
        draw::empty(ui, &words.t(msg::VIEWS_EMPTY));
        return;
    }
    ScrollArea::vertical().id_salt("views").max_height(LIST_HEIGHT).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for (ix, name) in model.names.iter().enumerate() {
            if state.views.renaming.as_ref().is_some_and(|(r, _)| *r == ix) {
                rename(ui, name, state, words, out);
            } else {
                let (on, last) = (model.current == Some(ix), ix + 1 == model.names.len());
                let view = ViewRow { ix, name, on, last };
                ui.push_id(ix, |ui| row(ui, &view, state, words, out));
            }
        }
    });
}

/// A view in the list.
struct ViewRow<'a> {
    ix: usize,
    name: &'a str,
    on: bool,
    last: bool,
}

fn row(ui: &mut Ui, view: &ViewRow<'_>, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let ViewRow { ix, name, on, last } = *view;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::ROW + 4.0), Sense::click());
    let n = format::count(ix as u64 + 1);
    let label = words.t_args(msg::VIEWS_GO, &[("n", n.as_str().into()), ("name", name.into())]);
    response.widget_info(|| WidgetInfo::selected(egui::Role::MenuItem, true, on, &label));
    let lively = ui.rect_contains_pointer(rect) || response.has_focus();
    if on {
        ui.painter().rect_filled(rect, 3.0, t.accent_soft);
    } else if lively {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let font = FontId::new(13.0, FontFamily::Proportional);
    let y = rect.center().y;
    let number_at = pos2(rect.left() + 22.0, y);
    ui.painter().text(
        number_at,
        Align2::RIGHT_CENTER,
        n,
        FontId::new(11.5, FontFamily::Proportional),
        t.weak,
    );
    let mut x = rect.right() - 4.0;
    let buttons = [
        (Icon::Trash, msg::VIEWS_DELETE, Some(Action::DeleteView(ix)), true),
        (Icon::Down, msg::VIEWS_DOWN, Some(Action::MoveView { from: ix, to: ix + 1 }), !last),
        (Icon::Up, msg::VIEWS_UP, Some(Action::MoveView { from: ix, to: ix.saturating_sub(1) }), ix > 0),
        (Icon::Camera, msg::VIEWS_OVERWRITE, Some(Action::OverwriteView(ix)), true),
        (Icon::Pencil, msg::VIEWS_RENAME, None, true),
    ];
    for (icon, text, action, possible) in buttons {
        x -= 23.0;
        if !possible {
            continue;
        }
        let at = Rect::from_min_size(pos2(x, y - 11.0), Vec2::splat(22.0));
        let label = words.t_args(text, &[("name", name.into())]);
        if draw::icon_at(ui, at, (icon, &label), text.id()).clicked() {
            match action {
                Some(action) => out.push(action),
                None => state.views.renaming = Some((ix, name.to_owned())),
            }
        }
    }
    let room = x - rect.left() - 36.0;
    draw::cut_text(ui.painter(), pos2(rect.left() + 30.0, y), name, font, (t.text, room));
    if response.clicked() {
        out.push(Action::GoToView(ix));
    }
}

/// The row of a view while its name is typed. Enter keeps it, leaving the field does not.
fn rename(ui: &mut Ui, name: &str, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    let Some((ix, mut text)) = state.views.renaming.take() else { return };
    let label = words.t_args(msg::VIEWS_RENAME_TO, &[("name", name.into())]);
    let id = ui.scope_id().with(("rename", ix));
    let response = ui.add(TextEdit::singleline(&mut text).id(id).desired_width(WIDTH - 20.0));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &label));
    let entered = ui.input(|i| i.key_pressed(Key::Enter));
    let trimmed = text.trim();
    if response.lost_focus() {
        if entered && !trimmed.is_empty() && trimmed != name {
            out.push(Action::RenameView { ix, name: trimmed.to_owned() });
        }
        return;
    }
    if !response.has_focus() {
        response.request_focus();
    }
    state.views.renaming = Some((ix, text));
}

/// Name field and button.
fn save(ui: &mut Ui, model: &ViewsModel, state: &mut UiState, words: &Words, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let clicked = ui.button(words.t(msg::VIEWS_SAVE)).clicked();
            let hint = words.t(msg::VIEWS_NAME).into_owned();
            let edit = TextEdit::singleline(&mut state.views.name)
                .id(Id::unique("lantu-view-name"))
                .hint_text(RichText::new(hint.as_str()).color(theme::of(ui).weak))
                .desired_width(ui.available_width());
            let response = ui.add(edit);
            response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &hint));
            let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            if clicked || entered {
                let typed = std::mem::take(&mut state.views.name);
                let name = typed.trim();
                let name = if name.is_empty() { free_name(model, words) } else { name.to_owned() };
                out.push(Action::SaveView { name });
            }
        });
    });
}

/// The first of "View 1", "View 2", … after the number of views that no view has; one of so many is always free.
pub(crate) fn free_name(model: &ViewsModel, words: &Words) -> String {
    let name = |n: usize| {
        let n = format::count(n as u64);
        words.t_args(msg::VIEWS_DEFAULT_NAME, &[("n", n.into())])
    };
    let taken = model.names.len();
    (taken + 1..=2 * taken + 1).map(name).find(|n| !model.names.contains(n)).unwrap_or_default()
}

/// Where stepping is: `2 / 7`; `None` where no saved view is shown.
pub(crate) fn step_text(model: &ViewsModel, words: &Words) -> Option<String> {
    let current = model.current.filter(|ix| *ix < model.names.len())?;
    let (n, count) = (format::count(current as u64 + 1), format::count(model.names.len() as u64));
    let message: Msg = msg::VIEWS_STEP;
    Some(words.t_args(message, &[("n", Arg::from(n)), ("count", Arg::from(count))]))
}
