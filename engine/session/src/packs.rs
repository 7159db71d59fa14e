//! What a source leaves in the cache: one index pack that names all its others.

use std::ops::Deref;
use std::sync::Arc;

use lantu_ingest::Begin;
use lantu_scene::{Directory, PageError, PageHash, PageStore};
use lantu_tiles::io::PackStore;
use lantu_tiles::{PackHash, RasterPyramid, TileError, TileTree, decode_tree, encode_tree};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::SessionError;
use crate::details::DetailsDirectory;
use crate::features::feature_pages;
use crate::shapes::ShapesDirectory;

/// Tiles of shapes that lie on or hang from the terrain, and the terrain they were built for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draped {
    /// Names the elevation that was there: see [`terrain_key`].
    pub terrain: PackHash,
    /// [`TileTree`] of the tiles.
    pub tree: PackHash,
    /// [`Directory`] of columns with world bounds for that terrain.
    pub objects: PackHash,
}

/// Everything that one source has in the cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceIndex {
    /// What its file says as a whole.
    pub begin: Begin,
    /// [`Directory`] of its columns; for a draped source see `Draped::objects`.
    pub objects: PackHash,
    /// Directory of its details, as `DetailsWriter::finish` names it.
    pub details: PackHash,
    /// [`TileTree`] of its own shapes.
    pub tree: PackHash,
    /// Directory of its exact triangles, as `ShapesWriter::finish` names it; `None` for a source without.
    pub shapes: Option<PackHash>,
    /// Directory of its features, as `FeaturesWriter::finish` names it: what draped tiles are built from.
    pub features: Option<PackHash>,
    /// `Vec<LabelRecord>`: words at places, in the project frame.
    pub labels: Option<PackHash>,
    /// [`lantu_schedule::Plan`]: the schedule that its tasks belong to.
    pub plan: Option<PackHash>,
    /// Draped tiles.
    pub draped: Option<Draped>,
    /// Its raster.
    pub raster: Option<RasterPyramid>,
}

/// A pack store as the scene's columns see it.
pub struct PackPages<S>(pub S);

impl<S> PageStore for PackPages<S>
where
    S: Deref<Target: PackStore> + Send + Sync,
{
    fn read_page(&self, page: PageHash) -> Result<Vec<u8>, PageError> {
        self.0.read(PackHash(page.0)).map_err(page_error)
    }

    fn write_page(&self, bytes: &[u8]) -> Result<PageHash, PageError> {
        self.0.write(bytes).map(|hash| PageHash(hash.0)).map_err(page_error)
    }
}

fn page_error(e: TileError) -> PageError {
    match e {
        TileError::Missing(hash) => PageError::Missing(PageHash(hash.0)),
        TileError::DamagedPack { what, .. } | TileError::Damaged(what) => PageError::Damaged(what),
        TileError::Io { source, .. } | TileError::Compress(source) => PageError::Io(source),
        other => PageError::Io(std::io::Error::other(other)),
    }
}

/// First bytes of packs that hold columns, with the version of their layout.
const MAGIC: [u8; 4] = *b"LSC9";

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
    decode_value(&store.read(hash)?)
}

/// Takes a value out of a pack's bytes.
pub(crate) fn decode_value<T: DeserializeOwned>(pack: &[u8]) -> Result<T, SessionError> {
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

/// Every pack that an index names, with its kind, for the project's list and for `verify`. Directories are read.
///
/// # Errors
/// [`SessionError`] if a directory cannot be read.
pub(crate) fn packs_of(
    store: &dyn PackStore,
    index: &SourceIndex,
    index_hash: PackHash,
    trees: &Trees,
) -> Result<Vec<(&'static str, String, PackHash)>, SessionError> {
    let mut out = vec![("index", String::new(), index_hash)];
    columns_of(store, index.objects, ["objects", "object-pages"], &mut out)?;
    let details: DetailsDirectory = read_value(store, index.details)?;
    out.push(("details", String::new(), index.details));
    out.extend(details.pages().enumerate().map(|(i, hash)| ("detail-pages", i.to_string(), hash)));
    out.push(("tree", String::new(), index.tree));
    let numbered = |tree: &TileTree, kind: &'static str| -> Vec<(&'static str, String, PackHash)> {
        tree.nodes.iter().enumerate().map(|(i, t)| (kind, i.to_string(), t.hash)).collect()
    };
    out.extend(numbered(&trees.own, "mesh"));
    if let Some(shapes) = index.shapes {
        let directory: ShapesDirectory = read_value(store, shapes)?;
        out.push(("shapes", String::new(), shapes));
        out.extend(directory.pages().enumerate().map(|(i, hash)| ("shape-pages", i.to_string(), hash)));
    }
    if let Some(features) = index.features {
        out.push(("features", String::new(), features));
        let pages = feature_pages(store, features)?.into_iter().enumerate();
        out.extend(pages.map(|(i, hash)| ("feature-pages", i.to_string(), hash)));
    }
    if let Some(labels) = index.labels {
        out.push(("labels", String::new(), labels));
    }
    if let Some(plan) = index.plan {
        out.push(("plan", String::new(), plan));
    }
    if let Some(d) = &index.draped {
        columns_of(store, d.objects, ["draped-objects", "draped-object-pages"], &mut out)?;
        out.push(("draped-tree", String::new(), d.tree));
        out.extend(numbered(&trees.draped, "draped"));
    }
    if let Some(r) = &index.raster {
        let tiles = r.tiles.iter().map(|(c, h)| ("raster", format!("{}/{}/{}", c.level, c.col, c.row), *h));
        out.extend(tiles);
    }
    Ok(out)
}

fn columns_of(
    store: &dyn PackStore,
    hash: PackHash,
    [kind, pages]: [&'static str; 2],
    out: &mut Vec<(&'static str, String, PackHash)>,
) -> Result<(), SessionError> {
    out.push((kind, String::new(), hash));
    let directory = read_directory(store, hash)?;
    let hashes = directory.page_hashes().into_iter().enumerate();
    out.extend(hashes.map(|(i, page)| (pages, i.to_string(), PackHash(page.0))));
    Ok(())
}

/// The directory of a source's columns.
///
/// # Errors
/// [`SessionError::Columns`] if it is missing, damaged or of another version.
pub(crate) fn read_directory(store: &dyn PackStore, hash: PackHash) -> Result<Directory, SessionError> {
    Ok(Directory::read(&PackPages(store), PageHash(hash.0))?)
}

/// Writes the directory of a source's columns.
///
/// # Errors
/// [`SessionError::Columns`] if it cannot be written.
pub(crate) fn write_directory(
    store: &dyn PackStore,
    directory: &Directory,
) -> Result<PackHash, SessionError> {
    Ok(PackHash(directory.write(&PackPages(store))?.0))
}
