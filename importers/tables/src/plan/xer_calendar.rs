//! Calendars of Primavera: a list in parentheses, `(0||name(key|value|…)(children…))`.

use lantu_schedule::{Calendar, Exception, Span, parse_clock};

use super::found::Found;
use super::xer_table::Row;

/// Deepest nesting. Chosen: calendars nest five deep.
const MAX_DEPTH: usize = 16;
/// Days between the day that spreadsheets count from (1899-12-30) and 1970-01-01.
const SHEET_EPOCH: i64 = 25_569;

/// One item.
#[derive(Default)]
struct Item<'a> {
    name: &'a str,
    values: Vec<&'a str>,
    children: Vec<Item<'a>>,
}

impl<'a> Item<'a> {
    fn child(&self, name: &str) -> Option<&Item<'a>> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The value after a key.
    fn value(&self, key: &str) -> Option<&'a str> {
        let at = self.values.iter().position(|v| *v == key)?;
        self.values.get(at + 1).copied()
    }
}

pub(crate) fn calendar(row: &Row<'_>, found: &mut Found) -> Calendar {
    let standard = Calendar::standard();
    let base = row.get("base_clndr_id");
    let mut out = Calendar {
        id: row.get("clndr_id").to_owned(),
        name: row.get("clndr_name").to_owned(),
        base: (!base.is_empty()).then(|| base.to_owned()),
        ..Calendar::default()
    };
    // Line ends inside the list are written as other control characters.
    let data: String = row.get("clndr_data").chars().filter(|c| !c.is_control()).collect();
    let root = if data.is_empty() { None } else { parse(&data) };
    let Some(root) = root else {
        let message = format!(
            "the calendar {:?} has no readable data; Monday to Friday, 8 to 12 and 13 to 17, counts",
            out.name
        );
        found.warn("schedule.bad_calendar", &row.place(), message);
        out.week = standard.week;
        return out;
    };
    match root.child("DaysOfWeek") {
        Some(days) => {
            for day in &days.children {
                if let Some(ix) = day.name.parse::<usize>().ok().filter(|n| (1..=7).contains(n))
                    && let Some(slot) = out.week.get_mut(ix - 1)
                {
                    *slot = Some(spans(day, found, &row.place()));
                }
            }
        }
        None if out.base.is_none() => out.week = standard.week,
        None => {}
    }
    for e in root.child("Exceptions").into_iter().flat_map(|e| &e.children) {
        let Some(day) = e.value("d").and_then(|d| d.parse::<i64>().ok()).filter(|d| (1..110_000).contains(d))
        else {
            found.warn(
                "schedule.bad_calendar",
                &row.place(),
                format!("an exception of the calendar {:?} has no date; it was left out", out.name),
            );
            continue;
        };
        let day = day - SHEET_EPOCH;
        let spans = spans(e, found, &row.place());
        out.exceptions.push(Exception { name: String::new(), from_day: day, to_day: day, spans });
    }
    out
}

fn spans(day: &Item<'_>, found: &mut Found, place: &str) -> Vec<Span> {
    let mut out = Vec::new();
    for shift in &day.children {
        let (from, to) = (shift.value("s").unwrap_or(""), shift.value("f").unwrap_or(""));
        match parse_clock(from).zip(parse_clock(to)) {
            // Midnight and 23:59 stand for the end of the day: Primavera cannot write 24:00.
            Some((a, 0 | 86_340)) => out.push((a, 86_400)),
            Some((a, b)) if a < b => out.push((a, b)),
            _ => found.warn(
                "schedule.bad_hours",
                place,
                format!("the hours {from:?} to {to:?} cannot be read; they were left out"),
            ),
        }
    }
    out
}

/// The list as a tree; `None` if its parentheses do not match.
fn parse(text: &str) -> Option<Item<'_>> {
    let start = text.find('(')?;
    let (item, _) = item(text.get(start..)?, 0)?;
    // The outermost item is the calendar itself, or a wrapper around it.
    if item.child("DaysOfWeek").is_none() && item.children.len() == 1 {
        return item.children.into_iter().next();
    }
    Some(item)
}

/// Reads one item from its opening parenthesis on; returns it and the rest of the text.
fn item(text: &str, depth: usize) -> Option<(Item<'_>, &str)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let text = text.strip_prefix('(')?;
    let bar = text.find("||")?;
    let text = text.get(bar + 2..)?;
    let open = text.find('(')?;
    let name = text.get(..open)?.trim();
    let text = text.get(open + 1..)?;
    let close = text.find(')')?;
    let values = text.get(..close)?.split('|').map(str::trim).collect();
    let mut rest = text.get(close + 1..)?.trim_start().strip_prefix('(')?.trim_start();
    let mut children = Vec::new();
    while rest.starts_with('(') {
        let (child, after) = item(rest, depth + 1)?;
        children.push(child);
        rest = after.trim_start();
    }
    let rest = rest.strip_prefix(')')?.trim_start().strip_prefix(')')?;
    Some((Item { name, values, children }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_parentheses_is_a_tree_and_a_broken_one_is_none() {
        let text = "(0||CalendarData()((0||DaysOfWeek()((0||1()())(0||2()((0||0(s|08:00|f|12:00)())))))(0||Exceptions()((0||0(d|43650)())))))";
        let root = parse(text).unwrap();
        assert_eq!(root.child("DaysOfWeek").unwrap().children.len(), 2);
        let shift = &root.child("DaysOfWeek").unwrap().children[1].children[0];
        assert_eq!((shift.value("s"), shift.value("f")), (Some("08:00"), Some("12:00")));
        assert_eq!(root.child("Exceptions").unwrap().children[0].value("d"), Some("43650"));
        for cut in 1..text.len() {
            assert!(parse(&text[..cut]).is_none(), "cut at {cut}");
        }
    }
}
