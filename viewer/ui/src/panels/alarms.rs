//! The list of alarms: sorted, filtered, flown to, acknowledged and shelved.

use std::cmp::Ordering;

use egui::{
    Button, ComboBox, FontFamily, FontId, Frame, Id, Rect, RichText, Sense, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};
use lantu_base::TimeZoneName;

use super::{card, dock, long_list};
use crate::action::Action;
use crate::draw::{self, Icon};
use crate::format;
use crate::model::{AlarmDeed, AlarmLife, AlarmRow, LiveModel};
use crate::state::{AlarmForm, AlarmSort, AlarmsState};
use crate::states::StateId;
use crate::theme;
use crate::words::{Msg, Words, msg};

/// Height of a row, points.
const ROW: f32 = 28.0;
/// Width of the buttons at the end of a row.
const BUTTONS: f32 = 190.0;
/// Hours that an alarm is shelved for unless somebody says otherwise. Chosen: a shift.
const SHELF_HOURS: u32 = 8;
/// Longest shelf, hours. Chosen: what is silenced for longer than a week is a rule to be changed.
const MAX_SHELF_HOURS: u32 = 168;

/// Columns: what they sort by, their name, their share of the width.
const COLUMNS: [(Option<AlarmSort>, Msg, f32); 8] = [
    (Some(AlarmSort::Priority), msg::ALARM_COLUMN_PRIORITY, 0.09),
    (Some(AlarmSort::Channel), msg::ALARM_COLUMN_CHANNEL, 0.15),
    (Some(AlarmSort::Object), msg::ALARM_COLUMN_OBJECT, 0.17),
    (Some(AlarmSort::Area), msg::ALARM_COLUMN_AREA, 0.1),
    (None, msg::ALARM_COLUMN_LEVEL, 0.11),
    (None, msg::ALARM_COLUMN_READING, 0.11),
    (Some(AlarmSort::Raised), msg::ALARM_COLUMN_RAISED, 0.12),
    (Some(AlarmSort::Life), msg::ALARM_COLUMN_LIFE, 0.15),
];

/// The choices above the list.
pub(crate) fn filters(ui: &mut Ui, alarms: &[AlarmRow], state: &mut AlarmsState, words: &Words) {
    let all = words.t(msg::ALARM_FILTER_ALL);
    let named = |name: Msg, value: Option<String>| {
        format!("{}: {}", words.t(name), value.unwrap_or_else(|| all.to_string()))
    };
    let life = state.life.map(|l| words.t(l.msg()).into_owned());
    ComboBox::from_id_salt("alarm-life").selected_text(named(msg::ALARM_FILTER_LIFE, life)).show_ui(
        ui,
        |ui| {
            ui.selectable_value(&mut state.life, None, &*all);
            for life in AlarmLife::ALL {
                ui.selectable_value(&mut state.life, Some(life), &*words.t(life.msg()));
            }
        },
    );
    let priority = state.priority.map(|s| words.t(s.msg()).into_owned());
    ComboBox::from_id_salt("alarm-priority")
        .selected_text(named(msg::ALARM_FILTER_PRIORITY, priority))
        .show_ui(ui, |ui| {
            ui.selectable_value(&mut state.priority, None, &*all);
            for worst in [StateId::Alarm, StateId::Warning, StateId::Advisory] {
                ui.selectable_value(&mut state.priority, Some(worst), &*words.t(worst.msg()));
            }
        });
    let mut areas: Vec<&str> = alarms.iter().map(|a| a.area.as_str()).filter(|a| !a.is_empty()).collect();
    areas.sort_unstable();
    areas.dedup();
    ComboBox::from_id_salt("alarm-area")
        .selected_text(named(msg::ALARM_FILTER_AREA, state.area.clone()))
        .show_ui(ui, |ui| {
            ui.selectable_value(&mut state.area, None, &*all);
            for area in areas {
                ui.selectable_value(&mut state.area, Some(area.to_owned()), area);
            }
        });
}

