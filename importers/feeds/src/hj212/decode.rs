//! From the fields of a packet to readings.

use std::collections::VecDeque;

use lantu_base::{ChannelId, TimeZoneName, UtcNanos};
use lantu_live::{Quality, Sample, is_measurable, tell_clock};

use super::{Packet, Profiles};
use crate::Counters;
use crate::names::{NO_NAME, is_name};

/// Packets whose time is remembered, for the parts of a divided one. Chosen: more than a station has under way.
const MAX_PARTS: usize = 64;
/// A clock that is off by more makes readings suspect. Chosen: below the three hours of a wrong zone, above the delay
/// of a station that sends an hour's mean.
const CLOCK_SUSPECT_S: f64 = 2.5 * 3600.0;
/// A clock that is off by more belongs to another year: its readings would lie where nobody looks for them.
const CLOCK_REFUSED_S: f64 = 366.0 * 86_400.0;
/// Commands that bring data, and what channels of their values end with behind the kind: what is measured now, and what
/// was of a minute (or some), an hour, a day. One of each may be of one instant, so none shares a channel.
/// Whole words, as `.min` is the least value.
const DATA_COMMANDS: [(&str, &str); 4] =
    [(REAL_TIME, ""), ("2051", ".minute"), ("2061", ".hour"), ("2031", ".day")];
/// What is measured now.
const REAL_TIME: &str = "2011";

/// Decodes packets of one connection.
pub struct Decoder<'p> {
    profiles: &'p Profiles,
    zone: TimeZoneName,
    /// (MN and QN, `DataTime`) of divided packets.
    times: VecDeque<(String, String)>,
}

/// What holds for all values of a packet.
struct Head<'a> {
    mn: &'a str,
    /// As in [`DATA_COMMANDS`].
    period: &'static str,
    time: UtcNanos,
    /// When it came, if the station's clock is off.
    off: Option<UtcNanos>,
}

/// What a packet was.
#[derive(Debug, PartialEq)]
pub enum Decoded {
    /// Readings, perhaps none.
    Readings(Vec<(ChannelId, Sample)>),
    /// Another command, which is answered and otherwise ignored.
    Other,
    /// Refused.
    Refused(&'static str),
}

impl<'p> Decoder<'p> {
    /// A decoder that knows the devices.
    ///
    /// # Errors
    /// [`lantu_base::TimeError`] if the profiles' zone is none.
    pub fn new(profiles: &'p Profiles) -> Result<Self, lantu_base::TimeError> {
        Ok(Self { profiles, zone: TimeZoneName::new(&profiles.zone)?, times: VecDeque::new() })
    }

    /// Decodes a packet that was received at `now`; what is refused or unknown is counted.
    pub fn decode(&mut self, packet: &Packet, now: UtcNanos, counters: &Counters) -> Decoded {
        let mn = packet.get("MN").unwrap_or_default();
        if !is_name(mn) {
            return Decoded::Refused(NO_NAME);
        }
        if let Err(why) = self.profiles.admits(mn, packet.get("PW")) {
            return Decoded::Refused(why);
        }
        let Some(period) = packet.get("CN").and_then(period) else { return Decoded::Other };
        let Some(time) = self.time(packet, mn) else {
            return Decoded::Refused("no DataTime that can be read");
        };
        if time.seconds_since(now).abs() > CLOCK_REFUSED_S {
            counters.clock();
            return Decoded::Refused("a clock that is off by more than a year");
        }
        let off = self.is_skewed(packet, time, now).then_some(now);
        let mut rows = Vec::new();
        for group in &packet.groups {
            self.group((packet, group), &Head { mn, period, time, off }, counters, &mut rows);
        }
        Decoded::Readings(rows)
    }

    /// `DataTime` of the packet, or of the first part of a divided one.
    fn time(&mut self, packet: &Packet, mn: &str) -> Option<UtcNanos> {
        let key = format!("{mn} {}", packet.get("QN").unwrap_or_default());
        let text = match packet.common("DataTime") {
            Some(text) => {
                if packet.get("PNUM").is_some() {
                    self.times.push_back((key, text.to_owned()));
                    if self.times.len() > MAX_PARTS {
                        self.times.pop_front();
                    }
                }
                text.to_owned()
            }
            None => self.times.iter().rev().find(|(k, _)| *k == key)?.1.clone(),
        };
        self.instant(&text)
    }

    /// Whether the station's clock is off, as a packet shows that came at `now`.
    ///
    /// Means of hours and days lie in the past, and so does what a station sends again after its line was down: then `QN`
    /// tells, which is the instant of sending. One of another year is no clock but a constant.
    fn is_skewed(&self, packet: &Packet, time: UtcNanos, now: UtcNanos) -> bool {
        let is_real_time = packet.get("CN") == Some(REAL_TIME);
        let ahead_s = time.seconds_since(now);
        if ahead_s > CLOCK_SUSPECT_S {
            return true;
        }
        if is_real_time && ahead_s >= -CLOCK_SUSPECT_S {
            return false;
        }
        let sent = packet.get("QN").and_then(|qn| self.instant(qn));
        let off_s = sent.map(|t| t.seconds_since(now).abs()).filter(|s| *s <= CLOCK_REFUSED_S);
        off_s.map_or(is_real_time, |s| s > CLOCK_SUSPECT_S)
    }

