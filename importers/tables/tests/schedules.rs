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
fn every_schedule_of_the_corpus_is_read_and_can_be_computed() {
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
            Err(e) => panic!("{}: {e}", path.display()),
        }
    }
    let expected = [("mpx", 19), ("planner", 4), ("pmxml", 1), ("xer", 7), ("xml", 118)];
    assert_eq!(by_format.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>(), expected);
    assert_eq!(all.len(), 149);
    assert!(leaves > 974, "{leaves}");
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
}

const P6: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<APIBusinessObjects xmlns="http://xmlns.oracle.com/Primavera/P6/V18.8/API/BusinessObjects">
<Calendar><ObjectId>9</ObjectId><Name>five days</Name><StandardWorkWeek>
<StandardWorkHours><DayOfWeek>Sunday</DayOfWeek><WorkTime/></StandardWorkHours>
<StandardWorkHours><DayOfWeek>Monday</DayOfWeek><WorkTime><Start>08:00:00</Start><Finish>11:59:00</Finish></WorkTime><WorkTime><Start>13:00:00</Start><Finish>16:59:00</Finish></WorkTime></StandardWorkHours>
<StandardWorkHours><DayOfWeek>Tuesday</DayOfWeek><WorkTime><Start>08:00:00</Start><Finish>15:59:00</Finish></WorkTime></StandardWorkHours>
</StandardWorkWeek><HolidayOrExceptions><HolidayOrException><Date>2026-03-09T00:00:00</Date><WorkTime/></HolidayOrException></HolidayOrExceptions></Calendar>
<BaselineProject><Name>B1</Name><ObjectId>5</ObjectId><OriginalProjectObjectId>1</OriginalProjectObjectId><Activity><Id>A10</Id><ObjectId>51</ObjectId><PlannedStartDate>2026-03-02T08:00:00</PlannedStartDate><PlannedFinishDate>2026-03-02T17:00:00</PlannedFinishDate></Activity></BaselineProject>
<Project><ActivityDefaultCalendarObjectId>9</ActivityDefaultCalendarObjectId><DataDate>2026-03-02T08:00:00</DataDate><Name>P</Name><ObjectId>1</ObjectId><PlannedStartDate>2026-03-02T08:00:00</PlannedStartDate>
<WBS><ObjectId>7</ObjectId><Name>W</Name><Code>W</Code></WBS>
<Activity><Id>A10</Id><ObjectId>11</ObjectId><Name>dig</Name><CalendarObjectId>9</CalendarObjectId><PlannedDuration>16</PlannedDuration><RemainingDuration>16</RemainingDuration><Status>Not Started</Status><Type>Task Dependent</Type><WBSObjectId>7</WBSObjectId><PercentCompleteType>Physical</PercentCompleteType><PhysicalPercentComplete>0.4</PhysicalPercentComplete></Activity>
<Activity><Id>A20</Id><ObjectId>12</ObjectId><Name>pour</Name><CalendarObjectId>9</CalendarObjectId><PlannedDuration>8</PlannedDuration><Type>Task Dependent</Type><PhysicalPercentComplete>7</PhysicalPercentComplete><PercentCompleteType>Physical</PercentCompleteType></Activity>
<Relationship><PredecessorActivityObjectId>11</PredecessorActivityObjectId><SuccessorActivityObjectId>12</SuccessorActivityObjectId><Type>Finish to Start</Type><Lag>0</Lag></Relationship>
<Relationship><PredecessorActivityObjectId>99</PredecessorActivityObjectId><SuccessorActivityObjectId>12</SuccessorActivityObjectId><Type>Start to Start</Type></Relationship>
<ResourceAssignment><ActivityObjectId>11</ActivityObjectId><PlannedCost>120.5</PlannedCost><ActualCost>3</ActualCost></ResourceAssignment>
</Project></APIBusinessObjects>"#;

#[test]
fn a_p6_xml_has_calendars_baselines_costs_and_its_faults_by_line() {
    let r = read("plan.xml", P6.as_bytes()).unwrap();
    let task = &r.plan.tasks[1];
    assert_eq!((task.code.as_str(), task.percent, task.cost_cents), ("A10", Some(40.0), Some(12_050)));
    assert_eq!(task.baselines.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["B1"]);
    assert_eq!(note(&r, "schedule.bad_percent").place, "line 12", "700 % is no share");
    assert_eq!(note(&r, "schedule.link_to_nothing").place, "line 14");
    let dates = compute(&r.plan).unwrap();
    // Monday and Tuesday; the next Monday is a holiday, so that the second task waits for Tuesday the 10th.
    assert_eq!(dates.tasks[1].early_finish.to_string(), "2026-03-03T16:00:00");
    assert_eq!(dates.tasks[2].early_start.to_string(), "2026-03-10T08:00:00");
    let bomb = P6.replace("<APIBusinessObjects", "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<APIBusinessObjects");
    assert_eq!(refusal("bomb.xml", bomb.as_bytes()).0, "schedule.doctype");
    for cut in (200..P6.len()).step_by(97).filter(|c| P6.is_char_boundary(*c)) {
        assert_eq!(refusal("cut.xml", &P6.as_bytes()[..cut]).0, "schedule.xml", "cut at {cut}");
    }
}

