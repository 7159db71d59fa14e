//! What a glTF 2.0 document says, of what is drawn here, and its binary container.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Objects of extensions, by name.
pub(crate) type Extensions = Map<String, Value>;

/// A document. Numbers in it are indices that nobody has checked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Document {
    pub(crate) asset: Asset,
    pub(crate) scene: Option<usize>,
    pub(crate) scenes: Vec<Scene>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) meshes: Vec<Mesh>,
    pub(crate) accessors: Vec<Accessor>,
    pub(crate) buffer_views: Vec<BufferView>,
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) materials: Vec<Material>,
    pub(crate) textures: Vec<Texture>,
    pub(crate) images: Vec<Image>,
    pub(crate) samplers: Vec<Sampler>,
    pub(crate) animations: Vec<Value>,
    pub(crate) extensions_required: Vec<String>,
    pub(crate) extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asset {
    pub(crate) version: String,
    pub(crate) generator: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Scene {
    pub(crate) nodes: Vec<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) mesh: Option<usize>,
    pub(crate) skin: Option<usize>,
    pub(crate) children: Vec<usize>,
    /// By columns.
    pub(crate) matrix: Option<[f64; 16]>,
    pub(crate) translation: Option<[f64; 3]>,
    /// x, y, z, w.
    pub(crate) rotation: Option<[f64; 4]>,
    pub(crate) scale: Option<[f64; 3]>,
    pub(crate) extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Mesh {
    pub(crate) name: String,
    pub(crate) primitives: Vec<Primitive>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Primitive {
    pub(crate) attributes: BTreeMap<String, usize>,
    pub(crate) indices: Option<usize>,
    pub(crate) material: Option<usize>,
    pub(crate) mode: Option<u32>,
    pub(crate) targets: Vec<Value>,
    pub(crate) extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Accessor {
    pub(crate) buffer_view: Option<usize>,
    pub(crate) byte_offset: u64,
    pub(crate) component_type: u32,
    pub(crate) normalized: bool,
    pub(crate) count: u64,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) sparse: Option<Sparse>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sparse {
    pub(crate) count: u64,
    pub(crate) indices: SparsePart,
    pub(crate) values: SparsePart,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SparsePart {
    pub(crate) buffer_view: usize,
    pub(crate) byte_offset: u64,
    pub(crate) component_type: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct BufferView {
    pub(crate) buffer: usize,
    pub(crate) byte_offset: u64,
    pub(crate) byte_length: u64,
    pub(crate) byte_stride: Option<u64>,
    pub(crate) extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Buffer {
    pub(crate) uri: Option<String>,
    pub(crate) byte_length: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Material {
    pub(crate) pbr_metallic_roughness: Pbr,
    /// `OPAQUE`, `MASK` or `BLEND`; the first where it is not there.
    pub(crate) alpha_mode: String,
    pub(crate) alpha_cutoff: Option<f32>,
    pub(crate) emissive_factor: Option<[f32; 3]>,
    pub(crate) emissive_texture: Option<TextureInfo>,
    pub(crate) extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Pbr {
    /// Linear.
    pub(crate) base_color_factor: Option<[f32; 4]>,
    pub(crate) base_color_texture: Option<TextureInfo>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct TextureInfo {
    pub(crate) index: usize,
    pub(crate) tex_coord: u32,
    pub(crate) extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Texture {
    pub(crate) source: Option<usize>,
    pub(crate) sampler: Option<usize>,
    pub(crate) extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Image {
    pub(crate) uri: Option<String>,
    pub(crate) buffer_view: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Sampler {
    pub(crate) wrap_s: Option<u32>,
    pub(crate) wrap_t: Option<u32>,
}

/// First bytes of the binary container.
pub(crate) const GLB_MAGIC: &[u8] = b"glTF";
/// Kinds of its chunks.
const JSON_CHUNK: &[u8] = b"JSON";
const BIN_CHUNK: &[u8] = b"BIN\0";

/// Reads a document, as text or in its binary container; and the bytes of the container's own buffer.
pub(crate) fn document(bytes: &[u8]) -> Result<(Document, Option<&[u8]>), String> {
    let (json, own) = if bytes.starts_with(GLB_MAGIC) { glb(bytes)? } else { (bytes, None) };
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    let read = serde_json::from_slice::<Document>(json);
    let version = match &read {
        Ok(d) => d.asset.version.clone(),
        // Documents of version 1 have objects where those of version 2 have lists.
        Err(_) => serde_json::from_slice::<Value>(json)
            .ok()
            .and_then(|v| Some(v.get("asset")?.get("version")?.as_str()?.to_owned()))
            .unwrap_or_default(),
    };
    if version.starts_with('1') {
        return Err(format!("glTF {version} is not read, only 2.0"));
    }
    let document = read.map_err(|e| format!("not a glTF document: {e}"))?;
    if document.asset.version.is_empty() {
        return Err("not a glTF document: asset.version is missing".to_owned());
    }
    Ok((document, own))
}

/// The text and the buffer of a binary container.
fn glb(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), String> {
    let version = u32_at(bytes, 4).ok_or("the file ends within its header")?;
    if version != 2 {
        return Err(format!("binary glTF of version {version} is not read, only 2"));
    }
    let (json, rest) = chunk(bytes.get(12..).unwrap_or_default(), JSON_CHUNK)?
        .ok_or("the container begins with something other than its document")?;
    let own = if rest.is_empty() { None } else { chunk(rest, BIN_CHUNK)?.map(|c| c.0) };
    Ok((json, own))
}

/// The content of a chunk, and what follows it.
type Chunk<'b> = (&'b [u8], &'b [u8]);

/// The first chunk; `None` if it is of another kind.
fn chunk<'b>(bytes: &'b [u8], kind: &[u8]) -> Result<Option<Chunk<'b>>, String> {
    let length = u32_at(bytes, 0).ok_or("the container ends within the header of a chunk")? as usize;
    if bytes.get(4..8) != Some(kind) {
        return Ok(None);
    }
    let rest = bytes.get(8..).unwrap_or_default();
    match rest.split_at_checked(length) {
        Some(parts) => Ok(Some(parts)),
        None => Err(format!("a chunk is to have {length} bytes, but {} are left", rest.len())),
    }
}

/// A little-endian number at an offset.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}
