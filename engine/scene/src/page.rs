//! The two pages of a range of rows: where and what its objects are, and what they are called.

use glam::DVec3;
use lantu_base::Bounds;

use crate::cache::Paged;
use crate::codec::{Cursor, put_delta, put_f64, put_u32, seal, unseal};
use crate::object::{NO_PARENT, NewObject, ObjectKind};
use crate::store::PageError;

/// Kind and version of a [`PlacePage`].
const PLACE_MAGIC: [u8; 4] = *b"LCP1";
/// Kind and version of a [`TextPage`].
const TEXT_MAGIC: [u8; 4] = *b"LCT1";

/// Closed surface: bit of [`PlacePage::flags`].
pub(crate) const CLOSED: u8 = 1;
/// Starts hidden.
pub(crate) const HIDDEN: u8 = 1 << 1;
/// Has a color.
pub(crate) const COLORED: u8 = 1 << 2;
/// Its shape stands for one that could not be made.
pub(crate) const STAND_IN: u8 = 1 << 3;

/// Many short texts in one allocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StringColumn {
    text: String,
    /// Invariant: ascending, the last one is at most `text.len()`; entry i ends at `ends[i]`.
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

    /// All entries as one text, and where each ends.
    pub(crate) fn joined(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    fn heap_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_delta(out, &self.ends);
        out.extend_from_slice(self.text.as_bytes());
    }

    fn read(c: &mut Cursor<'_>, n: usize) -> Result<Self, PageError> {
        let ends = c.deltas(n)?;
        if !ends.is_sorted() {
            return Err(PageError::Damaged("its texts overlap"));
        }
        let bytes = c.bytes(ends.last().copied().unwrap_or(0) as usize)?;
        let text = std::str::from_utf8(bytes).map_err(|_e| PageError::Damaged("its text is not UTF-8"))?;
        Ok(Self { text: text.to_owned(), ends })
    }
}

/// What queries, pictures and the tree ask of the objects of one page. All columns have as many entries as the page rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacePage {
    /// Index into the directory's classes.
    pub class_ix: Vec<u32>,
    /// Codes of [`ObjectKind`].
    kinds: Vec<u8>,
    /// [`CLOSED`], [`HIDDEN`], [`COLORED`], [`STAND_IN`].
    pub(crate) flags: Vec<u8>,
    /// Number of the parent within the source, or [`NO_PARENT`].
    pub parent: Vec<u32>,
    /// Triangles of its own geometry.
    pub n_triangles: Vec<u32>,
    /// sRGB and alpha, packed little-endian; valid with [`COLORED`].
    pub(crate) colors: Vec<u32>,
    /// Bounds in the project frame, meters; empty without geometry.
    pub bounds: Vec<Bounds>,
}

impl PlacePage {
    pub(crate) fn push(&mut self, o: &NewObject<'_>, class_ix: u32, parent: u32) {
        self.class_ix.push(class_ix);
        self.kinds.push(o.kind as u8);
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        self.flags.push(
            flag(o.closed, CLOSED)
                | flag(o.hidden, HIDDEN)
                | flag(o.color.is_some(), COLORED)
                | flag(o.stand_in, STAND_IN),
        );
        self.parent.push(parent);
        self.n_triangles.push(o.n_triangles);
        self.colors.push(u32::from_le_bytes(o.color.unwrap_or_default()));
        self.bounds.push(o.bounds);
    }

    /// Objects.
    pub fn len(&self) -> usize {
        self.class_ix.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.class_ix.is_empty()
    }

    /// What object `at` of the page is.
    pub fn kind(&self, at: usize) -> ObjectKind {
        self.kinds.get(at).and_then(|k| ObjectKind::from_code(*k)).unwrap_or(ObjectKind::Product)
    }

    /// Color of object `at`.
    pub fn color(&self, at: usize) -> Option<[u8; 4]> {
        self.flag(at, COLORED).then(|| self.colors.get(at).map(|c| c.to_le_bytes())).flatten()
    }

    /// Gives object `at` a color.
    pub fn set_color(&mut self, at: usize, color: [u8; 4]) {
        if let (Some(c), Some(f)) = (self.colors.get_mut(at), self.flags.get_mut(at)) {
            *c = u32::from_le_bytes(color);
            *f |= COLORED;
        }
    }

    pub(crate) fn flag(&self, at: usize, bit: u8) -> bool {
        self.flags.get(at).is_some_and(|f| f & bit != 0)
    }

