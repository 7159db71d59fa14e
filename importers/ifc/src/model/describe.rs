//! One record in words: its class, name and attributes, and what it stands for.

use lantu_base::UtcNanos;
use lantu_ingest::{Fact, FactKind, Field, PropertyValue};
use rustc_hash::FxHashMap;

use super::values::{Values, called};
use crate::schema::{Family, class};
use crate::step::{StepFile, Value};
use crate::units::Units;

/// Deepest chain of material sets and classifications. Chosen: real ones have 5 levels.
const MAX_LEVELS: usize = 16;
/// Members of one list attribute that are written out. Chosen: a record's own description, not its bulk.
const MAX_LISTED: usize = 4096;
const OWNER_HISTORY: &str = "IFCOWNERHISTORY";
/// Owner histories that are kept. Chosen: real files have a handful, or one for each object.
const MAX_OWNERS: usize = 256;

/// What a presentation layer holds: representations and their items, which have no name. A layer is told of each of its
/// objects, so that with them the facts of a model would grow by the square of its size.
const LAYER_ITEMS: &str = "AssignedItems";

/// Describes records.
pub(crate) struct Describer<'a, 'f> {
    pub(crate) file: &'a StepFile<'f>,
    pub(crate) units: &'a Units,
    pub(crate) family: Family,
    words: FxHashMap<&'a str, Word>,
    /// What the first owner histories say, which most records share.
    owners: FxHashMap<u64, Fact>,
}

/// What a keyword stands for.
struct Word {
    /// Exact spelling.
    class: String,
    /// Its attributes; empty if the schema does not have it.
    names: &'static [&'static str],
}

impl<'a, 'f> Describer<'a, 'f> {
    pub(crate) fn new(file: &'a StepFile<'f>, units: &'a Units, family: Family) -> Self {
        let word = |k: &str| Word { class: class(k).0, names: family.attribute_names(k).unwrap_or_default() };
        let words = file.scan.keywords.iter().map(|k| (k.as_str(), word(k))).collect();
        let mut out = Self { file, units, family, words, owners: FxHashMap::default() };
        let first = file.scan.of(OWNER_HISTORY).take(MAX_OWNERS);
        out.owners = first.filter_map(|r| Some((r.id, out.read_owner(r.id)?))).collect();
        out
    }

    /// Exact spelling of a keyword.
    pub(crate) fn class(&self, keyword: &str) -> String {
        self.words.get(keyword).map(|w| w.class.clone()).unwrap_or_default()
    }

