//! Days that are being written: however they are cut, nothing is another, and they take no memory to speak of.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use lantu_base::{ChannelId, UtcNanos};
use proptest::prelude::*;

use crate::arrivals::{disordered, noise};
use crate::pieces::StoredChunk;
use crate::{
    Channel, ExtendCounts, OnsetFinder, Quality, Sample, SensorRules, Shelf, TimeStore, alarms_at,
    shown_state, transitions,
};

/// A shelf that counts what lies on it.
#[derive(Debug, Default)]
struct Rack(Mutex<(BTreeMap<u64, Vec<u8>>, u64)>);

impl Rack {
    fn n_bytes(&self) -> usize {
        self.0.lock().unwrap().0.values().map(Vec::len).sum()
    }
}

impl Shelf for Rack {
    fn put(&self, bytes: &[u8]) -> io::Result<u64> {
        let mut inner = self.0.lock().unwrap();
        inner.1 += 1;
        let place = inner.1;
        inner.0.insert(place, bytes.to_vec());
        Ok(place)
    }

    fn get(&self, place: u64, len: usize) -> io::Result<Vec<u8>> {
        let bytes = self.0.lock().unwrap().0.get(&place).cloned();
        bytes.filter(|b| b.len() == len).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn free(&self, place: u64, _len: usize) {
        assert!(self.0.lock().unwrap().0.remove(&place).is_some(), "freed twice");
    }
}

const RULES: &str = r#"
    version = "t1"
    source = "test"
    verification = "none"
    [[rule]]
    id = "strain"
    quantity = "strain"
    unit = "µε"
    stale_after_periods = 3
    default_period_s = 60
    standard = "none"
    clause = ""
    edition = ""
    verified = false
    raise_after = { samples = 3, of = 5 }
    level = [
      { name = "L1", state = "warning", value = 100.0, clear = 95.0 },
      { name = "L2", state = "alarm", value = 120.0, clear = 115.0 },
    ]
"#;

fn channel(name: &str) -> Channel {
    Channel {
        id: ChannelId(name.into()),
        object: None,
        quantity: "strain".into(),
        unit: "µε".into(),
        period_s: 60.0,
        shelves: Vec::new(),
        site: String::new(),
        wiring: None,
    }
}

/// Two days and a half of minutes of two channels, with waves through both levels and some hours of silence.
fn rows() -> Vec<(ChannelId, Sample)> {
    let one = |name: &str, minute: i64| {
        let value = 90.0 + 40.0 * (minute as f64 / 37.0 + name.len() as f64).sin();
        let time = UtcNanos(minute * 60_000_000_000);
        (ChannelId(name.into()), Sample::new(time, value, Quality::Good, "µε".into()))
    };
    let minutes = (0..3600).filter(|m| !(700..900).contains(m));
    minutes.flat_map(|m| [one("a", m), one("bb", m)]).collect()
}

/// The same with numbers, and of every fifth instant a second reading beyond the first.
fn numbered(rows: &[(ChannelId, Sample)]) -> Vec<(ChannelId, Sample)> {
    let mut out = Vec::new();
    for ((id, s), n) in rows.iter().zip(0..) {
        out.push((id.clone(), Sample { sequence: Some(2 * n), ..s.clone() }));
        if n % 5 == 0 {
            let (value, sequence) = (s.value + 12.0, Some(2 * n + 1));
            out.push((id.clone(), Sample { value, sequence, ..s.clone() }));
        }
    }
    out
}

fn dump(store: &TimeStore) -> Vec<(String, Vec<u8>)> {
    store.chunks().map(|(c, _, bytes)| (c.to_string(), bytes.to_vec())).collect()
}

/// The store after rows came in groups; `each` looks at it after every group.
fn grown(
    rows: &[(ChannelId, Sample)],
    group: usize,
    mut each: impl FnMut(&TimeStore),
) -> (TimeStore, Arc<Rack>) {
    let rack = Arc::new(Rack::default());
    let mut store = TimeStore::default().with_shelf(Arc::clone(&rack) as Arc<dyn Shelf>);
    for part in rows.chunks(group) {
        let mut of: BTreeMap<ChannelId, Vec<Sample>> = BTreeMap::new();
        for (id, s) in part {
            of.entry(id.clone()).or_default().push(s.clone());
        }
        for (id, samples) in of {
            store.append(&id, samples, &mut ExtendCounts::default());
        }
        // Who looks holds a snapshot while the next group comes.
        let seen = store.clone();
        each(&seen);
    }
    (store, rack)
}

#[test]
fn a_day_in_pieces_holds_its_samples_on_the_shelf_and_few_of_them_decoded() {
    let rows = rows();
    let (store, rack) = grown(&rows, 7, |_| {});
    let mut n_open = 0;
    for name in ["a", "bb"] {
        let pieces = store.chunks_until(&ChannelId(name.into()), UtcNanos(i64::MAX));
        n_open += pieces.iter().filter_map(StoredChunk::open_columns).map(|c| c.times.len()).sum::<usize>();
        // Two days that are over, and the pieces of 720 minutes.
        assert!(pieces.len() < 2 + 20, "{}", pieces.len());
    }
    assert!(n_open <= 64, "{n_open} of {} are decoded", rows.len());
    assert_eq!(dump(&store), dump(&TimeStore::default().extended(rows).0));
    assert!(rack.n_bytes() > 0);
    // Who looks back has it decoded, which counts, and shares it with every snapshot.
    let before = store.kept_bytes();
    let seen = store.clone();
    let all = seen.range(&ChannelId("a".into()), UtcNanos(i64::MIN), UtcNanos(i64::MAX));
    let kept = store.kept_bytes() - before;
    assert!(kept > 16 * 1440 && kept < 40 * all.len() as u64, "{kept} bytes of {} samples", all.len());
    drop((seen, store));
    assert_eq!(rack.n_bytes(), 0, "what nobody asks for is free again");
}

/// Ten minutes of a busy gateway or twenty: what a channel holds of them in memory is the same.
#[test]
fn a_channel_that_was_read_five_times_as_often_has_no_more_pieces() {
    let id = ChannelId("a".into());
    let rack = Arc::new(Rack::default());
    let mut store = TimeStore::default().with_shelf(Arc::clone(&rack) as Arc<dyn Shelf>);
    let mut most = [0; 3];
    for n in 0..20_000_i64 {
        let time = UtcNanos(n * 2_000_000_000);
        let value = 90.0 + 40.0 * (n as f64 * 1e-2).sin();
        let sample = Sample::new(time, value, Quality::Good, "µε".into());
        store.append(&id, vec![sample], &mut ExtendCounts::default());
        let of = usize::from(n >= 100) + usize::from(n >= 500);
        most[of] = most[of].max(store.chunks_until(&id, UtcNanos(i64::MAX)).len());
    }
    assert_eq!((most[0], most[1]), (4, 4), "gathered, two apart, and the one that grows");
    assert!(most[2] <= 16, "{} after eleven hours", most[2]);
}

/// Whoever looks while readings come sees the states, alarms and marks that one who looks at everything at once sees.
#[test]
fn states_alarms_and_marks_do_not_depend_on_how_a_day_was_cut() {
    let rules = SensorRules::parse(RULES.as_bytes()).unwrap();
    let channels = [channel("a"), channel("bb")];
    let mut next = noise(5);
    let late = disordered(&rows(), &mut next);
    let twofold = disordered(&numbered(&rows()), &mut next);
    for (rows, group) in [(rows(), 5), (late, 41), (numbered(&rows()), 5), (twofold, 41)] {
        let mut finder = OnsetFinder::default();
        let mut n = 0;
        let mut seen: Vec<(Sample, String)> = Vec::new();
        let (store, _rack) = grown(&rows, group, |store| {
            n += 1;
            let last = store.span().unwrap().1;
            let marks = finder.look((store, &channels), &rules, (usize::MAX >> 8, true));
            if n % 16 != 0 {
                // Somebody looks only now and then: what was computed before is far behind.
                return;
            }
            let sample = store.value_at(&channels[0].id, last).unwrap();
            let states = channels.each_ref().map(|c| {
                [0, 600, 4000]
                    .map(|back| shown_state(store, c, &rules, UtcNanos(last.0 - back * 1_000_000_000)))
            });
            let alarms = alarms_at((store, &channels), &rules, &[], last);
            let straight =
                TimeStore::from_chunks(store.chunks().map(|(c, _, b)| (c.clone(), b.to_vec()))).unwrap();
            let again = channels.each_ref().map(|c| {
                [0, 600, 4000]
                    .map(|back| shown_state(&straight, c, &rules, UtcNanos(last.0 - back * 1_000_000_000)))
            });
            assert_eq!(states, again, "after {n} groups");
            assert_eq!(alarms, alarms_at((&straight, &channels), &rules, &[], last), "after {n} groups");
            let afresh = OnsetFinder::default().look((&straight, &channels), &rules, (usize::MAX >> 8, true));
            if group == 5 {
                assert_eq!(marks, afresh, "after {n} groups");
            }
            seen.push((sample, format!("{states:?} {alarms:?}")));
        });
        assert!(seen.len() > 10);
        let log =
            |store: &TimeStore| transitions(store, &channels, &rules, UtcNanos(i64::MIN), UtcNanos(i64::MAX));
        let straight = TimeStore::default().extended(rows).0;
        assert_eq!(format!("{:?}", log(&store)), format!("{:?}", log(&straight)));
        assert!(log(&store).len() > 60, "{}", log(&store).len());
        // Readings that came late are in the marks when they are made afresh.
        finder.look((&store, &channels), &rules, (usize::MAX >> 8, true));
        let marks = finder.look((&store, &channels), &rules, (usize::MAX >> 8, true));
        assert_eq!(
            marks,
            OnsetFinder::default().look((&straight, &channels), &rules, (usize::MAX >> 8, true))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_of_arrival_in_groups_of_any_size_gives_the_same_days(
        steps in prop::collection::vec((0..900_i64, 0..40_u8), 50..1500),
        twins in 0..4_i64,
        numbered in 0..5_u8,
        group in 1..60_usize,
        seed in any::<u64>(),
    ) {
        let mut t = 0;
        // From none to all have numbers, and several of an instant do.
        let sorted: Vec<_> = steps.iter().zip(0..).map(|(&(step, v), ix)| {
            t += step;
            let time = UtcNanos(t * 1_000_000_000);
            let unit = if v == 0 { "Pa" } else { "kPa" };
            let (value, quality) = (f64::from(v), Quality::from_code(v % 3));
            let sequence = (v % 5 < numbered).then_some(ix);
            // Some say when the result was there, and of twins each says another time.
            let result_time = (v % 3 > 0).then(|| time.plus_s(ix as f64));
            let sample = Sample { time, value, quality, unit: unit.into(), sequence, result_time };
            (ChannelId("a".into()), sample)
        }).collect();
        let mut next = noise(seed);
        let twin = |(id, s): &(ChannelId, Sample), n: i64| {
            (id.clone(), Sample { result_time: s.result_time.map(|at| at.plus_s(n as f64 - 1.5)), ..s.clone() })
        };
        let sorted: Vec<_> =
            sorted.iter().flat_map(|row| (0..=twins).map(move |n| twin(row, n))).collect();
        let rows = disordered(&sorted, &mut next);
        let (store, _rack) = grown(&rows, group, |_| {});
        let straight = TimeStore::default().extended(sorted).0;
        prop_assert_eq!(dump(&store), dump(&straight));
        let span = (UtcNanos(0), UtcNanos((t + 1) * 1_000_000_000));
        let columns = |s: &TimeStore| -> Vec<(u64, f64, f64)> {
            let all = s.min_max(&ChannelId("a".into()), span.0, span.1, 100);
            all.iter().map(|c| (c.n, c.min, c.max)).collect()
        };
        prop_assert_eq!(columns(&store), columns(&straight));
    }
}
