//! Whole tables in, streams out.

use std::fmt::Write as _;
use std::io::Write;

use lantu_base::{Counts, Diagnostic, ProjectFrame};
use lantu_ingest::{Batch, ImportError, ImportJob, ImportMode, Importer, SampleRecord, TaskRecord, VecSink};

use crate::TablesImporter;

const TASK_HEADER: &str =
    "id,name,start,finish,budget,percent,actual_start,actual_finish,actual_cost,objects\n";

fn job(file: &tempfile::NamedTempFile) -> ImportJob {
    let frame = ProjectFrame {
        crs: "EPSG:4548".into(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".into(),
    };
    ImportJob { mode: ImportMode::Import, frame: Some(frame), ..ImportJob::inspect(file.path()) }
}

fn import(bytes: &[u8]) -> Result<Vec<Batch>, ImportError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut sink = VecSink::default();
    TablesImporter.import(&job(&file), &mut sink)?;
    Ok(sink.0)
}

struct Read {
    schema: String,
    tasks: Vec<TaskRecord>,
    samples: Vec<SampleRecord>,
    diagnostics: Vec<Diagnostic>,
    counts: Counts,
}

fn read(bytes: &[u8]) -> Read {
    let mut out = Read {
        schema: String::new(),
        tasks: Vec::new(),
        samples: Vec::new(),
        diagnostics: Vec::new(),
        counts: Counts::default(),
    };
    let mut ended = false;
    for batch in import(bytes).unwrap() {
        match batch {
            Batch::Begin(b) => out.schema = b.schema,
            Batch::Tasks(t) => out.tasks.extend(t),
            Batch::Samples(s) => {
                assert!(s.len() <= 4096);
                out.samples.extend(s);
            }
            Batch::Diagnostic(d) => out.diagnostics.push(d),
            Batch::End(e) => (out.counts, ended) = (e.counts, true),
            _ => {}
        }
    }
    assert!(ended, "the stream ends");
    assert_eq!(out.counts.read, out.counts.kept + out.counts.dropped);
    out
}

/// Code and place of each diagnostic.
fn said(r: &Read) -> Vec<(String, String)> {
    r.diagnostics.iter().map(|d| (d.code.to_string(), d.place.clone())).collect()
}

#[test]
fn a_schedule_reads_with_local_dates_exact_money_and_several_objects() {
    let text = format!(
        "\u{feff}{TASK_HEADER}A10,\"地下室, 底板\",2026-03-01,2026-03-10,1250000.50,40%,2026-03-02,,,2O2Fr$t4X7Zf8NOew3FLOH; bridge:7\r\n"
    );
    let r = read(text.as_bytes());
    assert_eq!((r.schema.as_str(), r.counts), ("schedule", Counts { read: 1, kept: 1, dropped: 0 }));
    let t = &r.tasks[0];
    assert_eq!((t.id.as_str(), t.name.as_str()), ("A10", "地下室, 底板"));
    let utc = |n: i64| lantu_base::UtcNanos(n).to_string();
    assert_eq!((utc(t.start), utc(t.finish)), ("2026-02-28T16:00:00Z".into(), "2026-03-10T16:00:00Z".into()));
    assert_eq!((t.budget_cents, t.percent, t.actual_finish), (Some(125_000_050), Some(40.0), None));
    assert_eq!(t.actual_start.map(utc), Some("2026-03-01T16:00:00Z".into()));
    assert_eq!(t.objects, ["2O2Fr$t4X7Zf8NOew3FLOH", "bridge:7"]);
    assert!(r.diagnostics.is_empty(), "{:?}", r.diagnostics);
}

#[test]
fn each_wrong_row_is_dropped_with_its_line_and_the_others_stay() {
    let text = format!(
        "{TASK_HEADER}\
        A,fine,2026-03-01,2026-03-01,,,,,,\n\
        B,percent,2026-03-01,2026-03-02,,101,,,,\n\
        C,order,2026-03-05,2026-03-01,,,,,,\n\
        D,time,2026-02-30,2026-03-01,,,,,,\n\
        ,no id,2026-03-01,2026-03-02,,,,,,\n\
        A,again,2026-03-01,2026-03-02,,,,,,\n\
        E,no finish,2026-03-01,,,,,,,\n\
        F,money,2026-03-01,2026-03-02,12.345,,,,,\n\
        G,actual order,2026-03-01,2026-03-02,,,2026-03-05,2026-03-01,,\n\
        H,nan,2026-03-01,2026-03-02,,NaN,,,,\n\
        I,too,2026-03-01,2026-03-02,,,,,,,many,fields\n\
        ,,,,,,,,,\n\
        Z,fine,2026-03-01,2026-03-02,,,,,,\n"
    );
    let r = read(text.as_bytes());
    let expected = [
        ("tables.bad_percent", "line 3"),
        ("tables.finish_before_start", "line 4"),
        ("tables.bad_time", "line 5"),
        ("tables.missing_value", "line 6"),
        ("tables.duplicate", "line 7"),
        ("tables.missing_value", "line 8"),
        ("tables.bad_amount", "line 9"),
        ("tables.finish_before_start", "line 10"),
        ("tables.bad_percent", "line 11"),
        ("tables.field_count", "line 12"),
    ];
    assert_eq!(said(&r), expected.map(|(c, p)| (c.to_owned(), p.to_owned())));
    assert_eq!(r.counts, Counts { read: 12, kept: 2, dropped: 10 });
    assert_eq!(r.tasks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["A", "Z"]);
}

