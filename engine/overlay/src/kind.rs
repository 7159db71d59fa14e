//! The overlays, their states in the order of the legend, and what each state looks like.

use lantu_base::{Pattern, Rgba, Style, StyleFlags, UtcNanos};

/// Which overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OverlayKind {
    /// Tasks of the schedule.
    Progress,
    /// Sensor channels against their levels.
    Sensor,
    /// What may go wrong.
    Risk,
    /// What is different from another revision.
    Change,
}

/// How a state is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// In its color.
    Fill,
    /// In its color, translucent.
    Ghost,
    /// Material, slightly desaturated.
    Muted,
    /// Not at all.
    Hidden,
}

/// A state of an overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateDef {
    /// Stable name, as in `lantu overlay`.
    pub name: &'static str,
    /// Its color in the legend.
    pub color: Rgba,
    /// Second cue on the object.
    pub pattern: Pattern,
    /// Second cue in words: a numeral or sign for labels and the legend; may be empty.
    pub cue: &'static str,
    /// How it is drawn.
    pub look: Look,
}

/// A row of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegendEntry {
    /// The state.
    pub state: StateDef,
    /// Objects in it.
    pub count: u64,
}

/// States of all objects at one instant: one byte an object, row = `ObjectRow`, an index into [`OverlayKind::states`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlayResult {
    /// Which overlay.
    pub kind: OverlayKind,
    /// The instant.
    pub t: UtcNanos,
    /// `n_rows` × 1 byte.
    pub states: Vec<u8>,
    /// Every state of the overlay, also those without objects, in the legend's order.
    pub legend: Vec<LegendEntry>,
}

const fn def(name: &'static str, rgb: u32, pattern: Pattern, cue: &'static str, look: Look) -> StateDef {
    StateDef { name, color: Rgba::hex(rgb), pattern, cue, look }
}

const PROGRESS: [StateDef; 6] = [
    def("not_started", 0x9AA0A6, Pattern::Solid, "", Look::Ghost),
    def("in_progress", 0x56A5DD, Pattern::Half, "◐", Look::Fill),
    def("late", 0xEE7F1B, Pattern::Hatch, "!", Look::Fill),
    def("done", 0x2C8C6B, Pattern::Solid, "✓", Look::Fill),
    def("ahead", 0x0072B2, Pattern::Wide, "↑", Look::Fill),
    def("unlinked", 0xC4C8CC, Pattern::Dots, "", Look::Muted),
];

const SENSOR: [StateDef; 9] = [
    def("normal", 0x2C8C6B, Pattern::Solid, "", Look::Fill),
    def("advisory", 0xF7D046, Pattern::Solid, "△", Look::Fill),
    def("warning", 0xEE7F1B, Pattern::Half, "◭", Look::Fill),
    def("alarm", 0xB3202A, Pattern::Wide, "▲", Look::Fill),
    def("stale", 0x8A9097, Pattern::Hatch, "⌛", Look::Fill),
    def("suspect", 0x8E6BB0, Pattern::Dots, "?", Look::Fill),
    def("unknown", 0xB5BAC0, Pattern::Dots, "?", Look::Ghost),
    def("shelved", 0x8A9097, Pattern::Bar, "–", Look::Fill),
    def("unbound", 0xC4C8CC, Pattern::Solid, "", Look::Muted),
];

const RISK: [StateDef; 6] = [
    def("none", 0xC4C8CC, Pattern::Solid, "–", Look::Muted),
    def("low", 0x3B78B8, Pattern::Solid, "1", Look::Fill),
    def("medium", 0xF7D046, Pattern::Half, "2", Look::Fill),
    def("high", 0xEE7F1B, Pattern::Wide, "3", Look::Fill),
    def("extreme", 0xB3202A, Pattern::Hatch, "4", Look::Fill),
    def("unknown", 0xB5BAC0, Pattern::Dots, "?", Look::Ghost),
];

const CHANGE: [StateDef; 7] = [
    def("added", 0x2C8C6B, Pattern::Solid, "+", Look::Fill),
    def("removed", 0xB3202A, Pattern::Hatch, "−", Look::Ghost),
    def("moved", 0x56A5DD, Pattern::Wide, "→", Look::Fill),
    def("reshaped", 0xF0B429, Pattern::Half, "~", Look::Fill),
    def("changed", 0xF0B429, Pattern::Dots, "≈", Look::Fill),
    def("same", 0xC4C8CC, Pattern::Solid, "", Look::Muted),
    // The other revision of what is still there.
    def("former", 0xC4C8CC, Pattern::Solid, "", Look::Hidden),
];

