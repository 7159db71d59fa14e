//! XML as records: one small tree at a time, bounded in depth and size, without entities of its own and without
//! document types.

use lantu_ingest::ImportError;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting. Chosen: schedules nest less than ten deep.
const MAX_DEPTH: usize = 64;
/// Longest text of one element, bytes.
const MAX_TEXT: usize = 4 << 20;
/// Elements of one record. Chosen: a calendar with an exception for every day of a century has some 200 000.
const MAX_NODES: usize = 2_000_000;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Node>,
    /// Names without prefix, and values.
    pub(crate) attributes: Vec<(String, String)>,
    /// Line in the file, from 1.
    pub(crate) line: u64,
}

impl Node {
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> + 'a {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// Text of a child, without blanks around it; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.child(name).map_or("", |c| c.text.trim())
    }

    /// An attribute; empty where there is none.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    pub(crate) fn place(&self) -> String {
        format!("line {}", self.line)
    }
}

/// What a file's elements are to the caller.
pub(crate) struct Shape {
    /// Elements below the root whose children are records each.
    pub(crate) lists: &'static [&'static str],
    /// Elements that are passed over wherever they stand: bulk that nobody asks for.
    pub(crate) skipped: &'static [&'static str],
}

pub(crate) fn refused(code: &'static str, what: impl Into<String>, line: u64) -> ImportError {
    ImportError::Format { code, what: what.into(), place: format!("line {line}") }
}

/// Reads `text` and hands over each record with the name of its list, or nothing for single elements; before anything
/// else the root without its children to `root`.
pub(crate) fn records(
    text: &str,
    shape: &Shape,
    root: &mut dyn FnMut(&Node) -> Result<(), ImportError>,
    sink: &mut dyn FnMut(&str, Node) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut walk = Walk {
        reader: Reader::from_str(text),
        text,
        counted: 0,
        line: 1,
        names: Vec::new(),
        open: Vec::new(),
        n_nodes: 0,
    };
    walk.reader.config_mut().trim_text(false);
    loop {
        let event = walk.reader.read_event();
        walk.count();
        match event {
            Err(e) => return Err(refused("schedule.xml", format!("the XML is broken: {e}"), walk.line)),
            Ok(Event::Eof) => break,
            Ok(Event::DocType(_)) => {
                let what = "the file has a document type (DOCTYPE), which can pull in other files and grow without \
                            bound; remove the line and import again";
                return Err(refused("schedule.doctype", what, walk.line));
            }
            Ok(Event::Start(e)) => walk.start(&e, shape, root)?,
            Ok(Event::Empty(e)) => {
                walk.start(&e, shape, root)?;
                walk.end(sink)?;
            }
            Ok(Event::End(_)) => walk.end(sink)?,
            Ok(Event::Text(t)) => {
                let text = t.decode().map_err(|e| refused("schedule.xml", e.to_string(), walk.line))?;
                walk.push(&text)?;
            }
            Ok(Event::CData(t)) => walk.push(&String::from_utf8_lossy(&t))?,
            Ok(Event::GeneralRef(r)) => {
                let name = r.decode().map_err(|e| refused("schedule.xml", e.to_string(), walk.line))?;
                let c = entity(&name).ok_or_else(|| {
                    refused("schedule.xml", format!("&{name}; is not an entity of XML"), walk.line)
                })?;
                walk.push(c.encode_utf8(&mut [0; 4]))?;
            }
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
        }
    }
    if walk.names.is_empty() {
        Ok(())
    } else {
        Err(refused("schedule.xml", "the file ends inside an element", walk.line))
    }
}

/// The five entities of XML and characters by number.
fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    counted: usize,
    line: u64,
    /// Names of all open elements.
    names: Vec<String>,
    /// Elements of the open record, outermost first; empty between records. `None` marks a skipped one.
    open: Vec<Option<Node>>,
    n_nodes: usize,
}

impl Walk<'_> {
    /// Counts lines up to where the reader is.
    fn count(&mut self) {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.counted..at).unwrap_or_default();
        self.line += passed.split(|b| *b == b'\n').count().saturating_sub(1) as u64;
        self.counted = at;
    }

    fn start(
        &mut self,
        e: &BytesStart<'_>,
        shape: &Shape,
        root: &mut dyn FnMut(&Node) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let name = String::from_utf8_lossy(e.local_name().as_ref()).into_owned();
        if self.names.len() >= MAX_DEPTH {
            return Err(refused(
                "schedule.depth",
                format!("elements nest deeper than {MAX_DEPTH}"),
                self.line,
            ));
        }
        let depth = self.names.len();
        if depth == 0 {
            root(&self.node(&name, e)?)?;
        }
        let list = depth == 1 && shape.lists.contains(&name.as_str());
        if depth > 0 && !list {
            self.n_nodes = if self.open.is_empty() { 0 } else { self.n_nodes + 1 };
            if self.n_nodes > MAX_NODES {
                let what = format!("one record has more than {MAX_NODES} elements");
                return Err(refused("schedule.size", what, self.line));
            }
            let skipped = shape.skipped.contains(&name.as_str()) || matches!(self.open.last(), Some(None));
            let node = if skipped { None } else { Some(self.node(&name, e)?) };
            self.open.push(node);
        }
        self.names.push(name);
        Ok(())
    }

    fn node(&self, name: &str, e: &BytesStart<'_>) -> Result<Node, ImportError> {
        let mut attributes = Vec::new();
        for a in e.attributes() {
            let a =
                a.map_err(|e| refused("schedule.xml", format!("an attribute is broken: {e}"), self.line))?;
            let key = String::from_utf8_lossy(a.key.local_name().as_ref()).into_owned();
            let value = a
                .normalized_value(quick_xml::XmlVersion::Explicit1_0)
                .map_err(|e| refused("schedule.xml", e.to_string(), self.line))?;
            if value.len() > MAX_TEXT {
                return Err(refused("schedule.size", "an attribute is longer than 4 MiB", self.line));
            }
            attributes.push((key, value.into_owned()));
        }
        Ok(Node { name: name.to_owned(), line: self.line, attributes, ..Node::default() })
    }

    fn push(&mut self, text: &str) -> Result<(), ImportError> {
        let Some(Some(node)) = self.open.last_mut() else { return Ok(()) };
        if node.text.len() + text.len() > MAX_TEXT {
            return Err(refused("schedule.size", "a text is longer than 4 MiB", self.line));
        }
        node.text.push_str(text);
        Ok(())
    }

    fn end(
        &mut self,
        sink: &mut dyn FnMut(&str, Node) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        self.names.pop();
        let Some(closed) = self.open.pop() else { return Ok(()) };
        let Some(node) = closed else { return Ok(()) };
        match self.open.last_mut() {
            Some(Some(parent)) => parent.children.push(node),
            Some(None) => {}
            None => {
                let list = if self.names.len() > 1 { self.names.get(1).cloned() } else { None };
                sink(list.as_deref().unwrap_or(""), node)?;
            }
        }
        Ok(())
    }
}
