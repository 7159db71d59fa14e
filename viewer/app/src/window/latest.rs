//! A thread that always works on the newest question: what was asked before and still waits is forgotten.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// The asking end.
pub(crate) struct Latest<Q, A> {
    questions: Sender<Q>,
    /// The same queue's other end: what waits there is replaced by what is newer.
    waiting: Receiver<Q>,
    answers: Receiver<A>,
}

/// Answers that the thread may have ready before it waits for the loop to take one.
const ANSWERS: usize = 4;

impl<Q: Send + 'static, A: Send + 'static> Latest<Q, A> {
    /// Starts the thread; it ends with this value. `wake` is called after each answer.
    pub(crate) fn start(
        name: &str,
        wake: impl Fn() + Send + 'static,
        mut work: impl FnMut(Q) -> A + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let (questions, waiting) = bounded::<Q>(1);
        let (outbox, answers) = bounded(ANSWERS);
        let inbox = waiting.clone();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            for question in inbox {
                if outbox.send(work(question)).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { questions, waiting, answers })
    }

    /// Asks.
    pub(crate) fn ask(&self, mut question: Q) {
        loop {
            match self.questions.try_send(question) {
                Err(TrySendError::Full(back)) => {
                    question = back;
                    // Empty by now if the thread was faster.
                    drop(self.waiting.try_recv());
                }
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
            }
        }
    }

    /// The next answer.
    pub(crate) fn take(&self) -> Option<A> {
        self.answers.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_questions_the_last_one_is_answered_and_few_before_it() {
        let (go, gate) = bounded::<()>(0);
        let latest = Latest::start(
            "test",
            || {},
            move |n: u32| {
                gate.recv().unwrap();
                n * 2
            },
        )
        .unwrap();
        for n in 1..=1000 {
            latest.ask(n);
        }
        // At most one was under way when the next came; the newest waits.
        let mut answers = Vec::new();
        while answers.last() != Some(&2000) {
            go.send(()).unwrap();
            answers.extend(latest.answers.recv());
        }
        assert!(answers.len() <= 2, "{answers:?}");
    }
}
