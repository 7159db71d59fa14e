//! `lantu channels --lint`: bindings that lead nowhere, series that stand twice, units that do not compare.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash as _, Hasher as _};

use lantu_base::UtcNanos;
use lantu_live::Channel;
use lantu_overlay::ObjectTable as _;
use lantu_session::{SceneTable, Session};
use serde_json::{Value, json};

/// Fewer readings may agree by chance. Chosen.
const TELLING: u64 = 10;

/// Something about a channel that a person should look at.
struct Finding<'a> {
    channel: &'a str,
    /// Stable: `orphan_object`, `unbound_series`, `no_samples`, `double_binding`, `double_series`, `no_rule`,
    /// `unit_mismatch`.
    code: &'static str,
    what: String,
}

/// Every finding, by channel: `channel`, `code`, `what`.
pub(crate) fn lint(session: &Session) -> Vec<Value> {
    let mut found = bindings(session);
    found.extend(series(session));
    found.sort_by(|a, b| (a.channel, a.code, &a.what).cmp(&(b.channel, b.code, &b.what)));
    found.iter().map(|f| json!({ "channel": f.channel, "code": f.code, "what": f.what })).collect()
}

/// What each binding says, against the scene and the rules.
fn bindings(session: &Session) -> Vec<Finding<'_>> {
    let table = SceneTable::new(session);
    let (rules, store) = (&session.rules().sensor, session.time_store());
    let mut out = Vec::new();
    let mut bound: BTreeSet<(&str, &str)> = BTreeSet::new();
    // What a rule over several channels judges has neither readings nor an object of its own.
    for c in session.channels().iter().filter(|c| c.wiring.is_none()) {
        let channel: &str = &c.id.0;
        let mut push = |code, what| out.push(Finding { channel, code, what });
        if let Some(object) = c.object.as_deref() {
            if !bound.insert((channel, object)) {
                push("double_binding", format!("it is bound to {object} twice"));
            }
            if table.resolve(object).is_empty() {
                push("orphan_object", format!("no object is called {object}"));
            }
        }
        match rules.for_quantity(&c.quantity) {
            None => push("no_rule", format!("no rule judges {:?}", c.quantity)),
            Some(rule) => {
                let written = store.value_at(&c.id, UtcNanos(i64::MAX)).map(|s| s.unit.to_string());
                let unit = written.filter(|u| !u.is_empty()).unwrap_or_else(|| c.unit.clone());
                if rule.factor(&unit).is_none() {
                    push(
                        "unit_mismatch",
                        format!("{unit:?} does not compare with {} of {}", rule.unit, rule.id),
                    );
                } else if !c.unit.is_empty() && rule.factor(&c.unit) != rule.factor(&unit) {
                    push("unit_mismatch", format!("bound in {:?}, read in {unit:?}", c.unit));
                }
            }
        }
    }
    out
}

/// What each series says, against the bindings and the other series.
fn series(session: &Session) -> Vec<Finding<'_>> {
    let store = session.time_store();
    let mut out = Vec::new();
    let own = session.channels().iter().filter(|c: &&Channel| c.wiring.is_none());
    let known: BTreeSet<&str> = own.map(|c| &*c.id.0).collect();
    // Where things are is read from channels of their names.
    let things: BTreeSet<&str> = session.things().iter().map(|t| t.name.as_str()).collect();
    let is_place = |id: &str| {
        [".x", ".y", ".z"]
            .iter()
            .any(|axis| id.strip_suffix(axis).is_some_and(|thing| things.contains(thing)))
    };
    let read: BTreeSet<&str> = store.channels().map(|id| &*id.0).filter(|id| !is_place(id)).collect();
    for &channel in known.difference(&read) {
        out.push(Finding { channel, code: "no_samples", what: "it is bound and never read".to_owned() });
    }
    for &channel in read.difference(&known) {
        out.push(Finding {
            channel,
            code: "unbound_series",
            what: "nothing says what it measures".to_owned(),
        });
    }
    // Series whose days are the same bytes are one series under two names.
    let mut days: BTreeMap<&str, (u64, DefaultHasher)> = BTreeMap::new();
    for (id, header, bytes) in store.chunks().filter(|(id, ..)| !is_place(&id.0)) {
        let (n, hasher) = days.entry(&*id.0).or_default();
        *n += u64::from(header.n);
        bytes.hash(hasher);
    }
    let mut first: HashMap<u64, &str> = HashMap::new();
    for (channel, (_, hasher)) in days.iter().filter(|(_, (n, _))| *n >= TELLING) {
        let channel: &str = channel;
        match first.entry(hasher.finish()) {
            Entry::Vacant(v) => drop(v.insert(channel)),
            Entry::Occupied(o) => {
                let what = format!("the same readings as {}", o.get());
                out.push(Finding { channel, code: "double_series", what });
            }
        }
    }
    out
}
