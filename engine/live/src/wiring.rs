//! Which channels and things a rule over several channels looks at, for each object, site or thing that it judges.

use std::collections::BTreeSet;
use std::sync::Arc;

use lantu_base::ChannelId;

use crate::rules::{Input, Measured, Per, Take};
use crate::thing::{Area, Thing, class_fits};
use crate::{Channel, SensorRule, SensorRules};

/// What a rule over several channels looks at for one object, site or thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Wiring {
    /// What is judged: the object or thing as bindings name it, or the site.
    pub subject: String,
    pub(crate) series: Vec<Series>,
    /// One for each input of the rule, in their order.
    pub(crate) inputs: Vec<Wired>,
    /// Stands for all of it.
    pub(crate) digest: u64,
}

/// Readings of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    /// Channel of values, or a thing's name.
    pub(crate) name: String,
    pub(crate) source: SeriesSource,
    /// Readings older than so many seconds do not count.
    pub(crate) stale_s: f64,
    /// And after so many the thing has left.
    pub(crate) forget_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SeriesSource {
    /// Unit where a reading states none, and the place of the input that says what units compare.
    Values { channel: ChannelId, unit: String, input: usize },
    /// Easting, northing, height.
    Track([ChannelId; 3]),
}

/// An input with what it reads: indices of series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wired {
    Values { series: Vec<usize>, take: Take, absolute: bool },
    Nearest { own: At, others: Vec<At>, radius_m: f64, measured: Measured },
    Inside { own: At, areas: Vec<Area> },
    Height(At),
}

/// Where something is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum At {
    Fixed([f64; 3]),
    /// By a series.
    Track(usize),
}

/// What rules over several channels can be about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// Channels with readings of their own.
    pub channels: &'a [Channel],
    /// Things with a place.
    pub things: &'a [Thing],
    /// Areas of the classes that rules name.
    pub areas: &'a [Area],
}

/// A channel for each judgment of a rule over several channels, by name: `RULE@SUBJECT`.
///
/// What lacks a channel of one of the inputs is not judged; a site, object or thing that has them all is, whether or not
/// there are readings yet.
pub fn combined_channels(rules: &SensorRules, around: Surroundings<'_>) -> Vec<Channel> {
    let mut out: Vec<Channel> = Vec::new();
    for rule in rules.rules().iter().filter(|r| r.is_combined()) {
        for subject in subjects(rule, around) {
            let Some(wiring) = wire(rule, around, &subject) else { continue };
            out.push(Channel {
                id: ChannelId(format!("{}@{}", rule.id, wiring.subject).into()),
                object: subject.object(),
                quantity: rule.quantity.clone(),
                unit: rule.unit.clone(),
                period_s: 0.0,
                shelves: Vec::new(),
                site: subject.site().to_owned(),
                wiring: Some(Arc::new(wiring)),
            });
        }
    }
    out.sort_by(|a, b| a.id.cmp(&b.id));
    out
}

/// What is judged.
enum Subject<'a> {
    Object { object: &'a str, site: &'a str },
    Site(&'a str),
    Thing(&'a Thing),
}

impl Subject<'_> {
    fn site(&self) -> &str {
        match self {
            Self::Object { site, .. } | Self::Site(site) => site,
            Self::Thing(thing) => &thing.site,
        }
    }

    fn object(&self) -> Option<String> {
        match self {
            Self::Object { object, .. } => Some((*object).to_owned()),
            Self::Site(_) => None,
            Self::Thing(thing) => Some(thing.object.clone().unwrap_or_else(|| thing.as_object())),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Object { object, .. } => (*object).to_owned(),
            Self::Site(site) => (*site).to_owned(),
            Self::Thing(thing) => thing.name.clone(),
        }
    }

    /// Whether a channel is bound to it.
    fn has(&self, channel: &Channel) -> bool {
        match self {
            Self::Object { object, .. } => channel.object.as_deref() == Some(*object),
            Self::Site(site) => channel.site == *site,
            Self::Thing(thing) => channel
                .object
                .as_ref()
                .is_some_and(|o| Thing::named_in(o) == Some(&thing.name) || Some(o) == thing.object.as_ref()),
        }
    }
}