/// Alarms that pass the filters, in the order chosen.
fn chosen<'a>(alarms: &'a [AlarmRow], state: &AlarmsState) -> Vec<&'a AlarmRow> {
    let passes = |a: &&AlarmRow| {
        state.life.is_none_or(|l| a.life == l)
            && state.priority.is_none_or(|p| a.worst == p)
            && state.area.as_ref().is_none_or(|area| a.area == *area)
    };
    let mut out: Vec<&AlarmRow> = alarms.iter().filter(passes).collect();
    let newest = |a: &AlarmRow, b: &AlarmRow| b.raised.cmp(&a.raised);
    let order = |a: &AlarmRow, b: &AlarmRow| -> Ordering {
        match state.sort {
            AlarmSort::Priority => dock::severity(b.worst).cmp(&dock::severity(a.worst)),
            AlarmSort::Channel => a.channel.cmp(&b.channel),
            AlarmSort::Object => a.object.cmp(&b.object),
            AlarmSort::Area => a.area.cmp(&b.area),
            AlarmSort::Raised => Ordering::Equal,
            AlarmSort::Life => a.life.cmp(&b.life),
        }
    };
    out.sort_by(|a, b| {
        let by = order(a, b).then_with(|| newest(a, b)).then_with(|| a.channel.cmp(&b.channel));
        if state.reversed { by.reverse() } else { by }
    });
    out
}

/// Where the columns of a row lie.
fn cells(row: Rect) -> impl Iterator<Item = Rect> {
    let width = (row.width() - BUTTONS).max(200.0);
    let mut left = row.left() + 4.0;
    COLUMNS.iter().map(move |(_, _, share)| {
        let cell = Rect::from_min_size(pos2(left, row.top()), vec2(width * share - 8.0, row.height()));
        left += width * share;
        cell
    })
}

/// The list, and the form of what is being done about one of them.
pub(crate) fn list(
    ui: &mut Ui,
    live: &LiveModel,
    (state, zone): (&mut AlarmsState, &TimeZoneName),
    words: &Words,
    out: &mut Vec<Action>,
) {
    let rows = chosen(&live.alarms, state);
    if rows.is_empty() {
        let why = if live.alarms.is_empty() { msg::ALARMS_NONE } else { msg::ALARMS_NONE_MATCH };
        draw::empty(ui, &words.t(why));
    } else {
        header(ui, state, words);
        let list = long_list::List { n_rows: rows.len(), row_height: ROW, jump: None };
        let mut top = state.top;
        let mut form = None;
        long_list::show(ui, list, &mut top, &words.t(msg::ALARMS_SCROLL), |ui, ix, rect| {
            if let Some(alarm) = rows.get(ix) {
                row(ui, (ix, rect), alarm, (zone, words), out);
                form = buttons(ui, (ix, rect), alarm, words, out).or(form.take());
            }
        });
        state.top = top;
        if let Some(deed) = form {
            let by = if state.by.is_empty() { live.person.clone() } else { state.by.clone() };
            state.form = Some(AlarmForm { by, ..deed });
        }
    }
    act(ui, state, words, out);
}

fn header(ui: &mut Ui, state: &mut AlarmsState, words: &Words) {
    let (rect, _space) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let t = theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, t.line));
    for ((sort, name, _), cell) in COLUMNS.iter().zip(cells(rect)) {
        let name = words.t(*name);
        let font = FontId::new(11.5, FontFamily::Proportional);
        let sorted = *sort == Some(state.sort);
        let used = draw::cut_text(
            ui.painter(),
            cell.left_center(),
            &name,
            font,
            (if sorted { t.text } else { t.weak }, cell.width() - 14.0),
        );
        let Some(sort) = sort else { continue };
        let response = ui.interact(cell, ui.scope_id().with(("alarm-sort", name.as_ref())), Sense::click());
        let label = words.t_args(msg::ALARMS_SORT, &[("column", name.as_ref().into())]);
        response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, sorted, &label));
        if sorted {
            let at =
                Rect::from_center_size(pos2(cell.left() + used + 9.0, cell.center().y), vec2(10.0, 10.0));
            draw::icon(ui.painter(), at, if state.reversed { Icon::Up } else { Icon::Down }, t.weak);
        }
        if response.clicked() {
            state.reversed = sorted && !state.reversed;
            state.sort = *sort;
        }
    }
}

