//! What the importer keeps of the data model: attributes, relations of every kind, and what is no object.

use std::fmt::Write as _;

use crate::support::Read;
use crate::texts::{read_text, step};
use lantu_ingest::{EntryRecord, Fact, FactKind, ObjectDetail, PropertyKind, PropertyValue};

const MODEL: &str = "#1=IFCPROJECT('0000000000000000000001',#90,'P',$,$,$,$,$,#2);\n#2=IFCUNITASSIGNMENT((#3,#4));\n\
    #3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n#4=IFCMONETARYUNIT('CNY');\n\
    #10=IFCWALL('0000000000000000000010',#90,'W','outer','type W',$,#80,'T-7',.SOLIDWALL.);\n\
    #11=IFCWALLTYPE('0000000000000000000011',$,'WT',$,$,(#12),$,$,$,.STANDARD.);\n\
    #12=IFCPROPERTYSET('0000000000000000000012',$,'Set',$,(#13));\n\
    #13=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('F90'),$);\n\
    #14=IFCRELDEFINESBYTYPE('0000000000000000000014',$,$,$,(#10),#11);\n\
    #20=IFCMATERIAL('Brick',$,'masonry');\n#21=IFCMATERIALLAYER(#20,115.,.F.,'Outer',$,$,1);\n\
    #22=IFCMATERIAL('Wool',$,$);\n#23=IFCMATERIALLAYER(#22,80.,$,$,$,$,$);\n\
    #24=IFCMATERIALLAYERSET((#21,#23),'Cavity',$);\n#25=IFCMATERIALLAYERSETUSAGE(#24,.AXIS2.,.POSITIVE.,-20.,$);\n\
    #26=IFCRELASSOCIATESMATERIAL('0000000000000000000026',$,$,$,(#11),#25);\n\
    #30=IFCCLASSIFICATION('NBS','2015',$,'Uniclass',$,$,$);\n#31=IFCCLASSIFICATIONREFERENCE($,'EF','Elements',#30,$,$);\n\
    #32=IFCCLASSIFICATIONREFERENCE('https://x','EF_25','Walls',#31,$,$);\n\
    #33=IFCRELASSOCIATESCLASSIFICATION('0000000000000000000033',$,$,$,(#11),#32);\n\
    #34=IFCDOCUMENTINFORMATION('D-1','Method statement',$,'file:a.pdf',$,$,$,$,$,$,$,$,$,$,$,$,$);\n\
    #35=IFCDOCUMENTREFERENCE('a.pdf','1',$,$,#34);\n\
    #36=IFCRELASSOCIATESDOCUMENT('0000000000000000000036',$,$,$,(#10),#35);\n\
    #40=IFCSYSTEM('0000000000000000000040',$,'Shell',$,$);\n\
    #41=IFCRELASSIGNSTOGROUP('0000000000000000000041',$,$,$,(#10),$,#40);\n\
    #50=IFCTASK('0000000000000000000050',$,'Lay bricks',$,$,'A1',$,$,$,.F.,$,$,.CONSTRUCTION.);\n\
    #51=IFCRELASSIGNSTOPROCESS('0000000000000000000051',$,$,$,(#10),$,#50,$);\n\
    #52=IFCWORKSCHEDULE('0000000000000000000052',$,'2026',$,$,$,'2026-01-01T00:00:00',$,$,$,$,'2026-02-01T00:00:00',$,$);\n\
    #53=IFCRELASSIGNSTOCONTROL('0000000000000000000053',$,$,$,(#50),$,#52);\n\
    #54=IFCCOSTITEM('0000000000000000000054',$,'Masonry',$,$,'3.1',$,$,$);\n\
    #55=IFCRELASSIGNSTOCONTROL('0000000000000000000055',$,$,$,(#10),$,#54);\n\
    #56=IFCACTOR('0000000000000000000056',$,'Builder',$,$,#92);\n\
    #57=IFCRELASSIGNSTOACTOR('0000000000000000000057',$,$,$,(#10),$,#56,$);\n\
    #60=IFCBRIDGE('0000000000000000000060',$,'B',$,$,$,$,$,.COMPOSITION.,.GIRDER.);\n\
    #61=IFCRELREFERENCEDINSPATIALSTRUCTURE('0000000000000000000061',$,$,$,(#10),#60);\n\
    #70=IFCPROPERTYTABLEVALUE('Curve',$,(IFCLENGTHMEASURE(1.),IFCLENGTHMEASURE(2.)),(IFCREAL(3.),IFCREAL(4.)),$,$,$,$);\n\
    #71=IFCPROPERTYBOUNDEDVALUE('Range',$,IFCLENGTHMEASURE(9.),IFCLENGTHMEASURE(5.),$,$);\n\
    #72=IFCPROPERTYENUMERATEDVALUE('Status',$,(IFCLABEL('NEW')),$);\n\
    #73=IFCCOMPLEXPROPERTY('Both',$,'use',(#71,#72));\n#74=IFCPROPERTYREFERENCEVALUE('Made of',$,$,#20);\n\
    #75=IFCPROPERTYSET('0000000000000000000075',$,'Kinds',$,(#70,#71,#72,#73,#74));\n\
    #76=IFCRELDEFINESBYPROPERTIES('0000000000000000000076',$,$,$,(#10),#75);\n\
    #80=IFCPRODUCTDEFINITIONSHAPE($,$,(#81));\n#81=IFCSHAPEREPRESENTATION($,'Axis','Curve2D',(#82));\n\
    #82=IFCPOLYLINE((#83,#84));\n#83=IFCCARTESIANPOINT((0.,0.));\n#84=IFCCARTESIANPOINT((1.,0.));\n\
    #85=IFCPRESENTATIONLAYERASSIGNMENT('A-WALL',$,(#81),$);\n\
    #90=IFCOWNERHISTORY(#91,#95,$,.ADDED.,$,$,$,1767225600);\n#91=IFCPERSONANDORGANIZATION(#93,#92,$);\n\
    #92=IFCORGANIZATION($,'Bau AG',$,$,$);\n#93=IFCPERSON($,'Li','Na',$,$,$,$,$);\n\
    #95=IFCAPPLICATION(#92,'2.1','Draft','DR');";

