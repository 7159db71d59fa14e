//! Names of materials and classifications of an object.

use super::Relations;
use crate::step::{StepFile, Value};

/// Deepest chain of classifications or material sets. Chosen: real ones have 5 levels.
const MAX_LEVELS: usize = 16;
/// Records of one object's materials that are looked at: sets that hold each other many times over end. Chosen: a set of
/// a thousand layers.
const MAX_LOOKS: usize = 4096;

/// Looks up materials and classifications.
pub(crate) struct Materials<'a, 'f> {
    pub(crate) file: &'a StepFile<'f>,
    pub(crate) relations: &'a Relations,
}

impl Materials<'_, '_> {
    /// Names of an object's materials, or of its type's where it has none of its own.
    pub(crate) fn materials(&self, record: u64) -> Vec<String> {
        let own = self.relations.materials.get(&record).and_then(|m| m.first().copied());
        let of_type = || {
            let kind = self.relations.type_of.get(&record)?;
            self.relations.materials.get(kind)?.first().copied()
        };
        let mut out = Vec::new();
        if let Some(m) = own.or_else(of_type) {
            self.names(m, &mut out, 0, &mut 0);
        }
        out
    }

    fn names(&self, material: u64, out: &mut Vec<String>, depth: usize, looks: &mut usize) {
        *looks += 1;
        let within = depth < MAX_LEVELS && *looks < MAX_LOOKS;
        let Some((keyword, args)) = self.file.get(material).filter(|_| within) else { return };
        let at = match keyword {
            "IFCMATERIAL" => {
                out.extend(self.file.text(args.first()));
                return;
            }
            "IFCMATERIALLAYERSETUSAGE"
            | "IFCMATERIALPROFILESETUSAGE"
            | "IFCMATERIALPROFILESETUSAGETAPERING"
            | "IFCMATERIALLAYERSET"
            | "IFCMATERIALLAYER"
            | "IFCMATERIALLAYERWITHOFFSETS"
            | "IFCMATERIALLIST" => 0,
            "IFCMATERIALPROFILESET"
            | "IFCMATERIALPROFILE"
            | "IFCMATERIALPROFILEWITHOFFSETS"
            | "IFCMATERIALCONSTITUENTSET"
            | "IFCMATERIALCONSTITUENT" => 2,
            _ => return,
        };
        for next in args.get(at).into_iter().flat_map(Value::refs) {
            self.names(next, out, depth + 1, looks);
        }
    }

    /// An object's and its type's classifications: `system:code`, or the name.
    pub(crate) fn classifications(&self, record: u64) -> Vec<String> {
        let of = |r: u64| self.relations.classifications.get(&r).cloned().unwrap_or_default();
        let mut refs = of(record);
        if let Some(&kind) = self.relations.type_of.get(&record) {
            refs.extend(of(kind));
        }
        let mut out: Vec<String> = Vec::new();
        for id in refs {
            if let Some(text) = self.classification(id)
                && !out.contains(&text)
            {
                out.push(text);
            }
        }
        out
    }

    fn classification(&self, id: u64) -> Option<String> {
        let (keyword, args) = self.file.get(id)?;
        let text = |at: usize| self.file.text(args.get(at));
        match keyword {
            "IFCCLASSIFICATION" => text(3),
            "IFCCLASSIFICATIONREFERENCE" => {
                let system = self.system(args.get(3).and_then(Value::as_ref));
                match (system, text(1)) {
                    (Some(system), Some(code)) => Some(format!("{system}:{code}")),
                    (None, Some(code)) => Some(code),
                    (_, None) => text(2),
                }
            }
            "IFCCLASSIFICATIONNOTATION" => {
                let facets: Vec<String> = args
                    .first()?
                    .refs()
                    .filter_map(|f| self.file.text(self.file.get(f)?.1.first()))
                    .collect();
                Some(facets.join("."))
            }
            _ => None,
        }
    }

    /// Name of the classification at the end of a chain of references.
    fn system(&self, mut source: Option<u64>) -> Option<String> {
        for _ in 0..MAX_LEVELS {
            let (keyword, args) = self.file.get(source?)?;
            if keyword == "IFCCLASSIFICATION" {
                return self.file.text(args.get(3));
            }
            source = args.get(3).and_then(Value::as_ref);
        }
        None
    }
}
