//! What records say with all that they refer to, as a number: equal for equal shapes under other record numbers.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::step::StepFile;

/// Deepest chain of references that is followed. Chosen: solids of booleans of booleans in real files stay below 60.
const MAX_DEPTH: usize = 200;
/// Multipliers of the two halves. Origin: PCG and `SplitMix64`, odd with well mixed bits.
const MULTIPLIERS: [u64; 2] = [0x5851_F42D_4C95_7F2D, 0xBF58_476D_1CE4_E5B9];

/// 128 bits that stand for content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest([u64; 2]);

impl Digest {
    /// Which of so many parts it falls into.
    #[expect(clippy::cast_possible_truncation, reason = "the remainder is smaller than a usize")]
    pub(crate) fn part(self, n: usize) -> usize {
        let [low, _] = self.0;
        (low % n.max(1) as u64) as usize
    }
}

/// Takes in words, gives out a [`Digest`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mixer([u64; 2]);

impl Mixer {
    /// One for each purpose: equal input of different purposes differs.
    pub(crate) fn new(purpose: u64) -> Self {
        Self([purpose, !purpose])
    }

    /// Takes in a word.
    pub(crate) fn word(&mut self, word: u64) {
        for (half, m) in self.0.iter_mut().zip(MULTIPLIERS) {
            let wide = u128::from(*half ^ word).wrapping_mul(u128::from(m));
            #[expect(clippy::cast_possible_truncation, reason = "both halves are kept")]
            let folded = (wide as u64) ^ ((wide >> 64) as u64);
            *half = folded.rotate_left(23) ^ m.wrapping_add(word);
        }
    }

    /// Takes in bytes and how many they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for w in words {
            self.word(u64::from_le_bytes(*w));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.word(u64::from_le_bytes(last));
        self.word(bytes.len() as u64);
    }

    /// Takes in a color.
    pub(crate) fn color(&mut self, c: [f32; 4]) {
        for c in c {
            self.word(u64::from(c.to_bits()));
        }
    }

    /// Takes in content.
    pub(crate) fn digest(&mut self, d: Digest) {
        d.0.into_iter().for_each(|w| self.word(w));
    }

    /// What was taken in.
    pub(crate) fn finish(mut self) -> Digest {
        self.word(0);
        Digest(self.0)
    }
}

/// Digests of the records of one file.
pub(crate) struct Contents<'a, L> {
    file: &'a StepFile<'a>,
    look: L,
    known: Known,
}

/// Digests that are kept before those that nobody asked for again are let go. Chosen: far more than records of shapes
/// share, and two or three megabytes; all records of a file would take as much as the file.
const KEPT: usize = 1 << 16;

/// The digests that were made or asked for last: at least so many as are kept, at most twice as many.
#[derive(Default)]
struct Known {
    new: FxHashMap<u64, Digest>,
    old: FxHashMap<u64, Digest>,
}

impl Known {
    fn get(&mut self, record: u64) -> Option<Digest> {
        if let Some(&d) = self.new.get(&record) {
            return Some(d);
        }
        let d = self.old.remove(&record)?;
        self.put(record, d);
        Some(d)
    }

    fn put(&mut self, record: u64, digest: Digest) {
        if self.new.len() >= KEPT {
            self.old = std::mem::take(&mut self.new);
        }
        self.new.insert(record, digest);
    }
}

impl<'a, L: Fn(u64, &mut Mixer)> Contents<'a, L> {
    /// `look` adds what is said about a record elsewhere (its color).
    pub(crate) fn new(file: &'a StepFile<'a>, look: L) -> Self {
        Self { file, look, known: Known::default() }
    }

    /// Content of a record and all that it refers to; `None` where a chain of references is deeper than any that is
    /// meant, or runs in a circle.
    pub(crate) fn of(&mut self, record: u64) -> Option<Digest> {
        self.at(record, 0)
    }

