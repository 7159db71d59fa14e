//! Issues of BCF files: made ones, and those of buildingSMART's test cases.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop where their ground is gone")]

use lantu_ingest::{Batch, EntryRecord, ImportError, ImportJob, Importer, PropertyValue, VecSink};
use lantu_support::{corpus_root, pack, skip};
use lantu_tables::TablesImporter;

fn import(path: &std::path::Path) -> Result<Vec<Batch>, ImportError> {
    let mut sink = VecSink::default();
    TablesImporter.import(&ImportJob::inspect(path), &mut sink)?;
    Ok(sink.0)
}

fn made(members: &[(&str, &[u8])]) -> Result<Vec<Batch>, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("issues.bcf");
    std::fs::write(&path, pack(members)).unwrap();
    import(&path)
}

fn entries(batches: &[Batch]) -> Vec<EntryRecord> {
    let of = |b: &Batch| if let Batch::Entries(e) = b { e.clone() } else { Vec::new() };
    batches.iter().flat_map(of).collect()
}

fn field(e: &EntryRecord, name: &str) -> String {
    let found = e.properties.iter().find(|p| p.name == name).map(|p| p.value.clone());
    if let Some(PropertyValue::Text(t)) = found { t } else { String::new() }
}

const MARKUP: &[u8] = br#"<Markup><Topic Guid="t1" TopicStatus="Open"><Title>Crack &amp; leak</Title>
<Priority>High</Priority><CreationDate>2026-05-01T08:00:00Z</CreationDate><DueDate>2026-06-01T00:00:00Z</DueDate>
<AssignedTo>site@example.org</AssignedTo></Topic>
<Viewpoints Guid="v"><Viewpoint>v.bcfv</Viewpoint></Viewpoints></Markup>"#;
const VIEW: &[u8] = br#"<VisualizationInfo><Components><Selection><Component IfcGuid="A"/><Component IfcGuid="B"/>
</Selection><Visibility DefaultVisibility="false"><Exceptions><Component IfcGuid="C"/></Exceptions></Visibility>
</Components></VisualizationInfo>"#;

#[test]
fn a_topic_comes_with_its_state_dates_and_the_objects_that_its_view_selects() {
    let batches = made(&[
        ("bcf.version", br#"<Version VersionId="2.1"/>"#),
        ("t1/markup.bcf", MARKUP),
        ("t1/v.bcfv", VIEW),
    ])
    .unwrap();
    let found = entries(&batches);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].id.as_str(), found[0].name.as_str()), ("t1", "Crack & leak"));
    assert_eq!(field(&found[0], "Objects"), "A B");
    assert_eq!(field(&found[0], "DueDate"), "2026-06-01T00:00:00Z");
    assert!(matches!(&batches[0], Batch::Begin(b) if b.schema == "BCF 2.1"));
}

#[test]
fn a_topic_with_a_document_type_costs_itself_and_a_lost_view_its_objects() {
    let evil = b"<!DOCTYPE x [<!ENTITY a 'b'>]><Markup><Topic Guid='t2'/></Markup>";
    let batches = made(&[("t1/markup.bcf", MARKUP), ("t2/markup.bcf", evil)]).unwrap();
    let found = entries(&batches);
    assert_eq!(found.iter().map(|e| e.id.as_str()).collect::<Vec<_>>(), ["t1"]);
    assert_eq!(field(&found[0], "Objects"), "");
    let notes: Vec<String> = batches
        .iter()
        .filter_map(
            |b| if let Batch::Diagnostic(d) = b { Some(format!("{} {}", d.code, d.place)) } else { None },
        )
        .collect();
    assert_eq!(notes, ["bcf.viewpoint t1/v.bcfv", "bcf.topic t2/markup.bcf"]);
}

#[test]
fn an_archive_without_topics_and_a_cut_one_are_refused() {
    let code = |r: Result<Vec<Batch>, ImportError>| match r {
        Err(ImportError::Format { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(made(&[("readme.txt", b"nothing")])), "bcf.no_topics");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.bcfzip");
    std::fs::write(&path, b"PK\x03\x04 cut").unwrap();
    assert_eq!(code(import(&path)), "bcf.damaged");
}

#[test]
fn every_test_case_of_building_smart_gives_its_topics() {
    let root = corpus_root().join("live/bcf");
    if !root.exists() {
        skip("every_test_case_of_building_smart_gives_its_topics", "live/bcf is absent");
        return;
    }
    let (mut n_files, mut n_topics, mut with_objects, mut stack) = (0, 0, 0, vec![root]);
    while let Some(dir) = stack.pop() {
        for path in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|e| e == "bcf" || e == "bcfzip") {
                let batches = import(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                let found = entries(&batches);
                n_files += 1;
                n_topics += found.len();
                with_objects += found.iter().filter(|e| !field(e, "Objects").is_empty()).count();
            }
        }
    }
    assert_eq!(n_files, 38);
    assert_eq!((n_topics, with_objects), (42, 13));
}