    fn names(&self, keyword: &str) -> &'static [&'static str] {
        self.words.get(keyword).map_or(&[], |w| w.names)
    }

    /// The other side of a relation: its id, class and name, and if it has no id of its own all its attributes.
    pub(crate) fn fact(&self, kind: FactKind, record: u64) -> Option<Fact> {
        let (keyword, args) = self.file.get(record)?;
        let names = self.names(keyword);
        let rooted = names.first() == Some(&"GlobalId") || (names.is_empty() && is_global_id(args.first()));
        let mut out = Fact {
            kind,
            id: None,
            class: self.class(keyword),
            name: String::new(),
            fields: Vec::new(),
            inherited: false,
        };
        if rooted {
            out.id = self.file.text(args.first());
            out.name = self.file.text(args.get(2)).unwrap_or_default();
            return Some(out);
        }
        out.fields = self.fields(keyword, &args, 0);
        let named = names.iter().position(|n| *n == "Name");
        out.name = named.and_then(|at| self.file.text(args.get(at))).unwrap_or_default();
        match kind {
            FactKind::Classification => self.classification(&args, &mut out),
            FactKind::Document => {
                // A reference may lead to the document's own description.
                if let Some((keyword, args)) =
                    args.get(4).and_then(Value::as_ref).and_then(|d| self.file.get(d))
                    && keyword == "IFCDOCUMENTINFORMATION"
                {
                    out.fields.extend(self.fields(keyword, &args, 0));
                }
            }
            _ => {}
        }
        Some(out)
    }

    /// System and edition at the end of a chain of references, and the codes on the way.
    fn classification(&self, args: &[Value<'_>], out: &mut Fact) {
        let mut source = args.get(3).and_then(Value::as_ref);
        let mut above: Vec<PropertyValue> = Vec::new();
        for _ in 0..MAX_LEVELS {
            let Some((keyword, args)) = source.and_then(|s| self.file.get(s)) else { break };
            if keyword == "IFCCLASSIFICATION" {
                let text = |at: usize| self.file.text(args.get(at)).map(PropertyValue::Text);
                out.fields.extend(field("System", text(3)));
                out.fields.extend(field("Edition", text(1)));
                break;
            }
            above.extend(self.file.text(args.get(1)).map(PropertyValue::Text));
            source = args.get(3).and_then(Value::as_ref);
        }
        if !above.is_empty() {
            out.fields.extend(field("Above", Some(PropertyValue::List(above))));
        }
    }

    fn value(&self, v: &Value<'_>) -> PropertyValue {
        Values::new(self.file, self.family).plain(v)
    }

    /// Attributes that say something, from `first` on.
    pub(crate) fn fields(&self, keyword: &str, args: &[Value<'_>], first: usize) -> Vec<Field> {
        let mut out = Vec::new();
        for (name, value) in self.names(keyword).iter().zip(args).skip(first) {
            let geometry =
                matches!(*name, "ObjectPlacement" | "Representation" | "RepresentationMaps" | LAYER_ITEMS);
            if geometry || matches!(value, Value::Null) || value.members().len() > MAX_LISTED {
                continue;
            }
            let found = self.value(value);
            let unit = match value {
                Value::Typed(measure, _) => self.units.of_measure(measure),
                Value::Int(_) | Value::Real(_) => self.units.of_attribute(name),
                _ => None,
            };
            out.push(Field { name: (*name).to_owned(), value: found, unit });
        }
        out
    }

    /// Who made and changed a thing, and with what.
    pub(crate) fn owner(&self, history: u64) -> Option<Fact> {
        self.owners.get(&history).cloned().or_else(|| self.read_owner(history))
    }

    fn read_owner(&self, history: u64) -> Option<Fact> {
        let (keyword, args) = self.file.get(history).filter(|(k, _)| *k == OWNER_HISTORY)?;
        let at = |i: usize| args.get(i).and_then(Value::as_ref);
        let text = |record: Option<u64>, i: usize| {
            let (_, args) = self.file.get(record?)?;
            self.file.text(args.get(i)).map(PropertyValue::Text)
        };
        let side = |record: Option<u64>, i: usize| {
            let (_, args) = self.file.get(record?)?;
            args.get(i).and_then(Value::as_ref)
        };
        let spoken = side(at(0), 0).and_then(|person| called(self.file, person));
        let time = |i: usize| {
            let seconds = args.get(i).and_then(Value::as_f64).filter(|s| s.abs() < 9e9)?;
            #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
            let nanos = (seconds as i64).checked_mul(1_000_000_000)?;
            (nanos != 0).then(|| PropertyValue::Text(UtcNanos(nanos).to_string()))
        };
        let fields = [
            field("Organization", text(side(at(0), 1), 1)),
            field("Application", text(at(1), 2)),
            field("Version", text(at(1), 1)),
            field("Created", time(7)),
            field("Modified", time(4)),
            field("ChangeAction", args.get(3).filter(|v| **v != Value::Null).map(|v| self.value(v))),
        ];
        Some(Fact {
            kind: FactKind::Owner,
            id: None,
            class: self.class(keyword),
            name: spoken.unwrap_or_default(),
            fields: fields.into_iter().flatten().collect(),
            inherited: false,
        })
    }

    /// What a thing is made of: one fact for each material, layer, profile and constituent.
    pub(crate) fn materials(&self, material: u64, out: &mut Vec<Fact>) {
        self.material(material, &[], out, &mut Walk { depth: 0, looks: 0 });
    }

    fn material(&self, record: u64, above: &[Field], out: &mut Vec<Fact>, walk: &mut Walk) {
        walk.looks += 1;
        let within = walk.depth < MAX_LEVELS && walk.looks < MAX_LISTED;
        let Some((keyword, args)) = self.file.get(record).filter(|_| within) else { return };
        let own = |skip: &[&str]| -> Vec<Field> {
            let all = self.fields(keyword, &args, 0).into_iter();
            all.filter(|f| !skip.contains(&f.name.as_str())).chain(above.iter().cloned()).collect()
        };
        let (parts, kept) = match keyword {
            "IFCMATERIALLAYERSETUSAGE" => (0, own(&["ForLayerSet"])),
            "IFCMATERIALPROFILESETUSAGE" | "IFCMATERIALPROFILESETUSAGETAPERING" => {
                (0, own(&["ForProfileSet"]))
            }
            "IFCMATERIALLAYERSET" => (0, renamed(own(&["MaterialLayers"]), "LayerSet")),
            "IFCMATERIALPROFILESET" => (2, renamed(own(&["MaterialProfiles"]), "ProfileSet")),
            "IFCMATERIALCONSTITUENTSET" => (2, renamed(own(&["MaterialConstituents"]), "ConstituentSet")),
            "IFCMATERIALLIST" => (0, Vec::new()),
            _ => {
                let at = match keyword {
                    "IFCMATERIALLAYER" | "IFCMATERIALLAYERWITHOFFSETS" => 0,
                    "IFCMATERIALPROFILE" | "IFCMATERIALPROFILEWITHOFFSETS" | "IFCMATERIALCONSTITUENT" => 2,
                    _ => usize::MAX,
                };
                let material = args.get(at).and_then(Value::as_ref);
                let name = match material {
                    Some(m) => self.file.get(m).and_then(|(_, a)| self.file.text(a.first())),
                    None if at == usize::MAX => self.file.text(args.first()),
                    None => None,
                };
                out.push(Fact {
                    kind: FactKind::Material,
                    id: None,
                    class: self.class(keyword),
                    name: name.unwrap_or_default(),
                    fields: own(&["Material"]),
                    inherited: false,
                });
                return;
            }
        };
        for part in args.get(parts).into_iter().flat_map(Value::refs) {
            walk.depth += 1;
            self.material(part, &kept, out, walk);
            walk.depth -= 1;
        }
    }
}

/// How deep a walk over a material's parts is, and how many records it has looked at: sets that hold each other many
/// times over end.
struct Walk {
    depth: usize,
    looks: usize,
}

/// A set's own name and description beside those of its parts.
fn renamed(fields: Vec<Field>, set: &str) -> Vec<Field> {
    let named = |f: Field| match f.name.as_str() {
        "Name" | "LayerSetName" => Field { name: set.to_owned(), ..f },
        "Description" => Field { name: format!("{set}Description"), ..f },
        _ => f,
    };
    fields.into_iter().map(named).collect()
}

fn field(name: &str, value: Option<PropertyValue>) -> Option<Field> {
    value.map(|value| Field { name: name.to_owned(), value, unit: None })
}

fn is_global_id(v: Option<&Value<'_>>) -> bool {
    matches!(v, Some(Value::Text(t)) if t.len() == 22)
}