fn model() -> Read {
    read_text(&step("IFC4X3_ADD2", MODEL)).unwrap()
}

fn detail<'a>(r: &'a Read, id: &str) -> &'a ObjectDetail {
    let n = r.objects.iter().position(|o| o.id == id).unwrap();
    r.details.get(n).unwrap()
}

fn facts(all: &[Fact], kind: FactKind) -> Vec<&Fact> {
    all.iter().filter(|f| f.kind == kind).collect()
}

fn entry<'a>(r: &'a Read, id: &str) -> &'a EntryRecord {
    r.entries.iter().find(|e| e.id == id).unwrap()
}

fn field<'a>(f: &'a Fact, name: &str) -> (&'a PropertyValue, Option<&'a str>) {
    let field = f.fields.iter().find(|f| f.name == name).unwrap();
    (&field.value, field.unit.as_deref())
}

fn text(t: &str) -> PropertyValue {
    PropertyValue::Text(t.to_owned())
}

const WALL: &str = "0000000000000000000010";

#[test]
fn a_wall_knows_its_attributes_owner_and_layer() {
    let r = model();
    let attributes: Vec<(&str, &PropertyValue)> = r
        .properties
        .iter()
        .filter(|p| p.kind == PropertyKind::Attribute && r.objects[p.object as usize].id == WALL)
        .map(|p| (p.name.as_str(), &p.value))
        .collect();
    assert_eq!(
        attributes,
        [
            ("Description", &text("outer")),
            ("ObjectType", &text("type W")),
            ("Tag", &text("T-7")),
            ("PredefinedType", &text("SOLIDWALL"))
        ]
    );
    let d = detail(&r, WALL);
    let owner = facts(&d.facts, FactKind::Owner)[0];
    assert_eq!(owner.name, "Na Li");
    assert_eq!(field(owner, "Organization").0, &text("Bau AG"));
    assert_eq!(field(owner, "Application").0, &text("Draft"));
    assert_eq!(field(owner, "Created").0, &text("2026-01-01T00:00:00Z"));
    assert_eq!(facts(&d.facts, FactKind::Layer)[0].name, "A-WALL");
}

#[test]
fn what_is_said_of_an_object_does_not_grow_with_what_else_lies_on_its_layer() {
    let layer_of = |n: usize| {
        let mut records = String::new();
        for wall in 0..n {
            let (record, body) = (1000 + 3 * wall, 1002 + 3 * wall);
            writeln!(records, "#{record}=IFCWALL('{wall:022}',$,'W',$,$,$,#{},$,$);", record + 1).unwrap();
            writeln!(records, "#{}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{body}));", record + 1).unwrap();
            writeln!(records, "#{body}=IFCSHAPEREPRESENTATION($,'Body','Brep',());").unwrap();
        }
        let bodies: Vec<String> = (0..n).map(|wall| format!("#{}", 1002 + 3 * wall)).collect();
        writeln!(
            records,
            "#1=IFCPRESENTATIONLAYERASSIGNMENT('A-WALL','all of them',({}),'7');",
            bodies.join(",")
        )
        .unwrap();
        let r = read_text(&step("IFC4", &records)).unwrap();
        assert_eq!(r.details.len(), n);
        facts(&r.details[n - 1].facts, FactKind::Layer)[0].clone()
    };
    let layer = layer_of(3);
    assert_eq!(field(&layer, "Description").0, &text("all of them"));
    assert_eq!(field(&layer, "Identifier").0, &text("7"));
    assert_eq!(layer, layer_of(300));
}

