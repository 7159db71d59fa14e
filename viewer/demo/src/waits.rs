//! Which task of the works schedule waits for which: the chain from the pit to the handover, and what runs beside it.

/// A task and the one it waits for, by their names.
const LINKS: [(&str, &str); 40] = [
    ("主楼基坑开挖与支护", "施工围挡与场地平整"),
    ("西桥台基坑开挖", "施工围挡与场地平整"),
    ("筏板基础", "主楼基坑开挖与支护"),
    ("地下一层柱与楼梯", "筏板基础"),
    ("地下一层外墙", "地下一层柱与楼梯"),
    ("地下一层梁与一层楼板", "地下一层柱与楼梯"),
    ("一层柱与楼梯", "地下一层梁与一层楼板"),
    ("一层梁与二层楼板", "一层柱与楼梯"),
    ("二层柱与楼梯", "一层梁与二层楼板"),
    ("二层梁与三层楼板", "二层柱与楼梯"),
    ("三层柱与楼梯", "二层梁与三层楼板"),
    ("三层梁与四层楼板", "三层柱与楼梯"),
    ("四层柱与楼梯", "三层梁与四层楼板"),
    ("四层梁与五层楼板", "四层柱与楼梯"),
    ("五层柱", "四层梁与五层楼板"),
    ("五层梁与屋面板", "五层柱"),
    ("屋面防水保温", "五层梁与屋面板"),
    ("女儿墙与屋面栏杆", "屋面防水保温"),
    ("一层外墙砌筑", "五层梁与屋面板"),
    ("一层外窗安装", "一层外墙砌筑"),
    ("一层内隔墙", "一层外窗安装"),
    ("二层内隔墙", "一层内隔墙"),
    ("三层内隔墙", "二层内隔墙"),
    ("四层内隔墙", "三层内隔墙"),
    ("五层内隔墙", "四层内隔墙"),
    ("一层内门与入口门", "三层内隔墙"),
    ("二层内门与入口门", "一层内门与入口门"),
    ("三层内门与入口门", "二层内门与入口门"),
    ("四层内门与入口门", "三层内门与入口门"),
    ("五层内门与入口门", "四层内门与入口门"),
    ("综合楼与桥梁竣工验收", "五层内门与入口门"),
    ("西桥台承台与台身", "西桥台桩基"),
    ("1号墩承台与墩柱", "1号墩桩基"),
    ("1号墩盖梁", "1号墩承台与墩柱"),
    ("第1跨支座与梁体架设", "1号墩盖梁"),
    ("第2跨支座与梁体架设", "第1跨支座与梁体架设"),
    ("第3跨支座与梁体架设", "第2跨支座与梁体架设"),
    ("第1跨桥面板", "第3跨支座与梁体架设"),
    ("第2跨桥面板", "第1跨桥面板"),
    ("第3跨桥面板", "第2跨桥面板"),
];

/// What a task waits for, as a task table writes it: `T007FS+3d` behind the finish of another, or with its start where
/// they overlap. The lag is what the planned days leave between them, so that early dates are the planned ones.
///
/// * `tasks`: name, first and last day, in the order of their ids.
pub(crate) fn waits_for(name: &str, tasks: &[(&str, i32, i32)]) -> String {
    let place = |wanted: &str| tasks.iter().position(|t| t.0 == wanted);
    let own = place(name).and_then(|ix| tasks.get(ix));
    let link = |(_, before): &(&str, &str)| {
        let ix = place(before)?;
        let ((_, from, to), (_, start, _)) = (tasks.get(ix)?, own?);
        // A finish is the end of its day.
        let gap = start - to - 1;
        let link = match gap {
            0 => String::new(),
            1.. => format!("FS+{gap}d"),
            _ => format!("SS+{}d", start - from),
        };
        Some(format!("T{:03}{link}", ix + 1))
    };
    let own_links = LINKS.iter().filter(|(task, _)| *task == name);
    own_links.filter_map(link).collect::<Vec<_>>().join(";")
}

/// Names that links speak of.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    LINKS.iter().flat_map(|(a, b)| [*a, *b])
}
