//! Packs that are damaged or gone: the picture comes all the same and says what is missing, and importing heals.

use lantu_session::Access;

use crate::districts::{Pack, city, n_shown, packs, quarters, session, shoot};
use crate::lantu::{Desk, Run};
use crate::snapshot::n_different;

const QUARTER: &str = "quarter-e00-n00";

fn cut(p: &Pack) {
    let bytes = std::fs::read(&p.path).unwrap();
    std::fs::write(&p.path, &bytes[..bytes.len() / 2]).unwrap();
}

fn flip(p: &Pack) {
    let mut bytes = std::fs::read(&p.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&p.path, bytes).unwrap();
}

fn make_newer(p: &Pack) {
    let mut bytes = std::fs::read(&p.path).unwrap();
    bytes[..4].copy_from_slice(b"LTM9");
    std::fs::write(&p.path, bytes).unwrap();
}

fn remove(p: &Pack) {
    std::fs::remove_file(&p.path).unwrap();
}

#[track_caller]
fn assert_names(run: &Run, pack: &Pack) {
    assert!(run.text().contains(&pack.hash), "{} is not named: {run:#?}", pack.hash);
}

/// What is done to a pack.
type Damage = fn(&Pack);

#[test]
fn a_tile_that_is_cut_flipped_newer_or_gone_is_named_and_others_show_its_place() {
    let desk = city();
    let (_, whole) = shoot(&desk, "whole.png", 0, &[]);
    let (_, empty) = shoot(&desk, "empty.png", 0, &["--hide", QUARTER]);
    let shown = n_shown(&desk, &whole, &empty);
    let tiles = packs(&desk, QUARTER, "mesh");
    assert!(tiles.len() > 4, "several levels: {}", tiles.len());
    let damages: [(&str, Damage); 4] =
        [("cut.png", cut), ("newer.png", make_newer), ("gone.png", remove), ("flipped.png", flip)];
    for (name, damage) in damages {
        // The last one is among the finest, of which the picture is made.
        let pack = &tiles[tiles.len() - 1];
        let before = std::fs::read(&pack.path).unwrap();
        damage(pack);
        let (told, picture) = shoot(&desk, name, 3, &[]);
        assert_names(&told, pack);
        assert!(told.out.contains("city.lantu.d"), "says what to do: {told:#?}");
        let left = n_shown(&desk, &picture, &empty);
        assert!(left * 10 > shown * 9, "{name}: {left} of {shown} pixels are left");
        let verify = desk.run("verify", &[]).expect(4);
        assert_names(&verify, pack);
        std::fs::write(&pack.path, before).unwrap();
        // What the picture does not need is not missed by it, and verified all the same.
        let coarsest = &tiles[0];
        let before = std::fs::read(&coarsest.path).unwrap();
        damage(coarsest);
        // That a file is gone is told when the project is opened.
        let (_, picture) = shoot(&desk, name, if name == "gone.png" { 3 } else { 0 }, &[]);
        assert_eq!(n_different(&whole, &picture), 0, "{name}: made of finer tiles");
        assert_names(&desk.run("verify", &[]).expect(4), coarsest);
        std::fs::write(&coarsest.path, before).unwrap();
    }
    let (_, again) = shoot(&desk, "again.png", 0, &[]);
    assert_eq!(n_different(&whole, &again), 0, "what was put back is shown as before");
}

#[test]
fn a_district_without_any_tile_still_ends_in_a_picture_that_says_how_many_are_missing() {
    let desk = city();
    let tiles = packs(&desk, QUARTER, "mesh");
    tiles.iter().for_each(remove);
    let (told, picture) = shoot(&desk, "nothing.png", 3, &[]);
    assert!(told.out.contains(&format!("{} tiles", tiles.len())), "{told:#?}");
    assert!(picture.exists());
    // Its objects are known without their shapes.
    assert_eq!(desk.info()["sources"][0]["n_objects"], desk.objects(&[]).len());
}

/// Two layers in a project, a picture of both, and one without the first.
fn two_layers() -> (Desk, Vec<String>, std::path::PathBuf, std::path::PathBuf) {
    let (desk, files) = quarters(2);
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    desk.import(&names, 0);
    let (_, whole) = shoot(&desk, "whole.png", 0, &[]);
    let (_, without) = shoot(&desk, "without.png", 0, &["--hide", "layer0"]);
    n_shown(&desk, &whole, &without);
    (desk, files, whole, without)
}

#[test]
fn what_is_gone_from_the_cache_is_built_again_from_its_file_when_the_project_is_opened() {
    let (desk, ..) = two_layers();
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
fn a_damaged_tile_is_healed_by_importing_its_file_again() {
    let (desk, files, whole, _) = two_layers();
    let tile = packs(&desk, "layer0", "draped").remove(0);
    flip(&tile);
    let (told, _) = shoot(&desk, "damaged.png", 3, &[]);
    assert_names(&told, &tile);
    assert_names(&desk.run("verify", &[]).expect(4), &tile);
    desk.import(&[&files[0]], 0);
    desk.run("verify", &[]).expect(0);
    let (_, again) = shoot(&desk, "again.png", 0, &[]);
    assert_eq!(n_different(&whole, &again), 0);
}

#[test]
fn a_source_without_cache_and_file_is_named_and_the_others_are_shown() {
    for kind in ["tree", "index"] {
        let (desk, files, _, without) = two_layers();
        remove(&packs(&desk, "layer0", kind)[0]);
        std::fs::remove_file(&files[0]).unwrap();
        let view = ["--eye", "500200,4399800,150", "--target", "500200,4400030,0"];
        let (told, picture) = shoot(&desk, "rest.png", 3, &view);
        assert!(told.text().contains("layer0.geojson"), "{told:#?}");
        assert!(picture.exists());
        assert!(without.exists());
    }
}

#[test]
fn packs_that_vanish_while_the_project_is_open_cost_their_tiles_only_and_come_back_with_the_next_opening() {
    let (desk, _, whole, without) = two_layers();
    let held = session(&desk, Access::Write);
    let rows = held.scene().n_rows();
    packs(&desk, "layer0", "draped").iter().for_each(remove);
    // Another window of the same project: it cannot build again what the holder has, so it shows what is left.
    let (told, picture) = shoot(&desk, "beside.png", 3, &[]);
    assert!(told.text().contains("layer0.geojson"), "{told:#?}");
    assert_eq!(n_different(&picture, &without), 0, "the other layer is whole");
    assert_eq!(held.scene().n_rows(), rows);
    held.close().unwrap();
    let (_, again) = shoot(&desk, "again.png", 0, &[]);
    assert_eq!(n_different(&whole, &again), 0);
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
