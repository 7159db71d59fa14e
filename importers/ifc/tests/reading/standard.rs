//! Constructs of the standard that few files have, from the record to what is told of an object.

use std::fmt::Write as _;

use crate::support::Read;
use crate::texts::{read_text, step};
use lantu_ingest::{EntryRecord, Fact, FactKind, PropertyKind, PropertyRecord, PropertyValue};

const UNITS: &str = "#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,$,#2);\n#2=IFCUNITASSIGNMENT((#3));\n\
    #3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n#4=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n\
    #5=IFCSIUNIT(*,.PRESSUREUNIT.,.KILO.,.PASCAL.);\n#6=IFCSIUNIT(*,.TIMEUNIT.,$,.SECOND.);\n";

fn model(data: &str) -> Read {
    read_text(&step("IFC4X3_ADD2", &format!("{UNITS}{data}"))).unwrap()
}

fn text(t: &str) -> PropertyValue {
    PropertyValue::Text(t.to_owned())
}

fn real(v: f64) -> PropertyValue {
    PropertyValue::Real(v)
}

fn list(l: &[PropertyValue]) -> PropertyValue {
    PropertyValue::List(l.to_vec())
}

fn pair(name: &str, v: PropertyValue) -> PropertyValue {
    list(&[text(name), v])
}

/// Properties of an object or of an entry.
fn properties<'a>(r: &'a Read, id: &str) -> Vec<&'a PropertyRecord> {
    if let Some(n) = r.objects.iter().position(|o| o.id == id) {
        return r.properties.iter().filter(|p| p.object as usize == n).collect();
    }
    entry(r, id).properties.iter().collect()
}

fn property<'a>(r: &'a Read, id: &str, name: &str) -> &'a PropertyRecord {
    let all = properties(r, id);
    let found = all.iter().find(|p| p.name == name);
    assert!(found.is_some(), "{name} is not among {all:#?}");
    found.unwrap()
}

fn entry<'a>(r: &'a Read, id: &str) -> &'a EntryRecord {
    r.entries.iter().find(|e| e.id == id).unwrap()
}

fn facts<'a>(r: &'a Read, id: &str, kind: FactKind) -> Vec<&'a Fact> {
    let n = r.objects.iter().position(|o| o.id == id).unwrap();
    r.details.get(n).unwrap().facts.iter().filter(|f| f.kind == kind).collect()
}

