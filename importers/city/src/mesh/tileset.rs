//! Tilesets: which tiles there are, where they stand, and which of them show everything in most detail.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use glam::{DMat4, DVec3};
use serde::Deserialize;
use serde_json::Value;

use super::folder::{Folder, bytes_of};
use super::implicit::{Place, Subtree, Tiling};
use super::surfaces::{Notes, Up};

/// A tileset's file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tileset {
    asset: Asset,
    root: Tile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Asset {
    version: String,
    gltf_up_axis: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Tile {
    bounding_volume: Volume,
    geometric_error: Option<f64>,
    refine: Option<String>,
    transform: Value,
    content: Option<Uri>,
    contents: Option<Vec<Uri>>,
    children: Option<Vec<Tile>>,
    implicit_tiling: Option<Value>,
    extensions: Option<serde_json::Map<String, Value>>,
}

/// One of three; numbers that nobody has checked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Volume {
    #[serde(rename = "box")]
    cuboid: Value,
    sphere: Value,
    region: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Uri {
    uri: Option<String>,
    /// As tilesets of before 1.0 wrote.
    url: Option<String>,
}

/// Tilesets in tilesets at most.
const MAX_DEPTH: usize = 32;
/// Tiles in all at most. Chosen: some hundred megabytes of memory.
const MAX_TILES: usize = 1_000_000;
impl Tileset {
    /// Whether the text that this was read from is one: everything in it may be missing.
    pub(crate) fn is_one(&self) -> bool {
        !self.asset.version.is_empty()
            && (self.root.geometric_error.is_some() || !self.root.bounding_volume.is_empty())
    }
}

impl Volume {
    fn is_empty(&self) -> bool {
        [&self.cuboid, &self.sphere, &self.region].iter().all(|v| v.is_null())
    }
}

/// Bytes of all tiles that are drawn at most: of more, coarser ones are. Chosen: pictures in tiles are packed to about
/// a tenth of what their triangles take.
const MAX_BYTES: u64 = 2 << 30;

/// Distances from the middle of the Earth at which something stands on it, meters: sea level and some 20 km more.
const ON_EARTH_M: std::ops::Range<f64> = 6_330_000.0..6_400_000.0;

/// A tile that is drawn.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) path: PathBuf,
    /// As it is called from the root's folder.
    pub(crate) name: String,
    /// From its content, z up, to the root's frame.
    pub(crate) frame: DMat4,
    pub(crate) up: Up,
}

/// What is drawn of a tileset.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub(crate) version: String,
    pub(crate) tiles: Vec<Chosen>,
    /// Coordinates are meters from the middle of the Earth (EPSG:4978); else nobody knows where they are.
    pub(crate) on_earth: bool,
    pub(crate) notes: Notes,
}

/// Chooses the tiles of the finest level of a tileset, or of the finest that is not too much.
///
/// # Errors
/// A sentence, where the root file cannot be read.
pub(crate) fn select(file: &Path, folder: &Folder) -> Result<Selection, String> {
    let mut out = Selection::default();
    let root = read(file)?;
    out.version.clone_from(&root.asset.version);
    let mut tree = Tree { folder, notes: Vec::new(), open: BTreeSet::new(), n: 0 };
    let file = file.canonicalize().map_err(|e| e.to_string())?;
    let top = tree.set(&file, root, DMat4::IDENTITY);
    out.notes = tree.notes;
    out.on_earth = top.any_on_earth();
    // Errors at which it may end, from the finest on.
    let mut errors = Vec::new();
    top.errors(&mut errors);
    errors.sort_by(f64::total_cmp);
    errors.dedup();
    let fits = |limit: f64| top.bytes(limit) <= MAX_BYTES;
    let at = errors.partition_point(|e| !fits(*e));
    let limit = errors.get(at).or(errors.last()).copied().unwrap_or(0.0);
    if at > 0 {
        out.notes.push((
            "mesh.bounded",
            format!(
                "the finest level has {} bytes, more than the {MAX_BYTES} that are read: tiles with an error of up to \
                 {limit} m are drawn instead",
                top.bytes(0.0)
            ),
        ));
    }
    let (n, n_coarse) = top.count(limit);
    if n_coarse > 0 {
        let what = format!("{n_coarse} of {n} tiles are coarser levels of others, and are left out");
        out.notes.push(("mesh.levels", what));
    }
    top.take(limit, &mut out.tiles);
    Ok(out)
}