    /// The page of objects that start at number `first`.
    pub(crate) fn encode(&self, first: u32) -> Result<Vec<u8>, PageError> {
        let n = u32::try_from(self.len()).map_err(|_e| PageError::TooLarge(self.len()))?;
        let mut out = n.to_le_bytes().to_vec();
        out.extend_from_slice(&first.to_le_bytes());
        put_u32(&mut out, &self.class_ix);
        out.extend_from_slice(&self.kinds);
        out.extend_from_slice(&self.flags);
        put_delta(&mut out, &self.parent);
        put_u32(&mut out, &self.n_triangles);
        put_u32(&mut out, &self.colors);
        for axis in [DVec3::X, DVec3::Y, DVec3::Z] {
            // A product with an axis would turn the infinities of empty bounds into NaN.
            let of = move |v: DVec3| {
                if axis.x > 0.0 {
                    v.x
                } else if axis.y > 0.0 {
                    v.y
                } else {
                    v.z
                }
            };
            put_f64(&mut out, &self.bounds.iter().map(|b| of(b.min)));
            put_f64(&mut out, &self.bounds.iter().map(|b| of(b.max)));
        }
        seal(PLACE_MAGIC, &out)
    }

    /// Reads a page of `n` objects that starts at object `first`, of a source with so many classes.
    pub(crate) fn decode(bytes: &[u8], n: usize, first: u32, n_classes: usize) -> Result<Self, PageError> {
        let raw = unseal(PLACE_MAGIC, bytes)?;
        let mut c = Cursor(&raw);
        if c.u32()? as usize != n || c.u32()? != first {
            return Err(PageError::Damaged("it has other objects than its directory says"));
        }
        let class_ix = c.u32s(n)?;
        let (kinds, flags) = (c.bytes(n)?.to_vec(), c.bytes(n)?.to_vec());
        let (parent, n_triangles, colors) = (c.deltas(n)?, c.u32s(n)?, c.u32s(n)?);
        let [x0, x1, y0, y1, z0, z1] =
            [c.f64s(n)?, c.f64s(n)?, c.f64s(n)?, c.f64s(n)?, c.f64s(n)?, c.f64s(n)?];
        c.end()?;
        let low = x0.into_iter().zip(y0).zip(z0).map(|((x, y), z)| DVec3::new(x, y, z));
        let high = x1.into_iter().zip(y1).zip(z1).map(|((x, y), z)| DVec3::new(x, y, z));
        let bounds = low.zip(high).map(|(min, max)| Bounds { min, max }).collect();
        let sound = class_ix.iter().all(|&c| (c as usize) < n_classes)
            && kinds.iter().all(|&k| ObjectKind::from_code(k).is_some())
            && parent.iter().zip(first..).all(|(&p, own)| p == NO_PARENT || p < own);
        if !sound {
            return Err(PageError::Damaged("its columns contradict each other"));
        }
        Ok(Self { class_ix, kinds, flags, parent, n_triangles, colors, bounds })
    }
}

impl Paged for PlacePage {
    fn heap_bytes(&self) -> usize {
        self.len() * (4 + 1 + 1 + 4 + 4 + 4 + size_of::<Bounds>())
    }
}

/// What people read of the objects of one page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextPage {
    /// Ids within the source.
    pub ids: StringColumn,
    /// Names.
    pub names: StringColumn,
    /// Codes of diagnostics, joined by a space.
    pub diagnostics: StringColumn,
    /// Surface area, m²; NaN if unknown.
    pub area_m2: Vec<f64>,
    /// Signed volume, m³; NaN if unknown.
    pub volume_m3: Vec<f64>,
}

impl TextPage {
    pub(crate) fn push(&mut self, o: &NewObject<'_>) {
        self.ids.push(o.id);
        self.names.push(o.name);
        self.diagnostics.push(o.diagnostics);
        self.area_m2.push(o.area_m2.unwrap_or(f64::NAN));
        self.volume_m3.push(o.volume_m3.unwrap_or(f64::NAN));
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, PageError> {
        let n = u32::try_from(self.ids.len()).map_err(|_e| PageError::TooLarge(self.ids.len()))?;
        let mut out = n.to_le_bytes().to_vec();
        for column in [&self.ids, &self.names, &self.diagnostics] {
            column.put(&mut out);
        }
        put_f64(&mut out, &self.area_m2.iter().copied());
        put_f64(&mut out, &self.volume_m3.iter().copied());
        seal(TEXT_MAGIC, &out)
    }

    pub(crate) fn decode(bytes: &[u8], n: usize) -> Result<Self, PageError> {
        let raw = unseal(TEXT_MAGIC, bytes)?;
        let mut c = Cursor(&raw);
        if c.u32()? as usize != n {
            return Err(PageError::Damaged("it has another number of objects than its directory says"));
        }
        let read = |c: &mut Cursor<'_>| StringColumn::read(c, n);
        let (ids, names, diagnostics) = (read(&mut c)?, read(&mut c)?, read(&mut c)?);
        let (area_m2, volume_m3) = (c.f64s(n)?, c.f64s(n)?);
        c.end()?;
        Ok(Self { ids, names, diagnostics, area_m2, volume_m3 })
    }
}

impl Paged for TextPage {
    fn heap_bytes(&self) -> usize {
        let texts = self.ids.heap_bytes() + self.names.heap_bytes() + self.diagnostics.heap_bytes();
        texts + self.area_m2.len() * 16
    }
}
