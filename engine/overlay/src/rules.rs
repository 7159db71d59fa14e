//! The rule files of the overlays, read and checked together.

pub(crate) use lantu_live::class_fits;
use lantu_live::{RuleError, SensorRules, SensorState};
use serde::{Deserialize, Serialize};

use crate::ClearanceTable;
use crate::factors::{self, Aggregate, ForecastCrossing, HazardRadius, OpenIssue, RepeatedDig, WeatherLimit};

/// All rules that an overlay needs.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSet {
    /// Levels of readings.
    pub sensor: SensorRules,
    /// How risk factors combine.
    pub risk: RiskRules,
    /// Clear distances of excavations from pipes.
    pub clearance: ClearanceTable,
}

/// A rule file cannot be used; `file` is its usual name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleSetError {
    /// The levels of readings.
    #[error("cannot use the sensor rules: {0}")]
    Sensor(#[from] RuleError),
    /// Not TOML, not UTF-8, or a field is missing, unknown or of another type.
    #[error("cannot read the rule file {file}: {source}")]
    Syntax {
        /// `risk.toml` or `clearance.toml`.
        file: &'static str,
        /// What the parser says.
        source: Box<toml::de::Error>,
    },
    /// Readable, but its numbers contradict each other.
    #[error("the rule file {file} contradicts itself: {what}")]
    Contradiction {
        /// `risk.toml` or `clearance.toml`.
        file: &'static str,
        /// What is wrong.
        what: &'static str,
    },
}

/// How risk factors combine.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskRules {
    /// Version of the file; every reason says which one it was judged by.
    pub version: String,
    /// Where the numbers come from.
    pub source: String,
    /// How far somebody compared them with that source.
    pub verification: String,
    /// Row = likelihood 1 to 5, column = severity 1 to 5.
    pub matrix: [[Grade; 5]; 5],
    /// Several factors at once.
    pub escalation: Escalation,
    /// A task is overdue.
    pub task_overdue: TaskOverdue,
    /// A channel of the object is at a level.
    pub sensor_alarm: SensorAlarm,
    /// An open excavation is near a pipe.
    pub excavation_clearance: ExcavationClearance,
    /// A channel of the object is on the way to its highest level.
    pub forecast_crossing: ForecastCrossing,
    /// People or machines are near a hazard.
    #[serde(rename = "hazard_radius")]
    pub hazards: Vec<HazardRadius>,
    /// Work goes on in weather in which it must rest.
    #[serde(rename = "weather_limit")]
    pub weather: Vec<WeatherLimit>,
    /// An issue about the object is open.
    pub open_issue: OpenIssue,
    /// Digs that could be one.
    pub repeated_dig: RepeatedDig,
    /// How parts make the risk of what holds them.
    pub aggregate: Aggregate,
}

/// Grade of a risk, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// No factor.
    None,
    /// 低
    Low,
    /// 一般
    Medium,
    /// 较大
    High,
    /// 重大
    Extreme,
}

/// Likelihood and severity, 1 to 5 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// 1 to 5.
    pub likelihood: u8,
    /// 1 to 5.
    pub severity: u8,
}

/// Where `factors` different factors reach `from`, the grade rises by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// How many, at least 2.
    pub factors: usize,
    /// Grade that each must reach.
    pub from: Grade,
}

/// Likelihood by how long a task is overdue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskOverdue {
    /// 1 to 5.
    pub severity: u8,
    /// Ascending in days.
    #[serde(rename = "step")]
    pub steps: Vec<OverdueStep>,
}

/// A step of [`TaskOverdue`].
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverdueStep {
    /// More days than this.
    pub days: f64,
    /// 1 to 5.
    pub likelihood: u8,
}

/// Rating of a channel's state.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorAlarm {
    /// Rating of `advisory`.
    pub advisory: Rating,
    /// Rating of `warning`.
    pub warning: Rating,
    /// Rating of `alarm`.
    pub alarm: Rating,
    /// States that make the risk unknown.
    pub unknown_states: Vec<SensorState>,
}

