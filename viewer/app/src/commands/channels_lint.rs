//! `lantu channels --lint`: bindings that lead nowhere, series that stand twice, units that do not compare.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash as _, Hasher as _};

use lantu_base::UtcNanos;
use lantu_live::Channel;
use lantu_overlay::ObjectTable as _;
use lantu_session::{SceneTable, Session};
use serde_json::{Value, json};

use crate::context::Context;

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
pub(crate) fn lint(context: &Context, session: &Session) -> Vec<Value> {
    let mut found = bindings(context, session);
    found.extend(series(context, session));
    found.sort_by(|a, b| (a.channel, a.code, &a.what).cmp(&(b.channel, b.code, &b.what)));
    found.iter().map(|f| json!({ "channel": f.channel, "code": f.code, "what": f.what })).collect()
}

/// What each binding says, against the scene and the rules.
fn bindings<'s>(context: &Context, session: &'s Session) -> Vec<Finding<'s>> {
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
                push("double_binding", context.say("lint-double-binding", &[("object", object.into())]));
            }
            if table.resolve(object).is_empty() {
                push("orphan_object", context.say("lint-orphan-object", &[("object", object.into())]));
            }
        }
        match rules.for_quantity(&c.quantity) {
            None => push("no_rule", context.say("lint-no-rule", &[("quantity", c.quantity.as_str().into())])),
            Some(rule) => {
                let written = store.value_at(&c.id, UtcNanos(i64::MAX)).map(|s| s.unit.to_string());
                let unit = written.filter(|u| !u.is_empty()).unwrap_or_else(|| c.unit.clone());
                if rule.factor(&unit).is_none() {
                    let args = [
                        ("unit", unit.into()),
                        ("expected", rule.unit.as_str().into()),
                        ("rule", rule.id.as_str().into()),
                    ];
                    push("unit_mismatch", context.say("lint-unit-rule", &args));
                } else if !c.unit.is_empty() && rule.factor(&c.unit) != rule.factor(&unit) {
                    let args = [("bound", c.unit.as_str().into()), ("unit", unit.into())];
                    push("unit_mismatch", context.say("lint-unit-read", &args));
                }
            }
        }
    }
    out
}

/// What each series says, against the bindings and the other series.
fn series<'s>(context: &Context, session: &'s Session) -> Vec<Finding<'s>> {
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
        out.push(Finding { channel, code: "no_samples", what: context.say("lint-no-samples", &[]) });
    }
    for &channel in read.difference(&known) {
        out.push(Finding { channel, code: "unbound_series", what: context.say("lint-unbound-series", &[]) });
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
                let what = context.say("lint-double-series", &[("other", (*o.get()).into())]);
                out.push(Finding { channel, code: "double_series", what });
            }
        }
    }
    out
}
