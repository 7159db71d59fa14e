//! Implicit tiling: trees whose tiles follow from their numbers, and subtrees that say which of them exist.
//!
//! Source: OGC 22-025r4 (3D Tiles 1.1), implicit tiling; and the extension `3DTILES_implicit_tiling` of 1.0, which calls
//! some of it otherwise.

use serde::Deserialize;
use serde_json::Value;

use super::document::u32_at;

/// First bytes of a subtree.
const MAGIC: &[u8] = b"subt";
/// Bytes before its text.
const HEADER: usize = 24;
/// Levels of a tree, and of a subtree, at most. Chosen: at the 24th a tile of the whole Earth is a room; 4¹¹ and 8⁸ tiles
/// of a subtree are some million.
const MAX_LEVELS: u32 = 32;
const MAX_SUBTREE_TILES: u64 = 1 << 24;

/// How a tile is divided again and again.
#[derive(Clone, Debug)]
pub(crate) struct Tiling {
    /// Children of a tile along each of its axes: x and y, or z too.
    deep: bool,
    pub(crate) subtree_levels: u32,
    levels: u32,
    subtrees: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    subdivision_scheme: String,
    subtree_levels: u32,
    available_levels: Option<u32>,
    /// As the extension says it: the last level, counted from 0.
    maximum_level: Option<u32>,
    subtrees: Template,
}

#[derive(Deserialize)]
struct Template {
    uri: String,
}

/// The place of a tile in its tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) level: u32,
    at: [u64; 3],
}

impl Tiling {
    /// Why it cannot be read is a sentence.
    pub(crate) fn read(said: &Value) -> Result<Self, String> {
        let said: Said = Said::deserialize(said).map_err(|e| format!("an implicit tiling: {e}"))?;
        let deep = match said.subdivision_scheme.as_str() {
            "QUADTREE" => false,
            "OCTREE" => true,
            other => return Err(format!("an implicit tiling is divided by {other:?}, which is not known")),
        };
        let levels = said.available_levels.or(said.maximum_level.map(|l| l.saturating_add(1)));
        let levels = levels.ok_or("an implicit tiling does not say how many levels it has")?;
        let out = Self { deep, subtree_levels: said.subtree_levels, levels, subtrees: said.subtrees.uri };
        if levels > MAX_LEVELS || !(1..=MAX_LEVELS).contains(&out.subtree_levels) {
            return Err(format!("an implicit tiling of more than {MAX_LEVELS} levels"));
        }
        if out.n_above(out.subtree_levels).is_none_or(|n| n > MAX_SUBTREE_TILES) {
            return Err(format!("a subtree of more than {MAX_SUBTREE_TILES} tiles"));
        }
        Ok(out)
    }

    /// Whether tiles of this place's level exist at all.
    pub(crate) fn has(&self, place: Place) -> bool {
        place.level < self.levels
    }

    /// The file of the subtree that begins at a place.
    pub(crate) fn subtree(&self, place: Place) -> String {
        place.fill(&self.subtrees)
    }

    /// The tiles below a tile.
    pub(crate) fn children(&self, of: Place) -> impl Iterator<Item = Place> + use<> {
        (0..1_u64 << self.dimensions()).map(move |k| Place {
            level: of.level + 1,
            at: std::array::from_fn(|axis| {
                of.at.get(axis).map_or(0, |v| v << 1) | if axis < 2 || k > 3 { k >> axis & 1 } else { 0 }
            }),
        })
    }

    fn dimensions(&self) -> u32 {
        if self.deep { 3 } else { 2 }
    }

    /// Tiles of a subtree above a level of it; `None` for more than can be counted.
    fn n_above(&self, level: u32) -> Option<u64> {
        let children = 1_u64 << self.dimensions();
        Some((children.checked_pow(level)? - 1) / (children - 1))
    }

    /// The bit of a tile among those of its level in the subtree that begins at `root`.
    fn morton(&self, root: Place, place: Place) -> u64 {
        let below = place.level - root.level;
        let mut out = 0;
        for bit in 0..below {
            for (axis, (v, first)) in (0..self.dimensions()).zip(place.at.iter().zip(root.at)) {
                let own = v - (first << below);
                out |= (own >> bit & 1) << (bit * self.dimensions() + axis);
            }
        }
        out
    }
}

