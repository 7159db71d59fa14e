//! The section panel: a plane by axis or by a picked face, and a box.

use egui::{DragValue, Slider, Ui, WidgetInfo};

use super::card;
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{SectionAxis, SectionModel, SectionPlane};
use crate::state::UiState;
use crate::words::{Msg, Words, msg};

/// Decimals of positions: a millimeter is what tiles hold.
const DECIMALS: usize = 3;

const fn axis_name(axis: SectionAxis) -> Msg {
    match axis {
        SectionAxis::East => msg::SECTION_AXIS_EAST,
        SectionAxis::North => msg::SECTION_AXIS_NORTH,
        SectionAxis::Up => msg::SECTION_AXIS_UP,
        SectionAxis::Face => msg::SECTION_AXIS_FACE,
    }
}

/// The card's contents.
pub(crate) fn panel(
    ui: &mut Ui,
    model: &SectionModel,
    state: &mut UiState,
    words: &Words,
    out: &mut Vec<Action>,
) {
    let close = words.t(msg::SECTION_CLOSE);
    if card::title(ui, &words.t(msg::SECTION_TITLE), Some(&close)) {
        state.section_open = false;
    }
    ui.label(draw::weak(ui, &words.t(msg::SECTION_PLANE)));
    axes(ui, model, words, out);
    if model.picking {
        ui.add(egui::Label::new(draw::weak(ui, &words.t(msg::SECTION_PICK))).wrap());
    }
    if let Some(plane) = &model.plane {
        offset(ui, plane, words, out);
    }
    ui.add_space(6.0);
    cube(ui, model, words, out);
    if model.plane.is_some() || model.cube.is_some() || model.picking {
        ui.add_space(6.0);
        if ui.button(words.t(msg::SECTION_RESET)).clicked() {
            out.push(Action::ResetSection);
        }
    }
}

/// One button for each axis; the one that is on takes the plane away.
fn axes(ui: &mut Ui, model: &SectionModel, words: &Words, out: &mut Vec<Action>) {
    let current = model.plane.map(|p| p.axis).filter(|_| !model.picking);
    let current = if model.picking { Some(SectionAxis::Face) } else { current };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let gap = 4.0 * (SectionAxis::ALL.len() - 1) as f32;
        let width = (ui.available_width() - gap) / SectionAxis::ALL.len() as f32;
        for axis in SectionAxis::ALL {
            let on = current == Some(axis);
            let name = words.t(axis_name(axis));
            let button = egui::Button::selectable(on, name.as_ref()).min_size(egui::vec2(width, 26.0));
            let response = ui.add(button.frame_when_inactive(true));
            let label = words.t_args(msg::SECTION_AXIS_HINT, &[("axis", name.as_ref().into())]);
            response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, on, &label));
            if response.clicked() {
                out.push(Action::SetSection((!on).then_some(axis)));
            }
        }
    });
}

fn offset(ui: &mut Ui, plane: &SectionPlane, words: &Words, out: &mut Vec<Action>) {
    let (low, high) = plane.range_m;
    let range = low.min(high)..=high.max(low);
    ui.add_space(4.0);
    let mut value = plane.offset_m;
    ui.spacing_mut().slider_width = ui.available_width();
    let slider = ui.scope(|ui| {
        draw::slider_look(ui);
        ui.add(Slider::new(&mut value, range.clone()).show_value(false).smart_aim(false))
    });
    let slider = slider.inner;
    slider.widget_info(|| WidgetInfo::slider(true, value, words.t(msg::SECTION_OFFSET)));
    ui.horizontal(|ui| {
        let number = ui.add(meters(&mut value).range(range));
        number.widget_info(|| {
            WidgetInfo::labeled(egui::Role::SpinButton, true, words.t(msg::SECTION_OFFSET_NUMBER))
        });
        if (slider.changed() || number.changed()) && value.to_bits() != plane.offset_m.to_bits() {
            out.push(Action::SetSectionOffset(value));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if draw::icon_button(ui, Icon::Flip, &words.t(msg::SECTION_FLIP), plane.flipped).clicked() {
                out.push(Action::FlipSection);
            }
        });
    });
}

fn meters(value: &mut f64) -> DragValue<'_> {
    DragValue::new(value)
        .speed(0.05)
        .fixed_decimals(DECIMALS)
        .custom_formatter(|v, _| format::number(v, DECIMALS))
        .custom_parser(format::parse_number)
        .suffix("\u{202F}m")
}

/// The box: on or off, and its six numbers.
fn cube(ui: &mut Ui, model: &SectionModel, words: &Words, out: &mut Vec<Action>) {
    let mut on = model.cube.is_some();
    if ui.checkbox(&mut on, words.t(msg::SECTION_BOX).as_ref()).changed() {
        out.push(Action::SectionBox(on));
    }
    let Some(cube) = model.cube else { return };
    let mut edited = cube;
    let axes = [SectionAxis::East, SectionAxis::North, SectionAxis::Up];
    egui::Grid::new("section-box").num_columns(3).spacing([6.0, 3.0]).show(ui, |ui| {
        for (row, axis) in axes.into_iter().enumerate() {
            let name = words.t(axis_name(axis));
            ui.label(draw::weak(ui, &name));
            for (end, text) in [(0, msg::SECTION_BOX_MIN), (3, msg::SECTION_BOX_MAX)] {
                let Some(value) = edited.get_mut(row + end) else { continue };
                let response = ui.add(meters(value));
                let args =
                    [("axis", name.as_ref().into()), ("end", words.t(text).as_ref().to_owned().into())];
                let label = words.t_args(msg::SECTION_BOX_CORNER, &args);
                response.widget_info(|| WidgetInfo::labeled(egui::Role::SpinButton, true, &label));
            }
            ui.end_row();
        }
    });
    if edited.map(f64::to_bits) != cube.map(f64::to_bits) {
        out.push(Action::SetSectionBox(edited));
    }
    if model.has_selection && ui.button(words.t(msg::SECTION_BOX_SELECTION)).clicked() {
        out.push(Action::BoxSelection);
    }
}
