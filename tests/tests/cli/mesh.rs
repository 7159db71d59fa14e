//! `lantu mesh`: the triangles that were imported, exactly.

use std::collections::HashMap;

use serde_json::Value;

use crate::houses::{House, id};
use crate::lantu::{Desk, bbox, run, text};

/// Vertices with the offset of the comment, and triangles.
pub(crate) fn obj(text: &str) -> (Vec<[f64; 3]>, Vec<[usize; 3]>) {
    let numbers = |l: &str| -> Vec<f64> { l.split(' ').map(|v| v.parse().unwrap()).collect() };
    let offset = numbers(text.lines().find_map(|l| l.strip_prefix("# offset: ")).unwrap());
    let vertex = |l: &str| {
        let v = numbers(l);
        [v[0] + offset[0], v[1] + offset[1], v[2] + offset[2]]
    };
    let face = |l: &str| {
        let f: Vec<usize> = l.split(' ').map(|v| v.parse::<usize>().unwrap() - 1).collect();
        [f[0], f[1], f[2]]
    };
    (
        text.lines().filter_map(|l| l.strip_prefix("v ")).map(vertex).collect(),
        text.lines().filter_map(|l| l.strip_prefix("f ")).map(face).collect(),
    )
}

/// Every edge is used twice, in opposite directions.
fn is_closed(faces: &[[usize; 3]]) -> bool {
    let mut edges: HashMap<(usize, usize), i32> = HashMap::new();
    for [a, b, c] in faces {
        for (from, to) in [(a, b), (b, c), (c, a)] {
            *edges.entry((*from, *to)).or_default() += 1;
        }
    }
    edges.iter().all(|((a, b), n)| *n == 1 && edges.get(&(*b, *a)) == Some(&1))
}

fn volume(vertices: &[[f64; 3]], faces: &[[usize; 3]]) -> f64 {
    let [x0, y0, z0] = vertices[0];
    let at = |i: usize| [vertices[i][0] - x0, vertices[i][1] - y0, vertices[i][2] - z0];
    let of = |[a, b, c]: &[usize; 3]| {
        let (a, b, c) = (at(*a), at(*b), at(*c));
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
            + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    faces.iter().map(of).sum::<f64>() / 6.0
}

fn extent(vertices: &[[f64; 3]]) -> [f64; 6] {
    let side = |k: usize, f: fn(f64, f64) -> f64| vertices.iter().map(|v| v[k]).reduce(f).unwrap();
    [
        side(0, f64::min),
        side(1, f64::min),
        side(2, f64::min),
        side(0, f64::max),
        side(1, f64::max),
        side(2, f64::max),
    ]
}

#[test]
fn the_mesh_of_an_object_is_exact_and_closed_in_the_frame_of_the_project() {
    let desk = Desk::new("EPSG:4548");
    let mut house = House::of_walls(3);
    house.parts[1].turn_deg = 12.345;
    let file = desk.write("house.ifc", house.text().as_bytes());
    desk.import(&[&file], 0);
    let wall = id('1', 1);
    let out = desk.path("wall.obj");
    desk.run("mesh", &[&wall, "--format", "obj", "--out", text(&out)]).expect(0);
    let (vertices, faces) = obj(&std::fs::read_to_string(&out).unwrap());
    assert_eq!((vertices.len(), faces.len()), (8, 12));
    assert!(is_closed(&faces));
    assert!((volume(&vertices, &faces) - 3.0).abs() < 1e-6, "{}", volume(&vertices, &faces));
    let row = desk.objects(&["--where", &format!("id = '{wall}'")]).remove(0);
    let (found, known) = (extent(&vertices), bbox(&row).unwrap());
    // The box of the project goes to the next step of a tile.
    assert!(found.iter().zip(known).all(|(a, b)| (a - b).abs() < 2e-3), "{found:?} {known:?}");
    // The corner in the map: turned by its placement, then by the map's 30°.
    let (a, b) = (12.345_f64.to_radians(), 30.0_f64.to_radians());
    let (x, y) = (5.0 + 2.0 * a.cos() - 0.125 * a.sin(), 2.0 + 2.0 * a.sin() + 0.125 * a.cos());
    let expected = [455_600.0 + x * b.cos() - y * b.sin(), 4_428_550.0 + x * b.sin() + y * b.cos(), 43.0];
    let nearest = |v: &[f64; 3]| v.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(vertices.iter().map(nearest).fold(f64::MAX, f64::min) < 1e-5, "{vertices:?} {expected:?}");
    assert!(std::fs::read_to_string(desk.path("wall.mtl")).unwrap().starts_with("newmtl "));

    // Without the cache, the file is read again.
    std::fs::remove_dir_all(desk.path("district.lantu.d")).unwrap();
    let again = desk.path("again.obj");
    desk.run("mesh", &[&format!("house:{wall}"), "--format", "obj", "--out", text(&again)]).expect(0);
    assert_eq!(obj(&std::fs::read_to_string(again).unwrap()), (vertices, faces));
}

#[test]
fn the_mesh_of_an_object_of_a_file_lies_in_the_files_own_frame() {
    let desk = Desk::empty();
    let file = desk.write("house.ifc", House::of_walls(2).text().as_bytes());
    let (wall, out) = (id('1', 1), desk.path("wall.glb"));
    run(&["mesh", &file, &wall, "--format", "glb", "--out", text(&out)]).expect(0);
    let glb = std::fs::read(out).unwrap();
    let n = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
    let document: Value = serde_json::from_slice(&glb[20..20 + n]).unwrap();
    let extras = &document["nodes"][1]["extras"];
    assert_eq!((extras["frame"].as_str(), extras["id"].as_str()), (Some("source"), Some(wall.as_str())));
    let number = |v: &Value| v.as_f64().unwrap();
    let low = number(&document["accessors"][0]["min"][0]) + number(&extras["offset"][0]);
    assert!((low - 3.0).abs() < 1e-6, "{document}");
}

#[test]
fn an_object_without_triangles_and_one_that_is_not_there_are_refused_by_name() {
    let desk = Desk::new("EPSG:4548");
    let file = desk.write("house.ifc", House::of_walls(1).text().as_bytes());
    desk.import(&[&file], 0);
    let out = desk.path("x.obj");
    let storey = id('0', 900_002);
    let refused = desk.run("mesh", &[&storey, "--format", "obj", "--out", text(&out)]).expect(1);
    assert!(refused.err.contains(&storey), "{refused:?}");
    desk.run("mesh", &["nobody", "--format", "glb", "--out", text(&out)]).expect(1);
    run(&["mesh", &file, "nobody", "--format", "glb", "--out", text(&out)]).expect(1);
    run(&["mesh", "absent.ifc", "nobody", "--format", "glb", "--out", text(&out)]).expect(1);
    assert!(!out.exists());
}
