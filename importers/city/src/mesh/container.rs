//! Tiles of 3D Tiles 1.0: batched shapes, repeated ones, and tiles of several; points are told by name.

use serde_json::Value;

use super::document::{GLB_MAGIC, u32_at};
use super::instances::{Instance, instances};

/// What a tile's content holds.
#[derive(Debug, Default)]
pub(crate) struct Content<'b> {
    pub(crate) models: Vec<Model<'b>>,
    /// What is left out: code, and a sentence.
    pub(crate) notes: Vec<(&'static str, String)>,
}

/// Where a document is.
#[derive(Debug)]
pub(crate) enum Source<'b> {
    /// In the tile itself.
    Own(&'b [u8]),
    /// In a file that the tile names.
    File(String),
}

/// One document of a tile.
#[derive(Debug)]
pub(crate) struct Model<'b> {
    pub(crate) document: Source<'b>,
    /// Where its shapes stand; `None`: once, as they are.
    pub(crate) instances: Option<Vec<Instance>>,
    /// Added to its points, once z is up.
    pub(crate) center: [f64; 3],
    /// How many features it tells apart.
    pub(crate) n_batches: usize,
    /// Lists of values by name, one for each feature.
    pub(crate) batches: Value,
}

/// Tiles in tiles at most.
const MAX_DEPTH: usize = 8;

/// Whether bytes are a tile of 3D Tiles 1.0.
pub(crate) fn is_tile(bytes: &[u8]) -> bool {
    [&b"b3dm"[..], b"i3dm", b"cmpt", b"pnts"].iter().any(|m| bytes.starts_with(m))
}

/// What the content of a tile holds. Why nothing can be read is a sentence.
pub(crate) fn content(bytes: &[u8]) -> Result<Content<'_>, String> {
    let mut out = Content::default();
    add(bytes, 0, &mut out)?;
    Ok(out)
}

fn add<'b>(bytes: &'b [u8], depth: usize, out: &mut Content<'b>) -> Result<(), String> {
    let bytes = match bytes.get(..4) {
        Some(b"b3dm" | b"i3dm" | b"cmpt" | b"pnts") => whole(bytes)?,
        _ => bytes,
    };
    match bytes.get(..4) {
        Some(b"b3dm") => out.models.push(batched(bytes)?),
        Some(b"i3dm") => out.models.push(repeated(bytes, &mut out.notes)?),
        Some(b"pnts") => {
            let what =
                "a tile of points (pnts) is not drawn; point clouds are read from LAS and LAZ".to_owned();
            out.notes.push(("mesh.pnts", what));
        }
        Some(b"cmpt") => {
            if depth >= MAX_DEPTH {
                return Err(format!("tiles in tiles, more than {MAX_DEPTH} deep"));
            }
            let n = u32_at(bytes, 12).ok_or("the tile ends within its header")?;
            let mut rest = bytes.get(16..).unwrap_or_default();
            for inner in 0..n {
                let length = u32_at(rest, 8)
                    .ok_or_else(|| format!("the tile ends before tile {inner} of {n} in it"))?;
                let (tile, after) =
                    rest.split_at_checked(length as usize).filter(|_| length >= 12).ok_or_else(|| {
                        format!("tile {inner} of {n} in the tile says that it has {length} bytes")
                    })?;
                add(tile, depth + 1, out)?;
                rest = after;
            }
        }
        _ => out.models.push(Model {
            document: Source::Own(bytes),
            instances: None,
            center: [0.0; 3],
            n_batches: 0,
            batches: Value::Null,
        }),
    }
    Ok(())
}

/// The bytes of a tile by its own length, which may be followed by padding.
fn whole(bytes: &[u8]) -> Result<&[u8], String> {
    let length = u32_at(bytes, 8).ok_or("the tile ends within its header")? as usize;
    let version = u32_at(bytes, 4).unwrap_or(0);
    if version != 1 {
        return Err(format!("a tile of version {version} is not read, only 1"));
    }
    bytes
        .get(..length)
        .ok_or_else(|| format!("the tile says that it has {length} bytes, and has {}", bytes.len()))
}