    /// An instant of the station's zone, written as yyyyMMddHHmmss and perhaps more.
    fn instant(&self, text: &str) -> Option<UtcNanos> {
        let digits = text.get(..14).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
        let part = |a: usize, b: usize| digits.get(a..b).unwrap_or_default();
        let local = format!(
            "{}-{}-{}T{}:{}:{}",
            part(0, 4),
            part(4, 6),
            part(6, 8),
            part(8, 10),
            part(10, 12),
            part(12, 14)
        );
        UtcNanos::parse(&local, &self.zone).ok()
    }

    fn group(
        &self,
        (packet, group): (&Packet, &[(String, String)]),
        &Head { mn, period, time, off }: &Head<'_>,
        counters: &Counters,
        rows: &mut Vec<(ChannelId, Sample)>,
    ) {
        for (key, text) in group {
            let Some((factor, kind)) = key.split_once('-') else { continue };
            // Marks and times of samples say something about a value beside them.
            if matches!(kind, "Flag" | "EFlag" | "SampleTime") {
                continue;
            }
            let Some(known) = self.profiles.key(mn, factor) else {
                counters.quarantine(factor, mn);
                continue;
            };
            let Some(suffix) = suffix(kind) else {
                counters.quarantine(key, mn);
                continue;
            };
            let Some(value) = text.parse::<f64>().ok().filter(|v| is_measurable(*v)) else {
                counters.reject("a value that is no number, or beyond 1e30", &format!("{mn} {key}"));
                continue;
            };
            let quality = quality(mark(packet, group, factor));
            let end = known.channel.as_deref().unwrap_or(factor);
            let name = format!("{}.{end}{suffix}{period}", self.profiles.name(mn));
            // A profile may give a name that is long already.
            if !is_name(&name) {
                counters.reject(NO_NAME, &name);
                continue;
            }
            let mut sample = Sample::new(time, value, quality, known.unit.as_str().into());
            let channel = ChannelId(name.into());
            let told = off.map(|now| {
                counters.clock();
                tell_clock(&channel, &mut sample, now)
            });
            rows.push((channel, sample));
            rows.extend(told);
        }
    }
}

/// End of a channel's name for the command that brought it; `None` if it brings no values.
fn period(command: &str) -> Option<&'static str> {
    DATA_COMMANDS.iter().find(|(c, _)| *c == command).map(|(_, end)| *end)
}

/// Kinds of values, and what channels end with for them before the end of the command. The standard has
/// no others. Kinds that one packet may bring of a factor have different ends, as they are of one instant.
/// `td` is what some stations write for `Rtd`; `Zs` is what is converted to the reference state, in the same unit.
const KINDS: [(&str, &str); 13] = [
    ("Rtd", ""),
    ("td", ""),
    ("Avg", ".avg"),
    ("Min", ".min"),
    ("Max", ".max"),
    ("Cou", ".sum"),
    ("ZsRtd", ".zs"),
    ("ZsAvg", ".zs.avg"),
    ("ZsMin", ".zs.min"),
    ("ZsMax", ".zs.max"),
    // Noise of the whole time, and in CN=2031 of its day and its night.
    ("Data", ".leq"),
    ("DayData", ".ld"),
    ("NightData", ".ln"),
];

fn suffix(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(k, _)| *k == kind).map(|(_, end)| *end)
}

/// The mark of a factor's values in a group: beside them; where some stations put it, in a group of its own; or one of
/// the whole packet.
fn mark<'a>(packet: &'a Packet, group: &'a [(String, String)], factor: &str) -> Option<&'a str> {
    let own = format!("{factor}-Flag");
    let here = group.iter().find(|(k, _)| *k == own).map(|(_, v)| v.as_str());
    here.or_else(|| packet.common(&own)).or_else(|| packet.common("Flag"))
}

/// HJ 212-2017, table 6: N normal, T beyond the range's top; F stopped, M maintained, S set by hand, D failed,
/// C calibrating, B no communication.
fn quality(flag: Option<&str>) -> Quality {
    match flag {
        None | Some("N" | "") => Quality::Good,
        Some("T") => Quality::Uncertain,
        Some(_) => Quality::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of a minute, an hour and a day that begin at midnight are of one instant.
    #[test]
    fn no_two_kinds_of_value_of_any_two_commands_share_a_channel() {
        let ends: Vec<_> = DATA_COMMANDS
            .iter()
            .flat_map(|(command, period)| KINDS.map(|(kind, end)| (*command, kind, format!("{end}{period}"))))
            .collect();
        assert_eq!(ends.len(), 4 * 13);
        for (ix, a) in ends.iter().enumerate() {
            for b in &ends[..ix] {
                let is_one = a.0 == b.0 && ["Rtd", "td"].contains(&a.1) && ["Rtd", "td"].contains(&b.1);
                assert_eq!(a.2 == b.2, is_one, "{a:?} {b:?}");
            }
        }
    }
}
