//! What surveys say about elements of city models, layers and surfaces: a small site of four things, two of which stand.

use serde_json::{Value, json};

use crate::lantu::Desk;

/// Southwest corner of the site, and the height of its ground.
const CORNER: [f64; 2] = [455_600.0, 4_428_550.0];
const GROUND_M: f64 = 40.0;
/// Cells along an edge, half a meter each.
const N: u32 = 60;

/// A grid of heights; `stands`: edges of squares (west, south, size) and how high they are, meters in the site.
fn grid(stands: &[([f64; 3], f64)]) -> String {
    let [x, y] = CORNER;
    let mut out = format!("ncols {N}\nnrows {N}\nxllcorner {x}\nyllcorner {y}\ncellsize 0.5\n");
    for row in (0..N).rev() {
        let line = (0..N).map(|column| {
            let at = [f64::from(column) * 0.5 + 0.25, f64::from(row) * 0.5 + 0.25];
            let inside =
                |[w, s, size]: [f64; 3]| w < at[0] && at[0] < w + size && s < at[1] && at[1] < s + size;
            let over = stands.iter().find(|(square, _)| inside(*square));
            (GROUND_M + over.map_or(0.0, |(_, h)| *h)).to_string()
        });
        out.push_str(&line.collect::<Vec<_>>().join(" "));
        out.push('\n');
    }
    out
}

/// A block of a city model, 6 m wide.
fn block([x, y]: [i64; 2], height: i64, first: u32) -> (Value, Vec<Value>) {
    let corners = [[0, 0], [6, 0], [6, 6], [0, 6]];
    let at = |z: i64| corners.map(|[dx, dy]| json!([(x + dx) * 1000, (y + dy) * 1000, z * 1000]));
    let faces = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];
    let shell: Vec<Value> = faces.iter().map(|f| json!([f.map(|i| i + first)])).collect();
    let solid = json!({"type": "Solid", "lod": "2", "boundaries": [shell]});
    (json!({"type": "Building", "geometry": [solid]}), [at(0), at(height)].concat())
}

fn city_model() -> String {
    let (one, mut vertices) = block([5, 5], 3, 0);
    let (other, more) = block([5, 15], 3, 8);
    vertices.extend(more);
    json!({
        "type": "CityJSON", "version": "2.0",
        "metadata": {"referenceSystem": "urn:ogc:def:crs:EPSG::4548"},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [CORNER[0], CORNER[1], GROUND_M]},
        "CityObjects": {"stands": one, "planned": other},
        "vertices": vertices
    })
    .to_string()
}

fn layer() -> String {
    let [x, y] = CORNER;
    let house = |w: f64, s: f64| {
        let ring =
            [[w, s], [w + 6.0, s], [w + 6.0, s + 6.0], [w, s + 6.0], [w, s]].map(|[dx, dy]| [x + dx, y + dy]);
        json!({
            "type": "Feature", "properties": {"height": 4.0, "building": "yes"},
            "geometry": {"type": "Polygon", "coordinates": [ring]}
        })
    };
    let crs = json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}});
    let features = [house(15.0, 5.0), house(15.0, 15.0), house(23.0, 5.0)];
    json!({"type": "FeatureCollection", "name": "buildings", "crs": crs, "features": features}).to_string()
}

/// A slab of 4 m, y up, at its own origin.
fn surface() -> String {
    let corners: [[f32; 3]; 6] =
        [[0., 0., 0.], [4., 0., 0.], [4., 0., -4.], [0., 0., 0.], [4., 0., -4.], [0., 0., -4.]];
    let bytes: Vec<u8> = corners.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    json!({
        "asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": "deck"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 6, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 72}],
        "buffers": [{"byteLength": 72, "uri": format!("data:application/octet-stream;base64,{}", base64(&bytes))}]
    })
    .to_string()
}

