//! What a source leaves in the cache: one index pack that names all its others.

use std::sync::Arc;

use lantu_ingest::{ObjectDetail, PropertyRecord};
use lantu_scene::SourceObjects;
use lantu_tiles::io::PackStore;
use lantu_tiles::{PackHash, RasterPyramid, TileTree, decode_tree, encode_tree};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::SessionError;

/// Tiles of shapes that lie on or hang from the terrain, and the terrain they were built for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draped {
    /// Names the elevation that was there: see [`terrain_key`].
    pub terrain: PackHash,
    /// [`TileTree`] of the tiles.
    pub tree: PackHash,
    /// Objects with world bounds for that terrain.
    pub objects: PackHash,
}

/// Everything that one source has in the cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceIndex {
    /// [`SourceObjects`]; for a draped source see `Draped::objects`.
    pub objects: PackHash,
    /// [`SourceDetails`].
    pub details: PackHash,
    /// [`TileTree`] of its own shapes.
    pub tree: PackHash,
    /// `Vec<FeatureRecord>`: what draped tiles are built from.
    pub features: Option<PackHash>,
    /// Draped tiles.
    pub draped: Option<Draped>,
    /// Its raster.
    pub raster: Option<RasterPyramid>,
}

/// Type, container, materials and properties of a source's objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceDetails {
    /// Sorted by object.
    pub details: Vec<ObjectDetail>,
    /// Sorted by object; occurrence before type.
    pub properties: Vec<PropertyRecord>,
}

impl SourceDetails {
    /// Details of an object.
    pub fn detail(&self, object: u32) -> Option<&ObjectDetail> {
        let ix = self.details.binary_search_by_key(&object, |d| d.object).ok()?;
        self.details.get(ix)
    }

    /// Properties of an object.
    pub fn properties(&self, object: u32) -> &[PropertyRecord] {
        let first = self.properties.partition_point(|p| p.object < object);
        let end = self.properties.partition_point(|p| p.object <= object);
        self.properties.get(first..end).unwrap_or(&[])
    }
}

/// First bytes of packs that hold columns, with the version of their layout.
const MAGIC: [u8; 4] = *b"LSC1";

/// Chosen: columns repeat themselves; higher levels save little.
const ZSTD_LEVEL: i32 = 3;

/// Writes a value as a pack.
///
/// # Errors
/// [`SessionError::Tiles`] if it cannot be written.
pub(crate) fn write_value<T: Serialize>(store: &dyn PackStore, value: &T) -> Result<PackHash, SessionError> {
    let raw = postcard::to_stdvec(value).map_err(SessionError::Encode)?;
    let mut pack = MAGIC.to_vec();
    pack.extend(zstd::encode_all(raw.as_slice(), ZSTD_LEVEL).map_err(SessionError::Io)?);
    Ok(store.write(&pack)?)
}

/// Reads a value from a pack; the store has checked it against its name.
///
/// # Errors
/// [`SessionError::Tiles`] if it is missing or damaged; [`SessionError::CacheVersion`] if another version wrote it.
pub(crate) fn read_value<T: DeserializeOwned>(
    store: &dyn PackStore,
    hash: PackHash,
) -> Result<T, SessionError> {
    let pack = store.read(hash)?;
    let Some(body) = pack.strip_prefix(&MAGIC) else { return Err(SessionError::CacheVersion) };
    let raw = zstd::decode_all(body).map_err(SessionError::Io)?;
    postcard::from_bytes(&raw).map_err(SessionError::Encode)
}

/// Writes a tree of tiles, whose own packs are there already.
///
/// # Errors
/// [`SessionError::Tiles`].
pub(crate) fn write_tree(store: &dyn PackStore, tree: &TileTree) -> Result<PackHash, SessionError> {
    Ok(store.write(&encode_tree(tree)?)?)
}

/// Reads a tree of tiles.
///
/// # Errors
/// [`SessionError::Tiles`] if it is missing or damaged.
pub(crate) fn read_tree(store: &dyn PackStore, hash: PackHash) -> Result<TileTree, SessionError> {
    Ok(decode_tree(&store.read(hash)?)?)
}

/// Names a terrain: the hash over the names of all its elevation tiles, in order. Flat ground has one too.
pub(crate) fn terrain_key(elevation: &[RasterPyramid]) -> PackHash {
    let mut bytes = Vec::new();
    for raster in elevation {
        bytes.extend(raster.grid.west_north.iter().flat_map(|v| v.to_le_bytes()));
        for (coord, hash) in &raster.tiles {
            bytes.extend([coord.level, coord.col, coord.row].iter().flat_map(|v| v.to_le_bytes()));
            bytes.extend(hash.0);
        }
    }
    PackHash::of(&bytes)
}

/// A source's trees: of its own shapes, and of what is draped.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trees {
    pub(crate) own: Arc<TileTree>,
    pub(crate) draped: Arc<TileTree>,
}

impl Trees {
    pub(crate) fn read(store: &dyn PackStore, index: &SourceIndex) -> Result<Self, SessionError> {
        let draped = index.draped.as_ref().map(|d| read_tree(store, d.tree)).transpose()?;
        let own = Arc::new(read_tree(store, index.tree)?);
        Ok(Self { own, draped: Arc::new(draped.unwrap_or_default()) })
    }
}

/// Every pack that an index names, with its kind, for the project's list and for `verify`.
pub(crate) fn packs_of(
    index: &SourceIndex,
    index_hash: PackHash,
    trees: &Trees,
) -> Vec<(&'static str, String, PackHash)> {
    let mut out = vec![
        ("index", String::new(), index_hash),
        ("objects", String::new(), index.objects),
        ("details", String::new(), index.details),
        ("tree", String::new(), index.tree),
    ];
    let numbered = |tree: &TileTree, kind: &'static str| -> Vec<(&'static str, String, PackHash)> {
        tree.nodes.iter().enumerate().map(|(i, t)| (kind, i.to_string(), t.hash)).collect()
    };
    out.extend(numbered(&trees.own, "mesh"));
    if let Some(features) = index.features {
        out.push(("features", String::new(), features));
    }
    if let Some(d) = &index.draped {
        out.push(("draped-objects", String::new(), d.objects));
        out.push(("draped-tree", String::new(), d.tree));
        out.extend(numbered(&trees.draped, "draped"));
    }
    if let Some(r) = &index.raster {
        let tiles = r.tiles.iter().map(|(c, h)| ("raster", format!("{}/{}/{}", c.level, c.col, c.row), *h));
        out.extend(tiles);
    }
    out
}

/// Objects as stored, checked after reading.
///
/// # Errors
/// As [`read_value`]; [`SessionError::CacheVersion`] if the columns contradict each other.
pub(crate) fn read_objects(store: &dyn PackStore, hash: PackHash) -> Result<SourceObjects, SessionError> {
    let objects: SourceObjects = read_value(store, hash)?;
    if objects.is_consistent() { Ok(objects) } else { Err(SessionError::CacheVersion) }
}