fn read(file: &Path) -> Result<Tileset, String> {
    let bytes = bytes_of(file)?;
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let set: Tileset = serde_json::from_slice(text).map_err(|e| format!("not a tileset: {e}"))?;
    if set.asset.version.is_empty() {
        return Err("not a tileset: asset.version is missing".to_owned());
    }
    Ok(set)
}

/// N finite numbers.
pub(crate) fn numbers<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let all: Vec<f64> = value.as_array()?.iter().map(Value::as_f64).collect::<Option<_>>()?;
    <[f64; N]>::try_from(all).ok().filter(|a| a.iter().all(|v| v.is_finite()))
}

/// A tile whose references are resolved.
struct Level {
    /// Its own content, and the bytes of it.
    own: Vec<(Chosen, u64)>,
    children: Vec<Level>,
    /// Its children are drawn besides it, not in its place.
    adds: bool,
    error_m: f64,
    /// All of its content is there, or it has none.
    whole: bool,
    on_earth: bool,
}

/// What all tiles of an implicit tiling share.
struct Trunk<'a> {
    tiling: Tiling,
    /// Templates of what tiles show.
    uris: Vec<String>,
    folder: &'a Path,
    up: Up,
    frame: DMat4,
    adds: bool,
    /// Of the tile at the root, meters; each level has half of that above it.
    error_m: f64,
}

struct Tree<'f> {
    folder: &'f Folder,
    notes: Notes,
    /// Tilesets that are read at the moment.
    open: BTreeSet<PathBuf>,
    n: usize,
}

