//! Schedules of Microsoft Project and Primavera: other people's files, and files that are wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets the unexpected stops there")]

use std::path::{Path, PathBuf};

use lantu_base::Diagnostic;
use lantu_ingest::{Batch, ImportError, ImportJob, Importer, TaskRecord, VecSink};
use lantu_schedule::{LinkKind, Plan, TaskKind, compute};
use lantu_tables::TablesImporter;

struct Read {
    plan: Plan,
    tasks: Vec<TaskRecord>,
    notes: Vec<Diagnostic>,
}

fn import(path: &Path) -> Result<Read, ImportError> {
    let job = ImportJob::inspect(path);
    let mut sink = VecSink::default();
    TablesImporter.import(&job, &mut sink)?;
    let mut out = Read { plan: Plan::default(), tasks: Vec::new(), notes: Vec::new() };
    for batch in sink.0 {
        match batch {
            Batch::Plan(p) => out.plan = *p,
            Batch::Tasks(t) => out.tasks.extend(t),
            Batch::Diagnostic(d) => out.notes.push(d),
            _ => {}
        }
    }
    Ok(out)
}

fn read(name: &str, bytes: &[u8]) -> Result<Read, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    import(&path)
}

fn refusal(name: &str, bytes: &[u8]) -> (String, String, String) {
    match read(name, bytes) {
        Err(ImportError::Format { code, what, place }) => (code.to_owned(), what, place),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{name} was read"),
    }
}

fn note<'a>(r: &'a Read, code: &str) -> &'a Diagnostic {
    r.notes.iter().find(|d| d.code.0 == code).unwrap_or_else(|| panic!("no {code} in {:#?}", r.notes))
}

fn files(root: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
    out.sort();
}

#[test]
fn every_schedule_of_the_corpus_is_read_or_refused_by_the_name_of_its_format() {
    let Some(root) = lantu_support::corpus("every_schedule_of_the_corpus", "live/mpxj/junit") else { return };
    let mut all = Vec::new();
    files(&root, &mut all);
    let (mut leaves, mut by_format) = (0, std::collections::BTreeMap::<String, usize>::new());
    for path in &all {
        match import(path) {
            Ok(r) => {
                leaves += r.plan.tasks.iter().filter(|t| t.is_leaf()).count();
                let lost = r.notes.iter().find(|d| d.severity == lantu_base::Severity::Error);
                assert!(lost.is_none(), "{}: {lost:?}", path.display());
                compute(&r.plan).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                let extension = path.extension().unwrap().to_string_lossy().into_owned();
                *by_format.entry(extension).or_default() += 1;
            }
            Err(ImportError::Format { code: "schedule.format", what, .. }) => {
                let name = what.split(", which").next().unwrap().to_owned();
                *by_format.entry(name).or_default() += 1;
            }
            Err(e) => panic!("{}: {e}", path.display()),
        }
    }
    let expected = [
        ("this is a Planner file", 4),
        ("this is a Primavera P6 XML file (PMXML)", 6),
        ("this is an MPX file (Microsoft Project exchange, until 1998)", 19),
        ("xer", 7),
        ("xml", 113),
    ];
    assert_eq!(by_format.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>(), expected);
    assert_eq!((all.len(), leaves), (149, 974));
}

