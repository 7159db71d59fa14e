//! Why something could not be evaluated.

/// Why a placement or a curve could not be evaluated, in words for the import report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    /// The file does not have the record.
    #[error("#{0} is missing")]
    Missing(u64),
    /// The record is of a kind that cannot stand there.
    #[error("#{0} is {1}, which cannot be evaluated here")]
    Kind(u64, String),
    /// Following references comes back to where it began.
    #[error("placements refer to each other in a circle: {0}")]
    Cycle(String),
    /// Deeper than is followed.
    #[error("#{0} nests too deeply")]
    Depth(u64),
    /// A number is missing, not finite or impossible.
    #[error("#{0}: {1}")]
    Value(u64, &'static str),
}
