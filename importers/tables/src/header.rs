//! Which table a header line announces, and where its columns stand.

/// The tables that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Tasks,
    Samples,
    Bindings,
}

/// A recognized header line.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) table: Table,
    pub(crate) delimiter: u8,
    /// For each column of [`Table::columns`], its place in the file.
    places: Vec<Option<usize>>,
    /// Columns of the file that the table does not know.
    pub(crate) unknown: Vec<String>,
    /// Columns that occur twice; the first one counts.
    pub(crate) repeated: Vec<String>,
    pub(crate) n_columns: usize,
}

impl Table {
    const ALL: [Self; 3] = [Self::Tasks, Self::Samples, Self::Bindings];

    /// All columns, the required ones first, and how many are required.
    pub(crate) fn columns(self) -> (&'static [&'static str], usize) {
        match self {
            Self::Tasks => (
                &[
                    "id",
                    "name",
                    "start",
                    "finish",
                    "budget",
                    "percent",
                    "actual_start",
                    "actual_finish",
                    "actual_cost",
                    "objects",
                ],
                4,
            ),
            Self::Samples => (&["time", "channel", "value", "unit", "quality"], 3),
            Self::Bindings => (&["channel", "object", "quantity", "unit", "period_s"], 3),
        }
    }

    /// `Begin::schema`.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::Tasks => "schedule",
            Self::Samples => "samples",
            Self::Bindings => "bindings",
        }
    }
}

impl Header {
    /// Reads a header line, without its byte order mark; `None` if it announces no known table. Names are compared
    /// without case and surrounding blanks; columns may stand in any order.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        [b',', b';', b'\t'].into_iter().find_map(|delimiter| Self::parse_with(line, delimiter))
    }

    fn parse_with(line: &str, delimiter: u8) -> Option<Self> {
        let clean = |name: &str| name.trim().trim_matches('"').trim().to_lowercase();
        let names: Vec<String> =
            line.trim_end_matches(['\r', '\n']).split(char::from(delimiter)).map(clean).collect();
        let table = Table::ALL.into_iter().find(|t| {
            let (columns, n_required) = t.columns();
            columns.iter().take(n_required).all(|c| names.iter().any(|n| n == c))
        })?;
        let (columns, _) = table.columns();
        let places = columns.iter().map(|c| names.iter().position(|n| n == c)).collect();
        let unknown =
            names.iter().filter(|n| !n.is_empty() && !columns.contains(&n.as_str())).cloned().collect();
        let repeated = columns.iter().filter(|c| names.iter().filter(|n| n == *c).count() > 1);
        let repeated = repeated.map(|c| (*c).to_owned()).collect();
        Some(Self { table, delimiter, places, unknown, repeated, n_columns: names.len() })
    }

    /// Place in the file of a column of the table, by its name.
    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        let ix = self.table.columns().0.iter().position(|c| *c == column)?;
        *self.places.get(ix)?
    }
}