/// Most figures that Microsoft Project wrote are those of the critical path; where they are not, its tasks were
/// moved by hand or by rules of old versions that nobody documents.
#[test]
fn dates_are_those_that_the_files_say() {
    let Some(root) = lantu_support::corpus("dates_are_those_that_the_files_say", "live/mpxj/junit") else {
        return;
    };
    let mut all = Vec::new();
    files(&root, &mut all);
    let (mut same, mut n) = (0, 0);
    for path in all.iter().filter(|p| p.extension().is_some_and(|e| e == "xml")) {
        let Ok(r) = import(path) else { continue };
        for d in compute(&r.plan).unwrap().tasks {
            let task = &r.plan.tasks[d.place];
            let (Some(start), Some(finish), true) =
                (task.stated.early_start, task.stated.early_finish, task.is_leaf())
            else {
                continue;
            };
            n += 1;
            same += usize::from((start, finish) == (d.early_start, d.early_finish));
        }
    }
    assert!(n > 900 && n - same <= 5, "{same} of {n}");
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Project xmlns="http://schemas.microsoft.com/project"><StartDate>2026-03-02T08:00:00</StartDate>"#;

fn task(uid: u32, rest: &str) -> String {
    format!(
        "<Task><UID>{uid}</UID><ID>{uid}</ID><Name>t{uid}</Name><OutlineLevel>1</OutlineLevel><Duration>PT16H0M0S</Duration>{rest}</Task>\n"
    )
}

fn after(uid: u32, kind: u8) -> String {
    format!(
        "<PredecessorLink><PredecessorUID>{uid}</PredecessorUID><Type>{kind}</Type><LinkLag>0</LinkLag><LagFormat>7</LagFormat></PredecessorLink>"
    )
}

fn project(tasks: &str) -> Vec<u8> {
    format!("{HEAD}\n<Tasks>\n{tasks}</Tasks></Project>").into_bytes()
}

#[test]
fn a_document_type_is_refused_with_its_line() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE p [<!ENTITY a \"aaaa\">]>\n<Project xmlns=\"http://schemas.microsoft.com/project\"><Name>&a;</Name></Project>";
    let (code, what, place) = refusal("bomb.xml", bomb.as_bytes());
    assert_eq!((code.as_str(), place.as_str()), ("schedule.doctype", "line 2"));
    assert!(what.contains("DOCTYPE"));
}

#[test]
fn broken_xml_says_where() {
    let cut = &project(&task(1, ""))[..200];
    assert_eq!(refusal("cut.xml", cut).0, "schedule.xml");
    let entity = project(&task(1, "<Notes>&file;</Notes>"));
    assert!(refusal("entity.xml", &entity).1.contains("&file;"));
    let deep = project(&format!("{}{}", "<a>".repeat(200), "</a>".repeat(200)));
    assert_eq!(refusal("deep.xml", &deep).0, "schedule.depth");
}

#[test]
fn a_link_to_nothing_a_reversed_task_and_a_percentage_over_100_are_told_with_line_and_name() {
    let tasks = [
        task(1, "<Start>2026-03-05T08:00:00</Start><Finish>2026-03-04T17:00:00</Finish>"),
        task(2, &after(77, 1)),
        task(3, "<PercentComplete>130</PercentComplete>"),
        task(3, ""),
    ];
    let r = read("wrong.xml", &project(&tasks.concat())).unwrap();
    assert_eq!(note(&r, "schedule.finish_before_start").place, "line 3");
    assert_eq!(note(&r, "schedule.link_to_nothing").place, "line 4");
    assert!(note(&r, "schedule.link_to_nothing").message.contains("\"77\""));
    assert_eq!(note(&r, "schedule.bad_percent").place, "line 5");
    assert_eq!(note(&r, "schedule.duplicate").place, "line 6");
    assert_eq!(r.plan.tasks.len(), 3, "nothing else is disturbed");
    assert_eq!(r.plan.tasks[2].percent, None);
    assert!(compute(&r.plan).is_ok());
}

#[test]
fn a_cycle_is_told_by_name_and_has_no_dates() {
    let tasks = [task(1, &after(3, 1)), task(2, &after(1, 1)), task(3, &after(2, 0)), task(4, &after(3, 1))];
    let r = read("cycle.xml", &project(&tasks.concat())).unwrap();
    let told = note(&r, "schedule.cycle");
    assert!(told.message.contains("1 \"t1\" → 2 \"t2\" → 3 \"t3\""), "{}", told.message);
    assert_eq!(told.place, "line 3");
    let error = compute(&r.plan).unwrap_err().to_string();
    assert!(error.contains("\"t1\"") && !error.contains("\"t4\""), "{error}");
}

#[test]
fn links_of_all_kinds_lags_baselines_and_costs_are_kept() {
    let lag = "<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>3</Type><LinkLag>-4800</LinkLag><LagFormat>7</LagFormat></PredecessorLink>";
    let baseline = "<Cost>120050</Cost><Baseline><Number>0</Number><Start>2026-03-02T08:00:00</Start><Finish>2026-03-03T17:00:00</Finish><Cost>100000</Cost></Baseline>\
                    <Baseline><Number>3</Number><Start>2026-03-09T08:00:00</Start></Baseline>";
    let tasks = [
        task(1, baseline),
        task(2, lag),
        task(3, &after(2, 0)),
        task(4, &after(3, 2)),
        task(5, &after(4, 1)),
    ];
    let r = read("kinds.xml", &project(&tasks.concat())).unwrap();
    let kinds: Vec<LinkKind> = r.plan.links.iter().map(|l| l.kind).collect();
    assert_eq!(
        kinds,
        [LinkKind::StartStart, LinkKind::FinishFinish, LinkKind::StartFinish, LinkKind::FinishStart]
    );
    assert_eq!(r.plan.links[0].lag, lantu_schedule::Lag::Work(-28_800));
    assert_eq!(r.plan.tasks[0].cost_cents, Some(120_050));
    assert_eq!(r.plan.tasks[0].baselines.len(), 2);
    assert_eq!(r.tasks[0].budget_cents, Some(100_000), "planned is what the first baseline says");
}

fn xer(name: &str) -> String {
    format!(
        "ERMHDR\t8.2.0\t2026-03-01\tProject\tadmin\tUTF-8\n\
         %T\tPROJECT\n%F\tproj_id\tproj_short_name\tclndr_id\tlast_recalc_date\tplan_start_date\tcritical_drtn_hr_cnt\n\
         %R\t1\tP\t9\t2026-03-02 08:00\t2026-03-02 08:00\t0\n\
         %T\tCALENDAR\n%F\tclndr_id\tclndr_name\tclndr_data\n\
         %R\t9\tfive days\t(0||CalendarData()((0||DaysOfWeek()((0||1()())(0||2()((0||0(s|08:00|f|16:00)())))(0||3()((0||0(s|08:00|f|16:00)())))(0||4()((0||0(s|08:00|f|16:00)())))(0||5()((0||0(s|08:00|f|16:00)())))(0||6()((0||0(s|08:00|f|16:00)())))(0||7()())))(0||Exceptions()((0||0(d|46084)())))))\n\
         %T\tTASK\n%F\ttask_id\tproj_id\tclndr_id\ttask_code\ttask_name\ttask_type\tstatus_code\ttarget_drtn_hr_cnt\tremain_drtn_hr_cnt\tcomplete_pct_type\tphys_complete_pct\n\
         %R\t11\t1\t9\tA10\t{name}\tTT_Task\tTK_NotStart\t16\t16\tCP_Phys\t0\n\
         %R\t12\t1\t9\tA20\t{name}\tTT_FinMile\tTK_NotStart\t0\t0\tCP_Phys\t140\n\
         %T\tTASKPRED\n%F\ttask_pred_id\ttask_id\tpred_task_id\tproj_id\tpred_type\tlag_hr_cnt\n\
         %R\t1\t12\t11\t1\tPR_FS\t8\n%R\t2\t12\t99\t1\tPR_FS\t0\n%E\n"
    )
}

#[test]
fn an_xer_reads_in_utf8_cp1252_and_gbk_whatever_its_header_claims() {
    for (name, encoding) in [
        ("土方开挖与基坑支护", encoding_rs::UTF_8),
        ("土方开挖与基坑支护", encoding_rs::GBK),
        ("Gründung und Böschung", encoding_rs::WINDOWS_1252),
    ] {
        let text = xer(name);
        let (bytes, _, _) = encoding.encode(&text);
        let r = read("plan.xer", &bytes).unwrap();
        assert_eq!(r.plan.tasks[0].name, name, "{}", encoding.name());
        let lies = r.notes.iter().any(|d| d.code.0 == "schedule.encoding_lie");
        assert_eq!(lies, encoding != encoding_rs::UTF_8, "{}", encoding.name());
    }
}

#[test]
fn an_xer_has_calendars_links_and_its_faults_by_line() {
    let r = read("plan.xer", xer("work").as_bytes()).unwrap();
    assert_eq!(note(&r, "schedule.link_to_nothing").place, "line 15");
    assert_eq!(note(&r, "schedule.bad_percent").place, "line 11");
    assert_eq!(r.plan.tasks[1].kind, TaskKind::Milestone);
    let dates = compute(&r.plan).unwrap();
    // Monday and Wednesday: Tuesday the 3rd is an exception. Eight hours of lag are Thursday.
    assert_eq!(dates.tasks[0].early_finish.to_string(), "2026-03-04T16:00:00");
    assert_eq!(dates.tasks[1].early_finish.to_string(), "2026-03-05T16:00:00");
}

#[test]
fn an_xer_without_tables_is_refused() {
    assert_eq!(refusal("none.xer", b"ERMHDR\t8.2.0\n%E\n").0, "schedule.xer");
    assert_eq!(refusal("old.mpx", b"MPX,Microsoft Project,4.0,ANSI\n").0, "schedule.format");
}
