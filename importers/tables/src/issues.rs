//! Issues of BCF files (buildingSMART, 2.0 to 3.0): topics with state, priority, dates, and the objects that their
//! viewpoints show.

use std::collections::BTreeMap;

use lantu_base::{Code, Counts, Diagnostic, Severity};
use lantu_ingest::archive::{self, Member};
use lantu_ingest::{
    ATTRIBUTES, EntryRecord, ISSUE_CLASS, ImportError, PropertyKind, PropertyRecord, PropertyValue,
};

use crate::plan::xml::{self, Node, Shape};

/// Most bytes of one member that is read. Chosen: a markup with a thousand comments has one.
const MAX_MEMBER_BYTES: u64 = 32 << 20;
/// Most objects of one topic; a viewpoint that selects more means a region, not objects. Chosen.
const MAX_OBJECTS: usize = 10_000;

/// What a BCF file holds.
#[derive(Default)]
pub(crate) struct Issues {
    pub(crate) version: String,
    pub(crate) entries: Vec<EntryRecord>,
    pub(crate) notes: Vec<Diagnostic>,
    pub(crate) counts: Counts,
}

/// Whether the first bytes are those of an archive; `named`: the file's name ends as BCF files do.
pub(crate) fn is_bcf(head: &[u8], named: bool) -> bool {
    named && head.starts_with(b"PK")
}

/// Reads the topics of an archive. A topic that is damaged is dropped and named, the others stay.
pub(crate) fn read(bytes: &[u8]) -> Result<Issues, ImportError> {
    let damaged = |e: &archive::ArchiveError| ImportError::Format {
        code: "bcf.damaged",
        what: format!("the archive cannot be read: {e}; export the issues again"),
        place: String::new(),
    };
    let members = archive::members(bytes).map_err(|e| damaged(&e))?;
    let mut out = Issues { version: version(bytes, &members), ..Issues::default() };
    let by_name: BTreeMap<&str, &Member> = members.iter().map(|m| (m.name.as_str(), m)).collect();
    let markups = members.iter().filter(|m| m.name.ends_with("markup.bcf"));
    for member in markups {
        out.counts.read += 1;
        match topic(bytes, member, &by_name, &mut out.notes) {
            Ok(entry) => {
                out.counts.kept += 1;
                out.entries.push(entry);
            }
            Err(e) => {
                out.counts.dropped += 1;
                let message = format!("a topic cannot be read and was dropped: {e}");
                out.notes.push(Diagnostic::new(
                    Code::new("bcf.topic"),
                    Severity::Error,
                    &member.name,
                    message,
                ));
            }
        }
    }
    if out.counts.read == 0 && out.version.is_empty() {
        let what = "the archive holds no topics (markup.bcf): this is no BCF file".to_owned();
        return Err(ImportError::Format { code: "bcf.no_topics", what, place: String::new() });
    }
    Ok(out)
}

/// `VersionId` of the member `bcf.version`; empty where it does not say.
fn version(bytes: &[u8], members: &[Member]) -> String {
    let member = members.iter().find(|m| m.name == "bcf.version");
    let unpacked = member.and_then(|m| archive::unpack(bytes, m, MAX_MEMBER_BYTES).ok());
    let text = unpacked.map(|u| String::from_utf8_lossy(&u.content).into_owned()).unwrap_or_default();
    let value = text.split_once("VersionId=").map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
    value.and_then(|v| v.split(['"', '\'']).next()).unwrap_or_default().chars().take(16).collect()
}