impl Tree<'_> {
    fn set(&mut self, file: &Path, set: Tileset, frame: DMat4) -> Level {
        self.open.insert(file.to_owned());
        let up = match set.asset.gltf_up_axis.to_uppercase().as_str() {
            "Z" => Up::Z,
            "X" => Up::X,
            _ => Up::Y,
        };
        let folder = file.parent().unwrap_or(self.folder.root()).to_owned();
        let level = self.tile(set.root, (&folder, up), frame, false);
        self.open.remove(file);
        level
    }

    fn tile(&mut self, tile: Tile, (folder, up): (&Path, Up), parent: DMat4, adds: bool) -> Level {
        self.n += 1;
        let frame = parent * self.transform(&tile.transform);
        let adds = tile.refine.as_deref().map_or(adds, |r| r.eq_ignore_ascii_case("add"));
        let mut out = Level {
            own: Vec::new(),
            children: Vec::new(),
            adds,
            error_m: tile.geometric_error.filter(|e| e.is_finite()).unwrap_or(0.0),
            whole: true,
            on_earth: on_earth(&tile.bounding_volume, frame),
        };
        let extension = |name: &str| tile.extensions.as_ref().and_then(|e| e.get(name)).cloned();
        let implicit = tile.implicit_tiling.clone().or_else(|| extension("3DTILES_implicit_tiling"));
        let several = extension("3DTILES_multiple_contents")
            .and_then(|e| Vec::<Uri>::deserialize(e.get("contents").or_else(|| e.get("content"))?).ok());
        let contents = tile.content.into_iter().chain(tile.contents.into_iter().flatten());
        let uris: Vec<String> =
            contents.chain(several.into_iter().flatten()).filter_map(|c| c.uri.or(c.url)).collect();
        if let Some(said) = implicit {
            match Tiling::read(&said) {
                Ok(tiling) => {
                    let trunk = Trunk { tiling, uris, folder, up, frame, adds, error_m: out.error_m };
                    let on_earth = out.on_earth;
                    out = self.implicit(&trunk, Place::default(), None);
                    out.on_earth = on_earth;
                }
                Err(why) => {
                    self.notes.push(("mesh.implicit", why));
                    out.whole = false;
                }
            }
            return out;
        }
        for uri in uris {
            self.content_or_note(&uri, (folder, up), frame, &mut out);
        }
        for child in tile.children.into_iter().flatten() {
            if self.is_full() {
                out.whole = false;
                break;
            }
            let child = self.tile(child, (folder, up), frame, adds);
            out.children.push(child);
        }
        out
    }

    /// Whether there are as many tiles as are read; which is said.
    fn is_full(&mut self) -> bool {
        let full = self.n >= MAX_TILES;
        if full {
            let what = format!("a tileset of more than {MAX_TILES} tiles is not read to its end");
            self.notes.push(("mesh.too_many", what));
        }
        full
    }

    /// A tile of an implicit tiling and what is below it. `within`: the subtree that says of it that it exists; `None` at
    /// the root of all.
    fn implicit(&mut self, trunk: &Trunk<'_>, place: Place, within: Option<&Subtree>) -> Level {
        self.n += 1;
        let mut out = Level {
            own: Vec::new(),
            children: Vec::new(),
            adds: trunk.adds,
            error_m: trunk.error_m / 2_f64.powi(i32::try_from(place.level).unwrap_or(i32::MAX)),
            whole: true,
            on_earth: false,
        };
        let begins = within.is_none_or(|s| s.ends_above(place, &trunk.tiling));
        let read = if begins { self.subtree(trunk, place).map(Some) } else { Ok(None) };
        let own = match read {
            Ok(own) => own,
            Err(why) => {
                out.whole = false;
                self.notes
                    .push(("mesh.missing", format!("tiles of an implicit tiling cannot be read: {why}")));
                return out;
            }
        };
        let Some(subtree) = own.as_ref().or(within) else { return out };
        for n in subtree.contents(place, &trunk.tiling) {
            if let Some(template) = trunk.uris.get(n) {
                let uri = place.fill(template);
                self.content_or_note(&uri, (trunk.folder, trunk.up), trunk.frame, &mut out);
            }
        }
        for child in trunk.tiling.children(place) {
            if !trunk.tiling.has(child) || !subtree.has(child, &trunk.tiling) {
                continue;
            }
            if self.is_full() {
                out.whole = false;
                break;
            }
            out.children.push(self.implicit(trunk, child, Some(subtree)));
        }
        out
    }

    /// The subtree that begins at a place.
    fn subtree(&self, trunk: &Trunk<'_>, place: Place) -> Result<Subtree, String> {
        let uri = trunk.tiling.subtree(place);
        let path = self.folder.resolve(trunk.folder, &uri)?;
        let beside = path.parent().unwrap_or(trunk.folder);
        let bytes = bytes_of(&path)?;
        Subtree::read(&bytes, place, &|uri| self.folder.read(beside, uri))
            .map_err(|why| format!("{uri:?}: {why}"))
    }

    fn content_or_note(&mut self, uri: &str, from: (&Path, Up), frame: DMat4, out: &mut Level) {
        if let Err(why) = self.content(uri, from, frame, out) {
            out.whole = false;
            self.notes.push(("mesh.missing", format!("a tile cannot be read: {why}")));
        }
    }

    fn transform(&mut self, said: &Value) -> DMat4 {
        if said.is_null() {
            return DMat4::IDENTITY;
        }
        if let Some(m) =
            numbers::<16>(said).map(|m| DMat4::from_cols_array(&m)).filter(|m| m.determinant() != 0.0)
        {
            return m;
        }
        self.notes.push((
            "mesh.place",
            "a tile's transform is not sixteen numbers of a matrix: it stays where its parent is".to_owned(),
        ));
        DMat4::IDENTITY
    }

    fn content(
        &mut self,
        uri: &str,
        (folder, up): (&Path, Up),
        frame: DMat4,
        out: &mut Level,
    ) -> Result<(), String> {
        let path = self.folder.resolve(folder, uri)?;
        let is_set = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        if !is_set {
            let size = std::fs::metadata(&path).map_err(|e| e.to_string())?.len();
            let name = path.strip_prefix(self.folder.root()).unwrap_or(&path);
            let name = name.to_string_lossy().replace('\\', "/");
            out.own.push((Chosen { path, name, frame, up }, size));
            return Ok(());
        }
        if self.open.contains(&path) {
            return Err(format!("{uri:?} is a tileset within itself"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("tilesets in tilesets, more than {MAX_DEPTH} deep"));
        }
        let set = read(&path).map_err(|why| format!("{uri:?}: {why}"))?;
        let level = self.set(&path, set, frame);
        out.children.push(level);
        Ok(())
    }
}

