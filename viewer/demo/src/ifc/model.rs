//! One IFC file in the making.

use std::collections::BTreeMap;

use glam::{DVec2, DVec3};
use ifc_rs::IFC;
use ifc_rs::prelude::{
    BoolValue, Door, Id, IfcValue, LabelValue, Material, OpeningElement, PropertySet, PropertySingleValue,
    RelDefinesByProperties, RelFillsElement, RelVoidsElement, Slab, SlabTypeEnum, Space, SpaceTypeEnum,
    TypedId, Wall, Window,
};
use ifc_rs::prelude::{ElementBuilder, OpeningElementTypeEnum, SpatialElementBuilder};

use super::step::{encode, global_id, list, quoted, real, renumber};

/// Ids of our own writer begin here until the file is numbered; `ifc_rs` counts from 1.
const OWN_FROM: usize = 1_000_000;
/// Time of the file: the survey's day.
const FILE_TIME: &str = "2026-02-20T09:00:00";

/// How many of each class came from `ifc_rs`.
pub(crate) type Authored = BTreeMap<&'static str, usize>;

/// A product of the model, for the schedule and the sensors.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) global_id: String,
    /// Which task builds it, e.g. `2F/column`.
    pub(crate) group: String,
    /// Stable name within the model.
    pub(crate) key: String,
}

/// What a product is.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Wall,
    Slab(SlabTypeEnum),
    /// Width and height.
    Door(f64, f64),
    Window(f64, f64),
    Opening,
    Space,
    /// Class and the attributes after the tag, of our own writer.
    Own(&'static str, &'static str),
}

/// A product to be added.
#[derive(Clone)]
pub(crate) struct Spec {
    pub(crate) kind: Kind,
    pub(crate) key: String,
    pub(crate) name: String,
    /// Empty for what no task builds (openings, spaces).
    pub(crate) group: String,
    pub(crate) placement: usize,
    pub(crate) shape: usize,
}

/// Where a model stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Georeference {
    pub(crate) origin: DVec2,
    pub(crate) height_m: f64,
    /// Direction of the model's x axis in the map.
    pub(crate) angle_rad: f64,
}

/// An IFC file in the making.
pub(crate) struct Model {
    ifc: IFC,
    own: Vec<String>,
    /// Stable names of what `ifc_rs` gave random ids.
    keys: BTreeMap<usize, String>,
    file: &'static str,
    pub(crate) body: usize,
    pub(crate) project: usize,
    pub(crate) items: Vec<Item>,
    pub(crate) authored: Authored,
    n_relations: usize,
}

impl Model {
    /// Begins a file with project, units, context and georeference.
    pub(crate) fn new(file: &'static str, project_name: &str, place: Georeference) -> Self {
        let mut model = Self {
            ifc: IFC::default(),
            own: Vec::new(),
            keys: BTreeMap::new(),
            file,
            body: 0,
            project: 0,
            items: Vec::new(),
            authored: Authored::new(),
            n_relations: 0,
        };
        let axes = model.axes(DVec3::ZERO, DVec3::X);
        let context = model.add(format!("IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#{axes},$)"));
        model.body = model.add(format!(
            "IFCGEOMETRICREPRESENTATIONSUBCONTEXT('Body','Model',*,*,*,*,#{context},$,.MODEL_VIEW.,$)"
        ));
        let units = [
            "IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)",
            "IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.)",
            "IFCSIUNIT(*,.VOLUMEUNIT.,$,.CUBIC_METRE.)",
            "IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.)",
            "IFCSIUNIT(*,.MASSUNIT.,.KILO.,.GRAM.)",
            "IFCSIUNIT(*,.TIMEUNIT.,$,.SECOND.)",
        ]
        .map(|unit| model.add(unit.to_owned()));
        let [meter, ..] = units;
        let assignment = model.add(format!("IFCUNITASSIGNMENT({})", list(&units)));
        let id = model.guid("project");
        model.project = model
            .add(format!("IFCPROJECT('{id}',$,{},$,$,$,$,(#{context}),#{assignment})", quoted(project_name)));
        let crs = model.add(format!(
            "IFCPROJECTEDCRS('EPSG:4548','CGCS2000 / 3-degree Gauss-Kruger CM 117E','CGCS2000','EPSG:5737','Gauss-Kruger','CM 117E',#{meter})"
        ));
        let (sin, cos) = place.angle_rad.sin_cos();
        let unit9 = |x: f64| format!("{x:.9}");
        model.add(format!(
            "IFCMAPCONVERSION(#{context},#{crs},{},{},{},{},{},1.)",
            real(place.origin.x),
            real(place.origin.y),
            real(place.height_m),
            unit9(cos),
            unit9(sin)
        ));
        model
    }