/// Which objects are excavations and pipes, and how conflicts are rated.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcavationClearance {
    /// Patterns of classes.
    pub excavation_class: Vec<String>,
    /// Patterns of classes.
    pub pipe_class: Vec<String>,
    /// The excavation digs into the pipe.
    pub hard: Rating,
    /// Nearer than required.
    pub clearance: Rating,
}

impl Grade {
    /// Stable name, as in `lantu overlay`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Extreme => "extreme",
        }
    }

    pub(crate) fn raised(self) -> Self {
        match self {
            Self::None => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Extreme => Self::Extreme,
        }
    }
}

impl RiskRules {
    /// Reads and checks a file of risk rules (TOML, UTF-8).
    ///
    /// # Errors
    /// [`RuleSetError`]: what is wrong and where, also of a factor that is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, RuleSetError> {
        let rules: Self = read("risk.toml", bytes)?;
        match rules.contradiction() {
            Some(what) => Err(RuleSetError::Contradiction { file: "risk.toml", what }),
            None => Ok(rules),
        }
    }

    /// Grade of a rating; [`Grade::Extreme`] for a rating outside 1 to 5, which a checked file does not have.
    pub fn grade(&self, r: Rating) -> Grade {
        let row = usize::from(r.likelihood).checked_sub(1).and_then(|ix| self.matrix.get(ix));
        let cell = usize::from(r.severity).checked_sub(1).and_then(|ix| row?.get(ix));
        cell.copied().unwrap_or(Grade::Extreme)
    }

    fn contradiction(&self) -> Option<&'static str> {
        let in_scale = |v: u8| (1..=5).contains(&v);
        let sound = |r: Rating| in_scale(r.likelihood) && in_scale(r.severity);
        let (s, d) = (&self.sensor_alarm, &self.excavation_clearance);
        if ![s.advisory, s.warning, s.alarm, d.hard, d.clearance].into_iter().all(sound) {
            return Some("likelihood and severity are 1 to 5");
        }
        let steps = &self.task_overdue.steps;
        if !in_scale(self.task_overdue.severity) || !steps.iter().all(|s| in_scale(s.likelihood)) {
            return Some("likelihood and severity are 1 to 5");
        }
        if !steps.is_sorted_by(|a, b| a.days < b.days && a.likelihood <= b.likelihood) {
            return Some("the steps of task_overdue do not ascend");
        }
        if self.escalation.factors < 2 {
            return Some("one factor alone cannot escalate");
        }
        let columns_ascend = self.matrix.iter().all(|row| row.is_sorted());
        let rows_ascend = (0..5).all(|c| self.matrix.iter().map(|row| row.get(c)).is_sorted());
        if !columns_ascend || !rows_ascend {
            return Some("the matrix falls where likelihood or severity rises");
        }
        factors::contradiction(self)
    }
}

impl RuleSet {
    /// Reads and checks the three files (TOML, UTF-8).
    ///
    /// # Errors
    /// [`RuleSetError`]: a wrong file is refused as a whole, because a silently missing rule is dangerous.
    pub fn parse(sensor: &[u8], risk: &[u8], clearance: &[u8]) -> Result<Self, RuleSetError> {
        let risk = RiskRules::parse(risk)?;
        let clearance: ClearanceTable = read("clearance.toml", clearance)?;
        if let Some(what) = clearance.contradiction() {
            return Err(RuleSetError::Contradiction { file: "clearance.toml", what });
        }
        Ok(Self { sensor: SensorRules::parse(sensor)?, risk, clearance })
    }

    /// The rules that come with Lantu, from `assets/rules`.
    ///
    /// # Errors
    /// Never for the files as shipped (tested).
    pub fn shipped() -> Result<Self, RuleSetError> {
        Self::parse(
            include_bytes!("../../../assets/rules/sensor_levels.toml"),
            include_bytes!("../../../assets/rules/risk.toml"),
            include_bytes!("../../../assets/rules/clearance.toml"),
        )
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &'static str, bytes: &[u8]) -> Result<T, RuleSetError> {
    toml::from_slice(bytes).map_err(|e| RuleSetError::Syntax { file, source: Box::new(e) })
}

impl RiskRules {
    /// Whether objects of a class are management cells.
    pub fn is_cell(&self, class: &str) -> bool {
        class_fits(&self.aggregate.cell_class, class)
    }
}
