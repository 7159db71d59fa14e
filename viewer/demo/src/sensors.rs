//! Strain, noise and dust, hourly over the whole schedule, with rhythms, events and gaps.

use std::fmt::Write;

use crate::days::{Day, FIRST, hours, write_hour};
use crate::ifc::Item;
use crate::noise::{noise, smoothstep, unit2};

/// What a channel measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    Strain,
    Noise,
    Dust,
}

impl Quantity {
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Strain => "strain.csv",
            Self::Noise => "noise.csv",
            Self::Dust => "dust.csv",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Strain => "strain",
            Self::Noise => "noise",
            Self::Dust => "dust",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Strain => "µε",
            Self::Noise => "dB(A)",
            Self::Dust => "µg/m³",
        }
    }
}

/// Something that lifts a channel to a level for a while; `None` is a gap in the series.
type Event = (i32, i32, Option<f64>);

struct Channel {
    name: &'static str,
    quantity: Quantity,
    /// Typical value, or offset of it.
    base: f64,
    events: &'static [Event],
    object: String,
}

/// Hours of a quarter, a half and nine tenths of the span.
const QUARTER: i32 = 2556;
const HALF: i32 = 5112;
const LATE: i32 = 9202;

const S1: &[Event] = &[(HALF - 30, HALF + 40, Some(157.0)), (6300, 6330, Some(112.0))];
const S2: &[Event] = &[(QUARTER - 36, QUARTER + 60, Some(109.0)), (LATE - 90, LATE + 60, None)];
const S3: &[Event] = &[(HALF - 48, HALF + 36, Some(129.0)), (7900, 7960, Some(124.0))];
const S4: &[Event] = &[(LATE - 40, LATE + 48, Some(134.0)), (4000, 4120, None)];
const N1: &[Event] =
    &[(LATE - 4, LATE + 8, Some(67.5)), (1500, 1510, Some(72.0)), (QUARTER - 5, QUARTER + 6, Some(71.8))];
const N2: &[Event] = &[(3390, 3398, Some(68.0)), (HALF - 6, HALF + 5, Some(66.4))];
const N3: &[Event] =
    &[(QUARTER - 100, QUARTER + 70, None), (LATE - 3, LATE + 7, Some(77.0)), (5900, 5908, Some(76.0))];
const D1: &[Event] = &[
    (QUARTER - 26, QUARTER + 30, Some(172.0)),
    (LATE - 30, LATE + 26, Some(166.0)),
    (800, 860, Some(186.0)),
];
const D2: &[Event] =
    &[(QUARTER - 24, QUARTER + 28, Some(132.0)), (HALF - 28, HALF + 30, Some(97.0)), (820, 860, Some(158.0))];
const D3: &[Event] =
    &[(HALF - 110, HALF + 60, None), (LATE - 28, LATE + 30, Some(96.0)), (805, 860, Some(172.0))];

/// All channels; the girders and columns come from the models.
fn channels(building: &[Item], bridge: &[Item]) -> Vec<Channel> {
    let of = |items: &[Item], key: &str| {
        items.iter().find(|i| i.key == key).map(|i| i.global_id.clone()).unwrap_or_default()
    };
    let channel =
        |name, quantity, base, events, object: String| Channel { name, quantity, base, events, object };
    vec![
        channel("YB-01", Quantity::Strain, 58.0, S1, of(bridge, "S1/girder/4")),
        channel("YB-02", Quantity::Strain, 66.0, S2, of(bridge, "S2/girder/4")),
        channel("YB-03", Quantity::Strain, 63.0, S3, of(bridge, "S2/girder/5")),
        channel("YB-04", Quantity::Strain, 52.0, S4, of(bridge, "S3/girder/4")),
        channel("ZS-01", Quantity::Noise, 57.0, N1, of(building, "1F/column/A4")),
        channel("ZS-02", Quantity::Noise, 52.0, N2, "buildings:1".to_owned()),
        channel("ZS-03", Quantity::Noise, 56.0, N3, of(bridge, "P1/column/2")),
        // More of them, so that a map over the ground can say something between them: quieter away from the sites, and
        // alike where they are near each other.
        channel("ZS-04", Quantity::Noise, 49.0, &[], "buildings:9".to_owned()),
        channel("ZS-05", Quantity::Noise, 56.0, &[], "excavations:2".to_owned()),
        channel("ZS-06", Quantity::Noise, 44.0, &[], "buildings:24".to_owned()),
        channel("ZS-07", Quantity::Noise, 55.5, &[], "excavations:4".to_owned()),
        channel("YC-01", Quantity::Dust, 52.0, D1, "excavations:1".to_owned()),
        channel("YC-02", Quantity::Dust, 44.0, D2, "excavations:3".to_owned()),
        channel("YC-03", Quantity::Dust, 40.0, D3, of(building, "2F/wall/南外墙 1")),
    ]
}

