//! What an overlay needs to know of a scene.

use lantu_base::{Bounds, ObjectKey, ObjectRow};

/// The objects of one scene revision. Rows are `0..n_rows`; a row outside gives empty answers.
pub trait ObjectTable {
    /// Objects in the scene.
    fn n_rows(&self) -> usize;

    /// Identity of an object; `None` for a row outside.
    fn key(&self, row: ObjectRow) -> Option<ObjectKey>;

    /// Class of an object: `IfcWall`, a layer's name; empty for a row outside.
    fn class(&self, row: ObjectRow) -> &str;

    /// Rows whose class passes, ascending.
    fn rows_of_class(&self, passes: &dyn Fn(&str) -> bool) -> Vec<ObjectRow> {
        let rows = (0..u32::try_from(self.n_rows()).unwrap_or(u32::MAX)).map(ObjectRow);
        rows.filter(|r| passes(self.class(*r))).collect()
    }

    /// Bounds in the project frame, meters; empty without geometry.
    fn bounds(&self, row: ObjectRow) -> Bounds;

    /// Rows that a text of a record names: `GlobalId` or `source:id`. Several when an id occurs in several sources.
    fn resolve(&self, text: &str) -> Vec<ObjectRow>;

    /// A property or quantity as a number, by its name as written; `None` if it is absent or no number.
    fn number(&self, row: ObjectRow, property: &str) -> Option<f64>;

    /// A property as text, by its name as written.
    fn text(&self, row: ObjectRow, property: &str) -> Option<String>;

    /// Lines, or closed rings (last = first), of a feature in the project frame, meters; `None` without.
    fn outline(&self, row: ObjectRow) -> Option<Vec<Vec<[f64; 3]>>>;

    /// The whole that holds an object; `None` for one that nothing holds.
    fn parent(&self, _row: ObjectRow) -> Option<ObjectRow> {
        None
    }

    /// Rows whose bounds touch `bounds`, in any order.
    fn within(&self, bounds: Bounds) -> Vec<ObjectRow>;
}

/// A scene without objects.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObjects;

impl ObjectTable for NoObjects {
    fn n_rows(&self) -> usize {
        0
    }
    fn key(&self, _row: ObjectRow) -> Option<ObjectKey> {
        None
    }
    fn class(&self, _row: ObjectRow) -> &'static str {
        ""
    }
    fn bounds(&self, _row: ObjectRow) -> Bounds {
        Bounds::EMPTY
    }
    fn resolve(&self, _text: &str) -> Vec<ObjectRow> {
        Vec::new()
    }
    fn number(&self, _row: ObjectRow, _property: &str) -> Option<f64> {
        None
    }
    fn text(&self, _row: ObjectRow, _property: &str) -> Option<String> {
        None
    }
    fn outline(&self, _row: ObjectRow) -> Option<Vec<Vec<[f64; 3]>>> {
        None
    }
    fn within(&self, _bounds: Bounds) -> Vec<ObjectRow> {
        Vec::new()
    }
}
