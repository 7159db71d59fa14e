//! `lantu bench corpus`: what `make corpus` runs over everything, on a small part that says what it leaves out.

use lantu_support::corpus;

use crate::houses::House;
use crate::lantu::{Desk, run, text};

#[test]
fn each_file_of_a_folder_has_a_row_a_picture_and_its_reason() {
    let desk = Desk::empty();
    let folder = desk.path("files/inner");
    std::fs::create_dir_all(&folder).unwrap();
    let small = House::of_walls(2);
    std::fs::write(folder.join("house.ifc"), small.text()).unwrap();
    std::fs::write(desk.path("files/broken.ifc"), "no model").unwrap();
    std::fs::write(desk.path("files/large.ifc"), House::of_walls(200).text()).unwrap();
    let (files, out) = (desk.path("files"), desk.path("out"));
    let done = run(&["bench", "corpus", text(&files), "--out", text(&out), "--max-bytes", "20kB"]).expect(3);
    assert!(done.out.contains("large.ifc"), "what is left out is named: {done:?}");
    let csv = std::fs::read_to_string(out.join("corpus.csv")).unwrap();
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(rows.len(), 2, "{csv}");
    assert!(rows[0].starts_with("broken.ifc,8,failed,") && !rows[0].ends_with(",,"), "{csv}");
    assert!(rows[1].contains("inner/house.ifc") && rows[1].contains(",done,IFC4,"), "{csv}");
    let picture = image::open(out.join("pictures/inner~house.ifc.png")).unwrap().into_rgb8();
    assert_eq!(picture.width(), 320);
    let colors: std::collections::BTreeSet<_> = picture.pixels().map(|p| p.0).collect();
    assert!(colors.len() > 8, "the house is drawn");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    let sums = std::fs::read_to_string(out.join("sums.csv")).unwrap();
    assert!(sums.contains("cannot_be_used,2,1.000,files"), "{sums}");
    assert!(page.contains("pictures/inner~house.ifc.png") && page.contains("1 larger"), "{page}");
    assert!(!out.join("picture.lantu").exists() && !out.join("picture.lantu.d").exists());
}

/// Bytes up to which files of the corpus are imported here; `make corpus` takes all. Chosen: some twenty files.
const SMALL: &str = "6kB";

#[test]
fn the_small_files_of_the_corpus_are_imported_and_drawn() {
    let test = "the_small_files_of_the_corpus_are_imported";
    let Some(list) = corpus(test, "ifc/ifc.tsv") else { return };
    let desk = Desk::empty();
    let (files, out) = (list.parent().unwrap().join("files"), desk.path("out"));
    let done = run(&["bench", "corpus", text(&files), "--out", text(&out), "--max-bytes", SMALL]);
    assert!([0, 3].contains(&done.code), "{done:?}");
    let csv = std::fs::read_to_string(out.join("corpus.csv")).unwrap();
    let mut sound = 0;
    for row in csv.lines().skip(1).filter(|r| !r.starts_with("malformed/")) {
        let outcome = row.split(',').nth(2).unwrap();
        assert_ne!(outcome, "failed", "{row}");
        assert!(row.contains(",pictures/"), "{row}");
        sound += 1;
    }
    assert!(sound > 5, "{csv}");
}