#[test]
fn facilities_and_their_parts_form_a_tree_with_what_they_are_used_for() {
    let r = model(
        "#10=IFCSITE('0000000000000000000010',$,'Harbor',$,$,$,$,$,.COMPLEX.,$,$,$,$,$);\n\
         #11=IFCMARINEFACILITY('0000000000000000000011',$,'Quay 4',$,$,$,$,'North quay',.ELEMENT.,.QUAY.);\n\
         #12=IFCMARINEPART('0000000000000000000012',$,'Berth',$,$,$,$,$,.PARTIAL.,.LONGITUDINAL.,.BERTHINGSTRUCTURE.);\n\
         #13=IFCRAILWAY('0000000000000000000013',$,'Siding',$,$,$,$,$,.ELEMENT.,$);\n\
         #14=IFCRAILWAYPART('0000000000000000000014',$,'Track',$,$,$,$,$,.PARTIAL.,.LATERAL.,.TRACKPART.);\n\
         #15=IFCROAD('0000000000000000000015',$,'Access',$,$,$,$,$,.ELEMENT.,$);\n\
         #16=IFCROADPART('0000000000000000000016',$,'Lane',$,$,$,$,$,.PARTIAL.,.LATERAL.,.TRAFFICLANE.);\n\
         #17=IFCFACILITYPARTCOMMON('0000000000000000000017',$,'Below',$,$,$,$,$,.PARTIAL.,.VERTICAL.,.BELOWGROUND.);\n\
         #18=IFCBRIDGEPART('0000000000000000000018',$,'Pier',$,$,$,$,$,.PARTIAL.,.VERTICAL.,.PIER.);\n\
         #20=IFCRELAGGREGATES('0000000000000000000020',$,$,$,#10,(#11,#13,#15));\n\
         #21=IFCRELAGGREGATES('0000000000000000000021',$,$,$,#11,(#12,#17));\n\
         #22=IFCRELAGGREGATES('0000000000000000000022',$,$,$,#13,(#14));\n\
         #23=IFCRELAGGREGATES('0000000000000000000023',$,$,$,#15,(#16));\n\
         #24=IFCRELAGGREGATES('0000000000000000000024',$,$,$,#17,(#18));\n\
         #30=IFCMOORINGDEVICE('0000000000000000000030',$,'Bollard',$,$,$,$,$,.BOLLARD.);\n\
         #31=IFCNAVIGATIONELEMENT('0000000000000000000031',$,'Buoy',$,$,$,$,$,.BUOY.);\n\
         #32=IFCTRACKELEMENT('0000000000000000000032',$,'Sleeper',$,$,$,$,$,.SLEEPER.);\n\
         #33=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000033',$,$,$,(#30,#31),#12);\n\
         #34=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000034',$,$,$,(#32),#14);",
    );
    let parent = |name: &str| {
        let o = r.objects.iter().find(|o| o.name == name).unwrap();
        (o.class.as_str(), o.parent.map_or("", |p| r.objects[p as usize].name.as_str()))
    };
    for (name, class, above) in [
        ("Quay 4", "IfcMarineFacility", "Harbor"),
        ("Berth", "IfcMarinePart", "Quay 4"),
        ("Siding", "IfcRailway", "Harbor"),
        ("Track", "IfcRailwayPart", "Siding"),
        ("Lane", "IfcRoadPart", "Access"),
        ("Below", "IfcFacilityPartCommon", "Quay 4"),
        ("Pier", "IfcBridgePart", "Below"),
        ("Bollard", "IfcMooringDevice", "Berth"),
        ("Buoy", "IfcNavigationElement", "Berth"),
        ("Sleeper", "IfcTrackElement", "Track"),
    ] {
        assert_eq!(parent(name), (class, above), "{name}");
    }
    let said = |id: &str, name: &str| property(&r, id, name).value.clone();
    assert_eq!(said("0000000000000000000011", "PredefinedType"), text("QUAY"));
    assert_eq!(said("0000000000000000000011", "LongName"), text("North quay"));
    assert_eq!(said("0000000000000000000012", "UsageType"), text("LONGITUDINAL"));
    assert_eq!(said("0000000000000000000012", "PredefinedType"), text("BERTHINGSTRUCTURE"));
    assert_eq!(said("0000000000000000000014", "PredefinedType"), text("TRACKPART"));
    assert_eq!(said("0000000000000000000017", "PredefinedType"), text("BELOWGROUND"));
    assert_eq!(said("0000000000000000000032", "PredefinedType"), text("SLEEPER"));
}

#[test]
fn a_spatial_zone_starts_hidden_and_knows_what_refers_to_it() {
    let r = model(
        "#10=IFCBUILDING('0000000000000000000010',$,'B',$,$,$,$,$,$,$,$,$);\n\
         #11=IFCSPATIALZONE('0000000000000000000011',$,'Fire compartment',$,$,$,$,'FC 1',.FIRESAFETY.);\n\
         #12=IFCRELAGGREGATES('0000000000000000000012',$,$,$,#10,(#11));\n\
         #13=IFCWALL('0000000000000000000013',$,'W',$,$,$,$,$,$);\n\
         #14=IFCSPACE('0000000000000000000014',$,'Room',$,$,$,$,$,$,$,$);\n\
         #15=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000015',$,$,$,(#13),#10);\n\
         #16=IFCRELREFERENCEDINSPATIALSTRUCTURE('0000000000000000000016',$,$,$,(#13,#14),#11);",
    );
    let zone = r.objects.iter().find(|o| o.class == "IfcSpatialZone").unwrap();
    assert!(zone.hidden);
    let names = |id: &str, kind| facts(&r, id, kind).iter().map(|f| f.name.clone()).collect::<Vec<_>>();
    assert_eq!(names("0000000000000000000013", FactKind::ReferencedIn), ["Fire compartment"]);
    assert_eq!(names("0000000000000000000011", FactKind::References), ["W", "Room"]);
    let wall = r.objects.iter().find(|o| o.name == "W").unwrap();
    assert_eq!(wall.parent.map(|p| r.objects[p as usize].name.as_str()), Some("B"), "not the zone's part");
    assert_eq!(property(&r, "0000000000000000000011", "PredefinedType").value, text("FIRESAFETY"));
}

