//! Stations along alignments: referents and what they say.

use std::collections::{BTreeMap, BTreeSet};

use super::axes::Reader;
use super::linear::linear_axes;
use crate::step::Value;

/// A referent on an alignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Number of its record.
    pub record: u64,
    /// `Name`, as the author labels it; empty if it has none.
    pub name: String,
    /// Meters along the alignment, as distances along its curve are counted.
    pub distance_m: f64,
    /// Station from here on, meters; `None` if the referent marks a place only.
    pub station_m: Option<f64>,
    /// Station up to here where stations are broken, meters.
    pub incoming_m: Option<f64>,
    /// Whether stations grow with the distance from here on.
    pub increasing: bool,
}

/// The stations of one alignment, in order along it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stations(Vec<Station>);

impl Stations {
    pub(super) fn list(&self) -> &[Station] {
        &self.0
    }

    /// Station at a distance along the curve. Before the first the first counts backward.
    pub(super) fn at(&self, distance_m: f64) -> Option<f64> {
        let counted = |s: &&Station| s.station_m.is_some();
        let last = self.0.iter().filter(counted).rfind(|s| s.distance_m <= distance_m + SAME_M);
        let (s, station) = if let Some(s) = last {
            (s, s.station_m?)
        } else {
            let first = self.0.iter().find(counted)?;
            (first, first.incoming_m.or(first.station_m)?)
        };
        let ahead = distance_m - s.distance_m;
        Some(if s.increasing { station + ahead } else { station - ahead })
    }
}

/// Distances that count as one, meters: a station at its own referent is the one from there on.
const SAME_M: f64 = 1e-6;

/// Referents of all alignments of a file.
pub(super) struct AllStations(BTreeMap<u64, Vec<Station>>);

impl AllStations {
    /// Those of an alignment, else those of the alignment above it.
    pub(super) fn of(&self, alignment: u64, above: Option<u64>) -> Stations {
        let own = self.0.get(&alignment).or_else(|| self.0.get(&above?));
        let mut list = own.cloned().unwrap_or_default();
        list.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        Stations(list)
    }
}

/// Reads the referents that are nested in alignments.
pub(super) fn read(reader: &Reader<'_>, nests: &BTreeMap<u64, Vec<u64>>) -> AllStations {
    let is_referent = |r: &u64| reader.keyword(*r) == Some("IFCREFERENT");
    let members: BTreeSet<u64> = nests.values().flatten().copied().filter(is_referent).collect();
    let sets = if members.is_empty() { BTreeMap::new() } else { stationing(reader, &members) };
    let none = Vec::new();
    let all = nests.iter().map(|(&alignment, parts)| {
        let stations = parts.iter().filter(|p| members.contains(p));
        let list = stations.filter_map(|&p| station(reader, p, sets.get(&p).unwrap_or(&none))).collect();
        (alignment, list)
    });
    AllStations(all.filter(|(_, list): &(u64, Vec<Station>)| !list.is_empty()).collect())
}

fn station(reader: &Reader<'_>, id: u64, properties: &[u64]) -> Option<Station> {
    let (_, args) = reader.get(id)?;
    let (_, placement) = reader.get(args.get(5)?.as_ref()?)?;
    let at = placement.iter().filter_map(Value::as_ref).find_map(|r| linear_axes(reader, r).ok())?.at;
    let value = |name: &str| {
        properties.iter().find_map(|&p| {
            let (_, args) = reader.get(p)?;
            reader.file.text(args.first()).filter(|n| n == name)?;
            args.get(2).cloned()
        })
    };
    // `RestartDistance` of 4.1 and 4.2 is the ninth attribute.
    let restart = reader.length(args.get(8));
    Some(Station {
        record: id,
        name: reader.file.text(args.get(2)).unwrap_or_default(),
        distance_m: at.along,
        station_m: reader.length(value("Station").as_ref()).or(restart),
        incoming_m: reader.length(value("IncomingStation").as_ref()),
        increasing: !matches!(
            value("HasIncreasingStation").as_ref().and_then(|v| v.members().first()),
            Some(Value::Enum("F"))
        ),
    })
}

/// Properties of the set `Pset_Stationing` of each of some objects.
fn stationing(reader: &Reader<'_>, of: &BTreeSet<u64>) -> BTreeMap<u64, Vec<u64>> {
    let file = reader.file;
    let mut out = BTreeMap::new();
    for r in file.scan.of("IFCRELDEFINESBYPROPERTIES") {
        let args = file.args(r);
        let objects: Vec<u64> =
            args.get(4).into_iter().flat_map(Value::refs).filter(|o| of.contains(o)).collect();
        let set = args.get(5).and_then(Value::as_ref).and_then(|s| reader.get(s));
        let Some((_, set)) = set.filter(|_| !objects.is_empty()) else { continue };
        if file.text(set.get(2)).as_deref() != Some("Pset_Stationing") {
            continue;
        }
        let properties: Vec<u64> = set.get(4).into_iter().flat_map(Value::refs).collect();
        out.extend(objects.into_iter().map(|o| (o, properties.clone())));
    }
    out
}
