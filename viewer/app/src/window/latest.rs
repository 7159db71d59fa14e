//! A thread that always works on the newest question: what was asked before and still waits is forgotten.

use std::cell::Cell;

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

/// Who asked, to those who answer.
pub(crate) struct Asker<'a, A> {
    tell: &'a dyn Fn(A),
    is_outdated: &'a dyn Fn() -> bool,
}

impl<A> Asker<'_, A> {
    /// Gives an answer.
    pub(crate) fn tell(&self, answer: A) {
        (self.tell)(answer);
    }

    /// Whether something newer is asked, so that nobody waits for more.
    pub(crate) fn is_outdated(&self) -> bool {
        (self.is_outdated)()
    }
}

impl<Q: Send + 'static, A: Send + 'static> Latest<Q, A> {
    /// Starts the thread; it ends with this value. `wake` is called after each answer.
    pub(crate) fn start(
        name: &str,
        wake: impl Fn() + Send + 'static,
        mut work: impl FnMut(Q) -> A + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        Self::start_telling(name, wake, move |question, asker| asker.tell(work(question)))
    }

    /// As [`start`](Self::start), for work that has several answers to a question, each better than the one before.
    pub(crate) fn start_telling(
        name: &str,
        wake: impl Fn() + Send + 'static,
        mut work: impl FnMut(Q, &Asker<'_, A>) + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let (questions, waiting) = bounded::<Q>(1);
        let (outbox, answers) = bounded(ANSWERS);
        let inbox = waiting.clone();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let is_outdated = || !inbox.is_empty();
            let is_gone = Cell::new(false);
            let tell = |answer| {
                is_gone.set(outbox.send(answer).is_err());
                wake();
            };
            for question in &inbox {
                work(question, &Asker { tell: &tell, is_outdated: &is_outdated });
                if is_gone.get() {
                    return;
                }
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
    fn work_with_several_answers_ends_when_something_newer_is_asked() {
        let (go, gate) = bounded::<()>(0);
        let latest = Latest::start_telling(
            "test",
            || {},
            move |n: u32, asker: &Asker<'_, u32>| {
                for step in 0..3 {
                    if step > 0 && asker.is_outdated() {
                        return;
                    }
                    gate.recv().unwrap();
                    asker.tell(10 * n + step);
                }
            },
        )
        .unwrap();
        latest.ask(1);
        go.send(()).unwrap();
        assert_eq!(latest.answers.recv().unwrap(), 10);
        go.send(()).unwrap();
        assert_eq!(latest.answers.recv().unwrap(), 11);
        // Its third step may have begun; it has no fourth.
        latest.ask(2);
        let mut answers = Vec::new();
        while answers.last() != Some(&22) {
            go.send(()).unwrap();
            answers.extend(latest.answers.recv());
        }
        assert!(answers.ends_with(&[20, 21, 22]) && answers.len() <= 4, "{answers:?}");
    }

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
