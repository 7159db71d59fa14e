//! The chooser of files: a path that completes itself, places, and what is in the folder.

use egui::{
    Align, Align2, Area, Button, Frame, Id, Key, Label, Layout, Modal, Order, Rect, RichText, ScrollArea,
    Sense, Stroke, TextEdit, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::{card, long_list};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{ChooserEntry, ChooserModel, ChooserPurpose};
use crate::state::ChooserState;
use crate::theme;
use crate::words::{Msg, Words, msg};

const PLACES_WIDTH: f32 = 150.0;
/// Widths of a new file's words and fields.
const NAMES_WIDTH: f32 = 130.0;
const FIELD_WIDTH: f32 = 340.0;
const ROW: f32 = 26.0;
/// Completions that are listed.
const COMPLETIONS: usize = 8;

const fn title(purpose: ChooserPurpose) -> Msg {
    match purpose {
        ChooserPurpose::OpenProject => msg::CHOOSER_OPEN,
        ChooserPurpose::NewProject => msg::CHOOSER_NEW,
        ChooserPurpose::Import => msg::CHOOSER_IMPORT,
        ChooserPurpose::Snapshot => msg::CHOOSER_SNAPSHOT,
        ChooserPurpose::States => msg::CHOOSER_STATES,
    }
}

/// The purpose gives a new file a name.
const fn is_new(purpose: ChooserPurpose) -> bool {
    matches!(purpose, ChooserPurpose::NewProject | ChooserPurpose::Snapshot | ChooserPurpose::States)
}

/// The dialog. Esc and a click beside it close it.
pub(crate) fn show(
    ui: &Ui,
    model: &ChooserModel,
    (state, top): (&mut ChooserState, &mut f64),
    words: &Words,
    out: &mut Vec<Action>,
) {
    if state.folder != model.folder {
        *state = ChooserState {
            folder: model.folder.clone(),
            path: with_slash(&model.folder),
            crs: std::mem::take(&mut state.crs),
            name: state.name.take(),
            ..ChooserState::default()
        };
        *top = 0.0;
    }
    let window = ui.ctx().content_rect();
    let size = vec2((window.width() - 60.0).min(780.0), (window.height() - 80.0).min(560.0));
    let modal = Modal::new(Id::unique("lantu-chooser")).frame(Frame::popup(ui.style()).inner_margin(18.0));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(size.x - 36.0);
        let closed = card::title(ui, &words.t(title(model.purpose)), Some(&words.t(msg::CHOOSER_CANCEL)));
        path_field(ui, model, state, words, out);
        trail(ui, model, words, out);
        ui.add_space(4.0);
        let below = if is_new(model.purpose) { 110.0 } else { 54.0 };
        let height = (size.y - 150.0 - below).max(120.0);
        let (middle, _space) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let (left, right) = middle.split_left_right_at_x(middle.left() + PLACES_WIDTH);
        ui.scope_builder(UiBuilder::new().max_rect(left), |ui| places(ui, model, words, out));
        ui.painter().vline(right.left(), right.y_range(), Stroke::new(1.0, theme::of(ui).line));
        let right = right.with_min_x(right.left() + 8.0);
        ui.scope_builder(UiBuilder::new().max_rect(right), |ui| entries(ui, model, (state, top), words, out));
        ui.separator();
        footer(ui, model, state, words, out) || closed
    });
    if response.inner || response.should_close() {
        out.push(Action::ChooserClose);
    }
}

fn with_slash(folder: &str) -> String {
    if folder.ends_with(['/', '\\']) { folder.to_owned() } else { format!("{folder}/") }
}

fn join(folder: &str, name: &str) -> String {
    with_slash(folder) + name
}

fn path_field(
    ui: &mut Ui,
    model: &ChooserModel,
    state: &mut ChooserState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let hint = words.t(msg::CHOOSER_PATH).into_owned();
    let edit = TextEdit::singleline(&mut state.path)
        .id(Id::unique("lantu-chooser-path"))
        .hint_text(RichText::new(hint.as_str()).color(theme::of(ui).weak))
        .desired_width(ui.available_width());
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &hint));
    if response.changed() {
        state.completing = true;
        out.push(Action::ChooserType(state.path.clone()));
    }
    if response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
        state.completing = false;
        take(&state.path, out);
        return;
    }
    if !state.completing || model.completions.is_empty() {
        return;
    }
    let area = Area::new(Id::unique("lantu-chooser-completions")).order(Order::Tooltip);
    let at = response.rect.left_bottom() + vec2(0.0, 2.0);
    let width = response.rect.width();
    let mut chosen = None;
    area.fixed_pos(at).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_width(width - 14.0);
            for path in model.completions.iter().take(COMPLETIONS) {
                let row = Button::selectable(false, path.as_str())
                    .truncate()
                    .min_size(vec2(ui.available_width(), 24.0));
                if ui.add(row).clicked() {
                    chosen = Some(path.clone());
                }
            }
        });
    });
    if let Some(path) = chosen {
        state.completing = false;
        state.path.clone_from(&path);
        take(&path, out);
    } else if !response.has_focus() && ui.input(|i| i.pointer.any_released()) {
        state.completing = false;
    }
}

