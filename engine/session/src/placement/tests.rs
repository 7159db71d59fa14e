use glam::DVec3;
use lantu_base::{Bounds, FeatureGeometry, ProjectFrame};
use lantu_ingest::{Begin, Georeference, MapConversion, PlaceHints};

use super::*;

fn frame() -> ProjectFrame {
    ProjectFrame {
        crs: "EPSG:4548".into(),
        height_crs: None,
        meters_per_unit: 1.0,
        time_zone: "Asia/Shanghai".into(),
    }
}

fn conversion(crs_name: &str) -> MapConversion {
    MapConversion {
        eastings_m: 455_600.0,
        northings_m: 4_428_550.0,
        height_m: 40.0,
        x_axis: [0.0, 1.0],
        factors: [1.0; 3],
        scale: 1.0,
        crs_name: crs_name.into(),
        vertical_datum: None,
    }
}

fn map(conversion: MapConversion) -> Begin {
    Begin { georeference: Georeference::Map(conversion), ..Begin::default() }
}

fn house() -> Bounds {
    Bounds::from_array([0.0, 0.0, 0.0, 10.0, 4.0, 3.0])
}

fn around() -> PlaceContext<'static> {
    let district = Bounds::from_array([455_400.0, 4_428_400.0, 38.0, 455_800.0, 4_428_700.0, 46.0]);
    let mut context = PlaceContext::default();
    context.boxes.push(district);
    context
}

fn weighed(begin: &Begin, bounds: Bounds, context: &PlaceContext<'_>) -> Placement {
    let facts = SourceFacts::default();
    weigh(&Weighed { begin, bounds, facts: &facts }, &frame(), context).unwrap()
}

#[test]
fn a_map_conversion_in_the_project_crs_places_the_model_by_itself() {
    let p = weighed(&map(conversion("EPSG:4548")), house(), &PlaceContext::default());
    assert_eq!((p.state, p.hypothesis()), (PlacementState::Placed, "as_declared"));
    // Turned by 90°: the model's x axis runs north.
    assert_eq!(p.hypotheses[0].bbox, Some([455_596.0, 4_428_550.0, 40.0, 455_600.0, 4_428_560.0, 43.0]));
}

#[test]
fn factors_of_the_axes_count_before_the_rotation() {
    let t = SourceTransform {
        offset: [500_000.0, 0.0, 10.0],
        x_axis: [0.0, 1.0],
        factors: [0.9996, 0.9996, 1.0],
        ..SourceTransform::IDENTITY
    };
    let at = Placer::new(&t, &frame()).unwrap().place(DVec3::new(1000.0, 0.0, 5.0)).unwrap().0;
    assert!(at.distance(DVec3::new(500_000.0, 999.6, 15.0)) < 1e-9, "{at}");
}

#[test]
#[expect(clippy::float_cmp, reason = "the middle is moved by whole meters, which f64 holds exactly")]
fn a_model_without_georeference_waits_and_can_be_accepted() {
    let mut p = weighed(&Begin::default(), house(), &around());
    assert_eq!((p.state, p.transform()), (PlacementState::Waiting, None));
    let n = p.hypotheses.iter().find(|h| h.name == "no_georeference").unwrap().n;
    assert!(!p.accept(99) && p.accept(n));
    assert_eq!(p.transform().unwrap().offset, [455_595.0, 4_428_548.0, 38.0]);
}

#[test]
fn coordinates_in_the_solids_that_lie_in_the_district_are_the_declaration() {
    let bounds = Bounds::from_array([455_500.0, 4_428_450.0, 40.0, 455_520.0, 4_428_460.0, 46.0]);
    let p = weighed(&Begin::default(), bounds, &around());
    assert_eq!((p.state, p.hypothesis()), (PlacementState::Placed, "as_declared"));
    let p = weighed(&Begin::default(), bounds, &PlaceContext::default());
    assert_eq!(p.state, PlacementState::Waiting, "nothing is there that they could belong to");
}

#[test]
fn an_unknown_crs_name_makes_the_model_wait() {
    let p = weighed(&map(conversion("Ortsgitter")), Bounds::EMPTY, &PlaceContext::default());
    assert_eq!(p.state, PlacementState::Waiting);
}