    /// Adds an instance of our own, without its `;`.
    pub(crate) fn add(&mut self, text: String) -> usize {
        self.own.push(text);
        OWN_FROM + self.own.len() - 1
    }

    pub(crate) fn guid(&self, key: &str) -> String {
        global_id(&format!("{}/{key}", self.file))
    }

    fn relation(&mut self) -> String {
        self.n_relations += 1;
        self.guid(&format!("relation/{}", self.n_relations))
    }

    /// Registers what `ifc_rs` inserted.
    fn register(&mut self, id: usize, class: &'static str, key: String) -> usize {
        self.keys.insert(id, key);
        *self.authored.entry(class).or_default() += 1;
        id
    }

    /// Adds a product; returns its instance.
    pub(crate) fn product(&mut self, spec: &Spec) -> usize {
        let name = encode(&spec.name);
        let tag = encode(&spec.key);
        let place = Id(spec.placement);
        let shape = TypedId::new(Id(spec.shape));
        macro_rules! author {
            ($object:expr, $class:literal) => {{
                let mut object = $object;
                object.object_placement = place.into();
                object.representation = shape.into();
                let id = self.ifc.data.insert_new(object).id().0;
                self.register(id, $class, spec.key.clone())
            }};
        }
        let id = match spec.kind {
            Kind::Wall => author!(Wall::new(name).tag(tag), "IFCWALL"),
            Kind::Slab(kind) => author!(Slab::new(name).predefined_type(kind).tag(tag), "IFCSLAB"),
            Kind::Door(w, h) => {
                author!(Door::new(name).overall_width(w).overall_height(h).tag(tag), "IFCDOOR")
            }
            Kind::Window(w, h) => {
                author!(Window::new(name).overall_width(w).overall_height(h).tag(tag), "IFCWINDOW")
            }
            Kind::Opening => {
                author!(
                    OpeningElement::new(name).predefined_type(OpeningElementTypeEnum::Opening).tag(tag),
                    "IFCOPENINGELEMENT"
                )
            }
            Kind::Space => {
                author!(
                    Space::new(encode(&spec.key)).predefined_type(SpaceTypeEnum::Space).long_name(name),
                    "IFCSPACE"
                )
            }
            Kind::Own(class, tail) => {
                let guid = self.guid(&spec.key);
                self.add(format!(
                    "{class}('{guid}',$,'{name}',$,$,#{},#{},'{tag}'{tail})",
                    spec.placement, spec.shape
                ))
            }
        };
        if !spec.group.is_empty() {
            self.items.push(Item {
                global_id: self.guid(&spec.key),
                group: spec.group.clone(),
                key: spec.key.clone(),
            });
        }
        id
    }

    /// A material, authored once a name.
    pub(crate) fn material(&mut self, name: &str) -> usize {
        let id = self.ifc.data.insert_new(Material::new(encode(name))).id().0;
        *self.authored.entry("IFCMATERIAL").or_default() += 1;
        id
    }

    pub(crate) fn of_material(&mut self, material: usize, objects: &[usize]) {
        let guid = self.relation();
        self.add(format!("IFCRELASSOCIATESMATERIAL('{guid}',$,$,$,{},#{material})", list(objects)));
    }

    /// A property set on some objects.
    pub(crate) fn properties(
        &mut self,
        set: &str,
        key: &str,
        values: &[(&str, IfcValue)],
        objects: &[usize],
    ) {
        let ids: Vec<TypedId<PropertySingleValue>> = values
            .iter()
            .map(|(name, value)| {
                let property = PropertySingleValue::new(encode(name), value.clone(), None);
                self.ifc.data.insert_new(property)
            })
            .collect();
        let id = self.ifc.data.insert_new(PropertySet::new(encode(set), ids));
        self.register(id.id().0, "IFCPROPERTYSET", format!("pset/{set}/{key}"));
        let mut relation = RelDefinesByProperties::new(String::new(), id, &mut self.ifc);
        relation.related_objects.0.extend(objects.iter().map(|id| Id(*id)));
        let relation = self.ifc.data.insert_new(relation).id().0;
        self.keys.insert(relation, format!("pset-relation/{set}/{key}"));
    }

