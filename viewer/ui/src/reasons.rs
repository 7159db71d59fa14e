//! The overlays' reasons in the reader's language.

use lantu_base::TimeZoneName;
use lantu_overlay::{Arg as Value, Reason};

use crate::format;
use crate::words::{Arg, Words};

/// A reason and its parts as sentences, most important first. Instants are in `zone`.
///
/// A code without a message says itself in English, as the engine wrote it.
pub fn sentences(reason: &Reason, words: &Words, zone: &TimeZoneName) -> Vec<String> {
    let mut all = vec![sentence(reason, words, zone)];
    for part in &reason.parts {
        all.extend(sentences(part, words, zone));
    }
    all
}

fn sentence(reason: &Reason, words: &Words, zone: &TimeZoneName) -> String {
    let args: Vec<(&str, Arg<'_>)> =
        reason.args.iter().map(|(name, value)| (*name, Arg::from(text(name, value, words, zone)))).collect();
    let id = format!("reason-{}", reason.code.replace('.', "-"));
    words.by_id(&id, &args).unwrap_or_else(|| {
        tracing::warn!(code = reason.code, "reason without a message");
        Reason { parts: Vec::new(), ..reason.clone() }.to_string()
    })
}

fn text(name: &str, value: &Value, words: &Words, zone: &TimeZoneName) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Word(word) => word_text(name, word, words),
        Value::Number(seconds, unit) if unit == "s" => format::duration(*seconds, words),
        Value::Number(days, unit) if unit == "d" => format::duration(days * 86_400.0, words),
        Value::Number(n, unit) => format::with_unit(&format::short(*n, 6), unit),
        Value::Time(at) => format::date_time(*at, zone),
    }
}

/// States and grades have the same names as in chips and legends.
fn word_text(name: &str, word: &str, words: &Words) -> String {
    let overlay = match name {
        "grade" => "risk",
        "seen" => "progress",
        _ => "sensor",
    };
    let id = format!("state-{overlay}-{word}");
    words
        .by_id(&id, &[])
        .or_else(|| words.by_id(&format!("word-{word}"), &[]))
        .unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use lantu_base::UtcNanos;

    use super::*;
    use crate::words::Language;

    #[test]
    fn a_reason_reads_as_a_sentence_in_the_readers_language_and_zone() {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let at = UtcNanos::parse("2026-07-31 14:00", &zone).unwrap();
        let rule = Reason {
            code: "sensor.rule",
            args: vec![
                ("rule", Value::Text("noise".to_owned())),
                ("version", Value::Text("1".to_owned())),
                ("standard", Value::Text("GB 12523".to_owned())),
            ],
            parts: Vec::new(),
        };
        let reason = Reason {
            code: "sensor.stale",
            args: vec![
                ("channel", Value::Text("N-03".to_owned())),
                ("value", Value::Number(81.4, "dB".to_owned())),
                ("time", Value::Time(at)),
                ("age", Value::Number(10_800.0, "s".to_owned())),
                ("allowed", Value::Number(3600.0, "s".to_owned())),
            ],
            parts: vec![rule],
        };
        let chinese = sentences(&reason, &Words::new(Language::Chinese), &zone);
        assert_eq!(
            chinese,
            [
                "测点 N-03 最后于 2026-07-31 14:00 读数 81.4\u{202F}dB，距今 3 小时；应在 60 分钟 内有读数。",
                "规则 noise，版本 1，标准 GB 12523。"
            ]
        );
    }

    #[test]
    fn grades_and_states_are_translated() {
        let zone = TimeZoneName::new("Asia/Shanghai").unwrap();
        let args = vec![
            ("channel", Value::Text("N-03".to_owned())),
            ("state", Value::Word("alarm")),
            ("likelihood", Value::Number(4.0, String::new())),
            ("severity", Value::Number(3.0, String::new())),
            ("score", Value::Number(12.0, String::new())),
            ("grade", Value::Word("high")),
        ];
        let reason = Reason { code: "risk.sensor", args, parts: Vec::new() };
        let text = sentences(&reason, &Words::new(Language::Chinese), &zone).join("");
        assert_eq!(text, "测点 N-03 处于报警状态：4 × 3 = 12，较大。");
    }
}