impl Place {
    /// A template with the numbers of this place.
    pub(crate) fn fill(&self, template: &str) -> String {
        let [x, y, z] = self.at.map(|v| v.to_string());
        let level = self.level.to_string();
        template.replace("{level}", &level).replace("{x}", &x).replace("{y}", &y).replace("{z}", &z)
    }
}

/// Which of a subtree's tiles exist.
#[derive(Debug)]
pub(crate) struct Subtree {
    root: Place,
    tiles: Bits,
    /// Of each of the contents that a tile can have.
    contents: Vec<Bits>,
    subtrees: Bits,
}

#[derive(Debug)]
enum Bits {
    All(bool),
    Each(Vec<u8>),
}

impl Bits {
    fn get(&self, at: u64) -> bool {
        match self {
            Self::All(v) => *v,
            Self::Each(bytes) => {
                let byte = usize::try_from(at / 8).ok().and_then(|ix| bytes.get(ix));
                byte.is_some_and(|b| b >> (at % 8) & 1 == 1)
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaidTree {
    #[serde(default)]
    buffers: Vec<SaidBuffer>,
    #[serde(default)]
    buffer_views: Vec<SaidView>,
    tile_availability: SaidBits,
    #[serde(default)]
    content_availability: Value,
    child_subtree_availability: SaidBits,
}

#[derive(Deserialize)]
struct SaidBuffer {
    uri: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaidView {
    buffer: usize,
    #[serde(default)]
    byte_offset: usize,
    byte_length: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaidBits {
    #[serde(alias = "bufferView")]
    bitstream: Option<usize>,
    constant: Option<u8>,
}

impl Subtree {
    /// Reads the subtree that begins at `root`. `other`: reads a file that it names. Why it cannot be read is a sentence.
    pub(crate) fn read(
        bytes: &[u8],
        root: Place,
        other: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, String> {
        let (text, own) = if bytes.starts_with(MAGIC) { parts(bytes)? } else { (bytes, &[][..]) };
        let said: SaidTree = serde_json::from_slice(text).map_err(|e| format!("not a subtree: {e}"))?;
        let bits = |b: &SaidBits| -> Result<Bits, String> {
            let Some(ix) = b.bitstream else { return Ok(Bits::All(b.constant == Some(1))) };
            let missing = || format!("the subtree has no bits {ix}");
            let view = said.buffer_views.get(ix).ok_or_else(missing)?;
            let end = view.byte_offset.checked_add(view.byte_length).ok_or_else(missing)?;
            let part = |all: &[u8]| all.get(view.byte_offset..end).map(<[u8]>::to_vec);
            let each = match said.buffers.get(view.buffer).ok_or_else(missing)?.uri.as_deref() {
                Some(uri) => part(&other(uri)?),
                None => part(own),
            };
            Ok(Bits::Each(each.ok_or("the bits of the subtree reach beyond its end")?))
        };
        let contents = match said.content_availability.clone() {
            Value::Null => Vec::new(),
            Value::Array(all) => all,
            one => vec![one],
        };
        let contents = contents
            .iter()
            .map(|c| bits(&SaidBits::deserialize(c).map_err(|e| format!("the contents of a subtree: {e}"))?));
        Ok(Self {
            root,
            tiles: bits(&said.tile_availability)?,
            contents: contents.collect::<Result<_, _>>()?,
            subtrees: bits(&said.child_subtree_availability)?,
        })
    }

    /// Whether a place lies below this subtree: in one that begins there.
    pub(crate) fn ends_above(&self, place: Place, tiling: &Tiling) -> bool {
        place.level >= self.root.level + tiling.subtree_levels
    }

    /// Whether a tile exists, or the subtree that begins there.
    pub(crate) fn has(&self, place: Place, tiling: &Tiling) -> bool {
        let bit = tiling.morton(self.root, place);
        if self.ends_above(place, tiling) {
            return self.subtrees.get(bit);
        }
        tiling.n_above(place.level - self.root.level).is_some_and(|above| self.tiles.get(above + bit))
    }

    /// Which of the contents of a tile are there, by their number.
    pub(crate) fn contents(&self, place: Place, tiling: &Tiling) -> Vec<usize> {
        let above = tiling.n_above(place.level - self.root.level).unwrap_or(u64::MAX);
        let bit = above.saturating_add(tiling.morton(self.root, place));
        self.contents.iter().enumerate().filter(|(_, c)| c.get(bit)).map(|(n, _)| n).collect()
    }
}

/// The text of a subtree, and the bytes that follow it.
fn parts(bytes: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let short = || "the subtree ends within its header".to_owned();
    let version = u32_at(bytes, 4).ok_or_else(short)?;
    if version != 1 {
        return Err(format!("a subtree of version {version} is not read, only 1"));
    }
    let length = |at: usize| -> Option<usize> {
        usize::try_from(u64::from(u32_at(bytes, at)?) | u64::from(u32_at(bytes, at + 4)?) << 32).ok()
    };
    let (text, own) = (length(8).ok_or_else(short)?, length(16).ok_or_else(short)?);
    let rest = bytes.get(HEADER..).ok_or_else(short)?;
    let cut = || format!("the subtree is to have {text} and {own} bytes, but {} are there", rest.len());
    let (text, rest) = rest.split_at_checked(text).ok_or_else(cut)?;
    Ok((text, rest.get(..own).ok_or_else(cut)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiling(scheme: &str) -> Tiling {
        let said = serde_json::json!({
            "subdivisionScheme": scheme, "subtreeLevels": 2, "availableLevels": 4,
            "subtrees": {"uri": "s/{level}/{x}/{y}/{z}.subtree"},
        });
        Tiling::read(&said).unwrap()
    }

    #[test]
    fn tiles_are_numbered_as_the_standard_draws_them() {
        let quad = tiling("QUADTREE");
        let root = Place::default();
        let children: Vec<[u64; 3]> = quad.children(root).map(|p| p.at).collect();
        assert_eq!(children, [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]);
        let at = |level, x, y, z| Place { level, at: [x, y, z] };
        // x = 01, y = 10: bits of y before those of x.
        assert_eq!(quad.morton(root, at(2, 1, 2, 0)), 0b1001);
        assert_eq!(
            quad.morton(at(2, 3, 1, 0), at(3, 7, 2, 0)),
            0b01,
            "counted from where the subtree begins"
        );
        let oct = tiling("OCTREE");
        assert_eq!(oct.children(root).count(), 8);
        assert_eq!(oct.morton(root, at(1, 1, 0, 1)), 0b101);
        assert_eq!(
            oct.children(root).map(|p| oct.morton(root, p)).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4, 5, 6, 7]
        );
        assert_eq!(oct.subtree(at(2, 1, 3, 2)), "s/2/1/3/2.subtree");
        assert_eq!((quad.n_above(0), quad.n_above(2), oct.n_above(2)), (Some(0), Some(5), Some(9)));
    }

    #[test]
    fn absurd_tilings_are_refused() {
        let said = |scheme: &str, subtree: u32, levels: u32| {
            Tiling::read(&serde_json::json!({
                "subdivisionScheme": scheme, "subtreeLevels": subtree, "availableLevels": levels,
                "subtrees": {"uri": "{level}"},
            }))
        };
        assert!(said("QUADTREE", 7, 20).is_ok());
        for bad in [
            said("ICOSAHEDRON", 3, 3),
            said("OCTREE", 20, 20),
            said("QUADTREE", 0, 3),
            said("QUADTREE", 3, 99),
        ] {
            assert!(bad.is_err());
        }
    }

    #[test]
    fn damaged_subtrees_are_refused_with_a_reason() {
        let none = |_: &str| Err("no file".to_owned());
        let json = br#"{"tileAvailability":{"bitstream":3},"childSubtreeAvailability":{"constant":0}}"#;
        assert!(Subtree::read(json, Place::default(), &none).unwrap_err().contains("no bits 3"));
        for cut in 0..HEADER {
            let mut bytes = b"subt\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\0\0\0\0\0\0\0\0".to_vec();
            bytes.truncate(cut);
            assert!(Subtree::read(&bytes, Place::default(), &none).is_err());
        }
    }
}
