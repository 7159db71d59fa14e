//! Why a CRS or a way between two cannot be used.

/// Why a CRS or a way between two cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GeodesyError {
    /// The text names no CRS.
    #[error("not a coordinate system ({reason}): {text:?}")]
    Unknown {
        /// What PROJ said, or what was expected.
        reason: String,
        /// At most 200 characters of the text.
        text: String,
    },
    /// A projected CRS is needed here.
    #[error("a projected coordinate system is needed, this one has degrees: {text:?}")]
    NotProjected {
        /// The text.
        text: String,
    },
    /// There is no trustworthy way, and none is made up.
    #[error("refused: {reason}; from {from} to {to}")]
    Refused {
        /// Why.
        reason: String,
        /// Name of the first CRS.
        from: String,
        /// Name of the second CRS.
        to: String,
    },
    /// The point lies where the projection has no answer.
    #[error("the point {point} cannot be expressed there; from {from} to {to}")]
    Outside {
        /// The point, as given.
        point: String,
        /// Name of the first CRS.
        from: String,
        /// Name of the second CRS.
        to: String,
    },
    /// A point cannot be read.
    #[error("not a point: expected X,Y or X,Y,Z, found {text:?}")]
    Point {
        /// The text.
        text: String,
    },
    /// The time zone is not known.
    #[error(transparent)]
    TimeZone(#[from] lantu_base::TimeError),
}

impl GeodesyError {
    pub(crate) fn unknown(text: &str, reason: impl Into<String>) -> Self {
        Self::Unknown { reason: reason.into(), text: text.chars().take(200).collect() }
    }
}
