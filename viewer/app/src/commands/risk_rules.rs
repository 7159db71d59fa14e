//! The part of `lantu rules test` that is about risk: each factor counts as a rule.

use lantu_overlay::{Factor, RiskFixtures, RiskRules};

use super::live::{failed, fixtures_beside, unreadable};
use crate::context::Context;

/// The rules that Lantu ships, and their fixtures.
pub(super) const SHIPPED: (&[u8], &str) = (
    include_bytes!("../../../../assets/rules/risk.toml"),
    include_str!("../../../../assets/rules/risk.fixtures.toml"),
);

/// Runs the fixtures of one file; returns how many rules and fixtures there are and how many failed.
pub(super) fn test(
    context: &Context,
    file: &str,
    bytes: &[u8],
    fixtures: Option<&str>,
) -> anyhow::Result<(usize, usize, usize)> {
    let rules = match RiskRules::parse(bytes) {
        Ok(rules) => rules,
        Err(e) => {
            failed(context, &e.to_string(), None, file)?;
            return Ok((0, 0, 1));
        }
    };
    let n_rules = Factor::ALL.len();
    let fixtures = match fixtures.map(RiskFixtures::parse) {
        None => RiskFixtures { fixtures: Vec::new() },
        Some(Ok(f)) => f,
        Some(Err(e)) => {
            unreadable(context, &e.to_string(), file)?;
            return Ok((n_rules, 0, 1));
        }
    };
    let mut n_failed = 0;
    for fixture in &fixtures.fixtures {
        if let Err(e) = fixture.run(&rules) {
            n_failed += 1;
            failed(context, &format!("{}: {e}", fixture.name), None, &fixtures_beside(file))?;
        }
    }
    for factor in fixtures.missing(&rules) {
        context.line(&context.say("rules-test-none", &[("rule", factor.name().into())]))?;
    }
    Ok((n_rules, fixtures.fixtures.len(), n_failed))
}
