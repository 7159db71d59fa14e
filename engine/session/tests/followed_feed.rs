//! A feed that writes while others look at the project and change it.

mod support;

use lantu_base::{ChannelId, UtcNanos};
use lantu_live::{Act, Deed, Quality, Sample};
use lantu_project::{Author, OpenMode, Project};
use lantu_session::{Access, FeedWatch, FeedWriter, Session, SessionError, note_alarm_act};
use support::options;

fn push(writer: &mut FeedWriter, seconds: std::ops::Range<i64>) {
    for s in seconds {
        let time = UtcNanos(s * 1_000_000_000);
        let sample = Sample::new(time, s as f64, Quality::Good, "m".into());
        writer.push(ChannelId("c".into()), sample);
    }
}

/// What a newer build acknowledged is neither read as something else nor written over.
#[test]
fn a_journal_of_a_newer_build_is_refused_with_its_name_and_one_of_an_earlier_build_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.lantu");
    let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
    Session::create(&path, "site", frame, options()).unwrap().close().unwrap();
    let mut session = Session::open(&path, Access::Read, options()).unwrap();
    let mut writer = session.begin_feed().unwrap();
    push(&mut writer, 0..10);
    writer.commit().unwrap();
    drop(writer);
    session.close().unwrap();
    let journal = lantu_session::journal_path(&path);
    let sound = std::fs::read(&journal).unwrap();
    assert!(sound.starts_with(b"LTJ2"));

    let mut newer = sound.clone();
    newer[3] = b'3';
    std::fs::write(&journal, &newer).unwrap();
    let error = Session::open(&path, Access::Read, options()).err().unwrap().to_string();
    assert!(error.contains("version '3'") && error.contains("site.lantu-feed"), "{error}");
    assert_eq!(std::fs::read(&journal).unwrap(), newer);

    // Before there were result times its version was another, and before there were versions it began with its first commit.
    for former in [[b"LTJ1", &sound[4..]].concat(), sound[4..].to_vec()] {
        std::fs::write(&journal, &former).unwrap();
        let mut session = Session::open(&path, Access::Read, options()).unwrap();
        assert_eq!(session.time_store().n_samples(), 10);
        let mut writer = session.begin_feed().unwrap();
        push(&mut writer, 8..12);
        writer.commit().unwrap();
        assert_eq!((writer.counts().added, writer.snapshot().n_samples()), (2, 12));
        assert!(std::fs::read(&journal).unwrap().starts_with(b"LTJ2"));
        drop(writer);
        session.close().unwrap();
        let session = Session::open(&path, Access::Read, options()).unwrap();
        assert_eq!(session.time_store().n_samples(), 12, "some in the project, some in its journal");
        session.close().unwrap();
    }
}

/// It was told that a lock would block, of a file that nobody knows.
#[test]
fn a_second_feed_of_a_project_is_told_who_feeds_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.lantu");
    let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
    Session::create(&path, "site", frame, options()).unwrap().close().unwrap();
    let mut session = Session::open(&path, Access::Read, options()).unwrap();
    let writer = session.begin_feed().unwrap();
    let mut second = Session::open(&path, Access::Read, options()).unwrap();
    let Err(SessionError::AlreadyFed { project, by }) = second.begin_feed() else {
        panic!("two feeds at once");
    };
    assert_eq!(project.file_name(), path.file_name());
    if cfg!(target_os = "linux") {
        assert_eq!(by, Some(std::process::id()));
    }
    session.end_feed(writer).unwrap();
    second.close().unwrap();
    session.close().unwrap();
}

