//! Streets: lines that bend a little, the corners where they meet, and what each block between them is.

use glam::DVec2;

use crate::random::{Random, noise};

/// Lines on either side of line 0. Chosen: a thousand blocks across hold a hundred times the largest district.
const REACH: i32 = 512;
/// Block edges, meters (between the curbs of two streets).
const BLOCK_M: [f64; 2] = [60.0, 120.0];
/// Width of an ordinary street from building line to building line, meters.
const STREET_M: [f64; 2] = [14.0, 17.0];
/// Width of every fifth street.
const AVENUE_M: f64 = 26.0;
/// How far streets swing to either side, meters, and after how many they swing back. Chosen: at most 7° against the grid.
const SWING_M: f64 = 17.0;
const SWING_STREETS: f64 = 9.0;

/// Which block: columns to the east, rows to the north of the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId {
    /// Column, from the west.
    pub col: i32,
    /// Row, from the south.
    pub row: i32,
}

/// What a block is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BlockUse {
    /// Parallel houses of flats.
    #[default]
    Flats,
    /// Buildings around a court, shops at the street.
    Court,
    /// Towers on lawns.
    Towers,
    /// Offices behind glass.
    Offices,
    /// Trees and paths.
    Park,
    /// Water between two promenades.
    River,
}

/// The street grid of one seed.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    seed: u64,
    /// Place of line `i` at `i + REACH`, meters; x of lines that run north, then y of lines that run east.
    lines: [Vec<f64>; 2],
}

/// A block's outline and its streets, in meters from the middle of the district.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BlockPlan {
    pub(crate) id: BlockId,
    pub(crate) used_as: BlockUse,
    /// Crossings at its southwest, southeast, northeast and northwest.
    pub(crate) nodes: [DVec2; 4],
    /// Half widths of the streets at its south, east, north and west.
    pub(crate) half_streets: [f64; 4],
}

impl Grid {
    pub(crate) fn new(seed: u64) -> Self {
        let lines = [0, 1].map(|axis| {
            let pitch = |i: i32| {
                let mut r = Random::new(seed, [axis, i.into(), 11]);
                r.between(BLOCK_M[0], BLOCK_M[1])
                    + half_street(seed, axis, i)
                    + half_street(seed, axis, i + 1)
            };
            let mut at = -(-REACH..0).map(pitch).sum::<f64>();
            let mut line = vec![at];
            for i in -REACH..REACH {
                at += pitch(i);
                line.push(at);
            }
            // Line 0 lies at 0 but for rounding; taken out so that the middle does not depend on the reach.
            let zero = line.get(REACH.unsigned_abs() as usize).copied().unwrap_or(0.0);
            line.iter().map(|v| v - zero).collect()
        });
        Self { seed, lines }
    }

    fn line(&self, axis: usize, i: i32) -> f64 {
        let ix = usize::try_from(i + REACH).unwrap_or(0);
        self.lines.get(axis).and_then(|l| l.get(ix)).copied().unwrap_or(0.0)
    }

    /// The crossing of column line `i` and row line `j`.
    pub(crate) fn node(&self, i: i32, j: i32) -> DVec2 {
        let swing = |of: i64, at: i32| SWING_M * noise(self.seed, of, f64::from(at) / SWING_STREETS);
        let mut r = Random::new(self.seed, [i.into(), j.into(), 13]);
        // A little disorder at every crossing.
        let own = DVec2::new(r.between(-1.5, 1.5), r.between(-1.5, 1.5));
        DVec2::new(self.line(0, i) + swing(101, j), self.line(1, j) + swing(102, i)) + own
    }

    /// A block's outline and use.
    pub(crate) fn block(&self, id: BlockId) -> BlockPlan {
        let BlockId { col, row } = id;
        BlockPlan {
            id,
            used_as: self.used_as(id),
            nodes: [
                self.node(col, row),
                self.node(col + 1, row),
                self.node(col + 1, row + 1),
                self.node(col, row + 1),
            ],
            half_streets: [
                half_street(self.seed, 1, row),
                half_street(self.seed, 0, col + 1),
                half_street(self.seed, 1, row + 1),
                half_street(self.seed, 0, col),
            ],
        }
    }

    fn used_as(&self, id: BlockId) -> BlockUse {
        // A river runs west to east through every 26th row: one in a district of 10⁵ objects, three in 10⁷.
        if id.row.rem_euclid(26) == 23 {
            return BlockUse::River;
        }
        let mut r = Random::new(self.seed, [id.col.into(), id.row.into(), 17]);
        let near_the_middle = id.col.abs() <= 1 && id.row.abs() <= 1;
        if r.chance(0.07) && !near_the_middle {
            return BlockUse::Park;
        }
        let of = |axis: i64, at: i32| noise(self.seed, 200 + axis, f64::from(at) / 6.0);
        // Where the waves of both directions meet stand towers and offices.
        let busy = of(0, id.col) + of(1, id.row) + r.between(-0.5, 0.5);
        match busy {
            b if b > 0.75 => BlockUse::Towers,
            b if b > 0.35 => BlockUse::Offices,
            b if b > -0.25 => BlockUse::Court,
            _ => BlockUse::Flats,
        }
    }
}

fn half_street(seed: u64, axis: i64, line: i32) -> f64 {
    if line.rem_euclid(5) == 0 {
        return AVENUE_M / 2.0;
    }
    Random::new(seed, [axis, line.into(), 12]).between(STREET_M[0], STREET_M[1]) / 2.0
}

impl BlockPlan {
    /// Corners of the land between the streets: southwest, southeast, northeast, northwest.
    pub(crate) fn land(&self) -> [DVec2; 4] {
        inset(self.nodes, self.half_streets)
    }

    /// Whether the street at its west goes on over the river.
    pub(crate) fn has_bridge(&self) -> bool {
        self.used_as == BlockUse::River && self.id.col.rem_euclid(2) == 0
    }
}

/// A quadrilateral (counterclockwise from the southwest) with each side (south, east, north, west) moved inwards.
pub(crate) fn inset(corners: [DVec2; 4], by: [f64; 4]) -> [DVec2; 4] {
    let [a, b, c, d] = corners;
    let sides = [(a, b, by[0]), (b, c, by[1]), (c, d, by[2]), (d, a, by[3])].map(|(p, q, m)| {
        let along = (q - p).try_normalize().unwrap_or(DVec2::X);
        (p + along.perp() * m, along)
    });
    let meet = |(p, u): (DVec2, DVec2), (q, v): (DVec2, DVec2)| {
        let t = (q - p).perp_dot(v) / u.perp_dot(v);
        p + u * t
    };
    let [south, east, north, west] = sides;
    [meet(west, south), meet(south, east), meet(east, north), meet(north, west)]
}

/// Blocks in rings around the middle.
pub(crate) fn rings() -> impl Iterator<Item = BlockId> {
    (0..REACH - 1).flat_map(|ring| {
        let all = (-ring..=ring).flat_map(move |row| (-ring..=ring).map(move |col| BlockId { col, row }));
        all.filter(move |b| b.col.abs().max(b.row.abs()) == ring)
    })
}
