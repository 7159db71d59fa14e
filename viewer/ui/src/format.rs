//! Numbers, coordinates, dates and sizes as people read them. The one formatter of the window.
//!
//! Thousands are grouped by a thin space (U+2009), a unit follows a narrow no-break space (U+202F), minus is U+2212.

use lantu_base::{TimeZoneName, UtcNanos};

use crate::words::{Arg, Words, msg};

/// Between groups of three digits.
pub const GROUP: char = '\u{2009}';
/// Between a number and its unit.
pub const UNIT: char = '\u{202F}';
const MINUS: char = '\u{2212}';

/// A number with a fixed number of decimals, grouped; `–` if it is not finite.
///
/// `decimals`: what the source's accuracy allows, at most 9.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.*}", decimals.min(9), value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::with_capacity(text.len() + 8);
    if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push(MINUS);
    }
    out.push_str(&grouped(whole));
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A number as the formatter writes it, or as a person types it: spaces between groups, either minus, comma or point.
pub fn parse_number(text: &str) -> Option<f64> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != 'm')
        .map(|c| match c {
            '\u{2212}' => '-',
            ',' => '.',
            c => c,
        })
        .collect();
    plain.parse().ok().filter(|v: &f64| v.is_finite())
}

/// A number with at most `digits` significant digits and no trailing zeros, grouped.
pub fn short(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value, 0);
    }
    let digits = i64::try_from(digits.clamp(1, 12)).unwrap_or(6);
    let magnitude = format!("{:.0}", value.abs().log10().floor()).parse::<i64>().unwrap_or(0);
    let decimals = usize::try_from((digits - 1 - magnitude).clamp(0, 9)).unwrap_or(0);
    let text = number(value, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A count, grouped.
pub fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A number with its unit; the number alone if the unit is empty.
pub fn with_unit(number: &str, unit: &str) -> String {
    if unit.is_empty() { number.to_owned() } else { format!("{number}{UNIT}{unit}") }
}

/// A length in meters, to the millimeter below one meter, to the centimeter below a kilometer.
pub fn meters(m: f64) -> String {
    let decimals = if m.abs() < 1.0 { 3 } else { 2 };
    with_unit(&number(m, decimals), "m")
}

/// A measured value, in SI units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// Meters.
    Length(f64),
    /// Square meters.
    Area(f64),
    /// Radians, shown in degrees.
    Angle(f64),
}

/// A measured value with its unit, to the millimeter at most: tiles hold no finer position.
///
/// Lengths to 1 mm below a kilometer, then to 1 cm; areas to 10 cm² below 1000 m², then to 0.1 m², from
/// 100 000 m² on to 1 m²; angles to a hundredth of a degree.
pub fn measure(value: Measure) -> String {
    match value {
        Measure::Length(m) => with_unit(&number(m, if m.abs() < 1000.0 { 3 } else { 2 }), "m"),
        Measure::Area(m2) => {
            let decimals = match m2.abs() {
                a if a < 1000.0 => 3,
                a if a < 100_000.0 => 1,
                _ => 0,
            };
            with_unit(&number(m2, decimals), "m²")
        }
        // A degree sign follows its number without a space.
        Measure::Angle(rad) => format!("{}°", number(rad.to_degrees(), 2)),
    }
}

/// A speed as a person reads it: `12 m/s`.
pub fn speed(m_s: f64) -> String {
    with_unit(&short(m_s, 2), "m/s")
}

/// A share from 0 to 1: `62 %`.
pub fn percent(share: f64) -> String {
    with_unit(&number(share * 100.0, 0), "%")
}

/// A round length as a scale bar shows it: `20 m`, `1.5 km`.
pub fn round_length(m: f64) -> String {
    if m >= 1000.0 { with_unit(&short(m / 1000.0, 3), "km") } else { with_unit(&short(m, 3), "m") }
}

/// A factor: `× 2.5`.
pub fn factor(f: f64) -> String {
    format!("×\u{2009}{}", short(f, 2))
}

/// Bytes as memory is counted on screen: MB = 10⁶ bytes, no decimals below ten gigabytes.
pub fn bytes(n: u64) -> String {
    with_unit(&bytes_number(n, n), bytes_unit(n))
}

