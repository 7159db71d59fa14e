//! What the window and the command line say, in the language that the reader chose.

use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// Id of a message that is in every catalog: taken from [`crate::msg`], so it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msg(pub(crate) &'static str);

impl Msg {
    /// The id as the catalogs write it.
    pub const fn id(self) -> &'static str {
        self.0
    }
}

/// The messages, one constant each, generated from `assets/locales/en/*.ftl`.
pub mod msg {
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}

/// A language of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
    /// English made longer and accented, to find text that is cut or not translated.
    Pseudo,
}

impl Language {
    /// The languages that people choose from.
    pub const CHOICES: [Self; 2] = [Self::Chinese, Self::English];

    /// The language tag: `en`, `zh-CN`, `en-XA`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
            Self::Pseudo => "en-XA",
        }
    }

    /// The language for a tag or a POSIX locale name (`zh_CN.UTF-8`); `None` if there is no catalog for it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let lower = tag.to_ascii_lowercase();
        if lower == "en-xa" {
            Some(Self::Pseudo)
        } else if lower.starts_with("zh") {
            Some(Self::Chinese)
        } else if lower.starts_with("en") || lower == "c" || lower.starts_with("c.") || lower == "posix" {
            Some(Self::English)
        } else {
            None
        }
    }

    /// The other one of the two languages.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English | Self::Pseudo => Self::Chinese,
        }
    }

    const fn catalog(self) -> &'static str {
        match self {
            Self::English | Self::Pseudo => "en",
            Self::Chinese => "zh-CN",
        }
    }
}

/// A value for a placeholder: text that is already formatted, or a count that chooses the plural form.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg<'a> {
    /// Shown as it is.
    Text(Cow<'a, str>),
    /// Chooses a plural form; shown without grouping.
    Count(u64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Arg<'_> {
    fn from(n: u64) -> Self {
        Self::Count(n)
    }
}

impl<'a> Arg<'a> {
    fn value(&'a self) -> FluentValue<'a> {
        match self {
            Self::Text(text) => FluentValue::String(Cow::Borrowed(text)),
            Self::Count(n) => FluentValue::from(*n),
        }
    }
}

/// The catalog of one language. Cheap to ask; costs about a millisecond to make, so make it once per language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words").field("language", &self.language).finish_non_exhaustive()
    }
}

impl Words {
    /// Reads the catalogs that are built in.
    pub fn new(language: Language) -> Self {
        let id: LanguageIdentifier = language.catalog().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks are invisible characters that would end up in copied paths and in log files.
        bundle.set_use_isolating(false);
        if language == Language::Pseudo {
            bundle.set_transform(Some(lengthen));
        }
        for (tag, file, text) in msg::SOURCES {
            if *tag != language.catalog() {
                continue;
            }
            let resource =
                FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
                    debug_assert!(false, "{file}: {errors:?}");
                    tracing::error!(%file, ?errors, "catalog");
                    resource
                });
            if let Err(errors) = bundle.add_resource(resource) {
                debug_assert!(false, "{file}: {errors:?}");
                tracing::error!(%file, ?errors, "catalog");
            }
        }
        Self { language, bundle }
    }

    /// The language of these words.
    pub fn language(&self) -> Language {
        self.language
    }

    /// A message without placeholders.
    pub fn t(&self, message: Msg) -> Cow<'_, str> {
        self.lookup(message.0, None).unwrap_or(Cow::Borrowed(message.0))
    }

    /// A message with placeholders: `words.t_args(msg::CLI_FILE_MISSING, &[("path", path.into())])`.
    ///
    /// A placeholder without a value shows its name, and is logged.
    pub fn t_args(&self, message: Msg, args: &[(&str, Arg<'_>)]) -> String {
        self.by_id(message.0, args).unwrap_or_else(|| message.0.to_owned())
    }

    /// A message with a count: fills `$n`, which chooses the plural form, and `$count`, grouped for reading.
    pub fn counted(&self, message: Msg, n: u64) -> String {
        self.t_args(message, &[("n", Arg::Count(n)), ("count", crate::format::count(n).into())])
    }

    /// A message whose id is made at run time: codes of diagnostics and of reasons. `None` if no catalog has it.
    pub fn by_id(&self, id: &str, args: &[(&str, Arg<'_>)]) -> Option<String> {
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            values.set(Cow::Borrowed(*name), value.value());
        }
        self.lookup(id, Some(&values)).map(Cow::into_owned)
    }

    fn lookup<'a>(&'a self, id: &str, args: Option<&'a FluentArgs<'_>>) -> Option<Cow<'a, str>> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        if !errors.is_empty() {
            tracing::warn!(%id, ?errors, "message");
        }
        Some(text)
    }
}

/// Accents vowels and repeats them, so that text grows by about a third, as translations do.
fn lengthen(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        match c {
            'a' => out.push_str("áá"),
            'e' => out.push_str("éé"),
            'i' => out.push('í'),
            'o' => out.push_str("óó"),
            'u' => out.push_str("úú"),
            'A' => out.push('Á'),
            'E' => out.push('É'),
            'I' => out.push('Í'),
            'O' => out.push('Ó'),
            'U' => out.push('Ú'),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}
