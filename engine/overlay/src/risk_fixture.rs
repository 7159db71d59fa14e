//! Fixtures of the rules of risk: facts about an object and what they must amount to.

use serde::Deserialize;

use crate::factors::{Fact, Factor, Factors};
use crate::rules::{Grade, RiskRules};

/// A file of fixtures, for the rule file of the same name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskFixtures {
    /// The fixtures.
    #[serde(rename = "fixture")]
    pub fixtures: Vec<RiskFixture>,
}

/// Facts about one object.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskFixture {
    /// What it shows, as a sentence.
    pub name: String,
    /// The facts.
    pub facts: Vec<Fact>,
    /// Grade that they must amount to; `unknown` where nothing can be judged.
    pub expect: Expectation,
    /// Highest likelihood × severity that they must have; not compared if absent.
    #[serde(default)]
    pub score: Option<u8>,
}

/// What a fixture expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expectation {
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
    /// A factor cannot be judged, and none is graded.
    Unknown,
}

impl RiskFixtures {
    /// Reads a file of fixtures.
    ///
    /// # Errors
    /// What the parser says, with the line: also of a factor that is not known.
    pub fn parse(text: &str) -> Result<Self, Box<toml::de::Error>> {
        toml::from_str(text).map_err(Box::new)
    }

    /// Factors that no fixture speaks of.
    pub fn missing(&self, rules: &RiskRules) -> Vec<Factor> {
        let told = |f: &Factor| {
            let facts = self.fixtures.iter().flat_map(|x| &x.facts);
            facts.filter_map(|fact| rules.rate(fact)).any(|(found, _)| found == *f)
        };
        Factor::ALL.into_iter().filter(|f| !told(f)).collect()
    }
}

impl RiskFixture {
    /// Runs it.
    ///
    /// # Errors
    /// What was found instead, in words.
    pub fn run(&self, rules: &RiskRules) -> Result<(), String> {
        let mut factors = Factors::default();
        for (factor, rating) in self.facts.iter().filter_map(|f| rules.rate(f)) {
            factors.add(factor, rating);
        }
        let verdict = factors.verdict(rules);
        let found = match verdict.grade {
            Grade::None if verdict.unknown => Expectation::Unknown,
            Grade::None => Expectation::None,
            Grade::Low => Expectation::Low,
            Grade::Medium => Expectation::Medium,
            Grade::High => Expectation::High,
            Grade::Extreme => Expectation::Extreme,
        };
        if found != self.expect {
            return Err(format!("expected {:?}, found {found:?}", self.expect).to_lowercase());
        }
        match self.score {
            Some(score) if score != verdict.score => {
                Err(format!("expected the score {score}, found {}", verdict.score))
            }
            _ => Ok(()),
        }
    }
}
