//! Notices at the upper edge of the scene, and the dialog for what must be read.

use egui::{
    Align, Align2, Area, CollapsingHeader, Frame, Id, Label, Layout, Modal, Order, Rect, RichText, Sense,
    Stroke, Ui, Vec2, vec2,
};

use crate::action::Action;
use crate::draw::{self, Icon};
use crate::model::{DialogModel, Notice, NoticeKind};
use crate::theme;
use crate::words::{Words, msg};

/// At most this many at once; the newest are shown.
const SHOWN: usize = 4;

/// Notices in the middle of the upper edge of `free`.
pub(crate) fn show(ui: &Ui, free: Rect, notices: &[Notice], words: &Words, out: &mut Vec<Action>) {
    if notices.is_empty() {
        return;
    }
    let width = 420.0_f32.min(free.width() - 140.0).max(200.0);
    let at = free.center_top() + vec2(0.0, 12.0);
    let area = Area::new(Id::unique("lantu-notices"))
        .order(Order::Foreground)
        .pivot(Align2::CENTER_TOP)
        .fixed_pos(at);
    area.show(ui.ctx(), |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        for notice in notices.iter().rev().take(SHOWN).rev() {
            ui.push_id(notice.id, |ui| card(ui, notice, width, words, out));
        }
    });
}

fn card(ui: &mut Ui, notice: &Notice, width: f32, words: &Words, out: &mut Vec<Action>) {
    let t = theme::of(ui);
    let (icon, color) = match notice.kind {
        NoticeKind::Info => (Icon::Info, t.accent),
        NoticeKind::Done => (Icon::Check, t.good),
        NoticeKind::Warning => (Icon::Warn, t.caution),
        NoticeKind::Error => (Icon::Warn, t.danger),
    };
    let frame = Frame::popup(ui.style()).fill(t.surface).stroke(Stroke::new(1.0, color.gamma_multiply(0.7)));
    frame.inner_margin(8.0).show(ui, |ui| {
        ui.set_width(width);
        ui.horizontal_top(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                if draw::icon_button(ui, Icon::Close, &words.t(msg::NOTICE_CLOSE), false).clicked() {
                    out.push(Action::DismissNotice(notice.id));
                }
                ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                    let (rect, _icon) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::hover());
                    draw::icon(ui.painter(), rect.shrink(3.0), icon, color);
                    ui.vertical(|ui| {
                        ui.add_space(2.0);
                        ui.add(Label::new(RichText::new(&notice.text).size(12.5)).wrap().selectable(true));
                    });
                });
            });
        });
    });
}

/// What happened, where, what to do.
pub(crate) fn dialog(ui: &Ui, model: &DialogModel, words: &Words, out: &mut Vec<Action>) {
    let response = Modal::new(Id::unique("lantu-dialog"))
        .frame(Frame::popup(ui.style()).inner_margin(20.0))
        .show(ui.ctx(), |ui| {
            let t = theme::of(ui);
            ui.set_width(440.0_f32.min(ui.ctx().content_rect().width() - 80.0));
            let title = if model.title.is_empty() {
                words.t(msg::DIALOG_ERROR_TITLE)
            } else {
                model.title.as_str().into()
            };
            ui.horizontal(|ui| {
                let (rect, _icon) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::hover());
                draw::icon(ui.painter(), rect.shrink(2.0), Icon::Warn, t.danger);
                ui.label(draw::strong(&title, 15.0));
            });
            for (name, text) in [
                (msg::DIALOG_WHAT, &model.what),
                (msg::DIALOG_WHERE, &model.place),
                (msg::DIALOG_TODO, &model.todo),
            ] {
                if !text.is_empty() {
                    ui.add_space(6.0);
                    ui.label(draw::weak(ui, &words.t(name)));
                    ui.add(Label::new(text.as_str()).wrap().selectable(true));
                }
            }
            if !model.details.is_empty() {
                ui.add_space(6.0);
                CollapsingHeader::new(words.t(msg::DIALOG_DETAILS).as_ref()).show(ui, |ui| {
                    ui.add(Label::new(RichText::new(&model.details).monospace()).wrap().selectable(true));
                });
            }
            ui.add_space(14.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = RichText::new(words.t(msg::DIALOG_CLOSE).as_ref()).color(t.on_accent);
                let mut close =
                    ui.add(egui::Button::new(text).fill(t.accent).min_size(vec2(80.0, 28.0))).clicked();
                if ui.add(egui::Button::new(words.t(msg::DIALOG_COPY)).min_size(vec2(80.0, 28.0))).clicked() {
                    let text = [model.what.as_str(), &model.place, &model.todo, &model.details].join("\n");
                    ui.copy_text(text.clone());
                    out.push(Action::CopyText(text));
                }
                close |= ui.input(|i| i.key_pressed(egui::Key::Enter));
                close
            })
            .inner
        });
    if response.inner || response.should_close() {
        out.push(Action::CloseDialog);
    }
}
