//! What a picture shows whatever was looked at before and however tiles come: a function of the view alone.

use std::collections::BTreeSet;

use lantu_base::Bounds;
use lantu_render::{RenderError, Renderer, TileKey};
use lantu_tiles::{GroundTileId, Need, Priority, Resident, TileRef, View, select_ground};

use super::{District, Fineness, LOADER_PATIENCE, Wanted};

/// What all tiles have as priority: none is of use before the others.
const ALIKE: Priority = Priority { need: Need::Visible, px: 1.0 };

/// Tiles of a view.
pub(crate) struct Exact {
    draw: Vec<TileRef>,
    /// Out of sight, but their shadows may be in sight.
    unseen: Vec<TileRef>,
    ground: Vec<GroundTileId>,
}

impl District {
    /// What a view shows where everything is in memory.
    pub(crate) fn exact(&self, view: View, fineness: Fineness) -> Exact {
        let meshes = self.choose_of_all(view, fineness);
        let index = &self.content.ground_index;
        let ground = select_ground(index, &[view], fineness.ground_px, u64::MAX, &|_| true);
        Exact { draw: meshes.draw, unseen: meshes.casters, ground: ground.draw }
    }

    /// Brings the tiles of a view into memory, in the place of all others: what there is room for does not depend on those.
    /// `false` if they do not fit, or cannot be read.
    ///
    /// # Errors
    /// As [`District::step`].
    pub(crate) fn bring(&mut self, renderer: &mut Renderer, exact: &Exact) -> Result<bool, RenderError> {
        let meshes = || exact.draw.iter().chain(&exact.unseen).copied();
        loop {
            self.take_loaded(renderer, f64::INFINITY)?;
            self.count_others(renderer);
            let all = meshes().map(Resident::Mesh).chain(exact.ground.iter().map(|&id| Resident::Ground(id)));
            self.books.begin_frame(all);
            let evict = self.books.keep_only();
            self.drop_all(renderer, &evict);
            let is_here = |what| self.books.is_resident(what);
            let mesh: Vec<_> =
                meshes().filter(|&at| !is_here(Resident::Mesh(at))).map(|at| (at, ALIKE)).collect();
            let ground = exact.ground.iter().filter(|&&id| !is_here(Resident::Ground(id)));
            let ground: Vec<_> = ground.map(|&id| (id, ALIKE)).collect();
            if mesh.is_empty() && ground.is_empty() {
                return Ok(true);
            }
            let is_lost = mesh.iter().any(|&(at, _)| self.failed.contains(&Wanted::Mesh(at)))
                || ground.iter().any(|&(id, _)| self.failed.contains(&Wanted::Ground(id)));
            self.ask(renderer, &mesh, &ground);
            if is_lost || !self.loader.is_busy() {
                return Ok(false);
            }
            let Some(loaded) = self.loader.wait(LOADER_PATIENCE) else { return Ok(false) };
            self.put(renderer, loaded)?;
        }
    }

    /// Mesh tiles to draw.
    pub(crate) fn drawn_of(&self, exact: &Exact) -> Vec<TileKey> {
        self.keys_of(&exact.draw)
    }

    /// Mesh tiles that throw shadows: those that are drawn, and those out of sight.
    pub(crate) fn casters_of(&self, exact: &Exact) -> Vec<TileKey> {
        let mut keys = self.keys_of(&exact.draw);
        keys.extend(self.keys_of(&exact.unseen));
        keys
    }

    /// Boxes of the tiles that one choice draws in the place of those of another.
    pub(crate) fn boxes_of(&self, finer: &Exact, coarser: &Exact) -> Vec<Bounds> {
        let before: BTreeSet<TileRef> = coarser.draw.iter().copied().collect();
        let new = finer.draw.iter().filter(|at| !before.contains(at));
        new.filter_map(|&at| self.content.node(at)).map(|n| n.bounds).collect()
    }
}

impl Exact {
    /// Ground tiles to draw.
    pub(crate) fn ground(&self) -> &[GroundTileId] {
        &self.ground
    }

    /// The same without ground.
    pub(crate) fn shapes(self) -> Self {
        Self { ground: Vec::new(), ..self }
    }

    /// The same without what is out of sight.
    pub(crate) fn seen(self) -> Self {
        Self { unseen: Vec::new(), ..self }
    }
}