/// One alarm: a click selects its object, or shows its charts where it has none; a double click flies to it.
fn row(
    ui: &Ui,
    (ix, rect): (usize, Rect),
    alarm: &AlarmRow,
    (zone, words): (&TimeZoneName, &Words),
    out: &mut Vec<Action>,
) {
    let t = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(("alarm", ix)), Sense::click());
    let state = words.t(alarm.worst.msg());
    let stands = words.t(alarm.life.msg());
    let label = format!("{state} · {} · {} · {stands}", alarm.channel, alarm.object);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, t.hover);
    } else if ix % 2 == 1 {
        ui.painter().rect_filled(rect, 0.0, t.hover.gamma_multiply(0.4));
    }
    let reading = alarm
        .reading
        .as_ref()
        .map_or(String::new(), |(v, unit)| format::with_unit(&format::short(*v, 4), unit));
    let life = if alarm.by.is_empty() { stands.to_string() } else { format!("{stands} · {}", alarm.by) };
    let raised = format::date_time(alarm.raised, zone);
    let texts =
        [state.as_ref(), &alarm.channel, &alarm.object, &alarm.area, &alarm.level, &reading, &raised, &life];
    for ((text, cell), n) in texts.into_iter().zip(cells(rect)).zip(0..) {
        let mut at = cell;
        if n == 0 {
            let swatch = Rect::from_center_size(pos2(cell.left() + 11.0, cell.center().y), vec2(20.0, 14.0));
            draw::swatch(ui.painter(), swatch, alarm.worst, t.border);
            at.min.x += 28.0;
        }
        let color = if alarm.life.is_open() || n == 0 { t.text } else { t.weak };
        let font = FontId::new(12.5, FontFamily::Proportional);
        draw::cut_text(ui.painter(), at.left_center(), text, font, (color, at.width()));
    }
    if response.double_clicked() {
        out.extend(fly(alarm));
    } else if response.clicked() {
        let channel = || Action::PickChannel(alarm.channel.clone());
        out.push(alarm.row.map_or_else(channel, |object| Action::Select(Some(object))));
    }
}

/// To its object, its thing or its site.
fn fly(alarm: &AlarmRow) -> Option<Action> {
    let channel = || Action::FitChannel(alarm.channel.clone());
    alarm.flies.then(|| alarm.row.map_or_else(channel, Action::FitRow))
}

/// What can be done about it. Returns what somebody wants to do.
fn buttons(
    ui: &mut Ui,
    (ix, rect): (usize, Rect),
    alarm: &AlarmRow,
    words: &Words,
    out: &mut Vec<Action>,
) -> Option<AlarmForm> {
    let area = Rect::from_min_max(pos2(rect.right() - BUTTONS + 8.0, rect.top() + 1.0), rect.max);
    let mut wanted = None;
    let builder = UiBuilder::new().max_rect(area).id_salt(("alarm-buttons", ix));
    let mut ui = ui.new_child(builder.layout(egui::Layout::right_to_left(egui::Align::Center)));
    let named = |text: Msg| words.t_args(text, &[("channel", alarm.channel.as_str().into())]);
    let mut button = |ui: &mut Ui, text: Msg, label: Msg, deed: AlarmDeed| {
        let response = ui.add(Button::new(RichText::new(words.t(text)).size(12.0)).small());
        let label = named(label);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
        if response.clicked() {
            let channel = alarm.channel.clone();
            wanted = Some(AlarmForm { channel, deed, by: String::new(), why: String::new() });
        }
    };
    if alarm.life == AlarmLife::Shelved {
        button(&mut ui, msg::ALARM_UNSHELVE, msg::ALARM_UNSHELVE_ONE, AlarmDeed::Unshelve);
    } else {
        let shelve = AlarmDeed::Shelve { hours: SHELF_HOURS };
        button(&mut ui, msg::ALARM_SHELVE, msg::ALARM_SHELVE_ONE, shelve);
        if alarm.life.is_open() {
            button(&mut ui, msg::ALARM_ACKNOWLEDGE, msg::ALARM_ACKNOWLEDGE_ONE, AlarmDeed::Acknowledge);
        }
    }
    if let Some(fly) = fly(alarm) {
        let object = if alarm.object.is_empty() { &alarm.channel } else { &alarm.object };
        let label = words.t_args(msg::ALARM_FIT, &[("object", object.as_str().into())]);
        if draw::icon_button(&mut ui, Icon::Fit, &label, false).clicked() {
            out.push(fly);
        }
    }
    wanted
}

