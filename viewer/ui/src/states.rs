//! Overlays and their states: names, colors and second cues, as the table in the design says.

use lantu_base::{Pattern, Rgba};

use crate::words::{Msg, msg};

/// What colors the scene.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum OverlayKind {
    /// Tasks against elements.
    #[default]
    Progress,
    /// Sensor channels against levels.
    Sensor,
    /// What endangers people or the schedule.
    Risk,
    /// What is different from another revision.
    Change,
    /// Materials only.
    None,
}

impl OverlayKind {
    /// In the order of the switch and of the keys 1 to 4. Changes are asked for by name: most projects have none.
    pub const SWITCH: [Self; 4] = [Self::Progress, Self::Sensor, Self::Risk, Self::None];
    /// Every overlay.
    pub const ALL: [Self; 5] = [Self::Progress, Self::Sensor, Self::Risk, Self::Change, Self::None];

    /// The name on the command line: `progress`, `sensor`, `risk`, `none`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Progress => "progress",
            Self::Sensor => "sensor",
            Self::Risk => "risk",
            Self::Change => "change",
            Self::None => "none",
        }
    }

    /// The name on the screen.
    pub const fn msg(self) -> Msg {
        match self {
            Self::Progress => msg::OVERLAY_PROGRESS,
            Self::Sensor => msg::OVERLAY_SENSOR,
            Self::Risk => msg::OVERLAY_RISK,
            Self::Change => msg::OVERLAY_CHANGE,
            Self::None => msg::OVERLAY_NONE,
        }
    }
}

/// The second cue of a state in panels, for gray printing and color blindness. Drawn by the painter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing: the plain color says it.
    None,
    /// A triangle: filled, half filled, outline.
    Triangle(Fill),
    /// A digit or a sign.
    Text(&'static str),
    /// An arrow up.
    Up,
}

/// How much of a mark is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// All of it.
    Full,
    /// The lower half.
    Half,
    /// Only its outline.
    Outline,
}

macro_rules! states {
    ($($variant:ident $doc:literal: $overlay:ident $name:literal $msg:ident $rgb:literal $pattern:ident $mark:expr;)*) => {
        /// A state that an overlay gives to an object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum StateId { $(#[doc = $doc] $variant,)* }

        impl StateId {
            /// Every state, by overlay, in the order of the legend.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The overlay that gives it.
            pub const fn overlay(self) -> OverlayKind {
                match self { $(Self::$variant => OverlayKind::$overlay,)* }
            }

            /// The name on the command line: `in_progress`. Unique within its overlay.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The name on the screen.
            pub const fn msg(self) -> Msg {
                match self { $(Self::$variant => msg::$msg,)* }
            }

            /// The color in scene, tree and legend; the same in every theme.
            pub const fn color(self) -> Rgba {
                match self { $(Self::$variant => Rgba::hex($rgb),)* }
            }

            /// The pattern on surfaces, as the shader draws it.
            pub const fn pattern(self) -> Pattern {
                match self { $(Self::$variant => Pattern::$pattern,)* }
            }

            /// The sign in chips and the legend.
            pub const fn mark(self) -> Mark {
                match self { $(Self::$variant => $mark,)* }
            }
        }
    };
}