#[test]
fn a_series_reads_in_any_column_order_with_local_and_absolute_times() {
    let r = read(
        b"value;Time;channel;quality\n71.5;2026-07-31T14:05:00+08:00;n1;good\n70;2026-07-31 14:05;n1;2\nNaN;2026-07-31;n1;\n1e308;2026-07-31;n1;\n3;2026-07-31;n1;192\n",
    );
    assert_eq!(r.schema, "samples");
    let rows: Vec<_> = r.samples.iter().map(|s| (s.time, s.value, s.quality)).collect();
    assert_eq!(rows, [(1_785_477_900_000_000_000, 71.5, 0), (1_785_477_900_000_000_000, 70.0, 2)]);
    assert_eq!(
        said(&r).into_iter().map(|s| s.0).collect::<Vec<_>>(),
        ["tables.not_finite", "tables.not_finite", "tables.bad_quality"]
    );
}

/// Loggers of a burst write several readings of one second, which only their numbers tell apart.
#[test]
fn a_series_says_the_numbers_of_messages_and_when_results_were_there() {
    let r = read(
        b"time,channel,value,sequence,result_time\n2026-07-31 14:05,n1,1,7,2026-08-03 09:00\n2026-07-31 14:05,n1,2,8,\n\
          2026-07-31 14:05,n1,3,7.5,\n2026-07-31 14:05,n1,4,9,later\n",
    );
    let rows: Vec<_> = r.samples.iter().map(|s| (s.value, s.sequence, s.result_time)).collect();
    assert_eq!(rows, [(1.0, Some(7), Some(1_785_718_800_000_000_000)), (2.0, Some(8), None)]);
    let expected = [("tables.bad_sequence", "line 4"), ("tables.bad_time", "line 5")];
    assert_eq!(said(&r), expected.map(|(c, p)| (c.to_owned(), p.to_owned())));
}

#[test]
fn bindings_read_and_a_channel_is_bound_once() {
    let batches = import(
        b"channel,object,quantity,unit,period_s\nn1,site:3,noise,dB(A),60\nn1,site:4,noise,dB(A),60\nn2,site:5,dust,,\n",
    );
    let bindings: Vec<_> = batches
        .unwrap()
        .into_iter()
        .filter_map(|b| if let Batch::Bindings(l) = b { Some(l) } else { None })
        .collect();
    assert_eq!(bindings.len(), 1);
    let rows: Vec<_> = bindings[0].iter().map(|b| (b.object.as_str(), b.period_s)).collect();
    assert_eq!(rows, [("site:3", 60.0), ("site:5", 0.0)]);
}

#[test]
fn things_have_a_kind_and_a_place_or_a_way_and_need_no_object() {
    let batches = import(
        "channel,object,quantity,unit,period_s,kind,radius_m,x,y,z\n塔吊-1,,position,m,60,Crane,40,455600,4428500,42.6\n\
         p1,,position,,60,person,,,,\np2,,position,,60,,,,,\np3,,position,km,60,person,,,,\np4,,position,,60,person,,1,,\n\
         p5,,position,,60,person,-1,,,\nn1,,noise,dB(A),60,,,,,\n"
            .as_bytes(),
    )
    .unwrap();
    let bindings: Vec<_> =
        batches.iter().flat_map(|b| if let Batch::Bindings(l) = b { l.as_slice() } else { &[] }).collect();
    let told: Vec<_> = bindings.iter().map(|b| (b.kind.as_str(), b.radius_m, b.fixed)).collect();
    assert_eq!(told, [("crane", 40.0, Some([455_600.0, 4_428_500.0, 42.6])), ("person", 0.0, None)]);
    let codes: Vec<_> = batches
        .iter()
        .filter_map(|b| if let Batch::Diagnostic(d) = b { Some(d.code.0.to_string()) } else { None })
        .filter(|c| c != "tables.no_time_zone")
        .collect();
    let missing = "tables.missing_value";
    assert_eq!(codes, [missing, "tables.bad_unit", missing, "tables.bad_number", missing]);
}