/// Who does it and why.
fn act(ui: &Ui, state: &mut AlarmsState, words: &Words, out: &mut Vec<Action>) {
    let Some(form) = &mut state.form else { return };
    let frame = Frame::popup(ui.style()).inner_margin(18.0);
    let title = match form.deed {
        AlarmDeed::Acknowledge => msg::ALARM_ACKNOWLEDGE_ONE,
        AlarmDeed::Shelve { .. } => msg::ALARM_SHELVE_ONE,
        AlarmDeed::Unshelve => msg::ALARM_UNSHELVE_ONE,
    };
    let title = words.t_args(title, &[("channel", form.channel.as_str().into())]);
    let response = egui::Modal::new(Id::unique("lantu-alarm-form")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(340.0);
        let mut done = card::title(ui, &title, Some(&words.t(msg::ALARM_FORM_CANCEL)));
        ui.add_space(6.0);
        card::text_field(ui, &words.t(msg::ALARM_FORM_BY), &mut form.by);
        card::text_field(ui, &words.t(msg::ALARM_FORM_WHY), &mut form.why);
        if let AlarmDeed::Shelve { hours } = &mut form.deed {
            ui.horizontal(|ui| {
                let name = ui.label(words.t(msg::ALARM_FORM_HOURS));
                ui.add(egui::DragValue::new(hours).range(1..=MAX_SHELF_HOURS)).labelled_by(name.id);
            });
        }
        ui.label(draw::weak(ui, &words.t(msg::ALARM_FORM_LOG)));
        ui.add_space(8.0);
        let ready = !form.by.trim().is_empty() && !form.why.trim().is_empty();
        ui.horizontal(|ui| {
            if ui.add_enabled(ready, Button::new(words.t(msg::ALARM_FORM_DO))).clicked() {
                out.push(Action::ActOnAlarm {
                    channel: form.channel.clone(),
                    deed: form.deed,
                    by: form.by.trim().to_owned(),
                    why: form.why.trim().to_owned(),
                });
                form.by.trim().clone_into(&mut state.by);
                done = true;
            }
            done |= ui.button(words.t(msg::ALARM_FORM_CANCEL)).clicked();
        });
        done
    });
    if response.inner || response.should_close() {
        state.form = None;
    }
}

#[cfg(test)]
mod tests {
    use lantu_base::UtcNanos;

    use super::*;

    fn alarm(channel: &str, worst: StateId, raised: i64, life: AlarmLife) -> AlarmRow {
        AlarmRow {
            channel: channel.to_owned(),
            object: channel.to_uppercase(),
            row: Some(1),
            flies: true,
            area: if channel < "c" { "bridge" } else { "tower" }.to_owned(),
            life,
            worst,
            level: String::new(),
            raised: UtcNanos(raised),
            reading: None,
            by: String::new(),
        }
    }

    #[test]
    fn the_worst_and_newest_alarm_comes_first_and_filters_leave_others_out() {
        let alarms = [
            alarm("a", StateId::Warning, 9, AlarmLife::Unacknowledged),
            alarm("b", StateId::Alarm, 1, AlarmLife::Acknowledged),
            alarm("c", StateId::Alarm, 5, AlarmLife::Unacknowledged),
            alarm("d", StateId::Advisory, 7, AlarmLife::Shelved),
        ];
        let names = |state: &AlarmsState| -> String {
            chosen(&alarms, state).iter().map(|a| a.channel.as_str()).collect()
        };
        let mut state = AlarmsState::default();
        assert_eq!(names(&state), "cbad");
        state.sort = AlarmSort::Raised;
        assert_eq!(names(&state), "adcb");
        state.reversed = true;
        assert_eq!(names(&state), "bcda");
        state = AlarmsState { area: Some("bridge".to_owned()), ..AlarmsState::default() };
        assert_eq!(names(&state), "ba");
        state.life = Some(AlarmLife::Acknowledged);
        assert_eq!(names(&state), "b");
        state = AlarmsState { priority: Some(StateId::Alarm), ..AlarmsState::default() };
        assert_eq!(names(&state), "cb");
    }
}
