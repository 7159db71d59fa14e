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
    /// Every table.
    pub(crate) const ALL: [Self; 3] = [Self::Tasks, Self::Samples, Self::Bindings];

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
                    "predecessors",
                    "parent",
                    "work",
                ],
                4,
            ),
            Self::Samples => (&["time", "channel", "value", "unit", "quality", "sequence", "result_time"], 3),
            Self::Bindings => (
                &[
                    "channel", "object", "quantity", "unit", "period_s", "site", "kind", "radius_m", "x",
                    "y", "z",
                ],
                3,
            ),
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

/// A column's name without blanks, quotes and case.
pub(crate) fn clean(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_lowercase()
}

/// The column that a name stands for: as the mapping says, else by the words that schedules use, else as it is.
fn canonical(name: &str, mapping: &[(String, String)]) -> String {
    if let Some((column, _)) = mapping.iter().find(|(_, header)| header == name) {
        return column.clone();
    }
    // A column that the mapping fills from elsewhere is not filled from its own name too.
    let taken = |column: &str| mapping.iter().any(|(c, _)| c == column);
    let known = ALIASES.iter().find(|(column, words)| words.contains(&name) && !taken(column));
    known.map_or_else(|| name.to_owned(), |(column, _)| (*column).to_owned())
}

/// Names of columns in schedules of other programs, Chinese and English.
const ALIASES: [(&str, &[&str]); 12] = [
    ("id", &["任务编号", "编号", "作业代码", "作业编号", "activity id", "task id", "unique id"]),
    ("name", &["任务名称", "名称", "作业名称", "工作名称", "activity name", "task name"]),
    (
        "start",
        &[
            "计划开始",
            "开始",
            "开始时间",
            "开始日期",
            "计划开始时间",
            "计划开始日期",
            "start date",
            "planned start",
        ],
    ),
    (
        "finish",
        &[
            "计划完成",
            "完成",
            "完成时间",
            "结束",
            "结束时间",
            "完成日期",
            "计划完成时间",
            "计划完成日期",
            "finish date",
            "planned finish",
            "end",
        ],
    ),
    ("budget", &["预算", "预算费用", "计划费用", "计划成本", "合同金额", "planned cost"]),
    ("percent", &["完成百分比", "完成率", "进度", "% complete", "percent complete"]),
    ("actual_start", &["实际开始", "实际开始时间", "实际开始日期", "actual start"]),
    ("actual_finish", &["实际完成", "实际完成时间", "实际完成日期", "actual finish"]),
    ("actual_cost", &["实际费用", "实际成本", "actual cost"]),
    ("objects", &["构件", "构件id", "对象", "elements"]),
    ("predecessors", &["前置任务", "紧前工作", "前置作业", "predecessor"]),
    ("parent", &["上级任务", "父任务"]),
];

impl Header {
    /// Reads a header line, without its byte order mark; `None` if it announces no known table. Names are compared
    /// without case and surrounding blanks; columns may stand in any order. `mapping` says which names stand for
    /// which columns, before the names that are known in English and Chinese.
    pub(crate) fn parse(line: &str, mapping: &[(String, String)]) -> Option<Self> {
        [b',', b';', b'\t'].into_iter().find_map(|delimiter| Self::parse_with(line, delimiter, mapping))
    }

    fn parse_with(line: &str, delimiter: u8, mapping: &[(String, String)]) -> Option<Self> {
        let clean = |name: &str| canonical(&clean(name), mapping);
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
