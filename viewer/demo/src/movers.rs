//! A working day of people, a truck and a crane: where they were, once a minute.

use std::fmt::Write;

use glam::DVec2;

use crate::days::{Day, FIRST};
use crate::noise::unit2;
use crate::plan::{FLOOR_M, to_world};

/// A Monday while the basement's ramp is dug and the main pit is filled.
const DAY: Day = Day(FIRST.0 + 211);
/// Minutes from the first to the last position: 07:00 to 18:00.
const MINUTES: i32 = 660;
/// First hour.
const FROM_H: i32 = 7;

struct Mover {
    name: &'static str,
    kind: &'static str,
    /// Reach, meters, and where it stands in the street frame, for one that does not move.
    stands: Option<(f64, [f64; 2])>,
    /// Minute and place in the street frame; straight lines in between.
    way: &'static [(i32, [f64; 2])],
}

/// The base of the crane is drawn there.
const CRANE: [f64; 2] = [5.5, 47.0];

const MOVERS: [Mover; 4] = [
    Mover { name: "塔吊-1", kind: "crane", stands: Some((25.0, CRANE)), way: &[] },
    Mover {
        name: "工人-07",
        kind: "person",
        stands: None,
        way: &[
            (0, [-30.0, 60.0]),
            (195, [-24.0, 66.0]),
            // Through the circle of the crane, and out on the other side.
            (198, [-30.0, 40.0]),
            (204, [25.0, 25.0]),
            (206, [30.0, 16.0]),
            (MINUTES, [38.0, 10.0]),
        ],
    },
    Mover {
        name: "工人-12",
        kind: "person",
        stands: None,
        way: &[(0, [-44.0, 100.0]), (300, [-36.0, 82.0]), (MINUTES, [-44.0, 104.0])],
    },
    Mover {
        name: "货车-3",
        kind: "vehicle",
        stands: None,
        way: &[
            (0, [36.0, 16.0]),
            (400, [34.0, 16.0]),
            (410, [-46.0, 16.0]),
            (418, [-47.0, 84.0]),
            // Too near to the ramp's pit while it is loaded.
            (420, [-48.2, 95.0]),
            (440, [-48.2, 96.0]),
            (443, [-47.0, 84.0]),
            (451, [-46.0, 16.0]),
            (461, [36.0, 16.0]),
            (MINUTES, [36.0, 16.0]),
        ],
    },
];

/// Who there is.
pub(crate) fn things() -> String {
    let mut text = String::from("channel,object,quantity,unit,period_s,kind,radius_m,x,y,z\n");
    for m in &MOVERS {
        let place = m.stands.map_or_else(
            || ",,,".to_owned(),
            |(radius, at)| {
                let p = to_world(DVec2::from(at));
                format!("{radius},{:.2},{:.2},{FLOOR_M:.2}", p.x, p.y)
            },
        );
        text.push_str(&[m.name, "", "position", "m", "60", m.kind, &place].join(","));
        text.push('\n');
    }
    text
}

/// Where they were, by time, then thing.
pub(crate) fn positions() -> String {
    let mut text = String::from("time,channel,value,unit,quality\n");
    let day = DAY.text();
    for minute in 0..=MINUTES {
        for (salt, m) in (0..).zip(&MOVERS).filter(|(_, m)| m.stands.is_none()) {
            let p = to_world(place(m, minute, salt));
            let time = format!("{day}T{:02}:{:02}:00+08:00", FROM_H + minute / 60, minute % 60);
            for (axis, value) in [("x", p.x), ("y", p.y), ("z", FLOOR_M)] {
                // Writing into a String cannot fail.
                if writeln!(text, "{time},{}.{axis},{value:.2},m,0", m.name).is_err() {
                    text.push('\n');
                }
            }
        }
    }
    text
}

/// Where one is, in the street frame: on its way, and a step beside it.
fn place(m: &Mover, minute: i32, salt: u32) -> DVec2 {
    let next = m.way.iter().position(|w| w.0 > minute).unwrap_or(m.way.len());
    let (Some(a), b) = (next.checked_sub(1).and_then(|ix| m.way.get(ix)), m.way.get(next)) else {
        return DVec2::ZERO;
    };
    let step = DVec2::new(unit2(minute, 1, salt) - 0.5, unit2(minute, 2, salt) - 0.5) * 0.6;
    let from = DVec2::from(a.1);
    let Some(b) = b else { return from + step };
    let share = f64::from(minute - a.0) / f64::from(b.0 - a.0);
    from.lerp(DVec2::from(b.1), share) + step
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minutes in which somebody is nearer to the crane than it reaches, as the positions say.
    fn minutes_inside(mover: &Mover, salt: u32) -> Vec<i32> {
        let at = DVec2::from(CRANE);
        (0..=MINUTES).filter(|&minute| place(mover, minute, salt).distance(at) <= 25.0).collect()
    }

    #[test]
    fn one_worker_walks_through_the_circle_of_the_crane_once_and_nobody_else_comes_near() {
        let crossed = minutes_inside(&MOVERS[1], 1);
        assert!(crossed.len() >= 3, "{crossed:?}");
        assert!(crossed.windows(2).all(|w| w[1] == w[0] + 1), "once: {crossed:?}");
        for (salt, mover) in (0..).zip(&MOVERS).skip(2) {
            assert!(minutes_inside(mover, salt).is_empty(), "{}", mover.name);
        }
    }
}
