//! The numbers of a document: buffers, views of them, and accessors that say how views are read.

use std::path::Path;

use super::document::{Accessor, Document, SparsePart};
use super::folder::Folder;
use super::packed::{Packed, unpack};

/// Bytes of all buffers of one document at most.
const MAX_BYTES: usize = 1 << 30;
/// Elements of an accessor that has no buffer of its own: zeros, of which a file of some bytes may ask for any number.
const MAX_ZEROS: u64 = 1 << 22;

/// The buffers of a document.
pub(crate) struct Data<'d> {
    document: &'d Document,
    buffers: Vec<Result<Bytes<'d>, String>>,
    /// Views that are packed, unpacked; `None` for the others.
    unpacked: Vec<Option<Result<Vec<u8>, String>>>,
}

/// The bytes of a view, and from one element to the next where the view says that.
type View<'b> = (&'b [u8], Option<u64>);

enum Bytes<'d> {
    Own(&'d [u8]),
    Read(Vec<u8>),
}

impl Bytes<'_> {
    fn get(&self) -> &[u8] {
        match self {
            Self::Own(b) => b,
            Self::Read(b) => b,
        }
    }
}

impl<'d> Data<'d> {
    /// Reads all buffers. `own`: that of the container.
    pub(crate) fn read(
        document: &'d Document,
        own: Option<&'d [u8]>,
        (folder, from): (&Folder, &Path),
    ) -> Self {
        let mut left = MAX_BYTES;
        let mut read = |(ix, b): (usize, &super::document::Buffer)| {
            let bytes = match (&b.uri, own) {
                (None, Some(own)) if ix == 0 => Bytes::Own(own),
                (None, _) => return Err(format!("buffer {ix} has no content")),
                (Some(uri), _) => Bytes::Read(folder.read(from, uri)?),
            };
            let have = bytes.get().len();
            left = left.checked_sub(have).ok_or_else(|| format!("buffers of more than {MAX_BYTES} bytes"))?;
            if (have as u64) < b.byte_length {
                return Err(format!("buffer {ix} has {have} bytes instead of {}", b.byte_length));
            }
            Ok(bytes)
        };
        let buffers = document.buffers.iter().enumerate().map(&mut read).collect();
        let mut out = Self { document, buffers, unpacked: Vec::new() };
        for (ix, view) in document.buffer_views.iter().enumerate() {
            let unpacked = Packed::of(&view.extensions).map(|packed| {
                let why = |why: String| format!("bufferView {ix} is packed, and cannot be unpacked: {why}");
                let packed = packed.map_err(why)?;
                let bytes = out.part(packed.buffer, packed.byte_offset, packed.byte_length).map_err(why)?;
                let bytes = unpack(&packed, bytes, left).map_err(why)?;
                left -= bytes.len();
                Ok(bytes)
            });
            out.unpacked.push(unpacked);
        }
        out
    }

    /// Whether an accessor's whole numbers stand for shares of 1.
    pub(crate) fn is_normalized(&self, ix: usize) -> bool {
        self.document.accessors.get(ix).is_some_and(|a| a.normalized)
    }

    /// Bytes of a buffer.
    fn part(&self, buffer: usize, at: u64, n: u64) -> Result<&[u8], String> {
        let bytes = match self.buffers.get(buffer) {
            None => return Err(format!("it names buffer {buffer}, which is not there")),
            Some(Err(why)) => return Err(why.clone()),
            Some(Ok(b)) => b.get(),
        };
        let part = usize::try_from(at)
            .ok()
            .zip(usize::try_from(n).ok())
            .and_then(|(at, n)| bytes.get(at..at.checked_add(n)?));
        part.ok_or_else(|| format!("it reaches beyond the {} bytes of its buffer", bytes.len()))
    }