states! {
    Late "Behind the plan.": Progress "late" STATE_PROGRESS_LATE 0xEE7F1B Hatch Mark::None;
    InProgress "Under way, as planned.": Progress "in_progress" STATE_PROGRESS_IN_PROGRESS 0x56A5DD Half Mark::None;
    Ahead "Further than planned.": Progress "ahead" STATE_PROGRESS_AHEAD 0x0072B2 Wide Mark::Up;
    Done "Finished.": Progress "done" STATE_PROGRESS_DONE 0x2C8C6B Solid Mark::Text("✓");
    NotStarted "Planned, and not due yet.": Progress "not_started" STATE_PROGRESS_NOT_STARTED 0x9AA0A6 Solid Mark::None;
    Unlinked "No task names it.": Progress "unlinked" STATE_PROGRESS_UNLINKED 0xC4C8CC Dots Mark::None;
    Alarm "Above the highest level.": Sensor "alarm" STATE_SENSOR_ALARM 0xB3202A Wide Mark::Triangle(Fill::Full);
    Warning "Above an upper level.": Sensor "warning" STATE_SENSOR_WARNING 0xEE7F1B Half Mark::Triangle(Fill::Half);
    Advisory "Above the lowest level.": Sensor "advisory" STATE_SENSOR_ADVISORY 0xF7D046 Solid Mark::Triangle(Fill::Outline);
    Normal "Below every level.": Sensor "normal" STATE_SENSOR_NORMAL 0x2C8C6B Solid Mark::None;
    Stale "No value for longer than the rule allows.": Sensor "stale" STATE_SENSOR_STALE 0x8A9097 Hatch Mark::None;
    Suspect "The value is doubtful.": Sensor "suspect" STATE_SENSOR_SUSPECT 0x8E6BB0 Dots Mark::None;
    SensorUnknown "Bound, and without any value.": Sensor "unknown" STATE_SENSOR_UNKNOWN 0xB5BAC0 Dots Mark::Text("?");
    Shelved "Somebody set its alarms aside.": Sensor "shelved" STATE_SENSOR_SHELVED 0x8A9097 Bar Mark::None;
    Unbound "No channel is bound to it.": Sensor "unbound" STATE_SENSOR_UNBOUND 0xC4C8CC Solid Mark::None;
    Extreme "Stop work.": Risk "extreme" STATE_RISK_EXTREME 0xB3202A Hatch Mark::Text("4");
    High "Act today.": Risk "high" STATE_RISK_HIGH 0xEE7F1B Wide Mark::Text("3");
    Medium "Plan a measure.": Risk "medium" STATE_RISK_MEDIUM 0xF7D046 Half Mark::Text("2");
    Low "Watch.": Risk "low" STATE_RISK_LOW 0x3B78B8 Solid Mark::Text("1");
    RiskNone "No rule applies.": Risk "none" STATE_RISK_NONE 0xC4C8CC Solid Mark::Text("–");
    RiskUnknown "The rules lack data.": Risk "unknown" STATE_RISK_UNKNOWN 0xB5BAC0 Dots Mark::Text("?");
    Added "The other revision lacks it.": Change "added" STATE_CHANGE_ADDED 0x2C8C6B Solid Mark::Text("+");
    Removed "Only the other revision has it.": Change "removed" STATE_CHANGE_REMOVED 0xB3202A Hatch Mark::Text("−");
    Moved "The same shape stands elsewhere.": Change "moved" STATE_CHANGE_MOVED 0x56A5DD Wide Mark::Text("→");
    Reshaped "It has another shape.": Change "reshaped" STATE_CHANGE_RESHAPED 0xF0B429 Half Mark::Text("~");
    Changed "Something known of it is different.": Change "changed" STATE_CHANGE_CHANGED 0xF0B429 Dots Mark::Text("≈");
    Same "Nothing of it is different.": Change "same" STATE_CHANGE_SAME 0xC4C8CC Solid Mark::None;
    Former "The other revision of what is still there: not drawn.": Change "former" STATE_CHANGE_FORMER 0xC4C8CC Solid Mark::Text("·");
}

impl StateId {
    /// The state with this name on the command line.
    pub fn parse(overlay: OverlayKind, name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|s| s.overlay() == overlay && s.name() == name)
    }

    /// Whether objects in it are outlined where its overlay is the second one: it says something of them.
    pub const fn is_outlined(self) -> bool {
        !matches!(self, Self::Unlinked | Self::Unbound | Self::RiskNone | Self::Same | Self::Former)
    }

    /// The states of one overlay, in the order of the legend.
    pub fn of(overlay: OverlayKind) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |s| s.overlay() == overlay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_the_command_line_has_a_color_and_a_name_on_screen() {
        let contract = [
            (OverlayKind::Progress, "not_started|in_progress|late|done|ahead|unlinked"),
            (OverlayKind::Sensor, "normal|advisory|warning|alarm|stale|suspect|unknown|shelved|unbound"),
            (OverlayKind::Risk, "none|low|medium|high|extreme|unknown"),
            (OverlayKind::Change, "added|removed|moved|reshaped|changed|same|former"),
        ];
        let mut n = 0;
        for (overlay, names) in contract {
            for name in names.split('|') {
                let state = StateId::parse(overlay, name).unwrap();
                assert_eq!(state.msg().id(), format!("state-{}-{name}", overlay.name()));
                n += 1;
            }
        }
        assert_eq!(n, StateId::ALL.len());
    }

    #[test]
    fn legend_and_scene_paint_a_state_alike() {
        for kind in lantu_overlay::OverlayKind::ALL {
            let overlay = OverlayKind::ALL.into_iter().find(|o| o.name() == kind.name()).unwrap();
            for scene in kind.states() {
                let state = StateId::parse(overlay, scene.name).unwrap();
                assert_eq!(
                    (state.color(), state.pattern()),
                    (scene.color, scene.pattern),
                    "{} {}",
                    kind.name(),
                    scene.name
                );
                assert_eq!(state.is_outlined(), scene.outline() != 0, "{} {}", kind.name(), scene.name);
            }
        }
    }

    #[test]
    fn states_of_one_overlay_differ_in_color_or_in_the_second_cue() {
        for a in StateId::ALL {
            for b in StateId::ALL {
                let same_look = a.color() == b.color() && a.pattern() == b.pattern() && a.mark() == b.mark();
                assert!(a == b || a.overlay() != b.overlay() || !same_look, "{a:?} looks like {b:?}");
            }
        }
    }
}
