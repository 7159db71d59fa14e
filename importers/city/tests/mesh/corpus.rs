//! Other people's tilesets: a line per file that a person can read.

use lantu_base::Bounds;
use lantu_ingest::ImportError;

use crate::{Stream, import};

/// What one file gave, in one line.
fn summary(result: &Result<Stream, ImportError>) -> String {
    let out = match result {
        Err(ImportError::Format { code, .. }) => return format!("refused {code}"),
        Err(e) => return format!("refused {e:?}").chars().take(60).collect(),
        Ok(out) => out,
    };
    let bounds =
        out.objects.iter().filter_map(|o| o.bbox).map(Bounds::from_array).fold(Bounds::EMPTY, Bounds::union);
    let size = if bounds.is_empty() { [0.0; 3] } else { bounds.size().to_array() };
    let mut codes: Vec<&str> = out.said.iter().map(|s| s.0.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let several = if out.colors().len() > 100 { "many".to_owned() } else { out.colors().len().to_string() };
    format!(
        "{} {}: {} objects, {several} colors, {:.0} × {:.0} × {:.0} m [{}]",
        out.begin.schema,
        out.begin.declared_crs.as_deref().unwrap_or("–"),
        out.objects.len(),
        size[0],
        size[1],
        size[2],
        codes.join(" ")
    )
}

#[test]
fn each_tileset_of_the_corpus_gives_what_a_person_has_looked_at() {
    let expected = [
        // Its finer tiles are not there: the second level is drawn.
        (
            "dingo_gap/tileset.json",
            "3D Tiles 1.0 –: 4 objects, 28 colors, 323 × 64 × 242 m \
             [mesh.levels mesh.missing mesh.no_georeference mesh.textures]",
        ),
        (
            "dingo_gap/tileset-broken-root-content.json",
            "3D Tiles 1.0 –: 4 objects, 28 colors, 323 × 64 × 242 m [mesh.missing mesh.no_georeference mesh.textures]",
        ),
        (
            "dingo_gap/0.b3dm",
            "b3dm –: 1 objects, 23 colors, 162 × 121 × 64 m [mesh.no_georeference mesh.textures]",
        ),
        // The dragon stands in Pennsylvania, which this project's CRS draws out.
        (
            "discrete_lod/tileset.json",
            "3D Tiles 1.0 EPSG:4978: 1 objects, 1 colors, 1437 × 610 × 1005 m [mesh.crs_note mesh.levels mesh.missing]",
        ),
        (
            "trees/tileset.json",
            "3D Tiles 1.0 EPSG:4978: 25 objects, 24 colors, 190 × 190 × 17 m \
             [mesh.coarse_textures mesh.crs_note mesh.levels mesh.textures]",
        ),
        (
            "qgis_tiled_scene/Mesh-XL-YL-XL-YL.b3dm",
            "b3dm –: 1 objects, many colors, 10 × 3 × 12 m [mesh.no_georeference mesh.textures]",
        ),
    ];
    let mut wrong = Vec::new();
    for (file, expected) in expected {
        let Some(path) = lantu_support::corpus("mesh_corpus", &format!("gis/tiles3d/{file}")) else {
            continue;
        };
        let found = summary(&import(&path));
        if found != expected {
            wrong.push((file, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