#[test]
fn tables_references_and_complex_properties_keep_their_parts_and_units() {
    let r = model(
        "#10=IFCPUMP('0000000000000000000010',$,'Pump',$,$,$,$,$,$);\n\
         #20=IFCPROPERTYTABLEVALUE('Curve',$,(IFCREAL(0.),IFCREAL(2.)),(IFCPRESSUREMEASURE(300.),IFCPRESSUREMEASURE(250.)),$,#4,#5,.LINEAR.);\n\
         #21=IFCPROPERTYSINGLEVALUE('Depth',$,IFCLENGTHMEASURE(7.5),#4);\n\
         #22=IFCPROPERTYSINGLEVALUE('Width',$,IFCLENGTHMEASURE(400.),$);\n\
         #23=IFCCOMPLEXPROPERTY('Seat',$,'mounting',(#21,#22));\n\
         #24=IFCPROPERTYREFERENCEVALUE('Log',$,$,#25);\n\
         #25=IFCREGULARTIMESERIES('Flow',$,'2026-01-01T00:00:00','2026-01-01T01:00:00',.CONTINUOUS.,.MEASURED.,$,$,3600.,(#26,#27));\n\
         #26=IFCTIMESERIESVALUE((IFCREAL(1.5)));\n#27=IFCTIMESERIESVALUE((IFCREAL(1.75)));\n\
         #28=IFCPROPERTYREFERENCEVALUE('Contact',$,$,#29);\n#29=IFCPERSON($,'Ye','Wen',$,$,$,$,$);\n\
         #30=IFCPROPERTYREFERENCEVALUE('Points',$,$,#31);\n#31=IFCTABLE('Duty',(#32,#33),$);\n\
         #32=IFCTABLEROW((IFCLABEL('Q'),IFCLABEL('H')),.T.);\n#33=IFCTABLEROW((IFCREAL(1.),IFCREAL(2.)),.F.);\n\
         #34=IFCPROPERTYBOUNDEDVALUE('Range',$,IFCLENGTHMEASURE(9.),IFCLENGTHMEASURE(5.),#4,IFCLENGTHMEASURE(6.));\n\
         #35=IFCPROPERTYLISTVALUE('Steps',$,(IFCLENGTHMEASURE(1.),IFCLENGTHMEASURE(2.)),#4);\n\
         #36=IFCPROPERTYENUMERATEDVALUE('State',$,(IFCLABEL('ON'),IFCLABEL('AUTO')),$);\n\
         #40=IFCPROPERTYSET('0000000000000000000040',$,'Kinds',$,(#20,#23,#24,#28,#30,#34,#35,#36));\n\
         #41=IFCRELDEFINESBYPROPERTIES('0000000000000000000041',$,$,$,(#10),#40);\n\
         #50=IFCQUANTITYLENGTH('Reach',$,#4,2.5,$);\n#51=IFCPHYSICALCOMPLEXQUANTITY('Base',$,(#50),'part',$,$);\n\
         #52=IFCELEMENTQUANTITY('0000000000000000000052',$,'Base quantities',$,$,(#51));\n\
         #53=IFCRELDEFINESBYPROPERTIES('0000000000000000000053',$,$,$,(#10),#52);",
    );
    let said = |name: &str| {
        let p = property(&r, "0000000000000000000010", name);
        (p.value.clone(), p.unit.as_deref())
    };
    let curve = list(&[list(&[real(0.0), real(2.0)]), list(&[real(300.0), real(250.0)])]);
    assert_eq!(said("Curve"), (curve, Some("m → kPa")));
    let seat = list(&[
        list(&[text("Depth"), real(7.5), text("m")]),
        list(&[text("Width"), real(400.0), text("mm")]),
    ]);
    assert_eq!(said("Seat"), (seat, None));
    let PropertyValue::List(log) = said("Log").0 else { panic!("a time series is not written out") };
    assert_eq!(log[0], pair("Name", text("Flow")));
    assert!(log.contains(&pair("TimeStep", real(3600.0))), "{log:?}");
    let value = |v: f64| list(&[pair("ListValues", list(&[real(v)]))]);
    assert!(log.contains(&pair("Values", list(&[value(1.5), value(1.75)]))), "{log:?}");
    assert_eq!(said("Contact").0, text("Wen Ye"));
    let PropertyValue::List(table) = said("Points").0 else { panic!("a table is not written out") };
    let row = |cells: &[PropertyValue], head: bool| {
        list(&[pair("RowCells", list(cells)), pair("IsHeading", PropertyValue::Bool(head))])
    };
    let rows = list(&[row(&[text("Q"), text("H")], true), row(&[real(1.0), real(2.0)], false)]);
    assert!(table.contains(&pair("Rows", rows)), "{table:?}");
    assert_eq!(said("Range"), (list(&[real(5.0), real(9.0), real(6.0)]), Some("m")));
    assert_eq!(said("Steps"), (list(&[real(1.0), real(2.0)]), Some("m")));
    assert_eq!(said("State").0, list(&[text("ON"), text("AUTO")]));
    assert_eq!(said("Base").0, list(&[list(&[text("Reach"), real(2.5), text("m")])]));
}

