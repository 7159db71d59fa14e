//! The district: how many blocks it takes, and one block after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::{DVec2, DVec3};
use lantu_base::{Bounds, WorldPoint};

use crate::block::{Block, Maker};
use crate::grid::{BlockId, BlockPlan, BlockUse, Grid, rings};
use crate::land;
use crate::random::Random;
use crate::street::{self, Roads};
use crate::template::{Template, templates};

/// CRS of the district: CGCS2000 / 3-degree Gauss-Kruger CM 117E.
pub const CRS: &str = "EPSG:4548";
/// Vertical CRS: Yellow Sea 1985.
pub const HEIGHT_CRS: &str = "EPSG:5737";
/// Most objects: a thousand blocks across would not hold more.
pub const MAX_OBJECTS: u64 = 1_000_000_000;

/// The middle of the district; streets lie at this height.
pub(crate) const MIDDLE: WorldPoint = WorldPoint::new(455_600.0, 4_428_500.0, 40.0);
/// Blocks along each side of a quarter. Chosen: a quarter holds about fifty thousand objects.
const QUARTER_BLOCKS: i32 = 5;
/// Height of a walker's eyes above the street, meters.
pub(crate) const EYE_M: f64 = 1.7;

/// Some neighboring blocks, written as one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarter {
    /// `quarter-e02-n01`: columns and rows of quarters from the middle, west and south as `w`, `s`.
    pub name: String,
    /// Its blocks with the number of objects that each keeps.
    pub blocks: Vec<(BlockId, u32)>,
}

/// A district of a number of objects. The same seed gives the same blocks, whatever the number.
#[derive(Debug)]
pub struct City {
    seed: u64,
    grid: Grid,
    templates: Arc<[Template]>,
    quarters: Vec<Quarter>,
    n_objects: u64,
}

impl City {
    /// Lays out a district of exactly `n_objects` objects (at most [`MAX_OBJECTS`]): blocks in rings around the
    /// middle, the last one cut off. Costs a count of every block, no shapes.
    pub fn new(n_objects: u64, seed: u64) -> Self {
        let n_objects = n_objects.min(MAX_OBJECTS);
        let mut city = Self {
            seed,
            grid: Grid::new(seed),
            templates: templates().into(),
            quarters: Vec::new(),
            n_objects,
        };
        let mut quarters: BTreeMap<(i32, i32), Vec<(BlockId, u32)>> = BTreeMap::new();
        let mut left = n_objects;
        for id in rings() {
            if left == 0 {
                break;
            }
            let n = u64::from(city.make(id, 0).n_objects()).min(left);
            left -= n;
            // The middle block lies in the middle of the middle quarter.
            let of = |i: i32| (i + QUARTER_BLOCKS / 2).div_euclid(QUARTER_BLOCKS);
            let kept = u32::try_from(n).unwrap_or(u32::MAX);
            quarters.entry((of(id.row), of(id.col))).or_default().push((id, kept));
        }
        city.quarters = quarters
            .into_iter()
            .map(|((row, col), blocks)| Quarter { name: quarter_name(col, row), blocks })
            .collect();
        city
    }

    /// Objects in all.
    pub fn n_objects(&self) -> u64 {
        self.n_objects
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Its quarters, from southwest to northeast.
    pub fn quarters(&self) -> &[Quarter] {
        &self.quarters
    }

    /// The shapes that repeat.
    pub fn templates(&self) -> &Arc<[Template]> {
        &self.templates
    }

    /// Blocks of a quarter, made one after the other as they are asked for.
    pub fn blocks<'a>(&'a self, quarter: &'a Quarter) -> impl Iterator<Item = Block> + 'a {
        quarter.blocks.iter().map(|(id, keep)| self.make(*id, *keep).finish())
    }

    /// Makes a block; objects from number `keep` on are counted, not made.
    fn make(&self, id: BlockId, keep: u32) -> Maker {
        let plan = self.grid.block(id);
        let middle = plan.nodes.iter().sum::<DVec2>() / 4.0;
        let origin = WorldPoint(MIDDLE.0 + middle.extend(0.0));
        let local = |quad: [DVec2; 4]| quad.map(|p| p - middle);
        let land = local(plan.land());
        let roads = self.roads(&plan, middle);
        let mut m = Maker::new(id, origin, Arc::clone(&self.templates), keep);
        let mut r = Random::new(self.seed, [id.col.into(), id.row.into(), 1]);
        let site = land::site(&mut m, &plan, &land);
        if plan.used_as == BlockUse::River {
            land::river(&mut m, site, &land, &roads.west);
        }
        street::carriageways(&mut m, site, &plan, &roads);
        street::pipes(&mut m, site, &plan, &roads);
        street::furniture(&mut m, &mut r, site, &plan, &land);
        street::traffic(&mut m, &mut r, site, &plan, &roads);
        land::fill(&mut m, &mut r, site, &plan, &land);
        m
    }

    fn roads(&self, plan: &BlockPlan, middle: DVec2) -> Roads {
        let BlockId { col, row } = plan.id;
        let land = |dc: i32, dr: i32| {
            self.grid.block(BlockId { col: col + dc, row: row + dr }).land().map(|p| p - middle)
        };
        let [own, west, south, both] = [land(0, 0), land(-1, 0), land(0, -1), land(-1, -1)];
        Roads {
            west: [west[1], own[0], own[3], west[2]],
            south: [south[3], south[2], own[1], own[0]],
            crossing: [both[2], south[3], own[0], west[1]],
        }
    }

    /// Blocks' corners in the world: a box around all land and streets, without heights.
    fn ground(&self) -> Bounds {
        let mut b = Bounds::EMPTY;
        for (id, _) in self.quarters.iter().flat_map(|q| &q.blocks) {
            for p in self.grid.block(*id).nodes {
                b.add(MIDDLE.0 + p.extend(0.0));
            }
        }
        b
    }

    /// A box that holds every object: land and streets around it, pipes below, the highest roof above.
    pub fn bounds(&self) -> Bounds {
        // A street belongs to the block at its east and north; mains run 8 m into the crossing before it.
        const MARGIN_M: DVec3 = DVec3::new(34.0, 34.0, 7.0);
        // 24 storeys of 2.95 m, a lift house and a parapet.
        const HIGHEST_M: f64 = 80.0;
        let mut b = self.ground();
        b.min -= MARGIN_M;
        b.max += DVec3::new(MARGIN_M.x, MARGIN_M.y, HIGHEST_M);
        b
    }
}

fn quarter_name(col: i32, row: i32) -> String {
    let side = |i: i32, plus: char, minus: char| {
        format!("{}{:02}", if i < 0 { minus } else { plus }, i.unsigned_abs())
    };
    format!("quarter-{}-{}", side(col, 'e', 'w'), side(row, 'n', 's'))
}

#[cfg(test)]
mod tests;