    /// The bytes of a view. Why not is a sentence.
    pub(crate) fn view(&self, ix: usize) -> Result<View<'_>, String> {
        let view = self
            .document
            .buffer_views
            .get(ix)
            .ok_or_else(|| format!("bufferView {ix} of {} is named", self.document.buffer_views.len()))?;
        let bytes = match self.unpacked.get(ix) {
            Some(Some(unpacked)) => unpacked.as_deref().map_err(Clone::clone)?,
            _ => self
                .part(view.buffer, view.byte_offset, view.byte_length)
                .map_err(|why| format!("bufferView {ix}: {why}"))?,
        };
        Ok((bytes, view.byte_stride))
    }

    /// The numbers of an accessor as N components each, whole numbers normalized where it says so; further components
    /// of an element are left out, missing ones are 1.
    pub(crate) fn numbers<const N: usize>(&self, ix: usize) -> Result<Vec<[f32; N]>, String> {
        let accessor = self.accessor(ix)?;
        let have = match accessor.kind.as_str() {
            "SCALAR" => 1,
            "VEC2" => 2,
            "VEC3" => 3,
            "VEC4" => 4,
            other => return Err(format!("accessor {ix} is of type {other:?}")),
        };
        let kind = Component::of(accessor.component_type, ix)?;
        let element = |bytes: &[u8]| {
            let mut out = [1.0; N];
            for (v, n) in
                out.iter_mut().zip(bytes.chunks_exact(kind.size())).map(|(v, b)| (v, kind.read(b))).take(have)
            {
                *v = if accessor.normalized { kind.normalized(n) } else { small(n) };
            }
            out
        };
        self.elements(ix, (accessor, kind, have), element)
    }

    /// The whole numbers of an accessor: indices of vertices, ids of features.
    pub(crate) fn whole(&self, ix: usize) -> Result<Vec<u32>, String> {
        let accessor = self.accessor(ix)?;
        if accessor.kind != "SCALAR" {
            return Err(format!("accessor {ix} is of type {:?}, not of single numbers", accessor.kind));
        }
        let kind = Component::of(accessor.component_type, ix)?;
        self.elements(ix, (accessor, kind, 1), |bytes| kind.whole(bytes))
    }

    fn accessor(&self, ix: usize) -> Result<&'d Accessor, String> {
        let all = &self.document.accessors;
        all.get(ix).ok_or_else(|| format!("accessor {ix} of {} is named", all.len()))
    }

    fn elements<T: Clone>(
        &self,
        ix: usize,
        (accessor, kind, n): (&Accessor, Component, usize),
        element: impl Fn(&[u8]) -> T,
    ) -> Result<Vec<T>, String> {
        let size = kind.size() * n;
        let count = accessor.count;
        let beyond = || format!("accessor {ix} reaches beyond its bufferView");
        let mut out = match accessor.buffer_view {
            None if count > MAX_ZEROS => {
                return Err(format!("accessor {ix} has {count} elements without a buffer"));
            }
            None => vec![element(&vec![0; size]); usize::try_from(count).unwrap_or_default()],
            Some(view) => {
                let (bytes, stride) = self.view(view)?;
                let stride = stride.and_then(|s| usize::try_from(s).ok()).unwrap_or(size).max(size);
                let bytes = usize::try_from(accessor.byte_offset).ok().and_then(|at| bytes.get(at..));
                let bytes = bytes.ok_or_else(beyond)?;
                // The last element need not fill its stride.
                let have = bytes.len().checked_sub(size).map_or(0, |rest| rest / stride + 1);
                let count = usize::try_from(count).ok().filter(|c| *c <= have).ok_or_else(beyond)?;
                let at = |i: usize| bytes.get(i * stride..).unwrap_or_default();
                (0..count).map(|i| element(at(i).get(..size).unwrap_or_default())).collect()
            }
        };
        if let Some(sparse) = &accessor.sparse {
            let places = self.sparse(
                &sparse.indices,
                sparse.count,
                Component::of(sparse.indices.component_type, ix)?,
                1,
            )?;
            let values = self.sparse(&sparse.values, sparse.count, kind, n)?;
            let index = Component::of(sparse.indices.component_type, ix)?;
            for (place, value) in places.chunks_exact(index.size()).zip(values.chunks_exact(size)) {
                let place = index.whole(place) as usize;
                *out.get_mut(place)
                    .ok_or_else(|| format!("accessor {ix} replaces element {place}, which is not there"))? =
                    element(value);
            }
        }
        Ok(out)
    }

    /// The bytes of one side of a sparse accessor.
    fn sparse(&self, part: &SparsePart, count: u64, kind: Component, n: usize) -> Result<&[u8], String> {
        let (bytes, _) = self.view(part.buffer_view)?;
        let at = usize::try_from(part.byte_offset).ok();
        let size = usize::try_from(count).ok().and_then(|c| c.checked_mul(kind.size() * n));
        at.zip(size)
            .and_then(|(at, size)| bytes.get(at..at.checked_add(size)?))
            .ok_or_else(|| "a sparse accessor reaches beyond its bufferView".to_owned())
    }
}

/// How one number is stored.
#[derive(Clone, Copy, Debug)]
enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn of(code: u32, accessor: usize) -> Result<Self, String> {
        Ok(match code {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            other => return Err(format!("accessor {accessor} has numbers of kind {other}")),
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    fn read(self, bytes: &[u8]) -> f64 {
        let two = || bytes.first_chunk::<2>().copied().unwrap_or_default();
        let four = || bytes.first_chunk::<4>().copied().unwrap_or_default();
        let one = bytes.first().copied().unwrap_or_default();
        match self {
            Self::I8 => f64::from(one.cast_signed()),
            Self::U8 => f64::from(one),
            Self::I16 => f64::from(i16::from_le_bytes(two())),
            Self::U16 => f64::from(u16::from_le_bytes(two())),
            Self::U32 => f64::from(u32::from_le_bytes(four())),
            Self::F32 => f64::from(f32::from_le_bytes(four())),
        }
    }

    /// Specified: 3.6.2.2 of glTF 2.0.
    fn normalized(self, n: f64) -> f32 {
        let whole = match self {
            Self::I8 => 127.0,
            Self::U8 => 255.0,
            Self::I16 => 32_767.0,
            Self::U16 => 65_535.0,
            Self::U32 | Self::F32 => return small(n),
        };
        small((n / whole).max(-1.0))
    }

    /// A whole number, as ids are also written in floats; the largest one where it is none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie within")]
    fn whole(self, bytes: &[u8]) -> u32 {
        let n = self.read(bytes).round();
        if (0.0..f64::from(u32::MAX)).contains(&n) { n as u32 } else { u32::MAX }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it came from an f32 or from 16 bits, or is a share")]
fn small(n: f64) -> f32 {
    n as f32
}