#[test]
fn a_gbk_table_reads_like_its_utf_8_twin() {
    let text = format!(
        "{TASK_HEADER}A,地下室底板混凝土浇筑,2026-03-01,2026-03-02,,,,,,\nB,主体结构施工,2026-03-01,2026-03-02,,,,,,\n"
    );
    let (gbk, _, _) = encoding_rs::GBK.encode(&text);
    let (a, b) = (read(text.as_bytes()), read(&gbk));
    assert_eq!(a.tasks, b.tasks);
    assert_eq!(said(&b), [("tables.encoding".to_owned(), "line 2".to_owned())]);
}

#[test]
fn gbk_far_behind_the_head_is_still_read() {
    let mut bytes = TASK_HEADER.as_bytes().to_vec();
    for i in 0..4000 {
        bytes.extend(format!("T{i},plain name,2026-03-01,2026-03-02,,,,,,\n").bytes());
    }
    bytes.extend(b"X,");
    bytes.extend(encoding_rs::GBK.encode("基坑土方开挖及支护").0.as_ref());
    bytes.extend(b",2026-03-01,2026-03-02,,,,,,\n");
    let r = read(&bytes);
    assert_eq!(r.tasks.last().map(|t| t.name.as_str()), Some("基坑土方开挖及支护"));
}

#[test]
fn files_that_are_no_table_are_refused_with_the_reason() {
    let check = |bytes: &[u8], part: &str| match import(bytes) {
        Err(ImportError::Format { code, what, .. }) => {
            assert_eq!(code, "tables.unknown_header");
            assert!(what.contains(part), "{what}");
        }
        other => panic!("{other:?}"),
    };
    check(b"", "empty");
    check(b"\xEF\xBB\xBF\r\n", "empty");
    check(b"a,b,c\n1,2,3\n", "found \"a,b,c\"");
    check(b"\xFF\xFEi\0d\0", "UTF-16");
    check(b"PK\x03\x04 zip", "not a known table");
}

#[test]
fn a_quote_that_never_closes_loses_one_row_not_the_memory() {
    let mut bytes = b"time,channel,value\n2026-01-01,a,1\n2026-01-02,\"a,2\n".to_vec();
    for _ in 0..1_200_000 {
        bytes.extend(b"2026-01-03,b,3\n");
    }
    let r = read(&bytes);
    assert_eq!((r.samples.len(), said(&r)[0].0.as_str()), (1, "tables.unreadable_rest"));
    assert!(r.diagnostics[0].message.contains("quote"), "{}", r.diagnostics[0].message);
}

#[test]
fn a_missing_file_says_so_and_a_cancelled_import_stops() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"time,channel,value\n2026-01-01,a,1\n").unwrap();
    let mut j = job(&file);
    j.cancel.cancel();
    assert!(matches!(TablesImporter.import(&j, &mut VecSink::default()), Err(ImportError::Cancelled(_))));
    j.path.push("absent.csv");
    assert!(matches!(TablesImporter.import(&j, &mut VecSink::default()), Err(ImportError::Read { .. })));
}

#[test]
fn a_long_series_comes_in_batches_with_progress() {
    let mut text = String::from("time,channel,value,unit,quality\n");
    for i in 0..10_000 {
        writeln!(text, "2026-01-01T{:02}:{:02}:{:02}Z,c,{i},mm,0", i / 3600, i / 60 % 60, i % 60).unwrap();
    }
    let batches = import(text.as_bytes()).unwrap();
    let n: Vec<_> =
        batches.iter().filter_map(|b| if let Batch::Samples(s) = b { Some(s.len()) } else { None }).collect();
    assert_eq!(n, [4096, 4096, 1808]);
    assert!(
        batches.iter().any(|b| matches!(b, Batch::Progress { done, total } if 0 < *done && done <= total))
    );
}

proptest::proptest! {
    #[test]
    fn no_table_makes_it_panic_and_every_row_is_accounted_for(
        rows in proptest::collection::vec("[0-9A-Za-z,;\"%:\\-\\. \n地]{0,60}", 0..20),
        header in 0..3_usize,
    ) {
        let header = [TASK_HEADER, "time,channel,value,unit,quality\n", "channel,object,quantity,unit,period_s\n"][header];
        let r = read(format!("{header}{}", rows.join("\n")).as_bytes());
        let dropped = r.diagnostics.iter().filter(|d| d.severity == lantu_base::Severity::Error).count();
        proptest::prop_assert_eq!(dropped as u64, r.counts.dropped);
    }
}
