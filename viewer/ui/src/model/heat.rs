//! A map over the ground: readings of stations between them, or the risk of management cells.

/// What a map is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeatAsk {
    /// What stations measure, or `risk` for management cells.
    pub quantity: String,
    /// Ordinary kriging; otherwise inverse distance.
    pub kriging: bool,
    /// The variance of kriging instead of the values.
    pub variance: bool,
}

/// What can be mapped, and what is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatModel {
    /// Quantities that stations measure, and `risk` where there are management cells.
    pub quantities: Vec<String>,
    /// The map that is shown or worked out.
    pub now: Option<HeatNow>,
}

/// A map and its legend.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatNow {
    /// What was asked for.
    pub ask: HeatAsk,
    /// What is shown; `None` while it is worked out, or where it cannot be.
    pub legend: Option<HeatLegend>,
    /// Why there is no map; empty if there is, or will be.
    pub problem: String,
}

/// How a map was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeatKind {
    /// Ordinary kriging.
    Kriging,
    /// Inverse distance.
    InverseDistance,
    /// Too few stations: only themselves.
    Points,
    /// Management cells.
    Cells,
    /// What was dug and filled between two elevation models.
    Difference,
}

/// What the colors of a map say.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatLegend {
    /// How it was made.
    pub kind: HeatKind,
    /// Unit of the values; empty without.
    pub unit: String,
    /// Values at the ends of the ramp; `None` for cells, which have the states of the risk overlay.
    pub span: Option<(f64, f64)>,
    /// Stations, or cells.
    pub n: u64,
    /// Stations without a fresh reading, or cells at no risk.
    pub n_silent: u64,
    /// Share of the map where no station says anything, 0 to 1.
    pub masked: f64,
    /// Of a difference: what is smaller is not shown, meters.
    pub least: f64,
    /// Colors from the lowest to the highest value, sRGB.
    pub ramp: Vec<[u8; 3]>,
}
