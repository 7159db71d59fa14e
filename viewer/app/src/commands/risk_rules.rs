//! The part of `lantu rules test` that is about risk: each factor counts as a rule.

use lantu_overlay::{Factor, RiskFixtures, RiskRules};

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
            context.line(&format!("failed: {e}\nfile: {file}"))?;
            return Ok((0, 0, 1));
        }
    };
    let n_rules = Factor::ALL.len();
    let fixtures = match fixtures.map(RiskFixtures::parse) {
        None => RiskFixtures { fixtures: Vec::new() },
        Some(Ok(f)) => f,
        Some(Err(e)) => {
            context.line(&format!("failed: cannot read the fixtures: {e}\nfile: {file}"))?;
            return Ok((n_rules, 0, 1));
        }
    };
    let mut failed = 0;
    for fixture in &fixtures.fixtures {
        if let Err(e) = fixture.run(&rules) {
            failed += 1;
            context.line(&format!("failed: {}: {e}\nfile: {file}", fixture.name))?;
        }
    }
    for factor in fixtures.missing(&rules) {
        context.line(&format!("no fixture: {}", factor.name()))?;
    }
    Ok((n_rules, fixtures.fixtures.len(), failed))
}
