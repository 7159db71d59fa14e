//! Factors of risk: what each is called, the fact that it rests on, and what a fact is worth by the rules.

use lantu_live::SensorState;
use serde::Deserialize;

use crate::clearance::Conflict;
use crate::rules::{Grade, Rating, RiskRules, class_fits};

/// What may put an object at risk. The order is the one of reasons and of [`Factors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// A task of it is overdue.
    TaskOverdue,
    /// A channel of it is at a level.
    SensorAlarm,
    /// It is an open excavation near a pipe, or such a pipe.
    ExcavationClearance,
    /// A channel of it is on the way to its highest level.
    ForecastCrossing,
    /// People or machines are inside the radius of a hazard: it is one of them, or the hazard.
    HazardRadius,
    /// A task of it is worked on in weather beyond its limit.
    WeatherLimit,
    /// An issue about it is open.
    OpenIssue,
}

impl Factor {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TaskOverdue,
        Self::SensorAlarm,
        Self::ExcavationClearance,
        Self::ForecastCrossing,
        Self::HazardRadius,
        Self::WeatherLimit,
        Self::OpenIssue,
    ];

    /// Stable name, as in the rule file and in `lantu risk`.
    pub fn name(self) -> &'static str {
        match self {
            Self::TaskOverdue => "task_overdue",
            Self::SensorAlarm => "sensor_alarm",
            Self::ExcavationClearance => "excavation_clearance",
            Self::ForecastCrossing => "forecast_crossing",
            Self::HazardRadius => "hazard_radius",
            Self::WeatherLimit => "weather_limit",
            Self::OpenIssue => "open_issue",
        }
    }

    fn ix(self) -> usize {
        Self::ALL.iter().position(|f| *f == self).unwrap_or(0)
    }
}

/// A fact about an object, as fixtures state it and as the overlay finds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Days that a task is overdue.
    TaskOverdue(f64),
    /// State of a channel.
    SensorAlarm(SensorState),
    /// An open excavation and a pipe.
    ExcavationClearance(Conflict),
    /// Days until a channel crosses its highest level.
    ForecastCrossing(f64),
    /// Name of the hazard whose radius is entered.
    HazardRadius(String),
    /// A reading of the weather over work that it limits.
    WeatherLimit(WeatherFact),
    /// An open issue.
    OpenIssue(IssueFact),
}

/// A reading of the weather while a task is worked on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeatherFact {
    /// What is measured: `wind_speed`.
    pub quantity: String,
    /// The reading, in the unit of the rule.
    pub value: f64,
    /// Name of the task.
    pub task: String,
}

/// An open issue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueFact {
    /// Priority as written.
    pub priority: String,
    /// Its due date is past.
    pub overdue: bool,
}

/// Likelihood by how near something is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastCrossing {
    /// 1 to 5.
    pub severity: u8,
    /// Days of readings that the line is laid through.
    pub window_days: f64,
    /// Quantities that have trends worth a line; others are not forecast.
    pub quantities: Vec<String>,
    /// Ascending in days, falling in likelihood: the first that is not exceeded counts, none beyond the last.
    #[serde(rename = "step")]
    pub steps: Vec<CrossingStep>,
}

/// A step of [`ForecastCrossing`].
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossingStep {
    /// At most so many days.
    pub within_days: f64,
    /// 1 to 5.
    pub likelihood: u8,
}

/// A hazard and who is in danger inside its radius.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HazardRadius {
    /// Name.
    pub name: String,
    /// Patterns of classes of the hazard; it counts while a task of it is worked on, and always without tasks.
    pub hazard_class: Vec<String>,
    /// Patterns of classes of people and machines.
    pub exposed_class: Vec<String>,
    /// From outline to outline, seen from above, meters; the outline of a thing with a radius is its circle.
    pub radius_m: f64,
    /// Positions of things that are older than so many seconds do not count. Chosen: five minutes, as sensors at site
    /// report once a minute.
    #[serde(default = "five_minutes")]
    pub fresh_s: f64,
    /// How it is rated.
    pub rating: Rating,
}

const fn five_minutes() -> f64 {
    300.0
}

/// Weather in which some work must rest.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeatherLimit {
    /// Name.
    pub name: String,
    /// Quantity of the channels that measure it, anywhere in the project: the worst counts.
    pub quantity: String,
    /// Unit of `limit`; a reading in another cannot be judged.
    pub unit: String,
    /// At or above counts; at or below with `below`.
    pub limit: f64,
    /// Whether less is worse.
    #[serde(default)]
    pub below: bool,
    /// A reading older than this says nothing, hours.
    pub fresh_h: f64,
    /// Words one of which occurs in the name of a task that it limits.
    pub task_words: Vec<String>,
    /// How it is rated.
    pub rating: Rating,
}

