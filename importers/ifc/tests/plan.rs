//! Schedules in models.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop where their ground is gone")]

use std::path::Path;

use lantu_ifc::IfcImporter;
use lantu_ingest::{Batch, ImportJob, Importer, TaskRecord, VecSink};
use lantu_schedule::{Lag, LinkKind, Plan, TaskKind, Work, compute};
use lantu_support::corpus;

struct Read {
    plan: Option<Plan>,
    tasks: Vec<TaskRecord>,
    codes: Vec<String>,
}

fn import(path: &Path) -> Read {
    let mut sink = VecSink::default();
    IfcImporter.import(&ImportJob::inspect(path), &mut sink).unwrap();
    let mut out = Read { plan: None, tasks: Vec::new(), codes: Vec::new() };
    for batch in sink.0 {
        match batch {
            Batch::Plan(p) => out.plan = Some(*p),
            Batch::Tasks(t) => out.tasks.extend(t),
            Batch::Diagnostic(d) => out.codes.push(d.code.to_string()),
            _ => {}
        }
    }
    out
}

/// A file with these records behind a project.
fn made(records: &str) -> Read {
    let text = format!(
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCPROJECT('0YvctVUKr0kugbFTf53O9L',$,'P',$,$,$,$,$,$);\n#2=IFCWALL('1YvctVUKr0kugbFTf53O9L',$,'W',$,$,$,$,$,$);\n{records}\nENDSEC;\nEND-ISO-10303-21;\n"
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.ifc");
    std::fs::write(&path, text).unwrap();
    import(&path)
}

#[test]
fn the_published_example_has_its_dates_links_and_products() {
    let names = ["construction-scheduling-task.ifc", "ifcopenshell_construction_scheduling_task.ifc"];
    for name in names {
        let test = "the_published_example_has_its_dates_links_and_products";
        let Some(path) = corpus(test, &format!("live/ifc4d/{name}")) else { return };
        let read = import(&path);
        let plan = read.plan.unwrap();
        let leaves: Vec<_> = plan.tasks.iter().filter(|t| t.is_leaf()).collect();
        assert_eq!(leaves.len(), 5, "{name}");
        assert!(leaves.iter().all(|t| t.objects.len() == 1 && t.kind == TaskKind::Task), "{name}");
        assert_eq!((plan.links.len(), read.tasks.len()), (7, 5), "{name}");
        let dates = compute(&plan).unwrap();
        for d in dates.tasks.iter().filter(|d| plan.tasks[d.place].is_leaf()) {
            let task = &plan.tasks[d.place];
            assert_eq!(Some(d.early_start), task.stated.early_start, "{name} {}", task.name);
            assert_eq!(Some(d.early_finish), task.stated.early_finish, "{name} {}", task.name);
        }
        let criticals: Vec<bool> =
            dates.tasks.iter().filter(|d| plan.tasks[d.place].is_leaf()).map(|d| d.critical).collect();
        assert_eq!(criticals, [true; 5], "{name}");
    }
}

#[test]
fn lags_kinds_types_shares_and_both_ways_to_name_products_are_read() {
    let read = made(
        "#10=IFCTASK('aaaaaaaaaaaaaaaaaaaaaa',$,'tear down',$,$,'A',$,$,$,.F.,$,#20,.DEMOLITION.);
#11=IFCTASK('bbbbbbbbbbbbbbbbbbbbbb',$,'build',$,$,'B',$,$,$,.F.,$,#21,.CONSTRUCTION.);
#12=IFCTASK('cccccccccccccccccccccc',$,'ready',$,$,'C',$,$,$,.T.,$,$,$);
#20=IFCTASKTIME($,$,$,.WORKTIME.,'P2DT0H','2026-03-02T08:00:00','2026-03-09T17:00:00',$,$,$,$,$,$,$,$,$,'2026-03-03T08:00:00',$,$,0.4);
#21=IFCTASKTIME($,$,$,.ELAPSEDTIME.,'PT48H','2026-03-10T08:00:00+08:00',$,$,$,$,$,$,$,$,$,$,$,$,$,$);
#30=IFCLAGTIME($,$,$,IFCDURATION('PT8H'),.WORKTIME.);
#31=IFCLAGTIME($,$,$,IFCRATIOMEASURE(0.5),.WORKTIME.);
#40=IFCRELSEQUENCE('dddddddddddddddddddddd',$,$,$,#10,#11,#30,.START_START.,$);
#41=IFCRELSEQUENCE('eeeeeeeeeeeeeeeeeeeeee',$,$,$,#11,#12,#31,.FINISH_START.,$);
#50=IFCRELASSIGNSTOPROCESS('ffffffffffffffffffffff',$,$,$,(#2),$,#10,$);
#51=IFCRELASSIGNSTOPRODUCT('gggggggggggggggggggggg',$,$,$,(#11),$,#2);",
    );
    let plan = read.plan.unwrap();
    let links: Vec<_> = plan.links.iter().map(|l| (l.kind, l.lag)).collect();
    assert_eq!(
        links,
        [(LinkKind::StartStart, Lag::Work(28_800)), (LinkKind::FinishStart, Lag::Percent(50.0))]
    );
    let [a, b, c] = plan.tasks.as_slice() else { panic!("{}", plan.tasks.len()) };
    assert_eq!((a.work, a.percent, a.duration_s), (Work::Demolish, Some(40.0), 172_800));
    assert_eq!(
        (a.objects.as_slice(), b.objects.as_slice()),
        ([W.to_owned()].as_slice(), [W.to_owned()].as_slice())
    );
    assert!(b.elapsed && c.kind == TaskKind::Milestone);
    assert_eq!(b.start.map(|t| t.to_string()).as_deref(), Some("2026-03-10T08:00:00"), "the wall clock");
}

const W: &str = "1YvctVUKr0kugbFTf53O9L";

#[test]
fn a_calendar_of_what_holds_a_task_counts_with_its_days_off() {
    let read = made(
        "#10=IFCTASK('aaaaaaaaaaaaaaaaaaaaaa',$,'all',$,$,$,$,$,$,.F.,$,$,$);
#11=IFCTASK('bbbbbbbbbbbbbbbbbbbbbb',$,'dig',$,$,$,$,$,$,.F.,$,#21,$);
#21=IFCTASKTIME($,$,$,.WORKTIME.,'PT16H','2026-03-02T06:00:00',$,$,$,$,$,$,$,$,$,$,$,$,$,$);
#12=IFCRELNESTS('cccccccccccccccccccccc',$,$,$,#10,(#11));
#30=IFCWORKCALENDAR('hhhhhhhhhhhhhhhhhhhhhh',$,'six days',$,$,$,(#31),(#32),$);
#31=IFCWORKTIME('shift',$,$,#33,$,$);
#33=IFCRECURRENCEPATTERN(.WEEKLY.,$,(1,2,3,4,5,6),$,$,$,$,(#34));
#34=IFCTIMEPERIOD('06:00:00','14:00:00');
#32=IFCWORKTIME('holiday',$,$,$,'2026-03-03','2026-03-03');
#40=IFCRELASSIGNSTOCONTROL('iiiiiiiiiiiiiiiiiiiiii',$,$,$,(#10),$,#30);",
    );
    let plan = read.plan.unwrap();
    let dates = compute(&plan).unwrap();
    let dig = dates.tasks.iter().find(|d| plan.tasks[d.place].name == "dig").unwrap();
    assert_eq!(dig.early_finish.to_string(), "2026-03-04T14:00:00", "Monday and Wednesday");
}

#[test]
fn circles_links_to_nothing_and_impossible_times_are_named_and_the_rest_stays() {
    let read = made(
        "#10=IFCTASK('aaaaaaaaaaaaaaaaaaaaaa',$,'a',$,$,$,$,$,$,.F.,$,#20,$);
#11=IFCTASK('bbbbbbbbbbbbbbbbbbbbbb',$,'b',$,$,$,$,$,$,.F.,$,$,$);
#20=IFCTASKTIME($,$,$,.WORKTIME.,'PT8H','2026-03-05T08:00:00','2026-03-02T17:00:00',$,$,$,$,$,$,$,$,$,$,$,$,140.);
#40=IFCRELSEQUENCE('dddddddddddddddddddddd',$,$,$,#10,#11,$,.FINISH_START.,$);
#41=IFCRELSEQUENCE('eeeeeeeeeeeeeeeeeeeeee',$,$,$,#11,#10,$,.FINISH_START.,$);
#42=IFCRELSEQUENCE('ffffffffffffffffffffff',$,$,$,#11,#99,$,.FINISH_START.,$);",
    );
    let plan = read.plan.unwrap();
    assert_eq!((plan.tasks.len(), plan.links.len()), (2, 2));
    for code in ["ifc.task_cycle", "ifc.task_sequence", "ifc.task_times"] {
        assert!(read.codes.iter().any(|c| c == code), "{code} in {:?}", read.codes);
    }
    assert_eq!((plan.tasks[0].finish, plan.tasks[0].percent), (None, None));
}

#[test]
fn a_model_without_tasks_has_no_plan() {
    let read = made("");
    assert!(read.plan.is_none() && read.tasks.is_empty());
}
