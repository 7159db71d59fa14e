//! What parts that know no language say, in the reader's.

use lantu_live::Because;

use crate::context::Context;

/// Why a feed refused something, which it says in English: in the reader's language as far as the catalog has it. What stands
/// behind a colon or is a number is of the message that was refused, and stays as it is.
pub(super) fn refusal(context: &Context, text: &str) -> String {
    let known = |head: &str| context.words.by_id(&format!("feed-reason-{}", slug(head)), &[]);
    if context.words.language() == lantu_ui::Language::English {
        return text.to_owned();
    }
    if let Some(whole) = known(text) {
        return whole;
    }
    let with = |(head, tail): (&str, &str)| Some(format!("{}: {tail}", known(head)?));
    text.split_once(": ")
        .and_then(with)
        .or_else(|| text.rsplit_once(' ').and_then(with))
        .unwrap_or_else(|| text.to_owned())
}

/// Letters and digits, with a dash for everything between them.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// Why a channel changed its state. `word`: what a level of the rules is called.
pub(super) fn because(context: &Context, why: &Because, word: impl Fn(&str) -> String) -> String {
    let arg = |(name, value): &(&'static str, String)| {
        let value = if *name == "level" { word(value) } else { value.clone() };
        (*name, value.into())
    };
    let args: Vec<_> = why.args.iter().map(arg).collect();
    context.words.by_id(&format!("alarm-why-{}", why.code), &args).unwrap_or_else(|| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What feeds refuse was said in English to everybody.
    #[test]
    fn a_refusal_is_said_in_the_readers_language_with_what_the_message_said() {
        let (chinese, english) = (Context::new(Some("zh-CN")), Context::new(Some("en")));
        for (text, expected) in [
            ("a wrong checksum", "校验码错误"),
            ("not JSON: EOF at line 1", "不是 JSON: EOF at line 1"),
            (
                "half a position: x and y of one instant belong together",
                "位置不完整（同一时刻需有 x 和 y）: x and y of one instant belong together",
            ),
            ("the server answers with status 503", "服务器返回状态: 503"),
            ("something else", "something else"),
        ] {
            assert_eq!(refusal(&chinese, text), expected);
            assert_eq!(refusal(&english, text), text);
        }
    }

    #[test]
    fn every_reason_of_a_change_has_words_in_both_languages() {
        let (chinese, english) = (Context::new(Some("zh-CN")), Context::new(Some("en")));
        let args = |names: &[&'static str]| names.iter().map(|n| (*n, "7".to_owned())).collect::<Vec<_>>();
        for (code, names) in [
            ("cleared", &["by", "level"][..]),
            ("cleared-hours", &["level"]),
            ("below", &[]),
            ("raised", &["by", "level"]),
            ("hours", &[]),
            ("silent", &["n"]),
            ("absent", &["input"]),
            ("unit", &["unit"]),
            ("quality", &[]),
            ("clock", &[]),
            ("clock-ahead", &["seconds"]),
            ("clock-behind", &["seconds"]),
            ("range", &["limit", "unit"]),
            ("spike", &["jump", "unit"]),
            ("flat", &["seconds"]),
        ] {
            let why = Because { code, args: args(names) };
            assert_eq!(because(&english, &why, str::to_owned), why.to_string(), "{code}");
            let said = because(&chinese, &why, str::to_owned);
            assert!(said != why.to_string() && !said.is_ascii(), "{code}: {said}");
            assert_eq!(said.matches('7').count(), names.len(), "{code}: {said}");
        }
    }
}
