//! Where a source may lie, as the placement panel and the scene show it.

/// The placement report of one source.
#[derive(Clone, Debug, Default)]
pub struct PlacingModel {
    /// The source's short name.
    pub source: String,
    /// It has a place; else it waits for one.
    pub placed: bool,
    /// A decision can be taken back.
    pub can_undo: bool,
    /// A decision is being carried out.
    pub busy: bool,
    /// Best first.
    pub rows: Vec<HypothesisRow>,
    /// Where each would put the source, as it is seen now.
    pub ghosts: Vec<GhostShape>,
}

/// One way in which the source may lie. Texts are already in the reader's language.
#[derive(Clone, Debug, Default)]
pub struct HypothesisRow {
    /// Number that accepting takes.
    pub n: u32,
    /// What it supposes.
    pub name: String,
    /// 0 (impossible) to 1 (nothing speaks against it).
    pub score: f64,
    /// It is the decision that holds.
    pub chosen: bool,
    /// How far the source's origin moves by it against its file, meters: on the map, and up.
    pub moves_m: [f64; 2],
    /// Why it scores as it does.
    pub reasons: Vec<String>,
    /// It can be flown to.
    pub has_place: bool,
}

/// The box of one hypothesis over the scene.
#[derive(Clone, Debug, Default)]
pub struct GhostShape {
    /// Its number.
    pub n: u32,
    /// It is the decision that holds, or the best one while the source waits.
    pub first: bool,
    /// Edges as window positions in points, cut to what is before the camera.
    pub edges: Vec<Vec<[f32; 2]>>,
    /// Where its number stands; `None` behind the camera.
    pub label_at: Option<[f32; 2]>,
}
