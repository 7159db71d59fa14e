//! Ways to break a file: cut, flip, and edit its records.

/// Numbers from a seed (xorshift64*): the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `n`, 0 if that is 0.
    pub(crate) fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % n.max(1)
    }
}

/// The first `k` 64ths of a file.
pub(crate) fn cut(whole: &[u8], k: usize) -> &[u8] {
    &whole[..whole.len() * k / 64]
}

/// Eight bits turned over, wherever they are.
pub(crate) fn flipped(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = whole.to_vec();
    for _ in 0..8 {
        let at = dice.roll(out.len());
        out[at] ^= 1 << dice.roll(8);
    }
    out
}

/// An edit of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// References that lead to no record.
    Dangling,
    /// References that lead back to the record that they are in.
    Cyclic,
    /// References that lead to any other record.
    Elsewhere,
    /// A record under the number of another.
    Duplicate,
    /// Whole numbers far outside of any list.
    Indices,
    /// Numbers that no building has.
    Numbers,
    /// A list in lists, 10 000 deep.
    Nested,
    /// A text of 2 MB.
    LongText,
    /// Units of no size.
    ZeroUnits,
    /// No records, or no header.
    EmptySections,
}

impl Edit {
    pub(crate) const ALL: [Self; 10] = [
        Self::Dangling,
        Self::Cyclic,
        Self::Elsewhere,
        Self::Duplicate,
        Self::Indices,
        Self::Numbers,
        Self::Nested,
        Self::LongText,
        Self::ZeroUnits,
        Self::EmptySections,
    ];
}

/// Bytes of a number, or of a reference behind its `#`.
struct Spot {
    start: usize,
    end: usize,
    /// Number of the record that it is in.
    record: String,
}

/// Where references and numbers stand in the records of a file, outside of texts.
struct Spots {
    references: Vec<Spot>,
    whole: Vec<Spot>,
    real: Vec<Spot>,
}

fn spots(whole: &[u8]) -> Spots {
    let mut out = Spots { references: Vec::new(), whole: Vec::new(), real: Vec::new() };
    let (mut at, mut in_text, mut record) = (0, false, None::<String>);
    let digits = |from: usize| whole[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    while at < whole.len() {
        let b = whole[at];
        match b {
            b'\'' => in_text = !in_text,
            b';' if !in_text => record = None,
            b'#' if !in_text => {
                let end = at + 1 + digits(at + 1);
                let number = String::from_utf8_lossy(&whole[at + 1..end]).into_owned();
                match &record {
                    None => record = Some(number),
                    Some(r) => out.references.push(Spot { start: at + 1, end, record: r.clone() }),
                }
                at = end;
                continue;
            }
            b'0'..=b'9' | b'-' if !in_text && matches!(whole[at - 1], b'(' | b',') => {
                let length = whole[at..].iter().take_while(|b| !matches!(b, b',' | b')' | b';')).count();
                if let Some(r) = &record {
                    let spot = Spot { start: at, end: at + length, record: r.clone() };
                    let is_real = whole[at..at + length].contains(&b'.');
                    if is_real { out.real.push(spot) } else { out.whole.push(spot) }
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    out
}

/// A file with an edit in some places, which it may not have; the numbers of the records that were edited.
pub(crate) fn edited(whole: &[u8], edit: Edit, dice: &mut Dice) -> (Vec<u8>, Vec<String>) {
    let spots = spots(whole);
    let numbers = ["0.", "-1.", "1.E300", "-1.E300", "1.E-300", "1.E999", "1.E12"];
    let indices = ["0", "-1", "2147483648", "18446744073709551616", "99999999999999999999999"];
    match edit {
        Edit::Dangling => replaced(whole, &spots.references, dice, |_, _| "987654321".to_owned()),
        Edit::Cyclic => replaced(whole, &spots.references, dice, |s, _| s.record.clone()),
        Edit::Elsewhere => {
            let others: Vec<String> = spots.references.iter().map(|s| s.record.clone()).collect();
            replaced(whole, &spots.references, dice, |_, d| others[d.roll(others.len())].clone())
        }
        Edit::Indices => {
            replaced(whole, &spots.whole, dice, |_, d| indices[d.roll(indices.len())].to_owned())
        }
        Edit::Numbers => replaced(whole, &spots.real, dice, |_, d| numbers[d.roll(numbers.len())].to_owned()),
        Edit::Duplicate => {
            let mut out = whole.to_vec();
            let Some(spot) = spots.references.get(dice.roll(spots.references.len())) else {
                return (out, Vec::new());
            };
            let at = end_of_data(whole);
            out.splice(at..at, format!("#{}=IFCWALL();\n", spot.record).into_bytes());
            (out, vec![spot.record.clone()])
        }
        Edit::Nested => {
            let deep = [vec![b'('; 10_000], vec![b')'; 10_000]].concat();
            let record = [b"#987654321=IFCPOLYLINE(", deep.as_slice(), b");\n"].concat();
            inserted(whole, &record, "987654321")
        }
        Edit::LongText => {
            let long = vec![b'x'; 2_000_000];
            let record = [b"#987654321=IFCLABEL('", long.as_slice(), b"');\n"].concat();
            inserted(whole, &record, "")
        }
        Edit::ZeroUnits => {
            let record = b"#987654321=IFCMEASUREWITHUNIT(IFCREAL(0.),$);\n";
            let (mut out, _) = inserted(whole, record, "");
            let text = b"IFCUNITASSIGNMENT((";
            if let Some(at) = out.windows(text.len()).position(|w| w == text) {
                let at = at + text.len();
                out.splice(at..at, b"#987654322,".iter().copied());
                let end = end_of_data(&out);
                let unit = b"#987654322=IFCCONVERSIONBASEDUNIT($,.LENGTHUNIT.,'ell',#987654321);\n";
                out.splice(end..end, unit.iter().copied());
            }
            (out, Vec::new())
        }
        Edit::EmptySections => {
            let header = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\n";
            (if dice.roll(2) == 0 { header.to_vec() } else { [header, whole].concat() }, Vec::new())
        }
    }
}

/// Some of these spots with something else in their place, up to one in a hundred.
fn replaced(
    whole: &[u8],
    spots: &[Spot],
    dice: &mut Dice,
    with: impl Fn(&Spot, &mut Dice) -> String,
) -> (Vec<u8>, Vec<String>) {
    let n = spots.len();
    let wanted = 1 + dice.roll(n / 100 + 1);
    let mut chosen: Vec<usize> = (0..wanted.min(n)).map(|_| dice.roll(n)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    let (mut out, mut records, mut from) = (Vec::with_capacity(whole.len()), Vec::new(), 0);
    for ix in chosen {
        let spot = &spots[ix];
        out.extend_from_slice(&whole[from..spot.start]);
        out.extend_from_slice(with(spot, dice).as_bytes());
        from = spot.end;
        records.push(spot.record.clone());
    }
    out.extend_from_slice(&whole[from..]);
    (out, records)
}

/// Where the records of a file end.
fn end_of_data(whole: &[u8]) -> usize {
    let text = b"ENDSEC;";
    whole.windows(text.len()).rposition(|w| w == text).unwrap_or(whole.len())
}

fn inserted(whole: &[u8], record: &[u8], number: &str) -> (Vec<u8>, Vec<String>) {
    let mut out = whole.to_vec();
    let at = end_of_data(whole);
    out.splice(at..at, record.iter().copied());
    (out, (!number.is_empty()).then(|| number.to_owned()).into_iter().collect())
}