#[test]
fn an_occurrence_overrides_single_values_of_its_types_sets_and_inherits_the_others() {
    let r = model(
        "#10=IFCDOOR('0000000000000000000010',$,'D',$,$,$,$,$,2100.,900.,$,$,$);\n\
         #11=IFCDOORTYPE('0000000000000000000011',$,'DT',$,$,(#12,#18),$,$,$,.DOOR.,.SINGLE_SWING_LEFT.,$,$);\n\
         #12=IFCPROPERTYSET('0000000000000000000012',$,'Pset_DoorCommon',$,(#13,#14));\n\
         #13=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('EI30'),$);\n\
         #14=IFCPROPERTYSINGLEVALUE('IsExternal',$,IFCBOOLEAN(.F.),$);\n\
         #15=IFCPROPERTYSET('0000000000000000000015',$,'Pset_DoorCommon',$,(#16));\n\
         #16=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('EI90'),$);\n\
         #17=IFCRELDEFINESBYPROPERTIES('0000000000000000000017',$,$,$,(#10),#15);\n\
         #18=IFCDOORLININGPROPERTIES('0000000000000000000018',$,'Lining',$,120.,40.,$,$,$,$,$,$,$,$,$,$,$);\n\
         #19=IFCRELDEFINESBYTYPE('0000000000000000000019',$,$,$,(#10),#11);",
    );
    let said: Vec<_> = properties(&r, "0000000000000000000010")
        .into_iter()
        .filter(|p| p.kind == PropertyKind::Property)
        .map(|p| (p.set.as_str(), p.name.as_str(), p.value.clone(), p.inherited))
        .collect();
    assert_eq!(
        said,
        [
            ("Pset_DoorCommon", "FireRating", text("EI90"), false),
            ("Pset_DoorCommon", "IsExternal", PropertyValue::Bool(false), true),
            ("Lining", "LiningDepth", real(120.0), true),
            ("Lining", "LiningThickness", real(40.0), true),
        ]
    );
}