/// A folder is listed, a file is taken. Paths of folders end with a slash; the app lists one that does not.
fn take(path: &str, out: &mut Vec<Action>) {
    let path = path.trim();
    if path.is_empty() {
        return;
    }
    out.push(if path.ends_with(['/', '\\']) {
        Action::ChooserEnter(path.to_owned())
    } else {
        Action::ChooserPick(vec![path.to_owned()])
    });
}

/// The folder's parts, each of which can be gone to.
fn trail(ui: &mut Ui, model: &ChooserModel, words: &Words, out: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (ix, (name, path)) in model.trail.iter().enumerate() {
            if ix > 0 {
                ui.label(draw::weak(ui, "›"));
            }
            let button =
                ui.add(Button::new(RichText::new(name).size(12.0)).frame_when_inactive(false).small());
            let label = words.t_args(msg::CHOOSER_FOLDER, &[("name", path.as_str().into())]);
            button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
            if button.clicked() {
                out.push(Action::ChooserEnter(path.clone()));
            }
        }
    });
}

fn places(ui: &mut Ui, model: &ChooserModel, words: &Words, out: &mut Vec<Action>) {
    ui.label(draw::weak(ui, &words.t(msg::CHOOSER_PLACE)));
    ScrollArea::vertical().id_salt("places").show(ui, |ui| {
        for (name, path) in &model.places {
            let on = *path == model.folder;
            let row =
                Button::selectable(on, name.as_str()).truncate().min_size(vec2(PLACES_WIDTH - 8.0, 24.0));
            if ui.add(row).on_hover_text(path).clicked() {
                out.push(Action::ChooserEnter(path.clone()));
            }
        }
    });
}

fn entries(
    ui: &mut Ui,
    model: &ChooserModel,
    (state, top): (&mut ChooserState, &mut f64),
    words: &Words,
    out: &mut Vec<Action>,
) {
    if model.loading {
        draw::empty(ui, &words.t(msg::CHOOSER_LOADING));
        return;
    }
    if model.entries.is_empty() {
        draw::empty(ui, &words.t(msg::CHOOSER_EMPTY));
        return;
    }
    let list = long_list::List { n_rows: model.entries.len(), row_height: ROW, jump: None };
    long_list::show(ui, list, top, &words.t(msg::CHOOSER_PLACE), |ui, ix, rect| {
        if let Some(entry) = model.entries.get(ix) {
            entry_row(ui, rect, (entry, model), state, (words, out));
        }
    });
}

fn entry_row(
    ui: &Ui,
    rect: Rect,
    (entry, model): (&ChooserEntry, &ChooserModel),
    state: &mut ChooserState,
    (words, out): (&Words, &mut Vec<Action>),
) {
    let t = theme::of(ui);
    let usable = entry.folder || entry.fits;
    let sense = if usable { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(("entry", &entry.name)), sense);
    let on = state.chosen.contains(&entry.name);
    let size = format::bytes(entry.bytes);
    let label = if entry.folder {
        words.t_args(msg::CHOOSER_FOLDER, &[("name", entry.name.as_str().into())])
    } else {
        words.t_args(
            msg::CHOOSER_FILE,
            &[("name", entry.name.as_str().into()), ("size", size.as_str().into())],
        )
    };
    response.widget_info(|| WidgetInfo::selected(egui::Role::ListItem, usable, on, &label));
    if on {
        ui.painter().rect_filled(rect, 3.0, t.accent_soft);
    } else if usable && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    }
    let y = rect.center().y;
    let icon_at = Rect::from_center_size(pos2(rect.left() + 12.0, y), Vec2::splat(14.0));
    let icon = if entry.folder { Icon::Folder } else { Icon::File };
    let weak = t.weak.gamma_multiply(if usable { 1.0 } else { 0.6 });
    draw::icon(ui.painter(), icon_at, icon, weak);
    let font = |size| egui::FontId::new(size, egui::FontFamily::Proportional);
    let wide = rect.width() > 420.0;
    let mut right = rect.right() - 8.0;
    if wide {
        ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, &entry.changed, font(11.0), weak);
        right -= 120.0;
    }
    if !entry.folder {
        ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, &size, font(11.0), weak);
    }
    right -= 70.0;
    let ink = if usable { t.text } else { weak };
    draw::cut_text(
        ui.painter(),
        pos2(rect.left() + 26.0, y),
        &entry.name,
        font(13.0),
        (ink, right - rect.left() - 26.0),
    );
    if !response.clicked() {
        return;
    }
    let path = join(&model.folder, &entry.name);
    if entry.folder {
        out.push(Action::ChooserEnter(path));
    } else if is_new(model.purpose) {
        state.name = Some(entry.name.clone());
    } else if response.double_clicked() {
        out.push(Action::ChooserPick(vec![path]));
    } else if model.purpose == ChooserPurpose::Import {
        if !state.chosen.remove(&entry.name) {
            state.chosen.insert(entry.name.clone());
        }
    } else {
        state.chosen = std::iter::once(entry.name.clone()).collect();
    }
}