/// Of whole groups of three bytes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let of = |b: &[u8; 3]| {
        let n = u32::from(b[0]) << 16 | u32::from(b[1]) << 8 | u32::from(b[2]);
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[(n >> shift & 63) as usize]))
    };
    bytes.as_chunks::<3>().0.iter().flat_map(of).collect()
}

#[test]
fn what_stands_of_city_models_layers_and_surfaces_is_told_by_their_exact_shapes() {
    let desk = Desk::new("EPSG:4548");
    let old = ([23.0, 5.0, 6.0], 3.0);
    let built = [([5.0, 5.0, 6.0], 3.0), ([15.0, 5.0, 6.0], 4.12), ([24.0, 24.0, 4.0], 2.0), old];
    for (name, stands) in [("dtm", &[][..]), ("dsm_a", &[old]), ("dsm_b", &built)] {
        let file = desk.write(&format!("{name}.asc"), grid(stands).as_bytes());
        desk.import(&[&file, "--crs", "EPSG:4548"], 0);
    }
    let city = desk.write("houses.city.json", city_model().as_bytes());
    desk.import(&[&city], 0);
    let houses = desk.write("buildings.geojson", layer().as_bytes());
    desk.import(&[&houses], 0);
    let deck = desk.write("deck.gltf", surface().as_bytes());
    desk.import(&[&deck], 3);
    let [x, y] = CORNER.map(|v| v + 24.0);
    let points = format!(
        "id,x,y,z,easting,northing,height\na,0,0,0,{x},{y},42\nb,4,0,0,{},{y},42\nc,0,4,0,{x},{},42\n",
        x + 4.0,
        y + 4.0
    );
    let points = desk.write("fit.csv", points.as_bytes());
    desk.run("placement", &["deck", "--fit", &points]).expect(0);
    for (epoch, time) in [("dsm_a", "2026-06-10"), ("dsm_b", "2026-09-10")] {
        desk.run("asbuilt", &["--set-epoch", epoch, "--time", time, "--sigma", "0.03"]).expect(0);
    }
    let told = desk.run("asbuilt", &["--json"]).expect(0).json();
    let all = told["proposals"].as_array().unwrap();
    let of = |source: &str, id: &str| {
        let found = all.iter().find(|p| p["source"] == source && (id.is_empty() || p["id"] == id));
        found.unwrap_or_else(|| panic!("{source}:{id} {told:#}"))
    };
    assert_eq!(of("houses.city", "stands")["state"], "built", "{told:#}");
    assert_eq!(of("houses.city", "planned")["state"], "not_started");
    // It is 4 m high on its ground, and was built 12 cm higher.
    let house = of("buildings", "0");
    assert_eq!(
        (house["state"].as_str(), house["mean_m"].as_f64()),
        (Some("deviates"), Some(0.12)),
        "{house}"
    );
    assert_eq!(of("buildings", "1")["state"], "not_started");
    // It is 4 m high by its layer, 3 m by both surveys: nobody can tell whether it is what stood there before.
    let old = of("buildings", "2");
    assert_eq!((&old["state"], &old["why"]), (&json!("not_observable"), &json!("earlier_level")), "{old}");
    assert_eq!(of("deck", "")["state"], "built", "{}", of("deck", ""));
    assert_eq!(all.len(), 6, "{told:#}");
    let zone =
        |source: &str| told["zones"].as_array().unwrap().iter().find(|z| z["source"] == source).unwrap();
    assert_eq!(
        (&zone("buildings")["state"], &zone("deck")["state"]),
        (&json!("in_progress"), &json!("built"))
    );

    // What is accepted counts as of any other element.
    let proposal = house["proposal"].as_str().unwrap();
    desk.run("asbuilt", &["--accept", proposal, "--by", "K. Li"]).expect(0);
    let rows = desk.overlay("progress", "2026-09-11T00:00:00Z");
    let row = rows.iter().find(|r| r["source"] == "buildings" && r["id"] == "0").unwrap();
    assert!(row["reason"].as_str().unwrap().contains("drone epoch"), "{row}");
}
