//! Tiles of a part of a picture: finer than memory allows for the whole of it, which stays in memory beside them.

use std::collections::BTreeSet;

use lantu_base::Bounds;
use lantu_render::{RenderError, Renderer, TileKey};
use lantu_tiles::{MemoryClass, Need, Priority, Resident, Selection, TileRef, View};

use super::{District, Fineness};

/// Of the memory for shapes, the whole picture keeps one part of so many while parts of it are drawn finer. Chosen: what is
/// picked meanwhile is coarser where that is too little, and with half of it there would be twice as many parts.
const WHOLE_SHARE: u64 = 3;

/// What one part of a picture shows.
pub(crate) struct PartTiles {
    /// Mesh tiles to draw.
    pub(crate) keys: Vec<TileKey>,
    /// Something is on its way: the part is finer then.
    pub(crate) is_loading: bool,
    /// Memory has no room for all of it.
    pub(crate) is_coarser: bool,
}

impl District {
    /// Memory for the tiles of a part beside those of the whole picture, bytes.
    pub(crate) fn room_for_part(&mut self, renderer: &mut Renderer, whole: View, at_rest: Fineness) -> u64 {
        self.count_others(renderer);
        // Shapes get what others do not need.
        let used = self.books.usage().used;
        self.books.set_demand(MemoryClass::Mesh, used, true);
        let share = self.books.share(MemoryClass::Mesh);
        share.saturating_sub(self.choose_whole(whole, at_rest).wanted_bytes)
    }

    /// Mesh tiles out of sight whose shadows may be in sight of the whole picture.
    pub(crate) fn unseen_keys(&self) -> Vec<TileKey> {
        self.keys_of(&self.unseen)
    }

    /// Boxes of the tiles that a view needs in place of coarser ones that are drawn now.
    pub(crate) fn finer_boxes(&self, view: View, fineness: Fineness) -> Vec<Bounds> {
        let all = self.choose_of_all(view, fineness);
        let new = all.draw.iter().filter(|at| !self.drawn.contains(at));
        new.filter_map(|&at| self.content.node(at)).map(|n| n.bounds).collect()
    }

    /// Memory of the shapes that a view needs, bytes.
    pub(crate) fn part_bytes(&self, part: View, fineness: Fineness) -> u64 {
        self.mesh_bytes_for(part, fineness)
    }

    /// As [`District::step`] for a part of a picture that is drawn finer than `whole`, which is what [`District::keys`] shows
    /// and what stays in memory, within a part of what there is for shapes. Ground stays that of the whole.
    ///
    /// # Errors
    /// As [`District::step`].
    pub(crate) fn step_part(
        &mut self,
        renderer: &mut Renderer,
        (whole, at_rest): (View, Fineness),
        (part, fineness): (View, Fineness),
        upload_ms: f64,
    ) -> Result<PartTiles, RenderError> {
        self.take_loaded(renderer, upload_ms)?;
        self.count_others(renderer);
        let ground = self.choose_ground(&[whole], at_rest);
        let base = self.choose_whole(whole, at_rest);
        self.books.set_demand(MemoryClass::Mesh, base.wanted_bytes, true);
        let room = self.books.share(MemoryClass::Mesh).saturating_sub(base.wanted_bytes);
        // Nothing was drawn of it before: what is chosen depends on the view alone.
        let fine = self.select((&[part], &[]), fineness.mesh_px, (&BTreeSet::new(), room));
        let in_sight = self.with_those_above(&base.draw);
        let keep = in_sight.iter().chain(&fine.keep).map(|&at| Resident::Mesh(at));
        self.books.begin_frame(keep.chain(ground.keep.iter().map(|&id| Resident::Ground(id))));
        // Neither what lies beside a part nor what comes after it: the next part asks for that.
        let seen = |l: &&(TileRef, Priority)| l.1.need <= Need::Visible;
        let load: Vec<_> = base.load.iter().chain(&fine.load).filter(seen).copied().collect();
        let (missing, _) = self.ask(renderer, &load, &ground.load);
        let is_loading = missing || self.loader.is_busy();
        self.state.is_loading = is_loading;
        // What waits for room comes no more.
        let is_coarser = fine.is_coarser || !is_loading && fine.load.iter().any(|l| seen(&l));
        self.show(base, ground);
        Ok(PartTiles { keys: self.keys_of(&fine.draw), is_loading, is_coarser })
    }

    fn choose_whole(&self, whole: View, at_rest: Fineness) -> Selection {
        let budget = self.books.share(MemoryClass::Mesh) / WHOLE_SHARE;
        self.select((&[whole], &[]), at_rest.mesh_px, (&self.drawn, budget))
    }

    fn with_those_above(&self, tiles: &[TileRef]) -> BTreeSet<TileRef> {
        let mut all = BTreeSet::new();
        for &tile in tiles {
            let mut at = Some(tile);
            // Whoever was there before brought all above it.
            while let Some(tile) = at.filter(|&tile| all.insert(tile)) {
                let parent = self.content.node(tile).and_then(|n| n.parent);
                at = parent.map(|node| TileRef { node, ..tile });
            }
        }
        all
    }
}
