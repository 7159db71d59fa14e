//! The works schedule: tasks with planned and actual dates, linked to what they build.

use std::collections::BTreeSet;

use crate::days::{Day, FIRST, LAST};
use crate::ifc::Item;
use crate::waits::waits_for;

/// One task. Days count from the first day of the schedule; a finish is the last day of work.
#[derive(Clone, Debug)]
struct Task {
    name: String,
    start: i32,
    finish: i32,
    /// Days by which the actual start and finish differ from the plan.
    slip: (i32, i32),
    budget: f64,
    /// Done at the end of the data; below 100 the task has no actual finish.
    percent: f64,
    /// Groups of products, `building|1F/column`, or objects of other sources, `excavations:1`.
    objects: Vec<String>,
}

/// Shorthand of the rows below: name, start, finish, slips, budget in 10⁴ yuan, percent, objects.
type Row<'a> = (&'a str, i32, i32, (i32, i32), f64, f64, &'a str);

const SITE_ROWS: [Row<'_>; 11] = [
    ("施工围挡与场地平整", 0, 14, (0, -2), 86.0, 100.0, "parcels:1"),
    ("主楼基坑开挖与支护", 12, 40, (0, 4), 320.0, 100.0, "excavations:1"),
    ("西桥台基坑开挖", 18, 44, (1, 3), 96.0, 100.0, "excavations:4"),
    ("雨水管沟槽开挖", 92, 118, (2, 14), 78.0, 100.0, "excavations:2"),
    ("地下车库坡道基坑开挖", 186, 232, (4, 12), 110.0, 100.0, "excavations:3"),
    ("主楼肥槽回填", 198, 228, (3, 9), 64.0, 100.0, "excavations:1"),
    ("雨水管沟槽二期接驳", 362, 404, (3, 8), 92.0, 100.0, "excavations:2"),
    ("西桥台锥坡回填", 366, 390, (0, 16), 54.0, 100.0, "excavations:4"),
    ("园区道路与绿化", 388, 420, (6, 0), 210.0, 45.0, "parcels:1"),
    ("公园衔接步道", 396, 418, (2, 0), 60.0, 60.0, "parcels:2"),
    ("综合楼与桥梁竣工验收", 414, 425, (0, 0), 30.0, 0.0, ""),
];

/// What is dug and piled up between the surveys; how much of it is planned stands in the layer.
const EARTHWORK_ROWS: [Row<'_>; 2] = [
    ("雨水调蓄池基坑开挖", 165, 205, (4, 8), 88.0, 100.0, "earthworks:1"),
    ("临时堆土场堆存", 160, 190, (2, 0), 18.0, 100.0, "earthworks:2"),
];

const BUILDING_ROWS: [Row<'_>; 12] = [
    ("筏板基础", 41, 56, (4, 5), 420.0, 100.0, "B1/slab"),
    ("地下一层柱与楼梯", 57, 72, (4, 6), 180.0, 100.0, "B1/column B1/stair"),
    ("地下一层外墙", 66, 84, (5, 12), 150.0, 100.0, "B1/wall-out"),
    ("地下一层梁与一层楼板", 76, 91, (9, 20), 230.0, 100.0, "B1/beam 1F/slab"),
    ("一层柱与楼梯", 92, 104, (18, 16), 120.0, 100.0, "1F/column 1F/stair"),
    ("一层梁与二层楼板", 105, 118, (14, 12), 190.0, 100.0, "1F/beam 2F/slab"),
    ("五层梁与屋面板", 202, 216, (10, 12), 190.0, 100.0, "5F/beam RF/slab"),
    ("五层柱", 189, 201, (14, 14), 115.0, 100.0, "5F/column 5F/stair"),
    ("屋面防水保温", 228, 248, (6, -4), 98.0, 100.0, "RF/roofing"),
    ("女儿墙与屋面栏杆", 249, 264, (-3, -6), 52.0, 100.0, "RF/parapet"),
    ("二层柱与楼梯", 119, 130, (12, 10), 118.0, 100.0, "2F/column 2F/stair"),
    ("二层梁与三层楼板", 131, 143, (10, 6), 188.0, 100.0, "2F/beam 3F/slab"),
];

