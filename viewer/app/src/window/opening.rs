//! Opening a project away from the window's loop: reading its tables, linking its records.

use std::path::Path;
use std::sync::Arc;

use lantu_session::{Access, Session, SessionError, SessionOptions};

use crate::stage::{Overlays, Stage};
use crate::window::overview::Overview;

/// A project that is ready to be shown.
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) stage: Stage,
    pub(crate) overlays: Arc<Overlays>,
    /// `None` where nothing has a place.
    pub(crate) overview: Option<Overview>,
}

impl Opened {
    /// What the window needs of a session.
    pub(crate) fn new(session: Session) -> Self {
        let stage = Stage::new(&session, &|_| lantu_tiles::PhotoLook::OPAQUE);
        let overlays = Arc::new(Overlays::new(&session));
        let overview = Overview::new(&session.scene(), &stage.trees);
        Self { session, stage, overlays, overview }
    }

    /// Opens for reading; for writing only where the cache must be rebuilt.
    pub(crate) fn open(path: &Path, options: &SessionOptions) -> anyhow::Result<Self> {
        Ok(Self::new(Self::session(path, options)?))
    }

    /// Opens beside the newest revision before the one that is shown.
    pub(crate) fn compared(path: &Path, options: &SessionOptions) -> anyhow::Result<Self> {
        let mut session = Self::session(path, options)?;
        let former = session.former_revision()?;
        let nothing = || SessionError::Unknown { what: "revision", name: "1".to_owned() };
        session.compare_with(former.ok_or_else(nothing)?)?;
        Ok(Self::new(session))
    }

    fn session(path: &Path, options: &SessionOptions) -> anyhow::Result<Session> {
        let read = || Session::open(path, Access::Read, options.clone());
        let mut session = read()?;
        if session.is_incomplete() {
            // The reader goes first: beside it the file could not be sealed.
            drop(session);
            match Session::open(path, Access::Write, options.clone()) {
                Ok(rebuilt) => rebuilt.close()?,
                // A folder that cannot be written, or a project that is open elsewhere: what is there is shown.
                Err(error) => tracing::warn!(%error, "the cache cannot be rebuilt"),
            }
            session = read()?;
        }
        Ok(session)
    }
}