/// A compaction of ten thousand channels takes a second, in which readings came to nobody. What comes meanwhile is
/// acknowledged meanwhile, and stays in the journal, whose other rows are in the project.
#[test]
fn what_comes_while_the_journal_is_compacted_is_committed_meanwhile_and_nothing_of_it_is_lost() {
    const CHANNELS: i64 = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.lantu");
    let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
    Session::create(&path, "site", frame, options()).unwrap().close().unwrap();
    let mut session = Session::open(&path, Access::Read, options()).unwrap();
    let mut watch = FeedWatch::new(&path, session.time_store());
    let mut writer = session.begin_feed().unwrap();
    let row = |channel: i64, n: i64| {
        let (time, quality) = (UtcNanos(n * 1_000_000_000), Quality::Good);
        // Values that do not compress: each pass has several parts.
        let value = (n * 7919 + channel * 104_729) as f64 * std::f64::consts::PI;
        (ChannelId(format!("c{channel}").into()), Sample::new(time, value, quality, "m".into()))
    };
    for n in 0..200 {
        for channel in 0..CHANNELS {
            let (id, sample) = row(channel, n);
            writer.push(id, sample);
        }
        writer.commit().unwrap();
    }
    let (mut calls, mut n_later) = (0, 0);
    let mut seen = 0;
    session
        .compact_feed(&mut writer, &mut |writer| {
            calls += 1;
            // As many as before: it need not become calm for the compaction to end.
            for channel in 0..CHANNELS {
                let (id, sample) = row(channel, 1000 + calls);
                writer.push(id, sample);
                n_later += 1;
            }
            writer.commit()?;
            // Whoever looks sees it before the compaction has ended.
            let told = watch.look()?;
            seen = told.map_or(seen, |told| told.store.n_samples());
            assert_eq!(seen, u64::try_from(200 * CHANNELS + n_later).unwrap());
            Ok(())
        })
        .unwrap();
    assert!(calls > 3, "{calls}");
    let all = u64::try_from(200 * CHANNELS + n_later).unwrap();
    drop(writer);
    session.close().unwrap();
    // The journal has what came meanwhile, and nothing else.
    let journal = std::fs::metadata(lantu_session::journal_path(&path)).unwrap().len();
    assert!(journal < 40 * u64::try_from(n_later).unwrap(), "{journal}");
    let session = Session::open(&path, Access::Read, options()).unwrap();
    assert_eq!(session.time_store().n_samples(), all);
    session.close().unwrap();

    // A compaction that fails in its middle is made again by the next one.
    let mut session = Session::open(&path, Access::Read, options()).unwrap();
    let mut writer = session.begin_feed().unwrap();
    for (channel, n) in (0..CHANNELS).flat_map(|channel| (2000..2400).map(move |n| (channel, n))) {
        let (id, sample) = row(channel, n);
        writer.push(id, sample);
    }
    writer.commit().unwrap();
    let mut calls = 0;
    let failed = session.compact_feed(&mut writer, &mut |_| {
        calls += 1;
        let gone = std::io::Error::other("the disk is full");
        if calls < 2 { Ok(()) } else { Err(SessionError::File { source: gone, path: path.clone() }) }
    });
    assert!(failed.is_err());
    session.compact_feed(&mut writer, &mut |_| Ok(())).unwrap();
    drop(writer);
    session.close().unwrap();
    std::fs::remove_file(lantu_session::journal_path(&path)).unwrap();
    let session = Session::open(&path, Access::Read, options()).unwrap();
    assert_eq!(session.time_store().n_samples(), all + u64::try_from(CHANNELS * 400).unwrap());
    session.close().unwrap();
}

#[test]
fn who_looks_at_a_project_sees_what_is_fed_and_can_acknowledge_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.lantu");
    let frame = lantu_geodesy::make_frame("EPSG:4548", None, "Asia/Shanghai").unwrap();
    Session::create(&path, "site", frame, options()).unwrap().close().unwrap();

    let window = Session::open(&path, Access::Read, options()).unwrap();
    let mut watch = FeedWatch::new(&path, window.time_store());
    assert!(watch.look().unwrap().is_none(), "nothing is fed yet");

    let mut session = Session::open(&path, Access::Read, options()).unwrap();
    let mut writer = session.begin_feed().unwrap();
    assert!(watch.look().unwrap().is_none(), "an empty journal says nothing");
    push(&mut writer, 0..10);
    writer.commit().unwrap();
    let seen = watch.look().unwrap().unwrap();
    assert_eq!((seen.n_rows, seen.store.n_samples()), (10, 10));
    assert!(watch.look().unwrap().is_none(), "nothing is told twice");

    // Somebody acknowledges an alarm while the feed goes on.
    let act = Act {
        time: UtcNanos(5),
        channel: "c".to_owned(),
        deed: Deed::Acknowledge,
        by: "tester".to_owned(),
        why: "seen".to_owned(),
    };
    let mode = OpenMode::ReadWrite(Author::new("tester", || UtcNanos(1_785_000_000_000_000_000)));
    let mut file = Project::open(&path, mode).unwrap();
    assert_eq!(note_alarm_act(&mut file, &act).unwrap(), [act]);
    file.close().unwrap();
    let told = watch.look().unwrap().unwrap();
    assert_eq!(
        (told.n_rows, told.acts.map(|a| a.len())),
        (0, Some(1)),
        "though the journal is not compacted"
    );
    assert!(watch.look().unwrap().is_none());

    // Compacted and filled again between two looks, after everything was seen: nothing is read again.
    session.compact_feed(&mut writer, &mut |_| Ok(())).unwrap();
    push(&mut writer, 10..40);
    writer.commit().unwrap();
    let first = watch.look().unwrap().unwrap();
    assert_eq!((first.n_rows, first.store.n_samples()), (30, 40));

    // The same with a commit that was not seen: what was compacted is read from the project.
    push(&mut writer, 40..50);
    writer.commit().unwrap();
    session.compact_feed(&mut writer, &mut |_| Ok(())).unwrap();
    push(&mut writer, 50..55);
    writer.commit().unwrap();
    assert_eq!(watch.look().unwrap().unwrap().store.n_samples(), 50, "what was compacted comes first");
    assert_eq!(watch.look().unwrap().unwrap().store.n_samples(), 55);

    // An emptied journal into which nothing is written says at once that a commit was not seen.
    push(&mut writer, 55..60);
    writer.commit().unwrap();
    session.compact_feed(&mut writer, &mut |_| Ok(())).unwrap();
    assert_eq!(watch.look().unwrap().unwrap().store.n_samples(), 60);

    session.end_feed(writer).unwrap();
    let end = watch.look().unwrap().unwrap();
    assert_eq!(end.store.n_samples(), 60, "the journal is gone, its rows are not");
    assert_eq!(end.acts.map(|a| a.len()), Some(1));
    assert!(watch.look().unwrap().is_none());
    session.close().unwrap();
    window.close().unwrap();
}
