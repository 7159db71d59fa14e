//! Time along the horizontal axis: where instants lie, and the dates below or above it.

use egui::{Align2, FontFamily, FontId, Painter, Rect, Stroke, pos2};
use lantu_base::{TimeZoneName, UtcNanos};

use crate::format;
use crate::theme::Tokens;

/// Least points between two dates: `2026-07-31` at 10.5 points, with air.
const DATE_GAP: f32 = 84.0;
/// Days between two dates; the first that leaves room is taken.
const STEPS: [i64; 9] = [1, 2, 7, 14, 30, 61, 91, 182, 365];
const DAY_NS: i64 = 86_400_000_000_000;

/// Where instants lie.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub(super) left: f32,
    pub(super) width: f32,
    pub(super) span: (UtcNanos, UtcNanos),
}

impl Scale {
    /// A scale over a span with a hundredth of air on both sides.
    pub(super) fn new(left: f32, width: f32, span: (UtcNanos, UtcNanos)) -> Self {
        let air = (span.1.0 - span.0.0).max(DAY_NS) / 100;
        Self { left, width, span: (UtcNanos(span.0.0 - air), UtcNanos(span.1.0 + air)) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a fraction of the window")]
    pub(super) fn x(&self, at: UtcNanos) -> f32 {
        let length = self.span.1.seconds_since(self.span.0).max(1.0);
        self.left + (at.seconds_since(self.span.0) / length) as f32 * self.width
    }

    #[expect(clippy::cast_possible_truncation, reason = "between two i64, so it fits")]
    pub(super) fn at(&self, x: f32) -> UtcNanos {
        let share = f64::from((x - self.left) / self.width.max(1.0)).clamp(0.0, 1.0);
        let length = i128::from(self.span.1.0) - i128::from(self.span.0.0);
        UtcNanos(self.span.0.0.saturating_add((length as f64 * share) as i64))
    }

    /// Days at which lines and dates stand.
    fn ticks(&self) -> impl Iterator<Item = UtcNanos> + use<> {
        let days = (self.span.1.0 - self.span.0.0) / DAY_NS;
        #[expect(clippy::cast_possible_truncation, reason = "a few dozen")]
        let room = (self.width / DATE_GAP).max(1.0) as i64;
        let fits = |step: &&i64| days / **step <= room;
        let step = STEPS.iter().find(fits).copied().unwrap_or((days / room).max(365)) * DAY_NS;
        let (first, last) = (self.span.0.0.div_euclid(step) * step + step, self.span.1.0);
        (0..).map(move |n| UtcNanos(first + n * step)).take_while(move |t| t.0 <= last)
    }

    /// Lines from top to bottom, and dates in the strip at the top.
    pub(super) fn grid(&self, p: &Painter, (strip, body): (Rect, Rect), zone: &TimeZoneName, t: Tokens) {
        for tick in self.ticks() {
            let x = self.x(tick);
            p.vline(x, body.y_range(), Stroke::new(1.0, t.line));
            // A date that would be cut at the end is left out; its line stays.
            if x + DATE_GAP * 0.75 > strip.right() {
                continue;
            }
            let text = format::date_time(tick, zone);
            let date = text.split(' ').next().unwrap_or_default().to_owned();
            let font = FontId::new(10.5, FontFamily::Proportional);
            p.text(pos2(x + 3.0, strip.center().y), Align2::LEFT_CENTER, date, font, t.weak);
        }
    }

    /// The clock's line.
    pub(super) fn now(&self, p: &Painter, body: Rect, at: Option<UtcNanos>, t: Tokens) {
        if let Some(x) = at.map(|at| self.x(at)).filter(|x| body.x_range().contains(*x)) {
            p.vline(x, body.y_range(), Stroke::new(1.6, t.accent));
            let top = pos2(x, body.top());
            p.circle_filled(top, 3.2, t.accent);
        }
    }
}