#[test]
fn a_rotation_is_doubted_where_nothing_that_is_placed_shows_a_direction() {
    let turned = MapConversion { x_axis: [0.8, 0.6], ..conversion("EPSG:4548") };
    let p = weighed(&map(turned.clone()), house(), &around());
    assert_eq!((p.state, p.hypotheses[0].name.as_str()), (PlacementState::Waiting, "as_declared"));
    // True north in the file confirms it.
    let hints = PlaceHints { true_north_deg: Some(0.6_f64.asin().to_degrees()), ..PlaceHints::default() };
    let p = weighed(&Begin { hints: Box::new(hints), ..map(turned) }, house(), &around());
    assert_eq!(p.state, PlacementState::Placed, "{p:#?}");
}

#[test]
fn a_model_is_moved_to_a_footprint_of_its_shape_only_where_its_corners_were_surveyed() {
    let ring = |x: f64, y: f64| {
        let (x, y) = (455_600.0 + x, 4_428_550.0 + y);
        let ring = [[x - 4.0, y], [x, y], [x, y + 10.0], [x - 4.0, y + 10.0], [x - 4.0, y]];
        FeatureGeometry::Polygons(vec![vec![ring.map(|[x, y]| [x, y, 0.0]).to_vec()]])
    };
    let facts = SourceFacts {
        outline: vec![[0.0, 0.0], [10.0, 0.0], [10.0, 4.0], [0.0, 4.0]],
        facade_rad: Some(0.0),
        ..SourceFacts::default()
    };
    let begin = map(conversion("EPSG:4548"));
    let source = Weighed { begin: &begin, bounds: house(), facts: &facts };
    let mut context = around();
    context.add_feature(&ring(30.0, 40.0));
    let p = weigh(&source, &frame(), &context).unwrap();
    // It may be the footprint of a neighbor that looks alike: a person says so.
    assert_eq!((p.state, p.hypothesis()), (PlacementState::Waiting, "wrong_datum"), "{p:#?}");
    assert!(DVec3::from_array(p.hypotheses[0].moves).distance(DVec3::new(30.0, 40.0, 0.0)) < 0.01);
    // Two of its corners were surveyed there: then it is moved.
    let mut surveyed = around();
    surveyed.add_feature(&ring(30.0, 40.0));
    for (id, x, y) in [("A", 26.0, 40.0), ("B", 30.0, 50.0)] {
        surveyed.control.push((id.to_owned(), DVec3::new(455_600.0 + x, 4_428_550.0 + y, 40.0)));
    }
    let p = weigh(&source, &frame(), &surveyed).unwrap();
    assert_eq!((p.state, p.hypothesis()), (PlacementState::Placed, "wrong_datum"), "{p:#?}");
    context.add_feature(&ring(-30.0, 20.0));
    let p = weigh(&source, &frame(), &context).unwrap();
    assert_eq!(p.state, PlacementState::Waiting, "two have its shape: {p:#?}");
}

#[test]
fn beside_a_model_that_stands_right_a_height_above_the_ellipsoid_is_noticed() {
    let mut context = PlaceContext::default();
    context.boxes.push(Bounds::from_array([455_540.0, 4_428_500.0, 40.0, 455_580.0, 4_428_540.0, 52.0]));
    let ring = [(540.0, 500.0), (580.0, 500.0), (580.0, 540.0), (540.0, 540.0)];
    let outline: Vec<glam::DVec2> =
        ring.iter().map(|(x, y)| glam::DVec2::new(455_000.0 + x, 4_428_000.0 + y)).collect();
    context.add_model(&outline, Some(0.0), 40.2);
    let facts = SourceFacts {
        outline: vec![[0.0, 0.0], [10.0, 0.0], [10.0, 4.0], [0.0, 4.0]],
        heights: Some([0.0, 3.0]),
        facade_rad: Some(0.0),
        ..SourceFacts::default()
    };
    let straight = MapConversion { x_axis: [1.0, 0.0], ..conversion("EPSG:4548") };
    let named = |height_m: f64| {
        let begin = map(MapConversion { height_m, ..straight.clone() });
        let p =
            weigh(&Weighed { begin: &begin, bounds: house(), facts: &facts }, &frame(), &context).unwrap();
        (p.state, p.hypotheses[0].name.clone())
    };
    assert_eq!(named(40.0), (PlacementState::Placed, "as_declared".to_owned()));
    // The geoid lies 9.9 m below the ellipsoid there.
    assert_eq!(named(30.1).1, "ellipsoidal_height");
}