impl OverlayKind {
    /// All overlays: first those of the keys 1 to 3.
    pub const ALL: [Self; 4] = [Self::Progress, Self::Sensor, Self::Risk, Self::Change];

    /// Stable name, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Progress => "progress",
            Self::Sensor => "sensor",
            Self::Risk => "risk",
            Self::Change => "change",
        }
    }

    /// The overlay of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }

    /// Its states; a state's index is its code in [`OverlayResult::states`].
    pub fn states(self) -> &'static [StateDef] {
        match self {
            Self::Progress => &PROGRESS,
            Self::Sensor => &SENSOR,
            Self::Risk => &RISK,
            Self::Change => &CHANGE,
        }
    }

    /// The state of objects that no record concerns.
    pub(crate) fn background(self) -> u8 {
        match self {
            Self::Progress | Self::Change => 5,
            Self::Sensor => 8,
            Self::Risk => 0,
        }
    }
}

impl StateDef {
    /// Color of the object in this state, if it is not its material's.
    pub fn object_color(&self) -> Option<Rgba> {
        (!matches!(self.look, Look::Muted | Look::Hidden)).then_some(self.color)
    }

    /// The bits of an object's style that outline it in this state's color, dashed by its second cue, whatever fills it; none
    /// where the state says nothing of the object. See [`StyleFlags::OUTLINE`].
    pub fn outline(&self) -> u32 {
        self.object_color().map_or(0, |color| StyleFlags::outline(color, self.pattern))
    }

    /// The eight bytes for the style table.
    pub fn style(&self) -> Style {
        let pattern = StyleFlags::pattern(self.pattern);
        match self.look {
            Look::Fill => Style { rgba: self.color.packed(), flags: StyleFlags::COLORED | pattern },
            Look::Ghost => Style {
                rgba: self.color.packed(),
                flags: StyleFlags::COLORED | StyleFlags::GHOSTED | pattern,
            },
            Look::Muted => Style { rgba: self.color.packed(), flags: StyleFlags::MUTED },
            Look::Hidden => {
                Style { rgba: self.color.packed(), flags: StyleFlags::MUTED | StyleFlags::HIDDEN }
            }
        }
    }
}

impl OverlayResult {
    pub(crate) fn new(kind: OverlayKind, t: UtcNanos, states: Vec<u8>) -> Self {
        let mut counts = [0_u64; 16];
        for &s in &states {
            if let Some(c) = counts.get_mut(usize::from(s)) {
                *c += 1;
            }
        }
        let legend = kind.states().iter().zip(counts).map(|(&state, count)| LegendEntry { state, count });
        Self { kind, t, legend: legend.collect(), states }
    }

    /// The state of a row; `None` outside.
    pub fn state(&self, row: lantu_base::ObjectRow) -> Option<&'static StateDef> {
        self.kind.states().get(usize::from(*self.states.get(row.ix())?))
    }
}

/// The style table of an overlay: `n_rows` × 8 bytes, row = `ObjectRow`. Hiding and selection are added by the owner of
/// the table.
pub fn styles(result: &OverlayResult) -> Vec<Style> {
    let mut table = [Style::default(); 256];
    for (slot, state) in table.iter_mut().zip(result.kind.states()) {
        *slot = state.style();
    }
    result.states.iter().map(|&s| table.get(usize::from(s)).copied().unwrap_or_default()).collect()
}

/// Outlines the objects of a style table by a second overlay; row = `ObjectRow`. What fills them stays.
pub fn outline(table: &mut [Style], result: &OverlayResult) {
    let mut bits = [0; 256];
    for (slot, state) in bits.iter_mut().zip(result.kind.states()) {
        *slot = state.outline();
    }
    for (style, &state) in table.iter_mut().zip(&result.states) {
        let own = bits.get(usize::from(state)).copied().unwrap_or(0);
        style.flags = style.flags & !StyleFlags::OUTLINE | own;
    }
}