const PLANNER: &str = r#"<?xml version="1.0"?>
<project name="p" project-start="20260302T000000Z" mrproject-version="2" calendar="1">
<calendars><calendar id="1" name="Default"><default-week mon="0" tue="0" wed="0" thu="0" fri="0" sat="1" sun="1"/>
<overridden-day-types><overridden-day-type id="0"><interval start="0800" end="1200"/><interval start="1300" end="1700"/></overridden-day-type></overridden-day-types>
<days><day date="20260303" type="day-type" id="1"/></days></calendar></calendars>
<tasks><task id="1" name="all" start="20260302T000000Z" end="20260305T170000Z"><predecessors/>
<task id="2" name="dig" work="57600" start="20260302T080000Z" end="20260304T170000Z" percent-complete="30"><predecessors/></task>
<task id="3" name="pour" work="28800" start="20260305T080000Z" end="20260305T170000Z"><predecessors><predecessor id="1" predecessor-id="2" type="FS"/></predecessors></task>
<task id="4" name="lost" type="milestone" start="20260305T080000Z" end="20260304T080000Z"><predecessors><predecessor id="1" predecessor-id="8" type="FS"/></predecessors></task>
</task></tasks></project>"#;

#[test]
fn a_planner_file_has_nested_tasks_calendars_and_its_faults_by_line() {
    let r = read("plan.planner", PLANNER.as_bytes()).unwrap();
    assert_eq!(r.plan.tasks.iter().map(|t| t.kind).collect::<Vec<_>>()[0], TaskKind::Summary);
    assert_eq!(r.plan.tasks[1].parent.as_deref(), Some("1"));
    assert_eq!(r.plan.tasks[1].duration_s, 16 * 3600, "the 3rd is a day off");
    assert_eq!(note(&r, "schedule.link_to_nothing").place, "line 9");
    assert_eq!(note(&r, "schedule.finish_before_start").place, "line 9");
    let dates = compute(&r.plan).unwrap();
    assert_eq!(dates.tasks[2].early_start.to_string(), "2026-03-05T08:00:00");
    // It began where it starts: no actual dates in this format. Lags are of the clock; who works makes no task shorter.
    assert_eq!(r.plan.tasks[1].actual_start, r.plan.tasks[1].start);
    let more = PLANNER
        .replace("type=\"FS\"/></predecessors></task>\n<task id=\"4\"", "type=\"FS\" lag=\"86400\"/></predecessors></task>\n<task id=\"4\"")
        .replace("</project>", "<resources><resource id=\"1\" type=\"1\"/></resources><allocations><allocation task-id=\"2\" resource-id=\"1\" units=\"50\"/></allocations></project>");
    let r = read("more.planner", more.as_bytes()).unwrap();
    assert_eq!(r.plan.assignments[0].work_s, 8 * 3600, "half of two days");
    let dates = compute(&r.plan).unwrap();
    assert_eq!(dates.tasks[1].early_finish.to_string(), "2026-03-04T17:00:00");
    assert_eq!(
        dates.tasks[2].early_start.to_string(),
        "2026-03-06T08:00:00",
        "a day after Wednesday, 17:00, is Thursday, 17:00"
    );
    let deep = PLANNER.replace("<task id=\"3\"", &("<task id=\"9\">".repeat(200) + "<task id=\"3\""));
    assert_eq!(refusal("deep.planner", deep.as_bytes()).0, "schedule.depth");
}

const MPX: &str = "MPX;Microsoft Project for Windows;4,0;ANSI\r\n10;$;1;2;.;,\r\n11;2;0;1;8,00;40,00;$0/h;$0/h;1;1\r\n12;1;1;480;.;:;;;9\r\n\
20;Standard;0;1;1;1;1;1;0\r\n26;10.03.26;10.03.26;0\r\n30;Plan;;;Standard;Mo 09.03.26;;0\r\n\
61;90;98;1;40;3;70;50;51;44;91;68\r\n\
70;1;11;\"a \"\"b\"\"; c\";2t;1;;Mo 09.03.26;Mi 11.03.26;130%;So fr\u{fc}h wie m\u{f6}glich;\r\n\
70;2;12;second;1t;1;1EA+0,5t;;;0%;Anfang nicht fr\u{fc}her als;Do 12.03.26\r\n70;3;13;third;1t;1;77;;;0%;;\r\n";

#[test]
fn an_mpx_of_another_country_has_quoted_names_decimal_commas_and_its_faults_by_line() {
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(MPX);
    assert!(!lost);
    let r = read("plan.mpx", &bytes).unwrap();
    assert_eq!((r.plan.tasks[0].name.as_str(), r.plan.tasks[0].percent), ("a \"b\"; c", None));
    assert_eq!(note(&r, "schedule.bad_percent").place, "line 9");
    assert_eq!(note(&r, "schedule.link_to_nothing").place, "line 11");
    assert_eq!(r.plan.links[0].lag, lantu_schedule::Lag::Work(4 * 3600));
    let dates = compute(&r.plan).unwrap();
    // Monday and Wednesday: Tuesday is a holiday. Half a day of lag ends on Thursday at noon.
    assert_eq!(dates.tasks[0].early_finish.to_string(), "2026-03-11T17:00:00");
    assert_eq!(dates.tasks[1].early_start.to_string(), "2026-03-12T13:00:00");
    assert!(read("junk.mpx", b"MPX,a\n70,1\n\n99\n").unwrap().plan.tasks.len() <= 1);
}
