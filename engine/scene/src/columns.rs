//! The columns of one source: one entry per object, in the order in which the importer delivered them.

use lantu_base::Bounds;
use serde::{Deserialize, Serialize};

/// "No parent" in [`SourceObjects::parent`].
pub const NO_PARENT: u32 = u32::MAX;

/// Many short texts in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StringColumn {
    text: String,
    /// Invariant: ascending, on character boundaries, the last one is `text.len()`; entry i ends at `ends[i]`.
    ends: Vec<u32>,
}

impl StringColumn {
    /// Appends a text. A column holds at most 4 GiB; what does not fit becomes empty.
    pub fn push(&mut self, s: &str) {
        let end = self.text.len() + s.len();
        if let Ok(end) = u32::try_from(end) {
            self.text.push_str(s);
            self.ends.push(end);
        } else {
            self.ends.push(self.ends.last().copied().unwrap_or(0));
        }
    }

    /// Entry `ix`; empty when there is none.
    pub fn get(&self, ix: usize) -> &str {
        let start = if ix == 0 { 0 } else { self.ends.get(ix - 1).map_or(0, |&e| e as usize) };
        let end = self.ends.get(ix).map_or(start, |&e| e as usize);
        self.text.get(start..end).unwrap_or("")
    }

    /// Entries.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ObjectKind {
    /// An `IfcProduct`.
    Product,
    /// An `IfcGroup`.
    Group,
    /// A GIS feature.
    Feature,
    /// A raster, one per file.
    Raster,
}

/// Which relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RelationKind {
    /// Spatial containment or aggregation: the tree.
    Contains,
    /// `IfcRelVoidsElement`.
    Voids,
    /// `IfcRelFillsElement`.
    Fills,
    /// `IfcRelAssignsToGroup`.
    Groups,
    /// `IfcRelConnects…`.
    Connects,
}

/// A relation between two objects of one source, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Relation {
    /// Which relation.
    pub kind: RelationKind,
    /// The whole, host, container, group.
    pub from: u32,
    /// The part, opening, member.
    pub to: u32,
}

/// One object on its way into the columns.
#[derive(Clone, Copy, Debug)]
pub struct NewObject<'a> {
    /// Id within the source.
    pub id: &'a str,
    /// Class: `IfcWall`, the layer's name, `orthophoto`.
    pub class: &'a str,
    /// Name; empty if none.
    pub name: &'a str,
    /// What it is.
    pub kind: ObjectKind,
    /// Number of the object that holds it; must be smaller than its own.
    pub parent: Option<u32>,
    /// Bounds in the project frame; empty without geometry or while the source waits for its place.
    pub bounds: Bounds,
    /// Surface area, m².
    pub area_m2: Option<f64>,
    /// Signed volume, m³.
    pub volume_m3: Option<f64>,
    /// Triangles of its own geometry.
    pub n_triangles: u32,
    /// Closed surface.
    pub closed: bool,
    /// Color of its largest part.
    pub color: Option<[u8; 4]>,
    /// Starts hidden.
    pub hidden: bool,
    /// Codes of its diagnostics, joined by a space.
    pub diagnostics: &'a str,
}

impl Default for NewObject<'_> {
    fn default() -> Self {
        Self {
            id: "",
            class: "",
            name: "",
            kind: ObjectKind::Product,
            parent: None,
            bounds: Bounds::EMPTY,
            area_m2: None,
            volume_m3: None,
            n_triangles: 0,
            closed: false,
            color: None,
            hidden: false,
            diagnostics: "",
        }
    }
}

/// The columns of one source. All have [`SourceObjects::len`] entries; the index is the object's number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceObjects {
    /// Ids within the source.
    pub ids: StringColumn,
    /// Names.
    pub names: StringColumn,
    /// Distinct class names, in order of appearance.
    pub classes: Vec<String>,
    /// Index into `classes`.
    pub class_ix: Vec<u16>,
    /// What each is.
    pub kinds: Vec<ObjectKind>,
    /// Number of the parent, or [`NO_PARENT`]. Invariant: smaller than the object's own number.
    pub parent: Vec<u32>,
    /// Bounds in the project frame, meters; empty without geometry.
    pub bounds: Vec<Bounds>,
    /// Surface area, m²; NaN if unknown.
    pub area_m2: Vec<f64>,
    /// Signed volume, m³; NaN if unknown.
    pub volume_m3: Vec<f64>,
    /// Triangles.
    pub n_triangles: Vec<u32>,
    /// Bit 0 closed, bit 1 starts hidden, bit 2 has a color.
    pub flags: Vec<u8>,
    /// sRGB and alpha, valid with flag bit 2.
    pub colors: Vec<[u8; 4]>,
    /// Codes of diagnostics, joined by a space.
    pub diagnostics: StringColumn,
    /// Relations within the source, sorted.
    pub relations: Vec<Relation>,
}

impl SourceObjects {
    /// Objects.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Appends an object and returns its number. A parent that is not an earlier object is dropped.
    pub fn push(&mut self, o: NewObject<'_>) -> u32 {
        let number = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.ids.push(o.id);
        self.names.push(o.name);
        let class = self.classes.iter().position(|c| c == o.class).unwrap_or_else(|| {
            self.classes.push(o.class.to_owned());
            self.classes.len() - 1
        });
        self.class_ix.push(u16::try_from(class).unwrap_or(u16::MAX));
        self.kinds.push(o.kind);
        self.parent.push(o.parent.filter(|&p| p < number).unwrap_or(NO_PARENT));
        self.bounds.push(o.bounds);
        self.area_m2.push(o.area_m2.unwrap_or(f64::NAN));
        self.volume_m3.push(o.volume_m3.unwrap_or(f64::NAN));
        self.n_triangles.push(o.n_triangles);
        self.flags.push(u8::from(o.closed) | u8::from(o.hidden) << 1 | u8::from(o.color.is_some()) << 2);
        self.colors.push(o.color.unwrap_or_default());
        self.diagnostics.push(o.diagnostics);
        number
    }

    /// Class name of object `ix`.
    pub fn class(&self, ix: usize) -> &str {
        self.class_ix.get(ix).and_then(|&c| self.classes.get(usize::from(c))).map_or("", String::as_str)
    }

    /// Whether every column has as many entries as there are ids and every reference is in range: what a
    /// damaged or foreign cache file may break.
    pub fn is_consistent(&self) -> bool {
        let n = self.len();
        let lengths = [
            self.names.len(),
            self.class_ix.len(),
            self.kinds.len(),
            self.parent.len(),
            self.bounds.len(),
            self.area_m2.len(),
            self.volume_m3.len(),
            self.n_triangles.len(),
            self.flags.len(),
            self.colors.len(),
            self.diagnostics.len(),
        ];
        lengths.iter().all(|&l| l == n)
            && self.parent.iter().enumerate().all(|(i, &p)| p == NO_PARENT || (p as usize) < i)
            && self.relations.iter().all(|r| (r.from as usize) < n && (r.to as usize) < n)
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let fixed = 2 + 1 + 4 + 48 + 8 + 8 + 4 + 1 + 4;
        self.ids.heap_bytes()
            + self.names.heap_bytes()
            + self.diagnostics.heap_bytes()
            + self.len() * fixed
            + self.relations.len() * 12
    }
}
