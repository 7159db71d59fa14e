#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs
)]
use lantu_base::*;
use lantu_tiles::io::MemoryPackStore;
use lantu_tiles::*;
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let mut b = TileBuilder::default();
    let mut n = 0;
    for line in text.lines().skip(1) {
        let c: Vec<f64> = line.split(',').map(|v| v.parse().unwrap()).collect();
        let (x, y, z) = (c[3] as f32, c[4] as f32, c[5] as f32);
        let p = [[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]];
        let positions: Vec<f32> =
            [0.0, z].iter().flat_map(|&z| p.iter().flat_map(move |p| [p[0], p[1], z])).collect();
        let indices = vec![
            0, 2, 1, 0, 3, 2, 4, 5, 6, 4, 6, 7, 0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0,
            4, 3, 4, 7,
        ];
        b.push(&InputMesh {
            object: n,
            origin: WorldPoint::new(c[0] - c[3] / 2.0, c[1] - c[4] / 2.0, c[2]),
            positions: &positions,
            normals: &[],
            indices: &indices,
            color: [c[6] as u8, c[7] as u8, c[8] as u8, 255],
        });
        n += 1;
    }
    let t = std::time::Instant::now();
    let store = MemoryPackStore::default();
    let built = b.build(&store, &CancelToken::default()).unwrap();
    println!("{} nodes in {:?}", built.tree.nodes.len(), t.elapsed());
    let mut by: std::collections::BTreeMap<u64, (usize, u64, u64)> = Default::default();
    for n in &built.tree.nodes {
        let e =
            by.entry(((n.geometric_error_m.max(1e-9).log2() * 2.0).round() as i64 + 100) as u64).or_default();
        e.0 += 1;
        e.1 += n.n_triangles as u64;
        e.2 += n.bytes;
    }
    for (e, v) in by {
        println!(
            "{:.3} m: {} tiles {} triangles {} bytes",
            2f64.powf((e as f64 - 100.0) / 2.0),
            v.0,
            v.1,
            v.2
        );
    }
}