/// Open issues by priority.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIssue {
    /// Words of the state of a topic that is no longer open, ignoring case.
    pub closed_words: Vec<String>,
    /// Tried in this order; an empty word fits any priority.
    #[serde(rename = "priority")]
    pub priorities: Vec<IssuePriority>,
    /// Added to the likelihood once the due date is past.
    pub overdue_likelihood: u8,
}

/// How an issue of a priority is rated.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuePriority {
    /// Words one of which occurs in the priority, ignoring case.
    pub words: Vec<String>,
    /// How it is rated.
    pub rating: Rating,
}

/// Digs planned one after the other where one would do.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatedDig {
    /// Patterns of classes of streets.
    pub street_class: Vec<String>,
    /// A dig belongs to the streets that lie so near to it, meters.
    pub street_reach_m: f64,
    /// Two digs on one street count when no farther apart, meters.
    pub within_m: f64,
    /// And when no more days lie between the end of one and the start of the other.
    pub within_days: f64,
}

/// How parts make the risk of what holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AggregateRule {
    /// The worst of the parts; unknown where no part is graded and one is unknown.
    Worst,
}

/// How risk is summed up: element, site, management cell.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// The rule.
    pub rule: AggregateRule,
    /// Patterns of classes of what an element's site is among the wholes that hold it.
    pub site_class: Vec<String>,
    /// Patterns of classes of areas that an object lies in by its middle.
    pub cell_class: Vec<String>,
}

/// What is known of each factor, in the order of [`Factor::ALL`]: outside `None` where there is none, inside where it
/// cannot be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors(pub [Option<Option<Rating>>; Factor::ALL.len()]);

/// What the factors of an object amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The grade; [`Grade::None`] also where nothing can be judged.
    pub grade: Grade,
    /// Nothing is graded, and a factor cannot be judged.
    pub unknown: bool,
    /// Highest likelihood × severity, 0 without factors.
    pub score: u8,
    /// How many factors raised the grade; 0 if it was not raised.
    pub raised_by: usize,
}

impl Verdict {
    /// Index into the states of the risk overlay.
    pub fn state_ix(&self) -> u8 {
        match self.grade {
            Grade::None if self.unknown => 5,
            Grade::None => 0,
            Grade::Low => 1,
            Grade::Medium => 2,
            Grade::High => 3,
            Grade::Extreme => 4,
        }
    }
}

impl Rating {
    /// Likelihood × severity, 1 to 25.
    pub fn score(self) -> u8 {
        self.likelihood.saturating_mul(self.severity)
    }
}

impl Factors {
    /// Adds what a factor was found to be; the worse of two counts, and any rating before none: what is known to be
    /// dangerous is not hidden by what is not known.
    pub fn add(&mut self, factor: Factor, found: Option<Rating>) {
        let worth = |r: Option<Rating>| r.map_or(0, Rating::score);
        if let Some(slot) = self.0.get_mut(factor.ix())
            && slot.is_none_or(|before| worth(found) > worth(before))
        {
            *slot = Some(found);
        }
    }

    /// What a factor was found to be.
    pub fn get(&self, factor: Factor) -> Option<Option<Rating>> {
        self.0.get(factor.ix()).copied().flatten()
    }

    /// The same without one of them.
    #[must_use]
    pub fn without(mut self, factor: Factor) -> Self {
        if let Some(slot) = self.0.get_mut(factor.ix()) {
            *slot = None;
        }
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// What they amount to: the highest grade, raised by one where several meet.
    pub fn verdict(&self, rules: &RiskRules) -> Verdict {
        let rated = || self.0.into_iter().flatten().flatten();
        let mut grade = rated().map(|r| rules.grade(r)).max().unwrap_or(Grade::None);
        let n_from = rated().filter(|&r| rules.grade(r) >= rules.escalation.from).count();
        let raised_by = if n_from >= rules.escalation.factors { n_from } else { 0 };
        if raised_by > 0 {
            grade = grade.raised();
        }
        let unknown = grade == Grade::None && self.0.into_iter().flatten().any(|f| f.is_none());
        Verdict { grade, unknown, score: rated().map(Rating::score).max().unwrap_or(0), raised_by }
    }
}

impl RiskRules {
    /// What a fact is worth: its factor and rating, inside `None` where it cannot be judged; outside `None` where it is
    /// no factor at all.
    pub fn rate(&self, fact: &Fact) -> Option<(Factor, Option<Rating>)> {
        match fact {
            Fact::TaskOverdue(days) => {
                let step = self.task_overdue.steps.iter().rev().find(|s| *days > s.days)?;
                let severity = self.task_overdue.severity;
                Some((Factor::TaskOverdue, Some(Rating { likelihood: step.likelihood, severity })))
            }
            Fact::SensorAlarm(state) => {
                let rules = &self.sensor_alarm;
                let rating = match state {
                    SensorState::Alarm => Some(rules.alarm),
                    SensorState::Warning => Some(rules.warning),
                    SensorState::Advisory => Some(rules.advisory),
                    s if rules.unknown_states.contains(s) => None,
                    _ => return None,
                };
                Some((Factor::SensorAlarm, rating))
            }
            Fact::ExcavationClearance(conflict) => {
                let rating = match conflict {
                    Conflict::Hard => Some(self.excavation_clearance.hard),
                    Conflict::TooClose => Some(self.excavation_clearance.clearance),
                    Conflict::Undecidable => None,
                    Conflict::Free => return None,
                };
                Some((Factor::ExcavationClearance, rating))
            }
            Fact::ForecastCrossing(days) => {
                let step = self.forecast_crossing.steps.iter().find(|s| *days <= s.within_days)?;
                let severity = self.forecast_crossing.severity;
                Some((Factor::ForecastCrossing, Some(Rating { likelihood: step.likelihood, severity })))
            }
            Fact::HazardRadius(name) => {
                let hazard = self.hazards.iter().find(|h| h.name == *name)?;
                Some((Factor::HazardRadius, Some(hazard.rating)))
            }
            Fact::WeatherLimit(w) => self.weather_of(w).map(|r| (Factor::WeatherLimit, Some(r))),
            Fact::OpenIssue(issue) => Some((Factor::OpenIssue, self.issue_of(issue))),
        }
    }