const MORE_BUILDING_ROWS: [Row<'_>; 4] = [
    ("三层柱与楼梯", 144, 154, (6, 2), 118.0, 100.0, "3F/column 3F/stair"),
    ("三层梁与四层楼板", 155, 166, (2, 0), 188.0, 100.0, "3F/beam 4F/slab"),
    ("四层柱与楼梯", 167, 177, (3, 9), 118.0, 100.0, "4F/column 4F/stair"),
    ("四层梁与五层楼板", 178, 188, (10, 34), 188.0, 100.0, "4F/beam 5F/slab"),
];

const BRIDGE_ROWS: [Row<'_>; 17] = [
    ("西桥台桩基", 30, 55, (2, 3), 160.0, 100.0, "A0/pile"),
    ("东桥台桩基", 40, 66, (0, -3), 160.0, 100.0, "A3/pile"),
    ("西桥台承台与台身", 58, 95, (3, 6), 210.0, 100.0, "A0/cap A0/stem"),
    ("东桥台承台与台身", 70, 104, (-3, -8), 210.0, 100.0, "A3/cap A3/stem"),
    ("1号墩桩基", 60, 90, (0, 4), 190.0, 100.0, "P1/pile"),
    ("2号墩桩基", 76, 100, (4, 16), 190.0, 100.0, "P2/pile"),
    ("1号墩承台与墩柱", 92, 118, (4, 2), 140.0, 100.0, "P1/cap P1/column"),
    ("2号墩承台与墩柱", 110, 136, (8, 5), 140.0, 100.0, "P2/cap P2/column"),
    ("1号墩盖梁", 120, 138, (2, -3), 88.0, 100.0, "P1/capbeam"),
    ("2号墩盖梁", 138, 156, (4, 4), 88.0, 100.0, "P2/capbeam"),
    ("第1跨支座与梁体架设", 160, 190, (0, -8), 360.0, 100.0, "S1/bearing S1/girder"),
    ("第2跨支座与梁体架设", 192, 226, (-4, 6), 420.0, 100.0, "S2/bearing S2/girder"),
    ("第3跨支座与梁体架设", 228, 256, (5, 9), 360.0, 100.0, "S3/bearing S3/girder"),
    ("第1跨桥面板", 258, 280, (4, 0), 170.0, 100.0, "D1/deck"),
    ("第2跨桥面板", 282, 306, (2, 6), 190.0, 100.0, "D2/deck"),
    ("第3跨桥面板", 308, 330, (6, 10), 170.0, 100.0, "D3/deck"),
    ("桥面沥青铺装", 342, 372, (10, 22), 120.0, 100.0, "D1/pavement D2/pavement D3/pavement"),
];