/// The tables of a tile, and the document that follows them.
struct Tables<'b> {
    features: Value,
    binary: &'b [u8],
    batches: Value,
    rest: &'b [u8],
}

fn tables(bytes: &[u8], header: usize) -> Result<Tables<'_>, String> {
    let sizes = [12, 16, 20, 24].map(|at| u32_at(bytes, at));
    let [Some(features), Some(features_binary), Some(batches), Some(batches_binary)] = sizes else {
        return Err("the tile ends within its header".to_owned());
    };
    let mut rest = bytes.get(header..).unwrap_or_default();
    let mut take = |n: u32| {
        let (part, after) = rest.split_at_checked(n as usize)?;
        rest = after;
        Some(part)
    };
    let parts = (take(features), take(features_binary), take(batches), take(batches_binary));
    let (Some(features), Some(binary), Some(batches), Some(_)) = parts else {
        // Tiles of before 1.0 have shorter headers, whose next number is the beginning of the document.
        return Err("the tables of the tile reach beyond its end, or it is of before 3D Tiles 1.0".to_owned());
    };
    let table = |json: &[u8]| -> Result<Value, String> {
        if json.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        serde_json::from_slice(json).map_err(|e| format!("a table of the tile cannot be read: {e}"))
    };
    Ok(Tables { features: table(features)?, binary, batches: table(batches)?, rest })
}

/// A batched model: header, feature table, batch table, document.
fn batched(bytes: &[u8]) -> Result<Model<'_>, String> {
    const HEADER: usize = 28;
    let Tables { features, binary, batches, rest } = tables(bytes, HEADER)?;
    let n_batches = features.get("BATCH_LENGTH").and_then(Value::as_u64).unwrap_or(0);
    if !rest.starts_with(GLB_MAGIC) {
        return Err("the tile holds no binary glTF".to_owned());
    }
    Ok(Model {
        document: Source::Own(rest),
        instances: None,
        center: center(&features, binary).unwrap_or_default(),
        n_batches: usize::try_from(n_batches).unwrap_or(usize::MAX),
        batches,
    })
}

/// A shape that is repeated: header, feature table with where it stands, batch table, document or its address.
fn repeated<'b>(bytes: &'b [u8], notes: &mut Vec<(&'static str, String)>) -> Result<Model<'b>, String> {
    const HEADER: usize = 32;
    let Tables { features, binary, batches, rest } = tables(bytes, HEADER)?;
    let document = match u32_at(bytes, 28) {
        Some(0) => {
            let end = rest.iter().rposition(|b| *b != 0 && *b != b' ').map_or(0, |ix| ix + 1);
            let uri = String::from_utf8(rest.get(..end).unwrap_or_default().to_vec());
            Source::File(uri.map_err(|e| format!("the address of the shape is no UTF-8: {e}"))?)
        }
        Some(1) => Source::Own(rest),
        other => return Err(format!("the shape comes in a form that is not known: {other:?}")),
    };
    let center = center(&features, binary).unwrap_or_default();
    let instances = instances(&features, binary, notes)?;
    let n_batches = instances.len();
    Ok(Model { document, instances: Some(instances), center, n_batches, batches })
}

/// `RTC_CENTER`, in the table or in the bytes that follow it.
fn center(features: &Value, binary: &[u8]) -> Option<[f64; 3]> {
    let said = features.get("RTC_CENTER")?;
    let center = if let Some(at) = said.get("byteOffset").and_then(Value::as_u64) {
        let at = usize::try_from(at).ok()?;
        super::instances::floats::<3>(binary, at)?
    } else {
        super::tileset::numbers::<3>(said)?
    };
    center.iter().all(|v| v.is_finite()).then_some(center)
}
