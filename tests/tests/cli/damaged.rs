//! Packs that are gone, and memory that is short: the picture comes all the same.

use crate::districts::{Pack, city, n_shown, packs, quarters, shoot};
use crate::snapshot::n_different;

const QUARTER: &str = "quarter-e00-n00";

fn remove(p: &Pack) {
    std::fs::remove_file(&p.path).unwrap();
}

#[test]
fn what_is_gone_from_the_cache_is_built_again_from_its_file_when_the_project_is_opened() {
    let (desk, files) = quarters(2);
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    desk.import(&names, 0);
    let (_, whole) = shoot(&desk, "first.png", 0, &[]);
    for kind in ["index", "tree", "draped-tree", "draped", "features", "objects", "object-pages"] {
        let lost = packs(&desk, "layer0", kind);
        remove(&lost[0]);
        let (_, again) = shoot(&desk, "again.png", 0, &[]);
        assert_eq!(n_different(&whole, &again), 0, "without its {kind}");
        assert!(lost[0].path.exists(), "{kind} is there again");
        desk.run("verify", &[]).expect(0);
    }
    std::fs::remove_dir_all(desk.path("district.lantu.d")).unwrap();
    let (_, again) = shoot(&desk, "again.png", 0, &[]);
    assert_eq!(n_different(&whole, &again), 0, "without any cache");
    desk.run("verify", &[]).expect(0);
}

#[test]
fn with_less_memory_than_a_tile_the_picture_is_coarser_and_every_object_is_still_there() {
    let desk = city();
    let (_, whole) = shoot(&desk, "whole.png", 0, &[]);
    let (_, empty) = shoot(&desk, "empty.png", 0, &["--hide", QUARTER]);
    let shown = n_shown(&desk, &whole, &empty);
    for memory in ["1", "1MB"] {
        let (told, coarse) = shoot(&desk, "coarse.png", 0, &["--memory", memory]);
        assert!(told.err.contains("memory limit"), "it says so: {told:#?}");
        let left = n_shown(&desk, &coarse, &empty);
        assert!(left * 10 > shown * 8, "{memory}: {left} of {shown} pixels are left");
    }
}
