//! A list of any number of rows: only the visible ones are made.
//!
//! `egui::ScrollArea` keeps its offset in `f32` points: beyond 2²⁴ points, 700 000 rows, rows would be skipped.
//! Here the offset is a row number in `f64`.

use egui::{Rect, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::theme;

/// Width of the bar at the right.
const BAR: f32 = 8.0;
/// Shortest handle of the bar that a hand can grab.
const MIN_HANDLE: f32 = 26.0;

/// A list for one frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    pub(crate) n_rows: usize,
    /// Points.
    pub(crate) row_height: f32,
    /// A row to bring to the middle unless it is visible.
    pub(crate) jump: Option<usize>,
}

/// Rows that fit into a height, with a fraction.
fn rows_in(height: f32, list: List) -> f64 {
    f64::from((height / list.row_height).max(0.0))
}

/// Shows the rows around `top` in what is left of `ui`. `label` names the scroll bar. Returns how many rows fit.
pub(crate) fn show(
    ui: &mut Ui,
    list: List,
    top: &mut f64,
    label: &str,
    mut row: impl FnMut(&mut Ui, usize, Rect),
) -> f64 {
    let (rect, _space) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let visible = rows_in(rect.height(), list);
    let last_top = (list.n_rows as f64 - visible).max(0.0);
    wheel(ui, rect, list, top);
    if let Some(ix) = list.jump {
        let at = ix as f64;
        if at < *top || at + 1.0 > *top + visible {
            *top = at - visible / 2.0;
        }
    }
    *top = if top.is_finite() { top.clamp(0.0, last_top) } else { 0.0 };
    let scrolls = last_top > 0.0;
    let inner =
        Rect::from_min_max(rect.min, pos2(rect.right() - if scrolls { BAR } else { 0.0 }, rect.bottom()));
    if scrolls {
        bar(ui, Rect::from_min_max(inner.right_top(), rect.max), (visible, last_top), top, label);
    }
    let mut content = ui.new_child(UiBuilder::new().max_rect(inner));
    content.set_clip_rect(inner.intersect(ui.clip_rect()));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 or more, and within the list"
    )]
    let (first, end) = (*top as usize, ((*top + visible).ceil() as usize).min(list.n_rows));
    for ix in first..end {
        #[expect(clippy::cast_possible_truncation, reason = "within the visible part")]
        let y = (ix as f64 - *top) as f32 * list.row_height;
        let at = inner.min + vec2(0.0, y);
        row(&mut content, ix, Rect::from_min_size(at, vec2(inner.width(), list.row_height)));
    }
    visible
}

/// Brings a row into view in the next frame, in a list that shows `visible` rows.
pub(crate) fn reveal(ix: usize, visible: f64, top: &mut f64) {
    let at = ix as f64;
    if at < *top {
        *top = at;
    } else if at + 1.0 > *top + visible {
        *top = (at + 1.0 - visible).max(0.0);
    }
}

fn wheel(ui: &Ui, rect: Rect, list: List, top: &mut f64) {
    if ui.rect_contains_pointer(rect) {
        let moved = ui.input(|i| i.smooth_scroll_delta().y);
        *top -= f64::from(moved / list.row_height);
    }
}

/// The bar: drag the handle, or click where to go.
fn bar(ui: &Ui, rect: Rect, (visible, last_top): (f64, f64), top: &mut f64, label: &str) {
    let t = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("scroll-bar"), Sense::click_and_drag());
    #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
    let (share, at) = ((visible / (visible + last_top)) as f32, (*top / last_top) as f32);
    let height = (rect.height() * share).max(MIN_HANDLE).min(rect.height());
    let room = rect.height() - height;
    let handle = Rect::from_min_size(
        pos2(rect.left() + 3.0, rect.top() + room * at),
        vec2(rect.width() - 4.0, height),
    );
    response.widget_info(|| WidgetInfo::slider(true, f64::from(at) * 100.0, label));
    let lively = response.hovered() || response.dragged();
    ui.painter().rect(
        handle,
        3.0,
        if lively { t.weak } else { t.border },
        Stroke::NONE,
        egui::StrokeKind::Inside,
    );
    if response.is_pointer_button_down_on()
        && let Some(pointer) = response.interact_pointer_pos()
        && room > 0.0
    {
        if response.dragged() && handle.expand(4.0).contains(pointer - response.drag_delta()) {
            *top += f64::from(response.drag_delta().y / room) * last_top;
        } else if !handle.contains(pointer) {
            *top = f64::from((pointer.y - rect.top() - height / 2.0) / room) * last_top;
        }
    }
    *top = top.clamp(0.0, last_top);
}