/// Which channel belongs to which object.
pub(crate) fn bindings(building: &[Item], bridge: &[Item]) -> String {
    let mut text = String::from("channel,object,quantity,unit,period_s\n");
    for c in channels(building, bridge) {
        let (word, unit) = (c.quantity.word(), c.quantity.unit());
        text.push_str(&[c.name, &c.object, word, unit, "3600\n"].join(","));
    }
    text
}

/// The series of one quantity, by time, then channel.
pub(crate) fn series(quantity: Quantity, building: &[Item], bridge: &[Item]) -> String {
    let channels: Vec<Channel> =
        channels(building, bridge).into_iter().filter(|c| c.quantity == quantity).collect();
    let mut text = String::from("time,channel,value,unit,quality\n");
    for hour in 0..hours() {
        for (seed, channel) in (0..).zip(&channels) {
            let Some((value, quality)) = sample(channel, seed, hour) else { continue };
            write_hour(&mut text, hour);
            // Writing into a String cannot fail.
            if writeln!(text, ",{},{value:.1},{},{quality}", channel.name, quantity.unit()).is_err() {
                text.push('\n');
            }
        }
    }
    text
}

/// Value and quality (0 good, 1 uncertain, 2 bad) of an hour; `None` in a gap.
fn sample(channel: &Channel, seed: u32, hour: i32) -> Option<(f64, u8)> {
    let salt = seed + 17 * (channel.quantity as u32);
    let mut value = rhythm(channel, salt, hour);
    let mut quality = 0;
    for (from, to, level) in channel.events {
        if !(*from..=*to).contains(&hour) {
            continue;
        }
        let level = (*level)?;
        let ramp = f64::from(*to - *from).min(24.0) / 4.0;
        let inside = f64::from((hour - from).min(to - hour));
        value += (level - value + 1.5 * (unit2(hour, 7, salt) - 0.5)) * smoothstep(-1.0, ramp, inside);
    }
    let luck = unit2(hour, 3, salt);
    if luck > 0.9985 {
        quality = 2;
        value = 0.0;
    } else if luck > 0.996 {
        quality = 1;
    }
    Some((value.max(0.0), quality))
}

/// The calm course of a channel: day, week, weather, chance.
fn rhythm(channel: &Channel, salt: u32, hour: i32) -> f64 {
    let of_day = f64::from(hour.rem_euclid(24));
    let day = Day(FIRST.0 + hour.div_euclid(24));
    let sunday = day.weekday() == 6;
    let works =
        smoothstep(6.0, 8.0, of_day) * smoothstep(20.0, 17.5, of_day) * if sunday { 0.35 } else { 1.0 };
    let lunch = if (12.0..13.5).contains(&of_day) { 0.5 } else { 1.0 };
    let chance = unit2(hour, 1, salt) - 0.5;
    let days = f64::from(hour) / 24.0;
    match channel.quantity {
        Quantity::Strain => {
            let warmth = ((of_day - 9.0) / 24.0 * std::f64::consts::TAU).sin();
            let season = (days / 365.0 * std::f64::consts::TAU).sin();
            channel.base
                + 6.5 * warmth
                + 7.0 * season
                + 5.0 * noise(days / 4.0, 0.5, salt)
                + 4.0 * works * lunch
                + 3.0 * chance
        }
        Quantity::Noise => {
            let night = 44.0 + 2.5 * noise(days * 3.0, 1.5, salt);
            night
                + (channel.base - 44.0) * works * lunch
                + 3.4 * chance
                + 2.5 * works * noise(days * 2.0, 2.5, salt)
        }
        Quantity::Dust => {
            let weather = noise(days / 3.0, 3.5, 99).max(-0.6);
            let calm = smoothstep(0.35, 0.9, noise(days / 11.0, 4.5, 98)) * 18.0;
            channel.base + 13.0 * weather + calm + 11.0 * works * lunch + 5.0 * chance
        }
    }
}