    /// A quantity set on one object; a value's name begins with its kind: `L:`, `A:`, `V:` or `N:`.
    pub(crate) fn quantities(&mut self, set: &str, values: &[(&str, f64)], object: usize) {
        let mut ids = Vec::with_capacity(values.len());
        for (name, value) in values {
            let (kind, name) = name.split_once(':').unwrap_or(("L", name));
            let class = match kind {
                "A" => "IFCQUANTITYAREA",
                "V" => "IFCQUANTITYVOLUME",
                "N" => "IFCQUANTITYCOUNT",
                _ => "IFCQUANTITYLENGTH",
            };
            ids.push(self.add(format!("{class}('{name}',$,$,{},$)", real(*value))));
        }
        let guid = self.relation();
        let set = self.add(format!("IFCELEMENTQUANTITY('{guid}',$,'{set}',$,$,{})", list(&ids)));
        let guid = self.relation();
        self.add(format!("IFCRELDEFINESBYPROPERTIES('{guid}',$,$,$,(#{object}),#{set})"));
    }

    /// Cuts an opening into its host and fills it, if something does.
    pub(crate) fn void(&mut self, host: usize, opening: usize, filling: Option<usize>) {
        let relation = RelVoidsElement::new::<Wall>(String::new(), Id(host), Id(opening), &mut self.ifc);
        let id = self.ifc.data.insert_new(relation).id().0;
        self.keys.insert(id, format!("void/{opening}"));
        if let Some(filling) = filling {
            let relation =
                RelFillsElement::new::<Wall>(String::new(), Id(opening), Id(filling), &mut self.ifc);
            let id = self.ifc.data.insert_new(relation).id().0;
            self.keys.insert(id, format!("fill/{opening}"));
        }
    }

    pub(crate) fn aggregate(&mut self, whole: usize, parts: &[usize]) {
        let guid = self.relation();
        self.add(format!("IFCRELAGGREGATES('{guid}',$,$,$,#{whole},{})", list(parts)));
    }

    pub(crate) fn contain(&mut self, structure: usize, elements: &[usize]) {
        let guid = self.relation();
        self.add(format!(
            "IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid}',$,$,$,{},#{structure})",
            list(elements)
        ));
    }

    /// The whole file in the given schema.
    pub(crate) fn text(&self, schema: &str) -> String {
        let mut lines: Vec<(usize, String)> = Vec::new();
        for line in self.ifc.data.to_string().lines() {
            let Some((id, text)) = line.strip_prefix('#').and_then(|l| l.split_once("= ")) else { continue };
            let Ok(id) = id.parse::<usize>() else { continue };
            lines.push((id, self.settle(id, text)));
        }
        for (i, text) in self.own.iter().enumerate() {
            lines.push((OWN_FROM + i, format!("{text};")));
        }
        format!(
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('ViewDefinition [DesignTransferView]'),'2;1');\n\
             FILE_NAME('{}.ifc','{FILE_TIME}',(''),(''),'ifc_rs 0.1.0-alpha.9','Lantu demo','');\n\
             FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n{}ENDSEC;\nEND-ISO-10303-21;\n",
            self.file,
            renumber(&lines)
        )
    }

    /// Replaces the random `GlobalId` and writes booleans and empty names as the standard wants them.
    fn settle(&self, id: usize, text: &str) -> String {
        let text = text.replace(".TRUE.", ".T.").replace(".FALSE.", ".F.");
        let Some(key) = self.keys.get(&id) else { return text };
        let Some((class, rest)) = text.split_once("('") else { return text };
        let Some((_, rest)) = rest.split_once('\'') else { return text };
        let rest = rest.replacen(",$,'',$,", ",$,$,$,", 1);
        format!("{class}('{}'{rest}", self.guid(key))
    }
}

pub(crate) fn label(text: &str) -> IfcValue {
    IfcValue::Label(LabelValue(encode(text).into()))
}

pub(crate) fn boolean(value: bool) -> IfcValue {
    IfcValue::Bool(BoolValue(value.into()))
}

pub(crate) fn number(value: f64) -> IfcValue {
    IfcValue::Real(value.into())
}

pub(crate) fn transmittance(value: f64) -> IfcValue {
    IfcValue::ThermalTransmittance(value.into())
}
