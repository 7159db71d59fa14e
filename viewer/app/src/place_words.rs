//! What the placement report says, in the reader's words: the same in the window and on the command line.

use lantu_session::{Hypothesis, PlacementState, Reason, SourceState, Stated};
use lantu_ui::{Arg, Words};

use crate::context::Context;

/// What a hypothesis supposes.
pub(crate) fn supposes(h: &Hypothesis, words: &Words) -> String {
    words.by_id(&format!("hypothesis-{}", h.name.replace('_', "-")), &[]).unwrap_or_else(|| h.name.clone())
}

/// Why it scores as it does; of projects of before reasons had an id, the English sentence.
pub(crate) fn why(reason: &Reason, words: &Words) -> String {
    let args: Vec<(&str, Arg<'_>)> =
        reason.args.iter().map(|(name, value)| (name.as_str(), Arg::from(value.as_str()))).collect();
    words.by_id(&reason.id, &args).unwrap_or_else(|| reason.text.clone())
}

/// The report of one source as lines: where it lies or that it waits, then a line for each way in which it may lie.
///
/// Each begins with its number and its name as `--json` has it, which scripts look for.
pub(crate) fn report(context: &Context, s: &SourceState) -> String {
    let p = &s.placement;
    let is_placed = s.is_placed();
    let state = if is_placed { "app-info-placed" } else { "app-info-waiting" };
    let head = [("source", s.record.id.as_str().into()), ("state", context.say(state, &[]).into())];
    let mut lines = vec![context.say("app-placement-head", &head)];
    if let Some(stated) = p.file.stated.as_ref().map(options).filter(|o| !o.is_empty()) {
        lines.push(context.say("app-placement-stated", &[("options", stated.into())]));
    }
    if let Some(file) = &p.file.replaced {
        lines.push(context.say("app-placement-replaced", &[("path", file.path.as_str().into())]));
    }
    let separator = context.say("app-placement-and", &[]);
    for h in &p.hypotheses {
        let chosen = p.state == PlacementState::Placed && p.chosen == Some(h.n);
        let reasons: Vec<String> = h.reasons.iter().map(|r| why(r, &context.words)).collect();
        let args = [
            ("chosen", if chosen { "✓" } else { " " }.into()),
            ("n", u64::from(h.n).into()),
            ("name", h.name.as_str().into()),
            ("supposes", supposes(h, &context.words).into()),
            ("score", format!("{:.2}", h.score).into()),
            ("reasons", reasons.join(&separator).into()),
        ];
        lines.push(context.say("app-placement-row", &args));
    }
    lines.join("\n")
}

/// What was stated at import, as `lantu import` takes it.
fn options(stated: &Stated) -> String {
    let named = [("--crs", &stated.crs), ("--height", &stated.height), ("--as", &stated.importer)];
    let given: Vec<String> =
        named.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
    given.join(" ")
}
