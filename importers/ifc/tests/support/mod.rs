//! Reads a file of the corpus through the importer.

use std::path::{Path, PathBuf};

use lantu_base::Diagnostic;
use lantu_ifc::IfcImporter;
use lantu_ingest::{
    Batch, Begin, End, EntryRecord, FeatureRecord, ImportError, ImportJob, ImportSink, Importer,
    InstanceRecord, LabelRecord, MeshRecord, ObjectDetail, ObjectRecord, PropertyRecord, RelationRecord,
    TemplateRecord, VecSink,
};

/// Everything that came of one file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub(crate) begin: Begin,
    pub(crate) end: End,
    pub(crate) objects: Vec<ObjectRecord>,
    pub(crate) details: Vec<ObjectDetail>,
    pub(crate) properties: Vec<PropertyRecord>,
    pub(crate) relations: Vec<RelationRecord>,
    pub(crate) meshes: Vec<MeshRecord>,
    pub(crate) entries: Vec<EntryRecord>,
    pub(crate) features: Vec<FeatureRecord>,
    pub(crate) labels: Vec<LabelRecord>,
    pub(crate) templates: Vec<TemplateRecord>,
    pub(crate) instances: Vec<InstanceRecord>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A file of the corpus; `None`, with a note, if this checkout has none.
pub(crate) fn corpus(test: &str, name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LANTU_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = root.join("ifc/files").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED {test}: {name} is absent");
    None
}

pub(crate) fn read(path: &Path, threads: usize) -> Result<Read, ImportError> {
    collect(path, threads, |job, out| IfcImporter.import(job, out))
}

/// Reads a file by `import`: the stream as it comes.
pub(crate) fn batches(
    path: &Path,
    threads: usize,
    import: impl FnOnce(&ImportJob, &mut dyn ImportSink) -> Result<(), ImportError>,
) -> Result<Vec<Batch>, ImportError> {
    let job = ImportJob { threads, ..ImportJob::inspect(path) };
    let mut sink = VecSink::default();
    import(&job, &mut sink)?;
    Ok(sink.0)
}

/// Reads a file by `import` and collects what came.
pub(crate) fn collect(
    path: &Path,
    threads: usize,
    import: impl FnOnce(&ImportJob, &mut dyn ImportSink) -> Result<(), ImportError>,
) -> Result<Read, ImportError> {
    let batches = batches(path, threads, import)?;
    let mut out = Read::default();
    assert!(matches!(batches.first(), Some(Batch::Begin(_))), "a stream starts with Begin");
    assert!(matches!(batches.last(), Some(Batch::End(_))), "a stream ends with End");
    for batch in batches {
        match batch {
            Batch::Begin(b) => out.begin = b,
            Batch::Objects(o) => out.objects.extend(o),
            Batch::Details(d) => out.details.extend(d),
            Batch::Properties(p) => out.properties.extend(p),
            Batch::Entries(e) => out.entries.extend(e),
            Batch::Features(f) => out.features.extend(f),
            Batch::Labels(l) => out.labels.extend(l),
            Batch::Relations(r) => out.relations.extend(r),
            Batch::Meshes(m) => out.meshes.extend(m),
            Batch::Templates(t) => out.templates.extend(t),
            Batch::Instances(i) => out.instances.extend(i),
            Batch::Diagnostic(d) => out.diagnostics.push(d),
            Batch::End(e) => out.end = e,
            _ => {}
        }
    }
    sound(&out);
    Ok(out)
}

/// What holds for every stream, whatever the file.
fn sound(r: &Read) {
    let counts = r.end.counts;
    assert_eq!(counts.read, counts.kept + counts.dropped);
    assert_eq!(counts.kept, r.objects.len() as u64);
    let mut ids = std::collections::HashSet::new();
    for (n, o) in r.objects.iter().enumerate() {
        assert!(ids.insert(&o.id), "{} comes twice", o.id);
        assert!(o.parent.is_none_or(|p| (p as usize) < n), "{} comes before its parent", o.id);
        assert!(o.bbox.is_none_or(|b| b.iter().all(|v| v.is_finite())), "{} has no finite box", o.id);
    }
    let mut entries = std::collections::HashSet::new();
    assert!(r.entries.iter().all(|e| entries.insert(&e.id)), "an entry comes twice");
    let n = u32::try_from(r.objects.len()).unwrap();
    assert!(r.meshes.iter().all(|m| m.object < n) && r.properties.iter().all(|p| p.object < n));
    assert!(r.relations.iter().all(|l| l.from < n && l.to < n));
}
