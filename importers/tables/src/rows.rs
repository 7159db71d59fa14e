//! From the fields of one row to a record, or to the reason why not.

use lantu_base::{Code, TimeError, TimeZoneName, UtcNanos};
use lantu_ingest::{BindingRecord, SampleRecord, TaskRecord};

use crate::header::Header;

/// Why a row is dropped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bad {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Column it is about; empty for the row as a whole.
    pub(crate) column: &'static str,
    /// What stands there, at most 64 characters.
    pub(crate) found: String,
}

/// The decoded fields of one row.
pub(crate) struct Fields<'a> {
    pub(crate) header: &'a Header,
    pub(crate) texts: &'a [String],
    pub(crate) zone: &'a TimeZoneName,
}

impl Bad {
    fn new(code: &'static str, column: &'static str, found: &str, message: impl Into<String>) -> Self {
        let found = found.chars().take(64).collect();
        Self { code: Code::new(code), message: message.into(), column, found }
    }
}

impl Fields<'_> {
    pub(crate) fn get(&self, column: &'static str) -> &str {
        self.header.place(column).and_then(|ix| self.texts.get(ix)).map_or("", String::as_str)
    }

    fn required(&self, column: &'static str) -> Result<&str, Bad> {
        let text = self.get(column);
        if text.is_empty() {
            let message = format!("the row has no {column}; it was dropped");
            return Err(Bad::new("tables.missing_value", column, "", message));
        }
        Ok(text)
    }

    fn number(&self, column: &'static str) -> Result<Option<f64>, Bad> {
        let text = self.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(Some(v)),
            Ok(_) => {
                let message = format!("{column} is not a finite number; the row was dropped");
                Err(Bad::new("tables.not_finite", column, text, message))
            }
            Err(_not_a_number) => {
                let message = format!("{column} is not a number; the row was dropped");
                Err(Bad::new("tables.bad_number", column, text, message))
            }
        }
    }

    fn time(&self, column: &'static str, finish: bool) -> Result<Option<i64>, Bad> {
        let text = self.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        let read: fn(&str, &TimeZoneName) -> Result<UtcNanos, TimeError> =
            if finish { UtcNanos::parse_finish } else { UtcNanos::parse };
        match read(text, self.zone) {
            Ok(t) => Ok(Some(t.0)),
            Err(_unreadable) => {
                let message = format!("{column} is not a time; the row was dropped");
                Err(Bad::new("tables.bad_time", column, text, message))
            }
        }
    }

    fn required_time(&self, column: &'static str, finish: bool) -> Result<i64, Bad> {
        self.required(column)?;
        self.time(column, finish)?.ok_or_else(|| {
            Bad::new("tables.missing_value", column, "", "the row has no time; it was dropped")
        })
    }

    /// An amount in hundredths, exactly: at most two decimals.
    fn cents(&self, column: &'static str) -> Result<Option<i64>, Bad> {
        let text = self.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        parse_cents(text).map(Some).ok_or_else(|| {
            let message = format!("{column} is not an amount with at most two decimals; the row was dropped");
            Bad::new("tables.bad_amount", column, text, message)
        })
    }
}

fn parse_cents(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let only_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !only_digits(whole) || !only_digits(part) {
        return None;
    }
    let cents: i64 = format!("{part:0<2}").parse().ok()?;
    let cents = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)?;
    Some(if negative { -cents } else { cents })
}