    fn weather_of(&self, fact: &WeatherFact) -> Option<Rating> {
        let limits = self.weather.iter().filter(|w| w.quantity == fact.quantity && w.limits(&fact.task));
        limits.filter(|w| w.exceeded(fact.value)).map(|w| w.rating).max_by_key(|r| r.score())
    }

    fn issue_of(&self, fact: &IssueFact) -> Option<Rating> {
        let priority = fact.priority.to_lowercase();
        let fits = |p: &&IssuePriority| p.words.iter().any(|w| priority.contains(&w.to_lowercase()));
        let mut rating = self.open_issue.priorities.iter().find(fits)?.rating;
        if fact.overdue {
            rating.likelihood = rating.likelihood.saturating_add(self.open_issue.overdue_likelihood).min(5);
        }
        Some(rating)
    }
}

impl WeatherLimit {
    /// Whether a task of this name must rest in it.
    pub fn limits(&self, task: &str) -> bool {
        let task = task.to_lowercase();
        self.task_words.iter().any(|w| task.contains(&w.to_lowercase()))
    }

    /// Whether a reading is beyond the limit.
    pub fn exceeded(&self, value: f64) -> bool {
        if self.below { value <= self.limit } else { value >= self.limit }
    }
}

impl OpenIssue {
    /// Whether a state of a topic means that nothing is to be done any more.
    pub fn is_closed(&self, status: &str) -> bool {
        let status = status.trim().to_lowercase();
        self.closed_words.iter().any(|w| w.to_lowercase() == status)
    }
}

impl HazardRadius {
    pub(crate) fn is_hazard(&self, class: &str) -> bool {
        class_fits(&self.hazard_class, class)
    }

    pub(crate) fn is_exposed(&self, class: &str) -> bool {
        class_fits(&self.exposed_class, class)
    }
}

/// What is wrong in the sections about factors; `None` if nothing is.
pub(crate) fn contradiction(rules: &RiskRules) -> Option<&'static str> {
    let in_scale = |v: u8| (1..=5).contains(&v);
    let length = |v: f64| v.is_finite() && v > 0.0;
    let f = &rules.forecast_crossing;
    let ratings = rules.hazards.iter().map(|h| h.rating).chain(rules.weather.iter().map(|w| w.rating));
    let mut all = ratings.chain(rules.open_issue.priorities.iter().map(|p| p.rating));
    if !in_scale(f.severity)
        || !f.steps.iter().all(|s| in_scale(s.likelihood))
        || !all.all(|r| in_scale(r.likelihood) && in_scale(r.severity))
    {
        return Some("likelihood and severity are 1 to 5");
    }
    if !f.steps.is_sorted_by(|a, b| a.within_days < b.within_days && a.likelihood >= b.likelihood) {
        return Some("the steps of forecast_crossing do not ascend in days and fall in likelihood");
    }
    let d = &rules.repeated_dig;
    let lengths = [f.window_days, d.street_reach_m, d.within_m, d.within_days];
    let more = rules.hazards.iter().map(|h| h.radius_m).chain(rules.weather.iter().map(|w| w.fresh_h));
    if !lengths.into_iter().chain(more).all(length) {
        return Some("a distance or time must be more than 0");
    }
    if !rules.weather.iter().all(|w| w.limit.is_finite()) {
        return Some("a limit of the weather is no number");
    }
    let mut names: Vec<&str> = rules.hazards.iter().map(|h| h.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|w| w.first() == w.last()) {
        return Some("two hazards have one name");
    }
    None
}
