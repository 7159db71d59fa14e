//! Names of channels that come from outside.

/// Longest name of a channel, bytes. Chosen: names come from messages and must not fill the memory.
const MAX_BYTES: usize = 200;

/// Why what has such a name is refused.
pub(crate) const NO_NAME: &str = "a channel's name that is empty, too long or not text";

/// Whether a channel can have this name: some text in one line. What could not be decoded (U+FFFD) is none, as many names
/// would be the same.
pub(crate) fn is_name(name: &str) -> bool {
    let foreign =
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | char::REPLACEMENT_CHARACTER);
    !name.is_empty() && name.len() <= MAX_BYTES && !name.contains(foreign)
}