fn rows(rows: &[Row<'_>], prefix: &str, out: &mut Vec<Task>) {
    for (name, start, finish, slip, budget, percent, objects) in rows {
        let objects = objects
            .split_whitespace()
            .map(|o| if prefix.is_empty() { o.to_owned() } else { format!("{prefix}|{o}") })
            .collect();
        out.push(Task {
            name: (*name).to_owned(),
            start: *start,
            finish: *finish,
            slip: *slip,
            budget: *budget,
            percent: *percent,
            objects,
        });
    }
}

/// Walls, windows and doors floor by floor, and the railings span by span.
fn repeated(out: &mut Vec<Task>) {
    for (i, floor) in (0..).zip(["1F", "2F", "3F", "4F", "5F"]) {
        let word = ["一层", "二层", "三层", "四层", "五层"]
            .into_iter()
            .nth(usize::try_from(i).unwrap_or(0))
            .unwrap_or(floor);
        let mut push = |name: String,
                        start: i32,
                        days: i32,
                        slip: (i32, i32),
                        budget: f64,
                        percent: f64,
                        trade: &[&str]| {
            let objects = trade.iter().map(|t| format!("building|{floor}/{t}")).collect();
            out.push(Task { name, start, finish: start + days, slip, budget, percent, objects });
        };
        push(format!("{word}外墙砌筑"), 206 + 17 * i, 19, (i - 1, 3 * i - 4), 105.0, 100.0, &["wall-out"]);
        push(format!("{word}外窗安装"), 246 + 20 * i, 18, (i * 2, 4 * i - 3), 92.0, 100.0, &["window"]);
        push(
            format!("{word}内隔墙"),
            262 + 20 * i,
            22,
            (1, if i == 2 { 24 } else { 2 }),
            70.0,
            100.0,
            &["wall-in"],
        );
        let late = if i >= 3 { 0 } else { 5 - i };
        let percent = match i {
            3 => 80.0,
            4 => 35.0,
            _ => 100.0,
        };
        push(format!("{word}内门与入口门"), 318 + 18 * i, 16, (4, late), 38.0, percent, &["door"]);
    }
    for (i, percent) in [(1, 100.0), (2, 100.0), (3, 55.0)] {
        out.push(Task {
            name: format!("第{i}跨护栏"),
            start: 340 + 16 * i,
            finish: 366 + 16 * i,
            slip: (5, if i == 1 { -4 } else { 6 }),
            budget: 46.0,
            percent,
            objects: vec![format!("bridge|D{i}/railing")],
        });
    }
}

fn tasks() -> Vec<Task> {
    let mut out = Vec::new();
    rows(&SITE_ROWS, "", &mut out);
    rows(&BUILDING_ROWS, "building", &mut out);
    rows(&MORE_BUILDING_ROWS, "building", &mut out);
    rows(&BRIDGE_ROWS, "bridge", &mut out);
    repeated(&mut out);
    out.sort_by(|a, b| (a.start, &a.name).cmp(&(b.start, &b.name)));
    // Behind the others, so that they keep their ids.
    rows(&EARTHWORK_ROWS, "", &mut out);
    out
}

/// Objects of a task: `GlobalId`s of its groups, or the ids of other sources as they stand.
fn resolve(task: &Task, building: &[Item], bridge: &[Item]) -> Vec<String> {
    let mut out = Vec::new();
    for object in &task.objects {
        match object.split_once('|') {
            Some((model, group)) => {
                let items = if model == "building" { building } else { bridge };
                out.extend(items.iter().filter(|i| i.group == group).map(|i| i.global_id.clone()));
            }
            None => out.push(object.clone()),
        }
    }
    out
}

/// The schedule as CSV. Its products are those of the two models.
pub(crate) fn csv(building: &[Item], bridge: &[Item]) -> String {
    let mut text = String::from(
        "id,name,start,finish,budget,percent,actual_start,actual_finish,actual_cost,objects,predecessors\n",
    );
    let all = tasks();
    let days: Vec<(&str, i32, i32)> = all.iter().map(|t| (t.name.as_str(), t.start, t.finish)).collect();
    let day = |n: i32| Day(FIRST.0 + n).min(LAST).text();
    for (i, task) in (1..).zip(&all) {
        let objects = resolve(task, building, bridge).join(";");
        let begun = task.percent > 0.0;
        let done = task.percent >= 100.0;
        let actual_start = if begun { day((task.start + task.slip.0).max(0)) } else { String::new() };
        let actual_finish = if done { day(task.finish + task.slip.1) } else { String::new() };
        // What is late costs more.
        let over = 1.0 + 0.006 * f64::from(task.slip.1) + 0.01 * f64::from(i % 5) - 0.02;
        let cost = if begun {
            format!("{:.2}", task.budget * 1e4 * task.percent / 100.0 * over)
        } else {
            "0.00".to_owned()
        };
        let plan = format!("{},{},{:.2}", day(task.start), day(task.finish), task.budget * 1e4);
        let actual = format!("{:.0},{actual_start},{actual_finish},{cost}", task.percent);
        let waits = waits_for(&task.name, &days);
        let row = [format!("T{i:03}"), task.name.clone(), plan, actual, objects, waits].join(",");
        text.push_str(&row);
        text.push('\n');
    }
    text
}

/// Groups that no task builds; empty in a right schedule.
#[cfg_attr(not(test), expect(dead_code, reason = "the tests hold the schedule against the models"))]
pub(crate) fn unscheduled(building: &[Item], bridge: &[Item]) -> BTreeSet<String> {
    let named: BTreeSet<String> = tasks().into_iter().flat_map(|t| t.objects).collect();
    let groups = |model: &str, items: &[Item]| -> BTreeSet<String> {
        items.iter().map(|i| format!("{model}|{}", i.group)).collect()
    };
    let mut all = groups("building", building);
    all.extend(groups("bridge", bridge));
    all.difference(&named).cloned().collect()
}