#[test]
fn constraints_costs_and_times_of_tasks_are_written_out() {
    let r = model(
        "#10=IFCBEAM('0000000000000000000010',$,'Beam',$,$,$,$,$,$);\n\
         #20=IFCOBJECTIVE('Deflection','at midspan',.HARD.,$,$,$,$,(#21),$,.REQUIREMENT.,$);\n\
         #21=IFCMETRIC('Limit',$,.HARD.,$,$,$,$,.LESSTHANOREQUALTO.,$,#22,$);\n\
         #22=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(12.),#3);\n\
         #23=IFCRELASSOCIATESCONSTRAINT('0000000000000000000023',$,$,$,(#10),'design',#20);\n\
         #30=IFCCOSTITEM('0000000000000000000030',$,'Steel',$,$,'1.2',$,(#31),(#32));\n\
         #31=IFCCOSTVALUE('Unit price',$,IFCMONETARYMEASURE(1800.),#33,$,$,'Material',$,$,$);\n\
         #32=IFCQUANTITYWEIGHT('Net',$,$,2.4,$);\n#33=IFCMEASUREWITHUNIT(IFCMASSMEASURE(1.),#34);\n\
         #34=IFCSIUNIT(*,.MASSUNIT.,.KILO.,.GRAM.);\n\
         #35=IFCRELASSIGNSTOCONTROL('0000000000000000000035',$,$,$,(#10),$,#30);\n\
         #40=IFCTASK('0000000000000000000040',$,'Erect',$,$,'A10',$,$,$,.F.,$,#41,.INSTALLATION.);\n\
         #41=IFCTASKTIME('Plan',.PREDICTED.,$,.WORKTIME.,'P5D','2026-03-02T08:00:00','2026-03-06T17:00:00',$,$,$,$,$,$,.T.,$,$,$,$,$,0.4);\n\
         #42=IFCRELASSIGNSTOPROCESS('0000000000000000000042',$,$,$,(#10),$,#40,$);\n\
         #43=IFCTASK('0000000000000000000043',$,'Paint',$,$,'A20',$,$,$,.F.,$,$,.FINISH.);\n\
         #44=IFCRELSEQUENCE('0000000000000000000044',$,$,$,#40,#43,#45,.FINISH_START.,$);\n\
         #45=IFCLAGTIME($,$,$,IFCDURATION('P2D'),.ELAPSEDTIME.);",
    );
    let constraint = facts(&r, "0000000000000000000010", FactKind::Associated);
    assert_eq!((constraint[0].class.as_str(), constraint[0].name.as_str()), ("IfcObjective", "Deflection"));
    let benchmark = format!("{:?}", constraint[0].fields);
    for word in ["BenchmarkValues", "Limit", "LESSTHANOREQUALTO", "12.0"] {
        assert!(benchmark.contains(word), "{word} is missing: {benchmark}");
    }
    let price = property(&r, "0000000000000000000030", "CostValues").value.clone();
    let PropertyValue::List(prices) = &price else { panic!("{price:?}") };
    let PropertyValue::List(parts) = &prices[0] else { panic!("{price:?}") };
    assert!(
        parts.contains(&pair("AppliedValue", real(1800.0)))
            && parts.contains(&pair("Category", text("Material")))
    );
    let quantity = format!("{:?}", property(&r, "0000000000000000000030", "CostQuantities").value);
    assert!(quantity.contains("WeightValue") && quantity.contains("2.4"), "{quantity}");
    let PropertyValue::List(time) = property(&r, "0000000000000000000040", "TaskTime").value.clone() else {
        panic!("a task's time is not written out")
    };
    for (name, value) in [
        ("ScheduleDuration", text("P5D")),
        ("ScheduleStart", text("2026-03-02T08:00:00")),
        ("ScheduleFinish", text("2026-03-06T17:00:00")),
        ("IsCritical", PropertyValue::Bool(true)),
        ("Completion", real(0.4)),
    ] {
        assert!(time.contains(&pair(name, value)), "{name}: {time:?}");
    }
    let lag = format!("{:?}", property(&r, "0000000000000000000044", "TimeLag").value);
    assert!(lag.contains("P2D"), "{lag}");
}

/// Values in a value.
fn parts(v: &PropertyValue) -> usize {
    if let PropertyValue::List(l) = v { 1 + l.iter().map(parts).sum::<usize>() } else { 1 }
}