#[test]
fn layers_have_their_thickness_and_come_from_the_type() {
    let r = model();
    let layers = facts(&detail(&r, WALL).facts, FactKind::Material);
    let seen: Vec<_> =
        layers.iter().map(|l| (l.name.as_str(), field(l, "LayerThickness"), l.inherited)).collect();
    assert_eq!(
        seen,
        [
            ("Brick", (&PropertyValue::Real(115.0), Some("mm")), true),
            ("Wool", (&PropertyValue::Real(80.0), Some("mm")), true)
        ]
    );
    assert_eq!(field(layers[0], "LayerSet").0, &text("Cavity"));
    assert_eq!(field(layers[0], "OffsetFromReferenceLine").0, &PropertyValue::Real(-20.0));
}

#[test]
fn classifications_lead_to_their_system_and_documents_to_their_description() {
    let r = model();
    let d = detail(&r, WALL);
    let class = facts(&d.facts, FactKind::Classification)[0];
    assert_eq!((class.name.as_str(), class.inherited), ("Walls", true));
    assert_eq!(field(class, "Identification").0, &text("EF_25"));
    assert_eq!(field(class, "System").0, &text("Uniclass"));
    assert_eq!(field(class, "Edition").0, &text("2015"));
    assert_eq!(d.classifications, ["Uniclass:EF_25"]);
    let document = facts(&d.facts, FactKind::Document)[0];
    assert_eq!(field(document, "Location").0, &text("a.pdf"));
    assert!(document.fields.iter().any(|f| f.value == text("Method statement")));
}

#[test]
fn groups_tasks_costs_actors_and_referenced_structures_are_known_from_both_sides() {
    let r = model();
    let d = detail(&r, WALL);
    for (kind, id, class, name) in [
        (FactKind::Group, "0000000000000000000040", "IfcSystem", "Shell"),
        (FactKind::Process, "0000000000000000000050", "IfcTask", "Lay bricks"),
        (FactKind::Control, "0000000000000000000054", "IfcCostItem", "Masonry"),
        (FactKind::Actor, "0000000000000000000056", "IfcActor", "Builder"),
        (FactKind::ReferencedIn, "0000000000000000000060", "IfcBridge", "B"),
        (FactKind::Type, "0000000000000000000011", "IfcWallType", "WT"),
    ] {
        let found = facts(&d.facts, kind);
        assert_eq!(found.len(), 1, "{kind:?}");
        assert_eq!(
            (found[0].id.as_deref(), found[0].class.as_str(), found[0].name.as_str()),
            (Some(id), class, name)
        );
    }
    let task = entry(&r, "0000000000000000000050");
    assert_eq!(facts(&task.facts, FactKind::Assigned)[0].id.as_deref(), Some(WALL));
    assert_eq!(facts(&task.facts, FactKind::Control)[0].class, "IfcWorkSchedule");
    let schedule = entry(&r, "0000000000000000000052");
    assert!(
        schedule.properties.iter().any(|p| p.name == "StartTime" && p.value == text("2026-02-01T00:00:00"))
    );
    let bridge = detail(&r, "0000000000000000000060");
    assert_eq!(facts(&bridge.facts, FactKind::References)[0].id.as_deref(), Some(WALL));
}

#[test]
fn everything_with_a_global_id_can_be_asked_for() {
    let r = model();
    let ids = r.objects.iter().map(|o| &o.id).chain(r.entries.iter().map(|e| &e.id));
    let mut ids: Vec<&str> = ids.map(String::as_str).collect();
    ids.sort_unstable();
    let mut expected: Vec<&str> =
        MODEL.split('\'').filter(|t| t.len() == 22 && t.starts_with("000")).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let kind = entry(&r, "0000000000000000000011");
    assert_eq!(kind.class, "IfcWallType");
    assert!(kind.properties.iter().any(|p| p.set == "Set" && p.name == "FireRating"));
    assert_eq!(facts(&kind.facts, FactKind::Occurrence)[0].id.as_deref(), Some(WALL));
}

#[test]
fn every_kind_of_property_is_read() {
    let r = model();
    let value = |name: &str| {
        let found = r.properties.iter().find(|p| p.set == "Kinds" && p.name == name).unwrap();
        (found.value.clone(), found.unit.clone())
    };
    let list = |l: &[f64]| PropertyValue::List(l.iter().map(|v| PropertyValue::Real(*v)).collect());
    assert_eq!(value("Curve").0, PropertyValue::List(vec![list(&[1.0, 2.0]), list(&[3.0, 4.0])]));
    let range =
        PropertyValue::List(vec![PropertyValue::Real(5.0), PropertyValue::Real(9.0), PropertyValue::Null]);
    assert_eq!(value("Range"), (range.clone(), Some("mm".to_owned())));
    let status = PropertyValue::List(vec![text("NEW")]);
    assert_eq!(value("Status").0, status);
    let both = vec![
        PropertyValue::List(vec![text("Range"), range, text("mm")]),
        PropertyValue::List(vec![text("Status"), status]),
    ];
    assert_eq!(value("Both").0, PropertyValue::List(both));
    assert_eq!(value("Made of").0, text("Brick"));
}