/// The number of `n` bytes in the unit that [`bytes`] gives `like`, so that both share it: `412` of `512 MB`.
pub fn bytes_number(n: u64, like: u64) -> String {
    let value = n as f64;
    match bytes_unit(like) {
        "GB" => number(value / 1e9, 1),
        "MB" => number(value / 1e6, 0),
        _ => number(value / 1e3, 0),
    }
}

const fn bytes_unit(n: u64) -> &'static str {
    match n {
        10_000_000_000.. => "GB",
        1_000_000.. => "MB",
        _ => "kB",
    }
}

/// Date and time in the project's zone, to the minute: `2026-07-31 14:05`.
pub fn date_time(at: UtcNanos, zone: &TimeZoneName) -> String {
    at.local_minute(zone)
}

/// A rough duration: seconds below two minutes, minutes below two hours, hours below two days, then days.
pub fn duration(seconds: f64, words: &Words) -> String {
    let n = |unit: f64| format!("{:.0}", (seconds / unit).max(0.0).round());
    if seconds < 120.0 {
        words.t_args(msg::DURATION_SECONDS, &[("n", n(1.0).into())])
    } else if seconds < 7200.0 {
        words.t_args(msg::DURATION_MINUTES, &[("n", n(60.0).into())])
    } else if seconds < 172_800.0 {
        words.t_args(msg::DURATION_HOURS, &[("n", n(3600.0).into())])
    } else {
        let days: u64 = n(86_400.0).parse().unwrap_or(0);
        words.t_args(msg::DURATION_DAYS, &[("n", Arg::Count(days)), ("count", count(days).into())])
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len());
    for (ix, c) in digits.chars().enumerate() {
        if ix > 0 && (digits.len() - ix).is_multiple_of(3) {
            out.push(GROUP);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn thousands_are_grouped_by_a_thin_space_and_minus_is_a_minus() {
        assert_eq!(number(455612.346, 2), "455\u{2009}612.35");
        assert_eq!(number(-1234.0, 0), "\u{2212}1\u{2009}234");
        assert_eq!(number(-0.001, 1), "0.0", "no minus before a zero");
        assert_eq!(number(f64::NAN, 2), "–");
        assert_eq!(count(12_864), "12\u{2009}864");
    }

    #[test]
    fn a_number_is_read_as_it_is_written_and_as_people_type_it() {
        for value in [4_428_540.118, -12.5, 0.0] {
            assert_eq!(parse_number(&number(value, 3)), Some(value));
        }
        assert_eq!(parse_number("41,2 m"), Some(41.2));
        assert_eq!(parse_number("inf"), None);
        assert_eq!(parse_number("up"), None);
    }

    #[test]
    fn a_short_number_has_no_more_digits_than_asked() {
        assert_eq!(short(0.012_345, 3), "0.0123");
        assert_eq!(short(1234.567, 3), "1\u{2009}235");
        assert_eq!(short(2.50, 3), "2.5");
        assert_eq!(short(0.0, 3), "0");
    }

    #[test]
    fn measured_values_have_units_and_no_digits_below_a_millimeter() {
        for (value, text) in [
            (Measure::Length(12.345_678), "12.346\u{202F}m"),
            (Measure::Length(-0.000_4), "0.000\u{202F}m"),
            (Measure::Length(12_345.678_9), "12\u{2009}345.68\u{202F}m"),
            (Measure::Area(15.84), "15.840\u{202F}m²"),
            (Measure::Area(1_234_567.8), "1\u{2009}234\u{2009}568\u{202F}m²"),
            (Measure::Angle(std::f64::consts::FRAC_PI_3), "60.00°"),
            (Measure::Length(f64::NAN), "–\u{202F}m"),
        ] {
            assert_eq!(measure(value), text);
        }
    }

    #[test]
    fn sizes_and_durations_have_units() {
        assert_eq!(bytes(412_300_000), "412\u{202F}MB");
        assert_eq!(bytes(12_000), "12\u{202F}kB");
        assert_eq!(bytes(16_400_000_000), "16.4\u{202F}GB");
        assert_eq!(bytes_number(412_300_000, 16_400_000_000), "0.4");
        let en = Words::new(Language::English);
        assert_eq!(duration(45.0, &en), "45 s");
        assert_eq!(duration(3.0 * 86_400.0, &en), "3 days");
    }
}
