//! The catalogs: complete, alike in every language, and ready for every code that the engine gives.

use lantu_ui::{Arg, Language, Words, msg};

/// Fills every placeholder of a message with a text that is easy to find again.
#[cfg(test)]
fn filled(words: &Words, ix: usize) -> String {
    let args: Vec<(&str, Arg<'_>)> = msg::ARGUMENTS[ix]
        .iter()
        .map(|name| (*name, if *name == "n" { Arg::Count(3) } else { Arg::from(format!("«{name}»")) }))
        .collect();
    words.t_args(msg::ALL[ix], &args)
}

#[test]
fn every_message_says_something_in_every_language_and_uses_all_it_is_given() {
    for language in [Language::English, Language::Chinese, Language::Pseudo] {
        let words = Words::new(language);
        for (ix, message) in msg::ALL.iter().enumerate() {
            let text = filled(&words, ix);
            assert!(!text.is_empty() && text != message.id(), "{language:?} {}", message.id());
            assert!(!text.contains('{') && !text.contains('$'), "{language:?} {}: {text}", message.id());
            for name in msg::ARGUMENTS[ix].iter().filter(|n| **n != "n") {
                assert!(
                    text.contains(&format!("«{name}»")),
                    "{language:?} {} drops {name}: {text}",
                    message.id()
                );
            }
        }
    }
}

#[test]
fn pseudo_text_is_longer_and_accented_but_keeps_what_is_filled_in() {
    let (english, pseudo) = (Words::new(Language::English), Words::new(Language::Pseudo));
    let sum = |words: &Words| msg::ALL.iter().map(|m| words.t(*m).chars().count()).sum::<usize>();
    assert!(sum(&pseudo) * 100 > sum(&english) * 115);
    let text = pseudo.t_args(msg::CLI_FILE_EMPTY, &[("path", "/a/e.ifc".into())]);
    assert!(text.starts_with("/a/e.ifc") && text.contains('é'), "{text}");
}

#[test]
fn errors_repeat_the_path_as_it_was_given() {
    for language in [Language::English, Language::Chinese] {
        let words = Words::new(language);
        for (ix, message) in msg::ALL.iter().enumerate() {
            if message.id().starts_with("cli-file-") {
                assert!(filled(&words, ix).contains("«path»"), "{}", message.id());
            }
        }
    }
}

#[test]
fn a_count_chooses_the_plural_and_is_grouped() {
    let english = Words::new(Language::English);
    assert_eq!(english.counted(msg::TREE_OBJECTS, 1), "1 object");
    assert_eq!(english.counted(msg::TREE_OBJECTS, 12_864), "12\u{2009}864 objects");
}

#[test]
fn a_locale_name_of_the_system_chooses_the_language() {
    for (tag, language) in [
        ("zh_CN.UTF-8", Some(Language::Chinese)),
        ("zh-Hans", Some(Language::Chinese)),
        ("en_US.UTF-8", Some(Language::English)),
        ("C", Some(Language::English)),
        ("fr_FR", None),
    ] {
        assert_eq!(Language::from_tag(tag), language, "{tag}");
    }
}

/// The engine writes its reasons in English beside their codes; the catalogs must have each code, with its values.
#[test]
fn every_reason_of_the_overlays_has_words_for_all_its_values() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../engine/overlay/src/reason.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let mut n = 0;
    for line in source.lines().map(str::trim).filter(|l| l.starts_with("(\"")) {
        let mut parts = line.split('"');
        let (Some(code), Some(text)) = (parts.nth(1), parts.nth(1)) else { panic!("{line}") };
        let id = format!("reason-{}", code.replace('.', "-"));
        let ix = msg::ALL.iter().position(|m| m.id() == id).unwrap_or_else(|| panic!("no message {id}"));
        for value in text.split('{').skip(1).filter_map(|t| t.split('}').next()) {
            assert!(msg::ARGUMENTS[ix].contains(&value), "{id} lacks {value}");
        }
        n += 1;
    }
    assert!(n > 20, "{n} codes found in {path}");
}