#[test]
fn records_that_hold_each_other_many_times_over_end_soon() {
    // Thirty levels, each of which holds the next one thirty times.
    let mut data = String::from("#10=IFCWALL('0000000000000000000010',$,'W',$,$,$,$,$,$);\n");
    let thirty = |id: u32| vec![format!("#{id}"); 30].join(",");
    for level in 0..30_u32 {
        let next = level + 1;
        writeln!(
            data,
            "#{}=IFCCOMPLEXPROPERTY('C{level}',$,'u',({}));\n#{}=IFCMATERIALLIST(({}));\n\
             #{}=IFCPHYSICALCOMPLEXQUANTITY('Q{level}',$,({}),'part',$,$);\n\
             #{}=IFCCOSTVALUE('V{level}',$,$,$,$,$,$,$,$,({}));",
            100 + level,
            thirty(100 + next),
            200 + level,
            thirty(200 + next),
            300 + level,
            thirty(300 + next),
            400 + level,
            thirty(400 + next)
        )
        .unwrap();
    }
    data.push_str(
        "#130=IFCPROPERTYSINGLEVALUE('Last',$,IFCLABEL('x'),$);\n#230=IFCMATERIAL('Clay',$,$);\n\
         #330=IFCQUANTITYLENGTH('Last',$,$,1.,$);\n#430=IFCCOSTVALUE('Last',$,IFCREAL(1.),$,$,$,$,$,$,$);\n\
         #20=IFCPROPERTYSET('0000000000000000000020',$,'S',$,(#100));\n\
         #21=IFCRELDEFINESBYPROPERTIES('0000000000000000000021',$,$,$,(#10),#20);\n\
         #22=IFCELEMENTQUANTITY('0000000000000000000022',$,'Q',$,$,(#300));\n\
         #23=IFCRELDEFINESBYPROPERTIES('0000000000000000000023',$,$,$,(#10),#22);\n\
         #24=IFCRELASSOCIATESMATERIAL('0000000000000000000024',$,$,$,(#10),#200);\n\
         #25=IFCCOSTITEM('0000000000000000000025',$,'Item',$,$,$,$,(#400),$);\n\
         #26=IFCRELASSOCIATESAPPROVAL('0000000000000000000026',$,$,$,(#10),#400);",
    );
    let r = model(&data);
    assert_eq!(r.objects.len(), 1);
    assert!(entry(&r, "0000000000000000000025").properties.iter().any(|p| p.name == "CostValues"));
    let n: usize = r.properties.iter().map(|p| parts(&p.value)).sum();
    assert!(n < 1_000_000, "{n} values");
}

#[test]
fn a_long_text_that_many_objects_share_is_sent_in_batches_of_bounded_size() {
    let mut data = format!(
        "#20=IFCPROPERTYSET('0000000000000000000020',$,'S',$,(#21));\n\
         #21=IFCPROPERTYSINGLEVALUE('Note',$,IFCTEXT('{}'),$);\n",
        "long ".repeat(40_000)
    );
    let mut walls = Vec::new();
    for id in 100..200 {
        writeln!(data, "#{id}=IFCWALL('{id:022}',$,'W',$,$,$,$,$,$);").unwrap();
        walls.push(format!("#{id}"));
    }
    writeln!(
        data,
        "#22=IFCRELDEFINESBYPROPERTIES('0000000000000000000022',$,$,$,({}),#20);",
        walls.join(",")
    )
    .unwrap();
    let largest = crate::texts::in_file(&step("IFC4", &format!("{UNITS}{data}")), |path| {
        let batches = crate::support::batches(path, 1, lantu_ifc::import_without_shapes).unwrap();
        let bytes = |rows: &[PropertyRecord]| {
            rows.iter()
                .map(|p| if let PropertyValue::Text(t) = &p.value { t.len() } else { 0 })
                .sum::<usize>()
        };
        batches
            .iter()
            .map(|b| if let lantu_ingest::Batch::Properties(rows) = b { bytes(rows) } else { 0 })
            .max()
            .unwrap()
    });
    assert!((200_000..5_000_000).contains(&largest), "{largest} bytes in one batch");
}
