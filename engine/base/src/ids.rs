//! Identities: what an object, a source and a channel are called, in memory and on disk.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Session row of an object: its index in every scene column and in the GPU style table.
///
/// Never written to disk. What outlives the process is keyed by [`ObjectKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRow(pub u32);

impl ObjectRow {
    /// The row as an index into a column.
    pub fn ix(self) -> usize {
        self.0 as usize
    }
}

/// Short name of a source (one imported file or service), unique in its project, without `:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SourceId(pub Arc<str>);

impl SourceId {
    /// Makes a source name; characters that a name may not have become `_`.
    pub fn new(name: &str) -> Self {
        let clean: String = name.chars().map(|c| if c == ':' || c.is_control() { '_' } else { c }).collect();
        Self(clean.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identity of an object that survives re-import: its source, and its id there (IFC `GlobalId`, feature id).
///
/// The only identity of an object on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The source that the object came from.
    pub source: SourceId,
    /// The id within the source.
    pub id: Arc<str>,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.id)
    }
}

/// Name of a sensor channel (one series), unique in its project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ChannelId(pub Arc<str>);

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for SourceId {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl From<String> for ChannelId {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<ChannelId> for String {
    fn from(id: ChannelId) -> Self {
        id.0.as_ref().to_owned()
    }
}
