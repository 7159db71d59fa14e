//! Views of buffers that meshoptimizer packed: `EXT_meshopt_compression`, and the same under the name of Khronos.

#![expect(
    unsafe_code,
    reason = "the safe wrapper unpacks only sizes of elements that are known when it is compiled"
)]

use meshopt::ffi;
use serde::Deserialize;
use serde_json::Value;

use super::document::Extensions;

/// Its names.
pub(crate) const NAMES: [&str; 2] = ["EXT_meshopt_compression", "KHR_meshopt_compression"];

/// Largest element of a view, bytes. Specified: `EXT_meshopt_compression`.
const MAX_STRIDE: usize = 256;

/// How a view is packed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Packed {
    /// The buffer that holds the packed bytes, which is not the one that the view names.
    pub(crate) buffer: usize,
    pub(crate) byte_offset: u64,
    pub(crate) byte_length: u64,
    /// Bytes of an element once it is unpacked.
    pub(crate) byte_stride: usize,
    count: usize,
    mode: String,
    filter: String,
}

impl Packed {
    /// How a view with these extensions is packed; `None` where it is not. Why that cannot be read is a sentence.
    pub(crate) fn of(extensions: &Extensions) -> Option<Result<Self, String>> {
        let (name, said): (&str, &Value) = NAMES.iter().find_map(|n| Some((*n, extensions.get(*n)?)))?;
        Some(Self::deserialize(said).map_err(|e| format!("its {name} cannot be read: {e}")))
    }

    /// Bytes once it is unpacked.
    pub(crate) fn size(&self) -> Option<usize> {
        self.count.checked_mul(self.byte_stride)
    }
}

/// The bytes of a view, at most `limit`. Why not is a sentence.
pub(crate) fn unpack(packed: &Packed, bytes: &[u8], limit: usize) -> Result<Vec<u8>, String> {
    let Packed { byte_stride: stride, count, ref mode, ref filter, .. } = *packed;
    let kind = Kind::of(mode, stride, count)?;
    let filter = Filter::of(filter, stride).filter(|f| kind == Kind::Vertices || *f == Filter::None);
    let filter = filter.ok_or_else(|| {
        format!("the filter {:?} is not one of elements of {stride} bytes of {mode}", packed.filter)
    })?;
    let size = packed.size().filter(|n| *n <= limit);
    let size = size.ok_or_else(|| format!("{count} elements of {stride} bytes are too many"))?;
    let mut out = vec![0_u8; size];
    let to = out.as_mut_ptr().cast();
    let (from, n) = (bytes.as_ptr(), bytes.len());
    // SAFETY: `out` has room for `count` elements of `stride` bytes, which is all that is written; `from` has `n`
    // bytes, and no more are read, whatever they hold. Sizes are those that the functions allow: `Kind::of`.
    let code = unsafe {
        match kind {
            Kind::Vertices => ffi::meshopt_decodeVertexBuffer(to, count, stride, from, n),
            Kind::Triangles => ffi::meshopt_decodeIndexBuffer(to, count, stride, from, n),
            Kind::Indices => ffi::meshopt_decodeIndexSequence(to, count, stride, from, n),
        }
    };
    if code != 0 {
        return Err("its packed bytes are damaged".to_owned());
    }
    // SAFETY: the filters change the `count` elements of `stride` bytes of `out` where they stand, and no others;
    // sizes are those that the functions allow: `Filter::of`.
    unsafe {
        match filter {
            Filter::None => {}
            Filter::Octahedral => ffi::meshopt_decodeFilterOct(to, count, stride),
            Filter::Quaternion => ffi::meshopt_decodeFilterQuat(to, count, stride),
            Filter::Exponential => ffi::meshopt_decodeFilterExp(to, count, stride),
            Filter::Color => ffi::meshopt_decodeFilterColor(to, count, stride),
        }
    }
    Ok(out)
}

/// What elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Vertices,
    Triangles,
    Indices,
}

impl Kind {
    fn of(mode: &str, stride: usize, count: usize) -> Result<Self, String> {
        let is_index = stride == 2 || stride == 4;
        match mode {
            "ATTRIBUTES" if stride > 0 && stride <= MAX_STRIDE && stride.is_multiple_of(4) => {
                Ok(Self::Vertices)
            }
            "TRIANGLES" if is_index && count.is_multiple_of(3) => Ok(Self::Triangles),
            "INDICES" if is_index => Ok(Self::Indices),
            _ => Err(format!("{count} elements of {stride} bytes cannot be {mode:?}")),
        }
    }
}

/// What was done to elements before they were packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    None,
    Octahedral,
    Quaternion,
    Exponential,
    Color,
}

impl Filter {
    fn of(name: &str, stride: usize) -> Option<Self> {
        match name {
            "" | "NONE" => Some(Self::None),
            "OCTAHEDRAL" if stride == 4 || stride == 8 => Some(Self::Octahedral),
            "QUATERNION" if stride == 8 => Some(Self::Quaternion),
            "EXPONENTIAL" if stride.is_multiple_of(4) => Some(Self::Exponential),
            "COLOR" if stride == 4 || stride == 8 => Some(Self::Color),
            _ => None,
        }
    }
}
