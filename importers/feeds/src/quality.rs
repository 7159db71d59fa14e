//! What an observation of `SensorThings` says about its quality (18-088, 8.2.8: `resultQuality`, of any type).
//!
//! The rule: text is compared with words, objects and lists (`DQ_Element` of ISO 19157) are gone through, and the worst word
//! counts. What is said and not known is usable with care, never as good as nothing said. A number is this project's code.

use lantu_live::Quality;
use serde_json::Value;

/// Not believed: the channel is suspect.
const BAD: [&str; 16] = [
    "bad",
    "invalid",
    "suspect",
    "questionable",
    "doubtful",
    "erroneous",
    "error",
    "fault",
    "faulty",
    "failed",
    "fail",
    "rejected",
    "missing",
    "implausible",
    "outlier",
    "nonconformant",
];
/// Usable with care.
const UNCERTAIN: [&str; 9] = [
    "uncertain",
    "provisional",
    "preliminary",
    "estimated",
    "interpolated",
    "unvalidated",
    "unverified",
    "unknown",
    "raw",
];
/// As good as can be.
const GOOD: [&str; 11] = [
    "good",
    "ok",
    "valid",
    "validated",
    "verified",
    "approved",
    "confirmed",
    "passed",
    "pass",
    "normal",
    "conformant",
];
/// Objects in objects that are looked into. Chosen: twice what ISO 19157 needs.
const MAX_DEPTH: usize = 12;

/// The quality that a column of a file says: this project's code, or the word that `lantu samples` and tables of readings
/// have for it.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn quality_of_column(text: &str) -> Result<Quality, &'static str> {
    match text {
        "" | "good" => Ok(Quality::Good),
        "uncertain" => Ok(Quality::Uncertain),
        "bad" => Ok(Quality::Bad),
        code => code.parse().map(Quality::from_code).map_err(|_no_code| "a quality that is no code"),
    }
}

/// The quality that `resultQuality` says.
pub(crate) fn result_quality(value: &Value) -> Quality {
    let mut found = Found::default();
    look(value, MAX_DEPTH, &mut found);
    match found {
        Found { worst: Some(known), .. } => known,
        Found { said: true, .. } => Quality::Uncertain,
        Found { said: false, .. } => Quality::Good,
    }
}

#[derive(Default)]
struct Found {
    worst: Option<Quality>,
    said: bool,
}

impl Found {
    fn take(&mut self, quality: Quality) {
        self.said = true;
        self.worst = Some(self.worst.map_or(quality, |w| w.max(quality)));
    }
}

fn look(value: &Value, depth: usize, found: &mut Found) {
    match value {
        Value::Null => {}
        Value::Bool(good) => found.take(if *good { Quality::Good } else { Quality::Bad }),
        // The clock is judged here, not by who sends.
        Value::Number(n) => found.take(match n.as_u64() {
            Some(0) => Quality::Good,
            Some(1) => Quality::Uncertain,
            _ => Quality::Bad,
        }),
        Value::String(text) => words(text, found),
        Value::Array(all) if depth > 0 => all.iter().for_each(|v| look(v, depth - 1, found)),
        Value::Object(members) if depth > 0 => members.values().for_each(|v| look(v, depth - 1, found)),
        // Deeper than anything that means something.
        Value::Array(_) | Value::Object(_) => found.said = true,
    }
}

fn words(text: &str, found: &mut Found) {
    if let Ok(code) = text.trim().parse::<u64>() {
        look(&Value::from(code), 0, found);
        return;
    }
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        found.said = true;
        let word = word.to_lowercase();
        for (known, quality) in
            [(&BAD[..], Quality::Bad), (&UNCERTAIN[..], Quality::Uncertain), (&GOOD[..], Quality::Good)]
        {
            if known.contains(&word.as_str()) {
                found.take(quality);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_column_says_its_quality_as_lists_of_readings_do() {
        for quality in [Quality::Good, Quality::Uncertain, Quality::Bad] {
            assert_eq!(quality_of_column(quality.name()), Ok(quality));
            assert_eq!(quality_of_column(&quality.code().to_string()), Ok(quality));
        }
        assert_eq!(quality_of_column(""), Ok(Quality::Good));
        assert!(quality_of_column("perhaps").is_err());
    }

    #[test]
    fn the_worst_that_is_said_counts_and_what_nobody_knows_is_usable_with_care() {
        for (said, expected) in [
            (json!(null), Quality::Good),
            (json!(""), Quality::Good),
            (json!([]), Quality::Good),
            (json!("good"), Quality::Good),
            (json!("Suspect (spike)"), Quality::Bad),
            (json!("provisional"), Quality::Uncertain),
            (json!("class B"), Quality::Uncertain),
            (json!(0), Quality::Good),
            (json!("2"), Quality::Bad),
            (json!(false), Quality::Bad),
            (json!([{ "nameOfMeasure": "plausibility", "DQ_Result": { "code": "invalid" } }]), Quality::Bad),
            (json!({ "DQ_Status": { "code": "ok" }, "remark": "estimated" }), Quality::Uncertain),
            (json!({ "DQ_Status": { "code": "ok" } }), Quality::Good),
        ] {
            assert_eq!(result_quality(&said), expected, "{said}");
        }
        let mut deep = json!("bad");
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert_eq!(result_quality(&deep), Quality::Uncertain);
    }
}