/// A member as the elements below its root.
fn tree(bytes: &[u8], member: &Member) -> Result<Node, ImportError> {
    let broken = |what: String| ImportError::Format { code: "bcf.xml", what, place: member.name.clone() };
    let unpacked = archive::unpack(bytes, member, MAX_MEMBER_BYTES).map_err(|e| broken(e.to_string()))?;
    if unpacked.content.len() as u64 > MAX_MEMBER_BYTES {
        return Err(broken(format!("it unpacks to more than {MAX_MEMBER_BYTES} bytes")));
    }
    if unpacked.damaged {
        return Err(broken("its checksum is not that of its content".to_owned()));
    }
    let text = String::from_utf8(unpacked.content).map_err(|_e| broken("it is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut root = Node::default();
    xml::records(
        text,
        &Shape { lists: &[], skipped: &["BinaryImage", "Bitmap", "Bitmaps", "ClippingPlanes", "Lines"] },
        &mut |_root| Ok(()),
        &mut |_list, node| {
            root.children.push(node);
            Ok(())
        },
    )
    .map_err(|e| match e {
        ImportError::Format { what, place, .. } => broken(format!("{what} ({place})")),
        other => other,
    })?;
    Ok(root)
}

fn topic(
    bytes: &[u8],
    member: &Member,
    all: &BTreeMap<&str, &Member>,
    notes: &mut Vec<Diagnostic>,
) -> Result<EntryRecord, ImportError> {
    let markup = tree(bytes, member)?;
    let missing = |what: &str| ImportError::Format {
        code: "bcf.topic",
        what: format!("it has no {what}"),
        place: member.name.clone(),
    };
    let topic = markup.child("Topic").ok_or_else(|| missing("Topic"))?;
    let id = topic.attribute("Guid");
    if id.is_empty() {
        return Err(missing("Guid"));
    }
    let folder = member.name.strip_suffix("markup.bcf").unwrap_or_default();
    let mut objects = Vec::new();
    // BCF 2 has views beside the topic, BCF 3 inside it.
    let views = markup
        .all("Viewpoints")
        .chain(topic.child("Viewpoints").into_iter().flat_map(|v| v.all("ViewPoint")));
    for file in views.map(|v| v.get("Viewpoint")).filter(|f| !f.is_empty()) {
        let name = format!("{folder}{file}");
        let view = all.get(name.as_str()).map(|m| tree(bytes, m));
        match view {
            Some(Ok(view)) => objects.extend(shown(&view)),
            Some(Err(e)) => notes.push(lost_view(&name, &e.to_string())),
            None => notes.push(lost_view(&name, "it is not in the archive")),
        }
    }
    objects.sort();
    objects.dedup();
    objects.truncate(MAX_OBJECTS);
    let property = |name: &str, value: &str| PropertyRecord {
        object: 0,
        set: ATTRIBUTES.to_owned(),
        name: name.to_owned(),
        value: PropertyValue::Text(value.to_owned()),
        unit: None,
        kind: PropertyKind::Attribute,
        inherited: false,
    };
    let attribute = |name: &str| topic.attribute(name).to_owned();
    let fields = [
        ("Status", attribute("TopicStatus")),
        ("Type", attribute("TopicType")),
        ("Priority", topic.get("Priority").to_owned()),
        ("AssignedTo", topic.get("AssignedTo").to_owned()),
        ("CreationDate", topic.get("CreationDate").to_owned()),
        ("CreationAuthor", topic.get("CreationAuthor").to_owned()),
        ("ModifiedDate", topic.get("ModifiedDate").to_owned()),
        ("DueDate", topic.get("DueDate").to_owned()),
        ("Description", topic.get("Description").to_owned()),
        ("Objects", objects.join(" ")),
    ];
    let written = fields.iter().filter(|f| !f.1.is_empty());
    Ok(EntryRecord {
        id: id.to_owned(),
        class: ISSUE_CLASS.to_owned(),
        name: topic.get("Title").to_owned(),
        facts: Vec::new(),
        properties: written.map(|(name, value)| property(name, value)).collect(),
    })
}

fn lost_view(name: &str, why: &str) -> Diagnostic {
    let message = format!("a viewpoint cannot be read, so its objects are not known: {why}");
    Diagnostic::new(Code::new("bcf.viewpoint"), Severity::Warning, name, message)
}

/// Objects that a viewpoint is about: those selected; else those colored; else, where all others are hidden, those
/// left visible.
fn shown(view: &Node) -> Vec<String> {
    let Some(components) = view.child("Components") else { return Vec::new() };
    let ids = |list: Vec<&Node>| -> Vec<String> {
        list.into_iter().map(|c| c.attribute("IfcGuid").to_owned()).filter(|id| !id.is_empty()).collect()
    };
    // BCF 2.0 lists components with flags.
    let flagged = ids(components.all("Component").filter(|c| c.attribute("Selected") == "true").collect());
    let selected = ids(components.child("Selection").into_iter().flat_map(|s| s.all("Component")).collect());
    let colors = components.child("Coloring").into_iter().flat_map(|c| c.all("Color"));
    let colored = ids(colors
        .flat_map(|c| {
            c.all("Component").chain(c.child("Components").into_iter().flat_map(|l| l.all("Component")))
        })
        .collect());
    let visibility = components.child("Visibility").filter(|v| v.attribute("DefaultVisibility") == "false");
    let left = visibility.and_then(|v| v.child("Exceptions"));
    let left = ids(left.into_iter().flat_map(|e| e.all("Component")).collect());
    [flagged, selected, colored, left].into_iter().find(|l| !l.is_empty()).unwrap_or_default()
}