    fn at(&mut self, record: u64, depth: usize) -> Option<Digest> {
        if let Some(d) = self.known.get(record) {
            return Some(d);
        }
        if depth > MAX_DEPTH {
            return None;
        }
        let mut mixer = Mixer::new(1);
        if let Some(r) = self.file.scan.find(record) {
            mixer.bytes(self.file.scan.keyword(r).as_bytes());
            let args = self.file.content.get(r.args()).unwrap_or_default();
            self.mix(args, depth, &mut mixer)?;
        }
        (self.look)(record, &mut mixer);
        let digest = mixer.finish();
        self.known.put(record, digest);
        Some(digest)
    }

    /// Bytes as they are, references as what they refer to.
    fn mix(&mut self, args: &[u8], depth: usize, mixer: &mut Mixer) -> Option<()> {
        let (mut from, mut whole) = (0, true);
        references(args, |id, at| {
            if whole {
                mixer.bytes(args.get(from..at.start).unwrap_or_default());
                from = at.end;
                let below = self.at(id, depth + 1);
                whole = below.is_some();
                if let Some(d) = below {
                    mixer.digest(d);
                }
            }
        });
        mixer.bytes(args.get(from..).unwrap_or_default());
        whole.then_some(())
    }
}

/// Calls `f` with each reference in the arguments of a record, and where it stands.
pub(crate) fn references(args: &[u8], mut f: impl FnMut(u64, Range<usize>)) {
    let (mut at, mut in_text) = (0, false);
    while let Some(&b) = args.get(at) {
        at += 1;
        match b {
            b'\'' => in_text = !in_text,
            b'#' if !in_text => {
                let start = at - 1;
                let mut id = 0_u64;
                while let Some(d) = args.get(at).filter(|d| d.is_ascii_digit()) {
                    id = id.saturating_mul(10).saturating_add(u64::from(d - b'0'));
                    at += 1;
                }
                f(id, start..at);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn digests(text: &str, of: &[u64]) -> Vec<Option<Digest>> {
        let content = format!("ISO-10303-21;\nDATA;\n{text}\nENDSEC;\nEND-ISO-10303-21;\n");
        let file = StepFile::read(content.as_bytes());
        let mut contents = Contents::new(&file, |id, m| m.word(u64::from(id == 7)));
        of.iter().map(|&id| contents.of(id)).collect()
    }

    #[test]
    fn equal_records_under_other_numbers_are_equal_and_any_other_value_is_not() {
        let d = digests(
            "#1=A((#2,'#9'),1.);\n#2=B(3.);\n#3=A((#4,'#9'),1.);\n#4=B(3.);\n#5=A((#6,'#9'),1.);\n#6=B(4.);",
            &[1, 3, 5],
        );
        assert_eq!(d[0], d[1]);
        assert_ne!(d[0], d[2]);
    }

    #[test]
    fn what_is_said_elsewhere_counts() {
        let d = digests("#6=B(4.);\n#7=B(4.);", &[6, 7]);
        assert_ne!(d[0], d[1]);
    }

    #[test]
    fn a_circle_of_references_has_no_content() {
        assert_eq!(digests("#1=A(#2);\n#2=A(#1);", &[1]), [None]);
    }
    #[test]
    fn what_was_let_go_is_found_again_and_what_is_asked_for_stays() {
        let mut known = Known::default();
        let digest = |n: u64| Digest([n, !n]);
        known.put(0, digest(0));
        for n in 1..=5 * KEPT as u64 {
            known.put(n, digest(n));
            if n % 1000 == 0 {
                assert_eq!(known.get(0), Some(digest(0)));
            }
        }
        assert_eq!(known.get(1), None);
        assert!(known.new.len() + known.old.len() <= 2 * KEPT);

        // The same content whether the digests of its parts are still there or not.
        let shared = "#1=A(#2);\n#2=B(3.);\n#3=A(#2);\n";
        let mut text = shared.to_owned();
        let n = 3 * KEPT as u64;
        for i in 0..n {
            writeln!(text, "#{}=C({i});", 10 + i).unwrap();
        }
        let of: Vec<u64> = [1].into_iter().chain(10..10 + n).chain([3, 1]).collect();
        let found = digests(&text, &of);
        assert!(
            found[0].is_some() && found[0] == found[found.len() - 1] && found[0] == found[found.len() - 2]
        );
    }
}
