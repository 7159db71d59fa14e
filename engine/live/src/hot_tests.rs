//! Durability: the plug is pulled at any moment, and nothing that was acknowledged is lost or comes twice.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "numbers of a test are small"
)]

use std::collections::BTreeMap;
use std::io;

use lantu_base::{ChannelId, UtcNanos};

use crate::{HotStore, LogFile, Quality, Sample, TimeStore};

/// A generator of numbers that every run repeats (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// A file that forgets what was not synced.
#[derive(Debug, Default)]
struct Disk {
    /// What a program sees.
    seen: Vec<u8>,
    /// What the medium has for certain.
    durable: Vec<u8>,
    /// Calls until the power fails; it fails in the middle of one.
    calls_left: Option<usize>,
}

impl Disk {
    fn call(&mut self) -> io::Result<()> {
        match &mut self.calls_left {
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(n) => {
                *n -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What is there when the power is back: of unsynced pages some are new, some old, some zero, and the length is
    /// anything between.
    fn after_power_cut(self, dice: &mut Dice) -> Self {
        const PAGE: usize = 64;
        let (old, new) = (self.durable, self.seen);
        let common = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let longest = old.len().max(new.len());
        let len = if new.len() < old.len() && dice.below(2) == 0 {
            old.len()
        } else {
            common + dice.below(longest - common + 1)
        };
        let mut out = vec![0_u8; len];
        for (ix, page) in out.chunks_mut(PAGE).enumerate() {
            let from = match dice.below(3) {
                0 => &old,
                1 => &new,
                _ => &Vec::new(),
            };
            for (k, byte) in page.iter_mut().enumerate() {
                let at = ix * PAGE + k;
                *byte = if at < common { old[at] } else { from.get(at).copied().unwrap_or(0) };
            }
        }
        Self { seen: out.clone(), durable: out, calls_left: None }
    }
}

impl LogFile for Disk {
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.seen.clone())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        // The failing call writes a part.
        let whole = self.call();
        let n = if whole.is_ok() { bytes.len() } else { bytes.len() / 2 };
        self.seen.extend(&bytes[..n]);
        whole
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.call()?;
        self.seen.truncate(len as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.call()?;
        self.durable.clone_from(&self.seen);
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A file beside it, synced, which takes its name as a whole.
        self.call()?;
        (self.seen, self.durable) = (bytes.to_vec(), bytes.to_vec());
        // The name may be there while nobody was told so.
        self.call()
    }
}

fn row(dice: &mut Dice, n: u64) -> (ChannelId, Sample) {
    let channel = ChannelId(format!("c{}", dice.below(5)).into());
    // Mostly in order, some late, some twice.
    let back = if dice.below(10) == 0 { dice.below(2000) as i64 } else { 0 };
    let time = UtcNanos((n as i64 * 40 - back) * 1_000_000_000);
    let unit = ["", "mm", "kPa"][dice.below(3)];
    // Half of the rows have numbers, also where another one has none.
    let sequence = (dice.below(2) == 0).then(|| dice.below(3) as i64);
    let result_time = (dice.below(3) == 0).then(|| time.plus_s(dice.below(90) as f64));
    let (value, quality) = (n as f64, Quality::Good);
    (channel, Sample { time, value, quality, unit: unit.into(), sequence, result_time })
}

type Content = BTreeMap<(String, i64, Option<i64>), Vec<Sample>>;

fn content(store: &TimeStore) -> Content {
    let mut out = Content::new();
    for channel in store.channels() {
        for s in store.range(channel, UtcNanos(i64::MIN), UtcNanos(i64::MAX)) {
            out.entry((channel.to_string(), s.time.0, s.sequence)).or_default().push(s);
        }
    }
    out
}

/// Writes, compacts and loses power again and again.
fn power_cuts(n_cuts: usize, seed: u64) {
    let mut dice = Dice(seed);
    let mut disk = Disk::default();
    // Day chunks that were compacted: a store of their own, always durable as a whole.
    let mut base = TimeStore::default();
    let mut acknowledged: Vec<(ChannelId, Sample)> = Vec::new();
    let mut n = 0;
    for cut in 0..n_cuts {
        disk.calls_left = None;
        let (mut hot, found) = HotStore::open(disk, base.clone()).unwrap();
        let held = content(&hot.snapshot());
        let expected = content(&TimeStore::default().extended(acknowledged.clone()).0);
        for (key, samples) in &held {
            assert_eq!(samples.len(), 1, "cut {cut}: {key:?} is there twice");
        }
        for key in expected.keys() {
            let (channel, time, sequence) = key;
            // A reading without a number is that of the instant that has one.
            let is_held = |n: Option<i64>| held.contains_key(&(channel.clone(), *time, n));
            let held_so = is_held(*sequence) || sequence.is_none() && (0..3).any(|n| is_held(Some(n)));
            assert!(held_so, "cut {cut}: {key:?} was acknowledged and is lost ({found:?})");
        }
        // What was written but not acknowledged may be there as a whole commit, and counts from now on.
        acknowledged = held.iter().map(|((c, ..), s)| (ChannelId(c.as_str().into()), s[0].clone())).collect();
        let calls = dice.below(14);
        hot.journal_mut().file_mut().calls_left = Some(calls);
        // Whether a commit was acknowledged.
        let mut commit = |hot: &mut HotStore<Disk>, dice: &mut Dice| {
            let batch: Vec<_> = (0..=dice.below(30))
                .map(|_| {
                    n += 1;
                    row(dice, n)
                })
                .collect();
            for (channel, sample) in batch.clone() {
                hot.push(channel, sample);
            }
            if hot.commit().is_err() {
                assert!(hot.commit().is_err(), "after a failed write nothing is acknowledged");
                return false;
            }
            acknowledged.extend(batch);
            true
        };
        'on: while commit(&mut hot, &mut dice) {
            if dice.below(6) > 0 {
                continue;
            }
            let mut kept: BTreeMap<(ChannelId, i64), Vec<u8>> =
                base.chunks().map(|(c, h, b)| ((c.clone(), crate::store::day(h.t0)), b.to_vec())).collect();
            for (channel, day) in hot.begin_compaction() {
                let chunk = hot.day_chunk(&channel, day).unwrap();
                kept.insert((channel, day), chunk.bytes);
                // A chunk is on the medium before the next one, and rows come between them.
                base = TimeStore::from_chunks(kept.iter().map(|((c, _), b)| (c.clone(), b.clone()))).unwrap();
                if dice.below(3) == 0 && !commit(&mut hot, &mut dice) {
                    break 'on;
                }
            }
            if hot.end_compaction().is_err() {
                break;
            }
        }
        disk = hot.into_file().after_power_cut(&mut dice);
    }
    assert!(acknowledged.len() > n_cuts, "{}", acknowledged.len());
}

#[test]
fn three_hundred_power_cuts_lose_nothing_acknowledged_and_double_nothing() {
    power_cuts(300, 42);
    power_cuts(40, 7);
}

#[test]
fn a_journal_cut_or_damaged_anywhere_gives_the_commits_before_and_no_others() {
    let mut dice = Dice(5);
    let (mut hot, _) = HotStore::open(Disk::default(), TimeStore::default()).unwrap();
    let mut ends = vec![(0_u64, 0_usize), (4, 0)];
    for n in 0..20 {
        for k in 0..5 {
            let (channel, mut sample) = row(&mut dice, n * 5 + k);
            sample.time = UtcNanos((n * 5 + k) as i64 * 1_000_000_000);
            hot.push(channel, sample);
        }
        hot.commit().unwrap();
        ends.push((hot.journal_bytes(), hot.snapshot().n_samples() as usize));
    }
    let bytes = hot.into_file().seen;
    for cut in 0..bytes.len() {
        let seen = bytes[..cut].to_vec();
        let (again, found) = HotStore::open(Disk { seen, ..Disk::default() }, TimeStore::default()).unwrap();
        let &(end, rows) = ends.iter().rev().find(|e| e.0 <= cut as u64).unwrap();
        assert_eq!(
            (again.snapshot().n_samples() as usize, again.journal_bytes()),
            (rows, end),
            "cut at {cut}"
        );
        assert_eq!((found.rows as usize, found.torn_bytes), (rows, cut as u64 - end));
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut seen = bytes.clone();
        seen[at] ^= 0x10;
        let opened = HotStore::open(Disk { seen, ..Disk::default() }, TimeStore::default());
        if at < 4 {
            assert!(opened.is_err(), "another version, or no journal");
            continue;
        }
        let (again, _) = opened.unwrap();
        let &(_, rows) = ends.iter().rev().find(|e| e.0 <= at as u64).unwrap();
        assert_eq!(again.snapshot().n_samples() as usize, rows, "a flipped bit at {at}");
    }
}

#[test]
fn a_store_that_grew_row_by_row_is_the_store_that_was_made_at_once() {
    let mut dice = Dice(11);
    let rows: Vec<_> = (0..6000).map(|n| row(&mut dice, n)).collect();
    let (mut hot, _) = HotStore::open(Disk::default(), TimeStore::default()).unwrap();
    let mut kept = Vec::new();
    for (n, (channel, sample)) in rows.iter().enumerate() {
        hot.push(channel.clone(), sample.clone());
        if n % 37 == 0 {
            hot.commit().unwrap();
            // An older snapshot stays what it was while the store grows.
            kept.push((hot.snapshot(), hot.snapshot().n_samples()));
        }
    }
    hot.commit().unwrap();
    let dump = |s: &TimeStore| s.chunks().map(|(c, _, b)| (c.to_string(), b.to_vec())).collect::<Vec<_>>();
    let (straight, _) = TimeStore::default().extended(rows);
    assert_eq!(dump(&hot.snapshot()), dump(&straight));
    assert!(kept.iter().all(|(store, n)| content(store).len() as u64 == *n));
    let days = hot.begin_compaction();
    assert_eq!(days.iter().filter_map(|(c, day)| hot.day_chunk(c, *day)).count(), straight.chunks().count());
    hot.end_compaction().unwrap();
    // Nothing but the frame that says how many there were.
    assert!(hot.journal_bytes() < 24, "{}", hot.journal_bytes());
    assert_eq!(dump(&hot.snapshot()), dump(&straight));
}

#[test]
fn a_value_that_is_no_number_is_counted_and_never_stored() {
    let (mut hot, _) = HotStore::open(Disk::default(), TimeStore::default()).unwrap();
    for value in [f64::NAN, f64::INFINITY, 1e308, -1e308, -1e30] {
        let time = UtcNanos(value.to_bits() as i64 >> 12);
        hot.push(ChannelId("a".into()), Sample::new(time, value, Quality::Good, "".into()));
    }
    assert_eq!((hot.commit().unwrap(), hot.counts().not_finite, hot.snapshot().n_samples()), (1, 4, 1));
}
