//! What real files of many tools and schemas come to, as text that a person can compare.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "functions that tests share"
)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;

use lantu_ingest::PropertyKind;
use support::{Read, corpus, read};

fn summary(r: &Read) -> String {
    let mut out = String::new();
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut bounds = [
        f64::INFINITY,
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    for o in &r.objects {
        *classes.entry(&o.class).or_default() += 1;
        for (k, v) in o.bbox.into_iter().flatten().enumerate() {
            bounds[k] = if k < 3 { bounds[k].min(v) } else { bounds[k].max(v) };
        }
    }
    let volume: f64 = r.objects.iter().filter(|o| !o.hidden).filter_map(|o| o.volume_m3).sum();
    let area: f64 = r.objects.iter().filter_map(|o| o.area_m2).sum();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for d in &r.diagnostics {
        *codes.entry(d.code.to_string()).or_default() += 1;
    }
    let inherited = r.properties.iter().filter(|p| p.inherited).count();
    let of_sets = || r.properties.iter().filter(|p| p.kind != PropertyKind::Attribute);
    let with_unit = of_sets().filter(|p| p.unit.is_some()).count();
    let n_of_sets = of_sets().count();
    let n_facts: usize = r.details.iter().map(|d| d.facts.len()).sum();
    let with_material = r.details.iter().filter(|d| !d.materials.is_empty()).count();
    let mut line = |text: String| writeln!(out, "{text}").unwrap();
    line(format!("schema {} unit {} crs {:?}", r.begin.schema, r.begin.unit, r.begin.declared_crs));
    line(format!("georeference {:?}", r.begin.georeference));
    line(format!(
        "objects {} shaped {} hidden {} closed {} triangles {}",
        r.objects.len(),
        r.objects.iter().filter(|o| o.bbox.is_some()).count(),
        r.objects.iter().filter(|o| o.hidden).count(),
        r.objects.iter().filter(|o| o.closed).count(),
        r.objects.iter().map(|o| u64::from(o.n_triangles)).sum::<u64>()
    ));
    line(format!("bounds {bounds:.3?}"));
    line(format!("area {area:.2} m2, volume of what is built {volume:.3} m3"));
    line(format!("properties {n_of_sets} inherited {inherited} with unit {with_unit}"));
    line(format!(
        "attributes {} facts {n_facts} entries {}",
        r.properties.len() - n_of_sets,
        r.entries.len()
    ));
    line(format!("relations {} with material {with_material}", r.relations.len()));
    line(format!("classes {classes:?}"));
    line(format!("diagnostics {codes:?}"));
    out
}

fn check(test: &str, name: &str) {
    let Some(path) = corpus(test, &format!("{name}.ifc")) else { return };
    let r = read(&path, 2).unwrap();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, summary(&r));
    });
}

macro_rules! golden {
    ($($test:ident: $file:literal;)*) => {
        $(#[test]
        fn $test() {
            check(stringify!($test), $file);
        })*
    };
}

golden! {
    a_revit_house_in_ifc2x3: "duplex-a-revit";
    an_archicad_house_in_ifc4: "fzk-haus-archicad20-ifc4";
    a_chinese_revit_model: "revit-chinese-test-model";
    an_imperial_bridge_of_girders: "bridge-pgsuper-girders";
    a_bridge_in_ifc4x3: "pcert-infra-bridge";
    signals_along_a_railway: "signal-linear-placement";
    a_bridge_of_a_release_candidate: "mainbruecke-rc1";
    a_wall_in_ifc4x2: "wall-ifc4x2";
    a_model_far_from_its_origin: "large-offset";
    a_model_with_a_rotated_map_conversion: "bonsai-mapconversion-angle";
}