/// Name and CRS of something new, what is wrong, and the buttons. Returns whether it was cancelled.
fn footer(
    ui: &mut Ui,
    model: &ChooserModel,
    state: &mut ChooserState,
    words: &Words,
    out: &mut Vec<Action>,
) -> bool {
    if is_new(model.purpose) {
        new_file(ui, model, state, words);
    }
    if !model.problem.is_empty() {
        let color = theme::of(ui).danger;
        ui.add(Label::new(RichText::new(&model.problem).size(12.5).color(color)).wrap());
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let (text, action) = choice(model, state, words);
        let ink = theme::of(ui).on_accent;
        let accent = theme::of(ui).accent;
        let text = RichText::new(text);
        let button =
            if action.is_some() { Button::new(text.color(ink)).fill(accent) } else { Button::new(text) };
        let taken = ui.add_enabled(action.is_some(), button.min_size(vec2(96.0, 28.0))).clicked();
        if let (true, Some(action)) = (taken, action) {
            out.push(action);
        }
        let cancel = ui.add(Button::new(words.t(msg::CHOOSER_CANCEL)).min_size(vec2(80.0, 28.0))).clicked();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.label(draw::weak(ui, &words.t(msg::CHOOSER_DROP)));
        });
        cancel
    })
    .inner
}

fn new_file(ui: &mut Ui, model: &ChooserModel, state: &mut ChooserState, words: &Words) {
    let name = state.name.get_or_insert_with(|| model.suggestion.clone());
    labeled_field(ui, name, &words.t(msg::CHOOSER_NAME), &model.suggestion, |_| {});
    if model.purpose != ChooserPurpose::NewProject {
        return;
    }
    let label = words.t(msg::CHOOSER_CRS);
    let mut chosen = None;
    labeled_field(ui, &mut state.crs, &label, &words.t(msg::CHOOSER_CRS_HINT), |ui| {
        let button = draw::icon_button(ui, Icon::ChevronDown, &words.t(msg::CHOOSER_CRS_LIST), false);
        egui::Popup::menu(&button).show(|ui| {
            for (code, name) in &model.crs_choices {
                if ui.button(format!("{code} · {name}")).clicked() {
                    chosen = Some(code.clone());
                }
            }
        });
    });
    if let Some(code) = chosen {
        state.crs = code;
    }
}

/// A word, a field, and what follows on the line.
fn labeled_field(ui: &mut Ui, text: &mut String, label: &str, hint: &str, after: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let (name, _space) = ui.allocate_exact_size(vec2(NAMES_WIDTH, 26.0), Sense::hover());
        let font = egui::FontId::new(12.0, egui::FontFamily::Proportional);
        ui.painter().text(name.left_center(), Align2::LEFT_CENTER, label, font, theme::of(ui).weak);
        let hint = RichText::new(hint).color(theme::of(ui).weak);
        let response = ui.add(TextEdit::singleline(text).hint_text(hint).desired_width(FIELD_WIDTH));
        response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, label));
        after(ui);
    });
}

/// The button's word, and what it does once enough is chosen.
fn choice(model: &ChooserModel, state: &ChooserState, words: &Words) -> (String, Option<Action>) {
    let chosen: Vec<String> = state.chosen.iter().map(|name| join(&model.folder, name)).collect();
    let name = state.name.as_deref().unwrap_or_default().trim();
    let path = join(&model.folder, name);
    match model.purpose {
        ChooserPurpose::OpenProject => {
            let action = (!chosen.is_empty()).then_some(Action::ChooserPick(chosen));
            (words.t(msg::CHOOSER_DO_OPEN).into_owned(), action)
        }
        ChooserPurpose::Import => {
            let text = words.counted(msg::CHOOSER_DO_IMPORT, chosen.len() as u64);
            (text, (!chosen.is_empty()).then_some(Action::ChooserPick(chosen)))
        }
        ChooserPurpose::Snapshot | ChooserPurpose::States => {
            let action = (!name.is_empty()).then(|| Action::ChooserPick(vec![path]));
            (words.t(msg::CHOOSER_DO_SNAPSHOT).into_owned(), action)
        }
        ChooserPurpose::NewProject => {
            let crs = state.crs.trim().to_owned();
            let ready = !name.is_empty() && !crs.is_empty();
            let action = ready.then_some(Action::CreateProject { path, crs });
            (words.t(msg::CHOOSER_DO_NEW).into_owned(), action)
        }
    }
}