fn layer(declared_crs: Option<&str>, extent: [f64; 4]) -> Begin {
    Begin {
        declared_crs: declared_crs.map(str::to_owned),
        georeference: declared_crs.map_or(Georeference::None, |_| Georeference::Coordinates),
        hints: Box::new(PlaceHints { extent: Some(extent), ..PlaceHints::default() }),
        ..Begin::default()
    }
}

#[test]
fn the_coordinates_of_a_layer_are_read_so_that_it_lies_in_the_district_or_as_its_file_says() {
    let (x, y) = ([455_500.0, 455_700.0], [4_428_450.0, 4_428_650.0]);
    let here = [x[0], y[0], x[1], y[1]];
    let in_zone_39 = [here[0] + 39e6, here[1], here[2] + 39e6, here[3]];
    let degrees = [116.479, 39.989, 116.481, 39.991];
    // 4547 lies three degrees to the west: the same coordinates are 256 km away.
    for (crs, extent, name, state) in [
        (Some("EPSG:4548"), here, "as_declared", PlacementState::Placed),
        (Some("EPSG:4490"), degrees, "as_declared", PlacementState::Placed),
        (Some("EPSG:4548"), [y[0], x[0], y[1], x[1]], "axes_swapped", PlacementState::Placed),
        (Some("EPSG:4490"), [39.989, 116.479, 39.991, 116.481], "axes_swapped", PlacementState::Placed),
        (Some("EPSG:4548"), in_zone_39, "zone_prefix", PlacementState::Placed),
        (Some("EPSG:4547"), here, "wrong_zone", PlacementState::Placed),
        (Some("EPSG:4548"), degrees, "map_unit_mismatch", PlacementState::Placed),
        (Some("EPSG:4326"), here, "map_unit_mismatch", PlacementState::Placed),
        (
            Some("EPSG:4548"),
            [455_600_000.0, 4.4285e9, 455_601_000.0, 4.4286e9],
            "map_unit_mismatch",
            PlacementState::Placed,
        ),
        // Far from everything, and no other reading is nearer: what the file says.
        (
            Some("EPSG:4548"),
            [500_000.0, 3_900_000.0, 500_500.0, 3_900_500.0],
            "as_declared",
            PlacementState::Placed,
        ),
        (None, here, "no_georeference", PlacementState::Waiting),
        (None, degrees, "no_georeference", PlacementState::Waiting),
        (None, [0.0, 0.0, 300.0, 200.0], "no_georeference", PlacementState::Waiting),
    ] {
        let p = weighed(&layer(crs, extent), Bounds::EMPTY, &around());
        assert_eq!((p.hypothesis(), p.state), (name, state), "{crs:?} {extent:?}: {p:#?}");
        assert_eq!(p.reading().is_some(), state == PlacementState::Placed && name != "as_declared");
    }
}

#[test]
fn a_definition_that_no_registered_crs_matches_is_asked_about_unless_a_person_stated_it() {
    let text = r#"PROJCS["City_2000",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",455123.0],PARAMETER["False_Northing",-1000.0],PARAMETER["Central_Meridian",116.35],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    let crs = Crs::parse(text).unwrap();
    let mut begin = layer(Some(crs.text()), [466_000.0, 4_427_000.0, 467_000.0, 4_428_000.0]);
    let p = weighed(&begin, Bounds::EMPTY, &PlaceContext::default());
    assert_eq!((p.state, p.hypothesis()), (PlacementState::Waiting, "as_declared"), "{p:#?}");
    assert!(p.hypotheses[0].reasons.iter().any(|r| r.text.contains("90 %")), "{p:#?}");
    begin.hints.crs_is_stated = true;
    assert_eq!(weighed(&begin, Bounds::EMPTY, &PlaceContext::default()).state, PlacementState::Placed);
}

#[test]
fn a_layer_is_read_otherwise_than_it_says_by_itself_only_where_something_is_placed() {
    let swapped = layer(Some("EPSG:4490"), [39.989, 116.479, 39.991, 116.481]);
    let p = weighed(&swapped, Bounds::EMPTY, &PlaceContext::default());
    assert_eq!((p.state, p.hypotheses[0].name.as_str()), (PlacementState::Waiting, "axes_swapped"));
    let b = Bounds::from_array(p.hypotheses[0].bbox.unwrap());
    assert!(b.min.x > 455_000.0 && b.max.y < 4_429_000.0, "{b:?}");
}
