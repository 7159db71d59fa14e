//! Why a hypothesis scores as it does: an id with values, which the window has words for, and an English sentence.

use serde::{Deserialize, Serialize};

/// One reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Reason {
    /// Id of its message in the catalogs: `why-ground-above`. Empty in projects of before there were any.
    pub id: String,
    /// Values by name, written as they are shown.
    pub args: Vec<(String, String)>,
    /// The English sentence.
    pub text: String,
}

/// As projects have it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    Whole { id: String, args: Vec<(String, String)>, text: String },
}

impl From<Stored> for Reason {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Text(text) => Self { id: String::new(), args: Vec::new(), text },
            Stored::Whole { id, args, text } => Self { id, args, text },
        }
    }
}

/// A reason by its id, its English sentence with values in braces, and what these are.
macro_rules! reason {
    ($id:literal, $text:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        $(let $name = $value.to_string();)*
        $crate::placement::Reason {
            id: $id.to_owned(),
            text: format!($text),
            args: vec![$((stringify!($name).to_owned(), $name)),*],
        }
    }};
}
pub(crate) use reason;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_its_values_and_those_of_older_projects_are_sentences() {
        let new = reason!("why-far", "it lies {far} from what is placed already", far = "3.0 km");
        assert_eq!(new.text, "it lies 3.0 km from what is placed already");
        let text = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<Reason>(&text).unwrap(), new);
        let old: Reason = serde_json::from_str("\"as it was\"").unwrap();
        assert_eq!((old.text.as_str(), old.id.as_str()), ("as it was", ""));
    }
}
