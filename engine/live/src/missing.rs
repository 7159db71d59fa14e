//! What sources that number their messages say is missing.
//!
//! How many messages are missing before a reading is a sample of its own, of a companion of the reading's channel at the
//! reading's instant and number: it is as durable as the reading, and no channel for anybody else. By the number of the
//! last reading a feed that was ended and begun again knows what it missed meanwhile.

use std::collections::BTreeMap;

use lantu_base::{ChannelId, UtcNanos};

use crate::TimeStore;

/// What the name of a companion ends with.
const SUFFIX: &str = "#missing";
/// What that of the companion ends with in which earlier builds kept the numbers of messages.
const FORMER: &str = "#number";

/// A stretch in which a source sent messages that never came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last reading before; the end of it where there is none.
    pub from: UtcNanos,
    /// The first reading after.
    pub to: UtcNanos,
    /// Its number.
    pub sequence: Option<i64>,
    /// Messages that are missing, by the source's numbers.
    pub missing: u64,
}

/// The companion of a channel: its samples are numbers of messages that are missing before the reading of that instant.
pub fn missing_before(channel: &ChannelId) -> ChannelId {
    ChannelId(format!("{channel}{SUFFIX}").into())
}

/// Whether it is the companion of a channel.
pub fn is_companion(channel: &ChannelId) -> bool {
    [SUFFIX, FORMER, crate::clock::SUFFIX].iter().any(|suffix| channel.0.ends_with(suffix))
}

/// The number of the latest message of each channel whose source numbers them, where its last chunk has one.
pub fn last_numbers(store: &TimeStore) -> BTreeMap<String, i64> {
    let one = |id: &ChannelId| Some((id.to_string(), store.last_number(id)?));
    store.channels().filter_map(one).collect()
}

/// Gaps of a channel that end within `t0 ≤ to ≤ t1`, ascending; none where the source does not number its messages.
pub fn gaps(store: &TimeStore, channel: &ChannelId, t0: UtcNanos, t1: UtcNanos) -> Vec<Gap> {
    let told = store.range(&missing_before(channel), t0, t1);
    let one = |s: crate::Sample| {
        let before = store.before(channel, &s);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, saturating")]
        let missing = s.value as u64;
        Gap { from: before.map_or(s.time, |b| b.time), to: s.time, sequence: s.sequence, missing }
    };
    told.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HotStore, LogFile, Quality, Sample};

    #[derive(Debug, Default)]
    struct Memory(Vec<u8>);

    impl LogFile for Memory {
        fn read_all(&mut self) -> std::io::Result<Vec<u8>> {
            Ok(self.0.clone())
        }

        fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            self.0.extend(bytes);
            Ok(())
        }

        fn truncate(&mut self, len: u64) -> std::io::Result<()> {
            self.0.truncate(usize::try_from(len).unwrap());
            Ok(())
        }

        fn sync(&mut self) -> std::io::Result<()> {
            Ok(())
        }

        fn replace(&mut self, bytes: &[u8]) -> std::io::Result<()> {
            self.0 = bytes.to_vec();
            Ok(())
        }
    }

    #[test]
    fn a_gap_is_stored_with_the_reading_after_it_and_is_neither_a_channel_nor_a_row() {
        let noise = ChannelId("noise".into());
        let sample = |t: i64, value: f64| Sample::new(UtcNanos(t), value, Quality::Good, "".into());
        let (mut hot, _) = HotStore::open(Memory::default(), TimeStore::default()).unwrap();
        let numbered = |sequence, s: Sample| Sample { sequence: Some(sequence), ..s };
        hot.push(noise.clone(), numbered(7, sample(10, 60.0)));
        hot.push(noise.clone(), numbered(11, sample(50, 61.0)));
        hot.push(missing_before(&noise), numbered(11, sample(50, 3.0)));
        assert_eq!(hot.commit().unwrap(), 2);
        assert_eq!(hot.counts().added, 2);
        let store = hot.snapshot();
        assert_eq!(store.channels().collect::<Vec<_>>(), [&noise]);
        assert_eq!(store.n_samples(), 2);
        let expected = [Gap { from: UtcNanos(10), to: UtcNanos(50), sequence: Some(11), missing: 3 }];
        assert_eq!(gaps(&store, &noise, UtcNanos(0), UtcNanos(99)), expected);
        assert!(gaps(&store, &noise, UtcNanos(51), UtcNanos(99)).is_empty());
        // It goes into day chunks and comes back with them.
        let days = hot.begin_compaction();
        let chunks: Vec<_> = days.iter().filter_map(|(c, day)| hot.day_chunk(c, *day)).collect();
        let chunks: Vec<_> = chunks.into_iter().map(|c| (c.channel, c.bytes)).collect();
        let again = TimeStore::from_chunks(chunks).unwrap();
        assert_eq!(gaps(&again, &noise, UtcNanos(0), UtcNanos(99)), expected);
        assert_eq!(last_numbers(&again), BTreeMap::from([("noise".to_owned(), 11)]));
    }
}
