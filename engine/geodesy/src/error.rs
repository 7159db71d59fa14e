//! Why a CRS or a transformation was refused.

/// A CRS cannot be read, or there is no trustworthy way between two of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GeodesyError {
    /// The text names no CRS that is known here.
    #[error("not a coordinate reference system: {reason}\ntext: {text:?}")]
    UnknownCrs {
        /// At most 120 characters of the text.
        text: String,
        /// Why it could not be read.
        reason: String,
    },
    /// The `.prj` file cannot be read.
    #[error("cannot read the CRS file: {source}\nfile: {path:?}")]
    Read {
        /// The operating system's reason.
        source: std::io::Error,
        /// The file.
        path: String,
    },
    /// A projected CRS is needed here.
    #[error("a projected CRS is needed, this one is {kind}\ncrs: {crs}")]
    NotProjected {
        /// What it is: `geographic`, `geocentric`, `local`.
        kind: &'static str,
        /// The CRS.
        crs: String,
    },
    /// Several registered CRS fit, or none fits well enough.
    #[error("the CRS is not identified: {candidates}\ntext: {text:?}")]
    Ambiguous {
        /// At most 120 characters of the text.
        text: String,
        /// The candidates with their confidence, best first.
        candidates: String,
    },
    /// There is no transformation whose parameters are known.
    #[error("no trustworthy transformation: {reason}\nfrom: {from}\nto: {to}")]
    Refused {
        /// Why.
        reason: String,
        /// The CRS that the points are in.
        from: String,
        /// The CRS that they should be in.
        to: String,
    },
    /// A point cannot be expressed in the other CRS.
    #[error("the point lies outside what the transformation can express\npoint: {point}\nto: {to}")]
    Outside {
        /// The first such point, as given.
        point: String,
        /// The CRS that it should be in.
        to: String,
    },
    /// The text of a point is not `X,Y` or `X,Y,Z`.
    #[error("not a point: expected X,Y or X,Y,Z\ntext: {0:?}")]
    NotAPoint(String),
    /// Points do not determine a fit.
    #[error("the points do not determine a fit: {0}")]
    Fit(&'static str),
    /// The time zone is unknown.
    #[error(transparent)]
    TimeZone(#[from] lantu_base::TimeError),
    /// GDAL failed in a way that has nothing to do with the input.
    #[error("the projection library failed: {0}")]
    Library(#[from] gdal::errors::GdalError),
}