fn subjects<'a>(rule: &SensorRule, around: Surroundings<'a>) -> Vec<Subject<'a>> {
    match rule.per {
        Per::Thing => {
            let mut things: Vec<&Thing> =
                around.things.iter().filter(|t| rule.kinds.contains(&t.kind)).collect();
            things.sort_by(|a, b| a.name.cmp(&b.name));
            things.into_iter().map(Subject::Thing).collect()
        }
        Per::Site => {
            let sites: BTreeSet<&str> = around.channels.iter().map(|c| c.site.as_str()).collect();
            sites.into_iter().map(Subject::Site).collect()
        }
        Per::Object => {
            let objects =
                around.channels.iter().filter_map(|c| Some((c.object.as_deref()?, c.site.as_str())));
            let objects: BTreeSet<(&str, &str)> =
                objects.filter(|(o, _)| Thing::named_in(o).is_none()).collect();
            objects.into_iter().map(|(object, site)| Subject::Object { object, site }).collect()
        }
    }
}

fn wire(rule: &SensorRule, around: Surroundings<'_>, subject: &Subject<'_>) -> Option<Wiring> {
    let mut out = Wiring { subject: subject.name(), series: Vec::new(), inputs: Vec::new(), digest: 0 };
    for (ix, input) in rule.inputs.values().enumerate() {
        let wired = match (&input.quantity, subject) {
            (Some(quantity), _) => values(rule, (ix, input, quantity), around, subject, &mut out.series)?,
            (None, Subject::Thing(thing)) => {
                let own = out.place(rule, thing, None);
                if !input.nearest.is_empty() {
                    let is_other = |t: &&Thing| {
                        t.name != thing.name && t.site == thing.site && input.nearest.contains(&t.kind)
                    };
                    let others = around.things.iter().filter(is_other);
                    let others = others.map(|t| out.place(rule, t, input.forget_after_s)).collect();
                    let radius_m = if input.beyond_radius { thing.radius_m } else { 0.0 };
                    Wired::Nearest { own, others, radius_m, measured: input.measured }
                } else if input.height {
                    Wired::Height(own)
                } else {
                    let areas = around.areas.iter().filter(|a| class_fits(&input.inside, &a.class));
                    Wired::Inside { own, areas: areas.cloned().collect() }
                }
            }
            (None, _) => return None,
        };
        out.inputs.push(wired);
    }
    out.digest = out.digest();
    Some(out)
}

fn values(
    rule: &SensorRule,
    (input_ix, input, quantity): (usize, &Input, &str),
    around: Surroundings<'_>,
    subject: &Subject<'_>,
    all: &mut Vec<Series>,
) -> Option<Wired> {
    let of_subject = |c: &&Channel| match input.from {
        Per::Site => c.site == subject.site(),
        _ => subject.has(c),
    };
    let mut series = Vec::new();
    let mut seen: BTreeSet<&ChannelId> = BTreeSet::new();
    for c in around.channels.iter().filter(|c| c.quantity == quantity).filter(of_subject) {
        if !seen.insert(&c.id) {
            continue;
        }
        series.push(all.len());
        all.push(Series {
            name: c.id.to_string(),
            source: SeriesSource::Values { channel: c.id.clone(), unit: c.unit.clone(), input: input_ix },
            stale_s: stale_s(rule, c.period_s),
            forget_s: None,
        });
    }
    (!series.is_empty()).then_some(Wired::Values { series, take: input.take, absolute: input.absolute })
}

fn stale_s(rule: &SensorRule, period_s: f64) -> f64 {
    rule.stale_after_periods * if period_s > 0.0 { period_s } else { rule.default_period_s }
}

impl Wiring {
    /// Where a thing is; a thing that moves gets a series.
    fn place(&mut self, rule: &SensorRule, thing: &Thing, forget_s: Option<f64>) -> At {
        if let Some(at) = thing.fixed {
            return At::Fixed(at);
        }
        let known = |s: &Series| {
            matches!(s.source, SeriesSource::Track(_)) && s.name == thing.name && s.forget_s == forget_s
        };
        if let Some(ix) = self.series.iter().position(known) {
            return At::Track(ix);
        }
        self.series.push(Series {
            name: thing.name.clone(),
            source: SeriesSource::Track(thing.tracks()),
            stale_s: stale_s(rule, thing.period_s),
            forget_s,
        });
        At::Track(self.series.len() - 1)
    }

    /// Names of the channels and things that are read.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|s| s.name.as_str())
    }

    fn digest(&self) -> u64 {
        use std::hash::{Hash as _, Hasher as _};
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        // What is printed of a wiring is all of it, places and areas to the last bit.
        format!("{:?}{:?}{:?}", self.subject, self.series, self.inputs).hash(&mut hasher);
        hasher.finish()
    }
}