/// Whether a place in meters from the middle of the Earth lies on its surface.
pub(crate) fn is_on_earth(p: DVec3) -> bool {
    ON_EARTH_M.contains(&p.length())
}

/// Whether a volume lies on the Earth, in coordinates from its middle.
fn on_earth(volume: &Volume, frame: DMat4) -> bool {
    let center = numbers::<12>(&volume.cuboid)
        .map(|b| DVec3::new(b[0], b[1], b[2]))
        .or_else(|| numbers::<4>(&volume.sphere).map(|s| DVec3::new(s[0], s[1], s[2])));
    numbers::<6>(&volume.region).is_some() || center.is_some_and(|c| is_on_earth(frame.transform_point3(c)))
}

impl Level {
    fn any_on_earth(&self) -> bool {
        self.on_earth || self.children.iter().any(Self::any_on_earth)
    }

    fn errors(&self, out: &mut Vec<f64>) {
        out.push(self.error_m);
        self.children.iter().for_each(|c| c.errors(out));
    }

    /// Whether it is drawn itself where errors up to `limit` do not matter.
    fn draws_itself(&self, limit: f64) -> bool {
        self.adds || self.ends(limit)
    }

    /// Whether its children are not drawn: there are none, they would not show all of it, or it is fine enough.
    fn ends(&self, limit: f64) -> bool {
        self.children.is_empty()
            || (!self.own.is_empty() && (!self.covered() || (!self.adds && self.error_m < limit)))
    }

    /// Whether its children show all of it.
    fn covered(&self) -> bool {
        self.adds || self.children.iter().all(Self::shown)
    }

    /// Whether it or what is below it shows all of it.
    fn shown(&self) -> bool {
        let below = || !self.children.is_empty() && self.children.iter().all(Self::shown);
        if self.adds {
            self.whole && self.children.iter().all(Self::shown)
        } else {
            (self.whole && self.is_something()) || below()
        }
    }

    /// A leaf without content shows that there is nothing; a tile with children, but without content, shows nothing
    /// of them.
    fn is_something(&self) -> bool {
        !self.own.is_empty() || self.children.is_empty()
    }

    fn bytes(&self, limit: f64) -> u64 {
        let own: u64 = if self.draws_itself(limit) { self.own.iter().map(|o| o.1).sum() } else { 0 };
        let below: u64 =
            if self.ends(limit) { 0 } else { self.children.iter().map(|c| c.bytes(limit)).sum() };
        own + below
    }

    /// Tiles with content, and those of them that are not drawn.
    fn count(&self, limit: f64) -> (usize, usize) {
        let n_own = self.own.len();
        let all = |l: &Self| l.count(f64::NEG_INFINITY).0;
        let mut out = (n_own, if self.draws_itself(limit) { 0 } else { n_own });
        for c in &self.children {
            let (n, left) = if self.ends(limit) { (all(c), 0) } else { c.count(limit) };
            out = (out.0 + n, out.1 + left);
        }
        out
    }

    fn take(self, limit: f64, out: &mut Vec<Chosen>) {
        let (draws, ends) = (self.draws_itself(limit), self.ends(limit));
        if draws {
            out.extend(self.own.into_iter().map(|o| o.0));
        }
        if !ends {
            self.children.into_iter().for_each(|c| c.take(limit, out));
        }
    }
}