pub(crate) fn task(row: &Fields<'_>) -> Result<TaskRecord, Bad> {
    let out = TaskRecord {
        id: row.required("id")?.to_owned(),
        name: row.get("name").to_owned(),
        start: row.required_time("start", false)?,
        finish: row.required_time("finish", true)?,
        budget_cents: row.cents("budget")?,
        percent: percent(row)?,
        actual_start: row.time("actual_start", false)?,
        actual_finish: row.time("actual_finish", true)?,
        actual_cost_cents: row.cents("actual_cost")?,
        objects: row
            .get("objects")
            .split(';')
            .map(str::trim)
            .filter(|o| !o.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    if out.finish < out.start {
        let message = "finish lies before start; the row was dropped";
        return Err(Bad::new("tables.finish_before_start", "finish", row.get("finish"), message));
    }
    if out.actual_start.zip(out.actual_finish).is_some_and(|(start, finish)| finish < start) {
        let message = "actual_finish lies before actual_start; the row was dropped";
        return Err(Bad::new(
            "tables.finish_before_start",
            "actual_finish",
            row.get("actual_finish"),
            message,
        ));
    }
    Ok(out)
}

fn percent(row: &Fields<'_>) -> Result<Option<f64>, Bad> {
    let text = row.get("percent");
    let bare = text.strip_suffix(['%', '％']).map_or(text, str::trim_end);
    let bad = |code, message| Err(Bad::new(code, "percent", text, message));
    match bare.parse::<f64>() {
        _ if text.is_empty() => Ok(None),
        Ok(p) if (0.0..=100.0).contains(&p) => Ok(Some(p)),
        Ok(_) => bad("tables.bad_percent", "percent is not between 0 and 100; the row was dropped"),
        Err(_not_a_number) => bad("tables.bad_percent", "percent is not a number; the row was dropped"),
    }
}

/// Largest magnitude of a sample. Specified: as stores of samples take it.
const MAX_MAGNITUDE: f64 = 1e30;

pub(crate) fn sample(row: &Fields<'_>) -> Result<SampleRecord, Bad> {
    let time = row.required_time("time", false)?;
    let channel = row.required("channel")?.to_owned();
    row.required("value")?;
    let missing = || Bad::new("tables.missing_value", "value", "", "the row has no value; it was dropped");
    let value = row.number("value")?.ok_or_else(missing)?;
    if value.abs() > MAX_MAGNITUDE {
        let message = "the value is beyond 1e30, which nothing measures; the row was dropped";
        return Err(Bad::new("tables.not_finite", "value", row.get("value"), message));
    }
    let text = row.get("quality");
    let quality = match text.to_lowercase().as_str() {
        "" | "0" | "good" => 0,
        "1" | "uncertain" => 1,
        "2" | "bad" => 2,
        _ => {
            let message = "quality is not good, uncertain or bad (0, 1, 2); the row was dropped";
            return Err(Bad::new("tables.bad_quality", "quality", text, message));
        }
    };
    let text = row.get("sequence");
    let sequence = match text.parse::<i64>() {
        _ if text.is_empty() => None,
        Ok(n) => Some(n),
        Err(_no_whole_number) => {
            let message = "sequence is not a whole number; the row was dropped";
            return Err(Bad::new("tables.bad_sequence", "sequence", text, message));
        }
    };
    let (unit, result_time) = (row.get("unit").to_owned(), row.time("result_time", false)?);
    Ok(SampleRecord { channel, time, value, unit, quality, sequence, result_time })
}

pub(crate) fn binding(row: &Fields<'_>) -> Result<BindingRecord, Bad> {
    let period_s = row.number("period_s")?.unwrap_or(0.0);
    if period_s < 0.0 {
        let message = "period_s is negative; the row was dropped";
        return Err(Bad::new("tables.bad_number", "period_s", row.get("period_s"), message));
    }
    let quantity = row.required("quantity")?.to_owned();
    let is_thing = quantity == POSITION;
    let (kind, radius_m, fixed) = if is_thing { thing(row)? } else { (String::new(), 0.0, None) };
    Ok(BindingRecord {
        channel: row.required("channel")?.to_owned(),
        // A thing need not be an object of a model.
        object: if is_thing { row.get("object") } else { row.required("object")? }.to_owned(),
        quantity,
        unit: row.get("unit").to_owned(),
        period_s,
        site: row.get("site").to_owned(),
        kind,
        radius_m,
        fixed,
    })
}

/// What binds a thing with a place instead of a channel.
const POSITION: &str = "position";

/// Kind, radius, and the place of one that does not move.
fn thing(row: &Fields<'_>) -> Result<(String, f64, Option<[f64; 3]>), Bad> {
    let kind = row.required("kind")?.to_lowercase();
    let radius_m = row.number("radius_m")?.unwrap_or(0.0);
    if radius_m < 0.0 {
        let message = "radius_m is negative; the row was dropped";
        return Err(Bad::new("tables.bad_number", "radius_m", row.get("radius_m"), message));
    }
    if !matches!(row.get("unit"), "" | "m") {
        let message = "positions are in m of the project's system; the row was dropped";
        return Err(Bad::new("tables.bad_unit", "unit", row.get("unit"), message));
    }
    let fixed = match (row.number("x")?, row.number("y")?, row.number("z")?) {
        (Some(x), Some(y), z) => Some([x, y, z.unwrap_or(f64::NAN)]),
        (None, None, None) => None,
        _ => {
            let message = "a place has x and y; the row was dropped";
            return Err(Bad::new("tables.missing_value", "x", "", message));
        }
    };
    Ok((kind, radius_m, fixed))
}

#[cfg(test)]
mod tests {
    use super::parse_cents;

    #[test]
    fn amounts_are_exact_hundredths() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(parse_cents(text), expected, "{text}");
        check("0.07", Some(7));
        check("1234567.8", Some(123_456_780));
        check("-3.10", Some(-310));
        check("12.3400", Some(1234));
        check("90071992547409.93", Some(9_007_199_254_740_993));
        for bad in ["", ".5", "1.234", "1,000", "12 €", "1e3", "--1", "99999999999999999999"] {
            check(bad, None);
        }
    }
}
