//! The thread that sees what another process feeds into the open project.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, TrySendError, bounded};
use lantu_base::CancelToken;
use lantu_session::{FeedWatch, Followed};

/// Time between two looks at the journal. Chosen: colors follow within a second, and an idle project costs five looks at
/// a file that is not there.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The window's end of the thread; dropping it ends the thread.
pub(crate) struct Follower {
    news: Receiver<Followed>,
    stop: CancelToken,
}

impl Follower {
    /// Starts the thread. `wake` is called when something came.
    pub(crate) fn start(
        mut watch: FeedWatch,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Self, std::io::Error> {
        let (outbox, news) = bounded::<Followed>(1);
        let (old, stop) = (news.clone(), CancelToken::default());
        let stopped = stop.clone();
        std::thread::Builder::new().name("feed-watch".into()).spawn(move || {
            let mut told = String::new();
            while !stopped.is_cancelled() {
                std::thread::sleep(LOOK_EVERY);
                let mut found = match watch.look() {
                    Ok(Some(found)) => found,
                    Ok(None) => continue,
                    Err(error) => {
                        // Said once: the next look may find it well.
                        let text = error.to_string();
                        if told != text {
                            tracing::warn!(error = text, "the feed is not seen");
                            told = text;
                        }
                        continue;
                    }
                };
                // What the window has not taken yet is in what is newer.
                loop {
                    match outbox.try_send(found) {
                        Ok(()) => break,
                        Err(TrySendError::Full(back)) => {
                            found = back;
                            if let Ok(before) = old.try_recv() {
                                found.n_rows += before.n_rows;
                                found.acts = found.acts.or(before.acts);
                            }
                        }
                        Err(TrySendError::Disconnected(_)) => return,
                    }
                }
                wake();
            }
        })?;
        Ok(Self { news, stop })
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Option<Followed> {
        self.news.try_recv().ok()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
